"""Read one JSON object from a file, and refuse whatever could mislead.

Plain ``json`` lets dangerous values through: NaN, numbers without end, keys
that appear twice, files of any size. Here each of them is a finding.
"""

import json
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from backguide.errors import (
    NotOrdinaryFileError,
    Problem,
    ProfileError,
    TooLargeError,
    system_words,
)
from backguide.reading import read_file
from backguide.resources import is_printable

MAX_BYTES: Final = 262_144
MOST_FHIR_BYTES: Final = 67_108_864
"""Of a file in FHIR, such as a Bundle; one response has some 60 kB."""
MAX_DEPTH: Final = 12
MAX_LIST_ITEMS: Final = 200
MAX_NUMBER_CHARACTERS: Final = 20
MAX_COMBINING_RUN: Final = 3

_BIDI_CONTROLS: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_INVISIBLE: Final = frozenset(
    "\u00ad\u034f\u180e\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a JSON file may be; those of a profile, if nothing else is said."""

    size: int = MAX_BYTES
    """In bytes."""
    depth: int = MAX_DEPTH
    """Levels of groups and lists in each other."""
    items: int = MAX_LIST_ITEMS
    """Of one list."""


OF_A_PROFILE: Final = Limits()


class _Refused(Exception):
    """A value that must not be read; carries its finding."""

    def __init__(
        self, code: str, message: str, hint: str = "", *, where: str = ""
    ) -> None:
        super().__init__(code)
        self.problem = Problem(where, message, hint, code)


def read_bytes(path: Path, most_bytes: int = MAX_BYTES) -> bytes:
    """Return the bytes of a regular file of at most ``most_bytes``.

    Raises:
        ProfileError: Not there, not readable, not a regular file, or too large.
    """
    try:
        return read_file(path, most_bytes)
    except TooLargeError:
        raise _fail(path, "E_TOO_LARGE", f"larger than {most_bytes} bytes") from None
    except NotOrdinaryFileError as error:
        raise _fail(path, "E_NOT_A_FILE", str(error.strerror)) from None
    except FileNotFoundError:
        raise _fail(path, "E_NOT_FOUND", "there is no such file") from None
    except OSError as error:
        words = f"cannot be read: {system_words(error)}"
        raise _fail(path, "E_NOT_READABLE", words) from None


def parse_object(
    content: bytes,
    source: str,
    *,
    names: frozenset[str] = frozenset(),
    limits: Limits = OF_A_PROFILE,
) -> dict[str, Any]:
    """Return the JSON object in ``content``; all texts come back as NFC.

    Args:
        content: UTF-8, with or without a byte order mark.
        source: Name to show in messages.
        names: Names of fields that a message may repeat. Any other name in the
            file may be somebody's own words.
        limits: How large it may be.

    Raises:
        ProfileError: Anything that is not one plain, safe JSON object.
    """
    try:
        return _parse(content, limits)
    except _Refused as refused:
        problem = refused.problem
        if problem.where not in names:
            problem = replace(problem, where="")
        raise ProfileError(source, (problem,)) from None


def _parse(content: bytes, limits: Limits) -> dict[str, Any]:
    if len(content) > limits.size:
        raise _Refused("E_TOO_LARGE", f"larger than {limits.size} bytes")
    if not content.strip():
        raise _Refused("E_EMPTY", "the file is empty")
    if b"\x00" in content:
        raise _Refused("E_ENCODING", "not UTF-8 text", "save the file as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Refused(
            "E_ENCODING", "not UTF-8 text", "save the file as UTF-8"
        ) from None
    _check_depth(text, limits.depth)
    try:
        data = json.loads(
            text,
            object_pairs_hook=partial(_object, most=limits.items),
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise _Refused(
            "E_JSON",
            f"not valid JSON at line {error.lineno}, column {error.colno}",
            "look for a missing comma, quotation mark or bracket just before it",
        ) from None
    if not isinstance(data, dict):
        raise _Refused("E_JSON", "expected one group of fields in { }")
    return data


_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[{\]}]")


def _check_depth(text: str, most: int) -> None:
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        if bracket in "]}":
            depth -= 1
            continue
        depth += 1
        if depth > most:
            raise _Refused("E_DEPTH", f"nested more than {most} levels deep")


def _object(pairs: list[tuple[str, Any]], *, most: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        name = unicodedata.normalize("NFC", key)
        if name in result:
            raise _Refused(
                "E_DUPLICATE_KEY",
                "a field stands twice in the same group",
                "keep the right one; nobody can tell which answer holds",
                where=name,
            )
        result[name] = _plain(value, most)
    return result


def _plain(value: object, most: int) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.replace("\r\n", "\n"))
    if isinstance(value, list):
        if len(value) > most:
            raise _Refused("E_LENGTH", f"a list of more than {most}")
        return [_plain(item, most) for item in value]
    return value


def _integer(digits: str) -> int:
    if len(digits) > MAX_NUMBER_CHARACTERS:
        raise _Refused("E_NUMBER", f"a number of {len(digits)} digits")
    return int(digits)


def _float(digits: str) -> float | int:
    if len(digits) > 2 * MAX_NUMBER_CHARACTERS:
        raise _Refused("E_NUMBER", f"a number of {len(digits)} digits")
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _Refused("E_NUMBER", "a number too large to be real")
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _constant(name: str) -> float:
    raise _Refused("E_NUMBER", f"{name} is not a number", "write null for not answered")


def read_json_file(path: Path) -> bytes:
    """Return the bytes of a file; FHIR and a sheet can be larger than a profile.

    Raises:
        ProfileError: As of ``read_bytes``.
    """
    try:
        return read_bytes(path)
    except ProfileError as error:
        if error.problems[0].code != "E_TOO_LARGE":
            raise
        content = read_bytes(path, MOST_FHIR_BYTES)
        if not may_be_large(content):
            raise
        return content


def may_be_large(content: bytes) -> bool:
    """Tell whether a file that begins so may be larger than a profile."""
    return may_be_fhir(content) or may_be_sheet(content)


def may_be_fhir(content: bytes) -> bool:
    """Tell whether bytes may be a FHIR resource: each says of which type it is.

    No field of a profile has that name, so a profile is never taken for one.
    """
    return b'"resourceType"' in content


def may_be_sheet(content: bytes) -> bool:
    """Tell whether bytes may be a question sheet: a PDF, also behind other bytes."""
    is_json = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))
    return b"%PDF-" in content[:1024] and not is_json


LINE_CHARACTERS: Final = 60
"""Most characters of a name or a reason that is typed beside a profile: one line."""


def find_text_problems(data: dict[str, Any]) -> tuple[Problem, ...]:
    """Return a finding for each text that cannot be printed as it stands."""
    return tuple(_texts(data, ""))


def _texts(value: object, where: str) -> list[Problem]:
    if isinstance(value, dict):
        found = []
        for key, item in value.items():
            place = f"{where}.{key}" if where else key
            if key.isascii() and key.isprintable():
                found += _texts(item, place)
        return found
    if isinstance(value, list):
        return [
            p for n, item in enumerate(value) for p in _texts(item, f"{where}[{n}]")
        ]
    if isinstance(value, str):
        if value.isascii() and value.isprintable() and value.strip():
            return []  # plain letters of any keyboard, which all faces have
        if problem := _text_problem(value, where):
            return [problem]
    return []


def _unplaced_mark(text: str) -> str:
    """Return the first mark that stays beside its letter when the text is composed.

    Our font is set glyph by glyph: a mark that Unicode has not put together with its
    letter would print beside it, as in some names of Yoruba, Igbo or Navajo.
    """
    composed = unicodedata.normalize("NFC", text)
    return next((c for c in composed if unicodedata.combining(c)), "")


def _text_problem(text: str, where: str) -> Problem | None:
    run = 0
    for position, character in enumerate(text, 1):
        code = f"U+{ord(character):04X}"
        place = f"character {position} ({code})"
        category = unicodedata.category(character)
        if category == "Cs":
            return Problem(where, f"{place} is half of a character", "", "E_SURROGATE")
        if category == "Cc" and character not in "\n\t":
            return Problem(where, f"{place} is a control character", "", "E_CONTROL")
        if character in _BIDI_CONTROLS:
            return Problem(
                where, f"{place} turns the reading direction", "delete it", "E_BIDI"
            )
        if character in _INVISIBLE:
            return Problem(where, f"{place} cannot be seen", "delete it", "E_INVISIBLE")
        if unicodedata.bidirectional(character) in ("R", "AL", "AN"):
            return Problem(
                where,
                f"{place} is written from right to left, which we cannot print yet",
                "write it in Latin letters",
                "E_GLYPH",
            )
        run = run + 1 if unicodedata.combining(character) else 0
        if run > MAX_COMBINING_RUN:
            return Problem(where, f"{place}: too many accents", "", "E_COMBINING")
        if character not in "\n\t" and not is_printable(character):
            return Problem(
                where,
                f"{place} is not in our font, so it would print as nothing",
                "write it in Latin letters, or leave it out",
                "E_GLYPH",
            )
    if mark := _unplaced_mark(text):
        return Problem(
            where,
            f"a letter with the mark U+{ord(mark):04X} has no sign of its own, and we "
            "cannot place the mark on the letter",
            "write the letter without this mark, or leave it out",
            "E_GLYPH",
        )
    if text and not text.strip():
        return Problem(where, "only blanks", "leave the field out", "E_BLANK")
    return None


def _fail(path: Path, code: str, message: str) -> ProfileError:
    return ProfileError(path.name, (Problem("", message, "", code),))

"""Read TOML that other people wrote, and refuse whatever could mislead.

The only owner of tomllib, which lets numbers without end through, fails on long ones
and on deep nesting with errors of Python's own, and takes hours for a key of a hundred
thousand parts. Here each of them is a slip with its line.
"""

import math
import re
import tomllib
from typing import Any, Final

MAX_DEPTH: Final = 16
"""Tables and lists in each other; ours have five."""
MAX_DOTS: Final = 1000
"""In one line. tomllib takes the square of it in steps for a key of so many parts."""
_INT64: Final = range(-(2**63), 2**63)
"""What TOML promises of a whole number."""

_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)\Z")
_BACKSLASH: Final = ("Unescaped '\\'", "Invalid hex value", "Escaped character")
"""How tomllib tells of a backslash that begins no code."""
BACKSLASH_HINT: Final = (
    "write it in single quotes, such as 'C:\\clinic\\logo.png', or with / in place "
    "of \\"
)
QUOTES_HINT: Final = 'texts stand in "quotes"; a { table } stays on one line'
UTF8_HINT: Final = "save the file as UTF-8"


class TomlSlip(Exception):
    """Why a text cannot be used as TOML."""

    def __init__(self, line: int, message: str, hint: str = "") -> None:
        """Keep what is told of it; the line counts from 1."""
        super().__init__(message)
        self.line, self.message, self.hint = line, message, hint


def read_toml(content: bytes) -> dict[str, Any]:
    """Return the table of a whole file.

    Raises:
        TomlSlip: It is no TOML, or holds what nobody would mean.
    """
    return parse_toml(decoded(content))


def decoded(content: bytes) -> str:
    """Return a text in UTF-8, with or without a byte order mark, lines ended by LF.

    Raises:
        TomlSlip: It is not UTF-8, or holds a zero byte.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TomlSlip(line, "not UTF-8 text", UTF8_HINT) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise TomlSlip(line, "not UTF-8 text: it holds a zero byte", UTF8_HINT)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse_toml(text: str) -> dict[str, Any]:
    """Return the table in a text that ``decoded`` gave.

    Raises:
        TomlSlip: As of ``read_toml``.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > MAX_DOTS:
            raise TomlSlip(number, f"a line with more than {MAX_DOTS} points")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _told(str(error), text) from None
    except ValueError:
        # Python turns no more than some thousand digits into a number.
        found = re.search(r"\d[\d_]{1000,}", text)
        at = text.count("\n", 0, found.start()) + 1 if found else 1
        raise TomlSlip(at, "a number with too many digits") from None
    except RecursionError:
        raise TomlSlip(1, f"nested more than {MAX_DEPTH} levels deep") from None
    _check_values(table, text)
    return table


def _told(words: str, text: str) -> TomlSlip:
    place = _PLACE.search(words)
    line = int(place[1] or text.rstrip().count("\n") + 1) if place else 1
    message = _PLACE.sub("", words)
    if message.startswith(_BACKSLASH):
        said = 'a backslash in "double quotes" begins a code, and this one is none'
        return TomlSlip(line, said, BACKSLASH_HINT)
    return TomlSlip(line, f"not valid TOML: {message}", QUOTES_HINT)


def _check_values(table: dict[str, Any], text: str) -> None:
    """See that every value can be worked with and told, without recursion."""
    waiting: list[tuple[object, str, int]] = [(table, "", 1)]
    while waiting:
        value, key, depth = waiting.pop()
        if depth > MAX_DEPTH:
            line = _line_of(key, text)
            raise TomlSlip(line, f"nested more than {MAX_DEPTH} levels deep")
        if isinstance(value, dict):
            waiting += [(item, name, depth + 1) for name, item in value.items()]
        elif isinstance(value, list):
            waiting += [(item, key, depth + 1) for item in value]
        elif (isinstance(value, int) and value not in _INT64) or (
            isinstance(value, float) and not math.isfinite(value)
        ):
            words = "a number that is too large, or none"
            raise TomlSlip(_line_of(key, text, _ODD_NUMBER), words)


_ODD_NUMBER: Final = r"[^\n]*(?:\b(?:inf|nan)\b|\d[\d_]{17}|0[xob][\da-fA-F_]{16})"


def _line_of(key: str, text: str, value: str = "") -> int:
    """Return the first line that gives a key such a value; 1 when none can be told.

    Args:
        key: Its last part.
        text: The whole file.
        value: A pattern of what stands behind the equals sign; empty for anything.
    """
    begin = rf"^.*?\b{re.escape(key)}[\"']?\s*="
    found = re.search(begin + value, text, re.MULTILINE)
    found = found or re.search(begin, text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1

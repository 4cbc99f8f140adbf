"""Find the inputs of a batch, name them, and see every clash before any work.

In:   a folder of ``*.json`` files, a JSON Lines file, or a CSV with its map. A file or
      a line may be a FHIR QuestionnaireResponse, a file also a Bundle of them.
Out:  a Plan with one Entry for each input, in natural order.

A file's name may be a person's, so an input is called by its place and a short hash
of its bytes wherever it is recorded; its own name is only for who asks for it.

Planning keeps the hash of an input, not its bytes, so that a million profiles fit
in memory. An input is read again when its turn comes; should it have changed by
then, its hash tells.
"""

import hashlib
import json
import os
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final

from backguide.batch.column_map import ColumnMap, column_problem
from backguide.batch.source import open_source, unreadable
from backguide.batch.spreadsheet import read_rows
from backguide.errors import Problem, ProfileError, system_words
from backguide.guidance.built_in import library_at
from backguide.guidance.library import Library
from backguide.handout.compose import guide_id
from backguide.profile.load import profile_from_bytes
from backguide.profile.strict_json import (
    MAX_BYTES,
    may_be_fhir,
    read_bytes,
    read_json_file,
)
from backguide.reading import identity, names_in

JSON_LINES: Final = (".jsonl", ".ndjson")
SHEET: Final = ".pdf"
_NO_SHEETS: Final = MappingProxyType(
    {
        "E_NO_FIELDS": ".pdf files without fields (printed or scanned?)",
        "E_NO_SHEET": ".pdf files that are another form",
    }
)
"""Why a PDF of a folder is passed over."""
SHORT_HASH: Final = 8
"""Hex digits of an input's hash that stand in its label."""
OF_THE_SYSTEM: Final = "files of the operating system"
"""Why a file is passed over that nobody needs to look at."""
MAX_TOLD: Final = 5
"""Of the inputs that share an id, so many are named in one message."""

_SAFE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}\Z")
_RESERVED: Final = frozenset(
    ["con", "prn", "aux", "nul"]
    + [f"{name}{number}" for name in ("com", "lpt") for number in range(10)]
)
_UNFINISHED: Final = re.compile(
    r"""
    \.(?:icloud|crdownload|opdownload)\Z         # a cloud's place holder; browsers
    | \.json\.(?:part|partial|filepart|download|tmp|temp|aria2)\Z
    | \A[^.]+\.(?:part|partial|download|tmp)\Z  # what it will be is not known yet
    | \A~\$.*\.json\Z                          # open in another program
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Names of files that are not wholly here; each may be somebody's profile."""
_OF_THE_SYSTEM: Final = re.compile(
    r"\.DS_Store|\._.*|Thumbs\.db|desktop\.ini|Icon\r", re.IGNORECASE
)
_MORE_THAN_JSON: Final = re.compile(r"\.json(?:~|\.[^.]+)\Z", re.IGNORECASE)
_KNOWN_ENDING: Final = re.compile(
    r"\.(?:txt|csv|tsv|jsonl|ndjson|pdf|docx?|xlsx?|ods|odt|rtf|md|html?|xml|toml"
    r"|yaml|zip|bak|log|png|jpe?g)\Z",
    re.IGNORECASE,
)
"""Endings that can be told; any other might be a part of a name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One input of a batch."""

    number: int
    """Place in the natural order, from 1."""
    label: str
    """What it is called everywhere: "file 3 #1f0c9a2b", "row 7 #1f0c9a2b"."""
    name: str
    """What its owner calls it: "monday/p5.json", "x.csv row 7". May hold the name of
    a person, so it is never recorded."""
    sha256: str
    """Of the bytes; empty when they cannot be read."""
    id: str
    """The id that will stand on the pages; empty when none could be found."""
    problems: tuple[Problem, ...] = ()
    """Findings of the plan. An entry that has any is not rendered."""
    again: Callable[[], bytes] = field(default=bytes, repr=False, compare=False)
    """Reads the bytes once more."""

    def read(self) -> bytes:
        """Return the bytes that were planned for.

        Raises:
            ProfileError: They cannot be read any more, or have changed since.
        """
        content = self.again()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            problem = Problem(
                "",
                "it was changed while the batch was running",
                "run the same command again",
                "E_CHANGED",
            )
            raise ProfileError(self.label, (problem,))
        return content


@dataclass(frozen=True, slots=True)
class Plan:
    """Every input of a batch, before anything is made."""

    entries: tuple[Entry, ...]
    passed_over: tuple[tuple[str, int], ...] = ()
    """What in the folder is no input: why, and how many."""
    columns: ColumnMap | None = None
    source_sha256: str = ""
    """Of all inputs of the source and their labels, other parts included."""
    source_inputs: int = 0
    """How many those are."""

    def names(self) -> dict[str, str]:
        """Return what their owner calls the inputs, by label, fit to be printed."""
        return {
            entry.label: "".join(
                letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}"
                for letter in entry.name
            )
            for entry in self.entries
        }

    def told(self, problem: Problem) -> Problem:
        """Return a finding with the place that people look at: a CSV's column."""
        return column_problem(problem, self.columns) if self.columns else problem


@dataclass(frozen=True, slots=True)
class Shard:
    """One of ``count`` parts of a batch, chosen by the inputs' names."""

    number: int
    """From 1 to ``count``."""
    count: int

    def holds(self, name: str) -> bool:
        """Tell whether an input belongs to this part; no order, no list needed."""
        digest = hashlib.sha256(os.fsencode(name)).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}-of-{self.count}"


def plan_batch(
    source: Path,
    *,
    columns: ColumnMap | None = None,
    shard: Shard | None = None,
    is_recursive: bool = False,
    besides: Path | None = None,
    library: Library | None = None,
    day: date | None = None,
) -> Plan:
    """Return every input with its name, its hash and what is wrong with it.

    Args:
        source: A folder of ``*.json`` and filled question sheets (``*.pdf``), one of
            these, a ``.jsonl`` file, or a CSV.
        columns: What the columns of a CSV mean; only for a CSV.
        shard: Keep only this part. Clashes with the other parts are still seen.
        is_recursive: Take the folders in a folder as well.
        besides: A folder that is no part of the source: where the handouts go.
        library: The content by which responses in FHIR and sheets are read; None for
            ours.
        day: The day of issue; None for today. It stands for the day of the answers on
            a sheet that ends at a call for help.

    Raises:
        ProfileError: The source itself cannot be read.
    """
    passed_over: Counter[str] = Counter()
    responses = _Responses(library, passed_over)
    sheets = _Sheets(library, passed_over, day)
    if columns is not None:
        found = _rows(source, columns)
    elif source.is_dir():
        found = _of_folder(
            source, passed_over, is_recursive, besides, responses, sheets
        )
    elif source.suffix.lower() in JSON_LINES:
        found = _lines(source, responses)
    elif source.suffix.lower() in (".json", SHEET):
        found = _files([(source.name, source)], responses, sheets)
    else:
        raise unreadable(
            source,
            "expected a folder, a .json or a .jsonl file, a filled sheet (.pdf), or a "
            "CSV with its map",
            "for a CSV say what its columns mean: --map map.toml",
        )
    entries = _without_clashes(list(found))
    digest = hashlib.sha256()
    for entry in entries:
        # By their labels, as in the rows: a run never goes on under other ones.
        digest.update(f"{entry.label} {entry.sha256} {entry.id}\n".encode())
    count = len(entries)
    if shard is not None:
        entries = [entry for entry in entries if shard.holds(entry.name)]
    return Plan(
        tuple(entries),
        tuple(sorted(passed_over.items())),
        columns,
        digest.hexdigest(),
        count,
    )


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts 2 before 10, and never calls two names equal."""
    parts = re.split(r"([0-9]+)", name)
    key = tuple(
        (1, len(digits := part.lstrip("0")), digits)
        if number % 2
        else (0, 0, part.casefold())
        for number, part in enumerate(parts)
    )
    return (*key, (2, 0, name))


# --- where inputs come from --------------------------------------------------


def _of_folder(
    folder: Path,
    passed_over: Counter[str],
    is_recursive: bool,
    besides: Path | None,
    responses: "_Responses",
    sheets: "_Sheets",
) -> Iterator[Entry]:
    """Return the profiles of a folder in natural order; count what is none."""
    try:
        found = [*_listing(folder, "", passed_over, is_recursive, besides)]
    except OSError as error:
        raise unreadable(folder, system_words(error)) from None
    found.sort(key=lambda item: natural_key(item[0]))
    found = [item for item in found if sheets.is_input(item[1])]
    return _files(found, responses, sheets)


def _listing(
    folder: Path,
    prefix: str,
    passed_over: Counter[str],
    is_recursive: bool,
    besides: Path | None,
) -> Iterator[tuple[str, Path]]:
    """Yield name and path of what is a profile, or may become one."""
    for own_name in names_in(folder):
        name, path = f"{prefix}{own_name}", folder / own_name
        if _is_input(own_name):
            yield name, path
        elif not os.path.isdir(path):  # noqa: PTH112  never raises
            passed_over[_why_passed_over(own_name)] += 1
        elif besides is not None and identity(path) == identity(besides):
            continue
        elif own_name.startswith("."):
            passed_over["hidden folders"] += 1
        elif path.is_symlink():
            passed_over["linked folders"] += 1
        elif not is_recursive:
            passed_over["folders (--recursive reads them)"] += 1
        else:
            try:
                yield from _listing(path, f"{name}/", passed_over, True, besides)
            except OSError:
                # Read as a file, which tells why it cannot be.
                yield name, path


def _is_input(name: str) -> bool:
    if _UNFINISHED.search(name):
        return True
    return name.lower().endswith((".json", SHEET)) and not name.startswith((".", "~$"))


def _why_passed_over(name: str) -> str:
    if _OF_THE_SYSTEM.fullmatch(name):
        return OF_THE_SYSTEM
    if name.startswith("."):
        return "hidden files"
    if _MORE_THAN_JSON.search(name):
        return "files whose name goes on after .json (rename them)"
    known = _KNOWN_ENDING.search(name)
    return f"{known[0].lower()} files" if known else "files of another ending"


def _files(
    found: list[tuple[str, Path]], responses: "_Responses", sheets: "_Sheets"
) -> Iterator[Entry]:
    number = 0
    for place, (name, path) in enumerate(found, 1):
        label = f"file {place}"
        if _UNFINISHED.search(path.name):
            number += 1
            yield Entry(number, label, name, "", "", (_unfinished(path),))
            continue
        if path.suffix.lower() == SHEET:
            number += 1
            yield _read_entry(number, label, name, sheets.profile(path))
            continue
        try:
            content = read_json_file(path)
            parts = responses.of_file(content, path.name)
        except ProfileError as error:
            number += 1
            yield Entry(number, label, name, "", "", error.problems)
            continue
        if parts is None:
            number += 1
            yield _entry(number, label, name, content, partial(read_bytes, path))
            continue
        for part, read in parts:
            number += 1
            where = f" {part}" if part else ""
            yield _read_entry(number, f"{label}{where}", f"{name}{where}", read)


class _Responses:
    """Reads responses in FHIR, if there are any; only then is FHIR looked at."""

    def __init__(self, library: Library | None, passed_over: Counter[str]) -> None:
        self._library = library
        self._passed_over = passed_over

    def of_file(
        self, content: bytes, source: str
    ) -> list[tuple[str, bytes | ProfileError]] | None:
        """Return the profiles of the responses in a file; None when it has none."""
        if not may_be_fhir(content):
            return None
        from backguide.fhir.sources import responses_of

        found = responses_of(content, source)
        if found is None:
            return None
        self._passed_over.update(found.passed_over)
        return [(place, self._profile(r, source)) for place, r in found.responses]

    def of_line(self, content: bytes, source: str) -> bytes | ProfileError | None:
        """Return the profile of one line, or the line when it is no resource.

        None when it is another resource than a response; that is counted.
        """
        from backguide.fhir.sources import response_of_line

        response, passed_over = response_of_line(content, source)
        if response is not None:
            return self._profile(response, source)
        if not passed_over:
            return content
        self._passed_over[passed_over] += 1
        return None

    def _profile(
        self, response: Mapping[str, Any] | ProfileError, source: str
    ) -> bytes | ProfileError:
        from backguide.fhir.response import read_response

        if isinstance(response, ProfileError):
            return response
        self._library = self._library or library_at(None)
        try:
            return read_response(response, source, self._library).content
        except ProfileError as error:
            return error


class _Sheets:
    """Reads question sheets that were filled in; only then is their reader loaded."""

    def __init__(
        self, library: Library | None, passed_over: Counter[str], day: date | None
    ) -> None:
        self._library = library
        self._passed_over = passed_over
        self._day = day
        self._read: dict[Path, bytes | ProfileError] = {}

    def is_input(self, path: Path) -> bool:
        """Tell whether a file of a folder is an input; count a PDF that is none.

        A folder may hold other PDFs. One that was printed from a sheet has no fields,
        as a letter has none, so both are counted and told.
        """
        if path.suffix.lower() != SHEET or _UNFINISHED.search(path.name):
            return True
        read = self.profile(path)
        code = read.problems[0].code if isinstance(read, ProfileError) else ""
        why = _NO_SHEETS.get(code)
        if why is not None:
            self._passed_over[why] += 1
        return why is None

    def profile(self, path: Path) -> bytes | ProfileError:
        """Return the profile of a sheet; it is read only once."""
        if path not in self._read:
            self._read[path] = self._profile(path)
        return self._read[path]

    def _profile(self, path: Path) -> bytes | ProfileError:
        from backguide.batch.ledger import today
        from backguide.intake.answers import profile_of_sheet
        from backguide.intake.form import MOST_BYTES

        self._library = self._library or library_at(None)
        day = self._day or today()
        try:
            content = read_bytes(path, MOST_BYTES)
            return profile_of_sheet(content, path.name, self._library, day)
        except ProfileError as error:
            return error


def _read_entry(
    number: int, label: str, name: str, read: bytes | ProfileError
) -> Entry:
    """Return the entry of a profile that was made of something else, and kept."""
    if isinstance(read, ProfileError):
        return Entry(number, label, name, "", "", read.problems)
    again = partial(zlib.decompress, zlib.compress(read, 1))
    return _entry(number, label, name, read, again)


def _unfinished(path: Path) -> Problem:
    if path.suffix.lower() == ".icloud":
        message = "a place holder: the file itself is still in the cloud"
        hint = "let it be downloaded, then run the same command again"
    elif path.name.startswith("~$"):
        message = "the mark of a file that is open in another program"
        hint = "close it there, then run the same command again"
    else:
        message = "a download that has not ended"
        hint = "wait for its end or remove it, then run the same command again"
    return Problem("", message, hint, "E_UNFINISHED")


def _lines(path: Path, responses: _Responses) -> Iterator[Entry]:
    """Yield the lines of a JSON Lines file; blank lines are no inputs."""
    number = end = 0
    with open_source(path) as file:
        for line_number, line in enumerate(_cut_lines(file), 1):
            begin, end = end, file.tell()
            content = line.rstrip(b"\r\n")
            if line_number == 1:
                content = content.removeprefix(b"\xef\xbb\xbf")
                begin += len(line.rstrip(b"\r\n")) - len(content)
            if not content.strip():
                continue
            label = f"line {line_number}"
            name = f"{path.name} {label}"
            is_too_large = len(content) > MAX_BYTES
            read: bytes | ProfileError | None = content
            if not is_too_large and may_be_fhir(content):
                read = responses.of_line(content, label)
            if read is None:
                continue
            number += 1
            if is_too_large:
                problem = Problem(
                    "", f"larger than {MAX_BYTES} bytes", "", "E_TOO_LARGE"
                )
                yield Entry(number, label, name, "", "", (problem,))
                continue
            if read is not content:
                yield _read_entry(number, label, name, read)
                continue
            again = partial(_part, path, begin, len(content))
            yield _entry(number, label, name, content, again)


def _cut_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines; of one that is too long only the beginning."""
    while line := file.readline(MAX_BYTES + 16):
        part = line
        while not part.endswith(b"\n") and (part := file.readline(MAX_BYTES)):
            pass
        yield line


def _part(path: Path, begin: int, length: int) -> bytes:
    with open_source(path) as file:
        file.seek(begin)
        return file.read(length)


def _rows(path: Path, columns: ColumnMap) -> Iterator[Entry]:
    """Yield the rows of a CSV, each turned into a profile and kept, packed."""
    for number, row in enumerate(read_rows(path, columns), 1):
        label = f"row {row.number}"
        name = f"{path.name} {label}"
        again = partial(zlib.decompress, zlib.compress(row.content, 1))
        if row.problems:
            sha256 = hashlib.sha256(row.content).hexdigest()
            label = f"{label} #{sha256[:SHORT_HASH]}"
            yield Entry(number, label, name, sha256, _peek(row.content), row.problems)
        else:
            yield _entry(number, label, name, row.content, again)


# --- naming ------------------------------------------------------------------


def _entry(
    number: int, label: str, name: str, content: bytes, again: Callable[[], bytes]
) -> Entry:
    sha256 = hashlib.sha256(content).hexdigest()
    label = f"{label} #{sha256[:SHORT_HASH]}"
    id_ = _peek(content)
    problems: tuple[Problem, ...] = ()
    if not id_:
        # The page will carry an id made from the answers, so they are read now.
        try:
            id_ = guide_id(profile_from_bytes(content, label))
        except ProfileError as error:
            id_, problems = "", error.problems
    elif id_.casefold() in _RESERVED:
        problems = (
            Problem(
                "profile_id",
                "Windows keeps this name for itself, so no file can carry it",
                "give another id",
                "E_ID_RESERVED",
            ),
        )
    return Entry(number, label, name, sha256, id_, problems, again)


def _peek(content: bytes) -> str:
    """Return the id in a profile that nobody has checked yet.

    An id that could not stand in a file name is left out: it may be a name.
    """
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return ""
    id_ = data.get("profile_id") if isinstance(data, dict) else ""
    return id_ if isinstance(id_, str) and _SAFE_ID.match(id_) else ""


def told_passed_over(passed_over: tuple[tuple[str, int], ...]) -> str:
    """Return what was no input in one line; empty when there was nothing."""
    told = ", ".join(f"{reason}: {count}" for reason, count in passed_over)
    return f"Passed over: {told}" if told else ""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _without_clashes(entries: list[Entry]) -> list[Entry]:
    """Return the entries; all that share an id are findings, none of them is made."""
    by_id: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.id:
            by_id.setdefault(_folded(entry.id), []).append(entry)
    clashing = {key: group for key, group in by_id.items() if len(group) > 1}
    if not clashing:
        return entries
    return [_with_clash(entry, clashing.get(_folded(entry.id))) for entry in entries]


def _with_clash(entry: Entry, group: list[Entry] | None) -> Entry:
    if group is None:
        return entry
    others = [other.label for other in group if other.number != entry.number]
    told = ", ".join(others[:MAX_TOLD])
    if len(others) > MAX_TOLD:
        told += f" and {len(others) - MAX_TOLD} more"
    problem = Problem(
        "profile_id",
        f"the same id is also in {told}",
        "give each profile an id of its own; nobody can tell which one is right",
        "E_DUPLICATE_ID",
    )
    return replace(entry, problems=(problem, *entry.problems))

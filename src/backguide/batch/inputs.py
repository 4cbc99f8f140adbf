"""Find the inputs of a batch, name them, and see every clash before any work.

In:   a folder of ``*.json`` files, a JSON Lines file, or a CSV with its map.
Out:  a Plan with one Entry for each input, in natural order.

Planning keeps the hash of an input, not its bytes, so that a million profiles fit
in memory. An input is read again when its turn comes; should it have changed by
then, its hash tells.
"""

import hashlib
import json
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from backguide.batch.column_map import ColumnMap, column_problem
from backguide.batch.source import open_source, unreadable
from backguide.batch.spreadsheet import read_rows
from backguide.errors import Problem, ProfileError, system_words
from backguide.handout.compose import guide_id
from backguide.profile.load import profile_from_bytes
from backguide.profile.strict_json import MAX_BYTES, read_bytes
from backguide.reading import names_in
from backguide.values import dataclass

JSON_LINES: Final = (".jsonl", ".ndjson")
MAX_TOLD: Final = 5
"""Of the inputs that share an id, so many are named in one message."""

_SAFE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}\Z")
_RESERVED: Final = frozenset(
    ["con", "prn", "aux", "nul"]
    + [f"{name}{number}" for name in ("com", "lpt") for number in range(10)]
)
_LITTER: Final = re.compile(r"\.|~\$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One input of a batch."""

    number: int
    """Place in the natural order, from 1."""
    label: str
    """What people call it: a file's name, "x.csv row 7". Never a person's name."""
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
    ignored: int = 0
    """Files in the folder that are no profiles."""
    columns: ColumnMap | None = None

    def told(self, problem: Problem) -> Problem:
        """Return a finding with the place that people look at: a CSV's column."""
        return column_problem(problem, self.columns) if self.columns else problem


@dataclass(frozen=True, slots=True)
class Shard:
    """One of ``count`` parts of a batch, chosen by the inputs' names."""

    number: int
    """From 1 to ``count``."""
    count: int

    def holds(self, label: str) -> bool:
        """Tell whether an input belongs to this part; no order, no list needed."""
        digest = hashlib.sha256(label.encode("utf-8")).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}-of-{self.count}"


def plan_batch(
    source: Path, *, columns: ColumnMap | None = None, shard: Shard | None = None
) -> Plan:
    """Return every input with its name, its hash and what is wrong with it.

    Args:
        source: A folder of ``*.json``, a ``.jsonl`` file, or a CSV.
        columns: What the columns of a CSV mean; only for a CSV.
        shard: Keep only this part. Clashes with the other parts are still seen.

    Raises:
        ProfileError: The source itself cannot be read.
    """
    ignored = 0
    if columns is not None:
        found = _rows(source, columns)
    elif source.is_dir():
        files, ignored = _profile_files(source)
        found = _files(files)
    elif source.suffix.lower() in JSON_LINES:
        found = _lines(source)
    elif source.suffix.lower() == ".json":
        found = _files([source])
    else:
        raise unreadable(
            source,
            "expected a folder, a .json or a .jsonl file, or a CSV with its map",
            "for a CSV say what its columns mean: --map map.toml",
        )
    entries = _without_clashes(list(found))
    if shard is not None:
        entries = [entry for entry in entries if shard.holds(entry.label)]
    return Plan(tuple(entries), ignored, columns)


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts 2 before 10, and never calls two names equal."""
    parts = re.split(r"([0-9]+)", name)
    key = tuple(
        (1, int(part), "") if number % 2 else (0, 0, part.casefold())
        for number, part in enumerate(parts)
    )
    return (*key, (2, 0, name))


# --- where inputs come from --------------------------------------------------


def _profile_files(folder: Path) -> tuple[list[Path], int]:
    """Return the profiles of a folder in natural order, and the number of others."""
    try:
        names = names_in(folder)
    except OSError as error:
        raise unreadable(folder, system_words(error)) from None
    wanted = [
        name
        for name in names
        if name.lower().endswith(".json") and not _LITTER.match(name)
    ]
    wanted.sort(key=natural_key)
    return [folder / name for name in wanted], len(names) - len(wanted)


def _files(paths: list[Path]) -> Iterator[Entry]:
    for number, path in enumerate(paths, 1):
        try:
            content = read_bytes(path)
        except ProfileError as error:
            yield Entry(number, _label(path, number), "", "", error.problems)
            continue
        id_, name = _peek(content)
        label = _label(path, number, name)
        yield _entry(number, label, content, id_, partial(read_bytes, path))


def _lines(path: Path) -> Iterator[Entry]:
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
            number += 1
            label = f"{path.name} line {line_number}"
            if len(content) > MAX_BYTES:
                problem = Problem(
                    "", f"larger than {MAX_BYTES} bytes", "", "E_TOO_LARGE"
                )
                yield Entry(number, label, "", "", (problem,))
                continue
            again = partial(_part, path, begin, len(content))
            yield _entry(number, label, content, _peek(content)[0], again)


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
        label = f"{path.name} row {row.number}"
        again = partial(zlib.decompress, zlib.compress(row.content, 1))
        id_ = _peek(row.content)[0]
        if row.problems:
            sha256 = hashlib.sha256(row.content).hexdigest()
            yield Entry(number, label, sha256, id_, row.problems)
        else:
            yield _entry(number, label, row.content, id_, again)


# --- naming ------------------------------------------------------------------


def _entry(
    number: int, label: str, content: bytes, id_: str, again: Callable[[], bytes]
) -> Entry:
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
    sha256 = hashlib.sha256(content).hexdigest()
    return Entry(number, label, sha256, id_, problems, again)


def _peek(content: bytes) -> tuple[str, str]:
    """Return the id and the first name in a profile that nobody has checked yet.

    An id that could not stand in a file name is left out: it may be a name.
    """
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(data, dict):
        return "", ""
    id_, person = data.get("profile_id"), data.get("person")
    name = person.get("first_name") if isinstance(person, dict) else ""
    if not isinstance(id_, str) or not _SAFE_ID.match(id_):
        id_ = ""
    return id_, name if isinstance(name, str) else ""


def _label(path: Path, number: int, first_name: str = "") -> str:
    """Return the file's name, or its place when the name should not be told."""
    stem = _folded(path.stem)
    told = [part for part in re.split(r"\W+", _folded(first_name)) if len(part) > 2]
    if not path.name.isprintable() or any(part in stem for part in told):
        return f"file {number}"
    return path.name


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

"""Keep the record of a batch: what became of every input, and of every run.

The manifest is the one order of truth: resume, report, reprint and recall read it.
It is a file of JSON Lines that only grows. A row is written when its PDF is safely
on disk, never before; so whatever moment the power fails, the manifest promises
nothing that is not there. A run begins and ends with a row of its own; a run
without an end was broken off, and the next one goes on with it.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from backguide.errors import OutputError, system_words
from backguide.output import open_for_keeps, sync
from backguide.reading import open_file
from backguide.state_rows import Damage, StateSlip, judged, parsed

FILE_NAME: Final = "manifest.jsonl"

MADE: Final = "made"
REUSED: Final = "reused"
HELD: Final = "held"
FAILED: Final = "failed"
QUARANTINED: Final = "quarantined"
STATUSES: Final = (MADE, REUSED, HELD, FAILED, QUARANTINED)

BEGUN: Final = "begun"
ENDED: Final = "ended"
STOPPED: Final = "stopped"


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one input in one run. Holds no name and no answer."""

    run: int
    """Number of the run, from 1."""
    input: str
    """Label of the input, such as "file 3 #1f0c9a2b"; never a file's name."""
    id: str
    """The id on the pages; empty when the profile told none."""
    status: str
    """One of ``STATUSES``."""
    reason: str = ""
    """Code: why it failed, or the level that held it back."""
    field: str = ""
    """Where the first finding is."""
    words: tuple[str, ...] = ()
    """All findings, as told to people."""
    guide_code: str = ""
    flags: tuple[str, ...] = ()
    """Warning signs that count, or the questions that nobody answered."""
    pages: int = 0
    sections: tuple[str, ...] = ()
    """"id@version" of each, in printing order; see ``work.section_version``."""
    content: str = ""
    """Version of the content."""
    program: str = ""
    """Version of the program."""
    options: str = ""
    issued_on: str = ""
    good_until: str = ""
    """Last day of issue on which the same answers give the same guide; empty for every
    day, as of a sample, and for what is no guide."""
    is_sample: bool = False
    """The person is invented, and each page says so."""
    input_sha256: str = ""
    pdf_sha256: str = ""
    file: str = ""
    """Path of the PDF in the folder, with "/"; empty when there is none."""
    seconds: float = 0.0
    at: str = ""
    """When it ended, with the time zone."""

    @property
    def has_pdf(self) -> bool:
        """Tell whether the row vouches for a PDF."""
        return self.status in (MADE, REUSED, HELD)


@dataclass(frozen=True, slots=True)
class RunRow:
    """The beginning or the end of a run."""

    run: int
    status: str
    """``begun``, ``ended`` or ``stopped``."""
    inputs: int = 0
    content: str = ""
    program: str = ""
    options: str = ""
    issued_on: str = ""
    is_forced: bool = False
    review: str = ""
    """What went out though it was not reviewed; empty when all is clear."""
    source_sha256: str = ""
    """Of all inputs of the source; empty when an older program wrote the row. Only a
    run of the very same inputs goes on with one that was broken off."""
    source_inputs: int = 0
    """How many those are; more than ``inputs`` in a part of a batch."""
    at: str = ""


def stamp() -> str:
    """Return this moment in local time, with the zone: 2026-11-23T21:05:00+01:00."""
    return now().isoformat(timespec="seconds")


def now() -> datetime:
    """Return this moment in local time; in UTC where there is no such zone.

    A system takes ``TZ=UTC+26`` for a zone; Python knows none beyond a day.
    """
    moment = datetime.now(UTC)
    try:
        return moment.astimezone()
    except (ValueError, OverflowError):
        return moment


def seconds_of(at: str) -> float:
    """Return a moment in seconds since 1970; before all time when it is none."""
    try:
        return datetime.fromisoformat(at).timestamp()
    except (ValueError, OverflowError):
        return float("-inf")


class Manifest:
    """The manifest of one folder, open for one run."""

    def __init__(self, folder: Path) -> None:
        """Read what is there, and cut off a last row that was never finished.

        The folder must be locked by the caller.

        Raises:
            OutputError: The manifest cannot be opened or written.
        """
        self._path = folder / FILE_NAME
        self.latest: dict[str, Row] = {}
        """The last row of each id, ids folded by case."""
        self.hashes: set[str] = set()
        """Of every PDF that a row ever vouched for."""
        self.newest = Newest()
        """The newest run."""
        self.people: frozenset[str] = frozenset()
        """The ids of the last run that ended."""
        self.latest_run_at = ""
        """The latest moment at which a run began or ended."""
        self.damage = Damage(FILE_NAME)
        """Lines that are no rows, in the middle of the file."""
        self.is_durable = True
        """False when the disk cannot promise that rows survive a power cut."""
        try:
            self._descriptor = open_for_keeps(self._path)
            self._size = self._read()
            os.ftruncate(self._descriptor, self._size)
            os.lseek(self._descriptor, self._size, os.SEEK_SET)
        except OSError as error:
            raise _cannot(self._path, error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Everything was synced before; a late complaint changes nothing.
        with suppress(OSError):
            os.close(self._descriptor)

    def append(self, rows: Iterable[Row | RunRow]) -> None:
        """Hand rows to the system; they outlive us, and after ``sync`` a power cut.

        Raises:
            OutputError: It did not take them; then the file is as it was before.
        """
        rows = tuple(rows)
        content = b"".join(_line(row) for row in rows)
        view = memoryview(content)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            self._cut_back()
            raise _cannot(self._path, error) from None
        self._size += len(content)
        for row in rows:
            self._keep(row)

    def sync(self) -> None:
        """Return when everything is safely on disk.

        Raises:
            OutputError: It is not.
        """
        try:
            self.is_durable = sync(self._descriptor) and self.is_durable
        except OSError as error:
            raise _cannot(self._path, error) from None

    def _cut_back(self) -> None:
        try:
            os.ftruncate(self._descriptor, self._size)
            os.lseek(self._descriptor, self._size, os.SEEK_SET)
        except OSError:
            return  # the next start cuts it

    def _read(self) -> int:
        """Take in every row, and return where the last good one ends."""
        end = good = 0
        bad: list[tuple[int, StateSlip]] = []
        with os.fdopen(self._descriptor, "rb", closefd=False) as file:
            for number, line in enumerate(file, 1):
                end += len(line)
                try:
                    row = checked_row(line)
                except StateSlip as slip:
                    bad.append((number, slip))
                    continue
                for one in bad:
                    self.damage.add(*one)
                bad.clear()
                good = end
                self._keep(row)
        return good

    def _keep(self, row: Row | RunRow) -> None:
        self.newest.take(row)
        if isinstance(row, RunRow):
            if row.status == ENDED and row.run == self.newest.run.run:
                rows = self.newest.rows.values()
                self.people = frozenset(r.id for r in rows if r.id)
            if seconds_of(row.at) > seconds_of(self.latest_run_at):
                self.latest_run_at = row.at
            return
        if row.id:
            self.latest[row.id.casefold()] = row
        if row.has_pdf:
            self.hashes.add(row.pdf_sha256)


class Newest:
    """The newest run of a manifest, whatever rows were lost or changed places.

    Runs count up, so the greatest number tells which rows are of the newest truth.
    """

    def __init__(self) -> None:
        """Begin before the first run."""
        self.run = RunRow(0, ENDED)
        """The last row of the run itself; its own when that is lost."""
        self.rows: dict[str, Row] = {}
        """The rows of its inputs, by input, in their order."""
        self._lost_before = 0

    def take(self, row: Row | RunRow) -> None:
        """Take in the next row of the manifest."""
        if row.run > self.run.run:
            self._lost_before = self.lost_in_all
            self.run, self.rows = RunRow(row.run, BEGUN), {}
        if row.run < self.run.run:
            return
        if isinstance(row, RunRow):
            self.run = row
        else:
            self.rows[row.input] = row

    @property
    def is_over(self) -> bool:
        """Tell whether it came to its end."""
        return self.run.status == ENDED

    @property
    def lost(self) -> int:
        """Return how many rows of a run that is over are not there."""
        return max(self.run.inputs - len(self.rows), 0) if self.is_over else 0

    @property
    def lost_in_all(self) -> int:
        """Return how many rows of this run and of earlier ones are not there."""
        return self._lost_before + self.lost


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows about inputs in a manifest, oldest first; read only.

    Raises:
        OutputError: It cannot be read.
    """
    for row in read_lines(path):
        if isinstance(row, Row):
            yield row


def read_lines(path: Path) -> Iterator[Row | RunRow]:
    """Yield all rows of a manifest, oldest first; read only.

    Raises:
        OutputError: It cannot be read.
    """
    try:
        with open_file(path) as file:
            for line in file:
                row = parse_row(line)
                if row is not None:
                    yield row
    except OSError as error:
        words = system_words(error)
        raise OutputError(f"{path.name}: cannot be read: {words}") from None


MEND: Final = (
    "who stood there is made again by the next run of the batch; a recall of earlier "
    "runs may miss people"
)


def damage_of(path: Path) -> Damage:
    """Return which lines of a manifest are no rows; read only.

    Raises:
        OutputError: It cannot be read.
    """
    damage = Damage(f"{path.parent.name}/{path.name}")
    try:
        with open_file(path) as file:
            for number, line in enumerate(file, 1):
                try:
                    checked_row(line)
                except StateSlip as slip:
                    damage.add(number, slip)
    except OSError as error:
        words = system_words(error)
        raise OutputError(f"{path.name}: cannot be read: {words}") from None
    return damage


def newest_run(path: Path) -> Newest:
    """Return the newest run of a manifest; read only.

    Raises:
        OutputError: It cannot be read.
    """
    newest = Newest()
    for row in read_lines(path):
        newest.take(row)
    return newest


def manifests(folder: Path) -> tuple[Path, ...]:
    """Return the manifests of a folder: its own, and those of its shards.

    What a link leads to is no part of the folder.
    """
    shards = sorted(folder.glob(f"shard-*/{FILE_NAME}"))
    found = (folder / FILE_NAME, *(p for p in shards if not p.parent.is_symlink()))
    return tuple(p for p in found if p.is_file() and not p.is_symlink())


def parse_row(line: bytes) -> Row | RunRow | None:
    """Return the row in a line, or None when it is not a whole row."""
    try:
        return checked_row(line)
    except StateSlip:
        return None


def checked_row(line: bytes) -> Row | RunRow:
    """Return the row in a line.

    Raises:
        StateSlip: It is not a whole row, with what is wrong.
    """
    if not line.endswith(b"\n"):
        raise StateSlip("the line was cut")
    record = parsed(line)
    if "input" in record:
        return Row(**_known(Row, judged(record, "manifest", "input")))
    return RunRow(**_known(RunRow, judged(record, "manifest", "run")))


_SHARED: Final = ("status", "reason", "content", "program", "options", "issued_on")
"""Fields with few different values; kept once, for there may be a million rows."""


def _known(kind: type[Row | RunRow], record: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that this program knows; newer ones may have more."""
    known: dict[str, Any] = {}
    for field in fields(kind):
        if field.name not in record:
            continue
        value = record[field.name]
        if field.name in ("words", "flags", "sections"):
            value = tuple(sys.intern(item) for item in value)
        elif field.name in _SHARED:
            value = sys.intern(value)
        known[field.name] = value
    return known


def _line(row: Row | RunRow) -> bytes:
    text = json.dumps(asdict(row), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8") + b"\n"


def _cannot(path: Path, error: OSError) -> OutputError:
    words = system_words(error)
    return OutputError(f"{path.name}: cannot be written: {words}")

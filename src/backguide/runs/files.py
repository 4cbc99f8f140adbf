"""Find the files of runs in files, folders and archives, and read each by its form."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

from backguide.errors import Problem, system_words
from backguide.reading import files_below, open_file, size_of
from backguide.runs.activity import Activity, Form
from backguide.unpacking import (
    Budget,
    Counted,
    Joined,
    Limits,
    Stream,
    UnpackingError,
    gunzipped,
    members,
)

_ENDINGS: Final = (".fit", ".tcx", ".gpx", ".csv", ".xml", ".zip")
_GZIP, _ZIP, _FIT = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06"), b".FIT"
_HEAD_BYTES: Final = 1 << 12
MOST_FILES: Final = 200_000
"""In one folder."""


@dataclass(frozen=True, slots=True)
class Diary:
    """What stands in all files."""

    activities: tuple[Activity, ...]
    covered_until: date | None
    """Day of an export that says so; None when none does."""
    refused: tuple[Problem, ...]
    """What is wrong with files that were named one by one."""
    passed_over: tuple[Problem, ...]
    """What is wrong with files that lay in folders and archives."""


class _Unknown(ValueError):
    """Not a file of runs; of no concern inside an archive."""


Progress = Callable[[int, int], None]
"""Hears of the bytes that are read, and of all of them."""


def lacks_libraries() -> bool:
    """Tell whether the extra ``runs`` is not installed."""
    return not all(map(find_spec, ("fitdecode", "gpxpy", "lxml")))


def read_runs(
    paths: Iterable[Path],
    *,
    limits: Limits | None = None,
    tell: Progress | None = None,
) -> Diary:
    """Return every activity of files, folders and archives.

    A file that cannot be read stops nothing; it is told in the diary.
    """
    return _Gatherer(limits or Limits(), tell).diary(list(paths))


class _Gatherer:
    def __init__(self, limits: Limits, tell: Progress | None) -> None:
        self._tell_of = tell
        self._done = self._total = 0
        self._budget = Budget(limits, self._tell)
        self._limits = limits
        self._activities: list[Activity] = []
        self._until: list[date] = []
        self._refused: list[Problem] = []
        self._passed: list[Problem] = []

    def diary(self, paths: list[Path]) -> Diary:
        for path in paths:
            if path.is_dir():
                self._folder(path)
            else:
                self._file(path, path.name, self._refused)
        return Diary(
            tuple(self._activities),
            max(self._until, default=None),
            tuple(self._refused),
            tuple(self._passed),
        )

    def _tell(self, count: int) -> None:
        self._done += count
        if self._tell_of is not None:
            self._tell_of(self._done, max(self._total, self._done))

    def _folder(self, folder: Path) -> None:
        try:
            found = [p for p in files_below(folder, MOST_FILES) if _may_be_run(p.name)]
        except OSError as error:
            self._refused.append(_problem(folder.name, system_words(error)))
            return
        if not found:
            words = "there is no file of runs in this folder"
            self._refused.append(_problem(folder.name, words))
        for path in found:
            self._file(path, path.relative_to(folder).as_posix(), self._passed)

    def _file(self, path: Path, name: str, slips: list[Problem]) -> None:
        try:
            with open_file(path) as file:
                size = size_of(file)
                self._total += size
                self._take(name, file, size, slips, depth=0)
        except OSError as error:
            slips.append(_problem(name, system_words(error)))

    def _take(
        self, name: str, file: Stream, size: int, slips: list[Problem], *, depth: int
    ) -> None:
        """Read one file, whatever it is, and take note of what is wrong with it."""
        try:
            for found in self._read(name, file, size, depth):
                if isinstance(found, Activity):
                    self._activities.append(found)
                else:
                    self._until.append(found)
        except _Unknown as error:
            if slips is self._refused:
                hint = "known are FIT, TCX, GPX, and the exports of Strava, Garmin "
                hint += "Connect and Apple Health"
                slips.append(_problem(name, str(error), hint))
        except UnpackingError as error:
            slips.append(_problem(name, str(error), _UNPACK_HINT))
        except ValueError as error:
            slips.append(_problem(name, str(error)))

    def _read(
        self, name: str, file: Stream, size: int, depth: int
    ) -> Iterator[Activity | date]:
        stream = Counted(file, self._budget, None) if depth == 0 else file
        head = stream.read(_HEAD_BYTES)
        if not head:
            raise ValueError("it is empty")
        whole = Joined(head, stream)
        if head.startswith(_ZIP):
            self._archive(name, file, whole, depth)
        elif head.startswith(_GZIP):
            inner = gunzipped(whole, self._budget, size)
            yield from self._read(name, inner, size, depth + 1)
        elif head[8:12] == _FIT:
            from backguide.runs.fit import read_fit

            yield from read_fit(self._all(whole), name)
        elif head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            yield from self._xml(whole, name)
        else:
            yield from self._table(whole, name)

    def _all(self, stream: Stream) -> bytes:
        content = Counted(stream, Budget(self._limits), None)
        return content.read_whole(self._limits.file_bytes)

    def _xml(self, whole: Stream, name: str) -> Iterator[Activity | date]:
        from backguide.runs.guarded_xml import body_of

        root, body = body_of(whole)
        if root == "HealthData":
            from backguide.runs.apple import read_apple

            yield from read_apple(body, name)
        elif root == "TrainingCenterDatabase":
            from backguide.runs.tcx import read_tcx

            yield from read_tcx(body, name)
        elif root == "gpx":
            from backguide.runs.gpx import read_gpx

            yield from read_gpx(io.BytesIO(self._all(body)), name)
        else:
            raise _Unknown("XML, but not of runs")

    def _table(self, whole: Stream, name: str) -> Iterator[Activity]:
        from backguide.runs.tables import form_of, read_garmin, read_strava, rows_of

        content = self._all(whole)
        rows = [] if b"\0" in content[:_HEAD_BYTES] else rows_of(content)
        form = form_of(rows[0]) if rows else None
        if form is None:
            raise _Unknown("it is not a file of runs that is known here")
        yield from (read_strava if form is Form.STRAVA else read_garmin)(rows, name)

    def _archive(self, name: str, file: Stream, whole: Stream, depth: int) -> None:
        if depth > self._limits.depth:
            raise UnpackingError("archives lie too deep inside each other")
        if depth == 0:
            archive = cast(BinaryIO, file)  # the file itself
        else:
            inner = Counted(whole, Budget(self._limits), None)
            archive = io.BytesIO(inner.read_whole(self._limits.inner_bytes))
        found = [m for m in members(archive, self._limits) if _may_be_run(m.name)]
        if not found:
            raise ValueError("there is no file of runs in this archive")
        self._total += sum(member.declared_bytes for member in found)
        for member in found:
            place = f"{name}: {_printable(member.name)}"
            try:
                packed = member.packed_bytes
                inner = Counted(member.unpack(), self._budget, packed)
            except UnpackingError as error:
                self._passed.append(_problem(place, str(error)))
                continue
            self._take(place, inner, packed, self._passed, depth=depth + 1)


_UNPACK_HINT: Final = "unpack it yourself, and give the folder"


def _problem(name: str, message: str, hint: str = "") -> Problem:
    return Problem(_printable(name), message, hint, "E_RUN_FILE")


def _may_be_run(name: str) -> bool:
    """Tell whether a file in a folder or an archive is worth to be opened."""
    path = PurePosixPath(name)
    last = path.name.casefold().removesuffix(".gz")
    return (
        last.endswith(_ENDINGS)
        and not last.startswith("._")
        and "__MACOSX" not in path.parts
    )


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)

"""Make one print job of the guides of a batch, in parts that a printer can take.

Only what the manifest vouches for comes in: the guides of the last run of a folder
and of its shards, each with the very hash of its row. Held people, failures and
quarantined pages have another status, so they cannot slip in. Every part is read
back and compared with its guides before the first of them gets its final name.
"""

import csv
import hashlib
import io
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, Final

from backguide.batch.folder import files_in
from backguide.batch.lock import lock_folder
from backguide.batch.manifest import manifests, stamp
from backguide.batch.print_plan import (
    Guide,
    JobError,
    JobOptions,
    check_order,
    guides_of,
    parts_of,
)
from backguide.batch.report import RESERVED
from backguide.binding import Part, bind
from backguide.errors import OutputError, system_words
from backguide.guidance.library import Library
from backguide.layout.sheets import notes_side, separator
from backguide.output import (
    Door,
    Kind,
    beside,
    remove_file,
    rename_file,
    write_file,
)
from backguide.reading import read_file
from backguide.values import dataclass
from backguide.verification.bound import Expected, verify_bound

RECORD_NAME: Final = "print-jobs.jsonl"
"""What was written for printers, so that ``purge`` can remove it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Where one guide stands in the job."""

    file: str
    place: int
    """In its part, from 1."""
    id: str
    guide_code: str
    paper: str
    first_page: int
    pages: int
    sheets: int


@dataclass(frozen=True, slots=True)
class Job:
    """A print job that has been written."""

    files: tuple[Path, ...]
    list_file: Path
    guides: tuple[Listed, ...]
    left_out: int
    """Inputs of the runs that are not in it: held, failed or quarantined."""

    @property
    def sheets(self) -> int:
        """Return the sheets of all guides, separators left out."""
        return sum(guide.sheets for guide in self.guides)


def make_print_job(
    folder: Path, library: Library, options: JobOptions, door: Door | None = None
) -> Job:
    """Write the print job of a folder of handouts.

    Args:
        folder: The output folder of a batch.
        library: The content; only its fixed words are used.
        options: How the guides are put together.
        door: Knows what else the command reads.

    Raises:
        BindingError: A guide holds something that cannot be bound.
        JobError: There is no guide to print, or no such order.
        OutputError: A guide is not what the manifest says, a run is not over, or
            nothing can be written.
        VerificationError: The job does not say what the guides say.
    """
    check_order(options.sort)
    found = manifests(folder)
    if not found:
        raise OutputError(f"{folder.name}: no batch has run here; there is no manifest")
    with ExitStack() as locks:
        for path in found:
            locks.enter_context(lock_folder(path.parent))
        guides, left_out = guides_of(folder, found)
        if not guides:
            raise JobError(f"{folder.name}: there is no guide to print")
        parts = parts_of(guides, options)
        door = door or Door()
        for path in found:
            _know_batch(path.parent, door)
        return _Writer(folder, library, options, door).write(parts, left_out)


def _know_batch(folder: Path, door: Door) -> None:
    """Let the door know every file of a batch: a print job is none of them."""
    for name in files_in(folder):
        own = PurePosixPath(name).name
        if own in RESERVED or own == RECORD_NAME or own.startswith("bg-"):
            door.know(folder / name, "a file of the batch")


# --- writing --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    """What goes into a part, and what must come out of it."""

    part: Part
    expected: Expected
    guide: Guide | None
    pages: int


class _Writer:
    """Writes the parts of one job: all of them, or none."""

    def __init__(
        self, folder: Path, library: Library, options: JobOptions, door: Door
    ) -> None:
        self._door = door
        self._folder = folder
        self._words = library.words
        self._title = library.frame.pdf_title
        self._options = options
        self._target = options.target

    def write(self, parts: list[list[Guide]], left_out: int) -> Job:
        names = self._names(parts)
        self._check_places(names)
        listed: list[Listed] = []
        hashes: dict[str, str] = {}
        self._remove_waiting()
        try:
            for number, (name, guides) in enumerate(zip(names, parts, strict=True), 1):
                title = f"{self._title} {number}/{len(parts)}"
                total = sum(len(part) for part in parts)
                pieces = [*self._pieces(guides, title, len(listed), total)]
                content = bind((piece.part for piece in pieces), title)
                verify_bound(content, (piece.expected for piece in pieces))
                if not write_file(self._waiting(name), content, told_as=name):
                    self._door.warn_not_durable(self._target)
                hashes[name] = hashlib.sha256(content).hexdigest()
                listed += _listed(name, pieces)
            self._publish(names, hashes, _csv(listed))
        finally:
            self._remove_waiting()
        files = tuple(self._target.with_name(name) for name in names)
        return Job(files, self._list_file, tuple(listed), left_out)

    def _check_places(self, names: list[str]) -> None:
        """See that every part and the list may be written, before any of them is."""
        files: list[tuple[Path, Kind | None]] = [(self._list_file, Kind.JOB_LIST)]
        files += [(self._target.with_name(name), Kind.PDF) for name in names]
        if self._target.name not in names:
            # Its parts are named after it, so it must not be a guide either.
            files.append((self._target, None))
        self._door.check(*files)
        self._door.prepare(self._target)

    @property
    def _list_file(self) -> Path:
        return beside(self._target, ".csv")

    def _waiting(self, name: str) -> Path:
        """Return where a part waits; the same for the same target and part."""
        return self._target.with_name(f"{self._waiting_prefix}{name}.tmp"[-200:])

    @property
    def _waiting_prefix(self) -> str:
        return f".bg-job-{zlib.crc32(os.fsencode(self._target.resolve()))}-"

    def _remove_waiting(self) -> None:
        """Remove what waits, also what a killed job has left."""
        for path in self._target.parent.glob(f"{self._waiting_prefix}*.tmp"):
            with suppress(OutputError):
                remove_file(path)

    def _publish(self, names: list[str], hashes: dict[str, str], listed: bytes) -> None:
        """Give every part its name, or none of them."""
        hashes = {**hashes, self._list_file.name: hashlib.sha256(listed).hexdigest()}
        self._take_back_earlier({*hashes})
        # Recorded first: whatever happens then, purge knows what to look for.
        self._record(hashes)
        done: list[Path] = []
        try:
            for name in names:
                rename_file(self._waiting(name), self._target.with_name(name))
                done.append(self._target.with_name(name))
            write_file(self._list_file, listed)
        except OutputError:
            for path in done:
                with suppress(OutputError):
                    remove_file(path)
            raise

    def _names(self, parts: list[list[Guide]]) -> list[str]:
        target = self._target
        if len(parts) == 1 and not self._options.is_stapled:
            return [target.name]
        width = len(str(len(parts)))
        return [
            f"{target.stem}-{number:0{width}}{_own(guides, self._options)}.pdf"
            for number, guides in enumerate(parts, 1)
        ]

    def _pieces(
        self, guides: list[Guide], title: str, before: int, total: int
    ) -> Iterator[_Piece]:
        begun = 0
        for number, guide in enumerate(guides, before + 1):
            if self._options.has_separators:
                piece = self._separator(guide, title, f"{number} / {total}")
                begun += piece.pages
                yield piece
            content, row = guide.read(), guide.row
            yield _Piece(
                Part(content, row.guide_code, row.id),
                Expected(
                    content, row.id, row.guide_code, row.id, self._options.is_duplex
                ),
                guide,
                row.pages,
            )
            begun += row.pages
            if self._options.is_duplex and begun % 2:
                begun += 1
                yield self._notes(guide, title)

    def _separator(self, guide: Guide, title: str, place: str) -> _Piece:
        content = separator(
            guide.paper,
            lines=(guide.row.id, guide.row.guide_code, place),
            title=title,
            language=guide.language,
            issued_on=date.fromisoformat(guide.row.issued_on),
            has_back=self._options.is_duplex,
        )
        part = Part(content, f"s-{guide.row.guide_code}")
        pages = 2 if self._options.is_duplex else 1
        return _Piece(part, Expected(content), None, pages)

    def _notes(self, guide: Guide, title: str) -> _Piece:
        row = guide.row
        mark = self._words["page.id"].replace("{id}", row.id)
        content = notes_side(
            guide.paper,
            word=self._words["page.notes"],
            mark=f"{mark}   {row.guide_code}",
            title=title,
            language=guide.language,
            issued_on=date.fromisoformat(row.issued_on),
        )
        part = Part(content, f"n-{row.guide_code}")
        return _Piece(part, Expected(content, row.id, row.guide_code), None, 1)

    # --- the record ---------------------------------------------------------

    def _record(self, hashes: dict[str, str]) -> None:
        """Remember what was written, for ``purge`` and for the next job."""
        place = self._target.parent.resolve()
        record = {
            "at": stamp(),
            "target": str(self._target.resolve()),
            "files": {str(place / name): value for name, value in hashes.items()},
        }
        path = self._folder / RECORD_NAME
        try:
            before = read_file(path)
        except FileNotFoundError:
            before = b""
        except OSError as error:
            words = system_words(error)
            raise OutputError(f"{path.name}: cannot be read: {words}") from None
        write_file(path, before + json.dumps(record).encode("utf-8") + b"\n")

    def _take_back_earlier(self, kept: set[str]) -> None:
        """Remove the parts of an earlier job that this one does not write again.

        A part that stayed behind could be printed with the new ones.
        """
        for record in jobs_of(self._folder):
            if record["target"] == str(self._target.resolve()):
                for name, value in record["files"].items():
                    path = Path(name)
                    if path.name not in kept:
                        remove_if_same(path, value)


def jobs_of(folder: Path) -> list[dict[str, Any]]:
    """Return what was written for printers from a folder, oldest first."""
    path = folder / RECORD_NAME
    try:
        lines = read_file(path).decode("utf-8").splitlines()
    except OSError:
        return []
    records = []
    for line in lines:
        with suppress(ValueError):
            record = json.loads(line)
            if isinstance(record, dict) and isinstance(record.get("files"), dict):
                records.append(record)
    return records


def remove_if_same(path: Path, sha256: str) -> bool:
    """Remove a file that is still what we wrote, and tell whether it was.

    Raises:
        OutputError: It cannot be removed.
    """
    try:
        is_ours = hashlib.sha256(read_file(path)).hexdigest() == sha256
    except OSError:
        return False
    if not is_ours:
        return False
    remove_file(path)
    return True


def _own(guides: list[Guide], options: JobOptions) -> str:
    return f"-{guides[0].row.id}" if options.is_stapled else ""


def _listed(name: str, pieces: list[_Piece]) -> Iterator[Listed]:
    page = place = 0
    for index, piece in enumerate(pieces):
        if piece.guide is not None:
            row, place = piece.guide.row, place + 1
            yield Listed(
                file=name,
                place=place,
                id=row.id,
                guide_code=row.guide_code,
                paper=piece.guide.paper,
                first_page=page + 1,
                pages=row.pages,
                sheets=(row.pages + 1) // 2,
            )
        page += pieces[index].pages


def _csv(listed: list[Listed]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    names = list(Listed.__slots__)
    writer.writerow(names)
    for one in listed:
        writer.writerow([getattr(one, name) for name in names])
    return stream.getvalue().encode("utf-8-sig")

"""Make one print job of the guides of a batch, in parts that a printer can take.

Only what the manifest vouches for comes in: the guides of the last run of a folder
and of its shards, each with the very hash of its row. Held people, failures and
quarantined pages have another status, so they cannot slip in. Every part is read
back and compared with its guides before the first of them gets its final name.
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath

from backguide.batch.folder import files_in
from backguide.batch.ledger import today
from backguide.batch.lock import lock_folder
from backguide.batch.manifest import manifests, newest_run
from backguide.batch.print_plan import (
    Guide,
    JobError,
    JobOptions,
    check_order,
    guides_of,
    parts_of,
)
from backguide.batch.print_record import (
    RECORD_NAME,
    jobs_of,
    record_job,
    remove_if_same,
    waiting_prefix,
)
from backguide.batch.report import RESERVED
from backguide.binding import Part, bind
from backguide.errors import OutputError
from backguide.guidance.library import Library
from backguide.layout.sheets import notes_side, separator
from backguide.output import (
    Door,
    Kind,
    beside,
    remove_file,
    remove_temporaries,
    rename_file,
    write_file,
)
from backguide.verification.bound import Expected, verify_bound


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the run has told that a print job is made of."""

    run: int
    guides: int


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
    outdated: int = 0
    """Guides whose answers no longer count today."""

    @property
    def sheets(self) -> int:
        """Return the sheets of all guides, separators left out."""
        return sum(guide.sheets for guide in self.guides)


def make_print_job(
    folder: Path,
    library: Library,
    options: JobOptions,
    door: Door | None = None,
    *,
    expected: Expectation | None = None,
) -> Job:
    """Write the print job of a folder of handouts.

    Args:
        folder: The output folder of a batch.
        library: The content; only its fixed words are used.
        options: How the guides are put together.
        door: Knows what else the command reads.
        expected: What has just been made; None to take the last run as it is.

    Raises:
        BindingError: A guide holds something that cannot be bound.
        JobError: There is no guide to print, or no such order.
        OutputError: A guide is not what the manifest says, a run is not over, its
            guides are not as many as it told, or nothing can be written.
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
        if expected is not None:
            _check_expected(folder, found, guides, expected)
        if not guides:
            raise JobError(f"{folder.name}: there is no guide to print")
        parts = parts_of(guides, options)
        door = door or Door()
        for path in found:
            _know_batch(path.parent, door)
        job = _Writer(folder, library, options, door).write(parts, left_out)
    day = today().isoformat()
    old = sum(bool(g.row.good_until) and g.row.good_until < day for g in guides)
    return replace(job, outdated=old)


def _know_batch(folder: Path, door: Door) -> None:
    """Let the door know every file of a batch: a print job is none of them."""
    for name in files_in(folder):
        own = PurePosixPath(name).name
        if own in RESERVED or own == RECORD_NAME or own.startswith("bg-"):
            door.know(folder / name, "a file of the batch")


def _check_expected(
    folder: Path, found: tuple[Path, ...], guides: list[Guide], expected: Expectation
) -> None:
    newest = max(newest_run(path).run.run for path in found)
    if (newest, len(guides)) != (expected.run, expected.guides):
        raise OutputError(
            f"{folder.name}: run {expected.run} told of {expected.guides} guides, but "
            f"run {newest} with {len(guides)} is in the folder; nothing was bound. Run "
            "the same command again"
        )


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
        # Absolute, as the record has it: a killed job is tidied up after by that name.
        self._target = options.target.parent.resolve() / options.target.name
        self._guides: list[str] = []
        """SHA-256 of each guide."""

    def write(self, parts: list[list[Guide]], left_out: int) -> Job:
        names = self._names(parts)
        self._check_places(names)
        listed: list[Listed] = []
        hashes: dict[str, str] = {}
        self._guides = [guide.row.pdf_sha256 for part in parts for guide in part]
        self._remove_waiting()
        target = str(self._target.resolve())
        if not any(job["target"] == target for job in jobs_of(self._folder)):
            record_job(self._folder, self._target, {}, ())
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
        asked = self._options.target
        files = tuple(asked.with_name(name) for name in names)
        return Job(files, beside(asked, ".csv"), tuple(listed), left_out)

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
        prefix = waiting_prefix(self._target)
        return self._target.with_name(f"{prefix}{name[-150:]}.tmp")

    def _remove_waiting(self) -> None:
        """Remove what waits, also what a killed job has left."""
        for path in self._target.parent.glob(f"{waiting_prefix(self._target)}*.tmp"):
            with suppress(OutputError):
                remove_file(path)
        remove_temporaries(self._target.parent)

    def _publish(self, names: list[str], hashes: dict[str, str], listed: bytes) -> None:
        """Give every part its name, or none of them."""
        hashes = {**hashes, self._list_file.name: hashlib.sha256(listed).hexdigest()}
        self._take_back_earlier({*hashes})
        # Recorded first: whatever happens then, purge knows what to look for.
        record_job(self._folder, self._target, hashes, self._guides)
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

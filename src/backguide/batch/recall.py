"""Look back: who got which section, one page again, and what is old enough to go.

Everything here is read from the manifests of a folder and of its shards. What holds
today is what the newest run of each tells; all earlier rows are history.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import ClassVar, Final

from backguide.batch.folder import (
    SUBFOLDERS,
    SUPERSEDED_FOLDER,
    check_subfolders,
    is_handout,
    is_page_name,
    page_of,
    page_sha256,
    pdfs_in,
    read_page,
    remove_litter,
)
from backguide.batch.inputs import SHORT_HASH, natural_key
from backguide.batch.lock import lock_folder
from backguide.batch.manifest import (
    HELD,
    MEND,
    REUSED,
    Newest,
    Row,
    damage_of,
    manifests,
    parse_row,
    read_lines,
    read_rows,
    seconds_of,
)
from backguide.batch.print_record import MEND as MEND_OF_JOBS
from backguide.batch.print_record import (
    damage_of_jobs,
    jobs_of,
    remove_if_same,
    remove_job_litter,
)
from backguide.batch.report import ATTENTION_NAME, CSV_NAME, HTML_NAME
from backguide.errors import BackguideError, ExitCode, OutputError
from backguide.output import remove_file, write_file
from backguide.reading import read_file

SECONDS_A_DAY: Final = 86_400


class UnknownSection(BackguideError):
    """Nobody can have got a section that never was; most likely a slip."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Receipt:
    """One page that holds a section."""

    id: str
    status: str
    guide_code: str
    section: str
    """ "id@version" of the section."""
    content: str
    issued_on: str
    at: str
    is_latest: bool
    """True when the newest run vouches for this very page."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page that was made here, unchanged."""

    row: Row
    content: bytes
    why_superseded: str = ""
    """Why it no longer holds; empty when it does."""


@dataclass(slots=True)
class _Book:
    """The manifest of one folder, read once."""

    folder: Path
    rows: list[Row]
    """Those that are wanted, oldest first."""
    newest: Newest


def who_got(
    folder: Path, wanted: str, known: Sequence[str] = ()
) -> tuple[Receipt, ...]:
    """Return every page ever made here that holds a section, oldest first.

    Args:
        folder: The output folder of a batch.
        wanted: ``section``, or ``section@version``; the version is the beginning of
            the section's own version or of that of the whole content.
        known: Sections that exist, beside those in the manifests, as "id@version".

    Raises:
        OutputError: There is no manifest, or it cannot be read.
        UnknownSection: There is no such section, or no such version of it.
    """
    name, _, version = wanted.partition("@")
    versions: dict[str, set[str]] = {}
    for one in known:
        versions.setdefault(one.partition("@")[0], set()).add(one.partition("@")[2])

    def holds(row: Row) -> bool:
        is_wanted = False
        for one in row.sections if row.has_pdf else ():
            id_, _, own = one.partition("@")
            versions.setdefault(id_, set()).update((own, row.content))
            is_wanted |= id_ == name and (
                own.startswith(version) or row.content.startswith(version)
            )
        return is_wanted and row.status != REUSED  # the row that made it tells

    found: dict[tuple[str, str], Receipt] = {}
    for book in _books(folder, holds):
        holding = {row.pdf_sha256 for row in book.newest.rows.values() if row.has_pdf}
        for row in book.rows:
            found.pop((row.id, row.pdf_sha256), None)
            found[row.id, row.pdf_sha256] = Receipt(
                id=row.id,
                status=row.status,
                guide_code=row.guide_code,
                section=next(s for s in row.sections if s.partition("@")[0] == name),
                content=row.content,
                issued_on=row.issued_on,
                at=row.at,
                is_latest=row.pdf_sha256 in holding,
            )
    if name not in versions:
        near = get_close_matches(name, versions, 3, 0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UnknownSection(f"{name}: there is no such section{hint}")
    if not any(own.startswith(version) for own in versions[name]):
        told = ", ".join(sorted(versions[name]))
        raise UnknownSection(f"{wanted}: there is no such version; known: {told}")
    return tuple(found.values())


def lost_rows(folder: Path) -> int:
    """Return how many rows of finished runs are not in the manifests of a folder."""
    return sum(book.newest.lost_in_all for book in _books(folder, lambda row: False))


def damage_in(folder: Path) -> tuple[str, ...]:
    """Return what is wrong with the manifests and lists of print jobs of a folder."""
    told: list[str] = []
    for path in manifests(folder):
        told += damage_of(path).words(MEND)
    for place in {folder, *(path.parent for path in manifests(folder))}:
        told += damage_of_jobs(place).words(MEND_OF_JOBS)
    return tuple(told)


# --- one page again --------------------------------------------------------------


def find_page(folder: Path, wanted: str, *, is_superseded: bool = False) -> Page:
    """Return a page that was made here, unchanged.

    Args:
        folder: The output folder of a batch.
        wanted: The code printed on the page, such as "7F3A-09C1", or the id.
        is_superseded: Return a page that no longer holds as well; for an id, the last
            of those.

    Raises:
        OutputError: There is no such page, its file is gone or was changed, or it no
            longer holds.
    """
    code = wanted.replace("-", "").upper()

    def has_code(row: Row) -> bool:
        return row.has_pdf and row.guide_code.replace("-", "").upper() == code

    books = [
        *_books(
            folder,
            lambda row: has_code(row) or row.id.casefold() == wanted.casefold(),
        )
    ]
    matches = [(book, row) for book in books for row in book.rows]
    if not matches:
        raise OutputError(f"no page with this code or id was made in {folder.name}")
    ids = {row.id.casefold() for _, row in matches}
    if len(ids) > 1:
        raise OutputError(
            f"{wanted}: several people have pages of this code or id; give the other "
            "of the two"
        )
    now = _newest_of(books, ids.pop())
    holding = now[1].pdf_sha256 if now is not None and now[1].has_pdf else ""
    # For a code its own pages only, for an id all that the person ever had.
    by_code = [(book, row) for book, row in matches if has_code(row)]
    pages = by_code or [(book, row) for book, row in matches if row.has_pdf]
    old = [(book, row) for book, row in pages if row.pdf_sha256 != holding]
    is_current = len(old) < len(pages) and not (is_superseded and old and not by_code)
    if now is not None and holding and is_current:
        return Page(now[1], _content(*now, is_current=True))
    why = _why(now, books, wanted)
    if not old:
        raise OutputError(f"{wanted}: there is no page; {why}")
    book, row = old[-1]
    if not is_superseded:
        raise OutputError(
            f"{row.guide_code} of {row.id}, issued on {row.issued_on}: this page no "
            f"longer holds: {why}. Nothing was written; --superseded gives the old "
            "page, marked"
        )
    return Page(row, _content(book, row, is_current=False), why)


def _newest_of(books: list[_Book], id_: str) -> tuple[_Book, Row] | None:
    """Return what the newest run tells of a person; None when it tells nothing."""
    found = [
        (book, row)
        for book in books
        for row in book.newest.rows.values()
        if row.id.casefold() == id_
    ]
    found.sort(key=lambda item: seconds_of(item[0].newest.run.at))
    return found[-1] if found else None


def _why(now: tuple[_Book, Row] | None, books: list[_Book], id_: str) -> str:
    """Return why an earlier page of a person no longer holds."""
    if now is None:
        if not all(book.newest.is_over for book in books):
            return (
                f"the last run was stopped before it came to {id_}; run the same "
                "batch again"
            )
        return f"{id_} is not among the inputs of the last run"
    row = now[1]
    if row.status == HELD:
        return (
            f"{row.id} was held back since ({row.reason}); {row.guide_code} of "
            f"{row.issued_on} is the page to hand over"
        )
    if row.has_pdf:
        return f"{row.id} has a newer page, {row.guide_code} of {row.issued_on}"
    words = row.words[0].split("\n")[0] if row.words else row.reason
    return f"the newest profile of {row.id} made no page ({row.status}: {words})"


def _content(book: _Book, row: Row, *, is_current: bool) -> bytes:
    """Return the bytes of a page.

    One that holds lies in its place. If it was put aside, a run that the manifest has
    lost, or that was stopped early, knew better.
    """
    path = page_of(book.folder, row)
    if path is not None:
        aside = book.folder / SUPERSEDED_FOLDER
        candidates = [path]
        if not is_current and not aside.is_symlink():
            candidates += [aside / path.name, *aside.glob(f"{path.stem}.*.pdf")]
        for candidate in candidates:
            if page_sha256(candidate) == row.pdf_sha256:
                return read_page(candidate)
    raise OutputError(
        f"{row.guide_code} of {row.id}: the file is gone or was changed; run the batch "
        "again to make it"
    )


# --- what is old enough ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge did."""

    removed: int
    kept_newest: int
    """Pages and reports of the newest run that are older than the days, and stay."""
    warnings: tuple[str, ...] = ()


def purge(
    folder: Path,
    keep_days: int,
    *,
    with_newest: bool = False,
    now: float | None = None,
) -> Purged:
    """Remove pages and reports that are older than some days.

    The manifest stays. Files that no batch made are never touched. The newest run
    stays unless that is asked for, or no day is to be kept: its age is only what a
    clock once said.

    Args:
        folder: The output folder of a batch.
        keep_days: What was made or confirmed within so many days stays; 0 for nothing.
        with_newest: Judge the newest run by its age as well.
        now: Seconds since 1970; for tests.

    Raises:
        OutputError: A batch is at work here, or a file cannot be removed.
    """
    moment = time.time() if now is None else now
    before = moment - keep_days * SECONDS_A_DAY if keep_days else float("inf")
    found = manifests(folder)
    if not found:
        raise _no_manifest(folder)
    removed = kept = 0
    warnings: list[str] = []
    for path in found:
        with lock_folder(path.parent):
            check_subfolders(path.parent)
            remove_litter(path.parent)
            _hide_names(path)
            ages = _Ages(path, moment)
            warnings += ages.warnings
            for name, at in ages.files():
                if at >= before:
                    continue
                if keep_days and not with_newest and name in ages.newest:
                    kept += 1
                    continue
                remove_file(path.parent / name)
                removed += 1
    remove_job_litter(folder)
    jobs = _purge_jobs(folder, before if keep_days else float("inf"))
    return Purged(removed + jobs, kept, tuple(warnings))


class _Ages:
    """When each file of a folder was made or confirmed for the last time."""

    def __init__(self, manifest: Path, now: float) -> None:
        """Read the manifest.

        Args:
            manifest: Its path; the files lie beside it.
            now: Seconds since 1970.
        """
        self._folder = manifest.parent
        self._at: dict[str, float] = {}
        """By the name of a PDF without its place."""
        self._at_of_bytes: dict[str, float] = {}
        """By its SHA-256: a copy may have another name."""
        self.warnings: list[str] = []
        newest = Newest()
        latest = float("-inf")
        is_ahead = runs_back = False
        for row in read_lines(manifest):
            newest.take(row)
            at = seconds_of(row.at)
            is_ahead |= at > now + SECONDS_A_DAY
            if at <= now:
                # A later row is never older, whatever the clock said.
                runs_back |= at < latest - SECONDS_A_DAY
                latest = max(latest, at)
            if isinstance(row, Row) and row.file:
                # A row without a moment, or of one to come, proves no age.
                known = float("-inf") < at <= now
                self._at[Path(row.file).name] = latest if known else now
                self._at_of_bytes[row.pdf_sha256] = latest if known else now
        self.newest = {row.file for row in newest.rows.values() if row.file}
        self.newest |= {CSV_NAME, HTML_NAME, ATTENTION_NAME}
        """Files of the newest run."""
        name = manifest.parent.name
        if is_ahead:
            self.warnings.append(
                f"{name}: a run is stamped after today, so a clock was wrong then or "
                "is now; its pages count as new"
            )
        if runs_back:
            self.warnings.append(
                f"{name}: a run is stamped before an earlier one, so a clock was wrong "
                "then; its pages count as no older than that one"
            )

    def files(self) -> Iterator[tuple[str, float]]:
        """Yield every file that may go, as "held/x.pdf", and its moment."""
        for name in pdfs_in(self._folder, ("", *SUBFOLDERS)):
            path = self._folder / name
            # What put aside a second page of a name has numbered it.
            stem = path.name.partition(".")[0]
            at = self._at.get(path.name, self._at.get(f"{stem}.pdf"))
            if at is None:
                at = self._at_of_bytes.get(page_sha256(path))
            is_inside = path.parent != self._folder
            if at is not None or is_page_name(name) or (is_inside and is_handout(path)):
                yield name, path.lstat().st_mtime if at is None else at
        for name in (CSV_NAME, HTML_NAME, ATTENTION_NAME):
            path = self._folder / name
            if path.is_file() and not path.is_symlink():
                yield name, path.lstat().st_mtime


_LABEL: Final = re.compile(r"(?:file|line|row) [0-9]+(?: #[0-9a-f]{8})?")


def _hide_names(manifest: Path) -> None:
    """Put labels in the place of the file names that older programs wrote.

    No row goes, and their natural order stays. The folder must be locked.
    """
    names = {row.input for row in read_rows(manifest)}
    names = {name for name in names if not _LABEL.fullmatch(name)}
    if not names:
        return
    labels = {
        name: f"file {number}"
        for number, name in enumerate(sorted(names, key=natural_key), 1)
    }
    known = re.compile("|".join(re.escape(n) for n in sorted(names, key=len)[::-1]))
    lines = []
    for line in read_file(manifest).splitlines(keepends=True):
        row = parse_row(line)
        if isinstance(row, Row):
            record = json.loads(line)
            if row.input in labels:
                short = row.input_sha256[:SHORT_HASH]
                record["input"] = labels[row.input] + (f" #{short}" if short else "")
            record["words"] = [
                known.sub(lambda found: labels[found[0]], words) for words in row.words
            ]
            text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
            lines.append(text.encode("utf-8") + b"\n")
        else:
            lines.append(line)
    write_file(manifest, b"".join(lines))


def _purge_jobs(folder: Path, before: float) -> int:
    """Remove what was bound for printers long ago, wherever it was written."""
    return sum(
        remove_if_same(Path(name), sha256)
        for record in jobs_of(folder)
        if float("-inf") < seconds_of(str(record.get("at", ""))) < before
        for name, sha256 in record["files"].items()
    )


def _books(folder: Path, is_wanted: Callable[[Row], bool]) -> Iterator[_Book]:
    found = manifests(folder)
    if not found:
        raise _no_manifest(folder)
    for path in found:
        book = _Book(path.parent, [], Newest())
        for row in read_lines(path):
            book.newest.take(row)
            if isinstance(row, Row) and is_wanted(row):
                book.rows.append(row)
        yield book


def _no_manifest(folder: Path) -> OutputError:
    return OutputError(f"{folder.name}: no batch has run here; there is no manifest")

"""Look back: who got which section, one page again, and what is old enough to go.

Everything here is read from the manifests of a folder and of its shards.
"""

import hashlib
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

from backguide.batch.folder import SUBFOLDERS, SUPERSEDED_FOLDER
from backguide.batch.lock import lock_folder
from backguide.batch.manifest import REUSED, Row, manifests, read_rows
from backguide.batch.print_job import jobs_of, remove_if_same
from backguide.batch.report import ATTENTION_NAME, CSV_NAME, HTML_NAME
from backguide.errors import OutputError
from backguide.output import remove_file
from backguide.reading import read_file
from backguide.values import dataclass

SECONDS_A_DAY: Final = 86_400


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
    """False when the same id has got a newer page since."""


def who_got(folder: Path, wanted: str) -> tuple[Receipt, ...]:
    """Return every page ever made here that holds a section, oldest first.

    Args:
        folder: The output folder of a batch.
        wanted: ``section``, or ``section@version``; the version is the beginning of
            the section's own version or of that of the whole content.

    Raises:
        OutputError: There is no manifest, or it cannot be read.
    """
    name, _, version = wanted.partition("@")
    found: list[tuple[Path, Row, str]] = []
    latest: dict[tuple[Path, str], str] = {}
    for path, row in _rows(folder):
        if not row.has_pdf:
            continue
        latest[path, row.id.casefold()] = row.pdf_sha256
        if row.status == REUSED:
            continue  # the row that made it has told
        for section in row.sections:
            id_, _, own = section.partition("@")
            if id_ == name and (
                own.startswith(version) or row.content.startswith(version)
            ):
                found.append((path, row, section))
    receipts = {
        (row.id, row.pdf_sha256): Receipt(
            id=row.id,
            status=row.status,
            guide_code=row.guide_code,
            section=section,
            content=row.content,
            issued_on=row.issued_on,
            at=row.at,
            is_latest=latest[path, row.id.casefold()] == row.pdf_sha256,
        )
        for path, row, section in reversed(found)
    }
    return tuple(reversed(receipts.values()))


def find_page(folder: Path, wanted: str) -> tuple[Row, bytes]:
    """Return a page that was made here, unchanged, and its row.

    Args:
        folder: The output folder of a batch.
        wanted: The code printed on the page, such as "7F3A-09C1", or the id; for an
            id, the last page.

    Raises:
        OutputError: There is no such page, or its file is gone or was changed.
    """
    code = wanted.replace("-", "").upper()
    match: tuple[Path, Row] | None = None
    for path, row in _rows(folder):
        is_code = row.guide_code.replace("-", "").upper() == code
        if row.has_pdf and (is_code or row.id.casefold() == wanted.casefold()):
            match = path.parent, row
    if match is None:
        raise OutputError(f"no page with this code or id was made in {folder.name}")
    place, row = match
    name = PurePosixPath(row.file).name
    for path in (place / row.file, place / SUPERSEDED_FOLDER / name):
        try:
            content = read_file(path)
        except OSError:
            continue
        if hashlib.sha256(content).hexdigest() == row.pdf_sha256:
            return row, content
    raise OutputError(
        f"{name}: the file is gone or was changed; run the batch again to make it"
    )


def purge(folder: Path, keep_days: int, *, now: float | None = None) -> int:
    """Remove pages and reports that are older than some days; return how many.

    The manifest stays. Files that no batch made are never touched.

    Args:
        folder: The output folder of a batch.
        keep_days: What was made or confirmed within so many days stays.
        now: Seconds since 1970; for tests.

    Raises:
        OutputError: A batch is at work here, or a file cannot be removed.
    """
    moment = time.time() if now is None else now
    before = moment - keep_days * SECONDS_A_DAY
    found = manifests(folder)
    if not found:
        raise _no_manifest(folder)
    removed = 0
    for path in found:
        with lock_folder(path.parent):
            for old in _old_files(path, before):
                remove_file(old)
                removed += 1
    return removed + _purge_jobs(folder, before)


def _purge_jobs(folder: Path, before: float) -> int:
    """Remove what was bound for printers long ago, wherever it was written."""
    return sum(
        remove_if_same(Path(name), sha256)
        for record in jobs_of(folder)
        if _seconds(str(record.get("at", ""))) < before
        for name, sha256 in record["files"].items()
    )


def _old_files(manifest: Path, before: float) -> list[Path]:
    last_at: dict[str, float] = {}
    for row in read_rows(manifest):
        if row.has_pdf:
            last_at[PurePosixPath(row.file).name] = _seconds(row.at)
    folder = manifest.parent
    places = [folder, *(folder / name for name in SUBFOLDERS)]
    old = [
        place / name
        for place in places
        for name, at in last_at.items()
        if at < before and (place / name).is_file()
    ]
    for name in (CSV_NAME, HTML_NAME, ATTENTION_NAME):
        path = folder / name
        if path.is_file() and path.stat().st_mtime < before:
            old.append(path)
    return old


def _seconds(at: str) -> float:
    try:
        return datetime.fromisoformat(at).timestamp()
    except ValueError:
        return float("inf")  # a row without a moment proves no age


def _rows(folder: Path) -> Iterator[tuple[Path, Row]]:
    found = manifests(folder)
    if not found:
        raise _no_manifest(folder)
    for path in found:
        for row in read_rows(path):
            yield path, row


def _no_manifest(folder: Path) -> OutputError:
    return OutputError(f"{folder.name}: no batch has run here; there is no manifest")

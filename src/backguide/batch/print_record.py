"""Remember what was bound for printers, and take it back when it no longer holds.

A print job lies wherever somebody wants it, and holds pages of many people. So the
output folder keeps a list of the files that were written, each with its hash; only a
file that is still the very same is ever removed.
"""

import hashlib
import json
import os
import zlib
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from backguide.batch.folder import read_page
from backguide.batch.manifest import stamp
from backguide.errors import OutputError, system_words
from backguide.output import remove_file, remove_temporaries, write_file
from backguide.reading import read_file
from backguide.state_rows import Damage, StateSlip, read_row

RECORD_NAME: Final = "print-jobs.jsonl"
MEND: Final = "look for the PDFs of that job yourself, and remove them"
_BEGINNINGS: Final = (b"%PDF-", b"\xef\xbb\xbffile,")
"""How the files of a print job begin: a PDF, and the list of its guides."""


def record_job(
    folder: Path, target: Path, hashes: dict[str, str], guides: Iterable[str]
) -> None:
    """Remember a print job; before anything is written, with no files yet.

    Args:
        folder: The output folder of the batch.
        target: What was asked for.
        hashes: SHA-256 of each file beside the target, by its name.
        guides: SHA-256 of each guide that is in it.
    """
    place = target.parent.resolve()
    record = {
        "at": stamp(),
        "target": str(target.resolve()),
        "files": {str(place / name): value for name, value in hashes.items()},
        "guides": [*guides],
    }
    path = folder / RECORD_NAME
    try:
        before = read_file(path)
    except FileNotFoundError:
        before = b""
    except OSError as error:
        words = system_words(error)
        raise OutputError(f"{path.name}: cannot be read: {words}") from None
    if before and not before.endswith(b"\n"):
        before += b"\n"
    write_file(path, before + json.dumps(record).encode("utf-8") + b"\n")


def waiting_prefix(target: Path) -> str:
    """Return how the names of parts begin that wait for the others of their job."""
    return f".bg-job-{zlib.crc32(os.fsencode(target.resolve()))}-"


def remove_job_litter(folder: Path) -> None:
    """Remove what killed print jobs have left beside their targets.

    The folder must be locked.
    """
    for target in {job["target"] for job in jobs_of(folder)}:
        path = Path(target)
        for waiting in path.parent.glob(f"{waiting_prefix(path)}*.tmp"):
            with suppress(OutputError):
                remove_file(waiting)
        remove_temporaries(path.parent)


def jobs_of(folder: Path) -> list[dict[str, Any]]:
    """Return what was written for printers from a folder, oldest first."""
    return _jobs_and_damage(folder)[0]


def damage_of_jobs(folder: Path) -> Damage:
    """Return which lines of the list of print jobs are no rows."""
    return _jobs_and_damage(folder)[1]


def _jobs_and_damage(folder: Path) -> tuple[list[dict[str, Any]], Damage]:
    damage, jobs = Damage(f"{folder.name}/{RECORD_NAME}"), []
    try:
        lines = read_file(folder / RECORD_NAME).splitlines()
    except OSError:
        return [], damage
    for number, line in enumerate(lines, 1):
        try:
            job = read_row(line, "print-jobs", "job")
        except StateSlip as slip:
            damage.add(number, slip)
        else:
            job.setdefault("guides", [])
            jobs.append(job)
    return jobs, damage


def remove_if_same(path: Path, sha256: str) -> bool:
    """Remove a file that is still what we wrote, and tell whether it was.

    Raises:
        OutputError: It cannot be removed.
    """
    content = read_page(path)
    if not content.startswith(_BEGINNINGS):
        return False
    if hashlib.sha256(content).hexdigest() != sha256:
        return False
    remove_file(path)
    return True


def take_back_jobs(
    folder: Path, guides: Collection[str] | None, ours: Collection[str] | None = None
) -> tuple[int, tuple[str, ...]]:
    """Remove print jobs that hold other guides than those that stand.

    Args:
        folder: Where the jobs are recorded.
        guides: SHA-256 of each guide that stands; None when others will come.
        ours: Judge a job only by these; None for all of its guides.

    Returns:
        How many files were removed, and the names of those that could not be.
    """
    removed, stuck = 0, []
    for job in jobs_of(folder):
        held = {guide for guide in job["guides"] if ours is None or guide in ours}
        if not job["files"]:
            continue
        if guides is not None and job["guides"] and held == set(guides):
            continue
        for name, sha256 in job["files"].items():
            try:
                removed += remove_if_same(Path(name), sha256)
            except OutputError:
                stuck.append(Path(name).name)
    return removed, tuple(stuck)

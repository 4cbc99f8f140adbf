"""The output folder: made for its owner alone, kept tidy, watched for leaks."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from backguide.batch.manifest import FILE_NAME as MANIFEST_NAME
from backguide.batch.report import RESERVED
from backguide.batch.work import HELD_FOLDER, QUARANTINE_FOLDER
from backguide.output import (
    Door,
    is_ours,
    make_folder,
    remove_file,
    rename_file,
    synced_by,
    synced_warning,
)
from backguide.reading import read_file

SUPERSEDED_FOLDER: Final = "superseded"
SUBFOLDERS: Final = (HELD_FOLDER, QUARANTINE_FOLDER, SUPERSEDED_FOLDER)


def claim_folder(folder: Path, door: Door) -> None:
    """See that the files of a batch may be written here, before any of them is.

    A manifest of ours vouches for the reports beside it, which people may have opened
    and saved with another program. Without one each must be known as ours.

    Raises:
        OutputError: A file of somebody else has the name of one of them, or the command
            reads one.
    """
    manifest = folder / MANIFEST_NAME
    try:
        is_vouched = is_ours(read_file(manifest) or b"?", RESERVED[MANIFEST_NAME])
    except OSError:
        is_vouched = False
    names = [name for name in RESERVED if os.path.lexists(folder / name)]
    door.check(
        *((folder / name, None if is_vouched else RESERVED[name]) for name in names)
    )


def prepare_folder(folder: Path) -> tuple[str, ...]:
    """Make the folder, open to its owner only, and return warnings about it.

    Raises:
        OutputError: It cannot be made, or is no folder.
    """
    make_folder(folder)
    return tuple(_warnings(folder))


def _warnings(folder: Path) -> Iterable[str]:
    if os.name == "posix":
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & 0o077:
            yield (
                f"{folder.name}: others on this computer may look into this folder "
                f"(mode {mode:04o}); close it with: chmod 700"
            )
    if service := synced_by(folder):
        yield synced_warning(folder, service)


def remove_litter(folder: Path) -> None:
    """Remove half files that a killed run left. The folder must be locked."""
    for place in (folder, *(folder / name for name in SUBFOLDERS)):
        for path in place.glob(".bg-*.tmp"):
            remove_file(path)


def put_aside(folder: Path, names: Iterable[str]) -> int:
    """Move PDFs that nothing vouches for any more, and return how many there were.

    Raises:
        OutputError: One of them cannot be moved.
    """
    moved = 0
    for name in names:
        source = folder / name
        try:
            if not stat.S_ISREG(os.lstat(source).st_mode):
                continue
        except OSError:
            continue  # it is gone already
        aside = folder / SUPERSEDED_FOLDER
        make_folder(aside)
        rename_file(source, aside / source.name)
        moved += 1
    return moved


def files_in(folder: Path) -> frozenset[str]:
    """Return the names of all files, those in the known subfolders as "held/x.pdf"."""
    found = set()
    for prefix in ("", *SUBFOLDERS):
        try:
            entries = [*os.scandir(folder / prefix)]
        except OSError:
            continue
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                found.add(f"{prefix}/{entry.name}" if prefix else entry.name)
    return frozenset(found)

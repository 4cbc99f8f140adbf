"""The output folder: made for its owner alone, kept tidy, watched for leaks."""

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from backguide.batch.work import HELD_FOLDER, QUARANTINE_FOLDER
from backguide.errors import OutputError

SUPERSEDED_FOLDER: Final = "superseded"
SUBFOLDERS: Final = (HELD_FOLDER, QUARANTINE_FOLDER, SUPERSEDED_FOLDER)

_SYNCED: Final = re.compile(
    r"onedrive|dropbox|google ?drive|icloud|nextcloud|owncloud|\bbox\b", re.IGNORECASE
)


def prepare_folder(folder: Path) -> tuple[str, ...]:
    """Make the folder, open to its owner only, and return warnings about it.

    Raises:
        OutputError: It cannot be made, or is no folder.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except FileNotFoundError:
        raise OutputError(
            f"{folder.parent}: there is no such folder; make it first"
        ) from None
    except OSError as error:
        words = os.strerror(error.errno or 0).lower()
        raise OutputError(f"{folder.name}: cannot be made: {words}") from None
    if not folder.is_dir():
        raise OutputError(f"{folder.name}: this is not a folder")
    return tuple(_warnings(folder))


def _warnings(folder: Path) -> Iterable[str]:
    if os.name == "posix":
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & 0o077:
            yield (
                f"{folder.name}: others on this computer may look into this folder "
                f"(mode {mode:04o}); close it with: chmod 700"
            )
    if any(_SYNCED.search(part) for part in folder.resolve().parts):
        yield (
            f"{folder.name}: this folder looks as if it were copied to the internet; "
            "choose one that stays on this computer"
        )


def remove_litter(folder: Path) -> None:
    """Remove half files that a killed run left. The folder must be locked."""
    for place in (folder, *(folder / name for name in SUBFOLDERS)):
        for path in place.glob(".bg-*.tmp"):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                words = os.strerror(error.errno or 0).lower()
                raise OutputError(f"{path.name}: cannot be removed: {words}") from None


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
        try:
            aside.mkdir(mode=0o700, exist_ok=True)
            os.replace(source, aside / source.name)
        except OSError as error:
            words = os.strerror(error.errno or 0).lower()
            raise OutputError(f"{source.name}: cannot be put aside: {words}") from None
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


def keep_standard_descriptors() -> None:
    """Make sure that 0, 1 and 2 are taken, so that no file of ours becomes one.

    A program may be started with its output closed. The next file to be opened
    would then be its standard output, for us and for each worker.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)

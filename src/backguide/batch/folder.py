"""The output folder: made for its owner alone, kept tidy, watched for leaks.

What lies in it may have been touched by anybody. A name from the manifest is used only
if it is one that a batch gives; a folder inside is used only if it is no link. So
nothing outside is ever read as a page, moved or written.
"""

import hashlib
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from backguide.batch.lock import OWNER_FILE_NAME
from backguide.batch.manifest import FILE_NAME as MANIFEST_NAME
from backguide.batch.manifest import HELD, MADE, QUARANTINED, REUSED, Row
from backguide.batch.report import RESERVED
from backguide.batch.work import HELD_FOLDER, QUARANTINE_FOLDER
from backguide.errors import OutputError
from backguide.output import (
    Door,
    Kind,
    is_ours,
    make_folder,
    remove_file,
    rename_file,
    synced_by,
    synced_warning,
)
from backguide.reading import names_in, open_file, read_file

SUPERSEDED_FOLDER: Final = "superseded"
SUBFOLDERS: Final = (HELD_FOLDER, QUARANTINE_FOLDER, SUPERSEDED_FOLDER)

_BLOCK: Final = 1 << 20


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
    check_subfolders(folder)
    return tuple(_warnings(folder))


def check_subfolders(folder: Path) -> None:
    """See that the folders inside are folders, not links to places elsewhere.

    Raises:
        OutputError: One is not.
    """
    for name in SUBFOLDERS:
        if _kind(folder / name) not in (None, stat.S_IFDIR):
            raise OutputError(
                f"{folder.name}/{name}: this must be a folder, not a link or a file; "
                "move it away, then run the same command again"
            )


def _kind(path: Path) -> int | None:
    """Return what lies at a path, links not followed; None for nothing."""
    try:
        return stat.S_IFMT(os.lstat(path).st_mode)
    except OSError:
        return None


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
        for path in (*place.glob(".bg-*.tmp"), *place.glob(f"{OWNER_FILE_NAME}.*")):
            remove_file(path)


_PLACES: Final = {
    MADE: "",
    REUSED: "",
    HELD: f"{HELD_FOLDER}/",
    QUARANTINED: f"{QUARANTINE_FOLDER}/",
}
_PAGE: Final = re.compile(
    r"bg-(?P<id>[A-Za-z0-9][A-Za-z0-9_-]{0,31})-[0-9]{8}-(?P<code>[0-9A-F]{8})\.pdf"
)
_PAGE_IN_NAME: Final = re.compile(_PAGE.pattern.removesuffix(r"\.pdf"), re.IGNORECASE)
"""Also in the name of a copy, such as "Copy of bg-p1-20261123-7F3A09C1 (2).pdf"."""


def page_of(folder: Path, row: Row) -> Path | None:
    """Return where the page of a row lies; None when it names none of its own.

    The name must be the one that a batch gives to this id, code and status.
    """
    place, _, name = row.file.rpartition("/")
    found = _PAGE.fullmatch(name)
    if found is None or found["id"].casefold() != row.id.casefold():
        return None
    if row.status != QUARANTINED and found["code"] != row.guide_code.replace("-", ""):
        return None
    if _PLACES.get(row.status) != (f"{place}/" if place else ""):
        return None
    if place and _kind(folder / place) != stat.S_IFDIR:
        return None
    return folder / row.file


def read_page(path: Path) -> bytes:
    """Return the bytes of a page; none when it is gone or no ordinary file."""
    if _kind(path) != stat.S_IFREG:
        return b""
    try:
        return read_file(path)
    except OSError:
        return b""


def page_sha256(path: Path) -> str:
    """Return the hash of a page; empty when it is gone or no ordinary file."""
    if _kind(path) != stat.S_IFREG:
        return ""
    digest = hashlib.sha256()
    try:
        with open_file(path) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()


def is_page_name(name: str) -> bool:
    """Tell whether a file is called like a page of a batch, or like a copy of one."""
    return bool(_PAGE_IN_NAME.search(name))


def is_handout(path: Path) -> bool:
    """Tell by its bytes whether a file is a PDF of ours, unchanged."""
    content = read_page(path)
    return bool(content) and is_ours(content, Kind.PDF)


def pdfs_in(folder: Path, places: Collection[str]) -> Iterator[str]:
    """Yield every ordinary PDF in some subfolders, as "held/x.pdf".

    Args:
        folder: The output folder.
        places: Names of subfolders; "" for the folder itself.
    """
    for name in sorted(files_in(folder, places)):
        if name.lower().endswith(".pdf"):
            yield name


def put_aside(folder: Path, name: str) -> bool:
    """Move a PDF that nothing vouches for any more; tell whether it was there.

    Raises:
        OutputError: It cannot be moved.
    """
    source, aside = folder / name, folder / SUPERSEDED_FOLDER
    if _kind(source) != stat.S_IFREG:
        return False
    make_folder(aside)
    check_subfolders(folder)
    rename_file(source, _free(aside / source.name, source))
    return True


def _free(wanted: Path, source: Path) -> Path:
    """Return a path where nothing lies but the very same bytes."""
    path, number = wanted, 1
    content = read_page(source)
    while _kind(path) is not None and read_page(path) != content:
        number += 1
        path = wanted.with_name(f"{wanted.stem}.{number}{wanted.suffix}")
    return path


def files_in(
    folder: Path, places: Collection[str] = ("", *SUBFOLDERS)
) -> frozenset[str]:
    """Return the names of all files, those in subfolders as "held/x.pdf"."""
    found = set()
    for place in places:
        if place and _kind(folder / place) != stat.S_IFDIR:
            continue
        try:
            names = names_in(folder / place)
        except OSError:
            continue
        for name in names:
            if _kind(folder / place / name) == stat.S_IFREG:
                found.add(f"{place}/{name}" if place else name)
    return frozenset(found)

"""Read files and folders that other people wrote: the one door for all of them.

Only ordinary files are opened. A pipe, a socket or a device would let a command wait
for ever, or never come to an end. Errors are those of the system (``OSError``), so that
each caller can say them in its own words; ``errors.system_words`` tells them to people.
"""

import errno
import os
import stat
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import BinaryIO, Final

from backguide.errors import (
    NotOrdinaryFileError,
    TooLargeError,
    TooManyFilesError,
)

MAX_CONTENT_BYTES: Final = 4_194_304
"""Most bytes of one file of the content; the largest of ours has a fiftieth."""


def open_file(path: Path) -> BinaryIO:
    """Return an ordinary file, open for reading.

    Raises:
        OSError: It is not there, or not readable.
        NotOrdinaryFileError: It is a folder, a pipe, a socket or a device.
    """
    # Asked before it is opened: to open a device may do something to it.
    check_ordinary(os.stat(path))
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        # Asked again of what is open: the name may lead elsewhere by now.
        check_ordinary(os.fstat(descriptor))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_file(path: Path, most_bytes: int | None = None) -> bytes:
    """Return all bytes of an ordinary file.

    Args:
        path: The file; links are followed.
        most_bytes: A larger file is not read; None for no limit.

    Raises:
        OSError: As of ``open_file``, or while it is read.
        TooLargeError: It has more than ``most_bytes``.
    """
    with open_file(path) as file:
        if most_bytes is None:
            return file.read()
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise TooLargeError(most_bytes)
    return content


def read_node(node: Traversable) -> bytes:
    """Return all bytes of a file of the content, wherever the content lies.

    Raises:
        OSError: As of ``read_file``.
    """
    if isinstance(node, Path):
        return read_file(node, MAX_CONTENT_BYTES)
    return node.read_bytes()


def names_of(node: Traversable) -> list[str]:
    """Return the names in a folder of the content, wherever the content lies.

    Raises:
        OSError: As of ``names_in``.
    """
    if isinstance(node, Path):
        return names_in(node)
    return [item.name for item in node.iterdir()]


def names_in(folder: Path) -> list[str]:
    """Return the names of everything in a folder, in no order.

    Raises:
        OSError: It is no folder, or cannot be read.
    """
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def files_below(folder: Path, most: int) -> list[Path]:
    """Return the ordinary files below a folder, in order; links are not followed.

    Raises:
        OSError: The folder cannot be read.
        TooManyFilesError: There are more than ``most``.
    """
    names_in(folder)
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        paths = (Path(place, name) for name in sorted(names))
        found += [path for path in paths if stat.S_ISREG(os.lstat(path).st_mode)]
        if len(found) > most:
            raise TooManyFilesError(most)
    return found


def size_of(file: BinaryIO) -> int:
    """Return the bytes of a file that is open."""
    return os.fstat(file.fileno()).st_size


def identity(path: Path) -> object:
    """Return what is equal for all names of one file, and for no other; or None.

    Links lead to the same file, and so do two spellings on a disk that takes capitals
    and small letters for the same. "-" is standard input, which may be a file as well.
    """
    try:
        status = os.fstat(0) if str(path) == "-" else os.stat(path)
    except (OSError, ValueError):
        return None
    if status.st_ino:
        return status.st_dev, status.st_ino
    # Some network drives number nothing; there only the spelling is left.
    return os.path.realpath(path).casefold()


def holds_file(folder: Path, path: Path) -> bool:
    """Tell whether a file lies anywhere below a folder, by whatever name."""
    if not os.path.isdir(folder):  # noqa: PTH112
        return False
    root = os.path.join(os.path.realpath(folder), "")  # noqa: PTH118
    if os.path.realpath(path).startswith(root):
        return True
    wanted = identity(path)
    return wanted is not None and any(
        identity(Path(place, name)) == wanted
        for place, _, names in os.walk(folder)
        for name in names
    )


def is_open_at(path: Path, descriptor: int) -> bool:
    """Tell whether a descriptor of ours leads to a file.

    Args:
        path: The file; "-" for standard input.
        descriptor: Such as 1, standard output.
    """
    try:
        status = os.fstat(0) if str(path) == "-" else os.stat(path)
        return stat.S_ISREG(status.st_mode) and os.path.samestat(
            status, os.fstat(descriptor)
        )
    except (OSError, ValueError):
        return False


def check_ordinary(status: os.stat_result) -> None:
    """See that a file is an ordinary one.

    Raises:
        NotOrdinaryFileError: It is a folder, a pipe, a socket or a device.
    """
    if stat.S_ISDIR(status.st_mode):
        raise NotOrdinaryFileError(errno.EISDIR, "this is a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise NotOrdinaryFileError(errno.EINVAL, "this is not an ordinary file")

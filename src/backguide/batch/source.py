"""Open the file that a whole batch comes from."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from backguide.errors import Problem, ProfileError


def open_source(path: Path) -> BinaryIO:
    """Return an ordinary file, open for reading; never a pipe or a device.

    Raises:
        ProfileError: It is not there, not readable, or not an ordinary file.
    """
    try:
        # Without O_NONBLOCK, opening a pipe would wait for ever.
        descriptor = os.open(
            path,
            os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0),
        )
    except OSError as error:
        raise unreadable(path, os.strerror(error.errno or 0).lower()) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise unreadable(path, "this is not an ordinary file")
    return os.fdopen(descriptor, "rb")


def unreadable(path: Path, message: str, hint: str = "") -> ProfileError:
    """Return the error that says why a whole source cannot be used."""
    return ProfileError(path.name, (Problem("", message, hint, "E_SOURCE"),))

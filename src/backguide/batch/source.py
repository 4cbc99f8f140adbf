"""Open the file that a whole batch comes from."""

from pathlib import Path
from typing import BinaryIO

from backguide.errors import Problem, ProfileError, system_words
from backguide.reading import open_file


def open_source(path: Path) -> BinaryIO:
    """Return an ordinary file, open for reading; never a pipe or a device.

    Raises:
        ProfileError: It is not there, not readable, or not an ordinary file.
    """
    try:
        return open_file(path)
    except OSError as error:
        raise unreadable(path, system_words(error)) from None


def unreadable(path: Path, message: str, hint: str = "") -> ProfileError:
    """Return the error that says why a whole source cannot be used."""
    return ProfileError(path.name, (Problem("", message, hint, "E_SOURCE"),))

"""Exit codes, findings and exceptions of the whole program.

BackguideError                       1  a bug, or the parent of all others
├── InvalidInput(source, problems)
│   ├── ProfileError                 3  the profile is not valid
│   ├── ContentError                 4  templates/ are not valid
│   └── OptionError                  2  an argument of the Python API is not valid
├── LogoError                        2  the clinic's logo cannot be used
├── OutputError                      6  the file cannot be written
│   └── PipeClosedError            141  nobody reads standard output any more
└── LayoutError                      7  a page cannot be laid out
    └── VerificationError            7  a page failed its own check
"""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import ClassVar, Final


class ExitCode(IntEnum):
    """What the process returns. The numbers are a public contract."""

    DONE = 0
    BUG = 1
    USAGE = 2
    PROFILE_INVALID = 3
    CONTENT_INVALID = 4
    HELD_BACK = 5
    OUTPUT_FAILED = 6
    PAGE_FAILED = 7
    BATCH_INCOMPLETE = 8
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    """Whoever read our standard output went away (``| head -1``)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding in a profile or in the content, told to its author.

    Never holds a text that somebody typed into a profile: such a text may be
    a name or a symptom, and messages end up in logs.
    """

    where: str
    """Path of the field (``symptoms.nrs_now``) or place in a file (``x.md:12``)."""

    message: str
    """What is wrong and what would be right, in the user's words."""

    hint: str = ""
    """One suggestion, or empty."""

    code: str = "E_INVALID"
    """Stable reason code for machines, such as ``E_DUPLICATE_KEY``."""

    label: str = ""
    """The field's short title for people, such as "Pain now"."""

    def __str__(self) -> str:
        """Return the finding as one or two lines."""
        where = f"{self.label} ({self.where})" if self.label else self.where
        text = f"{where}: {self.message}" if where else self.message
        return f"{text}\n    hint: {self.hint}" if self.hint else text


class BackguideError(Exception):
    """The parent of every error that backguide raises on purpose."""

    exit_code: ClassVar[ExitCode] = ExitCode.BUG


class InvalidInput(BackguideError):
    """Something a person wrote cannot be used; carries every finding."""

    def __init__(self, source: str, problems: tuple[Problem, ...]) -> None:
        """Keep the source's display name and all findings, in reading order."""
        super().__init__(source, problems)
        self.source = source
        self.problems = problems

    def __str__(self) -> str:
        """Return one message with all findings."""
        count = len(self.problems)
        head = f"{self.source}: {count} problem{'' if count == 1 else 's'}"
        return "\n".join([head, *(f"  {problem}" for problem in self.problems)])


class ProfileError(InvalidInput):
    """The profile is not valid."""

    exit_code = ExitCode.PROFILE_INVALID


class ContentError(InvalidInput):
    """The content in ``templates/`` is not valid."""

    exit_code = ExitCode.CONTENT_INVALID


class OptionError(InvalidInput, ValueError):
    """An argument of the Python API is not one of those that there are."""

    exit_code = ExitCode.USAGE


class LogoError(BackguideError):
    """The clinic's logo cannot be used."""

    exit_code = ExitCode.USAGE


class OutputError(BackguideError):
    """The result cannot be written where it should go."""

    exit_code = ExitCode.OUTPUT_FAILED


class PipeClosedError(OutputError):
    """Whoever read our standard output went away; nothing is left to be told."""

    exit_code = ExitCode.PIPE_CLOSED


class LayoutError(BackguideError):
    """The document cannot be put on pages."""

    exit_code = ExitCode.PAGE_FAILED


class VerificationError(LayoutError):
    """The finished pages do not say what the document says."""

    pdf: bytes = b""
    """The pages that failed, for whoever looks into it; never to be handed out."""
    file_name: str = ""


class NotOrdinaryFileError(OSError):
    """A folder, a pipe, a socket or a device where a file was expected."""


class TooLargeError(OSError):
    """A file with more bytes than anybody would write."""

    def __init__(self, most_bytes: int) -> None:
        """Keep the limit, in bytes."""
        super().__init__(errno.EFBIG, f"larger than {most_bytes} bytes")


class TooManyFilesError(OSError):
    """A folder with more files than anybody would keep in one."""

    def __init__(self, most: int) -> None:
        """Keep the limit."""
        super().__init__(errno.EFBIG, f"it holds more than {most} files")


_MENDS: Final[Mapping[int, str]] = MappingProxyType(
    {
        errno.EMFILE: "allow more of them: ulimit -n 1024",
        errno.ENFILE: "close other programs",
        errno.EFBIG: "this disk, or ulimit -f, takes no larger one",
        errno.ENOSPC: "free some space, or write to another disk",
        getattr(errno, "EDQUOT", -1): "free some of your space, or use another disk",
        errno.ENOMEM: "close other programs",
        errno.EAGAIN: "too many processes or threads: close other programs, or see "
        "ulimit -u",
    }
)
"""What can be done about it where the limits of the system are reached."""


def system_words(error: OSError) -> str:
    """Return what the system said, in small letters, and what mends it if we know."""
    if isinstance(error, NotOrdinaryFileError | TooLargeError | TooManyFilesError):
        return str(error.strerror)
    words = os.strerror(error.errno or 0).lower()
    mend = _MENDS.get(error.errno or 0, "")
    return f"{words}; {mend}" if mend else words


def limit_words(error: Exception) -> str:
    """Return what to do when the limits of the system were met; else nothing.

    Python tells of them in many ways: a module that cannot be opened is an
    ``ImportError``, a thread that cannot be started a ``RuntimeError``.
    """
    if isinstance(error, MemoryError):
        return "There is not enough memory: close other programs, or see ulimit -v"
    if isinstance(error, OSError) and error.errno in _MENDS:
        return f"The system refused: {system_words(error)}"
    if isinstance(error, RuntimeError) and "new thread" in str(error):
        return f"The system refused: {system_words(OSError(errno.EAGAIN, ''))}"
    if isinstance(error, ImportError):
        for number in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
            if os.strerror(number) in str(error):
                return f"The system refused: {system_words(OSError(number, ''))}"
    return ""

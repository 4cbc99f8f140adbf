"""How the commands speak: talk to standard error, the product to standard output.

The one way to both. A console may lack letters, a disk may be full, and whoever reads
may have gone; none of that is a bug, and each has its own end.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO

import click

from backguide.errors import OutputError, PipeClosedError, system_words

MAX_TOLD: Final = 20
"""Of a long list so many are told; a report has all of them."""


def hold_standard_streams() -> None:
    """Make sure that 0, 1 and 2 are taken, so that no file of ours becomes one.

    A program may be started with its output closed. The next file to be opened
    would then be its standard output, for us and for each worker.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def say(text: str = "", *, ends_line: bool = True) -> None:
    """Print talk to standard error; a closed one is no reason to fail."""
    try:
        color = False if os.environ.get("NO_COLOR") else None
        click.echo(text, err=True, nl=ends_line, color=color)
    except (OSError, ValueError):
        # Nobody can read it; the files and the exit code tell the result.
        sys.stderr = _nothing()


def print_product(text: str, *, ends_line: bool = True) -> None:
    """Print the product. What the console has no letter for stands as a code.

    Raises:
        OutputError: Standard output is closed, or takes no more.
        PipeClosedError: Whoever read it has gone.
    """
    with _told():
        stream = _standard_output()
        encoding = getattr(stream, "encoding", None) or "utf-8"
        whole = f"{text}\n" if ends_line else text
        plain = whole.encode(encoding, "backslashreplace").decode(encoding)
        stream.write(plain)
        stream.flush()
    if plain != whole:
        say(
            f"This console has no letter for some characters ({encoding}); they stand "
            "as codes. To have them all set PYTHONUTF8=1, or use -o FILE or --json "
            "where there is one."
        )


def write_product(content: bytes) -> None:
    """Write the product as it is, such as a PDF or JSON in UTF-8.

    Raises:
        OutputError: Standard output is closed, or takes no more.
        PipeClosedError: Whoever read it has gone.
    """
    with _told():
        stream = _standard_output()
        stream.flush()
        stream.buffer.write(content)
        stream.buffer.flush()


def confirmed(question: str) -> bool:
    """Ask, and tell whether the answer was yes; silence is no."""
    say(f"{question} [y/N] ", ends_line=False)
    try:
        answer = sys.stdin.readline() if sys.stdin is not None else ""
    except (OSError, ValueError):
        answer = ""
    if not answer.endswith("\n"):
        say()
    return answer.strip().casefold() in ("y", "yes")


def is_terminal() -> bool:
    """Tell whether talk is read on a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def is_screen() -> bool:
    """Tell whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def end_of_output() -> None:
    """Hand over what still waits in standard output, such as a help text.

    Raises:
        OutputError: Standard output takes no more.
        PipeClosedError: Whoever read it has gone.
    """
    if sys.stdout is not None:
        with _told():
            sys.stdout.flush()


def output_failed(error: OSError) -> OutputError:
    """Return the error that tells why standard output took no more.

    Nothing is sent there afterwards, or Python would complain at its end.
    """
    with suppress(OSError, ValueError):
        sys.stdout = _nothing()
    # Windows says EINVAL for a pipe that nobody reads.
    is_gone = isinstance(error, BrokenPipeError) or (
        os.name == "nt" and error.errno == 22
    )
    if is_gone:
        return PipeClosedError("standard output: nobody reads it any more")
    return OutputError(f"standard output: {system_words(error)}")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise output_failed(error) from None
    except ValueError:
        raise OutputError("standard output: it is closed") from None


def _standard_output() -> TextIO:
    if sys.stdout is None:
        raise OutputError("standard output: it is closed")
    return sys.stdout


def _nothing() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123

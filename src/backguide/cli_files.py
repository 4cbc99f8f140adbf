"""What a command reads and writes, as its arguments and options name it.

Every path on the command line is an ``InputPath`` or an ``OutputPath``. Whatever is
read is told to the door of the command by itself, so that no command can forget it.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from backguide.cli_talk import say
from backguide.errors import OutputError
from backguide.output import Door, Place, place_of
from backguide.reading import is_open_at
from backguide.resources import templates_root

_DOOR: Final = "backguide.door"


def door() -> Door:
    """Return the door of the command that is running.

    What it warns of is told when the command ends, however that is.
    """
    context = click.get_current_context()
    found: Door | None = context.meta.get(_DOOR)
    if found is None:
        found = context.meta[_DOOR] = Door()
        if isinstance(built_in := templates_root(), Path):
            found.know(built_in, "the built-in content")
        context.find_root().call_on_close(_tell_warnings)
    return found


def _tell_warnings() -> None:
    for words in door().warnings:
        say(f"Warning: {words}")


def know_input(path: Path, what: str) -> None:
    """Let the door know of a file or a folder that the command reads.

    Raises:
        OutputError: Standard output leads into this very file (``>> profile.json``).
    """
    door().know(path, what)
    if is_open_at(path, 1):
        raise OutputError(
            f"{path.name}: this is {what}, and standard output leads into it; send it "
            "elsewhere"
        )


class InputPath(click.ParamType):  # type: ignore[type-arg]
    """A file or a folder that the command reads. It is not opened here.

    Our own readers say what is wrong with it, with the right exit code.
    """

    name = "path"

    def __init__(self, what: str, *, is_folder: bool = False) -> None:
        """Name it for messages ("the profile"); a folder must be there."""
        self.what = what
        self.is_folder = is_folder

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """Return the path, and let the door know it."""
        path = Path(value)
        if not value or "\0" in str(value):
            self.fail("expected the name of a file or a folder", param, ctx)
        if self.is_folder and not os.path.isdir(path):  # noqa: PTH112
            self.fail(f'there is no folder "{path}"', param, ctx)
        know_input(path, self.what)
        return path


class OutputPath(click.ParamType):  # type: ignore[type-arg]
    """A file or a folder that the command writes."""

    name = "path"

    def __init__(
        self, *, may_be_standard_output: bool = False, is_folder: bool = False
    ) -> None:
        """Say whether "-" may be given, and whether it is a folder in any case."""
        self.may_be_standard_output = may_be_standard_output
        self.is_folder = is_folder

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Place:
        """Return the place; what is there already is judged by the door."""
        if isinstance(value, Place):
            return value
        if not value or "\0" in str(value):
            self.fail("expected a name; it is empty", param, ctx)
        place = place_of(str(value))
        if place.is_standard_output and not self.may_be_standard_output:
            self.fail('"-" (standard output) is not possible here', param, ctx)
        return place


def force_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--force``, which lets the door replace what is not ours."""

    def open_wide(_: click.Context, __: click.Parameter, value: bool) -> None:
        if value:
            door().is_forced = True

    return click.option(
        "--force",
        is_flag=True,
        expose_value=False,
        callback=open_wide,
        help="Replace a file that is not an earlier output of this command; never "
        "one that it reads.",
    )(command)

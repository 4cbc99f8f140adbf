"""Options that several commands share."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from backguide.cli_files import InputPath, know_input
from backguide.errors import system_words

if TYPE_CHECKING:
    from backguide.clinic import Clinic

NO_CLINIC: Final = "none"
LOCALES: Final = (
    "en-GB", "en-US", "en-AU", "en-CA", "en-NZ", "en-IE", "en-IN", "en-ZA", "en-other",
)  # fmt: skip
"""Those of the schema, which is not read for every command; a test compares them."""
MODES: Final = click.Choice(["self", "clinic"])
LENGTHS: Final = click.Choice(["short", "standard", "full"])
PAPERS: Final = click.Choice(["A4", "Letter"], case_sensitive=False)
"""However it is typed, a command gets it as it stands here."""
RELEASES: Final = click.Choice(["R4", "R5"])
"""Of FHIR."""
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
"""Days of issue; what lies beyond is a slip, and a year later may be no day at all."""


def clinic_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--clinic``, which hands over a checked clinic or None."""
    return click.option(
        "--clinic",
        callback=_clinic,
        metavar="FILE",
        help="Name, numbers, paper, ink and logo of the clinic (TOML). Default: "
        f'clinic.toml in your configuration folder; "{NO_CLINIC}" for no clinic.',
    )(command)


def fillable_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--fillable``."""
    return click.option(
        "--fillable",
        "is_fillable",
        is_flag=True,
        help="Make the cells of the diary fields to fill in on screen.",
    )(command)


def ink_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--ink``."""
    return click.option(
        "--ink",
        type=click.Choice(["colour", "mono", "saver"]),
        help="Colours; never moves anything on the page.",
    )(command)


def large_print_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--large-print``, which hands over "large", "off", or "" when not given."""
    return click.option(
        "--large-print/--normal-print",
        "large_print",
        default=None,
        callback=lambda _, __, on: "" if on is None else "large" if on else "off",
        help="18 point text in place of 12.",
    )(command)


def templates_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--templates``, a folder of content."""
    return click.option(
        "--templates",
        "templates",
        type=InputPath("the content", is_folder=True),
        help="Use your own content folder in place of the built-in one.",
    )(command)


def day_of_issue(
    _: click.Context, __: click.Parameter, value: str | None
) -> date | None:
    """Return the day of an option; None when it was not given."""
    if value is None:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("expected a date as YYYY-MM-DD") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        span = f"from {FIRST_DAY.year} to {LAST_DAY.year}"
        raise click.BadParameter(f"expected a date as YYYY-MM-DD, {span}")
    return day


def printable(text: str, name: str) -> str:
    """Return what was typed for page or note, or refuse what would not print."""
    from backguide.profile.strict_json import LINE_CHARACTERS, find_text_problems

    problems = find_text_problems({name: text}) if text else ()
    if problems or len(text) > LINE_CHARACTERS:
        too_long = f"at most {LINE_CHARACTERS} characters"
        message = problems[0].message if problems else too_long
        raise click.BadParameter(message, param_hint=f"'{name}'")
    return text


def approved_by_option(whose: str) -> Callable[..., Any]:
    """Return ``--approved-by``, for a help text that says whose guides."""
    return click.option(
        "--approved-by",
        default="",
        metavar="NAME",
        callback=lambda _, __, value: printable(value, "--approved-by"),
        help=f"Take the draft mark off: who has checked {whose}.",
    )


def _clinic(
    _: click.Context, __: click.Parameter, value: str | None
) -> "Clinic | None":
    from backguide.clinic import FILE_NAME, read_clinic

    if value == NO_CLINIC:
        return None
    own = Path(click.get_app_dir("backguide")) / FILE_NAME
    path = own if value is None else Path(value)
    if value is None and not _is_there(own):
        return None
    know_input(path, "the clinic file")
    clinic = read_clinic(path)
    if clinic.logo is not None:
        know_input(clinic.logo, "the logo")
    return clinic


def _is_there(own: Path) -> bool:
    """Tell whether a clinic has its file; never "no" where nobody may look."""
    try:
        os.lstat(own)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        words = system_words(error) if isinstance(error, OSError) else "no such name"
        raise click.UsageError(
            f"{own.name} cannot be looked for in your configuration folder: {words}. "
            f"Give --clinic FILE, or --clinic {NO_CLINIC}"
        ) from None
    return True

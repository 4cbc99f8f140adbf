"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from backguide.cli_files import InputPath, know_input

if TYPE_CHECKING:
    from backguide.clinic import Clinic

NO_CLINIC: Final = "none"


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


def templates_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--templates``, a folder of content."""
    return click.option(
        "--templates",
        "templates",
        type=InputPath("the content", is_folder=True),
        help="Use your own content folder in place of the built-in one.",
    )(command)


def _clinic(
    _: click.Context, __: click.Parameter, value: str | None
) -> "Clinic | None":
    from backguide.clinic import FILE_NAME, read_clinic

    if value == NO_CLINIC:
        return None
    own = Path(click.get_app_dir("backguide")) / FILE_NAME
    path = own if value is None else Path(value)
    if value is None and not own.exists():
        return None
    know_input(path, "the clinic file")
    clinic = read_clinic(path)
    if clinic.logo is not None:
        know_input(clinic.logo, "the logo")
    return clinic

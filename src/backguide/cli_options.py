"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

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


def _clinic(
    _: click.Context, __: click.Parameter, value: str | None
) -> "Clinic | None":
    from backguide.clinic import FILE_NAME, read_clinic

    if value == NO_CLINIC:
        return None
    if value is not None:
        return read_clinic(Path(value))
    own = Path(click.get_app_dir("backguide")) / FILE_NAME
    return read_clinic(own) if own.exists() else None

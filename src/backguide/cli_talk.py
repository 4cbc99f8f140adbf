"""How the commands speak: talk to standard error, the product to standard output."""

import os
from typing import Final

import click

from backguide.errors import OutputError

MAX_TOLD: Final = 20
"""Of a long list so many are told; a report has all of them."""


def say(text: str = "", *, ends_line: bool = True) -> None:
    """Print talk to standard error; a closed one is no reason to fail."""
    try:
        click.echo(text, err=True, nl=ends_line)
    except OSError:
        return


def print_product(text: str) -> None:
    """Print the product."""
    try:
        click.echo(text)
    except OSError as error:
        words = os.strerror(error.errno or 0).lower()
        raise OutputError(f"standard output: {words}") from None

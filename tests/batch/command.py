"""The command line with the batch commands, for tests that need a process."""

import os

import click

from backguide import cli, cli_batch


@click.group(cls=cli._Group)
def main() -> None:
    """Stand for ``backguide``."""
    os.umask(0o077)


for _command in cli_batch.COMMANDS:
    main.add_command(_command)

if __name__ == "__main__":
    main()

"""The commands that help to turn a table of somebody else into profiles."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from backguide.cli_files import InputPath, OutputPath, door, force_option
from backguide.cli_options import MODES
from backguide.cli_talk import MAX_TOLD, confirmed, say, write_product
from backguide.errors import ExitCode
from backguide.output import Kind, Place

if TYPE_CHECKING:
    from backguide.batch.propose import Proposed

MAX_NAMED: Final = 5


@click.group(epilog="Example: backguide columns map export.csv -o map.toml")
def columns() -> None:
    """Write a table to fill in, or propose what the columns of another one mean."""


@columns.command("new", epilog="Example: backguide columns new -o answers.csv")
@click.option(
    "-o",
    "--output",
    type=OutputPath(may_be_standard_output=True),
    required=True,
    help="File to write (CSV); - for standard output. A file that is there stays.",
)
@click.option(
    "--mode",
    type=MODES,
    default="clinic",
    help="Whose questions: with or without those for the clinic.",
)
@force_option
def columns_new(output: Place, mode: str) -> int:
    """Write a table with a column for each question, and a row that explains them."""
    from backguide.batch.propose import template

    content = template(mode)
    if output.is_standard_output:
        write_product(content)
        return ExitCode.DONE
    target = door().file_at(output, "answers.csv")
    door().write(target, content, Kind.ANSWERS)
    say(f"{target}: one row for each person. Format all cells as text before you type,")
    say("and save it as CSV UTF-8 or .xlsx. Then say what the columns mean:")
    say(f"  backguide columns map {target} -o map.toml")
    return ExitCode.DONE


@columns.command("map", epilog="Example: backguide columns map export.csv -o map.toml")
@click.argument("table", type=InputPath("the table"))
@click.option(
    "-o",
    "--output",
    type=OutputPath(may_be_standard_output=True),
    required=True,
    help="File to write (TOML); - for standard output. A file that is there stays.",
)
@click.option(
    "--safety",
    "with_safety",
    is_flag=True,
    help="Map safety questions as well: you have seen that each column asks the very "
    "same as our question.",
)
@force_option
def columns_map(table: Path, output: Place, with_safety: bool) -> int:
    """Propose a map of the columns of a CSV, .xlsx or .ods file, and say what is open.

    Names, answers, a column for each choice, days and units are looked at. A safety
    question is never mapped before you have said yes.
    """
    from backguide.batch.propose import map_text, propose, read_table

    found = read_table(table)
    told = propose(found, with_safety=with_safety)
    if told.safety and not output.is_standard_output:
        _name_safety(told)
        if confirmed("Does each ask the very same as our question? Map them?"):
            told = propose(found, with_safety=True)
    content = map_text(found, told).encode()
    if output.is_standard_output:
        write_product(content)
    else:
        target = door().file_at(output, "map.toml")
        door().write(target, content, Kind.ANSWERS)
        say(f"{target}: look through it before you use it.")
    _tell(told)
    return ExitCode.DONE


def _name_safety(told: "Proposed") -> None:
    from backguide.batch.propose import shown

    say(f"{len(told.safety)} columns look like safety questions:")
    for head, path in list(told.safety.items())[:MAX_TOLD]:
        say(f"  {shown(head)}: {path}")
    if len(told.safety) > MAX_TOLD:
        say(f"  and {len(told.safety) - MAX_TOLD} more")


def _tell(told: "Proposed") -> None:
    lists = sum(map(len, told.choices.values()))
    say(f"Placed: {len(told.columns) + lists} columns.")
    if told.likely:
        say(f"Placed by a near name, look twice: {_named(list(told.likely))}")
    if told.safety:
        say(f"Safety questions, not mapped: {_named(list(told.safety))}")
    if told.unplaced:
        say(f"Not placed: {_named(told.unplaced)}")
    if told.open_values:
        count = sum(map(len, told.open_values.values()))
        say(f"Answers whose meaning is open: {count}; see the map")
    for note in told.notes:
        say(f"Note: {note}")


def _named(heads: list[str]) -> str:
    from backguide.batch.propose import shown

    named = ", ".join(map(shown, heads[:MAX_NAMED]))
    return f"{named}, ..." if len(heads) > MAX_NAMED else named

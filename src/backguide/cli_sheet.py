"""The question sheet on the command line: the interview on paper."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backguide.about import __version__
from backguide.cli_files import OutputPath, door, force_option
from backguide.cli_options import (
    LOCALES,
    MODES,
    PAPERS,
    clinic_option,
    day_of_issue,
    ink_option,
    large_print_option,
    templates_option,
)
from backguide.cli_talk import is_screen, say, write_product
from backguide.errors import ExitCode
from backguide.output import Kind, Place

if TYPE_CHECKING:
    from backguide.clinic import Clinic


@click.command(
    "intake-sheet",
    epilog="Example: backguide intake-sheet -o sheet.pdf --mode clinic --locale en-GB",
)
@click.option(
    "-o",
    "--output",
    type=OutputPath(may_be_standard_output=True),
    required=True,
    help="File to write, or a folder for it; - for standard output. A file that is "
    "there stays: it may hold answers.",
)
@click.option(
    "--mode",
    type=MODES,
    default="self",
    help="Who reads the answers: the runner alone, or a clinician.",
)
@click.option(
    "--locale",
    type=click.Choice(LOCALES),
    help="Country; it settles whom to call and the paper. Default: asked on the sheet.",
)
@click.option(
    "--units",
    type=click.Choice(["km", "mi"]),
    help="What a distance without a unit is meant in. Default: asked on the sheet.",
)
@click.option(
    "--length",
    type=click.Choice(["standard", "full"]),
    default="standard",
    help="standard: what can decide about a guide; full: also what only adds to it.",
)
@click.option(
    "--paper",
    type=PAPERS,
    help="Paper size. Default: what is usual in the country, else A4.",
)
@large_print_option
@ink_option
@click.option(
    "--issued-on",
    callback=day_of_issue,
    metavar="DATE",
    help="Day that the file names as that of its making. Default: today.",
)
@clinic_option
@force_option
@templates_option
def intake_sheet(
    output: Place,
    mode: str,
    locale: str | None,
    units: str | None,
    length: str,
    paper: str | None,
    large_print: str,
    ink: str | None,
    issued_on: date | None,
    clinic: "Clinic | None",
    templates: Path | None,
) -> int:
    """Write the questions as a sheet to fill in, with a pen or on screen.

    Warning signs come first. make, check and batch read a sheet that was filled in on
    screen and saved.
    """
    from backguide.guidance.built_in import library_at
    from backguide.intake.fields import Settings, plan_of
    from backguide.intake.sheet import Print, make_sheet

    settings = Settings(mode, length == "full", locale or "", units or "")
    printed = Print(
        issued_on=issued_on or date.today(),  # noqa: DTZ011
        program_version=__version__,
        paper=paper or (clinic.paper if clinic else ""),
        large_print=large_print or "off",
        ink=ink or (clinic.ink if clinic else "") or "mono",  # type: ignore[arg-type]
        clinic=clinic,
    )
    sheet = make_sheet(plan_of(settings), library_at(templates), printed)
    if output.is_standard_output:
        if is_screen():
            raise click.UsageError("a PDF is not for the screen; use -o FILE")
        write_product(sheet.pdf)
        return ExitCode.DONE
    target = door().file_at(output, sheet.file_name)
    # Never over another sheet: it may be somebody's answers by now.
    door().write(target, sheet.pdf, Kind.ANSWERS)
    sheets = (sheet.pages + 1) // 2
    say(f"{target}: {sheet.pages} pages, {sheets} sheets printed on both sides")
    return ExitCode.DONE

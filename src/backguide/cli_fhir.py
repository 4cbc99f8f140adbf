"""The commands that speak FHIR to the systems of a clinic."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from backguide.cli_files import OutputPath, door, force_option
from backguide.cli_options import MODES, RELEASES, templates_option
from backguide.cli_talk import say, write_product
from backguide.errors import ExitCode
from backguide.output import Kind, Place

if TYPE_CHECKING:
    from backguide.fhir.questionnaire import Release


@click.group(epilog="Example: backguide fhir questionnaire -o questionnaire.json")
def fhir() -> None:
    """Write the questions as a form for the systems of a clinic (FHIR)."""


@fhir.command(
    "questionnaire",
    epilog="Example: backguide fhir questionnaire --release R4 -o questionnaire.json",
)
@click.option(
    "--release",
    type=RELEASES,
    default="R4",
    help="Release of FHIR. Default: R4, which most programs show right.",
)
@click.option(
    "--mode",
    type=MODES,
    default="self",
    help="Who answers: the runner alone, or a clinician with the runner.",
)
@click.option(
    "-o",
    "--output",
    type=OutputPath(may_be_standard_output=True),
    required=True,
    help="File to write (JSON); - for standard output.",
)
@templates_option
@force_option
def questionnaire_command(
    release: "Release", mode: str, output: Place, templates: Path | None
) -> int:
    """Write the interview as a Questionnaire: every question, safety first.

    The answers come back as a QuestionnaireResponse; give it to check, make or batch.
    """
    from backguide.fhir.questionnaire import questionnaire
    from backguide.guidance.built_in import library_at

    content = questionnaire(library_at(templates), release, mode)
    if output.is_standard_output:
        write_product(content)
        return ExitCode.DONE
    target = door().file_at(output, f"questionnaire-{release}.json")
    door().write_all((target, content, Kind.FHIR))
    say(f"{target}: a Questionnaire in FHIR {release}.")
    if release == "R5":
        say("Fewer programs show the choices of R5 than those of R4.")
    say("Give the responses to it to backguide check, make or batch.")
    return ExitCode.DONE

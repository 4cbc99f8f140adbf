"""The print job on the command line: its options, and the command that binds it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from backguide.cli_files import InputPath, OutputPath, door, force_option
from backguide.cli_talk import MAX_TOLD, say
from backguide.errors import ExitCode
from backguide.output import Place

if TYPE_CHECKING:
    from backguide.batch.print_job import Expectation
    from backguide.batch.print_plan import JobOptions

DEFAULT_NAME: Final = "print.pdf"
"""Of a print job in a folder."""


def _sort_keys(
    _: click.Context, __: click.Parameter, value: str | None
) -> tuple[str, ...]:
    return tuple(key.strip() for key in (value or "").split(",") if key.strip())


def job_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how guides are put together for a printer."""
    options = [
        click.option(
            "--duplex",
            "is_duplex",
            is_flag=True,
            help="Begin each guide on a front side; an added back is for notes.",
        ),
        click.option(
            "--sort",
            "sort_keys",
            callback=_sort_keys,
            metavar="KEY,...",
            help="Order: input, id, language, pages, issued, code. Default: input.",
        ),
        click.option(
            "--split",
            type=click.IntRange(1, 1000),
            help="Most guides in one file. Default: 100.",
        ),
        click.option(
            "--separators",
            "has_separators",
            is_flag=True,
            help="A sheet with the id before each guide.",
        ),
        click.option(
            "--staple",
            "is_stapled",
            is_flag=True,
            help="A file for each guide, for printers that staple each job.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def job_of(
    place: Place | None,
    *,
    is_duplex: bool,
    sort_keys: tuple[str, ...],
    split: int | None,
    has_separators: bool,
    is_stapled: bool,
) -> "JobOptions | None":
    """Return how the print job is to be; None when none was asked for."""
    if place is None:
        if is_duplex or sort_keys or split or has_separators or is_stapled:
            raise click.UsageError("say where the print job goes: --merged FILE")
        return None
    target = door().file_at(place, DEFAULT_NAME)
    if target.suffix.lower() != ".pdf":
        raise click.UsageError("the print job is a PDF: give a name such as print.pdf")
    from backguide.batch.print_plan import SORT_KEYS, SPLIT, JobOptions

    if wrong := [key for key in sort_keys if key not in SORT_KEYS]:
        raise click.UsageError(
            f"--sort: there is no key {', '.join(wrong)}; known: {', '.join(SORT_KEYS)}"
        )
    return JobOptions(
        target, is_duplex, sort_keys, split or SPLIT, has_separators, is_stapled
    )


def write_print_job(
    folder: Path,
    templates: Path | None,
    options: "JobOptions",
    expected: "Expectation | None" = None,
) -> None:
    """Write a print job and say what is in it."""
    from backguide.batch.print_job import make_print_job
    from backguide.guidance.built_in import library_at

    library = library_at(templates)
    job = make_print_job(folder, library, options, door(), expected=expected)
    files = f"{len(job.files):,} file{'' if len(job.files) == 1 else 's'}"
    say(f"Print job: {len(job.guides):,} guides, {job.sheets:,} sheets, {files}")
    for path in job.files[:MAX_TOLD]:
        say(f"  {path}")
    if len(job.files) > MAX_TOLD:
        say(f"  and {len(job.files) - MAX_TOLD:,} more")
    say(f"Where each guide stands: {job.list_file}")
    if job.outdated:
        say(
            f"Warning: {job.outdated:,} of them rest on answers that no longer count "
            "today; run the batch again, and they are asked again"
        )
    if job.left_out:
        say(f"Not in it: {job.left_out:,} held or failed; see needs-attention.txt")


@click.command(
    "print-job",
    epilog="Example: backguide print-job handouts/ -o print.pdf --duplex",
)
@click.argument("folder", type=InputPath("the batch", is_folder=True))
@click.option(
    "-o",
    "--output",
    "place",
    required=True,
    type=OutputPath(),
    help="The PDF, or a folder for it; with several parts their number comes before "
    "the ending.",
)
@force_option
@job_options
@click.option(
    "--templates",
    type=InputPath("the content", is_folder=True),
    help="Use your own content folder for the word on the side for notes.",
)
def print_job(
    folder: Path,
    place: Place,
    is_duplex: bool,
    sort_keys: tuple[str, ...],
    split: int | None,
    has_separators: bool,
    is_stapled: bool,
    templates: Path | None,
) -> int:
    """Bind the guides of a batch into one PDF for the printer.

    FOLDER is the output folder of a batch, of all its shards together. Held people
    are never in it. Each guide must be the file that the batch made; the job is read
    back and compared with its guides before it is written.
    """
    options = job_of(
        place,
        is_duplex=is_duplex,
        sort_keys=sort_keys,
        split=split,
        has_separators=has_separators,
        is_stapled=is_stapled,
    )
    assert options is not None  # noqa: S101  a target was given
    write_print_job(folder, templates, options)
    return ExitCode.DONE

"""The command for many profiles.

Like ``cli``: parse, call, report. Standard output carries the product only; all
talk goes to standard error and holds ids, never names.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from backguide.about import __version__
from backguide.cli_files import InputPath, OutputPath, door
from backguide.cli_options import (
    LENGTHS,
    PAPERS,
    approved_by_option,
    clinic_option,
    day_of_issue,
    fillable_option,
    ink_option,
    large_print_option,
    templates_option,
)
from backguide.cli_print import job_of, job_options, print_job, write_print_job
from backguide.cli_recall import purge, reprint, who_got
from backguide.cli_talk import MAX_TOLD, print_product, say
from backguide.output import Kind, Place, beside

if TYPE_CHECKING:
    from backguide.batch.column_map import ColumnMap
    from backguide.batch.executor import Executor
    from backguide.batch.forecast import Finding, Forecast
    from backguide.batch.inputs import Shard
    from backguide.batch.run import BatchReport, Progress
    from backguide.clinic import Clinic

TERMINAL_SECONDS: Final = 0.3
"""How often the line of progress changes on a terminal."""
LOG_SECONDS: Final = 30.0
"""How often a line of progress is added where there is no terminal."""


# --- what the options mean ---------------------------------------------------


def _jobs(_: click.Context, __: click.Parameter, value: str) -> int:
    if value == "auto":
        return 0
    if not value.isdecimal() or not 1 <= int(value) <= 1000:
        raise click.BadParameter('expected "auto" or a number from 1 to 1000')
    return int(value)


def _shard(_: click.Context, __: click.Parameter, value: str | None) -> "Shard | None":
    if value is None:
        return None
    from backguide.batch.inputs import Shard

    found = re.fullmatch(r"([0-9]{1,5})/([0-9]{1,5})", value)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise click.BadParameter("expected i/n, such as 1/8 to 8/8")
    return Shard(int(found[1]), int(found[2]))


def _page_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that a single handout has as well."""
    options: list[Callable[..., Any]] = [
        click.option(
            "--length",
            type=LENGTHS,
            help="For all of them, over what the profiles say.",
        ),
        click.option(
            "--paper",
            type=PAPERS,
            help="Paper size. Default: what each profile says.",
        ),
        large_print_option,
        ink_option,
        approved_by_option("these guides"),
        click.option(
            "--issued-on",
            callback=day_of_issue,
            metavar="DATE",
            help="Day of issue as YYYY-MM-DD. Default: today; handouts of unchanged "
            "profiles keep their day.",
        ),
        click.option(
            "--logo",
            type=InputPath("the logo"),
            help="Clinic logo, PNG or JPEG, up to 1 MB.",
        ),
        clinic_option,
        fillable_option,
        templates_option,
    ]
    for option in reversed(options):
        command = option(command)
    return command


# --- batch -------------------------------------------------------------------


@click.command(
    "batch",
    epilog="Example: backguide batch profiles/ -o handouts/\n\n"
    "Example: backguide batch --from export.csv --map map.toml -o handouts/ --check",
)
@click.argument("source", required=False, type=InputPath("the source"))
@click.option(
    "--from",
    "from_file",
    type=InputPath("the source"),
    help="The same as SOURCE.",
)
@click.option(
    "--map",
    "map_file",
    type=InputPath("the map of the columns"),
    help="For a CSV: a TOML file that says what its columns mean.",
)
@click.option(
    "-o",
    "--output",
    type=OutputPath(is_folder=True),
    help="Folder for the handouts. Made, for you alone, if it is not there.",
)
@click.option(
    "--check",
    "is_check",
    is_flag=True,
    help="Make nothing; tell what would pass, fail or be held, and how many pages.",
)
@click.option(
    "--require-reviewed",
    "requires_review",
    is_flag=True,
    help="Refuse content that no clinician has reviewed, or not lately; the clinic "
    "file can say so for every batch. Without it pages, manifest and report tell.",
)
@click.option(
    "--allow-unreviewed",
    "is_unreviewed_allowed",
    is_flag=True,
    hidden=True,
    help="No longer needed.",
)
@click.option(
    "--recursive",
    "is_recursive",
    is_flag=True,
    help="Take the profiles in the folders of a folder as well.",
)
@click.option(
    "--with-names",
    "with_names",
    is_flag=True,
    help="Tell the names of the files on the screen and in the reports; the manifest "
    "never holds them.",
)
@click.option(
    "--force",
    "is_forced",
    is_flag=True,
    help="Make the unchanged again, and replace files that are not outputs of "
    "backguide; never one that is read.",
)
@click.option(
    "--jobs",
    default="auto",
    callback=_jobs,
    metavar="auto|N",
    help="Processes at a time. Default: one on each processor.",
)
@click.option(
    "--cluster",
    default="",
    metavar="ADDRESS",
    help="Let the workers of a dask cluster make them, such as tcp://10.0.0.5:8786.",
)
@click.option(
    "--limit-seconds",
    default=10.0,
    type=click.FloatRange(0.5, 3600),
    help="Longest time for one handout, tried twice. Default: 10.",
)
@click.option(
    "--shard",
    callback=_shard,
    metavar="I/N",
    help="Make only part I of N, in a folder of its own; for job arrays.",
)
@click.option(
    "--merged",
    type=OutputPath(),
    metavar="FILE",
    help="Also write one PDF of all guides for the printer.",
)
@job_options
@_page_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def batch(
    source: Path | None,
    from_file: Path | None,
    map_file: Path | None,
    output: Place | None,
    is_check: bool,
    requires_review: bool,
    is_unreviewed_allowed: bool,
    is_recursive: bool,
    with_names: bool,
    is_forced: bool,
    jobs: int,
    cluster: str,
    limit_seconds: float,
    shard: "Shard | None",
    merged: Place | None,
    is_duplex: bool,
    sort_keys: tuple[str, ...],
    split: int | None,
    has_separators: bool,
    is_stapled: bool,
    length: str | None,
    paper: str | None,
    large_print: str,
    ink: str | None,
    approved_by: str,
    issued_on: date | None,
    logo: Path | None,
    clinic: "Clinic | None",
    is_fillable: bool,
    templates: Path | None,
    as_json: bool,
) -> int:
    """Make a handout for every profile of a folder, a .jsonl file or a CSV.

    Run the same command again at any time: what is unchanged is kept, and a run
    that was broken off goes on. People with warning signs are held back: their
    urgent pages lie in the folder "held", and they come first in the report.

    Exit code 0: all made. 5: some were held back, nothing failed. 8: some failed;
    needs-attention.txt says which and why.
    """
    if (source is None) == (from_file is None):
        raise click.UsageError("give one SOURCE: a folder, a .jsonl file or a CSV")
    if output is None and not is_check:
        raise click.UsageError("say where the handouts go: -o FOLDER")
    if is_unreviewed_allowed:
        say("--allow-unreviewed is no longer needed; it changes nothing.")
    place = source or from_file
    assert place is not None  # noqa: S101  one of the two is there, see above
    door().is_forced = is_forced
    job = job_of(
        merged,
        is_duplex=is_duplex,
        sort_keys=sort_keys,
        split=split,
        has_separators=has_separators,
        is_stapled=is_stapled,
    )
    if job is not None and shard is not None:
        raise click.UsageError(
            "one shard is not the whole: when all have run, use backguide print-job"
        )
    if job is not None:
        # The number of parts is not known yet; what is certain is looked at now.
        beginning = (job.target, Kind.PDF), (beside(job.target, ".csv"), Kind.JOB_LIST)
        door().check(*beginning)
    from backguide.batch.run import BatchOptions, run_batch

    columns = _columns(place, map_file)
    options = BatchOptions(
        program_version=__version__,
        issued_on=issued_on,
        length=length or "",
        paper=paper or "",
        large_print=large_print,
        ink=ink or "",
        approved_by=approved_by,
        logo=logo,
        clinic=clinic,
        is_fillable=is_fillable,
        templates=templates,
        is_forced=is_forced,
        shard=shard,
        is_recursive=is_recursive,
        requires_review=requires_review,
    )
    with _workers(jobs, cluster, limit_seconds) as workers:
        if is_check or output is None:
            from backguide.batch.forecast import forecast_batch

            told = forecast_batch(
                place,
                options,
                columns=columns,
                executor=workers,
                besides=output.path if output else None,
                with_names=with_names,
            )
            print_product(_forecast_json(told) if as_json else _forecast_text(told))
            return told.exit_code
        teller = _Teller()
        try:
            report = run_batch(
                place,
                output.path,
                options,
                columns=columns,
                executor=workers,
                with_names=with_names,
                on_progress=teller.tell,
                door=door(),
            )
        finally:
            teller.end()
    _report(report, as_json)
    if job is not None and not report.signal:
        if report.has_guides:
            from backguide.batch.print_job import Expectation

            summary = report.summary
            expected = Expectation(summary.run, summary.count("made", "reused"))
            write_print_job(report.folder, templates, job, expected)
        else:
            say("There is no guide to print.")
    return report.exit_code


@contextmanager
def _workers(jobs: int, cluster: str, limit_seconds: float) -> "Iterator[Executor]":
    """Hold whoever does the work: processes here, or those of a cluster."""
    if cluster:
        from backguide.batch.cluster import connected

        with connected(cluster, limit_seconds) as workers:
            yield workers
        return
    from backguide.batch.pool import WorkerPool

    yield WorkerPool(jobs, limit_seconds)


def _columns(source: Path, map_file: Path | None) -> "ColumnMap | None":
    from backguide.batch.sheets import ENDINGS

    if map_file is None:
        if source.suffix.lower() in (".csv", ".tsv", ".txt", *ENDINGS):
            raise click.UsageError(
                f"{source.name} needs a map of its columns: --map map.toml"
            )
        return None
    from backguide.batch.column_map import read_map

    columns = read_map(map_file)
    if source.suffix.lower() in ENDINGS:
        from backguide.batch.sheets import read_sheet

        for note in read_sheet(source).notes:
            say(f"{source.name}: {note}")
    for header, path in columns.retired.items():
        say(f'The column "{header}" is no longer used: {path} is gone.')
    return columns


class _Teller:
    """Tells how far a batch is: one line that changes, or lines now and then."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._last = time.monotonic()
        self._width = 0

    def tell(self, progress: "Progress") -> None:
        now = time.monotonic()
        pause = TERMINAL_SECONDS if self._is_terminal else LOG_SECONDS
        if now - self._last < pause:
            return
        self._last = now
        line = progress_line(progress)
        if not self._is_terminal:
            say(line)
            return
        say(f"\r{line}{' ' * (self._width - len(line))}", ends_line=False)
        self._width = len(line)

    def end(self) -> None:
        """Take the line of progress away."""
        if self._width:
            say(f"\r{' ' * self._width}\r", ends_line=False)


def progress_line(progress: "Progress") -> str:
    """Return how far a batch is, in one line without any name."""
    parts = [f"{progress.done:,} of {progress.total:,} done"]
    if progress.attention:
        parts.append(f"{progress.attention:,} need attention")
    fresh = progress.done - progress.kept
    if fresh >= 5 and progress.seconds > 1:
        rate = fresh / progress.seconds
        left = (progress.total - progress.done) / rate
        parts += [f"{rate:.1f} a second", f"about {_duration(left)} left"]
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(int(seconds + 0.5), 1)} s"
    if seconds < 5400:
        return f"{int(seconds / 60 + 0.5)} min"
    return f"{seconds / 3600:.1f} h"


def _report(report: "BatchReport", as_json: bool) -> None:
    from backguide.batch.report import samples_words

    summary = report.summary
    for warning in (*summary.warnings, *([summary.review] if summary.review else [])):
        say(f"Warning: {warning}")
    if not summary.inputs:
        say("No profiles were found: nothing was made.")
    if report.signal:
        say("Stopped. Run the same command again: it goes on from here.")
    told = summary.attention()
    for row in told[:MAX_TOLD]:
        words = row.words[0].split("\n")[0] if row.words else ""
        called = summary.called(row)
        say(f"{row.status}: {row.id or '(no id)'} from {called}: {words}")
    if len(told) > MAX_TOLD:
        say(f"and {len(told) - MAX_TOLD:,} more")
    for note in summary.notes():
        say(note)
    say(summary.total_line())
    if summary.samples:
        say(samples_words(summary.samples))
    say(f"To print: {summary.pages:,} pages, {summary.sheets:,} sheets both sides")
    say(f"Report: {report.folder / 'run.html'}")
    if as_json:
        from backguide.batch.manifest import STATUSES

        print_product(
            json.dumps(
                {
                    "run": summary.run,
                    "inputs": summary.inputs,
                    **{status: summary.count(status) for status in STATUSES},
                    "not_done": summary.not_done,
                    "pages": summary.pages,
                    "sheets": summary.sheets,
                    "put_aside": summary.put_aside,
                    "withdrawn": list(summary.withdrawn),
                    "passed_over": dict(summary.passed_over),
                    "warnings": list(summary.warnings),
                    "review": summary.review,
                    "samples": summary.samples,
                    "exit_code": int(report.exit_code),
                }
            )
        )


def _forecast_text(told: "Forecast") -> str:
    from backguide.batch.inputs import told_passed_over
    from backguide.batch.report import samples_words

    lines = []
    for title, findings in (("Held back", told.held), ("Would fail", told.failed)):
        for finding in findings:
            words = "; ".join(finding.words)
            lines.append(
                f"{title}: {finding.id or '(no id)'} ({finding.input}): {words}"
            )
    languages = ", ".join(f"{name} {count:,}" for name, count in told.languages)
    lines += [
        f"{told.inputs:,} in = {told.passed:,} pass + {len(told.held):,} held + "
        f"{len(told.failed):,} fail",
        f"To print: {told.pages:,} pages, {told.sheets:,} sheets both sides",
        f"Languages: {languages or 'none'}",
    ]
    lines += told.notices
    if told.samples:
        lines.append(samples_words(told.samples))
    if told.passed_over:
        lines.append(told_passed_over(told.passed_over))
    if told.review:
        lines.append(f"{told.review}; each handout will say so")
    return "\n".join(lines)


def _forecast_json(told: "Forecast") -> str:
    def record(finding: "Finding") -> dict[str, Any]:
        return {
            "id": finding.id,
            "input": finding.input,
            "reason": finding.reason,
            "words": list(finding.words),
        }

    return json.dumps(
        {
            "inputs": told.inputs,
            "pass": told.passed,
            "held": [record(finding) for finding in told.held],
            "fail": [record(finding) for finding in told.failed],
            "pages": told.pages,
            "sheets": told.sheets,
            "languages": dict(told.languages),
            "notices": list(told.notices),
            "samples": told.samples,
            "passed_over": dict(told.passed_over),
            "review": told.review,
        },
        indent=2,
    )


COMMANDS: Final = (batch, print_job, reprint, who_got, purge)
"""What ``cli`` adds to its group."""

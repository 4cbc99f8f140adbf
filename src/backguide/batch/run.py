"""Run a batch: plan, keep what stands, make the rest, record all, report.

Whatever happens, each input ends in exactly one row of the manifest, or the run is
marked as stopped and the same command goes on from there.
"""

import hashlib
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from backguide.batch.column_map import ColumnMap
from backguide.batch.executor import Executor, Outcome, Work
from backguide.batch.folder import (
    claim_folder,
    prepare_folder,
    remove_litter,
)
from backguide.batch.inputs import Entry, Plan, Shard, plan_batch
from backguide.batch.ledger import Ledger, new_run, today
from backguide.batch.lock import lock_folder
from backguide.batch.manifest import (
    FAILED,
    HELD,
    MADE,
    MEND,
    QUARANTINED,
    REUSED,
    Manifest,
    seconds_of,
    stamp,
)
from backguide.batch.permission import check_review
from backguide.batch.pool import WorkerPool
from backguide.batch.print_record import MEND as MEND_OF_JOBS
from backguide.batch.print_record import damage_of_jobs
from backguide.batch.report import (
    ATTENTION_NAME,
    CSV_NAME,
    HTML_NAME,
    Summary,
    attention_report,
    csv_report,
    html_report,
    in_report_order,
)
from backguide.batch.stop import Stop
from backguide.batch.work import (
    Result,
    Settings,
    Task,
    begin,
    land,
    notice_lines,
    refused,
)
from backguide.clinic import Clinic
from backguide.errors import (
    BackguideError,
    ExitCode,
    OutputError,
    Problem,
    ProfileError,
)
from backguide.guidance.built_in import library_at
from backguide.layout.logo import read_logo
from backguide.making import Options
from backguide.output import Door, not_durable, write_file

CLOCK_SECONDS: Final = 60
"""Clocks of several computers may differ by so much."""
SYNC_SECONDS: Final = 0.2
"""The rows of so many seconds may have to be made again after a power cut."""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What the command line decides for all profiles; empty means the profile."""

    program_version: str
    issued_on: date | None = None
    """None for today."""
    length: str = ""
    paper: str = ""
    large_print: str = ""
    ink: str = ""
    approved_by: str = ""
    logo: Path | None = None
    clinic: Clinic | None = None
    is_fillable: bool = False
    """Make the cells of the diaries fields to fill in on screen."""
    templates: Path | None = None
    is_forced: bool = False
    """Make everything again, changed or not."""
    shard: Shard | None = None
    is_recursive: bool = False
    """Take the folders in a folder of profiles as well."""
    requires_review: bool = False
    """Refuse content that nobody has reviewed, or not lately."""

    def making(self, issued_on: date) -> Options:
        """Return the options of one handout."""
        return Options(
            issued_on=issued_on,
            program_version=self.program_version,
            length=self.length,
            paper=self.paper,
            large_print=self.large_print,
            ink=self.ink,
            approved_by=self.approved_by,
            logo=self.logo,
            clinic=self.clinic,
            is_fillable=self.is_fillable,
        )

    @property
    def logo_path(self) -> Path | None:
        """Return the logo of the command line, else the clinic's."""
        return self.logo or (self.clinic.logo if self.clinic else None)

    def check_logo(self) -> None:
        """Check before anything is made that the logo, if any, can be used.

        Raises:
            LogoError: It cannot.
        """
        if self.logo_path is not None:
            ink = self.ink or (self.clinic.ink if self.clinic else "")
            read_logo(self.logo_path, is_grey=ink != "colour")

    def text(self) -> str:
        """Return the options as one text that holds no name.

        A day of issue is part of it only when somebody chose it: what was made
        yesterday from an unchanged profile still holds today.
        """
        parts = {
            "length": self.length,
            "paper": self.paper,
            "large_print": self.large_print,
            "ink": self.ink,
            "approved_by": _short_hash(self.approved_by.encode("utf-8")),
            "logo": read_logo(logo).source if (logo := self.logo_path) else "",
            "clinic": self.clinic.digest if self.clinic else "",
            "fillable": "yes" if self.is_fillable else "",
            "issued_on": self.issued_on.isoformat() if self.issued_on else "",
        }
        return " ".join(f"{name}={value}" for name, value in parts.items() if value)


def _short_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:8] if content else ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    done: int
    total: int
    attention: int
    """Held, failed and quarantined."""
    kept: int
    """Settled without making anything; the rate does not count them."""
    seconds: float
    """Since the first handout was begun."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """How a run ended."""

    folder: Path
    summary: Summary
    signal: int = 0
    """That stopped it; 0 for none."""

    @property
    def has_guides(self) -> bool:
        """Tell whether there is anything to print."""
        return self.summary.count(MADE, REUSED) > 0

    @property
    def exit_code(self) -> int:
        """Return what the process should end with."""
        if self.signal:
            is_ctrl_c = self.signal == signal.SIGINT
            return ExitCode.INTERRUPTED if is_ctrl_c else 128 + self.signal
        if self.summary.count(FAILED, QUARANTINED) or not self.summary.inputs:
            return ExitCode.BATCH_INCOMPLETE
        return ExitCode.HELD_BACK if self.summary.count(HELD) else ExitCode.DONE


def run_batch(
    source: Path,
    out: Path,
    options: BatchOptions,
    *,
    columns: ColumnMap | None = None,
    executor: Executor | None = None,
    with_names: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    door: Door | None = None,
) -> BatchReport:
    """Make a handout for every profile of a source.

    Args:
        source: A folder of ``*.json``, a ``.jsonl`` file, or a CSV with columns.
        out: Where everything goes; made if its parent is there.
        options: What holds for all of them.
        columns: What the columns of a CSV mean.
        executor: Who does the work; by default processes of this computer.
        with_names: Tell in the reports what the inputs' own names are.
        on_progress: Called after each input.
        door: Knows what else the command reads.

    Raises:
        ContentError: The content cannot be used.
        ContentNotReviewed: It is not cleared, and the clinic requires that.
        LogoError: The logo cannot be used.
        OutputError: The folder is held by another batch, or takes no files.
        ProfileError: The source cannot be read at all.
    """
    library = library_at(options.templates)
    options.check_logo()
    is_required = options.requires_review or bool(
        options.clinic and options.clinic.requires_review
    )
    day = max(options.issued_on or today(), today())
    review = check_review(library, day, is_required=is_required)
    plan = plan_batch(
        source,
        columns=columns,
        shard=options.shard,
        is_recursive=options.is_recursive,
        besides=out,
        library=library,
        day=options.issued_on,
    )
    folder, warnings = _folder(source, out, options.shard, door or Door())
    wanted = new_run(
        inputs=len(plan.entries),
        content=library.version,
        program=options.program_version,
        options=options.text(),
        issued_on=options.issued_on,
        is_forced=options.is_forced,
        review=review,
        source_sha256=plan.source_sha256,
        source_inputs=plan.source_inputs,
    )
    with lock_folder(folder), Manifest(folder) as manifest, Stop() as stop:
        remove_litter(folder)
        warnings += tuple(_odd(manifest))
        warnings += damage_of_jobs(folder).words(MEND_OF_JOBS)
        ledger = Ledger(plan, folder, manifest, is_part=options.shard is not None)
        begun_at = stamp()
        try:
            ledger.begin(wanted)
            ledger.settle()
            settings = Settings(
                templates=options.templates,
                content=library.version,
                out=folder.resolve(),
                options=options.making(ledger.issued_on),
            )
            make = _Making(plan, ledger, stop, on_progress)
            make.run(executor or WorkerPool(), Work(begin, settings, land))
            remove_litter(folder)
            if ledger.is_complete or not stop.signal:
                ledger.finish()
            if not manifest.is_durable:
                warnings += (not_durable(folder),)
            summary = Summary(
                run=ledger.begun.run,
                begun_at=begun_at,
                ended_at=stamp(),
                inputs=len(plan.entries),
                rows=in_report_order(ledger.ordered()),
                is_stopped=not ledger.is_complete,
                put_aside=ledger.moved,
                withdrawn=ledger.withdrawn,
                passed_over=plan.passed_over,
                names=plan.names() if with_names else {},
                warnings=(*warnings, *ledger.warnings, *notice_lines(make.notices)),
                review=review,
            )
            _write_reports(folder, summary)
            ledger.end(is_whole=ledger.is_complete)
        except BackguideError as error:
            with suppress(BackguideError):
                ledger.end(is_whole=False)
            if isinstance(error, OutputError):
                raise _with_advice(error, ledger, len(plan.entries)) from None
            raise
    return BatchReport(folder, summary, stop.signal)


def _folder(
    source: Path, out: Path, shard: Shard | None, door: Door
) -> tuple[Path, tuple[str, ...]]:
    with suppress(OSError):
        if source.is_dir() and source.samefile(out):
            raise OutputError(
                f"{out.name}: the profiles lie in this folder; choose another one for "
                "the handouts"
            )
    # Each part has its own manifest and its own lock, so parts never wait or clash.
    folder = out if shard is None else out / f"shard-{shard}"
    claim_folder(folder, door)
    warnings = prepare_folder(out)
    if shard is not None:
        prepare_folder(folder)
    return folder, warnings


class _Making:
    """Has the entries made that the ledger knows nothing of yet."""

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        stop: Stop,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._ledger = ledger
        self._stop = stop
        self._on_progress = on_progress
        self._total = len(plan.entries)
        self._kept = len(ledger.rows)
        self._open = {e.number: e for e in plan.entries if e.number not in ledger.rows}
        self._begun = self._synced = time.monotonic()
        self._fatal = ""
        """Why no more files can be written; empty as long as they can."""
        self.notices: Counter[Problem] = Counter()
        """What changed since the version of the answers, and for how many."""

    def run(self, executor: Executor, work: Work) -> None:
        """Record each entry as it ends.

        Raises:
            OutputError: No more files can be written.
        """
        outcomes = executor.run(
            self._tasks(),
            work,
            is_stopped=lambda: bool(self._stop.signal or self._fatal),
        )
        self._tell()
        for outcome in outcomes:
            self._take(outcome)
            if time.monotonic() - self._synced >= SYNC_SECONDS:
                self._ledger.sync()
                self._synced = time.monotonic()
            self._tell()
        self._ledger.sync()
        if self._fatal:
            raise OutputError(self._fatal)

    def _tasks(self) -> Iterator[Task]:
        """Yield the tasks in the order of the plan, each read at the last moment."""
        for entry in [*self._open.values()]:
            try:
                content = entry.read()
            except ProfileError as error:
                self._ledger.record(entry, refused(error.problems))
                continue
            yield Task(entry.number, entry.id, entry.label, content)

    def _take(self, outcome: Outcome) -> None:
        entry: Entry = self._open[outcome.task.number]
        if outcome.fault:
            self._ledger.record_fault(entry, outcome.fault, outcome.words)
            return
        result: Result = outcome.value
        if result.ends_run:
            self._fatal = result.problems[0].message
        else:
            self._ledger.record(entry, result)
            self.notices.update(result.notices)

    def _tell(self) -> None:
        self._on_progress(
            Progress(
                done=len(self._ledger.rows),
                total=self._total,
                attention=self._ledger.attention,
                kept=self._kept,
                seconds=time.monotonic() - self._begun,
            )
        )


def _odd(manifest: Manifest) -> Iterator[str]:
    """Yield what is wrong with the manifest of earlier runs."""
    yield from manifest.damage.words(MEND)
    if manifest.newest.lost:
        yield (
            f"{manifest.newest.lost} rows of the last run are not in the manifest; a "
            "recall of that run may miss people"
        )
    last = manifest.latest_run_at
    if seconds_of(last) > time.time() + CLOCK_SECONDS:
        yield (
            f"the clock of this computer runs behind: it says {stamp()}, but a run "
            f"here is stamped {last}. Set it; purge counts days by it"
        )


def _with_advice(error: OutputError, ledger: Ledger, inputs: int) -> OutputError:
    return OutputError(
        f"{error}\n{len(ledger.rows)} of {inputs} are done. When the folder takes "
        "files again, run the same command: it goes on from here."
    )


def _write_reports(folder: Path, summary: Summary) -> None:
    write_file(folder / CSV_NAME, csv_report(summary))
    write_file(folder / HTML_NAME, html_report(summary))
    write_file(folder / ATTENTION_NAME, attention_report(summary))

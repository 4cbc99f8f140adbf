"""Tell what a batch would make, without making it."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from backguide.batch.column_map import ColumnMap
from backguide.batch.executor import Executor, Work
from backguide.batch.inputs import Entry, Plan, plan_batch
from backguide.batch.ledger import today
from backguide.batch.manifest import FAILED, HELD, MADE, QUARANTINED
from backguide.batch.permission import review_note
from backguide.batch.pool import WorkerPool
from backguide.batch.run import BatchOptions
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
from backguide.errors import ExitCode, Problem, ProfileError
from backguide.guidance.built_in import library_at


@dataclass(frozen=True, slots=True)
class Finding:
    """One input that would not end as a guide."""

    id: str
    input: str
    status: str
    reason: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a batch would come to."""

    inputs: int
    passed: int
    held: tuple[Finding, ...]
    failed: tuple[Finding, ...]
    pages: int
    """To print; those of held people are left out."""
    sheets: int
    languages: tuple[tuple[str, int], ...]
    """Language of the pages and how many, most first."""
    review: str = ""
    """What in the content is not reviewed; a batch must be allowed to hand it out."""
    notices: tuple[str, ...] = ()
    samples: int = 0
    """How many pages would be of invented persons."""
    """What changed since the version of the answers, and for how many."""
    passed_over: tuple[tuple[str, int], ...] = ()
    """What in the source is no input: why, and how many."""
    signal: int = 0

    @property
    def exit_code(self) -> int:
        """Return what the process should end with; the same as of the batch."""
        if self.signal:
            return ExitCode.INTERRUPTED if self.signal == 2 else 128 + self.signal
        if self.failed or not self.inputs:
            return ExitCode.BATCH_INCOMPLETE
        return ExitCode.HELD_BACK if self.held else ExitCode.DONE


def forecast_batch(
    source: Path,
    options: BatchOptions,
    *,
    columns: ColumnMap | None = None,
    executor: Executor | None = None,
    besides: Path | None = None,
    with_names: bool = False,
    on_done: Callable[[int, int], None] = lambda done, total: None,
) -> Forecast:
    """Return what a batch would make of a source; writes nothing.

    Args:
        source: A folder of ``*.json``, a ``.jsonl`` file, or a CSV with columns.
        options: What holds for all of them.
        columns: What the columns of a CSV mean.
        executor: Who does the work; by default processes of this computer.
        besides: A folder that is no part of the source: where handouts would go.
        with_names: Tell what the inputs' own names are.
        on_done: Called with how many are looked at, and how many there are.

    Raises:
        ContentError: The content cannot be used.
        LogoError: The logo cannot be used.
        ProfileError: The source cannot be read at all.
    """
    library = library_at(options.templates)
    options.check_logo()
    plan = plan_batch(
        source,
        columns=columns,
        shard=options.shard,
        is_recursive=options.is_recursive,
        besides=besides,
        library=library,
        day=options.issued_on,
    )
    day = options.issued_on or today()
    work = Work(
        begin,
        Settings(options.templates, library.version, None, options.making(day)),
        land,
    )
    results = {e.number: refused(e.problems) for e in plan.entries if e.problems}
    with Stop() as stop:
        outcomes = (executor or WorkerPool()).run(
            _tasks(plan, results), work, is_stopped=lambda: bool(stop.signal)
        )
        for outcome in outcomes:
            result = outcome.value
            if outcome.fault:
                problem = Problem("", outcome.words, "", outcome.fault)
                result = Result(FAILED, outcome.fault, (problem,))
            results[outcome.task.number] = result
            on_done(len(results), len(plan.entries))
    told = _forecast(plan, results, stop.signal)
    if with_names:
        told = _with_names(told, plan.names())
    return replace(
        told,
        review=review_note(library, max(day, today())),
        passed_over=plan.passed_over,
    )


def _with_names(told: Forecast, names: dict[str, str]) -> Forecast:
    def named(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        return tuple(
            replace(f, input=f"{f.input} = {names[f.input]}") for f in findings
        )

    return replace(told, held=named(told.held), failed=named(told.failed))


def _tasks(plan: Plan, results: dict[int, Result]) -> Iterator[Task]:
    for entry in plan.entries:
        if entry.problems:
            continue
        try:
            content = entry.read()
        except ProfileError as error:
            results[entry.number] = refused(error.problems)
            continue
        yield Task(entry.number, entry.id, entry.label, content)


def _forecast(plan: Plan, results: dict[int, Result], signal: int) -> Forecast:
    looked = [(e, results[e.number]) for e in plan.entries if e.number in results]
    passed = [result for _, result in looked if result.status == MADE]
    languages = Counter(r.language for _, r in looked if r.language)
    return Forecast(
        inputs=len(plan.entries),
        passed=len(passed),
        held=tuple(_finding(plan, e, r) for e, r in looked if r.status == HELD),
        failed=tuple(
            _finding(plan, e, r) for e, r in looked if r.status in (FAILED, QUARANTINED)
        ),
        pages=sum(result.pages for result in passed),
        sheets=sum((result.pages + 1) // 2 for result in passed),
        languages=tuple(languages.most_common()),
        notices=notice_lines(
            Counter(n for result in results.values() for n in result.notices)
        ),
        samples=sum(result.is_sample for result in results.values()),
        signal=signal,
    )


def _finding(plan: Plan, entry: Entry, result: Result) -> Finding:
    words = tuple(str(plan.told(problem)) for problem in result.problems)
    return Finding(entry.id, entry.label, result.status, result.reason, words)

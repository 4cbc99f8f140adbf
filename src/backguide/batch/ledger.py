"""Keep the books of one run: what stands, what was made, what no longer holds."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

from backguide.batch.folder import (
    SUPERSEDED_FOLDER,
    files_in,
    is_handout,
    is_page_name,
    page_of,
    page_sha256,
    pdfs_in,
    put_aside,
)
from backguide.batch.inputs import Entry, Plan, natural_key
from backguide.batch.manifest import (
    BEGUN,
    ENDED,
    FAILED,
    HELD,
    QUARANTINED,
    REUSED,
    STOPPED,
    Manifest,
    Row,
    RunRow,
    now,
    stamp,
)
from backguide.batch.print_record import jobs_of, remove_job_litter, take_back_jobs
from backguide.batch.work import HELD_FOLDER, Result, refused
from backguide.errors import BackguideError, OutputError, Problem
from backguide.output import remove_file


class Ledger:
    """The rows of one run, in memory and in the manifest."""

    def __init__(
        self, plan: Plan, folder: Path, manifest: Manifest, *, is_part: bool = False
    ) -> None:
        """Begin with no rows; call ``begin`` before anything else.

        Args:
            plan: The inputs of this run.
            folder: The output folder, which must be locked.
            manifest: That of the folder.
            is_part: The folder is one of several shards in a folder.
        """
        self._plan = plan
        self._folder = folder
        self._manifest = manifest
        self._is_part = is_part
        self._standing: dict[int, Row] = {}
        """By the number of their entry, the rows whose PDF is what we would make."""
        self._people_before: frozenset[str] = frozenset()
        self._before: dict[str, Row] = {}
        """By input, what this run recorded before it was broken off."""
        self._has_begun = False
        self.moved = 0
        """Earlier PDFs that were put aside."""
        self.warnings: list[str] = []
        self.begun = RunRow(0, BEGUN)
        self.rows: dict[int, Row] = {}
        """What became of each entry so far, by its number."""
        self.attention = 0
        self.reused = 0

    def begin(self, wanted: RunRow) -> None:
        """Put aside what no longer holds; begin a run, or go on with a broken one.

        In this order: whenever we are ended, no page in the folder belongs to an
        older truth than the manifest tells of. A run has one day of issue, that of its
        beginning, also past midnight. What is taken up on another day is a run of its
        own; what stands then is kept.

        Args:
            wanted: The row of a new run; its number and its time do not matter.

        Raises:
            OutputError: The manifest cannot be written, or a page not be moved.
        """
        last = self._manifest.newest.run
        is_broken = last.status in (BEGUN, STOPPED)
        goes_on = bool(last.run) and is_broken and _same_aims(last, wanted)
        self.begun = replace(wanted, run=last.run + 1)
        if goes_on:
            self.begun = replace(wanted, run=last.run)
        self._people_before = self._manifest.people
        self._standing = {e.number: r for e, r in self._find_standing()}
        self._take_back_jobs()
        self.put_aside(row.file for row in self._standing.values())
        if not goes_on or last.review != wanted.review:
            self._manifest.append([self.begun])
            self.sync()
        self._has_begun = True
        self._before = {**self._manifest.newest.rows}

    @property
    def issued_on(self) -> date:
        """Return the day of issue, the same for the whole run."""
        return date.fromisoformat(self.begun.issued_on)

    # --- what needs no rendering --------------------------------------------

    def settle(self) -> None:
        """Record the findings of the plan, and what still stands as it is."""
        for entry in self._plan.entries:
            if entry.problems:
                self.record(entry, refused(entry.problems))
                continue
            row = self._standing.get(entry.number)
            if row is not None and self._is_kept(row):
                self._keep(entry, self._again(row, entry))
        self.sync()

    def _find_standing(self) -> Iterator[tuple[Entry, Row]]:
        """Yield every entry whose PDF is there and is what this run would make."""
        run = self.begun
        for entry in self._plan.entries:
            row = self._manifest.latest.get(entry.id.casefold())
            if row is None or entry.problems or not row.has_pdf:
                continue
            expected = (entry.sha256, run.content, run.program, run.options)
            told = (row.input_sha256, row.content, row.program, row.options)
            if row.good_until and row.good_until < run.issued_on:
                continue  # its answers have grown too old since
            path = page_of(self._folder, row)
            if path is None or told != expected:
                continue
            if page_sha256(path) == row.pdf_sha256:
                yield entry, row

    def _is_kept(self, row: Row) -> bool:
        """Tell whether a PDF that stands need not be made again."""
        return not self.begun.is_forced or row.run == self.begun.run

    def _take_back_jobs(self) -> None:
        """Remove what was bound for a printer, unless this run would bind the same."""
        kept = [row for row in self._standing.values() if self._is_kept(row)]
        is_all = len(kept) == sum(not entry.problems for entry in self._plan.entries)
        guides = {row.pdf_sha256 for row in kept if row.status != HELD}
        # The job of a whole batch is recorded above the folders of its parts.
        part = self._manifest.hashes if self._is_part else None
        folder = self._folder.parent if self._is_part else self._folder
        remove_job_litter(folder)
        removed, stuck = take_back_jobs(folder, guides if is_all else None, part)
        if removed:
            self.warnings.append(
                f"{removed} files of an earlier print job no longer hold and were "
                "removed; bind the guides again"
            )
        if stuck:
            self.warnings.append(
                f"Do not print {', '.join(stuck)}: bound from an earlier run that no "
                "longer holds, and it cannot be removed"
            )

    def _again(self, row: Row, entry: Entry) -> Row:
        """Return the row of this run for a PDF that stands."""
        if row.run == self.begun.run:
            return row
        return replace(
            row,
            run=self.begun.run,
            input=entry.label,
            status=HELD if row.status == HELD else REUSED,
            seconds=0.0,
            at=stamp(),
        )

    # --- recording ----------------------------------------------------------

    def record(self, entry: Entry, result: Result) -> None:
        """Write what became of an entry.

        Raises:
            OutputError: The manifest cannot be written.
        """
        problems = [self._plan.told(problem) for problem in result.problems]
        row = Row(
            run=self.begun.run,
            input=entry.label,
            id=entry.id,
            status=result.status,
            reason=result.reason,
            field=problems[0].where if problems else "",
            words=tuple(str(problem) for problem in problems),
            guide_code=result.guide_code,
            flags=result.flags,
            pages=result.pages,
            sections=result.sections,
            content=self.begun.content,
            program=self.begun.program,
            options=self.begun.options,
            issued_on=self.begun.issued_on,
            good_until=result.good_until,
            is_sample=result.is_sample,
            input_sha256=entry.sha256,
            pdf_sha256=result.pdf_sha256,
            file=result.file,
            seconds=result.seconds,
            at=stamp(),
        )
        self._keep(entry, row)

    def record_fault(self, entry: Entry, reason: str, words: str) -> None:
        """Write that the worker of an entry failed."""
        problem = Problem("", words, "", reason)
        self.record(entry, Result(FAILED, reason=reason, problems=(problem,)))

    def _keep(self, entry: Entry, row: Row) -> None:
        before = self._before.get(row.input)
        if before is None or _timeless(before) != _timeless(row):
            self._manifest.append([row])
        self.rows[entry.number] = row
        self.attention += row.status in (HELD, FAILED, QUARANTINED)
        self.reused += row.status == REUSED

    def sync(self) -> None:
        """Return when all rows are safe from a power cut."""
        self._manifest.sync()

    # --- the end ------------------------------------------------------------

    @property
    def is_complete(self) -> bool:
        """Tell whether every entry has its row."""
        return len(self.rows) == len(self._plan.entries)

    def ordered(self) -> list[Row]:
        """Return the rows in the natural order of the inputs."""
        return [self.rows[number] for number in sorted(self.rows)]

    def put_aside(self, kept: Iterable[str]) -> None:
        """Move away every page that is not kept, whatever the manifest knows of it.

        An earlier guide of somebody whose new profile failed, was held back or is no
        longer there must not be printed by mistake.
        """
        names = {*kept}
        for name in pdfs_in(self._folder, ("", HELD_FOLDER)):
            if name not in names and self._is_ours(name):
                self.moved += put_aside(self._folder, name)

    def _is_ours(self, name: str) -> bool:
        """Tell whether a file is a page of a batch, also under another name.

        Without a manifest the bytes alone tell. What was bound for a printer is none.
        """
        path = self._folder / name
        if is_page_name(name):
            return True
        digest = page_sha256(path)
        if digest in self._manifest.hashes:
            return True
        is_job = any(digest in job["files"].values() for job in jobs_of(self._folder))
        return not is_job and is_handout(path)

    def finish(self) -> None:
        """Leave in the folder what the rows vouch for, and check that all adds up.

        Raises:
            BackguideError: Rows, inputs and files do not add up, which is a bug, or
                somebody takes files away.
        """
        wanted = {row.file for row in self.rows.values() if row.has_pdf}
        self.put_aside(wanted)
        self._take_from_aside()
        gone = len(wanted - files_in(self._folder))
        pages = sum(row.has_pdf for row in self.rows.values())
        if not self.is_complete or gone or pages != len(wanted):
            raise BackguideError(
                f"E_TOTALS: {len(self._plan.entries)} inputs, {len(self.rows)} rows, "
                f"{gone} finished pages are not in the folder; run the same command "
                "again, and report this if it comes back"
            )

    def _take_from_aside(self) -> None:
        """Remove from the pages put aside what lies, the very same, in its place."""
        hashes = {
            row.file.rpartition("/")[2]: row.pdf_sha256
            for row in self.rows.values()
            if row.has_pdf
        }
        for name in pdfs_in(self._folder, (SUPERSEDED_FOLDER,)):
            path = self._folder / name
            if path.name in hashes and page_sha256(path) == hashes[path.name]:
                with suppress(OutputError):
                    remove_file(path)

    @property
    def withdrawn(self) -> tuple[str, ...]:
        """Return the ids of the last whole run that no input has any more."""
        now = {entry.id.casefold() for entry in self._plan.entries}
        gone = (id_ for id_ in self._people_before if id_.casefold() not in now)
        return tuple(sorted(gone, key=natural_key))

    def end(self, *, is_whole: bool) -> None:
        """Record that the run is over, or that it must go on another time.

        A run that could not even begin leaves no row: the last one is the truth.
        """
        if not self._has_begun:
            return
        status = ENDED if is_whole else STOPPED
        self._manifest.append([replace(self.begun, status=status, at=stamp())])
        self.sync()


def new_run(
    *,
    inputs: int,
    content: str,
    program: str,
    options: str,
    issued_on: date | None,
    is_forced: bool,
    review: str = "",
    source_sha256: str = "",
    source_inputs: int = 0,
) -> RunRow:
    """Return the row that begins a run now."""
    day = issued_on or today()
    return RunRow(
        run=0,
        status=BEGUN,
        inputs=inputs,
        content=content,
        program=program,
        options=options,
        issued_on=day.isoformat(),
        is_forced=is_forced,
        review=review,
        source_sha256=source_sha256,
        source_inputs=source_inputs,
        at=stamp(),
    )


def today() -> date:
    """Return the day on this computer."""
    return now().date()


def _same_aims(last: RunRow, wanted: RunRow) -> bool:
    """Tell whether two runs would make the same pages of the same inputs."""
    if not last.source_sha256:
        return False  # an older program wrote it, and nobody knows of which inputs
    aims = [
        (
            *(row.content, row.program, row.options, row.is_forced),
            *(row.source_sha256, row.inputs, row.issued_on),
        )
        for row in (last, wanted)
    ]
    return aims[0] == aims[1]


def _timeless(row: Row) -> Row:
    return replace(row, seconds=0.0, at="")

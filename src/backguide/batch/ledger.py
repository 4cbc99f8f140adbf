"""Keep the books of one run: what stands, what was made, what no longer holds."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from backguide.batch.folder import files_in, put_aside
from backguide.batch.inputs import Entry, Plan
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
    stamp,
)
from backguide.batch.work import Result, refused
from backguide.errors import BackguideError, Problem
from backguide.reading import open_file

_BLOCK: Final = 1 << 20


class Ledger:
    """The rows of one run, in memory and in the manifest."""

    def __init__(self, plan: Plan, folder: Path, manifest: Manifest) -> None:
        """Begin with no rows; call ``begin`` before anything else."""
        self._plan = plan
        self._folder = folder
        self._manifest = manifest
        self.begun = RunRow(0, BEGUN)
        self.rows: dict[int, Row] = {}
        """What became of each entry so far, by its number."""
        self.attention = 0
        self.reused = 0

    def begin(self, wanted: RunRow) -> None:
        """Begin a new run, or go on with one that was broken off the same day.

        A run has one day of issue, that of its beginning, also past midnight. What is
        taken up on another day is a run of its own; what stands then is kept.

        Args:
            wanted: The row of a new run; its number and its time do not matter.

        Raises:
            OutputError: The manifest cannot be written.
        """
        last = self._manifest.begun
        is_broken = self._manifest.last_run.status in (BEGUN, STOPPED)
        if last.run and is_broken and _same_aims(last, wanted):
            self.begun = last
            if last.review != wanted.review:
                self.begun = replace(last, review=wanted.review)
                self._manifest.append([self.begun])
        else:
            self.begun = replace(wanted, run=last.run + 1)
            self._manifest.append([self.begun])

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
            row = self._manifest.latest.get(entry.id.casefold())
            if row is not None and self._stands(row, entry):
                self._keep(entry, self._again(row, entry))
        self.sync()

    def _stands(self, row: Row, entry: Entry) -> bool:
        """Tell whether a PDF is there and is what this run would make."""
        run = self.begun
        is_own = row.run == run.run
        if not row.has_pdf or (run.is_forced and not is_own):
            return False
        if row.good_until and row.good_until < run.issued_on:
            return False  # its answers have grown too old since
        expected = (entry.sha256, run.content, run.program, run.options)
        if (row.input_sha256, row.content, row.program, row.options) != expected:
            return False
        return _sha256(self._folder / row.file) == row.pdf_sha256

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
        before = self._manifest.of_run.get(row.input)
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

    def put_superseded_aside(self) -> int:
        """Move away the PDFs that the last rows do not vouch for; return how many.

        An earlier guide of somebody whose new profile failed, or was held back,
        must not be printed by mistake.
        """
        latest = self._manifest.latest
        stale = [
            name
            for name, id_ in self._manifest.files.items()
            if not latest[id_].has_pdf or latest[id_].file != name
        ]
        seen = {row.id.casefold() for row in self.rows.values()}
        for row in self.rows.values():
            # Of a file that cannot be read, only its name tells whose it was.
            id_ = self._manifest.id_of_input.get(row.input, "") if not row.id else ""
            if id_ and id_ not in seen and latest[id_].has_pdf:
                stale.append(latest[id_].file)
        return put_aside(self._folder, stale)

    def check_totals(self) -> None:
        """Compare rows, inputs and files.

        Raises:
            BackguideError: They do not add up, which is a bug, or somebody takes
                files away.
        """
        files = files_in(self._folder)
        gone = sum(r.has_pdf and r.file not in files for r in self.rows.values())
        if not self.is_complete or gone:
            raise BackguideError(
                f"E_TOTALS: {len(self._plan.entries)} inputs, {len(self.rows)} rows, "
                f"{gone} finished pages are not in the folder; run the same command "
                "again, and report this if it comes back"
            )

    def end(self, *, is_whole: bool) -> None:
        """Record that the run is over, or that it must go on another time."""
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
        at=stamp(),
    )


def today() -> date:
    """Return the day on this computer."""
    return datetime.now(UTC).astimezone().date()


def _same_aims(last: RunRow, wanted: RunRow) -> bool:
    """Tell whether two runs would make the same pages of the same profiles."""
    aims = [
        (row.content, row.program, row.options, row.is_forced, row.issued_on)
        for row in (last, wanted)
    ]
    return aims[0] == aims[1]


def _timeless(row: Row) -> Row:
    return replace(row, seconds=0.0, at="")


def _sha256(path: Path) -> str:
    """Return the hash of a file; empty when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with open_file(path) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()

"""How the age of answers meets a batch: past midnight, next week, and much later."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from backguide.batch import ledger as ledger_module
from backguide.batch import print_job as job_module
from backguide.batch import run as run_module
from backguide.batch.forecast import forecast_batch
from backguide.batch.manifest import FAILED, HELD, MADE, REUSED, Row
from backguide.batch.run import BatchReport, run_batch
from backguide.batch.work import HELD_FOLDER
from backguide.errors import ExitCode
from batch.command import main
from batch.factory import OPTIONS, Inline, fill, inputs_of, pdfs_of
from strategies import FIXED_DAY

ONE_DAY = timedelta(days=1)
LIMIT = timedelta(days=14)


class Clock:
    """The calendar on the wall of this computer."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.day = FIXED_DAY
        for module in (ledger_module, run_module, job_module):
            patch.setattr(module, "today", lambda: self.day)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


class Stopping(Inline):
    """Does the real work until it is told of a task; then the power goes."""

    def __init__(self, after: str, clock: Clock | None = None) -> None:
        self._after = after
        self._clock = clock

    def run(self, tasks, work, *, is_stopped):  # type: ignore[no-untyped-def]
        for outcome in super().run(tasks, work, is_stopped=is_stopped):
            yield outcome
            if outcome.task.id == self._after:
                if self._clock is None:
                    raise PowerCut
                self._clock.day += ONE_DAY


class PowerCut(Exception):
    """Nothing more is written."""


def run(
    source: Path, out: Path, executor: object = None, day: date | None = None
) -> BatchReport:
    options = replace(OPTIONS, issued_on=day)
    return run_batch(source, out, options, executor=executor or Inline())  # type: ignore[arg-type]


def rows(report: BatchReport) -> dict[str, Row]:
    return {row.id: row for row in report.summary.rows}


def guides(out: Path) -> set[str]:
    return {name for name in pdfs_of(out) if "/" not in name}


def test_a_batch_that_runs_past_midnight_has_one_day(
    clock: Clock, tmp_path: Path
) -> None:
    """The day of issue is that of the beginning, also on the last day of answers."""
    clock.day = FIXED_DAY + LIMIT
    source = fill(tmp_path / "in", ["p1", "p2", "p3"])
    report = run(source, tmp_path / "out", Stopping("p1", clock))
    assert clock.day == FIXED_DAY + LIMIT + ONE_DAY
    found = rows(report)
    assert {row.status for row in found.values()} == {MADE}
    assert {row.issued_on for row in found.values()} == {"2026-12-07"}
    assert {row.good_until for row in found.values()} == {"2026-12-07"}


def test_what_is_resumed_the_same_day_is_the_same_run(
    clock: Clock, tmp_path: Path
) -> None:
    source, out = fill(tmp_path / "in", ["p1", "p2"]), tmp_path / "out"
    with pytest.raises(PowerCut):
        run(source, out, Stopping("p1"))
    found = rows(run(source, out))
    assert {row.run for row in found.values()} == {1}
    assert {row.status for row in found.values()} == {MADE}


def test_a_batch_resumed_next_week_has_the_day_of_that_week(
    clock: Clock, tmp_path: Path
) -> None:
    """It went on with last week's day: a page of today said it was of last week."""
    source, out = fill(tmp_path / "in", ["p1", "p2"]), tmp_path / "out"
    with pytest.raises(PowerCut):
        run(source, out, Stopping("p1"))
    clock.day = FIXED_DAY + timedelta(days=7)
    found = rows(run(source, out))
    assert found["p1"].status == REUSED
    assert found["p1"].issued_on == FIXED_DAY.isoformat()
    assert found["p2"].status == MADE
    assert found["p2"].issued_on == clock.day.isoformat()
    assert len(guides(out)) == 2


def test_a_day_that_was_given_lets_the_run_go_on(clock: Clock, tmp_path: Path) -> None:
    source, out = fill(tmp_path / "in", ["p1", "p2"]), tmp_path / "out"
    with pytest.raises(PowerCut):
        run(source, out, Stopping("p1"), FIXED_DAY)
    clock.day = FIXED_DAY + timedelta(days=40)
    found = rows(run(source, out, day=FIXED_DAY))
    assert {row.run for row in found.values()} == {1}
    assert {row.issued_on for row in found.values()} == {FIXED_DAY.isoformat()}


@pytest.mark.parametrize("is_broken", [True, False])
def test_answers_that_grew_too_old_since_are_asked_again(
    clock: Clock, tmp_path: Path, is_broken: bool
) -> None:
    """After three weeks the old guides counted as unchanged and were printed again."""
    source, out = fill(tmp_path / "in", ["p1", "p2"]), tmp_path / "out"
    if is_broken:
        with pytest.raises(PowerCut):
            run(source, out, Stopping("p1"))
    else:
        run(source, out)
    assert guides(out)
    clock.day = FIXED_DAY + LIMIT
    assert {row.status for row in rows(run(source, out)).values()} <= {MADE, REUSED}
    clock.day += ONE_DAY
    report = run(source, out)
    assert report.exit_code == ExitCode.HELD_BACK
    found = rows(report)
    assert {(row.status, row.reason) for row in found.values()} == {
        (HELD, "UNANSWERED")
    }
    assert guides(out) == set()
    assert all(row.file.startswith(f"{HELD_FOLDER}/") for row in found.values())
    assert any("safety answers count for 14 days" in w for w in report.summary.warnings)


def test_a_visit_that_has_passed_since_makes_the_guide_again(
    clock: Clock, tmp_path: Path
) -> None:
    visit = FIXED_DAY + ONE_DAY
    source = fill(
        tmp_path / "in",
        ["p1"],
        **{"running.goal_race_date": visit.isoformat()},
    )
    out = tmp_path / "out"
    assert rows(run(source, out))["p1"].good_until == visit.isoformat()
    clock.day = visit
    assert rows(run(source, out))["p1"].status == REUSED
    clock.day = visit + ONE_DAY
    assert rows(run(source, out))["p1"].status == MADE
    assert len(guides(out)) == 1


def test_answers_of_a_later_day_fail_their_row_alone(
    clock: Clock, tmp_path: Path
) -> None:
    source = fill(tmp_path / "in", ["p1"])
    fill(source, ["p2"], created_date=(FIXED_DAY + ONE_DAY).isoformat())
    report = run(source, tmp_path / "out")
    found = rows(report)
    assert found["p1"].status == MADE
    assert (found["p2"].status, found["p2"].reason) == (FAILED, "E_DATE_AHEAD")
    assert found["p2"].field == "created_date"


def test_an_old_page_is_reprinted_with_its_day(clock: Clock, tmp_path: Path) -> None:
    """A page that was right when it was made is given again, and its day is told."""
    source, out = fill(tmp_path / "in", ["p1"]), tmp_path / "out"
    row = rows(run(source, out))["p1"]
    whole = pdfs_of(out)[row.file]
    for later, is_old in ((0, False), (14, False), (15, True)):
        clock.day = FIXED_DAY + timedelta(days=later)
        target = tmp_path / f"{later}.pdf"
        words = ["reprint", row.guide_code, "--in", str(out), "-o", str(target)]
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, result.stderr
        assert target.read_bytes() == whole
        assert "This page is of 2026-11-23." in result.stderr
        assert ("ask the safety questions again" in result.stderr) == is_old


def test_a_print_job_of_long_ago_says_what_no_longer_counts(
    clock: Clock, tmp_path: Path
) -> None:
    """Guides of last month went to the printer without a word."""
    source, out = fill(tmp_path / "in", ["p1", "p2"]), tmp_path / "out"
    fill(source, ["s1"], sample=True)
    run(source, out)
    for later, words in ((14, ""), (15, "2 of them rest on answers")):
        clock.day = FIXED_DAY + timedelta(days=later)
        target = tmp_path / f"{later}.pdf"
        result = CliRunner().invoke(main, ["print-job", str(out), "-o", str(target)])
        assert result.exit_code == 0, result.stderr
        assert "3 guides" in result.stderr
        assert ("no longer count" in result.stderr) == bool(words)
        assert words in result.stderr


def test_samples_are_made_marked_and_counted(clock: Clock, tmp_path: Path) -> None:
    """Samples went through a batch like people, and nothing told of them."""
    source, out = fill(tmp_path / "in", ["p1"]), tmp_path / "out"
    fill(source, ["s1", "s2"], sample=True)
    clock.day = FIXED_DAY + ONE_DAY
    report = run(source, out)
    assert report.exit_code == 0
    assert report.summary.samples == 2
    line = "2 pages are of invented persons (samples), and say so."
    for name in ("run.html", "needs-attention.txt"):
        assert line in (out / name).read_text("utf-8")
    table = csv.DictReader(io.StringIO((out / "run.csv").read_text("utf-8-sig")))
    assert {r["id"]: r["is_sample"] for r in table} == {
        "p1": "False", "s1": "True", "s2": "True",
    }  # fmt: skip
    clock.day = date(2028, 3, 1)
    again = rows(run(source, out))
    assert {again[i].status for i in ("s1", "s2")} == {REUSED}
    assert again["p1"].status == HELD
    assert {r.is_sample for r in inputs_of(out) if r.id.startswith("s")} == {True}


def test_a_forecast_counts_samples_too(clock: Clock, tmp_path: Path) -> None:
    source = fill(tmp_path / "in", ["s1"], sample=True)
    told = forecast_batch(source, OPTIONS, executor=Inline())  # type: ignore[arg-type]
    assert (told.passed, told.samples) == (1, 1)

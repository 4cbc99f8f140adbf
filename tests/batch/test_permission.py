"""A batch hands out reviewed content only, unless somebody allows it by name."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from backguide.batch import run as run_module
from backguide.batch.manifest import RunRow
from backguide.batch.permission import ContentNotReviewed
from backguide.batch.run import BatchReport, run_batch
from backguide.errors import ExitCode
from backguide.resources import templates_root
from batch.command import main
from batch.factory import OPTIONS, Inline, Scribe, fill, pdfs_of, rows_of

REVIEWED = 'reviewed_by = "A. Test"\nreviewed_on = 2026-12-31'
STRICT = replace(OPTIONS, is_unreviewed_allowed=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return fill(tmp_path / "in", ["p1", "p2"])


@pytest.fixture
def reviewed(tmp_path: Path) -> Path:
    """Content of which every file names a reviewer."""
    folder = tmp_path / "content"
    shutil.copytree(Path(str(templates_root())), folder)
    for path in folder.rglob("*"):
        if path.suffix in (".md", ".toml"):
            text = path.read_text("utf-8")
            path.write_text(text.replace('reviewed_by = ""', REVIEWED), "utf-8")
    return folder


def run(source: Path, out: Path, options: object) -> BatchReport:
    return run_batch(source, out, options, executor=Scribe())  # type: ignore[arg-type]


def runs_of(out: Path) -> list[RunRow]:
    return [row for row in rows_of(out) if isinstance(row, RunRow)]


def test_unreviewed_content_is_refused_before_anything_is_made(
    source: Path, tmp_path: Path
) -> None:
    with pytest.raises(ContentNotReviewed) as caught:
        run(source, tmp_path / "out", STRICT)
    assert caught.value.exit_code == ExitCode.CONTENT_INVALID
    told = str(caught.value)
    for words in ("not reviewed by a clinician", "--allow-unreviewed", "reviewed_on"):
        assert words in told
    assert not (tmp_path / "out").exists()


def test_the_command_line_says_what_to_do(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(main, ["batch", str(source), "-o", str(out)])
    assert result.exit_code == ExitCode.CONTENT_INVALID
    assert "add --allow-unreviewed" in result.stderr
    assert not out.exists()


def test_who_allowed_it_is_recorded_and_said(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = run(source, out, OPTIONS)
    assert report.exit_code == 0
    assert all("not reviewed" in row.review for row in runs_of(out))
    assert "--allow-unreviewed was given" in (out / "run.html").read_text()


def test_reviewed_content_needs_no_leave(
    source: Path, reviewed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    report = run(source, out, replace(STRICT, templates=reviewed))
    assert (report.exit_code, report.summary.warnings) == (0, ())
    assert [row.review for row in runs_of(out)] == ["", ""]


def test_a_text_changed_after_its_review_is_refused(
    source: Path, reviewed: Path, tmp_path: Path
) -> None:
    plan = reviewed / "plan.toml"
    text = plan.read_text("utf-8").replace("2026-12-31", "2020-01-01")
    plan.write_text(text, "utf-8")
    with pytest.raises(ContentNotReviewed, match=r"1 file is not .*plan\.toml"):
        run(source, tmp_path / "out", replace(STRICT, templates=reviewed))


def test_an_overdue_review_is_refused(
    source: Path, reviewed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "today", lambda: date(2040, 1, 1))
    options = replace(STRICT, templates=reviewed)
    # A day of issue in the past makes no review younger.
    with pytest.raises(ContentNotReviewed, match="overdue for their next review"):
        run(source, tmp_path / "out", options)
    allowed = replace(options, is_unreviewed_allowed=True)
    assert run(source, tmp_path / "out", allowed).exit_code == 0


def test_a_forecast_says_it_and_refuses_nothing(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backguide.batch.pool.WorkerPool", lambda *_: Inline())
    result = CliRunner().invoke(main, ["batch", str(source), "--check"])
    assert result.exit_code == 0, result.stderr
    assert "not reviewed by a clinician" in result.stdout
    assert "add --allow-unreviewed" in result.stdout
    assert not pdfs_of(tmp_path)

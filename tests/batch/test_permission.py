"""Unreviewed content is told wherever it goes; a clinic can refuse it."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
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
from pdf_reader.readback import read_back

REVIEWED = 'reviewed_by = "A. Test"\nreviewed_on = 2026-12-31'
STRICT = replace(OPTIONS, requires_review=True)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    # Some runs take place today, so these are answers of today.
    day = datetime.now(UTC).astimezone().date()
    return fill(tmp_path / "in", ["p1", "p2"], created_date=day.isoformat())


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


def test_the_batch_of_the_readme_works_and_tells_what_is_not_reviewed(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``batch profiles/ -o handouts/``, word for word, ended with 4 and no page."""
    monkeypatch.setattr("backguide.batch.pool.WorkerPool", lambda *_: Inline())
    out = tmp_path / "out"
    result = CliRunner().invoke(main, ["batch", str(source), "-o", str(out)])
    assert result.exit_code == 0, result.stderr
    assert "not reviewed by a clinician" in result.stderr
    assert all("not reviewed" in row.review for row in runs_of(out))
    for name in ("run.html", "needs-attention.txt"):
        text = (out / name).read_text()
        # At the head: before any number and before any person.
        assert "not reviewed by a clinician" in text.split("profiles in all")[0]
    for content in pdfs_of(out).values():
        bound = read_back(content)
        said = " ".join(text for _, text in bound.spoken())
        assert "No clinician has reviewed these texts yet" in said
        for page in range(1, bound.page_count + 1):
            foot = " ".join(bound.artifact_texts(page, "Footer"))
            assert "No clinician has checked it" in foot


def test_a_leave_that_is_no_longer_needed_changes_nothing(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backguide.batch.pool.WorkerPool", lambda *_: Inline())
    words = ["batch", str(source), "-o", str(tmp_path / "out"), "--allow-unreviewed"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0
    assert "no longer needed" in result.stderr
    result = CliRunner().invoke(main, [*words, "--require-reviewed"])
    assert result.exit_code == ExitCode.CONTENT_INVALID


def test_the_clinic_file_can_refuse_it_for_every_batch(
    source: Path, tmp_path: Path
) -> None:
    file = tmp_path / "clinic.toml"
    file.write_text("require_reviewed = true\n")
    out = tmp_path / "out"
    words = ["batch", str(source), "-o", str(out), "--clinic", str(file)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == ExitCode.CONTENT_INVALID
    assert not out.exists()
    file.write_text('require_reviewed = "yes"\n')
    result = CliRunner().invoke(main, words)
    assert result.exit_code == ExitCode.USAGE
    assert "require_reviewed" in result.stderr


def test_unreviewed_content_is_refused_before_anything_is_made(
    source: Path, tmp_path: Path
) -> None:
    with pytest.raises(ContentNotReviewed) as caught:
        run(source, tmp_path / "out", STRICT)
    assert caught.value.exit_code == ExitCode.CONTENT_INVALID
    told = str(caught.value)
    for words in ("not reviewed by a clinician", "--require-reviewed", "reviewed_on"):
        assert words in told
    assert not (tmp_path / "out").exists()


def test_the_command_line_says_what_to_do(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["batch", str(source), "-o", str(out), "--require-reviewed"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == ExitCode.CONTENT_INVALID
    assert "take the requirement away" in result.stderr
    assert not out.exists()


def test_reviewed_content_is_told_nowhere(
    source: Path, reviewed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    report = run(source, out, replace(STRICT, templates=reviewed))
    assert (report.exit_code, report.summary.warnings) == (0, ())
    assert "reviewed" not in (out / "run.html").read_text()
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
    allowed = replace(options, requires_review=False)
    assert run(source, tmp_path / "out", allowed).exit_code == 0


def test_a_forecast_says_it_and_refuses_nothing(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backguide.batch.pool.WorkerPool", lambda *_: Inline())
    result = CliRunner().invoke(main, ["batch", str(source), "--check"])
    assert result.exit_code == 0, result.stderr
    assert "not reviewed by a clinician" in result.stdout
    assert "each handout will say so" in result.stdout
    assert not pdfs_of(tmp_path)

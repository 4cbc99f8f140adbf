"""Filled question sheets among the profiles of a folder."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from backguide.batch.inputs import plan_batch
from backguide.cli import main
from backguide.errors import ExitCode
from intake.filling import filled
from intake.sheets import ISSUED_ON, library, sheet
from intake.test_cli_sheet import whole
from intake.test_traps import flattened

ROOT = Path(__file__).parents[2]


def test_sheets_are_inputs_and_other_files_are_told(tmp_path: Path) -> None:
    sample = (ROOT / "profiles" / "desk-worker.json").read_bytes()
    (tmp_path / "a.json").write_bytes(sample)
    content = filled(whole())
    (tmp_path / "b.pdf").write_bytes(content)
    (tmp_path / "c.PDF").write_bytes(filled({"red_flags.saddle_numb": "yes"}))
    (tmp_path / "d.pdf").write_bytes(filled({**whole(), "person.age_years": "x"}))
    (tmp_path / "e.pdf").write_bytes(sheet().pdf)
    (tmp_path / "f.pdf").write_bytes(flattened(content))
    (tmp_path / "g.pdf").write_bytes(b"%PDF-1.7 broken")
    plan = plan_batch(tmp_path, library=library(), day=ISSUED_ON)
    codes = {
        entry.name: [problem.code for problem in entry.problems]
        for entry in plan.entries
    }
    assert codes == {
        "a.json": [],
        "b.pdf": [],
        "c.PDF": [],
        "d.pdf": ["E_NOT_UNDERSTOOD"],
        "e.pdf": ["E_EMPTY"],
        "g.pdf": ["E_NOT_A_PDF"],
    }
    assert dict(plan.passed_over) == {
        ".pdf files without fields (printed or scanned?)": 1
    }
    problem = next(e for e in plan.entries if e.name == "d.pdf").problems[0]
    assert "Page 4, question 15" in str(problem)


def test_a_batch_makes_a_guide_of_a_sheet(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "x.pdf").write_bytes(filled(whole()))
    arguments = ["batch", str(folder), "-o", str(out), "--clinic", "none"]
    found = CliRunner().invoke(main, arguments)
    assert found.exit_code in (0, 5), found.stderr
    assert len(list(out.rglob("*.pdf"))) == 1


@pytest.mark.parametrize(
    "command",
    [("batch", "--check"), ("batch", "-o", "out"), ("make", "-o", "x.pdf")],
    ids=str,
)
def test_a_sheet_that_stops_at_a_sign_is_of_the_day_of_issue(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may say no day; a guide of a day before today is then not older than it."""
    monkeypatch.chdir(tmp_path)
    sign = filled({"red_flags.saddle_numb": "yes"})
    Path("in").mkdir()
    Path("in/sign.pdf").write_bytes(sign)
    source = "in" if command[0] == "batch" else "in/sign.pdf"
    name, *options = command
    day = (date.today() - timedelta(days=3)).isoformat()  # noqa: DTZ011
    told = CliRunner().invoke(
        main, [name, source, *options, "--issued-on", day, "--clinic", "none"]
    )
    assert told.exit_code == ExitCode.HELD_BACK, told.stderr

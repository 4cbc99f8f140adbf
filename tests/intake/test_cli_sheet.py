"""make and check take a filled sheet as they take a profile."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from backguide.cli import main
from backguide.intake.fields import DATE_PARTS, plan_of
from backguide.output import Kind, is_ours
from intake.filling import filled, marks_of
from intake.sheets import VARIANTS, sheet
from intake.test_answers import people


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def whole() -> dict[str, str]:
    (answers,) = people(1, is_full=False)
    marks = marks_of(plan_of(VARIANTS["a4"][0]), answers)
    today = date.today()  # noqa: DTZ011
    day = (today.day, today.month, today.year)
    names = [f"created_date.{part}" for part in DATE_PARTS]
    return marks | {n: str(v) for n, v in zip(names, day, strict=True)}


@pytest.fixture
def answered(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(filled(whole()))
    return path


def test_check_and_make_read_a_sheet(answered: Path, tmp_path: Path) -> None:
    found = run("check", "--clinic", "none", answered)
    assert found.exit_code == 0, found.stderr
    assert "sheet.pdf: valid" in found.stderr
    made = run("make", answered, "-o", tmp_path / "guide.pdf", "--clinic", "none")
    assert made.exit_code in (0, 5), made.stderr
    assert (tmp_path / "guide.pdf").read_bytes().startswith(b"%PDF")


def test_a_sheet_comes_through_standard_input(answered: Path, tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "backguide", "make", "-", "-o", tmp_path / "g.pdf"],
        input=answered.read_bytes(), capture_output=True, check=False,
    )  # fmt: skip
    assert found.returncode in (0, 5), found.stderr
    assert (tmp_path / "g.pdf").is_file()


def test_a_sheet_is_not_written_over(answered: Path) -> None:
    before = answered.read_bytes()
    found = run("make", answered, "-o", answered, "--clinic", "none")
    assert found.exit_code == 6
    assert answered.read_bytes() == before


def test_who_stopped_at_a_sign_is_held_back(tmp_path: Path) -> None:
    path = tmp_path / "s.pdf"
    path.write_bytes(filled({"red_flags.saddle_numb": "yes"}))
    found = run("make", path, "-o", tmp_path / "g.pdf", "--clinic", "none")
    assert found.exit_code == 5, found.stderr
    assert "EMERGENCY" in found.stderr


def test_findings_name_page_and_question_and_no_text_of_the_sheet(
    tmp_path: Path,
) -> None:
    path = tmp_path / "s.pdf"
    path.write_bytes(filled({**whole(), "person.age_years": "Jane Doe"}))
    found = run("check", path, "--clinic", "none")
    assert found.exit_code == 3
    assert 'Page 4, question 15, "How old are you?" (person.age_years)' in found.stderr
    assert "Jane" not in found.stderr
    told = json.loads(run("check", path, "--clinic", "none", "--json").stdout)
    assert told[0]["problems"][0]["field"] == "person.age_years"


def test_a_blank_sheet_and_a_guide_are_no_answers(
    answered: Path, tmp_path: Path
) -> None:
    path = tmp_path / "blank.pdf"
    path.write_bytes(sheet().pdf)
    found = run("make", path, "-o", tmp_path / "g.pdf")
    assert found.exit_code == 3
    assert "nothing is filled in" in found.stderr
    run("make", answered, "-o", tmp_path / "guide.pdf", "--clinic", "none")
    found = run("check", tmp_path / "guide.pdf", "--clinic", "none")
    assert found.exit_code == 3
    assert "no fields to read" in found.stderr


@pytest.mark.parametrize("is_filled", [False, True])
def test_no_command_takes_a_sheet_for_a_guide_of_its_own(is_filled: bool) -> None:
    """A program that rewrites the file whole must not make it look like a guide."""
    content = filled(whole()) if is_filled else sheet().pdf
    assert not is_ours(content, Kind.PDF)

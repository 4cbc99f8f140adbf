"""From nothing to a guide at home, and what a sample may and may not pass for."""

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pypdf import PdfReader

from backguide.cli import main
from backguide.errors import ExitCode
from backguide.guidance.library import Library
from backguide.making import Options, make_handout
from backguide.profile.load import load_profile
from strategies import FIXED_DAY, minimal_profile

ROOT = Path(__file__).parents[1]
SAMPLES = sorted((ROOT / "profiles").glob("*.json"))
DESK = ROOT / "profiles" / "desk-worker.json"
LATER = date(2028, 3, 1)
"""More than a year after every review of the content is due."""
MARK = "Sample. This person is invented."


def run(*arguments: object, **more: Any) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], **more)


def squeezed(text: str) -> str:
    return " ".join(text.split())


# --- the blank profile ----------------------------------------------------------


def test_from_a_blank_profile_to_a_guide(tmp_path: Path) -> None:
    """The way home began with a copy of an invented person's answers."""
    target = tmp_path / "my-answers.json"
    made = run("new", "-o", target, "--locale", "en-GB", "--units", "metric")
    assert made.exit_code == 0
    assert "backguide check" in made.stderr
    first = run("check", target)
    assert first.exit_code == ExitCode.PROFILE_INVALID
    places = ("You (person)", "Your pain now (symptoms)", "Your running (running)")
    found = [first.stderr.index(place) for place in places]
    assert found == sorted(found)
    assert "person.age_years" in first.stderr

    data = json.loads(target.read_text("utf-8"))
    data["person"]["age_years"] = 40
    data["symptoms"]["has_back_pain"] = "never"
    data["running"]["runner_status"] = "non_runner_wants_to"
    target.write_text(json.dumps(data), "utf-8")
    second = run("check", target)
    assert second.exit_code == 0
    assert "safety questions are open" in second.stderr
    guide = tmp_path / "guide.pdf"
    assert run("make", target, "-o", guide).exit_code == ExitCode.HELD_BACK

    for name in minimal_profile()["red_flags"]:
        data["red_flags"][name] = "no"
    target.write_text(json.dumps(data), "utf-8")
    assert "open" not in run("check", target).stderr.replace(str(target), "")
    assert run("make", target, "-o", guide).exit_code == 0
    assert "--issued-on" not in str(guide)


def test_a_blank_profile_never_goes_over_answers(tmp_path: Path) -> None:
    target = tmp_path / "my-answers.json"
    target.write_text("mine", "utf-8")
    assert run("new", "-o", target).exit_code == ExitCode.OUTPUT_FAILED
    assert target.read_text("utf-8") == "mine"
    assert run("new", "-o", target, "--force").exit_code == 0
    blank = target.read_bytes()
    assert run("new", "-o", target).exit_code == ExitCode.OUTPUT_FAILED
    assert target.read_bytes() == blank


@pytest.mark.parametrize("mode", ["self", "clinic"])
def test_a_blank_profile_on_standard_output(mode: str) -> None:
    result = run("new", "-o", "-", "--mode", mode)
    data = json.loads(result.stdout)
    assert (data["mode"], data["locale"]) == (mode, None)
    assert ("clinic" in data) == (mode == "clinic")


# --- samples --------------------------------------------------------------------


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_every_page_of_a_sample_says_that_its_person_is_invented(
    path: Path, library: Library
) -> None:
    """A sample's page passed as that of a person."""
    options = Options(FIXED_DAY, "test", approved_by="Approver Z")
    made = make_handout(load_profile(path), library, options)
    reader = PdfReader(io.BytesIO(made.pdf))
    for page in reader.pages:
        text = squeezed(page.extract_text())
        assert MARK in text
        assert "Approver Z" not in text
    assert "A sample: this person is invented." in " ".join(made.handout.opening)
    assert "A sample: this person is invented." in squeezed(
        reader.pages[0].extract_text()
    )
    assert reader.metadata is not None
    assert str(reader.metadata.title).startswith(MARK)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_a_sample_makes_the_same_guide_years_later(
    path: Path, library: Library
) -> None:
    """README's first command must work next year, when reviews are overdue too."""
    profile = load_profile(path)
    now, later = (
        make_handout(profile, library, Options(day, "test"), is_drawn=False)
        for day in (FIXED_DAY, LATER)
    )
    assert later.selection.triage == now.selection.triage
    assert [p.exercise.id for p in later.selection.picks if p.is_chosen] == [
        p.exercise.id for p in now.selection.picks if p.is_chosen
    ]
    ids = [
        [(d.section.id, d.reason) for d in made.selection.included()]
        for made in (now, later)
    ]
    assert ids[0] == ids[1]
    # The line that reviews are due takes room, so what may fall out may differ.
    must = [
        {s.id for s in made.handout.sections if s.priority == 1}
        for made in (now, later)
    ]
    assert must[0] == must[1]
    assert later.pages == now.pages
    assert later.notices == now.notices
    assert library.words["about.overdue"] in later.handout.opening
    assert library.words["about.overdue"] not in now.handout.opening


def test_readmes_first_command_works_years_later(tmp_path: Path) -> None:
    texts = []
    for day in (FIXED_DAY, LATER):
        target = tmp_path / f"{day}.pdf"
        result = run("make", DESK, "-o", target, "--issued-on", day)
        assert result.exit_code == 0, result.stderr
        assert "This is a sample: its person is invented" in result.stderr
        texts.append(len(PdfReader(target).pages))
    assert texts[0] == texts[1] == 4


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
@pytest.mark.parametrize("value", [None, False])
def test_a_copy_without_the_mark_is_judged_like_any(
    path: Path, value: object, library: Library, tmp_path: Path
) -> None:
    """Three changed lines made a sample's safety answers those of a person."""
    data = json.loads(path.read_text("utf-8"))
    data["sample"] = value
    copy = tmp_path / "copy.json"
    copy.write_text(json.dumps(data), "utf-8")
    made = make_handout(
        load_profile(copy), library, Options(LATER, "t"), is_drawn=False
    )
    assert made.selection.triage.is_held_back
    assert not made.is_sample
    assert "sample" not in " ".join(made.handout.opening).lower()
    assert made.handout.furniture.state_line != MARK


def test_check_says_what_to_do_with_a_sample() -> None:
    result = run("check", DESK)
    assert result.exit_code == 0
    assert "its person is invented" in result.stderr
    assert "backguide new -o my-answers.json" in result.stderr
    (record,) = json.loads(run("check", "--json", DESK).stdout)
    assert record["sample"] is True


def test_everybody_reads_that_a_review_is_overdue(library: Library) -> None:
    """On each kind of page, the emergency page too, and nobody is refused for it."""
    for level, flag in (
        ("EMERGENCY", "saddle_numb"), ("URGENT", "foot_drop"), ("ROUTINE", ""),
        ("UNANSWERED", "chest_pain"), ("SOON", "leg_weakness_mild"),
    ):  # fmt: skip
        value = None if level == "UNANSWERED" else "yes"
        facts = {f"red_flags.{flag}": value} if flag else {}
        raw = minimal_profile(created_date=LATER.isoformat(), **facts)
        from backguide.profile.load import profile_from_bytes
        from strategies import as_bytes

        made = make_handout(
            profile_from_bytes(as_bytes(raw), "x"), library, Options(LATER, "t")
        )
        assert made.handout.level == level
        page = squeezed(PdfReader(io.BytesIO(made.pdf)).pages[0].extract_text())
        assert library.words["about.overdue"] in page

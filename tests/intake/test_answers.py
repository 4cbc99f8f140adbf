"""What is filled in comes back: the same guide as from the same answers in a file."""

import json
from datetime import date
from typing import Any

import pytest

from backguide.errors import ProfileError
from backguide.guidance.select import select
from backguide.intake.answers import profile_of_sheet
from backguide.intake.fields import plan_of
from backguide.interview.engine import Interview
from backguide.profile.load import profile_from_bytes
from intake.filling import WHEN, filled, filled_in_viewer, marks_of
from intake.sheets import VARIANTS, library, sheet
from interview_people import person

TODAY = date(WHEN[2], WHEN[1], WHEN[0])


def read(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        profile_of_sheet(content, "sheet.pdf", library(), TODAY)
    )
    return found


def people(count: int, *, is_full: bool) -> list[dict[str, Any]]:
    """Return people whose answers make a whole profile, as a sheet can hold them."""
    found = []
    for seed in range(400):
        answers = _on_sheet(person(seed), is_full=is_full)
        interview = Interview(library(), mode="self", day=TODAY)
        try:
            profile_from_bytes(interview.content(answers), "p")
        except ProfileError:
            continue
        found.append(answers)
        if len(found) == count:
            break
    return found


def _on_sheet(answers: dict[str, Any], *, is_full: bool) -> dict[str, Any]:
    plan = plan_of(VARIANTS["full" if is_full else "a4"][0])
    kept = {p: v for p, v in answers.items() if p in plan.question_of and v is not None}
    if not is_full and "abilities.cannot_do" in kept:
        kept["abilities.cannot_do"] = [
            c for c in kept["abilities.cannot_do"] if not c[0].isupper()
        ]
    for path, value in kept.items():
        none = plan.question_of[path].none
        if value == [] and none is None:  # "nothing so far" is a choice there
            kept[path] = ["none" if path.endswith("recent_changes") else "nothing"]
        if isinstance(value, list) and {"none", "nothing"} & set(value):
            kept[path] = [v for v in value if v in ("none", "nothing")]
    return kept


def expected(answers: dict[str, Any]) -> dict[str, Any]:
    interview = Interview(library(), mode="self", day=TODAY)
    found: dict[str, Any] = json.loads(interview.content(answers))
    return found


def sorted_lists(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: sorted_lists(value) for key, value in node.items()}
    if isinstance(node, list) and all(isinstance(item, str) for item in node):
        return sorted(node)
    return node


@pytest.mark.parametrize("is_full", [False, True], ids=["standard", "full"])
def test_a_sheet_decides_as_the_same_answers_in_a_file(is_full: bool) -> None:
    name = "full" if is_full else "a4"
    plan = plan_of(VARIANTS[name][0])
    found = people(12, is_full=is_full)
    assert len(found) == 12
    for number, answers in enumerate(found):
        marks = marks_of(plan, answers, with_none=bool(number % 2))
        back = read(filled(marks, name))
        want = expected(answers)
        assert sorted_lists(back) == sorted_lists(want)
        one = profile_from_bytes(json.dumps(back).encode(), "one")
        two = profile_from_bytes(json.dumps(want).encode(), "two")
        assert select(one.facts, library()) == select(two.facts, library())


def test_a_viewer_of_the_pdfium_family_fills_it_in() -> None:
    plan = plan_of(VARIANTS["a4"][0])
    for answers in people(2, is_full=False):
        marks = marks_of(plan, answers)
        assert sorted_lists(read(filled_in_viewer(marks))) == sorted_lists(
            expected(answers)
        )


def test_what_is_settled_on_the_sheet_needs_no_answer() -> None:
    plan = plan_of(VARIANTS["a4-gb"][0])
    (answers,) = people(1, is_full=False)
    marks = marks_of(plan, answers)
    back = read(filled(marks, "a4-gb"))
    assert back["locale"] == "en-GB"
    assert back["units_distance"] == "mi"
    assert back["units_body"] == "imperial"


def test_amounts_are_read_as_people_type_them() -> None:
    (answers,) = [a for a in people(12, is_full=False)
                  if a.get("running.runner_status") == "current"][:1]  # fmt: skip
    plan = plan_of(VARIANTS["a4"][0])
    marks = marks_of(plan, answers)
    marks |= {
        "running.weekly_distance_km": "12 mi",
        "running.longest_run_30d_km": "8,5 km",
        "person.weight_kg": "11 st 4",
        "person.height_cm": "5'10\"",
    }
    back = read(filled(marks))
    assert back["running"]["weekly_distance_km"] == pytest.approx(19.31, abs=0.01)
    assert back["running"]["longest_run_30d_km"] == 8.5
    assert back["person"]["weight_kg"] == pytest.approx(71.7, abs=0.05)
    assert back["person"]["height_cm"] == pytest.approx(177.8, abs=0.3)


def test_who_stops_at_a_sign_gets_the_page_that_calls_for_help() -> None:
    back = read(filled({"red_flags.saddle_numb": "yes"}, "a4-gb"))
    assert back["ended_early"] is True
    assert back["red_flags"]["saddle_numb"] == "yes"
    assert back["red_flags"]["bladder_change"] is None
    assert back["created_date"] == TODAY.isoformat()


def test_nothing_that_is_left_empty_is_a_no() -> None:
    """For each field alone: untouched, it is in no way in the profile."""
    plan = plan_of(VARIANTS["a4-gb"][0])
    (answers,) = people(1, is_full=False)
    marks = marks_of(plan, answers, with_none=False)
    for name in ("red_flags.bladder_change", "diagnoses.osteoporosis"):
        fewer = {key: value for key, value in marks.items() if key != name}
        assert name in marks
        group, _, field = name.partition(".")
        assert read(filled(fewer, "a4-gb")).get(group, {}).get(field) is None


def test_the_reader_is_not_loaded_for_a_profile_in_json() -> None:
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from backguide.cli import main\n"
        "r = CliRunner().invoke(main, ['make', 'profiles/desk-worker.json', '-o', "
        "sys.argv[1]])\n"
        "assert r.exit_code == 0, r.output\n"
        "print([m for m in sys.modules if m.startswith('backguide.intake')])\n"
    )
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        found = subprocess.run(
            [sys.executable, "-c", code, f"{folder}/g.pdf"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert found.stdout.strip() == "[]"


def test_a_blank_sheet_says_that_nothing_is_filled_in() -> None:
    with pytest.raises(ProfileError, match="nothing is filled in"):
        read(sheet().pdf)

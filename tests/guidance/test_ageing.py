"""Answers count on the day of issue: the test of every date that a profile holds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from backguide.errors import ProfileError
from backguide.guidance.ageing import CLEARED_ON, TO_COME, on_day
from backguide.guidance.library import Library
from backguide.guidance.select import Selection, select
from backguide.guidance.triage import OUTPUT_STATES, Level, Triage
from backguide.making import Made, Options, make_handout
from backguide.profile.facts import COUNTED_WEEKS, facts_of, known_facts
from backguide.profile.load import Profile, load_profile, profile_from_bytes
from strategies import FIXED_DAY, as_bytes, in_clinic, minimal_profile

TESTS = Path(__file__).parents[1]
FOLDERS = (TESTS.parent / "profiles", TESTS / "data" / "personas")
PERSONAS = {p.stem: p for folder in FOLDERS for p in sorted(folder.glob("*.json"))}
ONE_DAY = timedelta(days=1)
LIMITS = {"self": timedelta(days=14), "clinic": timedelta(days=90)}
BACK_DATES = ("created_date", "symptoms.onset_date", "diagnoses.surgery_date")
PAST, FUTURE = date(2020, 5, 1), date(2027, 5, 1)


def profile(raw: dict[str, Any]) -> Profile:
    return profile_from_bytes(as_bytes(raw), "test")


def minimal(**facts: Any) -> Profile:
    return profile(minimal_profile(**facts))


def clinical(**facts: Any) -> Profile:
    return profile(in_clinic(**facts))


def real(name: str) -> Profile:
    """Return a persona as a real person."""
    return _real(load_profile(PERSONAS[name]))


def _real(read: Profile) -> Profile:
    data = {k: v for k, v in read.data.items() if k != "sample"}
    return replace(read, data=data, facts=facts_of(data))


def issued(read: Profile, day: date, library: Library) -> Made:
    return make_handout(read, library, Options(day, "test"), is_drawn=False)


def decided(read: Profile, day: date, library: Library) -> Selection:
    return select(on_day(read, library, day).facts, library)


# --- the day of the answers -----------------------------------------------------


@pytest.mark.parametrize("days", [1, 7, 159, 3000])
def test_answers_of_a_day_to_come_are_a_slip(days: int, library: Library) -> None:
    """Answers dated after the day of issue made a full guide without a word."""
    read = minimal(created_date=(FIXED_DAY + timedelta(days=days)).isoformat())
    with pytest.raises(ProfileError) as caught:
        on_day(read, library, FIXED_DAY)
    (problem,) = caught.value.problems
    assert problem.where == "created_date"
    assert FIXED_DAY.isoformat() in problem.message
    assert problem.hint


@pytest.mark.parametrize("year", ["0001", "0026", "0202", "1926", "1999"])
def test_a_year_with_a_slip_is_refused(year: str) -> None:
    """Answers of the year 26 made a full guide."""
    with pytest.raises(ProfileError) as caught:
        minimal(created_date=f"{year}-11-01")
    (problem,) = caught.value.problems
    assert problem.where == "created_date"
    assert problem.hint


DATES = [f.path for f in known_facts().values() if f.kind == "date"]


@pytest.mark.parametrize("path", [p for p in DATES if p != "created_date"])
@pytest.mark.parametrize("year", ["0026", "1826", "2096", "9999"])
def test_every_other_date_has_a_believable_year(path: str, year: str) -> None:
    facts: dict[str, Any] = {path: f"{year}-11-01"}
    if path == "symptoms.onset_date":
        facts["symptoms.onset_weeks"] = ...
    if path == "diagnoses.surgery_date":
        facts["diagnoses.spinal_surgery"] = "told_by_clinician"
    if path.startswith("clearance."):
        facts["clearance.red_flags_cleared_by"] = "Duty clinician"
        facts["clearance.red_flags_cleared"] = ["RF06"]
    with pytest.raises(ProfileError) as caught:
        clinical(**facts)
    assert path in {problem.where for problem in caught.value.problems}


@pytest.mark.parametrize("mode", LIMITS)
def test_safety_answers_count_up_to_the_limit_of_the_content(
    mode: str, library: Library
) -> None:
    """Answers of six years ago counted as those of today."""
    read = minimal() if mode == "self" else clinical()
    last = FIXED_DAY + LIMITS[mode]
    assert on_day(read, library, last).good_until == last
    assert not decided(read, last, library).triage.is_held_back
    late = decided(read, last + ONE_DAY, library)
    assert late.triage.state == "UNANSWERED"
    asked = set(late.triage.unanswered)
    assert asked == set(decided(_all_open(read), FIXED_DAY, library).triage.unanswered)


def _all_open(read: Profile) -> Profile:
    data = {**read.data, "red_flags": dict.fromkeys(read.data["red_flags"])}
    return replace(read, data=data, facts=facts_of(data))


def test_the_limit_is_a_number_of_the_content(library: Library) -> None:
    numbers = dict(library.thresholds) | {"answers_self_days": 3.0}
    strict = replace(library, thresholds=numbers)
    day = FIXED_DAY + timedelta(days=4)
    assert decided(minimal(), day, library).triage.state == "ROUTINE"
    assert decided(minimal(), day, strict).triage.state == "UNANSWERED"


def test_the_page_says_why_it_asks_again(library: Library) -> None:
    """The page names the day of the old answers in plain words."""
    read = minimal(created_date=PAST.isoformat())
    made = issued(read, FIXED_DAY, library)
    section = next(s for s in made.handout.sections if s.id == "safety-questions")
    assert "Your answers are of 1 May 2020." in str(section.blocks[0])
    assert "no clear answer yet" not in str(section)
    assert [p.code for p in made.notices] == ["E_OLD_ANSWERS"]


def test_open_questions_of_today_are_not_called_old(library: Library) -> None:
    made = issued(_all_open(minimal()), FIXED_DAY, library)
    section = next(s for s in made.handout.sections if s.id == "safety-questions")
    assert "no clear answer yet" in str(section)
    assert "Your answers are of" not in str(section)


ORDER = {state: number for number, state in enumerate(reversed(OUTPUT_STATES))}


@pytest.mark.parametrize("name", PERSONAS)
def test_age_never_lowers_a_level_and_lets_nobody_through(
    name: str, library: Library
) -> None:
    """Over every persona: what is urgent stays so, all else is asked again."""
    read = real(name)
    told = decided(read, FIXED_DAY, library).triage
    old = decided(read, FIXED_DAY + timedelta(days=400), library).triage
    assert old.is_held_back
    assert ORDER[old.state] >= ORDER[told.state]
    if told.state in ("EMERGENCY", "URGENT"):
        assert old.state == told.state
        assert _urgent(old) == _urgent(told)
    # Where an old "no" counts no longer, another answer may stand in for it and decide.


def _urgent(triage: Triage) -> set[str]:
    return {item.flag.id for item in triage.flags if item.level >= Level.URGENT}


@pytest.mark.parametrize("name", PERSONAS)
@pytest.mark.parametrize("length", ["short", "standard", "full"])
def test_every_page_names_the_day_of_the_answers(
    name: str, length: str, library: Library
) -> None:
    """The day of the answers did not stand on the guide."""
    options = Options(FIXED_DAY, "test", length=length)
    made = make_handout(load_profile(PERSONAS[name]), library, options, is_drawn=False)
    us = str(made.handout.language) in ("en-US", "en-CA")
    words = "November 20, 2026" if us else "20 November 2026"
    assert f"Answers of {words}." in made.handout.opening
    slabs = [placed.slab for placed in made.laid.pages[0]]
    assert len(slabs) > 2


# --- other days -----------------------------------------------------------------


def test_every_date_of_a_profile_has_a_rule() -> None:
    """A date that is new in the schema is asked about here."""
    assert set(DATES) == {*BACK_DATES, *TO_COME, CLEARED_ON}


COMING = {
    "running.goal_race_date": "race",
    "clinic.next_appointment": "visit",
    "clinic.handout_review_date": "check",
}


@pytest.mark.parametrize("path", TO_COME)
def test_a_day_to_come_that_has_passed_is_told_and_not_used(
    path: str, library: Library
) -> None:
    """A race and a visit of last year printed as if they were still to come."""
    read = clinical(**{path: (FIXED_DAY + ONE_DAY).isoformat()})
    ahead = on_day(read, library, FIXED_DAY + ONE_DAY)
    assert path in ahead.facts
    assert ahead.good_until == FIXED_DAY + ONE_DAY
    day = FIXED_DAY + timedelta(days=2)
    passed = on_day(read, library, day)
    gone = {path, TO_COME[path]}
    assert gone & set(passed.facts) == set()
    assert [problem.where for problem in passed.notices] == [path]
    made = issued(read, day, library)
    sentence = f"The {COMING[path]} of 24 November 2026 has passed."
    if path == "clinic.handout_review_date":
        sentence = "This guide was due for a check by 24 November 2026."
    assert any(text.startswith(sentence) for text in made.handout.opening)
    assert sum("24 November" in str(s) for s in made.handout.sections) == 0


def test_a_visit_before_the_answers_is_told(library: Library) -> None:
    """A visit of last year in answers of today passed without a word."""
    read = clinical(**{"clinic.next_appointment": "2025-11-01"})
    made = issued(read, FIXED_DAY, library)
    assert [problem.where for problem in made.notices] == ["clinic.next_appointment"]
    assert "The visit of 1 November 2025 has passed. Book a new one." in (
        made.handout.opening
    )


def test_days_are_counted_from_the_day_of_issue(library: Library) -> None:
    read = clinical(
        **{
            "running.goal_race_date": "2027-04-12",
            "clinic.next_appointment": "2027-01-20",
            "diagnoses.spinal_surgery": "told_by_clinician",
            "diagnoses.surgery_date": "2026-10-12",
            "symptoms.onset_weeks": ...,
            "symptoms.onset_date": "2026-10-19",
        }
    )
    later = on_day(read, library, FIXED_DAY + timedelta(days=28)).facts
    counted = {
        "derived.weeks_to_race": (20, 16),
        "derived.visit_in_days": (58, 30),
        "derived.surgery_weeks": (6, 10),
        "derived.onset_weeks": (5, 9),
    }
    for path, (first, then) in counted.items():
        assert (read.facts[path], later[path]) == (first, then)


@pytest.mark.parametrize("path", COUNTED_WEEKS)
def test_weeks_since_a_fixed_day_go_on(path: str, library: Library) -> None:
    name = {
        "diagnoses.pregnant_weeks": "diagnoses.pregnant",
        "diagnoses.weeks_since_birth": "diagnoses.postpartum",
    }.get(path)
    facts: dict[str, Any] = {path: 10}
    if name:
        facts[name] = "yes"
        facts["person.sex_at_birth"] = "female"
    read = minimal(**facts)
    for days, weeks in ((0, 10), (6, 10), (7, 11), (13, 11), (14, 12)):
        day = FIXED_DAY + timedelta(days=days)
        assert on_day(read, library, day).facts[path] == weeks


def test_a_pregnancy_that_must_be_over_is_asked_again(library: Library) -> None:
    """In week 40 the answers of a clinic do not count for 90 days."""
    facts = {"diagnoses.pregnant": "yes", "diagnoses.pregnant_weeks": 40}
    read = clinical(**facts, **{"person.sex_at_birth": "female"})
    last = FIXED_DAY + timedelta(weeks=4, days=-1)
    assert on_day(read, library, last).good_until == last
    assert decided(read, last + ONE_DAY, library).triage.state == "UNANSWERED"


def test_a_check_of_warning_signs_ages_like_an_answer(library: Library) -> None:
    """A clearance of any age took a flag off."""

    def read(cleared_on: date) -> Profile:
        return clinical(
            **{
                "red_flags.foot_drop": "yes",
                "clearance.red_flags_cleared": ["RF06"],
                "clearance.red_flags_cleared_by": "Duty clinician",
                "clearance.red_flags_cleared_date": cleared_on.isoformat(),
            }
        )

    fresh = decided(read(FIXED_DAY - LIMITS["clinic"]), FIXED_DAY, library).triage
    old = read(FIXED_DAY - LIMITS["clinic"] - ONE_DAY)
    assert [item.flag.id for item in fresh.cleared] == ["RF06"]
    assert decided(old, FIXED_DAY, library).triage.state == "URGENT"
    assert [p.where for p in on_day(old, library, FIXED_DAY).notices] == [CLEARED_ON]


def test_the_last_day_on_which_the_calendar_goes_makes_no_bug(library: Library) -> None:
    read = minimal(created_date="9999-12-30")
    assert on_day(read, library, date.max).good_until == date.max


# --- samples --------------------------------------------------------------------


@pytest.mark.parametrize("day", [FIXED_DAY, date(2028, 3, 1), date(2019, 1, 1)])
def test_a_sample_is_judged_on_its_own_day(
    day: date, library: Library, make_profile: Callable[..., dict[str, Any]]
) -> None:
    """The answers of a sample never grow old, whatever the clock says."""
    raw = make_profile(sample=True, **{"running.goal_race_date": "2027-02-01"})
    read = profile(raw)
    assert on_day(read, library, day) is read
    assert read.get("derived.weeks_to_race") == 10


@pytest.mark.parametrize("value", [False, None, ...])
def test_a_copy_that_is_no_sample_any_more_is_judged_like_any(
    value: object, library: Library
) -> None:
    read = minimal(sample=value)
    late = FIXED_DAY + timedelta(days=15)
    assert decided(read, late, library).triage.state == "UNANSWERED"

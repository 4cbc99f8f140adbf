"""Each rule across fields: it fires, it is silent at its edge, a doubt is confirmed."""

from datetime import timedelta
from typing import Any

import pytest

from backguide.errors import Problem, ProfileError
from backguide.profile.load import profile_from_bytes
from backguide.profile.plausibility import DOUBTS, find_implausible, range_hint
from strategies import (
    FIXED_DAY,
    SCHEMA,
    SPA_BLOCK,
    as_bytes,
    in_clinic,
    minimal_profile,
)

TOLD = "told_by_clinician"


def problems(**facts: Any) -> tuple[Problem, ...]:
    """Return what the loader finds; it must be no slip of the schema."""
    make = in_clinic if facts.pop("clinic_mode", False) else minimal_profile
    try:
        profile_from_bytes(as_bytes(make(**facts)), "p.json")
    except ProfileError as error:
        return error.problems
    return ()


def codes(**facts: Any) -> set[tuple[str, str]]:
    return {(problem.where, problem.code) for problem in problems(**facts)}


def day(shift: int) -> str:
    return (FIXED_DAY + timedelta(days=shift)).isoformat()


RUNS = {
    "running.runner_status": "current",
    "running.weeks_since_last_run": 0,
    "running.weekly_distance_km": 30,
    "running.runs_per_week": 3,
    "running.longest_run_30d_km": 15,
}
PREGNANT = {"person.sex_at_birth": "female", "diagnoses.pregnant": "yes"}
OPERATED = {"diagnoses.spinal_surgery": TOLD}
# 200 cm: weight = 4 x body mass index.
TALL = {"person.height_cm": 200}

LONG_PAIN = dict.fromkeys(SPA_BLOCK)
SINCE_2000 = {"symptoms.onset_weeks": ..., "symptoms.onset_date": "2000-01-01"}

# name -> (code, field, facts that fire, facts at the edge that do not)
RULES: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "pounds for kilograms": (
        "E_MAYBE_POUNDS",
        "person.weight_kg",
        {**TALL, "person.weight_kg": 180},
        {**TALL, "person.weight_kg": 179.9},
    ),
    "too heavy for the height even as pounds": (
        "E_MAYBE_KILOGRAMS_WRONG",
        "person.weight_kg",
        {"person.height_cm": 120, "person.weight_kg": 128},
        {"person.height_cm": 160, "person.weight_kg": 115},
    ),
    "too light for the height": (
        "E_MAYBE_KILOGRAMS_WRONG",
        "person.weight_kg",
        {**TALL, "person.weight_kg": 43.9},
        {**TALL, "person.weight_kg": 44},
    ),
    "longest run above the week": (
        "E_LONGEST_ABOVE_WEEK",
        "running.longest_run_30d_km",
        {**RUNS, "running.longest_run_30d_km": 45.1},
        {**RUNS, "running.longest_run_30d_km": 45},
    ),
    "longest run above a week of nothing": (
        "E_LONGEST_ABOVE_WEEK",
        "running.longest_run_30d_km",
        {**RUNS, "running.weekly_distance_km": 0, "running.runs_per_week": 0},
        {
            **RUNS,
            "running.weekly_distance_km": 0,
            "running.runs_per_week": 0,
            "running.longest_run_30d_km": 0,
        },
    ),
    "more a run than the longest run": (
        "E_CONTRADICTION",
        "running.longest_run_30d_km",
        {**RUNS, "running.longest_run_30d_km": 9.4},
        {**RUNS, "running.longest_run_30d_km": 9.5},
    ),
    "runs now, but not for 5 weeks": (
        "E_LAST_RUN",
        "running.weeks_since_last_run",
        {**RUNS, "running.weeks_since_last_run": 5},
        {**RUNS, "running.weeks_since_last_run": 4},
    ),
    "5 weeks off is fine for somebody who stopped": (
        "E_LAST_RUN",
        "running.weeks_since_last_run",
        {**RUNS, "running.weeks_since_last_run": 520},
        {"running.runner_status": "returning", "running.weeks_since_last_run": 520},
    ),
    "faster than nearly anybody": (
        "E_PACE",
        "running.typical_pace_min_per_km",
        {"running.typical_pace_min_per_km": 2.9},
        {"running.typical_pace_min_per_km": 3},
    ),
    "no pain, but it stops sleep": (
        "E_PAIN_WITHOUT_SCORE",
        "symptoms.nrs_now",
        {
            "symptoms.nrs_now": 0,
            "symptoms.nrs_usual_24h": 0,
            "red_flags.cannot_walk_sleep": "yes",
        },
        {
            "symptoms.nrs_now": 0,
            "symptoms.nrs_usual_24h": 1,
            "red_flags.cannot_walk_sleep": "yes",
        },
    ),
    "no pain, but it stops daily life": (
        "E_PAIN_WITHOUT_SCORE",
        "symptoms.nrs_now",
        {
            "symptoms.nrs_now": 0,
            "symptoms.nrs_usual_24h": 0,
            "symptoms.stops_daily_life": True,
        },
        {
            "symptoms.nrs_now": 0,
            "symptoms.nrs_usual_24h": 0,
            "symptoms.stops_daily_life": False,
        },
    ),
    "pain began tomorrow": (
        "E_DATE_ORDER",
        "symptoms.onset_date",
        {"symptoms.onset_weeks": ..., "symptoms.onset_date": day(1)},
        {"symptoms.onset_weeks": ..., "symptoms.onset_date": day(0)},
    ),
    "operation tomorrow": (
        "E_DATE_ORDER",
        "diagnoses.surgery_date",
        {**OPERATED, "diagnoses.surgery_date": day(1)},
        {**OPERATED, "diagnoses.surgery_date": day(0)},
    ),
    "race yesterday": (
        "E_DATE_ORDER",
        "running.goal_race_date",
        {"running.goal_race_date": day(-1)},
        {"running.goal_race_date": day(0)},
    ),
    "cleared tomorrow": (
        "E_DATE_ORDER",
        "clearance.red_flags_cleared_date",
        {
            "clinic_mode": True,
            "clearance.red_flags_cleared_by": "Dr Lee",
            "clearance.red_flags_cleared_date": day(1),
            "clearance.red_flags_cleared": ["RF26"],
        },
        {
            "clinic_mode": True,
            "clearance.red_flags_cleared_by": "Dr Lee",
            "clearance.red_flags_cleared_date": day(0),
            "clearance.red_flags_cleared": ["RF26"],
        },
    ),
    "weeks and date of onset disagree": (
        "E_CONTRADICTION",
        "symptoms.onset_weeks",
        {"symptoms.onset_weeks": 3, "symptoms.onset_date": day(-35)},
        {"symptoms.onset_weeks": 3, "symptoms.onset_date": day(-34)},
    ),
    "weeks and date of onset disagree the other way": (
        "E_CONTRADICTION",
        "symptoms.onset_weeks",
        {"symptoms.onset_weeks": 3, "symptoms.onset_date": day(-13)},
        {"symptoms.onset_weeks": 3, "symptoms.onset_date": day(-14)},
    ),
    "pain older than the person": (
        "E_CONTRADICTION",
        "symptoms.onset_weeks",
        {"person.age_years": 18, "spa": LONG_PAIN, "symptoms.onset_weeks": 992},
        {"person.age_years": 18, "spa": LONG_PAIN, "symptoms.onset_weeks": 991},
    ),
    "pain older than the person, by its date": (
        "E_CONTRADICTION",
        "symptoms.onset_weeks",
        {"person.age_years": 18, "spa": LONG_PAIN, **SINCE_2000},
        {"person.age_years": 27, "spa": LONG_PAIN, **SINCE_2000},
    ),
    "pain began at a later age": (
        "E_CONTRADICTION",
        "spa.age_at_onset",
        {"spa.age_at_onset": 41},
        {"spa.age_at_onset": 40},
    ),
    "more years of running than of life": (
        "E_CONTRADICTION",
        "running.years_running",
        {"running.years_running": 40.5},
        {"running.years_running": 40},
    ),
    "worst pain below the pain now": (
        "E_CONTRADICTION",
        "symptoms.nrs_worst_week",
        {"symptoms.nrs_now": 4, "symptoms.nrs_worst_week": 3},
        {"symptoms.nrs_now": 4, "symptoms.nrs_worst_week": 4},
    ),
    "no back pain, but pain now": (
        "E_CONTRADICTION",
        "symptoms.has_back_pain",
        {"symptoms.has_back_pain": "past_only", "symptoms.nrs_now": 1},
        {"symptoms.has_back_pain": "past_only", "symptoms.nrs_now": 0},
    ),
    "weeks of pregnancy without a pregnancy": (
        "E_CONTRADICTION",
        "diagnoses.pregnant_weeks",
        {"diagnoses.pregnant_weeks": 20, "diagnoses.pregnant": "unknown"},
        {**PREGNANT, "diagnoses.pregnant_weeks": 20},
    ),
    "weeks since a birth without a birth": (
        "E_CONTRADICTION",
        "diagnoses.weeks_since_birth",
        {"diagnoses.weeks_since_birth": 0},
        {"diagnoses.weeks_since_birth": 0, "diagnoses.postpartum": "yes"},
    ),
    "date of an operation without an operation": (
        "E_CONTRADICTION",
        "diagnoses.surgery_date",
        {"diagnoses.surgery_date": day(-400), "diagnoses.spinal_surgery": "no"},
        {**OPERATED, "diagnoses.surgery_date": day(-400)},
    ),
    "kind of an operation without an operation": (
        "E_CONTRADICTION",
        "diagnoses.surgery_type",
        {"diagnoses.surgery_type": "fusion"},
        {**OPERATED, "diagnoses.surgery_type": "fusion"},
    ),
    "pregnant and male at birth": (
        "E_CONTRADICTION",
        "diagnoses.pregnant",
        {**PREGNANT, "person.sex_at_birth": "male"},
        {**PREGNANT, "person.sex_at_birth": "intersex"},
    ),
    "missed periods and male at birth": (
        "E_CONTRADICTION",
        "red_flags.missed_periods_3",
        {"red_flags.missed_periods_3": "yes", "person.sex_at_birth": "male"},
        {"red_flags.missed_periods_3": "yes", "person.sex_at_birth": "prefer_not"},
    ),
    "after a birth and male at birth": (
        "E_CONTRADICTION",
        "diagnoses.postpartum",
        {"diagnoses.postpartum": "yes", "person.sex_at_birth": "male"},
        {"diagnoses.postpartum": "no", "person.sex_at_birth": "male"},
    ),
    "sign of pregnancy without a pregnancy": (
        "E_CONTRADICTION",
        "diagnoses.pregnant",
        {"red_flags.pregnancy_warning": "yes"},
        {**PREGNANT, "red_flags.pregnancy_warning": "yes"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_fires(name: str) -> None:
    code, where, fires, _ = RULES[name]
    assert (where, code) in codes(**fires)


@pytest.mark.parametrize("name", RULES)
def test_stays_silent_at_the_edge(name: str) -> None:
    assert codes(**RULES[name][3]) == set()


@pytest.mark.parametrize("name", RULES)
def test_a_doubt_can_be_confirmed_and_a_contradiction_cannot(name: str) -> None:
    code, where, fires, _ = RULES[name]
    if code not in DOUBTS:
        # Confirming every doubt there is does not help.
        assert (where, code) in codes(**fires, confirmed=list(DOUBTS))
        return
    others = [doubt for doubt in DOUBTS if doubt != code]
    assert (where, code) in codes(**fires, confirmed=others)
    (problem,) = [p for p in problems(**fires) if p.code == code]
    assert problem.hint.endswith(f'if it is right, add "{code}" to "confirmed"')
    assert codes(**fires, confirmed=[code]) == set()


def test_every_doubt_has_a_rule_and_a_place_in_the_schema() -> None:
    assert {code for code, *_ in RULES.values()} >= set(DOUBTS)
    assert SCHEMA["properties"]["confirmed"]["items"]["enum"] == list(DOUBTS)


@pytest.mark.parametrize("name", RULES)
def test_every_finding_has_the_title_of_its_field(name: str) -> None:
    for problem in problems(**RULES[name][2]):
        assert problem.label, problem.where


def test_pounds_are_proposed_never_applied() -> None:
    (problem,) = problems(**TALL, **{"person.weight_kg": 200})
    assert "if that is in pounds, write 91" in problem.hint


def test_all_contradictions_come_at_once() -> None:
    found = codes(
        **{
            "symptoms.nrs_now": 5,
            "symptoms.nrs_worst_week": 1,
            "running.years_running": 60,
            "diagnoses.pregnant_weeks": 20,
        }
    )
    assert {where for where, _ in found} == {
        "symptoms.nrs_worst_week",
        "running.years_running",
        "diagnoses.pregnant_weeks",
    }


# --- mode, also without the schema in front -----------------------------------


@pytest.mark.parametrize(("age", "refused"), [(17, True), (18, False)])
def test_alone_from_18(age: int, refused: bool) -> None:
    facts = {"mode": "self", "person.age_years": age}
    assert bool(find_implausible(facts, ())) is refused
    assert not find_implausible(facts | {"mode": "clinic"}, ())


def test_no_clearance_alone() -> None:
    facts = {"mode": "self", "clearance.clearance_note": "seen"}
    (problem,) = find_implausible(facts, ())
    assert (problem.where, problem.code) == ("clearance", "E_NOT_ALLOWED")
    assert not find_implausible(facts | {"mode": "clinic"}, ())


# --- hints for a number out of its range --------------------------------------


@pytest.mark.parametrize(
    ("where", "value", "hint"),
    [
        ("person.height_cm", 1.75, "1.75 m is 175 cm"),
        ("person.height_cm", 2.2, "2.2 m is 220 cm"),
        ("person.height_cm", 1.19, ""),
        ("person.height_cm", 70, "if that is in inches, it is 178 cm"),
        ("person.height_cm", 47, "if that is in inches, it is 119 cm"),
        ("person.height_cm", 46, ""),
        ("person.height_cm", 87, ""),
        ("person.height_cm", 230, ""),
        ("person.weight_kg", 300, "if that is in pounds, it is 136 kg"),
        ("person.weight_kg", 550, "if that is in pounds, it is 249 kg"),
        ("person.weight_kg", 551, ""),
        ("person.weight_kg", 20, ""),
        ("running.cadence_spm", 84, "count both feet: 168 steps a minute"),
        ("running.cadence_spm", 60, "count both feet: 120 steps a minute"),
        ("running.cadence_spm", 59, ""),
        ("running.cadence_spm", 221, ""),
        (
            "running.typical_pace_min_per_km",
            390,
            "write minutes for 1 km, such as 6.5 for 6 minutes 30 seconds",
        ),
        ("running.typical_pace_min_per_km", 1201, ""),
        ("running.typical_pace_min_per_km", 2, ""),
        ("person.sitting_h_day", 19, ""),
        ("person.height_cm", True, ""),
        ("person.height_cm", "1.75", ""),
        ("person.height_cm", None, ""),
    ],
)
def test_range_hint(where: str, value: object, hint: str) -> None:
    assert range_hint(where, value) == hint

"""Derived facts, each on both sides of each of its limits."""

import json
import math
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backguide.profile.facts import (
    IMAGING_FINDINGS,
    SPINAL_DIAGNOSES,
    facts_of,
    known_facts,
    long_run_cap_km,
    pain_band,
)
from backguide.profile.load import profile_from_bytes
from clinical_oracle import (
    FIELDS,
    GATED_DIAGNOSES,
    OPTIONAL_RED_FLAGS,
    REQUIRED_RED_FLAGS,
    TOLD,
)
from strategies import (
    FIXED_DAY,
    GROUPS,
    SCHEMA,
    as_bytes,
    minimal_profile,
    profiles,
    put,
)

ROOT = Path(__file__).parents[2]


def derived(**facts: Any) -> dict[str, Any]:
    """Return the derived facts of a partial profile, without their prefix."""
    data: dict[str, Any] = {"created_date": FIXED_DAY.isoformat(), "mode": "self"}
    for path, value in facts.items():
        put(data, path, value)
    return {
        path.removeprefix("derived."): value
        for path, value in facts_of(data).items()
        if path.startswith("derived.")
    }


def days_ago(days: int) -> str:
    return (FIXED_DAY - timedelta(days=days)).isoformat()


# --- body ---------------------------------------------------------------------


def test_body_mass_index() -> None:
    found = derived(**{"person.height_cm": 200, "person.weight_kg": 74})
    assert found["bmi"] == 18.5


@pytest.mark.parametrize(
    ("weight", "is_below"), [(73.8, True), (73.99, True), (74, False), (74.01, False)]
)
def test_body_mass_index_is_not_rounded_across_a_limit(
    weight: float, is_below: bool
) -> None:
    found = derived(**{"person.height_cm": 200, "person.weight_kg": weight})
    assert (found["bmi"] < 18.5) is is_below


@pytest.mark.parametrize(
    ("weight", "high"), [(119.9, False), (120, False), (120.1, True)]
)
def test_high_body_mass_index_begins_above_30(weight: float, high: bool) -> None:
    found = derived(**{"person.height_cm": 200, "person.weight_kg": weight})
    assert found["high_bmi"] is high


@pytest.mark.parametrize("missing", ["person.height_cm", "person.weight_kg"])
def test_body_mass_index_needs_both_numbers(missing: str) -> None:
    both = {"person.height_cm": 180, "person.weight_kg": 80}
    assert "bmi" not in derived(**(both | {missing: None}))
    assert "high_bmi" not in derived(**(both | {missing: ...}))


# --- pain ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weeks", "name"),
    [
        (0, "acute"), (5, "acute"), (6, "subacute"), (7, "subacute"),
        (12, "subacute"), (13, "persistent"), (2000, "persistent"),
    ],
)  # fmt: skip
def test_chronicity(weeks: int, name: str) -> None:
    found = derived(**{"symptoms.onset_weeks": weeks})
    assert (found["onset_weeks"], found["chronicity"]) == (weeks, name)


@pytest.mark.parametrize(
    ("days", "weeks"), [(0, 0), (6, 0), (7, 1), (13, 1), (14, 2), (83, 11), (84, 12)]
)
def test_a_date_of_onset_counts_whole_weeks(days: int, weeks: int) -> None:
    found = derived(**{"symptoms.onset_date": days_ago(days)})
    assert found["onset_weeks"] == weeks


def test_weeks_told_win_over_weeks_counted() -> None:
    both = {"symptoms.onset_weeks": 20, "symptoms.onset_date": days_ago(141)}
    assert derived(**both)["onset_weeks"] == 20


@pytest.mark.parametrize(
    ("points", "band"),
    [
        (0, "none"), (1, "mild"), (3, "mild"), (4, "moderate"), (6, "moderate"),
        (7, "severe"), (10, "severe"),
    ],
)  # fmt: skip
def test_pain_band(points: int, band: str) -> None:
    assert pain_band(points) == band
    assert derived(**{"symptoms.nrs_usual_24h": points})["pain_band"] == band


@pytest.mark.parametrize(("now", "usual"), [(2, 5), (5, 2), (5, 5), (0, 0), (0, 10)])
def test_pain_at_rest_is_the_higher_score(now: int, usual: int) -> None:
    found = derived(**{"symptoms.nrs_now": now, "symptoms.nrs_usual_24h": usual})
    assert found["resting_pain_0_10"] == max(now, usual)


def test_pain_at_rest_needs_both_scores() -> None:
    assert "resting_pain_0_10" not in derived(**{"symptoms.nrs_now": 2})
    assert "resting_pain_0_10" not in derived(**{"symptoms.nrs_usual_24h": 2})


@pytest.mark.parametrize(
    ("worse", "better", "expected"),
    [
        (["bend_back"], ["lean_forward"], "flexion"),
        (["bend_back"], ["sit"], "none"),
        (["sit"], ["walk"], "extension"),
        (["sit"], ["stand"], "extension"),
        (["bend_forward"], ["walk"], "extension"),
        (["stand"], ["walk"], "none"),
        (["bend_back", "sit"], ["lean_forward", "walk"], "none"),
        ([], [], "none"),
    ],
)
def test_direction(worse: list[str], better: list[str], expected: str) -> None:
    found = derived(**{"symptoms.aggravators": worse, "symptoms.easers": better})
    assert found["direction_preference"] == expected


@pytest.mark.parametrize("missing", ["symptoms.aggravators", "symptoms.easers"])
def test_direction_is_unknown_while_one_list_is(missing: str) -> None:
    both = {"symptoms.aggravators": ["sit"], "symptoms.easers": ["walk"]}
    assert "direction_preference" not in derived(**(both | {missing: None}))


# --- running ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("longest", "cap"),
    [
        (12, 13.2), (8, 8.8), (10, 11.0), (3, 3.3), (9.9, 10.8), (9.99, 10.9),
        (0.1, 0.1), (0.09, 0.0), (0.90909090, 0.9), (200, 220.0), (20.1, 22.1),
    ],
)  # fmt: skip
def test_the_cap_of_the_next_long_run(longest: float, cap: float) -> None:
    assert long_run_cap_km(longest) == cap
    assert (
        derived(**{"running.longest_run_30d_km": longest}).get("next_long_run_cap_km")
        == cap
    )


@given(
    st.one_of(
        st.integers(1, 20_000).map(lambda n: n / 100),
        st.floats(0.01, 200, allow_nan=False),
    )
)
def test_the_cap_never_breaks_the_rule_and_is_never_far_below(longest: float) -> None:
    rule = Fraction(str(longest)) * 11 / 10
    cap = Fraction(str(long_run_cap_km(longest)))
    assert cap <= rule
    assert cap > rule - Fraction("0.1001")
    assert (cap * 10).denominator == 1


@given(st.integers(1, 19_999))
def test_the_cap_never_falls_when_the_longest_run_grows(hundredths: int) -> None:
    assert long_run_cap_km(hundredths / 100) <= long_run_cap_km((hundredths + 1) / 100)


@pytest.mark.parametrize("longest", [0, None, ...])
def test_without_a_long_run_there_is_no_cap(longest: Any) -> None:
    found = derived(
        **{
            "running.longest_run_30d_km": longest,
            "running.planned_next_longest_km": 10,
        }
    )
    assert not {"next_long_run_cap_km", "spike_pct"} & set(found)


@pytest.mark.parametrize(
    ("longest", "planned", "percent"),
    [(10, 11, 10.0), (10, 11.1, 11.0), (12, 18, 50.0), (10, 10, 0.0), (10, 0, -100.0)],
)
def test_spike(longest: float, planned: float, percent: float) -> None:
    found = derived(
        **{
            "running.longest_run_30d_km": longest,
            "running.planned_next_longest_km": planned,
        }
    )
    assert found["spike_pct"] == percent


@pytest.mark.parametrize(
    ("pace", "speed"), [(5, 3.33), (6.5, 2.56), (2.5, 6.67), (20, 0.83)]
)
def test_pace(pace: float, speed: float) -> None:
    assert derived(**{"running.typical_pace_min_per_km": pace})["pace_m_per_s"] == speed


@pytest.mark.parametrize(
    ("cadence", "target"), [(120, 126), (160, 168), (165, 173), (170, 178), (220, 231)]
)
def test_cadence_target(cadence: int, target: int) -> None:
    assert derived(**{"running.cadence_spm": cadence})["cadence_target_spm"] == target


@pytest.mark.parametrize(
    "status", ["new", "returning", "current", "injured_stopped", "non_runner_wants_to"]
)
def test_runs_means_runs_now(status: str) -> None:
    assert derived(**{"running.runner_status": status})["runs"] is (status == "current")


@pytest.mark.parametrize(
    ("days", "weeks"), [(0, 0), (6, 0), (7, 1), (55, 7), (56, 8), (57, 8)]
)
def test_weeks_to_the_race(days: int, weeks: int) -> None:
    race = (FIXED_DAY + timedelta(days=days)).isoformat()
    assert derived(**{"running.goal_race_date": race})["weeks_to_race"] == weeks


# --- diagnoses ----------------------------------------------------------------

STATUSES = [
    name
    for name, spec in SCHEMA["properties"]["diagnoses"]["properties"].items()
    if spec.get("x-kind") == "status"
]


@pytest.mark.parametrize("name", STATUSES)
@pytest.mark.parametrize("status", [TOLD, "self_suspected", "no", None])
def test_structural_diagnosis(name: str, status: str | None) -> None:
    found = derived(**{f"diagnoses.{name}": status})
    is_told = status == TOLD
    assert found["structural_diagnosis"] is (is_told and name in GATED_DIAGNOSES)
    imaging = {
        "disc_bulge", "disc_herniation", "facet_arthritis", "stenosis",
        "spondylolisthesis", "spondylolysis", "scoliosis",
    }  # fmt: skip
    assert found["imaging_told"] is (is_told and name in imaging)
    assert found["axial_spa_told"] is (is_told and name == "axial_spa")


def test_the_lists_of_diagnoses_are_of_the_schema() -> None:
    assert set(SPINAL_DIAGNOSES) == set(GATED_DIAGNOSES)
    assert set(SPINAL_DIAGNOSES) | set(IMAGING_FINDINGS) <= set(STATUSES)


@pytest.mark.parametrize("mode", ["self", "clinic"])
@pytest.mark.parametrize("value", [True, False, None])
def test_a_go_ahead_counts_only_in_a_clinic(mode: str, value: bool | None) -> None:
    facts = {"mode": mode, "clearance.clinician_clearance_running": value}
    cleared = mode == "clinic" and value is True
    assert derived(**facts)["running_cleared"] is cleared


@pytest.mark.parametrize(("days", "weeks"), [(0, 0), (83, 11), (84, 12), (85, 12)])
def test_weeks_since_the_operation(days: int, weeks: int) -> None:
    found = derived(**{"diagnoses.surgery_date": days_ago(days)})
    assert found["surgery_weeks"] == weeks


@pytest.mark.parametrize(
    ("pregnant", "weeks", "expected"),
    [
        ("yes", 15, 15), ("yes", None, 43), ("no", 15, None), ("unknown", None, None),
        (None, None, None),
    ],
)  # fmt: skip
def test_weeks_of_pregnancy_take_the_careful_end(
    pregnant: str | None, weeks: int | None, expected: int | None
) -> None:
    found = derived(
        **{"diagnoses.pregnant": pregnant, "diagnoses.pregnant_weeks": weeks}
    )
    assert found.get("pregnancy_weeks") == expected


# --- what is known and what is not --------------------------------------------


@pytest.mark.parametrize("value", [None, "unknown", ...])
@pytest.mark.parametrize("key", ["bladder_change", "hop_pain"])
def test_not_answered_is_never_a_fact(key: str, value: Any) -> None:
    facts = facts_of(minimal_profile(**{f"red_flags.{key}": value}))
    assert f"red_flags.{key}" not in facts


@pytest.mark.parametrize("path", ["person.first_name", "clinic.clinician_role"])
def test_a_text_may_say_unknown(path: str) -> None:
    assert facts_of(minimal_profile(**{path: "unknown"}))[path] == "unknown"


def test_an_empty_list_is_an_answer() -> None:
    facts = facts_of(minimal_profile(**{"symptoms.aggravators": []}))
    assert facts["symptoms.aggravators"] == ()


def test_false_and_zero_are_answers() -> None:
    facts = facts_of(
        minimal_profile(**{"symptoms.nrs_now": 0, "symptoms.stops_daily_life": False})
    )
    assert facts["symptoms.nrs_now"] == 0
    assert facts["symptoms.stops_daily_life"] is False


def test_every_field_of_the_schema_is_a_fact_with_the_range_of_the_schema() -> None:
    facts = known_facts()
    paths = set()
    for group in GROUPS:
        for name, spec in SCHEMA["properties"][group]["properties"].items():
            path = f"{group}.{name}"
            paths.add(path)
            assert (facts[path].minimum, facts[path].maximum) == (
                spec.get("minimum"),
                spec.get("maximum"),
            )
    told = {p for p in facts if "." in p and not p.startswith(("derived.", "triage."))}
    assert told == paths


def test_every_fact_has_the_kind_that_its_values_have() -> None:
    kinds = {
        "person.age_years": "number", "person.height_cm": "number",
        "person.first_name": "text", "person.weight_talk": "choice",
        "symptoms.site": "set", "symptoms.onset_date": "date",
        "symptoms.function_psfs": "list", "symptoms.leg_worse_than_back": "bool",
        "red_flags.foot_drop": "yes_no", "spa.family": "yes_no",
        "diagnoses.pregnant": "yes_no", "diagnoses.stenosis": "choice",
        "diagnoses.surgeon_clearance": "bool", "abilities.cannot_do": "set",
        "abilities.access_bike": "choice", "running.overstride": "choice",
        "clinic.consent_to_print_name": "bool", "created_date": "date",
        "schema_version": "choice", "n_exercises": "number", "tone_name": "bool",
    }  # fmt: skip
    assert {path: known_facts()[path].kind for path in kinds} == kinds


def test_derived_facts_are_marked_and_have_their_ranges() -> None:
    facts = known_facts()
    marked = {path for path, fact in facts.items() if fact.is_derived}
    assert marked == {p for p in facts if p.startswith(("derived.", "triage."))}
    ranges = {
        "derived.cadence_target_spm": (126, 231), "derived.onset_weeks": (0, 5300),
        "derived.resting_pain_0_10": (0, 10), "derived.pregnancy_weeks": (0, 43),
        "derived.next_long_run_cap_km": (0, 220), "derived.plan_stage": (0, 11),
        "derived.pace_m_per_s": (0, 7),
    }  # fmt: skip
    for path, limits in ranges.items():
        assert (facts[path].minimum, facts[path].maximum) == limits, path
    flags = facts["triage.flags"].choices
    assert (flags[0], flags[-1], len(flags)) == ("RF01", "RF30", 30)


def test_the_required_red_flags_are_those_of_the_second_table() -> None:
    facts = known_facts()
    red = {
        p.partition(".")[2]: f for p, f in facts.items() if p.startswith("red_flags.")
    }
    assert set(red) == {*REQUIRED_RED_FLAGS, *OPTIONAL_RED_FLAGS}
    assert {name for name, fact in red.items() if fact.is_required} == set(
        REQUIRED_RED_FLAGS
    )
    assert {fact.kind for fact in red.values()} == {"yes_no"}
    assert all(fact.sign and fact.urgency for fact in red.values())


def test_every_fact_of_the_second_table_exists() -> None:
    assert set(FIELDS) <= set(known_facts())


@given(profiles())
def test_derived_facts_stay_in_their_ranges_and_choices(
    profile: dict[str, Any],
) -> None:
    facts = facts_of(profile)
    for path, value in facts.items():
        fact = known_facts()[path]
        if fact.kind == "number":
            assert isinstance(value, int | float)
            assert math.isfinite(value)
            assert fact.minimum is None or fact.minimum <= value <= fact.maximum, path
        elif fact.kind == "choice":
            assert value in fact.choices
        elif fact.kind == "set":
            assert set(value) <= set(fact.choices)
        elif fact.kind == "date":
            assert isinstance(value, date)


@given(profiles())
def test_the_unit_that_is_printed_changes_no_other_fact(
    profile: dict[str, Any],
) -> None:
    def others(**units: str) -> dict[str, Any]:
        facts = facts_of(profile | units)
        return {p: v for p, v in facts.items() if not p.startswith("units_")}

    metric = others(units_distance="km", units_body="metric")
    assert metric == others(units_distance="mi", units_body="imperial")


@given(profiles(), st.randoms(use_true_random=False))
def test_the_order_of_keys_and_choices_changes_no_fact(
    profile: dict[str, Any], random: Any
) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = list(value.items())
            random.shuffle(items)
            return {key: shuffled(item) for key, item in items}
        if isinstance(value, list) and all(isinstance(v, str) for v in value):
            return random.sample(value, len(value))
        return value

    other = shuffled(profile)
    assert facts_of(other) == facts_of(profile)
    first = profile_from_bytes(as_bytes(profile), "p.json")
    second = profile_from_bytes(as_bytes(other), "p.json")
    assert first.sha256 == second.sha256


def test_the_personas_derive_what_their_readme_says() -> None:
    def persona(name: str) -> dict[str, Any]:
        return facts_of(json.loads((ROOT / "profiles" / f"{name}.json").read_text()))

    assert persona("half-marathon-runner")["derived.next_long_run_cap_km"] == 13.2
    assert persona("heavier-beginner")["derived.high_bmi"] is True
    assert persona("after-disc-operation")["derived.surgery_weeks"] == 6
    assert persona("desk-worker")["derived.chronicity"] == "persistent"


@pytest.mark.parametrize(
    ("visit", "days"),
    [("2026-11-30", 7), ("2026-11-23", 0), ("2026-11-20", -3), (None, None)],
)
def test_days_to_the_next_visit(visit: str | None, days: int | None) -> None:
    facts = facts_of(
        {"created_date": "2026-11-23", "clinic": {"next_appointment": visit}}
    )
    assert facts.get("derived.visit_in_days") == days

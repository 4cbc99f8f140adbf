"""Tests of the second clinical table itself: personas, edges, general laws."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

import clinical_oracle
from backguide.errors import ProfileError
from backguide.profile.load import profile_from_bytes
from clinical_oracle import (
    ABOUT_THE_PAGE,
    AMBIGUITIES,
    CLAUSES,
    CREATED_DATE,
    FIELDS,
    FLAG_HIDES,
    FLAG_SHOWS,
    LEVEL_HIDES,
    LEVEL_SHOWS,
    NO_ROW,
    OPTIONAL_RED_FLAGS,
    PARTS,
    RANK,
    REQUIRED_RED_FLAGS,
    ROWS_OF_FIELD,
    RULES,
    SPEAKS_OF_PAIN,
    TOLD,
    expected_flags,
    expected_hidden,
    expected_level,
    expected_shown,
    expected_state,
    expected_unanswered,
    is_supported_age,
    onset_weeks,
)
from exercise_oracle import (
    ALL_EXERCISES,
    EXERCISE_FIELDS,
    LOW_LOAD,
    SKIP_SOURCES,
    direction_preference,
    exercise_level,
    exercise_limit,
    exercises_forbidden,
)
from strategies import SCHEMA, as_bytes, in_clinic, minimal_profile

Profile = dict[str, Any]
Facts = dict[str, Any]

# A calm profile: back pain for 20 weeks, getting better, all questions "no".
CALM: Facts = {
    "mode": "self",
    "created_date": CREATED_DATE,
    "person.age_years": 40,
    "symptoms.has_back_pain": "current",
    "symptoms.site": ["central_low"],
    "symptoms.onset_weeks": 20,
    "symptoms.nrs_now": 4,
    "symptoms.nrs_usual_24h": 4,
    "symptoms.radiation": "none",
    "symptoms.aggravators": [],
    "symptoms.easers": [],
    "symptoms.improving": "better",
    "running.runner_status": "new",
    "abilities.strength_days_wk": 2,
}
NO_PAIN: Facts = {"symptoms": None, "symptoms.has_back_pain": "never"}
CLINIC: Facts = {"mode": "clinic"}
CLEARED_TO_RUN: Facts = {**CLINIC, "clearance.clinician_clearance_running": True}


def put(profile: Profile, path: str, value: Any) -> None:
    """Set a fact; the value None for a whole group empties the group."""
    group, _, field = path.partition(".")
    if not field:
        profile[group] = {} if value is None else value
        return
    profile.setdefault(group, {})[field] = value


def make(*changes: Facts) -> Profile:
    """Return the calm profile with the changes applied in order."""
    profile: Profile = {"red_flags": dict.fromkeys(REQUIRED_RED_FLAGS, "no")}
    for facts in (CALM, *changes):
        for path, value in facts.items():
            put(profile, path, copy.deepcopy(value))
    return profile


def rf(*keys: str, answer: str | None = "yes") -> Facts:
    """Facts that answer these red flag questions."""
    return {f"red_flags.{key}": answer for key in keys}


def allowed(profile: Profile) -> set[str]:
    """Exercises that are not forbidden."""
    return set(ALL_EXERCISES) - set(exercises_forbidden(profile))


def test_calm_profile_is_routine() -> None:
    assert expected_flags(make()) == {}
    assert expected_level(make()) == "ROUTINE"
    assert not expected_unanswered(make())
    assert exercises_forbidden(make()) == {}
    assert exercise_limit(make()) is None


def test_empty_profile_asks_for_answers() -> None:
    assert expected_level({}) == "ROUTINE"
    assert expected_unanswered({})
    assert allowed({}) == set()


# --- the 15 personas of docs/evidence.md, section 5.6 ---------------------------------


def test_persona_01_persistent_pain_desk_stopped() -> None:
    person = make(
        {
            "person.age_years": 28,
            "symptoms.nrs_now": 5,
            "symptoms.nrs_usual_24h": 5,
            "symptoms.onset_weeks": 30,
            "symptoms.aggravators": ["sit"],
            "symptoms.easers": ["walk"],
            "running.runner_status": "injured_stopped",
            "running.weeks_since_last_run": 13,
        }
    )
    assert expected_level(person) == "ROUTINE"
    assert exercise_level(person) == "B"
    assert set(exercises_forbidden(person)) == {"X03"}


def test_persona_02_current_runner_mild_pain() -> None:
    person = make(
        {
            "person.age_years": 45,
            "symptoms.nrs_now": 2,
            "symptoms.nrs_usual_24h": 2,
            "running.runner_status": "current",
            "running.longest_run_30d_km": 12,
            "running.planned_next_longest_km": 18,
        }
    )
    assert expected_level(person) == "ROUTINE"
    assert exercise_level(person) == "C"
    assert exercises_forbidden(person) == {}


def test_persona_03_osteoporosis_with_go_ahead() -> None:
    facts = {"person.age_years": 63, "diagnoses.osteoporosis": TOLD}
    assert expected_level(make(facts, CLEARED_TO_RUN)) == "ROUTINE"
    person = make(facts, CLEARED_TO_RUN)
    assert set(exercises_forbidden(person)) == {"X02", "X03", "X04", "X12", "X18"}
    assert expected_flags(make(facts)) == {"RF27": "SOON"}


def test_persona_04_young_one_sided_sprinter() -> None:
    facts = {
        "person.age_years": 22,
        "symptoms.site": ["left_low"],
        "symptoms.aggravators": ["bend_back", "run_fast"],
        "running.runner_status": "current",
    }
    calm = {"symptoms.aggravators": ["bend_back"]}  # 20 to 25: only with a jump
    assert expected_flags(make(facts, calm)) == {}
    person = make(facts, {"running.recent_changes": ["speed"]})
    assert expected_flags(person) == {"RF20": "SOON"}
    assert allowed(person) == set()
    assert exercise_limit(person) == 0


def test_persona_05_saddle_numbness() -> None:
    person = make({"person.age_years": 34}, rf("saddle_numb"))
    assert expected_flags(person) == {"RF03": "EMERGENCY"}
    assert expected_level(person) == "EMERGENCY"
    assert allowed(person) == set()


def test_persona_06_eight_weeks_after_birth() -> None:
    person = make(
        {
            "person.age_years": 30,
            "diagnoses.postpartum": "yes",
            "diagnoses.weeks_since_birth": 8,
        }
    )
    assert expected_level(person) == "ROUTINE"
    assert set(exercises_forbidden(person)) == {"X08", "X09", "X12", "X14", "X15"}


@pytest.mark.parametrize("stenosis", [TOLD, "no", None])
def test_persona_07_stenosis_pattern(stenosis: str | None) -> None:
    person = make(
        {
            "person.age_years": 67,
            "symptoms.radiation": "thigh",
            "symptoms.radiation_side": "both",
            "symptoms.aggravators": ["walk", "stand"],
            "symptoms.easers": ["sit", "lean_forward"],
            "diagnoses.stenosis": stenosis,
        }
    )
    assert expected_level(person) == "SOON"
    assert "RF28" in expected_flags(person)
    assert "X20" in exercises_forbidden(person)
    assert "X03" in allowed(person)
    assert exercise_limit(person) == 3


def test_persona_08_new_foot_drop() -> None:
    person = make(rf("foot_drop"))
    assert expected_flags(person) == {"RF06": "URGENT"}
    assert allowed(person) == set()


def test_persona_09_low_fuel_and_old_stress_fracture() -> None:
    person = make(
        {
            "person.age_years": 24,
            "symptoms.site": ["sacrum"],
            "running.runner_status": "current",
            "running.weekly_distance_km": 90,
        },
        rf("missed_periods_3", "past_stress_fracture", "impact_bone_pain"),
    )
    assert expected_flags(person) == {"RF19": "SOON", "RF21": "SOON"}
    assert allowed(person) == set()


def test_persona_10_prevention() -> None:
    person = make(NO_PAIN, {"person.age_years": 50})
    assert expected_level(person) == "ROUTINE"
    assert exercise_level(person) == "C"
    assert exercises_forbidden(person) == {}


def test_persona_11_past_cancer_new_pain() -> None:
    facts = {"person.age_years": 55, "symptoms.onset_weeks": 3}
    person = make(facts, rf("past_cancer"))
    assert expected_flags(person) == {"RF12": "SOON"}
    assert allowed(person) == LOW_LOAD


def test_persona_12_axial_spa_with_go_ahead() -> None:
    facts = {
        "person.age_years": 33,
        "diagnoses.axial_spa": TOLD,
        "spa.age_at_onset": 25,
        "spa.better_moving": "yes",
        "spa.wakes_second_half": "yes",
    }
    person = make(facts, CLEARED_TO_RUN)
    assert expected_level(person) == "ROUTINE"
    assert exercises_forbidden(person) == {}


@pytest.mark.parametrize("answer", [None, "unknown"])
def test_persona_13_one_emergency_item_open(answer: str | None) -> None:
    person = make(rf("bladder_change", answer=answer))
    assert expected_level(person) == "ROUTINE"
    assert expected_unanswered(person)
    assert allowed(person) == set()


def test_persona_14_high_bmi_no_weight_talk() -> None:
    person = make(
        {
            "person.age_years": 41,
            "person.height_cm": 165,
            "person.weight_kg": 92.6,
            "person.weight_talk": "no",
        }
    )
    assert expected_level(person) == "ROUTINE"
    assert exercises_forbidden(person) == {}


def test_persona_15_recent_discectomy() -> None:
    person = make(
        {
            "person.age_years": 29,
            "diagnoses.spinal_surgery": TOLD,
            "diagnoses.surgery_type": "discectomy",
            "diagnoses.surgery_date": "2026-10-12",
        }
    )
    assert expected_flags(person) == {"RF27": "SOON"}
    assert allowed(person) == set()


# --- every flag: just enough, and just not enough ----------------------------

OTHER_SPA: Facts = {"spa.better_moving": "yes", "spa.nsaid_48h": "yes"}
SCIATICA: Facts = {
    "symptoms.radiation": "below_knee",
    "symptoms.leg_worse_than_back": True,
    "symptoms.nrs_now": 4,
}
WALKING_LEGS: Facts = {
    "symptoms.radiation_side": "both",
    "symptoms.aggravators": ["walk"],
    "symptoms.easers": ["sit"],
}
RUNNER: Facts = {"running.runner_status": "current", "symptoms.site": ["sacrum"]}
ARCHING: Facts = {"symptoms.site": ["right_low"], "symptoms.aggravators": ["bend_back"]}
LEAN: Facts = {"person.height_cm": 200}
NO_GAIN: Facts = {"symptoms.improving": "same", "person.age_years": 50}

BOTH_NUMB: Facts = {
    "symptoms.radiation": "thigh",
    "symptoms.radiation_side": "both",
    "symptoms.leg_quality": ["numb"],
}
MAN: Facts = {"person.sex_at_birth": "male", "person.age_years": 66}
OLD_FORMAT: Facts = {"red_flags.constant_deep_pain": None}  # as in format 1.0
NOTHING_EASES: Facts = {
    "symptoms.aggravators": ["rest"],
    "symptoms.easers": ["nothing"],
}


def began_on(day: str) -> Facts:
    return {"symptoms.onset_weeks": None, "symptoms.onset_date": day}


def operated_on(day: str) -> Facts:
    return {"diagnoses.spinal_surgery": TOLD, "diagnoses.surgery_date": day}


CASES: list[tuple[str, str | None, Facts]] = [
    ("RF01", "EMERGENCY", rf("bladder_change")),
    ("RF01", None, rf("bladder_change", answer="unknown")),
    ("RF01", "EMERGENCY", {**NO_PAIN, **rf("bladder_change")}),
    ("RF02", "EMERGENCY", rf("bowel_change")),
    ("RF03", "EMERGENCY", rf("saddle_numb")),
    ("RF04", "EMERGENCY", rf("sexual_change")),
    ("RF04", None, {**NO_PAIN, **rf("sexual_change")}),
    ("RF04", "EMERGENCY", {
        **NO_PAIN, **rf("sexual_change"), "symptoms.radiation": "thigh"}),
    ("RF04", None, {
        **NO_PAIN, **rf("sexual_change"), "symptoms.radiation": "none"}),
    ("RF05", "EMERGENCY", rf("both_legs")),
    ("RF05", "EMERGENCY", rf("leg_weakness_both")),
    ("RF05", None, BOTH_NUMB),
    ("RF05", None, {**BOTH_NUMB, **rf("both_legs", answer="unknown")}),
    ("RF05", None, {
        **BOTH_NUMB, **rf("both_legs", answer=None),
        "symptoms.leg_quality": ["burning"]}),
    ("RF05", None, {
        **BOTH_NUMB, **rf("both_legs", answer=None),
        "symptoms.radiation_side": "left"}),
    ("RF06", "SOON", {
        **BOTH_NUMB, **rf("both_legs", answer=None),
        "symptoms.leg_quality": ["weak"]}),
    ("RF06", "EMERGENCY", rf("leg_weakness_worse")),
    ("RF06", "EMERGENCY", rf("leg_weakness_both", "foot_drop")),
    ("RF06", "URGENT", rf("foot_drop", "leg_weakness_mild")),
    ("RF06", "SOON", rf("leg_weakness_mild")),
    ("RF06", "SOON", {"symptoms.leg_quality": ["weak"]}),
    ("RF06", None, {"symptoms.leg_quality": ["heavy", "burning"]}),
    ("RF07", "EMERGENCY", rf("gait_unsteady")),
    ("RF08", "SOON", rf("leg_numbness")),
    ("RF08", "SOON", {"symptoms.leg_quality": ["numb"]}),
    ("RF08", "SOON", {"symptoms.leg_quality": ["tingling"]}),
    ("RF08", None, {"symptoms.leg_quality": ["heavy"]}),
    ("RF08", "URGENT", rf("leg_numbness", "leg_numbness_spreading")),
    ("RF09", "EMERGENCY", rf("major_trauma")),
    ("RF09", None, {"symptoms.onset_type": "trauma"}),
    ("RF09", None, {
        "symptoms.onset_type": "trauma", **rf("major_trauma", answer="unknown")}),
    ("RF09", None, {
        "symptoms.onset_type": "lift_bend", **rf("major_trauma", answer=None)}),
    ("RF10", None, rf("minor_trauma", "new_stoop")),
    ("RF10", None, rf("steroids_3m", "low_trauma_fracture")),
    ("RF10", "URGENT", rf("minor_trauma", "steroids_3m")),
    ("RF10", "URGENT", rf("new_stoop", "low_trauma_fracture")),
    ("RF10", None, {"symptoms.onset_type": "lift_bend"}),
    ("RF10", "URGENT", {"symptoms.onset_type": "lift_bend", "person.age_years": 65}),
    ("RF10", "URGENT", {"symptoms.onset_type": "trauma", **rf("steroids_3m")}),
    ("RF10", None, {
        "symptoms.onset_type": "sudden_no_cause", "person.age_years": 65}),
    ("RF10", None, {
        "symptoms.onset_type": "lift_bend", "person.age_years": 65,
        "symptoms.has_back_pain": "past_only"}),
    ("RF10", None, {**rf("new_stoop"), "person.age_years": 64}),
    ("RF10", "URGENT", {**rf("new_stoop"), "person.age_years": 65}),
    ("RF10", "URGENT", {**rf("new_stoop"), "diagnoses.osteoporosis": TOLD}),
    ("RF10", None, {**rf("new_stoop"), "diagnoses.osteoporosis": "self_suspected"}),
    ("RF10", None, {**rf("new_stoop"), "diagnoses.osteopenia": TOLD}),
    ("RF10", "URGENT", {**rf("minor_trauma"), "diagnoses.vertebral_fracture": TOLD}),
    ("RF11", "URGENT", rf("fever_chills")),
    ("RF11", "URGENT", rf("very_unwell")),
    ("RF11", "EMERGENCY", {**NO_PAIN, **rf("fever_chills", "confused_or_rigors")}),
    ("RF11", None, {**NO_PAIN, **rf("fever_chills")}),
    ("RF11", "URGENT", rf("confused_or_rigors")),
    ("RF11", None, {**NO_PAIN, **rf("confused_or_rigors")}),
    ("RF11", "URGENT", {**NO_PAIN, **rf("very_unwell")}),
    ("RF11", "EMERGENCY", rf("very_unwell", "confused_or_rigors")),
    ("RF11", "SOON", rf("night_pain_constant", "immune_problem")),
    ("RF11", "SOON", rf("night_pain_constant", "recent_infection_procedure")),
    ("RF11", None, rf("night_pain_constant")),
    ("RF11", None, rf("immune_problem", "diabetes", "inject_drugs")),
    ("RF11", "SOON", {**rf("night_pain_constant"), "diagnoses.diabetes": TOLD}),
    ("RF11", None, {
        **rf("night_pain_constant"), "diagnoses.diabetes": "self_suspected"}),
    ("RF11", "SOON", rf("constant_deep_pain", "diabetes")),
    ("RF11", "SOON", {
        **rf("constant_deep_pain"), "diagnoses.skin_or_ear_infection": "yes"}),
    ("RF11", "SOON", {**rf("constant_deep_pain"), **operated_on("2026-08-23")}),
    ("RF11", "SOON", {**rf("constant_deep_pain"), **operated_on("2026-08-22")}),
    ("RF12", "SOON", rf("past_cancer")),
    ("RF12", None, {**NO_PAIN, **rf("past_cancer")}),
    ("RF12", "URGENT", rf("past_cancer", "weight_loss")),
    ("RF12", None, rf("weight_loss")),
    ("RF12", "SOON", rf("weight_loss", "night_pain_constant")),
    ("RF12", "URGENT", {
        **NO_GAIN, **rf("past_cancer"), "symptoms.onset_weeks": 4}),
    ("RF12", "SOON", {**NO_GAIN, **rf("past_cancer"), "symptoms.onset_weeks": 3}),
    ("RF12", "URGENT", {
        **NO_GAIN, **rf("past_cancer"), "symptoms.onset_weeks": 51}),
    ("RF12", "URGENT", {
        **NO_GAIN, **rf("past_cancer"), "symptoms.onset_weeks": 500}),
    ("RF12", "SOON", {**NO_GAIN, **rf("past_cancer"), "person.age_years": 49}),
    ("RF12", "SOON", {
        **NO_GAIN, **rf("past_cancer"), "symptoms.improving": "better"}),
    ("RF12", None, NO_GAIN),
    ("RF12", "SOON", {**NO_GAIN, **rf("weight_loss")}),
    ("RF13", "SOON", rf("upper_back")),
    ("RF13", "SOON", {"symptoms.site": ["left_low", "upper_mid"]}),
    ("RF13", "EMERGENCY", rf("upper_back", "breathless_on_effort")),
    ("RF13", None, rf("chest_pain")),
    ("RF14", "EMERGENCY", rf("chest_pain")),
    ("RF14", None, rf("breathless_on_effort")),
    ("RF15", "EMERGENCY", rf("sudden_severe_tummy_back", "faint_clammy")),
    ("RF15", "EMERGENCY", rf("sudden_severe_tummy_back", "breathless_on_effort")),
    ("RF15", "URGENT", rf("sudden_severe_tummy_back")),
    ("RF15", "URGENT", rf("pulsing_tummy", "faint_clammy")),
    ("RF15", None, rf("faint_clammy")),
    ("RF15", "EMERGENCY", rf("sudden_severe_tummy_back", "confused_or_rigors")),
    ("RF15", None, rf("constant_deep_pain")),
    ("RF15", "URGENT", {**rf("constant_deep_pain"), "person.smoker": "current"}),
    ("RF15", "URGENT", {**rf("constant_deep_pain"), "person.smoker": "past"}),
    ("RF15", "URGENT", rf("constant_deep_pain", "blood_pressure_uncontrolled")),
    ("RF15", "URGENT", rf("constant_deep_pain", "artery_risk")),
    ("RF15", None, rf("artery_risk")),
    ("RF15", None, {**rf("constant_deep_pain"), **MAN, "person.age_years": 65}),
    ("RF15", "URGENT", {**rf("constant_deep_pain"), **MAN}),
    ("RF15", "URGENT", {**rf("constant_deep_pain"), "person.age_years": 66}),
    ("RF15", None, {
        **rf("constant_deep_pain"), **MAN, "person.sex_at_birth": "female"}),
    ("RF15", "URGENT", {**OLD_FORMAT, **rf("night_pain_constant"), **MAN}),
    ("RF15", "URGENT", {**OLD_FORMAT, **NOTHING_EASES, **MAN}),
    ("RF15", None, {**rf("night_pain_constant"), **MAN}),  # the question is a no
    ("RF15", None, {
        **OLD_FORMAT, "person.smoker": "current", "symptoms.nrs_now": 8,
        "symptoms.episode": "constant_long", "symptoms.irritability": "high"}),
    ("RF15", None, {**OLD_FORMAT, **MAN, "symptoms.easers": ["nothing"]}),
    ("RF15", None, {
        **OLD_FORMAT, **NOTHING_EASES, **MAN, "symptoms.easers": ["nothing", "lie"]}),
    ("RF16", "URGENT", rf("lump_shape")),
    ("RF17", "URGENT", rf("cannot_walk_sleep")),
    ("RF17", "URGENT", {**NO_PAIN, **rf("cannot_walk_sleep")}),
    ("RF17", None, {**rf("night_pain_constant"), "symptoms.nrs_now": 7}),
    ("RF17", None, {**rf("night_pain_constant"), "symptoms.nrs_now": 6}),
    ("RF17", None, {"symptoms.nrs_now": 9}),
    ("RF17", None, {"symptoms.nrs_usual_24h": 9}),
    ("RF17", None, {"symptoms.nrs_now": 8}),
    ("RF18", "SOON", {**OTHER_SPA, "spa.age_at_onset": 34}),
    ("RF18", None, {**OTHER_SPA, "spa.age_at_onset": 35}),
    ("RF18", "SOON", {
        **OTHER_SPA, "spa.age_at_onset": 44, "spa.family": "yes"}),
    ("RF18", "SOON", {**OTHER_SPA, "spa.age_at_onset": 45, "spa.family": "yes"}),
    ("RF18", "SOON", {**OTHER_SPA, "spa.age_at_onset": 44, "spa.uveitis": "yes"}),
    ("RF18", "SOON", {**OTHER_SPA, "spa.age_at_onset": 44, "spa.ibd": "yes"}),
    ("RF18", "SOON", {**OTHER_SPA, "spa.family": "yes"}),  # 40 years old now
    ("RF18", None, {**OTHER_SPA, "spa.family": "yes", "person.age_years": 45}),
    ("RF18", "SOON", {
        **OTHER_SPA, "spa.age_at_onset": 44, "symptoms.site": ["buttock_l"]}),
    ("RF18", "SOON", {
        **OTHER_SPA, "spa.age_at_onset": 44, "symptoms.site": ["buttock_l"],
        "spa.buttock": "no"}),
    ("RF18", "SOON", {
        **OTHER_SPA, "spa.age_at_onset": 34, "symptoms.onset_weeks": 12}),
    ("RF18", None, {
        **OTHER_SPA, "spa.age_at_onset": 34, "symptoms.onset_weeks": 11}),
    ("RF18", None, {
        **OTHER_SPA, "spa.age_at_onset": 34, "diagnoses.axial_spa": TOLD}),
    ("RF18", "SOON", {
        **OTHER_SPA, "spa.age_at_onset": 34, "diagnoses.axial_spa": "no"}),
    ("RF18", "URGENT", {**NO_PAIN, **rf("eye_red_painful")}),
    ("RF18", "URGENT", {**rf("eye_red_painful"), "diagnoses.axial_spa": TOLD}),
    ("RF19", "SOON", {**RUNNER, **rf("hop_pain")}),
    ("RF19", "SOON", {**RUNNER, **rf("hop_pain"), "running.runner_status": "new"}),
    ("RF19", None, {
        **RUNNER, **rf("hop_pain"), "running.runner_status": "non_runner_wants_to"}),
    ("RF19", "SOON", {
        **RUNNER, **rf("hop_pain"), "running.runner_status": "returning"}),
    ("RF19", "SOON", {**RUNNER, **rf("hop_pain"), "symptoms.site": ["groin"]}),
    ("RF19", None, {
        **RUNNER, **rf("impact_bone_pain", "past_stress_fracture"),
        "symptoms.site": ["groin"]}),
    ("RF19", None, {
        **RUNNER, **rf("past_stress_fracture"), "symptoms.aggravators": ["run_long"]}),
    ("RF19", None, {
        **RUNNER, **rf("past_stress_fracture"), "symptoms.aggravators": ["run_long"],
        "red_flags.impact_bone_pain": "no"}),
    ("RF19", "SOON", {
        **RUNNER, **rf("impact_bone_pain"), "running.recent_change_pct": 11}),
    ("RF19", None, {
        **RUNNER, **rf("impact_bone_pain"), "running.recent_change_pct": 10}),
    ("RF19", None, {**RUNNER, **rf("impact_bone_pain")}),
    ("RF19", "SOON", {**RUNNER, **rf("impact_bone_pain", "past_stress_fracture")}),
    ("RF19", "SOON", {
        **RUNNER, **rf("impact_bone_pain"), "running.recent_changes": ["surface"]}),
    ("RF19", None, {
        **RUNNER, **rf("impact_bone_pain"), "running.recent_changes": ["hills"]}),
    ("RF20", "SOON", {**ARCHING, "person.age_years": 19}),
    ("RF20", None, {**ARCHING, "person.age_years": 20}),
    ("RF20", "SOON", {
        **ARCHING, "person.age_years": 25, "running.recent_changes": ["frequency"]}),
    ("RF20", None, {
        **ARCHING, "person.age_years": 26, "running.recent_changes": ["frequency"]}),
    ("RF20", None, {
        **ARCHING, "person.age_years": 25, "running.recent_changes": ["surface"]}),
    ("RF20", None, {
        **ARCHING, "person.age_years": 19, "symptoms.site": ["upper_mid"]}),
    ("RF20", "SOON", {
        **ARCHING, "person.age_years": 19, "symptoms.site": ["central_low"]}),
    ("RF20", None, {
        **ARCHING, "person.age_years": 19, "symptoms.aggravators": ["run_fast"]}),
    ("RF20", None, {
        **ARCHING, "person.age_years": 19, "symptoms.aggravators": [],
        **rf("impact_bone_pain")}),
    ("RF21", None, rf("past_stress_fracture")),
    ("RF21", "SOON", rf("missed_periods_3")),
    ("RF21", "SOON", rf("low_libido", "always_tired_cold")),
    ("RF21", "SOON", {**NO_PAIN, **rf("low_libido", "weight_loss")}),
    ("RF21", "SOON", {**LEAN, **rf("restrict_food"), "person.weight_kg": 73}),
    ("RF21", None, {**LEAN, **rf("restrict_food"), "person.weight_kg": 74}),
    ("RF21", None, {**LEAN, "person.weight_kg": 60}),
    ("RF21", "URGENT", {**LEAN, "person.weight_kg": 59}),
    ("RF21", "SOON", rf("eating_disorder")),
    ("RF21", "URGENT", rf("eating_disorder", "breathless_on_effort")),
    ("RF21", "URGENT", rf("eating_disorder", "faint_clammy")),
    ("RF21", "URGENT", rf("eating_disorder", "faint_on_effort")),
    ("RF21", "URGENT", rf("eating_disorder", "chest_pain")),
    ("RF22", "SOON", {**SCIATICA, "symptoms.onset_weeks": 7}),
    ("RF22", None, {**SCIATICA, "symptoms.onset_weeks": 6}),
    ("RF22", "SOON", {
        **SCIATICA, "symptoms.onset_weeks": 2, "symptoms.nrs_now": 7}),
    ("RF22", None, {**SCIATICA, "symptoms.onset_weeks": 1, "symptoms.nrs_now": 7}),
    ("RF22", None, {**SCIATICA, "symptoms.onset_weeks": 6, "symptoms.nrs_now": 6}),
    ("RF22", None, {**SCIATICA, "symptoms.leg_worse_than_back": False}),
    ("RF22", None, {**SCIATICA, "symptoms.leg_worse_than_back": None}),
    ("RF22", "SOON", {
        **SCIATICA, "symptoms.leg_worse_than_back": None, "diagnoses.sciatica": TOLD}),
    ("RF22", "SOON", {
        **SCIATICA, "symptoms.onset_weeks": 1, "symptoms.improving": "worse"}),
    ("RF22", None, {**SCIATICA, "symptoms.radiation": "thigh"}),
    ("RF23", "URGENT", rf("fever_chills", "flank_pain")),
    ("RF23", "SOON", rf("blood_in_urine")),
    ("RF23", "SOON", rf("flank_pain", "burning_urine")),
    ("RF23", None, rf("flank_pain")),
    ("RF23", "SOON", rf("burning_urine")),
    ("RF23", "URGENT", rf("burning_urine", "fever_chills")),
    ("RF24", "URGENT", {**rf("pregnancy_warning"), "diagnoses.pregnant": "yes"}),
    ("RF24", None, {**rf("pregnancy_warning"), "diagnoses.pregnant": "unknown"}),
    ("RF24", None, {"diagnoses.pregnant": "yes"}),
    ("RF25", "URGENT", rf("faint_on_effort", "told_no_exercise")),
    ("RF25", "SOON", rf("told_no_exercise")),
    ("RF25", "SOON", rf("breathless_on_effort")),
    ("RF25", "SOON", rf("blood_pressure_uncontrolled")),
    ("RF25", None, {"diagnoses.heart_disease": TOLD}),
    ("RF25", None, {"diagnoses.heart_disease": "self_suspected"}),
    ("RF26", "SOON", {"symptoms.improving": "worse", "symptoms.onset_weeks": 7}),
    ("RF26", None, {"symptoms.improving": "worse", "symptoms.onset_weeks": 6}),
    ("RF26", None, {"symptoms.improving": "better"}),
    ("RF26", "SOON", {"symptoms.stops_daily_life": True}),
    ("RF26", "SOON", {"symptoms.nrs_usual_24h": 7, "symptoms.onset_weeks": 3}),
    ("RF26", "SOON", {"symptoms.nrs_usual_24h": 7, "symptoms.onset_weeks": 2}),
    ("RF26", "SOON", {"symptoms.nrs_now": 7, **began_on("2026-11-08")}),  # 15 days
    ("RF26", "SOON", {"symptoms.nrs_now": 7, **began_on("2026-11-09")}),
    ("RF26", None, {
        "symptoms.improving": "same", **began_on("2026-10-11")}),  # 43 days
    ("RF26", None, {"symptoms.improving": "same", **began_on("2026-10-12")}),
    ("RF26", None, {"symptoms.nrs_usual_24h": 6}),
    ("RF26", "SOON", {"symptoms.nrs_now": 7, "symptoms.onset_weeks": 1}),
    ("RF26", None, {"symptoms.nrs_now": None, "symptoms.nrs_usual_24h": 8}),
    ("RF26", None, {"symptoms.nrs_now": 6}),
    ("RF27", "SOON", {"diagnoses.disc_bulge": TOLD}),
    ("RF27", None, {"diagnoses.disc_bulge": "self_suspected"}),
    ("RF27", "SOON", {"diagnoses.facet_arthritis": TOLD}),
    ("RF27", None, {"diagnoses.osteopenia": TOLD, "diagnoses.sciatica": TOLD}),
    ("RF27", None, {**CLEARED_TO_RUN, "diagnoses.spinal_surgery": TOLD}),
    ("RF27", None, {
        **CLEARED_TO_RUN, "diagnoses.spinal_surgery": TOLD,
        "diagnoses.surgeon_clearance": False}),
    ("RF27", "SOON", {**NO_PAIN, "diagnoses.spinal_surgery": TOLD}),
    ("RF27", None, {**CLEARED_TO_RUN, "diagnoses.scoliosis": TOLD}),
    ("RF27", "SOON", {**CLINIC, "diagnoses.scoliosis": TOLD}),
    ("RF27", "SOON", {
        **CLEARED_TO_RUN, "diagnoses.scoliosis": TOLD, "mode": "self"}),
    ("RF28", "SOON", {**WALKING_LEGS, "person.age_years": 51}),
    ("RF28", None, {**WALKING_LEGS, "person.age_years": 50}),
    ("RF28", None, {
        **WALKING_LEGS, "person.age_years": 51, "symptoms.radiation_side": "left"}),
    ("RF28", None, {
        **WALKING_LEGS, "person.age_years": 51, "symptoms.easers": ["lie"]}),
    ("RF29", "URGENT", {**NO_PAIN, **rf("self_harm")}),
    ("RF30", "URGENT", rf("cough_sneeze_worse")),
    ("RF30", "SOON", {**CLINIC, **rf("cough_sneeze_worse")}),
    ("RF30", "URGENT", {**NO_PAIN, **rf("cough_sneeze_worse")}),
    ("RF30", None, {"symptoms.aggravators": ["cough"]}),
]  # fmt: skip


@pytest.mark.parametrize(("flag", "level", "facts"), CASES)
def test_flag_level(flag: str, level: str | None, facts: Facts) -> None:
    assert expected_flags(make(facts)).get(flag) == level


def test_every_flag_has_a_case_that_triggers() -> None:
    assert {flag for flag, level, _ in CASES if level} == set(RULES)


@pytest.mark.parametrize(
    ("day", "weeks"),
    [("2026-11-10", 1), ("2026-11-09", 2), ("2026-09-01", 11), ("2026-08-31", 12)],
)
def test_onset_date_counts_whole_weeks(day: str, weeks: int) -> None:
    by_date = {"symptoms.onset_weeks": None, "symptoms.onset_date": day}
    assert onset_weeks(make(by_date)) == weeks
    assert onset_weeks(make({"symptoms.onset_date": day})) == 20


# --- clearance ---------------------------------------------------------------

SIGNED: Facts = {
    **CLINIC,
    "clearance.red_flags_cleared_by": "Duty physiotherapist",
    "clearance.red_flags_cleared_date": "2026-11-20",
    "clearance.red_flags_cleared": ["RF06"],
}


def test_cleared_flag_no_longer_counts() -> None:
    person = make(SIGNED, rf("foot_drop"))
    assert expected_flags(person) == {}
    assert exercises_forbidden(person) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "self"},
        {"clearance.red_flags_cleared_by": None},
        {"clearance.red_flags_cleared_by": ""},
        {"clearance.red_flags_cleared_date": None},
        {"clearance.red_flags_cleared": ["RF07"]},
    ],
)
def test_clearance_needs_clinic_name_date_and_flag(change: Facts) -> None:
    assert expected_level(make(SIGNED, rf("foot_drop"), change)) == "URGENT"


# --- open questions ----------------------------------------------------------

# Questions that can only lead to SOON when everything else is calm, or to
# nothing at all without a second fact.
QUIET_ALONE = {
    "steroids_3m", "low_trauma_fracture", "minor_trauma",
    "new_stoop", "immune_problem", "diabetes", "inject_drugs",
    "recent_infection_procedure", "past_cancer", "weight_loss",
    "night_pain_constant", "upper_back", "faint_clammy", "flank_pain",
    "blood_in_urine", "breathless_on_effort", "told_no_exercise",
    "constant_deep_pain", "pregnancy_warning",
}  # fmt: skip


@pytest.mark.parametrize("key", REQUIRED_RED_FLAGS)
@pytest.mark.parametrize("answer", [None, "unknown"])
def test_one_open_question(key: str, answer: str | None) -> None:
    person = make(rf(key, answer=answer))
    assert expected_unanswered(person) == (key not in QUIET_ALONE)


def test_missing_key_is_open_too() -> None:
    person = make()
    del person["red_flags"]["saddle_numb"]
    assert expected_unanswered(person)


@pytest.mark.parametrize(
    ("facts", "open_"),
    [
        ({**rf("minor_trauma", answer=None), "person.age_years": 64}, False),
        ({**rf("minor_trauma", answer=None), "person.age_years": 65}, True),
        (rf("minor_trauma", "steroids_3m", answer=None), True),
        ({**rf("pregnancy_warning", answer=None), "diagnoses.pregnant": "yes"}, True),
        ({**rf("pregnancy_warning", answer=None), "diagnoses.pregnant": None}, False),
        ({**rf("pregnancy_warning", answer=None), "diagnoses.pregnant": "no"}, False),
        ({**rf("pregnancy_warning", answer=None), **MAN}, False),
        ({**rf("cough_sneeze_worse", answer=None), **CLINIC}, False),
        ({**rf("cough_sneeze_worse", answer=None), **NO_PAIN}, True),
        ({**OLD_FORMAT}, False),
        ({**OLD_FORMAT, **MAN}, True),
        ({**OLD_FORMAT, "person.smoker": "past"}, True),
        # What nobody must answer is asked once another answer calls for it.
        (rf("leg_numbness"), True),
        ({"symptoms.leg_quality": ["tingling"]}, False),
        ({**rf("leg_numbness"), "red_flags.leg_numbness_spreading": "no"}, False),
        ({"spa.uveitis": "yes"}, False),
        (rf("constant_deep_pain"), True),
        ({**rf("constant_deep_pain"), "red_flags.artery_risk": "no"}, False),
        ({**OTHER_SPA, "spa.family": "yes"}, False),
        ({**OTHER_SPA, "spa.family": "yes", "red_flags.eye_red_painful": "no"}, False),
        ({**rf("bladder_change"), **rf("both_legs", answer=None)}, False),
        ({**rf("foot_drop"), **rf("both_legs", answer=None)}, True),
        ({**rf("foot_drop"), **rf("lump_shape", answer=None)}, False),
        ({**SIGNED, **rf("foot_drop", answer=None)}, False),
        ({**SIGNED, **rf("both_legs", answer=None)}, True),
        (rf(*OPTIONAL_RED_FLAGS, answer=None), False),
    ],
)
def test_open_questions_with_other_facts(facts: Facts, open_: bool) -> None:
    assert expected_unanswered(make(facts)) is open_


# --- exercise level and direction --------------------------------------------


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        ({"symptoms.nrs_now": 5}, "B"),
        ({"symptoms.nrs_now": 6}, "A"),
        ({"symptoms.nrs_now": 3}, "B"),
        ({"symptoms.nrs_now": 2}, "C"),
        ({"symptoms.nrs_now": None}, "B"),
        ({"symptoms.nrs_now": 4, "symptoms.onset_weeks": 5}, "A"),
        ({"symptoms.nrs_now": 4, "symptoms.onset_weeks": 6}, "B"),
        ({"symptoms.nrs_now": 3, "symptoms.onset_weeks": 5}, "B"),
        ({"symptoms.nrs_now": 1, "symptoms.irritability": "high"}, "A"),
        ({"symptoms.nrs_now": 1, "symptoms.irritability": "moderate"}, "C"),
        ({"symptoms.nrs_now": 4, "person.fear_of_movement_0_10": 5}, "B"),
        ({"symptoms.nrs_now": 4, "person.fear_of_movement_0_10": 6}, "A"),
        ({"symptoms.nrs_now": 1, "person.fear_of_movement_0_10": 6}, "B"),
        ({"symptoms.nrs_now": 8, "person.fear_of_movement_0_10": 6}, "A"),
        (NO_PAIN, "C"),
        ({**NO_PAIN, "person.fear_of_movement_0_10": 6}, "B"),
        (
            {
                **NO_PAIN,
                "person.age_years": 69,
                "diagnoses.balance_problem": "yes",
            },
            "C",
        ),
        (
            {
                **NO_PAIN,
                "person.age_years": 70,
                "diagnoses.balance_problem": "yes",
            },
            "B",
        ),
        ({**NO_PAIN, "person.age_years": 70}, "C"),
        (
            {
                **NO_PAIN,
                "person.age_years": 70,
                "diagnoses.balance_problem": "yes",
                "person.fear_of_movement_0_10": 6,
            },
            "B",
        ),
    ],
)
def test_exercise_level(facts: Facts, level: str) -> None:
    assert exercise_level(make(facts)) == level


@pytest.mark.parametrize(
    ("worse", "better", "direction"),
    [
        (["bend_back"], ["lean_forward"], "flexion"),
        (["bend_back"], ["walk"], "none"),
        (["sit"], ["walk"], "extension"),
        (["bend_forward"], ["stand"], "extension"),
        (["bend_forward"], ["sit"], "none"),
        (["bend_back", "sit"], ["lean_forward", "stand"], "none"),
        (None, ["walk"], "none"),
        (["sit"], None, "none"),
    ],
)
def test_direction(
    worse: list[str] | None, better: list[str] | None, direction: str
) -> None:
    facts = {"symptoms.aggravators": worse, "symptoms.easers": better}
    assert direction_preference(make(facts)) == direction


# --- exercise skip rules -----------------------------------------------------

PREGNANT: Facts = {"diagnoses.pregnant": "yes"}
BIRTH: Facts = {"diagnoses.postpartum": "yes"}
FLAT = "X01 X02 X03 X05 X07 X10"
NO_CORE = "X08 X09 X12 X14 X15"

SKIPS: list[tuple[Facts, str]] = [
    ({"symptoms.radiation": "below_knee"}, "X03 X10 X12"),
    ({"symptoms.radiation": "thigh"}, ""),
    ({"symptoms.radiation": "thigh", "diagnoses.sciatica": TOLD}, "X03 X10 X12"),
    ({"symptoms.radiation": "none", "diagnoses.sciatica": TOLD}, ""),
    ({"symptoms.radiation": None, "diagnoses.sciatica": TOLD}, ""),
    ({"symptoms.radiation": "buttock", "diagnoses.sciatica": "self_suspected"}, ""),
    (
        {
            "symptoms.radiation": "below_knee",
            "symptoms.aggravators": ["bend_forward"],
        },
        "X03 X10 X12 X19",
    ),
    ({**CLEARED_TO_RUN, "diagnoses.stenosis": TOLD}, "X20"),
    ({**CLEARED_TO_RUN, "diagnoses.spondylolysis": TOLD}, "X20"),
    ({**CLEARED_TO_RUN, "diagnoses.spondylolisthesis": TOLD}, "X11 X20"),
    ({**CLEARED_TO_RUN, "diagnoses.osteoporosis": TOLD}, "X02 X03 X04 X12 X18"),
    (
        {**CLEARED_TO_RUN, "diagnoses.vertebral_fracture": TOLD},
        "X02 X03 X04 X12 X18",
    ),
    ({"diagnoses.osteopenia": TOLD}, ""),
    ({"diagnoses.osteoporosis": "self_suspected"}, ""),
    ({"diagnoses.hypermobility": TOLD}, "X10 X11"),
    ({"diagnoses.joint_replacement": TOLD}, "X11"),
    (PREGNANT, f"{FLAT} X09 X18 X20"),  # weeks not told: the careful end
    ({**PREGNANT, "diagnoses.pregnant_weeks": 15}, "X20"),
    ({**PREGNANT, "diagnoses.pregnant_weeks": 16}, f"{FLAT} X20"),
    ({**PREGNANT, "diagnoses.pregnant_weeks": 27}, f"{FLAT} X20"),
    ({**PREGNANT, "diagnoses.pregnant_weeks": 28}, f"{FLAT} X09 X18 X20"),
    ({"diagnoses.pregnant": "no", "diagnoses.pregnant_weeks": 28}, ""),
    ({**BIRTH, "diagnoses.weeks_since_birth": 11}, NO_CORE),
    ({**BIRTH, "diagnoses.weeks_since_birth": 12}, ""),
    (BIRTH, ""),
    ({**BIRTH, "diagnoses.pelvic_floor_symptoms": "yes"}, NO_CORE),
    ({"diagnoses.pelvic_floor_symptoms": "yes"}, ""),
    ({"diagnoses.doming": "yes"}, NO_CORE),
    ({**BIRTH, "diagnoses.doming": "yes"}, f"X07 {NO_CORE}"),
    ({"diagnoses.cannot_kneel": "yes"}, "X04 X06 X11"),
    ({"abilities.cannot_do": ["kneel"]}, "X04 X06 X11"),
    ({"abilities.cannot_do": ["hands_knees"]}, "X04 X06"),
    ({"abilities.cannot_do": ["lie_flat"]}, FLAT),
    (
        {"abilities.cannot_do": ["get_to_floor"]},
        "X01 X02 X03 X04 X06 X07 X10 X11 X16 X20",
    ),
    ({"abilities.cannot_do": ["X13", "X19"]}, "X13 X19"),
    ({"diagnoses.wrist_problem": "yes"}, ""),
    ({"diagnoses.shoulder_problem": "yes"}, "X08"),
    ({"diagnoses.balance_problem": "yes"}, "X12 X15 X18"),
    ({"running.runner_status": "new", "abilities.strength_days_wk": 0}, "X12 X15"),
    ({"running.runner_status": "new", "abilities.strength_days_wk": None}, "X12 X15"),
    ({"running.runner_status": "current", "abilities.strength_days_wk": 0}, ""),
    ({"diagnoses.recent_hamstring_tear": "yes"}, "X10"),
    ({"diagnoses.calf_tear": "yes"}, "X17"),
    ({"diagnoses.calf_tear": "unknown"}, ""),
    (
        {
            "symptoms.aggravators": ["bend_back"],
            "symptoms.site": ["groin"],
            "person.age_years": 19,
        },
        "X20",
    ),
    ({"symptoms.aggravators": ["bend_back"], "person.age_years": 20}, ""),
    ({"symptoms.aggravators": ["sit"], "symptoms.easers": ["walk"]}, "X03"),
    (
        {"symptoms.aggravators": ["bend_back"], "symptoms.easers": ["lean_forward"]},
        "X20",
    ),
    ({"symptoms.nrs_now": 6}, "X12 X18"),
    ({"symptoms.nrs_now": 5}, ""),
]


@pytest.mark.parametrize(("facts", "expected"), SKIPS)
def test_skips(facts: Facts, expected: str) -> None:
    person = make(facts)
    assert expected_level(person) == "ROUTINE"
    assert sorted(exercises_forbidden(person)) == sorted(expected.split())


OPERATED: Facts = {**CLEARED_TO_RUN, "diagnoses.spinal_surgery": TOLD}


@pytest.mark.parametrize(
    ("facts", "nothing"),
    [
        ({"diagnoses.surgery_date": "2026-09-01"}, True),  # 83 days
        ({"diagnoses.surgery_date": "2026-08-31"}, False),  # 84 days
        ({"diagnoses.surgery_type": "fusion"}, True),
        ({"diagnoses.surgery_type": "decompression"}, True),  # on an unknown day
        ({"diagnoses.surgeon_clearance": True}, False),
        (
            {
                "diagnoses.surgery_date": "2026-09-01",
                "diagnoses.surgeon_clearance": True,
            },
            True,
        ),
        ({"diagnoses.surgery_type": "fusion", "diagnoses.spinal_surgery": "no"}, False),
    ],
)
def test_surgery(facts: Facts, nothing: bool) -> None:
    person = make(OPERATED, facts)
    assert expected_level(person) == "ROUTINE"
    assert (allowed(person) == set()) is nothing
    assert (exercise_limit(person) == 0) is nothing


@pytest.mark.parametrize(("facts", "nothing"), [({}, True), (CLEARED_TO_RUN, False)])
def test_a_suspected_break(facts: Facts, nothing: bool) -> None:
    person = make(facts, {"diagnoses.vertebral_fracture": "self_suspected"})
    assert expected_level(person) == "ROUTINE"
    assert (allowed(person) == set()) is nothing


@pytest.mark.parametrize(
    "facts",
    [
        rf("leg_weakness_mild"),
        rf("leg_numbness"),
        {**RUNNER, **rf("hop_pain")},
        {**ARCHING, "person.age_years": 19},
        rf("missed_periods_3"),
        SCIATICA,
        rf("night_pain_constant", "diabetes"),
    ],
)
def test_soon_with_a_stop_flag_means_no_exercise(facts: Facts) -> None:
    person = make(facts)
    assert expected_level(person) == "SOON"
    assert allowed(person) == set()
    assert exercise_limit(person) == 0


@pytest.mark.parametrize(
    "facts",
    [
        {"symptoms.stops_daily_life": True},
        rf("upper_back"),
        rf("told_no_exercise"),
        {"diagnoses.disc_bulge": TOLD},
    ],
)
def test_other_soon_flags_leave_three_low_load(facts: Facts) -> None:
    person = make(facts)
    assert expected_level(person) == "SOON"
    assert allowed(person) == LOW_LOAD
    assert exercise_limit(person) == 3


def test_strain_ban_stays_when_the_flag_is_cleared() -> None:
    cleared = {**SIGNED, "clearance.red_flags_cleared": ["RF25"]}
    person = make(cleared, rf("blood_pressure_uncontrolled"))
    assert exercises_forbidden(person) == {
        "X18": "blood pressure or told not to strain"
    }


# --- laws that hold for any profile ------------------------------------------


def random_profile(rng: random.Random, share_of_no: float = 0.95) -> Profile:
    """Return a profile with random values from the field lists."""
    profile: Profile = {}
    for path in FIELDS | EXERCISE_FIELDS:
        values = (*FIELDS.get(path, ()), *EXERCISE_FIELDS.get(path, ()))
        calm = path.startswith("red_flags.") and rng.random() < share_of_no
        value = "no" if calm else rng.choice(values)
        if "." in path:
            put(profile, path, value)
        else:
            profile[path] = value
    return profile


PROFILES = [random_profile(random.Random(seed)) for seed in range(400)]


def test_random_profiles_reach_every_level() -> None:
    levels = {expected_level(profile) for profile in PROFILES}
    assert levels == set(RANK)
    assert {expected_unanswered(profile) for profile in PROFILES} == {True, False}


@pytest.mark.parametrize("profile", PROFILES[:100])
def test_a_yes_never_lowers_the_level(profile: Profile) -> None:
    before = RANK[expected_level(profile)]
    for key in (*REQUIRED_RED_FLAGS, *OPTIONAL_RED_FLAGS):
        changed = copy.deepcopy(profile)
        changed["red_flags"][key] = "yes"
        assert RANK[expected_level(changed)] >= before


@pytest.mark.parametrize("profile", PROFILES[:100])
def test_a_no_in_place_of_nothing_never_raises_the_level(profile: Profile) -> None:
    changed = copy.deepcopy(profile)
    for key, answer in changed["red_flags"].items():
        if answer != "yes":
            changed["red_flags"][key] = "no"
    said = expected_flags(profile)
    for flag, level in expected_flags(changed).items():
        assert RANK[level] <= RANK[said[flag]]


@pytest.mark.parametrize("profile", PROFILES)
def test_results_agree_with_each_other(profile: Profile) -> None:
    before = copy.deepcopy(profile)
    forbidden = exercises_forbidden(profile)
    level, limit = expected_level(profile), exercise_limit(profile)
    assert profile == before
    assert set(forbidden.values()) <= set(SKIP_SOURCES)
    if RANK[level] >= RANK["URGENT"] or expected_unanswered(profile):
        assert len(forbidden) == 20
        assert limit == 0
    if level == "SOON":
        assert allowed(profile) <= LOW_LOAD
        assert limit in (0, 3)


def test_every_skip_reason_is_used() -> None:
    seen: set[str] = set()
    for facts, _ in SKIPS:
        seen |= set(exercises_forbidden(make(facts)).values())
    rest = set(SKIP_SOURCES) - seen
    assert rest == {
        "emergency or urgent level",
        "safety questions open",
        "nerve, fracture, bone-stress or infection flag",
        "fusion or operation under 12 weeks ago",
        "operation on a day nobody told",
        "spine bone that may be broken",
        "low load only until seen",
        "blood pressure or told not to strain",
    }


def test_fields_hold_both_sides_of_each_number() -> None:
    numbers = {
        "person.age_years": (20, 26, 50, 51, 65),
        "symptoms.onset_weeks": (2, 4, 7, 12, 52),
        "symptoms.nrs_now": (7, 9),
        "symptoms.nrs_usual_24h": (7,),
        "spa.age_at_onset": (35, 45),
        "person.weight_kg": (60, 74),
    }
    for path, limits in numbers.items():
        wanted = {limit + step for limit in limits for step in (-1, 0, 1)}
        assert wanted <= set(FIELDS[path])


# --- the table is whole --------------------------------------------------------


def test_each_clause_says_what_it_is() -> None:
    assert {entry.row for entry in CLAUSES} == set(RULES)
    assert len({(entry.row, entry.text) for entry in CLAUSES}) == len(CLAUSES)
    assert all(row.startswith(("RF", "3.")) for row, _, _ in AMBIGUITIES)


def schema_fields() -> set[str]:
    """Dotted paths of every field of the profile."""
    found = set()
    for name, spec in SCHEMA["properties"].items():
        inner = spec.get("properties")
        found |= {f"{name}.{key}" for key in inner} if inner else {name}
    return found


def test_every_field_of_the_profile_has_its_place() -> None:
    """A field is read by a row, or it is written why no row speaks of it."""
    page = {field for field in schema_fields() if field.startswith(ABOUT_THE_PAGE)}
    placed = set(ROWS_OF_FIELD) | set(NO_ROW)
    assert schema_fields() - placed - page == set()
    assert not set(ROWS_OF_FIELD) & set(NO_ROW)
    questions = {field for field in schema_fields() if field.startswith("red_flags.")}
    assert not questions & set(NO_ROW)


PAIN_IS_TOLD_BY = {
    "symptoms.has_back_pain",
    "symptoms.radiation",
    "symptoms.leg_quality",
    "symptoms.leg_worse_than_back",
    *(f"red_flags.{key}" for key in SPEAKS_OF_PAIN),
}


def test_each_row_reads_the_fields_it_is_said_to_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: dict[str, set[str]] = {row: set() for row in RULES}
    plain, row = clinical_oracle.get_fact, ""

    def noted(profile: Profile, path: str) -> Any:
        read[row].add(path)
        return plain(profile, path)

    monkeypatch.setattr(clinical_oracle, "get_fact", noted)
    stormy = [random_profile(random.Random(seed), 0.4) for seed in range(3000)]
    for row in RULES:
        for profile in (*PROFILES, *stormy):
            for entry in CLAUSES:
                if entry.row == row:
                    entry.holds(profile)
    for row, paths in read.items():
        named = {path for path, rows in ROWS_OF_FIELD.items() if row in rows}
        assert named - paths == set(), row
        assert paths - named - PAIN_IS_TOLD_BY == set(), row


# --- 3.1, principle 8: age -------------------------------------------------------


@pytest.mark.parametrize("mode", ["self", "clinic"])
@pytest.mark.parametrize("years", [15, 16, 17, 18])
def test_a_profile_is_taken_from_the_age_that_is_supported(
    mode: str, years: int
) -> None:
    make_one = minimal_profile if mode == "self" else in_clinic
    content = as_bytes(make_one(**{"person.age_years": years}))
    if is_supported_age(years, mode):
        assert profile_from_bytes(content, "profile.json").get("person.age_years")
        return
    with pytest.raises(ProfileError):
        profile_from_bytes(content, "profile.json")


# --- 3.2: what is shown and what is hidden -----------------------------------------


def test_shown_and_hidden_parts_are_known_and_each_row_has_its_own() -> None:
    tables = (LEVEL_SHOWS, LEVEL_HIDES, FLAG_SHOWS, FLAG_HIDES)
    named = {part for table in tables for parts in table.values() for part in parts}
    assert named - set(PARTS) == {clinical_oracle.ALL}
    assert set(FLAG_HIDES) == set(RULES)
    assert set(LEVEL_SHOWS) == set(LEVEL_HIDES) == {*RANK, "UNANSWERED"}


@pytest.mark.parametrize(
    ("facts", "hidden"),
    [
        (rf("leg_numbness"), {"exercise", "running", "hamstring stretch"}),
        (SCIATICA, {"exercise", "running", "hamstring stretch"}),
        (rf("night_pain_constant", "diabetes"), {"exercise", "heat advice"}),
        (rf("past_cancer"), {"run plan", "running"}),
        ({**RUNNER, **rf("hop_pain")}, {"step-ups", "hopping", "running", "exercise"}),
        (rf("missed_periods_3"), {"BMI value", "weight-loss content"}),
        (rf("burning_urine"), {"exercise"}),
        (rf("told_no_exercise"), {"run plan"}),
        ({}, {"emergency colours"}),
    ],
)
def test_hidden_parts(facts: Facts, hidden: set[str]) -> None:
    person = make(facts, {"red_flags.leg_numbness_spreading": "no"})
    assert hidden <= expected_hidden(person)
    assert not expected_hidden(person) & expected_shown(person)


@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_is_both_shown_and_hidden(profile: Profile) -> None:
    assert not expected_hidden(profile) & expected_shown(profile)
    state = expected_state(profile)
    assert set(LEVEL_HIDES[state]) <= expected_hidden(profile)

"""Triage against the second clinical table, rule by rule and case by case.

``clinical_oracle`` was written from the evidence without looking at the rules of
the program. Here both are asked the same questions: every answer and every pair
of answers, every combination of the facts of each flag, random whole profiles.
Then the rules are damaged on purpose, one by one: every damage must be noticed.
"""

import copy
import itertools
import math
import random
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings

from backguide.guidance import library as library_module
from backguide.guidance.condition import ConditionReader, Truth
from backguide.guidance.content_file import ContentFile
from backguide.guidance.library import Library, load_library
from backguide.guidance.select import select
from backguide.guidance.triage import Flag, Level, Triage, assess
from backguide.profile.facts import derive_signs, facts_of, known_facts
from backguide.resources import templates_root
from clinical_oracle import (
    CLAUSES,
    FIELDS,
    GATED_DIAGNOSES,
    OPTIONAL_RED_FLAGS,
    RANK,
    REQUIRED_RED_FLAGS,
    ROWS_OF_FIELD,
    RULES,
    SPA_SIGNS,
    STATUS,
    TOLD,
    expected_flags,
    expected_level,
    expected_unanswered,
    unanswered_red_flags,
)
from strategies import in_clinic, minimal_profile, profiles, put, random_profile

RawProfile = dict[str, Any]
Verdict = tuple[str, dict[str, str], bool]
"""Level, flags with their levels, and whether safety questions are open."""

RED_FLAGS = (*REQUIRED_RED_FLAGS, *OPTIONAL_RED_FLAGS)
YN = ("no", "yes")
YNU = ("no", "yes", None)
PAIN = ("current", "past_only", "never")


# --- asking both --------------------------------------------------------------


@cache
def _content() -> Library:
    """Return the content once for the whole module (also outside of tests)."""
    return load_library(templates_root())


def asked(profile: RawProfile, flags: tuple[Flag, ...] | None = None) -> Verdict:
    """Return what the program says."""
    return verdict(assess(facts_of(profile), flags or _content().flags))


def verdict(triage: Triage) -> Verdict:
    flags = {item.flag.id: item.level.name for item in triage.flags}
    return triage.level.name, flags, bool(triage.unanswered)


def expected(profile: RawProfile) -> Verdict:
    """Return what the second table says."""
    flags = expected_flags(profile)
    level = max(flags.values(), key=RANK.__getitem__, default="ROUTINE")
    # With every safety question answered nothing is open; saves copying the profile.
    is_open = bool(unanswered_red_flags(profile)) and expected_unanswered(profile)
    return level, flags, is_open


def test_the_short_cuts_of_these_tests_agree_with_the_second_table() -> None:
    for seed in range(300):
        profile = random_profile(seed)
        assert expected(profile) == (
            expected_level(profile),
            expected_flags(profile),
            expected_unanswered(profile),
        )


def test_the_profile_that_everything_starts_from_has_no_flag() -> None:
    for profile in (minimal_profile(), in_clinic()):
        assert asked(profile) == expected(profile) == ("ROUTINE", {}, False)


# --- (a) every answer, and every pair of answers ------------------------------


def changed(profile: RawProfile, facts: Mapping[str, Any]) -> RawProfile:
    """Return a copy with other facts; groups are copied, lists are shared."""
    copied = {k: dict(v) if isinstance(v, dict) else v for k, v in profile.items()}
    for path, value in facts.items():
        group, _, name = path.rpartition(".")
        (copied.setdefault(group, {}) if group else copied)[name] = value
    return copied


def with_answers(facts: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts with other answers, and what is derived from safety answers."""
    known = {p: v for p, v in told.items() if v is not None and v != "unknown"}
    known = {p: v for p, v in facts.items() if p not in told} | known
    derive_signs(known)
    return known


STARTS = {
    f"{mode}, {pain}": changed(
        minimal_profile(), {"mode": mode, "symptoms.has_back_pain": pain}
    )
    for mode in ("self", "clinic")
    for pain in ("current", "never")
}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("key", RED_FLAGS)
def test_every_single_answer(start: str, key: str) -> None:
    for answer in ("yes", "no", "unknown", None):
        profile = changed(STARTS[start], {f"red_flags.{key}": answer})
        assert asked(profile) == expected(profile), answer
    del profile["red_flags"][key]
    assert asked(profile) == expected(profile)


@pytest.mark.parametrize("start", STARTS)
def test_every_pair_of_answers(start: str) -> None:
    number, base = 0, facts_of(STARTS[start])
    for pair in itertools.combinations([f"red_flags.{key}" for key in RED_FLAGS], 2):
        for answers in itertools.product(("yes", "unknown"), repeat=2):
            told = dict(zip(pair, answers, strict=True))
            facts = with_answers(base, told)
            wanted = expected(changed(STARTS[start], told))
            assert verdict(assess(facts, _content().flags)) == wanted, told
            number += 1
    assert number == 4 * math.comb(len(RED_FLAGS), 2)


@pytest.mark.parametrize("start", STARTS)
def test_all_answers_alike(start: str) -> None:
    for answer in ("yes", "no", "unknown", None):
        everything = {f"red_flags.{key}": answer for key in RED_FLAGS}
        profile = changed(STARTS[start], everything)
        assert asked(profile) == expected(profile)


# --- (b) every combination of the facts of each flag --------------------------


@dataclass(frozen=True)
class Group:
    """The facts that one flag looks at, with the values on both sides of each limit."""

    flag: str
    values: Mapping[str, tuple[Any, ...]]
    at_rest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        count = 1
        for values in self.values.values():
            count *= len(values)
        return count

    @property
    def start(self) -> RawProfile:
        return changed(minimal_profile(), self.at_rest)


def red(*keys: str, answers: tuple[Any, ...] = YNU) -> dict[str, tuple[Any, ...]]:
    return {f"red_flags.{key}": answers for key in keys}


HAS_PAIN = {"symptoms.has_back_pain": PAIN}
PAIN_OR_NOT = {"symptoms.has_back_pain": ("current", "past_only")}
MODE = {"mode": ("self", "clinic")}
CHANGES = {
    "running.recent_changes": (
        ["none"], ["distance"], ["speed"], ["surface"], ["frequency"], ["hills"],
        ["shoes"], None,
    ),
}  # fmt: skip
STATUSES = (
    "new", "returning", "current", "injured_stopped", "non_runner_wants_to",
)  # fmt: skip
LEG_QUALITY = {
    "symptoms.leg_quality": (
        [],
        ["tingling"],
        ["numb"],
        ["weak"],
        ["numb", "weak"],
        None,
    )
}
RADIATION = {
    "symptoms.radiation": ("none", "buttock", "thigh", "below_knee", None),
}
SIDE = {"symptoms.radiation_side": ("left", "right", "both", None)}
ONSET = {"symptoms.onset_type": FIELDS["symptoms.onset_type"]}
CONSTANT = {
    "symptoms.aggravators": (["night"], ["rest"], ["sit"], None),
    "symptoms.easers": (["nothing"], ["nothing", "lie"], ["heat"], None),
}
GO_AHEAD = {"clearance.clinician_clearance_running": (True, False, None)}
IMPROVING = {"symptoms.improving": ("better", "same", "worse", None)}
SITES = tuple(
    [site] for site in (
        "central_low", "left_low", "right_low", "buttock_l", "buttock_r", "sacrum",
        "upper_mid", "groin",
    )
)  # fmt: skip
SCORES = {"symptoms.nrs_now": (6, 7, 8), "symptoms.nrs_usual_24h": (6, 7, 8)}
LEANING = {
    "person.height_cm": (200,),
    "person.weight_kg": (59, 60, 61, 73, 74, 75, None),
}
FUEL = (
    "missed_periods_3", "low_libido", "past_stress_fracture", "repeat_injury",
    "always_tired_cold", "weight_loss", "restrict_food",
)  # fmt: skip
UNLIKE_YES = ("no", "yes", "unknown", None)

GROUPS = [
    *(
        Group(flag, {**red(key, answers=UNLIKE_YES), **HAS_PAIN, **MODE})
        for flag, key in [
            ("RF01", "bladder_change"), ("RF02", "bowel_change"),
            ("RF03", "saddle_numb"), ("RF05", "both_legs"), ("RF07", "gait_unsteady"),
            ("RF09", "major_trauma"), ("RF16", "lump_shape"), ("RF29", "self_harm"),
            ("RF30", "cough_sneeze_worse"),
        ]
    ),
    Group("RF04", {**red("sexual_change", answers=UNLIKE_YES), **HAS_PAIN,
                   **RADIATION, **red("upper_back", answers=YN),
                   "symptoms.leg_quality": ([], ["burning"], ["shooting"], ["numb"]),
                   "symptoms.leg_worse_than_back": (True, False, None)}),
    Group("RF05", {**red("both_legs", "leg_weakness_both", answers=UNLIKE_YES),
                   **LEG_QUALITY, **SIDE, **HAS_PAIN}),
    Group("RF06", {**red("leg_weakness_worse", "leg_weakness_both", "foot_drop",
                         "leg_weakness_mild"), **LEG_QUALITY, **HAS_PAIN}),
    Group("RF06", {**red("both_legs", "leg_weakness_both", "leg_weakness_mild",
                         "foot_drop"), **LEG_QUALITY, **SIDE}),
    Group("RF08", {**red("leg_numbness", "leg_numbness_spreading"), **LEG_QUALITY,
                   **HAS_PAIN}),
    Group("RF09", {**red("major_trauma", "upper_back"), **HAS_PAIN, **ONSET}),
    Group("RF10", {**red("minor_trauma", "new_stoop"),
                   **red("steroids_3m", "low_trauma_fracture", answers=YN),
                   **HAS_PAIN, "person.age_years": (64, 65, 66),
                   "diagnoses.osteoporosis": STATUS,
                   "diagnoses.vertebral_fracture": STATUS}),
    Group("RF10", {"symptoms.onset_type": FIELDS["symptoms.onset_type"], **HAS_PAIN,
                   **MODE, **red("minor_trauma"), "person.age_years": (64, 65, None),
                   **red("steroids_3m", answers=YN),
                   "diagnoses.osteoporosis": STATUS}),
    Group("RF10", {**red("minor_trauma", "new_stoop"), **HAS_PAIN, **ONSET,
                   **red("steroids_3m", "low_trauma_fracture", "upper_back",
                         answers=YN),
                   "person.age_years": (64, 65),
                   "diagnoses.osteoporosis": (TOLD, "self_suspected"),
                   "diagnoses.osteopenia": (TOLD, "no")}),
    Group("RF11", {**red("night_pain_constant", "constant_deep_pain"), **CONSTANT,
                   **red("diabetes", answers=YN), "diagnoses.diabetes": STATUS,
                   "diagnoses.skin_or_ear_infection": UNLIKE_YES}),
    Group("RF11", {**red("constant_deep_pain", "recent_infection_procedure"),
                   "diagnoses.spinal_surgery": STATUS,
                   "diagnoses.surgery_date": FIELDS["diagnoses.surgery_date"]}),
    Group("RF11", {**red("fever_chills", "confused_or_rigors"), **HAS_PAIN,
                   **red("upper_back", "cannot_walk_sleep", answers=YN),
                   **RADIATION}),
    Group("RF11", {**red("fever_chills", "very_unwell", "confused_or_rigors",
                         "night_pain_constant"), **HAS_PAIN, **MODE,
                   **red("immune_problem", "diabetes", "inject_drugs",
                         "recent_infection_procedure", answers=YN)}),
    Group("RF12", {**red("past_cancer", "weight_loss"),
                   **red("night_pain_constant", "very_unwell", answers=YN),
                   **HAS_PAIN, **MODE, **IMPROVING,
                   "person.age_years": (49, 50, 51),
                   "symptoms.onset_weeks": (3, 4, 5, 51, 52, 53, None)}),
    Group("RF12", {**red("past_cancer", "weight_loss", "night_pain_constant",
                         "constant_deep_pain", "very_unwell"), **HAS_PAIN}),
    Group("RF12", {**red("past_cancer", "weight_loss"), **HAS_PAIN, **RADIATION,
                   **red("cough_sneeze_worse", answers=YN)}),
    Group("RF12", {**red("past_cancer", "weight_loss"), **IMPROVING,
                   "person.age_years": (49, 50),
                   "symptoms.onset_date": FIELDS["symptoms.onset_date"]},
          at_rest={"symptoms.onset_weeks": None}),
    Group("RF13", {**red("upper_back", "chest_pain", "breathless_on_effort"),
                   **HAS_PAIN, "symptoms.site": (["central_low"], ["upper_mid"],
                                     ["left_low", "upper_mid"], None)}),
    Group("RF14", {**red("chest_pain", "breathless_on_effort", "upper_back",
                         "faint_on_effort"), **HAS_PAIN, **MODE}),
    Group("RF15", {**red("sudden_severe_tummy_back", "faint_clammy",
                         "breathless_on_effort", "pulsing_tummy"), **HAS_PAIN,
                   **red("chest_pain", "faint_on_effort", "confused_or_rigors",
                         answers=YN)}),
    Group("RF15", {**red("constant_deep_pain", "night_pain_constant"), **HAS_PAIN,
                   **red("artery_risk", "blood_pressure_uncontrolled", answers=YN),
                   "person.age_years": (65, 66, 67, None),
                   "person.sex_at_birth": ("female", "male", "intersex", None),
                   "person.smoker": FIELDS["person.smoker"]}),
    Group("RF15", {**red("constant_deep_pain", "night_pain_constant",
                         "blood_pressure_uncontrolled"), **CONSTANT,
                   "person.age_years": (65, 66, 67),
                   "person.sex_at_birth": FIELDS["person.sex_at_birth"],
                   "person.smoker": FIELDS["person.smoker"]}),
    Group("RF15", {**red("constant_deep_pain", "night_pain_constant",
                         "pulsing_tummy"), **HAS_PAIN, **CONSTANT,
                   "person.smoker": ("past", "never")}),
    Group("RF17", {**red("cannot_walk_sleep", "night_pain_constant"), **HAS_PAIN,
                   "symptoms.nrs_now": (6, 7, 8, 9, 10),
                   "symptoms.nrs_usual_24h": (3, 6, 7, 8, 9)}),
    Group("RF17", {**red("cannot_walk_sleep", "night_pain_constant",
                         "constant_deep_pain"), **CONSTANT, **HAS_PAIN,
                   "symptoms.nrs_now": (6, 7, 9, None),
                   "symptoms.nrs_usual_24h": (3, 8, None)}),
    Group("RF17", {**red("cannot_walk_sleep", "night_pain_constant"), **HAS_PAIN,
                   "symptoms.nrs_now": (None,), "symptoms.nrs_usual_24h": (None,)}),
    Group("RF18", {**{f"spa.{key}": YN for key in SPA_SIGNS},
                   "spa.age_at_onset": (34, 35, 36, 44, 45, 46, None),
                   "symptoms.onset_weeks": (11, 12, 13), **PAIN_OR_NOT,
                   "diagnoses.axial_spa": (TOLD, "no")}),
    Group("RF18", {**red("eye_red_painful"), "spa.uveitis": YN, "spa.ibd": YN,
                   "spa.better_moving": YNU, "spa.nsaid_48h": YNU, "spa.family": YNU,
                   "spa.age_at_onset": (34, 44, None), **HAS_PAIN,
                   "symptoms.onset_weeks": (11, 12, None),
                   "diagnoses.axial_spa": STATUS}),
    Group("RF18", {"spa.better_moving": YN, "spa.nsaid_48h": YN, "spa.family": YN,
                   "spa.age_at_onset": (34, 44), **HAS_PAIN,
                   "symptoms.onset_date": FIELDS["symptoms.onset_date"]},
          at_rest={"symptoms.onset_weeks": None}),
    Group("RF18", {"spa.buttock": UNLIKE_YES, "spa.better_moving": UNLIKE_YES,
                   "spa.family": YN, "spa.age_at_onset": (34, 44, 45, None),
                   "person.age_years": (34, 35, 44, 45, 46), **RADIATION,
                   "symptoms.site": (["buttock_l"], ["buttock_r"], ["sacrum"], None),
                   "symptoms.easers": (["movement"], ["lie"], None)},
          at_rest={"symptoms.onset_weeks": 12}),
    Group("RF19", {**red("impact_bone_pain", answers=UNLIKE_YES),
                   "symptoms.site": (["sacrum"], ["buttock_r"], ["left_low"], None),
                   "symptoms.aggravators": (
                       ["run_long"], ["run_fast"], ["hills_down"], ["run_start"], []),
                   **red("past_stress_fracture", answers=YN), **PAIN_OR_NOT,
                   "running.recent_change_pct": (-20, 10, 11, None),
                   "running.runner_status": ("current", "non_runner_wants_to")}),
    Group("RF19", {**red("hop_pain", "impact_bone_pain"),
                   **red("past_stress_fracture", "missed_periods_3", answers=YN),
                   **PAIN_OR_NOT, "running.runner_status": STATUSES,
                   "symptoms.site": (*SITES, None), **CHANGES}),
    Group("RF20", {"person.age_years": (19, 20, 21, 25, 26, 27), **HAS_PAIN, **MODE,
                   **CHANGES,
                   "symptoms.site": (*SITES, ["left_low", "upper_mid"], None),
                   "symptoms.aggravators": FIELDS["symptoms.aggravators"]}),
    Group("RF20", {"person.age_years": (19, 20, 25, 26), **HAS_PAIN,
                   **red("hop_pain", "impact_bone_pain"),
                   "running.recent_change_pct": (-20, 10, 11, None),
                   "symptoms.site": (*SITES, None),
                   "symptoms.aggravators": (["run_fast"], ["bend_back"], ["sit"])}),
    Group("RF21", {**red("eating_disorder", answers=UNLIKE_YES),
                   **red("faint_on_effort", "faint_clammy", "chest_pain",
                         "breathless_on_effort"),
                   **red("low_libido", answers=YN)}),
    Group("RF21", {**red(*FUEL, answers=YN), **LEANING, **PAIN_OR_NOT,
                   **red("eating_disorder"),
                   **red("faint_on_effort", "chest_pain", answers=YN)}),
    Group("RF21", {**red(*FUEL), "person.height_cm": (200, None),
                   "person.weight_kg": (59, 74, None)}),
    Group("RF22", {**RADIATION, "symptoms.leg_worse_than_back": (True, False, None),
                   **HAS_PAIN, "symptoms.onset_weeks": (1, 2, 3, 6, 7, 8, None),
                   **SCORES}),
    Group("RF22", {"symptoms.radiation": ("thigh", "below_knee"), **IMPROVING,
                   "symptoms.leg_worse_than_back": (True, False, None),
                   "diagnoses.sciatica": STATUS, "symptoms.nrs_now": (6, 7),
                   "symptoms.onset_weeks": (1, 2, 6, 7, None)}),
    Group("RF22", {"symptoms.nrs_now": (6, 7),
                   "symptoms.onset_date": FIELDS["symptoms.onset_date"]},
          at_rest={"symptoms.onset_weeks": None, "symptoms.radiation": "below_knee",
                   "symptoms.leg_worse_than_back": True}),
    Group("RF23", {**red("fever_chills", "flank_pain", "blood_in_urine",
                         "burning_urine"), **HAS_PAIN}),
    Group("RF24", {**red("pregnancy_warning", answers=UNLIKE_YES), **HAS_PAIN,
                   "diagnoses.pregnant": UNLIKE_YES, **MODE}),
    Group("RF25", {**red("faint_on_effort", "told_no_exercise", "breathless_on_effort",
                         "blood_pressure_uncontrolled"), **HAS_PAIN,
                   "diagnoses.heart_disease": STATUS}),
    Group("RF26", {**HAS_PAIN, **IMPROVING, **SCORES,
                   "symptoms.onset_weeks": (1, 2, 3, 6, 7, 8, None),
                   "symptoms.stops_daily_life": (True, False, None)}),
    Group("RF26", {**HAS_PAIN, "symptoms.improving": ("better", "same"), **SCORES,
                   "symptoms.onset_date": (
                       "2026-11-16", "2026-11-10", "2026-11-09", "2026-11-08",
                       "2026-10-12", "2026-10-11", "2026-10-06", "2026-10-05",
                       None)},
          at_rest={"symptoms.onset_weeks": None}),
    Group("RF27", {**{f"diagnoses.{key}": (TOLD, "no") for key in GATED_DIAGNOSES},
                   **MODE, **HAS_PAIN, **GO_AHEAD}),
    *(
        Group("RF27", {f"diagnoses.{key}": STATUS, **MODE, **HAS_PAIN, **GO_AHEAD})
        for key in (*GATED_DIAGNOSES, "hip_osteoarthritis", "osteopenia", "sciatica")
    ),
    Group("RF27", {"diagnoses.spinal_surgery": STATUS, **MODE, **GO_AHEAD,
                   "diagnoses.surgeon_clearance": (True, False, None)}),
    Group("RF28", {"person.age_years": (50, 51, 52), **HAS_PAIN, **RADIATION,
                   **SIDE, "symptoms.aggravators": (
                       [], ["sit"], ["walk"], ["walk", "bend_back"], None),
                   "symptoms.easers": FIELDS["symptoms.easers"]}),
]  # fmt: skip

TOTAL = sum(group.size for group in GROUPS)


def _name(group: Group) -> str:
    return f"{group.flag} {group.size} cases, {len(group.values)} facts"


def _is_answer(path: str) -> bool:
    """Tell whether a fact stands as it is: nothing is derived from it."""
    return path.startswith(("red_flags.", "spa."))


def cases(group: Group) -> Iterator[tuple[RawProfile, dict[str, Any]]]:
    """Yield each combination: the raw profile and its facts."""
    outer = [path for path in group.values if not _is_answer(path)]
    inner = [path for path in group.values if _is_answer(path)]
    for values in itertools.product(*(group.values[path] for path in outer)):
        profile = changed(group.start, dict(zip(outer, values, strict=True)))
        base = facts_of(profile)
        for answers in itertools.product(*(group.values[path] for path in inner)):
            told = dict(zip(inner, answers, strict=True))
            yield changed(profile, told), with_answers(base, told)


EVERY = 7
"""Every so many cases all flags are compared, not only the group's own."""


@pytest.mark.parametrize("group", GROUPS, ids=_name)
def test_every_combination(group: Group, library: Library) -> None:
    own = tuple(flag for flag in library.flags if flag.id == group.flag)
    rule = RULES[group.flag]
    number = 0
    for profile, facts in cases(group):
        (_, flags, _) = verdict(assess(facts, own))
        assert flags.get(group.flag) == rule(profile), profile
        if number % EVERY == 0:
            assert verdict(assess(facts, library.flags)) == expected(profile), profile
        if number % 500 == 0:
            assert facts == facts_of(profile)
        number += 1
    assert number == group.size


def test_the_enumeration_is_as_large_as_it_should_be() -> None:
    assert TOTAL >= 200_000
    assert {group.flag for group in GROUPS} == set(RULES)


@pytest.mark.parametrize("group", GROUPS, ids=_name)
def test_each_group_has_cases_with_and_without_its_flag(group: Group) -> None:
    # Otherwise the enumeration would prove nothing about the flag.
    seen = {
        RULES[group.flag](profile)
        for profile, _ in itertools.islice(cases(group), 9000)
    }
    if len(group.values) == 4 and group.values.keys() >= {
        "mode",
        "symptoms.has_back_pain",
    }:
        names = [
            p.partition(".")[2] for p in group.values if p.startswith("diagnoses.")
        ]
        if names and not set(names) & {*GATED_DIAGNOSES, "pregnant"}:
            assert seen == {None}  # diagnoses that must not trigger
            return
    assert None in seen
    assert len(seen) >= 2


# --- (b2) what the enumeration can tell ----------------------------------------


@pytest.mark.parametrize("row", RULES)
def test_some_case_notices_each_clause_that_is_dropped(row: str) -> None:
    """Drop a clause of the second table: the flag of some enumerated case changes."""
    own = [entry for entry in CLAUSES if entry.row == row]
    missed = {entry.id for entry in own}
    for group in (group for group in GROUPS if group.flag == row):
        for profile, _ in cases(group):
            true = [entry for entry in own if entry.holds(profile)]
            top = [RANK[entry.level] for entry in true]
            if top.count(max(top, default=0)) == 1:
                missed -= {entry.id for entry in true if RANK[entry.level] == max(top)}
            if not missed:
                return
    assert missed == set()


def _changes_the_flag(row: str, path: str) -> bool:
    """Tell whether two enumerated cases differ in one field and in the flag."""
    for group in (g for g in GROUPS if g.flag == row and path in g.values):
        others = {p: v for p, v in group.values.items() if p != path}
        drawn = random.Random(f"{row} {path}")
        for _ in range(4000):
            base = {p: drawn.choice(values) for p, values in others.items()}
            said = {
                RULES[row](changed(group.start, base | {path: value}))
                for value in group.values[path]
            }
            if len(said) > 1:
                return True
    return False


@pytest.mark.parametrize("row", RULES)
def test_each_field_that_a_row_speaks_of_changes_its_flag(row: str) -> None:
    """No fact that a row speaks of is ignored, and the enumeration varies it."""
    paths = [path for path, rows in ROWS_OF_FIELD.items() if row in rows]
    paths = [path for path in paths if path != "created_date"]  # always the same day
    assert [path for path in paths if not _changes_the_flag(row, path)] == []


# --- (c) whole profiles -------------------------------------------------------


@settings(max_examples=500)
@given(profiles())
def test_whole_profiles(profile: RawProfile) -> None:
    assert asked(profile) == expected(profile)


def test_whole_random_profiles_also_far_from_calm() -> None:
    seen: dict[str, int] = {}
    for seed in range(2000):
        profile = random_profile(seed, calm=(0.999, 0.97, 0.8)[seed % 3])
        said = asked(profile)
        assert said == expected(profile), seed
        seen[said[0]] = seen.get(said[0], 0) + 1
    assert min(seen.get(level, 0) for level in RANK) >= 20, seen


# --- the order of the result, and its reasons ---------------------------------


def test_flags_come_most_urgent_first_with_reasons_that_hold() -> None:
    for seed in range(400):
        profile = random_profile(seed, calm=0.8)
        facts = facts_of(profile)
        triage = assess(facts, _content().flags)
        order = [(-item.level, item.flag.id) for item in triage.flags]
        assert order == sorted(order)
        for item in triage.flags:
            assert item.because
            assert all(test.evaluate(facts) is Truth.YES for test in item.because)
        told = triage.facts()
        assert told["triage.flags"] == tuple(sorted(i.flag.id for i in triage.flags))
        assert told["triage.unanswered"] is bool(triage.unanswered)


def test_open_questions_are_the_ones_that_could_raise_the_level() -> None:
    for seed in range(300):
        profile = random_profile(seed)
        triage = assess(facts_of(profile), _content().flags)
        opened = {f"red_flags.{key}" for key in unanswered_red_flags(profile)}
        assert set(triage.unanswered) <= opened
        every_yes = changed(profile, dict.fromkeys(triage.unanswered, "yes"))
        if triage.unanswered:
            assert RANK[expected_level(every_yes)] > RANK[triage.level.name]
        # And the others could not: with these answered, none is asked any more.
        every_no = changed(profile, dict.fromkeys(triage.unanswered, "no"))
        assert not expected_unanswered(every_no)


@pytest.mark.parametrize(
    ("level", "unanswered", "state", "held"),
    [
        (Level.EMERGENCY, ("a",), "EMERGENCY", True),
        (Level.URGENT, ("a",), "URGENT", True),
        (Level.URGENT, (), "URGENT", True),
        (Level.SOON, ("a",), "UNANSWERED", True),
        (Level.SOON, (), "SOON", False),
        (Level.ROUTINE, ("a",), "UNANSWERED", True),
        (Level.ROUTINE, (), "ROUTINE", False),
    ],
)
def test_state(
    level: Level, unanswered: tuple[str, ...], state: str, held: bool
) -> None:
    triage = Triage(level, (), (), unanswered)
    assert (triage.state, triage.is_held_back) == (state, held)


# --- (d) invariants -----------------------------------------------------------

# By hand from docs/evidence.md, section 3.2 and docs/evidence.md, section 5.2, not from
# triage.toml.
EMERGENCY_MAY_SHOW = {
    "emergency-now",
    "clinic-contact",
    "disclaimer",
    "sources-and-date",
}
EXERCISING = {"exercises", "plan"}
URGENT_NEVER_GROUPS = {
    "exercises", "plan", "techniques", "risks-benefits", "faq", "alternatives",
}  # fmt: skip
URGENT_NEVER = {"emergency-now", "shoes", "goal-race-plan", "see-clinician-soon"}
SOON_NEVER_GROUPS = {"techniques", "plan", "faq"}
SOON_NEVER = {
    "emergency-now", "urgent-same-day", "run-walk-plan", "run-hold-plan",
    "goal-race-plan", "mileage-progression", "cadence", "over-striding",
    "warm-up-routine", "strength-training", "pilates", "exercise-progress",
    "readiness-check",
}  # fmt: skip
NO_EXERCISE_AT_SOON = {"RF06", "RF08", "RF10", "RF11", "RF19", "RF20", "RF21"}
LOW_LOAD = {"X01", "X02", "X03", "X04", "X05", "X07", "X13", "X16", "X19", "X20"}


def printed(
    profile: RawProfile, library: Library
) -> tuple[str, set[str], set[str], set[str]]:
    """Return the state, the sections, their groups and the exercises that print."""
    selection = select(facts_of(profile), library, length="full")
    sections = {decision.section.id for decision in selection.included()}
    groups = {decision.section.group for decision in selection.included()}
    chosen = {pick.exercise.id for pick in selection.picks if pick.is_chosen}
    return selection.triage.state, sections, groups, chosen


def check_what_prints(profile: RawProfile, library: Library) -> str:
    """Check one profile against docs/evidence.md, section 3.2; return its state."""
    state, sections, groups, chosen = printed(profile, library)
    level, flags, is_open = expected(profile)
    assert state == (
        "UNANSWERED" if is_open and RANK[level] < RANK["URGENT"] else level
    )
    if level == "EMERGENCY":
        assert "emergency-now" in sections
        assert sections <= EMERGENCY_MAY_SHOW
        assert not chosen
    elif level == "URGENT":
        assert {"urgent-same-day", "warning-signs-card", "disclaimer"} <= sections
        assert not groups & URGENT_NEVER_GROUPS
        assert not sections & URGENT_NEVER
        assert not chosen
    elif is_open:
        assert "safety-questions" in sections
        assert not groups & (EXERCISING | {"techniques", "alternatives", "faq"})
        assert not chosen
    elif level == "SOON":
        assert {
            "see-clinician-soon",
            "warning-signs-card",
            "sources-and-date",
        } <= sections
        assert not groups & SOON_NEVER_GROUPS
        assert not sections & SOON_NEVER
        assert chosen <= LOW_LOAD
        assert len(chosen) <= 3
        if NO_EXERCISE_AT_SOON & set(flags):
            assert not chosen
            assert "exercise-plan" not in sections
    else:
        assert "warning-signs-card" in sections
        assert not sections & {"emergency-now", "urgent-same-day", "safety-questions"}
    return state


def test_what_prints_at_each_level(library: Library) -> None:
    seen: dict[str, int] = {}
    for seed in range(600):
        # Every third one has no told diagnosis, so that more than SOON is reached.
        profile = random_profile(seed, calm=(0.97, 0.995, 1.0)[seed % 3])
        if seed % 3:
            profile["diagnoses"] = {}
            profile["symptoms"] |= {"leg_quality": [], "improving": "better"}
        state = check_what_prints(profile, library)
        seen[state] = seen.get(state, 0) + 1
    for state in (*RANK, "UNANSWERED"):
        assert seen.get(state, 0) >= 10, seen


@pytest.mark.parametrize("mode", ["self", "clinic"])
@pytest.mark.parametrize("key", RED_FLAGS)
def test_what_prints_after_one_answer(key: str, mode: str, library: Library) -> None:
    for answer in ("yes", "unknown", None):
        facts = {"mode": mode, f"red_flags.{key}": answer}
        check_what_prints(changed(minimal_profile(), facts), library)


def test_any_emergency_answer_prints_one_page_only(library: Library) -> None:
    alone = [
        "bladder_change", "bowel_change", "saddle_numb", "sexual_change", "both_legs",
        "leg_weakness_worse", "leg_weakness_both", "gait_unsteady", "major_trauma",
        "chest_pain",
    ]  # fmt: skip
    together = [
        ("fever_chills", "confused_or_rigors"), ("very_unwell", "confused_or_rigors"),
        ("sudden_severe_tummy_back", "faint_clammy"),
        ("sudden_severe_tummy_back", "breathless_on_effort"),
        ("upper_back", "breathless_on_effort"),
    ]  # fmt: skip
    for keys in [*((key,) for key in alone), *together]:
        for seed in (1, 2, 3):
            profile = random_profile(seed, calm=0.9)
            profile["clearance"] = {}
            profile["symptoms"]["has_back_pain"] = "current"
            profile |= {"mode": ("self", "clinic")[seed % 2]}
            profile["red_flags"] |= dict.fromkeys(keys, "yes")
            state, sections, _, chosen = printed(profile, library)
            assert state == "EMERGENCY"
            assert "emergency-now" in sections <= EMERGENCY_MAY_SHOW
            assert not chosen


@pytest.mark.parametrize("mode", ["self", "clinic"])
@pytest.mark.parametrize("answer", ["unknown", None, ...])
@pytest.mark.parametrize(
    "key",
    [
        "bladder_change", "bowel_change", "saddle_numb", "sexual_change", "both_legs",
        "leg_weakness_worse", "foot_drop", "gait_unsteady", "major_trauma",
        "fever_chills", "very_unwell", "chest_pain", "sudden_severe_tummy_back",
        "pulsing_tummy", "lump_shape", "cannot_walk_sleep", "faint_on_effort",
        "self_harm",
    ],
)  # fmt: skip
def test_an_open_emergency_or_urgent_question_blocks_everything(
    key: str, answer: Any, mode: str, library: Library
) -> None:
    profile = minimal_profile(mode=mode)
    put(profile, f"red_flags.{key}", answer)
    state, sections, groups, chosen = printed(profile, library)
    assert state == "UNANSWERED"
    assert "safety-questions" in sections
    assert not groups & (EXERCISING | {"techniques", "alternatives"})
    assert not chosen


@cache
def _asking(key: str) -> tuple[Flag, ...]:
    """Return the flags whose rules ask for a red flag."""
    path = f"red_flags.{key}"
    return tuple(
        flag
        for flag in _content().flags
        if any(test.fact == path for rule in flag.rules for test in rule.when.tests())
    )


def _levels(facts: Mapping[str, Any], flags: tuple[Flag, ...]) -> dict[str, Level]:
    return {item.flag.id: item.level for item in assess(facts, flags).flags}


def test_one_more_yes_never_lowers_a_level_and_never_removes_a_flag() -> None:
    switches = 0
    for seed in range(2000):
        facts = facts_of(random_profile(seed, calm=(0.99, 0.9)[seed % 2]))
        before = _levels(facts, _content().flags)
        for key in RED_FLAGS:
            path = f"red_flags.{key}"
            if facts.get(path) == "yes":
                continue
            # A flag that does not ask for this answer cannot change.
            asking = _asking(key)
            after = _levels(facts | {path: "yes"}, asking)
            for flag in asking:
                assert after.get(flag.id, -1) >= before.get(flag.id, -1)
            switches += 1
        if seed % 20 == 0:
            key = random.Random(seed).choice(RED_FLAGS)
            before_all = assess(facts, _content().flags)
            after_all = assess(facts | {f"red_flags.{key}": "yes"}, _content().flags)
            assert after_all.level >= before_all.level
            assert {i.flag.id for i in before_all.flags} <= {
                i.flag.id for i in after_all.flags
            }
    assert switches > 90_000


def test_every_red_flag_question_is_asked_by_some_flag() -> None:
    assert [key for key in RED_FLAGS if not _asking(key)] == []


def test_answering_no_never_raises_the_level() -> None:
    for seed in range(400):
        profile = random_profile(seed, calm=0.8)
        facts = facts_of(profile)
        before = assess(facts, _content().flags)
        for key in RED_FLAGS:
            if f"red_flags.{key}" in facts:
                continue
            after = assess(facts | {f"red_flags.{key}": "no"}, _content().flags)
            assert after.level == before.level
            assert {i.flag.id for i in after.flags} == {i.flag.id for i in before.flags}
            assert set(after.unanswered) <= set(before.unanswered)


SIGNED = {
    "clearance.red_flags_cleared_by": "Dr Lee",
    "clearance.red_flags_cleared_date": "2026-11-20",
}


def _triggering(flag: str) -> RawProfile:
    """Return a profile that has the flag."""
    own = [group for group in GROUPS if group.flag == flag]
    return next(p for g in own for p, _ in cases(g) if RULES[flag](p))


@pytest.mark.parametrize("flag", RULES)
def test_a_flag_is_cleared_only_in_a_clinic_by_name_date_and_list(flag: str) -> None:
    base = changed(_triggering(flag), {"mode": "clinic"})
    if flag == "RF27":
        base = changed(base, {"clearance.clinician_clearance_running": False})
    listed = {"clearance.red_flags_cleared": [flag]}
    cleared = changed(base, SIGNED | listed)
    assert flag in asked(base)[1]
    assert asked(cleared) == expected(cleared)
    assert flag not in asked(cleared)[1]
    triage = assess(facts_of(cleared), _content().flags)
    assert [item.flag.id for item in triage.cleared] == [flag]
    others = [f"RF{n:02d}" for n in range(1, 31) if f"RF{n:02d}" != flag]
    for change in (
        {"mode": "self"},
        {"clearance.red_flags_cleared_by": None},
        {"clearance.red_flags_cleared_by": ""},
        {"clearance.red_flags_cleared_date": None},
        {"clearance.red_flags_cleared": others},
        {"clearance.red_flags_cleared": []},
        {"clearance.red_flags_cleared": None},
    ):
        still = changed(cleared, change)
        assert flag in asked(still)[1], change
        assert asked(still) == expected(still), change


def test_alone_no_clearance_changes_anything() -> None:
    for seed in range(300):
        profile = random_profile(seed, calm=0.9) | {"mode": "self"}
        bare = {**profile, "clearance": {}}
        assert asked(profile) == asked(bare)
        assert assess(facts_of(profile), _content().flags).cleared == ()


# --- (e) damage to the table --------------------------------------------------


@cache
def _text() -> str:
    return (templates_root() / "triage.toml").read_text("utf-8")


@cache
def _whole_table() -> dict[str, Any]:
    return tomllib.loads(_text())


def _table() -> dict[str, Any]:
    return copy.deepcopy(_whole_table())


def _parsed(table: dict[str, Any], thresholds: Mapping[str, float]) -> tuple[Flag, ...]:
    """Return the flags of a table, by the program's own reader."""
    file = ContentFile(templates_root(), "triage.toml", text="")
    file.table = table
    flags, _ = library_module._triage(file, ConditionReader(known_facts(), thresholds))
    return flags


Place = tuple[Any, ...]


def _places(node: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield everything inside a table with its place."""
    yield place, node
    if isinstance(node, dict):
        for key, inner in node.items():
            yield from _places(inner, (*place, key))
    elif isinstance(node, list):
        for n, inner in enumerate(node):
            yield from _places(inner, (*place, n))


def _damaged(place: Place, value: Any) -> dict[str, Any]:
    """Return the table with another value at a place; ``...`` removes it."""
    table = _table()
    node: Any = table
    for key in place[:-1]:
        node = node[key]
    if value is ...:
        del node[place[-1]]
    else:
        node[place[-1]] = value
    return table


LEVELS = ("EMERGENCY", "URGENT", "SOON")


def damages() -> Iterator[tuple[str, str, dict[str, Any], dict[str, float]]]:
    """Yield name, flag, damaged table and damaged named numbers."""
    table, numbers = _table(), dict(_content().thresholds)
    for n, flag in enumerate(table["flag"]):
        name = flag["id"]
        yield f"{name} dropped", name, _damaged(("flag", n), ...), numbers
        for r, rule in enumerate(flag["rule"]):
            at: Place = ("flag", n, "rule", r)
            if len(flag["rule"]) > 1:
                yield f"{name} rule {r} dropped", name, _damaged(at, ...), numbers
            yield from _other_levels(name, (*at, "level"), rule["level"], numbers)
            for place, value in _places(rule["when"], (*at, "when")):
                yield from _inside(name, place, value, numbers)
    used = {
        value.removeprefix("threshold.")
        for _, value in _places(table["flag"])
        if isinstance(value, str) and value.startswith("threshold.")
    }
    for key in sorted(used):
        for step in (-1, 1):
            moved = {**numbers, key: numbers[key] + step}
            yield f"threshold {key} {step:+d}", "", _table(), moved


def _other_levels(
    name: str, place: Place, level: Any, numbers: dict[str, float]
) -> Iterator[tuple[str, str, dict[str, Any], dict[str, float]]]:
    by_mode = level if isinstance(level, dict) else {"": level}
    for mode, now in by_mode.items():
        for other in LEVELS:
            if other != now:
                at = (*place, mode) if mode else place
                yield (
                    f"{name} {at[3]} {mode} {now} to {other}",
                    name,
                    _damaged(at, other),
                    numbers,
                )


def _inside(
    name: str, place: Place, value: Any, numbers: dict[str, float]
) -> Iterator[tuple[str, str, dict[str, Any], dict[str, float]]]:
    where = f"{name} {'.'.join(str(part) for part in place[3:])}"
    if value == "yes" and place[-1] == "is":
        yield f"{where}: yes to no", name, _damaged(place, "no"), numbers
    if isinstance(value, bool) and place[-1] == "is":
        yield f"{where}: {value} turned", name, _damaged(place, not value), numbers
    if place[-1] in ("at_least", "less_than") and isinstance(value, int | float):
        for step in (-1, 1):
            yield (
                f"{where}: {value} {step:+d}",
                name,
                _damaged(place, value + step),
                numbers,
            )
    if isinstance(value, list) and len(value) > 1:
        for n, item in enumerate(value):
            told = item.get("fact", "group") if isinstance(item, dict) else item
            yield f"{where}: without {told}", name, _damaged((*place, n), ...), numbers


def telling_profiles() -> dict[str, list[RawProfile]]:
    """Return, by flag, pairs of profiles that differ in one fact and in the flag.

    For each fact, each two of its values and each two verdicts of the second table
    there is one such pair, where there is any in the enumeration.
    """
    found: dict[str, list[RawProfile]] = {}
    for group in GROUPS:
        paths = list(group.values)
        combinations = list(itertools.product(*group.values.values()))
        random.Random(group.flag).shuffle(combinations)
        verdicts: dict[tuple[int, ...], str | None] = {}

        def judge(values: tuple[Any, ...], group: Group = group) -> str | None:
            profile = changed(group.start, dict(zip(group.values, values, strict=True)))
            return RULES[group.flag](profile)

        pairs: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for values in combinations[:2500]:
            key = tuple(id(value) for value in values)
            now = verdicts.setdefault(key, judge(values))
            for n, path in enumerate(paths):
                for other in group.values[path]:
                    if other is values[n]:
                        continue
                    turned = (*values[:n], other, *values[n + 1 :])
                    key = tuple(id(value) for value in turned)
                    if key not in verdicts:
                        verdicts[key] = judge(turned)
                    if verdicts[key] != now:
                        told = (path, repr(values[n]), repr(other), now, verdicts[key])
                        pairs.setdefault(told, (values, turned))
        profiles_of = found.setdefault(group.flag, [])
        unique = {repr(values): values for pair in pairs.values() for values in pair}
        for values in unique.values():
            profiles_of.append(
                changed(group.start, dict(zip(group.values, values, strict=True)))
            )
    return found


@pytest.mark.slow
def test_every_damage_to_the_table_is_noticed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telling = {
        flag: [(facts_of(profile), expected(profile)) for profile in found]
        for flag, found in telling_profiles().items()
    }
    telling[""] = [
        (facts_of(profile), expected(profile))
        for profile in (random_profile(seed, calm=0.97) for seed in range(1500))
    ]
    everything = [case for found in telling.values() for case in found]
    assert len(everything) >= 3000
    whole = _parsed(_table(), _content().thresholds)
    for facts, wanted in everything:  # or else every damage would be "noticed"
        assert verdict(assess(facts, whole)) == wanted

    def is_noticed(flags: tuple[Flag, ...], flag: str) -> bool:
        order = [*telling.get(flag, ()), *everything]
        return any(verdict(assess(facts, flags)) != wanted for facts, wanted in order)

    survivors, number = [], 0
    for name, flag, table, numbers in damages():
        number += 1
        if not is_noticed(_parsed(table, numbers), flag):
            survivors.append(name)
    with capsys.disabled():
        noticed = number - len(survivors)
        sys.stdout.write(f"\n{number} damages, {noticed} noticed; not: {survivors}\n")
    assert number >= 400
    assert survivors == []

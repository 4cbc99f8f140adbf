"""The exercise rules a second time, used only by the tests.

Straight from ``docs/evidence.md`` (section 6.1, section 6.2 and section 6.3 there) and
the project's written decisions; nothing is imported from the program. The triage behind
them is the second table of ``clinical_oracle``.

Everything takes the raw nested profile.  A fact that is missing, null or "unknown" is
unknown, and an unknown fact never makes a rule true.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clinical_oracle import (
    RANK,
    SOON,
    STATUS,
    URGENT,
    YES_NO,
    Profile,
    age,
    at_least,
    below,
    days_before_created,
    expected_flags,
    expected_level,
    expected_unanswered,
    get_fact,
    is_yes,
    members,
    number,
    onset_weeks,
    red,
    told,
)

EXERCISE_FIELDS: dict[str, tuple[Any, ...]] = {
    "person.age_years": (18, 19, 20, 69, 70, 71),
    "person.fear_of_movement_0_10": (5, 6, 7, None),
    "symptoms.nrs_now": (1, 2, 3, 4, 5, 6, 7, None),
    "symptoms.onset_weeks": (5, 6, 7, None),
    "symptoms.irritability": ("low", "moderate", "high", None),
    "symptoms.aggravators": (
        [], ["sit"], ["bend_forward"], ["bend_back"], ["sit", "bend_back"], None,
    ),
    "symptoms.easers": (
        [], ["lean_forward"], ["walk"], ["stand"], ["lean_forward", "walk"], None,
    ),
    "diagnoses.sciatica": STATUS,
    "diagnoses.hypermobility": STATUS,
    "diagnoses.joint_replacement": STATUS,
    "diagnoses.surgery_type": (
        "discectomy", "decompression", "fusion", "other", None,
    ),
    # 83, 84 and 85 days before CREATED_DATE.
    "diagnoses.surgery_date": ("2026-09-01", "2026-08-31", "2026-08-30", None),
    "diagnoses.pregnant_weeks": (15, 16, 17, 27, 28, 29, None),
    "diagnoses.postpartum": YES_NO,
    "diagnoses.weeks_since_birth": (11, 12, 13, None),
    "diagnoses.pelvic_floor_symptoms": YES_NO,
    "diagnoses.doming": YES_NO,
    "diagnoses.balance_problem": YES_NO,
    "diagnoses.cannot_kneel": YES_NO,
    "diagnoses.wrist_problem": YES_NO,
    "diagnoses.shoulder_problem": YES_NO,
    "diagnoses.recent_hamstring_tear": YES_NO,
    "diagnoses.calf_tear": YES_NO,
    "abilities.strength_days_wk": (0, 1, 2, None),
    "abilities.cannot_do": (
        ["kneel"], ["hands_knees"], ["lie_flat"], ["get_to_floor"],
        *([f"X{number:02d}"] for number in range(1, 21)), [], None,
    ),
}  # fmt: skip


# --- exercises ---------------------------------------------------------------

ALL_EXERCISES = tuple(f"X{number:02d}" for number in range(1, 21))
LOW_LOAD = frozenset(
    {"X01", "X02", "X03", "X04", "X05", "X07", "X13", "X16", "X19", "X20"}
)
ON_THE_BACK = ("X01", "X02", "X03", "X05", "X07", "X10")
ON_THE_FLOOR = (*ALL_EXERCISES[:4], "X06", "X07", "X10", "X11", "X16", "X20")
"""All but the bridge (on a bed) and the planks (at a wall): 6.2, last row."""

# 3.2, SOON row: bone stress, fracture, nerve or infection flag -> no exercise.
NO_EXERCISE_FLAGS = frozenset(
    {"RF06", "RF08", "RF10", "RF11", "RF19", "RF20", "RF21", "RF22", "RF23"}
)
SOON_LIMIT = 3

# Reason given by exercises_forbidden -> where the rule stands in docs/evidence.md.
SKIP_SOURCES: dict[str, str] = {
    "emergency or urgent level": "3.2, rows EMERGENCY and URGENT",
    "safety questions open": "3.1 point 2",
    "nerve, fracture, bone-stress or infection flag": (
        "3.2 row SOON; 6.2 rows RF06 and RF19/20; cards X05 X09 X12 X14 X15 X17"
    ),
    "fusion or operation under 12 weeks ago": "6.2 row fusion; card X02",
    "operation on a day nobody told": (
        "6.2 row fusion; an open answer counts as not yet, unless the surgeon agreed"
    ),
    "spine bone that may be broken": "6.2 row RF10, until somebody has looked",
    "low load only until seen": "3.2 row SOON",
    "leg pain": "6.2 row sciatica; cards X03 X10 X12",
    "leg pain that bending makes worse": "card X19",
    "spondylolysis or spondylolisthesis": "6.2 row; card X20",
    "spondylolisthesis": "card X11",
    "stenosis": "6.2 row; card X20; 5.6 persona 7 for the RF28 pattern",
    "osteoporosis or spinal fracture": "6.2 row; cards X02 X03 X04 X18",
    "osteoporosis or spinal fracture, a bend": "6.2 row (any loaded bend); card X12",
    "untrained": "6.1 and 6.2 last row: no balancing on one leg to begin with",
    "pregnancy": "card X20",
    "lying flat in pregnancy": "6.2 row pregnancy; cards X01 X05 X07",
    "late pregnancy": "cards X09 X18",
    "after birth, doming or leaking": "6.2 row postpartum; card X09",
    "doming after birth": "card X07 (stricter than the 6.2 row)",
    "very bendy": "6.2 row hypermobile; card X10",
    "cannot kneel": "6.2 row; cards X04 X06 X11",
    "cannot go on hands and knees": "6.2 row; cards X04 X06",
    "shoulder problem": "card X08 (X09 is a change: wall)",
    "balance problem": "6.2 row (X14 and X17 are changes); cards X12 X15",
    "blood pressure or told not to strain": "card X18 (X05 X08 X09: short holds)",
    "cannot lie flat": "cards X01 X07",
    "cannot get to the floor": "6.2 last row",
    "named as not possible": "profile field abilities.cannot_do",
    "hamstring tear": "card X10",
    "calf tear": "card X17",
    "joint replacement": "card X11",
    "under 20 and worse bending back": "card X20",
    "arching eases": "6.1 direction preference; card X03",
    "bending eases": "6.1 direction preference",
    "level A": "6.1 pools; cards X12 X18",
}


def direction_preference(profile: Profile) -> str:
    """Return "flexion", "extension" or "none" (6.1)."""
    worse = members(profile, "symptoms.aggravators")
    better = members(profile, "symptoms.easers")
    flexion = "bend_back" in worse and "lean_forward" in better
    extension = bool(worse & {"sit", "bend_forward"}) and bool(
        better & {"walk", "stand"}
    )
    if flexion == extension:
        return "none"
    return "flexion" if flexion else "extension"


def base_level(profile: Profile) -> str:
    """Exercise level before fear and balance are looked at (6.1)."""
    now = number(profile, "symptoms.nrs_now")
    early = below(onset_weeks(profile), 6) and at_least(now, 4)
    irritable = get_fact(profile, "symptoms.irritability") == "high"
    if at_least(now, 6) or irritable or early:
        return "A"
    no_pain = get_fact(profile, "symptoms.has_back_pain") in ("never", "past_only")
    mild = now is not None and now <= 2
    return "C" if no_pain or mild else "B"


def exercise_level(profile: Profile) -> str:
    """Exercise level: fear lowers it by one, then the balance cap applies (6.1)."""
    level = base_level(profile)
    if at_least(number(profile, "person.fear_of_movement_0_10"), 6):
        level = {"C": "B", "B": "A", "A": "A"}[level]
    unsteady = is_yes(profile, "diagnoses.balance_problem")
    if level == "C" and unsteady and at_least(age(profile), 70):
        return "B"
    return "B" if level == "C" and untrained(profile) else level


def heavy(profile: Profile) -> bool:
    """Whether the BMI is over 30."""
    weight = number(profile, "person.weight_kg")
    height = number(profile, "person.height_cm")
    return bool(weight and height and weight / (height / 100) ** 2 > 30)


def untrained(profile: Profile) -> bool:
    """Whether somebody new to running, or heavy, has told of no strength work."""
    days = number(profile, "abilities.strength_days_wk")
    status = get_fact(profile, "running.runner_status")
    is_new = status in ("new", "non_runner_wants_to")
    return (is_new or heavy(profile)) and not at_least(days, 1)


Ban = tuple[bool, str, Iterable[str]]


def _triage_bans(profile: Profile) -> list[Ban]:
    """Bans of everything that follow from triage (3.2; 6.2 rows RF06, RF19/20).

    RF19 and RF20 are at least SOON, where a bone-stress flag means no exercise
    at all; the 6.2 exception for X01, X02 and X07 can therefore never apply.
    """
    alarm = RANK[expected_level(profile)] >= RANK[URGENT]
    stop_flags = bool(NO_EXERCISE_FLAGS & set(expected_flags(profile)))
    return [
        (alarm, "emergency or urgent level", ALL_EXERCISES),
        (expected_unanswered(profile), "safety questions open", ALL_EXERCISES),
        (stop_flags, "nerve, fracture, bone-stress or infection flag", ALL_EXERCISES),
    ]


def recent_or_fused(profile: Profile) -> bool:
    """Whether there was a fusion, or a spinal operation under 12 weeks ago."""
    fused = get_fact(profile, "diagnoses.surgery_type") == "fusion"
    recent = below(days_before_created(profile, "diagnoses.surgery_date"), 84)
    return told(profile, "spinal_surgery") and (fused or recent)


def operated_some_day(profile: Profile) -> bool:
    """Whether there was a spinal operation on a day nobody told, without a yes."""
    day = days_before_created(profile, "diagnoses.surgery_date")
    agreed = get_fact(profile, "diagnoses.surgeon_clearance") is True
    return told(profile, "spinal_surgery") and day is None and not agreed


def maybe_broken(profile: Profile) -> bool:
    """Whether a spine bone may be broken, and no clinician has agreed to running."""
    suspected = get_fact(profile, "diagnoses.vertebral_fracture") == "self_suspected"
    agreed = get_fact(profile, "clearance.clinician_clearance_running") is True
    return suspected and not agreed


def leg_pain(profile: Profile) -> bool:
    """Leg pain below the knee, or told sciatica with pain that travels."""
    radiation = get_fact(profile, "symptoms.radiation")
    travels = radiation in ("buttock", "thigh", "below_knee")
    return radiation == "below_knee" or (told(profile, "sciatica") and travels)


def _diagnosis_bans(profile: Profile) -> list[Ban]:
    """Bans that follow from a told diagnosis or from leg pain (6.2, 6.3)."""
    leg = leg_pain(profile)
    bending = "bend_forward" in members(profile, "symptoms.aggravators")
    slips = told(profile, "spondylolysis", "spondylolisthesis")
    narrow = told(profile, "stenosis") or "RF28" in expected_flags(profile)
    brittle = told(profile, "osteoporosis", "vertebral_fracture")
    return [
        (
            recent_or_fused(profile),
            "fusion or operation under 12 weeks ago",
            ALL_EXERCISES,
        ),
        (
            operated_some_day(profile),
            "operation on a day nobody told",
            ALL_EXERCISES,
        ),
        (maybe_broken(profile), "spine bone that may be broken", ALL_EXERCISES),
        (leg, "leg pain", ("X03", "X10", "X12")),
        (leg and bending, "leg pain that bending makes worse", ("X19",)),
        (slips, "spondylolysis or spondylolisthesis", ("X20",)),
        (told(profile, "spondylolisthesis"), "spondylolisthesis", ("X11",)),
        (narrow, "stenosis", ("X20",)),
        (brittle, "osteoporosis or spinal fracture", ("X02", "X03", "X04", "X18")),
        (brittle, "osteoporosis or spinal fracture, a bend", ("X12",)),
        (told(profile, "hypermobility"), "very bendy", ("X10", "X11")),
        (told(profile, "joint_replacement"), "joint replacement", ("X11",)),
    ]


def _birth_bans(profile: Profile) -> list[Ban]:
    """Bans in pregnancy and after birth (6.2, 6.3)."""
    pregnant = is_yes(profile, "diagnoses.pregnant")
    weeks = number(profile, "diagnoses.pregnant_weeks")
    if weeks is None:
        weeks = 43  # not told: the careful end
    mother = is_yes(profile, "diagnoses.postpartum")
    since = number(profile, "diagnoses.weeks_since_birth")
    doming = is_yes(profile, "diagnoses.doming")
    leaking = is_yes(profile, "diagnoses.pelvic_floor_symptoms")
    early = mother and (below(since, 12) or leaking)
    return [
        (pregnant, "pregnancy", ("X20",)),
        (pregnant and at_least(weeks, 16), "lying flat in pregnancy", ON_THE_BACK),
        (pregnant and at_least(weeks, 28), "late pregnancy", ("X09", "X18")),
        (
            early or doming,
            "after birth, doming or leaking",
            ("X08", "X09", "X12", "X14", "X15"),
        ),
        (mother and doming, "doming after birth", ("X07",)),
    ]


def _body_bans(profile: Profile) -> list[Ban]:
    """Bans that follow from what the body cannot do just now (6.2, 6.3)."""
    cannot = members(profile, "abilities.cannot_do")
    knees = is_yes(profile, "diagnoses.cannot_kneel") or "kneel" in cannot
    strain = red(profile, "blood_pressure_uncontrolled", "told_no_exercise")
    named = [key for key in ALL_EXERCISES if key in cannot]
    shoulder = is_yes(profile, "diagnoses.shoulder_problem")
    balance = is_yes(profile, "diagnoses.balance_problem")
    hamstring = is_yes(profile, "diagnoses.recent_hamstring_tear")
    calf = is_yes(profile, "diagnoses.calf_tear")
    return [
        (knees, "cannot kneel", ("X04", "X06", "X11")),
        ("hands_knees" in cannot, "cannot go on hands and knees", ("X04", "X06")),
        ("lie_flat" in cannot, "cannot lie flat", ON_THE_BACK),
        ("get_to_floor" in cannot, "cannot get to the floor", ON_THE_FLOOR),
        (bool(named), "named as not possible", named),
        (shoulder, "shoulder problem", ("X08",)),
        (balance, "balance problem", ("X12", "X15", "X18")),
        (strain, "blood pressure or told not to strain", ("X18",)),
        (hamstring, "hamstring tear", ("X10",)),
        (calf, "calf tear", ("X17",)),
    ]


def _pattern_bans(profile: Profile) -> list[Ban]:
    """Bans that follow from the pattern of the pain (6.1, 6.3)."""
    worse = members(profile, "symptoms.aggravators")
    young = below(age(profile), 20) and "bend_back" in worse
    direction = direction_preference(profile)
    return [
        (young, "under 20 and worse bending back", ("X20",)),
        (direction == "extension", "arching eases", ("X03",)),
        (direction == "flexion", "bending eases", ("X20",)),
        (exercise_level(profile) == "A", "level A", ("X12", "X18")),
        (untrained(profile), "untrained", ("X12", "X15")),
    ]


def exercises_forbidden(profile: Profile) -> dict[str, str]:
    """Map each exercise that must not be printed to the first reason found."""
    heavier = [key for key in ALL_EXERCISES if key not in LOW_LOAD]
    bans = [
        *_triage_bans(profile),
        *_diagnosis_bans(profile),
        *_birth_bans(profile),
        *_body_bans(profile),
        *_pattern_bans(profile),
        (expected_level(profile) == SOON, "low load only until seen", heavier),
    ]
    forbidden: dict[str, str] = {}
    for applies, reason, exercises in bans:
        for key in exercises if applies else ():
            forbidden.setdefault(key, reason)
    return dict(sorted(forbidden.items()))


def exercise_limit(profile: Profile) -> int | None:
    """Most exercises that may be printed; None when the level sets no limit."""
    if len(exercises_forbidden(profile)) == len(ALL_EXERCISES):
        return 0
    return SOON_LIMIT if expected_level(profile) == SOON else None

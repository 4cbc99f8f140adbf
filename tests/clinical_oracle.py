"""A second, independent reading of the clinical rules, used only by the tests.

The triage table and the exercise skip rules are written here a second time, as
plain Python, straight from the evidence base (sections 3.3, 6.1, 6.2 and 6.3)
and the project's written decisions.  Nothing is imported from the program, so
a slip in the rule files and a slip in this file are unlikely to agree.

Everything takes the raw nested profile.  A fact that is missing, null or
"unknown" is unknown, and an unknown fact never makes a rule true.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

Profile = dict[str, Any]

EMERGENCY = "EMERGENCY"
URGENT = "URGENT"
SOON = "SOON"
ROUTINE = "ROUTINE"
RANK = {ROUTINE: 0, SOON: 1, URGENT: 2, EMERGENCY: 3}

TOLD = "told_by_clinician"

# Every one of these must be answered, in both modes.
REQUIRED_RED_FLAGS = (
    "bladder_change",
    "bowel_change",
    "saddle_numb",
    "sexual_change",
    "both_legs",
    "leg_weakness_worse",
    "foot_drop",
    "gait_unsteady",
    "major_trauma",
    "minor_trauma",
    "new_stoop",
    "steroids_3m",
    "low_trauma_fracture",
    "fever_chills",
    "very_unwell",
    "confused_or_rigors",
    "immune_problem",
    "diabetes",
    "inject_drugs",
    "recent_infection_procedure",
    "past_cancer",
    "weight_loss",
    "night_pain_constant",
    "upper_back",
    "chest_pain",
    "sudden_severe_tummy_back",
    "faint_clammy",
    "pulsing_tummy",
    "constant_deep_pain",
    "lump_shape",
    "cannot_walk_sleep",
    "cough_sneeze_worse",
    "flank_pain",
    "blood_in_urine",
    "pregnancy_warning",
    "faint_on_effort",
    "breathless_on_effort",
    "told_no_exercise",
    "self_harm",
)

OPTIONAL_RED_FLAGS = (
    "leg_weakness_mild",
    "leg_weakness_both",
    "leg_numbness",
    "leg_numbness_spreading",
    "burning_urine",
    "blood_pressure_uncontrolled",
    "artery_risk",
    "eye_red_painful",
    "eating_disorder",
    "hop_pain",
    "impact_bone_pain",
    "past_stress_fracture",
    "missed_periods_3",
    "low_libido",
    "always_tired_cold",
    "restrict_food",
    "repeat_injury",
)

# The signs counted by RF18.  spa.uveitis and spa.ibd are asked but not counted.
SPA_SIGNS = (
    "wakes_second_half",
    "buttock",
    "better_moving",
    "nsaid_48h",
    "family",
    "arthritis",
    "enthesitis",
    "psoriasis",
)

# RF27: facet_arthritis, hip_osteoarthritis, osteopenia and sciatica do not count.
GATED_DIAGNOSES = (
    "disc_bulge",
    "disc_herniation",
    "stenosis",
    "spondylolysis",
    "spondylolisthesis",
    "scoliosis",
    "osteoporosis",
    "vertebral_fracture",
    "axial_spa",
    "spinal_surgery",
)

# The day that the dates in FIELDS are counted from.
CREATED_DATE = "2026-11-23"

YES_NO = ("yes", "no", "unknown", None)
STATUS = (TOLD, "self_suspected", "no", None)

# Raw facts that triage depends on, with the values that matter.  Numbers stand
# one below, on and one above each threshold.  Set facts list whole candidate
# sets.  The date fits profiles whose created_date is CREATED_DATE.
FIELDS: dict[str, tuple[Any, ...]] = {
    "mode": ("self", "clinic"),
    "created_date": (CREATED_DATE,),
    "person.age_years": (
        19, 20, 21, 25, 26, 27, 49, 50, 51, 52, 64, 65, 66, 67, None,
    ),
    "person.sex_at_birth": ("female", "male", "intersex", "prefer_not", None),
    "person.smoker": ("never", "past", "current", None),
    # 200 cm makes round numbers: 60 kg is 15.0 and 74 kg is 18.5.
    "person.height_cm": (200, None),
    "person.weight_kg": (59, 60, 61, 73, 74, 75, None),
    "symptoms.has_back_pain": ("never", "past_only", "current", None),
    "symptoms.site": (
        ["central_low"], ["left_low"], ["right_low"], ["buttock_l"],
        ["buttock_r"], ["sacrum"], ["upper_mid"], ["groin"],
        ["left_low", "upper_mid"], None,
    ),
    # 2, 4, 7, 12 and 52 weeks.
    "symptoms.onset_weeks": (
        1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 51, 52, 53, None,
    ),
    # 13, 14, 83 and 84 days: 1, 2, 11 and 12 whole weeks.
    "symptoms.onset_type": (
        "gradual", "sudden_no_cause", "lift_bend", "during_run", "after_run", "trauma",
        None,
    ),
    "symptoms.onset_date": (
        "2026-11-10", "2026-11-09", "2026-09-01", "2026-08-31", None,
    ),
    "symptoms.nrs_now": (6, 7, 8, 9, 10, None),
    "symptoms.nrs_usual_24h": (6, 7, 8, None),
    "symptoms.radiation": ("none", "buttock", "thigh", "below_knee", None),
    "symptoms.radiation_side": ("left", "right", "both", None),
    "symptoms.leg_quality": (
        [], ["burning"], ["tingling"], ["numb"], ["weak"], ["numb", "weak"], None,
    ),
    "symptoms.leg_worse_than_back": (True, False, None),
    "symptoms.improving": ("better", "same", "worse", None),
    "symptoms.stops_daily_life": (True, False, None),
    "symptoms.aggravators": (
        [], ["sit"], ["bend_back"], ["bend_back", "run_fast"], ["run_fast"],
        ["walk"], ["walk", "bend_back"], None,
    ),
    "symptoms.easers": ([], ["sit"], ["lean_forward"], ["walk"], ["nothing"], None),
    **{f"red_flags.{key}": YES_NO for key in REQUIRED_RED_FLAGS},
    **{f"red_flags.{key}": YES_NO for key in OPTIONAL_RED_FLAGS},
    "spa.age_at_onset": (34, 35, 36, 44, 45, 46, None),
    **{f"spa.{key}": YES_NO for key in SPA_SIGNS},
    **{f"diagnoses.{key}": STATUS for key in GATED_DIAGNOSES},
    "diagnoses.pregnant": YES_NO,
    "running.runner_status": (
        "new", "returning", "current", "injured_stopped", "non_runner_wants_to",
    ),
    "running.recent_changes": (
        ["none"], ["distance"], ["speed"], ["surface"], ["frequency"], ["hills"],
        ["shoes"], None,
    ),
    "clearance.clinician_clearance_running": (True, False, None),
    "clearance.red_flags_cleared_by": ("Duty physiotherapist", "", None),
    "clearance.red_flags_cleared_date": ("2026-11-20", None),
    "clearance.red_flags_cleared": (
        *([f"RF{number:02d}"] for number in range(1, 31)), ["RF01", "RF30"], None,
    ),
}  # fmt: skip

# Further raw facts that only the exercise skip rules depend on.
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


# --- reading the raw profile -------------------------------------------------


def get_fact(profile: Profile, path: str) -> Any:
    """Return the raw value at ``group.field`` or ``field``; None when missing."""
    value: Any = profile
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def number(profile: Profile, path: str) -> float | None:
    """Return a number, or None when it is not known."""
    value = get_fact(profile, path)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


def members(profile: Profile, path: str) -> set[str]:
    """Return a set fact; an unknown set is empty."""
    value = get_fact(profile, path)
    return set(value) if isinstance(value, list | tuple | set) else set()


def at_least(value: float | None, limit: float) -> bool:
    """Whether the value is known and not below the limit."""
    return value is not None and value >= limit


def below(value: float | None, limit: float) -> bool:
    """Whether the value is known and below the limit."""
    return value is not None and value < limit


def is_yes(profile: Profile, path: str) -> bool:
    """Whether a yes_no fact is a plain yes."""
    return bool(get_fact(profile, path) == "yes")


def red(profile: Profile, *keys: str) -> bool:
    """Whether any of these red flag questions is answered yes."""
    return any(is_yes(profile, f"red_flags.{key}") for key in keys)


def told(profile: Profile, *keys: str) -> bool:
    """Whether a clinician told the person any of these diagnoses."""
    return any(get_fact(profile, f"diagnoses.{key}") == TOLD for key in keys)


def current_pain(profile: Profile) -> bool:
    """Whether the person has back pain now."""
    return bool(get_fact(profile, "symptoms.has_back_pain") == "current")


def in_clinic(profile: Profile) -> bool:
    """Whether a clinician filled in the profile."""
    return bool(get_fact(profile, "mode") == "clinic")


def age(profile: Profile) -> float | None:
    """Age in years."""
    return number(profile, "person.age_years")


def days_before_created(profile: Profile, path: str) -> int | None:
    """Days from the date at ``path`` to the day the profile was made."""
    then, now = get_fact(profile, path), get_fact(profile, "created_date")
    if not then or not now:
        return None
    return (date.fromisoformat(str(now)) - date.fromisoformat(str(then))).days


def onset_weeks(profile: Profile) -> float | None:
    """Weeks since the pain began; whole weeks when only the date is known."""
    weeks = number(profile, "symptoms.onset_weeks")
    if weeks is not None:
        return weeks
    days = days_before_created(profile, "symptoms.onset_date")
    return None if days is None else days // 7


def body_mass_index(profile: Profile) -> float | None:
    """Body mass index, not rounded."""
    height = number(profile, "person.height_cm")
    weight = number(profile, "person.weight_kg")
    if not height or weight is None:
        return None
    return weight / (height / 100) ** 2


def resting_pain(profile: Profile) -> float | None:
    """The higher of pain now and usual pain, of those that are known."""
    scores = [
        score
        for score in (
            number(profile, "symptoms.nrs_now"),
            number(profile, "symptoms.nrs_usual_24h"),
        )
        if score is not None
    ]
    return max(scores, default=None)


def count_true(facts: Iterable[bool]) -> int:
    """How many of the facts hold."""
    return sum(1 for fact in facts if fact)


def not_better(profile: Profile) -> bool:
    """Whether the pain stays the same or gets worse."""
    return get_fact(profile, "symptoms.improving") in ("same", "worse")


# --- the red flags, one function each ----------------------------------------
# Each returns the highest level whose rule is certainly true, or None.


def rf01(profile: Profile) -> str | None:
    """3.3 RF01: cauda equina, bladder."""
    return EMERGENCY if red(profile, "bladder_change") else None


def rf02(profile: Profile) -> str | None:
    """3.3 RF02: cauda equina, bowel."""
    return EMERGENCY if red(profile, "bowel_change") else None


def rf03(profile: Profile) -> str | None:
    """3.3 RF03: cauda equina, saddle numbness."""
    return EMERGENCY if red(profile, "saddle_numb") else None


def rf04(profile: Profile) -> str | None:
    """3.3 RF04: sexual change together with back or leg pain."""
    leg_pain = get_fact(profile, "symptoms.radiation") in (
        "buttock",
        "thigh",
        "below_knee",
    )
    with_pain = current_pain(profile) or leg_pain
    return EMERGENCY if red(profile, "sexual_change") and with_pain else None


def rf05(profile: Profile) -> str | None:
    """3.3 RF05: both legs."""
    return EMERGENCY if red(profile, "both_legs") else None


def rf06(profile: Profile) -> str | None:
    """3.3 RF06: leg weakness and foot drop."""
    if red(profile, "leg_weakness_worse", "leg_weakness_both"):
        return EMERGENCY
    if red(profile, "foot_drop"):
        return URGENT
    weak = "weak" in members(profile, "symptoms.leg_quality")
    return SOON if red(profile, "leg_weakness_mild") or weak else None


def rf07(profile: Profile) -> str | None:
    """3.3 RF07: unsteady walking, cord compression."""
    return EMERGENCY if red(profile, "gait_unsteady") else None


def rf08(profile: Profile) -> str | None:
    """3.3 RF08: numbness in one leg; spreading numbness is urgent."""
    if red(profile, "leg_numbness_spreading"):
        return URGENT
    numb = "numb" in members(profile, "symptoms.leg_quality")
    return SOON if red(profile, "leg_numbness") or numb else None


def rf09(profile: Profile) -> str | None:
    """3.3 RF09: major trauma, not checked yet (onset_type alone is no flag)."""
    return EMERGENCY if red(profile, "major_trauma") else None


def rf10(profile: Profile) -> str | None:
    """3.3 RF10: fragility fracture, one trigger and one risk."""
    began = get_fact(profile, "symptoms.onset_type") in ("lift_bend", "trauma")
    trigger = red(profile, "minor_trauma", "new_stoop") or (
        began and current_pain(profile)
    )
    risk = (
        at_least(age(profile), 65)
        or told(profile, "osteoporosis", "vertebral_fracture")
        or red(profile, "steroids_3m", "low_trauma_fracture")
    )
    return URGENT if trigger and risk else None


def rf11(profile: Profile) -> str | None:
    """3.3 RF11: infection.  Only the emergency rule holds without back pain."""
    unwell = red(profile, "fever_chills", "very_unwell")
    if unwell and red(profile, "confused_or_rigors"):
        return EMERGENCY
    if not current_pain(profile):
        return None
    if unwell:
        return URGENT
    risk = red(
        profile,
        "immune_problem",
        "diabetes",
        "inject_drugs",
        "recent_infection_procedure",
    )
    return SOON if red(profile, "night_pain_constant") and risk else None


def rf12(profile: Profile) -> str | None:
    """3.3 RF12: cancer.  Every rule of this flag needs back pain now."""
    if not current_pain(profile):
        return None
    weeks = onset_weeks(profile)
    new_and_no_better = (
        at_least(age(profile), 50)
        and at_least(weeks, 4)
        and below(weeks, 52)
        and not_better(profile)
    )
    others = count_true(
        (
            red(profile, "weight_loss"),
            red(profile, "night_pain_constant"),
            red(profile, "very_unwell"),
            new_and_no_better,
        )
    )
    if red(profile, "past_cancer"):
        return URGENT if others >= 1 else SOON
    return SOON if others >= 2 else None


def rf13(profile: Profile) -> str | None:
    """3.3 RF13: upper back pain; with chest pain or breathlessness, emergency."""
    upper = "upper_mid" in members(profile, "symptoms.site")
    if not (upper or red(profile, "upper_back")):
        return None
    return EMERGENCY if red(profile, "chest_pain", "breathless_on_effort") else SOON


def rf14(profile: Profile) -> str | None:
    """3.3 RF14: chest pain."""
    return EMERGENCY if red(profile, "chest_pain") else None


def rf15(profile: Profile) -> str | None:
    """3.3 RF15: aortic aneurysm."""
    sudden = red(profile, "sudden_severe_tummy_back")
    if sudden and red(profile, "faint_clammy", "breathless_on_effort"):
        return EMERGENCY
    if sudden or red(profile, "pulsing_tummy"):
        return URGENT
    constant = red(profile, "constant_deep_pain") or (
        red(profile, "night_pain_constant") and current_pain(profile)
    )
    risk = (
        (
            get_fact(profile, "person.sex_at_birth") == "male"
            and at_least(age(profile), 66)
        )
        or get_fact(profile, "person.smoker") in ("past", "current")
        or red(profile, "artery_risk", "blood_pressure_uncontrolled")
    )
    return URGENT if constant and risk else None


def rf16(profile: Profile) -> str | None:
    """3.3 RF16: new lump or change of shape."""
    return URGENT if red(profile, "lump_shape") else None


def rf17(profile: Profile) -> str | None:
    """3.3 RF17: severe pain that does not ease."""
    stuck = red(profile, "cannot_walk_sleep") and current_pain(profile)
    severe_at_night = at_least(number(profile, "symptoms.nrs_now"), 9) and red(
        profile, "night_pain_constant"
    )
    return URGENT if stuck or severe_at_night else None


def rf18(profile: Profile) -> str | None:
    """3.3 RF18: axial spondyloarthritis; a red painful eye counts on its own."""
    if red(profile, "eye_red_painful"):
        return URGENT
    began = number(profile, "spa.age_at_onset")
    fits = (
        current_pain(profile)
        and below(began, 45)
        and at_least(onset_weeks(profile), 12)
        and not told(profile, "axial_spa")
    )
    signs = count_true(is_yes(profile, f"spa.{key}") for key in SPA_SIGNS)
    signs += count_true([below(began, 35)])
    return SOON if fits and signs >= 3 else None


def rf19(profile: Profile) -> str | None:
    """3.3 RF19: sacral stress fracture in a runner."""
    sites = {
        "sacrum",
        "buttock_l",
        "buttock_r",
        "left_low",
        "right_low",
        "central_low",
    }
    status = get_fact(profile, "running.runner_status")
    runner = status in ("current", "returning", "injured_stopped")
    here = bool(members(profile, "symptoms.site") & sites)
    if not (current_pain(profile) and runner and here):
        return None
    changes = members(profile, "running.recent_changes")
    risk = red(profile, "past_stress_fracture", "missed_periods_3") or bool(
        changes & {"distance", "speed", "surface"}
    )
    impact = red(profile, "impact_bone_pain") and risk
    return SOON if red(profile, "hop_pain") or impact else None


def rf20(profile: Profile) -> str | None:
    """3.3 RF20: pars stress fracture in the young."""
    aggravators = members(profile, "symptoms.aggravators")
    one_sided = bool(members(profile, "symptoms.site") & {"left_low", "right_low"})
    if not (current_pain(profile) and "bend_back" in aggravators and one_sided):
        return None
    changes = members(profile, "running.recent_changes")
    jump = bool(changes & {"distance", "speed", "frequency"})
    loaded = jump or "run_fast" in aggravators
    years = age(profile)
    return SOON if below(years, 20) or (below(years, 26) and loaded) else None


def rf21(profile: Profile) -> str | None:
    """3.3 RF21: too little fuel (RED-S)."""
    bmi = body_mass_index(profile)
    eating = red(profile, "eating_disorder")
    if eating and red(profile, "faint_on_effort", "chest_pain"):
        return URGENT
    if below(bmi, 15):
        return URGENT
    keys = (
        "missed_periods_3",
        "low_libido",
        "past_stress_fracture",
        "repeat_injury",
        "always_tired_cold",
        "weight_loss",
        "restrict_food",
    )
    signs = count_true([*(red(profile, key) for key in keys), below(bmi, 18.5)])
    return SOON if red(profile, "missed_periods_3") or signs >= 2 else None


def rf22(profile: Profile) -> str | None:
    """3.3 RF22: sciatica that lasts, or is severe after 2 weeks."""
    leg = (
        get_fact(profile, "symptoms.radiation") == "below_knee"
        and get_fact(profile, "symptoms.leg_worse_than_back") is True
    )
    weeks = onset_weeks(profile)
    severe = at_least(number(profile, "symptoms.nrs_now"), 7)
    long_enough = at_least(weeks, 7) or (at_least(weeks, 2) and severe)
    return SOON if current_pain(profile) and leg and long_enough else None


def rf23(profile: Profile) -> str | None:
    """3.3 RF23: kidney or urine infection."""
    flank = red(profile, "flank_pain")
    if flank and red(profile, "fever_chills"):
        return URGENT
    burning = flank and red(profile, "burning_urine")
    return SOON if burning or red(profile, "blood_in_urine") else None


def rf24(profile: Profile) -> str | None:
    """3.3 RF24: warning signs in pregnancy."""
    pregnant = is_yes(profile, "diagnoses.pregnant")
    return URGENT if pregnant and red(profile, "pregnancy_warning") else None


def rf25(profile: Profile) -> str | None:
    """3.3 RF25: heart safety."""
    if red(profile, "faint_on_effort"):
        return URGENT
    careful = red(
        profile,
        "told_no_exercise",
        "breathless_on_effort",
        "blood_pressure_uncontrolled",
    )
    return SOON if careful else None


def rf26(profile: Profile) -> str | None:
    """3.3 RF26: not improving, or severe."""
    weeks = onset_weeks(profile)
    rules = (
        at_least(weeks, 7) and not_better(profile),
        get_fact(profile, "symptoms.stops_daily_life") is True,
        at_least(resting_pain(profile), 7) and at_least(weeks, 2),
        at_least(number(profile, "symptoms.nrs_now"), 7),
    )
    return SOON if current_pain(profile) and any(rules) else None


def rf27(profile: Profile) -> str | None:
    """3.3 RF27: known spinal condition without a clinician's go-ahead."""
    go_ahead = get_fact(profile, "clearance.clinician_clearance_running") is True
    if in_clinic(profile) and go_ahead:
        return None
    return SOON if told(profile, *GATED_DIAGNOSES) else None


def rf28(profile: Profile) -> str | None:
    """3.3 RF28: leg pain on walking that sitting or leaning eases."""
    pattern = (
        get_fact(profile, "symptoms.radiation_side") == "both"
        and "walk" in members(profile, "symptoms.aggravators")
        and bool(members(profile, "symptoms.easers") & {"sit", "lean_forward"})
    )
    old_enough = at_least(age(profile), 51)
    return SOON if current_pain(profile) and old_enough and pattern else None


def rf29(profile: Profile) -> str | None:
    """3.3 RF29: thoughts of self-harm."""
    return URGENT if red(profile, "self_harm") else None


def rf30(profile: Profile) -> str | None:
    """3.3 RF30: much worse on cough, sneeze or straining; level by mode."""
    if not (current_pain(profile) and red(profile, "cough_sneeze_worse")):
        return None
    return SOON if in_clinic(profile) else URGENT


RULES: dict[str, Callable[[Profile], str | None]] = {
    "RF01": rf01, "RF02": rf02, "RF03": rf03, "RF04": rf04, "RF05": rf05,
    "RF06": rf06, "RF07": rf07, "RF08": rf08, "RF09": rf09, "RF10": rf10,
    "RF11": rf11, "RF12": rf12, "RF13": rf13, "RF14": rf14, "RF15": rf15,
    "RF16": rf16, "RF17": rf17, "RF18": rf18, "RF19": rf19, "RF20": rf20,
    "RF21": rf21, "RF22": rf22, "RF23": rf23, "RF24": rf24, "RF25": rf25,
    "RF26": rf26, "RF27": rf27, "RF28": rf28, "RF29": rf29, "RF30": rf30,
}  # fmt: skip


# --- the result of triage ----------------------------------------------------


def cleared_flags(profile: Profile) -> set[str]:
    """Flags that a named clinician cleared on a stated day (clinic mode only)."""
    name = get_fact(profile, "clearance.red_flags_cleared_by")
    day = get_fact(profile, "clearance.red_flags_cleared_date")
    if not (in_clinic(profile) and name and day):
        return set()
    return members(profile, "clearance.red_flags_cleared")


def expected_flags(profile: Profile) -> dict[str, str]:
    """Map each flag that counts to the level of its highest true rule."""
    cleared = cleared_flags(profile)
    found = {flag: rule(profile) for flag, rule in RULES.items()}
    return {
        flag: level
        for flag, level in found.items()
        if level is not None and flag not in cleared
    }


def expected_level(profile: Profile) -> str:
    """Return the highest level found; ROUTINE when nothing was found."""
    levels = expected_flags(profile).values()
    return max(levels, key=lambda level: RANK[level], default=ROUTINE)


def unanswered_red_flags(profile: Profile) -> list[str]:
    """Required red flag questions without a yes or a no."""
    return [
        key
        for key in REQUIRED_RED_FLAGS
        if get_fact(profile, f"red_flags.{key}") not in ("yes", "no")
    ]


def expected_unanswered(profile: Profile) -> bool:
    """Whether answering the open required questions could raise the alarm.

    No rule gets weaker when a red flag becomes "yes", so the worst case is
    all open questions answered "yes" at once, with everything else unchanged.
    """
    worst = copy.deepcopy(profile)
    answers = worst.get("red_flags") or {}
    answers.update(dict.fromkeys(unanswered_red_flags(profile), "yes"))
    worst["red_flags"] = answers
    reached = RANK[expected_level(worst)]
    return reached >= RANK[URGENT] and reached > RANK[expected_level(profile)]


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
    {"RF06", "RF08", "RF10", "RF11", "RF19", "RF20", "RF21", "RF22"}
)
SOON_LIMIT = 3

# Reason given by exercises_forbidden -> where the rule stands in the evidence.
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

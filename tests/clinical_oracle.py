"""The warning signs a second time: section 3 of ``docs/evidence.md``, clause by clause.

The program reads its warning signs from ``templates/triage.toml``. This file was
written from section 3 of ``docs/evidence.md`` alone (and section 4 for the meaning
of the fields), without a look at those rules, so that a slip in the one and a slip
in the other are unlikely to be the same. Nothing of the program is imported.

How to read it, for a clinician: ``CLAUSES`` holds one entry for each clause of each
row RF01 to RF30: the row, the number of the clause in that row, the level, the
clause in words, and the answers that make it true. A flag has the highest level of
its clauses that are true; the case has the highest level of its flags (3.1,
principle 1). Then follow what a level or a flag shows and hides (3.2, and the last
column of 3.3), the place of every field of the profile, and ``AMBIGUITIES``: where
the text leaves room, which reading was taken, and why.

Everything takes the raw nested profile. Missing, null and "unknown" all mean "not
answered". Not answered is never a yes. Nor is it a no: where the very question about
a sign is open, another answer that says the same stands in for it, and an open safety
question that could make the case urgent holds the page back (3.1, principle 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

Profile = dict[str, Any]
Rule = Callable[[Profile], bool]

EMERGENCY = "EMERGENCY"
URGENT = "URGENT"
SOON = "SOON"
ROUTINE = "ROUTINE"
# 3.1, principle 1: four levels; the highest level found wins.
RANK = {ROUTINE: 0, SOON: 1, URGENT: 2, EMERGENCY: 3}

TOLD = "told_by_clinician"

# --- the questions ------------------------------------------------------------

# Asked of everybody (4.4: all emergency and urgent items, in both modes).
REQUIRED_RED_FLAGS = (
    "bladder_change", "bowel_change", "saddle_numb", "sexual_change", "both_legs",
    "leg_weakness_worse", "foot_drop", "gait_unsteady", "major_trauma",
    "minor_trauma", "new_stoop", "steroids_3m", "low_trauma_fracture",
    "fever_chills", "very_unwell", "confused_or_rigors", "immune_problem",
    "diabetes", "inject_drugs", "recent_infection_procedure", "past_cancer",
    "weight_loss", "night_pain_constant", "upper_back", "chest_pain",
    "sudden_severe_tummy_back", "faint_clammy", "pulsing_tummy",
    "constant_deep_pain", "lump_shape", "cannot_walk_sleep", "cough_sneeze_worse",
    "flank_pain", "blood_in_urine", "pregnancy_warning", "faint_on_effort",
    "breathless_on_effort", "told_no_exercise", "self_harm",
)  # fmt: skip
OPTIONAL_RED_FLAGS = (
    "leg_weakness_mild", "leg_weakness_both", "leg_numbness",
    "leg_numbness_spreading", "burning_urine", "blood_pressure_uncontrolled",
    "artery_risk", "eye_red_painful", "eating_disorder", "hop_pain", "impact_bone_pain",
    "past_stress_fracture", "missed_periods_3", "low_libido", "always_tired_cold",
    "restrict_food", "repeat_injury",
)  # fmt: skip

# RF18: the signs of the list, and the two that follow it under "also".
SPA_SIGNS = (
    "wakes_second_half", "buttock", "better_moving", "nsaid_48h", "family",
    "arthritis", "enthesitis", "psoriasis",
)  # fmt: skip
SPA_ALSO = ("uveitis", "ibd")

# RF27: "any structural diagnosis, or spinal operation".
GATED_DIAGNOSES = (
    "disc_bulge", "disc_herniation", "stenosis", "spondylolysis",
    "spondylolisthesis", "facet_arthritis", "scoliosis", "osteoporosis",
    "vertebral_fracture", "axial_spa", "spinal_surgery",
)  # fmt: skip

# --- values for random profiles: both sides of every limit --------------------

CREATED_DATE = "2026-11-23"

YES_NO = ("yes", "no", "unknown", None)
STATUS = (TOLD, "self_suspected", "no", None)

FLAG_IDS = tuple(f"RF{number:02d}" for number in range(1, 31))

FIELDS: dict[str, tuple[Any, ...]] = {
    "mode": ("self", "clinic"),
    "created_date": (CREATED_DATE,),
    "person.age_years": (
        19, 20, 21, 25, 26, 27, 34, 35, 44, 45, 49, 50, 51, 52, 64, 65, 66, 67,
    ),
    "person.sex_at_birth": ("female", "male", "intersex", "prefer_not", None),
    "person.smoker": ("never", "past", "current", None),
    "person.height_cm": (200, None),  # 4 m2: 60 kg is a BMI of 15, 74 kg of 18.5
    "person.weight_kg": (59, 60, 61, 73, 74, 75, None),
    "symptoms.has_back_pain": ("never", "past_only", "current"),
    "symptoms.site": (
        ["central_low"], ["left_low"], ["right_low"], ["buttock_l"], ["buttock_r"],
        ["sacrum"], ["upper_mid"], ["groin"], ["left_low", "upper_mid"], None,
    ),
    "symptoms.onset_weeks": (1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 51, 52, 53, None),
    "symptoms.onset_date": (
        "2026-11-10", "2026-11-09", "2026-11-08", "2026-10-27", "2026-10-26",
        "2026-10-12", "2026-10-11", "2026-09-01", "2026-08-31", None,
    ),
    "symptoms.onset_type": (
        "gradual", "sudden_no_cause", "lift_bend", "during_run", "after_run",
        "trauma", None,
    ),
    "symptoms.nrs_now": (6, 7, 8, 9, 10, None),
    "symptoms.nrs_usual_24h": (6, 7, 8, 9, None),
    "symptoms.radiation": ("none", "buttock", "thigh", "below_knee", None),
    "symptoms.radiation_side": ("left", "right", "both", None),
    "symptoms.leg_quality": (
        [], ["burning"], ["tingling"], ["numb"], ["weak"], ["numb", "weak"],
        ["heavy"], None,
    ),
    "symptoms.leg_worse_than_back": (True, False, None),
    "symptoms.improving": ("better", "same", "worse", None),
    "symptoms.stops_daily_life": (True, False, None),
    "symptoms.aggravators": (
        [], ["sit"], ["bend_back"], ["bend_back", "run_fast"], ["run_fast"],
        ["walk"], ["walk", "bend_back"], ["night"], ["rest"], ["run_long"], None,
    ),
    "symptoms.easers": (
        [], ["sit"], ["lean_forward"], ["walk"], ["movement"], ["nothing"],
        ["nothing", "lie"], None,
    ),
    **{f"red_flags.{key}": YES_NO for key in REQUIRED_RED_FLAGS},
    **{f"red_flags.{key}": YES_NO for key in OPTIONAL_RED_FLAGS},
    "spa.age_at_onset": (34, 35, 36, 44, 45, 46, None),
    **{f"spa.{key}": YES_NO for key in (*SPA_SIGNS, *SPA_ALSO)},
    **{f"diagnoses.{key}": STATUS for key in GATED_DIAGNOSES},
    "diagnoses.sciatica": STATUS,
    "diagnoses.diabetes": STATUS,
    "diagnoses.heart_disease": STATUS,
    "diagnoses.surgery_date": (
        "2026-11-01", "2026-08-22", "2026-08-18", "2026-08-17", "2020-01-01", None,
    ),
    "diagnoses.surgeon_clearance": (True, False, None),
    "diagnoses.skin_or_ear_infection": YES_NO,
    "diagnoses.pregnant": YES_NO,
    "running.runner_status": (
        "new", "returning", "current", "injured_stopped", "non_runner_wants_to",
    ),
    "running.recent_changes": (
        ["none"], ["distance"], ["speed"], ["surface"], ["frequency"], ["hills"],
        ["shoes"], None,
    ),
    "running.recent_change_pct": (-20, 10, 11, None),
    "clearance.clinician_clearance_running": (True, False, None),
    "clearance.red_flags_cleared_by": ("Duty physiotherapist", "", None),
    "clearance.red_flags_cleared_date": ("2026-11-20", None),
    "clearance.red_flags_cleared": (
        *([flag] for flag in FLAG_IDS), ["RF01", "RF30"], None,
    ),
}  # fmt: skip


# --- asking the profile -------------------------------------------------------


def get_fact(profile: Profile, path: str) -> Any:
    """Return an answer by its path; None when it is not answered."""
    node: Any = profile
    for name in path.split("."):
        if not isinstance(node, Mapping):
            return None
        node = node.get(name)
    return None if node == "unknown" else node


def number(profile: Profile, path: str) -> float | None:
    """Return a number, or None when it is not known."""
    value = get_fact(profile, path)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


def members(profile: Profile, path: str) -> set[str]:
    """Return the choices of a list; not answered is empty."""
    value = get_fact(profile, path)
    return set(value) if isinstance(value, list | tuple | set) else set()


def at_least(value: float | None, limit: float) -> bool:
    """Whether the value is known and not below the limit."""
    return value is not None and value >= limit


def above(value: float | None, limit: float) -> bool:
    """Whether the value is known and above the limit."""
    return value is not None and value > limit


def below(value: float | None, limit: float) -> bool:
    """Whether the value is known and below the limit."""
    return value is not None and value < limit


def is_yes(profile: Profile, path: str) -> bool:
    """Whether a question is answered with a plain yes."""
    return bool(get_fact(profile, path) == "yes")


def red(profile: Profile, *keys: str) -> bool:
    """Whether any of these red flag questions is answered yes."""
    return any(is_yes(profile, f"red_flags.{key}") for key in keys)


def is_open(profile: Profile, *keys: str) -> bool:
    """Whether each of these red flag questions is without a yes or a no."""
    return all(get_fact(profile, f"red_flags.{key}") is None for key in keys)


def told(profile: Profile, *keys: str) -> bool:
    """Whether a clinician told the person any of these diagnoses."""
    return any(get_fact(profile, f"diagnoses.{key}") == TOLD for key in keys)


def in_clinic(profile: Profile) -> bool:
    """Whether a clinician filled in the profile."""
    return bool(get_fact(profile, "mode") == "clinic")


def age(profile: Profile) -> float | None:
    """Age in years."""
    return number(profile, "person.age_years")


def days_before_created(profile: Profile, path: str) -> int | None:
    """Days from the date at ``path`` to the day of the answers."""
    then, now = get_fact(profile, path), get_fact(profile, "created_date")
    if not then or not now:
        return None
    return (date.fromisoformat(now) - date.fromisoformat(then)).days


def weeks_of_pain(profile: Profile) -> float | None:
    """Full weeks since this bout began: as told, or from its date to the day.

    The field holds whole weeks, so a date is counted the same way.
    """
    weeks = number(profile, "symptoms.onset_weeks")
    if weeks is not None:
        return weeks
    days = days_before_created(profile, "symptoms.onset_date")
    return None if days is None else days // 7


def onset_weeks(profile: Profile) -> float | None:
    """Full weeks since this bout began."""
    weeks = weeks_of_pain(profile)
    return None if weeks is None else weeks // 1


def body_mass_index(profile: Profile) -> float | None:
    """Body mass index in kg/m2, not rounded (4.9)."""
    height = number(profile, "person.height_cm")
    weight = number(profile, "person.weight_kg")
    if height is None or weight is None:
        return None
    return weight / (height / 100) ** 2


def pain_at_rest(profile: Profile) -> float | None:
    """Pain at rest, 0 to 10: now or over most of the day, whichever is higher.

    Both are asked together (4.3), so one alone is not yet an answer.
    """
    now = number(profile, "symptoms.nrs_now")
    usual = number(profile, "symptoms.nrs_usual_24h")
    return None if now is None or usual is None else max(now, usual)


# --- words that several rows share --------------------------------------------


def leg_pain(profile: Profile) -> bool:
    """Pain that reaches a buttock or a leg."""
    return (
        get_fact(profile, "symptoms.radiation") in ("buttock", "thigh", "below_knee")
        or bool(members(profile, "symptoms.leg_quality") & {"burning", "shooting"})
        or get_fact(profile, "symptoms.leg_worse_than_back") is True
    )


# Questions that speak of pain the person has now: a yes says that there is pain.
SPEAKS_OF_PAIN = (
    "night_pain_constant", "constant_deep_pain", "cannot_walk_sleep", "upper_back",
    "sudden_severe_tummy_back", "cough_sneeze_worse",
)  # fmt: skip


def has_pain(profile: Profile) -> bool:
    """Back or leg pain now, told in any of the ways the profile offers."""
    return (
        get_fact(profile, "symptoms.has_back_pain") == "current"
        or leg_pain(profile)
        or red(profile, *SPEAKS_OF_PAIN)
    )


def in_pain(profile: Profile, path: str, *choices: str) -> bool:
    """Whether a detail of the pain holds; of a bout that is over it says nothing."""
    return has_pain(profile) and bool(members(profile, path) & set(choices))


def site(profile: Profile, *places: str) -> bool:
    """Whether the pain is in one of these places."""
    return in_pain(profile, "symptoms.site", *places)


def worse_with(profile: Profile, *things: str) -> bool:
    """Whether one of these makes the pain worse."""
    return in_pain(profile, "symptoms.aggravators", *things)


def eased_by(profile: Profile, *things: str) -> bool:
    """Whether one of these eases the pain."""
    return in_pain(profile, "symptoms.easers", *things)


def began_by(profile: Profile, *ways: str) -> bool:
    """Whether this bout of pain began in one of these ways."""
    return has_pain(profile) and get_fact(profile, "symptoms.onset_type") in ways


POSITIONS = (
    "lie", "lie_knees_bent", "sit", "stand", "walk", "lean_forward", "movement",
)  # fmt: skip


def no_position_eases(profile: Profile) -> bool:
    """Nothing eases the pain, and no position or movement does."""
    return eased_by(profile, "nothing") and not eased_by(profile, *POSITIONS)


def constant_night_pain(profile: Profile) -> bool:
    """RF11, RF12, RF17: "constant night pain not eased by change of position".

    Its own question. An open one is asked where it matters (3.1, principle 2). Pain
    that stays the same "however you lie" is there at night too.
    """
    return red(profile, "night_pain_constant", "constant_deep_pain")


def constant_deep_pain(profile: Profile) -> bool:
    """RF11, RF15: "constant deep pain", "constant tummy/back pain".

    Its own question; while that is open (as in every profile made before it was
    asked): pain that no position eases and that goes on all night, or that no
    position eases and that resting makes worse. That the back has hurt for long, that
    flares take long to settle or that nothing has helped so far is not yet constant.
    """
    return red(profile, "constant_deep_pain") or (
        is_open(profile, "constant_deep_pain")
        and (
            red(profile, "night_pain_constant")
            or (worse_with(profile, "rest") and no_position_eases(profile))
        )
    )


def not_better(profile: Profile) -> bool:
    """The pain stays the same or gets worse."""
    return has_pain(profile) and get_fact(profile, "symptoms.improving") in (
        "same",
        "worse",
    )


def breathless(profile: Profile) -> bool:
    """RF13, RF15: breathless, at rest (asked with chest pain) or with effort."""
    return red(profile, "chest_pain", "breathless_on_effort")


# "Recent jump": more than the 10 in 100 from which 4.9 speaks of a spike.
JUMP_PCT = 10


def recent_jump(profile: Profile, *kinds: str) -> bool:
    """A jump of one of these kinds in the last 4 weeks, or in weekly distance."""
    return bool(members(profile, "running.recent_changes") & set(kinds)) or above(
        number(profile, "running.recent_change_pct"), JUMP_PCT
    )


# --- 3.3: the table, clause by clause -----------------------------------------


@dataclass(frozen=True)
class Clause:
    """One clause of one row of the table."""

    row: str
    """Cited as ``docs/evidence.md, RF12``."""
    number: int
    level: str
    text: str
    """The clause in words."""
    holds: Rule

    @property
    def id(self) -> str:
        """Row and number, such as "RF12.3"."""
        return f"{self.row}.{self.number}"


CLAUSES: list[Clause] = []


def clause(row: str, level: str, text: str) -> Callable[[Rule], Rule]:
    """Enter a clause; within a row they are counted in the order of the file."""

    def enter(holds: Rule) -> Rule:
        count = 1 + sum(1 for entry in CLAUSES if entry.row == row)
        CLAUSES.append(Clause(row, count, level, text, holds))
        return holds

    return enter


def yes(row: str, level: str, key: str, text: str) -> None:
    """Enter a clause that one question decides: "yes"."""
    clause(row, level, text)(lambda profile: red(profile, key))


# docs/evidence.md, RF01 to RF05: cauda equina. One new symptom is enough (principle 4).
yes("RF01", EMERGENCY, "bladder_change", "new bladder trouble: yes")
yes("RF02", EMERGENCY, "bowel_change", "new bowel trouble: yes")
yes("RF03", EMERGENCY, "saddle_numb", "new saddle numbness: yes")


@clause("RF04", EMERGENCY, "new loss of sexual feeling or function, with pain")
def rf04_sexual(profile: Profile) -> bool:
    """RF04: yes **with** back or leg pain."""
    return red(profile, "sexual_change") and has_pain(profile)


yes("RF05", EMERGENCY, "both_legs", "new signs in both legs: yes")
yes("RF05", EMERGENCY, "leg_weakness_both", "new weakness in both legs")


# docs/evidence.md, RF06: weakness of a leg.
yes("RF06", EMERGENCY, "leg_weakness_both", "weakness of both legs")
yes("RF06", EMERGENCY, "leg_weakness_worse", "weakness that gets worse, legs give way")


yes("RF06", URGENT, "foot_drop", "one leg, new foot drop")
yes("RF06", SOON, "leg_weakness_mild", "one leg, mild, not worsening")


@clause("RF06", SOON, "a leg that feels weak")
def rf06_feels_weak(profile: Profile) -> bool:
    """RF06, last clause, from how the leg feels (4.3, leg_quality)."""
    return "weak" in members(profile, "symptoms.leg_quality")


# docs/evidence.md, RF07: cord compression.
yes("RF07", EMERGENCY, "gait_unsteady", "new unsteady walking, heavy legs, tight band")


# docs/evidence.md, RF08: numbness or tingling in one leg.
yes("RF08", URGENT, "leg_numbness_spreading", "spreading day by day")
yes("RF08", SOON, "leg_numbness", "a new numb or tingling patch")


@clause("RF08", SOON, "a leg that feels numb")
def rf08_feels_numb(profile: Profile) -> bool:
    """RF08, first clause, from how the leg feels: numb."""
    return "numb" in members(profile, "symptoms.leg_quality")


@clause("RF08", SOON, "a leg that tingles")
def rf08_tingles(profile: Profile) -> bool:
    """RF08, first clause, from how the leg feels, while the question is open.

    The sign of the row is a numb area. Pain down a leg often tingles; who said no to
    "a new numb or tingling patch" is believed.
    """
    return is_open(profile, "leg_numbness") and "tingling" in members(
        profile, "symptoms.leg_quality"
    )


# docs/evidence.md, RF09: major trauma.
yes("RF09", EMERGENCY, "major_trauma", "began after a serious fall, crash or blow")


# docs/evidence.md, RF10: fragility fracture: one trigger and one risk.
OLD_FOR_BONES_YEARS = 65


def rf10_risk(profile: Profile) -> bool:
    """RF10: 65 or older, known osteoporosis, steroids, past low-trauma fracture."""
    return (
        at_least(age(profile), OLD_FOR_BONES_YEARS)
        or told(profile, "osteoporosis")
        or red(profile, "steroids_3m")
        or red(profile, "low_trauma_fracture")
        or told(profile, "vertebral_fracture")
    )


@clause("RF10", URGENT, "sudden pain after a small strain, and a risk")
def rf10_small_strain(profile: Profile) -> bool:
    """RF10, first trigger, by its question."""
    return red(profile, "minor_trauma") and rf10_risk(profile)


@clause("RF10", URGENT, "pain that began on lifting or bending, and a risk")
def rf10_lift_or_bend(profile: Profile) -> bool:
    """RF10, first trigger, by the way it began (4.3, onset_type): a lift or a bend."""
    return began_by(profile, "lift_bend") and rf10_risk(profile)


@clause("RF10", URGENT, "pain that began with a fall or a blow, and a risk")
def rf10_fall(profile: Profile) -> bool:
    """RF10, first trigger, by the way it began: a trip ends in a fall."""
    return began_by(profile, "trauma") and rf10_risk(profile)


@clause("RF10", URGENT, "a new stoop or loss of height, and a risk")
def rf10_stoop(profile: Profile) -> bool:
    """RF10, second trigger."""
    return red(profile, "new_stoop") and rf10_risk(profile)


# docs/evidence.md, RF11: infection.
RECENT_OPERATION_WEEKS = 13  # three months, as the question has it, in full weeks


def recent_operation(profile: Profile) -> bool:
    """RF11: a recent spinal operation, by its date."""
    days = days_before_created(profile, "diagnoses.surgery_date")
    return told(profile, "spinal_surgery") and (
        days is not None and 0 <= days // 7 <= RECENT_OPERATION_WEEKS
    )


def rf11_risk(profile: Profile) -> bool:
    """RF11: immune problem, diabetes, injected drugs, infection, procedure, TB."""
    return (
        red(profile, "immune_problem")
        or red(profile, "diabetes")
        or told(profile, "diabetes")
        or red(profile, "inject_drugs")
        or red(profile, "recent_infection_procedure")
        or is_yes(profile, "diagnoses.skin_or_ear_infection")
        or recent_operation(profile)
    )


@clause("RF11", EMERGENCY, "very unwell, and confused, shaking hard or breathing fast")
def rf11_unwell_and_confused(profile: Profile) -> bool:
    """RF11, second clause."""
    return red(profile, "very_unwell") and red(profile, "confused_or_rigors")


@clause("RF11", EMERGENCY, "fever, and confused, shaking hard or breathing fast")
def rf11_fever_and_confused(profile: Profile) -> bool:
    """RF11, second clause: somebody with a fever and these signs is unwell."""
    return red(profile, "fever_chills") and red(profile, "confused_or_rigors")


@clause("RF11", URGENT, "fever or chills with back pain")
def rf11_fever(profile: Profile) -> bool:
    """RF11, first clause: the question says "with back pain"."""
    return red(profile, "fever_chills") and has_pain(profile)


yes("RF11", URGENT, "very_unwell", "feels very unwell")


@clause("RF11", URGENT, "confused, shaking hard or breathing fast, with back pain")
def rf11_rigors(profile: Profile) -> bool:
    """RF11, first clause: rigors are chills; alone they are not less than a fever."""
    return red(profile, "confused_or_rigors") and has_pain(profile)


@clause("RF11", SOON, "constant night pain and a risk, without fever")
def rf11_night_pain_and_risk(profile: Profile) -> bool:
    """RF11, third clause."""
    return constant_night_pain(profile) and rf11_risk(profile)


@clause("RF11", SOON, "constant pain and a risk, without fever")
def rf11_constant_pain_and_risk(profile: Profile) -> bool:
    """RF11, third clause; the question says "new constant pain with ..."."""
    return constant_deep_pain(profile) and rf11_risk(profile)


# docs/evidence.md, RF12: cancer.
def slow_pain_past_50(profile: Profile) -> bool:
    """RF12: "age >= 50 with new pain not improving in 4 weeks"."""
    return (
        at_least(age(profile), 50)
        and at_least(weeks_of_pain(profile), 4)
        and not_better(profile)
    )


def rf12_others(profile: Profile) -> int:
    """RF12: how many of the signs other than a past cancer there are."""
    return (
        red(profile, "weight_loss")
        + constant_night_pain(profile)
        + red(profile, "very_unwell")
        + slow_pain_past_50(profile)
    )


@clause("RF12", SOON, "past cancer and new, unexplained pain")
def rf12_past_cancer(profile: Profile) -> bool:
    """RF12, first clause."""
    return red(profile, "past_cancer") and has_pain(profile)


@clause("RF12", URGENT, "past cancer, new pain, and one of the others")
def rf12_past_cancer_and_more(profile: Profile) -> bool:
    """RF12, second clause."""
    return (
        red(profile, "past_cancer") and has_pain(profile) and rf12_others(profile) >= 1
    )


@clause("RF12", SOON, "no past cancer, two of the others")
def rf12_two_others(profile: Profile) -> bool:
    """RF12, third clause; a past cancer that nobody told of makes it no milder."""
    return rf12_others(profile) >= 2


# docs/evidence.md, RF13: upper back.
yes("RF13", SOON, "upper_back", "main pain in the upper or middle back: alone")


@clause("RF13", SOON, "the upper or middle back among the places that hurt")
def rf13_site(profile: Profile) -> bool:
    """RF13, first clause, by the site (4.3)."""
    return site(profile, "upper_mid")


@clause("RF13", EMERGENCY, "upper back pain with chest pain or breathlessness")
def rf13_with_chest(profile: Profile) -> bool:
    """RF13, second clause."""
    return (red(profile, "upper_back") or site(profile, "upper_mid")) and (
        breathless(profile)
    )


# docs/evidence.md, RF14: chest pain, chest tightness, breathless (at rest), arm or jaw.
yes("RF14", EMERGENCY, "chest_pain", "chest pain: yes")


# docs/evidence.md, RF15: aortic aneurysm.
OLD_FOR_AORTA_YEARS = 66


def rf15_risk(profile: Profile) -> bool:
    """RF15: male of 66 or more, smoker, family, high blood pressure.

    Who did not tell the sex at birth may be a man.
    """
    may_be_male = get_fact(profile, "person.sex_at_birth") != "female"
    return (
        (may_be_male and at_least(age(profile), OLD_FOR_AORTA_YEARS))
        or get_fact(profile, "person.smoker") in ("past", "current")
        or red(profile, "blood_pressure_uncontrolled", "artery_risk")
    )


@clause("RF15", EMERGENCY, "sudden severe pain with faint, clammy, fast heart")
def rf15_sudden_and_faint(profile: Profile) -> bool:
    """RF15, first clause: faint, clammy or a fast heart."""
    return red(profile, "sudden_severe_tummy_back") and (
        red(profile, "faint_clammy", "faint_on_effort")
    )


@clause("RF15", EMERGENCY, "sudden severe pain and breathless")
def rf15_sudden_and_breathless(profile: Profile) -> bool:
    """RF15, first clause: breathless, or breathing very fast."""
    return red(profile, "sudden_severe_tummy_back") and (
        breathless(profile) or red(profile, "confused_or_rigors")
    )


yes("RF15", URGENT, "sudden_severe_tummy_back", "sudden severe pain, nothing with it")
yes("RF15", URGENT, "pulsing_tummy", "pulsing mass")


@clause("RF15", URGENT, "constant deep pain and a risk")
def rf15_constant_and_risk(profile: Profile) -> bool:
    """RF15, second clause: "constant deep pain + >= 1 risk"."""
    return constant_deep_pain(profile) and rf15_risk(profile)


# docs/evidence.md, RF16: new lump, swelling or change in back shape.
yes("RF16", URGENT, "lump_shape", "new lump, swelling or change of shape: yes")


# docs/evidence.md, RF17: severe pain not easing.
@clause("RF17", URGENT, "NRS 9 or 10 at rest, worse at night or not eased")
def rf17_extreme(profile: Profile) -> bool:
    """RF17: the row wants several signs at once; the score and one more are enough."""
    return (
        has_pain(profile)
        and at_least(pain_at_rest(profile), 9)
        and (
            constant_night_pain(profile)
            or worse_with(profile, "night")
            or no_position_eases(profile)
        )
    )


yes("RF17", URGENT, "cannot_walk_sleep", "cannot walk or sleep")


# docs/evidence.md, RF18: axial spondyloarthritis.
def began_before(profile: Profile, limit_years: int) -> bool:
    """RF18: "began < 45 y"; who is younger than that now began younger."""
    began = number(profile, "spa.age_at_onset")
    return below(began, limit_years) or below(age(profile), limit_years)


def spa(profile: Profile, key: str) -> bool:
    """Whether a question of the block is answered yes."""
    return is_yes(profile, f"spa.{key}")


def spa_count(profile: Profile) -> int:
    """RF18: how many of the listed signs there are."""
    buttock = (
        spa(profile, "buttock")
        or site(profile, "buttock_l", "buttock_r")
        or get_fact(profile, "symptoms.radiation") == "buttock"
    )
    better_moving = spa(profile, "better_moving") or eased_by(profile, "movement")
    plain = [key for key in SPA_SIGNS if key not in ("buttock", "better_moving")]
    return (
        began_before(profile, 35)
        + buttock
        + better_moving
        + sum(spa(profile, key) for key in (*plain, *SPA_ALSO))
    )


@clause("RF18", SOON, "began before 45, three months or more, three signs or more")
def rf18_count(profile: Profile) -> bool:
    """RF18: four or more, or exactly three: both SOON. Who has been told has been seen.

    Three months are counted from 12 weeks on, from where 4.4 asks the block.
    """
    return (
        has_pain(profile)
        and at_least(weeks_of_pain(profile), 12)
        and began_before(profile, 45)
        and spa_count(profile) >= 3
        and not told(profile, "axial_spa")
    )


yes("RF18", URGENT, "eye_red_painful", "red painful eye that light hurts")


# docs/evidence.md, RF19: sacral stress fracture.
RUNNERS = ("new", "returning", "current", "injured_stopped")
BASE_OF_SPINE = ("sacrum", "buttock_l", "buttock_r")
LOW_BACK = ("central_low", "left_low", "right_low")


def is_runner(profile: Profile) -> bool:
    """RF19: "runner": everybody who runs or ran; who only hopes to start is none."""
    return get_fact(profile, "running.runner_status") in RUNNERS


def rf19_risk(profile: Profile) -> bool:
    """RF19: recent jump in mileage, speed or surface, or a past stress fracture.

    Missed periods count too: RF21 ties low fuel to stress fractures.
    """
    return recent_jump(profile, "distance", "frequency", "speed", "surface") or red(
        profile, "past_stress_fracture", "missed_periods_3"
    )


@clause("RF19", SOON, "runner with pain on a single-leg hop")
def rf19_hop(profile: Profile) -> bool:
    """RF19, first clause; the question itself names the back or the buttock."""
    return is_runner(profile) and red(profile, "hop_pain")


@clause("RF19", SOON, "runner with bony impact pain low down, and a risk")
def rf19_impact(profile: Profile) -> bool:
    """RF19, second clause; the site is one that the row names."""
    fits = bool(members(profile, "symptoms.site") & {*BASE_OF_SPINE, *LOW_BACK})
    return (
        is_runner(profile)
        and red(profile, "impact_bone_pain")
        and fits
        and rf19_risk(profile)
    )


# docs/evidence.md, RF20: pars stress fracture.
def extension_pain(profile: Profile) -> bool:
    """RF20: the logic asks for low back pain on bending back."""
    return site(profile, *LOW_BACK, "sacrum") and worse_with(profile, "bend_back")


@clause("RF20", SOON, "under 20, extension pain")
def rf20_teenager(profile: Profile) -> bool:
    """RF20, first clause."""
    return below(age(profile), 20) and extension_pain(profile)


@clause("RF20", SOON, "20 to 25, extension pain, training jump")
def rf20_young_adult(profile: Profile) -> bool:
    """RF20, second clause; 25 is within "20-25". Pain on sprinting is a sign too."""
    return (
        at_least(age(profile), 20)
        and below(age(profile), 26)
        and extension_pain(profile)
        and (
            recent_jump(profile, "distance", "frequency", "speed", "hills")
            or worse_with(profile, "run_fast")
        )
    )


# docs/evidence.md, RF21: low fuel.
LOW_BMI = 18.5
VERY_LOW_BMI = 15
FUEL_SIGNS = (
    "missed_periods_3", "low_libido", "past_stress_fracture", "repeat_injury",
    "always_tired_cold", "weight_loss", "restrict_food",
)  # fmt: skip


def fuel_signs(profile: Profile) -> int:
    """RF21: how many signs there are; worry about food, too, as an eating disorder."""
    return (
        sum(red(profile, key) for key in FUEL_SIGNS)
        + red(profile, "eating_disorder")
        + below(body_mass_index(profile), LOW_BMI)
    )


@clause("RF21", SOON, "two signs or more (a stress fracture and one more among them)")
def rf21_two(profile: Profile) -> bool:
    """RF21, first and third clause: ">= 2", "stress fracture + 1"."""
    return fuel_signs(profile) >= 2


yes("RF21", SOON, "missed_periods_3", "missed periods alone")
yes("RF21", SOON, "eating_disorder", "eating disorder: restricts food, and worries")


@clause("RF21", URGENT, "eating disorder with fainting")
def rf21_fainting(profile: Profile) -> bool:
    """RF21, last clause: fainting, or feeling faint now."""
    return red(profile, "eating_disorder") and (
        red(profile, "faint_on_effort", "faint_clammy")
    )


@clause("RF21", URGENT, "BMI below 15")
def rf21_very_low(profile: Profile) -> bool:
    """RF21, last clause; alone it is no milder."""
    return below(body_mass_index(profile), VERY_LOW_BMI)


@clause("RF21", URGENT, "eating disorder with chest symptoms")
def rf21_chest(profile: Profile) -> bool:
    """RF21, last clause: chest pain, or short of breath."""
    return red(profile, "eating_disorder") and (
        red(profile, "chest_pain", "breathless_on_effort")
    )


# docs/evidence.md, RF22: sciatica that lasts or progresses.
def is_sciatica(profile: Profile) -> bool:
    """RF22: leg pain below the knee, worse than the back pain.

    Sciatica that a clinician told of is what the row is about.
    """
    worse = get_fact(profile, "symptoms.leg_worse_than_back")
    return get_fact(profile, "symptoms.radiation") == "below_knee" and (
        worse is True or told(profile, "sciatica")
    )


@clause("RF22", SOON, "more than 6 weeks")
def rf22_lasting(profile: Profile) -> bool:
    """RF22, first clause."""
    return is_sciatica(profile) and above(weeks_of_pain(profile), 6)


@clause("RF22", SOON, "severe at 2 to 6 weeks")
def rf22_severe(profile: Profile) -> bool:
    """RF22, second clause; severe is 7 to 10 (4.9)."""
    return (
        is_sciatica(profile)
        and at_least(weeks_of_pain(profile), 2)
        and at_least(pain_at_rest(profile), 7)
    )


@clause("RF22", SOON, "progressive: getting worse")
def rf22_progressive(profile: Profile) -> bool:
    """RF22, its title: "progressive or lasting sciatica"."""
    return is_sciatica(profile) and get_fact(profile, "symptoms.improving") == "worse"


# docs/evidence.md, RF23: kidney or urine infection.
@clause("RF23", URGENT, "fever and flank pain")
def rf23_fever_and_flank(profile: Profile) -> bool:
    """RF23, first clause."""
    return red(profile, "fever_chills") and red(profile, "flank_pain")


@clause("RF23", URGENT, "fever and burning urine")
def rf23_fever_and_burning(profile: Profile) -> bool:
    """RF23, first clause: with a fever, burning is an infection that has risen."""
    return red(profile, "fever_chills") and red(profile, "burning_urine")


yes("RF23", SOON, "blood_in_urine", "blood in the urine")
yes("RF23", SOON, "burning_urine", "burning urine")


# docs/evidence.md, RF24: pregnancy. The question begins "If you are pregnant".
@clause("RF24", URGENT, "pregnant, and a warning sign")
def rf24_warning(profile: Profile) -> bool:
    """RF24: "pregnant, and". A yes without a pregnancy is refused as a slip."""
    return red(profile, "pregnancy_warning") and is_yes(profile, "diagnoses.pregnant")


# docs/evidence.md, RF25: heart safety.
yes("RF25", URGENT, "faint_on_effort", "recent faint on effort")
yes("RF25", SOON, "breathless_on_effort", "unexplained breathlessness")
yes("RF25", SOON, "told_no_exercise", "told not to exercise")
yes("RF25", SOON, "blood_pressure_uncontrolled", "uncontrolled blood pressure")


# docs/evidence.md, RF26: not improving.
@clause("RF26", SOON, "more than 6 weeks and no better")
def rf26_no_better(profile: Profile) -> bool:
    """RF26, first clause."""
    return above(weeks_of_pain(profile), 6) and not_better(profile)


@clause("RF26", SOON, "stops daily life")
def rf26_daily_life(profile: Profile) -> bool:
    """RF26, second clause: pain now that stops daily life."""
    return has_pain(profile) and (
        get_fact(profile, "symptoms.stops_daily_life") is True
    )


@clause("RF26", SOON, "NRS 7 or more for 2 weeks")
def rf26_severe(profile: Profile) -> bool:
    """RF26, third clause; 2 full weeks may be some days more, so they count."""
    return (
        has_pain(profile)
        and at_least(pain_at_rest(profile), 7)
        and at_least(weeks_of_pain(profile), 2)
    )


@clause("RF26", SOON, "NRS 7 or more now")
def rf26_strong_now(profile: Profile) -> bool:
    """Section 5.2, see-clinician-soon: strong pain now is reason enough for a visit."""
    return has_pain(profile) and at_least(number(profile, "symptoms.nrs_now"), 7)


# docs/evidence.md, RF27: known spinal condition.
@clause("RF27", SOON, "structural diagnosis or operation, and no go-ahead")
def rf27_no_go_ahead(profile: Profile) -> bool:
    """RF27: only a clinician's go-ahead in clinic mode lifts it."""
    go_ahead = in_clinic(profile) and (
        get_fact(profile, "clearance.clinician_clearance_running") is True
    )
    return told(profile, *GATED_DIAGNOSES) and not go_ahead


# docs/evidence.md, RF28: stenosis pattern; new bilateral signs stand under RF05.
@clause("RF28", SOON, "over 50, both legs hurt on walking, eased by sitting or leaning")
def rf28_pattern(profile: Profile) -> bool:
    """RF28, second clause."""
    return (
        above(age(profile), 50)
        and get_fact(profile, "symptoms.radiation_side") == "both"
        and worse_with(profile, "walk")
        and eased_by(profile, "sit", "lean_forward")
    )


# docs/evidence.md, RF29: distress.
yes("RF29", URGENT, "self_harm", "unable to cope, or thoughts of self-harm: yes")


# docs/evidence.md, RF30: the level is a setting; with a clinician at hand it is SOON.
@clause("RF30", SOON, "much worse on cough, sneeze, straining")
def rf30_strain(profile: Profile) -> bool:
    """RF30 in either mode."""
    return red(profile, "cough_sneeze_worse")


@clause("RF30", URGENT, "the same, alone at home")
def rf30_strain_at_home(profile: Profile) -> bool:
    """RF30 in self mode."""
    return red(profile, "cough_sneeze_worse") and not in_clinic(profile)


# --- from clauses to flags and levels -----------------------------------------


def highest(levels: list[str]) -> str | None:
    """Return the highest of the levels; None of none."""
    return max(levels, key=RANK.__getitem__, default=None)


def rule_of(row: str) -> Callable[[Profile], str | None]:
    """Return the rule of a row: the highest level of its clauses that hold."""
    own = [entry for entry in CLAUSES if entry.row == row]

    def rule(profile: Profile) -> str | None:
        return highest([entry.level for entry in own if entry.holds(profile)])

    return rule


RULES: dict[str, Callable[[Profile], str | None]] = {
    row: rule_of(row) for row in FLAG_IDS
}


def cleared_flags(profile: Profile) -> set[str]:
    """3.1, principle 7: flags that a named clinician cleared on a stated day."""
    is_signed = get_fact(profile, "clearance.red_flags_cleared_by") and get_fact(
        profile, "clearance.red_flags_cleared_date"
    )
    if not (in_clinic(profile) and is_signed):
        return set()
    return members(profile, "clearance.red_flags_cleared")


def expected_flags(profile: Profile) -> dict[str, str]:
    """Map each flag that counts to its level."""
    cleared = cleared_flags(profile)
    found = {row: rule(profile) for row, rule in RULES.items() if row not in cleared}
    return {row: level for row, level in found.items() if level is not None}


def expected_level(profile: Profile) -> str:
    """3.1, principle 1: the highest level found wins; ROUTINE when there is none."""
    return highest(list(expected_flags(profile).values())) or ROUTINE


# --- 3.1, principle 2: safety questions that are not answered -----------------


def follow_ups(profile: Profile) -> list[str]:
    """Urgent questions that nobody must answer until another answer calls for them.

    RF08: whether it spreads, once there is a numb or tingling patch. RF15: family and
    blood pressure, once the pain is constant and deep.
    """
    questions = []
    if red(profile, "leg_numbness"):
        questions.append("leg_numbness_spreading")
    if red(profile, "constant_deep_pain"):
        questions.append("artery_risk")
    return questions


def unanswered_red_flags(profile: Profile) -> list[str]:
    """Safety questions put to this person that have no yes and no no."""
    return [
        key
        for key in (*REQUIRED_RED_FLAGS, *follow_ups(profile))
        if is_open(profile, key)
    ]


def expected_unanswered(profile: Profile) -> bool:
    """3.1, principle 2: whether open questions could make the case (more) urgent.

    No clause becomes false when an open question is answered yes, so the worst case
    is yes to all of them. SOON does not hold a page back.
    """
    worst = dict(profile)
    worst["red_flags"] = {
        **(profile.get("red_flags") or {}),
        **dict.fromkeys(unanswered_red_flags(profile), "yes"),
    }
    level = RANK[expected_level(worst)]
    return level >= RANK[URGENT] and level > RANK[expected_level(profile)]


UNANSWERED = "UNANSWERED"


def expected_state(profile: Profile) -> str:
    """Return the level, or UNANSWERED where open questions hold the page back."""
    level = expected_level(profile)
    if RANK[level] < RANK[URGENT] and expected_unanswered(profile):
        return UNANSWERED
    return level


# --- 3.1, principle 8: age ----------------------------------------------------


def is_supported_age(age_years: int, mode: str) -> bool:
    """Under 16: no (only "see a doctor"); 16 and 17: only with a clinician."""
    return age_years >= 16 and (age_years >= 18 or mode == "clinic")


# --- 3.2 and the last column of 3.3: what is shown and what is hidden ---------

ALL = "everything else"
PARTS: dict[str, str] = {
    # Parts of the page.
    "emergency-now": "what to do now, the number, the signs, what to tell staff",
    "urgent-same-day": "call today, the signs, what to tell them, when it is worse",
    "safety-questions": "the open questions, to be answered first",
    "see-clinician-soon": "see a clinician soon; stands first",
    "safety card": "the warning signs to watch for",
    "until you are seen": "what to do until then",
    "cause card": "the card about the likely cause",
    "sciatica card": "the card about nerve pain",
    "stenosis card": "the card about a narrow space for the nerves",
    "axSpA card": "the card about the joint swelling illness of the spine",
    "RED-S card": "the card about too little fuel",
    "crisis line": "the line to call in distress; stands first",
    "disclaimer": "what the page is not",
    "clinic contact": "how to reach the clinic",
    "diary": "the diary to fill in and take along",
    "benefits": "what running does for the back",
    "technique": "how to run: style, steps a minute, warm-up",
    "shoes": "advice on shoes",
    "reassuring FAQ": "questions and answers that reassure",
    "race plan": "what to do about a race",
    "run plan": "the run-walk table, or any plan of runs",
    "return dates": "when one may run again, in days or weeks",
    "mileage advice": "how much more one may run",
    "cadence advice": "steps a minute",
    "emergency colours": "the look of the emergency page",
    # Advice, wherever it stands.
    "running": "any advice to run, or to go on running",
    "training advice": "any advice on training",
    "wait and see": "any advice to wait",
    "self-care doses": "how much of heat, rest, walking ... to take",
    "painkiller advice": "advice on painkillers",
    "food, drink and medicine advice": "left to the staff",
    "heat advice": "heat packs, warm baths",
    "weight-loss content": "advice to lose weight",
    "BMI value": "the body mass index as a number",
    "mileage increase": "any advice to run more",
    "pool or bike": "only where walking is free of pain",
    # Exercise.
    "exercise": "every exercise card",
    "stretch": "every stretch",
    "loaded exercise": "exercise with a load",
    "impact exercise": "landing, jumping, running drills",
    "flexion exercise": "bending the spine forward",
    "extension exercise": "bending the spine back (X20)",
    "hamstring stretch": "X10",
    "hopping": "hops and hop tests",
    "step-ups": "X14",
    "single-leg loading": "standing on one leg under load",
    "loaded bending": "bending with a load",
    "breath-holding": "holding one's breath under strain",
}

# Flags by what they are about (3.2, row SOON).
BONE_STRESS = {"RF19", "RF20"}
FRACTURE = {"RF10"}
NEURO = {"RF06", "RF08", "RF22"}
INFECTION = {"RF11", "RF23"}
STOP_RUNNING = BONE_STRESS | NEURO
"""At SOON these stop running; the others hold at the level of now."""

EMERGENCY_PAGE_ONLY = ("RF01", "RF02", "RF03", "RF04", "RF05", "RF07", "RF09", "RF14")

LEVEL_SHOWS: dict[str, tuple[str, ...]] = {
    EMERGENCY: ("emergency-now", "clinic contact", "disclaimer"),
    URGENT: ("urgent-same-day", "safety card", "clinic contact", "disclaimer"),
    UNANSWERED: ("safety-questions",),
    SOON: ("see-clinician-soon", "safety card", "until you are seen", "diary"),
    ROUTINE: ("safety card",),
}
LEVEL_HIDES: dict[str, tuple[str, ...]] = {
    EMERGENCY: (
        ALL, "exercise", "run plan", "technique", "benefits", "reassuring FAQ",
        "wait and see", "self-care doses", "diary", "painkiller advice",
        "food, drink and medicine advice", "running",
    ),
    URGENT: (
        "exercise", "run plan", "race plan", "technique", "shoes", "benefits",
        "reassuring FAQ", "return dates",
    ),
    UNANSWERED: ("exercise", "run plan"),
    SOON: (
        "run plan", "race plan", "mileage advice", "cadence advice",
        "loaded exercise", "impact exercise",
    ),
    ROUTINE: ("emergency colours",),
}  # fmt: skip
LOW_LOAD_LIMIT_AT_SOON = 3

FLAG_SHOWS: dict[str, tuple[str, ...]] = {
    "RF08": ("sciatica card",),
    "RF18": ("axSpA card",),
    "RF21": ("RED-S card",),
    "RF22": ("sciatica card",),
    "RF28": ("stenosis card",),
    "RF29": ("crisis line",),
}
"""Cards print where the level lets them: at SOON."""

FLAG_HIDES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(EMERGENCY_PAGE_ONLY, (ALL,)),
    "RF06": ("exercise", "stretch", "running"),
    "RF08": ("hamstring stretch", "running"),
    "RF10": ("flexion exercise", "impact exercise", "loaded exercise"),
    "RF11": ("exercise", "heat advice"),
    "RF12": ("run plan", "running"),
    "RF13": (),
    "RF15": ("exercise",),
    "RF16": (),
    "RF17": ("exercise",),
    "RF18": ("run plan",),
    "RF19": (
        "running", "hopping", "step-ups", "single-leg loading", "return dates",
        "impact exercise",
    ),
    "RF20": ("extension exercise", "running", "impact exercise"),
    "RF21": ("weight-loss content", "BMI value", "mileage increase"),
    "RF22": ("hamstring stretch",),
    "RF23": (),
    "RF24": ("exercise",),
    "RF25": ("run plan",),
    "RF26": (),
    "RF27": ("run plan",),
    "RF28": (),
    "RF29": ("training advice", "running", "exercise"),
    "RF30": ("loaded bending", "breath-holding", "run plan"),
}  # fmt: skip


def shown(state: str, flags: Iterable[str]) -> set[str]:
    """Parts that must print: of the level, and at SOON the cards of the flags."""
    parts = set(LEVEL_SHOWS[state])
    if state == SOON:
        parts |= {part for flag in flags for part in FLAG_SHOWS.get(flag, ())}
    if state == URGENT and "RF29" in flags:
        parts |= set(FLAG_SHOWS["RF29"])
    return parts


def hidden(state: str, flags: Iterable[str]) -> set[str]:
    """Parts that must not print, in whatever place: of the level, and of each flag."""
    found = set(flags)
    parts = set(LEVEL_HIDES[state])
    parts |= {part for flag in found for part in FLAG_HIDES[flag]}
    if found & (BONE_STRESS | FRACTURE | NEURO | INFECTION):
        parts |= {"exercise"}  # 3.2, row SOON: "only if no ... flag"
    if found & STOP_RUNNING:
        parts |= {"running"}
    if found & BONE_STRESS:
        parts |= {"impact exercise", "hopping", "single-leg loading"}
    return parts


def expected_shown(profile: Profile) -> set[str]:
    """Parts that must print for this person."""
    return shown(expected_state(profile), expected_flags(profile))


def expected_hidden(profile: Profile) -> set[str]:
    """Parts that must not print for this person."""
    return hidden(expected_state(profile), expected_flags(profile))


# --- where each field of the profile counts -----------------------------------

ROWS_OF_FIELD: dict[str, tuple[str, ...]] = {
    # The level: 3.1, principles 7 and 8.
    "mode": ("3.1", "RF27", "RF30"),
    "created_date": ("RF11", "RF12", "RF18", "RF22", "RF26"),
    "clearance.red_flags_cleared_by": ("3.1",),
    "clearance.red_flags_cleared_date": ("3.1",),
    "clearance.red_flags_cleared": ("3.1",),
    "clearance.clinician_clearance_running": ("RF27",),
    # The person.
    "person.age_years": ("RF10", "RF12", "RF15", "RF18", "RF20", "RF28"),
    "person.sex_at_birth": ("RF15", "3.1"),
    "person.height_cm": ("RF21",),
    "person.weight_kg": ("RF21",),
    "person.smoker": ("RF15",),
    # The pain. Where it only says that there is pain: RF04, RF11, RF12, and others.
    "symptoms.has_back_pain": (
        "RF04",
        "RF10",
        "RF11",
        "RF12",
        "RF13",
        "RF17",
        "RF18",
        "RF20",
        "RF26",
        "RF28",
    ),
    "symptoms.site": ("RF13", "RF18", "RF19", "RF20"),
    "symptoms.onset_weeks": ("RF12", "RF18", "RF22", "RF26"),
    "symptoms.onset_date": ("RF12", "RF18", "RF22", "RF26"),
    "symptoms.onset_type": ("RF10",),
    "symptoms.nrs_now": ("RF17", "RF22", "RF26"),
    "symptoms.nrs_usual_24h": ("RF17", "RF22", "RF26"),
    "symptoms.radiation": ("RF04", "RF18", "RF22"),
    "symptoms.radiation_side": ("RF28",),
    "symptoms.leg_quality": ("RF04", "RF06", "RF08"),
    "symptoms.leg_worse_than_back": ("RF04", "RF22"),
    "symptoms.improving": ("RF12", "RF22", "RF26"),
    "symptoms.stops_daily_life": ("RF26",),
    "symptoms.aggravators": ("RF11", "RF15", "RF17", "RF20", "RF28"),
    "symptoms.easers": ("RF11", "RF15", "RF17", "RF18", "RF28"),
    # The questions.
    "red_flags.bladder_change": ("RF01",),
    "red_flags.bowel_change": ("RF02",),
    "red_flags.saddle_numb": ("RF03",),
    "red_flags.sexual_change": ("RF04",),
    "red_flags.both_legs": ("RF05",),
    "red_flags.leg_weakness_worse": ("RF06",),
    "red_flags.leg_weakness_both": ("RF05", "RF06"),
    "red_flags.leg_weakness_mild": ("RF06",),
    "red_flags.foot_drop": ("RF06",),
    "red_flags.gait_unsteady": ("RF07",),
    "red_flags.leg_numbness": ("RF08",),
    "red_flags.leg_numbness_spreading": ("RF08",),
    "red_flags.major_trauma": ("RF09",),
    "red_flags.minor_trauma": ("RF10",),
    "red_flags.new_stoop": ("RF10",),
    "red_flags.steroids_3m": ("RF10",),
    "red_flags.low_trauma_fracture": ("RF10",),
    "red_flags.fever_chills": ("RF11", "RF23"),
    "red_flags.very_unwell": ("RF11", "RF12"),
    "red_flags.confused_or_rigors": ("RF11", "RF15"),
    "red_flags.immune_problem": ("RF11",),
    "red_flags.diabetes": ("RF11",),
    "red_flags.inject_drugs": ("RF11",),
    "red_flags.recent_infection_procedure": ("RF11",),
    "red_flags.past_cancer": ("RF12",),
    "red_flags.weight_loss": ("RF12", "RF21"),
    "red_flags.night_pain_constant": ("RF11", "RF12", "RF15", "RF17"),
    "red_flags.upper_back": ("RF13",),
    "red_flags.chest_pain": ("RF13", "RF14", "RF15", "RF21"),
    "red_flags.sudden_severe_tummy_back": ("RF15",),
    "red_flags.faint_clammy": ("RF15", "RF21"),
    "red_flags.pulsing_tummy": ("RF15",),
    "red_flags.constant_deep_pain": ("RF11", "RF12", "RF15", "RF17"),
    "red_flags.lump_shape": ("RF16",),
    "red_flags.cannot_walk_sleep": ("RF17",),
    "red_flags.cough_sneeze_worse": ("RF30",),
    "red_flags.flank_pain": ("RF23",),
    "red_flags.burning_urine": ("RF23",),
    "red_flags.blood_in_urine": ("RF23",),
    "red_flags.pregnancy_warning": ("RF24",),
    "red_flags.faint_on_effort": ("RF15", "RF21", "RF25"),
    "red_flags.breathless_on_effort": ("RF13", "RF15", "RF21", "RF25"),
    "red_flags.told_no_exercise": ("RF25",),
    "red_flags.blood_pressure_uncontrolled": ("RF15", "RF25"),
    "red_flags.artery_risk": ("RF15",),
    "red_flags.self_harm": ("RF29",),
    "red_flags.eye_red_painful": ("RF18",),
    "red_flags.eating_disorder": ("RF21",),
    "red_flags.hop_pain": ("RF19",),
    "red_flags.impact_bone_pain": ("RF19",),
    "red_flags.past_stress_fracture": ("RF19", "RF21"),
    "red_flags.missed_periods_3": ("RF19", "RF21"),
    "red_flags.low_libido": ("RF21",),
    "red_flags.always_tired_cold": ("RF21",),
    "red_flags.restrict_food": ("RF21",),
    "red_flags.repeat_injury": ("RF21",),
    "spa.age_at_onset": ("RF18",),
    **{f"spa.{key}": ("RF18",) for key in (*SPA_SIGNS, *SPA_ALSO)},
    # What a clinician told.
    **{f"diagnoses.{key}": ("RF27",) for key in GATED_DIAGNOSES},
    "diagnoses.osteoporosis": ("RF10", "RF27"),
    "diagnoses.vertebral_fracture": ("RF10", "RF27"),
    "diagnoses.axial_spa": ("RF18", "RF27"),
    "diagnoses.spinal_surgery": ("RF11", "RF27"),
    "diagnoses.surgery_date": ("RF11",),
    "diagnoses.sciatica": ("RF22",),
    "diagnoses.diabetes": ("RF11",),
    "diagnoses.skin_or_ear_infection": ("RF11",),
    "diagnoses.pregnant": ("RF24",),
    # Running.
    "running.runner_status": ("RF19",),
    "running.recent_changes": ("RF19", "RF20"),
    "running.recent_change_pct": ("RF19", "RF20"),
}

NO_ROW: dict[str, str] = {
    "ended_early": "it says which questions were not asked, and answers none",
    "diagnoses.heart_disease": "RF25 lists signs on effort; the sections speak of it",
    "diagnoses.surgeon_clearance": "RF27 asks for a clinician's go-ahead; see 5.2",
    "symptoms.episode": "long pain is no sign of its own; its weeks are asked",
    "symptoms.nrs_worst_week": "RF17 asks for pain at rest, RF22 and RF26 for weeks",
    "symptoms.nrs_during_run": "no row asks for pain on a run as a number",
    "symptoms.settle_time_after_run": "no row speaks of it",
    "symptoms.irritability": "how long flares last; RF18 needs it for the plan only",
    "symptoms.morning_stiffness_min": "4.3 names axSpA, but RF18 does not count it",
    "symptoms.function_psfs": "own words; RF26 has its own question on daily life",
    "person.mood_low": "RF29 has its own question",
    "person.stress_0_10": "RF29 has its own question",
    "person.fear_of_movement_0_10": "no row speaks of it",
    "person.sleep_h_night": "RF17 has its own question",
    "person.sleep_quality": "RF17 has its own question",
    "person.alcohol_units_wk": "4.2 says bone, RF10 does not list it",
    "person.occupation_type": "no row speaks of it",
    "person.sitting_h_day": "no row speaks of it",
    "person.weight_talk": "consent to words; RF21 hides them whatever it says",
    "diagnoses.hip_osteoarthritis": "not a condition of the spine (RF27)",
    "diagnoses.osteopenia": "RF10 says osteoporosis; RF27 says structural",
    "diagnoses.hypermobility": "no row speaks of it",
    "diagnoses.asthma": "breathlessness it explains is not unexplained (RF25)",
    "diagnoses.joint_replacement": "no row speaks of it",
    "diagnoses.balance_problem": "not new; RF07 has its own question",
    "diagnoses.cannot_kneel": "no row speaks of it",
    "diagnoses.wrist_problem": "no row speaks of it",
    "diagnoses.shoulder_problem": "no row speaks of it",
    "diagnoses.epilepsy_uncontrolled": "it matters in water, not in section 3",
    "diagnoses.open_wound": "a wound is no infection (RF11)",
    "diagnoses.recent_hamstring_tear": "no row speaks of it",
    "diagnoses.calf_tear": "no row speaks of it",
    "diagnoses.spondylolisthesis_grade": "RF27 asks for the diagnosis, not its grade",
    "diagnoses.cobb_deg": "RF27 asks for the diagnosis, not its degrees",
    "diagnoses.surgery_type": "RF27 asks for any operation",
    "diagnoses.pregnant_weeks": "RF24 holds in every week",
    "diagnoses.postpartum": "RF24 speaks of pregnancy only",
    "diagnoses.weeks_since_birth": "RF24 speaks of pregnancy only",
    "diagnoses.birth_type": "RF24 speaks of pregnancy only",
    "diagnoses.pelvic_floor_symptoms": "leaks since a birth; RF01 asks for new ones",
    "diagnoses.doming": "no row speaks of it",
    "clearance.clearance_note": "shown with the clearance; it changes no level",
    "running.planned_next_longest_km": "a plan is no recent jump (RF19)",
}
"""Fields of symptoms, person, diagnoses and clearance that no row speaks of, and why.

Names, contacts, formats, preferences, abilities and the habits of running are about
the page or the plan; section 3 speaks of none of them.
"""

ABOUT_THE_PAGE = (
    "schema_version", "profile_id", "sample", "locale", "language", "units_distance",
    "units_body", "paper_size", "large_print", "colour", "length", "n_exercises",
    "reading_support", "include_evidence", "tone_name", "$schema", "confirmed",
    "person.first_name", "person.gender_pronoun", "clinic.", "abilities.",
    "running.",
)  # fmt: skip

AMBIGUITIES: tuple[tuple[str, str, str], ...] = (
    (
        "3.1, principle 2",
        "Safety questions hold a page back in both modes",
        "the text says self mode; a clinic's page with an open question is no safer",
    ),
    (
        "3.1, principle 2",
        "Only questions that could make this case urgent hold back",
        "a literal reading would ask a young person about small strains",
    ),
    (
        "3.1, principle 2",
        "Optional questions (RF08 spreading, RF15 family) hold back once another "
        "answer calls for them",
        "read literally they would have to be asked of everybody, see 4.4",
    ),
    (
        "3.1, principle 7",
        "Any flag may be cleared in clinic mode, at any level",
        "the text names no limit in clinic mode; it asks for name and date",
    ),
    (
        "3.1, principle 7",
        "A clearance by 'unknown' is by nobody",
        "the clinician has to be named",
    ),
    (
        "3.3, new",
        "A no to a question about new signs is believed. While a question that must "
        "be answered is open, the page asks for it; other answers stand in only for "
        "the one that older profiles were not asked (RF11, RF15) and for tingling",
        "principle 2; an emergency page for a question left blank would cry wolf",
    ),
    (
        "3.3, pain",
        "There is pain when has_back_pain is current, pain reaches a leg, or "
        "a question that speaks of pain now is a yes",
        "somebody with pain between the shoulder blades may not call it back pain",
    ),
    (
        "RF05",
        "A no to 'both legs' settles it even with numb legs on both sides",
        "RF28 knows long-standing signs in both legs, at SOON",
    ),
    ("RF05, RF06", "New weakness of both legs raises both flags", "each row names it"),
    (
        "RF06",
        "'Getting weaker' is taken as rapidly worsening",
        "nothing asks how fast; the more dangerous of the two",
    ),
    (
        "RF08",
        "A leg that feels numb counts whatever the patch question says; one that "
        "tingles only while it is open",
        "the sign is a numb area; pain down a leg often tingles",
    ),
    (
        "RF09",
        "An onset by a fall or blow does not count",
        "serious and not yet checked is the question itself, and it must be answered",
    ),
    (
        "RF10",
        "A sudden start without any cause is no trigger",
        "the row says after minor strain, cough, bend or trip",
    ),
    (
        "RF10",
        "A fall or a blow that was not serious is a trigger",
        "a trip ends in one; a small blow breaks a thin bone as a strain does",
    ),
    ("RF10", "A new stoop counts without pain", "the row asks for none"),
    (
        "RF10",
        "A told break of a spine bone is a past low-trauma fracture",
        "nobody asks how it broke",
    ),
    (
        "RF10",
        "Osteopenia and suspected osteoporosis are not known osteoporosis",
        "the row says known osteoporosis",
    ),
    (
        "RF11",
        "Feeling very unwell counts without back pain, fever only with it",
        "so the semicolon of the question has it",
    ),
    (
        "RF11",
        "Confusion, hard shaking or fast breathing alone, with pain, is URGENT",
        "rigors are chills; the row gives no level for them alone",
    ),
    (
        "RF11",
        "Constant deep pain counts like constant night pain",
        "the question says new constant pain, the logic constant night pain",
    ),
    (
        "RF11",
        "A dated operation of the last 13 weeks and a skin or ear infection now are "
        "risks",
        "a recent operation, a recent infection; three months as the question",
    ),
    (
        "RF12",
        "New pain has no upper limit in weeks, and no told cause makes it explained",
        "the program sets no time limit; a bulging disc does not explain a metastasis",
    ),
    ("RF12", "Unknown improvement is not 'not improving'", "see RF26"),
    (
        "RF13",
        "The upper back as one place of several counts",
        "which one is the main one is not asked there",
    ),
    (
        "RF13, RF15",
        "Breathless means at rest or with effort",
        "the rows do not say which",
    ),
    (
        "RF15",
        "Sudden severe pain alone is URGENT",
        "the row gives no level; it must not be less than a pulsing feeling",
    ),
    (
        "RF15",
        "A pulsing feeling needs no risk",
        "'pulsing mass or constant deep pain + >= 1 risk' can be read either way",
    ),
    ("RF15", "A past smoker is a smoker", "the vessel does not forget"),
    (
        "RF15",
        "From 66 on, a sex that was not told may be male",
        "not told is not female",
    ),
    (
        "RF15",
        "Faint on effort and breathing very fast count as faint and breathless",
        "with sudden severe pain nobody should weigh words",
    ),
    (
        "RF15",
        "Constant, before 1.1: all night with no position that eases, or worse with "
        "rest and eased by nothing",
        "long, strong or stubborn pain is not yet constant",
    ),
    (
        "RF17",
        "9 or 10 at rest needs one more sign; not walking or sleeping is enough",
        "the row wants several signs at once; its last is strong by itself",
    ),
    (
        "RF17",
        "Pain at rest is the higher of now and most of the day",
        "both are asked, and both are at rest",
    ),
    ("RF18", "Uveitis and bowel disease are counted", "the row says also"),
    ("RF18", "Three months begin at 12 weeks", "4.4 asks the block from there"),
    (
        "RF18",
        "The count does not hold once the condition is told",
        "SOON is for being seen; eye and RF27 stay",
    ),
    (
        "RF18",
        "Who is under 45 now began under 45, asked or not",
        "it cannot be otherwise",
    ),
    (
        "RF19",
        "'New to running' is a runner, 'would like to' is not",
        "a beginner's jump is the largest",
    ),
    (
        "RF19",
        "A jump is distance, frequency, speed, surface, or more than 10 in 100 a week",
        "mileage rises by runs too; 4.9 speaks of a spike from there",
    ),
    ("RF19", "A hop that hurts needs no site", "the question names back or buttock"),
    ("RF19", "Tender bone cannot count", "no question asks for it: a gap"),
    (
        "RF20",
        "Only pain on bending back counts; one side is not needed; sprinting counts "
        "like a jump in training",
        "the logic says extension pain",
    ),
    (
        "RF20",
        "A training jump is distance, frequency, speed or hills",
        "another surface is not more training",
    ),
    (
        "RF21",
        "Weight loss, holding back on food and an eating disorder are a sign each, "
        "and an eating disorder alone is SOON",
        "it is both restricting and worrying; the row gives no level for it alone",
    ),
    (
        "RF21",
        "A BMI below 15 needs no told eating disorder",
        "the commas can be read either way",
    ),
    ("RF21", "Changed periods cannot count below three", "no question asks: a gap"),
    ("RF22", "Getting worse is enough, at any week", "the title says progressive"),
    (
        "RF22, RF26",
        "'More than' is strict: 6 weeks are not more than 6; a date counts full weeks",
        "so does the field in weeks",
    ),
    (
        "RF23",
        "Fever with burning is like fever with flank pain; burning alone is SOON",
        "the question lists burning, the logic forgets it",
    ),
    (
        "RF24",
        "A yes counts for who says to be pregnant",
        "pregnant, and; without, the profile is refused as a slip",
    ),
    ("RF25", "Every faint on effort is recent", "when is not asked"),
    ("RF25", "Told heart disease is no sign", "the row lists signs, no conditions"),
    (
        "RF26",
        "Unknown improvement is not 'no better'",
        "it is no safety question; nearly everybody would be SOON",
    ),
    (
        "RF27",
        "Arthritis of the small joints is structural",
        "any structural diagnosis of the spine",
    ),
    (
        "RF27",
        "The surgeon's yes is no go-ahead, the surgeon's no is left to section 5.2",
        "the row names clinician_clearance_running alone",
    ),
    (
        "RF28",
        "The nerve ban of 3.2 does not hold for the stenosis pattern",
        "the clause is 'long-standing, stable'",
    ),
    ("RF30", "SOON in clinic mode", "the level is a setting, and a clinician is there"),
    (
        "RF12, hides",
        "Gentle walking only: no run, no run plan; low-load exercise is left to 3.2",
        "3.2 names the flags that bar exercise, and cancer is not among them",
    ),
    (
        "RF29, hides",
        "Exercise and running are training advice",
        "what else would it be",
    ),
)
"""Where the text leaves room: the row, the reading taken, and the reason."""

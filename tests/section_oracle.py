"""A second, independent table of which section is for whom, used only by the tests.

Written from docs/evidence.md, section 5.2, and from what was settled since (who must
not run yet, who must stay out of the water), not from the content. Everything takes
known facts by dotted path; a fact that is absent is unknown, and an unknown fact makes
neither a reason to print nor a reason to leave out. The levels, and what the warning
signs hide, are judged elsewhere.
"""

from collections.abc import Callable, Mapping
from typing import Any

Facts = Mapping[str, Any]

TOLD = "told_by_clinician"
SUSPECTED = "self_suspected"
NOT_RUNNING = ("new", "returning", "injured_stopped", "non_runner_wants_to")
PAIN_CAP = 4
"""Runs and plans need pain under this, out of 10."""


class _Person:
    """Somebody's facts, in the words of the matrix."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def __getitem__(self, path: str) -> Any:
        return self.facts.get(path)

    def least(self, path: str, number: float) -> bool:
        value = self[path]
        return value is not None and value >= number

    def under(self, path: str, number: float) -> bool:
        value = self[path]
        return value is not None and value < number

    def has(self, path: str, *words: str) -> bool:
        return any(word in (self[path] or ()) for word in words)

    def flag(self, *names: str) -> bool:
        return self.has("triage.flags", *names)

    def told(self, *names: str) -> bool:
        return any(self[f"diagnoses.{name}"] == TOLD for name in names)

    def thinks(self, *names: str) -> bool:
        return any(self[f"diagnoses.{n}"] in (TOLD, SUSPECTED) for n in names)

    @property
    def soon(self) -> bool:
        return bool(self["triage.level"] == "SOON")

    @property
    def hurts(self) -> bool:
        return bool(self["symptoms.has_back_pain"] == "current")

    @property
    def pain_free(self) -> bool:
        return self["symptoms.has_back_pain"] in ("never", "past_only")

    @property
    def status(self) -> str:
        return str(self["running.runner_status"])

    @property
    def wants_to_run(self) -> bool:
        return self.status in NOT_RUNNING

    @property
    def rest_pain(self) -> bool:
        return self.hurts and self.least("derived.resting_pain_0_10", PAIN_CAP)

    @property
    def run_pain(self) -> bool:
        return self.least("symptoms.nrs_during_run", PAIN_CAP) or (
            self["symptoms.settle_time_after_run"] in ("one_to_two_days", "longer")
        )

    @property
    def cleared(self) -> bool:
        return self["clearance.clinician_clearance_running"] is True

    # who must not run yet

    @property
    def early_birth(self) -> bool:
        weeks = self["diagnoses.weeks_since_birth"]
        return self["diagnoses.postpartum"] == "yes" and (weeks is None or weeks < 12)

    @property
    def pelvic_signs(self) -> bool:
        signs = ("diagnoses.pelvic_floor_symptoms", "diagnoses.doming")
        told = any(self[path] == "yes" for path in signs)
        return self["diagnoses.postpartum"] == "yes" and told and not self.cleared

    @property
    def early_operation(self) -> bool:
        weeks = self["derived.surgery_weeks"]
        return self.told("spinal_surgery") and (
            weeks is None
            or weeks < 12
            or self["diagnoses.surgeon_clearance"] is not True
        )

    @property
    def fused(self) -> bool:
        fusion = self["diagnoses.surgery_type"] == "fusion"
        return self.told("spinal_surgery") and fusion

    @property
    def leg(self) -> bool:
        below = self["symptoms.radiation"] == "below_knee"
        return below and not self.cleared

    @property
    def broken_bone(self) -> bool:
        """Somebody who thinks that a spine bone is broken, and nobody has looked."""
        return self["diagnoses.vertebral_fracture"] == SUSPECTED and not self.cleared

    @property
    def team_only(self) -> bool:
        """An operation after which only the team's own exercises are right."""
        weeks = self["derived.surgery_weeks"]
        yes = self["diagnoses.surgeon_clearance"] is True
        early = not yes if weeks is None else weeks < 12
        return self.told("spinal_surgery") and (self.fused or early)

    @property
    def no_training(self) -> bool:
        flags = ("RF06", "RF08", "RF10", "RF11", "RF12", "RF19", "RF20", "RF21", "RF22",
                 "RF23")  # fmt: skip
        told = "yes" in (
            self["red_flags.told_no_exercise"],
            self["red_flags.breathless_on_effort"],
        )
        return self.flag(*flags) or told or self.broken_bone

    @property
    def pregnant(self) -> bool:
        return bool(self["diagnoses.pregnant"] == "yes")

    @property
    def no_running(self) -> bool:
        return (
            self.early_birth
            or self.pelvic_signs
            or self.early_operation
            or self.leg
            or self.broken_bone
            or (self.pregnant and self.wants_to_run)
        )

    @property
    def no_plan(self) -> bool:
        held = self.early_birth or self.pelvic_signs or self.early_operation
        flagged = self.flag("RF19", "RF20", "RF21", "RF27")
        return held or self.leg or self.broken_bone or self.pregnant or flagged

    # water

    @property
    def swims(self) -> bool:
        return self["abilities.can_swim"] in ("some", "confident")

    @property
    def wound_needs_time(self) -> bool:
        """An operation under 6 weeks ago, or under 12 without the surgeon's yes."""
        weeks = self["derived.surgery_weeks"]
        yes = self["diagnoses.surgeon_clearance"] is True
        if not self.told("spinal_surgery"):
            return False
        return (weeks is not None and weeks < 6) or (
            (weeks is None or weeks < 12) and not yes
        )

    @property
    def no_water(self) -> bool:
        weeks = self["diagnoses.weeks_since_birth"]
        scar = (
            self["diagnoses.postpartum"] == "yes"
            and self["diagnoses.birth_type"] == "caesarean"
            and (weeks is None or weeks < 6)
        )
        barred = (
            "diagnoses.open_wound",
            "diagnoses.skin_or_ear_infection",
            "diagnoses.epilepsy_uncontrolled",
            "red_flags.fever_chills",
            "red_flags.pregnancy_warning",
        )
        return (
            any(self[path] == "yes" for path in barred)
            or scar
            or self.wound_needs_time
            or (self.soon and self.flag("RF11", "RF12", "RF25"))
        )


P = _Person
FEAR = "person.fear_of_movement_0_10"
SPINE_CARDS = (
    "disc_bulge", "disc_herniation", "sciatica", "stenosis", "spondylolysis",
    "spondylolisthesis", "facet_arthritis", "hip_osteoarthritis", "osteoporosis",
    "osteopenia", "vertebral_fracture", "scoliosis", "axial_spa", "spinal_surgery",
)  # fmt: skip
EASERS = (
    "lie", "lie_knees_bent", "sit", "stand", "walk", "lean_forward", "heat", "movement",
)  # fmt: skip
AGGRAVATORS = (
    "sit", "stand", "walk", "bend_forward", "bend_back", "lift", "twist", "cough",
    "night", "morning", "run_start", "run_long", "run_fast", "hills_down", "rest",
)  # fmt: skip


def _always(_: _Person) -> bool:
    return True


def _disc_or_worry(p: P) -> bool:
    return p.thinks("disc_bulge", "disc_herniation") or p.least(FEAR, 6)


def _cause_sitting(p: P) -> bool:
    long = p.least("person.sitting_h_day", 6)
    sits = long or p["person.occupation_type"] in ("desk", "driving")
    return sits and not p.under("person.sitting_h_day", 4)


def _training_errors(p: P) -> bool:
    changes = ("distance", "speed", "hills", "surface", "shoes", "frequency")
    return (
        p.has("running.recent_changes", *changes)
        or p.least("derived.spike_pct", 10.0001)
        or (p.status == "current" and p.hurts)
    ) and p.status != "non_runner_wants_to"


def _strength(p: P) -> bool:
    return (
        p["abilities.core_exercise"] == "none"
        or p.under("abilities.strength_days_wk", 1)
        or p["abilities.flexibility_self"] == "stiff"
    ) and not p.least("abilities.strength_days_wk", 2)


def _cause_weight(p: P) -> bool:
    fuel = p.flag("RF21") or "yes" in (
        p["red_flags.eating_disorder"],
        p["red_flags.restrict_food"],
    )
    talks = p["person.weight_talk"] == "yes" and p.least("derived.bmi", 25)
    return talks and not fuel and not p.pregnant


def _warm_up(p: P) -> bool:
    knows_how = p["running.warm_up_habit"] == "dynamic" and p.pain_free
    return not knows_how and not p.no_running


def _cadence(p: P) -> bool:
    low = p.under("running.cadence_spm", 170)
    quick = p.least("running.cadence_spm", 180)
    very_new = p.status in ("new", "non_runner_wants_to")
    wanted = low or p["running.overstride"] == "yes"
    return wanted and not (quick or p.pain_free or very_new or p.no_running)


def _shoes(p: P) -> bool:
    return (
        p.least("running.shoe_km", 500)
        or p["running.shoe_fit"] in ("tight", "loose", "painful")
        or p.status in ("new", "non_runner_wants_to")
        or p.has("running.recent_changes", "shoes")
    ) and not p.no_running


def _surface(p: P) -> bool:
    ground = p["running.surface_main"]
    sore = ground in ("pavement", "road") and p.hurts
    return (sore or ground == "trail_rough") and not p.no_running


def _mileage(p: P) -> bool:
    flagged = p.wants_to_run and p.flag("RF19", "RF20", "RF21", "RF27")
    return not (p.no_running or flagged or p.pregnant)


def _stretching(p: P) -> bool:
    tight = "yes" in (p["abilities.hamstring_tight"], p["abilities.hip_flexor_tight"])
    wanted = tight or p["abilities.flexibility_self"] == "stiff"
    sore_nerve = p["symptoms.radiation"] == "below_knee" or (
        p.thinks("sciatica") and p["derived.chronicity"] == "acute"
    )
    barred = p.thinks("hypermobility") or p["diagnoses.recent_hamstring_tear"] == "yes"
    held = p.early_birth or p.early_operation or p.fused
    return wanted and not (sore_nerve or barred or held)


def _walking(p: P) -> bool:
    held = p.early_birth or p.pelvic_signs or p.leg or p.rest_pain
    to_ask = p.early_operation or p.broken_bone
    wanted = (
        p.wants_to_run
        or p.least("symptoms.nrs_during_run", PAIN_CAP)
        or p.soon
        or held
        or to_ask
    )
    return wanted and not (p.soon and p.flag("RF10", "RF11", "RF19", "RF25"))


def _cycling(p: P) -> bool:
    bike = p["abilities.access_bike"]
    bent = p.has("symptoms.aggravators", "sit") and p.has(
        "symptoms.aggravators", "bend_forward"
    )
    barred = (
        (bike == "outdoor" and bent)
        or p["diagnoses.epilepsy_uncontrolled"] == "yes"
        or p.wound_needs_time
        or (p.soon and p.flag("RF11", "RF12", "RF25"))
    )
    return bike in ("outdoor", "static") and not barred


def _strength_training(p: P) -> bool:
    irritable = p["symptoms.irritability"] == "high"
    flaring = p.hurts and irritable and p["derived.chronicity"] == "acute"
    held = p.early_birth or p.early_operation or p.fused
    heavy = p.rest_pain or p.least("diagnoses.spondylolisthesis_grade", 3)
    barred = p.no_training or heavy or flaring or held
    return p.under("abilities.strength_days_wk", 2) and not barred


def _pilates(p: P) -> bool:
    lasting = (
        p.hurts
        and p.least("derived.resting_pain_0_10", 3)
        and p.under("derived.resting_pain_0_10", 7)
        and p.least("derived.onset_weeks", 13)
    )
    held = p.early_birth or p.early_operation or p.fused
    wanted = p["abilities.wants_pilates"] is True or lasting
    return wanted and not (held or p.no_training)


def _exercise_plan(p: P) -> bool:
    flags = ("RF06", "RF08", "RF10", "RF11", "RF12", "RF19", "RF20", "RF22")
    told = "yes" in (
        p["red_flags.told_no_exercise"],
        p["red_flags.breathless_on_effort"],
    )
    return not (p.soon and (p.flag(*flags) or told))


def _readiness(p: P) -> bool:
    flagged = p.flag("RF19", "RF20", "RF21", "RF27")
    return p.wants_to_run and not p.no_running and not flagged


def _run_walk(p: P) -> bool:
    sore_runner = p.status == "current" and p.hurts and p.run_pain
    staged = p["derived.plan_stage"] is not None
    return staged and (p.wants_to_run or sore_runner) and not p.no_plan


def _run_hold(p: P) -> bool:
    held = p.early_birth or p.pelvic_signs or p.early_operation or p.leg
    return (
        p.status == "current" and p.hurts and not (p.run_pain or held or p.broken_bone)
    )


def _see_soon(p: P) -> bool:
    lasting = p.least("derived.onset_weeks", 7) and p["symptoms.improving"] in (
        "same",
        "worse",
    )
    severe = p.least("derived.resting_pain_0_10", 7)
    checked = p["triage.level"] == "ROUTINE" and p.has(
        "clearance.red_flags_cleared", "RF26"
    )
    return (p.soon or (p.hurts and (severe or lasting))) and not checked


def _stop_running(p: P) -> bool:
    runs = p.status in ("current", "returning", "injured_stopped")
    return p.hurts and runs and not (p.no_running or p.pregnant)


def _clinic(p: P) -> bool:
    """Whoever has a clinic is told how to reach it, also from a page made at home."""
    names = (
        "clinic_name", "clinician_name", "phone", "out_of_hours", "email", "web",
        "address",
    )  # fmt: skip
    return any(p[f"clinic.{name}"] is not None for name in names)


def _eases(p: P) -> bool:
    easers = p.has("symptoms.easers", *EASERS)
    return p.hurts and (easers or p.has("symptoms.aggravators", *AGGRAVATORS))


WANTED: Mapping[str, Callable[[_Person], bool]] = {
    # triage
    "emergency-now": _always,
    "urgent-same-day": _always,
    "safety-questions": _always,
    "see-clinician-soon": _see_soon,
    "until-you-are-seen": _always,
    "leg-symptoms-check": lambda p: (
        p["symptoms.radiation"] in ("buttock", "thigh", "below_knee")
        or p.has(
            "symptoms.leg_quality",
            *("burning", "shooting", "tingling", "numb", "weak", "heavy"),
        )
        or p.flag("RF08")
    ),
    "bone-stress-alert": lambda p: p.flag("RF19", "RF20"),
    "reds-alert": lambda p: p.flag("RF21"),
    "inflammatory-alert": lambda p: p.flag("RF18"),
    "warning-signs-card": _always,
    # your back
    "main-message": _always,
    "your-snapshot": _always,
    "how-your-back-works": lambda p: (
        p["symptoms.episode"] == "first"
        or p.least(FEAR, 6)
        or p.status in ("new", "non_runner_wants_to")
    ),
    "recovery-timeline": lambda p: (
        p.hurts and not p.flag("RF10", "RF11", "RF12", "RF19", "RF20", "RF23")
    ),
    "eases-and-worsens": _eases,
    "flare-up-plan": lambda p: (
        (p.hurts or p["symptoms.episode"] == "recurrent")
        and p["symptoms.has_back_pain"] != "never"
        and not p.flag("RF10", "RF11", "RF19", "RF20")
    ),
    "discs-and-running": lambda p: _disc_or_worry(p) or p["include_evidence"] is True,
    # causes
    "cause-nonspecific": lambda p: (
        p.hurts
        and not p.told(*SPINE_CARDS)
        and p["symptoms.radiation"] != "below_knee"
        and not p.flag("RF28")
    ),
    "cause-disc": lambda p: p.told("disc_bulge", "disc_herniation"),
    "cause-sciatica": lambda p: (
        (p.told("sciatica") or p["symptoms.radiation"] == "below_knee")
        and not p.flag("RF06")
    ),
    "cause-stenosis": lambda p: p.told("stenosis") or p.flag("RF28"),
    "cause-arthritis": lambda p: p.told("facet_arthritis", "hip_osteoarthritis"),
    "cause-osteoporosis": lambda p: p.told(
        "osteoporosis", "osteopenia", "vertebral_fracture"
    ),
    "cause-scoliosis": lambda p: p.told("scoliosis"),
    "cause-spondylolisthesis": lambda p: p.told("spondylolysis", "spondylolisthesis"),
    "cause-axial-spa": lambda p: p.told("axial_spa"),
    "after-back-surgery": lambda p: p.told("spinal_surgery"),
    "other-conditions": lambda p: (
        p.thinks(
            "heart_disease", "diabetes", "asthma", "joint_replacement", "hypermobility"
        )
        or "RF25" in (p["clearance.red_flags_cleared"] or ())
    ),
    "pregnancy": lambda p: p.pregnant,
    "postpartum": lambda p: (
        p["diagnoses.postpartum"] == "yes"
        and not (
            p.least("diagnoses.weeks_since_birth", 53)
            and "yes"
            not in (p["diagnoses.pelvic_floor_symptoms"], p["diagnoses.doming"])
        )
    ),
    "cause-weight": _cause_weight,
    "cause-sitting": _cause_sitting,
    "cause-stress-mood": lambda p: (
        p.least("person.stress_0_10", 6)
        or p["person.mood_low"] in ("sometimes", "often")
    ),
    "cause-sleep": lambda p: (
        p.under("person.sleep_h_night", 6) or p["person.sleep_quality"] == "poor"
    ),
    "cause-training-errors": _training_errors,
    "cause-strength-flexibility": _strength,
    "scan-findings": lambda p: p["derived.imaging_told"] is True or p.least(FEAR, 6),
    # risks and benefits
    "risk-impact-and-speed": lambda p: (
        p.has("symptoms.aggravators", "run_fast", "run_long", "hills_down")
        and not (p.pain_free or p.no_running)
    ),
    "risk-training-spikes": lambda p: (
        (
            p.least("derived.spike_pct", 10.0001)
            or p.status in ("new", "non_runner_wants_to")
            or p["running.goal_race_date"] is not None
        )
        and not (p.no_running or p.pregnant)
    ),
    "benefit-overview": _always,
    "benefit-discs": lambda p: _disc_or_worry(p) or p["length"] == "full",
    "benefit-bones": lambda p: (
        (
            p.least("person.age_years", 40)
            or p.thinks("osteopenia")
            or p["person.sex_at_birth"] == "female"
        )
        and not p.thinks("vertebral_fracture")
        and not p.flag("RF19", "RF20")
    ),
    "benefit-muscles": lambda p: p["abilities.core_exercise"] in ("none", "some"),
    "benefit-mood-weight": lambda p: (
        p.least("person.stress_0_10", 5) or p["running.goal"] == "weight"
    ),
    # techniques
    "warm-up-routine": _warm_up,
    "easy-pace": lambda p: (
        (p.wants_to_run or p.has("symptoms.aggravators", "run_fast"))
        and not p.no_running
    ),
    "cadence": _cadence,
    "over-striding": lambda p: p["running.overstride"] == "yes" and not p.no_running,
    "foot-strike": lambda p: (
        p["running.heel_strike"] == "yes"
        and p["running.landing_worry"] is True
        and not p.no_running
    ),
    "running-posture": lambda p: (
        True in (p["running.form_worry"], p["running.coach_access"])
        and not p.no_running
    ),
    "shoes": _shoes,
    "running-surface": _surface,
    "mileage-progression": _mileage,
    "stretching": _stretching,
    # alternatives
    "brisk-walking": _walking,
    "deep-water-running": lambda p: (
        p["abilities.access_pool_deep"] is True
        and p.swims
        and not (p.no_water or (p.soon and p.flag("RF06", "RF08", "RF19", "RF20")))
    ),
    "swimming": lambda p: (
        p["abilities.access_pool_swim"] is True
        and p.swims
        and not (p.no_water or (p.soon and p.flag("RF06")))
    ),
    "cycling": _cycling,
    "strength-training": _strength_training,
    "pilates": _pilates,
    # exercises and plans
    "exercise-plan": _exercise_plan,
    "exercise-progress": lambda p: (
        p.least("derived.exercise_count", 4) and not (p.team_only or p.no_training)
    ),
    "readiness-check": _readiness,
    "run-walk-plan": _run_walk,
    "run-hold-plan": _run_hold,
    "pain-traffic-light": _always,
    "goal-race-plan": lambda p: p.least("derived.weeks_to_race", 1) and not p.no_plan,
    "tracking-diary": _always,
    "action-plan": _always,
    # questions
    "faq-good-or-bad": _always,
    "faq-cause-backache": _always,
    "faq-make-worse": lambda p: p.hurts,
    "faq-safe-return": lambda p: (
        p.status in ("returning", "injured_stopped") and not p.no_plan
    ),
    "faq-stop-running": _stop_running,
    "faq-chronic-pain": lambda p: (
        (p.hurts and p.least("derived.onset_weeks", 13)) or p.least(FEAR, 6)
    ),
    # evidence
    "evidence-summary": lambda p: (
        p["include_evidence"] is True or p["mode"] == "clinic"
    ),
    "sources-and-date": _always,
    "ask-your-clinician": lambda p: (
        p.soon or p["mode"] == "clinic" or p["derived.structural_diagnosis"] is True
    ),
    "disclaimer": _always,
    "clinic-contact": _clinic,
}
"""Section to the question whether it is for somebody."""

LEVELS: Mapping[str, str] = {
    "emergency-now": "E",
    "urgent-same-day": "U",
    "safety-questions": "A",
    "bone-stress-alert": "S",
    "reds-alert": "S",
    "inflammatory-alert": "S",
    "until-you-are-seen": "S",
    "warning-signs-card": "UASR",
    "sources-and-date": "UASR",
    "disclaimer": "EUA",
    "clinic-contact": "EUASR",
} | dict.fromkeys(
    (
        "how-your-back-works", "discs-and-running", "cause-weight",
        "cause-strength-flexibility", "risk-impact-and-speed", "risk-training-spikes",
        "benefit-discs", "benefit-bones", "benefit-muscles", "benefit-mood-weight",
        "warm-up-routine", "easy-pace", "cadence", "over-striding", "foot-strike",
        "running-posture", "shoes", "running-surface", "mileage-progression",
        "stretching", "strength-training", "pilates", "exercise-progress",
        "readiness-check", "run-walk-plan", "run-hold-plan", "pain-traffic-light",
        "goal-race-plan", "faq-good-or-bad", "faq-cause-backache", "faq-make-worse",
        "faq-safe-return", "faq-stop-running", "faq-chronic-pain", "evidence-summary",
    ),
    "R",
)  # fmt: skip
"""E emergency, U urgent, A unanswered, S soon, R routine; "SR" for the others."""


def is_wanted(section: str, facts: Facts) -> bool:
    """Tell whether the matrix wants a section for somebody at one of its levels."""
    return WANTED[section](_Person(facts))


def levels(section: str) -> str:
    """Return the levels of a section by their first letters."""
    return LEVELS.get(section, "SR")

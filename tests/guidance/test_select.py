"""Which sections a person gets, in which order, and why."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from backguide.document import texts_of
from backguide.guidance.condition import ALWAYS, Truth
from backguide.guidance.library import load_library
from backguide.guidance.prepared import in_printing_order
from backguide.guidance.select import Selection, select
from backguide.handout.compose import Issue, compose
from backguide.profile.facts import facts_of
from backguide.profile.load import load_profile, profile_from_bytes
from backguide.resources import templates_root
from strategies import (
    FIXED_DAY,
    as_bytes,
    in_clinic,
    minimal_profile,
    profiles,
    quiet_profile,
    random_profile,
    without_pain,
)

RawProfile = dict[str, Any]
PERSONAS = Path(__file__).parents[2] / "profiles"
PLANS = {"run-walk-plan", "run-hold-plan", "goal-race-plan", "readiness-check"}
HELD = {"emergency-now", "urgent-same-day", "safety-questions"}
MARKS = {
    "included",
    "left out: level",
    "left out: warning sign",
    "left out: condition",
    "left out: exclusion",
    "left out: not answered",
    "left out: length",
    "left out: no exercise fits",
}
CONTENT = load_library(templates_root())


def chosen_for(raw: RawProfile, length: str = "full") -> Selection:
    return select(facts_of(raw), CONTENT, length=length)


def included(selection: Selection) -> list[str]:
    return [decision.section.id for decision in selection.included()]


def exercises(selection: Selection) -> set[str]:
    return {pick.exercise.id for pick in selection.picks if pick.is_chosen}


def words(raw: RawProfile, day: date = FIXED_DAY) -> str:
    """Return every word of the full handout."""
    profile = profile_from_bytes(as_bytes(raw), "p.json")
    selection = select(profile.facts, CONTENT, length="full")
    handout = compose(profile, selection, CONTENT, Issue(day, "0"))
    return "\n".join(
        text
        for section in handout.sections
        for text in (section.title, section.reason, *_texts(section.blocks))
    )


def _texts(blocks: tuple[Any, ...]) -> list[str]:
    return [text for block in blocks for text in texts_of(block)]


# --- every section has one decision -------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_there_is_one_decision_for_each_section(seed: int) -> None:
    raw = (quiet_profile, random_profile)[seed % 2](seed)
    for length in ("short", "standard", "full", ""):
        selection = chosen_for(raw, length)
        ids = [decision.section.id for decision in selection.decisions]
        assert sorted(ids) == sorted(CONTENT.sections)
        assert len(set(ids)) == len(ids)
        assert {decision.rule for decision in selection.decisions} <= MARKS


def test_every_kind_of_decision_happens() -> None:
    seen: Counter[str] = Counter()
    for seed in range(120):
        for make, length in ((quiet_profile, "short"), (random_profile, "full")):
            seen.update(d.rule for d in chosen_for(make(seed), length).decisions)
    assert set(seen) >= MARKS - {"left out: no exercise fits"}
    none_fits = minimal_profile(
        **{"abilities.cannot_do": [f"X{n:02d}" for n in range(1, 21)]}
    )
    rules = {d.section.id: d.rule for d in chosen_for(none_fits).decisions}
    assert rules["exercise-plan"] == "left out: no exercise fits"


def test_decisions_stand_in_printing_order() -> None:
    page_one, groups = CONTENT.frame.page_one, CONTENT.frame.groups
    order = list(in_printing_order(CONTENT))
    first = [section.id for section in order[: len(page_one)]]
    assert first == [name for name in page_one if name in CONTENT.sections]
    rest = [s for s in order if s.id not in page_one]
    places = [(groups.index(s.group), s.order, s.id) for s in rest]
    assert places == sorted(places)
    for seed in range(20):
        selection = chosen_for(random_profile(seed))
        assert [d.section for d in selection.decisions] == order


def test_what_is_urgent_stands_first() -> None:
    for raw, first in [
        (minimal_profile(**{"red_flags.saddle_numb": "yes"}), "emergency-now"),
        (minimal_profile(**{"red_flags.lump_shape": "yes"}), "urgent-same-day"),
        (minimal_profile(**{"red_flags.lump_shape": None}), "safety-questions"),
        (minimal_profile(), "main-message"),
    ]:
        assert included(chosen_for(raw))[0] == first
    soon = included(chosen_for(minimal_profile(**{"symptoms.stops_daily_life": True})))
    assert soon[:2] == ["main-message", "see-clinician-soon"]


# It prints also when nobody told a number of exercises; then no answer decided.
def test_every_decision_has_a_reason() -> None:
    for seed in range(150):
        raw = (quiet_profile, random_profile)[seed % 2](seed)
        raw |= {"locale": "en-GB", "units_distance": "mi"}
        for decision in chosen_for(raw).decisions:
            section = decision.section
            is_for_all = decision.is_included and section.include is ALWAYS
            assert decision.reason.strip() or is_for_all, section.id
            assert "{" not in decision.reason, decision.section.id
            if decision.is_included:
                assert decision.truth is not Truth.NO


def test_left_out_for_want_of_an_answer_names_the_answer() -> None:
    seen = 0
    for seed in range(100):
        for decision in chosen_for(quiet_profile(seed)).decisions:
            if decision.rule == "left out: not answered":
                seen += 1
                assert decision.missing
                assert all(path in decision.reason for path in decision.missing)
    assert seen > 100


def test_the_order_of_keys_changes_nothing() -> None:
    for seed in range(60):
        raw = (quiet_profile, random_profile)[seed % 2](seed)
        rng = random.Random(seed)

        def turned(value: Any, rng: random.Random = rng) -> Any:
            if isinstance(value, dict):
                keys = rng.sample(list(value), len(value))
                return {key: turned(value[key]) for key in keys}
            if isinstance(value, list):
                return rng.sample(value, len(value))
            return value

        first, second = chosen_for(raw), chosen_for(turned(raw))
        assert first.decisions == second.decisions
        assert first.picks == second.picks
        assert first.triage == second.triage


def test_a_longer_handout_never_loses_a_section() -> None:
    for seed in range(60):
        raw = quiet_profile(seed)
        short, standard, full = (
            set(included(chosen_for(raw, length)))
            for length in ("short", "standard", "full")
        )
        assert short <= standard <= full


def test_the_length_is_the_asked_one_or_that_of_the_profile() -> None:
    raw = minimal_profile(length="short")
    assert chosen_for(raw, "full").length == "full"
    assert chosen_for(raw, "").length == "short"
    assert chosen_for(minimal_profile(), "").length == "standard"


def test_nothing_of_another_flag_hides_a_safety_section() -> None:
    for seed in range(150):
        for decision in chosen_for(random_profile(seed)).decisions:
            if decision.rule == "left out: warning sign":
                assert decision.section.id not in {
                    "warning-signs-card",
                    "disclaimer",
                    *HELD,
                }
                assert decision.reason.startswith("RF")


# --- never empty --------------------------------------------------------------


@settings(max_examples=150)
@given(profiles())
def test_no_valid_profile_gives_an_empty_handout(raw: RawProfile) -> None:
    profile = profile_from_bytes(as_bytes(raw), "p.json")
    selection = select(profile.facts, CONTENT)
    handout = compose(profile, selection, CONTENT, Issue(FIXED_DAY, "0"))
    ids = [section.id for section in handout.sections]
    state = selection.triage.state
    opening = {
        "EMERGENCY": "emergency-now",
        "URGENT": "urgent-same-day",
        "UNANSWERED": "safety-questions",
    }.get(state, "main-message")
    assert handout.level == state
    assert ids[0] == opening
    is_held = opening != "main-message"
    carrier = "disclaimer" if is_held else "sources-and-date"
    texts = [t for s in handout.sections for b in s.blocks for t in texts_of(b)]
    assert carrier in ids
    assert sum("not a diagnosis" in text for text in texts) == 1
    assert state == "EMERGENCY" or "warning-signs-card" in ids
    added = {"attached-note", "teach-back"}
    assert set(ids) - added <= set(included(selection))
    for section in handout.sections:
        assert section.title or section is handout.sections[0]
        assert section.blocks
        texts = [text for text in _texts(section.blocks) if text.strip()]
        assert texts or section.id in ("tracking-diary", "action-plan"), section.id
    assert handout.furniture.guide_id
    assert handout.furniture.code


@settings(max_examples=60)
@given(profiles())
def test_what_is_selected_is_composed_once_and_in_order(raw: RawProfile) -> None:
    raw.pop("person", None)
    raw = minimal_profile(
        **{k: v for k, v in raw.items() if k in ("symptoms", "spa")}
    ) | {
        "red_flags": raw["red_flags"]
        | {"pregnancy_warning": "no", "missed_periods_3": "no"}
    }
    raw["symptoms"].pop("onset_date", None)
    if raw["symptoms"]["has_back_pain"] == "current":
        raw["symptoms"]["onset_weeks"] = 8
    raw["spa"] = {}
    profile = profile_from_bytes(as_bytes(raw), "p.json")
    selection = select(profile.facts, CONTENT, length="full")
    handout = compose(profile, selection, CONTENT, Issue(FIXED_DAY, "0"))
    made = [section.id for section in handout.sections]
    wanted = included(selection)
    assert made == [name for name in wanted if name in made]
    assert len(wanted) - len(made) <= 2  # sections whose every part fell away


# --- the 15 people of docs/evidence.md, section 5.6 ---------------------------

# name: (state, must print, must not print)
BACKBONE: dict[str, tuple[str, set[str], set[str]]] = {
    "desk-worker": (
        "ROUTINE",
        {"run-walk-plan", "readiness-check", "cause-sitting", "faq-safe-return",
         "deep-water-running", "exercise-plan", "pain-traffic-light", "brisk-walking"},
        {"run-hold-plan", "see-clinician-soon", "cause-disc", "cause-weight"},
    ),
    "half-marathon-runner": (
        "ROUTINE",
        {"run-hold-plan", "risk-training-spikes", "mileage-progression",
         "cause-training-errors", "exercise-plan", "cadence", "over-striding"},
        {"cause-disc", "run-walk-plan", "readiness-check", "faq-safe-return"},
    ),
    "thin-bones": (
        "ROUTINE",
        {"cause-osteoporosis", "exercise-plan", "clinic-contact", "run-walk-plan"},
        {"cause-disc", "bone-stress-alert", "see-clinician-soon", "cause-nonspecific"},
    ),
    "one-sided-sprinter": (
        "SOON",
        {"see-clinician-soon", "bone-stress-alert", "until-you-are-seen"},
        {*PLANS, "exercise-plan", "strength-training", "easy-pace", "warm-up-routine"},
    ),
    "saddle-numbness": ("EMERGENCY", {"emergency-now", "disclaimer"}, set()),
    "eight-weeks-after-birth": (
        "ROUTINE",
        {"postpartum", "brisk-walking", "exercise-plan"},
        {*PLANS, "mileage-progression", "easy-pace", "warm-up-routine"},
    ),
    "narrow-spine-canal": (
        "SOON",
        {"cause-stenosis", "cycling", "see-clinician-soon", "exercise-plan",
         "deep-water-running"},
        PLANS,
    ),
    "foot-drop": (
        "URGENT",
        {"urgent-same-day", "warning-signs-card", "disclaimer"},
        {*PLANS, "exercise-plan", "cause-sciatica", "main-message", "tracking-diary"},
    ),
    "missed-periods": (
        "SOON",
        {"reds-alert", "bone-stress-alert", "see-clinician-soon", "until-you-are-seen"},
        {*PLANS, "cause-weight", "exercise-plan", "mileage-progression"},
    ),
    "prevention": (
        "ROUTINE",
        {"warm-up-routine", "mileage-progression", "strength-training",
         "faq-good-or-bad", "exercise-plan"},
        {"flare-up-plan", "eases-and-worsens", "recovery-timeline", "faq-make-worse",
         "cause-nonspecific", "run-walk-plan"},
    ),
    "past-cancer": (
        "SOON",
        {"see-clinician-soon", "until-you-are-seen", "brisk-walking"},
        {*PLANS, "mileage-progression", "strength-training"},
    ),
    "axial-spa": (
        "ROUTINE",
        {"cause-axial-spa", "exercise-plan", "deep-water-running", "swimming",
         "cycling"},
        {"inflammatory-alert", "see-clinician-soon", "cause-nonspecific"},
    ),
    "unanswered-question": (
        "UNANSWERED",
        {"safety-questions", "warning-signs-card", "disclaimer"},
        {*PLANS, "exercise-plan", "main-message", "brisk-walking"},
    ),
    "heavier-beginner": (
        "ROUTINE",
        {"run-walk-plan", "exercise-plan", "brisk-walking", "risk-training-spikes"},
        {"cause-weight", "run-hold-plan"},
    ),
    "after-disc-operation": (
        "SOON",
        {"after-back-surgery", "brisk-walking", "see-clinician-soon"},
        {*PLANS, "exercise-plan", "deep-water-running", "swimming", "cycling"},
    ),
}  # fmt: skip


@pytest.fixture
def persona() -> Callable[[str], RawProfile]:
    def read(name: str) -> RawProfile:
        return json.loads((PERSONAS / f"{name}.json").read_text("utf-8"))

    return read


def test_there_is_a_backbone_for_each_persona() -> None:
    assert set(BACKBONE) == {path.stem for path in PERSONAS.glob("*.json")}
    named = set().union(*(must | must_not for _, must, must_not in BACKBONE.values()))
    assert named <= set(CONTENT.sections)


@pytest.mark.parametrize("name", BACKBONE)
def test_backbone(name: str) -> None:
    profile = load_profile(PERSONAS / f"{name}.json")
    selection = select(profile.facts, CONTENT, length="full")
    state, must, must_not = BACKBONE[name]
    printed = set(included(selection))
    assert selection.triage.state == state
    assert must <= printed
    assert not must_not & printed
    if state in ("SOON", "ROUTINE"):
        assert {"main-message", "warning-signs-card", "sources-and-date"} <= printed
        assert not printed & HELD
    if state == "EMERGENCY":
        assert printed <= {
            "emergency-now",
            "disclaimer",
            "clinic-contact",
            "sources-and-date",
        }


@pytest.mark.parametrize(
    ("name", "allowed", "never"),
    [
        ("thin-bones", None, {"X02", "X03", "X04", "X18"}),
        ("eight-weeks-after-birth", None,
         {"X08", "X09", "X10", "X11", "X12", "X14", "X15", "X17", "X18"}),
        ("narrow-spine-canal", None, {"X20"}),
        ("one-sided-sprinter", set(), set()),
        ("missed-periods", set(), set()),
        ("after-disc-operation", set(), set()),
        ("foot-drop", set(), set()),
        ("saddle-numbness", set(), set()),
        ("unanswered-question", set(), set()),
        ("heavier-beginner", {"X05", "X08", "X13", "X19"}, {"X12", "X15"}),
    ],
)  # fmt: skip
def test_exercises_of_the_personas(
    name: str,
    allowed: set[str] | None,
    never: set[str],
    persona: Callable[[str], RawProfile],
) -> None:
    chosen = exercises(chosen_for(persona(name)))
    assert not chosen & never
    if allowed is not None:
        assert chosen <= allowed
    if name in ("thin-bones", "eight-weeks-after-birth", "heavier-beginner"):
        assert len(chosen) >= 3


def test_persona_01_starts_the_careful_plan_at_stage_1(
    persona: Callable[[str], RawProfile],
) -> None:
    facts = chosen_for(persona("desk-worker")).facts
    assert facts["derived.plan_track"] == "careful"
    assert facts["derived.plan_stage"] == 1


def test_persona_02_reads_the_cap_as_a_number(
    persona: Callable[[str], RawProfile],
) -> None:
    told = words(persona("half-marathon-runner"))
    assert "13.2 km" in told


def test_persona_03_reads_nothing_about_hopping(
    persona: Callable[[str], RawProfile],
) -> None:
    told = words(persona("thin-bones")).lower()
    assert not re.search(r"\bhop(?:ping)?\b", told)  # "shopping" is a goal of hers


def test_persona_06_reads_about_the_pelvic_floor(
    persona: Callable[[str], RawProfile],
) -> None:
    assert "pelvic floor" in words(persona("eight-weeks-after-birth")).lower()


def test_persona_07_may_hug_a_knee_when_the_floor_is_no_problem(
    persona: Callable[[str], RawProfile],
) -> None:
    raw = persona("narrow-spine-canal")
    raw["abilities"]["cannot_do"] = []
    raw["diagnoses"]["cannot_kneel"] = "no"
    selection = chosen_for(raw)
    assert "X03" in exercises(selection)
    assert "X20" not in exercises(selection)


def test_persona_12_reads_nothing_about_tablets(
    persona: Callable[[str], RawProfile],
) -> None:
    told = words(persona("axial-spa")).lower()
    for word in ("nsaid", "ibuprofen", "naproxen", "anti-inflammatory", "paracetamol"):
        assert word not in told


def test_persona_14_reads_of_a_small_first_week_and_nothing_of_weight(
    persona: Callable[[str], RawProfile],
) -> None:
    raw = persona("heavier-beginner")
    assert "In your first week, run less than 1.8 miles in total." in words(raw)
    raw["units_distance"] = "km"
    assert "In your first week, run less than 3 km in total." in words(raw)
    printed = [d.section.id for d in chosen_for(raw).included()]
    assert "cause-weight" not in printed
    assert "bmi" not in words(raw).lower()


# --- one answer more or less --------------------------------------------------


def test_weight_is_spoken_of_only_with_consent() -> None:
    heavy = {"person.height_cm": 165, "person.weight_kg": 92.6}
    for consent, prints in (("yes", True), ("no", False), (None, False), (..., False)):
        raw = minimal_profile(**heavy, **{"person.weight_talk": consent})
        assert ("cause-weight" in included(chosen_for(raw))) is prints
    slim = minimal_profile(
        **{"person.height_cm": 165, "person.weight_kg": 60, "person.weight_talk": "yes"}
    )
    assert "cause-weight" not in included(chosen_for(slim))


@pytest.mark.parametrize(("hours", "prints"), [(3.9, False), (5.9, False), (6, True)])
def test_sitting_from_6_hours(hours: float, prints: bool) -> None:
    raw = minimal_profile(**{"person.sitting_h_day": hours})
    assert ("cause-sitting" in included(chosen_for(raw))) is prints


def test_a_clinic_stands_on_its_own_pages_only() -> None:
    assert "clinic-contact" not in included(chosen_for(minimal_profile()))
    clinic = in_clinic(**{"clinic.clinic_name": "Example Clinic", "clinic.phone": "0"})
    assert "clinic-contact" in included(chosen_for(clinic))


def test_without_pain_there_is_no_talk_of_flares() -> None:
    printed = set(included(chosen_for(without_pain())))
    assert not printed & {"flare-up-plan", "recovery-timeline", "faq-make-worse"}
    assert {"main-message", "faq-good-or-bad"} <= printed


def test_no_plan_for_who_may_not_run_yet() -> None:
    for facts in (
        {"diagnoses.postpartum": "yes", "diagnoses.weeks_since_birth": 11},
        {"diagnoses.spinal_surgery": "told_by_clinician",
         "diagnoses.surgery_date": "2026-09-01"},
        {"symptoms.radiation": "below_knee", "symptoms.radiation_side": "left",
         "symptoms.leg_quality": []},
    ):  # fmt: skip
        raw = in_clinic(**facts, **{"clearance.clinician_clearance_running": None})
        assert "run-walk-plan" not in included(chosen_for(raw))


@pytest.mark.parametrize(("length", "asked"), [("full", 6), ("full", 4), ("short", 8)])
def test_the_number_of_exercises_is_a_fact(length: str, asked: int) -> None:
    facts = facts_of(minimal_profile(n_exercises=asked))
    selection = select(facts, CONTENT, length=length)
    chosen = sum(pick.is_chosen for pick in selection.picks)
    assert selection.facts["derived.exercise_count"] == chosen
    assert 1 <= chosen <= asked

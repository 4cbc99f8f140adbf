"""What a level or a flag hides is hidden in every part, and what it shows is there.

The second clinical table says what must not print (``docs/evidence.md``, 3.2 and the
last column of 3.3). Here whole handouts are composed for many people with each flag,
and every sentence, card and section of them is held against that list: a rule that
hides one section does not help if another one says the same.
"""

import random
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import pytest

from backguide.document import ExerciseCard, Handout, texts_of
from backguide.guidance.library import Library, load_library
from backguide.guidance.select import Selection, select
from backguide.handout.compose import Issue, compose
from backguide.profile.facts import facts_of, known_facts
from backguide.profile.load import Profile
from backguide.resources import templates_root
from clinical_oracle import (
    ALL,
    PARTS,
    REQUIRED_RED_FLAGS,
    RULES,
    TOLD,
    hidden,
    shown,
)
from strategies import SCHEMA, RawProfile, minimal_profile, random_profile

TODAY = Issue(date(2026, 11, 23), "0.0")

# Which exercises a hidden part names, by their names in the schema.
EXERCISES = {
    "stretch": {"X10", "X11"},
    "hamstring stretch": {"X10"},
    "loaded exercise": {"X12", "X18"},
    "extension exercise": {"X20"},
    "flexion exercise": {"X03", "X04"},
    "step-ups": {"X14"},
    "single-leg loading": {"X12", "X14", "X15"},
}
# Which sections a part is.
SECTIONS = {
    "run plan": {"run-walk-plan", "run-hold-plan"},
    "race plan": {"goal-race-plan"},
    "shoes": {"shoes"},
    "diary": {"tracking-diary"},
    "mileage advice": {"mileage-progression"},
    "cadence advice": {"cadence"},
}
GROUPS = {
    "technique": {"techniques"},
    "benefits": {"risks-benefits"},
    "reassuring FAQ": {"faq"},
    "exercise": {"exercises"},
}
EMERGENCY_PAGE = {"emergency-now", "clinic-contact", "disclaimer", "sources-and-date"}
SHOWN_BY = {
    "emergency-now": {"emergency-now"},
    "urgent-same-day": {"urgent-same-day"},
    "safety-questions": {"safety-questions"},
    "see-clinician-soon": {"see-clinician-soon"},
    "safety card": {"warning-signs-card"},
    "until you are seen": {"until-you-are-seen"},
    "diary": {"tracking-diary"},
    "disclaimer": {"disclaimer"},
    "sciatica card": {"cause-sciatica", "leg-symptoms-check"},
    "stenosis card": {"cause-stenosis"},
    "axSpA card": {"inflammatory-alert", "cause-axial-spa"},
    "RED-S card": {"reds-alert"},
}
"""A part is shown when one of these sections prints."""

# Words that give a part away, wherever it stands.
WORDS = {
    "heat advice": r"\bheat\b|hot[- ]water|warm (bath|shower|pack)|warmth",
    "BMI value": r"\bBMI\b|body mass index",
    "weight-loss content": (
        r"(lose|losing|lower|less) (some |a little )?(body )?weight|weight loss"
    ),
    "hamstring stretch": r"hamstring (stretch|tight)",
    "stretch": r"\bstretch",
    "hopping": r"\bhop(s|ping)?\b",
    "step-ups": r"\bstep[- ]ups?\b",
    "breath-holding": r"hold(ing)? your breath",
    "painkiller advice": r"painkiller|paracetamol|ibuprofen|pain relief",
    "impact exercise": r"\bjump(s|ing)?\b|\bmore impact|skipping",
    "exercise": r"exercises? at home|(home|daily|your) exercises?|strength work",
    "running": (
        r"\b(keep|go on|carry on|start|continue) (to )?run|\brun(s|ning)? (easy|slow)|"
        r"\bnext run\b"
    ),
    "mileage increase": r"\brun (more|longer|further)\b",
}
# A sentence that says no, or not yet, or ask first, gives nothing away.
SAYS_NO = re.compile(
    r"\b(not|no|never|without|leave out|avoid|before you|until|only the|only if)\b",
    re.I,
)
# What is not said to the reader as advice: what was studied, where it stands.
ABOUT_STUDIES = re.compile(
    r"\b(trials?|stud(y|ies)|problems settle|mild ones|linked with|big jump)\b", re.I
)
NOT_SPOKEN = {"sources-and-date"}
QUESTIONS_TO_THE_READER = {"cause-training-errors"}


@cache
def content() -> Library:
    return load_library(templates_root())


@cache
def signs() -> tuple[str, ...]:
    """The person's own signs as they are printed, longest first."""
    told = {fact.sign for fact in known_facts().values() if fact.sign}
    return tuple(sorted(told, key=len, reverse=True))


def drawn(path: str, rng: random.Random) -> Any:
    """Draw an answer for a field that the random profile does not have."""
    group, name = path.split(".")
    spec = SCHEMA["properties"][group]["properties"][name]
    choices = spec.get("items", {}).get("enum")
    if choices:
        return rng.sample([c for c in choices if c != "none"], 2)
    if "enum" in spec:
        return rng.choice(spec["enum"])
    if "boolean" in spec.get("type", ()):
        return rng.random() < 0.5
    if "minimum" in spec:
        return rng.randint(int(spec["minimum"] + 0.9), int(spec["maximum"]))
    return None


def person(seed: int) -> RawProfile:
    """Return somebody calm with every kind of answer; half have a told diagnosis."""
    rng = random.Random(seed)
    profile = {**minimal_profile(), **random_profile(seed, calm=1.0)}
    profile["clearance"] = {}
    profile["red_flags"] = dict.fromkeys(profile["red_flags"], "no")
    for group in ("person", "symptoms", "running", "abilities", "diagnoses"):
        for name in SCHEMA["properties"][group]["properties"]:
            if name not in profile.setdefault(group, {}) and rng.random() < 0.6:
                profile[group][name] = drawn(f"{group}.{name}", rng)
    diagnoses = SCHEMA["properties"]["diagnoses"]["properties"]
    names = [n for n, spec in diagnoses.items() if spec.get("x-kind") == "status"]
    profile["diagnoses"] |= dict.fromkeys(names, "no")
    if rng.random() < 0.5:
        profile["diagnoses"][rng.choice(names)] = TOLD
    profile["diagnoses"] |= {"surgery_date": None, "surgery_type": None}
    profile["symptoms"] |= {
        "has_back_pain": "current",
        "onset_type": "gradual",
        "leg_quality": [],
        "improving": "better",
        "stops_daily_life": False,
        "nrs_now": rng.choice([1, 3, 5]),
        "nrs_usual_24h": rng.choice([2, 4]),
        "easers": rng.choice([["heat", "lie"], ["heat"], ["walk", "heat"]]),
        "radiation": rng.choice(["none", "buttock", "below_knee"]),
        "leg_worse_than_back": False,
    }
    profile["person"]["weight_kg"] = None
    profile["running"]["goal"] = rng.choice(["weight", "10k", "run_pain_free"])
    return profile


# The answers that raise each flag to SOON, on top of any person.
SOON_BY: dict[str, dict[str, Any]] = {
    "RF06": {"red_flags.leg_weakness_mild": "yes"},
    "RF08": {
        "red_flags.leg_numbness": "yes",
        "red_flags.leg_numbness_spreading": "no",
    },
    "RF11": {
        "red_flags.night_pain_constant": "yes",
        "red_flags.diabetes": "yes",
        "symptoms.nrs_now": 3,
        "symptoms.nrs_usual_24h": 3,
        "person.smoker": "never",
        "person.age_years": 40,
    },
    "RF12": {"red_flags.past_cancer": "yes"},
    "RF13": {"red_flags.upper_back": "yes"},
    "RF18": {
        "diagnoses.axial_spa": "no",
        "symptoms.onset_weeks": 20,
        "spa.age_at_onset": 30,
        "spa.family": "yes",
        "spa.better_moving": "yes",
        "spa.wakes_second_half": "yes",
        "spa.nsaid_48h": "yes",
        "red_flags.eye_red_painful": "no",
    },
    "RF19": {
        "red_flags.hop_pain": "yes",
        "running.runner_status": "current",
        "symptoms.site": ["sacrum"],
    },
    "RF20": {
        "person.age_years": 19,
        "symptoms.site": ["left_low"],
        "symptoms.aggravators": ["bend_back"],
    },
    "RF21": {"red_flags.missed_periods_3": "yes"},
    "RF22": {
        "symptoms.radiation": "below_knee",
        "symptoms.leg_worse_than_back": True,
        "symptoms.onset_weeks": 8,
    },
    "RF23": {"red_flags.blood_in_urine": "yes"},
    "RF25": {"red_flags.told_no_exercise": "yes"},
    "RF26": {"symptoms.stops_daily_life": True},
    "RF27": {"diagnoses.disc_bulge": TOLD},
    "RF28": {
        "person.age_years": 60,
        "symptoms.radiation": "thigh",
        "symptoms.radiation_side": "both",
        "symptoms.aggravators": ["walk"],
        "symptoms.easers": ["sit"],
    },
}
# And one of each of the states above SOON.
HELD_BACK_BY: dict[str, dict[str, Any]] = {
    "EMERGENCY": {"red_flags.saddle_numb": "yes"},
    "URGENT": {"red_flags.lump_shape": "yes"},
    "UNANSWERED": {"red_flags.saddle_numb": None},
}


def put(profile: RawProfile, facts: dict[str, Any]) -> RawProfile:
    for path, value in facts.items():
        group, _, name = path.partition(".")
        profile.setdefault(group, {})[name] = value
    return profile


def made(profile: RawProfile) -> tuple[Selection, Handout]:
    facts = facts_of(profile)
    selection = select(facts, content(), length="full")
    checked = Profile(profile, facts, "0" * 64)
    return selection, compose(checked, selection, content(), TODAY)


def sentences(handout: Handout) -> Iterator[tuple[str, str]]:
    """Yield section and sentence of all that is said; the person's signs left out."""
    for section in handout.sections:
        if section.id in NOT_SPOKEN:
            continue
        for block in section.blocks:
            for text in texts_of(block):
                for sign in signs():
                    text = text.replace(sign, "")
                for sentence in re.split(r"(?<=[.!?:])\s+", text):
                    yield section.id, sentence


def given_away(selection: Selection, handout: Handout) -> Iterator[str]:
    """Yield each place where something hidden is printed."""
    state = selection.triage.state
    parts = hidden(state, [item.flag.id for item in selection.triage.flags])
    ids = {section.id for section in handout.sections}
    groups = {item.section.group for item in selection.included()} if ids else set()
    if ALL in parts and ids - EMERGENCY_PAGE:
        yield f"{ALL}: {sorted(ids - EMERGENCY_PAGE)}"
    cards = {pick.exercise.id for pick in selection.picks if pick.is_chosen}
    printed = [
        block.name
        for section in handout.sections
        for block in section.blocks
        if isinstance(block, ExerciseCard)
    ]
    if "exercise" in parts and (cards or printed):
        yield f"exercise: cards {sorted(cards)}"
    for part in sorted(parts & set(EXERCISES)):
        if cards & EXERCISES[part]:
            yield f"{part}: card {sorted(cards & EXERCISES[part])}"
    for part in sorted(parts & set(SECTIONS)):
        if ids & SECTIONS[part]:
            yield f"{part}: section {sorted(ids & SECTIONS[part])}"
    for part in sorted(parts & set(GROUPS)):
        if groups & GROUPS[part]:
            yield f"{part}: group {sorted(groups & GROUPS[part])}"
    for section, sentence in sentences(handout):
        if SAYS_NO.search(sentence) or ABOUT_STUDIES.search(sentence):
            continue
        if section in QUESTIONS_TO_THE_READER and sentence.endswith("?"):
            continue
        for part in sorted(parts & set(WORDS)):
            if re.search(WORDS[part], sentence, re.I):
                yield f"{part}: {section}: {sentence}"


def missing(selection: Selection, handout: Handout) -> Iterator[str]:
    """Yield each part that must be shown and is not there."""
    flags = [item.flag.id for item in selection.triage.flags]
    ids = {section.id for section in handout.sections}
    for part in sorted(shown(selection.triage.state, flags) & set(SHOWN_BY)):
        if not ids & SHOWN_BY[part]:
            yield f"{part}: missing"


def test_the_parts_are_those_of_the_second_table() -> None:
    for table in (EXERCISES, SECTIONS, GROUPS, SHOWN_BY, WORDS):
        assert set(table) <= set(PARTS)


@pytest.mark.parametrize("flag", SOON_BY)
def test_a_flag_hides_in_every_part_and_shows_its_own(flag: str) -> None:
    faults: set[str] = set()
    reached = 0
    for seed in range(80):
        profile = put(person(seed), SOON_BY[flag])
        selection, handout = made(profile)
        if selection.triage.state != "SOON":
            continue
        assert flag in {item.flag.id for item in selection.triage.flags}
        reached += 1
        faults |= set(given_away(selection, handout))
        faults |= set(missing(selection, handout))
    assert reached >= 5
    assert sorted(faults) == []


@pytest.mark.parametrize("state", HELD_BACK_BY)
def test_a_state_hides_in_every_part_and_shows_its_own(state: str) -> None:
    faults: set[str] = set()
    for seed in range(80):
        selection, handout = made(put(person(seed), HELD_BACK_BY[state]))
        assert selection.triage.state == state
        faults |= set(given_away(selection, handout))
        faults |= set(missing(selection, handout))
    assert sorted(faults) == []


def test_every_flag_that_can_be_soon_is_tried() -> None:
    rest = set(RULES) - set(SOON_BY)
    assert rest == {
        "RF01", "RF02", "RF03", "RF04", "RF05", "RF07", "RF09", "RF10", "RF14", "RF15",
        "RF16", "RF17", "RF24", "RF29", "RF30",
    }  # fmt: skip
    assert set(REQUIRED_RED_FLAGS) <= set(person(0)["red_flags"])

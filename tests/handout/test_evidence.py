"""The page that sends somebody to be seen names every answer that decided it."""

import json
from datetime import date

import pytest

from backguide.guidance.library import Library
from backguide.guidance.select import select
from backguide.guidance.triage import Level
from backguide.handout.compose import Issue, compose
from backguide.profile.facts import known_facts
from backguide.profile.load import profile_from_bytes
from page_faults import flat, unsaid_evidence
from test_personas import PERSONAS

TODAY = Issue(date(2026, 11, 23), "0.0")
NOT_FOR_STAFF = {
    "symptoms.has_back_pain": "the sentence begins with it",
    "derived.pain_now": "the sentence begins with it",
    "derived.deep_pain_open": "that a question is open is no sign",
    "derived.may_be_male": "the staff see it",
    "derived.onset_weeks": "a sentence of its own",
    "derived.bmi": "a weight is never said without a yes",
    "person.sex_at_birth": "the staff see it",
}
"""Facts of urgent rules that need no sentence for the desk, and why."""


@pytest.mark.parametrize("name", sorted(PERSONAS))
@pytest.mark.parametrize("length", ["short", "full"])
def test_the_evidence_is_told(name: str, length: str, library: Library) -> None:
    """Seven answers made stiff mornings a reason to be seen; the page named two."""
    raw = PERSONAS[name].read_bytes()
    profile = profile_from_bytes(raw, f"{name}.json")
    selection = select(profile.facts, library, length=length)
    handout = compose(profile, selection, library, TODAY)
    assert not list(unsaid_evidence(selection, handout, library))


def test_the_signs_of_a_joint_illness_stand_on_the_page(library: Library) -> None:
    """The signs of inflammation, which decided, stand on the page that names them."""
    raw = json.loads(PERSONAS["stiff-mornings"].read_text("utf-8"))
    profile = profile_from_bytes(json.dumps(raw).encode(), "profile.json")
    selection = select(profile.facts, library)
    handout = compose(profile, selection, library, TODAY)
    section = next(s for s in handout.sections if s.id == "see-clinician-soon")
    items = [flat(item) for b in section.blocks for item in getattr(b, "items", ())]
    yes = [name for name, answer in raw["spa"].items() if answer == "yes"]
    assert yes
    for name in yes:
        assert library.reasons[f"spa.{name}=yes"] in items


def test_a_lower_rule_is_no_reason(library: Library) -> None:
    """Only rules of the level that counts are told as its reason."""
    profile = profile_from_bytes(PERSONAS["foot-drop"].read_bytes(), "profile.json")
    (flag,) = (f for f in select(profile.facts, library).triage.flags
               if f.flag.id == "RF06")  # fmt: skip
    assert [test.fact for test in flag.because] == ["red_flags.foot_drop"]


def test_whatever_decides_an_urgent_page_can_be_said_at_the_desk(
    library: Library,
) -> None:
    """Every fact of an urgent rule is a sign, or has a sentence for the staff."""
    silent = set()
    for flag in library.flags:
        for rule in flag.rules:
            if max(rule.level_by_mode.values()) < Level.URGENT:
                continue
            for test in rule.when.tests():
                is_said = any(
                    key == f"staff.{test.fact}" or key.startswith(f"staff.{test.fact}.")
                    for key in library.words
                )
                if not known_facts()[test.fact].sign and not is_said:
                    silent.add(test.fact)
    assert silent <= set(NOT_FOR_STAFF)

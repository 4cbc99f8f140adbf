"""The guide from an interview decides as the guide from the whole profile."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from backguide.guidance.choice import choose
from backguide.guidance.library import Library
from backguide.guidance.select import Selection, select
from backguide.guidance.triage import OUTPUT_STATES
from backguide.handout.compose import Issue, compose
from backguide.interview import relevance
from backguide.interview.engine import ALWAYS_NEEDED, Interview
from backguide.interview.outlook import Outlook
from backguide.profile.load import Profile, load_profile, profile_from_bytes
from interview_people import DAY, asked, person

PROFILES = Path(__file__).parents[2] / "profiles"
READ_BACK = ("your-snapshot", "sources-and-date")
"""What the person told, and the code that is made of all answers."""


def whole(interview: Interview, answers: dict[str, Any]) -> Profile:
    return profile_from_bytes(interview.content(answers), "whole")


def decided(selection: Selection, library: Library) -> dict[str, Any]:
    triage, choice = selection.triage, choose(selection, library)
    facts = ("derived.plan_stage", "derived.plan_track", "derived.exercise_level")
    return {
        "state": triage.state,
        "flags": [(f.flag.id, f.level, f.because) for f in triage.flags],
        "unanswered": triage.unanswered,
        "sections": [(d.section.id, d.reason) for d in selection.included()],
        "choice": (choice.least, choice.wishes),
        "cards": [(p.exercise.id, p.form, p.because)
                  for p in selection.picks if p.is_chosen],
        "plan": [selection.facts.get(path) for path in facts],
    }  # fmt: skip


def held(selection: Selection) -> tuple[Any, ...]:
    """Return what a page in place of a guide rests on.

    An emergency ends the interview at once: there may be more signs.
    """
    triage = selection.triage
    if triage.state == "EMERGENCY":
        return (triage.state,)
    flags = [(f.flag.id, f.level) for f in triage.flags]
    return triage.state, flags, triage.unanswered


def words(profile: Profile, selection: Selection, library: Library) -> dict[Any, Any]:
    """Return what stands in each section, whole and drawn together."""
    found = {}
    for tightness in (0, 3):
        handout = compose(
            profile, selection, library, Issue(DAY, "0"), tightness=tightness
        )
        for section in handout.sections:
            if section.id not in READ_BACK:
                found[section.id, tightness] = section.title, section.blocks
    return found


def differences(
    seed: int, length: str, library: Library, mode: str = "self"
) -> dict[str, Any]:
    """Return what the two guides of one person say differently."""
    answers = person(seed)
    interview = Interview(library, mode=mode, day=DAY, length=length)
    given, _, stage = asked(interview, answers)
    full, told = whole(interview, answers), whole(interview, given)
    all_, some = (select(p.facts, library, length=length) for p in (full, told))
    if stage == "held":
        assert some.triage.is_held_back
        left, right = held(all_), held(some)
        return {} if left == right else {"held": (left, right)}
    assert stage == "done"
    left = decided(all_, library) | words(full, all_, library)
    right = decided(some, library) | words(told, some, library)
    return {
        k: (left.get(k), right.get(k))
        for k in left.keys() | right.keys()
        if left.get(k) != right.get(k)
    }


def check(seeds: range, library: Library, mode: str = "self") -> None:
    for seed in seeds:
        length = ("standard", "short", "full")[seed % 3]
        found = differences(seed, length, library, mode)
        assert not found, (mode, seed, length, repr(found)[:3000])


def test_with_a_clinician_it_decides_as_the_whole_profile(library: Library) -> None:
    check(range(40, 48), library, "clinic")


@pytest.mark.night
@pytest.mark.parametrize("start", range(2000, 2300, 50))
def test_three_hundred_with_a_clinician_decide_as_the_whole_profiles(
    start: int, library: Library
) -> None:
    check(range(start, start + 50), library, "clinic")


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 96, 8))
def test_an_interview_decides_as_the_whole_profile(
    start: int, library: Library
) -> None:
    check(range(start, start + 8), library)


@pytest.mark.night
@pytest.mark.parametrize("start", range(1000, 2000, 50))
def test_a_thousand_interviews_decide_as_the_whole_profiles(
    start: int, library: Library
) -> None:
    check(range(start, start + 50), library)


def test_the_people_of_the_proof_are_of_every_kind(library: Library) -> None:
    """A proof on people who are all held back would prove little."""
    states = Counter(
        select(whole(interview, person(seed)).facts, library).triage.state
        for interview in (Interview(library, mode="self", day=DAY),)
        for seed in range(150)
    )
    assert min(states[state] for state in OUTPUT_STATES) >= 5, states
    assert states["ROUTINE"] >= 15


@pytest.mark.parametrize("name", ["_exercise_reads", "_section_reads"])
def test_the_proof_sees_what_is_forgotten(
    name: str, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relevance, name, lambda *_: None)
    assert any(differences(seed, "full", library) for seed in range(12))


def test_what_says_which_part_comes_first_is_asked(library: Library) -> None:
    """In a full guide everything prints, so nothing is asked for the order."""
    facts = load_profile(PROFILES / "desk-worker.json").facts
    sections = list(library.sections.values())
    tests = [t for p in library.frame.choice.preferences for t in p.when.tests()]
    paths = {test.fact for test in tests} - set(ALWAYS_NEEDED)
    assert len(paths) >= 5
    for path in paths:
        known = {name: value for name, value in facts.items() if name != path}
        for length, read in (("standard", {path}), ("full", set())):
            reads = relevance.Reads(Outlook(known, {path}, set()))
            relevance._choice_reads(reads, library, sections, length)
            assert set(reads.weights) == read, (path, length)

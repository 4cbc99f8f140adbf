"""The answer of page one: three reasons of this person, and the questions asked."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings

from backguide.document import ItemList, texts_of
from backguide.guidance.ageing import on_day
from backguide.guidance.cells import few_line_problems
from backguide.guidance.library import Library, load_library
from backguide.guidance.message import (
    QUESTIONS_ON_PAGE_ONE,
    REASONS_ON_PAGE_ONE,
    MainMessage,
    first,
    questions,
    reasons,
)
from backguide.guidance.select import select
from backguide.handout.compose import Issue, compose
from backguide.profile.load import load_profile, profile_from_bytes
from backguide.resources import templates_root
from strategies import FIXED_DAY, RawProfile, as_bytes, minimal_profile, profiles
from test_personas import PERSONAS

CONTENT = load_library(templates_root())
GETS_AN_ANSWER = ("SOON", "ROUTINE")


def reason_texts(raw: bytes, name: str, library: Library) -> tuple[str, ...]:
    """Return the reasons on page one as they are printed; none on a held page."""
    profile = on_day(profile_from_bytes(raw, name), library, FIXED_DAY)
    selection = select(profile.facts, library)
    if selection.triage.is_held_back:
        return ()
    handout = compose(profile, selection, library, Issue(FIXED_DAY, "0.0"))
    section = next(s for s in handout.sections if s.id == "main-message")
    lists = [
        block
        for block in section.blocks
        if isinstance(block, ItemList) and block.marker == "bullet"
    ]
    assert len(lists) == 1
    return tuple(texts_of(lists[0]))


def test_no_two_people_have_the_same_three_reasons(library: Library) -> None:
    found = {
        name: reason_texts(path.read_bytes(), path.name, library)
        for name, path in PERSONAS.items()
    }
    printed = {name: texts for name, texts in found.items() if texts}
    assert len(printed) > 20
    assert {len(texts) for texts in printed.values()} == {REASONS_ON_PAGE_ONE}
    same = [t for t, count in Counter(printed.values()).items() if count > 1]
    assert same == []


@settings(max_examples=150, deadline=None)
@given(raw=profiles())
def test_everybody_with_an_answer_gets_three_reasons_and_a_question(
    raw: RawProfile,
) -> None:
    selection = select(profile_from_bytes(as_bytes(raw), "drawn").facts, CONTENT)
    state = selection.triage.state
    if state not in GETS_AN_ANSWER:
        return
    why = reasons(CONTENT.message, selection.facts, state)
    asked = questions(CONTENT.message, selection.facts, state)
    assert len(why) == len({line.topic for line in why}) == REASONS_ON_PAGE_ONE
    assert 1 <= len(asked) <= QUESTIONS_ON_PAGE_ONE
    assert len({line.topic for line in asked}) == len(asked)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"symptoms.nrs_now": 5}, "Your pain at rest reaches 5 out of 10"),
        ({"symptoms.nrs_now": 2}, "which is mild."),
        ({"diagnoses.pregnant": "yes", "diagnoses.pregnant_weeks": 20}, "20 weeks"),
        ({"running.runner_status": "returning", "running.weeks_since_last_run": 9},
         "not run for 9 weeks"),
    ],
)  # fmt: skip
def test_a_reason_has_the_number_of_the_person(
    library: Library, facts: dict[str, object], told: str
) -> None:
    raw = as_bytes(minimal_profile(**facts))
    assert any(told in text for text in reason_texts(raw, "person", library))


def test_of_a_topic_the_first_line_that_holds_is_printed(library: Library) -> None:
    facts = select(load_profile(PERSONAS["desk-worker"]).facts, library).facts
    every = library.message.reasons
    first_three = reasons(library.message, facts, "ROUTINE")
    best = replace(every[-1], id="best", topic=first_three[1].topic)
    message = replace(library.message, reasons=(best, *every))
    found = reasons(message, facts, "ROUTINE")
    assert [line.id for line in found] == ["best", first_three[0].id, first_three[2].id]


def test_who_must_not_run_is_not_told_to_go_on(library: Library) -> None:
    """What is asked below the answer says what its light says."""
    for path in PERSONAS.values():
        selection = select(load_profile(path).facts, library)
        facts, state = selection.facts, selection.triage.state
        verdict = first(library.message.verdicts, facts, state)
        if selection.triage.is_held_back or verdict is None:
            continue
        asks = {a for q in questions(library.message, facts, state) for a in q.asks}
        assert not (verdict.light == "red" and "run" in asks), path.name


def without(message: MainMessage, *ids: str) -> MainMessage:
    """Return page one without some of its reasons and questions."""
    return replace(
        message,
        reasons=tuple(line for line in message.reasons if line.id not in ids),
        questions=tuple(line for line in message.questions if line.id not in ids),
    )


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (("check-first",), "at SOON page one can have fewer than 3 [[because]]"),
        (("signs-checked",), "at ROUTINE page one can have fewer than 3 [[because]]"),
        (("sits-long", "run-fine"), ""),
        (("gives-pain",), "at ROUTINE page one can have fewer than 1 [[question]]"),
        ((), ""),
    ],
)
def test_too_few_reasons_are_found_by_the_proof(
    library: Library, ids: tuple[str, ...], message: str
) -> None:
    changed = replace(library, message=without(library.message, *ids))
    found = list(few_line_problems(changed))
    assert [p.message for p in found] == ([message] if message else [])
    assert all(p.hint.startswith("for example when ") for p in found)

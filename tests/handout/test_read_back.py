"""What is read back: few rows, and among them whatever decided about safety."""

import copy
import json
from dataclasses import replace
from datetime import date

import pytest

from backguide.document import Handout, KeyValues, Table, texts_of
from backguide.guidance.condition import Test
from backguide.guidance.library import Library
from backguide.guidance.select import Selection, select
from backguide.guidance.signs import SIGNS
from backguide.guidance.wording import Wording
from backguide.handout.compose import Issue, compose
from backguide.handout.read_back import answers_behind, answers_read_back
from backguide.interview.engine import Interview
from backguide.profile.facts import EITHER, SOURCES, known_facts
from backguide.profile.load import Profile, profile_from_bytes
from interview_people import DAY, person
from strategies import RawProfile
from test_personas import PERSONAS

TODAY = Issue(date(2026, 11, 23), "0.0")
RANDOM_PEOPLE = 120


def loaded(raw: RawProfile) -> Profile:
    return profile_from_bytes(json.dumps(raw).encode(), "profile.json")


@pytest.fixture(scope="module")
def people(library: Library) -> list[Profile]:
    raws = [json.loads(path.read_text("utf-8")) for path in PERSONAS.values()]
    interview = Interview(library, mode="self", day=DAY)
    made_up = [
        profile_from_bytes(interview.content(person(seed, calm=0.97)), "whole")
        for seed in range(RANDOM_PEOPLE)
    ]
    return [*map(loaded, raws), *made_up]


def made(profile: Profile, library: Library, length: str) -> tuple[Selection, Handout]:
    selection = select(profile.facts, library, length=length)
    return selection, compose(profile, selection, library, TODAY)


def read_back(handout: Handout) -> KeyValues | None:
    for section in handout.sections:
        if section.id == "your-snapshot":
            return next(b for b in section.blocks if isinstance(b, KeyValues))
    return None


def test_a_few_rows_stand_in_a_table(people: list[Profile], library: Library) -> None:
    counts = set()
    for profile in people:
        _, handout = made(profile, library, "standard")
        if (rows := read_back(handout)) is not None:
            assert not rows.is_run
            counts.add(len(rows.rows))
            assert len({label for label, _ in rows.rows}) == len(rows.rows)
    assert max(counts) == library.frame.read_back.most == 6
    assert min(counts) >= 1


def test_a_full_guide_reads_every_answer_back(
    people: list[Profile], library: Library
) -> None:
    for profile in people:
        _, handout = made(profile, library, "full")
        _, shorter = made(profile, library, "standard")
        if (rows := read_back(handout)) is not None:
            few = read_back(shorter)
            assert few is not None
            assert len(rows.rows) >= len(few.rows) or len(rows.rows) > 1


def test_an_answer_behind_a_warning_sign_is_always_on_the_sheet(
    people: list[Profile], library: Library
) -> None:
    """Whoever answered wrongly must be able to see it where it decided."""
    count = 0
    for profile in people:
        selection, handout = made(profile, library, "standard")
        rows = read_back(handout)
        if rows is None:
            continue
        for item in selection.triage.flags:
            for test in item.because:
                if selection.facts[test.fact] is False:
                    continue  # that nobody said something
                assert is_told(test, selection, handout, library), (item.flag.id, test)
                count += 1
    assert count > 50


def is_told(
    test: Test, selection: Selection, handout: Handout, library: Library
) -> bool:
    """Tell whether what a test found stands on the sheet: as a row or as a reason."""
    said = " ".join(text for s in handout.sections for b in s.blocks
                    for text in texts_of(b))  # fmt: skip
    words = Wording(library, selection.facts).evidence((test,))
    facts = [known_facts()[p] for p in answers_behind(test.fact, selection.facts)]
    return (
        any(word in said for word in words if word)
        or any(fact.title in said for fact in facts)
        or any(fact.sign in said for fact in facts if fact.sign)
    )


def without(raw: RawProfile, path: str) -> RawProfile:
    changed = copy.deepcopy(raw)
    *groups, name = path.split(".")
    node = changed
    for group in groups:
        node = node[group]
    del node[name]
    return changed


@pytest.mark.parametrize("name", PERSONAS)
def test_an_answer_without_which_the_level_falls_is_read_back(
    name: str, library: Library
) -> None:
    """By experiment: each answer is taken out, and the signs looked for again."""
    raw = json.loads(PERSONAS[name].read_text("utf-8"))
    profile = loaded(raw)
    selection, handout = made(profile, library, "standard")
    rows = read_back(handout)
    if rows is None:
        return
    before = {item.flag.id for item in selection.triage.flags}
    for path in profile.facts:
        if known_facts()[path].is_derived or not path.startswith(
            ("symptoms.", "running.", "person.", "diagnoses.", "spa.")
        ):
            continue
        try:
            other = loaded(without(raw, path))
        except Exception:  # noqa: BLE001  a profile cannot be without it
            continue
        after = select(other.facts, library, length="standard").triage
        if before - {item.flag.id for item in after.flags}:
            assert is_told(Test(path, ()), selection, handout, library), path


def test_what_decided_a_sign_comes_before_the_order_of_the_content(
    people: list[Profile], library: Library
) -> None:
    seen = 0
    for profile in people:
        selection = select(profile.facts, library, length="standard")
        if selection.triage.state != "SOON":
            continue
        frame = replace(
            library.frame, read_back=replace(library.frame.read_back, most=1)
        )
        one = answers_read_back(
            selection, replace(library, frame=frame), selection.included()
        )
        behind = {
            path
            for item in selection.triage.flags
            for test in item.because
            for path in answers_behind(test.fact, selection.facts)
            if path.partition(".")[0] in ("symptoms", "running", "person", "spa")
        }
        if behind:
            assert set(one) <= behind
            seen += 1
    assert seen > 3


def test_the_pain_that_sets_the_limit_is_read_back(
    people: list[Profile], library: Library
) -> None:
    """A wrong pain moves every number of the pain lights."""
    for profile in people:
        selection, handout = made(profile, library, "standard")
        rows = read_back(handout)
        if rows is None or selection.triage.state != "ROUTINE":
            continue
        if profile.facts.get("symptoms.has_back_pain") != "current":
            continue
        if profile.facts.get("symptoms.nrs_usual_24h") is None:
            continue
        title = known_facts()["symptoms.nrs_usual_24h"].title
        assert title in {label for label, _ in rows.rows}


def test_an_unanswered_safety_question_still_stands(library: Library) -> None:
    raw = json.loads(PERSONAS["desk-worker"].read_text("utf-8"))
    raw["red_flags"]["missed_periods_3"] = None
    profile = loaded(raw)
    _, handout = made(profile, library, "standard")
    tables = [b for s in handout.sections if s.id == "your-snapshot" for b in s.blocks]
    assert not any(isinstance(block, Table) for block in tables)
    said = " ".join(text for block in tables for text in texts_of(block))
    all_no = library.words["snapshot.safety_all_no"].partition("{")[0]
    blank = library.words["snapshot.safety_blank"].partition("{")[0]
    assert all_no in said or blank in said


def test_every_derived_fact_that_a_rule_asks_leads_to_answers() -> None:
    by_the_program = {
        "derived.plan_stage", "derived.plan_track", "derived.exercise_level",
        "derived.exercise_count", "derived.answers_are_old",
    }  # fmt: skip
    derived = {p for p in known_facts() if p.startswith("derived.")}
    pregnancy = {"derived.pregnancy_weeks"}
    assert derived == by_the_program | pregnancy | {*SOURCES, *EITHER, *SIGNS}

"""The choice of parts: the least whatever the room, nothing out while there is room."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backguide.document import Form
from backguide.guidance.choice import Choice, choose, points_of
from backguide.guidance.library import Library, load_library
from backguide.guidance.quota import FORMS
from backguide.guidance.section import KINDS, LENGTHS, SectionTemplate
from backguide.guidance.select import Selection, select
from backguide.profile.load import load_profile, profile_from_bytes
from backguide.resources import templates_root
from strategies import as_bytes, put
from test_random_handouts import RawProfile, calm_profiles

CONTENT: Library = load_library(templates_root())
PROFILES = Path(__file__).parents[2] / "profiles"
DAY = date(2026, 11, 23)


def selected(raw: RawProfile, length: str) -> Selection:
    profile = profile_from_bytes(as_bytes(raw), "random")
    return select(profile.facts, CONTENT, length=length)


def may_have(selection: Selection, *, must: bool) -> list[SectionTemplate]:
    included = [decision.section for decision in selection.included()]
    return [section for section in included if (section.priority == 1) == must]


def height(section_id: str, form: Form) -> float:
    """A price that differs between sections and grows with the form."""
    return (90 + len(section_id)) * (1 + FORMS[::-1].index(form))


def cost_of(choice: Choice, forms: dict[str, Form]) -> float:
    """Return what the forms cost beyond the least."""
    least = sum(height(name, form) for name, form in choice.least.items())
    return sum(height(name, form) for name, form in forms.items()) - least


# --- for everybody --------------------------------------------------------------------


@settings(max_examples=40)
@given(raw=calm_profiles(), length=st.sampled_from(LENGTHS))
def test_everybody_gets_the_least_of_each_kind(raw: RawProfile, length: str) -> None:
    selection = selected(raw, length)
    choice = choose(selection, CONTENT)
    for forms in (choice.least, choice.granted(height, 0)):
        must = may_have(selection, must=True)
        printed = Counter(CONTENT.kind_of(section) for section in must)
        printed.update(CONTENT.kind_of(CONTENT.sections[name]) for name in forms)
        there = Counter(map(CONTENT.kind_of, may_have(selection, must=False)))
        for quota in CONTENT.frame.choice.quotas[length]:
            alone = sum(CONTENT.kind_of(section) == quota.kind for section in must)
            least = min(quota.least, there[quota.kind] + alone)
            assert printed[quota.kind] >= least, quota.kind


@settings(max_examples=40)
@given(raw=calm_profiles(), length=st.sampled_from(LENGTHS), room=st.integers(0, 9000))
def test_nothing_falls_out_while_there_is_room_for_it(
    raw: RawProfile, length: str, room: int
) -> None:
    selection = selected(raw, length)
    choice = choose(selection, CONTENT)
    forms = dict(choice.granted(height, room))
    left = room - cost_of(choice, forms)
    assert left >= 0
    for section in may_have(selection, must=False):
        if section.id not in forms:
            form = next(w.form for w in choice.wishes if w.section_id == section.id)
            assert height(section.id, form) > left


@settings(max_examples=40)
@given(raw=calm_profiles(), length=st.sampled_from(LENGTHS))
def test_with_room_for_all_everything_stands_in_its_longest_form(
    raw: RawProfile, length: str
) -> None:
    selection = selected(raw, length)
    forms = choose(selection, CONTENT).granted(height, 10**6)
    sections = may_have(selection, must=False)
    assert set(forms) == {section.id for section in sections}
    allowed = {q.kind: q.forms for q in CONTENT.frame.choice.quotas[length]}
    for section in sections:
        longest = allowed[CONTENT.kind_of(section)][-1]
        assert forms[section.id] == section.in_form(longest).form
        assert longest == "whole" or length == "short"


@settings(max_examples=40)
@given(raw=calm_profiles())
def test_a_full_guide_leaves_nothing_out(raw: RawProfile) -> None:
    selection = selected(raw, "full")
    choice = choose(selection, CONTENT)
    assert set(choice.least) == {s.id for s in may_have(selection, must=False)}
    assert set(choice.least.values()) <= {"whole"}
    assert choice.wishes == ()


@settings(max_examples=40)
@given(raw=calm_profiles(), length=st.sampled_from(LENGTHS))
def test_each_wish_builds_on_what_was_wished_before(
    raw: RawProfile, length: str
) -> None:
    choice = choose(selected(raw, length), CONTENT)
    now: dict[str, Form] = dict(choice.least)
    for wish in choice.wishes:
        assert now.get(wish.section_id) == wish.before
        before = FORMS.index(wish.before) if wish.before else len(FORMS)
        assert FORMS.index(wish.form) < before, "a form only gets longer"
        now[wish.section_id] = wish.form
    assert set(choice.least) <= set(choice.goal) <= set(now)


@settings(max_examples=40)
@given(raw=calm_profiles(), length=st.sampled_from(LENGTHS))
def test_who_may_run_in_deep_water_reads_how(raw: RawProfile, length: str) -> None:
    selection = selected(raw, length)
    applies = any(d.section.id == "deep-water-running" for d in selection.included())
    choice = choose(selection, CONTENT)
    assert ("deep-water-running" in choice.least) == applies


@settings(max_examples=40)
@given(raw=calm_profiles(), length=st.sampled_from(LENGTHS))
def test_the_leanest_choice_has_as_many_of_each_kind_and_costs_least(
    raw: RawProfile, length: str
) -> None:
    choice = choose(selected(raw, length), CONTENT)
    lean = choice.leanest(height)

    def kinds(forms: Mapping[str, Form]) -> Counter[str]:
        return Counter(CONTENT.kind_of(CONTENT.sections[name]) for name in forms)

    assert kinds(lean.least) == kinds(choice.least)
    assert cost_of(choice, dict(lean.least)) <= 0
    for name in CONTENT.frame.choice.always:
        assert (name in lean.least) == (name in choice.least)


# --- which of a kind ----------------------------------------------------------


NOTHING = {
    "abilities.access_pool_deep": False,
    "abilities.access_pool_swim": False,
    "abilities.access_bike": "none",
    "abilities.access_gym": False,
    "abilities.wants_pilates": False,
    "symptoms.easers": ["lie"],
    "symptoms.aggravators": ["twist"],
}


def first_of(kind: str, **facts: object) -> str:
    """Return the section of a kind that comes first for a runner with these answers."""
    raw = json.loads((PROFILES / "desk-worker.json").read_text("utf-8"))
    for path, value in (NOTHING | facts).items():
        put(raw, path, value)
    choice = choose(selected(raw, "standard"), CONTENT)
    names = [*choice.least, *(wish.section_id for wish in choice.wishes)]
    return next(n for n in names if CONTENT.kind_of(CONTENT.sections[n]) == kind)


POOL = {"abilities.access_pool_deep": True, "abilities.can_swim": "confident"}
BIKE = {"abilities.access_bike": "outdoor"}
DRY = {
    "diagnoses.open_wound": "no",
    "diagnoses.skin_or_ear_infection": "no",
    "diagnoses.epilepsy_uncontrolled": "no",
}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "brisk-walking"),
        (POOL | DRY | BIKE, "deep-water-running"),
        (BIKE, "brisk-walking"),
        (BIKE | {"symptoms.easers": ["lean_forward"]}, "cycling"),
        (BIKE | {"symptoms.aggravators": ["sit"]}, "brisk-walking"),
        (BIKE | {"symptoms.easers": ["walk"]}, "brisk-walking"),
        (BIKE | {"symptoms.aggravators": ["walk"]}, "cycling"),
    ],
)
def test_what_a_person_has_and_bears_says_which_training_comes_first(
    facts: dict[str, object], expected: str
) -> None:
    assert first_of("alternative", **facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"symptoms.aggravators": ["run_fast"]}, "easy-pace"),
        ({"symptoms.aggravators": ["run_start"]}, "warm-up-routine"),
    ],
)
def test_the_run_that_hurts_says_which_change_comes_first(
    facts: dict[str, object], expected: str
) -> None:
    assert first_of("technique", **facts) == expected


def test_priority_decides_only_between_equals() -> None:
    profile = load_profile(PROFILES / "desk-worker.json")
    selection = select(profile.facts, CONTENT, length="standard")
    choice = choose(selection, CONTENT)
    names = [*choice.least, *(w.section_id for w in choice.wishes if not w.before)]
    causes = [CONTENT.sections[n] for n in names
              if CONTENT.kind_of(CONTENT.sections[n]) == "cause"]  # fmt: skip
    points = [points_of(section, selection.facts, CONTENT) for section in causes]
    assert points == sorted(points, reverse=True)
    assert len(set(points)) > 1
    for (one, here), (other, there) in zip(
        zip(causes, points, strict=True), list(zip(causes, points, strict=True))[1:],
        strict=False,
    ):  # fmt: skip
        assert here > there or one.priority <= other.priority


def test_what_everybody_gets_earns_no_points() -> None:
    """A rule that lets all in says nothing about this person."""
    profile = load_profile(PROFILES / "desk-worker.json")
    selection = select(profile.facts, CONTENT, length="full")
    bare = replace(CONTENT.frame, choice=replace(CONTENT.frame.choice, preferences=()))
    content = replace(CONTENT, frame=bare)
    for decision in selection.included():
        section = decision.section
        if section.fixed_reason or not list(section.include.tests()):
            assert points_of(section, selection.facts, content) == 0


# --- the rules themselves -----------------------------------------------------


def test_each_length_says_something_of_each_kind() -> None:
    for length in LENGTHS:
        quotas = CONTENT.frame.choice.quotas[length]
        assert sorted(quota.kind for quota in quotas) == sorted(KINDS)


def test_each_section_has_a_kind() -> None:
    kinds = {CONTENT.kind_of(section) for section in CONTENT.sections.values()}
    assert kinds == set(KINDS)

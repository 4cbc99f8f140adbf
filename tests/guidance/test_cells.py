"""The walk through the cells: sound proofs, true ties, nothing overlooked."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backguide.guidance import cells
from backguide.guidance.cells import (
    KNOWN_WHEN,
    Finding,
    Hold,
    SectionGroup,
    always_known,
    bands,
    cell_words,
    find,
    node_of,
    rule_problems,
    space_of,
    truth_in,
    values_of,
)
from backguide.guidance.condition import (
    ALWAYS,
    OPERATORS,
    AllOf,
    AnyOf,
    Condition,
    ConditionReader,
    CountOf,
    NoneOf,
    Test,
    Truth,
)
from backguide.guidance.library import Library
from backguide.guidance.section import NEVER
from backguide.profile.facts import Fact, FactValue, facts_of, known_facts, schema
from strategies import RawProfile, profiles

NUMBERS = ("person.age_years", "person.sitting_h_day")
OTHERS = (
    "symptoms.improving",
    "red_flags.fever_chills",
    "symptoms.stops_daily_life",
    "running.recent_changes",
)


def rule(text: str) -> Condition:
    """Return the condition written as a line of TOML."""
    reader = ConditionReader(known_facts(), {})
    condition = reader.read(tomllib.loads(f"when = {text}")["when"], "when")
    assert not reader.faults
    return condition


# --- strategies ---------------------------------------------------------------------


def number_tests(path: str) -> st.SearchStrategy[Test]:
    fact = known_facts()[path]
    number = st.integers(int(fact.minimum or 0) + 1, int(fact.maximum or 0))
    check = st.tuples(st.sampled_from(["at_least", "less_than"]), number)
    return st.lists(check, min_size=1, max_size=2, unique_by=lambda c: c[0]).map(
        lambda checks: Test(path, tuple(checks))
    )


def other_tests(path: str) -> st.SearchStrategy[Test]:
    fact = known_facts()[path]
    if fact.kind == "bool":
        return st.booleans().map(lambda wanted: Test(path, (("is", wanted),)))
    choices = ("yes", "no") if fact.kind == "yes_no" else fact.choices
    some = st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True)
    names = ["includes_any", "includes_all"] if fact.kind == "set" else ["one_of"]
    return st.tuples(st.sampled_from(names), some.map(tuple)).map(
        lambda check: Test(path, (check,))
    )


def any_tests() -> st.SearchStrategy[Test]:
    known = st.sampled_from([*NUMBERS, *OTHERS]).map(
        lambda path: Test(path, (("known", True),))
    )
    return st.one_of(known, *map(number_tests, NUMBERS), *map(other_tests, OTHERS))


def conditions() -> st.SearchStrategy[Condition]:
    def grow(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
        counts = parts.flatmap(
            lambda p: st.integers(1, len(p)).map(lambda n: CountOf(n, p))
        )
        return st.one_of(parts.map(AllOf), parts.map(AnyOf), parts.map(NoneOf), counts)

    return st.recursive(any_tests(), grow, max_leaves=8)


def answers(path: str) -> st.SearchStrategy[FactValue | None]:
    """Draw any answer that a profile may give, not only one for each cell."""
    fact = known_facts()[path]
    values: st.SearchStrategy[Any]
    if fact.kind == "number":
        values = st.integers(int(fact.minimum or 0), int(fact.maximum or 0))
    elif fact.kind == "bool":
        values = st.booleans()
    elif fact.kind == "set":
        values = st.sets(st.sampled_from(fact.choices)).map(
            lambda members: tuple(c for c in fact.choices if c in members)
        )
    else:
        values = st.sampled_from(fact.choices or ("yes", "no"))
        values = values.filter(lambda value: value != "unknown")
    return values if path in always_known() else st.none() | values


def people() -> st.SearchStrategy[dict[str, FactValue]]:
    drawn = st.fixed_dictionaries({path: answers(path) for path in (*NUMBERS, *OTHERS)})
    return drawn.map(lambda facts: {k: v for k, v in facts.items() if v is not None})


# --- bands --------------------------------------------------------------------------


@given(
    number=st.floats(-10, 600, allow_nan=False),
    threshold=st.floats(-10, 600, allow_nan=False),
)
def test_at_every_number_exactly_one_side_of_a_threshold_holds(
    number: float, threshold: float
) -> None:
    facts = {"person.sitting_h_day": number}
    sides = [
        Test("person.sitting_h_day", ((name, threshold),)).evaluate(facts)
        for name in ("at_least", "less_than")
    ]
    assert sorted(sides) == [Truth.NO, Truth.YES]


@given(
    cuts=st.lists(st.integers(1, 18), min_size=1, max_size=5),
    number=st.floats(0, 18, allow_nan=False),
)
def test_neighbouring_bands_meet_without_gap_or_overlap(
    cuts: list[int], number: float
) -> None:
    edges = [*bands(cuts, 0, 18), 18.5]
    inside = [
        all(
            Test("person.sitting_h_day", (check,)).evaluate(
                {"person.sitting_h_day": number}
            )
            is Truth.YES
            for check in (("at_least", low), ("less_than", high))
        )
        for low, high in pairwise(edges)
    ]
    assert inside.count(True) == 1


@given(
    cuts=st.lists(st.integers(1, 18), min_size=1, max_size=5), number=st.floats(0, 18)
)
def test_every_number_is_answered_like_the_first_of_its_band(
    cuts: list[int], number: float
) -> None:
    first = max(n for n in bands(cuts, 0, 18) if n <= number)
    for cut in cuts:
        for name in ("at_least", "less_than"):
            holds = OPERATORS[name].holds
            assert holds(number, cut) == holds(first, cut)


@pytest.mark.parametrize(
    ("cuts", "low", "high", "expected"),
    [
        ([6, 4], 0, 18, (0, 4, 6)),
        ([6, 6], None, None, (5, 6)),
        ([], 16, 100, (16,)),
        ([18], 0, 18, (0, 18)),
        ([30], 0, 18, (0,)),
        ([0, 3], 0, 18, (0, 3)),
    ],
)
def test_bands(
    cuts: list[float],
    low: float | None,
    high: float | None,
    expected: tuple[float, ...],
) -> None:
    assert bands(cuts, low, high) == expected


# --- values -------------------------------------------------------------------------


def fact(kind: Any, *choices: str) -> Fact:
    return Fact("x.y", kind, "Title", choices=choices)


def test_a_choice_has_the_asked_values_one_other_and_no_answer() -> None:
    asked = [Test("x.y", (("one_of", ("b", "c")),))]
    assert values_of(fact("choice", "a", "b", "c", "d"), asked) == ("b", "c", "a", None)


def test_an_answer_that_is_always_there_is_never_missing() -> None:
    path = "symptoms.has_back_pain"
    asked = [Test(path, (("is", "current"),))]
    assert values_of(known_facts()[path], asked) == ("current", "never")


def test_not_sure_is_no_value_of_its_own() -> None:
    path = "running.overstride"
    assert "unknown" in known_facts()[path].choices
    assert values_of(known_facts()[path], []) == ("yes", None)


def test_members_that_no_test_tells_apart_go_together() -> None:
    asked = [
        Test("x.y", (("includes_any", ("a", "b")),)),
        Test("x.y", (("includes_any", ("c",)),)),
    ]
    assert values_of(fact("set", "a", "b", "c", "d"), asked) == (
        (), ("c",), ("a",), ("a", "c"), None,
    )  # fmt: skip


def test_includes_all_needs_a_part_and_the_whole() -> None:
    asked = [Test("x.y", (("includes_all", ("a", "b")),))]
    values = values_of(fact("set", "a", "b"), asked)
    assert values == ((), ("a",), ("a", "b"), None)


def test_a_member_that_cannot_be_there_is_not_tried() -> None:
    asked = [Test("x.y", (("includes_any", ("a", "b")),))]
    values = values_of(fact("set", "a", "b"), asked, frozenset({"b"}))
    assert values == ((), ("b",), None)


def test_a_set_with_very_many_members_is_drawn_by_lot() -> None:
    names = [f"m{n}" for n in range(12)]
    asked = [Test("x.y", (("includes_any", (name,)),)) for name in names]
    values = values_of(fact("set", *names), asked)
    assert 500 < len(values) <= cells.MOST_SET_VALUES + 1
    assert values == values_of(fact("set", *names), asked)


def test_of_a_wide_set_every_subset_is_walked() -> None:
    """Sets of many members were drawn by lot, and the lot never drew a small one."""
    flags = [f"RF{n:02}" for n in range(1, 21)]
    none_of_them = NoneOf(
        tuple(Test("triage.flags", (("includes_any", (flag,)),)) for flag in flags)
    )
    assert find(node_of(none_of_them)) == Finding({"triage.flags": ()})
    two = AllOf(
        (
            CountOf(2, none_of_them.parts),
            NoneOf((CountOf(3, none_of_them.parts),)),
            Test("triage.flags", (("includes_all", ("RF03", "RF17")),)),
        )
    )
    assert find(node_of(two)) == Finding({"triage.flags": ("RF03", "RF17")})
    never = AllOf((two, Test("triage.flags", (("includes_any", ("RF05",)),))))
    assert find(node_of(never)) == Finding(None, is_proof=True)
    limits = {"triage.flags": frozenset(flags[:5])}
    assert find(node_of(two), limits) == Finding(None, is_proof=True)


@given(st.data())
def test_every_answer_is_told_apart_like_one_of_the_values(data: st.DataObject) -> None:
    """The cells are complete: no answer behaves unlike all the values tried."""
    path = data.draw(st.sampled_from([*NUMBERS, *OTHERS]))
    kind = number_tests if path in NUMBERS else other_tests
    asked = data.draw(st.lists(kind(path), min_size=1, max_size=4))
    answer = data.draw(answers(path))

    def behaviour(value: Any) -> list[Truth]:
        facts = {} if value is None else {path: value}
        return [test.evaluate(facts) for test in asked]

    tried = [behaviour(v) for v in values_of(known_facts()[path], asked)]
    assert behaviour(answer) in tried


# --- the search ---------------------------------------------------------------------


@given(conditions(), people())
def test_what_holds_for_a_person_is_found(
    condition: Condition, facts: dict[str, FactValue]
) -> None:
    """A proof of "never" is never wrong."""
    for wanted, truth in ((condition, Truth.YES), (NoneOf((condition,)), Truth.NO)):
        if condition.evaluate(facts) is truth:
            assert find(node_of(wanted)).cell is not None


@given(conditions())
def test_the_search_agrees_with_trying_every_cell(condition: Condition) -> None:
    space = space_of(node_of(condition))
    tried = (
        {path: v for path, v in zip(space, values, strict=True) if v is not None}
        for values in product(*space.values())
    )
    holds = any(condition.evaluate(facts) is Truth.YES for facts in tried)
    finding = find(node_of(condition))
    assert finding.is_proof
    assert (finding.cell is not None) == holds
    if finding.cell is not None:
        facts = {path: v for path, v in finding.cell.items() if v is not None}
        assert condition.evaluate(facts) is Truth.YES


@given(conditions(), people())
def test_a_tree_is_as_true_as_its_condition(
    condition: Condition, facts: dict[str, FactValue]
) -> None:
    cell = {path: facts.get(path) for path in (*NUMBERS, *OTHERS)}
    assert truth_in(node_of(condition), cell) is condition.evaluate(facts)


@pytest.mark.parametrize(
    "text",
    [
        '{ all = [{ fact = "person.age_years", at_least = 50, less_than = 40 }] }',
        '{ all = [{ fact = "symptoms.improving", is = "same" }], '
        'none = [{ fact = "symptoms.improving", one_of = ["same", "worse"] }] }',
        # ties: a runner of today is no beginner, and has told how far
        '{ all = [{ fact = "derived.runs", is = true }, '
        '{ fact = "running.runner_status", is = "new" }] }',
        '{ all = [{ fact = "derived.runs", is = true }], '
        'none = [{ fact = "running.longest_run_30d_km", known = true }] }',
        '{ all = [{ fact = "derived.chronicity", is = "acute" }, '
        '{ fact = "derived.onset_weeks", at_least = 6 }] }',
        '{ all = [{ fact = "mode", is = "self" }, '
        '{ fact = "clearance.clinician_clearance_running", is = true }] }',
    ],
)
def test_what_nobody_can_be_is_proved(text: str) -> None:
    assert find(node_of(rule(text))) == Finding(None, is_proof=True)


def test_a_search_that_is_given_up_draws_cells_by_lot() -> None:
    condition = rule(
        '{ all = [{ fact = "person.age_years", at_least = 50 }, '
        '{ fact = "symptoms.improving", is = "same" }] }'
    )
    finding = find(node_of(condition), most_steps=1)
    assert not finding.is_proof
    assert finding.cell == {"person.age_years": 50, "symptoms.improving": "same"}
    assert finding == find(node_of(condition), most_steps=1)


def test_a_sample_without_a_case_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "SAMPLES", 50)
    never = rule(
        '{ all = [{ fact = "person.age_years", at_least = 50, less_than = 40 }] }'
    )
    assert find(node_of(never), most_steps=0) == Finding(None, is_proof=False)


def test_many_facts_are_no_trouble() -> None:
    """38 safety questions have 3 to the power of 38 cells; the walk is short."""
    signs = [p for p in known_facts() if p.startswith("red_flags.")][:38]
    tests_ = [Test(path, (("is", "yes"),)) for path in signs]
    never = AllOf((CountOf(20, tuple(tests_)), NoneOf((CountOf(19, tuple(tests_)),))))
    assert find(node_of(never)) == Finding(None, is_proof=True)


def test_cell_words() -> None:
    cell = {
        "b": None, "a": ("x", "y"), "c": True, "d": 10.5, "e": (), "f": "word", "g": 3,
    }  # fmt: skip
    assert cell_words(cell) == (
        "a is x + y, b is not answered, c is true, d is 10.5, e is none of these, "
        "f is word, g is 3"
    )


# --- ties ---------------------------------------------------------------------------


@given(profiles())
@settings(max_examples=150)
def test_the_ties_hold_for_every_valid_profile(profile: RawProfile) -> None:
    facts = facts_of(profile)
    for paths, tie in cells._ties():
        cell = {path: facts.get(path) for path in paths}
        assert truth_in(tie, cell) is Truth.YES, cell


def _required_by(then: Mapping[str, Any]) -> list[str]:
    """Return the required paths of a schema's "then" that must not be null."""
    paths: list[str] = []
    for name, spec in then.get("properties", {}).items():
        for inner in spec.get("required", ()):
            kind = spec.get("properties", {}).get(inner, {}).get("type", "null")
            if kind != "null":
                paths.append(f"{name}.{inner}")
    return paths


@pytest.mark.parametrize(("fact_path", "value", "paths"), KNOWN_WHEN)
def test_what_is_said_to_be_known_is_required(
    fact_path: str, value: str | bool, paths: tuple[str, ...]
) -> None:
    raw = [path for path in paths if not known_facts()[path].is_derived]
    if known_facts()[fact_path].is_derived:
        fact_path, value = "running.runner_status", "current"
    group, _, name = fact_path.rpartition(".")
    required: list[str] = []
    for entry in schema()["allOf"]:
        asked = dict(entry["if"].get("properties", {}))
        # Questions that ended early give no guide.
        if asked.get("ended_early") == {"enum": [False, None]}:
            del asked["ended_early"]
        if set(asked) == {group or name}:
            spec = asked[group].get("properties", {}) if group else asked
            if set(spec) == {name} and spec[name].get("const") == value:
                required += _required_by(entry["then"])
    assert set(raw) <= set(required)


# --- proofs about the content -------------------------------------------------------


def found(changed: Library, *groups: SectionGroup) -> list[str]:
    return [problem.message for problem in rule_problems(changed, groups)]


def with_section(library: Library, **changes: Any) -> Library:
    sections = dict(library.sections)
    sections["cause-sitting"] = replace(sections["cause-sitting"], **changes)
    return replace(library, sections=sections)


def test_the_built_in_rules_can_all_do_their_work(library: Library) -> None:
    assert found(library) == []


def test_a_part_for_a_sign_that_cannot_be_there_never_prints(
    library: Library,
) -> None:
    section = library.sections["cause-sitting"]
    part = replace(
        section.parts[0], include=Test("triage.flags", (("includes_any", ("RF19",)),))
    )
    assert found(with_section(library, parts=(part,), levels=("ROUTINE",))) == [
        'the part "hours" never prints'
    ]
    assert found(with_section(library, parts=(part,), levels=("SOON",))) == []


def test_a_section_that_holds_only_without_an_answer_is_reached(
    library: Library,
) -> None:
    unanswered = NoneOf((Test("person.sitting_h_day", (("known", True),)),))
    assert (
        found(with_section(library, include=unanswered, exclude=NEVER, parts=())) == []
    )


def test_an_unknown_answer_can_let_a_section_in(library: Library) -> None:
    """Never surely true, but printed for all who did not answer."""
    never = rule(
        '{ all = [{ fact = "person.sitting_h_day", at_least = 6, less_than = 4 }] }'
    )
    changes = {"include": never, "exclude": NEVER, "parts": ()}
    assert found(with_section(library, **changes)) == [
        "this section never prints: [include] holds for nobody"
    ]
    assert found(with_section(library, **changes, is_included_if_unknown=True)) == []


def test_a_sign_that_no_section_speaks_of_is_found(library: Library) -> None:
    only_sometimes = rule('{ all = [{ fact = "person.age_years", at_least = 50 }] }')
    sections = dict(library.sections)
    sections["emergency-now"] = replace(
        sections["emergency-now"], include=only_sometimes
    )
    messages = found(replace(library, sections=sections))
    assert "RF01 can be found at EMERGENCY and none of its sections prints" in messages


def group(kind: str, *names: str, when: Condition = ALWAYS) -> SectionGroup:
    return SectionGroup(kind, names, ("SOON", "ROUTINE"), when, 1)


def test_exclusive_sections(library: Library) -> None:
    nobody_has_both = group("exclusive", "benefit-bones", "bone-stress-alert")
    assert found(library, nobody_has_both) == []
    can_meet = group("exclusive", "cause-sitting", "cause-sleep")
    assert (
        found(library, can_meet)
        == ['"cause-sitting" and "cause-sleep" can print together'] * 2
    )
    sitting = rule('{ all = [{ fact = "person.sitting_h_day", less_than = 1 }] }')
    only_when = group("exclusive", "cause-sitting", "cause-sleep", when=sitting)
    assert found(library, only_when) == []


def with_parts(library: Library, *rules: str) -> Library:
    """A section of which exactly one of the parts p0, p1, ... shall print."""
    blank = replace(library.sections["cause-sitting"].parts[0], asks=())
    parts = [
        replace(blank, id=f"p{number}", include=rule(text))
        for number, text in enumerate(rules)
    ]
    names = tuple(part.id for part in parts)
    return with_section(library, parts=tuple(parts), alternatives=(names,))


def test_of_alternative_parts_exactly_one_prints(library: Library) -> None:
    few = '{ all = [{ fact = "person.age_years", less_than = 40 }] }'
    many = '{ all = [{ fact = "person.age_years", at_least = 40 }] }'
    older = '{ all = [{ fact = "person.age_years", at_least = 50 }] }'
    assert found(with_parts(library, few, many)) == []
    assert found(with_parts(library, few, older)) == [
        "it can happen that none of p0, p1 prints"
    ]
    assert found(with_parts(library, few, many, older)) == [
        'the parts "p1" and "p2" can print together'
    ]


def test_nobody_is_asked_what_they_must_not_do(library: Library) -> None:
    rest = Hold(
        "sit", rule('{ all = [{ fact = "person.age_years", at_least = 50 }] }'), 1
    )

    def asking(changed: Library) -> list[str]:
        return [p.message for p in rule_problems(changed, (), (rest,))]

    message = ['asks "sit" of somebody who must not']
    assert asking(library) == []
    assert asking(with_section(library, asks=("sit",))) == message
    younger = rule('{ all = [{ fact = "person.age_years", less_than = 50 }] }')
    allowed = with_section(library, asks=("sit",), include=younger, parts=())
    assert asking(allowed) == []
    part = replace(library.sections["cause-sitting"].parts[0], asks=("sit",))
    assert asking(with_section(library, parts=(part,))) == message
    lines = library.message.next
    line = replace(lines[-1], asks=("sit",))
    page_one = replace(library.message, next=(*lines[:-1], line))
    assert set(asking(replace(library, message=page_one))) == set(message)


def test_exhaustive_sections(library: Library) -> None:
    assert found(library, group("exhaustive", "main-message")) == []
    assert found(library, group("exhaustive", "cause-sleep", "cause-sitting")) == [
        "at SOON it can happen that none of these sections prints",
        "at ROUTINE it can happen that none of these sections prints",
    ]

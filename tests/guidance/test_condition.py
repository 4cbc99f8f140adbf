"""The language of conditions: Kleene's logic, half-open bands, and its slips."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    missing_facts,
)
from backguide.guidance.section import NEVER
from backguide.profile.facts import Fact, FactValue, known_facts

NO, UNKNOWN, YES = Truth.NO, Truth.UNKNOWN, Truth.YES
TRUTHS = (NO, UNKNOWN, YES)

# Facts whose test is settled as wanted: t is true, f is false, u is not told.
SETTLED: dict[str, FactValue] = {"t": True, "f": False}


def leaf(truth: Truth) -> Test:
    """Return a test with the given truth under ``SETTLED``."""
    return Test({YES: "t", NO: "f", UNKNOWN: "u"}[truth], (("is", True),))


def truth_of(condition: Condition, facts: dict[str, FactValue] | None = None) -> Truth:
    return condition.evaluate(SETTLED if facts is None else facts)


# --- tables -------------------------------------------------------------------

# Kleene 1952: rows NO, UNKNOWN, YES; columns the same.
AND = [[NO, NO, NO], [NO, UNKNOWN, UNKNOWN], [NO, UNKNOWN, YES]]
OR = [[NO, UNKNOWN, YES], [UNKNOWN, UNKNOWN, YES], [YES, YES, YES]]
NOT = {NO: YES, UNKNOWN: UNKNOWN, YES: NO}


@pytest.mark.parametrize(("a", "b"), list(itertools.product(TRUTHS, TRUTHS)))
def test_tables(a: Truth, b: Truth) -> None:
    parts = (leaf(a), leaf(b))
    assert truth_of(AllOf(parts)) is AND[a][b]
    assert truth_of(AnyOf(parts)) is OR[a][b]
    assert truth_of(NoneOf(parts)) is NOT[OR[a][b]]


@pytest.mark.parametrize("truth", TRUTHS)
def test_negation(truth: Truth) -> None:
    assert truth.negated() is NOT[truth]
    assert truth.negated().negated() is truth
    assert truth_of(NoneOf((leaf(truth),))) is NOT[truth]


def test_empty_groups() -> None:
    assert truth_of(AllOf(())) is YES
    assert truth_of(AnyOf(())) is NO
    assert truth_of(NoneOf(())) is YES
    assert truth_of(ALWAYS) is YES
    assert truth_of(NEVER) is NO


@pytest.mark.parametrize("truths", list(itertools.product(TRUTHS, repeat=3)))
@pytest.mark.parametrize("at_least", [1, 2, 3])
def test_count(truths: tuple[Truth, ...], at_least: int) -> None:
    # What every way of answering the open ones gives: all yes, all no, or both.
    options = [(NO, YES) if truth is UNKNOWN else (truth,) for truth in truths]
    outcomes = {
        sum(t is YES for t in settled) >= at_least
        for settled in itertools.product(*options)
    }
    expected = UNKNOWN if len(outcomes) == 2 else YES if True in outcomes else NO
    counted = CountOf(at_least, tuple(leaf(truth) for truth in truths))
    assert truth_of(counted) is expected


def test_count_of_all_is_all_and_of_one_is_any() -> None:
    for truths in itertools.product(TRUTHS, repeat=3):
        parts = tuple(leaf(truth) for truth in truths)
        assert truth_of(CountOf(3, parts)) is truth_of(AllOf(parts))
        assert truth_of(CountOf(1, parts)) is truth_of(AnyOf(parts))


# --- random trees -------------------------------------------------------------

NAMES = "abcdef"


def numbers_test(name: str, low: int, width: int) -> Test:
    return Test(name, (("at_least", low), ("less_than", low + width)))


LEAVES = st.one_of(
    st.builds(
        numbers_test, st.sampled_from(NAMES), st.integers(0, 4), st.integers(0, 3)
    ),
    st.builds(
        lambda n, v: Test(n, (("less_than", v),)),
        st.sampled_from(NAMES),
        st.integers(0, 5),
    ),
)


def _groups(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    counted = parts.flatmap(
        lambda p: st.integers(1, len(p)).map(lambda n: CountOf(n, p))
    )
    return st.one_of(parts.map(AllOf), parts.map(AnyOf), parts.map(NoneOf), counted)


CONDITIONS = st.recursive(LEAVES, _groups, max_leaves=12)
FACTS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 6))


@given(CONDITIONS, FACTS, st.sampled_from(NAMES), st.integers(0, 6))
def test_learning_a_fact_never_overturns_a_settled_answer(
    condition: Condition, facts: dict[str, FactValue], name: str, value: int
) -> None:
    before = truth_of(condition, facts)
    after = truth_of(condition, {name: value} | facts)
    assert before in (UNKNOWN, after)


@given(CONDITIONS, st.fixed_dictionaries({name: st.integers(0, 6) for name in NAMES}))
def test_with_every_fact_told_nothing_stays_open(
    condition: Condition, facts: dict[str, FactValue]
) -> None:
    assert truth_of(condition, facts) is not UNKNOWN
    assert missing_facts(condition, facts) == ()


@given(st.lists(CONDITIONS, min_size=1, max_size=3), FACTS)
def test_de_morgan(parts: list[Condition], facts: dict[str, FactValue]) -> None:
    some = AnyOf(tuple(parts))
    every = AllOf(tuple(parts))
    opposite = tuple(NoneOf((part,)) for part in parts)
    assert truth_of(NoneOf((some,)), facts) is truth_of(AllOf(opposite), facts)
    assert truth_of(NoneOf((every,)), facts) is truth_of(AnyOf(opposite), facts)
    assert truth_of(NoneOf(tuple(parts)), facts) is truth_of(AllOf(opposite), facts)


@given(CONDITIONS, FACTS)
def test_what_decided_holds_and_is_part_of_the_condition(
    condition: Condition, facts: dict[str, FactValue]
) -> None:
    asked = set(condition.tests())
    for test in condition.deciding(facts):
        assert test in asked
        assert test.evaluate(facts) is YES


@given(CONDITIONS, FACTS)
def test_missing_facts_are_the_untold_ones(
    condition: Condition, facts: dict[str, FactValue]
) -> None:
    missing = missing_facts(condition, facts)
    assert not set(missing) & set(facts)
    assert list(missing) == sorted({t.fact for t in condition.tests()} - set(facts))
    if truth_of(condition, facts) is UNKNOWN:
        assert missing


def test_known_is_the_one_word_that_learning_overturns() -> None:
    known = Test("a", (("known", True),))
    assert truth_of(known, {}) is NO
    assert truth_of(known, {"a": 0}) is YES
    both = Test("a", (("known", True), ("at_least", 3)))
    assert [truth_of(both, f) for f in ({}, {"a": 2}, {"a": 3})] == [NO, NO, YES]


# --- operators ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("check", "value", "truth"),
    [
        (("is", "yes"), "yes", YES), (("is", "yes"), "no", NO),
        (("is", False), False, YES), (("is", False), True, NO),
        (("one_of", ("a", "b")), "b", YES), (("one_of", ("a", "b")), "c", NO),
        (("includes_any", ("a", "b")), ("b", "c"), YES),
        (("includes_any", ("a", "b")), ("c",), NO),
        (("includes_any", ("a",)), (), NO),
        (("includes_all", ("a", "b")), ("b", "a", "c"), YES),
        (("includes_all", ("a", "b")), ("a",), NO),
        (("at_least", 6), 5, NO), (("at_least", 6), 6, YES),
        (("at_least", 6), 6.1, YES), (("less_than", 6), 5.9, YES),
        (("less_than", 6), 6, NO), (("less_than", 6), 7, NO),
        (("known", True), 0, YES), (("known", True), False, YES),
        (("known", True), (), YES),
    ],
)  # fmt: skip
def test_operators(check: tuple[str, Any], value: FactValue, truth: Truth) -> None:
    assert truth_of(Test("a", (check,)), {"a": value}) is truth
    expected = NO if check[0] == "known" else UNKNOWN
    assert truth_of(Test("a", (check,)), {}) is expected


@given(
    st.lists(st.integers(1, 519), min_size=1, max_size=6, unique=True),
    st.integers(0, 520),
)
def test_neighbouring_bands_meet_without_gap_or_overlap(
    limits: list[int], weeks: int
) -> None:
    edges = [0, *sorted(limits), 521]
    bands = [
        Test("a", (("at_least", low), ("less_than", high)))
        for low, high in itertools.pairwise(edges)
    ]
    assert [truth_of(band, {"a": weeks}) for band in bands].count(YES) == 1


# --- reading ------------------------------------------------------------------


def read(table: object, **thresholds: float) -> tuple[Condition, list[str]]:
    reader = ConditionReader(known_facts(), thresholds)
    condition = reader.read(table, "include")
    return condition, [f"{fault.where}: {fault.message}" for fault in reader.faults]


def test_a_good_table_is_read_as_it_stands() -> None:
    condition, faults = read(
        {
            "all": [{"fact": "symptoms.nrs_now", "at_least": 3, "less_than": 7}],
            "any": [{"fact": "symptoms.site", "includes_any": ["groin", "sacrum"]}],
            "none": [{"fact": "red_flags.foot_drop", "is": "yes"}],
            "count": {"at_least": 1, "of": [{"fact": "derived.runs", "is": True}]},
        }
    )
    assert faults == []
    assert condition == AllOf(
        (
            AllOf((Test("symptoms.nrs_now", (("at_least", 3), ("less_than", 7))),)),
            AnyOf((Test("symptoms.site", (("includes_any", ("groin", "sacrum")),)),)),
            NoneOf((Test("red_flags.foot_drop", (("is", "yes"),)),)),
            CountOf(1, (Test("derived.runs", (("is", True),)),)),
        )
    )


def test_groups_inside_groups_and_a_single_group() -> None:
    inner = {"fact": "derived.runs", "is": True}
    condition, faults = read({"any": [{"all": [inner]}, inner]})
    test = Test("derived.runs", (("is", True),))
    assert faults == []
    assert condition == AnyOf((AllOf((test,)), test))


def test_a_named_number_is_looked_up() -> None:
    table = {"fact": "symptoms.nrs_now", "at_least": "threshold.strong"}
    condition, faults = read(table, strong=7)
    assert faults == []
    assert condition == Test("symptoms.nrs_now", (("at_least", 7),))


NRS = "symptoms.nrs_now"
FAULTS: dict[str, tuple[object, str]] = {
    "not a table": ([], "include: expected a table with all, any, none or count"),
    "empty": ({}, "include: an empty condition holds for everybody"),
    "unknown word": ({"some": []}, 'include: unknown word "some"'),
    "count is no table": ({"count": []}, 'include: unknown word "count"'),
    "no list": ({"all": {}}, "include.all: expected a list with at least one test"),
    "empty list": ({"any": []}, "include.any: expected a list with at least one test"),
    "inside a list": (
        {"all": [{"fact": NRS, "at_least": 3}, {}]},
        "include.all[1]: an empty condition holds for everybody",
    ),
    "unknown fact": (
        {"fact": "symptoms.nrs_noww", "at_least": 3},
        'include: unknown fact "symptoms.nrs_noww"',
    ),
    "unknown operator": (
        {"fact": NRS, "more_than": 3},
        'include: unknown word "more_than"',
    ),
    "nothing compared": (
        {"fact": NRS},
        f'include: "{NRS}" is not compared with anything',
    ),
    "operator of another kind": (
        {"fact": NRS, "is": 3},
        f'include: "is" cannot be asked of "{NRS}" (number)',
    ),
    "number of a set": (
        {"fact": "symptoms.site", "at_least": 1},
        'include: "at_least" cannot be asked of "symptoms.site" (set)',
    ),
    "below the range": (
        {"fact": NRS, "at_least": 0},
        f'include: 0 is outside the range 0 to 10 of "{NRS}", '
        "so this test never changes its answer",
    ),
    "above the range": (
        {"fact": NRS, "less_than": 11},
        f'include: 11 is outside the range 0 to 10 of "{NRS}", '
        "so this test never changes its answer",
    ),
    "unknown number": (
        {"fact": NRS, "at_least": "threshold.none"},
        'include: unknown number "threshold.none"',
    ),
    "a number without its prefix": (
        {"fact": NRS, "at_least": "strong"},
        'include: unknown number "strong"',
    ),
    "no number": ({"fact": NRS, "at_least": True}, "include: expected a number"),
    "choice that is none": (
        {"fact": "symptoms.radiation", "is": "knee"},
        'include: "knee" is not a value of "symptoms.radiation"',
    ),
    "choice in a list": (
        {"fact": "symptoms.radiation", "one_of": ["thigh", "knee"]},
        'include: "knee" is not a value of "symptoms.radiation"',
    ),
    "yes_no asked for unknown": (
        {"fact": "red_flags.foot_drop", "is": "unknown"},
        'include: "unknown" is not a value of "red_flags.foot_drop"',
    ),
    "choice asked for unknown": (
        {"fact": "running.overstride", "is": "unknown"},
        'include: "unknown" is not a value of "running.overstride"',
    ),
    "bool asked for a text": (
        {"fact": "derived.runs", "is": "yes"},
        'include: "derived.runs" is true or false',
    ),
    "a list for no list": (
        {"fact": "symptoms.radiation", "one_of": "thigh"},
        'include: "one_of" needs a list',
    ),
    "an empty list of choices": (
        {"fact": "symptoms.site", "includes_any": []},
        'include: "includes_any" needs a list',
    ),
    "known is false": (
        {"fact": NRS, "known": False},
        'include: "known" can only be true',
    ),
    "count above its list": (
        {"count": {"at_least": 2, "of": [{"fact": NRS, "at_least": 3}]}},
        "include.count: at_least must be from 1 to 1",
    ),
    "count of nothing": (
        {"count": {"at_least": 0, "of": [{"fact": NRS, "at_least": 3}]}},
        "include.count: at_least must be from 1 to 1",
    ),
    "count without a list": (
        {"count": {"at_least": 1}},
        "include.count.of: expected a list with at least one test",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(name: str) -> None:
    table, message = FAULTS[name]
    assert message in read(table, strong=7)[1]


@pytest.mark.parametrize(
    ("table", "hint"),
    [
        (
            {"fact": "symptoms.nrs_noww", "at_least": 3},
            'did you mean "symptoms.nrs_now"?',
        ),
        ({"fact": NRS, "at_leest": 3}, 'did you mean "at_least"?'),
        ({"al": []}, 'did you mean "all"?'),
        (
            {"fact": NRS, "at_least": "threshold.strng"},
            'did you mean "threshold.strong"?',
        ),
        ({"fact": "symptoms.radiation", "is": "thig"}, 'did you mean "thigh"?'),
        ({"fact": "red_flags.foot_drop", "is": True}, "choices: yes, no"),
    ],
)
def test_faults_have_hints(table: object, hint: str) -> None:
    reader = ConditionReader(known_facts(), {"strong": 7})
    reader.read(table, "include")
    assert hint in {fault.hint for fault in reader.faults}


def test_a_condition_is_used_by_its_name() -> None:
    test = Test("derived.runs", (("is", True),))
    reader = ConditionReader(known_facts(), {}, {"runs-now": test})
    inner = {"any": [{"condition": "runs-now"}, {"fact": NRS, "at_least": 3}]}
    assert reader.read(inner, "include") == AnyOf((test, Test(NRS, (("at_least", 3),))))
    assert reader.faults == []


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"condition": "runs-nou"}, 'unknown condition "runs-nou"'),
        (
            {"condition": "runs-now", "is": True},
            '"condition" stands alone: { condition = "name" }',
        ),
    ],
)
def test_slips_in_the_use_of_a_name(table: object, message: str) -> None:
    reader = ConditionReader(known_facts(), {}, {"runs-now": ALWAYS})
    reader.read(table, "include")
    assert [fault.message for fault in reader.faults] == [message]


def test_all_faults_come_at_once() -> None:
    table = {
        "all": [{"fact": "nothing", "is": 1}, {"fact": NRS, "at_least": 99}],
        "sum": 1,
    }
    assert len(read(table)[1]) == 3


@pytest.mark.parametrize(
    "kind", ["number", "choice", "yes_no", "bool", "set", "text", "date"]
)
def test_each_operator_is_taken_by_its_own_kinds_only(kind: Any) -> None:
    fact = Fact("f", kind, "F", minimum=0, maximum=9, choices=("a", "b"))
    wanted: dict[str, Any] = {
        "is": {"bool": True, "yes_no": "yes"}.get(kind, "a"),
        "one_of": [{"bool": True, "yes_no": "yes"}.get(kind, "a")],
        "includes_any": ["a"],
        "includes_all": ["a"],
        "at_least": 5,
        "less_than": 5,
        "known": True,
    }
    allowed = {
        "number": {"at_least", "less_than", "known"},
        "set": {"includes_any", "includes_all", "known"},
        "text": {"known"},
        "date": {"known"},
    }.get(kind, {"is", "one_of", "known"})
    assert set(wanted) == set(OPERATORS)
    for name, value in wanted.items():
        reader = ConditionReader({"f": fact}, {})
        reader.read({"fact": "f", name: value}, "include")
        assert bool(reader.faults) is (name not in allowed), name

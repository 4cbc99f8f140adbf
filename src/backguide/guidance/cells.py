"""Prove what the rules can do: walk the cells between their thresholds.

A cell is one answer to each fact that a rule asks about: for a number one value
from every band between the thresholds, for a choice each value that is asked for
and one other, for a set each group of members that no test tells apart, and "not
answered" wherever a valid profile may leave the answer out. Every person falls into
one of the cells, so what holds in no cell holds for nobody.

Facts that are worked out from others are walked as if they were independent, apart
from the few ties below. So "never" is a proof, while a cell that is found may be one
that no person falls into.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import combinations, product
from math import prod
from types import MappingProxyType
from typing import Any, Final

from backguide.errors import Problem
from backguide.guidance.condition import (
    ALWAYS,
    AllOf,
    AnyOf,
    Condition,
    CountOf,
    NoneOf,
    Test,
    Truth,
)
from backguide.guidance.content_file import ContentFile
from backguide.guidance.exercises import Rule
from backguide.guidance.library import Library, is_covered
from backguide.guidance.message import (
    ACTIONS_ON_PAGE_ONE,
    QUESTIONS_ON_PAGE_ONE,
    REASONS_ON_PAGE_ONE,
    Line,
    MainMessage,
)
from backguide.guidance.section import NEVER, Part, SectionTemplate
from backguide.guidance.triage import Flag, Level
from backguide.profile.facts import (
    IMAGING_FINDINGS,
    NOT_KNOWN,
    SPINAL_DIAGNOSES,
    Fact,
    FactValue,
    known_facts,
)

MOST_STEPS: Final = 200_000
"""A search that takes more steps is given up, and cells are drawn by lot."""

SAMPLES: Final = 20_000
MOST_SET_VALUES: Final = 1024

Value = FactValue | None
Cell = Mapping[str, Value]
"""One answer for each fact; None for "not answered"."""

Space = Mapping[str, tuple[Value, ...]]

Limits = Mapping[str, frozenset[FactValue]]
"""The only values that a fact can have; for a set, its only possible members."""

NO_LIMITS: Final[Limits] = MappingProxyType({})


# --- rules as trees that can be simplified ------------------------------------------


@dataclass(frozen=True, slots=True)
class Fixed:
    """A rule whose answer no longer depends on anything."""

    truth: Truth
    facts: frozenset[str] = field(default=frozenset(), init=False, compare=False)
    """What the rule still asks about."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One test."""

    test: Test
    facts: frozenset[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Know what is asked about."""
        object.__setattr__(self, "facts", frozenset({self.test.fact}))


@dataclass(frozen=True, slots=True)
class Count:
    """At least so many parts hold: "all of" asks for all, "any of" for one."""

    at_least: int
    parts: tuple["Node", ...]
    facts: frozenset[str] = field(init=False, compare=False)
    code: int = field(init=False, compare=False)
    """The hash, kept: a search asks for that of each rule left over."""

    def __post_init__(self) -> None:
        """Know what is asked about."""
        asked = frozenset[str]().union(*[part.facts for part in self.parts])
        object.__setattr__(self, "facts", asked)
        object.__setattr__(self, "code", hash((self.at_least, self.parts)))

    def __hash__(self) -> int:
        return self.code


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a rule."""

    part: "Node"
    facts: frozenset[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Know what is asked about."""
        object.__setattr__(self, "facts", self.part.facts)


@dataclass(frozen=True, slots=True)
class Settle:
    """A rule as it is acted on: UNKNOWN becomes what the author wrote."""

    part: "Node"
    counts_if_unknown: bool
    facts: frozenset[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Know what is asked about."""
        object.__setattr__(self, "facts", self.part.facts)


Node = Fixed | Ask | Count | Not | Settle


def node_of(condition: Condition) -> Node:
    """Return a condition of the content as a tree."""
    match condition:
        case Test():
            return Ask(condition)
        case AllOf(parts=parts):
            return all_of(*map(node_of, parts))
        case AnyOf(parts=parts):
            return any_of(*map(node_of, parts))
        case NoneOf(parts=parts):
            return Not(any_of(*map(node_of, parts)))
        case CountOf(at_least=at_least, parts=parts):
            return Count(at_least, tuple(map(node_of, parts)))


def all_of(*parts: Node) -> Node:
    """Return a rule that holds when every part holds."""
    return Count(len(parts), parts)


def any_of(*parts: Node) -> Node:
    """Return a rule that holds when one part holds."""
    return Count(1, parts)


def tests_of(node: Node) -> Iterator[Test]:
    """Yield the tests of a rule from left to right."""
    match node:
        case Ask(test=test):
            yield test
        case Count(parts=parts):
            for part in parts:
                yield from tests_of(part)
        case Not(part=part) | Settle(part=part):
            yield from tests_of(part)


def truth_in(node: Node, cell: Cell) -> Truth:
    """Return the truth of a rule in a cell that answers everything it asks."""
    for fact in dict.fromkeys(test.fact for test in tests_of(node)):
        node = assume(node, fact, cell[fact])
    if not isinstance(node, Fixed):
        node = simplify(node)
    return node.truth if isinstance(node, Fixed) else Truth.UNKNOWN


def assume(node: Node, fact: str, value: Value) -> Node:
    """Return what is left of a rule once a fact is answered."""
    if fact not in node.facts:
        return node
    match node:
        case Count(at_least=at_least, parts=parts):
            left = [assume(p, fact, value) if fact in p.facts else p for p in parts]
            return _count(at_least, left)
        case Not(part=part):
            return _not(assume(part, fact, value))
        case Settle(part=part, counts_if_unknown=counts):
            return _settle(assume(part, fact, value), counts)
        case Ask(test=test):
            return _FIXED[test.evaluate({} if value is None else {fact: value})]
    return node


def simplify(node: Node) -> Node:
    """Return the rule with answered parts worked in; the parts are simple already."""
    match node:
        case Count(at_least=at_least, parts=parts):
            return _count(at_least, parts)
        case Not(part=part):
            return _not(part)
        case Settle(part=part, counts_if_unknown=counts):
            return _settle(part, counts)
    return node


_FIXED: Final = tuple(map(Fixed, Truth))
"""By truth."""


def _not(part: Node) -> Node:
    return _FIXED[part.truth.negated()] if isinstance(part, Fixed) else Not(part)


def _settle(part: Node, counts: bool) -> Node:
    if not isinstance(part, Fixed):
        return Settle(part, counts)
    is_yes = part.truth is Truth.YES or (part.truth is Truth.UNKNOWN and counts)
    return _FIXED[Truth.YES if is_yes else Truth.NO]


def _count(at_least: int, parts: Sequence[Node]) -> Node:
    needed = at_least
    rest: list[Node] = []
    is_open = False
    for part in parts:
        if not isinstance(part, Fixed):
            is_open = True
            rest.append(part)
        elif part.truth is Truth.YES:
            needed -= 1
        elif part.truth is Truth.UNKNOWN:
            rest.append(part)
    if needed <= 0:
        return _FIXED[Truth.YES]
    if len(rest) < needed:
        return _FIXED[Truth.NO]
    if not is_open:
        return _FIXED[Truth.UNKNOWN]
    return rest[0] if len(rest) == 1 else Count(needed, tuple(rest))


# --- the cells ----------------------------------------------------------------------


@cache
def always_known() -> frozenset[str]:
    """Return the facts that every valid profile has, whatever else it says."""
    required = {
        path
        for path, fact in known_facts().items()
        if fact.is_required and fact.kind != "yes_no"
    }
    return frozenset(required) | _ALWAYS_DERIVED


_ALWAYS_DERIVED: Final = frozenset(
    {
        "derived.runs",
        "derived.structural_diagnosis",
        "derived.imaging_told",
        "derived.axial_spa_told",
        "derived.running_cleared",
        "derived.exercise_level",
        "derived.exercise_count",
        "derived.plan_stage",
        "derived.plan_track",
        "triage.level",
        "triage.flags",
        "triage.unanswered",
    }
)


def bands(
    thresholds: Iterable[float], minimum: float | None, maximum: float | None
) -> tuple[float, ...]:
    """Return the first number of every half-open band between the thresholds.

    Args:
        thresholds: Where an answer changes; each one begins a band.
        minimum: The least possible number; None when there is none.
        maximum: The greatest possible number; None when there is none.
    """
    cuts = sorted(set(thresholds))
    lowest = minimum if minimum is not None else (cuts[0] - 1 if cuts else 0)
    numbers = dict.fromkeys([lowest, *cuts])
    return tuple(
        n for n in numbers if n >= lowest and (maximum is None or n <= maximum)
    )


def values_of(
    fact: Fact,
    tests: Iterable[Test],
    allowed: frozenset[FactValue] | None = None,
) -> tuple[Value, ...]:
    """Return one value for each way in which the tests can tell answers apart."""
    tests = tuple(tests)
    values: tuple[Value, ...]
    if fact.kind == "number":
        values = bands(_limits(tests), fact.minimum, fact.maximum)
    elif fact.kind == "set":
        values = _set_values(fact, tests, allowed)
    elif fact.kind in ("choice", "yes_no"):
        values = _choice_values(fact, tests, allowed)
    elif fact.kind == "bool":
        values = (True, False)
    else:
        values = (date(2000, 1, 1) if fact.kind == "date" else "answered",)
    if allowed is not None and fact.kind != "set":
        values = tuple(value for value in values if value in allowed)
    return values if fact.path in always_known() else (*values, None)


def _limits(tests: tuple[Test, ...]) -> Iterator[float]:
    for test in tests:
        for name, wanted in test.checks:
            if name in ("at_least", "less_than"):
                yield wanted


def _choice_values(
    fact: Fact, tests: tuple[Test, ...], allowed: frozenset[FactValue] | None
) -> tuple[str, ...]:
    wanted: set[Any] = set()
    for test in tests:
        for name, want in test.checks:
            if name != "known":
                wanted |= {want} if name == "is" else set(want)
    choices = [
        choice
        for choice in fact.choices or ("yes", "no")
        if choice != NOT_KNOWN and (allowed is None or choice in allowed)
    ]
    asked = [choice for choice in choices if choice in wanted]
    others = [choice for choice in choices if choice not in wanted]
    return (*asked, *others[:1])


def _set_values(
    fact: Fact, tests: tuple[Test, ...], allowed: frozenset[FactValue] | None
) -> tuple[tuple[str, ...], ...]:
    """Return the sets to try: members that all tests treat alike go together."""
    groups: dict[tuple[tuple[int, str], ...], list[str]] = {}
    checks = [check for test in tests for check in test.checks if check[0] != "known"]
    for member in fact.choices:
        if allowed is None or member in allowed:
            asked_by = tuple(
                (n, name) for n, (name, want) in enumerate(checks) if member in want
            )
            if asked_by:
                groups.setdefault(asked_by, []).append(member)
    options: list[list[tuple[str, ...]]] = []
    for asked_by, members in groups.items():
        needs_all = len(members) > 1 and any(n == "includes_all" for _, n in asked_by)
        whole = [tuple(members)] if needs_all else []
        options.append([(), (members[0],), *whole])
    count = prod(map(len, options))
    choose = random.Random(0)  # noqa: S311  repeatable, not secret
    picks: Iterable[tuple[tuple[str, ...], ...]] = (
        product(*options)
        if count <= MOST_SET_VALUES
        else (tuple(map(choose.choice, options)) for _ in range(MOST_SET_VALUES))
    )
    order = fact.choices.index
    sets = (tuple(sorted((m for p in pick for m in p), key=order)) for pick in picks)
    return tuple(dict.fromkeys(sets))


def space_of(node: Node, limits: Limits = NO_LIMITS) -> Space:
    """Return the values to try for each fact that a rule asks about."""
    tests: dict[str, list[Test]] = {}
    for test in tests_of(node):
        tests.setdefault(test.fact, []).append(test)
    return {
        path: (False, True)
        if _MEMBER_OF in path
        else values_of(known_facts()[path], asked, limits.get(path))
        for path, asked in tests.items()
    }


# --- ties between facts -------------------------------------------------------------

PAIN_ANSWERS: Final = (
    "symptoms.site", "symptoms.onset_type", "symptoms.nrs_now",
    "symptoms.nrs_usual_24h", "symptoms.radiation", "symptoms.aggravators",
    "symptoms.easers", "derived.onset_weeks",
)  # fmt: skip
RUNNER_ANSWERS: Final = (
    "running.weekly_distance_km", "running.runs_per_week", "running.longest_run_30d_km",
)  # fmt: skip

KNOWN_WHEN: Final[tuple[tuple[str, str | bool, tuple[str, ...]], ...]] = (
    ("symptoms.has_back_pain", "current", PAIN_ANSWERS),
    ("running.runner_status", "current", RUNNER_ANSWERS),
    ("derived.runs", True, RUNNER_ANSWERS),
    ("diagnoses.pregnant", "yes", ("derived.pregnancy_weeks",)),
)
"""Fact, value, and what a valid profile then answers as well (``schema.json``)."""

KNOWN_WITH: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "derived.bmi": ("person.weight_kg", "person.height_cm", "derived.high_bmi"),
        "derived.high_bmi": ("derived.bmi",),
        "symptoms.onset_weeks": ("derived.onset_weeks",),
        "symptoms.onset_date": ("derived.onset_weeks",),
        "derived.onset_weeks": ("derived.chronicity",),
        "derived.chronicity": ("derived.onset_weeks",),
        "symptoms.nrs_usual_24h": ("derived.pain_band",),
        "derived.pain_band": ("symptoms.nrs_usual_24h",),
        "derived.resting_pain_0_10": ("symptoms.nrs_now", "symptoms.nrs_usual_24h"),
        "derived.spike_pct": (
            "derived.next_long_run_cap_km",
            "running.planned_next_longest_km",
        ),
        "derived.next_long_run_cap_km": ("running.longest_run_30d_km",),
        "running.cadence_spm": ("derived.cadence_target_spm",),
        "derived.cadence_target_spm": ("running.cadence_spm",),
        "running.typical_pace_min_per_km": ("derived.pace_m_per_s",),
        "derived.pace_m_per_s": ("running.typical_pace_min_per_km",),
        "running.goal_race_date": ("derived.weeks_to_race",),
        "derived.weeks_to_race": ("running.goal_race_date",),
        "diagnoses.surgery_date": ("derived.surgery_weeks",),
        "derived.surgery_weeks": ("diagnoses.surgery_date",),
        "derived.pregnancy_weeks": ("diagnoses.pregnant",),
        "derived.visit_in_days": ("clinic.next_appointment",),
    }
)
"""When the one is known, so are the others (``profile/facts.py``)."""


def is_(fact: str, value: FactValue) -> Node:
    """Return the rule that a fact has a value."""
    return Ask(Test(fact, (("is", value),)))


def known(fact: str) -> Node:
    """Return the rule that a fact is known."""
    return Ask(Test(fact, (("known", True),)))


def at_least(fact: str, number: float) -> Node:
    """Return the rule that a number is this or more."""
    return Ask(Test(fact, (("at_least", number),)))


def implies(premise: Node, conclusion: Node) -> Node:
    """Return the tie "if the one, then the other"; broken only when it is surely."""
    return Settle(any_of(Not(premise), conclusion), True)


def _same(one: Node, other: Node) -> tuple[Node, Node]:
    return implies(one, other), implies(other, one)


@cache
def _ties() -> tuple[tuple[frozenset[str], Node], ...]:
    """Return what is true of every valid profile, with the facts of each tie."""
    told = "told_by_clinician"
    ties: list[Node] = [
        *_same(is_("derived.runs", True), is_("running.runner_status", "current")),
        *_same(is_("derived.axial_spa_told", True), is_("diagnoses.axial_spa", told)),
        *_same(is_("derived.high_bmi", True), at_least("derived.bmi", 30.1)),
        *_same(
            is_("derived.chronicity", "acute"), Not(at_least("derived.onset_weeks", 6))
        ),
        *_same(
            is_("derived.chronicity", "persistent"), at_least("derived.onset_weeks", 13)
        ),
        *(
            implies(is_("mode", "self"), Not(known(path)))
            for path in known_facts()
            if path.startswith("clearance.")
        ),
        implies(is_("derived.running_cleared", True), is_("mode", "clinic")),
        implies(known("derived.pregnancy_weeks"), is_("diagnoses.pregnant", "yes")),
        *_same(
            is_("derived.running_cleared", True),
            is_("clearance.clinician_clearance_running", True),
        ),
    ]
    for name in SPINAL_DIAGNOSES:
        is_told = is_(f"diagnoses.{name}", told)
        ties.append(implies(is_told, is_("derived.structural_diagnosis", True)))
    for name in IMAGING_FINDINGS:
        is_told = is_(f"diagnoses.{name}", told)
        ties.append(implies(is_told, is_("derived.imaging_told", True)))
    spreads = Ask(
        Test("symptoms.radiation", (("one_of", ("buttock", "thigh", "below_knee")),))
    )
    hurts = is_("symptoms.has_back_pain", "current")
    for path in ("symptoms.radiation_side", "symptoms.leg_quality"):
        ties.append(implies(all_of(hurts, spreads), known(path)))
    for fact, value, paths in KNOWN_WHEN:
        for path in _with_all(paths):
            ties.append(implies(is_(fact, value), known(path)))
    for path in KNOWN_WITH:
        for other in _with_all([path]):
            if other != path:
                ties.append(implies(known(path), known(other)))
    usual, now, rest = (
        "symptoms.nrs_usual_24h", "symptoms.nrs_now", "derived.resting_pain_0_10",
    )  # fmt: skip
    ties += [
        implies(all_of(known(usual), known(now)), known(rest)),
        implies(hurts, known(rest)),
        implies(hurts, known("derived.direction_preference")),
    ]
    return tuple((frozenset(t.fact for t in tests_of(tie)), tie) for tie in ties)


def _with_all(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths and every fact that is known along with one of them."""
    found: dict[str, None] = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop(0)
        if path not in found:
            found[path] = None
            waiting += KNOWN_WITH.get(path, ())
    return tuple(found)


def tied(node: Node) -> Node:
    """Return the rule together with the ties between the facts that it asks about."""
    asked = {test.fact for test in tests_of(node)}
    ties = [tie for facts, tie in _ties() if len(facts & asked) > 1]
    return all_of(node, *ties)


# --- the search ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """What a search found."""

    cell: Cell | None
    """A cell in which the rule holds."""
    is_proof: bool = True
    """Without a cell: whether every cell was covered, not only a sample."""


class _TooManyStepsError(Exception):
    pass


class _Search:
    """Looks for a cell by answering one fact after the other.

    A rule that is left over twice is searched once, so the steps stay few where
    the number of cells is huge.
    """

    def __init__(self, space: Space, most_steps: int) -> None:
        self._space = space
        self._steps_left = most_steps
        self._hopeless: set[Node] = set()

    def cell(self, node: Node) -> dict[str, Value] | None:
        if isinstance(node, Fixed):
            return {} if node.truth is Truth.YES else None
        if node in self._hopeless:
            return None
        fact = next(tests_of(node)).fact
        for value in self._space[fact]:
            self._steps_left -= 1
            if self._steps_left < 0:
                raise _TooManyStepsError
            rest = self.cell(assume(node, fact, value))
            if rest is not None:
                return {fact: value} | rest
        self._hopeless.add(node)
        return None


def find(
    node: Node, limits: Limits = NO_LIMITS, *, most_steps: int = MOST_STEPS
) -> Finding:
    """Return a cell in which a rule surely holds, or the proof that there is none.

    Args:
        node: The rule; the ties between its facts are added.
        limits: Values that are possible at all.
        most_steps: Beyond this, ``SAMPLES`` cells are drawn by lot; the draw is
            the same each time.
    """
    whole = tied(node)
    members = _wide_sets(whole, limits)
    whole = _by_member(whole, members)
    space = space_of(whole, limits)
    try:
        cell = _Search(space, most_steps).cell(_simplified(whole))
        return Finding(_with_sets(cell, members))
    except _TooManyStepsError:
        return Finding(_with_sets(_sampled(whole, space), members), is_proof=False)


# --- sets with too many members to try every set --------------------------------------

_MEMBER_OF: Final = " has "
"""Between a set and a member, in the name of the question whether it is in it."""


def _wide_sets(node: Node, limits: Limits) -> Mapping[str, tuple[str, ...]]:
    """Return the members that are asked for of each set with too many subsets.

    Only of sets that every person has: one that may be unknown is more than its
    members.
    """
    asked: dict[str, dict[str, None]] = {}
    for test in tests_of(node):
        fact = known_facts()[test.fact]
        if fact.kind == "set" and fact.path in always_known():
            for _, wanted in test.checks:
                members = wanted if isinstance(wanted, tuple) else ()
                asked.setdefault(fact.path, {}).update(dict.fromkeys(members))
    return {
        path: tuple(m for m in members if path not in limits or m in limits[path])
        for path, members in asked.items()
        if 2 ** len(members) > MOST_SET_VALUES
    }


def _by_member(node: Node, sets: Mapping[str, tuple[str, ...]]) -> Node:
    """Return the rule with a question for each member in place of one for the set."""
    match node:
        case Ask(test=Test(fact=fact, checks=checks)) if fact in sets:
            parts: list[Node] = []
            for name, wanted in checks:
                if isinstance(wanted, tuple):
                    there = [
                        is_(f"{fact}{_MEMBER_OF}{member}", True)
                        for member in wanted
                        if member in sets[fact]
                    ]
                    missing = len(there) < len(wanted)
                    is_all = name == "includes_all"
                    many = all_of(*there) if is_all else any_of(*there)
                    parts.append(Fixed(Truth.NO) if is_all and missing else many)
            return all_of(*parts)
        case Count(at_least=at_least, parts=inner):
            return Count(at_least, tuple(_by_member(part, sets) for part in inner))
        case Not(part=part):
            return Not(_by_member(part, sets))
        case Settle(part=part, counts_if_unknown=counts):
            return Settle(_by_member(part, sets), counts)
    return node


def _with_sets(
    cell: dict[str, Value] | None, sets: Mapping[str, tuple[str, ...]]
) -> Cell | None:
    """Return a cell with its members put together as sets again."""
    if cell is None:
        return None
    whole = {path: value for path, value in cell.items() if _MEMBER_OF not in path}
    for path, members in sets.items():
        names = {member: f"{path}{_MEMBER_OF}{member}" for member in members}
        if any(name in cell for name in names.values()):
            whole[path] = tuple(m for m, name in names.items() if cell.get(name))
    return whole


def _simplified(node: Node) -> Node:
    match node:
        case Count(at_least=at_least, parts=parts):
            return simplify(Count(at_least, tuple(map(_simplified, parts))))
        case Not(part=part):
            return simplify(Not(_simplified(part)))
        case Settle(part=part, counts_if_unknown=counts):
            return simplify(Settle(_simplified(part), counts))
    return node


def _sampled(node: Node, space: Space) -> dict[str, Value] | None:
    draw = random.Random(0)  # noqa: S311  repeatable, not secret
    for _ in range(SAMPLES):
        cell = {path: draw.choice(values) for path, values in space.items()}
        if truth_in(node, cell) is Truth.YES:
            return cell
    return None


def cell_words(cell: Cell) -> str:
    """Return a cell as "fact is value, fact is not answered"."""
    return ", ".join(f"{path} is {_value_words(cell[path])}" for path in sorted(cell))


def _value_words(value: Value) -> str:
    if value is None:
        return "not answered"
    if isinstance(value, tuple):
        return " + ".join(value) if value else "none of these"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


# --- what is printed ----------------------------------------------------------------


def limits_at(library: Library, state: str) -> Limits:
    """Return what the triage facts can be in a handout of this kind."""
    level = Level.SOON if state == "UNANSWERED" else Level[state]
    flags = {
        flag.id
        for flag in library.flags
        if any(level >= found for r in flag.rules for found in r.level_by_mode.values())
    }
    unanswered = {"UNANSWERED": {True}, "URGENT": {True, False}}.get(state, {False})
    return {
        "triage.level": frozenset({state}),
        "triage.flags": frozenset(flags),
        "triage.unanswered": frozenset(unanswered),
    }


def prints(section: SectionTemplate, library: Library) -> Node:
    """Return the rule by which a section is printed at one of its levels."""
    forbidding = forbidding_flags(section.asks, library)
    hiding = tuple(
        flag.id
        for flag in library.flags
        if is_covered(section, flag.hides) or flag.id in forbidding
    )
    hidden = Ask(Test("triage.flags", (("includes_any", hiding),)))
    return all_of(
        Settle(node_of(section.include), section.is_included_if_unknown),
        Not(Settle(node_of(section.exclude), section.is_excluded_if_unknown)),
        *([Not(hidden)] if hiding else []),
    )


def part_prints(part: Part, section: SectionTemplate, library: Library) -> Node:
    """Return the rule by which a part of a section is printed."""
    wanted = Settle(node_of(part.include), part.is_included_if_unknown)
    whole = all_of(wanted, prints(section, library))
    if forbidding := forbidding_flags(part.asks, library):
        flagged = Ask(Test("triage.flags", (("includes_any", forbidding),)))
        return all_of(whole, Not(flagged))
    return whole


def forbidding_flags(asks: Iterable[str], library: Library) -> tuple[str, ...]:
    """Return the flags that forbid something of what a text asks for."""
    wanted = set(asks)
    return tuple(f.id for f in library.flags if not wanted.isdisjoint(f.forbids))


def line_holds(line: Line) -> Node:
    """Return the rule by which a line of the fridge sheet is for a person."""
    return Settle(node_of(line.include), line.is_included_if_unknown)


def levels_of(flag: Flag) -> tuple[str, ...]:
    """Return the names of the levels that a flag's rules can give, highest first."""
    found = {level for rule in flag.rules for level in rule.level_by_mode.values()}
    return tuple(level.name for level in sorted(found, reverse=True))


def find_at(node: Node, library: Library, states: Iterable[str]) -> Finding:
    """Return the first cell in which a rule holds at one of the levels."""
    is_proof = True
    for state in states:
        finding = find(node, limits_at(library, state))
        if finding.cell is not None:
            return finding
        is_proof = is_proof and finding.is_proof
    return Finding(None, is_proof)


# --- the proofs ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SectionGroup:
    """Sections of which only one, or at least one, may print, or which need another.

    Declared in ``handout.toml`` as ``[[exclusive]]``, ``[[exhaustive]]`` or
    ``[[needs]]``; in the last, the first section never prints without the second.
    """

    kind: str
    sections: tuple[str, ...]
    levels: tuple[str, ...]
    when: Condition
    line: int


@dataclass(frozen=True, slots=True)
class Hold:
    """People who must not be asked to do something, such as to run.

    Declared in ``handout.toml`` as ``[[hold]]``. Sections, parts and lines of page one
    say with ``asks`` what they ask for.
    """

    asks: str
    when: Condition
    line: int


def rule_problems(
    library: Library, groups: tuple[SectionGroup, ...], holds: tuple[Hold, ...] = ()
) -> Iterator[Problem]:
    """Yield every rule of the content that can never do its work.

    Args:
        library: Content without errors.
        groups: The declared groups of ``handout.toml``.
        holds: What ``handout.toml`` says must not be asked of whom.
    """
    for section in library.sections.values():
        yield from _section_problems(section, library)
    yield from _message_problems(library)
    for exercise in library.exercises.values():
        yield from _dead_rules(exercise.file, exercise.skips)
    picker = library.picker
    for_all = tuple(item.rule for item in picker.for_all)
    body_holds = tuple(item.rule for item in picker.holds)
    yield from _dead_rules(picker.file, (*for_all, *body_holds))
    yield from _order_problems(
        picker.file, [(f'id = "{rule.id}"', rule.when) for rule in picker.levels]
    )
    plan = library.plan
    yield from _order_problems(
        plan.file, [(f'because = "{e.because}"', e.when) for e in plan.entries]
    )
    yield from _flag_problems(library)
    for group in groups:
        yield from _group_problems(group, library)
    for hold in holds:
        yield from _hold_problems(hold, library)
    yield from _quota_problems(library)


GUIDE_LEVELS: Final = ("SOON", "ROUTINE")
"""Whoever is held back gets a page that sends for help, and no guide."""


def _quota_problems(library: Library) -> Iterator[Problem]:
    """Yield how a guide of some length can lack a kind that its reader may have.

    The choice takes the least of each kind before it looks at the room, so only the
    ``lengths`` of the sections can leave a kind without any part.
    """
    file = next(f for f in library.files if f.name.endswith("/handout.toml"))
    rules = library.frame.choice
    for length, quotas in rules.quotas.items():
        has_length = Ask(Test("length", (("is", length),)))
        for quota in quotas:
            line = file.line_of(f"\n{quota.kind} =", f"[quota.{length}]") + 1
            where = f"templates/{file.name}:{line}"
            of_kind = [
                section
                for section in library.sections.values()
                if library.kind_of(section) == quota.kind
            ]
            for state in GUIDE_LEVELS if quota.least else ():
                here = [section for section in of_kind if state in section.levels]
                there = [section for section in here if length in section.lengths]
                if there == here:
                    continue  # whoever may have one has one
                may = any_of(*(prints(section, library) for section in here))
                has = any_of(*(prints(section, library) for section in there))
                yield from counterexample(
                    all_of(has_length, may, Not(has)),
                    library,
                    [state],
                    where,
                    f'at {state} a {length} guide can lack any "{quota.kind}"',
                )
    line = file.line_of("\nalways =") + 1
    for name in rules.always:
        lengths = library.sections[name].lengths
        for length in rules.quotas:
            if length not in lengths:
                words = f'"{name}" does not print in a {length} guide'
                where = f"templates/{file.name}:{line}"
                yield Problem(where, words, "look at its lengths", "E_CONTENT")


@dataclass(frozen=True, slots=True)
class Asker:
    """A section, a part or a line of page one, and what it asks of the reader."""

    file: ContentFile
    id: str
    line: int
    asks: tuple[str, ...]
    levels: tuple[str, ...]
    prints: Node


def askers(library: Library) -> Iterator[Asker]:
    """Yield every text that asks for something."""
    for section in library.sections.values():
        file, levels = section.file, section.levels
        if section.asks:
            rule, line = prints(section, library), key_line(file, "asks")
            yield Asker(file, section.id, line, section.asks, levels, rule)
        for part in section.parts:
            if part.asks:
                line = file.line_of(f'id = "{part.id}"')
                rule = part_prints(part, section, library)
                yield Asker(file, part.id, line, part.asks, levels, rule)
    file = library.message.file
    for _, lines, room in message_lists(library.message):
        for number, item in enumerate(lines):
            if item.asks:
                line = file.line_of(f'id = "{item.id}"')
                for state, rule in line_reached(lines, number, room).items():
                    yield Asker(file, item.id, line, item.asks, (state,), rule)


def _hold_problems(hold: Hold, library: Library) -> Iterator[Problem]:
    """Yield each text that asks something of people who must not do it."""
    held = node_of(hold.when)
    for asker in askers(library):
        if hold.asks in asker.asks:
            yield from counterexample(
                all_of(held, asker.prints),
                library,
                asker.levels,
                f"templates/{asker.file.name}:{asker.line}",
                f'asks "{hold.asks}" of somebody who must not',
            )


def counterexample(
    node: Node, library: Library, states: Iterable[str], where: str, message: str
) -> Iterator[Problem]:
    """Yield the problem, with a case, if a rule that must hold for nobody can hold."""
    cell = find_at(node, library, states).cell
    if cell is not None:
        case = f"for example when {cell_words(cell)}" if cell else "for everybody"
        yield Problem(where, message, case, "E_CONTENT")


def _told(file: ContentFile, line: int, message: str, finding: Finding) -> Problem:
    """Return a finding about a rule for which no cell was found."""
    where = f"templates/{file.name}:{line}"
    if finding.is_proof:
        return Problem(where, message, "", "E_CONTENT")
    note = (
        f"too many cases to walk; none of {SAMPLES} cases drawn by lot shows otherwise"
    )
    return Problem(where, message, note, "W_CONTENT")


def _section_problems(section: SectionTemplate, library: Library) -> Iterator[Problem]:
    file = section.file
    include = Settle(node_of(section.include), section.is_included_if_unknown)
    exclude = Settle(node_of(section.exclude), section.is_excluded_if_unknown)
    line = key_line(file, "include")
    finding = find_at(prints(section, library), library, section.levels)
    if finding.cell is None:
        alone = find_at(include, library, section.levels)
        if alone.cell is None:
            message = "this section never prints: [include] holds for nobody"
        else:
            message = "this section never prints: whoever [include] lets in is left out"
        yield _told(file, line, message, finding)
        return
    if section.include is not ALWAYS:
        finding = find_at(Not(include), library, section.levels)
        if finding.cell is None:
            yield _told(file, line, "[include] holds for everybody", finding)
    if section.exclude is not NEVER:
        finding = find_at(all_of(include, exclude), library, section.levels)
        if finding.cell is None:
            line = key_line(file, "exclude")
            yield _told(file, line, "[exclude] never leaves anybody out", finding)
    for part in section.parts:
        finding = find_at(part_prints(part, section, library), library, section.levels)
        if finding.cell is None:
            message = f'the part "{part.id}" never prints'
            yield _told(file, file.line_of(f'id = "{part.id}"'), message, finding)
    for names in section.alternatives:
        yield from _alternative_problems(names, section, library)


def _alternative_problems(
    names: tuple[str, ...], section: SectionTemplate, library: Library
) -> Iterator[Problem]:
    """Yield how none of the parts can print with the section, or two of them."""
    rules = {
        part.id: part_prints(part, section, library)
        for part in section.parts
        if part.id in names
    }

    def told(node: Node, name: str, message: str) -> Iterator[Problem]:
        line = section.file.line_of(f'"{name}"', "[[alternatives]]")
        where = f"templates/{section.file.name}:{line}"
        return counterexample(node, library, section.levels, where, message)

    none = all_of(prints(section, library), Not(any_of(*rules.values())))
    message = f"it can happen that none of {', '.join(names)} prints"
    yield from told(none, names[0], message)
    for one, other in combinations(rules, 2):
        message = f'the parts "{one}" and "{other}" can print together'
        yield from told(all_of(rules[one], rules[other]), one, message)


def key_line(file: ContentFile, key: str) -> int:
    """Return the line of a table or entry of the head, such as ``include``."""
    for needle in (f"\n[{key}]", f"\n{key} =", f"\n[{key}."):
        if needle in file.text:
            return file.line_of(needle) + 1
    return 1


def _message_problems(library: Library) -> Iterator[Problem]:
    yield from few_line_problems(library)
    file = library.message.file
    for kind, lines, room in message_lists(library.message):
        for number, line in enumerate(lines):
            if line is lines[-1] and line.include is ALWAYS:
                continue  # a safety net may stay unused
            found = Finding(None)
            for state, reached in line_reached(lines, number, room).items():
                yield from _line_need_problems(kind, line, reached, state, library)
                if found.cell is None:
                    found = find_at(reached, library, [state])
            if found.cell is None:
                place = file.line_of(f'id = "{line.id}"', f"[[{kind}]]")
                words = f'the {kind} line "{line.id}" is never reached'
                yield _told(file, place, words, found)


def message_lists(
    message: MainMessage,
) -> tuple[tuple[str, tuple[Line, ...], int], ...]:
    """Return the lists of page one: kind, lines in order, how many of them print."""
    return (
        ("verdict", message.verdicts, 1),
        ("because", message.reasons, REASONS_ON_PAGE_ONE),
        ("question", message.questions, QUESTIONS_ON_PAGE_ONE),
        ("do", message.do, ACTIONS_ON_PAGE_ONE),
        ("stop", message.stop, 1),
        ("next", message.next, 1),
    )


def line_reached(lines: tuple[Line, ...], number: int, room: int) -> dict[str, Node]:
    """Return when a line of a list is printed, by level."""
    line, before = lines[number], lines[:number]
    nodes = {}
    for state in line.levels:
        earlier = _by_topic(before, state)
        same = any_of(*earlier.pop(line.topic, ())) if line.topic else any_of()
        told = Count(room, tuple(any_of(*rules) for rules in earlier.values()))
        nodes[state] = all_of(line_holds(line), Not(same), Not(told))
    return nodes


def _by_topic(lines: Iterable[Line], state: str) -> dict[str, list[Node]]:
    """Return the rules of the lines by topic; a line without one is its own."""
    rules: dict[str, list[Node]] = {}
    for line in lines:
        if state in line.levels:
            rules.setdefault(line.topic or f"line {line.id}", []).append(
                line_holds(line)
            )
    return rules


FEWEST_LINES: Final = MappingProxyType({"because": REASONS_ON_PAGE_ONE, "question": 1})
"""How many lines of a list everybody gets whose page one has a verdict."""


def few_line_problems(library: Library) -> Iterator[Problem]:
    """Yield for whom page one would have too few reasons or questions."""
    file = library.message.file
    for kind, lines, _ in message_lists(library.message):
        fewest = FEWEST_LINES.get(kind, 0)
        for state in ("SOON", "ROUTINE") if fewest else ():
            rules = _by_topic(lines, state).values()
            enough = Count(fewest, tuple(any_of(*found) for found in rules))
            where = f"templates/{file.name}:{file.line_of(f'[[{kind}]]')}"
            words = f"at {state} page one can have fewer than {fewest} [[{kind}]]"
            yield from counterexample(Not(enough), library, [state], where, words)


def _line_need_problems(
    kind: str, line: Line, reached: Node, state: str, library: Library
) -> Iterator[Problem]:
    """Yield how a line can print without any section that it speaks of."""
    if not line.needs:
        return
    sections = [library.sections[name] for name in line.needs]
    there = [
        prints(section, library) for section in sections if state in section.levels
    ]
    alone = all_of(reached, Not(any_of(*there))) if there else reached
    file = library.message.file
    place = file.line_of(f'id = "{line.id}"', f"[[{kind}]]")
    words = f'at {state} "{line.id}" can print without {" or ".join(line.needs)}'
    where = f"templates/{file.name}:{place}"
    yield from counterexample(alone, library, [state], where, words)


def _dead_rules(file: ContentFile, rules: tuple[Rule, ...]) -> Iterator[Problem]:
    for rule in rules:
        finding = find(node_of(rule.when))
        if finding.cell is None:
            words = f'the rule "{rule.because}" can never hold'
            yield _told(
                file, file.line_of(f'because = "{rule.because}"'), words, finding
            )


def _order_problems(
    file: ContentFile, rules: list[tuple[str, Condition]]
) -> Iterator[Problem]:
    """Yield rules of a list, read from the top, that are never reached."""
    earlier: list[Node] = []
    for needle, when in rules:
        holds = Settle(node_of(when), False)
        finding = find(all_of(holds, Not(any_of(*earlier))))
        if finding.cell is None:
            message = "this rule is never reached: the ones above come first"
            yield _told(file, file.line_of(needle), message, finding)
        earlier.append(holds)


def _flag_problems(library: Library) -> Iterator[Problem]:
    file = next(file for file in library.files if file.name == "triage.toml")
    for flag in library.flags:
        line = file.line_of(f'id = "{flag.id}"')
        for number, rule in enumerate(flag.rules, 1):
            finding = find(node_of(rule.when))
            if finding.cell is None:
                words = f"rule {number} of {flag.id} can never hold"
                yield _told(file, line, words, finding)
        is_found = Ask(Test("triage.flags", (("includes_any", (flag.id,)),)))
        shown = [s for name in flag.shows if (s := library.sections.get(name))]
        for state in sorted(
            {v.name for r in flag.rules for v in r.level_by_mode.values()}
        ):
            speaking = [prints(s, library) for s in shown if state in s.levels]
            silent = all_of(is_found, Not(any_of(*speaking)))
            words = f"{flag.id} can be found at {state} and none of its sections prints"
            where = f"templates/{file.name}:{line}"
            yield from counterexample(silent, library, [state], where, words)


def _group_problems(group: SectionGroup, library: Library) -> Iterator[Problem]:
    file = next(f for f in library.files if f.name.endswith("/handout.toml"))
    where = f"templates/{file.name}:{group.line}"
    when = node_of(group.when)
    for state in group.levels:
        sections = [
            library.sections[name]
            for name in group.sections
            if state in library.sections[name].levels
        ]
        if group.kind == "needs":
            yield from _need_problems(group, state, library, where)
        elif group.kind == "exclusive":
            for one, other in combinations(sections, 2):
                both = all_of(when, prints(one, library), prints(other, library))
                message = f'"{one.id}" and "{other.id}" can print together'
                yield from counterexample(both, library, [state], where, message)
        else:
            none = Not(any_of(*(prints(section, library) for section in sections)))
            message = f"at {state} it can happen that none of these sections prints"
            yield from counterexample(
                all_of(when, none), library, [state], where, message
            )


def _need_problems(
    group: SectionGroup, state: str, library: Library, where: str
) -> Iterator[Problem]:
    """Yield how the first section of the group can print without the second."""
    one, other = (library.sections[name] for name in group.sections)
    if state not in one.levels:
        return
    if not set(one.lengths) <= set(other.lengths) or other.priority > one.priority:
        message = f'"{other.id}" can be left out sooner than "{one.id}"'
        yield Problem(where, message, "look at lengths and priority", "E_CONTENT")
    alone = prints(one, library)
    if state in other.levels:
        alone = all_of(alone, Not(prints(other, library)))
    message = f'at {state} "{one.id}" can print without "{other.id}"'
    yield from counterexample(alone, library, [state], where, message)

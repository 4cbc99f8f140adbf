"""What can still become of a condition while some questions are open.

In:   the known facts and the fields that are still open.
Out:  for a condition, every truth value that it can still get, and the open fields
      that it depends on.
Pure: no files, no clock.

Three things are told apart: a fact that is known; one that was asked and not answered,
which stays unknown; and one that is open, which may still become anything. A condition
is *decided* when only one truth value is left, whatever the open answers will be.
"""

from collections.abc import Callable, Iterable
from functools import reduce
from itertools import product
from operator import or_
from typing import Final

from backguide.guidance.condition import (
    AllOf,
    AnyOf,
    Condition,
    CountOf,
    NoneOf,
    Test,
    Truth,
)
from backguide.guidance.signs import SIGNS
from backguide.interview.questions import gates
from backguide.profile.facts import (
    EITHER,
    PREGNANCY,
    SOURCES,
    Facts,
    FactValue,
)

Truths = frozenset[Truth]


def _bit(truth: Truth) -> int:
    return 1 << truth


def _bits_of(truths: Iterable[Truth]) -> int:
    return reduce(or_, map(_bit, truths), 0)


_SETS: Final = tuple(
    frozenset(truth for truth in Truth if bits & _bit(truth))
    for bits in range(1 << len(Truth))
)
"""Bits to the truth values that they stand for."""
_ANY: Final = _bits_of(Truth)
_SINGLE: Final = frozenset(map(_bit, Truth))
_NEGATED: Final = tuple(_bits_of(t.negated() for t in truths) for truths in _SETS)


def _joined(join: Callable[[Truth, Truth], Truth]) -> tuple[tuple[int, ...], ...]:
    """Return what becomes of two sets of truth values when each meets each."""
    return tuple(
        tuple(_bits_of(join(a, b) for a, b in product(left, right)) for right in _SETS)
        for left in _SETS
    )


_LEAST: Final = _joined(min)
_GREATEST: Final = _joined(max)

NOTHING: Final[frozenset[str]] = frozenset()


class Open:
    """The value of a fact that may still become anything."""


OPEN: Final = Open()


class Outlook:
    """The known facts of a person, and what is still open."""

    def __init__(
        self,
        facts: Facts,
        unanswered: Iterable[str],
        later: Iterable[str] = (),
        *,
        is_gated: bool = False,
    ) -> None:
        """Take in what is known.

        Args:
            facts: Known facts, derived ones included.
            unanswered: Fields that may be asked and were not yet. Those that this
                person cannot be asked are left out here.
            later: Facts of the program that cannot be worked out yet, such as the stage
                of the plan; their own open fields are told elsewhere.
            is_gated: True when the fields are those of another outlook on these facts.
        """
        self._facts = facts
        self._later = frozenset(later)
        self._truths: dict[int, tuple[Condition, int]] = {}
        self._values: dict[str, FactValue | Open | None] = {}
        self.open = set(unanswered)
        while not is_gated and (
            closed := {p for p in self.open if self._gate(p) == {Truth.NO}}
        ):
            self.open -= closed
            self._truths.clear()
            self._values.clear()

    def _gate(self, path: str) -> Truths:
        gate = gates().get(path)
        return frozenset({Truth.YES}) if gate is None else self.truths(gate)

    def is_told(self, path: str) -> bool:
        """Tell whether a field has an answer, or may still get one."""
        return path in self._facts or path in self.open

    def with_open(self, paths: set[str]) -> "Outlook":
        """Return the same with some fields open again."""
        facts = {p: v for p, v in self._facts.items() if p not in paths}
        return Outlook(facts, self.open | paths, self._later, is_gated=True)

    def may_ask(self, path: str) -> bool:
        """Tell whether a question is open and certainly one for this person."""
        return path in self.open and self._gate(path) == {Truth.YES}

    def is_closed(self, path: str) -> bool:
        """Tell whether a question cannot be asked of this person."""
        return self._gate(path) == {Truth.NO}

    def value(self, path: str) -> FactValue | Open | None:
        """Return a known value, None for one that stays unknown, or OPEN."""
        if path not in self._values:
            self._values[path] = self._value(path)
        return self._values[path]

    def _value(self, path: str) -> FactValue | Open | None:
        if path in self._later or path in self.open:
            return OPEN
        if path in SIGNS:
            truths = self.truths(SIGNS[path])
            return OPEN if len(truths) > 1 else Truth.YES in truths
        if self._open_sources(path):
            return OPEN
        return self._facts.get(path)

    def _open_sources(self, path: str) -> frozenset[str]:
        if path in EITHER:
            for source in EITHER[path]:
                if source in self.open:
                    return frozenset({source})
                if source in self._facts:
                    return NOTHING
            return NOTHING
        if path == "derived.pregnancy_weeks":
            # Weeks that nobody told are taken for the last ones.
            return frozenset(s for s in PREGNANCY if s in self.open)
        sources = SOURCES.get(path, ())
        if any(s not in self.open and s not in self._facts for s in sources):
            return NOTHING
        return frozenset(s for s in sources if s in self.open)

    def truths(self, condition: Condition) -> Truths:
        """Return every truth value that a condition can still get."""
        return _SETS[self._bits(condition)]

    def is_open(self, condition: Condition) -> bool:
        """Tell whether an open answer can still change a condition."""
        return self._bits(condition) not in _SINGLE

    def _bits(self, condition: Condition) -> int:
        """Return the truth values that a condition can still get, one bit for each."""
        key = id(condition)
        kept = self._truths.get(key)
        if kept is None:
            # The condition is kept too, so that its identity stays its own.
            kept = self._truths[key] = condition, self._find(condition)
        return kept[1]

    def _find(self, condition: Condition) -> int:
        match condition:
            case Test():
                return self._test(condition)
            case AllOf():
                return self._fold(condition.parts, Truth.YES, _LEAST)
            case AnyOf():
                return self._fold(condition.parts, Truth.NO, _GREATEST)
            case NoneOf():
                return _NEGATED[self._fold(condition.parts, Truth.NO, _GREATEST)]
            case CountOf():
                return self._count(condition)

    def _test(self, test: Test) -> int:
        value = self.value(test.fact)
        if isinstance(value, Open):
            if any(name == "known" for name, _ in test.checks):
                return _bit(Truth.NO) | _bit(Truth.YES)
            return _ANY
        return _bit(test.evaluate({} if value is None else {test.fact: value}))

    def _fold(
        self,
        parts: tuple[Condition, ...],
        start: Truth,
        join: tuple[tuple[int, ...], ...],
    ) -> int:
        found = _bit(start)
        end = _bit(Truth.NO if start is Truth.YES else Truth.YES)
        for part in parts:
            found = join[found][self._bits(part)]
            if found == end:
                break  # no other part can change it again
        return found

    def _count(self, condition: CountOf) -> int:
        states = {(0, 0)}  # how many hold, how many still can
        for part in condition.parts:
            states = {
                (yes + (t is Truth.YES), maybe + (t is not Truth.NO))
                for (yes, maybe), t in product(states, self.truths(part))
            }
        least = condition.at_least
        return _bits_of(
            Truth.YES if yes >= least else Truth.UNKNOWN if maybe >= least else Truth.NO
            for yes, maybe in states
        )

    def reads(self, condition: Condition) -> frozenset[str]:
        """Return the open fields that can still change a condition."""
        if self._bits(condition) in _SINGLE:
            return NOTHING
        if isinstance(condition, Test):
            return self.fields_of(condition.fact)
        return frozenset().union(*map(self.reads, condition.parts))

    def reads_as_reason(self, condition: Condition) -> frozenset[str]:
        """Return the open fields that a condition may yet name as its reasons."""
        if self.truths(condition) == {Truth.NO} or isinstance(condition, NoneOf):
            return NOTHING
        if isinstance(condition, Test):
            return self.reads(condition)
        return frozenset().union(*map(self.reads_as_reason, condition.parts))

    def fields_of(self, path: str) -> frozenset[str]:
        """Return the open fields to ask for a fact; those of its gate come first."""
        if path in SIGNS:
            return self.reads(SIGNS[path])
        if path not in self.open:
            sources = self._open_sources(path)
            return frozenset().union(*map(self.fields_of, sources))
        gate = gates().get(path)
        if gate is not None and self.is_open(gate):
            return self.reads(gate)
        return frozenset({path})

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
from itertools import product
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
        self._truths: dict[int, tuple[Condition, Truths]] = {}
        self.open = set(unanswered)
        while not is_gated and (
            closed := {p for p in self.open if self._gate(p) == {Truth.NO}}
        ):
            self.open -= closed
            self._truths.clear()

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
        key = id(condition)
        if key not in self._truths:
            # The condition is kept too, so that its identity stays its own.
            self._truths[key] = condition, self._find(condition)
        return self._truths[key][1]

    def is_open(self, condition: Condition) -> bool:
        """Tell whether an open answer can still change a condition."""
        return len(self.truths(condition)) > 1

    def _find(self, condition: Condition) -> Truths:
        match condition:
            case Test():
                return self._test(condition)
            case AllOf():
                return self._fold(condition.parts, Truth.YES, min)
            case AnyOf():
                return self._fold(condition.parts, Truth.NO, max)
            case NoneOf():
                found = self._fold(condition.parts, Truth.NO, max)
                return frozenset(truth.negated() for truth in found)
            case CountOf():
                return self._count(condition)

    def _test(self, test: Test) -> Truths:
        value = self.value(test.fact)
        if value is OPEN:
            if any(name == "known" for name, _ in test.checks):
                return frozenset({Truth.NO, Truth.YES})
            return frozenset(Truth)
        known = {} if value is None else {test.fact: value}
        return frozenset({test.evaluate(known)})  # type: ignore[arg-type]

    def _fold(
        self,
        parts: tuple[Condition, ...],
        start: Truth,
        join: Callable[[Truth, Truth], Truth],
    ) -> Truths:
        found = frozenset({start})
        end = frozenset({Truth.NO if start is Truth.YES else Truth.YES})
        for part in parts:
            if found == end:
                return found  # no other part can change it again
            pairs = product(found, self.truths(part))
            found = frozenset(join(a, b) for a, b in pairs)
        return found

    def _count(self, condition: CountOf) -> Truths:
        states = {(0, 0)}  # how many hold, how many still can
        for part in condition.parts:
            states = {
                (yes + (t is Truth.YES), maybe + (t is not Truth.NO))
                for (yes, maybe), t in product(states, self.truths(part))
            }
        least = condition.at_least
        return frozenset(
            Truth.YES if yes >= least else Truth.UNKNOWN if maybe >= least else Truth.NO
            for yes, maybe in states
        )

    def reads(self, condition: Condition) -> frozenset[str]:
        """Return the open fields that can still change a condition."""
        if not self.is_open(condition):
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

"""When something applies: a closed language with three truth values.

Kleene's logic: a fact that nobody told makes a test UNKNOWN, never NO. Learning
a fact can settle an UNKNOWN, but never turns a settled YES or NO. The one exception
is the question whether a fact is ``known``, which has only two answers; the triage
may not ask it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final

from backguide.profile.facts import Fact, Facts, Kind


class Truth(IntEnum):
    """Kleene's truth values; "and" is the minimum, "or" the maximum."""

    NO = 0
    UNKNOWN = 1
    YES = 2

    def negated(self) -> "Truth":
        """Return YES for NO, NO for YES, and UNKNOWN for itself."""
        return _NEGATED[self]


_NEGATED: Final = (Truth.YES, Truth.UNKNOWN, Truth.NO)


@dataclass(frozen=True, slots=True)
class Operator:
    """One word of the language."""

    holds: Callable[[Any, Any], bool]
    kinds: frozenset[Kind]
    """Kinds of fact that it may be asked of."""


def _includes_any(value: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return not set(value).isdisjoint(wanted)


def _includes_all(value: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return set(wanted) <= set(value)


_SCALARS: Final[frozenset[Kind]] = frozenset({"choice", "yes_no", "bool"})
_ANY_KIND: Final[frozenset[Kind]] = frozenset(
    {"number", "choice", "yes_no", "bool", "set", "text", "date", "list"}
)

OPERATORS: Final[Mapping[str, Operator]] = MappingProxyType(
    {
        "is": Operator(lambda value, wanted: bool(value == wanted), _SCALARS),
        "one_of": Operator(lambda value, wanted: value in wanted, _SCALARS),
        "includes_any": Operator(_includes_any, frozenset({"set"})),
        "includes_all": Operator(_includes_all, frozenset({"set"})),
        "at_least": Operator(lambda value, low: value >= low, frozenset({"number"})),
        "less_than": Operator(lambda value, high: value < high, frozenset({"number"})),
        "known": Operator(lambda value, wanted: True, _ANY_KIND),
    }
)
"""The whole vocabulary. Bands are half-open, so neighbours meet without gap."""


@dataclass(frozen=True, slots=True)
class Test:
    """One question about one fact; several operators must all hold."""

    __test__ = False  # the name is the field's term; pytest must not collect it

    fact: str
    checks: tuple[tuple[str, Any], ...]

    def evaluate(self, facts: Facts) -> Truth:
        """Return the truth for these facts."""
        value = facts.get(self.fact)
        if value is None:
            is_known_test = any(name == "known" for name, _ in self.checks)
            return Truth.NO if is_known_test else Truth.UNKNOWN
        for name, wanted in self.checks:
            if not OPERATORS[name].holds(value, wanted):
                return Truth.NO
        return Truth.YES

    def tests(self) -> Iterator["Test"]:
        """Yield this test."""
        yield self

    def deciding(self, facts: Facts) -> Iterator["Test"]:
        """Yield the test if it holds: it is then a reason."""
        if self.evaluate(facts) is Truth.YES:
            yield self


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds when every part holds; without parts it always holds."""

    parts: tuple["Condition", ...]

    def evaluate(self, facts: Facts) -> Truth:
        """Return the least truth of the parts."""
        least = Truth.YES
        for part in self.parts:
            truth = part.evaluate(facts)
            if truth is Truth.NO:
                return truth  # nothing can lift it again
            if truth is Truth.UNKNOWN:
                least = truth
        return least

    def tests(self) -> Iterator[Test]:
        """Yield every test inside."""
        for part in self.parts:
            yield from part.tests()

    def deciding(self, facts: Facts) -> Iterator[Test]:
        """Yield the tests that made it hold."""
        for part in self.parts:
            yield from part.deciding(facts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when at least one part holds."""

    parts: tuple["Condition", ...]

    def evaluate(self, facts: Facts) -> Truth:
        """Return the greatest truth of the parts."""
        greatest = Truth.NO
        for part in self.parts:
            truth = part.evaluate(facts)
            if truth is Truth.YES:
                return truth
            if truth is Truth.UNKNOWN:
                greatest = truth
        return greatest

    def tests(self) -> Iterator[Test]:
        """Yield every test inside."""
        for part in self.parts:
            yield from part.tests()

    def deciding(self, facts: Facts) -> Iterator[Test]:
        """Yield the tests of the parts that hold."""
        for part in self.parts:
            if part.evaluate(facts) is Truth.YES:
                yield from part.deciding(facts)


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Holds when no part holds."""

    parts: tuple["Condition", ...]

    def evaluate(self, facts: Facts) -> Truth:
        """Return the opposite of "any of"."""
        return AnyOf(self.parts).evaluate(facts).negated()

    def tests(self) -> Iterator[Test]:
        """Yield every test inside."""
        for part in self.parts:
            yield from part.tests()

    def deciding(self, facts: Facts) -> Iterator[Test]:
        """Yield nothing: that something is absent is no reason to print."""
        del facts
        yield from ()


@dataclass(frozen=True, slots=True)
class CountOf:
    """Holds when at least so many parts hold."""

    at_least: int
    parts: tuple["Condition", ...]

    def evaluate(self, facts: Facts) -> Truth:
        """Return YES once enough parts hold, NO once too few still can."""
        truths = [part.evaluate(facts) for part in self.parts]
        if truths.count(Truth.YES) >= self.at_least:
            return Truth.YES
        possible = len(truths) - truths.count(Truth.NO)
        return Truth.UNKNOWN if possible >= self.at_least else Truth.NO

    def tests(self) -> Iterator[Test]:
        """Yield every test inside."""
        for part in self.parts:
            yield from part.tests()

    def deciding(self, facts: Facts) -> Iterator[Test]:
        """Yield the tests of the parts that hold."""
        yield from AnyOf(self.parts).deciding(facts)


Condition = Test | AllOf | AnyOf | NoneOf | CountOf

ALWAYS: Final = AllOf(())


_WORDS: Final = ["all", "any", "none", "count", "fact", "condition"]

_GROUPS: Final[Mapping[str, Callable[[tuple[Condition, ...]], Condition]]] = (
    MappingProxyType({"all": AllOf, "any": AnyOf, "none": NoneOf})
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A slip in a condition, found without running it."""

    where: str
    needle: str
    """A text that stands on the line of the slip."""
    message: str
    hint: str = ""


class ConditionReader:
    """Turns tables of the content into conditions and collects the slips."""

    def __init__(
        self,
        facts: Mapping[str, Fact],
        thresholds: Mapping[str, float],
        named: Mapping[str, Condition] = MappingProxyType({}),
    ) -> None:
        """Know the facts, the named numbers and the conditions that may be used."""
        self._facts = facts
        self._thresholds = thresholds
        self.named = dict(named)
        self.faults: list[Fault] = []
        self.has_all_numbers = self.has_all_names = True
        """False when their file is not sound; then no unknown one is told."""

    def read(self, table: object, where: str) -> Condition:
        """Return the condition of a table; slips land in ``faults``."""
        if not isinstance(table, dict):
            self._fault(where, "", "expected a table with all, any, none or count")
            return ALWAYS
        if "fact" in table:
            return self._test(table, where)
        if "condition" in table:
            return self._by_name(table, where)
        parts: list[Condition] = []
        for key, value in table.items():
            place = f"{where}.{key}"
            if key in ("all", "any", "none"):
                parts.append(_GROUPS[key](self._list(value, place)))
            elif key == "count" and isinstance(value, dict):
                parts.append(self._count(value, place))
            else:
                hint = _did_you_mean(key, _WORDS)
                self._fault(where, str(key), f'unknown word "{key}"', hint)
        if not table:
            self._fault(where, "", "an empty condition holds for everybody")
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _list(self, value: object, where: str) -> tuple[Condition, ...]:
        if not isinstance(value, list) or not value:
            self._fault(where, "", "expected a list with at least one test")
            return ()
        return tuple(self.read(item, f"{where}[{n}]") for n, item in enumerate(value))

    def _count(self, table: dict[str, Any], where: str) -> Condition:
        number = table.get("at_least")
        parts = self._list(table.get("of"), f"{where}.of")
        if not isinstance(number, int) or not 1 <= number <= max(len(parts), 1):
            self._fault(where, "count", f"at_least must be from 1 to {len(parts)}")
            number = 1
        return CountOf(number, parts)

    def _by_name(self, table: dict[str, Any], where: str) -> Condition:
        name = str(table["condition"])
        if len(table) > 1:
            self._fault(where, name, '"condition" stands alone: { condition = "name" }')
        if name not in self.named and self.has_all_names:
            hint = _did_you_mean(name, list(self.named))
            self._fault(where, name, f'unknown condition "{name}"', hint)
        return self.named.get(name, ALWAYS)

    def _test(self, table: dict[str, Any], where: str) -> Condition:
        path = str(table["fact"])
        fact = self._facts.get(path)
        if fact is None:
            hint = _did_you_mean(path, list(self._facts))
            self._fault(where, path, f'unknown fact "{path}"', hint)
            return ALWAYS
        checks = []
        for name, wanted in table.items():
            if name == "fact":
                continue
            operator = OPERATORS.get(name)
            if operator is None:
                hint = _did_you_mean(name, list(OPERATORS))
                self._fault(where, path, f'unknown word "{name}"', hint)
            elif fact.kind not in operator.kinds:
                self._fault(
                    where, path, f'"{name}" cannot be asked of "{path}" ({fact.kind})'
                )
            else:
                checks.append((name, self._value(fact, name, wanted, where)))
        if len(table) == 1:
            self._fault(where, path, f'"{path}" is not compared with anything')
        return Test(path, tuple(checks))

    def _value(self, fact: Fact, name: str, wanted: object, where: str) -> object:
        if name in ("at_least", "less_than"):
            return self._limit(fact, wanted, where)
        if name == "known":
            if wanted is not True:
                self._fault(where, fact.path, '"known" can only be true')
            return True
        if name == "is":
            self._check_choice(fact, wanted, where)
            return wanted
        if not isinstance(wanted, list) or not wanted:
            self._fault(where, fact.path, f'"{name}" needs a list')
            return ()
        for item in wanted:
            self._check_choice(fact, item, where)
        return tuple(wanted)

    def _limit(self, fact: Fact, wanted: object, where: str) -> float:
        if isinstance(wanted, str):
            key = wanted.removeprefix("threshold.")
            if not wanted.startswith("threshold.") or key not in self._thresholds:
                if self.has_all_numbers:
                    names = [f"threshold.{name}" for name in self._thresholds]
                    hint = _did_you_mean(wanted, names)
                    self._fault(where, wanted, f'unknown number "{wanted}"', hint)
                return 0.0
            wanted = self._thresholds[key]
        if isinstance(wanted, bool) or not isinstance(wanted, int | float):
            self._fault(where, fact.path, "expected a number")
            return 0.0
        low, high = fact.minimum, fact.maximum
        if low is not None and high is not None and not low < wanted <= high:
            self._fault(
                where,
                fact.path,
                f"{wanted:g} is outside the range {low:g} to {high:g} of "
                f'"{fact.path}", so this test never changes its answer',
            )
        return wanted

    def _check_choice(self, fact: Fact, wanted: object, where: str) -> None:
        if fact.kind == "bool":
            if not isinstance(wanted, bool):
                self._fault(where, fact.path, f'"{fact.path}" is true or false')
            return
        choices = ("yes", "no") if fact.kind == "yes_no" else fact.choices
        if wanted == "unknown" or wanted not in choices:
            hint = _did_you_mean(str(wanted), list(choices)) or (
                f"choices: {', '.join(choices)}"
            )
            self._fault(
                where, str(wanted), f'"{wanted}" is not a value of "{fact.path}"', hint
            )

    def _fault(self, where: str, needle: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault(where, needle, message, hint))


def _did_you_mean(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, n=1, cutoff=0.7)
    return f'did you mean "{close[0]}"?' if close else ""


def missing_facts(condition: Condition, facts: Facts) -> tuple[str, ...]:
    """Return the facts that nobody told and that the condition asks about."""
    paths = {test.fact for test in condition.tests() if test.fact not in facts}
    return tuple(sorted(paths))

"""Put a condition of the content into a sentence that can be read aloud.

    >>> from backguide.guidance.condition import Test
    >>> Clauses({}).words(Test("diagnoses.pregnant", (("is", "yes"),)))
    'Pregnant is yes'

A condition that has a name in ``conditions.toml`` is told by it, in quotes.
"""

from collections.abc import Mapping
from typing import Any, Final

from backguide.guidance.condition import (
    AllOf,
    AnyOf,
    Condition,
    CountOf,
    NoneOf,
    Test,
)
from backguide.profile.facts import Fact, known_facts

ALWAYS_WORDS: Final = "always"
NEVER_WORDS: Final = "never"
IF_TOLD: Final = "(if told)"
"""Of a test that takes a missing answer as no."""
MOST_SIGNS_TOLD: Final = 2
"""So many warning signs are told with what they are about; more by their ids."""


class Clauses:
    """Words for the conditions of one library."""

    def __init__(
        self, named: Mapping[str, Condition], flags: Mapping[str, str] | None = None
    ) -> None:
        """Know the names.

        Args:
            named: Conditions by name, as in ``Library.conditions``.
            flags: What each warning sign is about, by its id.
        """
        self._names: dict[Condition, str] = {
            condition: name
            for name, condition in named.items()
            if not isinstance(condition, Test)
        }
        self._flags = flags or {}

    def words(self, condition: Condition) -> str:
        """Return the condition as one clause: ``Pain now is at least 4 points``."""
        if name := self._names.get(condition):
            return f'"{name}"'
        return self._outright(condition)

    def definition(self, condition: Condition) -> str:
        """Return the clause of a named condition, not its own name."""
        return self._outright(condition)

    def _outright(self, condition: Condition) -> str:
        match condition:
            case Test():
                return self._test(condition)
            case AllOf(parts=()):
                return ALWAYS_WORDS
            case AllOf(parts=parts):
                return self._joined(parts, "and")
            case AnyOf(parts=parts):
                return self._joined(parts, "or")
            case NoneOf(parts=(AllOf(parts=()),)):
                return NEVER_WORDS
            case NoneOf(parts=(only,)):
                return f"not ({self.words(only)})"
            case NoneOf(parts=parts):
                return f"none of ({'; '.join(map(self.words, parts))})"
            case CountOf(at_least=number, parts=parts):
                told = "; ".join(map(self.words, parts))
                return f"at least {number} of ({told})"

    def _joined(self, parts: tuple[Condition, ...], word: str) -> str:
        if len(parts) == 1:
            return self.words(parts[0])
        return f" {word} ".join(
            f"({self.words(part)})" if self._is_group(part) else self.words(part)
            for part in parts
        )

    def _is_group(self, part: Condition) -> bool:
        has_several = isinstance(part, AllOf | AnyOf) and len(part.parts) > 1
        return has_several and part not in self._names

    def _test(self, test: Test) -> str:
        fact = known_facts()[test.fact]
        if test.fact == "triage.flags":
            signs = _items(test.checks)
            if len(signs) <= MOST_SIGNS_TOLD:
                signs = [self._sign(item) for item in signs]
            return f"warning sign {' or '.join(signs)}"
        checks = [check for check in test.checks if check[0] != "known"]
        if not checks:
            return f"{fact.title} is answered"
        told = " and ".join(_check(fact, name, wanted) for name, wanted in checks)
        if len(checks) < len(test.checks):
            told += f" {IF_TOLD}"
        return f"{fact.title} {told}"

    def _sign(self, flag: str) -> str:
        about = self._flags.get(flag)
        return f"{flag} ({about})" if about else flag


def _items(checks: tuple[tuple[str, Any], ...]) -> list[str]:
    return [str(item) for name, wanted in checks if name != "known" for item in wanted]


def _check(fact: Fact, name: str, wanted: Any) -> str:
    match name:
        case "is":
            return f"is {_choice(fact, wanted)}"
        case "one_of":
            return f"is {_list(fact, wanted, 'or')}"
        case "includes_any":
            return f"names {_list(fact, wanted, 'or')}"
        case "includes_all":
            return f"names {_list(fact, wanted, 'and')}"
        case "at_least":
            return f"is at least {_number(fact, wanted)}"
        case "less_than":
            return f"is less than {_number(fact, wanted)}"
    raise ValueError(f"a condition has no word {name!r}")


def _choice(fact: Fact, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return fact.labels.get(str(value)) or str(value).replace("_", " ")


def _list(fact: Fact, values: tuple[object, ...], word: str) -> str:
    told = [_choice(fact, value) for value in values]
    if len(told) == 1:
        return told[0]
    return f"{', '.join(told[:-1])} {word} {told[-1]}"


def _number(fact: Fact, value: float) -> str:
    return f"{value:g} {fact.unit}".rstrip()

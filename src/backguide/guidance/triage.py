"""How urgent is it? Warning signs in, one level out.

In:   the facts of a checked profile and the flags of ``templates/triage.toml``.
Out:  a Triage: the level, the flags that count, and the safety questions that
      still need an answer before a plan may be printed.
Pure: no files, no clock. An UNKNOWN answer never triggers a flag, but an
      unanswered question that could still raise the level to EMERGENCY or URGENT
      blocks every plan and exercise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Final

from backguide.guidance.condition import Condition, Test, Truth
from backguide.profile.facts import (
    PAIN_QUESTIONS,
    Fact,
    Facts,
    FactValue,
    derive_signs,
    known_facts,
)


class Level(IntEnum):
    """How soon a clinician must see the person; the highest found wins."""

    ROUTINE = 0
    SOON = 1
    URGENT = 2
    EMERGENCY = 3


OUTPUT_STATES: Final = ("EMERGENCY", "URGENT", "UNANSWERED", "SOON", "ROUTINE")
"""What a handout can be: the four levels, or "answer the safety questions first"."""


@dataclass(frozen=True, slots=True)
class FlagRule:
    """One rule of a flag: when it holds, the flag has at least this level."""

    level_by_mode: Mapping[str, Level]
    when: Condition


@dataclass(frozen=True, slots=True)
class Flag:
    """One warning sign of the table, RF01 to RF30."""

    id: str
    concern: str
    """What clinicians worry about, in plain words; not shown as a diagnosis."""
    rules: tuple[FlagRule, ...]
    sources: tuple[str, ...]
    shows: tuple[str, ...]
    """Sections that speak of the flag."""
    hides: tuple[str, ...]
    """Sections (or "group:NAME") that never print while the flag counts."""
    forbids: tuple[str, ...] = ()
    """What no text, card or answer may ask for while the flag counts: "heat"."""


@dataclass(frozen=True, slots=True)
class TriggeredFlag:
    """A flag that holds for this person."""

    flag: Flag
    level: Level
    because: tuple[Test, ...]
    """The answers that made the rules of this level hold."""


@dataclass(frozen=True, slots=True)
class Triage:
    """How urgent this person's case is, and why."""

    level: Level
    flags: tuple[TriggeredFlag, ...]
    """Flags that count, most urgent first."""
    cleared: tuple[TriggeredFlag, ...]
    """Flags that a named clinician has checked (clinic mode only)."""
    unanswered: tuple[str, ...]
    """Facts of safety questions that must be answered before any plan."""

    @property
    def state(self) -> str:
        """Return one of ``OUTPUT_STATES``: what kind of handout may be printed."""
        if self.level < Level.URGENT and self.unanswered:
            return "UNANSWERED"
        return self.level.name

    @property
    def is_held_back(self) -> bool:
        """Tell whether an urgent page is printed in place of a guide."""
        return self.state in ("EMERGENCY", "URGENT", "UNANSWERED")

    @property
    def forbidden(self) -> frozenset[str]:
        """Return what no part of the handout may ask this person to do."""
        return frozenset(name for item in self.flags for name in item.flag.forbids)

    def facts(self) -> dict[str, FactValue]:
        """Return the facts that the triage adds for conditions."""
        return {
            "triage.level": self.state,
            "triage.flags": tuple(sorted(item.flag.id for item in self.flags)),
            "triage.unanswered": bool(self.unanswered),
        }


def assess(facts: Facts, flags: tuple[Flag, ...]) -> Triage:
    """Return the triage of a person.

    Args:
        facts: Known facts of a checked profile, ``mode`` among them.
        flags: Every flag of the table.
    """
    mode = str(facts["mode"])
    cleared_ids = _cleared_ids(facts, mode)
    found = [item for flag in flags if (item := _triggered(flag, facts, mode))]
    counting = [item for item in found if item.flag.id not in cleared_ids]
    level = max((item.level for item in counting), default=Level.ROUTINE)
    open_flags = tuple(flag for flag in flags if flag.id not in cleared_ids)
    return Triage(
        level=level,
        flags=tuple(sorted(counting, key=lambda item: (-item.level, item.flag.id))),
        cleared=tuple(item for item in found if item.flag.id in cleared_ids),
        unanswered=_unanswered(facts, open_flags, mode, level),
    )


def _cleared_ids(facts: Facts, mode: str) -> frozenset[str]:
    """Return the flags that a named and dated clinician cleared, in clinic mode."""
    needed = ("clearance.red_flags_cleared_by", "clearance.red_flags_cleared_date")
    ids = facts.get("clearance.red_flags_cleared", ())
    if mode != "clinic" or not all(facts.get(path) for path in needed):
        return frozenset()
    return frozenset(ids) if isinstance(ids, tuple) else frozenset()


def _triggered(flag: Flag, facts: Facts, mode: str) -> TriggeredFlag | None:
    holding = [rule for rule in flag.rules if rule.when.evaluate(facts) is Truth.YES]
    if not holding:
        return None
    level = max(rule.level_by_mode[mode] for rule in holding)
    because: dict[Test, None] = {}
    for rule in holding:
        if rule.level_by_mode[mode] == level:
            because |= dict.fromkeys(rule.when.deciding(facts))
    return TriggeredFlag(flag, level, tuple(because))


@cache
def _red_flag_questions() -> tuple[Fact, ...]:
    facts = known_facts().items()
    return tuple(fact for path, fact in facts if path.startswith("red_flags."))


def _open_questions(facts: Facts) -> list[str]:
    """Return the red flag questions that this person must be asked, and was not.

    Those for everybody, and those that another yes calls for.
    """
    return [
        fact.path
        for fact in _red_flag_questions()
        if fact.path not in facts
        and (fact.is_required or any(facts.get(p) == "yes" for p in fact.asked_if))
    ]


def _unanswered(
    facts: Facts, flags: tuple[Flag, ...], mode: str, level: Level
) -> tuple[str, ...]:
    """Return the required questions whose answer could still make it urgent.

    A rule counts when it would hold if every unanswered safety question were
    answered with yes; optional facts that nobody told stay untold.
    """
    required = _open_questions(facts)
    if not required:
        return ()
    worst: dict[str, FactValue] = dict(facts) | dict.fromkeys(required, "yes")
    derive_signs(worst)
    asked: dict[str, None] = {}
    for flag in flags:
        for rule in flag.rules:
            rule_level = rule.level_by_mode[mode]
            could_raise = rule_level >= Level.URGENT and rule_level > level
            if could_raise and rule.when.evaluate(worst) is Truth.YES:
                asked |= dict.fromkeys(_answers_behind(rule.when, facts))
    return tuple(path for path in required if path in asked)


def _answers_behind(condition: Condition, facts: Facts) -> Iterator[str]:
    """Yield the facts that a condition asks for, and those that would mean pain."""
    for test in condition.tests():
        yield test.fact
        if test.fact == "derived.pain_now" and not facts.get(test.fact):
            yield from PAIN_QUESTIONS

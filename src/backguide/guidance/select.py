"""Decide what a person's handout holds, and keep the reason for every decision.

In:   the facts of a checked profile and a checked library.
Out:  a Selection with exactly one Decision for each section, in printing order.
Pure: no files, no clock; the same arguments give the same answer.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from backguide.guidance.condition import Truth
from backguide.guidance.exercises import (
    DEFAULT_EXERCISES,
    Pick,
    exercise_level,
    pick_exercises,
)
from backguide.guidance.library import Library, is_covered
from backguide.guidance.prepared import EXERCISE_COUNT, prepared
from backguide.guidance.programme import plan_facts
from backguide.guidance.section import SectionTemplate
from backguide.guidance.triage import Triage, assess
from backguide.guidance.wording import Wording
from backguide.profile.facts import Facts, FactValue

Rule = Literal[
    "included",
    "left out: level",
    "left out: warning sign",
    "left out: condition",
    "left out: exclusion",
    "left out: not answered",
    "left out: length",
    "left out: no exercise fits",
    "left out: no space",
    "left out: clinician",
]

MAX_EXERCISES = {
    "short": (3, 3, 3, 2, 2, 2, 1),
    "standard": (8, 4, 4, 3, 3, 2, 2),
    "full": (8, 8, 8, 8, 8, 8, 8),
}
"""For each length, the most exercises at tightness 0, 1, 2 ... 6."""

TIGHTEST = 6
"""How far a handout may be drawn together:

1. Worked-out blocks take their short form: cards close-set, rows as a run.
2. Sections that have a short form print it; the reasons stand together at the end.
3. Fewer exercises, and only the next stages of the plan.
4. Lines and spaces close up a little; letters keep their size.
5. The fewest exercises and stages, and nothing that can wait for the next guide.
6. Lines and spaces close up a little more.
"""

DEFAULT_LENGTH = "standard"
DROPPED_BY_HAND: Final = "left out: clinician"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one section, and why."""

    section: SectionTemplate
    rule: Rule
    truth: Truth
    """Of the section's own condition."""
    reason: str
    """In words; for an included section the line that is printed."""
    missing: tuple[str, ...]
    """Facts that the condition asks about and nobody told."""

    @property
    def is_included(self) -> bool:
        """Tell whether the section is printed."""
        return self.rule == "included"


@dataclass(frozen=True, slots=True)
class Selection:
    """Everything that was decided for one person."""

    facts: Facts
    """All facts, those of the triage and the plan included."""
    triage: Triage
    decisions: tuple[Decision, ...]
    picks: tuple[Pick, ...]
    length: str
    kept: tuple[str, ...] = ()
    """Sections that a clinician keeps in, whatever the room."""

    def included(self) -> tuple[Decision, ...]:
        """Return the decisions for the sections that are printed, in order."""
        return tuple(item for item in self.decisions if item.is_included)


def select(
    facts: Facts, library: Library, *, length: str = "", tightness: int = 0
) -> Selection:
    """Return the decisions for one person.

    Args:
        facts: Known facts of a checked profile.
        library: The content.
        length: short, standard or full; empty for what the profile asks for.
        tightness: 0 to ``TIGHTEST``; see there.
    """
    triage = assess(facts, library.flags)
    known = dict(facts) | triage.facts()
    known |= plan_facts(known, library.plan)
    known = _without_forbidden_answers(known, triage.forbidden, library)
    length = length or str(facts.get("length", DEFAULT_LENGTH))
    known["length"] = length
    level = exercise_level(known, library.picker)
    if triage.state == "SOON" and level == "C":
        level = "B"  # the low-load cards of the middle level
    known["derived.exercise_level"] = level
    facts = MappingProxyType(known)
    picks = pick_exercises(
        facts,
        library.exercises,
        library.picker,
        state=triage.state,
        wanted=_wanted_exercises(facts, length, tightness),
        forbidden=triage.forbidden,
    )
    known[EXERCISE_COUNT] = sum(pick.is_chosen for pick in picks)
    facts = MappingProxyType(known)
    wording = Wording(library, facts)
    has_exercise = any(pick.is_chosen for pick in picks)
    decisions = tuple(
        _decide(section, library, facts, triage, wording, length, has_exercise)
        for section in prepared(library).order
    )
    return Selection(facts, triage, decisions, picks, length)


def tightened(selection: Selection, library: Library, tightness: int) -> Selection:
    """Return what ``select`` would at another tightness.

    Only the exercises depend on it, so only those sections are decided again that ask
    for their number or print them.
    """
    known = dict(selection.facts)
    del known[EXERCISE_COUNT]
    picks = pick_exercises(
        MappingProxyType(known),
        library.exercises,
        library.picker,
        state=selection.triage.state,
        wanted=_wanted_exercises(selection.facts, selection.length, tightness),
        forbidden=selection.triage.forbidden,
    )
    known[EXERCISE_COUNT] = sum(pick.is_chosen for pick in picks)
    facts = MappingProxyType(known)
    wording = Wording(library, facts)
    has_exercise = any(pick.is_chosen for pick in picks)
    again = prepared(library).with_exercises - {
        old.section.id for old in selection.decisions if old.rule == DROPPED_BY_HAND
    }
    decisions = tuple(
        _decide(old.section, library, facts, selection.triage, wording,
                selection.length, has_exercise) if old.section.id in again else old
        for old in selection.decisions
    )  # fmt: skip
    return replace(selection, facts=facts, decisions=decisions, picks=picks)


def _without_forbidden_answers(
    facts: Facts, forbidden: frozenset[str], library: Library
) -> dict[str, FactValue]:
    """Return the facts without the answers that no text may offer back.

    "What eases it: heat" would be read as advice.
    """
    known = dict(facts)
    for offer in library.frame.offers:
        given = known.get(offer.fact)
        if offer.asks not in forbidden:
            continue
        if isinstance(given, tuple):
            known[offer.fact] = tuple(item for item in given if item != offer.choice)
        elif given == offer.choice:
            del known[offer.fact]
    return known


def _wanted_exercises(facts: Facts, length: str, tightness: int) -> int:
    """Return how many exercises to pick; a tight handout has room for fewer."""
    asked = facts.get("n_exercises")
    wanted = asked if isinstance(asked, int) else DEFAULT_EXERCISES
    return min(wanted, MAX_EXERCISES[length][tightness])


def _decide(
    section: SectionTemplate,
    library: Library,
    facts: Facts,
    triage: Triage,
    wording: Wording,
    length: str,
    has_exercise: bool,
) -> Decision:
    include = section.include.evaluate(facts)
    exclude = section.exclude.evaluate(facts)
    truth = min(include, exclude.negated())
    asked = prepared(library).asked[section.id]
    missing = tuple(path for path in asked if path not in facts)

    def left_out(rule: Rule, reason: str) -> Decision:
        return Decision(section, rule, truth, reason, missing)

    if triage.state not in section.levels:
        return left_out("left out: level", f"not printed at level {triage.state}")
    for item in triage.flags:
        is_forbidden = not set(section.asks).isdisjoint(item.flag.forbids)
        if is_forbidden or is_covered(section, item.flag.hides):
            return left_out(
                "left out: warning sign", f"{item.flag.id}: {item.flag.concern}"
            )
    if not section.settled(include, exclude):
        if exclude is Truth.YES:
            reason = wording.reason(section.exclude.deciding(facts))
            return left_out("left out: exclusion", reason)
        if truth is Truth.UNKNOWN:
            return left_out(
                "left out: not answered", f"not answered: {', '.join(missing)}"
            )
        return left_out("left out: condition", _what_it_asks(section))
    if length not in section.lengths:
        return left_out("left out: length", f"not part of a {length} handout")
    if not has_exercise and section.id in prepared(library).printing_exercises:
        return left_out("left out: no exercise fits", "no exercise is safe or suitable")
    reason = section.fixed_reason or wording.reason(section.include.deciding(facts))
    return Decision(section, "included", truth, reason, missing)


def _what_it_asks(section: SectionTemplate) -> str:
    facts = dict.fromkeys(test.fact for test in section.include.tests())
    return f"asks about {', '.join(facts)}" if facts else "its condition does not hold"

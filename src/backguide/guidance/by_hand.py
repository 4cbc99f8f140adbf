"""What a clinician keeps in a guide and drops from it, by hand.

What always prints is not dropped: page one speaks of it, and safety rests on it. What a
rule leaves out is not kept in: a warning sign may be the reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from backguide.errors import Problem
from backguide.guidance.library import Library
from backguide.guidance.select import DROPPED_BY_HAND, Decision, Selection


@dataclass(frozen=True, slots=True)
class ByHand:
    """Sections that are kept and dropped; none of both, nothing twice."""

    keep: tuple[str, ...] = ()
    drop: tuple[tuple[str, str], ...] = ()
    """Each with the reason in the clinician's words."""

    @property
    def words(self) -> str:
        """Return all of it as one text; equal for equal choices."""
        kept = [f"keep={name}" for name in sorted(self.keep)]
        return " ".join([*kept, *(f"drop={n}:{why}" for n, why in sorted(self.drop))])


NOTHING_BY_HAND: Final = ByHand()


def problems_of(by_hand: ByHand, library: Library) -> tuple[Problem, ...]:
    """Return everything that is wrong with a choice by hand, for any person."""
    return tuple(_problems(by_hand, library))


def _problems(by_hand: ByHand, library: Library) -> Iterator[Problem]:
    dropped = [name for name, _ in by_hand.drop]
    for option, names in (("--keep", by_hand.keep), ("--drop", dropped)):
        for name in dict.fromkeys(names):
            section = library.sections.get(name)
            if section is None:
                close = get_close_matches(name, library.sections, n=1)
                hint = f'did you mean "{close[0]}"?' if close else ""
                yield Problem(option, f'there is no section "{name}"', hint)
            elif names.count(name) > 1:
                yield Problem(option, f'"{name}" is named twice')
            elif option == "--drop" and section.always_prints:
                words = f'"{name}" always prints, so it cannot be dropped'
                yield Problem(option, words, "page one or safety rests on it")
            elif option == "--drop" and name in by_hand.keep:
                yield Problem(option, f'"{name}" is to be kept as well')


def with_hand(
    selection: Selection, by_hand: ByHand
) -> tuple[Selection, tuple[Problem, ...]]:
    """Return the decisions after the choice by hand, and what of it changes nothing."""
    why = dict(by_hand.drop)

    def decided(decision: Decision) -> Decision:
        if decision.section.id in why and decision.is_included:
            reason = why[decision.section.id]
            return replace(decision, rule=DROPPED_BY_HAND, reason=reason)
        return decision

    included = {decision.section.id for decision in selection.included()}
    notices = tuple(
        Problem(option, f'"{d.section.id}" does not print anyway: {_rule(d)}')
        for d in selection.decisions
        for option, names in (("--keep", by_hand.keep), ("--drop", why))
        if d.section.id in names and not d.is_included
    )
    kept = tuple(name for name in by_hand.keep if name in included)
    decisions = tuple(map(decided, selection.decisions))
    return replace(selection, decisions=decisions, kept=kept), notices


def _rule(decision: Decision) -> str:
    return decision.rule.removeprefix("left out: ")

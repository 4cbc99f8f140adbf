"""What a clinician sees before a guide is approved: what was decided, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from backguide.guidance.by_hand import ByHand
from backguide.guidance.condition import Test
from backguide.guidance.select import DROPPED_BY_HAND, Selection
from backguide.interview.answering import words_of
from backguide.interview.questions import topic_of
from backguide.profile.facts import FactValue, known_facts
from backguide.profile.strict_json import LINE_CHARACTERS, find_text_problems


@dataclass(frozen=True, slots=True)
class Sign:
    """A warning sign that counts."""

    id: str
    concern: str
    level: str
    """Name of the level, in small letters."""
    reasons: tuple[str, ...]
    """The answers that decided, each with its title."""


@dataclass(frozen=True, slots=True)
class Part:
    """A section that prints, or that would if there were room."""

    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A section that a clinician may drop, or keep though there is little room."""

    id: str
    title: str
    is_chosen: bool
    """It is dropped, or kept, now."""
    reason: str = ""
    """Why it is dropped, in the clinician's words."""
    is_wrong: bool = False
    """The reason is missing, too long, or would not print."""


@dataclass(frozen=True, slots=True)
class Review:
    """All of it."""

    state: str
    """One of ``OUTPUT_STATES``, in small letters."""
    signs: tuple[Sign, ...]
    open: tuple[str, ...]
    """Questions of safety that have no answer."""
    parts: tuple[Part, ...]
    left_out: tuple[Part, ...]
    """For lack of room."""
    may_drop: tuple[Choice, ...]
    may_keep: tuple[Choice, ...]


def review_of(selection: Selection, dropped: tuple[str, ...]) -> Review:
    """Return what was decided for one person.

    Args:
        selection: The decisions.
        dropped: Ids of the sections that fell out for lack of room.
    """
    triage, facts = selection.triage, selection.facts
    signs = tuple(
        Sign(
            item.flag.id,
            item.flag.concern,
            item.level.name.lower(),
            tuple(dict.fromkeys(_reason(test, facts.get(test.fact))
                                for test in item.because)),
        )
        for item in triage.flags
    )  # fmt: skip
    decided = [(d.section.id, Part(d.section.title, d.reason))
               for d in selection.included()]  # fmt: skip
    return Review(
        state=triage.state.lower(),
        signs=signs,
        open=tuple(known_facts()[path].question for path in triage.unanswered),
        parts=tuple(part for id_, part in decided if id_ not in dropped),
        left_out=tuple(part for id_, part in decided if id_ in dropped),
        may_drop=tuple(
            Choice(d.section.id, d.section.title, True, d.reason)
            if d.rule == DROPPED_BY_HAND
            else Choice(d.section.id, d.section.title, False)
            for d in selection.decisions
            if d.rule == DROPPED_BY_HAND
            or (
                d.is_included
                and not d.section.always_prints
                and d.section.id not in {*dropped, *selection.kept}
            )
        ),
        may_keep=tuple(
            Choice(d.section.id, d.section.title, d.section.id in selection.kept)
            for d in selection.included()
            if d.section.id in {*dropped, *selection.kept}
        ),
    )


def with_choice(
    review: Review, drop: Sequence[str], keep: Sequence[str], why: Mapping[str, str]
) -> Review:
    """Return the review with what a clinician has chosen in a form.

    Args:
        review: What could be chosen.
        drop: Ids of sections to drop.
        keep: Ids of sections to keep.
        why: The reason for each that is dropped.

    Raises:
        ValueError: Something was chosen that could not be.
    """
    for names, choices in ((drop, review.may_drop), (keep, review.may_keep)):
        if not set(names) <= {choice.id for choice in choices}:
            raise ValueError
    dropped = tuple(_dropped(c, c.id in drop, why) for c in review.may_drop)
    kept = tuple(replace(c, is_chosen=c.id in keep) for c in review.may_keep)
    return replace(review, may_drop=dropped, may_keep=kept)


def _dropped(choice: Choice, is_chosen: bool, why: Mapping[str, str]) -> Choice:
    reason = why.get(choice.id, "").strip()
    fits = bool(reason) and len(reason) <= LINE_CHARACTERS
    is_wrong = is_chosen and not (fits and not find_text_problems({"": reason}))
    return replace(choice, is_chosen=is_chosen, reason=reason, is_wrong=is_wrong)


def by_hand_of(review: Review) -> ByHand:
    """Return what is kept and dropped in a review."""
    return ByHand(
        tuple(c.id for c in review.may_keep if c.is_chosen),
        tuple((c.id, c.reason) for c in review.may_drop if c.is_chosen),
    )


def _reason(test: Test, value: FactValue | None) -> str:
    fact = known_facts()[test.fact]
    if test.fact not in topic_of() or value is None:
        return fact.title
    told = list(value) if isinstance(value, tuple) else value
    return f"{fact.title}: {words_of(test.fact, told)}"

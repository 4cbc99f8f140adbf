"""What a clinician sees before a guide is approved: what was decided, and why."""

from dataclasses import dataclass

from backguide.guidance.condition import Test
from backguide.guidance.select import Selection
from backguide.interview.answering import words_of
from backguide.interview.questions import topic_of
from backguide.profile.facts import FactValue, known_facts


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
    )


def _reason(test: Test, value: FactValue | None) -> str:
    fact = known_facts()[test.fact]
    if test.fact not in topic_of() or value is None:
        return fact.title
    told = list(value) if isinstance(value, tuple) else value
    return f"{fact.title}: {words_of(test.fact, told)}"

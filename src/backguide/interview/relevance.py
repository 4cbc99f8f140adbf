"""Which open fields can still change what this person gets.

In:   an outlook on the person's answers, and the content.
Out:  the open fields that an undecided rule, a number or a text reads, each with how
      much it matters.
Pure: no files, no clock.

Read here are the same rules as in ``triage``, ``select`` and ``compose``, in the same
order; that nothing is forgotten is a test: the guide from the answers of an interview
decides as the guide from all answers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from backguide.guidance.amounts import is_amount
from backguide.guidance.condition import Condition, Truth
from backguide.guidance.exercises import LEVELS, Exercise
from backguide.guidance.library import Library, is_covered
from backguide.guidance.markup import Insert, TemplateBlock, block_placeholders
from backguide.guidance.markup import placeholders as text_placeholders
from backguide.guidance.message import (
    ACTIONS_ON_PAGE_ONE,
    QUESTIONS_ON_PAGE_ONE,
    REASONS_ON_PAGE_ONE,
    Line,
)
from backguide.guidance.section import Part, SectionTemplate
from backguide.guidance.select import DEFAULT_LENGTH
from backguide.guidance.triage import Level, Triage
from backguide.interview.outlook import Outlook
from backguide.interview.questions import SAFETY
from backguide.profile.facts import Facts, known_facts

NEEDED: Final = 1
"""Without it the triage, the plan, the exercises, the answer and the actions of page
one, or which of the sections print that always have room may change."""
ENRICHES: Final = 2
"""Without it other sections, a number or a text inside a section, or a reason may
change."""

_PAIN: Final = (
    "symptoms.has_back_pain",
    "symptoms.nrs_now",
    "symptoms.nrs_usual_24h",
)
PHRASE_READS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "pain_limit": _PAIN,
        "pain_above_limit": _PAIN,
        "pain_rises": _PAIN,
        "leg_pain": ("symptoms.radiation",),
        "exercise_days": ("derived.exercise_level",),
        "carry_weight": ("person.weight_talk", "person.weight_kg"),
    }
)
"""What a placeholder that is no fact is worked out from."""
INSERT_READS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "tell-the-staff": ("symptoms.has_back_pain", "derived.onset_weeks"),
        "easers": ("symptoms.easers",),
        "aggravators": ("symptoms.aggravators",),
        "exercise-cards": ("derived.exercise_level", *_PAIN, "symptoms.radiation"),
        "run-walk-table": ("derived.plan_stage", "derived.plan_track"),
        "run-hold-numbers": (
            "running.longest_run_30d_km",
            "running.weekly_distance_km",
            "running.planned_next_longest_km",
            "running.runs_per_week",
            "running.typical_pace_min_per_km",
        ),
        "pain-lights": (*_PAIN, "symptoms.radiation"),
        "if-then": (*_PAIN, "symptoms.radiation"),
        "goal-race": (
            "derived.weeks_to_race",
            "running.longest_run_30d_km",
            "running.goal_distance_km",
            "running.goal",
        ),
        "diary": ("symptoms.has_back_pain",),
    }
)
"""What a computed block is worked out from. The list of what the person told reads
everything; it only reads back, so nothing is asked for its sake."""


class Reads:
    """The open fields that are read, each with its weight; the lesser number wins."""

    def __init__(self, outlook: Outlook) -> None:
        """Begin with none."""
        self.outlook = outlook
        self.weights: dict[str, int] = {}

    def note(self, paths: Iterable[str], weight: int) -> None:
        """Note fields that are open."""
        for path in paths:
            self.weights[path] = min(weight, self.weights.get(path, weight))

    def condition(self, condition: Condition, weight: int) -> None:
        """Note what can still change a condition."""
        self.note(self.outlook.reads(condition), weight)

    def fact(self, path: str, weight: int) -> None:
        """Note what is open of a fact that is printed."""
        self.note(self.outlook.fields_of(path), weight)

    def placeholders(self, paths: Iterable[str], weight: int) -> None:
        """Note what is open of the placeholders of a text."""
        for path in paths:
            if not is_amount(path):
                for source in PHRASE_READS.get(path, (path,)):
                    self.fact(source, weight)


def surest_level(outlook: Outlook, library: Library, mode: str) -> Level:
    """Return the level that holds whatever the open answers will be."""
    return max(
        (
            rule.level_by_mode[mode]
            for flag in library.flags
            for rule in flag.rules
            if outlook.truths(rule.when) == {Truth.YES}
        ),
        default=Level.ROUTINE,
    )


def triage_reads(reads: Reads, library: Library, mode: str) -> None:
    """Note what the warning signs still wait for.

    A safety question that somebody could not answer is taken for a yes by the triage,
    to see whether it must be answered first. What decides about that is read as well.
    """
    outlook = reads.outlook
    unsure = {
        path
        for path, fact in known_facts().items()
        if path.startswith(SAFETY) and fact.is_required and not outlook.is_told(path)
    }
    worst = outlook.with_open(unsure) if unsure else outlook
    for flag in library.flags:
        for rule in flag.rules:
            reads.condition(rule.when, NEEDED)
            if unsure and rule.level_by_mode[mode] >= Level.URGENT:
                reads.note(worst.reads(rule.when) - unsure, NEEDED)


def guide_reads(reads: Reads, library: Library, triage: Triage, facts: Facts) -> None:
    """Note what plan, exercises, page one and sections still wait for.

    Args:
        reads: With the outlook; triage and plan facts among it.
        library: The content.
        triage: It is settled.
        facts: Known facts, those of the triage included.
    """
    for flag in library.flags:
        for rule in flag.rules:
            if reads.outlook.truths(rule.when) == {Truth.YES}:
                reads.note(reads.outlook.reads_as_reason(rule.when), ENRICHES)
    plan_reads(reads, library)
    _exercise_reads(reads, library, triage)
    _message_reads(reads, library, triage.state)
    length = str(facts.get("length", DEFAULT_LENGTH))
    printing = [
        section
        for section in library.sections.values()
        if _may_print(section, reads.outlook, triage, length)
    ]
    for section in printing:
        _section_reads(reads, section, triage, library.frame.page_one)
    _choice_reads(reads, library, printing, length)


def plan_reads(reads: Reads, library: Library) -> None:
    """Note what the stage to start at and the track still wait for."""
    for entry in library.plan.entries:
        reads.condition(entry.when, NEEDED)
        if reads.outlook.truths(entry.when) == {Truth.YES}:
            break
    reads.condition(library.plan.careful, NEEDED)


def level_reads(reads: Reads, library: Library) -> None:
    """Note what the level of the exercises still waits for."""
    picker = library.picker
    for rule in picker.levels:
        reads.condition(rule.when, NEEDED)
        if reads.outlook.truths(rule.when) == {Truth.YES}:
            break
    reads.condition(picker.lower_when, NEEDED)
    reads.condition(picker.at_most_b_when, NEEDED)


def _exercise_reads(reads: Reads, library: Library, triage: Triage) -> None:
    picker, outlook = library.picker, reads.outlook
    level_reads(reads, library)
    for item in picker.for_all:
        if item.only_at_level in ("", triage.state):
            reads.condition(item.rule.when, NEEDED)
            if outlook.truths(item.rule.when) == {Truth.YES} and not item.keep:
                return  # no exercise at all
    level = outlook.value("derived.exercise_level")
    levels = (level,) if level in LEVELS else LEVELS
    ids = dict.fromkeys(i for name in levels for i in picker.pool[str(name)])
    cards = [library.exercises[i] for i in ids]
    if picker.prefer or picker.drop:
        reads.fact("derived.direction_preference", NEEDED)
    asked = {name for card in cards for form in card.forms for name in _asks(form)}
    for hold in picker.holds:
        if hold.asks in asked:
            reads.condition(hold.rule.when, NEEDED)
    for card in cards:
        _card_reads(reads, card)


def _asks(form: object) -> tuple[str, ...]:
    return (
        *form.asks,  # type: ignore[attr-defined]
        *form.easier_asks,  # type: ignore[attr-defined]
        *form.harder_asks,  # type: ignore[attr-defined]
    )


def _card_reads(reads: Reads, card: Exercise) -> None:
    for skip in card.skips:
        reads.condition(skip.when, NEEDED)
    for form in card.forms:
        texts = (form.name, form.start, *form.steps, form.easier, form.harder,
                 form.stop_if)  # fmt: skip
        for text in texts:
            reads.placeholders(text_placeholders(text), ENRICHES)


MESSAGE_READS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "verdicts": (1, NEEDED),
        "do": (ACTIONS_ON_PAGE_ONE, NEEDED),
        "stop": (1, NEEDED),
        "next": (1, NEEDED),
        "reasons": (REASONS_ON_PAGE_ONE, ENRICHES),
        "questions": (QUESTIONS_ON_PAGE_ONE, ENRICHES),
    }
)
"""For each list of page one, how many lines of it print, and how much they matter."""


def _message_reads(reads: Reads, library: Library, state: str) -> None:
    for name, (count, weight) in MESSAGE_READS.items():
        _line_reads(reads, getattr(library.message, name), state, count, weight)


def _line_reads(
    reads: Reads, lines: tuple[Line, ...], state: str, count: int, weight: int
) -> None:
    """Note what decides which lines print: the first that hold, one of each topic."""
    found: set[str] = set()
    for line in lines:
        if state not in line.levels or line.topic in found:
            continue
        may_print = _may_be_included(reads.outlook, line)
        if may_print == {False}:
            continue
        reads.condition(line.include, weight)
        if may_print == {True}:
            for text in (line.headline, line.text):
                reads.placeholders(text_placeholders(text), weight)
            found.add(line.topic or line.id)
            if len(found) == count:
                return


def _may_be_included(outlook: Outlook, piece: Line | Part) -> set[bool]:
    """Return whether a line or a piece of a text prints, for all that may become."""
    return {
        piece.is_included_if_unknown if truth is Truth.UNKNOWN else truth is Truth.YES
        for truth in outlook.truths(piece.include)
    }


def _may_print(
    section: SectionTemplate, outlook: Outlook, triage: Triage, length: str
) -> bool:
    if triage.state not in section.levels or length not in section.lengths:
        return False
    for item in triage.flags:
        is_forbidden = not set(section.asks).isdisjoint(item.flag.forbids)
        if is_forbidden or is_covered(section, item.flag.hides):
            return False
    return True in _outcomes(section, outlook)


def _outcomes(section: SectionTemplate, outlook: Outlook) -> set[bool]:
    return {
        section.settled(include, exclude)
        for include in outlook.truths(section.include)
        for exclude in outlook.truths(section.exclude)
    }


def _section_reads(
    reads: Reads,
    section: SectionTemplate,
    triage: Triage,
    page_one: tuple[str, ...],
) -> None:
    outlook = reads.outlook
    if _outcomes(section, outlook) != {True}:
        weight = NEEDED if section.always_prints else ENRICHES
        reads.condition(section.include, weight)
        reads.condition(section.exclude, weight)
        return
    weight = NEEDED if section.id in page_one else ENRICHES
    if not section.fixed_reason:
        reads.note(outlook.reads_as_reason(section.include), ENRICHES)
    reads.placeholders(text_placeholders(section.title), weight)
    blocks = [*section.blocks, *section.short, *section.digest]
    for part in section.parts:
        if not triage.forbidden.isdisjoint(part.asks):
            continue
        may_print = _may_be_included(outlook, part)
        if may_print == {True}:
            blocks += [*part.blocks, *part.short, *part.digest]
        elif True in may_print:
            reads.condition(part.include, weight)
    _block_reads(reads, blocks, weight)


def _choice_reads(
    reads: Reads, library: Library, printing: list[SectionTemplate], length: str
) -> None:
    """Note what says which of a kind comes first; the reasons are noted already.

    Args:
        reads: With the outlook.
        library: The content.
        printing: The sections that may print.
        length: Of the guide.
    """
    rules = library.frame.choice
    kinds = {s.id: library.kind_of(s) for s in printing if not s.always_prints}
    counts = Counter(kinds.values())
    ranked = {
        quota.kind
        for quota in rules.quotas[length]
        if counts[quota.kind] > 1
        and (counts[quota.kind] > quota.least or len(quota.forms) > 1)
    }
    for preference in rules.preferences:
        if any(kinds.get(name) in ranked for name in preference.sections):
            reads.condition(preference.when, ENRICHES)


def _block_reads(reads: Reads, blocks: list[TemplateBlock], weight: int) -> None:
    for block in blocks:
        if isinstance(block, Insert):
            for path in INSERT_READS.get(block.name, ()):
                reads.fact(path, weight)
        else:
            reads.placeholders(block_placeholders(block), weight)

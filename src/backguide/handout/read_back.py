"""Which answers decided what a guide says: those are read back to the person.

In:   the selection of one person, the content, and what prints.
Out:  paths of answers.
Pure: no files, no clock.

An answer decides where a condition that holds asks for it. The safety questions have a
line of their own, diagnoses a row.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from backguide.guidance.condition import Condition, Test, Truth
from backguide.guidance.library import Library
from backguide.guidance.message import actions, first
from backguide.guidance.programme import entry_of
from backguide.guidance.select import Decision, Selection
from backguide.guidance.signs import SIGNS
from backguide.profile.facts import EITHER, PREGNANCY, SOURCES, Facts, known_facts

SAID_ELSEWHERE: Final = ("red_flags", "diagnoses", "clinic", "clearance")
"""Groups of answers that have a line, a row or a box of their own."""

PAIN_LIMIT: Final = "derived.resting_pain_0_10"


def answers_behind(path: str, facts: Facts) -> tuple[str, ...]:
    """Return the known answers that make a fact what it is; an answer is its own."""
    if path in SIGNS:
        tests = SIGNS[path].deciding(facts)
        return tuple(p for test in tests for p in answers_behind(test.fact, facts))
    if path in EITHER:
        return next(((source,) for source in EITHER[path] if source in facts), ())
    sources = PREGNANCY if path == "derived.pregnancy_weeks" else SOURCES.get(path)
    if sources is None:
        return () if known_facts()[path].is_derived else (path,)
    return tuple(source for source in sources if source in facts)


def answers_read_back(
    selection: Selection, library: Library, printed: Iterable[Decision]
) -> tuple[str, ...]:
    """Return the answers to read back, at most as many as the content allows.

    First those that decided a warning sign, then in the order of the content, then in
    that of the form.
    """
    facts, rules = selection.facts, library.frame.read_back
    signs = [test for item in selection.triage.flags for test in item.because]
    urgent = set(_answers(signs, facts))
    decided = urgent | set(_answers(_of_guide(selection, library, printed), facts))
    if facts.get("symptoms.has_back_pain") == "current":
        decided |= set(answers_behind(PAIN_LIMIT, facts))
    if facts.get("running.weeks_since_last_run") == 0:
        decided.discard("running.weeks_since_last_run")  # a runner who runs
    order = list(dict.fromkeys((*rules.order, *known_facts())))
    rows = sorted(decided, key=lambda p: (p not in urgent, order.index(p)))
    return tuple(rows[: rules.most])


def _of_guide(
    selection: Selection, library: Library, printed: Iterable[Decision]
) -> Iterator[Test]:
    """Yield what decided page one, the plan, the exercises and the parts."""
    for condition in _conditions(selection, library, tuple(printed)):
        yield from condition.deciding(selection.facts)


def _conditions(
    selection: Selection, library: Library, printed: tuple[Decision, ...]
) -> Iterator[Condition]:
    facts, state = selection.facts, selection.triage.state
    message, picker = library.message, library.picker
    for lines in (message.verdicts, message.stop):
        if line := first(lines, facts, state):
            yield line.include
    yield from (line.include for line in actions(message, facts, state))
    yield from (decision.section.include for decision in printed)
    inserts = {i.name for decision in printed for i in decision.section.inserts()}
    if "run-walk-table" in inserts:
        yield entry_of(facts, library.plan).when
        yield library.plan.careful
    if "exercise-cards" in inserts:
        held = (
            rule for rule in picker.levels if rule.when.evaluate(facts) is Truth.YES
        )
        yield next(held).when


def _answers(tests: Iterable[Test], facts: Facts) -> Iterator[str]:
    """Yield the answers that the tests rest on and that have no other place."""
    for test in tests:
        for path in answers_behind(test.fact, facts):
            group, dot, _ = path.partition(".")
            if dot and group not in SAID_ELSEWHERE:
                yield path

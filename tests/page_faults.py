"""What no reader may find on a page, whoever they are: looked for in the document.

Each function yields faults in words, without a text of the profile.
"""

import re
from collections.abc import Iterable, Iterator

from backguide.document import (
    Block,
    Callout,
    Handout,
    HandoutSection,
    ItemList,
    KeyValues,
    Paragraph,
    Spans,
    texts_of,
)
from backguide.guidance.condition import Test, Truth
from backguide.guidance.fitting import Fit
from backguide.guidance.library import Library
from backguide.guidance.select import Selection
from backguide.handout.compose import ATTACHED_NOTE
from backguide.profile.facts import known_facts

DANGLING = re.compile(r"\(\s*\)|\[\s*\]|•\s*(?:$|•)|\s[.,;:!?](?:\s|$)|: *[.,;]|,\s*,")
"""Empty brackets, a bullet before nothing, a stop after a space, a colon before one."""

LONG_SPAN = re.compile(r"\b(\d+) weeks?\b")
WEEKS_IN_WORDS = 52


def ours(handout: Handout) -> Iterator[HandoutSection]:
    """Yield the sections whose words are ours, not a clinic's own note."""
    yield from (s for s in handout.sections if s.id != ATTACHED_NOTE)


def flat(spans: Spans) -> str:
    return "".join(span.text for span in spans)


def empty_values(handout: Handout, typed: Iterable[str] = ()) -> Iterator[str]:
    """Yield every place where an answer that nobody gave leaves a trace.

    Args:
        handout: The document.
        typed: What somebody typed into the profile; it may look like anything.
    """
    lines = {line.strip() for text in typed for line in text.split("\n")} - {""}
    for section in ours(handout):
        blocks = section.blocks
        for number, block in enumerate(blocks):
            following = blocks[number + 1] if number + 1 < len(blocks) else None
            yield from _empty_block(section.id, block, following)
        for text in (section.title, section.reason, *_texts(blocks)):
            bare = text.replace("\u00a0", " ")
            for line in sorted(lines, key=len, reverse=True):
                bare = bare.replace(line.replace("\u00a0", " "), "X")
            for found in DANGLING.findall(bare):
                yield f"{section.id}: {found!r} hangs in the air"
            if "  " in bare.strip():
                yield f"{section.id}: two spaces"


def _texts(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        yield from texts_of(block)


def _empty_block(where: str, block: Block, following: Block | None) -> Iterator[str]:
    match block:
        case KeyValues(rows=rows):
            for label, value in rows:
                if not value.strip() or not label.strip():
                    yield f"{where}: {label}: no value"
        case ItemList(items=items):
            if not items or not all(flat(item).strip() for item in items):
                yield f"{where}: an empty list or item"
        case Paragraph(spans=spans):
            text = flat(spans).strip()
            if not text:
                yield f"{where}: an empty paragraph"
            elif text.endswith(":") and (
                following is None or isinstance(following, Paragraph)
            ):
                yield f"{where}: nothing follows a colon"
        case Callout(blocks=inner):
            for number, item in enumerate(inner):
                yield from _empty_block(
                    where, item, inner[number + 1] if number + 1 < len(inner) else None
                )


def long_spans(handout: Handout) -> Iterator[str]:
    """Yield spans of more than a year that are told in weeks."""
    for section in ours(handout):
        for text in (section.title, section.reason, *_texts(section.blocks)):
            for weeks in LONG_SPAN.findall(text):
                if int(weeks) > WEEKS_IN_WORDS:
                    yield f"{section.id}: {weeks} weeks"


def unsaid_evidence(
    selection: Selection, handout: Handout, library: Library
) -> Iterator[str]:
    """Yield the answers that decided how urgent it is, and that the page leaves out.

    They are worked out from the rules of the table: every answer that makes a rule of
    the person's level hold, of a flag that counts. That there is pain at all is asked
    by most rules and need not be told.
    """
    facts, triage = selection.facts, selection.triage
    section = next((s for s in handout.sections if s.id in TELLS_WHY), None)
    if section is None or not triage.flags:
        return
    told = "\n".join(_texts(section.blocks))
    counting = {item.flag.id for item in triage.flags}
    for flag in (flag for flag in library.flags if flag.id in counting):
        for rule in flag.rules:
            level = rule.level_by_mode[str(facts["mode"])]
            if level is not triage.level or rule.when.evaluate(facts) is not Truth.YES:
                continue
            for test in rule.when.deciding(facts):
                words = list(_words_of(test, selection, library))
                is_pain = test.fact in ("symptoms.has_back_pain", "derived.pain_now")
                if not is_pain and words:
                    missing = [word for word in words if word not in told]
                    yield from (f"{flag.id}: silent on {test.fact}" for _ in missing)


TELLS_WHY = ("emergency-now", "urgent-same-day", "see-clinician-soon")


def _words_of(test: Test, selection: Selection, library: Library) -> Iterator[str]:
    value = selection.facts[test.fact]
    fact = known_facts()[test.fact]
    if fact.sign and value not in ("no", False):
        yield fact.sign
        return
    asked = [w for _, want in test.checks if isinstance(want, tuple) for w in want]
    values = [v for v in value if v in asked] if isinstance(value, tuple) else [value]
    for item in values:
        word = str(item).lower() if isinstance(item, bool) else str(item)
        for key in (f"{test.fact}={word}", test.fact):
            if words := library.reasons.get(key):
                yield words.partition("{value}")[0]
                break


OWN_WORDS = ("your-snapshot", "safety-questions", "emergency-now", "urgent-same-day")
"""Sections that read answers and questions back: their words are the person's."""


def misfits(
    selection: Selection, handout: Handout, fits: Iterable[Fit], typed: Iterable[str]
) -> Iterator[str]:
    """Yield words that presume something of the reader which the answers deny.

    The reason of a section reads answers back, so it is not searched.
    """
    lines = {line.strip() for text in typed for line in text.split("\n")} - {""}
    odd = [fit for fit in fits if not fit.suits(selection.facts)]
    for section in ours(handout):
        if section.id in OWN_WORDS:
            continue
        blocks = tuple(b for b in section.blocks if not _is_citation(b))
        for text in (section.title, *_texts(blocks)):
            if any(line in text for line in lines if len(line) > 2):
                continue
            for fit in odd:
                if words := fit.found(text):
                    yield f"{section.id}: says {words!r}"


def _is_citation(block: Block) -> bool:
    return isinstance(block, Paragraph) and block.role == "small"

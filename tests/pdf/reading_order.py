"""What a document should say aloud: the walk that the structure tree must match.

Written from ``document.py`` alone, so that it can disagree with the layout.
"""

from collections.abc import Iterator

from backguide.document import (
    Block,
    Callout,
    ExerciseCard,
    Handout,
    Heading,
    Illustration,
    ItemList,
    KeyValues,
    Paragraph,
    Spans,
    Table,
    TickStrip,
    TimeBars,
    Verdict,
    WriteLines,
    plain,
)
from pdf_reader.tree import squeezed

BOX = "\u2610"
LABELS = {"bullet": "\u2022", "tick": "Box to tick"}

Spoken = list[tuple[str, str]]
"""Tag and text."""


def spoken_handout(handout: Handout) -> Spoken:
    """Return everything that is read aloud, in order."""
    said = [("H1", handout.title)]
    # Whoever must call now is told so before all else.
    opening_after = 1 if handout.level in ("EMERGENCY", "URGENT") else 0
    for number, section in enumerate(handout.sections):
        if number == opening_after and handout.opening:
            said.append(("P", " ".join(handout.opening)))
        has_verdict = any(
            isinstance(block, Verdict | TickStrip) for block in section.blocks
        )
        if section.title and not has_verdict:
            said.append(("H2", section.title))
        below = "H3" if section.title or has_verdict else "H2"
        for block in section.blocks:
            for tag, text in spoken_block(block, handout):
                said.append((below if tag == "H3" else tag, text))
        if section.reason and not section.is_on_page_one:
            said.append(("P", section.reason))
    return [(tag, squeezed(text)) for tag, text in said]


def spoken_block(block: Block, handout: Handout) -> Spoken:
    """Return what one block says."""
    return list(_block(block, handout))


def _text(spans: Spans) -> str:
    return "".join(span.text for span in spans)


def _block(block: Block, handout: Handout) -> Iterator[tuple[str, str]]:
    match block:
        case Paragraph(spans=spans):
            yield "P", _text(spans)
        case Heading(text=text):
            yield "H3", text
        case ItemList():
            yield from _items(block)
        case Callout(blocks=blocks):
            for inner in blocks:
                yield from _block(inner, handout)
        case Table():
            yield from _table(block)
        case KeyValues(is_run=True):
            links = block.links or ("",) * len(block.rows)
            pairs = list(zip(block.rows, links, strict=True))
            if run := tuple(row for row, link in pairs if not link):
                yield "P", _run(run)
            for (label, value), link in pairs:
                if link:
                    yield "P", f"{label}: {value}"
        case KeyValues(rows=rows):
            for label, value in rows:
                yield "TH", label
                yield "TD", value
            if block.code:
                yield "Figure", block.code_alt
        case Verdict():
            yield "H2", block.headline
            yield "P", block.why
        case ExerciseCard():
            yield from _card(block, handout)
        case Illustration(alt=alt) | TimeBars(alt=alt):
            yield "Figure", alt
        case WriteLines(prompts=prompts):
            for prompt in prompts:
                yield "P", prompt
        case TickStrip():
            yield "H2", block.lead
            yield from _items(ItemList(tuple(map(plain, block.questions)), "tick"))
            yield "P", block.prompt


def _items(block: ItemList) -> Iterator[tuple[str, str]]:
    for number, item in enumerate(block.items, 1):
        yield "Lbl", LABELS.get(block.marker, f"{number}.")
        yield "LBody", _text(item)


def _table(block: Table) -> Iterator[tuple[str, str]]:
    if block.caption:
        yield "P", block.caption
    for head in block.header:
        yield "TH", head
    for row in block.rows:
        for column, cell in enumerate(row):
            text = _text(cell)
            if block.form and not text:
                yield "Form", ""
                continue
            if text and set(text) <= {BOX, " "}:
                text = f"{text.count(BOX)} boxes to tick"
            yield "TH" if block.has_row_headers and column == 0 else "TD", text


def _card(block: ExerciseCard, handout: Handout) -> Iterator[tuple[str, str]]:
    word = handout.word
    yield "H3", f"{block.number}. {block.name}"
    yield "P", _run(block.dose)
    if block.figure:
        yield "Figure", block.alt
    for change in block.changes:
        yield "P", f"{word('exercise.change')}: {change}"
    start = f"{word('exercise.start')}: {block.start}"
    numbered = [(f"{number}.", step) for number, step in enumerate(block.steps, 1)]
    if block.is_close_set:
        yield "P", " ".join([start, *(f"{n} {step}" for n, step in numbered)])
    else:
        yield "P", start
        for number, step in numbered:
            yield "Lbl", number
            yield "LBody", step
    ways = [
        f"{word(f'exercise.{key}')}: {words}"
        for key, words in (("easier", block.easier), ("harder", block.harder))
        if words
    ]
    if ways:
        yield "P", " ".join(ways)
    yield "P", f"{word('exercise.stop_if')} {block.stop_if}"


def _run(rows: tuple[tuple[str, str], ...]) -> str:
    return " \u2022 ".join(f"{label}: {value}" for label, value in rows)

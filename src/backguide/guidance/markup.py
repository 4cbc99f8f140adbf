"""The closed subset of Markdown in which sections are written.

Paragraphs, ``##`` sub-headings, ``-`` and ``1.`` lists, ``[ ]`` tick lists, ``>``
call-outs, one table form, ``**strong**`` and ``*em*``, ``{placeholders}`` and
``{{inserts}}``. Anything else is a finding with its line: half-supported markup
would be worse than little.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from backguide.document import (
    Block,
    Callout,
    Heading,
    ItemList,
    Paragraph,
    Span,
    Spans,
    Table,
    texts_of,
)

_INLINE: Final = re.compile(r"\*\*(?P<strong>[^*]+)\*\*|\*(?P<em>[^*]+)\*")
_INSERT: Final = re.compile(
    r"\{\{(?P<name>[a-z-]+)(?: (?P<argument>[a-z0-9-]+))?\}\}\Z"
)
_PLACEHOLDER: Final = re.compile(r"\{(?P<path>[a-z0-9_.]+(?::[^{}\s]*)?)\}")
"""A fact, a phrase, or an amount such as ``{kg:2-5}`` (``guidance.amounts``)."""
_TABLE_RULE: Final = re.compile(r"\|(?:\s*-+\s*\|)+\Z")


@dataclass(frozen=True, slots=True)
class Insert:
    """A place where a computed block or a part goes: ``{{name argument}}``."""

    name: str
    argument: str
    line: int


TemplateBlock = Block | Insert


@dataclass(frozen=True, slots=True)
class MarkupFault:
    """A slip in the text, with its line in the file."""

    line: int
    message: str
    hint: str = ""


def parse(
    text: str, first_line: int = 1
) -> tuple[tuple[TemplateBlock, ...], tuple[MarkupFault, ...]]:
    """Return the blocks of a text and the slips in it.

    Args:
        text: The body of a section.
        first_line: The line of the file on which it begins.
    """
    blocks: list[TemplateBlock] = []
    faults: list[MarkupFault] = []
    for line, lines in _groups(text, first_line):
        block, found = _block(lines, line)
        faults += found
        if block is not None:
            blocks.append(block)
    return tuple(blocks), tuple(faults)


def _groups(text: str, first_line: int) -> Iterator[tuple[int, list[str]]]:
    group: list[str] = []
    start = first_line
    for number, raw in enumerate(text.split("\n"), first_line):
        line = raw.rstrip()
        if not line:
            if group:
                yield start, group
            group = []
            continue
        if group and (line.startswith("##") or _INSERT.match(line)):
            yield start, group
            group = []
        if not group:
            start = number
        group.append(line)
        if line.startswith("##") or _INSERT.match(line):
            yield start, group
            group = []
    if group:
        yield start, group


def _block(
    lines: list[str], line: int
) -> tuple[TemplateBlock | None, list[MarkupFault]]:
    first = lines[0]
    if insert := _INSERT.match(first):
        return Insert(insert["name"], insert["argument"] or "", line), []
    if first.startswith("## "):
        return Heading(first[3:].strip()), []
    if first.startswith("> "):
        inner = "\n".join(item.removeprefix(">").removeprefix(" ") for item in lines)
        blocks, inner_faults = parse(inner, line)
        plain_blocks = tuple(b for b in blocks if not isinstance(b, Insert))
        return Callout(plain_blocks), list(inner_faults)
    if first.startswith("|"):
        return _table(lines, line)
    for marker, pattern in (
        ("tick", r"[-*] \[ \] "),
        ("bullet", r"[-*] "),
        ("number", r"\d+\. "),
    ):
        if re.match(pattern, first):
            return _items(lines, line, marker, pattern)
    faults = [
        MarkupFault(line + n, "this mark is not part of our Markdown", _OTHER_MARKS)
        for n, item in enumerate(lines)
        if re.match(r"#|```|---|!\[|<", item)
    ]
    spans, more = _spans(" ".join(item.strip() for item in lines), line)
    return Paragraph(spans), faults + more


_OTHER_MARKS: Final = (
    "use paragraphs, ## headings, lists, > call-outs, **strong**, *em*"
)


def _items(
    lines: list[str], line: int, marker: str, pattern: str
) -> tuple[TemplateBlock, list[MarkupFault]]:
    texts: list[tuple[int, str]] = []
    faults: list[MarkupFault] = []
    for number, item in enumerate(lines, line):
        if match := re.match(pattern, item):
            texts.append((number, item[match.end() :].strip()))
        elif item.startswith("  ") and texts:
            texts[-1] = (texts[-1][0], f"{texts[-1][1]} {item.strip()}")
        else:
            faults.append(
                MarkupFault(
                    number,
                    "a list must end with an empty line",
                    "or indent the line by two blanks to continue the item",
                )
            )
    items = []
    for number, text in texts:
        spans, more = _spans(text, number)
        items.append(spans)
        faults += more
    return ItemList(tuple(items), marker), faults  # type: ignore[arg-type]


def _table(
    lines: list[str], line: int
) -> tuple[TemplateBlock | None, list[MarkupFault]]:
    if len(lines) < 3 or not _TABLE_RULE.match(lines[1].replace(" ", "")):
        return None, [
            MarkupFault(line, "a table needs a header, a |---| line and rows")
        ]
    rows = [[cell.strip() for cell in item.strip("|").split("|")] for item in lines]
    width = len(rows[0])
    faults = [
        MarkupFault(line + n, f"this row has {len(row)} cells, the header has {width}")
        for n, row in enumerate(rows)
        if len(row) != width
    ]
    if faults:
        return None, faults
    cells = []
    for number, row in enumerate(rows[2:], line + 2):
        parsed = [_spans(cell, number) for cell in row]
        cells.append(tuple(spans for spans, _ in parsed))
        faults += [fault for _, more in parsed for fault in more]
    return Table(tuple(rows[0]), tuple(cells), (1 / width,) * width), faults


def _spans(text: str, line: int) -> tuple[Spans, list[MarkupFault]]:
    spans: list[Span] = []
    faults: list[MarkupFault] = []
    position = 0

    def add_plain(part: str) -> None:
        if "*" in part:
            faults.append(
                MarkupFault(line, "a star has no partner", "write **strong**")
            )
        if re.search(r"<[a-zA-Z/!]", part) or "](" in part:
            faults.append(MarkupFault(line, "tags and links are not possible here"))
        if part:
            spans.append(Span(part))

    for match in _INLINE.finditer(text):
        add_plain(text[position : match.start()])
        emphasis = match.lastgroup or "plain"
        spans.append(Span(match[emphasis], emphasis))  # type: ignore[arg-type]
        position = match.end()
    add_plain(text[position:])
    return tuple(spans), faults


def placeholders(text: str) -> tuple[str, ...]:
    """Return what stands in the placeholders of a text, in order."""
    return tuple(match["path"] for match in _PLACEHOLDER.finditer(text))


def block_placeholders(block: TemplateBlock) -> tuple[str, ...]:
    """Return the paths of the placeholders in a block."""
    if isinstance(block, Insert):
        return ()
    return tuple(path for text in texts_of(block) for path in placeholders(text))


def fill(text: str, value_of: dict[str, str]) -> str:
    """Return the text with each placeholder replaced by its words.

    Raises:
        KeyError: A placeholder has no value; the content check prevents it.
    """
    return _PLACEHOLDER.sub(lambda match: value_of[match["path"]], text)

"""Set questions with boxes to tick or to write in, for a pen as well as for a screen.

In:   a block of a question sheet.
Out:  its slabs, over the whole width, with the structure beside them.

A box is drawn on the page and is a field of the form at the same place, so that paper
and screen show the same. Rows keep to their heads; a long list goes on over a page.
"""

from dataclasses import dataclass, field
from typing import Final

from reportlab.lib.styles import ParagraphStyle

from backguide.document import (
    AnswerBox,
    AnswerLine,
    QuestionBoxes,
    QuestionLines,
    QuestionRow,
    QuestionRows,
    Span,
    Spans,
    plain,
)
from backguide.layout.breaking import break_lines
from backguide.layout.flowables import (
    REPEATED,
    AnswerMark,
    BoxMark,
    LampMark,
    Mark,
    RuleMark,
    Slab,
    TextMark,
    replace,
)
from backguide.layout.structure import Element
from backguide.layout.theme import MM, Theme

BOX_MM: Final = 5.0
"""Least side of a box to tick, for a hand that shakes."""
WRITING_MM: Final = 9.0
"""Least height of a box to write in."""
ROW_GAP_MM: Final = 1.3
"""Between a box to tick and the one below it."""
BESIDE: Final = 0.5
"""Boxes up to this share of the width stand beside their question."""
WHOLE_LIST: Final = 0.85
"""A list up to this share of a page is not parted: "none of these" at its end would
be far from what it answers."""

Question = QuestionRows | QuestionBoxes | QuestionLines


def question_slabs(
    block: Question, parent: Element, theme: Theme, width: float
) -> list[Slab]:
    """Return the slabs of a question.

    Args:
        block: What it says.
        parent: Where its elements hang.
        theme: How it looks.
        width: Of the text area, in points.
    """
    setter = _Setter(theme, width)
    match block:
        case QuestionRows():
            slabs = setter.rows(block, parent)
        case QuestionBoxes():
            slabs = setter.boxes(block, parent)
        case QuestionLines():
            slabs = setter.lines(block, parent)
    return [replace(slabs[0], spaceBefore=theme.unit * 2.4), *slabs[1:]]


@dataclass(slots=True)
class _Piece:
    """Marks that stand one below the other, before they are one slab."""

    height: float = 0
    note_height: float = 0
    """Of what stands before the question."""
    marks: list[Mark] = field(default_factory=list)


class _Setter:
    """Sets questions in one theme; all lengths are in points."""

    def __init__(self, theme: Theme, width: float) -> None:
        self._theme = theme
        self._width = width
        self._body = theme.style("body")
        self._side = max(BOX_MM * MM, self._body.fontSize * 1.1)
        self._indent = self._body.fontSize * 2.1
        """Of everything below the number of a question."""

    # --- text ---------------------------------------------------------------

    def _text(
        self,
        piece: _Piece,
        spans: Spans,
        style: ParagraphStyle,
        owner: Element,
        *,
        x: float,
        width: float,
    ) -> None:
        """Add the lines of a text below what a piece holds."""
        for line in break_lines(spans, style, width):
            baseline = piece.height + style.leading * 0.5 + style.fontSize * 0.34
            piece.marks.append(
                TextMark(x, baseline, line, style.fontSize, style.textColor, owner)
            )
            piece.height += style.leading

    def _middle(
        self, text: str, style: ParagraphStyle, owner: Element, x: float, height: float
    ) -> TextMark:
        """Return one line of text in the middle of a height."""
        line = break_lines(plain(text), style, 10_000)[0]
        baseline = height / 2 + style.fontSize * 0.34
        return TextMark(x, baseline, line, style.fontSize, style.textColor, owner)

    def _width_of(self, text: str, style: ParagraphStyle) -> float:
        return break_lines(plain(text), style, 10_000)[0].width

    def _head(
        self, block: Question, owner: Element, note: Element | None, width: float
    ) -> _Piece:
        """Return whom a question is for, its number and its words."""
        piece = _Piece()
        if note is not None:
            style = self._theme.style("small")
            note_spans = (Span(block.note, "strong"),)
            self._text(piece, note_spans, style, note, x=0, width=self._width)
            piece.height += self._theme.unit
        top = piece.note_height = piece.height
        strong = (Span(block.question, "strong"),)
        self._text(piece, strong, self._body, owner, x=self._indent, width=width)
        style = self._theme.style("sub_heading")
        line = break_lines(plain(f"{block.number}."), style, 10_000)[0]
        baseline = top + self._body.leading * 0.5 + self._body.fontSize * 0.34
        number = TextMark(0, baseline, line, style.fontSize, style.textColor, owner)
        place = next(n for n, m in enumerate(piece.marks) if m.owner is owner)  # type: ignore[union-attr]
        piece.marks.insert(place, number)
        return piece

    # --- boxes --------------------------------------------------------------

    def _box(
        self, box: AnswerBox, question: str, owner: Element, x: float, top: float
    ) -> tuple[Mark, Mark]:
        """Return a box as it is drawn, and the field in it."""
        side = self._side
        words = box.words if question == box.words else f"{question} {box.words}"
        drawn = BoxMark(x, top, side, side, stroke="text", line_width=1.1, radius=1.5)
        return drawn, AnswerMark(
            x, top, side, side, box.field, box.value, box.is_choice, question, words,
            owner.add("Form"),
        )  # fmt: skip

    # --- a list of questions ------------------------------------------------

    def rows(self, block: QuestionRows, parent: Element) -> list[Slab]:
        """Return a table: a question in each row, the same boxes at its end."""
        theme = self._theme
        note = parent.add("P") if block.note else None
        table = parent.add("Table")
        head_style = theme.style("table_head")
        pad = theme.unit * 2.2
        columns = [
            max(self._width_of(word, head_style), self._side) + pad
            for word in block.columns
        ]
        start = self._width - sum(columns)
        line = table.add("TR")
        piece = self._head(
            block, line.add("TH", scope="Column"), note, start - self._indent - 4
        )
        base = piece.height - head_style.leading * 0.5 + head_style.fontSize * 0.34
        left = start
        for column, word in zip(columns, block.columns, strict=True):
            cell = line.add("TH", scope="Column")
            words = break_lines(plain(word), head_style, 10_000)[0]
            x = left + (column - words.width) / 2
            piece.marks.append(
                TextMark(
                    x, base, words, head_style.fontSize, head_style.textColor, cell
                )
            )
            left += column
        piece.height += theme.unit * 0.8
        piece.marks.append(
            RuleMark(0, piece.height, self._width, piece.height, "text", 1)
        )
        head = Slab(piece.height, tuple(piece.marks), keepWithNext=True, kind="row")
        repeated = Slab(head.height, head.marks, kind=REPEATED)
        slabs = [self._row(row, block, table, start, columns) for row in block.rows]
        if block.none is not None:
            empty: list[AnswerBox | None] = [None] * len(block.columns)
            empty[1] = block.none
            none = QuestionRow(block.none.words, tuple(empty))
            slabs.append(self._row(none, block, table, start, columns))
        whole = sum(slab.height for slab in slabs)
        is_whole = whole <= theme.height * WHOLE_LIST
        last = len(slabs) - 1
        kept = [
            replace(
                slab,
                header=repeated,
                keepWithNext=n < last and (is_whole or n in (0, last - 1)),
            )
            for n, slab in enumerate(slabs)
        ]
        return [head, *kept]

    def _row(
        self,
        row: QuestionRow,
        block: QuestionRows,
        table: Element,
        start: float,
        columns: list[float],
    ) -> Slab:
        line = table.add("TR")
        pad = ROW_GAP_MM * MM / 2
        is_none = block.none is not None and row.question == block.none.words
        spans = (Span(row.question, "strong" if is_none else "plain"),)
        text = _Piece()
        title = line.add("TH", scope="Row")
        self._text(text, spans, self._body, title, x=self._indent,
                   width=start - self._indent - 6)  # fmt: skip
        height = max(text.height, self._side) + 2 * pad
        down = (height - text.height) / 2
        marks: list[Mark] = [_lower(mark, down) for mark in text.marks]
        if row.is_stop:
            size = self._side * 0.95
            marks.append(LampMark(0, (height - size) / 2, size, "red"))
        spoken = f"{block.stop_words} {row.question}" if row.is_stop else row.question
        if is_none:
            spoken = f"{block.question} {row.question}"
        left = start
        for column, box in zip(columns, row.boxes, strict=True):
            cell = line.add("TD")
            x = left + (column - self._side) / 2
            left += column
            if box is None:
                continue
            named = box if not is_none else AnswerBox(
                box.field, box.value, spoken, box.is_choice
            )  # fmt: skip
            marks += self._box(named, spoken, cell, x, (height - self._side) / 2)
        marks.append(RuleMark(0, height, self._width, height, "rule", 0.5))
        return Slab(height, tuple(marks), kind="row")

    # --- boxes to choose from -----------------------------------------------

    def boxes(self, block: QuestionBoxes, parent: Element) -> list[Slab]:
        """Return a question with its boxes at its right, or below in columns."""
        theme = self._theme
        note = parent.add("P") if block.note else None
        owner = parent.add("P")
        label = self._side * 1.4
        room = self._width - self._indent
        widths = [label + self._width_of(box.words, self._body) for box in block.boxes]
        beside = sum(widths) + theme.unit * 4 * (len(widths) - 1)
        if beside <= self._width * BESIDE and not block.note:
            places = [self._width - beside]
            for width in widths[:-1]:
                places.append(places[-1] + width + theme.unit * 4)
            left = self._width - self._width * BESIDE
            places = [place - places[0] + left for place in places]
            return [self._beside(block, parent, owner, places, left)]
        piece = self._head(block, owner, note, room)
        piece.height += theme.unit * 0.7
        slabs = [Slab(piece.height, tuple(piece.marks), keepWithNext=True)]
        across = max(1, int((room + theme.unit * 3) // (max(widths) + theme.unit * 3)))
        rows = -(-len(block.boxes) // across)
        across = -(-len(block.boxes) // rows)
        step = min(room / across, max(widths) + theme.unit * 8)
        entries = parent.add("L", numbering="None")
        for first in range(0, len(block.boxes), across):
            cells = block.boxes[first : first + across]
            places = [self._indent + place * step for place in range(len(cells))]
            slabs.append(self._cells(block, cells, entries, places, room / across))
        slabs[-1] = replace(slabs[-1], keepWithNext=False)
        return slabs

    def _beside(
        self,
        block: QuestionBoxes,
        parent: Element,
        owner: Element,
        places: list[float],
        left: float,
    ) -> Slab:
        """Return a question and its boxes on one line."""
        width = left - self._indent - self._theme.unit * 2
        piece = self._head(block, owner, None, width)
        entries = parent.add("L", numbering="None")
        cells = self._cells(block, block.boxes, entries, places, self._width)
        height = max(piece.height, self._side) + ROW_GAP_MM * MM
        down = max(0.0, (self._side - piece.height) / 2)
        marks = [_lower(mark, down) for mark in piece.marks]
        return Slab(height, (*marks, *cells.marks), kind="boxes")

    def _cells(
        self,
        block: QuestionBoxes,
        boxes: tuple[AnswerBox, ...],
        entries: Element,
        places: list[float],
        width: float,
    ) -> Slab:
        """Return boxes with their words, side by side."""
        label = self._side * 1.4
        parts: list[Mark] = []
        height = self._side
        down = max(0.0, (self._side - self._body.leading) / 2)
        for box, x in zip(boxes, places, strict=True):
            entry = entries.add("LI")
            owner, words_owner = entry.add("Lbl"), entry.add("LBody")
            lines = _Piece()
            self._text(lines, plain(box.words), self._body, words_owner,
                       x=x + label, width=width - label)  # fmt: skip
            parts += self._box(box, block.question, owner, x, 0)
            parts += [_lower(mark, down) for mark in lines.marks]
            height = max(height, lines.height + down)
        pad = ROW_GAP_MM * MM
        return Slab(height + pad, tuple(parts), keepWithNext=True, kind="boxes")

    # --- boxes to write in --------------------------------------------------

    def lines(self, block: QuestionLines, parent: Element) -> list[Slab]:
        """Return a question with its boxes to write in at the right, or below."""
        theme = self._theme
        note = parent.add("P") if block.note else None
        owner = parent.add("P")
        height = max(WRITING_MM * MM, self._body.fontSize * 1.9)
        gap = theme.unit * 1.6
        widths = [line.ems * self._body.fontSize for line in block.lines]
        words = [
            self._width_of(line.words, self._body) if line.words else 0.0
            for line in block.lines
        ]
        needed = sum(widths) + sum(words) + gap * (2 * len(block.lines) - 1)
        room = self._width - self._indent
        is_beside = needed <= room * 0.58
        start = self._width - room * 0.58 if is_beside else self._indent
        width = (start - self._indent - gap) if is_beside else room
        piece = self._head(block, owner, note, width)
        marks: list[Mark] = []
        x, top = start, piece.note_height
        if not is_beside:
            top = piece.height + theme.unit * 0.7
        for line, wide, said in zip(block.lines, widths, words, strict=True):
            if x + wide + (gap + said if said else 0) > self._width + 0.5:
                x, top = start, top + height + gap
            marks += self._line(line, block.question, parent, x, top, wide, height)
            x += wide + gap
            if said:
                mark = self._middle(line.words, self._body, parent.add("P"), x, height)
                marks.append(_lower(mark, top))
                x += said + gap
        whole = max(piece.height, top + height)
        words_height = piece.height - piece.note_height
        down = max(0.0, (height - words_height) / 2) if is_beside else 0.0
        said_first = [
            mark
            if isinstance(mark, TextMark) and mark.owner is note
            else _lower(mark, down)
            for mark in piece.marks
        ]
        return [Slab(whole, (*said_first, *marks), kind="write")]

    def _line(
        self,
        line: AnswerLine,
        question: str,
        parent: Element,
        x: float,
        top: float,
        width: float,
        height: float,
    ) -> tuple[Mark, Mark]:
        drawn = BoxMark(x, top, width, height, stroke="text", line_width=1, radius=1.5)
        words = f"{question} {line.words}".strip()
        inset = 1.0
        return drawn, AnswerMark(
            x + inset, top + inset, width - 2 * inset, height - 2 * inset, line.field,
            "", False, question, words, parent.add("P").add("Form"),
        )  # fmt: skip


def _lower(mark: Mark, down: float) -> Mark:
    """Return a text further down."""
    assert isinstance(mark, TextMark)  # noqa: S101  only texts are lowered
    return mark._replace(baseline=mark.baseline + down)

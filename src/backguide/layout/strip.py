"""Set a strip: questions to tick side by side, and a line to write on, in a box."""

from dataclasses import dataclass, field

from reportlab.lib.styles import ParagraphStyle

from backguide.document import TickStrip, plain
from backguide.layout.breaking import Line, break_lines
from backguide.layout.flowables import BoxMark, Mark, RuleMark, Slab, TextMark
from backguide.layout.structure import Element
from backguide.layout.theme import Theme

WRITING_EMS = 8
"""Least length of the line to write on."""


def strip_slab(block: TickStrip, parent: Element, theme: Theme, box_word: str) -> Slab:
    """Return the strip as one slab over the whole width.

    Args:
        block: What it says.
        parent: Where its elements hang.
        theme: How it looks.
        box_word: What a screen reader says for a box.
    """
    row = _Rows(theme, theme.style("table"))
    row.lines(block.lead, theme.style("sub_heading"), parent.add("H2"))
    entries = parent.add("L", numbering="None")
    for question in block.questions:
        entry = entries.add("LI")
        label = entry.add("Lbl", actual_text=box_word)
        row.ticked(question, label, entry.add("LBody"))
    row.written(block.prompt, parent.add("P"))
    height = row.height + 2 * row.pad
    frame = BoxMark(0, 0, theme.width, height, "", "rule", radius=3)
    return Slab(height, (frame, *row.marks), spaceBefore=theme.unit * 3, kind="strip")


@dataclass(slots=True)
class _Rows:
    """Places pieces from left to right, and on the next row where one is full."""

    theme: Theme
    style: ParagraphStyle
    marks: list[Mark] = field(default_factory=list)
    _x: float = 0
    _top: float = 0

    @property
    def pad(self) -> float:
        return self.theme.unit * 1.5

    @property
    def step(self) -> float:
        return float(self.style.leading) + self.theme.unit * 0.6

    @property
    def width(self) -> float:
        return self.theme.width - 2 * self.pad

    @property
    def height(self) -> float:
        return self._top + float(self.style.leading)

    def _begin(self, needed: float) -> None:
        if self._x and self._x + needed > self.width:
            self._next_row()

    def _next_row(self) -> None:
        self._x, self._top = 0, self._top + self.step

    def lines(
        self, text: str, style: ParagraphStyle, owner: Element, indent: float = 0
    ) -> None:
        """Place a text; one that fits on no row takes several."""
        lines = break_lines(plain(text), style, self.width - indent)
        for number, line in enumerate(lines):
            if number:
                self._next_row()
            self._begin(indent + line.width)
            self._text(line, style, owner, self._x + indent)
            self._x += indent + line.width + self.theme.unit * 4

    def ticked(self, text: str, label: Element, body: Element) -> None:
        """Place a box and the words behind it."""
        side = self.style.fontSize * 0.85
        indent = self.style.fontSize * 1.3
        first = break_lines(plain(text), self.style, self.width - indent)[0]
        self._begin(indent + first.width)
        x, top = self.pad + self._x, self.pad + self._top
        down = (self.style.leading - side) / 2
        self.marks.append(
            BoxMark(x, top + down, side, side, stroke="text", line_width=1)
        )
        blank = break_lines(plain("\u00a0"), self.style, self.width)[0]
        self._text(blank, self.style, label, self._x)
        self.lines(text, self.style, body, indent)

    def written(self, prompt: str, owner: Element) -> None:
        """Place a prompt and a line behind it that takes the rest of the row."""
        line = break_lines(plain(prompt), self.style, self.width)[0]
        room = self.style.fontSize * WRITING_EMS
        self._begin(line.width + self.theme.unit * 2 + room)
        self._text(line, self.style, owner, self._x)
        start = self.pad + self._x + line.width + self.theme.unit * 2
        end = self.pad + self.width
        foot = self.pad + self._top + self.style.leading
        self.marks.append(RuleMark(start, foot, end, foot, "text", 0.75))

    def _text(
        self, line: Line, style: ParagraphStyle, owner: Element, x: float
    ) -> None:
        baseline = (
            self.pad + self._top + self.style.leading * 0.5 + self.style.fontSize * 0.34
        )
        self.marks.append(
            TextMark(
                self.pad + x, baseline, line, style.fontSize, style.textColor, owner
            )
        )

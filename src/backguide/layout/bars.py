"""Set a picture of time: for each step a bar of minutes to jog and to walk.

Jogging is solid and stands on the floor; walking is an empty frame on top. So the two
differ in any ink, also when a copier knows black and white only.
"""

from typing import Final

from reportlab.lib.styles import ParagraphStyle

from backguide.document import Span, TimeBars
from backguide.layout.breaking import Line, break_lines
from backguide.layout.flowables import (
    BoxMark,
    Mark,
    PictureMark,
    RuleMark,
    Slab,
    TextMark,
)
from backguide.layout.structure import Element
from backguide.layout.theme import Theme

TALLEST_EMS: Final = 4.2
"""Height of the highest bar."""
WIDEST_EMS: Final = 2.4
"""Most room for a bar and the gap behind it."""
FILL: Final = 0.62
"""Share of that room that the bar takes."""


def bars_slab(block: TimeBars, parent: Element, theme: Theme, width: float) -> Slab:
    """Return the picture as one slab with one alternative text."""
    style = theme.style("table")
    owner = parent.add("Figure", alt=block.alt)
    room = min(width / len(block.bars), style.fontSize * WIDEST_EMS)
    scale = style.fontSize * TALLEST_EMS / max(bar.minutes for bar in block.bars)
    legend, top = _legend(block, style, owner, width)
    floor = top + style.leading + style.fontSize * TALLEST_EMS
    marks = list(legend)
    for number, bar in enumerate(block.bars):
        left, wide = number * room, room * FILL
        jog, walk = bar.jog_min * scale, bar.walk_min * scale
        if walk:
            marks.append(_box(left, floor - jog - walk, wide, walk, is_jog=False))
        if jog:
            marks.append(_box(left, floor - jog, wide, jog, is_jog=True))
        middle = left + wide / 2
        above = floor - jog - walk - style.fontSize * 0.25
        below = floor + style.fontSize
        marks.append(_centred(bar.jog_words, "strong", middle, above, style, owner))
        marks.append(_centred(bar.label, "plain", middle, below, style, owner))
    end = room * (len(block.bars) - 1 + FILL)
    marks.append(RuleMark(0, floor, end, floor, "text", 0.75))
    height = floor + style.leading
    picture = PictureMark(0, 0, max(end, width), height, tuple(marks), owner)
    return Slab(height, (picture,), spaceBefore=theme.unit * 2, kind="figure")


def _box(x: float, top: float, width: float, height: float, *, is_jog: bool) -> BoxMark:
    return BoxMark(x, top, width, height, "accent" if is_jog else "", "text", 0.75)


def _legend(
    block: TimeBars, style: ParagraphStyle, owner: Element, width: float
) -> tuple[tuple[Mark, ...], float]:
    """Return what the bars mean, and the height that it takes."""
    marks: list[Mark] = []
    x, top = 0.0, 0.0
    side = style.fontSize * 0.75
    pieces = (("", block.title), ("jog", block.jog_word), ("walk", block.walk_word))
    for kind, words in pieces:
        indent = side * 1.5 if kind else 0
        emphasis: str = "plain" if kind else "strong"
        for line in _lines(words, emphasis, style, width - indent):
            if x and x + indent + line.width > width:
                x, top = 0, top + style.leading
            if kind:
                down = top + (style.leading - side) / 2
                marks.append(_box(x, down, side, side, is_jog=kind == "jog"))
            baseline = top + style.leading * 0.5 + style.fontSize * 0.34
            marks.append(_words(line, x + indent, baseline, style, owner))
            x += indent + line.width + style.fontSize
    return tuple(marks), top + style.leading


def _lines(
    words: str, emphasis: str, style: ParagraphStyle, width: float
) -> tuple[Line, ...]:
    return break_lines((Span(words, emphasis),), style, width)  # type: ignore[arg-type]


def _centred(
    words: str,
    emphasis: str,
    middle: float,
    baseline: float,
    style: ParagraphStyle,
    owner: Element,
) -> TextMark:
    [line] = _lines(words, emphasis, style, 10_000)
    return _words(line, middle - line.width / 2, baseline, style, owner)


def _words(
    line: Line, x: float, baseline: float, style: ParagraphStyle, owner: Element
) -> TextMark:
    return TextMark(x, baseline, line, style.fontSize, "text", owner)

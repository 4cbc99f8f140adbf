"""The lines at the head and the foot of each page, set once for a document.

Their letters have the size of the text and never shrink. Where a line is too long it
goes on below, and the text area gives way.
"""

from dataclasses import replace
from typing import Final, NamedTuple

from reportlab.lib.styles import ParagraphStyle

from backguide.document import Furniture, Span
from backguide.layout.breaking import Line, break_lines
from backguide.layout.fonts import text_width
from backguide.layout.theme import Theme

MOST_USUAL_LINES: Final = 3
"""Of the foot; if it takes more, the number of the clinic comes before its name."""

USUAL_HEAD_LINES: Final = 1
USUAL_FOOT_LINES: Final = 1
"""What the margins of a theme have room for."""


class FurnitureLines(NamedTuple):
    """The words around a page as lines, from the top."""

    head: tuple[Line, ...]
    """Id and code of the guide, beside the day of issue."""
    foot: tuple[Line, ...]
    """Whom to call and who has checked it, beside the number of the page."""


def furniture_lines(words: Furniture, theme: Theme) -> FurnitureLines:
    """Return the lines around each page of a document.

    Args:
        words: What they say.
        theme: Its ``furniture`` style and the width between its margins.
    """
    style = theme.style("furniture")
    number = words.page_words.replace("{page}", "00").replace("{pages}", "00")
    return FurnitureLines(
        _broken(words.head_line, style, _space_beside(words.issued_on, style, theme)),
        _foot(words, style, _space_beside(number, style, theme)),
    )


def with_room(theme: Theme, lines: FurnitureLines) -> Theme:
    """Return the theme with margins that hold these lines."""
    leading = theme.style("furniture").leading
    head = max(0, len(lines.head) - USUAL_HEAD_LINES)
    foot = max(0, len(lines.foot) - USUAL_FOOT_LINES)
    more_head = head - theme.extra_head_lines
    more_foot = foot - theme.extra_foot_lines
    if not more_head and not more_foot:
        return theme
    return replace(
        theme,
        margin_top=theme.margin_top + more_head * leading,
        margin_bottom=theme.margin_bottom + more_foot * leading,
        extra_head_lines=head,
        extra_foot_lines=foot,
    )


def _space_beside(text: str, style: ParagraphStyle, theme: Theme) -> float:
    """Return the width in points that a text at the right end of a line leaves."""
    size: float = style.fontSize
    return max(size, theme.width - text_width(text, "regular", size) - size)


def _broken(text: str, style: ParagraphStyle, width: float) -> tuple[Line, ...]:
    return break_lines((Span(text),), style, width)


def _foot(words: Furniture, style: ParagraphStyle, width: float) -> tuple[Line, ...]:
    lines = _broken(words.foot_line, style, width)
    if len(lines) > 1 and (short := _shortened(words, style, width)):
        return short
    if len(lines) <= MOST_USUAL_LINES or not words.clinic_phone:
        return lines
    return _broken(words.foot_line_by_phone, style, width)


def _shortened(
    words: Furniture, style: ParagraphStyle, width: float
) -> tuple[Line, ...]:
    """Return the foot as one line, with as many words of the clinic's name as fit.

    The whole name stands in the part that says whom to call. The number and who has
    checked the sheet stay whole: where they alone need more, there is no short foot.
    """
    parts = words.clinic_name.split(" ")
    for count in range(len(parts) - 1, -1, -1):
        name = f"{' '.join(parts[:count]).rstrip(',;:.')}\u2026" if count else ""
        lines = _broken(words.foot_line_for(name), style, width)
        if len(lines) == 1:
            return lines
    return ()

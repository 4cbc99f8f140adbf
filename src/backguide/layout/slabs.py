"""The form between document and page: slabs, the pieces that never split.

A slab is as wide as the text area or as one of its two columns. A line of a
paragraph is a slab, so is a table row, so is a whole exercise card. Inside, marks
stand at distances from the slab's upper left corner, y downwards.

There are thousands of slabs and marks to a document, most of them for sections that
fall out again. So they are named tuples: as unchangeable as a frozen dataclass, and
made in a quarter of the time.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeVar

from backguide.layout.breaking import Line
from backguide.layout.figures import FittedFigure
from backguide.layout.structure import Element


class TextMark(NamedTuple):
    """A line of text."""

    x: float
    baseline: float
    line: Line
    size: float
    colour: str
    owner: Element


class BoxMark(NamedTuple):
    """A rectangle: a frame, a tint, a box to tick."""

    x: float
    top: float
    width: float
    height: float
    fill: str = ""
    stroke: str = ""
    line_width: float = 0.75
    radius: float = 0


class RuleMark(NamedTuple):
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str = "rule"
    line_width: float = 0.75


class LampMark(NamedTuple):
    """A traffic light's lamp: its shape tells the light without colour."""

    x: float
    top: float
    size: float
    light: Literal["green", "amber", "red"]


class FigureMark(NamedTuple):
    """A drawing of one or more panels side by side, with a line of words each."""

    x: float
    top: float
    fitted: FittedFigure
    captions: tuple[tuple[float, Line], ...]
    """Distance from the left edge, and the words."""
    caption_size: float
    caption_baseline: float
    """Distance of the words from the upper edge of the drawing."""
    owner: Element

    @property
    def height(self) -> float:
        """Return the height of drawing and words."""
        return self.caption_baseline + self.caption_size * 0.35


class CodeMark(NamedTuple):
    """A square code of black and white squares."""

    x: float
    top: float
    module: float
    """Width of a square."""
    rows: tuple[tuple[bool, ...], ...]
    """From the top; True is black."""


class FieldMark(NamedTuple):
    """An empty field to fill in on screen."""

    x: float
    top: float
    width: float
    height: float
    name: str
    words: str
    owner: Element


class PictureMark(NamedTuple):
    """Marks that are one picture to a reader, with one alternative text."""

    x: float
    top: float
    width: float
    height: float
    marks: tuple[Any, ...]
    """At distances from the picture's own upper left corner."""
    owner: Element


Mark = (
    TextMark
    | BoxMark
    | RuleMark
    | LampMark
    | FigureMark
    | PictureMark
    | CodeMark
    | FieldMark
)


class Slab(NamedTuple):
    """A piece of a page that never splits."""

    height: float
    marks: tuple[Mark, ...] = ()
    space_before: float = 0
    """Left out at the top of a page."""
    keeps_with_next: bool = False
    header: "Slab | None" = None
    """What is repeated when the slab begins a page: a table's head."""
    section_id: str = ""
    kind: str = "text"
    is_wide: bool = False
    """True when it needs the whole width; else it may stand in a column."""


@dataclass(slots=True)
class SlabList:
    """Collects slabs in reading order."""

    section_id: str = ""
    slabs: list[Slab] = field(default_factory=list)

    def add(self, slab: Slab) -> None:
        """Append a slab of the current section."""
        if slab.section_id != self.section_id:
            slab = slab._replace(section_id=self.section_id)
        self.slabs.append(slab)


_Tuple = TypeVar("_Tuple", Slab, TextMark, BoxMark, RuleMark, LampMark, FigureMark)


def replace(item: _Tuple, **changes: Any) -> _Tuple:
    """Return a slab or a mark with some fields changed."""
    return item._replace(**changes)


def in_section(slab: Slab, section_id: str, *, is_wide: bool) -> Slab:
    """Return the slab with its section, and with or without the whole width."""
    if slab.section_id == section_id and slab.is_wide == is_wide:
        return slab
    return slab._replace(section_id=section_id, is_wide=is_wide)


def moved(mark: Mark, dx: float, dy: float) -> Mark:
    """Return the mark shifted to the right and down."""
    match mark:
        case TextMark(x, baseline, line, size, colour, owner):
            return TextMark(x + dx, baseline + dy, line, size, colour, owner)
        case BoxMark():
            return BoxMark(mark.x + dx, mark.top + dy, *mark[2:])
        case RuleMark(x1, y1, x2, y2, colour, line_width):
            return RuleMark(x1 + dx, y1 + dy, x2 + dx, y2 + dy, colour, line_width)
        case _:
            return mark._replace(x=mark.x + dx, top=mark.top + dy)


def stacked(
    slabs: list[Slab], *, gap_first: bool = False
) -> tuple[tuple[Mark, ...], float]:
    """Return the marks of slabs set one under the other, and their whole height.

    Args:
        slabs: In order.
        gap_first: Keep the space before the first slab.
    """
    marks: list[Mark] = []
    y = 0.0
    for number, slab in enumerate(slabs):
        if number or gap_first:
            y += slab.space_before
        marks += [moved(mark, 0, y) for mark in slab.marks] if y else slab.marks
        y += slab.height
    return tuple(marks), y

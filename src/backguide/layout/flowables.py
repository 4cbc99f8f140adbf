"""What is placed on pages: Flowables that never split.

A Flowable is as wide as the text area or as one of its two columns. A line of a
paragraph is one, so is a table row, so is a whole exercise card. Inside, marks stand at
distances from the upper left corner, y downwards.

There are thousands of marks to a document, most of them for sections that fall out
again. So they are named tuples: as unchangeable as a frozen dataclass, and made in a
quarter of the time.
"""

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeVar

from backguide.layout.breaking import Line
from backguide.layout.figures import FittedFigure, draw_figure
from backguide.layout.platypus import Flowable
from backguide.layout.structure import Element

if TYPE_CHECKING:
    from backguide.layout.canvas import TaggedCanvas


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


class AnswerMark(NamedTuple):
    """A box to tick or to write in, as a field of a form with dotted names."""

    x: float
    top: float
    width: float
    height: float
    field: str
    value: str
    """What a ticked box stands for; empty for a box to write in."""
    is_choice: bool
    """True when other boxes have the same field."""
    question: str
    words: str
    """What a screen reader says of this very box."""
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
    | AnswerMark
)


Said = TextMark | FigureMark | PictureMark | FieldMark | AnswerMark
"""Marks that belong to an element."""


class Slab(Flowable):  # type: ignore[misc]
    """A Flowable of marks that never splits."""

    # What most have; kept with the class, as there are so many.
    width = spaceBefore = spaceAfter = 0
    header: "Slab | None" = None
    """What is repeated when the slab begins a page: a table's head."""
    keepWithNext = False
    section_id = ""
    kind = "text"
    is_wide = False
    """True when it needs the whole width; else it may stand in a column."""
    _frames: "tuple[object, str] | None" = None
    """What draws its shapes, with the palette that it is for."""

    def __init__(
        self, height: float, marks: tuple[Mark, ...] = (), **more: Any
    ) -> None:
        """Take the marks.

        Args:
            height: In points.
            marks: At distances from the upper left corner.
            more: Of the attributes above; ``spaceBefore`` is left out at the top of
                a page.
        """
        self.height = height
        self.marks = marks
        self.__dict__.update(more)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Return the size, which is known."""
        return self.width, self.height

    def drawOn(self, canvas: Any, x: float, y: float, _sW: float = 0) -> None:
        """Draw from the lower left corner, without a state of the canvas of its own.

        So pieces of one element that follow each other stay one. A page that is only
        planned takes note of the place.
        """
        canvas.place(self, x, y)

    def draw(self) -> None:
        """Draw at the origin."""
        self.draw_at(self.canv, 0, 0)

    def draw_at(self, canvas: "TaggedCanvas", x: float, y: float) -> None:
        """Draw: first the frames, then the text in reading order.

        Args:
            canvas: Where to.
            x: Left edge in points.
            y: Lower edge in points.
        """
        top = y + self.height
        is_repeated = self.kind == REPEATED
        if len(self.marks) == 1 and not is_repeated:
            (line,) = self.marks
            if isinstance(line, TextMark):  # most are a line of a paragraph
                with canvas.owned_by(line.owner):
                    _draw_text(canvas, line, x, top)
                return
        said = [mark for mark in self.marks if isinstance(mark, Said)]
        if len(said) < len(self.marks):
            with canvas.artifact():
                canvas.replay(self._recorded(canvas), x, top)
        if is_repeated:
            with canvas.artifact("Header"):
                for mark in said:
                    if isinstance(mark, TextMark):
                        _draw_text(canvas, mark, x, top)
            return
        for owner, group in groupby(said, key=lambda mark: mark.owner):
            if owner.tag == "Form":
                # A field has no content on the page, so there is nothing to mark.
                for mark in group:
                    _draw_said(canvas, mark, x, top)
                continue
            with canvas.owned_by(owner):
                for mark in group:
                    _draw_said(canvas, mark, x, top)

    def _recorded(self, canvas: "TaggedCanvas") -> str:
        """Return what draws frames and rules, from the upper left corner."""
        if self._frames is None or self._frames[0] is not canvas.palette:
            shapes = [mark for mark in self.marks if not isinstance(mark, Said)]
            with canvas.recording() as code:
                for shape in shapes:
                    _draw_shape(canvas, shape, 0, 0)
            self._frames = canvas.palette, " ".join(code)
        return self._frames[1]


REPEATED: Final = "table-head"
"""The kind of a table's head that is shown again; it is read only once."""

Story = list[Slab]
"""Flowables in reading order."""

_Tuple = TypeVar("_Tuple", TextMark, BoxMark, RuleMark, LampMark, FigureMark)


def replace(slab: Slab, **changes: Any) -> Slab:
    """Return a slab with some attributes changed."""
    other = Slab.__new__(Slab)
    other.__dict__.update(slab.__dict__)
    if "marks" in changes:
        changes["_frames"] = None
    other.__dict__.update(changes)
    return other


def in_section(slab: Slab, section_id: str, *, is_wide: bool) -> Slab:
    """Return the slab with its section, and with or without the whole width."""
    if slab.section_id == section_id and slab.is_wide == is_wide:
        return slab
    return replace(slab, section_id=section_id, is_wide=is_wide)


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
            y += slab.spaceBefore
        marks += [moved(mark, 0, y) for mark in slab.marks] if y else slab.marks
        y += slab.height
    return tuple(marks), y


# --- drawing marks ------------------------------------------------------------


def _draw_said(canvas: "TaggedCanvas", mark: "Said", left: float, upper: float) -> None:
    match mark:
        case FigureMark():
            _draw_figure(canvas, mark, left, upper)
        case PictureMark():
            _draw_picture(canvas, mark, left, upper)
        case FieldMark():
            _draw_field(canvas, mark, left, upper)
        case AnswerMark():
            x, top = left + mark.x, upper - mark.top
            canvas.answer(mark, (x, top - mark.height, x + mark.width, top))
        case _:
            _draw_text(canvas, mark, left, upper)


def _draw_field(
    canvas: "TaggedCanvas", mark: FieldMark, left: float, upper: float
) -> None:
    x, top = left + mark.x, upper - mark.top
    box = (x, top - mark.height, x + mark.width, top)
    canvas.text_field(mark.owner, box, mark.name, mark.words)


def _draw_picture(
    canvas: "TaggedCanvas", mark: PictureMark, left: float, upper: float
) -> None:
    """Draw marks as one piece with one alternative text."""
    x, top = left + mark.x, upper - mark.top
    mark.owner.bbox = (x, top - mark.height, x + mark.width, top)
    for inner in mark.marks:
        if isinstance(inner, TextMark):
            _draw_text(canvas, inner, x, top)
        else:
            _draw_shape(canvas, inner, x, top)


def _draw_figure(
    canvas: "TaggedCanvas", mark: FigureMark, left: float, upper: float
) -> None:
    """Draw a figure and its words as one piece with one alternative text."""
    fitted, x = mark.fitted, left + mark.x
    foot = upper - mark.top - fitted.height
    bottom = upper - mark.top - mark.height
    mark.owner.bbox = (x, bottom, x + fitted.width, foot + fitted.height)
    draw_figure(canvas, fitted, x, foot)
    baseline = upper - mark.top - mark.caption_baseline
    for offset, line in mark.captions:
        size, colour = mark.caption_size, canvas.colour("text")
        canvas.words(x + offset, baseline, line, size, colour)


def _draw_text(
    canvas: "TaggedCanvas", mark: TextMark, left: float, upper: float
) -> None:
    if not mark.line.runs:
        return
    owner, size = mark.owner, mark.size
    x, y = left + mark.x, upper - mark.baseline
    if owner.uri:
        box = (x, y - size * 0.25, x + mark.line.width, y + size * 0.8)
        canvas.link(owner, box, owner.uri, owner.title)
    canvas.words(x, y, mark.line, size, canvas.colour(mark.colour))


def _draw_shape(canvas: "TaggedCanvas", mark: Mark, left: float, upper: float) -> None:
    """Draw a shape; lengths count from the upper left corner of its slab."""
    match mark:
        case BoxMark():
            canvas.rectangle(
                left + mark.x,
                upper - mark.top - mark.height,
                mark.width,
                mark.height,
                fill=canvas.colour(mark.fill) if mark.fill else None,
                stroke=canvas.colour(mark.stroke) if mark.stroke else None,
                line_width=mark.line_width,
                radius=mark.radius,
            )
        case RuleMark():
            canvas.rule(
                left + mark.x1,
                upper - mark.y1,
                left + mark.x2,
                upper - mark.y2,
                colour=canvas.colour(mark.colour),
                line_width=mark.line_width,
            )
        case CodeMark():
            _draw_code(canvas, mark, left + mark.x, upper - mark.top)
        case LampMark():
            _draw_lamp(canvas, mark, left + mark.x, upper - mark.top - mark.size)


def _draw_code(canvas: "TaggedCanvas", mark: CodeMark, x: float, top: float) -> None:
    """Draw a square code as one path; squares side by side are one piece."""
    step = mark.module
    path = canvas.beginPath()
    for down, row in enumerate(mark.rows, 1):
        across = 0
        for is_black, run in groupby(row):
            count = len(list(run))
            if is_black:
                left, lower = x + across * step, top - down * step
                path.rect(left, lower, count * step, step)
            across += count
    canvas.setFillColorRGB(0, 0, 0)
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_lamp(canvas: "TaggedCanvas", mark: LampMark, x: float, y: float) -> None:
    """Draw a circle (go), a triangle (slow) or an octagon (stop)."""
    colour = canvas.colour(mark.light)
    size = mark.size
    white = (1.0, 1.0, 1.0)
    if mark.light == "green":
        middle = size / 2
        canvas.disc(x + middle, y + middle, middle, fill=colour)
        canvas.polygon(
            [
                (x + size * 0.24, y + size * 0.48),
                (x + size * 0.34, y + size * 0.58),
                (x + size * 0.45, y + size * 0.46),
                (x + size * 0.68, y + size * 0.70),
                (x + size * 0.78, y + size * 0.60),
                (x + size * 0.45, y + size * 0.26),
            ],
            fill=white,
        )
    elif mark.light == "amber":
        canvas.polygon(
            [(x, y + size * 0.04), (x + size, y + size * 0.04),
             (x + size / 2, y + size * 0.94)],
            fill=colour,
        )  # fmt: skip
        canvas.rectangle(
            x + size * 0.46, y + size * 0.34, size * 0.08, size * 0.30,
            fill=white, stroke=None, line_width=0,
        )  # fmt: skip
        canvas.disc(x + size / 2, y + size * 0.20, size * 0.055, fill=white)
    else:
        low, high = size * 0.29, size * 0.71
        corners = [(low, 0), (high, 0), (size, low), (size, high), (high, size),
                   (low, size), (0, high), (0, low)]  # fmt: skip
        points = [(x + dx, y + dy) for dx, dy in corners]
        canvas.polygon(points, fill=colour)
        canvas.rectangle(
            x + size * 0.2, y + size * 0.42, size * 0.6, size * 0.16,
            fill=white, stroke=None, line_width=0,
        )  # fmt: skip

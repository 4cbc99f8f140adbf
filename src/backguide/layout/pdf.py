"""Draw the pages of a document as one PDF."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from backguide.document import Handout
from backguide.layout.breaking import Line
from backguide.layout.build import Builder, Memo
from backguide.layout.canvas import Recorder, TaggedCanvas
from backguide.layout.figures import draw_figure
from backguide.layout.fonts import text_width
from backguide.layout.furniture import FurnitureLines, furniture_lines, with_room
from backguide.layout.packing import packed
from backguide.layout.paginate import Page, Placed, paginate
from backguide.layout.slabs import (
    BoxMark,
    CodeMark,
    FieldMark,
    FigureMark,
    LampMark,
    Mark,
    PictureMark,
    RuleMark,
    TextMark,
)
from backguide.layout.structure import Element
from backguide.layout.theme import MM, TextStyle, Theme

if TYPE_CHECKING:
    from backguide.layout.logo import Logo

EDGE_MM = 15.3
"""Nothing stands nearer to the edge of the sheet (A4 15 mm, Letter 0.6 inch)."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a slab of the document landed."""

    section_id: str
    kind: str
    page: int
    """Counted from 1."""
    top: float
    """Upper edge in points from the lower edge of the sheet."""
    bottom: float
    keeps_with_next: bool


@dataclass(frozen=True, slots=True)
class Laid:
    """A document put on pages, ready to draw."""

    handout: Handout
    theme: Theme
    pages: tuple[Page, ...]
    root: Element
    furniture: FurnitureLines

    def placements(self) -> tuple[Placement, ...]:
        """Return where everything stands, in reading order."""
        upper = self.theme.page_height - self.theme.margin_top
        return tuple(
            Placement(
                placed.slab.section_id,
                placed.slab.kind,
                number,
                upper - placed.top,
                upper - placed.top - placed.slab.height,
                placed.slab.keeps_with_next,
            )
            for number, page in enumerate(self.pages, 1)
            for placed in page
            if not placed.is_repeated
        )


def lay_out(
    handout: Handout,
    theme: Theme,
    memo: Memo | None = None,
    *,
    logo_size: tuple[float, float] | None = None,
) -> Laid:
    """Return the document on pages, measured but not drawn.

    Args:
        handout: The document.
        theme: How it looks.
        memo: See ``Builder``; for laying out one person's document several times.
        logo_size: Width and height to leave free at the top right, in points.

    Raises:
        LayoutError: A piece is higher than a page, or a character has no glyph.
    """
    memo = Memo() if memo is None else memo
    furniture = furniture_lines(handout.furniture, theme)
    theme = with_room(theme, furniture)
    handout = packed(handout, theme, memo, logo_size)
    builder = Builder(handout, theme, memo, logo_size=logo_size)
    first, later = builder.build()
    pages = paginate(first, later, theme)
    return Laid(handout, theme, pages, builder.root, furniture)


def render_pdf(laid: Laid, *, pdf_title: str, logo: "Logo | None" = None) -> bytes:
    """Return the PDF of a document.

    The bytes depend only on the arguments: no clock, no random id.

    Args:
        laid: The document on its pages.
        pdf_title: What viewers and print queues show; never a person's name.
        logo: Drawn at the top right of page one, where ``lay_out`` left room.
    """
    theme = laid.theme
    canvas = TaggedCanvas(
        theme.page_width,
        theme.page_height,
        title=f"{pdf_title} {laid.handout.furniture.code}",
        language=laid.handout.language,
        issued_on=laid.handout.issued_on,
    )
    painter = _Painter(canvas, theme)
    titles: dict[str, str] = {}
    for part in laid.handout.sections:
        titles.setdefault(part.id, part.title or laid.handout.title)
    seen: set[str] = set()
    for number, page in enumerate(laid.pages, 1):
        for placed in page:
            section = placed.slab.section_id
            if section in titles and section not in seen:
                seen.add(section)
                top = theme.page_height - theme.margin_top - placed.top
                canvas.bookmark(section, titles[section], top)
            painter.slab(placed)
        if logo is not None and number == 1:
            painter.logo(logo)
        painter.furniture(laid.handout, laid.furniture, number, len(laid.pages))
        canvas.end_page()
    return canvas.finish(laid.root)


@lru_cache(maxsize=4096)
def _recorded(shapes: tuple[Mark, ...], theme: Theme) -> str:
    """Return what draws frames and rules, from the upper left corner of their slab.

    Keyed by what they are: most are those of the library's tables and boxes, and all
    are only numbers and names of colours.
    """
    recorder = Recorder()
    painter = _Painter(recorder, theme)
    for shape in shapes:
        painter.shape(shape, 0, 0)
    return recorder.recorded()


Said = TextMark | FigureMark | PictureMark | FieldMark
"""Marks that belong to an element."""


class _Painter:
    """Draws marks; knows colours and the direction of y."""

    def __init__(self, canvas: TaggedCanvas, theme: Theme) -> None:
        self._canvas = canvas
        self._theme = theme
        self._left = theme.margin_left
        self._upper = theme.page_height - theme.margin_top

    def _colour(self, name: str) -> tuple[float, float, float]:
        colour: tuple[float, float, float] = getattr(self._theme.palette, name)
        return colour

    def slab(self, placed: Placed) -> None:
        """Draw one slab: first its frames, then its text in reading order."""
        left = self._left + placed.left
        upper = self._upper - placed.top
        marks = placed.slab.marks
        if len(marks) == 1 and not placed.is_repeated:
            (line,) = marks
            if isinstance(line, TextMark):  # most slabs are a line of a paragraph
                with self._canvas.owned_by(line.owner):
                    self._text(line, left, upper)
                return
        said: list[Said] = []
        shapes = []
        for mark in marks:
            if isinstance(mark, Said):
                said.append(mark)
            else:
                shapes.append(mark)
        if shapes:
            with self._canvas.artifact():
                self._canvas.replay(_recorded(tuple(shapes), self._theme), left, upper)
        if placed.is_repeated:
            with self._canvas.artifact("Header"):
                for mark in said:
                    if isinstance(mark, TextMark):
                        self._text(mark, left, upper)
            return
        for owner, group in groupby(said, key=lambda mark: mark.owner):
            if owner.tag == "Form":
                # A field has no content on the page, so there is nothing to mark.
                for mark in group:
                    self._said(mark, left, upper)
                continue
            with self._canvas.owned_by(owner):
                for mark in group:
                    self._said(mark, left, upper)

    def _said(self, mark: "Said", left: float, upper: float) -> None:
        match mark:
            case FigureMark():
                self._figure(mark, left, upper)
            case PictureMark():
                self._picture(mark, left, upper)
            case FieldMark():
                self._field(mark, left, upper)
            case _:
                self._text(mark, left, upper)

    def _field(self, mark: FieldMark, left: float, upper: float) -> None:
        x, top = left + mark.x, upper - mark.top
        box = (x, top - mark.height, x + mark.width, top)
        self._canvas.text_field(mark.owner, box, mark.name, mark.words)

    def _picture(self, mark: PictureMark, left: float, upper: float) -> None:
        """Draw marks as one piece with one alternative text."""
        x, top = left + mark.x, upper - mark.top
        mark.owner.bbox = (x, top - mark.height, x + mark.width, top)
        for inner in mark.marks:
            if isinstance(inner, TextMark):
                self._text(inner, x, top)
            else:
                self.shape(inner, x, top)

    def _figure(self, mark: FigureMark, left: float, upper: float) -> None:
        """Draw a figure and its words as one piece with one alternative text."""
        fitted, x = mark.fitted, left + mark.x
        foot = upper - mark.top - fitted.height
        bottom = upper - mark.top - mark.height
        mark.owner.bbox = (x, bottom, x + fitted.width, foot + fitted.height)
        draw_figure(self._canvas, fitted, x, foot, self._theme)
        baseline = upper - mark.top - mark.caption_baseline
        for offset, line in mark.captions:
            size, colour = mark.caption_size, self._colour("text")
            self._canvas.words(x + offset, baseline, line, size, colour)

    def _text(self, mark: TextMark, left: float, upper: float) -> None:
        if not mark.line.runs:
            return
        owner, size = mark.owner, mark.size
        x, y = left + mark.x, upper - mark.baseline
        if owner.uri:
            box = (x, y - size * 0.25, x + mark.line.width, y + size * 0.8)
            self._canvas.link(owner, box, owner.uri, owner.title)
        self._canvas.words(x, y, mark.line, size, self._colour(mark.colour))

    def shape(self, mark: Mark, left: float, upper: float) -> None:
        """Draw a shape; lengths count from the upper left corner of its slab."""
        match mark:
            case BoxMark():
                self._canvas.rectangle(
                    left + mark.x,
                    upper - mark.top - mark.height,
                    mark.width,
                    mark.height,
                    fill=self._colour(mark.fill) if mark.fill else None,
                    stroke=self._colour(mark.stroke) if mark.stroke else None,
                    line_width=mark.line_width,
                    radius=mark.radius,
                )
            case RuleMark():
                self._canvas.rule(
                    left + mark.x1,
                    upper - mark.y1,
                    left + mark.x2,
                    upper - mark.y2,
                    colour=self._colour(mark.colour),
                    line_width=mark.line_width,
                )
            case CodeMark():
                self._code(mark, left + mark.x, upper - mark.top)
            case LampMark():
                self._lamp(mark, left + mark.x, upper - mark.top - mark.size)

    def _code(self, mark: CodeMark, x: float, top: float) -> None:
        """Draw a square code as one path; squares side by side are one piece."""
        step = mark.module
        path = self._canvas.beginPath()
        for down, row in enumerate(mark.rows, 1):
            across = 0
            for is_black, run in groupby(row):
                count = len(list(run))
                if is_black:
                    left, lower = x + across * step, top - down * step
                    path.rect(left, lower, count * step, step)
                across += count
        self._canvas.setFillColorRGB(0, 0, 0)
        self._canvas.drawPath(path, stroke=0, fill=1)

    def _lamp(self, mark: LampMark, x: float, y: float) -> None:
        """Draw a circle (go), a triangle (slow) or an octagon (stop)."""
        colour = self._colour(mark.light)
        size = mark.size
        white = (1.0, 1.0, 1.0)
        if mark.light == "green":
            middle = size / 2
            self._canvas.disc(x + middle, y + middle, middle, fill=colour)
            self._canvas.polygon(
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
            self._canvas.polygon(
                [(x, y + size * 0.04), (x + size, y + size * 0.04),
                 (x + size / 2, y + size * 0.94)],
                fill=colour,
            )  # fmt: skip
            self._canvas.rectangle(
                x + size * 0.46, y + size * 0.34, size * 0.08, size * 0.30,
                fill=white, stroke=None, line_width=0,
            )  # fmt: skip
            self._canvas.disc(x + size / 2, y + size * 0.20, size * 0.055, fill=white)
        else:
            low, high = size * 0.29, size * 0.71
            corners = [(low, 0), (high, 0), (size, low), (size, high), (high, size),
                       (low, size), (0, high), (0, low)]  # fmt: skip
            points = [(x + dx, y + dy) for dx, dy in corners]
            self._canvas.polygon(points, fill=colour)
            self._canvas.rectangle(
                x + size * 0.2, y + size * 0.42, size * 0.6, size * 0.16,
                fill=white, stroke=None, line_width=0,
            )  # fmt: skip

    def logo(self, logo: "Logo") -> None:
        """Draw the clinic's logo beside the title of page one."""
        width, height = logo.size()
        theme = self._theme
        right = theme.page_width - theme.margin_right
        top = theme.page_height - theme.margin_top
        with self._canvas.artifact():
            self._canvas.image(logo, right - width, top - height, width, height)

    def furniture(
        self, handout: Handout, lines: FurnitureLines, page: int, pages: int
    ) -> None:
        """Draw what stands at the top and the foot of each page.

        Args:
            handout: For its day of issue and the words of the page number.
            lines: Its other furniture, for which the theme has room.
            page: Counted from 1.
            pages: How many there are.
        """
        theme, words = self._theme, handout.furniture
        style = theme.style("furniture")
        edge = EDGE_MM * MM
        right = theme.page_width - theme.margin_right
        top = theme.page_height - edge - style.size * 0.8
        with self._canvas.artifact("Header"):
            self._at_left(lines.head, top, style)
            self._at_right(words.issued_on, top, style)
            rule = top - (len(lines.head) - 1) * style.leading - style.size * 0.5
            self._canvas.rule(
                theme.margin_left, rule, right, rule,
                colour=self._colour("rule"), line_width=0.5,
            )  # fmt: skip
        number = words.page_words.replace("{page}", str(page))
        number = number.replace("{pages}", str(pages))
        bottom = edge + style.size * 0.25
        top = bottom + (len(lines.foot) - 1) * style.leading
        with self._canvas.artifact("Footer"):
            # Nearer to the words below than to the last line of the text area.
            rule = top + style.leading - style.size * 0.15
            self._canvas.rule(
                theme.margin_left, rule, right, rule,
                colour=self._colour("rule"), line_width=0.5,
            )  # fmt: skip
            self._at_left(lines.foot, top, style)
            self._at_right(number, top, style)

    def _at_left(self, lines: tuple[Line, ...], top: float, style: TextStyle) -> None:
        for number, line in enumerate(lines):
            if line.runs:
                self._canvas.words(
                    self._theme.margin_left, top - number * style.leading,
                    line, style.size, self._colour(style.colour),
                )  # fmt: skip

    def _at_right(self, text: str, baseline: float, style: TextStyle) -> None:
        theme = self._theme
        width = text_width(text, "regular", style.size)
        x = theme.page_width - theme.margin_right - width
        colour = self._colour(style.colour)
        self._canvas.text(x, baseline, [(text, "regular")], style.size, colour)

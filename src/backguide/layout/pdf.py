"""Draw the pages of a document as one PDF."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reportlab.lib.styles import ParagraphStyle

from backguide.document import Handout
from backguide.layout.breaking import Line
from backguide.layout.build import Builder, Memo
from backguide.layout.canvas import TaggedCanvas
from backguide.layout.fonts import text_width
from backguide.layout.furniture import FurnitureLines, furniture_lines, with_room
from backguide.layout.packing import packed
from backguide.layout.paginate import Page, paginate
from backguide.layout.structure import Element
from backguide.layout.theme import MM, Theme

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
    keepWithNext: bool


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
                placed.slab.keepWithNext,
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


def render_pdf(
    laid: Laid,
    *,
    pdf_title: str,
    logo: "Logo | None" = None,
    form_note: tuple[str, str] | None = None,
) -> bytes:
    """Return the PDF of a document.

    The bytes depend only on the arguments: no clock, no random id.

    Args:
        laid: The document on its pages.
        pdf_title: What viewers and print queues show; never a person's name.
        logo: Drawn at the top right of page one, where ``lay_out`` left room.
        form_note: Name and text of a field that stands on no page.
    """
    theme = laid.theme
    canvas = TaggedCanvas(
        theme.page_width,
        theme.page_height,
        title=f"{pdf_title} {laid.handout.furniture.code}",
        language=laid.handout.language,
        issued_on=laid.handout.issued_on,
        ink=theme.ink,
    )
    if form_note is not None:
        canvas.note_in_form(*form_note)
    surround = _Surround(canvas, theme)
    titles: dict[str, str] = {}
    for part in laid.handout.sections:
        titles.setdefault(part.id, part.title or laid.handout.title)
    seen: set[str] = set()
    upper = theme.page_height - theme.margin_top
    for number, page in enumerate(laid.pages, 1):
        for placed in page:
            section = placed.slab.section_id
            if section in titles and section not in seen:
                seen.add(section)
                canvas.bookmark(section, titles[section], upper - placed.top)
            left, lower = theme.margin_left + placed.left, upper - placed.top
            placed.slab.drawOn(canvas, left, lower - placed.slab.height)
        if logo is not None and number == 1:
            surround.logo(logo)
        surround.furniture(laid.handout, laid.furniture, number, len(laid.pages))
        canvas.end_page()
    return canvas.finish(laid.root)


class _Surround:
    """Draws what stands around the text of each page."""

    def __init__(self, canvas: TaggedCanvas, theme: Theme) -> None:
        self._canvas = canvas
        self._theme = theme

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
        top = theme.page_height - edge - style.fontSize * 0.8
        with self._canvas.artifact("Header"):
            self._at_left(lines.head, top, style)
            self._at_right(words.issued_on, top, style)
            rule = top - (len(lines.head) - 1) * style.leading - style.fontSize * 0.5
            self._canvas.rule(
                theme.margin_left, rule, right, rule,
                colour=self._canvas.colour("rule"), line_width=0.5,
            )  # fmt: skip
        number = words.page_words.replace("{page}", str(page))
        number = number.replace("{pages}", str(pages))
        bottom = edge + style.fontSize * 0.25
        top = bottom + (len(lines.foot) - 1) * style.leading
        with self._canvas.artifact("Footer"):
            # Nearer to the words below than to the last line of the text area.
            rule = top + style.leading - style.fontSize * 0.15
            self._canvas.rule(
                theme.margin_left, rule, right, rule,
                colour=self._canvas.colour("rule"), line_width=0.5,
            )  # fmt: skip
            self._at_left(lines.foot, top, style)
            self._at_right(number, top, style)

    def _at_left(
        self, lines: tuple[Line, ...], top: float, style: ParagraphStyle
    ) -> None:
        for number, line in enumerate(lines):
            if line.runs:
                self._canvas.words(
                    self._theme.margin_left, top - number * style.leading,
                    line, style.fontSize, self._canvas.colour(style.textColor),
                )  # fmt: skip

    def _at_right(self, text: str, baseline: float, style: ParagraphStyle) -> None:
        theme = self._theme
        width = text_width(text, "regular", style.fontSize)
        x = theme.page_width - theme.margin_right - width
        colour = self._canvas.colour(style.textColor)
        self._canvas.text(x, baseline, [(text, "regular")], style.fontSize, colour)

"""Plain reportlab Platypus, as its user guide teaches it; untagged."""

from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from document import Reference, document
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.charts.lineplots import LinePlot
from reportlab.graphics.shapes import Circle, Drawing, PolyLine
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    KeepTogether,
    ListFlowable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

FONTS = Path(__file__).parents[2] / "src" / "backguide" / "fonts"
BLUE, RED = colors.HexColor("#1f4e79"), colors.HexColor("#b3261e")
STYLES: dict[str, ParagraphStyle] = {}


def prepare() -> None:
    """Load the fonts and make the styles."""
    for face in ("Regular", "Bold", "Italic", "BoldItalic"):
        pdfmetrics.registerFont(TTFont(face, FONTS / f"SourceSans3-{face}.ttf"))
    pdfmetrics.registerFontFamily("Regular", "Regular", "Bold", "Italic", "BoldItalic")
    body = ParagraphStyle("body", fontName="Regular", fontSize=9.5, leading=13,
                          spaceAfter=3, bulletFontName="Regular")  # fmt: skip
    STYLES.update(
        body=body,
        h1=ParagraphStyle("h1", body, fontName="Bold", fontSize=19, leading=24,
                          textColor=BLUE),
        h2=ParagraphStyle("h2", body, fontName="Bold", fontSize=11.5, leading=15,
                          textColor=BLUE, spaceBefore=6, spaceAfter=2, keepWithNext=1),
        cell=ParagraphStyle("cell", body, fontSize=8, leading=10.2, spaceAfter=0),
        head=ParagraphStyle("head", body, fontName="Bold", fontSize=8, leading=10.2,
                            textColor=colors.white),
        name=ParagraphStyle("name", body, fontName="Bold", fontSize=9, leading=11.5),
        small=ParagraphStyle("small", body, fontSize=7.5, leading=10),
    )  # fmt: skip


class NumberedCanvas(Canvas):
    """Draws the furniture at the end, when the number of pages is known."""

    reference: Reference

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin."""
        super().__init__(*args, **kwargs)
        self._states: list[dict[str, Any]] = []

    def showPage(self) -> None:
        """Keep the page for later."""
        self._states.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Draw what stands on each page and save."""
        for number, state in enumerate(self._states, 1):
            self.__dict__.update(state)
            self.setFont("Regular", 8)
            self.drawString(18 * mm, 285 * mm, self.reference.header[0])
            self.drawRightString(192 * mm, 285 * mm, self.reference.header[1])
            self.line(18 * mm, 283 * mm, 192 * mm, 283 * mm)
            self.drawString(18 * mm, 10 * mm, self.reference.footer)
            self.drawRightString(
                192 * mm, 10 * mm, f"Page {number} of {len(self._states)}"
            )
            super().showPage()
        super().save()


def render(fields: dict[str, Any], size: tuple[int, int]) -> bytes:
    """Return the PDF of a profile."""
    reference = document(fields, *size)
    stream = BytesIO()
    template = SimpleDocTemplate(
        stream, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=20 * mm,
        bottomMargin=17 * mm, title="Test guide", author="benchmark", lang="en-GB",
    )  # fmt: skip
    canvas = type("Canvas", (NumberedCanvas,), {"reference": reference})
    template.build(_story(reference), canvasmaker=canvas)
    return stream.getvalue()


def _story(reference: Reference) -> list[Any]:
    text = lambda words, style="body": Paragraph(escape(words), STYLES[style])  # noqa: E731
    box = [[text(reference.warning, "name")], [_bullets(reference.warning_items)]]
    story: list[Any] = [
        text(reference.title, "h1"),
        Table(box, colWidths=174 * mm, style=[("BOX", (0, 0), (-1, -1), 1.2, RED),
              ("BACKGROUND", (0, 0), (-1, -1), colors.HexColor("#fdecea"))]),
    ]  # fmt: skip
    for title, paragraphs, items in reference.sections:
        story.append(text(title, "h2"))
        story += [text(words) for words in paragraphs]
        story.append(_bullets(items))
    story.append(text("Exercises", "h2"))
    cards = [
        [text(name, "name"), text(dose), figure(picture), text(words)]
        for name, dose, words, picture in reference.cards
    ]
    rows = [cards[n : n + 2] for n in range(0, len(cards), 2)]
    story.append(Table(rows, colWidths=87 * mm,
                       style=[("BOX", (0, 0), (-1, -1), 0.5, colors.grey),
                              ("INNERGRID", (0, 0), (-1, -1), 0.5, colors.grey),
                              ("VALIGN", (0, 0), (-1, -1), "TOP")]))  # fmt: skip
    story += [text("Plan", "h2"), _table(reference.plan), Spacer(0, 6)]
    story += [text("Diary", "h2"), _table(reference.diary, 17), Spacer(0, 6)]
    story.append(KeepTogether([text("Minutes so far", "h2"), chart(reference.chart)]))
    code = Drawing(70, 70)
    code.add(QrCodeWidget(reference.address, barLevel="M", barWidth=70, barHeight=70))
    story += [code, text("Sources", "h2")]
    story += [text(words, "small") for words in reference.references]
    return story


def _bullets(items: tuple[str, ...]) -> ListFlowable:
    return ListFlowable([Paragraph(escape(item), STYLES["body"]) for item in items],
                        bulletType="bullet", bulletFontName="Regular", start="\u2022")  # fmt: skip


def _table(rows: tuple[tuple[str, ...], ...], height: float | None = None) -> Table:
    cells = [[Paragraph(escape(c), STYLES["head" if n == 0 else "cell"]) for c in row]
             for n, row in enumerate(rows)]  # fmt: skip
    heights = [None] + [height] * (len(rows) - 1)
    return Table(cells, rowHeights=heights, colWidths=174 * mm / len(rows[0]),
                 repeatRows=1,
                 style=[("GRID", (0, 0), (-1, -1), 0.5, colors.grey),
                        ("BACKGROUND", (0, 0), (-1, 0), BLUE)])  # fmt: skip


def figure(picture: Any) -> Drawing:
    """Return a stick figure."""
    shape = Drawing(70, 70)
    x, y, radius = (0.7 * value for value in picture.head)
    shape.add(Circle(x, y, radius, fillColor=None, strokeWidth=1.3))
    for line in picture.lines:
        points = [0.7 * value for point in line for value in point]
        shape.add(PolyLine(points, strokeWidth=1.3))
    return shape


def chart(points: tuple[float, ...]) -> Drawing:
    """Return a line chart."""
    shape = Drawing(493, 118)
    plot = LinePlot()
    plot.x, plot.y, plot.width, plot.height = 30, 15, 450, 95
    plot.data = [list(enumerate(points, 1))]
    plot.yValueAxis.valueMin, plot.yValueAxis.valueMax = 0, 60
    for axis in (plot.xValueAxis, plot.yValueAxis):
        axis.labels.fontName = "Regular"
    shape.add(plot)
    return shape

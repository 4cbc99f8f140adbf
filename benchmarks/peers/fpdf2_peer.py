"""fpdf2, as its tutorial teaches it; untagged."""

from pathlib import Path
from typing import Any

import segno
from document import Reference, document
from fpdf import FPDF
from fpdf.fonts import FontFace

FONTS = Path(__file__).parents[2] / "src" / "backguide" / "fonts"


def prepare() -> None:
    """Need nothing: fpdf2 reads its fonts for each document."""


class _Guide(FPDF):
    reference: Reference

    def header(self) -> None:
        self.set_font("Sans", size=8)
        self.cell(87, 5, self.reference.header[0])
        self.cell(87, 5, self.reference.header[1], align="R")
        self.line(18, 14, 192, 14)
        self.set_y(20)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("Sans", size=8)
        self.cell(87, 5, self.reference.footer)
        self.cell(87, 5, f"Page {self.page_no()} of {{nb}}", align="R")


def render(fields: dict[str, Any], size: tuple[int, int]) -> bytes:
    """Return the PDF of a profile."""
    reference = document(fields, *size)
    pdf = _Guide(format="A4")
    pdf.reference = reference
    pdf.set_margins(18, 10, 18)
    pdf.set_auto_page_break(True, margin=17)
    for style, face in (("", "Regular"), ("B", "Bold"), ("I", "Italic")):
        pdf.add_font("Sans", style, str(FONTS / f"SourceSans3-{face}.ttf"))
    pdf.set_title("Test guide")
    pdf.set_lang("en-GB")
    pdf.add_page()
    pdf.set_font("Sans", "B", 19)
    pdf.multi_cell(0, 9, reference.title, new_x="LMARGIN", new_y="NEXT")
    _box(pdf, reference)
    for title, paragraphs, items in reference.sections:
        _heading(pdf, title)
        for words in paragraphs:
            pdf.multi_cell(0, 4.6, words, new_x="LMARGIN", new_y="NEXT", align="L")
        for item in items:
            pdf.multi_cell(
                0, 4.6, f"\u2022 {item}", new_x="LMARGIN", new_y="NEXT", align="L"
            )
    _heading(pdf, "Exercises")
    _cards(pdf, reference)
    _heading(pdf, "Plan")
    _table(pdf, reference.plan, 5)
    _heading(pdf, "Diary")
    _table(pdf, reference.diary, 6)
    _heading(pdf, "Minutes so far")
    _chart(pdf, reference.chart)
    code = segno.make(reference.address, error="m")
    _code(pdf, [[bool(cell) for cell in row] for row in code.matrix])
    _heading(pdf, "Sources")
    pdf.set_font("Sans", size=7.5)
    for words in reference.references:
        pdf.cell(0, 3.6, words, new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


def _heading(pdf: FPDF, words: str) -> None:
    pdf.set_font("Sans", "B", 11.5)
    pdf.set_text_color(31, 78, 121)
    pdf.multi_cell(0, 7, words, new_x="LMARGIN", new_y="NEXT")
    pdf.set_text_color(0)
    pdf.set_font("Sans", size=9.5)


def _box(pdf: FPDF, reference: Reference) -> None:
    pdf.set_font("Sans", size=9.5)
    pdf.set_draw_color(179, 38, 30)
    pdf.set_fill_color(253, 236, 234)
    words = "\n".join((reference.warning, *reference.warning_items))
    pdf.multi_cell(0, 4.6, words, border=1, fill=True, new_x="LMARGIN", new_y="NEXT")
    pdf.set_draw_color(0)


def _cards(pdf: FPDF, reference: Reference) -> None:
    for number, (name, dose, words, picture) in enumerate(reference.cards):
        if number % 2 == 0 and pdf.will_page_break(52):
            pdf.add_page()
        left, top = 18 + 87 * (number % 2), pdf.get_y()
        pdf.rect(left, top, 87, 50)
        pdf.set_xy(left + 1, top + 1)
        pdf.set_font("Sans", "B", 9)
        pdf.cell(85, 4, name)
        pdf.set_xy(left + 1, top + 5)
        pdf.set_font("Sans", "I", 9)
        pdf.cell(85, 4, dose)
        x, y, radius = picture.head
        pdf.circle(left + 3 + x / 4, top + 35 - y / 4, radius / 4)
        for line in picture.lines:
            points = [(left + 3 + x / 4, top + 35 - y / 4) for x, y in line]
            pdf.polyline(points)
        pdf.set_xy(left + 1, top + 36)
        pdf.set_font("Sans", size=9)
        pdf.multi_cell(85, 4, words, align="L")
        pdf.set_xy(18, top + 51 if number % 2 else top)


def _table(pdf: FPDF, rows: tuple[tuple[str, ...], ...], height: float) -> None:
    pdf.set_font("Sans", size=8)
    style = FontFace(emphasis="BOLD", color=(255, 255, 255), fill_color=(31, 78, 121))
    with pdf.table(headings_style=style, line_height=height) as table:
        for row in rows:
            table.row(row)


def _chart(pdf: FPDF, points: tuple[float, ...]) -> None:
    if pdf.will_page_break(45):
        pdf.add_page()
    top = pdf.get_y() + 2
    pdf.set_font("Sans", size=8)
    for step in range(0, 61, 10):
        y = top + 36 - step * 0.6
        pdf.line(26, y, 190, y)
        pdf.text(18, y, str(step))
    spots = [(30 + 13 * n, top + 36 - 0.6 * value) for n, value in enumerate(points)]
    pdf.polyline(spots)
    for number, (x, _) in enumerate(spots, 1):
        pdf.text(x, top + 40, str(number))
    pdf.set_y(top + 42)


def _code(pdf: FPDF, rows: list[list[bool]]) -> None:
    if pdf.will_page_break(27):
        pdf.add_page()
    top, side = pdf.get_y(), 25 / len(rows)
    for y, row in enumerate(rows):
        for x, is_dark in enumerate(row):
            if is_dark:
                pdf.rect(18 + x * side, top + y * side, side, side, style="F")
    pdf.set_y(top + 26)

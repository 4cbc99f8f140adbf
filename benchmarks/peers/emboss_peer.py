"""emboss-pdf, as its README teaches it: tagged, with its own bundled Source Sans 3."""

from io import BytesIO
from typing import Any

import segno
from document import Drawing, Reference, document
from emboss import BrandKit, Document, HeaderFooter, PageSpec
from emboss.bundled_fonts import register_bundled_fonts

MM = 72 / 25.4
# By the family's own name: its alias "Emboss Sans" gives Helvetica, not embedded.
BRAND = BrandKit(name="Test", version="1", primary="1f4e79", accent="b3261e",
                 heading_font="Source Sans 3", body_font="Source Sans 3")  # fmt: skip


def prepare() -> None:
    """Need nothing: a document registers its fonts for itself."""


def render(fields: dict[str, Any], size: tuple[int, int]) -> bytes:
    """Return the PDF of a profile."""
    reference = document(fields, *size)
    left, right = reference.header
    made = Document(
        title="Test guide", author="benchmark", language="en-GB", style="minimal",
        brand=BRAND,
        page=PageSpec.a4(margin_left=18 * MM, margin_right=18 * MM,
                         margin_top=20 * MM, margin_bottom=17 * MM),
        header=HeaderFooter(left=left, right=right, separator_line=True),
        footer=HeaderFooter(left=reference.footer, right="Page {page} of {pages}"),
    )  # fmt: skip
    register_bundled_fonts(made.fonts)
    _fill(made, reference)
    pdf: bytes = made.render()
    return pdf


def _fill(made: Document, reference: Reference) -> None:
    made.heading(reference.title, level=1)
    made.callout(" ".join([reference.warning, *reference.warning_items]),
                 variant="warning")  # fmt: skip
    for title, paragraphs, items in reference.sections:
        made.heading(title, level=2)
        for words in paragraphs:
            made.paragraph(words)
        made.bullets(list(items))
    made.heading("Exercises", level=2)
    for name, dose, words, picture in reference.cards:
        made.heading(name, level=3)
        made.paragraph(dose)
        made.svg(_figure(picture), alt_text=name, width=70, height=70)
        made.paragraph(words)
    for title, rows in (("Plan", reference.plan), ("Diary", reference.diary)):
        made.heading(title, level=2)
        made.table(headers=list(rows[0]), rows=[list(row) for row in rows[1:]])
    made.heading("Minutes so far", level=2)
    weeks = [str(n) for n in range(1, len(reference.chart) + 1)]
    made.chart("line", weeks, list(reference.chart), height=118,
               alt_text="Minutes of each week")  # fmt: skip
    stream = BytesIO()
    segno.make(reference.address, error="m").save(stream, kind="svg", scale=2)
    made.svg(stream.getvalue().decode(), alt_text=reference.address,
             width=70, height=70)  # fmt: skip
    made.heading("Sources", level=2)
    for words in reference.references:
        made.paragraph(words)


def _figure(picture: Drawing) -> str:
    """Return a stick figure as SVG, where y counts downwards."""
    x, y, radius = picture.head
    lines = "".join(
        '<polyline points="'
        + " ".join(f"{left:g},{100 - up:g}" for left, up in line)
        + '" fill="none" stroke="black" stroke-width="1.8"/>'
        for line in picture.lines
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="70" height="70" '
        f'viewBox="0 0 100 100"><circle cx="{x:g}" cy="{100 - y:g}" r="{radius:g}" '
        f'fill="none" stroke="black" stroke-width="1.8"/>{lines}</svg>'
    )

"""WeasyPrint over one HTML page, with the usual kept font configuration; untagged."""

from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
from document import Drawing, document
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

FONTS = Path(__file__).parents[2] / "src" / "backguide" / "fonts"
FACES = (("Regular", 400, "normal"), ("Bold", 700, "normal"), ("Italic", 400, "italic"))
KEPT: dict[str, Any] = {}


def prepare() -> None:
    """Read the style sheet and the fonts once."""
    fonts = FontConfiguration()
    faces = "".join(
        f"@font-face{{font-family:Sans3;font-weight:{weight};font-style:{style};"
        f"src:url({(FONTS / f'SourceSans3-{face}.ttf').as_uri()})}}"
        for face, weight, style in FACES
    )
    KEPT.update(fonts=fonts, css=CSS(string=faces + STYLE, font_config=fonts))


STYLE = """
@page { size: A4; margin: 20mm 18mm 17mm;
  @top-left { content: string(left); font: 8pt Sans3 }
  @top-right { content: string(right); font: 8pt Sans3 }
  @bottom-left { content: "Filler text to measure speed. Not advice."; font: 8pt Sans3 }
  @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 8pt Sans3 } }
body { font: 9.5pt/13pt Sans3; margin: 0 }
.l { string-set: left content() } .r { string-set: right content() }
.l, .r { height: 0; overflow: hidden; font-size: 1pt; color: white }
h1 { font-size: 19pt; line-height: 24pt; color: #1f4e79; margin: 0 }
h2 { font-size: 11.5pt; line-height: 15pt; color: #1f4e79; margin: 6pt 0 2pt;
  break-after: avoid }
p { margin: 0 0 3pt } ul { margin: 0 0 3pt; padding-left: 12pt }
.box { border: 1.2pt solid #b3261e; background: #fdecea; padding: 4pt;
  break-inside: avoid }
.cards { display: flex; flex-wrap: wrap }
.card { border: .5pt solid #8a8a8a; width: 81mm; padding: 2mm; break-inside: avoid }
table { border-collapse: collapse; width: 100%; font-size: 8pt; line-height: 10.2pt }
th { background: #1f4e79; color: white } td, th { border: .5pt solid #8a8a8a }
.diary td { height: 17pt } .small { font-size: 7.5pt }
"""


def render(fields: dict[str, Any], size: tuple[int, int]) -> bytes:
    """Return the PDF of a profile."""
    reference = document(fields, *size)
    parts = [
        f"<div class=l>{escape(reference.header[0])}</div>",
        f"<div class=r>{escape(reference.header[1])}</div>",
        f"<h1>{escape(reference.title)}</h1>",
        f"<div class=box><b>{escape(reference.warning)}</b>",
        _list(reference.warning_items), "</div>",
    ]  # fmt: skip
    for title, paragraphs, items in reference.sections:
        parts.append(f"<h2>{escape(title)}</h2>")
        parts += [f"<p>{escape(words)}</p>" for words in paragraphs]
        parts.append(_list(items))
    parts.append("<h2>Exercises</h2><div class=cards>")
    for name, dose, words, picture in reference.cards:
        parts.append(
            f"<div class=card><b>{escape(name)}</b><p><i>{escape(dose)}</i></p>"
            f"{_figure(picture)}<p>{escape(words)}</p></div>"
        )
    parts.append("</div><h2>Plan</h2>" + _table(reference.plan))
    parts.append("<h2>Diary</h2><div class=diary>" + _table(reference.diary) + "</div>")
    parts.append("<h2>Minutes so far</h2>" + _chart(reference.chart))
    stream = BytesIO()
    segno.make(reference.address, error="m").save(
        stream, kind="svg", xmldecl=False, svgns=True, scale=2, border=0
    )
    parts.append(
        f"<p>{stream.getvalue().decode()}</p><h2>Sources</h2><div class=small>"
    )
    parts += [f"<p>{escape(words)}</p>" for words in reference.references]
    page = "".join(parts) + "</div>"
    html = f"<html lang=en-GB><title>Test guide</title><body>{page}"
    pdf: bytes = HTML(string=html).write_pdf(
        stylesheets=[KEPT["css"]], font_config=KEPT["fonts"]
    )
    return pdf


def _list(items: tuple[str, ...]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _table(rows: tuple[tuple[str, ...], ...]) -> str:
    head, *body = rows
    lines = ["<tr>" + "".join(f"<th>{escape(c)}</th>" for c in head) + "</tr>"]
    lines += [
        "<tr>" + "".join(f"<td>{escape(c)}</td>" for c in r) + "</tr>" for r in body
    ]
    return (
        f"<table><thead>{lines[0]}</thead><tbody>{''.join(lines[1:])}</tbody></table>"
    )


def _figure(picture: Drawing) -> str:
    x, y, radius = picture.head
    lines = "".join(
        f'<polyline points="{" ".join(f"{x},{100 - y}" for x, y in line)}"/>'
        for line in picture.lines
    )
    return (
        '<svg width="70pt" height="70pt" viewBox="0 0 100 100" fill="none" '
        f'stroke="black" stroke-width="1.8"><circle cx="{x}" cy="{100 - y}" '
        f'r="{radius}"/>{lines}</svg>'
    )


def _chart(points: tuple[float, ...]) -> str:
    grid = "".join(
        f'<line x1="30" y1="{100 - 1.5 * n}" x2="490" y2="{100 - 1.5 * n}"/>'
        f'<text x="5" y="{100 - 1.5 * n}" font-size="8" stroke="none">{n}</text>'
        for n in range(0, 61, 10)
    )
    spots = [(40 + 36 * n, 100 - 1.5 * value) for n, value in enumerate(points)]
    labels = "".join(
        f'<text x="{x}" y="112" font-size="8" stroke="none">{n}</text>'
        for n, (x, _) in enumerate(spots, 1)
    )
    line = " ".join(f"{x},{y}" for x, y in spots)
    return (
        '<svg width="493pt" height="118pt" viewBox="0 0 493 118" stroke="gray">'
        f'{grid}{labels}<polyline fill="none" stroke="black" points="{line}"/></svg>'
    )

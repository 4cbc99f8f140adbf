"""Draw the sides that a print job adds to the guides: for notes, and in between."""

from datetime import date
from typing import Final

from backguide.layout.canvas import TaggedCanvas
from backguide.layout.pdf import EDGE_MM
from backguide.layout.structure import Element
from backguide.layout.theme import MM, PAPER_SIZES_MM, Theme, make_theme

RULE_MM: Final = 9.0
"""Between two lines to write on."""
_TOLERANCE_PT: Final = 1.0


def paper_of(width: float, height: float) -> str:
    """Return the name of a paper by its size in points; empty when it is none."""
    for name, sides in PAPER_SIZES_MM.items():
        found = zip(sides, (width, height), strict=True)
        if all(abs(side * MM - points) < _TOLERANCE_PT for side, points in found):
            return name
    return ""


def notes_side(
    paper: str, *, word: str, mark: str, title: str, language: str, issued_on: date
) -> bytes:
    """Return a side of ruled lines, without a page number.

    Args:
        paper: A4 or Letter.
        word: What stands on top, such as "Notes".
        mark: Id and code of the guide on whose back it prints.
        title: Of the file; never a person's name.
        language: BCP 47 tag.
        issued_on: The only date in the file.
    """
    theme, canvas = _begun(paper, title, language, issued_on)
    root = Element("Document")
    style, heading = theme.style("furniture"), theme.style("heading")
    left, right = theme.margin_left, theme.page_width - theme.margin_right
    top = theme.page_height - EDGE_MM * MM - style.fontSize * 0.8
    with canvas.artifact("Header"):
        canvas.text(left, top, [(mark, "regular")], style.fontSize, theme.palette.quiet)
    y = theme.page_height - theme.margin_top - heading.fontSize
    with canvas.owned_by(root.add("P")):
        canvas.text(left, y, [(word, "bold")], heading.fontSize, theme.palette.accent)
    with canvas.artifact():
        y -= RULE_MM * MM
        while y > EDGE_MM * MM:
            canvas.rule(
                left, y, right, y, colour=theme.palette.rule, line_width=0.5
            )  # fmt: skip
            y -= RULE_MM * MM
    canvas.end_page()
    return canvas.finish(root)


def separator(
    paper: str,
    *,
    lines: tuple[str, ...],
    title: str,
    language: str,
    issued_on: date,
    has_back: bool,
) -> bytes:
    """Return a sheet that tells in large print whose guide comes next.

    Args:
        paper: A4 or Letter.
        lines: What stands on it; never a person's name.
        title: Of the file.
        language: BCP 47 tag.
        issued_on: The only date in the file.
        has_back: True to add its empty back side.
    """
    theme, canvas = _begun(paper, title, language, issued_on)
    root = Element("Document")
    style = theme.style("alarm")
    y = theme.page_height * 0.62
    for text in lines:
        size = style.fontSize if len(text) < 24 else style.fontSize / 2
        with canvas.owned_by(root.add("P")):
            canvas.text(
                theme.margin_left, y, [(text, "bold")], size, theme.palette.text
            )
        y -= style.leading * 1.4
    canvas.end_page()
    if has_back:
        canvas.end_page()
    return canvas.finish(root)


def superseded_mark(
    paper: str, *, word: str, title: str, language: str, issued_on: date
) -> bytes:
    """Return a page with nothing but a band across it that says a word.

    Args:
        paper: A4 or Letter.
        word: Such as "No longer valid".
        title: Of the file.
        language: BCP 47 tag.
        issued_on: The only date in the file.
    """
    theme, canvas = _begun(paper, title, language, issued_on)
    root = Element("Document")
    size = theme.style("alarm").fontSize
    left, right = theme.margin_left, theme.page_width - theme.margin_right
    middle = theme.page_height / 2
    with canvas.artifact("Header"):
        canvas.rectangle(
            left,
            middle - size,
            right - left,
            size * 2,
            fill=(1, 1, 1),
            stroke=theme.palette.text,
            line_width=2,
        )
        at = left + size
        canvas.text(at, middle - size / 3, [(word, "bold")], size, theme.palette.text)
    canvas.end_page()
    return canvas.finish(root)


def _begun(
    paper: str, title: str, language: str, issued_on: date
) -> tuple[Theme, TaggedCanvas]:
    theme = make_theme(paper=paper)
    canvas = TaggedCanvas(
        theme.page_width,
        theme.page_height,
        title=title,
        language=language,
        issued_on=issued_on,
    )
    return theme, canvas

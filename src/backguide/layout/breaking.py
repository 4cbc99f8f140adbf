"""Break running text into lines with reportlab's Paragraph: ragged, no hyphens."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from reportlab.lib.abag import ABag
from reportlab.lib.styles import ParagraphStyle

import backguide.layout.faces  # noqa: F401  makes the faces known by their names
from backguide.document import Spans
from backguide.layout.fonts import text_width
from backguide.layout.platypus import Paragraph


class Run(NamedTuple):
    """A piece of a line in one face, ready to draw."""

    text: str
    face: str


class Line:
    """One line of text; what draws it is kept once it was drawn."""

    __slots__ = ("code", "ends_in_word", "runs", "width")

    def __init__(
        self, runs: tuple[Run, ...], width: float, *, ends_in_word: bool = False
    ) -> None:
        """Take the pieces of a line.

        Args:
            runs: From left to right.
            width: Of all of them, in points.
            ends_in_word: True when the next line goes on with the same word.
        """
        self.runs = runs
        self.width = width
        self.ends_in_word = ends_in_word
        self.code = ""
        """Text operators without place and colour; empty before the first drawing."""

    @property
    def text(self) -> str:
        """Return the words of the line."""
        return "".join(run.text for run in self.runs)


_EMPHASIS_FACE = {
    ("regular", "strong"): "bold",
    ("regular", "em"): "italic",
    ("bold", "em"): "bold_italic",
    ("italic", "strong"): "bold_italic",
}


def face_of(style_face: str, emphasis: str) -> str:
    """Return the face for an emphasis inside a style."""
    return _EMPHASIS_FACE.get((style_face, emphasis), style_face)


def break_lines(spans: Spans, style: ParagraphStyle, width: float) -> tuple[Line, ...]:
    """Return the lines of a text.

    Args:
        spans: The text.
        style: Its face and size.
        width: Widest line in points. A longer word is cut.

    Raises:
        LayoutError: A character has no glyph; names its code point.
    """
    if (line := _one_line(spans, style, width)) is not None:
        return (line,)
    frags = [*_frags(spans, style)]
    paragraph = Paragraph(None, style, frags=frags)
    # Where the text stands without its spaces tells whether a line ends in a word.
    left = "".join([span.text for span in spans]).lstrip()
    lines = []
    for found in paragraph.breakLines([width]).lines:
        # In one face a line is its spare width and its words; else it has runs.
        is_plain = isinstance(found, tuple)
        runs = _runs(found, frags[0].fontName if is_plain else "")
        text = "".join([run.text for run in runs])
        for word in text.split():
            left = left.lstrip()[len(word) :]
        ends_in_word = bool(left) and not left[0].isspace()
        # reportlab counts a space behind a word that it has cut.
        used = sum([text_width(run.text, run.face, style.fontSize) for run in runs])
        lines.append(Line(runs, used, ends_in_word=ends_in_word))
    return tuple(lines) or (Line((), 0.0),)


def _one_line(spans: Spans, style: ParagraphStyle, width: float) -> Line | None:
    """Return a text that fits on one line as it is: there is nothing to break."""
    runs, used, ends_in_space = [], 0.0, True
    for span in spans:
        text = span.text
        if not text:
            continue
        if "  " in text or "\n" in text or "\t" in text:
            return None
        if text[0] == " " and ends_in_space:
            return None
        ends_in_space = text[-1] == " "
        face = face_of(style.fontName, span.emphasis)
        used += text_width(text, face, style.fontSize)
        if used > width:
            return None
        runs.append(Run(text, face))
    if ends_in_space:  # also an empty text
        return None
    return Line(tuple(runs), used)


def _frags(spans: Spans, style: ParagraphStyle) -> Iterator[Any]:
    """Yield the pieces that a Paragraph is made of, without its markup."""
    for span in spans:
        face = face_of(style.fontName, span.emphasis)
        for number, text in enumerate(span.text.split("\n")):
            if number:
                line_break = _frag("", face, style.fontSize)
                line_break.lineBreak = True
                yield line_break
            if text:
                yield _frag(text, face, style.fontSize)


def _frag(text: str, face: str, size: float) -> Any:
    return ABag(
        text=text, fontName=face, fontSize=size, textColor=None, rise=0,
        us_lines=[], link=[], greek=0,
    )  # fmt: skip


def _runs(line: Any, face: str) -> tuple[Run, ...]:
    """Return a line of a Paragraph as runs; neighbours in one face are one.

    Args:
        line: As the Paragraph keeps it.
        face: Of all of the paragraph, where its lines are words alone; else empty.
    """
    if face:
        text = " ".join(line[1])
        return (Run(text, face),) if text else ()
    joined: list[Run] = []
    for word in line.words:
        text = word.text
        if joined and joined[-1].face == word.fontName:
            text = joined.pop().text + text
        joined.append(Run(text, word.fontName))
    if joined:
        joined[-1] = Run(joined[-1].text.rstrip(" "), joined[-1].face)
    return tuple([run for run in joined if run.text])


def longest_word(spans: Spans, style: ParagraphStyle) -> float:
    """Return the width of the widest word: what a table column must hold."""
    widest = 0.0
    for span in spans:
        face = face_of(style.fontName, span.emphasis)
        for word in span.text.split():
            widest = max(widest, text_width(word, face, style.fontSize))
    return widest

"""Break running text into lines. Ragged right, no hyphenation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from backguide.document import Spans
from backguide.layout.fonts import text_width
from backguide.layout.theme import TextStyle

_PIECES = re.compile(r"[^ \n]+|\n| +")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line in one face, ready to draw."""

    text: str
    face: str
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text."""

    runs: tuple[Run, ...]
    width: float

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


Word = list[tuple[str, str, float]]
"""Pieces of one word: text, face, width."""


def break_lines(
    spans: Spans, style: TextStyle, width: float, first_indent: float = 0
) -> tuple[Line, ...]:
    """Return the lines of a text.

    Args:
        spans: The text.
        style: Its face and size.
        width: Widest line in points. A longer word is cut.
        first_indent: How much narrower the first line is.
    """
    lines: list[Line] = []
    current: Word = []
    used = 0.0
    limit = width - first_indent
    space_face = style.face
    for word in _words(spans, style, width):
        if word is None:  # a hard break
            lines.append(_line(current))
            current, used, limit = [], 0.0, width
            continue
        word_width = sum(part[2] for part in word)
        space = text_width(" ", space_face, style.size) if current else 0.0
        if current and used + space + word_width > limit:
            lines.append(_line(current))
            current, used, limit = [], 0.0, width
            space = 0.0
        if space:
            current.append((" ", space_face, space))
        current += word
        used += space + word_width
    if current or not lines:
        lines.append(_line(current))
    return tuple(lines)


def _words(spans: Spans, style: TextStyle, width: float) -> Iterator[Word | None]:
    word: Word = []
    for span in spans:
        face = face_of(style.face, span.emphasis)
        for piece in _PIECES.findall(span.text):
            if piece[0] in " \n":
                if word:
                    yield from _fitting(word, style.size, width)
                    word = []
                if piece == "\n":
                    yield None
            else:
                word.append((piece, face, text_width(piece, face, style.size)))
    if word:
        yield from _fitting(word, style.size, width)


def _fitting(word: Word, size: float, width: float) -> Iterator[Word]:
    """Yield the word, cut into pieces when it is wider than a line."""
    if sum(part[2] for part in word) <= width:
        yield word
        return
    piece: Word = []
    used = 0.0
    for text, face, _ in word:
        for character in text:
            character_width = text_width(character, face, size)
            if piece and used + character_width > width:
                yield piece
                piece, used = [], 0.0
            if piece and piece[-1][1] == face:
                last = piece[-1]
                piece[-1] = (last[0] + character, face, last[2] + character_width)
            else:
                piece.append((character, face, character_width))
            used += character_width
    if piece:
        yield piece


def _line(parts: Word) -> Line:
    runs: list[Run] = []
    for text, face, width in parts:
        if runs and runs[-1].face == face:
            last = runs[-1]
            runs[-1] = Run(last.text + text, face, last.width + width)
        else:
            runs.append(Run(text, face, width))
    return Line(tuple(runs), sum(run.width for run in runs))

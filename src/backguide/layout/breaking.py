"""Break running text into lines. Ragged right, no hyphenation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from backguide.document import Spans
from backguide.layout.fonts import text_width
from backguide.layout.theme import TextStyle

_PIECES = re.compile(r"[^ \t\n]+|\n|[ \t]+")


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
    ends_in_word: bool = False
    """True when the next line goes on with the same word."""

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


def break_lines(spans: Spans, style: TextStyle, width: float) -> tuple[Line, ...]:
    """Return the lines of a text.

    Args:
        spans: The text.
        style: Its face and size.
        width: Widest line in points. A longer word is cut.
    """
    lines: list[Line] = []
    current: Word = []
    used = 0.0
    glued = False
    for word, is_cut in _words(spans, style, width):
        word_width = sum(part[2] for part in word)
        is_apart = bool(current) and not glued
        space = text_width(" ", style.face, style.size) if is_apart else 0.0
        if not word or (current and used + space + word_width > width):
            lines.append(_line(current, ends_in_word=glued))
            current, used, space = [], 0.0, 0.0
        if space:
            current.append((" ", style.face, space))
        current += word
        used += space + word_width
        glued = is_cut
    if current or not lines:
        lines.append(_line(current))
    return tuple(lines)


def _words(spans: Spans, style: TextStyle, width: float) -> Iterator[tuple[Word, bool]]:
    """Yield each word, and whether the next piece belongs to it.

    An empty word is a line break that the text asks for.
    """
    word: Word = []
    for span in spans:
        face = face_of(style.face, span.emphasis)
        for piece in _PIECES.findall(span.text):
            if piece[0] in " \t\n":
                if word:
                    yield from _fitting(word, style.size, width)
                    word = []
                if piece == "\n":
                    yield [], False
            else:
                word.append((piece, face, text_width(piece, face, style.size)))
    if word:
        yield from _fitting(word, style.size, width)


def _fitting(word: Word, size: float, width: float) -> Iterator[tuple[Word, bool]]:
    """Yield the word, cut into pieces when it is wider than a line."""
    if sum(part[2] for part in word) <= width:
        yield word, False
        return
    piece: Word = []
    used = 0.0
    for text, face, _ in word:
        for character in text:
            character_width = text_width(character, face, size)
            if piece and used + character_width > width:
                yield piece, True
                piece, used = [], 0.0
            if piece and piece[-1][1] == face:
                last = piece[-1]
                piece[-1] = (last[0] + character, face, last[2] + character_width)
            else:
                piece.append((character, face, character_width))
            used += character_width
    if piece:
        yield piece, False


def longest_word(spans: Spans, style: TextStyle) -> float:
    """Return the width of the widest word: what a table column must hold."""
    widest = 0.0
    for span in spans:
        face = face_of(style.face, span.emphasis)
        for word in span.text.split():
            widest = max(widest, text_width(word, face, style.size))
    return widest


def _line(parts: Word, *, ends_in_word: bool = False) -> Line:
    runs: list[Run] = []
    for text, face, width in parts:
        if runs and runs[-1].face == face:
            last = runs[-1]
            runs[-1] = Run(last.text + text, face, last.width + width)
        else:
            runs.append(Run(text, face, width))
    return Line(tuple(runs), sum(run.width for run in runs), ends_in_word)

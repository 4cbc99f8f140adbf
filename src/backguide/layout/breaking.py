"""Break running text into lines. Ragged right, no hyphenation."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from backguide.document import Spans
from backguide.layout.fonts import text_width
from backguide.layout.theme import TextStyle

_PIECES = re.compile(r"[^ \t\n]+|\n|[ \t]+")
_WORDS = re.compile(r"[^ \t\n]+|\n")


class Run(NamedTuple):
    """A piece of a line in one face, ready to draw."""

    text: str
    face: str
    width: float


class Line(NamedTuple):
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
    if len(spans) == 1 and (plain := _one_face(spans, style, width)) is not None:
        return plain
    lines: list[Line] = []
    current: Word = []
    used = 0.0
    glued = False
    # All faces have the same space, so its face moves nothing.
    space_width = text_width(" ", style.face, style.size)
    for word, word_width, is_cut in _words(spans, style, width):
        space = space_width if current and not glued else 0.0
        if not word or (current and used + space + word_width > width):
            lines.append(_line(current, ends_in_word=glued))
            current, used, space = [], 0.0, 0.0
        if space:
            face = current[-1][1]
            is_inside = face == word[0][1]
            current.append((" ", face if is_inside else style.face, space_width))
        current += word
        used += space + word_width
        glued = is_cut
    if current or not lines:
        lines.append(_line(current))
    return tuple(lines)


def _one_face(spans: Spans, style: TextStyle, width: float) -> tuple[Line, ...] | None:
    """Return the lines of a text in one face, or None if a word must be cut."""
    (span,) = spans
    face, size = face_of(style.face, span.emphasis), style.size
    space = text_width(" ", face, size)
    lines: list[Line] = []
    words: list[str] = []
    used = 0.0
    for word in _WORDS.findall(span.text):
        is_break = word == "\n"
        word_width = 0.0 if is_break else text_width(word, face, size)
        if word_width > width:
            return None
        if is_break or (words and used + space + word_width > width):
            lines.append(_joined(words, face, used))
            words, used = [], 0.0
            if is_break:
                continue
        used += word_width + space if words else word_width
        words.append(word)
    if words or not lines:
        lines.append(_joined(words, face, used))
    return tuple(lines)


def _joined(words: list[str], face: str, width: float) -> Line:
    if not words:
        return Line((), 0.0)
    return Line((Run(" ".join(words), face, width),), width)


def _words(
    spans: Spans, style: TextStyle, width: float
) -> Iterator[tuple[Word, float, bool]]:
    """Yield each word with its width, and whether the next piece belongs to it.

    An empty word is a line break that the text asks for.
    """
    size = style.size
    word: Word = []
    word_width = 0.0
    for span in spans:
        face = face_of(style.face, span.emphasis)
        for piece in _PIECES.findall(span.text):
            if piece[0] in " \t\n":
                if word:
                    if word_width <= width:
                        yield word, word_width, False
                    else:
                        yield from _cut(word, size, width)
                    word, word_width = [], 0.0
                if piece == "\n":
                    yield [], 0.0, False
            else:
                piece_width = text_width(piece, face, size)
                word.append((piece, face, piece_width))
                word_width += piece_width
    if word and word_width <= width:
        yield word, word_width, False
    elif word:
        yield from _cut(word, size, width)


def _cut(word: Word, size: float, width: float) -> Iterator[tuple[Word, float, bool]]:
    """Yield a word that is wider than a line in pieces that are not."""
    piece: Word = []
    used = 0.0
    for text, face, _ in word:
        for character in text:
            character_width = text_width(character, face, size)
            if piece and used + character_width > width:
                yield piece, used, True
                piece, used = [], 0.0
            if piece and piece[-1][1] == face:
                last = piece[-1]
                piece[-1] = (last[0] + character, face, last[2] + character_width)
            else:
                piece.append((character, face, character_width))
            used += character_width
    if piece:
        yield piece, used, False


def longest_word(spans: Spans, style: TextStyle) -> float:
    """Return the width of the widest word: what a table column must hold."""
    widest = 0.0
    for span in spans:
        face = face_of(style.face, span.emphasis)
        for word in span.text.split():
            widest = max(widest, text_width(word, face, style.size))
    return widest


def _line(parts: Word, *, ends_in_word: bool = False) -> Line:
    """Return a line; neighbours in one face become one run."""
    runs: list[Run] = []
    total = 0.0
    texts: list[str] = []
    face, width = "", 0.0
    for text, part_face, part_width in parts:
        if part_face != face and texts:
            runs.append(Run("".join(texts), face, width))
            texts, width = [], 0.0
        face = part_face
        texts.append(text)
        width += part_width
        total += part_width
    if texts:
        runs.append(Run("".join(texts), face, width))
    return Line(tuple(runs), total, ends_in_word)

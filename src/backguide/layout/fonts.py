"""The bundled faces: how wide a text is, and which codes stand for its characters.

The usual characters of each face, the *core*, have fixed codes and come from a subset
that is shipped ready and compressed. So the codes never depend on what was printed
before. Any other character of a document goes into a subset of its own.

Everything about widths and codes is read from ``fonts/core.json``; a font file is
opened only for a character outside the core.
"""

import codecs
import json
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from backguide.errors import LayoutError
from backguide.resources import font_bytes, printable_ranges

FACES: Final = MappingProxyType(
    {
        "regular": "SourceSans3-Regular",
        "italic": "SourceSans3-Italic",
        "bold": "SourceSans3-Bold",
        "bold_italic": "SourceSans3-BoldItalic",
    }
)

FIRST_CODE: Final = 32
"""Codes below stand for control characters in old viewers and are left free."""

CORE_CHARACTERS: Final = MappingProxyType(
    {code: chr(code) for code in range(FIRST_CODE, 127)}
    | dict(
        enumerate(
            "\u00a0\u2010\u2011\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026"
            "\u2192\u2212\u00d7\u00b0\u00b7\u00bd\u00a3\u20ac\u2264\u2265\u2713"
            "\u00e0\u00e1\u00e2\u00e3\u00e4\u00e5\u00e7\u00e8\u00e9\u00ea\u00eb"
            "\u00ed\u00ef\u00f1\u00f3\u00f4\u00f6\u00f8\u00fa\u00fc\u00fd\u00df"
            "\u00c4\u00c9\u00d6\u00dc",
            128,
        )
    )
)
"""The characters of the ready subsets, by code."""


@cache
def core_file() -> Any:
    """Return what ``tools/build_core_fonts.py`` wrote down about the faces."""
    return json.loads(font_bytes("core.json"))


@dataclass(frozen=True, slots=True)
class Metrics:
    """What a font descriptor says of a face; lengths in thousandths of the size."""

    ascent: float
    descent: float
    cap_height: float
    italic_angle: float
    stem: float
    box: tuple[float, float, float, float]
    missing_width: float
    flags: int


@dataclass(frozen=True, slots=True)
class CoreFace:
    """The ready subset of a face."""

    name: str
    metrics: Metrics
    program: bytes
    """A TrueType file, compressed."""
    length: int
    """Its length in bytes before."""


@cache
def core_face(face: str) -> CoreFace:
    """Return the ready subset of a face."""
    name = FACES[face]
    facts = core_file()[name]
    lengths = dict(facts["metrics"])
    lengths["box"] = tuple(lengths["box"])
    return CoreFace(
        name, Metrics(**lengths), font_bytes(f"{name}.core.z"), facts["length"]
    )


@cache
def core_encoding() -> Any:
    """Return the map from core characters to their codes, for ``codecs``."""
    unused = "\ufffe"
    return codecs.charmap_build(
        "".join(CORE_CHARACTERS.get(code, unused) for code in range(256))
    )


@cache
def widths(face: str) -> dict[str, float]:
    """Return the width of every character, in thousandths of the size."""
    printable = (
        chr(code) for first, last in printable_ranges()
        for code in range(first, last + 1)
    )  # fmt: skip
    return dict(zip(printable, core_file()[FACES[face]]["widths"], strict=True))


def text_width(text: str, face: str, size: float) -> float:
    """Return the width of a text in points.

    Raises:
        LayoutError: A character has no glyph in the face; names its code point.
    """
    table = widths(face)
    try:
        return sum(map(table.__getitem__, text)) * size / 1000
    except KeyError:
        missing = next(character for character in text if character not in table)
        raise LayoutError(
            f"U+{ord(missing):04X} has no glyph in {FACES[face]}; use another character"
        ) from None

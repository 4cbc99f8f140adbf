"""The bundled faces: registered once, measured without drawing."""

from functools import cache
from io import BytesIO
from types import MappingProxyType
from typing import Final

import backguide.layout.environment  # noqa: F401  isort: skip
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from backguide.errors import LayoutError
from backguide.resources import font_bytes

FACES: Final = MappingProxyType(
    {
        "regular": "SourceSans3-Regular",
        "italic": "SourceSans3-Italic",
        "bold": "SourceSans3-Bold",
        "bold_italic": "SourceSans3-BoldItalic",
    }
)


@cache
def register_fonts() -> None:
    """Load the four faces and make them known to reportlab, once a process."""
    for name in FACES.values():
        stream = BytesIO(font_bytes(f"{name}.ttf"))
        pdfmetrics.registerFont(TTFont(name, stream, asciiReadable=False))


@cache
def _widths(face: str) -> dict[int, float]:
    register_fonts()
    widths: dict[int, float] = pdfmetrics.getFont(FACES[face]).face.charWidths
    return widths


def text_width(text: str, face: str, size: float) -> float:
    """Return the width of a text in points.

    Raises:
        LayoutError: A character has no glyph in the face; names its code point.
    """
    widths = _widths(face)
    total = 0.0
    for character in text:
        try:
            total += widths[ord(character)]
        except KeyError:
            raise LayoutError(
                f"U+{ord(character):04X} has no glyph in {FACES[face]}; "
                "use another character"
            ) from None
    return total * size / 1000

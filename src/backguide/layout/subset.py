"""Cut a bundled face down to the characters that a document needs.

reportlab reads the TrueType file and writes the smaller one. It is imported only when
a subset is really cut: the usual characters come from subsets that are shipped ready,
see ``tools/build_core_fonts.py``.
"""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

from backguide.resources import font_bytes


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


@cache
def _parsed(name: str) -> Any:
    """Return a face as reportlab reads it, once a process."""
    import backguide.layout.environment  # noqa: F401  isort: skip
    from reportlab.pdfbase.ttfonts import TTFontFile

    return TTFontFile(BytesIO(font_bytes(f"{name}.ttf")))


def metrics(name: str) -> Metrics:
    """Return the metrics of a bundled face."""
    face = _parsed(name)
    nonsymbolic, symbolic = 1 << 5, 1 << 2
    return Metrics(
        face.ascent,
        face.descent,
        face.capHeight,
        face.italicAngle,
        face.stemV,
        tuple(face.bbox),
        face.defaultWidth,
        face.flags & ~nonsymbolic | symbolic,
    )


def advances(name: str) -> dict[int, float]:
    """Return the width of each character of a face, by code point."""
    return dict(_parsed(name).charWidths)


def cut(name: str, characters: dict[int, str]) -> bytes:
    """Return a TrueType file that holds only some characters.

    Args:
        name: File name of a bundled face, without its ending.
        characters: Each character by the code that stands for it, 0 to 255.
    """
    codes = [ord(characters.get(code, " ")) for code in range(max(characters) + 1)]
    content: bytes = _parsed(name).makeSubset(codes)
    return content

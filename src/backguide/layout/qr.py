"""Set a web address as a square code for a telephone's camera.

The encoder is reportlab's; it is loaded only when there is a code to print.
"""

from functools import lru_cache
from typing import Final

from backguide.layout.flowables import CodeMark, PictureMark
from backguide.layout.structure import Element
from backguide.layout.theme import MM

MODULE_MM: Final = 0.6
"""Width of the smallest square; a camera manages 0.4 from a clean print."""
QUIET_MODULES: Final = 4
"""White border that the standard asks for."""


def code_mark(address: str, alt: str, parent: Element) -> PictureMark:
    """Return the code with its white border, at the origin.

    Args:
        address: What a camera reads, in ASCII.
        alt: What a screen reader says.
        parent: Where its element hangs.
    """
    rows = modules(address)
    side = (len(rows) + 2 * QUIET_MODULES) * MODULE_MM * MM
    quiet = QUIET_MODULES * MODULE_MM * MM
    code = CodeMark(quiet, quiet, MODULE_MM * MM, rows)
    return PictureMark(0, 0, side, side, (code,), parent.add("Figure", alt=alt))


@lru_cache(maxsize=8)
def modules(address: str) -> tuple[tuple[bool, ...], ...]:
    """Return the code row by row from the top; True is black."""
    from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

    # Level M: the code is read when 15 of 100 squares are lost to a fold.
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(address)
    code.make()
    side = range(code.getModuleCount())
    return tuple(tuple(bool(code.isDark(y, x)) for x in side) for y in side)

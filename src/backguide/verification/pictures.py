"""Pages of a finished PDF as pictures, by pdfium."""

from io import BytesIO
from typing import Final

import pypdfium2

from backguide.verification.pages import ONE_AT_A_TIME

SHARP_DPI: Final = 110
"""Fine enough to read a page on a screen at its full width."""
_COLOURS: Final = 64


def page_picture(content: bytes, page: int) -> bytes:
    """Return one page as the bytes of a PNG.

    Args:
        content: A whole PDF of ours.
        page: From 1.
    """
    with ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(content)
        try:
            bitmap = document[page - 1].render(scale=SHARP_DPI / 72)
            picture = bitmap.to_pil().quantize(_COLOURS)
            stream = BytesIO()
            picture.save(stream, "PNG")
            return stream.getvalue()
        finally:
            document.close()

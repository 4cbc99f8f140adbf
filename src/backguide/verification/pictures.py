"""Pages of a finished PDF as pictures and as plain words, by pdfium."""

from io import BytesIO
from typing import Final

import pypdfium2

SHARP_DPI: Final = 110
"""Fine enough to read a page on a screen at its full width."""
_COLOURS: Final = 64


def page_picture(content: bytes, page: int, *, dpi: int = SHARP_DPI) -> bytes:
    """Return one page as the bytes of a PNG.

    Args:
        content: A whole PDF of ours.
        page: From 1.
        dpi: Dots per inch.
    """
    document = pypdfium2.PdfDocument(content)
    try:
        bitmap = document[page - 1].render(scale=dpi / 72)
        picture = bitmap.to_pil().quantize(_COLOURS)
        stream = BytesIO()
        picture.save(stream, "PNG")
        return stream.getvalue()
    finally:
        document.close()


def page_texts(content: bytes) -> tuple[str, ...]:
    """Return the words of each page, in the order in which they are drawn."""
    document = pypdfium2.PdfDocument(content)
    try:
        return tuple(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()

"""Take a clinic's logo apart and keep nothing but its pixels."""

import io
import os
import stat
import warnings
from pathlib import Path
from typing import Any, Final

import backguide.layout.environment  # noqa: F401  isort: skip
from PIL import Image, ImageOps
from reportlab.lib.utils import ImageReader

from backguide.errors import LogoError

MAX_BYTES: Final = 1_000_000
MAX_PIXELS: Final = 4_000_000
MAX_HEIGHT_MM: Final = 14.0
MAX_WIDTH_MM: Final = 55.0


def read_logo(path: Path) -> ImageReader:
    """Return a PNG or JPEG logo as plain pixels on white.

    Everything else in the file (camera data, profiles, comments) is left behind.

    Args:
        path: An ordinary file of at most 1 MB and 4 million pixels.

    Raises:
        LogoError: It is not such a file, or not a whole picture.
    """
    content = _read(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
            if picture.width * picture.height > MAX_PIXELS:
                raise LogoError(
                    f"logo: more than {MAX_PIXELS:,} pixels; make it smaller"
                )
            pixels = _on_white(picture)
    except LogoError:
        raise
    except Exception:  # noqa: BLE001  Pillow raises many kinds on a broken file
        raise LogoError("logo: not a whole PNG or JPEG picture") from None
    return ImageReader(pixels)


def _on_white(picture: Any) -> Any:
    """Return a new picture that holds the pixels only."""
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I"):
        # 16-bit grey: Pillow would cut the high values off in place of scaling them.
        upright = (
            upright.convert("I").point(lambda value: value * (1 / 257)).convert("L")
        )
    layered = upright.convert("RGBA")
    white = Image.new("RGBA", layered.size, (255, 255, 255, 255))
    flat = Image.alpha_composite(white, layered).convert("RGB")
    clean = Image.new("RGB", flat.size)
    clean.paste(flat)
    return clean


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        words = os.strerror(error.errno or 0).lower()
        raise LogoError(f"logo: cannot be read: {words}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise LogoError("logo: not an ordinary file")
        if status.st_size > MAX_BYTES:
            raise LogoError("logo: larger than 1 MB; make it smaller")
        with os.fdopen(os.dup(descriptor), "rb") as stream:
            return stream.read(MAX_BYTES)
    finally:
        os.close(descriptor)

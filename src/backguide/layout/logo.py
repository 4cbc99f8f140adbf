"""Take a clinic's logo apart and keep nothing but its pixels."""

import hashlib
import io
import warnings
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageOps

from backguide.errors import (
    LogoError,
    NotOrdinaryFileError,
    TooLargeError,
    system_words,
)
from backguide.layout.theme import MM
from backguide.reading import read_file
from backguide.values import dataclass

MAX_BYTES: Final = 1_000_000
MAX_PIXELS: Final = 4_000_000
MAX_HEIGHT_MM: Final = 14.0
MAX_WIDTH_MM: Final = 55.0

LEAST_INK: Final = 0.005
"""A logo in black and white has at least this share of black, and of white."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A clinic's logo: plain pixels, checked, without anything else of its file."""

    is_grey: bool
    width: int
    height: int
    """In pixels."""
    pixels: bytes
    """Row by row from the top; one byte for each pixel in grey, else three."""
    source: str
    """8 hex digits that stand for the file, the same in every ink."""

    def size(self) -> tuple[float, float]:
        """Return width and height on paper, in points."""
        scale = min(MAX_WIDTH_MM * MM / self.width, MAX_HEIGHT_MM * MM / self.height)
        return self.width * scale, self.height * scale


def read_logo(path: Path, *, is_grey: bool = False) -> Logo:
    """Return a PNG or JPEG logo as plain pixels on white.

    Everything else in the file (camera data, profiles, comments) is left behind.

    Args:
        path: An ordinary file of at most 1 MB and 4 million pixels.
        is_grey: Turn it to grey, from black to white, and make sure that it can be
            seen in black and white alone.

    Raises:
        LogoError: It is not such a file, not a whole picture, or too pale to be
            seen without colour.
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
    if is_grey:
        pixels = _in_grey(pixels)
    source = hashlib.sha256(content).hexdigest()[:8]
    return Logo(is_grey, pixels.width, pixels.height, pixels.tobytes(), source)


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


def _in_grey(picture: Any) -> Any:
    """Return the picture in grey whose darkest parts are black.

    A copier that knows black and white only cuts at the middle; what is left must
    be neither an empty sheet nor a black one.
    """
    grey = ImageOps.autocontrast(picture.convert("L"))
    dark = sum(grey.histogram()[:128]) / (grey.width * grey.height)
    if not LEAST_INK <= dark <= 1 - LEAST_INK:
        raise LogoError(
            "logo: nothing of it is left in black and white; use one with more "
            "contrast, or --ink colour"
        )
    return grey


def _read(path: Path) -> bytes:
    try:
        return read_file(path, MAX_BYTES)
    except TooLargeError:
        raise LogoError("logo: larger than 1 MB; make it smaller") from None
    except NotOrdinaryFileError:
        raise LogoError("logo: not an ordinary file") from None
    except OSError as error:
        raise LogoError(f"logo: cannot be read: {system_words(error)}") from None

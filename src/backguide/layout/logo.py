"""Take a clinic's logo apart and keep nothing but its pixels."""

import hashlib
import io
import warnings
from dataclasses import dataclass
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

MAX_BYTES: Final = 1_000_000
MAX_PIXELS: Final = 4_000_000
MAX_HEIGHT_MM: Final = 14.0
MAX_WIDTH_MM: Final = 55.0

LEAST_INK: Final = 0.005
"""A logo in black and white has at least this share of black, and of white."""

PALEST: Final = 225
"""The lightest grey, of 0 to 255, that is seen on white paper (1.3 to 1)."""

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_PNG_PIXELS: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
"""The chunks of a PNG that make its pixels."""


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
            seen on white paper, or without colour.
    """
    content = _read(path)
    try:
        with warnings.catch_warnings():
            # Camera data may be as broken as it likes: it is left behind.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            try:
                pixels = _pixels(content)
            except (OSError, SyntaxError, ValueError):
                pixels = _pixels(_without_metadata(content))
    except LogoError:
        raise
    except Exception:  # noqa: BLE001  Pillow raises many kinds on a broken file
        raise LogoError("logo: not a whole PNG or JPEG picture") from None
    if is_grey:
        pixels = _in_grey(pixels)
    else:
        _check_seen(pixels)
    source = hashlib.sha256(content).hexdigest()[:8]
    return Logo(is_grey, pixels.width, pixels.height, pixels.tobytes(), source)


def _pixels(content: bytes) -> Any:
    picture = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
    if picture.width * picture.height > MAX_PIXELS:
        raise LogoError(f"logo: more than {MAX_PIXELS:,} pixels; make it smaller")
    return _on_white(picture)


def _check_seen(picture: Any) -> None:
    dark = sum(picture.convert("L").histogram()[:PALEST])
    if dark < LEAST_INK * picture.width * picture.height:
        raise LogoError(
            "logo: white or nearly white, so nothing of it is seen on paper; use one "
            "that is made for white paper"
        )


def _on_white(picture: Any) -> Any:
    """Return a new picture that holds the pixels only."""
    upright = _upright(picture)
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


def _upright(picture: Any) -> Any:
    """Return the picture turned as its camera says; as it is where that is broken."""
    picture.load()
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # noqa: BLE001  Pillow raises many kinds on broken camera data
        return picture


def _without_metadata(content: bytes) -> bytes:
    """Return a PNG without the chunks that are no pixels; a JPEG as it is.

    Pillow refuses a whole picture for a comment that is too long or has a wrong check
    sum, though a comment never prints.
    """
    if not content.startswith(_PNG_SIGNATURE):
        return content
    kept, place = [_PNG_SIGNATURE], len(_PNG_SIGNATURE)
    while place + 8 <= len(content):
        length = int.from_bytes(content[place : place + 4])
        end = place + 12 + length
        kind = content[place + 4 : place + 8]
        if kind in _PNG_PIXELS:
            kept.append(content[place:end])
        if kind == b"IEND":
            break
        place = end
    return b"".join(kept)


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

"""How much of a page stays white: below its last line, and between its lines.

A page is drawn at 72 dots an inch, so that a row of dots is a point high. It counts as
two columns when the gutter in its middle has no ink.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import pypdfium2
from PIL import Image

MARGIN_PT: Final = 45
"""At both sides; nothing is printed there."""
HEAD, FOOT, TOP, BOTTOM = 0.15, 0.87, 0.09, 0.90
"""Shares of the height: where the lines under the head and over the foot stand, and the
text area of a page without them."""
RULE_SHARE: Final = 0.8
"""A row so dark over the page is a line of head or foot."""
GUTTER_PT: Final = 3
MOST_INK_IN_GUTTER: Final = 0.03
DARK, NOT_WHITE = 200, 225


@dataclass(frozen=True, slots=True)
class White:
    """What is white on a page."""

    foot: float
    """Mean share of the text area's height that is empty below each column, 0 to 1."""
    band_pt: int
    """The highest band without ink inside a column, in points."""


def white_of(pdf: bytes) -> list[White]:
    """Return what is white on each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [
            _white_of(page.render(scale=1).to_pil().convert("L")) for page in document
        ]
    finally:
        document.close()


def mean_foot(pages: list[White]) -> float:
    """Return the mean empty foot, 0 to 1; the last page of several does not count."""
    body = pages[:-1] or pages
    return sum(page.foot for page in body) / len(body)


def _white_of(page: Image.Image) -> White:
    width, height = page.size
    rows = list(_rules(page))
    upper = [y for y in rows if y < HEAD * height]
    lower = [y for y in rows if y > FOOT * height]
    top = max(upper) + 2 if upper else int(TOP * height)
    bottom = min(lower) - 2 if lower else int(BOTTOM * height)
    area = page.crop((MARGIN_PT, top, width - MARGIN_PT, bottom))
    ink = area.point(lambda value: 255 * (value < NOT_WHITE))
    middle = ink.width // 2
    gutter = _inked(
        ink.crop((middle - GUTTER_PT, 0, middle + GUTTER_PT + 1, ink.height))
    )
    columns = [ink]
    if len(gutter) < MOST_INK_IN_GUTTER * ink.height:
        columns = [
            ink.crop((0, 0, middle - 5, ink.height)),
            ink.crop((middle + 5, 0, ink.width, ink.height)),
        ]
    feet, bands = [], [0]
    for column in columns:
        inked = _inked(column)
        feet.append(ink.height - 1 - (inked[-1] if inked else 0))
        bands += [after - before - 1 for before, after in pairwise(inked)]
    return White(sum(feet) / len(feet) / ink.height, max(bands))


def _rules(page: Image.Image) -> Iterator[int]:
    """Yield the rows that are dark over most of the width."""
    width, height = page.size
    dark = page.point(lambda value: 255 * (value < DARK))
    shares = dark.resize((1, height), Image.Resampling.BOX).tobytes()
    least = 255 * RULE_SHARE * (width - 2 * MARGIN_PT) / width
    yield from (y for y, share in enumerate(shares) if share > least)


def _inked(ink: Image.Image) -> list[int]:
    """Return the rows with ink, from the top."""
    _, rows = ink.getprojection()
    return [y for y, has_ink in enumerate(rows) if has_ink]

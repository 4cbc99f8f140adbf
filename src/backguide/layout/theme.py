"""The typographic system: page geometry, type scale, spacing, colours.

Lengths are in points (1 pt = 1/72 inch) unless the name says millimetres.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

from reportlab.lib.styles import ParagraphStyle

MM: Final = 72 / 25.4

MAX_COLUMN_BODY_SIZE: Final = 13.0
"""Larger print is set in one column: two would hold too few words a line."""

Ink = Literal["colour", "mono", "saver"]
Colour = tuple[float, float, float]

PAPER_SIZES_MM: Final = MappingProxyType(
    {"A4": (210.0, 297.0), "Letter": (215.9, 279.4)}
)

BODY_SIZES_PT: Final = MappingProxyType({"off": 12.0, "large": 18.0, "giant": 20.0})


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as red, green, blue from 0 to 1. Layout never depends on them."""

    text: Colour
    quiet: Colour
    """Lines under a title; at least 7:1 on white."""
    accent: Colour
    rule: Colour
    tint: Colour
    """Behind notes and table heads; text on it keeps 7:1."""
    warning: Colour
    warning_tint: Colour
    green: Colour
    amber: Colour
    red: Colour


_BLACK: Final = (0.0, 0.0, 0.0)
_WHITE: Final = (1.0, 1.0, 1.0)

PALETTES: Final = MappingProxyType(
    {
        "colour": Palette(
            text=(0.10, 0.12, 0.14),
            quiet=(0.27, 0.31, 0.34),
            accent=(0.03, 0.29, 0.38),
            rule=(0.50, 0.55, 0.58),
            tint=(0.92, 0.95, 0.96),
            warning=(0.60, 0.07, 0.07),
            warning_tint=(0.99, 0.94, 0.93),
            green=(0.05, 0.40, 0.20),
            amber=(0.60, 0.36, 0.00),
            red=(0.66, 0.06, 0.06),
        ),
        "mono": Palette(
            text=_BLACK,
            quiet=(0.25, 0.25, 0.25),
            accent=_BLACK,
            rule=(0.25, 0.25, 0.25),
            tint=(0.93, 0.93, 0.93),
            warning=_BLACK,
            warning_tint=_WHITE,
            green=_BLACK,
            amber=_BLACK,
            red=_BLACK,
        ),
        "saver": Palette(
            text=_BLACK,
            quiet=(0.25, 0.25, 0.25),
            accent=_BLACK,
            rule=(0.45, 0.45, 0.45),
            tint=_WHITE,
            warning=_BLACK,
            warning_tint=_WHITE,
            green=_BLACK,
            amber=_BLACK,
            red=_BLACK,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Theme:
    """Everything that decides how a document looks."""

    page_width: float
    page_height: float
    margin_left: float
    margin_right: float
    margin_top: float
    margin_bottom: float
    body_size: float
    ink: Ink
    palette: Palette
    closeness: int = 0
    """How far lines and spaces close up: 0, 1 or 2. Letters keep their size."""
    is_one_column: bool = False
    """True when page one keeps one column, however far lines close up."""
    extra_head_lines: int = 0
    extra_foot_lines: int = 0
    """Lines of furniture for which the margins have grown."""

    @property
    def is_dense(self) -> bool:
        """Tell whether lines and spaces close up."""
        return self.closeness > 0

    @property
    def width(self) -> float:
        """Return the width of the text area."""
        return self.page_width - self.margin_left - self.margin_right

    @property
    def height(self) -> float:
        """Return the height of the text area, header and footer left out."""
        return self.page_height - self.margin_top - self.margin_bottom

    @property
    def gutter(self) -> float:
        """Return the space between the two columns."""
        return self.unit * 4.5

    @property
    def column_width(self) -> float:
        """Return the width of a column; the whole width in large print."""
        if self.body_size > MAX_COLUMN_BODY_SIZE:
            return self.width
        return (self.width - self.gutter) / 2

    @property
    def columns(self) -> int:
        """Return how many columns stand side by side."""
        return 1 if self.body_size > MAX_COLUMN_BODY_SIZE else 2

    @property
    def page_one_columns(self) -> int:
        """Return the columns of page one: two only where lines close up."""
        return self.columns if self.is_dense and not self.is_one_column else 1

    @property
    def measure(self) -> float:
        """Return the widest line of running text: about 75 characters."""
        return min(self.width, self.body_size * 35.5)

    @property
    def unit(self) -> float:
        """Return the step of all spacing, a quarter of a body line."""
        return self.body_size * UNITS[self.closeness]

    def style(self, role: str) -> ParagraphStyle:
        """Return the style of a role of text.

        The same object each time. Its ``textColor`` is the name of a colour of the
        palette, so that a text is set once for all inks.
        """
        return _style(role, self.body_size, self.closeness, self.is_dense)


@lru_cache(maxsize=1024)
def _style(
    role: str, body_size: float, closeness: int, is_dense: bool
) -> ParagraphStyle:
    scale, leading, face, colour = _SCALE[role]
    size = round(body_size * scale, 2)
    if is_dense:
        leading = max(leading * LEADINGS[closeness], LEAST_LEADING)
    return ParagraphStyle(
        role,
        fontName=face,
        fontSize=size,
        leading=round(size * leading, 2),
        textColor=colour,
        # Else reportlab squeezes the spaces of a line that is a little too long.
        spaceShrinkage=0,
    )


UNITS: Final = (0.32, 0.27, 0.24)
"""The step of all spacing against the body size, for each closeness."""

LEADINGS: Final = (1.0, 0.95, 0.92)
LEAST_LEADING: Final = 1.1
"""How far lines close up: against the usual leading; and against the size."""

_SCALE: Final = MappingProxyType(
    {
        # role: size against the body, leading against the size, face, colour
        "alarm": (2.5, 1.1, "bold", "warning"),
        "title": (1.75, 1.12, "bold", "accent"),
        "heading": (1.25, 1.2, "bold", "accent"),
        "sub_heading": (1.0, 1.28, "bold", "accent"),
        "body": (1.0, 1.25, "regular", "text"),
        "lead": (1.08, 1.28, "regular", "text"),
        "small": (1.0, 1.24, "regular", "quiet"),
        "reason": (1.0, 1.24, "regular", "quiet"),
        "verdict": (1.5, 1.16, "bold", "text"),
        "light": (1.05, 1.1, "bold", "text"),
        "table": (1.0, 1.17, "regular", "text"),
        "table_head": (1.0, 1.2, "bold", "text"),
        "card_name": (1.1, 1.2, "bold", "accent"),
        "furniture": (1.0, 1.15, "regular", "quiet"),
    }
)


EMERGENCY_SIZE_PT: Final = 16.0
"""Least body size of the emergency page: it is read in haste and in fear."""


def make_theme(
    *, paper: str = "A4", large_print: str = "off", ink: Ink = "mono"
) -> Theme:
    """Return the theme for a sheet of paper, a reading need and an ink.

    Args:
        paper: A4 or Letter.
        large_print: off (12 pt), large (18 pt) or giant (20 pt).
        ink: colour, mono or saver; never moves anything on the page.
    """
    width_mm, height_mm = PAPER_SIZES_MM[paper]
    body = BODY_SIZES_PT[large_print]
    side_mm = 16.0
    return Theme(
        page_width=width_mm * MM,
        page_height=height_mm * MM,
        margin_left=side_mm * MM,
        margin_right=side_mm * MM,
        margin_top=15.5 * MM + body * 1.9,
        margin_bottom=15.5 * MM + body * 1.6,
        body_size=body,
        ink=ink,
        palette=PALETTES[ink],
    )


def with_ink(theme: Theme, ink: Ink) -> Theme:
    """Return the same layout in another ink."""
    return replace(theme, ink=ink, palette=PALETTES[ink])

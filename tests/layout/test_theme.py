"""Colours and sizes: enough contrast, large enough, inside the margins."""

import pytest

from backguide.layout.pdf import EDGE_MM
from backguide.layout.theme import (
    BODY_SIZES_PT,
    MM,
    PALETTES,
    PAPER_SIZES_MM,
    make_theme,
)

WHITE = (1.0, 1.0, 1.0)


def luminance(colour) -> float:
    parts = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def grey(colour):
    value = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
    return (value, value, value)


PAIRS = [
    ("text", None), ("quiet", None), ("accent", None), ("warning", None),
    ("text", "tint"), ("text", "warning_tint"),
]  # fmt: skip
"""Each colour of text with each ground that it is set on."""


@pytest.mark.parametrize("ink", PALETTES)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
@pytest.mark.parametrize("as_seen", [lambda c: c, grey], ids=["ink", "grey"])
def test_text_has_a_contrast_of_7_to_1(ink, text, ground, as_seen) -> None:
    palette = PALETTES[ink]
    behind = getattr(palette, ground) if ground else WHITE
    assert contrast(as_seen(getattr(palette, text)), as_seen(behind)) >= 7


@pytest.mark.parametrize("ink", PALETTES)
@pytest.mark.parametrize("light", ["green", "amber", "red"])
def test_lamps_stand_out(ink, light) -> None:
    assert contrast(getattr(PALETTES[ink], light), WHITE) >= 4.5


@pytest.mark.parametrize("paper", PAPER_SIZES_MM)
@pytest.mark.parametrize("large_print", BODY_SIZES_PT)
def test_nothing_is_smaller_than_12_points_or_outside_the_margins(
    paper, large_print
) -> None:
    theme = make_theme(paper=paper, large_print=large_print)
    least = {"off": 12, "large": 18, "giant": 20}[large_print]
    for role in ("body", "small", "reason", "table", "table_head", "furniture"):
        assert theme.style(role).fontSize >= least
        assert theme.style(role).leading >= 1.1 * theme.style(role).fontSize
    edge = 0.6 * 72 if paper == "Letter" else 15 * MM
    assert edge <= EDGE_MM * MM + 0.01
    for margin in (theme.margin_left, theme.margin_right):
        assert margin >= edge


def test_ink_never_moves_anything() -> None:
    themes = [make_theme(ink=ink) for ink in ("colour", "mono", "saver")]
    for theme in themes[1:]:
        for name in (
            "page_width",
            "width",
            "height",
            "measure",
            "unit",
            "column_width",
        ):
            assert getattr(theme, name) == getattr(themes[0], name)

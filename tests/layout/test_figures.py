"""Figures on the page: inside their box, short, the same every time."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from io import BytesIO
from itertools import pairwise

import pytest
from pypdf import PdfReader

from backguide.document import Figure
from backguide.guidance.content_file import ContentFile
from backguide.guidance.poses import parse_figures
from backguide.layout import figures as drawing
from backguide.layout.canvas import TaggedCanvas
from backguide.layout.figures import (
    FittedFigure,
    contact_sheet,
    draw_panels,
    fit_figure,
)
from backguide.layout.theme import Theme, make_theme
from backguide.resources import templates_root

BOXES = ((228.0, 84.0), (460.0, 150.0), (120.0, 300.0))
MATRIX = re.compile(r"(\S+) 0 0 (\S+) (\S+) (\S+) cm")


def operators(fitted: FittedFigure, x: float, y: float, theme: Theme) -> str:
    canvas = TaggedCanvas(
        1, 1, title="", language="", issued_on=date(2026, 11, 23), ink=theme.ink
    )
    with canvas.artifact(), canvas.recording() as code:
        draw_panels(canvas, fitted, x, y)
    return "\n".join(code)


def forget() -> None:
    for cache in (drawing._drawn, drawing._fit, drawing._code_at_origin):
        cache.cache_clear()


@pytest.fixture(scope="module")
def figures() -> Mapping[str, Figure]:
    return parse_figures(ContentFile(templates_root(), "poses.toml"))


def painted(code: str) -> list[tuple[float, float]]:
    """Return every point of every path on the page, handles of curves left out."""
    points = []
    a, d, e, f = 1.0, 1.0, 0.0, 0.0
    for line in code.splitlines():
        if found := MATRIX.match(line):
            a, d, e, f = (float(value) for value in found.groups())
        elif line == "Q":
            a, d, e, f = 1.0, 1.0, 0.0, 0.0
        for numbers in re.findall(r"((?:-?[\d.]+ )+)[mlc]\b", line):
            x, y = (float(value) for value in numbers.split()[-2:])
            points.append((a * x + e, d * y + f))
    return points


@pytest.mark.parametrize("box", BOXES)
def test_every_figure_stays_in_its_box(
    figures: Mapping[str, Figure], box: tuple[float, float]
) -> None:
    width, height = box
    theme = make_theme()
    for name, figure in figures.items():
        fitted = fit_figure(figure, width, height)
        assert fitted.height <= height + 0.01
        for x, y in painted(operators(fitted, 100, 50, theme)):
            assert 100 <= x <= 100 + width, name
            assert 50 <= y <= 50 + fitted.height, name


def test_panels_do_not_overlap(figures: Mapping[str, Figure]) -> None:
    for figure in figures.values():
        fitted = fit_figure(figure, 228, 84)
        assert len(fitted.cells) == len(figure.panels)
        for left, right in pairwise(fitted.cells):
            assert left.x + left.width < right.x
        last = fitted.cells[-1]
        assert last.x + last.width == pytest.approx(228)


def test_a_figure_fills_its_box_in_one_direction(
    figures: Mapping[str, Figure],
) -> None:
    for figure in figures.values():
        fitted = fit_figure(figure, 228, 84)
        is_high = fitted.height == pytest.approx(84)
        points = painted(operators(fitted, 0, 0, make_theme()))
        assert is_high or max(x for x, _ in points) > 200


def test_page_content_is_short(figures: Mapping[str, Figure]) -> None:
    theme = make_theme()
    sizes = []
    for figure in figures.values():
        code = operators(fit_figure(figure, 228, 84), 50, 50, theme)
        sizes.append(len(code) / len(figure.panels))
        assert len(zlib.compress(code.encode())) < 3000
        assert code.isascii()
    assert max(sizes) < 3250
    assert sum(sizes) / len(sizes) < 2700


def test_operators_are_balanced_and_known(figures: Mapping[str, Figure]) -> None:
    known = {*"qQnmlchSfBgGwJjd", "cm", "rg", "RG"}
    for ink in ("colour", "mono", "saver"):
        for figure in figures.values():
            fitted = fit_figure(figure, 228, 84)
            code = operators(fitted, 0, 0, make_theme(ink=ink))
            words = [w for w in code.split() if not re.fullmatch(r"[-\d.\[\]]+", w)]
            assert set(words) <= known
            assert words.count("q") == words.count("Q")


def test_ink_changes_no_path(figures: Mapping[str, Figure]) -> None:
    for figure in figures.values():
        fitted = fit_figure(figure, 228, 84)
        paths = {
            tuple(painted(operators(fitted, 0, 0, make_theme(ink=ink))))
            for ink in ("colour", "mono", "saver")
        }
        assert len(paths) == 1


def test_mono_has_no_colour(figures: Mapping[str, Figure]) -> None:
    for figure in figures.values():
        code = operators(fit_figure(figure, 228, 84), 0, 0, make_theme())
        for red, green, blue in re.findall(r"(\S+) (\S+) (\S+) (?:rg|RG)", code):
            assert red == green == blue


def test_drawing_is_the_same_every_time(figures: Mapping[str, Figure]) -> None:
    theme = make_theme(ink="colour")
    first = contact_sheet(figures.values(), theme)
    forget()
    assert contact_sheet(figures.values(), theme) == first


def test_the_contact_sheet_names_every_figure(figures: Mapping[str, Figure]) -> None:
    sheet = PdfReader(BytesIO(contact_sheet(figures.values(), make_theme())))
    text = "\n".join(page.extract_text() for page in sheet.pages)
    assert all(name in text for name in figures)


def test_a_mirrored_figure_is_the_mirror_image(figures: Mapping[str, Figure]) -> None:
    figure = figures["sit-to-stand"]
    turned = replace(
        figure, panels=tuple(replace(p, is_mirrored=True) for p in figure.panels)
    )
    fitted, fitted_turned = (fit_figure(f, 228, 84) for f in (figure, turned))
    assert fitted.scale == fitted_turned.scale
    theme = make_theme()
    plain = painted(operators(fitted, 0, 0, theme))
    mirrored = painted(operators(fitted_turned, 0, 0, theme))
    middle = fitted.cells[0].width / 2
    for (x1, y1), (x2, y2) in zip(plain[:40], mirrored[:40], strict=True):
        assert x1 - middle == pytest.approx(middle - x2, abs=0.2)
        assert y1 == pytest.approx(y2, abs=0.2)

"""Reviewed pictures of typical pages: nobody changes the look of a page unseen.

A page may differ by a shift of one pixel and by the smoothing of edges. After a
wanted change run ``python3 run_tests.py --update-pictures -k pictures`` and look at
every new picture before it is committed.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageFilter

from backguide.layout.flowables import TextMark
from pdf.cases import CASES, Case, library, made

FOLDER = Path(__file__).parents[1] / "data" / "pictures"
DPI = 55
TOLERANCE = 70
"""How many of 255 steps of grey a pixel may lie outside its neighbours."""
MAX_BYTES = 1_500_000

PAGES = {
    "page-one": ("desk-worker-a4", "main-message"),
    "page-one-amber-colour": ("half-marathon-runner-letter", "main-message"),
    "exercises": ("half-marathon-runner-a4", "exercise-plan"),
    "plan": ("heavier-beginner-letter", "run-walk-plan"),
    "diary": ("fillable-a4", "tracking-diary"),
    "large-print": ("thin-bones-large", "exercise-plan"),
    "emergency": ("saddle-numbness-a4", "emergency-now"),
    "urgent-letter": ("foot-drop-letter", "urgent-same-day"),
    "questions": ("unanswered-question-a4", "safety-questions"),
    "clinic-file": ("clinic-file-mono", "clinic-contact"),
}
"""Name of each picture: the case, and the section whose first page it shows."""


def page_number(case: Case, section: str) -> int:
    """Return the page with the most cards of a section, or else its first page."""
    places = [p for p in made(case).laid.placements() if p.section_id == section]
    cards = Counter(place.page for place in places if place.kind == "card")
    pages = cards or Counter({min(place.page for place in places): 1})
    return min(pages, key=lambda page: (-pages[page], page))


def rendered(name: str) -> Image.Image:
    case_name, section = PAGES[name]
    case = next(case for case in CASES if case.name == case_name)
    number = page_number(case, section)
    page = pypdfium2.PdfDocument(made(case).pdf)[number - 1]
    picture = page.render(scale=DPI / 72, grayscale=True).to_pil().convert("L")
    for box in ever_new(case, number):
        picture.paste(255, tuple(round(length * DPI / 72) for length in box))
    return picture


def ever_new(case: Case, number: int) -> Iterator[tuple[float, ...]]:
    """Yield where codes stand that move with every change of any text."""
    laid = made(case).laid
    theme, code = laid.theme, laid.handout.furniture.code
    yield 0, 0, theme.page_width / 2, theme.margin_top
    for placed in laid.pages[number - 1]:
        for mark in placed.slab.marks:
            if isinstance(mark, TextMark) and (
                code in mark.line.text or library().version in mark.line.text
            ):
                top = theme.margin_top + placed.top
                yield 0, top, theme.page_width, top + placed.slab.height


def unlike(one: Image.Image, other: Image.Image) -> Image.Image:
    """Return white where a pixel lies outside all that its neighbours allow.

    Each picture's pixel must lie between the darkest and the lightest of the nine
    pixels around it in the other picture, give or take ``TOLERANCE``.
    """
    wrong = Image.new("L", one.size)
    for picture, frame in ((one, other), (other, one)):
        lightest = frame.filter(ImageFilter.MaxFilter(3))
        darkest = frame.filter(ImageFilter.MinFilter(3))
        over = ImageChops.subtract(picture, lightest)
        under = ImageChops.subtract(darkest, picture)
        worst = ImageChops.lighter(over, under)
        wrong = ImageChops.lighter(
            wrong, worst.point(lambda value: 255 if value > TOLERANCE else 0)
        )
    return wrong


def complain(name: str, actual: Image.Image, wrong: Image.Image | None) -> None:
    folder = Path(tempfile.mkdtemp(prefix="backguide-pictures-"))
    actual.save(folder / f"{name}-actual.png")
    if (FOLDER / f"{name}.png").exists():
        shutil.copy(FOLDER / f"{name}.png", folder / f"{name}-expected.png")
    if wrong is not None:
        wrong.save(folder / f"{name}-difference.png")
    pytest.fail(
        f"{name} looks different; see {folder}. If that is wanted: python3 "
        "run_tests.py --update-pictures -k pictures",
        pytrace=False,
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_page_looks_as_reviewed(name: str, request: Any) -> None:
    actual = rendered(name)
    path = FOLDER / f"{name}.png"
    if request.config.getoption("--update-pictures"):
        FOLDER.mkdir(exist_ok=True)
        actual.quantize(16).save(path, optimize=True)
        return
    if not path.exists():
        complain(name, actual, None)
    with Image.open(path) as stored:
        expected = stored.convert("L")
    if expected.size != actual.size:
        complain(name, actual, None)
    wrong = unlike(actual, expected)
    if wrong.getbbox():
        complain(name, actual, wrong)


def test_the_pictures_are_those_of_the_list_and_small() -> None:
    files = {path.stem: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert set(files) == set(PAGES)
    assert sum(files.values()) < MAX_BYTES


def test_a_change_is_seen_and_a_shift_of_one_pixel_is_not() -> None:
    page = rendered("page-one")
    shifted = ImageChops.offset(page, 1, 1)
    assert unlike(page, shifted).getbbox() is None
    smoothed = page.filter(ImageFilter.GaussianBlur(0.4))
    assert unlike(page, smoothed).getbbox() is None
    moved = ImageChops.offset(page, 0, 4)
    assert unlike(page, moved).getbbox()
    spot = page.copy()
    spot.paste(0, (200, 300, 203, 303))
    assert unlike(page, spot).getbbox()
    gone = page.copy()
    left, top, right, _ = ImageChops.invert(page).getbbox()
    gone.paste(255, (left, top + 20, right, top + 40))
    assert unlike(page, gone).getbbox()

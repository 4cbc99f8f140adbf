"""A page that is read in fear: one column from top to bottom, if one page can."""

from pathlib import Path

import pytest

from backguide.guidance.library import Library
from backguide.making import Made, Options, make_handout
from backguide.profile.load import load_profile
from strategies import FIXED_DAY

ROOT = Path(__file__).parents[2]
URGENT = {
    "crisis-and-red-eye", "foot-drop", "maternity-line", "saddle-numbness",
    "unanswered-question",
}  # fmt: skip
FILES = [
    path
    for folder in (ROOT / "profiles", ROOT / "tests" / "data" / "personas")
    for path in sorted(folder.glob("*.json"))
    if path.stem in URGENT
]


def made(path: Path, library: Library, **options: str) -> Made:
    chosen = Options(FIXED_DAY, "1.2.3", **options)
    return make_handout(load_profile(path), library, chosen, is_drawn=False)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_it_is_one_page_in_one_column(path: Path, library: Library, paper: str) -> None:
    handout = made(path, library, paper=paper)
    assert handout.selection.triage.is_held_back
    assert handout.pages == 1
    is_full = (path.stem, paper) == ("crisis-and-red-eye", "Letter")
    columns = {placed.left for placed in handout.laid.pages[0]}
    assert columns == {0} or is_full


def test_all_of_them_are_here() -> None:
    assert {path.stem for path in FILES} == URGENT


def test_only_urgent_pages_keep_one_column(library: Library) -> None:
    path = ROOT / "profiles" / "desk-worker.json"
    handout = made(path, library, length="short")
    assert {placed.left for placed in handout.laid.pages[0]} != {0}

"""Unreviewed until a clinician read this very text; reviewed until it is due again."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from backguide.guidance.library import Library, load_library
from backguide.guidance.review import ReviewState, review_state
from backguide.resources import templates_root

BEFORE = date(2026, 12, 1)
DUE = date(2027, 11, 23)
AFTER = date(2027, 11, 24)
SHOES = "en/sections/shoes.md"


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    return Path(shutil.copytree(str(templates_root()), tmp_path / "templates"))


def shoes_with(templates: Path, lines: str) -> ReviewState:
    path = templates / SHOES
    text = path.read_text("utf-8")
    assert 'reviewed_by = ""' in text
    path.write_text(text.replace('reviewed_by = ""', lines), "utf-8")
    return review_state(load_library(templates), BEFORE, only={"shoes"})


def test_nothing_is_reviewed_yet(library: Library) -> None:
    state = review_state(library, BEFORE)
    every = {*library.sections, *library.exercises}
    assert every <= set(state.unreviewed)
    assert "triage.toml" in state.unreviewed
    assert "main-message.toml" in state.unreviewed
    assert state.overdue == ()
    assert not state.is_clear


def test_the_day_itself_is_in_time(library: Library) -> None:
    assert review_state(library, DUE).overdue == ()
    assert "shoes" in review_state(library, AFTER).overdue


def test_only_what_is_asked_for_and_the_rule_files(library: Library) -> None:
    some = review_state(library, AFTER, only={"shoes", "X05"})
    assert {"shoes", "X05"} < set(some.unreviewed)
    assert "cadence" not in (*some.unreviewed, *some.overdue)
    assert "plan.toml" in some.unreviewed


@pytest.mark.parametrize(
    ("lines", "is_reviewed"),
    [
        ('reviewed_by = ""', False),
        ('reviewed_by = "A. Test"', False),
        ('reviewed_by = ""\nreviewed_on = 2026-11-24', False),
        ('reviewed_by = "A. Test"\nreviewed_on = 2026-11-22', False),
        ('reviewed_by = "A. Test"\nreviewed_on = 2026-11-23', True),
        ('reviewed_by = "A. Test"\nreviewed_on = 2026-11-24', True),
    ],
)
def test_a_review_needs_a_name_and_a_day_not_before_the_writing(
    templates: Path, lines: str, is_reviewed: bool
) -> None:
    assert ("shoes" not in shoes_with(templates, lines).unreviewed) == is_reviewed

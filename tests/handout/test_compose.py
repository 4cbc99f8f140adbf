"""What a composed handout says about its own review."""

from datetime import date
from pathlib import Path

import pytest

from backguide.document import texts_of
from backguide.guidance.library import Library
from backguide.guidance.select import select
from backguide.handout.compose import Issue, compose
from backguide.profile.load import profile_from_bytes

PROFILE = Path(__file__).parents[2] / "profiles" / "desk-worker.json"
OVERDUE = "Some of it was due for a new review before today."


@pytest.mark.parametrize(
    ("issued", "is_said"), [(date(2027, 11, 23), False), (date(2027, 11, 24), True)]
)
def test_the_sheet_says_when_its_texts_are_overdue(
    library: Library, issued: date, is_said: bool
) -> None:
    profile = profile_from_bytes(PROFILE.read_bytes(), "desk-worker.json")
    selection = select(profile.facts, library, length="full")
    handout = compose(profile, selection, library, Issue(issued, "0.0"))
    text = "\n".join(t for s in handout.sections for b in s.blocks for t in texts_of(b))
    assert "No clinician has reviewed these texts yet." in text
    assert (OVERDUE in text) == is_said

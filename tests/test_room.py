"""What a guide says beside its parts takes little room, and says nothing twice.

Reasons stand at the parts, answers are read back in few rows, sources and dates take
a few lines. All 32 made-up runners, in every length.
"""

from collections.abc import Iterator
from datetime import date

import pytest

from backguide.document import Handout, HandoutSection, texts_of
from backguide.guidance.library import Library
from backguide.guidance.wording import MAX_REASON_WORDS
from backguide.making import Made, Options, make_handout
from backguide.profile.load import load_profile
from test_personas import PERSONAS

DAY = date(2026, 11, 23)
LENGTHS = ("short", "standard", "full")
ALL = [(name, length) for name in PERSONAS for length in LENGTHS]


@pytest.fixture(scope="module")
def made(library: Library) -> dict[tuple[str, str], Made]:
    return {
        (name, length): make_handout(
            load_profile(PERSONAS[name]),
            library,
            Options(DAY, "test", length=length),
            is_drawn=False,
        )
        for name, length in ALL
    }


def texts(handout: Handout) -> Iterator[str]:
    for section in handout.sections:
        yield from section_texts(section)


def section_texts(section: HandoutSection) -> Iterator[str]:
    yield section.title
    for block in section.blocks:
        yield from texts_of(block)
    yield section.reason


# --- why each part is here ------------------------------------------------------------


def test_a_reason_is_one_short_line_about_this_person(made, library) -> None:
    because = library.words["why_here"].partition("{")[0]
    sources = library.words["sources_here"].partition("{")[0]
    for made_one in made.values():
        for section in made_one.handout.sections:
            reason = section.reason.partition(sources)[0].strip()
            assert not reason or reason.startswith(because)
            count = len(reason.removeprefix(because).split())
            assert count <= MAX_REASON_WORDS, (section.id, reason)
            assert "everyone" not in reason.split()


def test_a_part_that_answers_decided_says_so_at_every_length(made) -> None:
    """The reasons once stood together at the end, or not at all, in a tight guide."""
    for (name, length), made_one in made.items():
        told = {d.section.id: d.reason for d in made_one.selection.included()}
        for section in made_one.handout.sections:
            if told.get(section.id):
                assert told[section.id] in section.reason, (name, length, section.id)


def test_no_guide_lists_what_it_does_not_hold(made, library) -> None:
    """A reader can do nothing with the titles of texts that fell out."""
    for (name, length), made_one in made.items():
        said = " ".join(texts(made_one.handout))
        named = [
            title
            for dropped in made_one.dropped
            if "{" not in (title := library.sections[dropped].title.rstrip("?."))
            and title in said
        ]
        assert len(named) <= 1, (name, length, named)

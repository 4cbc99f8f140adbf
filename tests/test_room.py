"""What a guide says beside its parts takes little room, and says nothing twice.

Reasons stand at the parts, answers are read back in few rows, sources and dates take
a few lines. All 32 made-up runners, in every length.
"""

import re
from collections.abc import Iterator
from datetime import date

import pytest

from backguide.document import Handout, HandoutSection, texts_of
from backguide.guidance.library import Library
from backguide.guidance.wording import MAX_REASON_WORDS
from backguide.layout.build import NORMAL_SIZE
from backguide.layout.flowables import TextMark
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
        assert named == [], (name, length, named)


PROMISES_OF_MORE = re.compile(
    r"also ask about|the full guide|in a longer guide|more (?:parts|texts|sections)\b"
    r"|not in this (?:guide|sheet)|no room for",
    re.IGNORECASE,
)


def test_no_guide_promises_more_than_it_holds(made) -> None:
    for key, made_one in made.items():
        for text in texts(made_one.handout):
            assert not PROMISES_OF_MORE.search(text), (key, text)


def test_only_a_guide_with_a_plan_of_stages_speaks_of_stages(made) -> None:
    """The red light sent people back 2 stages whose guide had no stage."""
    spoken = 0
    for key, made_one in made.items():
        sections = {section.id for section in made_one.handout.sections}
        said = [t for t in texts(made_one.handout) if re.search(r"\bstages?\b", t)]
        assert not said or "run-walk-plan" in sections, (key, said)
        spoken += bool(said)
    assert spoken > 10


# --- sources, date, review, no diagnosis ----------------------------------------------

LINES = {"short": 3, "standard": 4}
"""Of small print, at 12 point on A4."""


def is_guide(made_one: Made) -> bool:
    return not made_one.selection.triage.is_held_back


def lines_of(made_one: Made, section_id: str) -> list[str]:
    return [
        mark.line.text
        for page in made_one.laid.pages
        for placed in page
        if placed.slab.section_id == section_id
        for mark in placed.slab.marks
        if isinstance(mark, TextMark)
    ]


def test_sources_date_and_review_take_a_few_lines(made) -> None:
    for (name, length), made_one in made.items():
        if is_guide(made_one) and length in LINES:
            if made_one.laid.theme.body_size > NORMAL_SIZE:
                continue
            _, *lines = lines_of(made_one, "sources-and-date")
            assert len(lines) <= LINES[length], (name, length, lines)


def test_what_the_sheet_is_stands_on_it_once(made, library) -> None:
    """ "Not a diagnosis" stood at every foot, in a section and under the sources."""
    made_on = library.words["about.made"].partition("{")[0]
    for key, made_one in made.items():
        furniture = made_one.handout.furniture
        said = [*texts(made_one.handout), furniture.foot_line, furniture.head_line]
        assert sum(text.count("not a diagnosis") for text in said) == 1, key
        assert sum("iagnosis" in text for text in said if text in said[-2:]) == 0
        is_emergency = made_one.selection.triage.state == "EMERGENCY"
        assert sum(text.count(made_on) for text in said) == (not is_emergency), key


def test_whoever_may_not_run_yet_is_told_to_ask_first(made) -> None:
    """It stood in a section of its own; no length may lose it."""
    for key, made_one in made.items():
        if is_guide(made_one):
            cleared = made_one.selection.facts.get("derived.running_cleared") is True
            said = " ".join(
                text
                for section in made_one.handout.sections
                if section.id == "sources-and-date"
                for text in section_texts(section)
            )
            assert "Ask a doctor or a physio before you" in said, key
            assert ("before you run" in said) == (not cleared), key


def test_only_a_full_guide_lists_its_sources(made, library) -> None:
    """Numbers at a part say nothing without the list that they point into."""
    sources = library.words["sources_here"].partition("{")[0]
    for (name, length), made_one in made.items():
        if is_guide(made_one):
            is_listed = any(sources in s.reason for s in made_one.handout.sections)
            assert is_listed == (length == "full"), (name, length)


def test_the_foot_of_a_page_is_one_line(made) -> None:
    for key, made_one in made.items():
        furniture = made_one.handout.furniture
        if not furniture.clinic_line and made_one.laid.theme.columns == 2:
            assert len(made_one.laid.furniture.foot) == 1, key

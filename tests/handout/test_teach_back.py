"""The strip for the clinician: in a clinic only, at the end, in the guide's words."""

from dataclasses import replace
from typing import Any

import pytest

from backguide.document import texts_of
from backguide.guidance.library import Library
from backguide.handout.teach_back import QUESTIONS, TEACH_BACK
from backguide.layout.pdf import lay_out
from backguide.making import Made, Options, make_handout
from backguide.profile.load import profile_from_bytes
from strategies import FIXED_DAY, as_bytes, in_clinic, minimal_profile


def made(library: Library, raw: dict[str, Any], **options: Any) -> Made:
    profile = profile_from_bytes(as_bytes(raw), "profile")
    chosen = Options(FIXED_DAY, "1.2.3", **options)
    return make_handout(profile, library, chosen, is_drawn=False)


def ids(handout: Made) -> list[str]:
    return [section.id for section in handout.handout.sections]


def test_it_ends_a_clinics_handout(library: Library) -> None:
    handout = made(library, in_clinic(), length="full")
    assert ids(handout)[-1] == TEACH_BACK
    last = [p for p in handout.laid.placements() if p.section_id == TEACH_BACK]
    assert {p.page for p in last} == {handout.pages}


@pytest.mark.parametrize("large_print", ["off", "large", "giant"])
@pytest.mark.parametrize("length", ["short", "standard", "full"])
def test_it_never_costs_a_page(library: Library, length: str, large_print: str) -> None:
    handout = made(library, in_clinic(), length=length, large_print=large_print)
    strip = [s for s in handout.handout.sections if s.id == TEACH_BACK]
    bare = handout.handout.without(TEACH_BACK)
    assert len(lay_out(bare, handout.laid.theme).pages) == handout.pages
    if not strip:
        full = made(library, in_clinic(), length="full").handout.sections[-1]
        with_it = replace(bare, sections=(*bare.sections, full))
        assert len(lay_out(with_it, handout.laid.theme).pages) > handout.pages


def test_it_asks_three_questions_to_tick_and_wants_a_hand(library: Library) -> None:
    section = made(library, in_clinic(), length="full").handout.sections[-1]
    texts = [text for block in section.blocks for text in texts_of(block)]
    words = library.words
    assert [t for t in texts if t.endswith("?")] == [
        words[f"teach_back.{key}"] for key in QUESTIONS
    ]
    assert words["teach_back.initials"] in texts


def test_only_the_clinics_own_note_stands_behind_it(library: Library) -> None:
    raw = in_clinic(**{"clinic.attached_note": "Our own text."})
    assert ids(made(library, raw, length="full"))[-2:] == [TEACH_BACK, "attached-note"]


def test_nobody_asks_at_home_or_in_an_emergency(library: Library) -> None:
    assert TEACH_BACK not in ids(made(library, minimal_profile()))
    raw = in_clinic(**{"red_flags.saddle_numb": "yes"})
    urgent = made(library, raw)
    assert urgent.selection.triage.is_held_back
    assert TEACH_BACK not in ids(urgent)

"""What stands around each page: whole numbers, full-sized letters, room for both."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backguide.document import texts_of
from backguide.guidance.library import load_library
from backguide.guidance.wording import with_whole_numbers
from backguide.layout.flowables import TextMark
from backguide.making import Made, Options, make_handout
from backguide.profile.load import profile_from_bytes
from backguide.resources import templates_root
from pdf_reader.readback import read_back
from strategies import as_bytes, minimal_profile

DAY = date(2026, 11, 23)
CONTENT = load_library(templates_root())
PHONE = "01632 960 123"
NIGHT = "Night desk (01632) 960 456 ext 12"
LONG = "The Example Centre for Backs, Hips, Knees and Running on the Long North Road"

CLINIC = {
    "mode": "clinic",
    "person.first_name": "Kim",
    "clinic.clinic_name": LONG,
    "clinic.phone": PHONE,
    "clinic.out_of_hours": NIGHT,
    "clinic.clinician_name": "Sam",
    "clinic.clinician_role": "physio, bleep 01632 960 789",
    "clinic.physio_message": "If it gets worse, ring 01632 960 234 before noon. " * 6,
    "clinic.attached_note": "Our desk answers on +44 1632 960 345 all day. " * 40,
}
NUMBERS = ("01632 960 123", "(01632) 960 456 ext 12", "01632 960 789",
           "01632 960 234", "+44 1632 960 345", "116 123", "13 11 14",
           "0800 567 567")  # fmt: skip

PEOPLE = {
    "routine": {},
    "soon": {"red_flags.leg_numbness": "yes"},
    "urgent": {"red_flags.fever_chills": "yes"},
    "crisis": {"red_flags.self_harm": "yes"},
    "crisis-australia": {"red_flags.self_harm": "yes", "locale": "en-AU"},
    "crisis-south-africa": {"red_flags.self_harm": "yes", "locale": "en-ZA"},
    "emergency": {"red_flags.saddle_numb": "yes"},
}


def made(facts: dict[str, Any], large_print: str = "off", **options: Any) -> Made:
    profile = profile_from_bytes(as_bytes(minimal_profile(**facts)), "test")
    chosen = Options(DAY, "test", large_print=large_print, **options)
    return make_handout(profile, CONTENT, chosen)


def all_texts(handout: Made) -> Iterator[str]:
    document = handout.handout
    yield document.furniture.clinic_line
    for section in document.sections:
        yield section.title
        for block in section.blocks:
            yield from texts_of(block)


def lines_on_page(handout: Made) -> Iterator[str]:
    for page in handout.laid.pages:
        for placed in page:
            for mark in placed.slab.marks:
                if isinstance(mark, TextMark):
                    yield mark.line.text


@pytest.mark.parametrize("large_print", ["off", "large", "giant"])
@pytest.mark.parametrize("person", PEOPLE)
def test_no_line_ends_inside_a_telephone_number(person: str, large_print: str) -> None:
    """A clinic's number was cut by the line end in a dozen of texts."""
    handout = made(CLINIC | PEOPLE[person], large_print)
    said = " ".join(all_texts(handout))
    plain = said.replace("\u00a0", " ")
    present = [number for number in NUMBERS if number in plain]
    assert PHONE in present
    lines = [line.replace("\u00a0", " ") for line in lines_on_page(handout)]
    lines += [line.text.replace("\u00a0", " ") for line in handout.laid.furniture.foot]
    for number in present:
        assert said.count(number.replace(" ", "\u00a0")) == plain.count(number), number
        whole = sum(line.count(number) for line in lines)
        assert whole >= plain.count(number), f"{number} is cut"


@given(
    digits=st.lists(
        st.text("0123456789", min_size=1, max_size=5), min_size=2, max_size=6
    ).filter(lambda groups: 5 <= len("".join(groups)) <= 15),
    separators=st.lists(
        st.sampled_from([" ", "-", ") ", ".", " / ", "/"]), min_size=5, max_size=5
    ),
    lead=st.sampled_from(["", "+", "(", "+("]),
)
def test_every_usual_way_to_write_a_number_stays_whole(
    digits: list[str], separators: list[str], lead: str
) -> None:
    number = lead + digits[0]
    for separator, group in zip(separators, digits[1:], strict=False):
        number += separator + group
    kept = with_whole_numbers(f"Call us on {number}, please.")
    assert kept.replace("\u00a0", " ") == f"Call us on {number}, please."
    assert kept.count(" ") == 4  # "Call us on N, please."


@pytest.mark.parametrize(
    "text",
    ["Run 3 times in 2 weeks", "12 sets of 10", "in 2026", "no number at all", "4 5 6"],
)
def test_other_numbers_may_be_parted(text: str) -> None:
    assert with_whole_numbers(text) == text


# --- full-sized letters ----------------------------------------------------------


@settings(max_examples=25)
@given(
    name=st.text("abcdefgh MW", min_size=1, max_size=80).filter(str.strip),
    phone=st.sampled_from(["", PHONE, "+44 (0) 1632 960 123 ext 12345"]),
    approved=st.text("abM ", max_size=60),
    large_print=st.sampled_from(["off", "large", "giant"]),
)
def test_letters_around_a_page_never_shrink_and_never_meet_the_text(
    name: str, phone: str, approved: str, large_print: str
) -> None:
    """A long clinic name in large print was set in 7 to 9 point."""
    facts = CLINIC | {
        "clinic.clinic_name": name.strip(),
        "clinic.phone": phone or ...,
        "clinic.attached_note": ...,
        "profile_id": "W" * 32,
    }
    handout = made(facts, large_print, approved_by=approved.strip())
    theme = handout.laid.theme
    size = theme.style("furniture").fontSize
    assert size == theme.body_size
    lines = handout.laid.furniture
    said = " ".join(line.text for line in lines.foot).replace("\u00a0", " ")
    assert phone in said
    state = handout.handout.furniture.state_line
    assert "".join(state.split()) in "".join(said.split())
    squeezed = "".join(name.split())
    if len(lines.foot) > 1:
        assert squeezed in "".join(said.split())
    # Wherever the foot has not the whole name, the part on whom to call has it.
    contact = next(s for s in handout.handout.sections if s.id == "clinic-contact")
    told = "".join(text for block in contact.blocks for text in texts_of(block))
    assert squeezed in "".join(told.split())
    if len(lines.foot) > 3 and phone:
        assert said.startswith(phone)
    with pypdfium2.PdfDocument(BytesIO(handout.pdf)) as document:
        for page in document:
            text = page.get_textpage()
            boxes = [text.get_rect(n) for n in range(text.count_rects())]
            foot = theme.margin_bottom - theme.body_size * 0.3
            for left, bottom, right, top in boxes:
                assert 0 <= left <= right <= theme.page_width
                assert top - bottom < 4 * theme.body_size
                # A line stands in the text area or in a margin, never across.
                assert not bottom < foot - size * 0.6 < foot + size * 0.2 < top


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("approved", ["", "Dr Example"])
def test_a_long_clinic_name_leaves_the_foot_one_line(
    person: str, approved: str
) -> None:
    """The name of a clinic and the mark of a draft took two lines of every page."""
    handout = made(CLINIC | PEOPLE[person], approved_by=approved)
    furniture, theme = handout.handout.furniture, handout.laid.theme
    (line,) = handout.laid.furniture.foot
    said = line.text.replace("\u00a0", " ")
    kept, cut, _ = said.partition("\u2026")
    if person == "emergency":  # larger letters: the number alone may be left
        assert said.startswith(PHONE) or LONG.startswith(kept)
    else:
        assert cut
        assert LONG.startswith(kept)
        assert len(kept.split()) >= 2
    assert PHONE in said
    assert said.endswith(furniture.state_line)
    assert theme.style("furniture").fontSize == theme.body_size
    contact = next(s for s in handout.handout.sections if s.id == "clinic-contact")
    told = " ".join(text for block in contact.blocks for text in texts_of(block))
    assert LONG in told


# --- said once, near the start -----------------------------------------------------


@pytest.mark.parametrize("approved", ["", "Dr Example"])
@pytest.mark.parametrize("mode", ["self", "clinic"])
@pytest.mark.parametrize("person", PEOPLE)
def test_whoever_listens_to_the_page_hears_who_has_checked_it(
    person: str, mode: str, approved: str
) -> None:
    """A draft said so in its furniture only, which screen readers pass over."""
    names = ("clinic.clinician_name", "clinic.clinician_role")
    own = {name: CLINIC[name] for name in names} if mode == "clinic" else {}
    facts = PEOPLE[person] | own | {"mode": mode}
    handout = made(facts, approved_by=approved)
    words = CONTENT.words
    said = {
        "": words["page.draft" if mode == "clinic" else "page.draft_self"],
        "Dr Example": words["page.approved"].replace("{name}", "Dr Example"),
    }[approved]
    at_foot = words["page.draft_foot"] if (mode, approved) == ("clinic", "") else said
    assert handout.handout.furniture.state_line == at_foot
    read = read_back(handout.pdf)
    assert read.root is not None
    texts = [node.text for node in read.root.nodes]
    places = [number for number, text in enumerate(texts) if said in text]
    assert len(places) == 1
    # After the title, or on an urgent page after what to do now.
    assert places[0] <= (1 if handout.selection.triage.state[:5] == "ROUTI" else 2)
    assert sum(text.count(said) for text in texts) == 1

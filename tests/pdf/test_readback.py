"""Reading back notices what is spoiled: the judge of the round trip, judged."""

import pikepdf
import pytest

from pdf import mutations as m
from pdf.cases import good_case, made
from pdf.reading_order import spoken_handout
from pdf_reader.readback import read_back
from pdf_reader.tree import squeezed

FAULTS: dict[str, tuple[m.Change, str]] = {
    "no structure tree": (m.without("/StructTreeRoot"), "no structure tree"),
    "no parent tree": (m.without("/StructTreeRoot", "/ParentTree"), "no parent tree"),
    "loose text": (m.loose_text, "outside marked content"),
    "artifact in a tag": (m.nested_artifact, "Artifact is nested"),
    "tag in an artifact": (m.tagged_in_artifact, "P is nested"),
    "torn marks": (m.torn_marks, "EMC cuts through"),
    "open mark": (m.open_mark, "BDC is not closed"),
    "MCID twice": (m.mcid_twice, "MCID 0 is used twice"),
    "orphan": (m.orphan, "belongs to no element"),
    "missing MCID": (m.missing_mcid, "asks for MCID 4711"),
    "stolen MCID": (m.stolen_mcid, "belongs to two elements"),
    "wrong parent": (m.wrong_parent, "does not point to its parent"),
    "wrong owner": (m.wrong_owner, "to another element"),
    "wrong tag": (m.set_tag("H1", "P"), "is H1 on the page and P in the tree"),
    "loop": (m.loop, "appears twice"),
    "not embedded": (m.no_embedding, "is not embedded"),
    "no ToUnicode": (m.no_unicode, "has no ToUnicode"),
    "script": (m.opens_with_a_script, "the file holds JavaScript"),
    "missing glyph": (m.missing_glyph, "has no character"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told(name: str) -> None:
    change, expected = FAULTS[name]
    back = read_back(m.changed(made(good_case()).pdf, change))
    assert any(expected in fault for fault in back.faults), back.faults


def test_a_good_file_has_no_fault_also_when_saved_again() -> None:
    good = made(good_case()).pdf
    again = read_back(m.changed(good, lambda pdf: None))
    assert again.faults == ()
    assert again.spoken() == read_back(good).spoken()


@pytest.mark.parametrize("change", [m.swapped, m.orphan, m.figure(alt=True)])
def test_another_reading_is_another_text(change: m.Change) -> None:
    case = good_case()
    back = read_back(m.changed(made(case).pdf, change))
    assert back.spoken() != spoken_handout(made(case).laid.handout)


def test_no_pdf_is_refused() -> None:
    with pytest.raises(pikepdf.PdfError):
        read_back(b"not a PDF")


def test_white_space_counts_once() -> None:
    assert squeezed("  a \u00a0 b\nc ") == "a b c"

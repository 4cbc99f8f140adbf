"""The quick reading of a file says what qpdf's own reading says."""

from io import BytesIO

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdf.cases import good_case, made
from pdf_reader import syntax
from pdf_reader.syntax import (
    Name,
    active_names,
    object_sources,
    opened,
    parse_element,
    parse_object,
    steps,
    text_of,
)


@pytest.fixture(scope="module")
def pdf() -> pikepdf.Pdf:
    return opened(made(good_case()).pdf)


def test_the_quick_way_is_taken_and_finds_the_same_steps(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        quick = list(syntax._plain_steps(syntax._content(page)))
        assert quick == list(syntax._all_steps(page))


def test_an_element_is_the_same_object_read_quickly(pdf: pikepdf.Pdf) -> None:
    quick = 0
    for source in object_sources(pdf).values():
        assert parse_element(source) == parse_object(source)
        quick += syntax._ELEMENT.fullmatch(source) is not None
    assert quick > 100


CONTENTS = [
    b"/P <</MCID 0>> BDC BT /F1 12 Tf (a) Tj ET EMC",
    b"/P<</MCID 0>>BDC\nBT\n/F1 12 Tf\n[(a) -20 (b)] TJ\nET\nEMC",
    b"/P <</MCID 0>> BDC BT /F1 9 Tf (a\\(b\\)\\\\\\101\\7) ' ET EMC",
    b"BT (nested (string) here) Tj ET",
    b"BT <414243> Tj <4> Tj ET",
    b"/Artifact <</Type /Pagination /Subtype /Footer>> BDC 0 0 m 1 1 l S EMC",
    b"/Artifact <</Subtype /Header /Type /Pagination>> BDC f EMC",
    b"/Artifact BMC q 1 0 0 1 0 0 cm /Fm0 Do Q EMC",
    b"/Span <</ActualText (x)>> BDC EMC",
    b"/P /MC0 BDC EMC",
    b"% a comment (with) words\nq Q",
    b"[3 2] 0 d 1 0 0 rg 0 0 10 10 re W n f* B* b*",
    b"q BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q",
    b'3 4 (a) " T* 1 Tr',
    b"",
]


@pytest.mark.parametrize("content", CONTENTS)
def test_any_content_is_read_as_qpdf_reads_it(content: bytes) -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        page.obj["/Contents"] = pdf.make_stream(content)
        properties = pikepdf.Dictionary(MC0=pikepdf.Dictionary(MCID=7))
        page.obj["/Resources"] = pikepdf.Dictionary(Properties=properties)
        assert steps(page) == list(syntax._all_steps(page))


def test_several_streams_are_one_content() -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        page.obj["/Contents"] = pikepdf.Array(
            [pdf.make_stream(b"q BT"), pdf.make_stream(b"ET Q")]
        )
        assert [step[0] for step in steps(page)] == ["q", "BT", "ET", "Q"]


@given(st.binary(max_size=30))
def test_any_string_is_read_back(content: bytes) -> None:
    with pikepdf.new() as pdf:
        entry = pikepdf.Dictionary(Text=pikepdf.String(content), Type=pikepdf.Name.X)
        source = pdf.make_indirect(entry).unparse(resolved=True)
        assert parse_object(source) == {"Text": content, "Type": Name("X")}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_title_is_read_back(title: str) -> None:
    content = bytes(pikepdf.String(title))
    if title.startswith(("\ufeff", "\ufffe", "þÿ", "ï»¿")):
        return  # a mark of an encoding, not a letter
    assert text_of(content) == str(pikepdf.String(title))


@pytest.mark.parametrize("source", [b"", b"1 2", b"]", b"<< /A", b"[ [ ]"])
def test_half_an_object_is_an_error(source: bytes) -> None:
    with pytest.raises(ValueError, match=r"object|bracket|zip"):
        parse_object(source)


def test_what_is_no_pdf_is_refused() -> None:
    with pytest.raises(pikepdf.PdfError):
        opened(BytesIO(b"no").getvalue())


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (b"<< /S /JavaScript /JS (x) >>", {"JavaScript", "JS"}),
        (b"<< /A << /S /Launch /F (x) >> >>", {"Launch"}),
        (b"<< /K [ << /AA 5 0 R >> ] >>", {"AA"}),
        (b"<< /T (say /Launch or /JS here) >>", set()),
        (b"<< /S /AAB /Type /StructElem >>", set()),
    ],
)
def test_actions_are_found_and_words_about_them_are_not(
    source: bytes, found: set[str]
) -> None:
    assert active_names(source) == found

"""Finished files are damaged in many ways: the read-back tells each that it must tell.

What it leaves to other tests stands below, each with the test that tells it.
"""

import re
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from backguide.errors import VerificationError
from backguide.verification.verify import verify
from pdf import mutations as m
from pdf.cases import good_case, made

ROOT = Path(__file__).parents[2]
SHOWN = rb"\((?:[^()\\]|\\.)*\) ?Tj"
PIECE = rb"/(?:P|LBody) <</MCID \d+>> BDC.*?EMC"


def in_page(page: int, pattern: bytes, new: Any) -> m.Change:
    """Return a change of the first match in the operators of a page."""
    return lambda pdf: m.edit_page(pdf, pattern, new, page=page)


def shown(page: int, old: bytes, new: bytes) -> m.Change:
    """Return a change of a word that a page shows."""
    return in_page(page, rb"(\([^()]*)" + old, rb"\g<1>" + new)


def swap_kids(tag: str, first: int = 0) -> m.Change:
    """Return a change that exchanges two neighbours below the first of its kind."""

    def change(pdf: pikepdf.Pdf) -> None:
        for element in m.elements(pdf, tag):
            kids = element.K
            if isinstance(kids, Array) and len(kids) > first + 1:
                kids[first], kids[first + 1] = kids[first + 1], kids[first]
                return
        raise AssertionError(f"no {tag} has kids enough")

    return change


def swap_paragraphs(pdf: pikepdf.Pdf) -> None:
    """Exchange the words of two paragraphs on the page: tags and order are whole."""
    pieces: list[bytes] = []

    def keep(found: re.Match[bytes]) -> bytes:
        words = re.search(rb"\(.*\) ?Tj", found[0], re.DOTALL)
        assert words is not None
        pieces.append(words[0])
        other = b"@1@" if len(pieces) == 1 else b"@0@"
        return found[0].replace(words[0], other)

    stream = pdf.pages[1].Contents
    content = re.sub(
        rb"/P <</MCID \d+>> BDC.*?EMC", keep, stream.read_bytes(), count=2, flags=re.S
    )
    assert pieces[0] != pieces[1]
    content = content.replace(b"@0@", pieces[0]).replace(b"@1@", pieces[1])
    stream.write(content)


def drop_section(pdf: pikepdf.Pdf) -> None:
    del m.element(pdf, "Document").K[-1]


def rename_section(pdf: pikepdf.Pdf) -> None:
    [*m.elements(pdf, "Sect")][1].T = String("Something else")


def drop_page(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[-1]


def swap_pages(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0]
    del pdf.pages[0]
    pdf.pages.append(page)


def repeat_page(pdf: pikepdf.Pdf) -> None:
    pdf.pages.append(pdf.pages[0])


def other_owner_across_pages(pdf: pikepdf.Pdf) -> None:
    """Let the parent tree name an element of another page."""
    rows = pdf.Root.StructTreeRoot.ParentTree.Nums
    rows[1][0] = rows[3][0]


def page_script(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.AA = Dictionary(
        O=Dictionary(S=Name.JavaScript, JS=String("app.beep(0)"))
    )


def link_that_starts_a_program(pdf: pikepdf.Pdf) -> None:
    m.add_link(contents=True, is_tagged=True)(pdf)
    pdf.pages[0].Annots[0].A = Dictionary(S=Name.Launch, F=String("a.exe"))


def attachment(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["a.txt"] = b"hidden"


def title_of_the_person(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Title"] = made(good_case()).handout.title


def foreign_font(pdf: pikepdf.Pdf) -> None:
    m.first_font(pdf).BaseFont = Name("/ABCDEF+Helvetica")


def words_of_another_guide(pdf: pikepdf.Pdf) -> None:
    code = made(good_case()).handout.furniture.code.encode()
    m.edit_page(pdf, code, code + b" 0000-0000", page=1)


def no_tags_on_a_page(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[1].obj["/StructParents"]


CODE = made(good_case()).handout.furniture.code.encode()
ID = made(good_case()).handout.furniture.guide_id.encode()

TOLD: dict[str, m.Change] = {
    # words
    "a word changed": shown(1, rb"pain", b"rain"),
    "a number changed": shown(1, rb"(\d)", rb"0\g<2>"),
    "a word removed": in_page(1, rb"(/P <</MCID \d+>> BDC.*?)" + SHOWN, rb"\1"),
    "a paragraph removed": in_page(1, rb"(/P <</MCID \d+>> BDC).*?EMC", rb"\1 EMC"),
    "a sentence added": in_page(
        1, rb"(/P <</MCID \d+>> BDC.*?)(\(.*?\) ?Tj)", rb"\1\2 (You may run.) Tj"
    ),
    "a word said twice": in_page(1, rb"(/P <</MCID \d+>> BDC.*?)(\(.*?\) ?Tj)",
                                 rb"\1\2 \2"),
    "paragraphs exchanged": swap_paragraphs,
    "no glyph": m.missing_glyph,
    # the person
    "another code": shown(2, CODE, b"0000-0000"),
    "a second code": words_of_another_guide,
    "another id": shown(2, ID, b"somebody-else"),
    "no longer a draft": shown(1, rb"Made at home|Draft|A sample|Sample", b"Checked"),
    "another page number": shown(1, rb"Page 2", b"Page 3"),
    "another count of pages": shown(1, rb"Page 2 of \d", b"Page 2 of 9"),
    "the title in the metadata": title_of_the_person,
    # tags
    "no structure tree": m.without("/StructTreeRoot"),
    "no parent tree": m.without("/StructTreeRoot", "/ParentTree"),
    "text outside tags": m.loose_text,
    "paint outside tags": in_page(0, rb"\A", b"10 10 5 5 re f "),
    "artifact in a tag": m.nested_artifact,
    "tag in an artifact": m.tagged_in_artifact,
    "a tag left open": m.open_mark,
    "MCID twice": m.mcid_twice,
    "a paragraph not read aloud": m.orphan,
    "a piece that is not there": m.missing_mcid,
    "a piece of two elements": m.stolen_mcid,
    "items exchanged in the tree": swap_kids("L"),
    "sections exchanged in the tree": swap_kids("Document", 2),
    "paragraphs exchanged in the tree": swap_kids("Sect", 1),
    "a section dropped from the tree": drop_section,
    "a section of another name": rename_section,
    "an element under another": m.wrong_parent,
    "a parent tree that is wrong": m.wrong_owner,
    "a parent tree wrong across pages": other_owner_across_pages,
    "an element twice in the tree": m.loop,
    "a page without tags": no_tags_on_a_page,
    # pages
    "a page lost": drop_page,
    "a page at another place": swap_pages,
    "a page twice": repeat_page,
    # the file
    "a script at opening": m.opens_with_a_script,
    "a script on a page": page_script,
    "a link that starts a program": link_that_starts_a_program,
    "an attachment": attachment,
    "another font": foreign_font,
    "a font not embedded": m.no_embedding,
    "a font without characters": m.no_unicode,
}  # fmt: skip

READER = "tests/pdf/test_readback.py"
GATE = "tests/pdf/verapdf/test_gate.py"
TOLD_ELSEWHERE = {
    "a tag that the page names otherwise": (READER, "wrong tag"),
    "a tag closed too late": (READER, "torn marks"),
    "widths that are not the font's": (GATE, "wrong widths"),
    "a head of a table without scope": (GATE, "TH without Scope"),
    "a row too short": (GATE, "short row"),
}
"""Damage, and the file and the row of its table that tells it."""


@pytest.mark.parametrize("name", TOLD)
def test_the_read_back_tells_it(name: str) -> None:
    one = made(good_case())
    damaged = m.changed(one.pdf, TOLD[name])
    with pytest.raises(VerificationError):
        verify(damaged, one.handout, one.pages)


def test_what_is_only_saved_again_passes() -> None:
    """Else the table above would prove nothing."""
    one = made(good_case())
    verify(m.changed(one.pdf, lambda pdf: None), one.handout, one.pages)


@pytest.mark.parametrize("content", [b"", b"no PDF", b"%PDF-1.7\n%%EOF\n"])
def test_what_is_no_pdf_is_refused(content: bytes) -> None:
    one = made(good_case())
    for broken in (content, one.pdf[: len(one.pdf) // 2], one.pdf[:-40]):
        with pytest.raises(VerificationError):
            verify(broken, one.handout, one.pages)


@pytest.mark.parametrize("name", TOLD_ELSEWHERE)
def test_another_test_tells_it(name: str) -> None:
    file, row = TOLD_ELSEWHERE[name]
    assert f'"{row}": (' in (ROOT / file).read_text("utf-8")

"""The writer by itself: pieces, links, fields, outline, pictures, rare characters."""

from datetime import date
from io import BytesIO

import pikepdf
import pytest

from backguide.errors import LayoutError
from backguide.layout.canvas import TaggedCanvas
from backguide.layout.structure import Element
from pdf_reader.readback import read_back

BLACK = (0.0, 0.0, 0.0)


def canvas() -> TaggedCanvas:
    return TaggedCanvas(
        300, 200, title="Ready & <set>", language="en-GB", issued_on=date(2026, 11, 23)
    )


def opened(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(content))


def said(content: bytes) -> list[tuple[str, str]]:
    back = read_back(content)
    assert back.faults == ()
    return back.spoken()


def test_lines_of_one_element_are_one_piece() -> None:
    page, root = canvas(), Element("Document")
    paragraph = root.add("P")
    for number, words in enumerate(("one ", "two ", "three")):
        with page.owned_by(paragraph):
            page.text(10, 100 - 20 * number, [(words, "regular")], 12, BLACK)
    page.end_page()
    content = page.finish(root)
    assert said(content) == [("P", "one two three")]
    assert read_back(content).root.nodes[0].pieces == [(1, 0)]


def test_a_paragraph_over_two_pages_has_a_piece_on_each() -> None:
    page, root = canvas(), Element("Document")
    paragraph = root.add("P")
    for words in ("one ", "two"):
        with page.owned_by(paragraph):
            page.text(10, 100, [(words, "regular")], 12, BLACK)
        page.end_page()
    content = page.finish(root)
    assert said(content) == [("P", "one two")]
    assert read_back(content).root.nodes[0].pieces == [(1, 0), (2, 0)]


def test_what_is_drawn_between_parts_the_pieces() -> None:
    page, root = canvas(), Element("Document")
    paragraph = root.add("P")
    with page.owned_by(paragraph):
        page.text(10, 100, [("one ", "regular")], 12, BLACK)
    with page.artifact():
        page.rule(0, 0, 10, 10, colour=BLACK, line_width=1)
    with page.owned_by(paragraph):
        page.text(10, 80, [("two", "regular")], 12, BLACK)
    page.end_page()
    assert said(page.finish(root)) == [("P", "one two")]


@pytest.mark.parametrize("words", ["(a) \\b\\ )(", "caf\u00e9 \u2013 \u201cok\u201d"])
def test_any_text_of_the_core_is_said(words: str) -> None:
    page, root = canvas(), Element("Document")
    with page.owned_by(root.add("P")):
        page.text(10, 100, [(words, "bold")], 12, BLACK)
    page.end_page()
    content = page.finish(root)
    assert said(content) == [("P", words)]
    assert len(read_back(content).fonts) == 1


def test_rare_characters_get_subsets_of_their_own() -> None:
    ranges = ((0x100, 0x180), (0x391, 0x3A1), (0x3A3, 0x3CA), (0x410, 0x460))
    rare = "".join(chr(code) for ends in ranges for code in range(*ends))
    words = f"Ann {rare} Zo\u00eb"
    page, root = canvas(), Element("Document")
    with page.owned_by(root.add("P")):
        page.text(10, 100, [(words, "regular"), (" \u0142", "bold")], 12, BLACK)
    page.end_page()
    content = page.finish(root)
    assert said(content) == [("P", f"{words} \u0142")]
    assert len(read_back(content).fonts) == 5


def test_nothing_is_drawn_outside_and_nothing_is_nested() -> None:
    page, root = canvas(), Element("Document")
    with pytest.raises(LayoutError, match="outside"):
        page.text(0, 0, [("a", "regular")], 12, BLACK)
    with page.owned_by(root.add("P")), pytest.raises(LayoutError, match="nested"):
        page.artifact()


def test_a_link_and_a_field_are_joined_with_their_elements() -> None:
    page, root = canvas(), Element("Document")
    link, form = root.add("P").add("Link"), root.add("P").add("Form")
    with page.owned_by(link):
        page.text(10, 100, [("here", "regular")], 12, BLACK)
    page.link(link, (10, 95, 40, 110), "https://example.org/a(b)", "here: it")
    page.annotate(
        form,
        (10, 50, 20, 60),
        b"/Subtype/Widget/FT/Tx/T(a)/TU(Aim)",
        is_field=True,
    )
    page.end_page()
    with opened(page.finish(root)) as pdf:
        assert pdf.check_pdf_syntax() == []
        first, second = pdf.pages[0].Annots
        assert str(first.A.URI) == "https://example.org/a(b)"
        assert str(first.Contents) == "here: it"
        assert [*pdf.Root.AcroForm.Fields] == [second]
        parents = pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree)
        for note, tag in ((first, "/Link"), (second, "/Form")):
            owner = parents[int(note.StructParent)]
            assert tag == owner.S
            assert owner.K[-1].Type == "/OBJR"
            assert owner.K[-1].Obj == note
        assert int(pdf.Root.StructTreeRoot.ParentTreeNextKey) == 3


def test_the_outline_has_levels() -> None:
    page, root = canvas(), Element("Document")
    titles = [("One", 0), ("One a", 1), ("One b", 1), ("Tw\u00f6", 0), ("Two a", 1)]
    for number, (title, level) in enumerate(titles):
        with page.owned_by(root.add("H1" if number == 0 else "P")):
            page.text(10, 100, [(title, "regular")], 12, BLACK)
        page.bookmark(str(number), title, 110, level)
        page.end_page()
    content = page.finish(root)
    assert [*read_back(content).outline] == [
        (title, number) for number, (title, _) in enumerate(titles, 1)
    ]
    with opened(content) as pdf, pdf.open_outline() as outline:
        assert [entry.title for entry in outline.root] == ["One", "Tw\u00f6"]
        assert [len(entry.children) for entry in outline.root] == [2, 1]


def test_a_drawing_stands_in_the_file_once() -> None:
    page, root = canvas(), Element("Document")
    for number in range(3):
        with page.owned_by(root.add("Figure", alt="A line")):
            page.stamp("0 0 m 9 9 l S", 20 * number, 10, (0, 0, 10, 10))
    page.end_page()
    content = page.finish(root)
    assert said(content) == [("Figure", "A line")] * 3
    with opened(content) as pdf:
        assert len(pdf.pages[0].Resources.XObject) == 1
        (drawing,) = pdf.pages[0].Resources.XObject.values()
        assert drawing.read_bytes() == b"0 0 m 9 9 l S"


def test_an_element_without_content_is_left_out_but_not_a_cell() -> None:
    page, root = canvas(), Element("Document")
    root.add("Sect").add("P")
    row = root.add("Table").add("TR")
    for words in ("a", "", "c"):
        cell = row.add("TD")
        if words:
            with page.owned_by(cell):
                page.text(10, 100, [(words, "regular")], 12, BLACK)
    page.end_page()
    back = read_back(page.finish(root))
    assert back.faults == ()
    assert [node.tag for node in back.root.walk()] == [
        "Document", "Table", "TR", "TD", "TD", "TD"
    ]  # fmt: skip


def test_the_id_is_a_digest_of_the_content() -> None:
    ids = set()
    for words in ("a", "b", "a"):
        page, root = canvas(), Element("Document")
        with page.owned_by(root.add("P")):
            page.text(10, 100, [(words, "regular")], 12, BLACK)
        page.end_page()
        with opened(page.finish(root)) as pdf:
            ids.add(bytes(pdf.trailer.ID[0]))
    assert len(ids) == 2

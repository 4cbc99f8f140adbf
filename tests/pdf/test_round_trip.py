"""The finished PDF, read back: it says the document, all of it, once, in order."""

import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import pairwise

import pikepdf
import pytest

from backguide.document import Table, texts_of
from backguide.layout.pdf import lay_out, render_pdf
from backguide.layout.structure import Element
from pdf.cases import (
    CASES,
    CLINICIAN,
    FIRST_NAME,
    PERSONAS,
    Case,
    clinic_cases,
    good_case,
    made,
    make,
)
from pdf.reading_order import spoken_block, spoken_handout
from pdf_reader.readback import ReadBack, read_back
from pdf_reader.tree import Node, squeezed

SOURCE = str(PERSONAS[0].parents[1] / "src")
every_case = pytest.mark.parametrize("case", CASES, ids=str)


@cache
def read(case: Case) -> ReadBack:
    return read_back(made(case).pdf)


def words(texts: object) -> list[str]:
    return " ".join(texts).split()


# --- what is said -----------------------------------------------------------------


@every_case
def test_the_tree_says_the_document_once_and_in_order(case: Case) -> None:
    assert read(case).spoken() == spoken_handout(made(case).laid.handout)


@every_case
def test_the_walk_leaves_no_text_out(case: Case) -> None:
    handout = made(case).laid.handout
    for section in handout.sections:
        for block in section.blocks:
            said = " ".join(squeezed(text) for _, text in spoken_block(block, handout))
            for text in texts_of(block):
                if not set(text) <= {"\u2610", " "}:
                    assert squeezed(text) in said


@every_case
def test_the_tree_is_the_one_that_was_composed(case: Case) -> None:
    root = read(case).root
    assert root is not None
    assert shape_of_node(root) == shape_of_element(made(case).laid.root)


def shape_of_node(node: Node) -> tuple[object, ...]:
    kids = [shape_of_node(kid) for kid in node.nodes]
    return (
        node.tag,
        node.title,
        node.alt or "",
        node.actual_text or "",
        node.scope,
        kids,
    )


def shape_of_element(element: Element) -> tuple[object, ...]:
    kids = [shape_of_element(kid) for kid in element.children]
    return (element.tag, element.title, element.alt, element.actual_text, element.scope,
            kids)  # fmt: skip


@every_case
def test_nothing_is_out_of_order_inside(case: Case) -> None:
    """No loose text, no orphan MCID, proper nesting, fonts embedded and mapped."""
    assert read(case).faults == ()


@every_case
def test_pages_are_drawn_in_reading_order(case: Case) -> None:
    root = read(case).root
    assert root is not None
    pieces = [piece for node in root.walk() for piece in node.pieces]
    assert pieces == sorted(pieces)


@every_case
def test_headings_never_skip_a_level(case: Case) -> None:
    root = read(case).root
    assert root is not None
    levels = [int(n.tag[1]) for n in root.walk() if n.tag in ("H1", "H2", "H3", "H4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


@every_case
def test_rows_of_a_table_are_equally_long(case: Case) -> None:
    root = read(case).root
    assert root is not None
    for table in (node for node in root.walk() if node.tag == "Table"):
        lengths = {len(row.nodes) for row in table.nodes if row.tag == "TR"}
        assert len(lengths) == 1
        assert all(n.scope for n in table.walk() if n.tag == "TH")


# --- what is not said -------------------------------------------------------------


@every_case
def test_no_text_hides_as_decoration(case: Case) -> None:
    """Unread text is the furniture of the page, or a table head shown again."""
    back, handout = read(case), made(case).laid.handout
    heads = {
        squeezed(" ".join(block.header))
        for section in handout.sections
        for block in section.blocks
        if isinstance(block, Table)
    }
    for page in range(1, back.page_count + 1):
        artifacts = [a for a in back.artifacts if a.page == page]
        assert not any(a.texts for a in artifacts if a.kind == "")
        furniture = [a for a in artifacts if a.kind == "Header"][-1]
        for artifact in artifacts:
            if artifact.kind == "Header" and artifact is not furniture:
                assert squeezed(" ".join(artifact.texts)) in heads


@every_case
def test_each_page_names_its_guide_and_its_number(case: Case) -> None:
    back, handout, laid = read(case), made(case).laid.handout, made(case).laid
    furniture = handout.furniture
    assert back.page_count == len(laid.pages)
    for page in range(1, back.page_count + 1):
        header = words(back.artifact_texts(page, "Header"))
        footer = words(back.artifact_texts(page, "Footer"))
        for part in (furniture.guide_id, furniture.code, furniture.issued_on):
            assert set(words([part])) <= set(header)
        number = furniture.page_words.replace("{page}", str(page))
        number = number.replace("{pages}", str(back.page_count))
        assert number in back.artifact_texts(page, "Footer")
        for part in (furniture.clinic_phone, furniture.state_line):
            assert set(words([part])) <= set(footer)
        # A name that has no room in one line stands whole in the body.
        said = str(back.spoken())
        for word in words([furniture.clinic_name]):
            assert word in footer or word.strip(",") in said


# --- around the pages -------------------------------------------------------------


@every_case
def test_the_outline_leads_to_each_section(case: Case) -> None:
    back, handout = read(case), made(case).laid.handout
    # A section that stands in two parts is found at its first one.
    firsts = {section.id: section for section in reversed(handout.sections)}
    titles = [firsts[name].title or handout.title for name in handout.section_ids]
    assert [title for title, _ in back.outline] == titles
    pages = [page for _, page in back.outline]
    assert pages[0] == 1
    assert pages == sorted(pages)


@every_case
def test_only_the_bundled_faces_are_used(case: Case) -> None:
    assert read(case).fonts
    assert all("+SourceSans3-" in name for name in read(case).fonts)


@every_case
def test_title_and_language_are_set(case: Case) -> None:
    back, handout = read(case), made(case).laid.handout
    assert back.language == handout.language
    assert back.title.endswith(handout.furniture.code)
    assert f">{back.title}<" in back.metadata
    assert handout.issued_on.strftime("D:%Y%m%d") in back.information["CreationDate"]
    assert back.information.keys() == {
        "Title", "Author", "Creator", "Producer", "CreationDate", "ModDate"
    }  # fmt: skip


@pytest.mark.parametrize("case", clinic_cases(), ids=str)
def test_no_name_stands_outside_the_pages(case: Case) -> None:
    back = read(case)
    assert FIRST_NAME in back.root.text
    places = [*back.information.values(), back.metadata, made(case).file_name]
    places += [title for title, _ in back.outline]
    places += [node.title for node in back.root.walk()]
    for place in places:
        for name in (FIRST_NAME, FIRST_NAME.split("-")[0], CLINICIAN, "Okonkwo"):
            assert name not in place


@every_case
def test_qpdf_finds_nothing(case: Case) -> None:
    with pikepdf.open(BytesIO(made(case).pdf)) as pdf:
        assert pdf.check_pdf_syntax() == []


# --- the same again ---------------------------------------------------------------


@pytest.mark.parametrize("case", [c for c in CASES if c.name[-2:] != "er"], ids=str)
def test_the_bytes_are_equal_when_made_again(case: Case) -> None:
    assert make(case.profile(), case.options).pdf == made(case).pdf


def test_surroundings_do_not_change_the_bytes() -> None:
    persona = str(PERSONAS[0])
    command = [sys.executable, "-m", "backguide", "make", persona, "-o", "-",
               "--issued-on", "2026-11-23"]  # fmt: skip
    outputs = set()
    for odd in (
        {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1"},
    ):
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": SOURCE, **odd},
                              capture_output=True, check=True)  # fmt: skip
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert outputs.pop().startswith(b"%PDF-1.7")


def test_the_file_id_follows_the_content() -> None:
    laid = made(good_case()).laid
    other_text = replace(laid.handout, sections=laid.handout.sections[:-1])
    other_tree = lay_out(laid.handout, laid.theme)
    next(kid for kid in other_tree.root.children if kid.tag == "Sect").title = "Other"
    ids = set()
    for version in (laid, lay_out(other_text, laid.theme), other_tree):
        content = render_pdf(version, pdf_title="Equal")
        with pikepdf.open(BytesIO(content)) as pdf:
            ids.add(bytes(pdf.trailer["/ID"][0]))
    assert len(ids) == 3

"""The diary to fill in on screen: tagged, named, empty, and ready to be typed into."""

import io
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from click.testing import CliRunner
from fontTools.ttLib import TTFont
from pypdf import PdfReader, PdfWriter

from backguide.cli import main
from backguide.document import Table, has_form
from backguide.layout.fonts import widths
from backguide.layout.form_fields import FIELD_CHARACTERS, FIELD_FACE, FIELD_FILE
from backguide.making import Made
from backguide.profile.load import load_profile
from backguide.resources import font_bytes
from pdf.cases import PERSONAS, make
from pdf.reading_order import spoken_handout
from pdf.verapdf.gate import Failure
from pdf_reader.readback import read_back

DESK = next(path for path in PERSONAS if path.stem == "desk-worker")


def handout(**options: Any) -> Made:
    return make(load_profile(DESK), {"length": "full", "is_fillable": True, **options})


def empty_cells(made: Made) -> int:
    return sum(
        not "".join(span.text for span in cell)
        for section in made.handout.sections
        for block in section.blocks
        if isinstance(block, Table) and block.form
        for row in block.rows
        for cell in row
    )


@pytest.mark.parametrize("length", ["standard", "full"])
def test_every_empty_cell_is_a_field_with_words(length: str) -> None:
    made = handout(length=length)
    fields = PdfReader(io.BytesIO(made.pdf)).get_fields()
    assert fields
    assert len(fields) == empty_cells(made) > 20
    code = made.handout.furniture.code
    for name, field in fields.items():
        assert name.startswith(f"{code}-tracking-diary-")
        assert field["/FT"] == "/Tx"
        assert not field.get("/V")
    words = [str(field["/TU"]) for field in fields.values()]
    assert len(set(words)) == len(words)
    assert all(text.startswith("Day ") and ": " in text for text in words)


@pytest.mark.parametrize("length", ["standard", "full"])
def test_a_field_is_named_by_its_day_and_its_place_in_the_day(length: str) -> None:
    """A strip has its days as columns; its names must not count the other way."""
    made = handout(length=length)
    fields = PdfReader(io.BytesIO(made.pdf)).get_fields() or {}
    table = next(
        block
        for section in made.handout.sections
        for block in section.blocks
        if isinstance(block, Table) and block.form
    )
    assert table.has_days_across == (length == "standard")
    rows = ["".join(s.text for s in row[0]) for row in table.rows]
    days, items = (14, table.header[1:]) if length == "full" else (7, rows)
    code = made.handout.furniture.code
    expected = {
        f"{code}-tracking-diary-{day}-{number}": f"Day {day}: {item}"
        for day in range(1, days + 1)
        for number, item in enumerate(items, 1)
    }
    assert {name: str(field["/TU"]) for name, field in fields.items()} == expected


@pytest.mark.parametrize("length", ["standard", "full"])
def test_what_is_written_into_a_day_is_read_back_from_it(length: str) -> None:
    made = handout(length=length)
    code = made.handout.furniture.code
    name = f"{code}-tracking-diary-3-2"
    writer = PdfWriter(clone_from=io.BytesIO(made.pdf))
    for page in writer.pages:
        if "/Annots" in page:
            writer.update_page_form_field_values(page, {name: "4"})
    typed = io.BytesIO()
    writer.write(typed)
    fields = PdfReader(typed).get_fields() or {}
    filled = {key: field["/V"] for key, field in fields.items() if field.get("/V")}
    assert filled == {name: "4"}
    assert str(fields[name]["/TU"]).startswith("Day 3: ")


def test_fields_belong_to_their_cells_and_are_read_in_order() -> None:
    made = handout()
    back = read_back(made.pdf)
    assert back.faults == ()
    assert back.spoken() == spoken_handout(made.laid.handout)
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        form = pdf.Root["/AcroForm"]
        assert "/NeedAppearances" not in form
        parents = pikepdf.NumberTree(pdf.Root["/StructTreeRoot"]["/ParentTree"])
        for field in form["/Fields"]:
            element = parents[int(field["/StructParent"])]
            assert element["/S"] == "/Form"
            assert element["/P"]["/S"] == "/TD"
            assert [kid["/Obj"].objgen for kid in element["/K"]] == [field.objgen]
        for page in pdf.pages:
            assert page["/Tabs"] == "/S"


def test_the_same_bytes_again_and_another_code_than_on_paper() -> None:
    made = handout()
    assert handout().pdf == made.pdf
    paper = handout(is_fillable=False)
    assert not has_form(paper.handout)
    assert paper.handout.furniture.code != made.handout.furniture.code
    with pikepdf.open(io.BytesIO(paper.pdf)) as pdf:
        assert "/AcroForm" not in pdf.Root


def test_it_prints_like_the_paper_one() -> None:
    """Nothing moves: the fields are empty, and their frames are the table's."""
    made, paper = handout(), handout(is_fillable=False)
    assert [
        (p.section_id, p.page, p.top, p.bottom) for p in made.laid.placements()
    ] == [(p.section_id, p.page, p.top, p.bottom) for p in paper.laid.placements()]


def test_what_is_typed_is_drawn_in_the_face_of_the_file(
    validate: Callable[..., dict[Path, list[Failure]]], tmp_path: Path
) -> None:
    made = handout()
    writer = PdfWriter(clone_from=io.BytesIO(made.pdf))
    names = list(PdfReader(io.BytesIO(made.pdf)).get_fields() or {})
    texts = dict.fromkeys(names[:8], "4 km, caf\u00e9 \u00fc \u20ac5")
    for page in writer.pages:
        if "/Annots" in page:
            writer.update_page_form_field_values(page, texts, auto_regenerate=False)
    typed = tmp_path / "typed.pdf"
    writer.write(typed)
    plain, filled = pypdfium2.PdfDocument(made.pdf), pypdfium2.PdfDocument(typed)
    assert len(plain) == len(filled)
    for document in (plain, filled):
        document.init_forms()
    darker = [
        ink(b) - ink(a) for a, b in zip(plain, filled, strict=True) if ink(b) > ink(a)
    ]
    assert len(darker) == 1
    assert validate([typed])[typed] == []


def test_the_face_has_what_a_keyboard_has() -> None:
    face = TTFont(io.BytesIO(zlib.decompress(font_bytes(FIELD_FILE))))
    printable = {ord(c) for c in FIELD_CHARACTERS} - {0x7F, 0xAD, 0xFFFD}
    assert printable <= face.getBestCmap().keys()
    table = widths(FIELD_FACE)
    scale = 1000 / face["head"].unitsPerEm
    for code in printable & {ord(c) for c in table}:
        advance = face["hmtx"][face.getBestCmap()[code]][0]
        assert advance * scale == pytest.approx(table[chr(code)], abs=0.5)


def ink(page: Any) -> int:
    """Return how dark a page is."""
    picture = page.render(scale=1, grayscale=True, may_draw_forms=True).to_pil()
    return sum(255 - value for value in picture.tobytes())


LONG = "ran 5 km round the park, back a bit stiff after, fine next day"


def test_a_long_line_is_drawn_whole_in_its_cell() -> None:
    """About 14 letters fitted; the rest was cut on paper."""
    with pikepdf.open(io.BytesIO(handout().pdf)) as pdf:
        places = []
        for number, page in enumerate(pdf.pages):
            for field in page.get("/Annots", []):
                if field.get("/FT") == "/Tx":
                    field["/V"] = pikepdf.String(LONG)
                    del field["/AP"]  # the viewer draws what is typed
                    places.append((number, [float(edge) for edge in field["/Rect"]]))
        typed = io.BytesIO()
        pdf.save(typed)
    assert len(places) > 20
    with pypdfium2.PdfDocument(typed.getvalue()) as document:
        document.init_forms()
        for number in {number for number, _ in places}:
            page = document[number]
            assert pypdfium2.raw.FPDFPage_Flatten(page, 1)
            page.close()
        for number, (left, bottom, right, top) in places:
            text = document[number].get_textpage()
            drawn = text.get_text_bounded(left - 0.5, bottom - 0.5, right + 0.5, top)
            assert "".join(drawn.split()) == "".join(LONG.split())


def test_a_batch_makes_diaries_to_fill_in_and_binds_them(tmp_path: Path) -> None:
    """Only a single guide could be filled in."""
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    for name in ("desk-worker", "half-marathon-runner"):
        source = next(path for path in PERSONAS if path.stem == name)
        shutil.copy(source, profiles)
    out, bound = tmp_path / "out", tmp_path / "print.pdf"
    call = ["batch", str(profiles), "-o", str(out), "--length", "full", "--clinic",
            "none", "--jobs", "1", "--merged", str(bound)]  # fmt: skip
    done = CliRunner().invoke(main, [*call, "--fillable"])
    assert done.exit_code == 0, done.output
    made = sorted(out.glob("bg-*.pdf"))
    assert len(made) == 2
    counts = [len(PdfReader(path).get_fields() or {}) for path in made]
    assert min(counts) > 20
    assert len(PdfReader(bound).get_fields() or {}) == sum(counts)
    # Without the option they are made again, and nothing is left to fill in.
    done = CliRunner().invoke(main, call)
    assert done.exit_code == 0, done.output
    assert all(not PdfReader(path).get_fields() for path in out.glob("bg-*.pdf"))

"""What can be followed: tagged links with words, and a code that a camera reads."""

import io
from typing import Any

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from backguide.handout.links import mail_link, may_be_coded, web_link
from backguide.layout.theme import MM
from backguide.making import Made
from backguide.profile.load import profile_from_bytes
from pdf.cases import make
from pdf.reading_order import spoken_handout
from pdf_reader.readback import read_back
from strategies import as_bytes, in_clinic

WEB = "www.clinic.example/backs"


def handout(web: str = WEB, **options: Any) -> Made:
    raw = in_clinic(
        **{
            "clinic.clinic_name": "Example Clinic",
            "clinic.phone": "000",
            "clinic.web": web,
            "clinic.email": "desk@clinic.example",
        }
    )
    return make(profile_from_bytes(as_bytes(raw), "profile"), options)


def codes(pdf: bytes, dpi: int = 150) -> list[str]:
    """Return what a camera reads on all pages."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        picture = page.render(scale=dpi / 72, grayscale=True).to_pil()
        found += [code.text for code in zxingcpp.read_barcodes(picture)]
    return found


@pytest.mark.parametrize("ink", ["colour", "mono", "saver"])
@pytest.mark.parametrize("large_print", ["off", "giant"])
def test_a_camera_reads_the_address(ink: str, large_print: str) -> None:
    made = handout(ink=ink, large_print=large_print, length="full")
    assert codes(made.pdf) == [f"https://{WEB}"]
    back = read_back(made.pdf)
    assert back.faults == ()
    assert back.spoken() == spoken_handout(made.laid.handout)
    figures = [
        n for n in back.root.walk() if n.tag == "Figure" and WEB in (n.alt or "")
    ]
    assert len(figures) == 1
    assert figures[0].has_box


def test_the_code_has_its_white_border() -> None:
    """The code is read with black right up to the border that we leave."""
    made = handout(length="full")
    pages = [
        page.render(scale=4, grayscale=True).to_pil()
        for page in pypdfium2.PdfDocument(made.pdf)
    ]
    [(picture, code)] = [(p, c) for p in pages for c in zxingcpp.read_barcodes(p)]
    corner = code.position.top_left
    quiet = int(4 * 0.6 * MM * 4) - 2
    strip = picture.crop((corner.x - quiet, corner.y - quiet, corner.x - 1, corner.y))
    assert min(strip.tobytes()) == 255


@pytest.mark.parametrize(
    "web",
    [
        "https://portal.example/?patient=4711",
        "https://portal.example/#anna",
        "https://anna@portal.example",
        "portal",
        "ftp://clinic.example",
    ],
)
def test_what_could_name_a_person_is_never_coded(web: str) -> None:
    assert codes(handout(web).pdf) == []


@pytest.mark.parametrize("length", ["short", "full"])
def test_every_link_is_tagged_and_has_words(length: str) -> None:
    made = handout(length=length)
    wanted = {f"https://{WEB}": WEB, "mailto:desk@clinic.example": "desk@"}
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        parents = pikepdf.NumberTree(pdf.Root["/StructTreeRoot"]["/ParentTree"])
        notes = [note for page in pdf.pages for note in page.get("/Annots", [])]
        assert {str(n["/A"]["/URI"]) for n in notes} == set(wanted)
        for note in notes:
            address = str(note["/A"]["/URI"])
            assert wanted[address] in str(note["/Contents"])
            assert address in str(note["/Contents"])
            element = parents[int(note["/StructParent"])]
            assert element["/S"] == "/Link"
            kids = [k for k in element["/K"] if isinstance(k, pikepdf.Dictionary)]
            # An address over two lines has two areas and one element.
            owners = {n.objgen: parents[int(n["/StructParent"])] for n in notes}
            assert {kid["/Obj"].objgen for kid in kids} == {
                own for own, owner in owners.items() if owner.objgen == element.objgen
            }


@pytest.mark.parametrize("length", ["short", "full"])
def test_a_link_covers_its_words(length: str) -> None:
    made = handout(length=length)
    document = pypdfium2.PdfDocument(made.pdf)
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        for number, page in enumerate(pdf.pages):
            text = document[number].get_textpage()
            covered: dict[str, str] = {}
            for note in page.get("/Annots", []):
                words = text.get_text_bounded(*map(float, note["/Rect"])).strip()
                assert words in str(note["/Contents"])
                said = str(note["/Contents"])
                covered[said] = covered.get(said, "") + words
            for said, words in covered.items():
                assert words in said  # over two lines as well
                assert len(words) > 10


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("www.clinic.example", "https://www.clinic.example"),
        ("HTTP://clinic.example/a", "HTTP://clinic.example/a"),
        ("clinic", ""),
        ("javascript:alert(1)", ""),
        ("clinic.example/caf\u00e9", ""),
        ("clinic.example/a b", ""),
    ],
)
def test_web_addresses(text: str, link: str) -> None:
    assert web_link(text) == link


def test_mail_addresses() -> None:
    assert mail_link("desk@clinic.example") == "mailto:desk@clinic.example"
    assert mail_link("desk@clinic") == ""
    assert mail_link("a@b.example?bcc=x@y.example") == ""
    assert not may_be_coded("mailto:desk@clinic.example")

"""The check of a bound file sees pages, tags and words that are not where they were."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pikepdf
import pytest

from backguide.binding import BindingError, Part, bind
from backguide.errors import VerificationError
from backguide.making import Made, Options, make_handout
from backguide.profile.load import profile_from_bytes
from backguide.verification.bound import Expected, verify_bound
from pdf_reader.readback import read_back
from strategies import FIXED_DAY, as_bytes, minimal_profile


@pytest.fixture(scope="module")
def made() -> dict[str, Made]:
    from backguide.guidance.library import load_library
    from backguide.resources import templates_root

    library = load_library(templates_root())
    options = Options(FIXED_DAY, "test", length="short")
    return {
        id_: make_handout(
            profile_from_bytes(as_bytes(minimal_profile(profile_id=id_)), id_),
            library,
            options,
        )
        for id_ in ("a1", "b2", "c3")
    }


def expected(made: dict[str, Made]) -> list[Expected]:
    return [
        Expected(one.pdf, id_, one.handout.furniture.code, id_)
        for id_, one in made.items()
    ]


def parts(made: dict[str, Made]) -> list[Part]:
    return [Part(one.pdf, id_, id_) for id_, one in made.items()]


def changed(content: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(BytesIO(content)) as pdf:
        change(pdf)
        target = BytesIO()
        pdf.save(target, deterministic_id=True)
    return target.getvalue()


def test_what_was_bound_passes(made: dict[str, Made]) -> None:
    whole = bind(parts(made), "Guides")
    verify_bound(whole, expected(made))
    read = read_back(whole)
    assert read.title == "Guides"
    assert '<rdf:li xml:lang="x-default">Guides</rdf:li>' in read.metadata
    alone = [said for one in made.values() for said in read_back(one.pdf).spoken()]
    assert read.spoken() == alone


def swap_pages(pdf: pikepdf.Pdf) -> None:
    pages = pdf.pages
    pages[0].obj.Contents, pages[2].obj.Contents = (
        pages[2].obj.Contents, pages[0].obj.Contents,
    )  # fmt: skip


def move_page(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[1]
    del pdf.pages[1]
    pdf.pages.append(page)


def lose_page(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[-1]


def add_page(pdf: pikepdf.Pdf) -> None:
    pdf.add_blank_page()


def swap_trees(pdf: pikepdf.Pdf) -> None:
    kids = pdf.Root.StructTreeRoot.K.K
    kids[0], kids[1] = kids[1], kids[0]


def lose_tree(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.StructTreeRoot.K.K[2]


def change_alt(pdf: pikepdf.Pdf) -> None:
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and "/Alt" in item:
            item.Alt = pikepdf.String("something else")
            return
    raise AssertionError("there is no picture")


def shift_numbers(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        page.obj.StructParents = (int(page.obj.StructParents) + 1) % len(pdf.pages)


def lose_bookmark(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        del outline.root[1]


@pytest.mark.parametrize(
    "change",
    [swap_pages, move_page, lose_page, add_page, swap_trees, lose_tree, change_alt,
     shift_numbers, lose_bookmark],
)  # fmt: skip
def test_every_change_is_seen(
    change: Callable[[pikepdf.Pdf], None], made: dict[str, Made]
) -> None:
    whole = changed(bind(parts(made), "Guides"), change)
    with pytest.raises(VerificationError):
        verify_bound(whole, expected(made))


def test_another_order_another_person_and_a_back_side(made: dict[str, Made]) -> None:
    first, second, third = parts(made)
    for order in ([second, first, third], [first, first, third], [first, second]):
        with pytest.raises(VerificationError):
            verify_bound(bind(order, "Guides"), expected(made))
    one, two, three = expected(made)
    stranger = Expected(one.pdf, "b2", two.code, "a1")
    with pytest.raises(VerificationError, match="own id and code"):
        verify_bound(bind(parts(made), "Guides"), [stranger, two, three])
    with pikepdf.open(BytesIO(one.pdf)) as pdf:
        pages = len(pdf.pages)
    if pages % 2:
        late = Expected(two.pdf, "b2", two.code, "b2", begins_on_front=True)
        with pytest.raises(VerificationError, match="front side"):
            verify_bound(bind(parts(made), "Guides"), [one, late, three])


# --- what binding must not lose -----------------------------------------------------


def with_form(content: bytes, font: str) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0]
        item = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx, T=pikepdf.String("diary"), F=4,
                Rect=pikepdf.Array([10, 10, 50, 20]), P=page.obj, StructParent=99,
            )
        )  # fmt: skip
        page.obj.Annots = pikepdf.Array([item])
        pdf.Root.AcroForm = pdf.make_indirect(
            pikepdf.Dictionary(
                Fields=pikepdf.Array([item]),
                DR=pikepdf.Dictionary(Font=pikepdf.Dictionary(F0=pikepdf.Name(font))),
            )
        )

    return changed(content, change)


def test_form_fields_get_names_of_their_own(made: dict[str, Made]) -> None:
    content = made["a1"].pdf
    whole = bind(
        [Part(with_form(content, "/A"), "x1"), Part(with_form(content, "/B"), "x2")],
        "Guides",
    )
    with pikepdf.open(BytesIO(whole)) as pdf:
        fields = list(pdf.Root.AcroForm.Fields)
        assert [str(item.T) for item in fields] == ["x1-diary", "x2-diary"]
        on_pages = [
            item.objgen for page in pdf.pages for item in page.obj.get("/Annots", [])
        ]
        assert [item.objgen for item in fields] == on_pages
        numbers = [int(item.StructParent) for item in fields]
        assert len(set(numbers)) == 2
        own = [int(page.obj.StructParents) for page in pdf.pages]
        assert not {*numbers} & {*own}


def test_links_lead_to_the_copied_page(made: dict[str, Made]) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        last = pdf.pages[-1].obj
        links = [
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link,
                Rect=pikepdf.Array([0, 0, 9, 9]), **way,
            )
            for way in (
                {"Dest": pikepdf.Array([last, pikepdf.Name.Fit])},
                {"A": pikepdf.Dictionary(S=pikepdf.Name.GoTo,
                                         D=pikepdf.Array([last, pikepdf.Name.Fit]))},
            )
        ]  # fmt: skip
        pdf.pages[0].obj.Annots = pikepdf.Array(
            [pdf.make_indirect(link) for link in links]
        )

    linked = changed(made["a1"].pdf, change)
    count = made["a1"].pages
    whole = bind([Part(linked, "x"), Part(linked, "y")], "Guides")
    with pikepdf.open(BytesIO(whole)) as pdf:
        for begun in (0, count):
            annots = pdf.pages[begun].obj.Annots
            last: Any = pdf.pages[begun + count - 1].obj
            assert annots[0].Dest[0].objgen == last.objgen
            assert annots[1].A.D[0].objgen == last.objgen
            assert annots[0].P.objgen == pdf.pages[begun].obj.objgen


@pytest.mark.parametrize("key", ["/Names", "/OpenAction", "/OCProperties"])
def test_what_would_be_lost_is_refused(key: str, made: dict[str, Made]) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root[key] = pikepdf.Dictionary()

    with pytest.raises(BindingError, match=key[1:]):
        bind([Part(changed(made["a1"].pdf, change), "x")], "Guides")


def test_nothing_is_no_file() -> None:
    with pytest.raises(BindingError, match="nothing to bind"):
        bind([], "Guides")

"""How filled forms really come back: each state told, and none of them ever a "no"."""

import io
import time
import zlib
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader, PdfWriter

from backguide.errors import ProfileError
from backguide.intake.answers import profile_of_sheet
from backguide.intake.fields import plan_of
from backguide.intake.form import MOST_BYTES, read_form
from intake.filling import (
    fields_of,
    filled,
    marks_of,
    opened,
    saved,
    tick,
    widgets_of,
    write,
)
from intake.sheets import VARIANTS, library, sheet
from intake.test_answers import TODAY, people, read

NUMB = "red_flags.saddle_numb"
NONE = "none.nerves"
AGE = "person.age_years"


def whole() -> dict[str, str]:
    (answers,) = people(1, is_full=False)
    return marks_of(plan_of(VARIANTS["a4"][0]), answers, with_none=False)


def problems(content: bytes) -> list[Any]:
    with pytest.raises(ProfileError) as caught:
        read(content)
    return list(caught.value.problems)


def told(content: bytes) -> dict[str, str]:
    return {problem.where: problem.code for problem in problems(content)}


def without_value(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
    del pdf, found[NUMB]["/V"]
    for widget in widgets_of(found[NUMB]):
        widget.AS = pikepdf.Name.Off


def taken_back(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
    del pdf
    found[NUMB].V = pikepdf.Name.Off
    for widget in widgets_of(found[NUMB]):
        widget.AS = pikepdf.Name.Off


@pytest.mark.parametrize("change", [without_value, taken_back])
def test_untouched_and_taken_back_are_open(change: Any) -> None:
    back = read(filled(whole(), change=change))
    assert back["red_flags"]["saddle_numb"] is None


def value_without_box(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
    del pdf
    for widget in widgets_of(found[NUMB]):
        widget.AS = pikepdf.Name.Off


def box_without_value(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
    del pdf, found[NUMB]["/V"]


def two_boxes(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
    del pdf
    first, second, _ = widgets_of(found[NUMB])
    first.AS, second.AS = pikepdf.Name.yes, pikepdf.Name.no


def other_box(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
    del pdf
    tick(found[NUMB], "no")
    found[NUMB].V = pikepdf.Name.yes


def box_off_value_no(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
    del pdf
    tick(found[NUMB], "no")
    found[NUMB].V = pikepdf.Name.Off


@pytest.mark.parametrize(
    "change",
    [value_without_box, box_without_value, two_boxes, other_box, box_off_value_no],
)
def test_value_and_box_that_disagree_are_told(change: Any) -> None:
    (problem,) = problems(filled(whole(), change=change))
    assert (problem.where, problem.code) == (NUMB, "E_AMBIGUOUS")
    assert problem.label.startswith("Page 1, question 2, ")
    assert "numbness or tingling" in problem.label


@pytest.mark.parametrize("value", [pikepdf.String("/no"), pikepdf.String("no")])
def test_an_answer_as_text_counts_if_its_box_is_ticked(value: Any) -> None:
    """pypdf stores radio answers so."""

    def change(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        del pdf
        tick(found[NUMB], "no")
        found[NUMB].V = value

    assert read(filled(whole(), change=change))["red_flags"]["saddle_numb"] == "no"


@pytest.mark.parametrize(
    "value",
    [pikepdf.Name("/perhaps"), pikepdf.Array([]), pikepdf.String("x" * 4000)],
)
def test_a_value_that_the_sheet_does_not_offer_is_told(value: Any) -> None:
    def change(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        del pdf
        found[NUMB].V = value

    assert told(filled(whole(), change=change)) == {NUMB: "E_CHANGED"}


def test_a_value_of_a_group_is_inherited() -> None:
    def change(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        del pdf
        node = found[NUMB]
        tick(node, "no")
        node.Parent.V = node.V
        del node["/V"]

    # Every other line of the group now has two answers, but for the same one.
    content = filled(whole(), change=change)
    assert NUMB not in told_or_nothing(content)


def told_or_nothing(content: bytes) -> dict[str, str]:
    try:
        read(content)
    except ProfileError as error:
        return {problem.where: problem.code for problem in error.problems}
    return {}


@pytest.mark.parametrize("value", ["yes", "unsure"])
def test_a_sign_and_no_to_all_is_told_and_not_resolved(value: str) -> None:
    found = problems(filled({**whole(), NUMB: value, NONE: "yes"}))
    codes = {problem.code for problem in found if problem.where == NUMB}
    assert "E_CONTRADICTION" in codes
    if value == "yes":
        assert found[0].code == "E_CALLS_FOR_HELP"


def test_an_unclear_line_is_not_answered_by_no_to_all() -> None:
    def change(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        box_without_value(pdf, found)

    marks = {**whole(), NUMB: "yes", NONE: "yes"}
    assert told(filled(marks, change=change))[NUMB] == "E_AMBIGUOUS"


def test_none_of_these_and_something_is_told() -> None:
    marks = {**whole(), "symptoms.leg_quality.burning": "yes",
             "none.symptoms.leg_quality": "yes"}  # fmt: skip
    assert told(filled(marks))["symptoms.leg_quality"] == "E_CONTRADICTION"


# --- text ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "  ", "\r\n", None])
def test_an_empty_text_is_open(text: str | None) -> None:
    def change(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        picture = pikepdf.Stream(pdf, b"/Tx BMC EMC")
        picture.BBox = pikepdf.Array([0, 0, 80, 20])
        picture.Subtype = pikepdf.Name.Form
        found[AGE].AP.N = pdf.make_indirect(picture)
        if text is None:
            del found[AGE]["/V"]
        else:
            found[AGE].V = pikepdf.String(text)

    assert told(filled(whole(), change=change)) == {AGE: "E_MISSING"}


def test_line_ends_of_a_browser_are_blanks() -> None:
    assert read(filled({**whole(), AGE: "41\r\n"}))["person"]["age_years"] == 41


def test_a_text_as_long_as_it_may_be_may_be_cut() -> None:
    def change(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        write(pdf, found[AGE], "41")
        found[AGE].MaxLen = 2

    assert told(filled(whole(), change=change)) == {AGE: "E_CUT"}


def test_paper_and_file_that_disagree_are_told() -> None:
    def old_picture(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        write(pdf, found[AGE], "41")
        del found[AGE]["/V"]

    def no_picture(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        blank = pikepdf.Stream(pdf, b"/Tx BMC EMC")
        found[AGE].AP.N = pdf.make_indirect(blank)
        found[AGE].V = pikepdf.String("41")

    for change in (old_picture, no_picture):
        assert told(filled(whole(), change=change))[AGE] == "E_AMBIGUOUS"

    def needs_pictures(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        no_picture(pdf, found)
        pdf.Root.AcroForm.NeedAppearances = True

    assert read(filled(whole(), change=needs_pictures))["person"]["age_years"] == 41


def test_an_amount_that_is_not_certain_is_told_with_page_and_question() -> None:
    (problem,) = problems(filled({**whole(), AGE: "about forty"}))
    assert problem.where == AGE
    assert problem.code == "E_NOT_UNDERSTOOD"
    assert 'question 15, "How old are you?"' in str(problem)
    assert "about forty" not in str(problem)


@pytest.mark.parametrize(
    "parts",
    [("1", "", "2026"), ("31", "2", "2026"), ("1", "12", "26"), ("a", "b", "c")],
)
def test_a_date_that_is_none_is_told(parts: tuple[str, str, str]) -> None:
    marks = whole()
    for name, text in zip(("day", "month", "year"), parts, strict=True):
        marks.pop(f"created_date.{name}")
        if text:
            marks[f"created_date.{name}"] = text
    assert told(filled(marks)) == {"created_date": "E_DATE"}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    marks = {**whole(), AGE: "x", NUMB: "yes", NONE: "yes"}
    marks.pop("running.runner_status")
    found = told(filled(marks))
    assert {AGE, NUMB, "running.runner_status"} <= found.keys()


# --- fields lost, doubled, strange ----------------------------------------------------


def whole_message(content: bytes) -> str:
    (problem,) = problems(content)
    return f"{problem.code} {problem.message}"


def test_lost_fields_are_told() -> None:
    def change(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        del pdf
        group = found[NUMB].Parent
        group.Kids = pikepdf.Array([k for k in group.Kids if k.T != "saddle_numb"])

    assert f"lost: {NUMB}" in whole_message(filled(whole(), change=change))


def test_doubled_and_strange_fields_are_told_without_their_words() -> None:
    def doubled(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        group = found[NUMB].Parent
        other = pikepdf.Dictionary(FT=pikepdf.Name.Btn, T="saddle_numb", Parent=group)
        group.Kids.append(pdf.make_indirect(other))

    assert "there twice" in whole_message(filled(whole(), change=doubled))

    def strange(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        del found
        other = pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="Jane Doe", V="secret")
        pdf.Root.AcroForm.Fields.append(pdf.make_indirect(other))

    message = whole_message(filled(whole(), change=strange))
    assert "1 that are not ours" in message
    assert "Jane" not in message


def flattened(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.flatten_annotations("all")
        if "/AcroForm" in pdf.Root:
            del pdf.Root["/AcroForm"]
        return saved(pdf)


def test_a_printed_sheet_is_no_sheet_of_noes() -> None:
    assert whole_message(flattened(filled(whole()))).startswith("E_NO_FIELDS")


@pytest.mark.filterwarnings("ignore::pikepdf.exceptions.PageCopyWarning")
def test_a_form_whose_fields_are_emptied_out_is_told() -> None:
    def change(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        del found
        pdf.Root.AcroForm.Fields = pikepdf.Array([])

    assert whole_message(filled(whole(), change=change)).startswith("E_NO_FIELDS")


def note_of(pdf: pikepdf.Pdf) -> Any:
    return fields_of(pdf)["backguide"]


@pytest.mark.parametrize(
    ("old", "new"),
    [('"code": "', '"code": "0000-0000'), ('"sheet": 1', '"sheet": 2'),
     ('"mode": "self"', '"mode": "x"'), ('"units": ""', '"units": "km"'),
     ("{", "[")],
)  # fmt: skip
def test_a_sheet_of_another_version_is_recognised(old: str, new: str) -> None:
    def change(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        del found
        note = note_of(pdf)
        text = str(note.V)
        assert old in text
        if old.startswith('"code'):
            code = plan_of(VARIANTS["a4"][0]).code
            note.V = pikepdf.String(text.replace(code, "0000-0000"))
        else:
            note.V = pikepdf.String(text.replace(old, new))

    message = whole_message(filled(whole(), change=change))
    assert message.startswith("E_OTHER_SHEET")
    if old.startswith('"code'):
        assert "by version 1.2.3" in message


def test_a_form_of_somebody_else_is_no_sheet() -> None:
    def change(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        del found
        fields = pdf.Root.AcroForm.Fields
        kept = [node for node in fields if node.T != "backguide"]
        pdf.Root.AcroForm.Fields = pikepdf.Array(kept)

    assert whole_message(filled(whole(), change=change)).startswith("E_NO_SHEET")


@pytest.mark.parametrize("is_changed", [False, True])
def test_a_signed_sheet_is_refused(is_changed: bool) -> None:
    def change(pdf: pikepdf.Pdf, found: dict[str, Any]) -> None:
        del found
        end = 100 if is_changed else 10**9
        value = pikepdf.Dictionary(ByteRange=pikepdf.Array([0, 10, 20, end]))
        node = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="Signature1", V=value)
        pdf.Root.AcroForm.Fields.append(pdf.make_indirect(node))

    message = whole_message(filled(whole(), change=change))
    assert message.startswith("E_SIGNED")
    assert ("changed after" in message) == is_changed


# --- other programs -------------------------------------------------------------------


def test_a_sheet_saved_again_by_pypdf_keeps_its_answers() -> None:
    before = filled(whole())
    writer = PdfWriter(clone_from=io.BytesIO(before))
    stream = io.BytesIO()
    writer.write(stream)
    assert read(stream.getvalue()) == read(before)


def test_a_sheet_filled_in_by_pypdf_is_read() -> None:
    marks = whole()
    kinds = PdfReader(io.BytesIO(sheet().pdf)).get_fields() or {}
    values = {k: v if kinds[k]["/FT"] == "/Tx" else f"/{v}" for k, v in marks.items()}
    writer = PdfWriter(clone_from=io.BytesIO(sheet().pdf))
    for page in writer.pages:
        if "/Annots" in page:
            writer.update_page_form_field_values(page, values, auto_regenerate=False)
    stream = io.BytesIO()
    writer.write(stream)
    assert read(stream.getvalue()) == read(filled(marks))


# --- hostile and broken ---------------------------------------------------------------


def bomb() -> bytes:
    """Return a small file whose object stream unpacks to very much."""
    packed = zlib.compress(b"1 0 " + b" " * 400_000_000, 9)
    parts = [b"%PDF-1.7\n"]
    first = len(parts[0])
    stream = (
        b"2 0 obj<</Type/ObjStm/N 1/First 4/Length %d/Filter/FlateDecode>>stream\n"
        % len(packed)
    )
    parts += [stream, packed, b"\nendstream endobj\n"]
    place = sum(map(len, parts))
    rows = b"\0\0\0\0\0\xff" + b"\2\0\0\0\2\0" + b"\1%b\0" % first.to_bytes(4, "big")
    rows += b"\1%b\0" % place.to_bytes(4, "big")
    parts.append(
        b"3 0 obj<</Type/XRef/Size 4/W[1 4 1]/Root 1 0 R/Length %d>>stream\n%b"
        b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % (len(rows), rows, place)
    )
    return b"".join(parts)


def deep() -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj"
        + b"[" * 200_000
        + b"]" * 200_000
        + b"endobj\ntrailer<</Root 1 0 R>>"
    )


def ring() -> bytes:
    with opened() as pdf:
        group = fields_of(pdf)[NUMB].Parent
        group.Kids.append(group)
        return saved(pdf)


def page_ring() -> bytes:
    return saved(opened()).replace(b"/Type /Pages", b"/Type /Pagez", 1)


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\n%%EOF",
        sheet().pdf[:5000],
        sheet().pdf[:-3000],
        bytes(reversed(sheet().pdf)) + b"%PDF-",
        deep(),
        bomb(),
        ring(),
        b"%PDF-1.4\n" + b"1 0 obj<</A 1 0 R>>endobj\n" * 50_000,
    ],
    ids=["head", "empty", "cut", "tail", "reversed", "deep", "bomb", "ring", "many"],
)
def test_a_broken_file_has_one_clear_message_soon(content: bytes) -> None:
    begin = time.monotonic()
    with pytest.raises(ProfileError) as caught:
        profile_of_sheet(content, "x.pdf", library(), TODAY)
    assert time.monotonic() - begin < 25
    (problem,) = caught.value.problems
    assert problem.code in ("E_NOT_A_PDF", "E_NO_FIELDS", "E_EMPTY")


def test_a_locked_file_and_one_too_large_are_told() -> None:
    with opened() as pdf:
        locked = saved(pdf, encryption=pikepdf.Encryption(user="u", owner="o", R=6))
    assert whole_message(locked).startswith("E_LOCKED")
    assert whole_message(b"%PDF-" + b" " * MOST_BYTES).startswith("E_TOO_LARGE")


def test_limits_for_strangers_do_not_stay() -> None:
    import pikepdf.settings

    before = pikepdf.settings.get_qpdf_limits()
    read_form(sheet().pdf, "x")
    with pytest.raises(ProfileError):
        read_form(b"%PDF-1.7", "x")
    assert pikepdf.settings.get_qpdf_limits() == before

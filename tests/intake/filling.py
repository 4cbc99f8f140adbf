"""Fill in question sheets as programs do: with pikepdf, and with pdfium as a viewer."""

import ctypes
import io
from collections.abc import Callable, Iterable
from typing import Any

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from backguide.intake.fields import DATE_PARTS, Plan, Question, plan_of
from backguide.interview.answering import no
from backguide.profile.facts import known_facts
from intake.sheets import VARIANTS, sheet

Marks = dict[str, str]
"""What each field holds: what a box holds when it is ticked, or a text."""
WHEN = (1, 12, 2026)


def fields_of(pdf: pikepdf.Pdf) -> dict[str, Any]:
    """Return the terminal fields of a form by their full names."""
    found: dict[str, Any] = {}

    def walk(node: Any, prefix: str) -> None:
        name = f"{prefix}{node.T}"
        kids = list(node.get("/Kids", ()))
        if kids and "/T" in kids[0]:
            for kid in kids:
                walk(kid, f"{name}.")
            return
        assert name not in found
        found[name] = node

    for node in pdf.Root.AcroForm.Fields:
        walk(node, "")
    return found


def widgets_of(node: Any) -> list[Any]:
    return list(node.get("/Kids", ())) or [node]


def marks_of(plan: Plan, answers: dict[str, Any], *, with_none: bool = True) -> Marks:
    """Return what is filled in to tell answers by path; the date as well."""
    marks: Marks = {}
    for part, number in zip(DATE_PARTS, WHEN, strict=True):
        marks[f"created_date.{part}"] = str(number)
    for question in plan.questions:
        if question.topic is not None:
            _mark(question, answers, marks, with_none)
    return marks


def _mark(
    question: Question, answers: dict[str, Any], marks: Marks, with_none: bool
) -> None:
    facts = known_facts()
    if question.kind == "rows":
        told = [answers.get(path) for path in question.paths]
        noes = [no(facts[path]) for path in question.paths]
        if with_none and told == noes and question.none is not None:
            marks[question.none.name] = "yes"
            return
    for item in question.fields:
        value = answers.get(item.path)
        if value is None:
            continue
        if question.kind == "set":
            if item.values[0][1] in value:
                marks[item.name] = "yes"
        elif question.kind == "date":
            parts = str(value).split("-")
            place = DATE_PARTS[::-1].index(item.name.rpartition(".")[2])
            marks[item.name] = parts[place]
        elif item.is_text:
            number = value if isinstance(value, str) else f"{value:g}"
            if item.path == "running.typical_pace_min_per_km":
                number = f"{int(value)}:{round(value % 1 * 60):02} /km"
            marks[item.name] = f"{number} {_unit(item.path)}".strip()
        else:
            marks[item.name] = next(v for v, a in item.values if a == value)
    path = question.paths[0]
    if question.kind == "set" and answers.get(path) == []:
        assert question.none is not None, path
        marks[question.none.name] = "yes"


def _unit(path: str) -> str:
    """Return the unit that a bare number would need."""
    unit = known_facts()[path].unit
    return unit if unit.startswith(("km", "kg", "cm")) else ""


def saved(pdf: pikepdf.Pdf, **options: Any) -> bytes:
    stream = io.BytesIO()
    pdf.save(stream, **options)
    return stream.getvalue()


def opened(name: str = "a4") -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(sheet(name).pdf))


def tick(node: Any, value: str) -> None:
    """Tick the box of a field that holds a value, and no other."""
    node.V = pikepdf.Name(f"/{value}")
    for widget in widgets_of(node):
        is_it = f"/{value}" in widget.AP.N
        widget.AS = pikepdf.Name(f"/{value}" if is_it else "/Off")


def write(pdf: pikepdf.Pdf, node: Any, text: str) -> None:
    """Write into a text field, with a picture of it as viewers make one."""
    node.V = pikepdf.String(text)
    picture = pikepdf.Stream(pdf, b"/Tx BMC BT /Field 9 Tf (written) Tj ET EMC")
    picture.BBox = node.AP.N.BBox
    picture.Subtype = pikepdf.Name.Form
    node.AP.N = pdf.make_indirect(picture)


def fill(pdf: pikepdf.Pdf, marks: Marks) -> None:
    found = fields_of(pdf)
    for name, value in marks.items():
        if "/FT" in found[name] and found[name].FT == "/Tx":
            write(pdf, found[name], value)
        else:
            tick(found[name], value)


def filled(
    marks: Marks,
    name: str = "a4",
    change: Callable[[pikepdf.Pdf, dict[str, Any]], None] | None = None,
) -> bytes:
    """Return a sheet filled in with pikepdf, and changed further."""
    with opened(name) as pdf:
        fill(pdf, marks)
        if change is not None:
            change(pdf, fields_of(pdf))
        return saved(pdf)


def filled_in_viewer(marks: Marks, name: str = "a4") -> bytes:
    """Return a sheet filled in by clicks and keys in pdfium, as Chromium does."""
    with opened(name) as pdf:
        places: dict[str, tuple[int, list[float]]] = {}
        pages = {
            note.objgen: number
            for number, page in enumerate(pdf.pages)
            for note in page.get("/Annots", ())
        }
        for field, node in fields_of(pdf).items():
            if field not in marks:
                continue
            for widget in widgets_of(node):
                is_text = node.get("/FT") == "/Tx"
                if is_text or f"/{marks[field]}" in widget.AP.N:
                    edges = [float(edge) for edge in widget.Rect]
                    places[field] = pages[widget.objgen], edges
    document = pypdfium2.PdfDocument(sheet(name).pdf)
    document.init_forms()
    form = document.formenv.raw
    by_page: dict[int, list[tuple[str, list[float]]]] = {}
    for field, (number, edges) in places.items():
        by_page.setdefault(number, []).append((field, edges))
    for number, items in sorted(by_page.items()):
        page = document[number]
        for field, edges in items:
            x, y = (edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2
            pdfium.FORM_OnMouseMove(form, page, 0, x, y)
            pdfium.FORM_OnLButtonDown(form, page, 0, x, y)
            pdfium.FORM_OnLButtonUp(form, page, 0, x, y)
            if edges[2] - edges[0] > edges[3] - edges[1] + 3:
                text = marks[field].encode("utf-16-le") + b"\0\0"
                units = (ctypes.c_ushort * (len(text) // 2)).from_buffer_copy(text)
                pdfium.FORM_ReplaceSelection(form, page, units)
        pdfium.FORM_ForceToKillFocus(form)
        page.close()
    stream = io.BytesIO()
    document.save(stream)
    document.close()
    return stream.getvalue()


def names_of(name: str, beginning: str) -> Iterable[str]:
    plan = plan_of(VARIANTS[name][0])
    for question in plan.questions:
        for item in question.all_fields():
            if item.name.startswith(beginning):
                yield item.name

"""What a spreadsheet spoils on the way is undone where it can be, and told else."""

import io
import json
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from backguide.batch import sheets
from backguide.batch.column_map import MapError, read_map
from backguide.batch.sheets import NOT_CALCULATED, read_sheet
from backguide.batch.spreadsheet import Row, read_rows
from backguide.errors import ProfileError

XLSX = "t.xlsx"


def book() -> tuple[openpyxl.Workbook, Worksheet]:
    made = openpyxl.Workbook()
    sheet = made.active
    assert isinstance(sheet, Worksheet)
    return made, sheet


def saved(folder: Path, made: openpyxl.Workbook) -> Path:
    path = folder / XLSX
    made.save(path)
    return path


def xlsx(folder: Path, *rows: list[Any]) -> Path:
    made, sheet = book()
    for row in rows:
        sheet.append(row)
    return saved(folder, made)


def ods_cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, tuple):
        kind, name, text = value
        name = {"time": "time-value", "date": "date-value"}.get(kind, "value")
        return (
            f'<table:table-cell office:value-type="{kind}" office:{name}="{text}">'
            f"<text:p>{text}</text:p></table:table-cell>"
        )
    return (
        '<table:table-cell office:value-type="string">'
        f"<text:p>{value}</text:p></table:table-cell>"
    )


def ods(
    folder: Path, *rows: list[object], more: str = "", before: str = "", head: str = ""
) -> Path:
    lines = "".join(
        f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>"
        for row in rows
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'office:version="1.2"><office:body><office:spreadsheet>'
        f'{before}<table:table table:name="A">{lines}{more}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    path = folder / "t.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:'
            'tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
            'manifest:full-path="/" manifest:media-type="application/vnd.oasis.'
            'opendocument.spreadsheet"/></manifest:manifest>',
        )
    return path


def texts(path: Path) -> list[tuple[str, ...]]:
    return list(read_sheet(path).rows)


def rows_of(path: Path, map_text: str) -> list[Row]:
    (path.parent / "map.toml").write_text(map_text, "utf-8")
    return list(read_rows(path, read_map(path.parent / "map.toml")))


def answers(row: Row) -> dict[str, Any]:
    return json.loads(row.content)  # type: ignore[no-any-return]


def codes(row: Row) -> list[str]:
    return [problem.code for problem in row.problems]


# --- values as texts ------------------------------------------------------------


def test_values_become_texts_that_cannot_be_misread(tmp_path: Path) -> None:
    path = xlsx(
        tmp_path,
        ["a", "b", "c", "d", "e", "f"],
        [7, 7.5, True, date(2026, 8, 7), datetime(2026, 8, 7, 6, 15), None],  # noqa: DTZ001
        [1e15 + 1, 0.1 + 0.2, False, timedelta(hours=45, minutes=30), time(6, 15), "x"],
    )
    assert texts(path)[1:] == [
        ("7", "7.5", "true", "2026-08-07", "2026-08-07 06:15:00", ""),
        ("1000000000000001", "0.3", "false", "45:30:00", "6:15:00", "x"),
    ]


def test_zeros_of_a_number_format_are_kept(tmp_path: Path) -> None:
    """007 became 7, and with it somebody else's number."""
    made, sheet = book()
    sheet.append(["id"])
    sheet.append([7])
    sheet["A2"].number_format = "000"
    assert texts(saved(tmp_path, made))[1] == ("007",)


def test_a_formula_without_a_value_is_not_empty(tmp_path: Path) -> None:
    path = xlsx(tmp_path, ["Age", "No"], ["=20+20", "1"])
    assert texts(path)[1] == (NOT_CALCULATED, "1")
    (row,) = rows_of(path, '[columns]\n"Age" = "person.age_years"\n')
    assert codes(row) == ["E_NOT_CALCULATED"]


def test_an_error_is_unread_not_empty(tmp_path: Path) -> None:
    made, sheet = book()
    sheet.append(["Age"])
    sheet.append(["#N/A"])
    assert sheet["A2"].data_type == "e"
    path = saved(tmp_path, made)
    (row,) = rows_of(path, '[columns]\n"Age" = "person.age_years"\n')
    assert codes(row) == ["E_CELL_ERROR"]


def test_hidden_rows_are_read_and_told(tmp_path: Path) -> None:
    made, sheet = book()
    for value in ("a", "b", "c"):
        sheet.append([value])
    sheet.row_dimensions[3].hidden = True
    read = read_sheet(saved(tmp_path, made))
    assert read.rows == (("a",), ("b",), ("c",))
    assert read.notes == ("1 hidden or filtered row: read too",)


def test_hidden_sheets_are_skipped_and_told(tmp_path: Path) -> None:
    made, sheet = book()
    sheet.append(["secret"])
    sheet.sheet_state = "hidden"
    made.create_sheet("seen").append(["a"])
    made.create_sheet("more").append(["b"])
    read = read_sheet(saved(tmp_path, made))
    assert read.rows == (("a",),)
    assert read.notes == (
        "a hidden sheet: skipped",
        "only the first of 2 sheets is read",
    )


def test_merged_heads_are_filled_over_their_range_only(tmp_path: Path) -> None:
    made, sheet = book()
    for row in (["Pain", None, "Age"], ["now", "usual", None], ["3", None, "4"]):
        sheet.append(row)
    sheet.merge_cells("A1:B1")
    sheet.merge_cells("A3:B3")
    read = read_sheet(saved(tmp_path, made))
    assert read.rows[0] == ("Pain", "Pain", "Age")
    assert read.rows[2] == ("3", "", "4")
    assert any("merged" in note for note in read.notes)


# --- paces, days, numbers -------------------------------------------------------

PACE = '[columns]\n"{}" = "running.typical_pace_min_per_km"\n'
PER_KM = '\n[units]\n"running.typical_pace_min_per_km" = "/km"\n'


def test_hours_and_minutes_in_a_pace_column(tmp_path: Path) -> None:
    """6:15 is taken for a quarter past six as soon as it is typed."""
    head = "Pace (min/km)"
    path = xlsx(tmp_path, [head], [time(6, 15)], [time(5, 0)])
    rows = rows_of(path, PACE.format(head) + PER_KM)
    assert [answers(r)["running"]["typical_pace_min_per_km"] for r in rows] == [6.25, 5]


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("Usual", [time(6, 15)]),
        ("Pace (min/km)", [time(6, 15), time(0, 6, 15)]),
        ("Pace (min/km)", [time(6, 15), "about 6"]),
        ("Pace (min/km)", [time(6, 15, 30)]),
        ("Pace (min/km)", [time(1, 15)]),
    ],
)
def test_such_times_are_no_pace(head: str, cells: list[Any], tmp_path: Path) -> None:
    """The head must say pace, and all rows agree; else somebody is asked."""
    path = xlsx(tmp_path, [head], *([cell] for cell in cells))
    found = rows_of(path, PACE.format(head) + PER_KM)[0]
    assert isinstance(answers(found)["running"]["typical_pace_min_per_km"], str)


DAYS = '[columns]\n"Day" = "created_date"\n'


def test_days_that_may_be_swapped_are_asked_for(tmp_path: Path) -> None:
    """07/08 became 8 July, and 25/08 stayed a text."""
    path = xlsx(tmp_path, ["Day"], [datetime(2026, 7, 8)], ["25/08/2026"])  # noqa: DTZ001
    told = rows_of(path, DAYS + '[format]\ndate = "DD/MM/YYYY"\n')
    assert [codes(row) for row in told] == [["E_DAY_SWAPPED"], []]
    for swapped, day in (("true", "2026-08-07"), ("false", "2026-07-08")):
        form = f'[format]\ndate = "DD/MM/YYYY"\ndays_swapped = {swapped}\n'
        found = [answers(row)["created_date"] for row in rows_of(path, DAYS + form)]
        assert found == [day, "2026-08-25"]


def test_such_a_day_is_asked_for_in_a_text_as_well(tmp_path: Path) -> None:
    """A message of the clinic prints as it stands."""
    path = xlsx(tmp_path, ["Next"], [datetime(2026, 7, 8)], ["25/08/2026"])  # noqa: DTZ001
    text = '[columns]\n"Next" = "clinic.physio_message"\n'
    assert codes(rows_of(path, text)[0]) == ["E_DAY_SWAPPED"]
    (found, _) = rows_of(path, f"{text}[format]\ndays_swapped = true\n")
    assert answers(found)["clinic"]["physio_message"] == "2026-08-07"


@pytest.mark.parametrize(
    "cells",
    [
        [datetime(2026, 7, 8, tzinfo=UTC), datetime(2026, 7, 25, tzinfo=UTC)],
        [datetime(2026, 7, 25, tzinfo=UTC), "25/08/2026"],
        ["07/08/2026", "25/08/2026"],
    ],
)
def test_other_days_are_believed(cells: list[Any], tmp_path: Path) -> None:
    plain = [c.replace(tzinfo=None) if isinstance(c, datetime) else c for c in cells]
    path = xlsx(tmp_path, ["Day"], *([cell] for cell in plain))
    for row in rows_of(path, DAYS + '[format]\ndate = "DD/MM/YYYY"\n'):
        assert not row.problems


@pytest.mark.parametrize(
    "cell", ["2026-02-01", "01/02/2026", "1.2.2026", "03-Apr", "3 Apr", "Apr-03"]
)
def test_a_day_that_was_a_number(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"Age\n{cell}\n", "utf-8")
    (row,) = rows_of(path, '[columns]\n"Age" = "person.age_years"\n')
    assert codes(row) == ["E_NUMBER_AS_DATE"]
    path = xlsx(tmp_path, ["Age"], [datetime(2026, 2, 1)])  # noqa: DTZ001
    assert codes(rows_of(path, '[columns]\n"Age" = "person.age_years"\n')[0]) == [
        "E_NUMBER_AS_DATE"
    ]


def test_the_unit_of_bare_numbers(tmp_path: Path) -> None:
    path = xlsx(tmp_path, ["Miles"], [5], ["8 km"], ["5 mi"])
    text = (
        '[columns]\n"Miles" = "running.longest_run_30d_km"\n'
        '[units]\n"running.longest_run_30d_km" = "mi"\n'
    )
    found = [
        answers(row)["running"]["longest_run_30d_km"] for row in rows_of(path, text)
    ]
    assert found == pytest.approx([8.05, 8, 8.05], abs=0.01)


@pytest.mark.parametrize(
    "text",
    [
        '[units]\n"running.longest_run_30d_km" = "kg"\n',
        '[units]\n"running.longest_run_30d_km" = 3\n',
        '[units]\n"symptoms.site" = "mi"\n',
        '[units]\n"nothing" = "mi"\n',
        "[format]\nhead_row = 0\n",
        '[format]\ndays_swapped = "yes"\n',
    ],
)
def test_wrong_lines_of_the_map(text: str, tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(f'{text}[columns]\n"A" = "person.age_years"\n', "utf-8")
    with pytest.raises(MapError):
        read_map(path)


def test_heads_below_other_rows(tmp_path: Path) -> None:
    path = xlsx(tmp_path, ["Our clinic", None], [None, None], ["Age", "x"], [40, "y"])
    text = '[columns]\n"Age" = "person.age_years"\n[format]\nhead_row = 3\n'
    (row,) = rows_of(path, text)
    assert (row.number, answers(row)["person"]["age_years"]) == (4, 40)


# --- .ods -----------------------------------------------------------------------


def test_the_three_types_of_a_duration_in_ods(tmp_path: Path) -> None:
    """Below a day it is a time of day, above it a text."""
    path = ods(
        tmp_path,
        ["head", "n", "day"],
        [("time", "", "PT06H15M00S"), ("float", "", "7"), ("date", "", "2026-08-07")],
        [("time", "", "PT45H30M00S"), ("float", "", "7.5"), None],
    )
    assert texts(path)[1:] == [("6:15:00", "7", "2026-08-07"), ("45:30:00", "7.5", "")]
    head = "Pace (min/km)"
    path = ods(tmp_path, [head], [("time", "", "PT06H15M00S")])
    (row,) = rows_of(path, PACE.format(head) + PER_KM)
    assert answers(row)["running"]["typical_pace_min_per_km"] == 6.25


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        (
            'table:formula="of:=1/0" office:value-type="string" office:string-value="" '
            'calcext:value-type="error"',
            "E_CELL_ERROR",
        ),
        (
            "table:formula='of:=IF([.B2]>1;NA();2)' office:value-type='float' "
            "office:value='0' calcext:value-type='error'",
            "E_CELL_ERROR",
        ),
        ('table:formula="of:=[.B2]>1"', "E_NOT_CALCULATED"),
    ],
)
def test_an_error_in_ods_is_unread_not_empty(
    attributes: str, code: str, tmp_path: Path
) -> None:
    """The library gives it as an empty text, or as 0: no pain at all."""
    row = (
        f"<table:table-row><table:table-cell {attributes}><text:p>#N/A</text:p>"
        "</table:table-cell></table:table-row>"
    )
    path = ods(tmp_path, ["Pain now"], more=row)
    space = b'xmlns:calcext="urn:org:documentfoundation:x" office:version='
    changed(path, b"office:version=", space)
    (found,) = rows_of(path, '[columns]\n"Pain now" = "symptoms.nrs_now"\n')
    assert codes(found) == [code]


# --- what means harm ------------------------------------------------------------


def test_a_sheet_that_repeats_a_cell_without_end(tmp_path: Path) -> None:
    def row(mark: str) -> str:
        tag = f"<table:table-cell table:number-columns-repeated={mark} "
        cell = ods_cell("x").replace("<table:table-cell ", tag)
        return f"<table:table-row>{cell}</table:table-row>"

    assert texts(ods(tmp_path, ["a"], more=row('"3"')))[1] == ("x", "x", "x")
    for more in (
        row('"9000"'),
        row("'9000'"),
        row('"9000"').replace("<table:table-cell ", "<table:table-cell x='>' "),
        row('"&#57;000"'),
        '<table:table-row table:number-rows-repeated="9000">'
        f"{ods_cell('x')}</table:table-row>",
    ):
        with pytest.raises(ProfileError, match="more often than any sheet"):
            read_sheet(ods(tmp_path, ["a"], more=more))
    empty = (
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    assert texts(ods(tmp_path, ["a"], more=empty))[0] == ("a",)


def changed(path: Path, old: bytes, new: bytes, *, coding: str = "utf-8") -> Path:
    """Write other bytes into every part of a file."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(content, "w") as after:
        for name in before.namelist():
            text = before.read(name).replace(old, new)
            is_xml = name.endswith(".xml") and coding != "utf-8"
            after.writestr(name, text.decode().encode(coding) if is_xml else text)
    path.write_bytes(content.getvalue())
    return path


@pytest.mark.parametrize(
    "ref", [b'"A1:ZZ999"', b"'A1:ZZ999'", b'"A1:&#90;Z999"', b'"$A$1:$ZZ$999"']
)
def test_a_sheet_that_merges_without_end(ref: bytes, tmp_path: Path) -> None:
    made, sheet = book()
    sheet.append(["a"])
    sheet.merge_cells("A1:B2")
    path = changed(saved(tmp_path, made), b'"A1:B2"', ref)
    with pytest.raises(ProfileError, match=r"merges (?:more|cells)"):
        read_sheet(path)


@pytest.mark.parametrize("name", ["t.xlsx", "t.ods"])
def test_an_encoding_in_which_something_could_hide(name: str, tmp_path: Path) -> None:
    for coding, declared in (("utf-16", b"UTF-16"), ("utf-8", b"UTF-7")):
        path = xlsx(tmp_path, ["a"]) if name == "t.xlsx" else ods(tmp_path, ["a"])
        head = b'<?xml version="1.0" encoding="' + declared + b'"?><worksheet '
        if name == "t.ods":
            changed(path, b"UTF-8", declared, coding=coding)
        else:
            changed(path, b"<worksheet ", head, coding=coding)
        with pytest.raises(ProfileError, match="encoding"):
            read_sheet(path)


def test_a_sheet_with_a_document_type(tmp_path: Path) -> None:
    path = ods(tmp_path, ["a"], head='<!DOCTYPE x [<!ENTITY a "b">]>')
    with pytest.raises(ProfileError, match="document type"):
        read_sheet(path)


def test_a_sheet_of_too_many_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_CELLS", 3)
    with pytest.raises(ProfileError, match="more than 3 cells"):
        read_sheet(xlsx(tmp_path, ["a", "b"], ["c", "d"]))


@pytest.mark.parametrize("name", ["t.xlsx", "t.ods"])
def test_what_is_no_sheet(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", "x")
    for one in (b"", b"a,b\n", content.getvalue()):
        path.write_bytes(one)
        with pytest.raises(ProfileError, match="damaged"):
            read_sheet(path)


def test_a_sheet_that_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_LIMITS", sheets.Limits(ratio=2, free_bytes=10))
    path = ods(tmp_path, *(["a"] for _ in range(9)))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("styles.xml", " " * 5000)
    with pytest.raises(ProfileError, match="far more than it should"):
        read_sheet(path)


def test_without_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "find_spec", lambda _: None)
    with pytest.raises(ProfileError, match=r"backguide\[sheets\]"):
        read_sheet(xlsx(tmp_path, ["a"]))

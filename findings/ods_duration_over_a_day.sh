#!/bin/sh
# python-calamine: one column of durations comes back in two types from .ods, one from .xlsx.
#
# Expected: a duration cell is read as timedelta whatever the file format; .ods stores it as a
# duration (PT23H30M00S) in the first place, even more plainly than .xlsx does.
# Happens: from .xlsx every value is a timedelta. From .ods a value below 24 hours becomes a
# time of day, and from 24 hours on the text "PT45H30M00S". Nothing tells the two apart but
# the size of the value.
# Why it matters: hours of training add up past a day. A sheet that worked for months stops
# adding, or skips the row as text, in the week in which somebody passes 24 hours; and a time
# of day can't be added at all.
#
# Seen 2026-11-30 with python-calamine 0.9.1, odfpy 1.4.1, openpyxl 3.1.5:
#   .xlsx timedelta, timedelta, timedelta; .ods time 00:06:15, time 23:30:00, str PT45H30M00S
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet python-calamine==0.9.1 odfpy==1.4.1 openpyxl==3.1.5
venv/bin/python - <<'PY'
import sys
from datetime import timedelta
from importlib.metadata import version

import openpyxl
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from python_calamine import CalamineWorkbook

names = ("python-calamine", "odfpy", "openpyxl")
print(*(f"{name} {version(name)}" for name in names), sep=", ")
durations = [(0, 6, 15), (23, 30, 0), (45, 30, 0)]

book = openpyxl.Workbook()
for hours, minutes, seconds in durations:
    book.active.append([timedelta(hours=hours, minutes=minutes, seconds=seconds)])
    book.active.cell(book.active.max_row, 1).number_format = "[h]:mm:ss"
book.save("hours.xlsx")

document = OpenDocumentSpreadsheet()
table = Table(name="Hours")
for hours, minutes, seconds in durations:
    value = f"PT{hours:02}H{minutes:02}M{seconds:02}S"
    cell = TableCell(valuetype="time", timevalue=value)
    cell.addElement(P(text=f"{hours:02}:{minutes:02}:{seconds:02}"))
    row = TableRow()
    row.addElement(cell)
    table.addElement(row)
document.spreadsheet.addElement(table)
document.save("hours.ods")


def read(path):
    """Type and text of each value of the first column."""
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return [(type(row[0]).__name__, str(row[0])) for row in rows]


seen = {"xlsx": read("hours.xlsx"), "ods": read("hours.ods")}
expected = {"xlsx": [("timedelta", "0:06:15"), ("timedelta", "23:30:00"), ("timedelta", "1 day, 21:30:00")], "ods": [("time", "00:06:15"), ("time", "23:30:00"), ("str", "PT45H30M00S")]}
print(seen)
sys.exit(seen != expected)
PY

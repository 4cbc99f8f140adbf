#!/bin/sh
# python-calamine: a cell with an error comes back as an empty text, in .ods even as 0.
#
# Expected: an error of a formula (#DIV/0!, #N/A) is told apart from an empty cell: by its text,
# by a value of its own, or by an exception. The Rust library underneath has an error type.
# Happens: from .xlsx it is "", the same as an empty cell. From .ods it is "" where the file
# stores the error as a text, as LibreOffice does today, and 0.0 where it stores it as a number.
# Why it matters: a score worked out by a sheet has failed. Empty reads as "not answered", and 0
# as "no pain". Nothing in the result lets a reader know that there is something to ask.
#
# Seen 2026-11-30 with python-calamine 0.9.1, openpyxl 3.1.5:
#   .xlsx: text ok, number 3.0, error '', empty ''; .ods: error as text '', as number 0.0
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet python-calamine==0.9.1 openpyxl==3.1.5
venv/bin/python - <<'PY'
import sys
import zipfile
from importlib.metadata import version

import openpyxl
from python_calamine import CalamineWorkbook

print(*(f"{name} {version(name)}" for name in ("python-calamine", "openpyxl")), sep=", ")

book = openpyxl.Workbook()
book.active.append(["ok", 3, "#DIV/0!", None, "end"])
assert book.active["C1"].data_type == "e"
book.save("sheet.xlsx")

SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)
CELLS = (
    '<table:table-cell office:value-type="string"><text:p>ok</text:p></table:table-cell>'
    '<table:table-cell table:formula="of:=1/0" office:value-type="string" '
    'office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p>'
    "</table:table-cell>"
    '<table:table-cell table:formula="of:=NA()" office:value-type="float" office:value="0" '
    'calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
    '<table:table-cell office:value-type="string"><text:p>end</text:p></table:table-cell>'
)
MIME = "application/vnd.oasis.opendocument.spreadsheet"
with zipfile.ZipFile("sheet.ods", "w") as archive:
    archive.writestr("mimetype", MIME)
    archive.writestr(
        "content.xml",
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {SPACES} '
        'office:version="1.2"><office:body><office:spreadsheet><table:table table:name="A">'
        f"<table:table-row>{CELLS}</table:table-row></table:table></office:spreadsheet>"
        "</office:body></office:document-content>",
    )
    archive.writestr(
        "META-INF/manifest.xml",
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:'
        'names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{MIME}"/><manifest:file-entry manifest:full-path="content.xml" '
        'manifest:media-type="text/xml"/></manifest:manifest>',
    )


def first_row(path):
    """The values of the first row."""
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[0]


seen = {"xlsx": first_row("sheet.xlsx"), "ods": first_row("sheet.ods")}
expected = {"xlsx": ["ok", 3.0, "", "", "end"], "ods": ["ok", "", 0.0, "end"]}
print(seen)
sys.exit(seen != expected)
PY

#!/bin/sh
# pypdf ticks a radio button, pdf-lib reads the same file and finds nothing chosen.
#
# Expected: pypdf's update_page_form_field_values writes the answer of a button field as a
# name (/yes), as the PDF standard demands, so every reader sees what the page shows.
# Happens: the button's appearance state becomes the name /yes and the page shows the mark,
# but the field's value /V becomes the text string "/yes". pdf-lib reads the group as having
# no answer; so would any program that compares /V with a name.
# Why it matters: an intake form for patients goes through two programs. "Pain at night: yes"
# arrives as "not answered", while a person who opens the file sees the tick.
#
# Seen 2026-11-30 with reportlab 5.1.0, pypdf 7.1.1, pikepdf 10.18.0, pdf-lib 1.17.1:
#   /V: text "/yes"; states /yes /Off /Off; pdf-lib: undefined; after /V is made a name: "yes"
# Needs node and npm besides Python.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet reportlab==5.1.0 pypdf==7.1.1 pikepdf==10.18.0
npm install --silent --no-fund --no-audit pdf-lib@1.17.1
cat > read.js <<'JS'
const { readFileSync } = require("fs");
const { PDFDocument } = require("pdf-lib");
PDFDocument.load(readFileSync(process.argv[2])).then((pdf) => {
  console.log(String(pdf.getForm().getRadioGroup("night_pain").getSelected()));
});
JS
venv/bin/python - <<'PY'
import subprocess
import sys
from importlib.metadata import version

import pikepdf
import pypdf
from reportlab.pdfgen.canvas import Canvas

names = ("reportlab", "pypdf", "pikepdf")
print(*(f"{name} {version(name)}" for name in names), "pdf-lib 1.17.1", sep=", ")
canvas = Canvas("form.pdf")
canvas.drawString(100, 750, "Pain at night: yes, no, not sure")
for number, value in enumerate(("yes", "no", "unsure")):
    canvas.acroForm.radio(name="night_pain", value=value, x=100, y=700 - 30 * number)
canvas.save()

writer = pypdf.PdfWriter(clone_from="form.pdf")
writer.update_page_form_field_values(writer.pages[0], {"night_pain": "/yes"})
writer.write("filled.pdf")


def pdf_lib(path):
    """The chosen answer as pdf-lib reads it."""
    return subprocess.run(
        ["node", "read.js", path], capture_output=True, text=True, check=True
    ).stdout.strip()


with pikepdf.open("filled.pdf", allow_overwriting_input=False) as pdf:
    field = pdf.Root.AcroForm.Fields[0]
    value = field.V
    seen = {
        "value": str(value),
        "is text": isinstance(value, pikepdf.String),
        "states": [str(kid.AS) for kid in field.Kids],
    }
    field.V = pikepdf.Name.yes
    pdf.save("mended.pdf")
seen["pdf-lib"] = pdf_lib("filled.pdf")
seen["pdf-lib, a name"] = pdf_lib("mended.pdf")
expected = {"value": "/yes", "is text": True, "states": ["/yes", "/Off", "/Off"], "pdf-lib": "undefined", "pdf-lib, a name": "yes"}
print(seen)
sys.exit(seen != expected)
PY

#!/bin/sh
# pypdfium2 (PDFium): a hyphen at a line end comes back as a control character or as a
# noncharacter, depending on which of two functions is asked.
#
# Expected: both functions for the text of a page give the hyphen that is printed, followed by
# the line end; or take it away and join the word.
# Happens: hyphen and line end become one character: U+0002 from get_text_bounded, U+FFFE from
# get_text_range. Hyphens that belong to the word ("low-impact") are hit as well; a hyphen
# before a digit ("10-15") is kept with its line end.
# Why it matters: text read back from handouts is searched, compared and put into XML for
# reports. U+0002 and U+FFFE are not allowed in XML 1.0, and "low-impact" is not found.
#
# Seen 2026-11-30 with reportlab 5.1.0, pypdfium2 5.15.2:
#   bounded "low\x02impact walk, 10-\r\n15 minutes"; range "low\ufffeimpact walk, 10-\r\n15 minutes"
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet reportlab==5.1.0 pypdfium2==5.15.2
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import pypdfium2
from reportlab.pdfgen.canvas import Canvas

print(*(f"{name} {version(name)}" for name in ("reportlab", "pypdfium2")), sep=", ")
canvas = Canvas("lines.pdf")
for number, line in enumerate(("Choose a low-", "impact walk, 10-", "15 minutes")):
    canvas.drawString(72, 700 - 14 * number, line)
canvas.save()

pdf = pypdfium2.PdfDocument("lines.pdf")
text = pdf[0].get_textpage()
seen = {"bounded": text.get_text_bounded(), "range": text.get_text_range()}
expected = {"bounded": "Choose a low\x02impact walk, 10-\r\n15 minutes", "range": "Choose a low\ufffeimpact walk, 10-\r\n15 minutes"}
print(seen)
sys.exit(seen != expected)
PY

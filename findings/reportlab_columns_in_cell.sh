#!/bin/sh
# reportlab: balanced columns inside a table cell, a KeepInFrame or a list print nothing.
#
# Expected: BalancedColumns is a flowable like others; where it can't be nested, the build
# raises an error, as reportlab does for a row that is too high.
# Happens: at story level the eight lines are printed; inside a cell, a KeepInFrame or a list
# item all eight vanish while the text before and after stands, and the build succeeds.
# Why it matters: a box with the warning signs in two columns is a natural page design for a
# handout. The box is empty on paper, and nothing told.
#
# Seen 2026-11-30 with reportlab 5.1.0, pypdf 7.1.1 (lines printed of 8):
#   story 8, KeepTogether 8, table cell 0, KeepInFrame 0, list 0
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet reportlab==5.1.0 pypdf==7.1.1
venv/bin/python - <<'PY'
import io
import sys
from importlib.metadata import version

import pypdf
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import (
    BalancedColumns,
    KeepInFrame,
    KeepTogether,
    ListFlowable,
    Paragraph,
    SimpleDocTemplate,
    Table,
)

print(*(f"{name} {version(name)}" for name in ("reportlab", "pypdf")), sep=", ")
style = getSampleStyleSheet()["Normal"]


def printed(wrap):
    """How many of eight lines are on paper, with the text around them present."""
    columns = BalancedColumns([Paragraph(f"Warning sign {n}", style) for n in range(8)], nCols=2)
    out = io.BytesIO()
    story = [Paragraph("Above", style), wrap(columns), Paragraph("Below", style)]
    SimpleDocTemplate(out).build(story)
    text = "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(out).pages)
    assert "Above" in text and "Below" in text
    return text.count("Warning sign")


seen = {
    "story": printed(lambda columns: columns),
    "KeepTogether": printed(lambda columns: KeepTogether([columns])),
    "cell": printed(lambda columns: Table([[columns]], colWidths=[400])),
    "KeepInFrame": printed(lambda columns: KeepInFrame(400, 400, [columns])),
    "list": printed(lambda columns: ListFlowable([columns])),
}
expected = {"story": 8, "KeepTogether": 8, "cell": 0, "KeepInFrame": 0, "list": 0}
print(seen)
sys.exit(seen != expected)
PY

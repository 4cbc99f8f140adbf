#!/bin/sh
# Joining two tagged PDF files with pikepdf: half of the result is untagged, the claim stays.
#
# Expected: pages added to a PDF/UA file either bring their tags along, or the file stops
# claiming PDF/UA.
# Happens: the pages arrive with their marked-content numbers, but the structure tree stays the
# first file's. Numbers 0, 1, 2 on the added page have no element, and both pages state the same
# StructParents 0, so looked up from the page they lead to elements of page 1. The XMP still
# says PDF/UA-1, and a checker that finds real faults elsewhere calls the file compliant.
# Why it matters: a clinic binds the handouts of a morning into one print file and archives it
# as "accessible". A screen reader that follows the tags reads the first patient sheet only,
# and the check does not tell.
#
# Seen 2026-11-30 with typst 0.15.0, pikepdf 10.18.0, page-validation 0.11.0:
#   elements on page 1: 3, on page 2: 0; marked runs on page 1: 3, on page 2: 3;
#   StructParents of both pages: 0; claim: True; checker: True
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet typst==0.15.0 pikepdf==10.18.0 page-validation==0.11.0
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import page
import pikepdf
import typst

print(*(f"{name} {version(name)}" for name in ("typst", "pikepdf", "page-validation")), sep=", ")
for name in ("first", "second"):
    with open(f"{name}.typ", "w") as source:
        source.write(
            f'#set document(title: "Plan {name}")\n#set text(lang: "en")\n'
            f"= Plan {name}\nWalk for ten minutes.\n\nThen rest.\n"
        )
    typst.compile(f"{name}.typ", output=f"{name}.pdf", format="pdf", pdf_standards="ua-1")
    assert page.is_pdf_compliant(f"{name}.pdf", profile="ua1")

with pikepdf.open("first.pdf") as joined, pikepdf.open("second.pdf") as second:
    joined.pages.extend(second.pages)
    joined.save("joined.pdf")


def owners(kid, holder, found):
    """Collect, for each marked-content number in the tree, the page that it is on."""
    if isinstance(kid, pikepdf.Array):
        for each in kid:
            owners(each, holder, found)
    elif isinstance(kid, pikepdf.Dictionary):
        holder = kid.Pg.objgen if "/Pg" in kid else holder
        if kid.get("/Type") == "/MCR":
            found.append(holder)
        elif "/K" in kid:
            owners(kid.K, holder, found)
    else:
        found.append(holder)
    return found


with pikepdf.open("joined.pdf") as pdf:
    tree = owners(pdf.Root.StructTreeRoot.K, None, [])
    seen = {
        "elements": [tree.count(sheet.objgen) for sheet in pdf.pages],
        "marked": [
            sum(
                str(op.operator) == "BDC" and "/MCID" in op.operands[1]
                for op in pikepdf.parse_content_stream(sheet)
            )
            for sheet in pdf.pages
        ],
        "StructParents": [int(sheet.StructParents) for sheet in pdf.pages],
        "claim": b"pdfuaid" in pdf.Root.Metadata.read_bytes(),
        "checker": page.is_pdf_compliant("joined.pdf", profile="ua1"),
    }
expected = {"elements": [3, 0], "marked": [3, 3], "StructParents": [0, 0], "claim": True, "checker": True}
print(seen)
sys.exit(seen != expected)
PY

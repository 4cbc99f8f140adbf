#!/bin/sh
# pypdfium2 (PDFium): a paragraph over several pages names marked content of all its pages as
# if it were that of the page that was asked for.
#
# Expected: the structure tree of a page (FPDF_StructTree_GetForPage) gives content ids (MCID)
# of that page; MCIDs are counted anew on each page, so an id without its page means nothing.
# Happens: FPDF_StructElement_GetMarkedContentIdAtIndex returns the ids of every page, without
# the page; the same number may come twice. GetChildMarkedContentID, asked for each child,
# gives -1 where the piece stands on another page.
# Why it matters: text that is joined with its tags by MCID puts the first lines of page 2 into
# the paragraph twice, and the end of page 1 where page 2 should stand; a check of reading
# order compares the wrong pieces. Paragraphs inside one page hide it.
#
# Seen 2026-11-30 with pypdfium2 5.15.2, typst 0.15.0; one paragraph over three pages, page 2
# draws 0 to 4: at index 0 1 2 3 4 5 0 1 2 3 4 0 1; of its children 0 1 2 3 4
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet pypdfium2==5.15.2 typst==0.15.0
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import pypdfium2
import pypdfium2.raw as pdfium
import typst

print(*(f"{name} {version(name)}" for name in ("pypdfium2", "typst")), sep=", ")
with open("three.typ", "w") as file:
    file.write("#set page(width: 200pt, height: 120pt)\n#lorem(60)")
pages = pypdfium2.PdfDocument(typst.compile("three.typ"))
second = pages[1]
page = second.raw

drawn = []
for n in range(pdfium.FPDFPage_CountObjects(page)):
    piece = pdfium.FPDFPageObj_GetMarkedContentID(pdfium.FPDFPage_GetObject(page, n))
    if piece >= 0 and piece not in drawn:
        drawn.append(piece)

tree = pdfium.FPDF_StructTree_GetForPage(page)
document = pdfium.FPDF_StructTree_GetChildAtIndex(tree, 0)
paragraph = pdfium.FPDF_StructElement_GetChildAtIndex(document, 0)
count = pdfium.FPDF_StructElement_GetMarkedContentIdCount(paragraph)
kids = pdfium.FPDF_StructElement_CountChildren(paragraph)
of_kids = [pdfium.FPDF_StructElement_GetChildMarkedContentID(paragraph, n) for n in range(kids)]
seen = {
    "drawn": drawn,
    "at index": [
        pdfium.FPDF_StructElement_GetMarkedContentIdAtIndex(paragraph, n) for n in range(count)
    ],
    "of children": [piece for piece in of_kids if piece >= 0],
}
expected = {
    "drawn": [0, 1, 2, 3, 4],
    "at index": [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 0, 1],
    "of children": [0, 1, 2, 3, 4],
}
print(seen)
sys.exit(seen != expected)
PY

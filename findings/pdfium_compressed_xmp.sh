#!/bin/sh
# pypdfium2 (PDFium) saves a file whose XMP packet is compressed: the packet becomes noise.
#
# Expected: open and save without a change keeps every stream, filter and data together.
# Happens: PDFium writes the metadata stream without its /Filter entry but leaves the deflated
# bytes as they are. The page reads as before; the XMP packet is lost, and with it the title and
# the PDF/UA claim.
# Why it matters: a compressed packet is allowed in PDF/UA. A print step that opens and saves
# handouts with PDFium turns accessible files into files that claim nothing, with no message.
#
# Seen 2026-11-30 with typst 0.15.0, pypdf 7.1.1, pypdfium2 5.15.2, pikepdf 10.18.0,
# page-validation 0.11.0:
#   before: filter /FlateDecode, readable, compliant; after: no filter, not readable, and the
#   checker reports PDFUA1-ID-PART-001
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet typst==0.15.0 pypdf==7.1.1 pypdfium2==5.15.2 pikepdf==10.18.0 \
    page-validation==0.11.0
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import page
import pikepdf
import pypdf
import pypdfium2
import typst
from pypdf.generic import NameObject

names = ("typst", "pypdf", "pypdfium2", "pikepdf", "page-validation")
print(*(f"{name} {version(name)}" for name in names), sep=", ")
with open("plan.typ", "w") as source:
    source.write(
        '#set document(title: "Plan")\n#set text(lang: "en")\n= Plan\nWalk for ten minutes.\n'
    )
typst.compile("plan.typ", output="plan.pdf", format="pdf", pdf_standards="ua-1")
writer = pypdf.PdfWriter(clone_from="plan.pdf")
packet = writer.root_object["/Metadata"].get_object().flate_encode()
writer.root_object[NameObject("/Metadata")] = writer._add_object(packet)
writer.write("before.pdf")
pdf = pypdfium2.PdfDocument("before.pdf")
pdf.save("after.pdf")
pdf.close()


def look(path):
    """The filter of the packet, whether it reads as XMP, and the rules the file breaks."""
    with pikepdf.open(path) as pdf:
        packet = pdf.Root.Metadata
        filter_name = str(packet.get("/Filter", "none"))
        readable = packet.read_bytes().startswith(b"<?xpacket")
    broken = {each.rule_id for each in page.validate_pdf(path, profile="ua1").failures}
    return filter_name, readable, "PDFUA1-ID-PART-001" in broken


seen = {"before": look("before.pdf"), "after": look("after.pdf")}
expected = {"before": ("/FlateDecode", True, False), "after": ("none", False, True)}
print(seen)
sys.exit(seen != expected)
PY

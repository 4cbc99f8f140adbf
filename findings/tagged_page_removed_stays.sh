#!/bin/sh
# Taking a page out of a tagged PDF: its text stays in the file behind the tags.
#
# Expected: after `del pdf.pages[1]` and a save the page is gone, for pikepdf writes only the
# objects that can still be reached; from an untagged file it is gone.
# Happens: each element of the structure tree names the page that it stands on, so the removed
# page is still reachable and is written again, with its content. Putting the object back into
# the page list shows the text.
# Why it matters: somebody takes the page with personal notes off a handout before passing it
# on. The page list shows one page; the notes travel along. Accessible files are the ones hit.
#
# Seen 2026-11-30 with typst 0.15.0, pikepdf 10.18.0, pypdf 7.1.1:
#   tagged: 1 page shown, 2 page objects, text of the removed page readable;
#   untagged: 1 page shown, 1 page object, text gone
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet typst==0.15.0 pikepdf==10.18.0 pypdf==7.1.1
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import pikepdf
import pypdf
import typst

print(*(f"{name} {version(name)}" for name in ("typst", "pikepdf", "pypdf")), sep=", ")
with open("plan.typ", "w") as source:
    source.write(
        '#set document(title: "Plan")\n#set text(lang: "en")\n'
        "= Plan\nWalk for ten minutes.\n#pagebreak()\n= Notes\nOnly for the record.\n"
    )
typst.compile("plan.typ", output="plan.pdf", format="pdf", pdf_standards="ua-1")
with pikepdf.open("plan.pdf") as pdf:
    del pdf.Root.Outlines  # bookmarks name pages too; they are not the point here
    pdf.save("tagged.pdf")
    del pdf.Root.StructTreeRoot
    pdf.save("untagged.pdf")


def remains(path):
    """Pages shown, page objects in the file, and whether the removed text can be read."""
    with pikepdf.open(path) as pdf:
        listed = {sheet.objgen for sheet in pdf.pages}
        sheets = [
            each
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Page"
        ]
        shown = len(listed)
        for each in sheets:
            if each.objgen not in listed:
                pdf.pages.append(pikepdf.Page(each))
        pdf.save("again.pdf")
    text = "".join(sheet.extract_text() for sheet in pypdf.PdfReader("again.pdf").pages)
    return shown, len(sheets), "for the record" in text


seen = {}
for kind in ("tagged", "untagged"):
    with pikepdf.open(f"{kind}.pdf") as pdf:
        del pdf.pages[1]
        pdf.save("short.pdf")
    seen[kind] = remains("short.pdf")
expected = {"tagged": (1, 2, True), "untagged": (1, 1, False)}
print(seen)
sys.exit(seen != expected)
PY

#!/bin/sh
# emboss-pdf: the brand font as its README writes it is not embedded, in a file that says PDF/UA.
#
# Expected: the README's BrandKit(body_font="Emboss Sans"), with the bundled fonts registered as
# it says, sets the text in Source Sans 3 and embeds it; an unknown family is an error.
# Happens: the text is set in Helvetica without a font in the file, and without a word. The alias
# is known in small letters only ("emboss sans"); any other name falls back in the same way. The
# metadata say PDF/UA-1 all the same, which asks for embedded fonts.
# Why it matters: the page looks different on every printer, letters outside WinAnsi are lost,
# and a checker refuses a file that claims to be accessible. It is also some twenty times as
# fast, for no font is cut: a benchmark measures something else.
#
# Seen 2026-11-30 with emboss-pdf 1.3.1, pikepdf 10.18.0:
#   "Emboss Sans": Helvetica, not embedded; "emboss sans": SourceSans3, embedded; both PDF/UA
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet emboss-pdf==1.3.1 pikepdf==10.18.0
venv/bin/python - <<'PY'
import io
import sys
from importlib.metadata import version

import pikepdf
from emboss import BrandKit, Document
from emboss.bundled_fonts import register_bundled_fonts

print(*(f"{name} {version(name)}" for name in ("emboss-pdf", "pikepdf")), sep=", ")


def told(family):
    """What the file says: fonts, are they embedded, does it claim PDF/UA."""
    brand = BrandKit(
        name="Acme", version="2.1", primary="1f4e79", accent="1f8a70",
        heading_font=family, body_font=family,
    )
    document = Document(title="Report", brand=brand)
    register_bundled_fonts(document.fonts)
    document.paragraph("Walk a little each day.")
    with pikepdf.open(io.BytesIO(document.render())) as pdf:
        fonts = {
            str(font.BaseFont).split("+")[-1].strip("/"): "/DescendantFonts" in font
            for font in pdf.pages[0].Resources.Font.values()
        }
        return fonts, b"pdfuaid:part" in pdf.Root.Metadata.read_bytes()


seen = {name: told(name) for name in ("Emboss Sans", "emboss sans")}
for name, (fonts, claims) in seen.items():
    print(f"{name}: embedded {fonts}, claims PDF/UA {claims}")
is_so = (
    not any(seen["Emboss Sans"][0].values())
    and all(seen["emboss sans"][0].values())
    and all(claims for _, claims in seen.values())
)
sys.exit(not is_so)
PY

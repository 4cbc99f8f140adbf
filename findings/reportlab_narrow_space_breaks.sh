#!/bin/sh
# reportlab: the narrow no-break space lets a dose break over two lines.
#
# Expected: U+202F NARROW NO-BREAK SPACE holds "400" and "mg" together as U+00A0 does; it
# is the same promise with a narrower gap, made for numbers and units.
# Happens: U+00A0 holds; U+202F is taken as a space between words: the line breaks there, and
# where both parts share a line an ordinary wide space stands in its place.
# Why it matters: "400" at a line end and "mg" on the next is the classic way to misread a
# dose or a distance, though the author asked for no break.
#
# Seen 2026-11-30 with reportlab 5.1.0, width 45 pt:
#   U+00A0: ["take", "400\xa0mg"]; U+202F: ["take 400", "mg"]
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet reportlab==5.1.0
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

print("reportlab", version("reportlab"))
style = ParagraphStyle("plain", fontName="Helvetica", fontSize=10)


def lines(space, width):
    """The lines of "take 400 mg" with this character before the unit."""
    paragraph = Paragraph(f"take 400{space}mg", style)
    paragraph.wrap(width, 1000)
    return [" ".join(words) for _, words in paragraph.blPara.lines]


seen = {
    "U+00A0": lines("\u00a0", 45),
    "U+202F": lines("\u202f", 45),
    "U+202F, wide": lines("\u202f", 200),
}
expected = {"U+00A0": ["take", "400\u00a0mg"], "U+202F": ["take 400", "mg"], "U+202F, wide": ["take 400 mg"]}
print(seen)
sys.exit(seen != expected)
PY

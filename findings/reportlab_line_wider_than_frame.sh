#!/bin/sh
# reportlab: a left-aligned paragraph sets lines that are wider than the width it was given.
#
# Expected: Paragraph.wrap(width) breaks so that no line is wider than `width`; only justified
# text may rely on spaces that shrink.
# Happens: the style's `spaceShrinkage` is 0.05, and a line may be too wide by that share of
# its spaces' natural width. That suits justified text, where spaces can be drawn narrower; the
# breaker does so for left-aligned text as well, and the line sticks out.
# Why it matters: text at the right edge of a box runs over its border, or under the trimmed
# edge of a small sheet; tests that compare wrap()'s answer with the box see nothing, for the
# answer is the width that was asked for.
#
# Seen 2026-11-30 with reportlab 5.1.0, Helvetica 10 pt, widths from 120 to 399 pt:
#   widest overrun 1.94 pt (width 316 pt); with spaceShrinkage=0: none
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet reportlab==5.1.0
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

from reportlab.lib.enums import TA_LEFT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Paragraph

print("reportlab", version("reportlab"))
text = (
    "Walk on flat ground for ten minutes and stop when the pain in your back rises above four "
    "of ten, then rest and try again the next day with less."
)


def overrun(**settings):
    """The widest overrun in points and the width at which it stands."""
    style = ParagraphStyle("plain", fontName="Helvetica", fontSize=10, alignment=TA_LEFT, **settings)
    worst = (0.0, None)
    for width in range(120, 400):
        paragraph = Paragraph(text, style)
        told, _ = paragraph.wrap(width, 1000)
        assert told == width
        for _, words in paragraph.blPara.lines:
            over = round(stringWidth(" ".join(words), "Helvetica", 10) - width, 2)
            worst = max(worst, (over, width), key=lambda pair: pair[0])
    return worst


seen = {"default": overrun(), "spaceShrinkage=0": overrun(spaceShrinkage=0)}
expected = {"default": (1.94, 316), "spaceShrinkage=0": (0.0, None)}
print(seen)
sys.exit(seen != expected)
PY

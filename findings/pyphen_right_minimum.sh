#!/bin/sh
# pyphen, alone and inside reportlab, breaks off two letters where its dictionary says three.
#
# Expected: the dictionary file that pyphen ships for US English states RIGHTHYPHENMIN 3 in
# its head, so no word is broken with two letters left for the next line.
# Happens: pyphen drops that line of the file and uses 2 unless the caller says otherwise.
# reportlab passes nothing on, so a paragraph with embedded hyphenation prints "dai-" / "ly".
# Why it matters: two-letter remains slow down poor readers, which is whom a handout in large
# print with narrow columns is for.
#
# Seen 2026-11-30 with pyphen 0.18.1, reportlab 5.1.0:
#   dictionary: 3; pyphen "dai-ly"; with right=3 "daily"; reportlab at some width: "dai-"
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet reportlab==5.1.0 pyphen==0.18.1
venv/bin/python - <<'PY'
import re
import sys
from importlib.metadata import version

import pyphen
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

print(*(f"{name} {version(name)}" for name in ("pyphen", "reportlab")), sep=", ")
head = pyphen.LANGUAGES["en_US"].read_text()[:500]
style = ParagraphStyle(
    "narrow",
    fontName="Helvetica",
    fontSize=10,
    hyphenationLang="en_US",
    embeddedHyphenation=1,
    hyphenationMinWordLength=5,
)


def line_ends():
    """The words that end a line of this paragraph at any width from 40 to 119 pt."""
    found = set()
    for width in range(40, 120):
        paragraph = Paragraph("Walk daily and rest early.", style)
        paragraph.wrap(width, 1000)
        for line in paragraph.blPara.lines:
            words = line[1] if isinstance(line, tuple) else line.words
            found.add(str(words[-1]))
    return found


seen = {
    "dictionary": re.search(r"^RIGHTHYPHENMIN (\d)", head, re.M).group(1),
    "pyphen": pyphen.Pyphen(lang="en_US").inserted("daily"),
    "pyphen, right=3": pyphen.Pyphen(lang="en_US", right=3).inserted("daily"),
    "reportlab breaks": "dai-" in line_ends(),
}
expected = {"dictionary": "3", "pyphen": "dai-ly", "pyphen, right=3": "daily", "reportlab breaks": True}
print(seen)
sys.exit(seen != expected)
PY

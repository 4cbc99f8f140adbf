#!/bin/sh
# pint: a pace, a height and a mixed number as people write them are read as products.
#
# Expected: text that is not a quantity in pint's grammar raises an error, as "11 st 4 lb" does.
# Happens: what stands side by side is multiplied. "6:15 min/km" is 6 times 15 and becomes
# 90 min/km; 5'10" becomes the plain number 50; "8 1/2 km" becomes 4 km.
# Why it matters: runners type their pace with a colon and distances with halves. The result
# has the right unit and a wrong size, and halving a distance is inside every plausible range.
#
# Seen 2026-11-30 with Pint 0.25.3:
#   6:15 min/km -> 90 minute / kilometer; 5'10" -> 50; 8 1/2 km -> 4 kilometer;
#   11 st 4 lb -> UndefinedUnitError
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet Pint==0.25.3
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import pint

print("Pint", version("Pint"))
units = pint.UnitRegistry()


def read(text):
    """Size and unit that the registry reads, or the name of its error."""
    try:
        quantity = units(text)
    except (pint.PintError, ValueError) as error:
        return type(error).__name__
    return float(quantity.magnitude), str(quantity.units)


seen = {text: read(text) for text in ("6:15 min/km", "5'10\"", "8 1/2 km", "11 st 4 lb")}
expected = {"6:15 min/km": (90.0, "minute / kilometer"), "5'10\"": (50.0, "dimensionless"), "8 1/2 km": (4.0, "kilometer"), "11 st 4 lb": "UndefinedUnitError"}
print(seen)
sys.exit(seen != expected)
PY

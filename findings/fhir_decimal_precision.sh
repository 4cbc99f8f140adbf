#!/bin/sh
# fhir.resources keeps decimals as Decimal and still loses their last zeros and digits.
#
# Expected: FHIR says that the precision of a decimal carries meaning and is to be kept (7.10
# is not 7.1). The library has Python's Decimal in its models, which could keep it.
# Happens: reading JSON goes through a float before the Decimal is made (7.10 becomes 7.1, and
# the 19th digit is gone); writing goes through a float again, so even a Decimal("7.10") set
# by hand leaves as 7.1.
# Why it matters: laboratory and measuring values state how exactly they were measured by
# their digits. A copy that went through this library claims another precision, and a
# signature or hash over the text no longer fits.
#
# Seen 2026-11-30 with fhir.resources 8.3.0 (R4B), fhir-core 1.1.12, pydantic 2.14.4:
#   read 7.10 -> 7.1; read 0.1234567890123456789 -> 0.12345678901234568;
#   set Decimal("7.10"), written -> 7.1
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet fhir.resources==8.3.0 fhir-core==1.1.12 pydantic==2.14.4
venv/bin/python - <<'PY'
import re
import sys
from decimal import Decimal
from importlib.metadata import version

from fhir.resources.R4B.observation import Observation

names = ("fhir.resources", "fhir-core", "pydantic")
print(*(f"{name} {version(name)}" for name in names), sep=", ")
text = (
    '{"resourceType": "Observation", "status": "final", "code": {"text": "distance"},'
    ' "valueQuantity": {"value": %s, "unit": "km"}}'
)


def read(number):
    """The number as it stands in the model after reading."""
    return str(Observation.model_validate_json(text % number).valueQuantity.value)


observation = Observation.model_validate_json(text % "1")
observation.valueQuantity.value = Decimal("7.10")
assert isinstance(observation.valueQuantity.value, Decimal)
written = re.search(r'"value": ?([^,}]+)', observation.model_dump_json()).group(1)
seen = {
    "read 7.10": read("7.10"),
    "read 19 digits": read("0.1234567890123456789"),
    "write 7.10": written,
}
expected = {"read 7.10": "7.1", "read 19 digits": "0.12345678901234568", "write 7.10": "7.1"}
print(seen)
sys.exit(seen != expected)
PY

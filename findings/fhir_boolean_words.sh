#!/bin/sh
# fhir.resources takes words and numbers for a FHIR boolean, and "F" or 0 becomes a clear no.
#
# Expected: a library that refuses unknown keys and wrong types takes only true and false for
# valueBoolean, as the FHIR JSON format allows nothing else.
# Happens: "off", "F", "N", "no", "0" and 0 all become False, "on", "t" and 1 become True;
# "unsure" and 2 are refused. The written resource then holds a sound false.
# Why it matters: a sender's slip (F for "female" in the wrong column, N for "not asked", 0
# for "no entry") becomes a safe-looking answer to a question about warning signs.
#
# Seen 2026-11-30 with fhir.resources 8.3.0 (R4B), fhir-core 1.1.12, pydantic 2.14.4:
#   False: off, F, N, no, "0", 0; True: on, t, 1; refused: unsure, 2
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet fhir.resources==8.3.0 fhir-core==1.1.12 pydantic==2.14.4
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

names = ("fhir.resources", "fhir-core", "pydantic")
print(*(f"{name} {version(name)}" for name in names), sep=", ")


def read(value):
    """The boolean that the library makes of this JSON value, or "refused"."""
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "item": [{"linkId": "night_pain", "answer": [{"valueBoolean": value}]}],
    }
    try:
        return QuestionnaireResponse.model_validate(response).item[0].answer[0].valueBoolean
    except ValueError:
        return "refused"


seen = [(value, read(value)) for value in ("off", "F", "N", "no", "0", 0, "on", "t", 1, "unsure", 2)]
expected = [("off", False), ("F", False), ("N", False), ("no", False), ("0", False), (0, False), ("on", True), ("t", True), (1, True), ("unsure", "refused"), (2, "refused")]
print(seen)
sys.exit(seen != expected)
PY

#!/bin/sh
# fhirpathpy: an answer that the patient declined to give compares as false, not as nothing.
#
# Expected: an answer that holds only `_valueBoolean` with a data-absent-reason has no value,
# so `answer.value = true` gives the empty collection, as FHIRPath gives wherever one side is
# missing.
# Happens: with the R4 model `answer.value` shows as empty, yet `= true` gives false and so
# does `.not()`: a declined answer is neither true nor its opposite, and the first test says
# the same as for a plain "no". Without a model even a given "yes" is empty.
# Why it matters: "Do you lose feeling around the saddle?" - "I would rather not say" comes out
# of a rule engine as "no".
#
# Seen 2026-11-30 with fhirpathpy 2.2.4 (value; value = true; value.not()):
#   yes [True] [True] [False]; no [False] [False] [True]; declined [] [False] [False];
#   yes, no model: [] [] []
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv venv
venv/bin/pip install --quiet fhirpathpy==2.2.4
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

from fhirpathpy import evaluate
from fhirpathpy.models import models

print("fhirpathpy", version("fhirpathpy"))
reason = {
    "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
    "valueCode": "asked-declined",
}
answers = {
    "yes": {"valueBoolean": True},
    "no": {"valueBoolean": False},
    "declined": {"_valueBoolean": {"extension": [reason]}},
}


def results(answer, model):
    """The value of this answer, whether it is true, and its opposite."""
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "item": [{"linkId": "saddle", "answer": [answer]}],
    }
    value = "QuestionnaireResponse.item.answer.value"
    return [
        evaluate(response, path, None, model)
        for path in (value, f"{value} = true", f"{value}.not()")
    ]


seen = {name: results(answer, models["r4"]) for name, answer in answers.items()}
seen["yes, no model"] = results(answers["yes"], None)
expected = {"yes": [[True], [True], [False]], "no": [[False], [False], [True]], "declined": [[], [False], [False]], "yes, no model": [[], [], []]}
print(seen)
sys.exit(seen != expected)
PY

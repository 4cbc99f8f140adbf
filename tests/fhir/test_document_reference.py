"""The guide as a DocumentReference: right for each release, with both texts in it."""

import base64
import json
from datetime import date

import pytest
from fhir.resources.documentreference import DocumentReference as R5
from fhir.resources.R4B.documentreference import DocumentReference as R4B

from backguide.fhir.document_reference import Guide, document_reference

MODEL = {"R4": R4B, "R5": R5}


def guide(*, is_final: bool = False, response_id: str = "r1") -> Guide:
    return Guide(
        pdf=b"%PDF-1.7 \xe2",
        note="Given: 1234-ABCD.",
        code="1234-ABCD",
        issued_on=date(2026, 11, 23),
        language="en",
        is_final=is_final,
        subject="Patient/4",
        response_id=response_id,
    )


@pytest.mark.parametrize("release", ["R4", "R5"])
@pytest.mark.parametrize("response_id", ["r1", ""])
def test_the_library_of_the_release_takes_it(release: str, response_id: str) -> None:
    content = document_reference(guide(response_id=response_id), release)  # type: ignore[arg-type]
    read = MODEL[release].model_validate_json(content)
    data = json.loads(content)
    assert json.loads(read.model_dump_json()) == data
    first, second = (part["attachment"] for part in data["content"])
    assert first["contentType"] == "application/pdf"
    assert base64.b64decode(first["data"]) == guide().pdf
    assert base64.b64decode(second["data"]).decode() == guide().note
    assert data["subject"] == {"reference": "Patient/4"}
    assert ("context" in data) == (release == "R4" and bool(response_id))


def test_what_r4_says_fails_in_r5_so_it_is_left_out() -> None:
    with pytest.raises(ValueError, match="context"):
        R5.model_validate_json(document_reference(guide(), "R4"))


def test_only_what_somebody_approved_is_final() -> None:
    for is_final, status in ((False, "preliminary"), (True, "final")):
        data = json.loads(document_reference(guide(is_final=is_final), "R4"))
        assert data["docStatus"] == status

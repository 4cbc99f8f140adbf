"""Write a finished guide as a FHIR DocumentReference, R4 or R5.

In:   the PDF, the note for the record, and what the page says of itself.
Out:  the resource as JSON, with both in it.
Pure: no files, no clock. The PDF is ``content[0]``, the note ``content[1]``.
"""

import base64
import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from backguide.fhir.form import BASE
from backguide.fhir.questionnaire import Release

CODE_SYSTEM: Final = f"{BASE}/guide-code"
"""Of the code that stands on each page of a guide."""
TYPE_WORDS: Final = "Patient guide: running and the back"


@dataclass(frozen=True, slots=True)
class Guide:
    """What goes into the record."""

    pdf: bytes
    note: str
    code: str
    """That stands on each page."""
    issued_on: date
    language: str
    is_final: bool
    """True when somebody has approved it; else it is a draft."""
    subject: str = ""
    """Reference to the person, as the response had it (``Patient/4``)."""
    response_id: str = ""
    """Id of the QuestionnaireResponse, or empty."""


def document_reference(guide: Guide, release: Release) -> bytes:
    """Return the DocumentReference as the bytes of a JSON file.

    R4 may say in ``context`` which response the guide was made from; R5 has no such
    place, and wants encounters there.
    """
    resource: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "identifier": [{"system": CODE_SYSTEM, "value": guide.code}],
        "status": "current",
        "docStatus": "final" if guide.is_final else "preliminary",
        "type": {"text": TYPE_WORDS},
    }
    if guide.subject:
        resource["subject"] = {"reference": guide.subject}
    resource["content"] = [
        _content("application/pdf", guide.pdf, "Guide", guide),
        _content("text/plain; charset=utf-8", guide.note.encode(), "Note", guide),
    ]
    if release == "R4" and guide.response_id:
        reference = f"QuestionnaireResponse/{guide.response_id}"
        resource["context"] = {"related": [{"reference": reference}]}
    return f"{json.dumps(resource, indent=1, ensure_ascii=False)}\n".encode()


def _content(kind: str, data: bytes, title: str, guide: Guide) -> dict[str, Any]:
    return {
        "attachment": {
            "contentType": kind,
            "language": guide.language,
            "data": base64.b64encode(data).decode("ascii"),
            "title": title,
            "creation": guide.issued_on.isoformat(),
        }
    }

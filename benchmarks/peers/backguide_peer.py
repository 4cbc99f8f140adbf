"""backguide itself: from the bytes of a profile to a verified, tagged handout."""

import gc
import json
from datetime import date
from pathlib import Path
from typing import Any

from backguide import making
from backguide.guidance.library import Library, load_library
from backguide.making import Options, make_handout
from backguide.profile.load import profile_from_bytes
from backguide.resources import templates_root

BASE = Path(__file__).parents[2] / "profiles" / "half-marathon-runner.json"
OPTIONS = Options(issued_on=date(2026, 11, 23), program_version="benchmark")
LONG = Options(issued_on=date(2026, 11, 23), program_version="benchmark", length="full",
               large_print="giant")  # fmt: skip
SHORT = Options(
    issued_on=date(2026, 11, 23), program_version="benchmark", length="short"
)
NOTE_WORDS = 120
"""Words in a paragraph of the attached note that lengthens a handout."""
NOTE_LETTERS = 90
"""Letters of the note for each section that a peer's document has more."""
NOTE_MOST = 30_000
KEPT: dict[str, Library] = {}


def prepare(*, is_verified: bool = True) -> None:
    """Read the content once; without verification only to see what it costs."""
    KEPT["library"] = load_library(templates_root())
    gc.freeze()  # as a worker of a batch does
    if not is_verified:
        making.verify = lambda *_, **__: None  # type: ignore[assignment]


def profile_of(fields: dict[str, Any], size: tuple[int, int]) -> bytes:
    """Return a profile with the numbers of a made-up person.

    Args:
        fields: From ``document.profile``.
        size: (18, 6) for the usual handout; fewer sections for a short one, more for
            one in giant print with a long note of the clinic.
    """
    raw = json.loads(BASE.read_text("utf-8"))
    raw["profile_id"] = fields["number"]
    raw["person"]["age_years"] = fields["age"]
    raw["person"]["sitting_h_day"] = fields["sitting"]
    raw["symptoms"]["nrs_now"] = fields["score"] % 4
    if size[0] > 18:
        raw["mode"] = "clinic"
        raw["person"]["first_name"] = fields["name"]
        count = min(NOTE_MOST, (size[0] - 18) * NOTE_LETTERS) // 600
        text = " ".join(["word"] * NOTE_WORDS)
        raw["clinic"] = {
            "clinician_name": "Test Person", "clinician_role": "Physiotherapist",
            "attached_note": "\n".join([text] * max(count, 1)),
        }  # fmt: skip
    return json.dumps(raw).encode("utf-8")


def render(fields: dict[str, Any], size: tuple[int, int]) -> bytes:
    """Return the PDF of a profile."""
    return render_profile(profile_of(fields, size), size)


def render_profile(content: bytes, size: tuple[int, int] = (18, 6)) -> bytes:
    """Return the PDF of a profile's bytes."""
    profile = profile_from_bytes(content, "benchmark")
    options = OPTIONS
    if size[0] != 18:
        options = LONG if size[0] > 18 else SHORT
    return make_handout(profile, KEPT["library"], options).pdf

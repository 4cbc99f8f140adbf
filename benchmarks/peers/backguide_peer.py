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
NOTE_WORDS = 120
"""Words in a paragraph of the attached note that lengthens a handout."""
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
        size: (18, 6) for the usual handout; anything else for one of other length,
            made by the clinic's own note.
    """
    raw = json.loads(BASE.read_text("utf-8"))
    raw["profile_id"] = fields["number"]
    raw["person"]["age_years"] = fields["age"]
    raw["person"]["sitting_h_day"] = fields["sitting"]
    raw["symptoms"]["nrs_now"] = fields["score"] % 4
    if size != (18, 6):
        raw["mode"] = "clinic"
        text = " ".join(["word"] * NOTE_WORDS)
        raw["clinic"] = {"attached_note": "\n".join([text] * (size[0] - 18))[:30_000]}
    return json.dumps(raw).encode("utf-8")


def render(fields: dict[str, Any], size: tuple[int, int]) -> bytes:
    """Return the PDF of a profile."""
    return render_profile(profile_of(fields, size), size)


def render_profile(content: bytes, size: tuple[int, int] = (18, 6)) -> bytes:
    """Return the PDF of a profile's bytes."""
    profile = profile_from_bytes(content, "benchmark")
    options = OPTIONS if size == (18, 6) else LONG
    return make_handout(profile, KEPT["library"], options).pdf

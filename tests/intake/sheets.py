"""Question sheets for tests, made once, and ways to fill them in."""

from datetime import date
from functools import cache
from typing import Any

from backguide.guidance.library import Library, load_library
from backguide.intake.fields import Settings, plan_of
from backguide.intake.sheet import Print, Sheet, make_sheet
from backguide.resources import templates_root

ISSUED_ON = date(2026, 12, 1)
VARIANTS: dict[str, tuple[Settings, dict[str, Any]]] = {
    "a4": (Settings(), {"ink": "colour"}),
    "a4-gb": (Settings(locale="en-GB", units="mi"), {"ink": "saver"}),
    "letter-clinic": (Settings("clinic", locale="en-US"), {}),
    "full": (Settings(is_full=True), {}),
    "large": (Settings("clinic", units="km"), {"large_print": "large"}),
    "giant-full": (Settings(is_full=True), {"large_print": "giant"}),
}  # fmt: skip


@cache
def library() -> Library:
    """The built-in content, parsed once."""
    return load_library(templates_root())


@cache
def sheet(name: str = "a4") -> Sheet:
    """Return the finished sheet of a variant."""
    settings, options = VARIANTS[name]
    printed = Print(ISSUED_ON, "1.2.3", **options)
    return make_sheet(plan_of(settings), library(), printed)

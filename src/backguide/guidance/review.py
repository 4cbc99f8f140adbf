"""Which parts of the content a clinician has reviewed, and which are due again.

Reviewed is what names a reviewer (``reviewed_by``) and a day (``reviewed_on``) that is
not before the day of writing (``written_on``): a text changed after its review counts
as not reviewed. Where the head also holds the state that was read (``reviewed_state``,
which ``content review --accept`` writes), any later change counts, whether or not
somebody thought of the day of writing. Overdue is what has a ``review_by`` before
today.
"""

import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from backguide.guidance.content_file import ContentFile
from backguide.guidance.library import Library

RULE_FILES: Final = (
    "conditions.toml",
    "triage.toml",
    "thresholds.toml",
    "plan.toml",
    "exercise_picker.toml",
)
"""Files without text of their own that decide about every handout; the page-one file
of the language, ``main-message.toml``, counts with them."""


STATE_DIGITS: Final = 12
_REVIEW_LINE: Final = re.compile(
    r"^(?:reviewed_by|reviewed_on|reviewed_state|review_by) *=.*\n?", re.MULTILINE
)


def state_of(text: str) -> str:
    r"""Return the state of a file: first digits of the SHA-256 of its text.

    Who reviewed it, when, and when it is due again make no difference.

        >>> state_of('a = 1') == state_of('reviewed_by = "A. Test"\na = 1')
        True
    """
    bare = _REVIEW_LINE.sub("", text)
    return hashlib.sha256(bare.encode("utf-8")).hexdigest()[:STATE_DIGITS]


@dataclass(frozen=True, slots=True)
class ReviewState:
    """Names of sections ("shoes"), exercises ("X05") and rule files ("plan.toml")."""

    unreviewed: tuple[str, ...]
    """No clinician has reviewed them as they stand now."""
    overdue: tuple[str, ...]
    """They were due for a review before today."""

    @property
    def is_clear(self) -> bool:
        """Tell whether everything is reviewed and nothing is overdue."""
        return not self.unreviewed and not self.overdue


def review_state(
    library: Library, today: date, only: Collection[str] | None = None
) -> ReviewState:
    """Return what is unreviewed or overdue on a day.

    Args:
        library: The content.
        today: The day that counts.
        only: Names of sections and exercises to look at; None for all of them. The
            rule files are always looked at.
    """
    unreviewed, overdue = [], []
    for name, file in _reviewable(library, only):
        if not is_reviewed(file):
            unreviewed.append(name)
        due = day_in(file, "review_by")
        if due is not None and due < today:
            overdue.append(name)
    return ReviewState(tuple(unreviewed), tuple(overdue))


def is_reviewed(file: ContentFile) -> bool:
    """Tell whether a clinician reviewed the file after its last writing."""
    reviewed = day_in(file, "reviewed_on")
    written = day_in(file, "written_on")
    if reviewed is None or not file.table.get("reviewed_by"):
        return False
    read = file.table.get("reviewed_state")
    if read and read != state_of(file.text):
        return False
    return written is not None and written <= reviewed


def day_in(file: ContentFile, key: str) -> date | None:
    """Return a day of the head of a file, or None when it holds none."""
    value = file.table.get(key)
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _reviewable(
    library: Library, only: Collection[str] | None
) -> Iterator[tuple[str, ContentFile]]:
    for items in (library.sections, library.exercises):
        for name, item in items.items():
            if only is None or name in only:
                yield name, item.file
    message = f"{library.language}/main-message.toml"
    for file in library.files:
        if file.name in RULE_FILES or file.name == message:
            yield file.name.rpartition("/")[2], file

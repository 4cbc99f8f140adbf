"""Say whether content may go out to many: reviewed by a clinician, and not overdue."""

from datetime import date
from typing import ClassVar, Final

from backguide.errors import BackguideError, ExitCode
from backguide.guidance.library import Library
from backguide.guidance.review import ReviewState, review_state

ALLOWING: Final = "--allow-unreviewed"
_NAMED: Final = 3


class ContentNotReviewed(BackguideError):
    """A batch would hand out texts that nobody has reviewed, or not lately."""

    exit_code: ClassVar[ExitCode] = ExitCode.CONTENT_INVALID


def review_note(library: Library, today: date) -> str:
    """Return what is unreviewed or overdue in one sentence; empty when nothing is."""
    state = review_state(library, today)
    return "" if state.is_clear else f"The content is not cleared: {_told(state)}"


def require_review(library: Library, today: date, *, is_allowed: bool) -> str:
    """Return what somebody allowed to go out all the same; empty when all is clear.

    Raises:
        ContentNotReviewed: Something is not clear, and nobody allowed it.
    """
    note = review_note(library, today)
    if not note or is_allowed:
        return note
    raise ContentNotReviewed(
        f"{note}.\n"
        "A batch makes handouts only from content that a clinician has reviewed.\n"
        "Do one of these:\n"
        "  have the files reviewed; the clinician then writes reviewed_by, reviewed_on "
        "and review_by at their head (backguide content check counts what is open)\n"
        f"  or take the responsibility: add {ALLOWING}. Each handout then says that "
        "its text is not reviewed, and manifest and report record it"
    )


def _told(state: ReviewState) -> str:
    parts = []
    for names, words in (
        (state.unreviewed, "not reviewed by a clinician as they stand"),
        (state.overdue, "overdue for their next review"),
    ):
        if names:
            first = ", ".join(names[:_NAMED])
            more = ", ..." if len(names) > _NAMED else ""
            are = "file is" if len(names) == 1 else "files are"
            parts.append(f"{len(names)} {are} {words} ({first}{more})")
    return "; ".join(parts)

"""Tell what in the content is not reviewed, and refuse it where a clinic wants that."""

from datetime import date
from typing import ClassVar, Final

from backguide.errors import BackguideError, ExitCode
from backguide.guidance.library import Library
from backguide.guidance.review import ReviewState, review_state

REQUIRING: Final = "--require-reviewed"
_NAMED: Final = 3


class ContentNotReviewed(BackguideError):
    """A batch would hand out texts that nobody has reviewed, or not lately."""

    exit_code: ClassVar[ExitCode] = ExitCode.CONTENT_INVALID


def review_note(library: Library, today: date) -> str:
    """Return what is unreviewed or overdue in one sentence; empty when nothing is."""
    state = review_state(library, today)
    return "" if state.is_clear else f"The content is not cleared: {_told(state)}"


def check_review(library: Library, today: date, *, is_required: bool) -> str:
    """Return what goes out unreviewed or overdue; empty when all is clear.

    Raises:
        ContentNotReviewed: Something is not clear, and the clinic requires it.
    """
    note = review_note(library, today)
    if not note or not is_required:
        return note
    raise ContentNotReviewed(
        f"{note}.\n"
        f"This batch makes handouts only from reviewed content ({REQUIRING}, or "
        "require_reviewed in the clinic file).\n"
        "Do one of these:\n"
        "  have the files reviewed; the clinician then writes reviewed_by, reviewed_on "
        "and review_by at their head (backguide content check counts what is open)\n"
        "  or take the requirement away; each handout then says that its text is not "
        "reviewed, and manifest and report record it"
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

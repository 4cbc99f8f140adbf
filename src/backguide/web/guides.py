"""The guide of a visit: made one at a time, and its pages as pictures."""

from collections.abc import Callable
from datetime import date
from threading import Lock
from typing import Final

from backguide.about import __version__
from backguide.clinic import Clinic
from backguide.guidance.by_hand import NOTHING_BY_HAND, ByHand
from backguide.guidance.library import Library
from backguide.interview.course import Course
from backguide.making import Made, Options, make_handout
from backguide.profile.load import profile_from_bytes
from backguide.verification.pages import read_pages
from backguide.verification.pictures import page_picture

_ONE_AT_A_TIME: Final = Lock()
"""Making takes the whole of one core."""


class Press:
    """Makes guides of answers, for one content and one clinic."""

    def __init__(
        self, library: Library, clinic: Clinic | None, today: Callable[[], date]
    ) -> None:
        """Settle what is the same for everybody."""
        self._library = library
        self._clinic = clinic
        self._today = today

    def make(
        self,
        course: Course,
        *,
        length: str,
        is_large: bool,
        approved_by: str = "",
        by_hand: ByHand = NOTHING_BY_HAND,
    ) -> Made:
        """Return the guide of somebody's answers, or the page in its place.

        Raises:
            ProfileError: The answers do not make a profile.
        """
        profile = profile_from_bytes(course.content(), "the answers")
        options = Options(
            issued_on=self._today(),
            program_version=__version__,
            length=length,
            large_print="large" if is_large else "",
            approved_by=approved_by,
            clinic=self._clinic,
            by_hand=by_hand,
        )
        with _ONE_AT_A_TIME:
            return make_handout(profile, self._library, options)

    def picture(self, made: Made, page: int) -> bytes:
        """Return a page, from 1, as the bytes of a PNG."""
        return page_picture(made.pdf, page)

    def texts(self, made: Made) -> tuple[str, ...]:
        """Return the words of each page, in reading order."""
        return tuple(page.text for page in read_pages(made.pdf).pages)

"""What is known of each browser, in memory only.

A visit is found by the random id in its cookie and by nothing else. It is forgotten
when its person is done, after half an hour without a request, and with the program.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock, RLock
from typing import Final

from backguide.guidance.by_hand import NOTHING_BY_HAND, ByHand
from backguide.interview.course import Course
from backguide.making import Made

IDLE_SECONDS: Final = 30 * 60
MOST_VISITS: Final = 1000
"""So many browsers at once; answers of one take some kilobytes, a guide some 100."""
_TOKEN_BYTES: Final = 32


class TooManyVisitsError(Exception):
    """There is no room for one more; nobody is put out for it."""


@dataclass(slots=True)
class Visit:
    """One browser and what its person has answered."""

    id: str
    token: str
    """Stands in each form of this visit; a post without it is refused."""
    last_seen: float
    """In seconds of the clock of the store."""
    is_let_in: bool = False
    """The access code was given, where one is needed."""
    course: Course | None = None
    shown: dict[str, str] = field(default_factory=dict)
    """For each amount, how it was understood, to be shown again in its field."""
    wants_more: bool | None = None
    news: list[str] = field(default_factory=list)
    """What the next page tells first."""
    made: Made | None = None
    length: str = ""
    is_large: bool = False
    pictures: dict[int, bytes] = field(default_factory=dict)
    approved_by: str = ""
    by_hand: ByHand = NOTHING_BY_HAND
    """What a clinician keeps and drops; it outlives a change of answers."""
    lock: RLock = field(default_factory=RLock)
    """Held for a whole request: two windows of one person take turns."""

    def unmake(self) -> None:
        """Forget the guide: the answers have changed."""
        self.made = None
        self.approved_by = ""
        self.pictures.clear()

    def has_token(self, given: str) -> bool:
        """Tell whether a post comes from a form of this visit."""
        return hmac.compare_digest(given.encode(), self.token.encode())


class Visits:
    """All visits. Nothing of them is ever written anywhere."""

    def __init__(
        self, clock: Callable[[], float], *, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        """Begin with none.

        Args:
            clock: Seconds that only go forward.
            idle_seconds: After so long without a request a visit is forgotten.
        """
        self._clock = clock
        self._idle = idle_seconds
        self._visits: dict[str, Visit] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many are known now."""
        return len(self._visits)

    def find(self, id_: str) -> Visit | None:
        """Return the visit of a cookie, and note that it is there."""
        self.forget_idle()
        with self._lock:
            visit = self._visits.get(id_)
            if visit is not None:
                visit.last_seen = self._clock()
            return visit

    def new(self) -> Visit:
        """Return a new visit.

        Raises:
            TooManyVisitsError: There are as many as there may be.
        """
        self.forget_idle()
        with self._lock:
            if len(self._visits) >= MOST_VISITS:
                self._forget_one_without_answers()
            visit = Visit(
                id=secrets.token_urlsafe(_TOKEN_BYTES),
                token=secrets.token_urlsafe(_TOKEN_BYTES),
                last_seen=self._clock(),
            )
            self._visits[visit.id] = visit
            return visit

    def _forget_one_without_answers(self) -> None:
        empty = [v for v in self._visits.values() if v.course is None]
        if not empty:
            raise TooManyVisitsError
        del self._visits[min(empty, key=lambda visit: visit.last_seen).id]

    def forget(self, visit: Visit) -> None:
        """Forget a visit and everything in it."""
        with self._lock:
            self._visits.pop(visit.id, None)

    def forget_idle(self) -> None:
        """Forget whoever has not been seen for too long."""
        oldest = self._clock() - self._idle
        with self._lock:
            for visit in [v for v in self._visits.values() if v.last_seen <= oldest]:
                del self._visits[visit.id]

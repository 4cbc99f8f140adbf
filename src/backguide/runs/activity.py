"""One activity of a runner, as far as its source can be trusted."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import Enum
from typing import Final

FIRST_YEAR: Final = 2000
"""A start before it comes from a clock that was never set."""
LAST_YEAR: Final = 2199
"""A time after it is no time, and sums with it would overflow."""


_MOST: Final = 1e9
"""No amount of metres, seconds or steps is larger; infinite ones are none."""


class Sport(Enum):
    """What an activity was, by its own words."""

    RUN = "run"
    OTHER = "other"
    UNKNOWN = "unknown"
    """Nothing in the file says it; only the runner can."""


class Form(Enum):
    """Formats, the most trusted first; of two records of one run the first counts."""

    FIT = "FIT"
    TCX = "TCX"
    APPLE = "Apple Health"
    GARMIN = "Garmin CSV"
    STRAVA = "Strava CSV"
    GPX = "GPX"


class Doubt(Enum):
    """What of an activity may be wrong; ``summary`` says it in words."""

    BROKEN = "broken"
    """The file ends early or does not fit its checksum; what could be read is used."""
    CLOCK = "clock"
    """The clock was never set, or its times contradict the timer: it has no day."""
    FROM_POINTS = "from points"
    """The distance stands nowhere, or contradicts the points: theirs is used."""
    NO_DISTANCE = "no distance"
    IMPLAUSIBLE = "implausible"
    """A distance that nobody runs in that time, such as a ride home."""
    FROM_TRACK = "from track"
    """A distance along GPS positions; 1 to 3 % off."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity."""

    sport: Sport
    form: Form
    source: str
    """Where it stands, for messages: the name of a file."""
    start: datetime | None = None
    """With a zone; without one it is the time on the runner's own clock. None when the
    clock cannot be believed."""
    has_local_day: bool = False
    """True when the zone of ``start`` is that of the runner."""
    km: float | None = None
    minutes: float | None = None
    """Time in motion."""
    steps_per_min: float | None = None
    distance_of_open_unit: float | None = None
    """Kilometres or miles, and nothing in the file says which."""
    doubts: tuple[Doubt, ...] = ()

    def local_start(self, zone: tzinfo | None) -> datetime:
        """Return the time on the runner's clock, without a zone.

        Args:
            zone: Of the runner, where the file does not say it; None for that of this
                computer.
        """
        if self.start is None:
            raise ValueError("no start")
        if self.start.tzinfo is None:
            return self.start
        local = self.start if self.has_local_day else self.start.astimezone(zone)
        return local.replace(tzinfo=None)

    @property
    def needs_zone(self) -> bool:
        """Tell whether its day hangs on where the runner was."""
        start = self.start
        return start is not None and start.tzinfo is not None and not self.has_local_day


def steps_per_minute(cadences: list[float]) -> float | None:
    """Return steps of both feet a minute from cadences, whatever they count.

    A mean below 120 counts strides, which are two steps; up to 240 it counts steps.
    """
    moving = [cadence for cadence in cadences if cadence > 0]
    if not moving:
        return None
    mean = sum(moving) / len(moving)
    if mean < 120:
        return 2 * mean
    return mean if mean <= 240 else None


def at_offset(moment: datetime, offset: timedelta) -> datetime:
    """Return a moment as a clock shows it that is ahead of UTC by the offset."""
    return moment.astimezone(timezone(offset))


def is_believable(moment: datetime) -> bool:
    """Tell whether a clock was set at all."""
    return FIRST_YEAR <= moment.year <= LAST_YEAR


def from_iso(text: str) -> datetime | None:
    """Return the time of an XML file; None when it is none."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if 1 < moment.year <= LAST_YEAR else None


def amount_of(text: str | None) -> float | None:
    """Return an amount that an XML file says; None below 0, or when it is no number."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < _MOST else None


def in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC; one without a zone is taken to be in it."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def believed_start(
    told: datetime | None, doubts: list[Doubt]
) -> tuple[datetime | None, bool]:
    """Return when a track began, and whether that tells the local day.

    A clock that was never set joins the doubts. A time in UTC, or without an offset,
    tells no local day.
    """
    if told is None or not is_believable(told):
        doubts.append(Doubt.CLOCK)
        return None, False
    if told.utcoffset():
        return told, True
    return in_utc(told), False

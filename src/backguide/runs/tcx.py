"""Read TCX: activities of laps of points.

An own small reader, because the libraries at hand lose what runs indoors, take the zone
off a time, or put two activities together.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from backguide.runs.activity import (
    Activity,
    Doubt,
    Form,
    Sport,
    amount_of,
    believed_start,
    from_iso,
    in_utc,
    steps_per_minute,
)
from backguide.runs.guarded_xml import GuardedXmlError, elements, local_name
from backguide.runs.track import Point, counted_km, moving_minutes, track_km
from backguide.runs.words import is_run
from backguide.unpacking import Stream

_WANTED: Final = frozenset({"Activity", "Lap", "Trackpoint"})
_MOST_APART: Final = 0.02
"""Laps and points that differ by more do not tell of the same distance."""
_LEAST_OF_MOVING: Final = 0.8
_MOST_OF_ALL: Final = 1.02
"""A lap time is believed between these shares of the time in motion, and of all."""
_THIN: Final = 0.5
"""Points that span less of the lap time were thinned out, and contradict nothing."""
_PACES: Final = (2.5, 20.0)
"""Minutes for 1 km that laps must show to be believed without their points."""


class _Laps:
    """What is known of an activity while it is read."""

    def __init__(self, sport: str) -> None:
        self.sport = sport
        self.start: datetime | None = None
        self.metres = 0.0
        self.seconds = 0.0
        self.points: list[Point] = []
        self.cadences: list[float] = []

    def begin_lap(self, lap: Any) -> None:
        if self.start is None:
            self.start = from_iso(lap.get("StartTime") or "")

    def end_lap(self, lap: Any) -> None:
        self.metres += _number(lap, "DistanceMeters") or 0.0
        self.seconds += _number(lap, "TotalTimeSeconds") or 0.0

    def end_point(self, point: Any) -> None:
        time = from_iso(_text(point, "Time"))
        if time is None:
            return
        if self.start is None:
            self.start = time
        latitude = longitude = None
        for place in point:
            if local_name(place) == "Position":
                latitude = _degrees(place, "LatitudeDegrees")
                longitude = _degrees(place, "LongitudeDegrees")
        distance_m = _number(point, "DistanceMeters")
        second = in_utc(time).timestamp()
        self.points.append(Point(second, latitude, longitude, distance_m))
        if cadence := _cadence(point):
            self.cadences.append(cadence)


def read_tcx(body: Stream, source: str) -> Iterator[Activity]:
    """Yield the activities of a TCX file; planned courses are none.

    A file that breaks off gives what stands before the break, marked as broken.
    """
    laps: _Laps | None = None
    try:
        for event, name, element in elements(body, _WANTED):
            if name == "Activity" and event == "start":
                laps = _Laps(element.get("Sport") or "")
            elif laps is None:
                continue
            elif name == "Activity":
                yield _activity(laps, source)
                laps = None
            elif name == "Lap":
                (laps.begin_lap if event == "start" else laps.end_lap)(element)
            elif event == "end":
                laps.end_point(element)
    except GuardedXmlError:
        if laps is None or not laps.points:
            raise
        yield _activity(laps, source, Doubt.BROKEN)


def _activity(laps: _Laps, source: str, *found: Doubt) -> Activity:
    doubts = list(found)
    km, of_points = laps.metres / 1000, counted_km(laps.points)
    if not of_points and (of_points := track_km([laps.points])) and not km:
        doubts.append(Doubt.FROM_TRACK)
    if (
        of_points
        and abs(km - of_points) > _MOST_APART * of_points
        and not _are_thin(laps)
    ):
        km = of_points
        if Doubt.FROM_TRACK not in doubts:
            doubts.append(Doubt.FROM_POINTS)
    if not km:
        doubts.append(Doubt.NO_DISTANCE)
    start, has_local_day = believed_start(laps.start, doubts)
    # A treadmill's file has points without a position: they count like any other.
    return Activity(
        sport=_sport(laps.sport),
        form=Form.TCX,
        source=source,
        start=start,
        has_local_day=has_local_day,
        km=km or None,
        minutes=_minutes(laps),
        steps_per_min=steps_per_minute(laps.cadences),
        doubts=tuple(doubts),
    )


def _sport(name: str) -> Sport:
    if is_run(name):
        return Sport.RUN
    return Sport.OTHER if name else Sport.UNKNOWN


def _minutes(laps: _Laps) -> float | None:
    """Return the time of the laps, unless the points contradict it."""
    told = laps.seconds / 60
    moving = moving_minutes(laps.points)
    if moving is None or _are_thin(laps):
        return told or None
    lasted = (laps.points[-1].second - laps.points[0].second) / 60
    is_sound = (
        moving * _LEAST_OF_MOVING <= told <= max(lasted * _MOST_OF_ALL, lasted + 1)
    )
    return told if told and is_sound else moving


def _are_thin(laps: _Laps) -> bool:
    """Tell whether the file keeps a few points only, and sound sums."""
    if not laps.points or not laps.metres:
        return False
    lasted_s = laps.points[-1].second - laps.points[0].second
    slow, fast = reversed(_PACES)
    pace = laps.seconds / 60 / (laps.metres / 1000)
    return lasted_s < _THIN * laps.seconds and fast <= pace <= slow


def _cadence(point: Any) -> float | None:
    """Return the cadence of a point; that of the extension is meant for running."""
    plain = _number(point, "Cadence")
    for part in point:
        if local_name(part) == "Extensions":
            for inner in part.iter():
                if local_name(inner) == "RunCadence":
                    return amount_of(inner.text) or plain
    return plain


def _text(element: Any, name: str) -> str:
    for part in element:
        if local_name(part) == name:
            return str(part.text or "")
    return ""


def _number(element: Any, name: str) -> float | None:
    return amount_of(_text(element, name))


def _degrees(element: Any, name: str) -> float | None:
    try:
        return float(_text(element, name))
    except ValueError:
        return None

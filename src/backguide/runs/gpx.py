"""Read GPX; the only owner of gpxpy.

gpxpy reads the points only: its moving time leaves stops at one place out of both
sums, and its distance counts height. The distance here is that of the positions, 1 to
3 % off.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import gpxpy
from gpxpy.gpx import GPXException, GPXTrack

from backguide.runs.activity import (
    LAST_YEAR,
    Activity,
    Doubt,
    Form,
    Sport,
    amount_of,
    believed_start,
    in_utc,
    steps_per_minute,
)
from backguide.runs.guarded_xml import GuardedXmlError, local_name
from backguide.runs.track import Point, moving_minutes, track_km
from backguide.runs.words import is_run
from backguide.unpacking import Stream

_CADENCE: Final = frozenset({"cad", "cadence", "RunCadence"})
_NEW_RUN_S: Final = 30 * 60
"""Tracks that lie closer together are parts of one run."""


class _Track:
    """Points of one activity: one track, or several that follow each other."""

    def __init__(self, track: GPXTrack) -> None:
        self.sports: set[str] = {str(track.type)} if track.type else set()
        self.start: datetime | None = None
        self.segments: list[list[Point]] = []
        self.cadences: list[float] = []
        for segment in track.segments:
            points = []
            for point in segment.points:
                if point.time is None or not 1 < point.time.year <= LAST_YEAR:
                    continue
                self.start = self.start or point.time
                second = in_utc(point.time).timestamp()
                points.append(Point(second, point.latitude, point.longitude))
                self.cadences += _cadences(point.extensions)
            if points:
                self.segments.append(points)

    @property
    def minutes(self) -> float | None:
        """Time in motion; like the distance, nothing between two segments."""
        found = [moving_minutes(segment) for segment in self.segments]
        known = [minutes for minutes in found if minutes is not None]
        return sum(known) if known else None

    def follows(self, other: "_Track") -> bool:
        gap = self.segments[0][0].second - other.segments[-1][-1].second
        return abs(gap) < _NEW_RUN_S

    def add(self, other: "_Track") -> None:
        self.sports |= other.sports
        self.segments += other.segments
        self.cadences += other.cadences


def read_gpx(body: Stream, source: str) -> Iterator[Activity]:
    """Yield the activities of a GPX file; a planned route without times is none.

    Raises:
        GuardedXmlError: It is no sound GPX.
    """
    try:
        content = gpxpy.parse(body.read())
    except (GPXException, ValueError, TypeError, AttributeError, LookupError):
        raise GuardedXmlError("it is not sound GPX, or ends early") from None
    joined: list[_Track] = []
    for track in map(_Track, content.tracks):
        if not track.segments:
            continue
        if joined and track.follows(joined[-1]):
            joined[-1].add(track)
        else:
            joined.append(track)
    for track in joined:
        yield _activity(track, source)


def _activity(track: _Track, source: str) -> Activity:
    # The time in the metadata is that of the export, so the first point's counts.
    km = track_km(track.segments)
    doubts = [Doubt.FROM_TRACK if km else Doubt.NO_DISTANCE]
    start, has_local_day = believed_start(track.start, doubts)
    return Activity(
        sport=_sport(track.sports),
        form=Form.GPX,
        source=source,
        start=start,
        has_local_day=has_local_day,
        km=km or None,
        minutes=track.minutes,
        steps_per_min=steps_per_minute(track.cadences),
        doubts=tuple(doubts),
    )


def _sport(names: set[str]) -> Sport:
    if not names:
        return Sport.UNKNOWN
    return Sport.RUN if all(map(is_run, names)) else Sport.OTHER


def _cadences(extensions: list[Any]) -> Iterator[float]:
    for extension in extensions:
        for element in extension.iter():
            is_cadence = local_name(element) in _CADENCE
            if is_cadence and (cadence := amount_of(element.text)):
                yield cadence

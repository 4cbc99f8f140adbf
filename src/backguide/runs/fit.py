"""Read FIT files; the only owner of fitdecode.

The session is the run: its timer and its distance are what the watch showed. Records
serve where it has none, and for the steps a minute. Speeds are never read: an empty one
comes as 65.535 m/s, and newer watches fill another field.
"""

import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fitdecode import FitDataMessage, FitError, FitReader

from backguide.runs.activity import (
    Activity,
    Doubt,
    Form,
    Sport,
    at_offset,
    is_believable,
    steps_per_minute,
)
from backguide.runs.track import Point, counted_km, moving_minutes, track_km

_FILE_ID, _SPORT, _SESSION, _RECORD, _ACTIVITY = 0, 12, 18, 20, 34
_NUMBERS: Final = frozenset({_FILE_ID, _SPORT, _SESSION, _ACTIVITY})
_RECORD_FIELDS: Final = frozenset(
    {"timestamp", "distance", "position_lat", "position_long", "cadence",
     "fractional_cadence"}
)  # fmt: skip
_DEGREES_PER_SEMICIRCLE: Final = 180 / 2**31
_NOT_A_SPORT: Final = ("transition", "generic", None)
_LOCAL_IS_UTC: Final = ("coros", "tomtom")
"""Makers whose watches write UTC where the local time belongs."""
_MOST_OFFSET_S: Final = 14 * 3600
_QUARTER_S: Final = 900
_DAY_S: Final = 86_400
MOST_SESSIONS: Final = 100
"""In one file; more are no watch's doing, and each is held against all records."""
_UNREADABLE: Final = (
    FitError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError,
    ValueError, struct.error,
)  # fmt: skip
"""What the library raises of a file that is not sound."""


@dataclass(frozen=True, slots=True)
class _Record:
    point: Point
    cadence: float | None
    """Of one foot, a minute."""


def read_fit(content: bytes, source: str) -> Iterator[Activity]:
    """Yield the activities of a FIT file, or of several that were joined into one.

    A file that breaks off gives what stands before the break, marked as broken.

    Raises:
        ValueError: It has more sessions than any watch writes.
    """
    messages: dict[int, list[dict[str, Any]]] = {number: [] for number in _NUMBERS}
    records: list[_Record] = []
    is_sound = True
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            with FitReader(content) as reader:
                for frame in reader:
                    if isinstance(frame, FitDataMessage):
                        _keep(frame, messages, records)
                        if _is_of_the_day(messages[_FILE_ID]):
                            return
        except _UNREADABLE:
            is_sound = False
    if any("CRC" in str(warning.message) for warning in told):
        is_sound = False
    doubts = () if is_sound else (Doubt.BROKEN,)
    yield from _activities(messages, records, source, doubts)


def _is_of_the_day(files: list[dict[str, Any]]) -> bool:
    """Tell whether a file is no activity by its own word, but sleep, a plan, settings.

    The archive of an account holds thousands of them, and decoding takes the time.
    """
    return len(files) == 1 and files[0].get("type") not in ("activity", None)


def _keep(
    frame: FitDataMessage,
    messages: dict[int, list[dict[str, Any]]],
    records: list[_Record],
) -> None:
    number = frame.global_mesg_num
    if number == _RECORD:
        record = _record(frame)
        if record is not None:
            records.append(record)
    elif number in _NUMBERS:
        fields: dict[str, Any] = {}
        for field in frame.fields:
            # A field of an app on the watch may have the name of one of the watch.
            fields.setdefault(field.name, field.value)
            if field.name in ("timestamp", "local_timestamp"):
                fields.setdefault(f"{field.name}_s", field.raw_value)
        messages[number].append(fields)


def _record(frame: FitDataMessage) -> _Record | None:
    found: dict[str, Any] = {}
    for field in frame.fields:
        name = field.name
        if name in _RECORD_FIELDS and name not in found:
            found[name] = field.value
    moment = found.get("timestamp")
    if not isinstance(moment, datetime):
        return None
    latitude = _number(found.get("position_lat"))
    longitude = _number(found.get("position_long"))
    cadence = _number(found.get("cadence"))
    if cadence is not None:
        cadence += _number(found.get("fractional_cadence")) or 0.0
    point = Point(
        moment.timestamp(),
        None if latitude is None else latitude * _DEGREES_PER_SEMICIRCLE,
        None if longitude is None else longitude * _DEGREES_PER_SEMICIRCLE,
        _number(found.get("distance")),
    )
    return _Record(point, cadence)


def _number(value: object) -> float | None:
    """Return a number; a list of them, which one device writes, is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _activities(
    messages: dict[int, list[dict[str, Any]]],
    records: list[_Record],
    source: str,
    doubts: tuple[Doubt, ...],
) -> Iterator[Activity]:
    if len(messages[_SESSION]) > MOST_SESSIONS:
        raise ValueError(f"it holds more than {MOST_SESSIONS} sessions")
    offset = _offset(messages)
    sessions = [s for s in messages[_SESSION] if s.get("sport") not in _NOT_A_SPORT]
    for session in sessions:
        yield _of_session(session, records, offset, source, doubts)
    if messages[_SESSION] or not records:
        return
    # The watch stopped before it wrote its sums: the points are sound all the same.
    sports = [message.get("sport") for message in messages[_SPORT]]
    session = {
        "sport": sports[0] if len(set(sports)) == 1 else None,
        "start_time": datetime.fromtimestamp(records[0].point.second, UTC),
    }
    broken = tuple(dict.fromkeys((*doubts, Doubt.BROKEN)))
    yield _of_session(session, records, offset, source, broken)


def _offset(messages: dict[int, list[dict[str, Any]]]) -> timedelta | None:
    """Return how far the runner's clock was ahead of UTC, if that can be believed."""
    for message in messages[_ACTIVITY]:
        utc, local = message.get("timestamp_s"), message.get("local_timestamp_s")
        if not isinstance(utc, int) or not isinstance(local, int):
            continue
        ahead = local - utc
        if abs(ahead) > _MOST_OFFSET_S or ahead % _QUARTER_S:
            continue
        makers = {str(m.get("manufacturer")) for m in messages[_FILE_ID]}
        if ahead == 0 and makers & set(_LOCAL_IS_UTC):
            continue
        return timedelta(seconds=ahead)
    return None


def _of_session(
    session: dict[str, Any],
    records: list[_Record],
    offset: timedelta | None,
    source: str,
    doubts: tuple[Doubt, ...],
) -> Activity:
    start, end = session.get("start_time"), session.get("timestamp")
    timer_s = _number(session.get("total_timer_time"))
    inside = _inside(records, start, end)
    points = [record.point for record in inside]
    minutes = moving_minutes(points) if timer_s is None else timer_s / 60
    found = [*doubts]
    metres = _number(session.get("total_distance"))
    km = None if metres is None else metres / 1000
    if not km:
        km = counted_km(points)
        found += [Doubt.FROM_POINTS] if km else []
    if not km:
        km = track_km([points])
        found += [Doubt.FROM_TRACK] if km else []
    if not km:
        found.append(Doubt.NO_DISTANCE)
    day = _believed(start, end, timer_s)
    if day is None:
        found.append(Doubt.CLOCK)
    elif offset is not None:
        day = at_offset(day, offset)
    sport = session.get("sport")
    return Activity(
        sport=Sport.RUN
        if sport == "running"
        else Sport.UNKNOWN
        if sport is None
        else Sport.OTHER,
        form=Form.FIT,
        source=source,
        start=day,
        has_local_day=offset is not None,
        km=km or None,
        minutes=minutes,
        steps_per_min=steps_per_minute([r.cadence for r in inside if r.cadence]),
        doubts=tuple(found),
    )


def _inside(records: list[_Record], start: object, end: object) -> list[_Record]:
    """Return the records of a session: a file may hold several."""
    first = start.timestamp() if isinstance(start, datetime) else None
    last = end.timestamp() if isinstance(end, datetime) else None
    return [
        record
        for record in records
        if (first is None or record.point.second >= first)
        and (last is None or record.point.second <= last)
    ]


def _believed(start: object, end: object, timer_s: float | None) -> datetime | None:
    """Return the start, unless the clock was not set or jumped by days."""
    if not isinstance(start, datetime) or not is_believable(start):
        return None
    if isinstance(end, datetime) and timer_s is not None:
        lasted_s = (end - start).total_seconds()
        if abs(lasted_s - timer_s) > _DAY_S:
            return None
    return start

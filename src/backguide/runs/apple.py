"""Read the export of Apple Health as a stream; it may have gigabytes."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from backguide.profile.facts import KM_PER_MILE
from backguide.runs.activity import (
    Activity,
    Doubt,
    Form,
    Sport,
    amount_of,
    is_believable,
    steps_per_minute,
)
from backguide.runs.guarded_xml import elements, local_name
from backguide.unpacking import Stream

_WANTED: Final = frozenset({"Workout", "ExportDate"})
_RUNNING: Final = "HKWorkoutActivityTypeRunning"
_DISTANCE: Final = "HKQuantityTypeIdentifierDistanceWalkingRunning"
_STEPS: Final = "HKQuantityTypeIdentifierStepCount"
_KM: Final = {"km": 1.0, "mi": KM_PER_MILE, "m": 0.001}
_MINUTES: Final = {"min": 1.0, "s": 1 / 60, "sec": 1 / 60, "hr": 60.0, "h": 60.0}


def read_apple(body: Stream, source: str) -> Iterator[Activity | date]:
    """Yield the workouts, and the day of the export: until then it covers every day.

    Raises:
        GuardedXmlError: It is not well formed; what was yielded before is sound.
    """
    for event, name, element in elements(body, _WANTED):
        if event != "end":
            continue
        if name == "Workout":
            yield _workout(element, source)
        elif moment := _moment(element.get("value")):
            yield moment.date()


def _workout(workout: Any, source: str) -> Activity:
    sums: dict[str, tuple[float | None, str | None]] = {}
    for part in workout:
        if local_name(part) == "WorkoutStatistics":
            kind = part.get("type") or ""
            sums[kind] = (amount_of(part.get("sum")), part.get("unit"))
    # Since iOS 16 the sums stand below the workout, before that in its own line.
    amount, unit = sums.get(
        _DISTANCE,
        (
            amount_of(workout.get("totalDistance")),
            workout.get("totalDistanceUnit") or "",
        ),
    )
    km = amount * _KM[unit] if amount and unit in _KM else None
    duration = amount_of(workout.get("duration"))
    share = _MINUTES.get(workout.get("durationUnit") or "min")
    minutes = duration * share if duration and share else None
    steps = sums.get(_STEPS, (None, ""))[0]
    cadence = steps / minutes if steps and minutes else None
    start = _moment(workout.get("startDate"))
    doubts = [] if km else [Doubt.NO_DISTANCE]
    if start is None or not is_believable(start):
        start = None
        doubts.append(Doubt.CLOCK)
    is_run = workout.get("workoutActivityType") == _RUNNING
    return Activity(
        sport=Sport.RUN if is_run else Sport.OTHER,
        form=Form.APPLE,
        source=source,
        start=start,
        has_local_day=True,
        km=km,
        minutes=minutes,
        steps_per_min=steps_per_minute([cadence]) if cadence else None,
        doubts=tuple(doubts),
    )


def _moment(text: str | None) -> datetime | None:
    """Return a time as Apple writes it: "2026-11-20 07:31:22 +0100"."""
    try:
        return datetime.strptime(text or "", "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return None

"""Small files as watches and services write them, made for the tests."""

import gzip
import io
import struct
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from backguide.runs.activity import Activity
from backguide.runs.files import Diary, read_runs

EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
START = datetime(2026, 11, 2, 6, 30, tzinfo=UTC)
"""A Monday."""
KM_PER_DEGREE = 111.319
"""Along the equator."""

# --- FIT ------------------------------------------------------------------------

_FORMS = {0x00: "B", 0x02: "B", 0x84: "H", 0x86: "I", 0x85: "i"}
_ENUM, _U8, _U16, _U32, _S32 = _FORMS
RUNNING, CYCLING, GENERIC, TRANSITION = 1, 2, 0, 3
GARMIN, TOMTOM, COROS = 1, 71, 294


def crc(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


Message = tuple[int, list[tuple[int, int, Any]]]
"""Number of the message; number, type and value of each field."""


def fit(*messages: Message, is_sound: bool = True) -> bytes:
    """Write a FIT file; each message brings its own definition."""
    body = b"".join(written(message) for message in messages)
    return wrapped(body, is_sound=is_sound)


def wrapped(body: bytes, *, is_sound: bool = True) -> bytes:
    head = struct.pack("<BBHI4s", 14, 0x10, 2132, len(body), b".FIT")
    data = head + struct.pack("<H", crc(head)) + body
    return data + struct.pack("<H", crc(data) if is_sound else crc(data) ^ 1)


def definition(message: Message, local: int = 0) -> bytes:
    number, fields = message
    content = struct.pack("<BBBHB", 0x40 | local, 0, 0, number, len(fields))
    for field, kind, value in fields:
        count = len(value) if isinstance(value, tuple) else 1
        content += bytes((field, count * struct.calcsize(_FORMS[kind]), kind))
    return content


def values(message: Message) -> bytes:
    content = b""
    for _, kind, value in message[1]:
        for one in value if isinstance(value, tuple) else (value,):
            content += struct.pack(f"<{_FORMS[kind]}", one)
    return content


def written(message: Message) -> bytes:
    return definition(message) + b"\0" + values(message)


def seconds(moment: datetime) -> int:
    return int((moment - EPOCH).total_seconds())


def file_id(maker: int = GARMIN) -> Message:
    return 0, [(0, _ENUM, 4), (1, _U16, maker)]


def sport(which: int = RUNNING) -> Message:
    return 12, [(0, _ENUM, which)]


def lap(km: float) -> Message:
    return 19, [(253, _U32, seconds(START)), (9, _U32, round(km * 100_000))]


def session(
    start: datetime = START,
    *,
    km: float | None = 8.0,
    timer_s: float | None = 2400,
    elapsed_s: float | None = None,
    which: int = RUNNING,
    cadence: int | None = None,
    more: Iterable[tuple[int, int, Any]] = (),
) -> Message:
    lasted = elapsed_s if elapsed_s is not None else (timer_s or 0)
    fields = [
        (253, _U32, seconds(start + timedelta(seconds=lasted))),
        (2, _U32, seconds(start)),
        (7, _U32, round(lasted * 1000)),
        (5, _ENUM, which),
    ]
    if timer_s is not None:
        fields.append((8, _U32, round(timer_s * 1000)))
    if km is not None:
        fields.append((9, _U32, round(km * 100_000)))
    if cadence is not None:
        fields.append((18, _U8, cadence))
    return 18, [*fields, *more]


def record(
    second: float,
    *,
    start: datetime = START,
    km: float | None = None,
    cadence: float | None = None,
    place: tuple[float, float] | None = None,
    more: Iterable[tuple[int, int, Any]] = (),
) -> Message:
    fields: list[tuple[int, int, Any]] = [
        (253, _U32, seconds(start + timedelta(seconds=second)))
    ]
    if place is not None:
        semicircles = [round(degrees * 2**31 / 180) for degrees in place]
        fields += [(0, _S32, semicircles[0]), (1, _S32, semicircles[1])]
    if km is not None:
        fields.append((5, _U32, round(km * 100_000)))
    if cadence is not None:
        whole = int(cadence)
        fields += [(4, _U8, whole), (53, _U8, round((cadence - whole) * 128))]
    return 20, [*fields, *more]


def activity(end: datetime, ahead: timedelta | None) -> Message:
    fields = [(253, _U32, seconds(end))]
    if ahead is not None:
        fields.append((5, _U32, seconds(end + ahead)))
    return 34, fields


# --- XML ------------------------------------------------------------------------


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def tcx_point(
    second: float,
    *,
    km: float | None = None,
    place: tuple[float, float] | None = None,
    cadence: int | None = None,
    run_cadence: int | None = None,
    start: datetime = START,
    time: str = "",
) -> str:
    text = f"<Time>{time or stamp(start + timedelta(seconds=second))}</Time>"
    if place:
        text += (
            f"<Position><LatitudeDegrees>{place[0]}</LatitudeDegrees>"
            f"<LongitudeDegrees>{place[1]}</LongitudeDegrees></Position>"
        )
    if km is not None:
        text += f"<DistanceMeters>{km * 1000}</DistanceMeters>"
    if cadence is not None:
        text += f"<Cadence>{cadence}</Cadence>"
    if run_cadence is not None:
        text += (
            '<Extensions><TPX xmlns="http://www.garmin.com/xmlschemas/'
            f'ActivityExtension/v2"><RunCadence>{run_cadence}</RunCadence></TPX>'
            "</Extensions>"
        )
    return f"<Trackpoint>{text}</Trackpoint>"


def tcx_lap(
    points: Iterable[str] = (), *, km: float, seconds: float, start: str = ""
) -> str:
    return (
        f'<Lap StartTime="{start or stamp(START)}"><TotalTimeSeconds>{seconds}'
        f"</TotalTimeSeconds><DistanceMeters>{km * 1000}</DistanceMeters>"
        f"<Track>{''.join(points)}</Track></Lap>"
    )


def tcx_activity(*laps: str, which: str = "Running") -> str:
    return f'<Activity Sport="{which}"><Id>x</Id>{"".join(laps)}</Activity>'


def tcx(*activities: str, before: str = "", head: str = "") -> bytes:
    return (
        f'{before}<?xml version="1.0" encoding="UTF-8"?>{head}\n'
        '<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/'
        f'TrainingCenterDatabase/v2"><Activities>{"".join(activities)}</Activities>'
        "</TrainingCenterDatabase>"
    ).encode()


def gpx_point(
    second: float,
    east_km: float,
    *,
    height_m: float | None = None,
    cadence: str = "",
    start: datetime = START,
    time: str = "",
) -> str:
    height = "" if height_m is None else f"<ele>{height_m}</ele>"
    time = time or stamp(start + timedelta(seconds=second))
    return (
        f'<trkpt lat="0" lon="{1 + east_km / KM_PER_DEGREE:.9f}">{height}'
        f"<time>{time}</time>{cadence}</trkpt>"
    )


def gpx_track(*segments: Iterable[str], kind: str = "running") -> str:
    name = f"<type>{kind}</type>" if kind else ""
    inner = "".join(f"<trkseg>{''.join(segment)}</trkseg>" for segment in segments)
    return f"<trk>{name}{inner}</trk>"


def gpx(*tracks: str, metadata: str = "", head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<gpx version="1.1" creator="x" '
        'xmlns="http://www.topografix.com/GPX/1/1" xmlns:gpxtpx="http://www.garmin.com/'
        'xmlschemas/TrackPointExtension/v1">'
        f"{metadata}{''.join(tracks)}</gpx>"
    ).encode()


APPLE_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 12 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Workout)*)>
<!ATTLIST HealthData
  locale CDATA #REQUIRED
<!ELEMENT ExportDate EMPTY>
<!ATTLIST ExportDate
  value CDATA #REQUIRED
>
]>
"""
"""The list of the first element is not closed, as in Apple's own exports."""


def apple_workout(
    start: str = "2026-11-02 07:31:22 +0100",
    *,
    kind: str = "Running",
    duration: str = 'duration="30" durationUnit="min"',
    distance: str = "",
    inner: str = "",
) -> str:
    return (
        f'<Workout workoutActivityType="HKWorkoutActivityType{kind}" {duration} '
        f'{distance} startDate="{start}" endDate="{start}">{inner}</Workout>'
    )


def apple_sum(kind: str, amount: object, unit: str) -> str:
    return (
        f'<WorkoutStatistics type="HKQuantityTypeIdentifier{kind}" sum="{amount}" '
        f'unit="{unit}"/>'
    )


def apple(*workouts: str, exported: str = "2026-11-20 09:00:00 +0100") -> bytes:
    day = f'<ExportDate value="{exported}"/>'
    inner = "".join(workouts)
    return f'{APPLE_HEAD}<HealthData locale="en_GB">{day}{inner}</HealthData>'.encode()


# --- archives and reading -------------------------------------------------------


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, one in files.items():
            archive.writestr(name, one)
    return content.getvalue()


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def diary_of(folder: Any, content: bytes, name: str = "file") -> Diary:
    path = folder / name
    path.write_bytes(content)
    return read_runs([path])


def read(folder: Any, content: bytes, name: str = "file") -> list[Activity]:
    diary = diary_of(folder, content, name)
    assert not diary.refused, diary.refused
    return list(diary.activities)

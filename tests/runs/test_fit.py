"""FIT files of real watches behave like these; each case was a wrong good guess."""

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backguide.runs.activity import Doubt, Sport
from runs.watch import (
    COROS,
    CYCLING,
    GARMIN,
    GENERIC,
    RUNNING,
    START,
    TOMTOM,
    TRANSITION,
    Message,
    activity,
    definition,
    diary_of,
    file_id,
    fit,
    lap,
    read,
    record,
    seconds,
    session,
    sport,
    values,
    wrapped,
)


def minute(number: float, **more: object) -> Message:
    return record(60 * number, **more)  # type: ignore[arg-type]


def test_a_run_is_its_session(tmp_path: Path) -> None:
    (run,) = read(tmp_path, fit(file_id(), session(km=8.2, timer_s=2460)))
    assert run.sport is Sport.RUN
    assert run.km == pytest.approx(8.2)
    assert run.minutes == pytest.approx(41)
    assert run.start == START
    assert run.doubts == ()


def test_each_session_is_an_activity_and_a_transition_is_none(tmp_path: Path) -> None:
    """Up to five sessions stood in one file, two of them runs."""
    after = [START + timedelta(hours=n) for n in range(5)]
    kinds = (CYCLING, TRANSITION, RUNNING, GENERIC, RUNNING)
    records = [record(60, start=s, cadence=80 + n) for n, s in enumerate(after)]
    sessions = [
        session(s, km=n + 1, which=kind)
        for n, (s, kind) in enumerate(zip(after, kinds, strict=True))
    ]
    found = read(tmp_path, fit(*records, *sessions))
    assert [(a.sport, a.km) for a in found] == [
        (Sport.OTHER, 1),
        (Sport.RUN, 3),
        (Sport.RUN, 5),
    ]
    assert [a.steps_per_min for a in found] == [160, 164, 168]


def test_the_sum_of_laps_is_never_the_distance(tmp_path: Path) -> None:
    content = fit(lap(5.5), lap(5.5), session(km=8.2))
    assert read(tmp_path, content)[0].km == pytest.approx(8.2)


def test_the_distance_of_the_records_inside_the_session(tmp_path: Path) -> None:
    """Records before the start, and those of another session, count nothing."""
    records = [record(s, km=km) for s, km in ((-60, 0.5), (0, 1), (60, 2), (2500, 9))]
    (run,) = read(tmp_path, fit(*records, session(km=None)))
    assert run.km == pytest.approx(1)
    assert run.doubts == (Doubt.FROM_POINTS,)


def test_the_distance_along_positions_comes_last(tmp_path: Path) -> None:
    """0,0 is no place, and a jump is no step."""
    places = [(0, 1), (0, 1.001), (0, 0), (10, 10), (0, 1.002)]
    records = [minute(n, place=place) for n, place in enumerate(places)]
    (run,) = read(tmp_path, fit(*records, session(km=None)))
    assert run.km == pytest.approx(0.111319, rel=0.001)
    assert run.doubts == (Doubt.FROM_TRACK,)
    (run,) = read(tmp_path, fit(session(km=0)))
    assert run.km is None
    assert run.doubts == (Doubt.NO_DISTANCE,)


def test_minutes_are_those_of_the_timer(tmp_path: Path) -> None:
    content = fit(session(timer_s=1830, elapsed_s=6634))
    assert read(tmp_path, content)[0].minutes == pytest.approx(30.5)


def test_minutes_without_a_timer_leave_pauses_out(tmp_path: Path) -> None:
    steps = ((0, 0), (300, 1), (900, 1.01), (1200, 2))
    records = [record(s, km=km) for s, km in steps]
    content = fit(*records, session(timer_s=None, elapsed_s=1200, km=2))
    assert read(tmp_path, content)[0].minutes == pytest.approx(10)


def test_steps_are_twice_the_cadence_of_records_in_motion(tmp_path: Path) -> None:
    """The mean of the session counts standing as well: 5 to 15 too low."""
    cadences = (84.5, 84.5, 0, 0)
    records = [minute(n, cadence=cadence) for n, cadence in enumerate(cadences)]
    (run,) = read(tmp_path, fit(*records, session(cadence=42)))
    assert run.steps_per_min == pytest.approx(169)
    (run,) = read(tmp_path, fit(minute(1), session(cadence=84)))
    assert run.steps_per_min is None


@pytest.mark.parametrize(
    ("cadence", "steps"), [(60, 120), (119, 238), (121, 121), (239, 239), (241, None)]
)
def test_what_a_cadence_counts(
    cadence: int, steps: float | None, tmp_path: Path
) -> None:
    """Below 120 it counts strides, up to 240 steps, and above nothing."""
    (run,) = read(tmp_path, fit(minute(1, cadence=cadence), session()))
    assert run.steps_per_min == steps


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("maker", "ahead", "believed"),
    [
        (GARMIN, HOUR, True),
        (GARMIN, -9.5 * HOUR, True),
        (GARMIN, timedelta(), True),
        (GARMIN, None, False),
        (GARMIN, timedelta(days=3), False),
        (GARMIN, 14.25 * HOUR, False),
        (GARMIN, HOUR + timedelta(seconds=7), False),
        (COROS, timedelta(), False),
        (TOMTOM, timedelta(), False),
        (COROS, HOUR, True),
    ],
)
def test_when_the_local_day_is_believed(
    maker: int, ahead: timedelta | None, believed: bool, tmp_path: Path
) -> None:
    end = START + timedelta(seconds=2400)
    (run,) = read(tmp_path, fit(file_id(maker), activity(end, ahead), session()))
    assert run.has_local_day is believed
    assert run.start == START
    if believed and ahead is not None:
        expected = (START + ahead).replace(tzinfo=None)
        assert run.local_start(None) == expected


def test_no_stored_speed_is_read(tmp_path: Path) -> None:
    """An empty one is 65.535 m/s; one device writes a list; others leave it out."""
    empty = (14, 0x84, 0xFFFF)
    several = (14, 0x84, (3000, 3100, 2900))
    for more in ([empty], [several], []):
        (run,) = read(tmp_path, fit(session(km=8, timer_s=2400, more=more)))
        assert run.minutes is not None
        assert run.km is not None
        assert run.minutes / run.km == pytest.approx(5)


def test_a_list_where_a_number_belongs_is_no_number(tmp_path: Path) -> None:
    more = [(9, 0x86, (800_000, 800_000))]
    records = [minute(0, km=0), minute(1, km=0.2)]
    (run,) = read(tmp_path, fit(*records, session(km=None, more=more)))
    assert run.km == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("start", "elapsed"),
    [
        (datetime(1990, 6, 1, tzinfo=UTC), 2400),  # seconds since it was switched on
        (datetime(1999, 12, 31, tzinfo=UTC), 2400),
        (START, 20 * 86_400),
    ],
)
def test_a_clock_that_cannot_be_believed(
    start: datetime, elapsed: float, tmp_path: Path
) -> None:
    """Never set, or a jump of 20 days in a run of 40 minutes."""
    (run,) = read(tmp_path, fit(session(start, timer_s=2400, elapsed_s=elapsed)))
    assert run.start is None
    assert Doubt.CLOCK in run.doubts


def test_a_long_run_over_night_is_believed(tmp_path: Path) -> None:
    (run,) = read(tmp_path, fit(session(timer_s=80_000, elapsed_s=90_000)))
    assert run.start == START


def test_a_file_without_a_session_gives_its_points(tmp_path: Path) -> None:
    records = [minute(n, km=0.2 * n, cadence=85) for n in range(31)]
    (run,) = read(tmp_path, fit(sport(), *records))
    assert run.sport is Sport.RUN
    assert (run.km, run.minutes) == (pytest.approx(6), pytest.approx(30))
    assert Doubt.BROKEN in run.doubts
    (run,) = read(tmp_path, fit(*records))
    assert run.sport is Sport.UNKNOWN


def test_a_wrong_checksum_is_told_and_costs_nothing(tmp_path: Path) -> None:
    (run,) = read(tmp_path, fit(session(km=8.2), is_sound=False))
    assert run.km == pytest.approx(8.2)
    assert run.doubts == (Doubt.BROKEN,)


def test_a_file_that_breaks_off_gives_what_is_there(tmp_path: Path) -> None:
    records = [minute(n, km=0.2 * n) for n in range(31)]
    content = fit(sport(), *records, session())
    (run,) = read(tmp_path, content[:-30])
    assert run.km == pytest.approx(6)
    assert Doubt.BROKEN in run.doubts


def test_times_in_compressed_heads_are_read(tmp_path: Path) -> None:
    """The maker's own library gives up at such a file."""
    begin = record(0, km=0, cadence=85)
    short: Message = (20, [(5, 0x86, 100_000), (4, 0x02, 85)])
    body = definition(begin) + b"\0" + values(begin) + definition(short, local=1)
    for step in range(1, 11):
        after = (seconds(START) + step) & 0x1F
        short = (20, [(5, 0x86, 1000 * step), (4, 0x02, 85)])
        body += bytes((0x80 | 1 << 5 | after,)) + values(short)
    one = session(km=None, timer_s=None, elapsed_s=30)
    body += definition(one) + b"\0" + values(one)
    (run,) = read(tmp_path, wrapped(body))
    assert run.km == pytest.approx(0.1)
    assert run.minutes == pytest.approx(10 / 60)
    assert run.steps_per_min == 170


def test_a_file_that_is_no_activity_is_left_at_its_first_word(
    tmp_path: Path,
) -> None:
    """Sleep and the day's steps lie in the same archive, thousands of them."""
    kind: Message = (0, [(0, 0x00, 32)])
    assert read(tmp_path, fit(kind, session())) == []
    unnamed: Message = (0, [(1, 0x84, GARMIN)])
    assert len(read(tmp_path, fit(unnamed, session()))) == 1


def test_two_files_joined_into_one(tmp_path: Path) -> None:
    later = START + timedelta(days=1)
    found = read(tmp_path, fit(session(km=5)) + fit(session(later, km=6)))
    assert [run.km for run in found] == [5, 6]


def test_a_definition_that_makes_no_sense_is_refused_softly(tmp_path: Path) -> None:
    broken = struct.pack("<BBBHB", 0x40, 0, 0, 20, 1) + bytes((253, 3, 0x86))
    assert read(tmp_path, wrapped(broken + b"\0\0\0\0")) == []


def test_more_sessions_than_any_watch_writes(tmp_path: Path) -> None:
    content = fit(*(session() for _ in range(101)))
    diary = diary_of(tmp_path, content)
    assert "more than 100 sessions" in diary.refused[0].message

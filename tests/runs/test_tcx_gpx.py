"""TCX and GPX files of real services behave like these."""

from datetime import timedelta
from pathlib import Path

import pytest

from backguide.runs.activity import Doubt, Sport
from runs.watch import (
    START,
    apple,
    apple_workout,
    diary_of,
    gpx,
    gpx_point,
    gpx_track,
    read,
    stamp,
    tcx,
    tcx_activity,
    tcx_lap,
    tcx_point,
)

# --- TCX ------------------------------------------------------------------------


def steady(km: float, minutes: int, **more: object) -> list[str]:
    """Return a point for each minute."""
    return [
        tcx_point(60 * n, km=km * n / minutes, **more)  # type: ignore[arg-type]
        for n in range(minutes + 1)
    ]


@pytest.mark.parametrize("which", ["Running", "running", "RUNNING"])
def test_a_run_in_any_case(which: str, tmp_path: Path) -> None:
    one = tcx_activity(tcx_lap(steady(5, 30), km=5, seconds=1800), which=which)
    other = tcx_activity(tcx_lap(km=20, seconds=3600), which="Biking")
    run, ride = read(tmp_path, tcx(one, other))
    assert (run.sport, ride.sport) == (Sport.RUN, Sport.OTHER)
    assert (run.km, run.minutes) == (5, 30)


def test_a_run_inside_a_session_of_several_sports(tmp_path: Path) -> None:
    run = tcx_activity(tcx_lap(km=5, seconds=1800))
    ride = tcx_activity(tcx_lap(km=20, seconds=3600), which="Biking")
    both = f"<FirstSport>{ride}</FirstSport><NextSport>{run}</NextSport>"
    found = read(tmp_path, tcx(f"<MultiSportSession>{both}</MultiSportSession>"))
    assert [(a.sport, a.km) for a in found] == [(Sport.OTHER, 20), (Sport.RUN, 5)]


def test_two_runs_stay_two(tmp_path: Path) -> None:
    later = stamp(START + timedelta(days=1))
    one = tcx_activity(tcx_lap(km=5, seconds=1800))
    two = tcx_activity(tcx_lap(km=7, seconds=2400, start=later))
    found = read(tmp_path, tcx(one, two))
    assert [(a.km, a.minutes) for a in found] == [(5, 30), (7, 40)]


def test_laps_that_contradict_the_points(tmp_path: Path) -> None:
    """1,999 m stood in the laps of a file whose points went 2,919 m."""
    points = steady(2.919, 18)
    (run,) = read(tmp_path, tcx(tcx_activity(tcx_lap(points, km=1.999, seconds=1080))))
    assert run.km == pytest.approx(2.919)
    assert run.doubts == (Doubt.FROM_POINTS,)
    (run,) = read(tmp_path, tcx(tcx_activity(tcx_lap(points, km=2.95, seconds=1080))))
    assert run.km == pytest.approx(2.95)


def test_points_that_begin_again_in_each_lap(tmp_path: Path) -> None:
    first = [tcx_point(60 * n, km=0.2 * n) for n in range(11)]
    second = [tcx_point(600 + 60 * n, km=0.2 * n) for n in range(1, 11)]
    laps = [tcx_lap(points, km=2, seconds=600) for points in (first, second)]
    (run,) = read(tmp_path, tcx(tcx_activity(*laps)))
    assert run.km == pytest.approx(4)
    assert run.doubts == ()


def test_lap_times_that_contradict_the_points(tmp_path: Path) -> None:
    points = steady(5, 30)
    for seconds in (600, 9000, 0):
        content = tcx(tcx_activity(tcx_lap(points, km=5, seconds=seconds)))
        assert read(tmp_path, content)[0].minutes == pytest.approx(30)


def test_a_few_points_contradict_nothing(tmp_path: Path) -> None:
    """A file was thinned out to three points, and kept sound sums."""
    points = [tcx_point(n, km=0.003 * n) for n in range(3)]
    content = tcx(tcx_activity(tcx_lap(points, km=6.16, seconds=2678)))
    (run,) = read(tmp_path, content)
    assert (run.km, run.minutes) == (pytest.approx(6.16), pytest.approx(2678 / 60))


def test_a_run_on_the_treadmill_keeps_its_points(tmp_path: Path) -> None:
    points = steady(3, 10, cadence=80)
    (run,) = read(tmp_path, tcx(tcx_activity(tcx_lap(points, km=3, seconds=600))))
    assert (run.km, run.minutes, run.steps_per_min) == (3, 10, 160)


def test_steps_of_either_field_above_zero(tmp_path: Path) -> None:
    plain = [tcx_point(n, cadence=c) for n, c in enumerate((84, 84, 0))]
    extended = [tcx_point(n, run_cadence=86, cadence=0) for n in range(3)]
    for points, steps in ((plain, 168), (extended, 172)):
        content = tcx(tcx_activity(tcx_lap(points, km=5, seconds=1800)))
        assert read(tmp_path, content)[0].steps_per_min == steps


def test_only_a_real_offset_tells_the_day(tmp_path: Path) -> None:
    for time, is_local in (
        ("2026-11-02T23:30:00Z", False),
        ("2026-11-03T00:30:00+01:00", True),
        ("2026-11-02T23:30:00.000Z", False),
        ("2026-11-02T23:30:00", False),
    ):
        content = tcx(tcx_activity(tcx_lap(km=5, seconds=1800, start=time)))
        (run,) = read(tmp_path, content)
        assert run.has_local_day is is_local
        assert run.start is not None
        assert run.start.timestamp() == 1793662200


def test_blanks_before_the_declaration(tmp_path: Path) -> None:
    """Strava writes ten of them, and XML allows none."""
    content = tcx(tcx_activity(tcx_lap(km=5, seconds=1800)), before=" " * 10)
    assert read(tmp_path, content)[0].km == 5


def test_a_planned_course_is_no_run(tmp_path: Path) -> None:
    inner = tcx_lap(steady(5, 30), km=5, seconds=1800)
    content = tcx().replace(
        b"<Activities></Activities>", f"<Courses>{inner}</Courses>".encode()
    )
    assert read(tmp_path, content) == []


def test_a_tcx_that_breaks_off(tmp_path: Path) -> None:
    content = tcx(tcx_activity(tcx_lap(steady(5, 30), km=5, seconds=1800)))
    cut = content[: content.index(b"</Track>")]
    (run,) = read(tmp_path, cut)
    assert (run.km, run.minutes) == (pytest.approx(5), pytest.approx(30))
    assert Doubt.BROKEN in run.doubts


# --- GPX ------------------------------------------------------------------------


def east(km: float, minutes: int, **more: object) -> list[str]:
    return [
        gpx_point(60 * n, km * n / minutes, **more)  # type: ignore[arg-type]
        for n in range(minutes + 1)
    ]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("running", Sport.RUN),
        ("run", Sport.RUN),
        ("Run", Sport.RUN),
        ("9", Sport.RUN),
        ("trail_running", Sport.RUN),
        ("1", Sport.OTHER),
        ("cycling", Sport.OTHER),
        ("", Sport.UNKNOWN),
    ],
)
def test_what_a_track_is(kind: str, expected: Sport, tmp_path: Path) -> None:
    (found,) = read(tmp_path, gpx(gpx_track(east(5, 30), kind=kind)))
    assert found.sport is expected


def test_the_distance_along_positions(tmp_path: Path) -> None:
    """Flat, because heights add up to 10 %; nothing between two segments."""
    up_and_down = [gpx_point(60 * n, n / 6, height_m=80 * (n % 2)) for n in range(31)]
    far = [gpx_point(2400 + 60 * n, 50 + n / 6) for n in range(7)]
    (run,) = read(tmp_path, gpx(gpx_track(up_and_down, far)))
    assert run.km == pytest.approx(6, rel=0.001)
    assert run.doubts == (Doubt.FROM_TRACK,)


def test_no_step_is_faster_than_any_runner(tmp_path: Path) -> None:
    points = [gpx_point(n, 0.003 * n + (5 if n == 50 else 0)) for n in range(101)]
    (run,) = read(tmp_path, gpx(gpx_track(points)))
    assert run.km == pytest.approx(0.294, rel=0.005)


def test_gaps_without_movement_are_pauses(tmp_path: Path) -> None:
    """The library counts a stop at one place neither as stop nor as movement."""
    points = [gpx_point(s, km) for s, km in ((0, 0), (300, 1), (900, 1.0), (1200, 2))]
    (run,) = read(tmp_path, gpx(gpx_track(points)))
    assert run.minutes == pytest.approx(10)
    points = [gpx_point(s, s / 400) for s in (0, 30, 60, 90)]
    assert read(tmp_path, gpx(gpx_track(points)))[0].minutes == pytest.approx(1.5)


@pytest.mark.parametrize(("gap_min", "count"), [(5, 1), (29, 1), (31, 2)])
def test_tracks_are_several_runs_only_far_apart(
    gap_min: int, count: int, tmp_path: Path
) -> None:
    later = START + timedelta(minutes=30 + gap_min)
    tracks = [gpx_track(east(5, 30)), gpx_track(east(5, 30, start=later))]
    found = read(tmp_path, gpx(*tracks))
    assert len(found) == count
    assert sum(run.km or 0 for run in found) == pytest.approx(10, rel=0.001)
    assert sum(run.minutes or 0 for run in found) == pytest.approx(60, abs=0.1)


@pytest.mark.parametrize(
    "form",
    [
        "<gpxtpx:TrackPointExtension><gpxtpx:cad>{}</gpxtpx:cad>"
        "</gpxtpx:TrackPointExtension>",
        "<cadence>{}</cadence>",
        "<gpxtpx:RunCadence>{}</gpxtpx:RunCadence>",
    ],
)
def test_cadence_under_three_names(form: str, tmp_path: Path) -> None:
    points = [
        gpx_point(60 * n, n / 6, cadence=f"<extensions>{form.format(c)}</extensions>")
        for n, c in enumerate((84, 86, 0))
    ]
    assert read(tmp_path, gpx(gpx_track(points)))[0].steps_per_min == 170


def test_the_time_of_the_export_is_not_that_of_the_run(tmp_path: Path) -> None:
    metadata = "<metadata><time>2026-11-29T12:00:00Z</time></metadata>"
    (run,) = read(tmp_path, gpx(gpx_track(east(5, 30)), metadata=metadata))
    assert run.start == START
    assert not run.has_local_day


def test_a_real_offset_in_gpx_tells_the_day(tmp_path: Path) -> None:
    times = ("2026-11-03T00:30:00+01:00", "2026-11-03T01:00:00+01:00")
    points = [gpx_point(0, 5 * n, time=time) for n, time in enumerate(times)]
    (run,) = read(tmp_path, gpx(gpx_track(points)))
    assert run.local_start(None).isoformat() == "2026-11-03T00:30:00"


def test_a_route_without_times_is_no_run(tmp_path: Path) -> None:
    content = gpx(gpx_track(["<trkpt lat='0' lon='1'/>", "<trkpt lat='0' lon='2'/>"]))
    assert read(tmp_path, content) == []


def test_a_gpx_that_breaks_off_is_told(tmp_path: Path) -> None:
    diary = diary_of(tmp_path, gpx(gpx_track(east(5, 30)))[:-40])
    assert not diary.activities
    assert "ends early" in diary.refused[0].message


# --- both -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "time", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00", "soon"]
)
def test_times_that_cannot_be(time: str, tmp_path: Path) -> None:
    """Turned into another zone, the first and the last of days overflow."""
    inner = tcx_lap([tcx_point(0, km=0, time=time)], km=5, seconds=1800, start=time)
    for run in read(tmp_path, tcx(tcx_activity(inner))):
        assert run.start is None
    content = gpx(gpx_track([gpx_point(0, 0), gpx_point(60, 0.2, time=time)]))
    for run in diary_of(tmp_path, content).activities:
        assert run.start == START


@pytest.mark.parametrize("amount", ["nan", "inf", "-5", "1e300", "", "five"])
def test_amounts_that_cannot_be(amount: str, tmp_path: Path) -> None:
    content = tcx(tcx_activity(tcx_lap(km=5, seconds=1800)))
    assert b"5000" in content
    (run,) = read(tmp_path, content.replace(b"5000", amount.encode()))
    assert run.km is None
    workout = f'totalDistance="{amount}" totalDistanceUnit="km"'
    (run,) = read(tmp_path, apple(apple_workout(distance=workout)))
    assert run.km is None

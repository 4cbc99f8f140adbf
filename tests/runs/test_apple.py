"""The export of Apple Health, as its readers in public code know it."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from backguide.runs.activity import Doubt, Sport
from runs.watch import APPLE_HEAD, apple, apple_sum, apple_workout, diary_of, read


def test_the_sums_below_a_workout_come_first(tmp_path: Path) -> None:
    """Since iOS 16 they are there; the workout's own line has none then."""
    inner = apple_sum("DistanceWalkingRunning", 6.2, "km")
    old = 'totalDistance="5" totalDistanceUnit="km"'
    for workout in (
        apple_workout(inner=inner),
        apple_workout(distance=old, inner=inner),
    ):
        (run,) = read(tmp_path, apple(workout))
        assert (run.sport, run.km, run.minutes) == (Sport.RUN, 6.2, 30)
    (run,) = read(tmp_path, apple(apple_workout(distance=old)))
    assert run.km == 5


@pytest.mark.parametrize(
    ("amount", "unit", "km"),
    [(3.1, "mi", 4.98897), (5200, "m", 5.2), (5, "km", 5), (5, "furlong", None)],
)
def test_units_are_those_that_stand_there(
    amount: float, unit: str, km: float | None, tmp_path: Path
) -> None:
    inner = apple_sum("DistanceWalkingRunning", amount, unit)
    (run,) = read(tmp_path, apple(apple_workout(inner=inner)))
    assert run.km == (None if km is None else pytest.approx(km, abs=1e-4))
    assert run.doubts == (() if km else (Doubt.NO_DISTANCE,))


def test_minutes_have_a_unit_too(tmp_path: Path) -> None:
    for text in (
        'duration="1800" durationUnit="s"',
        'duration="0.5" durationUnit="hr"',
    ):
        assert read(tmp_path, apple(apple_workout(duration=text)))[0].minutes == 30


def test_steps_by_minutes(tmp_path: Path) -> None:
    inner = apple_sum("StepCount", 5100, "count")
    assert read(tmp_path, apple(apple_workout(inner=inner)))[0].steps_per_min == 170


def test_the_day_is_as_written(tmp_path: Path) -> None:
    (run,) = read(tmp_path, apple(apple_workout("2026-11-03 00:30:00 +0100")))
    assert run.has_local_day
    assert run.local_start(None).date() == date(2026, 11, 3)


def test_other_workouts_are_known_and_no_runs(tmp_path: Path) -> None:
    (walk,) = read(tmp_path, apple(apple_workout(kind="Walking")))
    assert walk.sport is Sport.OTHER


def test_it_covers_the_days_until_the_export(tmp_path: Path) -> None:
    assert diary_of(tmp_path, apple(apple_workout())).covered_until == date(
        2026, 11, 20
    )


def test_a_document_type_that_is_not_well_formed(tmp_path: Path) -> None:
    """Apple's own has a list that is not closed; strict readers stop there."""
    assert "#REQUIRED\n<!ELEMENT" in APPLE_HEAD
    assert len(read(tmp_path, apple(apple_workout()))) == 1


def test_what_stands_before_a_break_is_used(tmp_path: Path) -> None:
    content = apple(apple_workout(), apple_workout())
    diary = diary_of(tmp_path, content[: content.rindex(b"<Workout") + 30])
    assert len(diary.activities) == 1
    assert "ends early" in diary.refused[0].message


@pytest.mark.slow
def test_a_large_export_in_flat_memory(tmp_path: Path) -> None:
    """40 MB here; ``benchmarks/runs.py`` reads 300."""
    path = tmp_path / "export.xml"
    begin, end = apple(apple_workout(), "@@", apple_workout()).split(b"@@")
    line = (
        b'<Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Watch" unit="'
        b'count/min" startDate="2026-11-02 07:31:22 +0100" value="150"><MetadataEntry '
        b'key="HKMetadataKeyHeartRateMotionContext" value="2"/></Record>\n'
    )
    with path.open("wb") as file:
        file.write(begin)
        for _ in range(40):
            file.write(line * (1_000_000 // len(line)))
        file.write(end)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from backguide.runs.files import read_runs\n"
        "assert len(read_runs([Path(sys.argv[1])]).activities) == 2\n"
        # The peak of getrusage is at least that of whoever started the program.
        "told = Path('/proc/self/status')\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "own = [x for x in told.read_text().splitlines() if x.startswith('VmHWM')] "
        "if told.exists() else []\n"
        "print(int(own[0].split()[1]) if own else peak)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, check=True
    )
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * unit < 120e6

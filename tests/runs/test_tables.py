"""The lists of Strava and Garmin, in the forms that public code shows of them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from backguide.profile.facts import KM_PER_MILE
from backguide.runs.activity import Activity, Doubt, Sport
from backguide.runs.tables import in_unit
from runs.watch import diary_of, read

# --- Strava ---------------------------------------------------------------------

ENGLISH = (
    "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,"
    "Elapsed Time,Distance,Max Heart Rate,Relative Effort,Commute,Activity Private "
    "Note,Activity Gear,Filename,Athlete Weight,Bike Weight,Elapsed Time,Moving Time,"
    "Distance,Max Speed,Average Speed,Elevation Gain,Elevation Loss,Elevation Low,"
    "Elevation High,Max Grade,Average Grade,Average Positive Grade,Average Negative "
    "Grade,Max Cadence,Average Cadence,Max Heart Rate,Relative Effort,Commute"
)
OLD = ENGLISH.replace("Max Heart Rate,Relative Effort,Commute,Activity Private Note,",
                      "Relative Effort,Commute,")  # fmt: skip
CZECH = (
    "ID aktivity,Datum aktivity,Název aktivity,Typ aktivity,Popis aktivity,"
    "Uplynulý čas,Vzdálenost,Maximální tepová frekvence,Relativní úsilí,Dojíždění,"
    "Soukromá poznámka,Vybavení,Název souboru,Hmotnost sportovce,Hmotnost kola,"
    "Uplynulý čas,Aktivní čas,Vzdálenost,Maximální rychlost"
)


def strava(
    head: str = ENGLISH,
    *,
    date: str = '"Nov 2, 2026, 6:30:00 AM"',
    kind: str = "Run",
    shown: str = "8.20",
    metres: str = "8214.5",
    cadence: str = "",
) -> bytes:
    names = head.split(",")
    raw = max(n for n, name in enumerate(names) if name == names[5])
    cells = [""] * len(names)
    cells[0], cells[1], cells[3], cells[5], cells[6] = "7", date, kind, "6634", shown
    cells[raw], cells[raw + 1], cells[raw + 2] = "6634.0", "2460.0", metres
    if cadence:
        cells[raw + 14] = cadence
    return f"{head}\n{','.join(cells)}\n".encode()


@pytest.mark.parametrize("head", [ENGLISH, OLD, CZECH])
def test_the_second_distance_is_the_one_in_metres(head: str, tmp_path: Path) -> None:
    """The heads stand twice, in the language of the account."""
    kind = "Běh" if head is CZECH else "Run"
    date = '"2. 11. 2026 6:30:00"' if head is CZECH else '"Nov 2, 2026, 6:30:00 AM"'
    content = strava(head, kind=kind, date=date, shown='"8,20"')
    (run,) = read(tmp_path, content)
    assert run.sport is Sport.RUN
    assert run.km == pytest.approx(8.2145)
    assert run.minutes == pytest.approx(41)
    assert run.start == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)
    assert not run.has_local_day


def test_miles_in_the_shown_distance_change_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, strava(shown="5.10"))[0].km == pytest.approx(8.2145)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ('"Nov 2, 2026, 12:05:00 AM"', 0),
        ('"Nov 2, 2026, 12:05:00 PM"', 12),
        ('"Nov 2, 2026, 11:05:00\u202fPM"', 23),
        ('"2 nov 2026, 6:05:00"', 6),
        ('"2 de nov. de 2026, 18:05:00"', 18),
        ('"02.11.2026, 07:05:00"', 7),
        ("2026-11-02 07:05:00", 7),
    ],
)
def test_times_in_several_languages(text: str, hour: int, tmp_path: Path) -> None:
    (run,) = read(tmp_path, strava(date=text))
    assert run.start == datetime(2026, 11, 2, hour, 5, tzinfo=UTC)


def test_a_day_that_may_be_a_month_is_not_guessed(tmp_path: Path) -> None:
    (run,) = read(tmp_path, strava(date='"2/11/2026, 07:05:00"'))
    assert run.start is None
    assert run.doubts == (Doubt.CLOCK,)
    head, row, _ = strava(date='"2/11/2026, 07:05:00"').decode().split("\n")
    told = row.replace("2/11", "25/11")
    runs = read(tmp_path, f"{head}\n{row}\n{told}\n".encode())
    assert [run.start and run.start.day for run in runs] == [2, 25]


@pytest.mark.parametrize(
    ("kind", "is_run"),
    [("Run", True), ("Trail Run", True), ("Virtual Run", True), ("Lauf", True),
     ("Course à pied", True), ("Ride", False), ("Walk", False), ("Workout", False)],
)  # fmt: skip
def test_types_in_several_languages(kind: str, is_run: bool, tmp_path: Path) -> None:
    (found,) = read(tmp_path, strava(kind=kind))
    assert found.sport is (Sport.RUN if is_run else Sport.OTHER)


@pytest.mark.parametrize(("cadence", "steps"), [("84.5", 169), ("168", 168)])
def test_the_value_decides_what_a_cadence_counts(
    cadence: str, steps: float, tmp_path: Path
) -> None:
    assert read(tmp_path, strava(cadence=cadence))[0].steps_per_min == steps


# --- Garmin ---------------------------------------------------------------------

GARMIN = "Activity Type,Date,Favorite,Title,Distance,Calories,Time,Avg Run Cadence"


def garmin(*rows: str, head: str = GARMIN, more: str = "") -> bytes:
    return "\n".join((head + more, *rows)).encode()


def row(
    distance: str,
    kind: str = "Running",
    *,
    time: str = "00:41:00",
    moving: str | None = None,
    cadence: str = "168",
) -> str:
    cells = [kind, "2026-11-03 00:30:00", "false", '"Run, long"', f'"{distance}"']
    cells += ["500", time, cadence]
    return ",".join([*cells, *([] if moving is None else [moving])])


def of_unit(activity: Activity, unit: str) -> float | None:
    return in_unit(activity, unit)


def test_the_unit_is_asked_for(tmp_path: Path) -> None:
    (run,) = read(tmp_path, garmin(row("8.20")))
    assert (run.km, run.distance_of_open_unit) == (None, 8.2)
    assert of_unit(run, "km") == 8.2
    assert of_unit(run, "mi") == pytest.approx(8.2 * KM_PER_MILE)


@pytest.mark.parametrize(
    ("cell", "kind", "km", "is_open"),
    [
        ("6,640", "Running", 6.64, False),
        ("6.640", "Running", 6.64, False),
        ("400", "Running", 0.4, False),
        ("1,200", "Track Running", 1.2, False),
        ("80", "Track Running", 0.08, False),
        ("99", "Running", 99, True),
        ("10,50", "Running", 10.5, True),
        ("10.50", "Running", 10.5, True),
        ("5", "Running", 5, True),
        ("--", "Running", None, False),
        ("0.00", "Running", None, False),
    ],
)
def test_metres_and_decimals(
    cell: str, kind: str, km: float | None, is_open: bool, tmp_path: Path
) -> None:
    (run,) = read(tmp_path, garmin(row(cell, kind)))
    assert (run.distance_of_open_unit is not None) is is_open
    assert of_unit(run, "km") == (None if km is None else pytest.approx(km))


def test_the_whole_column_tells_the_decimal_sign(tmp_path: Path) -> None:
    """An English list had commas for decimals, and one had both signs."""
    runs = read(tmp_path, garmin(row("10,50"), row("6.640"), row("1.010,25")))
    assert [of_unit(run, "km") for run in runs] == [10.5, 6.64, 1010.25]
    runs = read(tmp_path, garmin(row("10.50"), row("6,640"), row("1,010.25")))
    assert [of_unit(run, "km") for run in runs] == [10.5, 6.64, 1010.25]


def test_the_time_in_motion_comes_first(tmp_path: Path) -> None:
    more = ",Moving Time"
    runs = read(
        tmp_path,
        garmin(
            row("8.20", time="01:50:34", moving="00:41:00"),
            row("8.20", time="28:10.5", moving="--"),
            more=more,
        ),
    )
    assert [run.minutes for run in runs] == pytest.approx([41, 28.175])


def test_the_day_is_the_runners_own(tmp_path: Path) -> None:
    (run,) = read(tmp_path, garmin(row("8.20")))
    assert run.local_start(None) == datetime(2026, 11, 3, 0, 30)  # noqa: DTZ001
    assert not run.needs_zone


def test_steps_are_as_they_stand(tmp_path: Path) -> None:
    runs = read(tmp_path, garmin(row("8.20"), row("8.20", cadence="--")))
    assert [run.steps_per_min for run in runs] == [168, None]


def test_a_german_list(tmp_path: Path) -> None:
    head = "Aktivitätstyp,Datum,Favorit,Titel,Distanz,Kalorien,Zeit,"
    head += "Ø Schrittfrequenz (Laufen)"
    run, ride = read(
        tmp_path, garmin(row("8,20", "Laufen"), row("30,00", "Radfahren"), head=head)
    )
    assert (run.sport, ride.sport) == (Sport.RUN, Sport.OTHER)
    assert of_unit(run, "km") == 8.2
    assert run.steps_per_min == 168


def test_a_list_that_a_spreadsheet_has_saved(tmp_path: Path) -> None:
    content = garmin(row("8.20").replace("2026-11-03 00:30:00", "25/11/2026 15:36"))
    (run,) = read(tmp_path, b"\xef\xbb\xbf" + content)
    assert run.local_start(None) == datetime(2026, 11, 25, 15, 36)  # noqa: DTZ001


def test_another_table_is_not_taken_for_one(tmp_path: Path) -> None:
    diary = diary_of(tmp_path, b"Date,Sleep Score\n2026-11-03,81\n")
    assert "known" in diary.refused[0].message

"""Days, weeks and what they propose; each figure is worked out by hand here."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backguide.profile.facts import known_facts
from backguide.runs import summary
from backguide.runs.activity import Activity, Doubt, Form, Sport
from backguide.runs.files import Diary
from backguide.runs.summary import PATHS, Summary, summarise

TODAY = date(2026, 11, 29)
"""A Sunday."""
LONDON = ZoneInfo("Europe/London")


def run(
    when: str | None,
    km: float | None = 8.0,
    *,
    minutes: float | None = 48.0,
    form: Form = Form.GARMIN,
    sport: Sport = Sport.RUN,
    steps: float | None = None,
    doubts: tuple[Doubt, ...] = (),
    open_amount: float | None = None,
) -> Activity:
    """Return an activity; "Z" at the end of the time makes it one in UTC."""
    start = None if when is None else datetime.fromisoformat(when)
    return Activity(
        sport, form, "x", start, has_local_day=False, km=km, minutes=minutes,
        steps_per_min=steps, distance_of_open_unit=open_amount, doubts=doubts,
    )  # fmt: skip


def summary_of(
    *activities: Activity, covered: date | None = None, **more: object
) -> Summary:
    diary = Diary(activities, covered, (), ())
    return summarise(diary, more.pop("today", TODAY), **more)  # type: ignore[arg-type]


def values(summary: Summary) -> dict[str, float]:
    return {p.path.partition(".")[2]: p.value for p in summary.proposals}


def told(summary: Summary, words: str) -> bool:
    return any(words in problem.message for problem in summary.doubts)


def four_weeks(*per_week: tuple[float, ...]) -> list[Activity]:
    """Return runs of the weeks up to today, the oldest first."""
    found = []
    for number, lengths in enumerate(per_week):
        first = TODAY - timedelta(days=7 * (len(per_week) - number) - 1)
        for day, km in enumerate(lengths):
            moment = datetime.combine(first + timedelta(days=day), datetime.min.time())
            found.append(run(f"{moment:%Y-%m-%d}T07:00", km, minutes=6 * km))
    return found


# --- what is proposed -----------------------------------------------------------

STEADY = four_weeks((5, 5, 10), (5, 5, 10), (5, 5, 10), (5, 5, 14))


def test_the_facts_of_four_weeks() -> None:
    summary = summary_of(*STEADY, covered=TODAY)
    assert values(summary) == {
        "weeks_since_last_run": 0,
        "weekly_distance_km": 21,
        "runs_per_week": 3,
        "recent_change_pct": 20,
        "longest_run_30d_km": 14,
        "typical_pace_min_per_km": 6,
    }
    assert [week.km for week in summary.weeks[-4:]] == [20, 20, 20, 24]
    assert all(proposal.source for proposal in summary.proposals)


def test_nothing_ever_answers_a_safety_question() -> None:
    facts = known_facts()
    for path in PATHS:
        assert path.startswith("running.")
        assert facts[path].kind == "number"
        assert not facts[path].urgency
    assert {p.path for p in summary_of(*STEADY, covered=TODAY).proposals} <= set(PATHS)


def test_too_little_diary_proposes_no_week() -> None:
    summary = summary_of(*STEADY[1:], covered=TODAY)
    assert told(summary, "too little diary: the files cover 27 days")
    assert values(summary).keys() == {
        "weeks_since_last_run", "longest_run_30d_km", "typical_pace_min_per_km",
    }  # fmt: skip
    (longest,) = (p for p in summary.proposals if p.path == PATHS[2])
    assert "27 days only" in longest.source


def test_old_files_do_not_tell_how_somebody_runs_now() -> None:
    later = TODAY + timedelta(days=8)
    summary = summary_of(*STEADY, covered=TODAY, today=later)
    assert values(summary) == {"weeks_since_last_run": 1}
    assert told(summary, "8 days ago")
    summary = summary_of(*STEADY, today=later, until=later)
    assert summary.weeks[-1].runs == 0
    assert values(summary)["longest_run_30d_km"] == 14


def test_a_run_without_a_distance_lets_no_week_be_proposed() -> None:
    """It would be counted as nothing."""
    extra = run("2026-11-28T07:00", None, doubts=(Doubt.NO_DISTANCE,))
    summary = summary_of(*STEADY, extra, covered=TODAY)
    assert "weekly_distance_km" not in values(summary)
    assert "recent_change_pct" not in values(summary)
    assert values(summary)["runs_per_week"] == 3
    assert told(summary, "without a distance")


def test_pace_and_steps_are_those_of_the_middle_run() -> None:
    """A pace that nobody runs is a slip of a clock; it moves nothing."""
    paces = ((5, 25, 170.2), (5, 30, 171), (5, 35, 190), (5, 500, None), (5, 5, None))
    runs = [
        run(f"2026-11-{20 + n}T07:00", km, minutes=minutes, steps=steps)
        for n, (km, minutes, steps) in enumerate(paces)
    ]
    found = values(summary_of(*runs))
    assert found["typical_pace_min_per_km"] == 6
    assert found["cadence_spm"] == 171


@pytest.mark.parametrize(
    ("steps", "is_there"), [(119, False), (120, True), (221, False)]
)
def test_a_value_out_of_range_is_not_proposed(steps: float, is_there: bool) -> None:
    found = values(summary_of(run("2026-11-28T07:00", steps=steps)))
    assert ("cadence_spm" in found) is is_there


def test_a_change_from_nothing_is_none() -> None:
    walk = run("2026-10-01T07:00", sport=Sport.OTHER)
    found = values(summary_of(walk, run("2026-11-28T07:00")))
    assert "recent_change_pct" not in found
    assert found["weekly_distance_km"] == 2


# --- weeks ----------------------------------------------------------------------


def test_a_week_is_empty_only_where_the_files_cover_it() -> None:
    """A first activity of any sport begins the cover; nothing is known before it."""
    first = run("2026-11-02T07:00", sport=Sport.OTHER)
    summary = summary_of(first, run("2026-11-20T07:00"), covered=TODAY)
    covered = [week.is_covered for week in summary.weeks]
    assert covered == [False, False, False, False, True, True, True, True]
    assert told(summary, "no run in 3 of the weeks (2 Nov 2026 to 8 Nov 2026")


def test_the_edges_of_a_week() -> None:
    days = ("2026-11-22T23:59", "2026-11-23T00:00", "2026-11-29T23:59")
    summary = summary_of(*(run(day, n + 1) for n, day in enumerate(days)))
    assert [(week.runs, week.km) for week in summary.weeks[-2:]] == [(1, 1), (2, 5)]


def test_a_run_at_midnight_in_utc_has_the_day_of_its_zone() -> None:
    """23:30 in UTC is the next day in Berlin, and the day before ends at 22:59."""
    berlin = ZoneInfo("Europe/Berlin")
    late = run("2026-11-22T23:30Z", 3)
    for zone, in_last_week in ((LONDON, 0), (berlin, 1)):
        weeks = summary_of(late, run("2026-11-29T09:00Z", 1), zone=zone).weeks
        assert weeks[-1].runs == 1 + in_last_week
        assert weeks[-2].runs == 1 - in_last_week


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-28T23:30Z", date(2026, 3, 28)),  # still winter time
        ("2026-03-29T23:30Z", date(2026, 3, 30)),  # summer time has begun
        ("2026-10-24T23:30Z", date(2026, 10, 25)),  # still summer time
        ("2026-10-25T23:30Z", date(2026, 10, 25)),  # winter time has begun
    ],
)
def test_a_change_of_clocks(moment: str, day: date) -> None:
    summary = summary_of(run(moment), zone=LONDON, today=day + timedelta(days=1))
    assert summary.runs[0][0].date() == day


@pytest.mark.parametrize(
    ("moment", "today", "is_told"),
    [
        ("2026-07-01T23:30Z", date(2026, 11, 29), True),
        ("2026-07-01T22:30Z", date(2026, 11, 29), False),
        ("2026-01-01T23:30Z", date(2026, 7, 1), True),
        ("2026-11-01T23:30Z", date(2026, 11, 29), False),
    ],
)
def test_a_change_of_clocks_is_told_where_it_moves_a_day(
    moment: str, today: date, is_told: bool
) -> None:
    summary = summary_of(run(moment), zone=LONDON, today=today)
    assert told(summary, "change of clocks") is is_told


def test_an_open_local_day_is_told() -> None:
    assert told(summary_of(run("2026-11-28T12:00Z")), "zone of this computer")
    assert told(summary_of(run("2026-11-28T12:00Z"), zone=LONDON), "that you gave")
    assert not told(summary_of(run("2026-11-28T12:00")), "local day")


# --- one run in several files ---------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "km", "count"),
    [(0, 8, 1), (2, 8.2, 1), (2.1, 8, 2), (1, 8.3, 2), (0, None, 1)],
)
def test_duplicates(minutes: float, km: float | None, count: int) -> None:
    """Within two minutes and 3 %; the more trusted record stays."""
    begin = datetime(2026, 11, 28, 7, tzinfo=UTC)
    later = (begin + timedelta(minutes=minutes)).isoformat()
    gpx = run(later, km, form=Form.GPX, steps=170, doubts=(Doubt.FROM_TRACK,))
    summary = summary_of(gpx, run(begin.isoformat(), 8, form=Form.FIT))
    assert len(summary.runs) == count
    assert told(summary, "in more than one file") is (count == 1)
    if count == 1:
        kept = summary.runs[0][1]
        assert (kept.form, kept.km, kept.steps_per_min) == (Form.FIT, 8, 170)


def test_many_activities_are_not_each_compared_with_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten years of an account are some thousands."""
    begin = datetime(2016, 1, 1, tzinfo=UTC)
    many = [
        run((begin + timedelta(hours=19 * n)).isoformat(), form=form)
        for n in range(1000)
        for form in (Form.FIT, Form.STRAVA)
    ]
    compared = []
    real = summary._is_same
    monkeypatch.setattr(
        summary, "_is_same", lambda *these: compared.append(1) or real(*these)
    )
    assert len(summary_of(*many).runs) == 1000
    assert len(compared) == 1000


def test_many_activities_of_one_minute_take_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = []
    real = summary._is_same
    monkeypatch.setattr(
        summary, "_is_same", lambda *these: compared.append(1) or real(*these)
    )
    summary_of(*(run("2026-11-28T07:00", 1.1**n) for n in range(60) for _ in range(9)))
    summary_of(*(run("2026-11-28T07:00", 1 + n) for n in range(2000)))
    assert len(compared) < 2000 * 110


def test_two_zones_of_one_moment_are_one_run() -> None:
    file = run("2026-11-28T09:00:00+02:00", form=Form.FIT)
    service = run("2026-11-28T07:00:30Z", form=Form.STRAVA)
    assert len(summary_of(file, service, zone=LONDON).runs) == 1


def test_a_table_of_local_times_meets_a_file_in_utc() -> None:
    table = run("2026-07-18T08:00:30", 8, form=Form.GARMIN)
    file = run("2026-07-18T07:00:00Z", 8.1, form=Form.FIT)
    summary = summary_of(table, file, zone=LONDON)
    assert [item.form for _, item in summary.runs] == [Form.FIT]


def test_a_track_of_no_sport_is_known_by_its_double() -> None:
    """The routes beside Apple's workouts name no sport: runs, and walks as well."""
    track = run("2026-11-28T07:00Z", form=Form.GPX, sport=Sport.UNKNOWN)
    workout = run("2026-11-28T07:00:10Z", form=Form.APPLE)
    walk = run("2026-11-27T07:00:10Z", form=Form.APPLE, sport=Sport.OTHER)
    walked = run("2026-11-27T07:00Z", form=Form.GPX, sport=Sport.UNKNOWN)
    summary = summary_of(track, workout, walk, walked)
    assert len(summary.runs) == 1
    assert summary.asks_sport == 0


def test_a_track_of_no_sport_is_asked_for() -> None:
    track = run("2026-11-28T07:00Z", form=Form.GPX, sport=Sport.UNKNOWN)
    summary = summary_of(track)
    assert (len(summary.runs), summary.asks_sport) == (0, 1)
    assert told(summary, "do not say which sport")
    assert len(summary_of(track, are_unknown_runs=True).runs) == 1
    assert len(summary_of(track, are_unknown_runs=False).runs) == 0


# --- doubts ---------------------------------------------------------------------


def test_it_may_be_tomorrow_where_the_runner_is() -> None:
    """A run of this morning in Auckland, read while it is still yesterday in London."""
    early = run("2026-11-29T18:30Z", 9)
    summary = summary_of(early, zone=ZoneInfo("Pacific/Auckland"))
    assert summary.runs[0][0].date() == TODAY + timedelta(days=1)
    assert summary.weeks[-1].km == 9
    assert values(summary)["weeks_since_last_run"] == 0
    later = run("2026-12-01T07:00", 9)
    assert told(summary_of(early, later), "after today")


def test_a_broken_clock_leaves_a_run_out() -> None:
    summary = summary_of(
        run(None, doubts=(Doubt.CLOCK,)),
        run("2026-12-24T07:00"),
        run("2026-11-28T07:00"),
    )
    assert len(summary.runs) == 1
    assert told(summary, "never set, or that jumped")
    assert told(summary, "after today")


@pytest.mark.parametrize(("km", "minutes"), [(60, 60), (301, 3000), (301, None)])
def test_a_distance_that_nobody_runs(km: float, minutes: float | None) -> None:
    """The watch ran on in the car; it is told, and never cut to size."""
    ride = run("2026-11-28T07:00", km, minutes=minutes)
    summary = summary_of(*STEADY, ride, covered=TODAY)
    assert told(summary, "nobody runs")
    found = values(summary)
    assert found["longest_run_30d_km"] == 14
    assert "weekly_distance_km" not in found
    assert not told(summary_of(run("2026-11-28T07:00", 0.1, minutes=0.18)), "nobody")


def test_miles_of_a_table() -> None:
    table = run("2026-11-28T07:00", None, open_amount=5)
    summary = summary_of(table)
    assert summary.asks_unit == 1
    assert told(summary, "km or miles")
    assert values(summary_of(table, unit="mi"))["longest_run_30d_km"] == 8
    assert values(summary_of(table, unit="km"))["longest_run_30d_km"] == 5


def test_runs_along_positions_are_marked() -> None:
    runs = [
        run(f"2026-11-{day:02}T07:00Z", form=Form.GPX, doubts=(Doubt.FROM_TRACK,))
        for day in range(1, 29)
    ]
    proposals = summary_of(*runs, zone=LONDON).proposals
    (week,) = (p for p in proposals if p.path == PATHS[0])
    assert "28 of them along GPS positions, 1-3 % off" in week.source


def test_nothing_at_all() -> None:
    summary = summary_of()
    assert summary.runs == summary.proposals == ()

"""Days, duplicates and weeks of activities, and what they propose for the profile.

A week is seven days up to the last day that the files cover, so that the current week
never looks like less. A week without a run counts as 0 only where the files cover it.
No ratio of load is made here: the libraries at hand give 2.0, 1.22 and 0.98 for
the same steady weeks.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from statistics import median
from typing import Final

from backguide.errors import Problem
from backguide.profile.facts import known_facts
from backguide.runs.activity import Activity, Doubt, Form, Sport
from backguide.runs.files import Diary
from backguide.runs.tables import in_unit

WEEKS: Final = 8
"""Shown, the current one included."""
USUAL_DAYS: Final = 28
"""A usual week is the mean of so many days; with fewer there is too little diary."""
LONGEST_DAYS: Final = 30
MOST_DAYS_OLD: Final = 7
"""Files that end earlier do not tell how somebody runs now."""
MOST_KM: Final = 300.0
FASTEST_MIN_PER_KM: Final = 1.5
"""Beyond these an activity was no run, whatever its file says."""
MOST_AHEAD: Final = timedelta(days=1)
"""Where the runner is it may be tomorrow already."""
MOST_COMPARED: Final = 100
"""With so many others of the same minutes one activity is compared."""
_SAME_START: Final = timedelta(minutes=2)
_SAME_KM: Final = 0.03
"""Two records within both are one run."""

PATHS: Final = (
    "running.weekly_distance_km",
    "running.runs_per_week",
    "running.longest_run_30d_km",
    "running.recent_change_pct",
    "running.typical_pace_min_per_km",
    "running.cadence_spm",
    "running.weeks_since_last_run",
)
"""All that files of runs may ever propose; none is a safety question."""


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days."""

    first: date
    last: date
    is_covered: bool
    """False when the files say nothing of some of its days."""
    runs: int
    km: float
    longest_km: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value for a field of the profile, to be confirmed by the runner."""

    path: str
    value: float | int
    source: str
    """Where it comes from, in words for people."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the files tell of somebody's running."""

    runs: tuple[tuple[datetime, Activity], ...]
    """By their start on the runner's clock; each run once."""
    weeks: tuple[Week, ...]
    """The oldest first."""
    proposals: tuple[Proposal, ...]
    doubts: tuple[Problem, ...]
    asks_sport: int
    """Activities that may be runs, and nothing in their files says so."""
    asks_unit: int
    """Runs of a table that does not say whether it is in km or miles."""


def summarise(
    diary: Diary,
    today: date,
    *,
    zone: tzinfo | None = None,
    unit: str = "",
    are_unknown_runs: bool | None = None,
    until: date | None = None,
) -> Summary:
    """Return the weeks, the proposals and the doubts.

    Args:
        diary: What was read.
        today: The day to look back from.
        zone: Of the runner, where files do not say it; None for that of this computer.
        unit: "km" or "mi" of tables that do not say it; empty when nobody knows.
        are_unknown_runs: Whether activities of no named sport are runs; None when
            nobody knows.
        until: Last day that the files cover; None to take it from them.
    """
    doubts: list[Problem] = []
    known = [_plausible(_in_unit(a, unit)) for a in diary.activities]
    placed = [*_placed(known, zone, today, doubts)]
    single, several = _merged(placed)
    if several:
        doubts.append(
            _doubt(f"{_runs(several)} stood in more than one file; counted once")
        )
    unknown = [item for item in single if item[1].sport is Sport.UNKNOWN]
    if unknown and are_unknown_runs is None:
        doubts.append(
            _doubt(
                f"{len(unknown)} activities do not say which sport they are; left out",
                "if they are runs, add --unknown-sport run, else --unknown-sport other",
            )
        )
    runs = [
        item
        for item in single
        if item[1].sport is Sport.RUN or (are_unknown_runs and item in unknown)
    ]
    asks_unit = sum(
        a.distance_of_open_unit is not None and a.km is None for _, a in runs
    )
    doubts += _unit_doubts(asks_unit)
    doubts += _doubts_of(runs, zone, today)
    first, last = _covered(single, diary.covered_until, today, until)
    weeks = _weeks(runs, first, last)
    doubts += _coverage_doubts(weeks, first, last, today, bool(runs))
    return Summary(
        runs=tuple(runs),
        weeks=weeks,
        proposals=tuple(_proposals(runs, first, last, today, weeks)),
        doubts=tuple(doubts),
        asks_sport=len(unknown) if are_unknown_runs is None else 0,
        asks_unit=asks_unit,
    )


_Placed = tuple[datetime, Activity]
"""An activity and its start on the runner's own clock."""


def _in_unit(activity: Activity, unit: str) -> Activity:
    return replace(activity, km=in_unit(activity, unit)) if unit else activity


def _plausible(activity: Activity) -> Activity:
    """Take a distance away that nobody runs; it is told, never cut to size."""
    km, minutes = activity.km, activity.minutes
    if activity.sport is Sport.OTHER or not km:
        return activity
    if km <= MOST_KM and (not minutes or minutes / km >= FASTEST_MIN_PER_KM):
        return activity
    doubts = (*activity.doubts, Doubt.IMPLAUSIBLE)
    return replace(activity, km=None, doubts=doubts)


def _placed(
    activities: Iterable[Activity],
    zone: tzinfo | None,
    today: date,
    doubts: list[Problem],
) -> Iterator[_Placed]:
    """Yield the activities that have a day; those of a broken clock are told."""
    without, ahead = 0, 0
    for activity in activities:
        if activity.start is None:
            without += activity.sport is Sport.RUN
            continue
        local = activity.local_start(zone)
        if local.date() > today + MOST_AHEAD:
            ahead += activity.sport is Sport.RUN
            continue
        yield local, activity
    if without:
        doubts.append(
            _doubt(
                f"{_runs(without)} by a clock that was never set, or that jumped; left "
                "out, because the day is not known"
            )
        )
    if ahead:
        doubts.append(_doubt(f"{_runs(ahead)} after today, by the clock; left out"))


# --- duplicates ---------------------------------------------------------------


def _merged(placed: list[_Placed]) -> tuple[list[_Placed], int]:
    """Return each activity once, by its start, and how many runs stood twice.

    Of two records the more trusted one stays; what it lacks the other one gives.
    """
    trust = {form: number for number, form in enumerate(Form)}
    kept: list[_Placed] = []
    near: dict[tuple[str, int], list[int]] = {}
    several = 0
    for local, activity in sorted(placed, key=lambda item: trust[item[1].form]):
        keys = list(_keys(local, activity))
        around = dict.fromkeys(
            number
            for clock, part in keys
            for near_part in (part - 1, part, part + 1)
            for number in near.get((clock, near_part), ())
        )
        nearest = islice(around, MOST_COMPARED)
        same = [n for n in nearest if _is_same(local, activity, *kept[n])]
        if same:
            other_local, other = kept[same[0]]
            kept[same[0]] = (other_local, _completed(other, activity))
            several += kept[same[0]][1].sport is Sport.RUN
            continue
        for key in keys:
            near.setdefault(key, []).append(len(kept))
        kept.append((local, activity))
    return sorted(kept, key=lambda item: item[0]), several


def _keys(local: datetime, activity: Activity) -> Iterator[tuple[str, int]]:
    """Yield parts of two minutes in which an activity begins, by each of its clocks."""
    length = _SAME_START.total_seconds()
    yield "local", int(local.replace(tzinfo=UTC).timestamp() // length)
    if _is_moment(activity) and activity.start is not None:
        yield "utc", int(activity.start.timestamp() // length)


def _is_same(
    local: datetime, activity: Activity, other_local: datetime, other: Activity
) -> bool:
    apart = abs(local - other_local)
    if _is_moment(activity) and _is_moment(other) and activity.start and other.start:
        apart = abs(activity.start - other.start)
    if apart > _SAME_START:
        return False
    if activity.km is None or other.km is None:
        return True
    return abs(activity.km - other.km) <= _SAME_KM * max(activity.km, other.km)


def _is_moment(activity: Activity) -> bool:
    return activity.start is not None and activity.start.tzinfo is not None


def _completed(activity: Activity, other: Activity) -> Activity:
    """Return the more trusted record, with what only the other one knows."""
    return replace(
        activity,
        sport=other.sport if activity.sport is Sport.UNKNOWN else activity.sport,
        km=activity.km or other.km,
        minutes=activity.minutes or other.minutes,
        steps_per_min=activity.steps_per_min or other.steps_per_min,
    )


# --- weeks --------------------------------------------------------------------


def _covered(
    placed: list[_Placed], export: date | None, today: date, until: date | None
) -> tuple[date | None, date]:
    """Return the first and the last day that the files speak of."""
    days = [local.date() for local, _ in placed]
    last = until or max([*days, *([export] if export else [])], default=today)
    return min(days, default=None), min(last, today + MOST_AHEAD)


def _weeks(runs: list[_Placed], first: date | None, last: date) -> tuple[Week, ...]:
    weeks = []
    for number in reversed(range(WEEKS)):
        end = last - timedelta(days=7 * number)
        begin = end - timedelta(days=6)
        inside = _between(runs, begin, end)
        lengths = [activity.km or 0.0 for _, activity in inside]
        is_covered = first is not None and first <= begin
        longest = max(lengths, default=0.0)
        weeks.append(Week(begin, end, is_covered, len(inside), sum(lengths), longest))
    return tuple(weeks)


def _between(runs: Sequence[_Placed], first: date, last: date) -> list[_Placed]:
    return [item for item in runs if first <= item[0].date() <= last]


# --- proposals ----------------------------------------------------------------


def _proposals(
    runs: list[_Placed],
    first: date | None,
    last: date,
    today: date,
    weeks: tuple[Week, ...],
) -> Iterator[Proposal]:
    for proposal in _values(runs, first, last, today, weeks):
        fact = known_facts()[proposal.path]
        low, high = fact.minimum, fact.maximum
        if (low is None or proposal.value >= low) and (
            high is None or proposal.value <= high
        ):
            yield proposal


def _values(
    runs: list[_Placed],
    first: date | None,
    last: date,
    today: date,
    weeks: tuple[Week, ...],
) -> Iterator[Proposal]:
    if not runs or first is None:
        return
    newest = runs[-1][0].date()
    yield Proposal(
        "running.weeks_since_last_run",
        max((today - newest).days, 0) // 7,
        f"the last run in the files was on {_day(newest)}",
    )
    if (today - last).days > MOST_DAYS_OLD:
        return
    days = (last - first).days + 1
    usual = _between(runs, last - timedelta(days=USUAL_DAYS - 1), last)
    all_have_km = all(activity.km for _, activity in usual)
    if days >= USUAL_DAYS:
        span = f"{USUAL_DAYS} days to {_day(last)}, {_origin(usual)}"
        if all_have_km:
            week_km = sum(activity.km or 0.0 for _, activity in usual) / 4
            yield Proposal(PATHS[0], round(week_km, 1), f"mean of {span}")
        runs_a_week = int(len(usual) / 4 + 0.5)
        yield Proposal(PATHS[1], runs_a_week, f"mean of {span}")
        yield from _change(weeks[-4:], all_have_km)
    month = _between(runs, last - timedelta(days=LONGEST_DAYS - 1), last)
    lengths = [(activity.km, local) for local, activity in month if activity.km]
    if lengths:
        longest, moment = max(lengths)
        short = "" if days >= LONGEST_DAYS else f"; the files cover {days} days only"
        words = f"the run of {_day(moment.date())}{short}"
        yield Proposal(PATHS[2], round(longest, 1), words)
    yield from _of_usual_runs(usual)


def _change(weeks: Sequence[Week], all_have_km: bool) -> Iterator[Proposal]:
    """Yield how the last 7 days differ from the mean of the three weeks before."""
    *before, last = (week.km for week in weeks)
    mean = sum(before) / len(before)
    if mean and all_have_km:
        change = round(100 * (last - mean) / mean)
        words = (
            f"last 7 days {last:.1f} km, the three weeks before {mean:.1f} km a week"
        )
        yield Proposal(PATHS[3], change, words)


def _of_usual_runs(usual: list[_Placed]) -> Iterator[Proposal]:
    fact = known_facts()[PATHS[4]]
    paces = [
        pace
        for _, activity in usual
        if activity.km and activity.minutes
        and (fact.minimum or 0) <= (pace := activity.minutes / activity.km)
        and pace <= (fact.maximum or pace)
    ]  # fmt: skip
    if paces:
        words = f"middle of {_runs(len(paces))}, time in motion / distance"
        yield Proposal(PATHS[4], round(median(paces), 2), words)
    steps = [activity.steps_per_min for _, activity in usual if activity.steps_per_min]
    if steps:
        words = f"middle of {_runs(len(steps))}, steps of both feet"
        yield Proposal(PATHS[5], round(median(steps)), words)


def _origin(runs: list[_Placed]) -> str:
    """Return how many runs of which format, the ones along GPS positions marked."""
    counts = Counter(activity.form.value for _, activity in runs)
    told = ", ".join(f"{count} {form}" for form, count in sorted(counts.items()))
    along = sum(Doubt.FROM_TRACK in activity.doubts for _, activity in runs)
    mark = f"; {along} of them along GPS positions, 1-3 % off" if along else ""
    return f"{_runs(len(runs))} ({told}{mark})" if runs else "no run"


# --- doubts -------------------------------------------------------------------


def _doubts_of(
    runs: list[_Placed], zone: tzinfo | None, today: date
) -> Iterator[Problem]:
    words = {
        Doubt.BROKEN: "from a damaged file; what could be read is counted",
        Doubt.FROM_POINTS: "whose sums are missing or contradict the points; the "
        "points are counted",
        Doubt.IMPLAUSIBLE: "with a distance that nobody runs in that time; in the "
        "runs, not in the kilometres",
        Doubt.NO_DISTANCE: "without a distance; in the runs, not in the kilometres",
    }
    for doubt, told in words.items():
        if count := sum(doubt in activity.doubts for _, activity in runs):
            yield _doubt(f"{_runs(count)} {told}")
    if open_day := [activity for _, activity in runs if activity.needs_zone]:
        where = "in the zone that you gave" if zone else "in the zone of this computer"
        yield _doubt(
            f"{_runs(len(open_day))} without a local day in the file; taken {where}",
            "" if zone else "if you ran elsewhere, say --zone Europe/London or another",
        )
        if count := sum(_hangs_on_clocks(a, zone, today) for a in open_day):
            yield _doubt(
                f"{_runs(count)} near midnight on the other side of a change of "
                "clocks; each has the day that clocks showed then"
            )


def _hangs_on_clocks(activity: Activity, zone: tzinfo | None, today: date) -> bool:
    """Tell whether the offset from UTC of today would put a run on another day."""
    if activity.start is None:
        return False
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    ahead = noon.astimezone(zone).utcoffset() or timedelta()
    moved = (activity.start.astimezone(UTC) + ahead).date()
    return moved != activity.local_start(zone).date()


def _unit_doubts(count: int) -> Iterator[Problem]:
    if count:
        yield _doubt(
            f"{_runs(count)} of a table that does not say whether it is in km or "
            "miles; their distance is not counted",
            "say which: --table-unit km, or --table-unit mi",
        )


def _coverage_doubts(
    weeks: tuple[Week, ...], first: date | None, last: date, today: date, has_runs: bool
) -> Iterator[Problem]:
    if not has_runs or first is None:
        return
    days = (last - first).days + 1
    old = (today - last).days
    if old > MOST_DAYS_OLD:
        yield _doubt(
            f"the files end on {_day(last)}, {old} days ago; they do not tell how you "
            "run now",
            "give newer files, or say --until DATE if they cover all days until then",
        )
    elif days < USUAL_DAYS:
        yield _doubt(
            f"too little diary: the files cover {days} days, and a usual week needs "
            f"{USUAL_DAYS}"
        )
    if empty := [week for week in weeks if week.is_covered and not week.runs]:
        told = ", ".join(f"{_day(week.first)} to {_day(week.last)}" for week in empty)
        yield _doubt(
            f"no run in {len(empty)} of the weeks ({told}); counted as 0",
            "if you ran then, the files are not complete",
        )


def _doubt(message: str, hint: str = "") -> Problem:
    return Problem("", message, hint, "E_RUN_DOUBT")


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"

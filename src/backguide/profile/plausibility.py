"""Sense across fields: answers that contradict each other or hint at a slip.

A contradiction is always refused. A doubt may be right as it stands: then the
profile says so by naming its code in ``confirmed``. Nothing is ever changed
silently; a wrong unit is only proposed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from backguide.errors import Problem
from backguide.profile.facts import Facts, known_facts

KG_PER_POUND: Final = 0.45359237
CM_PER_INCH: Final = 2.54
FASTEST_USUAL_PACE: Final = 3.0
"""Minutes for 1 km. Quicker than this is a slip far more often than a pace."""

Rule = Callable[[Facts], Iterator[Problem]]


def find_implausible(facts: Facts, confirmed: tuple[str, ...]) -> tuple[Problem, ...]:
    """Return every contradiction, and every doubt that was not confirmed."""
    titles = known_facts()
    found = []
    for rule in _RULES:
        for problem in rule(facts):
            if problem.code in confirmed:
                continue
            label = titles[problem.where].title if problem.where in titles else ""
            hint = problem.hint
            if problem.code in DOUBTS:
                confirm = f'if it is right, add "{problem.code}" to "confirmed"'
                hint = f"{hint}; {confirm}" if hint else confirm
            found.append(replace(problem, label=label, hint=hint))
    return tuple(found)


DOUBTS: Final = (
    "E_MAYBE_POUNDS",
    "E_MAYBE_KILOGRAMS_WRONG",
    "E_LONGEST_ABOVE_WEEK",
    "E_PAIN_WITHOUT_SCORE",
    "E_LAST_RUN",
    "E_PACE",
)
"""Codes that a profile may confirm."""


def range_hint(where: str, value: object) -> str:
    """Return the unit that a number out of range was probably given in."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if where == "person.height_cm":
        if 1.2 <= value <= 2.2:
            return f"{value} m is {round(value * 100)} cm"
        if 47 <= value <= 86:
            return f"if that is in inches, it is {round(value * CM_PER_INCH)} cm"
    if where == "person.weight_kg" and 250 < value <= 550:
        return f"if that is in pounds, it is {round(value * KG_PER_POUND)} kg"
    if where == "running.cadence_spm" and 60 <= value < 120:
        return f"count both feet: {round(value * 2)} steps a minute"
    if where == "running.typical_pace_min_per_km" and 20 < value <= 1200:
        return "write minutes for 1 km, such as 6.5 for 6 minutes 30 seconds"
    return ""


def _num(facts: Facts, path: str) -> float | None:
    value = facts.get(path)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


def _mode(facts: Facts) -> Iterator[Problem]:
    age = _num(facts, "person.age_years")
    if facts.get("mode") == "self":
        if age is not None and age < 18:
            yield Problem(
                "person.age_years",
                f"expected 18 or more for a guide made at home, got {age:g}",
                "under 18, please see a doctor or physiotherapist",
                "E_AGE",
            )
        if any(path.startswith("clearance.") for path in facts):
            yield Problem(
                "clearance",
                "a clearance counts only in clinic mode",
                'remove it, or set mode to "clinic"',
                "E_NOT_ALLOWED",
            )


def _body(facts: Facts) -> Iterator[Problem]:
    bmi, weight = _num(facts, "derived.bmi"), _num(facts, "person.weight_kg")
    if bmi is None or weight is None:
        return
    in_kg = weight * KG_PER_POUND
    bmi_as_pounds = bmi * KG_PER_POUND
    if bmi >= 45 and 17 <= bmi_as_pounds <= 40:
        yield Problem(
            "person.weight_kg",
            f"{weight:g} kg is very heavy for this height",
            f"if that is in pounds, write {round(in_kg)}",
            "E_MAYBE_POUNDS",
        )
    elif bmi >= 70 or bmi < 11:
        yield Problem(
            "person.weight_kg",
            f"{weight:g} kg and {_num(facts, 'person.height_cm'):g} cm do not fit",
            "check both numbers",
            "E_MAYBE_KILOGRAMS_WRONG",
        )


FIRST_ANSWERS: Final = date(2000, 1, 1)
"""No answers in this format are older; an earlier day is a slip of the year."""
MOST_YEARS_BACK: Final = 100
MOST_YEARS_AHEAD: Final = 5
"""How far any other day may lie from that of the answers."""


def _years(facts: Facts) -> Iterator[Problem]:
    """Find days so far away that the year must be a slip."""
    created = facts.get("created_date")
    if not isinstance(created, date):
        return
    if created < FIRST_ANSWERS:
        yield Problem(
            "created_date",
            f"expected a date from {FIRST_ANSWERS.isoformat()} on, got "
            f"{created.isoformat()}",
            "check the year; write it with four digits",
            "E_DATE_RANGE",
        )
        return
    for path, value in facts.items():
        if isinstance(value, date):
            years = (value - created).days / 365.25
            if not -MOST_YEARS_BACK <= years <= MOST_YEARS_AHEAD:
                yield Problem(
                    path,
                    f"{value.isoformat()} is {abs(round(years))} years "
                    f"{'after' if years > 0 else 'before'} the day of the answers",
                    "check the year; write it with four digits",
                    "E_DATE_RANGE",
                )


def _dates(facts: Facts) -> Iterator[Problem]:
    created = facts.get("created_date")
    if not isinstance(created, date):
        return
    for path in (
        "symptoms.onset_date",
        "diagnoses.surgery_date",
        "clearance.red_flags_cleared_date",
    ):
        value = facts.get(path)
        if isinstance(value, date) and value > created:
            yield Problem(
                path,
                f"expected a date up to {created.isoformat()}, got {value.isoformat()}",
                "the day lies after the day of this profile",
                "E_DATE_ORDER",
            )
    race = facts.get("running.goal_race_date")
    if isinstance(race, date) and race < created:
        yield Problem(
            "running.goal_race_date",
            f"expected a date from {created.isoformat()} on, got {race.isoformat()}",
            "check the year, or leave a race out that is over",
            "E_DATE_ORDER",
        )
    weeks, onset = _num(facts, "symptoms.onset_weeks"), facts.get("symptoms.onset_date")
    if weeks is not None and isinstance(onset, date) and onset <= created:
        counted = (created - onset).days // 7
        if abs(counted - weeks) > 1:
            yield Problem(
                "symptoms.onset_weeks",
                f"{weeks:g} weeks, but the date of onset is {counted} weeks ago",
                "give only one of the two",
                "E_CONTRADICTION",
            )


def _ages(facts: Facts) -> Iterator[Problem]:
    age = _num(facts, "person.age_years")
    if age is None:
        return
    for path, words in (
        ("spa.age_at_onset", "the age when the pain began"),
        ("running.years_running", "the years of running"),
    ):
        value = _num(facts, path)
        if value is not None and value > age:
            yield Problem(
                path,
                f"{words} ({value:g}) is above the age ({age:g})",
                "",
                "E_CONTRADICTION",
            )
    for path, counted, hint in (
        ("symptoms.onset_weeks", "derived.onset_weeks", "count in weeks, not in days"),
        ("diagnoses.surgery_date", "derived.surgery_weeks", "check the year"),
    ):
        weeks = _num(facts, counted)
        if weeks is not None and weeks > (age + 1) * 52.2:
            yield Problem(
                path,
                f"{weeks:g} weeks is longer than this person has lived",
                hint,
                "E_CONTRADICTION",
            )


def _pain(facts: Facts) -> Iterator[Problem]:
    now, worst = _num(facts, "symptoms.nrs_now"), _num(facts, "symptoms.nrs_worst_week")
    if now is not None and worst is not None and worst < now:
        yield Problem(
            "symptoms.nrs_worst_week",
            f"the worst pain of the week ({worst:g}) is below the pain now ({now:g})",
            "",
            "E_CONTRADICTION",
        )
    status = facts.get("symptoms.has_back_pain")
    if status in ("never", "past_only") and now:
        yield Problem(
            "symptoms.has_back_pain",
            f"no back pain at present, but the pain now is {now:g}",
            'write "current", or leave the pain scores out',
            "E_CONTRADICTION",
        )
    usual = _num(facts, "symptoms.nrs_usual_24h")
    stopped = (
        facts.get("red_flags.cannot_walk_sleep") == "yes"
        or facts.get("symptoms.stops_daily_life") is True
    )
    if status == "current" and now == 0 and usual == 0 and stopped:
        yield Problem(
            "symptoms.nrs_now",
            "the pain is 0, but it stops walking, sleep or daily life",
            "check the pain scores",
            "E_PAIN_WITHOUT_SCORE",
        )


def _running(facts: Facts) -> Iterator[Problem]:
    weekly = _num(facts, "running.weekly_distance_km")
    longest = _num(facts, "running.longest_run_30d_km")
    runs = _num(facts, "running.runs_per_week")
    if weekly is not None and longest is not None and longest > weekly * 1.5:
        yield Problem(
            "running.longest_run_30d_km",
            f"the longest run ({longest:g} km) is far above the week's total "
            f"({weekly:g} km)",
            "check both distances and their unit",
            "E_LONGEST_ABOVE_WEEK",
        )
    if weekly and runs and longest is not None and weekly / runs > longest * 1.05 + 0.1:
        yield Problem(
            "running.longest_run_30d_km",
            f"{weekly:g} km in {runs:g} runs is more a run than the longest run "
            f"({longest:g} km)",
            "check the three numbers",
            "E_CONTRADICTION",
        )
    off = _num(facts, "running.weeks_since_last_run")
    if facts.get("running.runner_status") == "current" and off is not None and off > 4:
        yield Problem(
            "running.weeks_since_last_run",
            f"a current runner, but the last run was {off:g} weeks ago",
            'write "injured_stopped" or "returning" as the status',
            "E_LAST_RUN",
        )


def _pace(facts: Facts) -> Iterator[Problem]:
    pace = _num(facts, "running.typical_pace_min_per_km")
    if pace is not None and pace < FASTEST_USUAL_PACE:
        yield Problem(
            "running.typical_pace_min_per_km",
            f"{pace:g} minutes for 1 km is faster than nearly anybody runs",
            "write minutes for 1 km, such as 6.5 for 6 minutes 30 seconds",
            "E_PACE",
        )


def _life(facts: Facts) -> Iterator[Problem]:
    told = "told_by_clinician"
    pairs: tuple[tuple[str, str, object, str], ...] = (
        ("diagnoses.pregnant_weeks", "diagnoses.pregnant", "yes", "pregnant"),
        ("diagnoses.weeks_since_birth", "diagnoses.postpartum", "yes", "postpartum"),
        ("diagnoses.surgery_date", "diagnoses.spinal_surgery", told, "spinal_surgery"),
        ("diagnoses.surgery_type", "diagnoses.spinal_surgery", told, "spinal_surgery"),
    )
    for path, needs, value, name in pairs:
        if path in facts and facts.get(needs) != value:
            yield Problem(
                path,
                f'given, but "{name}" is not "{value}"',
                f'write "{name}": "{value}", or leave this out',
                "E_CONTRADICTION",
            )
    if facts.get("person.sex_at_birth") == "male":
        for path in (
            "diagnoses.pregnant", "diagnoses.postpartum", "red_flags.missed_periods_3",
            "red_flags.pregnancy_warning",
        ):  # fmt: skip
            if facts.get(path) == "yes":
                yield Problem(
                    path, 'yes, but the sex at birth is "male"', "", "E_CONTRADICTION"
                )
    if facts.get("red_flags.pregnancy_warning") == "yes" and (
        facts.get("diagnoses.pregnant") != "yes"
    ):
        yield Problem(
            "diagnoses.pregnant",
            "there is a pregnancy warning sign, but no pregnancy",
            'write "pregnant": "yes", or check the warning sign',
            "E_CONTRADICTION",
        )


_RULES: Final[tuple[Rule, ...]] = (
    _mode, _body, _years, _dates, _ages, _pain, _running, _pace, _life,
)  # fmt: skip


def confirmed_codes(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the doubts that the profile confirms."""
    codes = data.get("confirmed")
    return tuple(c for c in codes if c in DOUBTS) if isinstance(codes, list) else ()

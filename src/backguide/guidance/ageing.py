"""Judge a person's answers by the day on which a page is issued.

In:   a checked profile, the content with its limits, and the day of issue.
Out:  the profile as it counts on that day, or a ProfileError.
Pure: no files, no clock.

Answers given after the day of issue are a slip. Of all others:

- **Safety answers** (``red_flags``) and a clinician's check of warning signs
  (``clearance``) count for so many days as the thresholds ``answers_self_days`` and
  ``answers_clinic_days`` say, and no longer than a pregnancy can last. After that they
  are not answered. Nothing old lets anybody through, and nothing old takes anybody
  off an urgent page: whom the answers hold back as urgent is still held back.
- **Weeks since a day that stays the same** (``facts.COUNTED_WEEKS``), and what is
  counted from a date, go on by the calendar.
- **Days to come** (``TO_COME``) that have passed are no facts any more; they are told.
- Everything else stays as it was told. Each page names the day of the answers.

A sample is always judged on the day of its own answers: it never grows old.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from backguide.errors import Problem, ProfileError
from backguide.guidance.library import Library
from backguide.guidance.triage import Level, assess
from backguide.profile.facts import (
    LATEST_PREGNANCY_WEEK,
    Facts,
    FactValue,
    derive_signs,
    facts_of,
    known_facts,
)
from backguide.profile.load import Profile

ARE_OLD: Final = "derived.answers_are_old"
CLEARED_ON: Final = "clearance.red_flags_cleared_date"

TO_COME: Final[Mapping[str, str]] = MappingProxyType(
    {
        "running.goal_race_date": "derived.weeks_to_race",
        "clinic.next_appointment": "derived.visit_in_days",
        "clinic.handout_review_date": "",
    }
)
"""Dates that mean a day to come, each with the fact that is counted to it."""

_LIMITS: Final = MappingProxyType(
    {"self": "answers_self_days", "clinic": "answers_clinic_days"}
)


def on_day(
    profile: Profile, library: Library, day: date, source: str = "the profile"
) -> Profile:
    """Return the profile as its answers count on a day.

    Args:
        profile: As it was read.
        library: The content; its thresholds limit the age of answers.
        day: The day of issue.
        source: Name of the profile for a message.

    Raises:
        ProfileError: The answers are of a later day, or the questions ended early and
            no page in place of a guide is certain.
    """
    _require_held(profile, library, source)
    given = profile.get("created_date")
    assert isinstance(given, date)  # noqa: S101  no profile is valid without it
    if profile.is_sample:
        return profile
    if given > day:
        raise ProfileError(source, (_of_a_later_day(given, day),))
    facts = facts_of(profile.data, day)
    limit = timedelta(days=library.thresholds[_LIMITS[str(facts["mode"])]])
    passed = _take_passed(facts, day)
    last = _last_day(profile.facts, given, limit)
    cleared_on = facts.get(CLEARED_ON)
    if isinstance(cleared_on, date):
        if day - cleared_on > limit:
            passed = (*passed, (CLEARED_ON, cleared_on))
            facts = _without(facts, "clearance.red_flags_cleared")
        else:
            last = min(last, cleared_on + limit)
    if day > last:
        if assess(facts, library.flags).level < Level.URGENT:
            facts = _without(facts, "red_flags.", "clearance.")
            facts["derived.running_cleared"] = False
            derive_signs(facts)
        facts[ARE_OLD] = True
    ahead = [facts[path] for path in TO_COME if path in facts]
    return replace(
        profile,
        facts=facts,
        passed=passed,
        good_until=min([last, *(value for value in ahead if isinstance(value, date))]),
        notices=(*profile.notices, *_notices(facts, passed, limit)),
    )


def _require_held(profile: Profile, library: Library, source: str) -> None:
    """See that questions ended early only where an answer calls for help.

    Raises:
        ProfileError: They did not.
    """
    is_whole = profile.get("ended_early") is not True
    if is_whole or assess(profile.facts, library.flags).is_held_back:
        return
    words = "the questions ended early, but no answer calls for help at once"
    hint = "answer the other questions, and take this out"
    title = known_facts()["ended_early"].title
    problem = Problem("ended_early", words, hint, "E_ENDED_EARLY", title)
    raise ProfileError(source, (problem,))


def _notices(
    facts: Facts, passed: tuple[tuple[str, date], ...], limit: timedelta
) -> tuple[Problem, ...]:
    """Return what whoever makes the page should know of the age of the answers.

    The same words for everybody, so that a batch can count them.
    """
    titles = known_facts()
    found = [
        Problem(path, "this day has passed, so it is left out", "", "E_PASSED",
                titles[path].title)
        for path, _ in passed
    ]  # fmt: skip
    if facts.get(ARE_OLD) is True:
        words = f"safety answers count for {limit.days} days; these are older"
        hint = "ask the safety questions again, and change the date"
        title = titles["created_date"].title
        found.append(Problem("created_date", words, hint, "E_OLD_ANSWERS", title))
    return tuple(found)


def _of_a_later_day(given: date, day: date) -> Problem:
    return Problem(
        "created_date",
        f"expected a date up to {day.isoformat()}, the day of issue, got "
        f"{given.isoformat()}",
        "check the year, and the clock and the time zone of this computer",
        "E_DATE_AHEAD",
        known_facts()["created_date"].title,
    )


def _take_passed(
    facts: dict[str, FactValue], day: date
) -> tuple[tuple[str, date], ...]:
    """Take the days to come that have passed out of the facts, and return them."""
    passed = []
    for path, counted in TO_COME.items():
        value = facts.get(path)
        if isinstance(value, date) and value < day:
            passed.append((path, value))
            del facts[path]
            facts.pop(counted, None)
    return tuple(passed)


def _last_day(facts: Facts, given: date, limit: timedelta) -> date:
    """Return the last day on which the safety answers of one day count."""
    weeks = facts.get("diagnoses.pregnant_weeks")
    if isinstance(weeks, int) and facts.get("diagnoses.pregnant") == "yes":
        left = timedelta(weeks=LATEST_PREGNANCY_WEEK + 1 - weeks, days=-1)
        limit = min(limit, left)
    return given + min(limit, date.max - given)


def _without(facts: Facts, *beginnings: str) -> dict[str, FactValue]:
    return {k: v for k, v in facts.items() if not k.startswith(beginnings)}

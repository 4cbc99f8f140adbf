"""Random people who answer every question that can be put to them."""

import math
import random
from datetime import date, timedelta
from typing import Any

from backguide.interview.engine import Interview
from backguide.interview.outlook import Outlook
from backguide.interview.questions import topic_of, topics
from backguide.profile.facts import Fact, defaults_of, facts_of, known_facts
from strategies import CREATED_DATE, repaired

DAY = date.fromisoformat(CREATED_DATE)
MUST: frozenset[str] = frozenset(
    {
        "locale", "units_distance", "person.age_years", "symptoms.has_back_pain",
        "symptoms.site", "symptoms.onset_weeks", "symptoms.onset_type",
        "symptoms.nrs_now", "symptoms.nrs_usual_24h", "symptoms.radiation",
        "symptoms.aggravators", "symptoms.easers", "symptoms.radiation_side",
        "symptoms.leg_quality", "running.runner_status",
        "running.weeks_since_last_run", "running.weekly_distance_km",
        "running.runs_per_week", "running.longest_run_30d_km", "abilities.can_swim",
    }
)  # fmt: skip
"""What some whole profile cannot leave open."""


WELL: dict[str, list[Any]] = {
    "symptoms.has_back_pain": ["current", "current", "past_only", "never"],
    "symptoms.radiation": ["none"],
    "symptoms.leg_quality": [[]],
    "symptoms.site": [["central_low"], ["left_low", "central_low"]],
    "symptoms.onset_type": ["gradual", "lift_bend", "after_run"],
    "symptoms.nrs_now": [0, 1, 2, 3, 5],
    "symptoms.nrs_usual_24h": [1, 2, 3, 5],
    "symptoms.improving": ["better", "same"],
    "symptoms.stops_daily_life": [False],
    "symptoms.aggravators": [[], ["sit"], ["bend_forward", "run_long"]],
    "symptoms.easers": [["walk"], ["lie", "heat"], ["movement"]],
    "spa.age_at_onset": [50, 60],
    "person.age_years": [24, 33, 41, 52],
    "person.height_cm": [170],
    "person.weight_kg": [60, 70, 95],
} | {
    path: ["no"]
    for path, fact in known_facts().items()
    if path.startswith(("diagnoses.", "spa."))
    and "no" in ("no", *fact.choices)
    and fact.kind in ("yes_no", "choice")
    and path != "diagnoses.surgery_type"
    and path != "diagnoses.birth_type"
}
"""Answers that let most people exercise."""


def person(seed: int, *, calm: float | None = None) -> dict[str, Any]:
    """Return the answers of one person, by path; None where there is none.

    Args:
        seed: The same seed gives the same person.
        calm: The chance that a warning sign is plainly not there; drawn when None.
    """
    rng = random.Random(seed)
    if calm is None:
        calm = rng.choice([0.9, 0.98, 1.0, 1.0])
    is_well = rng.random() < 0.6
    mode = {"mode": "self", "created_date": CREATED_DATE}
    answers: dict[str, Any] = {}
    for topic in topics():
        for path in topic.fields:
            facts = facts_of(nested({**mode, **answers}), DAY)
            if not Outlook(facts, ()).is_closed(path):
                answers[path] = _answer(rng, known_facts()[path], calm)
                if is_well and path in WELL and rng.random() < 0.95:
                    answers[path] = rng.choice(WELL[path])
    whole = nested({**mode, **answers})
    return without_closed(flat(repaired(whole)))


def without_closed(answers: dict[str, Any]) -> dict[str, Any]:
    """Return the answers to questions that can be put to this person."""
    kept = {p: v for p, v in answers.items() if p in topic_of() or p == "confirmed"}
    while True:
        facts = facts_of(nested({"mode": "self", "created_date": CREATED_DATE, **kept}))
        closed = [p for p in kept if Outlook(facts, ()).is_closed(p)]
        if not closed:
            return kept
        for path in closed:
            del kept[path]


_OWN_WORDS: dict[str, Any] = {
    "symptoms.function_psfs": [
        {"activity": "lifting the shopping", "score_0_10": 4},
        {"activity": "sitting through a film", "score_0_10": 6},
    ],
    "person.first_name": "Kim",
}


def _answer(rng: random.Random, fact: Fact, calm: float) -> Any:
    path = fact.path
    if path == "symptoms.onset_date":
        return None  # the weeks are told
    if fact.kind in ("text", "list"):  # no draw: the same people as ever
        return _OWN_WORDS[path]
    if path.startswith("red_flags.") and rng.random() < calm:
        return "no"
    if path not in MUST and rng.random() < 0.12:
        return None
    if path == "person.age_years":
        return rng.choice([18, 25, 34, 41, 49, 50, 55, 64, 65, 70, 80])
    match fact.kind:
        case "yes_no":
            return rng.choice(["yes", "no", "no", "unknown"])
        case "choice" if "told_by_clinician" in fact.choices:
            return rng.choice(["no"] * 12 + ["told_by_clinician", "self_suspected"])
        case "choice":
            return rng.choice(fact.choices)
        case "bool":
            return rng.random() < 0.5
        case "set":
            least = 1 if path == "symptoms.site" else 0
            return rng.sample(
                fact.choices, rng.randint(least, min(4, len(fact.choices)))
            )
        case "date":
            days = rng.randint(7, 200)
            ahead = path == "running.goal_race_date"
            return (DAY + timedelta(days=days if ahead else -days)).isoformat()
    assert fact.kind == "number"
    assert fact.minimum is not None
    assert fact.maximum is not None
    low, high = math.ceil(fact.minimum), int(fact.maximum)
    return rng.randint(low, rng.choice([high, min(high, low + 20), min(high, low + 6)]))


def nested(answers: dict[str, Any]) -> dict[str, Any]:
    """Return answers by path as a nested profile."""
    data: dict[str, Any] = {name: {} for name in ("person", "symptoms", "red_flags",
                                                  "running")}  # fmt: skip
    for path, value in answers.items():
        group, _, name = path.rpartition(".")
        (data.setdefault(group, {}) if group else data)[name] = value
    return data


def flat(data: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a nested profile as answers by path."""
    found: dict[str, Any] = {}
    for name, value in data.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def asked(
    interview: Interview, answers: dict[str, Any], *, with_more: bool = True
) -> tuple[dict[str, Any], list[str], str]:
    """Put an interview to a person.

    Returns:
        The answers that were asked for; the topics in order; the last stage.
    """
    given: dict[str, Any] = {k: v for k, v in answers.items() if k == "confirmed"}
    order: list[str] = []
    while True:
        step = interview.step(given)
        if step.topic is None or (step.stage == "more" and not with_more):
            return given, order, step.stage
        order.append(step.topic.id)
        assert step.fields, step
        assert not step.must_answer, step
        given |= {path: answers.get(path) for path in step.fields}
        assert len(order) < 150, order


def settings(answers: dict[str, Any]) -> dict[str, Any]:
    """Return what a person's country settles, for a whole profile."""
    return dict(defaults_of(str(answers["locale"])))

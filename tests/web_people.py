"""People who fill in the form in the browser."""

from typing import Any

from backguide.interview.answering import none_choice, unsure
from backguide.interview.questions import is_line, topic_of
from backguide.profile.facts import known_facts
from interview_people import person

CALM = 7
"""The seed of somebody with pain now who gets a guide."""
RUNS = {
    "running.runner_status": "current",
    "running.weeks_since_last_run": 0,
    "running.weekly_distance_km": 10,
    "running.runs_per_week": 2,
    "running.longest_run_30d_km": 6,
}


def calm(seed: int = CALM) -> dict[str, Any]:
    """Return answers that can all be marked."""
    answers = person(seed, calm=1.0)
    for path, value in answers.items():
        fact = known_facts().get(path)
        if fact and fact.kind == "set" and value == [] and none_choice(fact):
            answers[path] = [none_choice(fact)]
        if fact and fact.kind == "set" and value:
            kept = [c for c in fact.choices if c in value]
            answers[path] = [c for c in kept if c not in ("nothing", "none")] or kept
        if fact is None or value is not None or not is_line(fact):
            continue
        if topic_of()[path].is_list or path.startswith("red_flags."):
            is_told = "told_by_clinician" in fact.choices
            answers[path] = "no" if is_told else unsure(fact)
    return answers

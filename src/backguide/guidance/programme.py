"""The way back to running, worked out for one person.

Stages, entry rules and tracks are content (``plan.toml``). Here the person's
stage and track are found, and what a race asks for is compared with the step
rule of the long run.
"""

import math
from dataclasses import dataclass
from typing import Final

from backguide.guidance.condition import ALWAYS, Condition, ConditionReader, Truth
from backguide.guidance.content_file import ContentFile, TableReader
from backguide.guidance.section import NEVER
from backguide.profile.facts import Facts, FactValue

LAST_STAGE: Final = 11


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the run-walk plan. Times in seconds, for the main part."""

    number: int
    jog_s: int
    walk_s: int
    repeats: int
    sessions_standard: int
    sessions_careful: int

    def sessions(self, track: str) -> int:
        """Return how many good sessions come before the next stage."""
        return self.sessions_careful if track == "careful" else self.sessions_standard

    @property
    def main_min(self) -> int:
        """Return the minutes of the main part, rounded up."""
        return math.ceil((self.jog_s + self.walk_s) * self.repeats / 60)


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule for the stage to start at; the first that holds is taken."""

    stage: int
    because: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Plan:
    """The run-walk plan."""

    stages: tuple[Stage, ...]
    entries: tuple[Entry, ...]
    careful: Condition
    warm_up_walk_min: int
    cool_down_walk_min: int
    sessions_per_week: int
    file: ContentFile


def parse_plan(file: ContentFile, conditions: ConditionReader) -> Plan:
    """Return the plan of ``plan.toml``."""
    read = TableReader(file, file.table)
    stages = []
    for table in read.tables("stage"):
        inner = TableReader(file, table, f"number = {table.get('number', '?')}")
        stages.append(
            Stage(
                number=inner.integer("number", 0, LAST_STAGE),
                jog_s=inner.integer("jog_s", 0, 3600),
                walk_s=inner.integer("walk_s", 0, 3600),
                repeats=inner.integer("repeats", 1, 20),
                sessions_standard=inner.integer("sessions_standard", 1, 10),
                sessions_careful=inner.integer("sessions_careful", 1, 10),
            )
        )
        inner.finish()
    if [stage.number for stage in stages] != list(range(len(stages))):
        file.add("[[stage]]", "the stages must be numbered 0, 1, 2 ... in order")
    entries = []
    for table in read.tables("entry"):
        inner = TableReader(file, table, f'because = "{table.get("because", "?")}"')
        entries.append(
            Entry(
                inner.integer("stage", 0, LAST_STAGE),
                inner.text("because"),
                inner.condition("when", conditions),
            )
        )
        inner.finish()
    if not entries or entries[-1].when is not ALWAYS:
        file.add("[[entry]]", "the last entry must have no condition")
    plan = Plan(
        stages=tuple(stages),
        entries=tuple(entries),
        careful=read.condition("careful", conditions, NEVER),
        warm_up_walk_min=read.integer("warm_up_walk_min", 0, 30),
        cool_down_walk_min=read.integer("cool_down_walk_min", 0, 30),
        sessions_per_week=read.integer("sessions_per_week", 1, 7),
        file=file,
    )
    read.review()
    read.texts("source")
    read.finish()
    return plan


def entry_of(facts: Facts, plan: Plan) -> Entry:
    """Return the entry rule that holds for this person."""
    return next(e for e in plan.entries if e.when.evaluate(facts) is Truth.YES)


def plan_facts(facts: Facts, plan: Plan) -> dict[str, FactValue]:
    """Return the facts about the plan: the stage to start at and the track."""
    careful = plan.careful.evaluate(facts) is Truth.YES
    return {
        "derived.plan_stage": entry_of(facts, plan).stage,
        "derived.plan_track": "careful" if careful else "standard",
    }


LONG_RUN_STEP: Final = 1.10
"""Each longest run is at most this much longer than the one before (E26)."""


def weeks_to_reach(longest_km: float, goal_km: float) -> int:
    """Return the weeks until a run of ``goal_km`` keeps the 10 % step rule.

    One longer run a week. 0 when the goal is within one step already.
    """
    if longest_km <= 0:
        raise ValueError("longest_km must be above 0")
    weeks, reach = 0, longest_km * LONG_RUN_STEP
    while round(reach, 6) < goal_km:
        weeks, reach = weeks + 1, reach * LONG_RUN_STEP
    return weeks


def reachable_km(longest_km: float, weeks: int) -> float:
    """Return the longest run that the step rule allows after so many weeks.

    Rounded down to 0.5 km.
    """
    return math.floor(longest_km * LONG_RUN_STEP ** (weeks + 1) * 2 + 1e-6) / 2

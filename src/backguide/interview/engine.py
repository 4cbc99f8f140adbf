"""The interview itself: the answers so far in, the next question out.

In:   the answers by path, the content, the day.
Out:  a Step: what to ask next, or that there is nothing left to ask.
Pure: no terminal, no web, no clock, no files. The same answers give the same step.

Safety comes first. Then only that is asked which can still change the guide. An answer
that calls for help ends the interview with the page that says so. ``None`` stands for a
question that was asked and not answered; that is never a "no".
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from backguide.errors import Problem, ProfileError
from backguide.guidance.library import Library
from backguide.guidance.markup import fill, placeholders
from backguide.guidance.prepared import EXERCISE_COUNT
from backguide.guidance.select import select
from backguide.guidance.triage import Level, assess
from backguide.guidance.wording import Wording
from backguide.interview.outlook import Outlook
from backguide.interview.questions import (
    SAFETY,
    Topic,
    topic_of,
    topics,
)
from backguide.interview.relevance import (
    ENRICHES,
    NEEDED,
    Reads,
    guide_reads,
    level_reads,
    plan_reads,
    surest_level,
    triage_reads,
)
from backguide.profile.facts import (
    FactValue,
    defaults_of,
    facts_of,
    known_facts,
    schema,
)
from backguide.profile.load import profile_from_bytes

Answers = Mapping[str, Any]
"""Path to the answer as it stands in a profile; None for asked and not answered."""

Stage = Literal["asking", "more", "held", "done"]
"""Asking what is needed; only what enriches is left; a page in place of a guide is
certain; nothing is left."""

ALWAYS_NEEDED: Final = (
    "person.age_years",
    "symptoms.has_back_pain",
    "running.runner_status",
)
"""What every whole profile answers."""
OWN_WORDS: Final = ("symptoms.function_psfs", "person.first_name")
"""What a person can say in her own words. No rule reads it; a guide prints it."""
_MAY_PRINT_NAME: Final = {"self": "tone_name", "clinic": "clinic.consent_to_print_name"}
"""Who gives a name for the page agrees that it stands there."""
_SHOWN_OPEN: Final = (SAFETY, "spa.")
"""Groups of which a profile shows the open answers as open."""
_UNITS: Final = "units_distance"
_PLAN: Final = ("derived.plan_stage", "derived.plan_track")
_LEVEL: Final = "derived.exercise_level"
_TRIAGE: Final = ("triage.level", "triage.flags", "triage.unanswered")
_NOT_YET: Final = frozenset({*_TRIAGE, *_PLAN, _LEVEL, EXERCISE_COUNT})


@dataclass(frozen=True, slots=True)
class Step:
    """Where an interview stands."""

    stage: Stage
    topic: Topic | None
    """What to ask next; None when nothing is left or a page is certain."""
    fields: tuple[str, ...]
    """The lines of the topic that are open."""
    left: int
    """Entries that are needed, as far as can be told now; the next one is among them.
    A list is one entry, any other field is one."""
    left_more: int
    """Entries that only enrich the guide."""
    must_answer: tuple[str, ...] = ()
    """Fields of the topic without which no guide can be made."""


class Interview:
    """The interview of one person with one content. Holds no answers."""

    def __init__(
        self, library: Library, *, mode: str, day: date, length: str = ""
    ) -> None:
        """Settle what is the same for the whole interview.

        Args:
            library: The content.
            mode: "self" or "clinic".
            day: The day of the answers.
            length: That of the guide; empty for the usual one.
        """
        self._library = library
        self._mode = mode
        self.day = day
        self.length = length

    # --- what is asked -----------------------------------------------------

    def step(self, answers: Answers) -> Step:
        """Return what to ask next."""
        facts = self._facts(answers)
        unanswered = self._unanswered(answers)
        outlook = Outlook(facts, unanswered, _NOT_YET)
        if surest_level(outlook, self._library, self._mode) is Level.EMERGENCY:
            return Step("held", None, (), 0, 0)
        reads = Reads(outlook)
        triage_reads(reads, self._library, self._mode)
        if reads.weights or "locale" in outlook.open:
            later = self._guide_reads(facts, outlook.open, is_triaged=False)
            if "locale" in outlook.open:
                # The country first: it settles whom an urgent page tells to call.
                later |= reads.weights
                return self._asking(outlook, {"locale": NEEDED}, later, answers)
            return self._asking(outlook, reads.weights, later, answers)
        if assess(facts, self._library.flags).is_held_back:
            return Step("held", None, (), 0, 0)
        weights = self._guide_reads(facts, outlook.open, is_triaged=True)
        weights |= dict.fromkeys(
            (p for p in ALWAYS_NEEDED if p in outlook.open), NEEDED
        )
        weights |= dict.fromkeys((p for p in OWN_WORDS if p in outlook.open), ENRICHES)
        if NEEDED not in weights.values():
            missing = self._missing(answers)
            if missing:
                first = dict.fromkeys(missing, NEEDED)
                return self._asking(outlook, first, weights, answers)
        return self._asking(outlook, weights, {}, answers)

    def _guide_reads(
        self, facts: Mapping[str, FactValue], open_: set[str], *, is_triaged: bool
    ) -> dict[str, int]:
        """Return what the guide reads; a forecast while the triage is not settled."""
        library = self._library
        selection = select(facts, library, length=self.length)
        later = set() if is_triaged else set(_TRIAGE)
        outlook = Outlook(selection.facts, open_, later, is_gated=True)
        for names, note in ((_PLAN, plan_reads), ((_LEVEL,), level_reads)):
            waits = Reads(outlook)
            note(waits, library)
            if waits.weights or not is_triaged:
                later |= set(names)
        if later:
            later.add(EXERCISE_COUNT)
            outlook = Outlook(selection.facts, open_, later, is_gated=True)
        reads = Reads(outlook)
        guide_reads(reads, library, selection.triage, selection.facts)
        return reads.weights

    def _asking(
        self,
        outlook: Outlook,
        first: Mapping[str, int],
        later: Mapping[str, int],
        answers: Answers,
    ) -> Step:
        """Return the step to the first topic, in the order of asking."""
        needed = {topic_of()[p].id for p, w in first.items() if w == NEEDED}
        weights = {**later, **first}
        if _UNITS in outlook.open and any(map(_is_distance, weights)):
            weights[_UNITS] = ENRICHES
        all_needed = {topic_of()[p].id for p, w in weights.items() if w == NEEDED}
        more = {topic_of()[p].id for p, w in weights.items() if w == ENRICHES}
        more -= all_needed | needed
        asked = needed or more
        topic = next((t for t in topics() if t.id in asked), None)
        if topic is None:
            return Step("done", None, (), 0, 0)
        must = tuple(p for p in topic.fields if p in first and p not in outlook.open)
        asked_too = set(topic.fields) if topic.is_list else set(weights)
        if len(topic.fields) > 1 and not topic.is_list:
            asked_too |= set(self._missing(answers))
        fields = must or tuple(
            p for p in topic.fields if outlook.may_ask(p) and p in asked_too
        )
        stage: Stage = "asking" if needed else "more"
        left = _entries(all_needed | needed, weights)
        return Step(stage, topic, fields, left, _entries(more, weights), must)

    def _unanswered(self, answers: Answers) -> set[str]:
        return {path for path in topic_of() if path not in answers}

    def _missing(self, answers: Answers) -> tuple[str, ...]:
        """Return the fields without which the schema takes no profile."""
        found = []
        for problem in self.problems(answers):
            if problem.where in topic_of() and answers.get(problem.where) is None:
                found.append(problem.where)
            elif problem.where == "symptoms" and problem.code == "E_MISSING":
                found.append("symptoms.onset_weeks")
        return tuple(found)

    def default_of(self, path: str, answers: Answers) -> str | None:
        """Return what Enter alone may stand for: units that are usual in a country."""
        return defaults_of(str(answers.get("locale"))).get(path)

    def may_skip(self, path: str, answers: Answers) -> bool:
        """Tell whether a question can be left open; a safety question never can."""
        if path.startswith(SAFETY):
            return False
        data = self.profile({**answers, path: None})
        data.pop("ended_early", None)  # as if all questions were asked
        return all(problem.where != path for problem in _problems(data))

    def habits(self, answers: Answers) -> dict[str, Any]:
        """Return the units that a bare number is meant in, for ``profile.units``."""
        usual = defaults_of(str(answers.get("locale")))
        distance = answers.get(_UNITS) or usual.get(_UNITS, "")
        return {"distance": distance, "body": usual.get("units_body", "")}

    def state(self, answers: Answers) -> str:
        """Return what the triage makes of the answers; one of ``OUTPUT_STATES``."""
        return assess(self._facts(answers), self._library.flags).state

    def help_words(self, answers: Answers) -> str:
        """Return what to say at once to who gets a page in place of a guide."""
        facts = self._facts(answers)
        triage = assess(facts, self._library.flags)
        known = {**facts, **triage.facts()}
        text = self._library.words[f"ask.{triage.state.lower()}"]
        wording = Wording(self._library, known)
        return fill(text, {p: wording.placeholder(p) for p in placeholders(text)})

    # --- what the answers say ----------------------------------------------

    def kept(self, answers: Answers) -> dict[str, Any]:
        """Return the answers without those to questions that nobody would ask now.

        An earlier answer that was changed can close a later question.
        """
        kept = dict(answers)
        while True:
            outlook = Outlook(self._facts(kept), ())
            closed = [path for path in kept if outlook.is_closed(path)]
            if not closed:
                return kept
            for path in closed:
                del kept[path]

    def profile(self, answers: Answers) -> dict[str, Any]:
        """Return the answers as a profile; what was not asked stays open."""
        locale = answers.get("locale") or "en-other"
        flat: dict[str, Any] = {
            "schema_version": schema()["properties"]["schema_version"]["enum"][-1],
            "language": "en",
            "mode": self._mode,
            "created_date": self.day.isoformat(),
            "locale": locale,
            **defaults_of(str(locale)),
        }
        if self.length:
            flat["length"] = self.length
        flat |= dict.fromkeys(p for p in known_facts() if p.startswith(_SHOWN_OPEN))
        flat |= answers
        if answers.get("person.first_name"):
            flat[_MAY_PRINT_NAME[self._mode]] = True
        if any(path not in flat for path in ALWAYS_NEEDED):
            flat["ended_early"] = True
        return _nested(flat)

    def content(self, answers: Answers) -> bytes:
        """Return the profile as the bytes of a file.

        Where a page in place of a guide is certain and answers are missing that a
        whole profile needs, it says that it ended early.
        """
        data = self.profile(answers)
        if self._missing(answers) and self.step(answers).stage == "held":
            data["ended_early"] = True
        return _as_bytes(data)

    def problems(self, answers: Answers) -> tuple[Problem, ...]:
        """Return what a profile of these answers would be refused for."""
        return _problems(self.profile(answers))

    def _facts(self, answers: Answers) -> dict[str, FactValue]:
        facts = facts_of(self.profile(answers), self.day)
        facts.pop("ended_early", None)
        return facts


def _entries(ids: set[str], weights: Mapping[str, int]) -> int:
    """Return how often something is typed for these topics."""
    return sum(
        1 if t.is_list else max(1, len(weights.keys() & set(t.fields)))
        for t in topics()
        if t.id in ids
    )


def _is_distance(path: str) -> bool:
    unit = known_facts()[path].unit
    return unit.startswith("km") or unit.endswith("per km")


def _as_bytes(data: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(data, indent=2, ensure_ascii=False)}\n".encode()


def _problems(data: Mapping[str, Any]) -> tuple[Problem, ...]:
    try:
        profile_from_bytes(_as_bytes(data), "the answers")
    except ProfileError as error:
        return error.problems
    return ()


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for path, value in flat.items():
        group, _, name = path.rpartition(".")
        (data.setdefault(group, {}) if group else data)[name] = value
    return data


def in_order_of_asking(paths: Iterable[str]) -> list[str]:
    """Return paths in the order in which their topics are asked."""
    order = {path: place for place, path in enumerate(topic_of())}
    return sorted(paths, key=lambda path: order.get(path, len(order)))

"""What stands on a question sheet: its questions, and the fields of its form.

In:   what is settled for a sheet (mode, country, units, how many questions).
Out:  a Plan: numbered questions with their fields, and the code of exactly this sheet.
Pure: no files, no clock, no content but the schema.

Writer and reader both go by the Plan, so a field means the same for both. The name of
a field is the path of its answer in a profile. No field is a lone check box of a safety
question: an untouched one would look like a no.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal

from backguide.interview.answering import choices_of, no, takes_none, unsure, yes
from backguide.interview.questions import Topic, asked_of, line_of, topics
from backguide.profile.facts import Fact, known_facts, schema

FORMAT: Final = 1
"""Of the note in the form that says which sheet it is."""
NOTE: Final = "backguide"
"""Name of the field that holds the note; it stands on no page."""
NONE: Final = "none"
"""Group of the boxes that say: none of these."""
TICKED: Final = "yes"
"""What a box holds that is no choice among others."""
DAY: Final = "created_date"
DATE_PARTS: Final = ("day", "month", "year")
_LOCALE, _UNITS = "locale", "units_distance"
_CODE: Final = "profile_id"

Kind = Literal["rows", "choice", "set", "amount", "date", "text"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is settled before a sheet is filled in."""

    mode: str = "self"
    """self or clinic."""
    is_full: bool = False
    """True for the questions that only add to a guide as well."""
    locale: str = ""
    """Country; empty to ask for it."""
    units: str = ""
    """km or mi; empty to ask for it."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form."""

    name: str
    """Full name; full stops part groups."""
    path: str
    """The answer that it belongs to."""
    values: tuple[tuple[str, Any], ...] = ()
    """What a box holds when it is ticked, with the answer; none for text."""
    is_choice: bool = False
    """True for one choice with a box for each value."""

    @property
    def is_text(self) -> bool:
        """Tell whether it is typed into."""
        return not self.values


@dataclass(frozen=True, slots=True)
class Question:
    """One numbered question."""

    number: int
    kind: Kind
    topic: Topic | None
    """None for what the sheet asks beside the interview."""
    words: str
    paths: tuple[str, ...]
    """One field of a profile, or the lines of a list."""
    fields: tuple[Field, ...]
    none: Field | None = None
    """The box that says none of these."""

    def all_fields(self) -> tuple[Field, ...]:
        """Return its fields, the one for none of these among them."""
        return self.fields if self.none is None else (*self.fields, self.none)


@dataclass(frozen=True, slots=True)
class Plan:
    """All questions of one kind of sheet."""

    settings: Settings
    questions: tuple[Question, ...]
    code: str
    """Equal only for equal questions, answers and settings, such as "7F3A-09C1"."""
    question_of: Mapping[str, Question] = field(repr=False)
    """The question of each path of a profile."""

    def question_of_none(self, item: Field) -> Question:
        """Return the question whose box for none of these a field is."""
        return next(q for q in self.questions if q.none == item)


@cache
def plan_of(settings: Settings) -> Plan:
    """Return what stands on a sheet."""
    questions = tuple(_numbered(settings))
    told = [FORMAT, settings.mode, settings.locale, settings.units]
    told += [
        [q.number, q.kind, q.words, _words_of(q), *map(_told, q.all_fields())]
        for q in questions
    ]
    version = schema()["properties"]["schema_version"]["enum"][-1]
    text = json.dumps([version, told], ensure_ascii=False)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest().upper()
    of_path = {path: q for q in questions for path in q.paths}
    return Plan(settings, questions, f"{digest[:4]}-{digest[4:8]}", of_path)


def _told(item: Field) -> list[Any]:
    """Return what a field is, for the code of the sheet."""
    answers = [[value, str(answer)] for value, answer in item.values]
    return [item.name, item.is_choice, answers]


def _words_of(question: Question) -> list[Any]:
    """Return the words of lines and of answers."""
    facts = known_facts()
    if question.kind == "rows":
        return [line_of(facts[path]) for path in question.paths]
    if question.kind in ("choice", "set"):
        return list(choices_of(facts[question.paths[0]]).values())
    return [facts[path].unit for path in question.paths if path in facts]


def _numbered(settings: Settings) -> Iterator[Question]:
    for number, asked in enumerate(_asked(settings), 1):
        kind, topic, words, paths = asked
        fields, none = _fields(kind, topic, paths, settings)
        yield Question(number, kind, topic, words, paths, fields, none)


def _asked(
    settings: Settings,
) -> Iterator[tuple[Kind, Topic | None, str, tuple[str, ...]]]:
    facts = known_facts()
    yield "date", None, facts[DAY].question, (DAY,)
    if settings.mode == "clinic":
        yield "text", None, facts[_CODE].question, (_CODE,)
    for topic in _topics(settings):
        if topic.is_list:
            yield "rows", topic, topic.question, topic.fields
            continue
        for path in topic.fields:
            kind = kind_of(facts[path])
            if kind is not None:
                yield kind, topic, facts[path].question, (path,)


def _topics(settings: Settings) -> list[Topic]:
    """Return the topics in the order of the sheet: warning signs first of all."""
    settled = set()
    if settings.locale:
        settled.add(_LOCALE)
    if settings.units:
        settled.add(_UNITS)
    wanted = ("", "more") if settings.is_full else ("",)
    found = [t for t in topics() if t.sheet in wanted and settled.isdisjoint(t.fields)]
    first = next(n for n, t in enumerate(found) if t.is_safety)
    before, found = found[:first], found[first:]
    first = next(n for n, t in enumerate(found) if not t.is_safety)
    return [*found[:first], *before, *found[first:]]


def kind_of(fact: Fact) -> Kind | None:
    """Return how a field is asked for on paper; None where it cannot be."""
    if fact.kind in ("yes_no", "bool", "choice"):
        return "choice"
    kinds: Mapping[str, Kind] = {
        "set": "set", "number": "amount", "date": "date", "text": "text",
    }  # fmt: skip
    if fact.kind == "number" and fact.unit.startswith("points"):
        return "choice"
    return kinds.get(fact.kind)


def _fields(
    kind: Kind, topic: Topic | None, paths: tuple[str, ...], settings: Settings
) -> tuple[tuple[Field, ...], Field | None]:
    path, facts = paths[0], known_facts()
    match kind:
        case "rows":
            assert topic is not None  # noqa: S101  only topics have lines
            lines = tuple(_line(facts[p]) for p in paths)
            return lines, Field(f"{NONE}.{topic.id}", "", ((TICKED, True),))
        case "choice":
            return (Field(path, path, tuple(_values(facts[path])), True),), None
        case "set":
            fields = tuple(
                Field(f"{path}.{_name(choice)}", path, ((TICKED, choice),))
                for choice in shown_choices(facts[path], settings)
            )
            return fields, _none_of(facts[path])
        case "date":
            parts = tuple(Field(f"{path}.{part}", path) for part in DATE_PARTS)
            return parts, None
    return (Field(path, path),), None


def _line(fact: Fact) -> Field:
    """Return the field of a line: yes, no and, where there is a word for it, unsure."""
    values = [("yes", yes(fact)), ("no", no(fact))]
    if unsure(fact) is not None:
        values.append(("unsure", unsure(fact)))
    return Field(fact.path, fact.path, tuple(values), True)


def _values(fact: Fact) -> Iterator[tuple[str, Any]]:
    """Yield what each box of a choice holds, and what it answers."""
    if fact.kind == "number":
        assert fact.minimum is not None  # noqa: S101  points have limits
        assert fact.maximum is not None  # noqa: S101
        # A bare number is taken for a place in a list by some programs.
        for number in range(int(fact.minimum), int(fact.maximum) + 1):
            yield f"n{number}", number
        return
    for choice in choices_of(fact):
        if isinstance(choice, bool):
            yield ("yes" if choice else "no"), choice
        else:
            yield _name(choice), choice


def _name(choice: str) -> str:
    """Return a choice as a form can hold it: small letters, digits and _."""
    return re.sub(r"[^a-z0-9]", "_", choice.casefold())


def shown_choices(fact: Fact, settings: Settings) -> tuple[str, ...]:
    """Return the choices that a sheet offers.

    Who has no guide yet does not know its exercises by name, so only the full sheet
    lists them.
    """
    if settings.is_full:
        return fact.choices
    return tuple(choice for choice in fact.choices if not choice[0].isupper())


def _none_of(fact: Fact) -> Field | None:
    """Return the box for none of these, unless a choice says so or one is needed."""
    if not takes_none(fact):
        return None
    return Field(f"{NONE}.{fact.path}", fact.path, ((TICKED, True),))


def gate_of(question: Question) -> tuple[tuple[str, tuple[Any, ...], bool], ...]:
    """Return whom a question is for: what all of its fields have in common."""
    gates = [asked_of(path) for path in question.paths]
    return tuple(part for part in gates[0] if all(part in gate for gate in gates))


# --- the note in the form -----------------------------------------------------------


def note_of(plan: Plan, program_version: str) -> str:
    """Return what says in the form which sheet it is."""
    settings = plan.settings
    return json.dumps(
        {
            "sheet": FORMAT,
            "code": plan.code,
            "program": program_version,
            "mode": settings.mode,
            "full": settings.is_full,
            "locale": settings.locale,
            "units": settings.units,
        },
        ensure_ascii=True,
    )

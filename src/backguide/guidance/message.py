"""The fridge sheet: one verdict with its reasons, three things to do, one to leave.

Every list is read from the top. Of the reasons and the questions, each has a topic, and
of a topic only the first line that applies is printed: no reason says again what one
above it said.
"""

from dataclasses import dataclass
from typing import Any

from backguide.guidance.condition import ALWAYS, Condition, ConditionReader, Truth
from backguide.guidance.content_file import ContentFile, TableReader
from backguide.guidance.triage import OUTPUT_STATES
from backguide.profile.facts import Facts

LIGHTS = ("green", "amber", "red")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the fridge sheet with its condition."""

    id: str
    levels: tuple[str, ...]
    include: Condition
    is_included_if_unknown: bool
    text: str
    light: str = ""
    headline: str = ""
    """For a verdict: the light told in words; for a question: the question."""
    needs: tuple[str, ...] = ()
    """Sections that the line speaks of: at least one of them prints with it."""
    asks: tuple[str, ...] = ()
    """What it asks the reader to do; a ``[[hold]]`` says who must not do it."""
    topic: str = ""
    """Of a reason or question: what it is about; of a topic one line prints."""

    def applies(self, facts: Facts, state: str) -> bool:
        """Tell whether the line is for this person."""
        if state not in self.levels:
            return False
        truth = self.include.evaluate(facts)
        if truth is Truth.UNKNOWN:
            return self.is_included_if_unknown
        return truth is Truth.YES


@dataclass(frozen=True, slots=True)
class MessageExample:
    """A promise of the author about the fridge sheet."""

    name: str
    profile: dict[str, Any]
    level: str
    verdict: str
    do: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MainMessage:
    """Everything that page one may say; each list in order of preference."""

    verdicts: tuple[Line, ...]
    reasons: tuple[Line, ...]
    questions: tuple[Line, ...]
    do: tuple[Line, ...]
    stop: tuple[Line, ...]
    next: tuple[Line, ...]
    examples: tuple[MessageExample, ...]
    file: ContentFile

    def every_line(self) -> tuple[Line, ...]:
        """Return the lines of all lists, list by list."""
        return (
            *self.verdicts,
            *self.reasons,
            *self.questions,
            *self.do,
            *self.stop,
            *self.next,
        )


ACTIONS_ON_PAGE_ONE = 3
REASONS_ON_PAGE_ONE = 3
QUESTIONS_ON_PAGE_ONE = 2


def parse_message(file: ContentFile, conditions: ConditionReader) -> MainMessage:
    """Return the fridge sheet of ``main-message.toml``."""
    read = TableReader(file, file.table)
    message = MainMessage(
        verdicts=_lines(file, read, "verdict", conditions),
        reasons=_lines(file, read, "because", conditions),
        questions=_lines(file, read, "question", conditions),
        do=_lines(file, read, "do", conditions),
        stop=_lines(file, read, "stop", conditions),
        next=_lines(file, read, "next", conditions),
        examples=tuple(_example(file, table) for table in read.tables("example")),
        file=file,
    )
    for name, lines in (("verdict", message.verdicts), ("stop", message.stop),
                        ("next", message.next)):  # fmt: skip
        if not lines or lines[-1].include is not ALWAYS:
            file.add(f"[[{name}]]", f"the last [[{name}]] must have no condition")
    read.review()
    read.finish()
    return message


def _lines(
    file: ContentFile, read: TableReader, kind: str, conditions: ConditionReader
) -> tuple[Line, ...]:
    lines = []
    for table in read.tables(kind):
        inner = TableReader(file, table, f'id = "{table.get("id", "?")}"')
        is_verdict = kind == "verdict"
        is_question = kind == "question"
        has_topic = is_question or kind == "because"
        unknown: Any = ... if "include" in table else "leave-out"
        line = Line(
            id=inner.text("id"),
            levels=inner.texts("levels", ["SOON", "ROUTINE"]),
            include=inner.condition("include", conditions),
            is_included_if_unknown=inner.choice(
                "if_unknown", ("leave-out", "include"), unknown
            )
            == "include",
            text=inner.text("why" if is_verdict else "text"),
            light=inner.choice("light", LIGHTS) if is_verdict else "",
            headline=inner.text("headline") if is_verdict or is_question else "",
            needs=inner.texts("needs", []),
            asks=inner.texts("asks", []),
            topic=inner.text("topic") if has_topic else "",
        )
        for level in line.levels:
            if level not in OUTPUT_STATES:
                file.add(f'id = "{line.id}"', f'"{level}" is not a level')
        inner.finish()
        lines.append(line)
    return tuple(lines)


def _example(file: ContentFile, table: dict[str, Any]) -> MessageExample:
    inner = TableReader(file, table, f'name = "{table.get("name", "?")}"')
    example = MessageExample(
        name=inner.text("name"),
        profile=inner.table("profile", {}),
        level=inner.choice("level", OUTPUT_STATES, "ROUTINE"),
        verdict=inner.text("verdict", ""),
        do=inner.texts("do", []),
    )
    inner.finish()
    return example


def first(lines: tuple[Line, ...], facts: Facts, state: str) -> Line | None:
    """Return the first line that applies."""
    return next((line for line in lines if line.applies(facts, state)), None)


def actions(message: MainMessage, facts: Facts, state: str) -> tuple[Line, ...]:
    """Return the things to do this week, three at most."""
    applying = [line for line in message.do if line.applies(facts, state)]
    return tuple(applying[:ACTIONS_ON_PAGE_ONE])


def reasons(message: MainMessage, facts: Facts, state: str) -> tuple[Line, ...]:
    """Return why the verdict is what it is: three reasons of this person, best first.

    ``content check --rules`` proves that everybody who gets a verdict gets three.
    """
    return _of_topics(message.reasons, facts, state, REASONS_ON_PAGE_ONE)


def questions(message: MainMessage, facts: Facts, state: str) -> tuple[Line, ...]:
    """Return the questions on this person's mind, with answers; one or two."""
    return _of_topics(message.questions, facts, state, QUESTIONS_ON_PAGE_ONE)


def _of_topics(
    lines: tuple[Line, ...], facts: Facts, state: str, most: int
) -> tuple[Line, ...]:
    """Return the first line that applies of each topic, at most so many."""
    found: dict[str, Line] = {}
    for line in lines:
        if len(found) == most:
            break
        if line.topic not in found and line.applies(facts, state):
            found[line.topic] = line
    return tuple(found.values())

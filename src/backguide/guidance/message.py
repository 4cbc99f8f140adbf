"""The fridge sheet: one verdict, three things to do, one to stop, the next date."""

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
    """For a verdict: the light told in words."""
    needs: tuple[str, ...] = ()
    """Sections that the line speaks of: at least one of them prints with it."""
    asks: tuple[str, ...] = ()
    """What it asks the reader to do; a ``[[hold]]`` says who must not do it."""

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
    do: tuple[Line, ...]
    stop: tuple[Line, ...]
    next: tuple[Line, ...]
    examples: tuple[MessageExample, ...]
    file: ContentFile


ACTIONS_ON_PAGE_ONE = 3


def parse_message(file: ContentFile, conditions: ConditionReader) -> MainMessage:
    """Return the fridge sheet of ``main-message.toml``."""
    read = TableReader(file, file.table)
    message = MainMessage(
        verdicts=_lines(file, read, "verdict", conditions),
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
            headline=inner.text("headline") if is_verdict else "",
            needs=inner.texts("needs", []),
            asks=inner.texts("asks", []),
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

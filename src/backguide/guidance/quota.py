"""How much of each kind of part a guide of a length holds: the rules of the choice.

Read from ``handout.toml``; ``guidance.choice`` works with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, get_args

from backguide.document import Form
from backguide.guidance.condition import Condition, ConditionReader
from backguide.guidance.content_file import ContentFile, TableReader
from backguide.guidance.section import KINDS, LENGTHS

FORMS: Final[tuple[Form, ...]] = get_args(Form)
ANY_OTHER: Final = "other"
"""In ``[points]``, what every fact counts that no line is about."""
MAX_POINTS: Final = 99


@dataclass(frozen=True, slots=True)
class Quota:
    """What a guide of one length holds of one kind."""

    kind: str
    least: int
    """So many parts print whatever the room, if so many apply."""
    most: int
    """So many print before any part is printed in a longer form."""
    deepen: int
    """So many print in their longest form before a part beyond ``most`` is printed."""
    forms: tuple[Form, ...]
    """The forms that may be printed, from the shortest on."""


@dataclass(frozen=True, slots=True)
class Preference:
    """Points that sections get or lose for some people."""

    sections: tuple[str, ...]
    when: Condition
    points: int
    line: int


@dataclass(frozen=True, slots=True)
class ChoiceRules:
    """Everything in ``handout.toml`` about what is chosen."""

    kind_by_group: Mapping[str, str]
    quotas: Mapping[str, tuple[Quota, ...]]
    """By length; in each, the kinds in the turn in which they take the room."""
    always: tuple[str, ...]
    """Sections that print at every length for whom they apply to."""
    points: Mapping[str, int]
    """What a fact that decided counts, by how its path begins."""
    preferences: tuple[Preference, ...]


def read_choice_rules(
    file: ContentFile, read: TableReader, conditions: ConditionReader
) -> ChoiceRules:
    """Return the rules of the choice; what is odd lands in the file's findings."""
    kinds = {k: str(v) for k, v in read.table("kinds").items()}
    for group, kind in kinds.items():
        if kind not in KINDS:
            file.add(f"{group} =", *_no_kind(kind), after="[kinds]")
    tables = read.table("quota")
    for length in LENGTHS:
        if not isinstance(tables.get(length), dict):
            file.add("[quota", f"[quota.{length}] is missing")
    for length in tables:
        if length not in LENGTHS:
            words = f'"{length}" is no length; lengths: {", ".join(LENGTHS)}'
            file.add(f"[quota.{length}]", words)
    return ChoiceRules(
        kind_by_group=kinds,
        quotas={
            length: _quotas(file, length, tables[length])
            for length in LENGTHS
            if isinstance(tables.get(length), dict)
        },
        always=read.texts("always", []),
        points=_points(file, read.table("points")),
        preferences=tuple(
            _preference(file, table, number, conditions)
            for number, table in enumerate(read.tables("prefer"))
        ),
    )


def _no_kind(kind: str) -> tuple[str, str]:
    close = get_close_matches(kind, KINDS, n=1)
    hint = f'did you mean "{close[0]}"?' if close else ""
    return f'"{kind}" is not one of {", ".join(KINDS)}', hint


def _quotas(
    file: ContentFile, length: str, tables: dict[str, Any]
) -> tuple[Quota, ...]:
    where = f"[quota.{length}]"
    for kind in KINDS:
        if kind not in tables:
            file.add(where, f'{where} needs a line for "{kind}"')
    quotas = []
    for kind, table in tables.items():
        line = file.line_of(f"\n{kind} =", where) + 1
        if kind not in KINDS:
            file.add_at(line, *_no_kind(kind))
            continue
        place = f"{kind} of {where}"
        entries = table if isinstance(table, dict) else {}
        read = TableReader(file, entries, place, line=line)
        forms = read.texts("forms")
        for form in forms:
            if form not in FORMS:
                words = f'{place}: "{form}" is not one of {", ".join(FORMS)}'
                file.add_at(line, words)
        known = [form for form in forms if form in FORMS]
        if not forms or known != sorted(set(known), key=FORMS.index, reverse=True):
            words = f"{place}: forms stand from the shortest to the longest"
            file.add_at(line, words)
        quota = Quota(
            kind=kind,
            least=read.integer("least", 0, MAX_POINTS),
            most=read.integer("most", 0, MAX_POINTS),
            deepen=read.integer("deepen", 0, MAX_POINTS, 0),
            forms=tuple(form for form in FORMS[::-1] if form in forms),
        )
        read.finish()
        if quota.least > quota.most:
            file.add_at(line, f'{place}: "least" is more than "most"')
        quotas.append(quota)
    return tuple(quotas)


def _points(file: ContentFile, table: dict[str, Any]) -> dict[str, int]:
    read = TableReader(file, table, "[points]")
    points = {name: read.integer(name, 0, MAX_POINTS) for name in table}
    if ANY_OTHER not in points:
        file.add("[points]", f'[points] needs a line for "{ANY_OTHER}"')
        points[ANY_OTHER] = 0
    return points


def _preference(
    file: ContentFile, table: dict[str, Any], number: int, conditions: ConditionReader
) -> Preference:
    start = 0
    for _ in range(number + 1):
        start = file.text.find("\n[[prefer]]", start) + 1
    line = file.text.count("\n", 0, start) + 1
    read = TableReader(file, table, "[[prefer]]", line=line)
    preference = Preference(
        sections=read.texts("sections"),
        when=read.condition("when", conditions),
        points=read.integer("points", -MAX_POINTS, MAX_POINTS),
        line=line,
    )
    read.finish()
    if "when" not in table:
        file.add_at(line, '[[prefer]] needs "when": for whom it counts')
    return preference

"""The interview as a form of nested items, as any release of FHIR may write it.

In:   the topics, questions and answers that ``interview`` knows.
Out:  items with link ids, words, codings and what enables them.
Pure: no files, no clock, no FHIR library.

Few kinds of items are used, because renderers agree on few: see ``docs/fhir.md``. The
link id of a question is the path of its field, so an answer says by itself what it is
about. A list of lines has one item more, by which a person says that none applies;
without it a line that is not answered stays open.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal

from backguide.guidance.condition import AllOf, AnyOf, Condition, NoneOf, Test
from backguide.guidance.signs import SIGNS
from backguide.interview.answering import (
    choices_of,
    how_to_answer,
    keys_of,
    takes_none,
)
from backguide.interview.questions import Topic, gates, line_of, topics
from backguide.profile.facts import Fact, known_facts, schema

Kind = Literal["group", "display", "choice", "string", "text", "date"]
"""As R4 calls them."""
Clause = tuple[tuple[str, "Option"], ...]
"""Link ids and answers; one of them is needed."""

BASE: Final = "https://backguide.example/fhir"
NONE_CODE: Final = "none-of-these"
NONE_WORDS: Final = "none of these"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen."""

    system: str
    code: str
    display: str
    value: Any
    """What stands in a profile for it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the form."""

    link_id: str
    kind: Kind
    text: str
    path: str = ""
    """The field that it answers; empty for a group, a display and "none of these"."""
    options: tuple[Option, ...] = ()
    repeats: bool = False
    clauses: tuple[Clause, ...] = ()
    """What enables it: one answer of each clause. At most one clause, so that every
    item can be written with ``enableBehavior`` any."""
    items: tuple["Item", ...] = ()
    denies: tuple[str, ...] = ()
    """Fields that "none of these" answers with no."""


def version() -> str:
    """Return the version of the form: that of the profile format that it asks for."""
    return str(schema()["properties"]["schema_version"]["enum"][-1])


def canonical(mode: str) -> str:
    """Return the canonical address of the form, without its version."""
    return f"{BASE}/Questionnaire/backguide-{mode}"


@cache
def form() -> tuple[Item, ...]:
    """Return the items of all topics, in the order of asking, safety first."""
    found: list[Item] = []
    for topic in topics():
        found += _topic_items(topic)
    return tuple(found)


@cache
def items_by_id() -> Mapping[str, Item]:
    """Return every item by its link id."""
    return MappingProxyType({item.link_id: item for item in walk(form())})


@cache
def places() -> Mapping[str, str]:
    """Return the link ids from the top down to each item, with slashes, by link id."""
    found: dict[str, str] = {}

    def note(items: tuple[Item, ...], above: str) -> None:
        for item in items:
            found[item.link_id] = f"{above}{item.link_id}"
            note(item.items, f"{found[item.link_id]}/")

    note(form(), "")
    return MappingProxyType(found)


def walk(items: tuple[Item, ...]) -> Iterator[Item]:
    """Yield items and all below them."""
    for item in items:
        yield item
        yield from walk(item.items)


def _topic_items(topic: Topic) -> list[Item]:
    facts = known_facts()
    fields = topic.fields
    own = {path: _clauses(path) for path in fields}
    shared = tuple(
        clause
        for clause in dict.fromkeys(c for path in fields for c in own[path])
        if all(clause in own[path] for path in fields)
    )
    children = []
    for path in fields:
        rest = tuple(clause for clause in own[path] if clause not in shared)
        words = line_of(facts[path]) if topic.is_list else facts[path].question
        children.append(_under(rest, _question(facts[path], words), path))
    if topic.is_list:
        children.append(_none_of(topic, fields))
    name = f"topic.{topic.id}"
    if len(children) == 1:
        return [_under(shared, children[0], name)]
    group = Item(name, "group", topic.question, items=tuple(children))
    return [_under(shared, group, name)]


def _under(clauses: tuple[Clause, ...], item: Item, name: str) -> Item:
    """Return an item that all of some clauses enable; groups take what is over."""
    if not clauses:
        return item
    if not item.clauses:
        item, clauses = replace(item, clauses=clauses[:1]), clauses[1:]
    for number, clause in enumerate(clauses, 1):
        item = Item(f"{name}.if{number}", "group", "", clauses=(clause,), items=(item,))
    return item


def _none_of(topic: Topic, fields: tuple[str, ...]) -> Item:
    link_id = f"topic.{topic.id}.{NONE_CODE}"
    option = Option(f"{BASE}/CodeSystem/lists", NONE_CODE, NONE_WORDS, True)
    return Item(
        link_id,
        "choice",
        f"{NONE_WORDS[:1].upper()}{NONE_WORDS[1:]}:",
        options=(option,),
        repeats=True,
        denies=fields,
    )


def _question(fact: Fact, words: str) -> Item:
    options = options_of(fact.path)
    if options:
        is_set = fact.kind == "set"
        return Item(fact.path, "choice", words, fact.path, options, repeats=is_set)
    if fact.kind == "date":
        return Item(fact.path, "date", words, fact.path)
    kind: Kind = "text" if fact.kind == "list" else "string"
    return Item(fact.path, kind, f"{words} {how_to_answer(fact)}", fact.path)


@cache
def options_of(path: str) -> tuple[Option, ...]:
    """Return the answers of a field that can be chosen; empty for any other."""
    fact = known_facts()[path]
    if fact.unit.startswith("points"):
        system = f"{BASE}/CodeSystem/points-0-to-10"
        return tuple(Option(system, str(n), str(n), n) for n in range(11))
    system = f"{BASE}/CodeSystem/{fact.path.replace('_', '-')}"
    if fact.kind in ("yes_no", "bool"):
        system = f"{BASE}/CodeSystem/yes-no-unsure"
    words = choices_of(fact)
    options = tuple(
        Option(system, key, words[value], value) for key, value in keys_of(fact).items()
    )
    if takes_none(fact):
        options = (*options, Option(system, NONE_CODE, NONE_WORDS, NONE_CODE))
    return options


# --- what enables a question -----------------------------------------------------


def _clauses(path: str) -> tuple[Clause, ...]:
    """Return what enables a field, as clauses.

    What closes a question for somebody (``x-not-if``) is left to the reading: who did
    not say would else not be asked.
    """
    gate = gates().get(path)
    return _all_of(gate) if gate is not None else ()


def _all_of(condition: Condition) -> tuple[Clause, ...]:
    if isinstance(condition, AllOf):
        return tuple(c for part in condition.parts for c in _all_of(part))
    if isinstance(condition, NoneOf):
        return ()
    if isinstance(condition, Test) and condition.fact in SIGNS:
        return _all_of(SIGNS[condition.fact])
    return (_any_of(condition),)


def _any_of(condition: Condition) -> Clause:
    if isinstance(condition, AnyOf):
        return tuple(pair for part in condition.parts for pair in _any_of(part))
    assert isinstance(condition, Test), condition  # noqa: S101  tests walk every gate
    wanted = {
        value
        for name, values in condition.checks
        if name in ("one_of", "includes_any")
        for value in values
    }
    options = options_of(condition.fact)
    return tuple((condition.fact, o) for o in options if o.value in wanted)

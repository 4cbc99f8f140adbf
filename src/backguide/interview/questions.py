"""The questions of the interview, as ``schema.json`` tells them.

A *topic* (``x-topics``) is what is asked at once: one field, or several that are
answered line by line. Topics stand in the order of asking, safety first. ``x-only-if``
and ``x-not-if`` say of whom a field can be asked at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal

from backguide.guidance.condition import AllOf, Condition, NoneOf, Test
from backguide.profile.facts import Fact, known_facts, schema

SAFETY: Final = "red_flags."


@dataclass(frozen=True, slots=True)
class Topic:
    """What is asked at once."""

    id: str
    why: str
    """Why it is asked, as one sentence."""
    fields: tuple[str, ...]
    question: str
    """What stands above the lines of a list; for one field its own question."""
    sheet: Literal["", "more", "no"] = ""
    """On a sheet of paper: always, only on the full one, or never."""

    @property
    def is_list(self) -> bool:
        """Tell whether it is one list: each line applies to the person or does not."""
        facts = known_facts()
        return len(self.fields) > 1 and all(
            is_line(facts[path]) for path in self.fields
        )

    @property
    def is_safety(self) -> bool:
        """Tell whether a warning sign is asked for: then there is no default."""
        return any(path.startswith(SAFETY) for path in self.fields)


def is_line(fact: Fact) -> bool:
    """Tell whether a field can be a line of a list: it has a plain no."""
    return fact.kind in ("yes_no", "bool") or "no" in fact.choices


@cache
def topics() -> tuple[Topic, ...]:
    """Return every topic, in the order of asking."""
    found = []
    for entry in schema()["x-topics"]:
        fields = tuple(entry["fields"])
        question = entry.get("question") or known_facts()[fields[0]].question
        sheet = entry.get("sheet", "")
        found.append(Topic(entry["id"], entry["why"], fields, question, sheet))
    return tuple(found)


@cache
def topic_of() -> Mapping[str, Topic]:
    """Return the topic of every field that is asked."""
    return MappingProxyType({path: t for t in topics() for path in t.fields})


@cache
def gates() -> Mapping[str, Condition]:
    """Return for each field that is not for everybody whom it is for.

    A gate has two truth values: what nobody told does not open an ``x-only-if``, and
    does not close an ``x-not-if``.
    """
    found: dict[str, Condition] = {}
    for path, spec in _fields(schema(), ""):
        parts: list[Condition] = [
            _among(other, values) for other, values in spec.get("x-only-if", {}).items()
        ]
        for other, values in spec.get("x-not-if", {}).items():
            parts.append(NoneOf((_among(other, values),)))
        if parts:
            found[path] = AllOf(tuple(parts))
    return MappingProxyType(found)


def asked_of(path: str) -> tuple[tuple[str, tuple[Any, ...], bool], ...]:
    """Return whom a field is for, as the schema says it: all of these must hold.

    Each is another field, its answers, and whether it must be one of them (True) or
    none of them (False).
    """
    spec: Mapping[str, Any] = schema()
    for name in path.split("."):
        spec = spec["properties"][name]
    pairs = (("x-only-if", True), ("x-not-if", False))
    return tuple(
        (other, tuple(values), is_one)
        for key, is_one in pairs
        for other, values in spec.get(key, {}).items()
    )


def _among(path: str, values: list[Any]) -> Condition:
    return Test(path, (("known", True), ("one_of", tuple(values))))


def _fields(
    node: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, spec in node["properties"].items():
        path = f"{prefix}{name}"
        if "properties" in spec:
            yield from _fields(spec, f"{path}.")
        else:
            yield path, spec


def line_of(fact: Fact) -> str:
    """Return what a line of a list says: the whole question of a warning sign.

    A diagnosis is told by its sign, under the one question that all lines share.
    """
    has_own_words = fact.path.startswith(SAFETY) or not fact.sign
    return fact.question if has_own_words else fact.sign


def about_of(fact: Fact) -> str:
    """Return what a field means, for whoever is asked: the first sentence about it.

    What follows it tells programs what may be written.
    """
    return fact.description.partition(". ")[0].removesuffix(".") + "."

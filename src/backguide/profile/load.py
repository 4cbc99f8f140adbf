"""Read a profile: strictly, then by its schema, then for sense across fields."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from backguide.errors import Problem, ProfileError
from backguide.profile.blank import without_questions
from backguide.profile.facts import Facts, FactValue, facts_of, history, schema
from backguide.profile.plausibility import (
    MOST_YEARS_BACK,
    confirmed_codes,
    find_implausible,
    range_hint,
)
from backguide.profile.strict_json import find_text_problems, parse_object, read_bytes
from backguide.schemas import Judge, field_schema

MOST_WEEKS: Final = 2000
"""Upper limit of ``symptoms.onset_weeks``; a date may lie further back."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a runner told us, checked. Never changes afterwards."""

    data: Mapping[str, Any]
    """The answers as given, nested as in the file; texts in NFC."""
    facts: Facts
    """Known facts by dotted path, derived ones included."""
    sha256: str
    """Hash of the answers, independent of the order of keys and of white space."""
    notices: tuple[Problem, ...] = ()
    """What to tell whoever makes the page; the same words for everybody."""
    left_off: tuple[str, ...] = ()
    """Titles of texts with letters that our font lacks; ``data`` holds them not."""
    passed: tuple[tuple[str, date], ...] = ()
    """Days that still count in the answers but have passed on the day of issue, by
    path; they are no facts any more. See ``guidance.ageing``."""
    good_until: date | None = None
    """Last day of issue on which the same answers count; None for every day."""

    @property
    def is_sample(self) -> bool:
        """Tell whether the person is invented."""
        return self.facts.get("sample") is True

    def get(self, path: str) -> FactValue | None:
        """Return a fact, or None when it was not answered."""
        return self.facts.get(path)


@cache
def _judge() -> Judge:
    return Judge(dict(schema()))


def load_profile(path: Path) -> Profile:
    """Return the checked profile of a file.

    Raises:
        ProfileError: With every finding at once.
    """
    return profile_from_bytes(read_bytes(path), path.name)


def profile_from_bytes(content: bytes, source: str) -> Profile:
    """Return the checked profile of a file's bytes.

    Args:
        content: JSON in UTF-8.
        source: Name of the file for messages.

    Raises:
        ProfileError: With every finding at once.
    """
    given = without_questions(parse_object(content, source, names=_field_names()))
    data = history().without_retired(given)
    texts = _text_problems(data)
    unprintable = tuple(p for p in texts if _is_left_off(p))
    problems = (*(p for p in texts if p not in unprintable), *_schema_problems(data))
    printed = _without_texts(data, {p.where for p in unprintable})
    if not problems:
        facts = facts_of(printed)
        problems = find_implausible(facts, confirmed_codes(data))
    if problems:
        raise ProfileError(source, problems)
    canonical = json.dumps(
        _sorted(data), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    digest = hashlib.sha256(canonical.encode("utf-8")).hexdigest()
    return Profile(
        data=printed,
        facts=facts,
        sha256=digest,
        notices=(
            *history().notices(given),
            *(replace(p, message=LEFT_OFF_WORDS) for p in unprintable),
        ),
        left_off=tuple(p.label for p in unprintable),
    )


@cache
def _field_names() -> frozenset[str]:
    """Return every name of a field; only these may stand in a message."""
    names: set[str] = set()

    def walk(node: Mapping[str, Any]) -> None:
        for name, spec in node.get("properties", {}).items():
            names.add(name)
            walk(spec)
            walk(spec.get("items", {}))

    walk(schema())
    return frozenset(names)


def _text_problems(data: dict[str, Any]) -> tuple[Problem, ...]:
    """Return what cannot be printed, with the fields' titles.

    An unknown field is left to the schema: its name may be somebody's own words.
    """
    problems = []
    for problem in find_text_problems(data):
        parts = re.sub(r"\[(\d+)\]", r".\1", problem.where).split(".")
        path = [int(part) if part.isdecimal() else part for part in parts]
        if field := field_schema(schema(), path):
            problems.append(replace(problem, label=str(field.get("title", ""))))
    return tuple(problems)


OWN_WORDS: Final = re.compile(
    r"person\.(first_name|gender_pronoun)\Z|symptoms\.function_psfs\["
)
"""Places of a person's own words that a page can do without. Every other text is the
clinic's, who can write it again in letters that print."""
LEFT_OFF_WORDS: Final = "has letters that our font lacks, so it is left off the page"


def _is_left_off(problem: Problem) -> bool:
    return problem.code == "E_GLYPH" and bool(OWN_WORDS.match(problem.where))


def _without_texts(data: dict[str, Any], places: set[str]) -> dict[str, Any]:
    """Return the answers without the texts at some places; of a list, its items."""
    if not places:
        return data

    def kept(node: Any, where: str) -> Any:
        if isinstance(node, Mapping):
            pairs = {k: (v, f"{where}.{k}" if where else k) for k, v in node.items()}
            return {k: kept(v, at) for k, (v, at) in pairs.items() if at not in places}
        if isinstance(node, list):
            ends = [f"{where}[{number}]" for number in range(len(node))]
            return [
                item
                for item, end in zip(node, ends, strict=True)
                if not any(place.startswith(end) for place in places)
            ]
        return node

    return dict(kept(data, ""))


def _schema_problems(data: Mapping[str, Any]) -> tuple[Problem, ...]:
    problems = []
    for problem in _judge().find_problems(_with_weeks(data)):
        if problem.code == "E_RANGE":
            hint = range_hint(problem.where, _value_at(data, problem.where))
            problem = replace(problem, hint=hint or problem.hint)
        problems.append(problem)
    return tuple(problems)


def _with_weeks(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answers with the weeks of pain counted from the date of onset.

    Long-lasting pain needs more answers. The schema tells so by the weeks; it
    cannot count them from a date.
    """
    symptoms = data.get("symptoms")
    if not isinstance(symptoms, Mapping) or symptoms.get("onset_weeks") is not None:
        return data
    try:
        days = date.fromisoformat(data["created_date"]) - date.fromisoformat(
            symptoms["onset_date"]
        )
    except (KeyError, TypeError, ValueError):
        return data  # missing, or a finding of its own
    if days.days > MOST_YEARS_BACK * 365.25:
        return data  # a slip of the year: nothing is asked because of it
    weeks = min(max(days.days // 7, 0), MOST_WEEKS)
    return {**data, "symptoms": {**symptoms, "onset_weeks": weeks}}


def _sorted(value: Any) -> Any:
    """Return the answers with every list of choices in one fixed order."""
    if isinstance(value, Mapping):
        return {key: _sorted(item) for key, item in value.items() if item is not None}
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return sorted(value)
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _value_at(data: Mapping[str, Any], path: str) -> object:
    node: Any = data
    for name in path.split("."):
        node = node.get(name) if isinstance(node, Mapping) else None
    return node

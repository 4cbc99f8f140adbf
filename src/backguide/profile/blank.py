"""Write the blank profile: every question, in asking order, and no answer.

In:   the mode and, where they are known, the country and the units.
Out:  JSON that a text editor shows well: above each answer stands its question.
Pure: no files, no clock.

A key that ends in "?" holds a question. It is there for people; the loader leaves all
of them out (``without_questions``), so that a filled-in file can be used as it is.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, Final

from backguide.profile.facts import defaults_of, known_facts, schema

MARK: Final = "?"
CLINIC_ONLY: Final = ("clinic", "clearance")
"""Groups that only a clinic fills in."""
_NOT_ASKED: Final = ("$schema", "sample", "confirmed", "ended_early")
_FIRST: Final = (
    "schema_version", "language", "mode", "created_date", "locale", "units_distance",
    "units_body", "paper_size",
)  # fmt: skip

READ_FIRST: Final = (
    "Write each answer in place of null. What you leave at null stays open.",
    "Put words and dates in quotation marks; numbers, true and false not. Keep the "
    "comma at the end of a line.",
    "Several answers to one question go into brackets [ ], each in quotation marks, "
    "with commas between them. Empty brackets mean: none of them.",
    "Never write no for something that you do not know: leave it open.",
    "Save the file as UTF-8. Then run: backguide check with the name of this file.",
)


def without_questions(data: Any) -> Any:
    """Return the answers without the keys that hold questions.

    Whatever is no text under such a key is left to the schema, which refuses it.
    """
    if isinstance(data, Mapping):
        return {
            key: without_questions(value)
            for key, value in data.items()
            if not (key.endswith(MARK) and isinstance(value, str))
        }
    if isinstance(data, list):
        return [without_questions(item) for item in data]
    return data


def blank_profile(
    mode: str, today: date, *, locale: str | None = None, units: str | None = None
) -> bytes:
    """Return the bytes of a profile in which every answer is open.

    Args:
        mode: "self" or "clinic".
        today: The day that stands as the day of the answers until it is changed.
        locale: A country of the schema, which also settles the paper; None for open.
        units: "metric" or "imperial", as the page prints them; None for open.
    """
    known: dict[str, Any] = {
        "schema_version": schema()["properties"]["schema_version"]["enum"][-1],
        "language": "en",
        "mode": mode,
        "created_date": today.isoformat(),
    }
    if locale is not None:
        known["locale"] = locale
        known["paper_size"] = defaults_of(locale)["paper_size"]
    if units is not None:
        known["units_body"] = units
        known["units_distance"] = "mi" if units == "imperial" else "km"
    page: dict[str, Any] = {
        f"READ FIRST {number}{MARK}": text for number, text in enumerate(READ_FIRST, 1)
    }
    groups: dict[str, dict[str, Any]] = {}
    for path in asked(mode):
        group, _, name = path.rpartition(".")
        place = groups.setdefault(group, {}) if group else page
        place[f"{name}{MARK}"] = question(path)
        place[name] = known.get(path)
    text = json.dumps({**page, **groups}, indent=2, ensure_ascii=False)
    for group in groups:
        text = text.replace(f'\n  "{group}": {{', f'\n\n  "{group}": {{', 1)
    return f"{text}\n".encode()


def asked(mode: str) -> Iterator[str]:
    """Yield the fields of a blank profile: about the page first, then as one asks."""
    fields = dict(_fields(dict(schema()), ""))
    yield from _FIRST
    order = {path: spec["x-order"] for path, spec in fields.items()}
    first = {
        group: min(n for p, n in order.items() if p.rpartition(".")[0] == group)
        for group in {path.rpartition(".")[0] for path in fields}
    }
    for path in sorted(order, key=lambda p: (first[p.rpartition(".")[0]], order[p])):
        group = path.rpartition(".")[0]
        if path in _FIRST or path in _NOT_ASKED or "x-retired" in fields[path]:
            continue
        if mode == "self" and group in CLINIC_ONLY:
            continue
        yield path


@cache
def _places() -> Mapping[str, int]:
    return {path: place for place, path in enumerate(asked("clinic"))}


def place_of_question(where: str) -> int:
    """Return a sort key: the place of a field, or of its group, among the questions."""
    path = where.partition("[")[0]
    places = _places()
    if path in places:
        return places[path]
    inside = [place for name, place in places.items() if name.startswith(f"{path}.")]
    return min(inside, default=-1)


def _fields(
    node: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, spec in node["properties"].items():
        path = f"{prefix}.{name}" if prefix else name
        if "properties" in spec:
            yield from _fields(spec, path)
        else:
            yield path, spec


def question(path: str) -> str:
    """Return the question of a field and what its answer may be."""
    fact = known_facts()[path]
    needed = (
        "Needed. " if fact.is_required and not path.startswith("red_flags.") else ""
    )
    return f"{fact.question} {needed}{_answer(path)}"


def _answer(path: str) -> str:
    fact = known_facts()[path]
    words = ", ".join(
        f"{word} ({label})"
        if (label := fact.labels.get(word, word)).lower() != word.replace("_", " ")
        else word
        for word in fact.choices
    )
    if path == "schema_version":
        return "Leave it as it is"
    match fact.kind:
        case "yes_no":
            return "One of: yes, no, unknown"
        case "choice":
            return f"One of: {words}"
        case "bool":
            return "true or false"
        case "set":
            return f"In brackets, any of: {words}"
        case "date":
            return "A date as year-month-day, such as 2026-11-20"
        case "number":
            unit = f" {fact.unit}" if fact.unit and "0 to" not in fact.unit else ""
            hint = str(_spec(path).get("x-hint", "")) if unit in (" cm", " kg") else ""
            return f"A number from {fact.minimum:g} to {fact.maximum:g}{unit}" + (
                f"; {hint}" if hint else ""
            )
        case "list":
            return (
                "In brackets, up to 3 such as "
                '{"activity": "Put on socks", "score_0_10": 5}; '
                "0 is cannot do it, 10 is no trouble"
            )
        case _:
            return f"A text of at most {_spec(path).get('maxLength')} letters"


def _spec(path: str) -> Mapping[str, Any]:
    node: Mapping[str, Any] = schema()
    for name in path.split("."):
        node = node["properties"][name]
    return node

"""What somebody typed, as an answer: a choice by number or word, an amount, a list.

In:   the text and the field, or the lines of a list.
Out:  the answer as it stands in a profile, and words that read it back.
Pure: no terminal. What is not certain is not understood; it is never guessed.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from backguide.interview.questions import is_line
from backguide.profile.facts import Fact, known_facts, schema
from backguide.profile.plausibility import range_hint
from backguide.profile.strict_json import find_text_problems
from backguide.profile.units import Habits, read_amount

NONE: Final = ("0", "none", "none of these")
LEAVE_OPEN: Final = "-"
_UNSURE: Final = ("unknown", "self_suspected")
"""What a line gets that has "?" behind its number, if the field has such a choice."""


class NotUnderstoodError(Exception):
    """The text is no certain answer; the message says what would be one."""


@dataclass(frozen=True, slots=True)
class Understood:
    """An answer, and how it is read back."""

    value: Any
    words: str


def choices_of(fact: Fact) -> dict[Any, str]:
    """Return the answers of a field that has choices, with their words, in order."""
    if fact.kind == "bool":
        return {True: "yes", False: "no"}
    return {choice: fact.labels.get(choice, choice) for choice in fact.choices}


MOST_ACTIVITIES: Final = 3
_SAYS_NONE: Final = ("none", "nothing")


def keys_of(fact: Fact) -> dict[str, Any]:
    """Return the answers of a field that has choices, by a key that a form sends."""
    if fact.kind == "bool":
        return {"yes": True, "no": False}
    return {choice: choice for choice in fact.choices}


def line_keys(fact: Fact) -> dict[str, Any]:
    """Return what can be said about a line of a list, by a key that a form sends.

    Where there is no word for "not sure", the line is left open.
    """
    return {"yes": yes(fact), "no": no(fact), "unsure": unsure(fact)}


def needs_one(fact: Fact) -> bool:
    """Tell whether "none of these" is no answer to a question with many answers."""
    return fact.kind == "set" and bool(_spec(fact.path).get("minItems"))


def none_choice(fact: Fact) -> str:
    """Return the choice by which a set says that there is nothing; empty for none."""
    return next((choice for choice in fact.choices if choice in _SAYS_NONE), "")


def takes_none(fact: Fact) -> bool:
    """Tell whether "none of these" is an answer that no choice of the set says."""
    return fact.kind == "set" and not needs_one(fact) and not none_choice(fact)


def is_clear(fact: Fact, chosen: Collection[Any]) -> bool:
    """Tell whether choices of a set can hold together."""
    return len(chosen) < 2 or none_choice(fact) not in chosen


def _spec(path: str) -> Mapping[str, Any]:
    node: Mapping[str, Any] = schema()
    for name in path.split("."):
        node = node["properties"][name]
    return node


def how_to_answer(fact: Fact) -> str:
    """Return in a few words what may be typed for one field."""
    if takes_none(fact):
        return "Type the numbers that fit, such as 1 3; 0 for none of these."
    if fact.kind == "set":
        return "Type the numbers that fit, such as 1 3."
    if choices_of(fact):
        return "Type a number or the words."
    if fact.kind == "text":
        return f"Type at most {_spec(fact.path)['maxLength']} letters."
    if fact.kind == "list":
        return (
            f"Type up to {MOST_ACTIVITIES} activities with semicolons between them. "
            "Behind each put how well you can do it now, from 0 (cannot) to 10 (as "
            "before), such as gardening 4; sitting through a film 6."
        )
    if fact.kind == "date":
        return "Type a date as year-month-day, such as 2026-11-20."
    low, high = fact.minimum, fact.maximum
    span = "" if low is None or high is None else f" from {low:g} to {high:g}"
    shown = example_of(fact)
    if not shown and fact.unit.startswith("points"):
        return "Type a number from 0 to 10."
    if shown:
        return f"Type an amount, {shown}."
    return f"Type a number{span}" + (f" ({fact.unit})." if fact.unit else ".")


def example_of(fact: Fact) -> str:
    """Return how an amount may be written; empty where any plain number will do."""
    return {
        "km": "such as 8.5 km or 5 mi",
        "km a week": "such as 20 km or 12 mi",
        "kg": "such as 64.5 kg, 140 lb or 11 st 4",
        "cm": "such as 175 cm or 5'10\"",
        "minutes per km": "such as 6:15 /km or 10:00 /mi",
        "weeks": "such as 8 weeks, 3 months or 2 years",
        "hours a day": "such as 8 hours",
        "hours a night": "such as 7 hours 30",
        "minutes": "such as 30 minutes",
        "percent": "such as 20 % for more, or -20 % for less",
    }.get(fact.unit, "")


def read_one(path: str, text: str, habits: Habits) -> Understood:
    """Return the answer to one field.

    Args:
        path: The field.
        text: What was typed, not empty.
        habits: The units that a bare number is meant in.

    Raises:
        NotUnderstoodError: It is none, or not certain.
    """
    fact = known_facts()[path]
    if fact.kind == "set":
        return _set(fact, text)
    if choices_of(fact):
        return _choice(fact, text)
    if fact.kind == "date":
        return _date(fact, text)
    if fact.kind == "text":
        return _own_words(fact.path, text)
    if fact.kind == "list":
        return read_activities([_parted(part) for part in text.split(";")])
    return _number(fact, text, habits)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _pick(fact: Fact, text: str) -> Any:
    """Return the choice of a number or of the whole words; None when there is none."""
    choices = choices_of(fact)
    if re.fullmatch(r"\d{1,2}", text, re.ASCII):
        place = int(text) - 1
        return list(choices)[place] if 0 <= place < len(choices) else None
    folded = _folded(text)
    for choice, words in choices.items():
        if folded in (_folded(words), _folded(str(choice))):
            return choice
    short = {"y": "yes", "n": "no"}.get(folded)
    return next((c for c, words in choices.items() if words == short), None)


def _choice(fact: Fact, text: str) -> Understood:
    choice = _pick(fact, text)
    if choice is None:
        count = len(choices_of(fact))
        raise NotUnderstoodError(
            f"That is none of the answers. Type a number from 1 to {count}, or the "
            "words."
        )
    return Understood(choice, choices_of(fact)[choice])


def read_keys(path: str, keys: list[str], *, is_none: bool = False) -> Understood:
    """Return the answer to one field with choices, out of what a form sends.

    Args:
        path: The field.
        keys: Keys of ``keys_of`` that were marked.
        is_none: True when "none of these" was marked.

    Raises:
        NotUnderstoodError: It is none, or says two things at once.
    """
    fact = known_facts()[path]
    known = keys_of(fact)
    if not set(keys) <= known.keys():
        raise NotUnderstoodError("That is none of the answers.")
    if fact.kind == "set":
        if keys and is_none:
            raise NotUnderstoodError(_BOTH)
        return _chosen(fact, [known[key] for key in keys], is_told=is_none)
    if len(keys) != 1:
        raise NotUnderstoodError("Choose one answer.")
    value = known[keys[0]]
    return Understood(value, choices_of(fact)[value])


_BOTH: Final = (
    "One of these says that there is nothing, and others say what there is. "
    "Choose again."
)


def _chosen(fact: Fact, found: list[Any], *, is_told: bool) -> Understood:
    """Return the answer to a field with many; ``is_told``: "none" was said."""
    if not found and (needs_one(fact) or not is_told):
        words = "Choose at least one." if needs_one(fact) else (
            "Choose what fits, or none of these."
        )  # fmt: skip
        raise NotUnderstoodError(words)
    if not found and none_choice(fact):
        # Said of a list that has a choice for it; no rule may miss that choice.
        found = [none_choice(fact)]
    if not is_clear(fact, found):
        raise NotUnderstoodError(_BOTH)
    chosen = [choice for choice in fact.choices if choice in found]
    words = ", ".join(choices_of(fact)[c] for c in chosen)
    return Understood(chosen, words or "none of these")


def _set(fact: Fact, text: str) -> Understood:
    if _folded(text) in NONE:
        return _chosen(fact, [], is_told=True)
    parts = text.split(",") if re.search("[^0-9 ,]", text) else re.split("[ ,]+", text)
    found: list[Any] = []
    for part in (p.strip() for p in parts if p.strip()):
        choice = _pick(fact, part)
        if choice is None:
            raise NotUnderstoodError(
                "One of these is none of the answers. Type numbers with blanks between "
                "them, or words with commas between them."
            )
        if choice not in found:
            found.append(choice)
    if not found:
        raise NotUnderstoodError("Type at least one number, or 0 for none of these.")
    return _chosen(fact, found, is_told=True)


def _date(fact: Fact, text: str) -> Understood:
    try:
        if not re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text, re.ASCII):
            raise ValueError
        day = date(*map(int, text.split("-")))
    except ValueError:
        raise NotUnderstoodError(how_to_answer(fact)) from None
    return Understood(day.isoformat(), f"{day.day} {day:%B} {day.year}")


def _number(fact: Fact, text: str, habits: Habits) -> Understood:
    amount = read_amount(text, fact.unit, habits)
    if amount is None:
        raise NotUnderstoodError(
            f"I am not sure what that means, so I do not guess. {how_to_answer(fact)}"
        )
    value = amount.value
    kinds = _spec(fact.path)["type"]
    if "integer" in kinds and value != int(value):
        raise NotUnderstoodError("A whole number is needed here.")
    assert fact.minimum is not None  # noqa: S101  each number has its limits
    assert fact.maximum is not None  # noqa: S101
    if not fact.minimum <= value <= fact.maximum:
        hint = range_hint(fact.path, value)
        proposal = f" {hint[:1].upper()}{hint[1:]}." if hint else ""
        raise NotUnderstoodError(
            f"I read {amount.words}. That is outside {fact.minimum:g} to "
            f"{fact.maximum:g} {fact.unit}.{proposal}"
        )
    return Understood(value, amount.words)


# --- own words ---------------------------------------------------------------------


def _own_words(path: str, text: str) -> Understood:
    """Return a text as it can be stored: one line, no longer than its field takes."""
    spec = _spec(path) if path in known_facts() else _activity_spec()["activity"]
    plain = unicodedata.normalize("NFC", text.strip())
    most = int(spec["maxLength"])
    if len(plain) > most:
        raise NotUnderstoodError(f"That has {len(plain)} letters; at most {most}.")
    if not re.match(spec["pattern"], plain) or find_text_problems({"text": plain}):
        raise NotUnderstoodError("Some of its letters cannot be printed.")
    return Understood(plain, plain)


def _activity_spec() -> Mapping[str, Any]:
    items: Mapping[str, Any] = _spec("symptoms.function_psfs")["items"]["properties"]
    return items


def _parted(text: str) -> tuple[str, str]:
    """Return an activity and the number behind it, each as it was typed."""
    match = re.fullmatch(r"(.*\S)[\s,:]+(\d{1,2})", text.strip(), re.ASCII)
    return (match[1].rstrip(",:"), match[2]) if match else (text.strip(), "")


def read_activities(typed: list[tuple[str, str]]) -> Understood:
    """Return the activities that somebody finds hard, with how well each goes.

    Args:
        typed: Activity and score, 0 to 10, as they were typed; empty pairs count not.

    Raises:
        NotUnderstoodError: A score is missing, or a text cannot be printed.
    """
    found = []
    pairs = [pair for pair in typed if any(part.strip() for part in pair)]
    if not 1 <= len(pairs) <= MOST_ACTIVITIES:
        raise NotUnderstoodError(how_to_answer(known_facts()["symptoms.function_psfs"]))
    for activity, score in pairs:
        if not activity.strip() or not re.fullmatch(r"\d|10", score.strip(), re.ASCII):
            raise NotUnderstoodError(
                "Each activity needs a number from 0 (cannot) to 10 (as before)."
            )
        words = _own_words("symptoms.function_psfs.activity", activity).value
        found.append({"activity": words, "score_0_10": int(score)})
    return Understood(found, _activities_words(found))


def _activities_words(found: list[Any]) -> str:
    return "; ".join(f"{a['activity']}, {a['score_0_10']} out of 10" for a in found)


# --- lists ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ticks:
    """What was said about the lines of a list."""

    named: Mapping[str, Any]
    """Lines that were named, with their answers."""
    others: tuple[str, ...]
    """Lines that were not named; nobody has said "no" to them yet, unless all were
    plainly refused."""
    is_none: bool
    """True when "none of these" was said."""


def read_ticks(fields: tuple[str, ...], text: str) -> Ticks:
    """Return what was said about the lines of a list.

    Numbers name the lines that apply; "?" behind one says that it is not certain.

    Raises:
        NotUnderstoodError: It is no list of numbers of lines.
    """
    folded = _folded(text)
    if folded in NONE:
        return Ticks({}, fields, is_none=True)
    named: dict[str, Any] = {}
    for part in re.split("[ ,]+", folded.replace(" ?", "?").strip(" ,")):
        match = re.fullmatch(r"(\d{1,2})(\??)", part, re.ASCII)
        if match is None or not 1 <= int(match[1]) <= len(fields):
            raise NotUnderstoodError(
                "Type the numbers of the lines that apply, such as 1 3, or 0 for none "
                "of these."
            )
        path = fields[int(match[1]) - 1]
        value = unsure(known_facts()[path]) if match[2] else yes(known_facts()[path])
        if named.get(path, value) != value:
            raise NotUnderstoodError("One line stands there twice. Type them again.")
        named[path] = value
    return Ticks(named, tuple(p for p in fields if p not in named), is_none=False)


def yes(fact: Fact) -> Any:
    """Return the answer of a line that applies."""
    if fact.kind == "bool":
        return True
    return "told_by_clinician" if "told_by_clinician" in fact.choices else "yes"


def no(fact: Fact) -> Any:
    """Return the answer of a line that somebody said no to."""
    assert is_line(fact)  # noqa: S101  only such fields stand in lists
    return False if fact.kind == "bool" else "no"


def unsure(fact: Fact) -> Any:
    """Return the answer of a line that is not certain; None where there is no word."""
    if fact.kind == "yes_no":
        return "unknown"
    return next((word for word in _UNSURE if word in fact.choices), None)


def words_of(path: str, value: Any) -> str:
    """Return an answer in words, as it is read back."""
    fact = known_facts()[path]
    if value is None:
        return "left open"
    if fact.kind == "list":
        return _activities_words(value) or "none of these"
    if isinstance(value, list):
        labels = choices_of(fact)
        return ", ".join(labels[item] for item in value) or "none of these"
    if fact.kind in ("choice", "yes_no", "bool"):
        return choices_of(fact)[value]
    if fact.kind == "number":
        number = f"{value:g}" if isinstance(value, int | float) else str(value)
        unit = "out of 10" if fact.unit.startswith("points") else fact.unit
        return f"{number} {unit.partition(',')[0]}".strip()
    return str(value)

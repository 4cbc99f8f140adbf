"""An interview that was left before its end, as the bytes of a file and back.

The file holds the answers and the order in which they were given. It is no profile:
``check`` and ``make`` refuse it, for questions are missing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from backguide.errors import Problem, ProfileError
from backguide.interview.engine import Interview
from backguide.interview.questions import topic_of
from backguide.profile.strict_json import parse_object

FORMAT: Final = "backguide_interview"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Saved:
    """What an unfinished interview holds."""

    day: date
    """The day of the answers."""
    entries: tuple[tuple[str, ...], ...]
    """The fields that were answered at once, in the order of answering."""
    answers: Mapping[str, Any]


def saved_bytes(saved: Saved) -> bytes:
    """Return the bytes of a file."""
    data = {
        FORMAT: VERSION,
        "created_date": saved.day.isoformat(),
        "entries": [list(fields) for fields in saved.entries],
        "answers": dict(saved.answers),
    }
    return f"{json.dumps(data, indent=1, ensure_ascii=False)}\n".encode()


def read_saved(content: bytes, source: str) -> Saved:
    """Return the unfinished interview of a file.

    Args:
        content: The bytes.
        source: Name of the file for messages.

    Raises:
        ProfileError: It is none, or somebody changed it so that it is none any more.
    """
    data = parse_object(content, source, names=frozenset(topic_of()))
    try:
        if data[FORMAT] != VERSION:
            raise ValueError
        day = date.fromisoformat(data["created_date"])
        entries = tuple(tuple(str(p) for p in fields) for fields in data["entries"])
        answers = dict(data["answers"])
        told = [path for fields in entries for path in fields]
        known = {*topic_of(), "confirmed"}
        if not set(answers) <= known or not set(told) <= answers.keys():
            raise ValueError
    except (KeyError, TypeError, ValueError):
        hint = "give the file that backguide ask saved; a whole profile goes to make"
        words = "this is no unfinished interview of this version"
        raise ProfileError(source, (Problem("", words, hint, "E_FORMAT"),)) from None
    return Saved(day, entries, answers)


def sound(interview: Interview, saved: Saved) -> Saved:
    """Return it without the answers that the schema refuses; they are asked again."""
    wrong = {
        problem.where.partition("[")[0]
        for problem in interview.problems(saved.answers)
        if problem.code != "E_MISSING"
    } & saved.answers.keys()
    if not wrong:
        return saved
    entries = tuple(e for e in saved.entries if wrong.isdisjoint(e))
    kept = {path for fields in entries for path in fields} | {"confirmed"}
    answers = {p: v for p, v in saved.answers.items() if p in kept}
    return Saved(saved.day, entries, answers)

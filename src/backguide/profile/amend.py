"""Put answers into the text of a profile, and leave every other byte as it is.

A file of answers is somebody's work, with questions, blank lines and an order of its
own. Parsing it and writing it anew would lose that.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from backguide.errors import Problem, ProfileError
from backguide.profile.strict_json import parse_object

_BLANKS: Final = " \t\r\n"
_DECODER: Final = json.JSONDecoder()


def amended(content: bytes, answers: Mapping[str, float | int], source: str) -> bytes:
    """Return a profile with some answers more.

    Args:
        content: The file; JSON in UTF-8.
        answers: By path, such as ``running.cadence_spm``; of two parts each.
        source: Its name for messages.

    Raises:
        ProfileError: It is no sound profile, or one of its groups is no group.
    """
    before = parse_object(content, source)
    text = content.decode("utf-8")
    for path, value in answers.items():
        text = _with(text, path, json.dumps(value), source)
    after = text.encode("utf-8")
    expected = dict(before)
    for path, value in answers.items():
        group, _, name = path.partition(".")
        expected[group] = {**(expected.get(group) or {}), name: value}
    if parse_object(after, source) != expected:
        raise _not_amended(source)
    return after


def _with(text: str, path: str, value: str, source: str) -> str:
    group, _, name = path.partition(".")
    members = _members(text, text.index("{"))
    if group not in members:
        return _added(text, text.index("{"), group, f'{{ "{name}": {value} }}', "  ")
    start, end = members[group]
    if text[start:end] == "null":
        return f'{text[:start]}{{ "{name}": {value} }}{text[end:]}'
    if text[start] != "{":
        raise _not_amended(source)
    inner = _members(text, start)
    if name not in inner:
        return _added(text, start, name, value, "    ")
    start, end = inner[name]
    return text[:start] + value + text[end:]


def _members(text: str, place: int) -> dict[str, tuple[int, int]]:
    """Return where the value of each key of an object stands in sound JSON.

    Args:
        text: The whole.
        place: Where the object's bracket opens.
    """
    found: dict[str, tuple[int, int]] = {}
    place = _skip(text, place + 1)
    while text[place] != "}":
        key, place = _DECODER.raw_decode(text, place)
        start = _skip(text, _skip(text, place) + 1)
        _, end = _DECODER.raw_decode(text, start)
        found[key] = (start, end)
        place = _skip(text, end)
        if text[place] == ",":
            place = _skip(text, place + 1)
    return found


def _added(text: str, bracket: int, name: str, value: str, indent: str) -> str:
    """Return the text with one member more, the first of its object."""
    rest = text[bracket + 1 :]
    is_empty = rest.lstrip(_BLANKS).startswith("}")
    end = f"\n{indent[:-2]}" if is_empty else ","
    begin = text[: bracket + 1]
    kept = rest.lstrip(_BLANKS) if is_empty else rest
    return f'{begin}\n{indent}"{name}": {value}{end}{kept}'


def _skip(text: str, place: int) -> int:
    while text[place] in _BLANKS:
        place += 1
    return place


def _not_amended(source: str) -> ProfileError:
    message = "its answers are not where they belong, so nothing can be added"
    return ProfileError(source, (Problem("", message, "see: backguide check"),))


def answer_at(data: Mapping[str, Any], path: str) -> object:
    """Return the answer at a path of two parts; None where there is none."""
    group, _, name = path.partition(".")
    inner = data.get(group)
    return inner.get(name) if isinstance(inner, Mapping) else None

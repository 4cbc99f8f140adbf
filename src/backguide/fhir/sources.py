"""Find the QuestionnaireResponses of a file: one, a Bundle, or ndjson of a bulk export.

In:   the bytes of a file.
Out:  each response on its own, parsed strictly and judged by the FHIR library.
Pure: no files, no clock.

The library is ``fhir.resources``: its R4B models take R4 and R4B, its own those of R5.
It refuses keys that FHIR does not have. It takes words for booleans, any code and
duplicate link ids; none of that is left to it (``response``).
"""

import importlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Final

from backguide.errors import Problem, ProfileError
from backguide.profile.strict_json import MOST_FHIR_BYTES, Limits, parse_object

LIMITS: Final = Limits(size=MOST_FHIR_BYTES, depth=60, items=100_000)
RESPONSE: Final = "QuestionnaireResponse"
INSTALL: Final = 'pip install "backguide[fhir]"'
_MODELS: Final = (
    ("R4", "fhir.resources.R4B.questionnaireresponse"),
    ("R5", "fhir.resources.questionnaireresponse"),
)
"""Release and module, in the order of trying. A response does not say its release."""
_TYPE_NAME: Final = re.compile(r"[A-Z][A-Za-z]{1,40}\Z")
_KNOWN_NAME: Final = re.compile(r"_?[a-z][A-Za-z]{1,30}\Z")


@dataclass(slots=True)
class Found:
    """The responses of a file, and what else it holds."""

    responses: list[tuple[str, Mapping[str, Any] | ProfileError]] = field(
        default_factory=list
    )
    """Place in the file ("entry 2", "line 7", or empty), and the resource or why it
    cannot be read."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """What is no response: what it is, and how many."""


def lacks_library() -> bool:
    """Tell whether the extra ``fhir`` is not installed."""
    return find_spec("fhir") is None


def responses_of(content: bytes, source: str) -> Found | None:
    """Return the responses of a file; None when it is no FHIR.

    Args:
        content: JSON or ndjson in UTF-8.
        source: Name of the file for messages.

    Raises:
        ProfileError: The file as a whole cannot be read, or the library is missing.
    """
    if (lines := _lines(content)) is not None:
        return _of_lines(lines, source)
    try:
        data = parse_object(content, source, limits=LIMITS)
    except ProfileError:
        if not _begins_as_resource(content):
            return None  # the reader of profiles says what is wrong
        raise
    if "resourceType" not in data:
        return None
    _require_library(source)
    found = Found()
    if data["resourceType"] == "Bundle":
        _of_bundle(data, source, found)
    else:
        _note(data, "", source, found)
    return found


def response_of_line(
    content: bytes, source: str
) -> tuple[Mapping[str, Any] | ProfileError | None, str]:
    """Return the response of one line, or what else the line is.

    Returns:
        The resource, why it cannot be read, or None; and what was passed over: empty
        for JSON that is no resource, such as a profile.
    """
    try:
        data = parse_object(content, source, limits=LIMITS)
    except ProfileError as error:
        return error, ""
    if "resourceType" not in data:
        return None, ""
    _require_library(source)
    found = Found()
    _note(data, "", source, found)
    if found.responses:
        return found.responses[0][1], ""
    return None, next(iter(found.passed_over))


def _begins_as_resource(content: bytes) -> bool:
    return b'"resourceType"' in content[:4096]


def _lines(content: bytes) -> list[tuple[int, bytes]] | None:
    """Return the numbered lines of ndjson; None when it is one JSON value."""
    lines = [
        (number, line)
        for number, line in enumerate(
            content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1
        )
        if line.strip()
    ]
    if len(lines) < 2:
        return None
    is_each = all(line.strip().startswith(b"{") for _, line in lines)
    return lines if is_each and lines[0][1].strip().endswith(b"}") else None


def _of_lines(lines: list[tuple[int, bytes]], source: str) -> Found:
    _require_library(source)
    found = Found()
    for number, line in lines:
        place = f"line {number}"
        try:
            data = parse_object(line, source, limits=LIMITS)
        except ProfileError as error:
            found.responses.append((place, error))
            continue
        _note(data, place, source, found)
    return found


def _of_bundle(data: Mapping[str, Any], source: str, found: Found) -> None:
    entries = data.get("entry")
    for number, entry in enumerate(entries if isinstance(entries, list) else (), 1):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict):
            found.passed_over["entries without a resource"] += 1
        else:
            _note(resource, f"entry {number}", source, found)
    links = data.get("link")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("relation") == "next":
            found.passed_over["further pages of the Bundle, which are not here"] += 1


def _note(data: dict[str, Any], place: str, source: str, found: Found) -> None:
    kind = data.get("resourceType")
    if kind != RESPONSE:
        is_name = isinstance(kind, str) and _TYPE_NAME.match(kind)
        found.passed_over[f"resources of type {kind}" if is_name else "other JSON"] += 1
        return
    name = f"{source} {place}".strip()
    problems = _misfits(data)
    response = ProfileError(name, problems) if problems else data
    found.responses.append((place, response))


def _require_library(source: str) -> None:
    if lacks_library():
        problem = Problem(
            "", "reading FHIR needs one library more", INSTALL, "E_FHIR_LIBRARY"
        )
        raise ProfileError(source, (problem,))


# --- what the library says --------------------------------------------------------


def _misfits(data: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Return what the model of every release refuses; those of the closest one."""
    whole = json.dumps(without_empty(data))
    told: list[tuple[Problem, ...]] = []
    for release, module in _MODELS:
        problems = _refused(importlib.import_module(module), release, whole)
        if not problems:
            return _nulls(data)
        told.append(problems)
    return min(told, key=len)


def without_empty(node: Any) -> Any:
    """Return JSON without empty lists and groups, which FHIR does not allow.

    Some programs send ``"answer": []`` for a question that was not answered, and
    ``"answer": [{}]`` for a tick that was taken back. Both say nothing.
    """
    if isinstance(node, Mapping):
        kept = {key: without_empty(value) for key, value in node.items()}
        return {k: v for k, v in kept.items() if v not in ([], {}, None)}
    if isinstance(node, list):
        return [item for item in map(without_empty, node) if item not in ({}, [])]
    return node


def _refused(module: Any, release: str, whole: str) -> tuple[Problem, ...]:
    try:
        module.QuestionnaireResponse.model_validate_json(whole)
    except ValueError as error:
        details = getattr(error, "errors", None)
        if details is None:
            return (_misfit((), "", release),)
        found = [
            _misfit(e["loc"], e["type"], release)
            for e in details(include_input=False, include_url=False)
        ]
        return tuple(dict.fromkeys(found))
    return ()


def _misfit(place: tuple[Any, ...], kind: str, release: str) -> Problem:
    """Return a finding in our words: theirs repeat what stands in the file."""
    parts = [p for p in place if isinstance(p, int) or _KNOWN_NAME.match(str(p))]
    if kind == "extra_forbidden":
        parts, words = parts[:-1], "a key that FHIR does not have here"
    elif "missing" in kind:
        words = "something is missing that FHIR needs here"
    else:
        words = "FHIR does not allow this value here"
    where = ""
    for part in parts:
        where += f"[{part}]" if isinstance(part, int) else f".{part}" if where else part
    hint = "the program that wrote the file can mend it"
    return Problem(where, f"{words} ({release})", hint, "E_FHIR_SHAPE")


def _nulls(data: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Return where a list or a group is no such thing, which the library mends."""
    return tuple(_shape(data.get("item"), "item"))


def _shape(items: Any, place: str) -> Iterator[Problem]:
    if items and not isinstance(items, list):
        yield _no_list(place)
        return
    for number, item in enumerate(items or ()):
        here = f"{place}[{number}]"
        if not isinstance(item, Mapping):
            yield Problem(here, "expected an item", "", "E_FHIR_SHAPE")
            continue
        link_id = item.get("linkId")
        if not isinstance(link_id, str) or not link_id.strip():
            yield Problem(here, "an item without its linkId", "", "E_FHIR_SHAPE")
        answers = item.get("answer") or []
        if not isinstance(answers, list) or not all(
            isinstance(answer, Mapping) for answer in answers
        ):
            yield _no_list(f"{here}.answer")
            continue
        for answer in answers:
            for name, value in answer.items():
                if name == "valueBoolean" and not isinstance(value, bool | None):
                    yield Problem(
                        here,
                        "true or false stands there as a word or a number",
                        "ask again: a program may have made it of something else",
                        "E_FHIR_BOOLEAN",
                    )
            yield from _shape(answer.get("item"), f"{here}.answer.item")
        yield from _shape(item.get("item"), f"{here}.item")


def _no_list(place: str) -> Problem:
    return Problem(place, "expected a list of groups", "", "E_FHIR_SHAPE")

"""Say quickly that a document is certainly valid by its JSON Schema.

jsonschema is the judge, and the only one that explains. Importing it costs more than
checking hundreds of profiles, and nearly every profile is valid. So a schema is turned
into plain functions first: what they accept is valid, what they do not accept goes
before the judge. They know only the keywords that our own schemas use; a schema with
any other keyword has no shortcut. That both say the same of every document is a test.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, Final

Check = Callable[[Any], bool]

_WORDS: Final = frozenset({"$schema", "$id", "$comment", "title", "description",
                           "default", "deprecated"})  # fmt: skip
"""Keywords that decide nothing; so do all that begin with "x-"."""

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class _UnknownKeywordError(Exception):
    """The schema uses a keyword that has no function here."""


def shortcut(schema: Mapping[str, Any]) -> Check:
    """Return a function that tells whether a document is certainly valid.

    False means "ask the judge", not "invalid".
    """
    try:
        check = _compiled(schema)
    except _UnknownKeywordError:
        return lambda data: False

    def is_valid(data: Any) -> bool:
        try:
            return check(data)
        except (TypeError, ValueError, OverflowError, RecursionError):
            return False

    return is_valid


def _compiled(schema: Mapping[str, Any]) -> Check:
    if not isinstance(schema, Mapping):
        raise _UnknownKeywordError
    checks = []
    for keyword, value in schema.items():
        if keyword in _WORDS or keyword.startswith("x-") or keyword == "then":
            continue
        if keyword not in _KEYWORDS:
            raise _UnknownKeywordError
        checks.append(_KEYWORDS[keyword](value, schema))
    if len(checks) == 1:
        return checks[0]
    every = tuple(checks)

    def holds(data: Any) -> bool:
        for check in every:  # noqa: SIM110  a generator costs twice as much here
            if not check(data):
                return False
        return True

    return holds


def _is_number(data: Any) -> bool:
    return isinstance(data, int | float) and not isinstance(data, bool)


_TYPES: Final[Mapping[str, Check]] = {
    "null": lambda data: data is None,
    "boolean": lambda data: isinstance(data, bool),
    "string": lambda data: isinstance(data, str),
    "array": lambda data: isinstance(data, list),
    "object": lambda data: isinstance(data, dict),
    "number": _is_number,
    "integer": lambda data: (
        _is_number(data) and (isinstance(data, int) or data.is_integer())
    ),
}


def _type(value: Any, schema: Mapping[str, Any]) -> Check:
    names = [value] if isinstance(value, str) else value
    checks = [_TYPES[name] for name in names]
    if len(checks) == 1:
        return checks[0]
    return lambda data: any(check(data) for check in checks)


def _enum(value: Any, schema: Mapping[str, Any]) -> Check:
    if any(_is_number(choice) or isinstance(choice, list | dict) for choice in value):
        raise _UnknownKeywordError  # 1, 1.0 and true are equal here, not in JSON
    choices = frozenset(value)
    # A list or a group of fields is no choice; asking a set for it is an error.
    return lambda data: isinstance(data, str | bool | NoneType) and data in choices


def _const(value: Any, schema: Mapping[str, Any]) -> Check:
    return _enum([value], schema)


def _properties(value: Any, schema: Mapping[str, Any]) -> Check:
    checks = tuple((name, _compiled(field)) for name, field in value.items())

    def holds(data: Any) -> bool:
        if isinstance(data, dict):
            for name, check in checks:
                if name in data and not check(data[name]):
                    return False
        return True

    return holds


def _required(value: Any, schema: Mapping[str, Any]) -> Check:
    names = frozenset(value)
    return lambda data: not isinstance(data, dict) or names <= data.keys()


def _additional(value: Any, schema: Mapping[str, Any]) -> Check:
    if value is not False:
        raise _UnknownKeywordError
    known = frozenset(schema.get("properties", {}))
    patterns = [re.compile(p).search for p in schema.get("patternProperties", ())]

    def holds(data: Any) -> bool:
        if not isinstance(data, dict) or data.keys() <= known:
            return True
        others = data.keys() - known
        return all(any(match(name) for match in patterns) for name in others)

    return holds


def _pattern_properties(value: Any, schema: Mapping[str, Any]) -> Check:
    checks = [(re.compile(p).search, _compiled(spec)) for p, spec in value.items()]
    known = frozenset(schema.get("properties", {}))

    def holds(data: Any) -> bool:
        if not isinstance(data, dict) or data.keys() <= known:
            return True
        return all(
            check(value)
            for name, value in data.items()
            for match, check in checks
            if match(name)
        )

    return holds


def _minimum(value: Any, schema: Mapping[str, Any]) -> Check:
    return lambda data: not _is_number(data) or data >= value


def _maximum(value: Any, schema: Mapping[str, Any]) -> Check:
    return lambda data: not _is_number(data) or data <= value


def _exclusive_maximum(value: Any, schema: Mapping[str, Any]) -> Check:
    return lambda data: not _is_number(data) or data < value


def _min_length(value: Any, schema: Mapping[str, Any]) -> Check:
    return lambda data: not isinstance(data, str) or len(data) >= value


def _max_length(value: Any, schema: Mapping[str, Any]) -> Check:
    return lambda data: not isinstance(data, str) or len(data) <= value


def _pattern(value: Any, schema: Mapping[str, Any]) -> Check:
    search = re.compile(value).search
    return lambda data: not isinstance(data, str) or search(data) is not None


def _format(value: Any, schema: Mapping[str, Any]) -> Check:
    if value != "date":
        raise _UnknownKeywordError

    def holds(data: Any) -> bool:
        if not isinstance(data, str):
            return True
        if not _DATE.fullmatch(data):
            return False
        datetime.date.fromisoformat(data)  # an error when there is no such day
        return True

    return holds


def _items(value: Any, schema: Mapping[str, Any]) -> Check:
    check = _compiled(value)
    return lambda data: not isinstance(data, list) or all(map(check, data))


def _contains(value: Any, schema: Mapping[str, Any]) -> Check:
    check = _compiled(value)
    return lambda data: not isinstance(data, list) or any(map(check, data))


def _min_items(value: Any, schema: Mapping[str, Any]) -> Check:
    return lambda data: not isinstance(data, list) or len(data) >= value


def _max_items(value: Any, schema: Mapping[str, Any]) -> Check:
    return lambda data: not isinstance(data, list) or len(data) <= value


def _unique_items(value: Any, schema: Mapping[str, Any]) -> Check:
    if value is not True:
        raise _UnknownKeywordError

    def holds(data: Any) -> bool:
        if not isinstance(data, list):
            return True
        if not all(isinstance(item, str) for item in data):
            raise TypeError  # 1, 1.0 and true are equal here, not in JSON
        return len(set(data)) == len(data)

    return holds


def _all_of(value: Any, schema: Mapping[str, Any]) -> Check:
    checks = tuple(_compiled(part) for part in value)
    return lambda data: all(check(data) for check in checks)


def _any_of(value: Any, schema: Mapping[str, Any]) -> Check:
    checks = tuple(_compiled(part) for part in value)
    return lambda data: any(check(data) for check in checks)


def _not(value: Any, schema: Mapping[str, Any]) -> Check:
    check = _compiled(value)
    return lambda data: not check(data)


def _if(value: Any, schema: Mapping[str, Any]) -> Check:
    if "then" not in schema or "else" in schema:
        raise _UnknownKeywordError
    condition, then = _compiled(value), _compiled(schema["then"])
    return lambda data: not condition(data) or then(data)


_KEYWORDS: Final[Mapping[str, Callable[[Any, Mapping[str, Any]], Check]]] = {
    "type": _type, "enum": _enum, "const": _const, "properties": _properties,
    "required": _required, "additionalProperties": _additional,
    "patternProperties": _pattern_properties,
    "minimum": _minimum, "maximum": _maximum, "exclusiveMaximum": _exclusive_maximum,
    "minLength": _min_length, "maxLength": _max_length, "pattern": _pattern,
    "format": _format, "items": _items, "contains": _contains,
    "minItems": _min_items, "maxItems": _max_items, "uniqueItems": _unique_items,
    "allOf": _all_of, "anyOf": _any_of, "not": _not, "if": _if,
}  # fmt: skip

"""Judge data by a JSON Schema and say what is wrong in the user's words.

The only owner of jsonschema, which judges everything that goes through a schema.
Nothing is ever fetched: references outside the schema are refused. Texts from the
data never appear in a message, because a profile's texts are personal; numbers and
yes/no values may.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from backguide.errors import Problem

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

JsonObject = dict[str, Any]

_TYPE_WORDS: Final = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of fields",
    "null": "nothing",
}


class Judge:
    """A schema that can judge any number of documents."""

    def __init__(self, schema: JsonObject) -> None:
        """Take the schema; jsonschema is loaded with the first document.

        That our own schema is valid JSON Schema 2020-12 is a test, not a check at
        each start: it would take longer than judging a profile.
        """
        self._schema = schema

    @cached_property
    def _validator(self) -> Any:
        from jsonschema import Draft202012Validator
        from referencing import Registry

        return Draft202012Validator(
            self._schema,
            registry=Registry(),
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )

    def find_problems(self, data: object) -> tuple[Problem, ...]:
        """Return every finding, in the order of the document's paths."""
        errors = sorted(
            self._validator.iter_errors(data),
            key=lambda error: [str(part) for part in error.absolute_path],
        )
        found: dict[tuple[str, str], Problem] = {}
        for error in errors:
            for problem in self._problems(error):
                found.setdefault((problem.where, problem.message), problem)
        return tuple(found.values())

    def _problems(self, error: "ValidationError") -> Iterator[Problem]:
        where = path_text(error.absolute_path)
        field = field_schema(self._schema, error.absolute_path)
        label = self._label(list(error.absolute_path))
        kind = error.validator
        if kind == "additionalProperties":
            yield from self._unknown_fields(error, where)
        elif kind == "required":
            yield from self._missing_fields(error, where)
        elif kind == "anyOf":
            hint = str(error.schema.get("x-hint", ""))
            yield Problem(where, _any_of_text(error), hint, "E_MISSING", label)
        elif kind in ("if", "then", "else", "not"):
            yield Problem(
                where,
                _rule_text(error, field),
                str(error.schema.get("x-hint", "")),
                "E_NOT_ALLOWED",
                label,
            )
        else:
            yield Problem(
                where,
                f"expected {expected_text(field)}, got {got_text(error.instance)}",
                _hint(error, field),
                _code(kind),
                label,
            )

    def _label(self, path: list[str | int]) -> str:
        """Return the title of a field; an item of a list has the list's title."""
        while path:
            if title := field_schema(self._schema, path).get("title"):
                return str(title)
            path = path[:-1]
        return ""

    def _unknown_fields(
        self, error: "ValidationError", where: str
    ) -> Iterator[Problem]:
        known = list(error.schema.get("properties", {}))
        for name in error.instance:
            if name in known:
                continue
            close = near_miss(name, known)
            place = where or "the profile"
            yield Problem(
                place,
                f"unknown field (a name of {len(name)} letters)",
                f'did you mean "{close}"?' if close else "remove it",
                "E_UNKNOWN_FIELD",
            )

    def _missing_fields(
        self, error: "ValidationError", where: str
    ) -> Iterator[Problem]:
        for name in error.validator_value:
            if name in error.instance:
                continue
            path = [*error.absolute_path, name]
            field = field_schema(self._schema, path)
            hint = error.schema.get("x-hint") or (
                "answer it, or write null for not answered"
                if _allows_null(field)
                else ""
            )
            yield Problem(
                path_text(path),
                f"missing; expected {expected_text(field)}",
                hint,
                "E_MISSING",
                str(field.get("title", "")),
            )


def path_text(path: object) -> str:
    """Return a JSON path as dotted text, such as ``symptoms.site[0]``."""
    text = ""
    for part in path:  # type: ignore[attr-defined]
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else str(part)
    return text


def field_schema(schema: Mapping[str, Any], path: object) -> JsonObject:
    """Return the part of the schema that describes a path, or an empty one."""
    node: Any = schema
    for part in path:  # type: ignore[attr-defined]
        if isinstance(part, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(part, {})
    return dict(node) if isinstance(node, Mapping) else {}


def near_miss(word: str, known: list[str]) -> str:
    """Return the known word at most two slips away, or an empty text."""
    for candidate in get_close_matches(word.lower(), known, n=3, cutoff=0.6):
        if _edit_distance(word.lower(), candidate) <= 2:
            return candidate
    return ""


def _edit_distance(left: str, right: str) -> int:
    """Return the Levenshtein distance of two short words."""
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            previous, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, previous + (a != b)),
            )
    return row[-1]


def _types(field: Mapping[str, Any]) -> list[str]:
    kinds = field.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _allows_null(field: Mapping[str, Any]) -> bool:
    return "null" in _types(field) or None in field.get("enum", [])


def expected_text(field: Mapping[str, Any]) -> str:
    """Return what a field takes, in words: kind, unit, range or choices."""
    if "const" in field:
        return f'"{field["const"]}"'
    if "enum" in field:
        choices = [f'"{value}"' for value in field["enum"] if value is not None]
        return f"one of {', '.join(choices)}"
    kinds = [kind for kind in _types(field) if kind != "null"]
    words = " or ".join(_TYPE_WORDS.get(kind, kind) for kind in kinds) or "a value"
    if field.get("format") == "date":
        return "a date as YYYY-MM-DD"
    if unit := field.get("x-unit"):
        words += f" ({unit})"
    low, high = field.get("minimum"), field.get("maximum")
    if low is not None and high is not None:
        words += f" from {low} to {high}"
    if kinds == ["string"]:
        if field.get("minLength"):
            words += ", not empty"
        if "maxLength" in field:
            words += f", at most {field['maxLength']} characters"
        if hint := field.get("x-pattern-words"):
            words += f", {hint}"
    if kinds == ["array"]:
        if items := field.get("items", {}).get("enum"):
            words += " of " + ", ".join(f'"{item}"' for item in items)
        if field.get("minItems"):
            words += f", at least {field['minItems']}"
        if "maxItems" in field:
            words += f", at most {field['maxItems']}"
        if field.get("uniqueItems"):
            words += ", each once"
    return words


def got_text(value: object) -> str:
    """Return what was found without repeating any text of the person."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        count = len(value)
        return f"a text of {count} character{'' if count == 1 else 's'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "a group of fields"


def _hint(error: "ValidationError", field: Mapping[str, Any]) -> str:
    if error.validator == "enum" and isinstance(error.instance, str):
        choices = [value for value in field.get("enum", []) if isinstance(value, str)]
        if close := near_miss(error.instance, choices):
            return f'did you mean "{close}"?'
    if error.validator == "type" and isinstance(error.instance, str):
        text = error.instance.strip().replace(",", ".", 1)
        if text.replace(".", "", 1).isdigit() and {"integer", "number"} & set(
            _types(field)
        ):
            return "write the number without quotation marks, with a decimal point"
    if error.validator == "uniqueItems":
        return "each choice may stand in the list only once"
    own, rule = str(field.get("x-hint", "")), str(error.schema.get("x-hint", ""))
    if rule and rule != own:
        return rule
    # Where a text has a form, its hint tells of the form; here that is not the slip.
    has_form = "x-pattern-words" in field
    return "" if has_form and error.validator != "pattern" else own


def _code(validator: str) -> str:
    codes = {
        "type": "E_TYPE",
        "enum": "E_CHOICE",
        "const": "E_CHOICE",
        "minimum": "E_RANGE",
        "maximum": "E_RANGE",
        "format": "E_FORMAT",
        "pattern": "E_FORMAT",
        "maxLength": "E_LENGTH",
        "minLength": "E_LENGTH",
        "maxItems": "E_LENGTH",
        "minItems": "E_LENGTH",
        "uniqueItems": "E_REPEATED",
    }
    return codes.get(validator, "E_INVALID")


def _any_of_text(error: "ValidationError") -> str:
    names = [
        name for branch in error.validator_value for name in branch.get("required", [])
    ]
    return f"missing; give one of {', '.join(names)}" if names else "not valid"


def _rule_text(error: "ValidationError", field: Mapping[str, Any]) -> str:
    return str(error.schema.get("x-message") or field.get("x-message") or "not allowed")

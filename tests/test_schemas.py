"""Judging by a schema: nothing is fetched, slips are told, personal texts are not."""

import socket
import urllib.request
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from backguide.errors import Problem
from backguide.schemas import (
    Judge,
    expected_text,
    field_schema,
    got_text,
    near_miss,
    path_text,
)
from strategies import SCHEMA, in_clinic, minimal_profile

JUDGE = Judge(dict(SCHEMA))


def judged(schema: dict[str, Any], data: object) -> tuple[Problem, ...]:
    return Judge(schema).find_problems(data)


@pytest.mark.parametrize("data", [minimal_profile(), {}, None])
def test_every_document_is_judged_by_jsonschema(
    data: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Valid ones as well: nothing else reads the schema beside it."""
    asked: list[object] = []

    def spied(self: Draft202012Validator, instance: object) -> list[object]:
        asked.append(instance)
        return []

    monkeypatch.setattr(Draft202012Validator, "iter_errors", spied)
    assert Judge(dict(SCHEMA)).find_problems(data) == ()
    assert asked == [data]


# --- nothing is fetched -------------------------------------------------------


def test_the_guard_of_the_tests_refuses_the_network() -> None:
    # Without this the next tests could not fail.
    with pytest.raises(RuntimeError, match="may not use the network"):
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    with pytest.raises(RuntimeError, match="may not use the network"):
        socket.getaddrinfo("example.org", 80)
    with pytest.raises(RuntimeError, match="may not use the network"):
        urllib.request.urlopen("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    "reference",
    [
        "http://127.0.0.1:9/a.json",
        "https://example.org/a.json",
        "file:///etc/passwd",
        "a.json",
    ],
)
def test_a_reference_to_elsewhere_is_refused(
    reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        urllib.request, "urlopen", lambda *args, **_: asked.append(str(args[0]))
    )
    schema = {"type": "object", "properties": {"a": {"$ref": reference}}}
    with pytest.raises(Exception, match=r"(?i)unresolvable") as caught:
        judged(schema, {"a": 1})
    assert not isinstance(caught.value, RuntimeError)  # refused before any socket
    assert asked == []


def test_a_reference_inside_the_schema_works() -> None:
    schema = {
        "$defs": {"n": {"type": "integer"}},
        "properties": {"a": {"$ref": "#/$defs/n"}},
    }
    assert judged(schema, {"a": 1}) == ()
    (problem,) = judged(schema, {"a": "x"})
    assert problem.code == "E_TYPE"


def test_formats_are_checked() -> None:
    (problem,) = judged({"properties": {"a": {"format": "date"}}}, {"a": "2026-02-30"})
    assert problem.code == "E_FORMAT"


# --- near misses --------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "known", "close"),
    [
        ("symtoms", ["symptoms", "person"], "symptoms"),
        ("Symptoms", ["symptoms"], "symptoms"),
        ("symptoms", ["symptoms"], "symptoms"),
        ("sypmtoms", ["symptoms"], "symptoms"),
        ("smptms", ["symptoms"], "symptoms"),
        ("smptm", ["symptoms"], ""),
        ("below_kne", ["below_knee", "thigh"], "below_knee"),
        ("Quillfeather", ["symptoms", "person"], ""),
        ("", ["symptoms"], ""),
        ("a", [], ""),
    ],
)
def test_near_miss(word: str, known: list[str], close: str) -> None:
    assert near_miss(word, known) == close


@given(
    st.sampled_from(list(SCHEMA["properties"]["red_flags"]["properties"])), st.data()
)
def test_one_slip_in_a_long_name_is_understood(name: str, data: st.DataObject) -> None:
    known = list(SCHEMA["properties"]["red_flags"]["properties"])
    place = data.draw(st.integers(0, len(name) - 1))
    slipped = name[:place] + name[place + 1 :]
    assert near_miss(slipped, known) in known
    assert near_miss(name, known) == name


def test_a_huge_word_is_no_near_miss_and_takes_no_time() -> None:
    assert near_miss("symptoms" * 20_000, ["symptoms"]) == ""


# --- words --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a.b"), (["a", 0, "b", 12], "a[0].b[12]")],
)
def test_path_text(path: list[str | int], text: str) -> None:
    assert path_text(path) == text


def test_field_schema_walks_groups_and_lists() -> None:
    path = ["symptoms", "function_psfs", 1, "score_0_10"]
    assert field_schema(SCHEMA, path)["maximum"] == 10
    assert field_schema(SCHEMA, ["symptoms", "nowhere", "at_all"]) == {}
    assert field_schema(SCHEMA, [3]) == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"), (True, "true"), (False, "false"), (3, "3"), (1.75, "1.75"),
        ("Quill", "a text of 5 characters"), ("Q", "a text of 1 character"),
        ("", "a text of 0 characters"), (["Quill"], "a list of 1"),
        ({"Quill": 1}, "a group of fields"),
    ],
)  # fmt: skip
def test_got_text(value: object, text: str) -> None:
    assert got_text(value) == text


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ({"const": "1.0"}, '"1.0"'),
        ({"enum": ["yes", "no", None]}, 'one of "yes", "no"'),
        ({"type": ["integer", "null"], "minimum": 0, "maximum": 10, "x-unit": "weeks"},
         "a whole number (weeks) from 0 to 10"),
        ({"type": "number", "minimum": 0}, "a number"),
        ({"type": "string", "minLength": 1, "maxLength": 30},
         "a text, not empty, at most 30 characters"),
        ({"type": "string", "x-pattern-words": "on one line"}, "a text, on one line"),
        ({"type": ["string", "null"], "format": "date"}, "a date as YYYY-MM-DD"),
        ({"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": True,
          "items": {"enum": ["a", "b"]}},
         'a list of "a", "b", at least 1, at most 2, each once'),
        ({"type": ["array", "null"], "items": {"type": "object"}, "maxItems": 3},
         "a list, at most 3"),
        ({"type": "boolean"}, "true or false"),
        ({"type": ["integer", "string"]}, "a whole number or a text"),
        ({}, "a value"),
    ],
)  # fmt: skip
def test_expected_text(field: dict[str, Any], text: str) -> None:
    assert expected_text(field) == text


@pytest.mark.parametrize(
    ("schema", "value", "code"),
    [
        ({"type": "integer"}, "x", "E_TYPE"),
        ({"enum": ["a"]}, "x", "E_CHOICE"),
        ({"const": "a"}, "x", "E_CHOICE"),
        ({"minimum": 1}, 0, "E_RANGE"),
        ({"maximum": 1}, 2, "E_RANGE"),
        ({"pattern": r"^a\Z"}, "x", "E_FORMAT"),
        ({"maxLength": 1}, "xx", "E_LENGTH"),
        ({"minLength": 1}, "", "E_LENGTH"),
        ({"maxItems": 1}, [1, 2], "E_LENGTH"),
        ({"minItems": 1}, [], "E_LENGTH"),
        ({"uniqueItems": True}, [1, 1], "E_REPEATED"),
        ({"multipleOf": 2}, 3, "E_INVALID"),
        ({"not": {}, "x-message": "never"}, 1, "E_NOT_ALLOWED"),
    ],
)
def test_reason_codes(schema: dict[str, Any], value: object, code: str) -> None:
    (problem,) = judged({"properties": {"a": schema}}, {"a": value})
    assert (problem.where, problem.code) == ("a", code)


def test_missing_and_unknown_fields_are_told_at_once() -> None:
    schema = {
        "additionalProperties": False,
        "required": ["name", "age"],
        "properties": {"name": {"type": "string", "title": "Name"}, "age": {}},
    }
    found = [(p.where, p.code, p.hint) for p in judged(schema, {"nmae": 1, "zzzzz": 2})]
    assert set(found) == {
        ("the profile", "E_UNKNOWN_FIELD", 'did you mean "name"?'),
        ("the profile", "E_UNKNOWN_FIELD", "remove it"),
        ("name", "E_MISSING", ""),
        ("age", "E_MISSING", ""),
    }


def test_the_hint_of_a_rule_wins_over_the_hint_of_the_field() -> None:
    profile = in_clinic(**{"running.runner_status": "current"})
    profile["running"]["weekly_distance_km"] = None
    hints = {p.where: p.hint for p in JUDGE.find_problems(profile)}
    assert hints["running.weekly_distance_km"] == "needed because you run now"


# --- no text of a person in any message ---------------------------------------

TEXT_FIELDS = [
    f"{group}.{name}"
    for group, spec in SCHEMA["properties"].items()
    if "properties" in spec
    for name in spec["properties"]
]
# Long enough, and of signs that no message holds by itself.
SECRETS = st.text(st.sampled_from("QXZJÄßŁ"), min_size=4, max_size=60)


@given(
    SECRETS,
    st.sampled_from(TEXT_FIELDS),
    st.sampled_from(["text", "list", "group", "key"]),
)
def test_no_message_holds_a_text_of_the_data(
    secret: str, path: str, shape: str
) -> None:
    shapes = {
        "text": secret,
        "list": [secret],
        "group": {secret: secret},
        "key": secret,
    }
    profile = in_clinic(**{path: shapes[shape], "running": {"runner_status": secret}})
    if shape == "key":
        profile[secret] = secret
        profile["person"][secret] = {secret: [secret]}
    found = JUDGE.find_problems(profile)
    assert found
    for problem in found:
        assert secret not in f"{problem!r} {problem}"


@given(st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), SECRETS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(SECRETS, inner, max_size=3)
    ),
    max_leaves=8,
))  # fmt: skip
def test_anything_at_all_is_judged_without_a_crash(data: object) -> None:
    told = " ".join(str(problem) for problem in JUDGE.find_problems(data))
    assert told  # nothing of this kind is a valid profile
    assert not any(secret in told for secret in _texts(data))


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(t for v in value.values() for t in _texts(v))]
    if isinstance(value, list):
        return [t for v in value for t in _texts(v)]
    return [value] if isinstance(value, str) else []

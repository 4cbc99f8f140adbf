"""The shortcut and jsonschema say the same of every document."""

import copy
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backguide.profile.facts import schema
from backguide.schemas import Judge
from backguide.shortcut import shortcut
from strategies import profiles

JUDGE = Judge(dict(schema()))
IS_VALID = shortcut(dict(schema()))

ODD = (None, True, False, 0, 1, 3.0, -1, 10**9, 2.5, "", "yes", "2026-02-30",
       "2026-11-23", "\uff12026-11-23", [], ["yes"], ["yes", "yes"], [1, True], {},
       {"a": 1}, [[]], [None])  # fmt: skip


def damaged(raw: dict[str, Any], seed: random.Random) -> dict[str, Any]:
    """Return the profile with one or two places changed, removed or added."""
    raw = copy.deepcopy(raw)
    for _ in range(seed.randint(1, 2)):
        node: Any = raw
        while True:
            inner = [v for v in node.values() if isinstance(v, dict) and v]
            if not inner or seed.random() < 0.2:
                break
            node = seed.choice(inner)
        name = seed.choice([*node, "unknown_field"])
        if name in node and seed.random() < 0.3:
            del node[name]
        else:
            node[name] = copy.deepcopy(seed.choice(ODD))
    return raw


@settings(max_examples=300)
@given(raw=profiles(), number=st.integers(0, 2**32))
def test_it_agrees_with_jsonschema_on_whole_and_damaged_profiles(
    raw: dict[str, Any], number: int
) -> None:
    seed = random.Random(number)
    for data in (raw, *(damaged(raw, seed) for _ in range(6))):
        assert IS_VALID(data) is not bool(JUDGE.explain(data))


def test_every_field_with_every_odd_value() -> None:
    """One field after the other: too wide for random profiles to reach each pair."""
    for group, spec in schema()["properties"].items():
        names = spec.get("properties", {})
        for name in names or [""]:
            part = Judge(dict(names[name] if name else spec))
            quick = shortcut(dict(names[name] if name else spec))
            for value in ODD:
                told = bool(part.explain(value))
                if quick(value):
                    assert not told, f"{group}.{name}: accepts {value!r}"


CASES = (
    ({"type": "integer"}, (1, 1.0, 1.5, True, "1", None)),
    ({"type": ["integer", "null"]}, (1, None, True, "1")),
    ({"enum": ["a", True, None]}, ("a", True, 1, None, "b", ["a"])),
    ({"minimum": 2, "exclusiveMaximum": 5}, (1, 2, 4.9, 5, "7", True)),
    ({"minLength": 2, "maxLength": 3}, ("a", "ab", "abcd", 7)),
    ({"pattern": r"^a\Z"}, ("a", "a\n", "b", 1)),
    ({"format": "date"}, ("2026-02-28", "2026-02-30", "20260228", "2026-W01-1", 5)),
    ({"items": {"type": "string"}, "minItems": 1, "maxItems": 2}, ([], ["a"], [1])),
    ({"uniqueItems": True}, (["a"], ["a", "a"], "aa")),
    ({"contains": {"const": "a"}}, (["a"], ["b"], [], "a")),
    ({"not": {"required": ["a"]}}, ({}, {"a": 1}, "a")),
    ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, ({}, {"b": 1})),
    ({"allOf": [{"minimum": 1}, {"maximum": 3}]}, (0, 2, 4)),
    ({"if": {"required": ["a"]}, "then": {"required": ["b"]}},
     ({}, {"a": 1}, {"a": 1, "b": 2})),
    ({"properties": {"a": {"type": "string"}}, "additionalProperties": False},
     ({}, {"a": "x"}, {"a": 1}, {"b": 1}, 5)),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "values"), CASES)
def test_each_keyword(rule: dict[str, Any], values: tuple[Any, ...]) -> None:
    quick, judge = shortcut(rule), Judge(rule)
    assert {quick(value) for value in values} == {True, False}
    for value in values:
        assert quick(value) is not bool(judge.explain(value)), value


@pytest.mark.parametrize(
    "rule",
    [
        {"dependentRequired": {"a": ["b"]}},
        {"enum": [1, 2]},
        {"format": "email"},
        {"additionalProperties": {"type": "string"}},
        {"if": {}, "then": {}, "else": {}},
        {"properties": {"a": {"$ref": "#/x"}}},
    ],
)
def test_what_it_does_not_know_goes_before_the_judge(rule: dict[str, Any]) -> None:
    assert not shortcut(rule)({})
    assert not shortcut(rule)("a")

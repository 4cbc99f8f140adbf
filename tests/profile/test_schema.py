"""The schema itself: valid, closed, told in words, and quick to check."""

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from backguide.profile.facts import history, known_facts, schema
from backguide.profile.load import MOST_WEEKS
from clinical_oracle import (
    FIELDS,
    OPTIONAL_RED_FLAGS,
    REQUIRED_RED_FLAGS,
)
from exercise_oracle import (
    EXERCISE_FIELDS,
)
from strategies import GROUPS, RUNNING_BLOCK, SCHEMA, SPA_BLOCK

# Every keyword of Draft 2020-12 (core, applicator, validation, format, metadata).
KEYWORDS = set(
    """
    $schema $id $ref $defs $comment $anchor $dynamicRef $dynamicAnchor $vocabulary
    allOf anyOf oneOf not if then else dependentSchemas prefixItems items contains
    properties patternProperties additionalProperties propertyNames
    unevaluatedItems unevaluatedProperties
    type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum
    maxLength minLength pattern maxItems minItems uniqueItems maxContains minContains
    maxProperties minProperties required dependentRequired format
    title description default deprecated readOnly writeOnly examples
    """.split()  # noqa: SIM905  a list would be one line for each word
)
OWN_WORDS = {
    "x-question", "x-order", "x-labels", "x-unit", "x-hint", "x-message", "x-sign",
    "x-urgency", "x-kind", "x-pattern-words", "x-maximum-bytes",
    "x-asked-if", "x-since", "x-retired", "x-retired-why",
    "x-topics", "x-only-if", "x-not-if", "x-defaults",
}  # fmt: skip
MAPS = ("properties", "$defs", "patternProperties", "dependentSchemas")
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
SINGLES = ("items", "not", "if", "then", "else", "contains", "propertyNames")


def schemas(node: Mapping[str, Any], where: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every schema inside a schema with its place."""
    yield where, node
    for word in MAPS:
        for name, inner in node.get(word, {}).items():
            yield from schemas(inner, f"{where}/{word}/{name}")
    for word in LISTS:
        for n, inner in enumerate(node.get(word, ())):
            yield from schemas(inner, f"{where}/{word}/{n}")
    for word in SINGLES:
        if isinstance(node.get(word), Mapping):
            yield from schemas(node[word], f"{where}/{word}")


ALL = dict(schemas(SCHEMA))
LEAVES = {
    f"{group}.{name}": spec
    for group in GROUPS
    for name, spec in SCHEMA["properties"][group]["properties"].items()
} | {n: s for n, s in SCHEMA["properties"].items() if n not in GROUPS}
LEAVES = {path: spec for path, spec in LEAVES.items() if "x-retired" not in spec}
PATTERNS = sorted({spec["pattern"] for spec in ALL.values() if "pattern" in spec})


def test_the_walk_sees_the_whole_schema() -> None:
    assert len(LEAVES) > 200
    assert len(ALL) > len(LEAVES) + 100
    assert len(PATTERNS) >= 4


def test_the_schema_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert dict(schema()) == dict(SCHEMA)


@pytest.mark.parametrize("where", ALL)
def test_every_keyword_is_known(where: str) -> None:
    unknown = {word for word in ALL[where] if not word.startswith("x-")} - KEYWORDS
    assert not unknown
    assert {word for word in ALL[where] if word.startswith("x-")} <= OWN_WORDS


def test_a_misspelt_keyword_would_be_noticed() -> None:
    misspelt = {"type": "object", "requried": ["a"], "properties": {"a": {"tpye": "x"}}}
    found = {w for _, node in schemas(misspelt) for w in node} - KEYWORDS
    assert found == {"requried", "tpye"}


def test_nothing_is_fetched_from_elsewhere() -> None:
    words = {word for node in ALL.values() for word in node}
    assert not words & {"$ref", "$dynamicRef", "$vocabulary"}


@pytest.mark.parametrize("path", LEAVES)
def test_every_field_is_told_in_words(path: str) -> None:
    spec = LEAVES[path]
    assert spec["title"].strip() == spec["title"] != ""
    assert len(spec["title"]) <= 40
    assert spec["description"].endswith(".")
    assert spec["x-question"].rstrip().endswith(("?", "."))
    assert isinstance(spec["x-order"], int | float)  # a later one between two


def test_titles_and_places_of_questions_are_not_shared() -> None:
    orders = [spec["x-order"] for spec in LEAVES.values()]
    assert len(set(orders)) == len(orders)


@pytest.mark.parametrize("path", LEAVES)
def test_every_choice_has_a_label(path: str) -> None:
    spec = LEAVES[path]
    source = spec.get("items", spec)
    choices = [c for c in source.get("enum", ()) if isinstance(c, str)]
    if path == "confirmed" or spec.get("x-kind") == "yes_no":
        return
    assert set(choices) == set(source.get("x-labels", spec.get("x-labels", {})))


@pytest.mark.parametrize("path", LEAVES)
def test_every_number_has_a_range_and_a_unit(path: str) -> None:
    spec = LEAVES[path]
    kinds = spec.get("type", [])
    if {"integer", "number"} & set([kinds] if isinstance(kinds, str) else kinds):
        assert spec["minimum"] < spec["maximum"]
        assert spec["x-unit"]


@pytest.mark.parametrize("path", LEAVES)
def test_every_text_and_list_has_a_limit(path: str) -> None:
    spec = LEAVES[path]
    kinds = spec.get("type", [])
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if "string" in kinds and spec.get("format") != "date":
        assert spec["minLength"] >= 1
        assert 1 <= spec["maxLength"] <= 30_000
    if "array" in kinds:
        assert spec["maxItems"] <= 30
        assert "enum" not in spec["items"] or spec["uniqueItems"] is True


@pytest.mark.parametrize("path", LEAVES)
def test_a_field_that_is_not_required_may_be_null(path: str) -> None:
    group, _, name = path.rpartition(".")
    owner = SCHEMA["properties"][group] if group else SCHEMA
    spec = LEAVES[path]
    is_needed = name in owner.get("required", ()) and group != "red_flags"
    allows_null = None in spec.get("enum", ()) or "null" in spec.get("type", ())
    assert allows_null is (not is_needed and name != "$schema")


def test_no_object_takes_a_field_that_it_does_not_name() -> None:
    objects = [
        (where, node)
        for where, node in ALL.items()
        if node.get("type") == "object" and "/allOf/" not in where
    ]
    assert len(objects) >= len(GROUPS) + 1
    for where, node in objects:
        assert node["additionalProperties"] is False, where
    for group in GROUPS:
        assert SCHEMA["properties"][group]["type"] == "object"


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_is_anchored_at_both_ends(pattern: str) -> None:
    assert pattern.startswith("^")
    assert pattern.endswith(r"(?![\s\S])")  # "\Z" for ECMA-262 too
    assert not re.search(pattern, "abc\n")


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(
    "text",
    [
        "a" * 10_000,
        "a" * 10_000 + "\x00",
        "@" * 10_000,
        "a-" * 5_000 + "!",
        " " * 10_000,
    ],
    ids=["letters", "letters and a bad one", "at signs", "dashes", "blanks"],
)
def test_no_pattern_is_slow(pattern: str, text: str) -> None:
    compiled = re.compile(pattern)
    took = []
    for _ in range(3):  # the best of three: another process may have the processor
        start = time.perf_counter()
        compiled.search(text)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.05


def test_no_pattern_repeats_a_repetition() -> None:
    for pattern in PATTERNS:
        assert not re.search(r"\([^)]*[+*}][^)]*\)[+*{]", pattern)


# --- the schema and the second clinical table ---------------------------------


@pytest.mark.parametrize("path", sorted({*FIELDS, *EXERCISE_FIELDS}))
def test_every_field_of_the_second_table_exists(path: str) -> None:
    assert path in LEAVES


@pytest.mark.parametrize("key", [*REQUIRED_RED_FLAGS, *OPTIONAL_RED_FLAGS])
def test_every_red_flag_takes_yes_no_and_not_known(key: str) -> None:
    spec = LEAVES[f"red_flags.{key}"]
    assert spec["enum"] == ["yes", "no", "unknown", None]
    assert spec["x-kind"] == "yes_no"
    assert spec["x-urgency"] in ("emergency", "urgent", "soon", "context")
    assert spec["x-sign"]


def test_the_red_flags_are_exactly_those_of_the_second_table() -> None:
    group = SCHEMA["properties"]["red_flags"]
    assert set(group["properties"]) == {*REQUIRED_RED_FLAGS, *OPTIONAL_RED_FLAGS}
    later = {path.partition(".")[2] for path in history().demanded_later()}
    assert set(group["required"]) | later == set(REQUIRED_RED_FLAGS)


@pytest.mark.parametrize("path", sorted({*FIELDS, *EXERCISE_FIELDS}))
def test_the_values_of_the_second_table_are_allowed(path: str) -> None:
    allowed = Draft202012Validator(LEAVES[path])
    for value in (*FIELDS.get(path, ()), *EXERCISE_FIELDS.get(path, ())):
        may_differ = value is None or value == ""  # an answer that is not there
        assert may_differ or allowed.is_valid(value), value


def test_the_blocks_that_the_tests_know_are_those_of_the_schema() -> None:
    conditions = {rule["$comment"]: rule for rule in SCHEMA["allOf"]}
    (long_pain,) = [r for c, r in conditions.items() if "long-lasting pain" in c]
    (runner,) = [r for c, r in conditions.items() if "the running block" in c]
    assert long_pain["then"]["properties"]["spa"]["required"] == list(SPA_BLOCK)
    block = runner["then"]["properties"]["red_flags"]["required"]
    assert block == list(RUNNING_BLOCK)
    assert set(SCHEMA["properties"]["spa"]["properties"]) == set(SPA_BLOCK)


def test_the_loader_knows_the_limit_of_the_weeks() -> None:
    assert LEAVES["symptoms.onset_weeks"]["maximum"] == MOST_WEEKS


def test_ranges_of_the_contract() -> None:
    ranges = {
        "person.age_years": (16, 100), "person.height_cm": (120, 220),
        "person.weight_kg": (30, 250), "person.sitting_h_day": (0, 18),
        "person.fear_of_movement_0_10": (0, 10), "symptoms.onset_weeks": (0, 2000),
        "symptoms.nrs_now": (0, 10), "symptoms.morning_stiffness_min": (0, 240),
        "spa.age_at_onset": (5, 100), "diagnoses.pregnant_weeks": (1, 43),
        "diagnoses.weeks_since_birth": (0, 104), "diagnoses.cobb_deg": (0, 120),
        "running.weekly_distance_km": (0, 250), "running.runs_per_week": (0, 14),
        "running.longest_run_30d_km": (0, 200), "running.cadence_spm": (120, 220),
        "running.typical_pace_min_per_km": (2.5, 20), "running.shoe_km": (0, 2000),
        "running.goal_distance_km": (0.5, 250), "n_exercises": (3, 8),
    }  # fmt: skip
    for path, limits in ranges.items():
        assert (LEAVES[path]["minimum"], LEAVES[path]["maximum"]) == limits, path
        assert path in known_facts()

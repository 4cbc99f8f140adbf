"""The blank profile: everything asked, nothing answered, ready for a text editor."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from backguide.cli_options import LOCALES
from backguide.errors import ProfileError
from backguide.guidance.library import Library
from backguide.guidance.select import select
from backguide.profile.blank import (
    CLINIC_ONLY,
    asked,
    blank_profile,
    place_of_question,
    question,
    without_questions,
)
from backguide.profile.facts import known_facts, schema
from backguide.profile.load import profile_from_bytes
from backguide.schemas import Judge
from strategies import FIXED_DAY, as_bytes, minimal_profile

MODES = ("self", "clinic")
CHOSEN = {
    "schema_version", "language", "mode", "created_date", "locale", "paper_size",
    "units_body", "units_distance",
}  # fmt: skip


def blank(mode: str = "self", **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(blank_profile(mode, FIXED_DAY, **more))
    return data


def leaves(node: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(value, dict):
            yield from leaves(value, path)
        else:
            yield path, value


@pytest.mark.parametrize("mode", MODES)
def test_every_question_is_there_and_every_answer_is_open(mode: str) -> None:
    """A person began with somebody else's answers; here nothing is inherited."""
    answers = dict(leaves(without_questions(blank(mode))))
    facts = {p: f for p, f in known_facts().items() if not f.is_derived}
    left_out = {
        path
        for path in facts
        if path in ("sample", "confirmed", "ended_early")
        or (mode == "self" and path.partition(".")[0] in CLINIC_ONLY)
        or "x-retired" in spec(path)
    }
    assert set(answers) == set(facts) - left_out
    assert {path for path, value in answers.items() if value is not None} == {
        "schema_version", "language", "mode", "created_date",
    }  # fmt: skip
    red = [v for p, v in answers.items() if p.startswith("red_flags.")]
    assert len(red) > 50
    assert not any(red)


def spec(path: str) -> Any:
    node: Any = schema()
    for name in path.split("."):
        node = node["properties"][name]
    return node


@pytest.mark.parametrize("mode", MODES)
def test_above_each_answer_stands_its_question_with_what_may_be_written(
    mode: str,
) -> None:
    pairs = list(leaves(blank(mode)))
    pairs = [pair for pair in pairs if "READ FIRST" not in pair[0]]
    for (asking, text), (path, _) in zip(pairs[::2], pairs[1::2], strict=True):
        assert asking == f"{path}?"
        fact = known_facts()[path]
        assert text.startswith(fact.question)
        for choice in fact.choices if path != "schema_version" else ():
            assert choice in text
        if fact.kind == "number":
            assert f"{fact.minimum:g} to {fact.maximum:g}" in text
            assert fact.unit in text or "0 to" in fact.unit


@pytest.mark.parametrize("path", ["person.height_cm", "person.weight_kg"])
def test_a_question_tells_how_to_turn_a_unit(path: str) -> None:
    assert "1 inch" in question(path) or "1 pound" in question(path)


def test_the_order_is_that_of_asking() -> None:
    """Safety first; within a group as the schema counts the questions."""
    order = list(asked("clinic"))
    groups = list(dict.fromkeys(p.partition(".")[0] for p in order if "." in p))
    assert groups[0] == "red_flags"
    assert set(groups[-2:]) == set(CLINIC_ONLY)
    for group in groups:
        places = [spec(p)["x-order"] for p in order if p.startswith(f"{group}.")]
        assert places == sorted(places)
    assert place_of_question("red_flags") < place_of_question("person.age_years")
    assert place_of_question("symptoms.site[0]") == place_of_question("symptoms.site")


@pytest.mark.parametrize("mode", MODES)
def test_the_schema_takes_the_questions_too(mode: str) -> None:
    """So an editor that checks by the schema underlines no question."""
    data = blank(mode, locale="en-GB", units="metric")
    data["person"]["age_years"] = 40
    data["symptoms"]["has_back_pain"] = "never"
    data["running"]["runner_status"] = "non_runner_wants_to"
    assert Judge(dict(schema())).find_problems(data) == ()
    assert Judge(dict(schema())).find_problems(data) == ()
    del data["created_date"]
    assert Judge(dict(schema())).find_problems(data) != ()


def test_a_question_is_no_answer_and_hides_none() -> None:
    """Only what ends in a question mark is left out, and it changes nothing."""
    plain = minimal_profile()
    asking = minimal_profile(**{"red_flags.bladder_change?": "yes", "x?": "1"})
    first, second = (profile_from_bytes(as_bytes(p), "x") for p in (plain, asking))
    assert (first.facts, first.sha256) == (second.facts, second.sha256)
    with pytest.raises(ProfileError):
        profile_from_bytes(as_bytes(minimal_profile(**{"x?": [1]})), "x")
    for name in ("blader_change", "_bladder_change", "bladder_change ?x"):
        with pytest.raises(ProfileError, match="unknown field"):
            profile_from_bytes(
                as_bytes(minimal_profile(**{f"red_flags.{name}": "yes"})), "x"
            )


@pytest.mark.parametrize("mode", MODES)
def test_a_blank_profile_tells_what_it_needs_first(mode: str) -> None:
    with pytest.raises(ProfileError) as caught:
        profile_from_bytes(blank_profile(mode, FIXED_DAY), "blank")
    assert {problem.where for problem in caught.value.problems} == {
        "locale", "units_distance", "paper_size", "person.age_years",
        "symptoms.has_back_pain", "running.runner_status",
    }  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_the_least_answers_give_the_page_that_asks_for_safety(
    mode: str, library: Library
) -> None:
    data = blank(mode, locale="en-GB", units="metric")
    data["person"]["age_years"] = 40
    data["symptoms"]["has_back_pain"] = "never"
    data["running"]["runner_status"] = "non_runner_wants_to"
    profile = profile_from_bytes(as_bytes(data), "blank")
    assert select(profile.facts, library).triage.state == "UNANSWERED"


def test_country_and_units_settle_what_goes_with_them() -> None:
    assert blank(locale="en-US", units="imperial")["paper_size"] == "Letter"
    assert blank(locale="en-US", units="imperial")["units_distance"] == "mi"
    assert blank(locale="en-NZ", units="metric")["paper_size"] == "A4"
    assert blank()["paper_size"] is None
    assert blank()["created_date"] == FIXED_DAY.isoformat()
    assert tuple(spec("locale")["enum"]) == LOCALES
    assert {"locale", "paper_size", "units_body", "units_distance"} < CHOSEN


def test_it_is_text_for_a_plain_editor() -> None:
    content = blank_profile("clinic", date(2026, 11, 30), locale="en-other")
    text = content.decode("ascii", "replace")
    assert len(text) < 100_000
    assert "\r" not in text
    assert "\t" not in text
    assert max(map(len, text.splitlines())) < 1200
    assert text.index("READ FIRST") < text.index("red_flags")

"""The form: sound in each release, few kinds of items, the gates of the interview."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from fhir.resources.questionnaire import Questionnaire as R5
from fhir.resources.R4B.questionnaire import Questionnaire as R4B

from backguide.fhir.form import Item, form, items_by_id, places, walk
from backguide.fhir.questionnaire import RELEASES, Release, questionnaire
from backguide.guidance.library import Library
from backguide.interview.engine import Interview
from backguide.interview.outlook import Outlook
from backguide.interview.questions import SAFETY, topic_of, topics
from backguide.profile.facts import known_facts
from interview_people import DAY, person

MODEL = {"R4": R4B, "R5": R5}


def written(library: Library, release: Release = "R4") -> dict[str, Any]:
    return dict(json.loads(questionnaire(library, release, "self")))


def items(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in node.get("item", ()):
        yield item
        yield from items(item)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("mode", ["self", "clinic"])
def test_the_library_of_the_release_takes_it(
    release: Release, mode: str, library: Library
) -> None:
    content = questionnaire(library, release, mode)
    assert content == questionnaire(library, release, mode)
    read = MODEL[release].model_validate_json(content)
    assert json.loads(read.model_dump_json()) == json.loads(content)


@pytest.mark.parametrize("release", RELEASES)
def test_only_kinds_that_every_renderer_shows(
    release: Release, library: Library
) -> None:
    choice = "choice" if release == "R4" else "coding"
    allowed = {"group", "display", choice, "string", "text", "date"}
    for item in items(written(library, release)):
        assert item["type"] in allowed
        assert item["linkId"] == item["linkId"].strip()
        for option in item.get("answerOption", ()):
            assert set(option["valueCoding"]) == {"system", "code", "display"}
        if item["type"] == choice:
            (control,) = item["extension"]
            code = control["valueCodeableConcept"]["coding"][0]["code"]
            assert code == ("check-box" if item.get("repeats") else "radio-button")
        for when in item.get("enableWhen", ()):
            assert when["operator"] == "="
            assert set(when["answerCoding"]) == {"system", "code", "display"}
        assert ("enableBehavior" in item) == (len(item.get("enableWhen", ())) > 1)


def test_link_ids_stand_once_and_conditions_name_answers_that_exist(
    library: Library,
) -> None:
    found = {item["linkId"]: item for item in items(written(library))}
    assert len(found) == len(list(items(written(library))))
    for item in found.values():
        for when in item.get("enableWhen", ()):
            options = found[when["question"]]["answerOption"]
            assert {"valueCoding": when["answerCoding"]} in options


def test_each_question_of_the_interview_is_there_in_its_order() -> None:
    asked = [item.path for item in walk(form()) if item.path]
    wanted = [path for topic in topics() for path in topic.fields]
    assert asked == wanted
    assert wanted[1].startswith(SAFETY)


def test_each_list_has_a_way_to_say_none() -> None:
    denied = [item.denies for item in walk(form()) if item.denies]
    assert denied == [topic.fields for topic in topics() if topic.is_list]
    for item in walk(form()):
        if item.repeats and item.path and item.path != "symptoms.site":
            codes = {option.code for option in item.options}
            assert codes & {"none-of-these", "nothing", "none"}, item.path


def test_words_are_those_of_the_interview() -> None:
    for item in walk(form()):
        if item.path and not topic_of()[item.path].is_list:
            assert item.text.startswith(known_facts()[item.path].question)
        if item.kind in ("string", "text"):
            assert "Type " in item.text


def enabled(answers: dict[str, Any]) -> set[str]:
    """Return the fields whose questions are on, by the standard's own rules."""
    given = {
        p: set(v)
        if known_facts()[p].kind == "set"
        else {str(v) if isinstance(v, list) else v}
        for p, v in answers.items()
    }
    while True:
        on = set(switched_on(form(), given)) - {""}
        if given.keys() <= on:
            return on
        given = {p: v for p, v in given.items() if p in on}


def switched_on(items: tuple[Item, ...], given: dict[str, set[Any]]) -> Iterator[str]:
    for item in items:
        if all(
            any(option.value in given.get(path, ()) for path, option in clause)
            for clause in item.clauses
        ):
            yield item.path
            yield from switched_on(item.items, given)


NOT_IF = {"red_flags.missed_periods_3", "diagnoses.pregnant", "diagnoses.postpartum"}
"""Asked of everybody, as nobody has to tell the sex; each takes a no."""


@pytest.mark.parametrize("seed", range(120))
def test_a_question_is_on_for_whom_the_interview_asks_it(seed: int) -> None:
    rng = random.Random(seed)
    answers = {
        p: v for p, v in person(seed).items() if p in topic_of() and v is not None
    }
    for path in rng.sample(sorted(answers), rng.randint(0, len(answers))):
        del answers[path]
    interview = Interview(None, mode="self", day=DAY)  # type: ignore[arg-type]
    answers = interview.kept(answers)
    facts = interview._facts(answers)
    asked = {p for p in items_by_id() if p in topic_of()}
    closed = {p for p in asked if Outlook(facts, ()).is_closed(p)} - NOT_IF
    assert enabled(answers) == asked - closed


def test_who_needs_help_is_told_at_once_and_where(library: Library) -> None:
    found = {item["linkId"]: item for item in items(written(library))}
    emergency = found["help.emergency"]
    asked = {when["question"] for when in emergency["enableWhen"]}
    assert "red_flags.saddle_numb" in asked
    assert "local emergency number" in emergency["text"]
    numbers = {item["text"] for item in emergency["item"]}
    assert any("999" in text for text in numbers)
    assert any("911" in text for text in numbers)
    urgent = {when["question"] for when in found["help.urgent"]["enableWhen"]}
    assert urgent
    assert not urgent & asked


def test_every_place_names_the_way_to_the_question() -> None:
    assert places()["red_flags.saddle_numb"] == "topic.nerves/red_flags.saddle_numb"

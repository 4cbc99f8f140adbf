"""Responses: the same profile as the answers in a file, and what libraries let pass."""

import copy
import importlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from backguide.errors import Problem, ProfileError
from backguide.fhir.form import form, walk
from backguide.fhir.reading import read_responses
from backguide.fhir.response import read_response
from backguide.guidance.library import Library
from backguide.interview.engine import Interview
from backguide.profile.facts import known_facts
from backguide.profile.load import Profile, profile_from_bytes
from backguide.profile.strict_json import may_be_fhir
from fhir_responses import ABSENT, item_of, items_of, response, told
from interview_people import DAY, person

MODELS = (
    "fhir.resources.R4B.questionnaireresponse",
    "fhir.resources.questionnaireresponse",
)
SEEDS = [n for n in range(40) if "confirmed" not in person(n)]


CALM = next(
    n
    for n in SEEDS
    if all(told(n).get(p) == "no" for p in told(n) if p.startswith("red_flags."))
    and told(n).get("symptoms.has_back_pain") == "current"
)


def read(resource: dict[str, Any], library: Library) -> Profile:
    return profile_from_bytes(content(resource, library), "the response")


def content(resource: dict[str, Any], library: Library) -> bytes:
    found = read_responses(json.dumps(resource).encode(), "x.json", library)
    assert found is not None
    ((_, result),) = found
    if isinstance(result, ProfileError):
        raise result
    return result.content


def problems(resource: dict[str, Any], library: Library) -> tuple[Problem, ...]:
    with pytest.raises(ProfileError) as raised:
        content(resource, library)
    return raised.value.problems


def calm(**more: Any) -> dict[str, Any]:
    return response(told(CALM), day=DAY, **more)


# --- the same person ----------------------------------------------------------------


@pytest.mark.parametrize("uses_none", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_response_is_the_same_answers(
    seed: int, uses_none: bool, library: Library
) -> None:
    answers = told(seed)
    interview = Interview(library, mode="self", day=DAY)
    wanted = profile_from_bytes(interview.content(answers), "the answers")
    resource = response(answers, day=DAY, uses_none=uses_none)
    for module in MODELS:
        model = importlib.import_module(module).QuestionnaireResponse
        model.model_validate_json(json.dumps(resource))
    facts = dict(read(resource, library).facts)
    assert str(facts.pop("profile_id")).startswith("qr-")
    for path in ("running.typical_pace_min_per_km",):
        assert facts.pop(path, 0) == pytest.approx(wanted.facts.get(path, 0))
    skipped = {"running.typical_pace_min_per_km", "derived.pace_m_per_s"}
    assert {p: v for p, v in facts.items() if p not in skipped} == {
        p: v for p, v in wanted.facts.items() if p not in skipped
    }


def test_the_day_is_that_of_who_answered(library: Library) -> None:
    assert read(calm(), library).facts["created_date"] == DAY


def test_mode_is_that_of_the_form(library: Library) -> None:
    assert read(calm(mode="clinic"), library).facts["mode"] == "clinic"
    resource = calm(mode="clinic")
    del resource["questionnaire"]
    assert read(resource, library).facts["mode"] == "self"


def test_status_is_no_answer_but_a_withdrawn_response_is_none(
    library: Library,
) -> None:
    for status in ("in-progress", "amended", "stopped"):
        assert read({**calm(), "status": status}, library)
    found = problems({**calm(), "status": "entered-in-error"}, library)
    assert [p.code for p in found] == ["E_FHIR_WITHDRAWN"]


# --- nothing is ever guessed to be no -------------------------------------------------

SIGN = "red_flags.saddle_numb"


def reasoned(code: str) -> dict[str, Any]:
    return {"extension": [{"url": ABSENT, "valueCode": code}]}


NO_ANSWER: dict[str, Callable[[dict[str, Any]], Any]] = {
    "absent": lambda item: item.clear(),
    "no answer": lambda item: item.pop("answer"),
    "empty list": lambda item: item.update(answer=[]),
    "tick taken back": lambda item: item.update(answer=[{}]),
    "blank": lambda item: item.update(answer=[{"valueCoding": {}}]),
    "declined": lambda item: item.update(answer=[reasoned("asked-declined")]),
    "declined value": lambda item: item.update(
        answer=[{"valueCoding": reasoned("asked-declined")}]
    ),
    "declined boolean": lambda item: item.update(
        answer=[{"_valueBoolean": reasoned("asked-declined")}]
    ),
    "declined item": lambda item: (item.pop("answer"), item.update(reasoned("error"))),
}


@pytest.mark.parametrize("how", NO_ANSWER)
def test_no_answer_is_never_no(how: str, library: Library) -> None:
    resource = calm()
    NO_ANSWER[how](item_of(resource, SIGN))
    for group in items_of(resource):
        if "item" in group:
            group["item"] = [item for item in group["item"] if item]
    profile = read(resource, library)
    assert profile.data["red_flags"]["saddle_numb"] is None
    assert SIGN not in profile.facts


def test_asked_and_not_known_is_not_sure(library: Library) -> None:
    resource = calm()
    item_of(resource, SIGN)["answer"] = [reasoned("asked-unknown")]
    assert read(resource, library).data["red_flags"]["saddle_numb"] == "unknown"


def test_a_declined_sex_is_told_apart_from_an_absent_one(library: Library) -> None:
    resource = response({**told(CALM), "person.sex_at_birth": "female"}, day=DAY)
    item = item_of(resource, "person.sex_at_birth")
    item["answer"] = [reasoned("asked-declined")]
    assert read(resource, library).data["person"]["sex_at_birth"] == "prefer_not"
    item["answer"] = []
    assert read(resource, library).data["person"].get("sex_at_birth") is None


def test_none_of_these_answers_only_what_is_open(library: Library) -> None:
    resource = calm(uses_none=True)
    assert SIGN not in {item["linkId"] for item in items_of(resource)}
    assert read(resource, library).data["red_flags"]["saddle_numb"] == "no"
    line = item_of(calm(), SIGN)
    for code, display in (("yes", "yes"), ("unknown", "not sure")):
        line["answer"][0]["valueCoding"] |= {"code": code, "display": display}
        contradictory = copy.deepcopy(resource)
        item_of(contradictory, "topic.nerves")["item"].append(copy.deepcopy(line))
        (found,) = problems(contradictory, library)
        assert found.code == "E_FHIR_NONE"
        assert found.where == f"topic.nerves/{SIGN}"
        assert found.label == known_facts()[SIGN].question
    line["answer"] = [reasoned("asked-declined")]
    item_of(resource, "topic.nerves")["item"].append(line)
    assert problems(resource, library)[0].code == "E_FHIR_NONE"


# --- what libraries and programs let pass ---------------------------------------------


def changed(link_id: str, **more: Any) -> dict[str, Any]:
    resource = calm()
    item_of(resource, link_id).update(more)
    return resource


def own(link_id: str, **more: Any) -> list[dict[str, Any]]:
    answer = copy.deepcopy(item_of(calm(), link_id)["answer"][0])
    answer["valueCoding"].update(more)
    return [answer]


AGE = "person.age_years"
LET_PASS = {
    "unknown code": (changed(SIGN, answer=own(SIGN, code="maybe")), "E_FHIR_CODE"),
    "other system": (changed(SIGN, answer=own(SIGN, system="urn:x")), "E_FHIR_CODE"),
    "code against words": (
        changed(SIGN, answer=own(SIGN, display="yes")),
        "E_FHIR_CODE",
    ),
    "boolean false": (changed(SIGN, answer=[{"valueBoolean": False}]), "E_FHIR_KIND"),
    "word for a boolean": (
        changed(SIGN, answer=[{"valueBoolean": "off"}]),
        "E_FHIR_BOOLEAN",
    ),
    "words for a code": (changed(SIGN, answer=[{"valueString": "no"}]), "E_FHIR_KIND"),
    "two answers": (
        changed(SIGN, answer=own(SIGN) + own(SIGN, code="yes", display="yes")),
        "E_FHIR_SEVERAL",
    ),
    "answer and reason": (
        changed(SIGN, answer=[{**own(SIGN)[0], **reasoned("asked-declined")}]),
        "E_FHIR_ABSENT",
    ),
    "an amount that is not certain": (
        changed(AGE, answer=[{"valueString": "forty or so"}]),
        "E_FHIR_AMOUNT",
    ),
    "a number for a text": (changed(AGE, answer=[{"valueInteger": 40}]), "E_FHIR_KIND"),
}


@pytest.mark.parametrize("how", LET_PASS)
def test_what_passes_the_library_is_told_once(how: str, library: Library) -> None:
    resource, code = LET_PASS[how]
    (found,) = problems(resource, library)
    assert found.code == code
    assert found.hint
    if code != "E_FHIR_BOOLEAN":
        assert found.where.endswith((SIGN, AGE))
        assert found.label


def test_a_question_that_stands_twice_is_told(library: Library) -> None:
    resource = calm()
    resource["item"].append(copy.deepcopy(item_of(resource, SIGN)))
    (found,) = problems(resource, library)
    assert (found.code, found.where) == ("E_FHIR_TWICE", f"topic.nerves/{SIGN}")


def test_a_question_of_another_form_is_told_without_its_name(library: Library) -> None:
    resource = calm()
    resource["item"].append({"linkId": "Jane Miller", "text": "Jane Miller"})
    (found,) = problems(resource, library)
    assert found.code == "E_FHIR_LINK_ID"
    assert "Jane" not in str(found)
    assert found.where.startswith("item[")


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("questionnaire", "https://other.example/Questionnaire/q", "E_FHIR_OTHER_FORM"),
        (
            "questionnaire",
            "https://backguide.example/fhir/Questionnaire/backguide-self|99.0",
            "E_FHIR_FORM_VERSION",
        ),
        ("authored", "2026-07", "E_FHIR_DAY"),
        ("authored", None, "E_FHIR_DAY"),
        ("Jane", "Miller", "E_FHIR_SHAPE"),
        ("item", [{"text": "x"}], "E_FHIR_SHAPE"),
        ("status", None, "E_FHIR_SHAPE"),
    ],
)
def test_what_is_wrong_with_the_whole_is_told(
    key: str, value: Any, code: str, library: Library
) -> None:
    found = problems({**calm(), key: value}, library)
    assert {p.code for p in found} == {code}
    assert "Jane" not in "".join(map(str, found))


def test_all_problems_are_told_at_once_in_the_order_of_the_form(
    library: Library,
) -> None:
    resource = changed(SIGN, answer=own(SIGN, code="maybe"))
    item_of(resource, AGE)["answer"] = [{"valueString": "old"}]
    resource["authored"] = "2026"
    codes = [p.code for p in problems(resource, library)]
    assert codes == ["E_FHIR_DAY", "E_FHIR_CODE", "E_FHIR_AMOUNT"]


def test_a_missing_answer_is_told_with_its_question(library: Library) -> None:
    resource = calm()
    item_of(resource, AGE)["answer"] = []
    (found,) = problems(resource, library)
    assert found.where == f"topic.about-you/{AGE}"
    assert found.label.startswith("How old are you?")


def test_a_bare_distance_counts_only_with_a_unit_that_was_told(
    library: Library,
) -> None:
    path = "running.weekly_distance_km"
    answers = {**told(CALM), "units_distance": "mi", path: 20}
    resource = response(answers, day=DAY)
    item_of(resource, path)["answer"] = [{"valueString": "20"}]
    assert read(resource, library).facts[path] == pytest.approx(32.19, abs=0.01)
    item_of(resource, "units_distance")["answer"] = []
    assert "E_FHIR_AMOUNT" in {p.code for p in problems(resource, library)}


def test_answers_of_hidden_questions_count_for_nothing(library: Library) -> None:
    resource = calm()
    status = item_of(resource, "symptoms.has_back_pain")["answer"][0]["valueCoding"]
    status |= {"code": "never", "display": "never"}
    item_of(resource, "symptoms.radiation")["answer"] = []
    item_of(resource, "symptoms.leg_quality")["answer"] = []
    kept = read(resource, library)
    assert kept.facts["symptoms.has_back_pain"] == "never"
    assert not kept.data["symptoms"].keys() & {"nrs_now", "site", "onset_weeks"}


def test_a_hidden_warning_sign_is_never_dropped(library: Library) -> None:
    path = "red_flags.artery_risk"
    resource = calm()
    line = copy.deepcopy(item_of(resource, SIGN))
    line["linkId"] = path
    resource["item"].append(line)
    assert path not in read(resource, library).facts
    line["answer"][0]["valueCoding"] |= {"code": "yes", "display": "yes"}
    (found,) = problems(resource, library)
    assert (found.code, found.where) == ("E_FHIR_HIDDEN", path)


def test_no_message_holds_what_somebody_typed(library: Library) -> None:
    resource = calm()
    item_of(resource, AGE)["answer"] = [{"valueString": "Jane Miller"}]
    item_of(resource, SIGN)["answer"] = own(SIGN, code="Jane", display="Jane")
    told_words = "".join(map(str, problems(resource, library)))
    assert "Jane" not in told_words
    assert "Miller" not in told_words


# --- who needs help -------------------------------------------------------------------


def test_a_warning_sign_counts_in_a_form_that_was_left(library: Library) -> None:
    resource = response({"locale": "en-GB", SIGN: "yes"}, day=DAY)
    resource["status"] = "in-progress"
    profile = read(resource, library)
    assert profile.facts["ended_early"] is True
    assert profile.facts[SIGN] == "yes"


def test_questions_sent_back_without_an_answer_change_nothing(
    library: Library,
) -> None:
    """Some programs send each item that they showed."""
    resource = response({"locale": "en-GB", SIGN: "yes"}, day=DAY)
    told_already = {item["linkId"] for item in items_of(resource)}
    for item in walk(form()):
        if item.path and item.link_id not in told_already:
            resource["item"].append({"linkId": item.link_id, "answer": []})
    profile = read(resource, library)
    assert profile.facts["ended_early"] is True
    assert profile.facts["units_distance"] == "mi"


def test_who_declines_the_units_gets_those_of_the_country(library: Library) -> None:
    resource = response({**told(CALM), "locale": "en-GB"}, day=DAY)
    item = item_of(resource, "units_distance")
    item["answer"] = [reasoned("asked-declined")]
    assert read(resource, library).facts["units_distance"] == "mi"


def test_a_form_that_was_left_without_one_is_told(library: Library) -> None:
    resource = response({"locale": "en-GB", SIGN: "no"}, day=DAY)
    found = {p.where for p in problems(resource, library)}
    assert f"topic.about-you/{AGE}" in found or "person" in found


# --- files ----------------------------------------------------------------------------


def bundle(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **more}


def test_a_bundle_and_ndjson_hold_several(library: Library) -> None:
    two = calm(id_="a"), calm(id_="b")
    other = {"resourceType": "Patient", "name": [{"family": "Miller"}]}
    lines = "\n".join(map(json.dumps, (*two, other))).encode()
    packed = json.dumps(bundle(*two, other), indent=1).encode()
    for data, place in ((lines, "line"), (packed, "entry")):
        found = read_responses(data, "x", library)
        assert found is not None
        assert [where for where, _ in found] == [f"{place} 1", f"{place} 2"]
        ids = {json.loads(r.content)["profile_id"] for _, r in found}  # type: ignore[union-attr]
        assert len(ids) == 2


def test_the_code_of_a_response_is_no_name_and_stays(library: Library) -> None:
    first = json.loads(content(calm(id_="Jane-Miller"), library))["profile_id"]
    again = {**calm(id_="Jane-Miller"), "meta": {"versionId": "7"}}
    item_of(again, AGE)["answer"] = [{"valueString": "41"}]
    assert json.loads(content(again, library))["profile_id"] == first
    assert "ane" not in first
    one, other = calm(), calm()
    del one["id"], other["id"]
    other["subject"] = {"reference": "Patient/2"}
    assert content(one, library) != content(other, library)


def test_a_file_without_a_response_says_so(library: Library) -> None:
    with pytest.raises(ProfileError, match="no QuestionnaireResponse"):
        read_responses(json.dumps(bundle()).encode(), "x", library)
    assert not may_be_fhir(b'{"schema_version": "1.1"}')


def test_a_withdrawn_library_is_told(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backguide.fhir import sources

    monkeypatch.setattr(sources, "find_spec", lambda name: None)
    with pytest.raises(ProfileError, match=r"backguide\[fhir\]"):
        read_responses(json.dumps(calm()).encode(), "x", library)


def test_a_response_is_read_without_the_library_too(library: Library) -> None:
    """What was judged already is not judged again."""
    assert read_response(calm(), "x", library).resource_id == "r1"


# --- what is empty, or no list, anywhere ----------------------------------------------


def ways(node: Any) -> list[tuple[Any, Any]]:
    """Return each place below a node: what holds it, and its key."""
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    found = []
    for key, value in inner:
        found.append((node, key))
        if isinstance(value, dict | list):
            found += ways(value)
    return found


HOLLOW: tuple[Any, ...] = ([], {}, [[]], [{}], {"a": []}, {"a": {}}, {"item": [[]]})


@pytest.mark.parametrize("hollow", HOLLOW, ids=str)
def test_what_is_hollow_is_a_finding_or_no_answer(
    hollow: Any, library: Library
) -> None:
    """The libraries drop it before they look; it must not get past us to a reader."""
    good = response(told(CALM), day=DAY) | {"subject": {"reference": "Patient/1"}}
    for topic in good["item"][:]:
        if topic["linkId"] not in ("topic.nerves", "person", "topic.person"):
            good["item"].remove(topic)
    said = {item["linkId"] for item in items_of(good) if "answer" in item}
    assert SIGN in said
    for number in range(len(ways(good))):
        resource = copy.deepcopy(good)
        holder, key = ways(resource)[number]
        holder[key] = copy.deepcopy(hollow)
        try:
            result = content(resource, library)
        except ProfileError:
            continue
        answers = json.loads(result).get("red_flags", {})
        kept = {item.get("linkId") for item in items_of(resource) if item.get("answer")}
        for name, value in answers.items():
            if value == "no":
                assert f"red_flags.{name}" in kept

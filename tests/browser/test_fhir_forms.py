"""Our form in real programs: filled in there, it makes the same guide as a file."""

import importlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser

from backguide.errors import ProfileError
from backguide.fhir.form import items_by_id
from backguide.fhir.questionnaire import questionnaire
from backguide.fhir.reading import read_responses
from backguide.fhir.sources import without_empty
from backguide.guidance.library import Library
from backguide.interview.engine import Interview
from backguide.making import Options, make_handout
from backguide.profile.load import Profile, profile_from_bytes
from browser.renderers import MODULES, LhcForms, Medplum, Renderer, bundle_medplum
from fhir_responses import items_of, told

SIGN = "red_flags.saddle_numb"
Shown = Callable[[], Renderer]


INSTALL = "the renderers are not installed: npm ci in tests/browser/node"


@pytest.fixture(scope="module", params=[LhcForms, Medplum], ids=lambda kind: kind.name)
def shown(
    request: pytest.FixtureRequest,
    chromium: Browser,
    library: Library,
    tmp_path_factory: pytest.TempPathFactory,
) -> Shown:
    """Return what shows the form afresh."""
    if not MODULES.is_dir():
        pytest.fail(INSTALL) if os.environ.get("CI") else pytest.skip(INSTALL)
    if request.param is Medplum:
        Medplum.bundle = bundle_medplum(tmp_path_factory.mktemp("medplum"))
    resource = json.loads(questionnaire(library, "R4", "self"))
    return lambda: request.param(chromium, resource)


@pytest.fixture
def program(shown: Shown) -> Iterator[Renderer]:
    opened = shown()
    yield opened
    assert opened.faults == []
    opened.close()


def read(resource: dict[str, Any], library: Library) -> Profile:
    """Return the profile of a response, which the libraries of R4 and R5 take.

    Medplum sends empty answers, which FHIR does not allow; all else must be sound.
    """
    for place in ("R4B.questionnaireresponse", "questionnaireresponse"):
        model = importlib.import_module(f"fhir.resources.{place}")
        model.QuestionnaireResponse.model_validate(without_empty(resource))
    found = read_responses(json.dumps(resource).encode(), "response", library)
    assert found is not None
    ((_, result),) = found
    if isinstance(result, ProfileError):
        raise result
    return profile_from_bytes(result.content, "response")


def same_guide(profile: Profile, answers: dict[str, Any], library: Library) -> None:
    """Hold the guide of a response against that of the same answers in a file."""
    day = profile.facts["created_date"]
    assert isinstance(day, date)
    interview = Interview(library, mode="self", day=day)
    data = json.loads(interview.content(answers))
    data["profile_id"] = profile.facts["profile_id"]
    file = profile_from_bytes(json.dumps(data).encode(), "file")
    assert profile.facts == file.facts
    options = Options(issued_on=day, program_version="0", length="short")
    first, second = (make_handout(p, library, options) for p in (profile, file))
    assert replace(first, laid=second.laid).handout == second.handout
    assert first.pdf == second.pdf


def person_of(seed: int) -> dict[str, Any]:
    """Return a person whose amounts are as exact as they can be typed."""
    answers = told(seed)
    answers.pop("running.typical_pace_min_per_km", None)
    return answers


WHOLE = ((13, True), (51, False))
"""Somebody with a race ahead, and somebody with a warning sign and an operation; with
and without a tick at "none of these"."""
CALM = 36
"""Somebody with back pain now, and no warning sign."""


@pytest.mark.parametrize(("seed", "uses_none"), WHOLE)
def test_whole(seed: int, uses_none: bool, program: Renderer, library: Library) -> None:
    answers = person_of(seed)
    program.fill(answers, uses_none=uses_none)
    same_guide(read(program.response(), library), answers, library)


def test_untouched(program: Renderer, library: Library) -> None:
    """Nothing was said, so nothing is known: above all no warning sign is a no."""
    with pytest.raises(ProfileError) as raised:
        read(program.response(), library)
    assert {p.code for p in raised.value.problems} <= {"E_MISSING", "E_REQUIRED"}


def test_changed(program: Renderer, library: Library) -> None:
    """Another answer, a tick taken back, a text typed anew."""
    answers = person_of(CALM)
    items = items_by_id()
    program.fill(answers, uses_none=False)
    yes, no, _ = items[SIGN].options
    program.toggle(items[SIGN], yes)
    none_of = items["topic.nerves.none-of-these"]
    for _ in range(2):
        program.toggle(none_of, none_of.options[0])
    things = items["abilities.equipment"]
    extra = next(
        o for o in things.options if o.value not in answers["abilities.equipment"]
    )
    for _ in range(2):
        program.toggle(things, extra)
    program.write(items["person.age_years"], "58")
    changed = answers | {SIGN: "yes", "person.age_years": 58}
    same_guide(read(program.response(), library), changed, library)
    program.toggle(items[SIGN], no)
    same_guide(read(program.response(), library), changed | {SIGN: "no"}, library)


def test_hidden(program: Renderer, library: Library) -> None:
    """Answers about the pain stand in the form when the pain is taken back."""
    answers = person_of(CALM)
    items = items_by_id()
    program.fill(answers, uses_none=True)
    assert program.shows("symptoms.nrs_now")
    without = {
        "symptoms.has_back_pain": "never",
        "symptoms.radiation": "none",
    }
    for path, value in without.items():
        program.answer(items[path], value)
    assert not program.shows("symptoms.nrs_now")
    interview = Interview(library, mode="self", day=date(2026, 11, 23))
    kept = interview.kept(answers | without)
    assert "symptoms.nrs_now" not in kept
    profile = read(program.response(), library)
    same_guide(profile, kept, library)


def test_who_needs_help_is_told_there(program: Renderer, library: Library) -> None:
    items = items_by_id()
    assert "Call 911" not in program.page.inner_text("#form")
    program.answer(items["locale"], "en-US")
    program.answer(items[SIGN], "yes")
    program.page.get_by_text("Call 911").first.wait_for()
    assert "Call 999" not in program.page.inner_text("#form")
    profile = read(program.response(), library)
    assert profile.facts["ended_early"] is True
    assert {item["linkId"] for item in items_of(program.response())} >= {SIGN}

"""Warning signs from the evidence page: what decides them, and what the page says."""

from typing import Any

import pytest

from backguide.guidance.built_in import library_at
from backguide.guidance.select import Selection, select
from backguide.guidance.wording import Wording
from backguide.profile.facts import facts_of
from backguide.profile.versions import History
from strategies import SCHEMA, RawProfile, minimal_profile


def selected(profile: RawProfile) -> Selection:
    return select(facts_of(profile), library_at(None))


def levels(profile: RawProfile) -> dict[str, str]:
    """Return each flag that counts, with its level."""
    triage = selected(profile).triage
    return {item.flag.id: item.level.name for item in triage.flags}


def told_signs(profile: RawProfile) -> list[str]:
    """Return the signs that decided, as the page prints them."""
    selection = selected(profile)
    wording = Wording(library_at(None), selection.facts)
    return [
        words
        for item in selection.triage.flags
        for words in wording.evidence(item.because)
    ]


BONE_RISKS = {
    "age": {"person.age_years": 65},
    "thin bones": {"diagnoses.osteoporosis": "told_by_clinician"},
    "a break before": {"diagnoses.vertebral_fracture": "told_by_clinician"},
    "steroid tablets": {"red_flags.steroids_3m": "yes"},
    "a bone broken easily": {"red_flags.low_trauma_fracture": "yes"},
}


@pytest.mark.parametrize("onset", ["lift_bend", "trauma"])
@pytest.mark.parametrize("risk", BONE_RISKS)
def test_a_start_on_a_bend_or_a_fall_is_a_sign_of_a_thin_bone(
    onset: str, risk: str
) -> None:
    """Pain that began on lifting, told only as the kind of start, was overlooked."""
    facts: dict[str, Any] = {"symptoms.onset_type": onset, **BONE_RISKS[risk]}
    profile = minimal_profile(**{"red_flags.minor_trauma": "no", **facts})
    assert levels(profile)["RF10"] == "URGENT"
    began = {"lift_bend": "lifting or bending", "trauma": "a fall or a blow"}[onset]
    assert any(began in sign for sign in told_signs(profile))


@pytest.mark.parametrize(
    "onset", ["gradual", "sudden_no_cause", "during_run", "after_run"]
)
def test_another_start_is_no_sign_of_a_thin_bone(onset: str) -> None:
    facts: dict[str, Any] = {"symptoms.onset_type": onset, "person.age_years": 80}
    assert "RF10" not in levels(minimal_profile(**facts))


def test_a_start_on_a_bend_is_no_sign_in_strong_bones() -> None:
    facts = {"symptoms.onset_type": "lift_bend", "person.age_years": 64}
    assert "RF10" not in levels(minimal_profile(**facts))


ARTERY_RISKS = {
    "a man of 66": {"person.age_years": 66, "person.sex_at_birth": "male"},
    "smokes": {"person.smoker": "current"},
    "smoked": {"person.smoker": "past"},
    "family or blood pressure": {"red_flags.artery_risk": "yes"},
    "pressure not under control": {"red_flags.blood_pressure_uncontrolled": "yes"},
}


@pytest.mark.parametrize("risk", ARTERY_RISKS)
@pytest.mark.parametrize("version", History(SCHEMA).versions)
@pytest.mark.parametrize("sign", ["constant_deep_pain", "night_pain_constant"])
def test_constant_deep_pain_and_one_risk_want_a_check_today(
    sign: str, version: str, risk: str
) -> None:
    """A man of 70 who smokes had constant pain, and no rule asked about it."""
    facts: dict[str, Any] = {"schema_version": version, **ARTERY_RISKS[risk]}
    if version == "1.0":
        facts |= {"red_flags.constant_deep_pain": ...}
    elif sign == "night_pain_constant":
        facts |= {"red_flags.constant_deep_pain": "unknown"}
    profile = minimal_profile(**(facts | {f"red_flags.{sign}": "yes"}))
    assert levels(profile)["RF15"] == "URGENT"


def test_a_no_to_constant_pain_is_believed() -> None:
    facts = {"red_flags.night_pain_constant": "yes", "person.smoker": "current"}
    assert "RF15" not in levels(minimal_profile(**facts))


@pytest.mark.parametrize("risk", ARTERY_RISKS)
def test_a_risk_alone_is_no_sign(risk: str) -> None:
    """An older smoker whose back hurts is not urgent for that."""
    assert "RF15" not in levels(minimal_profile(**ARTERY_RISKS[risk]))


def test_a_woman_or_a_younger_man_has_no_risk_by_age() -> None:
    pain = {"red_flags.constant_deep_pain": "yes"}
    for sex, age in (("male", 65), ("female", 90)):
        person = {"person.sex_at_birth": sex, "person.age_years": age}
        assert "RF15" not in levels(minimal_profile(**pain, **person))


def test_an_older_profile_with_a_risk_is_asked_about_deep_pain() -> None:
    """The question that its version did not have is asked before any plan."""
    older = {"schema_version": "1.0", "red_flags.constant_deep_pain": ...}
    smoker = minimal_profile(**{"person.smoker": "current", **older})
    assert selected(smoker).triage.unanswered == ("red_flags.constant_deep_pain",)
    assert selected(minimal_profile(**older)).triage.unanswered == ()

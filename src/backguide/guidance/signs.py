"""Derived facts that are true or false, as conditions on the answers behind them."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from backguide.guidance.condition import AllOf, AnyOf, Condition, NoneOf, Test
from backguide.profile.facts import (
    IMAGING_FINDINGS,
    PAIN_QUESTIONS,
    POSITIONS,
    SPINAL_DIAGNOSES,
    FactValue,
)


def _yes(path: str, *values: FactValue) -> Test:
    return Test(path, (("known", True), ("one_of", values)))


def _has(path: str, *values: str) -> Test:
    return Test(path, (("known", True), ("includes_any", values)))


def _told(names: Iterable[str]) -> Condition:
    return AnyOf(tuple(_yes(f"diagnoses.{n}", "told_by_clinician") for n in names))


_PAIN_NOW: Final = AnyOf(
    (
        _yes("symptoms.has_back_pain", "current"),
        _yes("symptoms.radiation", "buttock", "thigh", "below_knee"),
        _has("symptoms.leg_quality", "burning", "shooting"),
        _yes("symptoms.leg_worse_than_back", True),
        *(_yes(path, "yes") for path in PAIN_QUESTIONS),
    )
)
SIGNS: Final[Mapping[str, Condition]] = MappingProxyType(
    {
        "derived.pain_now": _PAIN_NOW,
        "derived.no_position_eases": AllOf(
            (
                _PAIN_NOW,
                _has("symptoms.easers", "nothing"),
                NoneOf((_has("symptoms.easers", *POSITIONS),)),
            )
        ),
        "derived.leg_tingles": AllOf(
            (
                _has("symptoms.leg_quality", "tingling"),
                NoneOf((Test("red_flags.leg_numbness", (("known", True),)),)),
            )
        ),
        "derived.deep_pain_open": NoneOf(
            (Test("red_flags.constant_deep_pain", (("known", True),)),)
        ),
        "derived.may_be_male": NoneOf((_yes("person.sex_at_birth", "female"),)),
        "derived.structural_diagnosis": _told(SPINAL_DIAGNOSES),
        "derived.imaging_told": _told(IMAGING_FINDINGS),
        "derived.axial_spa_told": _told(("axial_spa",)),
        "derived.running_cleared": AllOf(
            (
                _yes("mode", "clinic"),
                _yes("clearance.clinician_clearance_running", True),
            )
        ),
    }
)
"""Derived facts that are true or false, as conditions. That they say the same as
``profile.facts`` is a test."""

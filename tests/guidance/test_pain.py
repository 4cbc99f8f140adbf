"""The pain lights of one person: one limit, and red never later than for others."""

from typing import Any

import pytest

from backguide.guidance.library import Library
from backguide.guidance.pain import pain_scale


def facts(now: int, usual: int, has: str = "current") -> dict[str, Any]:
    return {
        "symptoms.has_back_pain": has,
        "symptoms.nrs_now": now,
        "symptoms.nrs_usual_24h": usual,
    }


@pytest.mark.parametrize(
    ("now", "usual", "limit", "amber", "red"),
    [
        (0, 0, 3, (4, 5), 6),
        (3, 2, 3, (4, 5), 6),
        (4, 2, 4, (5,), 6),
        (2, 5, 5, (), 6),
        (6, 6, 6, (), 7),
        (8, 9, 9, (), 10),
        (10, 10, 10, (), 11),
    ],
)
def test_the_limit_is_the_pain_at_rest_when_that_is_higher(
    now: int, usual: int, limit: int, amber: tuple[int, ...], red: int, library: Library
) -> None:
    scale = pain_scale(facts(now, usual), library.thresholds)
    assert (scale.limit, scale.amber, scale.red) == (limit, amber, red)
    assert scale.run_limit == 3
    assert scale.light(now) == scale.light(usual) == "green"
    lights = [scale.light(points) for points in range(11)]
    assert lights == sorted(lights, key=["green", "amber", "red"].index)


def test_old_pain_is_nobodys_limit(library: Library) -> None:
    assert pain_scale(facts(8, 8, "past_only"), library.thresholds).limit == 3
    assert pain_scale({}, library.thresholds).limit == 3


def test_the_clinics_own_numbers_are_kept(library: Library) -> None:
    own = {**library.thresholds, "pain_rule_cap_0_10": 5.0, "red_pain_0_10": 7.0}
    scale = pain_scale(facts(1, 1), own)
    assert (scale.limit, scale.amber, scale.red) == (4, (5, 6), 7)

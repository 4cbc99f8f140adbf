"""Which pain is fine, which wants less, which stops: one scale for one person.

Cards, pain lights, diary and every text read it from here, so one sheet can never
hold two limits. Source: the pain rule of the way back to running and the one of the
exercises (0 to 3 out of 10, and settled next morning). Somebody whose back hurts more
than that at rest would be stopped all day; their limit is the pain they have at rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from backguide.profile.facts import Facts

MOST_PAIN: Final = 10
RESTING_PAIN: Final = ("symptoms.nrs_now", "symptoms.nrs_usual_24h")


@dataclass(frozen=True, slots=True)
class PainScale:
    """The pain lights of one person, in points from 0 to 10."""

    limit: int
    """The most that counts as fine: green."""
    red: int
    """From here on it is red; 11 when no number of points is."""
    run_limit: int
    """The most pain with which anybody runs, whatever it is at rest."""

    @property
    def amber(self) -> tuple[int, ...]:
        """Return the points between green and red; there may be none."""
        return tuple(range(self.limit + 1, self.red))

    def light(self, points_0_10: float) -> str:
        """Return green, amber or red."""
        if points_0_10 <= self.limit:
            return "green"
        return "amber" if points_0_10 < self.red else "red"


def pain_scale(facts: Facts, thresholds: Mapping[str, float]) -> PainScale:
    """Return the scale of one person.

    Red never begins later than for others, unless the pain at rest is there already.

    Args:
        facts: Pain now and usual pain count only with back pain now.
        thresholds: ``pain_rule_cap_0_10`` (points that are too much for a run) and
            ``red_pain_0_10``.
    """
    run_limit = int(thresholds["pain_rule_cap_0_10"]) - 1
    limit = run_limit
    if facts.get("symptoms.has_back_pain") == "current":
        at_rest = (facts.get(path) for path in RESTING_PAIN)
        limit = max([limit, *(int(p) for p in at_rest if isinstance(p, int | float))])
    red = max(int(thresholds["red_pain_0_10"]), limit + 1)
    return PainScale(limit, red, run_limit)

"""Distance and time of points, where a file has no sums, or wrong ones."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

FASTEST_M_PER_S: Final = 12.0
"""A step above it is a jump of the receiver, and no part of a run."""
GAP_S: Final = 10.0
"""A gap of at least so long may be a pause."""
STANDING_M_PER_S: Final = 0.5
"""Whoever covers less in a gap was standing."""
_EQUATOR_M: Final = 6_378_137.0
_SQUARED_ECCENTRICITY: Final = 0.00669437999014
"""Of WGS 84, the ellipsoid of GPS."""


@dataclass(frozen=True, slots=True)
class Point:
    """One moment of an activity."""

    second: float
    """Since any fixed moment."""
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    distance_m: float | None = None
    """Since the start, as the device counts it."""

    @property
    def has_position(self) -> bool:
        """Tell whether it says where; 0,0 is what a receiver says without a fix."""
        return (
            self.latitude_deg is not None
            and self.longitude_deg is not None
            and (self.latitude_deg, self.longitude_deg) != (0, 0)
            and abs(self.latitude_deg) <= 90
            and abs(self.longitude_deg) <= 180
        )


def step_m(one: Point, two: Point) -> float:
    """Return the metres between two near positions, height left out."""
    if not (one.has_position and two.has_position):
        return 0.0
    first, second = one.latitude_deg or 0.0, two.latitude_deg or 0.0
    middle = math.radians((first + second) / 2)
    east = ((two.longitude_deg or 0.0) - (one.longitude_deg or 0.0) + 180) % 360 - 180
    root = 1 - _SQUARED_ECCENTRICITY * math.sin(middle) ** 2
    along = _EQUATOR_M * (1 - _SQUARED_ECCENTRICITY) / root**1.5
    across = _EQUATOR_M / math.sqrt(root) * math.cos(middle)
    return math.hypot(along * math.radians(second - first), across * math.radians(east))


def track_km(segments: list[list[Point]]) -> float | None:
    """Return the kilometres along positions; nothing between two segments counts.

    None when there are not two positions.
    """
    metres, is_known = 0.0, False
    for segment in segments:
        fixed = [point for point in segment if point.has_position]
        for one, two in pairwise(fixed):
            is_known = True
            step, seconds = step_m(one, two), two.second - one.second
            if step <= FASTEST_M_PER_S * max(seconds, 1.0):
                metres += step
    return metres / 1000 if is_known else None


def counted_km(points: list[Point]) -> float | None:
    """Return the kilometres that the device counted at its points.

    Some begin again at 0 in each lap. None when fewer than two points count.
    """
    counted = [p.distance_m for p in points if p.distance_m is not None]
    if len(counted) < 2:
        return None
    metres = 0.0
    for one, two in pairwise(counted):
        metres += two - one if two >= one else (two if two < one / 2 else 0.0)
    return metres / 1000


def moving_minutes(points: list[Point]) -> float | None:
    """Return the minutes from the first point to the last, less the pauses.

    A pause is a gap of ``GAP_S`` or more in which the runner hardly moved. Times that
    run backwards count nothing. None for fewer than two points.
    """
    if len(points) < 2:
        return None
    seconds = 0.0
    for one, two in pairwise(points):
        gap = two.second - one.second
        if gap <= 0 or (gap >= GAP_S and _moved_m(one, two) < gap * STANDING_M_PER_S):
            continue
        seconds += gap
    return seconds / 60


def _moved_m(one: Point, two: Point) -> float:
    if one.distance_m is not None and two.distance_m is not None:
        return two.distance_m - one.distance_m
    if one.has_position and two.has_position:
        return step_m(one, two)
    return math.inf  # nothing says that the runner stood

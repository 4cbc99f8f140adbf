"""Draw the figures of the exercises: outlines, clothes in grey, one arrow a move.

A figure comes as joints in body units (a person is 100 tall). Here it gets its
looks: a limb becomes one smooth outline, not a row of sausages, so that a knee shows
no seam. Everything is drawn in tenths of a body unit under one matrix; that keeps a
figure short.

Nothing depends on colour: outlines are black, the side away from the reader is
grey, and the tones of the clothes stay apart on a bad copier.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Final, Generic, Literal, TypeVar

from reportlab.pdfgen.canvas import FILL_NON_ZERO
from reportlab.pdfgen.pathobject import PDFPathObject

from backguide.document import (
    Arrow,
    Disc,
    Figure,
    Head,
    Limb,
    Panel,
    Prop,
    Trunk,
)
from backguide.layout.canvas import TaggedCanvas
from backguide.layout.structure import Element
from backguide.layout.theme import Colour, Ink, Theme

OUTLINE_PT: Final = 1.5
FAR_OUTLINE_PT: Final = 1.2
FINE_PT: Final = 1.1
"""Things and seams."""
FLOOR_PT: Final = 1.4
HALO_PT: Final = 1.3
"""White beyond an outline, where one limb crosses another."""
ARROW_PT: Final = 2.2
ARROW_HEAD_PT: Final = (7.0, 3.4)
"""Length and half width."""
LARGEST_HEAD: Final = (9.0, 4.4)
"""The same in body units, however small the picture."""
CUE_PT: Final = 1.5
GAP_PT: Final = 10.0
"""Least space between two panels."""
LARGEST_OUTLINE_SCALE: Final = 1.6
"""Points per body unit above which lines grow with the figure."""

FAR: Final = 0.40
"""Grey of the outline on the side away from the reader."""

Tone = str
_TONES: Final[Mapping[Tone, float]] = {
    # Grey from 0 black to 1 white.
    "skin": 1.0,
    "shirt": 0.84,
    "shorts": 0.52,
    "shoe": 0.36,
    "hair": 0.22,
    "thing": 0.90,
    "shadow": 0.72,
    "water": 0.93,
    "white": 1.0,
}
_SAVER_TONES: Final[Mapping[Tone, float]] = {
    "shirt": 1.0,
    "shorts": 0.82,
    "shoe": 0.70,
    "hair": 0.45,
    "thing": 1.0,
    "water": 1.0,
}
_FAR_LIGHTER: Final = 0.5
"""Share of the way to white that a tone goes on the far side."""

Thing = TypeVar("Thing")

SHORTS_END: Final = 0.60
SLEEVE_END: Final = 0.55


# --- outlines ---------------------------------------------------------------------

Cubic = tuple[complex, complex, complex, complex]


class _Path(PDFPathObject):  # type: ignore[misc]
    """A path of lines and curves through points in body units."""

    def __init__(self) -> None:
        super().__init__()
        self._at = 0j
        self.extent: list[complex] = []

    def move(self, to: complex) -> "_Path":
        self.moveTo(*_tenths(to))
        self._at = to
        self.extent.append(to)
        return self

    def line(self, *points: complex) -> "_Path":
        for to in points:
            if abs(to - self._at) > 0.04:
                self.lineTo(*_tenths(to))
                self._at = to
                self.extent.append(to)
        return self

    def curve(self, first: complex, second: complex, to: complex) -> "_Path":
        self.curveTo(*_tenths(first), *_tenths(second), *_tenths(to))
        self.extent += [
            to,
            (self._at + 3 * first + 3 * second + to) / 8,
        ]
        self._at = to
        return self

    def turn(self, centre: complex, to: complex, turn: float) -> "_Path":
        """Go round a centre by an angle in radians, anticlockwise if positive."""
        pieces = max(1, math.ceil(abs(turn) / 3.2))
        step = turn / pieces
        handle = 4 / 3 * math.tan(step / 4)
        arm = self._at - centre
        for number in range(pieces):
            following = arm * complex(math.cos(step), math.sin(step))
            if number == pieces - 1:
                following = to - centre
            self.curve(
                centre + arm + handle * 1j * arm,
                centre + following - handle * 1j * following,
                centre + following,
            )
            arm = following
        return self

    def close(self) -> "_Path":
        super().close()
        return self


def _tenths(point: complex) -> tuple[int, int]:
    return round(point.real * 10), round(point.imag * 10)


def _at(disc: Disc) -> complex:
    return complex(disc.x, disc.y)


def _angle(a: complex, b: complex) -> float:
    """Return the turn from one direction to another, from -pi to pi."""
    turned = b * a.conjugate()
    return math.atan2(turned.imag, turned.real)


_Corners = tuple[complex, complex, complex]
Swell = tuple[float, float, float, float]
"""How far the flesh stands out at the first and second third: left side, right."""
_SLIM: Final[Swell] = (0, 0, 0, 0)


def _limb_outline(
    discs: tuple[Disc, ...],
    swells: tuple[Swell, ...],
    *,
    has_flat_start: bool = False,
    has_flat_end: bool = False,
) -> _Path:
    """Return the outline round a chain of joints, as one closed path."""
    at = [_at(disc) for disc in discs]
    radii = [disc.radius for disc in discs]
    ways = [_way(a, b) for a, b in pairwise(at)]
    left = _side(at, radii, ways, swells, 1)
    right = _side(at, radii, ways, swells, -1)
    path = _Path().move(left[0][0][0])
    _follow(path, left)
    end = right[-1][0][3]
    if has_flat_end:
        path.line(end)
    else:
        path.turn(at[-1], end, -math.pi)
    backwards = [
        ((piece[3], piece[2], piece[1], piece[0]), centre, -turn)
        for piece, centre, turn in _shifted(right)
    ]
    _follow(path, backwards[::-1])
    if not has_flat_start:
        path.turn(at[0], left[0][0][0], -math.pi)
    return path.close()


_Side = list[tuple[Cubic, complex, float]]
"""Curves of one side; each with centre and turn of the arc that follows it."""


def _shifted(side: _Side) -> _Side:
    """Return the same pieces with the arc that stands before each one."""
    before = [(0j, 0.0), *((centre, turn) for _, centre, turn in side[:-1])]
    return [(piece, *arc) for (piece, _, _), arc in zip(side, before, strict=True)]


def _follow(path: _Path, side: _Side) -> None:
    for number, (piece, centre, turn) in enumerate(side):
        path.curve(*piece[1:])
        if number + 1 < len(side):
            following = side[number + 1][0][0]
            if turn:
                path.turn(centre, following, turn)
            else:
                path.line(following)


def _way(a: complex, b: complex) -> complex:
    return (b - a) / (abs(b - a) or 1)


def _side(
    at: list[complex],
    radii: list[float],
    ways: list[complex],
    swells: tuple[Swell, ...],
    sign: int,
) -> _Side:
    """Return one side of a limb; where it bends inwards the curves are cut short."""
    pieces: list[Cubic] = []
    for number, way in enumerate(ways):
        a, b = at[number], at[number + 1]
        ra, rb = radii[number], radii[number + 1]
        first, second = swells[number][:2] if sign > 0 else swells[number][2:]
        aside = way * 1j * sign
        third = (b - a) / 3
        pieces.append(
            (
                a + aside * ra,
                a + third + aside * (ra + (rb - ra) / 3 + first),
                b - third + aside * (rb - (rb - ra) / 3 + second),
                b + aside * rb,
            )
        )
    turns = [_angle(a, b) for a, b in pairwise(ways)]
    arcs: list[tuple[complex, float]] = []
    for number, turn in enumerate(turns):
        if sign * turn <= 0:
            arcs.append((at[number + 1], turn if abs(turn) > 0.03 else 0.0))
            continue
        arcs.append((0j, 0.0))
        cut = _crossing(pieces[number], pieces[number + 1])
        if cut:
            pieces[number] = _split(pieces[number], cut[0])[0]
            pieces[number + 1] = _split(pieces[number + 1], cut[1])[1]
        else:
            middle = ways[number] + ways[number + 1]
            meet = at[number + 1] + 1j * sign * radii[number + 1] * _way(0, middle)
            one, two = pieces[number], pieces[number + 1]
            pieces[number] = (one[0], one[1], meet, meet)
            pieces[number + 1] = (meet, meet, two[2], two[3])
    arcs.append((0j, 0.0))
    return [(piece, *arc) for piece, arc in zip(pieces, arcs, strict=True)]


_STEPS: Final = 6


def _point(curve: Cubic, t: float) -> complex:
    s = 1 - t
    a, b, c, d = curve
    return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d


def _crossing(first: Cubic, second: Cubic) -> tuple[float, float] | None:
    """Return where two curves cross, as shares of their lengths."""
    one = [_point(first, n / _STEPS) for n in range(_STEPS + 1)]
    two = [_point(second, n / _STEPS) for n in range(_STEPS + 1)]
    for i in range(_STEPS - 1, -1, -1):
        p, r = one[i], one[i + 1] - one[i]
        for j in range(_STEPS):
            q, s = two[j], two[j + 1] - two[j]
            cross = (r.conjugate() * s).imag
            if abs(cross) < 1e-9:
                continue
            t = ((q - p).conjugate() * s).imag / cross
            u = ((q - p).conjugate() * r).imag / cross
            if 0 <= t <= 1 and 0 <= u <= 1:
                return (i + t) / _STEPS, (j + u) / _STEPS
    return None


def _split(curve: Cubic, t: float) -> tuple[Cubic, Cubic]:
    a, b, c, d = curve
    ab, bc, cd = a + (b - a) * t, b + (c - b) * t, c + (d - c) * t
    abc, bcd = ab + (bc - ab) * t, bc + (cd - bc) * t
    middle = abc + (bcd - abc) * t
    return (a, ab, abc, middle), (middle, bcd, cd, d)


_COMPASS: Final = tuple(
    (math.cos(2 * math.pi * n / 28), math.sin(2 * math.pi * n / 28)) for n in range(28)
)


def _hull(discs: Iterable[Disc]) -> _Path:
    """Return a band stretched round some discs."""
    found = [(_at(disc), disc.radius) for disc in discs]
    order: list[int] = []
    for x, y in _COMPASS:
        reach = [c.real * x + c.imag * y + r for c, r in found]
        best = reach.index(max(reach))
        if not order or order[-1] != best:
            order.append(best)
    if len(order) > 1 and order[0] == order[-1]:
        order.pop()
    if len(order) == 1:
        centre, radius = found[order[0]]
        path = _Path().move(centre + radius)
        return path.turn(centre, centre + radius, 2 * math.pi).close()
    # The outer tangent from each disc to the next, anticlockwise.
    edges = []
    for a, b in zip(order, order[1:] + order[:1], strict=True):
        (ca, ra), (cb, rb) = found[a], found[b]
        way = cb - ca
        lean = math.acos(max(-1.0, min(1.0, (ra - rb) / abs(way))))
        normal = _way(0, way) * complex(math.cos(lean), -math.sin(lean))
        edges.append((ca + normal * ra, cb + normal * rb, normal))
    path = _Path().move(edges[0][0])
    for number, (_, end, normal) in enumerate(edges):
        path.line(end)
        start, _, following = edges[(number + 1) % len(edges)]
        centre, _ = found[order[(number + 1) % len(order)]]
        turn = _angle(normal, following)
        if turn > 0.05:
            path.turn(centre, start, turn)
    return path.close()


def _spline(path: _Path, points: list[complex]) -> None:
    """Go smoothly through points; the path stands at the first one."""
    for number in range(len(points) - 1):
        before = points[max(number - 1, 0)]
        a, b = points[number], points[number + 1]
        after = points[min(number + 2, len(points) - 1)]
        path.curve(a + (b - before) / 6, b - (after - a) / 6, b)


def _placed(
    points: Iterable[tuple[float, float]], origin: complex, up: float
) -> list[complex]:
    """Return points of a head's own frame (x ahead, y up) in the picture."""
    ahead = complex(math.sin(math.radians(up)), -math.cos(math.radians(up)))
    return [origin + complex(x, y) * ahead for x, y in points]


# A head in profile, looking to the right: curves as first handle, second, end.
_PROFILE: Final = (
    (5.0, 3.4),
    (5.4, 2.4), (5.5, 1.4), (5.5, 0.7),
    (5.7, 0.0), (7.2, -1.1), (7.2, -1.9),
    (7.2, -2.3), (6.2, -2.3), (5.9, -2.6),
    (5.9, -4.4), (6.1, -6.6), (4.2, -6.9),
    (1.8, -7.1), (-1.0, -5.6), (-1.8, -3.8),
    (-5.0, -4.0), (-6.6, -2.0), (-6.6, 0.8),
    (-6.6, 4.6), (-3.8, 7.0), (-0.4, 7.0),
    (2.4, 7.0), (4.4, 5.6), (5.0, 3.4),
)  # fmt: skip
_PROFILE_HAIR: Final = (
    (5.2, 3.6),
    (4.8, 6.0), (2.6, 7.5), (-0.4, 7.5),
    (-4.2, 7.5), (-7.1, 4.8), (-7.1, 0.8),
    (-7.1, -1.8), (-6.0, -3.9), (-3.8, -4.4),
    (-2.8, -3.6), (-2.2, -2.6), (-2.0, -1.0),
    (-1.0, -0.4), (-0.2, -0.2), (0.8, -0.6),
    (0.9, 1.2), (1.6, 2.4), (2.2, 3.2),
    (3.2, 3.5), (4.2, 3.6), (5.2, 3.6),
)  # fmt: skip
_FACE: Final = (
    (-5.6, 0.6),
    (-5.6, -4.2), (-3.0, -7.0), (0.0, -7.0),
    (3.0, -7.0), (5.6, -4.2), (5.6, 0.6),
    (5.6, 4.6), (3.2, 7.0), (0.0, 7.0),
    (-3.2, 7.0), (-5.6, 4.6), (-5.6, 0.6),
)  # fmt: skip
_FACE_HAIR: Final = (
    (-5.9, -0.6),
    (-6.6, 4.6), (-3.8, 7.5), (0.0, 7.5),
    (3.8, 7.5), (6.6, 4.6), (5.9, -0.6),
    (5.2, 0.4), (4.8, 1.6), (4.4, 2.8),
    (2.0, 3.9), (-1.6, 4.0), (-3.6, 3.2),
    (-4.6, 2.2), (-5.2, 0.6), (-5.9, -0.6),
)  # fmt: skip


def _curves(points: list[complex]) -> _Path:
    path = _Path().move(points[0])
    for n in range(1, len(points), 3):
        path.curve(points[n], points[n + 1], points[n + 2])
    return path.close()


# --- pieces -----------------------------------------------------------------------

Paint = Literal["both", "line", "fill"]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One path and how it is painted, without colours and scale."""

    path: _Path
    paint: Paint
    tone: Tone = "white"
    line: float | None = 0.0
    """Grey of the line; None for the accent."""
    points: float = OUTLINE_PT
    """Width of the line on paper."""
    thickness: float = 0.0
    """What the line is wider, in body units."""
    is_far: bool = False
    is_dotted: bool = False


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A panel as pieces, and how far it reaches in body units."""

    pieces: tuple[_Piece, ...]
    left: float
    bottom: float
    right: float
    top: float


class _Drawing:
    """Collects the pieces of one panel, the one furthest from the reader first."""

    def __init__(self) -> None:
        self.pieces: list[_Piece] = []
        self.extent: list[complex] = []
        self.has_trunk = False
        """True when the trunk is drawn: what follows may cross it."""

    def shape(
        self,
        path: _Path,
        tone: Tone,
        *,
        is_far: bool = False,
        outline: float = OUTLINE_PT,
        grey: float = 0.0,
    ) -> None:
        """Fill and outline a closed path."""
        if is_far:
            outline, grey = min(outline, FAR_OUTLINE_PT), FAR
        self.pieces.append(
            _Piece(path, "both", tone, grey, outline, is_far=is_far),
        )
        self.extent += path.extent

    def stroke(self, path: _Path, grey: float, points: float) -> None:
        """Draw a line."""
        self.pieces.append(_Piece(path, "line", line=grey, points=points))
        self.extent += path.extent

    def filled(self, path: _Path, tone: Tone) -> None:
        """Fill a path without an outline."""
        self.pieces.append(_Piece(path, "fill", tone))
        self.extent += path.extent

    def halo(self, discs: tuple[Disc, ...]) -> None:
        """Clear a white band along a limb, so that it stands out from what it crosses.

        Lines along the bones do that with a tenth of the bytes of the outline.
        """
        for a, b in pairwise(discs):
            bone = _Path().move(_at(a)).line(_at(b))
            thick = 0.8 * max(a.radius, b.radius) + 0.2 * min(a.radius, b.radius)
            points = OUTLINE_PT + 2 * HALO_PT
            self.pieces.append(
                _Piece(bone, "line", line=1.0, points=points, thickness=2 * thick)
            )

    # --- the body ---------------------------------------------------------------

    def head(self, head: Head) -> None:
        """Draw neck, head and hair."""
        middle = complex(head.x, head.y)
        top = Disc(head.x, head.y, 2.8)
        self.shape(_limb_outline((head.neck, top), (_SLIM,)), "skin")
        shape, hair = (
            (_FACE, _FACE_HAIR) if head.is_from_front else (_PROFILE, _PROFILE_HAIR)
        )
        self.shape(_curves(_placed(shape, middle, head.up)), "skin")
        cap = _curves(_placed(hair, middle, head.up))
        self.shape(cap, "hair", outline=0.6)

    def profile_trunk(self, trunk: Trunk) -> None:
        """Draw the shirt seen from the side."""
        at = [_at(disc) for disc in trunk.discs]
        ways = [_way(at[max(n - 1, 0)], at[min(n + 1, len(at) - 1)])
                for n in range(len(at))]  # fmt: skip
        sides = [
            [p + sign * 1j * w * d.radius
             for p, w, d in zip(at, ways, trunk.discs, strict=True)]
            for sign in (1, -1)
        ]  # fmt: skip
        path = _Path().move(sides[0][0])
        _spline(path, sides[0])
        path.turn(at[-1], sides[1][-1], -math.pi)
        _spline(path, sides[1][::-1])
        self.shape(path.close(), "shirt")

    def front_trunk(self, trunk: Trunk, legs: list[Limb]) -> None:
        """Draw shirt and shorts seen from the front."""
        one, two, *hips = trunk.discs
        self.shape(_hull((one, two, *_waist(trunk, 0.0))), "shirt")
        # The seat lies under the thighs with its outline and over them with its cloth:
        # so it covers the seams at the hips and leaves the line between the thighs.
        seat = _hull((*hips, *_waist(trunk, 2.5)))
        self.stroke(seat, 0, OUTLINE_PT * 1.6)
        for leg in legs:
            thigh = (_grown(leg.joints[0], 0.2), _part(leg.joints, SHORTS_END, 0.6))
            self.shape(_limb_outline(thigh, (_SLIM,), has_flat_end=True), "shorts")
        self.filled(seat, "shorts")

    def arm(self, arm: Limb) -> None:
        """Draw an arm with its sleeve."""
        fleshy = ((0, 0, 0, 0), (0.5, 0, 0.5, 0), (0.5, 0.3, 0.5, 0.3))
        if self.has_trunk:
            self.halo(arm.joints)
        self.shape(_limb_outline(arm.joints, fleshy), "skin", is_far=arm.is_far)
        sleeve = (_grown(arm.joints[0], 0.5), _part(arm.joints, SLEEVE_END, 0.9))
        cloth = _limb_outline(sleeve, (_SLIM,), has_flat_end=True)
        self.shape(cloth, "shirt", is_far=arm.is_far)

    def profile_leg(self, leg: Limb, spine: Trunk) -> None:
        """Draw a leg seen from the side; the near one with the seat of the shorts."""
        self._bare_leg(leg.joints, leg, (0.2, 0.2, 2.4, 0.6))
        end = _part(leg.joints, SHORTS_END, 1.0)
        if leg.is_far:
            thigh = (_grown(leg.joints[0], 0.4), end)
            self.shape(
                _limb_outline(thigh, (_SLIM,), has_flat_end=True), "shorts", is_far=True
            )
            return
        seat = Disc(leg.joints[0].x, leg.joints[0].y, 7.2)
        cloth = _limb_outline(
            (_grown(spine.discs[1], 0.3), seat, end),
            ((0, 0.3, 0.2, 0.8), (0.3, 0, 0.8, 0)),
            has_flat_start=True,
            has_flat_end=True,
        )
        self.shape(cloth, "shorts")

    def front_leg(self, leg: Limb) -> None:
        """Draw what the shorts leave bare of a leg seen from the front."""
        _, knee, ankle = leg.joints
        calf = (0.9, 0.3, 0.9, 0.3)
        if not leg.points_at_reader:
            self._bare_leg(leg.joints, leg, calf)
            return
        half = _part(leg.joints, SHORTS_END, -0.3)
        if abs(_at(half) - _at(knee)) < knee.radius:
            self._bare_leg((knee, ankle), leg, calf)
        else:
            self._bare_leg((half, knee, ankle), leg, calf, has_hem=True)

    def _bare_leg(
        self,
        joints: tuple[Disc, ...],
        leg: Limb,
        calf: Swell,
        *,
        has_hem: bool = False,
    ) -> None:
        swells = ((0.5, 0.3, 0.4, 0.2), calf)[-len(joints) + 1 :]
        skin = _limb_outline(joints, swells, has_flat_start=has_hem)
        if self.has_trunk and not has_hem:
            self.halo(joints)
        self.shape(skin, "skin", is_far=leg.is_far)
        self.shape(_hull(leg.foot), "shoe", is_far=leg.is_far)

    # --- things, arrows, cues ---------------------------------------------------

    def thing_behind(self, thing: Prop) -> None:
        """Draw a thing that stands behind the body."""
        x, y = thing.points[0]
        turned = -1 if thing.is_mirrored else 1
        match thing.kind:
            case "chair":
                self._chair(x, y, turned)
            case "wall":
                wall = _Path().move(complex(x, 0)).line(complex(x, y))
                self.stroke(wall, 0.15, OUTLINE_PT + 0.5)
                hatch = _Path()
                for n in range(int(y // 9)):
                    foot = complex(x, 3 + n * 9)
                    hatch.move(foot).line(foot + complex(5 * turned, 5))
                self.stroke(hatch, 0.45, FINE_PT)
            case "step":
                half, height = thing.points[1]
                path = _Path().move(complex(x - half, 0))
                path.line(complex(x - half, height), complex(x + half, height))
                path.line(complex(x + half, 0)).close()
                self.shape(path, "thing", outline=FINE_PT, grey=0.2)
            case "rail":
                half, height = thing.points[1]
                posts = _Path()
                for end in (x - half + 3, x + half - 3):
                    posts.move(complex(end, 0)).line(complex(end, height))
                self.stroke(posts, 0.35, OUTLINE_PT)
                hand_rail = _Path().move(complex(x - half, height))
                hand_rail.line(complex(x + half, height))
                self.stroke(hand_rail, 0.15, OUTLINE_PT + 1.5)
            case "shadow":
                half, height = thing.points[1]
                ends = (Disc(x + dx * (half - height), y, height) for dx in (-1, 1))
                self.filled(_hull(ends), "shadow")
            case "mat":
                corners = [complex(*point) for point in thing.points]
                path = _Path().move(corners[0]).line(*corners[1:]).close()
                self.shape(path, "thing", outline=FINE_PT, grey=0.45)
            case "water":
                path = (
                    _Path()
                    .move(complex(-36, y))
                    .line(complex(36, y), complex(36, -8), complex(-36, -8))
                )
                self.filled(path.close(), "water")

    def _chair(self, x: float, height: float, turned: int) -> None:
        def corner(dx: float, y: float) -> complex:
            return complex(x + dx * turned, y)

        for dx in (-9.5, 7.5):
            legs = (
                _Path()
                .move(corner(dx, 0))
                .line(corner(dx, height), corner(dx + 2.4, height), corner(dx + 2.4, 0))
            )
            self.shape(legs.close(), "thing", outline=FINE_PT, grey=0.2)
        back = (
            _Path()
            .move(corner(-10, height - 3))
            .line(
                corner(-13, height + 25), corner(-10.4, height + 25), corner(-7, height)
            )
        )
        self.shape(back.close(), "thing", outline=FINE_PT, grey=0.2)
        seat = (
            _Path()
            .move(corner(-10.5, height))
            .line(
                corner(10.5, height),
                corner(10.5, height - 3.4),
                corner(-10.5, height - 3.4),
            )
        )
        self.shape(seat.close(), "thing", outline=FINE_PT, grey=0.2)

    def thing_in_front(self, thing: Prop) -> None:
        """Draw a thing that is held or worn."""
        points = [complex(*point) for point in thing.points]
        match thing.kind:
            case "towel":
                hand, ball = points
                under = ball + _way(hand, ball) * 3.4
                path = _Path().move(hand).line(under)
                self.stroke(path, 0, 4.0)
                self.stroke(path, 0.86, 1.8)
            case "cushion":
                middle, size = points
                round_end = size.imag / 2
                reach = size.real - round_end
                path = _hull(
                    Disc(middle.real + dx * reach, round_end, round_end)
                    for dx in (-1, 1)
                )
                self.shape(path, "thing", outline=FINE_PT, grey=0.2)
            case "bag":
                hand = points[0]
                grip = _Path().move(hand + complex(-4, -5))
                grip.curve(
                    hand + complex(-3, 2.5), hand + complex(3, 2.5),
                    hand + complex(4, -5),
                )  # fmt: skip
                self.stroke(grip, 0, OUTLINE_PT + 0.3)
                corners = (
                    Disc(*_pair(hand + complex(dx, dy)), 1.6)
                    for dx, dy in ((-5.5, -7), (5.5, -7), (6.5, -19), (-6.5, -19))
                )
                self.shape(_hull(corners), "shorts")
            case "belt":
                waist, hip = points
                way = _way(hip, waist)
                corners = (
                    Disc(*_pair(waist + way * up + way * 1j * aside), 1.6)
                    for up in (-1, 2.4)
                    for aside in (-6.6, 6.6)
                )
                self.shape(_hull(corners), "hair", outline=FINE_PT)
            case "water":
                y = thing.points[0][1]
                wave = _Path().move(complex(-36, y))
                for x in range(-36, 36, 12):
                    wave.curve(
                        complex(x + 4, y + 4), complex(x + 8, y - 4), complex(x + 12, y)
                    )
                self.stroke(wave, 0.3, FINE_PT)

    def cue(self, points: tuple[tuple[float, float], ...]) -> None:
        """Draw a dotted line over the body."""
        at = [complex(*point) for point in points]
        path = _Path().move(at[0]).line(*at[1:])
        self.stroke(path, 1, CUE_PT + 1.6)
        self.pieces.append(
            _Piece(path, "line", line=None, points=CUE_PT, is_dotted=True)
        )


def _waist(trunk: Trunk, lift: float) -> tuple[Disc, Disc]:
    """Return the two ends of the waist seen from the front."""
    one, two, three, four = (_at(disc) for disc in trunk.discs)
    chest, hips = (one + two) / 2, (three + four) / 2
    aside = _way(two, one)
    middle = hips + (chest - hips) * 0.3 + _way(hips, chest) * lift
    half = (abs(one - two) + abs(three - four)) / 4 - 1.2
    ends = (middle + aside * half, middle - aside * half)
    return Disc(*_pair(ends[0]), 3.2), Disc(*_pair(ends[1]), 3.2)


def _pair(point: complex) -> tuple[float, float]:
    return (point.real, point.imag)


def _grown(disc: Disc, by: float) -> Disc:
    return Disc(disc.x, disc.y, disc.radius + by)


def _part(joints: tuple[Disc, ...], share: float, by: float) -> Disc:
    """Return a place along the first bone, a little thicker than the limb there."""
    a, b = joints[0], joints[1]
    return Disc(
        a.x + (b.x - a.x) * share,
        a.y + (b.y - a.y) * share,
        a.radius + (b.radius - a.radius) * share + by,
    )


_IN_FRONT: Final = ("bag", "belt", "cushion", "towel", "water")
_BEHIND: Final = ("chair", "mat", "rail", "shadow", "step", "wall", "water")
_MARGIN: Final = 1.6
"""Half an outline, in body units, round what is drawn."""


@lru_cache(maxsize=256)
def _drawn(panel: Panel) -> _Drawn:
    """Return a panel as pieces; a busy clinic prints the same ones again and again."""
    drawing = _Drawing()
    for thing in panel.props:
        if thing.kind in _BEHIND:
            drawing.thing_behind(thing)
    _draw_body(drawing, panel)
    for cue in panel.cues:
        drawing.cue(cue)
    xs = [point.real for point in drawing.extent]
    ys = [point.imag for point in drawing.extent]
    left, right = min(xs) - _MARGIN, max(xs) + _MARGIN
    bottom, top = min(ys) - _MARGIN, max(ys) + _MARGIN
    for arrow in panel.arrows:
        for x, y in map(_pair, _arrow_reach(arrow)):
            left, right = min(left, x - _MARGIN), max(right, x + _MARGIN)
            bottom, top = min(bottom, y - _MARGIN), max(top, y + _MARGIN)
    if panel.is_mirrored:
        left, right = -right, -left
    return _Drawn(tuple(drawing.pieces), left, bottom, right, top)


def _draw_body(drawing: _Drawing, panel: Panel) -> None:
    spine = next(part for part in panel.body if isinstance(part, Trunk))
    is_profile = not spine.is_from_front
    legs = [p for p in panel.body if isinstance(p, Limb) and p.kind == "leg"]
    for number, part in enumerate(panel.body):
        if number == len(panel.body) - 1:
            # What a hand holds is under the hand, and the near hand comes last.
            for thing in panel.props:
                if thing.kind in _IN_FRONT:
                    drawing.thing_in_front(thing)
        match part:
            case Head():
                drawing.head(part)
            case Trunk():
                if is_profile:
                    drawing.profile_trunk(part)
                else:
                    drawing.front_trunk(part, legs)
                drawing.has_trunk = True
            case Limb(kind="arm"):
                drawing.arm(part)
            case Limb() if is_profile:
                drawing.profile_leg(part, spine)
            case Limb():
                drawing.front_leg(part)


def _arrow_course(arrow: Arrow) -> tuple[complex, list[tuple[complex, complex]]]:
    """Return the point that bends an arrow, and each tip with its direction."""
    start, end = complex(*arrow.start), complex(*arrow.end)
    bend = (start + end) / 2 + _way(start, end) * 2j * arrow.bulge
    tips = [(end, _way(bend, end))]
    if arrow.is_both_ways:
        tips.append((start, _way(bend, start)))
    return bend, tips


def _head_corners(tip: complex, way: complex, length: float, half: float) -> _Corners:
    root = tip - way * length
    return tip, root + way * 1j * half, root - way * 1j * half


def _arrow_reach(arrow: Arrow) -> list[complex]:
    """Return points that hold an arrow, whatever the scale."""
    bend, tips = _arrow_course(arrow)
    start, end = complex(*arrow.start), complex(*arrow.end)
    points = [start, end, (start + end) / 4 + bend / 2]
    for tip, way in tips:
        points += _head_corners(tip, way, *LARGEST_HEAD)
    return points


# --- paint ------------------------------------------------------------------------


class _Brush:
    """Paints pieces in the ink of a canvas and at one scale."""

    def __init__(self, canvas: TaggedCanvas, scale: float) -> None:
        """Take the scale in points per body unit."""
        self._canvas = canvas
        self._scale = scale
        self._grown = max(1.0, scale / LARGEST_OUTLINE_SCALE)
        self._set: dict[str, object] = {}
        """What the page has set already, by the kind of setting."""

    def paint(self, piece: _Piece) -> None:
        """Draw one piece."""
        canvas = self._canvas
        has_fill, has_line = piece.paint != "line", piece.paint != "fill"
        if has_fill:
            self._fill(piece.tone, is_far=piece.is_far)
        if has_line:
            if piece.line is None:
                canvas.setStrokeColorRGB(*canvas.palette.accent)
                self._set["line"] = None
            else:
                self._change("line", piece.line, canvas.setStrokeGray)
            self._width(piece.points, piece.thickness)
        if piece.is_dotted:
            unit = self._grown / self._scale * 10
            canvas.setDash([round(3.2 * unit), round(3 * unit)])
            canvas.setLineCap(0)
        canvas.drawPath(
            piece.path, stroke=has_line, fill=has_fill, fillMode=FILL_NON_ZERO
        )
        if piece.is_dotted:
            canvas.setDash([])
            canvas.setLineCap(1)

    def arrow(self, arrow: Arrow) -> None:
        """Draw an arrow in the accent colour with white round it."""
        size = self._grown / self._scale
        length, half = (
            min(points * size, most)
            for points, most in zip(ARROW_HEAD_PT, LARGEST_HEAD, strict=True)
        )
        bend, tips = _arrow_course(arrow)
        heads = _Path()
        for tip, way in tips:
            first, *others = _head_corners(tip, way, length, half)
            heads.move(first).line(*others).close()
        ends = [tip - way * length * 0.8 for tip, way in tips]
        last = ends[0]
        first = ends[1] if arrow.is_both_ways else complex(*arrow.start)
        shaft = _Path().move(first)
        if abs(arrow.bulge) < 0.01:
            shaft.line(last)
        else:
            share = 2 / 3
            shaft.curve(
                first + (bend - first) * share, last + (bend - last) * share, last
            )
        white = 2 * HALO_PT
        for path, points in ((shaft, ARROW_PT + white), (heads, white)):
            self.paint(_Piece(path, "line", line=1.0, points=points))
        self.paint(_Piece(shaft, "line", line=None, points=ARROW_PT))
        self._canvas.setFillColorRGB(*self._canvas.palette.accent)
        self._set["fill"] = None
        self._canvas.drawPath(heads, stroke=0, fill=1, fillMode=FILL_NON_ZERO)

    def _change(self, kind: str, value: float, change: Callable[[float], None]) -> None:
        if self._set.get(kind) != value:
            self._set[kind] = value
            change(value)

    def _width(self, points: float, thickness: float) -> None:
        """Set the width of lines: points on paper and body units, in tenths."""
        width = points * self._grown / self._scale + thickness
        self._change("width", round(width * 10), self._canvas.setLineWidth)

    def _fill(self, tone: Tone, *, is_far: bool) -> None:
        """Set a filling; clothes take some of the accent."""
        canvas, grey = self._canvas, _TONES[tone]
        if canvas.ink == "saver":
            grey = _SAVER_TONES.get(tone, grey)
        if is_far:
            grey += (1 - grey) * _FAR_LIGHTER
        if canvas.ink == "colour" and tone in ("shirt", "shorts"):
            accent = canvas.palette.accent
            share = min(1.0, (1 - grey) / (1 - _lightness(accent)))
            canvas.setFillColorRGB(
                *(round(1 - share * (1 - part), 2) for part in accent)
            )
            self._set["fill"] = None
        else:
            self._change("fill", round(grey, 2), canvas.setFillGray)


def _lightness(colour: Colour) -> float:
    red, green, blue = colour
    return 0.3 * red + 0.59 * green + 0.11 * blue


# --- into a box -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """The part of a figure's box that holds one panel, in points."""

    x: float
    """Left edge, from that of the box."""
    width: float
    caption: str


@dataclass(frozen=True, slots=True)
class FittedFigure:
    """A figure with its size on the page, in points."""

    figure: Figure
    scale: float
    """Points per body unit."""
    width: float
    height: float
    floor: float
    """Height of body unit 0 above the lower edge."""
    cells: tuple[Cell, ...]


def fit_figure(figure: Figure, width: float, max_height: float) -> FittedFigure:
    """Return a figure as large as a box allows; it may turn out less high.

    Args:
        figure: What to draw.
        width: Width of the box in points; always used whole.
        max_height: Greatest height in points.
    """
    return _fit(_Same(figure), width, max_height)


@lru_cache(maxsize=512)
def _fit(key: "_Same[Figure]", width: float, max_height: float) -> FittedFigure:
    figure = key.thing
    drawn = [_drawn(panel) for panel in figure.panels]
    widths = [panel.right - panel.left for panel in drawn]
    bottom = min(panel.bottom for panel in drawn)
    top = max(panel.top for panel in drawn)
    count = len(widths)
    room = width - GAP_PT * (count - 1)
    scale = min(room / sum(widths), max_height / (top - bottom))
    spare = (room - scale * sum(widths)) / count
    cells = []
    x = 0.0
    for panel, own in zip(figure.panels, widths, strict=True):
        cell_width = own * scale + spare
        cells.append(Cell(x, cell_width, panel.caption))
        x += cell_width + GAP_PT
    height = (top - bottom) * scale
    return FittedFigure(figure, scale, width, height, -bottom * scale, tuple(cells))


def draw_panels(canvas: TaggedCanvas, fitted: FittedFigure, x: float, y: float) -> None:
    """Draw a figure.

    Args:
        canvas: Where to, with its ink.
        fitted: From ``fit_figure``.
        x: Left edge of its box on the page, in points.
        y: Lower edge.
    """
    step = fitted.scale / 10
    canvas.saveState()
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    for cell, panel in zip(fitted.cells, fitted.figure.panels, strict=True):
        drawn = _drawn(panel)
        middle = x + cell.x + cell.width / 2
        middle -= (drawn.left + drawn.right) / 2 * fitted.scale
        sign = -1 if panel.is_mirrored else 1
        floor = y + fitted.floor
        canvas.saveState()
        canvas.transform(sign * step, 0, 0, step, middle, floor)
        brush = _Brush(canvas, fitted.scale)
        for piece in drawn.pieces:
            brush.paint(piece)
        for arrow in panel.arrows:
            brush.arrow(arrow)
        canvas.restoreState()
        if panel.has_floor:
            _floor_line(canvas, x + cell.x, floor, cell.width, fitted.scale)
    canvas.restoreState()


def _floor_line(
    canvas: TaggedCanvas, x: float, floor: float, width: float, scale: float
) -> None:
    """Draw a line over a cell, at last: outlines stand on it, halos do not cut."""
    edge = min(4.0, width * 0.04)
    y = floor - 0.6 * scale
    canvas.setStrokeGray(0.35)
    canvas.setLineWidth(FLOOR_PT)
    canvas.line(x + edge, y, x + width - edge, y)


def draw_figure(canvas: TaggedCanvas, fitted: FittedFigure, x: float, y: float) -> None:
    """Draw a figure, which stands in a file only once, from its lower left corner."""
    code = _code_at_origin(_Same(fitted), canvas.ink)
    over = OUTLINE_PT * 4
    canvas.stamp(code, x, y, (-over, -over, fitted.width + over, fitted.height + over))


@lru_cache(maxsize=512)
def _code_at_origin(fitted: "_Same[FittedFigure]", ink: Ink) -> str:
    canvas = TaggedCanvas(1, 1, title="", language="", issued_on=date.min, ink=ink)
    with canvas.artifact(), canvas.recording() as code:
        draw_panels(canvas, fitted.thing, 0, 0)
    return "\n".join(code)


class _Same(Generic[Thing]):
    """A thing as the key of a cache: it equals itself only, so asking is quick."""

    __slots__ = ("thing",)

    def __init__(self, thing: Thing) -> None:
        self.thing = thing

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.thing is self.thing


# --- for authors ------------------------------------------------------------------

SHEET_COLUMNS: Final = 2
SHEET_FIGURE_PT: Final = 92.0
"""Greatest height of a figure on a contact sheet; on a card it is about the same."""
_SHEET_DAY: Final = date(2000, 1, 1)


def contact_sheet(figures: Iterable[Figure], theme: Theme) -> bytes:
    """Return a PDF with all figures and their names, to look at while drawing."""
    canvas = TaggedCanvas(
        theme.page_width,
        theme.page_height,
        title="Figures",
        language="en",
        issued_on=_SHEET_DAY,
    )
    root = Element("Document")
    gap = GAP_PT * 2
    width = (theme.width - gap * (SHEET_COLUMNS - 1)) / SHEET_COLUMNS
    size = 9.0
    row_height = SHEET_FIGURE_PT + size * 3.6
    rows = int(theme.height // row_height)
    all_figures = tuple(figures)
    per_page = rows * SHEET_COLUMNS
    for first in range(0, len(all_figures), per_page):
        for number, figure in enumerate(all_figures[first : first + per_page]):
            row, column = divmod(number, SHEET_COLUMNS)
            x = theme.margin_left + column * (width + gap)
            y = theme.page_height - theme.margin_top - (row + 1) * row_height
            part = root.add("Sect", title=figure.id)
            fitted = fit_figure(figure, width, SHEET_FIGURE_PT)
            with canvas.owned_by(part.add("H1")):
                top = y + row_height - size
                canvas.text(x, top, [(figure.id, "bold")], size, theme.palette.text)
            picture = part.add("Figure", alt=figure.id)
            base = y + size * 2
            picture.bbox = (x, base, x + width, base + fitted.height)
            with canvas.owned_by(picture):
                draw_figure(canvas, fitted, x, base)
            for count, cell in enumerate(fitted.cells, 1):
                with canvas.owned_by(part.add("P")):
                    words = [(f"{count} ", "bold"), (cell.caption, "regular")]
                    left = x + cell.x + GAP_PT / 2
                    canvas.text(left, y + size, words, size, theme.palette.text)
        canvas.end_page()
    return canvas.finish(root)

"""Draw the figures of the exercises: outlines, clothes in grey, one arrow a move.

A figure comes as joints in body units (a person is 100 tall). Here it gets its
looks: a limb becomes one smooth outline, not a row of sausages, so that a knee shows
no seam. Everything is written as PDF operators in tenths of a body unit under one
matrix; that keeps a figure short.

Nothing depends on colour: outlines are black, the side away from the reader is
grey, and the tones of the clothes stay apart on a bad copier.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

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
from backguide.layout.structure import Element
from backguide.layout.tagged import TaggedCanvas
from backguide.layout.theme import Colour, Theme

OUTLINE_PT: Final = 1.5
FAR_OUTLINE_PT: Final = 1.2
FINE_PT: Final = 1.1
"""Things and seams."""
FLOOR_PT: Final = 1.4
HALO_PT: Final = 1.3
"""White beyond an outline, where one limb crosses another."""
ARROW_PT: Final = 2.2
CUE_PT: Final = 1.5
GAP_PT: Final = 10.0
"""Least space between two panels."""
LARGEST_OUTLINE_SCALE: Final = 1.6
"""Points per body unit above which lines grow with the figure."""

FAR: Final = 0.48
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
_FAR_LIGHTER: Final = 0.55
"""Share of the way to white that a tone goes on the far side."""

SHORTS_END: Final = 0.60
SLEEVE_END: Final = 0.55


# --- outlines ---------------------------------------------------------------------

Cubic = tuple[complex, complex, complex, complex]


class _Path:
    """A path of lines and curves, kept as operators in tenths of a unit."""

    def __init__(self) -> None:
        self._code: list[str] = []
        self._at = 0j
        self.extent: list[complex] = []

    def move(self, to: complex) -> "_Path":
        self._code.append(f"{_xy(to)} m")
        self._at = to
        self.extent.append(to)
        return self

    def line(self, *points: complex) -> "_Path":
        for to in points:
            if abs(to - self._at) > 0.04:
                self._code.append(f"{_xy(to)} l")
                self._at = to
                self.extent.append(to)
        return self

    def curve(self, first: complex, second: complex, to: complex) -> "_Path":
        self._code.append(f"{_xy(first)} {_xy(second)} {_xy(to)} c")
        self.extent += [
            to,
            (self._at + 3 * first + 3 * second + to) / 8,
        ]
        self._at = to
        return self

    def arc(self, centre: complex, to: complex, turn: float) -> "_Path":
        """Go round a centre by an angle in radians, anticlockwise if positive."""
        pieces = max(1, math.ceil(abs(turn) / 2.2))
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
        self._code.append("h")
        return self

    @property
    def code(self) -> str:
        return "\n".join(self._code)


def _xy(point: complex) -> str:
    return f"{round(point.real * 10)} {round(point.imag * 10)}"


def _at(disc: Disc) -> complex:
    return complex(disc.x, disc.y)


def _angle(a: complex, b: complex) -> float:
    """Return the turn from one direction to another, from -pi to pi."""
    turned = b * a.conjugate()
    return math.atan2(turned.imag, turned.real)


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
    ways = [_way(a, b) for a, b in zip(at, at[1:], strict=False)]
    left = _side(at, radii, ways, swells, 1)
    right = _side(at, radii, ways, swells, -1)
    path = _Path().move(left[0][0][0])
    _follow(path, left)
    end = right[-1][0][3]
    if has_flat_end:
        path.line(end)
    else:
        path.arc(at[-1], end, -math.pi)
    backwards = [
        ((piece[3], piece[2], piece[1], piece[0]), centre, -turn)
        for piece, centre, turn in _shifted(right)
    ]
    _follow(path, backwards[::-1])
    if not has_flat_start:
        path.arc(at[0], left[0][0][0], -math.pi)
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
                path.arc(centre, following, turn)
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
    turns = [_angle(a, b) for a, b in zip(ways, ways[1:], strict=False)]
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
            a, b = pieces[number], pieces[number + 1]
            pieces[number] = (a[0], a[1], meet, meet)
            pieces[number + 1] = (meet, meet, b[2], b[3])
    arcs.append((0j, 0.0))
    return [(piece, *arc) for piece, arc in zip(pieces, arcs, strict=True)]


_STEPS: Final = 8


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


_HULL_STEPS: Final = 40


def _hull(discs: Iterable[Disc]) -> _Path:
    """Return a band stretched round some discs."""
    found = [(_at(disc), disc.radius) for disc in discs]
    order: list[int] = []
    for step in range(_HULL_STEPS):
        turn = 2 * math.pi * step / _HULL_STEPS
        x, y = math.cos(turn), math.sin(turn)
        reach = [c.real * x + c.imag * y + r for c, r in found]
        best = reach.index(max(reach))
        if not order or order[-1] != best:
            order.append(best)
    if len(order) > 1 and order[0] == order[-1]:
        order.pop()
    if len(order) == 1:
        centre, radius = found[order[0]]
        path = _Path().move(centre + radius)
        return path.arc(centre, centre + radius, 2 * math.pi).close()
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
            path.arc(centre, start, turn)
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


# --- strokes and fills ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Brush:
    """Turns tones and line widths into operators for one theme and scale."""

    ink: str
    accent: Colour
    scale: float
    """Points per body unit."""

    def width(self, points: float) -> str:
        """Return the operator for a line width in points."""
        grown = points * max(1.0, self.scale / LARGEST_OUTLINE_SCALE)
        return f"{grown / self.scale * 10:.0f} w"

    def tone(self, name: Tone, *, is_far: bool = False) -> float:
        """Return a grey."""
        grey = _TONES[name]
        if self.ink == "saver":
            grey = _SAVER_TONES.get(name, grey)
        return grey + (1 - grey) * _FAR_LIGHTER if is_far else grey

    def fill(self, grey: float, *, is_cloth: bool = False) -> str:
        """Return the operator for a filling; clothes take some of the accent."""
        if self.ink == "colour" and is_cloth and grey < 1:
            share = (1 - grey) / (1 - _lightness(self.accent))
            parts = (1 - min(1.0, share) * (1 - part) for part in self.accent)
            return " ".join(_short(part) for part in parts) + " rg"
        return f"{_short(grey)} g"

    def accent_colour(self, operator: str) -> str:
        """Return the operator for the accent as a colour of filling or of line."""
        return " ".join(_short(part) for part in self.accent) + f" {operator}"


def _lightness(colour: Colour) -> float:
    red, green, blue = colour
    return 0.3 * red + 0.59 * green + 0.11 * blue


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


class _Drawing:
    """Collects the operators of one panel and how far they reach."""

    def __init__(self, brush: _Brush) -> None:
        self._brush = brush
        self.code: list[str] = []
        self.extent: list[complex] = []

    def shape(
        self,
        path: _Path,
        tone: Tone,
        *,
        is_far: bool = False,
        has_halo: bool = False,
        outline: float = OUTLINE_PT,
        grey: float | None = None,
    ) -> None:
        """Fill and outline a closed path."""
        brush = self._brush
        if has_halo:
            width = brush.width(outline + 2 * HALO_PT)
            self.code.append(f"1 G {width}\n{path.code}\nS")
        if is_far:
            outline = min(outline, FAR_OUTLINE_PT)
        line = FAR if is_far else (grey or 0)
        fill = brush.fill(
            brush.tone(tone, is_far=is_far), is_cloth=tone in ("shirt", "shorts")
        )
        self.code.append(
            f"{fill} {_short(line)} G {brush.width(outline)}\n{path.code}\nB"
        )
        self.extent += path.extent

    def stroke(self, path: _Path, grey: float, points: float) -> None:
        """Draw a line."""
        self.code.append(f"{_short(grey)} G {self._brush.width(points)}")
        self.code.append(f"{path.code}\nS")
        self.extent += path.extent

    def filled(self, path: _Path, tone: Tone) -> None:
        """Fill a path without an outline."""
        self.code.append(self._brush.fill(self._brush.tone(tone)))
        self.code.append(f"{path.code}\nf")
        self.extent += path.extent

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

    def trunk(self, trunk: Trunk) -> None:
        """Draw the shirt."""
        if trunk.is_from_front:
            self._front_trunk(trunk)
            return
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
        path.arc(at[-1], sides[1][-1], -math.pi)
        _spline(path, sides[1][::-1])
        self.shape(path.close(), "shirt")

    def _front_trunk(self, trunk: Trunk) -> None:
        one, two, three, four = trunk.discs
        up = _way(
            (_at(three) + _at(four)) / 2,
            (_at(one) + _at(two)) / 2,
        )
        aside = up * -1j
        waist = ((_at(one) + _at(two)) * 0.36 + (_at(three) + _at(four)) * 0.64) / 2
        half = (one.radius + three.radius) * 0.5 + 3.2
        hip_top = ((_at(three) + _at(four)) / 2) + up * 2
        shirt = _Path()
        near = _at(one) + aside * one.radius * 0.7 - up
        far = _at(two) - aside * two.radius * 0.7 - up
        shirt.move(waist - aside * half - up * 3)
        shirt.line(far)
        shirt.arc(_at(two) - up, _at(two) + up * (two.radius - 1.4), -math.pi / 2)
        shirt.line(_at(one) + up * (one.radius - 1.4))
        shirt.arc(_at(one) - up, near, -math.pi / 2)
        shirt.line(waist + aside * half - up * 3)
        shorts = _hull(
            (
                three,
                four,
                Disc(*_pair(waist + aside * (half - 2.4)), 2.4),
                Disc(*_pair(waist - aside * (half - 2.4)), 2.4),
            )
        )
        self.shape(shirt.close(), "shirt")
        self.shape(shorts, "shorts")
        self.extent.append(hip_top)

    def limb(self, limb: Limb, waist: Disc | None, *, has_calf: bool) -> None:
        """Draw an arm with its sleeve or a leg with shoe and shorts."""
        has_halo = not limb.is_far
        if limb.kind == "arm":
            skin = _limb_outline(
                limb.joints, ((0, 0, 0, 0), (0.5, 0, 0.5, 0), (0.5, 0.3, 0.5, 0.3))
            )
            self.shape(skin, "skin", is_far=limb.is_far, has_halo=has_halo)
            sleeve = (_grown(limb.joints[0], 0.5), _part(limb.joints, SLEEVE_END, 0.9))
            cloth = _limb_outline(sleeve, (_SLIM,), has_flat_end=True)
            self.shape(cloth, "shirt", is_far=limb.is_far)
            return
        calf = (0.2, 0.2, 2.4, 0.6) if has_calf else (0.9, 0.3, 0.9, 0.3)
        skin = _limb_outline(limb.joints, ((0.5, 0.3, 0.4, 0.2), calf))
        self.shape(skin, "skin", is_far=limb.is_far, has_halo=has_halo)
        self.shape(_hull(limb.foot), "shoe", is_far=limb.is_far, has_halo=False)
        end = _part(limb.joints, SHORTS_END, 1.0)
        if waist is None:
            legs = (_grown(limb.joints[0], 0.4), end)
            cloth = _limb_outline(legs, (_SLIM,), has_flat_end=True)
        else:
            legs = (_grown(waist, 0.3), Disc(limb.joints[0].x, limb.joints[0].y, 7.2),
                    end)  # fmt: skip
            cloth = _limb_outline(
                legs,
                ((0, 0.3, 0.2, 0.8), (0.3, 0, 0.8, 0)),
                has_flat_start=True,
                has_flat_end=True,
            )
        self.shape(cloth, "shorts", is_far=limb.is_far)

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
            case "cushion" | "step":
                half, height = thing.points[1]
                left, right = x - half, x + half
                path = _Path()
                if thing.kind == "step":
                    path.move(complex(left, 0)).line(
                        complex(left, height), complex(right, height), complex(right, 0)
                    )
                else:
                    path = _hull(
                        Disc(x + dx * (half - height / 2), height / 2, height / 2)
                        for dx in (-1, 1)
                    )
                self.shape(path.close(), "thing", outline=FINE_PT, grey=0.2)
            case "mat":
                corners = [complex(*point) for point in thing.points]
                path = _Path().move(corners[0]).line(*corners[1:]).close()
                self.shape(path, "thing", outline=FINE_PT, grey=0.45)
            case "water":
                path = _Path().move(complex(-36, y)).line(
                    complex(36, y), complex(36, -8), complex(-36, -8)
                )
                self.filled(path.close(), "water")

    def _chair(self, x: float, height: float, turned: int) -> None:
        def corner(dx: float, y: float) -> complex:
            return complex(x + dx * turned, y)

        for dx in (-9.5, 7.5):
            legs = _Path().move(corner(dx, 0)).line(
                corner(dx, height), corner(dx + 2.4, height), corner(dx + 2.4, 0)
            )
            self.shape(legs.close(), "thing", outline=FINE_PT, grey=0.2)
        back = _Path().move(corner(-10, height - 3)).line(
            corner(-13, height + 25), corner(-10.4, height + 25), corner(-7, height)
        )
        self.shape(back.close(), "thing", outline=FINE_PT, grey=0.2)
        seat = _Path().move(corner(-10.5, height)).line(
            corner(10.5, height), corner(10.5, height - 3.4), corner(-10.5, height - 3.4)
        )
        self.shape(seat.close(), "thing", outline=FINE_PT, grey=0.2)

    def thing_in_front(self, thing: Prop) -> None:
        """Draw a thing that is held or worn."""
        points = [complex(*point) for point in thing.points]
        match thing.kind:
            case "towel":
                hand, ball, heel = points
                under = ball + _way(hand, ball) * 3.4
                path = _Path().move(hand).line(under)
                self.stroke(path, 0, 4.0)
                self.stroke(path, 0.86, 1.8)
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
                self.shape(_hull(corners), "shorts", has_halo=True)
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
                for n in range(6):
                    x = -36 + 12 * n
                    wave.curve(
                        complex(x + 3, y + 1.8), complex(x + 3, y + 1.8),
                        complex(x + 6, y),
                    )  # fmt: skip
                    wave.curve(
                        complex(x + 9, y - 1.8), complex(x + 9, y - 1.8),
                        complex(x + 12, y),
                    )  # fmt: skip
                self.stroke(wave, 0.3, FINE_PT)

    def arrow(self, arrow: Arrow) -> None:
        """Draw an arrow in the accent colour with white round it."""
        brush = self._brush
        grown = max(1.0, brush.scale / LARGEST_OUTLINE_SCALE)
        length = 7.0 * grown / brush.scale
        half = 3.4 * grown / brush.scale
        start, end = complex(*arrow.start), complex(*arrow.end)
        middle = (start + end) / 2 + _way(start, end) * 1j * arrow.bulge
        bend = 2 * middle - (start + end) / 2
        ends = [(end, _way(bend, end) if arrow.bulge else _way(start, end))]
        if arrow.is_both_ways:
            ends.append((start, _way(bend, start) if arrow.bulge else _way(end, start)))
        heads = _Path()
        for tip, way in ends:
            root = tip - way * length
            heads.move(tip).line(root + way * 1j * half, root - way * 1j * half).close()
        last = end - ends[0][1] * length * 0.8
        first = start - ends[1][1] * length * 0.8 if arrow.is_both_ways else start
        shaft = _Path().move(first)
        shaft.curve(first + (bend - first) * 2 / 3, last + (bend - last) * 2 / 3, last)
        halo = brush.width(ARROW_PT + 2 * HALO_PT)
        self.code.append(f"1 G {halo}\n{shaft.code}\nS {brush.width(2 * HALO_PT)}")
        self.code.append(f"{heads.code}\nS {brush.accent_colour('RG')}")
        self.code.append(f"{brush.width(ARROW_PT)}\n{shaft.code}\nS")
        self.code.append(f"{brush.accent_colour('rg')}\n{heads.code}\nf")
        self.extent += [*shaft.extent, *heads.extent, middle]

    def cue(self, points: tuple[tuple[float, float], ...]) -> None:
        """Draw a dotted line over the body."""
        brush = self._brush
        at = [complex(*point) for point in points]
        path = _Path().move(at[0]).line(*at[1:])
        unit = brush.scale / 10 / max(1.0, brush.scale / LARGEST_OUTLINE_SCALE)
        self.code.append(f"1 G {brush.width(CUE_PT + 2)}\n{path.code}\nS")
        self.code.append(f"{brush.accent_colour('RG')} {brush.width(CUE_PT)}")
        dash = f"[{3.2 / unit:.0f} {3 / unit:.0f}] 0 d 0 J"
        self.code.append(f"{dash}\n{path.code}\nS [] 0 d 1 J")
        self.extent += path.extent


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


_IN_FRONT: Final = ("bag", "belt", "towel", "water")
_BEHIND: Final = ("chair", "cushion", "mat", "step", "wall", "water")


def _draw(panel: Panel, brush: _Brush) -> _Drawing:
    drawing = _Drawing(brush)
    for thing in panel.props:
        if thing.kind in _BEHIND:
            drawing.thing_behind(thing)
    spine = next(part for part in panel.body if isinstance(part, Trunk))
    for number, part in enumerate(panel.body):
        if number == len(panel.body) - 1:
            for thing in panel.props:
                if thing.kind in _IN_FRONT:
                    drawing.thing_in_front(thing)
        match part:
            case Head():
                drawing.head(part)
            case Trunk():
                drawing.trunk(part)
            case Limb():
                is_profile = not spine.is_from_front
                has_pelvis = is_profile and part.kind == "leg" and not part.is_far
                waist = spine.discs[1] if has_pelvis else None
                drawing.limb(part, waist, has_calf=is_profile)
    for cue in panel.cues:
        drawing.cue(cue)
    for arrow in panel.arrows:
        drawing.arrow(arrow)
    return drawing


# --- into a box -------------------------------------------------------------------

_MARGIN: Final = 1.6
"""Half an outline, in body units, round what is drawn."""


@lru_cache(maxsize=256)
def _extent(panel: Panel) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of a panel in body units."""
    drawing = _draw(panel, _Brush("mono", (0, 0, 0), 1.0))
    xs = [point.real for point in drawing.extent]
    ys = [point.imag for point in drawing.extent]
    left, right = min(xs) - _MARGIN, max(xs) + _MARGIN
    if panel.is_mirrored:
        left, right = -right, -left
    floor = -_MARGIN if panel.has_floor else min(ys) - _MARGIN
    return left, min(floor, min(ys) - _MARGIN), right, max(ys) + _MARGIN


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
    extents = [_extent(panel) for panel in figure.panels]
    widths = [right - left for left, _, right, _ in extents]
    bottom = min(extent[1] for extent in extents)
    top = max(extent[3] for extent in extents)
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


def figure_operators(fitted: FittedFigure, x: float, y: float, theme: Theme) -> str:
    """Return the PDF operators that draw a figure.

    Args:
        fitted: From ``fit_figure``.
        x: Left edge of its box on the page, in points.
        y: Lower edge.
        theme: For ink and accent.
    """
    brush = _Brush(theme.ink, theme.palette.accent, fitted.scale)
    step = fitted.scale / 10
    code = ["q 1 J 1 j"]
    for cell, panel in zip(fitted.cells, fitted.figure.panels, strict=True):
        left, _, right, _ = _extent(panel)
        middle = x + cell.x + cell.width / 2 - (left + right) / 2 * fitted.scale
        sign = -1 if panel.is_mirrored else 1
        floor = y + fitted.floor
        code.append(
            f"q {sign * step:.4f} 0 0 {step:.4f} {middle:.2f} {floor:.2f} cm 0 G"
        )
        code += _draw(panel, brush).code
        code.append("Q")
        if panel.has_floor:
            edge = min(4.0, cell.width * 0.04)
            level = floor - 0.6 * fitted.scale
            code.append(
                f"0.35 G {FLOOR_PT} w {x + cell.x + edge:.2f} {level:.2f} m "
                f"{x + cell.x + cell.width - edge:.2f} {level:.2f} l S"
            )
    code.append("Q")
    return "\n".join(code)


def draw_figure(
    canvas: TaggedCanvas, fitted: FittedFigure, x: float, y: float, theme: Theme
) -> None:
    """Draw a figure with its lower left corner at a point of the page."""
    canvas.operators(figure_operators(fitted, x, y, theme))

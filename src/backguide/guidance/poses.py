"""The poses of the exercises: read, solved and checked.

An author says where the hip is, which way the trunk leans and where hands and feet
go (``templates/poses.toml`` explains it). Here bones of fixed length are put between
these points. A pose that no body could take is a finding with file and line.

In:   the content file ``poses.toml``.
Out:  one ``Figure`` for each of its tables, in body units, ready to be drawn.
Pure: no files, no clock.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from backguide.document import (
    Arrow,
    BodyPart,
    Disc,
    Figure,
    Head,
    Limb,
    Panel,
    Prop,
    PropKind,
    Trunk,
)
from backguide.guidance.content_file import ContentFile, TableReader

# The body, in hundredths of a person. Proportions of an adult of 7 heads.
TRUNK: Final = 29.0
"""Hip to shoulder, seen from the side."""
NECK: Final = 12.8
"""Shoulder to the middle of the head."""
THIGH, SHIN = 24.0, 23.0
UPPER_ARM, FOREARM, HAND = 16.0, 14.5, 5.5
HALF_SHOULDERS, HALF_HIPS = 8.4, 4.9
HEAD_RADIUS: Final = 6.8

LEG_RADII: Final = (6.3, 4.2, 2.9)
ARM_RADII: Final = (3.9, 2.9, 2.2, 1.7)
SPINE_NAMES: Final = ("hip", "waist", "chest", "shoulder")
SPINE: Final = ((0.0, 7.0), (0.33, 6.3), (0.7, 7.1), (1.0, 5.0))
"""For each of them: share of the trunk's length, radius."""
FRONT_TRUNK: Final = 27.0
"""From the middle of the hips to the middle of the shoulders."""
NECK_RADIUS: Final = 3.1
FRONT_TRUNK_RADII: Final = (4.4, 4.9)
FRONT_LEG_RADII: Final = (4.9, 3.8, 2.7)
FOOT: Final = ((0.0, 0.0, 2.9), (-2.0, -2.0, 2.2), (5.6, -2.1, 2.1), (9.0, -2.5, 1.7))
"""Ankle, heel, ball, toes: along the foot, above the sole, radius."""

FLOOR_TOLERANCE: Final = 1.2
"""A body gives way a little; outlines overlap the floor line."""
WALL_TOLERANCE: Final = 2.5
SHORTEST_ARROW: Final = 4.0
LARGEST: Final = 400.0
"""No length and no angle of a pose is larger."""
FLOATING: Final = 2.5
REACH_TOLERANCE: Final = 0.3
STIFF: Final = 8.0
"""Degrees that a knee or an elbow may seem to bend the wrong way."""
TILT: Final = MappingProxyType({"front": 12.0, "top": 48.0})
"""How far above the horizon the reader's eye is, in degrees, if nothing is said."""
AHEAD: Final = 4.0
"""A limb this much nearer to the reader than the trunk is drawn over it."""

FORESHORTENED: Final = 0.92
"""A thigh that looks shorter than this share of its length points at the reader."""

MAX_ARROWS: Final = 2
CAPTIONS: Final = (
    "start", "move", "round", "dip", "knee_near", "knee_far", "march", "bend", "swing",
    "reach", "under",
)  # fmt: skip
PANELS: Final = (2, 3)
VIEWS: Final = ("side", "front", "top")
SIDES: Final = ("near", "far")
_SIDE_WORD: Final = re.compile(r"left|right", re.IGNORECASE)

Vector = tuple[float, float, float]


def direction(degrees: float) -> complex:
    """Return the unit vector of an angle: 0 right, 90 up."""
    return complex(
        math.cos(math.radians(degrees)),
        math.sin(math.radians(degrees)),
    )


def side_word(figure_facing: str, view: str, side: str) -> str:
    """Return "right" or "left" for the near or far side of a person.

    Somebody who looks to the right of the picture shows us the right side. From the
    front or from above, chest to the reader, "near" is the person's left.
    """
    is_right = (side == "near") == (figure_facing == "right")
    if view != "side":
        is_right = not is_right
    return "right" if is_right else "left"


class _Reader(TableReader):
    """Reads one figure, panel or entry; finds its lines although tables repeat."""

    def __init__(
        self,
        file: ContentFile,
        table: Mapping[str, Any],
        where: str,
        begin: int,
        line_key: str = "",
    ) -> None:
        """Read a table.

        Args:
            file: Where it stands.
            table: What was parsed.
            where: Its name in messages.
            begin: Offset in the file at which its text begins.
            line_key: For a table within one line, the key of that line.
        """
        super().__init__(file, table, where)
        self._begin = begin
        self._line_key = line_key

    def fault(self, key: str, message: str, hint: str = "") -> None:
        """Record a finding at the line of a key."""
        self._add(key, message, hint)

    def _add(self, key: str, message: str, hint: str = "") -> None:
        text = self.file.text
        end = text.find("\n[", self._begin + 1)
        needle = f"\n{self._line_key or key} ="
        position = text.find(needle, self._begin, end if end >= 0 else None)
        position = position + 1 if position >= 0 else self._begin
        line = text.count("\n", 0, position) + 1
        before = len(self.file.problems)
        self.file.add_at(line, f"{self._where}: {message}", hint)
        if self.file.problems[-1] in self.file.problems[:before]:
            self.file.problems.pop()  # said already, for another panel

    def _take(
        self, key: str, kind: type | tuple[type, ...], words: str, default: Any
    ) -> Any:
        if key not in self._table and default is ...:
            self._seen.add(key)
            self._add(key, f'"{key}" is missing', f"add a line: {key} = ...")
            return None
        return super()._take(key, kind, words, default)

    def has(self, key: str) -> bool:
        """Tell whether a key is there."""
        return key in self._table

    def value(self, key: str) -> Any:
        """Return whatever stands under a key; None when there is nothing."""
        self._seen.add(key)
        return self._table.get(key)

    def entry(self, key: str, table: Any) -> "_Reader":
        """Return a reader for a table that stands in the line of a key."""
        if not isinstance(table, dict):
            self.fault(key, f'"{key}" must hold tables, such as {{ x = 0 }}')
            table = {}
        where = f"{self._where}, {key}"
        return _Reader(self.file, table, where, self._begin, self._line_key or key)

    def entries(self, key: str) -> list[Any]:
        """Return a list; empty when there is none."""
        value = self.value(key)
        if value is not None and not isinstance(value, list):
            self.fault(key, f'"{key}" must be a list')
            return []
        return value or []

    def number(self, key: str, default: Any = ...) -> float:
        """Return a number of a size that a picture can have."""
        value = super().number(key, default)
        if not _is_number(value):
            self.fault(key, f'"{key}" must be a number up to {LARGEST:.0f}')
            return 0.0
        return float(value)

    def numbers(self, key: str, count: int, default: Any = ...) -> tuple[float, ...]:
        """Return so many numbers; zeros when they are not."""
        value = self._take(key, list, f"a list of {count} numbers", default)
        if value is None:
            return (0.0,) * count
        if len(value) != count or not all(_is_number(item) for item in value):
            self.fault(
                key, f'"{key}" must be a list of {count} numbers up to {LARGEST:.0f}'
            )
            return (0.0,) * count
        return tuple(float(item) for item in value)

    def point(self, key: str) -> complex:
        """Return a point of the picture."""
        x, y = self.numbers(key, 2)
        return complex(x, y)

    def vector(self, key: str, default: Any = ...) -> Vector:
        """Return a point in space."""
        x, y, z = self.numbers(key, 3, default)
        return x, y, z


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) <= LARGEST


# --- figures and panels -----------------------------------------------------------


def parse_figures(file: ContentFile) -> Mapping[str, Figure]:
    """Return the figures of ``poses.toml`` by name; slips become findings."""
    figures: dict[str, Figure] = {}
    for name, table in file.table.items():
        if isinstance(table, dict):
            figures[name] = _figure(file, name, table)
        else:
            file.add(f"{name} =", f'unknown entry "{name}"')
    return MappingProxyType(figures)


def check_names(
    file: ContentFile,
    figures: Mapping[str, Figure],
    exercises: Iterable[str],
    others: Iterable[str] = (),
) -> None:
    """Record each exercise without a figure and each figure that nobody shows.

    Args:
        file: The file of the figures.
        figures: As parsed.
        exercises: Slugs of all exercises; each needs a figure.
        others: Ids of sections, which may have one.
    """
    needed = tuple(exercises)
    for slug in needed:
        if slug not in figures:
            hint = f"add [[{slug}.panels]] twice"
            file.add("", f'the exercise "{slug}" has no figure', hint)
    known = {*needed, *others}
    for name in figures:
        if name not in known:
            close = get_close_matches(name, sorted(known), n=1)
            hint = f'did you mean "{close[0]}"?' if close else ""
            message = f'no exercise or section is named "{name}"'
            file.add_at(_line(file, _begin(file, name)), message, hint)


def _line(file: ContentFile, offset: int) -> int:
    return file.text.count("\n", 0, offset) + 1


def _begin(file: ContentFile, name: str) -> int:
    """Return where the text of a figure begins."""
    places = (file.text.find(head) for head in (f"[{name}]", f"[[{name}.panels]]"))
    return min((place for place in places if place >= 0), default=0)


def _figure(file: ContentFile, name: str, table: Mapping[str, Any]) -> Figure:
    begin = _begin(file, name)
    read = _Reader(file, table, name, begin)
    view = read.choice("view", VIEWS, "side")
    facing = read.choice("facing", ("right", "left"), "right")
    props = [(read, item) for item in read.entries("props")]
    tables = read.tables("panels")
    if len(tables) not in PANELS:
        read.fault("panels", f"a figure has 2 or 3 panels, not {len(tables)}")
    read.finish()
    panels = []
    for number, item in enumerate(tables, 1):
        begin = max(file.text.find(f"[[{name}.panels]]", begin), begin)
        inner = _Reader(file, item, f"{name}, panel {number}", begin)
        own = [(inner, item) for item in inner.entries("props")]
        panels.append(_panel(inner, view, facing, [*props, *own]))
        begin += 1
    return Figure(name, tuple(panels))


def _panel(
    read: _Reader, view: str, facing: str, props: list[tuple[_Reader, Any]]
) -> Panel:
    view = read.choice("view", VIEWS, view)
    caption = _caption(read, facing, view)
    rig: _Rig = _SideRig(read) if view == "side" else _FrontRig(read, view)
    rig.solve()
    things = tuple(
        thing
        for owner, item in props
        if (thing := _thing(owner.entry("props", item), rig)) is not None
    )
    entries = read.entries("arrows")
    arrows = tuple(_arrow(read.entry("arrows", item)) for item in entries)
    if len(arrows) > MAX_ARROWS:
        read.fault("arrows", f"at most {MAX_ARROWS} arrows, not {len(arrows)}")
    cues = (_cue(read, rig),) if read.has("cue") else ()
    kinds = {thing.kind for thing in things}
    if "water" not in kinds:
        _check_floor(read, rig, things)
    _check_wall(read, rig, things)
    read.finish()
    return Panel(
        caption=caption,
        body=rig.body,
        props=things,
        arrows=arrows,
        cues=cues,
        has_floor=not kinds & {"water", "mat"},
        is_mirrored=facing == "left",
        position=_position(view, rig),
    )


LYING: Final = 50.0
"""A trunk is no further than this from the level, in degrees, when it lies."""
ALL_FOURS: Final = 20.0
"""A hip at this height over a level trunk rests on the knees, not on the floor."""


def _position(view: str, rig: "_Rig") -> str:
    """Return how a body is placed: back, front, side, all-fours or upright."""
    if view == "top":
        return "back"
    trunk = rig.points["shoulder"] - rig.points["hip"]
    slope = abs(math.degrees(math.atan2(trunk.imag, abs(trunk.real))))
    if view == "front":
        return "side" if slope < LYING else "upright"
    knees = [at for name, at in rig.points.items() if name.startswith("knee")]
    is_on_knees = any(at.imag < ALL_FOURS / 2 for at in knees)
    if slope > LYING or (rig.points["hip"].imag > ALL_FOURS and not is_on_knees
                         and trunk.real > 0):  # fmt: skip
        return "upright"
    if trunk.real < 0:
        return "back"
    return "all-fours" if rig.points["hip"].imag > ALL_FOURS else "front"


def _caption(read: _Reader, facing: str, view: str) -> str:
    caption = read.text("caption")
    if _SIDE_WORD.search(caption):
        hint = 'write "near" or "far"; the words follow from where the person looks'
        read.fault("caption", "left and right are never typed", hint)
    elif caption not in CAPTIONS:
        words = ", ".join(CAPTIONS)
        read.fault("caption", f'"{caption}" is not a caption; choose one of {words}')
    stem, _, side = caption.rpartition("_")
    return f"{stem}_{side_word(facing, view, side)}" if side in SIDES else caption


# --- bones ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Chain:
    """What an arm or a leg is made of."""

    kind: Literal["arm", "leg"]
    upper: float
    lower: float
    bend: float
    """Side of the line from root to end on which knee or elbow stands: 1 left."""
    joint: str
    tip: str


_LEG: Final = _Chain("leg", THIGH, SHIN, 1, "knee", "foot")
_ARM: Final = _Chain("arm", UPPER_ARM, FOREARM, -1, "elbow", "hand")


@dataclass(frozen=True, slots=True)
class _Touch:
    """A piece of the body that may meet the floor or a wall."""

    name: str
    x: float
    height: float
    """Above the floor."""
    radius: float


class _Rig:
    """A body whose joints are found from what an author says."""

    def __init__(self, read: _Reader) -> None:
        """Take the panel to solve."""
        self._read = read
        self.points: dict[str, complex] = {}
        """Where each joint appears in the picture, by name."""
        self.body: tuple[BodyPart, ...] = ()
        self.touches: list[_Touch] = []

    def solve(self) -> None:
        """Find every joint."""
        raise NotImplementedError

    def seen(self, at: Vector) -> complex:
        """Return where a point in space appears in the picture."""
        return complex(at[0], at[1])

    def _trunk_and_head(self) -> tuple[float, float]:
        trunk = self._read.number("trunk")
        return trunk, self._read.number("head", trunk)


class _SideRig(_Rig):
    """A body seen from the side, looking to the right of the picture."""

    def solve(self) -> None:
        """Find every joint."""
        read = self._read
        trunk, head = self._trunk_and_head()
        up = direction(trunk)
        if read.has("shoulder"):
            hip = read.point("shoulder") - TRUNK * up
        else:
            hip = read.point("hip")
        shoulder = hip + TRUNK * up
        arch = read.numbers("arch", 2, [0, 0])
        front = up * -1j
        spine = tuple(
            _disc(hip + share * TRUNK * up + front * shift, radius)
            for (share, radius), shift in zip(SPINE, (0, *arch, 0), strict=True)
        )
        middle = shoulder + NECK * direction(head)
        face = read.number("face", head - 90)
        self.points = {"hip": hip, "shoulder": shoulder, "head": middle}
        self.points["waist"] = complex(spine[1].x, spine[1].y)
        self._touch("head", _disc(middle, HEAD_RADIUS))
        for name, disc in zip(SPINE_NAMES, spine, strict=True):
            self._touch(name, disc)
        neck = _disc(shoulder + 1.5 * direction(head), NECK_RADIUS)
        skull = Head(middle.real, middle.imag, neck, face + 90, is_from_front=False)
        arm_far, arm_near = (self._limb(_ARM, s, shoulder) for s in ("far", "near"))
        leg_far, leg_near = (self._limb(_LEG, s, hip) for s in ("far", "near"))
        torso = Trunk(spine, is_from_front=False)
        order = (arm_far, leg_far, skull, torso, leg_near, arm_near)
        self.body = tuple(part for part in order if part)

    def _touch(self, name: str, disc: Disc) -> None:
        self.touches.append(_Touch(name, disc.x, disc.y, disc.radius))

    def _limb(self, chain: _Chain, side: str, root: complex) -> Limb | None:
        """Return a limb; None for a far one that the near one hides."""
        key = f"{chain.kind}_{side}"
        given = self._read.value(key)
        if given is None and side == "far":
            return None
        if isinstance(given, dict):
            angles = self._reach(chain, self._read.entry(key, given), root)
        else:
            angles = self._turn(chain, key, given)
        upper, lower, tip, toes = angles
        middle = root + chain.upper * direction(upper)
        end = middle + chain.lower * direction(lower)
        self.points[f"{chain.joint}_{side}"] = middle
        joints = [root, middle, end]
        foot: tuple[Disc, ...] = ()
        if chain.kind == "arm":
            joints.append(end + HAND * direction(tip))
            self.points[f"wrist_{side}"] = end
            self.points[f"hand_{side}"] = joints[-1]
        else:
            foot = _foot(end, tip, toes)
            self.points[f"ankle_{side}"] = end
            self.points[f"ball_{side}"] = complex(foot[2].x, foot[2].y)
        radii = LEG_RADII if chain.kind == "leg" else ARM_RADII
        discs = tuple(_disc(p, r) for p, r in zip(joints, radii, strict=True))
        for disc in (*discs[1:], *foot):
            self._touch(key, disc)
        return Limb(chain.kind, discs, foot, is_far=side == "far")

    def _turn(self, chain: _Chain, key: str, given: Any) -> tuple[float, ...]:
        """Return the directions of both bones, of foot or hand, and of the toes."""
        read = self._read
        most = 4 if chain.kind == "leg" else 3
        is_list = isinstance(given, list) and 2 <= len(given) <= most
        if not is_list or not all(_is_number(angle) for angle in given):
            read.fault(
                key,
                f'"{key}" must be 2 to {most} angles or a table with "to"',
                f"such as {key} = [-90, -90] or {key} = {{ to = [0, 4.2] }}",
            )
            return (-90, -90, 0, 0)
        upper, lower = given[:2]
        bend = (lower - upper + 180) % 360 - 180
        if chain.bend * bend > STIFF:
            degrees = f"{abs(bend):.0f} degrees"
            read.fault(key, f"the {chain.joint} bends the wrong way by {degrees}")
        natural = lower + 90 if chain.kind == "leg" else lower
        tip = given[2] if len(given) > 2 else natural
        return (upper, lower, tip, given[3] if len(given) > 3 else tip)

    def _reach(self, chain: _Chain, read: _Reader, root: complex) -> tuple[float, ...]:
        """Return the directions that bring wrist or ankle to its target."""
        way = read.point("to") - root
        bend = chain.bend
        if chain.kind == "arm" and read.has("bend"):
            bend = read.number("bend")
            if abs(bend) != 1:
                read.fault("bend", '"bend" must be 1 or -1')
                bend = chain.bend
        length = _checked_length(read, chain, abs(way))
        angle = _corner(chain.upper, length, chain.lower)
        ahead = math.atan2(way.imag, way.real)
        upper = math.degrees(ahead + bend * angle)
        rest = length * complex(math.cos(ahead), math.sin(ahead))
        rest -= chain.upper * direction(upper)
        lower = math.degrees(math.atan2(rest.imag, rest.real))
        # A foot that is sent somewhere stands there; a hand follows its forearm.
        tip = read.number(chain.tip, 0 if chain.kind == "leg" else lower)
        toes = read.number("toes", tip) if chain.kind == "leg" else tip
        read.finish()
        return (upper, lower, tip, toes)


def _disc(point: complex, radius: float) -> Disc:
    return Disc(round(point.real, 2), round(point.imag, 2), radius)


def _foot(ankle: complex, foot: float, toes: float) -> tuple[Disc, ...]:
    along = direction(foot)
    at = [ankle + complex(x, y) * along for x, y, _ in FOOT]
    ball, toe = FOOT[2], FOOT[3]
    at[3] = at[2] + complex(toe[0] - ball[0], toe[1] - ball[1]) * direction(toes)
    return tuple(_disc(p, r) for p, (_, _, r) in zip(at, FOOT, strict=True))


def _checked_length(read: _Reader, chain: _Chain, length: float) -> float:
    """Return a length that the two bones can span; a finding when it was another."""
    longest = chain.upper + chain.lower
    shortest = abs(chain.upper - chain.lower) + 1
    if length > longest + REACH_TOLERANCE:
        missing = f"{length - longest:.1f} units"
        read.fault("to", f"cannot reach by {missing}", "move the target or the body")
    if length < shortest:
        read.fault("to", f"the target is too near by {shortest - length:.1f} units")
    return min(max(length, shortest), longest - 0.001)


def _corner(a: float, b: float, opposite: float) -> float:
    """Return the angle between two sides of a triangle, in radians."""
    cosine = (a * a + b * b - opposite * opposite) / (2 * a * b)
    return math.acos(max(-1.0, min(1.0, cosine)))


# --- from the front and from above ------------------------------------------------


def _plus(a: Vector, b: Vector, scale: float = 1) -> Vector:
    return (a[0] + scale * b[0], a[1] + scale * b[1], a[2] + scale * b[2])


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _unit(a: Vector) -> Vector:
    size = math.sqrt(_dot(a, a)) or 1.0
    return (a[0] / size, a[1] / size, a[2] / size)


class _FrontRig(_Rig):
    """A body whose chest looks at the reader, standing or lying.

    x runs to the right, y up the picture and z towards the reader. The floor is the
    plane y = 0 in a front view and the plane z = 0 in a view from above.
    """

    def __init__(self, read: _Reader, view: str) -> None:
        """Take the panel to solve and where the reader stands."""
        super().__init__(read)
        self.view = view
        tilt = math.radians(read.number("tilt", TILT[view]))
        self._cos, self._sin = math.cos(tilt), math.sin(tilt)

    def seen(self, at: Vector) -> complex:
        """Return where a point in space appears in the picture."""
        x, y, z = at
        if self.view == "front":
            return complex(x, y * self._cos - z * self._sin)
        return complex(x, y * self._sin + z * self._cos)

    def _depth(self, at: Vector) -> float:
        """Return how near to the reader a point is."""
        _, y, z = at
        if self.view == "front":
            return z * self._cos + y * self._sin
        return z * self._sin - y * self._cos

    def solve(self) -> None:
        """Find every joint."""
        read = self._read
        trunk, head = self._trunk_and_head()
        along = direction(trunk)
        up: Vector = (along.real, along.imag, 0)
        across: Vector = (along.imag, -along.real, 0)
        hip = read.vector("hip")
        chest = _plus(hip, up, FRONT_TRUNK)
        turn = math.radians(read.number("pelvis_turn", 0))
        flat, ahead = math.cos(turn), math.sin(turn)
        across_hips = (across[0] * flat, across[1] * flat, ahead)
        sides = (("near", 1), ("far", -1))
        shoulders = {s: _plus(chest, across, n * HALF_SHOULDERS) for s, n in sides}
        hips = {s: _plus(hip, across_hips, n * HALF_HIPS) for s, n in sides}
        lean = direction(head)
        skull = _plus(chest, (lean.real, lean.imag, 0), NECK + 2)
        self._touch("head", skull, HEAD_RADIUS)
        discs = []
        for name, at, radius in (
            ("shoulder", shoulders["near"], FRONT_TRUNK_RADII[0]),
            ("shoulder", shoulders["far"], FRONT_TRUNK_RADII[0]),
            ("hip", hips["far"], FRONT_TRUNK_RADII[1]),
            ("hip", hips["near"], FRONT_TRUNK_RADII[1]),
        ):
            discs.append(_disc(self.seen(at), radius))
            self._touch(name, at, radius)
        at_head = self.seen(skull)
        self.points = {"hip": self.seen(hip), "shoulder": self.seen(chest)}
        self.points["head"] = at_head
        arms = [self._limb(_ARM, side, shoulders[side]) for side in SIDES]
        legs = [self._limb(_LEG, side, hips[side]) for side in SIDES]
        legs.sort(key=lambda item: item[0])
        neck = _disc(self.seen(chest), NECK_RADIUS)
        middle = self._depth(_plus(hip, up, TRUNK / 2)) + AHEAD
        self.body = (
            *(arm for depth, arm in arms if depth < middle),
            *(leg for _, leg in legs if not leg.points_at_reader),
            Trunk(tuple(discs), is_from_front=True),
            *(leg for _, leg in legs if leg.points_at_reader),
            Head(at_head.real, at_head.imag, neck, head, is_from_front=True),
            *(arm for depth, arm in arms if depth >= middle),
        )

    def _touch(self, name: str, at: Vector, radius: float) -> None:
        height = at[1] if self.view == "front" else at[2]
        self.touches.append(_Touch(name, at[0], height, radius))

    def _limb(self, chain: _Chain, side: str, root: Vector) -> tuple[float, Limb]:
        """Return how near to the reader a limb is, and the limb."""
        key = f"{chain.kind}_{side}"
        read = self._read.entry(key, self._read.value(key))
        middle, end = self._joints(chain, read, root)
        lower = _unit(_plus(end, middle, -1))
        joints = [root, middle, end]
        foot: tuple[Disc, ...] = ()
        if chain.kind == "arm":
            hand = _unit(read.vector("hand", list(lower)))
            joints.append(_plus(end, hand, HAND))
            self.points[f"hand_{side}"] = self.seen(joints[-1])
        else:
            foot = self._sole(key, end, _unit(read.vector("foot", [0, 0, 1])), lower)
            self.points[f"ankle_{side}"] = self.seen(end)
        read.finish()
        self.points[f"{chain.joint}_{side}"] = self.seen(middle)
        radii = FRONT_LEG_RADII if chain.kind == "leg" else ARM_RADII
        discs = [_disc(self.seen(p), r) for p, r in zip(joints, radii, strict=True)]
        for at, radius in zip(joints[1:], radii[1:], strict=True):
            self._touch(key, at, radius)
        seen_length = abs(self.seen(middle) - self.seen(root))
        comes_nearer = self._depth(middle) > self._depth(root)
        limb = Limb(
            chain.kind,
            tuple(discs),
            foot,
            is_far=False,
            points_at_reader=comes_nearer and seen_length < FORESHORTENED * chain.upper,
        )
        return max(self._depth(middle), self._depth(end)), limb

    def _joints(
        self, chain: _Chain, read: _Reader, root: Vector
    ) -> tuple[Vector, Vector]:
        """Return knee and ankle, or elbow and wrist."""
        way = _plus(read.vector("to"), root, -1)
        pole = read.vector("bend", [0, 0, chain.bend])
        ahead = _unit(way)
        length = _checked_length(read, chain, math.sqrt(_dot(way, way)))
        angle = _corner(chain.upper, length, chain.lower)
        aside = _unit(_plus(pole, ahead, -_dot(pole, ahead)))
        middle = _plus(root, ahead, chain.upper * math.cos(angle))
        middle = _plus(middle, aside, chain.upper * math.sin(angle))
        return middle, _plus(root, ahead, length)

    def _sole(
        self, key: str, ankle: Vector, ahead: Vector, shin: Vector
    ) -> tuple[Disc, ...]:
        down = _unit(_plus(shin, ahead, -_dot(shin, ahead)))
        discs = []
        for along, above, radius in FOOT:
            at = _plus(_plus(ankle, ahead, along), down, -above)
            discs.append(_disc(self.seen(at), radius))
            self._touch(key, at, radius)
        return tuple(discs)


# --- things, arrows, cues ---------------------------------------------------------


def _thing(read: _Reader, rig: _Rig) -> Prop | None:
    """Return a thing; what its points mean is said beside each case."""
    kind = read.text("kind")
    points: list[complex]
    match kind:
        case "bag":
            # The hand that holds it.
            points = [rig.points.get(_held(read, "hand"), 0j)]
        case "towel":
            # The hand, the ball of the foot that it goes round.
            keys = (_held(read, "hand"), _held(read, "foot", "ball"))
            points = [rig.points.get(key, 0j) for key in keys]
        case "belt":
            # Waist, hip.
            points = [rig.points.get(key, 0j) for key in ("waist", "hip")]
        case "mat":
            # Its corners.
            points = _on_floor(read, rig, read.number("y"))
        case "shadow":
            # Its middle; then half its width and height.
            corner, _, opposite, _ = _on_floor(read, rig, 0)
            points = [(corner + opposite) / 2, (opposite - corner) / 2]
        case "cushion" | "step" | "rail":
            # Middle of the bottom; then half its width and its height.
            size = complex(read.number("width") / 2, read.number("height"))
            points = [complex(read.number("x"), 0), size]
        case "water":
            # The surface.
            points = [complex(0, read.number("surface"))]
        case "chair" | "wall":
            # Middle of the seat; or top of the wall.
            points = [complex(read.number("x"), read.number("height"))]
        case _:
            words = ", ".join(get_args(PropKind))
            read.fault("kind", f'"{kind}" is not a thing; choose one of {words}')
            return None
    is_turned = kind in ("chair", "wall") and read.flag("turned", False)
    read.finish()
    pairs = tuple((round(p.real, 2), round(p.imag, 2)) for p in points)
    return Prop(kind, pairs, is_turned)


def _held(read: _Reader, key: str, joint: str = "") -> str:
    """Return the name of the joint that "near" or "far" means."""
    return f"{joint or key}_{read.choice(key, SIDES)}"


def _on_floor(read: _Reader, rig: _Rig, middle: float) -> list[complex]:
    """Return the corners of something flat that lies on the floor."""
    x, width, depth = (read.number(key) for key in ("x", "width", "depth"))
    corners = []
    for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        across, away = x + dx * width / 2, middle + dy * depth / 2
        is_from_above = isinstance(rig, _FrontRig) and rig.view == "top"
        at = (across, away, 0.0) if is_from_above else (across, 0.0, -away)
        corners.append(rig.seen(at))
    return corners


def _arrow(read: _Reader) -> Arrow:
    start, end = read.point("from"), read.point("to")
    arrow = Arrow(
        (start.real, start.imag),
        (end.real, end.imag),
        read.number("bulge", 0),
        read.flag("both_ways", False),
    )
    read.finish()
    if abs(end - start) < SHORTEST_ARROW:
        read.fault("to", f"an arrow is at least {SHORTEST_ARROW:.0f} units long")
    return arrow


def _cue(read: _Reader, rig: _Rig) -> tuple[tuple[float, float], ...]:
    points = []
    for item in read.entries("cue"):
        if isinstance(item, str) and item in rig.points:
            point = rig.points[item]
            points.append((round(point.real, 2), round(point.imag, 2)))
        elif isinstance(item, list) and len(item) == 2 and all(map(_is_number, item)):
            points.append((float(item[0]), float(item[1])))
        else:
            close = get_close_matches(str(item), sorted(rig.points), n=1)
            hint = f'did you mean "{close[0]}"?' if close else ""
            read.fault("cue", f'"{item}" is no joint', hint)
    if len(points) < 2:
        read.fault("cue", "a cue goes through two points or more")
        return ((0.0, 0.0), (0.0, 1.0))
    return tuple(points)


# --- what a body cannot do --------------------------------------------------------


def _check_floor(read: _Reader, rig: _Rig, things: tuple[Prop, ...]) -> None:
    """Record what is under the floor, or a body that hangs in the air."""
    lowest: dict[str, float] = {}
    for touch in rig.touches:
        height = touch.height - touch.radius
        lowest[touch.name] = min(height, lowest.get(touch.name, height))
    for name, height in lowest.items():
        if height < -FLOOR_TOLERANCE:
            key = name if read.has(name) else "hip"
            read.fault(key, f'"{name}" is {-height:.1f} units below the floor')
    steps = [thing.points[1][1] for thing in things if thing.kind == "step"]
    height = min(lowest.values())
    if height > FLOATING + max(steps, default=0):
        read.fault("hip", f"the body hangs {height:.1f} units above the floor")


def _check_wall(read: _Reader, rig: _Rig, things: tuple[Prop, ...]) -> None:
    """Record what goes through a wall."""
    for wall in things:
        if wall.kind != "wall":
            continue
        way = -1 if wall.is_mirrored else 1
        units, name = max(
            (way * (touch.x - wall.points[0][0]) + touch.radius, touch.name)
            for touch in rig.touches
        )
        if units > WALL_TOLERANCE:
            key = name if read.has(name) else "hip"
            read.fault(key, f'"{name}" is {units:.1f} units inside the wall')

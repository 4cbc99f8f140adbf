"""The poses: the built-in ones are sound; a slip is told with its line."""

import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from backguide.document import Disc, Figure, Limb
from backguide.guidance.content_file import ContentFile
from backguide.guidance.library import Library
from backguide.guidance.poses import (
    CAPTIONS,
    FOREARM,
    SHIN,
    THIGH,
    UPPER_ARM,
    check_names,
    parse_figures,
    side_word,
)
from backguide.resources import templates_root

GOOD = """\
[bend]
props = [{ kind = "wall", x = 40, height = 90 }]
[[bend.panels]]
caption = "start"
hip = [0, 51]
trunk = 90
arm_near = [-94, -84]
leg_near = { to = [0, 4.2] }
[[bend.panels]]
caption = "move"
hip = [0, 45]
trunk = 60
arm_near = [-94, -84]
leg_near = { to = [0, 4.2] }
leg_far = { to = [6, 4.2] }
cue = ["hip", "head"]
arrows = [{ from = [20, 20], to = [20, 30] }]
"""

LYING = """\
[roll]
view = "top"
[[roll.panels]]
caption = "start"
hip = [0, 0, 7]
trunk = 90
arm_near = { to = [38.5, 28, 6] }
arm_far = { to = [-38.5, 28, 6] }
leg_near = { to = [4.5, -21, 4.2], foot = [0, -1, 0] }
leg_far = { to = [-4.5, -21, 4.2], foot = [0, -1, 0] }
[[roll.panels]]
caption = "move"
hip = [0, 0, 7]
trunk = 90
arm_near = { to = [38.5, 28, 6] }
arm_far = { to = [-38.5, 28, 6] }
leg_near = { to = [4.5, -21, 4.2], bend = [1, 0, 0.1], foot = [0, -1, 0] }
leg_far = { to = [-4.5, -21, 4.2], bend = [1, 0, 0.1], foot = [0, -1, 0] }
"""


def read(text: str) -> tuple[Mapping[str, Figure], ContentFile]:
    file = ContentFile(Path(), "poses.toml", text)
    return parse_figures(file), file


def findings(text: str) -> list[str]:
    _, file = read(text)
    return [str(problem) for problem in file.problems]


@pytest.fixture(scope="module")
def built_in() -> tuple[Mapping[str, Figure], ContentFile]:
    file = ContentFile(templates_root(), "poses.toml")
    return parse_figures(file), file


# --- the built-in figures -------------------------------------------------------------


def test_the_built_in_figures_are_sound(
    built_in: tuple[Mapping[str, Figure], ContentFile], library: Library
) -> None:
    figures, file = built_in
    slugs = [f.figure for e in library.exercises.values() for f in e.forms]
    check_names(file, figures, slugs, library.sections)
    assert not file.problems
    assert set(slugs) <= set(figures)


def test_each_has_two_or_three_panels_with_known_captions(
    built_in: tuple[Mapping[str, Figure], ContentFile],
) -> None:
    figures, _ = built_in
    for figure in figures.values():
        assert len(figure.panels) in (2, 3)
        for panel in figure.panels:
            near = panel.caption.replace("_right", "_near").replace("_left", "_near")
            assert near in CAPTIONS


def test_only_the_moving_pictures_have_arrows(
    built_in: tuple[Mapping[str, Figure], ContentFile],
) -> None:
    figures, _ = built_in
    moves = {n: f for n, f in figures.items() if f.panels[0].caption == "start"}
    assert len(moves) >= 21
    for name, figure in moves.items():
        assert not figure.panels[0].arrows, name
        assert all(panel.arrows for panel in figure.panels[1:]), name


def test_reading_twice_gives_the_same(
    built_in: tuple[Mapping[str, Figure], ContentFile],
) -> None:
    figures, file = built_in
    again, _ = read(file.text)
    assert dict(figures) == dict(again)


def between(a: Disc, b: Disc) -> float:
    return math.hypot(a.x - b.x, a.y - b.y)


def test_bones_keep_their_length(
    built_in: tuple[Mapping[str, Figure], ContentFile],
) -> None:
    figures, _ = built_in
    for figure in figures.values():
        for panel in figure.panels:
            for limb in panel.body:
                if not isinstance(limb, Limb):
                    continue
                upper, lower = (
                    (THIGH, SHIN) if limb.kind == "leg" else (UPPER_ARM, FOREARM)
                )
                first = between(limb.joints[0], limb.joints[1])
                second = between(limb.joints[1], limb.joints[2])
                # Seen from the front a bone may be foreshortened, but never grows.
                assert first <= upper + 0.05
                assert second <= lower + 0.05
                if len(panel.body) and limb.is_far:
                    assert first == pytest.approx(upper, abs=0.05)
                    assert second == pytest.approx(lower, abs=0.05)


# --- a pose that is sound -------------------------------------------------------------


def test_a_sound_pose_has_no_findings() -> None:
    assert findings(GOOD) == []
    assert findings(LYING) == []


def test_a_foot_that_is_sent_somewhere_stands_flat() -> None:
    figures, _ = read(GOOD)
    leg = next(
        part
        for part in figures["bend"].panels[0].body
        if isinstance(part, Limb) and part.kind == "leg"
    )
    ankle, heel, ball, _ = leg.foot
    assert (ankle.x, ankle.y) == (0, 4.2)
    assert heel.y - heel.radius == pytest.approx(0, abs=0.1)
    assert ball.y - ball.radius == pytest.approx(0, abs=0.1)


def test_a_far_limb_that_is_left_out_is_hidden() -> None:
    figures, _ = read(GOOD)
    start, move = figures["bend"].panels
    assert [p.is_far for p in start.body if isinstance(p, Limb)] == [False, False]
    assert [p.is_far for p in move.body if isinstance(p, Limb)] == [True, False, False]


@pytest.mark.parametrize(
    ("facing", "view", "side", "expected"),
    [
        ("right", "side", "near", "right"),
        ("right", "side", "far", "left"),
        ("left", "side", "near", "left"),
        ("right", "front", "near", "left"),
        ("right", "top", "far", "right"),
    ],
)
def test_sides_follow_from_where_the_person_looks(
    facing: str, view: str, side: str, expected: str
) -> None:
    assert side_word(facing, view, side) == expected


def test_the_caption_of_a_side_is_worked_out() -> None:
    text = GOOD.replace('"start"', '"knee_near"').replace('"move"', '"knee_far"')
    figures, _ = read(text)
    assert [p.caption for p in figures["bend"].panels] == ["knee_right", "knee_left"]
    figures, _ = read(text.replace("[bend]", '[bend]\nfacing = "left"'))
    assert [p.caption for p in figures["bend"].panels] == ["knee_left", "knee_right"]
    assert all(panel.is_mirrored for panel in figures["bend"].panels)


# --- planted slips --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("hip = [0, 45]", "hip = [0, 60]", 14, "cannot reach by 8.8 units"),
        ("hip = [0, 45]", "hip = [0, 6]", 14, "too near"),
        (
            "leg_far = { to = [6, 4.2] }",
            "leg_far = { to = [6, 0] }",
            15,
            '"leg_far" is 4.2 units below the floor',
        ),
        ("leg_far = { to", "leg_fra = { to", 15, 'unknown entry "leg_fra"'),
        ("{ to = [6, 4.2] }", "{ tu = [6, 4.2] }", 15, 'unknown entry "tu"'),
        ("{ to = [6, 4.2] }", "{ to = [6] }", 15, "a list of 2 numbers"),
        ("{ to = [6, 4.2] }", "{ to = [nan, 4.2] }", 15, "too large, or none"),
        ("{ to = [6, 4.2] }", '{ to = [6, 4.2], foot = "up" }', 15, "a number"),
        ("{ to = [6, 4.2] }", "[-90]", 15, "2 to 4 angles"),
        ("{ to = [6, 4.2] }", "[-90, -40]", 15, "the knee bends the wrong way by 50"),
        ("trunk = 60", "trunk = inf", 12, "too large, or none"),
        ("trunk = 60", 'trunk = "up"', 12, '"trunk" must be a number'),
        ("trunk = 60\n", "", 9, '"trunk" is missing'),
        ('cue = ["hip", "head"]', 'cue = ["hip", "hed"]', 16, '"hed" is no joint'),
        ('cue = ["hip", "head"]', 'cue = ["hip"]', 16, "two points or more"),
        ("to = [20, 30] }", "to = [20, 21] }", 17, "at least 4 units long"),
        ("to = [20, 30] }", "to = [20, 30], tip = 1 }", 17, 'unknown entry "tip"'),
        ("arrows = [{", "arrows = [3, {", 17, "must hold tables"),
        ("arrows = [{", "arrows = { a = 1 } #", 17, "must be a list"),
        ('caption = "move"', 'caption = "go"', 10, '"go" is not a caption'),
        ('caption = "move"', 'caption = "left knee"', 10, "never typed"),
        ('kind = "wall"', 'kind = "wal"', 2, '"wal" is not a thing'),
        ("x = 40, height", "x = 4, height", 8, "inside the wall"),
        ("[bend]", '[bend]\nview = "sid"', 2, '"sid" is not a view'),
    ],
)
def test_a_slip_is_told_with_its_line(
    old: str, new: str, line: int, expected: str
) -> None:
    assert old in GOOD
    found = findings(GOOD.replace(old, new, 1))
    assert any(
        text.startswith(f"templates/poses.toml:{line}:") and expected in text
        for text in found
    ), "\n".join(found)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("to = [38.5, 28, 6]", "to = [50, 28, 6]", "cannot reach by"),
        ("to = [38.5, 28, 6]", "to = [38.5, 28]", "a list of 3 numbers"),
        ("to = [38.5, 28, 6]", "to = [37, 28, -6]", "below the floor"),
        ("leg_near = { to = [4.5, -21, 4.2]", "leg_near = { too = [4]", "unknown"),
        ("leg_far = { to = [-4.5, -21, 4.2], foot = [0, -1, 0] }\n", "", "tables"),
        ("hip = [0, 0, 7]", "hip = [0, 0, 30]", "above the floor"),
    ],
)
def test_a_slip_in_space_is_told(old: str, new: str, expected: str) -> None:
    assert old in LYING
    text = LYING.replace(old, new) if "30]" in new else LYING.replace(old, new, 1)
    if "30]" in new:
        text = text.replace(", 4.2]", ", 20]").replace("28, 6]", "28, 30]")
    assert any(expected in found for found in findings(text)), findings(text)


def test_a_body_does_not_hang_in_the_air() -> None:
    text = GOOD.replace("hip = [0, 51]", "hip = [0, 61]").replace("[0, 4.2]", "[0, 14]")
    assert any("hangs" in text for text in findings(text))


def test_a_figure_has_two_or_three_panels() -> None:
    one = GOOD[: GOOD.rindex("[[bend.panels]]")]
    assert "a figure has 2 or 3 panels, not 1" in findings(one)[0]


def test_at_most_two_arrows() -> None:
    arrow = "{ from = [20, 20], to = [20, 30] }"
    text = GOOD.replace(f"[{arrow}]", f"[{arrow}, {arrow}, {arrow}]")
    assert "at most 2 arrows, not 3" in findings(text)[0]


def test_every_exercise_has_a_figure_and_every_figure_a_use() -> None:
    figures, file = read(GOOD)
    check_names(file, figures, ["bend", "squat"], ["walking"])
    assert [p.message for p in file.problems] == ['the exercise "squat" has no figure']
    figures, file = read(GOOD)
    check_names(file, figures, ["bent"])
    assert file.problems[-1].where == "templates/poses.toml:1"
    assert file.problems[-1].hint == 'did you mean "bent"?'


def test_nonsense_is_a_finding_and_no_crash() -> None:
    for text in ("a = 1", "[a]", "[[a.panels]]\n[[a.panels]]", "[a]\npanels = 3"):
        assert findings(text)
    for old in GOOD.splitlines():
        key, _, value = old.partition(" = ")
        if value:
            for new in ("3", '"x"', "[]", "{}", "true", "[[1, 2]]", "[{}]", "-500"):
                findings(GOOD.replace(old, f"{key} = {new}", 1))
    for old in LYING.splitlines():
        key, _, value = old.partition(" = ")
        if value:
            for new in ("3", '"x"', "[]", "{}", "true", "[[1, 2]]", "[{}]", "-500"):
                findings(LYING.replace(old, f"{key} = {new}", 1))

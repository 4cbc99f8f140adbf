"""The picture of the weeks to come: all numbers told, legible in any ink and size."""

import re
from itertools import pairwise

import pytest

from backguide.document import Handout, TimeBar, TimeBars, without_pictures
from backguide.guidance.library import Library
from backguide.guidance.select import select
from backguide.handout.compose import Issue, compose
from backguide.layout.bars import bars_slab
from backguide.layout.flowables import BoxMark, PictureMark, TextMark
from backguide.layout.pdf import lay_out
from backguide.layout.structure import Element
from backguide.layout.theme import BODY_SIZES_PT, PALETTES, make_theme
from backguide.making import Made, Options, make_handout
from backguide.profile.load import profile_from_bytes
from strategies import FIXED_DAY, as_bytes, minimal_profile

BARS = TimeBars(
    tuple(TimeBar(str(n), 2.5 * n, 30 - 2.5 * n, f"{2.5 * n:g}") for n in range(12)),
    title="Minutes at each stage:",
    jog_word="jog (the number)",
    walk_word="walk",
    alt="all of it",
)


PROFILE = profile_from_bytes(
    as_bytes(
        minimal_profile(
            **{
                "running.runner_status": "returning",
                "running.weeks_since_last_run": 10,
                "symptoms.radiation": "none",
            }
        )
    ),
    "profile",
)


def composed(library: Library, length: str) -> Handout:
    selection = select(PROFILE.facts, library, length=length)
    return compose(PROFILE, selection, library, Issue(FIXED_DAY, "1.2.3"))


def made(library: Library, length: str) -> Made:
    options = Options(FIXED_DAY, "1.2.3", length=length)
    return make_handout(PROFILE, library, options, is_drawn=False)


def pictures(handout: Handout) -> list[TimeBars]:
    blocks = [block for section in handout.sections for block in section.blocks]
    return [block for block in blocks if isinstance(block, TimeBars)]


def test_the_alternative_text_holds_every_number(library: Library) -> None:
    [picture] = pictures(composed(library, "full"))
    told = re.findall(r"Stage (\d+): jog ([\d.]+), walk ([\d.]+)\.", picture.alt)
    stages = {str(stage.number): stage for stage in library.plan.stages}
    assert [number for number, _, _ in told] == [bar.label for bar in picture.bars]
    assert len(told) > 3
    for number, jog, walk in told:
        stage = stages[number]
        assert float(jog) * 60 == pytest.approx(stage.jog_s * stage.repeats, abs=3)
        assert float(walk) * 60 == pytest.approx(stage.walk_s * stage.repeats, abs=3)


def test_a_short_handout_has_none(library: Library) -> None:
    assert pictures(made(library, "short").handout) == []


def test_it_never_costs_a_page(library: Library) -> None:
    for length in ("standard", "full"):
        handout = made(library, length)
        bare = lay_out(without_pictures(handout.handout), handout.laid.theme)
        assert len(bare.pages) == handout.pages


@pytest.mark.parametrize("large_print", BODY_SIZES_PT)
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_its_words_are_large_enough_and_keep_apart(
    large_print: str, paper: str
) -> None:
    theme = make_theme(paper=paper, large_print=large_print)
    slab = bars_slab(BARS, Element("Sect"), theme, theme.column_width)
    [picture] = slab.marks
    assert isinstance(picture, PictureMark)
    texts = [mark for mark in picture.marks if isinstance(mark, TextMark)]
    for mark in texts:
        assert mark.size >= theme.body_size
        assert -mark.line.width / 2 <= mark.x
        assert mark.x + mark.line.width <= theme.column_width + 0.01
    lines = {mark.baseline for mark in texts}
    for baseline in lines:
        row = sorted((m for m in texts if m.baseline == baseline), key=lambda m: m.x)
        assert all(a.x + a.line.width <= b.x for a, b in pairwise(row))


def test_jogging_is_solid_and_walking_empty_in_every_ink() -> None:
    theme = make_theme()
    [picture] = bars_slab(BARS, Element("Sect"), theme, theme.column_width).marks
    boxes = [mark for mark in picture.marks if isinstance(mark, BoxMark)]
    # The legend, and the bars that have both; the first has walking alone.
    assert sorted({box.fill for box in boxes}) == ["", "accent"]
    assert len(boxes) == 2 + 11 + 12
    for palette in PALETTES.values():
        assert max(palette.accent) < 0.5

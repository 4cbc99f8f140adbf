"""What is read on a grey printer, and on a copier that knows black and white only."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from backguide.document import Verdict
from backguide.layout.flowables import BoxMark, LampMark, Mark, PictureMark, TextMark
from backguide.layout.paginate import Placed
from backguide.layout.theme import PALETTES
from layout.test_theme import WHITE, contrast, grey
from pdf.cases import CASES, Case, library, made

EVERY = [case for case in CASES if case.name.endswith(("-a4", "-letter"))]
SOME = ("desk-worker-a4", "foot-drop-letter", "half-marathon-runner-a4",
        "missed-periods-letter", "unanswered-question-a4", "saddle-numbness-letter",
        "clinic-draft")  # fmt: skip
DPI = 120


def flat(marks: tuple[Mark, ...]) -> Iterator[Mark]:
    for mark in marks:
        yield mark
        if isinstance(mark, PictureMark):
            yield from flat(mark.marks)


def ground(text: TextMark, marks: tuple[Mark, ...]) -> str:
    """Return the colour behind a text: that of the last box drawn under it."""
    found = ""
    for mark in marks:
        if isinstance(mark, BoxMark) and mark.fill:
            inside_x = mark.x <= text.x + text.line.width / 2 <= mark.x + mark.width
            inside_y = mark.top <= text.baseline - text.size * 0.3
            if inside_x and inside_y and text.baseline <= mark.top + mark.height:
                found = mark.fill
    return found


@cache
def pairs() -> frozenset[tuple[str, str]]:
    """Return every colour of text with every ground that any handout sets it on."""
    found = set()
    for case in CASES:
        for placed in placements(case):
            for mark in flat(placed.slab.marks):
                if isinstance(mark, TextMark) and mark.line.text.strip():
                    found.add((mark.colour, ground(mark, placed.slab.marks)))
    return frozenset(found)


def placements(case: Case) -> Iterator[Placed]:
    for page in made(case).laid.pages:
        yield from page


def test_the_walk_finds_texts_on_tints() -> None:
    assert {("text", ""), ("text", "tint"), ("quiet", ""), ("accent", "")} <= pairs()
    assert any(ground == "warning_tint" for _, ground in pairs())


@pytest.mark.parametrize("ink", PALETTES)
@pytest.mark.parametrize("as_seen", [lambda c: c, grey], ids=["ink", "grey"])
def test_every_pair_that_is_used_has_a_contrast_of_7_to_1(ink: str, as_seen) -> None:
    palette = PALETTES[ink]
    for text, behind in pairs():
        paper = getattr(palette, behind) if behind else WHITE
        ratio = contrast(as_seen(getattr(palette, text)), as_seen(paper))
        assert ratio >= 7, (text, behind, ratio)


@pytest.mark.parametrize("ink", PALETTES)
@pytest.mark.parametrize("as_seen", [lambda c: c, grey], ids=["ink", "grey"])
def test_shapes_that_mean_something_stand_out(ink: str, as_seen) -> None:
    """Lamps, boxes to tick, bars and the frames of warnings; on white and on tints."""
    palette = PALETTES[ink]
    for shape in ("green", "amber", "red", "text", "accent", "warning"):
        for paper in (WHITE, palette.tint, palette.warning_tint):
            ratio = contrast(as_seen(getattr(palette, shape)), as_seen(paper))
            assert ratio >= 4.5, (shape, ratio)
    assert contrast(as_seen(palette.rule), WHITE) >= 3


# --- one bit ------------------------------------------------------------------------


def one_bit(case: Case) -> list[Any]:
    """Return the pages as a copier leaves them: black or white, cut at the middle."""
    pages = []
    for page in pypdfium2.PdfDocument(made(case).pdf):
        picture = page.render(scale=DPI / 72, grayscale=True).to_pil()
        pages.append(picture.point(lambda value: 255 if value >= 128 else 0))
    return pages


@pytest.mark.parametrize("name", SOME)
def test_every_line_is_there_in_one_bit(name: str) -> None:
    case = next(case for case in CASES if case.name == name)
    theme, scale = made(case).laid.theme, DPI / 72
    lines = 0
    for picture, page in zip(one_bit(case), made(case).laid.pages, strict=True):
        for placed in page:
            for mark in placed.slab.marks:
                if not isinstance(mark, TextMark) or not mark.line.text.strip():
                    continue
                left = theme.margin_left + placed.left + mark.x
                foot = theme.margin_top + placed.top + mark.baseline
                box = (left, foot - mark.size * 0.7, left + mark.line.width, foot)
                shown = picture.crop(tuple(round(v * scale) for v in box)).tobytes()
                dark = shown.count(0) / len(shown)
                assert 0.03 < dark < 0.6, (mark.line.text, dark)
                lines += 1
    assert lines > 5


def test_the_lamps_differ_in_shape_alone() -> None:
    lamps: dict[str, Any] = {}
    for case in EVERY:
        theme, scale = made(case).laid.theme, DPI / 72
        for placed in made(case).laid.pages[0]:
            for mark in placed.slab.marks:
                if isinstance(mark, LampMark) and mark.light not in lamps:
                    left = (theme.margin_left + mark.x) * scale
                    top = (theme.margin_top + placed.top + mark.top) * scale
                    side = mark.size * scale
                    box = tuple(map(round, (left, top, left + side, top + side)))
                    lamp = one_bit(case)[0].crop(box).resize((40, 40))
                    lamps[mark.light] = lamp
    assert set(lamps) == {"green", "amber", "red"}
    for one in lamps:
        for other in lamps:
            if one < other:
                assert difference(lamps[one], lamps[other]) > 0.1


def difference(one: Image.Image, other: Image.Image) -> float:
    unlike = sum(a != b for a, b in zip(one.tobytes(), other.tobytes(), strict=True))
    return unlike / (40 * 40)


def test_every_light_is_told_in_a_word() -> None:
    words = library().words
    for light in ("green", "amber", "red"):
        assert words[f"lights.{light}"].lower().startswith(light)
    for line in library().message.verdicts:
        assert line.headline.lower().startswith(line.light), line.id
    shown = {
        block.headline.lower().split(":")[0]
        for case in CASES
        for section in made(case).handout.sections
        for block in section.blocks
        if isinstance(block, Verdict)
    }
    assert shown == {"green", "amber", "red"}

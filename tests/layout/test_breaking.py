"""Lines: nothing wider than it may be, nothing lost, no other order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backguide.document import Span, plain
from backguide.errors import LayoutError
from backguide.layout.breaking import break_lines
from backguide.layout.fonts import text_width
from backguide.layout.theme import make_theme

STYLE = make_theme().style("body")
LETTERS = st.text(alphabet="abcdefgij klmWW.,éß ", max_size=200)
EMPHASIS = st.sampled_from(["plain", "strong", "em"])
SPANS = st.lists(st.builds(Span, LETTERS, EMPHASIS), max_size=5).map(tuple)


@given(spans=SPANS, width=st.floats(20, 500))
def test_no_line_is_wider_than_the_measure(spans, width) -> None:
    for line in break_lines(spans, STYLE, width):
        assert line.width <= width + 0.01
        drawn = sum(text_width(run.text, run.face, STYLE.fontSize) for run in line.runs)
        assert drawn == pytest.approx(line.width, abs=0.01)


@given(spans=SPANS, width=st.floats(20, 500))
def test_no_letter_is_lost(spans, width) -> None:
    lines = break_lines(spans, STYLE, width)
    drawn = "".join(line.text for line in lines).replace(" ", "")
    assert drawn == "".join(span.text for span in spans).replace(" ", "")


def test_emphasis_stays_with_its_words() -> None:
    spans = (Span("Keep "), Span("13.2 km", "strong"), Span(" or less."))
    (line,) = break_lines(spans, STYLE, 500)
    assert [(run.text, run.face) for run in line.runs] == [
        ("Keep ", "regular"),
        ("13.2 km", "bold"),
        (" or less.", "regular"),
    ]


def test_a_word_wider_than_the_line_is_cut_and_kept_whole() -> None:
    lines = break_lines(plain("W" * 80), STYLE, 100)
    assert "".join(line.text for line in lines) == "W" * 80
    assert len(lines) > 5


def test_a_very_long_word_is_cut_in_time() -> None:
    lines = break_lines(plain("x" * 5000), STYLE, 240)
    assert sum(len(line.text) for line in lines) == 5000


def test_a_character_without_glyph_is_an_error_that_names_it() -> None:
    with pytest.raises(LayoutError, match=r"U\+738B"):
        break_lines(plain("\u738b"), STYLE, 100)


@settings(max_examples=30)
@given(text=LETTERS)
def test_widths_add_up(text) -> None:
    whole = text_width(text, "regular", 12)
    assert whole == pytest.approx(sum(text_width(c, "regular", 12) for c in text))


@pytest.mark.parametrize("emphasis", ["plain", "strong", "em"])
def test_a_text_in_one_emphasis_keeps_its_face(emphasis) -> None:
    lines = break_lines((Span("one two three " * 9, emphasis),), STYLE, 120)
    face = {"plain": "regular", "strong": "bold", "em": "italic"}[emphasis]
    assert len(lines) > 1
    assert {run.face for line in lines for run in line.runs} == {face}


@pytest.mark.parametrize("text", ["W WWW", "WWWW WWW", "a WWWWWWWW b WWWWW"])
def test_a_word_that_is_cut_counts_no_space_behind_it(text) -> None:
    for line in break_lines(plain(text), STYLE, 20.0):
        drawn = sum(text_width(run.text, run.face, STYLE.fontSize) for run in line.runs)
        assert line.width == pytest.approx(drawn)
        assert line.width <= 20.0

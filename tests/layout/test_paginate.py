"""Pages: every slab once, in order, inside the text area, nothing alone at the foot."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backguide.errors import LayoutError
from backguide.layout.flowables import Slab
from backguide.layout.paginate import paginate
from backguide.layout.theme import make_theme

THEME = make_theme()
HEADER = Slab(20.0, kind="table-head")


@st.composite
def slab_lists(draw) -> tuple[Slab, ...]:
    count = draw(st.integers(0, 60))
    slabs = []
    for number in range(count):
        is_wide = draw(st.booleans())
        slabs.append(
            Slab(
                height=draw(st.floats(5, 250)),
                spaceBefore=draw(st.floats(0, 20)),
                keepWithNext=draw(st.booleans()) and number < count - 1,
                header=HEADER if is_wide and draw(st.booleans()) else None,
                is_wide=is_wide,
                section_id=str(number),
            )
        )
    return tuple(slabs)


def placed_in_order(pages):
    return [p.slab.section_id for page in pages for p in page if not p.is_repeated]


@given(first=slab_lists(), later=slab_lists())
def test_every_slab_is_placed_once_in_reading_order(first, later) -> None:
    pages = paginate(first, later, THEME)
    assert placed_in_order(pages) == [s.section_id for s in (*first, *later)]


@given(first=slab_lists(), later=slab_lists())
def test_nothing_stands_outside_the_text_area(first, later) -> None:
    for page in paginate(first, later, THEME):
        for placed in page:
            assert placed.top >= 0
            assert placed.top + placed.slab.height <= THEME.height + 0.1


@given(first=slab_lists(), later=slab_lists())
def test_nothing_overlaps(first, later) -> None:
    for page in paginate(first, later, THEME):
        lefts = {placed.left for placed in page}
        for left in lefts:
            column = [p for p in page if p.left == left or p.slab.is_wide]
            column.sort(key=lambda p: p.top)
            for upper, lower in pairwise(column):
                assert upper.top + upper.slab.height <= lower.top + 0.1


def test_page_one_stands_alone() -> None:
    first, later = (Slab(30.0, section_id="a"),), (Slab(30.0, section_id="b"),)
    pages = paginate(first, later, THEME)
    assert [[p.slab.section_id for p in page] for page in pages] == [["a"], ["b"]]


def test_a_heading_goes_with_its_text() -> None:
    filler = Slab(THEME.height - 50, is_wide=True, section_id="filler")
    heading = Slab(20.0, keepWithNext=True, is_wide=True, section_id="heading")
    text = Slab(40.0, is_wide=True, section_id="text")
    pages = paginate((), (filler, heading, text), THEME)
    assert [len(page) for page in pages] == [1, 2]


def test_a_table_that_goes_on_shows_its_head_again() -> None:
    rows = tuple(
        Slab(200.0, header=HEADER, is_wide=True, section_id=str(n)) for n in range(5)
    )
    pages = paginate((), rows, THEME)
    assert len(pages) == 2
    assert pages[1][0].is_repeated
    assert pages[1][0].slab is HEADER
    assert pages[1][1].top == HEADER.height


def test_columns_at_the_end_have_equal_height() -> None:
    slabs = tuple(Slab(50.0, section_id=str(n)) for n in range(6))
    (page,) = paginate((), slabs, THEME)
    assert sorted({p.left for p in page}) == [0, THEME.column_width + THEME.gutter]
    assert [p.top for p in page] == [0, 50, 100, 0, 50, 100]


def test_a_slab_higher_than_a_page_is_an_error_that_names_its_section() -> None:
    slab = Slab(THEME.height + 1, section_id="shoes", kind="card", is_wide=True)
    with pytest.raises(LayoutError, match=r'section "shoes": a card is higher'):
        paginate((), (slab,), THEME)
    with pytest.raises(LayoutError, match=r'section "shoes": a card is higher'):
        paginate((), (Slab(THEME.height + 1, section_id="shoes", kind="card"),), THEME)

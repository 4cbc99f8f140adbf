"""Which section stands where, so that a tight handout fits its pages.

Page one is the sheet for the fridge and stands alone. Sections go to it and leave it
as a whole, in the turn that the content gives them. In a dense handout sections may
also change places: a card that is too high for the rest of a column would leave a
hole, and something else fills it.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from backguide.document import (
    Block,
    ExerciseCard,
    Handout,
    HandoutSection,
    Heading,
)
from backguide.layout.build import Builder, Memo
from backguide.layout.flowables import Story
from backguide.layout.paginate import paginate
from backguide.layout.theme import Theme

Sections = tuple[HandoutSection, ...]


def packed(
    handout: Handout,
    theme: Theme,
    memo: Memo,
    logo_size: tuple[float, float] | None = None,
) -> Handout:
    """Return the handout with its sections where there is room for them.

    Args:
        handout: The document.
        theme: How it looks; only in a dense one sections change places.
        memo: See ``Builder``.
        logo_size: See ``Builder``.

    Raises:
        LayoutError: A piece is higher than a page.
    """
    packer = _Packer(handout, theme, memo, logo_size)
    first = packer.page_one()
    moved = {section.id for section in first}
    later = tuple(
        replace(section, is_on_page_one=False)
        for section in handout.sections
        if section.id not in moved
    )
    if theme.is_dense:
        later = packer.best_order(later)
    return replace(handout, sections=(*first, *later))


class _Packer:
    """Tries where sections stand; what was set once is remembered."""

    def __init__(
        self,
        handout: Handout,
        theme: Theme,
        memo: Memo,
        logo_size: tuple[float, float] | None,
    ) -> None:
        self._handout = handout
        self._theme = theme
        self._memo = memo
        self._logo_size = logo_size

    def page_one(self) -> Sections:
        """Return the sections of page one in their order."""
        first = tuple(s for s in self._handout.sections if s.is_on_page_one)
        while not self._fits(first) and any(s.leaves_page_one for s in first):
            if self._theme.is_dense and self._fits(side_by_side := self._paired(first)):
                return self._filled(side_by_side)
            leaving = [section for section in first if section.leaves_page_one]
            going = min(leaving, key=lambda section: section.leaves_page_one)
            first = tuple(section for section in first if section is not going)
        if self._theme.is_dense:
            return self._filled(first)
        return first if self._fits(first) else self._whole_first(first)

    def _whole_first(self, first: Sections) -> Sections:
        """Return page one, too full as it is, with its whole sections on it.

        What stands before them in large print is parted where it may be: the answer,
        and as much of the rest as leaves them room, stays; the other part follows.
        """
        whole = tuple(section for section in first if section.is_whole)
        others = [section for section in first if not section.is_whole]
        if not whole or not others:
            return first
        head, *rest = others
        for count in range(len(head.blocks), 0, -1):
            kept, cut = head.blocks[:count], head.blocks[count:]
            start = replace(head, blocks=kept)
            if not isinstance(kept[-1], Heading) and self._fits((start, *whole)):
                return (start, *whole, *_going_on(head, cut), *rest)
        return (*whole, *others)

    def best_order(self, later: Sections) -> Sections:
        """Return the sections in the order that takes the fewest pages."""
        return min(_orders(later), key=self._pages)

    def _filled(self, first: Sections) -> Sections:
        """Return page one with others added as far as there is room."""
        joining = [
            section
            for section in self._handout.sections
            if section.joins_page_one and section.id not in {s.id for s in first}
        ]
        for section in sorted(joining, key=lambda section: section.joins_page_one):
            fuller = (*first, replace(section, is_on_page_one=True))
            paired = self._paired(fuller)
            if self._fits(paired):
                first = paired
        return first

    def _paired(self, first: Sections) -> Sections:
        """Return page one ordered by columns, as near to its own order as can be.

        When no way of sharing it out fits, the order stays.
        """
        heights = [self._narrow_height(section) for section in first]
        room = self._theme.height - self._wide_height(first)
        fitting = [
            left
            for left in _choices(len(first))
            if sum(heights[n] for n in left) <= room
            and sum(heights[n] for n in range(len(first)) if n not in left) <= room
        ]
        if not fitting:
            return first
        left = min(fitting, key=_disorder)
        right = [n for n in range(len(first)) if n not in left]
        return tuple(first[n] for n in (*left, *right))

    def _narrow_height(self, section: HandoutSection) -> float:
        slabs = self._slabs((section,))
        return sum(s.height + s.spaceBefore for s in slabs if not s.is_wide)

    def _wide_height(self, first: Sections) -> float:
        slabs = self._title_and(first)
        return sum(slab.height + slab.spaceBefore for slab in slabs if slab.is_wide)

    def _fits(self, first: Sections) -> bool:
        return len(paginate(self._title_and(first), [], self._theme)) <= 1

    def _title_and(self, first: Sections) -> Story:
        alone = replace(self._handout, sections=first)
        return self._builder(alone).build()[0]

    def _slabs(self, sections: Sections) -> Story:
        builder = self._builder(self._handout)
        return [slab for section in sections for slab in builder.story_of(section)]

    def _builder(self, handout: Handout) -> Builder:
        return Builder(handout, self._theme, self._memo, logo_size=self._logo_size)

    def _pages(self, later: Sections) -> int:
        return len(paginate([], self._slabs(later), self._theme))


def _going_on(section: HandoutSection, blocks: tuple[Block, ...]) -> Sections:
    """Return the other part of a section; its first heading becomes its title."""
    if not blocks:
        return ()
    title = ""
    if isinstance(blocks[0], Heading):
        title, blocks = blocks[0].text, blocks[1:]
    return (replace(section, title=title, blocks=blocks, reason=""),)


def _choices(count: int) -> Iterator[tuple[int, ...]]:
    """Yield which of ``count`` sections stand in the first column; the first does."""
    for size in range(count):
        for rest in combinations(range(1, count), size):
            yield (0, *rest)


def _disorder(left: tuple[int, ...]) -> tuple[int, int]:
    """Return how far a first column is from holding just the first sections."""
    return sum(number - place for place, number in enumerate(left)), -len(left)


def _orders(later: Sections) -> Iterator[Sections]:
    """Yield the sections in their own order, then with the cards at another place.

    Cards are the highest pieces. They pass only sections that may move as well.
    """
    yield later
    cards = next((section for section in later if _has_cards(section)), None)
    if cards is None:
        return
    rest = [section for section in later if section is not cards]
    movable = [place for place, section in enumerate(rest) if section.joins_page_one]
    for place in range(movable[-1] + 2 if movable else 0):
        yield (*rest[:place], cards, *rest[place:])


def _has_cards(section: HandoutSection) -> bool:
    return any(isinstance(block, ExerciseCard) for block in section.blocks)

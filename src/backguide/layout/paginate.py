"""From slabs to pages: what stands where.

Wide slabs follow each other down the page. Between them, narrow slabs stand in
columns of equal height, read down the left one and then down the right one.
"""

from collections.abc import Iterator
from itertools import groupby, pairwise
from operator import attrgetter
from typing import NamedTuple

from backguide.errors import LayoutError
from backguide.layout.slabs import Slab
from backguide.layout.theme import Theme

_TOLERANCE = 0.01


class Placed(NamedTuple):
    """A slab on a page."""

    slab: Slab
    top: float
    """Distance from the upper edge of the text area, in points."""
    left: float = 0
    """Distance from the left edge of the text area, in points."""
    is_repeated: bool = False
    """True for a table head that is shown again; it is read only once."""


Page = tuple[Placed, ...]


class Unit(NamedTuple):
    """Slabs that belong together, measured once."""

    slabs: tuple[Slab, ...]
    height: float
    """With the space before the first slab."""
    top_height: float
    """At the top of a column: without that space; a table's head is shown again."""
    is_wide: bool


def paginate(
    first: tuple[Slab, ...], later: tuple[Slab, ...], theme: Theme
) -> tuple[Page, ...]:
    """Return the pages.

    Args:
        first: Slabs of page one, which stands alone unless it needs more than a page.
        later: Slabs of the pages after it.
        theme: Gives the text area and its columns.

    Raises:
        LayoutError: A slab is higher than a page. Names the section.
    """
    pages = _Filler(theme, columns=theme.page_one_columns).fill(first)
    if len(pages) > 1 and theme.columns == 1:
        # In large print page one goes on: nothing is gained by a new page after it.
        return tuple(_Filler(theme, columns=1).fill((*first, *later)))
    if later:
        pages += _Filler(theme, columns=theme.columns).fill(later)
    return tuple(pages)


class _Filler:
    """Fills page after page."""

    def __init__(self, theme: Theme, columns: int) -> None:
        self._height = theme.height
        self._columns = columns
        self._column_step = theme.column_width + theme.gutter
        self._pages: list[list[Placed]] = []
        self._y = 0.0

    def fill(self, slabs: tuple[Slab, ...]) -> list[Page]:
        """Return the pages of the slabs."""
        self._new_page()
        units = list(_units(slabs, self._height))
        for is_wide, run in groupby(units, key=attrgetter("is_wide")):
            if is_wide or self._columns == 1:
                for unit in run:
                    self._place_wide(unit)
            else:
                self._place_columns(list(run))
        return [tuple(page) for page in self._pages if page]

    def _new_page(self) -> None:
        self._pages.append([])
        self._y = 0.0

    @property
    def _page(self) -> list[Placed]:
        return self._pages[-1]

    def _place_wide(self, unit: Unit) -> None:
        if self._page and self._y + unit.height > self._height + _TOLERANCE:
            self._new_page()
        page, y = self._page, self._y
        for slab in unit.slabs:
            self._check(slab)
            if page:
                y += slab.space_before
            elif head := self._repeated_head(slab):
                page.append(Placed(head, 0, is_repeated=True))
                y = head.height
            page.append(Placed(slab, y))
            y += slab.height
        self._y = y

    def _repeated_head(self, slab: Slab) -> Slab | None:
        """Return the table's head, if it fits above a row that begins a page."""
        head = slab.header
        if head is None or head.height + slab.height > self._height + _TOLERANCE:
            return None
        return head

    def _place_columns(self, units: list[Unit]) -> None:
        """Set units in columns; the last lot of them with columns of equal height."""
        while units:
            first = units[0].slabs[0]
            gap = first.space_before if self._page else 0
            room = self._height - self._y - gap
            taken = _split(units, room, self._columns)
            count = sum(len(column) for column in taken)
            if count == 0:
                if not self._page:
                    self._check(first)
                    raise LayoutError(_too_high(first))
                self._new_page()
                continue
            if count == len(units):
                taken = _balanced(units, room, self._columns)
            self._set_columns(taken, self._y + gap)
            units = units[count:]
            if units:
                self._new_page()

    def _set_columns(self, columns: list[list[Unit]], top: float) -> None:
        lowest, page = top, self._page
        for number, column in enumerate(columns):
            y, left = top, number * self._column_step
            slabs = [slab for unit in column for slab in unit.slabs]
            for position, slab in enumerate(slabs):
                if position:
                    y += slab.space_before
                elif head := slab.header:
                    page.append(Placed(head, y, left, is_repeated=True))
                    y += head.height
                page.append(Placed(slab, y, left))
                y += slab.height
            lowest = max(lowest, y)
        self._y = lowest

    def _check(self, slab: Slab) -> None:
        if slab.height > self._height + _TOLERANCE:
            raise LayoutError(_too_high(slab))


def _too_high(slab: Slab) -> str:
    return f'section "{slab.section_id}": a {slab.kind} is higher than a page'


def _split(units: list[Unit], room: float, columns: int) -> list[list[Unit]]:
    """Return the columns that the first units fill within ``room``."""
    ends = _ends(units, room, columns)
    return [units[a:b] for a, b in pairwise((0, *ends))]


def _ends(units: list[Unit], room: float, columns: int) -> list[int]:
    """Return how many units stand in each column and those before it."""
    ends = []
    position, count = 0, len(units)
    most = room + _TOLERANCE
    for _ in range(columns):
        y = 0.0
        start = position
        while position < count:
            unit = units[position]
            y += unit.top_height if position == start else unit.height
            if y > most:
                break
            position += 1
        ends.append(position)
    return ends


def _balanced(units: list[Unit], room: float, columns: int) -> list[list[Unit]]:
    """Return all units in columns as low as possible; they fit within ``room``."""
    low, high = 0.0, room
    for _ in range(14):
        middle = (low + high) / 2
        if _ends(units, middle, columns)[-1] == len(units):
            high = middle
        else:
            low = middle
    return _split(units, high, columns)


def _units(slabs: tuple[Slab, ...], height: float) -> Iterator[Unit]:
    """Yield runs of slabs that belong together; a run too high is let go."""
    unit: list[Slab] = []
    for slab in slabs:
        unit.append(slab)
        if not slab.keeps_with_next:
            yield from _cut(unit, height)
            unit = []
    if unit:
        yield from _cut(unit, height)


def _cut(slabs: list[Slab], height: float) -> Iterator[Unit]:
    unit = _unit(tuple(slabs))
    header = slabs[0].header.height if slabs[0].header else 0
    if len(slabs) == 1 or unit.height + header <= height:
        yield unit
    else:
        for slab in slabs:
            yield _unit((slab,))


def _unit(slabs: tuple[Slab, ...]) -> Unit:
    first = slabs[0]
    if len(slabs) == 1:
        height, is_wide = first.height + first.space_before, first.is_wide
    else:
        height = sum([slab.height + slab.space_before for slab in slabs])
        is_wide = any(slab.is_wide for slab in slabs)
    head = first.header.height if first.header else 0
    return Unit(slabs, height, height - first.space_before + head, is_wide)

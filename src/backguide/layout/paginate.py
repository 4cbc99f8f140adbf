"""From slabs to pages: what stands where.

Wide slabs follow each other down the page. Between them, narrow slabs stand in
columns of equal height, read down the left one and then down the right one.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any, NamedTuple, overload

from backguide.errors import LayoutError
from backguide.layout.flowables import REPEATED, Slab, Story, replace
from backguide.layout.platypus import Flowable, Frame
from backguide.layout.theme import Theme

_TOLERANCE = 0.01


class Placed(NamedTuple):
    """A slab on a page."""

    slab: Slab
    top: float
    """Distance from the upper edge of the text area, in points."""
    left: float = 0
    """Distance from the left edge of the text area, in points."""

    @property
    def is_repeated(self) -> bool:
        """Tell whether this is a table head that is shown again."""
        return self.slab.kind == REPEATED


class Columns(Flowable):  # type: ignore[misc]
    """Stories side by side, each in a Frame of its own."""

    def __init__(self, stories: list[Story], step: float, spaceBefore: float) -> None:
        """Take the stories.

        Args:
            stories: From left to right.
            step: From one left edge to the next, in points.
            spaceBefore: In points.
        """
        self._stories = stories
        self._step = step
        self.spaceBefore = spaceBefore
        self.spaceAfter = 0
        self.height = max(map(_height_of, stories))

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Return the size: as high as the highest column."""
        return width, self.height

    def drawOn(self, canvas: Any, x: float, y: float, _sW: float = 0) -> None:
        """Draw each story from the top down."""
        for number, story in enumerate(self._stories):
            frame = _frame(x + number * self._step, y, self._step, self.height)
            _fill(frame, story, canvas)


def _height_of(story: Story) -> float:
    """Return the height of a story at the top of a Frame."""
    spaces = sum([slab.spaceBefore for slab in story[1:]])
    return float(sum([slab.height for slab in story]) + spaces)


def _frame(x: float, y: float, width: float, height: float) -> Frame:
    # Heights were added up in another order than the Frame adds them.
    return Frame(x, y - _TOLERANCE, width, height + _TOLERANCE, 0, 0, 0, 0)


def _fill(frame: Frame, story: "list[Any]", canvas: Any) -> None:
    for flowable in story:
        if not frame.add(flowable, canvas):
            raise LayoutError("a page is fuller than it was measured")


class Page(Sequence[Placed]):
    """A page: what stands over its whole width, and where all of it stands.

    The Frames are filled when somebody asks for a place, so that a page that was only
    tried costs no more than adding up heights.
    """

    def __init__(self, story: "list[Slab | Columns]", theme: Theme) -> None:
        """Take what stands on it, from the top down."""
        self._story = story
        self._theme = theme
        self._placed: list[Placed] | None = None

    def place(self, slab: Slab, x: float, y: float) -> None:
        """Take note of where a Frame has put a slab, from its lower left corner."""
        top = round(self._theme.height - y - slab.height, 6)
        self._noted.append(Placed(slab, top, x))

    @property
    def _noted(self) -> list[Placed]:
        if self._placed is None:
            self._placed = []
            frame = _frame(0, 0, self._theme.width, self._theme.height)
            _fill(frame, self._story, self)
        return self._placed

    @overload
    def __getitem__(self, index: int) -> Placed: ...

    @overload
    def __getitem__(self, index: slice) -> list[Placed]: ...

    def __getitem__(self, index: int | slice) -> Placed | list[Placed]:
        """Return one or more pieces in reading order."""
        return self._noted[index]

    def __iter__(self) -> Iterator[Placed]:
        """Return them in reading order."""
        return iter(self._noted)

    def __len__(self) -> int:
        """Return how many pieces there are."""
        return len(self._noted)


class Unit(NamedTuple):
    """Slabs that belong together, measured once."""

    slabs: tuple[Slab, ...]
    height: float
    """With the space before the first slab."""
    top_height: float
    """At the top of a column: without that space; a table's head is shown again."""
    is_wide: bool


def paginate(
    first: Sequence[Slab], later: Sequence[Slab], theme: Theme
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
    """Fills page after page, by heights alone."""

    def __init__(self, theme: Theme, columns: int) -> None:
        self._theme = theme
        self._height = theme.height
        self._columns = columns
        self._column_step = theme.column_width + theme.gutter
        self._pages: list[list[Slab | Columns]] = []
        self._y = 0.0

    def fill(self, slabs: Sequence[Slab]) -> list[Page]:
        """Return the pages of the slabs."""
        self._new_page()
        units = list(_units(slabs, self._height))
        for is_wide, run in groupby(units, key=attrgetter("is_wide")):
            if is_wide or self._columns == 1:
                for unit in run:
                    self._add_wide(unit)
            else:
                self._add_columns(list(run))
        return [Page(story, self._theme) for story in self._pages if story]

    def _new_page(self) -> None:
        self._pages.append([])
        self._y = 0.0

    @property
    def _page(self) -> "list[Slab | Columns]":
        return self._pages[-1]

    def _add_wide(self, unit: Unit) -> None:
        if self._page and self._y + unit.height > self._height + _TOLERANCE:
            self._new_page()
        page, y = self._page, self._y
        for slab in unit.slabs:
            self._check(slab)
            if page:
                y += slab.spaceBefore
            elif head := self._repeated_head(slab):
                page.append(head)
                slab = replace(slab, spaceBefore=0)
                y = head.height
            page.append(slab)
            y += slab.height
        self._y = y

    def _repeated_head(self, slab: Slab) -> Slab | None:
        """Return the table's head, if it fits above a row that begins a page."""
        head = slab.header
        if head is None or head.height + slab.height > self._height + _TOLERANCE:
            return None
        return head

    def _add_columns(self, units: list[Unit]) -> None:
        """Set units in columns; the last lot of them with columns of equal height."""
        while units:
            first = units[0].slabs[0]
            gap = first.spaceBefore if self._page else 0
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
            stories = [_story_of(column) for column in taken]
            columns = Columns(stories, self._column_step, gap)
            self._page.append(columns)
            self._y += gap + columns.height
            units = units[count:]
            if units:
                self._new_page()

    def _check(self, slab: Slab) -> None:
        if slab.height > self._height + _TOLERANCE:
            raise LayoutError(_too_high(slab))


def _story_of(units: list[Unit]) -> Story:
    """Return the slabs of a column; a table that goes on shows its head again."""
    story = [slab for unit in units for slab in unit.slabs]
    if story and (head := story[0].header):
        story[:1] = [head, replace(story[0], spaceBefore=0)]
    return story


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


def _units(slabs: Sequence[Slab], height: float) -> Iterator[Unit]:
    """Yield runs of slabs that belong together; a run too high is let go."""
    unit: list[Slab] = []
    for slab in slabs:
        unit.append(slab)
        if not slab.keepWithNext:
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
        height, is_wide = first.height + first.spaceBefore, first.is_wide
    else:
        height = sum([slab.height + slab.spaceBefore for slab in slabs])
        is_wide = any(slab.is_wide for slab in slabs)
    head = first.header.height if first.header else 0
    return Unit(slabs, height, height - first.spaceBefore + head, is_wide)

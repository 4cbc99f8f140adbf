"""The outline of a file: titles that jump to places."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from backguide.layout.objects import PdfFile, text_string


@dataclass(frozen=True, slots=True)
class Bookmark:
    """One entry."""

    title: str
    page: int
    """Counted from 0."""
    y: float
    """Height of the place in points from the lower edge."""
    level: int


@dataclass(slots=True)
class _Entry:
    """An entry with its place among the others."""

    number: int
    bookmark: Bookmark | None = None
    parent: "_Entry | None" = None
    children: list["_Entry"] = field(default_factory=list)


def write_outline(
    file: PdfFile, bookmarks: Sequence[Bookmark], pages: Sequence[int]
) -> int:
    """Write the outline and return its number, or 0 without bookmarks.

    Args:
        file: Receives the objects.
        bookmarks: In order; a level is at most one more than the one before.
        pages: Object number of each page.
    """
    if not bookmarks:
        return 0
    top = _Entry(file.reserve())
    path = [top]
    entries: list[_Entry] = []
    for bookmark in bookmarks:
        del path[bookmark.level + 1 :]
        entry = _Entry(file.reserve(), bookmark, path[-1])
        path[-1].children.append(entry)
        path.append(entry)
        entries.append(entry)
    _write_neighbours(file, entries, pages)
    file.put(
        top.number,
        b"<</Type/Outlines/Count %d%b>>" % (len(top.children), _ends(top)),
    )
    return top.number


def _write_neighbours(
    file: PdfFile, entries: Sequence[_Entry], pages: Sequence[int]
) -> None:
    after: dict[int, int] = {}
    before: dict[int, int] = {}
    for parent in {entry.parent.number: entry.parent for entry in entries
                   if entry.parent}.values():  # fmt: skip
        numbers = [child.number for child in parent.children]
        after |= dict(pairwise(numbers))
        before |= dict(pairwise(reversed(numbers)))
    for entry in entries:
        mark, parent_entry = entry.bookmark, entry.parent
        if mark is None or parent_entry is None:
            continue
        parts = [
            b"/Title %b/Parent %d 0 R/Dest[%d 0 R/XYZ 0 %.2f 0]"
            % (text_string(mark.title), parent_entry.number, pages[mark.page], mark.y)
        ]
        for key, table in ((b"Prev", before), (b"Next", after)):
            if entry.number in table:
                parts.append(b"/%b %d 0 R" % (key, table[entry.number]))
        if entry.children:
            # A negative count: the entries below stay folded at first.
            parts.append(b"/Count -%d%b" % (len(entry.children), _ends(entry)))
        file.put(entry.number, b"<<%b>>" % b"".join(parts))


def _ends(entry: _Entry) -> bytes:
    first, last = entry.children[0].number, entry.children[-1].number
    return b"/First %d 0 R/Last %d 0 R" % (first, last)

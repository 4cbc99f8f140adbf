"""Compare a bound file with the files that it was bound from.

In:   the bytes of the whole, and what each part should be.
Out:  nothing, or a VerificationError that names every difference.
Pure: no files, no clock. Knows nothing of how the parts were bound.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from backguide.errors import VerificationError
from backguide.verification.objects import object_faults
from backguide.verification.pages import FileRead, PageRead, read_pages
from backguide.verification.verify import CODE

_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Expected:
    """One part of the whole, as it was before."""

    pdf: bytes = field(repr=False)
    guide_id: str = ""
    """Must stand at the head of each of its pages; empty for a part of nobody."""
    code: str = ""
    """The guide's code: at the head of each page, and no other code beside it."""
    bookmark: str = ""
    begins_on_front: bool = False
    """True when it must begin on an odd page."""


def verify_bound(whole: bytes, parts: Iterable[Expected]) -> None:
    """Check that a bound file says, part by part, what its parts say.

    Raises:
        VerificationError: With the first differences, without any text of a person.
    """
    read = read_pages(whole, is_in_full=True)
    found = (*_differences(read, parts), *object_faults(whole))
    if found:
        more = f"; and {len(found) - _MOST_TOLD} more" if found[_MOST_TOLD:] else ""
        raise VerificationError(
            "the print job failed its own check, so nothing was written: "
            + "; ".join(found[:_MOST_TOLD])
            + more
        )


def _differences(read: FileRead, parts: Iterable[Expected]) -> Iterator[str]:
    yield from read.faults
    begun, bookmarks = 0, []
    for count, part in enumerate(parts, 1):
        one = read_pages(part.pdf, is_in_full=True)
        name = part.code or f"part {count}"
        if part.begins_on_front and begun % 2:
            yield f"{name} does not begin on a front side"
        if part.bookmark:
            bookmarks.append((part.bookmark, begun + 1))
        # A page holds its text, its marked content and its share of the structure.
        bound = tuple(map(_inside, read.pages[begun : begun + len(one.pages)]))
        if bound != one.pages:
            yield f"{name}: its pages, its tags or its words have changed"
        for number, page in enumerate(one.pages, 1):
            yield from _head(page, part, f"{name} page {number}")
        begun += len(one.pages)
    if len(read.pages) != begun:
        yield f"{len(read.pages)} pages in place of {begun}"
    if list(read.outline) != bookmarks:
        yield "the outline does not lead to each guide"


def _inside(page: PageRead) -> PageRead:
    """Return a page without the root that binding has put around its structure."""
    inner = tuple(one._replace(depth=one.depth - 1) for one in page.elements[1:])
    return replace(page, elements=inner)


def _head(page: PageRead, part: Expected, name: str) -> Iterator[str]:
    """Check whose page this is."""
    if not part.guide_id:
        return
    head = " ".join(page.artifacts)
    own = re.search(rf"(?<![\w-]){re.escape(part.guide_id)}(?![\w-])", head)
    if own is None or part.code not in head:
        yield f"{name} does not carry its own id and code"
    elif set(CODE.findall(head[: own.start()] + head[own.end() :])) - {part.code}:
        yield f"{name} carries the code of another guide"

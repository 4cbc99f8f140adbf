"""Compare a bound file with the files that it was bound from.

In:   the bytes of the whole, and what each part should be.
Out:  nothing, or a VerificationError that names every difference.
Pure: no files, no clock. Knows nothing of how the parts were bound.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from backguide.errors import VerificationError
from backguide.verification.readback import ReadBack, read_back
from backguide.verification.tree import Node
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
    found = tuple(_differences(read_back(whole), parts))
    if found:
        more = f"; and {len(found) - _MOST_TOLD} more" if found[_MOST_TOLD:] else ""
        raise VerificationError(
            "the print job failed its own check, so nothing was written: "
            + "; ".join(found[:_MOST_TOLD])
            + more
        )


def _differences(read: ReadBack, parts: Iterable[Expected]) -> Iterator[str]:
    yield from read.faults
    roots = read.root.nodes if read.root is not None else []
    by_page: dict[int, list[tuple[str, tuple[str, ...]]]] = {}
    for artifact in read.artifacts:
        by_page.setdefault(artifact.page, []).append((artifact.kind, artifact.texts))
    begun, bookmarks, count = 0, [], 0
    for count, part in enumerate(parts, 1):
        one = read_back(part.pdf)
        name = part.code or f"part {count}"
        if part.begins_on_front and begun % 2:
            yield f"{name} does not begin on a front side"
        if part.bookmark:
            bookmarks.append((part.bookmark, begun + 1))
        node = roots[count - 1] if count <= len(roots) else None
        if node is None or not _is_same(node, one.root, begun):
            yield f"{name}: its tags or its words have changed"
        if not _artifacts_are_same(by_page, one, begun):
            yield f"{name}: what stands at the edge of its pages has changed"
        yield from _heads(one, part, name)
        begun += one.page_count
    if len(roots) != count:
        yield f"{len(roots)} parts in place of {count}"
    if read.page_count != begun:
        yield f"{read.page_count} pages in place of {begun}"
    if list(read.outline) != bookmarks:
        yield "the outline does not lead to each guide"


def _is_same(node: Node, other: Node | None, begun: int) -> bool:
    """Tell whether two trees say the same, the second one begun pages earlier."""
    if other is None:
        return False
    pairs = zip_longest(node.walk(), other.walk())
    return all(a and b and _own(a, 0) == _own(b, begun) for a, b in pairs)


def _own(node: Node, begun: int) -> tuple[object, ...]:
    """Return what an element holds by itself; its children count by their number."""
    kids = [kid if isinstance(kid, str) else None for kid in node.kids]
    pieces = [(page + begun, mcid) for page, mcid in node.pieces]
    return (
        node.tag, node.title, node.alt, node.actual_text, node.scope, node.has_box,
        kids, pieces,
    )  # fmt: skip


def _artifacts_are_same(
    by_page: dict[int, list[tuple[str, tuple[str, ...]]]], one: ReadBack, begun: int
) -> bool:
    expected: dict[int, list[tuple[str, tuple[str, ...]]]] = {}
    for artifact in one.artifacts:
        expected.setdefault(artifact.page, []).append((artifact.kind, artifact.texts))
    return all(
        by_page.get(begun + page, []) == expected.get(page, [])
        for page in range(1, one.page_count + 1)
    )


def _heads(one: ReadBack, part: Expected, name: str) -> Iterator[str]:
    """Check whose pages these are."""
    if not part.guide_id:
        return
    for page in range(1, one.page_count + 1):
        head = " ".join(one.artifact_texts(page, "Header"))
        own = re.search(rf"(?<![\w-]){re.escape(part.guide_id)}(?![\w-])", head)
        if own is None or part.code not in head:
            yield f"{name} page {page} does not carry its own id and code"
        elif set(CODE.findall(head[: own.start()] + head[own.end() :])) - {part.code}:
            yield f"{name} page {page} carries the code of another guide"

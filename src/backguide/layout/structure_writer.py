"""Write the logical structure as objects of a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from backguide.layout.objects import PdfFile, text_string
from backguide.layout.structure import Element

_CELLS = frozenset({"TD", "TH"})


@dataclass(frozen=True, slots=True)
class PlacedNote:
    """An annotation on a page that belongs to an element: a link or a field."""

    page: int
    number: int
    """Of its object."""


class StructureWriter:
    """Turns elements into objects, in one walk."""

    def __init__(
        self,
        file: PdfFile,
        pages: Sequence[int],
        pieces: Mapping[Element, list[tuple[int, int]]],
        notes: Mapping[Element, list[PlacedNote]],
    ) -> None:
        """Take what drawing has left.

        Args:
            file: Receives the objects.
            pages: Object number of each page.
            pieces: Page and MCID of each piece of content of an element.
            notes: Annotations of an element.
        """
        self._file = file
        self._pages = [b"%d 0 R" % number for number in pages]
        self._pieces = pieces
        self._notes = notes
        self.references: dict[Element, bytes] = {}
        """How each written element is referred to."""

    def write(self, root: Element, parent_tree: Callable[[], tuple[bytes, int]]) -> int:
        """Write the tree below its root, and return the object number of the tree.

        Args:
            root: The document's own element.
            parent_tree: Gives the number tree from content to elements, and the next
                free key; asked for when all elements are written.
        """
        tree = self._file.reserve()
        top = self._element(root, b"%d 0 R" % tree)
        numbers, next_key = parent_tree()
        body = b"<</Type/StructTreeRoot/K %b/ParentTree %d 0 R/ParentTreeNextKey %d>>"
        holder = self._file.add(b"<</Nums[%b]>>" % numbers)
        self._file.put(tree, body % (top, holder, next_key))
        return tree

    def _element(self, element: Element, parent: bytes) -> bytes:
        """Write an element and those below it; return nothing if it holds nothing."""
        file = self._file
        number = file.reserve()
        own = b"%d 0 R" % number
        kids: list[bytes] = []
        page_entry = b""
        pieces = self._pieces.get(element)
        if pieces:
            first = pieces[0][0]
            page_entry = b"/Pg " + self._pages[first]
            for page, mcid in pieces:
                if page == first:
                    kids.append(b"%d" % mcid)
                else:
                    kids.append(
                        b"<</Type/MCR/Pg %b/MCID %d>>" % (self._pages[page], mcid)
                    )
        for child in element.children:
            if written := self._element(child, own):
                kids.append(written)
        for note in self._notes.get(element, ()):
            kids.append(
                b"<</Type/OBJR/Obj %d 0 R/Pg %b>>"
                % (note.number, self._pages[note.page])
            )
        if not kids and element.tag not in _CELLS:
            file.give_back(number)
            return b""
        inside = b"/K[%b]" % b" ".join(kids) if kids else b""
        attributes = _attributes(element) if _has_attributes(element) else b""
        file.put(
            number,
            b"<</S/%b/P %b%b%b%b>>"
            % (element.tag.encode("ascii"), parent, page_entry, inside, attributes),
        )
        self.references[element] = own
        return own


def _has_attributes(element: Element) -> bool:
    return bool(
        element.scope
        or element.title
        or element.alt
        or element.numbering
        or element.actual_text
        or element.bbox
    )


def _attributes(element: Element) -> bytes:
    parts = [
        b"/%b %b" % (key, text_string(text))
        for key, text in (
            (b"Alt", element.alt),
            (b"ActualText", element.actual_text),
            (b"T", element.title),
        )
        if text
    ]
    attributes = []
    if element.scope:
        attributes.append(b"<</O/Table/Scope/%b>>" % element.scope.encode("ascii"))
    if element.numbering:
        numbering = element.numbering.encode("ascii")
        attributes.append(b"<</O/List/ListNumbering/%b>>" % numbering)
    if element.bbox:
        box = b"%.2f %.2f %.2f %.2f" % element.bbox
        attributes.append(b"<</O/Layout/Placement/Block/BBox[%b]>>" % box)
    if attributes:
        parts.append(b"/A[%b]" % b"".join(attributes))
    return b"".join(parts)

"""Write the logical structure as objects of a file."""

from dataclasses import dataclass

from backguide.layout.document import TaggedDocument, text_string
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

    def __init__(self, file: TaggedDocument) -> None:
        """Write into a file."""
        self._file = file
        self.pages: list[bytes] = []
        """The reference to each page."""
        self.pieces: dict[Element, list[tuple[int, int]]] = {}
        """Page and MCID of each piece of content of an element."""
        self.notes: dict[Element, list[PlacedNote]] = {}
        """Annotations of an element."""
        self.references: dict[Element, bytes] = {}
        """How each written element is referred to."""

    def write(self, element: Element, parent: bytes) -> bytes:
        """Write an element and those below it; return nothing if it holds nothing."""
        file = self._file
        number = file.reserve()
        own = b"%d 0 R" % number
        kids: list[bytes] = []
        page_entry = b""
        pieces = self.pieces.get(element)
        if pieces:
            first = pieces[0][0]
            page_entry = b"/Pg " + self.pages[first]
            for page, mcid in pieces:
                if page == first:
                    kids.append(b"%d" % mcid)
                else:
                    kids.append(
                        b"<</Type/MCR/Pg %b/MCID %d>>" % (self.pages[page], mcid)
                    )
        for child in element.children:
            if written := self.write(child, own):
                kids.append(written)
        for note in self.notes.get(element, ()):
            kids.append(
                b"<</Type/OBJR/Obj %d 0 R/Pg %b>>"
                % (note.number, self.pages[note.page])
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

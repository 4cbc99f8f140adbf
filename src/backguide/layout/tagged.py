"""A canvas that writes tagged PDF: PDF/UA-1 and PDF/A-2a in one file.

No other module knows about marked content. Text must belong to a structure
element or be an artifact; anything else is an error while drawing.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final, Protocol

from backguide.errors import LayoutError
from backguide.layout.form_fields import field_entries, form_entries
from backguide.layout.glyphs import Glyphs
from backguide.layout.metadata import (
    write_information,
    write_output_intent,
    write_packet,
)
from backguide.layout.objects import PdfFile, escaped, text_string
from backguide.layout.outline import Bookmark, write_outline
from backguide.layout.structure import Element
from backguide.layout.structure_writer import PlacedNote, StructureWriter

_ROUND: Final = 0.5523
"""How far the handles of a quarter circle reach, against its radius."""

_END: Final = b"EMC"
_PAINT: Final = {
    (True, True): b"B", (True, False): b"f", (False, True): b"S", (False, False): b"n"
}  # fmt: skip
"""The operator that ends a path, by fill and stroke."""


class Picture(Protocol):
    """Plain pixels, row by row from the top, one byte for each colour."""

    @property
    def width(self) -> int:
        """Return how many pixels a row has."""

    @property
    def height(self) -> int:
        """Return how many rows there are."""

    @property
    def pixels(self) -> bytes:
        """Return one byte for each pixel in grey, three in colour."""

    @property
    def is_grey(self) -> bool:
        """Tell how many bytes a pixel has."""


@dataclass(slots=True)
class _PageState:
    """A page while it is drawn, and what is known of it at the end."""

    code: list[bytes] = field(default_factory=list)
    owners: list[Element] = field(default_factory=list)
    """The element of each piece of marked content, by its MCID."""
    notes: list[int] = field(default_factory=list)
    """Numbers of its annotations."""
    key: int = 0
    """Its place in the parent tree."""
    number: int = 0
    content: int = 0
    # What the page has set already; every q is closed before anything is set again.
    fill: tuple[float, ...] = ()
    stroke: tuple[float, ...] = ()
    width: float = -1.0
    font: tuple[bytes, float] = (b"", 0.0)


class _Ender:
    """Closes a piece of marked content at the end of a ``with`` block."""

    __slots__ = ("_canvas",)

    def __init__(self, canvas: "TaggedCanvas") -> None:
        self._canvas = canvas

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._canvas.end_piece()


class TaggedCanvas:
    """Draws marks of a document and writes its structure beside them."""

    def __init__(
        self, width: float, height: float, *, title: str, language: str, issued_on: date
    ) -> None:
        """Begin a document.

        Args:
            width: Page width in points.
            height: Page height in points.
            title: Document title; never a person's name.
            language: BCP 47 tag.
            issued_on: The only date in the file.
        """
        self._file = PdfFile()
        self._glyphs = Glyphs()
        self._size = (width, height)
        self._title = title
        self._language = language
        self._issued_on = issued_on
        self._resources = self._file.reserve()
        self._pages: list[_PageState] = []
        self._page = _PageState()
        self._writer = StructureWriter(self._file)
        self._next_key = 0
        self._parents: dict[int, bytes] = {}
        """The parent tree: elements of a page or of an annotation, by key."""
        self._notes: list[tuple[int, Element]] = []
        """Key and element of each annotation that is not in the parent tree yet."""
        self._fields: list[int] = []
        self._bookmarks: list[Bookmark] = []
        self._stamps: dict[str, int] = {}
        self._pictures: dict[int, tuple[int, Picture]] = {}
        """Number of each picture by its identity; the picture is kept alive."""
        self._is_open = False
        self._last_owner: Element | None = None
        """Owner of the piece that ends the page's code, if it may go on."""
        self._ender = _Ender(self)

    # --- marked content -----------------------------------------------------

    def owned_by(self, element: Element) -> _Ender:
        """Attach what is drawn inside the ``with`` block to an element.

        Pieces of one element that follow each other are one piece.
        """
        page = self._page
        if self._last_owner is element and not self._is_open:
            page.code.pop()
            self._is_open = True
            return self._ender
        mcid = len(page.owners)
        self._begin(b"/%b <</MCID %d>> BDC" % (element.tag.encode("ascii"), mcid))
        page.owners.append(element)
        self._writer.pieces.setdefault(element, []).append((len(self._pages), mcid))
        self._last_owner = element
        return self._ender

    def artifact(self, kind: str = "") -> _Ender:
        """Mark what is drawn inside the ``with`` block as meaning nothing to a reader.

        Args:
            kind: Header, Footer, or empty for layout.
        """
        begin = b"/Artifact BMC"
        if kind:
            begin = b"/Artifact <</Type/Pagination/Subtype/%b>> BDC" % kind.encode()
        self._begin(begin)
        self._last_owner = None
        return self._ender

    def _begin(self, code: bytes) -> None:
        if self._is_open:
            raise LayoutError("marked content must not be nested")
        self._is_open = True
        self._page.code.append(code)

    def end_piece(self) -> None:
        """Close a piece of marked content."""
        self._page.code.append(_END)
        self._is_open = False

    def _check_open(self) -> None:
        if not self._is_open:
            raise LayoutError("nothing may be drawn outside an element or artifact")

    # --- text ---------------------------------------------------------------

    def text(
        self,
        x: float,
        y: float,
        runs: Sequence[tuple[str, str]],
        size: float,
        colour: tuple[float, float, float],
    ) -> None:
        """Draw a line of text; runs are (text, face)."""
        self._check_open()
        self._set_fill(colour)
        page = self._page
        parts = [b"BT %.2f %.2f Td" % (x, y)]
        for text, face in runs:
            for font, codes in self._glyphs.encoded(text, face):
                if page.font != (font, size):
                    page.font = (font, size)
                    parts.append(b"/%b %g Tf" % page.font)
                parts.append(b"(%b)Tj" % escaped(codes))
        parts.append(b"ET")
        page.code.append(b" ".join(parts))

    # --- shapes -------------------------------------------------------------

    def rectangle(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: tuple[float, float, float] | None,
        stroke: tuple[float, float, float] | None,
        line_width: float,
        radius: float = 0,
    ) -> None:
        """Draw a rectangle from its lower left corner."""
        self._set(fill, stroke, line_width)
        if radius:
            path = _rounded(x, y, x + width, y + height, radius)
        else:
            path = b"%.2f %.2f %.2f %.2f re" % (x, y, width, height)
        self._paint(path, fill, stroke)

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        colour: tuple[float, float, float],
        line_width: float,
    ) -> None:
        """Draw a straight line."""
        self._set(None, colour, line_width)
        self._page.code.append(b"%.2f %.2f m %.2f %.2f l S" % (x1, y1, x2, y2))

    def polygon(
        self,
        points: list[tuple[float, float]],
        *,
        fill: tuple[float, float, float] | None,
        stroke: tuple[float, float, float] | None = None,
        line_width: float = 1,
    ) -> None:
        """Draw a closed polygon."""
        self._set(fill, stroke, line_width)
        corners = [b"%.2f %.2f l" % point for point in points[1:]]
        path = b" ".join([b"%.2f %.2f m" % points[0], *corners, b"h"])
        self._paint(path, fill, stroke)

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        *,
        fill: tuple[float, float, float] | None,
        stroke: tuple[float, float, float] | None = None,
        line_width: float = 1,
    ) -> None:
        """Draw a circle."""
        self._set(fill, stroke, line_width)
        path = _rounded(x - radius, y - radius, x + radius, y + radius, radius)
        self._paint(path, fill, stroke)

    def _set(
        self,
        fill: tuple[float, float, float] | None,
        stroke: tuple[float, float, float] | None,
        line_width: float,
    ) -> None:
        """Set colours and line width, unless the page has them already."""
        self._check_open()
        if fill is not None:
            self._set_fill(fill)
        page = self._page
        if stroke is not None:
            if page.stroke != stroke:
                page.stroke = stroke
                page.code.append(b"%.3g %.3g %.3g RG" % stroke)
            if page.width != line_width:
                page.width = line_width
                page.code.append(b"%.3g w" % line_width)

    def _set_fill(self, colour: tuple[float, float, float]) -> None:
        page = self._page
        if page.fill != colour:
            page.fill = colour
            page.code.append(b"%.3g %.3g %.3g rg" % colour)

    def _paint(
        self,
        path: bytes,
        fill: tuple[float, float, float] | None,
        stroke: tuple[float, float, float] | None,
    ) -> None:
        operator = _PAINT[fill is not None, stroke is not None]
        self._page.code.append(b"%b %b" % (path, operator))

    # --- pictures -----------------------------------------------------------

    def image(
        self, image: Picture, x: float, y: float, width: float, height: float
    ) -> None:
        """Draw a picture from its lower left corner.

        Args:
            image: Grey, or red, green and blue.
            x: Left edge in points.
            y: Lower edge.
            width: Width in points.
            height: Height in points.
        """
        self._check_open()
        if id(image) not in self._pictures:
            space = b"DeviceGray" if image.is_grey else b"DeviceRGB"
            entries = (
                b"/Type/XObject/Subtype/Image/Width %d/Height %d"
                b"/ColorSpace/%b/BitsPerComponent 8"
                % (image.width, image.height, space)
            )
            number = self._file.packed(entries, image.pixels)
            self._pictures[id(image)] = (number, image)
        place = b"q %.2f 0 0 %.2f %.2f %.2f cm" % (width, height, x, y)
        number = self._pictures[id(image)][0]
        self._page.code.append(b"%b /X%d Do Q" % (place, number))

    def operators(self, code: str) -> None:
        """Add ready drawing operators, balanced in q and Q and without text."""
        self._check_open()
        self._page.code.append(code.encode("ascii"))

    def stamp(
        self, code: str, x: float, y: float, box: tuple[float, float, float, float]
    ) -> None:
        """Draw ready operators that stand in the file only once.

        Args:
            code: Operators, without text.
            x: Where their origin stands on the page, in points.
            y: As above.
            box: Left, lower, right and upper edge of what they may paint, from there.
        """
        self._check_open()
        number = self._stamps.get(code)
        if number is None:
            entries = (
                b"/Type/XObject/Subtype/Form/BBox[%.2f %.2f %.2f %.2f]/Resources<<>>"
                b"/Filter/FlateDecode" % box
            )
            number = self._file.stream(entries, _packed_code(code))
            self._stamps[code] = number
        self._page.code.append(b"q 1 0 0 1 %.2f %.2f cm /X%d Do Q" % (x, y, number))

    # --- beside the content -------------------------------------------------

    def annotate(
        self,
        owner: Element,
        box: tuple[float, float, float, float],
        entries: bytes,
        *,
        is_field: bool = False,
    ) -> int:
        """Add an annotation to the page and its element; return its object number.

        Args:
            owner: Its element, such as Link or Form.
            box: Left, lower, right and upper edge in points.
            entries: What its dictionary says beside type, box, flags and structure;
                /Subtype and, for a reader that cannot see it, /Contents or /TU.
            is_field: True for a field of a form.
        """
        number = self._file.reserve()
        key = self._take_key()
        self._file.put(
            number,
            b"<</Type/Annot/F 4/Rect[%.2f %.2f %.2f %.2f]%b/StructParent %d>>"
            % (*box, entries, key),
        )
        self._notes.append((key, owner))
        self._writer.notes.setdefault(owner, []).append(
            PlacedNote(len(self._pages), number)
        )
        self._page.notes.append(number)
        if is_field:
            self._fields.append(number)
        return number

    def text_field(
        self,
        owner: Element,
        box: tuple[float, float, float, float],
        name: str,
        words: str,
    ) -> None:
        """Make a part of the page an empty field to fill in on screen.

        Args:
            owner: A Form element of its own.
            box: Left, lower, right and upper edge in points.
            name: Unique in the file, in ASCII, without a full stop.
            words: What a screen reader says.
        """
        width, height = box[2] - box[0], box[3] - box[1]
        entries = field_entries(self._file, name, words, width, height)
        self.annotate(owner, box, entries, is_field=True)

    def link(
        self,
        owner: Element,
        box: tuple[float, float, float, float],
        address: str,
        words: str,
    ) -> None:
        """Make a part of the page lead to an address on the web.

        Args:
            owner: A Link element that also owns the text.
            box: Left, lower, right and upper edge in points.
            address: The URI, in ASCII.
            words: What a screen reader says.
        """
        self.annotate(
            owner,
            box,
            b"/Subtype/Link/Border[0 0 0]/Contents %b/A<</S/URI/URI%b>>"
            % (text_string(words), text_string(address)),
        )

    def bookmark(self, key: str, title: str, y: float, level: int = 0) -> None:
        """Add an outline entry that jumps to a height of this page.

        Args:
            key: Not printed; kept for those who name their places.
            title: What the outline shows.
            y: Height in points from the lower edge.
            level: 0 for the outermost; at most one more than the entry before.
        """
        del key
        self._bookmarks.append(Bookmark(title, len(self._pages), y, level))

    def end_page(self) -> None:
        """Finish the page and begin the next."""
        page = self._page
        page.key = self._take_key()
        page.number = self._file.reserve()
        self._writer.pages.append(b"%d 0 R" % page.number)
        page.content = self._file.packed(b"", b"\n".join(page.code))
        page.code.clear()
        self._pages.append(page)
        self._page = _PageState()
        self._last_owner = None

    def _take_key(self) -> int:
        self._next_key += 1
        return self._next_key - 1

    # --- the end ------------------------------------------------------------

    def finish(self, root: Element) -> bytes:
        """Write structure and metadata, and return the file."""
        file = self._file
        tree = self._write_structure(root)
        page_tree = self._write_pages()
        pages = [page.number for page in self._pages]
        outline = write_outline(file, self._bookmarks, pages)
        packet = write_packet(file, self._title, self._language, self._issued_on)
        entries = [
            b"/Type/Catalog/Pages %d 0 R/StructTreeRoot %d 0 R" % (page_tree, tree),
            b"/MarkInfo<</Marked true>>/Lang%b" % text_string(self._language),
            b"/ViewerPreferences<</DisplayDocTitle true>>",
            b"/Metadata %d 0 R" % packet,
            b"/OutputIntents[%d 0 R]" % write_output_intent(file),
        ]
        if outline:
            entries.append(b"/Outlines %d 0 R/PageMode/UseOutlines" % outline)
        if self._fields:
            entries.append(form_entries(file, self._fields))
        catalog = file.add(b"<<%b>>" % b"".join(entries))
        return file.to_bytes(
            catalog, write_information(file, self._title, self._issued_on)
        )

    def _write_structure(self, root: Element) -> int:
        """Write what is left of the tree, and return its number."""
        file = self._file
        tree = file.reserve()
        top = self._writer.write(root, b"%d 0 R" % tree)
        self._fill_parent_tree()
        rows = b" ".join(b"%d %b" % row for row in sorted(self._parents.items()))
        holder = file.add(b"<</Nums[%b]>>" % rows)
        file.put(
            tree,
            b"<</Type/StructTreeRoot/K %b/ParentTree %d 0 R/ParentTreeNextKey %d>>"
            % (top, holder, self._next_key),
        )
        return tree

    def _fill_parent_tree(self) -> None:
        """Enter the written elements into the parent tree."""
        references = self._writer.references
        for page in self._pages:
            owners = b" ".join([references[owner] for owner in page.owners])
            self._parents[page.key] = b"[%b]" % owners
        for key, owner in self._notes:
            self._parents[key] = references[owner]

    def _write_pages(self) -> int:
        file = self._file
        numbers = [number for number, _ in self._pictures.values()]
        drawn = sorted((*self._stamps.values(), *numbers))
        objects = b"".join(b"/X%d %d 0 R" % (number, number) for number in drawn)
        fonts = self._glyphs.write(file)
        file.put(self._resources, b"<</Font<<%b>>/XObject<<%b>>>>" % (fonts, objects))
        tree = file.reserve()
        for page in self._pages:
            notes = b" ".join(b"%d 0 R" % number for number in page.notes)
            file.put(
                page.number,
                b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %.2f %.2f]/Resources %d 0 R"
                b"/Contents %d 0 R/StructParents %d/Tabs/S%b>>"
                % (tree, *self._size, self._resources, page.content, page.key,
                   b"/Annots[%b]" % notes if notes else b""),
            )  # fmt: skip
        kids = b" ".join(b"%d 0 R" % page.number for page in self._pages)
        count = len(self._pages)
        file.put(tree, b"<</Type/Pages/Count %d/Kids[%b]>>" % (count, kids))
        return tree


@lru_cache(maxsize=1024)
def _packed_code(code: str) -> bytes:
    """Return operators compressed; they are drawings of the library, never a person's.

    Keyed by what they are, so it does not matter what was printed before.
    """
    return zlib.compress(code.encode("ascii"))


def _rounded(
    left: float, lower: float, right: float, upper: float, radius: float
) -> bytes:
    """Return the path of a rectangle with round corners."""
    handle = radius * (1 - _ROUND)
    return (
        b"%.2f %.2f m %.2f %.2f l %.2f %.2f %.2f %.2f %.2f %.2f c "
        b"%.2f %.2f l %.2f %.2f %.2f %.2f %.2f %.2f c "
        b"%.2f %.2f l %.2f %.2f %.2f %.2f %.2f %.2f c "
        b"%.2f %.2f l %.2f %.2f %.2f %.2f %.2f %.2f c h"
    ) % (
        left + radius, lower, right - radius, lower,
        right - handle, lower, right, lower + handle, right, lower + radius,
        right, upper - radius,
        right, upper - handle, right - handle, upper, right - radius, upper,
        left + radius, upper,
        left + handle, upper, left, upper - handle, left, upper - radius,
        left, lower + radius,
        left, lower + handle, left + handle, lower, left + radius, lower,
    )  # fmt: skip

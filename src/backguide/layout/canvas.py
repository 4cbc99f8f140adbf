"""reportlab's Canvas, taught to write tagged PDF: PDF/UA-1 and PDF/A-2a in one file.

Whatever is drawn must belong to a structure element or be an artifact; anything else is
an error while drawing. Pages, catalog, outline and pictures are written by reportlab.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.pdfgen.canvas import Canvas

from backguide.errors import LayoutError
from backguide.layout.breaking import Line
from backguide.layout.document import (
    Ready,
    TaggedDocument,
    escaped,
    stream_object,
    text_string,
)
from backguide.layout.form_fields import AnswerFields, field_entries, form_entries
from backguide.layout.metadata import (
    PRODUCER,
    SHEET_TOOL,
    write_information,
    write_output_intent,
    write_packet,
)
from backguide.layout.structure import Element
from backguide.layout.structure_writer import PlacedNote, StructureWriter
from backguide.layout.theme import PALETTES, Colour, Ink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backguide.layout.flowables import AnswerMark, Slab
    from backguide.layout.logo import Logo

_END: Final = "EMC"
_OF_PAGES: Final = [*pdfdoc.PDFPage.__NoDefault__, "StructParents", "Tabs"]
_OF_CATALOG: Final = [*pdfdoc.PDFCatalog.__NoDefault__, "OutputIntents"]
"""Keys that reportlab writes; it leaves out what it does not know."""


class _Ender:
    """Closes a piece of marked content at the end of a ``with`` block."""

    __slots__ = ("_canvas",)

    def __init__(self, canvas: "TaggedCanvas") -> None:
        self._canvas = canvas

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._canvas.end_piece()


class TaggedCanvas(Canvas):  # type: ignore[misc]
    """Draws on pages and writes the structure of a document beside them."""

    _code: list[str]
    _fillColorObj: Any
    _strokeColorObj: Any

    def __init__(
        self,
        width: float,
        height: float,
        *,
        title: str,
        language: str,
        issued_on: date,
        ink: Ink = "mono",
    ) -> None:
        """Begin a document.

        Args:
            width: Page width in points.
            height: Page height in points.
            title: Document title; never a person's name.
            language: BCP 47 tag.
            issued_on: The only date in the file.
            ink: For which colours are looked up by their names.
        """
        super().__init__(
            None, (width, height), pageCompression=1, initialFontName="regular"
        )
        self._doc: TaggedDocument = TaggedDocument()
        self.ink: Ink = ink
        self.palette = PALETTES[ink]
        self._title = title
        self._language = language
        self._issued_on = issued_on
        self._writer = StructureWriter(self._doc)
        self._owners: list[list[Element]] = [[]]
        """For each page the element of each piece of marked content, by its MCID."""
        self._notes: list[tuple[Element, int, bytes]] = []
        """Element, object number and body of each annotation, but for its key."""
        self._fields: list[int] = []
        self._answers = AnswerFields(self._doc)
        self._tool = PRODUCER
        self._stamps: dict[str, str] = {}
        self._is_open = False
        self._last_owner: Element | None = None
        """Owner of the piece that ends the page's code, if it may go on."""
        self._ender = _Ender(self)

    # --- marked content -----------------------------------------------------

    def owned_by(self, element: Element) -> _Ender:
        """Attach what is drawn inside the ``with`` block to an element.

        Pieces of one element that follow each other are one piece.
        """
        if self._last_owner is element and not self._is_open:
            self._code.pop()
            self._is_open = True
            return self._ender
        owners = self._owners[-1]
        piece = len(owners)
        self._begin(f"/{element.tag} <</MCID {piece}>> BDC")
        owners.append(element)
        page = len(self._owners) - 1
        self._writer.pieces.setdefault(element, []).append((page, piece))
        self._last_owner = element
        return self._ender

    def artifact(self, kind: str = "") -> _Ender:
        """Mark what is drawn inside the ``with`` block as meaning nothing to a reader.

        Args:
            kind: Header, Footer, or empty for layout.
        """
        begin = "/Artifact BMC"
        if kind:
            begin = f"/Artifact <</Type/Pagination/Subtype/{kind}>> BDC"
        self._begin(begin)
        self._last_owner = None
        return self._ender

    def _begin(self, code: str) -> None:
        if self._is_open:
            raise LayoutError("marked content must not be nested")
        self._is_open = True
        self._code.append(code)

    def end_piece(self) -> None:
        """Close a piece of marked content."""
        self._code.append(_END)
        self._is_open = False

    def _check_open(self) -> None:
        if not self._is_open:
            raise LayoutError("nothing may be drawn outside an element or artifact")

    def place(self, flowable: "Slab", x: float, y: float) -> None:
        """Draw a Flowable from its lower left corner."""
        flowable.draw_at(self, x, y)

    # --- what is drawn ------------------------------------------------------

    def text(
        self,
        x: float,
        y: float,
        runs: "Sequence[tuple[str, str]]",
        size: float,
        colour: Colour,
    ) -> None:
        """Draw a line of text; runs are (text, face)."""
        self.setFillColorRGB(*colour)
        words = self.beginText(x, y)
        for text, face in runs:
            words.setFont(face, size)
            words.textOut(text)
        self.drawText(words)

    def words(
        self, x: float, y: float, line: Line, size: float, colour: Colour
    ) -> None:
        """Draw a line that was broken for this size of type.

        What draws it is kept with the line, so a line of the library is made once. A
        line with rare letters is made anew: their codes are those of the document.
        """
        if not line.code:
            line.code = _recorded(line, size)
        if line.code == _RARE:
            self.text(x, y, _spaced(line), size, colour)
            return
        self._check_open()
        self.setFillColorRGB(*colour)
        for run in line.runs:
            if run.face not in self._doc.fontMapping:
                getFont(run.face).getSubsetInternalName(0, self._doc)
        self._code.append(f"BT 1 0 0 1 {x:.2f} {y:.2f} Tm {line.code} ET")

    def setFillColorRGB(
        self, red: float, green: float, blue: float, alpha: float | None = None
    ) -> None:
        """Set the colour of areas and text, unless it is set already."""
        if self._fillColorObj != (red, green, blue):
            super().setFillColorRGB(red, green, blue, alpha)

    def setStrokeColorRGB(
        self, red: float, green: float, blue: float, alpha: float | None = None
    ) -> None:
        """Set the colour of lines, unless it is set already."""
        if self._strokeColorObj != (red, green, blue):
            super().setStrokeColorRGB(red, green, blue, alpha)

    def colour(self, name: str) -> Colour:
        """Return a colour of the palette."""
        colour: Colour = getattr(self.palette, name)
        return colour

    @contextmanager
    def recording(self) -> Iterator[list[str]]:
        """Keep what is drawn inside the ``with`` block, to be replayed anywhere.

        It begins with no colour set, as nobody knows what the page has set then.
        """
        page = self._code
        code: list[str] = []
        colours = self._fillColorObj, self._strokeColorObj
        self._code = code
        self._fillColorObj = self._strokeColorObj = None
        try:
            yield code
        finally:
            self._code = page
            self._fillColorObj, self._strokeColorObj = colours

    def replay(self, code: str, x: float, y: float) -> None:
        """Draw what was recorded, with its origin at a place."""
        self._check_open()
        self._code.append(f"q 1 0 0 1 {x:.2f} {y:.2f} cm {code} Q")

    def rectangle(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: Colour | None,
        stroke: Colour | None,
        line_width: float,
        radius: float = 0,
    ) -> None:
        """Draw a rectangle from its lower left corner."""
        self._set(fill, stroke, line_width)
        painted = {"fill": fill is not None, "stroke": stroke is not None}
        if radius:
            self.roundRect(x, y, width, height, radius, **painted)
        else:
            self.rect(x, y, width, height, **painted)

    def rule(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        colour: Colour,
        line_width: float,
    ) -> None:
        """Draw a straight line."""
        self._set(None, colour, line_width)
        self.line(x1, y1, x2, y2)

    def polygon(self, points: "Sequence[tuple[float, float]]", *, fill: Colour) -> None:
        """Draw a filled polygon."""
        self._set(fill, None, 0)
        path = self.beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        path.close()
        self.drawPath(path, stroke=0, fill=1)

    def disc(self, x: float, y: float, radius: float, *, fill: Colour) -> None:
        """Draw a filled circle."""
        self._set(fill, None, 0)
        self.circle(x, y, radius, stroke=0, fill=1)

    def _set(
        self, fill: Colour | None, stroke: Colour | None, line_width: float
    ) -> None:
        if fill is not None:
            self.setFillColorRGB(*fill)
        if stroke is not None:
            self.setStrokeColorRGB(*stroke)
            self.setLineWidth(line_width)

    def image(
        self, logo: "Logo", x: float, y: float, width: float, height: float
    ) -> None:
        """Draw a picture from its lower left corner, in points."""
        from PIL import Image

        mode = "L" if logo.is_grey else "RGB"
        pixels = Image.frombytes(mode, (logo.width, logo.height), logo.pixels)
        self.drawImage(ImageReader(pixels), x, y, width, height)

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
        name = self._stamps.get(code)
        if name is None:
            name = self._stamps[code] = str(len(self._stamps))
            entries = (
                b"/Type/XObject/Subtype/Form/BBox[%.2f %.2f %.2f %.2f]/Resources<<>>"
                b"/Filter/FlateDecode" % box
            )
            form = Ready(stream_object(entries, _packed_code(code)))
            self._doc.addForm(name, form)
        self.saveState()
        self.translate(x, y)
        self.doForm(name)
        self.restoreState()

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
        body = b"<</Type/Annot/F 4/Rect[%.2f %.2f %.2f %.2f]%b/StructParent %%d>>" % (
            *box,
            entries.replace(b"%", b"%%"),
        )
        number = self._doc.reserve()
        self._notes.append((owner, number, body))
        page = len(self._owners) - 1
        self._writer.notes.setdefault(owner, []).append(PlacedNote(page, number))
        self._annotationrefs.append(b"%d 0 R" % number)
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
        entries = field_entries(self._doc, name, words, width, height)
        self.annotate(owner, box, entries, is_field=True)

    def answer(
        self, mark: "AnswerMark", box: tuple[float, float, float, float]
    ) -> None:
        """Make a part of the page a box to tick or to write in on screen."""
        number = self.annotate(mark.owner, box, self._answers.entries(mark))
        self._answers.placed(mark, number)

    def note_in_form(self, name: str, text: str) -> None:
        """Keep a text in a field of the form that stands on no page."""
        self._answers.note(name, text)
        self._tool = SHEET_TOOL

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
            key: Unique in the file; not printed.
            title: What the outline shows.
            y: Height in points from the lower edge.
            level: 0 for the outermost; at most one more than the entry before.
        """
        self.bookmarkHorizontalAbsolute(key, round(y, 2))
        self.addOutlineEntry(title, key, level, closed=True)

    def end_page(self) -> None:
        """Finish the page and begin the next."""
        self.showPage()
        page = self._doc.Pages.pages[-1]
        # reportlab would write the text of a page in UTF-8.
        page.stream = page.stream.encode("latin-1")
        page.__NoDefault__ = _OF_PAGES
        page.StructParents = len(self._owners) - 1
        page.Tabs, page.Trans = "/S", None
        self._writer.pages.append(b"%d 0 R" % self._doc.number_of(page))
        self._owners.append([])
        self._last_owner = None

    # --- the end ------------------------------------------------------------

    def finish(self, root: Element) -> bytes:
        """Write structure and metadata, and return the file."""
        doc, catalog = self._doc, self._doc.Catalog
        catalog.__NoDefault__ = _OF_CATALOG
        catalog.StructTreeRoot = b"%d 0 R" % self._write_structure(root)
        catalog.MarkInfo = b"<</Marked true>>"
        catalog.Lang = text_string(self._language)
        catalog.ViewerPreferences = b"<</DisplayDocTitle true>>"
        packet = write_packet(
            doc, self._title, self._language, self._issued_on, self._tool
        )
        catalog.Metadata = b"%d 0 R" % packet
        catalog.OutputIntents = b"[%d 0 R]" % write_output_intent(doc)
        if doc.outline.levelstack:
            catalog.PageMode = "/UseOutlines"
        else:
            catalog.PageMode = None
        if fields := [*self._fields, *self._answers.write()]:
            catalog.AcroForm = form_entries(doc, fields)
        facts = write_information(doc, self._title, self._issued_on, self._tool)
        return doc.to_bytes(self, facts)

    def _write_structure(self, root: Element) -> int:
        """Write the tree with its parent tree, and return its number."""
        doc, references = self._doc, self._writer.references
        tree = doc.reserve()
        top = self._writer.write(root, b"%d 0 R" % tree)
        pages = self._owners[:-1]
        rows = [
            b"%d [%b]" % (key, b" ".join([references[owner] for owner in owners]))
            for key, owners in enumerate(pages)
        ]
        key = len(pages)
        for owner, number, body in self._notes:
            doc.put(number, body % key)
            rows.append(b"%d %b" % (key, references[owner]))
            key += 1
        holder = doc.add(b"<</Nums[%b]>>" % b" ".join(rows))
        doc.put(
            tree,
            b"<</Type/StructTreeRoot/K %b/ParentTree %d 0 R/ParentTreeNextKey %d>>"
            % (top, holder, key),
        )
        return tree


def _only_inside(name: str) -> Any:
    """Return one of the canvas's methods, refused outside elements and artifacts."""
    stock = getattr(Canvas, name)

    def draw(self: TaggedCanvas, *place: Any, **how: Any) -> Any:
        self._check_open()
        return stock(self, *place, **how)

    return draw


for _name in ("line", "rect", "drawPath", "drawText", "drawImage", "doForm"):
    setattr(TaggedCanvas, _name, _only_inside(_name))


_RARE: Final = "rare"
"""Stands for the code of a line that cannot be kept."""


def _spaced(line: Line) -> list[tuple[str, str]]:
    """Return text and face of each run, with the space that ends a line read aloud."""
    runs = [(run.text, run.face) for run in line.runs]
    if runs and not line.ends_in_word:
        runs[-1] = (runs[-1][0] + " ", runs[-1][1])
    return runs


def _recorded(line: Line, size: float) -> str:
    """Return the operators that show a line, without its place and colour."""
    shown = []
    for text, face in _spaced(line):
        font = getFont(face)
        codes = font.core_codes(text)
        if codes is None:
            return _RARE
        shown.append(
            f"/{font.name} {size:g} Tf ({escaped(codes).decode('latin-1')}) Tj"
        )
    return " ".join(shown)


@lru_cache(maxsize=1024)
def _packed_code(code: str) -> bytes:
    """Return operators compressed; they are drawings of the library, never a person's.

    Keyed by what they are, so it does not matter what was printed before.
    """
    return zlib.compress(code.encode("ascii"))

"""Read what the pages of a PDF show and say, with pdfium.

In:   the bytes of a PDF.
Out:  for each page its text, its tagged pieces as they are drawn, and its structure
      as it is read aloud; the outline and the title of the file.
Pure: no files, no clock. Knows nothing of how the file was made.

pdfium finds the structure of a page through the parent tree and gives each element the
pieces that its own entry names. So what is read aloud agrees with what is drawn only
when both directions agree.
"""

from collections.abc import Iterator
from ctypes import (
    PYFUNCTYPE,
    byref,
    c_char_p,
    c_int,
    c_ulong,
    c_void_p,
    cast,
    create_string_buffer,
    string_at,
)
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from backguide.errors import VerificationError

MAX_DEPTH: Final = 60
"""A structure tree that is deeper is no document of ours."""
_SECTIONS: Final = 1
"""Depth of the sections: they stand right below the document."""
_MOST_BYTES: Final = 1 << 16
"""No title, alternative text or artifact of ours is longer."""

_UNIT: Final = 2
"""Bytes of a unit of UTF-16; there is a zero at the end of each text."""
_ARTIFACT: Final = "Artifact\0".encode("utf-16-le")


def _plain(name: str, result: Any, *arguments: Any) -> Any:
    """Return a function of pdfium that takes and gives handles as plain numbers.

    pypdfium2's own make an object for each handle; a page has thousands.
    """
    address = cast(getattr(pdfium, name), c_void_p).value or 0
    return PYFUNCTYPE(result, *arguments)(address)


_count_objects: Final = _plain("FPDFPage_CountObjects", c_int, c_void_p)
_object: Final = _plain("FPDFPage_GetObject", c_void_p, c_void_p, c_int)
_object_type: Final = _plain("FPDFPageObj_GetType", c_int, c_void_p)
_count_marks: Final = _plain("FPDFPageObj_CountMarks", c_int, c_void_p)
_mark: Final = _plain("FPDFPageObj_GetMark", c_void_p, c_void_p, c_ulong)
_mark_name: Final = _plain(
    "FPDFPageObjMark_GetName", c_int, c_void_p, c_void_p, c_ulong, c_void_p
)
_piece_drawn: Final = _plain("FPDFPageObj_GetMarkedContentID", c_int, c_void_p)
_object_text: Final = _plain(
    "FPDFTextObj_GetText", c_ulong, c_void_p, c_void_p, c_void_p, c_ulong
)
_tree: Final = _plain("FPDF_StructTree_GetForPage", c_void_p, c_void_p)
_close_tree: Final = _plain("FPDF_StructTree_Close", None, c_void_p)
_count_roots: Final = _plain("FPDF_StructTree_CountChildren", c_int, c_void_p)
_root: Final = _plain("FPDF_StructTree_GetChildAtIndex", c_void_p, c_void_p, c_int)
_count_kids: Final = _plain("FPDF_StructElement_CountChildren", c_int, c_void_p)
_kid: Final = _plain("FPDF_StructElement_GetChildAtIndex", c_void_p, c_void_p, c_int)
_piece_spoken: Final = _plain(
    "FPDF_StructElement_GetChildMarkedContentID", c_int, c_void_p, c_int
)
_type: Final = _plain(
    "FPDF_StructElement_GetType", c_ulong, c_void_p, c_void_p, c_ulong
)
_title: Final = _plain(
    "FPDF_StructElement_GetTitle", c_ulong, c_void_p, c_void_p, c_ulong
)
_alt: Final = _plain(
    "FPDF_StructElement_GetAltText", c_ulong, c_void_p, c_void_p, c_ulong
)
_actual: Final = _plain(
    "FPDF_StructElement_GetActualText", c_ulong, c_void_p, c_void_p, c_ulong
)
_note_text: Final = _plain(
    "FPDFAnnot_GetStringValue", c_ulong, c_void_p, c_char_p, c_void_p, c_ulong
)

ONE_AT_A_TIME: Final = Lock()
"""pdfium may not be called by two threads at once."""


class Element(NamedTuple):
    """One element of the structure, as a page has it."""

    depth: int
    tag: str
    title: str
    alt: str
    actual_text: str
    pieces: tuple[int, ...]
    """Its own marked content (MCID), in reading order."""


class Annotation(NamedTuple):
    """A link or a field."""

    kind: int
    """As pdfium numbers them."""
    box: tuple[float, ...]
    words: str
    """What a screen reader says."""
    target: str
    """Address of a link."""


@dataclass(frozen=True, slots=True)
class PageRead:
    """One page as a reader meets it."""

    text: str
    """All of it, artifacts too, in drawing order."""
    artifacts: tuple[str, ...]
    """Texts that are not read aloud: head, foot, a table's head shown again."""
    furniture: tuple[str, ...]
    """Those of them that are drawn after everything that is read aloud."""
    drawn: tuple[int, ...]
    """Marked content (MCID) in drawing order; pieces of one that touch count once."""
    elements: tuple[Element, ...]
    """The structure in reading order, from the root down."""
    annotations: tuple[Annotation, ...]
    faults: tuple[str, ...]
    """What breaks the rules of tagged content."""
    ways: tuple[tuple[int, ...], ...] = field(compare=False)
    """From the root of the whole structure to each of its pieces: which child."""

    @property
    def spoken(self) -> tuple[int, ...]:
        """Return the marked content in the order in which it is read aloud."""
        return tuple(piece for element in self.elements for piece in element.pieces)


@dataclass(frozen=True, slots=True)
class FileRead:
    """A PDF as a reader meets it."""

    pages: tuple[PageRead, ...]
    outline: tuple[tuple[str, int], ...]
    """Title and page (counted from 1) of each bookmark, in order; read in full."""
    information: dict[str, str]
    """Title, author and the like."""

    @property
    def faults(self) -> Iterator[str]:
        """Yield what is not in order, with its page."""
        last: tuple[int, ...] = ()
        for number, page in enumerate(self.pages, 1):
            yield from (f"page {number}: {fault}" for fault in page.faults)
            if page.spoken != page.drawn:
                yield f"page {number}: what is read aloud is not what is drawn"
            if page.ways and min(page.ways) < last:
                yield f"page {number}: it is read aloud before an earlier page"
            last = max(page.ways, default=last)


def read_pages(content: bytes, *, is_in_full: bool = False) -> FileRead:
    """Return what a PDF shows and says.

    Args:
        content: The bytes of a PDF.
        is_in_full: Read tags, titles and alternative texts of all elements, the
            annotations and the outline; else only what tells sections apart.

    Raises:
        VerificationError: The bytes are no PDF.
    """
    with ONE_AT_A_TIME:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            raise VerificationError("the finished file is no PDF") from error
        texts = _Texts(is_in_full)
        try:
            return FileRead(
                tuple(_Page(document, n, texts).read() for n in range(len(document))),
                tuple(_outline(document)) if is_in_full else (),
                document.get_metadata_dict(skip_empty=True),
            )
        except pypdfium2.PdfiumError as error:
            raise VerificationError("a finished page cannot be read") from error
        finally:
            document.close()


def _outline(document: Any) -> Iterator[tuple[str, int]]:
    for bookmark in document.get_toc():
        target = bookmark.get_dest()
        page = None if target is None else target.get_index()
        yield bookmark.get_title(), 0 if page is None else page + 1


class _Texts:
    """Asks pdfium for texts of one file; one buffer serves all."""

    def __init__(self, is_in_full: bool) -> None:
        self.is_in_full = is_in_full
        self._bytes = create_string_buffer(_MOST_BYTES)
        self._length = c_ulong()

    def of(self, function: Any, *subject: Any) -> str:
        """Return a text that a function writes, telling how many bytes it took."""
        return self._text(function(*subject, self._bytes, _MOST_BYTES))

    def of_object(self, item: Any, reader: Any) -> str:
        """Return the text of one text object."""
        return self._text(_object_text(item, reader, self._bytes, _MOST_BYTES))

    def is_artifact(self, mark: Any) -> bool:
        """Tell whether marked content is an artifact by its name."""
        _mark_name(mark, self._bytes, _MOST_BYTES, byref(self._length))
        return string_at(self._bytes, self._length.value) == _ARTIFACT

    def of_annotation(self, note: Any, key: bytes) -> str:
        """Return a text of an annotation."""
        return self._text(_note_text(note, key, self._bytes, _MOST_BYTES))

    def _text(self, size: int) -> str:
        if size <= _UNIT:
            return ""
        if size > _MOST_BYTES:  # pdfium has written nothing then
            raise VerificationError("a text of the finished file is too long")
        return string_at(self._bytes, size - _UNIT).decode("utf-16-le", "replace")


class _Page:
    """Reads one page; handles of pdfium live no longer than ``read``."""

    def __init__(self, document: Any, index: int, texts: _Texts) -> None:
        self._document = document
        self._texts = texts
        self._page = document[index]
        self._faults: dict[str, None] = {}
        self._ways: list[tuple[int, ...]] = []

    def read(self) -> PageRead:
        """Return what the page shows and says."""
        reader = self._page.get_textpage()
        try:
            text = reader.get_text_range()
            drawn, artifacts, last = self._objects(reader.raw)
            elements = self._structure()
            notes = tuple(self._annotations()) if self._texts.is_in_full else ()
        finally:
            reader.close()
            self._page.close()
        return PageRead(
            text, artifacts, artifacts[last:], drawn, elements, notes,
            tuple(self._faults), tuple(self._ways),
        )  # fmt: skip

    def _fault(self, words: str) -> None:
        self._faults[words] = None

    def _objects(self, reader: Any) -> tuple[tuple[int, ...], tuple[str, ...], int]:
        """Return pieces, artifacts, and how many of these come before a piece."""
        drawn: list[int] = []
        before = 0
        artifacts: list[str] = []
        page, last = self._page.raw, -1
        for n in range(_count_objects(page)):
            item = _object(page, n)
            marks = _count_marks(item)
            if marks != 1:
                self._fault(
                    "one mark is nested in another" if marks > 1
                    else "something is drawn outside marked content"
                )  # fmt: skip
            piece = _piece_drawn(item)
            if piece >= 0:
                before = len(artifacts)
                if piece != last:
                    drawn.append(piece)
            elif marks == 1:
                if not self._texts.is_artifact(_mark(item, 0)):
                    self._fault("something is neither tagged nor an artifact")
                if _object_type(item) == pdfium.FPDF_PAGEOBJ_TEXT:
                    artifacts.append(self._texts.of_object(item, reader))
            last = piece
        return tuple(drawn), tuple(artifacts), before

    def _structure(self) -> tuple[Element, ...]:
        tree = _tree(self._page.raw)
        if not tree:
            self._fault("there is no structure tree")
            return ()
        found: list[Element] = []
        try:
            roots = _count_roots(tree)
            if roots != 1:
                self._fault(f"the structure tree has {roots} roots, not 1")
            for n in range(roots):
                root = _root(tree, n)
                if root:
                    self._element(root, (n,), found)
        finally:
            _close_tree(tree)
        return tuple(found)

    def _element(
        self, element: Any, way: tuple[int, ...], found: list[Element]
    ) -> bool:
        """Add an element and what is below it, unless the page has nothing of it."""
        depth = len(way) - 1
        if depth > MAX_DEPTH:
            self._fault("the structure tree is too deep")
            return False
        place, pieces, has_kids = len(found), [], False
        for n in range(_count_kids(element)):
            kid = _kid(element, n)
            if kid:
                has_kids |= self._element(kid, (*way, n), found)
                continue
            piece = _piece_spoken(element, n)
            if piece >= 0:
                self._ways.append((*way, n))
                if has_kids:
                    # Reading order: what stands before a piece is read before it.
                    found.append(Element(depth + 1, "", "", "", "", (piece,)))
                else:
                    pieces.append(piece)
        if not pieces and not has_kids and len(found) == place:
            return False
        texts = self._texts
        tag = title = alt = actual = ""
        if texts.is_in_full or depth <= _SECTIONS + 1:
            tag = texts.of(_type, element)
        if texts.is_in_full or depth == _SECTIONS:
            title = texts.of(_title, element)
        if texts.is_in_full:
            alt = texts.of(_alt, element)
            actual = texts.of(_actual, element)
        found.insert(place, Element(depth, tag, title, alt, actual, tuple(pieces)))
        return True

    def _annotations(self) -> Iterator[Annotation]:
        page = self._page.raw
        for n in range(pdfium.FPDFPage_GetAnnotCount(page)):
            note = pdfium.FPDFPage_GetAnnot(page, n)
            box = pdfium.FS_RECTF()
            pdfium.FPDFAnnot_GetRect(note, box)
            yield Annotation(
                pdfium.FPDFAnnot_GetSubtype(note),
                tuple(round(edge, 1) for edge in (box.left, box.bottom, box.right,
                                                  box.top)),
                self._texts.of_annotation(note, b"Contents")
                or self._texts.of_annotation(note, b"TU"),
                self._target(note),
            )  # fmt: skip
            pdfium.FPDFPage_CloseAnnot(note)

    def _target(self, note: Any) -> str:
        link = pdfium.FPDFAnnot_GetLink(note)
        action = pdfium.FPDFLink_GetAction(link) if link else None
        if not action:
            return ""
        buffer = create_string_buffer(4096)
        size = pdfium.FPDFAction_GetURIPath(self._document.raw, action, buffer, 4096)
        return buffer.raw[: max(0, size - 1)].decode("ascii", "replace")

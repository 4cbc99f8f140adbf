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
    POINTER,
    byref,
    c_ulong,
    c_ushort,
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
_MOST_BYTES: Final = 1 << 16
"""No title, alternative text or artifact of ours is longer."""

_UNIT: Final = 2
"""Bytes of a unit of UTF-16; there is a zero at the end of each text."""

_ONE_AT_A_TIME: Final = Lock()
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
    """Title and page (counted from 1) of each bookmark, in order."""
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
        is_in_full: Read titles and alternative texts of all elements, and annotations;
            else only the titles of sections.

    Raises:
        VerificationError: The bytes are no PDF.
    """
    with _ONE_AT_A_TIME:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            raise VerificationError("the finished file is no PDF") from error
        texts = _Texts(is_in_full)
        try:
            return FileRead(
                tuple(_Page(document, n, texts).read() for n in range(len(document))),
                tuple(_outline(document)),
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
        self._shorts = cast(self._bytes, POINTER(c_ushort))
        self._length = c_ulong()

    def of(self, function: Any, *subject: Any) -> str:
        """Return a text that a function writes, telling how many bytes it took."""
        return self._text(function(*subject, self._bytes, _MOST_BYTES))

    def of_object(self, item: Any, reader: Any) -> str:
        """Return the text of one text object."""
        return self._text(
            pdfium.FPDFTextObj_GetText(item, reader, self._shorts, _MOST_BYTES)
        )

    def of_mark(self, mark: Any) -> str:
        """Return the name of marked content."""
        pdfium.FPDFPageObjMark_GetName(
            mark, self._shorts, _MOST_BYTES, byref(self._length)
        )
        return self._text(self._length.value)

    def of_annotation(self, note: Any, key: bytes) -> str:
        """Return a text of an annotation."""
        return self._text(
            pdfium.FPDFAnnot_GetStringValue(note, key, self._shorts, _MOST_BYTES)
        )

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
            drawn, artifacts = self._objects(reader.raw)
            elements = self._structure()
            notes = tuple(self._annotations()) if self._texts.is_in_full else ()
        finally:
            reader.close()
            self._page.close()
        return PageRead(
            text, artifacts, drawn, elements, notes, tuple(self._faults),
            tuple(self._ways),
        )  # fmt: skip

    def _fault(self, words: str) -> None:
        self._faults[words] = None

    def _objects(self, reader: Any) -> tuple[tuple[int, ...], tuple[str, ...]]:
        drawn: list[int] = []
        artifacts: list[str] = []
        page, last = self._page.raw, -1
        for n in range(pdfium.FPDFPage_CountObjects(page)):
            item = pdfium.FPDFPage_GetObject(page, n)
            marks = pdfium.FPDFPageObj_CountMarks(item)
            if marks != 1:
                self._fault(
                    "one mark is nested in another" if marks > 1
                    else "something is drawn outside marked content"
                )  # fmt: skip
            piece = pdfium.FPDFPageObj_GetMarkedContentID(item)
            if piece >= 0:
                if piece != last:
                    drawn.append(piece)
            elif marks == 1:
                mark = pdfium.FPDFPageObj_GetMark(item, 0)
                if self._texts.of_mark(mark) != "Artifact":
                    self._fault("something is neither tagged nor an artifact")
                if pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_TEXT:
                    artifacts.append(self._texts.of_object(item, reader))
            last = piece
        return tuple(drawn), tuple(artifacts)

    def _structure(self) -> tuple[Element, ...]:
        tree = pdfium.FPDF_StructTree_GetForPage(self._page.raw)
        if not tree:
            self._fault("there is no structure tree")
            return ()
        found: list[Element] = []
        try:
            roots = pdfium.FPDF_StructTree_CountChildren(tree)
            if roots != 1:
                self._fault(f"the structure tree has {roots} roots, not 1")
            for n in range(roots):
                root = pdfium.FPDF_StructTree_GetChildAtIndex(tree, n)
                if root:
                    self._element(root, (n,), found)
        finally:
            pdfium.FPDF_StructTree_Close(tree)
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
        for n in range(pdfium.FPDF_StructElement_CountChildren(element)):
            kid = pdfium.FPDF_StructElement_GetChildAtIndex(element, n)
            if kid:
                has_kids |= self._element(kid, (*way, n), found)
                continue
            piece = pdfium.FPDF_StructElement_GetChildMarkedContentID(element, n)
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
        tag = texts.of(pdfium.FPDF_StructElement_GetType, element)
        title = alt = actual = ""
        if texts.is_in_full or tag == "Sect":
            title = texts.of(pdfium.FPDF_StructElement_GetTitle, element)
        if texts.is_in_full:
            alt = texts.of(pdfium.FPDF_StructElement_GetAltText, element)
            actual = texts.of(pdfium.FPDF_StructElement_GetActualText, element)
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

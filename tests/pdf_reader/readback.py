"""Read a tagged PDF back: what it says aloud, and everything that is not in order.

In:   the bytes of a PDF.
Out:  a ReadBack: the structure tree with its text, the artifacts of each page,
      the metadata, and a list of faults.
Pure: no files, no clock. Knows nothing of how the file was made.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf

from pdf_reader.characters import Font
from pdf_reader.pages import Artifact, PageReader
from pdf_reader.syntax import active_names, object_sources, opened
from pdf_reader.tree import Node, TreeReader, squeezed


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A PDF as a reader meets it."""

    root: Node | None
    artifacts: tuple[Artifact, ...]
    page_count: int
    faults: tuple[str, ...]
    """What breaks the rules of tagged content, with the page."""
    title: str
    language: str
    information: dict[str, str]
    """The Info dictionary."""
    metadata: str
    """The XMP packet."""
    fonts: frozenset[str]
    """Names of all fonts that a page may use."""
    outline: tuple[tuple[str, int], ...]
    """Title and page of each bookmark, in order."""

    def spoken(self) -> list[tuple[str, str]]:
        """Return tag and text of all that is read aloud, in order.

        Runs of white space are one space; a no-break space counts as one.
        """
        leaves = self.root.leaves() if self.root else ()
        return [(leaf.tag, squeezed(leaf.spoken)) for leaf in leaves]

    def artifact_texts(self, page: int, kind: str) -> tuple[str, ...]:
        """Return the texts of one kind of artifact on a page."""
        return tuple(
            text
            for artifact in self.artifacts
            if artifact.page == page and artifact.kind == kind
            for text in artifact.texts
        )


def read_back(content: bytes) -> ReadBack:
    """Return what a PDF says.

    Raises:
        pikepdf.PdfError: The bytes are no PDF.
    """
    with opened(content) as pdf:
        faults: list[str] = []
        fonts: dict[tuple[int, int], Font] = {}
        pages = [
            PageReader(page, number, fonts, faults).read()
            for number, page in enumerate(pdf.pages, 1)
        ]
        for font in fonts.values():
            faults += font.faults
        sources = object_sources(pdf)
        root = TreeReader(pdf, sources, pages, faults).read()
        active = {name for source in sources.values() for name in active_names(source)}
        faults += [f"the file holds {name}" for name in sorted(active)]
        faults += [f"qpdf warns: {warning}" for warning in pdf.get_warnings()]
        information = {str(k)[1:]: str(v) for k, v in pdf.docinfo.items()}
        catalog = pdf.Root
        metadata = catalog.get("/Metadata")
        return ReadBack(
            root=root,
            artifacts=tuple(a for page in pages for a in page.artifacts),
            page_count=len(pages),
            faults=tuple(faults),
            title=information.get("Title", ""),
            language=str(catalog.get("/Lang", "")),
            information=information,
            metadata=metadata.read_bytes().decode("utf-8") if metadata else "",
            fonts=frozenset(font.name for font in fonts.values()),
            outline=tuple(_outline(pdf)),
        )


def _outline(pdf: Any) -> Iterator[tuple[str, int]]:
    outlines = pdf.Root.get("/Outlines")
    if outlines is None:
        return
    numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
    todo = [outlines.get("/First")]
    while todo:
        entry = todo.pop()
        if entry is None:
            continue
        todo += [entry.get("/Next"), entry.get("/First")]
        target = entry.get("/Dest")
        is_page = isinstance(target, pikepdf.Array) and len(target) > 0
        page = numbers.get(target[0].objgen, 0) if is_page else 0
        yield str(entry.get("/Title", "")), page

"""Check what no page shows: actions, fonts, and the way from content to its element.

pdfium reads a page as a reader meets it, and neither runs nor tells what a file would
do by itself. So qpdf opens the file once more and its objects are looked through.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

import pikepdf

OUR_FONT: Final = "SourceSans3"

_ACTIVE: Final = frozenset(
    {"JS", "JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "OpenAction", "AA",
     "GoToR", "GoToE", "SubmitForm", "ImportData", "RichMedia", "Movie", "Sound",
     "Rendition", "XFA"}
)  # fmt: skip
"""What does something by itself, or leads to another file: never in a handout."""
_ELSEWHERE: Final = frozenset(
    {"/Pages", "/Parent", "/P", "/Prev", "/Last", "/Dest", "/StructTreeRoot",
     "/Contents", "/Resources", "/SE", "/Kids"}
)  # fmt: skip
"""Keys that lead to what begins nothing, or to what is looked through by itself."""


def object_faults(content: bytes) -> Iterator[str]:
    """Yield what is not in order with the objects of a file.

    Raises:
        pikepdf.PdfError: The bytes are no PDF.
    """
    with pikepdf.open(BytesIO(content)) as pdf:
        begin = [pdf.Root, *(page.obj for page in pdf.pages)]
        active = set().union(*map(active_names, begin))
        yield from (f"the file holds {name}" for name in sorted(active))
        yield from _font_faults(pdf)
        yield from _parent_faults(pdf)
        yield from (f"qpdf warns: {warning}" for warning in pdf.get_warnings())


def active_names(found: Any) -> set[str]:
    """Return names in an object, and below it, that stand for actions and attachments.

    Whatever a viewer does by itself begins at the catalog, at a page with its
    annotations, or at a bookmark.
    """
    names: set[str] = set()
    todo, seen = [found], set()
    while todo:
        value = todo.pop()
        if isinstance(value, pikepdf.Stream):
            value = value.stream_dict
        if isinstance(value, pikepdf.Dictionary):
            if value.is_indirect:
                if value.objgen in seen:
                    continue
                seen.add(value.objgen)
            for key, item in value.items():
                names.add(key[1:])
                if key not in _ELSEWHERE:
                    todo.append(item)
        elif isinstance(value, pikepdf.Array):
            todo += list(value)
        elif isinstance(value, pikepdf.Name):
            names.add(str(value)[1:])
    return names & _ACTIVE


def _font_faults(pdf: pikepdf.Pdf) -> Iterator[str]:
    seen = set()
    for page in pdf.pages:
        resources: Any = page.obj.get("/Resources", {})
        for font in resources.get("/Font", {}).values():
            if font.objgen in seen:
                continue
            seen.add(font.objgen)
            if OUR_FONT not in str(font.get("/BaseFont", "")):
                yield "a font that is not ours"
            if "/FontFile2" not in font.get("/FontDescriptor", {}):
                yield "a font is not embedded"
            if "/ToUnicode" not in font:
                yield "a font has no ToUnicode map"


def _parent_faults(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Compare the parent tree with what each element says that it owns."""
    tree = pdf.Root.get("/StructTreeRoot")
    if tree is None or "/ParentTree" not in tree:
        yield "there is no parent tree"
        return
    owners: Any = dict(_numbered(tree.ParentTree))
    for number, page in enumerate(pdf.pages, 1):
        own, key = page.obj.objgen, page.obj.get("/StructParents")
        for piece, element in enumerate(owners.get(key, ())):
            if not _owns(element, piece, own):
                yield (
                    f"page {number}: the parent tree gives MCID {piece} "
                    "to another element"
                )


def _numbered(branch: Any) -> Iterator[tuple[int, Any]]:
    """Yield number and value of each leaf of a number tree."""
    leaves = branch.get("/Nums", ())
    for place in range(0, len(leaves), 2):
        yield int(leaves[place]), leaves[place + 1]
    for kid in branch.get("/Kids", ()):
        yield from _numbered(kid)


def _owns(element: Any, piece: int, page: tuple[int, int]) -> bool:
    kids = element.get("/K")
    for kid in kids if isinstance(kids, pikepdf.Array) else (kids,):
        if isinstance(kid, pikepdf.Dictionary):
            # A text over several pages may own the same number on each.
            on = kid.get("/Pg", element.get("/Pg"))
            if kid.get("/MCID") == piece and on is not None and on.objgen == page:
                return True
        elif kid == piece and element.Pg.objgen == page:
            return True
    return False

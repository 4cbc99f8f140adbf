"""Ways to spoil a good PDF, to see whether those who should notice do."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

Change = Callable[[pikepdf.Pdf], None]


def changed(content: bytes, change: Change) -> bytes:
    """Return the PDF with a change made to it."""
    with pikepdf.open(BytesIO(content)) as pdf:
        change(pdf)
        stream = BytesIO()
        pdf.save(stream, deterministic_id=True)
        return stream.getvalue()


def elements(pdf: pikepdf.Pdf, tag: str = "") -> Iterator[Any]:
    """Yield structure elements in order, all or those of one type."""
    todo = [pdf.Root.StructTreeRoot.K]
    while todo:
        entry = todo.pop()
        if isinstance(entry, int) or "/S" not in entry:
            continue
        if not tag or str(entry.S) == f"/{tag}":
            yield entry
        kids = entry.get("/K", [])
        todo += reversed(list(kids) if isinstance(kids, Array) else [kids])


def element(pdf: pikepdf.Pdf, tag: str) -> Any:
    """Return the first structure element of a type."""
    return next(elements(pdf, tag))


def edit_page(
    pdf: pikepdf.Pdf, pattern: bytes, replacement: bytes, *, page: int = 0
) -> None:
    """Replace the first match in a page's operators."""
    stream = pdf.pages[page].Contents
    old = stream.read_bytes()
    new, count = re.subn(pattern, replacement, old, count=1, flags=re.DOTALL)
    assert count == 1, pattern
    stream.write(new)


def edit_metadata(pdf: pikepdf.Pdf, pattern: bytes, replacement: bytes = b"") -> None:
    """Replace all matches in the XMP packet."""
    old = pdf.Root.Metadata.read_bytes()
    new, count = re.subn(pattern, replacement, old, flags=re.DOTALL)
    assert count, pattern
    pdf.Root.Metadata.write(new)


def first_font(pdf: pikepdf.Pdf) -> Any:
    """Return a font of page one."""
    fonts = pdf.pages[0].Resources.Font
    return fonts[sorted(fonts.keys())[0]]


def set_tag(tag: str, new: str) -> Change:
    """Return a change that gives the first element of a type another one."""

    def change(pdf: pikepdf.Pdf) -> None:
        element(pdf, tag).S = Name(f"/{new}")

    return change


def without(*path: str) -> Change:
    """Return a change that takes a key out of the catalog or of what is below."""

    def change(pdf: pikepdf.Pdf) -> None:
        node = pdf.Root
        for key in path[:-1]:
            node = node[key]
        del node[path[-1]]

    return change


def figure(alt: bool, box: bool = True) -> Change:
    """Return a change that makes the first paragraph a figure."""

    def change(pdf: pikepdf.Pdf) -> None:
        entry = element(pdf, "P")
        entry.S = Name.Figure
        if alt:
            entry.Alt = String("A runner")
        if box:
            layout = {"/O": Name.Layout, "/BBox": Array([0, 0, 100, 100])}
            entry.A = Array([Dictionary(layout)])

    return change


def add_link(*, contents: bool, is_tagged: bool) -> Change:
    """Return a change that lays a link over page one."""

    def change(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0]
        link = Dictionary(
            Type=Name.Annot, Subtype=Name.Link, Rect=[60, 60, 90, 70], F=4,
            A=Dictionary(S=Name.URI, URI=String("https://example.org")),
        )  # fmt: skip
        if contents:
            link.Contents = String("A link")
        link = pdf.make_indirect(link)
        page.Annots = Array([link])
        if not is_tagged:
            return
        root = element(pdf, "Document")
        key = pdf.Root.StructTreeRoot.ParentTreeNextKey
        link.StructParent = key
        reference = Dictionary(Type=Name.OBJR, Obj=link, Pg=page.obj)
        entry = pdf.make_indirect(
            Dictionary(Type=Name.StructElem, S=Name.Link, P=root, K=[reference])
        )
        root.K.append(entry)
        pdf.Root.StructTreeRoot.ParentTree.Nums.extend([key, entry])
        pdf.Root.StructTreeRoot.ParentTreeNextKey = key + 1

    return change


def add_javascript(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def no_embedding(pdf: pikepdf.Pdf) -> None:
    del first_font(pdf).FontDescriptor.FontFile2


def no_unicode(pdf: pikepdf.Pdf) -> None:
    del first_font(pdf).ToUnicode


def wrong_widths(pdf: pikepdf.Pdf) -> None:
    font = first_font(pdf)
    font.Widths = Array([int(width) + 90 for width in font.Widths])


def no_scope(pdf: pikepdf.Pdf) -> None:
    del element(pdf, "TH")["/A"]


def short_row(pdf: pikepdf.Pdf) -> None:
    """Take the last cell out of the second row of a table with columns."""
    for table in elements(pdf, "Table"):
        if len(table.K) > 2 and len(table.K[1].K) > 1:
            row = table.K[1]
            row.K = Array(list(row.K)[:-1])
            return
    raise AssertionError("no table has rows enough")


def skipped_heading(pdf: pikepdf.Pdf) -> None:
    for entry in elements(pdf, "H2"):
        entry.S = Name.H3
        return


def illegal_role(pdf: pikepdf.Pdf) -> None:
    element(pdf, "P").S = Name("/Loop")
    roles = Dictionary({"/Loop": Name("/Pool"), "/Pool": Name("/Loop")})
    pdf.Root.StructTreeRoot.RoleMap = roles


def loose_text(pdf: pikepdf.Pdf) -> None:
    edit_page(pdf, rb"/P <</MCID \d+>> BDC(.*?)EMC", rb"\1")


def nested_artifact(pdf: pikepdf.Pdf) -> None:
    edit_page(pdf, rb"(/P <</MCID \d+>> BDC)(.*?)EMC", rb"\1 /Artifact BMC\2EMC EMC")


def tagged_in_artifact(pdf: pikepdf.Pdf) -> None:
    edit_page(pdf, rb"(/P <</MCID \d+>> BDC.*?EMC)", rb"/Artifact BMC \1 EMC")


def torn_marks(pdf: pikepdf.Pdf) -> None:
    edit_page(pdf, rb"(/H1 <</MCID 0>> BDC.*?)ET(.*?)EMC", rb"\1EMC\2ET")


def open_mark(pdf: pikepdf.Pdf) -> None:
    edit_page(pdf, rb"EMC", b"")


def mcid_twice(pdf: pikepdf.Pdf) -> None:
    edit_page(pdf, rb"/MCID 1>>", b"/MCID 0>>")


def orphan(pdf: pikepdf.Pdf) -> None:
    """Take the text of the first paragraph out of the tree."""
    entry = element(pdf, "P")
    entry.K = Array([])


def missing_mcid(pdf: pikepdf.Pdf) -> None:
    element(pdf, "P").K.append(4711)


def stolen_mcid(pdf: pikepdf.Pdf) -> None:
    element(pdf, "P").K.append(element(pdf, "H1").K[0])


def swapped(pdf: pikepdf.Pdf) -> None:
    """Exchange two neighbours that both hold text."""
    kids = element(pdf, "L").K
    kids[0], kids[1] = kids[1], kids[0]


def wrong_parent(pdf: pikepdf.Pdf) -> None:
    element(pdf, "H2").P = element(pdf, "P")


def wrong_owner(pdf: pikepdf.Pdf) -> None:
    """Let the parent tree name another element than the tree."""
    owners = pdf.Root.StructTreeRoot.ParentTree.Nums[1]
    owners[0], owners[1] = owners[1], owners[0]


def loop(pdf: pikepdf.Pdf) -> None:
    kids = element(pdf, "Sect").K
    kids.append(kids[0])


def missing_glyph(pdf: pikepdf.Pdf) -> None:
    edit_page(pdf, rb"(/H1 .*?)\(", rb"\1(\\377")


def broken_length(content: bytes) -> bytes:
    """Return the PDF with data that touches "endstream"."""
    spoiled = content.replace(b"\nendstream", b" endstream")
    assert spoiled != content
    return spoiled


def opens_with_a_script(pdf: pikepdf.Pdf) -> None:
    """Let the file do something by itself."""
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("0"))

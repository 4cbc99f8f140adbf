"""Read a tagged PDF back: what it says aloud, and everything that is not in order.

In:   the bytes of a PDF.
Out:  a ReadBack: the structure tree with its text, the artifacts of each page,
      the metadata, and a list of faults.
Pure: no files, no clock. Knows nothing of how the file was made.

Only simple fonts and two-byte fonts with a ToUnicode map are understood; anything
else is a fault, never a guess.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import pikepdf

INLINE_TAGS: Final = frozenset(
    {"Span", "Strong", "Em", "Link", "Reference", "Quote", "Code", "BibEntry"}
)
"""Elements whose text belongs to the line of the element around them."""

MAX_DEPTH: Final = 60

_WATCHED: Final = "q Q BT ET BMC BDC EMC Tf Tj TJ ' \" Do BI f F f* B B* b b* S s sh cm"
"""Operators that open, close or paint; all others cannot break a rule here."""

_SHOWS_TEXT: Final = frozenset({"Tj", "TJ", "'", '"'})
_PAINTS: Final = frozenset({"Do", "BI", "f", "F", "f*", "B", "B*", "b", "b*", "S", "s",
                            "sh"})  # fmt: skip
_NO_GLYPH: Final = "\ufffd"


@dataclass(slots=True, eq=False)
class Node:
    """One element of the structure tree."""

    tag: str
    title: str = ""
    alt: str | None = None
    actual_text: str | None = None
    scope: str = ""
    has_box: bool = False
    """True when a figure tells where it stands."""
    kids: list["Node | str"] = field(default_factory=list)
    """Child elements and pieces of text, in reading order."""
    pieces: list[tuple[int, int]] = field(default_factory=list)
    """Page (counted from 1) and MCID of its own pieces, in reading order."""

    @property
    def nodes(self) -> list["Node"]:
        """Return the child elements."""
        return [kid for kid in self.kids if isinstance(kid, Node)]

    @property
    def text(self) -> str:
        """Return the characters that are printed, those of all children included."""
        return "".join(kid if isinstance(kid, str) else kid.text for kid in self.kids)

    @property
    def spoken(self) -> str:
        """Return what a screen reader says: replacement texts in place of print."""
        if self.alt is not None:
            return self.alt
        if self.actual_text is not None:
            return self.actual_text
        return "".join(kid if isinstance(kid, str) else kid.spoken for kid in self.kids)

    def walk(self) -> Iterator["Node"]:
        """Yield this element and all below it, in reading order."""
        yield self
        for node in self.nodes:
            yield from node.walk()

    def leaves(self) -> Iterator["Node"]:
        """Yield the elements that speak as one piece, in reading order."""
        nodes = [node for node in self.nodes if node.tag not in INLINE_TAGS]
        if not nodes or self.alt is not None or self.actual_text is not None:
            yield self
            return
        for node in nodes:
            yield from node.leaves()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A piece of page content that is not read aloud."""

    page: int
    """Counted from 1."""
    kind: str
    """Header, Footer, or empty for layout."""
    texts: tuple[str, ...]
    """One for each text object."""


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


def squeezed(text: str) -> str:
    """Return the text with every run of white space made one space."""
    return " ".join(text.split())


def read_back(content: bytes) -> ReadBack:
    """Return what a PDF says.

    Raises:
        pikepdf.PdfError: The bytes are no PDF.
    """
    with pikepdf.open(BytesIO(content)) as pdf:
        faults: list[str] = []
        fonts: dict[tuple[int, int], _Font] = {}
        pages = [
            _PageReader(page, number, fonts, faults).read()
            for number, page in enumerate(pdf.pages, 1)
        ]
        for font in fonts.values():
            faults += font.faults
        root = _TreeReader(pdf, pages, faults).read()
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


# --- characters -----------------------------------------------------------------

_SECTION: Final = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
_HEX: Final = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")


class _Font:
    """Turns the bytes of a text operator into characters."""

    def __init__(self, font: Any) -> None:
        self.name = str(font.get("/BaseFont", "a font without a name"))
        self.faults: list[str] = []
        self._is_wide = font.get("/Subtype") == "/Type0"
        self._characters: dict[int, str] = {}
        self._missing: set[int] = set()
        described = font["/DescendantFonts"][0] if self._is_wide else font
        descriptor = described.get("/FontDescriptor", {})
        if not any(f"/FontFile{n}" in descriptor for n in ("", 2, 3)):
            self.faults.append(f"{self.name} is not embedded")
        if "/ToUnicode" in font:
            self._read_map(font["/ToUnicode"].read_bytes())
        else:
            self.faults.append(f"{self.name} has no ToUnicode map")

    def _read_map(self, content: bytes) -> None:
        for kind, body in _SECTION.findall(content):
            tokens = [m.group(1) or m.group(0) for m in _HEX.finditer(body)]
            if kind == b"bfchar":
                pairs = zip(tokens[::2], tokens[1::2], strict=False)
                self._characters |= {int(a, 16): _utf16(b) for a, b in pairs}
            else:
                self._read_ranges(tokens)

    def _read_ranges(self, tokens: list[bytes]) -> None:
        place = 0
        while place + 2 < len(tokens):
            low, high = int(tokens[place], 16), int(tokens[place + 1], 16)
            if tokens[place + 2] == b"[":
                end = tokens.index(b"]", place)
                targets = tokens[place + 3 : end]
                self._characters |= {low + n: _utf16(t) for n, t in enumerate(targets)}
                place = end + 1
                continue
            first = _utf16(tokens[place + 2])
            for n in range(high - low + 1):
                self._characters[low + n] = first[:-1] + chr(ord(first[-1]) + n)
            place += 3

    def text(self, shown: bytes) -> str:
        codes: list[int] | bytes = shown
        if self._is_wide:
            codes = [
                int.from_bytes(shown[n : n + 2], "big") for n in range(0, len(shown), 2)
            ]
        characters = [self._characters.get(code, _NO_GLYPH) for code in codes]
        text = "".join(characters)
        if _NO_GLYPH in text or "\0" in text:
            for code, character in zip(codes, characters, strict=True):
                if character in (_NO_GLYPH, "\0") and code not in self._missing:
                    self._missing.add(code)
                    self.faults.append(f"{self.name}: code {code} has no character")
        return text


def _utf16(digits: bytes) -> str:
    return bytes.fromhex(digits.decode("ascii")).decode("utf-16-be", "replace")


# --- one page -------------------------------------------------------------------


@dataclass(slots=True)
class _PageContent:
    number: int
    page: Any
    pieces: dict[int, str]
    """Text of each piece of marked content by its MCID."""
    tags: dict[int, str]
    artifacts: list[Artifact]
    claimed: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Which element owns a piece."""


@dataclass(slots=True)
class _Mark:
    """An open marked-content sequence."""

    depth: int
    """How many q and BT were open when it began."""
    mcid: int | None = None
    kind: str | None = None
    """Set for an artifact."""
    texts: list[str] = field(default_factory=list)


class _PageReader:
    """Follows the operators of one page."""

    def __init__(
        self,
        page: Any,
        number: int,
        fonts: dict[tuple[int, int], _Font],
        faults: list[str],
    ) -> None:
        self._page = page
        self._fonts = fonts
        self._font_names: dict[str, _Font] = {}
        self._faults = faults
        self._content = _PageContent(number, page, {}, {}, [])
        self._open: list[str] = []
        """Which of q and BT are open."""
        self._marks: list[_Mark] = []
        self._saved_fonts: list[_Font | None] = []
        self._font: _Font | None = None
        self._is_new_text = True
        self._reported: set[str] = set()

    def read(self) -> _PageContent:
        for name in self._page.get("/Resources", {}).get("/Font", {}):
            self._find_font(str(name))
        for step in pikepdf.parse_content_stream(self._page, operators=_WATCHED):
            if isinstance(step, pikepdf.ContentStreamInlineImage):
                self._paint("BI")
            else:
                self._step(str(step.operator), step.operands)
        for left in (*self._open, *("BDC" for _ in self._marks)):
            self._fault(f"{left} is not closed")
        return self._content

    def _fault(self, message: str) -> None:
        if message not in self._reported:
            self._reported.add(message)
            self._faults.append(f"page {self._content.number}: {message}")

    def _step(self, operator: str, operands: Any) -> None:
        if operator in _SHOWS_TEXT:
            self._show(operator, operands)
        elif operator in ("BDC", "BMC"):
            self._begin(operands)
        elif operator == "EMC":
            self._end()
        elif operator == "BT":
            if "BT" in self._open:
                self._fault("BT inside BT")
            self._open.append("BT")
            self._is_new_text = True
        elif operator == "Tf":
            self._font = self._find_font(str(operands[0]))
        elif operator == "q":
            if "BT" in self._open:
                self._fault("q inside BT")
            self._open.append("q")
            self._saved_fonts.append(self._font)
        elif operator in ("ET", "Q"):
            self._close(operator, "BT" if operator == "ET" else "q")
        elif operator in _PAINTS:
            self._paint(operator)

    def _close(self, operator: str, opened: str) -> None:
        if not self._open or self._open[-1] != opened:
            self._fault(f"{operator} without {opened}")
            return
        self._open.pop()
        if opened == "q":
            self._font = self._saved_fonts.pop()
        if self._marks and len(self._open) < self._marks[-1].depth:
            self._fault(f"{operator} cuts through marked content")

    def _begin(self, operands: Any) -> None:
        tag = str(operands[0])[1:]
        properties = operands[1] if len(operands) > 1 else {}
        if isinstance(properties, pikepdf.Name):
            names = self._page.get("/Resources", {}).get("/Properties", {})
            properties = names.get(str(properties), {})
        mark = _Mark(len(self._open))
        if tag == "Artifact":
            subtype = properties.get("/Subtype")
            mark.kind = str(subtype)[1:] if subtype is not None else ""
        elif "/MCID" in properties:
            mark.mcid = int(properties["/MCID"])
            if mark.mcid in self._content.pieces:
                self._fault(f"MCID {mark.mcid} is used twice")
            self._content.pieces.setdefault(mark.mcid, "")
            self._content.tags[mark.mcid] = tag
        if self._owner() is not None and (mark.kind, mark.mcid) != (None, None):
            self._fault(f"{tag} is nested in other marked content")
        self._marks.append(mark)

    def _owner(self) -> _Mark | None:
        """Return the innermost mark that is an artifact or belongs to an element."""
        for mark in reversed(self._marks):
            if mark.mcid is not None or mark.kind is not None:
                return mark
        return None

    def _end(self) -> None:
        if not self._marks:
            self._fault("EMC without BDC")
            return
        mark = self._marks.pop()
        if mark.depth != len(self._open):
            self._fault("EMC cuts through q or BT")
        if mark.mcid is not None:
            self._content.pieces[mark.mcid] += "".join(mark.texts)
        elif mark.kind is not None:
            artifact = Artifact(self._content.number, mark.kind, tuple(mark.texts))
            self._content.artifacts.append(artifact)

    def _paint(self, operator: str) -> None:
        if self._owner() is None:
            self._fault(f"{operator} paints outside marked content")

    def _show(self, operator: str, operands: Any) -> None:
        if operator == "TJ":
            shown = b"".join(
                bytes(part) for part in operands[0] if isinstance(part, pikepdf.String)
            )
        else:
            shown = bytes(operands[-1])
        if "BT" not in self._open:
            self._fault("text outside BT and ET")
        if self._font is None:
            self._fault("text without a font")
            return
        text = self._font.text(shown)
        owner = self._owner()
        if owner is None:
            self._fault(f'text outside marked content: "{text}"')
        elif self._is_new_text or not owner.texts:
            owner.texts.append(text)
        else:
            owner.texts[-1] += text
        self._is_new_text = False

    def _find_font(self, name: str) -> _Font | None:
        if name not in self._font_names:
            font = self._page.get("/Resources", {}).get("/Font", {}).get(name)
            if font is None:
                self._fault(f"font {name} is not in the resources")
                return None
            key = font.objgen if font.is_indirect else (id(self), len(self._font_names))
            if key not in self._fonts:
                self._fonts[key] = _Font(font)
            self._font_names[name] = self._fonts[key]
        return self._font_names[name]


# --- the structure tree ---------------------------------------------------------


class _TreeReader:
    """Walks the structure tree and joins it with the pages."""

    def __init__(self, pdf: Any, pages: list[_PageContent], faults: list[str]) -> None:
        self._pdf = pdf
        self._pages = pages
        self._faults = faults
        self._numbers = {
            page.page.obj.objgen: index for index, page in enumerate(pages)
        }
        self._seen: set[tuple[int, int]] = set()

    def read(self) -> Node | None:
        tree = self._pdf.Root.get("/StructTreeRoot")
        if tree is None:
            self._faults.append("there is no structure tree")
            return None
        top = Node("StructTreeRoot")
        self._kids(top, tree, None, 0)
        self._check_claims()
        self._check_parent_tree(tree)
        if len(top.kids) != 1:
            self._faults.append(f"the structure tree has {len(top.kids)} roots, not 1")
        return top.nodes[0] if top.nodes else None

    def _kids(self, node: Node, entry: Any, page: int | None, depth: int) -> None:
        kids = entry.get("/K")
        if kids is None:
            return
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, int):
                self._piece(node, entry, page, kid)
                continue
            kind = kid.get("/Type")
            if kind == "/MCR":
                own_page = self._page_of(kid, page)
                self._piece(node, entry, own_page, int(kid["/MCID"]))
            elif kind != "/OBJR":
                self._element(node, entry, kid, page, depth)

    def _element(
        self, parent: Node, parent_entry: Any, entry: Any, page: int | None, depth: int
    ) -> None:
        if entry.objgen in self._seen or depth > MAX_DEPTH:
            self._faults.append("an element appears twice in the structure tree")
            return
        self._seen.add(entry.objgen)
        above = entry.get("/P")
        if above is None or above.objgen != parent_entry.objgen:
            self._faults.append("an element does not point to its parent")
        alt, actual = entry.get("/Alt"), entry.get("/ActualText")
        node = Node(
            str(entry["/S"])[1:],
            title=str(entry.get("/T", "")),
            alt=None if alt is None else str(alt),
            actual_text=None if actual is None else str(actual),
        )
        self._attributes(node, entry.get("/A"))
        parent.kids.append(node)
        self._kids(node, entry, self._page_of(entry, page), depth + 1)

    def _attributes(self, node: Node, attributes: Any) -> None:
        if attributes is None:
            return
        if not isinstance(attributes, pikepdf.Array):
            attributes = [attributes]
        for attribute in attributes:
            if "/Scope" in attribute:
                node.scope = str(attribute["/Scope"])[1:]
            node.has_box = node.has_box or "/BBox" in attribute

    def _page_of(self, entry: Any, inherited: int | None) -> int | None:
        page = entry.get("/Pg")
        return inherited if page is None else self._numbers.get(page.objgen)

    def _piece(self, node: Node, entry: Any, page: int | None, mcid: int) -> None:
        place = "no page" if page is None else f"page {page + 1}"
        if page is None or mcid not in self._pages[page].pieces:
            self._faults.append(
                f"{place}: {node.tag} asks for MCID {mcid}, which is not"
            )
            return
        content = self._pages[page]
        if mcid in content.claimed:
            self._faults.append(f"{place}: MCID {mcid} belongs to two elements")
            return
        content.claimed[mcid] = entry.objgen
        if content.tags[mcid] != node.tag:
            self._faults.append(
                f"{place}: MCID {mcid} is {content.tags[mcid]} on the page "
                f"and {node.tag} in the tree"
            )
        node.kids.append(content.pieces[mcid])
        node.pieces.append((page + 1, mcid))

    def _check_claims(self) -> None:
        for page in self._pages:
            for mcid in page.pieces.keys() - page.claimed.keys():
                self._faults.append(
                    f"page {page.number}: MCID {mcid} belongs to no element"
                )

    def _check_parent_tree(self, tree: Any) -> None:
        if "/ParentTree" not in tree:
            self._faults.append("there is no parent tree")
            return
        parents = pikepdf.NumberTree(tree["/ParentTree"])
        for page in self._pages:
            number = page.page.get("/StructParents")
            if number is None or number not in parents:
                if page.pieces:
                    self._faults.append(f"page {page.number}: no entry in parent tree")
                continue
            owners = parents[int(number)]
            for mcid, owner in page.claimed.items():
                if mcid >= len(owners) or owners[mcid].objgen != owner:
                    self._faults.append(
                        f"page {page.number}: the parent tree gives MCID {mcid} "
                        "to another element"
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

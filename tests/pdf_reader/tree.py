"""Walk the structure tree and join it with what the pages show."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pikepdf

from pdf_reader.pages import PageContent
from pdf_reader.syntax import (
    Ref,
    parse_element,
    text_of,
)

INLINE_TAGS: Final = frozenset(
    {"Span", "Strong", "Em", "Link", "Reference", "Quote", "Code", "BibEntry"}
)
"""Elements whose text belongs to the line of the element around them."""

MAX_DEPTH: Final = 60


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


def squeezed(text: str) -> str:
    """Return the text with every run of white space made one space."""
    return " ".join(text.split())


class TreeReader:
    """Walks the structure tree of one file."""

    def __init__(
        self,
        pdf: pikepdf.Pdf,
        sources: dict[Ref, bytes],
        pages: list[PageContent],
        faults: list[str],
    ) -> None:
        """Prepare.

        Args:
            pdf: The file.
            sources: Its objects; see ``syntax.object_sources``.
            pages: What its pages show.
            faults: What is not in order; grows.
        """
        self._pdf = pdf
        self._sources = sources
        self._pages = pages
        self._faults = faults
        self._numbers = {
            Ref(*page.page.obj.objgen): index for index, page in enumerate(pages)
        }
        self._seen: set[Ref] = set()

    def read(self) -> Node | None:
        """Return the root element, or None without a structure tree."""
        found = self._pdf.Root.get("/StructTreeRoot")
        if found is None:
            self._faults.append("there is no structure tree")
            return None
        reference = Ref(*found.objgen)
        tree = self._object(reference)
        top = Node("StructTreeRoot")
        self._kids(top, tree, reference, None, 0)
        self._check_claims()
        self._check_parent_tree(tree)
        if len(top.kids) != 1:
            self._faults.append(f"the structure tree has {len(top.kids)} roots, not 1")
        return top.nodes[0] if top.nodes else None

    def _object(self, value: Any) -> Any:
        """Return what a value refers to, or the value itself."""
        while isinstance(value, Ref):
            value = parse_element(self._sources[value])
        return value

    def _kids(
        self, node: Node, entry: Any, own: Ref, page: int | None, depth: int
    ) -> None:
        kids = entry.get("K")
        if isinstance(kids, Ref):
            target = self._object(kids)
            kids = target if isinstance(target, list) else [kids]
        if kids is None:
            return
        for kid in kids if isinstance(kids, list) else [kids]:
            if isinstance(kid, int):
                self._piece(node, own, page, kid)
                continue
            target = self._object(kid)
            kind = target.get("Type")
            if kind == "MCR":
                self._piece(node, own, self._page_of(target, page), target["MCID"])
            elif kind == "OBJR":
                continue
            elif isinstance(kid, Ref):
                self._element(node, own, target, kid, page, depth)
            else:
                self._faults.append("an element is no object of its own")

    def _element(
        self,
        parent: Node,
        parent_reference: Ref,
        entry: dict[str, Any],
        reference: Ref,
        page: int | None,
        depth: int,
    ) -> None:
        if reference in self._seen or depth > MAX_DEPTH:
            self._faults.append("an element appears twice in the structure tree")
            return
        self._seen.add(reference)
        if entry.get("P") != parent_reference:
            self._faults.append("an element does not point to its parent")
        node = Node(
            str(entry["S"]),
            title=self._text(entry.get("T")) or "",
            alt=self._text(entry.get("Alt")),
            actual_text=self._text(entry.get("ActualText")),
        )
        self._attributes(node, self._object(entry.get("A")))
        parent.kids.append(node)
        self._kids(node, entry, reference, self._page_of(entry, page), depth + 1)

    def _text(self, value: Any) -> str | None:
        value = self._object(value)
        return text_of(value) if isinstance(value, bytes) else None

    def _attributes(self, node: Node, attributes: Any) -> None:
        if attributes is None:
            return
        for item in attributes if isinstance(attributes, list) else [attributes]:
            attribute = self._object(item)
            if "Scope" in attribute:
                node.scope = str(attribute["Scope"])
            node.has_box = node.has_box or "BBox" in attribute

    def _page_of(self, entry: dict[str, Any], inherited: int | None) -> int | None:
        page = entry.get("Pg")
        return inherited if page is None else self._numbers.get(page)

    def _piece(self, node: Node, own: Ref, page: int | None, mcid: int) -> None:
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
        content.claimed[mcid] = own
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

    def _check_parent_tree(self, tree: dict[str, Any]) -> None:
        if "ParentTree" not in tree:
            self._faults.append("there is no parent tree")
            return
        parents = dict(self._numbered(tree["ParentTree"], 0))
        for page in self._pages:
            number = page.page.obj.get("/StructParents")
            if number is None or int(number) not in parents:
                if page.pieces:
                    self._faults.append(f"page {page.number}: no entry in parent tree")
                continue
            owners = self._object(parents[int(number)])
            for mcid, owner in page.claimed.items():
                if mcid >= len(owners) or owners[mcid] != owner:
                    self._faults.append(
                        f"page {page.number}: the parent tree gives MCID {mcid} "
                        "to another element"
                    )

    def _numbered(self, branch: Any, depth: int) -> Iterator[tuple[int, Any]]:
        """Yield number and value of each leaf of a number tree."""
        table = self._object(branch)
        leaves = self._object(table.get("Nums")) or []
        yield from zip(leaves[::2], leaves[1::2], strict=False)
        if depth < MAX_DEPTH:
            for kid in self._object(table.get("Kids")) or []:
                yield from self._numbered(kid, depth + 1)

"""Bind finished tagged PDFs into one, so that nothing of them changes but the place.

In:   the bytes of whole files, in printing order.
Out:  the bytes of one file. Each page keeps its content, byte for byte; each
      structure tree hangs, whole, under one new root; equal fonts and pictures are
      kept once; form fields get names of their own.
Pure: no files, no clock. The same parts make the same bytes.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name

from backguide.errors import BackguideError

_SHARED: Final = ("/OutputIntents", "/ViewerPreferences", "/MarkInfo", "/Lang")
"""What the whole takes from its first part."""
_UNDERSTOOD: Final = frozenset(
    {*_SHARED, "/Type", "/Pages", "/StructTreeRoot", "/Outlines", "/PageMode"}
    | {"/Metadata", "/AcroForm", "/Extensions", "/PageLabels"}
)
_TREE_UNDERSTOOD: Final = frozenset(
    {"/Type", "/K", "/ParentTree", "/ParentTreeNextKey", "/RoleMap"}
)


class BindingError(BackguideError):
    """A file holds something that would be lost when it is bound."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the whole."""

    pdf: bytes = field(repr=False)
    name: str
    """Makes its form fields its own; ASCII letters, digits, "-" and "_"."""
    bookmark: str = ""
    """Its entry in the outline; none when empty."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a print job must know of a file before it is bound."""

    pages: int
    width: float
    """Of page one, in points."""
    height: float
    language: str


def read_facts(content: bytes) -> FileFacts:
    """Return the facts of a file.

    Raises:
        BindingError: The bytes are no PDF.
    """
    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            left, bottom, right, top = (float(v) for v in pdf.pages[0].mediabox)
            language = str(pdf.Root.get("/Lang", ""))
            return FileFacts(len(pdf.pages), right - left, top - bottom, language)
    except pikepdf.PdfError:
        raise BindingError("a file is no PDF") from None


def bind(parts: Iterable[Part], title: str) -> bytes:
    """Return all parts as one tagged file.

    Args:
        parts: At least one; taken one by one.
        title: Of the whole; never a person's name.

    Raises:
        BindingError: A part holds something that is not understood.
    """
    with pikepdf.new() as whole:
        binder = _Binder(whole, title)
        for part in parts:
            with pikepdf.open(BytesIO(part.pdf)) as source:
                binder.add(source, part)
        binder.finish()
        return _saved(whole)


def stamped(pdf: bytes, stamp: bytes) -> bytes:
    """Return a file with what is drawn on another's first page over each of its pages.

    Args:
        pdf: The file.
        stamp: A file whose first page holds nothing but artifacts in text and lines.

    Raises:
        BindingError: One of the two is no PDF.
    """
    try:
        with pikepdf.open(BytesIO(pdf)) as whole, pikepdf.open(BytesIO(stamp)) as mark:
            page = mark.pages[0]
            code = page.obj.Contents.read_bytes()
            fonts = {}
            for key, font in page.obj.Resources.get("/Font", Dictionary()).items():
                own = f"/Mark{key[1:]}"
                code = code.replace(f"{key} ".encode(), f"{own} ".encode())
                fonts[own] = whole.copy_foreign(font)
            for target in whole.pages:
                known = target.obj.Resources.Font
                for key, font in fonts.items():
                    known[key] = font
                target.contents_add(whole.make_stream(b"\nq\n" + code + b"\nQ\n"))
                target.contents_coalesce()
            return _saved(whole)
    except pikepdf.PdfError:
        raise BindingError("a file is no PDF") from None


def _saved(whole: pikepdf.Pdf) -> bytes:
    target = BytesIO()
    whole.save(
        target,
        min_version="1.7",
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )
    return target.getvalue()


class _Binder:
    """The whole while it grows."""

    def __init__(self, whole: pikepdf.Pdf, title: str) -> None:
        self._whole = whole
        self._title = title
        self._root = whole.make_indirect(
            Dictionary(Type=Name.StructElem, S=Name.Document, K=Array())
        )
        self._numbers = Array()
        """The parent tree, flat: key, value, key, value ..."""
        self._next_key = 0
        self._role_map: Any = None
        self._fields = Array()
        self._form: Any = None
        self._form_fonts = b""
        self._bookmarks: list[tuple[str, Any]] = []
        self._known: dict[bytes, Any] = {}
        """Fonts and pictures by the hash of all that they hold."""
        self._is_first = True

    def add(self, source: pikepdf.Pdf, part: Part) -> None:
        """Append one file."""
        _check(source.Root, _UNDERSTOOD)
        first = len(self._whole.pages)
        for original in source.pages:
            self._whole.pages.append(original)
        pages = [page.obj for page in list(self._whole.pages)[first:]]
        if self._is_first:
            self._take_head(source)
        self._take_tree(source, pages)
        self._mend_links(source, pages)
        self._take_form(source, part.name)
        for page in pages:
            self._share(page.get("/Resources"))
        if part.bookmark:
            self._bookmarks.append((part.bookmark, pages[0]))
        self._is_first = False

    def _copy(self, source: pikepdf.Pdf, value: Any) -> Any:
        return self._whole.copy_foreign(source.make_indirect(value))

    def _take_head(self, source: pikepdf.Pdf) -> None:
        """Take over what holds for the whole from the first part."""
        for key in _SHARED:
            if key in source.Root:
                value = source.Root[key]
                is_plain = isinstance(value, pikepdf.String)
                copy = str(value) if is_plain else self._copy(source, value)
                self._whole.Root[key] = copy
        old = str(source.docinfo.get("/Title", ""))
        for key, value in source.docinfo.items():
            self._whole.docinfo[key] = str(value)
        self._whole.docinfo["/Title"] = self._title
        packet = source.Root["/Metadata"].read_bytes().decode("utf-8")
        told = f">{escape(old)}<"
        if not old or told not in packet:
            raise BindingError("the metadata of a page do not tell its title")
        packet = packet.replace(told, f">{escape(self._title)}<")
        metadata = self._whole.make_stream(packet.encode("utf-8"))
        metadata.Type, metadata.Subtype = Name.Metadata, Name.XML
        self._whole.Root.Metadata = metadata

    # --- structure ----------------------------------------------------------

    def _take_tree(self, source: pikepdf.Pdf, pages: list[Any]) -> None:
        """Hang the structure tree of a part under the new root."""
        found = source.Root.StructTreeRoot
        _check(found, _TREE_UNDERSTOOD)
        # Pages are copied by now, so what points to a page points to its copy.
        tree = self._whole.copy_foreign(found)
        if "/RoleMap" in tree:
            if self._role_map is None:
                self._role_map = tree.RoleMap
            elif _digest(tree.RoleMap) != _digest(self._role_map):
                raise BindingError("the pages give one tag two meanings")
        language = source.Root.get("/Lang")
        for kid in _listed(tree.K):
            kid.P = self._root
            if language is not None and "/Lang" not in kid:
                kid.Lang = str(language)
            self._root.K.append(kid)
        top = self._next_key - 1
        for key, value in pikepdf.NumberTree(tree.ParentTree).items():
            self._numbers.append(self._next_key + key)
            self._numbers.append(value)
            top = max(top, self._next_key + key)
        for owner in _owners(pages):
            for name in ("/StructParents", "/StructParent"):
                if name in owner:
                    owner[name] = self._next_key + int(owner[name])
        self._next_key = top + 1

    def _mend_links(self, source: pikepdf.Pdf, pages: list[Any]) -> None:
        """Point links within a part to its copied pages.

        A page is copied before the later ones are there, so such links are empty.
        """
        numbers = {page.obj.objgen: n for n, page in enumerate(source.pages)}
        for old, new in zip(source.pages, pages, strict=True):
            before = _listed(old.obj.get("/Annots"))
            for link, copy in zip(before, _listed(new.get("/Annots")), strict=True):
                copy.P = new
                for target, mended in _targets(link, copy):
                    mended[0] = pages[numbers[target[0].objgen]]

    # --- forms --------------------------------------------------------------

    def _take_form(self, source: pikepdf.Pdf, name: str) -> None:
        form = source.Root.get("/AcroForm")
        if form is None or not len(form.get("/Fields", [])):
            return
        copy = self._copy(source, form)
        fonts = _digest(copy.get("/DR", Dictionary()))
        if self._form is None:
            self._form, self._form_fonts = copy, fonts
        for item in copy.Fields:
            item.T = f"{name}-{item.get('/T', '')}"
            if fonts != self._form_fonts:
                item.DR = copy.DR
            self._fields.append(item)

    # --- what is kept once ----------------------------------------------------

    def _share(self, resources: Any) -> None:
        """Put one copy in the place of equal fonts and pictures."""
        for kind in ("/Font", "/XObject"):
            group: Any = resources.get(kind) if resources is not None else None
            for key, item in [*group.items()] if group is not None else ():
                if not item.is_indirect:
                    continue
                known = self._known.setdefault(_digest(item), item)
                if known.objgen != item.objgen:
                    group[key] = known

    # --- the end --------------------------------------------------------------

    def finish(self) -> None:
        """Write root, parent tree, outline and form."""
        if self._is_first:
            raise BindingError("there is nothing to bind")
        whole, catalog = self._whole, self._whole.Root
        tree = Dictionary(
            Type=Name.StructTreeRoot,
            K=self._root,
            ParentTree=whole.make_indirect(Dictionary(Nums=self._numbers)),
            ParentTreeNextKey=self._next_key,
        )
        if self._role_map is not None:
            tree.RoleMap = self._role_map
        catalog.StructTreeRoot = whole.make_indirect(tree)
        self._root.P = catalog.StructTreeRoot
        self._outline()
        if self._form is not None:
            self._form.Fields = self._fields
            catalog.AcroForm = self._form

    def _outline(self) -> None:
        with self._whole.open_outline() as outline:
            for title, page in self._bookmarks:
                target = Array([page, Name.Fit])
                outline.root.append(pikepdf.OutlineItem(title, target))
        self._whole.Root.PageMode = Name.UseOutlines


def _check(entry: Any, understood: frozenset[str]) -> None:
    unknown = sorted(set(entry.keys()) - understood)
    if unknown:
        raise BindingError(f"a page holds {', '.join(unknown)}, which would be lost")


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]


def _owners(pages: list[Any]) -> Iterator[Any]:
    """Yield everything on the pages that may have a place in the parent tree."""
    seen: set[tuple[int, int]] = set()
    for page in pages:
        yield page
        yield from _listed(page.get("/Annots"))
        resources: Any = page.get("/Resources", Dictionary())
        for _, picture in resources.get("/XObject", Dictionary()).items():
            if picture.objgen not in seen:
                seen.add(picture.objgen)
                yield picture


def _targets(link: Any, copy: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the places that a link and its copy lead to, where they are pages."""
    pairs = [(link.get("/Dest"), copy.get("/Dest"))]
    if "/A" in link:
        pairs.append((link.A.get("/D"), copy.A.get("/D")))
    for old, new in pairs:
        if isinstance(old, Array) and len(old) and isinstance(old[0], Dictionary):
            yield old, new


def _digest(item: Any) -> bytes:
    """Return the hash of an object and of all that it leads to."""
    digest = hashlib.sha256()
    path: list[tuple[int, int]] = []

    def take(value: Any) -> None:
        if isinstance(value, pikepdf.Object) and value.is_indirect:
            if value.objgen in path:
                digest.update(b"up%d" % path[::-1].index(value.objgen))
                return
            path.append(value.objgen)
            take_direct(value)
            path.pop()
        else:
            take_direct(value)

    def take_direct(value: Any) -> None:
        if isinstance(value, pikepdf.Stream | Dictionary):
            digest.update(b"<")
            for key in sorted(value.keys()):
                if key != "/Length":
                    digest.update(key.encode())
                    take(value[key])
            if isinstance(value, pikepdf.Stream):
                digest.update(hashlib.sha256(value.read_raw_bytes()).digest())
            digest.update(b">")
        elif isinstance(value, Array):
            digest.update(b"[")
            for inner in value:
                take(inner)
            digest.update(b"]")
        else:
            digest.update(f"{type(value).__name__} {value!r} ".encode())

    take(item)
    return digest.digest()

"""reportlab's PDFDocument, with object streams and with objects that are bytes already.

A tagged file has hundreds of small objects, nearly alike: its structure. Together in
compressed object streams (PDF 1.5 and later) they take half the room, and as bytes a
fifth of the time that dictionaries of reportlab take. All else is reportlab's.
"""

import hashlib
import struct
import zlib
from typing import Any, Final

from reportlab.pdfbase import pdfdoc

PER_STREAM: Final = 200
"""How many objects share a stream; a viewer unpacks all of them for one."""

_ROW: Final = struct.Struct(">BIH")
"""An entry of the cross-reference stream: kind, place, and place inside."""
_VERSION: Final = (1, 7)
_END: Final = b"endstream"


class TaggedDocument(pdfdoc.PDFDocument):  # type: ignore[misc]
    """Takes bytes as numbered objects beside reportlab's own."""

    def __init__(self) -> None:
        """Begin an empty file."""
        super().__init__(compression=1, invariant=1, pdfVersion=_VERSION)
        self._ready: dict[int, bytes] = {}

    # --- objects that are bytes already ---------------------------------------

    def reserve(self) -> int:
        """Return the number of an object that is put in later."""
        self.objectcounter += 1
        return int(self.objectcounter)

    def give_back(self, number: int) -> None:
        """Take back the number that was reserved last."""
        if number != self.objectcounter:
            raise ValueError("only the last number can be given back")
        self.objectcounter -= 1

    def put(self, number: int, body: bytes) -> None:
        """Add an object under its number."""
        self._ready[number] = body

    def add(self, body: bytes) -> int:
        """Add an object and return its number."""
        number = self.reserve()
        self._ready[number] = body
        return number

    def stream(self, entries: bytes, data: bytes) -> int:
        """Add a stream and return its number.

        Args:
            entries: What its dictionary says beside the length.
            data: The bytes as they stand in the file.
        """
        return self.add(stream_object(entries, data))

    def packed(self, entries: bytes, data: bytes) -> int:
        """Add a stream that is compressed here, and return its number."""
        return self.stream(entries + b"/Filter/FlateDecode", zlib.compress(data))

    def number_of(self, found: Any) -> int:
        """Return the number of an object of reportlab's."""
        self.Reference(found)
        return int(self.idToObjectNumberAndVersion[found.__InternalName__][0])

    # --- the file -------------------------------------------------------------

    def to_bytes(self, canvas: Any, information: int) -> bytes:
        """Return the file; its id is a digest of its content.

        Args:
            canvas: Knows where the bookmarks of the outline lead to.
            information: Number of the Info dictionary.
        """
        for font in self.delayedFonts:
            font.addObjects(self)
        self.Outlines.prepare(self, canvas)
        if self.Outlines.ready < 0:
            self.Catalog.Outlines = None
        root = self.number_of(self.Catalog)
        large, small = self._formatted()
        places: dict[int, tuple[int, int, int]] = {0: (0, 0, 65535)}
        for first in range(0, len(small), PER_STREAM):
            group = small[first : first + PER_STREAM]
            holder = self.reserve()
            large.append((holder, _object_stream(group)))
            for index, (number, _) in enumerate(group):
                places[number] = (2, holder, index)
        file = pdfdoc.PDFFile(self._pdfVersion)
        for number, body in large:
            at = file.add(b"%d 0 obj\n%b\nendobj\n" % (number, body))
            places[number] = (1, at, 0)
        number = self.reserve()
        at = file.add(b"")
        places[number] = (1, at, 0)
        rows = b"".join([_ROW.pack(*places[n]) for n in range(number + 1)])
        digest = _digest(file.format(self), rows)
        entries = (
            b"/Type/XRef/Size %d/W[1 4 2]/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]"
            b"/Filter/FlateDecode"
            % (number + 1, root, information, digest, digest)
        )  # fmt: skip
        body = stream_object(entries, zlib.compress(rows))
        file.add(b"%d 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number, body, at))
        content: bytes = file.format(self)
        return content

    def _formatted(self) -> tuple[list[tuple[int, bytes]], list[tuple[int, bytes]]]:
        """Return streams, and all other objects, with their numbers."""
        large: list[tuple[int, bytes]] = []
        small: list[tuple[int, bytes]] = []
        number = 0
        while (number := number + 1) <= self.objectcounter:  # formatting may add some
            body = self._ready.get(number)
            if body is None:
                found = self.idToObject[self.numberToId[number]]
                body = pdfdoc.format(found, self, toplevel=1)
                if body.endswith(b"endstream\n"):
                    # PDF/A asks for a line end between the data and this word.
                    body = body.removesuffix(b"endstream\n") + b"\nendstream"
            (large if body.endswith(_END) else small).append((number, body))
        return large, small


def stream_object(entries: bytes, data: bytes) -> bytes:
    """Return a stream with its dictionary."""
    head = b"<<%b/Length %d>>stream\n" % (entries, len(data))
    return b"%b%b\n%b" % (head, data, _END)


def _object_stream(group: list[tuple[int, bytes]]) -> bytes:
    index: list[bytes] = []
    at = 0
    for number, body in group:
        index.append(b"%d %d" % (number, at))
        at += len(body) + 1
    head = b" ".join(index) + b"\n"
    entries = b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (
        len(group),
        len(head),
    )
    data = head + b"\n".join([body for _, body in group])
    return stream_object(entries, zlib.compress(data))


def _digest(content: bytes, rows: bytes) -> bytes:
    digest = hashlib.blake2b(content, digest_size=16, usedforsecurity=False)
    digest.update(rows)
    return digest.hexdigest().encode("ascii")


class Ready(pdfdoc.PDFObject):  # type: ignore[misc]
    """An object of reportlab's that is bytes already, such as a form to be pasted."""

    __RefOnly__ = 1

    def __init__(self, body: bytes) -> None:
        """Take the object as it stands in the file."""
        self._body = body

    def format(self, document: Any) -> bytes:
        """Return the bytes."""
        return self._body


def escaped(data: bytes) -> bytes:
    """Return bytes as they may stand between the brackets of a string."""
    if b"\\" in data:
        data = data.replace(b"\\", b"\\\\")
    if b"(" in data or b")" in data:
        data = data.replace(b"(", b"\\(").replace(b")", b"\\)")
    return data


def text_string(text: str) -> bytes:
    """Return a text that is told and not drawn, such as a title."""
    if text.isascii() and text.isprintable():
        return b"(%b)" % escaped(text.encode("ascii"))
    return b"<%b>" % (b"\xfe\xff" + text.encode("utf-16-be")).hex().encode("ascii")

"""The objects of a PDF file, and the file that holds them.

Small objects travel in compressed object streams (PDF 1.5 and later): a structure tree
has hundreds of them, nearly alike. Nothing here knows what an object means.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterable
from typing import Final

PER_STREAM: Final = 200
"""How many objects share a stream; a viewer unpacks all of them for one."""

_ROW: Final = struct.Struct(">BIH")
"""An entry of the cross-reference stream: kind, place, and place inside."""
_HEAD: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


class PdfFile:
    """Collects numbered objects; the bytes follow from them alone."""

    def __init__(self) -> None:
        """Begin an empty file."""
        self._count = 0
        self._small: list[tuple[int, bytes]] = []
        self._large: list[tuple[int, bytes]] = []

    def reserve(self) -> int:
        """Return the number of an object that is put in later."""
        self._count += 1
        return self._count

    def give_back(self, number: int) -> None:
        """Take back the number that was reserved last."""
        if number != self._count:
            raise ValueError("only the last number can be given back")
        self._count -= 1

    def put(self, number: int, body: bytes) -> None:
        """Add an object that is not a stream under its number."""
        self._small.append((number, body))

    def add(self, body: bytes) -> int:
        """Add an object that is not a stream and return its number."""
        number = self.reserve()
        self._small.append((number, body))
        return number

    def stream(self, entries: bytes, data: bytes) -> int:
        """Add a stream and return its number.

        Args:
            entries: What its dictionary says beside the length.
            data: The bytes as they stand in the file.
        """
        number = self.reserve()
        head = b"<<%b/Length %d>>stream\n" % (entries, len(data))
        self._large.append((number, b"%b%b\nendstream" % (head, data)))
        return number

    def packed(self, entries: bytes, data: bytes) -> int:
        """Add a stream that is compressed here, and return its number."""
        return self.stream(entries + b"/Filter/FlateDecode", zlib.compress(data))

    def to_bytes(self, catalog: int, information: int) -> bytes:
        """Return the file; its id is a digest of its content."""
        places: dict[int, tuple[int, int, int]] = {0: (0, 0, 65535)}
        for first in range(0, len(self._small), PER_STREAM):
            group = self._small[first : first + PER_STREAM]
            holder = self._object_stream(group)
            for index, (number, _) in enumerate(group):
                places[number] = (2, holder, index)
        parts = [_HEAD]
        at = len(_HEAD)
        for number, body in self._large:
            places[number] = (1, at, 0)
            text = b"%d 0 obj\n%b\nendobj\n" % (number, body)
            parts.append(text)
            at += len(text)
        number = self.reserve()
        places[number] = (1, at, 0)
        rows = b"".join(_ROW.pack(*places[n]) for n in range(number + 1))
        digest = _digest(parts, rows)
        packed = zlib.compress(rows)
        parts.append(
            b"%d 0 obj\n<</Type/XRef/Size %d/W[1 4 2]/Root %d 0 R/Info %d 0 R"
            b"/ID[<%b><%b>]/Filter/FlateDecode/Length %d>>stream\n%b\nendstream\n"
            b"endobj\nstartxref\n%d\n%%%%EOF\n"
            % (number, number + 1, catalog, information, digest, digest,
               len(packed), packed, at)
        )  # fmt: skip
        return b"".join(parts)

    def _object_stream(self, group: list[tuple[int, bytes]]) -> int:
        index: list[bytes] = []
        at = 0
        for number, body in group:
            index.append(b"%d %d" % (number, at))
            at += len(body) + 1
        head = b" ".join(index) + b"\n"
        entries = b"/Type/ObjStm/N %d/First %d" % (len(group), len(head))
        return self.packed(entries, head + b"\n".join(body for _, body in group))


def _digest(parts: Iterable[bytes], rows: bytes) -> bytes:
    content = hashlib.blake2b(digest_size=16, usedforsecurity=False)
    for part in parts:
        content.update(part)
    content.update(rows)
    return content.hexdigest().encode("ascii")


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

"""The bundled faces as fonts of reportlab's: fixed codes, and TTFont for the rest.

The usual characters of each face, the *core*, have fixed codes and come from a subset
that is shipped ready and compressed, so no font file is read. Any other character goes
through reportlab's TTFont, which reads the file and cuts a subset for the document.
"""

import zlib
from codecs import charmap_encode
from functools import cache
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics

from backguide.layout.document import Ready, TaggedDocument, stream_object
from backguide.layout.fonts import (
    CORE_CHARACTERS,
    FACES,
    FIRST_CODE,
    Metrics,
    core_encoding,
    core_face,
    text_width,
    widths,
)
from backguide.resources import font_bytes

_FONTS: Final = "BasicFonts"
"""Where reportlab keeps the fonts of a document."""
_MAP: Final = "core characters"


class CoreFont:
    """A face with the interface of reportlab's TTFont.

    Subset 0 is the shipped one; subset n + 1 is subset n of the TTFont behind it.
    """

    _multiByte = 1
    _dynamicFont = 1
    shapable = False

    def __init__(self, face: str, number: int) -> None:
        """Take one of the bundled faces; its number is part of its name on the page."""
        self.fontName = face
        self.name = f"F{number}"
        self._encoding = core_encoding()
        self._advance = widths(face).__getitem__
        metrics = core_face(face).metrics
        self.face = SimpleNamespace(
            name=FACES[face], ascent=metrics.ascent, descent=metrics.descent
        )

    def stringWidth(self, text: str, size: float, encoding: str = "utf8") -> float:
        """Return the width of a text in points.

        Raises:
            LayoutError: A character has no glyph; names its code point.
        """
        try:
            return sum(map(self._advance, text)) * size / 1000
        except KeyError:
            return text_width(text, self.fontName, size)

    def splitString(
        self, text: str, doc: TaggedDocument, encoding: str = "utf8"
    ) -> list[tuple[int, bytes]]:
        """Return pieces of a text, each with the number of its subset, as codes."""
        codes = self.core_codes(text)
        return [(0, codes)] if codes is not None else self._mixed(text, doc)

    def core_codes(self, text: str) -> bytes | None:
        """Return the fixed codes of a text, or None where a character has none."""
        try:
            codes: bytes = charmap_encode(text, "strict", self._encoding)[0]
        except UnicodeEncodeError:
            return None
        return codes

    def _mixed(self, text: str, doc: TaggedDocument) -> list[tuple[int, bytes]]:
        pieces: list[tuple[int, bytes]] = []
        for character in text:
            subset, codes = 0, self.core_codes(character)
            if codes is None:
                [(part, codes)] = _whole(self.fontName).splitString(character, doc)
                subset = part + 1
            piece = subset, codes
            if pieces and pieces[-1][0] == piece[0]:
                piece = piece[0], pieces.pop()[1] + piece[1]
            pieces.append(piece)
        return pieces

    def getSubsetInternalName(self, subset: int, doc: TaggedDocument) -> str:
        """Return the name of a subset on the page, and note that it is used."""
        if subset:
            name = _whole(self.fontName).getSubsetInternalName(subset - 1, doc)
            return str(name)
        if self.fontName not in doc.fontMapping:
            doc.fontMapping[self.fontName] = f"/{self.name}"
            doc.delayedFonts.append(self)
        return f"/{self.name}"

    def addObjects(self, doc: TaggedDocument) -> None:
        """Write the shipped subset."""
        core = core_face(self.fontName)
        program = doc.stream(
            b"/Length1 %d/Filter/FlateDecode" % core.length, core.program
        )
        name = b"COREAA+" + FACES[self.fontName].encode("ascii")
        descriptor = write_descriptor(doc, name, core.metrics, program)
        body = _core_dictionary(self.fontName) % (descriptor, _core_map(doc))
        doc.idToObject[_FONTS].dict[self.name] = b"%d 0 R" % doc.add(body)


@cache
def _whole(face: str) -> Any:
    """Return a face as reportlab reads it from its file, once a process."""
    from reportlab.pdfbase.ttfonts import TTFont

    content = BytesIO(font_bytes(f"{FACES[face]}.ttf"))
    return TTFont(f"{face} whole", content, asciiReadable=False)


def register() -> None:
    """Make the bundled faces known to reportlab by their short names."""
    for number, face in enumerate(FACES, 1):
        pdfmetrics.registerFont(CoreFont(face, number))


def write_descriptor(
    doc: TaggedDocument, name: bytes, metrics: Metrics, program: int
) -> int:
    """Write what a viewer must know of a face, and return its object number."""
    return doc.add(
        b"<</Type/FontDescriptor/FontName/%b/Flags %d/FontBBox[%g %g %g %g]"
        b"/ItalicAngle %g/Ascent %g/Descent %g/CapHeight %g/StemV %g"
        b"/MissingWidth %g/FontFile2 %d 0 R>>"
        % (name, metrics.flags, *metrics.box, metrics.italic_angle,
           metrics.ascent, metrics.descent, metrics.cap_height, metrics.stem,
           metrics.missing_width, program)
    )  # fmt: skip


@cache
def _core_dictionary(face: str) -> bytes:
    """Return the font dictionary of a shipped subset, but for two object numbers."""
    table = widths(face)
    space = table[" "]
    last = max(CORE_CHARACTERS)
    advances = " ".join(
        f"{table[CORE_CHARACTERS[code]] if code in CORE_CHARACTERS else space:g}"
        for code in range(FIRST_CODE, last + 1)
    )
    return (
        b"<</Type/Font/Subtype/TrueType/BaseFont/COREAA+%b/FirstChar %d/LastChar %d"
        b"/Widths[%b]/FontDescriptor %%d 0 R/ToUnicode %%d 0 R>>"
        % (FACES[face].encode("ascii"), FIRST_CODE, last, advances.encode("ascii"))
    )


def _core_map(doc: TaggedDocument) -> int:
    """Return the number of the map from codes to characters that all faces share."""
    if _MAP not in doc.idToObject:
        doc.Reference(Ready(_mapping()), _MAP)
    return int(doc.idToObjectNumberAndVersion[_MAP][0])


@cache
def _mapping() -> bytes:
    """Return the map from codes to characters, for copying and reading aloud."""
    pairs = [
        f"<{code:02X}> <{character.encode('utf-16-be').hex().upper()}>"
        for code, character in sorted(CORE_CHARACTERS.items())
    ]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<00> <FF>",
        "endcodespacerange",
    ]
    for first in range(0, len(pairs), 100):
        group = pairs[first : first + 100]
        lines += [f"{len(group)} beginbfchar", *group, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    packed = zlib.compress("\n".join(lines).encode("ascii"), 9)
    return stream_object(b"/Filter/FlateDecode", packed)


register()

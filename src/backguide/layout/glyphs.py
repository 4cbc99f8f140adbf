"""The faces of one document: codes for its characters, and its font objects."""

import codecs
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from backguide.layout.fonts import (
    CORE_CHARACTERS,
    FACES,
    FIRST_CODE,
    core_encoding,
    core_face,
    widths,
)
from backguide.layout.objects import PdfFile
from backguide.layout.subset import Metrics, cut

_PER_SUBSET: Final = 256 - FIRST_CODE
_FACE_NAMES: Final = tuple(FACES)


class Glyphs:
    """Gives out codes while a document is drawn, and writes its fonts at the end."""

    def __init__(self) -> None:
        """Begin with no face in use."""
        self._core = core_encoding()
        self._used: set[str] = set()
        """Faces whose ready subset is needed."""
        self._rare: dict[str, dict[str, int]] = {}
        """Characters outside the core by face, numbered as they come up."""

    def encoded(self, text: str, face: str) -> Iterable[tuple[bytes, bytes]]:
        """Return pieces of a text: the resource name of a font, and codes."""
        try:
            codes: bytes = codecs.charmap_encode(text, "strict", self._core)[0]
        except UnicodeEncodeError:
            return self._mixed(text, face)
        self._used.add(face)
        return ((_RESOURCES[face], codes),)

    def _mixed(self, text: str, face: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield pieces of a text with characters outside the core."""
        last = b""
        codes = bytearray()
        for character in text:
            name, code = self._placed(character, face)
            if name != last and codes:
                yield last, bytes(codes)
                codes.clear()
            last = name
            codes.append(code)
        yield last, bytes(codes)

    def _placed(self, character: str, face: str) -> tuple[bytes, int]:
        """Return where one character is found, giving it a place if it has none."""
        try:
            code: bytes = codecs.charmap_encode(character, "strict", self._core)[0]
        except UnicodeEncodeError:
            rare = self._rare.setdefault(face, {})
            number = rare.setdefault(character, len(rare))
            part, place = divmod(number, _PER_SUBSET)
            return _resource(face, part + 1), FIRST_CODE + place
        self._used.add(face)
        return _resource(face), code[0]

    def write(self, file: PdfFile) -> bytes:
        """Write the fonts and return the dictionary of their resource names."""
        entries = []
        mapping = 0
        for face in FACES:
            if face in self._used:
                mapping = mapping or _write_mapping(file, _packed_core_map())
                entries.append((_resource(face), _write_core(file, face, mapping)))
            rare = list(self._rare.get(face, ()))
            for part, first in enumerate(range(0, len(rare), _PER_SUBSET), 1):
                characters = dict(
                    enumerate(rare[first : first + _PER_SUBSET], FIRST_CODE)
                )
                number = _write_rare(file, face, part, characters)
                entries.append((_resource(face, part), number))
        return b"".join(b"/%b %d 0 R" % entry for entry in entries)


@cache
def _resource(face: str, part: int = 0) -> bytes:
    """Return the name of a font on the page; part 0 is the ready subset."""
    number = _FACE_NAMES.index(face) + 1
    return b"F%d" % number if part == 0 else b"F%dx%d" % (number, part)


_RESOURCES: Final = {face: _resource(face) for face in FACES}
"""Of the ready subsets."""


def _write_core(file: PdfFile, face: str, mapping: int) -> int:
    core = core_face(face)
    program = file.stream(b"/Length1 %d/Filter/FlateDecode" % core.length, core.program)
    return file.add(_core_font(face) % (write_descriptor(
        file, _subset_name(face, 0), core.metrics, program), mapping))  # fmt: skip


@cache
def _core_font(face: str) -> bytes:
    """Return the font dictionary of a ready subset, but for two object numbers."""
    return _font(face, 0, CORE_CHARACTERS)


def _write_rare(file: PdfFile, face: str, part: int, characters: dict[int, str]) -> int:
    program = cut(FACES[face], characters)
    stream = file.packed(b"/Length1 %d" % len(program), program)
    mapping = _write_mapping(file, zlib.compress(_unicode_map(characters)))
    descriptor = write_descriptor(
        file, _subset_name(face, part), core_face(face).metrics, stream
    )
    return file.add(_font(face, part, characters) % (descriptor, mapping))


def _font(face: str, part: int, characters: Mapping[int, str]) -> bytes:
    table = widths(face)
    last = max(characters)
    space = table[" "]
    advances = " ".join(
        f"{table[characters[code]] if code in characters else space:g}"
        for code in range(FIRST_CODE, last + 1)
    )
    return (
        b"<</Type/Font/Subtype/TrueType/BaseFont/%b/FirstChar %d/LastChar %d"
        b"/Widths[%b]/FontDescriptor %%d 0 R/ToUnicode %%d 0 R>>"
        % (_subset_name(face, part), FIRST_CODE, last, advances.encode("ascii"))
    )


def _subset_name(face: str, part: int) -> bytes:
    """Return the face's name with the tag of six letters that marks a subset."""
    tag = "CORE" if part == 0 else "RARE"
    letters = chr(ord("A") + part // 26) + chr(ord("A") + part % 26)
    return f"{tag}{letters}+{FACES[face]}".encode("ascii")


def write_descriptor(
    file: PdfFile, font_name: bytes, metrics: Metrics, program: int
) -> int:
    """Write what a viewer must know of a face, and return its object number."""
    return file.add(
        b"<</Type/FontDescriptor/FontName/%b/Flags %d/FontBBox[%g %g %g %g]"
        b"/ItalicAngle %g/Ascent %g/Descent %g/CapHeight %g/StemV %g"
        b"/MissingWidth %g/FontFile2 %d 0 R>>"
        % (font_name, metrics.flags, *metrics.box, metrics.italic_angle,
           metrics.ascent, metrics.descent, metrics.cap_height, metrics.stem,
           metrics.missing_width, program)
    )  # fmt: skip


def _write_mapping(file: PdfFile, packed: bytes) -> int:
    return file.stream(b"/Filter/FlateDecode", packed)


@cache
def _packed_core_map() -> bytes:
    return zlib.compress(_unicode_map(CORE_CHARACTERS), 9)


def _unicode_map(characters: Mapping[int, str]) -> bytes:
    """Return the map from codes to characters, for copying and reading aloud."""
    pairs = [
        f"<{code:02X}> <{character.encode('utf-16-be').hex().upper()}>"
        for code, character in sorted(characters.items())
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
    return "\n".join(lines).encode("ascii")

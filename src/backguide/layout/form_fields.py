"""Fields to fill in on screen: empty text fields with words for a screen reader.

What somebody types is drawn by the viewer, in a face that the file must carry
(PDF/A-2). It is shipped ready (``tools/build_core_fonts.py`` writes it): a viewer finds
the glyphs of a keyboard by Unicode, and the subsets for printing have no such table.
"""

import zlib
from dataclasses import replace
from typing import Final

from backguide.layout.document import TaggedDocument, text_string
from backguide.layout.faces import write_descriptor
from backguide.layout.fonts import FIRST_CODE, core_face, widths
from backguide.resources import font_bytes

FIELD_FACE: Final = "regular"
FIELD_FILE: Final = "SourceSans3-Regular.field.z"
FIELD_CHARACTERS: Final = "".join(
    bytes([code]).decode("cp1252", "replace") for code in range(FIRST_CODE, 256)
)
"""What can be typed, by code from ``FIRST_CODE`` on: WinAnsi."""

_NONSYMBOLIC: Final = 1 << 5
_MULTILINE: Final = 1 << 12
_NAME: Final = b"FIELDS+SourceSans3-Regular"


def field_entries(
    file: TaggedDocument, name: str, words: str, width: float, height: float
) -> bytes:
    """Return what the dictionary of an empty text field says.

    The field has several lines and no size of its own, so a viewer wraps what is typed
    and makes it smaller until it fits: in a line of 12 point the end of it would be
    cut on paper.

    Args:
        file: Receives the field's empty picture.
        name: Unique in the file, in ASCII, without a full stop.
        words: What a screen reader says.
        width: Of the field, in points.
        height: As above.
    """
    picture = file.packed(
        b"/Type/XObject/Subtype/Form/BBox[0 0 %.2f %.2f]/Resources<<>>"
        % (width, height),
        b"/Tx BMC EMC",
    )
    return (
        b"/Subtype/Widget/FT/Tx/Ff %d/T%b/TU %b/DA(/Field 0 Tf 0 g)/AP<</N %d 0 R>>"
        % (_MULTILINE, text_string(name), text_string(words), picture)
    )


def form_entries(file: TaggedDocument, fields: list[int]) -> bytes:
    """Write the face of the fields and return what the dictionary of the form says."""
    numbers = b" ".join(b"%d 0 R" % number for number in fields)
    return b"<</Fields[%b]/DA(/Field 12 Tf 0 g)/DR<</Font<</Field %d 0 R>>>>>>" % (
        numbers,
        _write_face(file),
    )


def _write_face(file: TaggedDocument) -> int:
    packed = font_bytes(FIELD_FILE)
    metrics = replace(core_face(FIELD_FACE).metrics, flags=_NONSYMBOLIC)
    length = len(zlib.decompress(packed))
    stream = file.stream(b"/Length1 %d/Filter/FlateDecode" % length, packed)
    descriptor = write_descriptor(file, _NAME, metrics, stream)
    table = widths(FIELD_FACE)
    advances = " ".join(f"{table.get(c, 0):g}" for c in FIELD_CHARACTERS)
    return file.add(
        b"<</Type/Font/Subtype/TrueType/BaseFont/%b/FirstChar %d/LastChar 255"
        b"/Widths[%b]/Encoding/WinAnsiEncoding/FontDescriptor %d 0 R>>"
        % (_NAME, FIRST_CODE, advances.encode("ascii"), descriptor)
    )

"""Fields to fill in on screen: boxes to type in or to tick, with spoken words.

What somebody types is drawn by the viewer, in a face that the file must carry
(PDF/A-2). It is shipped ready (``tools/build_core_fonts.py`` writes it): a viewer finds
the glyphs of a keyboard by Unicode, and the subsets for printing have no such table.
"""

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from backguide.layout.document import TaggedDocument, text_string
from backguide.layout.faces import write_descriptor
from backguide.layout.fonts import FIRST_CODE, core_face, widths
from backguide.resources import font_bytes

if TYPE_CHECKING:
    from backguide.layout.flowables import AnswerMark

FIELD_FACE: Final = "regular"
FIELD_FILE: Final = "SourceSans3-Regular.field.z"
FIELD_CHARACTERS: Final = "".join(
    bytes([code]).decode("cp1252", "replace") for code in range(FIRST_CODE, 256)
)
"""What can be typed, by code from ``FIRST_CODE`` on: WinAnsi."""

_NONSYMBOLIC: Final = 1 << 5
_MULTILINE: Final = 1 << 12
_RADIO: Final = 1 << 15
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
    return (
        b"/Subtype/Widget/FT/Tx/Ff %d/T%b/TU %b/DA(/Field 0 Tf 0 g)/AP<</N %d 0 R>>"
        % (
            _MULTILINE,
            text_string(name),
            text_string(words),
            _empty_text(file, name, width, height),
        )
    )


def _empty_text(file: TaggedDocument, name: str, width: float, height: float) -> int:
    """Write the picture of an empty text field, and return its number.

    Its name stands in it: some programs make one object of equal ones when they save,
    and then what is typed into one field is shown in all of its size.
    """
    return file.packed(
        b"/Type/XObject/Subtype/Form/BBox[0 0 %.2f %.2f]/Resources<<>>"
        % (width, height),
        b"%%%b\n/Tx BMC EMC" % name.encode("ascii"),
    )


class AnswerFields:
    """Fields whose dotted names are groups: written when the last one is placed.

    Boxes of one choice are one field with a widget for each box. None is ticked, and
    none holds a value, so that an answer taken back differs from one never given. A
    choice can be taken back (no flag against it).
    """

    def __init__(self, file: TaggedDocument) -> None:
        """Begin a form without any."""
        self._file = file
        self._numbers: dict[str, int] = {"": 0}
        """Object of each group and of each choice, by full name."""
        self._kids: dict[str, list[int]] = {"": []}
        self._choices: dict[str, str] = {}
        """What a screen reader says of each choice."""
        self._pictures: dict[tuple[float, bool], int] = {}

    def entries(self, mark: "AnswerMark") -> bytes:
        """Return what the dictionary of a box says."""
        words = text_string(mark.words)
        if mark.is_choice:
            if mark.field not in self._choices:
                self._join(mark.field, self._number_of(mark.field))
                self._choices[mark.field] = mark.question
            owner = b"/Parent %d 0 R" % self._numbers[mark.field]
        else:
            group, _, last = mark.field.rpartition(".")
            owner = b"/T%b" % text_string(last)
            if group:
                owner += b"/Parent %d 0 R" % self._group(group)
        if not mark.value:
            picture = _empty_text(self._file, mark.field, mark.width, mark.height)
            return (
                b"/Subtype/Widget/FT/Tx%b/TU%b/DA(/Field 0 Tf 0 g)/AP<</N %d 0 R>>"
                % (
                    owner,
                    words,
                    picture,
                )
            )
        kind = b"" if mark.is_choice else b"/FT/Btn"
        return b"/Subtype/Widget%b%b/TU%b/AS/Off/AP<</N<</%b %d 0 R/Off %d 0 R>>>>" % (
            kind,
            owner,
            words,
            mark.value.encode("ascii"),
            self._picture(mark.width, is_ticked=True),
            self._picture(mark.width, is_ticked=False),
        )

    def placed(self, mark: "AnswerMark", number: int) -> None:
        """Take the object of a box that ``entries`` described."""
        owner = mark.field if mark.is_choice else mark.field.rpartition(".")[0]
        self._kids[owner].append(number)

    def note(self, name: str, text: str) -> None:
        """Add a text that stands on no page."""
        self._kids[""].append(
            self._file.add(
                b"<</FT/Tx/Ff 1/T%b/V%b>>" % (text_string(name), text_string(text))
            )
        )

    def write(self) -> list[int]:
        """Write groups and choices, and return the fields that have no group."""
        for name, number in self._numbers.items():
            if not name:
                continue
            group, _, last = name.rpartition(".")
            kids = b" ".join(b"%d 0 R" % kid for kid in self._kids[name])
            entries = b"/T%b/Kids[%b]" % (text_string(last), kids)
            if group:
                entries += b"/Parent %d 0 R" % self._numbers[group]
            if name in self._choices:
                entries += b"/FT/Btn/Ff %d/TU%b" % (
                    _RADIO,
                    text_string(self._choices[name]),
                )
            self._file.put(number, b"<<%b>>" % entries)
        return self._kids[""]

    def _number_of(self, name: str) -> int:
        """Return the object of a group or a choice, made when it is first asked for."""
        if name not in self._numbers:
            self._numbers[name] = self._file.reserve()
            self._kids[name] = []
        return self._numbers[name]

    def _group(self, name: str) -> int:
        if name not in self._numbers:
            self._join(name, self._number_of(name))
        return self._numbers[name]

    def _join(self, name: str, number: int) -> None:
        """Enter a group or a choice among the kids of its own group."""
        group = name.rpartition(".")[0]
        if group:
            self._group(group)
        self._kids[group].append(number)

    def _picture(self, side: float, *, is_ticked: bool) -> int:
        key = (side, is_ticked)
        if key not in self._pictures:
            code = b""
            if is_ticked:
                low, high = side * 0.2, side * 0.8
                cross = (low, low, high, high, low, high, high, low)
                code = b"%.2f w 1 J " % (side * 0.13)
                code += b"%.2f %.2f m %.2f %.2f l %.2f %.2f m %.2f %.2f l S" % cross
            self._pictures[key] = self._file.packed(
                b"/Type/XObject/Subtype/Form/BBox[0 0 %.2f %.2f]/Resources<<>>"
                % (side, side),
                code,
            )
        return self._pictures[key]


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

"""Read the form of a PDF that came back: what each field holds, and what it shows.

In:   the bytes of a file that a stranger may have made.
Out:  the raw fields, or a ProfileError with one clear message.
Pure: no files. Bounded in bytes, objects, memory and time.

Viewers write differently. So nothing is interpreted here: the value of a field and the
state of each of its boxes are told side by side, and whether they agree is judged by
``intake.answers``.
"""

import re
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import pikepdf
import pikepdf.settings

from backguide.errors import Problem, ProfileError

MOST_BYTES: Final = 16_777_216
"""Of a file; the longest sheet has a hundredth of it."""
MOST_OBJECTS: Final = 4000
"""Fields, groups and boxes that are looked at; the longest sheet has about 700."""
MOST_SECONDS: Final = 20.0
MOST_DEPTH: Final = 8
MOST_TEXT: Final = 2000
"""Letters of an answer."""
_MOST_UNPACKED: Final = 1 << 24
_MOST_PICTURE: Final = 1 << 18
OFF: Final = "Off"
_TOKENS: Final = re.compile(
    rb"\((?:\\.|[^\\()])*+\)|<[0-9A-Fa-f\s]*+>|\b(?:Tj|TJ|BDC)\b|['\"]", re.DOTALL
)
"""Texts and what shows them, in the picture of a field. Each byte is read once."""
_UNSEEN: Final = b"<>0 \t\r\n\f\0"


@dataclass(frozen=True, slots=True)
class RawField:
    """A field as it stands in the file."""

    name: str
    is_text: bool
    value: str | None
    """None when there is no value at all."""
    is_readable: bool
    """False when the value is neither a name nor a text."""
    states: tuple[str, ...]
    """Of each box: its name when it is ticked, else Off."""
    page: int
    """Of its first box, from 1; 0 when it stands on no page."""
    shows_text: bool | None
    """Whether its picture shows letters; None where there is no picture to tell."""
    most_letters: int
    """What the file lets be typed; 0 for no limit."""


@dataclass(frozen=True, slots=True)
class RawForm:
    """All fields of a file."""

    fields: tuple[RawField, ...]
    needs_pictures: bool
    """True when a viewer draws the fields anew, so their pictures say nothing."""
    is_signed: bool = False
    is_changed_after_signing: bool = False

    def by_name(self) -> Mapping[str, list[RawField]]:
        """Return the fields by their full names; several are a fault."""
        found: dict[str, list[RawField]] = {}
        for item in self.fields:
            found.setdefault(item.name, []).append(item)
        return found


def refused(source: str, code: str, message: str, hint: str = "") -> ProfileError:
    """Return the error about a file as a whole."""
    return ProfileError(source, (Problem("", message, hint, code),))


def read_form(content: bytes, source: str) -> RawForm:
    """Return the fields of a file.

    Args:
        content: The bytes of a PDF.
        source: Its name for messages.

    Raises:
        ProfileError: It is too large, locked, broken, or has no fields.
    """
    if len(content) > MOST_BYTES:
        raise refused(source, "E_TOO_LARGE", f"larger than {MOST_BYTES} bytes")
    broken = "this PDF is damaged, or it is made so that reading it has no end"
    hint = "open it in a viewer, save it under another name, and give that"
    try:
        with _bounded(), pikepdf.open(BytesIO(content), suppress_warnings=True) as pdf:
            return _Reader(pdf, content).read()
    except pikepdf.PasswordError:
        words = "it is locked with a password"
        raise refused(source, "E_LOCKED", words, "save it without one") from None
    except _NoFields:
        raise refused(
            source,
            "E_NO_FIELDS",
            "there are no fields to read: it was printed or scanned to a PDF, or it is "
            "no question sheet",
            "give the file that was filled in and saved; answers on paper are typed in",
        ) from None
    except (
        pikepdf.PikepdfError, pikepdf.PdfError, AttributeError, KeyError, IndexError,
        TypeError, ValueError, OverflowError, RuntimeError, MemoryError, _TooMuch,
    ):  # fmt: skip
        raise refused(source, "E_NOT_A_PDF", broken, hint) from None


class _NoFields(Exception):
    """There is no form."""


class _TooMuch(Exception):
    """More objects, or more time, than any sheet needs."""


@contextmanager
def _bounded() -> Iterator[None]:
    """Bound what qpdf unpacks; other files of this process are read as before."""
    before = pikepdf.settings.set_qpdf_limits(
        doc_max_warnings=200,
        parser_max_nesting=50,
        max_stream_filters=3,
        flate_max_memory=_MOST_UNPACKED,
        run_length_max_memory=_MOST_UNPACKED,
        png_max_memory=_MOST_UNPACKED,
        tiff_max_memory=_MOST_UNPACKED,
        dct_max_memory=_MOST_UNPACKED,
    )
    try:
        yield
    finally:
        pikepdf.settings.set_qpdf_limits(**before)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Inherited:
    """What fields take from their groups."""

    name: str = ""
    kind: str = ""
    value: Any = None
    most_letters: int = 0


@dataclass(slots=True)
class _Reader:
    """Walks the fields of one file."""

    _pdf: pikepdf.Pdf
    _content: bytes
    _seen: set[tuple[int, int]] = field(default_factory=set)
    _count: int = 0
    _end: float = 0
    _found: list[RawField] = field(default_factory=list)
    _signatures: list[Any] = field(default_factory=list)
    _pages: dict[tuple[int, int], int] = field(default_factory=dict)

    def read(self) -> RawForm:
        """Return the form."""
        self._end = time.monotonic() + MOST_SECONDS
        form = self._pdf.Root.get("/AcroForm")
        fields = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
        if not isinstance(fields, pikepdf.Array) or not len(fields):
            raise _NoFields
        self._find_pages()
        for node in list(fields):
            self._walk(node, _Inherited(), 0)
        if not self._found:
            raise _NoFields
        assert isinstance(form, pikepdf.Dictionary)  # noqa: S101  it has fields
        return RawForm(
            tuple(self._found),
            bool(form.get("/NeedAppearances", False)) or "/XFA" in form,
            bool(self._signatures),
            any(map(self._is_behind, self._signatures)),
        )

    def _take(self, node: Any, depth: int) -> None:
        """Count an object.

        Raises:
            _TooMuch: It was met before, or there are too many of them.
        """
        self._count += 1
        if self._count > MOST_OBJECTS or depth > MOST_DEPTH:
            raise _TooMuch
        if time.monotonic() > self._end:
            raise _TooMuch
        if node.is_indirect:
            if node.objgen in self._seen:
                raise _TooMuch
            self._seen.add(node.objgen)

    def _find_pages(self) -> None:
        """Note on which page each box stands; pages in order."""
        todo, number, count = [self._pdf.Root.get("/Pages")], 0, 0
        seen: set[tuple[int, int]] = set()
        while todo:
            node = todo.pop()
            count += 1
            if count > MOST_OBJECTS or time.monotonic() > self._end:
                raise _TooMuch
            if not isinstance(node, pikepdf.Dictionary) or node.objgen in seen:
                continue
            seen.add(node.objgen)
            if "/Kids" in node:
                todo += reversed(list(node.Kids))
                continue
            number += 1
            notes = node.get("/Annots", ())
            for note in list(notes)[:MOST_OBJECTS]:
                if isinstance(note, pikepdf.Dictionary):
                    self._pages.setdefault(note.objgen, number)

    def _walk(self, node: Any, above: _Inherited, depth: int) -> None:
        self._take(node, depth)
        own = str(node.T) if "/T" in node else ""
        here = _Inherited(
            f"{above.name}.{own}".strip(".") if own else above.name,
            str(node.get("/FT", above.kind)),
            node.get("/V", above.value),
            int(node.get("/MaxLen", above.most_letters)),
        )
        kids = list(node.get("/Kids", ()))[:MOST_OBJECTS]
        if any("/T" in kid for kid in kids):
            for kid in kids:
                self._walk(kid, here, depth + 1)
            return
        boxes = kids or [node]
        for kid in kids:
            self._take(kid, depth + 1)
        if here.kind == "/Sig":
            if here.value is not None:
                self._signatures.append(here.value)
            return
        is_text = here.kind == "/Tx"
        value, is_readable = _plain(here.value)
        pages = [self._pages.get(box.objgen, 0) for box in boxes]
        self._found.append(
            RawField(
                here.name,
                is_text,
                value,
                is_readable and here.kind in ("/Tx", "/Btn"),
                tuple(str(box.get("/AS", f"/{OFF}"))[1:] for box in boxes),
                pages[0],
                _shows_text(boxes) if is_text else None,
                here.most_letters,
            )
        )

    def _is_behind(self, signature: Any) -> bool:
        """Tell whether the file goes on after what was signed."""
        spans = signature.get("/ByteRange")
        if not isinstance(spans, pikepdf.Array) or len(spans) != 4:
            return True
        start, length = int(spans[2]), int(spans[3])
        return start + length < len(self._content.rstrip(b"\r\n"))


def _plain(value: Any) -> tuple[str | None, bool]:
    """Return the value of a field as a text, and whether it is a name or a text."""
    if value is None:
        return None, True
    if isinstance(value, pikepdf.Name):
        return str(value)[1:], True
    if isinstance(value, pikepdf.String):
        text = str(value)
        return text[: MOST_TEXT + 1], len(text) <= MOST_TEXT
    return None, False


def _shows_text(boxes: list[Any]) -> bool | None:
    """Tell whether a field's picture shows any letter; None without a picture."""
    found: bool | None = None
    for box in boxes:
        picture = box.get("/AP", {}).get("/N")
        if not isinstance(picture, pikepdf.Stream):
            continue
        kind = picture.get("/Filter")
        if isinstance(kind, pikepdf.Array) and len(kind) == 1:
            kind = kind[0]
        code = picture.read_raw_bytes()
        if kind == pikepdf.Name.FlateDecode:
            try:
                code = zlib.decompressobj().decompress(code, _MOST_PICTURE)
            except zlib.error:
                return None
        elif kind is not None:
            return None
        if len(code) >= _MOST_PICTURE:
            return None
        found = bool(found) or _draws_text(code)
    return found


def _draws_text(code: bytes) -> bool:
    """Tell whether a picture shows a text that is more than spaces."""
    is_text = False
    for match in _TOKENS.finditer(code):
        token = match[0]
        if token.startswith(b"("):
            is_text = is_text or bool(token[1:-1].strip())
        elif token.startswith(b"<"):
            is_text = is_text or bool(token.translate(None, _UNSEEN))
        elif is_text and token != b"BDC":
            return True
        else:
            is_text = False  # words for a reader's program are not shown
    return False

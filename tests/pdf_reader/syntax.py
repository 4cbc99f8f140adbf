"""Read the two forms in which qpdf hands out a PDF: objects, and page content.

qpdf has checked the file by then and writes every object in one plain form, which a
regular expression can cut into pieces. Page content comes as it stands in the file;
what does not look like plain content is left to qpdf's own, slower reader.
"""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, Final, NamedTuple

import pikepdf


class Name(str):
    """A PDF name without its slash."""

    __slots__ = ()


class Ref(NamedTuple):
    """A reference to an object."""

    number: int
    generation: int


Step = tuple[str, bytes, str, int | None, str | None]
"""An operator of a page that opens, closes, shows or paints, and with what:

operator; what a text operator shows; font of Tf or tag of BDC and BMC; MCID;
subtype of an artifact (empty without one, None for anything else).
"""


# --- strings --------------------------------------------------------------------

_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPED: Final = {
    b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f",
    b"\n": b"", b"\r": b"", b"\r\n": b"",
    **{f"{n:o}".encode(): bytes([n & 255]) for n in range(512)},
    **{f"{n:02o}".encode(): bytes([n]) for n in range(64)},
    **{f"{n:03o}".encode(): bytes([n & 255]) for n in range(512)},
}  # fmt: skip
"""What stands behind a backslash, and the byte that it means."""


def _escaped(found: re.Match[bytes], known: Mapping[bytes, bytes] = _ESCAPED) -> bytes:
    code = found[1]
    return known.get(code, code)


def _literal(token: bytes) -> bytes:
    """Return the bytes of a string in parentheses."""
    inner = token[1:-1]
    return _ESCAPE.sub(_escaped, inner) if b"\\" in inner else inner


def _hexadecimal(token: bytes) -> bytes:
    digits = b"".join(token[1:-1].split())
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def text_of(content: bytes) -> str:
    """Return the characters of a text string: a title, an alternative text."""
    if content.startswith(b"\xfe\xff"):
        return content[2:].decode("utf-16-be", "replace")
    if content.startswith(b"\xef\xbb\xbf"):
        return content[3:].decode("utf-8", "replace")
    if content.isascii():
        return content.decode("ascii")
    return str(pikepdf.String(content))


# --- objects --------------------------------------------------------------------

_OBJECT: Final = re.compile(
    rb"(\((?:[^()\\]++|\\.)*+\))"  # 1 string
    rb"|(<[0-9A-Fa-f\s]*+>)"  # 2 string in hexadecimal
    rb"|/([^\x00\s()<>\[\]{}/%]*+)"  # 3 name
    rb"|(\d+) (\d+) R\b"  # 4, 5 reference
    rb"|(<<|>>|[\[\]])"  # 6 bracket
    rb"|([+-]?[\d.]++)"  # 7 number
    rb"|(true|false|null)\b",  # 8
    re.DOTALL,
)
_CONSTANTS: Final = {b"true": True, b"false": False, b"null": None}
_HEX_IN_NAME: Final = re.compile(r"#([0-9A-Fa-f]{2})")


def parse_object(source: bytes) -> Any:
    """Return an object that qpdf has written out: dict, list, Name, Ref, bytes...

    Raises:
        ValueError: It is not in the form that qpdf writes.
    """
    stack: list[list[Any]] = [[]]
    for found in _OBJECT.finditer(source):
        match found.lastindex:
            case 1:
                stack[-1].append(_literal(found.group()))
            case 2:
                stack[-1].append(_hexadecimal(found.group()))
            case 3:
                name = found.group(3).decode("latin-1")
                if "#" in name:
                    name = _HEX_IN_NAME.sub(lambda m: chr(int(m[1], 16)), name)
                stack[-1].append(Name(name))
            case 5:
                stack[-1].append(Ref(int(found.group(4)), int(found.group(5))))
            case 6:
                bracket = found.group()
                if bracket in (b"<<", b"["):
                    stack.append([])
                    continue
                if len(stack) == 1:
                    raise ValueError("a bracket closes nothing")
                items = stack.pop()
                value: Any = items
                if bracket == b">>":
                    value = dict(zip(items[::2], items[1::2], strict=True))
                stack[-1].append(value)
            case 7:
                digits = found.group()
                is_real = b"." in digits
                stack[-1].append(float(digits) if is_real else int(digits))
            case _:
                stack[-1].append(_CONSTANTS[found.group()])
    if len(stack) != 1 or len(stack[0]) != 1:
        raise ValueError("not one object")
    return stack[0][0]


_ELEMENT: Final = re.compile(
    rb"<< (?:/A \[ << /O /Table /Scope /(\w+) >> \] )?"
    rb"(?:/K (?:\[ ((?:\d+ )++)\]|\[ ((?:\d+ \d+ R )++)\]|(\d+)) )?"
    rb"/P (\d+) (\d+) R (?:/Pg (\d+) (\d+) R )?/S /(\w+) "
    rb"(?:/T (\((?:[^()\\]++|\\.)*+\)) )?(/Type /StructElem )?>>",
    re.DOTALL,
)
"""The usual form of an element: qpdf sorts the keys."""


def parse_element(source: bytes) -> Any:
    """Return a structure element; the same as ``parse_object``, and quicker."""
    found = _ELEMENT.fullmatch(source)
    if found is None:
        return parse_object(source)
    scope, pieces, kids, piece, p, p_generation, pg, pg_generation, *more = (
        found.groups()
    )
    tag, title, kind = more
    entry: dict[str, Any] = {
        "P": Ref(int(p), int(p_generation)),
        "S": Name(tag, "ascii"),
    }
    if scope is not None:
        entry["A"] = [{"O": Name("Table"), "Scope": Name(scope, "ascii")}]
    if kind is not None:
        entry["Type"] = Name("StructElem")
    if pieces is not None:
        entry["K"] = [*map(int, pieces.split())]
    elif kids is not None:
        parts = kids.split()
        entry["K"] = [*map(Ref, map(int, parts[::3]), map(int, parts[1::3]))]
    elif piece is not None:
        entry["K"] = int(piece)
    if pg is not None:
        entry["Pg"] = Ref(int(pg), int(pg_generation))
    if title is not None:
        entry["T"] = _literal(title)
    return entry


# --- page content ---------------------------------------------------------------

SHOWS_TEXT: Final = frozenset({"Tj", "TJ", "'", '"'})
_CONTENT: Final = re.compile(
    # 1, 2: a line of text in one font
    rb"BT\s[\d.+\-\s]++T[dm]\s*/([A-Za-z0-9+]+)\s[\d.]++\sTf\s*"
    rb"(\((?:[^()\\]++|\\.)*+\))\s*Tj\sET(?=\s|\Z)"
    # 3: what changes nothing here: numbers, paths, colours, places
    rb"|((?:[\d.+\-\s]++|(?:[mlchvynwJjMdigkGK]|re|rg|RG|cm|Tm|Td|TD|TL|Tc|Tw|Tz|Ts|Tr"
    rb"|T\*|gs|W\*?|ri|cs|CS|sc|SC|scn|SCN)(?=[\s\[(/<]|\Z))++)"
    rb"|(\((?:[^()\\]++|\\.)*+\))"  # 4 string
    rb"|(<[0-9A-Fa-f\s]*+>)"  # 5 string in hexadecimal
    rb"|/([A-Za-z0-9]+)\s*<<\s*/MCID\s+(\d+)\s*>>\s*BDC(?=\s)"  # 6, 7
    rb"|/Artifact\s*(?:<<\s*(?:/Type\s*/Pagination\s*)?/Subtype\s*/([A-Za-z]+)\s*>>\s*BDC"
    rb"|BMC)(?=\s)"  # 8 subtype of an artifact
    rb"|/([^\x00\s()<>\[\]{}/%]+)"  # 9 name
    rb"|([\[\]])"  # 10
    rb"|(q|Q|BT|ET|EMC|Tf|Tj|TJ|'|\"|Do|f\*?|F|B\*?|b\*?|S|s|sh)(?=[\s\[(/<]|\Z)",  # 11
    re.DOTALL,
)


class _NotPlainError(Exception):
    """The content has something that only qpdf's own reader understands."""


def steps(page: Any) -> list[Step]:
    """Return what a page does, in order; see ``Step``."""
    try:
        return list(_plain_steps(_content(page)))
    except _NotPlainError:
        return list(_all_steps(page))


def _content(page: Any) -> bytes:
    contents = page.obj.get("/Contents")
    if contents is None:
        return b""
    if isinstance(contents, pikepdf.Array):
        return b"\n".join(part.read_bytes() for part in contents)
    return bytes(contents.read_bytes())


def _plain_steps(content: bytes) -> Iterator[Step]:
    place = 0
    shown: list[bytes] = []
    name = ""
    for found in _CONTENT.finditer(content):
        if found.start() != place:
            raise _NotPlainError
        place = found.end()
        match found.lastindex:
            case 2:
                yield "BT", b"", "", None, None
                yield "Tf", b"", found[1].decode("ascii"), None, None
                yield "Tj", _literal(found[2]), "", None, None
                yield "ET", b"", "", None, None
            case 3 | 10:
                pass
            case 4:
                shown.append(_literal(found[4]))
            case 5:
                shown.append(_hexadecimal(found[5]))
            case 7:
                yield "BDC", b"", found[6].decode("ascii"), int(found[7]), None
            case 9:
                name = found[9].decode("latin-1")
            case 11:
                operator = found[11].decode("ascii")
                text = b""
                if operator in SHOWS_TEXT:
                    text = b"".join(shown if operator == "TJ" else shown[-1:])
                yield operator, text, name, None, None
                shown, name = [], ""
            case _:
                kind = (found[8] or b"").decode("ascii")
                yield "BDC", b"", "Artifact", None, kind
    if place != len(content):
        raise _NotPlainError


_WATCHED: Final = "q Q BT ET BMC BDC EMC Tf Tj TJ ' \" Do BI f F f* B B* b b* S s sh"


def _all_steps(page: Any) -> Iterator[Step]:
    """Yield the steps as qpdf's own reader finds them."""
    for step in pikepdf.parse_content_stream(page, operators=_WATCHED):
        if isinstance(step, pikepdf.ContentStreamInlineImage):
            yield "BI", b"", "", None, None
            continue
        operator, operands = str(step.operator), step.operands
        if operator in SHOWS_TEXT:
            yield operator, _shown(operator, operands), "", None, None
        elif operator in ("BDC", "BMC"):
            yield _begun(page, operands)
        elif operator in ("Tf", "Do"):
            yield operator, b"", str(operands[0])[1:], None, None
        else:
            yield operator, b"", "", None, None


def _shown(operator: str, operands: Any) -> bytes:
    if operator != "TJ":
        return bytes(operands[-1])
    parts = (part for part in operands[0] if isinstance(part, pikepdf.String))
    return b"".join(bytes(part) for part in parts)


def _begun(page: Any, operands: Any) -> Step:
    tag = str(operands[0])[1:]
    properties = operands[1] if len(operands) > 1 else {}
    if isinstance(properties, pikepdf.Name):
        names = page.obj.get("/Resources", {}).get("/Properties", {})
        properties = names.get(str(properties), {})
    if tag == "Artifact":
        subtype = properties.get("/Subtype")
        kind = "" if subtype is None else str(subtype)[1:]
        return "BDC", b"", tag, None, kind
    mcid = properties.get("/MCID")
    return "BDC", b"", tag, None if mcid is None else int(mcid), None


def object_sources(pdf: pikepdf.Pdf) -> dict[Ref, bytes]:
    """Return every object as qpdf writes it out; of streams only the dictionaries."""
    sources = {}
    for found in pdf.objects:
        table = found.stream_dict if isinstance(found, pikepdf.Stream) else found
        sources[Ref(*found.objgen)] = bytes(table.unparse(resolved=True))
    return sources


_ACTIVE: Final = frozenset(
    {"JS", "JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "OpenAction", "AA",
     "GoToR", "GoToE", "SubmitForm", "ImportData", "RichMedia", "Movie", "Sound",
     "Rendition", "XFA"}
)  # fmt: skip
"""What does something by itself, or leads to another file: never in a handout."""
_MAYBE_ACTIVE: Final = re.compile(
    rb"/(?:%s)\b" % b"|".join(sorted(name.encode() for name in _ACTIVE))
)


def active_names(source: bytes) -> set[str]:
    """Return names in an object that stand for actions and attachments."""
    if not _MAYBE_ACTIVE.search(source):
        return set()  # most objects; the others are read, for it may be in a text
    found: set[str] = set()
    todo = [parse_object(source)]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo += [*map(Name, value), *value.values()]
        elif isinstance(value, list):
            todo += value
        elif isinstance(value, Name) and value in _ACTIVE:
            found.add(str(value))
    return found


def opened(content: bytes) -> pikepdf.Pdf:
    """Return an open PDF.

    Raises:
        pikepdf.PdfError: The bytes are no PDF.
    """
    return pikepdf.open(BytesIO(content))

"""Read XML of strangers as a stream; the only owner of lxml.

What stands before the root element is looked at first and left out. So no document type
reaches the parser, and there can be neither entities nor anything to fetch. Apple's own
export needs that as well: its document type is not well formed.
"""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from backguide.unpacking import Joined, Stream

MOST_PROLOG_BYTES: Final = 1 << 16
_ENCODINGS: Final = frozenset(
    {"utf-8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252"}
)
_ENCODING: Final = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ROOT: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,60}:)?([A-Za-z_][\w.-]{0,60})")
_DOCTYPE_END: Final = re.compile(rb"\]\s*>")


class GuardedXmlError(ValueError):
    """A file that is not plain XML, in words for people."""


def body_of(stream: Stream) -> tuple[str, Stream]:
    """Return the name of the root element, and the XML without what stands before it.

    Raises:
        GuardedXmlError: It declares entities, has no root, or is in an encoding in
            which such a thing could hide.
    """
    head = stream.read(MOST_PROLOG_BYTES)
    place, encoding = _prolog(head)
    root = _ROOT.match(head, place)
    if root is None:
        raise GuardedXmlError("there is no XML element at its beginning")
    declaration = b'<?xml version="1.0" encoding="%s"?>' % encoding.encode()
    return root[1].decode(), Joined(declaration + head[place:], stream)


def _prolog(head: bytes) -> tuple[int, str]:
    """Return where the root begins, and the encoding."""
    place = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    encoding = "utf-8"
    while place < len(head):
        # Some services put blanks before the declaration, which XML does not allow.
        if head[place : place + 1].isspace():
            place += 1
        elif head.startswith(b"<?", place):
            end = _after(head, place, b"?>")
            if found := _ENCODING.search(head, place, end):
                encoding = found[1].decode().lower()
            place = end
        elif head.startswith(b"<!--", place):
            place = _after(head, place, b"-->")
        elif head.startswith(b"<!DOCTYPE", place):
            place = _after_doctype(head, place)
        else:
            break
    if encoding not in _ENCODINGS:
        raise GuardedXmlError("an encoding that these files do not have")
    return place, encoding


def _after(head: bytes, place: int, mark: bytes) -> int:
    found = head.find(mark, place)
    if found < 0:
        raise GuardedXmlError("what stands before its content is too long")
    return found + len(mark)


def _after_doctype(head: bytes, place: int) -> int:
    """Return where a document type ends; one that declares entities is refused."""
    close, bracket = head.find(b">", place), head.find(b"[", place)
    if close < 0:
        raise GuardedXmlError("what stands before its content is too long")
    if bracket < 0 or close < bracket:
        return close + 1
    end = _DOCTYPE_END.search(head, bracket)
    if end is None:
        raise GuardedXmlError("what stands before its content is too long")
    if b"<!ENTITY" in head[bracket : end.end()].upper():
        raise GuardedXmlError("it declares entities, which no such file needs")
    return end.end()


def local_name(element: etree._Element) -> str:
    """Return the name of an element without its namespace; "" for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def elements(
    body: Stream, wanted: frozenset[str]
) -> Iterator[tuple[str, str, etree._Element]]:
    """Yield "start" or "end", the name, and the element, for elements of some names.

    An element is whole at its end only, and gone after it. Everything that lies in no
    wanted element is gone at once, so that memory stays flat.

    Raises:
        GuardedXmlError: It is not well formed; what was yielded before is sound.
    """
    open_wanted = 0
    events = etree.iterparse(
        body,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for event, element in events:
            name = local_name(element)
            is_wanted = name in wanted
            if event == "start":
                open_wanted += is_wanted
                if is_wanted:
                    yield event, name, element
                continue
            open_wanted -= is_wanted
            if is_wanted:
                yield event, name, element
            if is_wanted or not open_wanted:
                _forget(element)
    except etree.XMLSyntaxError:
        raise GuardedXmlError("it is not well formed, or ends early") from None


def _forget(element: etree._Element) -> None:
    element.clear(keep_tail=False)
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]

"""The built-in content, parsed once when the package is built.

Parsing all content takes longer than making a handout. A wheel therefore carries the
parsed form beside the texts. It is used only while it belongs to exactly these texts
and this version; a checkout has none and parses. A folder of one's own is always
parsed.
"""

import hashlib
import pickle
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from backguide.about import __version__
from backguide.guidance.content_file import ContentFile
from backguide.guidance.library import Library, load_library
from backguide.resources import data_root, templates_root

FILE_NAME: Final = "library.bin"
"""Lies beside ``templates/`` in the wheel."""


def library_at(folder: Path | None) -> Library:
    """Return the content of a folder, or the built-in one.

    Raises:
        ContentError: With every finding that makes the content unusable.
    """
    if folder is not None:
        return load_library(folder)
    root = templates_root()
    return unpacked(_shipped(), root) or load_library(root)


def _shipped() -> bytes:
    try:
        return (data_root() / FILE_NAME).read_bytes()
    except OSError:
        return b""


def packed(library: Library, root: Traversable) -> bytes:
    """Return a library as bytes that belong to the texts of a folder."""
    stream = BytesIO()
    _Packer(stream, protocol=5).dump(library)
    body = stream.getvalue()
    return _stamp(root, body) + body


def unpacked(content: bytes, root: Traversable) -> Library | None:
    """Return the library, or None when it does not belong to the texts."""
    stamp, end, body = content.partition(b"\n")
    if not end or stamp + end != _stamp(root, body):
        return None
    # Part of the package like its code, and the hash shows that it is whole.
    library = pickle.loads(body)  # noqa: S301
    return library if isinstance(library, Library) else None


def _stamp(root: Traversable, body: bytes) -> bytes:
    digest = hashlib.sha256(body)
    for name, content in sorted(_texts(root, "")):
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return f"backguide {__version__} {digest.hexdigest()}\n".encode()


def _texts(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _texts(entry, f"{name}/")
        elif not entry.name.startswith("."):
            yield name, entry.read_bytes()


class _Packer(pickle.Pickler):
    """Packs what pickle does not know, and leaves out what no handout needs."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, MappingProxyType):
            return _read_only, (dict(value),)
        if isinstance(value, ContentFile):
            return _file, (value.name, value.text)
        return NotImplemented


def _read_only(table: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(table)


def _file(name: str, text: str) -> ContentFile:
    """Return a file without its tables: they have become sections and rules."""
    file = ContentFile.__new__(ContentFile)
    file.name, file.text = name, text
    file.problems, file.body, file.body_line, file.table = [], "", 1, {}
    file.is_readable = True
    return file

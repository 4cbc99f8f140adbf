"""Where the packaged data lies: content, fonts, schemas."""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def data_root() -> Traversable:
    """Return the folder that holds ``templates/`` and ``profiles/``.

    In an installed wheel that is ``backguide/_data``; in a checkout (editable
    install or ``PYTHONPATH=src``) it is the root of the repository.
    """
    packaged = files("backguide") / "_data"
    return packaged if packaged.is_dir() else Path(__file__).parents[2]


def templates_root() -> Traversable:
    """Return the folder of the built-in content."""
    return data_root() / "templates"


def schema_text() -> str:
    """Return the JSON Schema of the profile as it is shipped."""
    return (files("backguide") / "profile" / "schema.json").read_text("utf-8")


def state_schema_text(name: str) -> str:
    """Return the JSON Schema of the rows of a state file, such as ``manifest``."""
    return (files("backguide") / "state" / f"{name}.schema.json").read_text("utf-8")


def font_bytes(file_name: str) -> bytes:
    """Return a bundled font file, such as ``SourceSans3-Regular.ttf``."""
    return (files("backguide") / "fonts" / file_name).read_bytes()


@cache
def printable_ranges() -> tuple[tuple[int, int], ...]:
    """Return the code points that all bundled faces have, as closed ranges.

    Read from ``fonts/coverage.txt``, so that a profile can be checked without
    loading a font. A test keeps the file equal to the fonts.
    """
    text = (files("backguide") / "fonts" / "coverage.txt").read_text("ascii")
    ranges = []
    for line in text.split():
        first, _, last = line.partition("-")
        ranges.append((int(first, 16), int(last or first, 16)))
    return tuple(ranges)


def is_printable(character: str) -> bool:
    """Tell whether every bundled face has a glyph for the character."""
    code_point = ord(character)
    return any(first <= code_point <= last for first, last in printable_ranges())

"""Write the ready subsets of the bundled faces and what is known about them.

Run it after a change of a font file or of ``CORE_CHARACTERS``; a test tells when.
"""

import io
import json
import zlib
from dataclasses import asdict
from functools import cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

import backguide.layout.environment  # noqa: F401  isort: skip
from reportlab.pdfbase.ttfonts import TTFontFile

from backguide.layout.fonts import CORE_CHARACTERS, FACES, Metrics
from backguide.layout.form_fields import FIELD_CHARACTERS, FIELD_FACE, FIELD_FILE
from backguide.resources import printable_ranges

FONTS = Path(__file__).parents[1] / "src" / "backguide" / "fonts"


@cache
def _parsed(name: str) -> TTFontFile:
    """Return a face as reportlab reads it."""
    return TTFontFile(io.BytesIO((FONTS / f"{name}.ttf").read_bytes()))


def metrics(name: str) -> Metrics:
    """Return the metrics of a bundled face."""
    face = _parsed(name)
    nonsymbolic, symbolic = 1 << 5, 1 << 2
    return Metrics(
        face.ascent,
        face.descent,
        face.capHeight,
        face.italicAngle,
        face.stemV,
        tuple(face.bbox),
        face.defaultWidth,
        face.flags & ~nonsymbolic | symbolic,
    )


def advances(name: str) -> dict[int, float]:
    """Return the width of each character of a face, by code point."""
    return dict(_parsed(name).charWidths)


def cut(name: str, characters: dict[int, str]) -> bytes:
    """Return a TrueType file that holds only some characters.

    Args:
        name: File name of a bundled face, without its ending.
        characters: Each character by the code that stands for it, 0 to 255.
    """
    codes = [ord(characters.get(code, " ")) for code in range(max(characters) + 1)]
    content: bytes = _parsed(name).makeSubset(codes)
    return content


def core_facts() -> tuple[dict[str, object], dict[str, bytes]]:
    """Return the content of ``core.json``, and the subset of each face."""
    facts: dict[str, object] = {}
    programs: dict[str, bytes] = {}
    codes = [
        code for first, last in printable_ranges() for code in range(first, last + 1)
    ]
    for name in FACES.values():
        known = advances(name)
        held = {code: c for code, c in CORE_CHARACTERS.items() if ord(c) in known}
        programs[name] = cut(name, held)
        facts[name] = {
            "metrics": asdict(metrics(name)),
            "length": len(programs[name]),
            "widths": [known[code] for code in codes],
        }
    return facts, programs


def field_program() -> bytes:
    """Return the face for fields: found by Unicode, as a viewer that types needs it."""
    options = subset.Options(
        hinting=False, layout_features=[], name_IDs=[6], notdef_outline=True,
        drop_tables=["GSUB", "GPOS", "GDEF", "BASE", "STAT", "DSIG", "meta"],
    )  # fmt: skip
    name = f"{FACES[FIELD_FACE]}.ttf"
    face = TTFont(FONTS / name, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(text=FIELD_CHARACTERS)
    cutter.subset(face)
    face["cmap"].tables = [
        table
        for table in face["cmap"].tables
        if (table.platformID, table.platEncID) == (3, 1)
    ]
    stream = io.BytesIO()
    face.save(stream)
    return stream.getvalue()


def main() -> None:
    """Write the files."""
    facts, programs = core_facts()
    text = json.dumps(facts, separators=(",", ":"), sort_keys=True)
    (FONTS / "core.json").write_text(text + "\n", "ascii")
    for name, program in programs.items():
        (FONTS / f"{name}.core.z").write_bytes(zlib.compress(program, 9))
    (FONTS / FIELD_FILE).write_bytes(zlib.compress(field_program(), 9))


if __name__ == "__main__":
    main()

"""Typst through its Python binding, one compiler kept; tagged, as is its default."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
import typst
from document import as_json

HERE = Path(__file__).parent
FONTS = HERE.parents[1] / "src" / "backguide" / "fonts"
KEPT: dict[str, typst.Compiler] = {}


def prepare() -> None:
    """Read template and fonts once."""
    KEPT["compiler"] = typst.Compiler(
        str(HERE / "reference.typ"), font_paths=[str(FONTS)], ignore_system_fonts=True
    )


def render(fields: dict[str, Any], size: tuple[int, int]) -> bytes:
    """Return the PDF of a profile."""
    reference = as_json(fields, *size)
    stream = BytesIO()
    segno.make(reference["address"], error="m").save(
        stream, kind="svg", scale=2, border=0
    )
    inputs = {"data": json.dumps(reference), "code": stream.getvalue().decode()}
    pdf: bytes = KEPT["compiler"].compile(format="pdf", sys_inputs=inputs)
    return pdf

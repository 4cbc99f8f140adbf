"""Every question sheet holds to PDF/UA-1 and PDF/A-2a, by veraPDF's word."""

from collections.abc import Callable
from pathlib import Path

import pytest

from intake.sheets import VARIANTS, sheet
from pdf.verapdf.gate import Failure

pytestmark = pytest.mark.slow


def test_every_sheet_conforms(
    validate: Callable[..., dict[Path, list[Failure]]], tmp_path: Path
) -> None:
    for name in VARIANTS:
        (tmp_path / f"{name}.pdf").write_bytes(sheet(name).pdf)
    found = validate(sorted(tmp_path.iterdir()))
    assert {
        path.stem: [str(one) for one in broken] for path, broken in found.items()
    } == {name: [] for name in VARIANTS}

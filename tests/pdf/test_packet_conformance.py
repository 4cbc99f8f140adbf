"""The review packet holds to PDF/UA-1 and PDF/A-2a, by veraPDF's word."""

from collections.abc import Callable
from pathlib import Path

import pytest

from backguide.guidance.library import Library
from backguide.packet.evidence import read_evidence
from backguide.packet.items import every_item
from backguide.packet.pages import make_packet
from backguide.packet.people import People
from backguide.resources import templates_root
from pdf.verapdf.gate import Failure
from strategies import FIXED_DAY

pytestmark = pytest.mark.slow


def test_the_whole_packet_conforms(
    validate: Callable[..., dict[Path, list[Failure]]], library: Library, tmp_path: Path
) -> None:
    evidence = read_evidence(templates_root())
    items = every_item(library, evidence)
    made = make_packet(items, library, evidence, People(library), FIXED_DAY)
    path = tmp_path / "packet.pdf"
    path.write_bytes(made.pdf)
    assert [str(one) for one in validate([path])[path]] == []

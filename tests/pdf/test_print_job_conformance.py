"""A print job of many guides holds to PDF/UA-1 and PDF/A-2a, by veraPDF's word."""

import json
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from backguide.batch.print_job import make_print_job
from backguide.batch.print_plan import JobOptions
from backguide.batch.run import BatchOptions, run_batch
from backguide.binding import Part, bind
from backguide.guidance.library import Library
from backguide.making import Options, make_handout
from backguide.profile.load import load_profile
from backguide.verification.bound import Expected, verify_bound
from batch.factory import Inline
from pdf.verapdf.gate import Failure

pytestmark = pytest.mark.slow
PERSONAS = Path(__file__).parents[2] / "profiles"


def test_the_job_conforms(
    library: Library,
    tmp_path: Path,
    validate: Callable[..., dict[Path, list[Failure]]],
) -> None:
    (tmp_path / "in").mkdir()
    for number, path in enumerate(sorted(PERSONAS.glob("*.json"))[:5]):
        raw = json.loads(path.read_bytes())
        raw["paper_size"] = "Letter" if number % 4 == 0 else "A4"
        (tmp_path / "in" / path.name).write_text(json.dumps(raw))
    options = BatchOptions("test", date(2026, 11, 23), length="short")
    run_batch(tmp_path / "in", tmp_path / "out", options, executor=Inline())
    job = JobOptions(tmp_path / "all.pdf", is_duplex=True, has_separators=True)
    files = make_print_job(tmp_path / "out", library, job).files
    assert len(files) == 2  # one of each paper
    found = validate(files)
    assert {path.name: [str(f) for f in broken] for path, broken in found.items()} == {
        path.name: [] for path in files
    }


def test_forms_bound_together_conform(
    library: Library,
    tmp_path: Path,
    validate: Callable[..., dict[Path, list[Failure]]],
) -> None:
    options = Options(date(2026, 11, 23), "test", is_fillable=True)
    made = [
        make_handout(load_profile(PERSONAS / f"{name}.json"), library, options)
        for name in ("desk-worker", "half-marathon-runner")
    ]
    codes = [one.handout.furniture.code for one in made]
    parts = [Part(one.pdf, c, c) for one, c in zip(made, codes, strict=True)]
    whole = bind(parts, "Guides")
    verify_bound(
        whole,
        [Expected(one.pdf, bookmark=c) for one, c in zip(made, codes, strict=True)],
    )
    with pikepdf.open(BytesIO(whole)) as pdf:
        names = [str(item.T) for item in pdf.Root.AcroForm.Fields]
    assert len(names) == len(set(names)) > 20
    path = tmp_path / "forms.pdf"
    path.write_bytes(whole)
    assert [str(failure) for failure in validate([path])[path]] == []

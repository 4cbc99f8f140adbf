"""Every handout holds to PDF/UA-1 and PDF/A-2a, by veraPDF's word."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pdf.cases import CASES, DRAWN, Case, drawn_cases, made
from pdf.verapdf.gate import Failure

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def failures(
    validate: Callable[..., dict[Path, list[Failure]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, list[Failure]]:
    """What veraPDF finds in each file; all files in one run of it."""
    folder = tmp_path_factory.mktemp("conformance")
    for case in (*CASES, *drawn_cases()):
        (folder / f"{case}.pdf").write_bytes(made(case).pdf)
    found = validate(sorted(folder.iterdir()))
    return {path.stem: broken for path, broken in found.items()}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_handouts_conform(case: Case, failures: dict[str, list[Failure]]) -> None:
    assert [str(failure) for failure in failures[str(case)]] == []


@pytest.mark.parametrize("number", range(DRAWN))
def test_any_profile_conforms(number: int, failures: dict[str, list[Failure]]) -> None:
    case = drawn_cases()[number]
    assert [str(failure) for failure in failures[str(case)]] == []

"""Every handout holds to PDF/UA-1 and PDF/A-2a, by veraPDF's word.

The handouts of random profiles are read back here as well: each is made only once.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from pdf.cases import CASES, DRAWN, drawn_cases, make
from pdf.reading_order import spoken_handout
from pdf.verapdf.gate import Failure
from pdf_reader.readback import read_back

pytestmark = pytest.mark.slow

Faults = dict[str, list[str]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Faults]:
    """Every handout as a file, and what the round trip of the random ones finds."""
    folder = tmp_path_factory.mktemp("conformance")
    faults: Faults = {}
    for case in (*CASES, *drawn_cases()):
        made = make(case.profile(), case.options)
        (folder / f"{case}.pdf").write_bytes(made.pdf)
        if case.name.startswith("drawn-"):
            back = read_back(made.pdf)
            faults[case.name] = list(back.faults)
            if back.spoken() != spoken_handout(made.laid.handout):
                faults[case.name].append("it does not say its document in order")
    return folder, faults


@pytest.fixture(scope="module")
def failures(
    validate: Callable[..., dict[Path, list[Failure]]], files: tuple[Path, Faults]
) -> dict[str, list[str]]:
    """What veraPDF finds in each file; all files in one run of it."""
    found = validate(sorted(files[0].iterdir()))
    return {path.stem: [str(one) for one in broken] for path, broken in found.items()}


def test_every_print_of_every_persona_conforms(failures: dict[str, list[str]]) -> None:
    assert len(CASES) == 32 * 3 + 8
    assert {str(case): failures[str(case)] for case in CASES} == {
        str(case): [] for case in CASES
    }


def test_any_profile_conforms(failures: dict[str, list[str]]) -> None:
    drawn = {name: rules for name, rules in failures.items() if "drawn-" in name}
    assert len(drawn) == DRAWN
    assert {name: rules for name, rules in drawn.items() if rules} == {}


def test_any_profile_is_said_once_and_in_order(files: tuple[Path, Faults]) -> None:
    assert len(files[1]) == DRAWN
    assert {name: faults for name, faults in files[1].items() if faults} == {}

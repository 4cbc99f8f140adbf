"""The ledger of claims: complete, carried, corrected, and faults are told."""

import re
import sys
from dataclasses import replace

import pytest

from backguide.guidance.ledger import (
    Ledger,
    carriers,
    counts,
    ledger_problems,
    read_ledger,
    shared_words,
    text_of,
)
from backguide.guidance.library import Library
from backguide.resources import templates_root

ROWS = {"000": 42, "001": 32, "002": 35, "003": 37, "004": 17}
"""Claims of each article (docs/evidence.md, section 1)."""
ADMIN = {"000": 1, "001": 1, "002": 0, "003": 0, "004": 2}


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    found, problems = read_ledger(templates_root())
    assert not problems
    return found


def test_the_ledger_is_complete_and_carried(library, ledger) -> None:
    found = ledger_problems(library, ledger)
    assert not found, "\n".join(str(problem) for problem in found)


def test_every_row_of_the_evidence_is_there(ledger) -> None:
    expected = [
        f"S{int(seed)}-{number:02}"
        for seed, rows in ROWS.items()
        for number in range(1, rows + 1)
    ]
    assert [claim.id for claim in ledger.claims] == expected
    assert len(expected) == 163


def test_the_number_of_rows_carried_for_each_article(
    library, ledger, record_property
) -> None:
    found = {item.seed: item for item in counts(library, ledger)}
    told = [
        f"{item.carried} of {item.to_carry} (with ADMIN {item.claims})"
        for item in found.values()
    ]
    for seed, line in zip(found, told, strict=True):
        record_property(f"article {seed}", line)
    assert told == [
        "41 of 41 (with ADMIN 42)",
        "31 of 31 (with ADMIN 32)",
        "35 of 35 (with ADMIN 35)",
        "37 of 37 (with ADMIN 37)",
        "15 of 15 (with ADMIN 17)",
    ]
    for seed, rows in ROWS.items():
        assert found[seed].claims == rows
        assert found[seed].to_carry == rows - ADMIN[seed]
        assert found[seed].carried == rows - ADMIN[seed]
    assert sum(item.carried for item in found.values()) == 159


def test_each_verdict_has_its_number_of_rows(ledger) -> None:
    verdicts = [claim.verdict for claim in ledger.claims]
    assert {name: verdicts.count(name) for name in sorted(set(verdicts))} == {
        "ADMIN": 4,
        "CORRECT": 16,
        "KEEP": 83,
        "SAFETY": 8,
        "SOFTEN": 52,
    }


def test_a_correction_is_printed_by_its_carriers(library, ledger) -> None:
    carried = carriers(library)
    for claim in ledger.claims:
        if claim.verdict == "CORRECT":
            printed = " ".join(text_of(c, library) for c in carried[claim.id])
            assert shared_words(claim.correction, printed) >= 0.5, claim.id


# --- planted faults ------------------------------------------------------------------


def without_claim(library: Library, section_id: str, claim: str) -> Library:
    """The library with one claim taken out of one section."""
    section = library.sections[section_id]
    kept = tuple(name for name in section.claims if name != claim)
    sections = {**library.sections, section_id: replace(section, claims=kept)}
    return replace(library, sections=sections)


def lines_of(library: Library, ledger: Ledger) -> list[str]:
    return [str(problem) for problem in ledger_problems(library, ledger)]


def line_of(ledger: Ledger, claim_id: str) -> int:
    return ledger.file.text.split("\n").index(f"[{claim_id}]") + 1


@pytest.mark.parametrize(
    ("section_id", "claim", "verdict"),
    [
        ("risk-impact-and-speed", "S0-02", "KEEP"),
        ("shoes", "S0-36", "SOFTEN"),
        ("easy-pace", "S4-13", "CORRECT"),
        ("leg-symptoms-check", "S1-22", "SAFETY"),
    ],
)
def test_a_row_without_a_carrier_is_found(
    section_id, claim, verdict, library, ledger
) -> None:
    found = lines_of(without_claim(library, section_id, claim), ledger)
    assert found == [
        f"templates/claims.toml:{line_of(ledger, claim)}: {claim} ({verdict}) is "
        "carried by no section and no exercise\n"
        f'    hint: add "{claim}" to the claims of {section_id}'
    ]


def test_an_exercise_carries_too(library, ledger) -> None:
    card = replace(library.exercises["X12"], claims=())
    odd = replace(library, exercises={**library.exercises, "X12": card})
    (found,) = ledger_problems(odd, ledger)
    assert "S3-29 (KEEP) is carried by no section and no exercise" in found.message


def test_losing_one_of_two_carriers_is_found(library, ledger) -> None:
    odd = without_claim(library, "faq-good-or-bad", "S0-01")
    (found,) = ledger_problems(odd, ledger)
    assert found.message == '"faq-good-or-bad" does not carry S0-01'
    assert found.where == f"templates/claims.toml:{line_of(ledger, 'S0-01')}"


def test_site_furniture_needs_no_carrier(library, ledger) -> None:
    assert lines_of(without_claim(library, "disclaimer", "S0-41"), ledger) == []


def test_a_claim_that_the_ledger_does_not_know_is_found(library, ledger) -> None:
    section = library.sections["shoes"]
    odd = replace(section, claims=(*section.claims, "S9-99"))
    changed = replace(library, sections={**library.sections, "shoes": odd})
    (found,) = ledger_problems(changed, ledger)
    assert found.message == 'there is no claim "S9-99" in claims.toml'
    assert found.where.startswith("templates/en/sections/shoes.md:")


def test_a_carrier_that_the_ledger_does_not_name_is_found(library, ledger) -> None:
    section = library.sections["shoes"]
    odd = replace(section, claims=(*section.claims, "S0-02"))
    changed = replace(library, sections={**library.sections, "shoes": odd})
    (found,) = ledger_problems(changed, ledger)
    assert found.message == 'S0-02 in claims.toml does not name "shoes"'
    assert found.where.startswith("templates/en/sections/shoes.md:")


def test_a_row_that_names_no_section_is_found(library, ledger) -> None:
    first = replace(ledger.claims[0], sections=("main-message", "no-such-section"))
    odd = replace(ledger, claims=(first, *ledger.claims[1:]))
    messages = [problem.message for problem in ledger_problems(library, odd)]
    assert 'S0-01: there is no section "no-such-section"' in messages
    assert 'S0-01 in claims.toml does not name "faq-good-or-bad"' in messages


def test_a_correction_that_nobody_prints_is_found(library, ledger) -> None:
    n = next(i for i, claim in enumerate(ledger.claims) if claim.id == "S4-13")
    odd = replace(ledger.claims[n], correction="Swimming pools close on Mondays.")
    claims = (*ledger.claims[:n], odd, *ledger.claims[n + 1 :])
    (found,) = ledger_problems(library, replace(ledger, claims=claims))
    assert found.message == (
        "S4-13: its carriers print 0 in 100 words of the correction; at least 50"
    )


class _Folder:
    """A content folder with a ledger in memory."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __truediv__(self, name: str) -> "_Folder":
        return self

    def read_bytes(self) -> bytes:
        return self._text.encode("utf-8")


ROW = """[S0-01]
seed = "000"
claim = "Running is simple."
category = "benefit"
verdict = "VERDICT"
sections = ["main-message"]
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            ROW.replace("VERDICT", "CORRECT"),
            "templates/claims.toml:1: S0-01 is wrong or out of date, so it needs a "
            '"correction"\n    hint: write what the page says in its place',
        ),
        (
            ROW.replace("VERDICT", "KEPT"),
            'templates/claims.toml:5: "KEPT" is not a verdict; choose one of KEEP, '
            'SOFTEN, CORRECT, SAFETY, ADMIN in [S0-01]\n    hint: did you mean "KEEP"?',
        ),
        (
            ROW.replace("VERDICT", "KEEP").replace("seed", "sead"),
            'templates/claims.toml:1: "seed" is missing in [S0-01]\n'
            "    hint: add a line: seed = ...",
        ),
        ("[S0-01\n", "templates/claims.toml:1:"),
    ],
)
def test_slips_in_the_file_are_told(text, expected) -> None:
    _, problems = read_ledger(_Folder(text))  # type: ignore[arg-type]
    assert str(problems[0]).startswith(expected)


@pytest.mark.parametrize(
    ("wanted", "printed", "expected"),
    [
        ("Discs like running.", "A disc runs well.", 1.0),
        ("Discs shrink.", "A disc.", 0.5),
        ("It is not so.", "Anything.", 1.0),
        ("About 63 in 100.", "63 of 100 people", 1.0),
    ],
)
def test_shared_words(wanted, printed, expected) -> None:
    assert shared_words(wanted, printed) == expected


# --- told for each article ------------------------------------------------------


def test_every_row_of_every_article_is_carried(library, ledger, capsys) -> None:
    found = counts(library, ledger)
    with capsys.disabled():
        for row in found:
            sys.stdout.write(
                f"\narticle {row.seed}: {row.claims} claims, {row.to_carry} to carry, "
                f"{row.carried} carried"
            )
    assert {row.seed: row.claims for row in found} == ROWS
    assert all(row.carried == row.to_carry for row in found)


UNSURE = {
    "About 80 in 100 people get it.": r"\b80 (?:in 100|%)",
    "After a big jump, 12 in 100 got hurt.": r"big jump[^.]*\b\d+ in 100",
    "Your shoes last 800 km.": r"shoes?[^.]*\b(?:every|last)\b[^.]*\d (?:km|mi)",
    "Running keeps your pain away.": r"\brunning (?:stops|keeps)[^.]*pain away",
    "With run-walk, 70 in 100 got better.": r"run-walk[^.]*\d+ in 100[^.]*better",
}
"""What nobody has checked well enough to print as a fact."""


@pytest.mark.parametrize("what", UNSURE)
def test_what_is_unsure_is_not_printed_as_a_fact(what, library) -> None:
    assert re.search(UNSURE[what], what, re.IGNORECASE)
    for item in (*library.sections.values(), *library.exercises.values()):
        for sentence in re.split(r"(?<=[.?!])\s+", text_of(item, library)):
            if re.search(UNSURE[what], sentence, re.IGNORECASE):
                is_doubted = re.search(r"do not know|no trial", sentence)
                assert is_doubted, f"{item.id}: {sentence}"

"""Every clause of the evidence on warning signs is carried, or says why it is not."""

import re
from pathlib import Path

import pytest

from backguide.guidance.library import Library, load_library
from backguide.guidance.trace import Clause, read_trace, trace_problems
from backguide.profile.facts import known_facts
from backguide.resources import templates_root

EVIDENCE = Path(__file__).parents[2] / "docs" / "evidence.md"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(templates_root())


@pytest.fixture(scope="module")
def clauses() -> tuple[Clause, ...]:
    found, file = read_trace(templates_root())
    assert file.problems == []
    return found


def table_rows() -> dict[str, list[str]]:
    """Return the cells of each row of the table of warning signs, by its id."""
    text = EVIDENCE.read_text("utf-8")
    table = text.partition("## 3.3")[2].partition("## 3.4")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()]
    return {cells[0]: cells for cells in rows if re.fullmatch(r"RF\d\d", cells[0])}


def level_rows() -> list[str]:
    text = EVIDENCE.read_text("utf-8")
    table = text.partition("## 3.2")[2].partition("## 3.3")[0]
    return re.findall(r"^\| \*\*([A-Z]+)\*\*", table, re.M)


def test_the_trace_and_the_rules_say_the_same(library: Library) -> None:
    """Rules were once written from the fields that there were, not from the rows."""
    assert [str(p) for p in trace_problems(templates_root(), library)] == []


def test_each_row_of_the_evidence_has_clauses(clauses: tuple[Clause, ...]) -> None:
    rows = table_rows()
    assert len(rows) == 30
    assert {clause.row for clause in clauses} == {*rows, *level_rows()}
    assert len(level_rows()) == 4


@pytest.mark.parametrize("row", table_rows())
def test_each_level_of_a_row_is_the_level_of_a_clause(
    row: str, clauses: tuple[Clause, ...], library: Library
) -> None:
    """What the columns Logic and Level name, the rules of the row can give."""
    cells = table_rows()[row]
    named = set(re.findall("EMERGENCY|URGENT|SOON", f"{cells[3]} {cells[4]}"))
    (flag,) = (flag for flag in library.flags if flag.id == row)
    numbers = {n for clause in clauses if clause.row == row for n in clause.rules}
    given = {
        level.name
        for number in numbers
        for level in flag.rules[number - 1].level_by_mode.values()
    }
    assert named - {"ROUTINE"} <= given


@pytest.mark.parametrize("row", table_rows())
def test_what_a_row_must_not_print_has_a_clause(
    row: str, clauses: tuple[Clause, ...]
) -> None:
    last = table_rows()[row][-1]
    own = [clause for clause in clauses if clause.row == row]
    pages = [c for c in own if c.shows or c.hides or c.forbids or c.never or c.why]
    assert pages or last.strip() == "\u2013"


def test_no_fact_that_a_rule_could_ask_is_lost(clauses: tuple[Clause, ...]) -> None:
    named = {fact for clause in clauses for fact in clause.facts}
    asked = {p for p in known_facts() if p.startswith(("red_flags.", "spa."))}
    assert asked <= named


def test_clauses_are_lettered_in_order(clauses: tuple[Clause, ...]) -> None:
    letters: dict[str, str] = {}
    for clause in clauses:
        letters[clause.row] = letters.get(clause.row, "") + clause.id[-1]
    for row, found in letters.items():
        assert found == "abcdefghijklmnop"[: len(found)], row


def test_a_reason_is_a_sentence(clauses: tuple[Clause, ...]) -> None:
    for clause in clauses:
        assert not clause.why or re.fullmatch(r"[A-Za-z].{20,}\.", clause.why)

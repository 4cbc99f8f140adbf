"""Every text, rule, number and drawing of the content is in the packet, once."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from backguide.document import ExerciseCard, Illustration, texts_of
from backguide.guidance.content_file import REVIEW_KEYS
from backguide.guidance.library import Library
from backguide.guidance.markup import Insert
from backguide.guidance.review import review_state
from backguide.packet.evidence import Evidence, claim_words, read_evidence, source_words
from backguide.packet.items import Item, every_item
from backguide.resources import templates_root
from strategies import FIXED_DAY


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return read_evidence(templates_root())


@pytest.fixture(scope="module")
def items(library: Library, evidence: Evidence) -> tuple[Item, ...]:
    return every_item(library, evidence)


@pytest.fixture(scope="module")
def said(items: tuple[Item, ...]) -> str:
    texts = [text for i in items for block in i.blocks for text in texts_of(block)]
    return "\n".join([*texts, *(cell for item in items for cell in item.row)])


def test_every_id_is_there_once(items: tuple[Item, ...]) -> None:
    assert max(Counter(item.id for item in items).values()) == 1


def test_every_named_thing_has_its_item(
    library: Library, items: tuple[Item, ...]
) -> None:
    wanted = {f"section {name}" for name in library.sections}
    wanted |= {f"exercise {name}" for name in library.exercises}
    wanted |= {f"sign {flag.id}" for flag in library.flags}
    wanted |= {f"number {name}" for name in library.thresholds}
    wanted |= {f"condition {name}" for name in library.conditions}
    wanted |= {f"stage {stage.number}" for stage in library.plan.stages}
    wanted |= {f"call {locale}" for locale in library.phone_numbers}
    wanted |= {f"word {key}" for key in library.words if key not in REVIEW_KEYS}
    assert wanted <= {item.id for item in items}
    lines = [line.id for line in library.message.every_line()]
    assert Counter(lines) == Counter(
        item.id.partition(" ")[2] for item in items if item.chapter == "Page one"
    )


def test_every_text_of_the_content_is_said(library: Library, said: str) -> None:
    for section in library.sections.values():
        pieces = [section.blocks, section.short, section.digest]
        for part in section.parts:
            pieces += [part.blocks, part.short, part.digest]
        for block in (b for piece in pieces for b in piece):
            if not isinstance(block, Insert):
                assert all(text in said for text in texts_of(block)), section.id
    for exercise in library.exercises.values():
        for form in exercise.forms:
            for text in (*form.printed_texts(), form.alt_start, form.alt_end):
                assert text in said, exercise.id
    for line in library.message.every_line():
        assert line.text in said
    for reason in library.reasons.values():
        assert reason in said


def test_every_drawing_is_there(library: Library, items: tuple[Item, ...]) -> None:
    blocks = [block for item in items for block in item.blocks]
    drawn = {b.figure.id for b in blocks if isinstance(b, Illustration)}
    drawn |= {b.figure.id for b in blocks if isinstance(b, ExerciseCard) and b.figure}
    assert drawn == {figure.id for figure in library.figures.values()}


def test_every_file_that_decides_is_there(
    library: Library, items: tuple[Item, ...]
) -> None:
    """What counts as unreviewed until somebody agrees can be agreed to."""
    files = {item.file.name for item in items}
    names = {name.rpartition("/")[2] for name in files}
    for name in review_state(library, FIXED_DAY).unreviewed:
        stem = {
            n for n in names if n in (name, f"{name}.md") or n.startswith(f"{name}-")
        }
        assert stem, name


LAYOUT = {
    "title", "title_for_name", "pdf_title", "review_warning_days", "page_one",
    "page_one_if_room", "page_one_whole", "page_one_if_tight", "always", "groups",
    "max_pages", "max_sections", "kinds", "points", *REVIEW_KEYS,
}  # fmt: skip
"""Entries of handout.toml that say where a text stands, not whether or to whom."""


def test_every_rule_of_the_whole_handout_is_there(
    library: Library, items: tuple[Item, ...]
) -> None:
    """Answers that are not offered back, and what is preferred, were left out."""
    file = next(f for f in library.files if f.name.endswith("handout.toml"))
    count = Counter(item.id.partition(" ")[0] for item in items)
    for key, value in file.table.items():
        if key in LAYOUT:
            continue
        if isinstance(value, list):
            assert count[key] == len(value), key
        elif key == "quota":
            assert count[key] == sum(map(len, value.values()))
        else:
            assert key.replace("_", " ") in {item.id for item in items}, key


def test_every_part_is_told_with_what_it_asks(
    library: Library, items: tuple[Item, ...]
) -> None:
    by_id = {item.id: item for item in items}
    for section in library.sections.values():
        blocks = by_id[f"section {section.id}"].blocks
        text = "\n".join(text for block in blocks for text in texts_of(block))
        for part in section.parts:
            assert f"Part {part.id}, when: " in text
            assert all(asked in text for asked in part.asks)
        for names in section.alternatives:
            assert ", ".join(names) in text
    for line in library.message.every_line():
        (row,) = (i.row for i in items if i.id.partition(" ")[2] == line.id
                  and i.file is library.message.file)  # fmt: skip
        assert all(word in row[1] for word in (*line.asks, *line.needs))


def test_what_can_hurt_most_comes_first(items: tuple[Item, ...]) -> None:
    chapters = list(dict.fromkeys(item.chapter for item in items))
    assert chapters[:3] == ["Safety and triage", "Numbers", "Conditions with a name"]
    assert chapters[-1] == "Words the program says"


def test_the_hash_follows_what_is_read(
    items: tuple[Item, ...], library: Library, evidence: Evidence
) -> None:
    again = every_item(library, evidence)
    assert [item.hash for item in items] == [item.hash for item in again]
    one = next(item for item in items if item.sources)
    assert replace(one, title="x").hash != one.hash
    assert replace(one, sources=()).hash != one.hash
    row = next(item for item in items if item.row)
    assert replace(row, row=("x", *row.row[1:])).hash != row.hash


# --- sources ------------------------------------------------------------------


def test_every_row_of_a_study_or_a_sign_is_read(
    library: Library, evidence: Evidence
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text("utf-8")
    rows = re.findall(r"^\| (E\d\d) ", page, re.MULTILINE)
    assert len(rows) > 25
    for name in rows:
        assert evidence.found(name), name
        assert evidence.in_full(name), name
    assert all(evidence.sign(flag.id) for flag in library.flags)


def test_sources_are_told_in_words(library: Library, evidence: Evidence) -> None:
    told = source_words(("E55", "R01"), library, evidence)
    assert library.sources["E55"].short in told
    assert evidence.found("E55") in told
    assert "a link, no cause" in source_words(("E01",), library, evidence)
    assert "design choice" in source_words((), library, evidence)


def test_a_claim_that_was_corrected_is_told_by_its_correction(
    evidence: Evidence,
) -> None:
    wrong = next(c for c in evidence.claims.values() if c.verdict == "CORRECT")
    assert wrong.correction in claim_words((wrong.id,), evidence)
    assert claim_words((), evidence) == ""

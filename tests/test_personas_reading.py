"""Every persona's handout, in every length, passes the whole reading lint."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings

from backguide.document import ExerciseCard, Illustration
from backguide.guidance import reading
from backguide.guidance.library import Library, load_library
from backguide.guidance.reading import (
    Measures,
    WordLists,
    is_passive,
    lint_handout,
    load_words,
    reading_of_handout,
    reading_problems,
)
from backguide.guidance.select import select
from backguide.handout.compose import Issue, compose
from backguide.making import Made, Options, make_handout
from backguide.profile.load import load_profile, profile_from_bytes
from backguide.resources import templates_root
from strategies import as_bytes, profiles

TESTS = Path(__file__).parent
FOLDERS = (TESTS.parent / "profiles", TESTS / "data" / "personas")
PERSONAS = {p.stem: p for folder in FOLDERS for p in sorted(folder.glob("*.json"))}
LENGTHS = ("short", "standard", "full")
DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def words() -> WordLists:
    lists, problems = load_words(templates_root())
    assert not problems
    return lists


@pytest.fixture(scope="module")
def made(library):
    memory: dict[tuple[str, str], Made] = {}

    def make(persona: str, length: str) -> Made:
        if (persona, length) not in memory:
            profile = load_profile(PERSONAS[persona])
            options = Options(DAY, "test", length=length)
            memory[persona, length] = make_handout(profile, library, options)
        return memory[persona, length]

    return make


def may_speak_of_weight(persona: str) -> bool:
    profile = load_profile(PERSONAS[persona])
    return profile.get("person.weight_talk") == "yes"


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("persona", PERSONAS)
def test_a_persona_passes_the_reading_lint(persona, length, made, words) -> None:
    found = lint_handout(
        made(persona, length).handout,
        words,
        may_speak_of_weight=may_speak_of_weight(persona),
    )
    assert not found, "\n".join(str(problem) for problem in found)


@pytest.mark.parametrize("persona", PERSONAS)
def test_the_targets_are_met(persona, made, words, record_property) -> None:
    found = reading_of_handout(made(persona, "full").handout, words)
    measures: Measures = found.measures
    sentences = [sentence.text for _, sentence in found.sentences()]
    record_property("grade", round(measures.grade, 2))
    record_property("ease", round(measures.ease))
    record_property("words a sentence", round(measures.mean_words, 1))
    record_property("longest sentence", measures.longest_sentence)
    assert measures.grade <= 5.5
    assert measures.mean_words <= 12
    questions = [p for p in found.passages if p.kind == "question"]
    assert measures.longest_sentence <= (25 if questions else 20)
    assert sum(map(is_passive, sentences)) <= 0.1 * len(sentences)


def test_the_whole_lint_is_green(library, words, made) -> None:
    handouts = [(name, made(name, "standard").handout) for name in PERSONAS]
    found = reading_problems(library, words, handouts)
    assert not found, "\n".join(str(problem) for problem in found)


# --- anybody at all ------------------------------------------------------------------

CONTENT: Library = load_library(templates_root())
LISTS, _ = load_words(templates_root())


@settings(max_examples=60)
@given(raw=profiles())
def test_random_profiles_pass_the_reading_lint(raw) -> None:
    profile = profile_from_bytes(as_bytes(raw), "random")
    selection = select(profile.facts, CONTENT, length="full")
    handout = compose(profile, selection, CONTENT, Issue(DAY, "test"))
    is_agreed = profile.get("person.weight_talk") == "yes"
    found = lint_handout(handout, LISTS, may_speak_of_weight=is_agreed)
    assert not found, "\n".join(str(problem) for problem in found)


# --- the self-score sheets -----------------------------------------------------------

DOCS = TESTS.parent / "docs"
SHEETS = {
    "pemat.md": {
        "Understandability": [*range(1, 13), *range(15, 20)],
        "Actionability": list(range(20, 27)),
    },
    "cdc-index.md": {"Index": list(range(1, 21))},
}
"""The items of each scale."""


def rows_of(sheet: str) -> list[list[str]]:
    lines = (DOCS / sheet).read_text("utf-8").split("\n")
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|")
    ]


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_score_sheet_adds_up(sheet) -> None:
    rows = rows_of(sheet)
    scores = {int(row[0]): row[2:4] for row in rows if row[0].isdigit()}
    totals = {row[0]: row[1:] for row in rows if row[0] in SHEETS[sheet]}
    assert sorted(scores) == [n for items in SHEETS[sheet].values() for n in items]
    for scale, items in SHEETS[sheet].items():
        for column in (0, 1):
            given = [scores[n][column] for n in items if scores[n][column] != "n/a"]
            assert set(given) <= {"0", "1"}
            assert totals[scale][column] == f"{given.count('1')} of {len(given)}"


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_standard_handout_passes(sheet) -> None:
    for row in rows_of(sheet):
        if row[0] in SHEETS[sheet]:
            met, of = map(int, row[1].split(" of "))
            assert met >= 0.9 * of


@pytest.mark.parametrize("sheet", SHEETS)
def test_what_a_machine_decides_names_rows_that_exist(sheet) -> None:
    rows = [*reading.TEXT_ROWS, *reading.HANDOUT_ROWS]
    known = {row.__name__[:3].upper() for row in rows} | {"L02", "L03", "L10"}
    for row in rows_of(sheet):
        if row[0].isdigit():
            kind, _, named = row[6].partition(": ")
            assert kind in ("machine", "argued")
            assert (kind == "machine") is bool(named)
            assert set(named.split(", ")) - {""} <= known
            assert all(row[1:5])


def test_the_main_message_is_in_the_active_voice(library, words) -> None:
    message = library.message
    texts = [line.headline for line in message.verdicts]
    texts += [line.text for line in (*message.verdicts, *message.do)]
    assert not [text for text in texts if is_passive(text)]


MOVES = (
    "exercise-plan",
    "warm-up-routine",
    "brisk-walking",
    "running-posture",
    "over-striding",
    "deep-water-running",
)
"""Sections that teach a move with the body: PEMAT items 15 and 26."""


@pytest.mark.parametrize("persona", PERSONAS)
def test_each_move_that_a_full_handout_teaches_is_drawn(persona, made) -> None:
    for section in made(persona, "full").handout.sections:
        if section.id in MOVES:
            drawn = [
                block
                for block in section.blocks
                if isinstance(block, Illustration)
                or (isinstance(block, ExerciseCard) and block.figure)
            ]
            cards = [b for b in section.blocks if isinstance(b, ExerciseCard)]
            assert len(drawn) >= max(1, len(cards)), section.id

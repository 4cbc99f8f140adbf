"""The whole handout of every persona, as text that a person can read.

``data/golden/<persona>.txt`` holds what the program says to each of the 32 made-up
runners of ``profiles/`` and ``data/personas/``, at full length. Run
``pytest tests/test_personas.py --update-golden`` after a change of the content and read
the difference: every line of it is something that some reader now gets to see.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backguide.document import (
    Block,
    Callout,
    ExerciseCard,
    Handout,
    HandoutSection,
    Heading,
    Illustration,
    ItemList,
    KeyValues,
    Paragraph,
    Spans,
    Table,
    Verdict,
    WriteLines,
)
from backguide.guidance.ageing import on_day
from backguide.guidance.library import Library
from backguide.guidance.message import actions, first
from backguide.guidance.select import Selection, select
from backguide.handout.compose import Issue, compose
from backguide.profile.load import Profile, load_profile
from strategies import FIXED_DAY

TESTS = Path(__file__).parent
GOLDEN = TESTS / "data" / "golden"
FOLDERS = (TESTS.parent / "profiles", TESTS / "data" / "personas")
PERSONAS = {p.stem: p for folder in FOLDERS for p in sorted(folder.glob("*.json"))}

MARKERS = {"bullet": "- ", "tick": "[ ] "}


# --- a handout as text --------------------------------------------------------


def handout_text(handout: Handout, library: Library) -> str:
    """Return the handout as text: one line for each paragraph, item and row.

    Code and content version change with every edit of any text; they are masked.
    """
    furniture = handout.furniture
    lines = [
        f"# {handout.title}",
        f"level {handout.level}, language {handout.language}",
        f"{furniture.guide_id} | {furniture.issued_on}",
        f"{furniture.clinic_line} | {furniture.state_line}",
        " ".join(handout.opening),
    ]
    for section in handout.sections:
        lines += ["", *section_lines(section)]
    text = "\n".join(lines) + "\n"
    return text.replace(furniture.code, "CODE").replace(library.version, "VERSION")


def section_lines(section: HandoutSection) -> Iterator[str]:
    yield f"== {section.id}: {section.title}".rstrip(": ")
    if section.reason:
        yield f"({section.reason})"
    for block in section.blocks:
        yield from block_lines(block)


def block_lines(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(spans=spans):
            yield flat(spans)
        case Heading(text=text):
            yield f"-- {text}"
        case ItemList(items=items, marker=marker):
            for number, item in enumerate(items, 1):
                yield MARKERS.get(marker, f"{number}. ") + flat(item)
        case Callout(blocks=blocks, kind=kind):
            for inner in blocks:
                yield from (f"{kind}> {line}" for line in block_lines(inner))
        case Table(header=header, rows=rows, caption=caption):
            if caption:
                yield caption
            for row in (header, *(tuple(map(flat, row)) for row in rows)):
                yield "| " + " | ".join(row) + " |"
        case KeyValues(rows=pairs):
            yield from (f"{label}: {value}" for label, value in pairs)
        case Verdict(light=light, headline=headline, why=why):
            yield f"[{light}] {headline}"
            yield why
        case Illustration(alt=alt):
            yield f"(picture) {alt}"
        case WriteLines(prompts=prompts):
            yield from (f"{prompt} ____" for prompt in prompts)
        case ExerciseCard():
            yield from card_lines(block)


def card_lines(card: ExerciseCard) -> Iterator[str]:
    yield f"-- {card.number}. {card.name} ({card.id})"
    yield from (f"For you: {change}" for change in card.changes)
    yield f"Start: {card.start}"
    yield from (f"{number}. {step}" for number, step in enumerate(card.steps, 1))
    yield "; ".join(f"{label}: {amount}" for label, amount in card.dose)
    if card.easier:
        yield f"Easier: {card.easier}"
    if card.harder:
        yield f"Harder: {card.harder}"
    yield f"Stop if {card.stop_if}"
    yield f"(picture) {card.alt}"


def flat(spans: Spans) -> str:
    return "".join(span.text for span in spans)


# --- the thirty-two -----------------------------------------------------------


def composed(profile: Profile, library: Library) -> tuple[Handout, Selection]:
    profile = on_day(profile, library, FIXED_DAY)
    selection = select(profile.facts, library, length="full")
    return compose(profile, selection, library, Issue(FIXED_DAY, "0.0")), selection


@pytest.mark.parametrize("name", PERSONAS)
def test_a_persona_reads_as_agreed(
    name: str, library: Library, update_golden: bool
) -> None:
    handout, _ = composed(load_profile(PERSONAS[name]), library)
    text, golden = handout_text(handout, library), GOLDEN / f"{name}.txt"
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text("utf-8")


def test_there_are_thirty_two_and_no_text_without_a_persona() -> None:
    assert len(PERSONAS) == 32
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(PERSONAS)


def test_every_persona_is_told_of_in_its_readme() -> None:
    for folder in FOLDERS:
        told = (folder / "README.md").read_text("utf-8")
        missing = [p.name for p in folder.glob("*.json") if f"`{p.name}`" not in told]
        assert not missing


@pytest.fixture(scope="module")
def selections(library: Library) -> dict[str, Selection]:
    return {
        name: composed(load_profile(path), library)[1]
        for name, path in PERSONAS.items()
    }


def test_together_they_print_every_section(
    library: Library, selections: dict[str, Selection]
) -> None:
    printed = {d.section.id for s in selections.values() for d in s.included()}
    assert set(library.sections) - printed == set()


def test_together_they_do_every_exercise(
    library: Library, selections: dict[str, Selection]
) -> None:
    done = {
        pick.exercise.id
        for selection in selections.values()
        for pick in selection.picks
        if pick.is_chosen
    }
    assert set(library.exercises) - done == set()


NOT_REACHED = {
    "cause-axial-spa/impact",
    "cause-osteoporosis/no-spine-break",
    "cause-osteoporosis/smoke",
    "cause-osteoporosis/spine-break",
    "cause-osteoporosis/spine-break-cleared",
    "cause-sleep/on-side",
    "cause-spondylolisthesis/high-grade",
    "cause-spondylolisthesis/load",
    "cause-stenosis/not-told",
    "cause-weight/first-week",
    "clinic-contact/answers",
    "deep-water-running/heart",
    "deep-water-running/often",
    "disclaimer/ask-cleared",
    "goal-race-plan/plan-careful",
    "goal-race-plan/plan-careful-tight",
    "goal-race-plan/plan-standard-tight",
    "goal-race-plan/race-sore",
    "inflammatory-alert/bowel",
    "inflammatory-alert/eye",
    "mileage-progression/rule",
    "other-conditions/heart-suspected",
    "other-conditions/joint",
    "other-conditions/joint-ask",
    "over-striding/felt",
    "pilates/bones",
    "postpartum/signs-cleared",
    "pregnancy/agree-new",
    "pregnancy/agreed",
    "pregnancy/agreed-new",
    "readiness-check/hop",
    "readiness-check/no-hop",
    "run-hold-plan/go-pregnant-agreed",
    "run-hold-plan/hills-many",
    "run-hold-plan/load",
    "run-walk-plan/begin-now-zero",
    "safety-questions/old",
    "see-clinician-soon/in-any-case",
    "urgent-same-day/open",
}
"""Parts that none of the 32 gets at full length; ``test_random_handouts``,
``guidance/test_ageing`` and short handouts reach them."""


def test_together_they_print_nearly_every_part(
    library: Library, selections: dict[str, Selection]
) -> None:
    printed = {
        f"{decision.section.id}/{part.id}"
        for selection in selections.values()
        for decision in selection.included()
        for part in decision.section.parts
        if part.applies(selection.facts)
    }
    every = {f"{s.id}/{p.id}" for s in library.sections.values() for p in s.parts}
    assert every - printed == NOT_REACHED


def test_together_they_get_most_lines_of_page_one(
    library: Library, selections: dict[str, Selection]
) -> None:
    message, seen = library.message, set()
    for selection in selections.values():
        facts, state = selection.facts, selection.triage.state
        if state not in ("SOON", "ROUTINE"):
            continue
        seen.update(line.id for line in actions(message, facts, state))
        for lines in (message.verdicts, message.stop, message.next):
            if line := first(lines, facts, state):
                seen.add(line.id)
    every = (*message.verdicts, *message.do, *message.stop, *message.next)
    assert len(seen) >= 0.75 * len(every)

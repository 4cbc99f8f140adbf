"""The blank sheet: every question once, nothing answered, room for a pen."""

import io
import json
from collections import Counter
from typing import Any

import pikepdf
import pytest
from click.testing import CliRunner

from backguide.cli import main
from backguide.cli_options import LOCALES
from backguide.document import Handout, QuestionBoxes, QuestionLines, QuestionRows
from backguide.guidance.triage import Level, assess
from backguide.intake.fields import NOTE, Field, Settings, plan_of
from backguide.intake.sheet import Print, compose_sheet, make_sheet
from backguide.interview.engine import Interview
from backguide.interview.questions import topic_of, topics
from backguide.layout.theme import MM
from backguide.profile.facts import facts_of, known_facts, schema
from intake.filling import fields_of, widgets_of
from intake.sheets import ISSUED_ON, VARIANTS, library, sheet
from interview_people import DAY, asked, person
from pdf_reader.readback import read_back


def plan_fields(name: str) -> dict[str, Field]:
    questions = plan_of(VARIANTS[name][0]).questions
    return {item.name: item for q in questions for item in q.all_fields()}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_form_has_exactly_the_fields_of_its_plan_and_no_answer(name: str) -> None:
    with pikepdf.open(io.BytesIO(sheet(name).pdf)) as pdf:
        found = fields_of(pdf)
        note = found.pop(NOTE)
        told = json.loads(str(note.V))
        assert told["code"] == plan_of(VARIANTS[name][0]).code
        wanted = plan_fields(name)
        assert found.keys() == wanted.keys()
        for key, node in found.items():
            assert "/V" not in node, key
            assert "/MaxLen" not in node, key
            states = [str(w.get("/AS", "")) for w in widgets_of(node)]
            item = wanted[key]
            assert states == ["/Off"] * len(item.values) if item.values else [""]
            spoken = [str(w.TU) for w in widgets_of(node)]
            assert all(spoken), key
            assert len(set(spoken)) == len(spoken), key
            held = [
                str(k)[1:] for w in widgets_of(node) if item.values
                for k in w.AP.N.keys() if k != "/Off"  # noqa: SIM118
            ]  # fmt: skip
            assert held == [value for value, _ in item.values]
            for value in held:
                assert value.replace("_", "").isalnum(), value
                assert value == value.lower(), value


@pytest.mark.parametrize("name", VARIANTS)
def test_there_is_room_for_a_pen(name: str) -> None:
    with pikepdf.open(io.BytesIO(sheet(name).pdf)) as pdf:
        for key, node in fields_of(pdf).items():
            if key == NOTE:
                continue
            for widget in widgets_of(node):
                left, low, right, high = (float(edge) for edge in widget.Rect)
                is_box = plan_fields(name)[key].values
                assert high - low >= (5 if is_box else 8) * MM - 0.01, key
                assert right - left >= 5 * MM - 0.01, key


@pytest.mark.parametrize("name", VARIANTS)
def test_boxes_stand_in_the_order_of_the_questions_and_do_not_touch(name: str) -> None:
    with pikepdf.open(io.BytesIO(sheet(name).pdf)) as pdf:
        for page in pdf.pages:
            boxes = [
                tuple(float(edge) for edge in note.Rect)
                for note in page.get("/Annots", ())
            ]
            for n, a in enumerate(boxes):
                for b in boxes[n + 1 :]:
                    apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
                    assert apart, (a, b)


def test_names_are_paths_of_a_profile() -> None:
    for q in plan_of(Settings("clinic", is_full=True)).questions:
        for path in q.paths:
            assert path in known_facts()
        for item in q.fields:
            assert item.name == item.path or item.name.startswith(f"{item.path}.")


def test_no_safety_question_is_a_lone_box() -> None:
    """An untouched box reads as not ticked: that must never be a no."""
    for q in plan_of(Settings(is_full=True)).questions:
        for item in q.fields:
            if item.path.startswith(("red_flags.", "spa.", "diagnoses.")):
                assert item.is_text or item.is_choice, item.name
                answers = [answer for _, answer in item.values]
                if known_facts()[item.path].kind == "yes_no":
                    assert {"yes", "no", "unknown"} == set(answers), item.name


def test_every_text_appearance_is_an_object_of_its_own() -> None:
    """What makes one of equal objects must not join two fields."""
    with pikepdf.open(io.BytesIO(sheet().pdf)) as pdf:
        streams = Counter(
            bytes(node.AP.N.read_bytes())
            for key, node in fields_of(pdf).items()
            if key != NOTE and plan_fields("a4")[key].is_text
        )
    assert set(streams.values()) == {1}


def test_what_is_read_aloud_is_what_is_drawn() -> None:
    for name in VARIANTS:
        assert read_back(sheet(name).pdf).faults == ()


def test_the_same_bytes_again() -> None:
    settings, options = VARIANTS["a4"]
    plan_of.cache_clear()
    again = make_sheet(
        plan_of(settings), library(), Print(ISSUED_ON, "1.2.3", **options)
    )
    assert again.pdf == sheet().pdf


def test_each_setting_and_each_word_has_a_code_of_its_own() -> None:
    codes = {plan_of(settings).code for settings, _ in VARIANTS.values()}
    assert len(codes) == len({settings for settings, _ in VARIANTS.values()})
    before = plan_of(Settings()).code
    fact = known_facts()["red_flags.saddle_numb"]
    object.__setattr__(fact, "question", f"{fact.question} ")
    try:
        plan_of.cache_clear()
        assert plan_of(Settings()).code != before
    finally:
        object.__setattr__(fact, "question", fact.question.rstrip())
        plan_of.cache_clear()


def blocks_of(handout: Handout) -> list[Any]:
    kinds = QuestionRows | QuestionBoxes | QuestionLines
    return [b for s in handout.sections for b in s.blocks if isinstance(b, kinds)]


def test_a_stop_sign_stands_by_each_sign_that_is_an_emergency_alone() -> None:
    for mode in ("self", "clinic"):
        plan = plan_of(Settings(mode))
        handout = compose_sheet(plan, library(), Print(ISSUED_ON, "1.2.3"))
        rows = {
            box.field: row.is_stop
            for block in blocks_of(handout)
            if isinstance(block, QuestionRows)
            for row in block.rows
            for box in row.boxes
            if box is not None
        }
        for path, is_stop in rows.items():
            if not path.startswith("red_flags."):
                assert not is_stop
                continue
            name = path.partition(".")[2]
            alone = facts_of({"mode": mode, "red_flags": {name: "yes"}}, ISSUED_ON)
            level = assess(alone, library().flags).level
            assert is_stop == (level is Level.EMERGENCY), path
        assert sum(rows.values()) >= 8
    # They come first: whoever stops has not turned a page in vain.
    rows_first = [b for b in blocks_of(handout) if isinstance(b, QuestionRows)]
    places = [n for n, b in enumerate(rows_first) if any(r.is_stop for r in b.rows)]
    assert max(places) <= 6


def test_whom_questions_are_for_is_told_by_earlier_questions() -> None:
    handout = compose_sheet(
        plan_of(Settings(is_full=True)), library(), Print(ISSUED_ON, "1.2.3")
    )
    notes = [(int(b.number), b.note) for b in blocks_of(handout) if b.note]
    assert len(notes) > 10
    for number, note in notes:
        before, _, after = note.partition("If not,")
        words = before.replace(".", " ").split()
        for n, word in enumerate(words):
            if word == "question":
                assert int(words[n + 1]) < number, note
        if "question" in after:
            assert int(after.rstrip(".").split()[-1]) > number, note


@pytest.mark.parametrize("mode", ["self", "clinic"])
def test_a_standard_sheet_asks_all_that_anybody_needs(mode: str) -> None:
    """A topic left out of it can only add to a guide, whoever the person is."""
    on_sheet = {q.topic.id for q in plan_of(Settings(mode)).questions if q.topic}
    left_out = {t.id for t in topics() if t.sheet == "more"}
    assert left_out.isdisjoint(on_sheet)
    interview = Interview(library(), mode=mode, day=DAY)
    for seed in range(40):
        people = person(seed, calm=1.0 if seed % 3 else None)
        _, order, _ = asked(interview, people, with_more=False)
        assert set(order) <= on_sheet, seed


def test_a_full_sheet_asks_every_question_of_the_interview() -> None:
    paths = {p for q in plan_of(Settings(is_full=True)).questions for p in q.paths}
    skipped = {p for t in topics() if t.sheet == "no" for p in t.fields}
    assert topic_of().keys() - skipped - paths <= {"symptoms.function_psfs"}
    assert skipped == {"symptoms.onset_date"}


def test_headings_and_gates_of_the_content_name_what_there_is() -> None:
    ids = {topic.id for topic in topics()}
    for key in library().words:
        if key.startswith("intake.part."):
            assert key.removeprefix("intake.part.") in ids
        if key.startswith("intake.gate."):
            assert key.removeprefix("intake.gate.") in known_facts()


# --- the command ----------------------------------------------------------------


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["intake-sheet", "--clinic", "none", *arguments])


def test_the_command_writes_a_sheet_and_never_over_another(tmp_path: Any) -> None:
    target = tmp_path / "sheet.pdf"
    found = run("-o", str(target), "--locale", "en-GB", "--issued-on", "2026-12-01")
    assert found.exit_code == 0
    assert "pages" in found.stderr
    before = target.read_bytes()
    again = run("-o", str(target), "--locale", "en-GB", "--large-print")
    assert again.exit_code == 6
    assert target.read_bytes() == before
    assert run("-o", str(target), "--large-print", "--force").exit_code == 0
    assert target.read_bytes() != before


def test_a_folder_gets_a_name_with_the_code(tmp_path: Any) -> None:
    assert run("-o", str(tmp_path), "--units", "mi").exit_code == 0
    (made,) = tmp_path.iterdir()
    assert made.name == f"questions-{plan_of(Settings(units='mi')).code}.pdf"


def test_it_offers_the_countries_of_the_schema() -> None:
    assert set(LOCALES) == set(schema()["properties"]["locale"]["enum"]) - {None}

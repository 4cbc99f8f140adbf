"""The form in the browser with a clinician: reasons, preview, approval, the next."""

from types import MappingProxyType
from typing import Any

import pytest
from click.testing import CliRunner

from backguide.cli import main
from backguide.clinic import Clinic
from backguide.guidance.library import Library
from backguide.profile.facts import known_facts
from web_people import calm
from web_visitor import Visitor, Walk, app_with

CLINIC = Clinic(MappingProxyType({
    "clinic.clinic_name": "Riverside Backs", "clinic.phone": "01632 960123",
    "clinic.clinician_name": "Jo Ames", "clinic.clinician_role": "physiotherapist",
}))  # fmt: skip


@pytest.fixture(scope="module")
def app(library: Library) -> Any:
    app, _, _, told = app_with(library, mode="clinic", clinic=CLINIC)
    yield app
    assert told == []


def made(app: Any, library: Library, answers: dict[str, Any]) -> Visitor:
    walk = Walk(app, library, answers, mode="clinic")
    walk.to_the_end()
    visitor = walk.visitor
    visitor.get("/answers")
    visitor.post("/answers", [("length", "standard"), ("size", "off")])
    assert visitor.at == "/guide", visitor.text
    return visitor


def test_from_the_first_question_to_the_next_patient(
    app: Any, library: Library
) -> None:
    visitor = made(app, library, calm())
    assert "Approve as Jo Ames" in visitor.text
    draft = "Not yet checked by your clinician"
    assert draft in visitor.text
    visitor.post("/approve")
    assert "Approved by Jo Ames." in visitor.text
    assert "Checked by Jo Ames" in visitor.text
    assert draft not in visitor.text
    note = visitor.client.get("/guide/note.txt", base_url=visitor.base)
    assert note.mimetype == "text/plain"
    assert note.headers["Content-Disposition"].endswith('.note.txt"')
    assert calm()["person.first_name"] not in note.get_data(as_text=True)
    assert "Jo Ames" in note.get_data(as_text=True)

    # Who changes an answer has to look again.
    visitor.get("/change/1")
    mark = [("mark", visitor._hidden("mark"))]
    visitor.post("/change/1", [("f0", "en-NZ")], also=mark)
    visitor.get("/guide")
    assert visitor.at == "/answers"
    visitor.post("/answers", [("length", "standard"), ("size", "off")])
    assert draft in visitor.text

    visitor.post("/finish")
    assert visitor.at == "/"
    assert visitor.get("/guide").status_code == 410


def test_the_signs_stand_with_their_reasons(app: Any, library: Library) -> None:
    answers = calm() | {"red_flags.night_pain_constant": "yes",
                        "red_flags.past_cancer": "yes"}  # fmt: skip
    visitor = made(app, library, answers)
    rows = visitor.page.xpath("//tbody/tr")
    assert rows
    shown = " ".join(row.text_content() for row in rows)
    assert known_facts()["red_flags.past_cancer"].title in shown


def choices(visitor: Visitor, name: str) -> list[str]:
    return visitor.page.xpath(f"//input[@name='{name}']/@value")


def chosen(visitor: Visitor, name: str) -> list[str]:
    return visitor.page.xpath(f"//input[@name='{name}' and @checked]/@value")


def test_a_part_is_dropped_with_a_reason_and_comes_back(
    app: Any, library: Library
) -> None:
    visitor = made(app, library, calm())
    part = choices(visitor, "drop")[0]
    always = {s.id for s in library.sections.values() if s.always_prints}
    assert always.isdisjoint(choices(visitor, "drop"))
    visitor.post("/approve")
    visitor.post("/by-hand", [("drop", part), (f"because-{part}", " Knows it well ")])
    assert visitor.at == "/guide"
    assert chosen(visitor, "drop") == [part]
    assert "Approved by" not in visitor.text  # it is another guide now
    visitor.post("/approve")
    assert chosen(visitor, "drop") == [part]
    note = visitor.client.get("/guide/note.txt", base_url=visitor.base)
    assert "Knows it well" in note.get_data(as_text=True)
    visitor.post("/by-hand", [(f"because-{part}", "Knows it well")])
    assert chosen(visitor, "drop") == []
    # A choice is of one person.
    visitor.post("/by-hand", [("drop", part), (f"because-{part}", "Knows it well")])
    visitor.post("/finish")
    again = made(app, library, calm())
    assert chosen(again, "drop") == []


def test_a_part_without_room_can_be_kept(app: Any, library: Library) -> None:
    visitor = made(app, library, calm())
    visitor.post("/answers", [("length", "short"), ("size", "off")])
    part = choices(visitor, "keep")[-1]
    visitor.post("/by-hand", [("keep", part)])
    assert chosen(visitor, "keep") == [part]
    assert part not in choices(visitor, "drop")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 61, "a\u202eb"])
def test_a_reason_that_will_not_do_is_told_at_its_field(
    reason: str, app: Any, library: Library
) -> None:
    visitor = made(app, library, calm())
    part = choices(visitor, "drop")[0]
    visitor.post("/by-hand", [("drop", part), (f"because-{part}", reason)])
    assert visitor.at == "/by-hand"
    links = visitor.page.xpath("//*[@role='alert']//a/@href")
    assert links == [f"#because-{part}"]
    (field,) = visitor.page.xpath(f"//input[@id='because-{part}']")
    assert field.get("aria-invalid") == "true"
    assert chosen(visitor, "drop") == [part]
    visitor.get("/guide")
    assert chosen(visitor, "drop") == []


def test_nothing_is_dropped_that_safety_needs(app: Any, library: Library) -> None:
    visitor = made(app, library, calm())
    before = visitor.text
    for what in ("main-message", "../x", ""):
        pairs = [("drop", what), (f"because-{what}", "No need")]
        assert visitor.post("/by-hand", pairs).status_code == 409
        visitor.get("/guide")
        assert visitor.post("/by-hand", [("keep", what)]).status_code == 409
        visitor.get("/guide")
    assert visitor.text == before


def test_no_choice_by_hand_at_home(library: Library) -> None:
    app, _, _, _ = app_with(library)
    visitor = Visitor(app)
    visitor.begin()
    assert visitor.post("/by-hand").status_code == 404


def test_no_approval_at_home(library: Library) -> None:
    app, _, _, _ = app_with(library)
    visitor = Visitor(app)
    visitor.begin()
    assert visitor.post("/approve").status_code == 404
    assert visitor.get("/guide/note.txt").status_code == 404


def test_a_clinic_says_who_the_clinician_is() -> None:
    done = CliRunner().invoke(main, ["serve", "--mode", "clinic", "--clinic", "none"])
    assert done.exit_code == 2
    assert "who the clinician is" in done.stderr

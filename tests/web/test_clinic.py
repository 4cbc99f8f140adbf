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

"""The note for the record: short, complete, without a name."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from backguide.cli import main
from backguide.guidance.library import load_library
from backguide.handout.chart_note import MAX_CHARACTERS
from backguide.making import Options, make_handout
from backguide.profile.load import load_profile
from backguide.resources import templates_root

ROOT = Path(__file__).parents[2]
PERSONAS = sorted(path.stem for path in (ROOT / "profiles").glob("*.json"))


@pytest.fixture(scope="module")
def note():
    library = load_library(templates_root())

    def make(persona: str, **options) -> str:
        profile = load_profile(ROOT / "profiles" / f"{persona}.json")
        chosen = Options(date(2026, 11, 23), "test", **options)
        return make_handout(profile, library, chosen).chart_note

    return make


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("length", ["short", "full"])
def test_a_note_is_short_and_names_nobody(note, persona, length) -> None:
    text = note(persona, length=length)
    assert len(text) <= MAX_CHARACTERS
    profile = load_profile(ROOT / "profiles" / f"{persona}.json")
    name = profile.get("person.first_name")
    assert not name or str(name) not in text.split()
    assert "Checked by: nobody yet." in text
    assert "Sections: " in text


def test_a_note_tells_what_was_decided(note) -> None:
    text = note("foot-drop", approved_by="Physio A")
    assert "Level: URGENT." in text
    assert "RF06 URGENT" in text
    assert "Exercises: none." in text
    assert "Checked by: Physio A." in text
    assert "urgent-same-day" in text


def test_what_does_not_fit_is_counted(note) -> None:
    text = note("desk-worker", length="full")
    assert " + " in text
    assert text.endswith(".")


def test_the_note_stands_beside_the_guide(tmp_path) -> None:
    profile = ROOT / "profiles" / "desk-worker.json"
    target = tmp_path / "guide.pdf"
    result = CliRunner().invoke(
        main, ["make", str(profile), "-o", str(target), "--note"]
    )
    assert result.exit_code == 0
    assert (
        (tmp_path / "guide.note.txt").read_text().startswith("Back and running guide")
    )
    refused = CliRunner().invoke(
        main, ["make", "-", "-o", "-", "--note"], input=profile.read_bytes()
    )
    assert refused.exit_code == 2

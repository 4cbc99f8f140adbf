"""A light has one meaning on the whole sheet."""

from backguide.guidance.library import Library
from backguide.guidance.message import first
from backguide.guidance.select import select
from backguide.profile.load import load_profile
from test_personas import PERSONAS

WORDS = {"green": "go", "amber": "slow down", "red": "stop"}


def test_the_pain_lights_have_the_words_of_the_lights(library: Library) -> None:
    for light, word in WORDS.items():
        assert library.words[f"lights.{light}"] == f"{light.capitalize()}: {word}"
        assert library.words[f"light.{light}"] == word.partition(" ")[0].upper()


def test_who_must_not_run_has_a_red_light_on_every_sheet(library: Library) -> None:
    """The same order, not to run, was red on one sheet and amber on another."""
    lights = set()
    for path in PERSONAS.values():
        selection = select(load_profile(path).facts, library)
        state = selection.triage.state
        verdict = first(library.message.verdicts, selection.facts, state)
        if selection.triage.is_held_back or verdict is None:
            continue
        says_no = "do not" in verdict.headline or "no running" in verdict.headline
        assert (verdict.light == "red") == says_no, verdict.id
        assert (verdict.light == "red") == ("run" not in verdict.asks), verdict.id
        lights.add(verdict.light)
    assert lights == set(WORDS)


def test_a_limit_is_not_called_a_stop(library: Library) -> None:
    """ "Stop this" stood over "Do not run on 2 days in a row"."""
    heading = library.words["message.stop"].lower()
    assert "stop" not in heading
    assert not any(heading in line.text.lower() for line in library.message.stop)

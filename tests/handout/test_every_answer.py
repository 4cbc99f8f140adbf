"""Every question changes a handout, and every finding has a word on the sheet."""

import copy
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from backguide.document import Handout, texts_of
from backguide.errors import BackguideError
from backguide.guidance.condition import Test
from backguide.guidance.library import Library
from backguide.guidance.markup import placeholders
from backguide.guidance.select import Selection, select
from backguide.guidance.triage import TriggeredFlag
from backguide.handout.compose import Issue, compose
from backguide.profile.facts import known_facts, schema
from backguide.profile.load import profile_from_bytes
from backguide.resources import templates_root
from strategies import RawProfile, in_clinic, put
from test_personas import PERSONAS

TODAY = Issue(date(2026, 11, 23), "0.0")

READ_OUTSIDE_THE_TEXT: Mapping[str, str] = {
    "schema_version": "the loader reads it",
    "confirmed": "the plausibility checks read it",
    "ended_early": "the day of issue reads it: there is no guide then",
    "sample": "the loader and the furniture read it",
    "profile_id": "the furniture and the file name read it",
    "tone_name": "the title reads it",
    "paper_size": "the layout reads it",
    "large_print": "the layout reads it",
    "colour": "the layout reads it",
    "language": "there is one language so far, and it chooses the content",
    "clinic.consent_to_print_name": "the title reads it",
    "clinic.clinic_logo_path": "the layout reads it",
}
"""Answers that change no line of the document, and what reads them."""


def fields(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and the rules of each question that is still asked."""
    for name, spec in node.get("properties", {}).items():
        path = f"{prefix}{name}"
        if "properties" in spec:
            yield from fields(spec, f"{path}.")
        elif name != "$schema" and "x-retired" not in spec:
            yield path, spec


def values_for(path: str, spec: Mapping[str, Any]) -> list[Any]:
    """Return answers that should tell a difference."""
    kinds = spec.get("type", [])
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if path == "symptoms.function_psfs":
        return [[{"activity": "Dig the garden", "score_0_10": 2}]]
    if "array" in kinds:
        return [[choice] for choice in spec.get("items", {}).get("enum", ())]
    if "boolean" in kinds:
        return [True, False]
    if spec.get("format") == "date":
        return ["2026-11-02", "2026-06-01", "2027-03-01"]
    if spec.get("x-kind") == "yes_no":
        return ["yes", "no"]
    if "enum" in spec:
        return [value for value in spec["enum"] if value is not None]
    if "minimum" in spec:
        low, high = spec["minimum"], spec["maximum"]
        found = [low, low + (high - low) // 4, low + (high - low) // 2, high]
        return [int(v) if "integer" in kinds else v for v in found]
    return ["Ada", "01632 960999", "ada@example.org", "www.example.org"]


def document(raw: RawProfile, library: Library) -> tuple[Any, ...] | None:
    """Return what a person would read; None when the profile is not valid."""
    try:
        profile = profile_from_bytes(json.dumps(raw).encode(), "profile.json")
    except BackguideError:
        return None
    # A full guide reads all answers back; a shorter one a few of them.
    length = "" if profile.facts.get("length") else "full"
    selection = select(profile.facts, library, length=length)
    handout = compose(profile, selection, library, TODAY)
    masked = replace(handout.furniture, code="", guide_id="")
    return handout.title, masked, tuple(words(handout))


def words(handout: Handout) -> Iterator[str]:
    code = handout.furniture.code
    for section in handout.sections:
        yield section.id
        yield section.title
        for block in section.blocks:
            yield from (text.replace(code, "") for text in texts_of(block))


@pytest.fixture(scope="module")
def people() -> list[RawProfile]:
    found = [json.loads(path.read_text("utf-8")) for path in PERSONAS.values()]
    random.Random(1).shuffle(found)
    return found


def changes_something(
    path: str, spec: Mapping[str, Any], people: list[RawProfile], library: Library
) -> bool:
    for raw in people:
        read: set[Any] = set()
        for value in values_for(path, spec):
            changed = copy.deepcopy(raw)
            put(changed, path, value)
            told = document(changed, library)
            if told is not None:
                read.add(told)
        if len(read) > 1:
            return True
        before = document(raw, library)
        if read and before is not None and before not in read:
            return True
    return False


def asked_by_rules(library: Library) -> set[str]:
    """Return the facts that rules ask about; reasons alone are no use of an answer."""
    files = [file.text for file in library.files if "reasons" not in file.name]
    return {
        path
        for path in known_facts()
        if any(f'fact = "{path}"' in text for text in files)
    }


def test_every_question_changes_some_handout(
    people: list[RawProfile], library: Library
) -> None:
    """Fifteen answers were asked for, and no rule or text ever read them."""
    silent = {
        path
        for path, spec in fields(schema())
        if path not in READ_OUTSIDE_THE_TEXT
        and path not in asked_by_rules(library)
        and not changes_something(path, spec, people, library)
    }
    assert not silent


def test_every_worked_out_fact_is_read(library: Library) -> None:
    """A fact that is worked out from the answers is asked by a rule or printed."""
    read = asked_by_rules(library)
    for file in library.files:
        read |= set(placeholders(file.text))
    program = "\n".join(
        path.read_text("utf-8")
        for path in (templates_root().parent / "src" / "backguide" / "handout").glob(
            "*.py"
        )
    )
    read |= {path for path in known_facts() if f'"{path}"' in program}
    derived = {path for path, fact in known_facts().items() if fact.is_derived}
    silent = derived - read
    assert not silent


def _clinic_selection(library: Library, **facts: Any) -> tuple[Any, Selection]:
    raw = in_clinic(**{"clearance": {"clinician_clearance_running": True}, **facts})
    profile = profile_from_bytes(json.dumps(raw).encode(), "profile.json")
    return profile, select(profile.facts, library, length="full")


SPEAKING = ("your-snapshot",)
TOLD = [
    path
    for path, fact in known_facts().items()
    if path.startswith("diagnoses.") and "told_by_clinician" in fact.choices
]


@pytest.mark.parametrize("path", TOLD)
def test_every_told_diagnosis_has_a_word_on_the_sheet(
    path: str, library: Library
) -> None:
    """Told of heart disease and cleared to run, nobody said a word about the heart."""
    profile, without = _clinic_selection(library, **{path: "no"})
    plain = set(words(compose(profile, without, library, TODAY)))
    profile, selection = _clinic_selection(library, **{path: "told_by_clinician"})
    handout = compose(profile, selection, library, TODAY)
    more = {
        text
        for section in handout.sections
        if section.id not in SPEAKING
        for block in section.blocks
        for text in texts_of(block)
    } - plain
    assert more


def test_every_cleared_flag_is_told(library: Library) -> None:
    """Whatever a clinician has checked stands on the sheet, each flag in its words."""
    profile, selection = _clinic_selection(
        library,
        clearance={
            "red_flags_cleared_by": "Dr Example",
            "red_flags_cleared_date": "2026-11-20",
            "red_flags_cleared": ["RF25"],
        },
    )
    test = Test("mode", (("is", "clinic"),))
    for flag in library.flags:
        found = TriggeredFlag(flag, flag.rules[0].level_by_mode["clinic"], (test,))
        cleared = replace(selection.triage, cleared=(found,))
        handout = compose(profile, replace(selection, triage=cleared), library, TODAY)
        told = set(words(handout))
        assert library.reasons[f"clearance.red_flags_cleared={flag.id}"] in told
        assert "Checked by Dr Example on 20 November 2026:" in told

"""Words that presume something print only for whom they fit."""

import json
from datetime import date

import pytest

from backguide.document import texts_of
from backguide.guidance.check import declared_fits, printed_texts
from backguide.guidance.condition import ALWAYS
from backguide.guidance.fitting import Fit
from backguide.guidance.library import Library
from backguide.guidance.select import select
from backguide.handout.compose import Issue, compose
from backguide.profile.load import profile_from_bytes
from backguide.resources import templates_root
from page_faults import misfits
from test_personas import PERSONAS

TODAY = Issue(date(2026, 11, 23), "0.0")


@pytest.fixture(scope="module")
def fits(library: Library) -> tuple[Fit, ...]:
    return declared_fits(library, templates_root())


def text_for(name: str, library: Library, **changes: object) -> str:
    raw = json.loads(PERSONAS[name].read_text("utf-8"))
    for path, value in changes.items():
        group, _, field = path.partition("__")
        raw.setdefault(group, {})[field] = value
    profile = profile_from_bytes(json.dumps(raw).encode(), "profile.json")
    selection = select(profile.facts, library, length="full")
    handout = compose(profile, selection, library, TODAY)
    return "\n".join(
        text
        for section in handout.sections
        for block in section.blocks
        for text in (section.title, *texts_of(block))
    )


@pytest.mark.parametrize("name", sorted(PERSONAS))
@pytest.mark.parametrize("length", ["short", "standard", "full"])
def test_no_persona_reads_what_does_not_fit(
    name: str, length: str, library: Library, fits: tuple[Fit, ...]
) -> None:
    """A man of 29 was told to ask a midwife, a well person to keep a pain diary, and
    somebody whom a clinician had cleared to run to ask about running first."""
    profile = profile_from_bytes(PERSONAS[name].read_bytes(), f"{name}.json")
    selection = select(profile.facts, library, length=length)
    handout = compose(profile, selection, library, TODAY)
    assert not list(misfits(selection, handout, fits, ()))


def test_every_kind_of_word_is_used_by_some_text(
    library: Library, fits: tuple[Fit, ...]
) -> None:
    """A word list that finds nothing any more proves nothing."""
    texts = [item.text for item in printed_texts(library)]
    unused = [fit.says for fit in fits if not any(map(fit.found, texts))]
    guards = {"prostate", "menopaus*", "the gym", "your job"}
    assert all(guards & set(says) for says in unused), unused


@pytest.mark.parametrize("name", ["thin-bones", "axial-spa", "forward-bone"])
def test_a_clearance_is_believed_and_told(name: str, library: Library) -> None:
    """Cleared by a clinician, the page said to ask first; the note never printed."""
    raw = json.loads(PERSONAS[name].read_text("utf-8"))
    text = text_for(name, library)
    assert f"Checked by {raw['clinic']['clinician_name']} on " in text
    assert "your clinician said that you may run" in text
    assert raw["clearance"]["clearance_note"] in text
    assert "about running first" not in text
    assert "before you run or try" not in text


def test_a_note_prints_without_any_other_clearance(library: Library) -> None:
    text = text_for(
        "thin-bones", library, clearance__clinician_clearance_running=None,
        clearance__clearance_note="Bloods are fine.",
    )  # fmt: skip
    assert "Bloods are fine." in text
    assert "Checked by" not in text


def test_without_pain_the_diary_is_no_pain_diary(library: Library) -> None:
    """Somebody who never had pain read "making your back worse" and a pain diary."""
    profile = profile_from_bytes(PERSONAS["prevention"].read_bytes(), "prevention.json")
    selection = select(profile.facts, library, length="full")
    handout = compose(profile, selection, library, TODAY)
    section = next(s for s in handout.sections if s.id == "tracking-diary")
    table = next(b for b in section.blocks if getattr(b, "header", None))
    assert table.header[2:4] == ("Effort", "Sore")  # type: ignore[union-attr]
    text = text_for("prevention", library)
    for words in ("pain diary", "back worse", "sore back"):
        assert words not in text.lower()


def test_words_meet_in_one_sentence_only() -> None:
    fit = Fit((), (("ask",), ("doctor*",), ("run",)), ALWAYS, 1)
    assert fit.found("Ask a doctor before you run.") == "Ask ... doctor ... run"
    assert not fit.found("Ask a doctor. Then run.")
    assert Fit(("midwi*",), (), ALWAYS, 1).found("Call a midwife.") == "midwife"


def test_a_clearance_by_nobody_named_prints_no_none(library: Library) -> None:
    text = text_for("thin-bones", library, clinic__clinician_name=None)
    assert "Checked by your clinician on " in text
    assert "None" not in text

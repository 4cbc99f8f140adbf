"""What a composed handout says: its review, its plurals, the race behind a plan."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from backguide.document import Form, texts_of
from backguide.guidance.library import Library
from backguide.guidance.markup import parse
from backguide.guidance.select import select
from backguide.guidance.wording import MAX_REASON_WORDS
from backguide.handout.compose import Issue, compose
from backguide.profile.load import profile_from_bytes
from strategies import RawProfile, as_bytes, minimal_profile

PROFILE = Path(__file__).parents[2] / "profiles" / "desk-worker.json"


@pytest.mark.parametrize(
    ("issued", "is_said"), [(date(2027, 11, 23), False), (date(2027, 11, 24), True)]
)
def test_the_sheet_says_when_its_texts_are_overdue(
    library: Library, issued: date, is_said: bool
) -> None:
    profile = profile_from_bytes(PROFILE.read_bytes(), "desk-worker.json")
    selection = select(profile.facts, library, length="full")
    handout = compose(profile, selection, library, Issue(issued, "0.0"))
    text = "\n".join(t for s in handout.sections for b in s.blocks for t in texts_of(b))
    assert "No clinician has reviewed these texts yet." in text
    assert (library.words["about.overdue"] in handout.opening) == is_said


def text_of(raw: RawProfile, library: Library) -> str:
    profile = profile_from_bytes(as_bytes(raw), "profile.json")
    selection = select(profile.facts, library, length="full")
    handout = compose(profile, selection, library, Issue(date(2026, 11, 23), "0.0"))
    texts = [t for s in handout.sections for b in s.blocks for t in texts_of(b)]
    return "\n".join(texts)


@pytest.mark.parametrize(("weeks", "words"), [(1, "1 week\n"), (2, "2 weeks\n")])
def test_one_week_is_no_weeks(library: Library, weeks: int, words: str) -> None:
    assert words in text_of(minimal_profile(**{"symptoms.onset_weeks": weeks}), library)


@pytest.mark.parametrize(("pain", "is_promised"), [(3, True), (4, False)])
def test_no_race_is_promised_to_somebody_who_has_to_step_back(
    library: Library, pain: int, is_promised: bool
) -> None:
    raw = minimal_profile(
        **{
            "running.runner_status": "current",
            "running.weekly_distance_km": 30,
            "running.runs_per_week": 3,
            "running.weeks_since_last_run": 0,
            "running.longest_run_30d_km": 12,
            "running.goal_race_date": "2027-06-06",
            "running.goal": "half",
            "symptoms.nrs_during_run": pain,
        }
    )
    assert ("So this goal fits." in text_of(raw, library)) == is_promised


SITS = "you sit about 9 hours a day"


def digested(library: Library, section_id: str, text: str) -> Library:
    old = library.sections[section_id]
    blocks, faults = parse(text)
    assert not faults
    sections = {**library.sections, section_id: replace(old, digest=blocks)}
    return replace(library, sections=sections)


@pytest.mark.parametrize(
    ("section_id", "reason"),
    [
        ("cause-sitting", f"Because {SITS} and you work at a desk."),
        ("faq-good-or-bad", ""),
    ],
)
def test_a_digest_has_a_heading_its_words_and_a_reason_of_the_person(
    library: Library, section_id: str, reason: str
) -> None:
    """What everybody gets has no reason, rather than one that says nothing."""
    content = digested(library, section_id, "Your limit is {pain_limit} out of 10.")
    profile = profile_from_bytes(PROFILE.read_bytes(), "desk-worker.json")
    selection = select(profile.facts, content, length="full")
    forms: dict[str, Form] = {section_id: "digest", "brisk-walking": "digest"}
    issue = Issue(date(2026, 11, 23), "0.0")
    handout = compose(profile, selection, content, issue, forms=forms)
    made = {section.id: section for section in handout.sections}
    part = made[section_id]
    assert (part.form, part.reason) == ("digest", reason)
    assert part.title == content.sections[section_id].title
    assert [t for b in part.blocks for t in texts_of(b)] == [
        "Your limit is 3 out of 10."
    ]
    others = {s.form for s in handout.sections if s.id not in forms}
    assert others == {"whole"}


def test_a_reason_under_a_digest_is_short(library: Library) -> None:
    profile = profile_from_bytes(PROFILE.read_bytes(), "desk-worker.json")
    content = library
    for name in library.sections:
        content = digested(content, name, "Keep on.")
    selection = select(profile.facts, content, length="full")
    forms: dict[str, Form] = dict.fromkeys(library.sections, "digest")
    issue = Issue(date(2026, 11, 23), "0.0")
    handout = compose(profile, selection, content, issue, forms=forms)
    reasons = [section.reason for section in handout.sections if section.reason]
    assert len(reasons) > 10
    assert max(len(reason.split()) for reason in reasons) <= MAX_REASON_WORDS + 1
    assert not any("everyone" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        ("One thing.\n\n{{part hours}}\n\nThen rest.", 1),
        ("One. Two. Three.\n\nFour. Five.", 2),
        ("Limits: {pain_limit} of 10.\n\nDo less.", 1),
    ],
)
def test_a_digest_of_one_message_is_one_paragraph(
    library: Library, text: str, paragraphs: int
) -> None:
    """Its pieces are the person's own, and still one text; two sides stay two."""
    content = digested(library, "cause-sitting", text)
    profile = profile_from_bytes(PROFILE.read_bytes(), "desk-worker.json")
    selection = select(profile.facts, content, length="full")
    forms: dict[str, Form] = {"cause-sitting": "digest"}
    issue = Issue(date(2026, 11, 23), "0.0")
    handout = compose(profile, selection, content, issue, forms=forms)
    part = next(s for s in handout.sections if s.id == "cause-sitting")
    texts = [t for block in part.blocks for t in texts_of(block)]
    assert len(part.blocks) == paragraphs
    assert not any("  " in text for text in texts)

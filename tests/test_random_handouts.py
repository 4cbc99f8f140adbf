"""Any valid profile gives a handout that reads well and keeps every rule.

300 profiles in a normal run. ``BACKGUIDE_MANY=10000 pytest -m slow
tests/test_random_handouts.py`` takes as many as it says and tells the slowest.
The same profiles come in every run: Hypothesis is derandomized in ``conftest.py``.
``BACKGUIDE_SEED=7`` draws other ones, the same for the same number.
"""

import json
import os
import random
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from backguide.document import Handout, HandoutSection, texts_of
from backguide.guidance.check import declared_fits
from backguide.guidance.condition import ALWAYS
from backguide.guidance.library import Library, is_covered, load_library
from backguide.guidance.reading import lint_handout, load_words
from backguide.guidance.select import Selection, select
from backguide.handout.compose import ATTACHED_NOTE, Issue, compose
from backguide.profile.load import Profile, profile_from_bytes
from backguide.resources import templates_root
from page_faults import empty_values, long_spans, misfits, unsaid_evidence
from strategies import as_bytes, profiles, put, repaired

CONTENT: Library = load_library(templates_root())
WORDS, WORD_PROBLEMS = load_words(templates_root())
FITS = declared_fits(CONTENT, templates_root())
FRAME = tomllib.loads((templates_root() / "en" / "handout.toml").read_text("utf-8"))
TODAY = Issue(date(2026, 11, 23), "0.0")
LENGTHS = ("short", "standard", "full")

NORMAL = 300
MANY = int(os.environ.get("BACKGUIDE_MANY", "0"))
SEED = int(os.environ.get("BACKGUIDE_SEED", "0"))

RawProfile = dict[str, Any]

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data"


# --- profiles -----------------------------------------------------------------


@st.composite
def calm_profiles(draw: st.DrawFn) -> RawProfile:
    """Draw a profile that mostly comes through triage, so that texts get printed."""
    raw = draw(profiles())
    if draw(st.integers(0, 3)) == 0:
        return raw  # as it came: mostly a page that sends for help, or asks
    seed = random.Random(draw(st.integers(0, 2**32)))
    for name, answer in raw["red_flags"].items():
        if answer != "no" and seed.random() < 0.8:
            raw["red_flags"][name] = "no"
    if raw["symptoms"]["has_back_pain"] == "current":
        put(raw, "symptoms.nrs_now", seed.randint(1, 6))
        put(raw, "symptoms.nrs_usual_24h", seed.randint(1, 6))
        put(raw, "symptoms.improving", "better")
        put(raw, "symptoms.stops_daily_life", None)
        put(raw, "symptoms.nrs_worst_week", None)
    put(raw, "running.goal_race_date", seed.choice([None, "2027-03-07"]))
    raw.pop("confirmed", None)  # repaired once already; its doubts are found anew
    return repaired(raw)


# --- what must hold for everybody ---------------------------------------------


def shown(handout: Handout) -> Iterator[tuple[HandoutSection, str]]:
    """Yield every text of the sections that are ours, with its section."""
    for section in handout.sections:
        if section.id == ATTACHED_NOTE:
            continue
        yield section, section.title
        yield section, section.reason
        for block in section.blocks:
            for text in texts_of(block):
                yield section, text


def typed(node: Any) -> Iterator[str]:
    """Yield every text that stands in the profile; it may look like anything."""
    if isinstance(node, dict):
        for value in node.values():
            yield from typed(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from typed(value)
    elif isinstance(node, str):
        yield node


LEFT_OVER = re.compile(r"\{[a-z_][a-z0-9_.]*\}|\{\{|\}\}|\b(?:None|nan|null|inf)\b")


def broken_texts(profile: Profile, handout: Handout) -> Iterator[str]:
    """Yield what no reader may see: placeholders, and values nobody has worded."""
    own = "\n".join(typed(profile.data))
    for section, text in shown(handout):
        for found in LEFT_OVER.findall(text):
            if found not in own:
                yield f"{section.id}: prints {found}"


def broken_rules(selection: Selection, handout: Handout) -> Iterator[str]:
    """Yield what must not stand on this handout, and what must not stand together."""
    state = selection.triage.state
    ids = [section.id for section in handout.sections]
    for decision in selection.included():
        section = decision.section
        if is_covered(section, CONTENT.never_at[state]):
            yield f"{section.id}: never at {state}"
        if not decision.reason.strip() and section.include is not ALWAYS:
            yield f"{section.id}: no reason"
        for item in selection.triage.flags:
            if is_covered(section, item.flag.hides):
                yield f"{section.id}: hidden by {item.flag.id}"
    for pair in FRAME["exclusive"]:
        if "when" in pair:
            continue  # proved by the rules, with its condition
        both = [name for name in pair["sections"] if name in ids]
        if len(both) > 1:
            yield f"together: {', '.join(both)}"
    if state in ("SOON", "ROUTINE"):
        for name in ("main-message", "warning-signs-card", "sources-and-date"):
            if name not in ids:
                yield f"{name}: missing"
    for name, count in Counter(ids).items():
        if count > 1:
            yield f"{name}: printed {count} times"
    for section in handout.sections:
        if not section.blocks:
            yield f"{section.id}: empty"


def everything_wrong(profile: Profile, length: str) -> tuple[str, list[str]]:
    """Return the triage state and every fault of one person's handout.

    A fault never holds a text of the profile.
    """
    selection = select(profile.facts, CONTENT, length=length)
    handout = compose(profile, selection, CONTENT, TODAY)
    reading = lint_handout(
        handout,
        WORDS,
        typed=typed(profile.data),
        may_speak_of_weight=profile.get("person.weight_talk") == "yes",
    )
    return selection.triage.state, [
        *(str(problem) for problem in reading),
        *broken_texts(profile, handout),
        *empty_values(handout, typed(profile.data)),
        *long_spans(handout),
        *unsaid_evidence(selection, handout, CONTENT),
        *misfits(selection, handout, FITS, typed(profile.data)),
        *broken_rules(selection, handout),
    ]


# --- the runs -----------------------------------------------------------------


def test_the_word_lists_are_sound() -> None:
    assert not WORD_PROBLEMS


@settings(max_examples=NORMAL)
@given(raw=calm_profiles(), length=st.sampled_from(LENGTHS))
def test_anybody_gets_a_handout_without_fault(raw: RawProfile, length: str) -> None:
    profile = profile_from_bytes(as_bytes(raw), "random")
    _, faults = everything_wrong(profile, length)
    assert not faults


@pytest.mark.parametrize("name", ["null", "None", "NaN", "inf", ".", "A", "-"])
def test_a_clinic_may_have_the_name_of_nothing(name: str) -> None:
    raw = json.loads((DATA / "personas/operation-without-a-date.json").read_text())
    who = ("clinician_name", "clinician_role")
    raw["clinic"] = {"clinic_name": name, **{key: raw["clinic"][key] for key in who}}
    profile = profile_from_bytes(as_bytes(raw), "random")
    assert everything_wrong(profile, "full") == ("ROUTINE", [])


@pytest.mark.parametrize("words", ["run {id}", "reach null", "{{plan}}", "() lift"])
def test_a_goal_may_look_like_a_placeholder(words: str) -> None:
    raw = json.loads((ROOT / "profiles" / "desk-worker.json").read_text())
    raw["symptoms"]["function_psfs"] = [{"activity": words, "score_0_10": 4}]
    profile = profile_from_bytes(as_bytes(raw), "random")
    assert everything_wrong(profile, "full") == ("ROUTINE", [])


@pytest.mark.slow
@pytest.mark.skipif(not MANY, reason="set BACKGUIDE_MANY to the number of profiles")
def test_many_people_get_a_handout_without_fault(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Go through as many profiles as asked for; tell all faults at the end."""
    faults: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    times: list[float] = []

    @seed(SEED)
    @settings(
        max_examples=MANY,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=not SEED,
    )
    @given(raw=calm_profiles(), length=st.sampled_from(LENGTHS))
    def one(raw: RawProfile, length: str) -> None:
        profile = profile_from_bytes(as_bytes(raw), "random")
        start = perf_counter()
        state, found = everything_wrong(profile, length)
        times.append(perf_counter() - start)
        seen[state] += 1
        faults.update(set(found))

    one()
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(times)} handouts in {sum(times):.0f} s, slowest "
            f"{max(times) * 1000:.0f} ms, {dict(seen)}\n"
        )
    told = [f"{count} times: {fault}" for fault, count in faults.most_common(40)]
    assert not told, "\n".join(told)

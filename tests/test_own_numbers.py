"""What is printed is this person's: pain limits, days, weights and lengths.

Looked at from outside, on whole handouts: the made-up runners and some hundreds of
random ones, at every length.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from backguide.document import ExerciseCard, Handout, Table, texts_of
from backguide.guidance.library import Library, load_library
from backguide.guidance.select import Selection, select
from backguide.guidance.wording import Wording
from backguide.handout.compose import Issue, compose
from backguide.handout.shared import shared_of
from backguide.profile.load import Profile, load_profile, profile_from_bytes
from backguide.resources import templates_root
from strategies import as_bytes, minimal_profile, put, without_pain

TESTS = Path(__file__).parent
FOLDERS = (TESTS.parent / "profiles", TESTS / "data" / "personas")
PERSONAS = [p for folder in FOLDERS for p in sorted(folder.glob("*.json"))]
TODAY = Issue(date(2026, 11, 23), "0.0")
RANDOM = 400
LENGTHS = ("short", "standard", "full")

Case = tuple[Profile, Selection, Handout]


def people() -> Iterator[Profile]:
    for path in PERSONAS:
        yield load_profile(path)
    for seed in range(RANDOM):
        yield profile_from_bytes(as_bytes(anybody(random.Random(seed))), "test")


def anybody(draw: random.Random) -> dict[str, Any]:
    """Return a valid profile of somebody whom no sign holds back, or hardly any."""
    raw = minimal_profile() if draw.random() < 0.8 else without_pain()
    raw["units_body"] = draw.choice(["metric", "imperial"])
    raw["units_distance"] = draw.choice(["km", "mi"])
    raw["n_exercises"] = draw.choice([3, 5, 8])
    facts: dict[str, Any] = {
        "person.height_cm": 170,
        "person.weight_kg": draw.randint(50, 110),
        "person.weight_talk": draw.choice(["yes", "no"]),
        "person.fear_of_movement_0_10": draw.randint(0, 10),
        "abilities.strength_days_wk": draw.randint(0, 3),
        "abilities.access_pool_deep": draw.random() < 0.5,
        "abilities.can_swim": "some",
        "abilities.access_bike": draw.choice(["none", "static"]),
        "include_evidence": draw.random() < 0.5,
    }
    if raw["symptoms"]["has_back_pain"] == "current":
        facts |= {
            "symptoms.nrs_now": draw.randint(0, 6),
            "symptoms.nrs_usual_24h": draw.randint(0, 6),
            "symptoms.onset_weeks": draw.randint(1, 5),
            "symptoms.irritability": draw.choice(["low", "high"]),
        }
        if draw.random() < 0.3:
            facts["symptoms.radiation"] = draw.choice(["buttock", "thigh"])
            facts["symptoms.radiation_side"] = "left"
            facts["symptoms.leg_quality"] = ["burning"]
    for path, value in facts.items():
        put(raw, path, value)
    return raw


@cache
def content() -> Library:
    return load_library(templates_root())


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    found = []
    for number, profile in enumerate(people()):
        length = LENGTHS[number % len(LENGTHS)] if number >= len(PERSONAS) else "full"
        selection = select(profile.facts, content(), length=length)
        found.append(
            (profile, selection, compose(profile, selection, content(), TODAY))
        )
    return found


def cards(handout: Handout) -> list[ExerciseCard]:
    return [
        block
        for section in handout.sections
        for block in section.blocks
        if isinstance(block, ExerciseCard)
    ]


def lines(handout: Handout, *, own: bool = False) -> Iterator[tuple[str, str]]:
    """Yield every text with its section; what the clinic typed only when asked."""
    for section in handout.sections:
        if own or section.id not in (
            "attached-note",
            "clinic-contact",
            "your-snapshot",
        ):
            yield section.id, section.title
            for block in section.blocks:
                yield from ((section.id, text) for text in texts_of(block))


def expected_limit(facts: Any) -> int:
    """Return the limit by hand: 3, or the pain at rest when that is higher."""
    if facts.get("symptoms.has_back_pain") != "current":
        return 3
    at_rest = [facts.get(f"symptoms.{key}") for key in ("nrs_now", "nrs_usual_24h")]
    return int(max([3, *(points for points in at_rest if points is not None)]))


ABOVE = re.compile(r"pain goes above (\d+) out of 10")
UP_TO = re.compile(r"\b0 to (\d+)\b(?: out of 10| during)")


def test_one_person_has_one_limit_of_pain(cases: list[Case]) -> None:
    """Pain of 5 at rest: cards printed 3 and a sheet said what to read for it."""
    told: Counter[int] = Counter()
    for _, selection, handout in cases:
        limit = expected_limit(selection.facts)
        for name, text in lines(handout):
            found = [int(points) for points in ABOVE.findall(text)]
            found += [int(points) for points in UP_TO.findall(text)]
            assert set(found) <= {limit}, f"{name}: {text}"
            told[limit] += len(found)
        for card in cards(handout):
            assert "{" not in card.stop_if
    assert min(told[limit] for limit in (3, 4, 5, 6)) > 20


REPLACE = re.compile(
    r"\bwhere (?:a|the|your)\b.*\bsays?\b|\buse \d+ (?:instead|in place)"
    r"|\b(?:instead|in place) of \d|\bas (?:often|much|far) as (?:each|the) card says"
    r"|\b(?:convert|multiply|divide|look up)\b",
    re.IGNORECASE,
)


def test_nobody_is_asked_to_replace_or_look_up_a_number(cases: list[Case]) -> None:
    """The card said 3 and the text "use 5"; a session said 6 times and the text 3."""
    for _, _, handout in cases:
        for name, text in lines(handout):
            assert not REPLACE.search(text), f"{name}: {text}"


def light_of(points: int, table: Table) -> str:
    """Return the light that a reader finds for a pain, from the printed table."""
    rows = ["".join(span.text for span in row[1]) for row in table.rows]
    green, amber, red = rows
    top = int(re.match(r"0 to (\d+)", green)[1])  # type: ignore[index]
    if points <= top:
        return "green"
    from_red = re.match(r"(\d+) or more", red)
    if from_red and points >= int(from_red[1]):
        return "red"
    low, *more = map(int, re.findall(r"\d+", amber.partition(" out of")[0]))
    assert low <= points <= max([low, *more])
    return "amber"


def test_todays_pain_is_a_light_that_agrees_with_how_often(cases: list[Case]) -> None:
    """Pain of 5 was amber, "rest a day", above exercises for every day."""
    seen: Counter[str] = Counter()
    for _, selection, handout in cases:
        lights = [
            block
            for section in handout.sections
            if section.id == "pain-traffic-light"
            for block in section.blocks
            if isinstance(block, Table)
        ]
        if not lights:
            continue
        for path in ("symptoms.nrs_now", "symptoms.nrs_usual_24h"):
            points = selection.facts.get(path)
            is_now = selection.facts.get("symptoms.has_back_pain") == "current"
            if is_now and isinstance(points, int | float):
                assert light_of(int(points), lights[0]) == "green"
                seen["now"] += 1
        for points in range(11):
            seen[light_of(points, lights[0])] += 1
    assert min(seen.values()) > 100


OFTEN = {"A": "every day", "B": "3 or 4 days a week", "C": "2 or 3 days a week"}


def test_how_often_is_the_same_on_every_sheet(cases: list[Case]) -> None:
    seen: Counter[str] = Counter()
    for _, selection, handout in cases:
        level = str(selection.facts["derived.exercise_level"])
        for card in cards(handout):
            assert dict(card.dose)["How often"].lower() == OFTEN[level]
        for name, text in lines(handout):
            for said in re.findall(r"Do (?:your exercises|them|these) ([^.,]*)", text):
                if name in ("exercise-plan", "main-message") and "day" in said:
                    assert said == OFTEN[level], text
                    seen[level] += 1
    assert min(seen[level] for level in "ABC") > 20


METRIC = re.compile(r"\d\s?(?:kg|cm|mm|met(?:re|er)s?)\b")
IMPERIAL = re.compile(r"\d\s?(?:lb|inch(?:es)?|ft|in)\b(?! \d|to)")
KM = re.compile(r"\d\s?(?:km|kilomet(?:re|er)s?)\b|\ba km\b|\beach km\b")
MILES = re.compile(r"\d\s?miles?\b|\beach mile\b")


def test_every_amount_is_in_the_units_asked_for(cases: list[Case]) -> None:
    """Cards said kg and cm to people who had asked for pounds and inches."""
    seen: Counter[str] = Counter()
    for profile, _, handout in cases:
        is_imperial = profile.facts.get("units_body") == "imperial"
        in_miles = profile.facts.get("units_distance") == "mi"
        foreign = METRIC if is_imperial else re.compile(r"\d\s?(?:lb|inch(?:es)?)\b")
        for name, text in lines(handout, own=True):
            if name in ("attached-note", "clinic-contact"):
                continue
            assert not foreign.search(text), f"{name}: {text}"
            assert not (KM if in_miles else MILES).search(text), f"{name}: {text}"
            for what, pattern in (("cm", METRIC), ("inch", IMPERIAL), ("km", KM),
                                  ("mile", MILES)):  # fmt: skip
                seen[what] += bool(pattern.search(text))
    assert min(seen.values()) > 20


def test_a_first_carry_weighs_a_share_of_the_body_only_with_a_yes() -> None:
    raw = minimal_profile()
    told = []
    for agreed, weight in (("yes", 82), ("no", 82), ("yes", None), (None, 110)):
        put(raw, "person.weight_talk", agreed)
        put(raw, "person.weight_kg", weight)
        put(raw, "person.height_cm", 180)
        raw["units_body"] = "metric"
        selection = select(profile_from_bytes(as_bytes(raw), "test").facts, content())
        told.append(Wording(content(), selection.facts).placeholder("carry_weight"))
    assert told == ["4 kg", "3 kg", "3 kg", "3 kg"]


def test_a_card_with_a_number_of_one_body_is_kept_for_nobody() -> None:
    """What is kept from one person to the next holds nothing of one."""
    starts = []
    for weight in (62, 102):
        raw = minimal_profile(
            n_exercises=8, **{"symptoms.nrs_now": 1, "symptoms.nrs_usual_24h": 1}
        )
        for path, value in (
            ("person.weight_talk", "yes"), ("person.weight_kg", weight),
            ("person.height_cm", 185), ("abilities.strength_days_wk", 3),
            ("abilities.cannot_do", ["X14", "X15", "X09", "X08"]),
        ):  # fmt: skip
            put(raw, path, value)
        profile = profile_from_bytes(as_bytes(raw), "test")
        selection = select(profile.facts, content(), length="full")
        handout = compose(profile, selection, content(), TODAY)
        by_id = {card.id: card for card in cards(handout)}
        blocks = shared_of(content()).blocks
        assert not blocks.is_fixed(by_id["X18"])
        assert blocks.is_fixed(by_id["X12"])
        starts.append(by_id["X18"].start)
    assert "about 3 kg" in starts[0]
    assert "about 5 kg" in starts[1]

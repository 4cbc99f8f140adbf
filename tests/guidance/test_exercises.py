"""Which exercises are chosen, against the second table of what must not be done."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

from backguide.guidance.exercises import Pick
from backguide.guidance.library import Library, load_library
from backguide.guidance.select import Selection, select
from backguide.profile.facts import facts_of
from backguide.resources import templates_root
from clinical_oracle import (
    GATED_DIAGNOSES,
    TOLD,
    expected_level,
    expected_unanswered,
)
from exercise_oracle import (
    ALL_EXERCISES,
    EXERCISE_FIELDS,
    LOW_LOAD,
    direction_preference,
    exercise_level,
    exercise_limit,
    exercises_forbidden,
)
from strategies import in_clinic, minimal_profile, put, quiet_profile, random_profile

RawProfile = dict[str, Any]

# By hand from docs/evidence.md, section 6.1. In B and C the cards added behind "|"
# fill up what is left.
POOLS = {
    "A": {"X01", "X02", "X04", "X05", "X13", "X03", "X20"},
    "B": {"X05", "X06", "X08", "X13", "X19", "X16", "X10", "X11", "X07"}
    | {"X01", "X02", "X03", "X04", "X20"},
    "C": {"X12", "X14", "X15", "X09", "X08", "X18", "X17", "X06", "X10"}
    | {"X05", "X11"},
}
SINGLE_LEG = {"X12", "X14", "X15", "X17"}
MINUTES = {"A": 8, "B": 15, "C": 15}
NOT_BARRED = ("not part of your level", "enough others")
HOLDING_BACK = ("EMERGENCY", "URGENT", "UNANSWERED")


@cache
def _cards_only() -> Library:
    """Return the content without its sections: only exercises are looked at here."""
    library = load_library(templates_root())
    return replace(library, sections=MappingProxyType({}))


def trained(**facts: Any) -> RawProfile:
    """Return a small profile of somebody who does strength work."""
    return minimal_profile(**{"abilities.strength_days_wk": 2, **facts})


def picked(profile: RawProfile) -> Selection:
    return select(facts_of(profile), _cards_only())


def chosen(selection: Selection) -> list[Pick]:
    return [pick for pick in selection.picks if pick.is_chosen]


def ids(picks: list[Pick]) -> set[str]:
    return {pick.exercise.id for pick in picks}


def barred(selection: Selection) -> set[str]:
    """Return the cards that must not be done, as the program says."""
    return {
        pick.exercise.id
        for pick in selection.picks
        if not pick.is_chosen and pick.reason not in NOT_BARRED
    }


def barred_beyond_the_table(profile: RawProfile) -> set[str]:
    """Return what the program bars on purpose though the second table does not.

    It puts the first 12 weeks after a birth on the gentle level, as persona 6 wants
    (docs/evidence.md, section 5.6); that level has no X12 and no X18. Sections 6.1 and
    6.2 do not say so, and the careful side is the right one to be on.
    """
    diagnoses = profile.get("diagnoses", {})
    weeks = diagnoses.get("weeks_since_birth")
    is_early = diagnoses.get("postpartum") == "yes" and weeks is not None and weeks < 12
    return {"X12", "X18"} if is_early else set()


def waits_for_a_check(profile: RawProfile, selection: Selection) -> bool:
    """Tell whether all exercises wait: walking only until seen (RF12, RF25)."""
    red_flags = profile.get("red_flags", {})
    told = any(
        red_flags.get(name) == "yes"
        for name in ("told_no_exercise", "breathless_on_effort")
    )
    flags = {item.flag.id for item in selection.triage.flags}
    return selection.triage.state == "SOON" and (told or "RF12" in flags)


def check(profile: RawProfile) -> str:
    """Check one profile against the second table; return its state."""
    selection = picked(profile)
    state, picks = selection.triage.state, chosen(selection)
    assert len({pick.exercise.id for pick in selection.picks}) == len(ALL_EXERCISES)
    if state in HOLDING_BACK:
        assert not picks
        return state
    forbidden = set(exercises_forbidden(profile))
    assert not ids(picks) & forbidden
    own = barred(selection)
    assert forbidden <= own
    if not waits_for_a_check(profile, selection):
        assert own - forbidden <= barred_beyond_the_table(profile)

    level = str(selection.facts["derived.exercise_level"])
    assert len(picks) <= (profile.get("n_exercises") or 5)
    assert ids(picks) <= POOLS[level]
    minutes = sum(pick.exercise.minutes for pick in picks)
    assert minutes <= MINUTES[level] or len(picks) == 1
    assert all(level in pick.exercise.dose_by_level for pick in picks)
    if state == "SOON":
        assert level != "C"
        assert ids(picks) <= LOW_LOAD
        assert len(picks) <= 3
    if level == "C":
        possible = SINGLE_LEG - own
        assert len(ids(picks) & SINGLE_LEG) >= min(2, len(possible))
    if POOLS[level] - own - _dropped(profile):
        assert picks, "somebody who may exercise gets nothing"
    return state


def _dropped(profile: RawProfile) -> set[str]:
    """Return the relief moves for another direction (docs/evidence.md, section 6.1)."""
    return {"none": {"X03", "X20"}, "flexion": {"X20"}, "extension": {"X03"}}[
        direction_preference(profile)
    ]


@pytest.mark.slow
def test_20_000_profiles_get_nothing_that_is_forbidden() -> None:
    seen = Counter(check(quiet_profile(seed)) for seed in range(14_000))
    seen += Counter(
        check(random_profile(seed, calm=(0.97, 0.999)[seed % 2]))
        for seed in range(6_000)
    )
    assert seen.total() == 20_000
    assert seen["ROUTINE"] > 3_000
    assert seen["SOON"] > 3_000
    assert min(seen[state] for state in HOLDING_BACK) > 50


def test_the_limit_is_that_of_the_second_table() -> None:
    for seed in range(1_000):
        profile = quiet_profile(seed)
        limit = exercise_limit(profile)
        assert limit is None or len(chosen(picked(profile))) <= limit


def test_the_level_is_that_of_the_second_table() -> None:
    levels: Counter[str] = Counter()
    for seed in range(2_000):
        profile = quiet_profile(seed)
        selection = picked(profile)
        wanted = exercise_level(profile)
        if barred_beyond_the_table(profile):
            wanted = "A"
        if selection.triage.state == "SOON" and wanted == "C":
            wanted = "B"
        assert selection.facts["derived.exercise_level"] == wanted
        levels[wanted] += 1
    assert min(levels[level] for level in "ABC") > 200


# --- barred exactly by its skip table -----------------------------------------

RF28_PATTERN: dict[str, Any] = {
    "person.age_years": 60,
    "symptoms.radiation": "thigh",
    "symptoms.radiation_side": "both",
    "symptoms.leg_quality": [],
    "symptoms.aggravators": ["walk"],
    "symptoms.easers": ["sit"],
}
RF25_CHECKED = {
    "clearance.red_flags_cleared_by": "Dr Lee",
    "clearance.red_flags_cleared_date": "2026-11-20",
    "clearance.red_flags_cleared": ["RF25"],
}
CONDITIONS: list[dict[str, Any]] = [
    {path: value}
    for path, values in EXERCISE_FIELDS.items()
    for value in values
    if value is not None and not path.endswith(("surgery_date", "surgery_type"))
]
CONDITIONS += [
    {f"diagnoses.{name}": status}
    for name in (
        *GATED_DIAGNOSES,
        "osteopenia",
        "facet_arthritis",
        "hip_osteoarthritis",
    )
    for status in (TOLD, "self_suspected")
]
CONDITIONS += [
    {"diagnoses.spinal_surgery": TOLD, "diagnoses.surgery_type": kind, **since}
    for kind in ("discectomy", "decompression", "fusion", "other", None)
    for since in (
        {},
        {"diagnoses.surgeon_clearance": False},
        {"diagnoses.surgeon_clearance": True},
        {"diagnoses.surgery_date": "2026-09-01"},
        {"diagnoses.surgery_date": "2026-08-31"},
        {"diagnoses.surgery_date": "2026-08-30"},
    )
]
CONDITIONS += [
    {"diagnoses.pregnant": "yes", "diagnoses.pregnant_weeks": weeks}
    for weeks in (15, 16, 17, 27, 28, 29)
]
CONDITIONS += [
    {"diagnoses.postpartum": "yes", "diagnoses.weeks_since_birth": weeks}
    for weeks in (0, 11, 12, 13, 52)
]
CONDITIONS += [
    {"diagnoses.postpartum": "yes", f"diagnoses.{name}": answer}
    for name in ("pelvic_floor_symptoms", "doming")
    for answer in ("yes", "no", "unknown")
]
CONDITIONS += [
    {"symptoms.radiation": radiation, "symptoms.radiation_side": "left", **more}
    for radiation in ("none", "buttock", "thigh", "below_knee")
    for more in (
        {},
        {"diagnoses.sciatica": TOLD},
        {"diagnoses.sciatica": "self_suspected"},
        {"symptoms.aggravators": ["bend_forward"]},
        {"diagnoses.sciatica": TOLD, "symptoms.aggravators": ["bend_forward"]},
    )
]
CONDITIONS += [
    {"symptoms.aggravators": worse, "symptoms.easers": better, "person.age_years": age}
    for worse in (["bend_back"], ["sit"], ["bend_forward"], ["bend_back", "sit"], [])
    for better in (["lean_forward"], ["walk"], ["stand"], [])
    for age in (19, 20, 40)
]
CONDITIONS += [
    {"abilities.strength_days_wk": days, "running.runner_status": status, **body}
    for days in (0, 1, None)
    for status in ("new", "current", "returning", "non_runner_wants_to")
    for body in ({}, {"person.height_cm": 170, "person.weight_kg": 90})
]
CONDITIONS += [
    {"person.age_years": age, "diagnoses.balance_problem": answer}
    for age in (69, 70)
    for answer in ("yes", "no")
]


def cleared(facts: dict[str, Any]) -> RawProfile:
    """Return a calm clinic profile with the facts and a go-ahead to run."""
    profile = in_clinic(**{"symptoms.nrs_now": 2, "symptoms.nrs_usual_24h": 2})
    put(profile, "abilities.strength_days_wk", 2)
    for path, value in facts.items():
        put(profile, path, value)
    put(profile, "clearance.clinician_clearance_running", True)
    return profile


def _told(facts: dict[str, Any]) -> str:
    return ", ".join(
        f"{path.rpartition('.')[2]}={value}" for path, value in facts.items()
    )


@pytest.mark.parametrize("facts", CONDITIONS, ids=_told)
def test_each_card_is_barred_exactly_by_its_skip_table(facts: dict[str, Any]) -> None:
    profile = cleared(facts)
    selection = picked(profile)
    wanted = exercises_forbidden(profile)
    assert barred(selection) - barred_beyond_the_table(profile) == (
        set(wanted) - barred_beyond_the_table(profile)
    )
    check(profile)


def test_the_single_conditions_bar_every_card_but_never_all_the_same() -> None:
    routine = [
        frozenset(exercises_forbidden(cleared(facts)))
        for facts in CONDITIONS
        if expected_level(cleared(facts)) == "ROUTINE"
    ]
    assert len(routine) > 200
    assert set().union(*routine) == set(ALL_EXERCISES)
    assert len(set(routine)) > 25


def test_two_conditions_at_once_bar_what_both_bar() -> None:
    pairs = list(itertools.combinations(CONDITIONS, 2))
    for first, second in random.Random(6).sample(pairs, 1_500):
        profile = cleared({**first, **second})
        if expected_unanswered(profile):
            continue
        selection = picked(profile)
        beyond = barred_beyond_the_table(profile)
        assert barred(selection) - beyond == set(exercises_forbidden(profile)) - beyond


def test_one_more_condition_never_adds_an_exercise() -> None:
    bars = {
        path for facts in CONDITIONS for path in facts if path.startswith("diagnoses.")
    }
    yes_no = sorted(
        p for p in bars if p in EXERCISE_FIELDS and "yes" in EXERCISE_FIELDS[p]
    )
    assert len(yes_no) >= 7
    for seed in range(250):
        profile = quiet_profile(seed)
        before = barred(picked(profile))
        for path in yes_no:
            put(profile, path, "yes")
            after = barred(picked(profile))
            assert before <= after, path
            before = after


# --- the way of a card ---------------------------------------------------------

LEG = {"symptoms.radiation": "below_knee", "symptoms.radiation_side": "left"}
ARCHING_EASES = {
    "symptoms.aggravators": ["sit"],
    "symptoms.easers": ["walk"],
}
HEAVY = {
    "person.height_cm": 165,
    "person.weight_kg": 92.6,
    "abilities.strength_days_wk": 0,
}


FORMS: list[tuple[dict[str, Any], str, str]] = [
    (LEG, "X01", "small"),
    (LEG, "X02", "small"),
    (LEG, "X05", "low"),
    (LEG, "X19", "small"),
    ({"abilities.cannot_do": ["get_to_floor"]}, "X05", "bed"),
    ({"abilities.cannot_do": ["get_to_floor"]}, "X08", "wall"),
    ({"abilities.cannot_do": ["get_to_floor"]}, "X09", "wall"),
    ({"diagnoses.spondylolysis": TOLD}, "X04", "no-dip"),
    ({"diagnoses.stenosis": TOLD}, "X04", "no-dip"),
    (ARCHING_EASES, "X04", "small"),
    ({"diagnoses.spondylolysis": TOLD}, "X12", "small"),
    ({"diagnoses.wrist_problem": "yes"}, "X04", "forearms"),
    ({"diagnoses.wrist_problem": "yes"}, "X06", "forearms"),
    ({"diagnoses.wrist_problem": "yes"}, "X09", ""),
    ({"diagnoses.shoulder_problem": "yes"}, "X06", "forearms"),
    ({"diagnoses.shoulder_problem": "yes"}, "X09", "wall"),
    ({"diagnoses.balance_problem": "yes"}, "X13", "supported"),
    ({"diagnoses.balance_problem": "yes"}, "X14", "rail"),
    ({"diagnoses.balance_problem": "yes"}, "X17", "rail"),
    ({"red_flags.blood_pressure_uncontrolled": "yes"}, "X08", "short"),
    ({"red_flags.told_no_exercise": "yes"}, "X09", "short"),
    ({"diagnoses.doming": "yes"}, "X07", "heel-slide"),
    ({"diagnoses.pregnant": "yes", "diagnoses.pregnant_weeks": 20}, "X09", "wall"),
    ({"diagnoses.pregnant": "yes", "diagnoses.pregnant_weeks": 20}, "X08", ""),
    ({"diagnoses.pregnant": "yes", "diagnoses.pregnant_weeks": 28}, "X08", "wall"),
    (HEAVY, "X08", "wall"),
    ({"symptoms.nrs_now": 6}, "X05", "low"),
    ({"symptoms.nrs_now": 6}, "X13", "supported"),
]
"""Who gets which way of a card, by hand from docs/evidence.md, section 6.2 and
section 6.3."""
SLIPS = {"diagnoses.spondylolisthesis": TOLD, "diagnoses.spondylolisthesis_grade": 3}
NO_HARDER = [
    ({"diagnoses.osteopenia": TOLD}, "X12"),
    ({"diagnoses.osteoporosis": TOLD}, "X19"),
    ({"diagnoses.vertebral_fracture": TOLD}, "X13"),
    (SLIPS, "X19"),
    ({"diagnoses.wrist_problem": "yes"}, "X20"),
]
"""Who is not shown the harder way, with a weight or on the hands."""


def form_of(card: str, facts: Any, library: Library) -> str | None:
    form = library.exercises[card].form_for(library.picker.held(facts))
    return None if form is None else form.id


def has_harder(card: str, facts: Any, library: Library) -> bool:
    form = library.exercises[card].form_for(library.picker.held(facts))
    return form is not None and bool(form.harder)


@pytest.mark.parametrize(("facts", "card"), NO_HARDER)
def test_a_harder_way_that_does_not_suit_is_left_out(
    facts: dict[str, Any], card: str
) -> None:
    """Somebody who must not bend deep with a load was told to hold a weight."""
    assert not has_harder(card, picked(cleared(facts)).facts, _cards_only())
    assert has_harder(card, picked(cleared({})).facts, _cards_only())


# --- damage to the skip tables ------------------------------------------------

# Rules that are there twice on purpose. A flag of these is at least SOON, where the
# rule "signs that need a check before you exercise" takes every card already; and
# the first 12 weeks after a birth are on the gentle level, which has no X12.
TWICE = {
    "X12: it is less than 12 weeks since you gave birth",
    "arch-back: you are under 20 and bending back makes your pain worse",
    "you told us about weakness in your leg",
    "you told us about a numb or tingling leg",
    "a spine bone needs a check first",
    "you told us about signs that may come from an infection",
    "you told us that leg pain is worse than your back pain and has not settled",
    "a bone may be sore and needs a check first",
    "your body may be short of fuel and needs a check first",
}


def _damaged() -> Iterator[tuple[str, Library]]:
    """Yield the content without one skip rule each."""
    library = _cards_only()
    for card in library.exercises.values():
        for n, rule in enumerate(card.skips):
            skips = card.skips[:n] + card.skips[n + 1 :]
            cards = {**library.exercises, card.id: replace(card, skips=skips)}
            yield f"{card.id}: {rule.because}", replace(library, exercises=cards)
    rules = library.picker.for_all
    for n, item in enumerate(rules):
        picker = replace(library.picker, for_all=rules[:n] + rules[n + 1 :])
        yield item.rule.because, replace(library, picker=picker)
    holds = library.picker.holds
    for n, hold in enumerate(holds):
        picker = replace(library.picker, holds=holds[:n] + holds[n + 1 :])
        yield f"{hold.asks}: {hold.rule.because}", replace(library, picker=picker)


def test_every_skip_rule_that_is_dropped_is_noticed() -> None:
    told = [cleared(facts) for facts in CONDITIONS]
    told += [
        minimal_profile(**{f"red_flags.{key}": "yes"})
        for key in ("leg_weakness_mild", "leg_numbness", "missed_periods_3")
    ]
    told.append(minimal_profile(**{"diagnoses.vertebral_fracture": "self_suspected"}))
    told.append(cleared(RF28_PATTERN))
    told += [
        cleared({**RF25_CHECKED, f"red_flags.{key}": "yes"})
        for key in ("told_no_exercise", "blood_pressure_uncontrolled")
    ]
    asked = [
        (facts_of(p), set(exercises_forbidden(p)) - barred_beyond_the_table(p))
        for p in told
    ]
    survivors, number = set(), 0
    for name, library in _damaged():
        number += 1
        card = {name.partition(":")[0]} & set(ALL_EXERCISES)
        if any(
            form_of(shown, select(facts_of(cleared(facts)), library).facts, library)
            != form
            for facts, shown, form in FORMS
        ) or any(
            has_harder(shown, select(facts_of(cleared(facts)), library).facts, library)
            for facts, shown in NO_HARDER
        ):
            continue
        # Only where its card is barred can the loss of a rule show.
        if all(
            wanted <= barred(select(facts, library))
            for facts, wanted in asked
            if card <= wanted
        ):
            survivors.add(name)
    assert number >= 100
    assert survivors == TWICE


# --- how many, and in which order ---------------------------------------------


@pytest.mark.parametrize("wanted", [3, 4, 5, 6, 7, 8, None])
@pytest.mark.parametrize("nrs", [1, 4, 6])
def test_the_wished_number_is_the_limit(wanted: int | None, nrs: int) -> None:
    scores = {"symptoms.nrs_now": nrs, "symptoms.nrs_usual_24h": nrs}
    profile = trained(**scores, n_exercises=wanted)
    profile["symptoms"]["onset_weeks"] = 8
    picks = chosen(picked(profile))
    assert 3 <= len(picks) <= (wanted or 5)


@pytest.mark.parametrize(("nrs", "level"), [(6, "A"), (4, "B"), (1, "C")])
def test_the_minutes_are_kept_and_used(nrs: int, level: str) -> None:
    scores = {"symptoms.nrs_now": nrs, "symptoms.nrs_usual_24h": nrs}
    profile = trained(**scores, n_exercises=8)
    profile["symptoms"]["onset_weeks"] = 8
    selection = picked(profile)
    assert selection.facts["derived.exercise_level"] == level
    used = sum(pick.exercise.minutes for pick in chosen(selection))
    assert used <= MINUTES[level]
    if len(chosen(selection)) < 8:
        left = [p.exercise for p in selection.picks if p.reason == "enough others"]
        assert left or level == "A"  # there all five that suit anybody fit in
        assert all(used + card.minutes > MINUTES[level] for card in left)


def test_more_wished_never_gives_less() -> None:
    for seed in range(200):
        counts = []
        for wanted in range(3, 9):
            profile = quiet_profile(seed) | {"n_exercises": wanted}
            counts.append(len(chosen(picked(profile))))
        assert counts == sorted(counts)


def test_the_strong_level_trains_one_leg_at_a_time() -> None:
    profile = trained(**{"symptoms.nrs_now": 1, "symptoms.nrs_usual_24h": 1})
    selection = picked(profile)
    assert selection.facts["derived.exercise_level"] == "C"
    assert len(ids(chosen(selection)) & SINGLE_LEG) >= 2
    put(profile, "abilities.cannot_do", ["X12", "X14", "X17"])
    assert ids(chosen(picked(profile))) & SINGLE_LEG == {"X15"}


@pytest.mark.parametrize(
    ("nrs", "wanted", "mix"),
    [
        # docs/evidence.md, section 6.1: 1 move, 1 front, 1 back or side, 2 leg and hip,
        # 1 stretch.
        (4, 6, {"move": 1, "front": 1, "back_side": 1, "leg_hip": 2, "stretch": 1}),
        (1, 5, {"front": 1, "back_side": 1, "leg_hip": 2, "stretch": 1}),
        # With fewer, legs and hips come first: they matter most for runners.
        (4, 4, {"move": 1, "front": 1, "leg_hip": 2}),
        (4, 3, {"move": 1, "leg_hip": 2}),
        (1, 3, {"front": 1, "leg_hip": 2}),
        (6, 3, {"move": 1, "leg_hip": 2}),
    ],
)
def test_there_is_a_mix(nrs: int, wanted: int, mix: dict[str, int]) -> None:
    scores = {"symptoms.nrs_now": nrs, "symptoms.nrs_usual_24h": nrs}
    profile = trained(**scores, n_exercises=wanted)
    profile["symptoms"]["onset_weeks"] = 8
    picks = chosen(picked(profile))
    assert Counter(pick.exercise.slot for pick in picks) == mix


@pytest.mark.parametrize(
    ("worse", "better", "first", "never"),
    [
        (["bend_back"], ["lean_forward"], "X03", "X20"),
        (["sit"], ["walk"], "X20", "X03"),
    ],
)
def test_the_direction_that_eases_comes_first(
    worse: list[str], better: list[str], first: str, never: str
) -> None:
    profile = trained(**{"symptoms.aggravators": worse, "symptoms.easers": better})
    picks = chosen(picked(profile))
    assert picks[0].exercise.id == first
    assert never not in ids(picks)
    profile["symptoms"] |= {"aggravators": [], "easers": []}
    assert not ids(chosen(picked(profile))) & {"X03", "X20"}


def test_the_choice_is_always_the_same() -> None:
    for seed in range(100):
        profile = quiet_profile(seed)
        other = {key: profile[key] for key in sorted(profile, reverse=True)}
        first = [(p.exercise.id, p.is_chosen, p.reason) for p in picked(profile).picks]
        again = [(p.exercise.id, p.is_chosen, p.reason) for p in picked(other).picks]
        assert first == again


def test_chosen_ones_come_first_and_the_others_have_a_reason() -> None:
    for seed in range(200):
        picks = picked(quiet_profile(seed)).picks
        flags = [pick.is_chosen for pick in picks]
        assert flags == sorted(flags, reverse=True)
        assert all(bool(pick.reason) is not pick.is_chosen for pick in picks)


# --- variants, not skips ------------------------------------------------------


@pytest.mark.parametrize(("facts", "card", "form"), FORMS)
def test_evidence_6_2_changes_the_way_of_a_card(
    facts: dict[str, Any], card: str, form: str
) -> None:
    assert form_of(card, picked(cleared(facts)).facts, _cards_only()) == form


def test_two_reasons_at_once_find_a_way_that_suits_both() -> None:
    cards = _cards_only().exercises
    both = {"lie-on-front": "a", "long-hold": "b"}
    assert cards["X09"].form_for(both).id == "wall-short"  # type: ignore[union-attr]
    both = {"arch-back": "a", "round-far": "b"}
    assert cards["X04"].form_for(both).id == "forearms"  # type: ignore[union-attr]
    both = {"get-to-floor": "a", "lift-high": "b"}
    assert cards["X05"].form_for(both).id == "bed"  # type: ignore[union-attr]
    assert cards["X05"].form_for({"lie-on-back": "a"}) is None


def test_nobody_gets_a_way_that_asks_for_what_is_held() -> None:
    told: Counter[str] = Counter()
    for seed in range(1_500):
        selection = picked(quiet_profile(seed))
        held = _cards_only().picker.held(selection.facts)
        for pick in chosen(selection):
            form, usual = pick.form, pick.exercise.forms[0]
            assert not set(form.asks) & set(held)
            assert bool(form.id) == bool(set(usual.asks) & set(held))
            assert bool(pick.because) == bool(form.id)
            assert not (form.easier and set(form.easier_asks) & set(held))
            assert not (form.harder and set(form.harder_asks) & set(held))
            told[f"{pick.exercise.id} {form.id}".strip()] += 1
    assert sum(1 for name in told if " " in name) > 12

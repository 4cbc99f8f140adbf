"""Loading a profile: what is valid loads, what is not is refused with every finding."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from backguide.cli import main
from backguide.errors import ExitCode, ProfileError
from backguide.profile.load import load_profile, profile_from_bytes
from clinical_oracle import REQUIRED_RED_FLAGS
from strategies import (
    FIXED_DAY,
    GROUPS,
    RUNNING_BLOCK,
    SCHEMA,
    SPA_BLOCK,
    as_bytes,
    in_clinic,
    minimal_profile,
    profiles,
    put,
    spec_of,
    without_pain,
)

RawProfile = dict[str, Any]
ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "profiles"
PERSONAS = sorted((ROOT / "profiles").glob("*.json"))
VALID = sorted((DATA / "valid").glob("*.json"))
INVALID = sorted((DATA / "invalid").glob("*.json"))


def load(profile: RawProfile) -> Any:
    return profile_from_bytes(as_bytes(profile), "p.json")


def findings(profile: RawProfile) -> set[tuple[str, str]]:
    """Return field and code of every finding; empty for a valid profile."""
    try:
        load(profile)
    except ProfileError as error:
        return {(problem.where, problem.code) for problem in error.problems}
    return set()


# --- files --------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PERSONAS, *VALID], ids=lambda path: path.stem)
def test_valid_files_load(path: Path) -> None:
    profile = load_profile(path)
    assert profile.get("mode") in ("self", "clinic")
    assert len(profile.sha256) == 64


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid_files_are_refused_with_the_whole_message(
    path: Path, update_golden: bool
) -> None:
    result = CliRunner().invoke(main, ["check", str(path)])
    assert result.exit_code == ExitCode.PROFILE_INVALID
    assert result.stdout == ""
    expected = path.with_suffix(".errors.txt")
    if update_golden:
        expected.write_text(result.stderr, "utf-8")
    assert result.stderr == expected.read_text("utf-8")


def test_every_invalid_file_has_its_twin_and_is_in_the_table() -> None:
    assert len(INVALID) >= 25
    twins = {path.with_suffix(".errors.txt") for path in INVALID}
    assert twins == set((DATA / "invalid").glob("*.txt"))
    table = (ROOT / "tests" / "data" / "README.md").read_text("utf-8")
    for path in [*INVALID, *VALID]:
        assert f"`{path.relative_to(ROOT / 'tests' / 'data')}`" in table


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_no_message_repeats_a_text_of_the_file(path: Path) -> None:
    told = path.with_suffix(".errors.txt").read_text("utf-8")
    assert "Quillfeather" not in told.replace(path.name, "")
    assert str(ROOT) not in told


# --- strategies ---------------------------------------------------------------


@given(profiles())
def test_every_drawn_profile_loads(profile: RawProfile) -> None:
    assert findings(profile) == set()


@pytest.mark.parametrize("mode", ["self", "clinic"])
def test_the_mode_can_be_chosen(mode: str) -> None:
    @given(profiles(mode))
    def check(profile: RawProfile) -> None:
        assert load(profile).get("mode") == mode

    check()


# --- the smallest profiles ----------------------------------------------------


@pytest.mark.parametrize("make", [minimal_profile, without_pain, in_clinic])
def test_the_smallest_profiles_load(make: Callable[[], RawProfile]) -> None:
    assert findings(make()) == set()


REQUIRED = sorted(
    [n for n in SCHEMA["required"] if n not in GROUPS]
    + ["person.age_years", "symptoms.has_back_pain", "running.runner_status"]
    + [f"red_flags.{key}" for key in REQUIRED_RED_FLAGS]
    + ["person", "symptoms", "red_flags", "running"]
)


@pytest.mark.parametrize("path", REQUIRED)
def test_a_required_field_is_missed(path: str) -> None:
    assert (path, "E_MISSING") in findings(minimal_profile(**{path: ...}))


@pytest.mark.parametrize("key", REQUIRED_RED_FLAGS)
@pytest.mark.parametrize("answer", [None, "unknown"])
def test_a_safety_question_may_be_left_open_but_not_out(
    key: str, answer: str | None
) -> None:
    profile = minimal_profile(**{f"red_flags.{key}": answer})
    assert load(profile).get(f"red_flags.{key}") is None


def test_an_unknown_field_is_refused_in_every_group() -> None:
    for group in GROUPS:
        profile = in_clinic(**{f"{group}.quillfeather": 1})
        assert (group, "E_UNKNOWN_FIELD") in findings(profile)
    top = minimal_profile(quillfeather=1)
    assert findings(top) == {("the profile", "E_UNKNOWN_FIELD")}


# --- conditional requirements -------------------------------------------------

CURRENT = (
    "site", "onset_type", "nrs_now", "nrs_usual_24h", "radiation", "aggravators",
    "easers",
)  # fmt: skip


@pytest.mark.parametrize("name", CURRENT)
@pytest.mark.parametrize("value", [None, ...])
def test_back_pain_now_needs_the_first_answers(name: str, value: Any) -> None:
    where = f"symptoms.{name}"
    profile = minimal_profile(**{where: value})
    code = "E_TYPE" if value is None else "E_MISSING"
    assert findings(profile) == {(where, code)}
    profile["symptoms"] = {"has_back_pain": "past_only"}
    assert findings(profile) == set()


def test_back_pain_now_needs_a_time() -> None:
    weeks, since = {"symptoms.onset_weeks": ...}, {"symptoms.onset_date": "2026-11-02"}
    assert findings(minimal_profile(**weeks)) == {("symptoms", "E_MISSING")}
    assert findings(minimal_profile(**weeks, **since)) == set()
    nulls = {"symptoms.onset_weeks": None, "symptoms.onset_date": None}
    assert ("symptoms", "E_MISSING") in findings(minimal_profile(**nulls))


@pytest.mark.parametrize("radiation", ["none", "buttock", "thigh", "below_knee"])
@pytest.mark.parametrize("name", ["radiation_side", "leg_quality"])
def test_pain_past_the_back_needs_side_and_feeling(radiation: str, name: str) -> None:
    facts = {"symptoms.radiation_side": "left", "symptoms.leg_quality": []}
    facts |= {"symptoms.radiation": radiation, f"symptoms.{name}": ...}
    expected = set() if radiation == "none" else {(f"symptoms.{name}", "E_MISSING")}
    assert findings(minimal_profile(**facts)) == expected


def ago(days: int) -> str:
    return FIXED_DAY.fromordinal(FIXED_DAY.toordinal() - days).isoformat()


BY_WEEKS = [({"symptoms.onset_weeks": 11}, False), ({"symptoms.onset_weeks": 12}, True)]
BY_DATE = [
    ({"symptoms.onset_weeks": unset, "symptoms.onset_date": ago(days)}, days >= 84)
    for unset in (..., None)
    for days in (83, 84)
]


@pytest.mark.parametrize(("since", "is_long"), [*BY_WEEKS, *BY_DATE])
def test_12_weeks_of_pain_need_the_questions_about_long_pain(
    since: dict[str, Any], is_long: bool
) -> None:
    expected = {("spa", "E_MISSING")} if is_long else set()
    assert findings(minimal_profile(**since)) == expected
    answered = minimal_profile(**since, spa=dict.fromkeys(SPA_BLOCK))
    assert findings(answered) == set()
    del answered["spa"]["psoriasis"]
    expected = {("spa.psoriasis", "E_MISSING")} if is_long else set()
    assert findings(answered) == expected
    answered["symptoms"] = {"has_back_pain": "past_only"}
    assert findings(answered) == set()


@pytest.mark.parametrize(
    "status", ["new", "returning", "current", "injured_stopped", "non_runner_wants_to"]
)
@pytest.mark.parametrize(
    ("facts", "asks"),
    [
        ({"symptoms.site": ["central_low"]}, False),
        ({"symptoms.site": ["groin", "sacrum"]}, True),
        ({"symptoms.site": ["buttock_l"]}, True),
        ({"symptoms.site": ["buttock_r"]}, True),
        *BY_WEEKS,
        *BY_DATE,
    ],
)
def test_a_runner_with_such_pain_needs_the_running_block(
    status: str, facts: dict[str, Any], asks: bool
) -> None:
    runs = {
        "spa": dict.fromkeys(SPA_BLOCK),
        "running.runner_status": status,
        "running.weeks_since_last_run": 1,
        "running.weekly_distance_km": 20,
        "running.runs_per_week": 2,
        "running.longest_run_30d_km": 12,
    }
    asks = asks and status in ("returning", "current", "injured_stopped")
    missing = {(f"red_flags.{key}", "E_MISSING") for key in RUNNING_BLOCK}
    profile = minimal_profile(**runs, **facts)
    assert findings(profile) == (missing if asks else set())
    profile["red_flags"] |= dict.fromkeys(RUNNING_BLOCK)
    assert findings(profile) == set()


@pytest.mark.parametrize("mode", ["self", "clinic"])
@pytest.mark.parametrize(
    ("status", "asks"),
    [("returning", True), ("injured_stopped", True), ("new", False)],
)
def test_weeks_since_the_last_run_are_needed_alone(
    mode: str, status: str, asks: bool
) -> None:
    make = in_clinic if mode == "clinic" else minimal_profile
    profile = make(**{"running.runner_status": status})
    expected = {("running.weeks_since_last_run", "E_MISSING")}
    assert findings(profile) == (expected if asks and mode == "self" else set())


@pytest.mark.parametrize(
    "name", ["weekly_distance_km", "runs_per_week", "longest_run_30d_km"]
)
def test_a_current_runner_tells_how_much(name: str) -> None:
    facts = {
        "running.runner_status": "current",
        "running.weeks_since_last_run": 0,
        "running.weekly_distance_km": 20,
        "running.runs_per_week": 2,
        "running.longest_run_30d_km": 12,
    }
    assert findings(minimal_profile(**facts)) == set()
    where = f"running.{name}"
    assert findings(minimal_profile(**(facts | {where: ...}))) == {(where, "E_MISSING")}
    assert findings(minimal_profile(**(facts | {where: None}))) == {(where, "E_TYPE")}


@pytest.mark.parametrize("pool", ["access_pool_deep", "access_pool_swim"])
def test_a_pool_asks_whether_one_can_swim(pool: str) -> None:
    where = "abilities.can_swim"
    wet = {f"abilities.{pool}": True}
    assert findings(minimal_profile(**wet)) == {(where, "E_MISSING")}
    assert findings(minimal_profile(**wet, **{where: "no"})) == set()
    assert findings(minimal_profile(**{f"abilities.{pool}": False})) == set()
    assert findings(in_clinic(**wet)) == set()


def test_a_clinic_profile_may_leave_the_clinic_to_the_clinic_file() -> None:
    """Who the clinician is may stand in the clinic file, so it is asked for later."""
    for path in ("person.first_name", "clinic.clinician_name", "clinic"):
        assert findings(in_clinic(**{path: ...})) == set()


@pytest.mark.parametrize(
    ("age", "alone"), [(15, False), (16, False), (17, False), (18, True)]
)
def test_age(age: int, alone: bool) -> None:
    facts = {"person.age_years": age}
    assert (findings(minimal_profile(**facts)) == set()) is alone
    assert (findings(in_clinic(**facts)) == set()) is (age >= 16)


TRIO = {
    "red_flags_cleared_by": "Dr Lee",
    "red_flags_cleared_date": "2026-11-20",
    "red_flags_cleared": ["RF26"],
}


@pytest.mark.parametrize("missing", TRIO)
@pytest.mark.parametrize("value", [None, ...])
def test_a_clearance_needs_name_date_and_signs(missing: str, value: Any) -> None:
    clearance: dict[str, Any] = {f"clearance.{name}": v for name, v in TRIO.items()}
    assert findings(in_clinic(**clearance)) == set()
    clearance[f"clearance.{missing}"] = value
    found = findings(in_clinic(**clearance))
    assert {where for where, _ in found} == {f"clearance.{missing}"}


@pytest.mark.parametrize(
    "clearance",
    [{}, {"clinician_clearance_running": True}, TRIO, {"clearance_note": None}],
)
def test_nobody_clears_himself(clearance: dict[str, Any]) -> None:
    profile = minimal_profile(clearance=clearance)
    assert ("clearance", "E_NOT_ALLOWED") in findings(profile)
    assert findings(in_clinic(clearance=clearance)) == set()


# --- ranges, from the schema, on both sides -----------------------------------


def _limits() -> list[tuple[str, float, float]]:
    found = []
    for group in GROUPS:
        for name, spec in SCHEMA["properties"][group]["properties"].items():
            if "minimum" in spec:
                step = 1 if "integer" in spec["type"] else 0.1
                found.append(
                    (f"{group}.{name}", spec["minimum"] - step, spec["minimum"])
                )
                found.append(
                    (f"{group}.{name}", spec["maximum"] + step, spec["maximum"])
                )
    return found


@pytest.mark.parametrize(("path", "outside", "inside"), _limits())
def test_range(path: str, outside: float, inside: float) -> None:
    ranged = (path, "E_RANGE")
    assert ranged in findings(in_clinic(**{path: outside}))
    assert ranged not in findings(in_clinic(**{path: inside}))


@pytest.mark.parametrize("value", ["3", True, [3], {"a": 3}, 3.5])
def test_a_whole_number_is_a_whole_number(value: Any) -> None:
    assert findings(minimal_profile(**{"symptoms.nrs_now": value})) == {
        ("symptoms.nrs_now", "E_TYPE")
    }


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-30",
        "2026-2-3",
        "20260203",
        "2026-W05-2",
        "03/02/2026",
        "2026-02-03\n",
        "",
    ],
)
def test_a_date_is_a_date(value: str) -> None:
    found = findings(in_clinic(**{"clinic.next_appointment": value}))
    assert ("clinic.next_appointment", "E_FORMAT") in found


@pytest.mark.parametrize(
    "value", ["../etc", "a b", "-a", "_a", "a\n", "ä", "a.b", "a/b", "", "a" * 33]
)
def test_a_profile_id_is_safe_in_a_file_name(value: str) -> None:
    assert {where for where, _ in findings(minimal_profile(profile_id=value))} == {
        "profile_id"
    }


@pytest.mark.parametrize("value", ["a", "7", "A-b_9", "a" * 32])
def test_a_good_profile_id(value: str) -> None:
    assert load(minimal_profile(profile_id=value)).get("profile_id") == value


# --- hash ---------------------------------------------------------------------


def test_the_hash_follows_the_answers_and_nothing_else() -> None:
    base = minimal_profile(**{"symptoms.aggravators": ["sit", "walk"]})
    first = load(base).sha256
    spaced = json.dumps(base, indent=3, ensure_ascii=True).encode()
    assert profile_from_bytes(spaced, "other name.json").sha256 == first
    turned = minimal_profile(**{"symptoms.aggravators": ["walk", "sit"]})
    assert load(turned).sha256 == first
    null = minimal_profile(**{"symptoms.aggravators": ["sit", "walk"], "length": None})
    assert load(null).sha256 == first
    for path, value in [
        ("symptoms.nrs_now", 2),
        ("red_flags.bladder_change", "unknown"),
        ("symptoms.aggravators", ["sit"]),
        ("person.first_name", "Ann"),
    ]:
        other = json.loads(json.dumps(base))
        put(other, path, value)
        assert load(other).sha256 != first, path


@given(profiles(), st.sampled_from(sorted(REQUIRED_RED_FLAGS)))
def test_two_answers_never_share_a_hash(profile: RawProfile, key: str) -> None:
    before = load(profile).sha256
    answer = profile["red_flags"][key]
    profile["red_flags"][key] = "no" if answer != "no" else "unknown"
    assert load(profile).sha256 != before


def test_the_answers_stay_as_they_were_given() -> None:
    raw = minimal_profile(**{"person.first_name": "Jose\u0301"})
    profile = load(raw)
    assert profile.data["person"]["first_name"] == "Jos\u00e9"
    assert profile.get("person.first_name") == "Jos\u00e9"
    assert "onset_date" not in profile.data["symptoms"]
    counted = minimal_profile(
        **{"symptoms.onset_weeks": ..., "symptoms.onset_date": "2026-11-02"}
    )
    assert "onset_weeks" not in load(counted).data["symptoms"]


def test_units_stand_in_the_title_line_of_a_range() -> None:
    with pytest.raises(ProfileError) as caught:
        load(minimal_profile(**{"person.height_cm": 1.75}))
    told = str(caught.value)
    assert "Height (person.height_cm): expected a number (cm) from 120 to 220" in told
    assert "1.75 m is 175 cm" in told
    assert spec_of("person.height_cm")["title"] == "Height"

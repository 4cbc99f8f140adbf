"""Raw profiles for tests: the smallest valid one, random ones, and Hypothesis.

The strategies follow ``schema.json``: types, choices, ranges, nulls and optional
keys all come from it, so a new field is drawn without a change here. Then the
rules that reach across fields are repaired. Numbers aim at the limits of the
schema, of ``thresholds.toml`` and of the second clinical table, and one step to
each side of them.
"""

import copy
import json
import random
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from backguide.resources import printable_ranges, schema_text, templates_root
from clinical_oracle import (
    CREATED_DATE,
    FIELDS,
    GATED_DIAGNOSES,
    OPTIONAL_RED_FLAGS,
    REQUIRED_RED_FLAGS,
    SPA_SIGNS,
    TOLD,
)
from exercise_oracle import (
    EXERCISE_FIELDS,
)

RawProfile = dict[str, Any]

FIXED_DAY = date.fromisoformat(CREATED_DATE)
SCHEMA: Mapping[str, Any] = json.loads(schema_text())
GROUPS = (
    "person", "symptoms", "red_flags", "spa", "clearance", "diagnoses", "running",
    "abilities", "clinic",
)  # fmt: skip
RUNNING_BLOCK = (
    "hop_pain", "impact_bone_pain", "past_stress_fracture", "missed_periods_3",
    "low_libido", "always_tired_cold", "restrict_food", "repeat_injury",
)  # fmt: skip
SPA_BLOCK = ("age_at_onset", *SPA_SIGNS, "uveitis", "ibd")


# --- the smallest valid profile -----------------------------------------------


def minimal_profile(**facts: Any) -> RawProfile:
    """Return a small valid profile with the given facts, by dotted path.

    Calm back pain for 3 weeks in somebody of 40 who is new to running; every
    safety question is answered with no. The value ``...`` removes a field.
    """
    profile: RawProfile = {
        "schema_version": "1.1",
        "mode": "self",
        "created_date": CREATED_DATE,
        "locale": "en-GB",
        "language": "en",
        "units_distance": "km",
        "paper_size": "A4",
        "person": {"age_years": 40},
        "symptoms": {
            "has_back_pain": "current",
            "site": ["central_low"],
            "onset_weeks": 3,
            "onset_type": "gradual",
            "nrs_now": 3,
            "nrs_usual_24h": 3,
            "radiation": "none",
            "aggravators": [],
            "easers": [],
        },
        "red_flags": dict.fromkeys(REQUIRED_RED_FLAGS, "no"),
        "running": {"runner_status": "new"},
    }
    for path, value in facts.items():
        put(profile, path, value)
    return profile


def put(profile: RawProfile, path: str, value: Any) -> None:
    """Set the field at a dotted path; the value ``...`` removes it."""
    *groups, name = path.split(".")
    node = profile
    for group in groups:
        node = node.setdefault(group, {})
    if value is ...:
        node.pop(name, None)
    else:
        node[name] = copy.deepcopy(value)


def without_pain(**facts: Any) -> RawProfile:
    """Return the smallest profile of somebody without back pain at present."""
    return minimal_profile(**{"symptoms": {"has_back_pain": "never"}, **facts})


def in_clinic(**facts: Any) -> RawProfile:
    """Return the smallest profile that a clinician fills in."""
    clinic = {"clinician_name": "Duty clinician", "clinician_role": "Physiotherapist"}
    return minimal_profile(
        **{"mode": "clinic", "person.first_name": "Sam", "clinic": clinic, **facts}
    )


def as_bytes(profile: RawProfile) -> bytes:
    """Return a profile as the bytes of a file."""
    return json.dumps(profile, ensure_ascii=False).encode("utf-8", "surrogatepass")


# --- seeded random profiles, from the second table's own values ---------------


def random_profile(seed: int, *, calm: float = 0.95) -> RawProfile:
    """Return a raw profile with values from the second table's field lists.

    It holds every fact that triage or an exercise rule looks at, and nothing
    else; so it need not be a valid profile file. ``calm`` is the chance that a
    red flag question is plainly answered with no.
    """
    rng = random.Random(seed)
    profile: RawProfile = {}
    for path, values in [*FIELDS.items(), *EXERCISE_FIELDS.items()]:
        is_calm = path.startswith("red_flags.") and rng.random() < calm
        value = "no" if is_calm else rng.choice(values)
        group, _, name = path.rpartition(".")
        node = profile.setdefault(group, {}) if group else profile
        node[name] = list(value) if isinstance(value, list) else value
    symptoms = profile["symptoms"]
    if symptoms["nrs_now"] is None or symptoms["nrs_usual_24h"] is None:
        # A valid profile with back pain now has both scores; without, none here.
        symptoms["nrs_now"] = symptoms["nrs_usual_24h"] = None
    if profile["clearance"]["red_flags_cleared_by"] == "":
        profile["clearance"]["red_flags_cleared_by"] = None
    if profile["diagnoses"]["spinal_surgery"] != TOLD:
        profile["diagnoses"] |= {"surgery_date": None, "surgery_type": None}
    return profile


def quiet_profile(seed: int) -> RawProfile:
    """Return a random profile without what makes nearly everybody SOON.

    Pain that is strong or does not get better, weak and numb legs, and most told
    spine conditions are left out; so most of these profiles may exercise.
    """
    rng = random.Random(-1 - seed)
    profile = random_profile(seed, calm=0.999)
    symptoms, diagnoses = profile["symptoms"], profile["diagnoses"]
    symptoms |= {"improving": "better", "stops_daily_life": False, "leg_quality": []}
    symptoms["leg_worse_than_back"] = False
    symptoms["site"] = ["groin"]
    scores = rng.choice([(1, 2), (2, 2), (3, 3), (4, 2), (5, 5), (6, 6), (None, None)])
    symptoms["nrs_now"], symptoms["nrs_usual_24h"] = scores
    profile["person"]["weight_kg"] = None
    profile["spa"] = {}
    kept = rng.sample(GATED_DIAGNOSES, rng.choice([0, 0, 1, 2]))
    for name in set(GATED_DIAGNOSES) - set(kept):
        diagnoses[name] = "no"
    if diagnoses["spinal_surgery"] != TOLD:
        diagnoses |= {"surgery_date": None, "surgery_type": None}
    if any(diagnoses[name] == TOLD for name in kept) and rng.random() < 0.7:
        profile["mode"] = "clinic"
        profile["clearance"]["clinician_clearance_running"] = True
    profile["n_exercises"] = rng.choice([None, 3, 4, 5, 6, 7, 8])
    return profile


# --- strategies ---------------------------------------------------------------


@cache
def _named_numbers() -> tuple[float, ...]:
    """Return every number of ``thresholds.toml``."""
    text = (templates_root() / "thresholds.toml").read_text("utf-8")
    tables = tomllib.loads(text).values()
    return tuple(table["value"] for table in tables if isinstance(table, dict))


def spec_of(path: str) -> Mapping[str, Any]:
    """Return the schema of a field by its dotted path."""
    node = SCHEMA
    for name in path.split("."):
        node = node["properties"][name]
    return node


def interesting_numbers(path: str) -> list[float]:
    """Return the numbers where something may change: limits, and one step beside."""
    spec = spec_of(path)
    low, high = spec["minimum"], spec["maximum"]
    marks = [*_named_numbers(), low, high, 6, 12, 50, 51, 20, 26, 45, 35]
    marks += [v for v in FIELDS.get(path, ()) if isinstance(v, int | float)]
    marks += [v for v in EXERCISE_FIELDS.get(path, ()) if isinstance(v, int | float)]
    whole = "integer" in spec["type"]
    step = 1 if whole else 0.1
    beside = {round(m + d, 1) for m in marks for d in (-step, 0, step)}
    return sorted(
        {int(n) if whole or n == int(n) else n for n in beside if low <= n <= high}
    )


def numbers(path: str) -> st.SearchStrategy[float]:
    """Draw a number of the field, mostly where something may change."""
    spec = spec_of(path)
    low, high = spec["minimum"], spec["maximum"]
    anywhere: st.SearchStrategy[float]
    if "integer" in spec["type"]:
        anywhere = st.integers(low, high)
    else:
        tenths = st.integers(int(low * 10), int(high * 10))
        anywhere = tenths.map(lambda n: n // 10 if n % 10 == 0 else n / 10)
    return st.one_of(st.sampled_from(interesting_numbers(path)), anywhere)


@cache
def _letters() -> str:
    """Return letters and marks that print, blanks left out."""
    wanted = [
        chr(code)
        for first, last in printable_ranges()
        for code in range(first, last + 1)
        if not 0x7F <= code <= 0xA0 and code > 0x20 and not 0x2000 <= code <= 0x206F
    ]
    return "".join(c for c in wanted if c.isalpha() or c in "'-.,<>&\"/#{}()0123456789")


def texts(spec: Mapping[str, Any], name: str) -> st.SearchStrategy[str]:
    """Draw a text of a field; markup, quotes and accents are likely."""
    most = min(spec.get("maxLength", 60), 60)
    if name == "profile_id":
        return st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", fullmatch=True)
    if name == "email":
        return st.sampled_from(["a@b", "front.desk@example.org"])
    if name in ("web", "$schema"):
        return st.sampled_from(["example.org", "https://example.org/a?b=c&d=<e>"])
    tricky = [
        t for t in ("<b>Ann", "O'Neil & Sons", "Zoë", "a<b", "{id}") if len(t) <= most
    ]
    letters = st.text(st.sampled_from(_letters()), min_size=1, max_size=most)
    return st.one_of(st.sampled_from(tricky), letters)


def dates() -> st.SearchStrategy[str]:
    """Draw a day around the day of the tests, mostly at whole weeks."""
    near = st.sampled_from(
        [-365, -91, -90, -85, -84, -83, -42, -41, -14, -13, -7, -1, 0]
    )
    later = st.sampled_from([1, 55, 56, 57, 120])
    days = st.one_of(near, later, st.integers(-4000, 400))
    return days.map(lambda n: (FIXED_DAY + timedelta(days=n)).isoformat())


@cache
def answers(path: str, *, may_be_null: bool = True) -> st.SearchStrategy[Any]:
    """Draw an answer that the schema allows for one field."""
    spec, name = spec_of(path), path.rpartition(".")[2]
    kinds = spec.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    drawn: st.SearchStrategy[Any]
    if "enum" in spec:
        choices = [c for c in spec["enum"] if c is not None or may_be_null]
        return st.sampled_from(choices)
    if path == "symptoms.function_psfs":
        row = {"activity": st.sampled_from(["Put on socks", "Run <5 km & rest"]),
               "score_0_10": st.integers(0, 10)}  # fmt: skip
        drawn = st.lists(st.fixed_dictionaries(row), max_size=3)
    elif "array" in kinds:
        drawn = st.lists(
            st.sampled_from(spec["items"]["enum"]),
            unique=True,
            min_size=spec.get("minItems", 0),
            max_size=min(spec["maxItems"], 4),
        )
    elif "boolean" in kinds:
        drawn = st.booleans()
    elif spec.get("format") == "date":
        drawn = dates()
    elif "string" in kinds:
        drawn = texts(spec, name)
    else:
        drawn = numbers(path)
    if "null" in kinds and may_be_null:
        return st.one_of(drawn, st.none())
    return drawn


def _group(draw: st.DrawFn, group: str, needed: set[str], most: int) -> RawProfile:
    """Draw the needed fields of a group and up to ``most`` of its others."""
    names = list(SCHEMA["properties"][group]["properties"])
    answer = {
        n: draw(answers(f"{group}.{n}", may_be_null=False)) for n in sorted(needed)
    }
    others = [n for n in names if n not in needed]
    chosen = draw(st.lists(st.sampled_from(others), unique=True, max_size=most))
    return answer | {n: draw(answers(f"{group}.{n}")) for n in chosen}


def _red_flags(draw: st.DrawFn) -> RawProfile:
    """Draw the safety questions: mostly no, a few of them anything."""
    keys = [*REQUIRED_RED_FLAGS, *OPTIONAL_RED_FLAGS]
    yes_no = st.sampled_from(["yes", "unknown", None, "yes"])
    changes = draw(st.dictionaries(st.sampled_from(keys), yes_no, max_size=3))
    return dict.fromkeys(REQUIRED_RED_FLAGS, "no") | changes


@st.composite
def profiles(draw: st.DrawFn, mode: str | None = None) -> RawProfile:
    """Draw a raw profile that loads."""
    profile: RawProfile = {}
    top = [
        n
        for n in SCHEMA["properties"]
        if n not in (*GROUPS, "confirmed", "ended_early")
    ]
    required = set(SCHEMA["required"])
    for name in top:
        if name in required or draw(st.booleans()):
            profile[name] = draw(answers(name, may_be_null=name not in required))
    profile["mode"] = mode or profile["mode"]
    profile["created_date"] = CREATED_DATE
    has_pain = draw(
        st.sampled_from(["current", "current", "current", "past_only", "never"])
    )
    status = draw(answers("running.runner_status"))
    needed = {name: set() for name in GROUPS} | _needed(
        profile["mode"], has_pain, status
    )
    for group in GROUPS:
        if group == "red_flags":
            profile[group] = _red_flags(draw)
        elif group in ("symptoms", "running") or needed[group] or draw(st.booleans()):
            profile[group] = _group(draw, group, needed[group], most=6)
    profile["symptoms"]["has_back_pain"] = has_pain
    profile["running"]["runner_status"] = status
    return repaired(profile)


def _needed(mode: str, has_pain: str, status: str) -> dict[str, set[str]]:
    """Return the fields that must be answered, by group."""
    needed: dict[str, set[str]] = {"person": {"age_years"}}
    if has_pain == "current":
        needed["symptoms"] = {
            "site", "onset_type", "nrs_now", "nrs_usual_24h", "radiation",
            "aggravators", "easers", "onset_weeks",
        }  # fmt: skip
    running = set()
    if status == "current":
        running |= {"weekly_distance_km", "runs_per_week", "longest_run_30d_km"}
    if mode == "self" and status in ("current", "returning", "injured_stopped"):
        running.add("weeks_since_last_run")
    if mode == "clinic":
        needed["person"].add("first_name")
        needed["clinic"] = {"clinician_name", "clinician_role"}
    return needed | {"running": running}


def repaired(profile: RawProfile) -> RawProfile:
    """Return the profile with the rules across fields made to hold."""
    for repair in (
        _repair_mode,
        _repair_pain,
        _repair_running,
        _repair_life,
        _repair_body,
    ):
        repair(profile)
    return profile


def _repair_mode(profile: RawProfile) -> None:
    person = profile["person"]
    if profile["mode"] == "self":
        person["age_years"] = max(person["age_years"], 18)
        profile.pop("clearance", None)
        pools = profile.get("abilities", {})
        if pools.get("access_pool_deep") or pools.get("access_pool_swim"):
            pools["can_swim"] = pools.get("can_swim") or "some"
        return
    clearance = profile.get("clearance")
    if clearance is None:
        return
    trio = ("red_flags_cleared_by", "red_flags_cleared_date", "red_flags_cleared")
    if any(clearance.get(name) is not None for name in trio):
        clearance["red_flags_cleared_by"] = clearance.get(trio[0]) or "Dr <b>Lee"
        clearance["red_flags_cleared_date"] = _past(clearance.get(trio[1]))
        clearance["red_flags_cleared"] = clearance.get(trio[2]) or ["RF26", "RF27"]


def _past(day: str | None) -> str:
    """Return the day, or the day of the tests when it lies after it."""
    return min(day or CREATED_DATE, CREATED_DATE)


def _repair_pain(profile: RawProfile) -> None:
    symptoms, age = profile["symptoms"], profile["person"]["age_years"]
    if symptoms.get("onset_date") is not None:
        symptoms["onset_date"] = _past(symptoms["onset_date"])
        symptoms["onset_weeks"] = None  # one of the two; both may contradict
    elif symptoms.get("onset_weeks") is not None:
        symptoms["onset_weeks"] = min(symptoms["onset_weeks"], 52 * age)
    now, worst = symptoms.get("nrs_now"), symptoms.get("nrs_worst_week")
    if now is not None and worst is not None:
        symptoms["nrs_worst_week"] = max(worst, now)
    spa = profile.get("spa", {})
    if spa.get("age_at_onset") is not None:
        spa["age_at_onset"] = min(spa["age_at_onset"], age)
    if symptoms["has_back_pain"] != "current":
        symptoms["nrs_now"] = None
        return
    if symptoms["radiation"] != "none":
        symptoms["radiation_side"] = symptoms.get("radiation_side") or "left"
        symptoms["leg_quality"] = symptoms.get("leg_quality") or []
    profile["red_flags"] = dict.fromkeys(RUNNING_BLOCK) | profile["red_flags"]
    profile["spa"] = dict.fromkeys(SPA_BLOCK) | spa
    if symptoms["nrs_now"] == symptoms["nrs_usual_24h"] == 0:
        profile["confirmed"] = ["E_PAIN_WITHOUT_SCORE"]


def _repair_running(profile: RawProfile) -> None:
    running = profile["running"]
    status, off = running["runner_status"], running.get("weeks_since_last_run")
    if status == "current" and off is not None and off > 4:
        running["weeks_since_last_run"] = off % 5
    if (running.get("typical_pace_min_per_km") or 20) < 3:
        profile["confirmed"] = [*profile.get("confirmed", []), "E_PACE"]
    if running.get("years_running") is not None:
        running["years_running"] = min(
            running["years_running"], profile["person"]["age_years"]
        )
    weekly, longest = (
        running.get("weekly_distance_km"),
        running.get("longest_run_30d_km"),
    )
    if weekly is not None and longest is not None:
        longest = running["longest_run_30d_km"] = min(longest, round(weekly, 1))
        runs = running.get("runs_per_week")
        if runs and weekly / runs > 200:
            runs = running["runs_per_week"] = 2
        if runs and weekly / runs > longest * 1.05:
            running["longest_run_30d_km"] = round(weekly / runs, 1)
    if (race := running.get("goal_race_date")) is not None:
        running["goal_race_date"] = max(race, CREATED_DATE)


def _repair_life(profile: RawProfile) -> None:
    diagnoses, flags = profile.get("diagnoses", {}), profile["red_flags"]
    pairs = {"pregnant_weeks": ("pregnant", "yes"),
             "weeks_since_birth": ("postpartum", "yes"),
             "surgery_date": ("spinal_surgery", TOLD),
             "surgery_type": ("spinal_surgery", TOLD)}  # fmt: skip
    for name, (needs, value) in pairs.items():
        if diagnoses.get(name) is not None:
            diagnoses[needs] = value
    if diagnoses.get("surgery_date") is not None:
        diagnoses["surgery_date"] = _past(diagnoses["surgery_date"])
    if flags["pregnancy_warning"] == "yes":
        profile["diagnoses"] = diagnoses | {"pregnant": "yes"}
        diagnoses = profile["diagnoses"]
    is_mother = "yes" in (diagnoses.get("pregnant"), diagnoses.get("postpartum"))
    if is_mother or flags.get("missed_periods_3") == "yes":
        person = profile["person"]
        if person.get("sex_at_birth") == "male":
            person["sex_at_birth"] = "female"


def _repair_body(profile: RawProfile) -> None:
    person = profile["person"]
    height, weight = person.get("height_cm"), person.get("weight_kg")
    if height is None or weight is None:
        return
    bmi = weight / (height / 100) ** 2
    if not 11 <= bmi < 45:
        codes = ["E_MAYBE_POUNDS", "E_MAYBE_KILOGRAMS_WRONG"]
        profile["confirmed"] = [*profile.get("confirmed", []), *codes]

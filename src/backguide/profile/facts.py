"""What a rule may ask about: every fact, its kind, its range, its words.

Facts come from three places: the fields of ``schema.json``; the values derived
from them here (with their formulas and sources); and the result of the triage,
which ``guidance.triage`` adds. Conditions, reasons and placeholders all use the
same dotted paths, such as ``symptoms.nrs_now`` or ``derived.bmi``.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal

from backguide.profile.versions import History
from backguide.resources import schema_text

Kind = Literal["number", "choice", "yes_no", "bool", "set", "text", "date", "list"]
FactValue = float | int | str | bool | date | tuple[str, ...]
Facts = Mapping[str, FactValue]
"""Known facts only: a path that is absent was not answered, or is not computable."""

NOT_KNOWN: Final = "unknown"
"""The answer "I don't know": as a fact it is absent, like no answer."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known about one fact before anybody answers."""

    path: str
    kind: Kind
    title: str
    """Short label for people."""
    unit: str = ""
    """Unit in words, such as "hours a day"; empty if there is none."""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    """Words for each choice, usable inside a sentence."""
    question: str = ""
    sign: str = ""
    """The sign in the runner's own terms, for red flags and diagnoses."""
    urgency: str = ""
    description: str = ""
    is_derived: bool = False
    is_required: bool = False
    """Must be answered, if only in profiles of a newer version."""
    asked_if: tuple[str, ...] = ()
    """Questions of which one yes makes this one a safety question as well."""
    since: str = ""
    """Version of the format that brought the field; empty for the first."""


@cache
def schema() -> Mapping[str, Any]:
    """Return the profile's JSON Schema."""
    return MappingProxyType(json.loads(schema_text()))


def defaults_of(locale: str) -> Mapping[str, str]:
    """Return the units and the paper that are usual in a country of the schema."""
    found = schema()["properties"]["locale"]["x-defaults"]
    return MappingProxyType(found.get(locale, {}))


@cache
def history() -> History:
    """Return the versions of the profile format."""
    return History(schema())


@cache
def known_facts() -> Mapping[str, Fact]:
    """Return every fact by its path: profile fields, derived and triage facts.

    A retired field is no fact: no rule and no text may ask for it.
    """
    facts = {fact.path: fact for fact in _schema_facts(dict(schema()), "")}
    facts |= {fact.path: fact for fact in _DERIVED_FACTS}
    return MappingProxyType(facts)


def _schema_facts(node: Mapping[str, Any], prefix: str) -> Iterator[Fact]:
    required, later = set(node.get("required", ())), history().demanded_later()
    for name, spec in node.get("properties", {}).items():
        path = f"{prefix}.{name}" if prefix else name
        if "properties" in spec:
            yield from _schema_facts(spec, path)
        elif name != "$schema" and "x-retired" not in spec:
            yield _schema_fact(path, spec, name in required or path in later)


def _schema_fact(path: str, spec: Mapping[str, Any], is_required: bool) -> Fact:
    items = spec.get("items", {})
    source = items if spec.get("type") == "array" or "items" in spec else spec
    choices = tuple(v for v in source.get("enum", ()) if isinstance(v, str))
    return Fact(
        path=path,
        kind=_kind(spec),
        title=str(spec.get("title", path)),
        unit=str(spec.get("x-unit", "")),
        minimum=spec.get("minimum"),
        maximum=spec.get("maximum"),
        choices=choices,
        labels=MappingProxyType(dict(source.get("x-labels", spec.get("x-labels", {})))),
        question=str(spec.get("x-question", "")),
        sign=str(spec.get("x-sign", "")),
        urgency=str(spec.get("x-urgency", "")),
        description=str(spec.get("description", "")),
        is_required=is_required,
        asked_if=tuple(spec.get("x-asked-if", ())),
        since=str(spec.get("x-since", "")),
    )


def _kind(spec: Mapping[str, Any]) -> Kind:
    if spec.get("x-kind") == "yes_no":
        return "yes_no"
    if spec.get("format") == "date":
        return "date"
    kinds = spec.get("type", [])
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if "array" in kinds:
        return "set" if "enum" in spec.get("items", {}) else "list"
    if "enum" in spec or "const" in spec:
        return "choice"
    if "boolean" in kinds:
        return "bool"
    return "number" if kinds & {"integer", "number"} else "text"


def facts_of(data: Mapping[str, Any], day: date | None = None) -> dict[str, FactValue]:
    """Return the known facts of a profile, derived ones included.

    Args:
        data: A nested profile; complete, or only a part of one (an example).
        day: The day on which they are judged. None, or a day before that of the
            answers, for the day of the answers.

    Returns:
        Path to value. Not answered, null and the answer "unknown" are absent.
    """
    facts: dict[str, FactValue] = {}
    _flatten(data, "", facts)
    given = facts.get("created_date")
    if isinstance(given, date):
        day = given if day is None else max(given, day)
        _count_on(facts, (day - given).days // 7)
        _derive_times(facts, day)
    for derive in _DERIVATIONS:
        derive(facts)
    return facts


COUNTED_WEEKS: Final = (
    "symptoms.onset_weeks",
    "diagnoses.pregnant_weeks",
    "diagnoses.weeks_since_birth",
)
"""Weeks since a day that stays the same: they go on without being told again. The
weeks since the last run are none of them, for there may have been a run since."""


def _count_on(facts: dict[str, FactValue], weeks: int) -> None:
    """Let the weeks since a fixed day go on, up to the limit of their field."""
    for path in COUNTED_WEEKS if weeks else ():
        if (told := _number(facts, path)) is not None:
            most = known_facts()[path].maximum
            assert most is not None  # noqa: S101  each of them has a limit
            facts[path] = int(max(told, min(told + weeks, most)))


def _derive_times(facts: dict[str, FactValue], day: date) -> None:
    """Count from and to the dates that were told, on one day."""

    def days(path: str) -> int | None:
        value = facts.get(path)
        return (value - day).days if isinstance(value, date) else None

    onset = days("symptoms.onset_date")
    if onset is not None and "symptoms.onset_weeks" not in facts:
        facts["derived.onset_weeks"] = -onset // 7
    if (operation := days("diagnoses.surgery_date")) is not None:
        facts["derived.surgery_weeks"] = -operation // 7
    if (race := days("running.goal_race_date")) is not None:
        facts["derived.weeks_to_race"] = race // 7
    if (visit := days("clinic.next_appointment")) is not None:
        facts["derived.visit_in_days"] = visit


def _flatten(node: Mapping[str, Any], prefix: str, facts: dict[str, FactValue]) -> None:
    known = known_facts()
    for name, value in node.items():
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(value, Mapping):
            _flatten(value, path, facts)
        elif value is None or path not in known:
            continue
        elif value == NOT_KNOWN and known[path].kind != "text":
            continue  # a text may say it too, and is then a name like any other
        elif isinstance(value, list | tuple):
            if known[path].kind == "set":
                order = known[path].choices
                facts[path] = tuple(sorted(value, key=lambda v: _place(v, order)))
        elif known[path].kind == "date":
            facts[path] = (
                value if isinstance(value, date) else date.fromisoformat(value)
            )
        else:
            facts[path] = value


def _place(value: str, order: tuple[str, ...]) -> tuple[int, str]:
    """Return a sort key: the place among the choices, so that order never matters."""
    return (order.index(value) if value in order else len(order), value)


# --- derived facts ---------------------------------------------------------

SOURCES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "derived.bmi": ("person.height_cm", "person.weight_kg"),
        "derived.high_bmi": ("person.height_cm", "person.weight_kg"),
        "derived.pain_band": ("symptoms.nrs_usual_24h",),
        "derived.resting_pain_0_10": ("symptoms.nrs_usual_24h", "symptoms.nrs_now"),
        "derived.runs": ("running.runner_status",),
        "derived.pace_m_per_s": ("running.typical_pace_min_per_km",),
        "derived.next_long_run_cap_km": ("running.longest_run_30d_km",),
        "derived.spike_pct": (
            "running.longest_run_30d_km",
            "running.planned_next_longest_km",
        ),
        "derived.cadence_target_spm": ("running.cadence_spm",),
        "derived.direction_preference": ("symptoms.aggravators", "symptoms.easers"),
        "derived.surgery_weeks": ("diagnoses.surgery_date",),
        "derived.weeks_to_race": ("running.goal_race_date",),
        "derived.visit_in_days": ("clinic.next_appointment",),
    }
)
"""Derived facts that need each of their sources; without one they are not known."""

EITHER: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "derived.onset_weeks": ("symptoms.onset_weeks", "symptoms.onset_date"),
        "derived.chronicity": ("symptoms.onset_weeks", "symptoms.onset_date"),
    }
)
"""Derived facts for which the first source that is known is enough."""

PREGNANCY: Final = ("diagnoses.pregnant", "diagnoses.pregnant_weeks")
"""What the weeks of a pregnancy come from."""

SPINAL_DIAGNOSES: Final = (
    "disc_bulge", "disc_herniation", "stenosis", "spondylolysis", "spondylolisthesis",
    "facet_arthritis", "scoliosis", "osteoporosis", "vertebral_fracture", "axial_spa",
    "spinal_surgery",
)  # fmt: skip
"""Told diagnoses that need a clinician's go-ahead before running (RF27)."""

IMAGING_FINDINGS: Final = (
    "disc_bulge", "disc_herniation", "facet_arthritis", "stenosis",
    "spondylolisthesis", "spondylolysis", "scoliosis",
)  # fmt: skip
"""Diagnoses that usually come from a scan."""

LATEST_PREGNANCY_WEEK: Final = 43
"""Assumed when somebody is pregnant and did not say for how long: the careful end."""

KM_PER_MILE: Final = 1.609344


def _number(facts: Facts, path: str) -> float | None:
    value = facts.get(path)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]


def _derive_body(facts: dict[str, FactValue]) -> None:
    weight, height = (
        _number(facts, "person.weight_kg"),
        _number(facts, "person.height_cm"),
    )
    if weight is not None and height is not None:
        # Not rounded: 18.46 is below a limit of 18.5, though it prints as 18.5.
        bmi = weight / (height / 100) ** 2
        facts["derived.bmi"] = bmi
        facts["derived.high_bmi"] = bmi > 30


def _derive_pain(facts: dict[str, FactValue]) -> None:
    weeks = _number(facts, "symptoms.onset_weeks")
    if weeks is None:
        weeks = _number(facts, "derived.onset_weeks")
    if weeks is not None:
        facts["derived.onset_weeks"] = int(weeks)
        band = "acute" if weeks < 6 else "subacute" if weeks <= 12 else "persistent"
        facts["derived.chronicity"] = band
    usual = _number(facts, "symptoms.nrs_usual_24h")
    now = _number(facts, "symptoms.nrs_now")
    if usual is not None:
        facts["derived.pain_band"] = pain_band(usual)
    if usual is not None and now is not None:
        facts["derived.resting_pain_0_10"] = int(max(usual, now))


def pain_band(points_0_10: float) -> str:
    """Return none (0), mild (1 to 3), moderate (4 to 6) or severe (7 to 10)."""
    if points_0_10 < 1:
        return "none"
    return "mild" if points_0_10 < 4 else "moderate" if points_0_10 < 7 else "severe"


def _derive_running(facts: dict[str, FactValue]) -> None:
    if (status := facts.get("running.runner_status")) is not None:
        facts["derived.runs"] = status == "current"
    if pace := _number(facts, "running.typical_pace_min_per_km"):
        facts["derived.pace_m_per_s"] = round(1000 / (60 * pace), 2)
    longest = _number(facts, "running.longest_run_30d_km")
    planned = _number(facts, "running.planned_next_longest_km")
    if longest:
        facts["derived.next_long_run_cap_km"] = long_run_cap_km(longest)
        if planned is not None:
            facts["derived.spike_pct"] = round((planned / longest - 1) * 100, 1)
    if cadence := _number(facts, "running.cadence_spm"):
        facts["derived.cadence_target_spm"] = round(cadence * 1.05)


def long_run_cap_km(longest_km: float) -> float:
    """Return the longest run that stays within 10 % of the longest in 30 days.

    Rounded down to 0.1 km, so that the printed number never breaks the rule.
    Source: E26 (Frandsen 2025).
    """
    return math.floor(Decimal(str(longest_km)) * 11) / 10


def _has(facts: Facts, path: str, *choices: str) -> bool:
    value = facts.get(path)
    return isinstance(value, tuple) and any(choice in value for choice in choices)


def _derive_direction(facts: dict[str, FactValue]) -> None:
    if "symptoms.aggravators" not in facts or "symptoms.easers" not in facts:
        return
    worse, better = "symptoms.aggravators", "symptoms.easers"
    flexion = _has(facts, worse, "bend_back") and _has(facts, better, "lean_forward")
    extension = _has(facts, worse, "sit", "bend_forward") and _has(
        facts, better, "walk", "stand"
    )
    facts["derived.direction_preference"] = (
        "none" if flexion == extension else "flexion" if flexion else "extension"
    )


def _derive_diagnoses(facts: dict[str, FactValue]) -> None:
    def told(names: tuple[str, ...]) -> bool:
        return any(facts.get(f"diagnoses.{n}") == "told_by_clinician" for n in names)

    facts["derived.structural_diagnosis"] = told(SPINAL_DIAGNOSES)
    facts["derived.imaging_told"] = told(IMAGING_FINDINGS)
    facts["derived.axial_spa_told"] = told(("axial_spa",))
    facts["derived.running_cleared"] = (
        facts.get("mode") == "clinic"
        and facts.get("clearance.clinician_clearance_running") is True
    )
    if facts.get("diagnoses.pregnant") == "yes":
        told_weeks = _number(facts, "diagnoses.pregnant_weeks")
        facts["derived.pregnancy_weeks"] = (
            LATEST_PREGNANCY_WEEK if (told_weeks is None) else int(told_weeks)
        )


PAIN_QUESTIONS: Final = (
    "red_flags.night_pain_constant",
    "red_flags.constant_deep_pain",
    "red_flags.cannot_walk_sleep",
    "red_flags.upper_back",
    "red_flags.sudden_severe_tummy_back",
    "red_flags.cough_sneeze_worse",
)
"""Safety questions that speak of pain: a yes says that there is pain now."""

POSITIONS: Final = (
    "lie", "lie_knees_bent", "sit", "stand", "walk", "lean_forward", "movement",
)  # fmt: skip
"""Answers to what eases the pain that are a position or a movement."""


def derive_signs(facts: dict[str, FactValue]) -> None:
    """Add what several warning signs ask for, and what stands in for an open answer.

    Pain in a leg alone is pain too. "Constant" is read from other answers only while
    the question about constant, deep pain is open, and a numb patch from tingling while
    that question is: a no is believed. Who did not tell the sex at birth may be a man.
    """
    facts["derived.pain_now"] = (
        facts.get("symptoms.has_back_pain") == "current"
        or facts.get("symptoms.radiation") in ("buttock", "thigh", "below_knee")
        or _has(facts, "symptoms.leg_quality", "burning", "shooting")
        or facts.get("symptoms.leg_worse_than_back") is True
        or any(facts.get(path) == "yes" for path in PAIN_QUESTIONS)
    )
    easers = "symptoms.easers"
    facts["derived.no_position_eases"] = (
        facts["derived.pain_now"] is True
        and _has(facts, easers, "nothing")
        and not _has(facts, easers, *POSITIONS)
    )
    facts["derived.leg_tingles"] = _has(facts, "symptoms.leg_quality", "tingling") and (
        "red_flags.leg_numbness" not in facts
    )
    facts["derived.deep_pain_open"] = "red_flags.constant_deep_pain" not in facts
    facts["derived.may_be_male"] = facts.get("person.sex_at_birth") != "female"


_DERIVATIONS: Final[tuple[Callable[[dict[str, FactValue]], None], ...]] = (
    _derive_body,
    _derive_pain,
    _derive_running,
    _derive_direction,
    _derive_diagnoses,
    derive_signs,
)


def _derived(path: str, kind: Kind, title: str, **more: Any) -> Fact:
    return Fact(path=path, kind=kind, title=title, is_derived=True, **more)


_DERIVED_FACTS: Final = (
    _derived("derived.bmi", "number", "Body mass index", unit="kg/m2",
             minimum=5, maximum=180),
    _derived("derived.high_bmi", "bool", "Body mass index over 30"),
    _derived("derived.onset_weeks", "number", "Weeks since the pain began",
             unit="weeks", minimum=0, maximum=5300),
    _derived("derived.chronicity", "choice", "How long the pain has lasted",
             choices=("acute", "subacute", "persistent"),
             labels={"acute": "new, less than 6 weeks", "subacute": "6 to 12 weeks",
                     "persistent": "more than 3 months"}),
    _derived("derived.pain_band", "choice", "How strong the pain usually is",
             choices=("none", "mild", "moderate", "severe"),
             labels={"none": "no pain", "mild": "mild", "moderate": "moderate",
                     "severe": "severe"}),
    _derived("derived.resting_pain_0_10", "number", "Pain at rest",
             unit="points, 0 to 10", minimum=0, maximum=10),
    _derived("derived.pace_m_per_s", "number", "Running speed",
             unit="metres a second", minimum=0, maximum=7),
    _derived("derived.spike_pct", "number", "Next longest run against the longest one",
             unit="percent", minimum=-100, maximum=2_000_000),
    _derived("derived.next_long_run_cap_km", "number", "Longest next run", unit="km",
             minimum=0, maximum=220),
    _derived("derived.cadence_target_spm", "number", "Steps to try",
             unit="steps a minute", minimum=126, maximum=231),
    _derived("derived.weeks_to_race", "number", "Weeks to the race", unit="weeks",
             minimum=-5300, maximum=5300),
    _derived("derived.runs", "bool", "Runs at present"),
    _derived("derived.direction_preference", "choice", "Direction that eases",
             choices=("flexion", "extension", "none"),
             labels={"flexion": "bending forward", "extension": "bending back",
                     "none": "no one direction"}),
    _derived("derived.structural_diagnosis", "bool", "Told of a spine condition"),
    _derived("derived.imaging_told", "bool", "Told of a scan finding"),
    _derived("derived.axial_spa_told", "bool", "Told of a joint swelling illness"),
    _derived("derived.running_cleared", "bool", "A clinician says running is fine"),
    _derived("derived.surgery_weeks", "number", "Weeks since the back operation",
             unit="weeks", minimum=-5300, maximum=5300),
    _derived("derived.pregnancy_weeks", "number", "Weeks of pregnancy",
             unit="weeks", minimum=0, maximum=LATEST_PREGNANCY_WEEK),
    _derived("derived.visit_in_days", "number", "Days to the next visit",
             unit="days", minimum=-37_000, maximum=37_000),
    _derived("derived.exercise_count", "number", "Exercises on this sheet",
             minimum=0, maximum=8),
    _derived("derived.exercise_level", "choice", "Exercise level",
             choices=("A", "B", "C"),
             labels={"A": "gentle", "B": "steady", "C": "strong"}),
    _derived("derived.plan_stage", "number", "Stage of the run-walk plan to start at",
             minimum=0, maximum=11),
    _derived("derived.plan_track", "choice", "Pace of the run-walk plan",
             choices=("standard", "careful"),
             labels={"standard": "standard", "careful": "careful"}),
    _derived("derived.answers_are_old", "bool", "Safety answers too old to count"),
    _derived("derived.pain_now", "bool", "Pain in the back or a leg now"),
    _derived("derived.no_position_eases", "bool", "No position eases the pain"),
    _derived("derived.leg_tingles", "bool", "A leg tingles; not asked about a patch"),
    _derived("derived.deep_pain_open", "bool", "Not asked about constant, deep pain"),
    _derived("derived.may_be_male", "bool", "Male, or the sex was not told"),
    _derived("triage.level", "choice", "How urgent it is",
             choices=("EMERGENCY", "URGENT", "UNANSWERED", "SOON", "ROUTINE")),
    _derived("triage.flags", "set", "Warning signs found",
             choices=tuple(f"RF{n:02d}" for n in range(1, 31))),
    _derived("triage.unanswered", "bool", "Safety questions not answered"),
)  # fmt: skip

"""No rule of the content can be damaged unseen.

``tests/data/rule_decisions.jsonl`` holds, for each rule, people on both sides of each
of its edges and what the rule decides for them. They are found by search: for each
possible damage somebody for whom it would decide otherwise. Where the search proves
that no valid profile can tell a damage from the rule, the damage stands in
``tests/data/rule_survivors.txt``. ``pytest --update-golden`` renews both for the
rules that changed; read the diff: each line that changed is somebody who now gets
another text.

What a section asks for is judged a second time by ``section_oracle``, the exercises by
``exercise_oracle`` in ``test_exercises``, and the numbers by the tables below.
"""

import json
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import section_oracle
from backguide.guidance.check import example_facts
from backguide.guidance.condition import AllOf
from backguide.guidance.library import Library
from backguide.guidance.message import ACTIONS_ON_PAGE_ONE
from rules_under_test import (
    Damage,
    RuleUnderTest,
    damages,
    rules_of,
    telling_cell,
)

DATA = Path(__file__).parents[1] / "data"
DECISIONS = DATA / "rule_decisions.jsonl"
SURVIVORS = DATA / "rule_survivors.txt"
LEAST_NOTICED = 0.95

Facts = dict[str, Any]
Case = tuple[bool, Facts]


# --- people at the edges ------------------------------------------------------


def plain(facts: Facts) -> Facts:
    return {
        path: {"date": value.isoformat()} if isinstance(value, date) else value
        for path, value in sorted(facts.items())
    }


def lively(facts: Facts) -> Facts:
    found: Facts = {}
    for path, value in facts.items():
        if isinstance(value, dict):
            found[path] = date.fromisoformat(value["date"])
        else:
            found[path] = tuple(value) if isinstance(value, list) else value
    return found


def cases_for(rule: RuleUnderTest, library: Library) -> tuple[list[Case], list[str]]:
    """Return people who tell every damage of a rule, and what nobody can tell."""
    cases: list[Case] = []
    survivors: list[str] = []
    for damage in damages(rule):
        if is_noticed(damage, cases):
            continue
        finding = telling_cell(damage, rule, library)
        if finding.cell is None:
            survivors.append(f"{damage.what}{'' if finding.is_proof else ' (?)'}")
            continue
        asked = {t.fact for t in rule.condition.tests()}
        asked |= {t.fact for t in damage.rule.condition.tests()}
        if rule.id.endswith((": include", ": exclude")):
            asked |= set(finding.cell)  # both are judged together by the second table
        facts = {
            path: value
            for path, value in finding.cell.items()
            if value is not None and path in asked
        }
        cases.append((rule.decides(facts), facts))
    return cases, survivors


def is_noticed(damage: Damage, cases: list[Case]) -> bool:
    return any(damage.rule.decides(facts) != decision for decision, facts in cases)


@pytest.fixture(scope="module")
def rules(library: Library) -> tuple[RuleUnderTest, ...]:
    return tuple(rules_of(library))


@pytest.fixture(scope="module")
def stored(
    library: Library, rules: tuple[RuleUnderTest, ...], request: pytest.FixtureRequest
) -> dict[str, tuple[list[str], list[Case]]]:
    if request.config.getoption("--update-golden"):
        renew(rules, library)
    return kept()


def kept() -> dict[str, tuple[list[str], list[Case]]]:
    found = {}
    for line in DECISIONS.read_text("utf-8").splitlines():
        record = json.loads(line)
        cases = [(decision, lively(facts)) for decision, facts in record["cases"]]
        found[record["rule"]] = (record["levels"], cases)
    return found


def renew(rules: tuple[RuleUnderTest, ...], library: Library) -> None:
    """Write both files anew; rules that nobody touched keep their people."""
    before, told = kept(), set(survivors_told())
    lines, survivors = [], []
    for rule in rules:
        _, cases = before.get(rule.id, ([], []))
        left = [d.what for d in damages(rule) if not is_noticed(d, cases)]
        holds = all(rule.decides(facts) == decision for decision, facts in cases)
        if rule.id not in before or not holds or not told.issuperset(left):
            cases, left = cases_for(rule, library)
        people = [[decision, plain(facts)] for decision, facts in cases]
        record = {"rule": rule.id, "levels": rule.states, "cases": people}
        lines.append(json.dumps(record, ensure_ascii=False))
        survivors += left
    DECISIONS.write_text("\n".join(lines) + "\n", "utf-8")
    head = SURVIVORS.read_text("utf-8").split("\n\n")[0]
    SURVIVORS.write_text(f"{head}\n\n" + "\n".join(survivors) + "\n", "utf-8")


def survivors_told() -> list[str]:
    lines = SURVIVORS.read_text("utf-8").split("\n\n", 1)[1].splitlines()
    return [line for line in lines if line]


# --- the tests ----------------------------------------------------------------


def test_every_rule_decides_as_before(
    rules: tuple[RuleUnderTest, ...],
    stored: dict[str, tuple[list[str], list[Case]]],
) -> None:
    assert [rule.id for rule in rules] == list(stored)
    changed = []
    for rule in rules:
        levels, cases = stored[rule.id]
        if list(rule.states) != levels:
            changed.append(f"{rule.id}: levels")
        changed += [
            f"{rule.id}: not {decision} for {facts}"
            for decision, facts in cases
            if rule.decides(facts) != decision
        ]
    assert changed == []


def test_the_second_table_wants_the_same_sections(
    library: Library, stored: dict[str, tuple[list[str], list[Case]]]
) -> None:
    assert set(section_oracle.WANTED) == set(library.sections)
    asked: Counter[bool] = Counter()
    for name, section in library.sections.items():
        for rule in ("include", "exclude"):
            for _, facts in stored[f"{name}: {rule}"][1]:
                wanted = section_oracle.is_wanted(name, facts)
                assert section.applies(facts) == wanted, f"{name}: {facts}"
                asked[wanted] += 1
    assert min(asked.values()) > 300


LETTERS = {
    "EMERGENCY": "E",
    "URGENT": "U",
    "UNANSWERED": "A",
    "SOON": "S",
    "ROUTINE": "R",
}


def test_the_second_table_prints_at_the_same_levels(library: Library) -> None:
    for name, section in library.sections.items():
        letters = "".join(LETTERS[level] for level in section.levels)
        assert letters == section_oracle.levels(name), name


def test_damage_is_noticed(
    rules: tuple[RuleUnderTest, ...],
    stored: dict[str, tuple[list[str], list[Case]]],
    library: Library,
    capsys: pytest.CaptureFixture[str],
) -> None:
    promised = promises(library)
    count: Counter[str] = Counter()
    unnoticed = []
    for rule in rules:
        for damage in damages(rule):
            count["all"] += 1
            if not is_noticed(damage, stored[rule.id][1]):
                unnoticed.append(damage.what)
                continue
            count["noticed"] += 1
            what = rule.id.partition(": ")[2]
            if what in ("include", "exclude"):
                count["by the second table"] += 1
            if is_noticed(damage, promised.get(rule.id, [])):
                count["by examples that authors wrote"] += 1
    assert unnoticed == survivors_told()
    proven = [line for line in unnoticed if not line.endswith(" (?)")]
    share = count["noticed"] / (count["all"] - len(proven))
    with capsys.disabled():
        words = ", ".join(f"{number} {what}" for what, number in count.items())
        sys.stdout.write(
            f"\n{words}; {len(proven)} proven to change nothing; {share:.1%}\n"
        )
    assert share >= LEAST_NOTICED


def promises(library: Library) -> dict[str, list[Case]]:
    """Return what the authors' own examples say about the rules of sections."""
    found: dict[str, list[Case]] = {}
    for section in library.sections.values():
        for example in section.examples:
            if example.expect == "unknown":
                continue
            facts = dict(example_facts(example.profile, example.level, library))
            decision = example.expect == "include"
            excluded = section.exclude.evaluate(facts).name == "YES"
            if decision or not excluded:
                found.setdefault(f"{section.id}: include", []).append((decision, facts))
            if decision or excluded:
                case = (not decision, facts)
                found.setdefault(f"{section.id}: exclude", []).append(case)
    return found


@pytest.mark.slow
def test_what_survives_changes_nothing_for_anybody(
    rules: tuple[RuleUnderTest, ...], library: Library
) -> None:
    """Prove a fixed fifth of the survivors again; each was proven when it was found."""
    told = set(survivors_told()[::5])
    for rule in rules:
        for damage in damages(rule):
            if damage.what in told:
                finding = telling_cell(damage, rule, library)
                assert finding.cell is None, damage.what
                assert finding.is_proof, damage.what


def test_a_damage_of_each_kind_is_made(rules: tuple[RuleUnderTest, ...]) -> None:
    kinds = (
        "drop (", "flip (", "all and any swapped", "at_least", "less_than", "without",
        "with ", "is ", "known", "always", "never", "not known turned round",
    )  # fmt: skip
    told = [damage.what for rule in rules for damage in damages(rule)]
    for kind in kinds:
        assert sum(kind in what for what in told) > 10, kind


# --- numbers of docs/evidence.md: sections 3.3, 4.9, 5.2, 5.5 and 6.1 ---------------

THRESHOLDS = {
    "long_sitting_h_day": 6, "short_sitting_h_day": 4, "high_stress_0_10": 6,
    "some_stress_0_10": 5, "high_fear_0_10": 6, "short_sleep_h_night": 6,
    "subacute_weeks": 6, "persistent_weeks": 13, "bmi_overweight": 25,
    "adult_low_bmi": 18.5, "very_low_bmi": 15, "older_adult_years": 60,
    "bone_benefit_years": 40, "fragility_age_years": 65, "artery_age_years": 66,
    "spike_pct": 10.0001,
    "low_cadence_spm": 170, "high_cadence_spm": 180, "worn_shoe_km": 500,
    "pain_rule_cap_0_10": 4, "red_pain_0_10": 6,
    "severe_pain_0_10": 7, "extreme_pain_0_10": 9,
    "race_notice_weeks": 8, "postpartum_run_weeks": 12, "postpartum_year_weeks": 53,
    "surgery_run_weeks": 12, "surgery_water_weeks": 6, "long_layoff_weeks": 7,
    "short_layoff_weeks": 2, "answers_self_days": 14, "answers_clinic_days": 90,
}  # fmt: skip
STAGES = (
    # jog and walk in seconds, repeats, good sessions on the standard track
    (0, 1800, 1, 3), (30, 120, 8, 2), (60, 120, 7, 2), (60, 60, 10, 2),
    (120, 60, 7, 2), (180, 60, 6, 2), (240, 60, 5, 2), (360, 60, 4, 2),
    (480, 60, 3, 2), (780, 60, 2, 2), (1500, 0, 1, 2), (1800, 0, 1, 3),
)  # fmt: skip
ENTRIES = (0, 1, 1, 4, 6, 4, 1)


def test_every_threshold_has_the_number_of_the_evidence(library: Library) -> None:
    assert dict(library.thresholds) == THRESHOLDS


def test_the_plan_has_the_numbers_of_the_evidence(library: Library) -> None:
    plan = library.plan
    stages = [(s.jog_s, s.walk_s, s.repeats, s.sessions_standard) for s in plan.stages]
    assert tuple(stages) == STAGES
    assert [stage.number for stage in plan.stages] == list(range(12))
    assert {stage.sessions_careful for stage in plan.stages} == {3}
    assert tuple(entry.stage for entry in plan.entries) == ENTRIES
    assert (plan.warm_up_walk_min, plan.cool_down_walk_min) == (5, 5)
    assert plan.sessions_per_week == 3
    assert plan.entries[-1].when == AllOf(())


def test_the_picker_has_the_numbers_of_the_evidence(library: Library) -> None:
    picker = library.picker
    assert dict(picker.minutes_cap) == {"A": 8, "B": 15, "C": 15}
    assert (picker.soon_max, picker.min_single_leg) == (3, 2)
    assert dict(picker.drop) == {
        "none": ("X03", "X20"), "flexion": ("X20",), "extension": ("X03",)
    }  # fmt: skip
    assert picker.prefer["flexion"] == ("X03", "X02", "X01")
    assert picker.prefer["extension"] == ("X20", "X04", "X05")
    assert ACTIONS_ON_PAGE_ONE == 3

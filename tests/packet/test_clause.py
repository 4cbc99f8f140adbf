"""A condition is told in words from which each of its tests can be read back."""

import pytest

from backguide.guidance.condition import (
    ALWAYS,
    AllOf,
    AnyOf,
    Condition,
    CountOf,
    NoneOf,
    Test,
)
from backguide.guidance.library import Library
from backguide.guidance.section import NEVER
from backguide.packet.clause import Clauses
from backguide.profile.facts import known_facts

PREGNANT = Test("diagnoses.pregnant", (("is", "yes"),))
IN_PAIN = Test("symptoms.nrs_now", (("at_least", 4),))
EASED = Test("symptoms.easers", (("includes_any", ("heat", "walk")),))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (ALWAYS, "always"),
        (NEVER, "never"),
        (IN_PAIN, "Pain now is at least 4 points, 0 to 10"),
        (NoneOf((PREGNANT,)), "not (Pregnant is yes)"),
        (AllOf((PREGNANT,)), "Pregnant is yes"),
        (
            AllOf((PREGNANT, AnyOf((IN_PAIN, PREGNANT)))),
            "Pregnant is yes and (Pain now is at least 4 points, 0 to 10 or "
            "Pregnant is yes)",
        ),
        (
            CountOf(2, (PREGNANT, IN_PAIN)),
            "at least 2 of (Pregnant is yes; Pain now is at least 4 points, 0 to 10)",
        ),
        (
            Test("diagnoses.pregnant", (("known", True), ("is", "yes"))),
            "Pregnant is yes (if told)",
        ),
        (Test("diagnoses.pregnant", (("known", True),)), "Pregnant is answered"),
        (
            Test("triage.flags", (("includes_any", ("RF06",)),)),
            "warning sign RF06 (leg weakness)",
        ),
    ],
)
def test_words(condition: Condition, words: str) -> None:
    assert Clauses({}, {"RF06": "leg weakness"}).words(condition) == words


def test_a_named_condition_is_told_by_its_name() -> None:
    both = AllOf((PREGNANT, IN_PAIN))
    clauses = Clauses({"careful": both})
    assert clauses.words(NoneOf((both,))) == 'not ("careful")'
    assert clauses.definition(both).startswith("Pregnant is yes and ")


def all_conditions(library: Library) -> list[Condition]:
    found = [r.when for flag in library.flags for r in flag.rules]
    for section in library.sections.values():
        found += [section.include, section.exclude, *(p.include for p in section.parts)]
    found += [line.include for line in library.message.every_line()]
    return [*found, *library.conditions.values()]


def test_every_condition_names_each_fact_and_each_number(library: Library) -> None:
    """Nothing that decides is left out of the words."""
    clauses = Clauses({})
    for condition in all_conditions(library):
        words = clauses.words(condition)
        for test in condition.tests():
            if test.fact != "triage.flags":
                assert known_facts()[test.fact].title in words
            for name, wanted in test.checks:
                if name in ("at_least", "less_than"):
                    assert f"{wanted:g}" in words
                elif test.fact == "triage.flags":
                    assert all(flag in words for flag in wanted)


def test_other_conditions_have_other_words(library: Library) -> None:
    clauses = Clauses(library.conditions)
    by_words: dict[str, Condition] = {}
    for condition in all_conditions(library):
        flat = _flat(condition)
        assert _flat(by_words.setdefault(clauses.definition(condition), flat)) == flat


def _flat(condition: Condition) -> Condition:
    """A group of one says what its only part says."""
    if isinstance(condition, AllOf | AnyOf):
        parts = tuple(map(_flat, condition.parts))
        return parts[0] if len(parts) == 1 else type(condition)(parts)
    if isinstance(condition, NoneOf):
        return NoneOf(tuple(map(_flat, condition.parts)))
    return condition

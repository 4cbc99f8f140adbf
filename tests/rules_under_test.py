"""Every rule of the content, and every small damage that can be done to it.

A rule is a condition with what it counts as when it cannot be decided. A damage is
one condition dropped or turned into its opposite, "all" and "any" swapped, one word of
a list or one number changed by one step, or the answer for "not known" turned round.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from backguide.guidance.cells import (
    Finding,
    Fixed,
    Node,
    Not,
    Settle,
    all_of,
    any_of,
    find_at,
    node_of,
    prints,
)
from backguide.guidance.condition import (
    ALWAYS,
    AllOf,
    AnyOf,
    Condition,
    CountOf,
    NoneOf,
    Test,
    Truth,
)
from backguide.guidance.library import Library
from backguide.guidance.section import NEVER
from backguide.profile.facts import NOT_KNOWN, Facts, known_facts

ANYBODY = Fixed(Truth.YES)
PRINTING = ("SOON", "ROUTINE")


@dataclass(frozen=True, slots=True)
class RuleUnderTest:
    """One condition of the content, as it is acted on."""

    id: str
    condition: Condition
    counts_if_unknown: bool
    states: tuple[str, ...]
    """The levels at which anybody asks for it."""
    context: Node = ANYBODY
    """What has to hold besides, or nobody asks for it."""

    def decides(self, facts: Facts) -> bool:
        """Tell what the rule decides for somebody."""
        truth = self.condition.evaluate(facts)
        return self.counts_if_unknown if truth is Truth.UNKNOWN else truth is Truth.YES

    def node(self) -> Node:
        """Return the rule as the proofs see it."""
        return Settle(node_of(self.condition), self.counts_if_unknown)


def rules_of(library: Library) -> Iterator[RuleUnderTest]:
    """Yield every rule of sections, page one, exercises, picker and plan."""
    for section in library.sections.values():
        include = RuleUnderTest(
            f"{section.id}: include",
            section.include,
            section.is_included_if_unknown,
            section.levels,
        )
        exclude = RuleUnderTest(
            f"{section.id}: exclude",
            section.exclude,
            section.is_excluded_if_unknown,
            section.levels,
        )
        yield replace(include, context=Not(exclude.node()))
        yield replace(exclude, context=include.node())
        for part in section.parts:
            yield RuleUnderTest(
                f"{section.id}: part {part.id}",
                part.include,
                part.is_included_if_unknown,
                section.levels,
                prints(section, library),
            )
    message = library.message
    for kind, lines in (
        ("verdict", message.verdicts), ("because", message.reasons),
        ("question", message.questions), ("do", message.do),
        ("stop", message.stop), ("next", message.next),
    ):  # fmt: skip
        for line in lines:
            yield RuleUnderTest(
                f"page one: {kind} {line.id}",
                line.include,
                line.is_included_if_unknown,
                line.levels,
            )
    for card in library.exercises.values():
        for rule in card.skips:
            name = f"{card.id}: skip because {rule.because}"
            yield RuleUnderTest(name, rule.when, False, PRINTING)
    picker = library.picker
    for item in picker.for_all:
        name = f"picker: {item.rule.because}"
        states = (item.only_at_level,) if item.only_at_level else PRINTING
        yield RuleUnderTest(name, item.rule.when, False, states)
    for hold in picker.holds:
        name = f"picker: hold {hold.asks} because {hold.rule.because}"
        yield RuleUnderTest(name, hold.rule.when, False, PRINTING)
    for level in picker.levels:
        yield RuleUnderTest(f"picker: level {level.id}", level.when, False, PRINTING)
    yield RuleUnderTest("picker: lower", picker.lower_when, False, PRINTING)
    yield RuleUnderTest("picker: at most B", picker.at_most_b_when, False, PRINTING)
    for number, entry in enumerate(library.plan.entries, 1):
        name = f"plan: entry {number} at stage {entry.stage}"
        yield RuleUnderTest(name, entry.when, False, PRINTING)
    yield RuleUnderTest("plan: careful", library.plan.careful, False, PRINTING)


# --- damage -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Damage:
    """A rule with one thing changed."""

    what: str
    rule: RuleUnderTest


def damages(rule: RuleUnderTest) -> Iterator[Damage]:
    """Yield the rule with each possible damage, each with a name of its own."""
    for number, (what, damaged) in enumerate(_damaged(rule), 1):
        yield Damage(f"{rule.id}: {number} {what}", damaged)


def _damaged(rule: RuleUnderTest) -> Iterator[tuple[str, RuleUnderTest]]:
    if rule.condition in (ALWAYS, NEVER):
        return
    for what, condition in _changed(rule.condition):
        yield what, replace(rule, condition=condition)
    yield "always", replace(rule, condition=ALWAYS)
    yield "never", replace(rule, condition=NEVER)
    turned = replace(rule, counts_if_unknown=not rule.counts_if_unknown)
    yield "not known turned round", turned


def _changed(condition: Condition) -> Iterator[tuple[str, Condition]]:
    match condition:
        case Test():
            yield from _changed_test(condition)
        case AllOf(parts=parts) | AnyOf(parts=parts) | NoneOf(parts=parts):
            yield from _changed_parts(condition, parts)
            if len(parts) > 1 and not isinstance(condition, NoneOf):
                other = AnyOf if isinstance(condition, AllOf) else AllOf
                yield f"all and any swapped over {_words(parts[0])}", other(parts)
        case CountOf(at_least=at_least, parts=parts):
            yield from _changed_parts(condition, parts)
            for number in (at_least - 1, at_least + 1):
                yield f"count {number}", replace(condition, at_least=number)


def _changed_parts(
    condition: AllOf | AnyOf | NoneOf | CountOf, parts: tuple[Condition, ...]
) -> Iterator[tuple[str, Condition]]:
    for number, part in enumerate(parts):
        before, after = parts[:number], parts[number + 1 :]
        yield f"drop {_words(part)}", replace(condition, parts=(*before, *after))
        flipped = NoneOf((part,))
        parts_with = (*before, flipped, *after)
        yield f"flip {_words(part)}", replace(condition, parts=parts_with)
        for what, new in _changed(part):
            yield what, replace(condition, parts=(*before, new, *after))


def _changed_test(test: Test) -> Iterator[tuple[str, Condition]]:
    choices = [c for c in known_facts()[test.fact].choices if c != NOT_KNOWN]
    for number, (name, wanted) in enumerate(test.checks):
        others = test.checks[:number], test.checks[number + 1 :]

        def with_check(
            new: object,
            name: str = name,
            others: tuple[tuple[tuple[str, object], ...], ...] = others,
        ) -> Test:
            return Test(test.fact, (*others[0], (name, new), *others[1]))

        if len(test.checks) > 1:
            yield f"drop {test.fact} {name}", Test(test.fact, (*others[0], *others[1]))
        if name in ("at_least", "less_than"):
            for step in (-1, 1):
                yield (
                    f"{test.fact} {name} {wanted + step:g} for {wanted:g}",
                    with_check(wanted + step),
                )
        elif isinstance(wanted, bool):
            yield f"{test.fact} {name} {not wanted}", with_check(not wanted)
        elif isinstance(wanted, tuple):
            for word in wanted if len(wanted) > 1 else ():
                rest = tuple(w for w in wanted if w != word)
                yield f"{test.fact} {name} without {word}", with_check(rest)
            for word in [c for c in choices if c not in wanted][:1]:
                yield f"{test.fact} {name} with {word}", with_check((*wanted, word))
        elif name == "is":
            for word in [c for c in choices or ("yes", "no") if c != wanted][:1]:
                yield f"{test.fact} is {word} for {wanted}", with_check(word)


def _words(condition: Condition) -> str:
    tests = list(condition.tests())
    facts = ", ".join(dict.fromkeys(test.fact for test in tests))
    return f"({facts})"


# --- telling a damage from the rule ---------------------------------------------


def telling_cell(damage: Damage, rule: RuleUnderTest, library: Library) -> Finding:
    """Return a cell in which the damage decides otherwise, or that there is none."""
    one, other = rule.node(), damage.rule.node()
    differs = any_of(all_of(one, Not(other)), all_of(Not(one), other))
    return find_at(all_of(rule.context, differs), library, rule.states)

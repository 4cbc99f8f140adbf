"""Choose what of all that applies stands in a guide, and in which form.

In:   the decisions for one person, and how much room there is.
Out:  the form of each part that prints; what has none falls out.
Pure: no files, no clock; the same arguments give the same answer.

What must print, and the least of each kind, is not asked about: it prints whatever the
room. The rest stands in one list of wishes and is granted from its top, as far as there
is room: first more of each kind, then longer forms.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from backguide.document import Form
from backguide.guidance.condition import ALWAYS, Condition, Truth
from backguide.guidance.library import Library
from backguide.guidance.quota import ANY_OTHER, Quota
from backguide.guidance.section import SectionTemplate
from backguide.guidance.select import Selection
from backguide.profile.facts import Facts

Forms = Mapping[str, Form]
"""The form of each part that prints and need not, by the id of its section."""

NOBODYS_OWN: Final = frozenset({"length", "mode", "symptoms.has_back_pain"})
"""Facts that tell nothing about why just this person gets a part."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A part that would print, or would print in a longer form, if there is room."""

    section_id: str
    form: Form
    before: Form | None
    """What prints of it without this wish; None for nothing."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What the least of a kind is taken from."""

    always: Forms
    """Those that print whatever the room."""
    others: Forms
    """The rest in its shortest form, the best first."""
    count: int
    """So many of the rest print."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What prints at the least, and what else in which turn."""

    least: Forms
    goal: Forms
    """The least, and of each kind as many as it has before longer forms come."""
    wishes: tuple[Wish, ...]
    pools: tuple[Pool, ...]

    def leanest(self, cost: Callable[[str, Form], float]) -> "Choice":
        """Return the choice with those of each kind at the least that cost least."""
        forms: dict[str, Form] = {}
        for pool in self.pools:
            cheapest = sorted(pool.others.items(), key=lambda item: cost(*item))
            forms |= {**pool.always, **dict(cheapest[: pool.count])}
        return replace(self, least=MappingProxyType(forms))

    def asked(self) -> Iterator[tuple[str, Form]]:
        """Yield each section with each form that it may print in."""
        yield from self.least.items()
        yield from ((wish.section_id, wish.form) for wish in self.wishes)

    def granted(self, cost: Callable[[str, Form], float], room: float) -> Forms:
        """Return the forms of what prints when wishes may cost so much together.

        A wish that is too dear is passed over; a cheaper one behind it is granted.

        Args:
            cost: The price of a section in a form, by its id.
            room: In the unit of the price.
        """
        forms = dict(self.least)
        for wish in self.wishes:
            if forms.get(wish.section_id) != wish.before:
                continue  # what it builds on was not granted
            price = cost(wish.section_id, wish.form)
            if wish.before is not None:
                price -= cost(wish.section_id, wish.before)
            if price <= room:
                forms[wish.section_id] = wish.form
                room -= price
        return MappingProxyType(forms)


def choose(selection: Selection, library: Library) -> Choice:
    """Return what a person's guide holds at the least, and the wishes beyond."""
    rules = library.frame.choice
    optional = [d.section for d in selection.included() if not d.section.always_prints]
    printed = Counter(
        library.kind_of(d.section)
        for d in selection.included()
        if d.section.always_prints
    )
    ranked = _ranked(optional, selection.facts, library)
    quotas = rules.quotas[selection.length]
    pools: list[Pool] = []
    own: dict[str, list[SectionTemplate]] = {}
    for quota in quotas:
        all_of_kind = [s for s in ranked if library.kind_of(s) == quota.kind]
        always = [s for s in all_of_kind if s.id in (*rules.always, *selection.kept)]
        others = [s for s in all_of_kind if s not in always]
        own[quota.kind] = [*always, *others]
        needed = max(0, quota.least - printed[quota.kind] - len(always))
        first, rest = (
            MappingProxyType({s.id: _form(s, quota.forms[0]) for s in sections})
            for sections in (always, others)
        )
        pools.append(Pool(first, rest, min(needed, len(others))))
    least: dict[str, Form] = {}
    for pool in pools:
        least |= {**pool.always, **dict(list(pool.others.items())[: pool.count])}
    more, deeper = _wishes(quotas, own, least, printed, selection.kept)
    goal = least | {wish.section_id: wish.form for wish in more}
    return Choice(
        MappingProxyType(least),
        MappingProxyType(goal),
        (*more, *deeper),
        tuple(pools),
    )


def _form(section: SectionTemplate, form: Form) -> Form:
    """Return the form that the section has when it is asked for one."""
    return section.in_form(form).form


def _ranked(
    sections: list[SectionTemplate], facts: Facts, library: Library
) -> list[SectionTemplate]:
    """Return the sections, those first that are most this person's own."""
    place = {section.id: number for number, section in enumerate(sections)}
    return sorted(
        sections,
        key=lambda s: (-points_of(s, facts, library), s.priority, place[s.id]),
    )


def points_of(section: SectionTemplate, facts: Facts, library: Library) -> int:
    """Return how much speaks for a section: what decided, what a person has and likes.

    Of the facts that decided, the one counts that ``[points]`` values most, so that a
    rule which asks much is not heard more; ``[[prefer]]`` adds and takes away.
    """
    rules = library.frame.choice
    points = 0
    if section.include is not ALWAYS and not section.fixed_reason:
        deciding = {test.fact for test in section.include.deciding(facts)}
        worths = [_worth(fact, rules.points) for fact in deciding - NOBODYS_OWN]
        points = max(worths, default=0)
    for preference in rules.preferences:
        if section.id in preference.sections and _holds(preference.when, facts):
            points += preference.points
    return points


def _holds(condition: Condition, facts: Facts) -> bool:
    return condition.evaluate(facts) is Truth.YES


def _worth(fact: str, points: Mapping[str, int]) -> int:
    fitting = [name for name in points if fact.startswith(f"{name}.") or fact == name]
    return points[max(fitting, key=len)] if fitting else points[ANY_OTHER]


class _Wishing:
    """Wishes in the order in which they are made."""

    def __init__(self, least: Forms) -> None:
        self.made: list[Wish] = []
        self._now: dict[str, Form] = dict(least)

    def add(self, quota: Quota, section: SectionTemplate) -> None:
        """Wish for a part in its shortest form."""
        self._wish(section, quota.forms[0])

    def deepen(self, quota: Quota, section: SectionTemplate) -> None:
        """Wish for a part that prints already in each longer form."""
        if section.id in self._now:
            for form in quota.forms[1:]:
                self._wish(section, form)

    def _wish(self, section: SectionTemplate, wanted: Form) -> None:
        form, before = _form(section, wanted), self._now.get(section.id)
        if form != before:
            self.made.append(Wish(section.id, form, before))
            self._now[section.id] = form


def _wishes(
    quotas: tuple[Quota, ...],
    ranked: Mapping[str, list[SectionTemplate]],
    least: Forms,
    printed: Mapping[str, int],
    kept: tuple[str, ...],
) -> tuple[list[Wish], list[Wish]]:
    """Return the wishes for more parts up to ``most``, and those behind them.

    Args:
        quotas: The kinds in their turn.
        ranked: The sections of each kind that need not print, the best first.
        least: Those that print whatever the room.
        printed: How many of each kind must print.
        kept: Those that a clinician wants in; they are the first to get longer.
    """
    up_to_most, beyond = {}, {}
    for quota in quotas:
        own = ranked[quota.kind]
        waiting = [section for section in own if section.id not in least]
        there = printed[quota.kind] + len(own) - len(waiting)
        more = max(0, quota.most - there)
        up_to_most[quota.kind], beyond[quota.kind] = waiting[:more], waiting[more:]
    wishing = _Wishing(least)
    for quota, section in _in_turn(quotas, up_to_most):
        wishing.add(quota, section)
    goal = wishing.made
    wishing.made = []
    by_hand = {
        kind: [s for s in found if s.id in kept] for kind, found in ranked.items()
    }
    for quota, section in _in_turn(quotas, by_hand):
        wishing.deepen(quota, section)
    first = {quota.kind: ranked[quota.kind][: quota.deepen] for quota in quotas}
    for quota, section in _in_turn(quotas, first):
        wishing.deepen(quota, section)
    for quota, section in _in_turn(quotas, beyond):
        wishing.add(quota, section)
    for quota, section in _in_turn(quotas, ranked):
        wishing.deepen(quota, section)
    return goal, wishing.made


def _in_turn(
    quotas: tuple[Quota, ...], lists: Mapping[str, list[SectionTemplate]]
) -> Iterator[tuple[Quota, SectionTemplate]]:
    """Yield the first of each kind, then the second of each kind, and so on."""
    longest = max((len(found) for found in lists.values()), default=0)
    for number in range(longest):
        for quota in quotas:
            for section in lists[quota.kind][number : number + 1]:
                yield quota, section

"""Every guide has a part of each kind that its reader may have, and keeps its pages.

The samples, the personas and people drawn at random, at each length. A normal run draws
few; ``BACKGUIDE_PEOPLE=1000`` says how many.
"""

import os
from collections import Counter

import pytest

from backguide.guidance.library import Library, load_library
from backguide.guidance.section import LENGTHS
from backguide.layout.theme import MAX_COLUMN_BODY_SIZE
from backguide.making import Made, Options, make_handout
from backguide.profile.load import Profile
from backguide.resources import templates_root
from measure_guides import DAY, random_people, samples

CONTENT: Library = load_library(templates_root())
COUNT = int(os.environ.get("BACKGUIDE_PEOPLE", "24"))
LONGER = 100
"""Of so many guides one may have a page more than its length has."""


def guide(profile: Profile, length: str) -> Made | None:
    """Return a person's guide; None for a page in place of one."""
    options = Options(DAY, "test", length=length)
    made = make_handout(profile, CONTENT, options, is_drawn=False)
    return None if made.selection.triage.is_held_back else made


def missing(made: Made) -> list[str]:
    """Return the kinds of which too few print, and deep water where it must."""
    included = [decision.section for decision in made.selection.included()]
    applying = Counter(CONTENT.kind_of(section) for section in included)
    printed = Counter(section.kind for section in made.handout.sections)
    quotas = CONTENT.frame.choice.quotas[made.selection.length]
    found = [
        quota.kind
        for quota in quotas
        if printed[quota.kind] < min(quota.least, applying[quota.kind])
    ]
    there = {section.id for section in made.handout.sections}
    always = set(CONTENT.frame.choice.always) & {section.id for section in included}
    return found + sorted(always - there)


@pytest.mark.parametrize("length", LENGTHS)
def test_each_sample_has_each_kind(length: str) -> None:
    guides = {name: guide(profile, length) for name, profile in samples()}
    found = {name: missing(made) for name, made in guides.items() if made}
    assert len(found) > 20
    assert {name: kinds for name, kinds in found.items() if kinds} == {}


@pytest.fixture(scope="module")
def people() -> list[Profile]:
    return random_people(COUNT, CONTENT)


@pytest.mark.parametrize("length", LENGTHS)
def test_anybody_has_each_kind_and_few_guides_are_longer(
    people: list[Profile], length: str
) -> None:
    assert len(people) == COUNT
    over: Counter[int] = Counter()
    for profile in people:
        made = guide(profile, length)
        assert made
        assert missing(made) == []
        if made.laid.theme.body_size <= MAX_COLUMN_BODY_SIZE:
            over[made.pages_over] += 1
    assert set(over) <= {0, 1}
    assert over[1] <= max(1, COUNT // LONGER)
    assert not over[1] or length != "full"


def test_the_people_are_of_every_kind(people: list[Profile]) -> None:
    """A proof on people who all may have little would prove little."""
    kinds: Counter[str] = Counter()
    for profile in people:
        made = guide(profile, "short")
        assert made
        applying = [d.section for d in made.selection.included()]
        kinds.update({CONTENT.kind_of(section) for section in applying})
    asked = {q.kind for q in CONTENT.frame.choice.quotas["short"] if q.least}
    assert all(kinds[kind] * 4 > COUNT for kind in asked), kinds

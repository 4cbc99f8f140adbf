"""What follows from the content alone and every selection needs; worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from backguide.guidance.library import Library
from backguide.guidance.section import SectionTemplate

EXERCISE_COUNT: Final = "derived.exercise_count"
"""The one fact that is known only when the exercises are picked."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Facts about the sections of one library."""

    library: Library
    order: tuple[SectionTemplate, ...]
    """All sections in printing order."""
    asked: Mapping[str, tuple[str, ...]]
    """The facts that a section's condition asks about, sorted, by its id."""
    with_exercises: frozenset[str]
    """Sections that print exercises or ask how many there are."""
    printing_exercises: frozenset[str]


_last: list[Prepared] = []
"""That of the library used last; a process hardly ever uses two."""


def prepared(library: Library) -> Prepared:
    """Return what is known about the sections of a library."""
    if not _last or _last[0].library is not library:
        _last[:] = [_prepare(library)]
    return _last[0]


def _prepare(library: Library) -> Prepared:
    asked = {
        section.id: tuple(sorted({t.fact for t in section.whole_condition.tests()}))
        for section in library.sections.values()
    }
    printing = frozenset(
        section.id
        for section in library.sections.values()
        if any(insert.name == "exercise-cards" for insert in section.inserts())
    )
    asking = {name for name, facts in asked.items() if EXERCISE_COUNT in facts}
    order = in_printing_order(library)
    return Prepared(
        library, order, MappingProxyType(asked), printing | asking, printing
    )


def in_printing_order(library: Library) -> tuple[SectionTemplate, ...]:
    """Return all sections: page one first, then by group and order."""
    page_one = library.frame.page_one
    groups = library.frame.groups

    def place(section: SectionTemplate) -> tuple[int, int, int, str]:
        if section.id in page_one:
            return (0, page_one.index(section.id), 0, section.id)
        return (1, groups.index(section.group), section.order, section.id)

    return tuple(sorted(library.sections.values(), key=place))

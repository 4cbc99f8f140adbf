"""Somebody on whose page a text stands: a sample, or a sample as an example changes it.

Every sample of ``profiles/`` is laid out in full once. A section that none of them
gets is looked for with the answers of its own examples put over a sample.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from backguide.about import __version__
from backguide.errors import BackguideError
from backguide.guidance.condition import Condition
from backguide.guidance.library import Library
from backguide.guidance.markup import fill, placeholders
from backguide.guidance.section import SectionTemplate
from backguide.guidance.triage import Flag
from backguide.guidance.wording import Wording
from backguide.making import Made, Options, make_handout
from backguide.profile.facts import known_facts
from backguide.profile.load import Profile, profile_from_bytes
from backguide.reading import names_of, read_node
from backguide.resources import data_root

EXERCISES: Final = "exercise-plan"
"""The section with the cards."""

SAMPLE_BASES: Final = 4
"""An example is put over so many samples, until one gets the section."""


@dataclass(frozen=True, slots=True)
class Person:
    """A made guide and whose it is."""

    name: str
    """The file of the sample, and the example that changes it."""
    made: Made
    wording: Wording

    def pages(self) -> Mapping[str, int]:
        """Return on which page each section begins, from 1."""
        found: dict[str, int] = {}
        for place in self.made.laid.placements():
            found.setdefault(place.section_id, place.page)
        return found

    def filled(self, text: str) -> str:
        """Return a text with the person's answers in square brackets.

        What this person has no answer for is named by the title of the answer.
        """
        values = {path: f"[{self._value(path)}]" for path in placeholders(text)}
        return fill(text, values)

    def _value(self, path: str) -> str:
        try:
            return self.wording.placeholder(path)
        except KeyError:
            return known_facts()[path].title if path in known_facts() else path


class People:
    """Finds whose page shows a section."""

    def __init__(self, library: Library) -> None:
        """Lay out every sample.

        Args:
            library: The content; with content of one's own a sample that it cannot
                print is passed over.
        """
        self._library = library
        self._data = list(_samples())
        self._people = [
            person
            for name, data in self._data
            if (person := self._made(name, data)) is not None
        ]
        self._wishful: list[Person] | None = None
        self._first: dict[str, tuple[Person, int]] = {}
        for person in self._people:
            for section, page in person.pages().items():
                self._first.setdefault(section, (person, page))

    @property
    def anybody(self) -> Person | None:
        """Somebody whose answers fill what has no page of its own."""
        return self._people[0] if self._people else None

    def of_section(self, section: SectionTemplate) -> tuple[Person, int] | None:
        """Return somebody who gets a section, and the page that it begins on."""
        if section.id not in self._first:
            for example in section.examples:
                if example.expect != "include":
                    continue
                for name, data in self._data[:SAMPLE_BASES]:
                    both = f'{name} with "{example.name}"'
                    person = self._made(both, _merged(data, example.profile))
                    page = person.pages().get(section.id) if person else None
                    if person and page:
                        self._first[section.id] = person, page
                        return person, page
        return self._first.get(section.id)

    def of_exercise(self, id_: str) -> tuple[Person, int] | None:
        """Return somebody who gets an exercise, and the page where cards begin."""
        for person in (*self._people, *self._with_many_exercises()):
            picks = person.made.selection.picks
            if any(p.is_chosen and p.exercise.id == id_ for p in picks):
                page = person.pages().get(EXERCISES)
                if page:
                    return person, page
        return None

    def _with_many_exercises(self) -> Iterator[Person]:
        """Yield the samples again, each with as many exercises as anybody can ask."""
        if self._wishful is None:
            most = known_facts()["n_exercises"].maximum
            wish = {"n_exercises": int(most or 0)}
            made = (
                self._made(f"{name} with more exercises", {**data, **wish})
                for name, data in self._data
            )
            self._wishful = [person for person in made if person is not None]
        yield from self._wishful

    def of_sign(self, flag: Flag) -> Person | None:
        """Return somebody who has a warning sign: a sample, or one with its answers."""
        for person in self._people:
            if _has(person, flag):
                return person
        for rule in flag.rules:
            answers = _answers(rule.when)
            for name, data in self._data[:SAMPLE_BASES]:
                found = self._made(f"{name} with this sign", _merged(data, answers))
                if found and _has(found, flag):
                    return found
        return None

    def _made(self, name: str, data: Mapping[str, Any]) -> Person | None:
        try:
            profile = profile_from_bytes(json.dumps(data).encode(), name)
            options = Options(_day_of(profile), __version__, length="full")
            made = make_handout(profile, self._library, options, is_drawn=False)
        except (BackguideError, KeyError):
            return None  # answers that do not go together
        return Person(name, made, Wording(self._library, made.selection.facts))


def _has(person: Person, flag: Flag) -> bool:
    found = person.made.selection.triage.flags
    return any(item.flag.id == flag.id for item in found)


def _answers(condition: Condition) -> dict[str, Any]:
    """Return the answers that a rule asks for, nested as in a profile."""
    answers: dict[str, Any] = {}
    for test in condition.tests():
        group, _, name = test.fact.partition(".")
        word, wanted = test.checks[0]
        if group in ("derived", "triage") or not name or word == "known":
            continue
        first = wanted[0] if word == "one_of" else wanted
        answers.setdefault(group, {})[name] = (
            list(first) if isinstance(first, tuple) else first
        )
    return answers


def _day_of(profile: Profile) -> date:
    given = profile.get("created_date")
    return given if isinstance(given, date) else date(2026, 1, 1)


def _samples() -> Iterator[tuple[str, dict[str, Any]]]:
    folder = data_root() / "profiles"
    for name in sorted(names_of(folder)):
        if name.endswith(".json"):
            yield name, json.loads(read_node(folder / name))


def _merged(data: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested answers with others put over them."""
    both = dict(data)
    for key, value in other.items():
        old = both.get(key)
        both[key] = _merged(old, value) if isinstance(old, dict) else value
    return both

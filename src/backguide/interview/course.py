"""One person's way through an interview: the answers, and the order they were given.

Pure: no terminal, no web, no clock. What an answer closes goes away with its question,
so every door that keeps answers keeps the same ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backguide.errors import Problem
from backguide.interview.answering import words_of
from backguide.interview.engine import Interview, Step
from backguide.interview.questions import topic_of
from backguide.interview.saved import Saved
from backguide.profile.facts import known_facts

Entry = tuple[str, ...]
"""Fields that were answered at once: the lines of a list, or what stood on a page."""


@dataclass(frozen=True, slots=True)
class Told:
    """How one entry is read back."""

    said: tuple[tuple[str, str], ...]
    """Title of a field, and its answer in words."""
    refused: tuple[str, ...]
    """Titles of the lines of a list that were answered with no."""


class Course:
    """The answers of one person. Only what can be asked of this person stays."""

    def __init__(self, interview: Interview, saved: Saved | None = None) -> None:
        """Begin anew, or go on after answers that were kept."""
        self.interview = interview
        self.answers: dict[str, Any] = dict(saved.answers) if saved else {}
        self.entries: list[Entry] = list(saved.entries) if saved else []
        self._known: tuple[tuple[Interview, dict[str, Any]], Step] | None = None

    def saved(self) -> Saved:
        """Return what is answered so far."""
        entries = tuple(self.entries)
        return Saved(self.interview.day, entries, dict(self.answers))

    def step(self) -> Step:
        """Return what to ask next; worked out once for the same answers."""
        asked = (self.interview, self.answers)
        if self._known is None or self._known[0] != asked:
            step = self.interview.step(self.answers)
            self._known = (self.interview, dict(self.answers)), step
        return self._known[1]

    def content(self) -> bytes:
        """Return the answers as a profile."""
        return self.interview.content(self.answers)

    def problems(self) -> tuple[Problem, ...]:
        """Return what a profile of the answers would be refused for."""
        return self.interview.problems(self.answers)

    def is_held_with(self, more: Mapping[str, Any]) -> bool:
        """Tell whether further answers would end the questions."""
        return self.interview.step({**self.answers, **more}).stage == "held"

    @property
    def is_unclear(self) -> bool:
        """Tell whether the page that asks for safety answers would be made."""
        return self.interview.state(self.answers) == "UNANSWERED"

    def take(self, fields: Entry, answers: Mapping[str, Any]) -> None:
        """Add what was answered at once."""
        self.answers |= answers
        self.entries.append(fields)
        self._prune()

    def change(self, answers: Mapping[str, Any]) -> None:
        """Put other answers in the place of those of an entry."""
        self.answers |= answers
        # What was confirmed may hang on another answer now.
        self.answers.pop("confirmed", None)
        self._prune()

    def forget(self, entry: Entry) -> None:
        """Take an entry away; questions that hung on it go with it."""
        for path in entry:
            self.answers.pop(path, None)
        self.entries.remove(entry)
        self._prune()

    def reopen(self, step: Step) -> None:
        """Take away what was left open and must be answered after all."""
        for path in step.must_answer:
            self.answers.pop(path, None)
        kept = (
            tuple(p for p in entry if p not in step.must_answer)
            for entry in self.entries
        )
        self.entries = [entry for entry in kept if entry]

    def confirm(self, code: str) -> None:
        """Note that a doubt about the answers was looked at, and they are right."""
        codes = [*self.answers.get("confirmed", ()), code]
        self.answers["confirmed"] = codes

    def entry_of(self, path: str) -> Entry | None:
        """Return the entry that a field was answered in; None when there is none."""
        return next((entry for entry in self.entries if path in entry), None)

    def told(self, entry: Entry) -> Told:
        """Return how an entry is read back."""
        facts = known_facts()
        is_list = topic_of()[entry[0]].is_list
        refused = [
            p for p in entry if is_list and self.answers[p] in ("no", False)
        ]  # fmt: skip
        said = tuple(
            (facts[p].title, words_of(p, self.answers[p]))
            for p in entry
            if p not in refused
        )
        return Told(said, tuple(facts[p].title for p in refused))

    def _prune(self) -> None:
        kept = self.interview.kept(self.answers)
        entries = (tuple(p for p in e if p in kept) for e in self.entries)
        self.entries = [entry for entry in entries if entry]
        told = {path for entry in self.entries for path in entry} | {"confirmed"}
        self.answers = {path: v for path, v in kept.items() if path in told}

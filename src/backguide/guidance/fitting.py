"""Words that presume something of the reader, and the people whom they fit.

A ``[[fits]]`` of ``handout.toml`` names words ("midwife") or words that meet in one
sentence ("ask" with "doctor" with "run"), and says with ``when`` for whom they fit.
``content check --rules`` proves that no text with such words can print for anybody
else; the tests look for the same words on finished handouts, where the program's own
words stand as well.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from backguide.errors import Problem
from backguide.guidance.cells import Node, Not, Settle, all_of, counterexample, node_of
from backguide.guidance.condition import Condition, Truth
from backguide.guidance.library import Library
from backguide.profile.facts import Facts


@dataclass(frozen=True, slots=True)
class Fit:
    """Words, and whom they fit."""

    says: tuple[str, ...]
    """Any of them is meant; a star stands for any ending."""
    together: tuple[tuple[str, ...], ...]
    """Or one of each list, in one sentence."""
    when: Condition
    """For whom the words fit; what nobody told counts as fitting."""
    line: int

    def found(self, text: str) -> str:
        """Return the words as they stand in a text; empty when there are none."""
        for word in self.says:
            if match := word_pattern(word).search(text):
                return match[0]
        if not self.together:
            return ""
        for sentence in _SENTENCE_END.split(text):
            matches = [_first_of(words, sentence) for words in self.together]
            if all(matches):
                return " ... ".join(matches)
        return ""

    def suits(self, facts: Facts) -> bool:
        """Tell whether the words may be said to somebody."""
        return self.when.evaluate(facts) is not Truth.NO


@dataclass(frozen=True, slots=True)
class PrintedText:
    """A text of the content, where it stands, and when it is printed."""

    where: str
    text: str
    levels: tuple[str, ...]
    prints: Node


_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@cache
def word_pattern(word: str) -> re.Pattern[str]:
    """Return what finds a word: a star is any ending, a blank also a hyphen."""
    body = re.escape(word.removesuffix("*")).replace(r"\ ", r"[\s-]+")
    end = r"\w*" if word.endswith("*") else r"(?!\w)"
    return re.compile(rf"(?<!\w){body}{end}", re.IGNORECASE)


def _first_of(words: tuple[str, ...], sentence: str) -> str:
    matches = (word_pattern(word).search(sentence) for word in words)
    return next((match[0] for match in matches if match), "")


def fit_problems(
    fits: Iterable[Fit], texts: tuple[PrintedText, ...], library: Library
) -> Iterator[Problem]:
    """Yield each text that can print for somebody whom its words do not fit."""
    for fit in fits:
        misfits = Not(Settle(node_of(fit.when), True))
        for text in texts:
            if words := fit.found(text.text):
                yield from counterexample(
                    all_of(text.prints, misfits),
                    library,
                    text.levels,
                    text.where,
                    f'says "{words}" to somebody whom that does not fit',
                )

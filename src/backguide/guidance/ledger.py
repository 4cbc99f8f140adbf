"""The ledger of claims: what the five first texts said, and where we deal with it.

In:   ``claims.toml`` and a library.
Out:  one Problem for each claim that nobody carries, and a count for each article.
Pure: no files but the ledger, no clock.

A claim is carried by a section or an exercise that names it in its ``claims``. Page
one carries its claims through the section ``main-message``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

from backguide.errors import Problem
from backguide.guidance.content_file import ContentFile, TableReader
from backguide.guidance.exercises import Exercise
from backguide.guidance.library import Library
from backguide.guidance.section import SectionTemplate

LEDGER_FILE: Final = "claims.toml"
VERDICTS: Final = ("KEEP", "SOFTEN", "CORRECT", "SAFETY", "ADMIN")
PAGE_ONE: Final = "main-message"
"""The section, and the insert in it, that print the lines of page one."""
NOT_CARRIED: Final = "ADMIN"
"""The one verdict that asks for no carrier: furniture of the first texts."""

MIN_SHARED_WORDS: Final = 0.5
"""Share of the words of a correction that its carriers must print."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of the ledger."""

    id: str
    seed: str
    """The article it comes from, "000" to "004"."""
    claim: str
    """What that article says, in our words; not always true."""
    verdict: str
    sections: tuple[str, ...]
    """Sections and exercises that should carry it, as the ledger says."""
    correction: str
    """What is printed in its place; needed for CORRECT."""
    line: int

    @property
    def must_be_carried(self) -> bool:
        """Tell whether the page has to deal with it."""
        return self.verdict != NOT_CARRIED


@dataclass(frozen=True, slots=True)
class Ledger:
    """All claims, in the order of the file."""

    claims: tuple[Claim, ...]
    file: ContentFile


@dataclass(frozen=True, slots=True)
class ArticleCount:
    """How many claims of one article there are, and how many are dealt with."""

    seed: str
    claims: int
    to_carry: int
    """Those with another verdict than ADMIN."""
    carried: int


def read_ledger(root: Traversable) -> tuple[Ledger, tuple[Problem, ...]]:
    """Return the ledger of a content folder and the slips in the file.

    Args:
        root: A folder laid out like ``templates/``.
    """
    file = ContentFile(root, LEDGER_FILE)
    claims = tuple(
        _claim(file, name, table)
        for name, table in file.table.items()
        if isinstance(table, dict)
    )
    return Ledger(claims, file), tuple(file.problems)


def _claim(file: ContentFile, name: str, table: dict[str, Any]) -> Claim:
    read = TableReader(file, table, f"[{name}]")
    claim = Claim(
        id=name,
        seed=read.text("seed"),
        claim=read.text("claim"),
        verdict=read.choice("verdict", VERDICTS),
        sections=read.texts("sections"),
        correction=read.text("correction", ""),
        line=file.line_of(f"[{name}]"),
    )
    read.text("category")
    read.finish()
    if claim.verdict == "CORRECT" and not claim.correction:
        file.add_at(
            claim.line,
            f'{name} is wrong or out of date, so it needs a "correction"',
            "write what the page says in its place",
        )
    return claim


Carrier = SectionTemplate | Exercise


def carriers(library: Library) -> Mapping[str, tuple[Carrier, ...]]:
    """Return the sections and exercises that carry each claim, by its id."""
    found: dict[str, tuple[Carrier, ...]] = {}
    for carrier in _all_carriers(library).values():
        for claim in carrier.claims:
            found[claim] = (*found.get(claim, ()), carrier)
    return MappingProxyType(found)


def _all_carriers(library: Library) -> Mapping[str, Carrier]:
    return {**library.sections, **library.exercises}


def ledger_problems(library: Library, ledger: Ledger) -> tuple[Problem, ...]:
    """Return where the ledger and the content say different things.

    Args:
        library: The content.
        ledger: From the same folder.
    """
    carried = carriers(library)
    every = _all_carriers(library)
    found: list[Problem] = []
    for claim in ledger.claims:
        carried_by = carried.get(claim.id, ())
        found += _claim_problems(claim, ledger.file, carried_by, every)
        if claim.verdict == "CORRECT" and claim.correction and carried_by:
            found += _correction_problems(claim, ledger.file, carried_by, library)
    known = {claim.id: claim for claim in ledger.claims}
    for carrier in every.values():
        for name in carrier.claims:
            line = carrier.file.line_of(f'"{name}"', "claims")
            where = f"templates/{carrier.file.name}:{line}"
            if name not in known:
                message = f'there is no claim "{name}" in {LEDGER_FILE}'
                found.append(_problem(where, message))
            elif carrier.id not in known[name].sections:
                message = f'{name} in {LEDGER_FILE} does not name "{carrier.id}"'
                hint = f"add it to the sections of {name}"
                found.append(_problem(where, message, hint))
    return tuple(found)


def _claim_problems(
    claim: Claim,
    file: ContentFile,
    carried_by: tuple[Carrier, ...],
    every: Mapping[str, Carrier],
) -> Iterator[Problem]:
    where = f"templates/{file.name}:{claim.line}"
    if claim.must_be_carried and not carried_by:
        named = ", ".join(claim.sections) or "a section"
        yield _problem(
            where,
            f"{claim.id} ({claim.verdict}) is carried by no section and no exercise",
            f'add "{claim.id}" to the claims of {named}',
        )
    for name in claim.sections:
        if name not in every:
            yield _problem(where, f'{claim.id}: there is no section "{name}"')
        elif carried_by and every[name] not in carried_by and claim.must_be_carried:
            yield _problem(where, f'"{name}" does not carry {claim.id}')


def _correction_problems(
    claim: Claim, file: ContentFile, carried_by: tuple[Carrier, ...], library: Library
) -> Iterator[Problem]:
    printed = " ".join(text_of(carrier, library) for carrier in carried_by)
    share = shared_words(claim.correction, printed)
    if share < MIN_SHARED_WORDS:
        yield _problem(
            f"templates/{file.name}:{claim.line}",
            f"{claim.id}: its carriers print {100 * share:.0f} in 100 words of the "
            f"correction; at least {100 * MIN_SHARED_WORDS:.0f}",
            "print the correction, or bring the ledger up to date",
        )


def _problem(where: str, message: str, hint: str = "") -> Problem:
    return Problem(where, message, hint, "E_CONTENT")


def text_of(carrier: Carrier, library: Library) -> str:
    """Return the words that a section or an exercise can print."""
    if isinstance(carrier, SectionTemplate):
        text = f"{carrier.title} {carrier.plain_text()}"
        if any(insert.name == PAGE_ONE for insert in carrier.inserts()):
            lines = library.message.every_line()
            text += " ".join(f" {line.headline} {line.text}" for line in lines)
        return text
    usual = carrier.forms[0]
    return " ".join((usual.name, usual.start, *usual.steps, usual.harder))


_SMALL_WORDS: Final = frozenset(
    {
        "a", "about", "above", "after", "also", "an", "and", "any", "are", "as", "at",
        "be", "been", "but", "by", "can", "did", "do", "does", "for", "from", "get",
        "had", "has", "have", "how", "if", "in", "into", "is", "it", "its", "like",
        "made", "make", "makes", "may", "more", "most", "much", "need", "no", "not",
        "of", "off", "on", "one", "only", "or", "other", "out", "own", "so", "some",
        "such", "than", "that", "the", "their", "them", "then", "there", "these",
        "they", "this", "those", "to", "too", "under", "up", "very", "was", "were",
        "what", "when", "where", "which", "who", "will", "with", "you", "your",
    }
)  # fmt: skip
"""Words that say little about what a text is about."""


def shared_words(wanted: str, printed: str) -> float:
    """Return the share of the telling words of a text that another text holds, 0 to 1.

    Endings such as "s", "ed" and "ing" make no difference.
    """
    needed = _stems(wanted)
    return len(needed & _stems(printed)) / len(needed) if needed else 1.0


def _stems(text: str) -> frozenset[str]:
    words = re.findall(r"[a-z]+|\d+", text.lower())
    cut = (
        re.sub(r"(?<=\w\w\w)(?:ing|ier|ed|es|er|s|e)\Z", "", word)
        for word in words
        if word not in _SMALL_WORDS
    )
    return frozenset(re.sub(r"([b-df-hj-np-tv-z])\1\Z", r"\1", stem) for stem in cut)


def counts(library: Library, ledger: Ledger) -> tuple[ArticleCount, ...]:
    """Return for each article how many of its claims the content carries."""
    carried = carriers(library)
    seeds = dict.fromkeys(claim.seed for claim in ledger.claims)
    return tuple(_count(seed, ledger, carried) for seed in sorted(seeds))


def _count(
    seed: str, ledger: Ledger, carried: Mapping[str, tuple[Carrier, ...]]
) -> ArticleCount:
    own = [claim for claim in ledger.claims if claim.seed == seed]
    to_carry = [claim for claim in own if claim.must_be_carried]
    return ArticleCount(
        seed=seed,
        claims=len(own),
        to_carry=len(to_carry),
        carried=sum(claim.id in carried for claim in to_carry),
    )

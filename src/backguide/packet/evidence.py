"""What the sources of the content found, in the words of ``docs/evidence.md``.

A study (E01) has a row with five cells: its name, its design, what was found, that in
one line, and what to be careful about. A warning sign (RF01) has a row with what it is
made from. Other sources are told by ``sources.toml`` alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Final

from backguide.guidance.ledger import Claim, read_ledger
from backguide.guidance.library import Library
from backguide.reading import read_node
from backguide.resources import data_root

_ROW: Final = re.compile(r"^\| ((?:E|RF)\d\d)(?: [VKUD/]+)? \| (.+) \|$", re.MULTILINE)
_MARKS: Final = re.compile(r"\*+|`")
STUDY_CELLS: Final = 5
SIGN_CELLS: Final = 6


@dataclass(frozen=True, slots=True)
class Evidence:
    """The rows of the evidence page, and the claims of the first texts."""

    rows: Mapping[str, tuple[str, ...]]
    """The cells behind the id, in plain text."""
    claims: Mapping[str, Claim]

    def found(self, source: str) -> str:
        """Return what a study found, in one line; empty for another source."""
        cells = self.rows.get(source, ())
        return cells[3] if len(cells) == STUDY_CELLS else ""

    def in_full(self, source: str) -> str:
        """Return design, finding and caution of a study; empty for another source."""
        cells = self.rows.get(source, ())
        if len(cells) != STUDY_CELLS:
            return ""
        return f"{cells[1]}. Found: {cells[2]} Careful: {cells[4]}"

    def sign(self, flag: str) -> str:
        """Return what a warning sign is made from, its level and what is printed."""
        cells = self.rows.get(flag, ())
        if len(cells) != SIGN_CELLS:
            return ""
        return f"{cells[1]}. Level: {cells[3]}. Printed: {cells[5]}"


def read_evidence(root: Traversable) -> Evidence:
    """Read the page beside a content folder, or the built-in one where there is none.

    Args:
        root: A folder laid out like ``templates/``.

    Raises:
        OSError: The page cannot be read.
    """
    page = data_root() / "docs" / "evidence.md"
    if isinstance(root, Path):
        own = root.resolve().parent / "docs" / "evidence.md"
        page = own if own.is_file() else page
    text = read_node(page).decode("utf-8")
    rows = {
        match[1]: tuple(_MARKS.sub("", cell.strip()) for cell in match[2].split(" | "))
        for match in _ROW.finditer(text)
    }
    ledger, _ = read_ledger(root)
    claims = {claim.id: claim for claim in ledger.claims}
    return Evidence(MappingProxyType(rows), MappingProxyType(claims))


def source_words(names: tuple[str, ...], library: Library, evidence: Evidence) -> str:
    """Return the sources of an item in words, or that it is a design choice."""
    if not names:
        return "Source: none; a design choice that waits for your word."
    told = []
    for name in names:
        source = library.sources[name]
        link = " (a link, no cause)" if source.is_association_only else ""
        found = evidence.found(name)
        told.append(f"{name} {source.short}{link}" + (f": {found}" if found else "."))
    return f"Sources: {' '.join(told)}"


def claim_words(names: tuple[str, ...], evidence: Evidence) -> str:
    """Return the claims that an item deals with, each with its verdict."""
    told = [
        f"{claim.id} ({claim.verdict.lower()}) {claim.correction or claim.claim}"
        for name in names
        if (claim := evidence.claims.get(name))
    ]
    return f"Deals with: {' '.join(told)}" if told else ""

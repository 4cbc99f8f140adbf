"""What a made guide holds: its parts with form and page, and what fell out and why.

In:   a finished handout.
Out:  records and lines of text, for whoever made it.
Pure: no files, no terminal.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from backguide.document import Form, HandoutSection
from backguide.guidance.library import Library
from backguide.guidance.select import DROPPED_BY_HAND
from backguide.handout.compose import ATTACHED_NOTE
from backguide.handout.teach_back import TEACH_BACK
from backguide.making import Made

LINE_WIDTH: Final = 79
NO_SPACE: Final = "left out: no space"


@dataclass(frozen=True, slots=True)
class Part:
    """A part that prints."""

    id: str
    title: str
    kind: str
    """Such as "cause"; empty for what is no section of the content."""
    form: Form
    page: int
    """Of its first line, counted from 1."""
    last_page: int
    reason: str
    """Why this person gets it; empty for what everybody of this level gets."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A section that does not print."""

    id: str
    title: str
    kind: str
    rule: str
    reason: str


def parts_of(made: Made, library: Library) -> tuple[Part, ...]:
    """Return the parts of a guide in the order of printing.

    In large print the answer goes on after page one; it is one part nevertheless.
    """
    pages: dict[str, list[int]] = {}
    for placed in made.laid.placements():
        pages.setdefault(placed.section_id, []).append(placed.page)
    sections: dict[str, HandoutSection] = {}
    for section in made.handout.sections:
        sections.setdefault(section.id, section)
    reasons = {d.section.id: d.reason for d in made.selection.included()}
    own = {
        TEACH_BACK: library.words["teach_back.lead"].rstrip(":"),
        ATTACHED_NOTE: library.words["clinic.attached_note"],
    }
    return tuple(
        Part(
            id=section.id,
            title=_title(section.id, library) or own.get(section.id, section.id),
            kind=section.kind,
            form=section.form,
            page=min(pages[section.id]),
            last_page=max(pages[section.id]),
            reason=reasons.get(section.id, ""),
        )
        for section in sections.values()
        if section.id in pages
    )


def left_out_of(made: Made, library: Library) -> tuple[LeftOut, ...]:
    """Return the sections that do not print, in the order of the content."""
    found = []
    for decision in made.selection.decisions:
        section, rule, reason = decision.section, decision.rule, decision.reason
        if section.id in made.dropped:
            rule, reason = NO_SPACE, f"no room on {_pages(made.pages)}"
        elif decision.is_included:
            continue
        kind = library.kind_of(section)
        found.append(LeftOut(section.id, section.title, kind, rule, reason))
    return tuple(found)


def record_of(made: Made, library: Library) -> dict[str, Any]:
    """Return pages, parts and what fell out of a guide, ready for JSON."""
    return {
        "pages": made.pages,
        "pages_over": made.pages_over,
        "parts": [
            {
                "id": part.id,
                "title": part.title,
                "kind": part.kind,
                "form": part.form,
                "page": part.page,
                "last_page": part.last_page,
                "reason": part.reason,
            }
            for part in parts_of(made, library)
        ],
        "left_out": [
            {
                "id": left.id,
                "title": left.title,
                "kind": left.kind,
                "rule": left.rule.removeprefix("left out: "),
                "reason": left.reason,
            }
            for left in left_out_of(made, library)
        ],
    }


def told(made: Made, library: Library) -> Iterator[str]:
    """Yield what prints on which page, and what applies and fell out, in words."""
    parts = sorted(parts_of(made, library), key=lambda part: part.page)
    for page, here in groupby(parts, key=lambda part: part.page):
        titles = [
            f"{part.title} (in short)" if part.form == "digest" else part.title
            for part in here
        ]
        yield from _wrapped(f"Page {page}: ", titles)
    left = left_out_of(made, library)
    length = made.selection.length
    for rule, words in (
        (NO_SPACE, f"No room on {_pages(made.pages)}: "),
        (DROPPED_BY_HAND, "Dropped by hand: "),
        ("left out: length", f"Not in a {length} guide: "),
    ):
        titles = [item.title for item in left if item.rule == rule]
        if titles:
            yield from _wrapped(words, titles)


def _title(section_id: str, library: Library) -> str:
    """Return the title of a section, as the content has it."""
    section = library.sections.get(section_id)
    return section.title if section else ""


def _pages(count: int) -> str:
    return f"{count} page{'' if count == 1 else 's'}"


def _wrapped(label: str, titles: list[str]) -> list[str]:
    text = label + "; ".join(titles)
    return textwrap.wrap(
        text, LINE_WIDTH, subsequent_indent="  ", break_on_hyphens=False
    )

"""Make one handout: decide, compose, fit to its length, lay out, draw.

The one path from a checked profile to the bytes of a PDF. The command line and
the batch both take it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from backguide.document import Handout
from backguide.guidance.library import Library
from backguide.guidance.select import Decision, Selection, select
from backguide.handout.compose import (
    ATTACHED_NOTE,
    Issue,
    compose,
    guide_code,
    guide_id,
)
from backguide.layout.build import Memo
from backguide.layout.pdf import Laid, lay_out, render_pdf
from backguide.layout.theme import Ink, Theme, make_theme
from backguide.profile.load import Profile

LARGE_PRINT_PAGES: Final = 2
"""Large print may have this many times the pages."""

MAX_FILE_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may decide over the profile; empty means the profile."""

    issued_on: date
    program_version: str
    length: str = ""
    paper: str = ""
    large_print: str = ""
    ink: Ink | str = ""
    approved_by: str = ""
    logo: Path | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A finished handout and everything that was decided for it."""

    pdf: bytes
    handout: Handout
    selection: Selection
    dropped: tuple[str, ...]
    """Sections that fell out for lack of space."""
    laid: Laid
    file_name: str

    @property
    def pages(self) -> int:
        """Return the number of pages."""
        return len(self.laid.pages)


def make_handout(profile: Profile, library: Library, options: Options) -> Made:
    """Return the finished handout of one person.

    Raises:
        LayoutError: The document cannot be put on pages.
    """
    selection = select(profile.facts, library, length=options.length)
    theme = theme_for(profile, options)
    issue = Issue(
        issued_on=options.issued_on,
        program_version=options.program_version,
        approved_by=options.approved_by,
        options=f"{selection.length} {theme}",
    )
    memo: Memo = {}
    dropped = _fit(profile, selection, library, issue, theme, memo)
    handout = compose(profile, selection, library, issue, dropped=dropped)
    laid = lay_out(handout, theme, memo)
    return Made(
        pdf=render_pdf(laid, pdf_title=library.frame.pdf_title, logo=options.logo),
        handout=handout,
        selection=selection,
        dropped=dropped,
        laid=laid,
        file_name=file_name(profile, library, issue),
    )


def theme_for(profile: Profile, options: Options) -> Theme:
    """Return the theme that the profile and the options ask for."""
    ink = options.ink or str(profile.get("colour") or "mono")
    return make_theme(
        paper=options.paper or str(profile.get("paper_size")),
        large_print=options.large_print or str(profile.get("large_print") or "off"),
        ink=ink,  # type: ignore[arg-type]
    )


def file_name(profile: Profile, library: Library, issue: Issue) -> str:
    """Return the default file name: bg-<id>-<date>-<code>.pdf."""
    code = guide_code(profile, library, issue).replace("-", "")
    name = f"bg-{guide_id(profile)}-{issue.issued_on:%Y%m%d}-{code}.pdf"
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)[-MAX_FILE_NAME:]


def _fit(
    profile: Profile,
    selection: Selection,
    library: Library,
    issue: Issue,
    theme: Theme,
    memo: Memo,
) -> tuple[str, ...]:
    """Return the ids of the sections that must fall out for the length to hold.

    The least urgent go first (priority 5, then 4 ...); priority 1 never goes.
    """
    if selection.triage.is_held_back:
        return ()
    max_sections = int(library.frame.max_sections[selection.length])
    max_pages = int(library.frame.max_pages[selection.length])
    if theme.body_size > 12:
        max_pages *= LARGE_PRINT_PAGES
    included = selection.included()
    wishes = [d.section.id for d in _by_urgency(included) if d.section.priority > 1]
    room = max(max_sections - (len(included) - len(wishes)), 0)
    kept, rest = wishes[:room], wishes[room:]

    def laid(keep: list[str]) -> Laid:
        dropped = tuple(i for i in wishes if i not in keep)
        handout = compose(profile, selection, library, issue, dropped=dropped)
        return lay_out(_without_note(handout), theme, memo)

    low, high = 0, len(kept)
    best = laid(kept)
    if len(best.pages) <= max_pages:
        low = high
    while low < high:
        middle = (low + high + 1) // 2
        trial = laid(kept[:middle])
        if len(trial.pages) <= max_pages:
            low, best = middle, trial
        else:
            high = middle - 1
    chosen, rest = kept[:low], kept[low:] + rest
    if low < len(kept):
        chosen = _fill_gaps(chosen, rest[: len(kept) - low], laid, max_pages)
    return tuple(i for i in wishes if i not in chosen)


FILL_TRIES: Final = 6


def _fill_gaps(
    chosen: list[str],
    rest: list[str],
    lay: Callable[[list[str]], Laid],
    max_pages: int,
) -> list[str]:
    """Return the choice with later, smaller sections added where space is left."""
    for section_id in rest[1 : FILL_TRIES + 1]:
        trial = [*chosen, section_id]
        if len(lay(trial).pages) <= max_pages:
            chosen = trial
    return chosen


def _by_urgency(included: tuple[Decision, ...]) -> list[Decision]:
    return sorted(included, key=lambda decision: decision.section.priority)


def _without_note(handout: Handout) -> Handout:
    """Return the handout without the clinic's own pages, which do not count."""
    kept = tuple(s for s in handout.sections if s.id != ATTACHED_NOTE)
    return replace(handout, sections=kept)

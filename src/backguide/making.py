"""Make one handout: decide, compose, fit to its length, lay out, draw.

The one path from a checked profile to the bytes of a PDF. The command line and
the batch both take it.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from backguide.clinic import Clinic, with_clinic
from backguide.document import Handout, fillable, without_pictures
from backguide.errors import VerificationError
from backguide.guidance.library import Library
from backguide.guidance.select import Selection, select
from backguide.guidance.triage import Level
from backguide.handout.chart_note import chart_note
from backguide.handout.compose import (
    ATTACHED_NOTE,
    Issue,
    compose,
    guide_code,
    guide_id,
)
from backguide.handout.teach_back import TEACH_BACK
from backguide.layout.build import Memo
from backguide.layout.pdf import Laid, lay_out, render_pdf
from backguide.layout.theme import (
    EMERGENCY_SIZE_PT,
    MAX_COLUMN_BODY_SIZE,
    Ink,
    Theme,
    make_theme,
)
from backguide.profile.load import Profile
from backguide.verification.verify import verify

if TYPE_CHECKING:
    from backguide.layout.logo import Logo

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
    clinic: Clinic | None = None
    """The clinic file; fills what the profile leaves open."""
    is_fillable: bool = False
    """Make the cells of the diary fields to fill in on screen."""


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
    chart_note: str
    """Text for the patient record; holds no name of the person."""
    is_note_withheld: bool
    """True when the clinic's attached note does not print behind an urgent page."""

    @property
    def pages(self) -> int:
        """Return the number of pages."""
        return len(self.laid.pages)


def make_handout(
    profile: Profile, library: Library, options: Options, *, is_drawn: bool = True
) -> Made:
    """Return the finished handout of one person.

    Args:
        profile: The person's answers.
        library: The content.
        options: What was decided over the profile.
        is_drawn: False to decide and to lay out only; then there are no bytes.

    Raises:
        LayoutError: The document cannot be put on pages.
        LogoError: The logo cannot be used.
        VerificationError: The finished pages do not say what the document says.
    """
    if options.clinic is not None:
        profile = with_clinic(profile, options.clinic)
        options = with_printer(options, options.clinic)
    draft = _draft(profile, library, options)
    laid, selection, dropped = draft.fitted()
    name = file_name(profile, library, draft.issue)
    pdf = b""
    if is_drawn:
        pdf = render_pdf(laid, pdf_title=library.frame.pdf_title, logo=draft.logo)
        try:
            verify(pdf, laid.handout, len(laid.pages))
        except VerificationError as error:
            error.pdf, error.file_name = pdf, name
            raise
    return Made(
        pdf=pdf,
        handout=laid.handout,
        selection=selection,
        dropped=dropped,
        laid=laid,
        file_name=name,
        chart_note=chart_note(laid.handout, selection, library, draft.issue),
        is_note_withheld=selection.triage.is_held_back
        and profile.get("clinic.attached_note") is not None,
    )


def _draft(profile: Profile, library: Library, options: Options) -> "_Draft":
    selection = select(profile.facts, library, length=options.length)
    theme = theme_for(profile, options, level=selection.triage.level)
    logo = _logo(options.logo, theme) if options.logo else None
    issue = Issue(
        issued_on=options.issued_on,
        program_version=options.program_version,
        approved_by=options.approved_by,
        options=_option_words(options, selection.length, theme, logo),
    )
    return _Draft(
        profile,
        library,
        selection,
        issue,
        theme,
        logo,
        is_fillable=options.is_fillable,
    )


def with_printer(options: Options, clinic: Clinic) -> Options:
    """Return the options with the clinic's paper, ink and logo where they say none."""
    return replace(
        options,
        paper=options.paper or clinic.paper,
        ink=options.ink or clinic.ink,
        logo=options.logo or clinic.logo,
    )


def _logo(path: Path, theme: Theme) -> "Logo":
    # Pillow is loaded for a logo only.
    from backguide.layout.logo import read_logo

    return read_logo(path, is_grey=theme.ink != "colour")


def _option_words(
    options: Options, length: str, theme: Theme, logo: "Logo | None"
) -> str:
    """Return what moves the guide code beside profile, content, program and day.

    Not the ink: it moves nothing on the page, so it must not move the code.
    """
    words = [length, f"{theme.page_width:.0f}", f"{theme.body_size:g}"]
    if options.clinic is not None:
        words.append(f"clinic={options.clinic.digest}")
    if options.is_fillable:
        words.append("fillable")
    if logo is not None:
        words.append(f"logo={logo.source}")
    return " ".join(words)


def theme_for(profile: Profile, options: Options, *, level: Level) -> Theme:
    """Return the theme that the profile and the options ask for."""
    ink = options.ink or str(profile.get("colour") or "mono")
    theme = make_theme(
        paper=options.paper or str(profile.get("paper_size")),
        large_print=options.large_print or str(profile.get("large_print") or "off"),
        ink=ink,  # type: ignore[arg-type]
    )
    if level is Level.EMERGENCY:
        return replace(theme, body_size=max(theme.body_size, EMERGENCY_SIZE_PT))
    return theme


def file_name(profile: Profile, library: Library, issue: Issue) -> str:
    """Return the default file name: bg-<id>-<date>-<code>.pdf."""
    code = guide_code(profile, library, issue).replace("-", "")
    name = f"bg-{guide_id(profile)}-{issue.issued_on:%Y%m%d}-{code}.pdf"
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)[-MAX_FILE_NAME:]


TIGHTEST: Final = 3
"""How far a handout may be drawn together; see ``select`` and ``compose``."""


class _Draft:
    """One person's handout on its way to the length that was asked for."""

    def __init__(
        self,
        profile: Profile,
        library: Library,
        selection: Selection,
        issue: Issue,
        theme: Theme,
        logo: "Logo | None" = None,
        *,
        is_fillable: bool = False,
    ) -> None:
        self.issue = issue
        self.logo = logo
        self._is_fillable = is_fillable
        self._profile = profile
        self._library = library
        self._selection = selection
        self._theme = theme
        self._memo: Memo = {}
        """Sections of this person that were set already; never shared."""
        frame, length = library.frame, selection.length
        self._max_sections = int(frame.max_sections[length])
        self._max_pages = int(frame.max_pages[length])
        if theme.body_size > MAX_COLUMN_BODY_SIZE:
            self._max_pages *= LARGE_PRINT_PAGES

    def fitted(self) -> tuple[Laid, Selection, tuple[str, ...]]:
        """Return the pages, the decisions and what fell out.

        First the handout is drawn together until what must print fits. Then the
        other sections are added, the most urgent first, while there is space.
        """
        if self._selection.triage.is_held_back:
            return self._laid(self._selection, 0, ()), self._selection, ()
        for tightness in range(TIGHTEST + 1):
            selection = select(
                self._profile.facts,
                self._library,
                length=self._selection.length,
                tightness=tightness,
            )
            wishes = _wishes(selection)
            if self._fits(self._laid(selection, tightness, tuple(wishes))):
                break
        chosen = self._most(selection, tightness, wishes)
        dropped = tuple(name for name in wishes if name not in chosen)
        laid = self._laid(selection, tightness, dropped, is_final=True)
        laid = self._without_what_costs_a_page(laid)
        return laid, selection, dropped

    def _without_what_costs_a_page(self, laid: Laid) -> Laid:
        """Return the pages with as many of the extras as stand on them anyway."""
        whole = laid.handout
        bare = without_pictures(whole).without(TEACH_BACK)
        if bare == whole:
            return laid
        least = self._on_pages(bare)
        for handout in (whole, without_pictures(whole), whole.without(TEACH_BACK)):
            laid = self._on_pages(handout)
            if len(laid.pages) == len(least.pages):
                return laid
        return least

    def _on_pages(self, handout: Handout) -> Laid:
        size = self.logo.size() if self.logo else None
        return lay_out(handout, self._theme, self._memo, logo_size=size)

    def _fits(self, laid: Laid) -> bool:
        return len(laid.pages) <= self._max_pages

    def _laid(
        self,
        selection: Selection,
        tightness: int,
        dropped: tuple[str, ...],
        *,
        is_final: bool = False,
    ) -> Laid:
        handout = compose(
            self._profile,
            selection,
            self._library,
            self.issue,
            dropped=dropped,
            tightness=tightness,
        )
        if self._is_fillable:
            handout = fillable(handout)
        if not is_final:
            # The clinic's own pages do not count for the length; pictures take
            # what room is left at the end.
            handout = without_pictures(_without_note(handout))
        return self._on_pages(handout)

    def _most(
        self, selection: Selection, tightness: int, wishes: list[str]
    ) -> list[str]:
        """Return as many of the wishes as there is space for, in their order."""

        def fits(chosen: list[str]) -> bool:
            dropped = tuple(name for name in wishes if name not in chosen)
            return self._fits(self._laid(selection, tightness, dropped))

        must = len(selection.included()) - len(wishes)
        room = max(self._max_sections - must, 0)
        candidates = wishes[:room]
        if fits(candidates):
            return candidates
        low, high = 0, len(candidates) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if fits(candidates[:middle]):
                low = middle
            else:
                high = middle - 1
        chosen = candidates[:low]
        for name in candidates[low + 1 : low + 1 + FILL_TRIES]:
            if fits([*chosen, name]):
                chosen.append(name)
        return chosen


FILL_TRIES: Final = 6
"""How many later sections are tried for the space that is left."""


def _wishes(selection: Selection) -> list[str]:
    """Return the sections that may fall out, the most urgent first."""
    optional = [d.section for d in selection.included() if d.section.priority > 1]
    return [section.id for section in sorted(optional, key=lambda s: s.priority)]


def _without_note(handout: Handout) -> Handout:
    """Return the handout without the clinic's own pages, which do not count."""
    kept = tuple(s for s in handout.sections if s.id != ATTACHED_NOTE)
    return replace(handout, sections=kept)

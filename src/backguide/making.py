"""Make one handout: decide, compose, fit to its length, lay out, draw.

The one path from a checked profile to the bytes of a PDF. The command line and
the batch both take it.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from backguide.clinic import Clinic, require_clinician, with_clinic
from backguide.document import (
    ExerciseCard,
    Handout,
    fillable,
    with_open_cards,
    without_pictures,
)
from backguide.errors import Problem, VerificationError
from backguide.guidance.ageing import on_day
from backguide.guidance.library import Library
from backguide.guidance.select import TIGHTEST, Selection, select, tightened
from backguide.guidance.triage import Level
from backguide.handout.chart_note import chart_note
from backguide.handout.compose import (
    ATTACHED_NOTE,
    BlockMemo,
    Issue,
    compose,
    guide_code,
    guide_id,
)
from backguide.handout.teach_back import TEACH_BACK
from backguide.layout.build import Builder, Memo
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

TIGHTEST_LARGE: Final = 3
"""Who reads large print needs the space between the lines: they never close up."""

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
    """The clinic file; what it says wins over the profile."""
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
    pages_over: int
    """Pages beyond the length, because what must print has no room on fewer."""
    notices: tuple[Problem, ...] = ()
    """What to tell whoever makes the page."""
    good_until: date | None = None
    """Last day of issue on which the same answers give the same guide; None for a
    sample and for a page that was made in place of a guide."""
    is_sample: bool = False
    """True when the person is invented."""

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
    profile = on_day(profile, library, options.issued_on)
    if options.clinic is not None:
        profile = with_clinic(profile, options.clinic)
        options = with_printer(options, options.clinic)
    require_clinician(profile)
    draft = _draft(profile, library, options)
    laid, selection, dropped = draft.fitted()
    name = file_name(profile, library, draft.issue)
    pdf = b""
    if is_drawn:
        title = library.frame.pdf_title
        if profile.is_sample:
            title = f"{library.words['page.sample']} {title}"
        pdf = render_pdf(laid, pdf_title=title, logo=draft.logo)
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
        chart_note=chart_note(
            laid.handout, selection, library, draft.issue, left_off=profile.left_off
        ),
        is_note_withheld=selection.triage.is_held_back
        and profile.get("clinic.attached_note") is not None,
        pages_over=draft.pages_over,
        notices=profile.notices,
        good_until=None if selection.triage.is_held_back else profile.good_until,
        is_sample=profile.is_sample,
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


MAY_PRINT_AT: Final = MappingProxyType({"short": 2, "standard": 1, "full": 0})
"""The least tightness of each length; see ``select.TIGHTEST``."""

CLOSENESS: Final = (0, 0, 0, 0, 1, 1, 2)
"""For each tightness, how far lines and spaces close up."""

FILL_TRIES: Final = 3
"""How often a choice of further sections is laid out before none is added."""

SLACK: Final = 0.97
"""The share of the free space that is given away: columns never fill to the end."""


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
        self.pages_over = 0
        """Pages beyond the length; known once it is fitted."""
        self.logo = logo
        self._is_fillable = is_fillable
        self._profile = profile
        self._library = library
        self._selection = selection
        self._theme = theme
        self._memo = Memo()
        """What was set of this person already; never shared."""
        self._blocks: BlockMemo = {}
        """What was put together of this person already; never shared."""
        self._handouts: dict[tuple[int, tuple[str, ...]], Handout] = {}
        frame, length = library.frame, selection.length
        self._max_sections = int(frame.max_sections[length])
        self._max_pages = int(frame.max_pages[length])
        is_large = theme.body_size > MAX_COLUMN_BODY_SIZE
        self._tightest = TIGHTEST_LARGE if is_large else TIGHTEST
        self._is_one_column = selection.triage.is_held_back
        """A page that is read in fear has one column, if it can."""
        is_emergency = selection.triage.level is Level.EMERGENCY
        if selection.triage.is_held_back:
            self._max_pages = 1
        if is_large and not is_emergency:
            self._max_pages *= LARGE_PRINT_PAGES

    def fitted(self) -> tuple[Laid, Selection, tuple[str, ...]]:
        """Return the pages, the decisions and what fell out.

        First the handout is drawn together until what must print fits. Then other
        sections are added, the most urgent first, while there is space. A handout
        that cannot fit has more pages: what must print is never left out.
        """
        is_held = self._selection.triage.is_held_back
        start = 0 if is_held else MAY_PRINT_AT[self._selection.length]
        for tightness in range(start, self._tightest + 1):
            selection = self._select(tightness)
            wishes = () if is_held else _wishes(selection)
            laid = self._laid(selection, tightness, wishes)
            if self._fits(laid):
                laid, dropped = self._filled(laid, selection, tightness, wishes)
                break
        else:
            if self._is_one_column:
                # Better two columns than a second page.
                self._is_one_column = False
                self._memo = Memo()
                return self.fitted()
            dropped = wishes
            self.pages_over = len(laid.pages) - self._max_pages
        laid = self._with_extras(laid, selection, tightness, dropped)
        return self._opened(laid, tightness), selection, dropped

    def _opened(self, laid: Laid, tightness: int) -> Laid:
        """Return the pages with the steps of each card as a list, if that fits."""
        lines = close_steps(laid.handout)
        needed = lines * self._theme.style("body").leading
        if not lines or free_height(laid, len(laid.pages)) * SLACK < needed:
            return laid
        opened = self._on_pages(with_open_cards(laid.handout), tightness)
        return opened if len(opened.pages) <= len(laid.pages) else laid

    def _with_extras(
        self, laid: Laid, selection: Selection, tightness: int, dropped: tuple[str, ...]
    ) -> Laid:
        """Return the pages with the clinic's own, and what extras they have room for.

        The clinic's own pages do not count for the length.
        """
        whole = self._composed(selection, tightness, dropped)
        bare = without_pictures(whole).without(TEACH_BACK)
        if bare == whole and whole == _without_note(whole):
            return laid
        least = laid
        if bare != _without_extras(whole):
            least = self._on_pages(bare, tightness)
        for handout in (whole, without_pictures(whole), whole.without(TEACH_BACK)):
            if handout != bare:
                laid = self._on_pages(handout, tightness)
                if len(laid.pages) == len(least.pages):
                    return laid
        return least

    def _on_pages(self, handout: Handout, tightness: int) -> Laid:
        size = self.logo.size() if self.logo else None
        theme = self._themed(tightness)
        return lay_out(handout, theme, self._memo, logo_size=size)

    def _select(self, tightness: int) -> Selection:
        if tightness == 0:
            return self._selection
        return tightened(self._selection, self._library, tightness)

    def _fits(self, laid: Laid) -> bool:
        return len(laid.pages) <= self._max_pages

    def _themed(self, tightness: int) -> Theme:
        return replace(
            self._theme,
            closeness=CLOSENESS[tightness],
            is_one_column=self._is_one_column,
        )

    def _composed(
        self, selection: Selection, tightness: int, dropped: tuple[str, ...]
    ) -> Handout:
        key = (tightness, dropped)
        if key not in self._handouts:
            handout = compose(
                self._profile,
                selection,
                self._library,
                self.issue,
                dropped=dropped,
                tightness=tightness,
                memo=self._blocks,
            )
            self._handouts[key] = fillable(handout) if self._is_fillable else handout
        return self._handouts[key]

    def _laid(
        self, selection: Selection, tightness: int, dropped: tuple[str, ...]
    ) -> Laid:
        """Return the pages without the extras, which take what room is left."""
        handout = self._composed(selection, tightness, dropped)
        return self._on_pages(_without_extras(handout), tightness)

    def _filled(
        self, least: Laid, selection: Selection, tightness: int, wishes: tuple[str, ...]
    ) -> tuple[Laid, tuple[str, ...]]:
        """Return the pages with as many wishes as there is space for; what falls out.

        Args:
            least: The pages with nothing but what must print; they fit.
            selection: The decisions.
            tightness: How far everything is drawn together.
            wishes: Sections that may print, the most urgent first.
        """
        chosen = self._guessed(least, selection, tightness, wishes)
        for _ in range(FILL_TRIES):
            if not chosen:
                break
            dropped = tuple(name for name in wishes if name not in chosen)
            laid = self._laid(selection, tightness, dropped)
            if self._fits(laid):
                return laid, dropped
            chosen = chosen[:-1]
        return least, wishes

    def _guessed(
        self, least: Laid, selection: Selection, tightness: int, wishes: tuple[str, ...]
    ) -> list[str]:
        """Return the wishes that should fit, judged by their heights."""
        theme = self._themed(tightness)
        free = free_height(least, self._max_pages) * SLACK
        room = self._max_sections - (len(selection.included()) - len(wishes))
        everything = self._composed(selection, tightness, ())
        sections = {section.id: section for section in everything.sections}
        builder = Builder(everything, theme, self._memo)
        if TEACH_BACK in sections:
            free -= builder.area_of(sections[TEACH_BACK])
        chosen: list[str] = []
        for name in wishes:
            if len(chosen) >= room or free < theme.body_size * LEAST_SECTION_LINES:
                break
            if name not in sections:
                chosen.append(name)  # it has nothing to say to this person
                continue
            area = builder.area_of(sections[name])
            if area <= free:
                chosen.append(name)
                free -= area
        return chosen


LEAST_SECTION_LINES: Final = 6
"""No section is lower than this many lines; with less space the search ends."""


def free_height(laid: Laid, max_pages: int) -> float:
    """Return the free space on the later pages in points, counted in one column."""
    theme = laid.theme
    used = 0.0
    for page in laid.pages[1:]:
        for placed in page:
            share = theme.columns if placed.slab.is_wide else 1
            used += (placed.slab.height + placed.slab.spaceBefore) * share
    return theme.height * theme.columns * (max_pages - 1) - used


def close_steps(handout: Handout) -> int:
    """Count the steps that run on in a paragraph.

    There each takes less than a line; in a list it takes one at least.
    """
    blocks = (block for section in handout.sections for block in section.blocks)
    return sum(
        len(block.steps)
        for block in blocks
        if isinstance(block, ExerciseCard) and block.is_close_set
    )


def _wishes(selection: Selection) -> tuple[str, ...]:
    """Return the sections that may fall out, the most urgent first."""
    optional = [d.section for d in selection.included() if d.section.priority > 1]
    return tuple(section.id for section in sorted(optional, key=lambda s: s.priority))


def _without_extras(handout: Handout) -> Handout:
    """Return the handout with nothing but what counts for the length."""
    return without_pictures(_without_note(handout)).without(TEACH_BACK)


def _without_note(handout: Handout) -> Handout:
    """Return the handout without the clinic's own pages, which do not count."""
    kept = tuple(s for s in handout.sections if s.id != ATTACHED_NOTE)
    return replace(handout, sections=kept)

"""Make one handout: decide, compose, fit to its length, lay out, draw.

The one path from a checked profile to the bytes of a PDF. The command line and
the batch both take it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from backguide.clinic import Clinic, require_clinician, with_clinic
from backguide.document import (
    ExerciseCard,
    Form,
    Handout,
    fillable,
    with_digests_last,
    with_open_cards,
    without_pictures,
)
from backguide.errors import OptionError, Problem, VerificationError
from backguide.guidance.ageing import on_day
from backguide.guidance.by_hand import NOTHING_BY_HAND, ByHand, problems_of, with_hand
from backguide.guidance.choice import Choice, Forms, choose
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
    by_hand: ByHand = NOTHING_BY_HAND
    """What a clinician keeps and drops."""
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
        OptionError: What is kept or dropped by hand cannot be.
        LayoutError: The document cannot be put on pages.
        LogoError: The logo cannot be used.
        VerificationError: The finished pages do not say what the document says.
    """
    if problems := problems_of(options.by_hand, library):
        raise OptionError("--keep and --drop", problems)
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
        notices=(*profile.notices, *draft.notices),
        good_until=None if selection.triage.is_held_back else profile.good_until,
        is_sample=profile.is_sample,
    )


def _draft(profile: Profile, library: Library, options: Options) -> "_Draft":
    selection = select(profile.facts, library, length=options.length)
    selection, notices = with_hand(selection, options.by_hand)
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
        notices=notices,
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
    if options.by_hand != NOTHING_BY_HAND:
        words.append(options.by_hand.words)
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

TIGHTEST_FOR_GOAL: Final = 4
"""So far a handout is drawn together for more parts than the least of each kind."""

FILL_TRIES: Final = 7
"""How often the room for wishes is halved in search of what just fits."""

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
        notices: tuple[Problem, ...] = (),
    ) -> None:
        self.issue = issue
        self.notices = notices
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
        self._handouts: dict[
            tuple[int, bool, tuple[tuple[str, Form], ...]], Handout
        ] = {}
        self._has_digests_last = False
        self._max_pages = int(library.frame.max_pages[selection.length])
        is_large = theme.body_size > MAX_COLUMN_BODY_SIZE
        self._is_large = is_large
        self._is_one_column = selection.triage.is_held_back
        """A page that is read in fear has one column, if it can."""
        is_emergency = selection.triage.level is Level.EMERGENCY
        if selection.triage.is_held_back:
            self._max_pages = 1
        if is_large and not is_emergency:
            self._max_pages *= LARGE_PRINT_PAGES

    def fitted(self) -> tuple[Laid, Selection, tuple[str, ...]]:
        """Return the pages, the decisions and what fell out.

        First the handout is drawn together until what must print, and of each kind
        what the content sets as the goal, fits; if that asks for too much, until the
        least fits. Then wishes are granted while there is space. A handout that cannot
        fit has more pages: what must print is never left out.
        """
        is_held = self._selection.triage.is_held_back
        start = 0 if is_held else MAY_PRINT_AT[self._selection.length]
        for tightness in self._steps(start):
            selection = self._select(tightness)
            choice = choose(selection, self._library)
            forms = choice.least
            laid = self._fitting(selection, tightness, forms)
            if not self._fits(laid) and tightness == TIGHTEST:
                # Better what is shortest of a kind than what is most one's own.
                price = self._prices(selection, tightness, choice)
                choice = choice.leanest(price)
                forms = choice.least
                laid = self._fitting(selection, tightness, forms)
            if self._fits(laid):
                laid, forms = self._filled(laid, selection, tightness, choice)
                break
        else:
            if self._is_one_column:
                # Better two columns than a second page.
                self._is_one_column = False
                self._memo = Memo()
                return self.fitted()
            self.pages_over = len(laid.pages) - self._max_pages
        laid = self._with_extras(laid, selection, tightness, forms)
        return self._opened(laid, tightness), selection, _dropped(selection, forms)

    def _fitting(self, selection: Selection, tightness: int, forms: Forms) -> Laid:
        """Return the pages in the usual order, or digests last where only that fits.

        A card never splits, so a column may end with a gap in front of one; what is
        small enough for the gap then comes behind.
        """
        self._has_digests_last = False
        laid = self._laid(selection, tightness, forms)
        if not self._fits(laid):
            self._has_digests_last = True
            again = self._laid(selection, tightness, forms)
            if self._fits(again):
                return again
            self._has_digests_last = False
        return laid

    def _steps(self, start: int) -> range:
        """Return the steps of drawing together to try, from the loosest on.

        What holds more of each kind is worth to be drawn together, up to a limit.
        """
        last = max(start, TIGHTEST_FOR_GOAL)
        for tightness in range(start, last):
            selection = self._select(tightness)
            goal = choose(selection, self._library).goal
            if self._fits(self._laid(selection, tightness, goal)):
                return range(tightness, TIGHTEST + 1)
        return range(last, TIGHTEST + 1)

    def _opened(self, laid: Laid, tightness: int) -> Laid:
        """Return the pages with the steps of each card as a list, if that fits."""
        lines = close_steps(laid.handout)
        needed = lines * self._theme.style("body").leading
        if not lines or free_height(laid, len(laid.pages)) * SLACK < needed:
            return laid
        opened = self._on_pages(with_open_cards(laid.handout), tightness)
        return opened if len(opened.pages) <= len(laid.pages) else laid

    def _with_extras(
        self, laid: Laid, selection: Selection, tightness: int, forms: Forms
    ) -> Laid:
        """Return the pages with the clinic's own, and what extras they have room for.

        The clinic's own pages do not count for the length.
        """
        whole = self._composed(selection, tightness, forms)
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
            # Who reads large print needs the space between the lines.
            closeness=0 if self._is_large else CLOSENESS[tightness],
            is_one_column=self._is_one_column,
        )

    def _composed(self, selection: Selection, tightness: int, forms: Forms) -> Handout:
        """Return the handout with what must print and the parts that have a form."""
        is_last = self._has_digests_last
        key = (tightness, is_last, tuple(sorted(forms.items())))
        if key not in self._handouts:
            handout = compose(
                self._profile,
                selection,
                self._library,
                self.issue,
                dropped=_dropped(selection, forms),
                tightness=tightness,
                forms=forms,
                memo=self._blocks,
            )
            if is_last:
                handout = with_digests_last(handout)
            self._handouts[key] = fillable(handout) if self._is_fillable else handout
        return self._handouts[key]

    def _laid(self, selection: Selection, tightness: int, forms: Forms) -> Laid:
        """Return the pages without the extras, which take what room is left."""
        handout = self._composed(selection, tightness, forms)
        return self._on_pages(_without_extras(handout), tightness)

    def _filled(
        self, least: Laid, selection: Selection, tightness: int, choice: Choice
    ) -> tuple[Laid, Forms]:
        """Return the pages with as many wishes as there is space for.

        How much space there is on pages that are parted anew cannot be told from the
        heights alone, so it is searched for.

        Args:
            least: The pages with nothing but what must print; they fit.
            selection: The decisions.
            tightness: How far everything is drawn together.
            choice: What may print beside.
        """
        if not choice.wishes:
            return least, choice.least
        price = self._prices(selection, tightness, choice)
        low, high = 0.0, max(0.0, free_height(least, self._max_pages))
        best, room = (least, choice.least), high
        seen = {tuple(choice.least.items()): True}
        for _ in range(FILL_TRIES):
            forms = choice.granted(price, room)
            items = tuple(forms.items())
            if items not in seen:
                laid = self._laid(selection, tightness, forms)
                seen[items] = self._fits(laid)
                if seen[items]:
                    best = (laid, forms)
            if not seen[items]:
                high = room
            elif room == high:
                break
            else:
                low = room
            room = (low + high) / 2
        return best

    def _prices(
        self, selection: Selection, tightness: int, choice: Choice
    ) -> Callable[[str, Form], float]:
        """Return what tells the height of a section in a form."""
        forms: dict[Form, dict[str, Form]] = {}
        for section_id, form in choice.asked():
            forms.setdefault(form, {})[section_id] = form
        theme = self._themed(tightness)
        heights: dict[tuple[str, Form], float] = {}
        for form, of_form in forms.items():
            handout = self._composed(selection, tightness, of_form)
            builder = Builder(handout, theme, self._memo)
            for section in handout.sections:
                heights[section.id, form] = builder.area_of(section)
        # What has nothing to say to this person takes no room.
        return lambda section_id, form: heights.get((section_id, form), 0.0)


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


def _dropped(selection: Selection, forms: Forms) -> tuple[str, ...]:
    """Return the sections that need not print and have no form, in printing order."""
    optional = [
        d.section.id for d in selection.included() if not d.section.always_prints
    ]
    return tuple(name for name in optional if name not in forms)


def _without_extras(handout: Handout) -> Handout:
    """Return the handout with nothing but what counts for the length."""
    return without_pictures(_without_note(handout)).without(TEACH_BACK)


def _without_note(handout: Handout) -> Handout:
    """Return the handout without the clinic's own pages, which do not count."""
    kept = tuple(s for s in handout.sections if s.id != ATTACHED_NOTE)
    return replace(handout, sections=kept)

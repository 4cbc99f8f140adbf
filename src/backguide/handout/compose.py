"""Put the decisions of one person together as a document.

In:   a checked profile, the decisions for it, and the day of issue.
Out:  a Handout: final text, in printing order.
Pure: no files, no clock.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from backguide.document import (
    Block,
    Callout,
    FixedBlocks,
    Form,
    Furniture,
    Handout,
    HandoutSection,
    Illustration,
    ItemList,
    Paragraph,
    Span,
    map_text,
    plain,
)
from backguide.guidance.ageing import CLEARED_ON
from backguide.guidance.library import Library
from backguide.guidance.markup import Insert, TemplateBlock, block_placeholders
from backguide.guidance.prepared import prepared
from backguide.guidance.review import review_state
from backguide.guidance.section import SectionTemplate
from backguide.guidance.select import Decision, Selection
from backguide.guidance.wording import Wording, day_words, with_whole_numbers
from backguide.handout.inserts import INSERTS, OF_THE_WHOLE, Context
from backguide.handout.shared import shared_of
from backguide.handout.teach_back import teach_back
from backguide.profile.load import Profile

REVIEW_AFTER_DAYS = 365
ATTACHED_NOTE = "attached-note"
CHUNK_WORDS = 120
MAX_JOINED_SENTENCES = 3
_SENTENCE_END: Final = re.compile(r"[.!?](?=\s|$)")


@dataclass(frozen=True, slots=True)
class Issue:
    """What the person at the counter decides about one handout."""

    issued_on: date
    program_version: str
    approved_by: str = ""
    options: str = ""
    """Everything else that changes the page, as one text; part of the code."""


def guide_id(profile: Profile) -> str:
    """Return the id that stands on each page: the profile's, or one made from it."""
    given = profile.get("profile_id")
    return str(given) if given else f"g{profile.sha256[:8]}"


def guide_code(profile: Profile, library: Library, issue: Issue) -> str:
    """Return the short code of exactly this guide, such as "7F3A-09C1".

    Equal for equal profile, content, program version, date and options.
    """
    parts = (
        profile.sha256,
        library.version,
        issue.program_version,
        issue.issued_on.isoformat(),
        issue.approved_by,
        issue.options,
    )
    digest = hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest().upper()
    return f"{digest[:4]}-{digest[4:8]}"


BlockMemo = dict[tuple[str, int, Form], tuple[Block, ...]]
"""The blocks of sections by id, tightness and form, for one person."""

NO_FORMS: Final[Mapping[str, Form]] = MappingProxyType({})


def compose(
    profile: Profile,
    selection: Selection,
    library: Library,
    issue: Issue,
    *,
    dropped: tuple[str, ...] = (),
    tightness: int = 0,
    forms: Mapping[str, Form] = NO_FORMS,
    memo: BlockMemo | None = None,
) -> Handout:
    """Return the handout of one person.

    Args:
        profile: The checked profile.
        selection: The decisions for it.
        library: The content they were made with.
        issue: Day of issue and approval.
        dropped: Ids of included sections that fall out for lack of space.
        tightness: How far it is drawn together; see ``select.TIGHTEST``.
        forms: The form of each section by its id; of others, what the tightness asks.
        memo: What was composed of this very person and selection before.
    """
    memo = {} if memo is None else memo
    kept = [d for d in selection.included() if d.section.id not in dropped]
    context = _context(profile, selection, library, issue, kept, tightness)
    sections = [
        _section(decision, context, memo, forms.get(decision.section.id))
        for decision in kept
    ]
    sections = [section for section in sections if section.blocks]
    title = _title(profile, library)
    if selection.triage.is_held_back and sections:
        # An urgent page has one headline: what to do, not what the sheet is called.
        title, sections[0] = sections[0].title, replace(sections[0], title="")
    if strip := teach_back(context):
        sections.append(strip)
    note = profile.get("clinic.attached_note")
    if note and not selection.triage.is_held_back:
        sections.append(_attached_note(str(note), context))
    return Handout(
        title=title,
        language=_language(profile),
        issued_on=issue.issued_on,
        furniture=_furniture(profile, context, issue),
        sections=tuple(sections),
        level=selection.triage.state,
        words=context.shared.words,
        opening=tuple(_opening(profile, context, issue)),
        fixed=context.shared.blocks,
    )


def _context(
    profile: Profile,
    selection: Selection,
    library: Library,
    issue: Issue,
    kept: list[Decision],
    tightness: int,
) -> Context:
    wording = Wording(library, selection.facts)
    review = review_state(library, issue.issued_on, only=_printed(kept, selection))
    return Context(
        selection=selection,
        library=library,
        shared=shared_of(library),
        wording=wording,
        answers=profile.data,
        issued_on=issue.issued_on,
        review_on=_review_on(issue, kept),
        source_numbers=_source_numbers(kept, selection, library),
        code=guide_code(profile, library, issue),
        program_version=issue.program_version,
        tightness=tightness,
        is_reviewed=not review.unreviewed,
        is_overdue=bool(review.overdue),
        sections=tuple(kept),
    )


def compose_section(
    section_id: str,
    profile: Profile,
    selection: Selection,
    library: Library,
    issue: Issue,
    *,
    form: Form = "whole",
) -> HandoutSection:
    """Return one section as this person would get it, included or not.

    Raises:
        KeyError: A placeholder of it is not known for this person.
    """
    decision = next(d for d in selection.decisions if d.section.id == section_id)
    context = _context(profile, selection, library, issue, [decision], 0)
    return _section(decision, context, {}, form)


def _language(profile: Profile) -> str:
    locale = str(profile.get("locale"))
    return "en" if locale == "en-other" else locale


def _title(profile: Profile, library: Library) -> str:
    name = profile.get("person.first_name")
    mode = profile.get("mode")
    may_print = (
        profile.get("clinic.consent_to_print_name") is True
        if mode == "clinic"
        else profile.get("tone_name") is True
    )
    if name and may_print:
        return library.frame.title_for_name.replace("{name}", str(name))
    return library.frame.title


def _printed(kept: list[Decision], selection: Selection) -> set[str]:
    """Return the ids of the sections and exercises that are printed."""
    chosen = {pick.exercise.id for pick in selection.picks if pick.is_chosen}
    return {d.section.id for d in kept} | chosen


def _review_on(issue: Issue, kept: list[Decision]) -> date:
    """Return the day by which the guide should be looked at again; never a past one."""
    year_on = issue.issued_on + timedelta(days=REVIEW_AFTER_DAYS)
    days = [d.section.review_by for d in kept if d.section.review_by]
    return max(min([year_on, *days]), issue.issued_on)


def _source_numbers(
    kept: list[Decision], selection: Selection, library: Library
) -> Mapping[str, int]:
    """Return the number of each source, in the order of first use."""
    names: dict[str, None] = {}
    printing = prepared(library).printing_exercises
    for decision in kept:
        names |= dict.fromkeys(decision.section.sources)
        if decision.section.id in printing:
            for pick in selection.picks:
                if pick.is_chosen:
                    names |= dict.fromkeys(pick.exercise.sources)
    return MappingProxyType({name: n for n, name in enumerate(names, 1)})


def _section(
    decision: Decision, context: Context, memo: BlockMemo, form: Form | None
) -> HandoutSection:
    # Page one speaks shortly first: a section that leaves it costs more than words.
    is_on_page_one = decision.section.id in context.library.frame.page_one
    if form is None:
        is_short = context.has_short_texts or (context.is_tight and is_on_page_one)
        form = "short" if is_short else "whole"
    section = decision.section.in_form(form)
    key = (section.id, context.tightness, form)
    blocks = memo.get(key)
    if blocks is None:
        blocks = _blocks(section, context)
        if section.is_small_print:
            blocks = _small_print(blocks, is_run=not context.lists_sources)
        if not any(insert.name in OF_THE_WHOLE for insert in section.inserts()):
            memo[key] = blocks
    fixed = context.shared.blocks
    if not fixed.is_known(section.title):
        fixed.learn(section.title, is_fixed="{" not in section.title)
    # An urgent page is one short story: nothing of it waits for a second page.
    is_held = context.selection.triage.is_held_back
    return HandoutSection(
        id=section.id,
        group=section.group,
        title=context.fill(section.title),
        blocks=blocks,
        reason=_reason(decision, section, context),
        priority=section.priority,
        is_on_page_one=is_held or section.id in context.library.frame.page_one,
        leaves_page_one=_turn(section.id, context.library.frame.page_one_if_room),
        joins_page_one=_joining_turn(section, context.library.frame.page_one_if_tight),
        is_whole=section.id in context.library.frame.page_one_whole,
        form=form if section is not decision.section else "whole",
        kind=context.library.kind_of(decision.section),
    )


def _reason(decision: Decision, section: SectionTemplate, context: Context) -> str:
    """Return why the section is here; under a digest only what is the person's own."""
    is_digest = section.form == "digest"
    lines = []
    if decision.reason and not (is_digest and section.fixed_reason):
        lines.append(context.say("why_here", reason=decision.reason))
    numbers = context.numbers_of(section) if context.lists_sources else ""
    if numbers and not is_digest:
        lines.append(context.say("sources_here", numbers=numbers))
    return " ".join(lines)


def _blocks(section: SectionTemplate, context: Context) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for block in section.blocks:
        blocks += _resolved(block, section, context)
    joined = _joined(blocks, context.shared.blocks)
    if section.form == "digest":
        joined = _as_paragraphs(joined, context.shared.blocks)
    return tuple(joined)


def _as_paragraphs(blocks: list[Block], fixed: FixedBlocks) -> list[Block]:
    """Return a digest with its pieces joined, so that one message is one paragraph.

    A paragraph takes at most ``MAX_JOINED_SENTENCES``; two sides stay two paragraphs.
    """
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if isinstance(block, Paragraph) and isinstance(last, Paragraph):
            spans = (*last.spans, Span(" "), *block.spans)
            text = "".join(span.text for span in spans)
            if len(_SENTENCE_END.findall(text)) <= MAX_JOINED_SENTENCES:
                both: Block = Paragraph(spans)
                if fixed.is_fixed(last) and fixed.is_fixed(block):
                    both = fixed.made((id(last), id(block)), both)
                joined[-1] = both
                continue
        joined.append(block)
    return joined


def _small_print(blocks: tuple[Block, ...], *, is_run: bool) -> tuple[Block, ...]:
    """Return the blocks with small paragraphs, one behind the other if wanted."""
    small = [replace(b, role="small") for b in blocks if isinstance(b, Paragraph)]
    if not is_run:
        others = iter(small)
        return tuple(next(others) if isinstance(b, Paragraph) else b for b in blocks)
    spans: list[Span] = []
    for paragraph in small:
        spans += [*([Span(" ")] if spans else []), *paragraph.spans]
    rest = tuple(b for b in blocks if not isinstance(b, Paragraph))
    return (*rest, Paragraph(tuple(spans), "small"))


def _turn(section_id: str, order: tuple[str, ...]) -> int:
    return order.index(section_id) + 1 if section_id in order else 0


def _joining_turn(section: SectionTemplate, order: tuple[str, ...]) -> int:
    """Return the turn of a section on a dense page one; digests come behind all."""
    turn = _turn(section.id, order)
    return turn or (len(order) + 1 if section.form == "digest" else 0)


def _joined(blocks: list[Block], fixed: FixedBlocks) -> list[Block]:
    """Return the blocks with lists that follow each other made one list."""
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if (
            isinstance(block, ItemList)
            and isinstance(last, ItemList)
            and block.marker == last.marker
        ):
            both: Block = ItemList(last.items + block.items, block.marker)
            if fixed.is_fixed(last) and fixed.is_fixed(block):
                both = fixed.made((id(last), id(block)), both)
            joined[-1] = both
        else:
            joined.append(block)
    return joined


def _resolved(
    block: TemplateBlock, section: SectionTemplate, context: Context
) -> list[Block]:
    if not isinstance(block, Insert):
        return [_filled(block, section, context)]
    if block.name == "part":
        part = next(part for part in section.parts if part.id == block.argument)
        forbidden = context.selection.triage.forbidden
        if not forbidden.isdisjoint(part.asks):
            return []
        if not part.applies(context.selection.facts):
            return []
        return [b for inner in part.blocks for b in _resolved(inner, section, context)]
    if block.name == "figure":
        return [Illustration(context.library.figures[section.id], section.figure_alt)]
    return INSERTS[block.name](context)


def _filled(block: Block, section: SectionTemplate, context: Context) -> Block:
    """Return a block of the content with the person's values; itself without any."""
    fixed = context.shared.blocks
    if not fixed.is_known(block):
        fixed.learn(block, is_fixed=not block_placeholders(block))
    is_fixed = fixed.is_fixed(block)
    filled = block if is_fixed else map_text(block, context.fill)
    if isinstance(filled, Callout) and section.group == "triage":
        is_emergency = context.selection.triage.state == "EMERGENCY"
        framed = replace(filled, kind="emergency" if is_emergency else "warning")
        if not is_fixed:
            return framed
        return fixed.made((id(block), framed.kind), framed)
    return filled


def _attached_note(text: str, context: Context) -> HandoutSection:
    """Return the clinic's own longer text as a section of its own.

    Long paragraphs are cut between words, so that a page can break anywhere.
    """
    paragraphs: list[Block] = []
    for line in with_whole_numbers(text).split("\n"):
        words = re.split(r"[^\S\u00a0]+", line.strip())
        for start in range(0, len(words), CHUNK_WORDS):
            chunk = " ".join(words[start : start + CHUNK_WORDS])
            paragraphs.append(Paragraph(plain(chunk)))
    return HandoutSection(
        id=ATTACHED_NOTE,
        group="diary",
        title=context.say("clinic.attached_note"),
        blocks=tuple(paragraphs),
        reason="",
        priority=1,
    )


_PASSED_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "running.goal_race_date": "answers.race_passed",
        "clinic.next_appointment": "answers.visit_passed",
        "clinic.handout_review_date": "answers.check_passed",
        CLEARED_ON: "answers.clearance_passed",
    }
)


def _state_words(profile: Profile, context: Context, issue: Issue) -> str:
    """Return who has checked the sheet, or that nobody has."""
    if issue.approved_by:
        return context.say("page.approved", name=issue.approved_by)
    is_clinic = profile.get("mode") == "clinic"
    return context.say("page.draft" if is_clinic else "page.draft_self")


def _opening(profile: Profile, context: Context, issue: Issue) -> Iterator[str]:
    """Yield what is said of the whole sheet: who checked it, whose answers, what day.

    The foot of each page repeats it, but a screen reader passes over that.
    """
    locale = str(profile.get("locale"))
    if profile.is_sample:
        yield context.say("answers.sample")
    else:
        yield _state_words(profile, context, issue)
    given = profile.get("created_date")
    if isinstance(given, date):
        yield context.say("answers.of", date=day_words(given, locale))
    if context.is_overdue:
        yield context.say("about.overdue")
    for path, day in profile.passed:
        yield context.say(_PASSED_WORDS[path], date=day_words(day, locale))


def _furniture(profile: Profile, context: Context, issue: Issue) -> Furniture:
    state = _state_words(profile, context, issue)
    if profile.is_sample:
        state = context.say("page.sample")
    elif profile.get("mode") == "clinic" and not issue.approved_by:
        state = context.say("page.draft_foot")
    locale = str(profile.get("locale"))
    return Furniture(
        guide_id=context.say("page.id", id=guide_id(profile)),
        code=context.code,
        issued_on=day_words(issue.issued_on, locale),
        clinic_line=context.wording.clinic_line(),
        clinic_phone=context.wording.clinic_phone(),
        state_line=state,
        is_draft=not issue.approved_by or profile.is_sample,
        page_words=context.library.words["page.number"],
    )


def with_title(handout: Handout, title: str) -> Handout:
    """Return the handout under another title."""
    return replace(handout, title=title)

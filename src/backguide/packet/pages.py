"""Set the items of a packet as a document, and draw it like a handout.

In:   the items, somebody who fills each text, and the day of printing.
Out:  a tagged PDF that was read back, and the number of its pages.
Pure: no files, no clock.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Final

from backguide.document import (
    Block,
    ExerciseCard,
    Furniture,
    Handout,
    HandoutSection,
    Heading,
    Illustration,
    ItemList,
    Paragraph,
    Span,
    Table,
    TickStrip,
    map_text,
    plain,
    texts_of,
)
from backguide.guidance.content_file import ContentFile
from backguide.guidance.library import Library
from backguide.guidance.review import state_of
from backguide.guidance.wording import day_words
from backguide.layout.pdf import lay_out, render_pdf
from backguide.layout.theme import make_theme
from backguide.packet.clause import IF_TOLD
from backguide.packet.evidence import Evidence, claim_words, source_words
from backguide.packet.items import Item
from backguide.packet.people import People, Person
from backguide.verification.verify import verify

TITLE: Final = "Content review"
BODY_SIZE_PT: Final = 9.5
"""Smaller than any handout: it is read at a desk, by people who read all day."""
KNOWN_INSERTS: Final = frozenset({"part", "figure", "exercise-cards"})
"""Inserts whose pieces are items, or parts of one, themselves."""
ANSWERS: Final = ("agree", "change")
INITIALS: Final = "Initials"
SIGN_HEAD: Final = "Agree or change, initials"
SIGN_SHARE: Final = 0.15
"""Share of the width of a table that is left for an answer by hand."""
WORDS_A_MINUTE: Final = 230
"""How fast a trained reader reads prose to judge it, silently."""


@dataclass(frozen=True, slots=True)
class Packet:
    """The finished file and its size."""

    pdf: bytes
    pages: int
    items: int
    words: int

    @property
    def minutes(self) -> int:
        """Return how long it takes to read at ``WORDS_A_MINUTE``."""
        return _minutes(self.words)


def _words_in(sections: tuple[HandoutSection, ...]) -> int:
    texts = (text for s in sections for block in s.blocks for text in texts_of(block))
    return sum(len(text.split()) for text in texts)


def make_packet(
    items: tuple[Item, ...],
    library: Library,
    evidence: Evidence,
    people: People,
    printed_on: date,
    *,
    paper: str = "A4",
    since: str = "",
) -> Packet:
    """Return the packet as a PDF.

    Args:
        items: What is printed, in order.
        library: The content that they come from.
        evidence: What the sources found.
        people: Fills placeholders and names the page that shows a text.
        printed_on: Stands on every page.
        paper: A4 or Letter.
        since: What the items are compared with, in words; empty for everything.

    Raises:
        LayoutError: A piece is higher than a page.
        VerificationError: The pages do not say what the document says.
    """
    body = tuple(_sections(items, library, evidence, people))
    words = _words_in(body)
    cover = _cover(items, body, since)
    files = _files(items)
    handout = Handout(
        title=TITLE,
        language=library.language,
        issued_on=printed_on,
        furniture=_furniture(library, printed_on),
        sections=(cover, *body, *_sources(items, library, evidence), files),
        level="ROUTINE",
        words=tuple(sorted(library.words.items())),
        opening=("For clinicians, not for patients.",),
    )
    theme = replace(make_theme(paper=paper), body_size=BODY_SIZE_PT, closeness=1)
    laid = lay_out(handout, theme)
    pdf = render_pdf(laid, pdf_title=TITLE)
    verify(pdf, laid.handout, len(laid.pages))
    return Packet(pdf, len(laid.pages), len(items), words)


def _furniture(library: Library, printed_on: date) -> Furniture:
    code = library.version.upper()
    return Furniture(
        guide_id=TITLE,
        code=f"{code[:4]}-{code[4:8]}",
        issued_on=day_words(printed_on, "en-GB"),
        clinic_line="",
        clinic_phone="",
        state_line="To be reviewed. Not for patients.",
        is_draft=True,
        page_words=library.words["page.number"],
    )


def _cover(
    items: tuple[Item, ...], body: tuple[HandoutSection, ...], since: str
) -> HandoutSection:
    steps = (
        "Read from the front. What can hurt most comes first; what is at the end "
        "can only sound wrong.",
        "Tick agree or change, and put your initials. Write a change beside the text.",
        "In a table each row has its own box. If all of it is right, sign its head.",
        "On the last page sign each file of which you agreed to every item.",
    )
    told = (
        "Words in [brackets] come from the answers of the example person. "
        'A name in "quotes" is a condition of its own; it stands under '
        '"Conditions with a name". What nobody answered is neither yes nor no: each '
        f'text says what happens then. "{IF_TOLD[1:-1].capitalize()}" stands behind a '
        "question that takes a missing answer as no.",
        f"The minutes are those of reading alone, at {WORDS_A_MINUTE} words a minute.",
    )
    rows = []
    for name in dict.fromkeys(item.chapter for item in items):
        count = sum(item.chapter == name for item in items)
        words = _words_in(tuple(s for s in body if s.group == name))
        rows.append((name, str(count), f"{words:,}", str(_minutes(words))))
    words = _words_in(body)
    rows.append(("Together", str(len(items)), f"{words:,}", str(_minutes(words))))
    cells = tuple(
        (plain(f"{number}." if row[0] != "Together" else ""), *map(plain, row))
        for number, row in enumerate(rows, 1)
    )
    heads = ("", "Chapter", "Items", "Words", "Minutes")
    blocks: tuple[Block, ...] = (
        *(
            (Paragraph(plain(f"Changed or new since {since}."), "lead"),)
            if since
            else ()
        ),
        ItemList(tuple(map(plain, steps)), "number"),
        *(Paragraph(plain(text)) for text in told),
        Table(heads, cells, (0.08, 0.5, 0.14, 0.14, 0.14)),
    )
    return HandoutSection("cover", "", "How to use this packet", blocks, "", 1,
                          is_on_page_one=True)  # fmt: skip


def _minutes(words: int) -> int:
    return -(-words // WORDS_A_MINUTE)


def _sections(
    items: tuple[Item, ...], library: Library, evidence: Evidence, people: People
) -> Iterator[HandoutSection]:
    chapters = list(dict.fromkeys(item.chapter for item in items))
    number = dict.fromkeys(chapters, 0)
    for (chapter, table), group in groupby(items, key=lambda i: (i.chapter, i.table)):
        place = chapters.index(chapter) + 1
        if table:
            rows = tuple(group)
            first = number[chapter] + 1
            number[chapter] += len(rows)
            yield _table_section(rows, f"{place}.", first, chapter, people)
            continue
        for item in group:
            number[chapter] += 1
            label = f"{place}.{number[chapter]}"
            yield _item_section(item, label, chapter, library, evidence, people)


def _table_section(
    rows: tuple[Item, ...], place: str, first: int, chapter: str, people: People
) -> HandoutSection:
    heads = ("No.", *rows[0].heads, SIGN_HEAD)
    filled = people.anybody.filled if people.anybody else str
    cells = tuple(
        (
            plain(f"{place}{number}"),
            *(plain(filled(cell)) for cell in item.row),
            plain(""),
        )
        for number, item in enumerate(rows, first)
    )
    strip = TickStrip(f"{chapter}. {rows[0].table}", ANSWERS, INITIALS)
    table = Table(heads, cells, _widths(heads, rows))
    # Small print is set over the whole width, and so is what comes before it.
    foot = Paragraph(plain(_file_words(rows[0].file)), "small")
    blocks = (strip, table, foot)
    return HandoutSection(f"{place}{first}", chapter, strip.lead, blocks, "", 1)


def _widths(heads: tuple[str, ...], rows: tuple[Item, ...]) -> tuple[float, ...]:
    """Return shares of the line that follow how much there is to read in a column."""
    number = 0.07
    rest = 1 - number - SIGN_SHARE
    lengths = [
        max(
            sum(len(row.row[column]) for row in rows) / len(rows),
            max(len(word) for row in rows for word in row.row[column].split()) * 1.4,
            len(heads[column + 1]),
        )
        ** 0.7
        for column in range(len(rows[0].row))
    ]
    return (number, *(rest * x / sum(lengths) for x in lengths), SIGN_SHARE)


def _item_section(
    item: Item,
    label: str,
    chapter: str,
    library: Library,
    evidence: Evidence,
    people: People,
) -> HandoutSection:
    person, where = _example(item, library, people)
    filled: Callable[[str], str] = person.filled if person else str
    strip = TickStrip(f"{label} {item.title}", ANSWERS, INITIALS)
    blocks = [_filled(block, filled) for block in item.blocks]
    blocks += _worked_out(item, library, person)
    if where:
        blocks.append(Paragraph((Span("Example: ", "strong"), Span(where))))
    told = [source_words(item.sources, library, evidence)] if item.sources is not None \
        else []  # fmt: skip
    told.append(claim_words(item.claims, evidence))
    told.append(_file_words(item.file))
    reason = " ".join(filter(None, told))
    return HandoutSection(label, chapter, strip.lead, (strip, *blocks), reason, 1)


def _worked_out(item: Item, library: Library, person: Person | None) -> Iterator[Block]:
    """Yield what the program worked out for the person where a section asks for it."""
    kind, _, name = item.id.partition(" ")
    if kind != "section" or person is None:
        return
    computed = {i.name for i in library.sections[name].inserts()} - KNOWN_INSERTS
    own = next((s for s in person.made.handout.sections if s.id == name), None)
    if not computed or own is None:
        return
    told = {text for block in item.blocks for text in texts_of(block)}
    blocks = [
        block
        for block in own.blocks
        if not isinstance(block, Illustration | TickStrip)
        and not told.issuperset(texts_of(block))
    ]
    if blocks:
        yield Heading("Worked out for the example person")
        yield from blocks


def _filled(block: Block, filled: Callable[[str], str]) -> Block:
    if isinstance(block, ExerciseCard):
        return replace(
            block,
            start=filled(block.start),
            steps=tuple(map(filled, block.steps)),
            easier=filled(block.easier),
            harder=filled(block.harder),
            stop_if=filled(block.stop_if),
        )
    return map_text(block, filled)


def _example(item: Item, library: Library, people: People) -> tuple[Person | None, str]:
    """Return whose answers fill an item, and where it stands on a page of theirs."""
    kind, _, name = item.id.partition(" ")
    found: tuple[Person, int] | None = None
    if kind == "section":
        found = people.of_section(library.sections[name])
    elif kind == "exercise":
        found = people.of_exercise(name)
    elif kind == "sign":
        flag = next(flag for flag in library.flags if flag.id == name)
        person = people.of_sign(flag)
        found = (person, 1) if person else None
    if found is None:
        is_shown = kind in ("section", "exercise", "sign")
        return people.anybody, "no sample shows it." if is_shown else ""
    person, page = found
    what = f", with the level {person.made.selection.triage.state}" if kind == "sign" \
        else ", among the cards" if kind == "exercise" else ""  # fmt: skip
    return person, f"page {page} of the guide for profiles/{person.name}{what}."


def _file_words(file: ContentFile) -> str:
    return f"File: {file.name}."


def _sources(
    items: tuple[Item, ...], library: Library, evidence: Evidence
) -> Iterator[HandoutSection]:
    """Yield the sources that the items name: what each did, found, and its limits."""
    names = sorted({name for item in items for name in item.sources or ()})
    rows = tuple(
        (plain(name), plain(library.sources[name].short),
         plain(evidence.in_full(name) or library.sources[name].citation))
        for name in names
    )  # fmt: skip
    if rows:
        table = Table(
            ("Id", "Source", "What it did and found"), rows, (0.07, 0.2, 0.73)
        )
        yield HandoutSection("sources", "", "Sources", (table,), "", 1)


def _files(items: tuple[Item, ...]) -> HandoutSection:
    files = dict.fromkeys(item.file for item in items)
    rows = tuple(
        (plain(file.name), plain(state_of(file.text)), plain(""), plain(""))
        for file in sorted(files, key=lambda file: file.name)
    )
    heads = ("File", "State", "Read and agreed to: name", "Date and signature")
    table = Table(heads, rows, (0.33, 0.15, 0.26, 0.26))
    return HandoutSection("files", "", "Signatures", (table,), "", 1)

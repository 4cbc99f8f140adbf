"""The document: what is said, in order. No fonts, no points, no conditions.

Everything here is final text. A renderer needs nothing else; it never sees a
profile, a rule or a placeholder.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

Emphasis = Literal["plain", "strong", "em"]
Light = Literal["green", "amber", "red"]


@dataclass(frozen=True, slots=True)
class Span:
    """A run of plain text in one emphasis. Never read as markup."""

    text: str
    emphasis: Emphasis = "plain"


Spans = tuple[Span, ...]


def plain(text: str) -> Spans:
    """Return a text as one plain span."""
    return (Span(text),)


@dataclass(frozen=True, slots=True)
class Disc:
    """A round piece of a body. Lengths in body units: a person is 100 tall.

    x runs to the right, y up; the floor is at y = 0.
    """

    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Limb:
    """An arm or a leg."""

    kind: Literal["arm", "leg"]
    joints: tuple[Disc, ...]
    """Shoulder, elbow, wrist, fingertips; or hip, knee, ankle."""
    foot: tuple[Disc, ...]
    """Ankle, heel, ball and toes, counted round the sole; empty for an arm."""
    is_far: bool
    """True when it is on the side away from the reader and drawn lighter."""
    points_at_reader: bool = False
    """True when elbow or knee is nearer to the reader than shoulder or hip."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """The body between neck and hips."""

    discs: tuple[Disc, ...]
    """From the side: hip, waist, chest, shoulder. From the front: first and second
    shoulder, second and first hip."""
    is_from_front: bool


@dataclass(frozen=True, slots=True)
class Head:
    """Head and neck."""

    x: float
    y: float
    neck: Disc
    """Where the neck leaves the body."""
    up: float
    """Which way the top of the head points, in degrees: 0 right, 90 up."""
    is_from_front: bool


BodyPart = Limb | Trunk | Head
PropKind = Literal[
    "bag",
    "belt",
    "chair",
    "cushion",
    "mat",
    "rail",
    "shadow",
    "step",
    "towel",
    "wall",
    "water",
]


@dataclass(frozen=True, slots=True)
class Prop:
    """A thing that the exercise needs."""

    kind: PropKind
    points: tuple[tuple[float, float], ...]
    """What they mean depends on the kind; see ``guidance.poses``."""
    is_mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """Where something moves to."""

    start: tuple[float, float]
    end: tuple[float, float]
    bulge: float
    """How far the middle leaves the straight line, to its left if positive."""
    is_both_ways: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: a body, the things it needs, what moves."""

    caption: str
    """Key of a fixed word, such as "start" or "move"; never the word itself."""
    body: tuple[BodyPart, ...]
    """In drawing order: what is furthest from the reader comes first."""
    props: tuple[Prop, ...]
    arrows: tuple[Arrow, ...]
    cues: tuple[tuple[tuple[float, float], ...], ...]
    """Lines to keep, drawn dotted."""
    has_floor: bool
    is_mirrored: bool = False
    """True when the person looks to the left: everything is drawn mirrored."""
    position: str = "upright"
    """How the body is placed: back, front, side, all-fours or upright."""


@dataclass(frozen=True, slots=True)
class Figure:
    """How an exercise looks, as pictures side by side."""

    id: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of running text."""

    spans: Spans
    role: Literal["body", "lead", "small"] = "body"


@dataclass(frozen=True, slots=True)
class Heading:
    """A sub-heading inside a section."""

    text: str


@dataclass(frozen=True, slots=True)
class ItemList:
    """Items with bullets, numbers or boxes to tick."""

    items: tuple[Spans, ...]
    marker: Literal["bullet", "number", "tick"] = "bullet"


@dataclass(frozen=True, slots=True)
class Callout:
    """A framed box that must not be split."""

    blocks: tuple["Block", ...]
    kind: Literal["note", "warning", "emergency"] = "note"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a header row; widths are shares of the line, adding up to 1."""

    header: tuple[str, ...]
    rows: tuple[tuple[Spans, ...], ...]
    widths: tuple[float, ...]
    row_height_mm: float = 0
    """Least height of a row, for writing by hand; 0 for as high as the text."""
    caption: str = ""
    has_row_headers: bool = False
    """True when the first cell of each row names the row."""
    is_narrow: bool = False
    """True when it may stand in a column; else it takes the whole width."""
    form: str = ""
    """Name of the form whose fields its empty cells are; empty for paper only."""
    has_days_across: bool = False
    """True when what is written down together, a day, is a column, not a row."""


@dataclass(frozen=True, slots=True)
class KeyValues:
    """Lines of "label: value", such as the answers that a person gave."""

    rows: tuple[tuple[str, str], ...]
    links: tuple[str, ...] = ()
    """Where the value of each row leads to, empty for nowhere; or no item at all."""
    code: str = ""
    """Address for a square code beside the rows; never one of a person."""
    code_alt: str = ""
    is_run: bool = False
    """True when they follow each other on one line after the other, to save space."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for this person as a traffic light, told in words as well."""

    light: Light
    headline: str
    why: str


@dataclass(frozen=True, slots=True)
class ExerciseCard:
    """One exercise: what to do, how much, and when to stop."""

    id: str
    number: int
    name: str
    start: str
    steps: tuple[str, ...]
    dose: tuple[tuple[str, str], ...]
    """Label and amount, such as ("Repeats", "8 to 12")."""
    easier: str
    harder: str
    """Both are empty when they do not suit, or when there is no room."""
    stop_if: str
    changes: tuple[str, ...]
    """Why this person gets a variant of their own."""
    figure: Figure | None
    alt: str
    """What a screen reader says in place of the pictures."""
    is_close_set: bool = False
    """True when the steps follow each other in one paragraph, to save space."""


@dataclass(frozen=True, slots=True)
class Illustration:
    """A figure on its own."""

    figure: Figure
    alt: str


@dataclass(frozen=True, slots=True)
class WriteLines:
    """Empty lines to write on, each after a short prompt."""

    prompts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimeBar:
    """One step of a plan, as minutes of its main part."""

    label: str
    jog_min: float
    walk_min: float
    jog_words: str
    """The minutes to jog, as they stand over the bar."""

    @property
    def minutes(self) -> float:
        """Return the length of the main part."""
        return self.jog_min + self.walk_min


@dataclass(frozen=True, slots=True)
class TimeBars:
    """A picture of the steps of a plan; all its numbers stand in ``alt`` as well."""

    bars: tuple[TimeBar, ...]
    title: str
    jog_word: str
    walk_word: str
    alt: str


@dataclass(frozen=True, slots=True)
class TickStrip:
    """A thin box over the whole width: questions to tick, and a line to write on."""

    lead: str
    """Stands for the heading of the section."""
    questions: tuple[str, ...]
    prompt: str


@dataclass(frozen=True, slots=True)
class AnswerBox:
    """A box to tick. All boxes of one field are one choice."""

    field: str
    """Full name of the field, unique in the file, in ASCII; full stops part groups."""
    value: str
    """What the field holds when it is ticked: a-z, 0-9 and _."""
    words: str
    """What the box means."""
    is_choice: bool
    """True when other boxes have the same field, and one of them can be ticked."""


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """An empty box to write in."""

    field: str
    """As of ``AnswerBox``."""
    words: str
    """What stands behind it: a unit, an example."""
    ems: float
    """Its width, in sizes of the letters."""


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question with a box for each column."""

    question: str
    boxes: tuple[AnswerBox | None, ...]
    is_stop: bool = False
    """True when an answer to it can mean: stop here and get help."""


@dataclass(frozen=True, slots=True)
class QuestionRows:
    """Questions one below the other, with the same boxes behind each."""

    number: str
    question: str
    note: str
    """Whom it is for; empty for everybody."""
    columns: tuple[str, ...]
    rows: tuple[QuestionRow, ...]
    none: AnswerBox | None
    """One box that answers all of them; it stands in the second column."""
    stop_words: str
    """What a screen reader says of a stop sign."""


@dataclass(frozen=True, slots=True)
class QuestionBoxes:
    """A question with boxes to choose from."""

    number: str
    question: str
    note: str
    boxes: tuple[AnswerBox, ...]


@dataclass(frozen=True, slots=True)
class QuestionLines:
    """A question with boxes to write in."""

    number: str
    question: str
    note: str
    lines: tuple[AnswerLine, ...]


Block = (
    Paragraph
    | Heading
    | ItemList
    | Callout
    | Table
    | KeyValues
    | Verdict
    | ExerciseCard
    | Illustration
    | WriteLines
    | TickStrip
    | TimeBars
    | QuestionRows
    | QuestionBoxes
    | QuestionLines
)


class FixedBlocks:
    """Blocks that hold nothing but words of the content, known by their identity.

    They are the same for everybody, so what a renderer made of one may be kept for the
    next person. No other block may: it can hold a person's values.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._known: dict[int, tuple[object, bool]] = {}
        self._made: dict[tuple[object, ...], Block] = {}

    def is_fixed(self, block: "Block | str") -> bool:
        """Tell whether a block or a title is known to be the same for everybody."""
        known = self._known.get(id(block))
        return known is not None and known[1] and known[0] is block

    def is_known(self, block: "Block | str") -> bool:
        """Tell whether somebody has said what kind of block it is."""
        known = self._known.get(id(block))
        return known is not None and known[0] is block

    def learn(self, block: "Block | str", *, is_fixed: bool) -> None:
        """Remember what kind of block this is; it must be one of the content's own."""
        self._known[id(block)] = (block, is_fixed)

    def find(self, key: tuple[object, ...]) -> Block | None:
        """Return the block that was put together under a key, or None."""
        return self._made.get(key)

    def made(self, key: tuple[object, ...], block: Block) -> Block:
        """Return a block that is put together from fixed ones: the first of its key.

        Args:
            key: What it is made of; nothing of a person.
            block: As it was made now.
        """
        first = self._made.setdefault(key, block)
        self.learn(first, is_fixed=True)
        return first


Form = Literal["whole", "short", "digest"]
"""How much of a section is printed: all, a tighter text, or its one message."""


@dataclass(frozen=True, slots=True)
class HandoutSection:
    """One section as it will be printed."""

    id: str
    group: str
    title: str
    blocks: tuple[Block, ...]
    reason: str
    """Why it is here, in the reader's words; may be empty on page one."""
    priority: int
    """1 must print ... 5 only if there is space."""
    is_on_page_one: bool = False
    leaves_page_one: int = 0
    """In which turn it moves to a later page if page one is full; 0 for never."""
    joins_page_one: int = 0
    """In which turn it fills up page one of a dense handout; 0 for never."""
    is_whole: bool = False
    """True when it stands on page one in one piece, at every size of type."""
    form: Form = "whole"
    """The form in which it is printed."""
    kind: str = ""
    """What it is for the reader, such as "cause"; empty for the clinic's own."""

    def __hash__(self) -> int:
        """Return a quick hash; blocks are looked at only when all else is equal."""
        return hash((self.id, self.title, self.reason, self.is_on_page_one,
                     len(self.blocks)))  # fmt: skip


def _dotted(*texts: str) -> str:
    return " \u2022 ".join(text for text in texts if text)


@dataclass(frozen=True, slots=True)
class Furniture:
    """The words at the top and the foot of each page."""

    guide_id: str
    code: str
    """Short code of exactly this guide: profile, content and options."""
    issued_on: str
    clinic_line: str
    """Name and number of the clinic; empty without any."""
    clinic_phone: str
    """The last part of the clinic's line; empty without a number."""
    state_line: str
    """"Draft ..." or "Checked by ..."."""
    is_draft: bool
    page_words: str
    """Pattern with {page} and {pages}."""

    @property
    def head_line(self) -> str:
        """Id and code of the guide, as they stand on top of each page."""
        return f"{self.guide_id}   {self.code}"

    @property
    def foot_line(self) -> str:
        """Whom to call, and who has checked it, as they stand below each page."""
        return _dotted(self.clinic_line, self.state_line)

    @property
    def clinic_name(self) -> str:
        """Name of the clinic without its number; empty without any."""
        return self.clinic_line.removesuffix(self.clinic_phone).rstrip(", ")

    def foot_line_for(self, name: str) -> str:
        """Return the foot line with a shorter name of the clinic, or with none."""
        clinic = ", ".join(part for part in (name, self.clinic_phone) if part)
        return _dotted(clinic, self.state_line)

    @property
    def foot_line_by_phone(self) -> str:
        """The foot line with the number of the clinic before its name."""
        name = self.clinic_name
        return _dotted(f"{self.clinic_phone}, {name}".rstrip(", "), self.state_line)


@dataclass(frozen=True, slots=True)
class Handout:
    """A whole handout: sections in printing order and what stands around them."""

    title: str
    language: str
    """BCP 47 tag, such as "en-GB"."""
    issued_on: date
    furniture: Furniture
    sections: tuple[HandoutSection, ...]
    level: str
    """EMERGENCY, URGENT, UNANSWERED, SOON or ROUTINE."""
    words: tuple[tuple[str, str], ...]
    """Fixed words that a renderer prints, by key, in order."""
    opening: tuple[str, ...] = ()
    """Sentences of the whole sheet, said once below its title."""
    fixed: FixedBlocks | None = field(default=None, compare=False, repr=False)
    """Which blocks are the same for everybody; None when nobody knows."""

    def word(self, key: str) -> str:
        """Return a fixed word of the language."""
        place = bisect_left(self.words, (key,))
        found, word = self.words[place]
        if found != key:
            raise KeyError(key)
        return word

    @property
    def section_ids(self) -> tuple[str, ...]:
        """The sections in printing order; one that stands in two parts is told once."""
        return tuple(dict.fromkeys(section.id for section in self.sections))

    def without(self, section_id: str) -> "Handout":
        """Return the handout with one section left out."""
        kept = tuple(s for s in self.sections if s.id != section_id)
        return replace(self, sections=kept)


def fillable(handout: Handout) -> Handout:
    """Return the handout with tables to write in as tables to fill in on screen."""

    def filled(section: HandoutSection) -> HandoutSection:
        blocks = tuple(
            replace(block, form=section.id)
            if isinstance(block, Table) and block.row_height_mm
            else block
            for block in section.blocks
        )
        return replace(section, blocks=blocks)

    return replace(handout, sections=tuple(map(filled, handout.sections)))


def has_form(handout: Handout) -> bool:
    """Tell whether there is something to fill in on screen."""
    blocks = (block for section in handout.sections for block in section.blocks)
    return any(isinstance(block, Table) and block.form for block in blocks)


def without_pictures(handout: Handout) -> Handout:
    """Return the handout without pictures whose numbers stand in a table as well."""
    if not any(isinstance(b, TimeBars) for s in handout.sections for b in s.blocks):
        return handout
    sections = tuple(
        replace(s, blocks=tuple(b for b in s.blocks if not isinstance(b, TimeBars)))
        for s in handout.sections
    )
    return replace(handout, sections=sections)


def with_digests_last(handout: Handout) -> Handout:
    """Return the handout with its digests behind the rest, but before the small print.

    What stands on page one by itself, and what is no part of the guide, stays behind.
    """

    def place(section: HandoutSection) -> int:
        if section.form == "digest":
            return 1
        return 2 if section.kind in ("sources", "") else 0

    return replace(handout, sections=tuple(sorted(handout.sections, key=place)))


def with_open_cards(handout: Handout) -> Handout:
    """Return the handout with no exercise card set closely."""
    sections = tuple(
        replace(
            section,
            blocks=tuple(
                replace(block, is_close_set=False)
                if isinstance(block, ExerciseCard)
                else block
                for block in section.blocks
            ),
        )
        for section in handout.sections
    )
    return replace(handout, sections=sections)


def map_text(block: Block, change: Callable[[str], str]) -> Block:
    """Return the block with every text of its spans changed."""

    def spans(old: Spans) -> Spans:
        return tuple(replace(span, text=change(span.text)) for span in old)

    match block:
        case Paragraph():
            return replace(block, spans=spans(block.spans))
        case Heading():
            return Heading(change(block.text))
        case ItemList():
            return replace(block, items=tuple(spans(item) for item in block.items))
        case Callout():
            return replace(
                block, blocks=tuple(map_text(b, change) for b in block.blocks)
            )
        case Table():
            return replace(
                block,
                header=tuple(change(text) for text in block.header),
                rows=tuple(tuple(spans(c) for c in row) for row in block.rows),
            )
    return block


def texts_of(block: Block) -> Iterator[str]:
    """Yield every text of a block in reading order, one per sentence group."""
    match block:
        case Paragraph(spans=spans):
            yield "".join(span.text for span in spans)
        case Heading(text=text):
            yield text
        case ItemList(items=items):
            for item in items:
                yield "".join(span.text for span in item)
        case Callout(blocks=blocks):
            for inner in blocks:
                yield from texts_of(inner)
        case Table(header=header, rows=rows, caption=caption):
            if caption:
                yield caption
            yield from header
            for row in rows:
                for cell in row:
                    yield "".join(span.text for span in cell)
        case KeyValues(rows=pairs, links=links, is_run=is_run):
            if is_run and links:
                # What can be followed has a line of its own, below the others.
                linked = dict(zip(pairs, links, strict=True))
                pairs = tuple(sorted(pairs, key=lambda row: bool(linked[row])))
            for label, value in pairs:
                yield label
                yield value
        case Verdict(headline=headline, why=why):
            yield headline
            yield why
        case ExerciseCard():
            yield block.name
            for label, amount in block.dose:
                yield f"{label}: {amount}"
            yield from block.changes
            yield block.start
            yield from block.steps
            yield from filter(None, (block.easier, block.harder, block.stop_if))
        case WriteLines(prompts=prompts):
            yield from prompts
        case TickStrip(lead=lead, questions=questions, prompt=prompt):
            yield from (lead, *questions, prompt)
        case QuestionRows():
            yield from filter(None, (block.note, block.question))
            yield from block.columns
            yield from (row.question for row in block.rows)
            if block.none is not None:
                yield block.none.words
        case QuestionBoxes():
            yield from filter(None, (block.note, block.question))
            yield from (box.words for box in block.boxes)
        case QuestionLines():
            yield from filter(None, (block.note, block.question))
            yield from filter(None, (line.words for line in block.lines))

"""From blocks to Flowables: how each kind of block is set.

Everything is measured here and nothing is drawn. The structure tree grows beside
the slabs, so that what is seen and what is read aloud cannot differ.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from reportlab.lib.styles import ParagraphStyle

from backguide.document import (
    Block,
    Callout,
    ExerciseCard,
    Figure,
    Handout,
    HandoutSection,
    Heading,
    Illustration,
    ItemList,
    KeyValues,
    Paragraph,
    QuestionBoxes,
    QuestionLines,
    QuestionRows,
    Span,
    Spans,
    Table,
    TickStrip,
    TimeBars,
    Verdict,
    WriteLines,
    plain,
)
from backguide.layout.bars import bars_slab
from backguide.layout.breaking import Line, break_lines, longest_word
from backguide.layout.figures import fit_figure
from backguide.layout.flowables import (
    BoxMark,
    FieldMark,
    FigureMark,
    LampMark,
    Mark,
    PictureMark,
    RuleMark,
    Slab,
    Story,
    TextMark,
    in_section,
    moved,
    replace,
    stacked,
)
from backguide.layout.qr import code_mark
from backguide.layout.questions import question_slabs
from backguide.layout.setting import Key, SetBlock, blocks_set
from backguide.layout.strip import strip_slab
from backguide.layout.structure import Element
from backguide.layout.theme import BODY_SIZES_PT, MM, Theme

FIGURE_WIDTH_MM: Final = 84.0
FIGURE_HEIGHT_MM: Final = 22.0
"""The box that a drawing is fitted into; a card's column is about as wide."""

NORMAL_SIZE: Final = BODY_SIZES_PT["off"]

CLOSE_FIGURE_HEIGHT_MM: Final = 15.5
"""Its height on a close-set card, where no words stand under the panels."""

WHOLE_TABLE: Final = 0.7
"""A wide table up to this share of a page is not split."""

TABLE_PAD: Final = 1.0
"""Space beside the text of a cell, in units of the theme."""

WHOLE_SECTION: Final = 0.6
"""In columns on page one, a section up to this share of its height is not split."""

DIGEST_UNITS: Final = 2.0
"""Steps of space over a digest: it is smaller than a section, and stands closer."""

Questions = QuestionRows | QuestionBoxes | QuestionLines

BOX_STEP: Final = 1.4
"""From one box to tick to the next, in sizes of the letters."""

WHOLE_NARROW_TABLE: Final = 0.42
"""A table in a column is not split up to this share; a bigger one leaves a hole."""


@dataclass(frozen=True, slots=True)
class Memo:
    """What was set before for one person in one theme; never shared between two."""

    sections: dict[tuple[HandoutSection, int], tuple[Element, Story]] = field(
        default_factory=dict
    )
    """By section, and by how far lines close up."""
    blocks: dict[tuple[int, *Key], SetBlock] = field(default_factory=dict)
    """Blocks that hold values of the person, by how far lines close up and the rest."""
    lines: dict[tuple[Spans, ParagraphStyle, float], tuple[Line, ...]] = field(
        default_factory=dict
    )
    """Texts that were broken, by what they say, their style and their width."""


class Builder:
    """Sets the blocks of one document in one theme."""

    def __init__(
        self,
        handout: Handout,
        theme: Theme,
        memo: Memo | None = None,
        *,
        logo_size: tuple[float, float] | None = None,
    ) -> None:
        """Prepare the tree; ``build`` does the work.

        Args:
            handout: The document.
            theme: How it looks.
            memo: Sections of this very person that were set before, to be used again
                while fitting; never shared between two people or two themes.
            logo_size: Width and height to leave free at the top right, in points.
        """
        self._handout = handout
        self._theme = theme
        self._memo = Memo() if memo is None else memo
        self._logo_size = logo_size or (0.0, 0.0)
        self._kept: dict[Key, SetBlock] | None = None
        """The fixed blocks of this theme; looked up when first needed."""
        self._sub_heading = "H3"
        self.root = Element("Document")

    def build(self) -> tuple[Story, Story]:
        """Return the story of page one and that of all later pages."""
        first: Story = []
        later: Story = []
        # Above columns the title needs no holding: what is held is set in one piece.
        is_held = self._theme.page_one_columns == 1
        # Whoever must call now is told so before all else.
        is_alarm = self._handout.level in ("EMERGENCY", "URGENT")
        for slab in self._title(has_opening=not is_alarm):
            first.append(replace(slab, is_wide=True, keepWithNext=is_held))
        for number, section in enumerate(self._handout.sections):
            story = first if section.is_on_page_one else later
            sect, slabs = self._remembered(section)
            self.root.children.append(sect)
            story += slabs
            if is_alarm and number == 0:
                for slab in self._opening(self._theme.width, before=3):
                    first.append(replace(slab, is_wide=True))
        return first, later

    def _opening(self, width: float, *, before: float) -> Story:
        """Return what is said of the whole; ``before`` is in units of the theme."""
        opening = " ".join(self._handout.opening)
        if not opening:
            return []
        element = self.root.add("P")
        before *= self._theme.unit
        return self._text(plain(opening), "small", element, width=width, before=before)

    def _title(self, *, has_opening: bool) -> Story:
        """Return the title and what is said of the whole, clear of the logo."""
        is_alarm = self._handout.level in ("EMERGENCY", "URGENT")
        role = "alarm" if is_alarm else "title"
        width, height = self._logo_size
        gap = self._theme.unit * 4 if width else 0
        clear = self._theme.width - width - gap
        slabs = self._text(
            plain(self._handout.title), role, self.root.add("H1"), width=clear
        )
        if has_opening and (opening := self._opening(clear, before=1)):
            slabs = [*slabs[:-1], _kept(slabs[-1]), *opening]
        missing = height - sum(slab.height for slab in slabs)
        return [*slabs, Slab(missing)] if missing > 0 else slabs

    def area_of(self, section: HandoutSection) -> float:
        """Return the height that a section of a later page takes, in points.

        Counted in one column: what is as wide as the page counts for every column.
        """
        _, slabs = self._remembered(section)
        columns = self._theme.columns
        return sum(
            (slab.height + slab.spaceBefore) * (columns if slab.is_wide else 1)
            for slab in slabs
        )

    def story_of(self, section: HandoutSection) -> Story:
        """Return the story of one section."""
        return self._remembered(section)[1]

    def _remembered(self, section: HandoutSection) -> tuple[Element, Story]:
        key = (section, self._theme.closeness)
        sections = self._memo.sections
        if key not in sections:
            theme = self._theme
            is_alone = section.is_on_page_one and theme.page_one_columns == 1
            width = theme.width if is_alone else theme.column_width
            sect, slabs = self._section(section, width)
            if section.is_on_page_one and not is_alone:
                slabs = self._whole(slabs)
            if section.is_whole:
                slabs = [*map(_kept, slabs[:-1]), *slabs[-1:]]
            sections[key] = sect, slabs
        return sections[key]

    def _whole(self, slabs: Story) -> Story:
        """Return a section of page one held together in its column."""
        wide = sum(slab.is_wide for slab in slabs)
        narrow = slabs[wide:]
        if sum(slab.height + slab.spaceBefore for slab in narrow) > self._most_whole:
            return slabs
        kept = [_kept(slab) for slab in narrow[:-1]]
        return [*slabs[:wide], *kept, *narrow[-1:]]

    @property
    def _most_whole(self) -> float:
        return self._theme.height * WHOLE_SECTION

    # --- sections -----------------------------------------------------------

    def _section(self, section: HandoutSection, width: float) -> tuple[Element, Story]:
        sect = Element("Sect", title=section.title)
        unit = self._theme.unit
        wide_until = self._last_wide(section.blocks)
        slabs: Story = []
        has_table = False

        def add(new: Story, *, is_wide: bool) -> None:
            slabs.extend(in_section(slab, section.id, is_wide=is_wide) for slab in new)

        has_own = any(
            isinstance(block, Verdict | TickStrip) for block in section.blocks
        )
        self._sub_heading = "H3" if section.title or has_own else "H2"
        if section.title and not has_own:
            heading = self._kept_heading(section, width, wide_until > 0)
            sect.children += heading.elements
            slabs += heading.slabs
        for number, block in enumerate(section.blocks, 1):
            # What leads to a table over the whole width is as wide itself.
            is_wide = number <= wide_until
            block_width = self._theme.width if is_wide else width
            start = len(slabs)
            slabs += self._kept_block(block, sect, block_width, section.id, is_wide)
            if isinstance(block, TickStrip) and number < len(section.blocks):
                slabs[-1] = _kept(slabs[-1])
            if isinstance(block, Table) and not has_table:
                has_table = True
                slabs[:] = self._led_up_to(slabs, start)
        if section.reason and not section.is_on_page_one:
            reason = self._text(
                plain(section.reason),
                "reason",
                sect.add("P"),
                width=width,
                before=unit * (0.5 if section.form == "digest" else 1),
            )
            if slabs:
                slabs[-1] = _kept(slabs[-1])
            add(reason, is_wide=False)
        return sect, slabs

    def _last_wide(self, blocks: tuple[Block, ...]) -> int:
        """Return how many blocks there are up to the last wide one; 0 without one.

        Small print is wide: its lines are many, and nobody reads them on their way.
        """
        places = [
            number
            for number, block in enumerate(blocks, 1)
            if isinstance(block, Verdict | TickStrip | Questions)
            or (isinstance(block, Paragraph) and block.role == "small")
            or (isinstance(block, Table) and not self._is_narrow(block))
        ]
        return max(places, default=0)

    def _is_narrow(self, table: Table) -> bool:
        """Tell whether a table fits into a column: no word of it would be cut."""
        if table.has_days_across:
            return False  # there are words to write into its columns
        least = sum(self._least_widths(table))
        return table.is_narrow or least <= self._theme.column_width

    def _led_up_to(self, slabs: Story, start: int) -> Story:
        """Return a title, what leads to a table and the table, held together.

        Args:
            slabs: All of them, up to the end of the table.
            start: Where the table begins, with its caption.
        """
        is_wide = slabs[-1].is_wide
        if not is_wide and self._theme.is_dense:
            # The words before it may stay behind, but for its caption.
            return slabs
        total = sum(slab.height + slab.spaceBefore for slab in slabs)
        most = WHOLE_TABLE if is_wide else WHOLE_NARROW_TABLE
        end = start if total > self._theme.height * most else len(slabs) - 1
        return [*(_kept(slab) for slab in slabs[:end]), *slabs[end:]]

    def _kept_heading(
        self, section: HandoutSection, width: float, is_wide: bool
    ) -> SetBlock:
        """Return the heading of a section, kept like a block of the content."""
        fixed, title = self._handout.fixed, section.title
        if fixed is None or not fixed.is_fixed(title):
            return self._set_heading(section, width, is_wide)
        if self._kept is None:
            self._kept = blocks_set(fixed, self._theme)
        key = (id(title), width, section.id, is_wide, section.form)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._set_heading(section, width, is_wide)
        return found

    def _set_heading(
        self, section: HandoutSection, width: float, is_wide: bool
    ) -> SetBlock:
        element = Element("H2")
        units = 2.8 if self._theme.is_dense else 3.6
        is_digest = section.form == "digest"
        slabs = self._text(
            plain(section.title),
            "card_name" if is_digest else "heading",
            element,
            width=self._theme.width if is_wide else width,
            before=self._theme.unit * (DIGEST_UNITS if is_digest else units),
        )
        placed = [in_section(_kept(s), section.id, is_wide=is_wide) for s in slabs]
        return SetBlock(section.title, (element,), placed)

    def _kept_block(
        self, block: Block, parent: Element, width: float, section: str, is_wide: bool
    ) -> Story:
        """Return the slabs of a block; those of the content are set only once.

        What is kept holds no value of a person, and is found by everything that it
        depends on: the block, the theme, the width and the level of headings.
        """
        key = (id(block), width, section, is_wide, self._sub_heading)
        fixed = self._handout.fixed
        if fixed is not None and fixed.is_fixed(block):
            if self._kept is None:
                self._kept = blocks_set(fixed, self._theme)
            found = self._kept.get(key)
            if found is None:
                found = self._kept[key] = self._set_block(
                    block, width, section, is_wide
                )
        else:
            own = (self._theme.closeness, *key)
            found = self._memo.blocks.get(own)
            if found is None or found.block is not block:
                found = self._set_block(block, width, section, is_wide)
                self._memo.blocks[own] = found
        parent.children += found.elements
        return found.slabs

    def _set_block(
        self, block: Block, width: float, section: str, is_wide: bool
    ) -> SetBlock:
        holder = Element("Sect")
        slabs = self._block(block, holder, width)
        placed = [in_section(slab, section, is_wide=is_wide) for slab in slabs]
        return SetBlock(block, tuple(holder.children), placed)

    def _block(self, block: Block, parent: Element, width: float) -> Story:
        match block:
            case Paragraph(spans=spans, role=role):
                return self._text(
                    spans, role, parent.add("P"), width=width, before=self._theme.unit
                )
            case Heading(text=text):
                slabs = self._text(
                    plain(text),
                    "sub_heading",
                    parent.add(self._sub_heading),
                    width=width,
                    before=self._theme.unit * 1.8,
                )
                return [_kept(slab) for slab in slabs]
            case ItemList():
                return self._items(block, parent, width)
            case Callout():
                return self._callout(block, parent, width)
            case Table():
                return self._table(block, parent, width)
            case TimeBars():
                return [bars_slab(block, parent, self._theme, width)]
            case TickStrip():
                word = self._handout.word("tick_box")
                return [strip_slab(block, parent, self._theme, word)]
            case KeyValues():
                return self._key_values(block, parent, width)
            case Verdict():
                return self._verdict(block, parent, width)
            case ExerciseCard():
                return self._card(block, parent, width)
            case Illustration(figure=figure, alt=alt):
                element = parent.add("Figure", alt=alt)
                return [
                    self._figure(figure, element, width, before=self._theme.unit * 2)
                ]
            case WriteLines():
                return self._write_lines(block, parent, width)
            case QuestionRows() | QuestionBoxes() | QuestionLines():
                return question_slabs(block, parent, self._theme, width)

    # --- running text -------------------------------------------------------

    def _lines(
        self, spans: Spans, style: ParagraphStyle, width: float
    ) -> tuple[Line, ...]:
        """Return the lines of a text; one try for a length breaks it for all."""
        key = spans, style, width
        lines = self._memo.lines.get(key)
        if lines is None:
            lines = self._memo.lines[key] = break_lines(spans, style, width)
        return lines

    def _text(
        self,
        spans: Spans,
        role: str,
        owner: Element,
        *,
        width: float = 0,
        x: float = 0,
        before: float = 0,
    ) -> Story:
        """Return the lines of a text; no line is left alone by a page break."""
        theme = self._theme
        style = theme.style(role)
        widest = theme.width if role == "small" else theme.measure + x
        measure = min(width or theme.width, widest)
        lines = self._lines(spans, style, measure - x)
        slabs = []
        for number, line in enumerate(lines):
            mark = TextMark(
                x,
                style.leading * 0.5 + style.fontSize * 0.34,
                line,
                style.fontSize,
                style.textColor,
                owner,
            )
            is_near_edge = number == 0 or number == len(lines) - 2
            slabs.append(
                Slab(
                    style.leading,
                    (mark,),
                    spaceBefore=before if number == 0 else 0,
                    keepWithNext=is_near_edge and number < len(lines) - 1,
                )
            )
        return slabs

    def _items(self, block: ItemList, parent: Element, width: float) -> Story:
        theme = self._theme
        size = theme.style("body").fontSize
        numbering = {"number": "Decimal", "bullet": "Disc", "tick": "None"}
        parent = parent.add("L", numbering=numbering[block.marker])
        indent = size * (1.9 if block.marker == "tick" else 1.45)
        slabs: Story = []
        for number, item in enumerate(block.items, 1):
            entry = parent.add("LI")
            label = entry.add("Lbl")
            lines = self._text(
                item,
                "body",
                entry.add("LBody"),
                width=width,
                x=indent,
                before=theme.unit * (0.9 if number == 1 else 0.45),
            )
            marks = self._label(block.marker, number, label)
            first = lines[0]
            lines[0] = replace(first, marks=(*marks, *first.marks))
            slabs += lines
        return _glued_list(slabs)

    def _label(self, marker: str, number: int, owner: Element) -> tuple[Mark, ...]:
        style = self._theme.style("body")
        if marker == "tick":
            side = style.fontSize * 0.85
            owner.actual_text = self._handout.word("tick_box")
            # The box is drawn; a thin space in the text carries its meaning.
            box = BoxMark(
                0, (style.leading - side) / 2, side, side, stroke="text", line_width=1
            )
            return (box, self._mark(plain("\u00a0"), "body", owner, 0))
        text = f"{number}." if marker == "number" else "\u2022"
        face = (Span(text, "strong"),) if marker == "number" else plain(text)
        return (self._mark(face, "body", owner, style.fontSize * 0.12),)

    def _mark(
        self, spans: Spans, role: str, owner: Element, x: float, top: float = 0
    ) -> TextMark:
        """Return one line of text that is known to fit."""
        style = self._theme.style(role)
        line = self._lines(spans, style, 10_000)[0]
        baseline = top + style.leading * 0.5 + style.fontSize * 0.34
        return TextMark(x, baseline, line, style.fontSize, style.textColor, owner)

    # --- boxes --------------------------------------------------------------

    def _boxed(
        self,
        inner: Story,
        width: float,
        *,
        fill: str = "",
        stroke: str = "rule",
        line_width: float = 0.75,
        before: float = 0,
        kind: str = "box",
    ) -> Story:
        """Return slabs as one framed slab; one too high for a page stays open."""
        pad = self._theme.unit * 2
        marks, height = stacked(inner)
        if height + 2 * pad > self._theme.height:
            return inner
        frame = BoxMark(
            0, 0, width, height + 2 * pad, fill, stroke, line_width, radius=3
        )
        shifted = tuple(moved(mark, pad, pad) for mark in marks)
        return [
            Slab(height + 2 * pad, (frame, *shifted), spaceBefore=before, kind=kind)
        ]

    def _inner_width(self, width: float) -> float:
        return width - 4 * self._theme.unit

    def _callout(self, block: Callout, parent: Element, width: float) -> Story:
        inner: Story = []
        for item in block.blocks:
            inner += self._block(item, parent, self._inner_width(width))
        looks = {
            "note": ("tint", "rule", 0.75),
            "warning": ("warning_tint", "warning", 1.5),
            "emergency": ("warning_tint", "warning", 3.0),
        }
        fill, stroke, line_width = looks[block.kind]
        return self._boxed(
            inner,
            width,
            fill=fill,
            stroke=stroke,
            line_width=line_width,
            before=self._theme.unit * 1.5,
        )

    def _verdict(self, block: Verdict, parent: Element, width: float) -> Story:
        lamp = self._theme.body_size * 4
        gap = self._theme.unit * 3
        inner_width = self._inner_width(width)
        texts = self._text(
            plain(block.headline),
            "verdict",
            parent.add("H2"),
            width=inner_width,
            x=lamp + gap,
        )
        texts += self._text(
            plain(block.why),
            "lead",
            parent.add("P"),
            width=inner_width,
            x=lamp + gap,
            before=self._theme.unit,
        )
        marks, height = stacked(texts)
        inner_height = max(height, lamp)
        centred = tuple(moved(m, 0, (inner_height - height) / 2) for m in marks)
        light = LampMark(0, (inner_height - lamp) / 2, lamp, block.light)
        slab = Slab(inner_height, (light, *centred), kind="verdict")
        return self._boxed(
            [slab],
            width,
            stroke=block.light,
            line_width=2.5,
            before=self._theme.unit * 2,
            kind="verdict",
        )

    def _card(self, block: ExerciseCard, parent: Element, width: float) -> Story:
        """Return one exercise as one framed slab."""
        card = parent.add("Sect", title=block.name)
        inner_width = self._inner_width(width)
        unit = self._theme.unit
        name = f"{block.number}. {block.name}"
        inner = self._text(plain(name), "card_name", card.add("H3"), width=inner_width)
        inner += self._dose(block, card, inner_width)
        if block.figure:
            element = card.add("Figure", alt=block.alt)
            inner.append(
                self._figure(
                    block.figure,
                    element,
                    inner_width,
                    before=unit * 1.5,
                    is_close_set=block.is_close_set,
                )
            )
        inner += self._card_texts(block, card, inner_width)
        return self._boxed(inner, width, before=unit * 2, kind="card")

    def _dose(self, block: ExerciseCard, card: Element, width: float) -> Story:
        """Return how much to do, on a tinted strip that the eye finds at once."""
        together = tuple(
            (label.replace(" ", "\u00a0"), amount) for label, amount in block.dose
        )
        lines = self._text(
            _run(together, "value"),
            "body",
            card.add("P"),
            width=width,
            before=self._theme.unit * 0.5,
        )
        height = sum(line.height for line in lines)
        wide = self._theme.unit
        strip = BoxMark(-wide, 0, width + 2 * wide, height, fill="tint")
        return [replace(lines[0], marks=(strip, *lines[0].marks)), *lines[1:]]

    def _card_texts(self, block: ExerciseCard, card: Element, width: float) -> Story:
        """Return what stands under the drawing of a card."""
        word, unit = self._handout.word, self._theme.unit

        def text(*pieces: tuple[str, str]) -> Story:
            spans: list[Span] = []
            for label, words in pieces:
                # A number never stands alone at the end of a line.
                spans += [Span(f"{label}\u00a0", "strong"), Span(f"{words} ")]
            return self._text(
                tuple(spans), "body", card.add("P"), width=width, before=unit * 0.6
            )

        slabs: Story = []
        for change in block.changes:
            slabs += text((f"{word('exercise.change')}:", change))
        start = (f"{word('exercise.start')}:", block.start)
        if block.is_close_set:
            numbered = [(f"{n}.", step) for n, step in enumerate(block.steps, 1)]
            slabs += text(start, *numbered)
        else:
            slabs += text(start)
            steps = ItemList(tuple(plain(step) for step in block.steps), "number")
            slabs += self._items(steps, card, width)
        ways = [
            (f"{word(f'exercise.{key}')}:", words)
            for key, words in (("easier", block.easier), ("harder", block.harder))
            if words
        ]
        if ways:
            slabs += text(*ways)
        return slabs + text((word("exercise.stop_if"), block.stop_if))

    def _figure(
        self,
        figure: Figure,
        owner: Element,
        width: float,
        *,
        before: float,
        is_close_set: bool = False,
    ) -> Slab:
        """Return a drawing with the words under its panels as one slab."""
        style = self._theme.style("body")
        # Drawings grow with the letters of large print.
        close_mm = CLOSE_FIGURE_HEIGHT_MM * self._theme.body_size / NORMAL_SIZE
        height_mm = close_mm if is_close_set else FIGURE_HEIGHT_MM
        fitted = fit_figure(figure, min(width, FIGURE_WIDTH_MM * MM), height_mm * MM)
        if is_close_set:
            end = fitted.height - style.fontSize * 0.35
            mark = FigureMark(0, 0, fitted, (), style.fontSize, end, owner)
            return Slab(fitted.height, (mark,), spaceBefore=before, kind="figure")
        captions = []
        for number, cell in enumerate(fitted.cells, 1):
            word = self._handout.word(f"figure.{cell.caption}")
            spans = (Span(f"{number} ", "strong"), Span(word))
            captions.append((cell.x, self._lines(spans, style, 10_000)[0]))
        mark = FigureMark(
            0,
            0,
            fitted,
            tuple(captions),
            style.fontSize,
            fitted.height + style.fontSize,
            owner,
        )
        return Slab(mark.height, (mark,), spaceBefore=before, kind="figure")

    # --- tables -------------------------------------------------------------

    def _table(self, block: Table, parent: Element, width: float) -> Story:
        unit = self._theme.unit
        slabs: Story = []
        if block.caption:
            slabs = self._text(
                plain(block.caption), "body", parent.add("P"), width=width, before=unit
            )
            slabs = [_kept(slab) for slab in slabs]
        table = parent.add("Table")
        widths = self._column_widths(block, width)
        head_cells = [
            (plain(text), table_cell)
            for text, table_cell in zip(
                block.header, _header_cells(table, len(block.header)), strict=True
            )
        ]
        head = self._row(head_cells, widths, "table_head", fill="tint")
        head = replace(head, spaceBefore=unit * 1.2, keepWithNext=True)
        slabs.append(head)
        rows = []
        for number, row in enumerate(block.rows, 1):
            line = table.add("TR")
            cells = []
            for column, spans in enumerate(row):
                is_head = block.has_row_headers and column == 0
                cell = line.add("TH", scope="Row") if is_head else line.add("TD")
                cells.append((_strong(spans) if is_head else spans, cell))
            slab = self._row(cells, widths, "table", least=block.row_height_mm * MM)
            rows.append(self._with_fields(slab, block, number, cells, widths))
        repeated = Slab(head.height, head.marks, kind="table-head")
        whole = head.height + sum(slab.height for slab in rows)
        is_column = width < self._theme.width - 1 or self._theme.columns == 1
        most = WHOLE_NARROW_TABLE if is_column else WHOLE_TABLE
        is_kept_whole = whole <= self._theme.height * most
        for number, slab in enumerate(rows):
            is_edge = number in (0, len(rows) - 2) or is_kept_whole
            is_edge = is_edge and number < len(rows) - 1
            has_room = head.height + slab.height <= self._theme.height
            slabs.append(
                replace(
                    slab,
                    keepWithNext=is_edge,
                    header=repeated if has_room else None,
                )
            )
        return slabs

    def _with_fields(
        self,
        slab: Slab,
        block: Table,
        row: int,
        cells: list[tuple[Spans, Element]],
        widths: list[float],
    ) -> Slab:
        """Return a row of a form with a field in each empty cell.

        A field is named by its day and its place within the day, both from 1; so a
        diary filled in reads the same whether its days are rows or columns.
        """
        if not block.form:
            return slab
        inset = 1.0
        marks: list[Mark] = []
        code = self._handout.furniture.code
        name = "".join(span.text for span in block.rows[row - 1][0])
        x = 0.0
        for column, ((spans, owner), width) in enumerate(
            zip(cells, widths, strict=True)
        ):
            if not "".join(span.text for span in spans):
                day, item = (column, row) if block.has_days_across else (row, column)
                heading = f"{block.header[0]} {name}: {block.header[column]}"
                if block.has_days_across:
                    heading = f"{block.header[0]} {block.header[column]}: {name}"
                marks.append(
                    FieldMark(
                        x + inset,
                        inset,
                        width - 2 * inset,
                        slab.height - 2 * inset,
                        f"{code}-{block.form}-{day}-{item}",
                        heading,
                        owner.add("Form"),
                    )
                )
            x += width
        return replace(slab, marks=(*slab.marks, *marks))

    def _column_widths(self, block: Table, width: float) -> list[float]:
        """Return the widths: as wished, but no column cuts its longest word."""
        least = self._least_widths(block)
        widths = [share * width for share in block.widths]
        missing = sum(
            max(low - wide, 0) for low, wide in zip(least, widths, strict=True)
        )
        spare = sum(max(wide - low, 0) for low, wide in zip(least, widths, strict=True))
        if not missing or spare <= missing:
            return widths
        return [
            low if wide < low else wide - (wide - low) * missing / spare
            for low, wide in zip(least, widths, strict=True)
        ]

    def _least_widths(self, block: Table) -> list[float]:
        """Return for each column the width at which no word is cut."""
        pad = 2 * self._theme.unit * TABLE_PAD
        head, body = self._theme.style("table_head"), self._theme.style("table")
        least = []
        for column, title in enumerate(block.header):
            cells = [_strong(row[column]) for row in block.rows]
            words = [longest_word(plain(title), head)]
            words += [
                longest_word(cell, body)
                for cell in cells
                if not _box_count(_flat(cell))
            ]
            boxes = max((_box_count(_flat(cell)) for cell in cells), default=0)
            words.append(boxes * body.fontSize * BOX_STEP)
            least.append(max(words) + pad + 0.5)
        return least

    def _row(
        self,
        cells: list[tuple[Spans, Element]],
        widths: list[float],
        role: str,
        *,
        fill: str = "",
        least: float = 0,
    ) -> Slab:
        pad_x, pad_y = self._theme.unit * TABLE_PAD, self._theme.unit * 0.55
        marks: list[Mark] = []
        heights = [least]
        x = 0.0
        for (spans, owner), width in zip(cells, widths, strict=True):
            slabs = self._cell(spans, role, owner, width - 2 * pad_x)
            inner, height = stacked(slabs)
            marks += [moved(mark, x + pad_x, pad_y) for mark in inner]
            heights.append(height + 2 * pad_y)
            x += width
        height = max(heights)
        frame: list[Mark] = [BoxMark(0, 0, x, height, fill, "rule", 0.75)]
        edge = 0.0
        for width in widths[:-1]:
            edge += width
            frame.append(RuleMark(edge, 0, edge, height))
        return Slab(height, (*frame, *marks), kind="row")

    def _cell(self, spans: Spans, role: str, owner: Element, width: float) -> Story:
        text = _flat(spans)
        if not text:
            return []
        if boxes := _box_count(text):
            return [self._tick_boxes(boxes, owner)]
        return self._text(spans, role, owner, width=width)

    def _tick_boxes(self, count: int, owner: Element) -> Slab:
        style = self._theme.style("table")
        side, step = style.fontSize * 0.9, style.fontSize * BOX_STEP
        top = (style.leading - side) / 2
        boxes = tuple(
            BoxMark(n * step, top, side, side, stroke="text", line_width=1)
            for n in range(count)
        )
        key = "tick_box" if count == 1 else "tick_boxes"
        owner.actual_text = self._handout.word(key).replace("{count}", str(count))
        return Slab(
            style.leading, (*boxes, self._mark(plain("\u00a0"), "table", owner, 0))
        )

    def _key_values(self, block: KeyValues, parent: Element, width: float) -> Story:
        """Return label and value side by side, a thin rule under each row."""
        if not block.rows:
            return []
        if block.is_run:
            return self._run_of(block, parent, width)
        table = parent.add("Table")
        code = code_mark(block.code, block.code_alt, parent) if block.code else None
        whole, width = width, width - (code.width if code else 0)
        label_width = width * 0.4
        slabs = []
        for number, (label, value) in enumerate(block.rows):
            row = table.add("TR")
            left = self._text(
                (Span(label, "strong"),),
                "table",
                row.add("TH", scope="Row"),
                width=label_width - self._theme.unit * 2,
            )
            cell = row.add("TD")
            if link := block.links[number] if block.links else "":
                cell = cell.add("Link", uri=link, title=f"{value} ({link})")
            right = self._text(plain(value), "table", cell, width=width - label_width)
            left_marks, left_height = stacked(left)
            right_marks, right_height = stacked(right)
            pad = self._theme.unit * 0.35
            height = max(left_height, right_height) + 2 * pad
            marks = (
                *(moved(mark, 0, pad) for mark in left_marks),
                *(moved(mark, label_width, pad) for mark in right_marks),
                RuleMark(0, height, width, height, line_width=0.5),
            )
            before = self._theme.unit if number == 0 else 0
            slabs.append(Slab(height, marks, spaceBefore=before, kind="row"))
        return _beside(slabs, code, whole) if code else slabs

    def _run_of(self, block: KeyValues, parent: Element, width: float) -> Story:
        """Return rows as one run; what can be followed has a line of its own."""
        links = block.links or ("",) * len(block.rows)
        rows = tuple(r for r, link in zip(block.rows, links, strict=True) if not link)
        before = self._theme.unit
        slabs: Story = []
        if rows:
            spans, owner = _run(rows, "value"), parent.add("P")
            slabs = self._text(spans, "body", owner, width=width, before=before)
        for (label, value), link in zip(block.rows, links, strict=True):
            if link:
                owner = parent.add("P")
                mark = self._mark(plain(f"{label}: "), "body", owner, 0)
                target = owner.add("Link", uri=link, title=f"{value} ({link})")
                start = mark.line.width + self._theme.body_size * 0.25
                lines = self._text(
                    (Span(value, "strong"),), "body", target, width=width, x=start
                )
                first = lines[0]
                slabs += [replace(first, marks=(mark, *first.marks)), *lines[1:]]
        return slabs

    def _write_lines(self, block: WriteLines, parent: Element, width: float) -> Story:
        style = self._theme.style("body")
        slabs = []
        for prompt in block.prompts:
            mark = self._mark(plain(prompt), "body", parent.add("P"), 0, style.fontSize)
            height = style.fontSize + style.leading
            start = mark.line.width + self._theme.unit * 2
            if start > width * 0.6:
                # Too little room behind the words: the line to write on goes below.
                start, height = 0, height + style.leading * 1.2
            rule = RuleMark(start, height, width, height, "text", 0.75)
            slabs.append(Slab(height, (mark, rule), kind="write"))
        return [_kept(slab) for slab in slabs[:-1]] + slabs[-1:]


def _beside(slabs: Story, code: PictureMark, width: float) -> Story:
    """Return rows and the code at their right as one slab."""
    marks, height = stacked(slabs)
    code = code._replace(x=width - code.width)
    return [
        Slab(
            max(height, code.height),
            (*marks, code),
            spaceBefore=slabs[0].spaceBefore,
            kind="rows",
        )
    ]


def _kept(slab: Slab) -> Slab:
    """Return the slab held together with the one after it."""
    return slab if slab.keepWithNext else replace(slab, keepWithNext=True)


def _glued_list(slabs: Story) -> Story:
    """Return a list's lines with the first two and the last two held together."""
    if len(slabs) > 1:
        slabs[0] = _kept(slabs[0])
        slabs[-2] = _kept(slabs[-2])
    return slabs


def _header_cells(table: Element, count: int) -> list[Element]:
    row = table.add("TR")
    return [row.add("TH", scope="Column") for _ in range(count)]


def _run(rows: tuple[tuple[str, str], ...], strong: Literal["label", "value"]) -> Spans:
    """Return labels with their values as one run, parted by dots."""
    spans: list[Span] = []
    for label, value in rows:
        spans += [
            Span("  \u2022  " if spans else ""),
            Span(f"{label}: ", "strong" if strong == "label" else "plain"),
            Span(value, "strong" if strong == "value" else "plain"),
        ]
    return tuple(spans)


def _flat(spans: Spans) -> str:
    return "".join(span.text for span in spans)


def _box_count(text: str) -> int:
    """Return the number of boxes to tick, when a text is nothing else."""
    return text.count("\u2610") if set(text) <= {"\u2610", " "} else 0


def _strong(spans: Spans) -> Spans:
    return tuple(Span(span.text, "strong") for span in spans)

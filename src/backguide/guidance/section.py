"""One section of the content: its text, and when it applies.

A ``SectionTemplate`` has conditions, placeholders and inserts. It becomes a
``document.HandoutSection`` only when it is composed for one person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from backguide.document import Form, texts_of
from backguide.guidance.condition import (
    ALWAYS,
    AllOf,
    Condition,
    ConditionReader,
    NoneOf,
    Truth,
)
from backguide.guidance.content_file import ContentFile, TableReader
from backguide.guidance.markup import Insert, TemplateBlock, parse
from backguide.guidance.triage import OUTPUT_STATES
from backguide.profile.facts import Facts

LENGTHS = ("short", "standard", "full")
KINDS = (
    "cause", "risk", "benefit", "technique", "alternative", "exercise", "plan",
    "question", "diary", "sources", "safety", "answer",
)  # fmt: skip
"""What a part is for the reader; a guide holds some of each (``guidance.choice``)."""
OWN_INSERTS = ("part", "figure")
"""Inserts that a section fills itself: a piece of its text, its own drawing."""
NEVER: Condition = NoneOf((ALWAYS,))


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a section's text with a condition of its own."""

    id: str
    include: Condition
    is_included_if_unknown: bool
    blocks: tuple[TemplateBlock, ...]
    short: tuple[TemplateBlock, ...] = ()
    """What stands in a tight handout in place of the blocks; empty for the same."""
    digest: tuple[TemplateBlock, ...] = ()
    """What stands in the digest; empty for the short form of the piece."""
    asks: tuple[str, ...] = ()
    """What it asks the reader to do; a ``[[hold]]`` says who must not do it."""

    def applies(self, facts: Facts) -> bool:
        """Tell whether this person gets the piece."""
        truth = self.include.evaluate(facts)
        if truth is Truth.UNKNOWN:
            return self.is_included_if_unknown
        return truth is Truth.YES


@dataclass(frozen=True, slots=True)
class Example:
    """A promise of the author: for this profile, the section does that."""

    name: str
    profile: dict[str, Any]
    expect: str
    """include, exclude or unknown."""
    level: str


@dataclass(frozen=True, slots=True)
class SectionTemplate:
    """One file of ``templates/<language>/sections``."""

    id: str
    title: str
    group: str
    order: int
    priority: int
    levels: tuple[str, ...]
    lengths: tuple[str, ...]
    sources: tuple[str, ...]
    claims: tuple[str, ...]
    written_on: date | None
    review_by: date | None
    fixed_reason: str
    """In place of the answers that decided; empty where nothing personal did."""
    figure_alt: str
    """What the section's own drawing shows, for people who cannot see it."""
    include: Condition
    is_included_if_unknown: bool
    exclude: Condition
    is_excluded_if_unknown: bool
    parts: tuple[Part, ...]
    examples: tuple[Example, ...]
    blocks: tuple[TemplateBlock, ...]
    file: ContentFile
    short: tuple[TemplateBlock, ...] = ()
    """What a tight handout prints in place of the blocks; empty for the same."""
    digest: tuple[TemplateBlock, ...] = ()
    """Its one message in a few words; empty for none."""
    sources_disagree: bool = False
    """True when both sides must stand in the digest, which then may be longer."""
    asks: tuple[str, ...] = ()
    """What its text, outside the parts, asks the reader to do."""
    alternatives: tuple[tuple[str, ...], ...] = ()
    """Groups of parts; of each, exactly one prints whenever the section prints."""
    is_small_print: bool = False
    """True when its paragraphs are set small and wide, in one run where it is short."""
    kind: str = ""
    """One of ``KINDS``; empty for the kind of its group."""
    form: Form = "whole"
    """The form in which the blocks are; a section without that form stays whole."""

    @property
    def always_prints(self) -> bool:
        """Tell whether it prints whenever it applies, whatever the room: priority 1."""
        return self.priority == 1

    @property
    def text_line(self) -> int:
        """Return the line of the file at or after which the text stands."""
        if self.form != "whole":
            return self.file.line_of(f"\n{self.form} =") + 1
        return self.file.body_line

    def shortened(self) -> "SectionTemplate":
        """Return the section in its short form; itself when it has none."""
        if not self.short and not any(part.short for part in self.parts):
            return self
        return self._of(
            self.short or self.blocks,
            {part.id: part.short or part.blocks for part in self.parts},
            "short" if self.short else "whole",
        )

    def digested(self) -> "SectionTemplate":
        """Return the section as its digest; in its short form when it has none."""
        if not self.digest:
            return self.shortened()
        return self._of(
            self.digest,
            {part.id: part.digest or part.short or part.blocks for part in self.parts},
            "digest",
        )

    def _of(
        self,
        blocks: tuple[TemplateBlock, ...],
        part_blocks: Mapping[str, tuple[TemplateBlock, ...]],
        form: Form,
    ) -> "SectionTemplate":
        """Return the section with other blocks and the parts that these insert."""
        used = {b.argument for b in blocks if isinstance(b, Insert)}
        parts = tuple(
            replace(part, blocks=part_blocks[part.id])
            for part in self.parts
            if part.id in used
        )
        return replace(self, blocks=blocks, parts=parts, form=form)

    def in_form(self, form: Form) -> "SectionTemplate":
        """Return the section in a form, or in the next longer one that it has."""
        if form == "whole":
            return self
        return self.digested() if form == "digest" else self.shortened()

    def forms(self) -> tuple["SectionTemplate", ...]:
        """Return the section in every form that it has, the whole one first."""
        found = [self]
        if (short := self.shortened()) is not self:
            found.append(short)
        if self.digest:
            found.append(self.digested())
        return tuple(found)

    def truth(self, facts: Facts) -> Truth:
        """Return the truth of "include and not exclude"."""
        return min(self.include.evaluate(facts), self.exclude.evaluate(facts).negated())

    def applies(self, facts: Facts) -> bool:
        """Tell whether the section is for this person, unknown answers settled."""
        return self.settled(self.include.evaluate(facts), self.exclude.evaluate(facts))

    def settled(self, include: Truth, exclude: Truth) -> bool:
        """Tell the same from the truths of the two conditions."""
        if include is Truth.UNKNOWN and not self.is_included_if_unknown:
            return False
        if exclude is Truth.UNKNOWN and self.is_excluded_if_unknown:
            return False
        return include is not Truth.NO and exclude is not Truth.YES

    @property
    def whole_condition(self) -> Condition:
        """Return "include and not exclude" as one condition."""
        return AllOf((self.include, NoneOf((self.exclude,))))

    def inserts(self) -> tuple[Insert, ...]:
        """Return every insert of the text and its shorter forms, in order."""
        blocks = [*self.blocks, *self.short, *self.digest]
        for part in self.parts:
            blocks += [*part.blocks, *part.short, *part.digest]
        return tuple(dict.fromkeys(b for b in blocks if isinstance(b, Insert)))

    def plain_text(self) -> str:
        """Return the words of the section and its parts, one text per line."""
        blocks = [*self.blocks, *(b for part in self.parts for b in part.blocks)]
        lines = [t for b in blocks if not isinstance(b, Insert) for t in texts_of(b)]
        return "\n".join(lines)


def parse_section(file: ContentFile, conditions: ConditionReader) -> SectionTemplate:
    """Return the section of a file; everything odd lands in the file's findings."""
    read = TableReader(file, file.table)
    blocks, faults = parse(file.body, file.body_line)
    for fault in faults:
        file.add_at(fault.line, fault.message, fault.hint)
    short = _form_blocks(file, read, "short")
    digest = _form_blocks(file, read, "digest")
    has_include = "include" in file.table
    has_exclude = "exclude" in file.table
    section = SectionTemplate(
        id=read.text("id"),
        title=read.text("title"),
        group=read.text("group"),
        order=read.integer("order", 0, 9999),
        priority=read.integer("priority", 1, 5),
        levels=_words(read, "levels", OUTPUT_STATES, ...),
        lengths=_words(read, "lengths", LENGTHS, list(LENGTHS)),
        sources=read.texts("sources"),
        claims=read.texts("claims", []),
        written_on=read.day("written_on"),
        review_by=read.day("review_by"),
        fixed_reason=read.text("reason", ""),
        figure_alt=read.text("figure_alt", ""),
        include=read.condition("include", conditions),
        is_included_if_unknown=_unknown(read, "if_unknown", "include", has_include),
        exclude=read.condition("exclude", conditions, NEVER),
        is_excluded_if_unknown=_unknown(
            read, "if_exclude_unknown", "leave-out", has_exclude
        ),
        parts=tuple(_part(file, table, conditions) for table in read.tables("part")),
        examples=tuple(_example(file, table) for table in read.tables("example")),
        blocks=blocks,
        file=file,
        short=short,
        digest=digest,
        sources_disagree=read.flag("sources_disagree", False),
        is_small_print=read.flag("small_print", False),
        asks=read.texts("asks", []),
        alternatives=_alternatives(file, read),
        kind=read.choice("kind", KINDS) if "kind" in file.table else "",
    )
    read.review()
    read.finish()
    return section


def _alternatives(file: ContentFile, read: TableReader) -> tuple[tuple[str, ...], ...]:
    """Return the groups of parts; a name of no part is a finding."""
    known = {table.get("id") for table in read.tables("part")}
    groups = []
    for table in read.tables("alternatives"):
        inner = TableReader(file, table, "[[alternatives]]")
        names = inner.texts("parts")
        inner.finish()
        for name in names:
            if name not in known:
                message = f'[[alternatives]]: there is no [[part]] "{name}"'
                file.add(f'"{name}"', message, after="[[alternatives]]")
        groups.append(names)
    return tuple(groups)


def _form_blocks(
    file: ContentFile, read: TableReader, form: Form
) -> tuple[TemplateBlock, ...]:
    """Return the blocks of a shorter form; its slips land in the file's findings."""
    text = read.text(form, "")
    blocks, faults = parse(text, file.line_of(text[:30]) if text else 1)
    for fault in faults:
        file.add_at(fault.line, fault.message, fault.hint)
    return blocks


def _words(
    read: TableReader, key: str, choices: tuple[str, ...], default: Any
) -> tuple[str, ...]:
    words = read.texts(key, default)
    for word in words:
        if word not in choices:
            read.file.add(
                f'"{word}"', f'"{word}" is not one of {", ".join(choices)}', after=key
            )
    return words


def _unknown(read: TableReader, key: str, yes: str, is_needed: bool) -> bool:
    other = "leave-out" if yes == "include" else "keep"
    default: Any = ... if is_needed else other
    return read.choice(key, (other, yes), default) == yes


def _part(
    file: ContentFile, table: dict[str, Any], conditions: ConditionReader
) -> Part:
    identifier = str(table.get("id", "?"))
    read = TableReader(file, table, f'id = "{identifier}"')
    text = read.text("text")
    blocks, faults = parse(text, file.line_of(text[:30]))
    for fault in faults:
        file.add_at(fault.line, fault.message, fault.hint)
    part = Part(
        id=read.text("id"),
        include=read.condition("include", conditions),
        is_included_if_unknown=_unknown(read, "if_unknown", "include", True),
        blocks=blocks,
        short=_form_blocks(file, read, "short"),
        digest=_form_blocks(file, read, "digest"),
        asks=read.texts("asks", []),
    )
    read.finish()
    return part


def _example(file: ContentFile, table: dict[str, Any]) -> Example:
    read = TableReader(file, table, f'name = "{table.get("name", "?")}"')
    example = Example(
        name=read.text("name"),
        profile=read.table("profile", {}),
        expect=read.choice("expect", ("include", "exclude", "unknown")),
        level=read.choice("level", OUTPUT_STATES, "ROUTINE"),
    )
    read.finish()
    return example

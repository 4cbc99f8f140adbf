"""What a clinician is asked to agree to: every text, rule, number and drawing.

An item is the smallest thing that can be agreed to or not: a warning sign, a number, a
line of page one, an exercise card, a section. Small items of a kind are rows of one
table. The order is that of reading: what can hurt most comes first.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from backguide.document import (
    Block,
    ExerciseCard,
    Heading,
    Illustration,
    ItemList,
    Paragraph,
    Span,
    plain,
)
from backguide.guidance.condition import ALWAYS, Condition, ConditionReader
from backguide.guidance.content_file import REVIEW_KEYS, ContentFile
from backguide.guidance.exercises import Exercise, Form, Rule
from backguide.guidance.library import Library
from backguide.guidance.markup import Insert, TemplateBlock
from backguide.guidance.message import Line
from backguide.guidance.section import NEVER, SectionTemplate
from backguide.guidance.triage import Flag
from backguide.packet.clause import Clauses
from backguide.packet.evidence import Evidence
from backguide.profile.facts import known_facts

HASH_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to agree to."""

    id: str
    """Stable name, such as "section shoes" or "number long_sitting_h_day"."""
    chapter: str
    title: str
    file: ContentFile
    blocks: tuple[Block, ...] = ()
    """What is read; placeholders are not filled."""
    table: str = ""
    """Title of the table whose row it is; empty for an item of its own."""
    row: tuple[str, ...] = ()
    """The cells of the row, in place of blocks."""
    heads: tuple[str, ...] = ()
    sources: tuple[str, ...] | None = None
    """Ids of sources; None where no source is expected."""
    claims: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """First digits of the SHA-256 over all that is read; changes when it does."""
        whole = (self.title, self.blocks, self.row, self.sources, self.claims)
        digest = hashlib.sha256(repr(whole).encode("utf-8"))
        return digest.hexdigest()[:HASH_DIGITS]


def every_item(library: Library, evidence: Evidence) -> tuple[Item, ...]:
    """Return all items of the content in the order in which they are read.

    Args:
        library: The content.
        evidence: The rows that warning signs are held against.
    """
    return tuple(_Items(library, evidence).all())


class _Items:
    def __init__(self, library: Library, evidence: Evidence) -> None:
        self._library = library
        self._evidence = evidence
        concerns = {flag.id: flag.concern for flag in library.flags}
        self._clauses = Clauses(library.conditions, concerns)
        self._files = {file.name: file for file in library.files}

    def all(self) -> Iterator[Item]:
        yield from self._safety()
        yield from self._numbers()
        yield from self._conditions()
        yield from self._page_one()
        yield from self._plan()
        yield from self._exercises()
        for group in self._library.frame.groups:
            if group != "triage":
                yield from self._sections(group, f"Texts: {group}")
        yield from self._together()
        yield from self._words()

    def _file(self, name: str) -> ContentFile:
        own = f"{self._library.language}/{name}"
        return self._files[own if own in self._files else name]

    # --- safety -------------------------------------------------------------

    def _safety(self) -> Iterator[Item]:
        row: tuple[str, ...]
        chapter, file = "Safety and triage", self._file("triage.toml")
        for flag in self._library.flags:
            yield Item(
                id=f"sign {flag.id}",
                chapter=chapter,
                title=f"{flag.id}: {flag.concern}",
                file=file,
                blocks=tuple(self._flag(flag)),
                sources=flag.sources,
            )
        for state, names in self._library.never_at.items():
            row = (state, ", ".join(names))
            yield _row(f"never {state}", chapter, "What a level never prints",
                       ("Level", "Never printed"), row, file)  # fmt: skip
        numbers = self._file("emergency_numbers.toml")
        for locale, found in self._library.phone_numbers.items():
            row = (locale, found.emergency, found.urgent or "-", found.crisis or "-")
            yield _row(f"call {locale}", chapter, "Whom to call",
                       ("Country", "Emergency", "Same day", "Crisis"), row,
                       numbers)  # fmt: skip
        yield from self._sections("triage", chapter)

    def _flag(self, flag: Flag) -> Iterator[Block]:
        rules = []
        for rule in flag.rules:
            levels = {mode: level.name for mode, level in rule.level_by_mode.items()}
            told = set(levels.values())
            label = told.pop() if len(told) == 1 else _pairs(levels)
            clause = self._clauses.words(rule.when)
            rules.append((Span(f"{label} ", "strong"), Span(f"when {clause}")))
        yield ItemList(tuple(rules))
        for words, names in (
            ("Speaks of it", flag.shows),
            ("Never prints beside it", flag.hides),
            ("Nothing may ask for", flag.forbids),
        ):
            if names:
                yield _labelled(words, ", ".join(names))
        if sign := self._evidence.sign(flag.id):
            yield _labelled(f"docs/evidence.md, {flag.id}", sign)

    # --- numbers and conditions ----------------------------------------------

    def _numbers(self) -> Iterator[Item]:
        file = self._file("thresholds.toml")
        for name, table in file.table.items():
            if name in REVIEW_KEYS:
                continue
            sources = ", ".join(table["source"]) or "design choice"
            row = (name, f"{table['value']:g} {table['unit']}", table["note"], sources)
            yield _row(f"number {name}", "Numbers", "Numbers that rules use",
                       ("Name", "Value", "What it decides", "Source"), row,
                       file)  # fmt: skip

    def _conditions(self) -> Iterator[Item]:
        file = self._file("conditions.toml")
        for name, condition in self._library.conditions.items():
            row = (
                name,
                str(file.table[name]["note"]),
                self._clauses.definition(condition),
            )
            yield _row(f"condition {name}", "Conditions with a name",
                       "Conditions that many rules use",
                       ("Name", "In short", "Holds when"), row, file)  # fmt: skip

    # --- page one -------------------------------------------------------------

    def _page_one(self) -> Iterator[Item]:
        message = self._library.message
        for kind, title, lines in (
            ("verdict", "The answer: the first that holds is printed",
             message.verdicts),
            ("because", "Reasons: the first of each topic, three in all",
             message.reasons),
            ("question", "Questions and answers: one or two", message.questions),
            ("do", "To do: the first three", message.do),
            ("stop", "To leave out: the first", message.stop),
            ("next", "The next look: the first", message.next),
        ):  # fmt: skip
            for line in lines:
                row = (_line_text(line), self._line_clause(line))
                yield _row(f"{kind} {line.id}", "Page one", title,
                           ("Text", "Printed when"), row, message.file)  # fmt: skip

    def _line_clause(self, line: Line) -> str:
        clause = self._clauses.words(line.include)
        if line.is_included_if_unknown:
            clause += " (or not answered)"
        if line.levels != ("SOON", "ROUTINE"):
            clause += f"; at {', '.join(line.levels)}"
        if line.asks:
            clause += f"; asks to {', '.join(line.asks)}"
        if line.needs:
            clause += f"; speaks of {', '.join(line.needs)}"
        return clause

    # --- plan and exercises ---------------------------------------------------

    def _plan(self) -> Iterator[Item]:
        row: tuple[str, ...]
        plan, chapter = self._library.plan, "The way back to running"
        sources = tuple(plan.file.table["source"])
        for stage in plan.stages:
            row = (str(stage.number), f"{stage.jog_s} s", f"{stage.walk_s} s",
                   str(stage.repeats), f"{stage.main_min} min",
                   f"{stage.sessions_standard} / {stage.sessions_careful}")  # fmt: skip
            yield _row(f"stage {stage.number}", chapter, "Stages",
                       ("Stage", "Jog", "Walk", "Times", "Main part",
                        "Sessions, standard / careful"), row, plan.file)  # fmt: skip
        for number, entry in enumerate(plan.entries, 1):
            row = (str(entry.stage), entry.because, self._clauses.words(entry.when))
            yield _row(f"entry {number}", chapter, "Where people start: the first",
                       ("Stage", "Because", "When"), row, plan.file)  # fmt: skip
        numbers = (
            f"Brisk walk before: {plan.warm_up_walk_min} min. Brisk walk after: "
            f"{plan.cool_down_walk_min} min. Sessions a week: {plan.sessions_per_week}."
        )
        blocks = (
            Paragraph(plain(numbers)),
            _labelled("Careful track when", self._clauses.words(plan.careful)),
        )
        yield Item("plan", chapter, "Sessions and the careful track", plan.file,
                   blocks, sources=sources)  # fmt: skip

    def _exercises(self) -> Iterator[Item]:
        yield from self._picker()
        for number, exercise in enumerate(self._library.exercises.values(), 1):
            yield Item(
                id=f"exercise {exercise.id}",
                chapter="Exercise cards",
                title=f"{exercise.id}: {exercise.name}",
                file=exercise.file,
                blocks=tuple(self._card_blocks(exercise, number)),
                sources=exercise.sources,
                claims=exercise.claims,
            )

    def _picker(self) -> Iterator[Item]:
        row: tuple[str, ...]
        picker, chapter = self._library.picker, "How exercises are picked"
        say = self._clauses.words
        levels = [f"{rule.id} when {say(rule.when)}" for rule in picker.levels]
        levels += [
            f"One level gentler when {say(picker.lower_when)}",
            f"At most B when {say(picker.at_most_b_when)}",
            f"At SOON at most {picker.soon_max} exercises, of low load",
            f"At level C at least {picker.min_single_leg} on one leg",
        ]
        yield Item("picker levels", chapter, "Level: the first that holds",
                   picker.file, (_bullets(levels),))  # fmt: skip
        for level, ids in picker.pool.items():
            cap, days = picker.minutes_cap[level], picker.days[level]
            row = (level, ", ".join(ids), f"{cap:g} min", days)
            yield _row(f"pool {level}", chapter, "Pools, in the order of picking",
                       ("Level", "Exercises", "At most", "How often"), row,
                       picker.file)  # fmt: skip
        for way in ("none", "flexion", "extension"):
            row = (way, ", ".join(picker.prefer[way]) or "-",
                   ", ".join(picker.drop[way]) or "-")  # fmt: skip
            yield _row(f"direction {way}", chapter, "Which way eases the pain",
                       ("Way", "First", "Never"), row, picker.file)  # fmt: skip
        for number, for_all in enumerate(picker.for_all, 1):
            level = for_all.only_at_level
            row = (
                ", ".join(for_all.keep) or "none",
                for_all.rule.because,
                say(for_all.rule.when) + (f"; at {level}" if level else ""),
            )
            yield _row(f"keep {number}", chapter, "Rules over all cards",
                       ("What is kept", "Because", "When"), row,
                       picker.file)  # fmt: skip
        for number, hold in enumerate(picker.holds, 1):
            row = (hold.asks, hold.rule.because, say(hold.rule.when))
            yield _row(f"body {number}", chapter, "What is not asked of whom",
                       ("Not asked", "Because", "When"), row, picker.file)  # fmt: skip

    def _card_blocks(self, exercise: Exercise, number: int) -> Iterator[Block]:
        for form in exercise.forms:
            yield self._card(exercise, form, number)
            if form.figure in self._library.figures:
                words = f"{form.alt_start} Then: {form.alt_end}"
                yield _labelled("Drawing, read aloud", words)
            asks = ", ".join((*form.asks, *form.easier_asks, *form.harder_asks))
            yield _labelled("Asks of the body", asks or "nothing")
        facts = (
            f"{exercise.kind}, {exercise.slot.replace('_', ' ')}, "
            f"{exercise.minutes:g} min, {'low' if exercise.is_low_load else 'full'} "
            f"load, {'one leg' if exercise.is_single_leg else 'both legs'}"
        )
        yield _labelled("Counts as", facts)
        yield from self._rules("Left out", exercise.skips)

    def _rules(self, words: str, rules: tuple[Rule, ...]) -> Iterator[Block]:
        if rules:
            yield Heading(words)
            yield _bullets(
                [f"{r.because}: when {self._clauses.words(r.when)}" for r in rules]
            )

    def _card(self, exercise: Exercise, form: Form, number: int) -> ExerciseCard:
        doses = []
        for level, dose in exercise.dose_by_level.items():
            own = form.dose_of(dose)
            pieces = (
                own.repeats and f"{own.repeats} repeats",
                own.hold and f"hold {own.hold}",
                own.sets and f"{own.sets} sets",
                "each side" if own.is_each_side else "",
                own.days,
            )
            doses.append((level, ", ".join(filter(None, pieces))))
        return ExerciseCard(
            id=f"{exercise.id}-{form.id}",
            number=number,
            name=form.name,
            start=form.start,
            steps=form.steps,
            dose=tuple(doses),
            easier=form.easier,
            harder=form.harder,
            stop_if=form.stop_if,
            changes=(),
            figure=self._library.figures.get(form.figure),
            alt=f"{form.alt_start} {form.alt_end}",
            is_close_set=True,
        )

    # --- texts ----------------------------------------------------------------

    def _sections(self, group: str, chapter: str) -> Iterator[Item]:
        found = [s for s in self._library.sections.values() if s.group == group]
        for section in sorted(found, key=lambda section: section.order):
            yield Item(
                id=f"section {section.id}",
                chapter=chapter,
                title=f"{section.id}: {section.title}",
                file=section.file,
                blocks=tuple(self._section(section)),
                sources=section.sources,
                claims=section.claims,
            )

    def _section(self, section: SectionTemplate) -> Iterator[Block]:
        say = self._clauses.words
        when = say(section.include)
        if section.is_included_if_unknown:
            when += " (or not answered)"
        levels = ", ".join(section.levels)
        lengths = ", ".join(section.lengths)
        yield _labelled("Printed when", f"{when}; at {levels}; {lengths}")
        if section.exclude is not NEVER:
            unless = say(section.exclude)
            if section.is_excluded_if_unknown:
                unless += " (or not answered)"
            yield _labelled("Unless", unless)
        for names in section.alternatives:
            yield _labelled("Exactly one prints of the parts", ", ".join(names))
        if section.asks:
            yield _labelled("Asks the reader to", ", ".join(section.asks))
        if section.fixed_reason:
            yield _labelled("Reason printed", section.fixed_reason)
        yield from self._texts(section.blocks, section)
        yield from self._own_drawing(section)
        for part in section.parts:
            clause = say(part.include)
            if part.is_included_if_unknown:
                clause += " (or not answered)"
            asks = f"; asks to {', '.join(part.asks)}" if part.asks else ""
            yield _labelled(f"Part {part.id}, when", f"{clause}{asks}")
            yield from self._texts(part.blocks, section)
            if part.short:
                yield _labelled(f"Part {part.id}, short", "")
                yield from self._texts(part.short, section)
            if part.digest:
                yield _labelled(f"Part {part.id}, as a digest", "")
                yield from self._texts(part.digest, section)
        for words, blocks in (("Short form", section.short),
                              ("Digest", section.digest)):  # fmt: skip
            if blocks:
                yield Heading(words)
                yield from self._texts(blocks, section)

    def _own_drawing(self, section: SectionTemplate) -> Iterator[Block]:
        """Yield the drawing of a section that a worked-out block shows."""
        figure = self._library.figures.get(section.id)
        if figure and all(insert.name != "figure" for insert in section.inserts()):
            yield Illustration(figure, section.figure_alt or section.title)

    def _texts(
        self, blocks: tuple[TemplateBlock, ...], section: SectionTemplate
    ) -> Iterator[Block]:
        for block in blocks:
            if not isinstance(block, Insert):
                yield block
            elif block.name == "figure":
                figure = self._library.figures[section.id]
                yield Illustration(figure, section.figure_alt)
                yield _labelled("Drawing, read aloud", section.figure_alt)
            elif block.name == "part":
                yield Paragraph((Span(f"[here: part {block.argument}]", "em"),))
            else:
                words = f"[here, worked out for the person: {block.name}]"
                yield Paragraph((Span(words, "em"),))

    # --- what stands together, fixed words --------------------------------------

    def _together(self) -> Iterator[Item]:
        row: tuple[str, ...]
        chapter, file = "What stands together, and what never", self._file(
            "handout.toml"
        )  # fmt: skip
        for kind, title in (
            ("exclusive", "Never two of these on one sheet"),
            ("exhaustive", "One of these always prints"),
            ("needs", "The first needs the second on the sheet"),
            ("hold", "Who must not be asked"),
            ("fits", "Words and whom they fit"),
            ("offer", "Answers not read back to who must not do them"),
            ("prefer", "What comes first where there is room for one"),
        ):
            for number, table in enumerate(file.table.get(kind, ()), 1):
                row = (_rule_words(table), self._raw_clause(table))
                yield _row(f"{kind} {number}", chapter, title, ("What", "When"), row,
                           file)  # fmt: skip

        for length, quotas in file.table.get("quota", {}).items():
            for kind, quota in quotas.items():
                row = (length, kind, f"{quota['least']} to {quota['most']}",
                       ", ".join(quota.get("forms", ())))  # fmt: skip
                yield _row(f"quota {length} {kind}", chapter, "How many of each kind",
                           ("Length", "Kind", "How many", "Forms, the shortest first"),
                           row, file)  # fmt: skip
        if read_back := file.table.get("read_back"):
            names = [known_facts()[path].title for path in read_back["order"]]
            words = f"At most {read_back['most']}, the first of: {', '.join(names)}."
            yield Item("read back", chapter, "Answers that are read back", file,
                       (Paragraph(plain(words)),))  # fmt: skip

    def _raw_clause(self, table: dict[str, Any]) -> str:
        levels = ", ".join(table.get("levels", ()))
        when: Condition = ALWAYS
        if "when" in table:
            reader = ConditionReader(
                known_facts(), self._library.thresholds, self._library.conditions
            )
            when = reader.read(table["when"], "")
        clause = self._clauses.words(when)
        return f"{clause}; at {levels}" if levels else clause

    def _words(self) -> Iterator[Item]:
        reasons = self._file("reasons.toml")
        for path, text in self._library.reasons.items():
            if text and path not in REVIEW_KEYS:
                row = (path, text)
                yield _row(f"reason {path}", "Words the program says",
                           'How an answer is told as a reason: "Because ..."',
                           ("Answer", "Words"), row, reasons)  # fmt: skip
        fixed = self._file("ui.toml")
        for key, text in self._library.words.items():
            if key not in REVIEW_KEYS:
                yield _row(f"word {key}", "Words the program says", "Fixed words",
                           ("Where", "Words"), (key, text), fixed)  # fmt: skip


def _row(
    id_: str,
    chapter: str,
    table: str,
    heads: tuple[str, ...],
    row: tuple[str, ...],
    file: ContentFile,
) -> Item:
    return Item(id_, chapter, table, file, table=table, row=row, heads=heads)


def _labelled(label: str, words: str) -> Paragraph:
    return Paragraph((Span(f"{label}: ", "strong"), Span(words)) if words else
                     (Span(f"{label}:", "strong"),))  # fmt: skip


def _bullets(texts: list[str]) -> ItemList:
    return ItemList(tuple(plain(text) for text in texts))


def _pairs(levels: dict[str, str]) -> str:
    return ", ".join(f"{level} ({mode})" for mode, level in levels.items())


def _line_text(line: Line) -> str:
    light = f"[{line.light}] " if line.light else ""
    head = f"{line.headline}. " if line.headline else ""
    head = head.replace("?. ", "? ")
    return f"{light}{head}{line.text}"


def _rule_words(table: dict[str, Any]) -> str:
    if "sections" in table:
        points = f" ({table['points']} points)" if "points" in table else ""
        return ", ".join(table["sections"]) + points
    if "choice" in table:
        fact = known_facts()[table["fact"]]
        choice = fact.labels.get(table["choice"], table["choice"])
        return f"{fact.title}: {choice} (asks for {table['asks']})"
    if "asks" in table:
        return str(table["asks"])
    lists = [table[key] for key in ("says", "with_1", "with_2", "with_3")
             if key in table]  # fmt: skip
    return " + ".join(f"one of: {', '.join(words)}" for words in lists)

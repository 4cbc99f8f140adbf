"""Find everything that can be wrong in the content, before a patient sees it.

``library`` refuses what cannot work at all. Here stands what an author should know
beyond that: placeholders that nobody may have answered, examples that do not give
what they promise, warning signs that no section speaks of, words that do not belong
on the page. With ``prove_rules``, ``cells`` adds what its proofs find.

Errors must be repaired; warnings should be looked at; notes are for information.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from itertools import chain, repeat
from types import MappingProxyType
from typing import Any, Final

from backguide.document import Heading, ItemList, Paragraph, texts_of
from backguide.errors import Problem
from backguide.guidance.amounts import LITERAL, UNITS, fault_of, is_amount
from backguide.guidance.cells import (
    Hold,
    Node,
    Not,
    SectionGroup,
    Settle,
    all_of,
    any_of,
    askers,
    find_at,
    forbidding_flags,
    key_line,
    known,
    levels_of,
    line_holds,
    line_reached,
    message_lists,
    node_of,
    part_prints,
    prints,
    rule_problems,
)
from backguide.guidance.condition import (
    ALWAYS,
    AllOf,
    AnyOf,
    Condition,
    ConditionReader,
    CountOf,
    NoneOf,
    Test,
    Truth,
    missing_facts,
)
from backguide.guidance.content_file import ContentFile, TableReader
from backguide.guidance.exercises import (
    DEFAULT_EXERCISES,
    Exercise,
    Form,
    exercise_level,
    pick_exercises,
)
from backguide.guidance.fitting import Fit, PrintedText, fit_problems
from backguide.guidance.library import Library, is_covered, read_library
from backguide.guidance.markup import (
    Insert,
    TemplateBlock,
    parse,
    placeholders,
)
from backguide.guidance.message import Line, actions, first
from backguide.guidance.programme import plan_facts
from backguide.guidance.quota import ANY_OTHER
from backguide.guidance.review import day_in, is_reviewed, review_state
from backguide.guidance.section import (
    OWN_INSERTS,
    Example,
    Part,
    SectionTemplate,
)
from backguide.guidance.trace import trace_problems
from backguide.guidance.triage import OUTPUT_STATES, Flag, assess
from backguide.profile.facts import (
    NOT_KNOWN,
    Fact,
    Facts,
    FactValue,
    facts_of,
    known_facts,
)
from backguide.profile.strict_json import find_text_problems

ERROR: Final = "E_CONTENT"
WARNING: Final = "W_CONTENT"

PHRASES: Final = (
    "emergency_number", "urgent_line", "crisis_line", "clinic_line", "pain_limit",
    "pain_above_limit", "pain_rises", "leg_pain", "run_pain_limit", "run_pain_stop",
    "exercise_days", "carry_weight",
)  # fmt: skip
"""Placeholders that are no facts; ``wording.Wording.phrases`` fills them."""

MAX_PARAGRAPH_WORDS: Final = 60
MAX_PARAGRAPH_SENTENCES: Final = 4
MAX_ITEMS: Final = 7
MAX_ITEMS_OF: Final = MappingProxyType({"readiness-check": 8})
MAX_ITEM_WORDS: Final = 15
MAX_STEPS: Final = 5
MAX_STEP_WORDS: Final = 12
MAX_ALT_WORDS: Final = 20
MAX_VERDICT_WORDS: Final = 40
NUMBERS_VALID_DAYS: Final = 366

BANNED_WORDS_LANGUAGE: Final = "en"
BANNED_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "degenerat*": "changes with age; common in people with no pain",
        "wear and tear": "changes with age; common in people with no pain",
        "crumbl*": "changes with age; common in people with no pain",
        "worn out": "changes with age; common in people with no pain",
        "damag*": "changes with age; common in people with no pain",
        "slipped dis*": "a disc that bulges; some of it presses on a nerve",
        "ruptur*": "a disc that bulges; some of it presses on a nerve",
        "prolaps*": "a disc that bulges; some of it presses on a nerve",
        "misalign*": "leave it out",
        "out of place": "leave it out",
        "unstable": "strength and control you can build",
        "weak core": "strength and control you can build",
        "corset*": "your tummy, back, hips and legs working together",
        "your core": "your tummy, back, hips and legs working together",
        "bad posture": "a style that may load you more",
        "poor posture": "a style that may load you more",
        "bad form": "a style that may load you more",
        "poor form": "a style that may load you more",
        "vertebra*": "spine bone",
        "intervertebral": "the soft cushion between two spine bones",
        "axial spondyloarthritis": "a joint swelling illness of the spine",
        "chronic*": "lasting more than 3 months",
        "persistent*": "lasting more than 3 months",
        "acute*": "new",
        "cadence": "steps a minute",
        "overstrid*": "reaching too far in front with your foot",
        "over-strid*": "reaching too far in front with your foot",
        "musculoskeletal": "muscle, bone and joint",
        "radiating": "spreading",
        "radiates": "spreads",
        "flexion": "bending forward",
        "extension": "bending back",
        "cauda equina*": "pressure on nerves at the base of the spine",
        "neurological*": "loss of feeling or power",
        "contraindicat*": "not safe for you",
        "all in the mind": "never print this",
        "all in your head": "never print this",
        "no pain, no gain": "never print this",
        "no pain no gain": "never print this",
        "lazy": "no blame",
        "overweight people": "no blame; and weight only with consent",
        "patients should": 'speak to the reader: "you"',
        "proves": "may, can, or is linked with",
        "proved": "may, can, or is linked with",
        "proven": "may, can, or is linked with",
        "prevent*": "may lower the risk of",
        "cure*": "may ease",
        "guarantee*": "may, can, or is linked with",
    }
)
"""What is never printed, with better words; a star stands for any ending."""

MEDICAL_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sciatica": "nerve pain",
        "stenosis": "narrow space",
        "osteoporosis": "weak bones",
        "spondylolisthesis": "forward of the next",
    }
)
"""Words for which people search: allowed where the plain words stand with them."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in the content."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    notes: tuple[str, ...]
    scope: str
    """What was checked, such as "79 sections, 20 exercises, 30 flags"."""

    def lines(self) -> Iterator[str]:
        """Yield printable lines: errors, warnings, notes, and a summary at last."""
        for problem in self.errors:
            yield from str(problem).split("\n")
        for problem in self.warnings:
            text = f"warning: {problem.message}"
            yield from str(Problem(problem.where, text, problem.hint)).split("\n")
        yield from (f"note: {note}" for note in self.notes)
        errors = _counted(len(self.errors), "error")
        yield f"{self.scope}: {errors}, {_counted(len(self.warnings), 'warning')}"

    def as_records(self) -> list[dict[str, str]]:
        """Return every finding as a table for machines."""
        found = [("error", p) for p in self.errors]
        found += [("warning", p) for p in self.warnings]
        found += [("note", Problem("", note)) for note in self.notes]
        return [
            {
                "severity": severity,
                "where": problem.where,
                "message": problem.message,
                "hint": problem.hint,
            }
            for severity, problem in found
        ]


def _counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def check_content(
    root: Traversable,
    today: date,
    *,
    insert_names: frozenset[str],
    prove_rules: bool = False,
    language: str = "en",
) -> Report:
    """Return everything that is wrong or odd in a content folder.

    Args:
        root: A folder laid out like ``templates/``.
        today: For the dates of review.
        insert_names: The computed blocks that exist (``handout.inserts.INSERTS``).
        prove_rules: Also walk the cells of every rule; takes longer.
        language: Which of the folder's languages.
    """
    library, unusable = read_library(root, language)
    unsound = frozenset(problem.where.partition(":")[0] for problem in unusable)
    groups, holds, fits, odd_groups = _declared(library, root, unsound)
    check = _Check(library, root, today, insert_names, unsound, holds)
    found = [p for p in check.problems() if p.where.partition(":")[0] not in unsound]
    found += odd_groups
    notes = list(check.notes())
    if prove_rules and (unusable or odd_groups):
        notes.append("the rules were not proved: first repair the errors")
    elif prove_rules:
        found += rule_problems(library, groups, holds)
        found += fit_problems(fits, tuple(printed_texts(library)), library)
    every = dict.fromkeys([*unusable, *found])
    return Report(
        errors=_in_order(p for p in every if p.code != WARNING),
        warnings=_in_order(p for p in every if p.code == WARNING),
        notes=tuple(notes),
        scope=", ".join(
            _counted(len(things), noun)
            for things, noun in (
                (library.sections, "section"),
                (library.exercises, "exercise"),
                (library.flags, "flag"),
            )
        ),
    )


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    def place(problem: Problem) -> tuple[str, int]:
        name, _, line = problem.where.partition(":")
        return (name, int(line or 0))

    return tuple(sorted(problems, key=place))


def _error(file: ContentFile, line: int, message: str, hint: str = "") -> Problem:
    return Problem(f"templates/{file.name}:{line}", message, hint, ERROR)


def _warning(file: ContentFile, line: int, message: str, hint: str = "") -> Problem:
    return Problem(f"templates/{file.name}:{line}", message, hint, WARNING)


def _did_you_mean(word: str, choices: Iterable[str]) -> str:
    close = get_close_matches(word, list(choices), n=1)
    return f'did you mean "{close[0]}"?' if close else ""


@dataclass(frozen=True, slots=True)
class _Check:
    """The checks in the order of their subjects."""

    library: Library
    root: Traversable
    today: date
    insert_names: frozenset[str]
    unsound: frozenset[str]
    """Files that cannot be used: what follows from their faults is not told."""
    holds: tuple[Hold, ...]

    def problems(self) -> Iterator[Problem]:
        library = self.library
        for section in library.sections.values():
            yield from self._text_problems(section)
            yield from _figure_problems(section, library)
            yield from _level_problems(section, library)
            yield from _example_counts(section)
        yield from _date_problems(library, self.today)
        yield from _letter_problems(library)
        yield from _brace_problems(library)
        yield from _card_placeholder_problems(library)
        if library.language == BANNED_WORDS_LANGUAGE:
            yield from _word_problems(library)
            yield from _number_problems(library)
        yield from _phone_problems(library, self.today)
        if self._is_whole():
            yield from self._whole_problems()

    def _whole_problems(self) -> Iterator[Problem]:
        """Yield what can be told only where all rules and words are there."""
        library = self.library
        for section in library.sections.values():
            yield from _example_problems(section, library)
        yield from _message_example_problems(library)
        faults_of_flags = tuple(_flag_problems(library))
        yield from faults_of_flags
        yield from _exercise_problems(library)
        yield from _message_problems(library)
        yield from _reason_problems(library)
        yield from _frame_problems(library)
        hidden = {file.rpartition("/")[2].removesuffix(".md") for file in self.unsound}
        yield from _choice_problems(library, hidden)
        yield from _named_problems(library)
        yield from _ask_problems(library, self.holds)
        yield from _unasked_problems(library)
        yield from _unforbidden_problems(library, self.holds)
        if not faults_of_flags:
            # What follows from a slip in the rules is not told as slips of the trace.
            yield from trace_problems(self.root, library)
        if not any("/sections/" in n or "/exercises/" in n for n in self.unsound):
            yield from _claim_problems(library, self.root)

    def _is_whole(self) -> bool:
        """Tell whether every file is sound, sections left out."""
        return all("/sections/" in name for name in self.unsound)

    def _text_problems(self, section: SectionTemplate) -> Iterator[Problem]:
        """Yield what is wrong with the text, in each of its forms."""
        found: list[Problem] = []
        for form in section.forms():
            leaning = ("conditions.toml", "thresholds.toml", section.file.name)
            if not self.unsound.intersection(f"templates/{name}" for name in leaning):
                found += _placeholder_problems(form, self.library)
            found += _insert_problems(form, self.insert_names)
            found += _length_problems(form)
        found += _short_form_problems(section, self.insert_names)
        found += _digest_problems(section)
        yield from dict.fromkeys(found)

    def notes(self) -> Iterator[str]:
        sections = self.library.sections.values()
        missing = len(review_state(self.library, self.today).unreviewed)
        if missing:
            yield (
                f"{missing} texts and rule files have not been reviewed by a clinician"
            )
        days = self.library.frame.review_warning_days
        soon = [
            section.id
            for section in sections
            if section.review_by
            and self.today
            <= _day(section.review_by)
            <= self.today + timedelta(days=days)
        ]
        if soon:
            yield f"{len(soon)} sections are due for review within {days} days"


# --- where a text stands ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that is printed, and where in its file to look for it."""

    file: ContentFile
    text: str
    after: int
    """The line at or after which it begins."""

    @property
    def line(self) -> int:
        """The line where the text begins, found by its first words."""
        words = self.text.split()
        lines = self.file.text.split("\n")[self.after - 1 :]
        for count in (5, 3, 2, 1):
            start = " ".join(words[:count])
            for number, line in enumerate(lines, self.after):
                if start in line.replace("*", ""):
                    return number
        return self.after

    def line_of(self, needle: str) -> int:
        """Return the line on which a piece of the text stands."""
        lines = self.file.text.split("\n")[self.line - 1 :]
        for number, line in enumerate(lines, self.line):
            if needle.lower() in line.lower():
                return number
        return self.line


def _part_line(section: SectionTemplate, part: Part) -> int:
    return section.file.line_of(f'id = "{part.id}"', "[[part]]")


def _block_passages(
    file: ContentFile, blocks: tuple[TemplateBlock, ...], after: int
) -> Iterator[Passage]:
    for block in blocks:
        if not isinstance(block, Insert):
            for text in texts_of(block):
                yield Passage(file, text, after)


def _own_passages(section: SectionTemplate) -> Iterator[Passage]:
    """Yield the title and the body, without the parts."""
    yield Passage(section.file, section.title, key_line(section.file, "title"))
    yield from _block_passages(section.file, section.blocks, section.text_line)


def _part_passages(section: SectionTemplate, part: Part) -> Iterator[Passage]:
    yield from _block_passages(section.file, part.blocks, _part_line(section, part))


def _message_lines(library: Library) -> Iterator[tuple[str, Line]]:
    for kind, lines, _ in message_lists(library.message):
        yield from ((kind, line) for line in lines)


def _line_passages(library: Library, kind: str, line: Line) -> Iterator[Passage]:
    file = library.message.file
    after = file.line_of(f'id = "{line.id}"', f"[[{kind}]]")
    for text in (line.headline, line.text):
        if text:
            yield Passage(file, text, after)


def _fixed_exercise_texts(exercise: Exercise) -> Iterator[str]:
    for form in exercise.forms:
        yield from (form.name, form.alt_start, form.alt_end)
    yield from (rule.because for rule in exercise.skips)


def _unfilled_passages(library: Library) -> Iterator[Passage]:
    """Yield texts that are printed as they stand, without placeholders."""
    for section in library.sections.values():
        if section.fixed_reason:
            line = key_line(section.file, "reason")
            yield Passage(section.file, section.fixed_reason, line)
    for hold in library.picker.holds:
        yield Passage(library.picker.file, hold.rule.because, 1)
    for exercise in library.exercises.values():
        for text in filter(None, _fixed_exercise_texts(exercise)):
            yield Passage(exercise.file, text, 1)


def _card_passages(library: Library) -> Iterator[Passage]:
    """Yield texts of cards: phrases and amounts are filled, but no facts."""
    for exercise in library.exercises.values():
        for form in exercise.forms:
            after = form_line(exercise, form)
            for text in filter(None, form.printed_texts()):
                yield Passage(exercise.file, text, after)


def _all_passages(library: Library) -> Iterator[Passage]:
    for section in library.sections.values():
        yield from _own_passages(section)
        for part in section.parts:
            yield from _part_passages(section, part)
        for form in section.forms()[1:]:
            yield from _block_passages(section.file, form.blocks, form.text_line)
        for part in section.parts:
            after = _part_line(section, part)
            for blocks in (part.short, part.digest):
                yield from _block_passages(section.file, blocks, after)
    for kind, line in _message_lines(library):
        yield from _line_passages(library, kind, line)
    yield from _unfilled_passages(library)
    yield from _card_passages(library)
    for name, texts in (("ui", library.words), ("reasons", library.reasons)):
        file = _file(library, f"{library.language}/{name}.toml")
        yield from (Passage(file, text, 1) for text in texts.values() if text)


def printed_texts(library: Library) -> Iterator[PrintedText]:
    """Yield every text of sections, page one and cards, and when it is printed."""

    def told(
        passages: Iterable[Passage], levels: tuple[str, ...], rule: Node
    ) -> Iterator[PrintedText]:
        for item in passages:
            where = f"templates/{item.file.name}:{item.line}"
            yield PrintedText(where, item.text, levels, rule)

    for section in library.sections.values():
        levels, rule = section.levels, prints(section, library)
        yield from told(_own_passages(section), levels, rule)
        for form in section.forms()[1:]:
            yield from told(
                _block_passages(section.file, form.blocks, form.text_line), levels, rule
            )
        for part in section.parts:
            rule = part_prints(part, section, library)
            yield from told(_part_passages(section, part), levels, rule)
            after = _part_line(section, part)
            for blocks in (part.short, part.digest):
                shorter = _block_passages(section.file, blocks, after)
                yield from told(shorter, levels, rule)
    for kind, lines, room in message_lists(library.message):
        for number, line in enumerate(lines):
            for state, rule in line_reached(lines, number, room).items():
                yield from told(_line_passages(library, kind, line), (state,), rule)
    for exercise in library.exercises.values():
        yield from _printed_card(exercise, library)


CARD_LEVELS: Final = ("SOON", "ROUTINE")


def _printed_card(exercise: Exercise, library: Library) -> Iterator[PrintedText]:
    """Yield the texts of each way of a card, for those whom the picker gives it."""
    where = f"templates/{exercise.file.name}:1"
    section = library.sections.get("exercise-plan")
    skipped = [Settle(node_of(rule.when), False) for rule in exercise.skips]
    chosen = all_of(*map(Not, skipped))
    if section is not None:
        chosen = all_of(chosen, prints(section, library))

    def is_held(form: Form) -> Node:
        rules = [h.rule.when for h in library.picker.holds if h.asks in form.asks]
        return any_of(*(Settle(node_of(rule), False) for rule in rules))

    for form in exercise.forms:
        who = all_of(chosen, Not(is_held(form)))
        for text in (form.name, *form.shown_texts(), form.easier, form.harder,
                     form.stop_if):  # fmt: skip
            yield PrintedText(where, text, CARD_LEVELS, who)
        chosen = all_of(chosen, is_held(form))


def declared_fits(library: Library, root: Traversable) -> tuple[Fit, ...]:
    """Return the words of ``handout.toml`` that do not fit everybody."""
    return _declared(library, root, frozenset())[2]


def _file(library: Library, name: str) -> ContentFile:
    return next(file for file in library.files if file.name == name)


# --- letters ------------------------------------------------------------------------


def _letter_problems(library: Library) -> Iterator[Problem]:
    """Yield each character that would print as nothing, or that nobody can see."""
    for file in library.files:
        for text in _texts_of(file):
            for problem in find_text_problems({"text": text}):
                code = re.search(r"U\+([0-9A-F]{4,6})", problem.message)
                if code is None:
                    continue
                message = re.sub(r"^character [0-9]+ \((.*?)\)", r"\1", problem.message)
                letter = chr(int(code[1], 16))
                line = _line_of_letter(file, letter)
                yield _error(file, line, message, problem.hint)


def _texts_of(file: ContentFile) -> Iterator[str]:
    waiting: list[object] = [file.table, file.body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and value.strip():
            yield value


def _line_of_letter(file: ContentFile, letter: str) -> int:
    """Return the line of a character that stands there, or is written as its code."""
    codes = (f"{ord(letter):04x}", f"{ord(letter):08x}")
    for number, line in enumerate(file.text.split("\n"), 1):
        if letter in line.partition("#")[0] or any(
            f"\\u{code}" in line.lower() for code in codes
        ):
            return number
    return file.line_of(letter)


# --- placeholders and inserts -------------------------------------------------------


def _placeholder_problems(
    section: SectionTemplate, library: Library
) -> Iterator[Problem]:
    whole = prints(section, library)
    for passage in _own_passages(section):
        yield from _unfillable(passage, whole, library, section.levels)
    for part in section.parts:
        node = part_prints(part, section, library)
        for passage in _part_passages(section, part):
            yield from _unfillable(passage, node, library, section.levels)


def _unfillable(
    passage: Passage, node: Node, library: Library, levels: tuple[str, ...]
) -> Iterator[Problem]:
    """Yield the placeholders of a text that may have no value when it is printed."""
    yield from _stray_braces(passage)
    for path in placeholders(passage.text):
        if path in PHRASES:
            continue
        line = passage.line_of(f"{{{path}}}")
        if is_amount(path):
            yield from _amount_problems(passage, path)
        elif path not in known_facts():
            hint = _did_you_mean(path, [*known_facts(), *PHRASES])
            message = f'unknown placeholder "{{{path}}}"'
            yield _error(passage.file, line, message, hint)
        elif find_at(all_of(node, Not(known(path))), library, levels).cell is not None:
            yield _error(
                passage.file,
                line,
                f'"{{{path}}}" may have no value when this text is printed',
                f'print the text only when {{ fact = "{path}", known = true }}',
            )


def _amount_problems(passage: Passage, path: str) -> Iterator[Problem]:
    if fault := fault_of(path):
        yield _error(passage.file, passage.line_of(f"{{{path}}}"), fault)


def _card_placeholder_problems(library: Library) -> Iterator[Problem]:
    """Yield what a card cannot fill: facts may be missing, so it has none."""
    for passage in _card_passages(library):
        yield from _stray_braces(passage)
        for path in placeholders(passage.text):
            if is_amount(path):
                yield from _amount_problems(passage, path)
            elif path not in PHRASES:
                line = passage.line_of(f"{{{path}}}")
                message = f'a card cannot fill "{{{path}}}"'
                hint = _did_you_mean(path, PHRASES)
                yield _error(passage.file, line, message, hint or "use a phrase")


_TO_REPLACE: Final = re.compile(
    "|".join(
        (
            r"\b(?:where|when|if|wherever) (?:an?|the|any|your|each) [\w ]{1,30}"
            r" (?:says?|reads?|shows?|prints?)\b[^.]{0,30}"
            r"\b(?:use|read|take|put|write|think|do)\b",
            r"\b(?:instead of|in place of|not) (?:the )?(?:number|\d)",
            r"\bas (?:often|much|many|far|long|high) as (?:the|each|your) \w+ says\b",
            r"\b(?:convert|multiply|divide|look up)\b",
        )
    ),
    re.IGNORECASE,
)
_PAIN_NUMBER: Final = re.compile(
    r"\b(?:above|at|of|than|is|to|pain|hurts?|while you do it,|between) \d+"
    r"(?: out of 10| or (?:more|less)\b)|\bpain (?:is )?(?:of |at |above )?\d+ to \d+"
)
_NO_LIMIT: Final = re.compile(r"\b(?:fell|went|studies|study|trial)\b[^.]*")
"""Figures of studies are nobody's limit."""


def _number_problems(library: Library) -> Iterator[Problem]:
    """Yield numbers that are not the reader's own, or that the reader has to find."""
    for passage in _all_passages(library):
        if found := _TO_REPLACE.search(passage.text):
            yield _error(
                passage.file,
                passage.line_of(found[0]),
                "this asks the reader to find or replace a number",
                "print the number of this person: {pain_limit}, {exercise_days} ...",
            )
        if found := LITERAL.search(passage.text):
            yield _error(
                passage.file,
                passage.line_of(found[0]),
                f'"{found[0]}" is printed in one unit for everybody',
                f"write an amount, such as {{kg:5}}; units: {', '.join(UNITS)}",
            )
        if found := _PAIN_NUMBER.search(_NO_LIMIT.sub("", passage.text)):
            yield _error(
                passage.file,
                passage.line_of(found[0]),
                f'"{found[0]}" may not be the limit of this person',
                "write {pain_limit}, {pain_rises}, {run_pain_limit} ...",
            )


def _stray_braces(passage: Passage) -> Iterator[Problem]:
    text = passage.text
    for path in placeholders(text):
        text = text.replace(f"{{{path}}}", "")
    if "{" in text or "}" in text:
        yield _error(
            passage.file,
            passage.line_of("{" if "{" in text else "}"),
            "a brace that is no placeholder would be printed",
            "write {group.field}; a {{block}} or {{part name}} has its own line",
        )


def _brace_problems(library: Library) -> Iterator[Problem]:
    for passage in _unfilled_passages(library):
        if "{" in passage.text:
            message = "nothing is filled in here: the brace would be printed"
            yield _error(passage.file, passage.line_of("{"), message)


def _insert_problems(
    section: SectionTemplate, insert_names: frozenset[str]
) -> Iterator[Problem]:
    file = section.file
    for insert in section.inserts():
        if insert.name not in (*OWN_INSERTS, *insert_names):
            hint = _did_you_mean(insert.name, insert_names)
            needle = f"{{{{{insert.name}"
            message = f'there is no block "{{{{{insert.name}}}}}"'
            yield _error(file, file.line_of(needle), message, hint)
    for number, line in enumerate(file.body.split("\n"), file.body_line):
        if re.match(r">\s*\{\{", line):
            message = "a block inside a call-out is not printed"
            yield _error(file, number, message, "put it on a line of its own")


def _figure_problems(section: SectionTemplate, library: Library) -> Iterator[Problem]:
    """Yield a drawing without its place or words, and the other way round."""
    file = section.file
    inserts = {insert.name for insert in section.inserts()}
    if "figure" not in inserts:
        if section.id in library.figures and "water-session" not in inserts:
            message = f'poses.toml has a drawing of "{section.id}", shown nowhere'
            yield _warning(file, file.body_line, message, "add a line {{figure}}")
        return
    line = file.line_of("{{figure}}")
    words = _word_count(section.figure_alt)
    if not words:
        message = "a drawing needs its words for people who cannot see it"
        yield _error(file, line, message, 'add a line: figure_alt = "..."')
    elif words > MAX_ALT_WORDS:
        message = f"figure_alt has {words} words; at most {MAX_ALT_WORDS}"
        yield _error(file, key_line(file, "figure_alt"), message)


def _short_form_problems(
    section: SectionTemplate, insert_names: frozenset[str]
) -> Iterator[Problem]:
    """Yield the worked-out blocks that the short form would leave out."""
    if not section.short:
        return
    kept = {b.name for b in section.short if isinstance(b, Insert)} | {"figure"}
    if kept - insert_names - {"part", "figure"}:
        return  # one of them is misspelt, and that is told
    for block in section.blocks:
        if isinstance(block, Insert) and block.name in insert_names - kept:
            message = f'the short form leaves out "{{{{{block.name}}}}}"'
            line = section.shortened().text_line
            yield _error(section.file, line, message, "add it on a line of its own")


MAX_DIGEST_WORDS: Final = 35
MAX_DIGEST_WORDS_OF_TWO_SIDES: Final = 60
MAX_DIGEST_SENTENCES: Final = 3
MAX_DIGEST_SENTENCES_OF_TWO_SIDES: Final = 5


def _digest_problems(section: SectionTemplate) -> Iterator[Problem]:
    """Yield a digest that is missing, says too much, or holds more than words.

    Of alternatives the longest counts; of other parts, which may all print, each.
    """
    if not section.digest:
        if not section.always_prints:
            hint = "write its one message in at most 35 words"
            yield _error(section.file, 1, "this section has no digest", hint)
        return
    form = section.digested()
    for insert in (b for b in form.blocks if isinstance(b, Insert)):
        if insert.name != "part":
            message = f'a digest holds words only, no "{{{{{insert.name}}}}}"'
            yield _error(section.file, form.text_line, message)
    texts = {part.id: _text_of(part.blocks) for part in form.parts}
    longest = {
        max((name for name in names if name in texts), default="",
            key=lambda name: _word_count(texts[name]))
        for names in section.alternatives
    }  # fmt: skip
    alone = texts.keys() - {n for names in section.alternatives for n in names}
    said = [_text_of(form.blocks), *(texts[n] for n in texts if n in longest | alone)]
    text = " ".join(filter(None, said))
    most, most_sentences = MAX_DIGEST_WORDS, MAX_DIGEST_SENTENCES
    if section.sources_disagree:
        most = MAX_DIGEST_WORDS_OF_TWO_SIDES
        most_sentences = MAX_DIGEST_SENTENCES_OF_TWO_SIDES
    for count, noun, limit in (
        (_word_count(text), "words", most),
        (len(_sentences(text)), "sentences", most_sentences),
    ):
        if count > limit:
            message = f"a digest of {count} {noun}; at most {limit}"
            yield _error(section.file, form.text_line, message, "say one thing")


def _text_of(blocks: tuple[TemplateBlock, ...]) -> str:
    texts = (texts_of(block) for block in blocks if not isinstance(block, Insert))
    return " ".join(text for found in texts for text in found)


# --- levels -------------------------------------------------------------------------


def _level_problems(section: SectionTemplate, library: Library) -> Iterator[Problem]:
    for level in section.levels:
        if is_covered(section, library.never_at.get(level, ())):
            yield _error(
                section.file,
                key_line(section.file, "levels"),
                f'triage.toml does not let "{section.id}" print at {level}',
                f"take {level} out of levels, or change [level.{level}] in triage.toml",
            )


# --- examples -----------------------------------------------------------------------

_EXPECTED: Final = MappingProxyType(
    {Truth.YES: "include", Truth.NO: "exclude", Truth.UNKNOWN: "unknown"}
)


def _example_counts(section: SectionTemplate) -> Iterator[Problem]:
    file, table = section.file, section.file.table
    expected = {example.expect for example in section.examples}
    if "include" not in table and "exclude" not in table:
        if not expected:
            yield _error(file, 1, "an [[example]] is missing")
        return
    line = key_line(file, "include" if "include" in table else "exclude")
    if "include" not in expected:
        yield _error(file, line, "no [[example]] expects include")
    if not expected & {"exclude", "unknown"}:
        yield _error(file, line, "no [[example]] expects exclude or unknown")


def _example_problems(section: SectionTemplate, library: Library) -> Iterator[Problem]:
    for example in section.examples:
        line = section.file.line_of(f'name = "{example.name}"', "[[example]]")
        slips = [
            _error(section.file, line, f'example "{example.name}": {words}', hint)
            for words, hint in _profile_slips(example.profile)
        ]
        yield from slips or _broken_promise(section, example, line, library)


def _broken_promise(
    section: SectionTemplate, example: Example, line: int, library: Library
) -> Iterator[Problem]:
    asked = {test.fact for test in section.whole_condition.tests()}
    facts = example_facts(
        example.profile,
        example.level,
        library,
        with_exercises="derived.exercise_count" in asked,
    )
    given = _EXPECTED[section.truth(facts)]
    if given != example.expect:
        missing = missing_facts(section.whole_condition, facts)
        hint = f"not answered: {', '.join(missing)}" if given == "unknown" else ""
        words = f'example "{example.name}" expects {example.expect}, but gives {given}'
        yield _error(section.file, line, words, hint)


def example_facts(
    profile: Mapping[str, Any],
    level: str,
    library: Library,
    *,
    with_exercises: bool = True,
) -> Facts:
    """Return the facts of an example, those of the triage and the plan included.

    Args:
        profile: A part of a profile; ``mode`` is "self" unless it says otherwise.
        level: What the triage is taken to have found.
        library: Sound flags, plan and picker.
        with_exercises: Also pick exercises, to know how many there are; takes longest.
    """
    facts: dict[str, FactValue] = {"mode": "self"} | facts_of(profile)
    facts |= assess(facts, library.flags).facts()
    facts["triage.level"] = level
    facts["triage.unanswered"] = level == "UNANSWERED"
    facts |= plan_facts(facts, library.plan)
    strength = exercise_level(facts, library.picker)
    is_capped = level == "SOON" and strength == "C"
    facts["derived.exercise_level"] = "B" if is_capped else strength
    if with_exercises:
        picks = pick_exercises(
            facts,
            library.exercises,
            library.picker,
            state=level,
            wanted=_wanted(facts),
        )
        facts["derived.exercise_count"] = sum(pick.is_chosen for pick in picks)
    return facts


def _wanted(facts: Facts) -> int:
    asked = facts.get("n_exercises")
    return asked if isinstance(asked, int) else DEFAULT_EXERCISES


def _profile_slips(
    profile: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield message and hint for everything in a profile that no profile can have."""
    for name, value in profile.items():
        path = f"{prefix}.{name}" if prefix else name
        fact = known_facts().get(path)
        if isinstance(value, dict):
            yield from _profile_slips(value, path)
        elif fact is None:
            yield f'unknown fact "{path}"', _did_you_mean(path, known_facts())
        elif fact.is_derived:
            yield f'"{path}" is worked out from other facts', "give those facts instead"
        elif words := _wrong_value(fact, value):
            yield f'"{path}" {words}', ""


def _wrong_value(fact: Fact, value: object) -> str:
    """Return what is wrong with a value of an example, or an empty text."""
    if fact.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be a number"
        low, high = fact.minimum, fact.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            return f"must be from {low:g} to {high:g}, not {value:g}"
    elif fact.kind in ("choice", "yes_no"):
        choices = (*fact.choices, NOT_KNOWN) if fact.kind == "yes_no" else fact.choices
        if choices and value not in choices:
            return f'cannot be "{value}"; values: {", ".join(dict.fromkeys(choices))}'
    elif fact.kind == "bool":
        return "" if isinstance(value, bool) else "must be true or false"
    elif fact.kind == "set":
        items = value if isinstance(value, list) else [value]
        odd = [str(item) for item in items if item not in fact.choices]
        if odd or not isinstance(value, list):
            return f"must be a list of these: {', '.join(fact.choices)}"
    elif fact.kind == "date":
        return "" if _is_day(value) else 'must be a date, such as "2026-01-15"'
    return ""


def _is_day(value: object) -> bool:
    if isinstance(value, str):
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
        return True
    return isinstance(value, date) and not isinstance(value, datetime)


def _message_example_problems(library: Library) -> Iterator[Problem]:
    message = library.message
    verdicts = [line.id for line in message.verdicts]
    for example in message.examples:
        line = message.file.line_of(f'name = "{example.name}"', "[[example]]")
        start = f'example "{example.name}"'
        slips = list(_profile_slips(example.profile))
        for words, hint in slips:
            yield _error(message.file, line, f"{start}: {words}", hint)
        if example.verdict and example.verdict not in verdicts:
            words = f'{start}: there is no verdict "{example.verdict}"'
            hint = _did_you_mean(example.verdict, verdicts)
            yield _error(message.file, line, words, hint)
        elif not slips:
            facts = example_facts(example.profile, example.level, library)
            verdict = first(message.verdicts, facts, example.level)
            found = verdict.id if verdict else "none"
            if example.verdict and found != example.verdict:
                words = (
                    f'{start} expects the verdict "{example.verdict}", not "{found}"'
                )
                yield _error(message.file, line, words)
            done = tuple(item.id for item in actions(message, facts, example.level))
            if example.do and done != example.do:
                words = f"{start} expects to do {', '.join(example.do)}"
                yield _error(message.file, line, words, f"it gives {', '.join(done)}")


# --- warning signs ------------------------------------------------------------------


def _flag_problems(library: Library) -> Iterator[Problem]:
    file = _file(library, "triage.toml")
    expected = known_facts()["triage.flags"].choices
    ids = [flag.id for flag in library.flags]
    for name in expected:
        if name not in ids:
            yield _error(file, 1, f"the warning sign {name} is missing")
        elif ids.count(name) > 1:
            yield _error(file, file.line_of(f'id = "{name}"'), f"{name} is there twice")
    for flag in library.flags:
        line = file.line_of(f'id = "{flag.id}"')
        if flag.id not in expected:
            message = f'"{flag.id}" is not one of {expected[0]} to {expected[-1]}'
            yield _error(file, line, message)
        for message, hint in _flag_slips(flag, library):
            yield _error(file, line, f"{flag.id}: {message}", hint)


def _flag_slips(flag: Flag, library: Library) -> Iterator[tuple[str, str]]:
    levels = levels_of(flag)
    shown = [library.sections[name] for name in flag.shows if name in library.sections]
    if not flag.shows:
        yield "no section speaks of it", 'name at least one in "shows"'
    for section in shown:
        if not set(levels) & set(section.levels):
            yield f'"{section.id}" never prints at {" or ".join(levels)}', ""
        if is_covered(section, flag.hides):
            yield f'"{section.id}" stands in "shows" and in "hides"', ""
    for level in levels:
        if shown and not any(level in section.levels for section in shown):
            yield f'no section in "shows" prints at {level}', ""
    for rule in flag.rules:
        for words in dict.fromkeys(_not_monotone(rule.when)):
            yield words, "one more warning sign must never make the guide less careful"


def _not_monotone(condition: Condition) -> Iterator[str]:
    """Yield why a rule could stop to hold when one more sign is there."""
    match condition:
        case NoneOf():
            yield 'a rule must not use "none"'
        case AllOf(parts=parts) | AnyOf(parts=parts) | CountOf(parts=parts):
            for part in parts:
                yield from _not_monotone(part)
        case Test(fact=fact, checks=checks):
            asks_for_no = any(
                wanted == "no" or (isinstance(wanted, tuple) and "no" in wanted)
                for _, wanted in checks
            )
            is_sign = fact.startswith(("red_flags.", "spa."))
            if is_sign and asks_for_no:
                yield f'a rule must not ask if "{fact}" is no'
            if is_sign and fact.startswith("red_flags.") and _has(checks, "less_than"):
                yield f'a rule must not ask if "{fact}" is less than something'
            if _has(checks, "known"):
                yield f'a rule must not ask if "{fact}" is known'
            if fact.startswith("triage.") or fact in _AFTER_TRIAGE:
                yield f'"{fact}" is not known yet when the warning signs are looked at'


_AFTER_TRIAGE: Final = (
    "derived.plan_stage", "derived.plan_track", "derived.exercise_level",
    "derived.exercise_count",
)  # fmt: skip


def _has(checks: tuple[tuple[str, Any], ...], name: str) -> bool:
    return any(check == name for check, _ in checks)


# --- dates --------------------------------------------------------------------------


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _date_problems(library: Library, today: date) -> Iterator[Problem]:
    for file in library.files:
        written, review = (file.table.get(key) for key in ("written_on", "review_by"))
        if not isinstance(written, date) or not isinstance(review, date):
            continue
        for key in ("written_on", "review_by"):
            if isinstance(file.table[key], datetime):
                yield _error(
                    file, key_line(file, key), f"{key} is a day without a time"
                )
        written, review = _day(written), _day(review)
        yield from _reviewed_problems(file, today)
        if written > today:
            line = key_line(file, "written_on")
            yield _error(file, line, f"written_on {written} is in the future")
        line = key_line(file, "review_by")
        if review <= written:
            message = f"review_by {review} must come after written_on {written}"
            yield _error(file, line, message)
        elif review < today:
            yield _warning(file, line, f"the review was due by {review}")


def _reviewed_problems(file: ContentFile, today: date) -> Iterator[Problem]:
    reviewer, reviewed = file.table.get("reviewed_by"), day_in(file, "reviewed_on")
    if reviewer and reviewed is None:
        line = key_line(file, "reviewed_by")
        yield _error(file, line, 'a reviewer needs a day: "reviewed_on"')
    elif reviewed is not None and not reviewer:
        line = key_line(file, "reviewed_on")
        yield _error(file, line, 'a review needs a name: "reviewed_by"')
    elif reviewed is not None and reviewed > today:
        line = key_line(file, "reviewed_on")
        yield _error(file, line, f"reviewed_on {reviewed} is in the future")
    elif reviewed is not None and not is_reviewed(file):
        line = key_line(file, "reviewed_on")
        yield _warning(file, line, "the text was changed after its review")


# --- words and lengths --------------------------------------------------------------


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    ways = (re.escape(word).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"(?<![\w.{{-])(?:{'|'.join(ways)})(?![\w-])", re.IGNORECASE)


_BANNED: Final = {word: _pattern([word]) for word in BANNED_WORDS}
_ANY_BANNED: Final = _pattern(BANNED_WORDS)
_MEDICAL: Final = {word: _pattern([word]) for word in MEDICAL_WORDS}


def _word_problems(library: Library) -> Iterator[Problem]:
    bracketed: set[tuple[str, str]] = set()
    for passage in _all_passages(library):
        if _ANY_BANNED.search(passage.text):
            for word, pattern in _BANNED.items():
                for match in pattern.finditer(passage.text):
                    line = passage.line_of(match[0])
                    message = f'do not print "{match[0]}"'
                    hint = f"better: {BANNED_WORDS[word]}"
                    yield _error(passage.file, line, message, hint)
        yield from _medical_problems(passage, bracketed)


def _medical_problems(
    passage: Passage, bracketed: set[tuple[str, str]]
) -> Iterator[Problem]:
    """Yield medical words that are not explained where they stand."""
    for word, pattern in _MEDICAL.items():
        for sentence in _sentences(passage.text):
            for match in pattern.finditer(sentence):
                plain_words = MEDICAL_WORDS[word]
                use = (passage.file.name, word)
                before = sentence[: match.start()]
                in_brackets = before.count("(") > before.count(")")
                if in_brackets and use not in bracketed:
                    bracketed.add(use)
                elif plain_words not in sentence.lower() and " means " not in sentence:
                    line = passage.line_of(match[0])
                    message = f'"{match[0]}" is not explained in its sentence'
                    yield _error(passage.file, line, message, f"say: {plain_words}")


def _sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<=[.!?])[\"')]*\s+", text.strip()) if s]


def _word_count(text: str) -> int:
    return len([word for word in text.split() if re.search(r"\w", word)])


def _length_problems(section: SectionTemplate) -> Iterator[Problem]:
    file = section.file
    pieces = [(section.blocks, section.text_line)]
    pieces += [(part.blocks, _part_line(section, part)) for part in section.parts]
    for blocks, after in pieces:
        for block in blocks:
            if isinstance(block, Paragraph):
                yield from _paragraph_problems(file, block, after)
            elif isinstance(block, ItemList):
                yield from _item_problems(file, block, after)
    most = MAX_ITEMS_OF.get(section.id, MAX_ITEMS)
    for count, passage in _lists(section):
        if count > most:
            message = f"a list of {count} items; at most {most}"
            yield _warning(file, passage.line, message)


def _paragraph_problems(
    file: ContentFile, block: Paragraph, after: int
) -> Iterator[Problem]:
    text = next(texts_of(block))
    for count, noun, most in (
        (_word_count(text), "words", MAX_PARAGRAPH_WORDS),
        (len(_sentences(text)), "sentences", MAX_PARAGRAPH_SENTENCES),
    ):
        if count > most:
            message = f"a paragraph of {count} {noun}; at most {most}"
            yield _warning(file, Passage(file, text, after).line, message)


def _item_problems(file: ContentFile, block: ItemList, after: int) -> Iterator[Problem]:
    for text in texts_of(block):
        words = _word_count(text)
        if words > MAX_ITEM_WORDS:
            message = f"a list item of {words} words; at most {MAX_ITEM_WORDS}"
            yield _warning(file, Passage(file, text, after).line, message)


def _lists(section: SectionTemplate) -> Iterator[tuple[int, Passage]]:
    """Yield the length of each list, with the parts that continue it.

    Of alternatives only the longest is counted. Other parts with opposite conditions
    are counted all: it is the longest it could be.
    """
    parts = {part.id: part.blocks for part in section.parts}
    for names in section.alternatives:
        longest = max(names, key=lambda name: _items_in(parts.get(name, ())))
        parts |= {name: () for name in names if name != longest}
    after = {part.id: _part_line(section, part) for part in section.parts}
    flat: list[tuple[TemplateBlock, int]] = []
    for block in section.blocks:
        if isinstance(block, Insert) and block.name == "part":
            name = block.argument
            flat += [(inner, after[name]) for inner in parts.get(name, ())]
        else:
            flat.append((block, section.text_line))
    count, start = 0, Passage(section.file, "", 1)
    for block, line in (*flat, (Heading(""), 1)):
        if isinstance(block, ItemList):
            if not count:
                start = Passage(section.file, next(texts_of(block)), line)
            count += len(block.items)
        elif count:
            yield count, start
            count = 0


def _items_in(blocks: tuple[TemplateBlock, ...]) -> int:
    return sum(len(block.items) for block in blocks if isinstance(block, ItemList))


# --- exercises ----------------------------------------------------------------------


def _exercise_problems(library: Library) -> Iterator[Problem]:
    pooled = {name for ids in library.picker.pool.values() for name in ids}
    for exercise in library.exercises.values():
        file = exercise.file
        if exercise.id not in pooled:
            line = key_line(file, "id")
            yield _error(file, line, f"{exercise.id} stands in no pool", "see [pool]")
        if not exercise.skips:
            yield _error(file, 1, "a [[skip]] is missing: who must not do this one?")
        for table in file.table.get("skip", []):
            if "when" not in table:
                because = str(table.get("because", ""))
                yield _error(file, file.line_of(because), 'a [[skip]] needs "when"')
        for form in exercise.forms:
            yield from _form_problems(exercise, form, library)
            yield from _drawing_problems(exercise, form, library)
            yield from _step_problems(exercise, form)
    yield from _body_hold_problems(library)


def form_line(exercise: Exercise, form: Form) -> int:
    """Return the line at which a form of an exercise begins."""
    return exercise.file.line_of(f'id = "{form.id}"', "[[variant]]") if form.id else 1


POSITIONS: Final = MappingProxyType(
    {
        "back": "lie-on-back",
        "front": "lie-on-front",
        "side": "lie-on-side",
        "all-fours": "hands-and-knees",
    }
)
"""What a body in a drawing asks for; upright asks for nothing of these."""


def _form_problems(
    exercise: Exercise, form: Form, library: Library
) -> Iterator[Problem]:
    """Yield where words, drawing and "asks" of a form say different things."""
    file, after = exercise.file, form_line(exercise, form)
    for key, text in (("alt_start", form.alt_start), ("alt_end", form.alt_end)):
        if (words := _word_count(text)) > MAX_ALT_WORDS:
            message = f"{key} has {words} words; at most {MAX_ALT_WORDS}"
            yield _error(file, Passage(file, text, after).line, message)
    usual = exercise.forms[0]
    told = (form.start, form.steps)
    is_own = form.id and told not in [(f.start, f.steps) for f in exercise.forms[:1]]
    if is_own and form.figure == usual.figure:
        message = f'the variant "{form.id}" moves otherwise, but has no "figure"'
        yield _error(file, after, message, "pose it in poses.toml")
    if is_own and (form.alt_start, form.alt_end) == (usual.alt_start, usual.alt_end):
        message = f'the variant "{form.id}" moves otherwise: tell its drawing too'
        yield _error(file, after, message, "add alt_start and alt_end")
    for name in (*form.asks, *form.easier_asks, *form.harder_asks):
        if name not in library.picker.asks:
            hint = _did_you_mean(name, library.picker.asks)
            line = file.line_of(f'"{name}"', f'id = "{form.id}"' if form.id else "")
            yield _error(file, line, f'the picker knows no asks = "{name}"', hint)
    text = " ".join(form.shown_texts()).lower()
    for name, told_by in library.picker.asks.items():
        found = next((word for word in told_by if word.lower() in text), "")
        if found and name not in form.asks:
            yield _error(file, after, f'"{found}" asks for "{name}": say so in asks')
        elif told_by and name in form.asks and not found:
            message = f'asks = "{name}", but no text says {" or ".join(told_by)}'
            yield _error(file, after, message)


def _drawing_problems(
    exercise: Exercise, form: Form, library: Library
) -> Iterator[Problem]:
    """Yield where a drawing shows another body than "asks" says."""
    file, after = exercise.file, form_line(exercise, form)
    figure = library.figures.get(form.figure)
    panels = figure.panels if figure else ()
    drawn = {POSITIONS.get(panel.position) for panel in panels}
    for name in library.picker.asks.keys() & set(POSITIONS.values()):
        if figure and (name in drawn) != (name in form.asks):
            shows = "shows" if name in drawn else "does not show"
            message = f'the drawing "{form.figure}" {shows} "{name}", asks differs'
            yield _error(file, after, message)


def _body_hold_problems(library: Library) -> Iterator[Problem]:
    """Yield names of the picker that nobody holds back, or that no card asks for."""
    picker = library.picker
    asked = {
        name
        for exercise in library.exercises.values()
        for form in exercise.forms
        for name in (*form.asks, *form.easier_asks, *form.harder_asks)
    }
    held = {hold.asks for hold in picker.holds}
    for name in picker.asks:
        line = picker.file.line_of(f"\n{name} =") + 1
        if name not in held and name not in POSITIONS.values():
            yield _error(picker.file, line, f'no [[hold]] is about "{name}"')
        if name not in asked:
            yield _warning(picker.file, line, f'no exercise asks for "{name}"')
    for name in held - set(picker.asks):
        line = picker.file.line_of(f'asks = "{name}"')
        hint = _did_you_mean(name, picker.asks)
        yield _error(picker.file, line, f'[asks] has no "{name}"', hint)


def _step_problems(exercise: Exercise, form: Form) -> Iterator[Problem]:
    file = exercise.file
    if len(form.steps) > MAX_STEPS:
        message = f"{len(form.steps)} steps; at most {MAX_STEPS}"
        line = file.line_of("steps =", f'id = "{form.id}"' if form.id else "")
        yield _warning(file, line, message)
    for step in form.steps:
        if (words := _word_count(step)) > MAX_STEP_WORDS:
            message = f"a step of {words} words; at most {MAX_STEP_WORDS}"
            yield _warning(file, file.line_of(step), message)


# --- phone numbers ------------------------------------------------------------------


def _phone_problems(library: Library, today: date) -> Iterator[Problem]:
    file = _file(library, "emergency_numbers.toml")
    locales = known_facts()["locale"].choices
    for name, numbers in library.phone_numbers.items():
        line = file.line_of(f"[{name}]")
        if name not in locales:
            yield _error(file, line, f'"{name}" is not a locale of the profile')
        elif not numbers.emergency and not name.endswith("-other"):
            yield _error(file, line, f'"{name}" has no number for an emergency')
    checked = file.table.get("checked_on")
    line = key_line(file, "checked_on")
    if not isinstance(checked, date):
        yield _error(file, line, 'the day "checked_on" is missing')
    elif today - _day(checked) > timedelta(days=NUMBERS_VALID_DAYS):
        yield _warning(file, line, f"the numbers were last checked on {checked}")


# --- the fridge sheet ---------------------------------------------------------------


def _message_problems(library: Library) -> Iterator[Problem]:
    message = library.message
    for kind, line in _message_lines(library):
        node = line_holds(line)
        for passage in _line_passages(library, kind, line):
            yield from _unfillable(passage, node, library, line.levels)
            yield from _line_form_problems(passage, line)
        if kind == "verdict":
            yield from _verdict_problems(library, line)
    for kind, lines in (
        ("verdict", message.verdicts),
        ("stop", message.stop),
        ("next", message.next),
    ):
        for level in ("SOON", "ROUTINE"):
            if lines and not any(
                level in line.levels and line.include is ALWAYS for line in lines
            ):
                place = message.file.line_of(f'id = "{lines[-1].id}"', f"[[{kind}]]")
                words = f"at {level} the last [[{kind}]] must have no condition"
                yield _error(message.file, place, words)


RUN: Final = "run"
"""What a text asks for that asks somebody to run."""


def _line_form_problems(passage: Passage, line: Line) -> Iterator[Problem]:
    blocks, faults = parse(passage.text)
    is_verdict = bool(line.light)
    if is_verdict and "*" in passage.text:
        message = "a verdict is printed as it stands: no stars"
        yield _error(passage.file, passage.line, message)
    elif faults or len(blocks) != 1 or not isinstance(blocks[0], Paragraph):
        message = f'"{line.id}" must be one paragraph of plain words'
        yield _error(passage.file, passage.line, message)


def _verdict_problems(library: Library, line: Line) -> Iterator[Problem]:
    file = library.message.file
    place = file.line_of("headline =", f'id = "{line.id}"')
    word = library.words.get(f"lights.{line.light}", line.light).partition(":")[0]
    if not line.headline.startswith(word):
        message = f'the headline of "{line.id}" must start with "{word}"'
        yield _error(file, place, message, "the colour alone tells nobody anything")
    if (line.light == "red") == (RUN in line.asks):
        place = file.line_of(f'id = "{line.id}"')
        does = "asks to run" if line.light == "red" else 'lacks asks = ["run"]'
        message = f'the light of "{line.id}" is {line.light}, and it {does}'
        hint = "red is not to run, amber to run less or slowly, green to run as now"
        yield _error(file, place, message, hint)
    words = _word_count(f"{line.headline} {line.text}")
    if words > MAX_VERDICT_WORDS:
        message = f'the verdict "{line.id}" has {words} words; at most '
        yield _error(file, place, f"{message}{MAX_VERDICT_WORDS}")


# --- reasons ------------------------------------------------------------------------


def _reason_problems(library: Library) -> Iterator[Problem]:
    """Yield facts that decide about a section but have no words as a reason."""
    file = _file(library, f"{library.language}/reasons.toml")
    for key in library.reasons:
        path, _, value = key.partition("=")
        fact = known_facts().get(path)
        if fact is None or (value and value not in _values_in_words(fact)):
            name = key.replace("=", ".")
            table, _, last = name.rpartition(".")
            line = file.line_of(f"\n{last} =", f"[{table}]") + 1
            hint = _did_you_mean(name, known_facts())
            yield _error(file, line, f'"{name}" is no fact and no value of one', hint)
    for section in library.sections.values():
        asked: dict[str, None] = {}
        for test in _reason_tests(section.include):
            asked |= dict.fromkeys(_reason_keys(test))
        for key in asked:
            path = key.partition("=")[0]
            if key not in library.reasons and path not in library.reasons:
                yield _warning(
                    section.file,
                    section.file.line_of(f'"{path}"', "[include"),
                    f'reasons.toml has no words for "{key.replace("=", " = ")}"',
                )


def _values_in_words(fact: Fact) -> tuple[str, ...]:
    if fact.kind == "bool":
        return ("true", "false")
    return fact.choices or (("yes", "no") if fact.kind == "yes_no" else ())


def _reason_tests(condition: Condition) -> Iterator[Test]:
    """Yield the tests that can be told as a reason: what is absent is none."""
    match condition:
        case Test():
            yield condition
        case AllOf(parts=parts) | AnyOf(parts=parts) | CountOf(parts=parts):
            for part in parts:
                yield from _reason_tests(part)


def _reason_keys(test: Test) -> Iterator[str]:
    """Yield the entries of ``reasons.toml`` that a test that holds may need."""
    values = _values_in_words(known_facts()[test.fact])
    for name, wanted in test.checks:
        if name == "is":
            values = (str(wanted).lower() if isinstance(wanted, bool) else wanted,)
        elif isinstance(wanted, tuple):
            values = wanted
    if not values:
        yield test.fact
    yield from (f"{test.fact}={value}" for value in values if value != NOT_KNOWN)


# --- the handout as a whole ---------------------------------------------------------


def _frame_problems(library: Library) -> Iterator[Problem]:
    file = _file(library, f"{library.language}/handout.toml")
    for name in library.frame.page_one:
        if name not in library.sections:
            hint = _did_you_mean(name, library.sections)
            message = f'page_one: there is no section "{name}"'
            yield _error(file, file.line_of(f'"{name}"', "page_one"), message, hint)
    for key, names in (
        ("page_one_if_room", library.frame.page_one_if_room),
        ("page_one_whole", library.frame.page_one_whole),
    ):
        for name in names:
            if name not in library.frame.page_one:
                line = key_line(file, key)
                yield _error(file, line, f'"{name}" must stand in page_one as well')
    for name in library.frame.page_one_whole:
        if name in library.frame.page_one_if_room:
            line = key_line(file, "page_one_whole")
            yield _error(file, line, f'"{name}" may not stand in page_one_if_room')
    for length in known_facts()["length"].choices:
        if not isinstance(library.frame.max_pages.get(length), int):
            message = f"[max_pages] needs a whole number for {length}"
            yield _error(file, file.line_of("[max_pages]"), message)


def _choice_problems(library: Library, hidden: set[str]) -> Iterator[Problem]:
    """Yield the names in the rules of the choice that no section or group has.

    Args:
        library: The content.
        hidden: Sections that are there and cannot be read; each is told once.
    """
    file = _file(library, f"{library.language}/handout.toml")
    rules = library.frame.choice
    places = [(file.line_of("\nalways =") + 1, rules.always)]
    places += [(item.line, item.sections) for item in rules.preferences]
    for line, names in places:
        for name in names:
            if name not in library.sections and name not in hidden:
                hint = _did_you_mean(name, library.sections)
                yield _error(file, line, f'there is no section "{name}"', hint)
    for group in rules.kind_by_group:
        if group not in library.frame.groups:
            hint = _did_you_mean(group, library.frame.groups)
            line = file.line_of(f"\n{group} =", "[kinds]") + 1
            yield _error(file, line, f'there is no group "{group}"', hint)
    for name in rules.points:
        if name != ANY_OTHER and not any(
            fact == name or fact.startswith(f"{name}.") for fact in known_facts()
        ):
            line = file.line_of(f"\n{name} =", "[points]") + 1
            yield _error(file, line, f'no answer has a name that begins with "{name}"')


def _named_problems(library: Library) -> Iterator[Problem]:
    """Yield the names of conditions that no rule uses."""
    file = _file(library, "conditions.toml")
    for name in library.conditions:
        if not any(f'condition = "{name}"' in other.text for other in library.files):
            words = f'no rule uses the condition "{name}"'
            yield _warning(file, file.line_of(f"[{name}]"), words)


def _ask_problems(library: Library, holds: tuple[Hold, ...]) -> Iterator[Problem]:
    """Yield what is asked of the reader and has no ``[[hold]]``."""
    held = {hold.asks for hold in holds}
    for asker in askers(library):
        for name in asker.asks:
            if name not in held:
                line = asker.file.line_of(f'"{name}"', f'id = "{asker.id}"')
                words = f'no [[hold]] of handout.toml is about "{name}"'
                yield _error(asker.file, line, words, _did_you_mean(name, held))


def _declared(
    library: Library, root: Traversable, unsound: frozenset[str]
) -> tuple[
    tuple[SectionGroup, ...], tuple[Hold, ...], tuple[Fit, ...], tuple[Problem, ...]
]:
    """Return what ``handout.toml`` declares for the proofs, and its slips."""
    frame = _file(library, f"{library.language}/handout.toml")
    file = ContentFile(root, frame.name, frame.text)
    conditions = ConditionReader(known_facts(), library.thresholds, library.conditions)
    conditions.has_all_numbers = "templates/thresholds.toml" not in unsound
    conditions.has_all_names = "templates/conditions.toml" not in unsound
    are_all_sections_known = not any("/sections/" in name for name in unsound)
    groups = []
    for kind in ("exclusive", "exhaustive", "needs"):
        lines = chain(_lines_of(file, f"[[{kind}]]"), repeat(1))
        tables = TableReader(file, file.table).tables(kind)
        for table, line in zip(tables, lines, strict=False):
            read = TableReader(file, table, line=line)
            group = SectionGroup(
                kind=kind,
                sections=read.texts("sections"),
                levels=read.texts("levels", list(OUTPUT_STATES)),
                when=read.condition("when", conditions),
                line=line,
            )
            read.finish()
            if kind == "needs" and len(group.sections) != 2:
                file.add_at(
                    line, "[[needs]] names 2 sections: the first needs the other"
                )
            for name in group.sections:
                if name not in library.sections and are_all_sections_known:
                    hint = _did_you_mean(name, library.sections)
                    file.add_at(line, f'there is no section "{name}"', hint)
            for level in group.levels:
                if level not in OUTPUT_STATES:
                    file.add_at(line, f'"{level}" is not a level')
            groups.append(group)
    holds = []
    lines = chain(_lines_of(file, "[[hold]]"), repeat(1))
    tables = TableReader(file, file.table).tables("hold")
    for table, line in zip(tables, lines, strict=False):
        read = TableReader(file, table, "[[hold]]", line=line)
        asks, when = read.text("asks"), read.condition("when", conditions)
        holds.append(Hold(asks, when, line))
        read.finish()
        if "when" not in table:
            file.add_at(line, '[[hold]] needs "when": who must not do it')
    holds += _forbidden(library)
    fits = _fits(file, conditions)
    return tuple(groups), tuple(holds), fits, tuple(file.problems)


def _fits(file: ContentFile, conditions: ConditionReader) -> tuple[Fit, ...]:
    """Return the words that do not fit everybody; slips land in the file."""
    fits = []
    lines = chain(_lines_of(file, "[[fits]]"), repeat(1))
    tables = TableReader(file, file.table).tables("fits")
    for table, line in zip(tables, lines, strict=False):
        read = TableReader(file, table, "[[fits]]", line=line)
        says = read.texts("says", [])
        names = [key for key in table if key.startswith("with_")]
        together = tuple(read.texts(name) for name in names)
        when = read.condition("when", conditions)
        read.finish()
        if "when" not in table:
            file.add_at(line, '[[fits]] needs "when": whom the words fit')
        if not says and not together:
            file.add_at(line, '[[fits]] needs words: "says", or "with_1" and "with_2"')
        fits.append(Fit(says, together, when, line))
    return tuple(fits)


def _forbidden(library: Library) -> Iterator[Hold]:
    """Yield what warning signs forbid, as holds: a line of page one may ask for it."""
    for word in dict.fromkeys(w for flag in library.flags for w in flag.forbids):
        flags = forbidding_flags((word,), library)
        yield Hold(word, Test("triage.flags", (("includes_any", flags),)), 1)


def _unasked_problems(library: Library) -> Iterator[Problem]:
    """Yield what a warning sign forbids and nothing asks for: a slip, most likely."""
    asked = {name for asker in askers(library) for name in asker.asks}
    asked |= {
        name
        for card in library.exercises.values()
        for form in card.forms
        for name in form.asks
    }
    asked |= {offer.asks for offer in library.frame.offers}
    file = _file(library, "triage.toml")
    for flag in library.flags:
        for word in flag.forbids:
            if word not in asked:
                line = file.line_of(f'id = "{flag.id}"')
                words = f'{flag.id} forbids "{word}", and nothing asks for it'
                yield _error(file, line, words, _did_you_mean(word, asked))


def _unforbidden_problems(
    library: Library, holds: tuple[Hold, ...]
) -> Iterator[Problem]:
    """Yield what an answer asks for and nothing ever forbids."""
    held = {hold.asks for hold in holds}
    file = _file(library, f"{library.language}/handout.toml")
    for offer in library.frame.offers:
        if offer.asks not in held:
            line = file.line_of(f'choice = "{offer.choice}"')
            words = f'no warning sign forbids "{offer.asks}"'
            yield _error(file, line, words, _did_you_mean(offer.asks, held))


def _lines_of(file: ContentFile, header: str) -> Iterator[int]:
    for number, line in enumerate(file.text.split("\n"), 1):
        if line.partition("#")[0].strip() == header:
            yield number


# --- the ledger of claims -----------------------------------------------------------

CLAIMS_FILE: Final = "claims.toml"


def _claim_problems(library: Library, root: Traversable) -> Iterator[Problem]:
    """Yield where the ledger of claims and the content say different things."""
    if not (root / CLAIMS_FILE).is_file():
        return
    ledger = ContentFile(root, CLAIMS_FILE)
    yield from ledger.problems
    if ledger.problems:
        return
    rows: dict[str, list[Any]] = {}
    for claim, row in ledger.table.items():
        named = row.get("sections", []) if isinstance(row, dict) else None
        if isinstance(named, list):
            rows[claim] = named
        else:
            words = f'{claim}: "sections" must be a list of texts'
            yield _error(ledger, ledger.line_of(f"[{claim}]"), words)
    carriers = {s.id: (s.file, s.claims) for s in library.sections.values()}
    carriers |= {e.id: (e.file, e.claims) for e in library.exercises.values()}
    for name, (file, claims) in carriers.items():
        for claim in claims:
            line = file.line_of(f'"{claim}"', "claims")
            if claim not in ledger.table:
                yield _error(
                    file, line, f'there is no claim "{claim}" in {CLAIMS_FILE}'
                )
            elif name not in rows.get(claim, ()):
                message = f'{claim} in {CLAIMS_FILE} does not name "{name}"'
                yield _warning(file, line, message)
    for claim, named in rows.items():
        line = ledger.line_of(f"[{claim}]")
        for name in named:
            if name not in carriers:
                yield _error(ledger, line, f'{claim}: there is no section "{name}"')
            elif claim not in carriers[name][1]:
                message = f'"{name}" does not carry {claim}'
                yield _warning(ledger, line, message)

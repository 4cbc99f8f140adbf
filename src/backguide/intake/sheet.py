"""Put a question sheet together, lay it out and draw it.

In:   the plan of a sheet, the content for its words, paper and print.
Out:  the bytes of a PDF: a tagged form to fill in on screen or with a pen.
Pure: no files, no clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from backguide.clinic import Clinic
from backguide.document import (
    AnswerBox,
    AnswerLine,
    Block,
    Furniture,
    Handout,
    HandoutSection,
    Paragraph,
    QuestionBoxes,
    QuestionLines,
    QuestionRow,
    QuestionRows,
    Span,
    Verdict,
)
from backguide.guidance.library import Library
from backguide.guidance.triage import Level, assess
from backguide.guidance.wording import Wording
from backguide.intake.fields import NOTE, Field, Plan, Question, gate_of, note_of
from backguide.interview.answering import choices_of, example_of
from backguide.interview.questions import SAFETY, line_of
from backguide.layout.pdf import lay_out, render_pdf
from backguide.layout.theme import Ink, make_theme
from backguide.profile.facts import defaults_of, facts_of, known_facts
from backguide.verification.verify import verify

AMOUNT_EMS: Final = 7.0
TEXT_EMS: Final = 18.0
DATE_EMS: Final = (3.2, 3.2, 5.0)
"""Widths of boxes to write in, in sizes of the letters."""
_LEAST_RUN: Final = 2
"""So many questions for the same people are skipped together."""


@dataclass(frozen=True, slots=True)
class Print:
    """How a sheet is printed."""

    issued_on: date
    program_version: str
    paper: str = ""
    """A4 or Letter; empty for what is usual in the country."""
    large_print: str = "off"
    ink: Ink = "mono"
    clinic: Clinic | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A finished sheet."""

    pdf: bytes
    handout: Handout
    pages: int
    file_name: str


def make_sheet(plan: Plan, library: Library, options: Print) -> Sheet:
    """Return the finished sheet.

    Raises:
        LayoutError: It cannot be put on pages.
        VerificationError: The finished pages do not say what they should.
    """
    handout = compose_sheet(plan, library, options)
    paper = options.paper or str(
        defaults_of(plan.settings.locale).get("paper_size", "")
    )
    theme = make_theme(
        paper=paper or "A4", large_print=options.large_print, ink=options.ink
    )
    laid = lay_out(handout, theme)
    pdf = render_pdf(
        laid,
        pdf_title=library.words["intake.file_title"],
        form_note=(NOTE, note_of(plan, options.program_version)),
    )
    verify(pdf, laid.handout, len(laid.pages))
    return Sheet(pdf, laid.handout, len(laid.pages), f"questions-{plan.code}.pdf")


def compose_sheet(plan: Plan, library: Library, options: Print) -> Handout:
    """Return the sheet as a document."""
    return _Composer(plan, library, options).handout()


class _Composer:
    """Says the questions of a plan in the words of the content."""

    def __init__(self, plan: Plan, library: Library, options: Print) -> None:
        self._plan = plan
        self._library = library
        self._options = options
        self._facts = known_facts()
        self._clinic = dict(options.clinic.facts) if options.clinic else {}
        locale = plan.settings.locale or "en-other"
        self._wording = Wording(library, {"locale": locale, **self._clinic})

    def _word(self, key: str, **values: str) -> str:
        text = self._library.words[f"intake.{key}"]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def handout(self) -> Handout:
        words = self._library.words
        return Handout(
            title=self._word("title"),
            language=self._plan.settings.locale or "en",
            issued_on=self._options.issued_on,
            furniture=self._furniture(),
            sections=tuple(self._sections()),
            level="ROUTINE",
            words=tuple(sorted(words.items())),
            opening=(self._word("opening"),),
        )

    def _furniture(self) -> Furniture:
        return Furniture(
            guide_id=self._word("id"),
            code=self._plan.code,
            issued_on=self._word("version", version=self._options.program_version),
            clinic_line=self._wording.clinic_line() if self._clinic else "",
            clinic_phone=self._wording.clinic_phone() if self._clinic else "",
            state_line=self._word("foot"),
            is_draft=False,
            page_words=self._library.words["page.number"],
        )

    # --- parts --------------------------------------------------------------

    def _sections(self) -> Iterator[HandoutSection]:
        own = [q for q in self._plan.questions if q.topic is None]
        mode = self._plan.settings.mode
        number = self._wording.placeholder("emergency_number")
        stop = Verdict(
            "red",
            self._word("stop"),
            self._word(f"stop_{mode}", emergency_number=number),
        )
        yield self._section("start", "", [*map(self._question, own)])
        yield self._section("stop", self._word("stop"), [stop])
        part: str = ""
        title: str = ""
        blocks: list[Block] = []
        for question, skip in self._with_skips():
            assert question.topic is not None  # noqa: S101  the others came first
            key = f"intake.part.{question.topic.id}"
            if key in self._library.words and question.topic.id != part:
                if blocks:
                    yield self._section(part, title, blocks)
                part, title = question.topic.id, self._library.words[key]
                blocks = []
            blocks.append(self._question(question, skip))
        blocks.append(Paragraph((Span(self._word(f"end_{mode}")),)))
        yield self._section(part, title, blocks)

    def _section(self, name: str, title: str, blocks: list[Block]) -> HandoutSection:
        return HandoutSection(
            id=name,
            group="",
            title=title,
            blocks=tuple(blocks),
            reason="",
            priority=1,
            is_on_page_one=True,
        )

    def _with_skips(self) -> Iterator[tuple[Question, str]]:
        """Yield the questions, each with whom it is for and where else to go on.

        Questions for the same people that follow each other are skipped together.
        """
        asked = [q for q in self._plan.questions if q.topic is not None]
        place = 0
        while place < len(asked):
            gate = self._gate(asked[place])
            end = place + 1
            while gate and end < len(asked) and self._gate(asked[end]) == gate:
                end += 1
            skip = self._word("only_if", gate=gate) if gate else ""
            if gate and end - place >= _LEAST_RUN:
                skip = self._word(
                    "only_if_run",
                    first=str(asked[place].number),
                    last=str(asked[end - 1].number),
                    gate=gate,
                    end=self._word("go_on", number=str(asked[end].number))
                    if end < len(asked)
                    else self._word("go_to_end"),
                )  # fmt: skip
            yield asked[place], skip
            for question in asked[place + 1 : end]:
                yield question, ""
            place = end

    def _gate(self, question: Question) -> str:
        """Return whom a question is for, in words; empty for everybody."""
        parts = []
        for other, values, is_one in gate_of(question):
            key = f"intake.gate.{other}"
            if key in self._library.words:
                parts.append(self._library.words[key])
                continue
            question = self._plan.question_of[other]
            number, title = str(question.number), self._facts[other].title
            if question.kind == "rows":
                title = f"{title[:1].lower()}{title[1:]}"
                parts.append(self._word("ticked_line", line=title, number=number))
                continue
            labels = choices_of(self._facts[other])
            either = f" {self._library.words['or']} "
            answers = either.join(f'"{labels[value]}"' for value in values)
            key = "ticked" if is_one else "not_ticked"
            parts.append(self._word(key, answers=answers, number=number))
        return f" {self._library.words['and']} ".join(parts)

    # --- questions ----------------------------------------------------------

    def _question(self, question: Question, note: str = "") -> Block:
        """Return a question; ``note`` says whom it is for."""
        number = str(question.number)
        match question.kind:
            case "rows":
                return self._rows(question, number, note)
            case "choice":
                (item,) = question.fields
                words = self._choice_words(question.paths[0])
                boxes = tuple(
                    AnswerBox(item.name, value, words[answer], is_choice=True)
                    for value, answer in item.values
                )
                return QuestionBoxes(number, question.words, note, boxes)
            case "set":
                words = self._choice_words(question.paths[0])
                boxes = tuple(
                    AnswerBox(item.name, value, words[answer], is_choice=False)
                    for item in question.fields
                    for value, answer in item.values
                )
                if question.none is not None:
                    boxes = (*boxes, self._none(question.none, "none"))
                return QuestionBoxes(number, question.words, note, boxes)
        return QuestionLines(number, question.words, note, self._lines(question))

    def _choice_words(self, path: str) -> dict[object, str]:
        fact = self._facts[path]
        if fact.kind == "number":
            assert fact.minimum is not None  # noqa: S101  points have limits
            assert fact.maximum is not None  # noqa: S101
            numbers = range(int(fact.minimum), int(fact.maximum) + 1)
            return {number: str(number) for number in numbers}
        words = dict(choices_of(fact))
        if fact.kind in ("yes_no", "bool"):
            said = {"yes": "yes", True: "yes", "no": "no", False: "no"}
            words = {value: self._word(said.get(value, "not_sure")) for value in words}
        return words

    def _none(self, item: Field, key: str) -> AnswerBox:
        value = item.values[0][0]
        return AnswerBox(item.name, value, self._word(key), is_choice=False)

    def _rows(self, question: Question, number: str, note: str) -> QuestionRows:
        names = ["yes", "no", "unsure"]
        columns = {name: self._word(name if name != "unsure" else "not_sure")
                   for name in names}  # fmt: skip
        used = [
            name
            for name in names
            if any(name in dict(item.values) for item in question.fields)
        ]
        rows = []
        for path, item in zip(question.paths, question.fields, strict=True):
            held = dict(item.values)
            boxes = tuple(
                AnswerBox(item.name, name, columns[name], is_choice=True)
                if name in held
                else None
                for name in used
            )
            fact = self._facts[path]
            rows.append(QuestionRow(line_of(fact), boxes, self._is_stop(path)))
        assert question.none is not None  # noqa: S101  each list has one
        return QuestionRows(
            number,
            question.words,
            note,
            tuple(columns[name] for name in used),
            tuple(rows),
            self._none(question.none, "no_to_all"),
            self._word("stop_sign"),
        )

    def _is_stop(self, path: str) -> bool:
        """Tell whether a yes to a line is an emergency, whatever else is answered."""
        group, _, name = path.partition(".")
        if f"{group}." != SAFETY:
            return False
        alone = {"mode": self._plan.settings.mode, group: {name: "yes"}}
        triage = assess(facts_of(alone, self._options.issued_on), self._library.flags)
        return triage.level is Level.EMERGENCY

    def _lines(self, question: Question) -> tuple[AnswerLine, ...]:
        if question.kind == "date":
            return tuple(
                AnswerLine(item.name, self._word(item.name.rpartition(".")[2]), ems)
                for item, ems in zip(question.fields, DATE_EMS, strict=True)
            )
        (item,) = question.fields
        if question.kind == "text":
            return (AnswerLine(item.name, "", TEXT_EMS),)
        fact = self._facts[item.path]
        return (AnswerLine(item.name, example_of(fact) or fact.unit, AMOUNT_EMS),)

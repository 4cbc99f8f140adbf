"""From a filled question sheet to a profile, with everything that is not clear.

In:   the bytes of a PDF, the content, and today's date.
Out:  the bytes of a profile, or a ProfileError that names page and question.
Pure: no files, no clock.

An untouched answer, one taken back, one that the file tells in two ways, and one that
was lost are told apart, and none is ever a "no". Only a box that says no, or the box
for all lines of a list, is one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from backguide.about import __version__
from backguide.errors import Problem, ProfileError
from backguide.guidance.library import Library
from backguide.guidance.triage import Level, assess
from backguide.intake.fields import (
    DATE_PARTS,
    DAY,
    FORMAT,
    NOTE,
    Field,
    Plan,
    Question,
    Settings,
    plan_of,
)
from backguide.intake.form import OFF, RawField, RawForm, read_form, refused
from backguide.interview.answering import NotUnderstoodError, is_clear, read_one
from backguide.interview.engine import Interview
from backguide.interview.questions import SAFETY, line_of
from backguide.profile.facts import facts_of, known_facts
from backguide.profile.load import profile_from_bytes
from backguide.profile.units import Habits

NEW_SHEET: Final = "make a new one: backguide intake-sheet -o sheet.pdf"
AGAIN: Final = "answer it once more on the sheet, and save it"


def profile_of_sheet(
    content: bytes, source: str, library: Library, today: date
) -> bytes:
    """Return the profile of a filled sheet.

    Args:
        content: The bytes of a PDF.
        source: Its name for messages.
        library: The content; its warning signs tell whether a sheet may end early.
        today: The day of the answers where a call for help is all there is.

    Raises:
        ProfileError: It is no sheet, or its answers are not clear; all at once.
    """
    form = read_form(content, source)
    plan = _plan_of(form, source)
    interview = Interview(library, mode=plan.settings.mode, day=today)
    filled = _Filled(plan, form, interview)
    filled.read()
    if not filled.answers and not filled.problems:
        words = "nothing is filled in"
        hint = "fill it in on screen and save it; ticks of a pen cannot be read"
        raise refused(source, "E_EMPTY", words, hint)
    return _profile(filled, source, library)


# --- which sheet it is --------------------------------------------------------------


def _plan_of(form: RawForm, source: str) -> Plan:
    """Return the plan of the sheet that this form says it is.

    Raises:
        ProfileError: It is none, of other questions, or not whole.
    """
    if form.is_signed:
        words = (
            "it was changed after it was signed"
            if form.is_changed_after_signing
            else "it is signed, and a signature cannot be checked here"
        )
        raise refused(source, "E_SIGNED", words, "save the sheet without a signature")
    notes = [item for item in form.fields if item.name == NOTE]
    if not notes:
        raise refused(
            source,
            "E_NO_SHEET",
            "this form is no question sheet of backguide, or what says so was lost",
            NEW_SHEET,
        )
    told = _told(notes, source)
    settings = Settings(told["mode"], told["full"], told["locale"], told["units"])
    plan = plan_of(settings)
    if told["code"] != plan.code:
        raise refused(
            source,
            "E_OTHER_SHEET",
            f"its questions are not those of this version ({__version__}); it was made "
            f"by version {told['program']}",
            f"{NEW_SHEET}; or read it with the version that made it",
        )
    _check_names(form, plan, source)
    return plan


def _told(notes: list[RawField], source: str) -> Mapping[str, Any]:
    """Return what the note in the form says, checked."""
    known = {
        "mode": ("self", "clinic"),
        "full": (False, True),
        "units": ("", "km", "mi"),
    }
    try:
        (note,) = notes
        told = json.loads(note.value or "")
        if not isinstance(told, dict) or told["sheet"] != FORMAT:
            raise ValueError
        program = str(told["program"])[:20]
        is_known = all(told[key] in values for key, values in known.items())
        locales = ("", *known_facts()["locale"].choices)
        if not is_known or told["locale"] not in locales:
            raise ValueError
        if not all(c.isalnum() or c in ".+-" for c in program):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        words = "what says which sheet this is was changed"
        raise refused(source, "E_OTHER_SHEET", words, NEW_SHEET) from None
    return {**told, "program": program}


def _check_names(form: RawForm, plan: Plan, source: str) -> None:
    """See that exactly the fields of the sheet are there, each once."""
    wanted = {item.name: item for q in plan.questions for item in q.all_fields()}
    found = form.by_name()
    missing = [name for name in wanted if name not in found]
    doubled = [name for name in wanted if len(found.get(name, ())) > 1]
    strange = sum(name not in wanted and name != NOTE for name in found)
    wrong = [
        name
        for name, item in wanted.items()
        for raw in found.get(name, ())
        if raw.is_text != item.is_text or len(raw.states) != max(1, len(item.values))
    ]
    faults = []
    for words, names in (
        ("lost", missing),
        ("there twice", doubled),
        ("of another kind", wrong),
    ):
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            faults.append(f"{words}: {', '.join(names[:3])}{more}")
    if strange:
        faults.append(f"{strange} that are not ours")
    if faults:
        raise refused(
            source,
            "E_FIELDS",
            f"its fields were changed by another program ({'; '.join(faults)})",
            "fill in the sheet as it was made, and save it",
        )


# --- what it says -------------------------------------------------------------------


@dataclass(slots=True)
class _Filled:
    """The answers of one sheet, as far as they are clear."""

    plan: Plan
    form: RawForm
    interview: Interview
    answers: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    denied: dict[str, Any] = field(default_factory=dict)
    """What is ticked at a line beside no to all of its list."""
    _raw: dict[str, RawField] = field(default_factory=dict)

    def read(self) -> None:
        """Read every question."""
        self._raw = {item.name: item for item in self.form.fields}
        texts: list[Question] = []
        for question in self.plan.questions:
            match question.kind:
                case "rows":
                    self._rows(question)
                case "choice":
                    self._keep(question.paths[0], self._choice(question.fields[0]))
                case "set":
                    self._set(question)
                case _:
                    texts.append(question)
        # What a bare number is meant in hangs on other answers.
        for question in texts:
            self._text(question)

    def place(self, path: str) -> str:
        """Return where a question stands, and its words."""
        question = self.plan.question_of[path]
        names = [item.name for item in question.fields if item.path == path]
        raw = self._raw.get(names[0]) if names else None
        page = f"Page {raw.page}, question" if raw and raw.page else "Question"
        fact = known_facts()[path]
        words = line_of(fact) if question.kind == "rows" else fact.question
        return f'{page} {question.number}, "{words}"'

    def tell(self, path: str, code: str, message: str, hint: str = AGAIN) -> None:
        """Note that an answer is not clear."""
        self.problems.append(Problem(path, message, hint, code, self.place(path)))

    def _keep(self, path: str, answer: Any) -> None:
        if answer is not None:
            self.answers[path] = answer

    def _choice(self, item: Field) -> Any:
        """Return the answer of boxes; None where there is none, or no clear one."""
        raw = self._raw[item.name]
        values = dict(item.values)
        value = None if raw.value is None else raw.value.removeprefix("/")
        ticked = [state for state in raw.states if state != OFF]
        if value in (None, OFF) and raw.is_readable and not ticked:
            return None
        path = item.path or self.plan.question_of_none(item).paths[0]
        if not raw.is_readable or value not in values:
            if value in (None, OFF) and raw.is_readable:
                words = "a box is ticked, but the file holds no answer"
                self.tell(path, "E_AMBIGUOUS", words)
            else:
                self.tell(path, "E_CHANGED", "the file holds no answer of this sheet")
            return None
        if ticked != [value]:
            words = (
                "more than one box is ticked"
                if len(ticked) > 1
                else "the file holds an answer, but its box is not ticked"
            )
            self.tell(path, "E_AMBIGUOUS", words)
            return None
        return values[value]

    def _rows(self, question: Question) -> None:
        assert question.none is not None  # noqa: S101  each list has one
        is_none = self._choice(question.none) is True
        for item in question.fields:
            answer = self._choice(item)
            no = dict(item.values)["no"]
            if not is_none:
                self._keep(item.path, answer)
            elif (answer is None and not self._is_unclear(item.path)) or answer == no:
                self.answers[item.path] = no
            elif answer is not None:
                words = "something else is ticked here, and no to all below"
                self.denied[item.path] = answer
                self.tell(item.path, "E_CONTRADICTION", words)

    def _is_unclear(self, path: str) -> bool:
        return any(problem.where == path for problem in self.problems)

    def _set(self, question: Question) -> None:
        path = question.paths[0]
        found = []
        for item in question.fields:
            answer = self._choice(item)
            if answer is not None:
                found.append(answer)
        is_none = question.none is not None and self._choice(question.none) is True
        if self._is_unclear(path):
            return
        if not is_clear(known_facts()[path], found) or (is_none and found):
            words = "none of these is ticked, and something else too"
            self.tell(path, "E_CONTRADICTION", words)
        elif found or is_none:
            self.answers[path] = found

    def _typed(self, item: Field) -> str:
        """Return what was typed into a field, if that is clear."""
        raw = self._raw[item.name]
        text = " ".join((raw.value or "").split())
        if not raw.is_readable:
            self.tell(item.path, "E_CHANGED", "the file holds no text here")
            return ""
        if raw.most_letters and len(raw.value or "") >= raw.most_letters:
            self.tell(item.path, "E_CUT", "the answer may have been cut off")
            return ""
        if not text and raw.shows_text:
            words = "the page shows an answer that the file does not hold"
            self.tell(item.path, "E_AMBIGUOUS", words)
        if text and raw.shows_text is False and not self.form.needs_pictures:
            words = "the file holds an answer that the page does not show"
            self.tell(item.path, "E_AMBIGUOUS", words)
            return ""
        return text

    def _text(self, question: Question) -> None:
        path = question.paths[0]
        if question.kind == "date":
            self._date(question)
            return
        text = self._typed(question.fields[0])
        if not text:
            return
        if question.kind == "text":
            self.answers[path] = text
            return
        locale = self.plan.settings.locale or self.answers.get("locale")
        units = self.plan.settings.units or self.answers.get("units_distance")
        habits = self.interview.habits({"locale": locale, "units_distance": units})
        try:
            self.answers[path] = read_one(path, text, Habits(**habits)).value
        except NotUnderstoodError as error:
            self.tell(path, "E_NOT_UNDERSTOOD", _lowered(str(error)), "")

    def _date(self, question: Question) -> None:
        path = question.paths[0]
        parts = [self._typed(item) for item in question.fields]
        if not any(parts) or self._is_unclear(path):
            return
        shape = dict(zip(DATE_PARTS, parts, strict=True))
        try:
            if len(shape["year"]) != 4 or not all(
                part.isascii() and part.isdecimal() for part in parts
            ):
                raise ValueError
            found = date(int(shape["year"]), int(shape["month"]), int(shape["day"]))
        except ValueError:
            words = "expected a day, a month and a year of four digits, all as numbers"
            self.tell(path, "E_DATE", words)
            return
        self.answers[path] = found.isoformat()


def _lowered(text: str) -> str:
    """Return a sentence as it goes on behind a colon."""
    is_name = text.startswith("I ")
    return (text if is_name else f"{text[:1].lower()}{text[1:]}").removesuffix(".")


# --- the profile --------------------------------------------------------------------


def _profile(filled: _Filled, source: str, library: Library) -> bytes:
    settings, interview = filled.plan.settings, filled.interview
    answers = dict(filled.answers)
    if settings.locale:
        answers["locale"] = settings.locale
    if settings.units:
        answers["units_distance"] = settings.units
    day = answers.pop(DAY, None)
    calls = _calls_for_help({**answers, **filled.denied}, interview, library)
    data = interview.profile(answers)
    data.pop("ended_early", None)
    data["created_date"] = day
    if "locale" not in answers:
        data["locale"] = None
    problems = _schema_problems(data, source)
    if calls and not filled.problems and problems:
        # Who stops at a sign has not gone on to the other questions.
        early = {**data, "ended_early": True}
        early["created_date"] = day or interview.day.isoformat()
        early["locale"] = data["locale"] or "en-other"
        if not _schema_problems(early, source):
            return _as_bytes(early)
    unclear = {problem.where for problem in filled.problems}
    told = [
        replace(problem, label=filled.place(path))
        if (path := problem.where.partition("[")[0]) in filled.plan.question_of
        else problem
        for problem in problems
        if problem.where not in unclear
    ]
    if not filled.problems and not told:
        return _as_bytes(data)
    first = [
        Problem(
            path,
            "this answer calls for help now, whatever else is wrong with the sheet",
            "do not wait until the sheet is in order",
            "E_CALLS_FOR_HELP",
            filled.place(path),
        )
        for path in calls
    ]
    raise ProfileError(source, (*first, *filled.problems, *told))


def _calls_for_help(
    answers: Mapping[str, Any], interview: Interview, library: Library
) -> tuple[str, ...]:
    """Return the warning signs that are urgent, whatever is still open."""
    facts = facts_of(interview.profile(answers), interview.day)
    facts.pop("ended_early", None)
    if assess(facts, library.flags).level < Level.URGENT:
        return ()
    signs = [p for p, v in answers.items() if p.startswith(SAFETY) and v == "yes"]
    return tuple(signs)


def _schema_problems(data: Mapping[str, Any], source: str) -> tuple[Problem, ...]:
    try:
        profile_from_bytes(_as_bytes(data), source)
    except ProfileError as error:
        return error.problems
    return ()


def _as_bytes(data: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(data, indent=2, ensure_ascii=False)}\n".encode()

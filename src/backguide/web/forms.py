"""One page of questions: what stands on it, and what a browser sends back.

In:   the fields of a page, the answers so far, the form that was sent.
Out:  the questions to show; or the answers, and what is wrong field by field.
Nothing is a "no" that nobody marked: a line without a mark is a mistake, unless "none
of these" was marked. Words of questions and answers come from the schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal, Protocol

from backguide.interview import answering
from backguide.interview.answering import NotUnderstoodError, Understood
from backguide.interview.course import Course
from backguide.interview.questions import Topic, about_of, line_of, topic_of
from backguide.profile.facts import Fact, known_facts
from backguide.profile.units import Habits

Kind = Literal["line", "one", "many", "amount", "date", "text", "activities"]

NONE: Final = "none"
OTHERS: Final = "others"
"""What "none of these" and "no to the other lines" send as ``none``."""
OPEN: Final = "leave-open"
"""The key of "leave this open"; no answer of the schema has it."""


class Sent(Protocol):
    """A form that was sent; a name may stand there more than once."""

    def getlist(self, key: str) -> list[str]:
        """Return all values of a name."""
        ...


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be marked."""

    key: str
    words: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One field as it stands on a page."""

    id: str
    """Of the field in HTML, and its name in the form."""
    path: str
    kind: Kind
    words: str
    about: str
    """What is meant, in a sentence or two."""
    hint: str
    """What can be typed."""
    options: tuple[Option, ...]
    typed: tuple[str, ...]
    """What stands in its boxes."""
    may_skip: bool
    has_none: bool
    is_none_marked: bool
    unit: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of questions."""

    topic: Topic
    fields: tuple[str, ...]
    questions: tuple[Question, ...]
    is_none_marked: bool
    """Of a list."""
    is_begun: bool
    """Some lines of the list are marked, so "none of these" means the others."""
    problem_of_none: str = ""

    @property
    def mark(self) -> str:
        """Return what a form sends to say which questions it answers."""
        return mark_of(self.fields)

    @property
    def problems(self) -> tuple[tuple[str, str, str], ...]:
        """Return what is wrong: the id to go to, the field's words, the message."""
        found = [
            (_first_box(q), known_facts()[q.path].title, q.problem)
            for q in self.questions
            if q.problem
        ]
        if self.problem_of_none:
            found.append(("none", "", self.problem_of_none))
        return tuple(found)


def mark_of(fields: tuple[str, ...]) -> str:
    """Return a short mark of some fields; it tells nobody which they are."""
    return sha256(",".join(fields).encode()).hexdigest()[:12]


def _first_box(question: Question) -> str:
    is_typed = question.kind in ("amount", "date", "text")
    return question.id if is_typed else f"{question.id}-0"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a form says."""

    answers: Mapping[str, Any]
    understood: Mapping[str, str]
    """Amounts and days in words, to be read back."""
    problems: Mapping[str, str]
    """By field; ``none`` for "none of these"."""


def kind_of(fact: Fact, *, is_list: bool) -> Kind:
    """Return how a field is asked."""
    if is_list:
        return "line"
    kinds: dict[str, Kind] = {
        "set": "many", "number": "amount", "date": "date", "text": "text",
        "list": "activities",
    }  # fmt: skip
    return kinds.get(fact.kind, "one")


def page_of(
    course: Course,
    fields: tuple[str, ...],
    shown: Mapping[str, str],
    sent: Sent | None = None,
    problems: Mapping[str, str] | None = None,
) -> Page:
    """Return a page: with what was sent, or with the answers so far.

    Args:
        course: The answers.
        fields: Those of the page, all of one topic.
        shown: How amounts were understood, by field.
        sent: A form that has to be mended.
        problems: What is wrong in it, by field.
    """
    topic = topic_of()[fields[0]]
    problems = problems or {}
    questions = tuple(
        _question(course, path, f"f{n}", shown, sent, problems.get(path, ""))
        for n, path in enumerate(fields)
    )
    is_begun = topic.is_list and any(
        option.is_marked for q in questions for option in q.options
    )
    return Page(
        topic=topic,
        fields=fields,
        questions=questions,
        is_none_marked=sent is not None and bool(sent.getlist(NONE)) and not is_begun,
        is_begun=is_begun,
        problem_of_none=problems.get(NONE, ""),
    )


def _question(
    course: Course,
    path: str,
    id_: str,
    shown: Mapping[str, str],
    sent: Sent | None,
    problem: str,
) -> Question:
    fact = known_facts()[path]
    kind = kind_of(fact, is_list=topic_of()[path].is_list)
    answers, interview = course.answers, course.interview
    marked = _marked(course, path, kind) if sent is None else sent.getlist(id_)
    options: dict[str, str] = {}
    if kind == "line":
        options = {key: key for key in answering.line_keys(fact)}
    elif kind in ("one", "many"):
        words = answering.choices_of(fact)
        options = {k: words[value] for k, value in answering.keys_of(fact).items()}
    may_skip = kind != "line" and interview.may_skip(path, answers)
    default = interview.default_of(path, answers)
    if kind == "one" and not marked and sent is None and default is not None:
        marked = [default]
    if kind == "one" and may_skip and default is None:
        options[OPEN] = OPEN
    is_none = f"{id_}-none"
    return Question(
        id=id_,
        path=path,
        kind=kind,
        words=line_of(fact) if kind == "line" else fact.question,
        about=about_of(fact),
        hint="" if options else answering.how_to_answer(fact),
        options=tuple(Option(k, w, k in marked) for k, w in options.items()),
        typed=_typed(answers, path, kind, id_, shown, sent),
        may_skip=may_skip and default is None,
        has_none=kind == "many" and answering.takes_none(fact),
        is_none_marked=(
            bool(sent.getlist(is_none)) if sent is not None else answers.get(path) == []
        ),
        unit=fact.unit,
        problem=problem,
    )


def _marked(course: Course, path: str, kind: Kind) -> list[str]:
    """Return the keys of the answer that was given before."""
    if path not in course.answers:
        return []
    value, fact = course.answers[path], known_facts()[path]
    if kind == "line":
        return [k for k, v in answering.line_keys(fact).items() if v == value]
    if value is None:
        return [OPEN] if kind == "one" else []
    if kind not in ("one", "many"):
        return []
    values = value if isinstance(value, list) else [value]
    return [k for k, v in answering.keys_of(fact).items() if v in values]


def _typed(
    answers: Mapping[str, Any],
    path: str,
    kind: Kind,
    id_: str,
    shown: Mapping[str, str],
    sent: Sent | None,
) -> tuple[str, ...]:
    """Return what stands in the boxes of a field."""
    boxes = boxes_of(id_, kind)
    if sent is not None:
        return tuple(next(iter(sent.getlist(name)), "") for name in boxes)
    value = answers.get(path)
    if value is None:
        return ("",) * len(boxes)
    if kind == "activities":
        flat = [part for a in value for part in (a["activity"], str(a["score_0_10"]))]
        return (*flat, *[""] * (len(boxes) - len(flat)))
    if kind == "amount":
        return (shown.get(path) or f"{value:g}",)
    return (str(value),) if boxes else ()


def boxes_of(id_: str, kind: Kind) -> tuple[str, ...]:
    """Return the names of the boxes to type in."""
    if kind == "activities":
        return tuple(f"{id_}-{n}" for n in range(2 * answering.MOST_ACTIVITIES))
    return (id_,) if kind in ("amount", "date", "text") else ()


# --- what was sent ------------------------------------------------------------------


def read_form(
    course: Course, fields: tuple[str, ...], sent: Sent, words: Mapping[str, str]
) -> Reading:
    """Return what a form says.

    Args:
        course: The answers before.
        fields: Those of the page.
        sent: The form.
        words: The fixed words of the language.
    """
    if topic_of()[fields[0]].is_list:
        return _read_list(course, fields, sent, words)
    answers: dict[str, Any] = {}
    understood: dict[str, str] = {}
    problems: dict[str, str] = {}
    for number, path in enumerate(fields):
        try:
            found = _read_one(course, path, f"f{number}", sent, words)
        except NotUnderstoodError as error:
            problems[path] = str(error)
            continue
        answers[path] = found.value
        if found.value is not None and known_facts()[path].kind in ("number", "date"):
            understood[path] = found.words
    return Reading(answers, understood, problems)


def _read_list(
    course: Course, fields: tuple[str, ...], sent: Sent, words: Mapping[str, str]
) -> Reading:
    facts, named = known_facts(), dict[str, Any]()
    for number, path in enumerate(fields):
        keys = answering.line_keys(facts[path])
        given = [key for key in sent.getlist(f"f{number}") if key in keys]
        if len(given) == 1:
            named[path] = keys[given[0]]
    others = [path for path in fields if path not in named]
    none = next(iter(sent.getlist(NONE)), "")
    said = [p for p, value in named.items() if value != answering.no(facts[p])]
    if none == NONE and said:
        return Reading({}, {}, {NONE: words["web.problem_none"]})
    if none in (NONE, OTHERS):
        refused = {path: answering.no(facts[path]) for path in others}
        return Reading({**named, **refused}, {}, {})
    if others and not (said and course.is_held_with(named)):
        return Reading({}, {}, dict.fromkeys(others, words["web.problem_line"]))
    return Reading(named, {}, {})


def _read_one(
    course: Course, path: str, id_: str, sent: Sent, words: Mapping[str, str]
) -> Understood:
    fact = known_facts()[path]
    kind = kind_of(fact, is_list=False)
    interview, answers = course.interview, course.answers
    open_ = Understood(None, "")
    if kind in ("one", "many"):
        keys = sent.getlist(id_)
        is_none = bool(sent.getlist(f"{id_}-none"))
        if kind == "one" and keys == [OPEN] and interview.may_skip(path, answers):
            return open_
        if not keys and not is_none and kind == "one":
            raise NotUnderstoodError(words["web.problem_choose"])
        if not keys and not is_none and interview.may_skip(path, answers):
            return open_
        return answering.read_keys(path, keys, is_none=is_none)
    texts = [next(iter(sent.getlist(b)), "").strip() for b in boxes_of(id_, kind)]
    if not any(texts):
        if interview.may_skip(path, answers):
            return open_
        raise NotUnderstoodError(words["web.problem_type"])
    if kind == "activities":
        return answering.read_activities(
            list(zip(texts[::2], texts[1::2], strict=True))
        )
    return answering.read_one(path, texts[0], Habits(**interview.habits(answers)))

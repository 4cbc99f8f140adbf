"""Read one QuestionnaireResponse as a profile, and find all that is wrong with it.

In:   a resource (R4, R4B or R5) that was parsed strictly, and the content.
Out:  the bytes of a profile; or every finding with its place and question.
Pure: no files, no clock.

What was answered, declined, not known and not answered stay apart, and none of the last
three is ever a "no". Libraries and renderers let much pass; what they were seen to let
pass is looked for here (``docs/fhir.md``).
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, Literal

from backguide.errors import Problem, ProfileError
from backguide.fhir.form import (
    NONE_CODE,
    Item,
    Option,
    canonical,
    items_by_id,
    places,
    version,
)
from backguide.fhir.sources import without_empty
from backguide.guidance.library import Library
from backguide.interview.answering import (
    NotUnderstoodError,
    is_clear,
    no,
    read_one,
    unsure,
)
from backguide.interview.engine import Interview
from backguide.interview.questions import SAFETY
from backguide.profile.facts import known_facts, schema
from backguide.profile.load import profile_from_bytes
from backguide.profile.units import Habits

MODES: Final = ("self", "clinic")
ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_NOT_KNOWN: Final = "asked-unknown"
"""The reason that says: was asked, and does not know."""
_DECLINED: Final = "asked-declined"
_MOST_DEPTH: Final = 12
"""Items within items."""
_BY_COUNTRY: Final = ("units_distance",)
"""Fields that the country settles where nobody does."""
_FORM_ONLY: Final = ("group", "display")


@dataclass(frozen=True, slots=True)
class Read:
    """A response that holds a profile."""

    content: bytes
    """The profile, as the bytes of a file."""
    resource_id: str
    """The id of the response, or empty."""
    subject: str
    """The reference to the person (``Patient/4``), or empty."""


Given = Literal["answered", "declined", "unknown", "nothing"]


@dataclass(slots=True)
class _Reading:
    """What was found so far."""

    chosen: dict[str, list[Any]] = field(default_factory=dict)
    """Values of choices and texts by link id."""
    reasons: dict[str, Given] = field(default_factory=dict)
    """Questions that were declined or are not known, by link id."""
    seen: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def tell(
        self, link_id: str, message: str, hint: str, code: str, place: str = ""
    ) -> None:
        """Note a finding at a question."""
        item = items_by_id().get(link_id)
        where = places().get(link_id, place)
        label = item.text if item else ""
        self.problems.append(Problem(where, message, hint, code, label))


def read_response(resource: Mapping[str, Any], source: str, library: Library) -> Read:
    """Return the profile of a response.

    Args:
        resource: A QuestionnaireResponse that a FHIR library found sound.
        source: Name of the file for messages.
        library: The content; it says whether an unfinished form calls for help.

    Raises:
        ProfileError: With every finding at once.
    """
    found = _Reading()
    mode, form_version = _form_of(resource, found)
    day = _day_of(resource, found)
    if resource.get("status") == "entered-in-error":
        found.problems.append(
            Problem(
                "status",
                "the response was withdrawn (entered-in-error)",
                "use the response that takes its place",
                "E_FHIR_WITHDRAWN",
            )
        )
    sound = without_empty(resource)
    _walk(sound.get("item"), found, "item", 0)
    answers = _answers(found)
    interview = Interview(library, mode=mode, day=day or date(2000, 1, 1))
    answers = _without_hidden(interview, answers, found)
    if found.problems:
        raise ProfileError(source, _in_order(found.problems))
    content = _content(interview, answers, resource, form_version)
    try:
        profile_from_bytes(content, source)
    except ProfileError as error:
        content = _ended_early(interview, answers, content, error)
    subject = sound.get("subject", {})
    return Read(content, str(resource.get("id", "")), str(subject.get("reference", "")))


# --- the response as a whole ------------------------------------------------------


def _form_of(resource: Mapping[str, Any], found: _Reading) -> tuple[str, str]:
    """Return the mode and the version of the form that was answered.

    R4 lets the form be left out; it is then that of somebody alone. The link ids and
    the codes tell whether that is right.
    """
    named = str(resource.get("questionnaire") or "")
    address, _, told = named.partition("|")
    versions = schema()["properties"]["schema_version"]["enum"]
    mode = next((m for m in MODES if _names_form(address, m)), "")
    if named and not mode:
        found.problems.append(
            Problem(
                "questionnaire",
                "these are the answers to another questionnaire",
                f"expected the form of backguide, {canonical('self')}",
                "E_FHIR_OTHER_FORM",
            )
        )
    elif told and told not in versions:
        found.problems.append(
            Problem(
                "questionnaire",
                "this version of the form is not known here",
                "use a newer backguide, or let the present form be answered",
                "E_FHIR_FORM_VERSION",
            )
        )
    return mode or "self", told if told in versions else version()


def _names_form(address: str, mode: str) -> bool:
    """Tell whether an address is that of our form, or of a server's copy of it."""
    ours = canonical(mode)
    return address == ours or address == f"Questionnaire/{ours.rpartition('/')[2]}"


def _day_of(resource: Mapping[str, Any], found: _Reading) -> date | None:
    """Return the day of the answers on the clock of whoever gave them."""
    text = str(resource.get("authored") or "")
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d(T.*)?", text, re.ASCII) is None:
            raise ValueError
        return date.fromisoformat(text[:10])
    except ValueError:
        found.problems.append(
            Problem(
                "authored",
                "the day of the answers is not told"
                if not text
                else "expected a whole day",
                "safety answers grow old: authored must hold year, month and day",
                "E_FHIR_DAY",
            )
        )
        return None


def _content(
    interview: Interview,
    answers: Mapping[str, Any],
    resource: Mapping[str, Any],
    form_version: str,
) -> bytes:
    """Return the profile. A form asks all questions, so it does not end early."""
    data = interview.profile(answers)
    data.pop("ended_early", None)
    return _bytes({"profile_id": _id(resource), **data, "schema_version": form_version})


def _ended_early(
    interview: Interview,
    answers: Mapping[str, Any],
    content: bytes,
    error: ProfileError,
) -> bytes:
    """Return the profile of somebody who left the form where an answer called for help.

    Raises:
        ProfileError: No answer did, or more is wrong than that answers are missing.
    """
    is_held = interview.step(answers).stage == "held"
    given = {path: value for path, value in answers.items() if value is not None}
    kept = {k: json.loads(content)[k] for k in ("profile_id", "schema_version")}
    early = _bytes({**interview.profile(given), **kept, "ended_early": True})
    try:
        if is_held:
            profile_from_bytes(early, error.source)
            return early
    except ProfileError as other:
        error = other
    problems = tuple(_placed(problem) for problem in error.problems)
    raise ProfileError(error.source, problems) from None


def _bytes(data: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(data, indent=2, ensure_ascii=False)}\n".encode()


def _id(resource: Mapping[str, Any]) -> str:
    """Return a code that stands for the response in file names.

    The id of a response may be typed by somebody, so it is not shown. Two versions of
    the same response get the same code, and two persons with the same answers do not.
    """
    own = {k: v for k, v in resource.items() if k not in ("meta", "text")}
    key = str(resource["id"]) if resource.get("id") else json.dumps(own, sort_keys=True)
    return f"qr-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _placed(problem: Problem) -> Problem:
    """Return a finding of the profile with the place in the form."""
    path = problem.where.partition("[")[0]
    item = items_by_id().get(path)
    if item is None:
        return problem
    return replace(problem, where=places()[path], label=item.text)


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    order = {place: number for number, place in enumerate(places().values())}
    return tuple(sorted(problems, key=lambda p: order.get(p.where, -1)))


# --- items and answers ------------------------------------------------------------


def _walk(items: Any, found: _Reading, place: str, depth: int) -> None:
    """Note the answers of items, of items below them, and below their answers."""
    if items is None or items == []:
        return
    if depth > _MOST_DEPTH:
        found.problems.append(
            Problem(place, "items are nested too deeply", "", "E_FHIR_DEPTH")
        )
        return
    for number, entry in enumerate(items):
        here = f"{place}[{number}]"
        link_id = entry.get("linkId")
        _note(link_id, entry, found, here)
        _walk(entry.get("item"), found, f"{here}.item", depth + 1)
        for answer in _listed(entry.get("answer")):
            _walk(answer.get("item"), found, f"{here}.answer.item", depth + 1)


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if value else []


def _note(link_id: Any, entry: Mapping[str, Any], found: _Reading, place: str) -> None:
    item = items_by_id().get(link_id) if isinstance(link_id, str) else None
    if item is None:
        if _is_ours_to_show(link_id):
            return
        found.problems.append(
            Problem(
                place,
                "there is no such question in the form",
                "let the form that backguide writes be answered; see "
                "backguide fhir questionnaire",
                "E_FHIR_LINK_ID",
            )
        )
        return
    if link_id in found.seen:
        found.tell(
            item.link_id,
            "the question stands twice in the response",
            "keep the right one; nobody can tell which answer holds",
            "E_FHIR_TWICE",
        )
        return
    found.seen.add(item.link_id)
    _note_answers(item, entry, found)


def _is_ours_to_show(link_id: Any) -> bool:
    """Tell whether an item only shows words: some programs send those back."""
    return isinstance(link_id, str) and (
        link_id == "intro" or link_id.startswith("help.")
    )


def _note_answers(item: Item, entry: Mapping[str, Any], found: _Reading) -> None:
    reason = _reason(entry)
    values = []
    for answer in entry.get("answer") or ():
        reason = reason or _reason(answer)
        value = _value(item, answer, found)
        if value is not None:
            values.append(value)
    if values and reason:
        found.tell(
            item.link_id,
            "an answer, and a reason why there is none",
            "ask again: only one of them can be right",
            "E_FHIR_ABSENT",
        )
    if values and item.kind in _FORM_ONLY:
        found.tell(
            item.link_id,
            "a heading has no answer",
            "ask again with the form that backguide writes",
            "E_FHIR_KIND",
        )
        return
    if len(values) > 1 and not item.repeats:
        found.tell(
            item.link_id,
            f"expected one answer, got {len(values)}",
            "ask again",
            "E_FHIR_SEVERAL",
        )
        return
    if values:
        found.chosen[item.link_id] = values
    elif reason:
        found.reasons[item.link_id] = (
            "unknown"
            if reason == _NOT_KNOWN
            else "declined"
            if reason == _DECLINED
            else "nothing"
        )


def _reason(node: Mapping[str, Any]) -> str:
    """Return why there is no answer, wherever that may stand; empty if it does not."""
    extensions = list(_listed(node.get("extension")))
    for name, value in node.items():
        if name.lstrip("_").startswith("value") and isinstance(value, Mapping):
            extensions += _listed(value.get("extension"))
            for part, inner in value.items():
                if part.startswith("_") and isinstance(inner, Mapping):
                    extensions += _listed(inner.get("extension"))
    for extension in extensions:
        if extension.get("url") == ABSENT:
            return str(extension.get("valueCode") or "unknown")
    return ""


_WANTED: Final[Mapping[str, tuple[str, str]]] = {
    "choice": ("valueCoding", "one of the answers of the question, with its code"),
    "string": ("valueString", "a text"),
    "text": ("valueString", "a text"),
    "date": ("valueDate", "a day as year-month-day"),
}


def _value(item: Item, answer: Mapping[str, Any], found: _Reading) -> Any:
    """Return what was answered; None for nothing, and for what cannot be used."""
    given = [
        name for name, v in answer.items() if name.startswith("value") and v is not None
    ]
    if not given:
        return None
    if item.kind in _FORM_ONLY:
        return given  # told by the caller
    name, words = _WANTED[item.kind]
    if len(given) > 1:
        found.tell(
            item.link_id, "one answer holds two values", "ask again", "E_FHIR_TWO"
        )
        return None
    if given != [name]:
        kind = given[0].removeprefix("value").lower()
        found.tell(
            item.link_id,
            f"expected {words}, got a {kind}",
            "a program may have filled it in for somebody who did not answer: ask again"
            if kind == "boolean"
            else "ask again",
            "E_FHIR_KIND",
        )
        return None
    value = answer[name]
    if item.kind == "choice":
        return _coding(item, value, found)
    text = value.strip() if isinstance(value, str) else ""
    return text or None


def _coding(item: Item, value: Mapping[str, Any], found: _Reading) -> Option | None:
    if not {"system", "code", "display"} & value.keys():
        return None
    for option in item.options:
        if (value.get("system"), value.get("code")) == (option.system, option.code):
            told = value.get("display")
            others = {o.display for o in item.options} - {option.display}
            if told in others:
                found.tell(
                    item.link_id,
                    "the code says one answer and its words say another",
                    "ask again",
                    "E_FHIR_CODE",
                )
                return None
            return option
    is_near = any(value.get("code") == o.code for o in item.options)
    found.tell(
        item.link_id,
        "the code stands without its code system, or with another one"
        if is_near
        else "that is none of the answers of the question",
        "ask again with the form that backguide writes",
        "E_FHIR_CODE",
    )
    return None


# --- answers of the interview -----------------------------------------------------


def _answers(found: _Reading) -> dict[str, Any]:
    """Return the answers by field; None for those that were declined.

    An item without an answer says nothing: some programs send each that they showed.
    """
    answers: dict[str, Any] = {}
    items = items_by_id()
    for link_id, values in found.chosen.items():
        item = items[link_id]
        if item.path and item.kind == "choice":
            answers[item.path] = _choice(item, values, found)
    unit: Literal["km", "mi", ""] = answers.get("units_distance") or ""
    for link_id, values in found.chosen.items():
        item = items[link_id]
        if item.path and item.kind != "choice":
            answers[item.path] = _typed(item, values[0], Habits(distance=unit), found)
    for link_id, given in found.reasons.items():
        path = items[link_id].path
        if path in _BY_COUNTRY:
            continue  # what is usual there holds, as for who was not asked
        if path and link_id not in found.chosen:
            answers[path] = _unanswered(path, given)
    for item in items.values():
        if item.denies and item.link_id in found.chosen:
            _deny(item, answers, found)
    return answers


def _choice(item: Item, values: list[Option], found: _Reading) -> Any:
    if not item.repeats:
        return values[0].value
    chosen = list(dict.fromkeys(option.value for option in values))
    fact = known_facts()[item.path]
    if not is_clear(fact, chosen) or (NONE_CODE in chosen and len(chosen) > 1):
        found.tell(
            item.link_id,
            "one answer says that there is nothing, and others say what there is",
            "ask again",
            "E_FHIR_NONE",
        )
    return [choice for choice in fact.choices if choice in chosen]


def _typed(item: Item, text: str, habits: Habits, found: _Reading) -> Any:
    try:
        return read_one(item.path, text, habits).value
    except NotUnderstoodError as error:
        found.tell(item.link_id, str(error), "ask again", "E_FHIR_AMOUNT")
        return None


def _unanswered(path: str, given: Given) -> Any:
    """Return what stands for a reason in place of an answer; never a "no"."""
    fact = known_facts()[path]
    if given == "unknown" and fact.kind == "yes_no":
        return unsure(fact)
    if given == "declined" and "prefer_not" in fact.choices:
        return "prefer_not"
    return None


def _deny(item: Item, answers: dict[str, Any], found: _Reading) -> None:
    """Answer the lines of a list with no, if that contradicts none of them."""
    facts = known_facts()
    for path in item.denies:
        plain_no = no(facts[path])
        if answers.get(path) is None and path not in found.reasons:
            answers[path] = plain_no
        elif answers.get(path) != plain_no:
            found.tell(
                path,
                f'this line has another answer, and "{item.options[0].display}" is '
                "ticked below the list",
                "ask again: only one of them can be right",
                "E_FHIR_NONE",
            )


def _without_hidden(
    interview: Interview, answers: dict[str, Any], found: _Reading
) -> dict[str, Any]:
    """Return the answers without those to questions that were off.

    A warning sign is never dropped in silence.
    """
    kept = interview.kept(answers)
    for path in _safety(answers):
        if path not in kept and answers[path] in ("yes", "unknown"):
            found.tell(
                path,
                "a warning sign is answered with yes or not sure, and the answers "
                "before say that the question was not asked",
                "ask again",
                "E_FHIR_HIDDEN",
            )
    return kept


def _safety(answers: Mapping[str, Any]) -> Iterator[str]:
    return (path for path in answers if path.startswith(SAFETY))

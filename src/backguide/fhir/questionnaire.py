"""Write the interview as a FHIR Questionnaire, R4 or R5.

In:   the content (for the words that tell whom to call), the mode and the release.
Out:  the resource as JSON.
Pure: no files, no clock. The same content gives the same bytes.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, Final, Literal

from backguide.fhir.form import (
    Clause,
    Item,
    Option,
    canonical,
    form,
    options_of,
    version,
)
from backguide.guidance.library import Library
from backguide.guidance.triage import Level
from backguide.interview.engine import Interview
from backguide.interview.questions import topics
from backguide.profile.facts import known_facts

Release = Literal["R4", "R5"]
RELEASES: Final = ("R4", "R5")

TITLE: Final = "Running and my back"
_PURPOSE: Final = (
    "Questions for a printed guide about running with or without back pain. The guide "
    "gives information, never a diagnosis."
)
_LESS_SHOWN: Final = (
    " R5: fewer programs show choices of this release than those of R4; take R4 where "
    "you can."
)
INTRO: Final = (
    "Your answers make a printed guide about running and your back. It gives "
    "information, never a diagnosis. Leave out what you do not know. Nobody may see "
    "your answers today: if you feel that you need help now, do not wait for the guide."
)
_CONTROL: Final = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
_CONTROLS: Final = "http://hl7.org/fhir/questionnaire-item-control"
_ANY_DAY: Final = date(2000, 1, 1)
"""Stands for the day of answers where none is printed."""


def questionnaire(library: Library, release: Release, mode: str) -> bytes:
    """Return the Questionnaire as the bytes of a JSON file.

    Args:
        library: The content; it says what a warning sign is and whom to call.
        release: Of FHIR.
        mode: "self" or "clinic".
    """
    resource = {
        "resourceType": "Questionnaire",
        "url": canonical(mode),
        "version": version(),
        "name": f"Backguide{mode.capitalize()}",
        "title": TITLE,
        "status": "active",
        "subjectType": ["Patient"],
        "description": _PURPOSE + (_LESS_SHOWN if release == "R5" else ""),
        "item": [
            {"linkId": "intro", "type": "display", "text": INTRO},
            *_written(_with_help(library, mode), release),
        ],
    }
    return f"{json.dumps(resource, indent=1, ensure_ascii=False)}\n".encode()


def _written(items: tuple[Item, ...], release: Release) -> list[dict[str, Any]]:
    return [_item(item, release) for item in items]


def _item(item: Item, release: Release) -> dict[str, Any]:
    written: dict[str, Any] = {"linkId": item.link_id}
    if item.kind == "choice":
        code = "check-box" if item.repeats else "radio-button"
        concept = {"coding": [{"system": _CONTROLS, "code": code}]}
        written["extension"] = [{"url": _CONTROL, "valueCodeableConcept": concept}]
    if item.text:
        written["text"] = item.text
    is_coding = item.kind == "choice" and release == "R5"
    written["type"] = "coding" if is_coding else item.kind
    if item.clauses:
        (clause,) = item.clauses
        written["enableWhen"] = [
            {
                "question": link_id,
                "operator": "=",
                "answerCoding": {
                    "system": option.system,
                    "code": option.code,
                    "display": option.display,
                },
            }
            for link_id, option in clause
        ]
        if len(clause) > 1:
            written["enableBehavior"] = "any"
    if item.repeats:
        written["repeats"] = True
    if item.options:
        written["answerOption"] = [
            {
                "valueCoding": {
                    "system": option.system,
                    "code": option.code,
                    "display": option.display,
                }
            }
            for option in item.options
        ]
    if item.items:
        written["item"] = _written(item.items, release)
    return written


# --- whom to call -----------------------------------------------------------------


def _with_help(library: Library, mode: str) -> tuple[Item, ...]:
    """Return the form with words behind the warning signs that tell whom to call.

    A form may be read long after it was filled in, so it says at once what one answer
    alone settles. The words are those of the content, for each country.
    """
    last = max(n for n, t in enumerate(topics()) if t.is_safety and _is_first(n))
    name = f"topic.{topics()[last].id}"
    found: list[Item] = []
    for item in form():
        found.append(item)
        if item.link_id == name:
            found += _help(library, mode)
    return tuple(found)


def _is_first(number: int) -> bool:
    """Tell whether a topic belongs to the safety questions at the beginning."""
    return all(t.is_safety for t in topics()[1 : number + 1])


def _help(library: Library, mode: str) -> Iterator[Item]:
    interview = Interview(library, mode=mode, day=_ANY_DAY)
    lines = [
        path
        for topic in topics()
        if topic.is_safety
        for path in topic.fields
        if known_facts()[path].kind == "yes_no"
    ]
    calm = dict.fromkeys(lines, "no")
    for level in (Level.EMERGENCY, Level.URGENT):
        signs = [p for p in lines if interview.state({**calm, p: "yes"}) == level.name]
        if not signs:
            continue
        when: Clause = tuple(
            (path, option)
            for path in signs
            for option in options_of(path)
            if option.value == "yes"
        )
        texts: dict[str, list[tuple[str, Option]]] = {}
        for option in options_of("locale"):
            answers = {**calm, signs[0]: "yes", "locale": option.value}
            words = interview.help_words(answers)
            texts.setdefault(words, []).append(("locale", option))
        # Who did not tell the country sees the words that hold in each.
        anywhere = interview.help_words({**calm, signs[0]: "yes", "locale": "en-other"})
        name = f"help.{level.name.lower()}"
        shown = tuple(
            Item(f"{name}.{number}", "display", text, clauses=(tuple(where),))
            for number, (text, where) in enumerate(texts.items(), 1)
            if text != anywhere
        )
        yield Item(name, "group", anywhere, clauses=(when,), items=shown)

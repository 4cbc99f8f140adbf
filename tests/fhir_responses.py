"""Write responses to the Questionnaire, as programs of clinics send them."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from backguide.fhir.form import NONE_CODE, Item, Option, canonical, form
from backguide.profile.facts import known_facts
from interview_people import person

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def coding(option: Option) -> dict[str, Any]:
    return {
        "valueCoding": {
            "system": option.system, "code": option.code, "display": option.display,
        }
    }  # fmt: skip


def response(
    answers: Mapping[str, Any],
    *,
    day: date,
    mode: str = "self",
    id_: str = "r1",
    uses_none: bool = False,
    release: str = "R4",
) -> dict[str, Any]:
    """Return the response that holds these answers, by path; None for no answer.

    Args:
        answers: As an interview has them.
        day: Of the answers.
        mode: Of the form.
        id_: Of the response.
        uses_none: Say "none of these" where all lines of a list are no.
        release: Of FHIR.
    """
    return {
        "resourceType": "QuestionnaireResponse",
        "id": id_,
        "questionnaire": canonical(mode),
        "status": "completed",
        "authored": f"{day.isoformat()}T22:30:00+11:00",
        "item": list(_items(form(), answers, uses_none)),
    }


def _items(
    items: tuple[Item, ...], answers: Mapping[str, Any], uses_none: bool
) -> Iterator[dict[str, Any]]:
    denied: set[str] = set()
    for item in items:
        if (
            item.denies
            and uses_none
            and all(answers.get(p) in ("no", False) for p in item.denies)
        ):
            denied |= set(item.denies)
    for item in items:
        if item.items:
            below = list(_items(item.items, answers, uses_none))
            if below:
                yield {"linkId": item.link_id, "item": below}
        elif item.denies:
            if set(item.denies) <= denied:
                yield {"linkId": item.link_id, "answer": [coding(item.options[0])]}
        elif item.path not in denied and answers.get(item.path) is not None:
            yield {
                "linkId": item.link_id,
                "answer": list(_answers(item, answers[item.path])),
            }


def _answers(item: Item, value: Any) -> Iterator[dict[str, Any]]:
    if item.kind == "choice":
        codes = [option.code for option in item.options]
        values = value if isinstance(value, list) else [value]
        if item.repeats and not value:
            values = [c for c in (NONE_CODE, "nothing", "none") if c in codes][:1]
        for option in item.options:
            if (type(option.value), option.value) in [(type(v), v) for v in values]:
                yield coding(option)
    elif item.kind == "date":
        yield {"valueDate": value}
    else:
        yield {"valueString": typed(item.path, value)}


UNITS = {
    "km": "km", "km a week": "km", "kg": "kg", "cm": "cm", "weeks": "weeks",
    "minutes": "minutes", "hours a day": "hours", "hours a night": "hours",
    "percent": "%",
}  # fmt: skip


def typed(path: str, value: Any) -> str:
    """Return an amount as somebody may type it."""
    unit = known_facts()[path].unit
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(f"{a['activity']} {a['score_0_10']}" for a in value)
    if unit == "minutes per km":
        seconds = round(value * 60)
        return f"{seconds // 60}:{seconds % 60:02d} /km"
    return f"{value:g} {UNITS.get(unit, '')}".strip()


def items_of(resource: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every item of a response."""
    waiting = list(resource.get("item", ()))
    while waiting:
        item = waiting.pop(0)
        yield item
        waiting += item.get("item", ())


def item_of(resource: Mapping[str, Any], link_id: str) -> dict[str, Any]:
    return next(item for item in items_of(resource) if item["linkId"] == link_id)


def told(seed: int) -> dict[str, Any]:
    """Return a person's answers; a set that has a word for it is never empty."""
    answers = person(seed)
    for path, value in answers.items():
        fact = known_facts()[path] if path != "confirmed" else None
        if fact is not None and fact.kind == "set" and value is not None:
            empty = [c for c in fact.choices if c in ("nothing", "none")]
            if empty and (value == [] or empty[0] in value):
                answers[path] = empty
    return answers

"""A browser for the tests of the form: keeps a cookie, fills in what it is shown."""

import re
from datetime import date
from typing import Any

import lxml.html
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backguide.guidance.library import Library
from backguide.interview.answering import keys_of, line_keys
from backguide.interview.engine import Interview, Step
from backguide.profile.facts import Fact, known_facts
from backguide.web.app import Settings, create_app
from backguide.web.forms import kind_of
from backguide.web.guard import Gate
from backguide.web.sessions import Visits
from interview_people import DAY

HOST = "127.0.0.1:8347"


class Clock:
    """Seconds that go on when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def app_with(library: Library, **more: Any) -> tuple[Flask, Visits, Clock, list[str]]:
    """Return an application, its visits, their clock, and what it told of bugs."""
    clock = Clock()
    visits = Visits(clock)
    told: list[str] = []
    gate = more.pop("gate", Gate(frozenset({HOST})))
    settings = Settings(
        library=library, visits=visits, gate=gate, today=lambda: DAY, tell=told.append,
        **more,
    )  # fmt: skip
    return create_app(settings), visits, clock, told


def typed(fact: Fact, value: Any) -> str:
    """Return an amount, a day or a text as somebody types it."""
    if fact.unit == "minutes per km":
        return f"{value}:00 /km"
    unit = {"km": " km", "km a week": " km", "cm": "cm", "kg": " kg"}
    return f"{value}{unit.get(fact.unit, '')}"


def sent(fields: tuple[str, ...], answers: dict[str, Any], *, is_list: bool) -> Any:
    """Return what a browser sends for a page, as pairs."""
    pairs: list[tuple[str, str]] = []
    for number, path in enumerate(fields):
        fact, value, name = known_facts()[path], answers.get(path), f"f{number}"
        kind = kind_of(fact, is_list=is_list)
        if kind == "line":
            keys = [k for k, v in line_keys(fact).items() if v == value]
            assert keys, (path, value)
            pairs.append((name, keys[0]))
        elif kind == "one":
            key = next((k for k, v in keys_of(fact).items() if v == value), None)
            pairs.append((name, "leave-open" if key is None else key))
        elif kind == "many":
            keys = [k for k, v in keys_of(fact).items() if v in (value or [])]
            is_none = [] if value is None else [(f"{name}-none", "yes")]
            pairs += [(name, k) for k in keys] or is_none
        elif kind == "activities":
            flat = [str(part) for a in value or [] for part in a.values()]
            pairs += [(f"{name}-{n}", part) for n, part in enumerate(flat)]
        else:
            pairs.append((name, "" if value is None else typed(fact, value)))
    return pairs


class Visitor:
    """One browser."""

    def __init__(self, app: Flask, host: str = HOST) -> None:
        self.client: FlaskClient = app.test_client()
        self.base = f"http://{host}"
        self.page = lxml.html.fromstring("<p></p>")
        self.at = ""

    def get(self, place: str, **more: Any) -> TestResponse:
        answer = self.client.get(
            place, base_url=self.base, follow_redirects=True, **more
        )
        return self._seen(answer)

    def post(self, place: str, data: Any = (), **more: Any) -> TestResponse:
        """Send a form with the token of the page that is shown."""
        pairs = [("token", self.token), *more.pop("also", ()), *data]
        body: dict[str, list[str]] = {}
        for name, value in pairs:
            body.setdefault(name, []).append(value)
        answer = self.client.post(
            place, base_url=self.base, data=body, follow_redirects=True, **more
        )
        return self._seen(answer)

    def _seen(self, answer: TestResponse) -> TestResponse:
        if answer.mimetype == "text/html":
            self.page = lxml.html.fromstring(answer.get_data(as_text=True))
            self.at = answer.request.path
        return answer

    @property
    def token(self) -> str:
        return self._hidden("token")

    def _hidden(self, name: str) -> str:
        return next(iter(self.page.xpath(f"//input[@name='{name}']/@value")), "")

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", self.page.text_content())

    def begin(self) -> None:
        self.get("/")
        self.post("/start")
        assert self.at == "/q/1"

    def answer(self, fields: tuple[str, ...], answers: dict[str, Any], is_list: bool,
               place: str = "") -> TestResponse:  # fmt: skip
        pairs = sent(fields, answers, is_list=is_list)
        mark = [("mark", self._hidden("mark"))]
        return self.post(place or self.at, pairs, also=mark)


class Walk:
    """A visitor who answers like one person, and knows what is asked next."""

    def __init__(self, app: Flask, library: Library, answers: dict[str, Any], *,
                 mode: str = "self", day: date = DAY) -> None:  # fmt: skip
        self.visitor = Visitor(app)
        self.interview = Interview(library, mode=mode, day=day)
        self.answers = answers
        self.given: dict[str, Any] = {}
        self.pages = 0
        self.visitor.begin()

    def step(self) -> bool:
        """Answer one page; False when there is none left."""
        step: Step = self.interview.step(self.given)
        if step.topic is None:
            return False
        if self.visitor.at == "/more":
            self.visitor.post("/more", [("more", "yes")])
        assert self.visitor.at == f"/q/{self.pages + 1}", self.visitor.text
        text = self.visitor.text
        is_alone = len(step.fields) == 1 and not step.topic.is_list
        own = known_facts()[step.fields[0]].question
        assert (own if is_alone else step.topic.question) in text
        assert f"Why we ask: {step.topic.why}" in text
        self.visitor.answer(step.fields, self.answers, step.topic.is_list)
        is_here = self.visitor.at == f"/q/{self.pages + 1}"
        assert not is_here or self.interview.step(self.given).topic is None, (
            step.fields, self.visitor.text,
        )  # fmt: skip
        self.given |= {path: self.answers.get(path) for path in step.fields}
        self.given = self.interview.kept(self.given)
        self.pages += 1
        return True

    def until(self, path: str) -> None:
        """Answer everything before a field."""
        while path not in self.interview.step(self.given).fields:
            assert self.step()

    def to_the_end(self) -> None:
        while self.step():
            pass

"""The pages of the form in the browser: which address shows what.

No answer stands in an address: pages are counted, not named. What is asked, and when it
is over, says ``interview``; words come from the schema and the content.
"""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import wraps
from pathlib import PurePath
from typing import Any, Final

from flask import Flask, Response, g, redirect, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import (
    BadRequest,
    Conflict,
    Forbidden,
    Gone,
    HTTPException,
    MisdirectedRequest,
    NotFound,
    ServiceUnavailable,
)

from backguide.clinic import Clinic
from backguide.errors import Problem
from backguide.guidance.library import Library
from backguide.guidance.select import DEFAULT_LENGTH
from backguide.interview.answering import choices_of
from backguide.interview.course import Course
from backguide.interview.engine import Interview, Step
from backguide.interview.questions import topic_of
from backguide.making import Made
from backguide.profile.facts import known_facts
from backguide.profile.plausibility import DOUBTS
from backguide.profile.strict_json import LINE_CHARACTERS
from backguide.web.forms import Page, mark_of, page_of, read_form
from backguide.web.guard import (
    MOST_FORM_BYTES,
    MOST_FORM_PARTS,
    Gate,
    with_headers,
)
from backguide.web.guides import Press
from backguide.web.review import Review, by_hand_of, review_of, with_choice
from backguide.web.sessions import TooManyVisitsError, Visit, Visits

CLINICIAN: Final = "clinic.clinician_name"
COOKIE: Final = "backguide"
PRINT_SIZES: Final = ("off", "large")
Answer = Response | str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server is started with."""

    library: Library
    visits: Visits
    gate: Gate
    today: Callable[[], date]
    mode: str = "self"
    """"self" or "clinic"."""
    length: str = ""
    clinic: Clinic | None = None
    tell: Callable[[str], None] = lambda text: None
    """Where a bug is told: its kind and its place, never an answer."""


def create_app(settings: Settings) -> Flask:
    """Return the application."""
    app = Flask("backguide.web", static_folder=None, template_folder="pages")
    app.config["MAX_CONTENT_LENGTH"] = MOST_FORM_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_FORM_BYTES
    app.config["MAX_FORM_PARTS"] = MOST_FORM_PARTS
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _Site(app, settings)
    return app


class _Site:
    """All pages of one server."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._settings = settings
        self._words = settings.library.words
        self._press = Press(settings.library, settings.clinic, settings.today)
        app.before_request(self._enter)
        app.after_request(self._leave)
        app.teardown_request(self._unlock)
        app.register_error_handler(Exception, self._failed)
        app.context_processor(self._frame)
        for rule, methods, view in (
            ("/", ["GET"], self.start),
            ("/style.css", ["GET"], self.style),
            ("/code", ["POST"], self.code),
            ("/start", ["POST"], self.begin),
            ("/q/<int:number>", ["GET", "POST"], self.question),
            ("/change/<int:number>", ["GET", "POST"], self.change),
            ("/more", ["GET", "POST"], self.more),
            ("/answers", ["GET", "POST"], self.answers),
            ("/confirm", ["POST"], self.confirm),
            ("/help", ["GET"], self.help),
            ("/guide", ["GET"], self.guide),
            ("/guide/page-<int:number>.png", ["GET"], self.picture),
            ("/guide/guide.pdf", ["GET"], self.pdf),
            ("/guide/download", ["GET"], self.download),
            ("/guide/answers.json", ["GET"], self.profile),
            ("/guide/note.txt", ["GET"], self.note),
            ("/approve", ["POST"], self.approve),
            ("/by-hand", ["POST"], self.by_hand),
            ("/finish", ["GET", "POST"], self.finish),
        ):
            endpoint = view.__name__
            app.add_url_rule(rule, endpoint, _typed(view), methods=methods)

    # --- every request -----------------------------------------------------

    def _enter(self) -> Answer | None:
        """Judge a request before any page sees it."""
        g.visit = None
        gate = self._settings.gate
        if not gate.knows_host(request):
            raise MisdirectedRequest
        if (request.content_length or 0) > MOST_FORM_BYTES:
            raise _too_large()
        if request.method == "POST" and not gate.is_from_here(request):
            raise Forbidden
        if request.endpoint in (None, "style"):
            return None
        visit = self._settings.visits.find(request.cookies.get(COOKIE, ""))
        if visit is None:
            if request.endpoint != "start":
                raise Gone
            visit = self._new_visit()
        visit.lock.acquire()
        g.visit = visit
        if request.method == "POST" and not visit.has_token(
            request.form.get("token", "")
        ):
            raise Forbidden
        if gate.code and not visit.is_let_in and request.endpoint not in (
            "start", "code",
        ):  # fmt: skip
            raise Forbidden
        return None

    def _new_visit(self) -> Visit:
        try:
            visit = self._settings.visits.new()
        except TooManyVisitsError:
            raise ServiceUnavailable from None
        g.new_cookie = visit.id
        return visit

    def _forget(self) -> bool:
        """Forget the visit of this request; tell whether it was let in."""
        was_let_in: bool = g.visit.is_let_in
        self._settings.visits.forget(g.visit)
        self._unlock(None)
        return was_let_in

    def _renew(self, *, is_let_in: bool) -> Visit:
        """Return a new visit for the browser of a forgotten one."""
        visit = self._new_visit()
        visit.is_let_in = is_let_in
        return visit

    def _leave(self, response: Response) -> Response:
        is_tls = self._settings.gate.is_tls
        if cookie := g.get("new_cookie"):
            response.set_cookie(
                COOKIE,
                cookie,
                httponly=True,
                samesite="Strict",
                secure=is_tls,
                path="/",
            )
        return with_headers(response, is_tls=is_tls)

    def _unlock(self, _: BaseException | None) -> None:
        if g.get("visit") is not None:
            g.visit.lock.release()
            g.visit = None

    def _frame(self) -> dict[str, Any]:
        """Return what every page may use."""

        def say(key: str, **values: object) -> str:
            text = self._words[f"web.{key}"]
            for name, value in values.items():
                text = text.replace(f"{{{name}}}", str(value))
            return text

        visit: Visit | None = g.get("visit")
        return {
            "say": say,
            "token": visit.token if visit else "",
            "has_answers": bool(visit and visit.course and visit.course.entries),
            "is_clinic": self._settings.mode == "clinic",
            "language": self._settings.library.language,
        }

    def _failed(self, error: Exception) -> tuple[str, int]:
        """Return a page that says what went wrong; never what somebody sent."""
        known = {400: "bad", 403: "refused", 404: "missing", 405: "missing",
                 409: "conflict", 410: "gone", 413: "large", 421: "host",
                 503: "busy"}  # fmt: skip
        code = error.code if isinstance(error, HTTPException) else 500
        if code not in known and isinstance(error, HTTPException):
            code = 400
        name = known.get(code or 500, "bug")
        if name == "bug":
            self._settings.tell(_place(error))
        return render_template("error.html", name=name), code or 500

    # --- the way in ----------------------------------------------------------

    def start(self) -> Answer:
        """Say what this is and what it is not."""
        gate = self._settings.gate
        if gate.code and not g.visit.is_let_in:
            return render_template("code.html", problem="")
        return render_template("start.html")

    def code(self) -> Answer:
        """Let in whoever knows the access code."""
        gate = self._settings.gate
        if gate.code and not gate.opens_with(request.form.get("code", "").strip()):
            key = "web.code_locked" if gate.is_locked() else "web.code_wrong"
            return render_template("code.html", problem=self._words[key]), 403
        # A cookie that somebody may have known before is worth nothing now.
        self._forget()
        self._renew(is_let_in=True)
        return _go("/")

    def begin(self) -> Answer:
        """Begin an interview; an earlier one of this browser is forgotten."""
        settings = self._settings
        interview = Interview(
            settings.library,
            mode=settings.mode,
            day=settings.today(),
            length=settings.length,
        )
        visit = self._renew(is_let_in=self._forget())
        visit.course = Course(interview)
        return _go("/q/1")

    def style(self) -> Answer:
        """Return how pages look."""
        return Response(render_template("style.css"), mimetype="text/css")

    # --- questions -------------------------------------------------------------

    def question(self, number: int) -> Answer:
        """Show or take the page of a number, counted from 1."""
        visit, course = self._course()
        if 1 <= number <= len(course.entries):
            return self._entry(visit, course, number, "/q/{next}")
        step = course.step()
        if step.must_answer:
            course.reopen(step)
            visit.news.append(self._words["web.must_answer"])
            step = course.step()
        if (away := self._instead(visit, step)) is not None:
            return away
        if number != len(course.entries) + 1:
            return _go(f"/q/{len(course.entries) + 1}")
        if request.method == "POST":
            if "enough" in request.form and step.stage == "more":
                visit.wants_more = False
                return _go("/answers")
            return self._take(visit, course, step)
        return self._shown(visit, page_of(course, step.fields, visit.shown), step)

    def _instead(self, visit: Visit, step: Step) -> Answer | None:
        """Return where to go when there is nothing to ask now."""
        if step.stage == "held":
            return _go("/help")
        if step.stage == "more" and not visit.wants_more:
            return _go("/more" if visit.wants_more is None else "/answers")
        return _go("/answers") if step.topic is None else None

    def _take(self, visit: Visit, course: Course, step: Step) -> Answer:
        self._same_questions(step.fields)
        reading = read_form(course, step.fields, request.form, self._words)
        if reading.problems:
            page = page_of(
                course, step.fields, visit.shown, request.form, reading.problems
            )
            return self._shown(visit, page, step)
        fields = tuple(path for path in step.fields if path in reading.answers)
        course.take(fields, reading.answers)
        self._note(visit, reading.understood)
        return _go(f"/q/{len(course.entries) + 1}")

    def _entry(self, visit: Visit, course: Course, number: int, then: str) -> Answer:
        """Show a page that was answered before, or take its new answers."""
        fields = course.entries[number - 1]
        if request.method == "POST":
            self._same_questions(fields)
            reading = read_form(course, fields, request.form, self._words)
            if not reading.problems:
                course.change(reading.answers)
                self._note(visit, reading.understood)
                return self._onward(visit, course, number, then)
            page = page_of(course, fields, visit.shown, request.form, reading.problems)
        else:
            page = page_of(course, fields, visit.shown)
        return self._shown(visit, page, None, number=number)

    def _onward(self, visit: Visit, course: Course, number: int, then: str) -> Answer:
        """Go on after a change: to help, to a new question, or where one came from."""
        step = course.step()
        if step.stage == "held":
            return _go("/help")
        if then == "/answers" and step.stage == "asking":
            return _go(f"/q/{len(course.entries) + 1}")
        return _go(then.replace("{next}", str(number + 1)))

    def _note(self, visit: Visit, understood: Mapping[str, str]) -> None:
        """Keep how amounts were understood, and have the next page read them back."""
        visit.unmake()
        facts = known_facts()
        for path, words in understood.items():
            visit.shown[path] = words.partition(" (")[0]
            visit.news.append(f"{facts[path].title}: {words}")

    def _shown(
        self, visit: Visit, page: Page, step: Step | None, *, number: int = 0
    ) -> Answer:
        course = visit.course
        assert course is not None  # noqa: S101  pages are of somebody
        done = _entries(course, number - 1 if number else len(course.entries))
        left = 0
        if step is None:
            left = _entries(course, len(course.entries)) - done
            step = course.step()
        left += step.left_more if step.stage == "more" else step.left
        place = number or len(course.entries) + 1
        return render_template(
            "question.html",
            page=page,
            number=place,
            count=done + 1,
            total=max(done + left, done + 1),
            back=self._back(place),
            is_more=step.stage == "more" and not number,
            news=_taken(visit),
            action=request.path,
        )

    def _back(self, place: int) -> str:
        if request.endpoint == "change":
            return "/answers"
        return f"/q/{place - 1}" if place > 1 else "/"

    def change(self, number: int) -> Answer:
        """Show or take an earlier page, and go back to the list of all answers."""
        visit, course = self._course()
        if not 1 <= number <= len(course.entries):
            return _go("/answers")
        return self._entry(visit, course, number, "/answers")

    def more(self) -> Answer:
        """Ask whether somebody wants the questions that only enrich the guide."""
        visit, course = self._course()
        step = course.step()
        if step.stage != "more":
            return _go(f"/q/{len(course.entries) + 1}")
        if request.method == "POST":
            visit.wants_more = request.form.get("more") == "yes"
            return _go(f"/q/{len(course.entries) + 1}")
        return render_template(
            "more.html",
            count=step.left_more,
            news=_taken(visit),
            back=self._back(len(course.entries) + 1),
        )

    # --- the end -------------------------------------------------------------------

    def answers(self) -> Answer:
        """Show all answers; or make the guide of them."""
        visit, course = self._course()
        step = course.step()
        is_held = step.stage == "held"
        if step.stage == "asking":
            return _go(f"/q/{len(course.entries) + 1}")
        problems = tuple(p for p in course.problems() if p.code != "E_MISSING")
        if request.method == "POST" and not problems:
            return self._make(visit, course)
        return render_template(
            "answers.html",
            rows=[
                (number, topic_of()[entry[0]], course.told(entry))
                for number, entry in enumerate(course.entries, 1)
            ],
            problems=[self._problem(course, problem) for problem in problems],
            is_held=is_held,
            has_more=step.stage == "more",
            lengths=choices_of(known_facts()["length"]),
            length=visit.length or self._settings.length or DEFAULT_LENGTH,
            length_words=known_facts()["length"].question,
            sizes={k: choices_of(known_facts()["large_print"])[k] for k in PRINT_SIZES},
            size="large" if visit.is_large else "off",
            size_words=known_facts()["large_print"].question,
            news=_taken(visit),
            back=self._back(len(course.entries) + 1),
        )

    def _problem(self, course: Course, problem: Problem) -> dict[str, Any]:
        entry = course.entry_of(problem.where)
        hint = problem.hint.partition("; if it is right")[0]
        return {
            "label": problem.label,
            "message": problem.message,
            "hint": "" if hint.startswith("if it is right") else hint,
            "code": problem.code if problem.code in DOUBTS else "",
            "number": course.entries.index(entry) + 1 if entry else 0,
        }

    def _make(self, visit: Visit, course: Course) -> Answer:
        form = request.form
        length = form.get("length", "")
        if length in choices_of(known_facts()["length"]):
            visit.length = length
        visit.is_large = form.get("size") == "large"
        visit.unmake()
        if visit.length and visit.length != course.interview.length:
            course.interview = Interview(
                self._settings.library,
                mode=self._settings.mode,
                day=course.interview.day,
                length=visit.length,
            )
            if course.step().stage == "asking":
                return _go(f"/q/{len(course.entries) + 1}")
        self._print(visit, course)
        return _go("/guide")

    def _print(self, visit: Visit, course: Course, approved_by: str = "") -> None:
        """Make the guide of a visit anew."""
        visit.unmake()
        visit.made = self._press.make(
            course,
            length=visit.length,
            is_large=visit.is_large,
            approved_by=approved_by,
            by_hand=visit.by_hand,
        )
        visit.approved_by = approved_by

    def confirm(self) -> Answer:
        """Note that a doubtful answer is right as it stands."""
        visit, course = self._course()
        code = request.form.get("doubt", "")
        if code in {p.code for p in course.problems()} & set(DOUBTS):
            course.confirm(code)
            visit.unmake()
        return _go("/answers")

    def help(self) -> Answer:
        """Say whom to call: an answer asks for it."""
        visit, course = self._course()
        if course.step().stage != "held":
            return _go(f"/q/{len(course.entries) + 1}")
        _taken(visit)
        return render_template(
            "help.html",
            words=course.interview.help_words(course.answers),
            is_unclear=course.is_unclear,
        )

    def guide(self) -> Answer:
        """Show the guide."""
        visit, _ = self._course()
        if visit.made is None:
            return _go("/answers")
        review = self._review(visit.made) if self._is_clinic else None
        return self._shown_guide(visit, visit.made, review)

    def _shown_guide(self, visit: Visit, made: Made, review: Review | None) -> str:
        return render_template(
            "guide.html",
            pages=self._press.texts(made),
            is_held=made.selection.triage.is_held_back,
            made=made,
            review=review,
            reason_characters=LINE_CHARACTERS,
            approved_by=visit.approved_by,
            clinician=self._clinician,
        )

    def _review(self, made: Made) -> Review:
        return review_of(made.selection, made.dropped)

    @property
    def _is_clinic(self) -> bool:
        return self._settings.mode == "clinic"

    @property
    def _clinician(self) -> str:
        """Return who approves guides here: the clinician of the clinic file."""
        clinic = self._settings.clinic
        return clinic.facts[CLINICIAN] if self._is_clinic and clinic else ""

    def approve(self) -> Answer:
        """Make the guide again, as checked by the clinician of the clinic file."""
        visit, course = self._course()
        if not self._clinician or visit.made is None:
            raise NotFound
        self._print(visit, course, self._clinician)
        return _go("/guide")

    def by_hand(self) -> Answer:
        """Make the guide again without what a clinician drops, with what is kept."""
        visit, course = self._course()
        if not self._is_clinic or visit.made is None:
            raise NotFound
        form = request.form
        why = {
            name.removeprefix("because-"): form[name]
            for name in form
            if name.startswith("because-")
        }
        try:
            review = with_choice(
                self._review(visit.made),
                form.getlist("drop"),
                form.getlist("keep"),
                why,
            )
        except ValueError:
            raise Conflict from None
        if any(choice.is_wrong for choice in review.may_drop):
            return self._shown_guide(visit, visit.made, review)
        visit.by_hand = by_hand_of(review)
        self._print(visit, course)
        return _go("/guide")

    def note(self) -> Answer:
        """Return the text for the patient record; it holds no name of the person."""
        made = self._made()
        if not self._is_clinic:
            raise NotFound
        name = f"{PurePath(made.file_name).stem}.note.txt"
        return _file(made.chart_note.encode(), "text/plain; charset=utf-8", name)

    def picture(self, number: int) -> Answer:
        """Return one page of the guide as a picture."""
        made = self._made()
        if not 1 <= number <= made.pages:
            raise NotFound
        pictures = g.visit.pictures
        if number not in pictures:
            pictures[number] = self._press.picture(made, number)
        return Response(pictures[number], mimetype="image/png")

    def pdf(self) -> Answer:
        """Return the guide for the browser's own viewer and printer."""
        made = self._made()
        return _file(made.pdf, "application/pdf", made.file_name, "inline")

    def download(self) -> Answer:
        """Return the guide as a file to keep."""
        made = self._made()
        return _file(made.pdf, "application/pdf", made.file_name)

    def profile(self) -> Answer:
        """Return the answers as a profile, for ``check``, ``make`` and ``batch``."""
        _, course = self._course()
        return _file(course.content(), "application/json", "my-answers.json")

    def finish(self) -> Answer:
        """Forget everything."""
        if request.method == "POST":
            was_let_in = self._forget()
            if self._is_clinic:
                self._renew(is_let_in=was_let_in)
                return _go("/")
            response = Response(render_template("finished.html"))
            response.delete_cookie(COOKIE, httponly=True, samesite="Strict")
            response.headers["Clear-Site-Data"] = '"cache"'
            return response
        return render_template("finish.html")

    # --- helpers ----------------------------------------------------------------

    def _course(self) -> tuple[Visit, Course]:
        visit: Visit = g.visit
        if visit.course is None:
            raise Gone
        return visit, visit.course

    def _made(self) -> Made:
        self._course()
        if g.visit.made is None:
            raise NotFound
        made: Made = g.visit.made
        return made

    def _same_questions(self, fields: tuple[str, ...]) -> None:
        """Refuse a form of another page, such as one of a second window."""
        if request.form.get("mark", "") != mark_of(fields):
            raise Conflict


def _typed(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """Return a view that refuses what a form of ours never sends."""

    @wraps(view)
    def judged(**arguments: Any) -> Answer:
        for name, value in request.form.items(multi=True):
            if "\0" in name or "\0" in value:
                raise BadRequest
        return view(**arguments)

    return judged


def _too_large() -> HTTPException:
    from werkzeug.exceptions import RequestEntityTooLarge

    return RequestEntityTooLarge()


def _go(place: str) -> Response:
    """Return "look there": a page that is loaded again is not sent again."""
    response = redirect(place, 303)
    assert isinstance(response, Response)  # noqa: S101  Flask's own
    return response


def _file(content: bytes, kind: str, name: str, how: str = "attachment") -> Response:
    response = Response(content, mimetype=kind)
    # Our own names: letters, digits, dots and dashes.
    response.headers["Content-Disposition"] = f'{how}; filename="{name}"'
    return response


def _taken(visit: Visit) -> list[str]:
    """Return what is to be told once, and forget it."""
    news, visit.news = visit.news, []
    return news


def _entries(course: Course, pages: int) -> int:
    """Return how many questions the first pages are; a list is one."""
    return sum(
        1 if topic_of()[entry[0]].is_list else len(entry)
        for entry in course.entries[:pages]
    )


def _place(error: BaseException) -> str:
    """Name the kind and the place of a bug, never a text that somebody typed."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "backguide" in f.filename] or list(frames)
    place = f"{PurePath(own[-1].filename).name}:{own[-1].lineno}" if own else "?"
    return f"E_INTERNAL {type(error).__name__} at {place}"

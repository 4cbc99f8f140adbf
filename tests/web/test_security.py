"""The form in the browser, as somebody meets it who means harm, or sends nonsense."""

import gc
import http.client
import re
import threading
import weakref
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from backguide.guidance.library import Library
from backguide.interview.course import Course
from backguide.interview.engine import Interview
from backguide.web.guard import HEADERS, MOST_CODES, MOST_FORM_BYTES, Gate
from backguide.web.server import host_names, is_local, new_code
from backguide.web.sessions import MOST_VISITS, TooManyVisitsError, Visits
from interview_people import DAY, person
from own_servers import OwnServer, own_server
from web_visitor import HOST, Clock, Visitor, app_with

DATA = Path(__file__).parents[1] / "data"
PAGES = ("/", "/q/1", "/q/2", "/change/1", "/more", "/answers", "/help", "/guide",
         "/guide/page-1.png", "/guide/guide.pdf", "/guide/download",
         "/guide/answers.json", "/finish", "/style.css", "/nowhere")  # fmt: skip
POSTS = ("/start", "/code", "/q/1", "/q/2", "/change/1", "/more", "/answers",
         "/confirm", "/finish")  # fmt: skip


@pytest.fixture(scope="module")
def site(library: Library) -> Any:
    return app_with(library)


@pytest.fixture
def visitor(site: Any) -> Iterator[Visitor]:
    app, _, _, told = site
    visitor = Visitor(app)
    visitor.begin()
    yield visitor
    assert told == []


def whole_course(library: Library, name: str, seed: int = 7) -> Course:
    """Return somebody who has answered everything."""
    course = Course(Interview(library, mode="self", day=DAY))
    answers = person(seed, calm=1.0) | {"person.first_name": name}
    while (step := course.step()).topic is not None:
        course.take(step.fields, {path: answers.get(path) for path in step.fields})
    assert step.stage == "done"
    return course


# --- who asks ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8347", "127.0.0.1", "127.0.0.1:80", "localhost",
     "127.0.0.1:8347.evil.example", "127.0.0.1:8347@evil.example",
     "evil@127.0.0.1:8347",
     "[::1]:8347", "", "127.0.0.1:8347,evil.example", "0.0.0.0:8347", "127.1:8347"],
)  # fmt: skip
def test_another_name_for_this_computer_is_refused(visitor: Visitor, host: str) -> None:
    """A page of somebody else can give itself our address, but not our name."""
    cookie = visitor.client.get_cookie("backguide", domain="127.0.0.1")
    for place in PAGES:
        answer = visitor.client.get(
            place,
            headers={
                "Host": host,
                "Cookie": f"backguide={cookie.value if cookie else ''}",
            },
        )
        assert answer.status_code == 421, (place, answer.status_code)
    assert "Set-Cookie" not in answer.headers


def test_our_own_names() -> None:
    assert host_names("127.0.0.1", 8347) == {"127.0.0.1:8347", "localhost:8347"}
    assert host_names("::1", 80) >= {"[::1]", "localhost", "[::1]:80"}
    assert host_names("192.0.2.7", 443, ("Backs.Example",)) == {
        "192.0.2.7", "192.0.2.7:443", "backs.example", "backs.example:443",
    }  # fmt: skip
    assert is_local("127.0.0.1")
    assert is_local("::1")
    assert not is_local("0.0.0.0")
    assert not is_local("192.0.2.7")


@pytest.mark.parametrize("place", POSTS)
@pytest.mark.parametrize("token", ["", "x", "\u00e9", None, "other"])
def test_a_post_without_the_token_of_its_page_is_refused(
    site: Any, visitor: Visitor, place: str, token: str | None
) -> None:
    other = Visitor(site[0])
    other.begin()
    data = {"f0": "en-GB", "mark": visitor._hidden("mark"), "more": "yes"}
    if token is not None:
        data["token"] = other.token if token == "other" else token
    answer = visitor.client.post(place, base_url=visitor.base, data=data)
    assert answer.status_code == 403
    visitor.get("/q/1")
    assert not visitor.page.xpath("//input[@checked]")


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": ""},
     {"Origin": f"https://{HOST}"}, {"Origin": "http://127.0.0.1:9999"},
     {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
     {"Sec-Fetch-Site": "cross-site", "Origin": f"http://{HOST}"}],
)  # fmt: skip
def test_a_form_of_another_site_is_refused(
    visitor: Visitor, headers: dict[str, str]
) -> None:
    token, mark = visitor.token, visitor._hidden("mark")
    data = {"token": token, "mark": mark, "f0": "en-GB"}
    refused = visitor.client.post(
        "/q/1", base_url=visitor.base, data=data, headers=headers
    )
    assert refused.status_code == 403
    own = {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
    taken = visitor.client.post("/q/1", base_url=visitor.base, data=data, headers=own)
    assert taken.status_code == 303


def test_a_cookie_of_somebody_elses_making_is_worth_nothing(site: Any) -> None:
    app, visits, _, _ = site
    before = len(visits)
    client = app.test_client()
    client.set_cookie("backguide", "chosen-by-me", domain="127.0.0.1")
    answer = client.get("/", base_url=f"http://{HOST}")
    assert "chosen-by-me" not in answer.headers["Set-Cookie"]
    for place in PAGES[1:-2]:
        client.set_cookie("backguide", "chosen-by-me", domain="127.0.0.1")
        answer = client.get(place, base_url=f"http://{HOST}")
        assert answer.status_code == 410
        assert b"not here any more" in answer.data
    assert len(visits) == before + 1


def test_every_answer_carries_the_headers(visitor: Visitor) -> None:
    for place in PAGES:
        for base in (visitor.base, "http://evil.example"):
            answer = visitor.client.get(place, base_url=base)
            for name, value in HEADERS.items():
                assert answer.headers[name] == value, place
            cookie = answer.headers.get("Set-Cookie", "HttpOnly; SameSite=Strict")
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie


def test_no_page_has_script_or_anything_of_elsewhere() -> None:
    folder = Path(__file__).parents[2] / "src" / "backguide" / "web" / "pages"
    for path in folder.iterdir():
        text = path.read_text("utf-8")
        assert not re.search(r"<script|javascript:|\bon[a-z]+=|style=|https?://|//[a-z]",
                             text), path.name  # fmt: skip
        assert "|safe" not in text
        assert "@import" not in text
        assert "url(" not in text


# --- how much, and where -----------------------------------------------------------


def test_too_much_is_refused(visitor: Visitor) -> None:
    token = visitor.token
    for data in (
        {"token": token, "f0": "x" * (MOST_FORM_BYTES + 1)},
        {"token": token, "f0": ["x"] * 70_000},
    ):
        answer = visitor.client.post("/q/1", base_url=visitor.base, data=data)
        assert answer.status_code == 413
    chunked = visitor.client.post(
        "/q/1", base_url=visitor.base, input_stream=BytesIO(b"a" * 640_000),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked",
                           "wsgi.input_terminated": True},
    )  # fmt: skip
    assert chunked.status_code in (403, 413)
    parts = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % n
        for n in range(1000)
    )
    many = visitor.client.post(
        "/q/1", base_url=visitor.base, data=parts + b"--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )  # fmt: skip
    assert many.status_code == 413


@pytest.mark.parametrize(
    "place",
    ["/../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/app.py", "/q/../answers",
     "//etc/passwd", "/q/0", "/q/-1", "/q/1.5", "/q/99999999999999999999", "/q/%00",
     "/q/1%0d%0aX: y", "/change/0", "/change/99", "/guide/page-0.png",
     "/guide/page-1.png/..", "/guide/page-99999999999.png", "/style.css/",
     "/pages/base.html",
     "/static/style.css", "/favicon.ico", "/%ff%fe", "/a" * 2000, "/?q=1&q=2", "/start",
     "/confirm", "/code"],
)  # fmt: skip
def test_a_trick_with_the_path_gets_a_page(visitor: Visitor, place: str) -> None:
    answer = visitor.client.get(place, base_url=visitor.base)
    assert answer.status_code in (200, 303, 308, 400, 404, 405), answer.status_code
    assert b"root:" not in answer.data
    assert "X" not in answer.headers
    for value in answer.headers.values():
        assert "evil" not in value


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X"])
def test_other_methods_get_a_page(visitor: Visitor, method: str) -> None:
    for place in PAGES:
        answer = visitor.client.open(place, method=method, base_url=visitor.base)
        assert answer.status_code in (200, 404, 405), (place, answer.status_code)
        assert method == "OPTIONS" or answer.status_code != 200


NAMES = st.sampled_from(["f0", "f1", "f2", "none", "f0-none", "f0-1", "mark", "more",
                         "doubt", "length", "size", "enough", "code", "x"])  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["yes", "no", "unsure", "none", "others", "leave-open", "en-GB",
                     "-1", "1e999", "nan", "\0", "\ufffd", "../x", "<b>", "{{7*7}}",
                     "full"]),
)  # fmt: skip


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(
    place=st.sampled_from([*POSTS, "/q/3", "/q/9"]),
    data=st.lists(st.tuples(NAMES, TEXTS), max_size=8),
    has_mark=st.booleans(),
)
def test_no_form_breaks_it(
    site: Any, place: str, data: list[tuple[str, str]], has_mark: bool
) -> None:
    app, _, _, told = site
    visitor = Visitor(app)
    visitor.begin()
    visitor.answer(("locale",), {"locale": "en-GB"}, is_list=False)
    also = [("mark", visitor._hidden("mark"))] if has_mark else []
    answer = visitor.post(place, data, also=also)
    assert answer.status_code in (200, 400, 403, 404, 409, 410), answer.status_code
    assert told == []
    for _, value in data:
        if "<b>" in value:
            assert "<b>" not in answer.get_data(as_text=True)


def test_a_bug_is_told_without_an_answer(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _, _, told = app_with(library)
    visitor = Visitor(app)
    visitor.begin()

    def broken(*_: object) -> None:
        raise ValueError("en-GB is what she said")

    monkeypatch.setattr("backguide.web.app.read_form", broken)
    answer = visitor.answer(("locale",), {"locale": "en-GB"}, is_list=False)
    assert answer.status_code == 500
    assert "fault of this program" in visitor.text
    assert "en-GB" not in visitor.text
    assert len(told) == 1
    assert re.fullmatch(r"E_INTERNAL ValueError at \w+\.py:\d+", told[0])
    monkeypatch.undo()
    assert visitor.get("/q/1").status_code == 200


# --- nobody meets another -------------------------------------------------------------


@pytest.mark.slow
def test_two_hundred_people_never_meet(library: Library) -> None:
    app, visits, _, told = app_with(library)
    base = whole_course(library, "Nobody")
    people: list[tuple[Visitor, str]] = []
    for number in range(200):
        visitor = Visitor(app)
        visitor.begin()
        cookie = visitor.client.get_cookie("backguide", domain="127.0.0.1")
        visit = visits.find(cookie.value if cookie else "")
        assert visit is not None
        assert visit.course is not None
        name = f"Canary{number:03}"
        visit.course.answers = {**base.answers, "person.first_name": name}
        visit.course.entries = list(base.entries)
        people.append((visitor, name))
    assert len({v.client.get_cookie("backguide", domain="127.0.0.1").value
                for v, _ in people}) == 200  # fmt: skip
    assert len({visitor.token for visitor, _ in people}) == 200
    last = len(base.entries)
    met: list[str] = []

    def visit_all(mine: list[tuple[Visitor, str]]) -> None:
        for round_ in range(2):
            for visitor, name in mine:
                place = ("/answers", f"/change/{last}")[round_]
                text = visitor.get(place).get_data(as_text=True)
                names = set(re.findall(r"Canary\d{3}", text))
                if names != {name}:
                    met.append(f"{name} at {place}: {names}")
        for visitor, name in mine[:2]:
            visitor.get("/answers")
            visitor.post("/answers", [("length", "short")])
            pdf = visitor.client.get("/guide/guide.pdf", base_url=visitor.base).data
            found = set(re.findall(r"Canary\d{3}", _text_of(pdf)))
            if found != {name}:
                met.append(f"{name} in the guide: {found}")

    threads = [threading.Thread(target=visit_all, args=(people[n::8],))
               for n in range(8)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == []
    assert told == []
    assert len(visits) == 200


def _text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_two_windows_of_one_person_do_not_mix(visitor: Visitor) -> None:
    mark = visitor._hidden("mark")
    visitor.answer(("locale",), {"locale": "en-GB"}, is_list=False)
    # The second window still shows the first page, and the third the second question.
    late = visitor.post("/q/2", [("f0", "en-US")], also=[("mark", mark)])
    assert late.status_code == 409
    assert "answered already" in visitor.text
    visitor.get("/answers")
    assert visitor.at == "/q/2"


# --- forgotten ---------------------------------------------------------------------


def test_who_is_idle_is_forgotten(library: Library) -> None:
    app, visits, clock, _ = app_with(library)
    visitor = Visitor(app)
    visitor.begin()
    (visit,) = visits._visits.values()
    visit.course.answers["person.first_name"] = "Canary000"
    gone = weakref.ref(visit.course)
    del visit
    clock.now += 29 * 60
    assert visitor.get("/q/1").status_code == 200
    clock.now += 30 * 60 - 1
    assert visitor.get("/q/1").status_code == 200
    clock.now += 30 * 60
    visits.forget_idle()
    gc.collect()
    assert gone() is None
    assert visitor.get("/q/1").status_code == 410
    assert len(visits) == 0


@pytest.mark.parametrize("place", ["/finish", "/start"])
def test_who_finishes_or_begins_anew_is_forgotten(library: Library, place: str) -> None:
    app, visits, _, _ = app_with(library)
    visitor = Visitor(app)
    visitor.begin()
    (before,) = visits._visits
    gone = weakref.ref(visits._visits[before].course)
    old = visitor.client.get_cookie("backguide", domain="127.0.0.1").value
    visitor.get("/finish" if place == "/finish" else "/")
    visitor.post(place)
    gc.collect()
    assert gone() is None
    assert before not in visits._visits
    visitor.client.set_cookie("backguide", old, domain="127.0.0.1")
    assert visitor.get("/answers").status_code == 410


def test_there_is_room_for_so_many(library: Library) -> None:
    clock = Clock()
    visits = Visits(clock)
    first = visits.new()
    first.course = Course(Interview(library, mode="self", day=DAY))
    for _ in range(2 * MOST_VISITS):
        clock.now += 0.001
        visits.new()
    assert len(visits) == MOST_VISITS
    assert visits.find(first.id) is first
    for visit in visits._visits.values():
        visit.course = first.course
    with pytest.raises(TooManyVisitsError):
        visits.new()
    clock.now += 3600
    assert visits.new()


# --- the access code ---------------------------------------------------------------


def test_the_access_code_lets_in(library: Library) -> None:
    code = new_code()
    assert re.fullmatch(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", code)
    assert new_code() != code
    gate = Gate(frozenset({HOST}), code=code)
    app, _, _, _ = app_with(library, gate=gate)
    visitor = Visitor(app)
    visitor.get("/")
    assert "Access code" in visitor.text
    assert code not in visitor.text
    for place in PAGES[1:-2]:
        assert visitor.get(place).status_code == 403, place
    visitor.get("/")
    token = visitor.token
    for place in POSTS:
        if place != "/code":
            visitor.get("/")
            assert visitor.post(place).status_code == 403, place
    visitor.get("/")
    assert visitor.post("/code", [("code", "wrong")]).status_code == 403
    assert "That is not the code" in visitor.text
    before = visitor.client.get_cookie("backguide", domain="127.0.0.1").value
    visitor.post("/code", [("code", f" {code} ")])
    assert visitor.client.get_cookie("backguide", domain="127.0.0.1").value != before
    assert visitor.token != token
    visitor.post("/start")
    assert visitor.at == "/q/1"


def test_codes_cannot_be_tried_out(library: Library) -> None:
    gate = Gate(frozenset({HOST}), code="abcd-efgh-jkmn")
    app, _, _, _ = app_with(library, gate=gate)
    for _ in range(MOST_CODES):
        visitor = Visitor(app)
        visitor.get("/")
        visitor.post("/code", [("code", "\u00e9")])
    visitor.post("/code", [("code", "abcd-efgh-jkmn")])
    assert "Too many wrong codes" in visitor.text


# --- the whole program ----------------------------------------------------------------


def begun(server: OwnServer) -> tuple[str, str]:
    """Start an interview; return the cookie and the first page."""
    first = server.ask("GET", "/")
    assert first.status == 200
    started = server.ask("POST", "/start", f"token={first.token}", Cookie=first.cookie)
    assert started.status == 303
    page = server.ask("GET", "/q/1", Cookie=started.cookie)
    mark = re.search(r'name="mark" value="([^"]+)"', page.text)
    assert mark
    taken = server.ask(
        "POST", "/q/1", f"token={page.token}&mark={mark[1]}&f0=en-GB",
        Cookie=started.cookie,
    )  # fmt: skip
    assert taken.status == 303
    assert taken.headers["Location"] == "/q/2"
    return started.cookie, page.text


def test_it_connects_to_nobody_and_writes_nothing(tmp_path: Path) -> None:
    with own_server(tmp_path, is_watched=True) as server:
        cookie, _ = begun(server)
        page = server.ask("GET", "/q/2", Cookie=cookie)
        mark = re.search(r'name="mark" value="([^"]+)"', page.text)
        body = f"token={page.token}&mark={mark[1] if mark else ''}&f2=yes"
        assert server.ask("POST", "/q/2", body, Cookie=cookie).status == 303
        made = server.ask("POST", "/answers", f"token={page.token}", Cookie=cookie)
        assert made.headers["Location"] == "/guide"
        pdf = server.ask("GET", "/guide/guide.pdf", Cookie=cookie)
        assert pdf.body.startswith(b"%PDF")
        picture = server.ask("GET", "/guide/page-1.png", Cookie=cookie)
        assert picture.body.startswith(b"\x89PNG")
        assert server.end() in (0, 130)
    told = [line.split() for line in server.said if line.startswith("AUDIT")]
    others = [o for o in server.said if o.strip() and not o.startswith("AUDIT")]
    bound = [line for line in told if line[1] == "socket.bind"]
    assert bound == [["AUDIT", "socket.bind", "127.0.0.1"]]
    for line in told:
        # It may knock at its own door to end itself.
        own = line[1] in ("socket.bind", "socket.getaddrinfo", "socket.connect")
        assert own, line
        assert "127.0.0.1" in " ".join(line[2:]), line
    assert list(tmp_path.iterdir()) == []
    assert [o.split()[0] for o in others] in (["Open"], ["Open", "Stopped."])


def test_a_body_without_an_end_is_cut_off(tmp_path: Path) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 50_000_000:
            sent += 10_000
            yield b"a" * 10_000

    with own_server(tmp_path) as server:
        link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        try:
            link.request("POST", "/q/1", endless(), encode_chunked=True,
                         headers={"Transfer-Encoding": "chunked"})  # fmt: skip
            assert link.getresponse().status in (400, 410, 413)
        except OSError:
            pass  # it hung up while we talked on
        finally:
            link.close()
        assert sent < 20_000_000
        begun(server)


def test_nothing_is_left_after_a_kill(tmp_path: Path) -> None:
    with own_server(tmp_path) as server:
        cookie, _ = begun(server)
        assert server.ask("GET", "/q/2", Cookie=cookie).status == 200
        port = server.port
        server.kill()
    with own_server(tmp_path, "--port", str(port)) as server:
        gone = server.ask("GET", "/q/2", Cookie=cookie)
        assert gone.status == 410
        assert "not here any more" in gone.text
        begun(server)
    assert list(tmp_path.iterdir()) == []


def test_with_a_certificate_it_speaks_tls(tmp_path: Path) -> None:
    files = ("--certificate", str(DATA / "tls" / "certificate.pem"),
             "--key", str(DATA / "tls" / "key.pem"))  # fmt: skip
    with own_server(tmp_path, *files) as server:
        assert server.scheme == "https"
        first = server.ask("GET", "/")
        assert "Secure" in first.headers["Set-Cookie"]
        assert "max-age" in first.headers["Strict-Transport-Security"]
        begun(server)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--address", "0.0.0.0"), "one address"),
        (("--address", "192.0.2.7"), "needs TLS"),
        (("--address", "example.org"), "in numbers"),
        (("--certificate", __file__), "belong together"),
        (("--certificate", __file__, "--key", __file__), "cannot be read"),
        (("--port", "70000"), "range"),
    ],
)
def test_what_cannot_be_is_told(arguments: tuple[str, ...], words: str) -> None:
    from click.testing import CliRunner

    from backguide.cli import main

    done = CliRunner().invoke(main, ["serve", *arguments])
    assert done.exit_code == 2, done.stderr
    assert words in " ".join(done.stderr.split())

"""The form in a real browser: at home, small and wide, by keyboard, without script."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from backguide.guidance.library import Library
from backguide.interview.answering import keys_of, line_keys
from backguide.interview.engine import Interview
from backguide.profile.facts import known_facts
from backguide.profile.load import profile_from_bytes
from backguide.web.forms import kind_of
from own_servers import OwnServer
from web_people import calm
from web_visitor import typed

NODE = Path(__file__).parents[1] / "node"
NARROW, WIDE = (320, 640), (1280, 800)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def page_of(chromium: Any, server: OwnServer, size: tuple[int, int],
            **more: Any) -> Iterator[Any]:  # fmt: skip
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, accept_downloads=True, **more
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url)
            if not request.url.startswith(base(server)) else None)  # fmt: skip
    page.goto(f"{base(server)}/")
    yield page
    context.close()
    assert outside == []
    # Pages that are gone, and what was asked to be cleared, are told there too.
    usual = ("status of 4", "Clear-Site-Data")
    assert [s for s in said if not any(word in s for word in usual)] == []


def base(server: OwnServer) -> str:
    return f"{server.scheme}://127.0.0.1:{server.port}"


@cache
def axe() -> str:
    """Return the script of axe-core, which ``run_tests.py`` installs with npm."""
    path = NODE / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        words = "axe-core is missing: run npm ci in tests/node"
        pytest.fail(words) if os.environ.get("CI") else pytest.skip(words)
    return path.read_text("utf-8")


def judged(page: Any) -> None:
    """Have axe judge the page, and see that nothing is wider than the window."""
    page.evaluate(axe())
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})",
        RULES,
    )
    wrong = [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]]
    assert wrong == [], (page.url, wrong)
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    ), page.url
    assert page.locator("h1").count() == 1, page.url
    assert page.title()


class Home:
    """A person at home in front of a page."""

    def __init__(
        self, page: Any, library: Library, answers: dict[str, Any], mode: str = "self"
    ) -> None:
        self.page = page
        self.answers = answers
        today = date.today()  # noqa: DTZ011
        self.interview = Interview(library, mode=mode, day=today)
        self.given: dict[str, Any] = {}

    def start(self) -> None:
        self.page.get_by_role("button", name="Start").click()

    def answer(self) -> bool:
        """Answer what is shown; False when there is nothing left."""
        step = self.interview.step(self.given)
        if step.topic is None:
            return False
        if self.page.url.endswith("/more"):
            self.page.get_by_role("button", name="Tell you more").click()
        self.mark(step.fields, step.topic.is_list)
        self.page.get_by_role("button", name="Continue").click()
        self.given |= {path: self.answers.get(path) for path in step.fields}
        self.given = self.interview.kept(self.given)
        return True

    def mark(self, fields: tuple[str, ...], is_list: bool) -> None:
        values = [self.answers.get(path) for path in fields]
        if is_list and all(value in ("no", False) for value in values):
            self.page.locator("#none").check()
            return
        for number, (path, value) in enumerate(zip(fields, values, strict=True)):
            fact, name = known_facts()[path], f"f{number}"
            kind = kind_of(fact, is_list=is_list)
            if kind in ("line", "one"):
                keys = line_keys(fact) if kind == "line" else keys_of(fact)
                key = next((k for k, v in keys.items() if v == value), "leave-open")
                self.page.locator(f"input[name='{name}'][value='{key}']").check()
            elif kind == "many":
                for key in value or []:
                    self.page.locator(f"input[name='{name}'][value='{key}']").check()
                if value == []:
                    self.page.locator(f"#{name}-none").check()
            elif kind == "activities":
                for n, part in enumerate(p for a in value for p in a.values()):
                    self.page.locator(f"#{name}-{n}").fill(str(part))
            elif value is not None:
                self.page.locator(f"#{name}").fill(typed(fact, value))


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_home_from_the_first_page_to_forgetting(
    chromium: Any, server: OwnServer, library: Library, size: tuple[int, int]
) -> None:
    scheme = "light" if size == WIDE else "dark"
    with page_of(chromium, server, size, color_scheme=scheme) as page:
        judged(page)
        home = Home(page, library, calm())
        home.start()
        # First nothing is marked, and the page says what is missing.
        page.get_by_role("button", name="Continue").click()
        judged(page)
        assert page.evaluate("document.activeElement.className") == "problems"
        page.locator(".problems a").first.click()
        assert page.evaluate("document.activeElement.id") == "f0-0"
        while home.answer():
            judged(page)
        assert page.url.endswith("/answers")
        page.locator("a[href='/change/1']").click()
        judged(page)
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Make my guide").click()
        judged(page)
        assert page.locator(".sheet img").count() >= 2
        for picture in page.locator(".sheet img").all():
            picture.scroll_into_view_if_needed()
            assert picture.evaluate("i => i.decode().then(() => i.naturalWidth)") > 500
        with page.expect_download() as kept:
            page.get_by_role("link", name="Keep the guide as a file").click()
        assert kept.value.suggested_filename.startswith("bg-")
        assert Path(kept.value.path()).read_bytes().startswith(b"%PDF")
        with page.expect_download() as kept:
            page.get_by_role("link", name="Keep my answers as a file").click()
        content = Path(kept.value.path()).read_bytes()
        assert profile_from_bytes(content, "kept").get("mode") == "self"
        told = json.loads(content)
        assert told | {"length": None} == home.interview.profile(home.given) | {
            "length": None
        }
        cookies = page.context.cookies()
        assert [(c["httpOnly"], c["sameSite"]) for c in cookies] == [(True, "Strict")]
        page.get_by_role("button", name="Finish and forget").click()
        judged(page)
        assert page.context.cookies() == []
        page.go_back()
        assert "not here any more" in page.inner_text("main")
        judged(page)


def test_by_keyboard_alone(chromium: Any, server: OwnServer) -> None:
    with page_of(chromium, server, WIDE) as page:
        keys = page.keyboard
        keys.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        keys.press("Enter")
        keys.press("Tab")
        keys.press("Enter")
        page.wait_for_url("**/q/1")
        _to(page, "f0-0")
        keys.press("Space")
        keys.press("ArrowDown")
        assert page.locator("#f0-1").is_checked()
        _to(page, "", "Continue")
        keys.press("Enter")
        page.wait_for_url("**/q/2")
        _to(page, "none")
        keys.press("Space")
        _to(page, "", "Continue")
        keys.press("Enter")
        page.wait_for_url("**/q/3")
        _to(page, "f2-0")
        keys.press("Space")
        _to(page, "", "Continue")
        keys.press("Enter")
        # Weakness that gets worse: the questions end.
        page.wait_for_url("**/help")
        judged(page)
        _to(page, "", "Show the page")
        keys.press("Enter")
        page.wait_for_url("**/guide")
        judged(page)


def _to(page: Any, id_: str, words: str = "") -> None:
    """Press Tab until the focus is there; it must be seen where it is."""
    for _ in range(80):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "(e => ({id: e.id, words: e.innerText || '', "
            "line: getComputedStyle(e).outlineStyle}))(document.activeElement)"
        )
        assert at["line"] == "solid", at
        if (id_ and at["id"] == id_) or (words and words in at["words"]):
            return
        # A group of choices is one stop: arrows move within it.
        name, _, place = id_.rpartition("-")
        if name and at["id"] == f"{name}-0" and place != "0":
            for _ in range(int(place)):
                page.keyboard.press("ArrowDown")
            return
    raise AssertionError(f"no way to {id_ or words} by Tab")


def test_without_script(chromium: Any, server: OwnServer, library: Library) -> None:
    with page_of(chromium, server, NARROW, java_script_enabled=False) as page:
        home = Home(page, library, calm())
        home.start()
        while not page.url.endswith("/more"):
            assert home.answer()
        page.get_by_role("button", name="Look at my answers").click()
        page.get_by_role("button", name="Make my guide").click()
        assert page.locator(".sheet img").count() >= 2


def test_twice_the_size_and_in_print(chromium: Any, server: OwnServer) -> None:
    # 200 % of a window of 1,280 px is one of 640 px with twice the dots.
    with page_of(chromium, server, (640, 400), device_scale_factor=2) as page:
        page.get_by_role("button", name="Start").click()
        judged(page)
        page.emulate_media(media="print")
        assert not page.locator("header").is_visible()
        page.emulate_media(media="screen", forced_colors="active")
        judged(page)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_a_clinic_from_the_first_page_to_the_next_patient(
    chromium: Any, clinic_server: OwnServer, library: Library, size: tuple[int, int]
) -> None:
    with page_of(chromium, clinic_server, size) as page:
        answers = calm() | {"red_flags.past_stress_fracture": "yes"}
        home = Home(page, library, answers, mode="clinic")
        home.start()
        while not page.url.endswith("/more"):
            assert home.answer()
        page.get_by_role("button", name="Look at my answers").click()
        page.get_by_role("button", name="Make my guide").click()
        judged(page)
        assert page.locator("#review").is_visible()
        for summary in page.locator("#review ~ details summary").all():
            summary.click()
        judged(page)
        page.locator("input[name=drop]").first.check()
        page.get_by_role("button", name="Make the guide with this choice").click()
        judged(page)  # a reason is missing
        page.locator("[aria-invalid=true]").fill("Knows it well")
        page.get_by_role("button", name="Make the guide with this choice").click()
        judged(page)
        page.get_by_role("button", name="Approve as").click()
        judged(page)
        assert "Approved by" in page.inner_text("main")
        with page.expect_download() as kept:
            page.get_by_role("link", name="Note for the record").click()
        assert kept.value.suggested_filename.endswith(".note.txt")
        page.get_by_role("button", name="Next patient").click()
        judged(page)
        page.goto(f"{base(clinic_server)}/guide")
        assert "not here any more" in page.inner_text("main")

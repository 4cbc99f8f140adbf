"""Two programs that show FHIR forms, driven in Chromium without a network.

Each is shown a Questionnaire, filled in with clicks and keys, and then read.
"""

import json
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route

from backguide.fhir.form import NONE_CODE, Item, Option, form, walk
from fhir_responses import typed

HERE = Path(__file__).parent / "node"
MODULES = HERE / "node_modules"
SITE = "http://renderer.invalid"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}


class Renderer(ABC):
    """A program that shows a form."""

    name: str
    html: str
    ready: str
    """JavaScript that is true when it can show a form."""

    def __init__(self, browser: Browser, questionnaire: Mapping[str, Any]) -> None:
        """Open a page of its own and show the form."""
        self.faults: list[str] = []
        self.page: Page = browser.new_page()
        self.page.set_default_timeout(5_000)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.route("**/*", self._serve)
        self.page.goto(f"{SITE}/form.html")
        self.page.wait_for_function(self.ready)
        self.show(questionnaire)

    def _serve(self, route: Route) -> None:
        """Answer from the folder of the program; whatever else is asked for fails."""
        url = route.request.url
        path = url.removeprefix(SITE).partition("?")[0]
        if path == "/form.html":
            route.fulfill(body=self.html, content_type="text/html; charset=utf-8")
            return
        file = self.folder() / path.lstrip("/")
        if not url.startswith(SITE) or not file.is_file():
            self.faults.append(f"asked for {path}")
            route.abort()
            return
        kind = TYPES.get(file.suffix, "application/octet-stream")
        route.fulfill(body=file.read_bytes(), content_type=kind)

    @abstractmethod
    def folder(self) -> Path:
        """Return where its files lie."""

    @abstractmethod
    def show(self, questionnaire: Mapping[str, Any]) -> None:
        """Show the form."""

    @abstractmethod
    def toggle(self, item: Item, option: Option) -> None:
        """Click an answer."""

    @abstractmethod
    def write(self, item: Item, text: str) -> None:
        """Type a text, or a day as year-month-day."""

    @abstractmethod
    def response(self) -> dict[str, Any]:
        """Return what it hands over."""

    @abstractmethod
    def shows(self, link_id: str) -> bool:
        """Tell whether a question can be seen."""

    def close(self) -> None:
        """Close the page."""
        self.page.close()

    def fill(self, answers: Mapping[str, Any], *, uses_none: bool) -> None:
        """Give answers, by path, in the order of the form."""
        for item in walk(form()):
            if item.denies:
                if uses_none and _are_no(answers, item):
                    self.toggle(item, item.options[0])
            elif not item.path or answers.get(item.path) is None:
                continue
            elif not (uses_none and _is_denied(answers, item)):
                self.answer(item, answers[item.path])

    def answer(self, item: Item, value: Any) -> None:
        """Give one answer."""
        if item.kind != "choice":
            self.write(item, value if item.kind == "date" else typed(item.path, value))
            return
        values = value if isinstance(value, list) else [value]
        for option in item.options:
            wanted = values or [NONE_CODE]
            if (type(option.value), option.value) in [(type(v), v) for v in wanted]:
                self.toggle(item, option)


def _are_no(answers: Mapping[str, Any], item: Item) -> bool:
    return all(answers.get(path) in ("no", False) for path in item.denies)


def _is_denied(answers: Mapping[str, Any], item: Item) -> bool:
    lists = [i for i in walk(form()) if item.path in i.denies]
    return bool(lists) and _are_no(answers, lists[0])


class LhcForms(Renderer):
    """The form of the U.S. National Library of Medicine, as its files are shipped."""

    name = "lforms"
    html = (
        '<!doctype html><meta charset="utf-8">'
        '<link rel="stylesheet" href="/webcomponent/styles.css"><div id="form"></div>'
        '<script src="/webcomponent/assets/lib/zone.min.js"></script>'
        '<script src="/webcomponent/lhc-forms.js"></script>'
        '<script src="/fhir/R4/lformsFHIR.min.js"></script>'
    )
    ready = "window.LForms && LForms.FHIR && LForms.FHIR.R4 && LForms.Util"

    def folder(self) -> Path:
        return MODULES / "lforms" / "dist" / "lforms"

    def show(self, questionnaire: Mapping[str, Any]) -> None:
        call = 'q => LForms.Util.addFormToPage(q, "form", {fhirVersion: "R4"})'
        self.page.evaluate(call, dict(questionnaire))
        self.page.wait_for_selector('[id^="label-locale/"]')

    def toggle(self, item: Item, option: Option) -> None:
        place = f'label[id^="{item.link_id}/"][id$="|{option.system}|{option.code}"]'
        self.page.locator(place).click()

    def write(self, item: Item, text: str) -> None:
        if item.kind == "date":
            year, month, day = text.split("-")
            text = f"{month}/{day}/{year}"
        row = self.page.locator(f'[id^="item-{item.link_id}/"]')
        field = row.locator("input, textarea").first
        field.click()
        field.fill(text)
        field.press("Tab")

    def response(self) -> dict[str, Any]:
        form = 'document.getElementById("form")'
        kind = '"QuestionnaireResponse", "R4"'
        call = f"LForms.Util.getFormFHIRData({kind}, {form})"
        return dict(self.page.evaluate(call))

    def shows(self, link_id: str) -> bool:
        place = self.page.locator(f'[id^="label-{link_id}/"]')
        return bool(place.count()) and place.first.is_visible()


class Medplum(Renderer):
    """The form of Medplum, bundled for the test."""

    name = "medplum"
    html = (
        '<!doctype html><meta charset="utf-8">'
        '<link rel="stylesheet" href="/medplum.css"><div id="form"></div>'
        '<script src="/medplum.js"></script>'
    )
    ready = "Boolean(window.show)"
    bundle: Path

    def folder(self) -> Path:
        return self.bundle

    def show(self, questionnaire: Mapping[str, Any]) -> None:
        self.page.evaluate("q => window.show(q)", dict(questionnaire))
        self.page.wait_for_selector('[id="locale-option-0"]')

    def toggle(self, item: Item, option: Option) -> None:
        number = item.options.index(option)
        self.page.locator(f'[id="{item.link_id}-option-{number}"]').click()

    def write(self, item: Item, text: str) -> None:
        self.page.locator(f'[id="{item.link_id}"]').fill(text)

    def response(self) -> dict[str, Any]:
        self.page.evaluate("window.response = null")
        self.page.locator("button[type=submit]").click()
        self.page.wait_for_function("window.response")
        return dict(json.loads(self.page.evaluate("JSON.stringify(window.response)")))

    def shows(self, link_id: str) -> bool:
        place = self.page.locator(f'[id="{link_id}"], [id="{link_id}-option-0"]')
        return bool(place.count()) and place.first.is_visible()


def bundle_medplum(folder: Path) -> Path:
    """Bundle Medplum's form into a folder, and return it."""
    node = shutil.which("node")
    assert node is not None
    command = [
        node, str(MODULES / "esbuild" / "bin" / "esbuild"), "medplum.jsx", "--bundle",
        "--format=iife", f"--outfile={folder / 'medplum.js'}", "--jsx=automatic",
        '--define:process.env.NODE_ENV="production"', "--define:global=window",
        "--log-level=error",
    ]  # fmt: skip
    subprocess.run(command, cwd=HERE, check=True, capture_output=True)
    return folder

"""Make the pictures of the form in the browser for README, in Chromium.

``python tools/make_screenshots.py``: starts ``backguide serve``, fills in a page as
nobody in particular, and writes ``docs/serve-*.png``. Needs playwright and Chromium.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
SIZE = {"width": 760, "height": 860}
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def main() -> None:
    """Write the pictures."""
    command = [sys.executable, "-m", "backguide", "serve", "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603
    try:
        line = process.stderr.readline() if process.stderr else ""
        address = re.search(r"http://\S+", line)
        program = next(filter(None, map(shutil.which, NAMES)), None)
        if address is None or program is None:
            raise SystemExit("backguide serve did not start, or there is no Chromium")
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=program, args=["--no-sandbox"]
            )
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            page.goto(address[0])
            walk(page)
            browser.close()
    finally:
        process.terminate()
        process.wait()


def walk(page: Any) -> None:
    """Answer so that a guide in place of one is reached soon, and take pictures."""
    page.get_by_role("button", name="Start").click()
    page.locator("input[value='en-GB']").check()
    page.get_by_role("button", name="Continue").click()
    page.locator("#none").check()
    page.get_by_role("button", name="Continue").click()
    page.screenshot(path=ROOT / "docs" / "serve-question.png")
    page.locator("#f2-0").check()
    page.get_by_role("button", name="Continue").click()
    page.screenshot(
        path=ROOT / "docs" / "serve-help.png",
        clip={"x": 0, "y": 0, "width": SIZE["width"], "height": 520},
    )


if __name__ == "__main__":
    main()

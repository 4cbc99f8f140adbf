"""A real browser for the pages: Debian's chromium, driven by playwright."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from own_servers import OwnServer, own_server

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
HOW = (
    "there is no Chromium for the browser tests; install it (Debian: sudo apt-get "
    "install chromium), or leave them out with -m 'not browser'"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folder = Path(__file__).parent
    for item in items:
        if folder in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is missing")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.fail(HOW) if os.environ.get("CI") else pytest.skip(HOW)
    with sync.sync_playwright() as driver:
        # Whoever runs as root, as in CI, has no sandbox; pages are our own.
        browser = driver.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    with own_server(tmp_path_factory.mktemp("home")) as server:
        yield server


@pytest.fixture(scope="session")
def clinic_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    clinic = tmp_path_factory.mktemp("file") / "clinic.toml"
    clinic.write_text(
        'name = "Example Back Clinic"\nclinician_name = "Example Clinician"\n'
        'clinician_role = "Physiotherapist"\n',
        "utf-8",
    )
    folder = tmp_path_factory.mktemp("clinic")
    with own_server(folder, "--mode", "clinic", "--clinic", str(clinic)) as server:
        yield server

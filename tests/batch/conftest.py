"""What batch tests share."""

from typing import Any

import pytest

from backguide.batch import run
from backguide.guidance.library import Library, load_library
from backguide.resources import templates_root


@pytest.fixture(autouse=True)
def _library_read_once(monkeypatch: pytest.MonkeyPatch, library: Library) -> None:
    """Spare the many small runs in this process the reading of the content."""

    def load(root: Any) -> Library:
        return library if root == templates_root() else load_library(root)

    monkeypatch.setattr(run, "load_library", load)

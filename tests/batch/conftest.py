"""What batch tests share."""

from pathlib import Path

import pytest

from backguide.batch import run
from backguide.guidance.library import Library, load_library


@pytest.fixture(autouse=True)
def _library_read_once(monkeypatch: pytest.MonkeyPatch, library: Library) -> None:
    """Spare the many small runs in this process the reading of the content."""

    def load(folder: Path | None) -> Library:
        return load_library(folder) if folder else library

    monkeypatch.setattr(run, "library_at", load)

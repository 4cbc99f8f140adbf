"""One slip in a file of the content is one message: the cause, not what follows."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from backguide.guidance.check import check_content
from backguide.guidance.library import load_library
from backguide.handout.inserts import INSERTS
from backguide.resources import templates_root

DAY = date(2026, 12, 1)
ROOT = Path(str(templates_root()))
FILES = (
    *sorted(p.relative_to(ROOT).as_posix() for p in ROOT.glob("*.toml")),
    *(f"en/{name}.toml" for name in ("handout", "main-message", "reasons", "ui")),
    "en/exercises/X02-knee-rolls.toml",
    "en/sections/run-walk-plan.md",
)
"""What the library is read from; of sections and exercises one each."""


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT, tmp_path / "templates"))


def told(folder: Path) -> list[str]:
    report = check_content(folder, DAY, insert_names=frozenset(INSERTS))
    return [str(problem) for problem in report.errors]


def test_marks_and_ends_of_lines_are_read_like_those_of_a_profile(
    templates: Path,
) -> None:
    """A byte order mark in a content file gave up to 97 messages."""
    for path in templates.rglob("*"):
        if path.suffix in (".toml", ".md"):
            content = path.read_bytes().replace(b"\n", b"\r\n")
            path.write_bytes(b"\xef\xbb\xbf" + content)
    library, plain = load_library(templates), load_library(ROOT)
    assert library.version == plain.version
    assert told(templates) == []


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_toml_is_the_only_thing_told(
    name: str, templates: Path
) -> None:
    """One slip in ``handout.toml`` gave a message for each section that names it."""
    path = templates / name
    text = path.read_text("utf-8")
    line = 2 if name.endswith(".md") else 1
    path.write_text(text.replace("\n", "\nwhat?\n", 1) if line == 2 else f"?\n{text}")
    (only,) = told(templates)
    assert only.startswith(f"templates/{name}:{line}: not valid TOML")


@pytest.mark.parametrize(
    ("name", "old", "new", "count"),
    [
        ("en/handout.toml", "groups = [", "groups = 3 # [", 1),
        ("en/handout.toml", '"exercises"', '"exercise"', 2),
        ("sources.toml", "[R01]", "[R0l]", 1),
    ],
)
def test_a_slip_that_many_others_lean_on_is_told_once(
    name: str, old: str, new: str, count: int, templates: Path
) -> None:
    """The group's name is missing in two other files, so it is told for both."""
    path = templates / name
    path.write_text(path.read_text("utf-8").replace(old, new, 1))
    assert len(told(templates)) == count

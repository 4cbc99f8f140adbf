"""``content check`` tells of a letter that the font lacks before a handout does."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from backguide.guidance.check import check_content
from backguide.handout.inserts import INSERTS
from backguide.resources import templates_root


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("en/sections/shoes.md", "+++\n\n", "+++\n\nA \u2603 here. ", "U+2603"),
        ("en/sections/shoes.md", 'title = "', 'title = "\\u2603 ', "U+2603"),
        ("en/handout.toml", 'title = "', 'title = "\u738b ', "U+738B"),
        ("en/ui.toml", ' = "', ' = "\u200b', "U+200B"),
        ("emergency_numbers.toml", 'emergency = "', 'emergency = "\u05d0', "U+05D0"),
    ],
)
def test_a_letter_that_cannot_print_is_told_with_its_line(
    name: str, old: str, new: str, words: str, tmp_path: Path
) -> None:
    """The check passed, and the first handout failed."""
    folder = Path(shutil.copytree(str(templates_root()), tmp_path / "t"))
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    line = text.count("\n", 0, text.index(old)) + 1 + old.count("\n")
    report = check_content(folder, date(2026, 12, 1), insert_names=frozenset(INSERTS))
    told = [str(problem) for problem in report.errors]
    assert next(one for one in told if words in one).startswith(
        f"templates/{name}:{line}: {words}"
    )

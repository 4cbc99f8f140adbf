"""What ``templates/README.md`` tells an author is true: it is done here, by steps."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from backguide.guidance.check import Report, check_content
from backguide.guidance.library import load_library
from backguide.handout.inserts import INSERTS
from backguide.resources import templates_root

TESTS = Path(__file__).parents[1]
GUIDE = TESTS.parent / "templates" / "README.md"


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    return Path(shutil.copytree(str(templates_root()), tmp_path / "templates"))


def checked(root: Path) -> Report:
    return check_content(root, date(2026, 11, 24), insert_names=frozenset(INSERTS))


def edit(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def test_every_message_of_the_guide_is_one_that_the_check_gives() -> None:
    given = "\n".join(
        path.read_text("utf-8")
        for path in (
            *sorted((TESTS / "data" / "content_faults").glob("*/expected.txt")),
            TESTS / "guidance" / "test_check.py",
            TESTS / "guidance" / "test_poses.py",
        )
    )
    table = GUIDE.read_text("utf-8").split("| what happened |")[1].split("\n\n")[0]
    quoted = re.findall(r"`([^`]+)`", table)
    assert len(quoted) >= 12
    assert [words for words in quoted if words not in given] == []


def test_every_file_of_the_guide_is_there() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", GUIDE.read_text("utf-8"), re.M)
    assert len(rows) >= 12
    for name in rows:
        assert list(GUIDE.parent.glob(name)), name


def test_a_changed_text_a_number_and_a_condition_are_used(templates: Path) -> None:
    edit(templates / "en/sections/shoes.md", ("Swap slowly.", "Change pairs slowly."))
    edit(templates / "thresholds.toml", ("value = 500", "value = 600"))
    edit(
        templates / "en/sections/cause-sleep.md",
        ('{ fact = "person.sleep_quality", is = "poor" }',
         '{ fact = "person.sleep_quality", one_of = ["poor", "fair"] }'),
    )  # fmt: skip
    library = load_library(templates)
    assert library.thresholds["worn_shoe_km"] == 600
    assert "Change pairs slowly." in library.sections["shoes"].plain_text()
    sleep = library.sections["cause-sleep"]
    assert sleep.applies({"person.sleep_quality": "fair"})


def test_a_new_section_and_a_new_exercise(templates: Path) -> None:
    sections, cards = templates / "en/sections", templates / "en/exercises"
    shutil.copy(sections / "shoes.md", sections / "socks.md")
    edit(
        sections / "socks.md",
        ('id = "shoes"', 'id = "socks"'),
        (re.search(r"claims = .*", (sections / "socks.md").read_text())[0],  # type: ignore[index]
         "claims = []"),
    )  # fmt: skip
    shutil.copy(cards / "X05-glute-bridge.toml", cards / "X21-small-bridge.toml")
    edit(
        cards / "X21-small-bridge.toml",
        ('id = "X05"', 'id = "X21"'),
        ('slug = "glute-bridge"', 'slug = "small-bridge"'),
        ('claims = ["S2-18", "S3-28"]', "claims = []"),
    )
    told = [problem.message for problem in checked(templates).errors]
    assert told == ['the exercise "small-bridge" has no figure']
    poses = (templates / "poses.toml").read_text("utf-8")
    start = poses.index("[glute-bridge]")
    end = poses.index("\n[", poses.index("arrows", start))
    pose = poses[start:end].replace("glute-bridge", "small-bridge")
    (templates / "poses.toml").write_text(f"{poses}\n{pose}\n", "utf-8")
    told = [problem.message for problem in checked(templates).errors]
    assert told == ["X21 stands in no pool"]
    edit(templates / "exercise_picker.toml", ('A = ["X01",', 'A = ["X21", "X01",'))
    assert checked(templates).errors == ()

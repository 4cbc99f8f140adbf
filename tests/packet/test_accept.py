"""A review gets into a head only for the very text that was read, and all or none."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from backguide.guidance.content_file import ContentFile
from backguide.guidance.library import Library, load_library
from backguide.guidance.review import is_reviewed, review_state
from backguide.packet.accept import accepted
from backguide.packet.evidence import read_evidence
from backguide.packet.items import every_item
from backguide.packet.listing import (
    PacketList,
    as_bytes,
    changed_since,
    from_bytes,
    gone_since,
    list_of,
)
from backguide.resources import templates_root

TODAY = date(2026, 12, 24)
SHOES = "en/sections/shoes.md"
BRIDGE = "en/exercises/X05-glute-bridge.toml"
WHO = {"by": "A. Test", "on": TODAY, "today": TODAY}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(str(templates_root()), tmp_path / "templates"))


@pytest.fixture(scope="module")
def listed(library: Library) -> PacketList:
    every = every_item(library, read_evidence(templates_root()))
    return list_of(every, every, TODAY)


def reviewable(library: Library) -> list[str]:
    return [file.name for file in library.files if "written_on" in file.table]


def test_every_reviewable_file_can_be_accepted(
    root: Path, listed: PacketList, library: Library
) -> None:
    """And what was unreviewed is reviewed then, with nothing else changed."""
    names = tuple(n for n in reviewable(library) if n in listed.files)
    assert len(names) > 100
    found, problems = accepted(names, root, listed, **WHO)
    assert problems == ()
    for file in found:
        before = ContentFile(root, file.path.relative_to(root).as_posix())
        assert file.before == file.path.read_bytes()
        file.path.write_bytes(file.after)
        after = ContentFile(root, before.name)
        assert is_reviewed(after)
        assert after.body == before.body
        told = {"reviewed_by": "A. Test", "reviewed_on": TODAY}
        assert {**before.table, **told} == {
            k: v for k, v in after.table.items() if k != "reviewed_state"
        }
    state = review_state(load_library(root), TODAY)
    assert state.is_clear


def test_to_accept_twice_keeps_one_entry_of_each(
    root: Path, listed: PacketList
) -> None:
    for name in ("A. Test", 'B. "Quote" Test'):
        (file,), _ = accepted((SHOES,), root, listed, **{**WHO, "by": name})
        file.path.write_bytes(file.after)
    text = (root / SHOES).read_text("utf-8")
    assert text.count("reviewed_by") == text.count("reviewed_on") == 1
    assert ContentFile(root, SHOES).table["reviewed_by"] == name


def test_a_later_change_counts_as_not_reviewed(root: Path, listed: PacketList) -> None:
    """It counted as reviewed as long as nobody changed the day of writing."""
    (file,), _ = accepted((SHOES,), root, listed, **WHO)
    text = file.after.decode("utf-8")
    later = text.replace("review_by = 2027-11-23", "review_by = 2028-11-23")
    assert later != text
    for changed, expected in ((text, True), (later, True), (text + "More.\n", False)):
        (root / SHOES).write_text(changed, "utf-8")
        assert is_reviewed(ContentFile(root, SHOES)) is expected


def test_all_problems_are_told_at_once(root: Path, listed: PacketList) -> None:
    shoes = root / SHOES
    shoes.write_text(shoes.read_text("utf-8") + "One more line.\n", "utf-8")
    names = (SHOES, BRIDGE, "en/sections/nothing.md", "../outside.toml", "claims.toml")
    _, problems = accepted(
        names, root, listed, by=" ", on=TODAY + timedelta(days=1), today=TODAY
    )
    told = {problem.where: problem.message for problem in problems}
    assert set(told) == {"--by", "--on", *names} - {BRIDGE}
    assert "changed since" in told[SHOES]
    assert "after today" in told["--on"]
    assert "did not print" in told["claims.toml"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "two\nlines", "bell\a"])
def test_a_name_that_is_none_is_refused(
    name: str, root: Path, listed: PacketList
) -> None:
    _, problems = accepted((SHOES,), root, listed, **{**WHO, "by": name})
    assert [problem.where for problem in problems] == ["--by"]


def test_a_review_before_the_writing_is_refused(root: Path, listed: PacketList) -> None:
    _, problems = accepted((SHOES,), root, listed, **{**WHO, "on": date(2026, 1, 1)})
    assert "was written on" in problems[0].message


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_ends_of_lines_stay(newline: str, root: Path, listed: PacketList) -> None:
    path = root / SHOES
    path.write_bytes(path.read_bytes().replace(b"\n", newline.encode()))
    (file,), problems = accepted((SHOES,), root, listed, **WHO)
    assert problems == ()
    assert file.after.count(newline.encode()) == file.after.count(b"\n")


# --- what changed ---------------------------------------------------------------


def test_a_list_survives_its_file(listed: PacketList) -> None:
    assert from_bytes(as_bytes(listed)) == listed


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"\xff", b'{"format": "backguide-review-packet"}', b"[" * 9999],
)
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="list of a packet"):
        from_bytes(content)


def items_at(root: Path) -> tuple:
    return every_item(load_library(root), read_evidence(root))


@pytest.mark.parametrize(
    ("name", "old", "new", "changed"),
    [
        (SHOES, "+++\n", "+++\n", set()),
        ("thresholds.toml", "value = 500", "value = 600", {"number worn_shoe_km"}),
        (BRIDGE, "Lift only halfway.", "Lift half.", {"exercise X05"}),
        ("en/ui.toml", 'not_sure = "not sure"', 'not_sure = "unsure"',
         {"word not_sure"}),
        (SHOES, "review_by = 2027-11-23", "review_by = 2027-11-22", set()),
    ],
)  # fmt: skip
def test_only_what_changed_is_new(
    name: str, old: str, new: str, changed: set[str], root: Path, listed: PacketList
) -> None:
    path = root / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    every = items_at(root)
    assert {item.id for item in changed_since(every, listed)} >= changed
    assert (changed_since(every, listed) == ()) == (not changed)
    assert gone_since(every, listed) == ()


def test_what_went_away_is_told(root: Path, listed: PacketList) -> None:
    path = root / "en" / "reasons.toml"
    text = path.read_text("utf-8")
    line = 'n_exercises = "you asked for up to {value} exercises"\n'
    path.write_text(text.replace(line, ""), "utf-8")
    assert gone_since(items_at(root), listed) == ("reason n_exercises",)

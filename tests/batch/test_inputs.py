"""What a batch takes in, what it refuses, and what it never mixes up."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backguide.batch.inputs import (
    Entry,
    Shard,
    natural_key,
    plan_batch,
    told_passed_over,
)
from backguide.errors import ProfileError
from backguide.profile.strict_json import MAX_BYTES
from batch.factory import fill, profile
from strategies import as_bytes


def codes(entry: Entry) -> list[str]:
    return [problem.code for problem in entry.problems]


def by_name(folder: Path) -> dict[str, Entry]:
    return {entry.name: entry for entry in plan_batch(folder).entries}


def test_the_order_is_natural(tmp_path: Path) -> None:
    fill(tmp_path, ["p10", "p2", "p1", "a20b3", "a20b20", "P3", "p02"])
    ids = [entry.id for entry in plan_batch(tmp_path).entries]
    assert ids == ["a20b3", "a20b20", "p1", "p02", "p2", "P3", "p10"]
    assert sorted(["x2", "x10", "x1"], key=natural_key) == ["x1", "x2", "x10"]
    assert natural_key("a") != natural_key("A")


def test_what_is_passed_over_is_counted_by_its_reason(tmp_path: Path) -> None:
    """A profile saved as .json.txt or .txt, or in a folder of its own, was left out
    without a word, and the report said that nothing needs attention."""
    fill(tmp_path, ["p1"])
    for name in (
        ".DS_Store", "._p1.json", "Thumbs.db", "desktop.ini", ".p1.json.swp",
        "p3.json.txt", "P4.TXT", "p2.json.bak", "p2.json~", "p3.jsonl", "p5.Smith",
    ):  # fmt: skip
        (tmp_path / name).write_bytes(b"{}")
    (tmp_path / "monday").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "monday")
    (tmp_path / "out").mkdir()
    plan = plan_batch(tmp_path, besides=tmp_path / "out")
    assert [entry.name for entry in plan.entries] == ["p1.json"]
    assert dict(plan.passed_over) == {
        "files of the operating system": 4,
        "hidden files": 1,
        "files whose name goes on after .json (rename them)": 3,
        ".txt files": 1,
        ".jsonl files": 1,
        "files of another ending": 1,
        "folders (--recursive reads them)": 1,
        "hidden folders": 1,
        "linked folders": 1,
    }
    assert "Smith" not in told_passed_over(plan.passed_over)


@pytest.mark.parametrize(
    "name",
    [
        ".p6.json.icloud", ".anything.icloud", "p7.json.part", "p7.json.partial",
        "Unconfirmed 12345.crdownload", "p7.json.crdownload", "p7.json.download",
        "p7.json.tmp", "download.part", "~$p7.json", "P7.JSON.PART",
    ],
)  # fmt: skip
def test_what_is_not_wholly_here_is_a_failure(name: str, tmp_path: Path) -> None:
    """A profile that is still in the cloud, or half downloaded, was left out."""
    fill(tmp_path, ["p1"])
    (tmp_path / name).write_bytes(b"")
    found = {entry.name: codes(entry) for entry in plan_batch(tmp_path).entries}
    assert found == {"p1.json": [], name: ["E_UNFINISHED"]}


@pytest.mark.parametrize("name", ["photo.jpg.part", "x.docx.tmp", "~$letter.docx"])
def test_half_of_something_else_is_no_failure(name: str, tmp_path: Path) -> None:
    fill(tmp_path, ["p1"])
    (tmp_path / name).write_bytes(b"")
    plan = plan_batch(tmp_path)
    assert len(plan.entries) == 1
    assert sum(count for _, count in plan.passed_over) == 1


def test_folders_in_a_folder_are_read_when_asked_for(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", ["p2"])
    fill(source / "monday", ["p10", "p9"])
    fill(source / "monday" / "late", ["p11"])
    fill(source / ".hidden", ["p12"])
    fill(source / "out", ["p13"])
    (source / "monday" / "round").symlink_to(source)
    plan = plan_batch(source, is_recursive=True, besides=source / "out")
    names = [entry.name for entry in plan.entries]
    assert names == [
        "monday/late/p11.json", "monday/p9.json", "monday/p10.json", "p2.json",
    ]  # fmt: skip
    assert dict(plan.passed_over) == {"hidden folders": 1, "linked folders": 1}
    fill(source / "tuesday", ["p9"])
    plan = plan_batch(source, is_recursive=True, besides=source / "out")
    assert [e.id for e in plan.entries if e.problems] == ["p9", "p9"]


def test_what_is_no_file_is_told_and_never_opened(tmp_path: Path) -> None:
    fill(tmp_path, ["p1"])
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    (tmp_path / "huge.json").write_bytes(b" " * (MAX_BYTES + 1))
    (tmp_path / "empty.json").write_bytes(b"")
    (tmp_path / "torn.json").write_bytes(as_bytes(profile("x"))[:-20])
    (tmp_path / "utf16.json").write_bytes('{"profile_id": "x"}'.encode("utf-16"))
    told = {name: codes(entry) for name, entry in by_name(tmp_path).items()}
    assert told == {
        "p1.json": [],
        "pipe.json": ["E_NOT_A_FILE"],
        "folder.json": ["E_NOT_A_FILE"],
        "gone.json": ["E_NOT_FOUND"],
        "zero.json": ["E_NOT_A_FILE"],
        "huge.json": ["E_TOO_LARGE"],
        "empty.json": ["E_EMPTY"],
        "torn.json": ["E_JSON"],
        "utf16.json": ["E_ENCODING"],
    }


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"profile_id":' + b"9" * 5000 + b"}", b"[1]", b'{"person": 3}'],
)
def test_odd_json_is_a_finding(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_bytes(content)
    (entry,) = plan_batch(tmp_path).entries
    assert entry.problems


@pytest.mark.parametrize(("first", "second"), [("p7", "p7"), ("Ann", "ANN")])
def test_the_same_id_twice_stops_both(first: str, second: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(as_bytes(profile(first)))
    (tmp_path / "b.json").write_bytes(
        as_bytes(profile(second, **{"person.age_years": 50}))
    )
    fill(tmp_path, ["other"])
    entries = by_name(tmp_path)
    assert codes(entries["a.json"]) == codes(entries["b.json"]) == ["E_DUPLICATE_ID"]
    assert entries["b.json"].label in entries["a.json"].problems[0].message
    assert codes(entries["other.json"]) == []


def test_the_same_answers_without_an_id_clash_too(tmp_path: Path) -> None:
    raw = profile("x")
    del raw["profile_id"]
    (tmp_path / "a.json").write_bytes(as_bytes(raw))
    (tmp_path / "b.json").write_bytes(json.dumps(raw, indent=4).encode())
    (tmp_path / "c.json").write_bytes(as_bytes(raw | {"paper_size": "Letter"}))
    entries = by_name(tmp_path)
    assert codes(entries["a.json"]) == codes(entries["b.json"]) == ["E_DUPLICATE_ID"]
    assert entries["c.json"].id.startswith("g")
    assert codes(entries["c.json"]) == []


def test_many_with_one_id_are_told_in_short(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"f{number}.json").write_bytes(as_bytes(profile("same")))
    words = plan_batch(tmp_path).entries[0].problems[0].message
    assert "and 24 more" in words


@pytest.mark.parametrize("name", ["CON", "nul", "Com1", "LPT9"])
def test_names_that_windows_keeps_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_bytes(as_bytes(profile(name)))
    (entry,) = plan_batch(tmp_path).entries
    assert codes(entry) == ["E_ID_RESERVED"]


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "a\n", "Ann Smith", "a" * 33, "-a", ""]
)
def test_an_id_that_is_none_is_refused_and_not_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_bytes(as_bytes(profile(name)))
    (entry,) = plan_batch(tmp_path).entries
    assert entry.id == ""
    assert entry.problems
    assert "Ann" not in str(entry)


def test_inputs_are_called_by_place_and_hash_never_by_name(tmp_path: Path) -> None:
    """A file called Lastname_First_1980.json put that name into every report."""
    (tmp_path / "Smith_Anna_1980.json").write_bytes(as_bytes(profile("p1")))
    (tmp_path / "Smith_Bo_1981.json").write_bytes(as_bytes(profile("p1")))
    (tmp_path / "Smith_Cy.json").write_bytes(b"{")
    (tmp_path / "Smith\nDi.json").mkdir()
    (tmp_path / os.fsdecode(b"Smith_\xff.json")).write_bytes(b"")
    plan = plan_batch(tmp_path)
    assert not any("Smith" in str(replace(e, name="")) for e in plan.entries)
    for entry in plan.entries:
        short = f" #{entry.sha256[:8]}" if entry.sha256 else ""
        assert entry.label == f"file {entry.number}{short}"
    assert all(name.isprintable() for name in plan.names().values())
    assert plan.names()["file 1"] == "Smith\ufffdDi.json"


def test_reading_again_tells_when_the_file_has_changed(tmp_path: Path) -> None:
    fill(tmp_path, ["p1"])
    (entry,) = plan_batch(tmp_path).entries
    assert entry.read() == (tmp_path / "p1.json").read_bytes()
    (tmp_path / "p1.json").write_bytes(as_bytes(profile("p1", paper_size="Letter")))
    with pytest.raises(ProfileError) as caught:
        entry.read()
    assert caught.value.problems[0].code == "E_CHANGED"


# --- JSON Lines --------------------------------------------------------------


def lines(path: Path, *parts: bytes, end: bytes = b"\n") -> Path:
    path.write_bytes(end.join(parts))
    return path


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_each_line_is_a_profile(end: bytes, tmp_path: Path) -> None:
    path = lines(
        tmp_path / "all.jsonl",
        b"\xef\xbb\xbf" + as_bytes(profile("p1")),
        b"",
        as_bytes(profile("zo\u00eb"))[:-5],
        b" " * (MAX_BYTES + 100),
        b"x" * (3 * MAX_BYTES),
        as_bytes(profile("p3")),
        as_bytes(profile("p1")),
        as_bytes(profile("p4")),
        end=end,
    )
    entries = plan_batch(path).entries
    assert [(e.name, e.id, codes(e)) for e in entries] == [
        ("all.jsonl line 1", "p1", ["E_DUPLICATE_ID"]),
        ("all.jsonl line 3", "", ["E_JSON"]),
        ("all.jsonl line 5", "", ["E_TOO_LARGE"]),
        ("all.jsonl line 6", "p3", []),
        ("all.jsonl line 7", "p1", ["E_DUPLICATE_ID"]),
        ("all.jsonl line 8", "p4", []),
    ]
    assert json.loads(entries[0].read())["profile_id"] == "p1"
    assert json.loads(entries[3].read())["profile_id"] == "p3"
    assert json.loads(entries[5].read())["profile_id"] == "p4"


def test_an_empty_source_has_no_entries(tmp_path: Path) -> None:
    assert plan_batch(lines(tmp_path / "none.jsonl", b"\n \n")).entries == ()
    assert plan_batch(tmp_path).entries == ()


@pytest.mark.parametrize("name", ["nowhere.jsonl", "pipe.jsonl", "what.xml", "gone"])
def test_a_source_that_is_none_is_refused_as_a_whole(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(ProfileError) as caught:
        plan_batch(tmp_path / name)
    assert caught.value.problems[0].code == "E_SOURCE"


def test_a_single_profile_is_a_small_batch(tmp_path: Path) -> None:
    fill(tmp_path, ["p1", "p2"])
    assert [e.id for e in plan_batch(tmp_path / "p2.json").entries] == ["p2"]


# --- shards ------------------------------------------------------------------


def test_shards_share_everything_and_overlap_nowhere(tmp_path: Path) -> None:
    fill(tmp_path, [f"p{n}" for n in range(200)])
    parts = [
        {e.id for e in plan_batch(tmp_path, shard=Shard(n, 4)).entries}
        for n in range(1, 5)
    ]
    assert set.union(*parts) == {f"p{n}" for n in range(200)}
    assert sum(map(len, parts)) == 200
    assert all(30 < len(part) < 70 for part in parts)


def test_a_clash_is_seen_over_the_border_of_shards(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"f{number}.json").write_bytes(as_bytes(profile("same")))
    told: list[Any] = []
    for number in (1, 2, 3):
        entries = plan_batch(tmp_path, shard=Shard(number, 3)).entries
        told += [codes(entry) for entry in entries]
    assert told == [["E_DUPLICATE_ID"]] * 12

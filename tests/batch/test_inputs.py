"""What a batch takes in, what it refuses, and what it never mixes up."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from backguide.batch.inputs import Entry, Shard, natural_key, plan_batch
from backguide.errors import ProfileError
from backguide.profile.strict_json import MAX_BYTES
from batch.factory import fill, profile
from strategies import as_bytes


def codes(entry: Entry) -> list[str]:
    return [problem.code for problem in entry.problems]


def by_label(folder: Path) -> dict[str, Entry]:
    return {entry.label: entry for entry in plan_batch(folder).entries}


def test_the_order_is_natural(tmp_path: Path) -> None:
    fill(tmp_path, ["p10", "p2", "p1", "a20b3", "a20b20", "P3", "p02"])
    ids = [entry.id for entry in plan_batch(tmp_path).entries]
    assert ids == ["a20b3", "a20b20", "p1", "p02", "p2", "P3", "p10"]
    assert sorted(["x2", "x10", "x1"], key=natural_key) == ["x1", "x2", "x10"]
    assert natural_key("a") != natural_key("A")


def test_litter_is_no_input(tmp_path: Path) -> None:
    fill(tmp_path, ["p1"])
    for name in (
        ".DS_Store", "._p1.json", ".p1.json.swp", "~$p1.json", "Thumbs.db",
        "desktop.ini", "notes.txt", "p2.json.bak", "p2.json~", "p3.jsonl",
    ):  # fmt: skip
        (tmp_path / name).write_bytes(b"{}")
    (tmp_path / "sub").mkdir()
    plan = plan_batch(tmp_path)
    assert [entry.label for entry in plan.entries] == ["p1.json"]
    assert plan.ignored == 11


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
    told = {label: codes(entry) for label, entry in by_label(tmp_path).items()}
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
    entries = by_label(tmp_path)
    assert codes(entries["a.json"]) == codes(entries["b.json"]) == ["E_DUPLICATE_ID"]
    assert "b.json" in entries["a.json"].problems[0].message
    assert codes(entries["other.json"]) == []


def test_the_same_answers_without_an_id_clash_too(tmp_path: Path) -> None:
    raw = profile("x")
    del raw["profile_id"]
    (tmp_path / "a.json").write_bytes(as_bytes(raw))
    (tmp_path / "b.json").write_bytes(json.dumps(raw, indent=4).encode())
    (tmp_path / "c.json").write_bytes(as_bytes(raw | {"paper_size": "Letter"}))
    entries = by_label(tmp_path)
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


def test_a_file_named_after_the_person_is_told_by_its_place(tmp_path: Path) -> None:
    for name, first in (
        ("anna-schmidt", "Anna"),
        ("p1", "Bo"),
        ("x-josé", "JOSE\u0301"),
    ):
        raw = profile(f"i{len(name)}", **{"person.first_name": first})
        (tmp_path / f"{name}.json").write_bytes(as_bytes(raw))
    (tmp_path / "new\nline.json").write_bytes(as_bytes(profile("i99")))
    labels = [entry.label for entry in plan_batch(tmp_path).entries]
    assert labels == ["file 1", "file 2", "p1.json", "file 4"]


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
    assert [(e.label, e.id, codes(e)) for e in entries] == [
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

"""The manifest: it only grows, it never lies, and a torn end is cut off."""

import errno
import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backguide.batch.manifest import (
    BEGUN,
    ENDED,
    MADE,
    Manifest,
    Row,
    RunRow,
    manifests,
    parse_row,
    read_rows,
    stamp,
)
from backguide.errors import OutputError

ROW = Row(1, "p1.json", "p1", MADE, file="bg-p1.pdf", sections=("a@1", "b@2"), at="now")


def write(folder: Path, *rows: Row | RunRow) -> None:
    with Manifest(folder) as manifest:
        manifest.append(rows)
        manifest.sync()


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    begun = RunRow(1, BEGUN, inputs=2, at=stamp())
    failed = Row(1, "ä.json", "", "failed", words=("Pain: 11", "x\n    hint: y"))
    write(tmp_path, begun, ROW, failed)
    assert [*read_rows(tmp_path / "manifest.jsonl")] == [ROW, failed]
    with Manifest(tmp_path) as manifest:
        assert manifest.latest == {"p1": ROW}
        assert manifest.newest.run == begun
        assert manifest.newest.rows == {"p1.json": ROW, "ä.json": failed}


def test_the_last_row_of_an_id_counts_whatever_its_case(tmp_path: Path) -> None:
    newer = replace(ROW, id="P1", run=2, status="failed", file="")
    write(tmp_path, ROW, newer)
    with Manifest(tmp_path) as manifest:
        assert manifest.latest == {"p1": newer}
        assert manifest.newest.rows == {"p1.json": newer}


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    write(tmp_path, ROW)
    mode = (tmp_path / "manifest.jsonl").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_stamps_carry_the_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    import time

    time.tzset()
    try:
        assert stamp().endswith("+05:30")
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_torn_end_is_cut_at_every_byte(tmp_path: Path) -> None:
    write(tmp_path, ROW, replace(ROW, id="p2", input="p2.json"))
    path = tmp_path / "manifest.jsonl"
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole)):
        path.write_bytes(whole[:end])
        write(tmp_path, replace(ROW, id="p3", input="p3.json"))
        assert [row.id for row in read_rows(path)] == ["p1", "p3"]
        assert path.read_bytes().startswith(whole[:first])


@pytest.mark.parametrize("tail", [b"\0" * 4096, b"\0\n\0\n", b"{}\n[]\n3\n", b"\xff\n"])
def test_rubbish_at_the_end_is_cut(tail: bytes, tmp_path: Path) -> None:
    write(tmp_path, ROW)
    path = tmp_path / "manifest.jsonl"
    good = path.read_bytes()
    path.write_bytes(good + tail)
    with Manifest(tmp_path) as manifest:
        assert manifest.damage.count == 0
    assert path.read_bytes() == good


def test_rubbish_in_the_middle_is_counted_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    write(tmp_path, ROW)
    path.write_bytes(b"what?\n" + path.read_bytes())
    with Manifest(tmp_path) as manifest:
        assert manifest.damage.count == 1
        assert manifest.latest == {"p1": ROW}
    assert path.read_bytes().startswith(b"what?\n")


def test_a_newer_program_may_add_columns(tmp_path: Path) -> None:
    record = {"run": 1, "input": "p1.json", "id": "p1", "status": "made", "new": [1]}
    row = parse_row(json.dumps(record).encode() + b"\n")
    assert row == Row(1, "p1.json", "p1", "made")


@pytest.mark.parametrize(
    "line", [b"3\n", b"null\n", b"[]\n", b'"input"\n', b"[" * 99999]
)
def test_what_is_no_row(line: bytes) -> None:
    assert parse_row(line) is None


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_full_disk_leaves_whole_rows(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Manifest(tmp_path) as manifest:
        manifest.append([ROW])
        real, calls = os.write, 0

        def short(descriptor: int, content: Any) -> int:
            nonlocal calls
            calls += 1
            if calls == 1:
                return real(descriptor, bytes(content)[:30])
            raise OSError(code, "full")

        monkeypatch.setattr(os, "write", short)
        with pytest.raises(OutputError, match=r"manifest\.jsonl"):
            manifest.append([replace(ROW, id="p2")])
        monkeypatch.undo()
        manifest.append([replace(ROW, id="p3")])
        assert list(manifest.latest) == ["p1", "p3"]
    rows = [*read_rows(tmp_path / "manifest.jsonl")]
    assert [row.id for row in rows] == ["p1", "p3"]


def test_a_disk_that_cannot_flush_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "broken")

    with Manifest(tmp_path) as manifest:
        manifest.append([ROW])
        monkeypatch.setattr(os, "fsync", broken)
        with pytest.raises(OutputError):
            manifest.sync()


def test_a_link_or_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"mine")
    (tmp_path / "manifest.jsonl").symlink_to(tmp_path / "victim")
    with pytest.raises(OutputError):
        Manifest(tmp_path)
    assert (tmp_path / "victim").read_bytes() == b"mine"
    (tmp_path / "manifest.jsonl").unlink()
    (tmp_path / "manifest.jsonl").mkdir()
    with pytest.raises(OutputError):
        Manifest(tmp_path)


def test_manifests_of_shards_are_found(tmp_path: Path) -> None:
    (tmp_path / "shard-1-of-2").mkdir()
    (tmp_path / "shard-2-of-2").mkdir()
    write(tmp_path / "shard-1-of-2", ROW)
    assert manifests(tmp_path) == (tmp_path / "shard-1-of-2" / "manifest.jsonl",)
    write(tmp_path, RunRow(1, ENDED))
    assert len(manifests(tmp_path)) == 2

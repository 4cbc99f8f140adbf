"""Who got what, one page again, and what may go."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from backguide.batch.inputs import Shard
from backguide.batch.lock import lock_folder
from backguide.batch.recall import find_page, purge, who_got
from backguide.batch.run import run_batch
from backguide.errors import OutputError
from batch.factory import OPTIONS, Scribe, fill, inputs_of, pdfs_of, profile
from strategies import as_bytes


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Two runs: p1 to p4 made, p2 changed and made again, h held."""
    source = fill(tmp_path / "in", ["p1", "p2", "p3", "p4"])
    fill(source, ["h"], **{"person.age_years": 99})
    folder = tmp_path / "out"
    run_batch(source, folder, OPTIONS, executor=Scribe())
    (source / "p2.json").write_bytes(as_bytes(profile("p2", paper_size="Letter")))
    run_batch(source, folder, OPTIONS, executor=Scribe())
    return folder


def test_who_got_a_section(out: Path) -> None:
    found = who_got(out, "running-plan")
    assert sorted(r.id for r in found) == ["h", "p1", "p2", "p2", "p3", "p4"]
    assert [r.is_latest for r in found if r.id == "p2"] == [False, True]
    assert who_got(out, "running-plan@2222") == found
    assert who_got(out, f"running-plan@{found[0].content}") == found
    assert who_got(out, "running-plan@zz") == ()
    assert who_got(out, "running") == ()


def test_recall_looks_into_shards(out: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        options = replace(OPTIONS, shard=Shard(number, 2))
        run_batch(tmp_path / "in", tmp_path / "parts", options, executor=Scribe())
    ids = sorted(r.id for r in who_got(tmp_path / "parts", "running-plan"))
    assert ids == ["h", "p1", "p2", "p3", "p4"]
    assert find_page(tmp_path / "parts", "p3")[0].id == "p3"


def test_a_page_again_by_its_code_or_its_id(out: Path) -> None:
    rows = {row.id: row for row in inputs_of(out) if row.run == 1}
    code = rows["p3"].guide_code
    for wanted in (code, code.lower(), code.replace("-", ""), "p3", "P3"):
        row, content = find_page(out, wanted)
        assert row.id == "p3"
        assert content == (out / rows["p3"].file).read_bytes()
    old, content = find_page(out, rows["p2"].guide_code)
    assert content == (out / "superseded" / Path(old.file).name).read_bytes()
    assert find_page(out, "p2")[1] != content
    assert find_page(out, "h")[0].status == "held"


def test_a_page_that_is_not_as_it_was_is_no_reprint(out: Path, tmp_path: Path) -> None:
    row, content = find_page(out, "p3")
    (out / row.file).write_bytes(content + b"!")
    with pytest.raises(OutputError, match="was changed"):
        find_page(out, "p3")
    with pytest.raises(OutputError, match="no page"):
        find_page(out, "p99")
    with pytest.raises(OutputError, match="no manifest"):
        find_page(tmp_path, "p3")
    with pytest.raises(OutputError, match="no manifest"):
        who_got(tmp_path, "x")
    with pytest.raises(OutputError, match="no manifest"):
        purge(tmp_path, 1)


def test_purge_takes_old_pages_and_leaves_the_manifest(out: Path) -> None:
    (out / "bg-made-by-hand.pdf").write_bytes(b"%PDF")
    manifest = (out / "manifest.jsonl").read_bytes()
    assert purge(out, 30) == 0
    later = time.time() + 31 * 86_400
    assert len(pdfs_of(out)) == 7
    assert purge(out, 30, now=later) == 6 + 3
    assert list(pdfs_of(out)) == ["bg-made-by-hand.pdf"]
    assert (out / "manifest.jsonl").read_bytes() == manifest
    assert len(who_got(out, "running-plan")) == 6
    assert sorted(os.listdir(out)) == [
        "bg-made-by-hand.pdf", "held", "manifest.jsonl", "superseded",
    ]  # fmt: skip


def test_what_a_later_run_confirmed_is_not_old(out: Path) -> None:
    path = out / "manifest.jsonl"
    lines = []
    for line in path.read_text().splitlines():
        record = json.loads(line)
        if record["run"] == 1:
            record["at"] = "2020-01-01T00:00:00+00:00"
        lines.append(json.dumps(record))
    path.write_text("\n".join(lines) + "\n")
    assert purge(out, 30) == 1
    assert not list((out / "superseded").iterdir())
    assert find_page(out, "p3")


def test_purge_waits_for_no_batch(out: Path) -> None:
    with lock_folder(out), pytest.raises(OutputError, match="another batch"):
        purge(out, 0, now=time.time() + 1e9)
    assert len(pdfs_of(out)) == 6

"""Who got what, one page again, and what may go."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backguide.batch.inputs import Shard
from backguide.batch.lock import lock_folder
from backguide.batch.recall import find_page, purge, who_got
from backguide.batch.run import run_batch
from backguide.errors import ExitCode, OutputError
from batch.command import main
from batch.factory import OPTIONS, Inline, Scribe, fill, inputs_of, pdfs_of, profile
from pdf_reader.readback import read_back
from strategies import as_bytes


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


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


def test_recall_looks_into_shards(out: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        options = replace(OPTIONS, shard=Shard(number, 2))
        run_batch(tmp_path / "in", tmp_path / "parts", options, executor=Scribe())
    ids = sorted(r.id for r in who_got(tmp_path / "parts", "running-plan"))
    assert ids == ["h", "p1", "p2", "p3", "p4"]
    assert find_page(tmp_path / "parts", "p3").row.id == "p3"


@pytest.mark.parametrize("wanted", ["run-plan", "running-plann", "pain-traffic-lights"])
def test_a_section_that_never_was_is_a_slip(wanted: str, out: Path) -> None:
    """A mistyped section was answered with "0 pages of 0 people" and exit code 0,
    which reads as: nobody was given the text that is to be recalled."""
    for _ in range(2):
        result = call("who-got", wanted, out)
        assert result.exit_code == ExitCode.USAGE
        assert "no such section" in result.stderr
        assert "people" not in result.stderr
        call("purge", out, "--keep-days", "0")
    assert "did you mean running-plan" in call("who-got", "running-plann", out).stderr


def test_a_version_that_never_was_is_a_slip(out: Path) -> None:
    result = call("who-got", "running-plan@zz", out)
    assert result.exit_code == ExitCode.USAGE
    assert "known: " in result.stderr
    assert "22222222" in result.stderr


def test_a_section_that_nobody_got_is_no_slip(out: Path) -> None:
    result = call("who-got", "shoes", out)
    assert result.exit_code == 0
    assert "0 pages of 0 people" in result.stderr


def test_a_recall_tells_when_rows_are_lost(out: Path) -> None:
    path = out / "manifest.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lost = next(line for line in lines if b'"id":"p3"' in line)
    path.write_bytes(b"".join(line for line in lines if line != lost))
    result = call("who-got", "running-plan", out)
    assert "1 rows of finished runs are not in the manifest" in result.stderr


def test_a_page_again_by_its_code_or_its_id(out: Path) -> None:
    rows = {row.id: row for row in inputs_of(out) if row.run == 1}
    code = rows["p3"].guide_code
    for wanted in (code, code.lower(), code.replace("-", ""), "p3", "P3"):
        page = find_page(out, wanted)
        assert page.row.id == "p3"
        assert page.content == (out / rows["p3"].file).read_bytes()
        assert not page.why_superseded
    assert find_page(out, "h").row.status == "held"


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "flagged": (
        lambda source: fill(source, ["p2"], **{"person.age_years": 99}),
        "was held back since",
    ),
    "broken": (lambda s: (s / "p2.json").write_bytes(b"{"), "not among the inputs"),
    "invalid": (
        lambda source: fill(source, ["p2"], **{"symptoms.nrs_now": 11}),
        "made no page",
    ),
    "renewed": (
        lambda source: fill(source, ["p2"], **{"person.age_years": 50}),
        "has a newer page",
    ),
    "withdrawn": (lambda s: (s / "p2.json").unlink(), "not among the inputs"),
    "other id": (
        lambda s: (s / "p2.json").write_bytes(as_bytes(profile("p22"))),
        "not among the inputs",
    ),
    "twice": (
        lambda s: (s / "copy.json").write_bytes((s / "p2.json").read_bytes()),
        "made no page",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_page_that_no_longer_holds_is_not_printed_again(
    change: str, out: Path, tmp_path: Path
) -> None:
    """After a red flag or an invalid profile the older all-clear guide still came
    out of ``reprint``, by code and by id, with exit code 0 and no word."""
    source = tmp_path / "in"
    old = {row.id: row for row in inputs_of(out)}["p2"]
    content = (out / old.file).read_bytes()
    do, why = CHANGES[change]
    do(source)
    scribe = Scribe("p2") if change == "invalid" else Scribe()
    run_batch(source, out, OPTIONS, executor=scribe)
    target = tmp_path / "again.pdf"
    for wanted in (old.guide_code, "p2"):
        if change in ("flagged", "renewed") and wanted == "p2":
            newer = find_page(out, "p2")
            assert newer.content != content
            continue
        result = call("reprint", wanted, "--in", out, "-o", target)
        assert result.exit_code == ExitCode.OUTPUT_FAILED
        assert why in result.stderr
        assert not target.exists()
    page = find_page(out, old.guide_code, is_superseded=True)
    assert page.content == content
    assert why in page.why_superseded
    assert find_page(out, "p2", is_superseded=True).why_superseded


def test_an_unfinished_run_vouches_for_nobody_it_did_not_come_to(
    out: Path, tmp_path: Path
) -> None:
    class Killed(BaseException):
        pass

    def kill(task: object) -> None:
        raise Killed

    old = {row.id: row for row in inputs_of(out)}["p4"]
    with pytest.raises(Killed):
        run_batch(
            tmp_path / "in",
            out,
            replace(OPTIONS, length="full"),
            executor=Scribe(after=kill),
        )
    for wanted in ("p4", old.guide_code):
        with pytest.raises(OutputError, match="stopped before it came to"):
            find_page(out, wanted)


def test_a_page_that_is_not_as_it_was_is_no_reprint(out: Path, tmp_path: Path) -> None:
    page = find_page(out, "p3")
    (out / page.row.file).write_bytes(page.content + b"!")
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
    assert purge(out, 30).removed == 0
    later = time.time() + 31 * 86_400
    assert len(pdfs_of(out)) == 7
    done = purge(out, 30, now=later, with_newest=True)
    assert (done.removed, done.kept_newest) == (6 + 3, 0)
    assert list(pdfs_of(out)) == ["bg-made-by-hand.pdf"]
    assert (out / "manifest.jsonl").read_bytes() == manifest
    assert len(who_got(out, "running-plan")) == 6
    assert sorted(os.listdir(out)) == [
        "bg-made-by-hand.pdf", "held", "manifest.jsonl", "superseded",
    ]  # fmt: skip


def quarantine(out: Path) -> Path:
    """Add a page in quarantine, as a run leaves it that no later run speaks of."""
    row = inputs_of(out)[0]
    name = "quarantine/bg-p9-20261123-0A0B0C0D.pdf"
    (out / "quarantine").mkdir()
    (out / name).write_bytes(b"%PDF wrong")
    wrong = replace(row, id="p9", input="x", status="quarantined", file=name)
    path = out / "manifest.jsonl"
    line = json.dumps(asdict(wrong)).encode() + b"\n"
    path.write_bytes(line + path.read_bytes())
    return out / name


@pytest.mark.parametrize("days", [0, 30])
def test_pages_in_quarantine_go_like_all_others(days: int, out: Path) -> None:
    """Pages that failed their check stayed for ever, whatever purge was told."""
    page = quarantine(out)
    purge(out, days, now=time.time() + 31 * 86_400)
    assert not page.exists()
    assert len(pdfs_of(out)) == (0 if days == 0 else 5)


def test_pages_that_no_row_knows_go_by_their_own_age(out: Path) -> None:
    for place in ("quarantine", "superseded", "held"):
        (out / place).mkdir(exist_ok=True)
        lost = out / place / "bg-lost-20200101-0A0B0C0D.pdf"
        lost.write_bytes(b"%PDF")
        os.utime(lost, (0, 0))
    assert purge(out, 30).removed == 3


def test_copies_under_another_name_go_as_well(out: Path, tmp_path: Path) -> None:
    page = next(out.glob("bg-p1-*.pdf"))
    (out / "for the desk.pdf").write_bytes(page.read_bytes())
    run_batch(tmp_path / "in", out, OPTIONS, executor=Scribe())
    assert (out / "superseded" / "for the desk.pdf").exists()
    (out / "superseded" / "mine.pdf").write_bytes(b"%PDF mine")
    purge(out, 0)
    assert [path.name for path in (out / "superseded").iterdir()] == ["mine.pdf"]


def stamped(out: Path, day: str, run: int) -> None:
    path = out / "manifest.jsonl"
    lines = []
    for line in path.read_text().splitlines():
        record = json.loads(line)
        if record["run"] == run:
            record["at"] = f"{day}T00:00:00+00:00"
        lines.append(json.dumps(record))
    path.write_text("\n".join(lines) + "\n")


def test_what_a_later_run_confirmed_is_not_old(out: Path) -> None:
    stamped(out, "2020-01-01", 1)
    assert purge(out, 30).removed == 1
    assert not list((out / "superseded").iterdir())
    assert find_page(out, "p3")


def test_the_newest_run_never_goes_by_its_age_alone(out: Path) -> None:
    """A clock that was wrong once stamped a run with 2020; ``purge --keep-days 90``
    then took pages that were minutes old."""
    stamped(out, "2020-01-01", 1)
    stamped(out, "2020-01-01", 2)
    result = call("purge", out, "--keep-days", "90")
    assert "5 older files of the newest run stay" in result.stderr
    assert len(pdfs_of(out)) == 5
    assert find_page(out, "p3")
    assert call("purge", out, "--keep-days", "90", "--with-newest").exit_code == 0
    assert not pdfs_of(out)


def test_a_clock_that_runs_back_is_told(out: Path, tmp_path: Path) -> None:
    stamped(out, "2020-01-01", 2)
    done = purge(out, 90)
    assert "clock was wrong" in done.warnings[0]
    assert len(pdfs_of(out)) == 6, "no page is older than what an earlier run made"
    stamped(out, "2099-01-01", 2)
    assert "stamped after today" in purge(out, 90).warnings[0]
    report = run_batch(tmp_path / "in", out, OPTIONS, executor=Scribe())
    assert any("clock" in warning for warning in report.summary.warnings)
    assert "clock" in (out / "needs-attention.txt").read_text()


def test_purge_waits_for_no_batch(out: Path) -> None:
    with lock_folder(out), pytest.raises(OutputError, match="another batch"):
        purge(out, 0, now=time.time() + 1e9)
    assert len(pdfs_of(out)) == 6


def test_a_page_that_no_longer_holds_says_so_on_each_page(tmp_path: Path) -> None:
    """An old guide came out of ``reprint`` like one that holds."""
    source, out = fill(tmp_path / "in", ["p1"]), tmp_path / "out"
    run_batch(source, out, OPTIONS, executor=Inline())
    (old,) = inputs_of(out)
    before = read_back((out / old.file).read_bytes())
    fill(source, ["p1"], **{"red_flags.saddle_numb": "yes"})
    run_batch(source, out, OPTIONS, executor=Inline())
    words = ("reprint", old.guide_code, "--in", out, "-o", tmp_path, "--superseded")
    result = call(*words)
    assert result.exit_code == 0, result.stderr
    assert "no longer holds: p1 was held back since" in result.stderr
    marked = tmp_path / f"superseded-{old.file}"
    after = read_back(marked.read_bytes())
    assert after.page_count == before.page_count + 1
    assert ("P", "No longer valid") in after.spoken()
    for page in range(2, after.page_count + 1):
        assert "No longer valid" in " ".join(after.artifact_texts(page, "Header"))
    said = [text for _, text in after.spoken()]
    assert [text for _, text in before.spoken()] == said[3:]

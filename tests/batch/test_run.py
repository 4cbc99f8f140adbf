"""A whole run with a maker that draws no pages: resume, clashes, faults, totals."""

import csv
import hashlib
import io
import os
import shutil
import signal
import stat
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from backguide.batch.inputs import Shard
from backguide.batch.lock import lock_folder
from backguide.batch.manifest import Row, RunRow, stamp
from backguide.batch.run import BatchOptions, BatchReport, run_batch
from backguide.batch.work import Task
from backguide.document import Handout
from backguide.errors import BackguideError, OutputError, VerificationError
from batch.factory import (
    OPTIONS,
    Inline,
    Scribe,
    fill,
    inputs_of,
    litter_of,
    pdfs_of,
    profile,
    rows_of,
)
from strategies import as_bytes

HELD = {"person.age_years": 99}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Ten good profiles, a held one, a torn one."""
    folder = fill(tmp_path / "in", [f"p{n}" for n in range(10)])
    fill(folder, ["h1"], **HELD)
    (folder / "torn.json").write_bytes(b'{"profile_id": "torn"')
    return folder


def run(
    source: Path,
    out: Path,
    options: BatchOptions = OPTIONS,
    scribe: Scribe | None = None,
) -> BatchReport:
    return run_batch(source, out, options, executor=scribe or Scribe())


def statuses(report: BatchReport) -> dict[str, int]:
    return dict(Counter(row.status for row in report.summary.rows))


def table(out: Path) -> list[dict[str, str]]:
    text = (out / "run.csv").read_bytes().decode("utf-8-sig")
    return [*csv.DictReader(io.StringIO(text))]


def test_every_input_ends_somewhere(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = run(source, out)
    assert statuses(report) == {"made": 10, "held": 1, "failed": 1}
    assert report.exit_code == 8
    assert report.summary.total_line() == (
        "12 in = 10 made + 0 reused + 1 held + 1 failed + 0 quarantined"
    )
    assert [row.status for row in report.summary.rows[:3]] == ["held", "failed", "made"]
    labels = {row.input.partition(" #")[0] for row in inputs_of(out)}
    assert labels == {f"file {number}" for number in range(1, 13)}
    assert len([name for name in pdfs_of(out) if name.startswith("held/")]) == 1
    assert (report.summary.pages, report.summary.sheets) == (30, 20)
    assert not litter_of(out)


def test_the_exit_code_tells_held_and_clean_runs(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", ["p1"])
    assert run(source, tmp_path / "out").exit_code == 0
    fill(source, ["h1"], **HELD)
    assert run(source, tmp_path / "out").exit_code == 5


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    report = run(tmp_path / "in", tmp_path / "out")
    assert (report.exit_code, report.summary.inputs) == (8, 0)


def test_rows_hold_what_was_promised(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out")
    rows = {row["id"]: row for row in table(tmp_path / "out")}
    made = rows["p3"]
    assert made["input"] == f"file 5 #{made['input_sha256'][:8]}"
    assert made["status"] == "made"
    assert (made["id"], made["pages"], made["program"]) == ("p3", "3", "0.0.0")
    assert made["sections"] == "main-message@11111111; running-plan@22222222"
    assert made["options"] == "length=short issued_on=2026-11-23"
    assert len(made["content"]) == 12
    assert len(made["pdf_sha256"]) == len(made["input_sha256"]) == 64
    assert date.fromisoformat(made["at"][:10])
    assert rows[""]["reason"] == "E_JSON"
    assert rows["h1"]["reason"] == "URGENT"


def test_a_second_run_keeps_what_stands(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(source, out)
    before = pdfs_of(out)
    scribe = Scribe()
    report = run(source, out, scribe=scribe)
    assert scribe.done == []
    assert statuses(report) == {"reused": 10, "held": 1, "failed": 1}
    assert report.exit_code == 8
    assert pdfs_of(out) == before
    assert run(source, out, replace(OPTIONS, is_forced=True), scribe).exit_code == 8
    assert len(scribe.done) == 11
    assert pdfs_of(out) == before


def test_whatever_changed_is_made_again(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(source, out)
    files = {row.id: out / row.file for row in inputs_of(out) if row.file}
    (source / "p1.json").write_bytes(as_bytes(profile("p1", paper_size="Letter")))
    files["p2"].unlink()
    files["p3"].write_bytes(files["p3"].read_bytes()[:-1])
    files["p4"].write_bytes(b"")
    fill(source, ["p99"])
    scribe = Scribe()
    report = run(source, out, scribe=scribe)
    assert scribe.done == ["p1", "p2", "p3", "p4", "p99"]
    # What somebody has changed is kept as well, out of the way.
    assert report.summary.put_aside == 3
    assert (out / "superseded" / files["p1"].name).exists()
    assert not files["p1"].exists()
    assert run(source, out).summary.count("reused") == 11


@pytest.mark.parametrize(
    "change",
    [
        {"program_version": "0.0.1"},
        {"length": "full"},
        {"paper": "Letter"},
        {"approved_by": "Pat"},
        {"ink": "mono"},
        {"large_print": "large"},
        {"issued_on": date(2026, 11, 24)},
    ],
)
def test_other_options_make_everything_again(
    change: dict[str, object], tmp_path: Path
) -> None:
    source, out = fill(tmp_path / "in", ["p1"]), tmp_path / "out"
    run(source, out)
    options = replace(OPTIONS, **change)  # type: ignore[arg-type]
    assert run(source, out, options).summary.count("made") == 1
    assert run(source, out, options).summary.count("reused") == 1
    assert "Pat" not in (out / "manifest.jsonl").read_text()


def test_another_content_makes_everything_again(tmp_path: Path) -> None:
    from backguide.resources import templates_root

    source, out = fill(tmp_path / "in", ["p1"]), tmp_path / "out"
    run(source, out)
    content = tmp_path / "content"
    shutil.copytree(Path(str(templates_root())), content)
    options = replace(OPTIONS, templates=content)
    assert run(source, out, options).summary.count("reused") == 1
    ui = content / "en" / "ui.toml"
    ui.write_text(ui.read_text("utf-8") + "\n# changed\n", "utf-8")
    assert run(source, out, options).summary.count("made") == 1


def test_a_day_that_nobody_chose_makes_nothing_stale(tmp_path: Path) -> None:
    source, out = fill(tmp_path / "in", ["p1"]), tmp_path / "out"
    options = replace(OPTIONS, issued_on=None)
    run(source, out, options)
    path = out / "manifest.jsonl"
    today = stamp()[:10]
    path.write_text(path.read_text().replace(f'"{today}"', '"2020-01-01"'))
    assert run(source, out, options).summary.count("reused") == 1


def test_an_earlier_guide_of_somebody_now_held_or_broken_is_put_aside(
    source: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run(source, out)
    files = {row.id: row.file for row in inputs_of(out)}
    fill(source, ["p1"], **HELD)
    (source / "p2.json").write_bytes(b"{")
    (source / "copy of p3.json").write_bytes((source / "p3.json").read_bytes())
    report = run(source, out)
    assert report.summary.put_aside == 3
    assert report.exit_code == 8
    for id_ in ("p1", "p2", "p3"):
        assert not (out / files[id_]).exists()
        assert (out / "superseded" / files[id_]).exists()
    assert (out / files["p4"]).exists()
    again = run(source, out)
    assert again.summary.put_aside == 0


def test_two_inputs_with_one_id_are_both_told(source: Path, tmp_path: Path) -> None:
    (source / "other.json").write_bytes(as_bytes(profile("P1")))
    scribe = Scribe()
    report = run(source, tmp_path / "out", scribe=scribe)
    told = {r.id for r in report.summary.rows if r.reason == "E_DUPLICATE_ID"}
    assert told == {"p1", "P1"}
    assert "p1" not in scribe.done
    assert report.summary.count("made") == 9


def test_a_dead_worker_is_told_and_the_rest_is_made(
    source: Path, tmp_path: Path
) -> None:
    report = run(source, tmp_path / "out", scribe=Scribe("p3"))
    (row,) = [r for r in report.summary.rows if r.id == "p3"]
    assert (row.status, row.reason) == ("failed", "E_WORKER_DIED")
    assert report.summary.count("made") == 9
    assert report.exit_code == 8


def test_an_input_that_changes_under_way_is_not_made(
    source: Path, tmp_path: Path
) -> None:
    def change(task: Task) -> None:
        if task.id == "p0":
            (source / "p5.json").write_bytes(
                as_bytes(profile("p5", paper_size="Letter"))
            )
            (source / "p6.json").unlink()

    report = run(source, tmp_path / "out", scribe=Scribe(after=change))
    reasons = {row.id: row.reason for row in report.summary.rows if row.reason}
    assert (reasons["p5"], reasons["p6"]) == ("E_CHANGED", "E_NOT_FOUND")
    assert run(source, tmp_path / "out").summary.count("failed") == 1


# --- broken off, and gone on with ---------------------------------------------


class Killed(BaseException):
    """Stands for SIGKILL: nothing runs after it."""


def timeless(out: Path) -> list[Row]:
    rows = {row.input: row for row in inputs_of(out)}
    return sorted(
        (replace(row, seconds=0.0, at="") for row in rows.values()),
        key=lambda row: row.input,
    )


def test_a_run_killed_after_any_row_ends_like_an_unbroken_one(
    source: Path, tmp_path: Path
) -> None:
    run(source, tmp_path / "whole")
    for last in (0, 1, 5, 9, 10):
        out = tmp_path / f"out{last}"
        left = last

        def kill(task: Task) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed

        with pytest.raises(Killed):
            run(source, out, scribe=Scribe(after=kill))
        (out / ".bg-1-2.tmp").write_bytes(b"half")
        scribe = Scribe()
        report = run(source, out, scribe=scribe)
        # The row of the last one before the kill is there: rows never wait.
        assert len(scribe.done) == 11 - last - 1 or last == 10
        assert pdfs_of(out) == pdfs_of(tmp_path / "whole")
        assert timeless(out) == timeless(tmp_path / "whole")
        assert report.summary.run == 1
        assert statuses(report) == {"made": 10, "held": 1, "failed": 1}
        assert len(inputs_of(out)) == 12
        assert not litter_of(out)


def test_with_other_options_a_broken_run_does_not_go_on(tmp_path: Path) -> None:
    source, out = fill(tmp_path / "in", ["p1", "p2"]), tmp_path / "out"

    def kill(task: Task) -> None:
        raise Killed

    with pytest.raises(Killed):
        run(source, out, scribe=Scribe(after=kill))
    report = run(source, out, replace(OPTIONS, length="full"))
    assert report.summary.run == 2
    assert report.summary.count("made") == 2
    assert report.summary.put_aside == 1


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_signal_ends_the_run_in_order(
    number: int, code: int, source: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    def stop(task: Task) -> None:
        if task.id == "p3":
            os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    report = run(source, out, scribe=Scribe(after=stop))
    assert signal.getsignal(number) is before
    assert report.exit_code == code
    assert report.summary.count("made") == 4
    assert report.summary.not_done == 6
    last = rows_of(out)[-1]
    assert isinstance(last, RunRow)
    assert last.status == "stopped"
    assert "goes on from here" in (out / "needs-attention.txt").read_text()
    report = run(source, out)
    assert (report.exit_code, report.summary.run) == (8, 1)
    assert report.summary.count("made") == 10


def test_a_second_ctrl_c_is_obeyed_at_once(source: Path, tmp_path: Path) -> None:
    def stop(task: Task) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(source, tmp_path / "out", scribe=Scribe(after=stop))
    assert run(source, tmp_path / "out").summary.run == 1


# --- the folder --------------------------------------------------------------


def test_a_second_batch_in_the_folder_is_refused(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with lock_folder(out), pytest.raises(OutputError, match="another batch"):
        run(source, out)
    assert not list(out.iterdir())


def test_only_the_owner_may_look(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(source, ["p1"], **HELD)
    assert not any("chmod" in w for w in run(source, out).summary.warnings)
    for path in [out, *out.rglob("*")]:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_an_open_or_copied_folder_is_warned_about(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "OneDrive - Clinic"
    out.mkdir(mode=0o755)
    out.chmod(0o755)
    warnings = run(source, out).summary.warnings
    assert len(warnings) == 2
    assert "chmod 700" in warnings[0]
    assert "0755" in (out / "run.html").read_text()


@pytest.mark.parametrize("name", ["no/such", "file"])
def test_a_folder_that_cannot_be(name: str, source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(OutputError):
        run(source, tmp_path / name)
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_the_source_is_no_place_for_the_output(source: Path) -> None:
    before = sorted(source.iterdir())
    with pytest.raises(OutputError, match="choose another"):
        run(source, source)
    assert sorted(source.iterdir()) == before


def test_a_folder_that_vanishes_ends_the_run(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def vanish(task: Task) -> None:
        shutil.rmtree(out, ignore_errors=True)

    with pytest.raises(BackguideError):
        run(source, out, scribe=Scribe(after=vanish))
    assert not list(tmp_path.glob("out/*.pdf"))


def test_files_taken_away_meanwhile_are_noticed(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def steal(task: Task) -> None:
        if task.id == "p5":
            next(out.glob("bg-p1-*")).unlink()

    with pytest.raises(BackguideError, match="E_TOTALS"):
        run(source, out, scribe=Scribe(after=steal))
    report = run(source, out)
    assert (report.exit_code, report.summary.count("made")) == (8, 10)


def test_rows_that_do_not_add_up_are_a_bug(source: Path, tmp_path: Path) -> None:
    class Forgetful(Scribe):
        def run(self, tasks, work, *, is_stopped):  # type: ignore[no-untyped-def]
            for number, outcome in enumerate(
                super().run(tasks, work, is_stopped=is_stopped)
            ):
                if number != 4:
                    yield outcome

    with pytest.raises(BackguideError, match="E_TOTALS: 12 inputs, 11 rows"):
        run(source, tmp_path / "out", scribe=Forgetful())
    assert rows_of(tmp_path / "out")[-1].status == "stopped"


def test_shards_have_folders_of_their_own(source: Path, tmp_path: Path) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    run(source, whole)
    total = 0
    for number in (1, 2, 3):
        report = run(source, out, replace(OPTIONS, shard=Shard(number, 3)))
        total += report.summary.inputs
    assert total == 12
    made = {Path(name).name: content for name, content in pdfs_of(out).items()}
    assert made == {Path(n).name: content for n, content in pdfs_of(whole).items()}


# --- privacy -------------------------------------------------------------------


def test_no_name_leaves_the_page(tmp_path: Path) -> None:
    facts = {
        "person.first_name": "Zaphodine",
        "mode": "clinic",
        "clinic": {
            "clinician_name": "Dr Marvinus",
            "clinician_role": "Physiotherapist",
            "physio_message": "Vogonesque",
        },
    }
    source = fill(tmp_path / "in", ["p1", "p2"], **facts)
    (source / "Zaphodine.json").write_bytes((source / "p1.json").read_bytes())
    broken = profile("p3", **facts, **{"symptoms.nrs_now": "Vogonesque"})
    (source / "p3.json").write_bytes(as_bytes(broken))
    options = replace(OPTIONS, approved_by="Dr Marvinus")
    run(source, tmp_path / "out", options, Scribe("p2"))
    for path in (tmp_path / "out").rglob("*"):
        told = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        if path.suffix == ".pdf":
            continue
        for name in (b"zaphodine", b"marvinus", b"vogonesque"):
            assert name not in told.lower(), path


def test_pages_that_fail_their_check_go_to_quarantine_and_to_the_top(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(pdf: bytes, handout: Handout, pages: int) -> None:
        if handout.furniture.guide_id.endswith("p1"):
            raise VerificationError("a text is not on the page")

    monkeypatch.setattr("backguide.making.verify", refuse)
    source, out = fill(tmp_path / "in", ["p0", "p1", "p2"]), tmp_path / "out"
    report = run_batch(source, out, OPTIONS, executor=Inline())
    first, *others = report.summary.rows
    assert (first.id, first.status, first.reason) == (
        "p1", "quarantined", "E_VERIFICATION",
    )  # fmt: skip
    assert [row.status for row in others] == ["made", "made"]
    assert report.exit_code == 8
    assert first.file.startswith("quarantine/bg-p1-")
    content = pdfs_of(out)[first.file]
    assert hashlib.sha256(content).hexdigest() == first.pdf_sha256
    assert "FAILED THEIR CHECK" in (out / "needs-attention.txt").read_text()
    monkeypatch.undo()
    again = run_batch(source, out, OPTIONS, executor=Inline())
    assert (again.exit_code, statuses(again)) == (0, {"made": 1, "reused": 2})

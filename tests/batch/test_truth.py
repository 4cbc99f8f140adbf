"""What lies in the folder is of the newest inputs: one example of each way to lose it.

``test_truth_machine.py`` tries them in all orders.
"""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backguide.batch.inputs import Shard
from backguide.batch.manifest import newest_run
from backguide.batch.print_job import Expectation, make_print_job
from backguide.batch.print_plan import JobOptions
from backguide.batch.recall import purge
from backguide.batch.run import BatchReport, run_batch
from backguide.batch.work import Task
from backguide.errors import OutputError
from backguide.guidance.library import Library
from batch.command import main
from batch.factory import OPTIONS, Inline, Scribe, fill, inputs_of, pdfs_of, profile
from pdf_reader.readback import read_back
from strategies import as_bytes

HELD = {"person.age_years": 99}
"""Facts that a ``Scribe`` holds back."""
FLAGGED = {"red_flags.saddle_numb": "yes"}


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def run(source: Path, out: Path, **scribe: Callable[[Task], None]) -> BatchReport:
    return run_batch(source, out, OPTIONS, executor=Scribe(**scribe))


def in_top(out: Path) -> set[str]:
    """Return the ids of the guides among which somebody would look."""
    return {path.name.split("-")[1] for path in out.glob("*.pdf")}


def stop_after(count: int) -> Callable[[Task], None]:
    """Return what sends Ctrl-C when so many are made."""
    left = count

    def stop(_: Task) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGINT)

    return stop


# --- interrupted, and the inputs change before it goes on ------------------------


def write_lines(path: Path, ids: list[str]) -> None:
    path.write_bytes(b"\n".join(as_bytes(profile(id_)) for id_ in ids))


def test_an_input_put_in_front_of_a_stopped_batch_loses_nobody(
    tmp_path: Path, library: Library
) -> None:
    """A batch was stopped, a row was added at the top, and the print job of the same
    command lacked a patient, though it told of all of them."""
    source, out = tmp_path / "all.jsonl", tmp_path / "out"
    write_lines(source, ["p1", "p2", "p3", "p4"])
    stopped = run_batch(
        source, out, OPTIONS, executor=_Stopping(Inline(), stop_after(2))
    )
    assert stopped.exit_code == 130
    write_lines(source, ["p0", "p1", "p2", "p3", "p4"])
    report = run_batch(source, out, OPTIONS, executor=Inline())
    assert report.summary.total_line().startswith("5 in = 3 made + 2 reused")
    job = make_print_job(
        out,
        library,
        JobOptions(tmp_path / "print.pdf"),
        expected=Expectation(report.summary.run, 5),
    )
    assert [guide.id for guide in job.guides] == ["p0", "p1", "p2", "p3", "p4"]


@pytest.mark.parametrize("becomes", ["a folder", "blank lines"])
def test_a_stopped_batch_whose_inputs_stand_elsewhere_begins_anew(
    becomes: str, tmp_path: Path, library: Library
) -> None:
    """The same profiles came as a folder after a stop, or blank lines between them: the
    rows of one run called them by old and new places, a failure was there twice, and
    the print job had another order than the inputs."""
    source, out = tmp_path / "all.jsonl", tmp_path / "out"
    people = [as_bytes(profile(id_)) for id_ in ("p1", "p2", "p3")]
    source.write_bytes(b"\n".join((b"{", *people)))
    stopped = run_batch(
        source, out, OPTIONS, executor=_Stopping(Inline(), stop_after(1))
    )
    assert stopped.exit_code == 130
    if becomes == "a folder":
        source = fill(tmp_path / "in", ["p1", "p2", "p3"])
        (source / "p0.json").write_bytes(b"{")
    else:
        source.write_bytes(b"\n\n".join((b"", b"{", *people)))
    report = run_batch(source, out, OPTIONS, executor=Inline())
    newest = newest_run(out / "manifest.jsonl")
    kind = "file" if becomes == "a folder" else "line"
    places = [1, 2, 3, 4] if becomes == "a folder" else [3, 5, 7, 9]
    labels = sorted(label.partition(" #")[0] for label in newest.rows)
    assert labels == [f"{kind} {place}" for place in places]
    job = make_print_job(out, library, JobOptions(tmp_path / "print.pdf"))
    assert [guide.id for guide in job.guides] == ["p1", "p2", "p3"]
    assert report.summary.total_line().startswith("4 in = 2 made + 1 reused")


class _Stopping:
    """Does the work of another, and calls after each task."""

    def __init__(self, inner: Inline, after: Callable[[Task], None]) -> None:
        self.inner, self.after = inner, after

    def run(self, tasks, work, *, is_stopped):  # type: ignore[no-untyped-def]
        for outcome in self.inner.run(tasks, work, is_stopped=lambda: False):
            self.after(outcome.task)
            yield outcome
            if is_stopped():
                return


@pytest.mark.parametrize("is_stopped", [True, False])
def test_who_was_withdrawn_is_not_printed_and_is_told(
    is_stopped: bool, tmp_path: Path, library: Library
) -> None:
    """A profile was removed after a stop, and its guide was in the print job."""
    source, out = fill(tmp_path / "in", ["p1", "p2", "p3"]), tmp_path / "out"
    first = run_batch(source, out, OPTIONS, executor=Inline())
    assert first.exit_code == 0
    fill(source, ["p2", "p3"], paper_size="Letter")
    if is_stopped:
        run_batch(source, out, OPTIONS, executor=_Stopping(Inline(), stop_after(1)))
    (source / "p1.json").unlink()
    report = run_batch(source, out, OPTIONS, executor=Inline())
    assert report.summary.withdrawn == ("p1",)
    assert "No longer among the inputs since the last run: p1" in (
        out / "needs-attention.txt"
    ).read_text("utf-8")
    assert in_top(out) == {"p2", "p3"}
    job = make_print_job(out, library, JobOptions(tmp_path / "print.pdf"))
    assert [guide.id for guide in job.guides] == ["p2", "p3"]


def test_a_print_job_is_what_the_run_has_told_of(
    tmp_path: Path, library: Library
) -> None:
    source, out = fill(tmp_path / "in", ["p1", "p2"]), tmp_path / "out"
    report = run_batch(source, out, OPTIONS, executor=Inline())
    for expected in (Expectation(report.summary.run, 3), Expectation(9, 2)):
        with pytest.raises(OutputError, match="nothing was bound"):
            make_print_job(
                out, library, JobOptions(tmp_path / "print.pdf"), expected=expected
            )
    assert not (tmp_path / "print.pdf").exists()


def test_a_row_lost_from_the_manifest_is_no_smaller_print_job(
    tmp_path: Path, library: Library
) -> None:
    source, out = fill(tmp_path / "in", ["p1", "p2"]), tmp_path / "out"
    run_batch(source, out, OPTIONS, executor=Inline())
    lose(out, "p2")
    with pytest.raises(OutputError, match="2 inputs, but the manifest holds 1"):
        make_print_job(out, library, JobOptions(tmp_path / "print.pdf"))
    assert run_batch(source, out, OPTIONS, executor=Inline()).exit_code == 0
    job = make_print_job(out, library, JobOptions(tmp_path / "print.pdf"))
    assert len(job.guides) == 2


def lose(out: Path, id_: str) -> None:
    """Remove the row of somebody from the manifest."""
    path = out / "manifest.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    mark = f'"id":"{id_}"'.encode()
    path.write_bytes(b"".join(line for line in lines if mark not in line))


def test_shards_of_different_inputs_are_not_printed_as_one(
    tmp_path: Path, library: Library
) -> None:
    source, out = fill(tmp_path / "in", [f"p{n}" for n in range(6)]), tmp_path / "out"
    for number in (1, 2):
        options = replace(OPTIONS, shard=Shard(number, 2))
        run_batch(source, out, options, executor=Inline())
    fill(source, ["p9"])
    run_batch(source, out, replace(OPTIONS, shard=Shard(1, 2)), executor=Inline())
    with pytest.raises(OutputError, match="made from different inputs"):
        make_print_job(out, library, JobOptions(tmp_path / "print.pdf"))
    run_batch(source, out, replace(OPTIONS, shard=Shard(2, 2)), executor=Inline())
    job = make_print_job(out, library, JobOptions(tmp_path / "print.pdf"))
    assert len(job.guides) == 7


@pytest.mark.parametrize("change", ["flag", "withdraw", "other day", "broken"])
def test_a_print_job_of_an_older_truth_does_not_lie_about(
    change: str, tmp_path: Path, library: Library
) -> None:
    source, out = fill(tmp_path / "in", ["p1", "p2"]), tmp_path / "out"
    run_batch(source, out, OPTIONS, executor=Inline())
    job = make_print_job(out, library, JobOptions(tmp_path / "print.pdf"))
    run_batch(source, out, OPTIONS, executor=Inline())
    assert job.files[0].exists(), "nothing has changed"
    options = OPTIONS
    if change == "flag":
        fill(source, ["p1"], **{"red_flags.saddle_numb": "yes"})
    elif change == "withdraw":
        (source / "p1.json").unlink()
    elif change == "broken":
        (source / "p1.json").write_bytes(b"{")
    else:
        options = replace(OPTIONS, paper="Letter")
    (tmp_path / "print-mine.pdf").write_bytes(b"%PDF-")
    report = run_batch(source, out, options, executor=Inline())
    assert not job.files[0].exists()
    assert not job.list_file.exists()
    assert "earlier print job no longer hold" in report.summary.warnings[0]
    assert (tmp_path / "print-mine.pdf").exists()


def test_a_print_job_that_somebody_has_changed_is_left(
    tmp_path: Path, library: Library
) -> None:
    source, out = fill(tmp_path / "in", ["p1"]), tmp_path / "out"
    run_batch(source, out, OPTIONS, executor=Inline())
    job = make_print_job(out, library, JobOptions(tmp_path / "print.pdf"))
    job.files[0].write_bytes(job.files[0].read_bytes() + b"% mine")
    fill(source, ["p1"], paper_size="Letter")
    run_batch(source, out, OPTIONS, executor=Inline())
    assert job.files[0].exists()


# --- who somebody is, when the files do not tell ---------------------------------


@pytest.mark.parametrize("name", ["p2.json", "anna.json", "Smith_Anna_1980.json"])
def test_a_file_that_is_cut_off_puts_its_guide_aside(name: str, tmp_path: Path) -> None:
    """A file named after the first name in it, then cut off, left its old guide."""
    source, out = fill(tmp_path / "in", ["p1"]), tmp_path / "out"
    whole = as_bytes(profile("p2", **{"person.first_name": "Anna"}))
    (source / name).write_bytes(whole)
    run(source, out)
    (source / name).write_bytes(whole[:-10])
    report = run(source, out)
    assert report.exit_code == 8
    assert in_top(out) == {"p1"}
    assert report.summary.withdrawn == ("p2",)


def without_id(**facts: object) -> bytes:
    raw = profile("x", **facts)
    del raw["profile_id"]
    return as_bytes(raw)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (without_id(), without_id(**FLAGGED)),
        (as_bytes(profile("p1")), as_bytes(profile("p01", **FLAGGED))),
        (as_bytes(profile("p1")), without_id(**FLAGGED)),
        (as_bytes(profile("p1")), as_bytes(profile("P 1"))),
    ],
)
def test_a_guide_under_another_id_is_put_aside(
    first: bytes, then: bytes, tmp_path: Path
) -> None:
    """Without an id in the file, or with a corrected one, a person who was flagged
    since kept the old all-clear guide among the guides."""
    source, out = fill(tmp_path / "in", ["p2"]), tmp_path / "out"
    (source / "a.json").write_bytes(first)
    run(source, out)
    (source / "a.json").write_bytes(then)
    run_batch(source, out, OPTIONS, executor=Inline())
    assert in_top(out) == {"p2"}
    assert len([*(out / "superseded").glob("bg-*.pdf")]) >= 1


@pytest.mark.parametrize("damage", ["whole", "row", "text", "swapped", "half"])
def test_a_guide_that_nothing_vouches_for_is_put_aside(
    damage: str, tmp_path: Path
) -> None:
    """With the manifest or a line of it lost, an old guide stayed for ever."""
    source, out = fill(tmp_path / "in", ["p1", "p2", "p3"]), tmp_path / "out"
    run(source, out)
    path = out / "manifest.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    if damage == "whole":
        path.unlink()
    elif damage == "row":
        lose(out, "p1")
    elif damage == "text":
        path.write_bytes(b"what is this\n" * 3 + lines[0])
    elif damage == "swapped":
        path.write_bytes(b"".join(reversed(lines)))
    else:
        path.write_bytes(path.read_bytes()[: len(b"".join(lines)) // 2])
    fill(source, ["p1"], **HELD)
    (source / "p2.json").unlink()
    report = run(source, out)
    assert report.summary.total_line().startswith("2 in")
    assert in_top(out) == {"p3"}
    assert [p.name.split("-")[1] for p in (out / "held").glob("*.pdf")] == ["p1"]


def test_copies_and_renamed_guides_are_put_aside_and_other_files_stay(
    tmp_path: Path,
) -> None:
    source, out = fill(tmp_path / "in", ["p1", "p2"]), tmp_path / "out"
    run(source, out)
    (one,) = out.glob("bg-p1-*.pdf")
    (out / f"Copy of {one.stem} (2).pdf").write_bytes(one.read_bytes())
    (out / "for the desk.pdf").write_bytes(one.read_bytes())
    (out / "price list.pdf").write_bytes(b"%PDF mine")
    (out / "bg-notes.pdf").write_bytes(b"%PDF mine")
    (source / "p1.json").unlink()
    run(source, out)
    assert {path.name for path in out.glob("*.pdf")} == {
        "price list.pdf", "bg-notes.pdf", *(p.name for p in out.glob("bg-p2-*")),
    }  # fmt: skip


def test_an_interrupted_run_leaves_no_older_guide(tmp_path: Path) -> None:
    source, out = fill(tmp_path / "in", ["p1", "p2", "p3"]), tmp_path / "out"
    run(source, out)
    fill(source, ["p1", "p2"], paper_size="Letter")
    old = {path.name for path in out.glob("bg-p[12]*")}
    assert run(source, out, after=stop_after(1)).exit_code == 130
    assert not old & {path.name for path in out.glob("*.pdf")}
    assert in_top(out) == {"p1", "p3"}


# --- nothing outside --------------------------------------------------------------


def rows_with(out: Path, id_: str, **values: object) -> None:
    """Change the rows of somebody in the manifest."""
    path = out / "manifest.jsonl"
    lines = []
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line)
        if record.get("id") == id_:
            record |= values
        lines.append(json.dumps(record))
    path.write_text("\n".join(lines) + "\n", "utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "../precious.pdf", "/precious.pdf", "held/../../precious.pdf", "..",
        "held/../../bg-p1-20261123-0A0B0C0D.pdf", "bg-p1-20261123-0A0B0C0D.pdf/../x",
        "", ".", "run.csv", "manifest.jsonl", "superseded/x.pdf",
    ],
)  # fmt: skip
def test_a_row_that_names_a_file_elsewhere_touches_nothing(
    name: str, tmp_path: Path, library: Library
) -> None:
    """A row whose file lay outside the folder let the batch move that file."""
    source, out = fill(tmp_path / "in", ["p1", "p2"]), tmp_path / "out"
    run(source, out)
    precious = tmp_path / "precious.pdf"
    precious.write_bytes(b"%PDF-1.7 mine")
    name = str(precious) if name == "/precious.pdf" else name
    rows_with(out, "p1", file=name)
    with pytest.raises(OutputError):
        make_print_job(out, library, JobOptions(tmp_path / "print.pdf"))
    assert call("reprint", "p1", "--in", out, "-o", tmp_path / "x.pdf").exit_code == 6
    purge(out, 0)
    assert (out / "manifest.jsonl").exists()
    (source / "p1.json").unlink()
    run(source, out)
    assert precious.read_bytes() == b"%PDF-1.7 mine"
    assert in_top(out) == {"p2"}


@pytest.mark.parametrize("place", ["held", "quarantine", "superseded"])
def test_a_folder_inside_that_is_a_link_is_refused(place: str, tmp_path: Path) -> None:
    """``held`` was a link, and an emergency page was written to where it led."""
    source, out = fill(tmp_path / "in", ["p1"]), tmp_path / "out"
    fill(source, ["h"], **HELD)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    foreign = elsewhere / "bg-h-20200101-0A0B0C0D.pdf"
    foreign.write_bytes(b"%PDF foreign")
    out.mkdir()
    (out / place).symlink_to(elsewhere)
    with pytest.raises(OutputError, match="not a link"):
        run(source, out)
    (out / place).unlink()
    run(source, out)
    for path in [*(out / place).glob("*")]:
        path.unlink()
    if (out / place).exists():
        (out / place).rmdir()
    (out / place).symlink_to(elsewhere)
    with pytest.raises(OutputError, match="not a link"):
        purge(out, 0)
    result = call("reprint", "h", "--in", out, "-o", tmp_path / "x.pdf")
    assert result.exit_code in (5, 6)
    assert [*elsewhere.iterdir()] == [foreign]


def test_a_shard_that_is_a_link_is_no_part_of_the_folder(tmp_path: Path) -> None:
    source, other = fill(tmp_path / "in", ["p1"]), tmp_path / "other"
    run(source, other)
    out = tmp_path / "out"
    out.mkdir()
    (out / "shard-1-of-1").symlink_to(other)
    with pytest.raises(OutputError, match="no manifest"):
        purge(out, 0)
    assert in_top(other) == {"p1"}


def test_a_list_of_print_jobs_removes_no_file_that_is_none(tmp_path: Path) -> None:
    import hashlib

    source, out = fill(tmp_path / "in", ["p1"]), tmp_path / "out"
    run(source, out)
    precious = tmp_path / "thesis.docx"
    precious.write_bytes(b"PK precious")
    digest = hashlib.sha256(b"PK precious").hexdigest()
    record = {"at": "2020-01-01T00:00:00+00:00", "target": "x"}
    record |= {"files": {str(precious): digest}, "guides": []}  # type: ignore[dict-item]
    (out / "print-jobs.jsonl").write_text(json.dumps(record) + "\n")
    purge(out, 0)
    run(source, out)
    assert precious.exists()


# --- names, and what is left behind ----------------------------------------------


def test_no_file_name_of_a_person_is_told_or_kept(tmp_path: Path) -> None:
    """``Lastname_First_1980.json`` stood on the screen, in all reports and, even
    after a purge, in the manifest."""
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "Zaphodine_Ann_1980.json").write_bytes(as_bytes(profile("p1")))
    (source / "Zaphodine_Bo_1981.json").write_bytes(b"{")
    (source / "Zaphodine_Cy.json.part").write_bytes(b"")
    (source / "Zaphodine_Di.txt").write_bytes(b"")
    (source / "Zaphodine_Ed").mkdir()
    words = ["batch", source, "-o", out, "--jobs", "1", "--issued-on", "2026-11-23"]
    for more in ([], ["--check"], ["--json"], ["--check", "--json"]):
        result = call(*words, *more)
        assert result.exit_code == 8
        assert "zaphodine" not in (result.stdout + result.stderr).lower()
    for path in out.rglob("*"):
        held = path.read_bytes() if path.is_file() else b""
        assert b"zaphodine" not in path.name.encode().lower() + held.lower()
    result = call(*words, "--with-names")
    assert "Zaphodine_Bo_1981.json" in result.stderr
    assert "Zaphodine_Bo_1981.json" in (out / "run.html").read_text()
    assert "Zaphodine" not in (out / "manifest.jsonl").read_text()
    assert "Zaphodine_Bo_1981.json" in call(*words, "--check", "--with-names").stdout


def test_what_is_passed_over_is_told_everywhere(tmp_path: Path) -> None:
    """Beside two profiles lay five that were passed over: "2 in = 2 made", "Nothing
    needs attention", exit code 0."""
    source, out = fill(tmp_path / "in", ["p1", "p2"]), tmp_path / "out"
    fill(source / "monday", ["p5"])
    for name in ("p3.json.txt", "p4.txt"):
        (source / name).write_bytes(as_bytes(profile("p9")))
    words = ["batch", source, "-o", out, "--jobs", "1", "--issued-on", "2026-11-23"]
    line = (
        "Passed over: .txt files: 1, files whose name goes on after .json (rename "
        "them): 1, folders (--recursive reads them): 1"
    )
    result = call(*words)
    assert result.exit_code == 0
    assert line in result.stderr
    assert line in call(*words, "--check").stdout
    for name in ("needs-attention.txt", "run.html"):
        text = (out / name).read_text("utf-8")
        assert line in text
        assert "Nothing needs attention" not in text
    for name in (".p6.json.icloud", "p7.json.part"):
        (source / name).write_bytes(b"")
    for more in ([], ["--check"]):
        assert call(*words, *more).exit_code == 8
    assert "E_UNFINISHED" in (out / "run.csv").read_text("utf-8-sig")
    result = call(*words, "--recursive")
    assert "5 in = 1 made + 2 reused + 0 held + 2 failed" in result.stderr


@pytest.mark.parametrize("way", ["batch", "purge"])
def test_the_litter_of_the_dead_is_removed(way: str, tmp_path: Path) -> None:
    """Once in five runs a killed batch left a temporary file, which then stayed."""
    source, out = fill(tmp_path / "in", ["p1"]), tmp_path / "out"
    run(source, out)
    litter = []
    for place in ("", "held", "quarantine", "superseded"):
        (out / place).mkdir(exist_ok=True)
        litter += [out / place / ".bg-123-4194304.tmp", out / place / ".bg-probe-1.tmp"]
    litter.append(out / ".backguide.owner.4194304")
    for path in litter:
        path.write_bytes(b"half")
    run(source, out) if way == "batch" else purge(out, 30)
    assert not [path for path in litter if path.exists()]


# --- manifests of older programs --------------------------------------------------

OLD = Path(__file__).parents[1] / "data" / "manifest-66a1c00"


def test_a_manifest_of_an_older_program_still_tells(tmp_path: Path) -> None:
    import shutil

    out = Path(shutil.copytree(OLD, tmp_path / "out"))
    result = call("who-got", "run-walk-plan", out)
    assert result.exit_code == 0, result.stderr
    assert "p1" in result.stdout
    target = tmp_path / "again.pdf"
    assert call("reprint", "p1", "--in", out, "-o", target).exit_code == 0
    (page,) = (out).glob("bg-p1-*.pdf")
    assert target.read_bytes() == page.read_bytes()
    assert read_back(target.read_bytes()).page_count
    job = tmp_path / "print.pdf"
    result = call("print-job", out, "-o", job)
    assert result.exit_code == 0, result.stderr
    assert inputs_of(out)[0].input.endswith(".json")
    source = fill(tmp_path / "in", ["p1", "p2"])
    report = run(source, out)
    assert report.summary.total_line().startswith("2 in = 2 made")
    assert not job.exists()
    assert len(pdfs_of(out)) == 2 + 3, "the old ones are put aside"
    assert in_top(out) == {"p1", "p2"}


def test_a_purge_takes_the_names_out_of_an_older_manifest(tmp_path: Path) -> None:
    import shutil

    out = Path(shutil.copytree(OLD, tmp_path / "out"))
    path = out / "manifest.jsonl"
    text = path.read_text("utf-8").replace('"p2.json"', '"Zaphodine_2.json"')
    text = text.replace('"torn.json"', '"Zaphodine_1.json"')
    told = '"words":["the same id is also in Zaphodine_2.json"]'
    path.write_text(text.replace('"words":[]', told, 1), "utf-8")
    before = inputs_of(out)
    call("purge", out, "--keep-days", "30")
    after = inputs_of(out)
    assert "Zaphodine" not in path.read_text("utf-8")
    assert ".json" not in path.read_text("utf-8")
    assert [row.id for row in after] == [row.id for row in before]
    assert [row.pdf_sha256 for row in after] == [row.pdf_sha256 for row in before]
    whole = path.read_bytes()
    call("purge", out, "--keep-days", "30")
    assert path.read_bytes() == whole
    assert call("reprint", "p1", "--in", out, "-o", tmp_path).exit_code == 0

"""A batch as a process of its own: killed, interrupted, out of disk, shut off."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backguide.batch.manifest import ENDED, RunRow, parse_row
from batch.factory import (
    check_truth,
    fill,
    inputs_of,
    litter_of,
    pdfs_of,
    rows_of,
    timeless,
)
from batch.processes import (
    PATIENCE_SECONDS,
    ROOT,
    batch,
    environment,
    family_of,
    finish,
    new_family,
    rows_in,
    start,
    until,
    wait_for_rows,
)

resource = pytest.importorskip("resource", reason="limits of POSIX")
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals"),
    pytest.mark.slow,
]
GUIDES, URGENT = 3, 45
CALM = ("--limit-seconds", 60)
"""A page may take long on a busy machine; only one test is about the limit."""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few guides among many urgent pages, which are drawn faster; a broken one."""
    folder = tmp_path_factory.mktemp("s") / "in"
    fill(folder, [f"p{20 * n + 5}" for n in range(GUIDES)])
    urgent = [f"p{n}u" for n in range(URGENT)]
    fill(folder, urgent, **{"red_flags.saddle_numb": "yes"})
    (folder / "bad.json").write_bytes(b"{")
    return folder


@pytest.fixture(scope="module")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An unbroken run."""
    out = tmp_path_factory.mktemp("w") / "out"
    code, told = finish(batch(source, out, *CALM))
    assert code == 8, told
    assert f"{GUIDES + URGENT + 1} in = {GUIDES} made" in told
    return out


def check_whole(out: Path) -> None:
    """Whatever the manifest vouches for is there; nothing else is torn."""
    check_truth(out)
    for name, content in pdfs_of(out).items():
        assert content.endswith(b"%%EOF\n"), name


def check_end(source: Path, out: Path, whole: Path) -> None:
    """Run once more, and compare the folder with that of the unbroken run."""
    code, told = finish(batch(source, out, *CALM))
    assert code == 8, told
    check_same(out, whole)
    assert not litter_of(out)


def check_same(out: Path, whole: Path) -> None:
    """Compare a folder whose run has ended with that of the unbroken run."""
    assert pdfs_of(out) == pdfs_of(whole)
    assert timeless(out, "run") == timeless(whole, "run")


def has_ended(out: Path) -> bool:
    """Tell whether the run has written its end; another one would be a new run."""
    path = out / "manifest.jsonl"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    rows = map(parse_row, lines)
    return any(isinstance(row, RunRow) and row.status == ENDED for row in rows)


def nobody_left(family: str) -> None:
    until(lambda: not family_of(family), "workers that outlive their parent")


def test_killed_at_twenty_moments(source: Path, whole: Path, tmp_path: Path) -> None:
    rng = random.Random(20)
    out, family, kills = tmp_path / "out", new_family(), 0
    for attempt in range(60):
        process = batch(source, out, *CALM, family=family)
        # A third of them die while they begin, the others at some row.
        if attempt % 3:
            wait_for_rows(out, rows_in(out) + rng.randrange(1, 4), process)
        else:
            until(
                lambda p=process: family_of(family) or p.poll() is not None, "a worker"
            )
        pause = rng.random() * 0.05
        until_gone(process, pause)
        process.kill()
        process.communicate()
        nobody_left(family)
        check_whole(out)
        if process.returncode == -signal.SIGKILL:
            kills += 1
        else:
            assert process.returncode == 8
            assert has_ended(out)
            assert not litter_of(out)
        if has_ended(out):
            # It was over before: this folder has seen enough.
            check_same(out, whole)
            shutil.rmtree(out)
        if kills == 20:
            break
    assert kills == 20
    check_end(source, out, whole)


def until_gone(process: subprocess.Popen[str], seconds: float) -> None:
    """Wait some time, or until the process is over."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def test_ctrl_c_while_the_workers_load_is_told_in_words(
    source: Path, whole: Path, tmp_path: Path
) -> None:
    for attempt in range(6):
        out, family = tmp_path / f"out{attempt}", new_family()
        process = batch(source, out, *CALM, family=family)
        until(lambda: family_of(family) or process.poll() is not None, "a worker")  # noqa: B023
        time.sleep(0.05 * attempt)  # no condition: any moment of loading will do
        os.killpg(process.pid, signal.SIGINT)
        code, told = finish(process)
        nobody_left(family)
        assert code == 130, told
        assert told.count("Stopped") == 1
        check_whole(out)
    check_end(source, out, whole)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_five_signals_leave_the_truth_and_the_right_code(
    number: signal.Signals, source: Path, whole: Path, tmp_path: Path
) -> None:
    out, family, stopped = tmp_path / "out", new_family(), 0
    for attempt in range(20):
        process = batch(source, out, *CALM, family=family)
        wait_for_rows(out, rows_in(out) + 1, process)
        # A terminal sends Ctrl-C to all processes, a service manager often to one.
        if attempt % 2:
            process.send_signal(number)
        elif process.poll() is None:
            os.killpg(process.pid, number)
        code, told = finish(process)
        nobody_left(family)
        check_whole(out)
        assert not litter_of(out)
        if code == 8:
            shutil.rmtree(out)  # the signal came too late
            continue
        stopped += 1
        assert code == (130 if number == signal.SIGINT else 143), told
        assert told.count("Stopped") == 1
        rows = [row for row in inputs_of(out) if row.has_pdf]
        assert {row.file for row in rows} == set(pdfs_of(out))
        assert not [row for row in inputs_of(out) if row.reason.startswith("E_WORKER")]
        assert rows_of(out)[-1].status == "stopped"
        if stopped == 5:
            break
    assert stopped == 5
    check_end(source, out, whole)


def test_two_at_once_the_second_is_refused(
    source: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = batch(source, out, *CALM)
    assert wait_for_rows(out, 2, first)
    first.send_signal(signal.SIGSTOP)
    code, told = finish(batch(source, out))
    assert (code, "another batch" in told) == (6, True)
    first.send_signal(signal.SIGCONT)
    assert finish(first)[0] == 8
    assert pdfs_of(out) == pdfs_of(whole)
    assert len(inputs_of(out)) == GUIDES + URGENT + 1


def test_the_lock_of_a_killed_batch_is_stale(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = batch(source, out, *CALM)
    assert wait_for_rows(out, 1, process)
    process.kill()
    process.communicate()
    assert (out / ".backguide.lock").exists()
    code, told = finish(batch(source, out, *CALM))
    assert code == 8, told
    assert not litter_of(out)


def test_killed_and_hung_workers_cost_nothing(
    source: Path, whole: Path, tmp_path: Path
) -> None:
    """One hangs, and is replaced after its time limit; two are killed."""
    out, family = tmp_path / "out", new_family()
    process = batch(source, out, "--limit-seconds", 8, family=family)
    for count, what in (
        (3, signal.SIGSTOP),
        (12, signal.SIGKILL),
        (20, signal.SIGKILL),
    ):
        if wait_for_rows(out, count, process):
            for pid in sorted(family_of(family))[:1]:
                os.kill(pid, what)
    code, told = finish(process)
    nobody_left(family)
    assert code == 8, told
    assert pdfs_of(out) == pdfs_of(whole)
    assert timeless(out, "run") == timeless(whole, "run")


@pytest.mark.parametrize("closed", ["both", "pipe", "stdout", "stderr"])
def test_a_closed_output_changes_nothing(closed: str, tmp_path: Path) -> None:
    small = fill(tmp_path / "in", ["p1", "p2"], **{"red_flags.saddle_numb": "yes"})
    script = ROOT / "tests" / "batch" / "command.py"
    out = tmp_path / "out"
    words = f"{sys.executable} {script} batch {small} -o {out}"
    shut = {"stdout": ">&-", "stderr": "2>&-", "both": "<&- >&- 2>&-", "pipe": ""}[
        closed
    ]
    if closed == "pipe":
        words = f"{{ {words} 2>&1; echo $? >{tmp_path / 'code'}; }} | true"
    else:
        words = f"{words} {shut}; echo $? >{tmp_path / 'code'}"
    subprocess.run(
        ["/bin/sh", "-c", words],
        env=environment(),
        capture_output=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    assert (tmp_path / "code").read_text() == "5\n"
    assert len(pdfs_of(out)) == 2
    assert [row.status for row in inputs_of(out)] == ["held", "held"]


# --- disks -------------------------------------------------------------------


def small_files() -> None:
    """Let this process write no more than 9 kB into one file."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, resource.RLIM_INFINITY))


def test_a_system_that_takes_no_more_bytes(
    source: Path, whole: Path, tmp_path: Path
) -> None:
    """The limit of a file's size stands for a full disk; it works for everybody."""
    out = tmp_path / "out"
    code, told = finish(batch(source, out, *CALM, preexec_fn=small_files))
    assert code == 6, told
    assert told.count("cannot be written") == 1
    assert "file too large" in told
    assert "run the same command" in told
    assert not litter_of(out)
    check_whole(out)
    assert not [row for row in inputs_of(out) if row.reason == "E_OUTPUT"]
    check_end(source, out, whole)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte; needs the right to mount."""
    place = tmp_path / "disk"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(place)]
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run([mount, *options], capture_output=True).returncode
    ):
        pytest.skip("no right to mount a disk; the test above needs none")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_ends_in_one_message_and_goes_on_when_there_is_room(
    source: Path, whole: Path, disk: Path
) -> None:
    out = disk / "out"
    (disk / "ballast").write_bytes(b"x" * 600_000)
    code, told = finish(batch(source, out, *CALM))
    assert code == 6, told
    assert told.count("no space left") == 1
    assert "run the same command" in told
    assert not litter_of(out)
    check_whole(out)
    rows = [row for row in inputs_of(out) if row.has_pdf]
    assert rows
    assert {row.file for row in rows} >= set(pdfs_of(out)) - {""}
    assert not [row for row in inputs_of(out) if row.reason == "E_OUTPUT"]
    subprocess.run(["mount", "-o", "remount,size=40m", str(disk)], check=True)
    check_end(source, out, whole)


def test_a_disk_that_turns_read_only(disk: Path, tmp_path: Path) -> None:
    small = fill(tmp_path / "in", ["p1"], **{"red_flags.saddle_numb": "yes"})
    out = disk / "out"
    assert finish(batch(small, out))[0] == 5
    before = pdfs_of(disk), (out / "manifest.jsonl").read_bytes()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    for where in (out, disk / "new"):
        code, told = finish(batch(small, where, "--force"))
        assert code == 6
        assert "read-only" in told
    assert (pdfs_of(disk), (out / "manifest.jsonl").read_bytes()) == before


def test_a_folder_that_vanishes(source: Path, tmp_path: Path) -> None:
    out, family = tmp_path / "out", new_family()
    process = batch(source, out, *CALM, family=family)
    assert wait_for_rows(out, 4, process)
    # Moved away: at once, while a removal would race with the pages that come.
    out.rename(tmp_path / "gone")
    code, told = finish(process)
    assert code == 6, told
    nobody_left(family)


# --- no network, no other programs -----------------------------------------------


def test_a_batch_calls_nobody(tmp_path: Path) -> None:
    """By the system's own record: no address of a network, no foreign program."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed; the guard in conftest.py holds anyway")
    small = fill(tmp_path / "in", ["p1", "p2"], **{"red_flags.saddle_numb": "yes"})
    log = tmp_path / "log"
    done = subprocess.run(
        [strace, "-f", "-qq", "-e", "trace=network,execve", "-o", str(log),
         sys.executable, str(ROOT / "tests" / "batch" / "command.py"), "batch",
         str(small), "-o", str(tmp_path / "out")],
        env=environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    if "Operation not permitted" in done.stderr and not log.exists():
        pytest.skip("no right to trace; the guard in conftest.py holds anyway")
    assert done.returncode == 5, done.stderr
    calls = log.read_text().splitlines()
    programs = [line for line in calls if "execve(" in line and "= 0" in line]
    python = os.path.realpath(sys.executable)
    assert programs
    for line in programs:
        assert sys.executable in line or python in line, line
    assert not [line for line in calls if "AF_INET" in line]


# --- many ---------------------------------------------------------------------


@pytest.mark.night
def test_ten_thousand_in_little_memory(tmp_path: Path) -> None:
    """The parent's memory; all are held back, for such pages are drawn fastest."""
    import json

    lines = tmp_path / "all.jsonl"
    one = json.loads(next(fill(tmp_path / "one", ["x"]).iterdir()).read_bytes())
    with lines.open("w") as file:
        for number in range(10_000):
            one["profile_id"] = f"p{number}"
            one["red_flags"]["saddle_numb"] = "yes"
            file.write(json.dumps(one) + "\n")
    script = tmp_path / "measure.py"
    script.write_text(
        "import resource, sys\n"
        "from batch.command import main\n"
        "if __name__ == '__main__':\n"
        "    try:\n"
        "        main()\n"
        "    finally:\n"
        "        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "        print(peak, file=sys.stderr)\n"
    )
    process = start(script, "batch", lines, "-o", tmp_path / "out")
    _, told = process.communicate(timeout=1200)
    assert process.returncode == 5, told
    assert "10000 in = 0 made + 0 reused + 10000 held" in told
    assert int(told.split()[-1]) < 300_000

"""A batch as a process of its own: killed, interrupted, out of disk, shut off."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backguide.batch.manifest import Row, parse_row
from batch.factory import fill, inputs_of, litter_of, pdfs_of, rows_of
from batch.test_pool import children

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals"),
    pytest.mark.night,  # kills and hangs real processes: needs an idle machine
]
ROOT = Path(__file__).parents[2]
GUIDES, URGENT = 6, 14


def command(*arguments: object, **options: Any) -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "batch" / "command.py"),
         *(str(a) for a in arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
        start_new_session=True,
        **options,
    )  # fmt: skip


def batch(source: Path, out: Path, *more: object) -> subprocess.Popen[str]:
    return command(
        "batch", source, "-o", out, "--issued-on", "2026-11-23", "--length", "short",
        "--jobs", "2", "--allow-unreviewed", *more,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, told = process.communicate(timeout=60)
    assert "Traceback" not in told
    assert "E_INTERNAL" not in told
    return process.returncode, told


def wait_for_rows(out: Path, count: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if (out / "manifest.jsonl").read_bytes().count(b"\n") > count:
                return
        except OSError:
            pass
        time.sleep(0.005)


def no_children() -> bool:
    deadline = time.monotonic() + 5
    while children() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not children()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few guides, and more urgent pages, which are drawn faster."""
    folder = tmp_path_factory.mktemp("s") / "in"
    fill(folder, [f"p{3 * n}" for n in range(GUIDES)])
    urgent = [f"p{3 * n // 2 + 100 * (n % 2)}u" for n in range(URGENT)]
    fill(folder, urgent, **{"red_flags.saddle_numb": "yes"})
    (folder / "bad.json").write_bytes(b"{")
    return folder


@pytest.fixture(scope="module")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An unbroken run."""
    out = tmp_path_factory.mktemp("w") / "out"
    code, told = finish(batch(source, out))
    assert code == 8, told
    assert f"{GUIDES + URGENT + 1} in = {GUIDES} made" in told
    return out


def timeless(out: Path) -> list[dict[str, Any]]:
    rows = []
    for row in {row.input: row for row in inputs_of(out)}.values():
        record = {
            n: getattr(row, n) for n in Row.__slots__ if n not in ("seconds", "at")
        }
        rows.append(record)
    return sorted(rows, key=lambda record: str(record["input"]))


def check_truth(out: Path) -> None:
    """Whatever the manifest vouches for is there, whole."""
    import hashlib

    path = out / "manifest.jsonl"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    for line in lines:
        row = parse_row(line)
        if isinstance(row, Row) and row.has_pdf:
            content = (out / row.file).read_bytes()
            assert hashlib.sha256(content).hexdigest() == row.pdf_sha256
    for name, content in pdfs_of(out).items():
        assert content.endswith(b"%%EOF\n"), name


@pytest.mark.parametrize("kills", [4, pytest.param(20, marks=pytest.mark.night)])
def test_killed_at_any_moment_and_run_again(
    kills: int, source: Path, whole: Path, tmp_path: Path
) -> None:
    rng = random.Random()
    out = tmp_path / "out"
    killed = 0
    for number in range(kills):
        process = batch(source, out)
        if number:
            # Some moment after the next rows, or soon after the start.
            done = len(inputs_of(out)) if (out / "manifest.jsonl").exists() else 0
            wait_for_rows(out, done + rng.randrange(3), process)
        time.sleep(rng.random() * (0.3 if number else 1.0))
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        assert no_children(), "workers outlived their parent"
        check_truth(out)
    assert killed >= kills // 2
    code, told = finish(batch(source, out))
    assert code == 8, told
    assert pdfs_of(out) == pdfs_of(whole)
    assert timeless(out) == timeless(whole)
    assert not litter_of(out)
    assert {row.run for row in inputs_of(out)} == {1}


@pytest.mark.parametrize(
    ("number", "to_all"),
    [
        (signal.SIGINT, True),
        (signal.SIGTERM, False),
        # Some faults of this kind show only when they are looked for often.
        *(
            pytest.param(number, to_all, marks=pytest.mark.night)
            for number in (signal.SIGINT, signal.SIGTERM)
            for to_all in (True, False)
            for _ in range(5)
        ),
    ],
)
def test_a_signal_leaves_the_truth_and_the_right_code(
    number: int, to_all: bool, source: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = batch(source, out)
    wait_for_rows(out, 4, process)
    begun = time.monotonic()
    if to_all:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    code, told = finish(process)
    assert time.monotonic() - begun < 5
    assert code == {signal.SIGINT: 130, signal.SIGTERM: 143}[signal.Signals(number)]
    assert "Stopped" in told
    assert no_children()
    check_truth(out)
    assert not litter_of(out)
    rows = [row for row in inputs_of(out) if row.has_pdf]
    assert {row.file for row in rows} == set(pdfs_of(out))
    assert not [row for row in inputs_of(out) if row.reason.startswith("E_WORKER")]
    assert rows_of(out)[-1].status == "stopped"
    assert finish(batch(source, out))[0] == 8
    assert pdfs_of(out) == pdfs_of(whole)
    assert timeless(out) == timeless(whole)


def test_two_at_once_the_second_is_refused(
    source: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = batch(source, out)
    wait_for_rows(out, 2, first)
    first.send_signal(signal.SIGSTOP)
    code, told = finish(batch(source, out))
    assert (code, "another batch" in told) == (6, True)
    first.send_signal(signal.SIGCONT)
    assert finish(first)[0] == 8
    assert pdfs_of(out) == pdfs_of(whole)
    assert len(inputs_of(out)) == GUIDES + URGENT + 1


def test_killed_workers_cost_nothing(source: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = batch(source, out)
    for count in (3, 8, 13):
        wait_for_rows(out, count, process)
        for pid in workers_of(process.pid)[:1]:
            os.kill(pid, signal.SIGKILL)
    code, told = finish(process)
    assert code == 8, told
    assert pdfs_of(out) == pdfs_of(whole)
    assert timeless(out) == timeless(whole)


def workers_of(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                status = (entry / "stat").read_text().rpartition(")")[2].split()
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(status[1]) == parent and b"spawn_main" in words:
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize(
    "closed",
    [
        "both",
        "pipe",
        pytest.param("stdout", marks=pytest.mark.night),
        *(pytest.param("stderr", marks=pytest.mark.night) for _ in range(5)),
    ],
)
def test_a_closed_output_changes_nothing(closed: str, tmp_path: Path) -> None:
    small = fill(tmp_path / "in", ["p1", "p2"])
    script = ROOT / "tests" / "batch" / "command.py"
    out = tmp_path / "out"
    words = f"{sys.executable} {script} batch {small} -o {out} --allow-unreviewed"
    shut = {"stdout": ">&-", "stderr": "2>&-", "both": "<&- >&- 2>&-", "pipe": ""}[
        closed
    ]
    if closed == "pipe":
        words = f"{{ {words} 2>&1; echo $? >{tmp_path / 'code'}; }} | true"
    else:
        words = f"{words} {shut}; echo $? >{tmp_path / 'code'}"
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    subprocess.run(
        ["/bin/sh", "-c", words],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert (tmp_path / "code").read_text() == "0\n"
    assert len(pdfs_of(out)) == 2
    assert [row.status for row in inputs_of(out)] == ["made", "made"]


# --- disks -------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte; needs the right to mount."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(place)]
    if (
        mount is None
        or subprocess.run([mount, *options], capture_output=True).returncode
    ):
        pytest.skip("no right to mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_ends_in_one_message_and_goes_on_when_there_is_room(
    source: Path, whole: Path, disk: Path
) -> None:
    out = disk / "out"
    (disk / "ballast").write_bytes(b"x" * 400_000)
    code, told = finish(batch(source, out))
    assert code == 6, told
    assert told.count("no space left") == 1
    assert "run the same command" in told
    assert not litter_of(out)
    check_truth(out)
    rows = [row for row in inputs_of(out) if row.has_pdf]
    assert rows
    assert {row.file for row in rows} >= set(pdfs_of(out)) - {""}
    assert not [row for row in inputs_of(out) if row.reason == "E_OUTPUT"]
    subprocess.run(["mount", "-o", "remount,size=40m", str(disk)], check=True)
    code, told = finish(batch(source, out))
    assert code == 8, told
    assert pdfs_of(out) == pdfs_of(whole)
    assert timeless(out) == timeless(whole)


def test_a_disk_that_turns_read_only(disk: Path, tmp_path: Path) -> None:
    source = fill(tmp_path / "in", ["p1"])
    subprocess.run(["mount", "-o", "remount,size=40m", str(disk)], check=True)
    out = disk / "out"
    assert finish(batch(source, out))[0] == 0
    before = pdfs_of(disk), (out / "manifest.jsonl").read_bytes()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    for where in (out, disk / "new"):
        code, told = finish(batch(source, where, "--force"))
        assert code == 6
        assert "read-only" in told
    assert (pdfs_of(disk), (out / "manifest.jsonl").read_bytes()) == before


def test_a_folder_that_vanishes(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = batch(source, out)
    wait_for_rows(out, 4, process)
    shutil.rmtree(out, ignore_errors=True)
    code, told = finish(process)
    assert code == 6, told
    assert no_children()


@pytest.mark.night
def test_ten_thousand_in_little_memory(tmp_path: Path) -> None:
    """The parent's memory; the workers' pages are drawn for a few only."""
    lines = tmp_path / "all.jsonl"
    one = json.loads(next(fill(tmp_path / "one", ["x"]).iterdir()).read_bytes())
    with lines.open("w") as file:
        for number in range(10_000):
            # Held back, for their pages are drawn fastest.
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
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    done = subprocess.run(
        [
            sys.executable,
            str(script),
            "batch",
            str(lines),
            "-o",
            str(tmp_path / "out"),
            "--allow-unreviewed",
        ],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 5, done.stderr
    assert "10000 in = 0 made + 0 reused + 10000 held" in done.stderr
    assert int(done.stderr.split()[-1]) < 300_000

"""The limits of a system are no bug of ours: a message, what mends it, exit code 6."""

import errno
import multiprocessing.context
import os
import resource
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backguide.batch.executor import Work
from backguide.batch.pool import NoRoomForWorkersError, WorkerPool
from backguide.cli import main
from backguide.errors import ExitCode, limit_words
from backguide.interview.saved import Saved, saved_bytes
from batch import poison
from test_every_output import CALLS, Call

ROOT = Path(__file__).parents[1]
DESK = ROOT / "profiles" / "desk-worker.json"
GOOD = (ExitCode.DONE, ExitCode.HELD_BACK)


def limited(kind: int, most: int, place: Path, *arguments: object) -> Any:
    """Run the program in a process that may not have more than so much."""
    return subprocess.run(
        [sys.executable, "-m", "backguide", *map(str, arguments)],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        preexec_fn=lambda: resource.setrlimit(kind, (most, most)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("most", [8, 10, 12, 14, 16, 20])
def test_too_few_open_files(most: int, tmp_path: Path) -> None:
    """A batch that could not open enough files said that this was a bug."""
    told = limited(
        resource.RLIMIT_NOFILE, most, tmp_path,
        "batch", DESK, "-o", "out", "--length", "short", "--jobs", "4",
    )  # fmt: skip
    assert "Traceback" not in told.stderr
    if told.returncode in GOOD:
        assert most > 10  # with fewer workers it can be done
        return
    assert told.returncode == ExitCode.OUTPUT_FAILED, told.stderr
    assert "too many open files" in told.stderr
    assert "ulimit -n" in told.stderr


def least_open_files() -> int:
    """Return with how many open files Python itself can begin."""
    for most in range(3, 64):
        begun = subprocess.run(
            [sys.executable, "-c", "import pathlib"],
            capture_output=True,
            check=False,
            preexec_fn=lambda most=most: resource.setrlimit(  # type: ignore[misc]
                resource.RLIMIT_NOFILE, (most, most)
            ),
        )
        if not begun.returncode:
            return most
    raise AssertionError("Python does not begin")


@pytest.mark.slow
def test_too_few_open_files_for_a_single_handout(tmp_path: Path) -> None:
    least = least_open_files()
    for most in range(least, least + 4):
        told = limited(
            resource.RLIMIT_NOFILE, most, tmp_path, "make", DESK, "-o", "x.pdf"
        )
        assert told.returncode in (*GOOD, ExitCode.OUTPUT_FAILED), told.stderr
        assert "Traceback" not in told.stderr


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("limits")
    (place / "in").mkdir()
    (place / "in" / "p.json").write_bytes(DESK.read_bytes())
    answers = {"locale": "en-GB", "red_flags.saddle_numb": "yes"}
    later = Saved(date.today(), tuple((path,) for path in answers), answers)  # noqa: DTZ011
    (place / "later.json").write_bytes(saved_bytes(later))
    (place / "wide.csv").write_text(",".join(f"Column {n}" for n in range(900)) + "\n")
    done = limited(
        resource.RLIMIT_CORE, 0, place,
        "batch", "in", "-o", "done", "--length", "short", "--jobs", "1",
    )  # fmt: skip
    assert done.returncode in GOOD, done.stderr
    return place


WRITING: dict[str, tuple[object, ...]] = {
    "make": ("make", DESK, "-o", "x.pdf", "--note"),
    "ask": ("ask", "--resume", "later.json", "-o", "x.pdf"),
    "schema": ("schema", "-o", "x.json"),
    "new": ("new", "-o", "x.json"),
    "intake-sheet": ("intake-sheet", "-o", "x.pdf"),
    "fhir questionnaire": ("fhir", "questionnaire", "-o", "x.json"),
    "columns new": ("columns", "new", "-o", "x.csv"),
    "columns map": ("columns", "map", "wide.csv", "-o", "x.toml"),
    "content figures": ("content", "figures", "-o", "x.pdf"),
    "reprint": ("reprint", "desk-worker", "--in", "done", "-o", "x.pdf"),
    "print-job": ("print-job", "done", "-o", "x.pdf"),
    "batch": ("batch", "in", "-o", "new", "--length", "short", "--jobs", "1"),
}


@pytest.mark.slow
@pytest.mark.parametrize("command", WRITING)
def test_a_file_may_not_be_as_large_as_it_is(command: str, batch: Path) -> None:
    told = limited(resource.RLIMIT_FSIZE, 5000, batch, *WRITING[command])
    assert told.returncode == ExitCode.OUTPUT_FAILED, told.stderr
    assert "file too large" in told.stderr
    assert "ulimit -f" in told.stderr
    assert ".bg-" not in told.stderr
    assert not [path for path in batch.rglob("x*") if path.is_file()]
    assert not [*batch.rglob(".bg-*")]


def test_every_command_that_writes_is_limited_here() -> None:
    assert set(WRITING) == {call.command for call in CALLS if isinstance(call, Call)}


class _Refusing:
    """Lets so many processes start, as a limit on their number does."""

    def __init__(self, patch: pytest.MonkeyPatch, allowed: int) -> None:
        self.started = 0
        real = multiprocessing.context.SpawnProcess.start

        def start(process: Any) -> None:
            if self.started >= allowed:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            self.started += 1
            real(process)

        patch.setattr(multiprocessing.context.SpawnProcess, "start", start)


def test_no_process_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    _Refusing(monkeypatch, 0)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(NoRoomForWorkersError, match="ulimit -u") as caught:
        list(WorkerPool(jobs=3).run(["print"] * 4, Work(poison.begin, None)))
    assert caught.value.exit_code == ExitCode.OUTPUT_FAILED
    assert len(os.listdir("/proc/self/fd")) <= before + 2


@pytest.mark.slow
def test_fewer_processes_than_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is done by those that there are."""
    refusing = _Refusing(monkeypatch, 1)
    done = list(WorkerPool(jobs=3).run(["print"] * 6, Work(poison.begin, None)))
    assert [outcome.value for outcome in done] == ["print"] * 6
    assert refusing.started == 1


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (MemoryError(), "ulimit -v"),
        (OSError(errno.EMFILE, "x", "y"), "ulimit -n"),
        (OSError(errno.ENFILE, "x", "y"), "close other programs"),
        (OSError(errno.ENOMEM, "x", "y"), "close other programs"),
        (RuntimeError("can't start new thread"), "ulimit -u"),
        (ImportError("x.so: cannot open: Too many open files"), "ulimit -n"),
    ],
)
def test_a_limit_that_is_met_anywhere(
    error: Exception, mend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("backguide.making.make_handout", broken)
    result = _run("explain", DESK)
    assert result.exit_code == ExitCode.OUTPUT_FAILED
    assert mend in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError("x"), ImportError("x")])
def test_a_bug_stays_one(error: Exception) -> None:
    assert limit_words(error) == ""

"""One batch in a folder: a second is refused, and nothing stale blocks."""

import errno
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backguide.batch import lock
from backguide.batch.lock import lock_folder
from backguide.errors import OutputError

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from backguide.batch import lock
if sys.argv[2] == "owner":
    lock._system_lock = lambda path: None
with lock.lock_folder(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture(params=["system", "owner"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test runs with the system's locks, and without."""
    if request.param == "owner":
        monkeypatch.setattr(lock, "_system_lock", lambda path: None)
    return str(request.param)


@pytest.fixture
def holder(kind: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path), kind],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_lock_leaves_nothing_behind(kind: str, tmp_path: Path) -> None:
    for _ in range(3):
        with lock_folder(tmp_path):
            assert list(tmp_path.iterdir())
        assert not list(tmp_path.iterdir())


def test_a_second_batch_is_refused(
    holder: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    before = [path.name for path in tmp_path.iterdir()]
    with pytest.raises(OutputError, match="another batch"), lock_folder(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == before
    assert holder.poll() is None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_of_a_dead_batch_is_taken_over(
    holder: subprocess.Popen[bytes], number: int, tmp_path: Path
) -> None:
    holder.send_signal(number)
    holder.wait()
    with lock_folder(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_the_same_process_cannot_hold_it_twice(kind: str, tmp_path: Path) -> None:
    with lock_folder(tmp_path):
        with pytest.raises(OutputError), lock_folder(tmp_path):
            pass
        with pytest.raises(OutputError), lock_folder(tmp_path):
            pass


@pytest.mark.parametrize(
    ("owner", "is_stale"),
    [
        (("{node}", "{dead}", "123"), True),
        (("{node}", "{own}", "0"), True),  # our number, but another birth
        (("elsewhere", "{dead}", "123"), False),
        (("{node}", "1" + "0" * 30, "123"), False),
        (("{node}", "0", "123"), False),
        (("{node}", "-1", ""), False),
        (("{node}", "[]", "123"), False),
        ("", False),
        ("{node}", False),
        ("\ud800", False),
    ],
)
def test_owners(
    owner: str | tuple[str, str, str],
    is_stale: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lock, "_system_lock", lambda path: None)
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    here = {"node": platform.node(), "dead": done.pid, "own": os.getpid()}
    if isinstance(owner, str):
        content = owner.format(**here).encode("utf-8", "surrogatepass")
    else:
        host, pid, begun = (part.format(**here) for part in owner)
        content = f'{{"host": "{host}", "pid": {pid}, "begun": "{begun}"}}'.encode()
    (tmp_path / lock.OWNER_FILE_NAME).write_bytes(content)
    if is_stale:
        with lock_folder(tmp_path):
            pass
        assert not list(tmp_path.iterdir())
    else:
        with pytest.raises(OutputError, match="remove"), lock_folder(tmp_path):
            pass
        assert (tmp_path / lock.OWNER_FILE_NAME).read_bytes() == content


def test_a_disk_without_locks_falls_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(descriptor: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(lock, "_take", none)
    with lock_folder(tmp_path):
        assert [p.name for p in tmp_path.iterdir()] == [lock.OWNER_FILE_NAME]


def test_a_folder_that_takes_nothing_is_told(kind: str, tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="cannot be locked"),
        lock_folder(tmp_path / "gone"),
    ):
        pass


CROWD = """
import sys
from pathlib import Path
from backguide.batch import lock
from backguide.errors import OutputError
folder = Path(sys.argv[1])
if sys.argv[2] == "owner":
    lock._system_lock = lambda path: None
for _ in range(200):
    try:
        with lock.lock_folder(folder):
            (folder / "alone").mkdir()
            (folder / "alone").rmdir()
    except OutputError:
        pass
"""


def test_many_who_start_at_once_are_one_at_a_time(kind: str, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    crowd = [
        subprocess.Popen([sys.executable, "-c", CROWD, str(tmp_path), kind], env=env)
        for _ in range(4)
    ]
    assert [process.wait(60) for process in crowd] == [0] * 4
    assert not list(tmp_path.iterdir())

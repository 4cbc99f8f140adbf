"""A batch on a real cluster: a scheduler and two workers in processes of their own.

The processes talk over 127.0.0.1; this one stays without any network.
"""

import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from backguide.about import __version__
from backguide.batch import cluster
from backguide.batch.cluster import ClusterError, connected
from backguide.batch.executor import Work
from backguide.batch.work import Settings, begin, land
from backguide.making import Options
from batch.factory import fill, litter_of, pdfs_of, timeless
from batch.processes import (
    PATIENCE_SECONDS,
    batch,
    environment,
    family_of,
    finish,
    new_family,
    start,
    until,
    wait_for_rows,
)
from strategies import FIXED_DAY

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")
GUIDES, URGENT = 4, 20


def need_dask() -> None:
    """Skip where the extra is not installed; in CI that is a failure."""
    if find_spec("distributed") is None:
        message = "the extra is not installed: pip install 'backguide[cluster]'"
        if os.environ.get("CI"):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)


@pytest.fixture(params=[False])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A scheduler and two workers, with nannies or without; gone at the end."""
    need_dask()
    told = tmp_path / "scheduler.json"
    family = new_family()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [
        start(
            "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", 0,
            "--no-dashboard", "--scheduler-file", told, family=family, **quiet,
        )
    ]  # fmt: skip
    try:
        until(told.exists, "a scheduler")
        processes += [
            start(
                "-m", "dask", "worker", "--scheduler-file", told, "--nthreads", 1,
                "--nanny" if request.param else "--no-nanny", "--no-dashboard",
                "--host", "127.0.0.1",
                "--local-directory", tmp_path / f"w{number}",
                family=f"{family}{number}", **quiet,
            )
            for number in range(2)
        ]  # fmt: skip
        yield f"{json.loads(told.read_text())['address']} {family}"
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_cluster_makes_the_same_bytes_though_a_worker_is_killed(
    address: str, tmp_path: Path
) -> None:
    where, family = address.split()
    source = fill(tmp_path / "in", [f"g{n}" for n in range(GUIDES)])
    fill(source, [f"u{n}" for n in range(URGENT)], **{"red_flags.saddle_numb": "yes"})
    (source / "bad.json").write_bytes(b"{")
    here, there = tmp_path / "here", tmp_path / "there"
    assert finish(batch(source, here))[0] == 8
    running = batch(source, there, "--cluster", where)
    assert wait_for_rows(there, 3, running), "it ended before a worker could be killed"
    killed = family_of(f"{family}0", words=b"dask")
    assert len(killed) == 1
    os.kill(killed.pop(), signal.SIGKILL)
    code, told = finish(running)
    assert code == 8, told
    assert f"= {GUIDES} made + 0 reused + {URGENT} held + 1 failed" in told
    assert pdfs_of(there) == pdfs_of(here)
    assert timeless(there) == timeless(here)
    assert not litter_of(there)


SCRIPT = """
import sys
from backguide.about import __version__
from backguide.batch.cluster import connected
from backguide.batch.executor import Work
from backguide.batch.work import Settings
from backguide.making import Options
from batch import poison
from strategies import FIXED_DAY

if __name__ == "__main__":
    settings = Settings(None, "", None, Options(FIXED_DAY, __version__))
    tasks = [1, 2, "hang", *range(3, 30), "raise", "sys.exit"]
    with connected(sys.argv[1], 2) as cluster:
        work = Work(poison.begin, settings)
        for told in cluster.run(tasks, work, is_stopped=lambda: False):
            print(told.task, told.value, told.fault or "-", flush=True)
"""


@pytest.mark.parametrize("address", [True], indirect=True)
def test_a_task_that_hangs_costs_itself_only(address: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    process = start(script, address.split()[0])
    said, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, told
    lines = sorted(said.splitlines())
    good = [f"{n} {2 * n} -" for n in range(1, 30)]
    bad = [
        "hang None E_TIME_LIMIT",
        "raise None E_INTERNAL",
        "sys.exit None E_INTERNAL",
    ]
    assert lines == sorted([*good, *bad])
    assert "Zaphod" not in told


def test_nobody_answers(tmp_path: Path) -> None:
    need_dask()
    source = fill(tmp_path / "in", ["p1"])
    code, told = finish(
        batch(source, tmp_path / "out", "--cluster", "tcp://127.0.0.1:9")
    )
    assert (code, "no scheduler answers" in told) == (2, True), told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "where", ["somewhere", "tcp://", "tcp://host", "pigeon://x:1", "tcp://x:1 y"]
)
def test_an_address_that_is_none(where: str) -> None:
    with pytest.raises(ClusterError, match="expected the address") as caught:
        connected(where, 10).__enter__()
    assert caught.value.exit_code == 2


def test_the_extra_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"backguide\[cluster\]") as caught:
        connected("tcp://127.0.0.1:1", 10).__enter__()
    assert caught.value.exit_code == 2


def test_it_is_loaded_only_when_it_is_asked_for() -> None:
    code = (
        "import sys, backguide.cli, backguide.batch.cluster\n"
        "sys.exit('distributed' in sys.modules or 'dask' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment()).returncode == 0
    )


@pytest.mark.parametrize(
    ("version", "content", "told"),
    [("9.9", "", "in place of 9.9"), (__version__, "other", "ContentChanged")],
)
def test_a_worker_that_is_not_like_us_says_so(
    version: str, content: str, told: str
) -> None:
    settings = Settings(None, content, None, Options(FIXED_DAY, version))
    assert told in cluster._prepared(pickle.dumps(Work(begin, settings, land)))


def test_a_task_that_raises_is_told_without_its_text() -> None:
    def begin(settings: object) -> object:
        def do(task: str) -> str:
            if task == "memory":
                raise MemoryError
            raise SystemExit("Zaphod Beeblebrox")

        return do

    cluster._BEGUN.clear()
    cluster._BEGUN[b"x"] = begin(None)  # type: ignore[assignment]
    assert cluster._done_there(b"x", "memory")[0] == "E_MEMORY"
    fault, words, _ = cluster._done_there(b"x", "other")
    assert (fault, "SystemExit at" in words) == ("E_INTERNAL", True)
    assert "Zaphod" not in words
    cluster._BEGUN.clear()

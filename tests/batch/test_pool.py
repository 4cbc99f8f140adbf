"""Workers that die in every way; the run goes on, and nothing else is lost."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from backguide.batch.executor import Outcome, Work
from backguide.batch.pool import WorkerError, WorkerPool, auto_jobs
from batch import poison
from batch.processes import MARK, environment, family_of, new_family, until

WORK = Work(poison.begin, None)
LIMIT = 3.0
"""Seconds for one task; the good ones take none, even on a busy machine."""
FAMILY = new_family()
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals"),
    pytest.mark.slow,
]


@pytest.fixture(autouse=True)
def _known_by_their_family(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let workers be told from those of other tests that run beside us."""
    monkeypatch.setenv(MARK, FAMILY)


def run(tasks: Any, **pool: Any) -> list[Outcome]:
    return list(WorkerPool(**{"jobs": 2, **pool}).run(tasks, WORK))


def by_task(outcomes: list[Outcome]) -> dict[Any, Outcome]:
    told = {outcome.task: outcome for outcome in outcomes}
    assert len(told) == len(outcomes), "a task was told twice"
    return told


def children() -> set[int]:
    """Return the worker processes of these tests that live now."""
    return family_of(FAMILY)


def gone(before: frozenset[int] = frozenset()) -> bool:
    """Wait until no worker is left but those of before."""
    until(lambda: not children() - before, "workers that stay")
    return True


def test_every_task_has_one_outcome() -> None:
    told = by_task(run(range(300)))
    assert {task: outcome.value for task, outcome in told.items()} == {
        n: 2 * n for n in range(300)
    }
    assert gone()


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_nothing_to_do_starts_nobody(jobs: int) -> None:
    assert run([], jobs=jobs) == []


POISONS = {
    "kill": ("E_WORKER_DIED", "SIGKILL"),
    "segfault": ("E_WORKER_DIED", "SIGSEGV"),
    "exit": ("E_WORKER_DIED", "code 3"),
    "hang": ("E_TIME_LIMIT", f"longer than {LIMIT:g} seconds"),
    "hang with the lock": ("E_TIME_LIMIT", "longer"),
    "stop": ("E_TIME_LIMIT", "longer"),
    "memory": ("E_MEMORY", "400 MB"),
    "hidden memory": ("E_MEMORY", "400 MB"),
    "sys.exit": ("E_INTERNAL", "SystemExit at poison.py"),
    "raise": ("E_INTERNAL", "ValueError at poison.py"),
    "recursion": ("E_INTERNAL", "RecursionError"),
    "interrupt": ("E_INTERNAL", "KeyboardInterrupt"),
    "result": ("E_INTERNAL", "Error"),
    "exception": ("E_INTERNAL", "CannotTravel"),
}


def test_each_poison_fails_alone() -> None:
    tasks: list[Any] = list(range(100))
    for number, name in enumerate(POISONS):
        tasks.insert(7 * number, name)
    told = by_task(run(tasks, limit_seconds=LIMIT, memory_bytes=400 << 20))
    assert set(told) == set(tasks)
    for number in range(100):
        assert told[number].value == 2 * number
    for name, (fault, words) in POISONS.items():
        assert told[name].fault == fault, (name, told[name])
        assert words in told[name].words, (name, told[name])
        assert "Zaphod" not in told[name].words
    assert gone()


@pytest.mark.parametrize("order", ["kill", "hang", "memory"])
def test_bad_luck_is_tried_again_alone(order: str, tmp_path: Path) -> None:
    task = f"once {order} {tmp_path / 'flag'}"
    told = by_task(run([1, task, 2, 3], limit_seconds=LIMIT, memory_bytes=400 << 20))
    assert told[task].value == "second try"
    assert told[3].value == 6


def test_a_worker_killed_from_outside_costs_nothing() -> None:
    outcomes: dict[Any, Outcome] = {}
    tasks = [(0.02, n) for n in range(120)]
    for outcome in WorkerPool(jobs=2).run(tasks, WORK):
        outcomes[outcome.task] = outcome
        if len(outcomes) in (10, 40, 41, 80):
            for pid in sorted(children())[:1]:
                os.kill(pid, signal.SIGKILL)
    assert [outcomes[task].value for task in tasks] == list(range(120))


def test_large_tasks_travel_as_well() -> None:
    tasks = [bytes(size) for size in (0, 7_990, 8_000, 70_000, 3_000_000)]
    told = by_task(run(tasks))
    assert {len(task): told[task].value for task in tasks} == {
        len(task): len(task) for task in tasks
    }


def test_workers_are_replaced_after_a_while() -> None:
    def tasks() -> Iterator[str]:
        yield from ["pid"] * 35

    outcomes = run(tasks(), jobs=1, recycle_after=10)
    pids = [outcome.value for outcome in outcomes]
    assert len(pids) == 35
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [10, 10, 10, 5]


def test_no_more_is_taken_than_there_is_room_for() -> None:
    taken = 0

    def tasks() -> Iterator[int]:
        nonlocal taken
        for number in count():
            taken = number + 1
            yield number

    running = WorkerPool(jobs=2).run(tasks(), WORK)
    for done, _ in enumerate(islice(running, 200), 1):
        assert taken <= done + 2 * 2 * 2
    running.close()  # type: ignore[attr-defined]
    assert gone()


def test_a_wish_to_stop_lets_the_running_end_and_begins_nothing() -> None:
    tasks = [(0.3, n) for n in range(50)]
    done: list[Outcome] = []
    for outcome in WorkerPool(jobs=2).run(tasks, WORK, is_stopped=lambda: bool(done)):
        done.append(outcome)
    assert 1 <= len(done) <= 5
    assert all(not outcome.fault for outcome in done)
    assert gone()


def test_a_stopped_run_does_not_judge_the_suspects() -> None:
    done: list[Outcome] = []
    tasks = ["kill", *((0.2, n) for n in range(10))]
    for outcome in WorkerPool(jobs=1).run(tasks, WORK, is_stopped=lambda: bool(done)):
        done.append(outcome)
    assert all(outcome.task != "kill" for outcome in done)


@pytest.mark.parametrize("begin", [poison.broken_begin, poison.dying_begin])
def test_workers_that_cannot_start_end_the_run(begin: Any) -> None:
    with pytest.raises(WorkerError) as caught:
        list(WorkerPool(jobs=2).run(range(10), Work(begin, None)))
    assert "Zaphod" not in str(caught.value)
    expected = "RuntimeError at poison.py" if begin is poison.broken_begin else "code 7"
    assert expected in str(caught.value)
    assert gone()


def test_workers_do_not_talk(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["print"])[0].value == "print"
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")


SCRIPT = """
import sys
from backguide.batch.pool import Work, WorkerPool
from batch import poison
if __name__ == "__main__":
    pool, work = WorkerPool(jobs=2, limit_seconds=600), Work(poison.begin, None)
    for outcome in pool.run({tasks}, work):
        print(outcome.value, flush=True)
"""


@pytest.mark.parametrize("order", ["hang", "hang with the lock", "quick"])
def test_nobody_outlives_a_parent_that_is_killed(order: str, tmp_path: Path) -> None:
    tasks = "iter(int, 1)" if order == "quick" else f"[1, 2, {order!r}, {order!r}]"
    script = tmp_path / "parent.py"
    script.write_text(SCRIPT.format(tasks=tasks))
    before = frozenset(children())
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        env=environment(FAMILY),
    )
    assert parent.stdout is not None
    for _ in range(2):
        parent.stdout.readline()
    if order != "quick":
        time.sleep(0.3)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert gone(before)


def test_auto_jobs() -> None:
    assert 1 <= auto_jobs() <= (os.cpu_count() or 1)

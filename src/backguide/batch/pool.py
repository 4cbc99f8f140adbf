"""Run tasks in processes of their own, and survive whatever becomes of them.

A worker may be killed, crash, hang or run out of memory. Then the task that it was
at is set aside, a new worker takes its place, and the run goes on. At the end each
task that was set aside is tried once more with no other beside it; a second failure
is its result. A stock process pool does not do this: one dead worker fails
everything that was queued.
"""

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Final

from backguide.batch.executor import DIED, MEMORY, TIME_LIMIT, Outcome, Work
from backguide.batch.stop import without_ctrl_c
from backguide.batch.worker import serve
from backguide.errors import BackguideError, ExitCode, system_words

LIMIT_SECONDS: Final = 10.0
RECYCLE_AFTER: Final = 2000
MEMORY_BYTES: Final = 1 << 30
START_SECONDS: Final = 60.0
END_SECONDS: Final = 5.0
"""How long a killed process may take to go; one that the system holds is left."""
MAX_FAILED_STARTS: Final = 3
PREFETCH: Final = 2
"""A worker has its next task at hand while it is at one."""
SMALL_BYTES: Final = 8_000
"""A message of this size fits into any system's pipe, so sending never waits."""
TICK_SECONDS: Final = 0.2
"""How soon a wish to stop is seen."""


class WorkerError(BackguideError):
    """No worker can be started."""


class NoRoomForWorkersError(WorkerError):
    """The system allows no worker: too few files, processes or too little memory."""

    exit_code = ExitCode.OUTPUT_FAILED


def auto_jobs() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class WorkerPool:
    """The default executor: processes on this computer."""

    jobs: int = 0
    """Processes at a time; 0 for one on each processor."""
    limit_seconds: float = LIMIT_SECONDS
    """Longest time for one task."""
    recycle_after: int = RECYCLE_AFTER
    """Tasks after which a worker is replaced, so that no leak can grow."""
    memory_bytes: int = MEMORY_BYTES
    """Address space of a worker, where the system can limit it."""

    def run(
        self,
        tasks: Iterable[Any],
        work: Work,
        *,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[Outcome]:
        """Yield an outcome for each task, as they end."""
        running = _RunningPool(self, work, is_stopped)
        try:
            yield from running.together(iter(tasks))
            yield from running.alone()
        finally:
            running.stop()


@dataclass(frozen=True, slots=True)
class _Item:
    """A task and the bytes in which it travels."""

    serial: int
    """Comes back with the answer: order alone never pairs the two."""
    task: Any
    message: bytes

    @property
    def is_small(self) -> bool:
        return len(self.message) <= SMALL_BYTES


@dataclass(slots=True)
class _Worker:
    """A process, and what it was given to do."""

    process: BaseProcess
    connection: Connection
    since: float
    """When it began what it is at: a task, or its own start."""
    items: deque["_Item"] = field(default_factory=deque)
    """Sent and not answered; it is at the first of them."""
    taken: int = 0
    is_ready: bool = False
    sender: threading.Thread | None = None
    """Sends a large task, which may have to wait."""
    fault: str = ""
    """Why we ended it; empty when it ended by itself."""


class _RunningPool:
    """The worker processes of one run, and its queue. Used by one thread only."""

    def __init__(
        self, pool: WorkerPool, work: Work, is_stopped: Callable[[], bool]
    ) -> None:
        self._pool = pool
        self._jobs = pool.jobs or auto_jobs()
        self._work = work
        self._is_stopped = is_stopped
        self._workers: list[_Worker] = []
        self._waiting: deque[_Item] = deque()
        """Taken from the source, not sent yet."""
        self._suspects: list[Outcome] = []
        """Tasks to try again alone, with what happened to their worker."""
        self._failed_starts = 0
        self._is_limit = False
        """True when the last start failed at a limit of the system."""
        self._serial = 0

    def together(self, source: Iterator[Any]) -> Iterator[Outcome]:
        """Do the tasks side by side; set aside those whose worker fails."""
        while True:
            if not self._is_stopped():
                self._take_in(source)
                self._hand_out()
            is_busy = any(worker.items for worker in self._workers)
            if not is_busy and (self._is_stopped() or not self._waiting):
                return
            yield from self._wait()

    def alone(self) -> Iterator[Outcome]:
        """Try again what was set aside, one by one; a second failure is final."""
        suspects, self._suspects = self._suspects, []
        if suspects:
            self.stop()
        self._jobs = 1
        for suspect in suspects:
            yield from self.together(iter([suspect.task]))
            yield from self._suspects
            self._suspects = []
            if self._is_stopped():
                return

    def stop(self) -> None:
        """End every worker: the idle ones by asking, the others at once."""
        for worker in self._workers:
            if worker.items or not worker.is_ready:
                worker.process.kill()
            else:
                worker.connection.close()
        for worker in self._workers:
            _end(worker)
        self._workers = []

    # --- handing out --------------------------------------------------------

    def _take_in(self, source: Iterator[Any]) -> None:
        while len(self._waiting) < self._jobs * PREFETCH:
            try:
                task = next(source)
            except StopIteration:
                return
            self._serial += 1
            message = pickle.dumps((self._serial, task))
            self._waiting.append(_Item(self._serial, task, message))

    def _hand_out(self) -> None:
        for depth in range(PREFETCH):
            for worker in [*self._workers]:
                if self._waiting and len(worker.items) == depth:
                    self._offer(worker)
            if depth == 0:
                self._start_workers()

    def _offer(self, worker: _Worker) -> None:
        """Give a worker the next task, if it can take one now."""
        if not worker.is_ready:
            return
        if worker.taken >= self._pool.recycle_after:
            if not worker.items:
                worker.connection.close()
                self._workers.remove(worker)
                _end(worker)
            return
        item = self._waiting[0]
        if worker.items and not (item.is_small and worker.sender is None):
            return
        self._waiting.popleft()
        if not worker.items:
            worker.since = time.monotonic()
        worker.items.append(item)
        worker.taken += 1
        if item.is_small:
            _deliver(worker.connection, item.message)
            return
        sender = threading.Thread(
            target=_deliver, args=(worker.connection, item.message), daemon=True
        )
        try:
            sender.start()
        except RuntimeError:  # no more threads are allowed
            _deliver(worker.connection, item.message)
        else:
            worker.sender = sender

    def _start_workers(self) -> None:
        starting = sum(not worker.is_ready for worker in self._workers)
        wanted = min(len(self._waiting) - starting, self._jobs - len(self._workers))
        for _ in range(wanted):
            try:
                self._workers.append(self._new_worker())
            except OSError as error:
                self._do_with_fewer(system_words(error))
                return

    def _do_with_fewer(self, words: str) -> None:
        """Go on with the workers that there are, when the system allows no more.

        Raises:
            NoRoomForWorkersError: There are none.
        """
        self._jobs = len(self._workers)
        if not self._jobs:
            raise NoRoomForWorkersError(f"no worker process can be started: {words}")

    def _new_worker(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        try:
            process = context.Process(
                target=serve,
                args=(theirs, self._work, self._pool.memory_bytes, os.getpid()),
                daemon=True,
            )
            with without_ctrl_c():
                process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return _Worker(process, ours, time.monotonic())

    # --- listening ----------------------------------------------------------

    def _wait(self) -> Iterator[Outcome]:
        """Yield what the workers answer within the next moment; end those over time."""
        by_connection = {worker.connection: worker for worker in self._workers}
        for connection in wait(list(by_connection), self._patience()):
            yield from self._listen(by_connection[connection])  # type: ignore[index]
        now = time.monotonic()
        for worker in [*self._workers]:
            if now >= self._deadline(worker):
                worker.fault = TIME_LIMIT
                worker.process.kill()
                yield from self._listen(worker)

    def _patience(self) -> float:
        ends = [self._deadline(worker) for worker in self._workers]
        return max(0.0, min([*(end - time.monotonic() for end in ends), TICK_SECONDS]))

    def _deadline(self, worker: _Worker) -> float:
        if not worker.is_ready:
            return worker.since + START_SECONDS
        if not worker.items:
            return float("inf")
        return worker.since + self._pool.limit_seconds

    def _listen(self, worker: _Worker) -> Iterator[Outcome]:
        """Yield the answers that a worker has sent, and remove it if it has died."""
        try:
            # One that we are ending is heard to its end, which comes at once.
            while worker.connection.poll(END_SECONDS if worker.fault else 0):
                kind, *said = worker.connection.recv()
                yield from self._heard(worker, kind, said)
            if worker.fault:
                self._remove_dead(worker)
        except (EOFError, OSError, pickle.UnpicklingError):
            self._remove_dead(worker)

    def _heard(self, worker: _Worker, kind: str, said: list[Any]) -> Iterator[Outcome]:
        if kind == "ready":
            worker.is_ready = True
            self._failed_starts = 0
            return
        if kind == "broken":
            worker.fault, self._is_limit = said
            return
        if worker.items[0].serial != said[0]:
            raise WorkerError("a worker answered another task than the one it was at")
        if kind == "done":
            yield Outcome(worker.items.popleft().task, said[1])
        elif said[1] == MEMORY:
            # What is left in its memory is anybody's guess, so it goes as well.
            worker.fault = MEMORY
            return
        else:
            yield Outcome(worker.items.popleft().task, fault=said[1], words=said[2])
        worker.since = time.monotonic()
        worker.sender = None

    def _remove_dead(self, worker: _Worker) -> None:
        """Remove a dead worker, and keep its task for another try on its own."""
        self._workers.remove(worker)
        ending = _end(worker)
        words = _words(worker.fault or DIED, ending, self._pool)
        if not worker.is_ready:
            self._failed_starts += 1
            if self._is_limit:
                self._do_with_fewer(words)
            elif self._failed_starts >= MAX_FAILED_STARTS:
                raise WorkerError(f"no worker process can be started: {words}")
        elif worker.items:
            task = worker.items.popleft().task
            fault = worker.fault or DIED
            self._suspects.append(Outcome(task, fault=fault, words=words))
        self._waiting.extendleft(reversed(worker.items))


def _end(worker: _Worker) -> int:
    """Wait for a worker to end, kill it if it does not, and return its exit code."""
    process = worker.process
    process.join(END_SECONDS if worker.connection.closed else 0.5)
    if process.is_alive():
        process.kill()
        process.join(END_SECONDS)
    if worker.sender is not None:
        worker.sender.join(END_SECONDS)
    worker.connection.close()
    if process.is_alive():
        return 0
    ending = process.exitcode or 0
    process.close()
    return ending


def _deliver(connection: Connection, message: bytes) -> None:
    # One that died meanwhile is found out when it is listened to.
    with contextlib.suppress(OSError):
        connection.send_bytes(message)


def _words(fault: str, ending: int, pool: WorkerPool) -> str:
    if fault == TIME_LIMIT:
        return f"it took longer than {pool.limit_seconds:g} seconds"
    if fault == MEMORY:
        return f"it needed more than {pool.memory_bytes >> 20} MB of memory"
    if fault != DIED:
        return fault
    if ending < 0:
        try:
            name = signal.Signals(-ending).name
        except ValueError:
            name = str(-ending)
        return f"its process was ended by the signal {name}"
    return f"its process ended by itself with code {ending}"

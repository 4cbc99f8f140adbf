"""Run tasks on a dask.distributed cluster, on the same seam as the local pool.

The workers decide, draw and check; the bytes come back, and this process alone
writes them. So no disk is shared, and one lock, one manifest and one order of
writing hold, as they do locally. A worker that dies costs nothing: the scheduler
gives its tasks to another one.

dask.distributed is an extra; it is loaded here and nowhere else, and only when a
cluster was asked for.
"""

import contextlib
import logging
import pickle
import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from backguide.about import __version__
from backguide.batch.executor import DIED, INTERNAL, MEMORY, TIME_LIMIT, Outcome, Work
from backguide.batch.worker import error_place
from backguide.errors import BackguideError, ExitCode

CONNECT_SECONDS: Final = 5.0
"""How long the scheduler may take to answer."""
BEGIN_SECONDS: Final = 120.0
"""How long all workers together may take to load the content."""
LOST_SECONDS: Final = 60.0
"""How long a cluster may be without any worker before the run is given up."""
WINDOW: Final = 2
"""Tasks that are sent for each thread of the cluster; the next is at hand."""
TICK_SECONDS: Final = 0.2

_ADDRESS: Final = re.compile(
    r"(?:tcp|tls|wss?)://(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}(?:/.*)?"
)


class ClusterError(BackguideError):
    """The cluster cannot be used."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE


class ClusterLost(BackguideError):
    """The cluster went away while the batch was running."""

    exit_code: ClassVar[ExitCode] = ExitCode.BATCH_INCOMPLETE


@contextmanager
def connected(address: str, limit_seconds: float) -> "Iterator[Cluster]":
    """Hold a connection to a scheduler as long as the context lasts.

    Args:
        address: Of the scheduler, such as tcp://10.0.0.5:8786.
        limit_seconds: Longest time for one task.

    Raises:
        ClusterError: The extra is not installed, or nobody answers there.
    """
    if not _ADDRESS.fullmatch(address):
        raise ClusterError(
            "--cluster: expected the address of a scheduler, such as "
            "tcp://10.0.0.5:8786"
        )
    try:
        import distributed
    except ImportError:
        raise ClusterError(
            "--cluster needs dask.distributed; install it with: "
            "pip install 'backguide[cluster]'"
        ) from None
    # What it would print is about its own insides, and may quote a task.
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
    try:
        client = distributed.Client(
            address, timeout=CONNECT_SECONDS, set_as_default=False
        )
    except (OSError, ValueError, TypeError) as error:
        raise ClusterError(
            f"no scheduler answers at {address} within {CONNECT_SECONDS:g} seconds "
            f"({type(error).__name__}); start one with: dask scheduler"
        ) from None
    try:
        yield Cluster(client, limit_seconds)
    finally:
        with contextlib.suppress(Exception):
            client.close(timeout=2)


@dataclass(frozen=True, slots=True)
class Cluster:
    """An executor that stands for the workers of a cluster."""

    client: Any
    limit_seconds: float

    def run(
        self, tasks: Iterable[Any], work: Work, *, is_stopped: Callable[[], bool]
    ) -> Iterator[Outcome]:
        """Yield an outcome for each task, as they end.

        Raises:
            ClusterError: There is no worker, or one of them is not like us.
            ClusterLost: The scheduler or all workers went away.
        """
        packed = pickle.dumps(work)
        self._check_workers(packed)
        yield from _Run(self, packed, work, is_stopped).outcomes(iter(tasks))

    def _check_workers(self, packed: bytes) -> None:
        """Have every worker load the content; say which cannot."""
        try:
            self.client.wait_for_workers(1, timeout=CONNECT_SECONDS)
            told = self.client.run(_prepared, packed, on_error="return")
        except Exception as error:  # noqa: BLE001  of many kinds, none of them ours
            raise ClusterError(
                f"the cluster has no worker that answers ({type(error).__name__}); "
                "start some with: dask worker ADDRESS --nthreads 1"
            ) from None
        bad = {worker: answer for worker, answer in told.items() if answer != "ready"}
        if bad:
            worker, answer = sorted(bad.items())[0]
            words = answer if isinstance(answer, str) else type(answer).__name__
            raise ClusterError(
                f"{len(bad)} of {len(told)} workers cannot make these handouts; "
                f"{worker}: {words}. Each needs the same backguide, and the same "
                "content and logo at the same place"
            )


class _Run:
    """The tasks of one run that are on their way."""

    def __init__(
        self,
        cluster: Cluster,
        packed: bytes,
        work: Work,
        is_stopped: Callable[[], bool],
    ) -> None:
        self._client = cluster.client
        self._limit = cluster.limit_seconds
        self._work = work
        self._is_stopped = is_stopped
        self._sent: dict[Any, tuple[Any, float]] = {}
        """Future to its task and to when it was sent."""
        self._packed = packed
        self._last_seen = time.monotonic()

    def outcomes(self, source: Iterator[Any]) -> Iterator[Outcome]:
        try:
            while True:
                self._send(source)
                if not self._sent:
                    return
                for future in self._done():
                    outcome = self._outcome(self._sent[future][0], future)
                    if outcome is not None:
                        del self._sent[future]
                        yield outcome
                yield from self._overdue()
        finally:
            with contextlib.suppress(Exception):
                self._client.cancel([*self._sent], force=True)

    def _send(self, source: Iterator[Any]) -> None:
        room = WINDOW * self._threads() - len(self._sent)
        for _ in range(room if not self._is_stopped() else 0):
            try:
                task = next(source)
            except StopIteration:
                return
            # The key stands in logs and on the dashboard: no id, no name.
            future = self._client.submit(_done_there, self._packed, task, pure=False)
            self._sent[future] = (task, time.monotonic())

    def _threads(self) -> int:
        """Return the number of threads; see that there are any."""
        info = self._client.scheduler_info(n_workers=-1)
        threads = sum(w["nthreads"] for w in info["workers"].values())
        if threads:
            self._last_seen = time.monotonic()
        elif time.monotonic() - self._last_seen > LOST_SECONDS:
            raise _lost()
        return threads or 1

    def _done(self) -> list[Any]:
        import distributed

        if self._client.status != "running":
            raise _lost()
        try:
            with self._client.as_current():
                done = distributed.wait(
                    [*self._sent], timeout=TICK_SECONDS, return_when="FIRST_COMPLETED"
                ).done
        except TimeoutError:
            return []
        except distributed.CancelledError:
            raise _lost() from None
        return [future for future in self._sent if future in done]

    def _outcome(self, task: Any, future: Any) -> Outcome | None:
        """Return what became of a task, or None when it is being made again.

        A worker that dies takes its finished results with it; the scheduler then
        has another one make them.
        """
        if future.status == "error":
            error = future.exception()
            if type(error).__name__ == "KilledWorker":
                return Outcome(
                    task, fault=DIED, words="the workers that were at it were killed"
                )
            return Outcome(task, fault=INTERNAL, words=type(error).__name__)
        if future.status == "cancelled":
            raise _lost()
        try:
            fault, words, value = future.result(timeout=self._limit)
        except TimeoutError:
            return None
        except CancelledError:
            raise _lost() from None
        if fault:
            return Outcome(task, fault=fault, words=words)
        return Outcome(task, self._work.landed(value))

    def _overdue(self) -> Iterator[Outcome]:
        """Give up what takes too long, and have its worker replaced."""
        # It may have waited behind another one that took its full time.
        before = time.monotonic() - (WINDOW + 1) * self._limit
        late = [future for future, (_, at) in self._sent.items() if at < before]
        if not late or self._is_resting():
            return
        by_key = {future.key: future for future in late}
        now = time.monotonic()
        for future in late:
            # One that waits behind another on a worker, or for a worker, has its
            # time begin again.
            self._sent[future] = (self._sent[future][0], now)
        for worker, keys in self._client.processing().items():
            stuck = next(
                (future for key, future in by_key.items() if key in keys), None
            )
            if stuck is None:
                continue
            # Workers take their tasks in order, so it is at the first of them.
            task, _ = self._sent.pop(stuck)
            self._client.cancel([stuck], force=True)
            with contextlib.suppress(Exception):
                # Only a worker with a nanny comes back; the others stay as they are.
                self._client.restart_workers(
                    [worker], timeout=10, raise_for_error=False
                )
            yield Outcome(
                task,
                fault=TIME_LIMIT,
                words=f"it took longer than {self._limit:g} seconds",
            )

    def _is_resting(self) -> bool:
        """Tell whether nothing can be late, for there is nobody to do it."""
        return time.monotonic() - self._last_seen > TICK_SECONDS * 5


def _lost() -> ClusterLost:
    return ClusterLost(
        "the cluster went away; run the same command again: it goes on from here"
    )


# --- on the worker ----------------------------------------------------------------

_BEGUN: dict[bytes, Callable[[Any], Any]] = {}
"""What does the tasks of the run that this worker is at."""


def _begun(packed: bytes) -> Callable[[Any], Any]:
    if packed not in _BEGUN:
        work: Work = pickle.loads(packed)  # noqa: S301  from our own scheduler
        do = work.begin(work.settings)
        _BEGUN.clear()  # of an earlier run nothing is kept
        _BEGUN[packed] = do
    return _BEGUN[packed]


def _prepared(packed: bytes) -> str:
    """Return "ready", or why this worker cannot do the work."""
    wanted = pickle.loads(packed).settings.options.program_version  # noqa: S301
    if wanted != __version__:
        return f"it has backguide {__version__} in place of {wanted}"
    try:
        _begun(packed)
    except Exception as error:  # noqa: BLE001  told to the one who asks
        return error_place(error)
    return "ready"


def _done_there(packed: bytes, task: Any) -> tuple[str, str, Any]:
    """Return fault, words and value of a task; never raise, for dask logs that."""
    try:
        return "", "", _begun(packed)(task)
    except MemoryError:
        return MEMORY, "its worker ran out of memory", None
    except BaseException as error:  # noqa: BLE001  SystemExit as well; all are told
        return INTERNAL, error_place(error), None

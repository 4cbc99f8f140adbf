"""The real work, and ids that kill, hang, leave or swell its worker."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from backguide.batch import work as real_work
from backguide.batch.executor import Outcome, Work
from backguide.batch.pool import WorkerPool
from backguide.batch.work import Parcel, Settings, Task


def poisoned(settings: Settings) -> Callable[[Task], Parcel]:
    """Begin the real work, with orders that some ids give."""
    do = real_work.begin(settings)

    def obey(task: Task) -> Parcel:
        if task.id == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if task.id == "hung":
            os.kill(os.getpid(), signal.SIGSTOP)
        if task.id == "left":
            raise SystemExit(0)
        if task.id == "fat":
            bytearray(4 << 30)
        return do(task)

    return obey


class PoisonPool(WorkerPool):
    """The default pool, its work poisoned."""

    def run(
        self,
        tasks: Iterable[Any],
        work: Work,
        *,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[Outcome]:
        """Do the poisoned work with the settings of the real one."""
        poison = Work(poisoned, work.settings, work.land)
        return super().run(tasks, poison, is_stopped=is_stopped)

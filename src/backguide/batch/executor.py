"""The seam between a batch and whoever does its work: processes here, or a cluster.

A stand-in needs one method. What travels is made of plain values that pickle: a
``Work`` once, then tasks and values.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

DIED: Final = "E_WORKER_DIED"
TIME_LIMIT: Final = "E_TIME_LIMIT"
MEMORY: Final = "E_MEMORY"
INTERNAL: Final = "E_INTERNAL"


@dataclass(frozen=True, slots=True)
class Work:
    """What workers do; it travels to them, so everything in it must pickle."""

    begin: Callable[[Any], Callable[[Any], Any]]
    """Called once in each worker with the settings; returns what does one task.
    Touches no folder."""
    settings: Any
    land: Callable[[Any, Any], Any] | None = None
    """Takes settings and a value to where they belong, such as a folder, and returns
    what is told of it. Called where the folder is: in the worker itself when it
    shares our disks, else in the process of the batch."""

    def whole(self) -> Callable[[Any], Any]:
        """Begin, and return what does a task to its very end."""
        do = self.begin(self.settings)
        return lambda task: self.landed(do(task))

    def landed(self, value: Any) -> Any:
        """Return what is told of a value once it is where it belongs."""
        return value if self.land is None else self.land(self.settings, value)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one task."""

    task: Any
    value: Any = None
    fault: str = ""
    """Reason code when there is no value."""
    words: str = ""
    """How the worker ended, for people."""


class Executor(Protocol):
    """Whoever does tasks somewhere: processes here, or a cluster."""

    def run(
        self,
        tasks: Iterable[Any],
        work: Work,
        *,
        is_stopped: Callable[[], bool],
    ) -> Iterator[Outcome]:
        """Yield an outcome for each task, in any order.

        Args:
            tasks: Taken one by one, as there is room; may be endless.
            work: What is done with each of them.
            is_stopped: When it turns true, tasks that run are finished and no
                others are begun; those have no outcome.
        """
        ...

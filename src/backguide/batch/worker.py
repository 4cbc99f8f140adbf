"""What a worker process does: tasks, one after the other, until its parent is gone."""

import contextlib
import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final

from backguide.batch.executor import INTERNAL, MEMORY, Work
from backguide.errors import limit_words

_CALLERS: Final = (__file__, Work.whole.__code__.co_filename)
"""Files that only hand on what goes wrong."""


def serve(connection: Connection, work: Work, memory_bytes: int, parent: int) -> None:
    """Do tasks until the parent closes the pipe, or dies."""
    try:
        _live_and_die_with(parent)
        _limit(memory_bytes)
        do = work.whole()
        gc.freeze()
    except BaseException as error:  # noqa: BLE001  told to the parent
        words = limit_words(error) if isinstance(error, Exception) else ""
        connection.send(("broken", words or error_place(error), bool(words)))
        return
    connection.send(("ready",))
    while True:
        try:
            serial, task = connection.recv()
        except (EOFError, OSError):
            return
        # Made beforehand: when memory is out, there is none for words either.
        out_of_memory = pickle.dumps(("fault", serial, MEMORY, ""))
        answer = _answer(do, serial, task)
        connection.send_bytes(answer or out_of_memory)
        if not answer:
            return


def _answer(do: Callable[[Any], Any], serial: int, task: Any) -> bytes:
    """Return what the parent is told; nothing when the memory is out.

    Never the text of an error: it may quote the profile.
    """
    try:
        return pickle.dumps(("done", serial, do(task)))
    except MemoryError:
        return b""
    except BaseException as error:  # noqa: BLE001  SystemExit as well; all are told
        return pickle.dumps(("fault", serial, INTERNAL, error_place(error)))


def error_place(error: BaseException) -> str:
    """Return the kind and the place of an error, never its text."""
    frames = traceback.extract_tb(error.__traceback__)
    frames = traceback.StackSummary(f for f in frames if f.filename not in _CALLERS)
    own = [frame for frame in frames if "backguide" in frame.filename] or frames
    place = f" at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    return f"{type(error).__name__}{place}"


def _live_and_die_with(parent: int) -> None:
    """Leave stopping to the parent, and never outlive it.

    A thread waits for its end. It cannot act while one long call holds Python's
    lock; there Linux itself ends us.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        import ctypes

        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
    process = multiprocessing.parent_process()
    if process is not None:
        threading.Thread(
            target=_leave_after, args=(process.sentinel,), daemon=True
        ).start()


def _leave_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _limit(memory_bytes: int) -> None:
    """Bound what a worker may take, and keep its talk from the terminal.

    What a broken library prints may quote a profile.
    """
    os.umask(0o077)
    silence = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(silence, descriptor)
    if silence > 2:
        os.close(silence)
    if sys.platform != "win32":
        import resource

        for kind, most in (
            (resource.RLIMIT_AS, memory_bytes),
            (resource.RLIMIT_CORE, 0),
        ):
            hard = resource.getrlimit(kind)[1]
            allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(kind, (allowed, hard))

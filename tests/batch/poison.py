"""Work that goes wrong in every way a process can; workers import it."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any


class CannotTravel(Exception):
    def __reduce__(self) -> Any:
        raise TypeError("not to be pickled")


def begin(settings: Any) -> Callable[[Any], Any]:
    """Return work that follows its task's order, and doubles a number."""

    def do(task: Any) -> Any:
        order = task if isinstance(task, str) else ""
        if order.startswith("once "):
            # Goes wrong the first time only.
            _, order, flag = order.split(" ", 2)
            if os.path.exists(flag):
                return "second try"
            open(flag, "w").close()
        match order:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "segfault":
                ctypes.string_at(0)
            case "exit":
                os._exit(3)
            case "sys.exit":
                sys.exit(0)
            case "hang":
                time.sleep(600)
            case "hang with the lock":
                ctypes.PyDLL(None).sleep(600)
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "memory":
                return len(bytearray(4 << 30))
            case "hidden memory":
                held = []
                while True:
                    held.append(bytearray(1 << 26))
            case "raise":
                raise ValueError("Zaphod Beeblebrox")
            case "recursion":
                return do_deeper(0)
            case "interrupt":
                raise KeyboardInterrupt
            case "result":
                return lambda: 0
            case "exception":
                raise CannotTravel("Zaphod Beeblebrox")
            case "print":
                os.write(1, b"Zaphod Beeblebrox\n")
                os.write(2, b"Zaphod Beeblebrox\n")
            case "pid":
                return os.getpid()
            case "wait":
                time.sleep(0.2)
        if isinstance(task, tuple):
            seconds, value = task
            time.sleep(seconds)
            return value
        if isinstance(task, bytes):
            return len(task)
        return order or task * 2

    return do


def do_deeper(depth: int) -> int:
    return do_deeper(depth + 1) + 1


def broken_begin(settings: Any) -> Callable[[Any], Any]:
    raise RuntimeError("Zaphod Beeblebrox")


def dying_begin(settings: Any) -> Callable[[Any], Any]:
    os._exit(7)

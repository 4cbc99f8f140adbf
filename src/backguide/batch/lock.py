"""Let only one batch at a time work in a folder.

Where the system can, it holds the lock for us and frees it when we die, however we
die. Where it cannot (some network drives), the lock is a file that names its owner;
one whose owner is gone is stale, and is taken over.
"""

import contextlib
import errno
import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from backguide.errors import OutputError, system_words
from backguide.output import (
    create_file,
    link_file,
    open_for_keeps,
    remove_file,
    rename_file,
)
from backguide.reading import read_file
from backguide.state_rows import StateSlip, read_row

FILE_NAME: Final = ".backguide.lock"
OWNER_FILE_NAME: Final = ".backguide.owner"
_TRIES: Final = 20
_HELD: Final = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Hold a folder as long as the context lasts.

    Raises:
        OutputError: Another batch holds it, or nothing can be written there.
    """
    try:
        descriptor = _system_lock(folder / FILE_NAME)
    except OSError as error:
        words = system_words(error)
        raise OutputError(f"{folder.name}: cannot be locked: {words}") from None
    if descriptor is not None:
        try:
            yield
        finally:
            _remove(folder / FILE_NAME)
            _close(descriptor)
        return
    with _owner_lock(folder):
        yield


def _busy(folder: Path) -> OutputError:
    return OutputError(
        f"{folder.name}: another batch is at work in this folder; wait for it to end, "
        "or choose another folder"
    )


# --- held by the system ------------------------------------------------------


def _system_lock(path: Path) -> int | None:
    """Return the descriptor that holds the lock; None where there are no locks."""
    for _ in range(_TRIES):
        descriptor = open_for_keeps(path)
        try:
            _take(descriptor)
        except OSError as error:
            _close(descriptor)
            if error.errno in _HELD:
                raise _busy(path.parent) from None
            _remove(path)
            return None
        if _is_still(path, descriptor):
            return descriptor
        # Its owner removed the file between our opening and our locking it.
        _close(descriptor)
    raise _busy(path.parent)


def _take(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _close(descriptor: int) -> None:
    # The system frees it, whatever it says; there is nothing in it to be lost.
    with contextlib.suppress(OSError):
        os.close(descriptor)


def _remove(path: Path) -> None:
    # On Windows an open file stays; its lock is free all the same once we close it.
    with contextlib.suppress(OutputError):
        remove_file(path)


# --- held by a file that names its owner --------------------------------------


@contextmanager
def _owner_lock(folder: Path) -> Iterator[None]:
    path = folder / OWNER_FILE_NAME
    own = json.dumps(_myself()).encode("utf-8")
    for _ in range(_TRIES):
        try:
            create_file(path, own)
        except FileExistsError:
            if not _take_over(path):
                raise OutputError(
                    f"{_busy(folder)}. If no batch is running on any computer, remove "
                    f"{OWNER_FILE_NAME} from it"
                ) from None
            continue
        except OSError as error:
            words = system_words(error)
            raise OutputError(f"{folder.name}: cannot be locked: {words}") from None
        try:
            yield
        finally:
            _remove(path)
        return
    raise _busy(folder)


def _take_over(path: Path) -> bool:
    """Remove a stale lock, and tell whether it was one.

    It is renamed first: of several who see the same stale lock, one succeeds.
    """
    try:
        content = read_file(path)
        owner = read_row(content, "owner", "owner")
    except FileNotFoundError:
        return True
    except (OSError, StateSlip):
        return False  # still being written, or nothing that can be judged
    if owner["host"] != platform.node():
        return False
    if _begun(owner["pid"]) == owner["begun"] and _is_alive(owner["pid"]):
        return False
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        rename_file(path, aside)
        taken = read_file(aside)
    except (OSError, OutputError):
        return True
    if taken != content:
        # A new owner came in between; give the lock back to it.
        with contextlib.suppress(OSError):
            link_file(aside, path)
        _remove(aside)
        return False
    _remove(aside)
    return True


def _myself() -> dict[str, str | int]:
    pid = os.getpid()
    return {"host": platform.node(), "pid": pid, "begun": _begun(pid)}


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _begun(pid: int) -> str:
    """Return when a process began, so that a number used again is not mistaken."""
    try:
        status = read_file(Path(f"/proc/{pid}/stat")).decode("ascii", "replace")
    except OSError:
        return ""
    return status.rpartition(")")[2].split()[19]

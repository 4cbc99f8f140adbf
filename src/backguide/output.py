"""Put finished bytes into a folder so that no half file ever has the final name."""

import os
import stat
import zlib
from contextlib import suppress
from pathlib import Path

from backguide.errors import OutputError


def write_file(path: Path, content: bytes) -> None:
    """Write a file all at once: beside it first, flushed to disk, then renamed.

    An older file of that name stays as it was until the new one is complete.

    Args:
        path: Where the file goes. Its folder must exist.
        content: What it holds.

    Raises:
        OutputError: The path is a link or a folder, or the disk refuses.
    """
    _check_target(path)
    # Short, so that a name as long as the disk allows can be written as well.
    temporary = path.with_name(f".bg-{zlib.crc32(os.fsencode(path))}-{os.getpid()}.tmp")
    try:
        _write_durably(temporary, content)
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(_reason(path, error)) from None
    finally:
        _remove(temporary)
    _sync_folder(path.parent)


def _check_target(path: Path) -> None:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(_reason(path, error)) from None
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a link or a device"
        raise OutputError(f"{path.name}: cannot be written, because it is {kind}")


def _write_durably(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    flags |= getattr(os, "O_BINARY", 0)
    _remove(path)
    descriptor = os.open(path, flags, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        # The rename has taken it, or the folder is gone: nothing is left to tidy.
        return


def _sync_folder(folder: Path) -> None:
    """Make the new name durable where the system can; a folder cannot be on Windows."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    # The file is complete by now; a folder that will not sync makes it no worse.
    with suppress(OSError):
        os.fsync(descriptor)
    with suppress(OSError):
        os.close(descriptor)


def _reason(path: Path, error: OSError) -> str:
    words = os.strerror(error.errno or 0).lower()
    return f"{path.name}: cannot be written: {words}"

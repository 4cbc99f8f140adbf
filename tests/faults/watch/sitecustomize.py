"""Loaded by Python itself in each run under test: notes what the program does.

Every connection, every started process and every opened file goes as one line
into the file that FAULTS_LOG names; so does the greatest use of memory. Reading
Python, its packages and the program itself is left out: a run whose files may not
grow must have room for its own notes.
"""

import atexit
import os
import sys

_LOG = os.environ.get("FAULTS_LOG", "")
_QUIET = tuple(
    os.path.abspath(folder) + os.sep
    for folder in (
        sys.prefix,
        sys.base_prefix,
        *filter(None, os.environ.get("FAULTS_QUIET", "").split(os.pathsep)),
    )
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PROCESS = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "pty.spawn",
)


def _start() -> None:
    # The number is out of the way of 0, 1 and 2, which a run may begin without.
    first = os.open(_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    log = 200
    os.dup2(first, log, inheritable=False)
    os.close(first)

    def note(line: str) -> None:
        os.write(log, line.encode("utf-8", "backslashreplace") + b"\n")

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, bytes):
                path = os.fsdecode(path)
            if isinstance(path, str):
                is_write = isinstance(flags, int) and bool(flags & _WRITES)
                full = os.path.abspath(path)
                if is_write or not full.startswith(_QUIET):
                    note(f"{'write' if is_write else 'read'} {full}")
        elif event.startswith("socket.") or event in _PROCESS:
            note(f"event {event}")

    def peak() -> None:
        try:
            with open("/proc/self/status", encoding="ascii") as status:
                lines = [line for line in status if line.startswith("VmHWM")]
        except OSError:
            return
        note(f"peak {lines[0].split()[1]}")

    note("watched")
    sys.addaudithook(hook)
    atexit.register(peak)


if _LOG:
    _start()

"""The batch as a process of its own, and how to wait for what it does.

Tests wait for conditions, never for a time: a busy machine makes them slower, not
red. ``PATIENCE_SECONDS`` only ends a test that would hang.
"""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120
MARK = "BACKGUIDE_TEST_FAMILY"
"""Variable that all processes of a test inherit, so that it knows its own."""


def environment(family: str = "") -> dict[str, str]:
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    return {**os.environ, "PYTHONPATH": paths, MARK: family}


def start(*words: object, family: str = "", **options: Any) -> subprocess.Popen[str]:
    """Start Python with the given words, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, *(str(word) for word in words)],
        **{
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
            "env": environment(family),
            "start_new_session": True,
            **options,
        },
    )


def command(*words: object, family: str = "", **options: Any) -> subprocess.Popen[str]:
    """Start one of the batch commands."""
    script = ROOT / "tests" / "batch" / "command.py"
    return start(script, *words, family=family, **options)


def batch(source: Path, out: Path, *more: object, **options: Any) -> Any:
    return command(
        "batch", source, "-o", out, "--issued-on", "2026-11-23", "--length", "short",
        "--jobs", "2", *more, **options,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the end, and return the code and what was said."""
    _, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert "Traceback" not in told
    assert "E_INTERNAL" not in told
    return process.returncode, told


def until(holds: Callable[[], Any], what: str) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.005)


def rows_in(out: Path) -> int:
    """Return how many rows a manifest has, the run's own left out."""
    try:
        lines = (out / "manifest.jsonl").read_bytes().splitlines()
    except OSError:
        return 0
    return sum(b'"input"' in line for line in lines)


def wait_for_rows(out: Path, count: int, process: subprocess.Popen[str]) -> bool:
    """Wait until there are so many rows; tell whether the batch is still at work."""
    until(lambda: rows_in(out) >= count or process.poll() is not None, f"{count} rows")
    return process.poll() is None


def family_of(family: str, *, words: bytes = b"spawn_main") -> set[int]:
    """Return the living processes that a test has started, by a word in their call."""
    found = set()
    mark = f"{MARK}={family}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            is_ours = mark in (entry / "environ").read_bytes().split(b"\0")
            call = (entry / "cmdline").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if is_ours and words in call and state != "Z":
            found.add(int(entry.name))
    return found


def new_family() -> str:
    return uuid.uuid4().hex

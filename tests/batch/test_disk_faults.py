"""Every call of a batch to the disk fails, in turn: once, or from then on for good.

The first is a bad moment, the second a disk that is full, broken or read-only from
there on. Whatever fails: the manifest vouches for nothing that is not there, and the
same command, run again, ends like an unbroken run.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backguide.batch.run import run_batch
from backguide.errors import OutputError
from batch.factory import (
    OPTIONS,
    Scribe,
    check_truth,
    fill,
    inputs_of,
    litter_of,
    pdfs_of,
)

BY_PATH = ("open", "replace", "mkdir", "unlink")
BY_DESCRIPTOR = ("write", "fsync", "ftruncate", "close")
CODES = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES, errno.EDQUOT)


class Disk:
    """Counts the calls that touch a folder, and lets some of them fail."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = str(folder)
        self.calls: list[str] = []
        self.fails: Callable[[int], bool] = lambda number: False
        self.code = 0
        self._ours: set[int] = set()
        for name in (*BY_PATH, *BY_DESCRIPTOR):
            monkeypatch.setattr(os, name, self._watched(name, getattr(os, name)))

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(target: Any, *arguments: Any, **more: Any) -> Any:
            if name in BY_DESCRIPTOR:
                is_ours = target in self._ours
            else:
                is_ours = os.fspath(target).startswith(self.folder)
            if not is_ours:
                return real(target, *arguments, **more)
            self.calls.append(name)
            is_failing = self.fails(len(self.calls))
            if name == "close":
                self._ours.discard(target)
                real(target)  # the system frees it, whatever it says
            if is_failing:
                raise OSError(self.code, os.strerror(self.code))
            if name == "close":
                return None
            result = real(target, *arguments, **more)
            if name == "open":
                self._ours.add(result)
            return result

        return call


def once(place: int) -> Callable[[int], bool]:
    return lambda number: number == place


def from_then_on(place: int) -> Callable[[int], bool]:
    return lambda number: number >= place


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = fill(tmp_path / "in", ["p1", "p2", "p3"])
    fill(folder, ["h1"], **{"person.age_years": 99})
    (folder / "torn.json").write_bytes(b"{")
    return folder


@pytest.mark.parametrize("kind", [once, from_then_on])
def test_whatever_fails_nothing_is_lost(
    kind: Callable[[int], Callable[[int], bool]],
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        disk = Disk(tmp_path / "whole", patch)
        run_batch(source, tmp_path / "whole", OPTIONS, executor=Scribe())
        total = len(disk.calls)
    assert {*disk.calls} >= {*BY_PATH, *BY_DESCRIPTOR} - {"unlink"}
    whole = pdfs_of(tmp_path / "whole")
    refused = 0
    for place in range(1, total + 1):
        out = tmp_path / f"out{place}"
        with monkeypatch.context() as patch:
            disk = Disk(out, patch)
            disk.code = CODES[place % len(CODES)]
            disk.fails = kind(place)
            try:
                run_batch(source, out, OPTIONS, executor=Scribe())
            except OutputError as error:
                told = str(error)
                refused += 1
            else:
                told = ""
        if told:
            assert os.strerror(disk.code).lower() in told, disk.calls[place - 1]
        if out.exists():
            check_truth(out)
        report = run_batch(source, out, OPTIONS, executor=Scribe())
        assert report.exit_code == 8, place
        assert pdfs_of(out) == whole, place
        assert not litter_of(out), place
        last = {row.id: row.status for row in inputs_of(out)}
        assert set(last.values()) <= {"made", "reused", "held", "failed"}
        assert [i for i, status in last.items() if status == "failed"] == [""]
    # Some of them change nothing, such as a folder that will not sync; and after one
    # bad moment a page is made again, or its row says that it could not be written.
    assert refused > total // 4

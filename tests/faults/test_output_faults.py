"""Every call to the disk fails once, in turn: no half file, no litter."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backguide.errors import OutputError
from backguide.output import write_file

OLD, NEW = b"the earlier handout", b"the new handout " * 1000
CALLS = ("lstat", "open", "write", "fsync", "close", "replace", "unlink")


class Killed(BaseException):
    """Stands for a signal between two calls."""


class Disk:
    """Counts the calls to the disk, and lets one of them fail."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, fail_at: int, error: Any
    ) -> None:
        self.count = 0
        self._fail_at, self._error = fail_at, error
        for name in CALLS:
            monkeypatch.setattr(os, name, self._wrapped(getattr(os, name)))

    def _wrapped(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            self.count += 1
            if self.count == self._fail_at:
                if real.__name__ == "close":
                    real(*arguments)  # the descriptor is gone all the same
                raise self._error
            if real.__name__ == "write":  # a disk may take less than it is given
                return real(arguments[0], arguments[1][:7000])
            return real(*arguments, **more)

        return call


def _points(folder: Path) -> int:
    """Return how many calls to the disk one good run makes."""
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch, 0, None)
        write_file(folder / "count.pdf", NEW)
    assert (folder / "count.pdf").read_bytes() == NEW
    return disk.count


ERRORS = [
    OSError(errno.ENOSPC, "full"),
    OSError(errno.EIO, "broken"),
    PermissionError(errno.EACCES, "closed"),
    Killed(),
]


@pytest.mark.parametrize("has_old", [True, False])
@pytest.mark.parametrize("error", ERRORS, ids=["full", "broken", "closed", "killed"])
def test_no_half_file_whatever_fails(
    error: BaseException, has_old: bool, tmp_path: Path
) -> None:
    points = _points(tmp_path)
    assert points >= 8
    for point in range(1, points + 1):
        folder = tmp_path / str(point)
        folder.mkdir()
        target = folder / "o.pdf"
        if has_old:
            target.write_bytes(OLD)
        is_told = False
        with pytest.MonkeyPatch.context() as patch:
            Disk(patch, point, error)
            try:
                write_file(target, NEW)
            except (OutputError, Killed):
                is_told = True
        found = target.read_bytes() if target.exists() else None
        if not is_told:
            assert found == NEW, f"point {point}: success was told"
        assert found in ((OLD if has_old else None), NEW), f"point {point}"
        left = [name for name in os.listdir(folder) if name != "o.pdf"]
        # Only a failing tidy-up itself may leave its own hidden file.
        assert left == [] or all(name.startswith(".bg-") for name in left), left
        assert left == [] or isinstance(error, Killed), f"point {point}: {left}"


def test_name_as_long_as_the_disk_allows(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 255)
    write_file(target, NEW)
    assert target.read_bytes() == NEW


def test_fault_loop_notices_a_careless_writer(tmp_path: Path) -> None:
    """The same loop over a plain open and write finds a torn file."""
    target = tmp_path / "o.pdf"
    target.write_bytes(OLD)
    with pytest.MonkeyPatch.context() as patch:
        Disk(patch, 3, OSError(errno.ENOSPC, "full"))
        descriptor = os.open(target, os.O_WRONLY | os.O_TRUNC)
        os.write(descriptor, NEW)
        with pytest.raises(OSError, match="full"):
            os.write(descriptor, NEW)
        os.close(descriptor)
    assert target.read_bytes() not in (OLD, NEW)

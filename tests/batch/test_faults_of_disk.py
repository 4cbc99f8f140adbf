"""Each call to the disk is made to fail in turn, and in turn the program dies there."""

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backguide.batch.manifest import Row, parse_row
from backguide.batch.run import run_batch
from backguide.errors import BackguideError
from batch.factory import OPTIONS, Scribe, fill, litter_of, pdfs_of, profile
from strategies import as_bytes

CALLS = ("open", "write", "fsync", "replace", "unlink", "mkdir", "ftruncate")


class Crash(BaseException):
    """The power goes off: nothing after it runs on the disk."""


class Faults:
    """Fails the n-th call to the disk; after a crash, every later one as well."""

    def __init__(self, patch: pytest.MonkeyPatch, nth: int, fault: int | None) -> None:
        self.calls = 0
        self._nth = nth
        self._fault = fault
        for name in CALLS:
            patch.setattr(os, name, self._wrapped(getattr(os, name)))

    def _wrapped(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            if arguments[0] == os.devnull:
                return real(*arguments, **more)
            self.calls += 1
            if self._fault is None and self.calls >= self._nth:
                raise Crash
            if self.calls == self._nth:
                raise OSError(self._fault, "planted")
            return real(*arguments, **more)

        return call


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = fill(tmp_path / "in", ["p1", "p2"])
    fill(folder, ["h"], **{"person.age_years": 99})
    return folder


def run(source: Path, out: Path) -> None:
    run_batch(source, out, OPTIONS, executor=Scribe())


def vouched(out: Path) -> dict[str, bytes]:
    """Return the PDFs that hold; older ones lie in ``superseded``."""
    pdfs = pdfs_of(out)
    return {name: pdfs[name] for name in pdfs if not name.startswith("superseded/")}


def check_truth(out: Path) -> None:
    path = out / "manifest.jsonl"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    latest: dict[str, Row] = {}
    for line in lines:
        row = parse_row(line)
        if isinstance(row, Row):
            latest[row.id] = row
    for row in latest.values():
        if row.has_pdf and (out / row.file).exists():
            content = (out / row.file).read_bytes()
            assert hashlib.sha256(content).hexdigest() == row.pdf_sha256


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO, errno.EACCES, None])
@pytest.mark.parametrize("is_second", [False, True])
def test_no_fault_leaves_anything_that_a_second_run_does_not_heal(
    fault: int | None, is_second: bool, source: Path, tmp_path: Path
) -> None:
    """With ``is_second``, the faults meet a run that puts an older page aside."""

    def change() -> None:
        raw = profile("p1", paper_size="Letter")
        (source / "p1.json").write_bytes(as_bytes(raw))

    whole = tmp_path / "whole"
    run(source, whole)
    if is_second:
        change()
        run(source, whole)
    nth = failed = 0
    while True:
        nth += 1
        out = tmp_path / f"out{nth}"
        if is_second:
            fill(source, ["p1"])
            run(source, out)
            change()
        with pytest.MonkeyPatch.context() as patch:
            faults = Faults(patch, nth, fault)
            try:
                run(source, out)
            except (BackguideError, Crash):
                failed += 1
        if faults.calls < nth:
            break
        check_truth(out)
        run(source, out)
        assert vouched(out) == vouched(whole), nth
        assert not litter_of(out), nth
        check_truth(out)
    assert nth > 40
    assert failed > 10

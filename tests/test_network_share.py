"""Network shares refuse what a disk of one's own can do; files are written there."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backguide.batch import lock, pool
from backguide.cli import main
from backguide.errors import ExitCode, OutputError
from backguide.output import Door, Kind, write_file
from batch.factory import Inline, check_truth

ROOT = Path(__file__).parents[1]
DESK = ROOT / "profiles" / "desk-worker.json"
GOOD = (ExitCode.DONE, ExitCode.HELD_BACK)
NOT_OFFERED = ("EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "ENOTTY")
FAILED = ("EIO", "ENOSPC", "EDQUOT", "EROFS", "ESTALE")
PAGE = ("--issued-on", "2026-11-23", "--length", "short")


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert "E_INTERNAL" not in result.stderr, result.stderr
    return result


def refusing(name: str, *, only_folders: bool = False) -> Callable[[int], None]:
    def fsync(descriptor: int) -> None:
        if only_folders and not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            return
        raise OSError(getattr(errno, name), os.strerror(getattr(errno, name)))

    return fsync


@pytest.mark.parametrize("name", NOT_OFFERED)
def test_a_share_that_cannot_flush_takes_files(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handout could not be written to such a share at all."""
    monkeypatch.setattr(os, "fsync", refusing(name))
    target = tmp_path / "x.pdf"
    result = run("make", DESK, "-o", target, "--note", *PAGE)
    assert result.exit_code in GOOD, result.stderr
    assert target.read_bytes().startswith(b"%PDF")
    assert result.stderr.count("survives a power cut") == 1
    assert len([*tmp_path.iterdir()]) == 2


@pytest.mark.parametrize("name", FAILED)
def test_a_disk_that_fails_is_no_share_that_cannot_flush(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After EIO the bytes may be lost already, so success must not be told."""
    if not hasattr(errno, name):
        pytest.skip("not on this system")
    monkeypatch.setattr(os, "fsync", refusing(name))
    with pytest.raises(OutputError):
        write_file(tmp_path / "x.pdf", b"new")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", [*NOT_OFFERED, "EIO", "EACCES"])
def test_a_folder_that_cannot_flush_is_no_matter(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then the file is whole; only its name may go back to the older one."""
    monkeypatch.setattr(os, "fsync", refusing(name, only_folders=True))
    door = Door()
    door.write(tmp_path / "x.pdf", b"new", Kind.PDF)
    assert (tmp_path / "x.pdf").read_bytes() == b"new"
    assert door.warnings == ()


def test_a_batch_and_its_print_job_on_such_a_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No flush, no lock by the system, no second names: all at once, two runs."""
    monkeypatch.setattr(os, "fsync", refusing("EINVAL"))
    monkeypatch.setattr(pool, "WorkerPool", lambda *_: Inline())

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSYS, "no")

    monkeypatch.setattr(lock, "_take", refuse)
    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "p.json").write_bytes(DESK.read_bytes())
    out, job = tmp_path / "out", tmp_path / "print.pdf"
    for _ in range(2):
        result = run("batch", tmp_path / "in", "-o", out, "--merged", job, *PAGE)
        assert result.exit_code in GOOD, result.stderr
        assert "out: written, but this disk" in result.stderr
        assert result.stderr.count("print.pdf: written, but") == 1
        check_truth(out)
    assert job.exists()
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]


def test_a_rename_whose_answer_was_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network drive asked twice says that there is nothing to rename any more."""
    real = os.replace

    def twice(old: Any, new: Any) -> None:
        real(old, new)
        real(old, new)

    monkeypatch.setattr(os, "replace", twice)
    write_file(tmp_path / "x.pdf", b"new")
    assert (tmp_path / "x.pdf").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["x.pdf"]


def test_a_rename_that_is_refused_leaves_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows while the older one is open in a viewer."""
    target = tmp_path / "x.pdf"
    target.write_bytes(b"old")

    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(OutputError, match=r"x\.pdf: cannot be written: permission"):
        write_file(target, b"new")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["x.pdf"]


def test_a_disk_without_owners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file on a memory stick is open to all, and nothing can change that."""
    real = os.open
    monkeypatch.setattr(
        os,
        "open",
        lambda path, flags, mode=0o777, **more: _opened(real, path, flags, more),
    )
    target = tmp_path / "x.pdf"
    write_file(target, b"new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o777
    assert target.read_bytes() == b"new"


def _opened(real: Any, path: Any, flags: int, more: dict[str, Any]) -> int:
    descriptor: int = real(path, flags, 0o777, **more)
    if flags & os.O_CREAT:
        os.fchmod(descriptor, 0o777)
    return descriptor


def test_a_share_that_numbers_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There only the spelling tells that two names are one file; capitals too."""
    real = os.stat

    def unnumbered(*arguments: Any, **more: Any) -> os.stat_result:
        status = list(real(*arguments, **more))
        status[1] = 0
        return os.stat_result(status)

    (tmp_path / "P.json").write_bytes(b"{}")
    (tmp_path / "p.json").write_bytes(b"{}")
    door = Door(is_forced=True)
    door.know(tmp_path / "P.json", "the profile")
    monkeypatch.setattr(os, "stat", unnumbered)
    with pytest.raises(OutputError, match="the profile"):
        door.check((tmp_path / "p.json", Kind.PDF))
    door.check((tmp_path / "q.json", Kind.PDF))

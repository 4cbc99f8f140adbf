"""The atomic writer: whatever fails, the final name never holds half a file."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from backguide.errors import ExitCode, OutputError
from backguide.output import Door, Kind, write_file

OLD, NEW = b"old" * 1000, b"%PDF-new" * 20_000
CALLS = ("open", "write", "fsync", "close", "replace", "unlink", "lstat")
ERRORS = {
    name: getattr(errno, name)
    for name in ("ENOSPC", "EIO", "EACCES", "EINTR", "EROFS", "EDQUOT", "EMFILE")
}


class Stopped(BaseException):
    """Stands for Ctrl-C or a signal in the middle of a call."""


@contextmanager
def faults(
    monkeypatch: pytest.MonkeyPatch, failing: int, fault: BaseException
) -> Iterator[list[str]]:
    """Let the so-manieth call of the system fail; tell which calls were made."""
    made: list[str] = []
    real = {name: getattr(os, name) for name in CALLS}

    def broken(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            made.append(name)
            if len(made) - 1 != failing:
                return real[name](*arguments, **options)
            if name == "write":  # half of it has gone out by then
                real["write"](arguments[0], bytes(arguments[1])[:4096])
            if name == "close":  # the descriptor is gone even so
                real["close"](*arguments)
            raise fault

        return call

    with monkeypatch.context() as patched:
        for name in CALLS:
            patched.setattr(os, name, broken(name))
        yield made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def descriptors() -> list[str]:
    return sorted(os.listdir("/proc/self/fd"))


def number_of_calls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    with faults(monkeypatch, -1, OSError()) as made:
        write_file(folder / "count.pdf", NEW)
    (folder / "count.pdf").unlink()
    assert {"open", "write", "fsync", "close", "replace", "lstat"} <= set(made)
    return len(made)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize(
    "has_older", [True, False], ids=["older file", "no older file"]
)
def test_each_call_may_fail_once(
    error: str, has_older: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = number_of_calls(tmp_path, monkeypatch)
    outcomes = []
    for failing in range(total):
        target = tmp_path / f"guide-{failing}.pdf"
        if has_older:
            target.write_bytes(OLD)
        before = descriptors()
        fault = OSError(ERRORS[error], os.strerror(ERRORS[error]))
        with faults(monkeypatch, failing, fault) as made:
            refused = None
            try:
                write_file(target, NEW)
            except OutputError as caught:
                refused = caught
        where = f"call {failing}: {made[failing]}"
        if refused:
            assert refused.exit_code is ExitCode.OUTPUT_FAILED
            assert target.name in str(refused)
            assert os.strerror(ERRORS[error]).lower() in str(refused)
            assert str(tmp_path) not in str(refused)
        if not refused:
            assert target.read_bytes() == NEW, where
        elif has_older:
            assert target.read_bytes() == OLD, where
        else:
            assert not target.exists(), where
        assert descriptors() == before, where
        if target.exists():
            target.unlink()
        assert names(tmp_path) == [], where
        outcomes.append((made[failing], not refused))
    # What fails before the new name stands is told; what fails after it is not.
    told = {(name, False) for name in ("open", "write", "fsync", "close", "replace")}
    assert told | {("fsync", True), ("open", True)} <= set(outcomes)


def test_each_call_may_be_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for failing in range(number_of_calls(tmp_path, monkeypatch)):
        target = tmp_path / "guide.pdf"
        target.write_bytes(OLD)
        with faults(monkeypatch, failing, Stopped()) as made, pytest.raises(Stopped):
            write_file(target, NEW)
        assert target.read_bytes() in (OLD, NEW), made[failing]
        if "replace" not in made:
            assert target.read_bytes() == OLD
        target.unlink()
        if made[failing] != "unlink":  # what cannot be tidied away stays
            assert names(tmp_path) == [], made[failing]
        for left in tmp_path.iterdir():
            left.unlink()


def test_a_process_that_dies_before_the_rename_leaves_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "guide.pdf"
    target.write_bytes(OLD)
    child = os.fork()
    if not child:
        monkeypatch.setattr(os, "replace", lambda *_: os._exit(9))
        write_file(target, NEW)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert target.read_bytes() == OLD
    write_file(target, NEW)
    assert target.read_bytes() == NEW


@pytest.mark.parametrize("step", [1, 7, 4096])
def test_short_writes_are_continued(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    content = NEW[:20_000]
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, bytes(data)[:step]))
    write_file(tmp_path / "guide.pdf", content)
    assert (tmp_path / "guide.pdf").read_bytes() == content


def test_the_content_is_on_disk_before_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with faults(monkeypatch, -1, OSError()) as made:
        write_file(tmp_path / "guide.pdf", NEW)
    assert made.index("write") < made.index("fsync") < made.index("replace")
    assert "fsync" in made[made.index("replace") :]  # the folder


@pytest.mark.parametrize("content", [b"", b"x", NEW])
def test_a_file_holds_what_it_was_given_and_nobody_else_may_read_it(
    content: bytes, tmp_path: Path
) -> None:
    target = tmp_path / "guide.pdf"
    write_file(target, content)
    assert target.read_bytes() == content
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert names(tmp_path) == ["guide.pdf"]


def test_an_older_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "guide.pdf"
    target.write_bytes(NEW)
    target.chmod(0o644)
    write_file(target, OLD)
    assert target.read_bytes() == OLD
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_an_open_older_file_keeps_its_content(tmp_path: Path) -> None:
    target = tmp_path / "guide.pdf"
    target.write_bytes(OLD)
    with target.open("rb") as viewer:
        write_file(target, NEW)
        assert viewer.read() == OLD


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "guide.pdf"
    victim.write_bytes(OLD)
    link.symlink_to(victim)
    with pytest.raises(OutputError, match="a link or a device"):
        write_file(link, NEW)
    assert victim.read_bytes() == OLD
    assert link.is_symlink()


@pytest.mark.parametrize("kind", ["dangling link", "pipe", "folder"])
def test_what_is_no_file_is_refused(kind: str, tmp_path: Path) -> None:
    target = tmp_path / "guide.pdf"
    if kind == "folder":
        target.mkdir()
    elif kind == "pipe":
        os.mkfifo(target)
    else:
        target.symlink_to(tmp_path / "nowhere")
    before = stat.S_IFMT(os.lstat(target).st_mode)
    with pytest.raises(OutputError, match=r"guide\.pdf: cannot be written") as caught:
        write_file(target, NEW)
    assert ("a folder" in str(caught.value)) is (kind == "folder")
    assert stat.S_IFMT(os.lstat(target).st_mode) == before
    assert names(tmp_path) == ["guide.pdf"]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no such file or directory"):
        write_file(tmp_path / "none" / "guide.pdf", NEW)
    assert names(tmp_path) == []


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(OLD)
    with pytest.raises(OutputError, match="not a directory"):
        write_file(tmp_path / "file" / "guide.pdf", NEW)


def test_a_trap_at_the_place_of_the_temporary_file_is_not_sprung(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[Path] = []
    real = os.open

    def spy(path: Any, *arguments: Any, **options: Any) -> int:
        used.append(Path(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", spy)
    target, victim = tmp_path / "guide.pdf", tmp_path / "victim"
    write_file(target, OLD)
    (temporary,) = {path for path in used if path not in (target, tmp_path)}
    assert temporary.parent == tmp_path
    victim.write_bytes(OLD)
    temporary.symlink_to(victim)
    write_file(target, NEW)
    assert victim.read_bytes() == OLD
    assert target.read_bytes() == NEW
    assert names(tmp_path) == ["guide.pdf", "victim"]


def test_the_longest_name_that_the_disk_takes(tmp_path: Path) -> None:
    target = tmp_path / f"{'g' * 251}.pdf"
    write_file(target, NEW)
    assert target.read_bytes() == NEW
    with pytest.raises(OutputError, match="too long"):
        write_file(tmp_path / f"{'g' * 252}.pdf", NEW)
    assert names(tmp_path) == [target.name]


def test_names_with_blanks_and_letters_of_any_language(tmp_path: Path) -> None:
    for name in ("a guide.pdf", "Führer für Łukasz.pdf", "-o.pdf"):
        write_file(tmp_path / name, NEW)
        assert (tmp_path / name).read_bytes() == NEW
    assert len(names(tmp_path)) == 3


def test_a_name_in_this_very_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_file(Path("guide.pdf"), NEW)
    assert names(tmp_path) == ["guide.pdf"]


def test_what_a_dead_process_left_goes_with_the_next_file(tmp_path: Path) -> None:
    """A process that was killed while it wrote left its temporary file for ever."""
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    dead = tmp_path / f".bg-123-{child}.tmp"
    alive = tmp_path / f".bg-123-{os.getppid()}.tmp"
    foreign = tmp_path / ".bg-mine.tmp"
    for path in (dead, alive, foreign):
        path.write_bytes(b"half")
    Door().write(tmp_path / "a.pdf", b"%PDF", Kind.PDF)
    assert not dead.exists()
    assert alive.exists()
    assert foreign.exists()

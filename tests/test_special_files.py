"""Pipes, sockets, devices and folders in the place of files: nobody waits for ever."""

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backguide.batch import lock, pool
from backguide.cli import main
from backguide.errors import ExitCode
from batch.factory import Inline

ROOT = Path(__file__).parents[1]
PAGE = ("--issued-on", "2026-11-23", "--length", "short")
KINDS = ("pipe", "socket", "device", "folder", "link in a circle")
SECONDS = 20
"""Far more than any of the commands needs here."""


class Waited(BaseException):
    """The command did not come to an end."""


@contextmanager
def patience() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise Waited

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def run(*arguments: str) -> Result:
    with patience():
        result = CliRunner().invoke(main, list(arguments))
    assert not isinstance(result.exception, Waited), arguments
    assert result.exit_code != ExitCode.BUG, result.stderr
    assert "Traceback" not in result.stderr
    return result


@contextmanager
def special(path: Path, kind: str) -> Iterator[None]:
    """Put something that is no file in the place of a file, for a while."""
    aside = path.with_name("aside") if os.path.lexists(path) else None
    if aside:
        path.rename(aside)
    with socket.socket(socket.AF_UNIX) as listener:
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "socket":
            listener.bind(os.path.relpath(path))
        elif kind == "device":
            path.symlink_to("/dev/zero")
        elif kind == "folder":
            path.mkdir()
        else:
            path.symlink_to(path.name)
        try:
            yield
        finally:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
            if aside:
                aside.rename(path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("special")
    for name, source in (
        ("p.json", "profiles/desk-worker.json"),
        ("clinic.toml", "docs/clinic.toml"),
        ("rows.csv", "docs/export.csv"),
        ("map.toml", "docs/export-map.toml"),
    ):
        shutil.copy(ROOT / source, place / name)
    shutil.copy(ROOT / "docs" / "page-one.png", place / "logo.png")
    shutil.copytree(ROOT / "templates", place / "words")
    (place / "in").mkdir()
    shutil.copy(place / "p.json", place / "in" / "p.json")
    other = (place / "p.json").read_text("utf-8").replace("desk-worker", "other")
    (place / "in" / "q.json").write_text(other, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "WorkerPool", lambda *_: Inline())
        patch.chdir(place)
        run("batch", "in", "-o", "done", *PAGE)
    return place


@pytest.fixture
def place(finished: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(pool, "WorkerPool", lambda *_: Inline())
    monkeypatch.chdir(finished)
    return finished


INPUTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "p.json": (
        ("make", "p.json", "-o", "x.pdf", *PAGE),
        ("check", "p.json"),
        ("explain", "p.json"),
        ("content", "show", "shoes", "p.json"),
        ("batch", "p.json", "-o", "x", *PAGE),
    ),
    "clinic.toml": (("make", "p.json", "--clinic", "clinic.toml", "-o", "x.pdf"),),
    "logo.png": (("make", "p.json", "--logo", "logo.png", "-o", "x.pdf"),),
    "rows.csv": (
        ("batch", "--from", "rows.csv", "--map", "map.toml", "-o", "x", *PAGE),
    ),
    "map.toml": (
        ("batch", "--from", "rows.csv", "--map", "map.toml", "-o", "x", *PAGE),
    ),
    "rows.jsonl": (("batch", "rows.jsonl", "-o", "x", *PAGE),),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", INPUTS)
def test_an_input_that_is_no_file(name: str, kind: str, place: Path) -> None:
    for call in INPUTS[name]:
        with special(place / name, kind):
            result = run(*call)
        is_source = kind == "folder" and call[:2] == ("batch", name)
        if not is_source:  # then it is a folder without profiles
            assert result.exit_code in (2, 3, 8), (call, result.stderr)
        assert not (place / "x.pdf").exists()
        shutil.rmtree(place / "x", ignore_errors=True)


@pytest.mark.parametrize("kind", KINDS)
def test_among_the_profiles_of_a_folder(kind: str, place: Path) -> None:
    with special(place / "in" / "q.json", kind):
        result = run("batch", "in", "-o", "x", *PAGE)
    assert result.exit_code == ExitCode.BATCH_INCOMPLETE, result.stderr
    assert "1 failed" in result.stderr
    shutil.rmtree(place / "x")


def _content() -> list[str]:
    """Return each file at the top of the content, and two of each folder below."""
    root = ROOT / "templates"
    found = [path for path in root.iterdir() if path.is_file()]
    for folder in (path for path in root.rglob("*") if path.is_dir()):
        found += sorted(path for path in folder.iterdir() if path.is_file())[:2]
    return sorted(path.relative_to(root).as_posix() for path in found)


@pytest.mark.slow
@pytest.mark.parametrize("name", _content())
def test_a_file_of_the_content(name: str, place: Path) -> None:
    """One pipe among a clinic's own texts, and every command waited for ever."""
    for kind in ("pipe", "device"):
        with special(place / "words" / name, kind):
            result = run("content", "check", "--templates", "words")
            read = run("make", "p.json", "--templates", "words", "-o", "x.pdf", *PAGE)
        (place / "x.pdf").unlink(missing_ok=True)
        if result.exit_code:  # some files are for readers only
            assert result.exit_code == ExitCode.CONTENT_INVALID
            assert "not an ordinary file" in result.stdout + read.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_of_the_content(kind: str, place: Path) -> None:
    for name in ("en", "en/sections"):
        with special(place / "words" / name, kind):
            result = run("content", "check", "--templates", "words")
        assert result.exit_code == ExitCode.CONTENT_INVALID


STATE = (
    "manifest.jsonl", "print-jobs.jsonl", ".backguide.lock", ".backguide.owner",
    "run.csv", "run.html", "needs-attention.txt", "held", "superseded", "quarantine",
    "guide", ".bg-1-1.tmp", "held/.bg-1-1.tmp", "shard-1-of-2", "bg-other.pdf",
)  # fmt: skip
READING = (
    ("batch", "in", "-o", "done", *PAGE),
    ("print-job", "done", "-o", "x.pdf"),
    ("reprint", "desk-worker", "--in", "done", "-o", "x.pdf"),
    ("who-got", "main-message", "done"),
    ("purge", "done", "--keep-days", "90"),
)


@pytest.mark.slow
@pytest.mark.parametrize("is_lockless", [False, True], ids=["locks", "no locks"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
@pytest.mark.parametrize("name", STATE)
def test_the_state_of_a_batch(
    name: str, kind: str, is_lockless: bool, finished: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A pipe in the place of a guide, of the record or of the lock of a batch."""
    monkeypatch.setattr(pool, "WorkerPool", lambda *_: Inline())
    if is_lockless:
        if not name.startswith("."):
            return
        monkeypatch.setattr(lock, "_take", _no_locks)
    for part in ("in", "done"):
        shutil.copytree(finished / part, tmp_path / part)
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "done"
    if name == "guide":
        name = str(next(out.rglob("bg-other-*.pdf")).relative_to(out))
    path = out / name
    path.parent.mkdir(exist_ok=True)
    for call in READING:
        with special(path, kind):
            run(*call)
        (tmp_path / "x.pdf").unlink(missing_ok=True)


def _no_locks(*_: Any) -> None:
    raise OSError(38, "no locks here")

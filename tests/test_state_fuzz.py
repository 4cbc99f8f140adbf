"""Every state and settings file, damaged in every way: no bug, no hang, nobody lost.

Each value is replaced by each other kind of value; each line is cut, doubled, swapped,
dropped and filled with rubbish; each file becomes a folder, a link, a pipe. A share of
all cases runs with the tests, the same at each time; ``BACKGUIDE_FUZZ=all`` runs all.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from backguide.cli import main
from backguide.guidance.library import Library
from backguide.resources import templates_root
from batch.factory import fill
from batch.light import HEAD, Inline, light_drawing

ROOT = Path(__file__).parents[1]
LIMIT_SECONDS = 10.0
CASES = {"state": 140, "clinic": 60, "map": 90, "content": 12}
"""How many of all run with the tests, of each kind of file."""
ENDS = (0, 2, 3, 4, 5, 6, 8)
"""Codes with a message of their own; 1 is a bug."""
DAY = ("--issued-on", "2026-11-30", "--clinic", "none")
PEOPLE = ("p1", "p2", "p3")

VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1.5, 1e300, "", "x", "\0", "a\nb", "\ud800", "../p.pdf",
    "x" * 70_000, [], [[]], ["\udcff"], {}, {"a": 1},
)  # fmt: skip
TOML_VALUES = (
    "3", "-1", "9" * 5000, "0x" + "F" * 5000, "1.5", "inf", "nan", "true", '""', '"x"',
    r'"C:\Users\x"', r'"\u0000"', "2026-11-30", "[]", "[[1]]", "{}", "{ a = 1 }",
    "[" * 5000, "'''open", "",
)  # fmt: skip

Damage = tuple[str, Callable[[Path], object]]
"""What is done, and how."""


def written(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def in_place(
    lines: list[bytes], n: int, make: Callable[[], bytes], count: int = 1
) -> Callable[[Path], object]:
    """Write the lines with others in place of ``count`` of them.

    The content is made when it is written: there are hundreds of thousands of them.
    """
    return lambda path: path.write_bytes(
        b"".join([*lines[:n], make(), *lines[n + count :]])
    )


def line_damages(content: bytes) -> Iterator[Damage]:
    lines = content.splitlines(keepends=True)
    ways: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
        ("cut", lambda line: line[: len(line) // 2]),
        ("cut with its end", lambda line: line[: len(line) // 2] + b"\n"),
        ("doubled", lambda line: line + line),
        ("dropped", lambda line: b""),
        ("rubbish", lambda line: b"\xff\0what?\n"),
    )
    for n, line in enumerate(lines):
        for what, new in ways:
            yield f"line {n + 1} {what}", in_place(lines, n, partial(new, line))
        if n + 1 < len(lines):
            swapped = partial(bytes.__add__, lines[n + 1], line)
            yield f"line {n + 1} swapped", in_place(lines, n, swapped, 2)


def file_damages() -> Iterator[Damage]:
    def instead(make: Callable[[Path], object]) -> Callable[[Path], object]:
        def do(path: Path) -> None:
            path.unlink()
            make(path)

        return do

    yield "a folder", instead(Path.mkdir)
    yield "gone", Path.unlink
    yield "a link to itself", instead(lambda path: path.symlink_to(path.name))
    yield "a link to a device", instead(lambda path: path.symlink_to("/dev/zero"))
    if hasattr(os, "mkfifo"):
        yield "a pipe", instead(lambda path: os.mkfifo(path))
    for what, content in (
        ("empty", b""),
        ("zeros", b"\0" * 100_000),
        ("a mark", b"\xef\xbb\xbf"),
        ("sixteen bits", "a = 1\n".encode("utf-16")),
        ("brackets", b"[" * 100_000),
        ("one long line", b"x" * 300_000),
    ):
        yield what, written(content)


def row(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode() + b"\n"


def row_damages(content: bytes) -> Iterator[Damage]:
    lines = content.splitlines(keepends=True)
    for n, line in enumerate(lines):
        record = json.loads(line)
        for key in record:
            for value in VALUES:
                new = partial(row, {**record, key: value})
                what = f"line {n + 1} {key} = {str(value)[:9]!r}"
                yield what, in_place(lines, n, new)
            less = {k: v for k, v in record.items() if k != key}
            what = f"line {n + 1} without {key}"
            yield what, in_place(lines, n, partial(row, less))


def setting_damages(content: bytes) -> Iterator[Damage]:
    lines = content.splitlines(keepends=True)
    for n, line in enumerate(lines):
        key, mark, _ = line.partition(b"=")
        if not mark or line.startswith(b"#"):
            continue
        for value in TOML_VALUES:
            new = partial(b"%b= %b\n".__mod__, (key, value.encode()))
            yield f"line {n + 1} = {value[:12]}", in_place(lines, n, new)


def share(kind: str, cases: list[Damage]) -> list[Damage]:
    """Return the cases that run: all, or as many of them, spread evenly."""
    if os.environ.get("BACKGUIDE_FUZZ") == "all":
        return cases
    step = max(len(cases) / CASES[kind], 1)
    return [cases[int(n * step)] for n in range(int(len(cases) / step))]


def run(what: str, *arguments: object) -> Result:
    begun = time.monotonic()
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    told = f"{what}: {arguments[0]}: {result.exit_code}\n{result.stderr[-800:]}"
    assert "E_INTERNAL" not in result.stderr, told
    assert result.exit_code in ENDS, told
    assert result.exit_code == 0 or result.stderr or result.stdout, told
    assert time.monotonic() - begun < LIMIT_SECONDS, told
    return result


@pytest.fixture
def desk(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Yield a folder with three profiles; batches in it draw almost nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("backguide.batch.pool.WorkerPool", lambda *_: Inline())
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    fill(tmp_path / "in", PEOPLE[:2])
    fill(tmp_path / "in", PEOPLE[2:], **{"red_flags.saddle_numb": "yes"})
    with ExitStack() as patches:
        patches.enter_context(light_drawing(library))
        patches.enter_context(
            patch("backguide.guidance.built_in.library_at", lambda _: library)
        )
        yield tmp_path


def everybody(out: Path) -> dict[str, list[str]]:
    """Return the pages that are in reach, by person; read from the pages alone."""
    found: dict[str, list[str]] = {}
    for path in (*out.glob("*.pdf"), *out.glob("held/*.pdf")):
        id_ = path.read_bytes().removeprefix(HEAD).split()[0].decode()
        found.setdefault(id_, []).append(path.relative_to(out).as_posix())
    return found


def test_what_a_batch_keeps(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A number for an id, a list for an input, a cut list of print jobs: "a bug"."""
    out, good = desk / "out", desk / "good"
    batch = ("batch", "in", "-o", "out", "--merged", "print.pdf", *DAY)
    assert run("first", *batch).exit_code == 5
    assert run("again", *batch).exit_code == 5
    (out / ".backguide.owner").write_text('{"host": "x", "pid": 1, "begun": ""}\n')
    shutil.copytree(out, good)
    cases: list[tuple[str, Damage]] = []
    for name in ("manifest.jsonl", "print-jobs.jsonl", ".backguide.owner"):
        content = (good / name).read_bytes()
        for damages in (row_damages(content), line_damages(content), file_damages()):
            cases += [(name, damage) for damage in damages]
    names = [name for name, _ in cases]
    chosen = share("state", [(f"{n}: {w}", d) for n, (w, d) in cases])
    do_of = dict(zip([f"{n}: {w}" for n, (w, _) in cases], names, strict=True))
    code = hashlib.sha256(b"x").hexdigest()[:8]
    for what, damage in chosen:
        shutil.rmtree(out)
        shutil.copytree(good, out)
        damage(out / do_of[what])
        for looking in (
            ("who-got", "shoes", "out"),
            ("reprint", "p1", "--in", "out", "-o", "again.pdf"),
            ("reprint", code, "--in", "out", "-o", "-"),
            ("print-job", "out", "-o", "job.pdf"),
        ):
            run(what, *looking)
        result = run(what, *batch)
        if result.exit_code in (0, 5, 8):
            pages = everybody(out)
            assert sorted(pages) == [*PEOPLE], (what, pages, result.stderr)
            assert all(len(files) == 1 for files in pages.values()), (what, pages)
        else:
            assert result.exit_code == 6, what
            assert "out" in result.stderr or ".jsonl" in result.stderr, what
        run(what, "purge", "out", "--keep-days", "1")
    with capsys.disabled():
        print(f"\nstate files: {len(chosen)} of {len(cases)} damages")  # noqa: T201


@pytest.mark.parametrize("kind", ["clinic", "map"])
def test_settings(kind: str, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A number of five thousand digits, not UTF-8, deep nesting: "a bug"."""
    name = {"clinic": "clinic.toml", "map": "export-map.toml"}[kind]
    good = (ROOT / "docs" / name).read_bytes()
    shutil.copy(ROOT / "docs" / "export.csv", desk / "e.csv")
    file = desk / name
    cases = [*setting_damages(good), *line_damages(good), *file_damages()]
    chosen = share(kind, cases)
    call: tuple[object, ...] = ("batch", "e.csv", "--map", file, "--check", *DAY)
    if kind == "clinic":
        call = ("batch", "in", "-o", "out", "--clinic", file, *DAY[:2])
    for what, damage in chosen:
        if file.is_dir() and not file.is_symlink():
            file.rmdir()
        else:
            file.unlink(missing_ok=True)
        file.write_bytes(good)
        damage(file)
        run(f"{name} {what}", *call)
    with capsys.disabled():
        print(f"\n{name}: {len(chosen)} of {len(cases)} damages")  # noqa: T201


def test_content(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(str(templates_root()), tmp_path / "t"))
    profile = ROOT / "profiles" / "desk-worker.json"
    cases: list[tuple[str, Path, Callable[[Path], object]]] = []
    for file in sorted([*folder.rglob("*.toml"), *folder.rglob("*.md")]):
        if file.name == "README.md":
            continue
        good = file.read_bytes()
        damages = [*file_damages(), *line_damages(good), *setting_damages(good)]
        cases += [(f"{file.name} {w}", file, do) for w, do in damages]
    places = {what: file for what, file, _ in cases}
    chosen = share("content", [(what, do) for what, _, do in cases])
    for what, damage in chosen:
        file = places[what]
        good = file.read_bytes()
        damage(file)
        checked = run(what, "content", "check", "--templates", folder)
        if checked.exit_code == 0:
            run(what, "explain", profile, "--templates", folder)
        if file.is_dir() and not file.is_symlink():
            file.rmdir()
        else:
            file.unlink(missing_ok=True)
        file.write_bytes(good)
    with capsys.disabled():
        print(f"\ncontent: {len(chosen)} of {len(cases)} damages")  # noqa: T201

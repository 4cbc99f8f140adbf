"""Faults of whole batches (T072 to T083), and of what surrounds them.

Disks that fail are in ``test_output_faults`` and ``batch/test_disk_faults``, runs that
are killed in ``batch/test_killed``, workers that die in ``batch/test_pool``.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from backguide.batch.run import BatchReport, run_batch
from backguide.cli import main
from backguide.resources import schema_text, templates_root
from batch.factory import OPTIONS, Scribe, fill, litter_of, pdfs_of, profile
from batch.processes import PATIENCE_SECONDS, ROOT, environment
from strategies import as_bytes

NAME = "Zaphodina"


def put(folder: Path, name: str, content: bytes | None = None, **facts: Any) -> None:
    raw = content if content is not None else as_bytes(profile(**facts))
    (folder / name).write_bytes(raw)


def twelve(folder: Path) -> None:
    fill(folder, [f"g{n}" for n in range(12)], **{"person.first_name": NAME})


def one_broken(folder: Path) -> None:
    fill(folder, [f"g{n}" for n in range(11)])
    put(folder, "broken.json", b'{"profile_id": "b"')


def same_name(folder: Path) -> None:
    fill(folder, ["a", "b"], **{"person.first_name": NAME})


def by_case_only(folder: Path) -> None:
    put(folder, "one.json", id_="Anna")
    put(folder, "two.json", id_="anna")


def same_id(folder: Path) -> None:
    put(folder, "one.json", id_="a")
    put(folder, "two.json", id_="a")
    put(folder, "three.json", id_="other")


def odd_id(id_: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        put(folder, "odd.json", id_=id_)
        put(folder, "good.json", id_="good")

    return make


def nothing(folder: Path) -> None:
    folder.mkdir(exist_ok=True)


def litter(folder: Path) -> None:
    put(folder, "good.json", id_="good")
    for name in (".hidden.json", "~$good.docx", "notes.txt", "Thumbs.db", "x.json.bak"):
        put(folder, name, b"rubbish")
    (folder / "sub").mkdir()


def pipe(folder: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes with names")
    put(folder, "good.json", id_="good")
    os.mkfifo(folder / "pipe.json")


def huge_name(folder: Path) -> None:
    put(folder, "good.json", id_="good")
    put(folder, "huge.json", id_="huge", **{"person.first_name": "x" * 1_000_000})


@dataclass(frozen=True)
class Fault:
    """What lies in a folder, and what must come of it."""

    name: str
    make: Callable[[Path], None]
    made: int
    failed: int
    code: int
    reason: str = ""


FAULTS = [
    Fault("T072 twelve good", twelve, 12, 0, 0),
    Fault("T073 one broken of twelve", one_broken, 11, 1, 8, "E_JSON"),
    Fault("T074 the same name twice", same_name, 2, 0, 0),
    Fault("T075 ids that differ by case", by_case_only, 0, 2, 8, "E_DUPLICATE_ID"),
    Fault("T076 the same id twice", same_id, 1, 2, 8, "E_DUPLICATE_ID"),
    Fault("T077 a path as id", odd_id("../../etc/passwd"), 1, 1, 8),
    Fault("T078 a device as id", odd_id("CON"), 1, 1, 8, "E_ID_RESERVED"),
    Fault("T079 a line end in an id", odd_id("a\nb"), 1, 1, 8),
    Fault("T079b a line end behind an id", odd_id("a\n"), 1, 1, 8),
    Fault("T080 nothing", nothing, 0, 0, 8),
    Fault("T081 litter", litter, 1, 0, 0),
    Fault("T082 a pipe", pipe, 1, 1, 8),
    Fault("T083 a huge name", huge_name, 1, 1, 8),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.split()[0])
def test_a_fault_in_a_batch(fault: Fault, tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    fault.make(source)
    begun = time.process_time()
    report: BatchReport = run_batch(source, out, OPTIONS, executor=Scribe())
    assert time.process_time() - begun < 10
    summary = report.summary
    assert summary.count("made") == len(pdfs_of(out)) == fault.made
    assert summary.count("failed") == fault.failed
    assert summary.inputs == fault.made + fault.failed
    assert report.exit_code == fault.code
    reasons = {row.reason for row in summary.rows if row.status == "failed"}
    if fault.reason:
        assert reasons == {fault.reason}
    assert not litter_of(out)
    for path in out.rglob("*"):
        assert path.resolve().is_relative_to(out.resolve())
        assert NAME not in path.name
        if path.is_file() and path.suffix != ".pdf":
            text = path.read_text("utf-8")
            assert NAME not in text
            assert "passwd" not in text
            assert "x" * 100 not in text


def test_a_batch_without_any_network(tmp_path: Path) -> None:
    """In a room of its own without even a loopback, all works as ever."""
    unshare = shutil.which("unshare")
    words = [str(unshare), "-n", "true"]
    if unshare is None or subprocess.run(words, capture_output=True).returncode:
        pytest.skip("no right to a room without network; conftest.py guards all tests")
    source = fill(tmp_path / "in", ["p1"], **{"red_flags.saddle_numb": "yes"})
    done = subprocess.run(
        [unshare, "-n", sys.executable, str(ROOT / "tests" / "batch" / "command.py"),
         "batch", str(source), "-o", str(tmp_path / "out")],
        env=environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert done.returncode == 5, done.stderr
    assert len(pdfs_of(tmp_path / "out")) == 1


# --- no pattern takes long, whatever it is given ------------------------------------


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    """Yield every pattern of the schema and of the modules that read a stranger's text.

    What ``guidance`` reads is content: its authors wait for themselves alone.
    """

    def walk(node: Any, path: str) -> Iterator[tuple[str, re.Pattern[str]]]:
        if isinstance(node, dict):
            if isinstance(node.get("pattern"), str):
                yield path, re.compile(node["pattern"])
            for key, value in node.items():
                yield from walk(value, f"{path}.{key}")
        elif isinstance(node, list):
            for number, value in enumerate(node):
                yield from walk(value, f"{path}[{number}]")

    yield from walk(json.loads(schema_text()), "schema")
    source = ROOT / "src" / "backguide"
    for path in sorted(source.rglob("*.py")):
        if path.name == "__main__.py" or "re.compile" not in path.read_text("utf-8"):
            continue
        parts = path.relative_to(source.parent).with_suffix("").parts
        if "guidance" in parts:
            continue
        module = import_module(".".join(parts))
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield f"{module.__name__}.{name}", value


PATTERNS = dict(patterns())
HARD = [
    "a" * 10_000, "1" * 10_000, " " * 10_000, "a " * 5_000, "a-" * 5_000, "1." * 5_000,
    '"' * 10_000, '\\"' * 5_000, "{" * 10_000, "[(" * 5_000, "<" * 10_000,
    "/" * 10_000, "a@" * 5_000, "a.b" * 3_300, "0123456789ABCDEF-" * 600,
]  # fmt: skip


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_takes_long(name: str) -> None:
    pattern: Any = PATTERNS[name]
    for text in HARD:
        for ending in ("", "!", "\n", "\x00"):
            value = f"{text}{ending}"
            told: Any = value.encode() if isinstance(pattern.pattern, bytes) else value
            begun = time.process_time()
            # One that is bound to the end is only ever matched from the beginning.
            if pattern.pattern[-2:] in ("\\Z", b"\\Z"):
                pattern.match(told)
            else:
                pattern.search(told)
            # A pattern that runs away takes minutes; a busy machine may take double.
            assert time.process_time() - begun < 0.25, (name, text[:4], ending)


# --- placeholders, and the switch for developers --------------------------------------


@pytest.mark.parametrize(
    "hole", ["{p.__class__}", "{person.__class__}", "{0.__init__}", "{person[age]}"]
)
def test_a_placeholder_reaches_no_python(hole: str, tmp_path: Path) -> None:
    """Such a text is a finding; it is neither filled in nor printed."""
    content = tmp_path / "content"
    shutil.copytree(Path(str(templates_root())), content)
    section = content / "en" / "sections" / "cause-sitting.md"
    text = section.read_text("utf-8")
    assert "{person.sitting_h_day}" in text
    section.write_text(text.replace("{person.sitting_h_day}", hole), "utf-8")
    result = CliRunner().invoke(main, ["content", "check", "--templates", str(content)])
    assert result.exit_code == 4, result.output
    assert "cause-sitting.md" in result.output


@pytest.mark.parametrize("is_on", [True, False])
def test_the_switch_for_developers_warns(
    is_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only with it is a text shown that may hold answers, and it says so."""

    def bug(*_: object, **__: object) -> None:
        raise ValueError(NAME)

    monkeypatch.setattr("backguide.profile.load.profile_from_bytes", bug)
    if is_on:
        monkeypatch.setenv("BACKGUIDE_DEBUG", "1")
    else:
        monkeypatch.delenv("BACKGUIDE_DEBUG", raising=False)
    persona = ROOT / "profiles" / "desk-worker.json"
    result = CliRunner().invoke(main, ["make", str(persona), "-o", "x.pdf"])
    assert result.exit_code == 1
    assert "E_INTERNAL ValueError" in result.stderr
    assert (NAME in result.stderr) == is_on
    assert ("may hold answers" in result.stderr) == is_on

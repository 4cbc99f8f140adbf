"""Standard input, output and error in every bad state, for every command.

Each runs in a process of its own: what Python does at its very end counts as well.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backguide.errors import ExitCode
from test_every_output import COMMANDS

ROOT = Path(__file__).parents[1]
DESK = str(ROOT / "profiles" / "desk-worker.json")
GOOD = (ExitCode.DONE, ExitCode.HELD_BACK)
pytestmark = pytest.mark.slow

PRODUCTS: dict[str, tuple[str, ...]] = {
    "make": ("make", DESK, "-o", "-", "--length", "short"),
    "check": ("check", DESK, "--json"),
    "explain": ("explain", DESK),
    "facts": ("facts",),
    "schema": ("schema",),
    "new": ("new", "-o", "-"),
    "content show": ("content", "show", "shoes", DESK),
    "content check": ("content", "check"),
    "who-got": ("who-got", "main-message", "done"),
    "reprint": ("reprint", "desk-worker", "--in", "done", "-o", "-"),
    "batch": ("batch", DESK, "--check", "--jobs", "1"),
}
"""A call of each command that has a product for standard output."""
HELP = {name: (*name.split(), "--help") for name in COMMANDS if name not in PRODUCTS}
"""The others print their help there, and nothing else."""
CALLS = {**PRODUCTS, **HELP, "help": ("--help",), "version": ("--version",)}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("console")
    done = program(
        ("batch", DESK, "-o", "done", "--length", "short", "--jobs", "1"), place
    )
    assert done.returncode in GOOD, done.stderr
    return place


def program(
    arguments: tuple[str, ...],
    place: Path,
    *,
    stdin: int | None = subprocess.DEVNULL,
    stdout: int | None = subprocess.PIPE,
    stderr: int | None = subprocess.PIPE,
    close: int | None = None,
    **variables: str,
) -> "subprocess.CompletedProcess[bytes]":
    """Run the program; ``close`` is a descriptor that it finds closed."""
    command = [sys.executable, "-m", "backguide", *arguments]
    if close is not None:
        redirect = {0: "<&-", 1: ">&-", 2: "2>&-"}[close]
        command = ["sh", "-c", f'exec "$@" {redirect}', "sh", *command]
    return subprocess.run(
        command,
        cwd=place,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **variables},
        timeout=60,
        check=False,
    )


def calls(table: dict[str, tuple[str, ...]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("arguments", table.values(), ids=table.keys())


@calls(CALLS)
def test_a_full_disk_behind_standard_output(
    arguments: tuple[str, ...], place: Path
) -> None:
    """A list that was sent to a full disk ended as a bug, or without a word."""
    with Path("/dev/full").open("wb") as full:
        done = program(arguments, place, stdout=full.fileno())
    assert done.returncode == ExitCode.OUTPUT_FAILED, done.stderr
    assert done.stderr.count(b"standard output") == 1
    assert b"no space left" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@calls(CALLS)
def test_nobody_reads_any_more(arguments: tuple[str, ...], place: Path) -> None:
    """As behind "| head -1": a quiet end, with the code of an unread pipe."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = program(arguments, place, stdout=writer)
    finally:
        os.close(writer)
    assert done.returncode == ExitCode.PIPE_CLOSED, done.stderr
    assert done.stderr == b""


@calls(PRODUCTS)
def test_a_closed_standard_output(arguments: tuple[str, ...], place: Path) -> None:
    done = program(arguments, place, close=1)
    assert done.returncode == ExitCode.OUTPUT_FAILED
    assert done.stderr.count(b"standard output: it is closed") == 1


@calls(PRODUCTS)
def test_a_console_that_lacks_letters(arguments: tuple[str, ...], place: Path) -> None:
    """The words of a section ended as a bug on a console of Western Windows."""
    plain = program(arguments, place, PYTHONIOENCODING="utf-8")
    assert plain.returncode in GOOD
    for encoding in ("cp1252", "ascii"):
        done = program(arguments, place, PYTHONIOENCODING=encoding)
        assert done.returncode == plain.returncode, done.stderr
        if arguments[0] in ("make", "new", "reprint", "schema"):
            assert done.stdout == plain.stdout  # these are bytes, not talk
            continue
        told = plain.stdout.decode("utf-8").encode(encoding, "backslashreplace")
        assert done.stdout == told
        is_whole = told.decode(encoding) == plain.stdout.decode("utf-8")
        assert (b"no letter for some characters" in done.stderr) is not is_whole


@calls(PRODUCTS)
def test_standard_error_that_nobody_can_read(
    arguments: tuple[str, ...], place: Path
) -> None:
    plain = program(arguments, place)
    with Path("/dev/full").open("wb") as full:
        done = program(arguments, place, stderr=full.fileno())
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)
    done = program(arguments, place, close=2)
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)


def test_a_wrong_call_is_told_by_its_code_even_if_nobody_can_read(place: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = program(("make", "--nosuch"), place, stderr=full.fileno())
    assert done.returncode == ExitCode.USAGE


@pytest.mark.parametrize("arguments", [("make", "-"), ("check", "-"), ("explain", "-")])
def test_standard_input_that_cannot_be_read(
    arguments: tuple[str, ...], place: Path
) -> None:
    done = program(arguments, place, close=0)
    assert done.returncode == ExitCode.PROFILE_INVALID
    assert b"standard input" in done.stderr
    # Open for writing only. (With a folder there Python itself does not begin.)
    with (place / "written").open("wb") as written:
        done = program(arguments, place, stdin=written.fileno())
    assert done.returncode == ExitCode.PROFILE_INVALID
    assert b"standard input" in done.stderr
    assert b"Traceback" not in done.stderr


@calls(PRODUCTS)
def test_a_closed_standard_input_changes_nothing(
    arguments: tuple[str, ...], place: Path
) -> None:
    plain = program(arguments, place)
    done = program(arguments, place, close=0)
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)


def test_standard_output_never_leads_into_an_input(place: Path) -> None:
    """ "explain p.json >> p.json" would have added to the answers for ever."""
    answers = place / "p.json"
    answers.write_bytes(Path(DESK).read_bytes())
    before = answers.read_bytes()
    for name in ("p.json", "-"):
        with answers.open("rb") as source, answers.open("ab") as end:
            done = program(
                ("explain", name), place, stdin=source.fileno(), stdout=end.fileno()
            )
        assert done.returncode == ExitCode.OUTPUT_FAILED, done.stderr
        assert b"standard output leads into it" in done.stderr
        assert answers.read_bytes() == before

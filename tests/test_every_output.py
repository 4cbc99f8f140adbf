"""Each option of each command that names an output, in every situation that may hurt.

The options are found by walking the program. One without a line in ``CALLS`` fails, so
that no new command can forget the door.
"""

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from backguide.batch import pool
from backguide.cli import main
from backguide.cli_files import InputPath, OutputPath
from backguide.errors import ExitCode
from backguide.guidance import built_in
from backguide.guidance.library import Library
from backguide.interview.saved import Saved, saved_bytes
from batch.factory import Inline

ROOT = Path(__file__).parents[1]
GOOD = (ExitCode.DONE, ExitCode.HELD_BACK)
FOREIGN = b"three years of my own notes\n"
PAGE = ("--issued-on", "2026-11-23", "--length", "short")


def commands(group: click.Group, *names: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        else:
            yield " ".join((*names, name)), command


COMMANDS = dict(commands(main))


@dataclass(frozen=True)
class Call:
    """How one output of a command is asked for."""

    command: str
    option: str
    """Longest name of the option."""
    arguments: tuple[str, ...]
    """All others, as they are typed on the desk."""
    reads: tuple[str, ...] = ()
    """What this call reads, and may never write over."""
    name: str = "out.pdf"
    is_folder: bool = False
    """The output is a folder of several files in any case."""
    is_kept: bool = False
    """Not even an earlier output is replaced: somebody may have filled it in."""

    def __str__(self) -> str:
        more = " ".join(a for a in self.arguments if a in ("--note", "--split"))
        return f"{self.command} {self.option} {more}".strip()


BATCH_FILES = ("done/manifest.jsonl", "done/run.csv", "done/guide.pdf")
CALLS = (
    Call(
        "make", "--output",
        ("p.json", *PAGE, "--clinic", "clinic.toml", "--logo", "logo.png"),
        ("p.json", "clinic.toml", "logo.png"),
    ),
    Call("make", "--output", ("p.json", *PAGE, "--note"), ("p.json",)),
    Call("make", "--fhir-out", ("p.json", *PAGE), ("p.json",), name="out.json"),
    Call("fhir questionnaire", "--output", (), name="out.json"),
    # Answers that call for help already: nothing is left to type.
    Call("ask", "--output", ("--resume", "later.json"), ("later.json",)),
    Call(
        "ask", "--answers", ("--resume", "later.json", "-o", "guide.pdf"),
        ("later.json",), name="out.json", is_kept=True,
    ),
    Call("schema", "--output", (), name="out.json"),
    Call("new", "--output", (), name="out.json", is_kept=True),
    Call("intake-sheet", "--output", (), name="out.pdf", is_kept=True),
    Call("columns new", "--output", (), name="out.csv", is_kept=True),
    Call(
        "columns map", "--output", ("rows.csv",), ("rows.csv",), name="out.toml",
        is_kept=True,
    ),
    Call(
        "content figures", "--output", ("--templates", "words"),
        ("words/en/sections/shoes.md",),
    ),
    Call("reprint", "--output", ("one", "--in", "done"), ("done/manifest.jsonl",)),
    Call("print-job", "--output", ("done",), BATCH_FILES),
    Call("print-job", "--output", ("done", "--split", "1"), BATCH_FILES),
    Call(
        "batch", "--merged",
        ("--from", "rows.csv", "--map", "map.toml", "-o", "made", *PAGE,
         "--clinic", "clinic.toml", "--logo", "logo.png"),
        ("rows.csv", "map.toml", "clinic.toml", "logo.png"),
    ),
    Call(
        "batch", "--output",
        ("--from", "rows.csv", "--map", "map.toml", *PAGE),
        is_folder=True, name="out",
    ),
)  # fmt: skip


ELSEWHERE = {("ask", "--save"), ("content review", "--output")}
"""Written only when somebody stops, or in a minute; see their own tests."""


def test_every_output_has_its_line() -> None:
    found = {
        (name, max(parameter.opts, key=len))
        for name, command in COMMANDS.items()
        for parameter in command.params
        if isinstance(parameter.type, OutputPath)
    }
    assert found == {(call.command, call.option) for call in CALLS} | ELSEWHERE


def test_every_path_is_an_input_or_an_output() -> None:
    """A plain path of click would get past the door."""
    for name, command in COMMANDS.items():
        for parameter in command.params:
            kind = parameter.type
            is_plain = isinstance(kind, click.Path | click.File)
            assert not is_plain, (name, parameter.name)
            words = {word.strip("-") for word in parameter.opts}
            if words & {"o", "output", "merged", "out", "to", "report", "save"}:
                assert isinstance(kind, OutputPath), (name, parameter.name)
            if words & {"from", "map", "in", "logo", "templates", "profile", "folder"}:
                assert isinstance(kind, InputPath), (name, parameter.name)


def test_every_output_can_be_forced() -> None:
    for call in CALLS:
        names = {n for p in COMMANDS[call.command].params for n in p.opts}
        assert "--force" in names, call.command


# --- the desk -----------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Path:
    """A desk with one of everything that a command may read."""
    place = tmp_path_factory.mktemp("desk")
    for name, source in (
        ("p.json", "profiles/desk-worker.json"),
        ("clinic.toml", "docs/clinic.toml"),
        ("rows.csv", "docs/export.csv"),
        ("map.toml", "docs/export-map.toml"),
    ):
        shutil.copy(ROOT / source, place / name)
    shutil.copytree(ROOT / "templates", place / "words")
    _picture(place / "logo.png")
    answers = {"locale": "en-GB", "red_flags.saddle_numb": "yes"}
    later = Saved(date.today(), tuple((path,) for path in answers), answers)  # noqa: DTZ011
    (place / "later.json").write_bytes(saved_bytes(later))
    (place / "two").mkdir()
    for id_ in ("one", "two"):
        answers = (place / "p.json").read_text("utf-8").replace("desk-worker", id_)
        (place / "two" / f"{id_}.json").write_text(answers, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        _quickly(patch, library)
        patch.chdir(place)
        result = run("batch", "two", "-o", "done", *PAGE)
    assert result.exit_code in GOOD, result.stderr
    return place


def _picture(path: Path) -> None:
    from PIL import Image

    picture = Image.new("L", (60, 20), 255)
    picture.paste(0, (0, 0, 30, 20))
    picture.save(path)


def _quickly(patch: pytest.MonkeyPatch, library: Library) -> None:
    """Work in this process, and parse the content once."""
    patch.setattr(pool, "WorkerPool", lambda *_: Inline())
    real = built_in.load_library
    patch.setattr(
        built_in,
        "load_library",
        lambda root: library if str(root).endswith("templates") else real(root),
    )


@pytest.fixture
def desk(
    finished: Path, tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> Path:
    place = tmp_path / "desk"
    shutil.copytree(finished, place)
    guide = next((place / "done").glob("bg-one-*.pdf"))
    os.link(guide, place / "done" / "guide.pdf")
    monkeypatch.chdir(place)
    _quickly(monkeypatch, library)
    return place


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    assert "E_INTERNAL" not in result.stderr, result.stderr
    return result


def ask(call: Call, target: str, *more: str) -> Result:
    return run(*call.command.split(), *call.arguments, call.option, target, *more)


def everything(place: Path) -> dict[str, bytes]:
    """Return all files below a folder; what a batch leaves of itself left out."""
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file()
        and path.parts[len(place.parts)] != "made"
        and path.name != "print-jobs.jsonl"
    }


Prepare = Callable[[Path], None]


@pytest.fixture(params=CALLS, ids=str)
def call(request: pytest.FixtureRequest) -> Call:
    chosen: Call = request.param
    return chosen


# --- what must hold -----------------------------------------------------------


def written(call: Call, desk: Path) -> list[str]:
    """Return what the call writes to a new place: names below the desk."""
    before = everything(desk)
    result = ask(call, call.name)
    assert result.exit_code in GOOD, result.stderr
    after = everything(desk)
    assert {name: after[name] for name in before} == before
    return [n for n in after if n not in before and not n.startswith("out/bg-")]


def test_its_own_output_is_replaced(call: Call, desk: Path) -> None:
    """The same command twice, nothing in its way."""
    names = written(call, desk)
    assert names
    result = ask(call, call.name)
    if call.is_kept:
        assert result.exit_code == ExitCode.OUTPUT_FAILED
        result = ask(call, call.name, "--force")
    assert result.exit_code in GOOD, result.stderr
    assert [path.name for path in desk.rglob(".bg-*")] == []


def test_no_input_is_written_over(call: Call, desk: Path) -> None:
    """Answers, clinic file, logo, table, map and record were all replaced once."""
    for index, name in enumerate(call.reads):
        (desk / f"soft{index}.pdf").symlink_to(desk / name)
        os.link(desk / name, desk / f"hard{index}.pdf")
    before = everything(desk)
    for index, name in enumerate(call.reads):
        for target in (name, f"./{name}", f"soft{index}.pdf", f"hard{index}.pdf"):
            for more in ((), ("--force",)):
                result = ask(call, target, *more)
                assert result.exit_code not in GOOD, (target, more)
                assert everything(desk) == before, (target, more)
                assert (desk / f"soft{index}.pdf").is_symlink()


def test_a_foreign_file_stays_unless_forced(call: Call, desk: Path) -> None:
    """Also a foreign file at the place of a list, a note, a part or a report."""
    names = written(call, desk)
    for name in names:
        for other in names:
            (desk / other).unlink()
        shutil.rmtree(desk / "made", ignore_errors=True)
        if call.is_folder:
            shutil.rmtree(desk / "out")
            (desk / "out").mkdir()
        (desk / name).write_bytes(FOREIGN)
        before = everything(desk)
        result = ask(call, call.name)
        assert result.exit_code == ExitCode.OUTPUT_FAILED, (name, result.stderr)
        assert "--force" in result.stderr
        assert Path(name).name in result.stderr
        assert everything(desk) == before, name
        result = ask(call, call.name, "--force")
        assert result.exit_code in GOOD, result.stderr
        assert (desk / name).read_bytes() != FOREIGN


def test_a_name_with_a_slash_is_a_folder(call: Call, desk: Path) -> None:
    """ "guides/" was a file without an ending, or an error, as it came."""
    result = ask(call, "new/")
    assert result.exit_code in GOOD, result.stderr
    assert [path for path in (desk / "new").iterdir() if path.is_file()]
    assert (desk / "new").stat().st_mode & 0o777 == 0o700
    (desk / "file.pdf").write_bytes(FOREIGN)
    before = everything(desk)
    for target in ("file.pdf/", "none/new/"):
        result = ask(call, target)
        assert result.exit_code == ExitCode.OUTPUT_FAILED, target
        assert everything(desk) == before


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder", "dangling"])
def test_what_is_no_file_stays(call: Call, desk: Path, kind: str) -> None:
    """A pipe must neither be waited for nor be replaced."""
    for name in written(call, desk):
        path = desk / name
        path.unlink()
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
                path.symlink_to("nowhere")
            is_target = name in (call.name, *call.arguments)
            if kind == "folder" and is_target and not call.is_folder:
                continue  # the file goes into it, see above
            before = os.lstat(path).st_mode
            result = ask(call, call.name, "--force")
            assert result.exit_code == ExitCode.OUTPUT_FAILED, (name, result.stderr)
            assert os.lstat(path).st_mode == before
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
        written_again = ask(call, call.name, "--force")
        assert written_again.exit_code in GOOD


def test_a_folder_that_is_copied_is_told(call: Call, desk: Path) -> None:
    """Print jobs and single handouts gave no warning at all."""
    place = desk / "Library" / "Mobile Documents" / "com~apple~CloudDocs"
    place.mkdir(parents=True)
    (desk / "plain").symlink_to(place)
    for target in (f"{place}/{call.name}", f"plain/{call.name}"):
        result = ask(call, target)
        assert result.exit_code in GOOD, result.stderr
        assert "iCloud" in result.stderr
        assert result.stderr.count("copied to the internet") == 1
        if call.is_kept:
            (place / call.name).unlink()


def test_an_empty_name_is_refused(call: Call, desk: Path) -> None:
    """A shell variable that holds nothing."""
    before = everything(desk)
    assert ask(call, "").exit_code == ExitCode.USAGE
    assert everything(desk) == before


# --- several features at once -------------------------------------------------------


def test_the_list_of_a_print_job_is_not_the_table_it_was_made_from(desk: Path) -> None:
    """The list beside "export.pdf" replaced "export.csv", the clinic's own table."""
    shutil.copy(desk / "rows.csv", desk / "export.csv")
    before = everything(desk)
    call = ("--from", "export.csv", "--map", "map.toml", "-o", "made", *PAGE)
    for more in ((), ("--force",)):
        result = run("batch", *call, "--merged", "export.pdf", *more)
        assert result.exit_code == ExitCode.OUTPUT_FAILED
        assert "export.csv: this is the source" in result.stderr
        assert everything(desk) == before
        assert not (desk / "made").exists()  # found before anything was made


@pytest.mark.parametrize("name", ["run.csv", "run.html", "manifest.jsonl"])
def test_a_report_is_not_what_the_batch_reads(name: str, desk: Path) -> None:
    """The output folder may hold the table, the map or the clinic file as well."""
    (desk / "out").mkdir()
    table = desk / "out" / name
    shutil.copy(desk / "rows.csv", table)
    before = everything(desk)
    for more in ((), ("--force",)):
        result = run(
            "batch", "--from", f"out/{name}", "--map", "map.toml", "-o", "out", *PAGE,
            *more,
        )  # fmt: skip
        assert result.exit_code == ExitCode.OUTPUT_FAILED, result.stderr
        assert "this is the source" in result.stderr
        assert everything(desk) == before


def test_a_report_that_was_saved_by_a_spreadsheet_is_no_hindrance(desk: Path) -> None:
    """The manifest vouches for the reports beside it."""
    (desk / "done" / "run.csv").write_bytes(b"id;status\r\n")
    result = run("batch", "two", "-o", "done", *PAGE)
    assert result.exit_code in GOOD, result.stderr
    assert (desk / "done" / "run.csv").read_bytes().startswith(b"\xef\xbb\xbfid,status")


def test_a_manifest_of_somebody_else_is_left_alone(desk: Path) -> None:
    """Another program's "manifest.jsonl" was cut to nothing and written over."""
    (desk / "out").mkdir()
    own = b'{"image": "a.png", "label": 3}\n'
    (desk / "out" / "manifest.jsonl").write_bytes(own)
    result = run("batch", "two", "-o", "out", *PAGE)
    assert result.exit_code == ExitCode.OUTPUT_FAILED
    assert "manifest.jsonl" in result.stderr
    assert (desk / "out" / "manifest.jsonl").read_bytes() == own


@pytest.mark.parametrize("left", [0, 5, 40])
def test_a_manifest_that_was_cut_off_is_gone_on_with(left: int, desk: Path) -> None:
    """The very first row may be the one that a power cut took."""
    manifest = desk / "done" / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes()[:left])
    result = run("batch", "two", "-o", "done", *PAGE)
    assert result.exit_code in GOOD, result.stderr


def test_standard_input_may_be_the_file_as_well(desk: Path) -> None:
    """ "make - -o p.json < p.json": the shell hides the name, not the file."""
    import subprocess
    import sys

    before = everything(desk)
    with (desk / "p.json").open("rb") as answers:
        done = subprocess.run(
            [sys.executable, "-m", "backguide", "make", "-", "-o", "p.json", "--force"],
            stdin=answers,
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )
    assert done.returncode == ExitCode.OUTPUT_FAILED, done.stderr
    assert b"this is the profile" in done.stderr
    assert everything(desk) == before


def test_content_of_ones_own_meets_a_print_job(desk: Path) -> None:
    before = everything(desk)
    for target in ("words/en/ui.toml", "words/en/sections/shoes.md"):
        for more in ((), ("--force",)):
            for call in (("make", "p.json", *PAGE), ("schema",), ("new",)):
                given = () if call[0] in ("schema", "new") else ("--templates", "words")
                if not given and more:
                    continue
                result = run(*call, *given, "-o", target, *more)
                assert result.exit_code == ExitCode.OUTPUT_FAILED, result.stderr
                assert everything(desk) == before


def test_the_json_of_make_stays_json_whatever_is_warned_of(desk: Path) -> None:
    (desk / "Dropbox").mkdir()
    result = run("make", "p.json", "-o", "Dropbox/", *PAGE, "--json", "--fillable")
    told = json.loads(result.stderr)
    assert any("Dropbox" in words for words in told["warnings"])

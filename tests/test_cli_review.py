"""``content review`` from the command line: what is written, and what is refused."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backguide.cli import main
from backguide.errors import ExitCode
from backguide.resources import templates_root

SHOES = "en/sections/shoes.md"


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["content", "review", *map(str, arguments)])
    assert "E_INTERNAL" not in result.stderr
    return result


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    return Path(shutil.copytree(str(templates_root()), tmp_path / "templates"))


@pytest.mark.slow
def test_print_change_print_again_and_accept(templates: Path, tmp_path: Path) -> None:
    packet, listed = tmp_path / "p.pdf", tmp_path / "p.list.json"
    own = ("--templates", templates)
    made = run("-o", packet, *own)
    assert made.exit_code == ExitCode.DONE, made.stderr
    assert packet.read_bytes().startswith(b"%PDF")
    assert SHOES in json.loads(listed.read_text())["files"]
    assert "minutes of reading" in made.stderr

    nothing = run("-o", tmp_path / "n.pdf", "--since", listed, *own)
    assert nothing.exit_code == ExitCode.DONE
    assert "Nothing is new" in nothing.stderr
    assert not (tmp_path / "n.pdf").exists()

    who = ("--by", "A. Test", "--on", "2026-12-01", "--packet", listed)
    before = {p: p.read_bytes() for p in templates.rglob("*") if p.is_file()}
    (templates / "plan.toml").write_bytes(before[templates / "plan.toml"] + b"# x\n")
    refused = run("--accept", SHOES, "plan.toml", *who, *own)
    assert refused.exit_code == ExitCode.USAGE
    assert "plan.toml: it was changed since" in refused.stderr
    assert (templates / SHOES).read_bytes() == before[templates / SHOES]

    done = run("--accept", SHOES, *who, *own)
    assert done.exit_code == ExitCode.DONE, done.stderr
    assert 'reviewed_by = "A. Test"' in (templates / SHOES).read_text("utf-8")

    text = (templates / SHOES).read_text("utf-8")
    (templates / SHOES).write_text(text.replace("shoes", "trainers", 1), "utf-8")
    again = run("-o", packet, "--templates", templates)  # an earlier output of ours
    assert again.exit_code == ExitCode.CONTENT_INVALID  # the id no longer fits
    (templates / SHOES).write_text(text + "One more line.\n", "utf-8")
    again = run("-o", tmp_path / "c.pdf", "--since", listed, *own)
    assert "c.pdf: 1 item on" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "-o FILE is missing"),
        (("--accept",), "also needs FILES, --packet, --by, --on"),
        (("-o", "p.pdf", SHOES), "FILES can be given with --accept only"),
        (("-o", "p.pdf", "--by", "A. Test"), "--by can be given with --accept only"),
        (("-o", "p.pdf", "--since", "missing.json"), "no such file"),
    ],
)
def test_what_does_not_go_together_is_refused(
    arguments: tuple[str, ...], words: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == ExitCode.USAGE
    assert words in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_list_that_is_none_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}")
    result = run("-o", tmp_path / "p.pdf", "--since", other)
    assert result.exit_code == ExitCode.USAGE
    assert "other.json: it is no list of a packet" in result.stderr


def test_files_of_somebody_else_stay(tmp_path: Path) -> None:
    """The list as well as the PDF, and before anything is made."""
    mine = tmp_path / "p.list.json"
    mine.write_text("my own list")
    result = run("-o", tmp_path / "p.pdf")
    assert result.exit_code == ExitCode.OUTPUT_FAILED
    assert "p.list.json" in result.stderr
    assert mine.read_text() == "my own list"

"""What ``docs/batch.md`` says of commands, options and its sample is true."""

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from backguide.batch.print_plan import SORT_KEYS, SPLIT
from backguide.cli import main
from batch.factory import Inline

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "batch.md").read_text("utf-8")


def test_the_sample_of_a_csv_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("backguide.batch.pool.WorkerPool", lambda *_: Inline())
    line = next(line for line in TEXT.splitlines() if line.endswith("--check"))
    result = CliRunner().invoke(main, line.split()[1:])
    assert result.exit_code == 0, result.stderr
    assert "2 in = 2 pass + 0 held + 0 fail" in result.stdout


def test_every_command_and_option_exists() -> None:
    known: dict[str, set[str]] = {}
    for name, command in main.commands.items():
        known[name] = {o for p in command.params for o in p.opts}
    for line in re.findall(r"^backguide .+$", TEXT, re.MULTILINE):
        _, name, *words = line.split()
        assert isinstance(main.commands[name], click.Command)
        assert {word for word in words if word.startswith("-")} <= known[name], line
    told = set(re.findall(r"`(--[a-z-]+)", TEXT)) - {"--measure"}
    assert told <= set().union(*known.values())


def test_the_keys_and_the_split_are_those_of_the_program() -> None:
    row = next(line for line in TEXT.splitlines() if line.startswith("| `--sort"))
    assert set(re.findall(r"`([a-z]+)`", row)) == set(SORT_KEYS)
    row = next(line for line in TEXT.splitlines() if line.startswith("| `--split"))
    assert f"; {SPLIT} if you" in row

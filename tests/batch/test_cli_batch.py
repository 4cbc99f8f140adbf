"""The commands for many profiles: options, talk, exit codes."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backguide.batch import pool, run
from backguide.cli_batch import progress_line
from backguide.errors import ExitCode
from batch.command import main
from batch.factory import Inline, Scribe, fill, inputs_of, pdfs_of, profile
from strategies import as_bytes

Run = Callable[..., Result]
DAY = ("--issued-on", "2026-11-23", "--length", "short")


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command; the workers are replaced by a scribe in this process."""

    class Pool(Scribe):
        def __init__(self, jobs: int, limit_seconds: float) -> None:
            super().__init__()

    monkeypatch.setattr(pool, "WorkerPool", Pool)
    runner = CliRunner()

    def call(*arguments: object) -> Result:
        result = runner.invoke(main, [str(a) for a in arguments])
        assert "E_INTERNAL" not in result.stderr
        return result

    return call


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return fill(tmp_path / "in", ["p1", "p2"])


def test_batch_says_what_it_did(call: Run, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = call("batch", source, "-o", out, *DAY)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    assert "2 in = 2 made" in result.stderr
    assert "run.html" in result.stderr
    fill(source, ["h"], **{"person.age_years": 99})
    result = call("batch", source, "-o", out, *DAY)
    assert result.exit_code == ExitCode.HELD_BACK
    assert "held: h from file 1 #" in result.stderr
    (source / "bad.json").write_bytes(b"{")
    result = call("batch", "--from", source, "-o", out, "--json", *DAY)
    assert result.exit_code == ExitCode.BATCH_INCOMPLETE
    assert re.search(
        r"failed: \(no id\) from file 1 #[0-9a-f]{8}: not valid JSON", result.stderr
    )
    told = json.loads(result.stdout)
    assert (told["inputs"], told["reused"], told["held"], told["failed"]) == (
        4,
        2,
        1,
        1,
    )


def test_an_empty_folder(call: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    result = call("batch", tmp_path / "in", "-o", tmp_path / "out", *DAY)
    assert result.exit_code == ExitCode.BATCH_INCOMPLETE
    assert "No profiles were found" in result.stderr


def test_the_options_reach_the_pages(call: Run, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = call(
        "batch", source, "-o", out, *DAY, "--paper", "letter", "--large-print",
        "--ink", "mono", "--approved-by", "Pat", "--jobs", "3", "--shard", "1/1",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    (row, _) = inputs_of(out / "shard-1-of-1")
    assert row.options.startswith(
        "length=short paper=Letter large_print=large ink=mono approved_by="
    )
    assert "Pat" not in row.options


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "one SOURCE"),
        (("in",), "-o FOLDER"),
        (("in", "--from", "in", "-o", "out"), "one SOURCE"),
        (("x.csv", "-o", "out"), "--map"),
        (("in", "-o", "out", "--jobs", "0"), "auto"),
        (("in", "-o", "out", "--jobs", "many"), "auto"),
        (("in", "-o", "out", "--shard", "3/2"), "i/n"),
        (("in", "-o", "out", "--shard", "0/2"), "i/n"),
        (("in", "-o", "out", "--issued-on", "tomorrow"), "YYYY-MM-DD"),
        (("in", "-o", "out", "--approved-by", "\u738b"), "U+738B"),
        (("in", "-o", "out", "--limit-seconds", "0"), "0.5"),
    ],
)
def test_usage(
    call: Run, arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch,
    source: Path, tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    result = call("batch", *arguments)
    assert result.exit_code == ExitCode.USAGE
    assert words in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nowhere", "-o", "out"), ExitCode.PROFILE_INVALID),
        (("in", "-o", "no/such"), ExitCode.OUTPUT_FAILED),
        (("in", "-o", "in"), ExitCode.OUTPUT_FAILED),
        (("in", "-o", "out", "--templates", "in"), ExitCode.CONTENT_INVALID),
        (("in", "-o", "out", "--logo", "in"), ExitCode.USAGE),
        (("e.csv", "--map", "nowhere.toml", "-o", "out"), ExitCode.USAGE),
    ],
)
def test_what_cannot_be_begun_makes_nothing(
    call: Run, arguments: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch,
    source: Path, tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    result = call("batch", *arguments)
    assert result.exit_code == code, result.stderr
    assert result.stderr
    assert not pdfs_of(tmp_path)


def test_a_csv(call: Run, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(
        '[columns]\n"No" = "profile_id"\n"Age" = "person.age_years"\n'
    )
    (tmp_path / "e.csv").write_text("No;Age\np1;40\np2;4e1\n")
    result = call(
        "batch", *DAY, "--from", tmp_path / "e.csv", "--map", tmp_path / "m.toml", "-o",
        tmp_path / "out",
    )  # fmt: skip
    assert result.exit_code == ExitCode.BATCH_INCOMPLETE
    assert 'column "Age" (person.age_years)' in result.stderr


def test_check_makes_nothing(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "WorkerPool", lambda jobs, limit: Inline())
    fill(source, ["h"], **{"red_flags.saddle_numb": "yes"})
    (source / "bad.json").write_bytes(
        as_bytes(profile("b", **{"symptoms.nrs_now": 11}))
    )
    before = sorted(tmp_path.rglob("*"))
    result = CliRunner().invoke(main, ["batch", str(source), "--check", *DAY])
    assert result.exit_code == ExitCode.BATCH_INCOMPLETE, result.stderr
    assert re.search(
        r"Held back: h \(file 2 #[0-9a-f]{8}\): pressure on nerves", result.stdout
    )
    assert re.search(r"Would fail: b \(file 1 #[0-9a-f]{8}\): Pain now", result.stdout)
    assert "4 in = 2 pass + 1 held + 1 fail" in result.stdout
    assert "Languages: en" in result.stdout
    assert sorted(tmp_path.rglob("*")) == before
    as_json = CliRunner().invoke(
        main, ["batch", str(source), "--check", "--json", *DAY]
    )
    told = json.loads(as_json.stdout)
    assert (told["inputs"], told["pass"]) == (4, 2)
    assert told["fail"][0]["reason"] == "E_RANGE"
    assert told["sheets"] * 2 >= told["pages"] >= 2


def test_reprint_who_got_and_purge(
    call: Run, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    fill(source, ["h"], **{"person.age_years": 99})
    call("batch", source, "-o", out, *DAY)
    monkeypatch.chdir(tmp_path)
    row = next(row for row in inputs_of(out) if row.id == "p1")
    made = (out / row.file).read_bytes()
    assert call("reprint", row.guide_code, "--in", out).exit_code == 0
    assert (tmp_path / Path(row.file).name).read_bytes() == made
    assert call("reprint", "p1", "--in", out, "-o", "-").stdout_bytes == made
    assert call("reprint", "p1", "--in", out, "-o", "x.pdf").exit_code == 0
    assert (tmp_path / "x.pdf").read_bytes() == made
    assert call("reprint", "h", "--in", out, "-o", "y.pdf").exit_code == 5
    assert call("reprint", "p9", "--in", out).exit_code == ExitCode.OUTPUT_FAILED

    told = call("who-got", "running-plan", out)
    assert told.exit_code == 0
    assert f"p1 {row.guide_code} running-plan@22222222 issued 2026-11-23" in told.stdout
    assert "3 pages of 3 people" in told.stderr
    assert len(json.loads(call("who-got", "running-plan", out, "--json").stdout)) == 3
    assert call("who-got", "running-plan").exit_code == ExitCode.OUTPUT_FAILED

    assert call("purge", out).exit_code == ExitCode.USAGE
    assert call("purge", out, "--keep-days", "1").exit_code == 0
    assert len(pdfs_of(out)) == 3


def test_a_batch_in_the_way(call: Run, source: Path, tmp_path: Path) -> None:
    from backguide.batch.lock import lock_folder

    out = tmp_path / "out"
    out.mkdir()
    with lock_folder(out):
        result = call("batch", source, "-o", out, *DAY)
    assert result.exit_code == ExitCode.OUTPUT_FAILED
    assert "another batch" in result.stderr


@pytest.mark.parametrize("command", ["batch", "reprint", "who-got", "purge"])
def test_help_ends_with_an_example(call: Run, command: str) -> None:
    result = call(command, "--help")
    assert result.exit_code == 0
    assert "Example: backguide" in result.stdout


def test_progress_tells_rate_and_time_left() -> None:
    def line(done: int, total: int, attention: int, kept: int, seconds: float) -> str:
        return progress_line(run.Progress(done, total, attention, kept, seconds))

    assert line(137, 4000, 2, 37, 10.0) == (
        "137 of 4,000 done, 2 need attention, 10.0 a second, about 6 min left"
    )
    assert line(2, 4000, 0, 0, 0.1) == "2 of 4,000 done"
    assert line(100, 100, 0, 0, 10.0).endswith("about 1 s left")
    assert line(1000, 1_000_000, 0, 0, 100.0).endswith("about 27.8 h left")

"""The command for runs: what it prints, and that nothing is written without a yes."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backguide import cli_runs
from backguide.cli import main
from backguide.errors import ExitCode
from backguide.runs import files
from runs.watch import fit, gpx, gpx_point, gpx_track, record, session

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 11, 29)
OPEN = """{
  "READ FIRST 1?": "Write each answer in place of null.",

  "running": {
    "weekly_distance_km?": "How far do you run in a usual week?",
    "weekly_distance_km": null,
    "runs_per_week": 2,   "recent_change_pct": null
  },
  "person": { "first_name": "Zaphod" }
}
"""


@pytest.fixture(autouse=True)
def _a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_runs, "_today", lambda: TODAY)


def run(*arguments: object, answer: str = "") -> Result:
    result = CliRunner().invoke(main, ["runs", *map(str, arguments)], input=answer)
    assert "E_INTERNAL" not in result.stderr
    return result


@pytest.fixture
def watch(tmp_path: Path) -> Path:
    """Return a folder with three runs a week over eight weeks."""
    folder = tmp_path / "watch"
    folder.mkdir()
    for back in range(0, 56):
        if back % 7 in (0, 2, 4):
            day = TODAY - timedelta(days=back)
            start = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            km = 12 if back == 2 else 6
            content = fit(
                record(60, start=start, cadence=84),
                session(start, km=km, timer_s=km * 360),
            )
            (folder / f"{back}.fit").write_bytes(content)
    return folder


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "my-answers.json"
    path.write_text(OPEN, "utf-8")
    return path


def test_the_table_and_its_bars(watch: Path) -> None:
    result = run(watch, "--zone", "Europe/London")
    assert result.exit_code == ExitCode.DONE
    assert "24 runs" in result.stdout
    assert "23 Nov - 29 Nov        3   24.0    12.0* ####" in result.stdout
    assert "Distance per week: 19.5 km a week" in result.stdout
    assert "from: mean of 28 days to 29 Nov 2026, 12 runs (12 FIT)" in result.stdout
    assert "Usual pace: 6 minutes per km (6:00)" in result.stdout
    assert "Steps a minute: 168" in result.stdout
    assert "without a local day" in result.stderr
    assert all(len(line) <= 88 for line in result.stdout.splitlines())


def test_json_holds_the_same_and_no_name_of_a_file(watch: Path) -> None:
    result = run(watch, "--json")
    record = json.loads(result.stdout)
    assert record["runs"] == 24
    assert record["weeks"][-1]["km"] == 24
    found = {item["field"]: item["value"] for item in record["proposals"]}
    assert found["running.weekly_distance_km"] == 19.5
    assert ".fit" not in result.stdout


@pytest.mark.parametrize("answer", ["", "n\n", "\n", "maybe\n", "n\nn\n"])
def test_nothing_is_written_without_a_yes(
    answer: str, watch: Path, answers: Path
) -> None:
    result = run(watch, "--into", answers, answer=answer)
    assert result.exit_code == ExitCode.DONE
    assert answers.read_text("utf-8") == OPEN
    assert "nothing was written" in result.stderr


def test_a_yes_fills_open_answers_and_no_byte_besides(
    watch: Path, answers: Path
) -> None:
    result = run(watch, "--into", answers, "--yes")
    assert result.exit_code == ExitCode.DONE
    text = answers.read_text("utf-8")
    assert json.loads(text)["running"] == {
        "weekly_distance_km?": "How far do you run in a usual week?",
        "weekly_distance_km": 19.5,
        "runs_per_week": 2,
        "recent_change_pct": 33,
        "weeks_since_last_run": 0,
        "longest_run_30d_km": 12.0,
        "typical_pace_min_per_km": 6.0,
        "cadence_spm": 168,
    }
    assert "Runs per week: your own answer stays" in result.stderr
    kept = [line for line in OPEN.splitlines() if "null" not in line]
    assert [line for line in text.splitlines() if line in kept] == kept
    assert '"runs_per_week": 2,   "recent_change_pct": 33' in text
    again = run(watch, "--into", answers, "--yes")
    assert "nothing was written" in again.stderr
    assert answers.read_text("utf-8") == text


def test_answers_that_differ_are_asked_one_by_one(watch: Path, answers: Path) -> None:
    result = run(watch, "--into", answers, answer="n\ny\n")
    assert "in your answers: 2" in result.stdout
    assert "Runs per week: write 3 over 2?" in result.stderr
    running = json.loads(answers.read_text("utf-8"))["running"]
    assert running["runs_per_week"] == 3
    assert running["weekly_distance_km"] is None


def test_replace_writes_over_answers_that_differ(watch: Path, answers: Path) -> None:
    run(watch, "--into", answers, "--yes", "--replace")
    running = json.loads(answers.read_text("utf-8"))["running"]
    assert running["runs_per_week"] == 3


def test_a_blank_profile_takes_them_and_checks(watch: Path, tmp_path: Path) -> None:
    blank = tmp_path / "blank.json"
    CliRunner().invoke(main, ["new", "-o", str(blank)])
    before = json.loads(blank.read_bytes())
    assert run(watch, "--into", blank, "--yes").exit_code == ExitCode.DONE
    after = json.loads(blank.read_bytes())
    assert after["red_flags"] == before["red_flags"]
    assert after["running"]["cadence_spm"] == 168
    assert list(after["running"]) == list(before["running"])


def test_answers_that_change_meanwhile_stay(
    watch: Path, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed_meanwhile(_: str) -> bool:
        answers.write_text("{}", "utf-8")
        return True

    monkeypatch.setattr(cli_runs, "confirmed", typed_meanwhile)
    result = run(watch, "--into", answers)
    assert result.exit_code == ExitCode.OUTPUT_FAILED
    assert "changed meanwhile" in result.stderr
    assert answers.read_text("utf-8") == "{}"


def test_answers_behind_a_link_stay(watch: Path, answers: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(answers)
    result = run(watch, "--into", link, "--yes")
    assert result.exit_code == ExitCode.OUTPUT_FAILED
    assert answers.read_text("utf-8") == OPEN


@pytest.mark.parametrize(
    "content", ["", "[]", '{"running": 3}', '{"a": NaN}', '{"running": [1]}', "\ufffe"]
)
def test_answers_that_are_none(content: str, watch: Path, answers: Path) -> None:
    answers.write_text(content, "utf-8")
    result = run(watch, "--into", answers, "--yes")
    assert result.exit_code == ExitCode.PROFILE_INVALID
    assert answers.read_text("utf-8") == content


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{}", {"cadence_spm": 168}),
        ('{"running": null}', {"cadence_spm": 168}),
        ('{"running": {}}', {"cadence_spm": 168}),
        ('\ufeff{"running": {"cadence_spm": null}}', {"cadence_spm": 168}),
        (
            '{"a": "}{\\"running\\": {", "running": {"hills": "flat"}}',
            {"hills": "flat"},
        ),
    ],
)
def test_answers_in_any_shape(
    content: str, expected: dict[str, object], watch: Path, answers: Path
) -> None:
    answers.write_text(content, "utf-8")
    assert run(watch, "--into", answers, "--yes").exit_code == ExitCode.DONE
    after = json.loads(answers.read_text("utf-8-sig"))
    assert expected.items() <= after["running"].items()
    assert after["running"]["longest_run_30d_km"] == 12
    assert answers.read_bytes()[:3] == content.encode()[:3] or content.startswith("{")


def test_bad_files_are_told_all_at_once(watch: Path, tmp_path: Path) -> None:
    for name in ("a.fit", "b.gpx"):
        (tmp_path / name).write_bytes(b"<no/>" if name == "b.gpx" else b"")
    result = run(watch, tmp_path / "a.fit", tmp_path / "b.gpx", tmp_path / "c.fit")
    assert result.exit_code == ExitCode.PROFILE_INVALID
    for words in ("3 problems", "a.fit: it is empty", "b.gpx: XML", "c.fit: no such"):
        assert words in result.stderr
    assert not result.stdout


def test_files_without_a_run(tmp_path: Path) -> None:
    path = tmp_path / "route.gpx"
    points = [gpx_point(60 * n, n / 6) for n in range(9)]
    path.write_bytes(gpx(gpx_track(points, kind="")))
    result = run(path)
    assert result.exit_code == ExitCode.PROFILE_INVALID
    assert "no run in them" in result.stderr
    assert "--unknown-sport run" in result.stderr
    assert run(path, "--unknown-sport", "run").exit_code == ExitCode.DONE


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--yes",), "need --into"),
        (("--zone", "Mars/Olympus"), "no such zone"),
        (("--zone", "../../etc/passwd"), "no such zone"),
        (("--until", "soon"), "YYYY-MM-DD"),
    ],
)
def test_wrong_calls(arguments: tuple[str, ...], told: str, watch: Path) -> None:
    result = run(watch, *arguments)
    assert result.exit_code == ExitCode.USAGE
    assert told in result.stderr


def test_without_the_libraries(watch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "find_spec", lambda _: None)
    result = run(watch)
    assert result.exit_code == ExitCode.USAGE
    assert "backguide[runs]" in result.stderr


def test_a_bar_on_a_terminal_only(watch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_runs, "_SECONDS", 0.0)
    monkeypatch.setattr(cli_runs, "_LEAST_BYTES", 0)
    assert "Reading" not in run(watch).stderr
    monkeypatch.setattr(cli_runs, "is_terminal", lambda: True)
    said = run(watch).stderr
    assert "\rReading [####" in said
    assert "100%" in said


HEAVY = ("fitdecode", "gpxpy", "backguide.runs", "backguide.unpacking", "csv")


@pytest.mark.parametrize("command", ["--help", "check", "make"])
def test_a_profile_needs_nothing_of_it(command: str, tmp_path: Path) -> None:
    desk = str(ROOT / "profiles" / "desk-worker.json")
    arguments = {"make": ["make", desk, "-o", "x.pdf"], "check": ["check", desk]}
    code = (
        "import sys; from backguide.cli import main\n"
        f"try: main({arguments.get(command, [command])!r})\n"
        "except SystemExit: pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.stdout.strip().endswith("[]"), done.stdout

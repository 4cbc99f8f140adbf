"""The commands, their exit codes and their talk."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backguide.cli import main
from backguide.errors import ExitCode

ROOT = Path(__file__).parents[1]
PROFILES = sorted((ROOT / "profiles").glob("*.json"))
DESK = ROOT / "profiles" / "desk-worker.json"
HELD = {
    "saddle-numbness": "EMERGENCY",
    "foot-drop": "URGENT",
    "unanswered-question": "UNANSWERED",
}
Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    runner = CliRunner()

    def call(*arguments: object, **options: object) -> Result:
        return runner.invoke(main, [str(a) for a in arguments], **options)

    return call


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.stem)
def test_make_prints_every_persona(run: Run, profile: Path, tmp_path: Path) -> None:
    target = tmp_path / "guide.pdf"
    result = run("make", profile, "-o", target, "--issued-on", "2026-11-23")
    expected = ExitCode.HELD_BACK if profile.stem in HELD else ExitCode.DONE
    assert result.exit_code == expected, result.stderr
    assert target.read_bytes().startswith(b"%PDF-1.7")
    assert result.stdout == ""
    if profile.stem in HELD:
        assert "Held back" in result.stderr


def test_make_names_the_file_by_id_date_and_code(run: Run, tmp_path: Path) -> None:
    result = run("make", DESK, "-o", tmp_path, "--issued-on", "2026-11-23")
    assert result.exit_code == 0
    (made,) = tmp_path.iterdir()
    assert made.name.startswith("bg-desk-worker-20261123-")
    assert made.suffix == ".pdf"
    assert len(made.name) <= 80


def test_the_same_input_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "1.pdf", tmp_path / "2.pdf"
    run("make", DESK, "-o", first, "--issued-on", "2026-11-23")
    run("make", DESK, "-o", second, "--issued-on", "2026-11-23")
    assert first.read_bytes() == second.read_bytes()
    third = tmp_path / "3.pdf"
    run("make", DESK, "-o", third, "--issued-on", "2026-11-24")
    assert first.read_bytes() != third.read_bytes()


def test_make_reads_standard_input_and_writes_standard_output(run: Run) -> None:
    result = run(
        "make", "-", "-o", "-", "--issued-on", "2026-11-23", input=DESK.read_bytes()
    )
    assert result.exit_code == 0
    assert result.stdout_bytes.startswith(b"%PDF-1.7")


def test_make_as_json(run: Run, tmp_path: Path) -> None:
    result = run("make", DESK, "-o", tmp_path / "x.pdf", "--json")
    record = json.loads(result.stderr)
    assert record["level"] == "ROUTINE"
    assert "main-message" in record["sections"]
    assert record["pages"] >= 1


def test_approval_takes_the_draft_mark_off(run: Run, tmp_path: Path) -> None:
    from pypdf import PdfReader

    texts = []
    for number, more in enumerate(([], ["--approved-by", "Physio A"])):
        target = tmp_path / f"{number}.pdf"
        profile = ROOT / "tests" / "data" / "personas" / "forward-bone.json"
        run("make", profile, "-o", target, "--issued-on", "2026-11-23", *more)
        texts.append([page.extract_text() for page in PdfReader(target).pages])
    assert all("Draft" in page for page in texts[0])
    assert not any("Draft" in page for page in texts[1])
    assert all("Checked by Physio A" in page for page in texts[1])


def test_an_approver_that_cannot_be_printed_is_refused(
    run: Run, tmp_path: Path
) -> None:
    target = tmp_path / "x.pdf"
    result = run("make", DESK, "-o", target, "--approved-by", "\u738b")
    assert result.exit_code == ExitCode.USAGE
    assert "U+738B" in result.stderr
    assert not target.exists()


def test_check_tells_every_finding_and_makes_nothing(run: Run, tmp_path: Path) -> None:
    data = json.loads(DESK.read_text("utf-8"))
    data["person"]["age_years"] = "old"
    data["symptoms"]["nrs_now"] = 11
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(data), "utf-8")
    result = run("check", DESK, bad)
    assert result.exit_code == ExitCode.PROFILE_INVALID
    assert "desk-worker.json: valid" in result.stderr
    assert "person.age_years" in result.stderr
    assert "symptoms.nrs_now" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bad.json"]
    as_json = json.loads(run("check", "--json", DESK, bad).stdout)
    assert [item["valid"] for item in as_json] == [True, False]
    assert {p["code"] for p in as_json[1]["problems"]} == {"E_TYPE", "E_RANGE"}


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.stem)
def test_explain_names_every_section_flag_and_exercise(run: Run, profile: Path) -> None:
    result = run("explain", "--json", profile)
    told = json.loads(result.stdout)
    names = {path.stem for path in (ROOT / "templates/en/sections").glob("*.md")}
    assert {item["id"] for item in told["sections"]} == names
    assert all(item["reason"] for item in told["sections"]), [
        item["id"] for item in told["sections"] if not item["reason"]
    ]
    assert len(told["flags"]) == 30
    assert len(told["exercises"]) == 20
    text = run("explain", profile).stdout
    assert all(f" {name} [" in text for name in names)


def test_facts_and_schema(run: Run) -> None:
    rows = json.loads(run("facts", "--json").stdout)
    paths = {row["fact"] for row in rows}
    assert {"symptoms.nrs_now", "derived.bmi", "triage.flags"} <= paths
    assert "symptoms.nrs_now: number 0 to 10" in run("facts").stdout
    assert json.loads(run("schema").stdout)["$schema"].endswith("2020-12/schema")


def test_content_check_of_the_built_in_content(run: Run) -> None:
    result = run("content", "check")
    assert result.exit_code == 0, result.stdout
    assert "no errors" in result.stdout


def test_content_faults_have_their_own_exit_code(run: Run, tmp_path: Path) -> None:
    result = run("make", DESK, "--templates", tmp_path, "-o", tmp_path / "x.pdf")
    assert result.exit_code == ExitCode.CONTENT_INVALID
    assert "templates/" in result.stderr
    assert not (tmp_path / "x.pdf").exists()


@pytest.mark.parametrize(
    "command",
    ["make", "check", "explain", "facts", "schema", "content", "content check"],
)
def test_every_command_has_help_with_an_example(run: Run, command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert "Example: backguide" in result.stdout


def test_no_command_shows_the_help_and_a_wrong_one_the_usage(run: Run) -> None:
    for call in ((), ("content",)):
        told = run(*call).stderr
        assert told.startswith("Usage:")
        assert "Commands:" in told
        assert "Error" not in told
    told = run("make", "--nosuch").stderr
    assert told.count("Usage:") == 1
    assert "Error: No such option" in told


def test_the_first_help_shows_three_journeys(run: Run) -> None:
    text = run("--help").stdout
    for words in ("at the counter", "a folder of them", "at home"):
        assert words in text


def test_a_bug_is_told_without_any_answer(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("Zaphod")

    monkeypatch.setattr("backguide.making.make_handout", broken)
    result = run("explain", DESK)
    assert result.exit_code == ExitCode.BUG
    assert "E_INTERNAL KeyError" in result.stderr
    assert "Zaphod" not in result.stderr


def test_help_and_check_do_not_load_the_layout() -> None:
    code = (
        "import sys; from backguide.cli import main\n"
        "try: main({arguments!r})\n"
        "except SystemExit: pass\n"
        "print([m for m in {never!r} if m in sys.modules])"
    )
    drawing = ("reportlab", "PIL")
    content = ("backguide.guidance.library", "backguide.packet.items")
    for arguments, never in (
        (["--help"], drawing + content),
        (["check", str(DESK)], drawing),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code.format(arguments=arguments, never=never)],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": str(ROOT / "src")},
        )
        assert done.stdout.strip().endswith("[]")

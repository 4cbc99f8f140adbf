"""The commands: form out, responses in, record out; and nothing for other profiles."""

import base64
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backguide.batch import pool
from backguide.batch.inputs import plan_batch
from backguide.cli import main
from backguide.errors import ExitCode
from batch.factory import Inline
from fhir_responses import item_of, response
from interview_people import person

TODAY = date.today()  # noqa: DTZ011
PAGE = ("--length", "short")
SIGN = "red_flags.saddle_numb"
ROOT = Path(__file__).parents[2]


def calm() -> dict[str, Any]:
    answers = next(
        a
        for a in map(person, range(200))
        if "confirmed" not in a
        and a["symptoms.has_back_pain"] == "current"
        and not a.get("running.goal_race_date")
        and all(a[p] in ("no", None) for p in a if p.startswith("red_flags."))
    )
    for path in answers:
        if path.startswith("red_flags."):
            answers[path] = "no"
    return answers


CALM = calm()


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    assert "E_INTERNAL" not in result.stderr, result.stderr
    return result


def write(path: Path, *resources: dict[str, Any]) -> Path:
    if path.suffix == ".ndjson":
        text = "".join(f"{json.dumps(r)}\n" for r in resources)
    elif len(resources) == 1:
        text = json.dumps(resources[0])
    else:
        entries = [{"resource": r} for r in resources]
        text = json.dumps(
            {"resourceType": "Bundle", "type": "collection", "entry": entries}
        )
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pool, "WorkerPool", lambda *_: Inline())
    return tmp_path


def test_the_form_is_written_and_replaced(here: Path) -> None:
    for _ in range(2):
        result = run("fhir", "questionnaire", "-o", "q.json")
        assert result.exit_code == ExitCode.DONE, result.stderr
    assert json.loads((here / "q.json").read_bytes())["resourceType"] == "Questionnaire"
    result = run("fhir", "questionnaire", "--release", "R5", "-o", "-")
    assert '"coding"' in result.stdout


def test_a_response_becomes_a_guide_and_a_record(here: Path) -> None:
    resource = response(CALM, day=TODAY) | {"subject": {"reference": "Patient/4"}}
    write(here / "miller.json", resource)
    result = run("make", "miller.json", "-o", "g.pdf", *PAGE, "--fhir-out", "d.json")
    assert result.exit_code == ExitCode.DONE, result.stderr
    record = json.loads((here / "d.json").read_bytes())
    first, second = (part["attachment"] for part in record["content"])
    assert base64.b64decode(first["data"]) == (here / "g.pdf").read_bytes()
    assert record["identifier"][0]["value"] in base64.b64decode(second["data"]).decode()
    assert record["subject"] == {"reference": "Patient/4"}


def test_the_name_of_a_guide_comes_from_no_name(here: Path) -> None:
    resource = response(CALM, day=TODAY, id_="Miller-Jane")
    write(here / "miller.json", resource)
    assert run("make", "miller.json", *PAGE).exit_code == ExitCode.DONE
    (pdf,) = here.glob("*.pdf")
    assert pdf.name.startswith("bg-qr-")
    assert "iller" not in pdf.name


def test_check_tells_each_response(here: Path) -> None:
    wrong = response(CALM, day=TODAY, id_="b")
    item_of(wrong, SIGN)["answer"] = [{"valueBoolean": False}]
    write(here / "two.json", response(CALM, day=TODAY), wrong)
    result = run("check", "two.json")
    assert result.exit_code == ExitCode.PROFILE_INVALID
    assert "two.json entry 1: valid" in result.stderr
    assert f"topic.nerves/{SIGN}" in result.stderr
    result = run("make", "two.json", *PAGE)
    assert result.exit_code == ExitCode.PROFILE_INVALID
    assert "backguide batch" in result.stderr


@pytest.mark.parametrize("ending", [".ndjson", ".json"])
def test_a_batch_holds_red_flag_people_and_keeps_the_rest(
    ending: str, here: Path
) -> None:
    urgent = response({"locale": "en-GB", SIGN: "yes"}, day=TODAY, id_="b")
    again = response({"locale": "en-GB", SIGN: "yes"}, day=TODAY, id_="c")
    wrong = response(CALM, day=TODAY, id_="d")
    item_of(wrong, SIGN)["answer"] = [{"valueString": "no"}]
    patient = {"resourceType": "Patient", "id": "4"}
    source = write(
        here / f"all{ending}", response(CALM, day=TODAY), urgent, again, wrong, patient
    )
    result = run("batch", str(source), "-o", "out", *PAGE)
    assert result.exit_code == ExitCode.BATCH_INCOMPLETE, result.stderr
    assert len(list((here / "out").glob("bg-qr-*.pdf"))) == 1
    assert len(list((here / "out" / "held").glob("*.pdf"))) == 2
    assert "resources of type Patient: 1" in result.stderr
    told = (here / "out" / "needs-attention.txt").read_text("utf-8")
    assert f"topic.nerves/{SIGN}" in told


def test_a_folder_may_mix_profiles_and_responses(here: Path) -> None:
    (here / "in").mkdir()
    write(here / "in" / "a.json", response(CALM, day=TODAY))
    write(
        here / "in" / "c.json",
        response(CALM, day=TODAY, id_="x"),
        {"resourceType": "Patient"},
    )
    sample = (ROOT / "profiles" / "desk-worker.json").read_bytes()
    (here / "in" / "b.json").write_bytes(sample)
    result = run("batch", "in", "-o", "out", *PAGE)
    assert result.exit_code == ExitCode.DONE, result.stderr
    assert len(list((here / "out").glob("bg-*.pdf"))) == 3


def test_two_versions_of_one_response_are_told(here: Path) -> None:
    source = write(
        here / "x.ndjson", response(CALM, day=TODAY), response(CALM, day=TODAY)
    )
    result = run("batch", str(source), "-o", "out", *PAGE, "--check")
    assert "the same id is also in" in result.stdout + result.stderr


LEAN = """
import sys
from click.testing import CliRunner
from backguide.cli import main
result = CliRunner().invoke(main, sys.argv[1:])
assert result.exit_code == 0, result.stderr
print([m for m in sys.modules if m.split(".")[0] in ("fhir", "fhir_core", "pydantic")
       or m.startswith("backguide.fhir")])
"""


def test_a_profile_needs_nothing_of_this(tmp_path: Path) -> None:
    out = str(tmp_path / "g.pdf")
    profile = str(ROOT / "profiles" / "desk-worker.json")
    done = subprocess.run(
        [sys.executable, "-c", LEAN, "make", profile, "-o", out],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_large_file_comes_whole_from_standard_input(here: Path) -> None:
    one = response(CALM, day=TODAY)
    count = 300_000 // len(json.dumps(one)) + 2
    path = write(here / "a.ndjson", *({**one, "id": f"r{n}"} for n in range(count)))
    told = CliRunner().invoke(main, ["check", "-", "--json"], input=path.read_bytes())
    assert [r["valid"] for r in json.loads(told.stdout)] == [True] * count


def test_a_profile_line_that_speaks_of_resources_is_judged(here: Path) -> None:
    """It is refused as a profile with a wrong field, and not passed over."""
    line = json.dumps({"person": {"resourceType": "Patient"}})
    Path("p.jsonl").write_text(f"{line}\n", "utf-8")
    (entry,) = plan_batch(Path("p.jsonl")).entries
    assert "E_MISSING" in {problem.code for problem in entry.problems}

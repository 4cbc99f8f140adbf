"""The public Python interface: what ``docs/api.md`` tells, run and held to its word."""

import contextlib
import dataclasses
import inspect
import io
import json
import re
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import backguide
from backguide.errors import BackguideError, ExitCode

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")
DESK = ROOT / "profiles" / "desk-worker.json"
DAY = date(2026, 11, 23)


def test_the_page_runs_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```(python|text)\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    said = ""
    for kind, text in blocks:
        if kind == "text":
            assert said == text
            continue
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(text, "docs/api.md", "exec"), names)
        said = out.getvalue()
    assert [kind for kind, _ in blocks].count("text") == 2


def test_the_page_tells_every_public_name() -> None:
    for name in backguide.__all__:
        assert hasattr(backguide, name)
        assert f"`{name}" in PAGE or f" `{name}`" in PAGE, name
    fields = [field.name for field in dataclasses.fields(backguide.Guide)]
    (row,) = (line for line in PAGE.splitlines() if line.startswith("| `Guide`"))
    assert re.findall(r"`(\w+)`", row)[1:] == fields
    for function in (backguide.make_handout, backguide.check_profile):
        (told,) = re.findall(rf"`{function.__name__}\(([^)]*)\)`", PAGE)
        names = told.replace("*, ", "").split(", ")
        assert names == list(inspect.signature(function).parameters)


def test_every_error_is_public_and_in_the_table() -> None:
    for name in backguide.__all__:
        public = getattr(backguide, name)
        if inspect.isclass(public) and issubclass(public, BackguideError):
            row = re.search(rf"^\| `{name}` .*\| (yes|no) \|$", PAGE, re.MULTILINE)
            if public is BackguideError:
                assert row is None
                continue
            assert row is not None, name
            has_problems = issubclass(public, backguide.ProfileError.__mro__[1])
            assert (row[1] == "yes") == has_problems, name


def test_all_ways_to_give_answers_give_the_same_bytes() -> None:
    data = json.loads(DESK.read_text("utf-8"))
    with_date = {**data, "created_date": date.fromisoformat(data["created_date"])}
    guides = {
        backguide.make_handout(answers, issued_on=DAY, length="short").pdf
        for answers in (
            DESK, DESK.read_bytes(), data, with_date, MappingProxyType(data),
            OrderedDict(reversed(data.items())),
        )
    }  # fmt: skip
    assert len(guides) == 1


def test_the_guide_says_what_the_command_says(tmp_path: Path) -> None:
    guide = backguide.make_handout(DESK, issued_on=DAY)
    target = tmp_path / "guide.pdf"
    done = subprocess.run(
        [sys.executable, "-m", "backguide", "make", str(DESK), "-o", str(target),
         "--issued-on", DAY.isoformat(), "--clinic", "none", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert target.read_bytes() == guide.pdf
    told = json.loads(done.stderr.splitlines()[-1])
    for key, value in (
        ("level", guide.level), ("flags", list(guide.flags)), ("code", guide.code),
        ("pages", guide.pages), ("sections", list(guide.sections)),
        ("dropped", list(guide.dropped)), ("sample", guide.is_sample),
    ):  # fmt: skip
        assert told[key] == value, key


def test_a_safety_page_is_told(make_profile: Callable[..., Any]) -> None:
    data = json.loads(DESK.read_text("utf-8"))
    data["red_flags"]["bladder_change"] = "yes"
    guide = backguide.make_handout(data, issued_on=DAY)
    assert (guide.level, guide.is_held_back) == ("EMERGENCY", True)
    assert "RF01" in guide.flags
    data["red_flags"]["bladder_change"] = None
    assert backguide.check_profile(data, on=DAY) == ("red_flags.bladder_change",)
    open_ = backguide.make_handout(data, issued_on=DAY)
    assert (open_.level, open_.unanswered) == (
        "UNANSWERED",
        ("red_flags.bladder_change",),
    )


@pytest.mark.parametrize(
    "answers",
    [
        {}, {1: 2}, {"person": object()}, {"person": {1, 2}}, b"", b"[]", b"\xff",
        {"person": float("nan")}, {"person": "\ud800"}, {"schema_version": "9"},
    ],
)  # fmt: skip
def test_wrong_answers_are_one_kind_of_error(answers: Any) -> None:
    for call in (
        lambda: backguide.make_handout(answers, issued_on=DAY),
        lambda: backguide.check_profile(answers, on=DAY),
    ):
        with pytest.raises(backguide.ProfileError) as caught:
            call()
        assert caught.value.problems
        assert caught.value.exit_code == ExitCode.PROFILE_INVALID


def test_answers_that_hold_themselves_are_refused() -> None:
    answers: dict[str, Any] = {}
    answers["person"] = answers
    with pytest.raises(backguide.ProfileError):
        backguide.make_handout(answers, issued_on=DAY)


def test_a_file_that_is_not_there_is_an_error_of_ours() -> None:
    with pytest.raises(backguide.ProfileError):
        backguide.make_handout(Path("nowhere.json"), issued_on=DAY)
    with pytest.raises(backguide.ClinicError):
        backguide.make_handout(DESK, issued_on=DAY, clinic=Path("nowhere.toml"))
    with pytest.raises(backguide.LogoError):
        backguide.make_handout(DESK, issued_on=DAY, logo=Path("nowhere.png"))
    with pytest.raises(backguide.ContentError):
        backguide.load_content(Path("nowhere"))


def test_all_wrong_arguments_are_told_at_once() -> None:
    with pytest.raises(backguide.OptionError) as caught:
        backguide.make_handout(
            DESK, issued_on=DAY, length="long", paper="A3", large_print="yes",
            ink="red", approved_by="x" * 61,
        )  # fmt: skip
    told = [problem.where for problem in caught.value.problems]
    assert told == ["length", "paper", "large_print", "ink", "approved_by"]
    assert isinstance(caught.value, ValueError)


def test_every_choice_of_an_option_is_taken() -> None:
    from backguide.api import CHOICES

    for name, choices in CHOICES.items():
        for choice in choices:
            options = {"length": "short", name: choice}
            assert backguide.make_handout(DESK, issued_on=DAY, **options).pages


def test_a_folder_of_ones_own_is_taken() -> None:
    content = backguide.load_content(ROOT / "templates")
    own = backguide.make_handout(DESK, issued_on=DAY, length="short", content=content)
    assert own.pdf == backguide.make_handout(DESK, issued_on=DAY, length="short").pdf
    assert backguide.load_content() is backguide.load_content()


def test_names_are_loaded_only_when_used() -> None:
    code = (
        "import backguide, sys; backguide.ProfileError; "
        "print('backguide.making' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False"

"""The interview at a real terminal: a pseudo-terminal, typed line by line."""

import json
import os
import signal
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pypdf import PdfReader

from backguide.cli import main
from backguide.errors import ExitCode
from backguide.guidance.library import Library
from backguide.interview.answering import choices_of, none_choice, unsure, yes
from backguide.interview.engine import Interview, Step
from backguide.interview.questions import is_line, topic_of
from backguide.profile.facts import known_facts
from backguide.profile.load import load_profile
from interview_people import person

pexpect = pytest.importorskip("pexpect", reason="there is no pty on Windows")
PROMPT = r"\n(yes or no )?> "
CALM = 7
"""The seed of somebody who gets a guide."""


def run(*arguments: object, **more: Any) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], **more)


class Terminal:
    """A terminal of 80 columns with ``backguide ask`` in it."""

    def __init__(self, folder: Path, *arguments: object) -> None:
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "backguide", "ask", *map(str, arguments)],
            cwd=str(folder),
            encoding="utf-8",
            timeout=120,
            dimensions=(24, 80),
            # Whoever runs the tests in the background has its Ctrl-C switched off.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            env={**os.environ, "TERM": "dumb", "NO_COLOR": "1"},
        )
        self.shown = ""

    def wait(self) -> str:
        """Return what is shown up to the next place to type."""
        self.child.expect(PROMPT)
        shown = str(self.child.before)
        self.shown += shown
        return shown.replace("\r\n", "\n")

    def type(self, text: str) -> None:
        self.child.sendline(text)

    def end(self) -> tuple[int, str]:
        """Return the exit code and the last words."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        self.shown += str(self.child.before)
        return self.child.exitstatus, str(self.child.before).replace("\r\n", "\n")


def calm(seed: int = CALM) -> dict[str, Any]:
    """Return answers that can all be typed."""
    answers = person(seed, calm=1.0)
    for path, value in answers.items():
        fact = known_facts().get(path)
        if fact and value == [] and none_choice(fact):
            answers[path] = [none_choice(fact)]
        if fact and value is None and is_line(fact) and topic_of()[path].is_list:
            is_told = "told_by_clinician" in fact.choices
            answers[path] = "no" if is_told else unsure(fact)
    return answers


def typed(path: str, value: Any) -> str:
    """Return an answer as somebody types it."""
    fact = known_facts()[path]
    if value is None:
        return "-"
    if fact.kind == "list":
        return "; ".join(f"{a['activity']} {a['score_0_10']}" for a in value)
    if isinstance(value, list):
        numbers = [str(list(choices_of(fact)).index(item) + 1) for item in value]
        return " ".join(numbers) or "0"
    if choices := choices_of(fact):
        return choices[value]
    unit = {"km": " km", "km a week": " km", "cm": "cm", "kg": " kg"}.get(fact.unit, "")
    return f"{value}:00 /km" if fact.unit == "minutes per km" else f"{value}{unit}"


def typed_list(step: Step, answers: dict[str, Any]) -> tuple[str, bool]:
    """Return what to type for a list, and whether the other lines are asked for."""
    parts, others = [], False
    for number, path in enumerate(step.fields, 1):
        fact = known_facts()[path]
        if answers.get(path) in ("no", False):
            others = True
        else:
            mark = "" if answers.get(path) == yes(fact) else "?"
            parts.append(f"{number}{mark}")
    return " ".join(parts) or "0", others and bool(parts)


class Runner:
    """Types the answers of one person, and knows what is asked next."""

    def __init__(self, terminal: Terminal, library: Library, answers: dict[str, Any]):
        self.terminal = terminal
        self.interview = Interview(library, mode="self", day=date.today())  # noqa: DTZ011
        self.answers = answers
        self.given: dict[str, Any] = {}
        self.is_more = False
        self.heading = ""

    def step(self) -> bool:
        """Answer one question; False when there is none left."""
        step = self.interview.step(self.given)
        if step.topic is None:
            return False
        shown = squeezed(self.terminal.wait())
        if step.stage == "more" and not self.is_more:
            assert "Tell us more?" in shown
            self.is_more = True
            self.terminal.type("yes")
            shown = squeezed(self.terminal.wait())
        if step.topic.is_list or step.topic.id != self.heading:
            assert f"Why we ask: {step.topic.why}" in shown
        self.heading = step.topic.id
        if step.topic.is_list:
            assert squeezed(step.topic.question) in shown
            text, are_others_asked = typed_list(step, self.answers)
            self.terminal.type(text)
            if are_others_asked:
                self.terminal.wait()
                self.terminal.type("yes")
            self.given |= {path: self.answers.get(path) for path in step.fields}
        else:
            path = step.fields[0]
            assert squeezed(known_facts()[path].question) in shown
            self.terminal.type(typed(path, self.answers.get(path)))
            self.given[path] = self.answers.get(path)
        self.given = self.interview.kept(self.given)
        return True

    def until(self, path: str) -> None:
        """Answer everything before a field."""
        while path not in self.interview.step(self.given).fields:
            assert self.step()


def squeezed(text: str) -> str:
    return " ".join(text.split())


# --- whole journeys -----------------------------------------------------------------


def test_from_the_first_question_to_the_guide(tmp_path: Path, library: Library) -> None:
    terminal = Terminal(tmp_path, "-o", "guide.pdf", "--answers", "answers.json")
    runner = Runner(terminal, library, calm())
    while runner.step():
        pass
    shown = terminal.wait()
    assert "Your answers:" in shown
    assert "Type the number of an answer to change it" in squeezed(shown)
    # Every line of every list is told, those with a "no" as well.
    for path, value in runner.given.items():
        told = known_facts()[path].title in squeezed(shown)
        assert told or value is None, path
    terminal.type("make")
    code, words = terminal.end()

    assert code == 0, words
    assert "guide.pdf: " in words
    assert runner.is_more
    written = json.loads((tmp_path / "answers.json").read_text("utf-8"))
    assert written == runner.interview.profile(runner.given)
    text = "".join(
        page.extract_text() for page in PdfReader(tmp_path / "guide.pdf").pages
    )
    assert "What you told us" in squeezed(text)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["answers.json", "guide.pdf"]
    # Any console can show it: no cursor tricks, no colour, no long lines.
    assert "\x1b" not in terminal.shown
    assert max(map(len, terminal.shown.splitlines())) <= 80
    assert "1 of about " in terminal.shown

    checked = run("check", tmp_path / "answers.json")
    assert checked.exit_code == 0, checked.stderr
    again = run("make", tmp_path / "answers.json", "-o", tmp_path / "again.pdf")
    assert again.exit_code == 0
    assert (tmp_path / "again.pdf").read_bytes() == (
        tmp_path / "guide.pdf"
    ).read_bytes()
    batch = run("batch", tmp_path, "-o", tmp_path / "out", "--jobs", "1")
    assert batch.exit_code == 0, batch.stderr


def test_ways_back_wrong_words_and_help(tmp_path: Path, library: Library) -> None:
    terminal = Terminal(tmp_path, "-o", "guide.pdf")
    terminal.wait()
    terminal.type("")
    assert "Nothing was answered" in terminal.wait()
    terminal.type("<")
    assert "This is the first question" in terminal.wait()
    terminal.type("Atlantis")
    assert "none of the answers" in terminal.wait()
    terminal.type("United Kingdom")  # not the whole words
    assert "none of the answers" in terminal.wait()
    terminal.type("the united KINGDOM")
    assert "Do you have any of these signs?" in terminal.wait()
    for wrong in ("", "-", "yes", "9", "1 x", "none?", "1 1?"):
        terminal.type(wrong)
        shown = terminal.wait()
        assert "legs or feet" not in shown, wrong
    terminal.type("?")
    assert "The question" not in terminal.wait()
    assert "Bladder change." in terminal.shown
    terminal.type("none of these")
    assert "legs or feet" in terminal.wait()
    terminal.type("<")
    assert "Do you have any of these signs?" in terminal.wait()
    terminal.type("0")
    terminal.wait()
    terminal.child.sendintr()
    code, _ = terminal.end()
    assert code == ExitCode.INTERRUPTED
    kept = json.loads((tmp_path / "unfinished-answers.json").read_text("utf-8"))
    assert kept["answers"] == {
        "locale": "en-GB",
        **dict.fromkeys(topic_of()["red_flags.saddle_numb"].fields, "no"),
    }


def test_nothing_is_no_until_somebody_says_so(tmp_path: Path, library: Library) -> None:
    terminal = Terminal(tmp_path, "-o", "guide.pdf")
    runner = Runner(terminal, library, calm())
    runner.until("red_flags.faint_on_effort")
    terminal.wait()
    terminal.type("1?")
    assert "And no to 2, 3, 4, 5, 6. Is that right?" in squeezed(terminal.wait())
    terminal.type("")
    assert "Type yes or no." in terminal.wait()
    terminal.type("no")
    assert "type the numbers again" in squeezed(terminal.wait())
    terminal.child.sendintr()
    terminal.end()
    kept = json.loads((tmp_path / "unfinished-answers.json").read_text("utf-8"))
    assert "red_flags.told_no_exercise" not in kept["answers"]


def test_stop_keep_and_go_on(tmp_path: Path, library: Library) -> None:
    answers = calm()
    terminal = Terminal(tmp_path, "-o", "guide.pdf", "--save", "later.json")
    first = Runner(terminal, library, answers)
    first.until("symptoms.has_back_pain")
    terminal.wait()
    terminal.child.sendintr()
    code, words = terminal.end()
    assert code == ExitCode.INTERRUPTED
    assert "backguide ask --resume later.json" in squeezed(words)
    assert not (tmp_path / "guide.pdf").exists()
    assert run("check", tmp_path / "later.json").exit_code == ExitCode.PROFILE_INVALID

    terminal = Terminal(tmp_path, "-o", "guide.pdf", "--resume", "later.json")
    second = Runner(terminal, library, answers)
    second.given = dict(first.given)
    for _ in range(3):
        second.step()
    terminal.wait()
    terminal.child.kill(1)  # the line of an ssh session breaks
    code, _ = terminal.end()
    assert code == ExitCode.INTERRUPTED
    kept = json.loads((tmp_path / "later.json").read_text("utf-8"))
    assert kept["answers"] == second.given

    terminal = Terminal(
        tmp_path, "-o", "guide.pdf", "--resume", "later.json", "--answers", "a.json"
    )
    third = Runner(terminal, library, answers)
    third.given = dict(second.given)
    while third.step():
        pass
    terminal.wait()
    terminal.type("make")
    assert terminal.end()[0] == 0
    written = load_profile(tmp_path / "a.json")
    whole = Interview(library, mode="self", day=date.today())  # noqa: DTZ011
    assert dict(written.data) == whole.profile(third.given)


def test_an_emergency_ends_it(tmp_path: Path, library: Library) -> None:
    terminal = Terminal(tmp_path, "-o", "page.pdf", "--answers", "a.json")
    terminal.wait()
    terminal.type("1")
    terminal.wait()
    terminal.type("3")
    code, words = terminal.end()

    assert code == ExitCode.HELD_BACK
    assert "Call 999" in squeezed(words)
    made = run("make", tmp_path / "a.json", "-o", tmp_path / "again.pdf")
    assert made.exit_code == ExitCode.HELD_BACK
    data = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert data["ended_early"] is True
    assert data["red_flags"]["saddle_numb"] == "yes"
    assert set(data["red_flags"].values()) == {"yes", None}
    text = PdfReader(tmp_path / "page.pdf").pages[0].extract_text()
    assert "999" in text


def test_an_answer_can_be_changed_at_the_end(tmp_path: Path, library: Library) -> None:
    answers = calm()
    terminal = Terminal(tmp_path, "-o", "guide.pdf", "--answers", "a.json")
    runner = Runner(terminal, library, answers)
    while True:
        if runner.interview.step(runner.given).stage == "more":
            terminal.wait()
            terminal.type("no")
            break
        runner.step()
    shown = squeezed(terminal.wait())
    place = shown.index(" Age: ")
    number = shown[:place].split()[-1]
    terminal.type("999")
    assert "Type a number from 1 to" in terminal.wait()
    terminal.type(number)
    assert "How old are you?" in terminal.wait()
    terminal.type("17")
    assert "expected 18 or more" in squeezed(terminal.wait())
    terminal.type(str(answers["person.age_years"] + 1))
    terminal.wait()
    terminal.type("make")
    assert terminal.end()[0] == 0
    data = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert data["person"]["age_years"] == answers["person.age_years"] + 1


def test_a_doubt_is_asked_back(tmp_path: Path, library: Library) -> None:
    answers = calm() | {"person.height_cm": 160, "person.weight_kg": 140}
    terminal = Terminal(tmp_path, "-o", "guide.pdf", "--answers", "a.json")
    runner = Runner(terminal, library, answers)
    while runner.interview.step(runner.given).stage != "more":
        runner.step()
    terminal.wait()
    terminal.type("no")
    shown = squeezed(terminal.wait())
    assert "Please look again. Weight: 140 kg is very heavy for this height" in shown
    assert "confirmed" not in shown
    terminal.type("no")
    assert "How much do you weigh?" in terminal.wait()
    terminal.type("140 kg")
    terminal.wait()
    terminal.type("yes")
    terminal.wait()
    terminal.type("make")
    assert terminal.end()[0] == 0
    data = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert data["confirmed"] == ["E_MAYBE_POUNDS"]


def test_what_a_guide_needs_cannot_be_left_open(
    tmp_path: Path, library: Library
) -> None:
    answers = calm() | {"symptoms.onset_weeks": None}
    terminal = Terminal(tmp_path, "-o", "guide.pdf")
    runner = Runner(terminal, library, answers)
    runner.until("symptoms.site")
    shown = squeezed(terminal.wait())
    assert "leave it open" not in shown
    assert "0 for none" not in shown
    terminal.type("-")
    assert "none of the answers" in terminal.wait()
    terminal.type("1")
    assert "How many weeks ago" in terminal.wait()
    terminal.type("-")  # the day is as good
    terminal.wait()
    terminal.type("<")
    assert "How many weeks ago" in terminal.wait()
    terminal.child.sendintr()
    assert terminal.end()[0] == ExitCode.INTERRUPTED


def test_who_is_not_sure_can_find_out_and_go_on(
    tmp_path: Path, library: Library
) -> None:
    answers = calm() | {"red_flags.lump_shape": "unknown"}
    terminal = Terminal(tmp_path, "-o", "page.pdf")
    runner = Runner(terminal, library, answers)
    while runner.step():
        pass
    shown = squeezed(terminal.wait())
    assert "A safety question has no clear answer yet" in shown
    assert "Lump or change of shape: not sure. No: Constant night pain" in shown
    terminal.type("make")
    code, words = terminal.end()
    assert code == ExitCode.HELD_BACK
    assert "--resume unfinished-answers.json" in squeezed(words)
    assert (tmp_path / "page.pdf").exists()

    terminal = Terminal(
        tmp_path, "-o", "guide.pdf", "--resume", "unfinished-answers.json"
    )
    shown = squeezed(terminal.wait())
    number = shown[: shown.index(" Lump or change")].split()[-1]
    terminal.type(number)
    terminal.wait()
    terminal.type("0")
    # Nothing is held back any more: the questions go on.
    assert "Your answers:" not in terminal.wait()
    terminal.child.sendintr()
    assert terminal.end()[0] == ExitCode.INTERRUPTED


# --- without a terminal ---------------------------------------------------------------


def test_the_end_of_what_is_typed_keeps_the_answers(tmp_path: Path) -> None:
    found = run("ask", "-o", tmp_path / "g.pdf", input="1\n0\n")
    assert found.exit_code == ExitCode.INTERRUPTED
    assert found.stdout == ""
    assert (tmp_path / "unfinished-answers.json").exists()
    # A second one never writes over it.
    again = run("ask", "-o", tmp_path / "g.pdf", input="1\n0\n")
    assert again.exit_code == ExitCode.OUTPUT_FAILED
    assert "--resume" in again.stderr
    assert "Which country" not in again.stderr


def test_nothing_answered_is_nothing_kept(tmp_path: Path) -> None:
    found = run("ask", "-o", tmp_path / "g.pdf", input="")
    assert found.exit_code == ExitCode.INTERRUPTED
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["--answers", "-o", "--save"])
def test_what_is_in_the_way_is_told_before_the_first_question(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("my own", "utf-8")
    options = {"-o": tmp_path / "g.pdf"} | {name: tmp_path / "mine"}
    found = run("ask", *(x for pair in options.items() for x in pair), input="1\n")
    assert found.exit_code == ExitCode.OUTPUT_FAILED
    assert "Which country" not in found.stderr
    assert (tmp_path / "mine").read_text("utf-8") == "my own"


def saved(folder: Path, **changes: Any) -> Path:
    data = {
        "backguide_interview": 1,
        "created_date": date.today().isoformat(),  # noqa: DTZ011
        "entries": [["locale"], ["person.age_years"]],
        "answers": {"locale": "en-GB", "person.age_years": 40},
    } | changes
    path = folder / "later.json"
    path.write_text(json.dumps(data), "utf-8")
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {"backguide_interview": 2},
        {"created_date": "soon"},
        {"entries": [["person.shoe"]]},
        {"entries": 3},
        {"answers": []},
        {"answers": {"locale": "en-GB", "person.age_years": 40, "Sam": 1}},
    ],
)
def test_no_unfinished_interview_is_refused(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    path = saved(tmp_path, **changes)
    found = run("ask", "-o", tmp_path / "g.pdf", "--resume", path, input="1\n")
    assert found.exit_code == ExitCode.PROFILE_INVALID, found.stderr
    assert "Sam" not in found.stderr
    assert "Traceback" not in found.stderr


def test_old_answers_are_not_gone_on_with(tmp_path: Path) -> None:
    day = (date.today() - timedelta(days=15)).isoformat()  # noqa: DTZ011
    path = saved(tmp_path, created_date=day)
    found = run("ask", "-o", tmp_path / "g.pdf", "--resume", path, input="1\n")
    assert found.exit_code == ExitCode.USAGE
    assert "14 days" in found.stderr


def test_an_answer_that_is_none_is_asked_again(tmp_path: Path) -> None:
    path = saved(tmp_path, answers={"locale": "en-XX", "person.age_years": 400})
    found = run("ask", "-o", tmp_path / "g.pdf", "--resume", path, input="2\n")
    assert "Which country are you in?" in found.stderr
    kept = json.loads(path.read_text("utf-8"))
    assert kept["answers"] == {"locale": "en-US"}

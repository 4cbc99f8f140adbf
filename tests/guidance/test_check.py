"""The content check: nothing wrong in the built-in content, and every fault is told.

Each folder of ``tests/data/content_faults`` plants one fault: ``fault.toml`` says
which text of which file becomes another, ``expected.txt`` holds every line that the
check then prints and did not print before. ``{line}`` there is the line of the change,
``{line+2}`` the second line after it. In place of a text, ``bytes`` gives the whole
file in hexadecimal digits, or takes it away. ``pytest --update-golden`` writes them
anew.
"""

import json
import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from backguide.errors import Problem
from backguide.guidance import cells, check
from backguide.guidance.check import Report, check_content
from backguide.guidance.ledger import ledger_problems, read_ledger
from backguide.guidance.library import Library, load_library
from backguide.guidance.reading import load_words, reading_problems
from backguide.guidance.review import review_state
from backguide.handout.inserts import INSERTS
from backguide.resources import templates_root

TODAY = date(2026, 11, 24)
FAULTS = Path(__file__).parents[1] / "data" / "content_faults"
TOGETHER = FAULTS.with_name("content_faults_together.json")
MOST_TOGETHER, MOST_TRIES = 12, 4


def checked(root: Path, *, today: date = TODAY, prove_rules: bool = False) -> Report:
    return check_content(
        root, today, insert_names=frozenset(INSERTS), prove_rules=prove_rules
    )


_find, _found = cells.find, {}


def _find_once(
    node: cells.Node, limits: cells.Limits = cells.NO_LIMITS
) -> cells.Finding:
    key = (node, tuple(sorted(limits.items())))
    if key not in _found:
        _found[key] = _find(node, limits)
    return _found[key]


@pytest.fixture(autouse=True)
def same_rules_are_proved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly all rules are the same in every test here, and so are their proofs."""
    monkeypatch.setattr(cells, "find", _find_once)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the built-in content, so that all tests see the same."""
    copy = tmp_path_factory.mktemp("content") / "templates"
    return Path(shutil.copytree(str(templates_root()), copy))


@pytest.fixture(scope="module")
def built_in(content: Path) -> Report:
    return checked(content, prove_rules=True)


@pytest.fixture
def templates(content: Path, tmp_path: Path) -> Path:
    """A copy of the content that a test may spoil."""
    return Path(shutil.copytree(content, tmp_path / "templates"))


def changed(root: Path, name: str, old: str, new: str) -> int:
    """Replace the first ``old`` in a file, and return its line."""
    path = root / name
    text = path.read_text("utf-8")
    assert old in text, f"{name} has no {old!r} any more: give the fault another place"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text.count("\n", 0, text.index(old)) + 1


def spoiled(path: Path, content: str) -> None:
    """Give a file other bytes, in hexadecimal digits, or take it away ("none")."""
    path.unlink()
    if content != "none":
        path.write_bytes(bytes.fromhex(content))


# --- the built-in content -----------------------------------------------------------


def test_the_built_in_content_has_no_errors(built_in: Report) -> None:
    assert [str(problem) for problem in built_in.errors] == []


def test_the_report_ends_with_a_summary(library: Library, built_in: Report) -> None:
    *_, last = built_in.lines()
    warnings = len(built_in.warnings)
    words = f"{warnings or 'no'} warning{'' if warnings == 1 else 's'}"
    assert last == (
        f"{len(library.sections)} sections, {len(library.exercises)} exercises, "
        f"30 flags: no errors, {words}"
    )


def test_what_no_clinician_has_seen_is_noted(
    library: Library, built_in: Report
) -> None:
    unseen = review_state(library, TODAY).unreviewed
    assert built_in.notes[0] == (
        f"{len(unseen)} texts and rule files have not been reviewed by a clinician"
    )


def test_what_will_be_due_soon_is_noted(content: Path) -> None:
    report = checked(content, today=date(2027, 11, 1))
    assert not [p for p in report.warnings if "due" in p.message]
    assert any("due for review within 60 days" in note for note in report.notes)


def test_what_is_overdue_is_a_warning(content: Path) -> None:
    report = checked(content, today=date(2028, 2, 1))
    assert report.errors == ()
    overdue = [p for p in report.warnings if "was due by" in p.message]
    assert len(overdue) > 70
    numbers = [p for p in report.warnings if "last checked" in p.message]
    assert [p.where.partition(":")[0] for p in numbers] == [
        "templates/emergency_numbers.toml"
    ]


# --- planted faults -----------------------------------------------------------------


def news(report: Report, before: Report) -> Iterator[str]:
    """Yield the lines about problems that were not there before."""

    def key(problem: Problem) -> tuple[str, str]:
        return problem.where.partition(":")[0], problem.message

    old = {key(problem) for problem in (*before.errors, *before.warnings)}
    fresh = Report(
        errors=tuple(p for p in report.errors if key(p) not in old),
        warnings=tuple(p for p in report.warnings if key(p) not in old),
        notes=tuple(note for note in report.notes if note not in before.notes),
        scope="",
    )
    *lines, _ = fresh.lines()
    yield from lines


def with_lines(text: str, line: int) -> str:
    """Return the text with ``{line}`` and ``{line+2}`` as numbers."""
    return re.sub(
        r"\{line([+-]\d+)?\}", lambda match: str(line + int(match[1] or 0)), text
    )


def without_lines(text: str, file: str, line: int) -> str:
    """Return the text with line numbers of the file told from the change."""

    def words(match: re.Match[str]) -> str:
        shift = int(match[2]) - line
        if match[2] == "1":
            return match[0]  # the file as a whole
        return f"{match[1]}{{line{f'{shift:+}' if shift else ''}}}"

    return re.sub(rf"^(templates/{re.escape(file)}:)(\d+)", words, text, flags=re.M)


def read(root: Path) -> tuple[Problem, ...]:
    """Return what `content check --reading` adds: the reading lint and the ledger."""
    words, slips = load_words(root)
    ledger, faults = read_ledger(root)
    library = load_library(root)
    found = (*reading_problems(library, words), *ledger_problems(library, ledger))
    return (*slips, *faults, *found)


Fault = dict[str, Any]


@cache
def faults() -> dict[str, Fault]:
    """Return every planted fault by the name of its folder."""
    return {
        folder.name: tomllib.loads((folder / "fault.toml").read_text("utf-8"))
        for folder in sorted(FAULTS.iterdir())
    }


def moves_lines(fault: Fault) -> bool:
    """Tell whether the lines after the change are numbered otherwise."""
    return "bytes" in fault or (
        fault["find"].count("\n") != fault["replace"].count("\n")
    )


def groups() -> list[tuple[str, ...]]:
    """Return the faults that are planted together, each fault once.

    One check of the whole content costs most of a test, and faults of different files
    seldom meet. A fault that the list does not know stands alone.
    """
    listed = json.loads(TOGETHER.read_text("utf-8"))
    known = [tuple(name for name in group if name in faults()) for group in listed]
    alone = set(faults()).difference(*known)
    return [*filter(None, known), *((name,) for name in sorted(alone))]


def planted(names: tuple[str, ...], root: Path) -> tuple[Report, dict[str, int]]:
    """Plant faults together; return the report and the line of each."""
    lines = {}
    for name in names:
        fault = faults()[name]
        if "bytes" in fault:
            lines[name] = 1
            spoiled(root / fault["file"], fault["bytes"])
        else:
            place = (fault["file"], fault["find"], fault["replace"])
            lines[name] = changed(root, *place)
    report = checked(root, prove_rules=any("rules" in faults()[n] for n in names))
    if any("reading" in faults()[name] for name in names):
        report = replace(report, errors=(*report.errors, *read(root)))
    return report, lines


def expected_lines(names: tuple[str, ...], lines: dict[str, int]) -> list[str]:
    return sorted(
        told
        for name in names
        for told in with_lines(
            (FAULTS / name / "expected.txt").read_text("utf-8"), lines[name]
        ).splitlines()
    )


@pytest.mark.parametrize("names", groups(), ids="+".join)
def test_each_planted_fault_is_told(
    names: tuple[str, ...],
    content: Path,
    tmp_path: Path,
    update_golden: bool,
    built_in: Report,
) -> None:
    """Faults that meet after all are planted again, each by itself."""
    together = Path(shutil.copytree(content, tmp_path / "together"))
    report, lines = planted(names, together)
    told = sorted(news(report, built_in))
    if not update_golden and told == expected_lines(names, lines):
        return
    for name in names:
        alone = Path(shutil.copytree(content, tmp_path / name))
        report, lines = planted((name,), alone)
        text = "\n".join(news(report, built_in)) + "\n"
        expected = FAULTS / name / "expected.txt"
        if update_golden:
            file = faults()[name]["file"]
            expected.write_text(without_lines(text, file, lines[name]), "utf-8")
        assert text == with_lines(expected.read_text("utf-8"), lines[name]), name


@pytest.mark.skipif("BACKGUIDE_REGROUP" not in os.environ, reason="on demand")
def test_find_what_can_be_planted_together(
    content: Path, tmp_path: Path, built_in: Report
) -> None:
    """``BACKGUIDE_REGROUP=1`` writes the groups anew."""

    def holds(names: tuple[str, ...]) -> bool:
        root = tmp_path / "x"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(content, root)
        try:
            report, lines = planted(names, root)
        except AssertionError:  # one takes away what the other changes
            return False
        return sorted(news(report, built_in)) == expected_lines(names, lines)

    def may_meet(one: str, other: str) -> bool:
        """Tell whether both leave each other's lines where they are."""
        if faults()[one]["file"] != faults()[other]["file"]:
            return True
        return not any(moves_lines(faults()[name]) for name in (one, other))

    def kind(name: str) -> tuple[bool, bool]:
        return "rules" in faults()[name], "reading" in faults()[name]

    found: list[tuple[str, ...]] = []
    for name in faults():
        tried = 0
        for number, group in enumerate(found):
            is_full = len(group) >= MOST_TOGETHER or tried >= MOST_TRIES
            if is_full or kind(name) != kind(group[0]):
                continue
            if all(may_meet(name, other) for other in group):
                tried += 1
                if holds((*group, name)):
                    found[number] = (*group, name)
                    break
        else:
            found.append((name,))
    TOGETHER.write_text(json.dumps([g for g in found if len(g) > 1], indent=1) + "\n")


def test_every_fault_says_what_it_is() -> None:
    for folder in sorted(FAULTS.iterdir()):
        assert (folder / "fault.toml").read_text("utf-8").startswith("# "), folder.name
        assert (folder / "expected.txt").read_text("utf-8").strip(), folder.name


# --- digests --------------------------------------------------------------------------

LONG = """
Sleep well each night and rest your back. Go to bed at the same time and get up at the
same time. Walk in the day, drink less coffee, and keep your phone out of your room.
A warm bath helps.
"""


def with_digest(root: Path, section: str, text: str, more: str = "") -> None:
    """Give a section a digest, in place of the one that it has."""
    path = root / "en" / "sections" / f"{section}.md"
    old = re.sub(r'^(?:digest = (?:""".*?"""|".*?")|sources_disagree = true)\n', "",
                 path.read_text("utf-8"), flags=re.M | re.S)  # fmt: skip
    head = f'{more}digest = """{text}"""\nclaims = '
    path.write_text(old.replace("claims = ", head, 1), "utf-8")


@pytest.mark.parametrize(
    ("section", "text", "messages"),
    [
        ("cause-sleep", LONG, ["a digest of 41 words; at most 35",
                               "a digest of 4 sentences; at most 3"]),
        ("cause-arthritis", "Swim.\n\n{{water-session}}\n",
         ['a digest holds words only, no "{{water-session}}"']),
        ("cause-arthritis", "You run {running.weekly_distance_km} a week.",
         ['"{running.weekly_distance_km}" may have no value when this text is '
          "printed"]),
        ("cause-arthritis", "Swim *well.", ["a star has no partner"]),
        ("cause-arthritis", "{{part nobody}}",
         ['there is no [[part]] with the id "nobody"']),
        ("cause-arthritis", "Swim each day.", []),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_digest_is_told(
    templates: Path, section: str, text: str, messages: list[str]
) -> None:
    with_digest(templates, section, text)
    report = checked(templates)
    assert [problem.message for problem in report.errors] == messages


def test_a_digest_of_two_sides_may_be_longer(templates: Path) -> None:
    sentence = "Walk a little each day, and sleep well. "
    with_digest(templates, "cause-sleep", sentence * 5)
    assert len(checked(templates).errors) == 2
    with_digest(templates, "cause-sleep", sentence * 5, "sources_disagree = true\n")
    assert checked(templates).errors == ()
    with_digest(templates, "cause-sleep", sentence * 6, "sources_disagree = true\n")
    (problem,) = checked(templates).errors
    assert problem.message == "a digest of 6 sentences; at most 5"


def test_a_digest_is_read_and_its_words_are_proved(templates: Path) -> None:
    words = "Go to your gym and train your back for as long as you like each and "
    with_digest(templates, "brisk-walking", f"{words}every day of each week you have.")
    messages = {problem.message.partition(":")[0] for problem in read(templates)}
    assert "L04" in messages
    found = checked(templates, prove_rules=True).errors
    assert any('says "your gym"' in problem.message for problem in found)


# --- more than one file, or none ----------------------------------------------------


def test_an_empty_folder_is_told_in_one_line_for_each_file(tmp_path: Path) -> None:
    report = checked(tmp_path, prove_rules=True)
    missing = [p for p in report.errors if p.message == "missing file"]
    assert len(missing) == 12
    assert "the rules were not proved: first repair the errors" in report.notes


@pytest.mark.slow
def test_every_file_can_be_broken_without_a_crash(templates: Path) -> None:
    for path in sorted(templates.glob("*.toml")) + sorted(templates.glob("en/*.toml")):
        text = path.read_text("utf-8")
        for broken in ("", "x = [", text[: len(text) // 2]):
            path.write_text(broken, "utf-8")
            assert checked(templates, prove_rules=True).lines()
        path.write_text(text, "utf-8")


def test_a_section_that_cannot_be_read_hides_only_itself(
    templates: Path, built_in: Report
) -> None:
    (templates / "en/sections/shoes.md").write_bytes(b"\xff\xfe")
    lines = list(news(checked(templates), built_in))
    assert lines[0] == "templates/en/sections/shoes.md:1: not UTF-8 text"
    hint = "    hint: save the file as UTF-8"
    assert [line for line in lines if "shoes" not in line] == [hint]


def test_a_file_beside_the_content_is_left_alone(
    templates: Path, built_in: Report
) -> None:
    (templates / "en/sections/README.txt").write_text("Notes.", "utf-8")
    (templates / "en/sections/.hidden.md").write_text("no head", "utf-8")
    assert list(news(checked(templates), built_in)) == []


def test_content_without_a_ledger_of_claims_is_fine(templates: Path) -> None:
    (templates / "claims.toml").unlink()
    assert checked(templates).errors == ()


# --- declared groups ----------------------------------------------------------------

GROUPS = """
[[exclusive]]
sections = ["cause-sitting", "cause-sleep"]
levels = ["ROUTINE"]
when = { all = [{ fact = "person.sleep_quality", is = "poor" }] }

[[exhaustive]]
sections = ["main-message"]
levels = ["SOON", "ROUTINE"]
"""


def test_declared_groups_are_read_and_proved(templates: Path, built_in: Report) -> None:
    frame = templates / "en/handout.toml"
    text = frame.read_text("utf-8").rstrip("\n") + "\n"
    frame.write_text(text + GROUPS, "utf-8")
    first, second = news(checked(templates, prove_rules=True), built_in)
    line = text.count("\n") + 2
    assert first == (
        f"templates/en/handout.toml:{line}: "
        '"cause-sitting" and "cause-sleep" can print together'
    )
    assert second.startswith("    hint: for example when ")
    assert "person.sleep_quality is poor" in second


def test_slips_in_declared_groups_are_told(templates: Path, built_in: Report) -> None:
    frame = templates / "en/handout.toml"
    text = frame.read_text("utf-8").rstrip("\n") + "\n"
    bad = GROUPS.replace("cause-sleep", "cause-sleeep").replace('"SOON", ', '"LATER", ')
    frame.write_text(text + bad, "utf-8")
    line = text.count("\n")
    assert list(news(checked(templates, prove_rules=True), built_in)) == [
        f'templates/en/handout.toml:{line + 2}: there is no section "cause-sleeep"',
        '    hint: did you mean "cause-sleep"?',
        f'templates/en/handout.toml:{line + 7}: "LATER" is not a level',
        "note: the rules were not proved: first repair the errors",
    ]


NEEDS = """
[[needs]]
sections = ["faq-make-worse", "cause-sitting"]
levels = ["ROUTINE"]

[[needs]]
sections = ["faq-make-worse", "cause-sitting", "cause-sleep"]
"""


def test_a_section_without_the_one_it_needs_is_told(
    templates: Path, built_in: Report
) -> None:
    frame = templates / "en/handout.toml"
    text = frame.read_text("utf-8").rstrip("\n") + "\n"
    one, two = NEEDS.rsplit("\n[[needs]]", 1)
    frame.write_text(text + one, "utf-8")
    line = text.count("\n") + 2
    lines = list(news(checked(templates, prove_rules=True), built_in))
    assert lines[0] == (
        f'templates/en/handout.toml:{line}: "cause-sitting" can be left out sooner '
        'than "faq-make-worse"'
    )
    assert lines[2] == (
        f'templates/en/handout.toml:{line}: at ROUTINE "faq-make-worse" can print '
        'without "cause-sitting"'
    )
    frame.write_text(f"{text}\n[[needs]]{two}", "utf-8")
    assert next(news(checked(templates, prove_rules=True), built_in)) == (
        f"templates/en/handout.toml:{line}: [[needs]] names 2 sections: "
        "the first needs the other"
    )


# --- the report ---------------------------------------------------------------------


REPORT = Report(
    errors=(Problem("templates/a.md:3", "wrong", "do it right"),),
    warnings=(Problem("templates/b.md:1", "odd", ""),),
    notes=("seen",),
    scope="1 section",
)


def test_lines() -> None:
    assert list(REPORT.lines()) == [
        "templates/a.md:3: wrong",
        "    hint: do it right",
        "templates/b.md:1: warning: odd",
        "note: seen",
        "1 section: 1 error, 1 warning",
    ]


def test_records() -> None:
    records: list[dict[str, Any]] = json.loads(json.dumps(REPORT.as_records()))
    assert records == [
        {
            "severity": "error",
            "where": "templates/a.md:3",
            "message": "wrong",
            "hint": "do it right",
        },
        {
            "severity": "warning",
            "where": "templates/b.md:1",
            "message": "odd",
            "hint": "",
        },
        {"severity": "note", "where": "", "message": "seen", "hint": ""},
    ]


# --- single pieces ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_banned"),
    [
        ("a worn out disc", True),
        ("worn shoes", False),
        ("Wear and tear", True),
        ("secure your shoes", False),
        ("It cures pain", True),
        ("chronically ill", True),
        ("no pain", False),
        ("No pain, no gain!", True),
        ("You take {running.cadence_spm} steps", False),
        ("your cadence", True),
        ("an over-striding runner", True),
        ("a proven way", True),
        ("improve it", False),
    ],
)
def test_banned_words(text: str, is_banned: bool) -> None:
    assert bool(check._ANY_BANNED.search(text)) == is_banned


def test_every_banned_word_has_better_words() -> None:
    assert all(check.BANNED_WORDS.values())
    assert all(word == word.lower() for word in check.BANNED_WORDS)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three?", 3),
        ('He said "no." Then he ran.', 2),
        ("About 5.5 km a week", 1),
        ("", 0),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(check._sentences(text)) == count

"""What README and the other pages for people say is what the program does."""

import json
import re
import shlex
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click
import pytest

from backguide.about import __version__
from backguide.cli import main
from backguide.document import ItemList, Verdict, texts_of
from backguide.errors import ExitCode
from backguide.guidance.ageing import on_day
from backguide.guidance.library import Library
from backguide.guidance.message import questions, reasons
from backguide.guidance.section import LENGTHS
from backguide.guidance.select import select
from backguide.layout.theme import BODY_SIZES_PT
from backguide.making import LARGE_PRINT_PAGES, Made, Options, make_handout
from backguide.profile.facts import schema
from backguide.profile.load import load_profile
from strategies import FIXED_DAY
from test_personas import PERSONAS

ROOT = Path(__file__).parents[1]
PAGES = (
    ROOT / "README.md",
    ROOT / "profiles" / "README.md",
    ROOT / "templates" / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(p for p in sorted((ROOT / "docs").glob("*.md")) if p.stem != "evidence"),
)
README = (ROOT / "README.md").read_text("utf-8")


# --- commands and options -------------------------------------------------------


def commands_in(text: str) -> Iterator[str]:
    """Yield every call of backguide: a line of a block of code, or in code marks."""
    blocks = "\n".join(re.findall(r"^```[a-z]*\n(.*?)^```", text, re.DOTALL | re.M))
    fenced = re.findall(r"^(?:.*&& )?\S*backguide (.+)$", blocks, re.MULTILINE)
    inline = re.findall(r"`(?:\S*/)?backguide ([^`]+)`", text)
    for line in (*fenced, *inline):
        yield line.partition(" #")[0].strip()


CALLS = [
    (page.relative_to(ROOT).as_posix(), call)
    for page in PAGES
    for call in commands_in(page.read_text("utf-8"))
]


def parse(command: click.Command, words: list[str], name: str) -> None:
    """Parse a call without running it; an unknown option or command is an error."""
    context = command.make_context(name, list(words), resilient_parsing=True)
    if isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        found = command.get_command(context, rest[0]) if rest else None
        assert found is not None or not rest, f"no command {rest[:1]}"
        if found is not None:
            parse(found, rest[1:], rest[0])


def test_there_are_calls_to_look_at() -> None:
    assert len(CALLS) > 25
    assert len({page for page, _ in CALLS}) > 4


@pytest.mark.parametrize(("page", "call"), CALLS)
def test_every_call_in_the_pages_parses(page: str, call: str) -> None:
    """A page for people named a command, an option or a file that is not there."""
    words = [word for word in shlex.split(call) if word not in ("...", "\u2026")]
    parse(main, words, "backguide")


# --- links and paths ------------------------------------------------------------

EVERY_PAGE = (
    *PAGES,
    ROOT / "docs" / "evidence.md",
    *(ROOT / name for name in ("ARCHITECTURE.md", "CHANGELOG.md")),
    ROOT / "benchmarks" / "README.md",
    ROOT / "findings" / "README.md",
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def anchors_of(page: Path) -> set[str]:
    """Return the names under which the headings of a page can be linked."""
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def broken_links(page: Path) -> list[str]:
    broken = []
    for target in LINK.findall(page.read_text("utf-8")):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = page if not name else page.parent / name
        if not path.exists() or (anchor and anchor not in anchors_of(path)):
            broken.append(target)
    return broken


@pytest.mark.parametrize(
    "page", EVERY_PAGE, ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One thing\n[a](b.md) [c](#one-thing) [d](#two) [e](page.md)")
    assert broken_links(page) == ["b.md", "#two"]


def test_the_index_lists_every_page_and_readme_links_it() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {
        (index.parent / t).resolve() for t in LINK.findall(index.read_text("utf-8"))
    }
    own = {
        p for ending in ("md", "toml", "csv") for p in index.parent.glob(f"*.{ending}")
    }
    assert own - {index} <= linked
    assert {page for page in EVERY_PAGE if page != index} <= linked
    assert "(docs/index.md)" in README


MAP = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
MAP = MAP.partition("## I want to ... and go to ...")[2].partition("\n## ")[0]


def test_the_map_of_contributing_leads_to_what_is_there() -> None:
    rows = [line for line in MAP.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    for row in rows:
        _, _, there, tests, _ = row.split("|")
        for cell in (there, tests):
            paths = re.findall(r"`([^`]+)`", cell)
            assert paths, row
            for path in paths:
                assert [*ROOT.glob(path.rstrip("/"))], path


def test_the_map_leads_into_every_folder_of_the_program() -> None:
    folders = {
        path.parent.relative_to(ROOT).as_posix()
        for path in (ROOT / "src" / "backguide").glob("*/__init__.py")
    }
    assert [name for name in sorted(folders) if name not in MAP] == []


def options_of(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from options_of(inner)


OTHERS = {
    "--measure", "--update-golden", "--update-pictures", "--help", "--quiet",
    "--nworkers", "--nthreads", "--schemafile",
}  # fmt: skip
"""Of pytest, our tools, click, pip, dask and check-jsonschema."""


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_option_in_the_pages_exists(page: Path) -> None:
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text("utf-8")))
    assert told - OTHERS <= set(options_of(main))


def test_readme_tells_every_command() -> None:
    names = {call.split()[0] for call in commands_in(README)}
    names |= set(re.findall(r"`([a-z-]+) [A-Z]+`", README))
    assert set(main.commands) <= names


def test_readme_tells_every_exit_code() -> None:
    rows = re.findall(r"^\| ([0-9]+) \|", README, re.MULTILINE)
    assert [int(row) for row in rows] == sorted(int(code) for code in ExitCode)


# --- the changelog ----------------------------------------------------------------


def test_the_changelog_has_a_dated_section_for_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    heads = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert heads[0] == "Unreleased"
    days = []
    for head in heads[1:]:
        version, _, day = head.partition(" - ")
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), head
        days.append(date.fromisoformat(day))
    assert days == sorted(days, reverse=True)
    assert heads[1].startswith(f"{__version__} - ")
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security",
                     "Content"}  # fmt: skip


# --- sizes of print -------------------------------------------------------------


def test_everybody_says_the_same_size_of_print() -> None:
    """The schema said that large print is 16 point; the page has 18."""
    words = schema()["properties"]["large_print"]["description"]
    told = dict(re.findall(r"([a-z]+) is ([0-9]+) point", words))
    assert {k: float(v) for k, v in told.items()} == BODY_SIZES_PT
    for text in (README, (ROOT / "src/backguide/cli.py").read_text("utf-8")):
        for size in re.findall(r"([0-9]+)[ -]point text", text):
            assert float(size) == BODY_SIZES_PT["large"]


# --- what a guide holds ---------------------------------------------------------

HOLDS = README.partition("## What a guide holds")[2].partition("\n## ")[0]


def told(noun: str) -> int:
    """Return the number that README tells of a noun."""
    (number,) = re.findall(rf"\*\*([0-9]+) {noun}\*\*", HOLDS)
    return int(number)


@pytest.mark.parametrize("length", ["short", "standard", "full"])
@pytest.mark.parametrize("name", sorted(PERSONAS))
def test_page_one_holds_what_readme_says(
    name: str, length: str, library: Library
) -> None:
    """Goals and reasons stand there at every length and size of print."""
    profile = load_profile(PERSONAS[name])
    options = Options(FIXED_DAY, "test", length=length)
    handout = make_handout(profile, library, options, is_drawn=False).handout
    # In large print the light stands on page one and the rest of the answer after it.
    answer = [b for s in handout.sections if s.id == "main-message" for b in s.blocks]
    if handout.level not in ("SOON", "ROUTINE"):
        assert answer == []
        return
    assert sum(isinstance(block, Verdict) for block in answer) == 1
    facts = on_day(profile, library, FIXED_DAY).facts
    facts, state = select(facts, library, length=length).facts, handout.level
    why = reasons(library.message, facts, state)
    asked = questions(library.message, facts, state)
    text = " ".join(t for block in answer for t in texts_of(block))
    plain = re.compile(r"\{[^}]*\}")
    for line in (*why, *asked):
        assert all(piece.strip() in text for piece in plain.split(line.text)), line.id
    assert len(why) == told("reasons")
    assert 1 <= len(asked) <= told("questions")
    lists = [b for b in answer if isinstance(b, ItemList)]
    assert [len(b.items) for b in lists if b.marker == "number"] == [told("things")]
    symptoms = profile.data.get("symptoms", {})
    for goal in symptoms.get("function_psfs") or ():
        assert str(goal["activity"]) in text
    card = next(s for s in handout.sections if s.id == "warning-signs-card")
    signs = [len(b.items) for b in card.blocks if isinstance(b, ItemList)]
    assert card.is_on_page_one
    assert 0 < max(signs) <= told("signs")


def test_readme_tells_how_much_of_each_kind_a_guide_holds(library: Library) -> None:
    """What always prints counts, so of safety, which does, all print."""
    rows = re.findall(r"^\| `([a-z]+)` \|[^|]+\|(.*)\|$", HOLDS, re.MULTILINE)
    told = {kind: [c.strip() for c in cells.split("|")] for kind, cells in rows}
    must = {s.priority == 1 for s in library.sections.values()
            if library.kind_of(s) == "safety"}  # fmt: skip
    assert must == {True}
    lengths = library.frame.choice.quotas
    assert list(told) == [quota.kind for quota in lengths["standard"]]
    for number, length in enumerate(LENGTHS):
        for quota in lengths[length]:
            count = str(quota.least or "\u2013")
            is_all = quota.least > 20 or quota.kind == "safety"
            assert told[quota.kind][number] == ("all" if is_all else count)


@pytest.mark.parametrize("length", ["short", "standard"])
def test_readme_tells_the_pages(length: str, library: Library) -> None:
    pages = dict(re.findall(r"(short|standard)\s+guide\s+(?:has )?(\d+)", HOLDS))
    assert int(pages[length]) == library.frame.max_pages[length]
    assert LARGE_PRINT_PAGES == 2


# --- the table of samples -------------------------------------------------------

SAMPLES = ROOT / "profiles"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (SAMPLES / "README.md").read_text("utf-8").splitlines()
    if line.startswith("| `")
]


def made(name: str, library: Library) -> Made:
    profile = load_profile(SAMPLES / name)
    return make_handout(profile, library, Options(FIXED_DAY, "test"), is_drawn=False)


def ids(cell: str) -> set[str]:
    return set(re.findall(r"`([a-z-]+)`", cell))


def test_every_sample_has_its_row() -> None:
    assert {ids_file(row) for row in ROWS} == {p.name for p in SAMPLES.glob("*.json")}
    assert len(ROWS) == 15


def ids_file(row: list[str]) -> str:
    return row[0].strip("`")


@pytest.mark.parametrize("row", ROWS, ids=ids_file)
def test_a_sample_prints_what_its_row_says(row: list[str], library: Library) -> None:
    """The table promised sections that do not print at the sample's own length."""
    file, _, _, answer, prints, prints_not, level = row
    handout = made(ids_file(row), library).handout
    lights = [b.headline for s in handout.sections for b in s.blocks
              if isinstance(b, Verdict)]  # fmt: skip
    assert (lights or [handout.title]) == [answer]
    printed = {section.id for section in handout.sections}
    assert handout.level == level, file
    assert ids(prints)
    assert ids(prints) <= printed
    assert ids(prints_not) & printed == set()
    assert ids(prints) | ids(prints_not) <= set(library.sections)


@pytest.mark.parametrize("row", ROWS, ids=ids_file)
def test_a_sample_is_whom_its_row_tells_of(row: list[str], library: Library) -> None:
    """The table told of another usual pain than the sample has."""
    words = f"{row[1]}. {row[2]}"
    profile = load_profile(SAMPLES / ids_file(row))
    sex, age = re.findall(r"\b([Ww]oman|[Mm]an) of (\d+)", words)[0]
    assert profile.get("person.age_years") == int(age)
    expected = "female" if sex.lower() == "woman" else "male"
    assert profile.get("person.sex_at_birth") == expected
    facts = {
        r"usual pain (\d+) of 10": "symptoms.nrs_usual_24h",
        r"pain for (\d+) weeks": "derived.onset_weeks",
        r"stopped running (\d+) weeks": "running.weeks_since_last_run",
        r"longest run (\d+) km": "running.longest_run_30d_km",
        r"planned (\d+) km": "running.planned_next_longest_km",
        r"(\d+) km a week": "running.weekly_distance_km",
        r"at most ([\d.]+) km": "derived.next_long_run_cap_km",
        r"(\d+) weeks after a birth": "diagnoses.weeks_since_birth",
        r"(\d+) weeks after a disc": "derived.surgery_weeks",
        r"BMI (\d+)": "derived.bmi",
    }
    told = []
    for pattern, path in facts.items():
        for number in re.findall(pattern, words):
            told.append(number)
            value = profile.facts[path]
            assert isinstance(value, int | float)
            assert (round(value) if path == "derived.bmi" else value) == float(number)
    numbers = re.findall(r"\b\d+(?:\.\d+)?\b", words.replace(f"of {age}", "", 1))
    assert sorted(told) == sorted(n for n in numbers if n != "10")
    for size, label in (("large", "large print"), ("giant", "giant print")):
        assert (label in words) == (profile.get("large_print") == size)
    if "at most" in words:
        text = "\n".join(
            t
            for s in made(ids_file(row), library).handout.sections
            for b in s.blocks
            for t in texts_of(b)
        )
        for number in re.findall(r"at most ([\d.]+) km", words):
            assert f"{number} km" in text.replace("\u00a0", " ")


def test_every_sample_says_that_it_is_one() -> None:
    for path in SAMPLES.glob("*.json"):
        assert json.loads(path.read_text("utf-8"))["sample"] is True
    constants = (ROOT / "docs" / "export-map.toml").read_text("utf-8")
    assert re.search(r"^sample = true$", constants, re.MULTILINE)

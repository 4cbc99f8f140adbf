"""What is told of a guide is what it holds, to whoever made it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backguide.cli import main
from backguide.contents import left_out_of, parts_of, told
from backguide.guidance.library import Library
from backguide.guidance.section import KINDS
from backguide.making import Made, Options, make_handout
from backguide.profile.load import load_profile
from strategies import FIXED_DAY
from test_personas import PERSONAS

ROOT = Path(__file__).parents[1]
DESK = ROOT / "profiles" / "desk-worker.json"
LINES_OF_A_SCREEN = 24


@pytest.fixture(scope="module")
def guide(library: Library) -> Callable[[str], Made]:
    def made(name: str) -> Made:
        profile = load_profile(PERSONAS[name])
        options = Options(FIXED_DAY, "test")
        return make_handout(profile, library, options, is_drawn=False)

    return made


@pytest.mark.parametrize("name", sorted(PERSONAS))
def test_each_section_is_told_once(
    name: str, guide: Callable[[str], Made], library: Library
) -> None:
    made = guide(name)
    parts, left = parts_of(made, library), left_out_of(made, library)
    assert [part.id for part in parts] == list(dict.fromkeys(made.handout.section_ids))
    ids = [part.id for part in parts if part.kind] + [item.id for item in left]
    assert sorted({*ids, "clinic-contact"}) == sorted(library.sections)
    assert len(ids) == len(set(ids))
    for part in parts:
        assert 1 <= part.page <= part.last_page <= made.pages
        assert part.kind in KINDS or part.id in ("teach-back", "attached-note")
        assert part.title
    for item in left:
        assert item.kind in KINDS
        assert item.rule.startswith("left out: ")
        assert item.reason


@pytest.mark.parametrize("name", sorted(PERSONAS))
def test_it_is_told_in_words_on_one_screen(
    name: str, guide: Callable[[str], Made], library: Library
) -> None:
    made = guide(name)
    lines = list(told(made, library))
    assert len(lines) < LINES_OF_A_SCREEN or made.pages > 4
    text = " ".join(line.strip() for line in lines)
    for part in parts_of(made, library):
        assert part.title in text
    for slug in (part.id for part in parts_of(made, library)):
        assert not re.search(rf"(?<![\w-]){slug}(?![\w-])", text) or "-" not in slug
    applying = {d.section.title for d in made.selection.included()}
    assert all(title in text for title in applying - {"Who to call"})


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in arguments])


def made_record(tmp_path: Path, *more: str) -> dict[str, Any]:
    result = run("make", DESK, "-o", tmp_path / "x.pdf", "--json", *more)
    record: dict[str, Any] = json.loads(result.stderr)
    return record


@pytest.mark.parametrize(
    "more", [(), ("--length", "short"), ("--paper", "Letter"), ("--large-print",)]
)
def test_explain_tells_what_make_makes(tmp_path: Path, more: tuple[str, ...]) -> None:
    record = made_record(tmp_path, *more)
    explained = json.loads(run("explain", DESK, "--json", *more).stdout)
    assert explained["pages"] == record["pages"]
    told_of = {
        s["id"]: (s["kind"], s["form"], s["page"], s["last_page"])
        for s in explained["sections"]
        if s["page"] is not None
    }
    assert told_of == {
        p["id"]: (p["kind"], p["form"], p["page"], p["last_page"])
        for p in record["parts"]
    }
    left = {s["id"]: s["decision"] for s in explained["sections"] if s["page"] is None}
    assert left == {i["id"]: f"left out: {i['rule']}" for i in record["left_out"]}
    assert record["dropped"] == [
        i["id"] for i in record["left_out"] if i["rule"] == "no space"
    ]


def test_explain_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is quick for that; ``benchmarks/explain.py`` measures it."""
    monkeypatch.setattr(
        "backguide.making.render_pdf", lambda *_, **__: pytest.fail("drawn")
    )
    assert run("explain", DESK).exit_code == 0


def test_explain_names_pages_and_forms() -> None:
    text = run("explain", DESK).stdout
    assert "Pages: 4" in text
    assert re.search(
        r"\+ deep-water-running \[included, alternative, \w+, page \d", text
    )
    assert re.search(r"- faq-\S+ \[left out: no space; .*\]: no room on 4 pages", text)

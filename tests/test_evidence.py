"""``docs/evidence.md``: whole, in step with the content, and what others cite is there.

A citation reads ``docs/evidence.md, RF10`` (the id of a row or a card) or
``docs/evidence.md, section 3.2`` (a heading).
"""

import ast
import io
import posixpath
import re
import subprocess
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from backguide.guidance import reading
from backguide.guidance.library import Library
from backguide.profile.facts import known_facts

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "evidence.md"
TEXT = PAGE.read_text("utf-8")

HEADING = re.compile(r"^#+ (\d+(?:\.\d+)?)\.? ", re.MULTILINE)
CARD = re.compile(r"^### (X\d\d) `([a-z-]+)`", re.MULTILINE)
ROW = re.compile(r"^\| `?(\w[\w-]*)`?(?: [VK/]+)? \| (.+) \|$", re.MULTILINE)
REFERENCE = re.compile(r"^- \*\*([ERP]\d\d[a-z]?)\*\* (.+)$", re.MULTILINE)
DOI = re.compile(r"\b10\.\d{4,}/[^\s*]*[^\s*.,;)]")
SOURCE_ID = re.compile(r"\b[ERP]\d\d[a-z]?\b")


def part(number: str) -> str:
    """Return the text of one numbered heading, up to the next of the same depth."""
    depth = "#" * (number.count(".") + 1)
    found = re.search(
        rf"^{depth} {re.escape(number)}\.? .*?(?=^#{{1,{len(depth)}}} |\Z)",
        TEXT,
        re.MULTILINE | re.DOTALL,
    )
    assert found, number
    return found[0]


@cache
def rows(number: str) -> dict[str, list[str]]:
    """Return the rows of the tables of a part: first cell to the other cells."""
    return {row[1]: row[2].split(" | ") for row in ROW.finditer(part(number))}


REFERENCES = dict(REFERENCE.findall(TEXT))
HEADINGS = set(HEADING.findall(TEXT))
IDS = {
    *(found[1] for found in CARD.finditer(TEXT)),
    *(row[1] for row in ROW.finditer(TEXT)),
    *REFERENCES,
}


def content(name: str) -> dict[str, dict]:
    return tomllib.loads((ROOT / "templates" / name).read_text("utf-8"))


# --- the page itself ------------------------------------------------------------------


def numbered(letters: str, last: int, *, first: int = 1) -> list[str]:
    return [f"{letters}{number:02}" for number in range(first, last + 1)]


def test_every_id_has_its_row() -> None:
    wanted = [
        *numbered("RF", 30), *numbered("C", 30), *numbered("L", 47),
        *numbered("X", 20), *numbered("R", 17), *numbered("P", 14), "P05b",
        *(name for name in numbered("E", 62) if name != "E43"),
    ]  # fmt: skip
    assert [name for name in wanted if name not in IDS] == []
    assert len(part("5.6").split("\n1")) > 5


def test_an_id_stands_for_one_thing_in_its_part() -> None:
    for number in ("1", "2.1", "2.2", "3.3", "5.2", "7.8"):
        names = [row[1] for row in ROW.finditer(part(number))]
        names = [name for name in names if name not in ("id", "ID", "Ref")]
        assert sorted(set(names)) == sorted(names), number
    names = [name for name, _ in REFERENCE.findall(TEXT)]
    assert sorted(set(names)) == sorted(names)


def test_every_row_has_as_many_cells_as_its_head() -> None:
    for number, (above, line) in enumerate(pairwise(TEXT.split("\n")), start=2):
        if above.startswith("|") and line.startswith("|"):
            assert line.count("|") == above.count("|"), f"line {number}"


def test_what_the_page_names_of_its_own_is_there() -> None:
    """A study, sign, claim or card that some row rests on can be looked up."""
    for name in re.findall(r"\b(?:RF\d\d|S[0-4]-\d\d|[CERX]\d\d|P\d\d[a-z]?)\b", TEXT):
        assert name in IDS, name


def test_no_clinician_is_said_to_have_reviewed_it() -> None:
    assert "**No clinician has reviewed this page.**" in TEXT


# --- in step with the content ---------------------------------------------------------


def test_every_source_has_the_same_reference_there() -> None:
    """Year and DOI stand in its line, or in that of a source which the line names."""
    sources = content("sources.toml")
    for name, source in sources.items():
        near = {name, *SOURCE_ID.findall(REFERENCES[name] + source["citation"])}
        lines = " ".join(REFERENCES[other] for other in sorted(near))
        assert str(source.get("year", "")) in lines, name
        dois = {*DOI.findall(source["citation"]), source.get("doi", "")} - {""}
        assert dois <= set(DOI.findall(lines)), name
        assert dois or not DOI.findall(REFERENCES[name]), name
    assert set(REFERENCES) - set(sources) == {"P05b"}


def test_every_claim_of_the_ledger_is_there() -> None:
    written = {row: cells for row, cells in rows("1").items() if row.startswith("S")}
    for name, claim in content("claims.toml").items():
        _, category, verdict, sections = written.pop(name)
        assert category == claim["category"], name
        assert verdict.split(" (")[0] == claim["verdict"], name
        assert sections.split(", ") == claim["sections"], name
    assert set(written) <= {"SOFTEN", "SAFETY"}


def test_every_sign_names_the_sources_of_its_row(library: Library) -> None:
    """Or none, where the row has nothing but common knowledge."""
    for flag in library.flags:
        source = rows("3.3")[flag.id][4]
        assert sorted(flag.sources) == sorted(SOURCE_ID.findall(source)), flag.id


def test_every_section_is_there_with_what_it_rests_on(library: Library) -> None:
    matrix = {name: cells for name, cells in rows("5.2").items() if name != "id"}
    for name, section in library.sections.items():
        assert f"`{name}`" in part("5"), name
        if name in matrix:
            rests_on = set(SOURCE_ID.findall(matrix[name][4]))
            assert rests_on <= set(section.sources), name
    assert set(matrix) <= set(library.sections)
    assert len(matrix) == 77


def test_every_exercise_has_its_card_there(library: Library) -> None:
    assert {found[1] for found in CARD.finditer(part("6.3"))} == set(library.exercises)


def test_every_safety_question_is_there() -> None:
    plan = part("4")
    for path in known_facts():
        group, _, field = path.partition(".")
        if group in ("red_flags", "spa"):
            planned = {"red_flags": "rf_", "spa": "spa_"}[group] + field
            assert f"`{path}`" in plan or f"`{planned}`" in plan, path


def test_what_the_page_says_of_the_schema_is_so() -> None:
    """Each field that it names by its place is there."""
    paths = set(re.findall(r"`([a-z_]+\.[a-z_0-9]+)`", part("4.11")))
    assert len(paths) > 25
    assert paths <= set(known_facts()) | {"schema.json"}


def limits() -> Iterator[tuple[str, float, str]]:
    """Yield the limits of the reading check: name, number, and the row it names."""
    waiting = []
    for node in ast.parse(Path(str(reading.__file__)).read_text("utf-8")).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Constant):
            if isinstance(node.value.value, (int, float)):
                waiting.append((ast.unparse(node.target), node.value.value))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            row = re.match(r"L\d\d", str(node.value.value))
            yield from ((*limit, row[0]) for limit in waiting if row)
            waiting = []


@pytest.mark.parametrize(("name", "limit", "row"), list(limits()))
def test_every_limit_of_the_reading_check_is_that_of_its_row(
    name: str, limit: float, row: str
) -> None:
    written = f"{' '.join(rows('7.8')[row])} {part('7.6')}"
    shown = f"{limit:g}"
    if name.endswith(("_SHARE", "_SHARE_ONE_PAGE")):
        shown = f"{100 * limit:g}%"
    elif name == "MAX_REVIEW_DAYS":
        shown = {366: "12 months"}[limit]
    assert re.search(rf"(?<![\d.]){re.escape(shown)}(?![\d.]\d)", written), name


# --- what others cite -----------------------------------------------------------------

OTHERS = ("src", "tests", "templates", "docs", "tools", "benchmarks", ".ci")
CITATION = re.compile(
    r"docs/evidence\.md`*, (?:section (?P<heading>\d+(?:\.\d+)?)|(?P<id>[A-Z][\w-]*\d))"
)
DOCUMENT = re.compile(r"(?<![\w/{*<.-])(?:[\w.-]+/)*[\w-]+\.md\b(?!:\d)")


@cache
def tracked() -> tuple[str, ...]:
    command = ["git", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    return tuple(sorted(set(listed.decode().split("\0")) - {""}))


@cache
def documents() -> frozenset[str]:
    """Return every way to name a text of the project: its path, or the end of one."""
    parts = [name.split("/") for name in tracked() if name.endswith(".md")]
    return frozenset("/".join(part[n:]) for part in parts for n in range(len(part)))


@cache
def texts_of_the_project() -> dict[str, str]:
    """Return what people read of each file: all of it, or comments and docstrings."""
    found = {}
    for name in tracked():
        path = ROOT / name
        is_ours = name.startswith(OTHERS) or "/" not in name
        is_read = path.suffix in {".py", ".toml", ".md", ".mjs", ".java", ".yml"}
        if is_ours and is_read and not name.startswith("tests/data/"):
            found[name] = prose(path)
    return found


def prose(path: Path) -> str:
    """Return it with line ends, and the marks of a comment that goes on, as spaces."""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        said = [token.string for token in tokens if token.type == tokenize.COMMENT]
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                said.append(str(node.value.value))
        text = "\n".join(said)
    return re.sub(r"\s*\n\s*(?:#|//|\*|>)?\s*", " ", text)


VAGUE = re.compile(
    r"(?<![/\w])evidence (?:base|file|section|\d)"
    r"|fault catalogue",
    re.IGNORECASE,
)
"""Where somebody is sent without a page to open."""


IN_THE_WHEEL = "backguide/_data/"
"""Where an installed package has the documents of the project."""


def is_there(document: str, name: str) -> bool:
    """Tell whether a document is there that a file names."""
    if document.startswith("../"):
        place = posixpath.join(posixpath.dirname(name), document)
        return posixpath.normpath(place) in tracked()
    return document.removeprefix(IN_THE_WHEEL) in documents()


def citation_faults(text: str, name: str) -> Iterator[str]:
    for found in VAGUE.finditer(text):
        yield f"{found[0]}: name the page, docs/evidence.md, and its row or section"
    for found in CITATION.finditer(text):
        if found["heading"] not in HEADINGS and found["id"] not in IDS:
            yield f"{found[0]}: there is no such row or heading"
    for found in DOCUMENT.finditer(text):
        if not is_there(found[0], name):
            yield f"{found[0]}: there is no such document"


def test_what_is_cited_can_be_found() -> None:
    faults = [
        f"{name}: {fault}"
        for name, text in texts_of_the_project().items()
        for fault in citation_faults(text, name)
    ]
    assert not faults, "\n".join(faults)


def test_there_are_citations_to_find() -> None:
    cited = [CITATION.findall(text) for text in texts_of_the_project().values()]
    assert sum(map(len, cited)) > 10


@pytest.mark.parametrize(
    "text",
    [
        "docs/evidence.md, RF31", "docs/evidence.md, section 26",
        "``docs/evidence.md``, S5-01", "as reliability.md has it",
        "see ../ask.md", "by evidence 6.2", "the evidence base has it so",
        "see the fault catalogue",
    ],
)  # fmt: skip
def test_a_citation_of_nothing_is_noticed(text: str) -> None:
    assert len(list(citation_faults(text, "docs/api.md"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "docs/evidence.md, RF30 and docs/evidence.md, section 3.2",
        "docs/evidence.md, L04", "docs/evidence.md, X20", "docs/evidence.md, S4-17",
        "docs/evidence.md, R17", "templates/README.md", "shoes.md", "x.md:12",
        "../README.md", "backguide/_data/docs/evidence.md",
    ],
)  # fmt: skip
def test_a_citation_that_holds_is_let_be(text: str) -> None:
    assert not list(citation_faults(text, "docs/api.md"))

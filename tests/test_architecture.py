"""The plan of ARCHITECTURE.md, enforced: imports go down, libraries have one owner."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "backguide"

FLOOR = {
    "about": 0,
    "errors": 0,
    "document": 0,
    "resources": 0,
    "reading": 1,
    "output": 2,
    "strict_toml": 0,
    "schemas": 1,
    "state_rows": 2,
    "unpacking": 2,
    "profile": 2,
    "guidance": 3,
    "clinic": 3,
    "runs": 3,
    "handout": 4,
    "interview": 4,
    "layout": 5,
    "verification": 5,
    "binding": 5,
    "fhir": 5,
    "making": 6,
    "intake": 6,
    "api": 7,
    "contents": 7,
    "batch": 7,
    "web": 7,
    "packet": 7,
    "cli_talk": 7,
    "cli_files": 8,
    "cli_options": 9,
    "cli_print": 9,
    "cli_recall": 9,
    "cli_batch": 10,
    "cli_review": 10,
    "cli_runs": 10,
    "cli_columns": 10,
    "cli_fhir": 10,
    "cli_ask": 10,
    "cli_serve": 10,
    "cli_sheet": 10,
    "cli": 11,
    "__main__": 12,
    "__init__": 12,
}
OFF_THE_STAIRS = ("layout", "verification", "binding")
"""They know the document, not the runner."""
MAY_SEE = {"errors", "document", "reading", "resources"}
OWNER = {
    "jsonschema": ("schemas",),
    "referencing": ("schemas",),
    "tomllib": ("strict_toml",),
    "reportlab": ("layout",),
    "PIL": ("layout",),
    "pikepdf": ("verification", "binding", "intake"),
    "pypdfium2": ("verification",),
    "click": (
        "cli",
        "cli_batch",
        "cli_files",
        "cli_options",
        "cli_talk",
        "cli_print",
        "cli_review",
        "cli_recall",
        "cli_runs",
        "cli_columns",
        "cli_fhir",
        "cli_ask",
        "cli_serve",
        "cli_sheet",
    ),
    "distributed": ("batch",),
    "fhir": ("fhir",),
    "fitdecode": ("runs",),
    "gpxpy": ("runs",),
    "lxml": ("runs",),
    "openpyxl": ("batch",),
    "python_calamine": ("batch",),
    "flask": ("web",),
    "jinja2": ("web",),
    "markupsafe": ("web",),
    "werkzeug": ("web",),
    "cheroot": ("web",),
    "gzip": ("unpacking",),
    "zipfile": ("unpacking",),
}
NETWORK = {
    "socket", "socketserver", "asyncio", "wsgiref", "xmlrpc", "urllib", "http",
    "ftplib", "smtplib", "requests", "ssl",
}  # fmt: skip
"""Nothing imports them; ``web`` listens through cheroot, and nobody else may."""


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node.lineno, "relative"
            elif node.module == "backguide":
                yield node.lineno, "backguide"
            else:
                yield from (
                    (node.lineno, f"{node.module}.{a.name}") for a in node.names
                )


def faults(room: str, tree: ast.AST) -> Iterator[str]:
    for line, name in imports(tree):
        library, _, rest = name.partition(".")
        target = rest.partition(".")[0]
        if name == "relative":
            yield f"{line}: relative import"
        elif library in NETWORK:
            yield f"{line}: imports {library}, and there is no network here"
        elif library == "backguide":
            if target not in FLOOR:
                yield f"{line}: imports from the package root"
            elif target != room and not _may_see(room, target):
                yield f"{line}: imports {target}"
        elif room not in OWNER.get(library, (room,)):
            owner = OWNER[library][0]
            yield f"{line}: imports {library}, which belongs to {owner}"


def _may_see(room: str, target: str) -> bool:
    if room in OFF_THE_STAIRS:
        return target in MAY_SEE
    return FLOOR[target] < FLOOR[room]


def test_the_house_stands() -> None:
    found = []
    for path in sorted(SRC.rglob("*.py")):
        room = path.relative_to(SRC).parts[0].removesuffix(".py")
        assert room in FLOOR, f"{room} has no floor yet: give it one in ARCHITECTURE.md"
        tree = ast.parse(path.read_text("utf-8"))
        found += [f"{path.relative_to(SRC)}:{fault}" for fault in faults(room, tree)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("room", "code", "expected"),
    [
        ("document", "from backguide import making", "from the package root"),
        ("document", "from backguide.profile.facts import Fact", "imports profile"),
        ("layout", "from backguide.profile.facts import Fact", "imports profile"),
        ("handout", "import click", "belongs to cli"),
        ("guidance", "from reportlab.pdfgen import canvas", "belongs to layout"),
        ("guidance", "from . import triage", "relative import"),
        ("profile", "import urllib.request", "no network"),
        ("web", "import socketserver", "no network"),
        ("batch", "from cheroot import wsgi", "belongs to web"),
        ("cli_serve", "import flask", "belongs to web"),
    ],
)
def test_a_planted_fault_is_seen(room: str, code: str, expected: str) -> None:
    assert any(expected in fault for fault in faults(room, ast.parse(code)))


def test_only_the_command_line_prints_or_exits() -> None:
    for path in sorted(SRC.rglob("*.py")):
        if path.name.startswith("cli"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("print", "sys.exit", "exit"), (path, node.lineno)


def test_nothing_evaluates_text() -> None:
    for path in sorted(SRC.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("eval", "exec", "compile"), (path, node.lineno)


# --- one door out, one door in ------------------------------------------------

CHANGES = {
    "os": {"replace", "rename", "renames", "unlink", "remove", "mkdir", "makedirs",
           "rmdir", "removedirs", "link", "symlink", "truncate", "mkfifo", "chmod"},
    "shutil": {"*"},
    "tempfile": {"*"},
}  # fmt: skip
"""Functions that change what lies on a disk."""
CHANGING_METHODS = {"write_text", "write_bytes", "unlink", "mkdir", "rmdir", "touch",
                    "rename", "symlink_to", "hardlink_to", "chmod"}  # fmt: skip
READING_METHODS = {"read_text", "read_bytes"}
FROM_THE_PACKAGE = {"resources.py", "layout/metadata.py", "guidance/built_in.py"}
"""They read what is shipped with the program, wherever an installer has put it."""
STREAMS_OF_A_PDF = {"verification", "binding"}
"""There ``read_bytes`` is pikepdf's, of bytes that are in memory already."""


def door_faults(name: str, tree: ast.AST) -> Iterator[str]:
    """Yield what opens, makes, renames or removes a file beside the two doors."""
    room = name.partition("/")[0].removesuffix(".py")
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        owner, _, called = ast.unparse(node.func).rpartition(".")
        is_nowhere = bool(node.args) and ast.unparse(node.args[0]) == "os.devnull"
        in_memory = owner in ("pikepdf", "Image", "pikepdf.Pdf") or (
            room == "unpacking" and owner == "archive"  # a member of an open file
        )
        changes = CHANGES.get(owner, set())
        if room != "output" and (
            called in changes or "*" in changes or called in CHANGING_METHODS
        ):
            yield f"{node.lineno}: {owner}.{called} changes the disk beside output.py"
        is_door = room in ("output", "reading") or is_nowhere or in_memory
        if called == "open" and not is_door:
            yield f"{node.lineno}: {owner}.open goes past output.py and reading.py"
        may_read = room == "reading" or room in STREAMS_OF_A_PDF
        if owner and called in READING_METHODS and not may_read:
            if name in FROM_THE_PACKAGE:
                continue
            yield f"{node.lineno}: {owner}.{called} goes past reading.py"


def test_all_files_go_through_two_doors() -> None:
    """Whatever opens files elsewhere may wait for a pipe, or write over an input."""
    found = []
    for path in sorted(SRC.rglob("*.py")):
        name = path.relative_to(SRC).as_posix()
        tree = ast.parse(path.read_text("utf-8"))
        found += [f"{name}:{fault}" for fault in door_faults(name, tree)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    ["open(p, 'w')", "path.open('rb')", "os.open(p, 0)", "os.replace(a, b)",
     "shutil.copy(a, b)", "path.read_text()", "path.unlink()", "path.mkdir()",
     "tempfile.mkstemp()", "path.write_bytes(b'')"],
)  # fmt: skip
def test_a_way_past_the_doors_is_seen(code: str) -> None:
    assert [*door_faults("batch/x.py", ast.parse(code))]
    assert not [*door_faults("batch/x.py", ast.parse("os.open(os.devnull, 0)"))]


def test_only_one_place_prints() -> None:
    """Standard output has one way; click's own help is watched at the last door."""
    for path in sorted(SRC.rglob("*.py")):
        if path.name == "cli_talk.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                words = ast.unparse(node)
                assert words not in ("sys.stdout", "click.echo", "click.secho"), (
                    path,
                    node.lineno,
                )


def test_only_one_module_listens() -> None:
    found = [
        path.relative_to(SRC).as_posix()
        for path in sorted(SRC.rglob("*.py"))
        if any(name.startswith("cheroot") for _, name in imports(
            ast.parse(path.read_text("utf-8"))))
    ]  # fmt: skip
    assert found == ["web/server.py"]


def test_a_guide_needs_nothing_of_the_web() -> None:
    code = (
        "import sys\n"
        "from backguide.cli import main\n"
        "try:\n    main(['make', sys.argv[1], '-o', '-'])\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "own = {'flask', 'jinja2', 'werkzeug', 'cheroot', 'socket', 'ssl', 'http'}\n"
        "sys.stderr.write(f'FOUND {sorted(own & set(sys.modules))}')\n"
    )
    profile = SRC.parents[1] / "profiles" / "desk-worker.json"
    done = subprocess.run(
        [sys.executable, "-c", code, str(profile)], capture_output=True, check=True
    )
    assert done.stderr.decode().rpartition("FOUND ")[2] == "[]"

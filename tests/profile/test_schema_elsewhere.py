"""Other people's validators load the profile's schema and judge as backguide does.

An editor, a clinic's import script or a web form reads what ``backguide schema``
prints. Their regular expressions are those of ECMA-262 or of Rust, not Python's.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from backguide.profile.facts import schema
from strategies import minimal_profile

ROOT = Path(__file__).parents[2]
NODE = ROOT / "tests" / "node"
SCHEMA = dict(schema())

FILES = sorted(
    path
    for folder in ("profiles", "tests/data/personas", "tests/data/profiles")
    for path in (ROOT / folder).rglob("*.json")
)

TEXTS = ("a", "a\n", "\na", " a", "a ", "\u00a0a", "\u2003a", "\ufeffa", "a\ufeff",
         "a\u2028b", "a\u0085", "\u0085a", "\x1ca", "a\x7f", "a\tb", "x@y", "x@y\n",
         "@", "a@b@c", "e\u0301", "\U0001f3c3" * 20, "a" * 40, "", 7, None)  # fmt: skip
DATES = ("2026-02-28", "2026-02-30", "2024-02-29", "20260228", "2026-W01-1",
         "2026-2-8", "\uff12026-02-28", "2026-02-28\n", " 2026-02-28",
         "2026-02-28T10:00:00Z", "tomorrow", "", 20260228)  # fmt: skip
NUMBERS = (3, 3.0, 3.5, -1, 10**9, 1e2, "3", True, None)


def read(path: Path) -> Any:
    """Return the document, or nothing where the file is no JSON for everybody."""

    try:
        data = json.loads(path.read_bytes())
        json.dumps(data, allow_nan=False)  # Infinity and NaN are Python's, not JSON's
    except ValueError:
        return None
    return data


def odd_values() -> list[Any]:
    """Return a whole profile with one odd value at each text, day and number."""
    found = []
    for group, spec in SCHEMA["properties"].items():
        for name, field in (spec.get("properties") or {"": spec}).items():
            kinds = field.get("type", [])
            kinds = [kinds] if isinstance(kinds, str) else kinds
            if "string" in kinds:
                values = DATES if field.get("format") == "date" else TEXTS
            elif {"integer", "number"} & set(kinds):
                values = NUMBERS
            else:
                continue
            for value in values:
                raw = minimal_profile()
                if name:
                    raw.setdefault(group, {})[name] = value
                else:
                    raw[group] = value
                found.append(raw)
    return found


DOCUMENTS = [data for path in FILES if (data := read(path)) is not None] + odd_values()
PYTHON = Draft202012Validator(
    SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER
)
VERDICTS = [PYTHON.is_valid(document) for document in DOCUMENTS]


def differences(others: list[bool]) -> list[str]:
    """Return the documents on which the two judges differ, with our reasons."""
    assert len(others) == len(VERDICTS)
    return [
        f"document {number}: here {ours}, there {theirs}: "
        + "; ".join(e.message for e in PYTHON.iter_errors(DOCUMENTS[number]))
        for number, (ours, theirs) in enumerate(zip(VERDICTS, others, strict=True))
        if ours is not theirs
    ]


def test_the_documents_are_of_both_kinds() -> None:
    assert sum(VERDICTS) >= 100
    assert VERDICTS.count(False) >= 100


def test_jsonschema_rs_judges_the_same() -> None:
    """The schema was refused whole by every validator but Python's own."""
    judge = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)
    assert differences([judge.is_valid(document) for document in DOCUMENTS]) == []


def test_check_jsonschema_accepts_the_schema_and_judges_the_samples(
    tmp_path: Path,
) -> None:
    """Its regular expressions are ECMA-262's, read by a library of its own."""
    place = tmp_path / "profile.schema.json"
    place.write_text(json.dumps(SCHEMA), encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "check_jsonschema", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    metaschema = run("--check-metaschema", str(place))
    assert metaschema.returncode == 0, metaschema.stdout
    known = [path for path in FILES if read(path) is not None]
    done = run("--schemafile", str(place), "-o", "json", *map(str, known))
    told = json.loads(done.stdout)
    bad = {Path(error["filename"]).resolve() for error in told["errors"]}
    assert told["parse_errors"] == []
    assert bad == {path for path in known if not PYTHON.is_valid(read(path))}


def test_ajv_in_strict_mode_judges_the_same(tmp_path: Path) -> None:
    """ajv stops at a word that it does not know and at a field without a type."""
    node = shutil.which("node")
    if not node or not (NODE / "node_modules").is_dir():
        message = "Node.js with npm is missing; run_tests.py installs the packages"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    place = tmp_path / "profile.schema.json"
    place.write_text(json.dumps(SCHEMA), encoding="utf-8")
    done = subprocess.run(
        [node, str(NODE / "judge-with-ajv.mjs"), str(place)],
        input=json.dumps(DOCUMENTS),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert differences(json.loads(done.stdout)) == []


def test_the_page_for_programs_lists_every_annotation() -> None:
    """Who declares the listed words in ajv must not meet another one."""
    used: set[str] = set()

    def collect(node: object) -> None:
        if isinstance(node, dict):
            used.update(name for name in node if name.startswith("x-"))
            for value in node.values():
                collect(value)
        elif isinstance(node, list):
            for value in node:
                collect(value)

    collect(SCHEMA)
    page = (ROOT / "docs" / "profile.md").read_text(encoding="utf-8")
    listed = set(re.findall(r'"(x-[a-z-]+)"', page))
    # Retired fields come and go; who declared the words once need not look again.
    assert listed == used | {"x-retired", "x-retired-why"}

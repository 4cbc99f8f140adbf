"""Rows of state files go through a JSON Schema, as everything from outside does."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from backguide.batch.manifest import Manifest, Row, RunRow, checked_row, parse_row
from backguide.resources import state_schema_text
from backguide.state_rows import MAX_ROW_BYTES, StateSlip, read_row

FILES = ("manifest", "print-jobs", "owner")
ROWS: dict[tuple[str, str], dict[str, Any]] = {
    ("manifest", "input"): {
        "run": 1, "input": "file 1", "id": "p1", "status": "made",
        "reason": "", "field": "", "words": [], "guide_code": "7F3A-09C1",
        "flags": [], "pages": 2, "sections": ["shoes@1a2b"], "content": "abc",
        "program": "0.1", "options": "x", "issued_on": "2026-11-23",
        "input_sha256": "a" * 64, "pdf_sha256": "b" * 64,
        "file": "held/bg-p1-20261123-7F3A09C1.pdf", "seconds": 0.5,
        "at": "2026-11-23T21:05:00+01:00",
    },
    ("manifest", "run"): {
        "run": 1, "status": "ended", "inputs": 1, "content": "abc", "program": "0.1",
        "options": "x", "issued_on": "", "is_forced": False, "review": "x",
        "at": "2026-11-23T21:05:00+01:00",
    },
    ("print-jobs", "job"): {
        "at": "2026-11-23T21:05:00+01:00", "target": "/x/print.pdf",
        "files": {"/x/print.pdf": "a" * 64}, "guides": ["b" * 64],
    },
    ("owner", "owner"): {"host": "desk", "pid": 7, "begun": "123"},
}  # fmt: skip
"""A good row of each kind."""
OTHERS: tuple[Any, ...] = (
    None, True, 3, -1, 3.5, 10**30, "", "x" * 30_000, "\0", "a\nb", "../x.pdf",
    [], [1], {}, {"a": 1},
)  # fmt: skip
LOOSE = {"words", "flags", "sections", "guides"}


def line(record: object) -> bytes:
    return json.dumps(record).encode() + b"\n"


@pytest.mark.parametrize("name", FILES)
def test_the_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(json.loads(state_schema_text(name)))


@pytest.mark.parametrize(("kind", "row"), [("input", Row), ("run", RunRow)])
def test_the_schema_knows_each_field_of_a_row(kind: str, row: type) -> None:
    known = json.loads(state_schema_text("manifest"))["$defs"][kind]["properties"]
    assert set(known) == {field.name for field in fields(row)}


@pytest.mark.parametrize("key", ROWS)
def test_a_good_row_is_read(key: tuple[str, str]) -> None:
    assert read_row(line(ROWS[key]), *key) == ROWS[key]
    newer = {**ROWS[key], "new_in_2030": [1]}
    assert read_row(line(newer), *key) == newer


@pytest.mark.parametrize("key", ROWS)
def test_each_value_of_another_kind_is_told_by_its_field(key: tuple[str, str]) -> None:
    """A number for an id, a list for an input, a day that is a number: "a bug"."""
    for field, good in ROWS[key].items():
        refused = 0
        for other in OTHERS:
            record = {**ROWS[key], field: other}
            try:
                read = read_row(line(record), *key)
            except StateSlip as slip:
                assert str(slip).startswith(field), (field, other)  # noqa: PT017
                refused += 1
            else:
                assert type(read[field]) is type(good) or field == "seconds"
        assert refused >= 6, field


@pytest.mark.parametrize("key", ROWS)
def test_no_field_that_a_row_needs_may_be_missing(key: tuple[str, str]) -> None:
    file, kind = key
    needed = json.loads(state_schema_text(file))["$defs"][kind]["required"]
    for field in needed:
        record = {k: v for k, v in ROWS[key].items() if k != field}
        with pytest.raises(StateSlip, match=f"{field}: missing"):
            read_row(line(record), *key)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\n", "UTF-8"),
        (b'{"id": "\\ud800"}\n', "UTF-8"),
        (b'{"run": NaN}\n', "JSON"),
        (b'{"run": 1' + b"0" * 5000 + b"}\n", "JSON"),
        (b"[" * 90_000 + b"\n", "JSON"),
        (b"", "JSON"),
        (b"\0" * 99, "JSON"),
        (b"[]\n", "group of fields"),
        (b"3\n", "group of fields"),
        (b" " * (MAX_ROW_BYTES + 1), "bytes"),
    ],
)
def test_a_line_that_is_no_row_is_told(content: bytes, words: str) -> None:
    with pytest.raises(StateSlip, match=words):
        read_row(content, "manifest", "run")


def test_a_whole_number_is_one_however_it_is_written() -> None:
    text = json.dumps(ROWS["manifest", "input"]).replace('"pages": 2', '"pages": 2.0')
    row = parse_row(text.encode() + b"\n")
    assert isinstance(row, Row)
    assert type(row.pages) is int


def test_what_the_program_writes_it_reads(tmp_path: Path) -> None:
    rows = [
        Row(1, "ä.json", "", "failed", words=("Pain: 11\n    hint: é",)),
        Row(2, "file 1", "p1", "held", flags=("RF03",), seconds=0.0, at="now"),
        RunRow(2, "stopped", review="x\ny"),
    ]
    with Manifest(tmp_path) as manifest:
        manifest.append(rows)
    lines = (tmp_path / "manifest.jsonl").read_bytes().splitlines(keepends=True)
    assert [checked_row(one) for one in lines] == rows

"""Read rows of the files that a batch keeps from one run to the next.

A manifest, a list of print jobs or a lock may have been opened, cut, merged or written
by anybody since. So each row goes through a JSON Schema, as a profile does, before
anything is believed of it; ``state/*.schema.json`` say what is in them. A newer
program may add fields; those are left alone.
"""

import json
from functools import cache
from typing import Any, Final

from backguide.resources import state_schema_text
from backguide.schemas import Judge

MAX_TOLD: Final = 5
"""Of the lines of one file that are no rows, so many are told."""
MAX_ROW_BYTES: Final = 4_194_304
"""A longer line is no row; the findings of one profile are a thousandth of it."""


class StateSlip(Exception):
    """Why a line is no row, in words for people; never holds a text of the row."""


class Damage:
    """The lines of one file that are no rows: how many, and what is wrong."""

    def __init__(self, name: str) -> None:
        """Name the file for messages."""
        self._name = name
        self.count = 0
        self._told: list[str] = []

    def add(self, number: int, slip: StateSlip) -> None:
        """Keep what is wrong with a line, counted from 1."""
        self.count += 1
        if len(self._told) < MAX_TOLD:
            self._told.append(f"line {number} ({slip})")

    def words(self, mend: str) -> tuple[str, ...]:
        """Return one sentence about all of them with the mend; none if all is well."""
        if not self.count:
            return ()
        told = ", ".join(self._told)
        if (more := self.count - len(self._told)) > 0:
            told += f" and {more} more"
        return (f"{self._name}: {self.count} lines are no rows: {told}; {mend}",)


def read_row(line: bytes, file: str, kind: str) -> dict[str, Any]:
    """Return the row in a line.

    Args:
        line: With or without its end.
        file: The kind of file, such as ``manifest``.
        kind: The kind of row, such as ``input``.

    Raises:
        StateSlip: It is no JSON, no group of fields, or not as its schema says.
    """
    return judged(parsed(line), file, kind)


def parsed(line: bytes) -> dict[str, Any]:
    """Return the group of fields in a line; nothing is known of them yet.

    Raises:
        StateSlip: There is none.
    """
    if len(line) > MAX_ROW_BYTES:
        raise StateSlip(f"a line of more than {MAX_ROW_BYTES} bytes")
    try:
        record = json.loads(
            line.decode("utf-8"), parse_float=_number, parse_constant=_no_number
        )
        if b"\\u" in line:
            # Half a character could be read here, and written nowhere.
            json.dumps(record, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        raise StateSlip("not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise StateSlip("not JSON; the line was cut or changed") from None
    if not isinstance(record, dict):
        raise StateSlip("expected one group of fields in { }")
    return record


def judged(record: dict[str, Any], file: str, kind: str) -> dict[str, Any]:
    """Return a row that is as its schema says.

    Raises:
        StateSlip: It is not.
    """
    problems = _judges(file)[kind].find_problems(record)
    if problems:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise StateSlip(f"{first.where}: {first.message}{more}")
    return record


@cache
def _judges(file: str) -> dict[str, Judge]:
    kinds = json.loads(state_schema_text(file))["$defs"]
    return {kind: Judge(schema) for kind, schema in kinds.items()}


def _number(digits: str) -> float | int:
    """Return a number; a whole one as such, however it is written."""
    number = float(digits)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _no_number(_: str) -> float:
    raise ValueError

"""Turn the rows of a CSV into profiles, by a map that says what each column means.

Spreadsheets change what people type: they write a byte order mark, part cells with
";", turn 100000 into 1E+05, 3.5 into 3,5 and a day into a number. Where such a
change can be undone for certain, it is; everywhere else it is a finding that names
row and column.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from backguide.batch.column_map import (
    DATES,
    SEPARATORS,
    ColumnMap,
    MapError,
    cell_fields,
    folded_cell,
    plain_cell,
    slip,
)
from backguide.batch.source import open_source, unreadable
from backguide.errors import Problem
from backguide.profile.facts import Fact
from backguide.schemas import near_miss
from backguide.values import dataclass

_TIME: Final = r"(?:[ T]00:00(?::00(?:\.0+)?)?)?\Z"
_EXPONENT: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+\Z")
_EXCEL_ERROR: Final = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|#+)")
_YES: Final = frozenset({"yes", "true", "wahr", "vrai"})
_NO: Final = frozenset({"no", "false", "falsch", "faux"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a CSV as a profile."""

    number: int
    """As the spreadsheet shows it: the first row of all is 1."""
    content: bytes
    """JSON, with what could be read."""
    problems: tuple[Problem, ...]


# --- the rows ----------------------------------------------------------------


def read_rows(path: Path, columns: ColumnMap) -> Iterator[Row]:
    """Yield the rows of a CSV as profiles; empty rows are left out.

    Raises:
        ProfileError: The file cannot be read to its end.
        MapError: The map speaks of a column that is not there.
    """
    with open_source(path) as file:
        text = io.TextIOWrapper(file, _codec(columns), newline="")
        try:
            yield from _rows(text, path, columns)
        except UnicodeDecodeError:
            raise unreadable(
                path,
                f"not {columns.encoding} text",
                'save it as "CSV UTF-8", or say encoding = "cp1252" in the map',
            ) from None


def _codec(columns: ColumnMap) -> str:
    return "utf-8-sig" if columns.encoding == "utf-8" else columns.encoding


def _rows(text: io.TextIOWrapper, path: Path, columns: ColumnMap) -> Iterator[Row]:
    separator, number = columns.separator, 0
    first = text.readline()
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        separator, number = first[4], 1
        first = text.readline()
    if not first:
        raise unreadable(path, "the file is empty")
    separator = separator or _separator(first)
    lines = _chained(first, text)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    readers: list[tuple[int, str, Callable[[str], Any]]] = []
    width = 0
    try:
        for cells in reader:
            number += 1
            if not readers:
                width = len(cells)
                readers = _readers(cells, path, columns)
            elif any(cell.strip() for cell in cells):
                yield _row(number, cells, width, readers, columns)
    except csv.Error:
        raise unreadable(
            path,
            f"row {number + 1}: a quotation mark is opened and never closed, or the "
            "other way round",
            "look at that row and the one before it",
        ) from None


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _separator(header: str) -> str:
    """Return the separator that the first line has most of, quoted text left out."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(SEPARATORS.values(), key=bare.count)


def _readers(
    header: list[str], path: Path, columns: ColumnMap
) -> list[tuple[int, str, Callable[[str], Any]]]:
    """Return place, field and reading of each mapped column."""
    names = [plain_cell(cell) for cell in header]
    problems = []
    readers = []
    for name, field_path in columns.columns.items():
        count = names.count(name)
        if count == 1:
            readers.append(
                (names.index(name), field_path, _reading(field_path, columns))
            )
            continue
        close = near_miss(name, names)
        words = "there is no such column" if count == 0 else "stands there twice"
        hint = f'did you mean "{close}"?' if close and count == 0 else ""
        problems.append(slip(f'column "{name}"', words, hint))
    if problems:
        raise MapError(path.name, tuple(problems))
    return readers


def _row(
    number: int,
    cells: list[str],
    width: int,
    readers: list[tuple[int, str, Callable[[str], Any]]],
    columns: ColumnMap,
) -> Row:
    profile: dict[str, Any] = {}
    problems: list[Problem] = []
    for path, value in columns.constants.items():
        _put(profile, path, value)
    if len(cells) != width:
        problems.append(
            Problem(
                "",
                f"{len(cells)} cells in place of {width}",
                "a cell that holds the separator must stand in quotation marks",
                "E_CELLS",
            )
        )
    for place, path, read in readers if not problems else ():
        try:
            value = read(cells[place])
        except _Doubt as doubt:
            header = next(h for h, p in columns.columns.items() if p == path)
            where = f'column "{header}" ({path})'
            problems.append(Problem(where, doubt.message, doubt.hint, doubt.code))
        else:
            if value is not None:
                _put(profile, path, value)
    content = json.dumps(profile, ensure_ascii=False, default=_as_text)
    return Row(number, content.encode("utf-8", "surrogatepass"), tuple(problems))


def _put(profile: dict[str, Any], path: str, value: Any) -> None:
    *groups, name = path.split(".")
    for group in groups:
        profile = profile.setdefault(group, {})
    profile[name] = value


def _as_text(value: object) -> str:
    """Return a TOML day as text; JSON knows no days."""
    return value.isoformat() if isinstance(value, date) else str(value)


# --- the cells ---------------------------------------------------------------


class _Doubt(Exception):
    """A cell that may mean something else than it says."""

    def __init__(self, message: str, hint: str, code: str) -> None:
        super().__init__(code)
        self.message, self.hint, self.code = message, hint, code


def _reading(path: str, columns: ColumnMap) -> Callable[[str], Any]:
    """Return how a cell of a column is read; None means not answered."""
    fact = cell_fields()[path]
    words = columns.values.get(path, {})
    if path == "profile_id":
        kind: Callable[[str], Any] = _id
    elif fact.kind == "number":
        kind = _number_reading(columns.decimal)
    elif fact.kind == "date":
        kind = _date_reading(columns.date)
    elif fact.kind == "set":
        kind = _set_reading(fact, columns.list_separator, words)
    else:
        kind = {"bool": _bool, "yes_no": _yes_no}.get(fact.kind) or _text_reading(fact)

    def read(cell: str) -> Any:
        text = plain_cell(cell)
        if _EXCEL_ERROR.match(text):
            raise _Doubt(
                "the spreadsheet shows an error here", "repair the cell", "E_CELL_ERROR"
            )
        if folded_cell(text) in words:
            value = words[folded_cell(text)]
            return None if value == "" else value
        return kind(text) if text else None

    return read


def _id(text: str) -> str:
    if _EXPONENT.match(text) or re.fullmatch(r"\d+[.,]0+", text):
        raise _Doubt(
            "the spreadsheet has turned this id into a number",
            "format the column as text, and type the id again",
            "E_ID_AS_NUMBER",
        )
    return text


def _number_reading(decimal: str) -> Callable[[str], Any]:
    marks = {"auto": ".,", "comma": ",", "point": "."}[decimal]

    def read(text: str) -> Any:
        if _EXPONENT.match(text):
            raise _Doubt(
                "a number in the short form of the spreadsheet, such as 1E+05",
                "format the column as a number without exponent",
                "E_EXPONENT",
            )
        bare = text.replace(" ", "") if re.search(r"\d \d{3}\b", text) else text
        found = re.fullmatch(r"([+-]?)(\d+)(?:([.,])(\d+))?", bare)
        if not found:
            return text  # the schema says what it expected
        sign, whole, mark, part = found.groups()
        is_doubtful = mark and (
            mark not in marks
            or (decimal == "auto" and len(part) == 3 and 0 < int(whole) < 1000)
        )
        if is_doubtful:
            raise _Doubt(
                "a number that may be a thousand times too large or too small",
                'say decimal = "comma" or decimal = "point" under [format] in the map',
                "E_DECIMAL",
            )
        if not part or not part.strip("0"):
            return int(sign + whole) if len(whole) < 20 else text
        return float(f"{sign}{whole}.{part}")

    return read


def _date_reading(name: str) -> Callable[[str], Any]:
    names = [name] if name else ["DD.MM.YYYY"]
    patterns = [
        re.compile(DATES[n] + _TIME) for n in dict.fromkeys(["YYYY-MM-DD", *names])
    ]

    def read(text: str) -> str:
        for pattern in patterns:
            if found := pattern.match(text):
                day = [int(found[part]) for part in "ymd"]
                try:
                    return date(*day).isoformat()
                except ValueError:
                    raise _Doubt(
                        "there is no such day in the calendar", "", "E_FORMAT"
                    ) from None
        if re.fullmatch(r"\d{4,6}(?:[.,]\d+)?", text):
            raise _Doubt(
                "the spreadsheet shows this day as a number",
                "format the column as a date",
                "E_DATE_AS_NUMBER",
            )
        shown = f" or {name}" if name and name != "YYYY-MM-DD" else ""
        raise _Doubt(
            f"expected a date as YYYY-MM-DD{shown}",
            'say how days are written: date = "DD/MM/YYYY" under [format] in the map',
            "E_FORMAT",
        )

    return read


def _set_reading(
    fact: Fact, separator: str, words: Mapping[str, Any]
) -> Callable[[str], Any]:
    one = _text_reading(fact)

    def read(text: str) -> list[Any]:
        parts = [part.strip() for part in text.split(separator)]
        return [words.get(folded_cell(part), one(part)) for part in parts if part]

    return read


def _bool(text: str) -> Any:
    folded = text.casefold()
    return True if folded in _YES else False if folded in _NO else text


def _yes_no(text: str) -> str:
    folded = text.casefold()
    return "yes" if folded in _YES else "no" if folded in _NO else folded


def _text_reading(fact: Fact) -> Callable[[str], Any]:
    choices = {choice.casefold(): choice for choice in fact.choices}

    def read(text: str) -> str:
        return choices.get(text.casefold(), text)

    return read

"""Turn the rows of a CSV into profiles, by a map that says what each column means.

Spreadsheets change what people type: they write a byte order mark, part cells with
";", turn 100000 into 1E+05, 3.5 into 3,5 and a day into a number. Where such a
change can be undone for certain, it is; everywhere else it is a finding that names
row and column.
"""

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
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
from backguide.batch.sheets import (
    MAYBE_SWAPPED,
    NOT_CALCULATED,
    is_sheet,
    read_sheet,
)
from backguide.batch.source import open_source, unreadable
from backguide.errors import Problem
from backguide.profile.facts import Fact
from backguide.profile.units import read_amount
from backguide.schemas import near_miss

_TIME: Final = (
    r"(?:(?:T|,? )(?:[01]?\d|2[0-3])[:.][0-5]\d(?:[:.][0-5]\d(?:[.,]\d+)?)?"
    r"(?: ?[AaPp]\.?[Mm]\.?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?\Z"
)
"""The time of day that many exports add; the day is taken as it is written."""
_DAY_WAS_NUMBER: Final = re.compile(
    r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{4}"
    r"|\d{1,2}[-. ](?:{M})|(?:{M})[-. ]\d{2})\Z".replace(
        "{M}", "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    ),
    re.IGNORECASE,
)
EXPLANATION: Final = "# "
"""Begins the row of our own template that explains its columns; no id begins so."""
_EXPONENT: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+\Z")
_EXCEL_ERROR: Final = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|#+)")
_YES: Final = frozenset({"yes", "true", "wahr", "vrai"})
_NO: Final = frozenset({"no", "false", "falsch", "faux"})
_TICKED: Final = _YES | {"x", "1", "y", "checked", "selected", "\u2713", "\u2714"}
_NOT_TICKED: Final = _NO | {"0", "n", "unchecked", "not selected"}
_NOT_ANSWERED: Final = "null"
"""What some databases write into an empty cell. Where a cell may hold any text, it is
a text: there are people of that name."""
_BLOCK_BYTES: Final = 1 << 20
_TAKEN_FOR_CP1252: Final = re.compile(
    "[\u00c2-\u00c5][\u0080-\u00bf\u0152-\u2122]"
    "|\u00e2[\u0080\u20ac][\u0080-\u00bf\u0152-\u2122]"
)
"""Letters of UTF-8 that were read one byte at a time: 00C3 00BC for 00FC."""

_Reader = tuple[str, str, Callable[[list[str]], Any]]
"""Name of a column for messages, path of its field, and how a row is read."""


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
    if is_sheet(path):
        rows = enumerate(read_sheet(path).rows, 1)
        yield from _profiles(_from_heads(rows, columns), path, columns, "")
        return
    _check_coding(path, columns)
    with open_source(path) as file:
        text = io.TextIOWrapper(file, _codec(columns), newline="")
        try:
            yield from _rows(text, path, columns)
        except UnicodeDecodeError:
            raise unreadable(
                path,
                f"not {columns.encoding} text",
                'save it as "CSV UTF-8", or say encoding = "cp1252" in the map'
                if columns.encoding == "utf-8"
                else 'save it as "CSV UTF-8", and take the encoding out of the map',
            ) from None


def _check_coding(path: Path, columns: ColumnMap) -> None:
    """See that a file is not plainly in another coding than the map says.

    Nothing in cp1252 or latin-1 can be wrong by itself: every byte is a letter. But
    text that can be read as UTF-8 from one end to the other was written in it.

    Raises:
        ProfileError: It is.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, is_plain = columns.encoding != "utf-8", True
    with open_source(path) as file:
        begin = file.read(4)
        if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            hint = 'save it as "CSV UTF-8"'
            raise unreadable(path, "UTF-16 text (Unicode text of a spreadsheet)", hint)
        block = begin
        while block and is_utf8:
            is_plain = is_plain and block.isascii()
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
            block = file.read(_BLOCK_BYTES)
    if is_utf8 and not is_plain:
        raise unreadable(
            path,
            f"the map says {columns.encoding}, but this file is UTF-8; its letters "
            "would print wrong",
            'say encoding = "utf-8" in the map, or take that line out',
        )


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

    def numbered() -> Iterator[tuple[int, Sequence[str]]]:
        nonlocal number
        for cells in reader:
            number += 1
            yield number, cells

    try:
        yield from _profiles(_from_heads(numbered(), columns), path, columns, separator)
    except csv.Error:
        raise unreadable(
            path,
            f"row {number + 1}: a quotation mark is opened and never closed, or the "
            "other way round",
            "look at that row and the one before it",
        ) from None


_Numbered = Iterable[tuple[int, Sequence[str]]]
"""Cells of each row, and its number as the spreadsheet shows it."""


def _from_heads(rows: _Numbered, columns: ColumnMap) -> _Numbered:
    """Leave out what stands above the heads of the columns."""
    return ((number, cells) for number, cells in rows if number >= columns.head_row)


def _profiles(
    rows: _Numbered, path: Path, columns: ColumnMap, separator: str
) -> Iterator[Row]:
    """Yield the rows below the heads as profiles."""
    readers: list[_Reader] = []
    width = 0
    for number, cells in rows:
        if not readers:
            width = len(cells)
            readers = _readers(list(cells), path, columns, separator)
        elif any(cell.strip() for cell in cells) and not is_explanation(cells):
            yield _row(number, list(cells), width, readers, columns)


def is_explanation(cells: Sequence[str]) -> bool:
    """Tell whether a row is the one that explains a template of ours."""
    return any(cell.startswith(EXPLANATION) for cell in cells[:1])


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _separator(header: str) -> str:
    """Return the separator that the first line has most of, quoted text left out."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(SEPARATORS.values(), key=bare.count)


def _readers(
    header: list[str], path: Path, columns: ColumnMap, separator: str
) -> list[_Reader]:
    """Return how each mapped field is read from a row."""
    names = [plain_cell(cell) for cell in header]
    wanted = [*columns.columns]
    wanted += [name for choices in columns.choices.values() for name in choices]
    if len(wanted) > 1 and not set(wanted) & set(names):
        raise MapError(path.name, (_nothing_fits(header, wanted, separator),))
    problems = []
    places: dict[str, int] = {}
    for name in wanted:
        count = names.count(name)
        if count == 1:
            places[name] = names.index(name)
            continue
        close = near_miss(name, names)
        words = "there is no such column" if count == 0 else "stands there twice"
        hint = f'did you mean "{close}"?' if close and count == 0 else ""
        problems.append(slip(f'column "{name}"', words, hint))
    if problems:
        raise MapError(path.name, tuple(problems))
    readers: list[_Reader] = [
        (name, field_path, _of_one(places[name], _reading(field_path, columns)))
        for name, field_path in columns.columns.items()
    ]
    for field_path, choices in columns.choices.items():
        reader = _ticked({name: places[name] for name in choices}, choices)
        readers.append(("", field_path, reader))
    return readers


def _of_one(place: int, read: Callable[[str], Any]) -> Callable[[list[str]], Any]:
    return lambda cells: read(cells[place])


def _nothing_fits(header: list[str], wanted: list[str], separator: str) -> Problem:
    """Return the one finding where no column is there: mostly the separator."""
    line = separator.join(header)
    for name, other in SEPARATORS.items():
        names = {plain_cell(cell).strip('"') for cell in line.split(other)}
        if other != separator and names & set(wanted):
            return slip(
                "format.separator",
                f"the cells of this file are not parted by {_said(separator)}",
                f'say separator = "{name}" under [format] in the map',
            )
    return slip(
        "columns",
        f"none of the {len(wanted)} columns of the map is in the first line",
        "is it the right file, and are the heads of its columns in the first line?",
    )


def _said(separator: str) -> str:
    names = (name for name, sign in SEPARATORS.items() if sign == separator)
    return f'"{separator}"' if separator.isprintable() else next(names, "a sign")


def _row(
    number: int,
    cells: list[str],
    width: int,
    readers: list[_Reader],
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
    for header, path, read in readers if not problems else ():
        try:
            value = read(cells)
        except _Doubt as doubt:
            where = f'column "{doubt.header or header}" ({path})'
            problems.append(Problem(where, doubt.message, doubt.hint, doubt.code))
        else:
            if value is not None or path in _may_be_open():
                _put(profile, path, value)
    content = json.dumps(profile, ensure_ascii=False, default=_as_text)
    return Row(number, content.encode("utf-8", "surrogatepass"), tuple(problems))


@cache
def _may_be_open() -> frozenset[str]:
    """Return the questions whose empty cell is an answer that is open, not missing."""
    facts = cell_fields().items()
    return frozenset(path for path, fact in facts if fact.kind == "yes_no")


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

    def __init__(self, message: str, hint: str, code: str, header: str = "") -> None:
        super().__init__(code)
        self.message, self.hint, self.code = message, hint, code
        self.header = header


def _reading(path: str, columns: ColumnMap) -> Callable[[str], Any]:
    """Return how a cell of a column is read; None means not answered."""
    fact = cell_fields()[path]
    words = columns.values.get(path, {})
    is_closed = fact.kind in ("number", "date", "set", "bool", "yes_no") or (
        fact.kind == "text" and bool(fact.choices)
    )
    if path == "profile_id":
        kind: Callable[[str], Any] = _id
    elif fact.kind == "number":
        given = columns.units.get(path, "")
        kind = _number_reading(columns.decimal, fact.unit, given)
    elif fact.kind == "date":
        kind = _date_reading(columns.date)
    elif fact.kind == "set":
        kind = _set_reading(fact, columns.list_separator, words)
    else:
        kind = {"bool": _bool, "yes_no": _yes_no}.get(fact.kind) or _text_reading(fact)

    def read(cell: str) -> Any:
        text = plain_cell(cell)
        if text.startswith(MAYBE_SWAPPED):
            day = text.removeprefix(MAYBE_SWAPPED)
            text = _unswapped(day, columns.are_days_swapped)
        if text == NOT_CALCULATED:
            raise _Doubt(
                "a formula that the spreadsheet has not worked out",
                "open the file in the spreadsheet, and save it",
                "E_NOT_CALCULATED",
            )
        if _EXCEL_ERROR.match(text):
            raise _Doubt(
                "the spreadsheet shows an error here", "repair the cell", "E_CELL_ERROR"
            )
        if _TAKEN_FOR_CP1252.search(text):
            raise _Doubt(
                "letters that were read in the wrong coding, such as Ã¼ for ü",
                'export it again as "CSV UTF-8", and say encoding = "utf-8" in the map',
                "E_CODING",
            )
        if folded_cell(text) in words:
            value = words[folded_cell(text)]
            return None if value == "" else value
        if is_closed and folded_cell(text) == _NOT_ANSWERED:
            return None
        return kind(text) if text else None

    return read


def reads_as(path: str, text: str) -> bool:
    """Tell whether an answer of a closed question is understood without a map."""
    fact = cell_fields()[path]
    try:
        value = _reading(path, ColumnMap({}))(text)
    except _Doubt:
        return False
    if fact.kind == "bool":
        return isinstance(value, bool)
    choices = ("yes", "no", "unknown") if fact.kind == "yes_no" else fact.choices
    found = value if isinstance(value, list) else [value]
    return value is None or all(one in choices for one in found)


def _id(text: str) -> str:
    if _EXPONENT.match(text) or re.fullmatch(r"\d+[.,]0+", text):
        raise _Doubt(
            "the spreadsheet has turned this id into a number",
            "format the column as text, and type the id again",
            "E_ID_AS_NUMBER",
        )
    return text


def _number_reading(decimal: str, unit: str, given: str) -> Callable[[str], Any]:
    """Return how a number is read; one with a unit is turned into the field's unit.

    Args:
        decimal: One of ``DECIMALS``.
        unit: Of the field.
        given: Of bare numbers in this column; empty for that of the field.
    """
    marks = {"auto": ".,", "comma": ",", "point": "."}[decimal]

    def read(text: str) -> Any:
        if _DAY_WAS_NUMBER.match(text):
            raise _Doubt(
                "the spreadsheet has made a day of this number, as of 1/2 or 3-4",
                "format the column as text, and type the number again",
                "E_NUMBER_AS_DATE",
            )
        if _EXPONENT.match(text):
            raise _Doubt(
                "a number in the short form of the spreadsheet, such as 1E+05",
                "format the column as a number without exponent",
                "E_EXPONENT",
            )
        if given and (amount := read_amount(f"{text} {given}", unit)):
            return amount.value
        bare = text.replace(" ", "") if re.search(r"\d \d{3}\b", text) else text
        found = re.fullmatch(r"([+-]?)(\d+)(?:([.,])(\d+))?", bare)
        if not found:
            amount = read_amount(text, unit)
            # What is not certain goes on as a text: the schema says what it expected.
            return text if amount is None else amount.value
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


def _unswapped(text: str, are_swapped: bool | None) -> str:
    """Return a real day of a column whose other days stayed texts.

    Raises:
        _Doubt: Nobody has said whether day and month were taken for each other.
    """
    if are_swapped is None:
        raise _Doubt(
            "day and month may have been taken for each other on the way: real days "
            "stand beside texts with a day above 12",
            "look into the first file; then say days_swapped = true or false under "
            "[format] in the map, for all of them",
            "E_DAY_SWAPPED",
        )
    year, month, rest = text.split("-", 2)
    day, blank, clock = rest.partition(" ")
    return f"{year}-{day}-{month}{blank}{clock}" if are_swapped else text


def _set_reading(
    fact: Fact, separator: str, words: Mapping[str, Any]
) -> Callable[[str], Any]:
    one = _text_reading(fact)

    def read(text: str) -> list[Any]:
        parts = [part.strip() for part in text.split(separator)]
        return [words.get(folded_cell(part), one(part)) for part in parts if part]

    return read


def _ticked(
    places: Mapping[str, int], choices: Mapping[str, str]
) -> Callable[[list[str]], Any]:
    """Return how a list is read that has a column for each of its choices.

    Only where no cell says anything is the question not answered.
    """

    def read(cells: list[str]) -> list[str] | None:
        found, is_answered = [], False
        for header, place in places.items():
            text = folded_cell(cells[place])
            is_ticked = text in _TICKED or text in (
                choices[header].casefold(),
                header.casefold(),
            )
            if not is_ticked and text not in ("", _NOT_ANSWERED, *_NOT_TICKED):
                raise _Doubt(
                    "expected x, 1 or yes for a choice, and 0, no or nothing for none",
                    "",
                    "E_CHOICE",
                    header,
                )
            is_answered = is_answered or is_ticked or text in _NOT_TICKED
            if is_ticked and choices[header] not in found:
                found.append(choices[header])
        return found if is_answered else None

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

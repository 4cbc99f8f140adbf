"""Read .xlsx and .ods as texts of cells; the only owner of openpyxl and calamine.

A spreadsheet stores values, and a reader of a CSV sees their looks. Here each value
becomes a text that cannot be misread: days in ISO form, numbers without thousands,
zeros of a number format kept. Where something was spoiled on the way the text says so
(``NOT_CALCULATED``, ``MAYBE_SWAPPED``), and the row gets a finding.

openpyxl reads twice: the values that the spreadsheet worked out last, and the formulas,
because a formula that was never worked out has no value. calamine reads .ods; pandas'
engine turns a pace of 6:15 into a time of day there.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from backguide.batch.source import unreadable
from backguide.errors import system_words
from backguide.reading import read_file
from backguide.unpacking import (
    Budget,
    Counted,
    Limits,
    UnpackingError,
    members,
    with_changed_member,
)

ENDINGS: Final = (".xlsx", ".xlsm", ".ods")
NOT_CALCULATED: Final = "#CALC!"
"""Text of a formula without a value, as Excel writes it."""
_CELL_ERROR: Final = "#N/A"
MAYBE_SWAPPED: Final = "#SWAPPED "
"""Before a day whose day and month may have been taken for each other."""
MOST_BYTES: Final = 64 << 20
MOST_CELLS: Final = 2_000_000
MOST_MERGED: Final = 100_000
"""Cells of a sheet that are merged with others."""
MOST_REPEATED: Final = 1000
"""Times that a cell with a value may be repeated in an .ods file."""
_LIMITS: Final = Limits(members=10_000, all_bytes=128 << 20, ratio=200)
_FORBIDDEN: Final = (b"<!DOCTYPE", b"<!ENTITY")
_OVERLAP: Final = 16
"""Bytes kept of a block, for a word that lies across two."""
_HEAD: Final = 200
"""Bytes in which XML says its encoding."""
_PREFIX: Final = rb"(?:[A-Za-z_][\w.-]*:)?"
_ATTRIBUTES: Final = (
    rb"(?P<attributes>(?:\s+[^\s=>/\"']+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)"
)
"""A value in quotation marks may hold ">", so no tag ends at the first one."""
_ROW: Final = re.compile(rb"<" + _PREFIX + rb"table-row" + _ATTRIBUTES)
_CELL: Final = re.compile(
    rb"<(?P<name>"
    + _PREFIX
    + rb"(?:covered-)?table-cell)"
    + _ATTRIBUTES
    + rb"\s*(?P<closed>/?)>"
)
_ERROR_TYPE: Final = re.compile(rb":value-type\s*=\s*[\"']error[\"']")
_TYPE: Final = re.compile(rb":value-type\s*=")
_FORMULA: Final = re.compile(rb":formula\s*=")
_OFFICE: Final = re.compile(
    rb"\s[^\s=:]+:(?:value|value-type|string-value|date-value|time-value|boolean-value"
    rb"|formula)\s*=\s*(?:\"[^\"]*\"|'[^']*')"
)
_HAS_VALUE: Final = re.compile(rb":value|<" + _PREFIX + rb"p[\s/>]")
_REPEATED: Final = re.compile(rb"(?:columns|rows)-repeated\s*=\s*[\"']([^\"']*)")
_ENCODING: Final = re.compile(rb"encoding\s*=\s*[\"'](?!utf-?8[\"'])", re.IGNORECASE)
_MERGE: Final = re.compile(rb"<" + _PREFIX + rb"mergeCell(?=[\s/>])")
_TAG: Final = re.compile(_ATTRIBUTES)
_MERGED: Final = re.compile(
    rb"\sref\s*=\s*[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']"
)
_ISO_DURATION: Final = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S\Z")
_TEXT_DAY: Final = re.compile(r"\s{0,9}(\d{1,2})[./-](\d{1,2})[./-]\d{4}\b")
_PACE: Final = re.compile(
    r"\bpace\b|min(?:utes?)? ?(?:/|per) ?(?:km|mi)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first visible sheet of a file."""

    rows: tuple[tuple[str, ...], ...]
    """All rows from the first, empty ones too; each as wide as the sheet."""
    notes: tuple[str, ...]
    """What its author should know, in words for people."""


def is_sheet(path: Path) -> bool:
    """Tell by its name whether a file is one of a spreadsheet."""
    return path.suffix.lower() in ENDINGS


def read_sheet(path: Path) -> Sheet:
    """Return the first visible sheet of an .xlsx or .ods file.

    Raises:
        ProfileError: It cannot be read, or is not what it says.
    """
    library = "python_calamine" if path.suffix.lower() == ".ods" else "openpyxl"
    if find_spec(library) is None:
        hint = 'pip install "backguide[sheets]", or save the file as "CSV UTF-8"'
        raise unreadable(path, "reading it needs one library more", hint)
    try:
        content = read_file(path, MOST_BYTES)
        _guard(content)
    except OSError as error:
        raise unreadable(path, system_words(error)) from None
    except UnpackingError as error:
        raise unreadable(path, str(error)) from None
    try:
        if library == "openpyxl":
            values, notes = _of_xlsx(content)
        else:
            values, notes = _of_ods(content)
    except UnpackingError as error:
        raise unreadable(path, str(error)) from None
    except Exception:  # noqa: BLE001  a library of many errors; none says more
        hint = 'open it in the spreadsheet and save it as "CSV UTF-8"'
        raise unreadable(
            path, "it is damaged, or locked with a password", hint
        ) from None
    return Sheet(tuple(map(tuple, _texts(values))), tuple(notes))


def _guard(content: bytes) -> None:
    """See that a file neither grows beyond sense nor declares anything in its XML.

    Raises:
        UnpackingError: It does.
    """
    budget = Budget(_LIMITS)
    for member in members(io.BytesIO(content), _LIMITS):
        stream = Counted(member.unpack(), budget, member.packed_bytes)
        is_content = member.name == "content.xml"
        is_sheet_xml = member.name.startswith("xl/worksheets/")
        kept, whole, is_first = b"", [], True
        while block := stream.read(1 << 20):
            if member.name.endswith((".xml", ".rels")):
                if is_first and _is_odd(block[:_HEAD]):
                    raise UnpackingError("its XML is in an encoding that no sheet has")
                is_first = False
                window = (kept + block).upper()
                if any(word in window for word in _FORBIDDEN):
                    raise UnpackingError("its XML declares a document type")
                kept = block[-_OVERLAP:]
            if is_content or is_sheet_xml:
                whole.append(block)
        if is_content:
            _guard_repeats(b"".join(whole))
        elif is_sheet_xml:
            _guard_merged(b"".join(whole))


def _is_odd(head: bytes) -> bool:
    """Tell whether XML is in an encoding in which a word could hide from a search."""
    return b"\0" in head or _ENCODING.search(head) is not None


def _guard_merged(xml: bytes) -> None:
    """Refuse ranges of merged cells that would fill the memory when they are read."""
    count = 0
    for begin in _MERGE.finditer(xml):
        tag = _TAG.match(xml, begin.end())
        found = _MERGED.search(tag[0]) if tag else None
        if found is None:
            raise UnpackingError("it merges cells in a way that no sheet would")
        left, top, right, bottom = found.groups()
        wide = _column(right) - _column(left) + 1
        count += wide * (int(bottom) - int(top) + 1)
    if count > MOST_MERGED:
        raise UnpackingError(f"it merges more than {MOST_MERGED:,} cells")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _guard_repeats(xml: bytes) -> None:
    """Refuse cells with a value that an .ods file repeats without end."""
    rows = [*_ROW.finditer(xml)]
    for number, row in enumerate(rows):
        end = rows[number + 1].start() if number + 1 < len(rows) else len(xml)
        if not _HAS_VALUE.search(xml, row.end(), end):
            continue
        times = _times(row["attributes"])
        cells = [*_CELL.finditer(xml, row.end(), end)]
        for place, cell in enumerate(cells):
            after = cells[place + 1].start() if place + 1 < len(cells) else end
            if _HAS_VALUE.search(xml, cell.start(), after):
                times = max(times, _times(cell["attributes"]))
        if times > MOST_REPEATED:
            raise UnpackingError("it repeats a cell more often than any sheet would")


def _with_errors(xml: bytes) -> bytes:
    """Return the cells of an .ods file with errors as texts.

    calamine gives an error, and a formula without a value, as an empty text or as 0:
    nobody could tell it from an answer.
    """

    def told(cell: re.Match[bytes]) -> bytes:
        attributes = cell["attributes"]
        if _ERROR_TYPE.search(attributes):
            words = _CELL_ERROR
        elif _FORMULA.search(attributes) and not _TYPE.search(attributes):
            words = NOT_CALCULATED
        else:
            return cell[0]
        kept = _OFFICE.sub(b"", attributes)
        prefix = cell["name"].rpartition(b":")[0].replace(b"table", b"office")
        value = b' %s:value-type="string" %s:string-value="%s"' % (
            prefix,
            prefix,
            words.encode(),
        )
        return b"<%s%s%s%s>" % (cell["name"], kept, value, cell["closed"])

    return _CELL.sub(told, xml)


def _times(tag: bytes) -> int:
    """Return how often a tag is repeated; a number in disguise is too often."""
    found = _REPEATED.findall(tag)
    is_plain = all(re.fullmatch(rb"\d{1,10}", one) for one in found)
    return max(map(int, found), default=1) if is_plain else MOST_REPEATED + 1


# --- values ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shown:
    """A number, and the digits that its format shows at least."""

    value: float | int
    digits: int


_Values = list[list[Any]]


def _of_xlsx(content: bytes) -> tuple[_Values, list[str]]:
    import openpyxl

    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    formulas = openpyxl.load_workbook(io.BytesIO(content))
    visible = [s for s in values.worksheets if s.sheet_state == "visible"]
    notes = _sheet_notes(len(values.worksheets), len(visible))
    if not visible:
        raise UnpackingError("all of its sheets are hidden")
    sheet = visible[0]
    if sheet.max_row * sheet.max_column > MOST_CELLS:
        raise UnpackingError(f"its sheet has more than {MOST_CELLS:,} cells")
    merged = {
        (row, column): (area.min_row, area.min_col)
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row, area.max_row + 1)
        for column in range(area.min_col, area.max_col + 1)
    }
    written = formulas[sheet.title]
    rows: _Values = []
    for number, cells in enumerate(sheet.iter_rows(), 1):
        row = []
        for place, cell in enumerate(cells, 1):
            value = cell.value
            if value is None and (number, place) in merged and number <= _heads(merged):
                value = sheet.cell(*merged[number, place]).value
            elif value is None and written.cell(number, place).data_type == "f":
                value = NOT_CALCULATED
            row.append(_shown(value, cell.number_format))
        rows.append(row)
    hidden = sum(
        1 for number, d in sheet.row_dimensions.items() if d.hidden and number > 1
    )
    if hidden:
        words = f"{hidden} hidden or filtered row{'' if hidden == 1 else 's'}: read too"
        notes.append(words)
    if merged:
        notes.append("merged cells: a head counts for each column that it spans")
    return rows, notes


def _heads(merged: dict[tuple[int, int], tuple[int, int]]) -> int:
    """Return the last row whose merged cells are filled: heads, never answers."""
    return min((row for row, _ in merged), default=0)


def _shown(value: Any, number_format: str) -> Any:
    is_whole = isinstance(value, int | float) and not isinstance(value, bool)
    if is_whole and re.fullmatch(r"0{2,20}", number_format) and value == int(value):
        return _Shown(int(value), len(number_format))
    return value


def _of_ods(content: bytes) -> tuple[_Values, list[str]]:
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    told = with_changed_member(content, "content.xml", _with_errors)
    book = CalamineWorkbook.from_filelike(io.BytesIO(told))
    visible = [
        meta.name
        for meta in book.sheets_metadata
        if meta.visible is SheetVisibleEnum.Visible
    ]
    notes = _sheet_notes(len(book.sheets_metadata), len(visible))
    if not visible:
        raise UnpackingError("all of its sheets are hidden")
    sheet = book.get_sheet_by_name(visible[0])
    if sheet.total_height * sheet.total_width > MOST_CELLS:
        raise UnpackingError(f"its sheet has more than {MOST_CELLS:,} cells")
    rows: _Values = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    notes.append("hidden rows cannot be told apart in .ods: all rows are read")
    return rows, notes


def _sheet_notes(count: int, visible: int) -> list[str]:
    notes = []
    if hidden := count - visible:
        words = "a hidden sheet" if hidden == 1 else f"{hidden} hidden sheets"
        notes.append(f"{words}: skipped")
    if visible > 1:
        notes.append(f"only the first of {visible} sheets is read")
    return notes


# --- texts ----------------------------------------------------------------------


def _texts(rows: _Values) -> Iterator[list[str]]:
    """Yield the rows as texts; columns are looked at as a whole where that decides."""
    width = max(map(len, rows), default=0)
    columns = [[row[n] if n < len(row) else None for row in rows] for n in range(width)]
    swapped = {n for n, column in enumerate(columns) if _may_be_swapped(column)}
    paces = {n for n, column in enumerate(columns) if _is_pace(column)}
    for row in rows:
        texts = []
        for n in range(width):
            value = row[n] if n < len(row) else None
            text = _text(value, is_pace=n in paces)
            if n in swapped and isinstance(value, date):
                text = MAYBE_SWAPPED + text
            texts.append(text)
        yield texts


def _text(value: Any, *, is_pace: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, _Shown):
        return f"{value.value:0{value.digits}d}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        has_time = value.time() != time()
        return f"{value:%Y-%m-%d %H:%M:%S}" if has_time else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if (seconds := _seconds(value)) is not None:
        return _clock(seconds, is_pace=is_pace)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _seconds(value: Any) -> int | None:
    """Return a duration in seconds, in whichever of its three types it came."""
    if isinstance(value, time):
        return value.hour * 3600 + value.minute * 60 + value.second
    if isinstance(value, timedelta):
        return round(value.total_seconds())
    if isinstance(value, str) and (found := _ISO_DURATION.match(value)):
        return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])
    return None


def _clock(seconds: int, *, is_pace: bool) -> str:
    minutes, rest = divmod(seconds, 60)
    if is_pace:
        # 6:15 was typed, and the spreadsheet took it for hours and minutes.
        return f"{minutes // 60}:{minutes % 60:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _is_pace(column: list[Any]) -> bool:
    """Tell whether h:mm means m:ss here: the head says pace, and all rows agree."""
    head = next((value for value in column if value not in (None, "")), "")
    if not isinstance(head, str) or not _PACE.search(head):
        return False
    found = [_seconds(value) for value in column]
    times = [seconds for seconds in found if seconds is not None]
    rest = [
        value
        for value, seconds in zip(column, found, strict=True)
        if seconds is None and value not in (None, "", head)
    ]
    is_typed = all(s % 60 == 0 and 2 * 3600 <= s <= 20 * 3600 for s in times)
    return bool(times) and not rest and is_typed


def _may_be_swapped(column: list[Any]) -> bool:
    """Tell whether days and months may have been taken for each other on the way.

    Real days stand beside texts with a day above 12: the spreadsheet took what it could
    for its own order, and left the rest as text.
    """
    kinds: Counter[str] = Counter()
    for value in column:
        if isinstance(value, date):
            kinds["day" if value.day <= 12 else "sure"] += 1
        elif isinstance(value, str) and (found := _TEXT_DAY.match(value)):
            is_plain = int(found[1]) <= 12 and int(found[2]) <= 12
            kinds["open" if is_plain else "text"] += 1
    return bool(kinds["text"] and kinds["day"] and not kinds["sure"])

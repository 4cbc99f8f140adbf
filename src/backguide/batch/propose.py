"""Propose what the columns of a table mean, for its author to look through.

Nothing is decided here: the map is a text that a person reads, and what could not be
placed stands in it as a remark. A safety question is never mapped by itself: its line
is a remark until the author says yes.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from backguide.batch.column_map import DATES, SEPARATORS, cell_fields, plain_cell
from backguide.batch.sheets import MAYBE_SWAPPED, is_sheet, read_sheet
from backguide.batch.source import open_source, unreadable
from backguide.batch.spreadsheet import EXPLANATION, is_explanation, reads_as
from backguide.profile.blank import asked, question
from backguide.profile.facts import Fact, schema
from backguide.profile.units import read_amount
from backguide.schemas import near_miss

MOST_BYTES: Final = 64 << 20
MOST_COLUMNS: Final = 5000
MOST_VALUES: Final = 30
"""A column with more different answers holds no choices."""
MOST_SHOWN: Final = 60
"""Letters of a head that a message repeats."""
_LEAST_SHARE: Final = 0.9
"""Of the rows that must have as many cells as the heads."""
_LOOKED_AT: Final = 5000
"""Rows from which separator, days and values are learnt."""
_SAFETY: Final = ("red_flags.", "clearance.", "spa.")
_TICKS: Final = frozenset(
    {"", "x", "1", "0", "y", "n", "yes", "no", "true", "false", "null", "checked",
     "unchecked", "selected", "not selected", "\u2713", "\u2714"}
)  # fmt: skip
_YES_NO: Final = {"y": "yes", "n": "no", "1": "yes", "0": "no", "ja": "yes",
                  "nein": "no", "oui": "yes", "non": "no", "si": "yes",
                  "s\u00ed": "yes", "don't know": "unknown", "not sure": "unknown",
                  "unsure": "unknown"}  # fmt: skip
_CHOICE_HEADS: Final = (
    re.compile(r"(?P<list>.+?) *\(choice ?= ?(?P<choice>.+)\)\Z", re.IGNORECASE),
    re.compile(r"(?P<list>.+?)___(?P<choice>.+)\Z"),
    re.compile(r"(?P<list>.+?) *[:\u2013/] *(?P<choice>.+)\Z"),
    re.compile(r"(?P<list>.+?) *\[(?P<choice>.+)\]\Z"),
)
_UNIT: Final = re.compile(
    r"[(\[,] *(?P<unit>[^()\[\],]{1,20}?) *[)\]]?\Z|\bin (?P<word>[a-z]+)\Z"
)
_UNIT_WORDS: Final[Mapping[str, str]] = {
    "lbs": "lb", "pounds": "lb", "miles": "mi", "inches": "in", "min/mile": "/mi",
    "min/mi": "/mi", "min/km": "/km", "minutes per mile": "/mi", "miles/week": "mi",
    "miles a week": "mi", "miles per week": "mi", "mi/week": "mi", "stone": "st",
}  # fmt: skip


# --- the table ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """A table as its program wrote it."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Those below the heads, without empty ones and our own explanation."""
    head_row: int
    separator: str
    """Empty for a sheet."""
    encoding: str
    notes: tuple[str, ...] = ()


def read_table(path: Path) -> Table:
    """Return the table of a CSV, .xlsx or .ods file.

    Raises:
        ProfileError: It cannot be read.
    """
    table = _table_of(path)
    if len(table.heads) > MOST_COLUMNS:
        raise unreadable(path, f"more than {MOST_COLUMNS:,} columns")
    return table


def _table_of(path: Path) -> Table:
    if is_sheet(path):
        sheet = read_sheet(path)
        widest = max((_filled(row) for row in sheet.rows), default=0)
        first = next(
            (n for n, row in enumerate(sheet.rows) if _filled(row) * 2 > widest), 0
        )
        return _table(sheet.rows, first, 0, "", "utf-8", sheet.notes)
    with open_source(path) as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise unreadable(path, f"larger than {MOST_BYTES >> 20} MB")
    try:
        text, encoding = content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = content.decode("cp1252", "replace"), "cp1252"
    above, separator, first, rows = _parted(text)
    if not rows:
        raise unreadable(path, "the file is empty")
    return _table(rows, first, above, separator, encoding, ())


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _table(
    rows: Sequence[Sequence[str]],
    first: int,
    above: int,
    separator: str,
    encoding: str,
    notes: tuple[str, ...],
) -> Table:
    heads = tuple(plain_cell(cell) for cell in rows[first]) if rows else ()
    below = tuple(
        tuple(row) for row in rows[first + 1 :] if any(row) and not is_explanation(row)
    )
    return Table(heads, below, first + above + 1, separator, encoding, notes)


def _parted(text: str) -> tuple[int, str, int, list[list[str]]]:
    """Return lines above, separator, the row of the heads, and all rows.

    A line "sep=;" decides; else the separator by which the most rows, from the first
    with two cells or more on, have the same count of cells. Lines before are preamble.
    """
    first_line, _, rest = text.partition("\n")
    if first_line.lower().startswith("sep=") and len(first_line.strip()) == 5:
        separator = first_line.strip()[4]
        return 1, separator, 0, _rows_by(rest, separator)
    best: tuple[tuple[int, int], str, int, list[list[str]]] | None = None
    for separator in SEPARATORS.values():
        rows = _rows_by(text, separator)
        found = _first_even(rows)
        if found is not None:
            score = (len(rows) - found, len(rows[found]))
            if best is None or score > best[0]:
                best = score, separator, found, rows
    if best is None:
        return 0, ",", 0, [[line] for line in text.splitlines() if line.strip()]
    return 0, *best[1:]


def _rows_by(text: str, separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        return []


def _first_even(rows: list[list[str]]) -> int | None:
    """Return the first row of two cells or more whose count nearly all below share."""
    for number, row in enumerate(rows[:100]):
        if len(row) < 2:
            continue
        rest = [
            len(other) for other in rows[number : number + _LOOKED_AT] if any(other)
        ]
        if rest and rest.count(len(row)) >= _LEAST_SHARE * len(rest):
            return number
    return None


# --- what the columns mean ------------------------------------------------------


@dataclass(slots=True)
class Proposed:
    """What could be said of a table."""

    columns: dict[str, str] = field(default_factory=dict)
    likely: dict[str, str] = field(default_factory=dict)
    """Heads that are near the name of a field, but not the same."""
    safety: dict[str, str] = field(default_factory=dict)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    open_values: dict[str, list[str]] = field(default_factory=dict)
    """Answers of a column that could not be placed."""
    units: dict[str, str] = field(default_factory=dict)
    date: str = ""
    decimal: str = "auto"
    unplaced: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def propose(table: Table, *, with_safety: bool = False) -> Proposed:
    """Return what the columns seem to mean.

    Args:
        table: What was read.
        with_safety: The author has said yes to safety questions.
    """
    told = Proposed(notes=list(table.notes))
    days: list[str] = []
    numbers: list[str] = []
    for place, head in enumerate(table.heads):
        cells = _cells(table, place)
        if not head or table.heads.count(head) > 1:
            if head and table.heads.index(head) == place:
                told.notes.append(
                    f"the head {shown(head)} stands there twice: not placed"
                )
            continue
        if _place_choice(head, cells, told, with_safety=with_safety):
            continue
        path, is_exact = _path_of(head)
        if path and path in (*told.columns.values(), *told.choices):
            path = ""
        if not path:
            told.unplaced.append(head)
            continue
        if is_safety(path) and not with_safety:
            told.safety[head] = path
            continue
        (told.columns if is_exact else told.likely)[head] = path
        _place_values(path, cells, told)
        fact = cell_fields()[path]
        if fact.kind == "date":
            days += cells
        elif fact.kind == "number":
            numbers += cells
            if unit := _unit_of(head, fact):
                told.units[path] = unit
    told.date = _date_format(days, told.notes)
    told.decimal = _decimal(numbers)
    return told


def is_safety(path: str) -> bool:
    """Tell whether an answer may decide about safety."""
    return path.startswith(_SAFETY) or bool(cell_fields()[path].urgency)


def shown(head: str) -> str:
    """Return a head in quotation marks, fit for one line of a terminal or a remark."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in head)
    return f'"{plain}"' if len(plain) <= MOST_SHOWN else f'"{plain[:MOST_SHOWN]}..."'


def _cells(table: Table, place: int) -> list[str]:
    cells = (plain_cell(r[place]) for r in table.rows[:_LOOKED_AT] if place < len(r))
    return [cell for cell in cells if cell]


def _plain(text: str) -> str:
    """Return a head for comparing: small letters, words only, no unit behind it."""
    bare = re.sub(r"[(\[][^()\[\]]*[)\]] *\Z", "", text)
    return " ".join(re.findall(r"[^\W_]+", bare.casefold()))


@cache
def _names() -> Mapping[str, str]:
    """Return the names of fields, plain, to their paths; ambiguous ones left out."""
    found: dict[str, set[str]] = {}
    for path, fact in cell_fields().items():
        if fact.kind == "list":
            continue
        last = path.rpartition(".")[2]
        for name in {path, last, fact.title, fact.question}:
            found.setdefault(_plain(name), set()).add(path)
    return {n: next(iter(p)) for n, p in found.items() if n and len(p) == 1}


def _path_of(head: str) -> tuple[str, bool]:
    """Return the path that a head names, and whether it names it exactly."""
    names, plain = _names(), _plain(head)
    if head in cell_fields() and cell_fields()[head].kind != "list":
        return head, True
    if plain in names:
        return names[plain], True
    close = near_miss(plain, list(names)) if len(plain) > 4 else ""
    return (names[close], False) if close else ("", False)


def _place_choice(
    head: str, cells: list[str], told: Proposed, *, with_safety: bool
) -> bool:
    """Place a column that stands for one choice of a list."""
    if any(cell.casefold() not in _TICKS for cell in cells):
        return False
    for pattern in _CHOICE_HEADS:
        found = pattern.match(head)
        if not found:
            continue
        path, _ = _path_of(found["list"])
        fact = cell_fields().get(path)
        if fact is None or fact.kind != "set" or path in told.columns.values():
            continue
        choice = _choice_of(found["choice"], fact)
        if choice and is_safety(path) and not with_safety:
            told.safety[head] = path
            return True
        if choice and choice not in told.choices.get(path, {}).values():
            told.choices.setdefault(path, {})[head] = choice
            return True
    return False


def _choice_of(text: str, fact: Fact) -> str:
    plain = _plain(text)
    for choice in fact.choices:
        if plain in (_plain(choice), _plain(fact.labels.get(choice, choice))):
            return choice
    return ""


def _place_values(path: str, cells: list[str], told: Proposed) -> None:
    """Place the answers of a closed question that the program would not read itself."""
    fact = cell_fields()[path]
    if not fact.choices and fact.kind not in ("yes_no", "bool"):
        return
    parts = (part.strip() for c in cells for part in c.split("|"))
    different = list(dict.fromkeys(part for part in parts if part))
    if len(different) > MOST_VALUES:
        told.notes.append(f"{path}: too many different answers for a choice")
        return
    for text in different:
        if reads_as(path, text):
            continue
        choice: Any = _choice_of(text, fact)
        if fact.kind in ("yes_no", "bool"):
            choice = _YES_NO.get(text.casefold(), "")
            if fact.kind == "bool" and choice:
                choice = {"yes": True, "no": False}.get(choice, "")
        if choice == "" or is_safety(path):
            told.open_values.setdefault(path, []).append(text)
        else:
            told.values.setdefault(path, {})[text] = choice


def _unit_of(head: str, fact: Fact) -> str:
    """Return the unit that a head names, where it is not that of the field."""
    found = _UNIT.search(head.casefold())
    if not found:
        return ""
    named = (found["unit"] or found["word"] or "").strip()
    unit = _UNIT_WORDS.get(named, named)
    for amount in ("2", "6:15", "70", "170"):
        plain, with_unit = (read_amount(f"{amount} {u}", fact.unit)
                            for u in (fact.unit.partition(" ")[0], unit))  # fmt: skip
        if with_unit and (plain is None or plain.value != with_unit.value):
            return unit
    return ""


def _date_format(cells: list[str], notes: list[str]) -> str:
    """Return how days are written; empty where nothing needs to be said."""
    if any(cell.startswith(MAYBE_SWAPPED) for cell in cells):
        notes.append(
            "day and month may have been taken for each other in a column of days: "
            "say days_swapped = true or false under [format]"
        )
    texts = [cell.removeprefix(MAYBE_SWAPPED) for cell in cells]
    iso = re.compile(DATES["YYYY-MM-DD"])
    other = [text for text in texts if not iso.match(text)]
    if not other:
        return ""
    fitting = [name for name, form in DATES.items() if _all_days(form, other)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        notes.append(f"days may be {' or '.join(fitting)}: say which under [format]")
    else:
        notes.append("days are written in more than one way, or in none that is known")
    return ""


def _all_days(form: str, texts: Iterable[str]) -> bool:
    for text in texts:
        found = re.match(form, text)
        if not found or int(found["m"]) > 12 or int(found["d"]) > 31:
            return False
    return True


def _decimal(cells: list[str]) -> str:
    marks = {mark for c in cells if (m := re.fullmatch(r"\d+([.,])\d{1,2}", c))
             for mark in m[1]}  # fmt: skip
    return {",": "comma", ".": "point"}[marks.pop()] if len(marks) == 1 else "auto"


# --- the map as a text ----------------------------------------------------------


def map_text(table: Table, told: Proposed) -> str:
    """Return the map in TOML, with everything that its author has to look at."""
    lines = [
        "# A proposal of what the columns mean. Look through each line: on the left",
        "# the head of a column, on the right a field (backguide facts).",
        *(f"# Note: {note}" for note in told.notes),
        "",
        "[format]",
    ]
    if table.separator:
        names = {sign: name for name, sign in SEPARATORS.items()}
        lines.append(f'separator = "{names.get(table.separator, "comma")}"')
        lines.append(f'encoding = "{table.encoding}"')
    if table.head_row > 1:
        lines.append(f"head_row = {table.head_row}")
    lines.append(f'decimal = "{told.decimal}"')
    lines.append(f'date = "{told.date}"' if told.date else '# date = "DD/MM/YYYY"')
    lines += ["", "[constants]", "# The same for everybody; say what no column says."]
    lines += _constants(told)
    for path, words in told.choices.items():
        lines += ["", f'[choices."{path}"]']
        lines += [f"{_quoted(head)} = {_quoted(c)}" for head, c in words.items()]
    for path in {**told.values, **told.open_values}:
        lines += ["", f'[values."{path}"]']
        lines += [
            f"{_quoted(text)} = {json.dumps(value)}"
            for text, value in told.values.get(path, {}).items()
        ]
        lines += [
            f'# {_quoted(text)} = ""  # what does it mean?'
            for text in told.open_values.get(path, ())
        ]
    if told.units:
        lines += ["", "[units]", "# Of numbers that stand there without one."]
        lines += [f'"{path}" = {_quoted(unit)}' for path, unit in told.units.items()]
    lines += ["", "[columns]"]
    lines += [f'{_quoted(h)} = "{path}"' for h, path in told.columns.items()]
    lines += _remarks("near the name of a field; right?", told.likely.items(), "")
    safety = "a safety question: take the # away only if it asks the very same"
    lines += _remarks(safety, told.safety.items(), "# ")
    lines += ["", *(f"# not placed: {_quoted(head)}" for head in told.unplaced)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _remarks(words: str, items: Iterable[tuple[str, str]], mark: str) -> Iterator[str]:
    pairs = list(items)
    if pairs:
        yield f"# {words}"
    for head, path in pairs:
        yield f'{mark}{_quoted(head)} = "{path}"'


_USUAL: Final[Mapping[str, Callable[[], str]]] = {
    "schema_version": lambda: schema()["properties"]["schema_version"]["enum"][-1],
    "language": lambda: "en",
}
_TO_SAY: Final = ("mode", "locale", "units_distance", "paper_size", "created_date")


def _constants(told: Proposed) -> Iterator[str]:
    placed = {*told.columns.values(), *told.likely.values()}
    for path, value in _USUAL.items():
        if path not in placed:
            yield f'{path} = "{value()}"'
    for path in _TO_SAY:
        if path not in placed:
            choices = ", ".join(cell_fields()[path].choices) or "YYYY-MM-DD"
            yield f'# {path} = ""  # {choices}'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


# --- a template -----------------------------------------------------------------


def template(mode: str) -> bytes:
    """Return a CSV with a column for each question and a row that explains them.

    Lists have a column for each choice. Days are asked for in ISO form, which no
    spreadsheet turns round.
    """
    heads, words = [], []
    for path in ("profile_id", *(p for p in asked(mode) if p != "profile_id")):
        fact = cell_fields().get(path)
        if fact is None or fact.kind == "list":
            continue
        name = _head_of(path, fact)
        if fact.kind == "set":
            for choice in fact.choices:
                heads.append(f"{name}: {fact.labels.get(choice, choice)}")
                words.append("x for yes, 0 for no; leave all empty if not asked")
        else:
            heads.append(name)
            words.append(question(path))
    words[0] = f"{EXPLANATION}This row explains; it may stay. Format all cells as text."
    content = io.StringIO(newline="")
    csv.writer(content).writerows([heads, words])
    return b"\xef\xbb\xbf" + content.getvalue().encode()


def _head_of(path: str, fact: Fact) -> str:
    return fact.title if _names().get(_plain(fact.title)) == path else path

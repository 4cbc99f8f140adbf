"""Read the TOML file that says what the columns of a CSV mean."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Final

from backguide.errors import ExitCode, InvalidInput, Problem, ProfileError
from backguide.profile.facts import Fact, history, known_facts
from backguide.profile.strict_json import read_bytes
from backguide.profile.units import read_amount
from backguide.schemas import near_miss
from backguide.strict_toml import TomlSlip, read_toml

SEPARATORS: Final = MappingProxyType({"semicolon": ";", "comma": ",", "tab": "\t"})
DECIMALS: Final = ("auto", "comma", "point")
DATES: Final = MappingProxyType(
    {
        "YYYY-MM-DD": r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
        "DD.MM.YYYY": r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
        "DD/MM/YYYY": r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
        "MM/DD/YYYY": r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
        "DD-MM-YYYY": r"(?P<d>\d{1,2})-(?P<m>\d{1,2})-(?P<y>\d{4})",
    }
)
ENCODINGS: Final = ("utf-8", "cp1252", "latin-1")


class MapError(InvalidInput):
    """The map of a CSV, or the way it fits the CSV, is not right."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """What the columns of a CSV mean."""

    columns: Mapping[str, str]
    """Header of a column to the path of a field."""
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Path of a list to the columns of its choices: header to choice."""
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Path to what a cell's text stands for; "" and [] are values as well."""
    constants: Mapping[str, Any] = field(default_factory=dict)
    """Path to a value that holds for every row."""
    separator: str = ""
    """One character; empty to look at the first line."""
    decimal: str = "auto"
    date: str = ""
    """One of ``DATES``; empty for the two that cannot be mistaken."""
    list_separator: str = "|"
    encoding: str = "utf-8"
    head_row: int = 1
    """Row with the heads of the columns; what stands above it is left out."""
    are_days_swapped: bool | None = None
    """Whether a spreadsheet took day and month for each other; None: not known."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Path to the unit of numbers that stand there without one."""
    retired: Mapping[str, str] = field(default_factory=dict)
    """Headers of columns whose field nothing reads any more; they are left out."""


def read_map(path: Path) -> ColumnMap:
    """Return the map in a TOML file.

    Raises:
        MapError: With every finding at once.
    """
    try:
        table = read_toml(read_bytes(path))
    except ProfileError as error:
        raise MapError(path.name, error.problems) from None
    except TomlSlip as fault:
        problem = slip(f"line {fault.line}", fault.message, fault.hint)
        raise MapError(path.name, (problem,)) from None
    problems = list(_map_slips(table))
    if problems:
        raise MapError(path.name, tuple(problems))
    form, gone = table.get("format", {}), history().retired
    columns = {plain_cell(k): v for k, v in table.get("columns", {}).items()}
    return ColumnMap(
        columns={k: v for k, v in columns.items() if v not in gone},
        retired={k: v for k, v in columns.items() if v in gone},
        choices={
            path: {plain_cell(header): choice for header, choice in words.items()}
            for path, words in table.get("choices", {}).items()
            if path not in gone
        },
        values={
            path: {folded_cell(text): value for text, value in words.items()}
            for path, words in table.get("values", {}).items()
        },
        constants={
            path: value
            for path, value in table.get("constants", {}).items()
            if path not in gone
        },
        separator=SEPARATORS.get(form.get("separator", ""), ""),
        decimal=form.get("decimal", "auto"),
        date=form.get("date", ""),
        list_separator=form.get("list_separator", "|"),
        encoding=form.get("encoding", "utf-8"),
        head_row=form.get("head_row", 1),
        are_days_swapped=form.get("days_swapped"),
        units=table.get("units", {}),
    )


def _map_slips(table: Mapping[str, Any]) -> Iterator[Problem]:
    known = ("columns", "choices", "values", "constants", "units", "format")
    for name, part in table.items():
        if name not in known:
            yield _unknown(name, "", list(known))
        elif not isinstance(part, dict):
            yield slip(name, f"expected a table, [{name}]")
    columns = table.get("columns")
    choices = table.get("choices", {})
    if not isinstance(columns, dict) or not columns:
        yield slip("columns", 'expected at least one line such as "Age" = "..."')
        return
    for header, path in columns.items():
        yield from _path_slips(f'columns."{header}"', path)
    told = [path for path in columns.values() if isinstance(path, str)]
    for path in sorted({path for path in told if told.count(path) > 1}):
        yield slip("columns", f'two columns mean "{path}"')
    for path, words in choices.items() if isinstance(choices, dict) else ():
        yield from _choice_slips(path, words)
        if path in told:
            yield slip(f'choices."{path}"', "it has a column of its own as well")
    constants, values = table.get("constants"), table.get("values")
    for path in constants if isinstance(constants, dict) else ():
        yield from _path_slips("constants", path)
        if path in told or (isinstance(choices, dict) and path in choices):
            yield slip("constants", f'"{path}" has a column as well')
    for path, words in values.items() if isinstance(values, dict) else ():
        yield from _path_slips("values", path)
        if not isinstance(words, dict):
            yield slip("values", f'expected a table, [values."{path}"]')
    units = table.get("units", {})
    for path, unit in units.items() if isinstance(units, dict) else ():
        yield from _unit_slips(path, unit)
    if isinstance(form := table.get("format", {}), dict):
        yield from _format_slips(form)


def _choice_slips(path: str, words: object) -> Iterator[Problem]:
    """Yield what is wrong with the columns of the choices of one list."""
    where = f'choices."{path}"'
    yield from (found := [*_path_slips(where, path)])
    fact = cell_fields().get(path)
    if found or fact is None:
        return
    if fact.kind != "set":
        yield slip(where, "only a list has one column for each choice")
    elif not isinstance(words, dict) or not words:
        yield slip(where, f'expected a table, [choices."{path}"], with a line for each')
    else:
        for header, choice in words.items():
            if choice not in fact.choices:
                close = near_miss(str(choice), list(fact.choices))
                hint = f'did you mean "{close}"?' if close else ""
                known = ", ".join(fact.choices)
                yield slip(f'{where}."{header}"', f"expected one of {known}", hint)


def _unit_slips(path: str, unit: object) -> Iterator[Problem]:
    """Yield what is wrong with the unit of a column: 1 of it must be readable."""
    where = f'units."{path}"'
    yield from (found := [*_path_slips(where, path)])
    fact = cell_fields().get(path)
    if found or fact is None:
        return
    is_known = isinstance(unit, str) and any(
        read_amount(f"{amount} {unit}", fact.unit)
        for amount in ("2", "6", "70", "170", "6:15")
    )
    if fact.kind != "number" or not is_known:
        yield slip(where, 'expected a unit that fits the field, such as "mi"')


def _path_slips(where: str, path: object) -> Iterator[Problem]:
    fields = [p for p, fact in cell_fields().items() if fact.kind != "list"]
    if not isinstance(path, str):
        yield slip(where, "expected the path of a field in quotation marks")
    elif path not in fields and path not in history().retired:
        close = near_miss(path, fields)
        hint = f'did you mean "{close}"?' if close else "see: backguide facts"
        yield slip(where, f'there is no field "{path}" for a cell', hint)


def _format_slips(form: Mapping[str, Any]) -> Iterator[Problem]:
    choices = {
        "separator": tuple(SEPARATORS),
        "decimal": DECIMALS,
        "date": tuple(DATES),
        "encoding": ENCODINGS,
    }
    for name, value in form.items():
        if name == "list_separator":
            if not isinstance(value, str) or not value.strip():
                yield slip("format.list_separator", 'expected a text such as "|"')
        elif name == "head_row":
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                yield slip("format.head_row", "expected a number from 1")
        elif name == "days_swapped":
            if not isinstance(value, bool):
                yield slip("format.days_swapped", "expected true or false")
        elif name not in choices:
            others = ["list_separator", "head_row", "days_swapped"]
            yield _unknown(name, "format", [*choices, *others])
        elif value not in choices[name]:
            words = ", ".join(f'"{choice}"' for choice in choices[name])
            yield slip(f"format.{name}", f"expected one of {words}")


def _unknown(name: str, where: str, known: list[str]) -> Problem:
    close = near_miss(name, known)
    hint = f'did you mean "{close}"?' if close else f"known: {', '.join(known)}"
    return slip(where, f'"{name}" means nothing here', hint)


def slip(where: str, message: str, hint: str = "") -> Problem:
    """Return a finding about the map."""
    return Problem(where, message, hint, "E_MAP")


def column_problem(problem: Problem, columns: ColumnMap) -> Problem:
    """Return a finding about a field as one about the column that it came from."""
    path = problem.where.partition("[")[0]
    for header, mapped in columns.columns.items():
        if mapped == path:
            where = f'column "{header}" ({problem.where})'
            return Problem(where, problem.message, problem.hint, problem.code)
    if headers := columns.choices.get(path):
        told = ", ".join(f'"{header}"' for header in headers)
        where = f"columns {told} ({problem.where})"
        return Problem(where, problem.message, problem.hint, problem.code)
    return problem


@cache
def cell_fields() -> Mapping[str, Fact]:
    """Return the fields of a profile, the derived facts left out."""
    facts = known_facts().items()
    return {path: fact for path, fact in facts if not fact.is_derived}


def plain_cell(cell: str) -> str:
    """Return the text of a cell without the blanks around it."""
    return unicodedata.normalize("NFC", cell.replace("\u00a0", " ")).strip()


def folded_cell(text: str) -> str:
    """Return the text of a cell for comparing, capitals and small letters alike."""
    return plain_cell(text).casefold()

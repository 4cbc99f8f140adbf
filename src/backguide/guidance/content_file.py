"""Read one file of the content and tell its slips with file and line."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from typing import Any, Final

from backguide.errors import Problem, system_words
from backguide.guidance.condition import ALWAYS, Condition, ConditionReader
from backguide.reading import read_node
from backguide.strict_toml import TomlSlip, decoded, parse_toml

_TOML_FENCE: Final = "+++"
REVIEW_KEYS: Final = (
    "written_on",
    "reviewed_on",
    "reviewed_by",
    "reviewed_state",
    "review_by",
)


class ContentFile:
    """A file of ``templates/`` with its parsed table, its body and its findings."""

    def __init__(self, root: Traversable, name: str, text: str | None = None) -> None:
        """Read and parse; anything wrong becomes a finding, not an exception.

        Args:
            root: The content folder.
            name: Path under it with "/", such as ``en/sections/shoes.md``.
            text: Its text, when the caller has it already.
        """
        self.name = name
        self.problems: list[Problem] = []
        self.is_readable = True
        """False when it is no TOML; then only that is told of it."""
        self.body = ""
        self.body_line = 1
        self.table: dict[str, Any] = {}
        self.text = _read(root, name, self.problems) if text is None else text
        if not self.problems:
            self._parse()
        self.is_readable = not self.problems

    def _parse(self) -> None:
        source = self._front_matter() if self.name.endswith(".md") else self.text
        try:
            self.table = parse_toml(source)
        except TomlSlip as slip:
            self.problems.append(_slip(self.name, slip))
        if not self.table and not self.problems:
            self.add("", "this file is empty")

    @property
    def is_sound(self) -> bool:
        """Tell whether nothing is wrong with it, so that it may be held to account."""
        return not self.problems

    def _front_matter(self) -> str:
        parts = self.text.split(f"{_TOML_FENCE}\n", 2)
        if len(parts) != 3 or parts[0]:
            self.add("", "expected a head between two +++ lines, then the text")
            return ""
        self.body = parts[2]
        self.body_line = parts[1].count("\n") + 3
        return "\n" + parts[1]

    def line_of(self, needle: str, after: str = "") -> int:
        """Return the line of a text, counted from 1; 1 when it is not there."""
        start = max(self.text.find(after), 0) if after else 0
        position = self.text.find(needle, start) if needle else -1
        return self.text.count("\n", 0, position) + 1 if position >= 0 else 1

    def add(
        self, needle: str, message: str, hint: str = "", *, after: str = ""
    ) -> None:
        """Record a finding at the line where ``needle`` stands."""
        self.add_at(self.line_of(needle, after), message, hint)

    def add_at(self, line: int, message: str, hint: str = "") -> None:
        """Record a finding at a line.

        Of a file that cannot be read only that is told, not what follows from it.
        """
        if not self.is_readable:
            return
        where = f"templates/{self.name}:{line}"
        self.problems.append(Problem(where, message, hint, "E_CONTENT"))


def _read(root: Traversable, name: str, problems: list[Problem]) -> str:
    node = root
    for part in name.split("/"):
        node = node / part
    try:
        return decoded(read_node(node))
    except TomlSlip as slip:
        problems.append(_slip(name, slip))
        return ""
    except FileNotFoundError:
        words = "missing file"
    except OSError as error:
        words = system_words(error)
    problems.append(Problem(f"templates/{name}:1", words, "", "E_CONTENT"))
    return ""


def _slip(name: str, slip: TomlSlip) -> Problem:
    where = f"templates/{name}:{slip.line}"
    return Problem(where, slip.message, slip.hint, "E_CONTENT")


class TableReader:
    """Takes typed values out of a table; what is missing or odd is a finding."""

    def __init__(
        self,
        file: ContentFile,
        table: Mapping[str, Any],
        where: str = "",
        *,
        line: int = 0,
    ) -> None:
        """Read from a table.

        Args:
            file: Where it stands, and where findings go.
            table: Its entries.
            where: Names it in messages, and helps to find lines.
            line: Where it begins, counted from 1; 0 where ``where`` stands first.
        """
        self.file = file
        self._table = table
        self._where = where
        self._line = line
        self._seen: set[str] = set()

    def _start(self) -> int:
        """Return where the table begins, in letters from the start of the file."""
        if not self._line:
            return max(self.file.text.find(self._where), 0)
        lines = self.file.text.split("\n")
        return sum(len(line) + 1 for line in lines[: self._line - 1])

    def _take(
        self, key: str, kind: type | tuple[type, ...], words: str, default: Any
    ) -> Any:
        self._seen.add(key)
        if key not in self._table:
            if default is ...:
                place = f" in {self._where}" if self._where else ""
                message = f'"{key}" is missing{place}'
                line = self._line or self.file.line_of(self._where)
                self.file.add_at(line, message, f"add a line: {key} = ...")
                return None
            return default
        value = self._table[key]
        is_bool_for_number = isinstance(value, bool) and kind is not bool
        if not isinstance(value, kind) or is_bool_for_number:
            self._add(key, f'"{key}" must be {words}')
            return None if default is ... else default
        return value

    def _add(self, key: str, message: str, hint: str = "") -> None:
        place = f" in {self._where}" if self._where else ""
        self.file.add_at(self._line_of(key), message + place, hint)

    def _line_of(self, key: str) -> int:
        """Return the line of an entry; that of the table when it stands in one line."""
        text, start = self.file.text, self._start()
        found = text.find(f"\n{key} =", max(start - 1, 0))
        is_elsewhere = self._line and "\n\n" in text[start:found]
        if found < 0 or is_elsewhere:
            return self._line or 1
        return text.count("\n", 0, found) + 2

    def text(self, key: str, default: Any = ...) -> str:
        """Return a text; empty when missing."""
        return self._take(key, str, "a text", default) or ""

    def number(self, key: str, default: Any = ...) -> float:
        """Return a number; 0 when missing."""
        return self._take(key, (int, float), "a number", default) or 0

    def integer(self, key: str, low: int, high: int, default: Any = ...) -> int:
        """Return a whole number from ``low`` to ``high``."""
        value = self._take(key, int, f"a whole number from {low} to {high}", default)
        if value is None:
            return low
        if not low <= value <= high:
            self._add(key, f'"{key}" must be from {low} to {high}, not {value}')
            return low
        return int(value)

    def flag(self, key: str, default: Any = ...) -> bool:
        """Return true or false."""
        return bool(self._take(key, bool, "true or false", default))

    def day(self, key: str, default: Any = ...) -> date | None:
        """Return a date."""
        value: date | None = self._take(
            key, date, "a date, such as 2026-01-15", default
        )
        return value

    def review(self) -> None:
        """Take the entries about the review; ``guidance.review`` reads them."""
        self.text("reviewed_by", "")
        self.text("reviewed_state", "")
        for key in ("written_on", "reviewed_on", "review_by"):
            self.day(key, None)

    def texts(self, key: str, default: Any = ...) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._take(key, list, "a list of texts", default) or ()
        if not all(isinstance(item, str) for item in value):
            self._add(key, f'"{key}" must be a list of texts')
            return ()
        return tuple(value)

    def whole_numbers(self, key: str, default: Any = ...) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        value = self._take(key, list, "a list of whole numbers", default) or ()
        if not all(type(item) is int for item in value):
            self._add(key, f'"{key}" must be a list of whole numbers')
            return ()
        return tuple(value)

    def choice(self, key: str, choices: tuple[str, ...], default: Any = ...) -> str:
        """Return one of the given words."""
        value = self.text(key, default)
        if value and value not in choices:
            close = get_close_matches(value, choices, n=1)
            hint = f'did you mean "{close[0]}"?' if close else ""
            words = ", ".join(choices)
            self._add(key, f'"{value}" is not a {key}; choose one of {words}', hint)
            return choices[0]
        return value or choices[0]

    def table(self, key: str, default: Any = ...) -> dict[str, Any]:
        """Return a table."""
        return self._take(key, dict, "a table", default) or {}

    def tables(self, key: str) -> tuple[dict[str, Any], ...]:
        """Return a list of tables; empty when there is none."""
        value = self._take(key, list, "a list of tables", []) or []
        return tuple(item for item in value if isinstance(item, dict))

    def condition(
        self, key: str, conditions: ConditionReader, default: Condition = ALWAYS
    ) -> Condition:
        """Return the condition under ``key``, or the default when there is none."""
        self._seen.add(key)
        if key not in self._table:
            return default
        place = f"{self._where}.{key}" if self._where else key
        before = len(conditions.faults)
        condition = conditions.read(self._table[key], place)
        told: Counter[str] = Counter()
        for fault in conditions.faults[before:]:
            line = self._line_in(key, fault.needle, told[fault.needle])
            told[fault.needle] += 1
            self.file.add_at(line, f"{fault.where}: {fault.message}", fault.hint)
        return condition

    def _line_in(self, key: str, needle: str, nth: int) -> int:
        """Return the line of a text in the table or entry ``key``.

        When the same slip stands there several times, each gets its own line.
        """
        text = self.file.text
        place = self._start()
        heads = [text.find(head, place) for head in (f"{key}]\n", f"\n{key} =")]
        place = min((found + 1 for found in heads if found >= 0), default=place)
        for _ in range(nth + 1):
            place = max(text.find(needle, place), place) + 1
        return text.count("\n", 0, place - 1) + 1

    def finish(self) -> None:
        """Record every key that nobody asked for."""
        for key in self._table:
            if key not in self._seen:
                close = get_close_matches(key, self._seen, n=1)
                hint = f'did you mean "{close[0]}"?' if close else ""
                self._add(key, f'unknown entry "{key}"', hint)

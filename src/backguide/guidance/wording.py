"""Values and reasons in words: units as the runner asked, numbers worked out."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from backguide.guidance.condition import Test
from backguide.guidance.library import Library
from backguide.profile.facts import KM_PER_MILE, Facts, FactValue, known_facts
from backguide.profile.plausibility import CM_PER_INCH, KG_PER_POUND

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip
_CAPS: Final = frozenset({"derived.next_long_run_cap_km"})
"""Distances that are limits: always rounded down."""
MAX_REASONS: Final = 3
_TELEPHONE: Final = re.compile(
    r"(?<![\w.])[+(]{0,2}\d(?:[ \u00a0().+/-]{0,3}\d){4,18}(?!\w)"
    r"(?: (?:ext|extension|option|x)\.? ?\d{1,6}\b)?",
    re.IGNORECASE,
)
"""Five digits or more with what people write between them, and an extension."""


def day_words(day: date, locale: str) -> str:
    """Return a date with the month as a word, so that nobody can misread it."""
    month = _MONTHS[day.month - 1]
    if locale in ("en-US", "en-CA"):
        return f"{month} {day.day}, {day.year}"
    return f"{day.day} {month} {day.year}"


def with_whole_numbers(text: str) -> str:
    """Return a text in which no line can end inside a telephone number.

    Its blanks become no-break spaces. A reader who dials the half before the line end
    reaches somebody else.
    """
    return _TELEPHONE.sub(lambda match: match[0].replace(" ", "\u00a0"), text)


def number_words(number: float) -> str:
    """Return a number with at most one decimal, without a useless zero."""
    return f"{number:.1f}".removesuffix(".0")


class Wording:
    """Puts one person's facts into words."""

    def __init__(self, library: Library, facts: Facts) -> None:
        """Remember the words of the language and the facts of the person."""
        self._words = library.words
        self._reasons = library.reasons
        self._facts = facts
        self._locale = str(facts.get("locale", "en-other"))
        self._numbers = library.phone_numbers[self._locale]

    def distance(self, km: float, *, is_cap: bool = False) -> str:
        """Return a distance with its unit, in the unit that the runner asked for.

        Args:
            km: Kilometres.
            is_cap: Round down to 0.1, because the number is a limit.
        """
        in_miles = self._facts.get("units_distance") == "mi"
        value = km / KM_PER_MILE if in_miles else km
        value = math.floor(round(value * 10, 6)) / 10 if is_cap else round(value, 1)
        key = "unit.mile" if in_miles else "unit.km"
        if in_miles and value != 1:
            key = "unit.miles"
        return f"{number_words(value)} {self._words[key]}"

    def value(self, path: str) -> str:
        """Return a known fact's value in words, with distances in their unit.

        Raises:
            KeyError: The fact is not known for this person.
        """
        return self._say(path, self._facts[path])

    def _say(self, path: str, value: FactValue) -> str:
        fact = known_facts()[path]
        if isinstance(value, bool):
            return self._words["yes"] if value else self._words["no"]
        if isinstance(value, int | float):
            return self._say_number(path, value)
        if isinstance(value, tuple):
            return self.join([fact.labels.get(item, item) for item in value])
        if isinstance(value, date):
            return day_words(value, self._locale)
        return fact.labels.get(value) or with_whole_numbers(value)

    def _say_number(self, path: str, value: float) -> str:
        unit = known_facts()[path].unit
        if unit.startswith("km"):
            return self.distance(value, is_cap=path in _CAPS)
        imperial = self._facts.get("units_body") == "imperial"
        if unit == "kg" and imperial:
            return f"{round(value / KG_PER_POUND)} lb"
        if unit == "cm" and imperial:
            feet, inches = divmod(round(value / CM_PER_INCH), 12)
            return f"{feet} ft {inches} in"
        if path in ("derived.spike_pct", "running.recent_change_pct"):
            return str(math.floor(value))
        return number_words(value)

    def with_unit(self, path: str) -> str:
        """Return a fact's value with its unit, for a list of answers."""
        words, unit = self.value(path), known_facts()[path].unit
        if not unit or unit.startswith("grade"):
            return words
        if unit.startswith("km"):
            return words + unit.removeprefix("km")
        if unit in ("kg", "cm") and self._facts.get("units_body") == "imperial":
            return words
        if unit.startswith("points"):
            return self._words["out_of_10"].replace("{value}", words)
        first, space, rest = unit.partition(" ")
        one = first.removesuffix("s") if words == "1" else first
        return f"{words} {one}{space}{rest}"

    def join(self, items: list[str]) -> str:
        """Return items as "a, b and c"."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self._words['and']} {items[-1]}"

    def reason(self, tests: Iterable[Test]) -> str:
        """Return why, from the tests that decided: "you sit about 9 hours a day".

        At most ``MAX_REASONS`` of them, each fact once; empty without any.
        """
        told: dict[str, None] = {}
        for test in tests:
            for words in self._reasons_of(test):
                told[words] = None
        return self.join(list(told)[:MAX_REASONS])

    def _reasons_of(self, test: Test) -> list[str]:
        path = test.fact
        value = self._facts[path]
        if isinstance(value, tuple):
            wanted = [
                w for _, want in test.checks if isinstance(want, tuple) for w in want
            ]
            values: list[str] = [item for item in value if item in wanted]
        else:
            values = [str(value).lower() if isinstance(value, bool) else str(value)]
        found = [
            self._reasons[key]
            for item in values
            if (key := f"{path}={item}") in self._reasons
        ]
        if found:
            return [words for words in found if words]
        if path in self._reasons:
            words = self._reasons[path]
            return [words.replace("{value}", self.value(path))] if words else []
        return [f"{known_facts()[path].title.lower()}: {self.value(path)}"]

    def sign(self, path: str) -> str:
        """Return a warning sign in the person's own terms, or an empty text."""
        return known_facts()[path].sign

    def phrases(self) -> Mapping[str, str]:
        """Return the placeholders that are no facts: phone numbers and the clinic."""
        emergency = self._numbers.emergency or self._words["phone.emergency_unknown"]
        urgent = self._numbers.urgent or self._words["phone.urgent_unknown"]
        crisis = self._numbers.crisis or self._words["phone.crisis_unknown"]
        clinic = self.clinic_line() or self._words["phone.clinic_unknown"]
        return {
            "emergency_number": with_whole_numbers(emergency),
            "urgent_line": with_whole_numbers(urgent),
            "crisis_line": with_whole_numbers(crisis),
            "clinic_line": clinic,
        }

    def clinic_line(self) -> str:
        """Return the clinic's name and phone, or an empty text."""
        parts = [self._facts.get("clinic.clinic_name"), self._facts.get("clinic.phone")]
        return with_whole_numbers(", ".join(str(part) for part in parts if part))

    def clinic_phone(self) -> str:
        """Return the clinic's number as it stands in its line, or an empty text."""
        return with_whole_numbers(str(self._facts.get("clinic.phone") or ""))

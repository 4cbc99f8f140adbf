"""Values and reasons in words: units as the runner asked, numbers worked out."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from backguide.guidance.amounts import amount_words, is_amount
from backguide.guidance.condition import Test
from backguide.guidance.library import Library
from backguide.guidance.pain import MOST_PAIN, PainScale, pain_scale
from backguide.profile.facts import KM_PER_MILE, Facts, FactValue, known_facts
from backguide.profile.plausibility import CM_PER_INCH, KG_PER_POUND

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip
_CAPS: Final = frozenset({"derived.next_long_run_cap_km"})
"""Distances that are limits: always rounded down."""
LEG_PAIN: Final = ("thigh", "below_knee")
"""Where pain of the leg is: that is there already, only more of it says stop."""
USUAL_CARRY_KG: Final = 3
CARRY_SHARE: Final = 0.05
"""Share of the body weight that a first carry weighs (design choice of the card)."""
MAX_REASONS: Final = 3
MAX_REASON_WORDS: Final = 20
"""A reason stands at its part as one short line."""
_TELEPHONE: Final = re.compile(
    r"(?<![\w.])[+(]{0,2}\d(?:[ \u00a0().+/-]{0,3}\d){4,18}(?!\w)"
    r"(?: (?:ext|extension|option|x)\.? ?\d{1,6}\b)?",
    re.IGNORECASE,
)
"""Five digits or more with what people write between them, and an extension."""
WEEKS_IN_WORDS: Final = 52
"""The longest time that is told in weeks."""
DAYS_PER_YEAR: Final = 365.25
YEARS_WITHOUT_MONTHS: Final = 3
_PREMISES: Final = frozenset({"symptoms.has_back_pain", "derived.pain_now"})
"""Asked by most warning signs beside what makes them one."""


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
        self._days_by_level = library.picker.days
        self._phrases: Mapping[str, str] | None = None
        self.pain: PainScale = pain_scale(facts, library.thresholds)

    def placeholder(self, path: str) -> str:
        """Return the words for what stands in a placeholder.

        Args:
            path: A phrase ("clinic_line"), an amount ("kg:2-5") or a known fact.

        Raises:
            KeyError: The fact is not known for this person.
        """
        if is_amount(path):
            return amount_words(path, self._facts, self._words)
        phrases = self.phrases()
        return phrases[path] if path in phrases else self.value(path)

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

    def span(self, weeks: float) -> str:
        """Return a time in weeks as people say it: "8 weeks", "1 year 3 months".

        Above ``WEEKS_IN_WORDS`` in years and months; from 3 years on in whole years.
        """
        count = int(weeks)
        if count <= WEEKS_IN_WORDS:
            key = {0: "span.no_week", 1: "span.week"}.get(count, "span.weeks")
            return self._words[key].replace("{count}", str(count))
        months = round(count * 7 * 12 / DAYS_PER_YEAR)
        years, rest = divmod(months, 12)
        if years >= YEARS_WITHOUT_MONTHS:
            years, rest = round(months / 12), 0
        parts = [
            self._words[f"span.{name}" + ("" if number == 1 else "s")].replace(
                "{count}", str(number)
            )
            for name, number in (("year", years), ("month", rest))
            if number
        ]
        return " ".join(parts)

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
        if value == ():
            return self._words["none_named"]
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
        if unit == "weeks":
            return self.span(value)
        if path in ("derived.spike_pct", "running.recent_change_pct"):
            return str(math.floor(value))
        return number_words(value)

    def with_unit(self, path: str) -> str:
        """Return a fact's value with its unit, for a list of answers."""
        words, unit = self.value(path), known_facts()[path].unit
        if not unit or unit == "weeks" or unit.startswith("grade"):
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

        At most ``MAX_REASONS`` of them and ``MAX_REASON_WORDS`` words, each fact once;
        empty without any.
        """
        told = dict.fromkeys(w for test in tests for w in self._reasons_of(test))
        chosen = list(told)[:MAX_REASONS]
        while len(chosen) > 1 and len(self.join(chosen).split()) > MAX_REASON_WORDS:
            chosen.pop()
        return self.join(chosen)

    def _reasons_of(self, test: Test) -> list[str]:
        path = test.fact
        found = [
            self._reasons[key]
            for item in self._wanted(test)
            if (key := f"{path}={item}") in self._reasons
        ]
        if found:
            return [words for words in found if words]
        if path in self._reasons:
            words = self._reasons[path]
            return [words.replace("{value}", self.value(path))] if words else []
        return [f"{known_facts()[path].title.lower()}: {self.value(path)}"]

    def _wanted(self, test: Test) -> list[str]:
        """Return the value of a test's fact as texts; of a set, what was asked for."""
        value = self._facts[test.fact]
        if isinstance(value, tuple):
            wanted = [
                w for _, want in test.checks if isinstance(want, tuple) for w in want
            ]
            return [item for item in value if item in wanted]
        return [str(value).lower() if isinstance(value, bool) else str(value)]

    def evidence(self, tests: Iterable[Test]) -> tuple[str, ...]:
        """Return everything that decided a warning sign, one text for each answer.

        That back pain is there now is told only when nothing else decided.
        """
        told: dict[str, None] = {}
        for test in tests:
            if test.fact not in _PREMISES:
                told |= dict.fromkeys(self._evidence_of(test))
        return tuple(told) or tuple(
            words for test in tests for words in self._reasons_of(test)
        )

    def _evidence_of(self, test: Test) -> list[str]:
        sign = self.sign_of(test)
        return [sign] if sign else self._reasons_of(test)

    def sign_of(self, test: Test) -> str:
        """Return the sign that a test that holds has found, or an empty text."""
        found = self._facts[test.fact] not in ("no", False)
        return known_facts()[test.fact].sign if found else ""

    def to_staff(self, tests: Iterable[Test]) -> tuple[str, ...]:
        """Return what decided and is no sign, as sentences to say: "I am 70."."""
        told: dict[str, None] = {}
        for test in tests:
            path = test.fact
            values = self._wanted(test)
            for key in (f"staff.{path}", *(f"staff.{path}.{v}" for v in values)):
                if words := self._words.get(key):
                    told[words.replace("{value}", self.with_unit(path))] = None
        return tuple(told)

    def phrases(self) -> Mapping[str, str]:
        """Return the placeholders that are no facts: phone numbers, pain limits ..."""
        if self._phrases is None:
            self._phrases = self._worked_out()
        return self._phrases

    def _worked_out(self) -> Mapping[str, str]:
        emergency = self._numbers.emergency or self._words["phone.emergency_unknown"]
        urgent = self._numbers.urgent or self._words["phone.urgent_unknown"]
        crisis = self._numbers.crisis or self._words["phone.crisis_unknown"]
        clinic = self.clinic_line() or self._words["phone.clinic_unknown"]
        return {
            "emergency_number": with_whole_numbers(emergency),
            "urgent_line": with_whole_numbers(urgent),
            "crisis_line": with_whole_numbers(crisis),
            "clinic_line": clinic,
            "pain_limit": str(self.pain.limit),
            "pain_above_limit": str(self.pain.limit + 1),
            "pain_rises": self._pain_rises(),
            "leg_pain": self.leg_pain(),
            "run_pain_limit": str(self.pain.run_limit),
            "run_pain_stop": str(self.pain.run_limit + 1),
            "exercise_days": self._exercise_days(),
            "carry_weight": self._carry_weight(),
        }

    def _pain_rises(self) -> str:
        if self.pain.limit >= MOST_PAIN:
            return self._words["pain.any_worse"]
        return self._words["pain.above"].replace("{limit}", str(self.pain.limit))

    def leg_pain(self) -> str:
        """Return the pain of the leg that says stop: any, or more than there is."""
        has_pain = self._facts.get("symptoms.radiation") in LEG_PAIN
        return self._words["pain.leg_more" if has_pain else "pain.leg_new"]

    def _exercise_days(self) -> str:
        """Return how often to exercise, for the middle of a sentence."""
        level = self._facts.get("derived.exercise_level")
        days = self._days_by_level.get(str(level), "")
        return days[:1].lower() + days[1:]

    def _carry_weight(self) -> str:
        """Return what a first carry weighs; the usual one without a yes to weight."""
        weight_kg = self._facts.get("person.weight_kg")
        share_kg = USUAL_CARRY_KG
        if self._facts.get("person.weight_talk") == "yes" and isinstance(
            weight_kg, int | float
        ):
            share_kg = math.floor(weight_kg * CARRY_SHARE)
        return amount_words(f"kg:{share_kg}", self._facts, self._words)

    def clinic_line(self) -> str:
        """Return the clinic's name and phone, or an empty text."""
        parts = [self._facts.get("clinic.clinic_name"), self._facts.get("clinic.phone")]
        return with_whole_numbers(", ".join(str(part) for part in parts if part))

    def clinic_phone(self) -> str:
        """Return the clinic's number as it stands in its line, or an empty text."""
        return with_whole_numbers(str(self._facts.get("clinic.phone") or ""))

"""Read amounts as people type them: "5 mi", "11 st 4", "8,5", "6:15 /km".

In:   a text and the unit of a field ("km a week", "kg", "minutes per km" ...).
Out:  the number in the field's unit, and words that read it back.

The whole text must match, or nothing is understood: a guess in silence would stand on
somebody's page. Whether the number is plausible is judged by the schema, as everywhere.
Libraries for units were tried and left: they read 6:15 min/km as 90, 11 st 4 as 4 lb.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final, Literal

from backguide.profile.facts import KM_PER_MILE
from backguide.profile.plausibility import CM_PER_INCH, KG_PER_POUND

POUNDS_PER_STONE: Final = 14
WEEKS_PER_MONTH: Final = 365.25 / 12 / 7
WEEKS_PER_YEAR: Final = 365.25 / 7
MOST_LETTERS: Final = 40
"""No amount is longer; a longer text is not read at all."""


@dataclass(frozen=True, slots=True)
class Habits:
    """The units that a number without a unit is meant in; empty when nobody said."""

    distance: Literal["km", "mi", ""] = ""
    body: Literal["metric", "imperial", ""] = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """What was understood."""

    value: float
    """In the unit of the field; a whole number is an int."""
    words: str
    """To read back, such as "5 mi (8.05 km)". What stands before the bracket is read as
    the same amount again."""
    typed: str
    """The text as it was typed."""


NO_HABITS: Final = Habits()

_Found = tuple[float, str] | None
"""A value in the field's unit, and how it was written, in plain form."""

_NUMBER: Final = r"(?:\d{1,5}(?:[.,]\d{1,2})?|\d{1,4} (?:1/[2348]|2/3|3/[48]|[57]/8))"
"""Three digits behind the mark may be thousands, and "1/2" alone may be a choice or a
day: neither is a number here."""
_WHOLE: Final = r"\d{1,5}"
_VULGAR: Final = re.compile("([0-9]{0,9}) ?([\u00bc-\u00be\u2153\u2154\u215b-\u215e])")
_SIGNS: Final = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201b": "'", "\u2032": "'", "\u00b4": "'",
        "\u201c": '"', "\u201d": '"', "\u201f": '"', "\u2033": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-",
        "\u2212": "-", "\uff0c": ",", "\uff0e": ".", "\uff1a": ":", "\u2044": "/",
    }
)  # fmt: skip


def plain(text: str) -> str:
    """Bring a text into the one form that is read: small letters, plain signs.

    >>> plain("1\u00bd  KM")
    '1 1/2 km'
    """
    text = _VULGAR.sub(lambda m: f"{m[1] or '0'} {_written(m[2])}", text)
    text = text.translate(_SIGNS).casefold().replace("''", '"')
    return " ".join(text.split())


def _written(fraction: str) -> str:
    part = Fraction(unicodedata.numeric(fraction)).limit_denominator(8)
    return f"{part.numerator}/{part.denominator}"


def read_amount(text: str, unit: str, habits: Habits = NO_HABITS) -> Amount | None:
    """Return the amount that a text says, or None when it is not certain.

    Args:
        text: As it was typed.
        unit: The unit of the field, as in its ``x-unit``.
        habits: What a number without a unit is meant in. Where that is open, such a
            number is not understood for a distance, a pace, a height or a weight.

    >>> read_amount("11 st 4 lb", "kg").words
    '11 st 4 lb (71.7 kg)'
    >>> read_amount("a lot", "kg") is None
    True
    """
    if len(text) > MOST_LETTERS:
        return None
    found = _reader(unit)(plain(text), habits)
    if found is None:
        return None
    value, written = found
    value = int(value) if float(value).is_integer() else value
    return Amount(value, written, text)


def _reader(unit: str) -> Callable[[str, Habits], _Found]:
    return _READERS.get(unit) or _plain_reader(unit)


def _value(number: str) -> float:
    """Return the number of a text that ``_NUMBER`` matched."""
    whole, _, part = number.rpartition(" ")
    if "/" in part:
        return float(int(whole or 0) + Fraction(part))
    return float(number.replace(",", "."))


def _said(value: float, digits: int = 2) -> str:
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _match(pattern: str, text: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, text, re.ASCII)


# --- one reader for each kind of unit ------------------------------------------

_KM: Final = r"(?:km|kms|k|kilometers?|kilometres?)"
_MILES: Final = r"(?:mi|mile|miles)"
_M: Final = r"(?:m|meters?|metres?)"


_A_WEEK: Final = r"(.+?) ?(?:a|per|/) ?(?:wk|week)"


def _weekly_distance(text: str, habits: Habits) -> _Found:
    m = _match(_A_WEEK, text)
    return _distance(m[1] if m else text, habits)


def _distance(text: str, habits: Habits) -> _Found:
    if m := _match(rf"({_NUMBER}) ?{_KM}", text):
        return _km(_value(m[1]))
    if m := _match(rf"({_NUMBER}) ?{_MILES}", text):
        return _miles(_value(m[1]))
    if (m := _match(rf"({_WHOLE}) ?{_M}", text)) and int(m[1]) >= 100:
        return int(m[1]) / 1000, f"{int(m[1])} m ({_said(int(m[1]) / 1000, 3)} km)"
    if m := _match(rf"({_NUMBER})", text):
        value = _value(m[1])
        if value == 0 or habits.distance == "km":
            return _km(value)
        return _miles(value) if habits.distance == "mi" else None
    return None


def _km(km: float) -> _Found:
    return round(km, 3), f"{_said(km, 3)} km"


def _miles(miles: float) -> _Found:
    km = round(miles * KM_PER_MILE, 2)
    return km, f"{_said(miles, 3)} mi ({_said(km)} km)"


def _pace(text: str, habits: Habits) -> _Found:
    m = _match(
        r"(\d{1,2}):([0-5]\d) ?(?:mins?|minutes?)? ?(?:(?:/|per|a) ?(.+))?", text
    )
    if m is None:
        return None
    per = m[3] or habits.distance
    minutes = int(m[1]) + int(m[2]) / 60
    said = f"{int(m[1])}:{m[2]} min"
    if per and _match(_KM, per):
        return round(minutes, 4), f"{said} per km"
    if per and _match(_MILES, per):
        pace = minutes / KM_PER_MILE
        whole, seconds = divmod(round(pace * 60), 60)
        return round(pace, 4), f"{said} per mile ({whole}:{seconds:02} min per km)"
    return None


def _height(text: str, habits: Habits) -> _Found:
    feet = r"(?:'|ft|feet|foot)"
    inches = r"(?:\"|in|ins|inch|inches)?"
    m = _match(rf"([3-7]) ?{feet}(?: ?(\d{{1,2}}(?:[.,]5| 1/2)?) ?{inches})?", text)
    if m:
        odd = _value(m[2]) if m[2] and " " not in m[2] else _half(m[2])
        if odd >= 12:
            return None
        total = int(m[1]) * 12 + odd
        cm = round(total * CM_PER_INCH, 1)
        return cm, f"{m[1]} ft {_said(odd, 1)} in ({_said(cm, 1)} cm)"
    if m := _match(rf"({_NUMBER}) ?(?:cm|cms|centimet(?:re|er)s?)", text):
        return _cm(_value(m[1]))
    if m := _match(rf"([12])[.,](\d\d) ?{_M}?", text):
        return _cm(int(m[1]) * 100 + int(m[2]))
    if (m := _match(rf"({_NUMBER})", text)) and habits.body == "metric":
        return _cm(_value(m[1]))
    return None


def _half(text: str | None) -> float:
    return int(text.split(" ")[0]) + 0.5 if text else 0.0


def _cm(cm: float) -> _Found:
    return round(cm, 2), f"{_said(cm)} cm"


def _weight(text: str, habits: Habits) -> _Found:
    pounds = r"(?:lb|lbs|pounds?)"
    stone = r"(?:st|stones?)"
    if m := _match(rf"(\d{{1,2}}) ?{stone}(?:,? ?(\d{{1,2}}) ?{pounds}?)?", text):
        odd = int(m[2] or 0)
        if odd >= POUNDS_PER_STONE:
            return None
        kg = round((int(m[1]) * POUNDS_PER_STONE + odd) * KG_PER_POUND, 1)
        return kg, f"{int(m[1])} st {odd} lb ({_said(kg, 1)} kg)"
    if m := _match(rf"({_NUMBER}) ?{stone}", text):
        kg = round(_value(m[1]) * POUNDS_PER_STONE * KG_PER_POUND, 1)
        return kg, f"{_said(_value(m[1]), 3)} st ({_said(kg, 1)} kg)"
    if m := _match(rf"({_NUMBER}) ?{pounds}", text):
        kg = round(_value(m[1]) * KG_PER_POUND, 1)
        return kg, f"{_said(_value(m[1]), 3)} lb ({_said(kg, 1)} kg)"
    if m := _match(rf"({_NUMBER}) ?(?:kg|kgs|kilos?|kilograms?)", text):
        return _kg(_value(m[1]))
    if (m := _match(rf"({_NUMBER})", text)) and habits.body == "metric":
        return _kg(_value(m[1]))
    return None


def _kg(kg: float) -> _Found:
    return round(kg, 3), f"{_said(kg, 3)} kg"


_HOURS: Final = r"(?:h|hr|hrs|hours?)"
_MINUTES: Final = r"(?:'|m|min|mins|minutes?)"


def _minutes_of(text: str) -> float | None:
    """Return minutes; a number without a unit and "1:30" are left open."""
    if m := _match(r"(\d{1,2}):([0-5]\d):([0-5]\d)", text):
        return int(m[1]) * 60 + int(m[2]) + int(m[3]) / 60
    if m := _match(rf"(\d{{1,2}}) ?{_HOURS} ?([0-5]?\d) ?{_MINUTES}?", text):
        return int(m[1]) * 60 + int(m[2])
    if m := _match(rf"({_NUMBER}) ?{_HOURS}", text):
        return _value(m[1]) * 60
    if m := _match(rf"({_NUMBER}) ?{_MINUTES}", text):
        return _value(m[1])
    return None


def _duration_min(text: str, habits: Habits) -> _Found:
    del habits
    minutes = _minutes_of(f"{text} min" if _match(_NUMBER, text) else text)
    if minutes is None:
        return None
    return round(minutes, 3), f"{_said(minutes)} min"


def _duration_h(text: str, habits: Habits) -> _Found:
    del habits
    minutes = _minutes_of(f"{text} h" if _match(_NUMBER, text) else text)
    if minutes is None:
        return None
    hours = round(minutes / 60, 3)
    return hours, f"{_said(hours)} {'hour' if hours == 1 else 'hours'}"


def _weeks(text: str, habits: Habits) -> _Found:
    """Read a time in weeks; months and years in the weeks that they last."""
    del habits
    if m := _match(rf"({_WHOLE}) ?(?:w|wk|wks|weeks?)?", text):
        return _whole_weeks(int(m[1]), "")
    if m := _match(rf"({_NUMBER}) ?(?:mo|months?)", text):
        return _whole_weeks(_value(m[1]) * WEEKS_PER_MONTH, _told(m[1], "month"))
    if m := _match(rf"({_NUMBER}) ?(?:y|yr|yrs|years?)", text):
        return _whole_weeks(_value(m[1]) * WEEKS_PER_YEAR, _told(m[1], "year"))
    return None


def _told(number: str, word: str) -> str:
    said = _said(_value(number), 3)
    return f"{said} {word}" if said == "1" else f"{said} {word}s"


def _whole_weeks(weeks: float, told: str) -> _Found:
    count = math.floor(weeks + 0.5)
    said = f"{count} week" if count == 1 else f"{count} weeks"
    return count, f"{told} ({said})" if told else said


def _points(text: str, habits: Habits) -> _Found:
    del habits
    m = _match(r"(\d{1,2})(?: ?/ ?10| out of 10)?", text)
    return (int(m[1]), f"{int(m[1])} out of 10") if m else None


def _percent(text: str, habits: Habits) -> _Found:
    del habits
    m = _match(rf"([+-]?) ?({_NUMBER}) ?(?:%|percent|per cent)?", text)
    if m is None:
        return None
    value = _value(m[2]) * (-1 if m[1] == "-" else 1)
    return round(value, 3), f"{_said(value, 3)} %"


_READERS: Final[Mapping[str, Callable[[str, Habits], _Found]]] = MappingProxyType(
    {
        "km": _distance,
        "km a week": _weekly_distance,
        "minutes per km": _pace,
        "cm": _height,
        "kg": _weight,
        "minutes": _duration_min,
        "hours a day": _duration_h,
        "hours a night": _duration_h,
        "weeks": _weeks,
        "points, 0 to 10": _points,
        "percent": _percent,
    }
)

_plain_readers: dict[str, Callable[[str, Habits], _Found]] = {}


def _plain_reader(unit: str) -> Callable[[str, Habits], _Found]:
    """Return the reader of a unit that has no other: "3", "3 runs", "3 runs a week"."""
    if unit not in _plain_readers:
        _plain_readers[unit] = _make_plain_reader(unit)
    return _plain_readers[unit]


def _make_plain_reader(unit: str) -> Callable[[str, Habits], _Found]:
    noun, _, rest = unit.partition(" ")
    one = re.escape(noun.removesuffix("s"))
    per = rf"(?: {re.escape(rest)})?" if rest and "," not in unit else ""
    pattern = rf"({_NUMBER})(?: ?{one}s?{per})?" if noun else rf"({_NUMBER})"
    if "," in unit:
        pattern = rf"({_NUMBER})"

    def read(text: str, habits: Habits) -> _Found:
        del habits
        m = _match(pattern, text)
        if m is None:
            return None
        value = _value(m[1])
        said = _said(value, 3)
        if "," in unit or not noun:
            return round(value, 3), said
        words = unit if said != "1" else f"{noun.removesuffix('s')} {rest}".strip()
        return round(value, 3), f"{said} {words}"

    return read

"""Amounts in the units that the reader asked for: ``{kg:5}``, ``{cm:10-20}``.

An author writes every weight, length and distance as such a placeholder, in metric
units. It is printed in kg and cm, or in pounds and inches (``units_body``), and in km
or miles (``units_distance``), rounded to a number that somebody can weigh or measure.
"""

import math
import re
from collections.abc import Mapping
from typing import Final

from backguide.profile.facts import KM_PER_MILE, Facts
from backguide.profile.plausibility import CM_PER_INCH, KG_PER_POUND

_AMOUNT: Final = re.compile(
    r"(?P<unit>[a-z_]+):(?P<low>\d+(?:\.\d+)?)(?:-(?P<high>\d+(?:\.\d+)?))?\Z"
)
UNITS: Final = ("kg", "cm", "mm", "km", "km_at_most", "seconds_per_km")
"""``km_at_most`` is a limit and always rounded down."""

LITERAL: Final = re.compile(
    r"\d+(?:\.\d+)?(?:\s|-|\u00a0)?"
    r"(?:kg|kilos?|kilograms?|g|grams?|cm|mm|m|km|met(?:re|er)s?|kilomet(?:re|er)s?"
    r"|centimet(?:re|er)s?|lbs?|pounds?|stones?|oz|ounces?|inch(?:es)?|ft|feet|foot"
    r"|yards?|miles?)\b",
    re.IGNORECASE,
)
"""An amount that is written out, so that half of the readers get a foreign unit."""

POUNDS_STEP: Final = 5
"""Weights for exercise are sold in steps of 5 pounds."""
WHOLE_MILES_FROM: Final = 10


def is_amount(path: str) -> bool:
    """Tell whether a placeholder is an amount: a unit, a colon, numbers."""
    return ":" in path


def fault_of(path: str) -> str:
    """Return what is wrong with an amount, or an empty text."""
    match = _AMOUNT.match(path)
    if match is None:
        return "an amount is a unit and a number or two, such as {kg:2-5}"
    if match["unit"] not in UNITS:
        return f"an amount has one of the units {', '.join(UNITS)}"
    if match["high"] and float(match["high"]) <= float(match["low"]):
        return "the second number of an amount must be greater than the first"
    if match["high"] and match["unit"] == "seconds_per_km":
        return "a pace is one number of seconds"
    return ""


def amount_words(path: str, facts: Facts, words: Mapping[str, str]) -> str:
    """Return an amount with its unit, as this person reads it.

    Args:
        path: A sound placeholder, such as "cm:10-20".
        facts: ``units_body`` and ``units_distance``; metric when they are missing.
        words: The fixed words of the language.

    Raises:
        ValueError: It is no amount; the content check prevents it.
    """
    match = _AMOUNT.match(path)
    if match is None:
        raise ValueError(f'"{path}" is no amount')
    numbers = [float(match["low"]), *([float(match["high"])] if match["high"] else [])]
    is_imperial = facts.get("units_body") == "imperial"
    in_miles = facts.get("units_distance") == "mi"
    match match["unit"]:
        case "kg" if is_imperial:
            steps = [round(n / KG_PER_POUND / POUNDS_STEP) or 1 for n in numbers]
            return _joined([step * POUNDS_STEP for step in steps], "lb", "lb", words)
        case "cm" if is_imperial:
            inches = [float(round(n / CM_PER_INCH) or 1) for n in numbers]
            return _joined(inches, "inch", "inches", words)
        case "mm" if is_imperial:
            tenths = round(sum(numbers) / len(numbers) / CM_PER_INCH) or 1
            key = "unit.tenth" if tenths == 1 else "unit.tenths"
            return words[key].replace("{tenths}", str(tenths))
        case "km" if in_miles:
            miles = [_miles(n) for n in numbers]
            return _joined(miles, "mile", "miles", words)
        case "km_at_most" if in_miles:
            miles = [math.floor(n / KM_PER_MILE * 10) / 10 for n in numbers]
            return _joined(miles, "mile", "miles", words)
        case "seconds_per_km":
            seconds = round(numbers[0] * (KM_PER_MILE if in_miles else 1))
            key = "unit.pace_mile" if in_miles else "unit.pace_km"
            minutes, rest = divmod(seconds, 60)
            text = words[key].replace("{minutes}", str(minutes))
            return text.replace("{seconds}", str(rest))
    unit = match["unit"].removesuffix("_at_most")
    return _joined(numbers, unit, unit, words)


def _miles(km: float) -> float:
    miles = km / KM_PER_MILE
    return float(round(miles)) if miles >= WHOLE_MILES_FROM else round(miles, 1)


def _joined(numbers: list[float], one: str, many: str, words: Mapping[str, str]) -> str:
    """Return "4 to 8 inches"; one number when both are the same once rounded."""
    told = list(dict.fromkeys(f"{n:.1f}".removesuffix(".0") for n in numbers))
    unit = words[f"unit.{one if told == ['1'] else many}"]
    between = f" {words['to']} "
    return f"{between.join(told)} {unit}"

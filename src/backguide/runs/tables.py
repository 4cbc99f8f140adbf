"""Read the lists of activities of Strava (``activities.csv``) and of Garmin Connect.

Columns are found by their place where their names stand twice or in many languages.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from backguide.profile.facts import KM_PER_MILE
from backguide.runs.activity import (
    Activity,
    Doubt,
    Form,
    Sport,
    is_believable,
    steps_per_minute,
)
from backguide.runs.words import is_run


class TableError(ValueError):
    """A table that cannot be used, in words for people."""


def rows_of(content: bytes) -> list[list[str]]:
    """Return the rows of a CSV with commas; UTF-8, or else cp1252.

    Raises:
        TableError: Its quotation marks do not fit.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    try:
        return [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except csv.Error:
        raise TableError("its quotation marks do not fit together") from None


def form_of(head: list[str]) -> Form | None:
    """Return which list has such a first row; None for any other table."""
    if _strava_places(head) is not None:
        return Form.STRAVA
    return Form.GARMIN if _garmin_places(head) is not None else None


# --- Strava -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _StravaPlaces:
    date: int
    sport: int
    moving_s: int
    metres: int
    cadence: int | None


def _strava_places(head: list[str]) -> _StravaPlaces | None:
    """Return where the columns stand, whatever the language.

    Elapsed time and distance stand twice: as shown, and further right in seconds and
    metres with the time in motion between them.
    """
    names = [" ".join(name.split()).casefold() for name in head]
    for shown in range(4, min(8, len(names) - 1)):
        for raw in range(shown + 4, len(names) - 2):
            if names[raw] == names[shown] and names[raw + 2] == names[shown + 1]:
                cadence = raw + 14 if len(names) > raw + 14 else None
                return _StravaPlaces(1, 3, raw + 1, raw + 2, cadence)
    return None


def read_strava(rows: list[list[str]], source: str) -> Iterator[Activity]:
    """Yield the activities of ``activities.csv``; its times are in UTC.

    Raises:
        TableError: Its columns are not where they belong.
    """
    places = _strava_places(rows[0])
    if places is None:
        raise TableError("it is not a list of activities of Strava")
    is_day_first = _day_first([_cell(row, places.date) for row in rows[1:]])
    for row in rows[1:]:
        sport = _cell(row, places.sport)
        start = _strava_time(_cell(row, places.date), is_day_first)
        metres = _plain(_cell(row, places.metres))
        moving_s = _plain(_cell(row, places.moving_s))
        cadence = None if places.cadence is None else _plain(_cell(row, places.cadence))
        yield Activity(
            sport=Sport.RUN if is_run(sport) else Sport.OTHER,
            form=Form.STRAVA,
            source=source,
            start=start,
            km=metres / 1000 if metres else None,
            minutes=moving_s / 60 if moving_s else None,
            steps_per_min=steps_per_minute([cadence]) if cadence else None,
            doubts=_doubts(start, metres),
        )


_MONTHS: Final = (
    ("jan", "ene", "gen", "led"), ("feb", "fév", "fev"), ("mar", "mär", "mrt", "mrz"),
    ("apr", "avr", "abr"), ("may", "mai", "mei", "mag", "maj", "maio"),
    ("jun", "juin", "giu"), ("jul", "juil", "lug"), ("aug", "aoû", "aou", "ago"),
    ("sep", "set"), ("oct", "okt", "ott", "out"), ("nov",),
    ("dec", "dez", "déc", "dic"),
)  # fmt: skip
_CLOCK: Final = re.compile(
    r"(\d{1,2})[:h](\d{2})(?::(\d{2}))?(?:\s*([AaPp])\.?\s?[Mm]\.?)?\s*\Z"
)


def _strava_time(text: str, is_day_first: bool | None) -> datetime | None:
    """Return a time such as "Jan 5, 2026, 7:31:00 AM", in one of the languages."""
    plain = " ".join(text.replace("\u202f", " ").split())
    clock = _CLOCK.search(plain)
    if clock is None:
        return None
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[4]:
        hour = hour % 12 + (12 if clock[4] in "Pp" else 0)
    day = _day_of(plain[: clock.start()], is_day_first)
    if day is None:
        return None
    try:
        start = datetime(*day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return start if is_believable(start) else None


def _day_of(text: str, is_day_first: bool | None) -> tuple[int, int, int] | None:
    numbers = [int(part) for part in re.findall(r"\d{1,4}", text)]
    words = re.findall(r"[^\W\d_]{3,}", text.casefold())
    months = [
        number
        for word in words
        for number, names in enumerate(_MONTHS, 1)
        if word.startswith(names)
    ]
    if len(numbers) == 2 and len(months) == 1:
        day, year = numbers
        return (year, months[0], day) if year > 31 else None
    if len(numbers) != 3:
        return None
    if numbers[0] > 31:
        return numbers[0], numbers[1], numbers[2]
    if is_day_first is None:
        return None
    first, second, year = numbers
    return (year, second, first) if is_day_first else (year, first, second)


def _day_first(texts: list[str]) -> bool | None:
    """Tell whether days in numbers begin with the day; None when nothing tells it."""
    pairs = [
        (int(found[1]), int(found[3]), found[2])
        for text in texts
        if (found := re.match(r"\s*(\d{1,2})\s?([./-])\s?(\d{1,2})\s?[./-]", text))
    ]
    if any(mark == "." or one > 12 for one, _, mark in pairs):
        return True
    return False if any(two > 12 for _, two, _ in pairs) else None


def _plain(text: str) -> float | None:
    """Return a number of seconds or metres; "33227,2" is one as well."""
    found = re.fullmatch(r"\d{1,9}(?:[.,]\d+)?", text.strip())
    return float(found[0].replace(",", ".")) if found else None


# --- Garmin -------------------------------------------------------------------

_GARMIN: Final = {
    "sport": ("activity type", "aktivitätstyp", "type d'activité", "tipo de actividad",
              "tipo di attività", "activiteittype", "tipo de atividade"),
    "date": ("date", "datum", "fecha", "data"),
    "distance": ("distance", "distanz", "distancia", "distanza", "afstand",
                 "distância"),
    "time": ("time", "zeit", "temps", "tiempo", "tempo", "tijd", "activity time"),
    "moving": ("moving time", "zeit in bewegung", "temps de déplacement",
               "temps en déplacement", "tiempo en movimiento", "tempo in movimento",
               "bewegingstijd", "beweegtijd", "tempo em movimento"),
    "cadence": ("avg run cadence", "ø schrittfrequenz (laufen)",
                "cadence de course moyenne", "cadencia de carrera media",
                "cadenza di corsa media", "gem. loopcadans",
                "cadência de corrida média"),
}  # fmt: skip
_EMPTY: Final = ("", "--", "-")
_IN_METRES: Final = ("track", "pool", "bahn", "piste", "pista", "baan")
_LEAST_METRES: Final = 100
"""A whole number from here on is one of metres."""


def _garmin_places(head: list[str]) -> dict[str, int] | None:
    names = [" ".join(name.split()).casefold().replace("\u2019", "'") for name in head]
    places = {
        field: names.index(found[0])
        for field, known in _GARMIN.items()
        if (found := [name for name in names if name in known])
    }
    needed = {"sport", "date", "distance", "time"}
    return places if needed <= places.keys() else None


def read_garmin(rows: list[list[str]], source: str) -> Iterator[Activity]:
    """Yield the activities of Garmin's list; its times are the runner's own clock.

    Raises:
        TableError: Its columns are not where they belong.
    """
    places = _garmin_places(rows[0])
    if places is None:
        raise TableError("it is not a list of activities of Garmin Connect")
    is_day_first = _day_first([_cell(row, places["date"]) for row in rows[1:]])
    mark = _decimal_mark([_cell(row, places["distance"]) for row in rows[1:]])
    for row in rows[1:]:
        sport = _cell(row, places["sport"])
        start = _garmin_time(_cell(row, places["date"]), is_day_first)
        amount, is_whole = _amount(_cell(row, places["distance"]), mark)
        is_track = any(word in sport.casefold() for word in _IN_METRES)
        is_metres = is_whole and (is_track or amount >= _LEAST_METRES)
        minutes = _clock_minutes(_cell(row, places.get("moving", -1)))
        cadence = _plain(_cell(row, places.get("cadence", -1)))
        yield Activity(
            sport=Sport.RUN if is_run(sport) else Sport.OTHER,
            form=Form.GARMIN,
            source=source,
            start=start,
            has_local_day=True,
            km=amount / 1000 if is_metres and amount else None,
            distance_of_open_unit=amount if amount and not is_metres else None,
            minutes=minutes or _clock_minutes(_cell(row, places["time"])),
            steps_per_min=cadence if cadence and cadence <= 240 else None,
            doubts=_doubts(start, amount),
        )


def in_unit(activity: Activity, unit: str) -> float | None:
    """Return the kilometres of an activity whose table is in "km" or "mi"."""
    amount = activity.distance_of_open_unit
    if amount is None:
        return activity.km
    return amount * (KM_PER_MILE if unit == "mi" else 1.0)


def _garmin_time(text: str, is_day_first: bool | None) -> datetime | None:
    """Return a time of the runner's own clock; a spreadsheet may have changed it."""
    try:
        start: datetime | None = datetime.fromisoformat(text.strip())
    except ValueError:
        start = _strava_time(text, is_day_first)
    return start.replace(tzinfo=None) if start and is_believable(start) else None


def _decimal_mark(cells: list[str]) -> str:
    """Return the sign before decimals by the look of the whole column.

    Garmin writes two decimals at most, so three digits behind a sign are thousands.
    """
    for mark, other in ((",", "."), (".", ",")):
        if any(re.fullmatch(rf"[\d{other}]*\d{re.escape(mark)}\d{{1,2}}", c.strip())
               for c in cells):  # fmt: skip
            return mark
    return "."


def _amount(cell: str, mark: str) -> tuple[float, bool]:
    """Return a number, and whether it has no decimals; 0 for an empty cell."""
    text = cell.replace("\u00a0", "").replace("\u202f", "").strip()
    if text in _EMPTY:
        return 0.0, False
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text):
        return float(re.sub(r"[.,]", "", text)), True
    thousands = "." if mark == "," else ","
    plain = text.replace(thousands, "").replace(mark, ".")
    if not re.fullmatch(r"\d{1,7}(?:\.\d{1,2})?", plain):
        return 0.0, False
    return float(plain), "." not in plain


def _clock_minutes(text: str) -> float | None:
    """Return the minutes of "01:40:55", "28:10.5" or "0:31:05"."""
    found = re.fullmatch(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2}(?:[.,]\d+)?)", text.strip())
    if found is None:
        return None
    hours, minutes, seconds = found[1] or 0, found[2], found[3].replace(",", ".")
    return int(hours) * 60 + int(minutes) + float(seconds) / 60 or None


# --- both ---------------------------------------------------------------------


def _cell(row: list[str], place: int) -> str:
    return row[place].strip() if 0 <= place < len(row) else ""


def _doubts(start: datetime | None, amount: float | None) -> tuple[Doubt, ...]:
    found = [] if amount else [Doubt.NO_DISTANCE]
    return (*found, Doubt.CLOCK) if start is None else tuple(found)

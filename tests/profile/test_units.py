"""Amounts as people type them: the whole text is understood, or nothing is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backguide.guidance.library import Library
from backguide.guidance.wording import Wording
from backguide.profile.facts import known_facts
from backguide.profile.units import MOST_LETTERS, Habits, read_amount

METRIC = Habits("km", "metric")
IMPERIAL = Habits("mi", "imperial")
NUMBERS = {path: fact for path, fact in known_facts().items() if fact.kind == "number"}
ASKED = {path: fact for path, fact in NUMBERS.items() if not fact.is_derived}
UNITS = sorted({fact.unit for fact in ASKED.values()})
SHOWN = [
    ("km", "5 mi", 8.05),
    ("km", "8,5", 8.5),
    ("km", "8.5 km", 8.5),
    ("km", "8 1/2 km", 8.5),
    ("km", "8\u00bd km", 8.5),
    ("km", "\u00bd mile", 0.8),
    ("km", "10K", 10),
    ("km", "800m", 0.8),
    ("km a week", "20 mi a week", 32.19),
    ("km a week", "32 km/wk", 32),
    ("kg", "11 st 4", 71.7),
    ("kg", "11st 4lb", 71.7),
    ("kg", "140 lb", 63.5),
    ("kg", "64,5", 64.5),
    ("kg", "70 kilos", 70),
    ("cm", "5'10\"", 177.8),
    ("cm", "5\u201910\u201d", 177.8),
    ("cm", "5 ft 10", 177.8),
    ("cm", "6 feet", 182.9),
    ("cm", "1,75 m", 175),
    ("cm", "1.75", 175),
    ("minutes per km", "6:15 /km", 6.25),
    ("minutes per km", "6:15 min/km", 6.25),
    ("minutes per km", "6:15", 6.25),
    ("minutes per km", "10:00 per mile", 6.2137),
    ("minutes", "1h30", 90),
    ("minutes", "90 mins", 90),
    ("minutes", "45'", 45),
    ("minutes", "1:05:00", 65),
    ("hours a day", "8 1/2", 8.5),
    ("hours a night", "7h30", 7.5),
    ("weeks", "3 months", 13),
    ("weeks", "2 years", 104),
    ("points, 0 to 10", "7/10", 7),
    ("percent", "-20 %", -20),
    ("percent", "\u221220", -20),
    ("runs a week", "3 runs", 3),
    ("years", "1 year", 1),
]
NOT_CERTAIN = [
    ("km", "1.500"),
    ("km", "1,234 km"),
    ("km", "50 m"),
    ("km", "3-4 km"),
    ("km", "3 + 4 km"),
    ("km", "-5"),
    ("km", "about 5"),
    ("km", "five"),
    ("km", "5 6"),
    ("km", "1/2"),
    ("km", "8 3/2"),
    ("km", "5 kg"),
    ("kg", "11 st 14"),
    ("kg", "11 st 4 lb 3"),
    ("kg", "5'10\""),
    ("cm", "5'12\""),
    ("cm", "8'1\""),
    ("cm", "5 10"),
    ("minutes per km", "6.5"),
    ("minutes per km", "6:75"),
    ("minutes per km", "6:15 mi"),
    ("minutes per km", "1:06:15"),
    ("minutes", "1:30"),
    ("hours a day", "8:30"),
    ("weeks", "last May"),
    ("points, 0 to 10", "6-7"),
    ("points, 0 to 10", "7/20"),
    ("runs a week", "3x"),
    ("years", ""),
    ("years", "4\u0664"),
]


@pytest.mark.parametrize(("unit", "text", "value"), SHOWN)
def test_amounts_are_read_as_they_were_meant(
    unit: str, text: str, value: float
) -> None:
    found = read_amount(text, unit, METRIC)

    assert found is not None
    assert found.value == pytest.approx(value, abs=1e-9)
    assert found.typed == text


@pytest.mark.parametrize(("unit", "text"), NOT_CERTAIN)
@pytest.mark.parametrize("habits", [METRIC, IMPERIAL])
def test_what_is_not_certain_is_not_understood(
    unit: str, text: str, habits: Habits
) -> None:
    assert read_amount(text, unit, habits) is None


@pytest.mark.parametrize("unit", ["km", "km a week", "kg", "minutes per km"])
def test_without_habits_a_number_needs_its_unit(unit: str) -> None:
    assert read_amount("6:15" if "minutes" in unit else "60", unit) is None


def test_a_number_is_meant_in_the_units_that_were_chosen() -> None:
    assert value_of("5", "km", METRIC) == 5
    assert value_of("5", "km", IMPERIAL) == 8.05
    assert value_of("9:39", "minutes per km", IMPERIAL) == pytest.approx(
        5.996, abs=1e-3
    )
    assert value_of("5 km", "km", IMPERIAL) == 5
    # Pounds and stones are both usual, inches and feet too: there it is asked.
    assert read_amount("140", "kg", IMPERIAL) is None
    assert read_amount("70", "cm", IMPERIAL) is None


def value_of(text: str, unit: str, habits: Habits) -> float:
    found = read_amount(text, unit, habits)
    assert found is not None, text
    return found.value


# --- properties ----------------------------------------------------------------

habits_strategy = st.sampled_from([METRIC, IMPERIAL, Habits(), Habits("mi", "metric")])
typed = st.text(
    st.sampled_from("0123456789 .,:/'\"-+%abdehiklmnoprstuyc\u00bd\u2019\u00a0()"),
    max_size=14,
)
hundredths = st.integers(1, 25_000).map(lambda n: n / 100)


@given(st.one_of(typed, st.text(max_size=60)), st.sampled_from(UNITS), habits_strategy)
def test_no_text_breaks_it_and_what_is_read_back_is_what_was_read(
    text: str, unit: str, habits: Habits
) -> None:
    found = read_amount(text, unit, habits)

    if found is not None:
        assert len(text) <= MOST_LETTERS
        again = read_amount(found.words.partition(" (")[0], unit, habits)
        assert again is not None, found
        assert again.value == pytest.approx(found.value, abs=0.011, rel=1e-3)
        assert again.words == found.words


def texts_of(unit: str) -> st.SearchStrategy[str]:
    """Return amounts of a unit in every way of writing that is shown above."""
    return st.sampled_from([text for name, text, _ in SHOWN if name == unit])


@given(st.data(), st.sampled_from(sorted({unit for unit, _, _ in SHOWN})))
def test_only_a_whole_text_is_read(data: st.DataObject, unit: str) -> None:
    text = data.draw(texts_of(unit))
    more = data.draw(st.sampled_from([" or so", "?", "-", " - ", "~", " + 1", "\x00"]))

    assert read_amount(text, unit, METRIC) is not None
    assert read_amount(text + more, unit, METRIC) is None
    assert read_amount(f"about {text}", unit, METRIC) is None
    assert read_amount(f"{text} {text}", unit, METRIC) is None


@given(st.data(), st.sampled_from(sorted({unit for unit, _, _ in SHOWN})))
def test_how_it_is_written_does_not_matter(data: st.DataObject, unit: str) -> None:
    text = data.draw(texts_of(unit))
    same = [
        text.upper(),
        f"  {text.replace(' ', chr(160))}\t",
        text.replace("'", "\u2019").replace('"', "\u201d"),
        text.replace("-", "\u2212"),
    ]
    if " " not in unit:
        same.append(text.replace(".", ","))

    found = {value_of(way, unit, METRIC) for way in same}

    assert found == {value_of(text, unit, METRIC)}


@given(hundredths, st.sampled_from([".", ","]))
def test_distances_and_weights_come_back(value: float, mark: str) -> None:
    number = f"{value:.2f}".replace(".", mark)

    assert value_of(f"{number} km", "km", IMPERIAL) == value
    assert value_of(number, "km", METRIC) == value
    assert value_of(f"{number}kg", "kg", IMPERIAL) == value
    assert value_of(f"{number} mi", "km", METRIC) / 1.609344 == pytest.approx(
        value, abs=0.005
    )


@given(st.integers(0, 99), st.integers(0, 13))
def test_stones_come_back(stone: int, pounds: int) -> None:
    kg = value_of(f"{stone} st {pounds}", "kg", METRIC)

    assert divmod(round(kg / 0.45359237), 14) == (stone, pounds)
    assert kg == value_of(f"{stone * 14 + pounds} lb", "kg", METRIC)


@given(st.integers(3, 7), st.integers(0, 11))
def test_feet_come_back(feet: int, inches: int) -> None:
    cm = value_of(f"{feet}'{inches}\"", "cm", METRIC)

    assert divmod(round(cm / 2.54), 12) == (feet, inches)


@given(st.integers(2, 29), st.integers(0, 59))
def test_paces_come_back(minutes: int, seconds: int) -> None:
    text = f"{minutes}:{seconds:02}"

    assert round(value_of(f"{text}/km", "minutes per km", IMPERIAL) * 60) == (
        minutes * 60 + seconds
    )
    per_mile = value_of(f"{text} /mi", "minutes per km", METRIC) * 1.609344
    assert round(per_mile * 60) == minutes * 60 + seconds


@given(st.integers(1, 9999), st.integers(0, 999))
def test_thousands_are_never_guessed(whole: int, part: int) -> None:
    for unit in UNITS:
        for mark in ".,":
            text = f"{whole}{mark}{part:03}"
            assert read_amount(text, unit, METRIC) is None
            assert read_amount(f"{text} km", unit, METRIC) is None


PRINTED = sorted(path for path, f in ASKED.items() if f.unit in ("km", "kg", "cm"))


@given(path=st.sampled_from(PRINTED), part=st.floats(0, 1), metric=st.booleans())
def test_what_a_page_prints_can_be_typed(
    library: Library, path: str, part: float, metric: bool
) -> None:
    fact = ASKED[path]
    assert fact.minimum is not None
    assert fact.maximum is not None
    value = round(fact.minimum + part * (fact.maximum - fact.minimum), 1)
    facts = {
        path: value,
        "units_body": "metric" if metric else "imperial",
        "units_distance": "km" if metric else "mi",
        "locale": "en-GB",
    }
    words = Wording(library, facts).with_unit(path).replace("\u00a0", " ")

    found = read_amount(words, fact.unit)

    assert found is not None, words
    nearest = 1.3 if fact.unit == "cm" else 0.3
    assert found.value == pytest.approx(value, abs=nearest)

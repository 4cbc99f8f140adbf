"""Weights, lengths and distances in the units that the reader asked for."""

import pytest

from backguide.guidance.amounts import UNITS, amount_words, fault_of
from backguide.guidance.library import Library

METRIC = {"units_body": "metric", "units_distance": "km"}
IMPERIAL = {"units_body": "imperial", "units_distance": "mi"}


@pytest.mark.parametrize(
    ("path", "metric", "imperial"),
    [
        ("kg:2-5", "2 to 5 kg", "5 to 10 lb"),
        ("kg:3", "3 kg", "5 lb"),
        ("kg:0.5", "0.5 kg", "5 lb"),
        ("kg:2-3", "2 to 3 kg", "5 lb"),
        ("kg:12", "12 kg", "25 lb"),
        ("cm:10-20", "10 to 20 cm", "4 to 8 inches"),
        ("cm:2.5", "2.5 cm", "1 inch"),
        ("cm:2", "2 cm", "1 inch"),
        ("mm:14", "14 mm", "6 tenths of an inch"),
        ("mm:2-3", "2 to 3 mm", "a tenth of an inch"),
        ("km:50", "50 km", "31 miles"),
        ("km:20-40", "20 to 40 km", "12 to 25 miles"),
        ("km:6", "6 km", "3.7 miles"),
        ("km:1.6", "1.6 km", "1 mile"),
        ("km_at_most:3", "3 km", "1.8 miles"),
        (
            "seconds_per_km:500",
            "8 minutes 20 seconds for each km",
            "13 minutes 25 seconds for each mile",
        ),
    ],
)
def test_an_amount_is_told_in_both_systems(
    path: str, metric: str, imperial: str, library: Library
) -> None:
    assert fault_of(path) == ""
    assert amount_words(path, METRIC, library.words) == metric
    assert amount_words(path, IMPERIAL, library.words) == imperial
    assert amount_words(path, {}, library.words) == metric


def test_body_and_distance_have_units_of_their_own(library: Library) -> None:
    facts = {"units_body": "imperial", "units_distance": "km"}
    assert amount_words("kg:5", facts, library.words) == "10 lb"
    assert amount_words("km:5", facts, library.words) == "5 km"


def test_a_limit_is_never_rounded_up(library: Library) -> None:
    for tenths in range(2, 400):
        words = amount_words(f"km_at_most:{tenths / 10}", IMPERIAL, library.words)
        assert float(words.split()[0]) * 1.609344 <= tenths / 10 + 1e-9


@pytest.mark.parametrize(
    "path",
    ["kg:", "kg:a", "kg:5-2", "kg:5-5", "stone:3", "kg:-2", "seconds_per_km:1-2"],
)
def test_an_odd_amount_is_told(path: str) -> None:
    assert fault_of(path)


def test_every_unit_is_one_that_can_be_said(library: Library) -> None:
    for unit in UNITS:
        for facts in (METRIC, IMPERIAL):
            assert amount_words(f"{unit}:5", facts, library.words)

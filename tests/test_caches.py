"""What is kept from one handout to the next: nothing of a person, and no history."""

import functools
import gc
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from backguide.guidance.library import load_library
from backguide.making import Options, make_handout
from backguide.profile.load import load_profile, profile_from_bytes
from backguide.resources import templates_root
from pdf_reader.readback import read_back
from strategies import as_bytes, in_clinic

DAY = date(2026, 11, 23)
MARK = re.compile(rb"QZ(\d{5})[a-z]")
ROOT = Path(__file__).parents[1]


def marks_of(text: str | bytes) -> set[int]:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return {int(found) for found in MARK.findall(data)}


def one(number: int) -> bytes:
    """A profile that carries its number in every text that is printed."""

    def mark(letter: str) -> str:
        return "".join(("QZ", f"{number:05}", letter))

    return as_bytes(
        in_clinic(
            **{
                "profile_id": mark("p"),
                "person.first_name": mark("n"),
                "person.age_years": 20 + number % 50,
                "clinic.consent_to_print_name": True,
                "clinic.clinic_name": mark("c"),
                "clinic.phone": f"+44 20 7946 {number:04}",
                "clinic.attached_note": f"Note {mark('a')} \u0142 for {mark('b')}.",
                "length": ("short", "standard")[number % 2],
            }
        )
    )


def whole_heap() -> Iterator[str | bytes]:
    """Every text that anything in the process still holds, caches included."""
    gc.collect()
    seen: set[int] = set()
    todo: list[object] = [*gc.get_objects(), sys.modules]
    while todo:
        item = todo.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, str | bytes):
            yield item
        else:
            todo += gc.get_referents(item)


def make_all(count: int) -> None:
    library = load_library(templates_root())
    for number in range(count):
        profile = profile_from_bytes(one(number), "canary")
        back = read_back(make_handout(profile, library, Options(DAY, "1")).pdf)
        texts = [text for _, text in back.spoken()]
        texts += [text for artifact in back.artifacts for text in artifact.texts]
        texts += [back.metadata, *back.information.values()]
        assert marks_of("\n".join(texts)) == {number}


@pytest.mark.parametrize(
    "persons",
    [
        pytest.param(100, marks=pytest.mark.slow),
        pytest.param(1000, marks=pytest.mark.night),
    ],
)
def test_no_person_leaves_anything_behind(persons: int) -> None:
    make_all(persons)
    left = {mark for text in whole_heap() for mark in marks_of(text)}
    assert left == set()


def test_the_search_finds_what_a_cache_holds() -> None:
    """The test above can fail: a mark in any cache is found."""

    @functools.lru_cache
    def shown(key: object) -> object:
        return ("".join(("a QZ", "00042", "x")), key)

    shown(1)
    assert 42 in {mark for text in whole_heap() for mark in marks_of(text)}


# --- history ----------------------------------------------------------------------

NAMES = ("half-marathon-runner", "desk-worker", "past-cancer", "saddle-numbness")
PRINTS = ({}, {"large_print": "large", "ink": "colour"}, {"length": "short"})
SCRIPT = """
import sys
sys.path[:0] = {paths!r}
from test_caches import digests
print(digests([{place}]))
"""


def digests(places: list[int]) -> list[str]:
    """The digests of some of the handouts, made one after the other."""
    library = load_library(templates_root())
    found = []
    for place in places:
        name, prints = NAMES[place % 4], PRINTS[place // 4]
        profile = load_profile(ROOT / "profiles" / f"{name}.json")
        made = make_handout(profile, library, Options(DAY, "1", **prints))
        found.append(hashlib.sha256(made.pdf).hexdigest())
    return found


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_what_was_made_before() -> None:
    places = list(range(len(NAMES) * len(PRINTS)))
    forwards = digests(places)
    backwards = digests(places[::-1])[::-1]
    assert forwards == backwards
    assert forwards == digests(places)
    assert len(set(forwards)) > len(NAMES)
    for place in (0, 6):
        paths = [str(ROOT / "tests"), str(ROOT / "src")]
        alone = subprocess.run(
            [sys.executable, "-c", SCRIPT.format(paths=paths, place=place)],
            capture_output=True, check=True, text=True,
        )  # fmt: skip
        assert alone.stdout.strip() == str([forwards[place]])


@pytest.mark.slow
def test_two_libraries_in_turn_do_not_mix() -> None:
    profile = load_profile(ROOT / "profiles" / "half-marathon-runner.json")
    libraries = [load_library(templates_root()) for _ in range(2)]
    bytes_made = {
        make_handout(profile, libraries[place], Options(DAY, "1")).pdf
        for order in permutations(range(2))
        for place in order
    }
    assert len(bytes_made) == 1

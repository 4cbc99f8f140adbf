"""Widths, codes and the ready subsets."""

import codecs
import importlib.util
import json
import sys
import zlib
from pathlib import Path

import pytest

from backguide.errors import LayoutError
from backguide.layout.fonts import (
    CORE_CHARACTERS,
    FACES,
    core_encoding,
    core_face,
    core_file,
    text_width,
    widths,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built():
    place = ROOT / "tools" / "build_core_fonts.py"
    spec = importlib.util.spec_from_file_location("build_core_fonts", place)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.core_facts()


def test_the_written_facts_are_those_of_the_font_files(built) -> None:
    facts, _ = built
    assert core_file() == json.loads(json.dumps(facts))


@pytest.mark.parametrize("face", FACES)
def test_the_ready_subset_is_cut_from_the_font_file(built, face) -> None:
    _, programs = built
    core = core_face(face)
    assert zlib.decompress(core.program) == programs[core.name]
    assert core.length == len(programs[core.name])


@pytest.mark.parametrize("face", FACES)
def test_every_core_character_has_a_width_and_one_code(face) -> None:
    characters = [*CORE_CHARACTERS.values()]
    assert len(characters) == len(set(characters))
    assert set(characters) <= widths(face).keys()
    assert all(0 <= code <= 255 for code in CORE_CHARACTERS)
    for code, character in CORE_CHARACTERS.items():
        assert _code(character) == code


def _code(character: str) -> int:
    return codecs.charmap_encode(character, "strict", core_encoding())[0][0]


def test_a_width_grows_with_size_and_text() -> None:
    one = text_width("m", "regular", 10)
    assert text_width("mm", "regular", 10) == pytest.approx(2 * one)
    assert text_width("m", "regular", 20) == pytest.approx(2 * one)
    assert text_width("", "bold", 10) == 0


def test_a_character_without_a_glyph_is_named_by_its_code_point() -> None:
    with pytest.raises(LayoutError, match=r"U\+4E2D has no glyph"):
        text_width("a\u4e2d", "regular", 10)


def test_all_faces_have_the_same_space() -> None:
    """A space goes with the words beside it; which face it is in moves nothing."""
    assert len({text_width(" ", face, 12) for face in FACES}) == 1

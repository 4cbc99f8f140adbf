"""The parsed content makes the same handouts, and is used only for its own texts."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from backguide.errors import ContentError
from backguide.guidance import built_in
from backguide.guidance.built_in import library_at, packed, unpacked
from backguide.guidance.library import Library
from backguide.making import Options, make_handout
from backguide.profile.load import load_profile
from backguide.resources import data_root, templates_root

OPTIONS = Options(issued_on=date(2026, 11, 23), program_version="0")
PROFILES = sorted((Path(__file__).parents[2] / "profiles").glob("*.json"))


@pytest.fixture(scope="module")
def content(library: Library) -> bytes:
    return packed(library, templates_root())


def test_it_makes_the_same_bytes(library: Library, content: bytes) -> None:
    unpacked_library = unpacked(content, templates_root())
    assert unpacked_library is not None
    assert unpacked_library.version == library.version
    for path in PROFILES:
        profile = load_profile(path)
        one = make_handout(profile, library, OPTIONS)
        two = make_handout(profile, unpacked_library, OPTIONS)
        assert one.pdf == two.pdf, path.name
        assert one.chart_note == two.chart_note


def test_packing_twice_gives_the_same_bytes(library: Library, content: bytes) -> None:
    assert packed(library, templates_root()) == content


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "templates"
    shutil.copytree(str(templates_root()), target)
    return target


def test_it_belongs_to_equal_texts_wherever_they_lie(
    content: bytes, copy: Path
) -> None:
    assert unpacked(content, copy) is not None


@pytest.mark.parametrize("change", ["text", "new", "gone", "renamed"])
def test_it_is_not_used_for_other_texts(
    content: bytes, copy: Path, change: str
) -> None:
    shoes = copy / "en" / "sections" / "shoes.md"
    if change == "text":
        shoes.write_text(shoes.read_text("utf-8") + "\n", "utf-8")
    elif change == "new":
        (copy / "en" / "sections" / "new.md").write_text("", "utf-8")
    elif change == "gone":
        shoes.unlink()
    else:
        shoes.rename(shoes.with_name("boots.md"))
    assert unpacked(content, copy) is None


def test_a_damaged_or_older_file_is_not_used(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = templates_root()
    middle = len(content) // 2
    assert unpacked(b"", root) is None
    assert unpacked(content[:-1], root) is None
    flipped = bytes([content[middle] ^ 1])
    assert unpacked(content[:middle] + flipped + content[middle + 1 :], root) is None
    monkeypatch.setattr(built_in, "__version__", "9.9.9")
    assert unpacked(content, root) is None


def test_a_folder_of_ones_own_is_parsed(copy: Path) -> None:
    assert library_at(copy).version == library_at(None).version
    (copy / "plan.toml").unlink()
    with pytest.raises(ContentError):
        library_at(copy)


def test_a_checkout_has_no_parsed_content() -> None:
    """Its texts may change at any time, and are parsed each time."""
    assert not (data_root() / built_in.FILE_NAME).is_file()

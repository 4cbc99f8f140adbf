"""The packet on paper: conforming, whole, and every text with its place to sign."""

import re

import pytest

from backguide.guidance.library import Library
from backguide.packet.evidence import Evidence, read_evidence
from backguide.packet.items import Item, every_item
from backguide.packet.pages import WORDS_A_MINUTE, Packet, make_packet
from backguide.packet.people import People
from backguide.resources import templates_root
from backguide.verification.pages import read_pages
from strategies import FIXED_DAY

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return read_evidence(templates_root())


@pytest.fixture(scope="module")
def items(library: Library, evidence: Evidence) -> tuple[Item, ...]:
    return every_item(library, evidence)


@pytest.fixture(scope="module")
def people(library: Library) -> People:
    return People(library)


@pytest.fixture(scope="module")
def packet(
    items: tuple[Item, ...], library: Library, evidence: Evidence, people: People
) -> Packet:
    return make_packet(items, library, evidence, people, FIXED_DAY)


@pytest.fixture(scope="module")
def text(packet: Packet) -> str:
    return "\n".join(page.text for page in read_pages(packet.pdf).pages)


def test_it_can_be_read_in_an_afternoon(packet: Packet) -> None:
    assert packet.minutes == -(-packet.words // WORDS_A_MINUTE)
    assert packet.minutes <= 270
    assert packet.pages <= 130


def test_every_item_has_its_number_and_every_file_its_line(
    text: str, items: tuple[Item, ...]
) -> None:
    numbers = re.findall(r"(?<![\d.])(\d{1,2}\.\d{1,3})(?![\d.])", text)
    by_chapter: dict[str, int] = {}
    for item in items:
        by_chapter[item.chapter] = by_chapter.get(item.chapter, 0) + 1
    for place, count in enumerate(by_chapter.values(), 1):
        for number in range(1, count + 1):
            assert f"{place}.{number}" in numbers
    end = "".join(text[text.rindex("Signatures") :].split())
    for name in {item.file.name for item in items}:
        assert "".join(name.split()) in end, name


def test_every_text_says_where_it_stands(library: Library, people: People) -> None:
    """Each section, and each warning sign, is shown by somebody."""
    for section in library.sections.values():
        found = people.of_section(section)
        assert found is not None, section.id
        person, page = found
        assert 1 <= page <= person.made.pages
        assert section.id in person.made.handout.section_ids
    for flag in library.flags:
        assert people.of_sign(flag) is not None, flag.id


def test_no_placeholder_is_left_open(text: str) -> None:
    assert not re.search(
        r"\{(?!name\}|value|count|page|date|id\})[a-z_.]+\.[a-z_]+\}", text
    )


def test_the_same_content_gives_the_same_bytes(
    packet: Packet, items: tuple[Item, ...], library: Library, evidence: Evidence,
    people: People,
) -> None:  # fmt: skip
    again = make_packet(items, library, evidence, people, FIXED_DAY)
    assert again.pdf == packet.pdf


@pytest.mark.parametrize("count", [1, 3])
def test_a_few_items_make_a_small_packet(
    count: int, items: tuple[Item, ...], library: Library, evidence: Evidence,
    people: People,
) -> None:  # fmt: skip
    few = make_packet(items[:count], library, evidence, people, FIXED_DAY,
                      paper="Letter", since="an earlier one")  # fmt: skip
    assert few.pages <= 4
    assert "Changed or new since an earlier one" in read_pages(few.pdf).pages[0].text

"""From a profile to pages: lengths, page one, variants, the same bytes."""

from datetime import date
from pathlib import Path

import pytest

from backguide.guidance.library import load_library
from backguide.making import Options, make_handout
from backguide.profile.load import load_profile
from backguide.resources import templates_root

ROOT = Path(__file__).parents[1]
PERSONAS = sorted(path.stem for path in (ROOT / "profiles").glob("*.json"))
LENGTHS = ("short", "standard", "full")
DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def made():
    library = load_library(templates_root())
    memory = {}

    def make(persona: str, **options):
        key = (persona, *sorted(options.items()))
        if key not in memory:
            profile = load_profile(ROOT / "profiles" / f"{persona}.json")
            memory[key] = make_handout(
                profile, library, Options(DAY, "test", **options)
            )
        return memory[key]

    return make


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("length", LENGTHS)
def test_what_must_print_is_never_dropped(made, persona, length) -> None:
    result = made(persona, length=length)
    priority = {d.section.id: d.section.priority for d in result.selection.included()}
    assert all(priority[name] > 1 for name in result.dropped)
    printed = {section.id for section in result.handout.sections}
    assert not printed & set(result.dropped)


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_placement(made, persona, length, paper) -> None:
    result = made(persona, length=length, paper=paper, large_print="off")
    theme = result.laid.theme
    limit = {"short": 6, "standard": 7, "full": 40}[length]
    assert result.pages <= limit
    placements = result.laid.placements()
    for page in range(1, result.pages + 1):
        here = [p for p in placements if p.page == page]
        assert not here[-1].keepWithNext, f"a heading is alone on page {page}"
        for p in here:
            assert p.bottom >= theme.margin_bottom - 0.1
            assert p.top <= theme.page_height - theme.margin_top + 0.1
    first = {p.section_id for p in placements if p.page == 1}
    state = result.selection.triage.state
    if state == "EMERGENCY":
        assert "emergency-now" in first
        assert result.pages == 1
    else:
        assert "warning-signs-card" in first, "warning signs must be on page one"
    if state in ("SOON", "ROUTINE"):
        assert "main-message" in first
        off_page_one = {s.id for s in result.handout.sections if not s.is_on_page_one}
        assert not first & (off_page_one - {"pain-traffic-light", "clinic-contact"})


@pytest.mark.parametrize("persona", ["desk-worker", "saddle-numbness", "thin-bones"])
def test_ink_changes_no_line(made, persona) -> None:
    colour, mono, saver = (made(persona, ink=i) for i in ("colour", "mono", "saver"))
    assert colour.laid.placements() == mono.laid.placements() == saver.laid.placements()
    assert colour.pdf != mono.pdf


def test_large_print_is_set_anew_in_one_column(made) -> None:
    large = made("desk-worker", large_print="large")
    assert large.laid.theme.columns == 1
    assert {p.left for page in large.laid.pages for p in page} == {0}
    assert large.laid.theme.body_size == 18


def test_the_same_person_gets_the_same_bytes() -> None:
    library = load_library(templates_root())
    profile = load_profile(ROOT / "profiles" / "desk-worker.json")
    other = load_profile(ROOT / "profiles" / "prevention.json")
    options = Options(DAY, "test")
    first = make_handout(profile, library, options).pdf
    make_handout(other, library, options)
    assert make_handout(profile, library, options).pdf == first


def test_the_file_name_is_safe_and_names_nobody(made) -> None:
    for persona in PERSONAS:
        name = made(persona).file_name
        assert len(name) <= 80
        assert set(name) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
        )
        profile = load_profile(ROOT / "profiles" / f"{persona}.json")
        first_name = profile.get("person.first_name")
        assert not first_name or str(first_name).lower() not in name.lower()

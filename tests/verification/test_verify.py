"""The check of the finished pages sees what must never happen."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from backguide.document import Paragraph, plain
from backguide.errors import ExitCode, VerificationError
from backguide.guidance.library import load_library
from backguide.layout.pdf import lay_out, render_pdf
from backguide.making import Made, Options, make_handout
from backguide.profile.load import load_profile
from backguide.resources import templates_root
from backguide.verification.verify import verify

ROOT = Path(__file__).parents[2]
PERSONAS = sorted(path.stem for path in (ROOT / "profiles").glob("*.json"))


@pytest.fixture(scope="module")
def made():
    library = load_library(templates_root())

    def make(persona: str, **options) -> Made:
        profile = load_profile(ROOT / "profiles" / f"{persona}.json")
        chosen = Options(date(2026, 11, 23), "test", **options)
        return make_handout(profile, library, chosen)

    return make


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("length", ["short", "full"])
def test_every_persona_passes(made, persona, length) -> None:
    result = made(persona, length=length)
    verify(result.pdf, result.handout, result.pages)


def spoilt(result: Made, spoil) -> bytes:
    """Return pages drawn from a document that was changed behind the check's back."""
    other = lay_out(spoil(result.handout), result.laid.theme)
    return render_pdf(other, pdf_title="Back guide for runners")


def without_section(handout):
    return replace(handout, sections=handout.sections[:-1])


def with_extra_section(handout):
    extra = replace(handout.sections[-1], id="extra")
    return replace(handout, sections=(*handout.sections, extra))


def swapped_sections(handout):
    *rest, first, second = handout.sections
    return replace(handout, sections=(*rest, second, first))


def other_persons_id(handout):
    return replace(handout, furniture=replace(handout.furniture, guide_id="Guide x1"))


def other_code(handout):
    return replace(handout, furniture=replace(handout.furniture, code="0000-0000"))


def a_second_code(handout):
    words = handout.furniture
    other = replace(words, guide_id=f"{words.guide_id} 0000-0000")
    return replace(handout, furniture=other)


def without_draft_mark(handout):
    return replace(handout, furniture=replace(handout.furniture, state_line="Checked."))


def changed_number(handout):
    last = handout.sections[-1]
    blocks = (*last.blocks[:-1], Paragraph(plain("Take it easy.")))
    return replace(
        handout, sections=(*handout.sections[:-1], replace(last, blocks=blocks))
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without_section, "sections in place of"),
        (with_extra_section, "sections in place of"),
        (swapped_sections, "is not where it should be"),
        (other_persons_id, "own id and code"),
        (other_code, "own id and code"),
        (a_second_code, "the code of another guide"),
        (without_draft_mark, "does not say that it is a draft"),
        (changed_number, "a text of section"),
    ],
)
def test_a_page_that_says_something_else_is_refused(made, spoil, message) -> None:
    result = made("desk-worker")
    with pytest.raises(VerificationError, match=message) as caught:
        verify(spoilt(result, spoil), result.handout, result.pages)
    assert caught.value.exit_code == ExitCode.PAGE_FAILED


def test_a_missing_page_is_refused(made) -> None:
    result = made("desk-worker")
    with pytest.raises(VerificationError, match="pages in place of"):
        verify(result.pdf, result.handout, result.pages + 1)


def test_another_persons_pages_are_refused(made) -> None:
    one, other = made("desk-worker"), made("half-marathon-runner")
    with pytest.raises(VerificationError, match="own id and code"):
        verify(other.pdf, one.handout, other.pages)


def test_nothing_is_written_when_the_check_fails(monkeypatch, tmp_path) -> None:
    from click.testing import CliRunner

    from backguide.cli import main

    def fails(*_: object) -> None:
        raise VerificationError("the finished pages failed their own check")

    monkeypatch.setattr("backguide.making.verify", fails)
    target = tmp_path / "guide.pdf"
    profile = ROOT / "profiles" / "desk-worker.json"
    result = CliRunner().invoke(main, ["make", str(profile), "-o", str(target)])
    assert result.exit_code == ExitCode.PAGE_FAILED
    assert "failed their own check" in result.stderr
    assert list(tmp_path.iterdir()) == []

"""What a clinician keeps and drops: it counts, it is told, and safety stays."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backguide.cli import main
from backguide.errors import ExitCode, OptionError
from backguide.guidance.by_hand import ByHand
from backguide.guidance.library import Library
from backguide.guidance.select import select
from backguide.making import Made, Options, make_handout
from backguide.profile.load import load_profile
from strategies import FIXED_DAY

ROOT = Path(__file__).parents[1]
DESK = ROOT / "profiles" / "desk-worker.json"
WHY = "Has done this for years"


def made(length: str, by_hand: ByHand, library: Library) -> Made:
    options = Options(FIXED_DAY, "test", length=length, by_hand=by_hand)
    return make_handout(load_profile(DESK), library, options, is_drawn=False)


def printed(made: Made) -> set[str]:
    return set(made.handout.section_ids)


@pytest.mark.parametrize("length", ["short", "standard"])
def test_whatever_fell_out_can_be_kept(length: str, library: Library) -> None:
    usual = made(length, ByHand(), library)
    assert len(usual.dropped) > 5
    for name in usual.dropped:
        kept = made(length, ByHand(keep=(name,)), library)
        assert name in printed(kept)
        assert kept.pages_over == 0
        assert kept.notices == ()
        assert f"Kept by hand: {name}." in kept.chart_note


@pytest.mark.parametrize("length", ["short", "standard", "full"])
def test_whatever_need_not_print_can_be_dropped(length: str, library: Library) -> None:
    usual = made(length, ByHand(), library)
    optional = [
        name
        for name in dict.fromkeys(usual.handout.section_ids)
        if name in library.sections and library.sections[name].priority > 1
    ]
    assert len(optional) > 4
    for name in optional:
        without = made(length, ByHand(drop=((name, WHY),)), library)
        assert name not in printed(without)
        assert name not in without.dropped, "it did not fall out for lack of room"
        assert f"Dropped by hand: {name} ({WHY})." in without.chart_note
        assert len(without.chart_note) <= 600
        assert without.handout.furniture.code != usual.handout.furniture.code


def test_a_drop_makes_room_for_others(library: Library) -> None:
    usual = made("short", ByHand(), library)
    drop = tuple((n, WHY) for n in printed(usual) if n in library.sections
                 and library.sections[n].priority > 1)  # fmt: skip
    assert printed(made("short", ByHand(drop=drop), library)) & set(usual.dropped)


def test_what_always_prints_cannot_be_dropped(library: Library) -> None:
    for section in library.sections.values():
        if section.priority == 1:
            with pytest.raises(OptionError, match="always prints"):
                made("standard", ByHand(drop=((section.id, WHY),)), library)


def test_what_a_rule_leaves_out_stays_out_and_that_is_told(library: Library) -> None:
    usual = made("standard", ByHand(), library)
    applying = {
        d.section.id
        for d in select(load_profile(DESK).facts, library, length="standard").included()
    }
    out = sorted(library.sections.keys() - applying)
    assert len(out) > 10
    for name in out:
        result = made("standard", ByHand(keep=(name,)), library)
        assert printed(result) == printed(usual)
        (notice,) = result.notices
        assert notice.message.startswith(f'"{name}" does not print anyway: ')


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in arguments])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--keep", "swiming"), 'did you mean "swimming"?'),
        (("--drop", "swiming", "--because", WHY), 'did you mean "swimming"?'),
        (("--drop", "swimming"), "needs one --because"),
        (("--because", WHY), "needs one --because"),
        (("--drop", "swimming", "--because", " "), "needs one --because"),
        (("--drop", "pain-traffic-light", "--because", WHY), "always prints"),
        (("--keep", "shoes", "--keep", "shoes"), "named twice"),
        (("--keep", "shoes", "--drop", "shoes", "--because", WHY), "kept as well"),
        (("--drop", "shoes", "--because", "\u738b"), "U+738B"),
    ],
)
@pytest.mark.parametrize("command", ["make", "explain"])
def test_a_slip_is_told_and_nothing_is_made(
    command: str, arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    output = ("-o", tmp_path / "x.pdf") if command == "make" else ()
    result = run(command, DESK, *output, *arguments)
    assert result.exit_code == ExitCode.USAGE
    assert words in " ".join(result.stderr.split())
    assert WHY not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_slip_is_told_at_once() -> None:
    slips = ("--keep", "swiming", "--drop", "main-message", "--because", WHY)
    result = run("explain", DESK, *slips)
    assert "2 problems" in result.stderr


def test_make_and_explain_tell_it(tmp_path: Path) -> None:
    hand = ("--keep", "swimming", "--drop", "easy-pace", "--because", WHY)
    result = run("make", DESK, "-o", tmp_path / "x.pdf", "--note", "--json", *hand)
    record = json.loads(result.stderr)
    row = next(item for item in record["left_out"] if item["id"] == "easy-pace")
    assert (row["rule"], row["reason"]) == ("clinician", WHY)
    assert "swimming" in record["sections"]
    assert WHY in (tmp_path / "x.note.txt").read_text("utf-8")
    text = run("explain", DESK, *hand).stdout
    assert f"- easy-pace [left out: clinician; condition yes]: {WHY}" in text
    assert "Dropped by hand: Run at a pace where you can talk" in text

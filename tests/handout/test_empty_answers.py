"""An answer that nobody gave leaves no trace on the page, however it was left open."""

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from backguide.document import KeyValues, Paragraph, plain
from backguide.errors import BackguideError
from backguide.guidance.library import Library
from backguide.guidance.select import select
from backguide.handout.compose import Issue, compose
from backguide.profile.load import profile_from_bytes
from page_faults import empty_values, long_spans
from strategies import RawProfile, as_bytes, minimal_profile
from test_personas import PERSONAS

TODAY = Issue(date(2026, 11, 23), "0.0")
OPEN: tuple[Any, ...] = (..., None, "unknown", [])
"""Left out, null, not sure, none of the choices."""
SINGLE, TOGETHER = 25, 20


def leaves(node: RawProfile, prefix: str = "") -> Iterator[str]:
    """Yield the dotted path of every answer."""
    for name, value in node.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from leaves(value, f"{path}.")
        else:
            yield path


def opened(raw: RawProfile, path: str, how: Any) -> RawProfile:
    """Return the profile with one answer open."""
    changed = copy.deepcopy(raw)
    *groups, name = path.split(".")
    node = changed
    for group in groups:
        node = node[group]
    if how is ...:
        del node[name]
    else:
        node[name] = how
    return changed


def faults(raw: RawProfile, library: Library, length: str) -> list[str] | None:
    """Return the faults of a handout; None when the profile is not valid."""
    try:
        profile = profile_from_bytes(as_bytes(raw), "profile.json")
    except BackguideError:
        return None
    handout = compose(
        profile, select(profile.facts, library, length=length), library, TODAY
    )
    return [*empty_values(handout), *long_spans(handout)]


@pytest.mark.parametrize("name", sorted(PERSONAS))
def test_open_answers_leave_no_trace(name: str, library: Library) -> None:
    """A list of feelings in the leg that was empty printed its label and nothing else.

    Answers of every persona, drawn by lot, are open one at a time, in a way drawn by
    lot as well, and then many of them together.
    """
    raw = json.loads(PERSONAS[name].read_text("utf-8"))
    draw = random.Random(name)
    found: list[str] = []
    tried = 0
    paths = list(leaves(raw))
    for path in draw.sample(paths, min(len(paths), SINGLE)):
        ways = list(OPEN)
        draw.shuffle(ways)
        for how in ways:
            told = faults(opened(raw, path, how), library, "full")
            if told is not None:
                tried += 1
                found += [f"{path} = {how!r}: {fault}" for fault in told]
                break
    for length in ("short", "standard", "full"):
        changed = raw
        for path in draw.sample(paths, min(len(paths), TOGETHER)):
            candidate = opened(changed, path, draw.choice(OPEN))
            if faults(candidate, library, length) is not None:
                changed = candidate
        found += faults(changed, library, length) or []
    assert tried > SINGLE / 4
    assert not found


def test_a_trace_is_found(library: Library) -> None:
    """The search itself sees an empty value, a bare colon and a long time in weeks."""
    profile = profile_from_bytes(as_bytes(minimal_profile()), "profile.json")
    handout = compose(profile, select(profile.facts, library), library, TODAY)
    section = replace(
        handout.sections[0],
        blocks=(
            KeyValues((("Feeling", ""),)),
            Paragraph(plain("It began 104 weeks ago ().")),
            Paragraph(plain("You said:")),
        ),
    )
    broken = replace(handout, sections=(section,))
    assert len(list(empty_values(broken))) == 3
    assert len(list(long_spans(broken))) == 1

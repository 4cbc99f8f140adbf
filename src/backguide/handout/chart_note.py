"""The text for the patient record: what was given, decided by what.

At most 600 characters, no name of the person, nothing that the record does not
need: level, warning signs, sections, exercises, who approved, versions.
"""

from typing import Final

from backguide.document import Handout
from backguide.guidance.library import Library
from backguide.guidance.select import DROPPED_BY_HAND, Selection
from backguide.handout.compose import Issue

MAX_CHARACTERS: Final = 600
MAX_BY_HAND: Final = 240
"""For what was dropped by hand and why; the rest is told by its number."""


def chart_note(
    handout: Handout,
    selection: Selection,
    library: Library,
    issue: Issue,
    *,
    left_off: tuple[str, ...] = (),
) -> str:
    """Return the note; what does not fit is told by its number, never cut.

    Args:
        handout: What the person gets.
        selection: The decisions.
        library: The content.
        issue: Day of issue and approval.
        left_off: Titles of texts that could not be printed.
    """
    words = library.words
    triage = selection.triage
    flags = [f"{item.flag.id} {item.level.name}" for item in triage.flags]
    cleared = [item.flag.id for item in triage.cleared]
    exercises = [pick.exercise.id for pick in selection.picks if pick.is_chosen]
    sections = list(dict.fromkeys(handout.section_ids))
    dropped = [
        f"{d.section.id} ({d.reason})"
        for d in selection.decisions
        if d.rule == DROPPED_BY_HAND
    ]
    furniture = handout.furniture
    lines = [
        f"{words['note.given']} {furniture.code}, {handout.issued_on.isoformat()}.",
        f"{words['note.level']} {triage.state}.",
        _listed(words["note.flags"], flags, words["note.none"]),
        _listed(words["note.cleared"], cleared, "") if cleared else "",
        _listed(words["note.unanswered"], list(triage.unanswered), "")
        if triage.unanswered
        else "",
        _listed(words["note.exercises"], exercises, words["note.none"]),
        _listed(words["note.left_off"], list(dict.fromkeys(left_off)), "")
        if left_off
        else "",
        _listed(words["note.kept"], list(selection.kept), "") if selection.kept else "",
        _fitting(words["note.dropped"], dropped, MAX_BY_HAND) if dropped else "",
        f"{words['note.approved']} {issue.approved_by or words['note.nobody']}.",
        f"{words['note.content']} {library.version}, {issue.program_version}.",
    ]
    head = " ".join(line for line in lines if line)
    room = MAX_CHARACTERS - len(head) - 1
    return f"{head} {_fitting(words['note.sections'], sections, room)}"


def _listed(label: str, items: list[str], nothing: str) -> str:
    return f"{label} {', '.join(items) or nothing}."


def _fitting(label: str, items: list[str], room: int) -> str:
    """Return as many items as there is room for, and how many more there are."""
    for count in range(len(items), -1, -1):
        more = len(items) - count
        tail = f" + {more}" if more else ""
        text = f"{label} {', '.join(items[:count])}{tail}."
        if len(text) <= room:
            return text
    return ""

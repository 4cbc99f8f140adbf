"""Write into the head of a content file who reviewed it, and when.

A file is accepted only in the state in which a packet printed it; see ``listing``.
The state stands in the head from then on, so that any later change shows.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from backguide.errors import Problem, system_words
from backguide.guidance.content_file import ContentFile
from backguide.guidance.review import day_in, state_of
from backguide.packet.listing import PacketList
from backguide.profile.strict_json import LINE_CHARACTERS, find_text_problems
from backguide.reading import read_file
from backguide.strict_toml import decoded

_HEAD_END: Final = re.compile(r"^(?:\[|\+\+\+$)", re.MULTILINE)
"""Where the entries at the head of a file end: at its first table, or its text."""
_OWN_LINE: Final = re.compile(
    r"^(?:reviewed_by|reviewed_on|reviewed_state) *=.*\n", re.MULTILINE
)
_WRITTEN: Final = re.compile(r"^written_on *=.*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file and what it becomes."""

    path: Path
    before: bytes
    after: bytes


def accepted(
    names: tuple[str, ...],
    root: Path,
    listed: PacketList,
    *,
    by: str,
    on: date,
    today: date,
) -> tuple[tuple[Accepted, ...], tuple[Problem, ...]]:
    """Return the files with their new heads, and everything that is in the way.

    Args:
        names: Files under ``root`` with "/", such as ``en/sections/shoes.md``.
        root: The content folder.
        listed: What the packet printed from which the reviewer read.
        by: Name of the reviewer.
        on: Day of the review.
        today: A review cannot be later.

    Returns:
        Nothing of the first may be written unless the second is empty.
    """
    problems = [*_who_and_when(by, on, today)]
    files = []
    for name in dict.fromkeys(names):
        found = _file(name, root, listed, by.strip(), on)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            files.append(found)
    return tuple(files), tuple(problems)


def _who_and_when(by: str, on: date, today: date) -> Iterator[Problem]:
    if not by.strip():
        yield Problem("--by", "the name is empty", "give the reviewer's full name")
    elif len(by) > LINE_CHARACTERS or "\n" in by or find_text_problems({"--by": by}):
        yield Problem(
            "--by", f"expected a printable name of at most {LINE_CHARACTERS} letters"
        )
    if on > today:
        yield Problem("--on", f"{on} is after today", "give the day of the review")


def _file(
    name: str, root: Path, listed: PacketList, by: str, on: date
) -> Accepted | Problem:
    path = root / name
    parts = Path(name).parts
    if Path(name).is_absolute() or ".." in parts:
        hint = "as the packet names it, such as en/sections/shoes.md"
        return Problem(name, "expected a file of the content folder", hint)
    try:
        before = read_file(path)
    except (OSError, ValueError) as error:
        words = system_words(error) if isinstance(error, OSError) else "no such name"
        return Problem(name, words, "name it as the packet does")
    file = ContentFile(root, name)
    if file.problems:
        return file.problems[0]
    if name not in listed.files:
        return Problem(name, "this packet did not print it",
                       "give the list of the packet that was read")  # fmt: skip
    if state_of(file.text) != listed.files[name]:
        return Problem(name, "it was changed since the packet was printed",
                       "print a new packet with --since and this list")  # fmt: skip
    written = day_in(file, "written_on")
    if written is None:
        return Problem(name, 'it has no "written_on", so no review can be told from it')
    if on < written:
        return Problem(name, f"it was written on {written}, after the review of {on}")
    text = before.decode("utf-8")
    return Accepted(path, before, _with_review(text, by, on, file).encode("utf-8"))


def _with_review(text: str, by: str, on: date, file: ContentFile) -> str:
    """Return the text of a file with the entries of its review set.

    Raises:
        ValueError: The head would not say that and nothing else.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    quoted = json.dumps(by, ensure_ascii=False)
    state = state_of(file.text)
    entries = {
        "reviewed_by": quoted,
        "reviewed_on": f"{on}",
        "reviewed_state": f'"{state}"',
    }
    start = text.index("\n") + 1 if file.name.endswith(".md") else 0
    end = _HEAD_END.search(text, start)
    stop = end.start() if end else len(text)
    head = _OWN_LINE.sub("", text[start:stop])
    lines = "".join(f"{key} = {value}{newline}" for key, value in entries.items())
    head = _WRITTEN.sub(lambda found: found[0] + lines, head, count=1)
    whole = text[:start] + head + text[stop:]
    new = ContentFile(Path(), file.name, decoded(whole.encode("utf-8")))
    told = {"reviewed_by": by, "reviewed_on": on, "reviewed_state": state}
    if new.problems or new.table != {**file.table, **told} or new.body != file.body:
        raise ValueError(f"the head of {file.name} cannot be written")
    return whole

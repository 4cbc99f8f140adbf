"""A batch that draws almost nothing, and a disk that fails where a test wants it.

Everything but the drawing is the real code: plan, manifest, lock, ledger, the writing,
the reports, the print job. A page is one line that tells whose it is and of which
answers, so that a test can read what lies in a folder without asking the code.
"""

import errno
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from backguide.batch import print_job, print_plan, work
from backguide.batch.executor import Outcome, Work
from backguide.batch.work import Task
from backguide.binding import FileFacts, Part
from backguide.guidance.library import Library
from backguide.guidance.triage import Level
from backguide.handout.compose import guide_id
from backguide.making import Options
from backguide.profile.load import Profile

HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n<pdf:Producer>backguide</pdf:Producer>\n"
END = b"\n%%EOF\n"
"""A page begins and ends like a real one, which the program knows for its own."""
BOUND_HEAD = b"%PDF-1.7\n%\xbf\xf7\xa2\xfe\n<pdf:Producer>backguide</pdf:Producer>\n"
BOUND_END = b"%%EOF\n"
A4_PT = (595.28, 841.89)


def page_text(id_: str, answers: str, length: str, *, is_held: bool) -> str:
    """Return what a page says: whose it is, of which answers, made how."""
    return f"{id_} {answers} {length} {'held' if is_held else 'guide'}"


def draw(profile: Profile, _: Library, options: Options, *, is_drawn: bool) -> Any:
    """Stand for ``making.make_handout``."""
    id_ = guide_id(profile)
    is_held = profile.get("red_flags.saddle_numb") == "yes"
    answers = str(profile.get("person.first_name"))
    text = page_text(id_, answers, options.length, is_held=is_held)
    code = hashlib.sha256(text.encode()).hexdigest()[:8].upper()
    triage = SimpleNamespace(
        is_held_back=is_held,
        state="EMERGENCY" if is_held else "CLEAR",
        unanswered=(),
        flags=(_SADDLE,) if is_held else (),
    )
    return SimpleNamespace(
        pdf=HEAD + text.encode() + END if is_drawn else b"",
        handout=SimpleNamespace(
            furniture=SimpleNamespace(code=f"{code[:4]}-{code[4:]}"),
            section_ids=("main-message", "shoes"),
            language="en",
        ),
        selection=SimpleNamespace(triage=triage),
        pages=2,
        notices=(),
        good_until=None,
        is_sample=False,
        file_name=f"bg-{id_}-{options.issued_on:%Y%m%d}-{code}.pdf",
    )


_SADDLE = SimpleNamespace(
    level=Level.EMERGENCY, flag=SimpleNamespace(id="RF03", concern="pressure on nerves")
)


def _bind(parts: Iterable[Part], _: str) -> bytes:
    return (
        BOUND_HEAD
        + b"".join(part.pdf.replace(END, b"\n") for part in parts)
        + BOUND_END
    )


def _verify(content: bytes, expected: Iterable[Any]) -> None:
    assert content == _bind([Part(piece.pdf, "x") for piece in expected], ""), (
        "the job is not what it was to hold"
    )


def _facts(_: bytes) -> FileFacts:
    return FileFacts(pages=2, width=A4_PT[0], height=A4_PT[1], language="en")


@contextmanager
def light_drawing(library: Library) -> Iterator[None]:
    """Draw lines in place of pages, as long as the context lasts."""
    with (
        patch.object(work, "make_handout", draw),
        patch.object(work, "library_at", lambda _: library),
        patch("backguide.batch.run.library_at", lambda _: library),
        patch.object(print_plan, "read_facts", _facts),
        patch.object(print_job, "bind", _bind),
        patch.object(print_job, "verify_bound", _verify),
    ):
        yield


class Inline:
    """Does the work in this process, as ``WorkerPool`` does in others."""

    def __init__(self, after: Callable[[int], None] = lambda count: None) -> None:
        self._after = after

    def run(
        self, tasks: Iterable[Task], work: Work, *, is_stopped: Callable[[], bool]
    ) -> Iterator[Outcome]:
        do = work.whole()
        for count, task in enumerate(tasks, 1):
            if is_stopped():
                return
            yield Outcome(task, do(task))
            self._after(count)


# --- the disk ------------------------------------------------------------------


class Killed(BaseException):
    """Stands for SIGKILL: from here on nothing that we do reaches the disk."""


BY_PATH = ("open", "replace", "rename", "mkdir", "unlink", "link")
BY_DESCRIPTOR = ("write", "fsync", "ftruncate", "close")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Disk:
    """Counts the calls that change something below a folder, and stops at one."""

    def __init__(self, folder: str, kind: str = "", place: int = 0) -> None:
        """Say where it goes wrong.

        Args:
            folder: What lies below it is watched.
            kind: "kill", "full" (from then on), "once", or "" for never.
            place: At which call, from 1.
        """
        self._folder = folder
        self._kind, self._place = kind, place
        self._ours: set[int] = set()
        self.calls = 0

    @contextmanager
    def watched(self) -> Iterator["Disk"]:
        """Watch as long as the context lasts; then free what a dead process held."""
        real = {name: getattr(os, name) for name in (*BY_PATH, *BY_DESCRIPTOR)}
        for name, function in real.items():
            setattr(os, name, self._call(name, function))
        try:
            yield self
        finally:
            for name, function in real.items():
                setattr(os, name, function)
            for descriptor in self._ours:
                os.close(descriptor)

    def _call(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(target: Any, *arguments: Any, **more: Any) -> Any:
            if not self._is_watched(name, target, arguments):
                # Nothing is to outlive this machine, so nothing waits for the disk.
                return None if name == "fsync" else real(target, *arguments, **more)
            self.calls += 1
            is_here = self.calls == self._place
            is_past = 0 < self._place <= self.calls
            if self._kind == "kill" and is_past:
                if name == "write" and is_here:
                    # Killed in the middle of it: a part is written.
                    real(target, arguments[0][: len(arguments[0]) // 2])
                raise Killed
            if name == "close":
                self._ours.discard(target)
                real(target)  # the system frees it, whatever it says
            if (self._kind == "full" and is_past and name != "unlink") or (
                self._kind == "once" and is_here
            ):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if name in ("close", "fsync"):
                return None
            result = real(target, *arguments, **more)
            if name == "open":
                self._ours.add(result)
            return result

        return call

    def _is_watched(self, name: str, target: Any, arguments: tuple[Any, ...]) -> bool:
        if name in BY_DESCRIPTOR:
            return target in self._ours
        if not str(os.fspath(target)).startswith(self._folder):
            return False
        return name != "open" or bool(arguments and arguments[0] & WRITING)

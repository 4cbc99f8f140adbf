"""Make the handout of one person inside a worker.

In:   the bytes of one profile and the id that was planned for it.
Out:  what goes into the manifest; the PDF is on disk by then, or was not made.
Nothing of one person is kept for the next.
"""

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from backguide.batch.manifest import FAILED, HELD, MADE, QUARANTINED
from backguide.errors import (
    BackguideError,
    LayoutError,
    LogoError,
    OutputError,
    Problem,
    ProfileError,
    VerificationError,
)
from backguide.guidance.built_in import library_at
from backguide.guidance.library import Library
from backguide.guidance.section import SectionTemplate
from backguide.guidance.triage import Level, Triage
from backguide.handout.compose import guide_id
from backguide.making import Made, Options, make_handout
from backguide.output import make_folder, remove_file, write_file
from backguide.profile.load import Profile, profile_from_bytes

HELD_FOLDER: Final = "held"
QUARANTINE_FOLDER: Final = "quarantine"
VERIFICATION: Final = "E_VERIFICATION"
"""The finished pages do not say what the document says."""
MAX_PROBLEMS: Final = 20
"""Of the findings in one profile, so many travel back; the rest is counted."""
MAX_WORDS: Final = 500


@dataclass(frozen=True, slots=True)
class Task:
    """One profile to make."""

    number: int
    """Of the entry in the plan."""
    id: str
    label: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What all tasks of a run share."""

    templates: Path | None
    """Folder of the content; None for the built-in one."""
    content: str
    """Version that the content must have."""
    out: Path | None
    """Where the PDFs go; None to make nothing and only look."""
    options: Options


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one profile."""

    status: str
    reason: str = ""
    problems: tuple[Problem, ...] = ()
    guide_code: str = ""
    flags: tuple[str, ...] = ()
    pages: int = 0
    sections: tuple[str, ...] = ()
    language: str = ""
    pdf_sha256: str = ""
    file: str = ""
    seconds: float = 0.0
    good_until: str = ""
    is_sample: bool = False
    notices: tuple[Problem, ...] = ()
    """What changed since the version of the answers; told once for all."""
    ends_run: bool = False
    """The folder takes no more files, so there is no use in going on."""


class ContentChanged(BackguideError):
    """The content was edited while the batch was running."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A result, and the pages that go with it."""

    result: Result
    pdf: bytes = field(default=b"", repr=False)


def begin(settings: Settings) -> Callable[[Task], Parcel]:
    """Load the content once, and return what makes one handout. Writes nothing."""
    library = library_at(settings.templates)
    if library.version != settings.content:
        raise ContentChanged
    names = zip(library.sections, versioned_sections(library), strict=True)
    versions = dict(names)

    def do(task: Task) -> Parcel:
        begun = time.perf_counter()
        parcel = _make(task, library, versions, settings)
        seconds = round(time.perf_counter() - begun, 3)
        return replace(parcel, result=replace(parcel.result, seconds=seconds))

    return do


def land(settings: Settings, parcel: Parcel) -> Result:
    """Write the pages of a parcel into the folder, and return what is told of them.

    Once this returns a status that vouches for a PDF, the PDF is safely on disk.
    """
    result, out = parcel.result, settings.out
    if out is None or not parcel.pdf:
        return result
    try:
        _write(out, result.file, parcel.pdf)
    except OutputError as error:
        if result.reason == VERIFICATION:
            # The row says what matters; the pages are not for anybody.
            return replace(result, file="", pdf_sha256="")
        ends_run = not _takes_files(out, parcel.pdf)
        return _not_made(FAILED, "E_OUTPUT", str(error), ends_run=ends_run)
    return result


def versioned_sections(library: Library) -> tuple[str, ...]:
    """Return "id@version" of every section of the content."""
    return tuple(
        f"{name}@{section_version(section)}"
        for name, section in library.sections.items()
    )


def section_version(section: SectionTemplate) -> str:
    """Return 8 hex digits that stand for the text and the rules of a section."""
    return hashlib.sha256(section.file.text.encode("utf-8")).hexdigest()[:8]


def _make(
    task: Task, library: Library, versions: dict[str, str], settings: Settings
) -> Parcel:
    try:
        profile = profile_from_bytes(task.content, task.label)
        made = make_handout(
            profile, library, settings.options, is_drawn=settings.out is not None
        )
    except ProfileError as error:
        return Parcel(refused(error.problems))
    except VerificationError as error:
        return _quarantined(error)
    except LayoutError:
        return Parcel(_not_made(FAILED, "E_LAYOUT", "its pages cannot be laid out"))
    except LogoError:
        words = "the clinic's logo cannot be used any more"
        return Parcel(_not_made(FAILED, "E_LOGO", words))
    status, reason, folder = _sorted_out(task, profile, made)
    triage = made.selection.triage
    problems: tuple[Problem, ...] = ()
    if status == HELD:
        problems = (Problem("", _held_words(triage), "", reason),)
    elif status == QUARANTINED:
        problems = (Problem("", "the page carries another id", "", reason),)
    result = Result(
        status=status,
        reason=reason,
        problems=problems,
        guide_code=made.handout.furniture.code,
        flags=_signs(triage),
        pages=made.pages,
        sections=tuple(versions.get(name, name) for name in made.handout.section_ids),
        language=made.handout.language,
        pdf_sha256=hashlib.sha256(made.pdf).hexdigest(),
        file=f"{folder}/{made.file_name}" if folder else made.file_name,
        good_until=made.good_until.isoformat() if made.good_until else "",
        is_sample=made.is_sample,
        notices=made.notices,
    )
    return Parcel(result, made.pdf)


def _quarantined(error: VerificationError) -> Parcel:
    """Return pages that failed their check, for where nobody prints them from."""
    result = _not_made(QUARANTINED, VERIFICATION, str(error)[:MAX_WORDS])
    if not error.pdf:
        return Parcel(result)
    name = f"{QUARANTINE_FOLDER}/{error.file_name}"
    digest = hashlib.sha256(error.pdf).hexdigest()
    return Parcel(replace(result, file=name, pdf_sha256=digest), error.pdf)


def _sorted_out(task: Task, profile: Profile, made: Made) -> tuple[str, str, str]:
    """Return status, reason and folder of a handout."""
    if guide_id(profile).casefold() != task.id.casefold():
        return QUARANTINED, "E_IDENTITY", QUARANTINE_FOLDER
    triage = made.selection.triage
    if triage.is_held_back:
        return HELD, triage.state, HELD_FOLDER
    return MADE, "", ""


def _signs(triage: Triage) -> tuple[str, ...]:
    if triage.state == "UNANSWERED":
        return triage.unanswered
    return tuple(item.flag.id for item in triage.flags)


def _held_words(triage: Triage) -> str:
    if triage.state == "UNANSWERED":
        return f"answer first: {', '.join(triage.unanswered)}"
    urgent = [item for item in triage.flags if item.level >= Level.URGENT]
    return "; ".join(f"{item.flag.concern} ({item.flag.id})" for item in urgent)


def notice_lines(told: Mapping[Problem, int]) -> tuple[str, ...]:
    """Return a line for each notice, with the number of profiles it is about."""
    lines = []
    for notice, count in told.items():
        profiles = f"{count:,} profile{'' if count == 1 else 's'}"
        place = f"{notice.label} ({notice.where})"
        hint = f"; {notice.hint}" if notice.hint else ""
        lines.append(f"{profiles}: {place}: {notice.message}{hint}")
    return tuple(lines)


def refused(problems: tuple[Problem, ...]) -> Result:
    """Return the result of a profile that cannot be used."""
    told = problems[:MAX_PROBLEMS]
    if more := len(problems) - len(told):
        told = (*told, Problem("", f"and {more} more findings", "", "E_MORE"))
    return Result(FAILED, reason=problems[0].code, problems=told)


def _not_made(
    status: str, reason: str, words: str, *, ends_run: bool = False
) -> Result:
    problem = Problem("", words, "", reason)
    return Result(status, reason=reason, problems=(problem,), ends_run=ends_run)


def _write(out: Path, name: str, content: bytes) -> None:
    path = out / name
    if path.parent != out:
        make_folder(path.parent)
        if path.parent.is_symlink():
            raise OutputError(f"{path.parent.name}: this is a link, not a folder")
    write_file(path, content)


def _takes_files(out: Path, content: bytes) -> bool:
    """Tell whether the folder takes another file of that size."""
    probe = out / f".bg-probe-{os.getpid()}.tmp"
    try:
        write_file(probe, content)
        remove_file(probe)
    except (OutputError, OSError):
        return False
    return True

"""What a program that embeds backguide calls; see ``docs/api.md``.

Pure but for the files that are named: no clock, no terminal, no network. Names and
meanings here follow semantic versioning; all other modules may change at any time.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from backguide.about import __version__
from backguide.clinic import Clinic, read_clinic, require_clinician, with_clinic
from backguide.errors import OptionError, Problem, ProfileError
from backguide.guidance.ageing import on_day
from backguide.guidance.built_in import library_at
from backguide.guidance.library import Library
from backguide.guidance.triage import assess
from backguide.making import Made, Options
from backguide.making import make_handout as make
from backguide.profile.load import Profile, load_profile, profile_from_bytes
from backguide.profile.strict_json import LINE_CHARACTERS, find_text_problems

Answers = Mapping[str, Any] | bytes | Path
"""A profile: as a mapping, as the bytes of its JSON, or as the path of its file."""

SOURCE: Final = "the profile"
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "length": ("", "short", "standard", "full"),
    "paper": ("", "A4", "Letter"),
    "large_print": ("", "off", "large", "giant"),
    "ink": ("", "colour", "mono", "saver"),
}


@dataclass(frozen=True, slots=True)
class Guide:
    """A finished guide, read back and checked, and what was decided for it."""

    pdf: bytes
    """PDF/UA-1 and PDF/A-2a. Equal arguments give equal bytes."""
    level: str
    """EMERGENCY, URGENT, UNANSWERED, SOON or ROUTINE."""
    is_held_back: bool
    """True at the first three: a safety page was made in place of a guide."""
    flags: tuple[str, ...]
    """Warning signs that count, most urgent first, such as "RF06"."""
    unanswered: tuple[str, ...]
    """Safety questions to answer before there can be a guide, as dotted paths."""
    sections: tuple[str, ...]
    """What is printed, in order."""
    dropped: tuple[str, ...]
    """What fell out for lack of space."""
    pages: int
    pages_over: int
    """Pages beyond the length, because what must print does not fit on fewer."""
    code: str
    """Of exactly this guide, as it stands on each page: "7F3A-09C1"."""
    file_name: str
    """A name for the file that holds no name of a person."""
    chart_note: str
    """Text for the patient record."""
    is_note_withheld: bool
    """True when the clinic's attached note does not print behind an urgent page."""
    good_until: date | None
    """Last day of issue on which the same answers count; None where no day ends it."""
    is_sample: bool
    notices: tuple[Problem, ...]
    """What to tell whoever makes the guide."""


@cache
def _built_in() -> Library:
    return library_at(None)


def load_content(folder: Path | None = None) -> Library:
    """Return the content of a folder, or the built-in one, which is read only once.

    Treat it as opaque: it is made to be handed to ``make_handout``.

    Raises:
        ContentError: With everything that makes the content unusable.
    """
    return _built_in() if folder is None else library_at(folder)


def make_handout(
    profile: Answers,
    *,
    issued_on: date,
    length: str = "",
    paper: str = "",
    large_print: str = "",
    ink: str = "",
    approved_by: str = "",
    is_fillable: bool = False,
    clinic: Path | None = None,
    logo: Path | None = None,
    content: Library | None = None,
) -> Guide:
    """Return the guide of one person.

    Args:
        profile: The answers; ``backguide.profile_schema`` says which there are.
        issued_on: The day on the page, and the day on which the answers are judged.
        length: short, standard or full. Here and below, empty for what the clinic or
            the profile says.
        paper: A4 or Letter.
        large_print: off (12 point), large (18) or giant (20).
        ink: colour, mono or saver.
        approved_by: Who has checked this guide; takes the draft mark off.
        is_fillable: Make the cells of the diary fields to fill in on screen.
        clinic: A clinic file (TOML). Unlike the commands, none is looked for.
        logo: PNG or JPEG of up to 1 MB.
        content: From ``load_content``; None for the built-in one.

    Raises:
        OptionError: Arguments that cannot be used, all of them.
        ProfileError: Everything that is wrong with the answers.
        ClinicError: Everything that is wrong with the clinic file.
        LogoError: The logo cannot be used.
        LayoutError: The guide cannot be put on pages.
        VerificationError: The pages do not say what they should; never hand them out.
    """
    given = {"length": length, "paper": paper, "large_print": large_print, "ink": ink}
    _check(given, approved_by)
    library = load_content() if content is None else content
    options = Options(
        issued_on=issued_on,
        program_version=__version__,
        length=length,
        paper=paper,
        large_print=large_print,
        ink=ink,
        approved_by=approved_by,
        logo=logo,
        clinic=None if clinic is None else read_clinic(clinic),
        is_fillable=is_fillable,
    )
    return _guide(make(_profile(profile), library, options))


def check_profile(
    profile: Answers,
    *,
    on: date,
    clinic: Path | None = None,
    content: Library | None = None,
) -> tuple[str, ...]:
    """Check answers as a guide made on a day would use them, and make none.

    Args:
        profile: As for ``make_handout``.
        on: The day.
        clinic: A clinic file (TOML); it may name the clinician that the profile lacks.
        content: From ``load_content``; None for the built-in one.

    Returns:
        The safety questions that are still open: empty, or a guide would not be made.

    Raises:
        ProfileError: Everything that is wrong with the answers.
        ClinicError: Everything that is wrong with the clinic file.
    """
    library = load_content() if content is None else content
    known: Clinic | None = None if clinic is None else read_clinic(clinic)
    checked = on_day(_profile(profile), library, on)
    if known is not None:
        checked = with_clinic(checked, known)
    require_clinician(checked)
    return assess(checked.facts, library.flags).unanswered


def _profile(answers: Answers) -> Profile:
    if isinstance(answers, Path):
        return load_profile(answers)
    if isinstance(answers, bytes):
        return profile_from_bytes(answers, SOURCE)
    try:
        text = json.dumps(dict(answers), default=_as_json, ensure_ascii=False)
        content = text.encode("utf-8", "surrogatepass")
    except (TypeError, ValueError, RecursionError) as error:
        kind = "is nested too deeply" if isinstance(error, RecursionError) else ""
        words = kind or "holds a value that JSON does not have"
        problem = Problem("", words, "texts, numbers, true, false, null, lists, dates")
        raise ProfileError(SOURCE, (problem,)) from None
    return profile_from_bytes(content, SOURCE)


def _as_json(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError


def _check(given: Mapping[str, str], approved_by: str) -> None:
    problems = [
        Problem(
            name, f"expected one of {', '.join(CHOICES[name][1:])}", code="E_OPTION"
        )
        for name, value in given.items()
        if value not in CHOICES[name]
    ]
    if len(approved_by) > LINE_CHARACTERS:
        words = f"at most {LINE_CHARACTERS} characters"
        problems.append(Problem("approved_by", words, code="E_OPTION"))
    elif approved_by:
        problems += find_text_problems({"approved_by": approved_by})
    if problems:
        raise OptionError("the arguments", tuple(problems))


def _guide(made: Made) -> Guide:
    triage = made.selection.triage
    return Guide(
        pdf=made.pdf,
        level=triage.state,
        is_held_back=triage.is_held_back,
        flags=tuple(item.flag.id for item in triage.flags),
        unanswered=triage.unanswered,
        sections=made.handout.section_ids,
        dropped=made.dropped,
        pages=made.pages,
        pages_over=made.pages_over,
        code=made.handout.furniture.code,
        file_name=made.file_name,
        chart_note=made.chart_note,
        is_note_withheld=made.is_note_withheld,
        good_until=made.good_until,
        is_sample=made.is_sample,
        notices=made.notices,
    )

"""The clinic file: who gives the handouts, how to reach them, on which paper.

In:   a TOML file that a clinic writes once, ``clinic.toml``.
Out:  a Clinic, checked as strictly as a profile; all findings at once.

What the file says wins over the profile: the clinic's own name and numbers, its
clinician, and the paper and ink of its printer. What it leaves open comes from the
profile, but for two things that never mix: a clinician's name with another one's role,
and a clinic's name with another one's numbers. The command line wins over paper and
ink of both.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Final

from backguide.errors import ExitCode, InvalidInput, Problem, ProfileError
from backguide.profile.facts import known_facts, schema
from backguide.profile.load import Profile
from backguide.profile.strict_json import find_text_problems, read_bytes
from backguide.schemas import Judge
from backguide.strict_toml import BACKSLASH_HINT, TomlSlip, read_toml

FILE_NAME: Final = "clinic.toml"

_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "name": "clinic_name",
        "clinician_name": "clinician_name",
        "clinician_role": "clinician_role",
        "phone": "phone",
        "out_of_hours": "out_of_hours",
        "email": "email",
        "web": "web",
        "address": "address",
    }
)
"""Key of the file to field of the profile's group ``clinic``."""

_CLINICIAN: Final = ("clinician_name", "clinician_role")
NAME: Final = "clinic.clinic_name"
CONTACTS: Final = tuple(
    f"clinic.{name}" for name in ("phone", "out_of_hours", "email", "web", "address")
)

_WEB: Final = re.compile(
    r"(https?://)?[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}(:[0-9]{1,5})?(/[!-~]*)?\Z",
    re.IGNORECASE,
)


class ClinicError(InvalidInput):
    """The clinic file cannot be used."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Clinic:
    """What stands on every handout of a clinic."""

    facts: Mapping[str, str]
    """Facts by dotted path, such as ``clinic.phone``."""
    paper: str = ""
    """A4 or Letter; empty for what each profile says."""
    ink: str = ""
    """colour, mono or saver; empty for what each profile says."""
    logo: Path | None = None
    requires_review: bool = False
    """A batch refuses content that no clinician has reviewed, or not lately."""

    @property
    def has_clinician(self) -> bool:
        """Tell whether the file says who the clinician is."""
        return all(f"clinic.{name}" in self.facts for name in _CLINICIAN)

    @property
    def digest(self) -> str:
        """Return 8 hex digits of all that prints, the logo's pixels left out."""
        parts = [dict(self.facts), self.paper, self.ink]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to a worker process; a mapping proxy cannot."""
        return _clinic, (
            dict(self.facts),
            self.paper,
            self.ink,
            self.logo,
            self.requires_review,
        )


def _clinic(
    facts: dict[str, str],
    paper: str,
    ink: str,
    logo: Path | None,
    requires_review: bool,
) -> Clinic:
    return Clinic(MappingProxyType(facts), paper, ink, logo, requires_review)


def is_web_address(text: str) -> bool:
    """Tell whether a text is an address on the web, with or without its scheme."""
    return bool(_WEB.match(text))


def read_clinic(path: Path) -> Clinic:
    """Return the checked clinic of a file.

    Args:
        path: TOML in UTF-8; its ``logo`` is a path from the file's own folder.

    Raises:
        ClinicError: With every finding at once.
    """
    table = _table(path)
    problems = tuple(_problems(table))
    if problems:
        raise ClinicError(path.name, problems)
    facts = {f"clinic.{_FIELDS[key]}": table[key] for key in _FIELDS if key in table}
    logo = path.parent / table["logo"] if "logo" in table else None
    return _clinic(
        facts,
        table.get("paper", ""),
        table.get("ink", ""),
        logo,
        table.get("require_reviewed", False),
    )


def with_clinic(profile: Profile, clinic: Clinic) -> Profile:
    """Return the profile with what the clinic file says, and what that changes told.

    Args:
        profile: A checked profile.
        clinic: The checked file.
    """
    facts, told = dict(profile.facts), []
    for path, text in clinic.facts.items():
        own = facts.get(path)
        if own is not None and _bare(str(own)) != _bare(text):
            words = "differs from the clinic file, which is printed"
            told.append((path, words))
        facts[path] = text
    if any(path == NAME for path, _ in told):
        for path in CONTACTS:
            if path in facts and path not in clinic.facts:
                del facts[path]
                told.append((path, "is of another clinic, so it is left out"))
    titles = known_facts()
    notices = (
        Problem(path, words, "", "E_CLINIC_FILE", titles[path].title)
        for path, words in told
    )
    return replace(profile, facts=facts, notices=(*profile.notices, *notices))


def require_clinician(profile: Profile, source: str = "the profile") -> None:
    """Refuse a profile of clinic mode in which nobody says who the clinician is.

    Raises:
        ProfileError: With what is missing.
    """
    titles = known_facts()
    missing = tuple(
        Problem(
            path,
            "missing; a page of clinic mode says who the clinician is",
            "answer it, or write it once for all into the clinic file",
            "E_MISSING",
            titles[path].title,
        )
        for path in (f"clinic.{name}" for name in _CLINICIAN)
        if path not in profile.facts
    )
    if missing and profile.get("mode") == "clinic":
        raise ProfileError(source, missing)


def _bare(text: str) -> str:
    """Return a text as two writings of the same name or number agree in it."""
    return "".join(c for c in text.casefold() if c.isalnum() or c == "+")


def _table(path: Path) -> dict[str, Any]:
    try:
        return read_toml(read_bytes(path))
    except ProfileError as error:
        raise ClinicError(path.name, error.problems) from None
    except TomlSlip as slip:
        problem = Problem(f"line {slip.line}", slip.message, slip.hint, "E_NOT_TOML")
        raise ClinicError(path.name, (problem,)) from None


def _problems(table: dict[str, Any]) -> Iterator[Problem]:
    found = _judge().find_problems(table)
    for problem in found:
        whole = problem.where == "the profile"
        yield replace(problem, where="" if whole else problem.where)
    wrong = {problem.where for problem in found}
    texts = find_text_problems({k: v for k, v in table.items() if k in _fields()})
    yield from (problem for problem in texts if problem.where not in wrong)
    named = [key for key in _CLINICIAN if key in table]
    if len(named) == 1:
        other = next(key for key in _CLINICIAN if key not in table)
        yield Problem(
            other,
            f"missing, and {named[0]} is there",
            "give both, or leave both to the profiles",
            "E_MISSING",
        )
    logo = table.get("logo")
    if isinstance(logo, str) and "logo" not in wrong and not logo.isprintable():
        words = "holds a character that cannot be seen; a backslash may have made it"
        yield Problem("logo", words, BACKSLASH_HINT, "E_CONTROL", "Logo")
    web = table.get("web")
    if isinstance(web, str) and "web" not in wrong and not is_web_address(web):
        yield Problem(
            "web",
            "not a web address that can be linked",
            "write it as www.clinic.example or https://clinic.example/backs",
            "E_FORMAT",
            "Web",
        )


@cache
def _judge() -> Judge:
    return Judge(
        {"type": "object", "additionalProperties": False, "properties": _fields()}
    )


@cache
def _fields() -> dict[str, Any]:
    """Return what each key takes; texts take what the same field of a profile does."""
    known = schema()["properties"]
    fields = {
        key: {**known["clinic"]["properties"][name], "type": "string"}
        for key, name in _FIELDS.items()
    }
    papers = known["paper_size"]["enum"]
    return fields | {
        "paper": {"title": "Paper", "enum": [p for p in papers if p]},
        "ink": {"title": "Ink", "enum": ["colour", "mono", "saver"]},
        "logo": {
            "title": "Logo",
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "x-hint": "the path of a PNG or JPEG, from the folder of this file",
        },
        "require_reviewed": {
            "title": "Reviewed content only",
            "type": "boolean",
            "x-hint": "true or false, without quotes",
        },
    }

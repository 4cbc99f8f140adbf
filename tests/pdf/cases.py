"""Finished handouts to test: every persona in three prints, and odd ones."""

import atexit
import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from backguide.clinic import read_clinic
from backguide.guidance.library import Library, load_library
from backguide.making import Made, Options, make_handout
from backguide.profile.load import Profile, load_profile, profile_from_bytes
from backguide.resources import templates_root
from strategies import FIXED_DAY, as_bytes, in_clinic, profiles

ROOT = Path(__file__).parents[2]
PERSONAS = [
    *sorted((ROOT / "profiles").glob("*.json")),
    *sorted((ROOT / "tests" / "data" / "personas").glob("*.json")),
]
PRINTS: dict[str, dict[str, Any]] = {
    "a4": {"paper": "A4", "large_print": "off", "ink": "mono", "length": "standard"},
    "letter": {"paper": "Letter", "large_print": "off", "ink": "colour",
               "length": "full"},
    "large": {"paper": "A4", "large_print": "large", "ink": "saver",
              "length": "short"},
}  # fmt: skip
ISSUED_ON = FIXED_DAY + timedelta(days=3)

DRAWN = 200
"""How many random profiles are printed."""

FIRST_NAME = "Zoë-Wilhelmina"
CLINICIAN = "Dr Quentin Xavier-Okonkwo"
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitän" * 4
NOTE = "\n".join(
    [
        'Pre- and post-run: "warm up" - then go; 3 < 5 & 7 > 6. {name} <b>no</b>',
        LONG_WORD,
        "Café, naïve, œuvre, Łódź, 10\u00a0km \u2013 20\u00a0km\u2026 " * 60,
        "well- known half- and full-length " * 40,
    ]
)


@dataclass(frozen=True, slots=True)
class Case:
    """A profile and how it is printed."""

    name: str
    profile: Callable[[], Profile]
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def __hash__(self) -> int:
        return hash(self.name)


def _clinic_profile() -> Profile:
    raw = in_clinic(
        **{
            "person.first_name": FIRST_NAME,
            "clinic.consent_to_print_name": True,
            "clinic.clinician_name": CLINICIAN,
            "clinic.clinic_name": "The Running Back Clinic of Upper Nowhere",
            "clinic.phone": "+44 20 7946 0000",
            "clinic.attached_note": NOTE,
        }
    )
    return profile_from_bytes(as_bytes(raw), "clinic")


def persona_cases() -> list[Case]:
    """Return every persona in each of the prints."""
    return [
        Case(f"{path.stem}-{name}", lambda path=path: load_profile(path), options)
        for path in PERSONAS
        for name, options in PRINTS.items()
    ]


def clinic_cases() -> list[Case]:
    """Return a clinic's handout, with a logo, an approval and a trying note."""
    return [
        Case("clinic-draft", _clinic_profile, {"ink": "saver"}),
        Case(
            "clinic-approved",
            _clinic_profile,
            {"approved_by": CLINICIAN, "logo": True, "large_print": "giant"},
        ),
    ]


def clinic_file_cases() -> list[Case]:
    """Return handouts with everything that a clinic file gives, in every ink."""
    return [
        Case(
            f"clinic-file-{ink}",
            lambda: profile_from_bytes(as_bytes(in_clinic()), "clinic"),
            {"ink": ink, "clinic": True, "logo": True, "length": length},
        )
        for ink, length in (("colour", "full"), ("mono", "full"), ("saver", "short"))
    ]


def fillable_cases() -> list[Case]:
    """Return handouts whose diary is filled in on screen."""
    prints = {"a4": {"length": "full"}, "letter": {"paper": "Letter"},
              "large": {"large_print": "large", "length": "full"}}  # fmt: skip
    return [
        Case(
            f"fillable-{name}",
            lambda: load_profile(PERSONAS[2]),
            {"is_fillable": True, **options},
        )
        for name, options in prints.items()
    ]


CASES = [*persona_cases(), *clinic_cases(), *clinic_file_cases(), *fillable_cases()]


@cache
def library() -> Library:
    """The built-in content, parsed once."""
    return load_library(templates_root())


@cache
def made(case: Case) -> Made:
    """Return the finished handout of a case."""
    return make(case.profile(), case.options)


def make(profile: Profile, options: dict[str, Any]) -> Made:
    """Return a finished handout; ``logo`` and ``clinic`` stand for samples."""
    options = dict(options)
    if options.get("clinic"):
        options["clinic"] = read_clinic(ROOT / "docs" / "clinic.toml")
    if options.get("logo"):
        options["logo"] = _logo()
    fixed = {"issued_on": ISSUED_ON, "program_version": "1.2.3"}
    return make_handout(profile, library(), Options(**fixed, **options))


@cache
def _logo() -> Path:
    """Return a picture with a see-through middle."""
    picture = Image.new("RGBA", (60, 30), (200, 30, 90, 255))
    picture.paste((0, 0, 0, 0), (20, 10, 40, 20))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    folder = Path(mkdtemp(prefix="backguide-logo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "logo.png"
    path.write_bytes(stream.getvalue())
    return path


@cache
def drawn_cases() -> list[Case]:
    """Return handouts of random valid profiles, the same ones in every run."""
    cases: list[Case] = []
    prints = st.fixed_dictionaries(
        {
            "paper": st.sampled_from(["A4", "Letter"]),
            "large_print": st.sampled_from(["off", "off", "large", "giant"]),
            "ink": st.sampled_from(["colour", "mono", "saver"]),
            "length": st.sampled_from(["short", "standard", "full"]),
            "approved_by": st.sampled_from(["", CLINICIAN]),
        }
    )

    @settings(
        max_examples=DRAWN,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(profiles(), prints)
    def draw(raw: dict[str, Any], options: dict[str, Any]) -> None:
        name = f"drawn-{len(cases):02}"
        profile = profile_from_bytes(as_bytes(raw), name)
        cases.append(Case(name, lambda: profile, options))

    draw()
    return cases


def good_case() -> Case:
    """Return a short handout with lists, tables and several pages, to spoil."""
    return next(case for case in CASES if case.name == "past-cancer-a4")

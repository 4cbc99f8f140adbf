"""Tell what guides hold: parts by kind, pages, and how much of the paper is white.

    PYTHONPATH=src:tests python tests/measure_guides.py
    PYTHONPATH=src:tests python tests/measure_guides.py --people 1000 --no-paper

The samples and the personas of the tests are measured at each length; ``--people``
adds people drawn at random, the same for the same number. Only guides count: pages that
were made in place of one are left out. A kind stands as "printed of those that apply"
and, behind it, how many of the people who may have it have at least one part.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from backguide.guidance.library import Library, load_library
from backguide.guidance.section import KINDS, LENGTHS
from backguide.guidance.select import select
from backguide.making import Made, Options, make_handout
from backguide.profile.load import Profile, load_profile, profile_from_bytes
from backguide.resources import templates_root
from strategies import as_bytes
from test_random_handouts import RawProfile, calm_profiles
from whitespace import mean_foot, white_of

ROOT = Path(__file__).parents[1]
DAY = date(2026, 11, 23)


def samples() -> Iterator[tuple[str, Profile]]:
    """Yield the samples of the product and the personas of the tests."""
    for folder in (ROOT / "profiles", ROOT / "tests" / "data" / "personas"):
        for path in sorted(folder.glob("*.json")):
            yield path.stem, load_profile(path)


def random_people(count: int, library: Library) -> list[Profile]:
    """Return people drawn at random who get a guide; the same for the same count."""
    found: list[Profile] = []

    @settings(
        max_examples=8 * count,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
        deadline=None,
    )
    @given(raw=calm_profiles())
    def draw(raw: RawProfile) -> None:
        if len(found) < count:
            profile = profile_from_bytes(as_bytes(raw), "random")
            if not select(profile.facts, library).triage.is_held_back:
                found.append(profile)

    draw()
    return found


@dataclass
class Measured:
    """What the guides of one length hold."""

    guides: int = 0
    printed: Counter[str] = field(default_factory=Counter)
    applying: Counter[str] = field(default_factory=Counter)
    with_one: Counter[str] = field(default_factory=Counter)
    who_may: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    pages: Counter[int] = field(default_factory=Counter)
    over: Counter[int] = field(default_factory=Counter)
    too_long: list[str] = field(default_factory=list)
    feet: dict[str, float] = field(default_factory=dict)
    bands_pt: dict[str, int] = field(default_factory=dict)
    without_water: list[str] = field(default_factory=list)

    def add(self, name: str, made: Made, library: Library) -> None:
        """Count one guide."""
        self.guides += 1
        self.pages[made.pages] += 1
        self.over[made.pages_over] += 1
        if made.pages_over:
            self.too_long.append(f"{name} +{made.pages_over}")
        kinds = {section.id: section.kind for section in made.handout.sections}
        printed = Counter(kinds.values())
        self.printed.update(printed)
        self.forms.update(section.form for section in made.handout.sections)
        included = [decision.section for decision in made.selection.included()]
        applying = Counter(library.kind_of(section) for section in included)
        self.applying.update(applying)
        self.who_may.update(applying.keys())
        self.with_one.update(kind for kind in applying if printed[kind])
        if "deep-water-running" in {section.id for section in included} - set(kinds):
            self.without_water.append(name)

    def lines(self) -> Iterator[str]:
        """Yield the table."""
        for kind in KINDS:
            if self.applying[kind]:
                share = f"{self.printed[kind]} of {self.applying[kind]}"
                who = f"{self.with_one[kind]} of {self.who_may[kind]}"
                yield f"  {kind:12}{share:>16}{who:>16} people"
        yield f"  forms {dict(self.forms)}"
        yield f"  pages {dict(sorted(self.pages.items()))}"
        yield f"  pages over {dict(sorted(self.over.items()))}"
        if self.too_long:
            yield f"  too long: {', '.join(self.too_long)}"
        if self.without_water:
            yield f"  deep water missing: {', '.join(self.without_water)}"
        if self.feet:
            mean = sum(self.feet.values()) / len(self.feet)
            worst = max(self.feet, key=lambda name: self.feet[name])
            yield (
                f"  empty foot without the last page: mean {mean:.1%}, "
                f"most {self.feet[worst]:.1%} ({worst})"
            )
            widest = max(self.bands_pt, key=lambda name: self.bands_pt[name])
            yield f"  highest band: {self.bands_pt[widest]} pt ({widest})"


def measured(
    people: Iterable[tuple[str, Profile]],
    library: Library,
    *,
    lengths: tuple[str, ...] = LENGTHS,
    with_paper: bool = False,
) -> dict[tuple[str, str], Measured]:
    """Return what guides hold, by length and level."""
    found: dict[tuple[str, str], Measured] = defaultdict(Measured)
    for name, profile in people:
        for length in lengths:
            options = Options(DAY, "0.0", length=length)
            made = make_handout(profile, library, options, is_drawn=with_paper)
            if made.selection.triage.is_held_back:
                continue
            told = found[length, made.selection.triage.state]
            told.add(name, made, library)
            if with_paper:
                pages = white_of(made.pdf)
                told.feet[name] = mean_foot(pages)
                told.bands_pt[name] = max(page.band_pt for page in pages)
    return dict(found)


def main() -> None:
    """Print the measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=0, metavar="COUNT")
    parser.add_argument("--no-paper", action="store_true", help="draw no pages")
    parser.add_argument("--templates", type=Path, default=None)
    arguments = parser.parse_args()
    library = load_library(arguments.templates or templates_root())
    groups: list[tuple[str, Iterable[tuple[str, Profile]], bool]] = [
        ("samples and personas", samples(), not arguments.no_paper)
    ]
    if arguments.people:
        drawn = random_people(arguments.people, library)
        named = [(f"number {n}", profile) for n, profile in enumerate(drawn, 1)]
        groups.append((f"{len(named)} people drawn at random", named, False))
    for title, people, with_paper in groups:
        sys.stdout.write(f"{title}\n")
        found = measured(people, library, with_paper=with_paper)
        for length, level in sorted(
            found, key=lambda key: (LENGTHS.index(key[0]), key[1])
        ):
            told = found[length, level]
            sys.stdout.write(f"\n {length}, {level}: {told.guides} guides\n")
            sys.stdout.writelines(f"{line}\n" for line in told.lines())
        sys.stdout.write("\n")


if __name__ == "__main__":
    main()

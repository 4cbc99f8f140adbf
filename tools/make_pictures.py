"""Make the pictures of the README again, from the sample profiles.

Run ``.venv/bin/python tools/make_pictures.py`` and look at each.
"""

from collections import Counter
from datetime import date
from pathlib import Path

import pypdfium2

from backguide.about import __version__
from backguide.guidance.library import load_library
from backguide.layout.pdf import Laid
from backguide.making import Options, make_handout
from backguide.profile.load import load_profile
from backguide.resources import templates_root

ROOT = Path(__file__).parents[1]
DPI = 96
DAY = date(2026, 11, 23)
PICTURES = {
    "page-one": ("half-marathon-runner", "verdict"),
    "exercises": ("half-marathon-runner", "card"),
    "emergency": ("saddle-numbness", "box"),
}
"""Name of each picture: the profile, and what its page must show the most of."""


def fullest_page(laid: Laid, kind: str) -> int:
    """Return the page, from 1, with the most pieces of a kind; the first of equals."""
    count = Counter(place.page for place in laid.placements() if place.kind == kind)
    return min(count, key=lambda page: (-count[page], page))


def main() -> None:
    """Write the pictures."""
    library = load_library(templates_root())
    for name, (profile, kind) in PICTURES.items():
        answers = load_profile(ROOT / "profiles" / f"{profile}.json")
        made = make_handout(answers, library, Options(DAY, __version__, ink="colour"))
        number = fullest_page(made.laid, kind)
        page = pypdfium2.PdfDocument(made.pdf)[number - 1]
        picture = page.render(scale=DPI / 72).to_pil().quantize(64)
        picture.save(ROOT / "docs" / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()

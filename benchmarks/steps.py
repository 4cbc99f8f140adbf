"""Tell which step of a handout takes which share of its CPU time.

Steps are told apart by a clock around their functions; time inside an inner step does
not count for the outer one. Usage: steps.py [PERSONA ...] [--rounds N]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from backguide import making
from backguide.guidance.library import load_library
from backguide.layout import pdf as drawing
from backguide.layout.canvas import TaggedCanvas
from backguide.layout.document import TaggedDocument
from backguide.making import Options, make_handout
from backguide.output import write_file
from backguide.profile.load import load_profile
from backguide.resources import templates_root

ROOT = Path(__file__).parents[1]
PERSONAS = ("after-disc-operation", "half-marathon-runner", "missed-periods",
            "one-sided-sprinter")  # fmt: skip
"""Handouts of four pages."""


class Clock:
    """Adds up the time of steps, each without the steps inside it."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.spent: dict[str, float] = {}
        self._inside: list[float] = []

    def step(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with a clock around it."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            self._inside.append(0.0)
            begin = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                whole = time.process_time() - begin
                own = whole - self._inside.pop()
                self.spent[name] = self.spent.get(name, 0.0) + own
                if self._inside:
                    self._inside[-1] += whole

        return timed

    def around(self, name: str, owner: Any, attribute: str) -> None:
        """Put the clock around a function where it is called."""
        setattr(owner, attribute, self.step(name, getattr(owner, attribute)))


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("personas", nargs="*", default=PERSONAS)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    clock = Clock()
    for name, owner, attribute in (
        ("select", making, "select"), ("select", making, "tightened"),
        ("compose", making, "compose"), ("lay out", making, "lay_out"),
        ("place", drawing, "packed"), ("place", drawing, "paginate"),
        ("draw", making, "render_pdf"), ("write structure, fonts", TaggedCanvas, "finish"),
        ("serialise", TaggedDocument, "to_bytes"), ("verify", making, "verify"),
        ("chart note", making, "chart_note"),
    ):  # fmt: skip
        clock.around(name, owner, attribute)
    load = clock.step("load profile", load_profile)
    write = clock.step("write file", write_file)
    make = clock.step("fit (the rest)", make_handout)
    library = load_library(templates_root())
    issue = Options(issued_on=date(2026, 11, 23), program_version="benchmark")
    totals = []
    with tempfile.TemporaryDirectory(prefix="backguide-benchmark-") as folder:
        for turn in range(options.rounds + 2):
            if turn == 2:
                clock.spent.clear()
            for persona in options.personas:
                begin = time.process_time()
                profile = load(ROOT / "profiles" / f"{persona}.json")
                made = make(profile, library, issue)
                write(Path(folder) / f"{turn}-{persona}.pdf", made.pdf)
                if turn >= 2:
                    totals.append((time.process_time() - begin) * 1000)
    whole = sum(clock.spent.values())
    count = len(totals)
    print(f"{count} handouts, {statistics.median(totals):.1f} ms each (median)\n")
    print("| step | ms | share |\n|---|---|---|")
    for name, spent in sorted(clock.spent.items(), key=lambda item: -item[1]):
        print(f"| {name} | {spent / count * 1000:.2f} | {spent / whole:.0%} |")


if __name__ == "__main__":
    main()

"""How dear is ``explain`` beside ``make``? Both in turns, cold, in CPU time.

    python benchmarks/explain.py
    python benchmarks/explain.py --rounds 10 profiles/half-marathon-runner.json

``explain`` decides and lays out as ``make`` does, and draws, reads back and writes
nothing: it should take less, and less than a second.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]


def cpu_seconds(*arguments: object) -> float:
    """Return the CPU time of one command in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "backguide", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "profile", nargs="?", default=ROOT / "profiles" / "desk-worker.json"
    )
    options = parser.parse_args()
    explained, made = [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            explained.append(cpu_seconds("explain", options.profile))
            target = Path(folder) / "guide.pdf"
            made.append(cpu_seconds("make", options.profile, "-o", target))
    ratio = median(explained) / median(made)
    print(f"explain {median(explained):.2f} s, make {median(made):.2f} s")
    print(f"ratio {ratio:.2f}")


if __name__ == "__main__":
    main()

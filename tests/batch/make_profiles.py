"""Write mixed profiles for a large batch: most get a guide, some are held or broken.

    PYTHONPATH=src:tests python tests/batch/make_profiles.py 10000 all.jsonl
    PYTHONPATH=src:tests python tests/batch/make_profiles.py 10000 all.jsonl \\
        --measure out/

The same number makes the same file. Every profile is one of the samples with a few
answers drawn again from the schema; what no longer loads, or would be held back, is
drawn once more. Of a hundred, five are broken and three held. With ``--measure`` the
batch runs as well, and documents a second, memory and totals are printed; options
that are not known here, such as ``--length short``, go to the batch.
"""

import argparse
import copy
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from backguide.errors import ProfileError
from backguide.guidance.library import Library, load_library
from backguide.guidance.select import select
from backguide.profile.load import profile_from_bytes
from backguide.resources import data_root, schema_text, templates_root

VARIETY = 400
"""Different sets of answers; each is used for many people of other names and ids."""
BROKEN, HELD = 5, 3
"""Of a hundred."""
CHANGES = 6
"""Answers that are drawn again in each profile."""
KEPT = ("red_flags", "spa", "clearance", "confirmed", "clinic")
"""Groups whose answers stay: they decide who is held back."""


def mixed(count: int) -> Iterator[bytes]:
    """Yield profiles, each as one line; the same for the same count."""
    rng = random.Random(count)
    library = load_library(templates_root())
    bodies = [body(rng, library) for _ in range(min(VARIETY, count))]
    kinds = ["broken"] * (count * BROKEN // 100) + ["held"] * (count * HELD // 100)
    kinds += ["good"] * (count - len(kinds))
    rng.shuffle(kinds)
    for number, kind in enumerate(kinds):
        raw = copy.deepcopy(rng.choice(bodies))
        raw["profile_id"] = f"m{number}"
        raw["person"]["first_name"] = "".join(rng.choices("abcdefgh", k=9)).title()
        if kind == "held":
            raw["red_flags"]["saddle_numb"] = "yes"
        content = json.dumps(raw).encode()
        if kind == "broken":
            content = rng.choice(
                [
                    content[:-20],
                    content.replace(b'"red_flags"', b'"red_flagz"'),
                    content.replace(b'"age_years": ', b'"age_years": 9'),
                ]
            )
        yield content


def body(rng: random.Random, library: Library) -> dict[str, Any]:
    """Return a sample profile with a few other answers that gets a guide."""
    found = data_root().joinpath("profiles").iterdir()
    paths = sorted((p for p in found if p.name.endswith(".json")), key=lambda p: p.name)
    while True:
        raw = json.loads(rng.choice(paths).read_bytes())
        if gets_guide(raw, library):
            break
    for _ in range(CHANGES):
        other = changed(copy.deepcopy(raw), rng)
        if gets_guide(other, library):
            raw = other
    return raw


def gets_guide(raw: dict[str, Any], library: Library) -> bool:
    try:
        profile = profile_from_bytes(json.dumps(raw).encode(), "mixed")
    except ProfileError:
        return False
    return not select(profile.facts, library).triage.is_held_back


SCHEMA = json.loads(schema_text())


def changed(raw: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return the profile with one answer drawn again."""
    groups = [
        name
        for name, spec in SCHEMA["properties"].items()
        if "properties" in spec and name not in KEPT
    ]
    group = rng.choice([*groups, ""])
    specs = SCHEMA["properties"][group]["properties"] if group else SCHEMA["properties"]
    node = raw.setdefault(group, {}) if group else raw
    name = rng.choice(
        [
            name
            for name, spec in specs.items()
            if "properties" not in spec and name != "ended_early"
        ]
    )
    spec = specs[name]
    kinds = spec.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "enum" in spec:
        node[name] = rng.choice(spec["enum"])
    elif "boolean" in kinds:
        node[name] = rng.random() < 0.5
    elif "array" in kinds and "enum" in spec.get("items", {}):
        most = min(3, spec.get("maxItems", 3))
        node[name] = rng.sample(spec["items"]["enum"], most)
    elif "integer" in kinds or "number" in kinds:
        low, high = spec.get("minimum", 0), spec.get("maximum", 100)
        node[name] = rng.randint(int(low), min(int(high), int(low) + 20))
    return raw


def measure(source: Path, out: Path, more: list[str]) -> None:
    """Run the batch and tell what it took."""
    import resource

    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "backguide", "batch", str(source), "-o", str(out),
         "--issued-on", "2026-11-23", "--json", *more],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    parent = workers = 0
    while process.poll() is None:
        parent = max(parent, peak_kb(process.pid))
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        with suppress(OSError):
            workers = max([workers, *map(peak_kb, children.read_text().split())])
        time.sleep(0.5)
    seconds = time.monotonic() - begun
    told = json.loads(process.communicate()[0])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    made = told["made"] + told["held"]
    lines = [
        json.dumps(told),
        f"{seconds:.0f} s, {told['inputs'] / seconds:.1f} profiles a second",
        f"{made / (used.ru_utime + used.ru_stime):.1f} documents a CPU second",
        f"peak memory: parent {parent >> 10} MB, largest worker {workers >> 10} MB",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def peak_kb(pid: int | str) -> int:
    """Return the most memory that a process has held, in kB."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1])
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("target", type=Path)
    parser.add_argument("--measure", type=Path, metavar="FOLDER")
    arguments, more = parser.parse_known_args()
    with arguments.target.open("wb") as file:
        file.writelines(line + b"\n" for line in mixed(arguments.count))
    if arguments.measure:
        measure(arguments.target, arguments.measure, more)


if __name__ == "__main__":
    main()

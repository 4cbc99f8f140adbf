"""Print how many questions the interview asks each of the sample people.

``python tools/count_questions.py``: one line for each person. *Topics* are what is
asked at once, such as a list of warning signs; *entries* are what is typed for them.
*More* are the topics that only enrich the guide.
"""

import json
import sys
from datetime import date
from pathlib import Path
from statistics import median

from backguide.guidance.library import load_library
from backguide.interview.engine import Interview
from backguide.resources import templates_root

ROOT = Path(__file__).parents[1]
FOLDERS = (ROOT / "profiles", ROOT / "tests" / "data" / "personas")


def flat(data: dict[str, object], prefix: str = "") -> dict[str, object]:
    """Return a nested profile as answers by path."""
    found: dict[str, object] = {}
    for name, value in data.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def main() -> None:
    """Put the interview to everybody and print the counts."""
    library = load_library(templates_root())
    counts: dict[str, list[int]] = {}
    for path in sorted(p for folder in FOLDERS for p in folder.glob("*.json")):
        answers = flat(json.loads(path.read_text("utf-8")))
        day = date.fromisoformat(str(answers["created_date"]))
        interview = Interview(library, mode="self", day=day)
        given: dict[str, object] = {}
        needed, entries, more = 0, 0, 0
        while (step := interview.step(given)).topic is not None:
            if step.stage == "asking" and not more:
                needed += 1
                entries += 1 if step.topic.is_list else len(step.fields)
            else:
                more += 1
            given |= {name: answers.get(name) for name in step.fields}
        counts.setdefault(step.stage, []).append(needed)
        sys.stdout.write(
            f"{path.stem:28} {step.stage:5} topics {needed:3} entries {entries:3} "
            f"more {more:3}\n"
        )
    for stage, found in sorted(counts.items()):
        sys.stdout.write(
            f"{stage}: {len(found)} people, topics from {min(found)} to {max(found)}, "
            f"median {median(found):g}\n"
        )


if __name__ == "__main__":
    main()

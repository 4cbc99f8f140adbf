"""The three libraries that backguide uses, as their manuals teach them.

click reads the command line, jsonschema judges the profile, reportlab's Platypus lays
it out: untagged, not fitted and not read back. As a script it is what somebody would
write first: ``python manual_peer.py PROFILE -o FILE``.
"""

import json
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import click
from jsonschema import Draft202012Validator

from peers import reportlab_peer

WHOLE = {"type": "integer", "minimum": 0, "maximum": 1000}
WORDS = {"type": "string", "minLength": 1, "maxLength": 80}
NUMBERS = {"type": "array", "items": WHOLE, "minItems": 1, "maxItems": 40}
NUMBERED = ("age", "height", "runs", "distance", "longest", "goal", "sitting", "sleep",
            "first", "cap", "score", "before", "hour", "limit")  # fmt: skip
WORDED = ("number", "name", "day", "until", "phone", "next", "helper")
LISTED = ("topics", "moves", "doses", "chart")
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": [*NUMBERED, *WORDED, *LISTED, "step", "plan"],
    "properties": {
        **dict.fromkeys(NUMBERED, WHOLE),
        **dict.fromkeys(WORDED, WORDS),
        **dict.fromkeys(LISTED, NUMBERS),
        "step": {"type": "number", "minimum": 0, "maximum": 10},
        "plan": {"type": "array", "items": NUMBERS, "minItems": 1},
    },
}
KEPT: dict[str, Draft202012Validator] = {}


def prepare() -> None:
    """Load the fonts and compile the schema once."""
    reportlab_peer.prepare()
    KEPT["judge"] = Draft202012Validator(SCHEMA)


def render(fields: dict[str, Any], size: tuple[int, int]) -> bytes:
    """Return the PDF of a profile that is as its schema says."""
    problems = [error.message for error in KEPT["judge"].iter_errors(fields)]
    if problems:
        raise click.ClickException("; ".join(problems))
    return reportlab_peer.render(fields, size)


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "target", required=True, type=click.Path(path_type=Path))
def main(source: Path, target: Path) -> None:
    """Make the document of one profile."""
    prepare()
    target.write_bytes(render(json.loads(source.read_bytes()), (18, 6)))
    click.echo(f"{target} written")


if __name__ == "__main__":
    main()

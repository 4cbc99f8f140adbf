"""The command that reads what a watch recorded, and proposes answers about running.

The table is the product. Answers are written only after somebody said yes to them.
"""

import json
import time
from datetime import date, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from backguide.cli_files import InputPath, door
from backguide.cli_options import day_of_issue
from backguide.cli_talk import (
    MAX_TOLD,
    confirmed,
    is_terminal,
    print_product,
    say,
)
from backguide.errors import ExitCode, Problem, ProfileError

if TYPE_CHECKING:
    from backguide.runs.files import Diary
    from backguide.runs.summary import Proposal, Summary, Week

WIDEST_BAR: Final = 32
"""Letters of the longest bar."""
_SECONDS: Final = 0.2
"""How often the bar of progress changes."""
_LEAST_BYTES: Final = 8 << 20
"""Files that are read in a moment need no bar."""


def _zone(_: click.Context, __: click.Parameter, value: str | None) -> tzinfo | None:
    if value is None:
        return None
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter(
            "there is no such zone; expected a name such as Europe/London"
        ) from None


@click.command(
    epilog="Example: backguide runs export.zip --into my-answers.json",
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=InputPath("a file of runs"),
    metavar="FILE...",
)
@click.option(
    "--into",
    "answers",
    type=InputPath("the answers"),
    metavar="FILE",
    help="Answers (JSON) that get the values, after you have said yes to them.",
)
@click.option(
    "--yes",
    "is_sure",
    is_flag=True,
    help="Say yes to all values for questions that are open.",
)
@click.option(
    "--replace",
    "is_replacing",
    is_flag=True,
    help="With --yes: write over answers that differ as well.",
)
@click.option(
    "--zone",
    callback=_zone,
    metavar="NAME",
    help="Where you ran, such as Europe/London, for files that do not say it. Default: "
    "the zone of this computer.",
)
@click.option(
    "--table-unit",
    type=click.Choice(["km", "mi"]),
    help="Unit of Garmin's CSV, which does not say it.",
)
@click.option(
    "--unknown-sport",
    type=click.Choice(["run", "other"]),
    help="What activities are that do not name their sport.",
)
@click.option(
    "--until",
    callback=day_of_issue,
    metavar="DATE",
    help="Last day that the files cover, as YYYY-MM-DD. Default: that of the newest "
    "activity, or of the export where it says so.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def runs(
    files: tuple[Path, ...],
    answers: Path | None,
    is_sure: bool,
    is_replacing: bool,
    zone: tzinfo | None,
    table_unit: str | None,
    unknown_sport: str | None,
    until: date | None,
    as_json: bool,
) -> int:
    """Read your runs from watch files, and propose answers about your running.

    FIT, TCX and GPX files, also gzipped, in folders and in the archives that Strava,
    Garmin and Apple Health hand out, and their CSV lists. Nothing in them ever answers
    a safety question. It needs: pip install "backguide[runs]".
    """
    if (is_sure or is_replacing) and answers is None:
        raise click.UsageError("--yes and --replace need --into FILE")
    if is_replacing and not is_sure:
        raise click.UsageError("--replace needs --yes; without it you are asked")
    content = _content(answers) if answers else b""
    diary = _diary(files)
    if diary.refused:
        raise ProfileError("Files of runs", diary.refused)
    summary = _summary(diary, zone, table_unit, unknown_sport, until)
    if not summary.runs:
        raise ProfileError("Files of runs", _no_runs(diary, summary))
    given = _given(content, answers) if answers else {}
    if as_json:
        print_product(json.dumps(_record(summary), indent=2))
    else:
        print_product("\n".join(_lines(summary, given, is_into=answers is not None)))
    _tell_doubts(summary, diary)
    if answers is not None:
        chosen = _chosen(summary, given, is_sure, is_replacing)
        _write(answers, content, chosen)
    return ExitCode.DONE


# --- reading ------------------------------------------------------------------


def _content(answers: Path) -> bytes:
    from backguide.profile.strict_json import read_bytes

    return read_bytes(answers)


def _given(content: bytes, answers: Path) -> dict[str, object]:
    """Return what stands in the answers already, by path."""
    from backguide.profile.amend import answer_at
    from backguide.profile.strict_json import parse_object
    from backguide.runs.summary import PATHS

    data = parse_object(content, answers.name)
    found = {path: answer_at(data, path) for path in PATHS}
    return {path: value for path, value in found.items() if value is not None}


def _diary(files: tuple[Path, ...]) -> "Diary":
    from backguide.runs.files import lacks_libraries, read_runs

    if lacks_libraries():
        raise click.UsageError(
            'files of runs need more libraries: pip install "backguide[runs]"'
        )
    bar = _Bar()
    try:
        return read_runs(files, tell=bar.tell)
    finally:
        bar.end()


class _Bar:
    """How much is read, on a terminal, and only where it takes a while."""

    def __init__(self) -> None:
        self._is_on = is_terminal()
        self._last = time.monotonic()
        self._width = 0

    def tell(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._is_on or total < _LEAST_BYTES or now - self._last < _SECONDS:
            return
        self._last = now
        share = done / total
        bar = "#" * round(share * WIDEST_BAR)
        line = f"Reading [{bar:<{WIDEST_BAR}}] {share:4.0%}"
        self._width = len(line)
        say(f"\r{line}", ends_line=False)

    def end(self) -> None:
        """Take the bar away."""
        if self._width:
            say(f"\r{' ' * self._width}\r", ends_line=False)


def _summary(
    diary: "Diary",
    zone: tzinfo | None,
    unit: str | None,
    unknown_sport: str | None,
    until: date | None,
) -> "Summary":
    from backguide.runs.summary import summarise

    return summarise(
        diary,
        _today(),
        zone=zone,
        unit=unit or "",
        are_unknown_runs=None if unknown_sport is None else unknown_sport == "run",
        until=until,
    )


def _today() -> date:
    """Return the day on the wall calendar."""
    return date.today()  # noqa: DTZ011


def _no_runs(diary: "Diary", summary: "Summary") -> tuple[Problem, ...]:
    words = f"no run in them; activities of any sport: {len(diary.activities)}"
    return (Problem("", words, "", "E_NO_RUN"), *summary.doubts, *diary.passed_over)


# --- telling ------------------------------------------------------------------


def _lines(summary: "Summary", given: dict[str, object], *, is_into: bool) -> list[str]:
    count = f"{len(summary.runs)} run{'' if len(summary.runs) == 1 else 's'}"
    lines = [f"{count}. Weeks of seven days, the newest last:", ""]
    lines += _picture(summary.weeks)
    lines += ["", "What they say about your running. Is it right?"]
    from backguide.profile.facts import known_facts

    for proposal in summary.proposals:
        fact = known_facts()[proposal.path]
        lines.append(f"  {fact.title}: {_amount(proposal)}")
        lines.append(f"    from: {proposal.source}")
        if is_into and proposal.path in given:
            lines.append(f"    in your answers: {_told(given[proposal.path])}")
    if not summary.proposals:
        lines.append("  nothing; see the doubts")
    return lines


def _picture(weeks: "tuple[Week, ...]") -> list[str]:
    """Return a table with a bar for each week; that of the longest run is marked."""
    most = max((week.km for week in weeks), default=0.0)
    longest = max((week.longest_km for week in weeks if week.is_covered), default=0.0)
    marked = [week for week in weeks if week.is_covered and week.longest_km == longest]
    lines = ["  week                runs     km  longest"]
    for week in weeks:
        span = (
            f"{week.first.day:>2} {week.first:%b} - {week.last.day:>2} {week.last:%b}"
        )
        if not week.is_covered:
            some = f", {week.runs} in it" if week.runs else ""
            lines.append(f"  {span:<19} not wholly in the files{some}")
            continue
        bar = "#" * round(week.km / most * WIDEST_BAR) if most else ""
        mark = "*" if longest and week is marked[-1] else " "
        lines.append(
            f"  {span:<19}{week.runs:>5}{week.km:>7.1f}{week.longest_km:>8.1f}{mark}"
            f" {bar}".rstrip()
        )
    if longest:
        lines.append("  * has the longest run")
    return lines


def _amount(proposal: "Proposal") -> str:
    from backguide.profile.facts import known_facts

    fact, value = known_facts()[proposal.path], proposal.value
    if proposal.path.endswith("pace_min_per_km"):
        minutes, seconds = divmod(round(value * 60), 60)
        return f"{value:g} {fact.unit} ({minutes}:{seconds:02})"
    return f"{value:g} {fact.unit}"


def _told(value: object) -> str:
    """Return an answer that stands in the file; a text is not repeated."""
    return f"{value:g}" if isinstance(value, int | float) else "something else"


def _tell_doubts(summary: "Summary", diary: "Diary") -> None:
    problems = [*summary.doubts, *diary.passed_over]
    if problems:
        say("Doubts:")
    for problem in problems[:MAX_TOLD]:
        say("  " + str(problem).replace("\n", "\n  "))
    if len(problems) > MAX_TOLD:
        say(f"  and {len(problems) - MAX_TOLD:,} more")


def _record(summary: "Summary") -> dict[str, Any]:
    return {
        "runs": len(summary.runs),
        "weeks": [
            {
                "first": week.first.isoformat(),
                "last": week.last.isoformat(),
                "covered": week.is_covered,
                "runs": week.runs,
                "km": round(week.km, 2),
                "longest_km": round(week.longest_km, 2),
            }
            for week in summary.weeks
        ],
        "proposals": [
            {"field": p.path, "value": p.value, "source": p.source}
            for p in summary.proposals
        ],
        "doubts": [
            {"code": p.code, "message": p.message, "hint": p.hint}
            for p in summary.doubts
        ],
    }


# --- writing ------------------------------------------------------------------


def _chosen(
    summary: "Summary", given: dict[str, object], is_sure: bool, is_replacing: bool
) -> dict[str, float | int]:
    """Return the values that somebody said yes to."""
    from backguide.profile.facts import known_facts

    new = {p.path: p.value for p in summary.proposals if p.path not in given}
    other = {
        p.path: p.value
        for p in summary.proposals
        if p.path in given and given[p.path] != p.value
    }
    chosen: dict[str, float | int] = {}
    if not new and not other:
        say("These answers stand in the file already.")
    if new and (is_sure or confirmed(f"Put these {len(new)} into your open answers?")):
        chosen |= new
    for path, value in other.items():
        title = known_facts()[path].title
        if is_sure and not is_replacing:
            say(f"{title}: your own answer stays; add --replace to write over it")
            continue
        words = f"{title}: write {value:g} over {_told(given[path])}?"
        if is_replacing or confirmed(words):
            chosen[path] = value
    return chosen


def _write(answers: Path, content: bytes, chosen: dict[str, float | int]) -> None:
    from backguide.profile.amend import amended

    if not chosen:
        say(f"{answers.name}: nothing was written.")
        return
    after = amended(content, chosen, answers.name)
    door().amend(answers, content, after)
    count = f"{len(chosen)} answer{'' if len(chosen) == 1 else 's'}"
    say(f"{answers}: {count} written. Next: backguide check {answers}")

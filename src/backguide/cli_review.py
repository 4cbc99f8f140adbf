"""``content review``: print the content for a clinician, and write down their word."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from backguide.cli_files import InputPath, OutputPath, door, force_option
from backguide.cli_options import PAPERS, day_of_issue, templates_option
from backguide.cli_talk import say
from backguide.errors import ExitCode, Problem, system_words
from backguide.output import Kind, Place, beside
from backguide.resources import templates_root

if TYPE_CHECKING:
    from backguide.packet.listing import PacketList

LIST_ENDING: Final = ".list.json"
MOST_LIST_BYTES: Final = 4_194_304


@click.command(
    "review",
    epilog="Example: backguide content review -o packet.pdf; when it is signed: "
    "backguide content review --accept en/sections/shoes.md --packet "
    'packet.list.json --by "NAME" --on 2026-12-01',
)
@click.argument("files", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=OutputPath(),
    help="PDF to write, or a folder for it. Its list is written beside it, as "
    f"NAME{LIST_ENDING}.",
)
@click.option(
    "--since",
    type=InputPath("the list of an earlier packet"),
    help=f"Print only what is new or changed since that packet (NAME{LIST_ENDING}).",
)
@click.option(
    "--paper",
    type=PAPERS,
    default="A4",
    help="Paper size.",
)
@click.option(
    "--accept",
    "is_accepting",
    is_flag=True,
    help="Write into the heads of FILES who reviewed them, and when.",
)
@click.option(
    "--packet",
    type=InputPath("the list of the packet"),
    help="With --accept: the list of the packet that was read.",
)
@click.option("--by", metavar="NAME", help="With --accept: who reviewed them.")
@click.option(
    "--on",
    callback=day_of_issue,
    metavar="DATE",
    help="With --accept: the day of the review, as YYYY-MM-DD.",
)
@force_option
@templates_option
def review(
    files: tuple[str, ...],
    output: Place | None,
    since: Path | None,
    paper: str,
    is_accepting: bool,
    packet: Path | None,
    by: str | None,
    on: date | None,
    templates: Path | None,
) -> int:
    """Print the content to be read and signed, or note that FILES were.

    The packet holds every text, rule, number and drawing, what can hurt most first,
    each with its condition in words, its sources and the page of a sample that shows
    it. --accept refuses a file that was changed since the packet was printed.
    """
    own, other = (
        ({"--packet": packet, "--by": by, "--on": on}, {"-o": output, "--since": since})
    )  # fmt: skip
    if is_accepting:
        missing = [name for name, value in own.items() if value is None]
        missing = ["FILES", *missing] if not files else missing
        if missing:
            raise click.UsageError(f"--accept also needs {', '.join(missing)}")
        if given := [name for name, value in other.items() if value is not None]:
            raise click.UsageError(f"{', '.join(given)} cannot go with --accept")
        assert packet is not None and by is not None and on is not None  # noqa: S101, PT018
        return _accept(files, templates, _read_list(packet, "--packet"), by, on)
    if files or (given := [name for name, value in own.items() if value is not None]):
        told = "FILES" if files else ", ".join(given)
        raise click.UsageError(f"{told} can be given with --accept only")
    if output is None:
        raise click.UsageError("-o FILE is missing: where the packet is written")
    before = _read_list(since, "--since") if since else None
    return _print(output, before, paper, templates)


def _print(
    output: Place, before: "PacketList | None", paper: str, templates: Path | None
) -> int:
    from backguide.guidance.built_in import library_at
    from backguide.packet.evidence import read_evidence
    from backguide.packet.items import every_item
    from backguide.packet.listing import as_bytes, changed_since, gone_since, list_of
    from backguide.packet.pages import make_packet
    from backguide.packet.people import People

    target = door().file_at(output, "packet.pdf")
    beside_it = beside(target, LIST_ENDING)
    door().check((target, Kind.PDF), (beside_it, Kind.PACKET))
    library = library_at(templates)
    try:
        evidence = read_evidence(templates or templates_root())
    except OSError as error:
        raise click.UsageError(
            f"docs/evidence.md cannot be read: {system_words(error)}"
        ) from None
    every = every_item(library, evidence)
    printed = every if before is None else changed_since(every, before)
    for name in gone_since(every, before) if before else ():
        say(f"No longer there: {name}")
    if not printed:
        say("Nothing is new or changed, so there is nothing to print.")
        return ExitCode.DONE
    today = _today()
    since = f"the packet of backguide {before.version}, {before.printed_on}" \
        if before else ""  # fmt: skip
    made = make_packet(printed, library, evidence, People(library), today, paper=paper,
                       since=since)  # fmt: skip
    listed = as_bytes(list_of(every, printed, today))
    door().write_all((target, made.pdf, Kind.PDF), (beside_it, listed, Kind.PACKET))
    count = f"{made.items} item{'' if made.items == 1 else 's'}"
    say(
        f"{target}: {count} on {made.pages} pages, about {made.minutes} "
        "minutes of reading"
    )
    say(f"{beside_it}: its list, for --since and --accept")
    return ExitCode.DONE


def _accept(
    files: tuple[str, ...],
    templates: Path | None,
    listed: "PacketList",
    by: str,
    on: date,
) -> int:
    from backguide.packet.accept import accepted

    root = templates or templates_root()
    if not isinstance(root, Path):
        raise click.UsageError("the built-in content is no folder; use --templates DIR")
    found, problems = accepted(files, root, listed, by=by, on=on, today=_today())
    if problems:
        raise click.UsageError(_told(problems))
    for file in found:
        door().amend(file.path, file.before, file.after)
        say(f"{file.path.name}: reviewed by {by.strip()} on {on}")
    return ExitCode.DONE


def _told(problems: tuple[Problem, ...]) -> str:
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    return "\n".join([f"nothing was written: {count}", *map(str, problems)])


def _read_list(path: Path, option: str) -> "PacketList":
    from backguide.packet.listing import from_bytes
    from backguide.reading import read_file

    try:
        return from_bytes(read_file(path, MOST_LIST_BYTES))
    except OSError as error:
        words = system_words(error)
    except ValueError as error:
        words = str(error)
    raise click.BadParameter(f"{path.name}: {words}", param_hint=option)


def _today() -> date:
    return date.today()  # noqa: DTZ011

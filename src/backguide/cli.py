"""The command line: the only place that prints, and the only one that exits.

Standard output carries the product only (a PDF, a schema, a report); all talk
goes to standard error. ``--help`` and ``check`` do not load the layout.
"""

import io
import json
import os
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from backguide.about import __version__
from backguide.cli_ask import ask
from backguide.cli_batch import COMMANDS
from backguide.cli_columns import columns
from backguide.cli_fhir import fhir
from backguide.cli_files import InputPath, OutputPath, door, force_option
from backguide.cli_options import (
    LENGTHS,
    LOCALES,
    MODES,
    PAPERS,
    RELEASES,
    approved_by_option,
    clinic_option,
    day_of_issue,
    fillable_option,
    ink_option,
    large_print_option,
    printable,
    templates_option,
)
from backguide.cli_review import review
from backguide.cli_runs import runs
from backguide.cli_serve import serve
from backguide.cli_sheet import intake_sheet
from backguide.cli_talk import (
    end_of_output,
    hold_standard_streams,
    is_screen,
    output_failed,
    print_product,
    say,
    write_product,
)
from backguide.errors import (
    BackguideError,
    ExitCode,
    PipeClosedError,
    Problem,
    ProfileError,
    limit_words,
    system_words,
)
from backguide.output import Kind, Place, beside
from backguide.resources import templates_root

if TYPE_CHECKING:
    from backguide.clinic import Clinic
    from backguide.fhir.questionnaire import Release
    from backguide.fhir.response import Read
    from backguide.guidance.by_hand import ByHand
    from backguide.guidance.library import Library
    from backguide.making import Made, Options
    from backguide.profile.load import Profile

NOTE_ENDING: Final = ".note.txt"
REPORT_BUG: Final = (
    "This is a bug in backguide, not a fault of yours. Please report it with the "
    "line above. It holds no answer of the profile."
)


class _Group(click.Group):
    """The one door where exceptions become messages and exit codes."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and return through ``sys.exit`` with a code of ``ExitCode``."""
        kwargs["standalone_mode"] = False
        sys.exit(_code_of(lambda: super(_Group, self).main(*args, **kwargs)))


def _code_of(command: Callable[[], Any]) -> int:
    """Run a command to its end, tell what went wrong, and return the exit code."""
    try:
        hold_standard_streams()
        code = command()
        end_of_output()
    except (click.exceptions.Abort, KeyboardInterrupt):
        say("Stopped.")
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        say(_usage_words(error))
        return error.exit_code
    except SystemExit:
        # Click leaves this way, and no other, when nobody reads its help any more.
        return ExitCode.PIPE_CLOSED
    except PipeClosedError as error:
        return error.exit_code
    except BackguideError as error:
        say(str(error))
        return error.exit_code
    except RecursionError:
        say("The profile is nested too deeply.")
        return ExitCode.PROFILE_INVALID
    except Exception as error:  # noqa: BLE001  the last door
        return _last_words(error)
    return code if isinstance(code, int) else ExitCode.DONE


def _usage_words(error: click.ClickException) -> str:
    """Return what click would print of a wrong call."""
    stream = io.StringIO()
    error.show(stream)
    return stream.getvalue().rstrip("\n")


def _last_words(error: Exception) -> int:
    """Tell of an error that nobody expected, and return the exit code.

    What the limits of the system cause is no bug of ours; everything else is.
    """
    if isinstance(error, OSError) and error.filename is None:
        # Help and usage are printed by click, which names no file.
        error = output_failed(error)
        if not isinstance(error, PipeClosedError):
            say(str(error))
        return error.exit_code
    if words := limit_words(error):
        say(words)
        return ExitCode.OUTPUT_FAILED
    _tell_bug(error)
    return ExitCode.BUG


def _tell_bug(error: Exception) -> None:
    """Name the kind and the place of a bug, never a text of the profile."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "backguide" in f.filename] or list(frames)
    place = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "?"
    say(f"E_INTERNAL {type(error).__name__} at {place} (backguide {__version__})")
    say(REPORT_BUG)
    if os.environ.get("BACKGUIDE_DEBUG"):
        say("BACKGUIDE_DEBUG is set: what follows may hold answers of the profile.")
        say("".join(traceback.format_exception(error)))


EXAMPLES: Final = """\b
Three ways to use it:
  at the counter    backguide make profile.json --paper A4
  a folder of them  backguide batch profiles/ -o handouts/
  at home           backguide new -o my-answers.json, then check and make
"""


@click.group(cls=_Group, epilog=EXAMPLES, context_settings={"max_content_width": 88})
@click.version_option(__version__, prog_name="backguide")
def main() -> None:
    """Print a personal guide: is running good or bad for my back, and what now?

    backguide turns a runner's profile (JSON) into a PDF. It gives information,
    never a diagnosis. It needs no network and sends nothing anywhere.
    """
    os.umask(0o077)


_PROFILE_PATH: Final = InputPath("the profile")


def _profile_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument("profile", type=_PROFILE_PATH)(command)


def _read_profile(path: Path, library: "Library") -> "Profile":
    return _read_one(path, library, _today())[0]


def _read_one(
    path: Path, library: "Library", day: date
) -> "tuple[Profile, Read | None]":
    """Return the one profile of a file, and the response in FHIR that it came as."""
    found = _read_all(path, library, day)
    if len(found) != 1:
        words = f"expected the answers of one person, got {len(found)} responses"
        hint = "for several persons use backguide batch"
        raise ProfileError(_name_of(path), (Problem("", words, hint, "E_SEVERAL"),))
    (_, result) = found[0]
    if isinstance(result, ProfileError):
        raise result
    return result


def _name_of(path: Path) -> str:
    return "standard input" if str(path) == "-" else path.name


def _read_all(
    path: Path, library: "Library", day: date
) -> "list[tuple[str, tuple[Profile, Read | None] | ProfileError]]":
    """Return every profile of a file with its place, and why some cannot be used.

    Only a file of responses in FHIR can hold several. A sheet that a call for help
    ended may say no day; it is then of the day of issue.
    """
    from backguide.profile.load import profile_from_bytes
    from backguide.profile.strict_json import may_be_fhir, may_be_sheet

    source = _name_of(path)
    try:
        content = _content_of(path)
        if may_be_sheet(content):
            from backguide.intake.answers import profile_of_sheet

            content = profile_of_sheet(content, source, library, day)
            return [("", (profile_from_bytes(content, source), None))]
        if may_be_fhir(content):
            from backguide.fhir.reading import read_responses

            responses = read_responses(content, source, library)
            if responses is not None:
                return [
                    (place, r if isinstance(r, ProfileError) else _checked(r, source))
                    for place, r in responses
                ]
        return [("", (profile_from_bytes(content, source), None))]
    except ProfileError as error:
        return [("", error)]


def _checked(read: "Read", source: str) -> "tuple[Profile, Read]":
    from backguide.profile.load import profile_from_bytes

    return profile_from_bytes(read.content, source), read


def _content_of(path: Path) -> bytes:
    """Return the bytes of a file or of standard input."""
    from backguide.profile.strict_json import (
        MAX_BYTES,
        MOST_FHIR_BYTES,
        may_be_large,
        read_json_file,
    )

    if str(path) != "-":
        return read_json_file(path)
    if sys.stdin is None:
        problem = Problem("", "it is closed", "", "E_NOT_READABLE")
        raise ProfileError("standard input", (problem,))
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
        if may_be_large(content):
            content += sys.stdin.buffer.read(MOST_FHIR_BYTES)
        return content
    except (OSError, ValueError) as error:
        words = system_words(error) if isinstance(error, OSError) else "closed"
        problem = Problem("", f"cannot be read: {words}", "", "E_NOT_READABLE")
        raise ProfileError("standard input", (problem,)) from None


def _library(templates: Path | None) -> "Library":
    from backguide.guidance.built_in import library_at

    return library_at(templates)


length_option = click.option(
    "--length",
    type=LENGTHS,
    help="short: the least; standard: up to 2 sheets; full: all that applies.",
)
paper_option = click.option(
    "--paper",
    type=PAPERS,
    help="Paper size. Default: what the profile says.",
)


keep_option = click.option(
    "--keep",
    multiple=True,
    metavar="SECTION",
    help="Keep this section in if it applies, whatever the room. Repeat it for more.",
)
drop_option = click.option(
    "--drop",
    multiple=True,
    metavar="SECTION",
    help="Leave this section out; needs --because. Repeat both for more.",
)
because_option = click.option(
    "--because",
    multiple=True,
    metavar="TEXT",
    help="Why the section of the --drop before it is left out; for the record.",
)


@main.command(epilog="Example: backguide make profiles/desk-worker.json --length short")
@_profile_argument
@click.option(
    "-o",
    "--output",
    type=OutputPath(may_be_standard_output=True),
    help="File to write, or a folder for it (guides/); - for standard output. Default: "
    "a name made of id, date and code, in this folder.",
)
@force_option
@length_option
@paper_option
@large_print_option
@keep_option
@drop_option
@because_option
@ink_option
@approved_by_option("this guide")
@click.option(
    "--issued-on",
    callback=day_of_issue,
    metavar="DATE",
    help="Day of issue as YYYY-MM-DD. Default: today.",
)
@click.option(
    "--note",
    "with_note",
    is_flag=True,
    help="Also write the text for the patient record beside the PDF, as NAME.note.txt.",
)
@click.option(
    "--fhir-out",
    type=OutputPath(),
    metavar="FILE",
    help="Also write a FHIR DocumentReference with the PDF and the note in it.",
)
@click.option(
    "--fhir-release",
    type=RELEASES,
    default="R4",
    help="Release of FHIR for --fhir-out. Default: R4.",
)
@click.option(
    "--logo",
    type=InputPath("the logo"),
    help="Clinic logo, PNG or JPEG, up to 1 MB.",
)
@clinic_option
@fillable_option
@templates_option
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Say what was made as JSON on standard error.",
)
def make(
    profile: Path,
    output: Place | None,
    length: str | None,
    paper: str | None,
    large_print: str,
    keep: tuple[str, ...],
    drop: tuple[str, ...],
    because: tuple[str, ...],
    ink: str | None,
    approved_by: str,
    issued_on: date | None,
    with_note: bool,
    fhir_out: Place | None,
    fhir_release: "Release",
    logo: Path | None,
    clinic: "Clinic | None",
    is_fillable: bool,
    templates: Path | None,
    as_json: bool,
) -> int:
    """Make one handout from a profile (- reads standard input).

    The answers may also be a FHIR QuestionnaireResponse (see docs/fhir.md).

    Exit code 5 means: held back for safety. Then an urgent page was made in
    place of a guide, because a warning sign was found or not answered.
    """  # fmt: skip
    if with_note and output is not None and output.is_standard_output:
        raise click.UsageError("--note needs a file to stand beside; use -o FILE")
    day, library = issued_on or _today(), _library(templates)
    checked, response = _read_one(profile, library, day)
    from backguide.document import has_form
    from backguide.making import make_handout

    options = replace(
        _options(length, paper, large_print, clinic=clinic),
        by_hand=_by_hand(keep, drop, because),
        issued_on=day,
        ink=ink or "",
        approved_by=approved_by,
        logo=logo,
        is_fillable=is_fillable,
    )
    made = make_handout(checked, library, options)
    if is_fillable and not has_form(made.handout):
        door().warn("there is no diary in this guide, so there is nothing to fill in")
    record = None
    if fhir_out is not None:
        record = fhir_out, _document_reference(made, response, fhir_release, options)
    target = _write(made, output or Place(Path()), with_note=with_note, record=record)
    _report(made, target, as_json, library)
    if not as_json:
        _say_notices(made.notices)
    held = made.selection.triage.is_held_back
    return ExitCode.HELD_BACK if held else ExitCode.DONE


def _options(
    length: str | None,
    paper: str | None,
    large_print: str,
    *,
    clinic: "Clinic | None",
) -> "Options":
    """Return what the command line says about a guide of today."""
    from backguide.making import Options

    return Options(
        issued_on=_today(),
        program_version=__version__,
        length=length or "",
        paper=paper or "",
        large_print=large_print,
        clinic=clinic,
    )


def _by_hand(
    keep: tuple[str, ...], drop: tuple[str, ...], because: tuple[str, ...]
) -> "ByHand":
    """Return what is kept and dropped; each drop has its reason, in the same order."""
    from backguide.guidance.by_hand import ByHand

    if len(drop) != len(because) or not all(text.strip() for text in because):
        raise click.UsageError("each --drop needs one --because TEXT: why it is out")
    reasons = [printable(text, "--because") for text in because]
    return ByHand(keep, tuple(zip(drop, reasons, strict=True)))


def _document_reference(
    made: "Made", response: "Read | None", release: "Release", options: "Options"
) -> bytes:
    from backguide.fhir.document_reference import Guide, document_reference

    guide = Guide(
        pdf=made.pdf,
        note=made.chart_note,
        code=made.handout.furniture.code,
        issued_on=made.handout.issued_on,
        language="en",
        is_final=bool(options.approved_by),
        subject=response.subject if response else "",
        response_id=response.resource_id if response else "",
    )
    return document_reference(guide, release)


def _write(
    made: "Made",
    place: Place,
    *,
    with_note: bool,
    record: tuple[Place, bytes] | None = None,
) -> str:
    """Write the guide, its note and its FHIR record if asked for, all or none."""
    files = []
    if record is not None:
        name = f"{Path(made.file_name).stem}.fhir.json"
        files.append((door().file_at(record[0], name), record[1], Kind.FHIR))
    if place.is_standard_output:
        if is_screen():
            raise click.UsageError("a PDF is not for the screen; use -o FILE")
        if files:
            door().write_all(*files)
        write_product(made.pdf)
        return "-"
    target = door().file_at(place, made.file_name)
    files.append((target, made.pdf, Kind.PDF))
    if with_note:
        note = f"{made.chart_note}\n".encode()
        files.append((beside(target, NOTE_ENDING), note, Kind.NOTE))
    door().write_all(*files)
    return str(target)


def _say_notices(notices: tuple[Problem, ...], indent: str = "") -> None:
    """Tell of questions that are new or gone since the version of the answers."""
    for notice in notices:
        say(textwrap.indent(str(notice), indent))


def _report(made: "Made", target: str, as_json: bool, library: "Library") -> None:
    from backguide.contents import record_of, told

    triage = made.selection.triage
    if as_json:
        say(
            json.dumps(
                {
                    "file": target,
                    "level": triage.state,
                    "flags": [item.flag.id for item in triage.flags],
                    "unanswered": list(triage.unanswered),
                    **record_of(made, library),
                    "sections": list(made.handout.section_ids),
                    "dropped": list(made.dropped),
                    "note_withheld": made.is_note_withheld,
                    "code": made.handout.furniture.code,
                    "sample": made.is_sample,
                    "notices": [_problem_record(notice) for notice in made.notices],
                    "warnings": door().take_warnings(),
                }
            )
        )
        return
    if triage.state == "UNANSWERED":
        say("Held back: safety questions are not answered. Answer these first:")
        for path in triage.unanswered:
            say(f"  {path}")
    elif triage.is_held_back:
        flags = ", ".join(item.flag.id for item in triage.flags)
        say(f"Held back: {triage.state} ({flags}). An urgent page was made instead.")
    if target != "-":
        sheets = (made.pages + 1) // 2
        pages = f"{made.pages} page{'s' if made.pages > 1 else ''}"
        paper = f"{sheets} sheet{'s' if sheets > 1 else ''}"
        say(f"{target}: {pages}, {paper} printed on both sides")
    if made.is_sample:
        say("This is a sample: its person is invented, and each page says so.")
    if made.pages_over:
        count = f"{made.pages_over} page{'s' if made.pages_over > 1 else ''}"
        say(f"Longer than asked by {count}: what must print does not fit on fewer.")
    if made.is_note_withheld:
        say("The attached note of the clinic is not printed behind an urgent page.")
    for line in told(made, library):
        say(line)


@main.command(epilog="Example: backguide new -o my-answers.json --locale en-GB")
@click.option(
    "-o",
    "--output",
    type=OutputPath(may_be_standard_output=True),
    required=True,
    help="File to write; - for standard output. A file that is there stays.",
)
@click.option(
    "--mode",
    type=MODES,
    default="self",
    help="Who answers: the runner alone, or a clinician with the runner.",
)
@click.option(
    "--locale",
    type=click.Choice(LOCALES),
    help="Country; it settles whom to call and the paper. Default: left open.",
)
@click.option(
    "--units",
    type=click.Choice(["metric", "imperial"]),
    help="Units on the page: km, or miles with feet and pounds. Default: left open.",
)
@force_option
def new(output: Place, mode: str, locale: str | None, units: str | None) -> int:
    """Write a blank profile: every question, and every answer open."""
    from backguide.profile.blank import blank_profile

    content = blank_profile(mode, _today(), locale=locale, units=units)
    if output.is_standard_output:
        write_product(content)
        return ExitCode.DONE
    target = door().file_at(output, "my-answers.json")
    door().write_all((target, content, Kind.ANSWERS))
    say(f"{target}: a blank profile. Answer it in a text editor, then run:")
    say(f"  backguide check {target}")
    if mode == "self":
        say("Your watch, Strava, Garmin or Apple Health knows how far you run:")
        say(f"  backguide runs EXPORT --into {target}")
    return ExitCode.DONE


@main.command(epilog="Example: backguide check profiles/*.json")
@click.argument(
    "profiles",
    nargs=-1,
    required=True,
    type=_PROFILE_PATH,
)
@clinic_option
@templates_option
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(
    profiles: tuple[Path, ...],
    clinic: "Clinic | None",
    templates: Path | None,
    as_json: bool,
) -> int:
    """Check profiles as of today and tell every finding at once. Makes nothing."""
    from backguide.guidance.triage import assess

    results: list[dict[str, Any]] = []
    code = ExitCode.DONE
    library = _library(templates)
    for name, read in _all_of(profiles, library):
        try:
            if isinstance(read, ProfileError):
                raise read
            checked = _as_of_today(read[0], library, clinic, name)
        except ProfileError as error:
            code = ExitCode.PROFILE_INVALID
            results.append(_finding_record(name, error.problems))
            if not as_json:
                say(_grouped(error))
            continue
        triage = assess(checked.facts, library.flags)
        record = _finding_record(name, notices=checked.notices)
        record["sample"] = checked.is_sample
        record["unanswered"] = list(triage.unanswered)
        results.append(record)
        if not as_json:
            say(f"{name}: valid")
            if checked.is_sample:
                say(f"  {A_SAMPLE}")
            if triage.state == "UNANSWERED":
                say(f"  {_open_words(triage.unanswered)}")
            _say_notices(checked.notices, "  ")
    if as_json:
        print_product(json.dumps(results, indent=2))
    return code


def _all_of(
    paths: tuple[Path, ...], library: "Library"
) -> "Iterator[tuple[str, tuple[Profile, Read | None] | ProfileError]]":
    """Yield what each file holds, with the name that it is told by."""
    for path in paths:
        name = "standard input" if str(path) == "-" else str(path)
        for place, read in _read_all(path, library, _today()):
            yield f"{name} {place}".strip(), read


A_SAMPLE: Final = (
    "a sample: its person is invented, and each page says so. For answers of your own "
    "begin with: backguide new -o my-answers.json"
)
MAX_NAMED: Final = 3
"""Of the open safety questions, so many are named."""


def _open_words(unanswered: tuple[str, ...]) -> str:
    named = ", ".join(unanswered[:MAX_NAMED])
    more = ", ..." if len(unanswered) > MAX_NAMED else ""
    count = len(unanswered)
    questions = "question is" if count == 1 else "questions are"
    return (
        f"{count} safety {questions} open ({named}{more}): a page made now asks for "
        "them in place of a guide"
    )


def _as_of_today(
    checked: "Profile",
    library: "Library",
    clinic: "Clinic | None",
    name: str = "the profile",
) -> "Profile":
    """Return a profile as a page made today would use it."""
    from backguide.clinic import require_clinician, with_clinic
    from backguide.guidance.ageing import on_day

    checked = on_day(checked, library, _today(), name)
    if clinic is not None:
        checked = with_clinic(checked, clinic)
    require_clinician(checked, name)
    return checked


def _today() -> date:
    """Return the day on the wall calendar."""
    return date.today()  # noqa: DTZ011


def _grouped(error: ProfileError) -> str:
    """Return the findings by group, in the order in which one asks the questions."""
    from backguide.profile.blank import place_of_question
    from backguide.profile.facts import schema

    def group_of(problem: Problem) -> str:
        group = problem.where.partition(".")[0]
        return group if "properties" in schema()["properties"].get(group, {}) else ""

    groups = {group_of(problem) for problem in error.problems}
    if len(groups) < 2:
        return str(error)
    lines = [f"{error.source}: {len(error.problems)} problems"]
    last = None
    for problem in sorted(error.problems, key=lambda p: place_of_question(p.where)):
        if (group := group_of(problem)) != last:
            last = group
            title = schema()["properties"].get(group, {}).get("title", "")
            lines.append(f"  {title} ({group})" if group else "  The file as a whole")
        words = str(problem).replace("\n    ", "\n  ")
        lines.append(textwrap.indent(words, "    "))
    return "\n".join(lines)


def _finding_record(
    name: str, problems: tuple[Problem, ...] = (), *, notices: tuple[Problem, ...] = ()
) -> dict[str, Any]:
    return {
        "file": name,
        "valid": not problems,
        "problems": [_problem_record(problem) for problem in problems],
        "notices": [_problem_record(notice) for notice in notices],
    }


def _problem_record(problem: Problem) -> dict[str, str]:
    return {
        "code": problem.code,
        "field": problem.where,
        "label": problem.label,
        "message": problem.message,
        "hint": problem.hint,
    }


@main.command(epilog="Example: backguide explain profiles/desk-worker.json")
@_profile_argument
@length_option
@paper_option
@large_print_option
@keep_option
@drop_option
@because_option
@clinic_option
@templates_option
@click.option("--json", "as_json", is_flag=True, help="Print the decisions as JSON.")
def explain(
    profile: Path,
    length: str | None,
    paper: str | None,
    large_print: str,
    keep: tuple[str, ...],
    drop: tuple[str, ...],
    because: tuple[str, ...],
    clinic: "Clinic | None",
    templates: Path | None,
    as_json: bool,
) -> int:
    """Tell what a guide made today holds, on which page, and why or why not.

    It is decided and laid out as "make" does it, and nothing is written.
    """
    from backguide.making import make_handout

    library = _library(templates)
    checked = _read_profile(profile, library)
    options = replace(
        _options(length, paper, large_print, clinic=clinic),
        by_hand=_by_hand(keep, drop, because),
    )
    made = make_handout(checked, library, options, is_drawn=False)
    _say_notices(made.notices)
    print_product(
        json.dumps(_explanation(made, library), indent=2)
        if as_json
        else _explanation_text(made, library)
    )
    held = made.selection.triage.is_held_back
    return ExitCode.HELD_BACK if held else ExitCode.DONE


def _explanation(made: "Made", library: "Library") -> dict[str, Any]:
    from backguide.contents import left_out_of, parts_of
    from backguide.guidance.condition import Truth

    selection = made.selection
    printed = {part.id: part for part in parts_of(made, library)}
    left = {item.id: item for item in left_out_of(made, library)}
    triggered = {item.flag.id: item for item in selection.triage.flags}
    cleared = {item.flag.id for item in selection.triage.cleared}
    flags = []
    for flag in library.flags:
        truths = [rule.when.evaluate(selection.facts) for rule in flag.rules]
        item = triggered.get(flag.id)
        state = "cleared" if flag.id in cleared else max(truths, default=Truth.NO).name
        because = [test.fact for test in item.because] if item else []
        flags.append(
            {
                "id": flag.id,
                "concern": flag.concern,
                "state": state.lower(),
                "level": item.level.name if item else "",
                "because": because,
            }
        )
    return {
        "level": selection.triage.state,
        "pages": made.pages,
        "pages_over": made.pages_over,
        "unanswered": list(selection.triage.unanswered),
        "flags": flags,
        "sections": [
            {
                "id": d.section.id,
                "title": d.section.title,
                "kind": library.kind_of(d.section),
                "decision": left[d.section.id].rule if d.section.id in left else d.rule,
                "form": part.form if part else None,
                "page": part.page if part else None,
                "last_page": part.last_page if part else None,
                "condition": d.truth.name.lower(),
                "reason": left.get(d.section.id, d).reason
                or "part of every guide of this level",
                "not_answered": list(d.missing),
            }
            for d in selection.decisions
            for part in (printed.get(d.section.id),)
        ],
        "exercises": [
            {
                "id": pick.exercise.id,
                "name": pick.exercise.name,
                "chosen": pick.is_chosen,
                "reason": pick.reason,
                "variant": pick.form.id,
                "changes": [pick.because] if pick.because else [],
            }
            for pick in selection.picks
        ],
    }


def _explanation_text(made: "Made", library: "Library") -> str:
    from backguide.contents import told as contents

    told = _explanation(made, library)
    lines = [f"Level: {told['level']}", f"Pages: {told['pages']}"]
    if told["pages_over"]:
        lines.append(f"Longer than asked by: {told['pages_over']}")
    lines += ["", "What prints", *(f"  {line}" for line in contents(made, library))]
    lines.append("")
    if told["unanswered"]:
        lines.append(f"Answer first: {', '.join(told['unanswered'])}")
    lines += ["", "Warning signs"]
    for flag in told["flags"]:
        because = f" (from {', '.join(flag['because'])})" if flag["because"] else ""
        level = f" {flag['level']}" if flag["level"] else ""
        lines.append(
            f"  {flag['id']} {flag['state']}{level}: {flag['concern']}{because}"
        )
    lines += ["", "Sections"]
    for section in told["sections"]:
        mark = "+" if section["decision"] == "included" else "-"
        lines.append(
            f"  {mark} {section['id']} [{_place(section)}; condition "
            f"{section['condition']}]: {section['reason']}"
        )
    lines += ["", "Exercises"]
    for item in told["exercises"]:
        mark = "+" if item["chosen"] else "-"
        words = item["reason"] or "; ".join(item["changes"]) or "chosen"
        lines.append(f"  {mark} {item['id']} {item['name']}: {words}")
    return "\n".join(lines)


def _place(section: dict[str, Any]) -> str:
    """Return the decision; of what prints its kind, form and page as well."""
    if section["page"] is None:
        return str(section["decision"])
    return f"included, {section['kind']}, {section['form']}, page {section['page']}"


@main.command(epilog="Example: backguide facts | less")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def facts(as_json: bool) -> int:
    """List every fact that a condition or a placeholder may use."""
    from backguide.profile.facts import known_facts

    rows = [
        {
            "fact": fact.path,
            "kind": fact.kind,
            "title": fact.title,
            "unit": fact.unit,
            "minimum": fact.minimum,
            "maximum": fact.maximum,
            "choices": list(fact.choices),
            "derived": fact.is_derived,
        }
        for fact in known_facts().values()
    ]
    if as_json:
        print_product(json.dumps(rows, indent=2))
        return ExitCode.DONE
    lines = []
    for row in rows:
        span = ""
        if row["minimum"] is not None:
            span = f" {row['minimum']} to {row['maximum']}"
        choices = f" [{', '.join(row['choices'])}]" if row["choices"] else ""  # type: ignore[arg-type]
        unit = f" ({row['unit']})" if row["unit"] else ""
        lines.append(
            f"{row['fact']}: {row['kind']}{span}{unit}{choices} - {row['title']}"
        )
    print_product("\n".join(lines))
    return ExitCode.DONE


@main.command(epilog="Example: backguide schema -o profile.schema.json")
@click.option(
    "-o",
    "--output",
    type=OutputPath(may_be_standard_output=True),
    help="File to write, or a folder for it. Default: standard output.",
)
@force_option
def schema(output: Place | None) -> int:
    """Write the JSON Schema of the profile, in UTF-8."""
    from backguide.resources import schema_text

    content = schema_text().encode("utf-8")
    if output is None or output.is_standard_output:
        write_product(content)
    else:
        target = door().file_at(output, "profile.schema.json")
        door().write(target, content, Kind.SCHEMA)
        say(str(target))
    return ExitCode.DONE


@main.group(epilog="Example: backguide content check")
def content() -> None:
    """Look after the content: texts, rules, numbers."""


def _reading_problems(templates: Path | None) -> tuple[Problem, ...]:
    from backguide.guidance.ledger import ledger_problems, read_ledger
    from backguide.guidance.library import load_library
    from backguide.guidance.reading import load_words, reading_problems

    root = templates or templates_root()
    library = load_library(root)
    words, slips = load_words(root)
    ledger, faults = read_ledger(root)
    return (
        *slips,
        *faults,
        *reading_problems(library, words),
        *ledger_problems(library, ledger),
    )


@content.command("figures", epilog="Example: backguide content figures -o figures.pdf")
@click.option(
    "-o",
    "--output",
    type=OutputPath(),
    required=True,
    help="File to write, or a folder for it.",
)
@force_option
@templates_option
def content_figures(output: Place, templates: Path | None) -> int:
    """Print all drawings on contact sheets, to look at while changing them."""
    library = _library(templates)
    from backguide.layout.figures import contact_sheet
    from backguide.layout.theme import make_theme

    target = door().file_at(output, "figures.pdf")
    sheets = contact_sheet(library.figures.values(), make_theme())
    door().write(target, sheets, Kind.PDF)
    say(str(target))
    return ExitCode.DONE


@content.command("show", epilog="Example: backguide content show shoes profile.json")
@click.argument("section")
@_profile_argument
@clinic_option
@templates_option
def content_show(
    section: str, profile: Path, clinic: "Clinic | None", templates: Path | None
) -> int:
    """Print a section's text as this reader would get it, and whether they do."""
    from backguide.document import texts_of
    from backguide.guidance.select import select
    from backguide.handout.compose import Issue, compose_section

    library = _library(templates)
    if section not in library.sections:
        close = get_close_matches(section, library.sections, n=1)
        hint = f' Did you mean "{close[0]}"?' if close else ""
        raise click.BadParameter(f'there is no section "{section}".{hint}')
    checked = _as_of_today(_read_profile(profile, library), library, clinic)
    selection = select(checked.facts, library, length="full")
    decision = next(d for d in selection.decisions if d.section.id == section)
    lines = [f"{section}: {decision.rule}; {decision.reason}", ""]
    issue = Issue(_today(), __version__)
    try:
        made = compose_section(section, checked, selection, library, issue)
    except KeyError as error:
        lines.append(f"Not printable for this reader: {error.args[0]} is not known.")
    else:
        texts = (text for block in made.blocks for text in texts_of(block))
        lines += [made.title, *(f"  {text}" for text in (*texts, made.reason))]
    print_product("\n".join(lines))
    return ExitCode.DONE


@content.command(
    "check", epilog="Example: backguide content check --templates my-clinic/"
)
@templates_option
@click.option(
    "--reading",
    "with_reading",
    is_flag=True,
    help="Also measure how easily each text reads.",
)
@click.option(
    "--rules",
    "with_rules",
    is_flag=True,
    help="Also prove the rules: nothing unreachable, no gap, no overlap.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def content_check(
    templates: Path | None, with_rules: bool, with_reading: bool, as_json: bool
) -> int:
    """Find everything that can be wrong in the content, before a patient sees it."""
    from backguide.guidance.check import check_content
    from backguide.handout.inserts import INSERTS

    today = _today()
    report = check_content(
        templates or templates_root(),
        today,
        insert_names=frozenset(INSERTS),
        prove_rules=with_rules,
    )
    if with_reading and not report.errors:
        found = _reading_problems(templates)
        report = replace(report, errors=(*report.errors, *found))
    if as_json:
        print_product(json.dumps(report.as_records(), indent=2))
    else:
        print_product("\n".join(report.lines()))
    return ExitCode.CONTENT_INVALID if report.errors else ExitCode.DONE


content.add_command(review)
for _command in (*COMMANDS, ask, serve, intake_sheet, runs, columns, fhir):
    main.add_command(_command)

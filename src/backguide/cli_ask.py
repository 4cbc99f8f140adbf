"""The interview at the terminal: plain lines, no cursor tricks, one question at a time.

It reads as well over ssh and with a screen reader. What is asked, and when it is over,
says ``interview``; what was typed is read by ``interview.answering``. Enter alone never
answers a question, unless a default is shown that changes nothing but units.
"""

import signal
import sys
import textwrap
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from backguide.about import __version__
from backguide.cli_files import InputPath, OutputPath, door, force_option
from backguide.cli_options import LENGTHS, templates_option
from backguide.cli_talk import say
from backguide.errors import ExitCode, ProfileError
from backguide.output import Kind, Place

if TYPE_CHECKING:
    from backguide.errors import Problem
    from backguide.guidance.library import Library
    from backguide.interview.course import Course
    from backguide.interview.engine import Step
    from backguide.interview.saved import Saved
    from backguide.making import Made

WIDTH: Final = 78
"""Letters in a line."""
UNFINISHED: Final = "unfinished-answers.json"
BACK: Final = "<"
HELP: Final = "?"
ENOUGH: Final = "enough"

INTRODUCTION: Final = (
    "These questions lead to a guide about running and your back. It is not a "
    "diagnosis, and it does not replace one. Nothing leaves this computer.",
    f"Type an answer and press Enter. {HELP} explains a question, {BACK} goes back, "
    "and Ctrl-C stops and keeps your answers for later.",
)


class _Back(Exception):
    """Somebody wants to change the answer before."""


class _Enough(Exception):
    """Somebody wants no more questions that only enrich the guide."""


@click.command(
    epilog="Example: backguide ask -o my-guide.pdf --answers my-answers.json"
)
@click.option(
    "-o",
    "--output",
    type=OutputPath(),
    default=".",
    help="File or folder for the guide. Default: this folder, under a name without "
    "any name of yours.",
)
@click.option(
    "--answers",
    type=OutputPath(),
    metavar="FILE",
    help="Keep the answers as a profile, for check, make and batch.",
)
@click.option(
    "--resume",
    type=InputPath("the unfinished answers"),
    metavar="FILE",
    help="Go on with answers that Ctrl-C kept.",
)
@click.option(
    "--save",
    type=OutputPath(),
    metavar="FILE",
    help=f"Where Ctrl-C keeps the answers. Default: {UNFINISHED} beside the guide, or "
    "the file of --resume.",
)
@click.option("--length", type=LENGTHS)
@click.option(
    "--large-print", "is_large", is_flag=True, help="Print in 18 point letters."
)
@force_option
@templates_option
def ask(
    output: Place,
    answers: Place | None,
    resume: Path | None,
    save: Place | None,
    length: str | None,
    is_large: bool,
    templates: Path | None,
) -> int:
    """Answer questions here, and get your own guide.

    Safety questions come first. Then only that is asked which can still change your
    guide. An answer that calls for help ends the questions with the page that says so.
    """
    from backguide.guidance.built_in import library_at
    from backguide.interview.course import Course
    from backguide.interview.engine import Interview
    from backguide.interview.saved import read_saved, sound

    before = _read(resume)
    keep = _Keep(resume, before, save, output)
    if answers is not None:
        door().check((door().file_at(answers, "my-answers.json"), Kind.ANSWERS))
    if not output.is_folder and not output.path.is_dir():
        door().check((output.path, Kind.PDF))
    library = library_at(templates)
    saved = read_saved(before, resume.name) if resume else None
    day = _day_of(saved, library)
    interview = Interview(library, mode="self", day=day, length=length or "")
    talk = _Talk(Course(interview, sound(interview, saved) if saved else None))
    for name in ("SIGHUP", "SIGTERM"):
        if hasattr(signal, name):
            with suppress(ValueError):  # only the main thread may say so
                signal.signal(getattr(signal, name), _stop)
    try:
        talk.run()
    except (KeyboardInterrupt, EOFError):
        say()
        keep.write(talk.course.saved())
        return ExitCode.INTERRUPTED
    try:
        code = _finish(talk, library, output, answers, is_large=is_large)
        if talk.course.is_unclear:
            say(_wrapped("When you know more, go on and change your answer."))
            keep.write(talk.course.saved())
        return code
    except BaseException:
        # Whatever is in the way of the guide, the answers are not lost.
        keep.write(talk.course.saved())
        raise


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _read(path: Path | None) -> bytes:
    from backguide.profile.strict_json import read_bytes

    return read_bytes(path) if path else b""


def _today() -> date:
    """Return the day on the wall calendar."""
    return date.today()  # noqa: DTZ011


def _day_of(saved: "Saved | None", library: "Library") -> date:
    """Return the day of the answers; those of too long ago are not gone on with."""
    today = _today()
    if saved is None:
        return today
    limit = library.thresholds["answers_self_days"]
    if not 0 <= (today - saved.day).days <= limit:
        raise click.UsageError(
            f"these answers are of {saved.day.isoformat()}; safety answers count for "
            f"{limit:g} days. Begin anew: leave --resume out"
        )
    return saved.day


class _Keep:
    """Where unfinished answers go; judged before the first question."""

    def __init__(
        self, resume: Path | None, before: bytes, save: Place | None, output: Place
    ) -> None:
        self._before = before
        self._amended = resume if save is None else None
        if save is None:
            folder = output if _is_folder(output) else Place(output.path.parent)
            save = Place(folder.path / UNFINISHED)
        self.path = self._amended or door().file_at(save, UNFINISHED)
        if self._amended is None:
            try:
                door().check((self.path, Kind.ANSWERS))
            except Exception:
                if self.path.exists():
                    say(f"Answers may lie there already: --resume {self.path} goes on "
                        "with them, --save FILE keeps new ones elsewhere.")  # fmt: skip
                raise

    def write(self, saved: "Saved") -> None:
        """Keep the answers, if there are any, and tell how to go on."""
        from backguide.interview.saved import read_saved, saved_bytes

        if not saved.entries:
            say("Nothing was answered yet, so nothing was kept.")
            return
        content = saved_bytes(saved)
        is_same = bool(self._before) and read_saved(self._before, "") == saved
        if self._amended is not None:
            if is_same:
                return  # they lie there as they are
            door().amend(self.path, self._before, content)
        else:
            door().write(self.path, content, Kind.ANSWERS)
        say(f"Your answers are kept in {self.path}. They are about your health.")
        say(f"Go on with: backguide ask --resume {self.path}")


def _is_folder(place: Place) -> bool:
    return place.is_folder or place.path.is_dir()


def _finish(
    talk: "_Talk",
    library: "Library",
    output: Place,
    answers: Place | None,
    *,
    is_large: bool,
) -> int:
    """Make the guide, and write it and the answers, both or neither."""
    made = _made(talk, library, is_large=is_large)
    target = door().file_at(output, made.file_name)
    files = [(target, made.pdf, Kind.PDF)]
    if answers is not None:
        profile = door().file_at(answers, "my-answers.json")
        files.append((profile, talk.course.content(), Kind.ANSWERS))
    door().write_all(*files)
    is_held = made.selection.triage.is_held_back
    say()
    if is_held:
        say(_wrapped("This page was made in place of a guide. Read it now."))
    say(f"{target}: {made.pages} page{'' if made.pages == 1 else 's'}")
    if answers is not None:
        say(f"{profile}: your answers. They are about your health.")
    return ExitCode.HELD_BACK if is_held else ExitCode.DONE


def _made(talk: "_Talk", library: "Library", *, is_large: bool) -> "Made":
    from backguide.making import Options, make_handout
    from backguide.profile.load import profile_from_bytes

    profile = profile_from_bytes(talk.course.content(), "the answers")
    options = Options(
        issued_on=_today(),
        program_version=__version__,
        large_print="large" if is_large else "",
    )
    return make_handout(profile, library, options)


# --- the talk ------------------------------------------------------------------


def _wrapped(text: str, indent: str = "", first: str | None = None) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _typed(question: str = "") -> str:
    """Return a line that was typed, without blanks around it.

    Raises:
        EOFError: Nobody types any more.
    """
    say(f"{question}> " if question else "> ", ends_line=False)
    try:
        line = sys.stdin.readline() if sys.stdin is not None else ""
    except (OSError, ValueError):
        line = ""
    if not line:
        raise EOFError
    return line.strip()


def _yes_or_no(question: str) -> bool:
    """Ask until there is a plain yes or no."""
    say(_wrapped(question))
    while True:
        word = _typed("yes or no ").casefold()
        if word in ("yes", "y"):
            return True
        if word in ("no", "n"):
            return False
        if word == BACK:
            raise _Back
        say("Type yes or no.")


class _Talk:
    """One interview at the terminal."""

    def __init__(self, course: "Course") -> None:
        self.course = course
        self._interview = course.interview
        self._wants_more: bool | None = None
        self._heading = ""

    def run(self) -> None:
        """Ask until nothing is left to ask, and the answers are right."""
        for text in INTRODUCTION:
            say(_wrapped(text))
        if self.course.entries:
            say(_wrapped(f"Going on after {len(self.course.entries)} answers of "
                         f"{self._interview.day.isoformat()}."))  # fmt: skip
        while True:
            is_held = self._ask_all()
            if self._settle(self.course.problems()):
                continue
            # Who is not sure of a warning sign may find out, and say so.
            is_settled = is_held and not self.course.is_unclear
            if is_settled or self._is_right():
                return

    def _ask_all(self) -> bool:
        """Ask what is left; return True when an answer calls for help."""
        while True:
            step = self.course.step()
            if step.topic is None:
                if step.stage == "held":
                    say()
                    say(_wrapped(self._interview.help_words(self.course.answers)))
                return step.stage == "held"
            try:
                if step.stage == "more" and not self._asks_more(step):
                    return False
                self._ask(step)
            except _Enough:
                self._wants_more = False
            except _Back:
                self._go_back()

    def _asks_more(self, step: "Step") -> bool:
        if self._wants_more is None:
            count = f"{step.left_more} more" if step.left_more > 1 else "1 more"
            say()
            self._wants_more = _yes_or_no(
                f"That is all that is needed. Tell us more? About {count} "
                "questions can add to your guide what fits you; you can stop at any of "
                f"them with {ENOUGH}."
            )
        return self._wants_more

    def _go_back(self) -> None:
        if not self.course.entries:
            say("This is the first question.")
            return
        self.course.forget(self.course.entries[-1])
        self._wants_more = None

    def _ask(self, step: "Step") -> None:
        topic = step.topic
        assert topic is not None  # noqa: S101  asked only with a topic
        done = len(self.course.entries)
        more = step.left_more if step.stage == "more" else step.left
        say()
        say(f"{done + 1} of about {done + more}")
        if step.must_answer:
            self.course.reopen(step)
            say("Your guide needs an answer here.")
        if topic.is_list:
            found = self._ask_list(step)
            self.course.take(tuple(p for p in step.fields if p in found), found)
            return
        path = step.fields[0]
        if self._heading != topic.id:
            if len(topic.fields) > 1:
                say(topic.question)
            say(_wrapped(f"Why we ask: {topic.why}"))
        self._heading = topic.id
        self.course.take((path,), {path: self._ask_one(step, path)})

    # --- one question ----------------------------------------------------------

    def _ask_list(self, step: "Step") -> dict[str, Any]:
        from backguide.interview import answering
        from backguide.interview.questions import line_of
        from backguide.profile.facts import known_facts

        topic, fields = step.topic, step.fields
        assert topic is not None  # noqa: S101
        facts = known_facts()
        say(_wrapped(topic.question))
        say(_wrapped(f"Why we ask: {topic.why}"))
        for number, path in enumerate(fields, 1):
            say(_wrapped(line_of(facts[path]), "      ", f"  {number:>2}  "))
        say("   0  none of these")
        how = (
            "Type the numbers that apply, such as 1 3. Put ? behind a number that you "
            "are not sure of, such as 2?. Type 0 for none of these."
        )
        while True:
            text = self._line(step, fields, how)
            try:
                ticks = answering.read_ticks(fields, text)
            except answering.NotUnderstoodError as error:
                say(_wrapped(str(error)))
                continue
            refused = {path: answering.no(facts[path]) for path in ticks.others}
            if ticks.is_none:
                return refused
            for number, path in enumerate(fields, 1):
                if path in ticks.named:
                    word = answering.words_of(path, ticks.named[path])
                    say(_wrapped(f"{number}: {word}"))
            if not refused or self.course.is_held_with(ticks.named):
                return dict(ticks.named)
            numbers = ", ".join(str(fields.index(path) + 1) for path in ticks.others)
            if _yes_or_no(f"And no to {numbers}. Is that right?"):
                return {**ticks.named, **refused}
            say("Then type the numbers again.")

    def _ask_one(self, step: "Step", path: str) -> Any:
        from backguide.interview import answering
        from backguide.profile.facts import known_facts
        from backguide.profile.units import Habits

        fact = known_facts()[path]
        default = self._interview.default_of(path, self.course.answers)
        say(_wrapped(fact.question))
        for number, words in enumerate(answering.choices_of(fact).values(), 1):
            say(_wrapped(words, "      ", f"  {number:>2}  "))
        how = answering.how_to_answer(fact)
        may_skip = self._interview.may_skip(path, self.course.answers)
        if default is not None:
            how += f" Enter alone takes: {answering.words_of(path, default)}."
        elif may_skip:
            how += f" Type {answering.LEAVE_OPEN} to leave it open."
        habits = Habits(**self._interview.habits(self.course.answers))
        while True:
            text = self._line(step, (path,), how, is_empty_fine=default is not None)
            if not text:
                return default
            if text == answering.LEAVE_OPEN and may_skip:
                return None
            try:
                found = answering.read_one(path, text, habits)
            except answering.NotUnderstoodError as error:
                say(_wrapped(str(error)))
                continue
            say(_wrapped(f"{fact.title}: {found.words}"))
            return found.value

    def _line(
        self,
        step: "Step",
        fields: tuple[str, ...],
        how: str,
        *,
        is_empty_fine: bool = False,
    ) -> str:
        """Return what was typed, once it is neither help nor a way back."""
        say(_wrapped(how))
        while True:
            text = _typed()
            if text == BACK:
                raise _Back
            if text.casefold() == ENOUGH and step.stage == "more":
                raise _Enough
            if text == HELP:
                self._help(fields, how)
            elif text or is_empty_fine:
                return text
            else:
                say(_wrapped(f"Nothing was answered. {how}"))

    def _help(self, fields: tuple[str, ...], how: str) -> None:
        from backguide.interview.questions import about_of
        from backguide.profile.facts import known_facts

        for number, path in enumerate(fields, 1):
            fact = known_facts()[path]
            first = f"{number}  " if len(fields) > 1 else ""
            say(_wrapped(f"{fact.title}. {about_of(fact)}", "   ", first))
        say(_wrapped(f"{how} {BACK} goes back to the question before."))

    # --- the end -----------------------------------------------------------------

    def _settle(self, problems: "tuple[Problem, ...]") -> bool:
        """Have answers that contradict each other put right; tell if there were any."""
        from backguide.profile.plausibility import DOUBTS

        for problem in problems:
            if problem.code == "E_MISSING":
                continue
            say()
            hint = problem.hint.partition("; if it is right")[0]
            hint = "" if hint.startswith("if it is right") else hint
            tail = f" ({hint})" if hint else ""
            words = f"{problem.label}: {problem.message}{tail}"
            say(_wrapped(f"Please look again. {words}"))
            if problem.code in DOUBTS and _sure("Is it right as it stands?"):
                self.course.confirm(problem.code)
                return True
            entry = self.course.entry_of(problem.where)
            if entry is None:
                raise ProfileError("the answers", problems)
            self._change(entry)
            return True
        return False

    def _is_right(self) -> bool:
        """Show every answer, and let any be changed; True when the guide is wanted."""
        say()
        say("Your answers:")
        for number, entry in enumerate(self.course.entries, 1):
            say(_wrapped(self._told(entry), "      ", f" {number:>3}  "))
        end = "Type the number of an answer to change it, or make for your guide."
        say(_wrapped(end))
        while True:
            text = _typed().casefold()
            if text == "make":
                return True
            if text.isascii() and text.isdecimal():
                place = int(text) - 1
                if 0 <= place < len(self.course.entries):
                    self._change(self.course.entries[place])
                    return False
            say(f"Type a number from 1 to {len(self.course.entries)}, or make.")

    def _told(self, entry: tuple[str, ...]) -> str:
        """Return what was answered at once, in one line."""
        told = self.course.told(entry)
        parts = [f"{title}: {words}" for title, words in told.said]
        if told.refused:
            parts.append(f"No: {'; '.join(told.refused)}")
        return ". ".join(parts)

    def _change(self, entry: tuple[str, ...]) -> None:
        """Ask one entry again; the old answer stays when somebody goes back."""
        from backguide.interview.engine import Step
        from backguide.interview.questions import topic_of

        topic = topic_of()[entry[0]]
        step = Step("asking", topic, entry, 1, 0)
        say()
        try:
            if topic.is_list:
                changed = self._ask_list(step)
            else:
                changed = {entry[0]: self._ask_one(step, entry[0])}
        except _Back:
            return
        self.course.change(changed)


def _sure(question: str) -> bool:
    try:
        return _yes_or_no(question)
    except _Back:
        return False

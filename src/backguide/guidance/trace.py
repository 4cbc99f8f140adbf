"""Which fact and rule carries each clause of the table of warning signs.

``triage_trace.toml`` stands beside ``triage.toml``: every clause of every row of
``docs/evidence.md``, section 3, names what carries it, or says why nothing does. Only
the content check reads it, so that nothing that the evidence asks for gets lost.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from typing import Any, Final

from backguide.errors import Problem
from backguide.guidance.content_file import ContentFile, TableReader
from backguide.guidance.library import Library
from backguide.guidance.triage import OUTPUT_STATES, Flag
from backguide.profile.facts import known_facts

TRACE_FILE: Final = "triage_trace.toml"


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a row of section 3, and what carries it."""

    id: str
    """Row and letter, such as "RF10.b"; for a level its name and a letter."""
    says: str
    facts: tuple[str, ...]
    rules: tuple[int, ...]
    """Rules of the flag, counted from 1."""
    shows: tuple[str, ...]
    hides: tuple[str, ...]
    forbids: tuple[str, ...]
    levels: tuple[str, ...]
    never: tuple[str, ...]
    """What ``levels`` (or the level of the row itself) never prints."""
    why: str
    line: int

    @property
    def row(self) -> str:
        """Return the row that the clause belongs to."""
        return self.id.rpartition(".")[0]

    @property
    def is_carried(self) -> bool:
        """Tell whether anything carries it."""
        by_rule = bool(self.facts and self.rules)
        return by_rule or bool(self.shows or self.hides or self.forbids or self.never)


def read_trace(
    root: Traversable,
) -> tuple[tuple[Clause, ...], ContentFile]:
    """Return the clauses of a content folder, and the file with its slips."""
    file = ContentFile(root, TRACE_FILE)
    read = TableReader(file, file.table)
    clauses = tuple(_clause(file, table) for table in read.tables("clause"))
    read.review()
    read.finish()
    return clauses, file


def _clause(file: ContentFile, table: dict[str, Any]) -> Clause:
    where = f'id = "{table.get("id", "?")}"'
    read = TableReader(file, table, where)
    clause = Clause(
        id=read.text("id"),
        says=read.text("says"),
        facts=read.texts("facts", []),
        rules=read.whole_numbers("rules", []),
        shows=read.texts("shows", []),
        hides=read.texts("hides", []),
        forbids=read.texts("forbids", []),
        levels=read.texts("levels", []),
        never=read.texts("never", []),
        why=read.text("why", ""),
        line=file.line_of(where),
    )
    read.finish()
    return clause


def trace_problems(root: Traversable, library: Library) -> Iterator[Problem]:
    """Yield what the trace and the triage table do not say alike."""
    clauses, file = read_trace(root)
    if file.problems:
        yield from file.problems
        return
    flags = {flag.id: flag for flag in library.flags}
    seen: set[str] = set()
    for clause in clauses:
        messages = [*_slips(clause, flags, library)]
        if clause.id in seen:
            messages.append((f"{clause.id} is there twice", ""))
        seen.add(clause.id)
        for message, hint in messages:
            yield _problem(clause.line, message, hint)
    for message in _gaps(clauses, library):
        yield _problem(1, message)


def _problem(line: int, message: str, hint: str = "") -> Problem:
    return Problem(f"templates/{TRACE_FILE}:{line}", message, hint, "E_CONTENT")


def _slips(
    clause: Clause, flags: dict[str, Flag], library: Library
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one clause, each with a hint."""
    if not clause.is_carried and not clause.why:
        words = "nothing carries it, and it does not say why"
        yield f"{clause.id}: {words}", "name facts and rules, or write why"
    if clause.is_carried and clause.why:
        yield f"{clause.id}: it is carried, so it needs no why", ""
    for name in clause.facts:
        if name not in known_facts():
            hint = _near(name, known_facts())
            yield f'{clause.id}: there is no fact "{name}"', hint
    flag = flags.get(clause.row)
    if flag is not None:
        yield from _flag_slips(clause, flag, library)
    elif clause.row in OUTPUT_STATES:
        yield from _level_slips(clause, library)
    else:
        yield f'{clause.id}: there is no row "{clause.row}"', ""


def _flag_slips(
    clause: Clause, flag: Flag, library: Library
) -> Iterator[tuple[str, str]]:
    asked: set[str] = set()
    for number in clause.rules:
        if not 1 <= number <= len(flag.rules):
            yield f"{clause.id}: {flag.id} has no rule {number}", ""
        else:
            asked |= {test.fact for test in flag.rules[number - 1].when.tests()}
    for name in clause.facts:
        if name in known_facts() and name not in asked:
            yield f'{clause.id}: no rule that it names asks for "{name}"', ""
    for word, told, known in (
        ("shows", clause.shows, flag.shows),
        ("hides", clause.hides, flag.hides),
        ("forbids", clause.forbids, flag.forbids),
    ):
        for name in told:
            if name not in known:
                yield f'{clause.id}: {flag.id} {word} no "{name}"', _near(name, known)
    yield from _never_slips(clause, clause.levels, library)


def _level_slips(clause: Clause, library: Library) -> Iterator[tuple[str, str]]:
    for name in clause.shows:
        section = library.sections.get(name)
        if section is None or clause.row not in section.levels:
            yield f'{clause.id}: "{name}" never prints at {clause.row}', ""
    yield from _never_slips(clause, (clause.row,), library)


def _never_slips(
    clause: Clause, levels: Iterable[str], library: Library
) -> Iterator[tuple[str, str]]:
    for level in levels:
        if level not in library.never_at:
            yield f'{clause.id}: "{level}" is not a level', _near(level, OUTPUT_STATES)
            continue
        for name in clause.never:
            if name not in library.never_at[level]:
                known = library.never_at[level]
                yield f'{clause.id}: {level} may print "{name}"', _near(name, known)


def _gaps(clauses: tuple[Clause, ...], library: Library) -> Iterator[str]:
    """Yield what no clause names: a row, a rule, a fact that a rule asks for."""
    rows: dict[str, list[Clause]] = {}
    for clause in clauses:
        rows.setdefault(clause.row, []).append(clause)
    for level in library.never_at:
        if level != "UNANSWERED" and level not in rows:
            yield f"no clause is about the level {level}"
    for flag in library.flags:
        own = rows.get(flag.id, [])
        if not own:
            yield f"no clause is about {flag.id}"
            continue
        for number, rule in enumerate(flag.rules, 1):
            by_rule = [clause for clause in own if number in clause.rules]
            named = {name for clause in by_rule for name in clause.facts}
            if not by_rule:
                yield f"no clause of {flag.id} names its rule {number}"
                continue
            for name in dict.fromkeys(test.fact for test in rule.when.tests()):
                if name not in named:
                    yield f'no clause of {flag.id} names "{name}" of its rule {number}'
    told = {name for clause in clauses for name in clause.facts}
    for name in known_facts():
        if name.startswith("red_flags.") and name not in told:
            yield f'no clause names the safety question "{name}"'


def _near(word: str, choices: Iterable[str]) -> str:
    close = get_close_matches(word, list(choices), n=1)
    return f'did you mean "{close[0]}"?' if close else ""

"""All content, read and checked together.

``load_library`` reads a content folder and refuses it, with every finding at
once, when anything in it cannot work. What an author should know beyond that
(unreachable sections, broken examples, overdue reviews) is found by
``guidance.check``.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

from backguide.document import Figure
from backguide.errors import ContentError, Problem
from backguide.guidance.condition import Condition, ConditionReader
from backguide.guidance.content_file import REVIEW_KEYS, ContentFile, TableReader
from backguide.guidance.exercises import (
    Exercise,
    Picker,
    parse_exercise,
    parse_picker,
)
from backguide.guidance.message import MainMessage, parse_message
from backguide.guidance.poses import check_names, parse_figures
from backguide.guidance.programme import Plan, parse_plan
from backguide.guidance.quota import ChoiceRules, read_choice_rules
from backguide.guidance.section import SectionTemplate, parse_section
from backguide.guidance.triage import OUTPUT_STATES, Flag, FlagRule, Level
from backguide.profile.facts import known_facts
from backguide.reading import names_of
from backguide.resources import templates_root

MODES: Final = ("self", "clinic")


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of ``sources.toml``."""

    id: str
    short: str
    """What is printed, such as "Neason 2024, Br J Sports Med"."""
    citation: str
    is_association_only: bool


@dataclass(frozen=True, slots=True)
class PhoneNumbers:
    """Whom to call in a country; empty where there is no one number."""

    emergency: str
    urgent: str
    crisis: str
    """A line for people who cannot cope, with its name where it needs one."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An answer that reads like advice where it is printed, such as heat that eases.

    Declared in ``handout.toml`` as ``[[offer]]``; it is left out for whoever has a
    warning sign that forbids it.
    """

    fact: str
    choice: str
    asks: str


@dataclass(frozen=True, slots=True)
class ReadBack:
    """How much is read back to the person of what they told."""

    most: int
    """Rows of a guide that is not full."""
    order: tuple[str, ...]
    """Answers, those first that are read back first; others follow in their order."""


@dataclass(frozen=True, slots=True)
class HandoutFrame:
    """``handout.toml``: titles, order of groups, limits of the lengths."""

    title: str
    title_for_name: str
    pdf_title: str
    page_one: tuple[str, ...]
    page_one_if_room: tuple[str, ...]
    """Those of ``page_one`` that move to a later page when they do not fit."""
    page_one_if_tight: tuple[str, ...]
    """Others that fill up page one when the handout would be too long."""
    page_one_whole: tuple[str, ...]
    """Those of ``page_one`` that stand on it in one piece at every size of type."""
    groups: tuple[str, ...]
    max_pages: Mapping[str, int]
    review_warning_days: int
    offers: tuple[Offer, ...]
    choice: ChoiceRules
    read_back: ReadBack


@dataclass(frozen=True, slots=True)
class Library:
    """The whole content of one language, parsed."""

    language: str
    version: str
    """First 12 hex digits of the hash over every file: names and texts."""
    sections: Mapping[str, SectionTemplate]
    flags: tuple[Flag, ...]
    never_at: Mapping[str, tuple[str, ...]]
    """Output state to sections ("group:NAME" for groups) that must not carry it."""
    exercises: Mapping[str, Exercise]
    figures: Mapping[str, Figure]
    """Drawings by the slug of the exercise or the id of the section."""
    picker: Picker
    plan: Plan
    message: MainMessage
    frame: HandoutFrame
    thresholds: Mapping[str, float]
    conditions: Mapping[str, Condition]
    """Conditions that have a name, because several rules use them."""
    sources: Mapping[str, Source]
    phone_numbers: Mapping[str, PhoneNumbers]
    words: Mapping[str, str]
    """Fixed words of the language, by key ("diary.pain_during")."""
    reasons: Mapping[str, str]
    """How a fact is told as a reason, by fact path or "path=value"."""
    files: tuple[ContentFile, ...]

    def kind_of(self, section: SectionTemplate) -> str:
        """Return what a section is for the reader, one of ``KINDS``."""
        return section.kind or self.frame.choice.kind_by_group[section.group]


class _Loader:
    """Reads the files of one folder and collects the findings."""

    def __init__(self, root: Traversable, language: str) -> None:
        self.root = root
        self.language = language
        self.files: list[ContentFile] = []

    def file(self, name: str) -> ContentFile:
        file = ContentFile(self.root, name)
        self.files.append(file)
        return file

    def names(self, folder: str, ending: str) -> Iterator[str]:
        node = self.root
        for part in folder.split("/"):
            node = node / part
        try:
            found = sorted(names_of(node))
        except OSError:
            found = []
        for name in found:
            if name.endswith(ending) and not name.startswith("."):
                yield f"{folder}/{name}"

    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for file in self.files for problem in file.problems)


def load_library(root: Traversable, language: str = "en") -> Library:
    """Return the content of a folder.

    Args:
        root: A folder laid out like ``templates/``.
        language: Which of its languages.

    Raises:
        ContentError: With every finding that makes the content unusable.
    """
    library, problems = read_library(root, language)
    if problems:
        raise ContentError("templates", problems)
    return library


def read_library(
    root: Traversable, language: str = "en"
) -> tuple[Library, tuple[Problem, ...]]:
    """Return the content of a folder as far as it can be read, and its findings."""
    loader = _Loader(root, language)
    number_file = loader.file("thresholds.toml")
    thresholds = _thresholds(number_file)
    conditions = ConditionReader(known_facts(), thresholds)
    conditions.has_all_numbers = number_file.is_sound
    condition_file = loader.file("conditions.toml")
    _name_conditions(condition_file, conditions)
    conditions.has_all_names = condition_file.is_sound

    def parsed(name: str, parse: Callable[[ContentFile, ConditionReader], Any]) -> Any:
        return parse(loader.file(name), conditions)

    flags, never_at = parsed("triage.toml", _triage)
    plan: Plan = parsed("plan.toml", parse_plan)
    picker: Picker = parsed("exercise_picker.toml", parse_picker)
    sources = _sources(loader.file("sources.toml"))
    phone_numbers = _phone_numbers(loader.file("emergency_numbers.toml"))
    frame: HandoutFrame = parsed(f"{language}/handout.toml", _frame)
    word_file = loader.file(f"{language}/ui.toml")
    words = _flat(word_file.table)
    if root != templates_root() and word_file.is_sound:
        _check_words(word_file, words)
    reasons = _flat(loader.file(f"{language}/reasons.toml").table, keep_last=True)
    message: MainMessage = parsed(f"{language}/main-message.toml", parse_message)
    exercises = _by_id(
        [
            parsed(n, parse_exercise)
            for n in loader.names(f"{language}/exercises", ".toml")
        ]
    )
    sections = _by_id(
        [parsed(n, parse_section) for n in loader.names(f"{language}/sections", ".md")]
    )
    figures = _figures(loader, exercises, sections)
    library = Library(
        language=language,
        version=_version(loader.files),
        sections=MappingProxyType(sections),
        flags=flags,
        never_at=MappingProxyType(never_at),
        exercises=MappingProxyType(exercises),
        figures=figures,
        picker=picker,
        plan=plan,
        message=message,
        frame=frame,
        thresholds=MappingProxyType(thresholds),
        conditions=MappingProxyType(conditions.named),
        sources=MappingProxyType(sources),
        phone_numbers=MappingProxyType(phone_numbers),
        words=MappingProxyType(words),
        reasons=MappingProxyType(reasons),
        files=tuple(loader.files),
    )
    _check_references(library)
    return library, loader.problems()


def _figures(
    loader: _Loader,
    exercises: dict[str, Exercise],
    sections: dict[str, SectionTemplate],
) -> Mapping[str, Figure]:
    file = loader.file("poses.toml")
    figures = parse_figures(file)
    if file.is_sound:
        readable = [e for e in exercises.values() if e.file.is_readable]
        needed = [form.figure for e in readable for form in e.forms]
        is_whole = len(readable) == len(exercises)
        others = {*sections, *_hidden(loader.files)} if is_whole else {*figures}
        check_names(file, figures, needed, others)
    return figures


def _hidden(files: Iterable[ContentFile]) -> set[str]:
    """Return ids and slugs of sections and exercises whose own file is not sound."""
    names: set[str] = set()
    for file in files:
        folder, _, name = file.name.rpartition("/")
        if not file.is_sound and folder.endswith(("/sections", "/exercises")):
            stem = name.rpartition(".")[0]
            id_, _, slug = stem.partition("-")
            names |= {stem, id_, slug}
    return names


def _version(files: list[ContentFile]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda item: item.name):
        digest.update(f"{file.name}\0{file.text}\0".encode())
    return digest.hexdigest()[:12]


def _by_id(items: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in items:
        if item.id in found:
            item.file.add(f'"{item.id}"', f'the id "{item.id}" is taken')
        found[item.id] = item
        stem = item.file.name.rpartition("/")[2].rpartition(".")[0]
        expected = f"{item.id}-{item.slug}" if isinstance(item, Exercise) else item.id
        if stem != expected:
            item.file.add("id =", f'the file must be named "{expected}"')
    return found


NEEDED_THRESHOLDS: Final = (
    "answers_self_days",
    "answers_clinic_days",
    "race_notice_weeks",
    "spike_pct",
)
"""Numbers that the program itself asks for, beside those that rules name."""


LARGEST_THRESHOLD: Final = 1_000_000
"""Of whatever unit; so many days still lead to a day in the calendar."""


def _thresholds(file: ContentFile) -> dict[str, float]:
    values = {}
    TableReader(file, file.table).review()
    for name, table in file.table.items():
        if name in REVIEW_KEYS:
            continue
        read = TableReader(file, table if isinstance(table, dict) else {}, f"[{name}]")
        values[name] = float(read.number("value"))
        if abs(values[name]) > LARGEST_THRESHOLD:
            words = f'"value" must be at most {LARGEST_THRESHOLD:,}'
            file.add(f"[{name}]", words)
            values[name] = 0.0
        read.text("unit")
        read.text("note")
        read.texts("source")
        read.finish()
    for name in NEEDED_THRESHOLDS:
        if name not in values:
            close = get_close_matches(name, values, n=1)
            hint = f'did you mean "{name}" in place of "{close[0]}"?' if close else ""
            file.add("[", f'the number "{name}" is missing', hint)
    return values


def _name_conditions(file: ContentFile, conditions: ConditionReader) -> None:
    """Let the reader know each condition; a later one may use those above it."""
    TableReader(file, file.table).review()
    for name, table in file.table.items():
        if name in REVIEW_KEYS:
            continue
        read = TableReader(file, table if isinstance(table, dict) else {}, f"[{name}]")
        read.text("note")
        if not isinstance(table, dict) or "when" not in table:
            file.add(f"[{name}]", f'[{name}] needs "when"')
        conditions.named[name] = read.condition("when", conditions)
        read.finish()


def _triage(
    file: ContentFile, conditions: ConditionReader
) -> tuple[tuple[Flag, ...], dict[str, tuple[str, ...]]]:
    read = TableReader(file, file.table)
    flags = tuple(_flag(file, table, conditions) for table in read.tables("flag"))
    never: dict[str, tuple[str, ...]] = {}
    for state, table in read.table("level").items():
        table = table if isinstance(table, dict) else {}
        inner = TableReader(file, table, f"[level.{state}]")
        never[state] = inner.texts("never")
        if state not in OUTPUT_STATES:
            file.add(f"[level.{state}]", f'"{state}" is not a level')
        inner.finish()
    for state in OUTPUT_STATES:
        if state not in never:
            file.add("", f"[level.{state}] is missing")
    read.review()
    read.finish()
    return flags, never


def _flag(
    file: ContentFile, table: dict[str, Any], conditions: ConditionReader
) -> Flag:
    read = TableReader(file, table, f'id = "{table.get("id", "?")}"')
    rules = []
    for rule in read.tables("rule"):
        inner = TableReader(file, rule, f'id = "{table.get("id", "?")}"')
        rules.append(
            FlagRule(_levels(inner, rule), inner.condition("when", conditions))
        )
        if "when" not in rule:
            file.add(f'id = "{table.get("id", "?")}"', 'a rule needs "when"')
        inner.finish()
    if not rules:
        file.add(f'id = "{table.get("id", "?")}"', "a flag needs at least one rule")
    flag = Flag(
        id=read.text("id"),
        concern=read.text("concern"),
        rules=tuple(rules),
        sources=read.texts("source"),
        shows=read.texts("shows"),
        hides=read.texts("hides", []),
        forbids=read.texts("forbids", []),
    )
    read.finish()
    return flag


def _levels(read: TableReader, rule: dict[str, Any]) -> dict[str, Level]:
    names = tuple(level.name for level in Level if level is not Level.ROUTINE)
    value = rule.get("level")
    by_mode = value if isinstance(value, dict) else dict.fromkeys(MODES, value)
    if isinstance(value, dict):
        read.table("level")
    else:
        read.choice("level", names)
    levels = {}
    for mode in MODES:
        name = by_mode.get(mode)
        if name not in names:
            read.file.add("level =", f'"{name}" is not a level; use {", ".join(names)}')
            name = "EMERGENCY"
        levels[mode] = Level[name]
    return levels


def _sources(file: ContentFile) -> dict[str, Source]:
    found = {}
    for name, table in file.table.items():
        read = TableReader(file, table if isinstance(table, dict) else {}, f"[{name}]")
        found[name] = Source(
            id=name,
            short=read.text("short"),
            citation=read.text("citation"),
            is_association_only=read.flag("association_only", False),
        )
        read.integer("year", 1900, 2100, 2000)
        for key in ("doi", "url", "kind", "seen"):
            read.text(key, "")
        read.day("read_on", None)
        read.finish()
    return found


def _phone_numbers(file: ContentFile) -> dict[str, PhoneNumbers]:
    found = {}
    for name, table in file.table.items():
        if name == "checked_on":
            continue
        read = TableReader(file, table if isinstance(table, dict) else {}, f"[{name}]")
        found[name] = PhoneNumbers(
            read.text("emergency"), read.text("urgent"), read.text("crisis", "")
        )
        read.finish()
    for locale in known_facts()["locale"].choices:
        if locale not in found:
            file.add("", f'there is no entry for the locale "{locale}"')
    return found


def _offer(file: ContentFile, table: dict[str, Any]) -> Offer:
    read = TableReader(file, table, f'choice = "{table.get("choice", "?")}"')
    offer = Offer(read.text("fact"), read.text("choice"), read.text("asks"))
    read.finish()
    fact = known_facts().get(offer.fact)
    if fact is None or offer.choice not in fact.choices:
        words = f'"{offer.choice}" is no answer to "{offer.fact}"'
        file.add(f'choice = "{offer.choice}"', words)
    return offer


MOST_ROWS_READ_BACK: Final = 6


def _read_back(file: ContentFile, table: dict[str, Any]) -> ReadBack:
    read = TableReader(file, table, "[read_back]")
    found = ReadBack(
        most=read.integer("most", 1, MOST_ROWS_READ_BACK, MOST_ROWS_READ_BACK),
        order=read.texts("order", []),
    )
    for path in found.order:
        fact = known_facts().get(path)
        if fact is None:
            close = get_close_matches(path, known_facts(), n=1, cutoff=0.7)
            hint = f'did you mean "{close[0]}"?' if close else ""
            file.add(path, f'unknown fact "{path}"', hint)
        elif fact.is_derived:
            file.add(path, f'"{path}" is worked out: name the answers behind it')
    read.finish()
    return found


def _frame(file: ContentFile, conditions: ConditionReader) -> HandoutFrame:
    read = TableReader(file, file.table)
    frame = HandoutFrame(
        title=read.text("title"),
        title_for_name=read.text("title_for_name"),
        pdf_title=read.text("pdf_title"),
        page_one=read.texts("page_one"),
        page_one_if_room=read.texts("page_one_if_room", []),
        page_one_if_tight=read.texts("page_one_if_tight", []),
        page_one_whole=read.texts("page_one_whole", []),
        groups=read.texts("groups"),
        max_pages=read.table("max_pages"),
        review_warning_days=read.integer("review_warning_days", 0, 366),
        offers=tuple(_offer(file, table) for table in read.tables("offer")),
        choice=read_choice_rules(file, read, conditions),
        read_back=_read_back(file, read.table("read_back", {})),
    )
    for key in ("exclusive", "exhaustive", "needs", "hold", "fits"):
        read.tables(key)  # read by the rule proofs
    read.finish()
    return frame


def _check_words(file: ContentFile, words: Mapping[str, str]) -> None:
    """Record where the fixed words are not those that the program says."""
    built_in = _flat(ContentFile(templates_root(), "en/ui.toml").table)
    for key, text in built_in.items():
        entry = f"{key.rpartition('.')[2]} ="
        blanks = set(_BLANKS.findall(text))
        if not words.get(key, "").strip():
            file.add(f"[{key.rpartition('.')[0]}]", f'the word "{key}" is missing')
        elif set(_BLANKS.findall(words[key])) != blanks:
            needed = " and ".join(sorted(blanks)) or "no { }"
            file.add(entry, f'the word "{key}" must hold {needed}')
    for key in words:
        if key not in built_in:
            close = get_close_matches(key, built_in, n=1)
            hint = f'did you mean "{close[0]}"?' if close else ""
            entry = f"{key.rpartition('.')[2]} ="
            file.add(entry, f'the program never says "{key}"', hint)


_BLANKS: Final = re.compile(r"\{[a-z_]+\}")


def _flat(table: Mapping[str, Any], *, keep_last: bool = False) -> dict[str, str]:
    """Return nested tables of texts as dotted keys.

    With ``keep_last``, a table whose values are texts for choices becomes
    "path=value" entries.
    """
    flat: dict[str, str] = {}

    def walk(node: Mapping[str, Any], prefix: str) -> None:
        for key, value in node.items():
            name = f"{prefix}.{key}" if prefix else key
            if isinstance(value, dict):
                walk(value, name)
            else:
                flat[name] = str(value)

    walk(table, "")
    if keep_last:
        for name in list(flat):
            path, _, value = name.rpartition(".")
            if path in known_facts() and name not in known_facts():
                flat[f"{path}={value}"] = flat.pop(name)
    return flat


class _References:
    """Collects the names in the content that point nowhere.

    A name that is missing is told once, where it stands first. It is not told at all
    when the file that should hold it is not sound: then that file is the cause.
    """

    def __init__(self, files: tuple[ContentFile, ...]) -> None:
        self._files = {file.name.rpartition("/")[2]: file for file in files}
        self._hidden = _hidden(files)
        self._found: dict[str, list[tuple[ContentFile, int, str]]] = {}

    def missing(
        self, file: ContentFile, needle: str, message: str, hint: str = "", *, of: str
    ) -> None:
        """Record a name that is not there.

        Args:
            file: Where the name is used.
            needle: Stands on the line.
            message: What is told; all uses of one missing name have the same.
            hint: What would be right.
            of: The file that should hold it, or an id of a section or exercise.
        """
        target = self._files.get(of)
        if of not in self._hidden and (target is None or target.is_sound):
            place = (file, file.line_of(needle), hint)
            self._found.setdefault(message, []).append(place)

    def tell(self) -> None:
        """Make a finding of each."""
        for message, places in self._found.items():
            file, line, hint = places[0]
            more = len(places) - 1
            words = f" (and in {more} more places)" if more else ""
            file.add_at(line, message + words, hint)


def _check_references(library: Library) -> None:
    """Record every name in the content that points nowhere."""
    # Judged together, before any finding about a name makes its own file unsound.
    names = _References(library.files)
    for section in library.sections.values():
        _check_section_references(library, section, names)
    for exercise in library.exercises.values():
        _check_sources(library, exercise.sources, exercise.file, names)
    _check_triage_references(library, names)
    _check_message_references(library, names)
    _check_picker_references(library, names)
    names.tell()
    _check_thresholds(library)
    _check_picker(library)


def _check_section_references(
    library: Library, section: SectionTemplate, names: _References
) -> None:
    file = section.file
    if section.group not in library.frame.groups:
        words = ", ".join(library.frame.groups)
        message = f'unknown group "{section.group}"; groups: {words}'
        names.missing(file, "group =", message, of="handout.toml")
    elif not section.kind and section.group not in library.frame.choice.kind_by_group:
        message = f'[kinds] of handout.toml has no kind for "{section.group}"'
        names.missing(file, "group =", message, of="handout.toml")
    _check_sources(library, section.sources, file, names)
    inserts = {insert.name for insert in section.inserts()}
    if "figure" in inserts and section.id not in library.figures:
        message = f'poses.toml has no drawing of "{section.id}"'
        names.missing(file, "{{figure}}", message, of="poses.toml")
    parts = {part.id for part in section.parts}
    used = {i.argument for i in section.inserts() if i.name == "part"}
    for name in sorted(used - parts):
        file.add(f"{{{{part {name}}}}}", f'there is no [[part]] with the id "{name}"')
    for name in sorted(parts - used):
        file.add(f'id = "{name}"', f'the part "{name}" is never inserted')


THRESHOLDS_SAID: Final = (
    "pain_rule_cap_0_10", "red_pain_0_10", "spike_pct", "race_notice_weeks",
)  # fmt: skip
"""Thresholds that the program itself works with, whether a rule names them or not."""


def _check_thresholds(library: Library) -> None:
    file = next(f for f in library.files if f.name == "thresholds.toml")
    for name in THRESHOLDS_SAID:
        if name not in library.thresholds:
            file.add("", f'the threshold "{name}" is missing')


def _check_sources(
    library: Library,
    sources: tuple[str, ...],
    file: ContentFile,
    names: _References,
) -> None:
    for source in sources:
        if source not in library.sources:
            message = f'there is no source "{source}" in sources.toml'
            names.missing(file, f'"{source}"', message, of="sources.toml")


def _check_message_references(library: Library, names: _References) -> None:
    message = library.message
    for line in message.every_line():
        for name in line.needs:
            if name not in library.sections:
                words = f'"{line.id}" needs "{name}", and there is no such section'
                names.missing(message.file, f'id = "{line.id}"', words, of=name)


def _check_triage_references(library: Library, names: _References) -> None:
    file = next(f for f in library.files if f.name == "triage.toml")
    groups = {f"group:{name}" for name in library.frame.groups}
    known = groups | set(library.sections)
    told = [name for flag in library.flags for name in (*flag.shows, *flag.hides)]
    told += [name for names in library.never_at.values() for name in names]
    for flag in library.flags:
        _check_sources(library, flag.sources, file, names)
    for name in told:
        if name not in known:
            message = f'there is no section or group "{name}"'
            of = "handout.toml" if name.startswith("group:") else name
            names.missing(file, f'"{name}"', message, of=of)


def _check_picker_references(library: Library, names: _References) -> None:
    picker = library.picker
    told = [
        name
        for rules in (picker.pool, picker.prefer, picker.drop)
        for ids in rules.values()
        for name in ids
    ]
    for name in told:
        if name not in library.exercises:
            message = f'there is no exercise "{name}"'
            names.missing(picker.file, f'"{name}"', message, of=name)


def _check_picker(library: Library) -> None:
    picker = library.picker
    for level, ids in picker.pool.items():
        for name in ids:
            exercise = library.exercises.get(name)
            if exercise is None:
                continue
            if level not in exercise.dose_by_level:
                exercise.file.add("id =", f"there is no [dose.{level}]")
            elif not (exercise.dose_by_level[level].days or picker.days[level]):
                words = f'[days] needs a text for {level}, such as "Every day"'
                picker.file.add("[days]", words)


def is_covered(section: SectionTemplate, names: tuple[str, ...]) -> bool:
    """Tell whether a list of sections and "group:NAME" entries names the section."""
    return section.id in names or f"group:{section.group}" in names

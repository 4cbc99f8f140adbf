"""Which exercises this person gets, and which they must not do.

The cards are content (``exercises/*.toml``); how many and in which order is
content too (``exercise_picker.toml``). Here both are applied: an exercise whose
skip rule holds is never chosen, whatever else is true.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from backguide.guidance.condition import ALWAYS, Condition, ConditionReader, Truth
from backguide.guidance.content_file import ContentFile, TableReader
from backguide.guidance.section import NEVER
from backguide.guidance.triage import OUTPUT_STATES
from backguide.profile.facts import Facts

LEVELS = ("A", "B", "C")
DEFAULT_EXERCISES = 5
"""How many are picked for somebody who named no number."""


@dataclass(frozen=True, slots=True)
class Dose:
    """How much of an exercise, at one level. Words, as they are printed."""

    repeats: str
    hold: str
    sets: str
    is_each_side: bool
    days: str
    """Empty for what the picker says of the level."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition with its reason in the reader's words."""

    because: str
    when: Condition

    def holds(self, facts: Facts) -> bool:
        """Tell whether it surely holds."""
        return self.when.evaluate(facts) is Truth.YES


@dataclass(frozen=True, slots=True)
class Form:
    """One way to do an exercise: the usual one, or a variant for some people."""

    id: str
    """Empty for the usual way."""
    name: str
    start: str
    steps: tuple[str, ...]
    easier: str
    harder: str
    """Empty when there is none, as for most variants."""
    stop_if: str
    figure: str
    """Name of the drawing in ``poses.toml``."""
    alt_start: str
    alt_end: str
    asks: tuple[str, ...]
    """What it asks of the body, such as "lie-on-back"; names of the picker."""
    easier_asks: tuple[str, ...]
    harder_asks: tuple[str, ...]
    """What the line "Easier" or "Harder" asks for besides."""
    dose: Mapping[str, str]
    """Repeats, hold or sets that are not those of the level."""

    def printed_texts(self) -> tuple[str, ...]:
        """Return the texts of the card in which placeholders are filled."""
        return (self.start, *self.steps, self.easier, self.harder, self.stop_if)

    def shown_texts(self) -> tuple[str, ...]:
        """Return the texts that tell how a body is placed and moves."""
        return (self.start, *self.steps, self.alt_start, self.alt_end)

    def dose_of(self, dose: Dose) -> Dose:
        """Return the dose of a level with what this form does otherwise."""
        return replace(
            dose,
            repeats=self.dose["repeats"] or dose.repeats,
            hold=self.dose["hold"] or dose.hold,
            sets=self.dose["sets"] or dose.sets,
        )

    def fitting(self, held: Mapping[str, str]) -> "Form":
        """Return the form without the lines that ask for what is held."""
        no_easier = not held.keys().isdisjoint(self.easier_asks)
        no_harder = not held.keys().isdisjoint(self.harder_asks)
        if not (no_easier or no_harder):
            return self
        return replace(
            self,
            easier="" if no_easier else self.easier,
            harder="" if no_harder else self.harder,
        )


@dataclass(frozen=True, slots=True)
class Exercise:
    """One card, X01 to X20."""

    id: str
    slug: str
    kind: str
    slot: str
    """move, front, back_side, leg_hip or stretch: what it adds to the mix."""
    is_single_leg: bool
    minutes: float
    is_low_load: bool
    forms: tuple[Form, ...]
    """The usual way first, then the variants; the first that fits is taken."""
    sources: tuple[str, ...]
    claims: tuple[str, ...]
    dose_by_level: Mapping[str, Dose]
    skips: tuple[Rule, ...]
    file: ContentFile

    @property
    def name(self) -> str:
        """Return the name of the usual way."""
        return self.forms[0].name

    def form_for(self, held: Mapping[str, str]) -> Form | None:
        """Return the first form that asks for nothing that is held."""
        for form in self.forms:
            if held.keys().isdisjoint(form.asks):
                return form.fitting(held)
        return None

    def why_not_usual(self, held: Mapping[str, str]) -> str:
        """Return the reason why the usual way does not fit, or an empty text."""
        return _first_reason(self.forms[0], held)

    def why_not_at_all(self, held: Mapping[str, str]) -> str:
        """Return the reason why no way fits; the last one asks for least."""
        return _first_reason(self.forms[-1], held)


def _first_reason(form: Form, held: Mapping[str, str]) -> str:
    return next((held[name] for name in form.asks if name in held), "")


@dataclass(frozen=True, slots=True)
class LevelRule:
    """A level of the picker; the first that holds is taken."""

    id: str
    when: Condition


@dataclass(frozen=True, slots=True)
class ForAll:
    """A rule over all cards: skip every one, or keep only some."""

    rule: Rule
    keep: tuple[str, ...]
    only_at_level: str


@dataclass(frozen=True, slots=True)
class BodyHold:
    """People of whom a body part or a position must not be asked."""

    asks: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Picker:
    """How exercises are picked."""

    levels: tuple[LevelRule, ...]
    lower_when: Condition
    at_most_b_when: Condition
    pool: Mapping[str, tuple[str, ...]]
    prefer: Mapping[str, tuple[str, ...]]
    drop: Mapping[str, tuple[str, ...]]
    minutes_cap: Mapping[str, float]
    days: Mapping[str, str]
    """How often to exercise, by level, in words."""
    soon_max: int
    min_single_leg: int
    for_all: tuple[ForAll, ...]
    asks: Mapping[str, tuple[str, ...]]
    """What a form may ask of the body; words that tell it in the texts of a card."""
    holds: tuple[BodyHold, ...]
    file: ContentFile

    def held(self, facts: Facts) -> dict[str, str]:
        """Return what must not be asked of this person, with the reason for each."""
        held: dict[str, str] = {}
        for hold in self.holds:
            if hold.asks not in held and hold.rule.holds(facts):
                held[hold.asks] = hold.rule.because
        return held


@dataclass(frozen=True, slots=True)
class Pick:
    """What was decided about one card."""

    exercise: Exercise
    is_chosen: bool
    reason: str
    """Why it is left out, or empty."""
    form: Form
    """The way that fits this person; the usual one of a card that is left out."""
    because: str = ""
    """Why it is not the usual way, or empty."""


def parse_exercise(file: ContentFile, conditions: ConditionReader) -> Exercise:
    """Return the exercise of a file."""
    read = TableReader(file, file.table)
    doses = {
        level: _dose(file, table, level)
        for level, table in read.table("dose").items()
        if isinstance(table, dict)
    }
    for level in doses:
        if level not in LEVELS:
            file.add(f"[dose.{level}]", f'"{level}" is not a level; use A, B or C')
    usual = _form(file, read, None)
    exercise = Exercise(
        id=read.text("id"),
        slug=read.text("slug"),
        kind=read.choice("kind", ("move", "strength", "stretch")),
        slot=read.choice("slot", ("move", "front", "back_side", "leg_hip", "stretch")),
        is_single_leg=read.flag("single_leg_runner", False),
        minutes=read.number("minutes"),
        is_low_load=read.flag("low_load", False),
        forms=_forms(file, read, usual),
        sources=read.texts("sources"),
        claims=read.texts("claims", []),
        dose_by_level=doses,
        skips=tuple(_rule(file, t, conditions) for t in read.tables("skip")),
        file=file,
    )
    read.review()
    read.finish()
    return exercise


def _forms(file: ContentFile, read: TableReader, usual: Form) -> tuple[Form, ...]:
    """Return the usual form and the variants, each made from the one it is like."""
    forms = {"": usual}
    for table in read.tables("variant"):
        inner = TableReader(file, table, f'id = "{table.get("id", "?")}"')
        like = inner.text("like", "")
        if like not in forms:
            file.add(f'like = "{like}"', f'no variant above has the id "{like}"')
        form = _form(file, inner, forms.get(like, usual))
        if form.id in forms:
            file.add(f'id = "{form.id}"', f'the variant "{form.id}" is there twice')
        forms[form.id] = form
        inner.finish()
    return tuple(forms.values())


def _form(file: ContentFile, read: TableReader, like: Form | None) -> Form:
    """Return a form; what a variant does not say is as in the form that it is like."""

    def text(key: str) -> str:
        return read.text(key, getattr(like, key) if like else ...)

    steps = read.texts("steps", list(like.steps) if like else ...)
    dose = {key: read.text(key, "") for key in ("repeats", "hold", "sets")}
    if like is None:
        form_id, figure, asks = "", read.text("slug"), read.texts("asks", [])
    else:
        form_id, asks = read.text("id"), read.texts("asks")
        figure = read.text("figure", like.figure)
        dose = {key: words or like.dose[key] for key, words in dose.items()}
    return Form(
        id=form_id,
        name=text("name"),
        start=text("start"),
        steps=steps,
        easier=text("easier"),
        # A way of one's own comes without a harder one, unless it says one.
        harder=read.text("harder", "" if like else ...),
        stop_if=text("stop_if"),
        figure=figure,
        alt_start=text("alt_start"),
        alt_end=text("alt_end"),
        asks=asks,
        easier_asks=read.texts("easier_asks", list(like.easier_asks) if like else []),
        harder_asks=read.texts("harder_asks", []),
        dose=dose,
    )


def _dose(file: ContentFile, table: dict[str, Any], level: str) -> Dose:
    read = TableReader(file, table, f"[dose.{level}]")
    dose = Dose(
        repeats=read.text("repeats", ""),
        hold=read.text("hold", ""),
        sets=read.text("sets", ""),
        is_each_side=read.flag("each_side", False),
        days=read.text("days", ""),
    )
    if not dose.repeats and not dose.hold:
        file.add(f"[dose.{level}]", 'a dose needs "repeats" or "hold"')
    read.finish()
    return dose


def _rule(
    file: ContentFile, table: dict[str, Any], conditions: ConditionReader
) -> Rule:
    read = TableReader(file, table, f'because = "{table.get("because", "?")}"')
    rule = Rule(
        because=read.text("because"),
        when=read.condition("when", conditions, NEVER),
    )
    read.finish()
    return rule


def parse_picker(file: ContentFile, conditions: ConditionReader) -> Picker:
    """Return the picker of ``exercise_picker.toml``."""
    read = TableReader(file, file.table)
    for_all = []
    for key in ("skip_all", "keep_only"):
        for table in read.tables(key):
            inner = TableReader(file, table, f'because = "{table.get("because", "?")}"')
            rule = Rule(
                inner.text("because"), inner.condition("when", conditions, NEVER)
            )
            keep = inner.texts("ids", [] if key == "skip_all" else ...)
            level = inner.text("level", "")
            if level and level not in OUTPUT_STATES:
                file.add(f'level = "{level}"', f'"{level}" is not a level')
            for_all.append(ForAll(rule, keep, level))
            inner.finish()
    levels = []
    for table in read.tables("level"):
        inner = TableReader(file, table, f'id = "{table.get("id", "?")}"')
        levels.append(
            LevelRule(inner.choice("id", LEVELS), inner.condition("when", conditions))
        )
        inner.finish()
    if not levels or levels[-1].when is not ALWAYS:
        file.add("[[level]]", "the last level must have no condition")
    picker = Picker(
        levels=tuple(levels),
        lower_when=read.condition("lower_one_level_when", conditions, NEVER),
        at_most_b_when=read.condition("max_level_B_when", conditions, NEVER),
        pool=_lists(read, "pool", LEVELS, ...),
        prefer=_lists(read, "prefer", DIRECTIONS, []),
        drop=_lists(read, "drop", DIRECTIONS, []),
        minutes_cap=_minutes(read),
        days=_days(read),
        soon_max=read.integer("soon_max", 0, 8),
        min_single_leg=read.integer("min_single_leg_C", 0, 4),
        for_all=tuple(for_all),
        asks=_ask_words(read),
        holds=_holds(file, read, conditions),
        file=file,
    )
    read.review()
    read.finish()
    return picker


DIRECTIONS: Final = ("none", "flexion", "extension")
"""Directions that may ease the pain; the values of ``direction_preference``."""


def _lists(
    read: TableReader, key: str, names: tuple[str, ...], default: Any
) -> dict[str, tuple[str, ...]]:
    """Return a list of exercises for each name; without a default all must be there."""
    inner = TableReader(read.file, read.table(key), f"[{key}]")
    lists = {name: inner.texts(name, default) for name in names}
    inner.finish()
    return lists


def _minutes(read: TableReader) -> dict[str, float]:
    inner = TableReader(read.file, read.table("minutes_cap"), "[minutes_cap]")
    minutes = {level: float(inner.number(level)) for level in LEVELS}
    inner.finish()
    return minutes


def _ask_words(read: TableReader) -> dict[str, tuple[str, ...]]:
    table = read.table("asks", {})
    inner = TableReader(read.file, table, "[asks]")
    return {name: inner.texts(name) for name in table}


def _holds(
    file: ContentFile, read: TableReader, conditions: ConditionReader
) -> tuple[BodyHold, ...]:
    holds = []
    for table in read.tables("hold"):
        inner = TableReader(file, table, f'because = "{table.get("because", "?")}"')
        rule = Rule(inner.text("because"), inner.condition("when", conditions, NEVER))
        holds.append(BodyHold(inner.text("asks"), rule))
        inner.finish()
        if "when" not in table:
            words = 'a [[hold]] needs "when": who must not be asked'
            file.add(f'because = "{rule.because}"', words)
    return tuple(holds)


def _days(read: TableReader) -> dict[str, str]:
    inner = TableReader(read.file, read.table("days", {}), "[days]")
    days = {level: inner.text(level, "") for level in LEVELS}
    inner.finish()
    return days


def exercise_level(facts: Facts, picker: Picker) -> str:
    """Return A (gentle), B (steady) or C (strong)."""
    level = next(
        rule.id for rule in picker.levels if rule.when.evaluate(facts) is Truth.YES
    )
    if picker.lower_when.evaluate(facts) is Truth.YES:
        level = {"A": "A", "B": "A", "C": "B"}[level]
    if level == "C" and picker.at_most_b_when.evaluate(facts) is Truth.YES:
        level = "B"
    return level


def pick_exercises(
    facts: Facts,
    exercises: Mapping[str, Exercise],
    picker: Picker,
    *,
    state: str,
    wanted: int,
    forbidden: frozenset[str] = frozenset(),
) -> tuple[Pick, ...]:
    """Return one decision for every card; the chosen ones first, in order.

    Args:
        facts: Known facts, ``derived.exercise_level`` and triage facts included.
        exercises: All cards by id.
        picker: How to pick.
        state: One of ``triage.OUTPUT_STATES``.
        wanted: How many exercises the person asked for.
        forbidden: What no way of an exercise may ask for, by a warning sign.
    """
    for_all = tuple(
        item
        for item in picker.for_all
        if item.only_at_level in ("", state) and item.rule.holds(facts)
    )
    held = dict.fromkeys(sorted(forbidden), "not before your check")
    held |= picker.held(facts)
    barred = {
        card.id: reason
        for card in exercises.values()
        if (reason := _barred(card, facts, for_all, state, held))
    }
    level = str(facts["derived.exercise_level"])
    limit = min(wanted, picker.soon_max) if state == "SOON" else wanted
    order = _order(facts, picker, level)
    chosen = _choose(
        [exercises[i] for i in order if i not in barred],
        limit=limit,
        minutes=picker.minutes_cap[level],
        single_legs=picker.min_single_leg if level == "C" else 0,
    )
    picks = []
    for card in chosen:
        form = card.form_for(held) or card.forms[0]
        because = card.why_not_usual(held) if form.id else ""
        picks.append(Pick(card, True, "", form, because))
    for card in exercises.values():
        if card not in chosen:
            reason = barred.get(card.id) or (
                "not part of your level" if card.id not in order else "enough others"
            )
            picks.append(Pick(card, False, reason, card.forms[0]))
    return tuple(picks)


def _barred(
    card: Exercise,
    facts: Facts,
    for_all: tuple[ForAll, ...],
    state: str,
    held: Mapping[str, str],
) -> str:
    """Return why the card must not be done, or an empty text.

    Args:
        card: The card.
        facts: Known facts.
        for_all: The rules over all cards that hold for this person.
        state: One of ``triage.OUTPUT_STATES``.
        held: What must not be asked of this person, with the reasons.
    """
    if state not in ("SOON", "ROUTINE"):
        return "no exercises before a check"
    for item in for_all:
        if card.id not in item.keep:
            return item.rule.because
    if state == "SOON" and not card.is_low_load:
        return "only gentle ones until you have been seen"
    if reason := next((rule.because for rule in card.skips if rule.holds(facts)), ""):
        return reason
    return "" if card.form_for(held) else card.why_not_at_all(held)


def _order(facts: Facts, picker: Picker, level: str) -> list[str]:
    direction = str(facts.get("derived.direction_preference", "none"))
    pool = picker.pool[level]
    first = [i for i in picker.prefer.get(direction, ()) if i in pool]
    dropped = picker.drop.get(direction, ())
    return [i for i in dict.fromkeys([*first, *pool]) if i not in dropped]


_MIX = (("move", 1), ("front", 1), ("back_side", 1), ("leg_hip", 2), ("stretch", 1))


def _choose(
    cards: list[Exercise], *, limit: int, minutes: float, single_legs: int
) -> list[Exercise]:
    """Return at most ``limit`` cards: first for the mix, then in order."""
    chosen: list[Exercise] = []

    def take(card: Exercise) -> None:
        time = sum(c.minutes for c in chosen) + card.minutes
        if (
            card not in chosen
            and len(chosen) < limit
            and (time <= minutes or not chosen)
        ):
            chosen.append(card)

    for card in [c for c in cards if c.is_single_leg][:single_legs]:
        take(card)
    for slot, count in sorted(_MIX, key=lambda item: item[0] != "leg_hip"):
        have = sum(c.slot == slot for c in chosen)
        for card in [c for c in cards if c.slot == slot and c not in chosen]:
            if have < count:
                take(card)
                have += 1
    for card in cards:
        take(card)
    return sorted(chosen, key=cards.index)

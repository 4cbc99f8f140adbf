"""Blocks that are worked out for the person: cards, plan, diary, sources.

Each insert of the content, such as ``{{run-walk-table}}``, has one function here
that returns its blocks. All words come from ``ui.toml``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from backguide.document import (
    Block,
    Callout,
    ExerciseCard,
    Heading,
    Illustration,
    ItemList,
    KeyValues,
    Paragraph,
    Span,
    Spans,
    Table,
    TimeBar,
    TimeBars,
    Verdict,
    WriteLines,
    plain,
)
from backguide.guidance.amounts import is_amount
from backguide.guidance.exercises import Dose, Pick
from backguide.guidance.library import Library
from backguide.guidance.markup import fill, parse, placeholders
from backguide.guidance.message import Line, actions, first, questions, reasons
from backguide.guidance.pain import MOST_PAIN
from backguide.guidance.programme import (
    Stage,
    entry_of,
    reachable_km,
    weeks_to_reach,
)
from backguide.guidance.section import SectionTemplate
from backguide.guidance.select import TIGHTEST, Decision, Selection
from backguide.guidance.triage import Level, TriggeredFlag
from backguide.guidance.wording import (
    Wording,
    day_words,
    number_words,
    with_whole_numbers,
)
from backguide.handout.links import mail_link, may_be_coded, web_link
from backguide.handout.read_back import answers_read_back
from backguide.handout.shared import Shared
from backguide.profile.facts import FactValue, history, known_facts


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that an insert may use."""

    selection: Selection
    library: Library
    shared: Shared
    wording: Wording
    answers: Mapping[str, object]
    """The raw answers, to tell "not sure" from "not answered"."""
    issued_on: date
    review_on: date
    source_numbers: Mapping[str, int]
    code: str
    program_version: str
    tightness: int
    """How far the handout is drawn together; see ``select.TIGHTEST``."""
    is_reviewed: bool
    """True when a clinician has reviewed everything that is printed."""
    is_overdue: bool
    """True when something that is printed was due for a new review."""
    sections: tuple[Decision, ...]
    """What is printed, in printing order."""

    @property
    def is_tight(self) -> bool:
        """Tell whether worked-out blocks take their short form."""
        return self.tightness >= 1

    @property
    def has_short_texts(self) -> bool:
        """Tell whether sections print their short form."""
        return self.tightness >= 2

    @property
    def has_few_stages(self) -> bool:
        """Tell whether only the next stages of the plan are printed."""
        return self.tightness >= 3

    @property
    def is_closed_up(self) -> bool:
        """Tell whether lines close up and page one may stand in columns."""
        return self.tightness >= 4

    @property
    def is_bare(self) -> bool:
        """Tell whether nothing is printed that can wait for the next guide."""
        return self.tightness >= TIGHTEST - 1

    def numbers_of(self, section: SectionTemplate) -> str:
        """Return the numbers of a section's sources, such as "1, 4"."""
        numbers = [
            self.source_numbers[name]
            for name in section.sources
            if name in self.source_numbers
        ]
        return ", ".join(map(str, numbers))

    @property
    def lists_sources(self) -> bool:
        """Tell whether the sources stand in a numbered list that a part can name.

        A page that is printed in place of a guide has few of them, at every length.
        """
        return self.selection.length == "full" or self.selection.triage.is_held_back

    def say(self, key: str, **values: str) -> str:
        """Return a fixed word with its braces filled."""
        text = self.library.words[key]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def fact(self, path: str) -> FactValue | None:
        """Return a known fact, or None."""
        return self.selection.facts.get(path)

    def number(self, path: str) -> float | None:
        """Return a known number, or None."""
        value = self.fact(path)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return value

    def fill(self, text: str) -> str:
        """Return a content text with its placeholders filled."""
        if "{" not in text:
            return text
        values = {path: self.wording.placeholder(path) for path in placeholders(text)}
        return fill(text, values)


def main_message(context: Context) -> list[Block]:
    """Return the fridge sheet: verdict, three actions, one stop, the next look."""
    facts, state = context.selection.facts, context.selection.triage.state
    message = context.library.message
    blocks: list[Block] = []
    if verdict := first(message.verdicts, facts, state):
        headline, why = context.fill(verdict.headline), context.fill(verdict.text)
        blocks.append(Verdict(verdict.light, headline, why))  # type: ignore[arg-type]
    blocks += _why(context, reasons(message, facts, state))
    blocks += [_question(context, line) for line in questions(message, facts, state)]
    blocks += _own_goals(context)
    items = [_inline(context, line.text) for line in actions(message, facts, state)]
    if items:
        blocks.append(Heading(context.say("message.do")))
        blocks.append(ItemList(tuple(items), "number"))
    for key, lines in (("stop", message.stop), ("next", message.next)):
        if line := first(lines, facts, state):
            blocks += _headed(context, f"message.{key}", line.text)
    return blocks


def _why(context: Context, lines: tuple[Line, ...]) -> list[Block]:
    """Return the reasons of the verdict as a list, or run in to save space."""
    if not lines:
        return []
    heading = context.say("message.because")
    if context.has_few_stages:
        spans: list[Span] = [Span(f"{heading}:", "strong")]
        for line in lines:
            spans += [Span(" "), *_inline(context, line.text)]
        return [Paragraph(tuple(spans))]
    items = tuple(_inline(context, line.text) for line in lines)
    return [Heading(heading), ItemList(items, "bullet")]


def _question(context: Context, line: Line) -> Block:
    """Return a question and its answer as one paragraph."""
    headline = context.fill(line.headline)
    spans = _inline(context, line.text)
    return Paragraph((Span(f"{headline} ", "strong"), *spans))


def _own_goals(context: Context) -> list[Block]:
    """Return the activities that the person wants back, in the person's own words."""
    symptoms = context.answers.get("symptoms")
    told = symptoms.get("function_psfs") if isinstance(symptoms, Mapping) else None
    goals = [
        context.say("message.goal", activity=str(item["activity"]),
                    score=str(item["score_0_10"]))
        for item in told or ()
    ]  # fmt: skip
    if not goals:
        return []
    row = (context.say("message.goals"), "; ".join(goals))
    return [KeyValues((row,), is_run=context.is_tight)]


def _headed(context: Context, key: str, text: str) -> list[Block]:
    """Return a line of the fridge sheet under its heading, or run in to save space."""
    spans = _inline(context, text)
    if context.has_few_stages:
        return [Paragraph((Span(f"{context.say(key)}: ", "strong"), *spans))]
    return [Heading(context.say(key)), Paragraph(spans)]


def _inline(context: Context, text: str) -> Spans:
    """Return one line of content as spans; what is filled in is never markup."""
    blocks, _ = parse(text)
    paragraph = blocks[0]
    if not isinstance(paragraph, Paragraph):
        raise TypeError("a line of the fridge sheet must be one paragraph")
    return tuple(
        Span(context.fill(span.text), span.emphasis) for span in paragraph.spans
    )


def _evidence(context: Context, flags: tuple[TriggeredFlag, ...]) -> list[str]:
    """Return every answer that decided the flags, each once."""
    told: dict[str, None] = {}
    for item in flags:
        words = context.wording.evidence(item.because)
        told |= dict.fromkeys(words or (context.say("emergency.other_sign"),))
    return list(told)


def _signs(context: Context, flags: tuple[TriggeredFlag, ...]) -> list[str]:
    """Return the signs among the deciding answers, to be said as "I have ..."."""
    tests = [test for item in flags for test in item.because]
    signs = dict.fromkeys(map(context.wording.sign_of, tests))
    return [sign for sign in signs if sign] or [context.say("emergency.other_sign")]


def _deciding_flags(context: Context) -> tuple[TriggeredFlag, ...]:
    triage = context.selection.triage
    return tuple(item for item in triage.flags if item.level == triage.level)


def triggered_signs(context: Context) -> list[Block]:
    """Return the answers that decided the level, in the person's own terms."""
    signs = _evidence(context, _deciding_flags(context))
    return [ItemList(tuple(plain(sign) for sign in signs))] if signs else []


def tell_the_staff(context: Context) -> list[Block]:
    """Return the sentences to say at the desk or on the phone."""
    flags = _deciding_flags(context)
    signs = context.wording.join(_signs(context, flags))
    has_pain = context.fact("symptoms.has_back_pain") == "current"
    lead = "emergency.say" if has_pain else "emergency.say_no_pain"
    sentences = [context.say(lead, signs=signs)]
    weeks = context.number("derived.onset_weeks")
    if has_pain and weeks is not None:
        span = context.wording.span(weeks)
        sentences.append(context.say("emergency.say_onset", span=span))
    sentences += context.wording.to_staff(t for item in flags for t in item.because)
    sentences.append(context.say("emergency.say_end"))
    text = " ".join(sentences)
    return [Callout((Paragraph((Span(f"\u201c{text}\u201d", "strong"),)),))]


def unanswered_questions(context: Context) -> list[Block]:
    """Return the safety questions that still need an answer.

    One that came after the version of the answers says so: the person was not asked.
    """
    version = context.fact("schema_version")
    questions = []
    for path in context.selection.triage.unanswered:
        fact = known_facts()[path]
        is_new = history().came_after(fact.since, version)
        text = fact.question
        questions.append(
            context.say("unanswered.new", question=text) if is_new else text
        )
    return [ItemList(tuple(plain(question) for question in questions), "tick")]


def cleared_flags(context: Context) -> list[Block]:
    """Return what a clinician has checked and allowed: who, when, what, and the note.

    A go-ahead to run has no name and day of its own: it is then that of whoever filled
    in the answers with the person, on the day of the answers.
    """
    if context.fact("mode") != "clinic":
        return []
    name = context.fact("clearance.red_flags_cleared_by")
    day = context.fact("clearance.red_flags_cleared_date")
    told = [f"clearance.red_flags_cleared={item.flag.id}"
            for item in context.selection.triage.cleared]  # fmt: skip
    if context.fact("derived.running_cleared") is True:
        told.append("clearance.clinician_clearance_running=true")
        name = name or context.fact("clinic.clinician_name")
        day = day or context.fact("created_date")
    blocks: list[Block] = []
    if told and isinstance(day, date):
        when = day_words(day, str(context.fact("locale")))
        who = str(name or context.say("cleared.not_named"))
        line = context.say("cleared.line", name=who, date=when)
        items = tuple(plain(context.library.reasons[key]) for key in told)
        blocks += [Paragraph(plain(line)), ItemList(items)]
    if note := context.fact("clearance.clearance_note"):
        blocks.append(Paragraph(plain(context.say("cleared.note", note=str(note)))))
    return [Callout(tuple(blocks))] if blocks else []


SNAPSHOT_FIELDS: Final = (
    "person.age_years", "symptoms.has_back_pain", "symptoms.site",
    "symptoms.onset_weeks", "symptoms.nrs_now", "symptoms.nrs_usual_24h",
    "symptoms.nrs_worst_week", "symptoms.nrs_during_run", "symptoms.radiation",
    "symptoms.radiation_side",
    "symptoms.leg_quality", "symptoms.aggravators", "symptoms.easers",
    "symptoms.improving", "running.runner_status", "running.weeks_since_last_run",
    "running.weekly_distance_km", "running.longest_run_30d_km",
    "running.planned_next_longest_km", "running.goal", "person.occupation_type",
    "person.sitting_h_day", "running.years_running", "running.hills",
    "person.gender_pronoun",
)  # fmt: skip
"""What a full guide reads back to the person, in this order."""

_PAIN_ONLY: Final = "symptoms."
_IF_TOLD: Final = frozenset(
    {
        "symptoms.nrs_worst_week",
        "symptoms.nrs_during_run",
        "symptoms.radiation_side",
        "symptoms.leg_quality",
    }
)
"""Pain answers that not everybody is asked for: no blank line for them."""

_NAMED: Final = ("told_by_clinician", "self_suspected", "yes")


def snapshot(context: Context) -> list[Block]:
    """Return what the person told us: all of it, or a few rows that decided."""
    is_full = context.selection.length == "full"
    rows = _every_answer(context) if is_full else _deciding_answers(context)
    # A run of many rows is hard to check; the few rows stay a table.
    is_run = is_full and context.is_tight
    blocks: list[Block] = [KeyValues(tuple(rows), is_run=is_run)]
    lines = [_safety_line(context), context.say("snapshot.correct")]
    if context.is_tight:
        lines = [" ".join(lines)]
    return [*blocks, *(Paragraph(plain(line)) for line in lines)]


def _deciding_answers(context: Context) -> list[tuple[str, str]]:
    """Return the answers that decided what is printed; all diagnoses take one row."""
    paths = answers_read_back(context.selection, context.library, context.sections)
    rows = [(known_facts()[path].title, _answer(context, path)) for path in paths]
    if named := _named_diagnoses(context):
        told = "; ".join(f"{title}: {value}" for title, value in named)
        most = context.library.frame.read_back.most
        rows = [(context.say("snapshot.diagnoses"), told), *rows[: most - 1]]
    return rows


def _every_answer(context: Context) -> list[tuple[str, str]]:
    """Return the answers in one order; what was not told stays visibly blank."""
    rows = []
    for path in SNAPSHOT_FIELDS:
        has_pain = context.fact("symptoms.has_back_pain") == "current"
        is_about_pain = path.startswith(_PAIN_ONLY) and path != "symptoms.has_back_pain"
        if is_about_pain and not has_pain:
            continue
        may_be_missing = path in _IF_TOLD or path.startswith(("running.", "person."))
        if context.fact(path) is None and may_be_missing:
            continue
        if path == "running.weeks_since_last_run" and context.number(path) == 0:
            continue  # a runner who runs
        rows.append((known_facts()[path].title, _answer(context, path)))
    return rows + _named_diagnoses(context)


def _answer(context: Context, path: str) -> str:
    if path == "symptoms.onset_weeks" and context.fact(path) is None:
        path = "derived.onset_weeks"
    if context.fact(path) is not None:
        words = context.wording.with_unit(path)
        if path == "symptoms.nrs_usual_24h":
            band = context.wording.value("derived.pain_band")
            return context.say("pain_with_word", value=words, word=band)
        return words
    group, _, name = path.partition(".")
    answers = context.answers.get(group)
    raw = answers.get(name) if isinstance(answers, Mapping) else None
    return context.say("not_sure" if raw == "unknown" else "not_answered")


def _named_diagnoses(context: Context) -> list[tuple[str, str]]:
    """Return each diagnosis that the person named, and its details, such as a date."""
    rows = []
    for path, fact in known_facts().items():
        value = context.fact(path)
        if not path.startswith("diagnoses.") or value is None:
            continue
        is_detail = fact.kind in ("number", "date", "bool") or (
            fact.kind == "choice" and "no" not in fact.choices
        )
        if value in _NAMED or is_detail:
            rows.append((fact.title, context.wording.with_unit(path)))
    return rows


def _safety_line(context: Context) -> str:
    required = [
        path
        for path, fact in known_facts().items()
        if path.startswith("red_flags.") and fact.is_required
    ]
    said_yes = [
        known_facts()[path].sign
        for path, fact in known_facts().items()
        if path.startswith("red_flags.") and context.fact(path) == "yes"
    ]
    blank = [path for path in required if context.fact(path) is None]
    lines = []
    if said_yes:
        lines.append(context.say("snapshot.safety_yes", signs="; ".join(said_yes)))
    if blank:
        lines.append(context.say("snapshot.safety_blank", count=str(len(blank))))
    if not said_yes and not blank:
        lines.append(context.say("snapshot.safety_all_no", count=str(len(required))))
    return " ".join(lines)


def _label_list(path: str) -> Callable[[Context], list[Block]]:
    def make(context: Context) -> list[Block]:
        value = context.fact(path)
        if not isinstance(value, tuple) or not value:
            return []
        labels = known_facts()[path].labels
        return [ItemList(tuple(plain(labels.get(v, v)) for v in value))]

    return make


def exercise_cards(context: Context) -> list[Block]:
    """Return the cards of the chosen exercises."""
    chosen = [pick for pick in context.selection.picks if pick.is_chosen]
    level = str(context.fact("derived.exercise_level"))
    return [_card(context, pick, n, level) for n, pick in enumerate(chosen, 1)]


def _card(context: Context, pick: Pick, number: int, level: str) -> Block:
    """Return a card; one without a value of the person is made only once."""
    form = pick.form
    because = pick.because
    changes = (context.say("exercise.changed", reason=because),) if because else ()
    asked = dict.fromkeys(
        path for text in form.printed_texts() for path in placeholders(text)
    )
    values = tuple((path, context.wording.placeholder(path)) for path in asked)
    if not all(path in COMMON_PHRASES or is_amount(path) for path in asked):
        return _fresh_card(context, pick, number, level, changes)
    key = ("card", pick.exercise.id, form.id, bool(form.easier), bool(form.harder),
           number, level, changes, context.is_bare, context.is_tight,
           values)  # fmt: skip
    blocks = context.shared.blocks
    if (kept := blocks.find(key)) is not None:
        return kept
    return blocks.made(key, _fresh_card(context, pick, number, level, changes))


COMMON_PHRASES: Final = frozenset(
    {"pain_limit", "pain_above_limit", "pain_rises", "leg_pain", "exercise_days"}
)
"""Phrases with so few values that they tell nothing of a person."""


def _fresh_card(
    context: Context, pick: Pick, number: int, level: str, changes: tuple[str, ...]
) -> ExerciseCard:
    # Whoever does it in a way of their own is not shown a harder one.
    exercise, form = pick.exercise, pick.form
    has_harder = not (changes or context.is_bare)
    dose = form.dose_of(exercise.dose_by_level[level])
    return ExerciseCard(
        id=exercise.id,
        number=number,
        name=form.name,
        start=context.fill(form.start),
        steps=tuple(context.fill(step) for step in form.steps),
        dose=_dose(context, dose, level),
        easier=context.fill(form.easier),
        harder=context.fill(form.harder) if has_harder else "",
        stop_if=context.fill(form.stop_if),
        changes=changes,
        figure=context.library.figures.get(form.figure),
        alt=context.say("figure.alt", start=form.alt_start, end=form.alt_end),
        is_close_set=context.is_tight,
    )


def _dose(context: Context, dose: Dose, level: str) -> tuple[tuple[str, str], ...]:
    side = f" {context.say('exercise.each_side')}" if dose.is_each_side else ""
    rows = []
    if dose.repeats:
        rows.append((context.say("exercise.repeats"), dose.repeats + side))
    if dose.hold:
        rows.append((context.say("exercise.hold"), dose.hold + side))
    if dose.sets:
        rows.append((context.say("exercise.sets"), dose.sets))
    days = dose.days or context.library.picker.days[level]
    rows.append((context.say("exercise.days"), days))
    return tuple(rows)


SHORT_STAGES: Final = 3
"""Stages that a short handout prints, from the person's own on."""

LONG_CAPTIONS: Final = ("caption", "twin_caption")

FEWEST_STAGES: Final = 2
FEW_STAGES: Final = 6
"""Stages that a longer handout prints when there is little room."""


def run_walk_table(context: Context) -> list[Block]:
    """Return the person's stages as a table to tick."""
    plan, facts = context.library.plan, context.selection.facts
    start = entry_of(facts, plan).stage
    track = str(context.fact("derived.plan_track"))
    stages = [stage for stage in plan.stages if stage.number >= start]
    if context.selection.length == "short":
        stages = stages[: FEWEST_STAGES if context.is_bare else SHORT_STAGES]
    elif context.has_few_stages:
        stages = stages[:FEW_STAGES]
    blocks: list[Block] = []
    captions = ("caption_short",) if context.has_short_texts else LONG_CAPTIONS
    header = tuple(
        context.say(f"plan.{key}") for key in ("stage", "main", "twin", "sessions")
    )
    rows = tuple(_stage_row(context, stage, track) for stage in stages)
    blocks.append(
        Table(
            header,
            rows,
            (0.14, 0.4, 0.21, 0.25),
            caption=" ".join(context.say(f"plan.{key}") for key in captions),
            has_row_headers=True,
        )
    )
    if not context.has_few_stages:
        blocks.append(_stage_bars(context, stages))
    if stages[-1].number < plan.stages[-1].number:
        blocks.append(Paragraph(plain(context.say("plan.more_later"))))
    return blocks


def _stage_bars(context: Context, stages: list[Stage]) -> TimeBars:
    """Return the picture of the weeks to come: minutes to jog and to walk."""
    bars = []
    told = [context.say("plan.bars_alt")]
    for stage in stages:
        jog, walk = (s * stage.repeats / 60 for s in (stage.jog_s, stage.walk_s))
        words = {
            "stage": str(stage.number),
            "jog": number_words(jog),
            "walk": number_words(walk),
        }
        bars.append(TimeBar(words["stage"], jog, walk, words["jog"]))
        told.append(context.say("plan.bar_alt", **words))
    return TimeBars(
        tuple(bars),
        title=context.say("plan.bars_title"),
        jog_word=context.say("plan.bars_jog"),
        walk_word=context.say("plan.bars_walk"),
        alt=" ".join(told),
    )


def _stage_row(context: Context, stage: Stage, track: str) -> tuple[Spans, ...]:
    twin = context.say("plan.minutes", minutes=str(stage.main_min))
    boxes = "\u2610 " * stage.sessions(track)
    return (
        plain(str(stage.number)),
        plain(stage_words(context, stage)),
        plain(twin),
        plain(boxes.strip()),
    )


def stage_words(context: Context, stage: Stage) -> str:
    """Return what to do at a stage: "Jog 30 seconds, walk 2 minutes. ..."."""
    if stage.jog_s == 0:
        return context.say("plan.walk_only", minutes=str(stage.main_min))
    if stage.walk_s == 0:
        return context.say("plan.jog_only", minutes=str(stage.main_min))
    return context.say(
        "plan.interval",
        jog=_time(context, stage.jog_s),
        walk=_time(context, stage.walk_s),
        repeats=str(stage.repeats),
    )


def _time(context: Context, seconds: int) -> str:
    if context.has_short_texts:
        if seconds < 60:
            return context.say("plan.seconds_short", seconds=str(seconds))
        return context.say("plan.minutes", minutes=str(seconds // 60))
    if seconds < 60:
        return context.say("plan.seconds", seconds=str(seconds))
    minutes = seconds // 60
    if minutes == 1:
        return context.say("plan.minute_one")
    return context.say("plan.minute_many", minutes=str(minutes))


def _word_table(
    context: Context,
    prefix: str,
    columns: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
    widths: tuple[float, ...],
    **values: str,
) -> Table:
    return Table(
        header=tuple(context.say(f"{prefix}.{key}") for key in columns),
        rows=tuple(
            tuple(plain(_capital(context.say(f"{prefix}.{key}", **values)))
                  for key in row)
            for row in rows
        ),
        widths=widths,
        caption=context.say(f"{prefix}.caption", **values),
        has_row_headers=True,
    )  # fmt: skip


def _capital(text: str) -> str:
    """Return a text of a table with a capital at its start."""
    return text[:1].upper() + text[1:]


def _pain_words(context: Context) -> dict[str, str]:
    """Return the numbers of this person's pain lights, in words."""
    pain = context.wording.pain
    between = context.say("or" if len(pain.amber) <= 2 else "to")
    ends = sorted({min(pain.amber, default=0), max(pain.amber, default=0)})
    return {
        "limit": str(pain.limit),
        "pain": f" {between} ".join(map(str, ends)),
        "red": str(pain.red),
        "leg": context.wording.leg_pain(),
    }


def _pain_keys(context: Context, amber: str, red: str) -> tuple[str, str]:
    """Return the keys of the amber and the red row: with points, or without any."""
    pain = context.wording.pain
    return (
        amber if pain.amber else f"{amber}_sore",
        red if pain.red <= MOST_PAIN else f"{red}_signs",
    )


def pain_lights(context: Context) -> list[Block]:
    """Return the pain traffic light; each light has its word and its own numbers."""
    amber, red = _pain_keys(context, "amber_feel", "red_feel")
    rows = (
        ("green", "green_feel", "green_do"),
        ("amber", amber, "amber_do"),
        ("red", red, "red_do_in_plan" if _has_stages(context) else "red_do"),
    )
    columns, widths = ("light", "feel", "do"), (0.18, 0.41, 0.41)
    values = _pain_words(context)
    table = _word_table(context, "lights", columns, rows, widths, **values)
    # The short form of the text around it says how to read the table.
    return [replace(table, caption="") if context.is_tight else table]


def _has_stages(context: Context) -> bool:
    """Tell whether the guide has a plan with stages to go back to."""
    return any(
        insert.name == "run-walk-table"
        for decision in context.selection.included()
        for insert in decision.section.inserts()
    )


def if_then(context: Context) -> list[Block]:
    """Return the if-then table that stands beside the diary.

    Only at ROUTINE: its rows speak of steps up and down.
    """
    if context.selection.triage.state != "ROUTINE":
        return []
    amber, red = _pain_keys(context, "amber", "red")
    rows = (
        ("green", "green_then"),
        (amber, "amber_then"),
        (red, "red_then"),
        ("warning", "warning_then"),
    )
    values = _pain_words(context)
    table = _word_table(context, "if_then", ("if", "then"), rows, (0.5, 0.5), **values)
    return [replace(table, is_narrow=True)]


DIARY_DAYS: Final = 14
DIARY_COLUMNS: Final = ("day", "did", "during", "evening", "morning")
DIARY_COLUMNS_WITHOUT_PAIN: Final = ("day", "did", "effort", "hurt", "morning")
WEEK_DAYS: Final = 7
WEEK_LABEL_SHARE: Final = 0.2
"""Of the width; a day has 2 cm at 12 point, enough for "20 min walk" on two lines."""
DIARY_ROWS: Final = ("row_did", "row_during", "row_evening", "row_morning")
DIARY_ROWS_WITHOUT_PAIN: Final = (
    "row_did",
    "row_effort",
    "row_hurt",
    "row_sore_morning",
)


def diary(context: Context) -> list[Block]:
    """Return empty lines for two weeks; of a guide that is not full, a week's strip."""
    has_pain = context.fact("symptoms.has_back_pain") == "current"
    if context.selection.length != "full":
        return [_week(context, DIARY_ROWS if has_pain else DIARY_ROWS_WITHOUT_PAIN,
                      "caption_week" if has_pain else "caption_week_well")]  # fmt: skip
    columns = DIARY_COLUMNS if has_pain else DIARY_COLUMNS_WITHOUT_PAIN
    rows = tuple(
        (plain(str(day)), plain(""), plain(""), plain(""), plain(""))
        for day in range(1, DIARY_DAYS + 1)
    )
    return [
        Table(
            tuple(context.say(f"diary.{key}") for key in columns),
            rows,
            (0.13, 0.33, 0.18, 0.18, 0.18),
            row_height_mm=6.8,
            is_narrow=True,
            caption=context.say("diary.caption" if has_pain else "diary.caption_well"),
            has_row_headers=True,
        )
    ]


def _week(context: Context, rows: tuple[str, ...], caption: str) -> Table:
    """Return one week with a column for each day."""
    days = tuple(str(day) for day in range(1, WEEK_DAYS + 1))
    empty = (plain(""),) * WEEK_DAYS
    return Table(
        (context.say("diary.day"), *days),
        tuple((plain(context.say(f"diary.{key}")), *empty) for key in rows),
        (WEEK_LABEL_SHARE, *((1 - WEEK_LABEL_SHARE) / WEEK_DAYS,) * WEEK_DAYS),
        row_height_mm=8.5,
        caption=context.say(f"diary.{caption}"),
        has_row_headers=True,
        has_days_across=True,
    )


def water_session(context: Context) -> list[Block]:
    """Return the first deep-water session as a table."""
    rows = tuple(
        (f"{part}_time", f"{part}_effort", f"{part}_what")
        for part in ("warm_up", "main", "cool_down")
    )
    columns, widths = ("time", "effort", "what"), (0.29, 0.26, 0.45)
    rounds, on_min = WATER_WEEKS[0]
    if context.selection.triage.state != "ROUTINE":
        rounds = WATER_ROUNDS_BEFORE_CHECK
    main_min = rounds * (on_min + EASY_MIN)
    values = {
        "rounds": str(rounds),
        "minutes": str(main_min),
        "total": str(main_min + WATER_WARM_UP_MIN),
    }
    table = _word_table(context, "water", columns, rows, widths, **values)
    figure = context.library.figures.get("deep-water-running")
    if figure is None:
        return [table]
    return [Illustration(figure, context.say("figure.water_alt")), table]


def run_hold_numbers(context: Context) -> list[Block]:
    """Return the limits for somebody who runs now, worked out."""
    items = []
    longest = context.number("running.longest_run_30d_km")
    if longest:
        cap = context.wording.value("derived.next_long_run_cap_km")
        items.append(context.say("hold.longest", cap=cap))
    if weekly := context.number("running.weekly_distance_km"):
        items.append(context.say("hold.week", weekly=context.wording.distance(weekly)))
    spike = context.number("derived.spike_pct")
    if spike is not None and spike >= context.library.thresholds["spike_pct"]:
        items.append(
            context.say(
                "hold.next",
                planned=context.wording.value("running.planned_next_longest_km"),
                pct=context.wording.value("derived.spike_pct"),
            )
        )
    if minutes := _usual_run_min(context):
        items.append(context.say("hold.twin", minutes=str(minutes)))
    items.append(context.say("hold.weeks"))
    return [ItemList(tuple(_inline(context, item) for item in items))]


def _usual_run_min(context: Context) -> int:
    """Return the minutes of a usual run, in steps of 5; 0 when it is not known."""
    weekly = context.number("running.weekly_distance_km")
    runs = context.number("running.runs_per_week")
    pace = context.number("running.typical_pace_min_per_km")
    if not weekly or not runs or not pace:
        return 0
    return max(round(weekly / runs * pace / 5) * 5, 5)


def water_weeks(context: Context) -> list[Block]:
    """Return how the water session grows over 6 weeks."""
    columns = ("week", "rounds", "round", "total")
    rows = tuple(
        (
            plain(str(week)),
            plain(str(rounds)),
            plain(context.say("water_weeks.minutes", on=str(on_min))),
            plain(
                context.say(
                    "plan.minutes",
                    minutes=str(rounds * (on_min + EASY_MIN) + WATER_WARM_UP_MIN),
                )
            ),
        )
        for week, (rounds, on_min) in enumerate(WATER_WEEKS, 1)
    )
    return [
        Table(
            tuple(context.say(f"water_weeks.{key}") for key in columns),
            rows,
            (0.14, 0.2, 0.42, 0.24),
            caption=context.say("water_weeks.caption"),
            has_row_headers=True,
            is_narrow=True,
        )
    ]


WATER_WEEKS: Final = ((6, 2), (7, 2), (8, 2), (6, 3), (7, 3), (8, 3))
"""For each week: rounds, and minutes of water running in a round (E08, E09)."""
WATER_ROUNDS_BEFORE_CHECK: Final = 3
"""Half a session until a check, as somebody's exercises are fewer then too."""
EASY_MIN: Final = 1
WATER_WARM_UP_MIN: Final = 10
"""Warm up and cool down together."""


RACE_DISTANCES_KM: Final[Mapping[str, float]] = MappingProxyType(
    {"first_5k": 5, "10k": 10, "half": 21.1, "marathon": 42.2, "ultra": 50}
)


def goal_race(context: Context) -> list[Block]:
    """Return what is realistic by race day, by the step rule of the long run."""
    weeks = context.number("derived.weeks_to_race")
    longest = context.number("running.longest_run_30d_km")
    goal = context.number("running.goal_distance_km") or RACE_DISTANCES_KM.get(
        str(context.fact("running.goal")), 0
    )
    if weeks is None:
        return []
    if weeks < context.library.thresholds["race_notice_weeks"]:
        return [
            Paragraph(
                plain(context.say("race.too_soon", span=context.wording.span(weeks)))
            )
        ]
    if not goal or not longest:
        return []
    if any(d.section.id == "run-walk-plan" for d in context.selection.included()):
        return []  # what is realistic is counted from the end of that plan
    needed = weeks_to_reach(longest, goal)
    key = "race.reachable" if needed <= weeks else "race.too_far"
    reach = min(reachable_km(longest, int(weeks)), goal)
    lines = [
        context.say(
            key,
            distance=context.wording.distance(goal),
            span=context.wording.span(weeks),
            reach=context.wording.distance(reach, is_cap=True),
        )
    ]
    if needed > weeks:
        distance = context.wording.distance(goal)
        lines.append(
            context.say(
                "race.weeks_needed",
                distance=distance,
                needed=context.wording.span(needed),
            )
        )
    return [Paragraph(plain(" ".join(lines)))]


def sources(context: Context) -> list[Block]:
    """Return the numbered sources of the sections that are printed, or their count."""
    if not context.source_numbers:
        return []
    if not context.lists_sources:
        own = [d.section.sources for d in context.sections if _lists(d.section)]
        names = [context.library.sources[name].short for name in own[0]]
        line = context.say(
            "about.sources",
            count=str(len(context.source_numbers)),
            names=context.wording.join([name.partition(", ")[0] for name in names]),
        )
        return [Paragraph(plain(line), "small")]
    spans: list[Span] = []
    for name, number in sorted(context.source_numbers.items(), key=lambda i: i[1]):
        short = context.library.sources[name].short
        if context.selection.triage.is_held_back:
            short = short.partition(", ")[0]
        spans += [Span(f"{number} ", "strong"), Span(f"{short}. ")]
    return [Paragraph(tuple(spans), "small")]


def _lists(section: SectionTemplate) -> bool:
    return any(insert.name == "sources" for insert in section.inserts())


def about_sheet(context: Context) -> list[Block]:
    """Return version, dates and review state."""
    locale = str(context.fact("locale"))
    review = "about.reviewed" if context.is_reviewed else "about.unreviewed"
    is_full = context.selection.length == "full"
    lines = [
        context.say(
            "about.made",
            date=day_words(context.issued_on, locale),
            review=day_words(context.review_on, locale),
        ),
        context.say(
            # The code stands on top of each page as well.
            "about.version" if is_full else "about.version_short",
            code=context.code,
            version=context.program_version,
            content=context.library.version,
        ),
        context.say(review),
    ]
    if is_full and not context.is_reviewed:
        lines.append(context.say("about.show"))
    return [Paragraph(plain(" ".join(lines)), "small")]


_CLINIC_ROWS: Final = (
    ("name", "clinic.clinic_name"), ("phone", "clinic.phone"),
    ("out_of_hours", "clinic.out_of_hours"),
    ("email", "clinic.email"), ("web", "clinic.web"), ("address", "clinic.address"),
    ("next_appointment", "clinic.next_appointment"),
    ("review_date", "clinic.handout_review_date"),
)  # fmt: skip


_LINKS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {"web": web_link, "email": mail_link}
)
_SAID_ELSEWHERE: Final = ("next_appointment", "review_date")
"""Page one says when to look again, and the last lines how long the sheet holds."""


def _clinic_table(
    context: Context, rows: list[tuple[str, str, Callable[[str], str] | None]]
) -> KeyValues:
    """Return the rows with links and a code; as one run where there is no room."""
    texts = tuple((label, value) for label, value, _ in rows)
    links = tuple(find(value) if find else "" for _, value, find in rows)
    is_short = context.selection.length == "short" and context.has_short_texts
    if is_short or context.is_closed_up:
        return KeyValues(texts, links, is_run=True)
    code = next((link for link in links if may_be_coded(link)), "")
    alt = context.say("clinic.code_alt", address=code) if code else ""
    return KeyValues(texts, links, code, alt)


def clinic_lines(context: Context) -> list[Block]:
    """Return whom to call, and the clinician's own message."""
    rows = [
        (context.say(f"clinic.{key}"), context.wording.value(path), _LINKS.get(key))
        for key, path in _CLINIC_ROWS
        if context.fact(path) is not None
        and not (context.has_few_stages and key in _SAID_ELSEWHERE)
    ]
    person = [
        context.fact("clinic.clinician_name"),
        context.fact("clinic.clinician_role"),
        context.fact("clinic.registration_no"),
    ]
    if person[0]:
        words = with_whole_numbers(", ".join(map(str, filter(None, person))))
        rows.insert(1, (context.say("clinic.person"), words, None))
    blocks: list[Block] = []
    if rows:
        blocks.append(_clinic_table(context, rows))
    if message := context.fact("clinic.physio_message"):
        text = with_whole_numbers(str(message))
        lines = [line for line in text.split("\n") if line.strip()]
        blocks.append(
            Callout(
                (
                    Paragraph((Span(context.say("clinic.message"), "strong"),)),
                    *(Paragraph(plain(line)) for line in lines),
                )
            )
        )
    return blocks


def action_lines(context: Context) -> list[Block]:
    """Return lines to write one's own plan on."""
    keys = ("first", "second", "third")
    return [WriteLines(tuple(context.say(f"action.{key}") for key in keys))]


def is_urgent(context: Context) -> bool:
    """Tell whether the handout is an urgent page."""
    return context.selection.triage.level >= Level.URGENT


INSERTS: Final[Mapping[str, Callable[[Context], list[Block]]]] = MappingProxyType(
    {
        "main-message": main_message,
        "triggered-signs": triggered_signs,
        "tell-the-staff": tell_the_staff,
        "unanswered-questions": unanswered_questions,
        "cleared-flags": cleared_flags,
        "snapshot": snapshot,
        "easers": _label_list("symptoms.easers"),
        "aggravators": _label_list("symptoms.aggravators"),
        "exercise-cards": exercise_cards,
        "run-walk-table": run_walk_table,
        "run-hold-numbers": run_hold_numbers,
        "pain-lights": pain_lights,
        "goal-race": goal_race,
        "diary": diary,
        "if-then": if_then,
        "water-session": water_session,
        "water-weeks": water_weeks,
        "sources": sources,
        "about-sheet": about_sheet,
        "clinic-lines": clinic_lines,
        "action-lines": action_lines,
    }
)
"""Every insert that the content may use, by name."""

OF_THE_WHOLE: Final = frozenset({"sources", "about-sheet", "snapshot"})
"""Inserts that speak of the other sections, so they change with what falls out."""

"""The measures of a text, and each row of the reading lint on a planted fault."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backguide.document import (
    Callout,
    ExerciseCard,
    Furniture,
    Handout,
    HandoutSection,
    Heading,
    ItemList,
    KeyValues,
    Paragraph,
    Table,
    Verdict,
    WriteLines,
    plain,
)
from backguide.guidance import reading
from backguide.guidance.condition import ConditionReader
from backguide.guidance.content_file import ContentFile
from backguide.guidance.library import Library
from backguide.guidance.reading import (
    WordLists,
    is_double_negative,
    is_passive,
    lint_exercise,
    lint_handout,
    lint_message,
    lint_section,
    lint_words,
    load_words,
    measure,
    reading_of_handout,
    reading_problems,
    section_measures,
    sentences_of,
    starts_with_verb,
    syllables,
    words_of,
)
from backguide.guidance.section import SectionTemplate, parse_section
from backguide.profile.facts import known_facts
from backguide.resources import templates_root

DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def words() -> WordLists:
    lists, problems = load_words(templates_root())
    assert not problems
    return lists


# --- syllables -----------------------------------------------------------------------

COUNTED = {
    1: """
        back run walk knee pain bone stretch rest breathe strength through once walked
        stopped moved eased felt months weeks days sit stand lean foot feet heel hip
        thigh calf calves disc discs nerve nerves spine hour week your hold twist shoes
        sore stiff clothes length lengths
    """,
    2: """
        running walking muscle muscles doctor tummy ankle water easy swimming cycle
        cycling pillow shoulder minute minutes second seconds number morning evening
        midwife pelvis pelvic surgeon cushion cushions people trial trials being doing
        going seeing lying carry carries worried numbness weakness tingle tingles
        tingling surface distance every quiet fluid react table trouble gentle slowly
        safely safety careful movement metre metres centre clinic needed rested stages
        bulges reaches something someone million walker loosely rhythm patient special
        session worktop upright outside before
    """,
    3: """
        exercise easier heavier healthier physio pharmacist together another injury
        injuries regular usual period however already average different difference
        therapy surgery recover infection beginner position replacement arthritis
        stenosis clinician video radio idea area medicine family quietly kilogram
        somebody electric vagina genitals carrying periods registered pregnancy diary
        steadily serious
    """,
    4: """
        exercises emergency diagnosis information kilometre kilometres operation
        professional usually scoliosis sciatica maternity comfortable centimetre
        epilepsy activity variety society registration scientific especially gradually
        ability caesarean material
    """,
    5: "organization spondylolysis possibility anatomical",
    6: "physiotherapist physiotherapy osteoporosis osteopenia spondylolisthesis",
}


@pytest.mark.parametrize(
    ("word", "expected"),
    [(word, count) for count, text in COUNTED.items() for word in text.split()],
)
def test_syllables_of_a_word_that_was_counted_by_hand(word, expected) -> None:
    assert syllables(word) == expected


def test_the_list_by_hand_has_200_words() -> None:
    assert sum(len(text.split()) for text in COUNTED.values()) >= 200


def test_a_word_with_a_hyphen_has_the_syllables_of_its_parts() -> None:
    assert syllables("run-walk") == 2
    assert syllables("flare-up") == 2
    assert syllables("10") == 1


def _content_words(library: Library) -> set[str]:
    texts = [section.plain_text() for section in library.sections.values()]
    return {
        word.lower()
        for text in texts
        for word in words_of(text)
        if word.isascii() and word.isalpha()
    }


def test_our_rule_agrees_with_a_hyphenation_dictionary(library) -> None:
    """Hyphenation never breaks off one letter, so pyphen may count less, not more."""
    pyphen = pytest.importorskip("pyphen")
    dictionary = pyphen.Pyphen(lang="en_US")
    vocabulary = sorted(_content_words(library))
    assert len(vocabulary) > 700
    theirs = {w: dictionary.inserted(w).count("-") + 1 for w in vocabulary}
    more = [w for w in vocabulary if theirs[w] > syllables(w)]
    less = [w for w in vocabulary if syllables(w) - theirs[w] > 3]
    assert len(more) <= len(vocabulary) * 0.01, more
    assert not less
    gap = sum(syllables(w) - theirs[w] for w in vocabulary) / len(vocabulary)
    assert 0 <= gap < 0.15


# --- sentences, words, scores ---------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Walk. Then rest.", ["Walk.", "Then rest."]),
        ("Run 13.2 km or less. Stop at 3.", ["Run 13.2 km or less.", "Stop at 3."]),
        ("a list item without a stop", ["a list item without a stop"]),
        ("Tight? Stretch!", ["Tight?", "Stretch!"]),
        ('"Stop." Then rest.', ['"Stop.', "Then rest."]),
        ("   ", []),
    ],
)
def test_sentences(text, expected) -> None:
    assert sentences_of(text) == expected


def test_words_and_numbers() -> None:
    assert words_of("Don't run 2,539 m at 10%, run-walk 13.2 km.") == [
        "Don't", "run", "2,539", "m", "at", "10%", "run-walk", "13.2", "km",
    ]  # fmt: skip


def test_the_formulas() -> None:
    found = measure(["The cat sat on the mat.", "The dog ran."])
    assert (found.words, found.sentences, found.syllables) == (9, 2, 9)
    assert found.mean_words == 4.5
    assert found.longest_sentence == 6
    assert found.grade == pytest.approx(0.39 * 4.5 + 11.8 - 15.59)
    assert found.ease == pytest.approx(206.835 - 1.015 * 4.5 - 84.6)
    assert found.smog == pytest.approx(3.1291)
    assert found.long_word_share == 0


def test_smog_counts_the_long_words() -> None:
    text = "The physiotherapist gave you an exercise."
    found = measure([text] * 30)
    assert found.long_words == 60
    assert found.smog == pytest.approx(1.043 * 60**0.5 + 3.1291)


def test_an_unavoidable_word_counts_once() -> None:
    text = "Do the exercise. Stop the exercises. The pharmacist knows."
    assert measure([text]).counted_long_words == 3
    assert measure([text], frozenset({"exercise"})).counted_long_words == 2


def test_nothing_measures_as_nothing() -> None:
    found = measure([])
    assert (found.words, found.sentences, found.mean_words) == (0, 0, 0)


@pytest.mark.parametrize(
    "sentence",
    [
        "You were told that a disc bulges.",
        "It was not seen on the scan.",
        "The leg must be checked.",
        "These moves were carefully chosen for you.",
        "Stress is linked with pain.",
        "It has been shown in a trial.",
    ],
)
def test_passive(sentence) -> None:
    assert is_passive(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Walk until you feel tired.",
        "You are tired.",
        "They are aged 18 to 45.",
        "Keep your knees bent.",
        "You have walked for 10 minutes.",
        "If you are worried, call us.",
    ],
)
def test_active(sentence) -> None:
    assert not is_passive(sentence)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Walk fast.", True),
        ("Do not run.", True),
        ("Then bend your knees.", True),
        ("Week 1: walk 10 minutes.", True),
        ("If it hurts, stop.", True),
        ("Your knee bends.", False),
        ("The walk was long.", False),
        ("...", False),
    ],
)
def test_steps_that_start_with_a_verb(sentence, expected, words) -> None:
    assert starts_with_verb(sentence, words.verbs) is expected


# --- rows on a section ---------------------------------------------------------------

HEAD = """+++
id = "planted"
title = "Walk a little"
group = "causes"
order = 1
priority = 3
levels = ["ROUTINE"]
sources = SOURCES
claims = CLAIMS
written_on = 2026-11-23
review_by = 2027-11-23
reason = "everyone gets this"
PARTS
+++
"""


def planted(
    library: Library,
    body: str,
    *,
    sources: tuple[str, ...] = ("E03",),
    claims: tuple[str, ...] = ("S0-01",),
    parts: str = "",
) -> SectionTemplate:
    head = (
        HEAD.replace("SOURCES", json.dumps(list(sources)))
        .replace("CLAIMS", json.dumps(list(claims)))
        .replace("PARTS", parts)
    )
    file = ContentFile(templates_root(), "en/sections/planted.md", head + body)
    section = parse_section(file, ConditionReader(known_facts(), library.thresholds))
    assert not file.problems, file.problems
    return section


def codes(found: tuple[Any, ...]) -> set[str]:
    return {problem.code for problem in found}


GOOD = "Walk a little each day. You may feel better."
LONG_LIST = "\n".join(f"- Walk to place {n}." for n in range(8))
NO_VERBS = "1. Your knee.\n2. Your hip.\n3. Walk."
THIRD_PERSON = "The runner should rest. A runner must stop. They should wait. Walk."
PARAGRAPH = "You walk. " * 5
WORDY = f"You can walk {'on and ' * 9}on."


def test_a_good_section_has_no_finding(library, words) -> None:
    assert lint_section(planted(library, GOOD), words, library.sources) == ()


@pytest.mark.parametrize(
    ("row", "body"),
    [
        ("L02", "Comfortable physiotherapy exercises usually improve flexibility."),
        (
            "L03",
            "\n\n".join(["Walk on and on by the sea with me and you all day."] * 3),
        ),
        ("L04", WORDY),
        ("L07", PARAGRAPH),
        ("L07", "You walk and walk and walk, " * 13 + "you see."),
        ("L08", LONG_LIST),
        ("L08", "- " + "walk and " * 8 + "rest"),
        ("L10", THIRD_PERSON),
        ("L10", "Patients should walk."),
        ("L11", NO_VERBS),
        ("L12", "Your back has wear and tear."),
        ("L12", "You have degenerative discs, the soft cushions."),
        ("L12", "Keep your vertebrae in line."),
        ("L12", "You may have sciatica."),
        ("L12", "You have nerve pain down the leg (sciatica). Is it sciatica?"),
        ("L13", "Your trunk is strong."),
        ("L13", "Ask for an MRI."),
        ("L13", "Your ergonomics may help."),
        ("L18", "YOU MUST STOP NOW."),
        ("L27", "Walk for twenty minutes."),
        ("L27", "Walk 2.5 times."),
        ("L27", "About 6 in 10 people get better."),
        ("L27", "About 1 in 20 had more pain."),
        ("L28", "Run no more than 10% more than your longest run."),
        ("L28", "Divide your time by the distance."),
        ("L33", "Rest in bed for 2 days."),
        ("L36", "Running prevents back pain."),
        ("L36", "This exercise cures you."),
        ("L39", "Do not be lazy."),
        ("L39", "You may need to lose weight."),
        ("L43", "Walk None minutes."),
        ("L43", "Walk () a little."),
        ("L43", "Walk a little , then rest."),
        ("L48", "Do not run before week 12, nor with signs that need a check."),
        ("L48", "Do not jog unless your doctor agrees."),
        ("L48", "You cannot get well without no rest."),
        ("L49", "Your pain began 104 weeks ago."),
    ],
)
def test_a_planted_fault_in_a_section_is_found(row, body, library, words) -> None:
    found = lint_section(planted(library, body), words, library.sources)
    assert row in codes(found)


def test_a_finding_has_file_line_row_and_hint(library, words) -> None:
    section = planted(library, "Walk a little.\n\nYour back has wear and tear.")
    (found,) = lint_section(section, words, library.sources)
    line = section.file.text.split("\n").index("Your back has wear and tear.") + 1
    assert found.where == f"templates/en/sections/planted.md:{line}"
    assert found.message == 'L12: "wear and tear" is not printed'
    assert found.hint == "say: changes with age; common in people with no pain"


def test_a_medical_name_may_stand_once_after_its_plain_words(library, words) -> None:
    body = "You may have nerve pain down the leg (sciatica)."
    assert lint_section(planted(library, body), words, library.sources) == ()


def test_certainty_words_are_fine_when_denied(library, words) -> None:
    body = "This does not prove that running prevents pain. You may try it."
    found = lint_section(planted(library, body), words, library.sources)
    assert "L36" not in codes(found)


@pytest.mark.parametrize("body", ["Run 13.5 km at most.", "Sleep 7.5 hours."])
def test_distances_and_hours_may_have_a_decimal(body, library, words) -> None:
    found = lint_section(planted(library, body), words, library.sources)
    assert "L27" not in codes(found)


def test_a_share_with_its_answer_is_no_sum(library, words) -> None:
    body = "Run no more than 10% more than your longest run. That is 5.5 km or less."
    found = lint_section(planted(library, body), words, library.sources)
    assert "L28" not in codes(found)


def test_what_speaks_of_a_study_names_a_source(library, words) -> None:
    body = "In a trial, people who walked had less pain."
    section = planted(library, body, sources=())
    assert "L35" in codes(lint_section(section, words, library.sources))
    section = planted(library, body)
    assert "L35" not in codes(lint_section(section, words, library.sources))


def test_the_year_of_a_study_is_that_of_a_source(library, words) -> None:
    for year, is_fine in (("2024", True), ("1999", False)):
        section = planted(library, f"In a {year} trial, walks may have helped.")
        found = lint_section(section, words, library.sources)
        assert ("L35" not in codes(found)) is is_fine


def test_a_statement_needs_a_source_or_a_claim(library, words) -> None:
    section = planted(library, "Backs are strong.", sources=(), claims=())
    assert "L35" in codes(lint_section(section, words, library.sources))
    section = planted(library, "Do you sit a lot? Walk.", sources=(), claims=())
    assert lint_section(section, words, library.sources) == ()


@pytest.mark.parametrize(
    "body", ["Running makes discs strong.", "Walk. Rest. Walk again. Rest again."]
)
def test_a_link_is_told_as_a_link(body, library, words) -> None:
    body = body.replace("discs", "the soft cushions")
    section = planted(library, body, sources=("E01", "E02"))
    assert "L36" in codes(lint_section(section, words, library.sources))
    hedged = f"{body} This is only a link. Running may not be the cause."
    section = planted(library, hedged.replace("makes", "may make"), sources=("E01",))
    assert "L36" not in codes(lint_section(section, words, library.sources))


def test_text_about_weight_may_stand_in_a_part_that_asks(library, words) -> None:
    part = """
[[part]]
id = "weight"
if_unknown = "leave-out"
include = { all = [{ fact = "person.weight_talk", is = "yes" }] }
text = "You may want to lose weight."
"""
    section = planted(library, "Walk a little.\n\n{{part weight}}", parts=part)
    assert lint_section(section, words, library.sources) == ()


def test_parts_are_read_in_their_places(library, words) -> None:
    part = """
[[part]]
id = "odd"
if_unknown = "leave-out"
include = { all = [{ fact = "person.age_years", at_least = 60 }] }
text = "Your back has wear and tear."
"""
    section = planted(library, "Walk a little.\n\n{{part odd}}", parts=part)
    (found,) = lint_section(section, words, library.sources)
    assert found.code == "L12"
    assert found.where.endswith(f":{section.file.line_of('text = ')}")


def test_placeholders_are_read_with_a_likely_word(library, words) -> None:
    body = "Call {emergency_number} or {clinic_line}. You run {derived.plan_stage}."
    assert lint_section(planted(library, body), words, library.sources) == ()


# --- rows on an exercise, on page one, on fixed words --------------------------------


@pytest.mark.parametrize(
    ("row", "change"),
    [
        ("L09", {"steps": ("Walk.",) * 6}),
        ("L09", {"steps": ("Walk on and on and on and on and on and on and on.",)}),
        ("L11", {"steps": ("Your knee.", "Your hip.")}),
        ("L12", {"start": "Keep your vertebrae in line."}),
        ("L02", {"easier": "Comfortable physiotherapy exercises usually improve."}),
        ("L13", {"harder": "Add resistance."}),
    ],
)
def test_a_planted_fault_in_an_exercise_is_found(row, change, library, words) -> None:
    card = library.exercises["X05"]
    assert lint_exercise(card, words) == ()
    if row == "L02":
        change |= {"start": change["easier"], "harder": change["easier"]}
        change |= {"steps": (change["easier"],) * 3, "stop_if": "it hurts."}
    # In whichever form of the exercise the slip stands, it is found.
    for number, form in enumerate(card.forms):
        forms = list(card.forms)
        forms[number] = replace(form, **change)
        odd = replace(card, forms=tuple(forms))
        assert row in codes(lint_exercise(odd, words)), form.id


def test_a_planted_fault_on_page_one_is_found(library, words) -> None:
    assert lint_message(library, words) == ()
    message = library.message
    first = replace(message.do[0], text="Fix your bad posture this week.")
    odd = replace(library, message=replace(message, do=(first, *message.do[1:])))
    (found,) = lint_message(odd, words)
    assert found.code == "L12"
    assert found.where.startswith("templates/en/main-message.toml:")


def test_a_reason_on_page_one_is_as_short_as_an_item(library, words) -> None:
    message = library.message
    text = "You run and walk and swim and ride and rest and sit and stand all day."
    first = replace(message.reasons[0], text=text)
    reasons = (first, *message.reasons[1:])
    odd = replace(library, message=replace(message, reasons=reasons))
    (found,) = lint_message(odd, words)
    assert found.message.startswith("L08: a list item of 16 words; at most 15")


def test_a_planted_fault_in_the_fixed_words_is_found(library, words) -> None:
    odd = replace(library, words={**library.words, "light.red": "RED FLAG NOW STOP"})
    found = lint_words(odd, words)
    assert {"L13", "L18"} <= codes(found)


# --- rows on a handout ---------------------------------------------------------------

WORDS = {
    "about.made": "Made on {date}. Check again by {review}.",
    "sources_here": "Sources: {numbers}.",
}


def section_of(section_id: str, *blocks: Any, **more: Any) -> HandoutSection:
    values = {
        "id": section_id,
        "group": "triage",
        "title": "Walk a little",
        "blocks": blocks,
        "reason": "Because you sit a lot. Sources: 1.",
        "priority": 1,
    }
    return HandoutSection(**{**values, **more})


def text(words: str) -> Paragraph:
    return Paragraph(plain(words))


def items(*texts: str, marker: str = "bullet") -> ItemList:
    return ItemList(tuple(plain(t) for t in texts), marker)  # type: ignore[arg-type]


def sound_sections() -> dict[str, HandoutSection]:
    """The smallest handout that passes every row."""
    found = (
        section_of(
            "main-message",
            Verdict("green", "Green: keep walking", "Your pain is mild."),
            Heading("Do these 3 things this week"),
            items("Walk today.", "Rest.", "Do your exercises.", marker="number"),
            is_on_page_one=True,
        ),
        section_of(
            "warning-signs-card",
            Callout((text("Call 999 now if this is new."),), "warning"),
            items("Both legs hurt.", "A leg gets weaker."),
            is_on_page_one=True,
        ),
        section_of("action-plan", WriteLines(("This week", "On", "My plan"))),
        section_of("disclaimer", text("This is not a diagnosis.")),
        section_of(
            "sources-and-date",
            text("This rests on advice from NICE. We do not know all."),
            Paragraph(
                plain("Made on 23 November 2026. Check again by 23 May 2027."), "small"
            ),
        ),
    )
    return {section.id: section for section in found}


def handout_of(
    sections: dict[str, HandoutSection], level: str = "ROUTINE", **more: Any
) -> Handout:
    furniture = Furniture(
        "id", "code", "23 November 2026", "Clinic", "", "s", True, "p"
    )
    values = {
        "title": "Your back",
        "language": "en-GB",
        "issued_on": DAY,
        "furniture": furniture,
        "sections": tuple(sections.values()),
        "level": level,
        "words": tuple(sorted(WORDS.items())),
    }
    return Handout(**{**values, **more})


def held_back(level: str = "EMERGENCY") -> dict[str, HandoutSection]:
    sections = sound_sections()
    box = Callout((text("Call 999 now. Do not wait."),), "emergency")
    first = section_of("emergency-now", box, is_on_page_one=True)
    sections = {"emergency-now": first, **sections}
    sections.pop("main-message")
    sections.pop("action-plan")
    if level == "EMERGENCY":
        sections.pop("warning-signs-card")
        sections.pop("sources-and-date")
    return sections


@pytest.mark.parametrize("level", ["EMERGENCY", "URGENT"])
def test_a_sound_page_that_sends_for_help_has_no_finding(level, words) -> None:
    assert lint_handout(handout_of(held_back(level), level), words) == ()


def test_a_sound_handout_has_no_finding(words) -> None:
    assert lint_handout(handout_of(sound_sections()), words) == ()


def _with(sections: dict[str, HandoutSection], name: str, *blocks: Any) -> None:
    old = sections.get(name) or section_of(name)
    sections[name] = replace(old, blocks=(*old.blocks, *blocks))


HARD = "Comfortable physiotherapy exercises usually improve flexibility."
PASSIVE = "You were told. It was seen. It is known. It was done. They were sent."
CARD = ExerciseCard(
    id="X01",
    number=1,
    name="Walk",
    start="Stand.",
    steps=("Walk.",) * 6,
    dose=(("Repeats", "8"),),
    easier="Rest.",
    harder="Run.",
    stop_if="it hurts.",
    changes=(),
    figure=None,
    alt="Person walks.",
)


def _planted_handout(row: str) -> Handout:
    sections, level, more = sound_sections(), "ROUTINE", {}
    match row:
        case "L01":
            _with(sections, "a", *[text("Anybody usually understands this.")] * 30)
        case "L02":
            _with(sections, "a", text(HARD))
        case "L03":
            long = "Walk on and on by the sea with me and you all day and all night."
            _with(sections, "a", *[text(long)] * 30)
        case "L05":
            _with(sections, "a", *[text(f"You see {w} now.") for w in LONG.split()])
        case "L06":
            _with(sections, "a", *[text(s) for s in PASSIVE.split(". ")])
        case "L09":
            _with(sections, "exercise-plan", CARD)
        case "L14 two":
            _with(sections, "main-message", Verdict("red", "Red: stop", "Stop now."))
        case "L14 none":
            sections.pop("main-message")
        case "L14 long":
            long = "Walk and rest. " * 20
            _with(sections, "main-message", Verdict("red", "Red: stop", long))
        case "L14 late":
            late = section_of("early", *[text("Walk a little each day.")] * 30)
            sections = {"early": late, **sections}
        case "L15":
            first = sections["main-message"]
            blocks = (first.blocks[0], items("Walk.", "Rest.", "Go.", marker="number"))
            sections["main-message"] = replace(first, blocks=blocks)
            sections.pop("warning-signs-card")
        case "L16 things":
            first = sections["main-message"]
            blocks = (first.blocks[0], items("Walk today.", marker="number"))
            sections["main-message"] = replace(first, blocks=blocks)
        case "L16 lines":
            sections["action-plan"] = section_of("action-plan", WriteLines(("Walk",)))
        case "L29":
            _with(sections, "a", text("Run 5 km."), text("Run 3 miles."))
        case "L30 missing":
            sections["sources-and-date"] = section_of("sources-and-date", text("NICE."))
        case "L30 late":
            late = Paragraph(plain("Made on 1 May 2026. Check again by 1 May 2029."))
            sections["sources-and-date"] = section_of(
                "sources-and-date", text("NICE. We do not know."), late
            )
        case "L31 missing":
            sections.pop("warning-signs-card")
        case "L31 later":
            card = sections["warning-signs-card"]
            sections[card.id] = replace(card, is_on_page_one=False)
        case "L31 many":
            _with(sections, "warning-signs-card", items(*["A leg hurts."] * 6))
        case "L31 number":
            card = sections["warning-signs-card"]
            sections[card.id] = replace(card, blocks=card.blocks[1:])
        case "L32":
            sections, level = held_back(), "EMERGENCY"
            sections["shoes"] = section_of("shoes", text("Walk."), group="techniques")
        case "L33":
            for name in ("run-walk-plan", "bone-stress-alert"):
                _with(sections, name, text("Walk."))
        case "L34 limit":
            _with(sections, "mileage-progression", text("Run 5 km or less."))
            _with(sections, "risk-training-spikes", text("Run 6 km or less."))
        case "L34 week":
            _with(sections, "cause-weight", text("Run under 1.5 miles in total."))
            _with(sections, "run-walk-plan", text("Run less than 1.8 miles in total."))
        case "L34 pain":
            _with(sections, "a", text("Your pain is 12 out of 10."))
        case "L37":
            made = sections["sources-and-date"].blocks[1]
            sections["sources-and-date"] = section_of(
                "sources-and-date", text("NICE says so."), made
            )
        case "L38":
            first = sections["main-message"]
            do = items("Rest today.", "Sit.", "Lie.", marker="number")
            sections["main-message"] = replace(
                first, blocks=(Verdict("red", "Red: rest", "You hurt."), do)
            )
        case "L39":
            _with(sections, "a", text("You may lose weight."))
        case "L40 long":
            _with(sections, "disclaimer", *[text("You may walk a little.")] * 12)
        case "L40 none":
            sections.pop("disclaimer")
        case "L40 twice":
            _with(sections, "a", text("This is not a diagnosis."))
        case "L40 guideline":
            made = sections["sources-and-date"].blocks[1]
            sections["sources-and-date"] = section_of(
                "sources-and-date", text("We do not know."), made
            )
        case "L41 number":
            sections.pop("warning-signs-card")
        case "L41 clinic":
            furniture = handout_of(sections).furniture
            more = {"furniture": replace(furniture, clinic_line="")}
        case "L43":
            _with(sections, "your-snapshot", KeyValues((("Pain now", "None"),)))
        case "L48":
            _with(sections, "a", text("Do not run unless you must not."))
        case "L49":
            row = ("Time since the pain began", "312 weeks")
            _with(sections, "your-snapshot", KeyValues((row,)))
    return handout_of(sections, level, **more)


LONG = """
    pharmacist beginner different however average regular infection period position
    quietly steadily usually comfortable maternity registered recover relative
    sentence therapy together another already earlier electric inactive overload
"""

HANDOUT_FAULTS = [
    "L01", "L02", "L03", "L05", "L06", "L09", "L14 two", "L14 none", "L14 long",
    "L14 late", "L15", "L16 things", "L16 lines", "L29", "L30 missing", "L30 late",
    "L31 missing", "L31 later", "L31 many", "L31 number", "L32", "L33", "L34 limit",
    "L34 week", "L34 pain", "L37", "L38", "L39", "L40 long", "L40 none",
    "L40 twice",
    "L40 guideline", "L41 number", "L41 clinic", "L43",
    "L48", "L49",
]  # fmt: skip


@pytest.mark.parametrize(
    "sentence",
    [
        "Do not run, and do not stretch into leg pain.",
        "So there are no exercises and no running plan for you yet.",
        "You feel neither stiff nor bendy.",
        "Nobody knows why, so we cannot say more.",
        "Run for 52 weeks.",
    ],
)
def test_one_negative_in_a_clause_is_fine(sentence) -> None:
    """Page one said "nor with signs that need a check" to a mother in pain."""
    assert not is_double_negative(sentence)


@pytest.mark.parametrize("fault", HANDOUT_FAULTS)
def test_a_planted_fault_in_a_handout_is_found(fault, words) -> None:
    found = lint_handout(_planted_handout(fault), words, may_speak_of_weight=False)
    assert fault.split()[0] in codes(found)


def test_every_row_of_the_task_is_shown_to_fail() -> None:
    rows = [*range(1, 17), *range(27, 42), 43, 48, 49]
    here = Path(__file__).read_text("utf-8")
    missing = [f"L{n:02}" for n in rows if f'"L{n:02}' not in here]
    assert not missing


@pytest.mark.parametrize("level", ["EMERGENCY", "URGENT", "UNANSWERED"])
def test_the_main_message_of_a_page_that_sends_for_help_is_its_box(level, words):
    sections = held_back(level)
    sections["emergency-now"] = section_of("emergency-now", text("Hello."))
    found = lint_handout(handout_of(sections, level), words)
    # The card of warning signs has a box as well, but it is not the message.
    assert ("L14" in codes(found)) is (level == "EMERGENCY")


def test_findings_in_a_handout_never_repeat_its_words(words) -> None:
    sections = sound_sections()
    secret = "Zebulon has wear and tear and MRI scans, " + "on and on " * 20
    _with(sections, "a", text(secret))
    found = lint_handout(handout_of(sections), words)
    assert {"L04", "L12", "L13"} <= codes(found)
    told = " ".join(str(problem) for problem in found)
    assert "Zebulon" not in told
    assert "MRI" not in told


def test_the_clinics_own_words_are_not_judged(words) -> None:
    sections = sound_sections()
    odd = text("Your vertebrae show wear and tear {name} None.")
    _with(sections, "attached-note", odd)
    _with(sections, "clinic-contact", Callout((odd,)), KeyValues((("Name", "None"),)))
    assert lint_handout(handout_of(sections), words) == ()


def test_the_clinics_name_is_not_judged(words) -> None:
    sections = sound_sections()
    name = "The MRI {id} wear and tear Clinic of the very long name, 01632 960000"
    _with(sections, "a", text(f"Call {name} and ask."))
    furniture = replace(handout_of(sections).furniture, clinic_line=name)
    assert lint_handout(handout_of(sections, furniture=furniture), words) == ()


def test_a_sheet_without_a_clinic_is_read_as_it_stands(words) -> None:
    """An empty name was found between any two words and read as "your clinic"."""
    sections = sound_sections()
    _with(sections, "a", text("Score it from 0 (none) to 10 (worst) each day."))
    furniture = replace(handout_of(sections).furniture, clinic_line="")
    handout = handout_of(sections, furniture=furniture)
    texts = [p.text for p in reading_of_handout(handout, words).passages]
    assert not any("your clinic" in each for each in texts)


def test_the_persons_own_answers_may_be_long(words) -> None:
    sections = sound_sections()
    sign = "a sign that the person has told us in a great many words and more " * 2
    sign = sign.strip()
    _with(sections, "see-clinician-soon", items(*[sign] * 9))
    _with(sections, "your-snapshot", text(f"You said yes to: {sign}; {sign}."))
    assert lint_handout(handout_of(sections), words) == ()


def test_a_table_is_read_by_its_sentences(words) -> None:
    sections = sound_sections()
    table = Table(
        ("Week", "Do this"), ((plain("1"), plain(WORDY)),), (0.5, 0.5), caption="Walk."
    )
    _with(sections, "a", table)
    assert "L04" in codes(lint_handout(handout_of(sections), words))
    short = replace(table, rows=((plain("1"), plain(WORDY.rstrip("."))),))
    sections["a"] = section_of("a", short)
    assert "L04" not in codes(lint_handout(handout_of(sections), words))


# --- the word lists and the whole ----------------------------------------------------


class _Folder:
    """A content folder in memory."""

    def __init__(self, **files: str) -> None:
        self._files = files
        self._name = ""

    def __truediv__(self, name: str) -> "_Folder":
        node = _Folder(**self._files)
        node._name = name
        return node

    def read_bytes(self) -> bytes:
        stem = self._name.removesuffix(".toml")
        if stem not in self._files:
            raise FileNotFoundError(self._name)
        return self._files[stem].encode("utf-8")


def test_missing_word_lists_are_told() -> None:
    lists, problems = load_words(_Folder())  # type: ignore[arg-type]
    assert [problem.where for problem in problems] == [
        "templates/en/banned_words.toml:1",
        "templates/en/easy_words.toml:1",
    ]
    assert lists.banned == ()


def test_slips_in_the_word_lists_are_told() -> None:
    folder = _Folder(
        banned_words='[[banned]]\nwords = ["ill"]\nsay = "x"\nrow = "L99"\n',
        easy_words="verb = []\n",
    )
    _, problems = load_words(folder)  # type: ignore[arg-type]
    told = "\n".join(str(problem) for problem in problems)
    assert '"L99" is not a row' in told
    assert 'unknown entry "verb"' in told


def test_a_star_and_a_blank_in_a_banned_word(words) -> None:
    sections = sound_sections()
    _with(sections, "a", text("Over-striding and overstriding."))
    found = lint_handout(handout_of(sections), words)
    assert len([p for p in found if p.code == "L12"]) == 2


def test_the_whole_lint_tells_which_handout(library, words) -> None:
    sections = sound_sections()
    _with(sections, "a", text("Your hip is out of place."))
    found = reading_problems(library, words, [("anna, full", handout_of(sections))])
    assert [p.where for p in found] == ["anna, full: a, block 1"]


def test_measures_come_with_the_hardest_section_first(library, words) -> None:
    found = section_measures(library, words)
    grades = [measures.grade for _, measures in found]
    assert grades == sorted(grades, reverse=True)
    assert grades[0] <= reading.MAX_SECTION_GRADE


@pytest.mark.parametrize("part", ["sections", "exercises"])
def test_the_built_in_content_passes(part, library, words) -> None:
    if part == "sections":
        found = [
            problem
            for section in library.sections.values()
            for problem in lint_section(section, words, library.sources)
        ]
    else:
        found = [
            problem
            for card in library.exercises.values()
            for problem in lint_exercise(card, words)
        ]
    assert not found, "\n".join(str(problem) for problem in found)


def test_page_one_and_the_fixed_words_pass(library, words) -> None:
    found = [*lint_message(library, words), *lint_words(library, words)]
    assert not found, "\n".join(str(problem) for problem in found)


def test_the_list_of_unavoidable_words_stays_small(words) -> None:
    assert len(words.unavoidable) <= 12

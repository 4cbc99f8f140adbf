"""The interview: safety first, only what matters, nothing a "no" by default."""

import dataclasses
import json
from datetime import date
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backguide.errors import ProfileError
from backguide.guidance.ageing import on_day
from backguide.guidance.condition import Test, Truth
from backguide.guidance.library import Library
from backguide.guidance.message import MainMessage
from backguide.guidance.signs import SIGNS
from backguide.handout.inserts import INSERTS
from backguide.interview.engine import Interview
from backguide.interview.outlook import Outlook
from backguide.interview.questions import gates, topic_of, topics
from backguide.interview.relevance import INSERT_READS, MESSAGE_READS
from backguide.making import Options, make_handout
from backguide.profile.facts import (
    EITHER,
    PREGNANCY,
    SOURCES,
    facts_of,
    known_facts,
    schema,
)
from backguide.profile.load import profile_from_bytes
from interview_people import DAY, asked, flat, person
from strategies import profiles
from test_personas import PERSONAS

NOT_ASKED = {
    "schema_version", "profile_id", "sample", "mode", "created_date", "language",
    "units_body", "paper_size", "large_print", "colour", "length", "n_exercises",
    "reading_support", "include_evidence", "tone_name", "confirmed", "ended_early",
    "person.gender_pronoun",
}  # fmt: skip
"""What the page is like: options are given to the command, not to the interview."""


@pytest.fixture(scope="module")
def interview(library: Library) -> Interview:
    return Interview(library, mode="self", day=DAY)


# --- the questions as data --------------------------------------------------------


def test_every_field_has_one_topic() -> None:
    listed = [path for topic in topics() for path in topic.fields]
    fields = {path for path, fact in known_facts().items() if not fact.is_derived}
    of_the_clinic = {p for p in fields if p.startswith(("clinic.", "clearance."))}

    assert len(listed) == len(set(listed))
    assert set(listed) == fields - NOT_ASKED - of_the_clinic
    assert len({topic.id for topic in topics()}) == len(topics())


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.id)
def test_every_topic_says_why_in_few_words(topic: Any) -> None:
    assert topic.why.endswith(".")
    assert len(topic.why.split()) <= 24
    assert topic.question
    if topic.is_list:
        assert topic.question.endswith("?")
        assert len(topic.fields) <= 10


def test_safety_stands_first() -> None:
    required = [p for p, f in known_facts().items()
                if p.startswith("red_flags.") and f.is_required]  # fmt: skip
    order = [topic.id for topic in topics()]
    last = max(order.index(topic_of()[path].id) for path in required)
    before = topics()[: last + 1]

    assert [t.id for t in before if not t.is_safety] == ["country"]
    emergency = {p for p, f in known_facts().items() if f.urgency == "emergency"}
    first = {path for topic in topics()[1:6] for path in topic.fields}
    assert emergency <= first


def test_gates_name_fields_and_choices_that_there_are() -> None:
    for path, spec in _specs(schema(), ""):
        for words in ("x-only-if", "x-not-if"):
            for other, values in spec.get(words, {}).items():
                fact = known_facts()[other]
                kinds = fact.choices or (True, False)
                allowed = ("yes", "no") if fact.kind == "yes_no" else kinds
                assert set(values) <= set(allowed), (path, other)
    # A safety question that everybody must answer is never closed.
    required = {p for p, fact in known_facts().items() if fact.is_required}
    assert not [p for p in gates() if p.startswith("red_flags.") and p in required]
    for path, fact in known_facts().items():
        for other in fact.asked_if:
            assert schema_of(path)["x-only-if"] == {other: ["yes"]}


def schema_of(path: str) -> Any:
    node: Any = schema()
    for name in path.split("."):
        node = node["properties"][name]
    return node


def _specs(node: Any, prefix: str) -> Any:
    for name, spec in node["properties"].items():
        if "properties" in spec:
            yield from _specs(spec, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", spec


# --- what is open -------------------------------------------------------------------


@given(profiles())
def test_signs_say_the_same_as_the_derived_facts(profile: dict[str, Any]) -> None:
    facts = facts_of(profile)
    outlook = Outlook(facts, ())

    for path in SIGNS:
        assert outlook.value(path) == facts[path], path


@given(profiles(), st.data())
def test_a_derived_fact_reads_nothing_but_its_sources(
    profile: dict[str, Any], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(sorted({**SOURCES, **EITHER})))
    sources = {**SOURCES, **EITHER}[path]
    bare = {p: v for p, v in flat(profile).items()
            if p in (*sources, "mode", "created_date")}  # fmt: skip

    assert facts_of(profile).get(path) == facts_of(_nested(bare)).get(path)


def test_every_derived_fact_has_its_sources() -> None:
    by_the_program = {
        "derived.plan_stage", "derived.plan_track", "derived.exercise_level",
        "derived.exercise_count", "derived.answers_are_old",
    }  # fmt: skip
    derived = {p for p, f in known_facts().items() if p.startswith("derived.")}
    assert derived == (
        SIGNS.keys() | SOURCES.keys() | EITHER.keys() | by_the_program
        | {"derived.pregnancy_weeks"}
    )  # fmt: skip
    assert PREGNANCY[0] in known_facts()


@given(profiles(), st.data())
def test_an_open_answer_covers_every_answer(
    library: Library, profile: dict[str, Any], data: st.DataObject
) -> None:
    """Whatever is answered later, the truth is one of those that were told."""
    facts = facts_of(profile)
    path = data.draw(st.sampled_from(sorted(topic_of())))
    opened = dict(flat(profile))
    opened.pop(path, None)
    before = Outlook(facts_of(_nested(opened)), {path})
    after = Outlook(facts, ())

    for condition in library.conditions.values():
        truth = after.truths(condition)
        if path in before.open:
            assert truth <= before.truths(condition)
        if truth != before.truths(condition) and path in before.open:
            assert before.reads(condition) == {path}


def test_a_test_of_an_open_fact_can_get_every_truth() -> None:
    outlook = Outlook({}, {"red_flags.chest_pain"})
    test = Test("red_flags.chest_pain", (("is", "yes"),))
    known = Test("red_flags.chest_pain", (("known", True),))

    assert outlook.truths(test) == set(Truth)
    assert outlook.truths(known) == {Truth.NO, Truth.YES}


def test_every_list_of_page_one_is_read() -> None:
    lists = {f.name for f in dataclasses.fields(MainMessage)} - {"examples", "file"}
    assert lists == MESSAGE_READS.keys()


def test_every_insert_that_tells_facts_is_known(library: Library) -> None:
    told = {"main-message", "triggered-signs", "unanswered-questions", "snapshot",
            "cleared-flags", "water-session", "water-weeks", "sources", "about-sheet",
            "clinic-lines", "action-lines"}  # fmt: skip
    assert set(INSERTS) == told | INSERT_READS.keys()


# --- the way through ------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30, 40))
def test_every_way_through_is_sound(interview: Interview, seed: int) -> None:
    answers = person(seed)
    given = {path: value for path, value in answers.items() if path == "confirmed"}
    order = []
    while (step := interview.step(given)).topic is not None:
        order.append(step.topic)
        assert step.left + step.left_more >= 1
        assert not set(step.fields) & given.keys()
        if step.topic.is_list and step.topic.is_safety:
            # Every line of a safety list is shown, none is taken for a "no".
            assert set(step.fields) == {
                p for p in step.topic.fields if p not in given
                and not Outlook(facts_of(_nested(given)), ()).is_closed(p)
            } or step.topic.id == "fuel"  # fmt: skip
        given |= {path: answers.get(path) for path in step.fields}
    safety = [topic.is_safety for topic in order if topic.id not in ("bones", "fuel")]
    assert safety == [False, *sorted(safety[1:], reverse=True)]
    assert interview.kept(given) == given
    profile = profile_from_bytes(interview.content(given), "x")
    assert profile.facts.items() >= {
        (k, v) for k, v in facts_of(_nested(given)).items()
        if k in given and not isinstance(v, tuple)
    }  # fmt: skip


def test_nothing_is_a_no_unless_somebody_said_so(interview: Interview) -> None:
    data = json.loads(interview.content({"locale": "en-GB"}))

    assert set(data["red_flags"].values()) == {None}
    assert "person" not in data


@pytest.mark.parametrize("sign", ["saddle_numb", "chest_pain", "gait_unsteady"])
def test_an_emergency_ends_it_with_a_profile_that_makes_the_page(
    interview: Interview, library: Library, sign: str
) -> None:
    calm = person(3, calm=1.0)
    given, order, stage = asked(interview, {**calm, f"red_flags.{sign}": "yes"})

    assert stage == "held"
    assert len(order) <= 5
    profile = profile_from_bytes(interview.content(given), "x")
    made = make_handout(profile, library, Options(DAY, "1"), is_drawn=False)
    assert made.handout.level == "EMERGENCY"
    assert profile.get("ended_early") is True


def test_who_is_not_held_back_cannot_end_early(library: Library) -> None:
    interview = Interview(library, mode="self", day=DAY)
    given, _, stage = asked(interview, person(3, calm=1.0))
    assert stage == "done"
    data = json.loads(interview.content(given)) | {"ended_early": True}
    profile = profile_from_bytes(json.dumps(data).encode(), "x")

    with pytest.raises(ProfileError) as caught:
        on_day(profile, library, DAY)
    assert [p.code for p in caught.value.problems] == ["E_ENDED_EARLY"]


OWN = 7
"""The seed of somebody with pain now who gets a guide."""


def test_own_words_are_asked_last_and_stand_on_the_page(library: Library) -> None:
    interview = Interview(library, mode="self", day=DAY)
    answers = person(OWN, calm=1.0) | {
        "symptoms.function_psfs": [{"activity": "sowing leeks", "score_0_10": 4}],
        "person.first_name": "Zelmira",
    }
    given, order, stage = asked(interview, answers)

    assert stage == "done"
    assert order[-2:] == ["own-goal", "name"]
    profile = profile_from_bytes(interview.content(given), "x")
    assert profile.get("tone_name") is True
    made = make_handout(profile, library, Options(DAY, "1"), is_drawn=False)
    assert "Zelmira" in made.handout.title
    assert "sowing leeks" in repr(made.handout)
    assert "Zelmira" not in made.file_name + made.chart_note
    nameless = interview.profile({**given, "person.first_name": None})
    assert "tone_name" not in nameless


def test_a_changed_answer_closes_what_hung_on_it(interview: Interview) -> None:
    answers = {
        "person.sex_at_birth": "female",
        "diagnoses.pregnant": "yes",
        "diagnoses.pregnant_weeks": 20,
        "symptoms.has_back_pain": "current",
        "symptoms.nrs_now": 3,
    }
    changed = answers | {"diagnoses.pregnant": "no"}

    assert interview.kept(answers) == answers
    assert "diagnoses.pregnant_weeks" not in interview.kept(changed)
    assert (
        not {"diagnoses.pregnant", "diagnoses.pregnant_weeks"}
        & interview.kept(answers | {"person.sex_at_birth": "male"}).keys()
    )


def test_it_is_short_enough_for_the_sample_people(
    library: Library, record_testsuite_property: Any
) -> None:
    counts: dict[str, list[int]] = {"guide": [], "EMERGENCY": []}
    for name, path in PERSONAS.items():
        raw = json.loads(path.read_text("utf-8"))
        own = Interview(
            library, mode="self", day=date.fromisoformat(raw["created_date"])
        )
        answers = flat(raw)
        given, order, stage = asked(own, answers, with_more=False)
        kind = "guide" if stage != "held" else _state(own, given, library)
        counts.setdefault(kind, []).append(len(order))
        record_testsuite_property(f"topics of {name}", f"{kind} {len(order)}")
    assert median(counts["guide"]) <= 30
    assert max(counts["EMERGENCY"]) <= 8


def _state(interview: Interview, given: dict[str, Any], library: Library) -> str:
    profile = profile_from_bytes(interview.content(given), "x")
    made = make_handout(profile, library, Options(DAY, "1"), is_drawn=False)
    return made.handout.level


def _nested(answers: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for path, value in answers.items():
        group, _, name = path.rpartition(".")
        (data.setdefault(group, {}) if group else data)[name] = value
    return data

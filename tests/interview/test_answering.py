"""What is typed becomes an answer, or nothing: it is never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backguide.errors import ProfileError
from backguide.interview.answering import (
    NotUnderstoodError,
    choices_of,
    how_to_answer,
    keys_of,
    line_keys,
    needs_one,
    none_choice,
    read_keys,
    read_one,
    read_ticks,
    takes_none,
    words_of,
)
from backguide.interview.questions import topic_of, topics
from backguide.interview.saved import Saved, read_saved, saved_bytes
from backguide.profile.facts import Fact, known_facts
from backguide.profile.units import Habits
from interview_people import DAY, person

METRIC = Habits("km", "metric")
ASKED = sorted(topic_of())
LISTS = [topic for topic in topics() if topic.is_list]


@pytest.mark.parametrize("path", ASKED)
def test_every_choice_is_taken_by_number_and_by_word(path: str) -> None:
    fact = known_facts()[path]
    assert how_to_answer(fact).endswith(".")
    for number, (choice, words) in enumerate(choices_of(fact).items(), 1):
        value = [choice] if fact.kind == "set" else choice
        assert read_one(path, str(number), METRIC).value == value
        if "," not in words or fact.kind != "set":
            assert read_one(path, words.upper(), METRIC).value == value
        assert words_of(path, value) == words
    wrong_numbers = () if fact.kind == "number" else ("99", "-1")
    wrong_texts = ["yes and no", "1 or 2", "\u0661", *wrong_numbers]
    if fact.kind in ("text", "list"):
        wrong_texts = ["a\nb", "x" * 90]
    for wrong in ("", *wrong_texts):
        with pytest.raises(NotUnderstoodError):
            read_one(path, wrong, METRIC)


@given(st.sampled_from(ASKED), st.text(max_size=30))
def test_no_text_breaks_it(path: str, text: str) -> None:
    try:
        found = read_one(path, text.strip(), METRIC)
    except NotUnderstoodError:
        return
    assert found.words
    assert isinstance(words_of(path, found.value), str)


@given(st.sampled_from(LISTS), st.data())
def test_a_list_names_what_was_named(topic: object, data: st.DataObject) -> None:
    fields = topic.fields  # type: ignore[attr-defined]
    marks = data.draw(
        st.dictionaries(st.sampled_from(range(len(fields))), st.booleans(), min_size=1)
    )
    text = " ".join(f"{n + 1}{'?' * is_unsure}" for n, is_unsure in marks.items())
    ticks = read_ticks(fields, text)

    assert set(ticks.named) == {fields[n] for n in marks}
    assert set(ticks.others) == set(fields) - set(ticks.named)
    assert not ticks.is_none
    assert not set(map(str, ticks.named.values())) & {"no", "False"}


@given(st.sampled_from(LISTS), st.text(max_size=20))
def test_no_text_breaks_a_list(topic: object, text: str) -> None:
    fields = topic.fields  # type: ignore[attr-defined]
    try:
        ticks = read_ticks(fields, text)
    except NotUnderstoodError:
        return
    assert ticks.is_none or ticks.named


@pytest.mark.parametrize("path", ASKED)
def test_a_form_gives_the_same_answers(path: str) -> None:
    fact = known_facts()[path]
    for key, value in keys_of(fact).items():
        typed = read_one(path, choices_of(fact)[value], METRIC)
        assert read_keys(path, [key]) == typed
    for keys in ([], ["Yes"], ["yes", "no", "x"]):
        if fact.kind != "number":
            with pytest.raises(NotUnderstoodError):
                read_keys(path, keys)
    if fact.kind == "set" and not needs_one(fact):
        nothing = [none_choice(fact)] if none_choice(fact) else []
        assert read_keys(path, [], is_none=True).value == nothing
        with pytest.raises(NotUnderstoodError):
            read_keys(path, [next(iter(keys_of(fact)))], is_none=True)
    if path in {p for topic in LISTS for p in topic.fields}:
        assert line_keys(fact)["no"] in ("no", False)
        assert line_keys(fact).get("unsure") != line_keys(fact)["no"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("gardening 4", [("gardening", 4)]),
        ("gardening, 4;  sitting: 10 ;", [("gardening", 4), ("sitting", 10)]),
        ("5 km 7", [("5 km", 7)]),
    ],
)
def test_activities_are_read(text: str, value: list[tuple[str, int]]) -> None:
    found = read_one("symptoms.function_psfs", text, METRIC).value
    assert [(a["activity"], a["score_0_10"]) for a in found] == value


@pytest.mark.parametrize(
    "text", ["gardening", "gardening 11", "4", "a 1; b 2; c 3; d 4", f"{'x' * 61} 3",
             "gar\u0001den 4", ";", "a 1; b"]
)  # fmt: skip
def test_activities_without_a_score_are_refused(text: str) -> None:
    with pytest.raises(NotUnderstoodError):
        read_one("symptoms.function_psfs", text, METRIC)


def test_none_stands_alone() -> None:
    fields = LISTS[0].fields
    assert read_ticks(fields, "None of these").is_none
    for text in ("0 1", "none 2", "", "?", "1-3"):
        with pytest.raises(NotUnderstoodError):
            read_ticks(fields, text)


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("person.weight_kg", "600 lb", "outside 30 to 250 kg"),
        ("person.weight_kg", "400 kg", "if that is in pounds"),
        ("running.runs_per_week", "2.5", "whole number"),
        ("running.goal_race_date", "03/04/2027", "year-month-day"),
        ("running.goal_race_date", "2027-02-30", "year-month-day"),
        ("symptoms.easers", "1 9", "nothing"),
        ("symptoms.site", "none", "at least one"),
        ("person.weight_kg", "70 or so", "do not guess"),
    ],
)
def test_what_is_wrong_is_told(path: str, text: str, words: str) -> None:
    with pytest.raises(NotUnderstoodError) as caught:
        read_one(path, text, METRIC)
    assert words.casefold() in str(caught.value).casefold()


@pytest.mark.parametrize("seed", range(3))
def test_what_was_saved_comes_back(seed: int) -> None:
    answers = person(seed)
    entries = tuple((path,) for path in answers if path != "confirmed")
    before = Saved(DAY, entries, answers)

    assert read_saved(saved_bytes(before), "later.json") == before


@given(st.binary(max_size=60))
def test_any_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ProfileError):
        read_saved(content, "later.json")


SETS = [known_facts()[path] for path in ASKED if known_facts()[path].kind == "set"]


@pytest.mark.parametrize("fact", SETS, ids=lambda fact: fact.path)
def test_none_of_these_is_the_choice_that_says_so(fact: Fact) -> None:
    """An empty list would miss it: that nothing eases the pain is a warning sign."""
    words = [read_one, lambda path, text, _: read_keys(path, [], is_none=True)]
    for told in words:
        if needs_one(fact):
            with pytest.raises(NotUnderstoodError):
                told(fact.path, "0", Habits())
            continue
        value = told(fact.path, "0", Habits()).value
        assert value == ([none_choice(fact)] if none_choice(fact) else [])
        assert (value == []) == takes_none(fact)


def test_some_lists_have_such_a_choice() -> None:
    assert none_choice(known_facts()["symptoms.easers"]) == "nothing"
    assert sum(bool(none_choice(fact)) for fact in SETS) >= 2

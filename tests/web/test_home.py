"""The form in the browser, as one person at home meets it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from backguide.about import __version__
from backguide.guidance.library import Library
from backguide.interview.questions import line_of, topic_of, topics
from backguide.making import Options, make_handout
from backguide.profile.facts import known_facts
from backguide.profile.load import profile_from_bytes
from interview_people import DAY
from web_people import RUNS, calm
from web_visitor import Visitor, Walk, app_with


@pytest.fixture(scope="module")
def app(library: Library) -> Iterator[Any]:
    app, _, _, told = app_with(library)
    yield app
    assert told == []


def test_from_the_first_page_to_the_guide(app: Any, library: Library) -> None:
    walk = Walk(app, library, calm())
    walk.to_the_end()
    visitor = walk.visitor
    assert visitor.at == "/answers"
    for path in walk.given:
        titled = known_facts()[path].title in visitor.text
        assert titled or topic_of()[path].question in visitor.text, path
    visitor.post("/answers", [("length", "standard"), ("size", "off")])
    assert visitor.at == "/guide", visitor.text

    pdf = visitor.client.get("/guide/download", base_url=visitor.base)
    profile = visitor.client.get("/guide/answers.json", base_url=visitor.base)
    assert json.loads(profile.data) == walk.interview.profile(walk.given) | {
        "length": "standard"
    }
    made = make_handout(
        profile_from_bytes(profile.data, "x"), library, Options(DAY, __version__)
    )
    assert made.pdf == pdf.data
    head = pdf.headers["Content-Disposition"]
    assert head == f'attachment; filename="{made.file_name}"'
    pictures = visitor.page.xpath("//img/@src")
    assert len(pictures) == made.pages
    for place in pictures:
        picture = visitor.client.get(place, base_url=visitor.base)
        assert picture.data.startswith(b"\x89PNG")
    shown = visitor.client.get("/guide/guide.pdf", base_url=visitor.base)
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert visitor.get("/guide/page-99.png").status_code == 404

    visitor.get("/guide")
    visitor.post("/finish")
    assert "forgotten" in visitor.text
    assert not visitor.page.xpath("//a[@href='/answers' or @href='/finish']")
    assert visitor.get("/guide").status_code == 410


def test_the_answers_say_the_length_of_the_guide(library: Library) -> None:
    """Also when somebody goes back to the length that the server was started with."""
    app, _, _, told = app_with(library, length="short")
    walk = Walk(app, library, calm())
    walk.interview.length = "short"
    walk.to_the_end()
    visitor = walk.visitor
    for length in ("standard", "short"):
        visitor.get("/answers")
        visitor.post("/answers", [("length", length), ("size", "off")])
        assert visitor.at == "/guide"
        profile = visitor.client.get("/guide/answers.json", base_url=visitor.base)
        assert json.loads(profile.data)["length"] == length
    assert told == []


@pytest.mark.parametrize("seed", range(60, 66))
def test_any_person_gets_the_guide_of_the_interview(
    app: Any, library: Library, seed: int
) -> None:
    answers = calm(seed)
    for path in [p for p in answers if p.startswith("red_flags.")][seed % 9 :: 9]:
        answers[path] = ("yes", "unknown", "no")[seed % 3]
    answers.setdefault("red_flags.leg_numbness_spreading", "unknown")
    walk = Walk(app, library, answers)
    walk.to_the_end()
    visitor = walk.visitor
    assert visitor.at in ("/answers", "/help"), visitor.text
    visitor.get("/answers")
    while codes := visitor.page.xpath("//input[@name='doubt']/@value"):
        visitor.post("/confirm", [("doubt", codes[0])])
        walk.given.setdefault("confirmed", []).append(codes[0])
    if not visitor.page.xpath("//*[@class='problems']"):
        visitor.post("/answers")
        assert visitor.at == "/guide", visitor.text
        profile = visitor.client.get("/guide/answers.json", base_url=visitor.base)
        assert profile.json == json.loads(walk.interview.content(walk.given))


def test_every_topic_is_shown_with_all_its_words(app: Any, library: Library) -> None:
    """Whatever a schema asks stands on some page, with every answer there is."""
    from backguide.interview.answering import choices_of
    from backguide.interview.course import Course
    from backguide.interview.engine import Interview
    from backguide.web.forms import page_of

    course = Course(Interview(library, mode="self", day=DAY))
    for topic in topics():
        page = page_of(course, topic.fields, {})
        for question in page.questions:
            fact = known_facts()[question.path]
            words = line_of(fact) if question.kind == "line" else fact.question
            assert question.words == words
            if question.kind in ("one", "many"):
                shown = [option.words for option in question.options]
                assert shown[: len(choices_of(fact))] == list(choices_of(fact).values())
            assert not question.is_none_marked
            is_units = question.path == "units_distance"
            assert not any(o.is_marked for o in question.options) or is_units


# --- nothing is a "no" that nobody marked -------------------------------------------


def nerves(app: Any) -> Visitor:
    visitor = Visitor(app)
    visitor.begin()
    visitor.answer(("locale",), {"locale": "en-GB"}, is_list=False)
    assert visitor.at == "/q/2"
    return visitor


def test_an_untouched_list_is_no_answer(app: Any) -> None:
    visitor = nerves(app)
    fields = topic_of()["red_flags.saddle_numb"].fields
    mark = [("mark", visitor._hidden("mark"))]
    visitor.post("/q/2", [], also=mark)
    assert visitor.at == "/q/2"
    links = visitor.page.xpath("//*[@class='problems']//a/@href")
    assert links == [f"#f{n}-0" for n in range(len(fields))]
    for link in links:
        assert visitor.page.xpath(f"//*[@id='{link[1:]}']")
    assert visitor.page.xpath("//title")[0].text.startswith("Problem:")

    visitor.post("/q/2", [("none", "none")], also=mark)
    assert visitor.at == "/q/3"


def test_none_and_an_answer_contradict_each_other(app: Any) -> None:
    visitor = nerves(app)
    mark = [("mark", visitor._hidden("mark"))]
    visitor.post("/q/2", [("f0", "unsure"), ("none", "none")], also=mark)
    assert visitor.at == "/q/2"
    assert "Take one of them away" in visitor.text
    # What was marked stays marked.
    assert visitor.page.xpath("//input[@id='f0-2']/@checked")


def test_the_other_lines_are_asked_for_before_they_are_no(app: Any) -> None:
    visitor = nerves(app)
    mark = [("mark", visitor._hidden("mark"))]
    visitor.post("/q/2", [("none", "none")], also=mark)
    mark = [("mark", visitor._hidden("mark"))]
    visitor.post("/q/3", [("f0", "unsure")], also=mark)
    assert visitor.at == "/q/3"
    assert visitor.page.xpath("//input[@name='none']/@value") == ["others"]
    visitor.post("/q/3", [("f0", "unsure"), ("none", "others")], also=mark)
    assert visitor.at == "/q/4"


def test_an_emergency_ends_it_at_once(app: Any) -> None:
    visitor = nerves(app)
    mark = [("mark", visitor._hidden("mark"))]
    visitor.post("/q/2", [("f2", "yes")], also=mark)
    assert visitor.at == "/help"
    assert "999" in visitor.text
    visitor.post("/answers")
    assert visitor.at == "/guide"
    assert "Read this now" in visitor.text
    profile = visitor.client.get("/guide/answers.json", base_url=visitor.base).json
    assert profile["ended_early"] is True
    assert set(profile["red_flags"].values()) == {"yes", None}


def test_a_slip_can_be_taken_back(app: Any) -> None:
    visitor = nerves(app)
    mark = [("mark", visitor._hidden("mark"))]
    visitor.post("/q/2", [("f2", "yes")], also=mark)
    visitor.get("/answers")
    visitor.get("/change/2")
    mark = [("mark", visitor._hidden("mark"))]
    assert visitor.page.xpath("//input[@id='f0-0']/@checked")
    visitor.post("/change/2", [("f0", "no")], also=mark)
    assert visitor.at == "/q/3"


# --- back, change, read back ---------------------------------------------------------


def test_back_shows_what_was_answered(app: Any, library: Library) -> None:
    walk = Walk(app, library, calm())
    walk.until("symptoms.has_back_pain")
    visitor = walk.visitor
    last = walk.pages
    visitor.get(visitor.page.xpath("//p[@class='back']/a/@href")[0])
    assert visitor.at == f"/q/{last}"
    age = str(walk.answers["person.age_years"])
    assert visitor.page.xpath("//input[@id='f0']/@value")[0].startswith(age)
    mark = [("mark", visitor._hidden("mark"))]
    visitor.post(visitor.at, [("f0", "61"), ("f1", "leave-open")], also=mark)
    assert visitor.at == f"/q/{last + 1}"
    assert "61" in visitor.text
    visitor.get(f"/q/{last}")
    assert visitor.page.xpath("//input[@id='f0']/@value")[0].startswith("61")


def test_what_was_understood_is_read_back(app: Any, library: Library) -> None:
    walk = Walk(app, library, calm() | RUNS)
    walk.until("running.weekly_distance_km")
    step = walk.interview.step(walk.given)
    visitor = walk.visitor
    place = step.fields.index("running.weekly_distance_km")
    mark = [("mark", visitor._hidden("mark"))]
    pairs = [(f"f{n}", "1") for n in range(len(step.fields)) if n != place]
    visitor.post(visitor.at, [*pairs, (f"f{place}", "ten or so")], also=mark)
    assert "I am not sure what that means" in visitor.text
    assert visitor.page.xpath(f"//input[@id='f{place}']/@value") == ["ten or so"]
    at = visitor.at
    visitor.post(at, [*pairs, (f"f{place}", "5 mi")], also=mark)
    assert "5 mi (8.05 km" in visitor.text
    visitor.get(at)
    assert visitor.page.xpath(f"//input[@id='f{place}']/@value")[0].startswith("5 mi")


def test_an_answer_is_changed_from_the_list(app: Any, library: Library) -> None:
    walk = Walk(app, library, calm())
    walk.to_the_end()
    visitor = walk.visitor
    links = visitor.page.xpath("//dd[@class='change']/a/@href")
    assert links == [f"/change/{n}" for n in range(1, walk.pages + 1)]
    visitor.get("/change/1")
    mark = [("mark", visitor._hidden("mark"))]
    visitor.post("/change/1", [("f0", "en-NZ")], also=mark)
    assert visitor.at == "/answers"
    assert known_facts()["locale"].labels["en-NZ"] in visitor.text


def test_answers_that_do_not_fit_are_asked_back(app: Any, library: Library) -> None:
    answers = calm() | RUNS | {"running.longest_run_30d_km": 40}
    walk = Walk(app, library, answers)
    walk.to_the_end()
    visitor = walk.visitor
    assert "do not fit together" in visitor.text
    assert not visitor.page.xpath("//input[@name='size']")
    code = visitor.page.xpath("//input[@name='doubt']/@value")[0]
    visitor.post("/answers")
    assert visitor.at == "/answers"
    visitor.post("/confirm", [("doubt", "E_MADE_UP")])
    assert "do not fit together" in visitor.text
    visitor.post("/confirm", [("doubt", code)])
    assert "do not fit together" not in visitor.text
    visitor.post("/answers")
    assert visitor.at == "/guide"


def test_only_what_is_needed_is_asked_unless_more_is_wanted(
    app: Any, library: Library
) -> None:
    walk = Walk(app, library, calm())
    while walk.visitor.at != "/more":
        assert walk.step()
    visitor = walk.visitor
    assert "more questions can add to your guide" in visitor.text
    visitor.post("/more", [("more", "no")])
    assert visitor.at == "/answers"
    visitor.post("/more", [("more", "yes")])
    assert visitor.at == f"/q/{walk.pages + 1}"
    visitor.post(visitor.at, [("enough", "yes")])
    assert visitor.at == "/answers"

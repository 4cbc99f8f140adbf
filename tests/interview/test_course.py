"""The course of an interview: every door keeps the same answers of one person."""

import pytest

from backguide.guidance.library import Library
from backguide.interview.course import Course
from backguide.interview.engine import Interview
from interview_people import DAY, person


@pytest.fixture
def course(library: Library) -> Course:
    return Course(Interview(library, mode="self", day=DAY))


@pytest.mark.parametrize("seed", [7, 31])
def test_the_next_question_is_that_of_the_answers_now(
    course: Course, seed: int
) -> None:
    """It is kept between two pages; whatever changes the answers must be seen."""
    answers = person(seed, calm=1.0)
    for _ in range(16):
        step = course.step()
        assert step == course.interview.step(course.answers)
        assert course.step() is step
        course.take(step.fields, {path: answers.get(path) for path in step.fields})
    course.change({"person.age_years": 90, "person.sex_at_birth": "male"})
    assert course.step() == course.interview.step(course.answers)
    course.forget(course.entries[-1])
    assert course.step() == course.interview.step(course.answers)
    course.answers["red_flags.saddle_numb"] = "yes"
    assert course.step().stage == "held"


def test_what_is_read_back_tells_each_line(course: Course) -> None:
    while (step := course.step()).topic is not None:
        answers = person(7, calm=1.0)
        course.take(step.fields, {path: answers.get(path) for path in step.fields})
    for entry in course.entries:
        told = course.told(entry)
        assert len(told.said) + len(told.refused) == len(entry)
        assert course.entry_of(entry[0]) == entry

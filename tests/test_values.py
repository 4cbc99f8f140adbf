"""Our frozen dataclasses are those of the standard library, only made sooner."""

import copy
import dataclasses
import pickle
from typing import Any, ClassVar

import pytest

from backguide import values
from backguide.document import Paragraph, Span


def twins(**namespace: Any) -> tuple[Any, Any]:
    """Return the same class made by both."""
    made = []
    for maker in (dataclasses.dataclass, values.dataclass):
        body = {"__qualname__": "Twin", "__module__": __name__, **namespace}
        made.append(maker(frozen=True, slots=True)(type("Twin", (), body)))
    return made[0], made[1]


FIELDS: dict[str, Any] = {
    "__annotations__": {
        "a": int,
        "b": str,
        "c": tuple[int, ...],
        "d": list[int],
        "e": float,
        "shared": ClassVar[int],
    },
    "b": "x",
    "c": (1, 2),
    "d": dataclasses.field(default_factory=list, compare=False),
    "e": dataclasses.field(default=0.5, repr=False),
    "shared": 7,
    "double": lambda self: 2 * self.a,
    "size": property(lambda self: len(self.c)),
}
CALLS: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = (
    ((1,), {}),
    ((1, "y"), {"e": 2.0}),
    ((), {"a": 3, "d": [4]}),
    ((1, "y", (), [], 1.5), {}),
)


@pytest.mark.parametrize(("given", "named"), CALLS)
def test_values_are_the_same(given: tuple[Any, ...], named: dict[str, Any]) -> None:
    theirs, ours = (twin(*given, **named) for twin in twins(**FIELDS))
    assert dataclasses.asdict(theirs) == dataclasses.asdict(ours)
    assert repr(theirs) == repr(ours)
    assert hash(theirs) == hash(ours)
    assert theirs.double() == ours.double()
    assert theirs.size == ours.size
    assert ours.shared == 7
    assert not hasattr(ours, "__dict__")
    assert dataclasses.replace(ours, a=9).a == 9
    assert copy.deepcopy(ours) == ours


@pytest.mark.parametrize(
    ("given", "named"), [((), {}), ((1,), {"a": 1}), ((1,), {"z": 1}), ((1,) * 6, {})]
)
def test_wrong_calls_are_refused(given: tuple[Any, ...], named: dict[str, Any]) -> None:
    for twin in twins(**FIELDS):
        with pytest.raises(TypeError):
            twin(*given, **named)


def test_equality() -> None:
    theirs, ours = twins(**FIELDS)
    for twin in (theirs, ours):
        assert twin(1) == twin(1, d=[5])
        assert twin(1) != twin(2)
        assert twin(1) != (1, "x", (1, 2), 0.5)
    assert ours(1) != theirs(1)
    assert {ours(1), ours(1), ours(2)} == {ours(1), ours(2)}


def test_nothing_changes_afterwards() -> None:
    for twin in twins(**FIELDS):
        value = twin(1)
        with pytest.raises(dataclasses.FrozenInstanceError):
            value.a = 2
        with pytest.raises(dataclasses.FrozenInstanceError):
            del value.a
        # Slotted classes of Python 3.11 answer a new name with a TypeError.
        with pytest.raises((AttributeError, TypeError)):
            value.new = 2


def test_each_value_has_a_default_of_its_own() -> None:
    _, ours = twins(**FIELDS)
    assert ours(1).d is not ours(1).d


def test_a_class_without_fields_and_one_with_one() -> None:
    _, empty = twins()
    assert empty() == empty()
    assert hash(empty()) == hash(empty())
    _, single = twins(__annotations__={"a": int})
    assert single(1) == single(1) != single(2)
    assert repr(single(1)) == "Twin(a=1)"


def test_own_methods_are_kept() -> None:
    body = {"__annotations__": {"a": int}, "__repr__": lambda self: "mine"}
    assert [repr(twin(1)) for twin in twins(**body)] == ["mine", "mine"]


def test_what_follows_the_making_runs() -> None:
    seen: list[int] = []
    body = {
        "__annotations__": {"a": int},
        "__post_init__": lambda self: seen.append(self.a),
    }
    for twin in twins(**body):
        twin(5)
    assert seen == [5, 5]


def test_values_travel_between_processes() -> None:
    value = Paragraph((Span("a"), Span("b", "strong")), "lead")
    assert pickle.loads(pickle.dumps(value)) == value


def test_match_sees_the_fields() -> None:
    match Span("text", "em"):
        case Span(text, emphasis=emphasis):
            assert (text, emphasis) == ("text", "em")
        case _:
            pytest.fail("no match")


def test_other_options_go_to_the_standard_library() -> None:
    @values.dataclass(slots=True, eq=False)
    class Node:
        a: int = 1

    node = Node()
    node.a = 2
    assert node.a == 2
    assert node != Node(2)

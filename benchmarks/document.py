"""The reference document: four pages that every peer sets in its own idiom.

The words are filler with the sentence lengths of a leaflet; they are no advice. Nothing
is drawn at random at run time: document number n is the same for everybody.
"""

import random
from dataclasses import asdict, dataclass
from typing import Any

NAMES = ("Ana", "Bjarne", "Chlo\u00e9", "Dagmar", "Emil", "Fran\u00e7ois", "Greta",
         "H\u00e9ctor", "Ines", "J\u00fcrgen", "Kofi", "Lena", "M\u00e1ria", "Nils")  # fmt: skip
TOPICS = (
    "Walking on soft ground", "A note on shoes", "Hills and stairs", "Sleep and rest",
    "Sitting for long", "Lifting a bag", "A calm start", "Running with others",
    "Heat and cold", "Counting the weeks", "After a long run", "Before a long run",
    "On rest days", "Short and easy", "Stairs at home", "At the desk", "On the way",
    "Looking ahead",
)  # fmt: skip
STATIC = (
    "Pick a flat path and keep the first part slow.",
    "Most people like a short walk before they begin to jog.",
    "Write down how the day went while you still remember it.",
    "A longer route is not always the better one for this week.",
    "Drink when you are thirsty and carry a small bottle if it is warm.",
    "Two easy days in a row are fine, and so is a day without any run.",
    "Change one thing at a time, so that you can tell what made a difference.",
    "If a path is icy, choose another one or stay inside and move there.",
    "Your steps may feel heavy at first and lighter after a few minutes.",
    "Keep the same pace on the way back as on the way out.",
    "A friend who runs at your pace can make the time pass quickly.",
    "Put the sheet where you see it each morning.",
)  # fmt: skip
PERSONAL = (
    "{name}, you told us that you run {runs} times a week, about {distance} km in all.",
    "Your longest run in the last month was {longest} km, on {day}.",
    "At {age} years and {height} cm you chose a goal of {goal} km by {until}.",
    "You sit about {sitting} hours a day and sleep about {sleep} hours.",
    "Begin with {first} km, add {step} km each week, and stop at {cap} km for now.",
    "Your score was {score} of 10 this week and {before} of 10 four weeks ago.",
    "Call {phone} and give the number {number} if you want to change the day.",
    "Your next look is on {next}, at {hour} o'clock, with {helper}.",
)
WARNING = ("Stop the test page here if one of these lines applies.",
           ("The line is red and thick.", "The box is empty on both sides.",
            "A number is above {limit}.", "The page was printed before {day}.",
            "Two of the rows say the same."))  # fmt: skip
MOVES = ("Bridge", "Side plank", "Step-up", "Heel raise", "Sit to stand", "Knee hug")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Point = tuple[float, float]


@dataclass(frozen=True)
class Drawing:
    """A stick figure in a box of 100 by 100, y upwards."""

    head: tuple[float, float, float]
    lines: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True)
class Reference:
    """One document; a peer needs nothing else."""

    title: str
    header: tuple[str, str]
    footer: str
    warning: str
    warning_items: tuple[str, ...]
    sections: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
    """Title, paragraphs, items."""
    cards: tuple[tuple[str, str, str, Drawing], ...]
    """Name, dose, text, drawing."""
    plan: tuple[tuple[str, ...], ...]
    diary: tuple[tuple[str, ...], ...]
    chart: tuple[float, ...]
    address: str
    """What the QR code says."""
    references: tuple[str, ...]


def profile(number: int) -> dict[str, Any]:
    """Return the fields of one person who does not exist."""
    draw = random.Random(7_000_000 + number)  # noqa: S311
    day = lambda: f"{draw.randint(1, 28)} May 2026"  # noqa: E731
    return {
        "number": f"T{number:06}", "name": draw.choice(NAMES), "age": draw.randint(20, 80),
        "height": draw.randint(150, 199), "runs": draw.randint(1, 5),
        "distance": draw.randint(5, 60), "longest": draw.randint(3, 20), "day": day(),
        "goal": draw.randint(5, 42), "until": day(), "sitting": draw.randint(1, 12),
        "sleep": draw.randint(5, 9), "first": draw.randint(1, 4),
        "step": draw.choice([0.5, 1.0]), "cap": draw.randint(5, 15),
        "score": draw.randint(0, 5), "before": draw.randint(3, 9),
        "phone": f"0100 {draw.randint(100, 999)} {draw.randint(100, 999)}",
        "next": day(), "hour": draw.randint(8, 18), "helper": draw.choice(NAMES),
        "limit": draw.randint(10, 99), "topics": draw.sample(range(len(TOPICS)), 18),
        "moves": draw.sample(range(len(MOVES)), 6),
        "doses": [draw.randint(6, 15) for _ in range(6)],
        "plan": [[draw.randint(5, 40) for _ in range(4)] for _ in range(6)],
        "chart": [draw.randint(0, 60) for _ in range(13)],
    }  # fmt: skip


def document(fields: dict[str, Any], sections: int = 18, cards: int = 6) -> Reference:
    """Return the document of a profile; more sections make more pages."""
    say = lambda text: text.format(**fields)  # noqa: E731
    count = len(TOPICS)
    parts = []
    for place in range(sections):
        topic = fields["topics"][place % count]
        paragraphs = [" ".join(STATIC[(topic + n) % len(STATIC)] for n in range(2))]
        paragraphs.append(say(PERSONAL[(topic + place) % len(PERSONAL)]))
        items = [STATIC[(topic + n + 5) % len(STATIC)] for n in range(2)]
        parts.append((TOPICS[topic], tuple(paragraphs), tuple(items)))
    return Reference(
        title=f"Test guide for {fields['name']}",
        header=(f"Test guide {fields['number']}", fields["day"]),
        footer="Filler text to measure speed. Not advice.",
        warning=WARNING[0],
        warning_items=tuple(map(say, WARNING[1])),
        sections=tuple(parts),
        cards=tuple(_card(fields, n) for n in range(cards)),
        plan=(("Week", *(f"Day {n}" for n in range(1, 5))),
              *((f"{n}", *(f"{m} min" for m in row))
                for n, row in enumerate(fields["plan"], 1))),
        diary=(DAYS, *(("",) * 7 for _ in range(6))),
        chart=tuple(fields["chart"]),
        address=f"https://example.org/t/{fields['number']}?d=2026-05-01&v=1",
        references=tuple(f"Source {n}: a made-up title, example.org/{n}"
                         for n in range(1, 7)),
    )  # fmt: skip


def _card(fields: dict[str, Any], number: int) -> tuple[str, str, str, Drawing]:
    move = fields["moves"][number % 6]
    dose = f"{fields['doses'][number % 6]} times, 3 sets"
    text = f"{STATIC[move]} {STATIC[(move + 6) % len(STATIC)]}"
    return MOVES[move], dose, text, drawing(move)


def drawing(move: int) -> Drawing:
    """Return the stick figure of a move: head, trunk, limbs, floor."""
    lean = 6 * move
    hip, neck = (50.0, 45.0), (50.0 + lean, 75.0)
    return Drawing(
        head=(neck[0] + 3, neck[1] + 10, 7),
        lines=(
            (hip, neck),
            ((neck[0], 72), (35, 60 - move), (28 + lean, 48)),
            ((neck[0], 72), (66, 60 + move), (74, 50)),
            (hip, (40 + move, 25), (38, 4), (46, 4)),
            (hip, (60, 26 + move), (64, 4), (72, 4)),
            ((10, 3), (90, 3)),
        ),
    )


def as_json(fields: dict[str, Any], sections: int = 18, cards: int = 6) -> Any:
    """Return the document as plain lists and dictionaries."""
    return asdict(document(fields, sections, cards))

"""Real pages by real workers: nothing lost, nobody mixed up, the same bytes."""

import hashlib
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from backguide.batch.executor import Outcome, Work
from backguide.batch.forecast import forecast_batch
from backguide.batch.pool import WorkerPool
from backguide.batch.run import BatchReport, run_batch
from backguide.batch.work import Task
from backguide.guidance.library import Library
from backguide.making import make_handout
from backguide.profile.load import profile_from_bytes
from batch.factory import OPTIONS, Inline, inputs_of, litter_of, pdfs_of
from batch.poison_pages import PoisonPool
from pdf_reader.readback import read_back
from strategies import FIXED_DAY, as_bytes, in_clinic

pytestmark = pytest.mark.slow

TWO = WorkerPool(jobs=2, limit_seconds=60)


def marker(kind: str, number: int) -> str:
    """Return a text that stands in one profile only."""
    digest = hashlib.sha256(f"{kind}{number}".encode()).hexdigest()
    letters = "".join(chr(ord("a") + int(digit, 16)) for digit in digest[:12])
    return f"Qzx{letters}"


MARKER = re.compile("Qzx[a-p]{12}")


def canary(number: int, **facts: Any) -> dict[str, Any]:
    return in_clinic(
        **{
            "profile_id": f"c{number}",
            "person.first_name": marker("name", number),
            "clinic": {
                "clinic_name": marker("clinic", number),
                "clinician_name": marker("clinician", number),
                "clinician_role": "Physiotherapist",
                "physio_message": marker("message", number),
                "consent_to_print_name": True,
            },
            **facts,
        }
    )


BREAKS: tuple[Callable[[bytes], bytes], ...] = (
    lambda content: content[: len(content) // 2],
    lambda content: b"",
    lambda content: content.replace(b'"nrs_now": 3', b'"nrs_now": NaN'),
    lambda content: content.replace(b'"nrs_now": 3', b'"nrs_now": 3, "nrs_now": 9'),
    lambda content: content.replace(b'"red_flags"', b'"red_flagz"'),
)


@dataclass(frozen=True)
class Night:
    """A clinic's night: what went in, and what came out."""

    source: Path
    out: Path
    report: BatchReport
    inputs: int
    broken: frozenset[int]
    held: frozenset[int]

    @property
    def good(self) -> list[int]:
        """Return who gets a guide."""
        return [n for n in range(self.inputs) if n not in self.broken | self.held]


def night_of(root: Path, inputs: int, broken_count: int, held_count: int) -> Night:
    """Run a batch of mixed profiles, of which some are broken and some held back."""
    (root / "in").mkdir()
    odd = random.Random(5).sample(range(inputs), broken_count + held_count)
    broken, held = frozenset(odd[:broken_count]), frozenset(odd[broken_count:])
    for number in range(inputs):
        flags = {"red_flags.saddle_numb": "yes"} if number in held else {}
        content = as_bytes(canary(number, **flags))
        if number in broken:
            content = BREAKS[number % len(BREAKS)](content)
        (root / "in" / f"c{number}.json").write_bytes(content)
    report = run_batch(root / "in", root / "out", OPTIONS, executor=TWO)
    return Night(root / "in", root / "out", report, inputs, broken, held)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """A short night; each test looks at it in its own way."""
    return night_of(tmp_path_factory.mktemp("night"), 40, 5, 3)


def test_a_thousand_people(tmp_path: Path) -> None:
    """Mixed, 5 in 100 broken, 3 in 100 held: nothing lost, nobody mixed, totals right.

    All caches are on, and each profile has texts that stand in no other one.
    """
    night = night_of(tmp_path, 1000, 50, 30)
    check_nothing_is_lost(night)
    check_nobody_is_mixed_up(night)
    check_no_marker_leaves_the_pages(night)
    assert night.report.summary.total_line() == (
        "1000 in = 920 made + 0 reused + 30 held + 50 failed + 0 quarantined"
    )
    # The last, the first and some in between, each in a process of its own that has
    # made nothing before: cold caches make the same bytes.
    numbers = [night.good[0], night.good[-1], *night.good[100::300], *night.held][:8]
    again = tmp_path / "again"
    again.mkdir()
    for number in numbers:
        name = f"c{number}.json"
        (again / name).write_bytes((night.source / name).read_bytes())
    cold = WorkerPool(jobs=2, recycle_after=1, limit_seconds=60)
    run_batch(again, tmp_path / "cold", OPTIONS, executor=cold)
    warm = pdfs_of(night.out)
    expected = {name: c for name, c in warm.items() if is_of(name, numbers)}
    assert len(expected) == 8
    assert pdfs_of(tmp_path / "cold") == expected


def test_nothing_is_lost(night: Night) -> None:
    check_nothing_is_lost(night)


def check_nothing_is_lost(night: Night) -> None:
    counts = Counter(row.status for row in night.report.summary.rows)
    assert counts == {
        "made": len(night.good),
        "held": len(night.held),
        "failed": len(night.broken),
    }
    assert night.report.exit_code == 8
    rows = {int(row.input.split()[1]) - 1: row for row in inputs_of(night.out)}
    assert len(inputs_of(night.out)) == len(rows) == night.inputs
    assert {n for n, row in rows.items() if row.status == "failed"} == night.broken
    assert {n for n, row in rows.items() if row.status == "held"} == night.held
    pdfs = pdfs_of(night.out)
    assert len(pdfs) == len(night.good) + len(night.held)
    for row in rows.values():
        if row.file:
            content = pdfs.pop(row.file)
            assert hashlib.sha256(content).hexdigest() == row.pdf_sha256
            assert row.file.startswith("held/") == (row.status == "held")
    assert not pdfs
    assert not litter_of(night.out)


def test_nobody_is_mixed_up(night: Night) -> None:
    check_nobody_is_mixed_up(night)


def check_nobody_is_mixed_up(night: Night) -> None:
    own = {
        marker(kind, number): number
        for number in range(night.inputs)
        for kind in ("name", "clinic", "clinician", "message")
    }
    seen = 0
    for row in night.report.summary.rows:
        if not row.file:
            continue
        content = (night.out / row.file).read_bytes()
        read = read_back(content)
        assert read.root is not None
        texts = [read.root.text, *(t for item in read.artifacts for t in item.texts)]
        told = "".join("".join(texts).split())
        number = int(row.id[1:])
        found = {own[m] for m in MARKER.findall(told)}
        assert found == {number}, row.id
        if row.status == "made":
            assert marker("message", number) in told
            assert marker("clinic", number) in told
            seen += 1
        assert b"Qzx" not in content.split(b"stream", 1)[0]
        assert "Qzx" not in f"{read.title}{read.information}{read.metadata}"
    assert seen == len(night.good)


def test_no_marker_leaves_the_pages(night: Night) -> None:
    check_no_marker_leaves_the_pages(night)


def check_no_marker_leaves_the_pages(night: Night) -> None:
    for path in night.out.rglob("*"):
        assert "qzx" not in path.name.lower()
        if path.is_file() and path.suffix != ".pdf":
            assert b"qzx" not in path.read_bytes().lower(), path


def test_a_second_night_keeps_everything(night: Night) -> None:
    before = pdfs_of(night.out)
    report = run_batch(night.source, night.out, OPTIONS, executor=TWO)
    assert report.summary.count("reused") == len(night.good)
    assert report.summary.count("held") == len(night.held)
    assert pdfs_of(night.out) == before


def test_the_forecast_says_what_then_happens(night: Night, tmp_path: Path) -> None:
    few = tmp_path / "in"
    few.mkdir()
    chosen = [*sorted(night.broken)[:2], *sorted(night.held)[:2], 0, 1, 2, 3]
    for number in dict.fromkeys(chosen):
        name = f"c{number}.json"
        (few / name).write_bytes((night.source / name).read_bytes())
    told = forecast_batch(few, OPTIONS, executor=TWO)
    report = run_batch(few, tmp_path / "out", OPTIONS, executor=TWO)
    assert told.inputs == report.summary.inputs
    assert told.passed == report.summary.count("made")
    assert {f.id for f in told.held} == {
        r.id for r in report.summary.rows if r.status == "held"
    }
    assert len(told.failed) == report.summary.count("failed")
    assert (told.pages, told.sheets) == (report.summary.pages, report.summary.sheets)
    assert told.exit_code == report.exit_code


class Shuffled(Inline):
    """The real work in this process, in another order."""

    def run(
        self, tasks: Iterable[Task], work: Work, *, is_stopped: Callable[[], bool]
    ) -> Iterator[Outcome]:
        order = [*tasks]
        random.Random(1).shuffle(order)
        yield from super().run(order, work, is_stopped=is_stopped)


def test_the_bytes_do_not_depend_on_who_made_them_or_when(
    night: Night, library: Library, tmp_path: Path
) -> None:
    few = tmp_path / "in"
    few.mkdir()
    numbers = [*night.good[:6], *sorted(night.held)[:2]]
    for number in numbers:
        name = f"c{number}.json"
        (few / name).write_bytes((night.source / name).read_bytes())
    expected = {n: c for n, c in pdfs_of(night.out).items() if is_of(n, numbers)}
    assert len(expected) == len(numbers)
    one = WorkerPool(jobs=1, recycle_after=3)
    for name, executor in {"one": one, "shuffled": Shuffled()}.items():
        run_batch(few, tmp_path / name, OPTIONS, executor=executor)
        assert pdfs_of(tmp_path / name) == expected
    # The first document of a fresh library, as ``make`` draws it.
    content = (few / f"c{numbers[3]}.json").read_bytes()
    made = make_handout(
        profile_from_bytes(content, "x"), library, OPTIONS.making(FIXED_DAY)
    )
    assert made.pdf in expected.values()


def is_of(name: str, numbers: list[int]) -> bool:
    return int(Path(name).name.split("-")[1][1:]) in numbers


# --- poison among the profiles ------------------------------------------------


def test_each_poison_costs_one_guide(tmp_path: Path) -> None:
    ids = ["p1", "killed", "p2", "hung", "p3", "left", "p4", "fat", "p5", "p6"]
    (tmp_path / "in").mkdir()
    for number, id_ in enumerate(ids):
        raw = canary(number, profile_id=id_)
        (tmp_path / "in" / f"{id_}.json").write_bytes(as_bytes(raw))
    pool = PoisonPool(jobs=2, limit_seconds=5)
    report = run_batch(tmp_path / "in", tmp_path / "out", OPTIONS, executor=pool)
    reasons = {row.id: row.reason for row in report.summary.rows}
    assert reasons == {
        **dict.fromkeys(["p1", "p2", "p3", "p4", "p5", "p6"], ""),
        "killed": "E_WORKER_DIED",
        "hung": "E_TIME_LIMIT",
        "left": "E_INTERNAL",
        "fat": "E_MEMORY",
    }
    assert report.exit_code == 8
    assert len(pdfs_of(tmp_path / "out")) == 6
    text = (tmp_path / "out" / "needs-attention.txt").read_text()
    assert "ended by the signal SIGKILL" in text
    again = run_batch(tmp_path / "in", tmp_path / "out", OPTIONS, executor=TWO)
    assert again.exit_code == 0
    assert again.summary.count("reused", "made") == 10


def test_an_id_that_is_not_the_planned_one_goes_to_quarantine(tmp_path: Path) -> None:
    class Swapped(Inline):
        def run(
            self, tasks: Iterable[Task], work: Work, *, is_stopped: Callable[[], bool]
        ) -> Iterator[Outcome]:
            both = [*tasks]
            first, second = both
            mixed = [replace(first, content=second.content), second]
            yield from super().run(mixed, work, is_stopped=is_stopped)

    (tmp_path / "in").mkdir()
    for number in (1, 2):
        path = tmp_path / "in" / f"c{number}.json"
        path.write_bytes(as_bytes(canary(number)))
    out = tmp_path / "out"
    report = run_batch(tmp_path / "in", out, OPTIONS, executor=Swapped())
    assert [(r.id, r.status, r.reason) for r in report.summary.rows] == [
        ("c1", "quarantined", "E_IDENTITY"),
        ("c2", "made", ""),
    ]
    assert report.exit_code == 8
    assert len([n for n in pdfs_of(out) if n.startswith("quarantine/")]) == 1
    again = run_batch(tmp_path / "in", out, OPTIONS, executor=TWO)
    assert (again.exit_code, again.summary.count("made")) == (0, 1)


def test_the_mixed_profiles_are_what_they_say(tmp_path: Path) -> None:
    from batch.make_profiles import mixed

    lines = [*mixed(40)]
    assert lines == [*mixed(40)]
    source = tmp_path / "mixed.jsonl"
    source.write_bytes(b"".join(line + b"\n" for line in lines))
    told = forecast_batch(source, OPTIONS, executor=Inline())
    assert (told.inputs, len(told.held), len(told.failed)) == (40, 1, 2)

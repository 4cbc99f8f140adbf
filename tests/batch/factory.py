"""What batch tests are made of: folders of profiles, and makers that draw no pages."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from backguide.batch.executor import Outcome, Work
from backguide.batch.manifest import HELD, MADE, Row, RunRow, parse_row
from backguide.batch.run import BatchOptions
from backguide.batch.work import Parcel, Result, Settings, Task
from strategies import FIXED_DAY, as_bytes, minimal_profile

OPTIONS = BatchOptions("0.0.0", issued_on=FIXED_DAY, length="short")


def profile(id_: str, **facts: Any) -> dict[str, Any]:
    return minimal_profile(profile_id=id_, **facts)


def fill(folder: Path, ids: Iterable[str], **facts: Any) -> Path:
    """Write a valid profile for each id."""
    folder.mkdir(exist_ok=True)
    for id_ in ids:
        (folder / f"{id_}.json").write_bytes(as_bytes(profile(id_, **facts)))
    return folder


class Inline:
    """Does the real work in this process."""

    def run(
        self, tasks: Iterable[Task], work: Work, *, is_stopped: Callable[[], bool]
    ) -> Iterator[Outcome]:
        do = work.whole()
        for task in tasks:
            yield Outcome(task, do(task))
            if is_stopped():
                return


class Scribe:
    """Writes a line in place of pages; profiles of 99 years are held back."""

    def __init__(
        self, *faults: str, after: Callable[[Task], None] | None = None
    ) -> None:
        self.faults = faults
        """Ids whose worker dies."""
        self.after = after
        self.done: list[str] = []

    def run(
        self, tasks: Iterable[Task], work: Work, *, is_stopped: Callable[[], bool]
    ) -> Iterator[Outcome]:
        for task in tasks:
            if is_stopped():
                return
            self.done.append(task.id)
            if task.id in self.faults:
                yield Outcome(task, fault="E_WORKER_DIED", words="ended by SIGKILL")
                continue
            yield Outcome(task, work.landed(self._parcel(task, work.settings)))
            if self.after:
                self.after(task)

    def _parcel(self, task: Task, settings: Settings) -> Parcel:
        content = json.loads(task.content)
        is_held = content["person"]["age_years"] == 99
        digest = hashlib.sha256(task.content).hexdigest()
        pdf = b"%PDF " + digest.encode() + repr(settings.options).encode()
        code = hashlib.sha256(pdf).hexdigest()[:8].upper()
        name = f"bg-{task.id}-{settings.options.issued_on:%Y%m%d}-{code}.pdf"
        name = f"held/{name}" if is_held else name
        result = Result(
            status=HELD if is_held else MADE,
            reason="URGENT" if is_held else "",
            guide_code=f"{code[:4]}-{code[4:]}",
            pages=3,
            sections=("main-message@11111111", "running-plan@22222222"),
            language="en",
            pdf_sha256=hashlib.sha256(pdf).hexdigest(),
            file=name,
        )
        return Parcel(result, pdf)


def rows_of(folder: Path) -> list[Row | RunRow]:
    lines = (folder / "manifest.jsonl").read_bytes().splitlines(keepends=True)
    rows = [parse_row(line) for line in lines]
    assert None not in rows
    return rows  # type: ignore[return-value]


def inputs_of(folder: Path) -> list[Row]:
    return [row for row in rows_of(folder) if isinstance(row, Row)]


def pdfs_of(folder: Path) -> dict[str, bytes]:
    """Return every PDF below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*.pdf")
    }


def litter_of(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*")]


def timeless(out: Path, *besides: str) -> list[dict[str, Any]]:
    """Return the last row of each input without its times and what is named."""
    rows = {row.input: row for row in inputs_of(out)}
    names = [n for n in Row.__slots__ if n not in ("seconds", "at", *besides)]
    return [{n: getattr(rows[i], n) for n in names} for i in sorted(rows)]


def check_truth(out: Path) -> None:
    """Whatever the manifest vouches for is there, whole."""
    path = out / "manifest.jsonl"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    for line in lines:
        row = parse_row(line)
        if isinstance(row, Row) and row.has_pdf:
            content = (out / row.file).read_bytes()
            assert hashlib.sha256(content).hexdigest() == row.pdf_sha256

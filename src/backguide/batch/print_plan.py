"""Choose the guides of a print job: which they are, in which order, in which parts."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from backguide.batch.folder import page_of, read_page
from backguide.batch.inputs import natural_key
from backguide.batch.manifest import (
    FILE_NAME,
    MADE,
    REUSED,
    Newest,
    Row,
    newest_run,
)
from backguide.binding import read_facts
from backguide.errors import BackguideError, ExitCode, OutputError
from backguide.layout.sheets import paper_of

SPLIT: Final = 100
"""Guides in one part, as long as nobody says otherwise; keeps the memory small."""
_SHARD: Final = re.compile(r"shard-([0-9]+)-of-([0-9]+)")
_MOST_NAMED: Final = 5


class JobError(BackguideError):
    """The print job that was asked for cannot be."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class JobOptions:
    """How the guides are put together."""

    target: Path
    """The file; with several parts their number comes before the ending."""
    is_duplex: bool = False
    """Each guide begins on a front side; an added back is a side for notes."""
    sort: tuple[str, ...] = ()
    """Keys of ``SORT_KEYS``; in the order of the input where they are equal."""
    split: int = SPLIT
    """Most guides in one part."""
    has_separators: bool = False
    """A sheet with its id before each guide."""
    is_stapled: bool = False
    """One part for each guide, for printers that staple each job."""


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide of the job."""

    row: Row
    path: Path
    paper: str
    language: str

    def read(self) -> bytes:
        """Return the bytes that the manifest vouches for.

        Raises:
            OutputError: The file is gone, or holds something else.
        """
        content = read_page(self.path)
        if hashlib.sha256(content).hexdigest() != self.row.pdf_sha256:
            raise OutputError(
                f"{self.path.name}: the file is gone or is not what the batch made; "
                "run the batch again, then print"
            )
        return content


SORT_KEYS: Final[dict[str, Callable[[Guide], Any]]] = {
    "input": lambda guide: natural_key(guide.row.input),
    "id": lambda guide: natural_key(guide.row.id),
    "language": lambda guide: guide.language,
    "pages": lambda guide: guide.row.pages,
    "issued": lambda guide: guide.row.issued_on,
    "code": lambda guide: guide.row.guide_code,
}
"""What guides can be sorted by; numbers within texts count as numbers."""


def check_order(keys: Sequence[str]) -> None:
    """See that guides can be sorted so.

    Raises:
        JobError: There is no such key.
    """
    wrong = [key for key in keys if key not in SORT_KEYS]
    if wrong:
        known = ", ".join(SORT_KEYS)
        raise JobError(f"guides cannot be sorted by {', '.join(wrong)}; known: {known}")


def guides_of(folder: Path, found: Sequence[Path]) -> tuple[list[Guide], int]:
    """Return the guides of the last runs, and how many inputs have none.

    Raises:
        OutputError: A run is not over, a row or a guide is lost, or the parts of a
            batch do not fit each other.
    """
    _check_shards(folder, found)
    runs = [(path, _last_run(path)) for path in found]
    _check_sources(folder, [run for _, run in runs])
    guides: list[Guide] = []
    left_out = 0
    owner: dict[str, str] = {}
    for path, run in runs:
        for row in run.rows.values():
            if row.status not in (MADE, REUSED):
                left_out += 1
                continue
            if row.id.casefold() in owner:
                raise OutputError(f"{row.id}: two guides have this id; print neither")
            owner[row.id.casefold()] = row.id
            guides.append(_guide(row, path.parent))
    return guides, left_out


def _guide(row: Row, folder: Path) -> Guide:
    path = page_of(folder, row)
    if path is None:
        raise OutputError(
            f"{row.id}: the manifest names no page of this person; run the batch "
            "again, then print"
        )
    guide = Guide(row, path, "", "")
    facts = read_facts(guide.read())
    paper = paper_of(facts.width, facts.height)
    if not paper or facts.pages != row.pages:
        raise OutputError(f"{guide.path.name}: its pages are not those of the manifest")
    return Guide(row, guide.path, paper, facts.language)


def _last_run(manifest: Path) -> Newest:
    """Return the last run, whole.

    Raises:
        OutputError: It has not ended, or rows of it are not there.
    """
    newest = newest_run(manifest)
    name = manifest.parent.name
    if not newest.run.run:
        raise OutputError(f"{name}: its manifest tells of no run; run the batch again")
    if not newest.is_over:
        raise OutputError(
            f"{name}: its last run was stopped before its end; run the same batch "
            "again, then print"
        )
    if newest.lost:
        raise OutputError(
            f"{name}: the last run had {newest.run.inputs} inputs, but the manifest "
            f"holds {len(newest.rows)} of them; run the same batch again, then print"
        )
    return newest


def _check_sources(folder: Path, runs: Sequence[Newest]) -> None:
    """See that all parts of a batch were made of the very same inputs.

    Raises:
        OutputError: They were not.
    """
    if len({run.run.source_sha256 for run in runs}) > 1:
        raise OutputError(
            f"{folder.name}: its shards were made from different inputs; run all of "
            "them again, then print"
        )
    told = runs[0].run.source_inputs if runs else 0
    count = sum(run.run.inputs for run in runs)
    if told and told != count:
        raise OutputError(
            f"{folder.name}: the source had {told} inputs, but the runs {count}; run "
            "all shards again, then print"
        )


def _check_shards(folder: Path, found: Sequence[Path]) -> None:
    """See that no part of a batch is missing.

    Raises:
        OutputError: One is.
    """
    names = [_SHARD.fullmatch(path.parent.name) for path in found]
    shards = {(int(name[1]), int(name[2])) for name in names if name}
    counts = {count for _, count in shards}
    if len(counts) > 1 or (shards and folder / FILE_NAME in found):
        raise OutputError(
            f"{folder.name}: it holds shards of several batches; print each folder "
            "by itself"
        )
    missing = [
        number
        for count in counts
        for number in range(1, count + 1)
        if (number, count) not in shards
    ]
    if missing:
        told = ", ".join(str(number) for number in missing[:_MOST_NAMED])
        raise OutputError(f"{folder.name}: these shards have not run yet: {told}")


def parts_of(guides: list[Guide], options: JobOptions) -> list[list[Guide]]:
    """Return the guides in order, cut into parts of one paper each."""
    keys = [SORT_KEYS[key] for key in (*options.sort, "input")]
    ordered = sorted(guides, key=lambda guide: tuple(key(guide) for key in keys))
    split = 1 if options.is_stapled else options.split
    parts = []
    for paper in dict.fromkeys(guide.paper for guide in ordered):
        group = [guide for guide in ordered if guide.paper == paper]
        parts += [group[i : i + split] for i in range(0, len(group), split)]
    return parts

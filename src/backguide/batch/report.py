"""Tell what became of a run: a table, one page to read, and a list of what to do.

All three are made from the rows of the manifest. Held people come first, failures
next, then everybody else in the order of the input.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType
from typing import Final

from backguide.batch.inputs import OF_THE_SYSTEM, told_passed_over
from backguide.batch.manifest import (
    FAILED,
    HELD,
    MADE,
    QUARANTINED,
    REUSED,
    STATUSES,
    Row,
)
from backguide.batch.manifest import FILE_NAME as MANIFEST_NAME
from backguide.output import GENERATOR, Kind

CSV_NAME: Final = "run.csv"
HTML_NAME: Final = "run.html"
ATTENTION_NAME: Final = "needs-attention.txt"
RESERVED: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        MANIFEST_NAME: Kind.RECORD,
        CSV_NAME: Kind.TABLE,
        HTML_NAME: Kind.HTML,
        ATTENTION_NAME: Kind.REPORT,
    }
)
"""Names in an output folder that belong to the batch."""
MAX_TOLD_IDS: Final = 50
"""Of the ids that are gone, so many are told."""

_ORDER: Final = {HELD: 0, QUARANTINED: 1, FAILED: 2, MADE: 3, REUSED: 3}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
LEVEL_WORDS: Final = {
    "EMERGENCY": "Emergency: to be seen at once",
    "URGENT": "Urgent: to be seen the same day",
    "UNANSWERED": "Safety questions are not answered",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers, and its rows in the order of the report."""

    run: int
    begun_at: str
    ended_at: str
    inputs: int
    rows: tuple[Row, ...]
    """Held first, then quarantined, failed, and all others in natural order."""
    is_stopped: bool
    put_aside: int = 0
    """Earlier PDFs that were moved away, because they no longer hold."""
    warnings: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    """Ids of the last whole run that are not among the inputs any more."""
    passed_over: tuple[tuple[str, int], ...] = ()
    """Files and folders of the source that are no inputs: why, and how many."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What their owner calls the inputs, by label; empty unless it was asked for."""
    review: str = ""
    """What in the content is not reviewed; empty when all is."""

    def count(self, *statuses: str) -> int:
        """Return how many inputs ended in one of the ways."""
        return sum(row.status in statuses for row in self.rows)

    @property
    def samples(self) -> int:
        """Return how many pages are of invented persons."""
        return sum(row.is_sample and bool(row.file) for row in self.rows)

    @property
    def not_done(self) -> int:
        """Return how many inputs a stopped run did not come to."""
        return self.inputs - len(self.rows)

    @property
    def pages(self) -> int:
        """Return the pages to print, those of held people left out."""
        return sum(row.pages for row in self._to_print())

    @property
    def sheets(self) -> int:
        """Return the sheets to print on both sides, each guide on its own."""
        return sum((row.pages + 1) // 2 for row in self._to_print())

    def _to_print(self) -> list[Row]:
        return [row for row in self.rows if row.status in (MADE, REUSED)]

    def attention(self) -> tuple[Row, ...]:
        """Return the rows that somebody must look at."""
        return tuple(r for r in self.rows if r.status not in (MADE, REUSED))

    def called(self, row: Row) -> str:
        """Return what an input is called, with its own name if it was asked for."""
        name = self.names.get(row.input, "")
        return f"{row.input} = {name}" if name else row.input

    @property
    def has_unseen(self) -> bool:
        """Tell whether something was passed over that may be a profile."""
        return any(reason != OF_THE_SYSTEM for reason, _ in self.passed_over)

    def notes(self) -> tuple[str, ...]:
        """Return what people must know beside the rows, a sentence each."""
        notes = []
        if self.withdrawn:
            told = ", ".join(self.withdrawn[:MAX_TOLD_IDS])
            if (more := len(self.withdrawn) - MAX_TOLD_IDS) > 0:
                told += f" and {more} more"
            notes.append(f"No longer among the inputs since the last run: {told}")
        if self.put_aside:
            notes.append(
                f"{self.put_aside:,} earlier pages no longer hold and were moved to "
                "the folder superseded"
            )
        if self.passed_over:
            notes.append(told_passed_over(self.passed_over))
        return tuple(notes)

    def total_line(self) -> str:
        """Return the one line that adds up."""
        parts = [f"{self.count(status)} {status}" for status in STATUSES]
        if self.not_done:
            parts.append(f"{self.not_done} not done")
        return f"{self.inputs} in = {' + '.join(parts)}"


def samples_words(count: int) -> str:
    """Return a sentence on pages of invented persons; empty without any."""
    pages = "1 page is" if count == 1 else f"{count:,} pages are"
    return f"{pages} of invented persons (samples), and say so." if count else ""


def in_report_order(rows: list[Row]) -> tuple[Row, ...]:
    """Return rows with the people first who matter most; else the order stays."""
    return tuple(sorted(rows, key=lambda row: _ORDER[row.status]))


# --- the table ---------------------------------------------------------------

_COLUMNS: Final = (
    "id", "status", "reason", "field", "pages", "sections", "content", "program",
    "options", "issued_on", "good_until", "is_sample", "guide_code", "flags", "file",
    "pdf_sha256", "input_sha256", "seconds", "at", "input", "words",
)  # fmt: skip


def csv_report(summary: Summary) -> bytes:
    """Return the table of all rows, for a spreadsheet."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in summary.rows:
        cells = {name: getattr(row, name) for name in _COLUMNS}
        cells["input"] = summary.called(row)
        writer.writerow([_cell(value) for value in cells.values()])
    return stream.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    text = "; ".join(value) if isinstance(value, tuple) else str(value)
    # A spreadsheet would run a cell that begins like a formula.
    return f"'{text}" if text.startswith(_FORMULA) else text


# --- the list of what to do ---------------------------------------------------


def attention_report(summary: Summary) -> bytes:
    """Return what needs somebody's attention, as plain text."""
    lines = [
        f"Run {summary.run}, {summary.ended_at}",
        summary.total_line(),
        "",
    ]
    if summary.review:
        lines += [f"{summary.review}. Each handout says so.", ""]
    if summary.samples:
        lines += [samples_words(summary.samples), ""]
    if summary.is_stopped:
        lines += [
            "This run was stopped before its end. Run the same command again: it "
            "goes on from here.",
            "",
        ]
    for note in (*summary.warnings, *summary.notes()):
        lines += [f"{note}.", ""]
    attention = summary.attention()
    if not attention and not summary.has_unseen:
        lines.append("Nothing needs attention.")
    for title, statuses in _GROUPS:
        rows = [row for row in attention if row.status in statuses]
        if rows:
            lines += [title, ""]
            for row in rows:
                lines += _told(row, summary.called(row))
    return ("\n".join(lines).rstrip("\n") + "\n").encode("utf-8")


_GROUPS: Final = (
    ("HELD BACK FOR SAFETY. Look at these people first.", (HELD,)),
    ("THE PAGES FAILED THEIR CHECK. Do not use them.", (QUARANTINED,)),
    ("NOT MADE. These people have no handout yet.", (FAILED,)),
)


def _told(row: Row, called: str) -> list[str]:
    where = f" from {called}" if called else ""
    reason = LEVEL_WORDS.get(row.reason, row.reason)
    lines = [f"{row.id or '(no id)'}{where}: {reason}"]
    lines += [f"    {line}" for words in row.words for line in words.split("\n")]
    if row.file:
        lines.append(f"    page: {row.file}")
    return [*lines, ""]


# --- the page to read ----------------------------------------------------------


def html_report(summary: Summary) -> bytes:
    """Return the report as one page without anything from elsewhere."""
    parts = [_HEAD, f"<h1>Handouts, run {summary.run}</h1>"]
    parts.append(f"<p>Begun {escape(summary.begun_at)}, ")
    parts.append(f"ended {escape(summary.ended_at)}.</p>")
    if summary.review:
        note = f"{escape(summary.review)}. Each handout says so."
        parts.append(f"<p class=stop>{note}</p>")
    if summary.samples:
        parts.append(f"<p class=stop>{samples_words(summary.samples)}</p>")
    if summary.is_stopped:
        parts.append(
            "<p class=stop><strong>This run was stopped before its end.</strong> "
            "Run the same command again: it goes on from here.</p>"
        )
    parts.append(_totals(summary))
    for warning in summary.warnings:
        parts.append(f"<p class=stop>{escape(warning)}</p>")
    for note in summary.notes():
        parts.append(f"<p>{escape(note)}.</p>")
    attention = summary.attention()
    if not attention and not summary.not_done and not summary.has_unseen:
        parts.append("<p>Nothing needs attention.</p>")
    for title, statuses in _GROUPS:
        rows = [row for row in attention if row.status in statuses]
        if rows:
            parts.append(_table(title, rows, summary))
    parts.append(_contents(summary))
    parts.append("</body></html>\n")
    return "".join(parts).encode("utf-8")


_HEAD: Final = (
    "<!DOCTYPE html><html lang=en><head><meta charset=utf-8>"
    f"{GENERATOR}"
    '<meta name=viewport content="width=device-width">'
    "<title>Handouts: report of the run</title><style>"
    "body{font:16px/1.45 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;"
    "color:#111;background:#fff}"
    "table{border-collapse:collapse;margin:1em 0}"
    "caption{text-align:left;font-weight:bold;padding:.3em 0}"
    "th,td{border:1px solid #777;padding:.25em .6em;text-align:left;"
    "vertical-align:top}td.n{text-align:right}"
    ".stop{border-left:.4em solid #b00;padding-left:.6em}"
    "</style></head><body>"
)

_STATUS_WORDS: Final = {
    HELD: "held back for safety",
    QUARANTINED: "failed the check of the finished pages",
    FAILED: "could not be made",
    MADE: "made in this run",
    REUSED: "unchanged since an earlier run, kept",
}


def _totals(summary: Summary) -> str:
    rows = [(words, summary.count(status)) for status, words in _STATUS_WORDS.items()]
    if summary.not_done:
        rows.append(("not done, because the run was stopped", summary.not_done))
    cells = "".join(
        f"<tr><th scope=row>{escape(words)}</th><td class=n>{count:,}</td></tr>"
        for words, count in rows
    )
    total = f"<tr><th scope=row>profiles in all</th><td class=n>{summary.inputs:,}</td>"
    return (
        f"<table><caption>In numbers</caption>{cells}{total}</tr></table>"
        f"<p>To print: {summary.pages:,} pages, {summary.sheets:,} sheets on both "
        f"sides.</p>"
    )


def _table(title: str, rows: list[Row], summary: Summary) -> str:
    body = "".join(
        f"<tr><td>{escape(row.id or '(no id)')}</td>"
        f"<td>{escape(summary.called(row))}</td>"
        f"<td>{escape(LEVEL_WORDS.get(row.reason, row.reason))}</td>"
        f"<td>{'<br>'.join(escape(w) for w in row.words)}</td>"
        f"<td>{escape(row.file)}</td></tr>"
        for row in rows
    )
    return (
        f"<table><caption>{escape(title)} ({len(rows):,})</caption><tr>"
        "<th scope=col>Id</th><th scope=col>From</th><th scope=col>Why</th>"
        f"<th scope=col>What to do</th><th scope=col>Page</th></tr>{body}</table>"
    )


def _contents(summary: Summary) -> str:
    versions = Counter((row.content, row.program) for row in summary.rows if row.file)
    lines = "".join(
        f"<p>{count:,} pages made with content {escape(content)} and backguide "
        f"{escape(program)}.</p>"
        for (content, program), count in sorted(versions.items())
    )
    return f"{lines}<p>All rows are in {CSV_NAME}.</p>"

"""The reports: what matters first, plain words, nothing that runs or loads."""

import csv
import io
import re
from html.parser import HTMLParser

from backguide.batch.manifest import Row
from backguide.batch.report import (
    Summary,
    attention_report,
    csv_report,
    html_report,
    in_report_order,
)

ROWS = [
    Row(1, "p1.json", "p1", "made", pages=3, file="bg-p1.pdf", content="c"),
    Row(1, "x.json", "", "failed", reason="E_JSON", words=("line 1\n    hint: y",)),
    Row(1, "p2.json", "p2", "reused", pages=4, file="bg-p2.pdf", content="c"),
    Row(1, "h.json", "h", "held", reason="EMERGENCY", pages=1, file="held/bg-h.pdf",
        words=("numbness (RF03)",)),
    Row(1, "q.json", "q", "quarantined", reason="E_VERIFICATION", words=("<b>&",)),
    Row(1, "=cmd|x.json", "p10", "made", pages=2, file="bg-p10.pdf", content="c"),
]  # fmt: skip


def summary(rows: list[Row] = ROWS, **more: object) -> Summary:
    return Summary(
        **{
            "run": 1,
            "begun_at": "2026-11-23T20:00:00+01:00",
            "ended_at": "2026-11-23T20:10:00+01:00",
            "inputs": len(rows),
            "rows": in_report_order(rows),
            "is_stopped": False,
            **more,
        }  # type: ignore[arg-type]
    )


def test_who_matters_most_comes_first() -> None:
    assert [row.id for row in summary().rows] == ["h", "q", "", "p1", "p2", "p10"]


def test_totals_add_up_and_held_pages_are_not_printed() -> None:
    told = summary()
    assert told.total_line() == (
        "6 in = 2 made + 1 reused + 1 held + 1 failed + 1 quarantined"
    )
    assert (told.pages, told.sheets) == (9, 5)
    stopped = summary(ROWS[:2], inputs=6, is_stopped=True)
    assert stopped.total_line().endswith(" + 4 not done")


def test_the_table_opens_in_a_spreadsheet_and_runs_nothing() -> None:
    content = csv_report(summary())
    assert content.startswith(b"\xef\xbb\xbf")
    rows = [*csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]
    assert [row["id"] for row in rows] == ["h", "q", "", "p1", "p2", "p10"]
    assert rows[-1]["input"] == "'=cmd|x.json"
    for row in rows:
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


class Checker(HTMLParser):
    """Counts tags, and knows which never close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        for name, _ in attrs:
            assert name not in ("src", "href")
            assert not name.startswith("on")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing() -> None:
    page = html_report(
        summary(warnings=("<i>others may look</i>",), put_aside=2)
    ).decode()
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    assert {"html", "title", "h1", "table", "caption", "th"} <= checker.seen
    assert not {"b", "i"} & checker.seen
    assert "&lt;b&gt;&amp;" in page
    text = re.sub(r"<[^>]*>", " ", page)
    places = [text.index(words) for words in ("held/bg-h.pdf", "q.json", "x.json")]
    assert places == sorted(places)
    assert "To print: 9 pages, 5 sheets" in text
    assert "2 earlier pages no longer hold" in text


def test_the_list_of_what_to_do() -> None:
    text = attention_report(summary()).decode()
    assert text.index("HELD BACK") < text.index("FAILED THEIR CHECK")
    assert text.index("FAILED THEIR CHECK") < text.index("NOT MADE")
    assert "h from h.json: Emergency: to be seen at once\n    numbness (RF03)" in text
    assert "(no id) from x.json: E_JSON\n    line 1\n        hint: y" in text
    assert "p1.json" not in text
    clean = attention_report(summary(ROWS[:1])).decode()
    assert "Nothing needs attention." in clean
    assert "Nothing needs attention." in html_report(summary(ROWS[:1])).decode()


def test_a_stopped_run_says_how_to_go_on() -> None:
    told = summary(ROWS[:1], inputs=6, is_stopped=True)
    assert "goes on from here" in html_report(told).decode()
    assert "goes on from here" in attention_report(told).decode()
    assert "Nothing needs attention" not in html_report(told).decode()

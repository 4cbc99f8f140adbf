"""The fault suite: every case of ``catalogue``, each in a real process.

Accepted and refused faults are scored apart, because a program that refuses
everything is safe and of no use. A silent harm is success told over a page that
is wrong, or a good file destroyed: one makes the score 0.
"""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from faults.catalogue import CASES, NUMBERED
from faults.harness import (
    DONE,
    OUTPUT,
    PIPE_CLOSED,
    PROFILE,
    Call,
    Case,
    Entry,
    Finding,
    Outcome,
    Place,
    dumped,
    judge,
    pdf_faults,
    profile,
    reference_profile,
    run_call,
    run_case,
    with_handout,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux"),
]

BY_ID = {case.id: case for case in CASES}


class Suite:
    """Runs each case once, two at a time, and keeps what came of it."""

    def __init__(self, root: Path, ids: list[str]) -> None:
        """Begin the runs of these cases."""
        self._root = root
        self._pool = ThreadPoolExecutor(2)
        self._lock = threading.Lock()
        self._verdicts: dict[str, list[Finding]] = {}
        place = Place(root / "reference")
        place.write(reference_profile())
        self.reference_run = run_call(place, Call())
        self._runs: dict[str, Future[Outcome]] = {}
        for case_id in ids:
            self._start(case_id)

    def _start(self, case_id: str) -> Future[Outcome]:
        if case_id not in self._runs:
            root = self._root / case_id
            self._runs[case_id] = self._pool.submit(run_case, BY_ID[case_id], root)
        return self._runs[case_id]

    @property
    def reference(self) -> bytes:
        """Return the handout that many cases must give byte for byte."""
        return self.reference_run.after["out/o.pdf"].content

    def outcome(self, case: Case) -> Outcome:
        """Return what came of a case."""
        return self._start(case.id).result()

    def findings(self, case: Case) -> list[Finding]:
        """Return what is wrong with what came of a case."""
        if case.id not in self._verdicts:
            found = judge(case, self.outcome(case), self.reference)
            self._verdicts[case.id] = found
        return self._verdicts[case.id]

    def close(self) -> None:
        """Drop what has not begun."""
        self._pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def suite(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Suite]:
    """Start every case that a chosen test will ask for, before the first asks."""
    ids: dict[str, None] = {}
    for item in request.session.items:
        chosen = getattr(item, "callspec", None)
        case = chosen.params.get("case") if chosen else None
        if isinstance(case, Case):
            ids[case.id] = None
        elif item.name in NEED_ALL:
            ids |= dict.fromkeys(BY_ID)
    running = Suite(tmp_path_factory.mktemp("faults"), list(ids))
    yield running
    running.close()


@pytest.fixture(scope="session")
def other_handout(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a good handout of somebody else, without any of the typed texts."""
    place = Place(tmp_path_factory.mktemp("other") / "place")
    place.write(dumped(profile()))
    made = run_call(place, Call())
    assert made.code == DONE, made.stderr
    return made.after["out/o.pdf"].content


every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


@every_case
def test_fault(case: Case, suite: Suite) -> None:
    findings = suite.findings(case)
    assert not findings, f"{case.title}: {findings}\n{suite.outcome(case).stderr}"


@every_case
def test_wrong_handout_is_noticed(
    case: Case, suite: Suite, other_handout: bytes
) -> None:
    """Success told over a handout without the typed text is a silent harm."""
    outcome = with_handout(case, suite.outcome(case), other_handout)
    findings = judge(case, outcome, suite.reference)
    assert any(finding.is_harm for finding in findings)


@every_case
def test_silent_stop_is_noticed(case: Case, suite: Suite) -> None:
    """A program that ends without a word and without a file never passes."""
    failing = PROFILE if case.code == PIPE_CLOSED else case.code or PROFILE
    for code in (DONE, failing):
        real = suite.outcome(case)
        outcome = replace(real, code=code, stdout=b"", stderr="", after=real.before)
        assert judge(case, outcome, suite.reference)


# --- the common checks, each shown a run that it must not pass ----------------


def _spoilt(suite: Suite, **changes: object) -> list[str]:
    """Return the findings about the reference run with something changed."""
    case = BY_ID["T062"]
    outcome = replace(suite.reference_run, **changes)  # type: ignore[arg-type]
    return [finding.text for finding in judge(case, outcome, suite.reference)]


def test_reference_run_is_clean(suite: Suite) -> None:
    assert _spoilt(suite) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"code": 1}, "exit code 1"),
        ({"seconds": 61.0}, "61.0 s"),
        ({"stderr": "Traceback (most recent call last):"}, "Traceback"),
        ({"stderr": "E_INTERNAL KeyError at x.py:1"}, "E_INTERNAL"),
        ({"stderr": "first_name: QzxZoë is not"}, "was told"),
        ({"stdout": b"qzxlaundry"}, "was told"),
        ({"events": ()}, "not watched"),
        ({"events": ("watched", "event socket.connect")}, "socket.connect"),
        ({"events": ("watched", "write /var/tmp/x")}, "/var/tmp/x"),
        ({"events": ("watched", "read /etc/passwd")}, "/etc/passwd"),
        ({"events": ("watched", "peak 900000")}, "900000 kB"),
    ],
)
def test_bad_run_is_noticed(
    changes: dict[str, object], said: str, suite: Suite
) -> None:
    assert any(said in text for text in _spoilt(suite, **changes))


@pytest.mark.parametrize(
    ("name", "entry", "said"),
    [
        ("out/.o.pdf.tmp", Entry("file", 0o600, b"half"), "left behind"),
        ("tmp/x", Entry("folder", 0o700), "left behind"),
        ("out/qzxzoe.pdf", Entry("file", 0o600, b""), "file name"),
        ("in/p.json", Entry("file", 0o644, b"{}"), "changed: in/p.json"),
        ("in/p.json", None, "taken away: in/p.json"),
        ("out/o.pdf", None, "no handout"),
        ("out/o.pdf", Entry("file", 0o600, b"%PDF-1.7 half"), "not a PDF"),
        ("out/o.pdf", Entry("link", 0, b"x"), "no handout"),
    ],
)
def test_bad_folder_is_noticed(
    name: str, entry: Entry | None, said: str, suite: Suite
) -> None:
    after = dict(suite.reference_run.after)
    if entry is None:
        del after[name]
    else:
        after[name] = entry
    assert any(said in text for text in _spoilt(suite, after=after))


def test_open_mode_is_noticed(suite: Suite) -> None:
    after = dict(suite.reference_run.after)
    after["out/o.pdf"] = replace(after["out/o.pdf"], mode=0o644)
    assert any("open to others" in text for text in _spoilt(suite, after=after))


def test_wrong_reason_is_noticed(suite: Suite) -> None:
    case = BY_ID["T050"]
    other = "p.json: 1 problem\n  Mode (mode): expected a whole number"
    outcome = replace(suite.outcome(case), stderr=other)
    assert any("not about" in f.text for f in judge(case, outcome, b""))
    outcome = replace(suite.outcome(case), stderr="p.json: something")
    assert any("does not say" in f.text for f in judge(case, outcome, b""))


def test_harmful_pdf_is_noticed(suite: Suite) -> None:
    """Bad metadata, a live link and letters off the page are all found."""
    assert pdf_faults(suite.reference) == ()
    with pikepdf.open(BytesIO(suite.reference)) as document:
        document.docinfo["/Title"] = "Guide for Qzxzoë"
        link = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="javascript:x")
        document.Root.Extra = document.make_indirect(link)
        page = document.pages[0]
        font = min(page.resources.Font.keys())
        drawn = (
            f"BT 1 0 0 1 590 300 Tm {font} 12 Tf <6161616161> Tj "
            f"1 0 0 1 100 300 Tm {font} 2 Tf <6161616161> Tj "
            f"1 0 0 1 100 200 Tm {font} 12 Tf <6161616161> Tj "
            f"1 0 0 1 100 202 Tm {font} 12 Tf <6161616161> Tj ET"
        )
        page.contents_add(drawn.encode())
        stream = BytesIO()
        document.save(stream)
    faults = " / ".join(pdf_faults(stream.getvalue()))
    for said in (
        "metadata",
        "/URI",
        "outside the sheet",
        "of only 2.0",
        "over letters",
    ):
        assert said in faults


def test_watch_sees_files_connections_and_processes(tmp_path: Path) -> None:
    """The watch that is loaded into each run notes what it must note."""
    script = (
        "import socket, subprocess, sys\n"
        "open('/etc/passwd').close()\n"
        "open('made', 'w').close()\n"
        "socket.socket().connect_ex(('127.0.0.1', 9))\n"
        "subprocess.run([sys.executable, '-S', '-c', ''])\n"
    )
    log = tmp_path / "log"
    watch = Path(__file__).parent / "watch"
    environment = {"PYTHONPATH": str(watch), "FAULTS_LOG": str(log)}
    command = [sys.executable, "-c", script]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    noted = log.read_text("utf-8")
    for line in (
        "read /etc/passwd",
        f"write {tmp_path}/made",
        "event socket.connect",
        "event subprocess.Popen",
    ):
        assert line in noted.splitlines()
    assert re.search(r"^peak \d+$", noted, re.MULTILINE)


# --- score -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Score:
    """How a program did; the weaker half counts."""

    accepted: float
    """Handouts rightly made, in percent."""
    refused: float
    """Faults rightly refused, in percent."""
    harms: tuple[str, ...]
    """Cases with a silent harm."""

    @property
    def total(self) -> float:
        """Return the score from 0 to 100."""
        return 0 if self.harms else min(self.accepted, self.refused)


def score(verdicts: dict[str, list[Finding]]) -> Score:
    """Return the score of a program from the findings of every case."""

    def percent(is_accepted: bool) -> float:
        ids = [case.id for case in CASES if case.is_accepted is is_accepted]
        return 100 * sum(not verdicts[i] for i in ids) / len(ids)

    harms = [i for i, found in verdicts.items() if any(f.is_harm for f in found)]
    return Score(percent(True), percent(False), tuple(harms))


def test_no_case_is_lost_and_none_is_there_twice() -> None:
    assert [i for i in NUMBERED if i not in BY_ID] == []
    assert len(BY_ID) == len(CASES)


def test_score_tells_bad_programs(suite: Suite, other_handout: bytes) -> None:
    """Refusing everything scores 0, and so does printing something every time."""
    refusing, careless = {}, {}
    for case in CASES:
        real = suite.outcome(case)
        code = case.code or OUTPUT
        refused = replace(real, code=code, stdout=b"", stderr="no", after=real.before)
        refusing[case.id] = judge(case, refused, suite.reference)
        made = with_handout(case, real, other_handout)
        careless[case.id] = judge(case, made, suite.reference)
    assert score(refusing).accepted == 0
    assert score(careless) == Score(0, 0, tuple(BY_ID))


def test_score(suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    result = score({case.id: suite.findings(case) for case in CASES})
    with capsys.disabled():
        sys.stdout.write(
            f"\nfaults: {len(CASES)} cases, accept {result.accepted:.0f} %, "
            f"refuse {result.refused:.0f} %, silent harms {len(result.harms)}\n"
        )
    assert result == Score(100, 100, ())
    assert result.total == 100


NEED_ALL = {test_score.__name__, test_score_tells_bad_programs.__name__}

"""Run the program on one fault after another, and judge what it did.

A ``Case`` lays out a small folder and says how the program is called and what
must come of it. ``run_case`` does that with a real process; ``judge`` compares.
Judging is apart from running, so that tests can show it results that never
happened and see whether it notices.
"""

import copy
import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pikepdf
from pypdf import PdfReader

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
WATCH = Path(__file__).parent / "watch"
BASE_PROFILE = ROOT / "profiles" / "desk-worker.json"

CANARY = "qzx"
"""Stands in every text that a test types into a profile, in any case of letters."""

ISSUED_ON = "2026-11-23"
HANG_SECONDS = 60
PEAK_KB = 400_000
LEAST_POINTS = 6.9
"""The smallest letters that may be printed."""

DONE, USAGE, PROFILE, HELD_BACK, OUTPUT, PIPE_CLOSED = 0, 2, 3, 5, 6, 141
MADE = (DONE, HELD_BACK)
"""Codes that come with a handout; held back, it is an urgent page."""


# --- what is run ------------------------------------------------------------


@dataclass(slots=True)
class Place:
    """The folder of one run: ``in``, ``out``, ``home``, ``tmp`` and ``cwd``."""

    root: Path
    undo: list[Callable[[], object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("in", "out", "home", "tmp", "cwd"):
            (self.root / name).mkdir(parents=True)

    @property
    def profile(self) -> Path:
        """Return where the profile lies."""
        return self.root / "in" / "p.json"

    @property
    def output(self) -> Path:
        """Return where the handout is asked for."""
        return self.root / "out" / "o.pdf"

    def write(self, content: bytes | str) -> None:
        """Write the profile file as it stands."""
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        self.profile.write_bytes(data)


@dataclass(slots=True)
class Call:
    """How the program is called; None for a target means "as usual"."""

    profile: str | None = None
    output: str | None = None
    options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    shell: str = 'exec "$@"'
    """What a shell does with the command, such as closing its output."""
    without_root_rights: bool = False
    """Take from root the right to pass over the permissions of files."""
    stdin: str = os.devnull
    stdout: str = ""
    """A device to write to; "broken" for a pipe that nobody reads."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a folder."""

    kind: str
    mode: int
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that could be seen of a run."""

    code: int
    stdout: bytes
    stderr: str
    seconds: float
    before: dict[str, Entry]
    after: dict[str, Entry]
    events: tuple[str, ...]
    root: str

    @property
    def peak_kb(self) -> int:
        """Return the greatest use of memory, or 0 where the system does not say."""
        found = [line for line in self.events if line.startswith("peak ")]
        return int(found[-1].split()[1]) if found else 0


Verify = Callable[["Made"], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Case:
    """One fault, and what must come of it."""

    id: str
    title: str
    prepare: Callable[[Place], Call]
    code: int = DONE
    seconds: float = HANG_SECONDS
    reason: str = ""
    """Refused: what the message must say (regular expression)."""
    field: str = ""
    """Refused: the field that every finding must name."""
    verify: Verify | None = None
    """Made: yields what is wrong with the handout."""
    made: str = "out/o.pdf"
    """Made: where the file must be (regular expression); empty for standard output."""
    is_same_bytes: bool = False
    """Made: must be byte for byte the reference handout."""

    @property
    def is_accepted(self) -> bool:
        """Tell whether a handout must come of it."""
        return self.code in MADE


@dataclass(frozen=True, slots=True)
class Made:
    """A finished handout, read back."""

    pdf: bytes
    mode: int
    stderr: str = ""
    """What was said while it was made."""

    @property
    def pages(self) -> tuple[str, ...]:
        """Return the text of each page, furniture included."""
        return page_texts(self.pdf)

    @property
    def body(self) -> str:
        """Return the text of all pages, without what stands at their foot."""
        return "\n".join(_without_furniture(page) for page in self.pages)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that went wrong in a run."""

    text: str
    is_harm: bool = False
    """Nobody would notice: success was told, or a good file is gone."""


# --- profiles ---------------------------------------------------------------


def profile(changes: dict[str, Any] | None = None, *, clinic: bool = False) -> Any:
    """Return the desk worker's profile with changes by dotted path.

    A text with a canary stands in fields that are on no page of the handout or
    that no message may repeat.
    """
    data = json.loads(BASE_PROFILE.read_text("utf-8"))
    data["length"] = "short"
    data["person"]["gender_pronoun"] = "qzxthey"
    data["symptoms"]["function_psfs"][0]["activity"] = "Lift the qzxlaundry"
    if clinic:
        data["mode"] = "clinic"
        data["person"]["first_name"] = "Qzxann"
        data["clinic"] = {
            "clinic_name": "Qzxtown Clinic",
            "clinician_name": "Jo Qzxbloggs",
            "clinician_role": "Physiotherapist",
        }
    for path, value in (changes or {}).items():
        put(data, path, value)
    return data


def put(data: Any, path: str, value: Any) -> None:
    """Set a field by its dotted path."""
    *groups, last = path.split(".")
    for group in groups:
        data = data.setdefault(group, {})
    data[last] = value


def dumped(data: Any) -> str:
    """Return JSON text with letters of other languages as they are."""
    return json.dumps(data, ensure_ascii=False, indent=1)


def marked(data: Any, path: str, raw: str) -> str:
    """Return JSON text in which one value is written as ``raw``."""
    changed = copy.deepcopy(data)
    put(changed, path, "@@RAW@@")
    return dumped(changed).replace('"@@RAW@@"', raw)


def reference_profile() -> str:
    """Return the profile of the reference handout, with letters beyond ASCII."""
    changes = {
        "person.first_name": "Qzxzoë",
        "clinic.consent_to_print_name": True,
        "clinic.attached_note": "Qzx note: Łukasz, Nguyễn, Ελένη, Анна.",
    }
    return dumped(profile(changes, clinic=True))


# --- running ----------------------------------------------------------------

_DROP_RIGHTS = (
    "import ctypes, os, sys\n"
    "libc = ctypes.CDLL(None)\n"
    "for right in (1, 2, 3): libc.prctl(24, right, 0, 0, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])\n"
)


def run_case(case: Case, root: Path) -> Outcome:
    """Run the program once, in a folder of its own."""
    place = Place(root)
    try:
        call = case.prepare(place)
        return run_call(place, call)
    finally:
        for undo in reversed(place.undo):
            undo()


def run_call(place: Place, call: Call) -> Outcome:
    """Run ``python -m backguide make`` and note everything it did."""
    log = place.root.with_name(f"{place.root.name}.log")
    log.write_bytes(b"")
    command = [sys.executable, "-m", "backguide", "make"]
    command += [call.profile or str(place.profile)]
    command += ["--output", call.output or str(place.output)]
    command += ["--issued-on", ISSUED_ON, *call.options]
    if call.shell != 'exec "$@"':
        command = ["sh", "-c", call.shell, "sh", *command]
    if call.without_root_rights:
        command = [sys.executable, "-I", "-S", "-c", _DROP_RIGHTS, *command]
    before = snapshot(place.root)
    started = time.monotonic()
    code, stdout, stderr = _run(command, place, call, _environment(place, call, log))
    seconds = time.monotonic() - started
    return Outcome(
        code=code,
        stdout=stdout,
        stderr=stderr,
        seconds=seconds,
        before=before,
        after=snapshot(place.root),
        events=tuple(log.read_text("utf-8").splitlines()),
        root=str(place.root),
    )


def _environment(place: Place, call: Call, log: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join([str(WATCH), str(SOURCE)]),
        "FAULTS_LOG": str(log),
        "FAULTS_QUIET": str(ROOT),
        "HOME": str(place.root / "home"),
        "TMPDIR": str(place.root / "tmp"),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        **call.environment,
    }


def _run(
    command: list[str], place: Place, call: Call, environment: dict[str, str]
) -> tuple[int, bytes, str]:
    """Return exit code, standard output and standard error; -9 after the limit."""
    opened: list[int] = []
    target: int = subprocess.PIPE
    if call.stdout == "broken":
        reader, target = os.pipe()
        os.close(reader)
        opened.append(target)
    elif call.stdout:
        target = os.open(call.stdout, os.O_WRONLY)
        opened.append(target)
    source = os.open(call.stdin, os.O_RDONLY)
    opened.append(source)
    try:
        process = subprocess.Popen(
            command,
            cwd=place.root / "cwd",
            env=environment,
            stdin=source,
            stdout=target,
            stderr=subprocess.PIPE,
            umask=0o022,
            start_new_session=True,
        )
    finally:
        for descriptor in opened:
            os.close(descriptor)
    with process:
        try:
            stdout, stderr = process.communicate(timeout=HANG_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            stdout, stderr = process.communicate()
    return process.returncode, stdout or b"", stderr.decode("utf-8", "replace")


def snapshot(root: Path) -> dict[str, Entry]:
    """Return everything in a folder by its path, links not followed."""
    found: dict[str, Entry] = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder, name)
            status = path.lstat()
            mode = stat.S_IMODE(status.st_mode)
            if stat.S_ISLNK(status.st_mode):
                entry = Entry("link", 0, os.fsencode(path.readlink()))
            elif stat.S_ISDIR(status.st_mode):
                entry = Entry("folder", mode)
            elif stat.S_ISREG(status.st_mode):
                entry = Entry("file", mode, path.read_bytes())
            else:
                entry = Entry("device", mode)
            found[path.relative_to(root).as_posix()] = entry
    return found


# --- reading a handout ------------------------------------------------------

_FURNITURE = re.compile(
    r"^(Guide \S+ [0-9A-F]{4}-[0-9A-F]{4} .*|.*Page \d+ of \d+|"
    r"Draft\. Not yet checked.*|Made at home from.*|Sample\. This person.*)$",
    re.MULTILINE,
)

_FORBIDDEN_KEYS = frozenset(
    ["/URI", "/JavaScript", "/JS", "/Launch", "/GoToR", "/GoToE", "/OpenAction",
     "/AA", "/SubmitForm", "/ImportData", "/EmbeddedFiles", "/EmbeddedFile",
     "/RichMedia", "/Encrypt"]
)  # fmt: skip


@lru_cache(maxsize=8)
def page_texts(pdf: bytes) -> tuple[str, ...]:
    """Return the text of each page."""
    return tuple(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def _without_furniture(page: str) -> str:
    return _FURNITURE.sub("", page)


def words(text: str) -> str:
    """Return a text with every run of white space as one blank."""
    return " ".join(text.split())


def squeezed(text: str) -> str:
    """Return a text without white space, for words that fill several lines."""
    return "".join(text.split())


@lru_cache(maxsize=256)
def pdf_faults(pdf: bytes) -> tuple[str, ...]:
    """Return what is wrong with a file, whatever it says."""
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            return tuple(_document_faults(document))
    except pikepdf.PdfError as error:
        return (f"not a PDF: {error}",)


def _document_faults(document: pikepdf.Pdf) -> Iterator[str]:
    for problem in document.check_pdf_syntax():
        yield f"PDF syntax: {problem}"
    for item in document.objects:
        if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
            for key in _FORBIDDEN_KEYS & set(item.keys()):
                yield f"the PDF holds {key}"
    if _FORBIDDEN_KEYS & set(document.trailer.keys()):
        yield "the PDF is encrypted"
    around = [str(value) for value in document.docinfo.values()]
    if "/Metadata" in document.Root:
        around.append(document.Root.Metadata.read_bytes().decode("utf-8"))
    if any(CANARY in text.lower() for text in around):
        yield "a text of the profile stands in the PDF's metadata"
    for number, page in enumerate(document.pages, 1):
        for fault in _page_faults(page):
            yield f"page {number}: {fault}"


@dataclass(frozen=True, slots=True)
class Printed:
    """A run of letters on a page."""

    left: float
    right: float
    y: float
    size: float


def printed(page: pikepdf.Page) -> list[Printed]:
    """Return where the letters of a page stand, worked out from its operators."""
    fonts = {
        str(name): (int(font.FirstChar), [float(w) for w in font.Widths])
        for name, font in page.resources.get("/Font", {}).items()
    }
    found: list[Printed] = []
    x = y = size = 0.0
    start = (0.0, 0.0)
    """Where the current line begins; Td counts from there."""
    first, widths = 0, [0.0]
    for operands, operator in pikepdf.parse_content_stream(page):
        kind = str(operator)
        if kind == "BT":
            x, y = start = (0.0, 0.0)
        elif kind == "Tm":
            x, y = start = (float(operands[4]), float(operands[5]))
        elif kind == "Td":
            x, y = start = (
                start[0] + float(operands[0]),
                start[1] + float(operands[1]),
            )
        elif kind == "Tf":
            first, widths = fonts[str(operands[0])]
            size = float(operands[1])
        elif kind == "Tj":
            codes = bytes(operands[0])
            width = sum(widths[code - first] for code in codes) * size / 1000
            # A blank at the end takes space that nobody sees.
            found.append(Printed(x, x + width, y, size))
            x += width
        elif kind in ("TJ", "TD", "T*", "'", '"'):
            raise ValueError(f"{kind} is new here: teach the harness to measure it")
    return found


def _page_faults(page: pikepdf.Page) -> Iterator[str]:
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    blank = 5.0
    runs = printed(page)
    for run in runs:
        is_inside = left <= run.left and run.right - blank <= right
        if not (is_inside and bottom <= run.y <= top - run.size / 2):
            yield f"letters outside the sheet at {run.left:.0f}, {run.y:.0f}"
        if run.size < LEAST_POINTS:
            yield f"letters of only {run.size:.1f} points"
    by_height = sorted(runs, key=lambda run: run.y)
    for number, run in enumerate(by_height):
        for other in by_height[number + 1 :]:
            if other.y - run.y >= 0.6 * min(run.size, other.size):
                if other.y - run.y > 40:
                    break
                continue
            shared = min(run.right, other.right) - max(run.left, other.left)
            if shared > blank:
                yield f"letters over letters at {run.left:.0f}, {run.y:.0f}"


# --- judging ----------------------------------------------------------------


def judge(case: Case, outcome: Outcome, reference: bytes) -> list[Finding]:
    """Return everything that is wrong with a run; nothing when all is well."""
    findings = list(_common(case, outcome))
    if case.is_accepted:
        findings += _judge_made(case, outcome, reference)
    else:
        findings += _judge_refused(case, outcome)
    return findings


def _common(case: Case, outcome: Outcome) -> Iterator[Finding]:
    if outcome.code != case.code:
        is_harm = outcome.code in MADE
        yield Finding(f"exit code {outcome.code} in place of {case.code}", is_harm)
    if outcome.seconds > case.seconds:
        yield Finding(f"{outcome.seconds:.1f} s, more than {case.seconds:.0f} s")
    for words_of_a_crash in ("Traceback", "E_INTERNAL", "Exception ignored"):
        if words_of_a_crash in outcome.stderr:
            yield Finding(f"{words_of_a_crash} on standard error")
    if outcome.peak_kb > PEAK_KB:
        yield Finding(f"{outcome.peak_kb} kB of memory")
    told = outcome.stderr
    if case.made:  # else standard output is the handout itself
        told += outcome.stdout.decode("latin-1")
    if CANARY in told.lower():
        yield Finding("a text of the profile was told")
    if any(CANARY in name.lower() for name in outcome.after):
        yield Finding("a text of the profile stands in a file name")
    yield from _changes(case, outcome)
    yield from _deeds(outcome)


def _changes(case: Case, outcome: Outcome) -> Iterator[Finding]:
    """Yield what was left behind, changed or destroyed."""
    for name in outcome.before.keys() | outcome.after.keys():
        if case.is_accepted and re.fullmatch(case.made, name):
            continue
        before, after = outcome.before.get(name), outcome.after.get(name)
        if before is None:
            yield Finding(f"left behind: {name}", is_harm=name.endswith(".pdf"))
        elif after is None:
            yield Finding(f"taken away: {name}", is_harm=True)
        elif before != after:
            yield Finding(f"changed: {name}", is_harm=True)


def _deeds(outcome: Outcome) -> Iterator[Finding]:
    allowed = (outcome.root, os.devnull)
    for line in set(outcome.events):
        kind, _, what = line.partition(" ")
        if kind == "event":
            yield Finding(f"the program did {what}", is_harm=True)
        elif kind == "write" and not what.startswith(allowed):
            if f"{os.sep}__pycache__{os.sep}" not in what:
                yield Finding(f"written outside the folder: {what}", is_harm=True)
        elif kind == "read" and what == "/etc/passwd":
            yield Finding(f"opened {what}", is_harm=True)
    if "watched" not in outcome.events:
        yield Finding("the run was not watched")


def _judge_refused(case: Case, outcome: Outcome) -> Iterator[Finding]:
    if outcome.stdout:
        yield Finding("something went to standard output", is_harm=True)
    if outcome.code == PIPE_CLOSED:
        # The reader has all that it wants, as ``head`` does.
        if outcome.stderr.strip():
            yield Finding("the end was not quiet")
        return
    if not outcome.stderr.strip():
        yield Finding("no reason was given")
    if not re.search(case.reason, outcome.stderr):
        yield Finding(f"the reason does not say {case.reason!r}: {outcome.stderr!r}")
    if case.field:
        told = re.findall(r"^  (?! )(.*)$", outcome.stderr, re.MULTILINE)
        if not told or any(case.field not in line for line in told):
            yield Finding(f"not about {case.field} alone: {outcome.stderr!r}")


def _judge_made(case: Case, outcome: Outcome, reference: bytes) -> Iterator[Finding]:
    made = _made(case, outcome)
    if made is None:
        yield Finding("no handout", is_harm=outcome.code in MADE)
        return
    if made.mode & 0o077:
        yield Finding(f"the handout is open to others ({made.mode:o})")
    for fault in pdf_faults(made.pdf):
        yield Finding(fault, is_harm=True)
    if case.is_same_bytes and made.pdf != reference:
        yield Finding("not the same bytes as the reference", is_harm=True)
    if case.verify is not None:
        for fault in case.verify(made):
            yield Finding(fault, is_harm=True)


def _made(case: Case, outcome: Outcome) -> Made | None:
    if case.made == "":
        return Made(outcome.stdout, 0o600, outcome.stderr) if outcome.stdout else None
    files = [
        entry
        for name, entry in outcome.after.items()
        if re.fullmatch(case.made, name) and entry.kind == "file"
    ]
    if len(files) != 1:
        return None
    return Made(files[0].content, files[0].mode, outcome.stderr)


def with_handout(case: Case, outcome: Outcome, pdf: bytes) -> Outcome:
    """Return the outcome as if the run had ended well, with this handout."""
    entry = Entry("file", 0o600, pdf)
    code = case.code if case.is_accepted else DONE
    if case.made == "":
        return replace(outcome, code=code, stderr="", stdout=pdf)
    names = [name for name in outcome.after if re.fullmatch(case.made, name)]
    name = names[0] if names else "out/o.pdf"
    after = {**outcome.after, name: entry}
    return replace(outcome, code=code, stderr="", after=after)

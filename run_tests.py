"""Run every check of the project in an environment of its own.

``python3 run_tests.py`` needs nothing but Python 3.11 or newer with pip: it makes
the folder ``.venv``, installs the project with its development tools, and runs
lint, types, content check and tests; then the browser tests, in Chromium. What follows
is handed to pytest, without the browser tests: ``python3 run_tests.py -k triage``;
``-m browser`` runs them alone.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")


def prepare() -> None:
    """Make the environment and install the project with its tools."""
    if not (BIN / "python").exists() and not (BIN / "python.exe").exists():
        venv.create(VENV, with_pip=True)
    run("python", "-m", "pip", "install", "--quiet", "--editable", ".[dev]")
    prepare_node()


def prepare_node() -> None:
    """Install the npm packages of the tests, once for each state of a lock file.

    Without npm their tests are skipped, except in CI, where they fail.
    """
    npm = shutil.which("npm")
    for folder in (ROOT / "tests" / "node", ROOT / "tests" / "browser" / "node"):
        lock, done = folder / "package-lock.json", folder / "node_modules" / ".lock"
        if npm is None or (done.exists() and done.read_bytes() == lock.read_bytes()):
            continue
        command = [npm, "ci", "--silent", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=folder, check=True)  # noqa: S603  our own tools
        shutil.copyfile(lock, done)


def run(tool: str, *arguments: str) -> None:
    """Run a tool of the environment; stop at the first failure."""
    command = [str(BIN / tool), *arguments]
    done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603  our own tools
    if done.returncode:
        sys.exit(done.returncode)


def main() -> None:
    """Prepare, then check everything."""
    prepare()
    run("ruff", "check", ".")
    run("ruff", "format", "--check", ".")
    run("mypy")
    run("backguide", "content", "check", "--rules", "--reading")
    # One process on each processor, file by file in the order of tests/conftest.py.
    spread = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
    run("python", "-m", "pytest", "-q", "--durations=40", *spread, *sys.argv[1:])
    if len(sys.argv) == 1:
        run_browser_tests()


def run_browser_tests() -> None:
    """Walk through the pages in Chromium; without one say how to get it.

    In CI its absence is a failure: nothing is left out there.
    """
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    if not os.environ.get("CI") and not any(map(shutil.which, names)):
        sys.stderr.write(
            "The browser tests were left out: there is no Chromium. Install it "
            "(Debian: sudo apt-get install chromium) and run this again.\n"
        )
        return
    run("python", "-m", "pytest", "-q", "-m", "browser", "tests/browser")


main()

"""The wheel, installed elsewhere, makes the same pages as the checkout."""

import email
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from backguide.guidance.built_in import FILE_NAME, unpacked
from backguide.resources import templates_root

ROOT = Path(__file__).parents[1]
ISSUED_ON = "2026-11-23"
PARSED = f"backguide/_data/{FILE_NAME}"
"""Made while the wheel is built."""

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        check=True,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable, "-m", "build", "--wheel", "--no-isolation",
        "--outdir", folder, ROOT, cwd=folder,
    )  # fmt: skip
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    run(
        sys.executable, "-m", "build", "--sdist", "--no-isolation",
        "--outdir", folder, ROOT, cwd=folder,
    )  # fmt: skip
    return next(folder.glob("*.tar.gz"))


def tracked_files() -> set[str]:
    listed = run("git", "ls-files", "-z", cwd=ROOT).stdout.decode()
    return {name for name in listed.split("\0") if name}


def test_the_wheel_holds_nothing_that_git_does_not_track(wheel: Path) -> None:
    tracked = tracked_files()
    assert tracked, "git lists no file"
    for name in zipfile.ZipFile(wheel).namelist():
        if ".dist-info/" in name or name == PARSED:
            continue
        source = name.replace("backguide/_data/", "", 1)
        if source == name:
            source = f"src/{name}"
        assert source in tracked, f"{name} is in the wheel, but git does not track it"


def test_the_wheel_holds_nothing_twice(wheel: Path) -> None:
    """The licence of the font lay in it two times."""
    seen: dict[bytes, str] = {}
    archive = zipfile.ZipFile(wheel)
    for name in archive.namelist():
        content = archive.read(name)
        if content.strip():
            assert seen.setdefault(content, name) == name
    assert any(name.endswith("OFL-SourceSans3.txt") for name in seen.values())
    assert "backguide/_data/docs/evidence.md" in seen.values()


def test_the_metadata_say_what_it_is(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
    told = email.message_from_bytes(archive.read(name))
    assert told["Name"] == "backguide"
    assert told["Summary"]
    assert "running" in told["Keywords"].split(",")
    assert told["License-Expression"] == "Apache-2.0 AND OFL-1.1"
    kinds = {line.partition(" ::")[0] for line in told.get_all("Classifier", [])}
    assert {"Development Status", "Intended Audience", "Programming Language",
            "Topic", "Typing"} <= kinds  # fmt: skip
    assert told.get_payload().startswith("# backguide")


def test_the_sdist_holds_what_git_tracks_and_no_more(sdist: Path) -> None:
    """So the rules, and the evidence they are held against, travel together."""
    with tarfile.open(sdist) as archive:
        files = [member.name for member in archive if not member.isdir()]
    held = {name.partition("/")[2] for name in files} - {"PKG-INFO"}
    assert "docs/evidence.md" in held
    assert held == tracked_files()


def test_the_wheel_holds_all_content(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in tracked_files():
        if name.startswith(("templates/", "profiles/")):
            assert f"backguide/_data/{name}" in names
        if name == "src/backguide/fonts/OFL-SourceSans3.txt":
            assert any(own.endswith(f".dist-info/licenses/{name}") for own in names)
        elif name.startswith("src/backguide/"):
            assert name.removeprefix("src/") in names


def test_the_wheel_holds_the_content_parsed(wheel: Path) -> None:
    content = zipfile.ZipFile(wheel).read(PARSED)
    assert unpacked(content, templates_root()) is not None


def test_the_installed_wheel_makes_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "elsewhere"
    venv.create(home / "venv", with_pip=True)
    python = home / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(python, "-m", "pip", "install", "--quiet", wheel, cwd=home)
    profile = ROOT / "profiles" / "desk-worker.json"
    arguments = ("-m", "backguide", "make", profile, "--issued-on", ISSUED_ON, "-o")
    run(python, *arguments, home / "wheel.pdf", cwd=home, PYTHONPATH="")
    run(
        sys.executable, *arguments, home / "checkout.pdf",
        cwd=home, PYTHONPATH=str(ROOT / "src"),
    )  # fmt: skip
    made = (home / "wheel.pdf").read_bytes()
    assert made.startswith(b"%PDF-1.7")
    assert made == (home / "checkout.pdf").read_bytes()

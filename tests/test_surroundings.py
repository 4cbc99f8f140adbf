"""Odd surroundings of a command end with a message and a code, never as a bug."""

import os
import subprocess
import sys
import time
from datetime import UTC, date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import backguide.layout
from backguide.batch.ledger import today
from backguide.batch.manifest import now, seconds_of, stamp
from backguide.cli import main

ROOT = Path(__file__).parents[1]
DESK = ROOT / "profiles" / "desk-worker.json"


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert "E_INTERNAL" not in result.stderr, result.stderr
    return result


@pytest.mark.parametrize(
    "day", ["9999-12-31", "0001-01-01", "1999-12-31", "2200-01-01"]
)
@pytest.mark.parametrize("command", ["make", "batch"])
def test_a_day_of_issue_out_of_all_bounds_is_a_slip(
    command: str, day: str, tmp_path: Path
) -> None:
    """The last day of the calendar has no year after it: it ended as a bug."""
    result = run(command, DESK, "-o", tmp_path / "x", "--issued-on", day)
    assert result.exit_code == 2
    assert "from 2000 to 2199" in result.stderr


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="no zones by TZ here")
@pytest.mark.parametrize("zone", ["UTC+26", "UTC-30:30", "XXX+99", "\\", "", "nowhere"])
def test_any_zone_gives_a_moment(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zone of more than a day, which the system takes, ended every batch as a bug."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert abs(seconds_of(stamp()) - time.time()) < 5
        assert abs((today() - now().astimezone(UTC).date()).days) <= 1
        assert isinstance(today(), date)
    finally:
        monkeypatch.undo()
        time.tzset()


def clinic_in(home: Path) -> Path:
    folder = home / "backguide"
    folder.mkdir(parents=True)
    return folder / "clinic.toml"


def test_a_clinic_file_that_may_be_there_is_never_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed home folder ended as a bug; a link to itself went without a word."""
    home = tmp_path / "home"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    call = ("make", DESK, "-o", tmp_path / "x.pdf", "--length", "short")
    own = clinic_in(home)
    own.symlink_to("clinic.toml")
    assert run(*call).exit_code == 2
    own.unlink()
    own.mkdir()
    assert run(*call).exit_code == 2
    own.rmdir()
    real = os.lstat

    def closed(path: object, **more: object) -> os.stat_result:
        if str(path).endswith("clinic.toml"):
            raise PermissionError(13, "closed")
        return real(path, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "lstat", closed)
    result = run(*call)
    assert result.exit_code == 2
    assert "--clinic none" in result.stderr
    assert run(*call, "--clinic", "none").exit_code == 0


@pytest.mark.parametrize("config", ["relative", "x" * 5000, "\udcff", "/dev/null"])
def test_any_configuration_folder_is_borne(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", config)
    monkeypatch.chdir(tmp_path)
    result = run("make", DESK, "-o", tmp_path / "x.pdf", "--length", "short")
    assert result.exit_code == (2 if len(config) > 1000 else 0)


LAYOUT = sorted(
    path.stem for path in Path(backguide.layout.__file__).parent.glob("[!_]*.py")
)


@pytest.mark.parametrize("module", LAYOUT)
def test_no_module_of_layout_lets_reportlab_run_settings(
    module: str, tmp_path: Path
) -> None:
    """One module imported reportlab before the doors were closed."""
    ran = tmp_path / "ran"
    (tmp_path / "reportlab_settings.py").write_text(
        f"import pathlib\npathlib.Path({str(ran)!r}).touch()\n", "utf-8"
    )
    command = [sys.executable, "-c", f"import backguide.layout.{module}"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    assert not ran.exists()

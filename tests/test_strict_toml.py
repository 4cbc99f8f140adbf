"""TOML of other people: one reader for all settings, and no error of Python's."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backguide.cli import main
from backguide.clinic import ClinicError, read_clinic
from backguide.strict_toml import TomlSlip, decoded, read_toml

ROOT = Path(__file__).parents[1]
MARK = b"\xef\xbb\xbf"


def slip_of(content: bytes) -> TomlSlip:
    with pytest.raises(TomlSlip) as caught:
        read_toml(content)
    return caught.value


SLIPS = {
    "five thousand digits": (b"a = 1\nb = " + b"9" * 5000, 2, "too many digits"),
    "digits with marks": (b"a = 1\nb = " + b"1_" * 4500 + b"1", 2, "too many digits"),
    "hexadecimal": (b"a = 1\nb = 0x" + b"F" * 5000, 2, "too large"),
    "beyond 64 bits": (b"a = 1\n\nb = 9223372036854775808", 3, "too large"),
    "endless": (b"a = 1\nb = inf", 2, "too large, or none"),
    "no number": (b"[x]\nb = nan", 2, "too large, or none"),
    "a large exponent": (b"b = 1e999", 1, "too large, or none"),
    "brackets": (b"a = " + b"[" * 90_000, 1, "levels deep"),
    "closed brackets": (b"x = 1\na = " + b"[" * 50 + b"]" * 50, 2, "levels deep"),
    "tables in tables": (b"a = " + b"{b=" * 9000 + b"1" + b"}" * 9000, 1, "deep"),
    "parts of a key": (b"x = 1\na" + b".a" * 100_000 + b" = 1", 2, "points"),
    "parts of a head": (b"[a" + b".a" * 500 + b"]\n", 1, "levels deep"),
    "latin": (b"a = 1\nname = '\xe9'", 2, "not UTF-8"),
    "sixteen bits": ("a = 1".encode("utf-16"), 1, "not UTF-8"),
    "a zero byte": (b"a = 1\nb = '\0'", 2, "zero byte"),
    "no such day": (b"a = 2026-02-30", 1, "not valid TOML"),
    "twice": (b"a = 1\na = 2", 2, "not valid TOML"),
    "cut": (b"a = 1\nb = ", 2, "not valid TOML"),
    "an open text": (b'a = "x', 1, "not valid TOML"),
    "half a letter": (rb'a = "\uD800"', 1, "backslash"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_whatever_stands_there_is_told_with_its_line(name: str) -> None:
    """A number of five thousand digits gave "this is a bug", as did deep nesting."""
    content, line, words = SLIPS[name]
    slip = slip_of(content)
    assert words in slip.message
    assert slip.line == line


def test_marks_and_ends_of_lines_do_not_count() -> None:
    wanted = {"a": 1, "b": "x\ny"}
    text = 'a = 1\nb = """x\ny"""\n'
    for end in ("\n", "\r\n", "\r"):
        content = text.replace("\n", end).encode()
        assert read_toml(content) == read_toml(MARK + content) == wanted
    assert decoded(MARK + b"x") == "x"


BACKSLASHES = (
    r'"C:\Users\Praxis\logo.png"',
    r'"C:\xrays\logo.png"',
    r'"C:\Daten\logo.png"',
    r'"C:\temp\back.png"',
    r'"C:\new\file\bone.png"',
    r'"\\server\share\logo.png"',
)


@pytest.mark.parametrize("path", BACKSLASHES)
def test_a_path_of_windows_is_told_as_one(path: str, tmp_path: Path) -> None:
    r"""logo = "C:\Users\..." was told as a fault of quotation marks, or not found.

    Also where every backslash begins a code that TOML knows, such as \t.
    """
    file = tmp_path / "clinic.toml"
    file.write_text(f'name = "A"\nlogo = {path}\n')
    with pytest.raises(ClinicError) as caught:
        read_clinic(file)
    told = str(caught.value)
    assert "backslash" in told
    assert "single quotes" in told
    assert "/ in place of" in told
    file.write_text(f"logo = '{path[1:-1]}'\n")
    assert str(read_clinic(file).logo).endswith(path[1:-1])


# --- every settings file goes through it ----------------------------------------


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert "E_INTERNAL" not in result.stderr, result.stderr
    return result


@pytest.mark.parametrize(
    "name", ["five thousand digits", "latin", "brackets", "hexadecimal"]
)
def test_clinic_file_and_map_tell_the_line(name: str, tmp_path: Path) -> None:
    content, line, _ = SLIPS[name]
    file = tmp_path / "x.toml"
    file.write_bytes(content)
    profile = ROOT / "profiles" / "desk-worker.json"
    made = run("make", profile, "--clinic", file, "-o", tmp_path / "x.pdf")
    export = ROOT / "docs" / "export.csv"
    read = run("batch", export, "--map", file, "-o", tmp_path / "out")
    for result in (made, read):
        assert result.exit_code == 2
        assert f"line {line}" in result.stderr

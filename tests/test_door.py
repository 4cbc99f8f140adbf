"""Nothing that any command writes goes over an input, or over somebody else's file."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backguide.cli import main
from backguide.errors import ExitCode, OutputError
from backguide.output import Door, Kind, beside, is_ours, place_of, synced_by

ROOT = Path(__file__).parents[1]
DESK = ROOT / "profiles" / "desk-worker.json"
FOREIGN = b"three years of my own notes\n"
DAY = ("--issued-on", "2026-11-23", "--length", "short")


def run(*arguments: object, **more: object) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments], **more)  # type: ignore[arg-type]
    assert "E_INTERNAL" not in result.stderr
    return result


# --- the door -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["same", "link", "hard link", "roundabout"])
def test_an_input_is_never_written_over(name: str, tmp_path: Path) -> None:
    """Answers were replaced by a PDF when both had one name."""
    answers = tmp_path / "p.json"
    answers.write_bytes(FOREIGN)
    target = {
        "same": answers,
        "link": tmp_path / "link.pdf",
        "hard link": tmp_path / "hard.pdf",
        "roundabout": tmp_path / "." / "p.json",
    }[name]
    if name == "link":
        target.symlink_to(answers)
    if name == "hard link":
        os.link(answers, target)
    for is_forced in (False, True):
        door = Door(is_forced=is_forced)
        door.know(answers, "the profile")
        with pytest.raises(OutputError, match="the profile, which the command reads"):
            door.write(target, b"x", Kind.PDF)
    assert answers.read_bytes() == FOREIGN


def test_a_foreign_file_needs_force(tmp_path: Path) -> None:
    """A file that is not an earlier output of ours was replaced without a word."""
    target = tmp_path / "x"
    for kind in Kind:
        target.write_bytes(FOREIGN)
        with pytest.raises(OutputError, match="--force"):
            Door().write(target, b"new", kind)
        assert target.read_bytes() == FOREIGN
        Door(is_forced=True).write(target, b"new", kind)
        assert target.read_bytes() == b"new"
        target.write_bytes(b"")  # nothing to be lost, as of mktemp
        Door().write(target, b"new", kind)


def test_all_files_are_judged_before_the_first_is_written(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(FOREIGN)
    (tmp_path / "c").mkdir()
    files = [(tmp_path / name, b"new", Kind.PDF) for name in "abc"]
    with pytest.raises(OutputError) as caught:
        Door().write_all(*files)
    assert len(str(caught.value).splitlines()) == 2  # all at once
    assert not (tmp_path / "a").exists()


def test_two_files_of_one_command_never_share_a_name(tmp_path: Path) -> None:
    files = [(tmp_path / name, b"new", Kind.PDF) for name in ("a.pdf", "A.pdf")]
    with pytest.raises(OutputError, match="two files"):
        Door().write_all(*files)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("guide.pdf", "guide.note.txt"),
        ("guide.PDF", "guide.note.txt"),
        ("guide.txt", "guide.txt.note.txt"),
        ("A.Name 23.11.2026", "A.Name 23.11.2026.note.txt"),
        ("A.Name", "A.Name.note.txt"),
        (".pdf", ".pdf.note.txt"),
    ],
)
def test_no_piece_of_a_name_is_lost(name: str, expected: str) -> None:
    """A note lost what stood behind the last dot, and could be the guide itself."""
    assert beside(Path(name), ".note.txt").name == expected


@pytest.mark.parametrize(
    ("text", "is_folder"),
    [("a/", True), ("a/.", True), (".", True), ("..", True), ("a", False),
     ("a.pdf/", True), ("a/b", False), ("a/b//", True)],
)  # fmt: skip
def test_a_name_that_ends_like_a_folder_is_one(text: str, is_folder: bool) -> None:
    assert place_of(text).is_folder is is_folder


@pytest.mark.parametrize(
    ("folder", "service"),
    [
        ("Library/Mobile Documents/com~apple~CloudDocs/a", "iCloud"),
        ("Library/CloudStorage/GoogleDrive-me@example.com/x", "GoogleDrive"),
        ("Library/CloudStorage/OneDrive-Clinic", "OneDrive"),
        ("OneDrive - Clinic", "OneDrive"),
        ("Clinic Dropbox/Team", "Dropbox"),
        ("Dropbox (Old)", "Dropbox"),
        ("My Drive/handouts", "Google Drive"),
        ("Google Drive", "Google Drive"),
        ("MEGA", "MEGA"),
        ("MEGAsync", "MEGA"),
        ("pCloudDrive/x", "pCloud"),
        ("Box", "Box"),
        ("Box Sync", "Box"),
        ("Nextcloud2", "Nextcloud"),
        ("ownCloud", "ownCloud"),
        ("Sync", "Sync.com"),
        ("iCloudDrive", "iCloud"),
        ("Proton Drive", "Proton Drive"),
        ("boxes", ""),
        ("megaphone", ""),
        ("handouts", ""),
        ("synchronous", ""),
        ("my drives", ""),
    ],
)
def test_places_that_are_copied_are_known(
    folder: str, service: str, tmp_path: Path
) -> None:
    """Only some names of such folders were known, and not the real ones of a Mac."""
    assert synced_by(tmp_path / folder) == service
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "plain").symlink_to(tmp_path / folder)
    assert synced_by(tmp_path / "plain") == service


def test_a_service_is_known_by_what_it_leaves(tmp_path: Path) -> None:
    (tmp_path / ".dropbox").write_bytes(b"")
    assert synced_by(tmp_path / "anything" / "below") == "Dropbox"


# --- a handout and its note -----------------------------------------------------


def test_make_twice_over_its_own_output(tmp_path: Path) -> None:
    target = tmp_path / "A.Name 23.11.2026"
    for _ in range(2):
        result = run("make", DESK, "-o", target, "--note", *DAY)
        assert result.exit_code == 0, result.stderr
    note = tmp_path / "A.Name 23.11.2026.note.txt"
    assert sorted(tmp_path.iterdir()) == [target, note]
    assert is_ours(target.read_bytes(), Kind.PDF)
    assert is_ours(note.read_bytes(), Kind.NOTE)
    # A diary that was filled in, a note that somebody went on with.
    target.write_bytes(target.read_bytes() + b"1 0 obj\n<<>>\nendobj\n%%EOF\n")
    note.write_bytes(note.read_bytes() + b"She called back.\n")
    result = run("make", DESK, "-o", target, "--note", *DAY)
    assert result.exit_code == ExitCode.OUTPUT_FAILED
    assert result.stderr.count("--force") == 2
    assert run("make", DESK, "-o", target, "--note", "--force", *DAY).exit_code == 0


def test_the_clinic_file_and_the_logo_are_inputs(tmp_path: Path) -> None:
    clinic = tmp_path / "clinic.toml"
    clinic.write_text('name = "A"\n', "utf-8")
    for is_forced in ((), ("--force",)):
        result = run("make", DESK, "--clinic", clinic, "-o", clinic, *is_forced)
        assert result.exit_code == ExitCode.OUTPUT_FAILED
        assert "the clinic file" in result.stderr
    assert clinic.read_text("utf-8") == 'name = "A"\n'


def test_a_logo_that_only_the_clinic_file_names_is_an_input(tmp_path: Path) -> None:
    """Also a clinic file that nobody named, from the folder of settings."""
    picture = (ROOT / "docs" / "page-one.png").read_bytes()
    (tmp_path / "logo.png").write_bytes(picture)
    clinic = tmp_path / "backguide" / "clinic.toml"
    clinic.parent.mkdir()
    clinic.write_text('name = "A"\nlogo = "../logo.png"\n', "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        for target, what in (
            ("logo.png", "the logo"),
            ("backguide/clinic.toml", "the clinic file"),
        ):
            result = run("make", DESK, "-o", tmp_path / target, "--force", *DAY)
            assert result.exit_code == ExitCode.OUTPUT_FAILED
            assert what in result.stderr
    assert (tmp_path / "logo.png").read_bytes() == picture


def test_the_built_in_content_is_an_input(tmp_path: Path) -> None:
    """In a checkout it lies beside the profiles, and --force was enough to lose it."""
    target = ROOT / "templates" / "en" / "ui.toml"
    before = target.read_bytes()
    for call in (("make", DESK, *DAY), ("schema",), ("content", "figures")):
        result = run(*call, "-o", target, "--force")
        assert result.exit_code == ExitCode.OUTPUT_FAILED
        assert "the built-in content" in result.stderr
    assert target.read_bytes() == before


def test_a_folder_is_made_if_it_is_named_as_one(tmp_path: Path) -> None:
    result = run("make", DESK, "-o", f"{tmp_path}/new/", *DAY)
    assert result.exit_code == 0, result.stderr
    assert [path.suffix for path in (tmp_path / "new").iterdir()] == [".pdf"]
    result = run("make", DESK, "-o", f"{tmp_path}/none/new/", *DAY)
    assert result.exit_code == ExitCode.OUTPUT_FAILED
    assert "make it first" in result.stderr
    (tmp_path / "file.pdf").write_bytes(b"x")
    result = run("make", DESK, "-o", f"{tmp_path}/file.pdf/", *DAY)
    assert result.exit_code == ExitCode.OUTPUT_FAILED
    assert "not a folder" in result.stderr


@pytest.mark.parametrize(
    "head",
    [
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"%PDF-1.7\n%\xbf\xf7\xa2\xfe\n",
        b"%PDF-1.7\n%\x93\x8c\x8b\x9e ReportLab Generated PDF document (opensource)\n",
    ],
    ids=["own writer", "qpdf", "reportlab"],
)
def test_a_handout_of_any_writer_that_was_used_is_known(head) -> None:
    rest = b"<pdf:Producer>backguide</pdf:Producer>\n%%EOF\n"
    assert is_ours(head + rest, Kind.PDF)
    assert not is_ours(b"%PDF-1.7\n" + rest, Kind.PDF)

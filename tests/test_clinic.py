"""The clinic file: strictly checked, on every page, part of the guide code."""

import io
import json
import pickle
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import CliRunner
from PIL import Image
from pypdf import PdfReader

from backguide.batch.run import BatchOptions
from backguide.cli import main
from backguide.clinic import FILE_NAME, Clinic, ClinicError, read_clinic, with_clinic
from backguide.document import KeyValues
from backguide.errors import ExitCode, LogoError
from backguide.guidance.library import Library
from backguide.layout.logo import read_logo
from backguide.making import Made, Options, make_handout
from backguide.profile.load import Profile, profile_from_bytes
from backguide.profile.strict_json import MAX_BYTES
from strategies import as_bytes, in_clinic

SAMPLE = Path(__file__).parents[1] / "docs" / "clinic.toml"
DAY = date(2026, 11, 23)


def profile(**facts: Any) -> Profile:
    return profile_from_bytes(as_bytes(in_clinic(**facts)), "profile")


def picture(colour: tuple[int, int, int], mark: tuple[int, int, int]) -> bytes:
    image = Image.new("RGB", (80, 40), colour)
    image.paste(mark, (20, 10, 60, 30))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def write(folder: Path, text: str) -> Path:
    path = folder / FILE_NAME
    path.write_text(text, "utf-8")
    return path


def make(library: Library, clinic: Clinic | None, **more: Any) -> Made:
    facts = more.pop("facts", {})
    options = Options(DAY, "1.2.3", clinic=clinic, **more)
    return make_handout(profile(**facts), library, options)


def test_the_sample_is_on_the_page(library: Library) -> None:
    made = make(library, read_clinic(SAMPLE))
    rows = {
        value
        for section in made.handout.sections
        for block in section.blocks
        if isinstance(block, KeyValues)
        for _, value in block.rows
    }
    assert {"Night line, 01632 960 456", "www.clinic.example"} <= rows
    line = made.handout.furniture.clinic_line
    assert line == "Example Back Clinic, 01632 960 123"
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(made.pdf)).pages]
    assert all(line in page for page in pages)


def test_what_the_profile_says_wins(library: Library) -> None:
    own = {"clinic.phone": "000", "clinic.clinic_name": "Own"}
    filled = with_clinic(profile(**own), read_clinic(SAMPLE))
    assert filled.get("clinic.phone") == "000"
    assert filled.get("clinic.clinic_name") == "Own"
    assert filled.get("clinic.email") == "desk@clinic.example"


def test_paper_and_ink_belong_to_the_printer(library: Library, tmp_path: Path) -> None:
    clinic = read_clinic(write(tmp_path, 'paper = "Letter"\nink = "saver"\n'))
    made = make(library, clinic, facts={"paper_size": "A4"})
    assert round(made.laid.theme.page_height) == 792
    assert made.laid.theme.ink == "saver"
    by_hand = make(library, clinic, paper="A4", ink="colour")
    assert round(by_hand.laid.theme.page_height) == 842
    assert by_hand.laid.theme.ink == "colour"


def test_every_change_moves_the_code_and_nothing_else_does(
    library: Library, tmp_path: Path
) -> None:
    def code(text: str, logo: bytes = b"") -> str:
        if logo:
            (tmp_path / "l.png").write_bytes(logo)
        made = make(library, read_clinic(write(tmp_path, text)))
        return made.handout.furniture.code

    plain = code('name = "A"\nphone = "1"')
    assert code('phone = "1"  # a remark\nname = "A"') == plain
    dark, light = picture((255,) * 3, (0, 0, 90)), picture((255,) * 3, (0, 90, 0))
    codes = {
        plain,
        code('name = "A"\nphone = "2"'),
        code('name = "A"\nphone = "1"\naddress = "Here"'),
        code('name = "A"\nphone = "1"\nlogo = "l.png"', dark),
        code('name = "A"\nphone = "1"\nlogo = "l.png"', light),
        make(library, None).handout.furniture.code,
    }
    assert len(codes) == 6


def test_the_same_file_gives_the_same_bytes(library: Library, tmp_path: Path) -> None:
    (tmp_path / "l.png").write_bytes(picture((255,) * 3, (0, 0, 90)))
    path = write(tmp_path, SAMPLE.read_text("utf-8") + '\nlogo = "l.png"\n')
    one, two = make(library, read_clinic(path)), make(library, read_clinic(path))
    assert one.pdf == two.pdf
    travelled = pickle.loads(pickle.dumps(read_clinic(path)))
    assert make(library, travelled).pdf == one.pdf


FAULTS = {
    'nam = "A"': 'did you mean "name"?',
    'phone = ""': "phone",
    'paper = "A3"': 'expected one of "A4", "Letter"',
    'ink = "colours"': 'did you mean "colour"?',
    "logo = 3": "logo",
    "address = 2026-01-01": "address",
    'web = "ftp://clinic.example"': "linked",
    'web = "clinic"': "linked",
    'web = "javascript:alert(1)"': "linked",
    'email = "nobody"': "email",
    'name = "A\\u200bB"': "U\\+200B",
    'name = "\\u738b"': "U\\+738B",
    f'name = "{"x" * 81}"': "at most 80",
    'name = "Anna': "not valid TOML",
    "name = 'A'\nname = 'B'": "not valid TOML",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(ClinicError, match=FAULTS[text].replace("?", r"\?")) as told:
        read_clinic(write(tmp_path, text))
    assert told.value.exit_code == ExitCode.USAGE


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = "\n".join(line for line in FAULTS if "\n" not in line and "Anna" not in line)
    lines = dict(line.split(" = ", 1) for line in text.splitlines())
    whole = "\n".join(f"{key} = {value}" for key, value in lines.items())
    with pytest.raises(ClinicError) as told:
        read_clinic(write(tmp_path, whole))
    assert len(told.value.problems) == len(lines)


def test_what_is_no_text_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    (tmp_path / "large.toml").write_bytes(b"#" * (MAX_BYTES + 1))
    for name in ("latin.toml", "large.toml", "none.toml", "."):
        with pytest.raises(ClinicError):
            read_clinic(tmp_path / name)
    with pytest.raises(ClinicError):
        read_clinic(Path("/dev/zero"))


# --- the logo -----------------------------------------------------------------------


def test_a_logo_is_grey_without_colour_and_can_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "l.png"
    path.write_bytes(picture((255, 255, 255), (250, 220, 120)))
    assert read_logo(path).is_grey is False
    grey = read_logo(path, is_grey=True)
    assert grey.is_grey
    # Pale yellow became black: a copier with one bit shows it.
    assert min(grey.pixels) == 0
    assert grey.size() == read_logo(path).size()


@pytest.mark.parametrize("ink", ["colour", "mono"])
def test_the_pixels_arrive_on_the_page(
    library: Library, tmp_path: Path, ink: str
) -> None:
    (tmp_path / "l.png").write_bytes(picture((255,) * 3, (40, 80, 120)))
    clinic = read_clinic(write(tmp_path, 'logo = "l.png"'))
    with pikepdf.open(io.BytesIO(make(library, clinic, ink=ink).pdf)) as pdf:
        images = pdf.pages[0].get("/Resources")["/XObject"]
        [found] = [o for _, o in images.items() if o["/Subtype"] == "/Image"]
        shown = pikepdf.PdfImage(found).as_pil_image()
    logo = read_logo(tmp_path / "l.png", is_grey=ink == "mono")
    assert (shown.width, shown.height) == (logo.width, logo.height)
    assert shown.mode == ("L" if ink == "mono" else "RGB")
    assert shown.tobytes() == logo.pixels


def test_a_logo_that_vanishes_in_black_and_white_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "l.png"
    path.write_bytes(picture((255, 255, 255), (255, 255, 255)))
    assert read_logo(path).is_grey is False
    with pytest.raises(LogoError, match="black and white"):
        read_logo(path, is_grey=True)


def test_the_title_keeps_clear_of_the_logo(library: Library, tmp_path: Path) -> None:
    (tmp_path / "l.png").write_bytes(picture((255,) * 3, (0, 0, 90)))
    clinic = read_clinic(write(tmp_path, 'logo = "l.png"'))
    name = {"person.first_name": "Wilhelmina-Alexandra", "paper_size": "A4",
            "clinic.consent_to_print_name": True}  # fmt: skip
    made = make(library, clinic, facts=name)
    theme = made.laid.theme
    width, height = read_logo(tmp_path / "l.png").size()
    beside = [p for p in made.laid.pages[0] if p.top < height]
    assert beside
    for placed in beside:
        for mark in placed.slab.marks:
            assert mark.x + mark.line.width <= theme.width - width
    bare = make(library, None, facts=name)
    assert bare.handout.title == made.handout.title


# --- on the command line ------------------------------------------------------------


def run(*arguments: object) -> Any:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_the_users_own_file_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.get_app_dir", lambda name: str(tmp_path / name))
    source = tmp_path / "p.json"
    source.write_bytes(as_bytes(in_clinic()))
    outputs = {}
    (tmp_path / "backguide").mkdir()
    for name, text, options in (
        ("none", "", ()),
        ("own", 'name = "Own Clinic"', ()),
        ("given", 'name = "Own Clinic"', ("--clinic", SAMPLE)),
        ("refused", 'name = "Own Clinic"', ("--clinic", "none")),
    ):
        if text:
            write(tmp_path / "backguide", text)
        target = tmp_path / f"{name}.pdf"
        done = run("make", source, "-o", target, "--issued-on", "2026-11-23", *options)
        assert done.exit_code == 0, done.stderr
        outputs[name] = PdfReader(target).pages[0].extract_text()
    assert outputs["none"] == outputs["refused"]
    assert "Own Clinic" in outputs["own"]
    assert "Example Back Clinic" in outputs["given"]


def test_a_wrong_file_makes_nothing(tmp_path: Path) -> None:
    source = tmp_path / "p.json"
    source.write_bytes(as_bytes(in_clinic()))
    bad = write(tmp_path, 'nam = "Secret"\npaper = "A3"')
    for command in (("make", source), ("batch", source.parent)):
        out = tmp_path / "out"
        done = run(*command, "-o", out, "--clinic", bad)
        assert done.exit_code == ExitCode.USAGE
        assert "2 problems" in done.stderr
        assert "Secret" not in done.stderr
        assert not out.exists()


def test_a_batch_makes_again_when_the_clinic_changes(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "p.json").write_bytes(as_bytes(in_clinic()))
    (tmp_path / "l.png").write_bytes(picture((255,) * 3, (0, 0, 90)))
    counts = []
    for text, mark in (
        ('name = "A"\nlogo = "l.png"', (0, 0, 90)),
        ('name = "A"\nlogo = "l.png"', (0, 0, 90)),
        ('name = "B"\nlogo = "l.png"', (0, 0, 90)),
        ('name = "B"\nlogo = "l.png"', (90, 0, 0)),
    ):
        (tmp_path / "l.png").write_bytes(picture((255,) * 3, mark))
        done = run("batch", folder, "-o", out, "--jobs", "1", "--json",
                   "--clinic", write(tmp_path, text))  # fmt: skip
        assert done.exit_code == 0, done.stderr
        told = json.loads(done.stdout)
        counts.append((told["made"], told["reused"]))
    assert counts == [(1, 0), (0, 1), (1, 0), (1, 0)]


def test_the_manifest_holds_no_name_of_the_clinic() -> None:
    options = BatchOptions("1.2.3", clinic=read_clinic(SAMPLE))
    assert "Example" not in options.text()
    assert options.clinic is not None
    assert options.clinic.digest in options.text()

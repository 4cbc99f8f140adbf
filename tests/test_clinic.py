"""The clinic file: strictly checked, on every page, part of the guide code."""

import io
import json
import pickle
import zlib
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
from backguide.clinic import (
    _FIELDS,
    FILE_NAME,
    Clinic,
    ClinicError,
    read_clinic,
    with_clinic,
)
from backguide.document import KeyValues, Paragraph
from backguide.errors import ExitCode, LogoError, ProfileError
from backguide.guidance.library import Library
from backguide.layout.logo import read_logo
from backguide.making import Made, Options, make_handout
from backguide.profile.facts import known_facts
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
        value.replace("\u00a0", " ")
        for section in made.handout.sections
        for block in section.blocks
        if isinstance(block, KeyValues)
        for _, value in block.rows
    }
    assert {"Night line, 01632 960 456", "www.clinic.example"} <= rows
    line = made.handout.furniture.clinic_line.replace("\u00a0", " ")
    assert line == "Example Back Clinic, 01632 960 123"
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(made.pdf)).pages]
    assert all(line in page.replace("\u00a0", " ") for page in pages)


WHOLE = """
name = "File Clinic"
clinician_name = "File Clinician"
clinician_role = "Nurse"
phone = "01632 960 100"
out_of_hours = "Night, 01632 960 200"
email = "file@clinic.example"
web = "www.file.example"
address = "1 File Street"
"""


def test_what_the_clinic_file_says_wins(tmp_path: Path) -> None:
    """A profile's own number went over the one in the clinic's file, on every page.

    For every field that the file may hold, and each difference is told without a word
    of either.
    """
    clinic = read_clinic(write(tmp_path, WHOLE))
    assert set(clinic.facts) == {f"clinic.{name}" for name in _FIELDS.values()}
    own = dict.fromkeys(clinic.facts, "Own text 7")
    own |= {"clinic.web": "own.example", "clinic.email": "own@own.example"}
    filled = with_clinic(profile(**own), clinic)
    for path, text in clinic.facts.items():
        assert filled.get(path) == text
    told = {problem.where for problem in filled.notices}
    assert told == set(clinic.facts)
    words = " ".join(map(str, filled.notices))
    assert not any(text in words for text in (*own.values(), *clinic.facts.values()))


@pytest.mark.parametrize(
    "same", ["01632 960 100", "01632-960-100", "(01632) 960100", "01632\u00a0960100"]
)
def test_the_same_number_in_another_form_is_no_difference(
    tmp_path: Path, same: str
) -> None:
    clinic = read_clinic(write(tmp_path, 'phone = "01632 960 100"'))
    assert with_clinic(profile(**{"clinic.phone": same}), clinic).notices == ()


def test_one_clinic_never_prints_the_numbers_of_another(tmp_path: Path) -> None:
    clinic = read_clinic(write(tmp_path, 'name = "File Clinic"\nphone = "1"'))
    own = {"clinic.clinic_name": "Other", "clinic.out_of_hours": "Night 2"}
    filled = with_clinic(profile(**own), clinic)
    assert filled.get("clinic.out_of_hours") is None
    assert "clinic.out_of_hours" in {problem.where for problem in filled.notices}
    own["clinic.clinic_name"] = "file clinic"
    filled = with_clinic(profile(**own), clinic)
    assert filled.get("clinic.out_of_hours") == "Night 2"


def test_what_the_file_leaves_open_comes_from_the_profile(tmp_path: Path) -> None:
    clinic = read_clinic(write(tmp_path, 'phone = "1"'))
    filled = with_clinic(profile(**{"clinic.email": "a@b.example"}), clinic)
    assert filled.get("clinic.email") == "a@b.example"
    assert filled.get("clinic.clinician_name") == "Duty clinician"
    assert filled.notices == ()


@pytest.mark.parametrize("left", ["clinic.clinician_name", "clinic.clinician_role"])
def test_clinic_mode_needs_a_clinician_from_somewhere(
    library: Library, tmp_path: Path, left: str
) -> None:
    """Who the clinician is could not stand in the clinic's file."""
    facts: dict[str, Any] = {left: ...}
    with pytest.raises(ProfileError) as caught:
        make(library, None, facts=facts)
    (problem,) = caught.value.problems
    assert (problem.where, problem.code) == (left, "E_MISSING")
    assert "clinic file" in problem.hint
    clinic = read_clinic(write(tmp_path, WHOLE))
    made = make(library, clinic, facts=facts)
    assert "File Clinician, Nurse" in str(made.handout.sections)
    assert "Duty clinician" not in str(made.handout.sections)


STATES = {
    "EMERGENCY": {"red_flags.saddle_numb": "yes"},
    "URGENT": {"red_flags.foot_drop": "yes"},
    "UNANSWERED": {"red_flags.saddle_numb": None},
    "SOON": {"red_flags.leg_weakness_mild": "yes"},
    "ROUTINE": {},
}


@pytest.mark.parametrize("mode", ["self", "clinic"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("large_print", ["off", "giant"])
def test_the_lines_of_the_clinic_print_wherever_its_file_is_given(
    library: Library, tmp_path: Path, mode: str, state: str, large_print: str
) -> None:
    """A page of self mode never printed the clinic's night line, web and address."""
    clinic = read_clinic(write(tmp_path, WHOLE))
    made = make(
        library,
        clinic,
        facts={"mode": mode, "large_print": large_print, **STATES[state]},
    )
    assert made.selection.triage.state == state
    contact = next(s for s in made.handout.sections if s.id == "clinic-contact")
    rows = {
        label: value.replace("\u00a0", " ")
        for block in contact.blocks
        if isinstance(block, KeyValues)
        for label, value in block.rows
    }
    numbers = {"Phone": "01632 960 100", "When closed": "Night, 01632 960 200"}
    assert numbers.items() <= rows.items()
    assert {"www.file.example", "1 File Street", "file@clinic.example"} <= set(
        rows.values()
    )


def test_each_number_of_an_urgent_page_says_what_it_is_for(
    library: Library, tmp_path: Path
) -> None:
    """111 stood beside the clinic's own night line, and nothing said which to call."""
    clinic = read_clinic(write(tmp_path, WHOLE))
    made = make(library, clinic, facts={"mode": "self", **STATES["URGENT"]})
    words = [
        "".join(span.text for span in block.spans)
        for section in made.handout.sections
        if section.id == "clinic-contact"
        for block in section.blocks
        if isinstance(block, Paragraph)
    ]
    assert "111" not in "".join(words)
    assert words == [
        "First make the call named at the top. "
        "Our own lines are for a visit or a question."
    ]


def test_a_name_without_its_role_is_refused(tmp_path: Path) -> None:
    """Else one person's name would stand beside another's role."""
    for text in ('clinician_name = "A"', 'clinician_role = "B"'):
        with pytest.raises(ClinicError, match="give both"):
            read_clinic(write(tmp_path, text))


def test_clinic_mode_needs_no_first_name(library: Library) -> None:
    """A page of clinic mode was refused for want of a first name."""
    made = make(library, None, facts={"person.first_name": ...})
    assert made.handout.title == library.frame.title
    assert made.notices == ()


NAMES = ("王小明", "محمد", "דוד", "Ωмега\u4e00", "Ana \U0001f600", "ก้อง")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", ["self", "clinic"])
def test_words_of_a_person_that_cannot_print_are_left_off(
    library: Library, name: str, mode: str
) -> None:
    """A name in Chinese or Arabic was refused, and leaving it out was refused too."""
    goals = [{"activity": text, "score_0_10": 4} for text in (name, "Sit still")]
    facts = {
        "mode": mode, "person.first_name": name, "tone_name": True,
        "clinic.consent_to_print_name": True, "symptoms.function_psfs": goals,
    }  # fmt: skip
    made = make(library, None, facts=facts)
    assert made.handout.title == library.frame.title
    assert not set(name) - set("Ana ") & set(repr(made.handout))
    assert [p.where for p in made.notices] == [
        "person.first_name",
        "symptoms.function_psfs[0].activity",
    ]
    assert "Left off, in letters that do not print: First name, Activity." in (
        made.chart_note
    )
    assert name not in made.chart_note + " ".join(map(str, made.notices))


@pytest.mark.parametrize(
    "name", ["Adebay\u1ecd\u0300", "Ng\u1ecdz\u1ecb\u0300", "Nizh\u00f3n\u012f\u0301"]
)
def test_a_name_whose_marks_would_print_beside_their_letters_is_left_off(
    library: Library, name: str
) -> None:
    """Some marks of Yoruba, Igbo and Navajo have no composed letter."""
    facts = {"person.first_name": name, "clinic.consent_to_print_name": True}
    made = make(library, None, facts=facts)
    assert made.handout.title == library.frame.title
    assert [notice.where for notice in made.notices] == ["person.first_name"]
    composed = make(library, None, facts=facts | {"person.first_name": "Zoe\u0308"})
    assert composed.handout.title.endswith("Zo\u00eb")


CLINIC_TEXTS = (
    "clinic.clinic_name", "clinic.clinician_name", "clinic.clinician_role",
    "clinic.phone", "clinic.out_of_hours", "clinic.address", "clinic.physio_message",
    "clinic.attached_note", "clearance.clearance_note",
    "clearance.red_flags_cleared_by",
)  # fmt: skip


@pytest.mark.parametrize("path", CLINIC_TEXTS)
def test_words_of_a_clinic_that_cannot_print_are_refused(path: str) -> None:
    """The clinic can write them again; left off, somebody would miss them."""
    with pytest.raises(ProfileError) as caught:
        profile(**{path: "\u738b"})
    assert path in {problem.where for problem in caught.value.problems}


def test_every_free_text_is_left_off_or_refused() -> None:
    texts = {f.path for f in known_facts().values() if f.kind in ("text", "list")}
    no_letters = {
        "profile_id", "clinic.email", "clinic.web", "clinic.registration_no",
    }  # fmt: skip
    own = {"person.first_name", "person.gender_pronoun", "symptoms.function_psfs"}
    assert texts - no_letters - own == set(CLINIC_TEXTS)


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
    path.write_bytes(picture((90, 90, 90), (90, 90, 90)))
    assert read_logo(path).is_grey is False
    with pytest.raises(LogoError, match="black and white"):
        read_logo(path, is_grey=True)


@pytest.mark.parametrize(
    "colours",
    [
        ((255, 255, 255, 255), (255, 255, 255, 255)),
        ((0, 0, 0, 0), (255, 255, 255, 255)),  # white letters on nothing
        ((0, 0, 0, 0), (250, 250, 235, 255)),
        ((0, 0, 0, 0), (0, 0, 0, 0)),
    ],
)
def test_a_logo_that_nobody_sees_on_white_paper_is_refused(
    tmp_path: Path, colours: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    """The white form of a logo printed nothing in colour, without a word."""
    ground, letters = colours
    image = Image.new("RGBA", (60, 20), ground)
    image.paste(letters, (10, 5, 50, 15))
    path = tmp_path / "l.png"
    image.save(path)
    with pytest.raises(LogoError, match="white"):
        read_logo(path)


def chunk(kind: bytes, body: bytes, *, sum_is_right: bool = True) -> bytes:
    check = zlib.crc32(kind + body) ^ (0 if sum_is_right else 1)
    return len(body).to_bytes(4) + kind + body + check.to_bytes(4)


COMMENT = b"Comment\x00"
ODD_CHUNKS = {
    "wrong check sum": chunk(b"tEXt", COMMENT + b"made by hand", sum_is_right=False),
    "a long text": chunk(b"zTXt", COMMENT + b"\x00" + zlib.compress(b"a" * 3_000_000)),
    "no camera data in it": chunk(b"eXIf", b"not camera data at all"),
    "a profile that is none": chunk(b"iCCP", b"x\x00\x00" + zlib.compress(b"none")),
    "an unknown one": chunk(b"quIz", bytes(range(200))),
}


@pytest.mark.parametrize("name", ODD_CHUNKS)
def test_metadata_that_is_thrown_away_is_not_judged(tmp_path: Path, name: str) -> None:
    """A whole picture was "not a whole picture" for a comment that never prints."""
    content = picture((255, 255, 255), (0, 0, 90))
    start = content.index(b"IDAT") - 4
    odd, plain = tmp_path / "odd.png", tmp_path / "plain.png"
    odd.write_bytes(content[:start] + ODD_CHUNKS[name] + content[start:])
    plain.write_bytes(content)
    assert read_logo(odd).pixels == read_logo(plain).pixels


def test_broken_camera_data_of_a_jpeg_is_not_judged(tmp_path: Path) -> None:
    image = Image.open(io.BytesIO(picture((255, 255, 255), (0, 0, 90)))).convert("RGB")
    plain, odd = tmp_path / "plain.jpg", tmp_path / "odd.jpg"
    image.save(plain, quality=95)
    content = plain.read_bytes()
    body = b"Exif\x00\x00MM\x00*\xff\xff\xff\xff broken"
    segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2) + body
    odd.write_bytes(content[:2] + segment + content[2:])
    assert read_logo(odd).pixels == read_logo(plain).pixels


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_a_picture_that_is_cut_off_is_still_refused(
    tmp_path: Path, share: float
) -> None:
    content = picture((255, 255, 255), (0, 0, 90))
    path = tmp_path / "l.png"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(LogoError, match="not a whole"):
        read_logo(path)


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
                   "--issued-on", DAY, "--clinic", write(tmp_path, text))  # fmt: skip
        assert done.exit_code == 0, done.stderr
        told = json.loads(done.stdout)
        counts.append((told["made"], told["reused"]))
    assert counts == [(1, 0), (0, 1), (1, 0), (1, 0)]


def test_the_manifest_holds_no_name_of_the_clinic() -> None:
    options = BatchOptions("1.2.3", clinic=read_clinic(SAMPLE))
    assert "Example" not in options.text()
    assert options.clinic is not None
    assert options.clinic.digest in options.text()

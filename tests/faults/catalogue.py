"""The faults of one profile: T001 to T071, and X001 on for more of the same kinds.

A number is the name of its case, here and in what a run tells. A handout must come of
a case that has no exit code here; every other one must be refused with a reason.
"""

import functools
import json
import os
import re
import struct
import subprocess
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, Final

import pikepdf
from PIL import Image

from faults.harness import (
    HELD_BACK,
    OUTPUT,
    PIPE_CLOSED,
    PROFILE,
    USAGE,
    Call,
    Case,
    Made,
    Place,
    dumped,
    marked,
    profile,
    reference_profile,
    run_call,
    squeezed,
    words,
)

NAME = "person.first_name"
CLINICIAN, ROLE = "clinic.clinician_name", "clinic.clinician_role"
NOTE = "clinic.attached_note"
MESSAGE = "clinic.physio_message"
CLINIC = "clinic.clinic_name"

Prepare = Callable[[Place], Call]
Content = bytes | str


def _of(content: Content | Callable[[], Content], **call: Any) -> Prepare:
    """Return a preparation that writes the profile and calls as usual."""

    def prepare(place: Place) -> Call:
        place.write(content() if callable(content) else content)
        return Call(**call)

    return prepare


def _reference(**call: Any) -> Prepare:
    return _of(reference_profile, **call)


# --- texts that must be printed as they were typed ---------------------------


def _literally(number: str, title: str, text: str, seconds: float = 60) -> Case:
    """Return a case that prints a text in the message and in the attached note."""
    typed = f"Qzxfrom {text} qzxto"
    changes = {NOTE: typed}
    if len(typed) <= 400:
        changes[MESSAGE] = typed

    def verify(made: Made) -> Iterator[str]:
        # Blanks are compared as well, unless a word is wider than the page.
        is_long = any(len(word) > 60 for word in typed.split())
        look = squeezed if is_long else words
        found = look(made.body).count(look(typed))
        if found != len(changes):
            yield f"printed {found} times in place of {len(changes)}: {typed[:80]!r}"

    content = dumped(profile(changes, clinic=True))
    return Case(number, title, _of(content), seconds=seconds, verify=verify)


def _named(number: str, title: str, name: str, shown: str = "") -> Case:
    """Return a case that prints a name in the title."""
    shown = shown or name
    changes = {NAME: name, "tone_name": True}

    def verify(made: Made) -> Iterator[str]:
        title_text = words(made.pages[0])[: len(shown) + 80]
        if shown not in title_text:
            yield f"the title does not say {shown!r}"

    return Case(number, title, _of(dumped(profile(changes))), verify=verify)


_CVE_2023_33733 = (
    "[[[getattr(pow, Word('__globals__'))['os'].system('touch exploited') for Word in "
    "[orgTypeFun('Word', (str,), {'mutated': 1, 'startswith': lambda self, x: False, "
    "'__eq__': lambda self, x: self.mutate() and self.mutated < 0 and str(self) == x, "
    "'mutate': lambda self: {setattr(self, 'mutated', self.mutated - 1)}, "
    "'__hash__': lambda self: hash(str(self))})]] "
    "for orgTypeFun in [type(type(1))]] for none in [[].append(1)]] and 'red'"
)

MARKUP = (
    _literally("T001", "CVE-2023-33733", f'<font color="{_CVE_2023_33733}">run</font>'),
    _literally("T002", "picture of a file", '<img src="/etc/passwd"/>'),
    _named("T003", "picture from the net", '<img src="http://qzx/qz.png"/>'),
    _literally("T004", "link", '<a href="javascript:alert(1)">click</a>'),
    _literally("T005", "huge letters", "<font size=99999>big</font>"),
    _literally("T006", "open tag", "<b>take care"),
    _named("T007", "closed paragraph", "Qzx</para>Ann"),
    _literally("T008", "less than", "Stop if a<b then rest, pain < 3, BP<90, <3"),
    _literally("T009", "address in brackets", "Dr <john@x.org> said"),
    _literally("T010", "comment", "before <!-- do not run --> after"),
    _literally("T011", "CDATA", "before <![CDATA[do not run]]> <?do not?> after"),
    _literally(
        "T012", "entities", "&amp; &lt;b&gt; &nbsp; &eacute; &#65; &#x41; &copy &"
    ),
    _literally("T013", "huge character", "&#99999999999; &#x110000; &#0; &#xD800;"),
    _literally("T014", "ampersand", "Smith & Sons"),
    _literally("T015", "counter bomb", '<seq template="%(a)999999999s"/>', 20),
    _literally("T015b", "5,000 line breaks", "<br/>" * 5000, 20),
    _literally("T016", "white letters", '<font color="white">Do not run</font>'),
    _literally(
        "T017", "quotes", "\"two\" 'one' it's don\u2019t \u201cso\u201d `x` \\ end"
    ),
    _literally("X001", "braces", "{person.first_name} {{clinic-lines}} {page} {0} %s"),
    _literally("X002", "Markdown", "**not strong** *nor em* [a](b) `c` > 1. - #"),
    _literally("X003", "backslashes", r"\1 \g<0> \n \u0041 C:\new\table"),
    _literally("X004", "tab", "left\tright"),
)


# --- texts that cannot be printed --------------------------------------------


def _unprintable(
    number: str,
    title: str,
    path: str,
    text: str,
    reason: str,
    *,
    raw: Callable[[str], bytes] | None = None,
    **more: Any,
) -> Case:
    data = profile({path: text} if raw is None else {path: "@@"}, clinic=True)
    # As an escape, because half a character has no bytes of its own.
    content = json.dumps(data).encode() if raw is None else raw(dumped(data))
    where = "" if raw is not None else path
    return Case(
        number, title, _of(content), PROFILE, reason=reason, field=where, **more
    )


def _with_bytes(raw: bytes) -> Callable[[str], bytes]:
    return lambda text: text.encode().replace(b"@@", raw)


TEXT_REFUSED = (
    _unprintable("T018", "NUL", NOTE, "Qzx\0end", "control character"),
    _unprintable(
        "T018b", "NUL as a byte", NOTE, "", "UTF-8", raw=_with_bytes(b"Qzx\0end")
    ),
    _unprintable("T019", "ESC", NOTE, "Qzx\x1b[31mred", "control character"),
    _unprintable(
        "T019b", "ESC as a byte", NOTE, "", "JSON", raw=_with_bytes(b"Qzx\x1b[31m")
    ),
    _unprintable("T020", "half a character", NOTE, "Qzx\ud800end", "half of a char"),
    _unprintable(
        "T020b", "half, as bytes", NOTE, "", "UTF-8", raw=_with_bytes(b"\xed\xa0\x80")
    ),
    _unprintable("T021", "turned dose", NOTE, "Qzx take \u202e05 mg", "direction"),
    _unprintable("T022", "unseen in a name", NAME, "Qzx\u200bann", "cannot be seen"),
    _unprintable("T023", "40 accents", NAME, "Qzxe" + "\u0301" * 40, "too many"),
    _unprintable("T024", "Chinese", CLINICIAN, "Qzx \u738b\u5c0f", "not in our font"),
    _unprintable("T025", "emoji", MESSAGE, "Qzx \U0001f600", "not in our font"),
    _unprintable("T026", "Arabic", CLINIC, "\u0645\u062d\u0645\u062f Qzx", "right to"),
    _unprintable("T027", "Hebrew", ROLE, "\u05d3\u05d5\u05d3 Qzx", "right to left"),
    _unprintable(
        "T032", "name of 1 MB", NAME, "Qzx" + "n" * 1_000_000, "larger than",
        raw=_with_bytes(b"Qzx" + b"n" * 1_000_000), seconds=10,
    ),
    _unprintable("T033", "blank name", NAME, "   ", "blank|space in front"),
    _unprintable("T033b", "name of unbroken blanks", NAME, "\u00a0\u00a0", "blank"),
    _unprintable("X010", "turned clearance", "clearance.clearance_note",
                 "Qzx \u2066ok\u2069", "direction"),
    _unprintable("X011", "line break in a name", CLINIC, "Qzx\nClinic", "on one line"),
)  # fmt: skip


# --- texts that are hard to print ---------------------------------------------


def _numbered(
    number: str, title: str, typed: str, pattern: str, seconds: float
) -> Case:
    """Return a case that must print every numbered piece of a note, in order."""
    pieces = re.findall(pattern, typed)

    def verify(made: Made) -> Iterator[str]:
        found = re.findall(pattern, made.body)
        if found != pieces:
            yield f"{len(found)} of {len(pieces)} pieces, or another order"

    content = dumped(profile({NOTE: typed}, clinic=True))
    return Case(number, title, _of(content), seconds=seconds, verify=verify)


def _long_word() -> str:
    """Return 5,000 letters that are in no second place the same."""
    return "".join(f"w{n:04d}" for n in range(1000))


def _is_long_word_printed(made: Made) -> Iterator[str]:
    if _long_word() not in squeezed(made.body):
        yield "the long word is not whole"


def _is_note_kept_off(made: Made) -> Iterator[str]:
    """An urgent page holds nothing else; that the note is missing must be said."""
    if _long_word()[:40] in squeezed(made.body):
        yield "the note stands behind an urgent page"
    if "attached note" not in made.stderr:
        yield "nobody is told that the note is not printed"


def _are_all_letters_on_the_sheet(made: Made) -> Iterator[str]:
    total = 0
    for number, page in enumerate(made.pages, 1):
        # A name that takes two lines is found in two pieces.
        count = sum(len(piece) for piece in re.findall(r"(?<!\w)W+(?!\w)", page))
        total += count
        if count % 80:  # the foot leaves out whole words
            yield f"page {number} shows {count} of 80 letters"
    if not total:
        yield "the name stands nowhere"


def _is_composed(made: Made) -> Iterator[str]:
    if "Qzx José Núñez" not in words(made.pages[0]):
        yield "the name is not found as people type it"
    if unicodedata.normalize("NFC", made.body) != made.body:
        yield "letters and accents stand apart"


def _decomposed() -> str:
    name = unicodedata.normalize("NFD", "Qzx José Núñez")
    return dumped(profile({NAME: name, "tone_name": True}))


def _wide_clinic(**more: Any) -> str:
    return dumped(profile({CLINIC: "W" * 80, **more}, clinic=True))


_URGENT = {"red_flags.saddle_numb": "yes"}

TEXT_PRINTED = (
    _named("T028", "Polish", "Qzx Łukasz Żółć"),
    _named("T029", "Vietnamese", "Qzx Nguyễn Thị Hồng Ánh"),
    _named(
        "T029b", "Vietnamese, accents apart",
        unicodedata.normalize("NFD", "Qzx Thị Hồng Ánh"), "Qzx Thị Hồng Ánh",
    ),
    Case("T030", "accents apart", _of(_decomposed), verify=_is_composed),
    _named("T031", "Greek and Cyrillic", "Qzx Ελένη Щербакова"),
    _numbered(
        "T034", "3,300 words", " ".join(f"word{n:04d}" for n in range(3300)),
        r"word\d{4}", 15,
    ),
    Case(
        "T035", "word of 5,000 letters",
        _of(lambda: dumped(profile({NOTE: _long_word()}, clinic=True))),
        verify=_is_long_word_printed,
    ),
    _numbered(
        "T036", "2,000 lines", "\n".join(f"line{n:04d}" for n in range(2000)),
        r"line\d{4}", 20,
    ),
    Case(
        "T037", "80 x W", _of(_wide_clinic), verify=_are_all_letters_on_the_sheet
    ),
    Case(
        "T037b", "80 x W and a phone number in giant print",
        _of(lambda: _wide_clinic(large_print="giant", **{"clinic.phone": "9" * 30})),
        verify=_are_all_letters_on_the_sheet,
    ),
    Case(
        "T037c", "80 x W on an urgent page",
        _of(lambda: _wide_clinic(paper_size="Letter", **_URGENT)),
        HELD_BACK, verify=_are_all_letters_on_the_sheet,
    ),
    Case(
        "X013", "note behind an urgent page",
        _of(lambda: dumped(profile({NOTE: _long_word(), **_URGENT}, clinic=True))),
        HELD_BACK, verify=_is_note_kept_off,
    ),
    _numbered(
        "X012", "7,400 lines", "\n".join(str(1000 + n)[-3:] for n in range(7400)),
        r"(?m)^(\d{3}) ?$", 20,
    ),
)  # fmt: skip


# --- JSON --------------------------------------------------------------------


def _twice() -> str:
    """Return a profile that says yes and later no to the same question."""
    text = marked(profile(), "red_flags.saddle_numb", '"yes", "saddle_numb": "no"')
    assert text.count('"saddle_numb"') == 2
    return text


def _latin() -> bytes:
    return dumped(profile({NAME: "Qzx José"})).encode("latin-1")


def _without(path: str) -> str:
    data = profile()
    del data[path]
    return dumped(data)


def _json(number: str, title: str, content: Any, reason: str, where: str = "") -> Case:
    return Case(number, title, _of(content), PROFILE, 8, reason, where)


def _has_note(made: Made) -> Iterator[str]:
    if "Qzx after the mark" not in made.body:
        yield "the note is not printed"


WEIGHT = "person.weight_kg"

JSON = (
    _json("T038", "NaN", marked(profile(), WEIGHT, "NaN"), "NaN is not a number"),
    _json("T039", "1e400", marked(profile(), WEIGHT, "1e400"), "too large to be real"),
    _json("T040", "red flag twice", _twice, "twice in the same group"),
    Case(
        "T041", "UTF-8 with a mark in front",
        _of("\ufeff" + dumped(profile({NOTE: "Qzx after the mark"}, clinic=True))),
        verify=_has_note,
    ),
    _json("T042", "UTF-16", dumped(profile()).encode("utf-16"), "UTF-8"),
    _json("T043", "Latin-1", _latin, "UTF-8"),
    _json("T044", "empty", b"", "empty"),
    _json("T044b", "only blanks", b" \n\t ", "empty"),
    _json("T045", "cut off", dumped(profile())[:3000], "not valid JSON at line"),
    _json("T046", "list on top", f"[{dumped(profile())}]", "one group of fields"),
    _json("T047", "more behind", dumped(profile()) + '{"qzx": 1}', "not valid JSON"),
    _json(
        "T048", "100,000 levels",
        marked(profile(), WEIGHT, "[" * 100_000 + "]" * 100_000), "nested more than",
    ),
    _json(
        "T049", "number of 5,000 digits",
        marked(profile(), "person.age_years", "9" * 5000), "5000 digits",
    ),
    _json(
        "T050", "text for a number", dumped(profile({"person.age_years": "qzxthirty"})),
        "whole number", "person.age_years",
    ),
    _json("T051", "no red flags", _without("red_flags"), "missing", "red_flags"),
    _json(
        "T052", "unknown field", dumped(profile({"person.qzx_extra": "Qzx"})),
        "unknown field", "person",
    ),
    _json(
        "T053", "30 February", dumped(profile({"created_date": "2026-02-30"})),
        "a date as YYYY-MM-DD", "created_date",
    ),
    _json("X020", "minus infinity", marked(profile(), WEIGHT, "-Infinity"), "Infinity"),
    _json("X021", "comment", dumped(profile()) + "\n// qzx", "not valid JSON"),
    _json(
        "X022", "near miss of a choice", dumped(profile({"mode": "qzxselff"})),
        "one of", "mode",
    ),
)  # fmt: skip


# --- files -------------------------------------------------------------------


def _folder_as_profile(place: Place) -> Call:
    place.profile.mkdir()
    return Call()


def _pipe_as_profile(place: Place) -> Call:
    os.mkfifo(place.profile)
    return Call()


def _dangling_profile(place: Place) -> Call:
    place.profile.symlink_to("nowhere.json")
    return Call()


def _folder_in_the_way(place: Place) -> Call:
    """Put a folder where the file with the default name would go."""
    place.write(reference_profile())
    trial = Place(place.root.with_name(f"{place.root.name}-trial"))
    trial.write(reference_profile())
    run_call(trial, Call(output=str(trial.root / "out")))
    (name,) = os.listdir(trial.root / "out")
    (place.root / "out" / name).mkdir()
    return Call(output=str(place.root / "out"))


FORCED: Final = ("--force",)
"""What lies in the way is none of ours, and shall be replaced."""


def _earlier(place: Place) -> None:
    place.output.write_bytes(b"%PDF-1.7 the earlier, good handout\n")


def _mount(place: Place, options: str) -> bool:
    """Put a small disk under the output folder, where we may."""
    folder = str(place.root / "out")
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    place.undo.append(lambda: subprocess.run(["umount", folder], check=True))
    return True


def _full_disk(place: Place) -> Call:
    place.write(reference_profile())
    if os.geteuid() == 0 and _mount(place, "size=32k"):
        _earlier(place)
        return Call(options=FORCED)
    _earlier(place)
    return Call(options=FORCED, shell='ulimit -f 32; exec "$@"')


def _limited_file(place: Place) -> Call:
    place.write(reference_profile())
    _earlier(place)
    return Call(options=FORCED, shell='ulimit -f 32; exec "$@"')


def _output_link(target: str) -> Prepare:
    def prepare(place: Place) -> Call:
        place.write(reference_profile())
        (place.root / "home" / "victim.pdf").write_bytes(b"precious\n")
        place.output.symlink_to(place.root / "home" / target)
        return Call()

    return prepare


def _no_folder(place: Place) -> Call:
    place.write(reference_profile())
    return Call(output=str(place.root / "out" / "missing" / "o.pdf"))


def _closed_folder(place: Place) -> Call:
    """Take the right to write into the output folder away, as from a clinic share."""
    place.write(reference_profile())
    _earlier(place)
    folder = place.root / "out"
    folder.chmod(0o500)
    place.undo.append(lambda: folder.chmod(0o700))
    return Call(options=FORCED, without_root_rights=True)


def _hidden_folder(place: Place) -> Call:
    """Take the right to look into the output folder away."""
    call = _closed_folder(place)
    (place.root / "out").chmod(0o000)
    return call


def _closed_profile(place: Place) -> Call:
    place.write(reference_profile())
    place.profile.chmod(0o000)
    return Call(without_root_rights=True)


def _named_output(name: str) -> Prepare:
    def prepare(place: Place) -> Call:
        place.write(reference_profile())
        return Call(output=str(place.root / "out" / name))

    return prepare


def _output_folder(place: Place) -> Call:
    place.write(reference_profile())
    return Call(output=str(place.root / "out"))


def _has_name_on_page(made: Made) -> Iterator[str]:
    if "Qzxzoë" not in made.pages[0]:
        yield "the name is not on the page"


def _over_earlier(place: Place) -> Call:
    place.write(reference_profile())
    _earlier(place)
    place.output.chmod(0o644)
    return Call(options=FORCED)


FILES = (
    Case("T054", "folder", _folder_as_profile, PROFILE, reason="a folder"),
    Case("T055", "pipe", _pipe_as_profile, PROFILE, 8, "not an ordinary file"),
    Case("T056", "missing", lambda _: Call(), PROFILE, reason="no such file"),
    Case(
        "T057", "endless device", lambda _: Call(profile="/dev/zero"), PROFILE, 8,
        "not an ordinary file",
    ),
    Case(
        "T057b", "endless standard input",
        lambda _: Call(profile="-", stdin="/dev/zero"), PROFILE, 8, "larger than",
    ),
    Case("T058", "dangling link", _dangling_profile, PROFILE, reason="no such file"),
    Case("T059", "folder in the way", _folder_in_the_way, OUTPUT, reason="a folder"),
    Case("T060", "full disk", _full_disk, OUTPUT, reason="space|too large"),
    Case("T060b", "file too large for the disk", _limited_file, OUTPUT,
         reason="too large"),
    Case("T061", "output link", _output_link("victim.pdf"), OUTPUT, reason="a link"),
    Case("T061b", "dangling output link", _output_link("new.pdf"), OUTPUT,
         reason="a link"),
    Case("T062", "mode 600", _reference(), is_same_bytes=True),
    Case("T062b", "mode 600 over an open file", _over_earlier, is_same_bytes=True),
    Case("T063", "no name in the metadata", _reference(), verify=_has_name_on_page),
    Case("T064", "no output folder", _no_folder, OUTPUT, reason="no such folder"),
    Case("X030", "closed folder", _closed_folder, OUTPUT, reason="permission"),
    Case("X031", "folder that nobody may look into", _hidden_folder, OUTPUT,
         reason="permission"),
    Case("X032", "closed profile", _closed_profile, PROFILE, reason="permission"),
    Case("X033", "output name of 300 letters", _named_output("n" * 300), OUTPUT,
         reason="too long"),
    Case("X034", "output name of 255 letters", _named_output("n" * 255),
         made="out/n{255}", is_same_bytes=True),
    Case("X035", "into a folder", _output_folder,
         made=r"out/bg-desk-worker-20261123-[0-9A-F]{8}\.pdf", is_same_bytes=True),
)  # fmt: skip


# --- surroundings ------------------------------------------------------------

_SETTINGS = "open('settings-ran', 'w').close()\npageCompression = 0\ninvariant = 0\n"


def _hostile_settings(place: Place) -> Call:
    place.write(reference_profile())
    (place.root / "home" / ".reportlab_settings").write_text(_SETTINGS)
    (place.root / "cwd" / "reportlab_settings.py").write_text(_SETTINGS)
    return Call(
        environment={
            "RL_pageCompression": "0",
            "RL_useA85": "1",
            "RL_invariant": "0",
            "RL_documentLang": "xx-XX",
            "RL_trustedHosts": "*",
            "RL_trustedSchemes": "['http','file']",
            "RL_defaultPageSize": "A5",
            "SOURCE_DATE_EPOCH": "86400",
        }
    )


_BARE_LOCALE = {
    "LC_ALL": "C",
    "LANG": "C",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONUTF8": "0",
    "PYTHONHASHSEED": "4711",
}

SURROUNDINGS = (
    Case("T065", "settings of reportlab", _hostile_settings, is_same_bytes=True),
    Case(
        "T066", "time zone far east",
        _reference(environment={"TZ": "Pacific/Kiritimati"}), is_same_bytes=True,
    ),
    Case(
        "T066b", "time zone far west",
        _reference(environment={"TZ": "Pacific/Pago_Pago"}), is_same_bytes=True,
    ),
    Case(
        "T067", "hash seed and C locale", _reference(environment=_BARE_LOCALE),
        is_same_bytes=True,
    ),
    Case(
        "X040", "standard output is closed", _reference(shell='exec "$@" >&-'),
        is_same_bytes=True,
    ),
    Case(
        "X041", "standard error is closed", _reference(shell='exec "$@" 2>&-'),
        is_same_bytes=True,
    ),
    Case(
        "X042", "standard error is full", _reference(shell='exec "$@" 2>/dev/full'),
        is_same_bytes=True,
    ),
    Case(
        "X043", "standard input is closed", _reference(shell='exec "$@" <&-'),
        is_same_bytes=True,
    ),
    Case("X044", "to standard output", _reference(output="-"), made="",
         is_same_bytes=True),
    Case(
        "X045", "to a closed standard output",
        _reference(output="-", shell='exec "$@" >&-'), OUTPUT,
        reason="standard output",
    ),
    Case(
        "X046", "to a full standard output",
        _reference(output="-", stdout="/dev/full"), OUTPUT, reason="standard output",
    ),
    Case(
        "X047", "to a pipe that nobody reads",
        _reference(output="-", stdout="broken"), PIPE_CLOSED,
    ),
    Case(
        "X048", "profile from a closed standard input",
        lambda _: Call(profile="-", shell='exec "$@" <&-'), PROFILE,
        reason="standard input",
    ),
)  # fmt: skip


# --- logos -------------------------------------------------------------------

LOGO_SIZE = (60, 40)
EXIF_TEXT = "qzx-camera-of-a-patient"


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


@functools.cache
def bomb() -> bytes:
    """Return a small PNG file that unpacks to 164 million pixels."""
    side = 12_800
    rows = zlib.compress((b"\0" + b"\0" * (side // 8)) * side, 9)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    parts = _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    content = b"\x89PNG\r\n\x1a\n" + parts
    assert len(content) < 500_000
    return content


@functools.cache
def photo(kind: str) -> bytes:
    """Return a small picture, half red and half blue, with a text inside."""
    picture = Image.new("RGB", LOGO_SIZE, (200, 30, 30))
    picture.paste((30, 30, 200), (30, 0, 60, 40))
    exif = Image.Exif()
    exif[0x010E] = EXIF_TEXT  # image description
    stream = BytesIO()
    picture.save(stream, kind, exif=exif)
    content = stream.getvalue()
    assert EXIF_TEXT.encode() in content
    return content


@functools.cache
def printers_photo() -> bytes:
    """Return the picture in the four inks of a printing house."""
    with Image.open(BytesIO(photo("JPEG"))) as picture:
        stream = BytesIO()
        picture.convert("CMYK").save(stream, "JPEG")
    return stream.getvalue()


@functools.cache
def turned_photo() -> bytes:
    """Return the picture stored upside down, with a note to turn it."""
    with Image.open(BytesIO(photo("JPEG"))) as picture:
        exif = Image.Exif()
        exif[0x0112] = 3  # stored turned by 180 degrees
        stream = BytesIO()
        picture.rotate(180).save(stream, "JPEG", exif=exif)
    return stream.getvalue()


@functools.cache
def deep_grey() -> bytes:
    """Return a grey picture of 16 bits, dark on the left and light on the right."""
    picture = Image.new("I;16", LOGO_SIZE, 10_000)
    picture.paste(Image.new("I;16", (30, 40), 50_000), (30, 0))
    assert (picture.getpixel((10, 20)), picture.getpixel((50, 20))) == (10_000, 50_000)
    stream = BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def _plain_png(size: tuple[int, int]) -> bytes:
    stream = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(stream, "PNG")
    return stream.getvalue()


_EPS = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 60 40\n"
    b"0 0 60 40 rectfill\nshowpage\n%%EOF\n"
)
_SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40">'
    b'<image href="file:///etc/passwd"/></svg>'
)


def _logo(name: str, content: bytes) -> Prepare:
    """Return a call with a logo; a false gs on the path tells when it is run."""

    def prepare(place: Place) -> Call:
        place.write(reference_profile())
        (place.root / "in" / name).write_bytes(content)
        tools = place.root / "in" / "tools"
        tools.mkdir()
        for tool in ("gs", "gswin32c", "gswin64c"):
            (tools / tool).write_text("#!/bin/sh\n: > gs-ran\n")
            (tools / tool).chmod(0o755)
        path = os.pathsep.join([str(tools), os.environ.get("PATH", os.defpath)])
        return Call(
            options=("--logo", str(place.root / "in" / name), "--ink", "colour"),
            environment={"PATH": path},
        )

    return prepare


def _refused_logo(number: str, title: str, name: str, content: bytes) -> Case:
    return Case(number, title, _logo(name, content), USAGE, 10, "(?i)logo")


Look = Callable[[Image.Image], bool]


def _has_logo(look: Look) -> Callable[[Made], Iterator[str]]:
    """Return a check that a picture of this look is on a page, and nothing else."""

    def verify(made: Made) -> Iterator[str]:
        pictures = []
        with pikepdf.open(BytesIO(made.pdf)) as document:
            for item in document.objects:
                is_stream = isinstance(item, pikepdf.Stream)
                if is_stream and EXIF_TEXT.encode() in _all_bytes(item):
                    yield "the text inside the picture is inside the PDF"
            for page in document.pages:
                pictures += [
                    pikepdf.PdfImage(item).as_pil_image().convert("RGB")
                    for _, item in page.resources.get("/XObject", {}).items()
                    if item.get("/Subtype") == "/Image"
                ]
        if not any(look(picture) for picture in pictures):
            yield f"none of {len(pictures)} pictures is the logo"

    return verify


def _all_bytes(stream: pikepdf.Stream) -> bytes:
    return bytes(stream.read_raw_bytes()) + bytes(stream.read_bytes())


def _sides(picture: Image.Image) -> tuple[tuple[int, ...], tuple[int, ...]]:
    width, height = picture.size
    left = picture.getpixel((width // 5, height // 2))
    right = picture.getpixel((width * 4 // 5, height // 2))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    return left, right


def _is_photo(picture: Image.Image) -> bool:
    """Tell whether a picture is red on the left and blue on the right."""
    left, right = _sides(picture)
    return left[0] > 150 > left[2] and right[2] > 150 > right[0]


def _is_deep_grey(picture: Image.Image) -> bool:
    """Tell whether a picture is dark on the left and light on the right."""
    left, right = _sides(picture)
    return max(left) < 80 and 150 < min(right) < 240


def _made_logo(
    number: str, title: str, name: str, content: bytes, look: Look = _is_photo
) -> Case:
    return Case(number, title, _logo(name, content), verify=_has_logo(look))


LOGOS = (
    _refused_logo("T068", "logo bomb", "logo.png", bomb()),
    _refused_logo("T068b", "logo of 5 million pixels", "logo.png",
                  _plain_png((2500, 2000))),
    _refused_logo("T068c", "logo of 2 MB", "logo.png",
                  photo("PNG") + b"\0" * 2_000_000),
    _refused_logo("T069", "EPS", "logo.eps", _EPS),
    _refused_logo("T069b", "EPS under another name", "logo.png", _EPS),
    _refused_logo("T070", "SVG", "logo.svg", _SVG),
    _refused_logo("T070b", "SVG under another name", "logo.png", _SVG),
    _refused_logo("T070c", "empty logo", "logo.png", b""),
    _refused_logo("T070d", "logo cut off", "logo.jpg", photo("JPEG")[:-200]),
    Case("T070e", "no logo there", _reference(options=("--logo", "missing.png")),
         USAGE, 10, "(?i)logo"),
    Case("T070f", "device as logo", _reference(options=("--logo", "/dev/zero")),
         USAGE, 10, "(?i)logo"),
    _made_logo("T071", "JPEG with a text inside", "logo.jpg", photo("JPEG")),
    _made_logo("T071b", "PNG with a text inside", "logo.png", photo("PNG")),
    _made_logo("T071c", "JPEG of a printing house", "logo.jpg", printers_photo()),
    _made_logo("T071d", "JPEG stored upside down", "logo.jpg", turned_photo()),
    _made_logo("T071e", "grey PNG of 16 bits", "logo.png", deep_grey(), _is_deep_grey),
)  # fmt: skip


CASES = (
    *MARKUP,
    *TEXT_REFUSED,
    *TEXT_PRINTED,
    *JSON,
    *FILES,
    *SURROUNDINGS,
    *LOGOS,
)

NUMBERED = tuple(f"T{number:03d}" for number in range(1, 72))
"""Each must be a case: none may get lost."""

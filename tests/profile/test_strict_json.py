"""Nothing that could mislead gets past the reader, and nothing personal gets out."""

import io
import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backguide import reading
from backguide.errors import ProfileError
from backguide.profile.load import profile_from_bytes
from backguide.profile.strict_json import (
    MAX_BYTES,
    MAX_COMBINING_RUN,
    MAX_DEPTH,
    MAX_LIST_ITEMS,
    MAX_NUMBER_CHARACTERS,
    find_text_problems,
    parse_object,
    read_bytes,
)
from backguide.resources import is_printable
from strategies import as_bytes, in_clinic, minimal_profile

CANARY = "Quillfeather"


def refusal(content: bytes) -> tuple[str, str]:
    """Return the reason code and the whole message for some bytes."""
    with pytest.raises(ProfileError) as caught:
        parse_object(content, "p.json")
    (problem,) = caught.value.problems
    return problem.code, str(caught.value)


def text(value: str) -> bytes:
    """Return a file whose one field holds a text, escaped where it must be."""
    return json.dumps({"x": value}).encode("ascii")


# --- 1.3: JSON ----------------------------------------------------------------

REFUSED: dict[str, tuple[bytes, str]] = {
    "NaN": (b'{"x": NaN}', "E_NUMBER"),
    "Infinity": (b'{"x": Infinity}', "E_NUMBER"),
    "minus Infinity": (b'{"x": -Infinity}', "E_NUMBER"),
    "1e400, which json reads as infinity": (b'{"x": 1e400}', "E_NUMBER"),
    "-1e400": (b'{"x": -1e400}', "E_NUMBER"),
    "a whole number of 21 digits": (b'{"x": %d}' % 10**20, "E_NUMBER"),
    "a whole number of 5,000 digits": (b'{"x": ' + b"9" * 5000 + b"}", "E_NUMBER"),
    "a fraction of 5,000 digits": (b'{"x": 0.' + b"3" * 5000 + b"}", "E_NUMBER"),
    "an exponent of 50 digits": (b'{"x": 1e' + b"0" * 50 + b"}", "E_NUMBER"),
    "a key twice": (b'{"x": "yes", "x": "no"}', "E_DUPLICATE_KEY"),
    "a key twice, deep down": (b'{"a": [{"x": 1, "x": 1}]}', "E_DUPLICATE_KEY"),
    "a key twice, by escape": (b'{"x": "yes", "\\u0078": "no"}', "E_DUPLICATE_KEY"),
    "a key twice after NFC": (
        '{"caf\u00e9": 1, "cafe\u0301": 2}'.encode(),
        "E_DUPLICATE_KEY",
    ),
    "UTF-16 with its mark": ('{"x": 1}'.encode("utf-16"), "E_ENCODING"),
    "UTF-16 without": ('{"x": 1}'.encode("utf-16-le"), "E_ENCODING"),
    "UTF-32": ('{"x": 1}'.encode("utf-32"), "E_ENCODING"),
    "Latin-1": ('{"x": "Jos\u00e9"}'.encode("latin-1"), "E_ENCODING"),
    "a surrogate in the bytes": (b'{"x": "\xed\xa0\x80"}', "E_ENCODING"),
    "an overlong slash": (b'{"x": "\xc0\xaf"}', "E_ENCODING"),
    "a NUL byte": (b'{"x": 1}\x00', "E_ENCODING"),
    "an empty file": (b"", "E_EMPTY"),
    "a file of blanks": (b" \r\n\t ", "E_EMPTY"),
    "only a byte order mark": (b"\xef\xbb\xbf", "E_JSON"),
    "a second byte order mark": (b'\xef\xbb\xbf\xef\xbb\xbf{"x": 1}', "E_JSON"),
    "a file cut off": (b'{"x": {"y": 1', "E_JSON"),
    "a text cut off": (b'{"x": "abc', "E_JSON"),
    "a list at the top": (b'[{"x": 1}]', "E_JSON"),
    "a text at the top": (b'"x"', "E_JSON"),
    "a number at the top": (b"1", "E_JSON"),
    "null at the top": (b"null", "E_JSON"),
    "something after the end": (b'{"x": 1} {"x": 2}', "E_JSON"),
    "a comment": (b'{"x": 1} // no', "E_JSON"),
    "a comma too many": (b'{"x": 1,}', "E_JSON"),
    "single quotes": (b"{'x': 1}", "E_JSON"),
    "a raw new line in a text": (b'{"x": "a\nb"}', "E_JSON"),
    "an unknown escape": (b'{"x": "\\a"}', "E_JSON"),
    "a bare word": (b'{"x": nan}', "E_JSON"),
    "100,000 levels": (b'{"x": ' + b"[" * 100_000, "E_DEPTH"),
    "900 levels, which json would read": (
        b'{"x": ' + b"[" * 900 + b"]" * 900 + b"}",
        "E_DEPTH",
    ),
    "one level too deep": (
        b'{"x":' * MAX_DEPTH + b"{}" + b"}" * MAX_DEPTH,
        "E_DEPTH",
    ),
    "too deep after many groups that were closed": (
        b'{"a": [[], [], []], "b": ' + b"[" * MAX_DEPTH,
        "E_DEPTH",
    ),
    "a list too long": (
        json.dumps({"x": [0] * (MAX_LIST_ITEMS + 1)}).encode(),
        "E_LENGTH",
    ),
    "a list too long inside a list": (
        json.dumps({"x": [[0] * (MAX_LIST_ITEMS + 1)]}).encode(),
        "E_LENGTH",
    ),
    "one byte too many": (b'{"x": 1}'.ljust(MAX_BYTES + 1), "E_TOO_LARGE"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_json(name: str) -> None:
    content, code = REFUSED[name]
    assert refusal(content)[0] == code


@pytest.mark.parametrize("name", REFUSED)
def test_refused_json_is_refused_by_the_loader_too(name: str) -> None:
    content, code = REFUSED[name]
    with pytest.raises(ProfileError) as caught:
        profile_from_bytes(content, "p.json")
    assert {problem.code for problem in caught.value.problems} == {code}


ACCEPTED: dict[str, tuple[bytes, dict[str, Any]]] = {
    "a byte order mark": (b'\xef\xbb\xbf{"x": 1}', {"x": 1}),
    "blanks around it": (b' \n{"x": 1}\n ', {"x": 1}),
    "a whole fraction": (b'{"x": 3.0}', {"x": 3}),
    "an exponent": (b'{"x": 1.5e1}', {"x": 15}),
    "a small fraction": (b'{"x": 6.5}', {"x": 6.5}),
    "20 digits": (b'{"x": 12345678901234567890}', {"x": 12345678901234567890}),
    "minus nothing": (b'{"x": -0.0}', {"x": 0}),
    "brackets in a text": (b'{"x": "' + b"[{" * 50 + b'"}', {"x": "[{" * 50}),
    "quotes and slashes in a text": (b'{"x": "\\"[\\\\"}', {"x": '"[\\'}),
    "as deep as may be": (
        b'{"x":' * (MAX_DEPTH - 1) + b"{}" + b"}" * (MAX_DEPTH - 1),
        json.loads(b'{"x":' * (MAX_DEPTH - 1) + b"{}" + b"}" * (MAX_DEPTH - 1)),
    ),
    "many groups side by side": (
        json.dumps({f"k{n}": [[], {}] for n in range(50)}).encode(),
        {f"k{n}": [[], {}] for n in range(50)},
    ),
    "a list as long as may be": (
        json.dumps({"x": [0] * MAX_LIST_ITEMS}).encode(),
        {"x": [0] * MAX_LIST_ITEMS},
    ),
    "as large as may be": (b'{"x": 1}'.ljust(MAX_BYTES), {"x": 1}),
    "the same key in two groups": (b'{"a": {"x": 1}, "x": 2}', {"a": {"x": 1}, "x": 2}),
    "Windows line ends in a text": (b'{"x": "a\\r\\nb"}', {"x": "a\nb"}),
    "accents become one letter": ('{"x": "Jose\u0301"}'.encode(), {"x": "Jos\u00e9"}),
    "accents in a list as well": ('{"x": ["e\u0301"]}'.encode(), {"x": ["\u00e9"]}),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted_json(name: str) -> None:
    content, expected = ACCEPTED[name]
    read = parse_object(content, "p.json")
    assert read == expected
    assert [type(value) for value in read.values()] == [
        type(value) for value in expected.values()
    ]


LEAKS = {
    "cut off": f'{{"first_name": "{CANARY}',
    "a comma too many": f'{{"first_name": "{CANARY}",}}',
    "a number too long": f'{{"first_name": "{CANARY}", "x": 1e400}}',
    "a key twice": f'{{"{CANARY}": "{CANARY}", "{CANARY}": 2}}',
    "too deep": f'{{"{CANARY}": ' + "[" * 20,
    "a name as a constant": f'{{"x": {CANARY}}}',
    "the whole file a name": CANARY,
}


@pytest.mark.parametrize("name", LEAKS)
def test_nothing_of_the_file_is_repeated(name: str) -> None:
    with pytest.raises(ProfileError) as caught:
        profile_from_bytes(LEAKS[name].encode(), "p.json")
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(caught.value.problems)


def test_a_field_that_stands_twice_is_named_when_it_is_a_known_one() -> None:
    content = b'{"red_flags": {"bladder_change": "yes", "bladder_change": "no"}}'
    with pytest.raises(ProfileError) as caught:
        profile_from_bytes(content, "p.json")
    (problem,) = caught.value.problems
    assert problem.where == "bladder_change"
    assert "yes" not in str(caught.value)


def test_the_limits_are_the_written_ones() -> None:
    assert (MAX_BYTES, MAX_DEPTH, MAX_LIST_ITEMS) == (262_144, 12, 200)
    assert (MAX_NUMBER_CHARACTERS, MAX_COMBINING_RUN) == (20, 3)


def test_the_line_and_column_of_a_slip_are_told() -> None:
    assert "line 3, column 1" in refusal(b'{\n"x": 1,\n}')[1]


# --- 1.2: text ----------------------------------------------------------------

UNPRINTABLE: dict[str, tuple[str, str]] = {
    "NUL": ("a\x00b", "E_CONTROL"),
    "ESC": ("a\x1bb", "E_CONTROL"),
    "a carriage return": ("a\rb", "E_CONTROL"),
    "DEL": ("a\x7fb", "E_CONTROL"),
    "a C1 control": ("a\x85b", "E_CONTROL"),
    "half of a character": ("a\ud800b", "E_SURROGATE"),
    "right-to-left override in a dose": ("take \u202e05 mg", "E_BIDI"),
    "left-to-right mark": ("a\u200eb", "E_BIDI"),
    "isolate": ("a\u2066b", "E_BIDI"),
    "Arabic letter mark": ("a\u061cb", "E_BIDI"),
    "zero width space": ("An\u200bn", "E_INVISIBLE"),
    "zero width joiner": ("An\u200dn", "E_INVISIBLE"),
    "soft hyphen": ("An\u00adn", "E_INVISIBLE"),
    "word joiner": ("An\u2060n", "E_INVISIBLE"),
    "byte order mark inside": ("An\ufeffn", "E_INVISIBLE"),
    "40 accents": ("a" + "\u0301" * 40, "E_COMBINING"),
    "a grave on o with a dot below": ("Ay\u1ecd\u0300", "E_GLYPH"),
    "an acute on a with an ogonek": ("Na\u0328\u0301", "E_GLYPH"),
    "a grave on i with a dot below": ("\u1ecb\u0300b\u1ecb\u0300", "E_GLYPH"),
    "a mark without a letter": ("\u0301a", "E_GLYPH"),
    "Chinese": ("\u738b\u5c0f\u660e", "E_GLYPH"),
    "Thai": ("\u0e01\u0e02", "E_GLYPH"),
    "Devanagari": ("\u0928\u092e", "E_GLYPH"),
    "emoji": ("ok \U0001f600", "E_GLYPH"),
    "line separator": ("a\u2028b", "E_GLYPH"),
    "Arabic": ("\u0645\u062d\u0645\u062f", "E_GLYPH"),
    "Hebrew": ("\u05d3\u05d5\u05d3", "E_GLYPH"),
    "blanks only": ("   ", "E_BLANK"),
    "hard blanks only": ("\u00a0\u00a0", "E_BLANK"),
    "a new line only": ("\n", "E_BLANK"),
}


@pytest.mark.parametrize("name", UNPRINTABLE)
def test_text_that_cannot_print(name: str) -> None:
    value, code = UNPRINTABLE[name]
    (problem,) = find_text_problems(parse_object(text(value), "p.json"))
    assert (problem.where, problem.code) == ("x", code)
    assert not value.strip() or value not in str(problem)


@pytest.mark.parametrize("name", UNPRINTABLE)
def test_the_loader_refuses_such_a_text_by_the_title_of_its_field(name: str) -> None:
    value, code = UNPRINTABLE[name]
    profile = in_clinic(**{"clinic.physio_message": value})
    with pytest.raises(ProfileError) as caught:
        profile_from_bytes(json.dumps(profile).encode(), "p.json")
    found = [p for p in caught.value.problems if p.code == code]
    assert [p.where for p in found] == ["clinic.physio_message"]
    assert found[0].label == "Message"


@pytest.mark.parametrize(
    "value",
    [
        "Jos\u00e9",
        "Jose\u0301",
        "\u0141ukasz \u017b\u00f3\u0142\u0107",
        "Nguy\u1ec5n Th\u1ecb Ho\u00e0",
        "Nguye\u0302\u0303n",
        "\u0394\u03b7\u03bc\u03ae\u03c4\u03c1\u03b7\u03c2",
        "\u041d\u0430\u0442\u0430\u043b\u044c\u044f",
        "O'Neil & Sons <b> \u201cquoted\u201d \u2013 1\u00bd \u20ac5",
        "first line\nsecond\tline",
        "",
    ],
)
def test_text_that_prints(value: str) -> None:
    assert find_text_problems(parse_object(text(value), "p.json")) == ()


def test_the_run_of_accents_that_is_still_fine() -> None:
    # q has no composed form, so that each accent stays a character of its own.
    fine = "q" + "\u0301" * MAX_COMBINING_RUN
    codes = {p.code for p in find_text_problems({"x": fine, "y": fine + "\u0301"})}
    assert "E_COMBINING" in codes
    assert not any(p.code == "E_COMBINING" for p in find_text_problems({"x": fine}))


def test_every_bad_text_is_told_with_its_place() -> None:
    data = {"a": "\x00", "b": {"c": ["ok", "\u200b"]}, "d": [{"e": "\u202e"}]}
    found = [(p.where, p.code) for p in find_text_problems(data)]
    assert found == [
        ("a", "E_CONTROL"),
        ("b.c[1]", "E_INVISIBLE"),
        ("d[0].e", "E_BIDI"),
    ]


@pytest.mark.parametrize("name", ["Zoë", "a\nb", "\u202e"])
def test_a_name_that_could_not_print_is_no_place(name: str) -> None:
    assert find_text_problems({name: "\x00", "x": "\x00"}) == find_text_problems(
        {"x": "\x00"}
    )


def test_the_name_of_an_unknown_field_is_never_repeated() -> None:
    profile = minimal_profile(**{CANARY: "\x1b", f"person.{CANARY}": "\u200b"})
    with pytest.raises(ProfileError) as caught:
        profile_from_bytes(as_bytes(profile), "p.json")
    assert {p.code for p in caught.value.problems} == {"E_UNKNOWN_FIELD"}
    assert CANARY not in str(caught.value)


# --- 1.4: files ---------------------------------------------------------------


def why_not(path: Path) -> str:
    with pytest.raises(ProfileError) as caught:
        read_bytes(path)
    (problem,) = caught.value.problems
    assert str(path.parent) not in str(caught.value)
    return problem.code


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(b"\x00\xff{}")
    path.chmod(0o600)
    assert read_bytes(path) == b"\x00\xff{}"


def test_a_file_at_the_limit_is_read_and_one_above_is_not(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(b"x" * MAX_BYTES)
    assert len(read_bytes(path)) == MAX_BYTES
    path.write_bytes(b"x" * (MAX_BYTES + 1))
    assert why_not(path) == "E_TOO_LARGE"


def test_what_is_no_ordinary_file_is_refused_at_once(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(tmp_path / "nowhere")
    local = socket.socket(socket.AF_UNIX)
    with local:
        local.bind(str(tmp_path / "socket"))
    assert why_not(tmp_path / "missing.json") == "E_NOT_FOUND"
    assert why_not(tmp_path) == "E_NOT_A_FILE"
    with pytest.raises(ProfileError, match="this is a folder"):
        read_bytes(tmp_path)
    with pytest.raises(ProfileError, match="not an ordinary file"):
        read_bytes(pipe)
    assert why_not(pipe) == "E_NOT_A_FILE"
    assert why_not(link) == "E_NOT_FOUND"
    assert why_not(tmp_path / "socket") in ("E_NOT_A_FILE", "E_NOT_READABLE")
    assert why_not(Path("/dev/zero")) == "E_NOT_A_FILE"
    assert why_not(Path("/dev/null")) == "E_NOT_A_FILE"


def test_no_file_stays_open(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_bytes(b"{}")
    before = sorted(os.listdir("/proc/self/fd"))
    read_bytes(tmp_path / "p.json")
    for bad in (tmp_path, tmp_path / "none"):
        with pytest.raises(ProfileError):
            read_bytes(bad)
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_a_file_that_grows_while_it_is_read_is_still_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(b"{}")
    monkeypatch.setattr(reading, "open_file", lambda _: io.BytesIO(b"x" * 1_000_000))
    assert why_not(path) == "E_TOO_LARGE"


def test_a_disk_error_is_told_without_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(b"{}")

    class Broken(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(reading, "open_file", lambda _: Broken())
    assert why_not(path) == "E_NOT_READABLE"


def test_all_letters_of_the_short_way_are_in_the_fonts() -> None:
    plain = "".join(map(chr, range(0x20, 0x7F)))
    assert plain.isprintable()
    assert all(is_printable(letter) for letter in plain)


@settings(max_examples=300)
@given(st.text(alphabet='[]{}"\\,:a1 ', max_size=60))
def test_brackets_in_strings_do_not_count_as_depth(text: str) -> None:
    """The same depth as counted letter by letter, whatever is open at the end."""
    depth, deepest, in_string, escaped = 0, 0, False, False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    codes = set()
    try:
        parse_object(text.encode(), "x.json")
    except ProfileError as error:
        codes = {problem.code for problem in error.problems}
    assert ("E_DEPTH" in codes) is (deepest > MAX_DEPTH)

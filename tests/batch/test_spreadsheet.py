"""CSV with a map: the traps of spreadsheets, and findings with row and column."""

import json
from pathlib import Path
from typing import Any

import pytest

from backguide.batch.column_map import MapError, read_map
from backguide.batch.inputs import plan_batch
from backguide.batch.spreadsheet import read_rows
from backguide.errors import ExitCode, ProfileError
from backguide.profile.load import profile_from_bytes
from strategies import minimal_profile

MAP = """
[columns]
"Patient No" = "profile_id"
"Age" = "person.age_years"
"Weight" = "person.weight_kg"
"Pain" = "symptoms.has_back_pain"
"Date" = "created_date"
"Bladder" = "red_flags.bladder_change"
"Worse" = "symptoms.aggravators"
"Pool" = "abilities.access_pool_deep"
"Message" = "clinic.physio_message"

[values."symptoms.has_back_pain"]
"ja" = "current"
"k. A." = ""

[values."symptoms.aggravators"]
"nichts" = []
"sitzen" = "sit"

[constants]
mode = "self"
"person.height_cm" = 170
"""
HEADER = "Patient No;Age;Weight;Pain;Date;Bladder;Worse;Pool;Message\n"


@pytest.fixture
def rows(tmp_path: Path) -> Any:
    def call(text: str | bytes, more: str = "", header: str = HEADER) -> Any:
        (tmp_path / "map.toml").write_text(MAP + more, "utf-8")
        content = (header + text).encode() if isinstance(text, str) else text
        (tmp_path / "export.csv").write_bytes(content)
        found = read_rows(tmp_path / "export.csv", read_map(tmp_path / "map.toml"))
        return [(r.number, json.loads(r.content), r.problems) for r in found]

    return call


def cell(rows: Any, column: str, text: str, more: str = "") -> Any:
    """Return what one cell becomes: a value, None, or the finding's code."""
    names = HEADER.strip().split(";")
    cells = [text if name == column else "" for name in names]
    # Another cell keeps the row from being empty.
    if column != "Message":
        cells[-1] = "-"
    ((_, data, problems),) = rows(";".join(cells) + "\n", more)
    if problems:
        (problem,) = problems
        assert f'column "{column}"' in problem.where
        return problem.code
    path = {"Patient No": "profile_id", "Age": "person.age_years",
            "Weight": "person.weight_kg", "Pain": "symptoms.has_back_pain",
            "Date": "created_date", "Bladder": "red_flags.bladder_change",
            "Worse": "symptoms.aggravators", "Pool": "abilities.access_pool_deep",
            "Message": "clinic.physio_message"}[column]  # fmt: skip
    for name in path.split("."):
        data = data.get(name) if data else None
    return data


def test_a_row_becomes_a_profile(rows: Any) -> None:
    ((number, data, problems),) = rows(
        "7;41;70,5;ja;23.11.2026;no;sitzen|bend_forward;WAHR;Hallo\n"
    )
    assert (number, problems) == (2, ())
    assert data == {
        "mode": "self",
        "profile_id": "7",
        "person": {"height_cm": 170, "age_years": 41, "weight_kg": 70.5},
        "symptoms": {
            "has_back_pain": "current",
            "aggravators": ["sit", "bend_forward"],
        },
        "created_date": "2026-11-23",
        "red_flags": {"bladder_change": "no"},
        "abilities": {"access_pool_deep": True},
        "clinic": {"physio_message": "Hallo"},
    }


DECIMAL = '[format]\ndecimal = "{}"\n'


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("Patient No", "0007", "0007"),
        ("Patient No", "1e5", "E_ID_AS_NUMBER"),
        ("Patient No", "1E+05", "E_ID_AS_NUMBER"),
        ("Patient No", "1,23E+11", "E_ID_AS_NUMBER"),
        ("Patient No", "1005.0", "E_ID_AS_NUMBER"),
        ("Patient No", "#REF!", "E_CELL_ERROR"),
        ("Patient No", " p7 ", "p7"),
        ("Weight", "70,5", 70.5),
        ("Weight", "70.5", 70.5),
        ("Weight", "70.0", 70),
        ("Weight", "1.234", "E_DECIMAL"),
        ("Weight", "1,234", "E_DECIMAL"),
        ("Weight", "1.234,5", "1.234,5"),
        ("Weight", "1e2", "E_EXPONENT"),
        ("Weight", "#####", "E_CELL_ERROR"),
        ("Weight", "#DIV/0!", "E_CELL_ERROR"),
        ("Weight", "\u00a070\u00a0", 70),
        ("Weight", "seventy", "seventy"),
        ("Age", "", None),
        ("Date", "2026-11-23", "2026-11-23"),
        ("Date", "2026-11-23 00:00:00", "2026-11-23"),
        ("Date", "3.1.2026", "2026-01-03"),
        ("Date", "23.11.2026 14:35", "2026-11-23"),
        ("Date", "23.11.2026, 14:35:09", "2026-11-23"),
        ("Date", "2026-11-23T14:35:09.123Z", "2026-11-23"),
        ("Date", "2026-11-23 02:35 PM", "2026-11-23"),
        ("Date", "2026-11-23T14:35:09+01:00", "2026-11-23"),
        ("Date", "23.11.2026 25:35", "E_FORMAT"),
        ("Date", "23.11.2026 14", "E_FORMAT"),
        ("Date", "31.02.2026 14:35", "E_FORMAT"),
        ("Date", "31.02.2026", "E_FORMAT"),
        ("Date", "01/02/2026", "E_FORMAT"),
        ("Date", "46349", "E_DATE_AS_NUMBER"),
        ("Date", "23.11.26", "E_FORMAT"),
        ("Pain", "JA", "current"),
        ("Pain", "k. A.", None),
        ("Pain", "Current", "current"),
        ("Bladder", "FALSE", "no"),
        ("Bladder", "Yes", "yes"),
        ("Bladder", "Unknown", "unknown"),
        ("Bladder", "1", "1"),
        ("Bladder", "", None),
        ("Bladder", " ", None),
        ("Bladder", "null", None),
        ("Bladder", "NULL", None),
        ("Weight", "null", None),
        ("Worse", "null", None),
        ("Message", "Null", "Null"),
        ("Worse", "nichts", []),
        ("Worse", "Sit | bend_back", ["sit", "bend_back"]),
        ("Pool", "falsch", False),
        ("Pool", "1", "1"),
        ("Message", "=1+1", "=1+1"),
    ],
)
def test_cells(rows: Any, column: str, text: str, expected: Any) -> None:
    assert cell(rows, column, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("140 lb", 63.5),
        ("11 st 4", 71.7),
        ("70,5 kg", 70.5),
        ("70.5 kilos", 70.5),
        # Not certain: it goes on as it stands, and the schema refuses it.
        ("about 70", "about 70"),
        ("11 st 14", "11 st 14"),
        ("70 km", "70 km"),
    ],
)
def test_a_cell_may_carry_its_unit(rows: Any, text: str, expected: Any) -> None:
    assert cell(rows, "Weight", text) == expected


@pytest.mark.parametrize(
    ("decimal", "text", "expected"),
    [
        ("comma", "1,234", 1.234),
        ("comma", "70.5", "E_DECIMAL"),
        ("point", "1.234", 1.234),
        ("point", "70,5", "E_DECIMAL"),
    ],
)
def test_a_said_decimal_mark_is_kept_to(
    rows: Any, decimal: str, text: str, expected: Any
) -> None:
    assert cell(rows, "Weight", text, DECIMAL.format(decimal)) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("DD/MM/YYYY", "01/02/2026", "2026-02-01"),
        ("MM/DD/YYYY", "01/02/2026", "2026-01-02"),
        ("DD/MM/YYYY", "2026-02-01", "2026-02-01"),
        ("MM/DD/YYYY", "31.12.2026", "E_FORMAT"),
    ],
)
def test_a_said_form_of_days_is_kept_to(
    rows: Any, name: str, text: str, expected: Any
) -> None:
    assert cell(rows, "Date", text, f'[format]\ndate = "{name}"\n') == expected


@pytest.mark.parametrize(
    ("before", "separator"), [("", ";"), ("", ","), ("", "\t"), ("sep=;\r\n", ";")]
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_separators_and_marks(
    rows: Any, before: str, separator: str, mark: bytes
) -> None:
    text = (
        f'Patient No{separator}Message{separator}"Age"\r\n'
        f'p1{separator}"a{separator} ""b""\nc"{separator}40\r\n'
        f"{separator}{separator}\r\n"
        f"p2{separator}{separator}41\r\n"
    )
    wanted = '[columns]\n"Patient No" = "profile_id"\n"Age" = "person.age_years"\n'
    path = Path(rows.__closure__[0].cell_contents)
    (path / "m.toml").write_text(wanted)
    (path / "e.csv").write_bytes(mark + (before + text).encode())
    found = [*read_rows(path / "e.csv", read_map(path / "m.toml"))]
    first = 3 if before else 2
    assert [row.number for row in found] == [first, first + 2]
    assert [json.loads(row.content)["profile_id"] for row in found] == ["p1", "p2"]
    assert not any(row.problems for row in found)


def test_a_row_with_a_cell_too_many_is_refused(rows: Any) -> None:
    ((number, _, (problem,)), (_, _, none)) = rows("a;b\n" + "p2;40;;;;;;;\n")
    assert (number, problem.code, none) == (2, "E_CELLS", ())


@pytest.mark.parametrize(
    "text",
    [b"", HEADER.encode() + b'p1;"40;;;\np2;41\n', HEADER.encode() + b"p1;\xff\n"],
)
def test_a_file_that_cannot_be_read_to_its_end_is_refused(
    rows: Any, text: bytes
) -> None:
    with pytest.raises(ProfileError) as caught:
        rows(text)
    assert caught.value.source == "export.csv"
    assert caught.value.problems[0].code == "E_SOURCE"


def test_another_encoding_can_be_said(rows: Any) -> None:
    text = (HEADER + "p1;;;;;;;;Größe\n").encode("cp1252")
    with pytest.raises(ProfileError, match="CSV UTF-8"):
        rows(text)
    ((_, data, _),) = rows(text, '[format]\nencoding = "cp1252"\n')
    assert data["clinic"]["physio_message"] == "Größe"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "at least one line"),
        ("[columns]\n", "at least one line"),
        ("[columns", "not valid TOML"),
        ('[columns]\nAge = "person.age_year"', 'did you mean "person.age_years"'),
        ("[columns]\nAge = 3", "in quotation marks"),
        ('[columns]\nA = "derived.bmi"', "no field"),
        ('[columns]\nA = "symptoms.function_psfs"', "no field"),
        ('[columns]\nA = "mode"\nB = "mode"', "two columns"),
        ('[columns]\nA = "mode"\n[constants]\nmode = "self"', "a column as well"),
        ('[columns]\nA = "mode"\n[constant]\n', 'did you mean "constants"'),
        ('[columns]\nA = "mode"\n[format]\ndate = "D.M.Y"', "expected one of"),
        ('[columns]\nA = "mode"\n[format]\ndecimals = "comma"', "decimal"),
        ('[columns]\nA = "mode"\n[format]\nlist_separator = ""', "such as"),
        ('[columns]\nA = "mode"\n[values]\nmode = "self"', "expected a table"),
        ('values = 3\n[columns]\nA = "mode"', "expected a table"),
    ],
)
def test_a_map_that_is_wrong(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(text)
    with pytest.raises(MapError, match="(?s)" + words) as caught:
        read_map(tmp_path / "map.toml")
    assert caught.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize("header", ["Patient No;Agee\n", "Patient No;Age;Age\n"])
def test_a_map_that_does_not_fit(header: str, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text('[columns]\n"Age" = "person.age_years"\n')
    (tmp_path / "e.csv").write_text(header + "1;2\n")
    with pytest.raises(MapError, match='column "Age"'):
        [*read_rows(tmp_path / "e.csv", read_map(tmp_path / "m.toml"))]


# --- a whole export ----------------------------------------------------------


def flat(data: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in data.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def test_findings_name_file_row_and_column(tmp_path: Path) -> None:
    facts = flat(minimal_profile())
    head = [*facts, "profile_id"]
    good = ["|".join(v) if isinstance(v, list) else str(v) for v in facts.values()]
    places = {name: number for number, name in enumerate(head)}

    def line(id_: str, **changes: str) -> str:
        cells = [*good, id_]
        for name, value in changes.items():
            cells[places[name.replace("__", ".")]] = value
        return ";".join(cells)

    (tmp_path / "e.csv").write_text(
        "\n".join(
            [
                ";".join(f"Col {name}" for name in head),
                line("p1"),
                line("p2", person__age_years="4,0e1"),
                line("p3", person__age_years="400"),
                line("p4", red_flags__saddle_numb="maybe"),
                line("p1"),
                line("p5", symptoms__nrs_now="3,0"),
            ]
        )
    )
    lines = "\n".join(f'"Col {name}" = "{name}"' for name in head)
    values = '[values]\n"symptoms.aggravators" = {"none" = []}\n'
    empty = '[constants]\n"symptoms.easers" = []\n"symptoms.aggravators" = []\n'
    lines = "\n".join(
        row
        for row in lines.split("\n")
        if "aggravators" not in row and "easers" not in row
    )
    (tmp_path / "m.toml").write_text(f"[columns]\n{lines}\n{values}{empty}")
    plan = plan_batch(tmp_path / "e.csv", columns=read_map(tmp_path / "m.toml"))
    told: dict[str, list[str]] = {}
    for entry in plan.entries:
        problems = entry.problems
        if not problems:
            try:
                profile_from_bytes(entry.read(), entry.label)
            except ProfileError as error:
                problems = error.problems
        told[entry.label.partition(" #")[0]] = [
            str(plan.told(problem)) for problem in problems
        ]
    assert list(told) == [f"row {n}" for n in range(2, 8)]
    assert "the same id is also in row 6" in told["row 2"][0]
    assert told["row 3"][0].startswith('column "Col person.age_years"')
    assert told["row 4"][0].startswith(
        'column "Col person.age_years" (person.age_years): expected'
    )
    assert told["row 5"][0].startswith('column "Col red_flags.saddle_numb"')
    assert "maybe" not in told["row 5"][0]
    assert told["row 7"] == []


# --- how an export is written ---------------------------------------------------


SAMPLE = Path(__file__).parents[2] / "docs"


def sample(tmp_path: Path, *, csv: Any = None, map_: Any = None) -> Any:
    """Return the plan of the sample of the docs, changed."""
    text = (SAMPLE / "export.csv").read_text("utf-8")
    table = (SAMPLE / "export-map.toml").read_text("utf-8")
    (tmp_path / "e.csv").write_text(csv(text) if csv else text, "utf-8")
    (tmp_path / "m.toml").write_text(map_(table) if map_ else table, "utf-8")
    return plan_batch(tmp_path / "e.csv", columns=read_map(tmp_path / "m.toml"))


@pytest.mark.parametrize("word", ["", "  ", "null", "NULL"])
def test_a_safety_cell_that_says_nothing_is_not_answered(
    word: str, tmp_path: Path
) -> None:
    """A blank safety cell was refused; the sample map says that it is not answered."""
    heads = (SAMPLE / "export.csv").read_text("utf-8").splitlines()[0].split(";")
    place = heads.index("Numbness between the legs")

    def emptied(text: str) -> str:
        head, first, *rest = text.splitlines()
        cells = first.split(";")
        cells[place] = word
        return "\n".join([head, ";".join(cells), *rest])

    plan = sample(tmp_path, csv=emptied)
    profile = profile_from_bytes(plan.entries[0].read(), "x")
    assert not plan.entries[0].problems
    assert profile.get("red_flags.saddle_numb") is None
    assert profile.get("red_flags.bladder_change") == "no"


@pytest.mark.parametrize("other", [",", "\t"])
def test_a_wrong_separator_is_one_line(other: str, tmp_path: Path) -> None:
    """It gave 55 lines, one for each column of the map."""
    name = {",": "comma", "\t": "tab"}[other]
    with pytest.raises(MapError) as caught:
        sample(tmp_path, csv=lambda text: text.replace(",", ".").replace(";", other))
    (problem,) = caught.value.problems
    assert problem.where == "format.separator"
    assert f'separator = "{name}"' in problem.hint


def test_a_wrong_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MapError) as caught:
        sample(tmp_path, csv=lambda _: "Name;Town\nA;B\n")
    (problem,) = caught.value.problems
    assert "none of the" in problem.message


@pytest.mark.parametrize("said", ["cp1252", "latin-1"])
def test_utf8_under_another_name_is_refused(said: str, rows: Any) -> None:
    """A name with an umlaut printed as two other letters, exit 0."""
    more = f'[format]\nencoding = "{said}"\n'
    for name in (
        "J\u00fcrgen",
        "Zo\u00eb",
        "\u0141ukasz",
        "O\u2019Brien",
        "\u00c1gnes",
    ):
        content = (HEADER + f"p1;;;;;;;;{name}\n").encode()
        for mark in (b"", b"\xef\xbb\xbf"):
            with pytest.raises(ProfileError) as caught:
                rows(mark + content, more)
            assert 'encoding = "utf-8"' in caught.value.problems[0].hint
    plain = (HEADER + "p1;;;;;;;;Jurgen\n").encode()
    assert rows(plain, more)[0][2] == ()
    latin = (HEADER + "p1;;;;;;;;J\u00fcrgen Gro\u00df\n").encode(said)
    assert (
        rows(latin, more)[0][1]["clinic"]["physio_message"] == "J\u00fcrgen Gro\u00df"
    )


def test_letters_that_were_spoiled_before_are_told_by_row_and_column(rows: Any) -> None:
    for name in ("J\u00fcrgen", "Zo\u00eb", "O\u2019Brien"):
        spoiled = name.encode().decode("cp1252")
        assert cell(rows, "Message", spoiled) == "E_CODING"
        assert cell(rows, "Message", name) == name
    # One file put together of two: the good part is cp1252, the other is not.
    content = HEADER.encode() + b"p1;;;;;;;;Gr\xfc\xdfe\np2;;;;;;;;J\xc3\xbcrgen\n"
    found = rows(content, '[format]\nencoding = "cp1252"\n')
    assert [[p.code for p in problems] for _, _, problems in found] == [
        [],
        ["E_CODING"],
    ]


def test_unicode_text_of_a_spreadsheet_is_told(rows: Any) -> None:
    with pytest.raises(ProfileError, match="UTF-16"):
        rows((HEADER + "p1;;;;;;;;x\n").encode("utf-16"))


TICKS = """
[columns]
"Patient No" = "profile_id"
[choices."symptoms.site"]
"Site: low back" = "central_low"
"Site: buttock" = "buttock_l"
"""


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("x;", ["central_low"]),
        ("1;0", ["central_low"]),
        ("yes;no", ["central_low"]),
        ("X;\u2713", ["central_low", "buttock_l"]),
        (";Site: buttock", ["buttock_l"]),
        ("FALSE;buttock_l", ["buttock_l"]),
        ("0;0", []),
        ("0;", []),
        (";", None),
        ("null;NULL", None),
        ("maybe;x", "E_CHOICE"),
    ],
)
def test_a_list_may_have_a_column_for_each_choice(
    cells: str, expected: Any, tmp_path: Path
) -> None:
    """Exports with one column for each choice could not be read at all."""
    (tmp_path / "m.toml").write_text(TICKS)
    text = f"Patient No;Site: low back;Site: buttock\np1;{cells}\n"
    (tmp_path / "e.csv").write_text(text)
    columns = read_map(tmp_path / "m.toml")
    (row,) = read_rows(tmp_path / "e.csv", columns)
    if expected == "E_CHOICE":
        (problem,) = row.problems
        assert problem.code == "E_CHOICE"
        assert 'column "Site: low back"' in problem.where
    else:
        assert row.problems == ()
        told = json.loads(row.content).get("symptoms", {}).get("site")
        assert told == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[choices."symptoms.site"]\nA = "central_lwo"', "central_low"),
        ('[choices."symptoms.site"]', "with a line for each"),
        ('[choices."symptoms.sit"]\nA = "x"', "no field"),
        ('[choices."person.age_years"]\nA = "x"', "only a list"),
        ("[choices]\nA = 3", "no field"),
        ('choices = 3\n[columns]\nA = "mode"', "expected a table"),
        (
            '[columns]\nA = "symptoms.site"\n[choices."symptoms.site"]\nB = "groin"',
            "column of its own",
        ),
    ],
)
def test_choices_that_are_wrong(text: str, words: str, tmp_path: Path) -> None:
    head = "" if "[columns]" in text else '[columns]\nA = "mode"\n'
    (tmp_path / "m.toml").write_text(head + text)
    with pytest.raises(MapError, match="(?s)" + words):
        read_map(tmp_path / "m.toml")

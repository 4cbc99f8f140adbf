"""The proposed map: right where it speaks, silent where it cannot know."""

import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from backguide.batch.column_map import ColumnMap, cell_fields, read_map
from backguide.batch.propose import is_safety, map_text, propose, read_table
from backguide.batch.spreadsheet import read_rows
from backguide.cli import main
from backguide.errors import ExitCode
from backguide.profile.blank import asked

ROOT = Path(__file__).parents[2]


def run(*arguments: object, answer: str = "") -> Result:
    result = CliRunner().invoke(main, ["columns", *map(str, arguments)], input=answer)
    assert "E_INTERNAL" not in result.stderr
    return result


def mapped(
    folder: Path, text: str, *, with_safety: bool = False, coding: str = "utf-8"
) -> tuple[ColumnMap, str]:
    """Return the map that is proposed for a CSV, read back, and its text."""
    path = folder / "t.csv"
    path.write_bytes(text.encode(coding))
    table = read_table(path)
    written = map_text(table, propose(table, with_safety=with_safety))
    (folder / "map.toml").write_text(written, "utf-8")
    return read_map(folder / "map.toml"), written


# --- separators, preambles, codings ---------------------------------------------

BODY = "Age{0}Pain now{0}Stress\n40{0}3{0}5\n41{0}4{0}6\n"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("above", ["", "Our clinic\nMonday; all rooms\n\n"])
def test_the_separator_of_nearly_all_rows(
    separator: str, above: str, tmp_path: Path
) -> None:
    columns, _ = mapped(tmp_path, above + BODY.format(separator))
    assert columns.separator == separator
    assert columns.head_row == (1 if not above else 4)
    rows = list(read_rows(tmp_path / "t.csv", columns))
    assert len(rows) == 2
    assert b'"age_years": 40' in rows[0].content


def test_a_line_that_names_the_separator(tmp_path: Path) -> None:
    columns, _ = mapped(tmp_path, "sep=;\n" + BODY.format(";"))
    assert columns.columns["Age"] == "person.age_years"
    assert len(list(read_rows(tmp_path / "t.csv", columns))) == 2


def test_one_column_alone(tmp_path: Path) -> None:
    columns, _ = mapped(tmp_path, "Age\n40\n41\n")
    assert columns.columns == {"Age": "person.age_years"}


def test_commas_inside_of_cells(tmp_path: Path) -> None:
    text = 'Age;Goal\n40;"a, b, c"\n41;"d, e, f"\n'
    assert mapped(tmp_path, text)[0].separator == ";"


def test_letters_of_windows(tmp_path: Path) -> None:
    columns, _ = mapped(tmp_path, "Age;Größe\n40;ä\n", coding="cp1252")
    assert columns.encoding == "cp1252"


# --- what columns mean ----------------------------------------------------------


def test_names_in_several_forms(tmp_path: Path) -> None:
    text = "Age,PAIN NOW,running.hills,cadence_spm,Pain  now (0-10)x,Colour of shoes\n"
    columns, written = mapped(tmp_path, text + "40,3,flat,168,1,red\n")
    assert columns.columns["Age"] == "person.age_years"
    assert columns.columns["PAIN NOW"] == "symptoms.nrs_now"
    assert columns.columns["running.hills"] == "running.hills"
    assert columns.columns["cadence_spm"] == "running.cadence_spm"
    assert '# not placed: "Colour of shoes"' in written


def test_a_head_that_stands_twice_is_not_placed(tmp_path: Path) -> None:
    columns, written = mapped(tmp_path, "Age,Pain now,Age\n40,3,41\n")
    assert "Age" not in columns.columns
    assert "twice" in written


def test_a_name_of_two_fields_is_not_placed(tmp_path: Path) -> None:
    """Diabetes stands among the warning signs and among the diagnoses."""
    columns, _ = mapped(tmp_path, "Age,Diabetes\n40,no\n", with_safety=True)
    assert "Diabetes" not in columns.columns


@pytest.mark.parametrize(
    "heads",
    [
        ("Place of the pain: the left buttock", "Place of the pain: groin"),
        ("site (choice=the left buttock)", "site (choice=groin)"),
        ("site___buttock_l", "site___groin"),
    ],
)
def test_a_column_for_each_choice(heads: tuple[str, str], tmp_path: Path) -> None:
    columns, _ = mapped(tmp_path, f"Age,{heads[0]},{heads[1]}\n40,1,0\n41,0,0\n")
    assert columns.choices["symptoms.site"][heads[0]] == "buttock_l"
    rows = list(read_rows(tmp_path / "t.csv", columns))
    assert b'"site": ["buttock_l"]' in rows[0].content
    assert b'"site": []' in rows[1].content


def test_answers_by_their_words(tmp_path: Path) -> None:
    text = "Age,Hills,Smoker\n40,Some hills,Y\n41,flat runs,no\n42,steep,maybe\n"
    columns, written = mapped(tmp_path, text)
    assert columns.values["running.hills"] == {
        "some hills": "some",
        "flat runs": "flat",
    }
    assert '# "steep" = ""' in written
    assert '# "maybe" = ""' in written


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("25/12/2026", "01/02/2026"), "DD/MM/YYYY"),
        (("12/25/2026", "01/02/2026"), "MM/DD/YYYY"),
        (("25.12.2026 14:35", "01.02.2026"), "DD.MM.YYYY"),
        (("2026-12-25T14:35:00Z", "2026-02-01"), ""),
        (("01/02/2026", "03/04/2026"), ""),
        (("25/12/2026", "12/25/2026"), ""),
    ],
)
def test_how_days_are_written(
    cells: tuple[str, str], expected: str, tmp_path: Path
) -> None:
    rows = "".join(f"{cell},40\n" for cell in cells)
    columns, written = mapped(tmp_path, f"Date of the answers,Age\n{rows}")
    assert columns.date == expected
    is_open = "/" in cells[0] and not expected
    assert ("# Note: days" in written) is is_open


@pytest.mark.parametrize(
    ("head", "path", "unit"),
    [
        ("Distance per week (miles)", "running.weekly_distance_km", "mi"),
        ("Distance per week [mi]", "running.weekly_distance_km", "mi"),
        ("Distance per week (km)", "running.weekly_distance_km", ""),
        ("Usual pace (min/mile)", "running.typical_pace_min_per_km", "/mi"),
        ("Usual pace (min/km)", "running.typical_pace_min_per_km", "/km"),
        ("Age (years)", "person.age_years", ""),
    ],
)
def test_units_in_heads(head: str, path: str, unit: str, tmp_path: Path) -> None:
    columns, _ = mapped(tmp_path, f"{head},Hills\n6,flat\n")
    assert columns.columns[head] == path
    assert columns.units.get(path, "") == unit


# --- safety ---------------------------------------------------------------------

SAFETY = "Age,Bladder change,Fever or chills\n40,no,Y\n41,yes,no\n"


def test_a_safety_question_is_never_mapped_by_itself(tmp_path: Path) -> None:
    """Nor one whose name is only near, nor by its path, nor by its question."""
    heads = [p for p in cell_fields() if is_safety(p)]
    assert len(heads) > 40
    names = [name for p in heads for name in (p, cell_fields()[p].title)]
    names += [f"{cell_fields()[p].title}s" for p in heads]
    for text in (SAFETY, ",".join(["Age", *(f'"{n}"' for n in names)]) + "\n"):
        columns, _ = mapped(tmp_path, text)
        assert not [p for p in columns.columns.values() if is_safety(p)]
        assert not [p for p in columns.choices if is_safety(p)]
        assert not [p for p, words in columns.values.items() if words and is_safety(p)]


def test_the_author_may_say_yes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(SAFETY, "utf-8")
    for name, answer, expected in (
        ("no.toml", "\n", False),
        ("yes.toml", "y\n", True),
    ):
        result = run("map", path, "-o", tmp_path / name, answer=answer)
        assert result.exit_code == ExitCode.DONE
        assert "look like safety questions" in result.stderr
        paths = read_map(tmp_path / name).columns.values()
        assert ("red_flags.bladder_change" in paths) is expected
    run("map", path, "-o", tmp_path / "flag.toml", "--safety")
    columns = read_map(tmp_path / "flag.toml")
    assert "red_flags.fever_chills" in columns.columns.values()
    assert not columns.values.get("red_flags.fever_chills")
    assert '# "Y" = ""' in (tmp_path / "flag.toml").read_text("utf-8")


# --- the commands ---------------------------------------------------------------


def test_our_own_table_is_mapped_whole(tmp_path: Path) -> None:
    table, text = tmp_path / "answers.csv", tmp_path / "map.toml"
    assert run("new", "-o", table).exit_code == ExitCode.DONE
    assert run("map", table, "-o", text, "--safety").exit_code == ExitCode.DONE
    columns = read_map(text)
    placed = {*columns.columns.values(), *columns.choices}
    wanted = {path for path in asked("clinic") if cell_fields()[path].kind != "list"}
    assert placed == wanted
    assert "not placed" not in text.read_text("utf-8")
    heads, words = csv.reader(io.StringIO(table.read_text("utf-8-sig")))
    assert len(heads) == len(set(heads)) == len(words)
    assert list(read_rows(table, columns)) == []
    place = heads.index("Pain now")
    row = ["" for _ in heads]
    row[0], row[place] = "p1", "3"
    with table.open("a", encoding="utf-8") as file:
        file.write(",".join(row) + "\n")
    (found,) = read_rows(table, columns)
    assert b'"nrs_now": 3' in found.content
    assert b'"profile_id": "p1"' in found.content


def test_the_table_of_the_manual(tmp_path: Path) -> None:
    """The map in docs/ was written by hand; the proposal agrees where it speaks."""
    written = read_map(ROOT / "docs" / "export-map.toml")
    run("map", ROOT / "docs" / "export.csv", "-o", tmp_path / "m.toml", "--safety")
    proposed = read_map(tmp_path / "m.toml")
    assert len(proposed.columns) > 40
    for head, path in proposed.columns.items():
        assert written.columns[head] == path
    assert (proposed.separator, proposed.decimal, proposed.date) == (
        written.separator, written.decimal, written.date,
    )  # fmt: skip


def test_a_sheet_is_mapped_and_its_notes_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Our clinic"], ["Age", "Pain now"], [40, 3]):
        book.active.append(row)  # type: ignore[union-attr]
    book.active.row_dimensions[3].hidden = True  # type: ignore[union-attr]
    path = tmp_path / "t.xlsx"
    book.save(path)
    result = run("map", path, "-o", tmp_path / "m.toml")
    assert "hidden or filtered row" in result.stderr
    columns = read_map(tmp_path / "m.toml")
    assert columns.head_row == 2
    (row,) = read_rows(path, columns)
    assert re.search(rb'"age_years": 40', row.content)


ODD = ('"', 'a"b', "x\ny", "\t", "\\\\", "#", "[a]", "=", "\u2028", "\x7f", "\x1b[2J",
       "\U0001f600", "\u202e", "a.b", "'", "  ", "e" * 300, "Age", "Age")  # fmt: skip


def test_odd_heads_make_a_sound_map_and_plain_talk(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    content = io.StringIO(newline="")
    csv.writer(content).writerows([[*ODD, "Pain now"], ["1"] * (len(ODD) + 1)])
    path.write_text(content.getvalue(), "utf-8")
    result = run("map", path, "-o", tmp_path / "m.toml")
    assert read_map(tmp_path / "m.toml").columns == {"Pain now": "symptoms.nrs_now"}
    for sign in ("\x1b", "\u202e", "\u2028", "e" * 61):
        assert sign not in result.stderr


def test_more_columns_than_any_table_has(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(",".join(map(str, range(5001))) + "\n", "utf-8")
    result = run("map", path, "-o", tmp_path / "m.toml")
    assert result.exit_code == ExitCode.PROFILE_INVALID
    assert "more than 5,000 columns" in result.stderr


def test_nothing_of_the_rows_is_repeated_in_talk(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Age,Hills,Name\n40,Zaphod,Zaphod\n", "utf-8")
    result = run("map", path, "-o", tmp_path / "m.toml")
    assert "Zaphod" not in result.stderr

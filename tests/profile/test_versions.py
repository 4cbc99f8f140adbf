"""Versions of the profile format: what is new counts as open, what is gone is taken."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from backguide.cli import main
from backguide.errors import ExitCode, ProfileError
from backguide.profile import facts as facts_module
from backguide.profile import load as load_module
from backguide.profile.facts import history, known_facts
from backguide.profile.load import profile_from_bytes
from backguide.profile.versions import NEW, RETIRED, History
from backguide.schemas import Judge
from strategies import SCHEMA, as_bytes, minimal_profile

ROOT = Path(__file__).parents[2]
SAMPLES = [*(ROOT / "profiles").glob("*.json")]
PERSONAS = [*(ROOT / "tests" / "data" / "personas").glob("*.json")]
VALID = [*(ROOT / "tests" / "data" / "profiles" / "valid").glob("*.json")]
VERSIONS = history().versions
LATER = {path: fact for path, fact in known_facts().items() if fact.since}
DEMANDED = sorted(history().demanded_later())


def as_of(version: str, **facts: Any) -> dict[str, Any]:
    """Return the smallest profile of a version, without what came after it."""
    newer = {
        path: ... for path, f in LATER.items() if history().came_after(f.since, version)
    }
    return minimal_profile(**(newer | {"schema_version": version} | facts))


def told(profile: dict[str, Any]) -> set[tuple[str, str]]:
    loaded = profile_from_bytes(as_bytes(profile), "p.json")
    return {(notice.where, notice.code) for notice in loaded.notices}


# --- the marks in the schema --------------------------------------------------


def test_the_versions_are_told_oldest_first() -> None:
    numbers = [tuple(map(int, version.split("."))) for version in VERSIONS]
    assert numbers == sorted(set(numbers))
    assert len(numbers) >= 2


def test_there_is_something_new_and_it_names_a_version() -> None:
    assert "red_flags.constant_deep_pain" in DEMANDED
    assert all(fact.since in VERSIONS[1:] for fact in LATER.values())
    assert set(DEMANDED) <= set(LATER)


@pytest.mark.parametrize("path", DEMANDED)
def test_a_later_question_is_demanded_from_its_version_on(path: str) -> None:
    group, _, name = path.rpartition(".")
    since = VERSIONS.index(LATER[path].since)
    assert name not in SCHEMA["properties"][group]["required"]
    for place, version in enumerate(VERSIONS):
        profile = as_of(version, **{path: ...})
        if place < since:
            assert (path, NEW) in told(profile)
        else:
            with pytest.raises(ProfileError) as error:
                profile_from_bytes(as_bytes(profile), "p.json")
            assert [(p.where, p.code) for p in error.value.problems] == [
                (path, "E_MISSING")
            ]


# --- a question that is new ---------------------------------------------------


@pytest.mark.parametrize("path", sorted(LATER))
@pytest.mark.parametrize("given", [..., None])
def test_a_new_question_is_open_in_an_older_profile_and_told(
    path: str, given: None
) -> None:
    """A question added later stays open in the answers of the version before."""
    older = as_of(VERSIONS[0], **{path: given})
    assert profile_from_bytes(as_bytes(older), "p.json").get(path) is None
    assert (path, NEW) in told(older)
    answered = as_of(VERSIONS[0], **{path: "no"})
    assert (path, NEW) not in told(answered)
    assert profile_from_bytes(as_bytes(answered), "p.json").get(path) == "no"


def test_a_profile_of_the_newest_version_is_told_nothing_new() -> None:
    assert told(minimal_profile(schema_version=VERSIONS[-1])) == set()


@pytest.mark.parametrize("path", [*SAMPLES, *PERSONAS], ids=lambda path: path.stem)
def test_every_sample_follows_the_newest_version(path: Path) -> None:
    profile = json.loads(path.read_text("utf-8"))
    assert profile["schema_version"] == VERSIONS[-1]
    for question in DEMANDED:
        group, _, name = question.rpartition(".")
        assert profile[group][name] in ("yes", "no")


def test_profiles_of_every_version_are_among_the_valid_ones() -> None:
    found = {json.loads(p.read_text("utf-8-sig"))["schema_version"] for p in VALID}
    assert found == set(VERSIONS)


def test_check_tells_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_bytes(as_bytes(as_of(VERSIONS[0])))
    result = CliRunner().invoke(main, ["check", str(path)])
    assert result.exit_code == ExitCode.DONE
    fact = known_facts()["red_flags.constant_deep_pain"]
    assert f"new since version {fact.since}" in result.stderr
    assert fact.question in result.stderr
    listed = CliRunner().invoke(main, ["check", "--json", str(path)])
    (record,) = json.loads(listed.stdout)
    assert record["valid"] is True
    assert fact.path in [notice["field"] for notice in record["notices"]]


def test_make_tells_what_is_new(tmp_path: Path) -> None:
    path, out = tmp_path / "old.json", tmp_path / "old.pdf"
    path.write_bytes(as_bytes(as_of(VERSIONS[0])))
    result = CliRunner().invoke(main, ["make", str(path), "-o", str(out)])
    assert result.exit_code == ExitCode.DONE
    assert "red_flags.constant_deep_pain): new since version" in result.stderr
    json_told = CliRunner().invoke(main, ["make", str(path), "-o", str(out), "--json"])
    record = json.loads(json_told.stderr)
    assert "red_flags.constant_deep_pain" in [n["field"] for n in record["notices"]]


# --- a question that is gone --------------------------------------------------


@pytest.fixture
def retired(monkeypatch: pytest.MonkeyPatch) -> str:
    """Retire one optional answer of a copy of the schema; return its path."""
    schema = copy.deepcopy(dict(SCHEMA))
    schema["properties"]["person"]["properties"]["gender_pronoun"] = {
        "title": "Pronoun",
        "description": "Not read any more.",
        "deprecated": True,
        "x-retired": VERSIONS[-1],
        "x-retired-why": "no text ever used it",
    }
    caches = (facts_module.schema, facts_module.history, facts_module.known_facts,
              load_module._judge, load_module._field_names)  # fmt: skip
    for cache in caches:
        cache.cache_clear()
    text = json.dumps(schema)
    monkeypatch.setattr(facts_module, "schema_text", lambda: text)
    yield "person.gender_pronoun"
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("value", ["she", "", 7, None, ["a", {"b": 1}], "a\u202eb"])
def test_a_retired_answer_is_taken_told_and_dropped(
    retired: str, version: str, value: object
) -> None:
    """An answer that nothing reads any more is no error, whatever it says."""
    assert retired not in known_facts()
    profile = as_of(version, **{retired: value})
    loaded = profile_from_bytes(as_bytes(profile), "p.json")
    assert (retired, RETIRED) in {(n.where, n.code) for n in loaded.notices}
    (notice,) = [n for n in loaded.notices if n.where == retired]
    assert "no longer used" in str(notice)
    assert "no text ever used it" in str(notice)
    assert "gender_pronoun" not in loaded.data["person"]
    plain = profile_from_bytes(as_bytes(as_of(version)), "p.json")
    assert loaded.sha256 == plain.sha256
    assert loaded.facts == plain.facts


def test_the_schema_alone_takes_a_retired_answer_too(retired: str) -> None:
    profile = as_of(VERSIONS[0], **{retired: {"any": "thing"}})
    schema = dict(facts_module.schema())
    assert Draft202012Validator(schema).is_valid(profile)
    assert Judge(schema).find_problems(profile) == ()


def test_a_retired_column_of_a_csv_is_left_out_and_kept_apart(
    retired: str, tmp_path: Path
) -> None:
    from backguide.batch import column_map

    column_map.cell_fields.cache_clear()
    path = tmp_path / "map.toml"
    path.write_text(
        f'[columns]\n"Age" = "person.age_years"\n"Words" = "{retired}"\n', "utf-8"
    )
    read = column_map.read_map(path)
    assert read.columns == {"Age": "person.age_years"}
    assert read.retired == {"Words": retired}


def test_every_retired_field_says_since_when_and_why() -> None:
    properties = SCHEMA["properties"]
    for path in history().retired:
        group, _, name = path.rpartition(".")
        spec = (properties[group]["properties"] if group else properties)[name]
        assert spec["x-retired"] in VERSIONS[1:]
        assert spec["x-retired-why"]
        assert spec["deprecated"] is True
        # No rule is left: older profiles hold whatever was right in their day.
        assert set(spec) == {
            "title", "description", "deprecated", "x-retired", "x-retired-why",
        }  # fmt: skip


def test_a_version_that_nobody_knows_makes_nothing_new() -> None:
    known = History(SCHEMA)
    assert not known.came_after(VERSIONS[-1], "9.9")
    assert not known.came_after("", VERSIONS[0])
    assert not known.came_after(VERSIONS[0], VERSIONS[0])
    assert known.came_after(VERSIONS[-1], VERSIONS[0])

"""The gate is only worth its green if it turns red: each spoiled file is caught."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pdf import mutations as m
from pdf.cases import good_case, made
from pdf.verapdf import gate
from pdf.verapdf.gate import Failure, GateBroken, GateMissing

MUTATIONS: dict[str, tuple[m.Change, str]] = {
    # what is spoiled: how, and a rule that must be named (flavour clause)
    "no language": (m.without("/Lang"), "ua1 7.2"),
    "no MarkInfo": (m.without("/MarkInfo"), "ua1 6.2"),
    "not marked": (m.without("/MarkInfo", "/Marked"), "2a 6.7.2.2"),
    "no structure tree": (m.without("/StructTreeRoot"), "ua1 7.1"),
    "no title bar": (m.without("/ViewerPreferences"), "ua1 7.1"),
    "no metadata": (m.without("/Metadata"), "ua1 7.1"),
    "no output intent": (m.without("/OutputIntents"), "2a 6.2.4.3"),
    "no PDF/UA mark": (
        lambda pdf: m.edit_metadata(pdf, rb"<pdfuaid:part>1</pdfuaid:part>"),
        "ua1 5",
    ),
    "no PDF/A mark": (
        lambda pdf: m.edit_metadata(pdf, rb"<pdfaid:part>2</pdfaid:part>"),
        "2a 6.6.4",
    ),
    "no extension schema": (
        lambda pdf: m.edit_metadata(pdf, rb"<(pdfaExtension:schemas)>.*</\1>"),
        "2a 6.6.2.3.1",
    ),
    "no title": (
        lambda pdf: m.edit_metadata(pdf, rb"<dc:title>.*</dc:title>"), "ua1 7.1"
    ),
    "figure without alt": (m.figure(alt=False), "ua1 7.3"),
    "TH without Scope": (m.no_scope, "ua1 7.5"),
    "short row": (m.short_row, "ua1 7.2"),
    "LI outside L": (m.set_tag("L", "Sect"), "ua1 7.2"),
    "TR outside Table": (m.set_tag("Table", "Sect"), "ua1 7.2"),
    "skipped heading": (m.skipped_heading, "ua1 7.4.2"),
    "unknown tag": (m.set_tag("P", "Banana"), "ua1 7.1"),
    "circular role": (m.illegal_role, "ua1 7.1"),
    "loose text": (m.loose_text, "ua1 7.1"),
    "artifact in a tag": (m.nested_artifact, "ua1 7.1"),
    "tag in an artifact": (m.tagged_in_artifact, "ua1 7.1"),
    "no parent tree": (m.without("/StructTreeRoot", "/ParentTree"), "ua1 7.1"),
    "font not embedded": (m.no_embedding, "ua1 7.21.4.1"),
    "no ToUnicode": (m.no_unicode, "ua1 7.21.7"),
    "wrong widths": (m.wrong_widths, "ua1 7.21.5"),
    "missing glyph": (m.missing_glyph, "ua1 7.21.7"),
    "link not tagged": (m.add_link(contents=True, is_tagged=False), "ua1 7.18.5"),
    "link without contents": (m.add_link(contents=False, is_tagged=True), "ua1 7.18.5"),
    "JavaScript": (m.add_javascript, "2a 6.5.1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def failures(
    validate: Callable[..., dict[Path, list[Failure]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, list[Failure]]:
    """What veraPDF finds in each spoiled file; all in one run of it."""
    folder = tmp_path_factory.mktemp("spoiled")
    good = made(good_case()).pdf
    spoiled = {name: m.changed(good, change) for name, (change, _) in MUTATIONS.items()}
    spoiled["saved again"] = m.changed(good, lambda pdf: None)
    spoiled["good"] = good
    spoiled["broken length"] = m.broken_length(good)
    spoiled["half a file"] = good[: len(good) // 2]
    spoiled["no PDF"] = b"not a PDF at all"
    names = {}
    for number, (name, content) in enumerate(spoiled.items()):
        path = folder / f"{number}.pdf"
        path.write_bytes(content)
        names[path] = name
    return {names[path]: found for path, found in validate(names).items()}


@pytest.mark.parametrize("name", ["good", "saved again"])
def test_a_good_file_passes(name: str, failures: dict[str, list[Failure]]) -> None:
    assert failures[name] == []


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_spoiled_file_is_caught(
    name: str, failures: dict[str, list[Failure]]
) -> None:
    expected = MUTATIONS[name][1]
    rules = [f"{f.flavour} {f.rule.rpartition('-')[0]}" for f in failures[name]]
    assert expected in rules


def test_a_stream_without_line_end_is_caught(
    failures: dict[str, list[Failure]],
) -> None:
    assert "6.1.7.1-2" in [failure.rule for failure in failures["broken length"]]


@pytest.mark.parametrize("name", ["half a file", "no PDF"])
def test_an_unreadable_file_is_caught(
    name: str, failures: dict[str, list[Failure]]
) -> None:
    assert failures[name]


# --- the gate itself --------------------------------------------------------------

RULES = "RULES\tua1\t106\n"
CHECKED = "CHECKED\t/a.pdf\tua1\t19000\n"


@pytest.mark.parametrize(
    "report",
    [
        pytest.param("", id="empty"),
        pytest.param(RULES + CHECKED, id="no end"),
        pytest.param("RULES\tua1\t0\n" + CHECKED + "END\t1\n", id="no rules"),
        pytest.param(CHECKED + "END\t1\n", id="rules not told"),
        pytest.param(RULES + "END\t0\n", id="no file"),
        pytest.param(RULES + "CHECKED\t/a.pdf\tua1\t0\nEND\t1\n", id="no checks"),
    ],
)
def test_an_empty_report_is_no_pass(report: str) -> None:
    with pytest.raises(GateBroken):
        gate._read_report(report, [Path("/a.pdf")], ["ua1"])


def test_a_whole_report_is_read() -> None:
    line = "FAILED\t/a.pdf\tua1\t7.1-3\t2\troot/page\tContent is not tagged\n"
    report = RULES + CHECKED + line + "END\t1\n"
    (found,) = gate._read_report(report, [Path("/a.pdf")], ["ua1"])[Path("/a.pdf")]
    assert str(found) == "ua1 7.1-3 x2: Content is not tagged [root/page]"


def test_no_file_is_no_pass() -> None:
    with pytest.raises(GateBroken, match="no file"):
        gate.validate([])


def test_an_unknown_flavour_is_no_pass(
    validate: Callable[..., dict[Path, list[Failure]]], tmp_path: Path
) -> None:
    with pytest.raises(GateBroken):
        validate([tmp_path / "a.pdf"], ["ua9"])


def test_a_missing_java_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GateMissing, match="java is not installed"):
        gate.prepare()

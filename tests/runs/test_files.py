"""Folders, archives, and files that mean harm: small ones, with low limits."""

import io
import zipfile
from datetime import date
from pathlib import Path
from random import Random

import pytest

from backguide.runs.files import read_runs
from backguide.runs.summary import summarise
from backguide.unpacking import Limits
from runs.watch import (
    apple,
    apple_workout,
    diary_of,
    fit,
    gpx,
    gpx_point,
    gpx_track,
    gzipped,
    session,
    tcx,
    tcx_activity,
    tcx_lap,
    zipped,
)

RUN = fit(session(km=8.2))
TCX = tcx(tcx_activity(tcx_lap(km=5, seconds=1800)))


# --- where files lie ------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        RUN,
        gzipped(RUN),
        zipped({"activities/1.fit.gz": gzipped(RUN), "media/a.jpg": b"x"}),
        zipped({"DI_CONNECT/UploadedFiles_0.zip": zipped({"1.fit": RUN})}),
        zipped({"1.fit": RUN}, zipfile.ZIP_STORED),
        zipped({"__MACOSX/._1.fit": b"x", "._1.fit": b"x", "1.FIT": RUN}),
    ],
)
def test_a_run_is_found_wherever_it_lies(content: bytes, tmp_path: Path) -> None:
    diary = diary_of(tmp_path, content)
    assert [run.km for run in diary.activities] == [pytest.approx(8.2)]
    assert diary.refused == diary.passed_over == ()


def test_a_folder_with_folders(tmp_path: Path) -> None:
    inner = tmp_path / "2026" / "11"
    inner.mkdir(parents=True)
    (inner / "a.fit").write_bytes(RUN)
    (inner / "b.tcx.gz").write_bytes(gzipped(TCX))
    (inner / "c.fit").write_bytes(b"")
    (inner / "notes.txt").write_bytes(b"mine")
    (inner / "d.fit").symlink_to("/dev/zero")
    diary = read_runs([tmp_path])
    assert sorted(run.km or 0 for run in diary.activities) == pytest.approx([5, 8.2])
    assert [problem.where for problem in diary.passed_over] == ["2026/11/c.fit"]


def test_the_archive_of_apple_as_it_comes(tmp_path: Path) -> None:
    track = gpx(gpx_track([gpx_point(60 * n, n / 6) for n in range(9)], kind=""))
    content = zipped(
        {
            "apple_health_export/export.xml": apple(apple_workout()),
            "apple_health_export/export_cda.xml": b"<ClinicalDocument/>",
            "apple_health_export/electrocardiograms/ecg.csv": b"Name,x\n",
            "apple_health_export/workout-routes/route.gpx": track,
        }
    )
    diary = diary_of(tmp_path, content)
    assert len(diary.activities) == 2
    assert diary.passed_over == ()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"hello", "known"),
        (b"<html/>", "not of runs"),
        (b"{}", "known"),
        (b"PK\x03\x04 and no more", "damaged archive"),
        (gzipped(RUN)[:-12], "damaged"),
        (zipped({"a.txt": b"x"}), "no file of runs"),
        (b"\x89PNG\r\n\x1a\n\0\0", "known"),
    ],
)
def test_what_is_no_file_of_runs(content: bytes, told: str, tmp_path: Path) -> None:
    diary = diary_of(tmp_path, content)
    assert told in diary.refused[0].message
    assert not diary.activities


def test_a_broken_file_in_an_archive_stops_nothing(tmp_path: Path) -> None:
    locked = bytearray(zipped({"a.fit": RUN, "b.fit": RUN}, zipfile.ZIP_STORED))
    locked[6] |= 1  # the first one says that it needs a password
    central = locked.index(b"PK\x01\x02")
    locked[central + 8] |= 1
    diary = diary_of(tmp_path, bytes(locked))
    assert len(diary.activities) == 1
    assert "password" in diary.passed_over[0].message


def test_names_of_members_are_shown_without_control_codes(tmp_path: Path) -> None:
    diary = diary_of(tmp_path, zipped({"\x1b[2J.fit": b""}))
    assert "\x1b" not in str(diary.passed_over[0])


# --- what means harm ------------------------------------------------------------

LOW = Limits(
    members=5, file_bytes=20_000, inner_bytes=5000, all_bytes=100_000, ratio=10,
    free_bytes=1000, depth=1,
)  # fmt: skip
ZEROS = bytes(30_000)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (gzipped(ZEROS), "far more than it should"),
        (zipped({"a.fit": ZEROS}), "far more than it should"),
        (zipped({"a.fit": ZEROS}, zipfile.ZIP_STORED), "larger than"),
        (zipped({"a.zip": zipped({"b.fit": ZEROS}, 0)}, 0), "larger than"),
        (zipped({f"{n}.fit": RUN for n in range(6)}), "more than 5 files"),
        (
            zipped({f"{n}.xml": b"<HealthData>" + b" " * 30_000 for n in range(5)}, 0),
            "more than a real export",
        ),
        (
            zipped({"a.zip": zipped({"b.zip": zipped({"c.fit": RUN}, 0)}, 0)}, 0),
            "too deep",
        ),
    ],
)
def test_archives_are_refused_that_grow(
    content: bytes, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    diary = read_runs([path], limits=LOW)
    problems = (*diary.refused, *diary.passed_over)
    assert any(told in problem.message for problem in problems)
    assert not diary.activities


def test_a_declared_size_is_not_believed(tmp_path: Path) -> None:
    """The list says 10 bytes; as many as come are counted, and the limit holds."""
    content = bytearray(zipped({"a.fit": ZEROS}))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = content.index(mark) + place
        content[start : start + 4] = (4_000_000_000).to_bytes(4, "little")
    path = tmp_path / "x"
    path.write_bytes(bytes(content))
    diary = read_runs([path], limits=LOW)
    assert not diary.activities
    assert diary.passed_over


def test_a_huge_declared_fit_is_read_to_its_end_only(tmp_path: Path) -> None:
    content = RUN[:4] + (2**32 - 1).to_bytes(4, "little") + RUN[8:]
    diary = diary_of(tmp_path, content)
    assert len(diary.activities) <= 1


ENTITY = '<!DOCTYPE gpx [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>'
OUTSIDE = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("head", [ENTITY, OUTSIDE, ENTITY.replace("ENTITY", "entity")])
@pytest.mark.parametrize("kind", ["gpx", "tcx", "apple"])
def test_entities_are_refused(head: str, kind: str, tmp_path: Path) -> None:
    content = {
        "gpx": gpx(gpx_track([gpx_point(0, 0)]), head=head),
        "tcx": tcx(tcx_activity(tcx_lap(km=5, seconds=1800)), head=head),
        "apple": apple(apple_workout()).replace(
            b"<!ELEMENT ExportDate EMPTY>", b'<!ENTITY a "x">'
        ),
    }[kind]
    diary = diary_of(tmp_path, content)
    assert "declares entities" in diary.refused[0].message
    assert not diary.activities


def test_an_entity_without_its_declaration_is_refused(tmp_path: Path) -> None:
    """A document type is left out, so nothing that it names can ever be there."""
    head = '<!DOCTYPE gpx SYSTEM "http://127.0.0.1:9/x.dtd">'
    content = gpx(gpx_track([gpx_point(0, 0)]), head=head, metadata="<name>&x;</name>")
    assert "ends early" in diary_of(tmp_path, content).refused[0].message
    content = content.replace(b"&x;", b"x")
    assert len(diary_of(tmp_path, content).activities) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-7", "utf-32"])
def test_an_encoding_in_which_a_declaration_could_hide(
    encoding: str, tmp_path: Path
) -> None:
    text = gpx(gpx_track([gpx_point(0, 0)]), head=ENTITY).decode()
    content = text.replace("UTF-8", encoding).encode(encoding)
    diary = diary_of(tmp_path, content)
    assert diary.refused
    assert not diary.activities


def test_a_prolog_without_an_end(tmp_path: Path) -> None:
    for begin in (b"<!--", b"<?x", b"<!DOCTYPE gpx [", b"<!DOCTYPE "):
        diary = diary_of(tmp_path, begin + b" " * 100_000)
        assert "too long" in diary.refused[0].message


def test_xml_that_is_nested_without_an_end(tmp_path: Path) -> None:
    deep = b"<a>" * 2000
    content = apple(apple_workout()).replace(b"<Workout", deep + b"<Workout")
    assert diary_of(tmp_path, content).refused


def test_one_value_without_an_end(tmp_path: Path) -> None:
    content = apple(apple_workout()).replace(b"+0100", b"x" * 12_000_000)
    assert diary_of(tmp_path, content).refused


def test_nothing_is_written_anywhere(tmp_path: Path) -> None:
    before = io.BytesIO(zipped({"../../evil.fit": RUN, "/abs.fit": RUN})).getvalue()
    diary = diary_of(tmp_path, before)
    assert len(diary.activities) == 2
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]
    assert not (tmp_path.parent.parent / "evil.fit").exists()


KINDS = (
    fit(session(), session(km=None)),
    TCX,
    gpx(gpx_track([gpx_point(60 * n, n / 6) for n in range(4)])),
    apple(apple_workout()),
    b"Activity Type,Date,Distance,Time\nRunning,2026-11-03 07:00:00,6.2,00:41:00\n",
    gzipped(RUN),
    zipped({"a.fit": RUN, "b.zip": zipped({"c.tcx": TCX})}),
)


@pytest.mark.parametrize("number", range(len(KINDS)))
def test_damaged_bytes_end_in_words(number: int, tmp_path: Path) -> None:
    """Whatever is changed, cut or doubled: no error gets out, and no day is moved."""
    random = Random(number)
    path = tmp_path / "x"
    for _ in range(60):
        content = bytearray(KINDS[number])
        for _ in range(random.choice((1, 2, 8))):
            place = random.randrange(len(content))
            match random.randrange(4):
                case 0:
                    content[place] = random.randrange(256)
                case 1:
                    del content[place : place + random.randrange(1, 9)]
                case 2:
                    content[place:place] = content[max(0, place - 9) : place]
                case _:
                    content[place] = random.choice(b"019<>&.,:-\xff\0")
            content = content or bytearray(b"x")
        path.write_bytes(content)
        summarise(read_runs([path]), date(2026, 11, 29), unit="km")

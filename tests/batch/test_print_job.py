"""The print job: whole guides in order, nobody held, nothing that was not checked."""

import csv
import io
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner

from backguide.batch import print_job
from backguide.batch.inputs import Shard
from backguide.batch.lock import lock_folder
from backguide.batch.print_job import Job, make_print_job
from backguide.batch.print_plan import JobError, JobOptions
from backguide.batch.recall import purge
from backguide.batch.run import run_batch
from backguide.errors import ExitCode, OutputError, VerificationError
from backguide.guidance.library import Library
from batch.command import main
from batch.factory import OPTIONS, Inline, fill, inputs_of, litter_of
from pdf_reader.readback import ReadBack, read_back
from strategies import as_bytes, in_clinic

IDS = ["p1", "p2", "p10", "p11"]
DAY_SECONDS = 86_400


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished batch: four guides of A4, one of Letter, a held one, a torn one."""
    root = tmp_path_factory.mktemp("done")
    source = fill(root / "in", ["p1"])
    for number, id_ in enumerate(IDS[1:], 1):
        # Of growing length, so that some end on a front side and some do not.
        note = "\n".join(f"Line {line}." for line in range(30 * number))
        raw = in_clinic(**{"profile_id": id_, "clinic.attached_note": note})
        (source / f"{id_}.json").write_bytes(as_bytes(raw))
    fill(source, ["usa"], paper_size="Letter")
    fill(source, ["h1"], **{"red_flags.saddle_numb": "yes"})
    (source / "torn.json").write_bytes(b"{")
    assert run_batch(source, root / "out", OPTIONS, executor=Inline()).exit_code == 8
    return root / "out"


@pytest.fixture
def folder(done: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(done, tmp_path / "out"))


@pytest.fixture
def job(folder: Path, library: Library, tmp_path: Path) -> Callable[..., Job]:
    def make(**options: object) -> Job:
        target = options.pop("target", tmp_path / "print.pdf")
        return make_print_job(
            folder, library, JobOptions(target, **options)  # type: ignore[arg-type]
        )  # fmt: skip

    return make


def read(path: Path) -> ReadBack:
    return read_back(path.read_bytes())


def pages_of(folder: Path) -> dict[str, int]:
    return {row.id: row.pages for row in inputs_of(folder) if row.status == "made"}


def test_natural_order_and_an_outline(job: Callable[..., Job], folder: Path) -> None:
    made = job()
    assert [guide.id for guide in made.guides] == [*IDS, "usa"]
    assert [path.name for path in made.files] == ["print-1.pdf", "print-2.pdf"]
    outline = read(made.files[0]).outline
    assert [title for title, _ in outline] == IDS
    assert [page for _, page in outline] == [g.first_page for g in made.guides[:4]]
    assert made.left_out == 2


def test_single_sided_adds_nothing(job: Callable[..., Job], folder: Path) -> None:
    first, second = (read(path) for path in job().files)
    pages = pages_of(folder)
    assert first.page_count == sum(pages[id_] for id_ in IDS)
    assert second.page_count == pages["usa"]


def test_both_sides_begin_on_a_front(job: Callable[..., Job], folder: Path) -> None:
    made = job(is_duplex=True)
    bound = read(made.files[0])
    pages = pages_of(folder)
    assert any(count % 2 for count in pages.values()), "nobody needs a side for notes"
    assert bound.page_count == 2 * sum((pages[id_] + 1) // 2 for id_ in IDS)
    for guide in made.guides[:4]:
        assert guide.first_page % 2 == 1
        last = guide.first_page + guide.pages - 1
        for page in range(guide.first_page, last + 1):
            foot = " ".join(bound.artifact_texts(page, "Footer"))
            count = f"Page {page - guide.first_page + 1} of {guide.pages}"
            assert count in foot
        if guide.pages % 2:
            assert bound.artifact_texts(last + 1, "Footer") == ()
            head = " ".join(bound.artifact_texts(last + 1, "Header"))
            assert guide.id in head
            assert guide.guide_code in head
            assert ("P", "Notes") in bound.spoken()


def test_separators_tell_whose_guide_comes(job: Callable[..., Job]) -> None:
    made = job(is_duplex=True, has_separators=True)
    said = [text for _, text in read(made.files[0]).spoken()]
    for number, guide in enumerate(made.guides[:4], 1):
        place = said.index(f"{number} / 5")
        assert said[place - 2 : place] == [guide.id, guide.guide_code]
        assert guide.first_page % 2 == 1


def test_the_list_tells_where_each_guide_stands(job: Callable[..., Job]) -> None:
    made = job()
    text = made.list_file.read_bytes().decode("utf-8-sig")
    rows = [*csv.DictReader(io.StringIO(text))]
    assert [row["id"] for row in rows] == [*IDS, "usa"]
    for row in rows:
        bound = read(made.list_file.with_name(row["file"]))
        head = " ".join(bound.artifact_texts(int(row["first_page"]), "Header"))
        assert row["guide_code"] in head


def test_held_people_are_never_in_it(job: Callable[..., Job], folder: Path) -> None:
    held = next(row for row in inputs_of(folder) if row.id == "h1")
    for path in job(is_stapled=True).files:
        said = read(path)
        assert held.guide_code not in str(said.artifacts)
        assert "h1" not in [title for title, _ in said.outline]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("id",), ["p1", "p2", "p10", "p11", "usa"]),
        (("code",), None),
        (("pages", "id"), None),
    ],
)
def test_sorting(
    keys: tuple[str, ...], expected: list[str] | None, job: Callable[..., Job]
) -> None:
    a4 = [guide for guide in job(sort=keys).guides if guide.paper == "A4"]
    if expected is not None:
        assert [guide.id for guide in a4] == expected[:4]
    elif keys == ("code",):
        assert a4 == sorted(a4, key=lambda guide: guide.guide_code)
    else:
        assert a4 == sorted(a4, key=lambda g: (g.pages, int(g.id[1:])))


def test_parts_are_whole_guides_and_old_parts_go(
    job: Callable[..., Job], tmp_path: Path
) -> None:
    stranger = tmp_path / "print-9.pdf"
    stranger.write_bytes(b"somebody's own")
    many = job(split=1)
    assert len(many.files) == 5
    changed = many.files[4]
    changed.write_bytes(b"changed by somebody")
    few = job(split=3)
    assert [len(read(path).outline) for path in few.files] == [3, 1, 1]
    left = {path.name for path in tmp_path.glob("print-*.pdf")}
    kept = {path.name for path in few.files}
    assert left == kept | {"print-9.pdf", changed.name}
    assert stranger.read_bytes() == b"somebody's own"


def test_a_file_for_each_guide(job: Callable[..., Job]) -> None:
    made = job(is_stapled=True, is_duplex=True)
    assert [path.name for path in made.files] == [
        f"print-{n}-{id_}.pdf" for n, id_ in enumerate([*IDS, "usa"], 1)
    ]
    assert all(read(path).page_count % 2 == 0 for path in made.files)


def test_the_same_bytes_again(job: Callable[..., Job]) -> None:
    first = [path.read_bytes() for path in job(is_duplex=True).files]
    assert [path.read_bytes() for path in job(is_duplex=True).files] == first


# --- what is refused --------------------------------------------------------------


def test_a_changed_guide_ends_the_job(
    job: Callable[..., Job], folder: Path, tmp_path: Path
) -> None:
    one, two = [folder / row.file for row in inputs_of(folder) if row.id in IDS][:2]
    one.write_bytes(two.read_bytes())  # a good page, and another person's
    with pytest.raises(OutputError, match="is not what the batch made"):
        job()
    one.unlink()
    with pytest.raises(OutputError, match="is gone"):
        job()
    assert not [*tmp_path.glob("print*")]
    assert not litter_of(tmp_path)


def test_a_job_that_fails_its_check_leaves_nothing(
    job: Callable[..., Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = print_job.verify_bound
    calls = []

    def fails_the_second_time(*arguments: object) -> None:
        calls.append(1)
        real(*arguments)  # type: ignore[arg-type]
        if len(calls) == 2:
            raise VerificationError("no")

    monkeypatch.setattr(print_job, "verify_bound", fails_the_second_time)
    with pytest.raises(VerificationError):
        job(split=2)
    assert not [*tmp_path.glob("print*")]
    assert not litter_of(tmp_path)


def test_names_that_cannot_be_given_leave_nothing(
    job: Callable[..., Job], tmp_path: Path
) -> None:
    (tmp_path / "print-2.pdf").mkdir()  # in the way of the second part
    with pytest.raises(OutputError, match="cannot be written"):
        job()
    assert not (tmp_path / "print-1.pdf").exists()
    assert not litter_of(tmp_path)


def test_a_killed_job_leaves_nothing_for_long(
    job: Callable[..., Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(print_job, "rename_file", die)
        patch.setattr(print_job._Writer, "_remove_waiting", lambda _: None)
        with pytest.raises(Killed):
            job()
    assert litter_of(tmp_path)
    job()
    assert not litter_of(tmp_path)


@pytest.mark.parametrize("name", ["run.pdf", "a guide"])
def test_the_files_of_the_batch_are_not_written_over(
    name: str, job: Callable[..., Job], folder: Path
) -> None:
    guide = next(row.file for row in inputs_of(folder) if row.id == "usa")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(OutputError, match="this is a file of the batch"):
        job(target=folder / (name if name == "run.pdf" else guide), split=1000)
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after == before


def test_a_run_that_is_not_over_is_not_printed(
    job: Callable[..., Job], folder: Path
) -> None:
    manifest = folder / "manifest.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    manifest.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(OutputError, match="stopped before its end"):
        job()


def test_a_batch_at_work_is_not_printed(job: Callable[..., Job], folder: Path) -> None:
    with lock_folder(folder), pytest.raises(OutputError, match="another batch"):
        job()


def test_nothing_to_print(library: Library, tmp_path: Path) -> None:
    source = fill(tmp_path / "in", ["h1"], **{"red_flags.saddle_numb": "yes"})
    run_batch(source, tmp_path / "out", OPTIONS, executor=Inline())
    with pytest.raises(JobError, match="no guide to print"):
        make_print_job(tmp_path / "out", library, JobOptions(tmp_path / "x.pdf"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(OutputError, match="no batch has run here"):
        make_print_job(tmp_path / "empty", library, JobOptions(tmp_path / "x.pdf"))


def test_shards_together_print_what_the_whole_does(
    done: Path, job: Callable[..., Job], library: Library, tmp_path: Path
) -> None:
    source, parts = done.parent / "in", tmp_path / "parts"
    for number in (1, 2):
        options = replace(OPTIONS, shard=Shard(number, 2))
        run_batch(source, parts, options, executor=Inline())
        options = JobOptions(tmp_path / "shards.pdf", is_duplex=True)  # type: ignore[assignment]
        if number == 1:
            with pytest.raises(OutputError, match="have not run yet: 2"):
                make_print_job(parts, library, options)  # type: ignore[arg-type]
    shards = make_print_job(parts, library, options)  # type: ignore[arg-type]
    whole = job(is_duplex=True)
    assert [g.id for g in shards.guides] == [g.id for g in whole.guides]
    assert [p.read_bytes() for p in shards.files] == [
        p.read_bytes() for p in whole.files
    ]


# --- later ------------------------------------------------------------------------


def test_purge_takes_the_print_job_as_well(
    job: Callable[..., Job], folder: Path, tmp_path: Path
) -> None:
    made = job()
    assert purge(folder, 1, now=time.time() + DAY_SECONDS / 2).removed == 0
    purge(folder, 1, now=time.time() + 2 * DAY_SECONDS)
    assert not any(path.exists() for path in (*made.files, made.list_file))


def test_the_commands(done: Path, tmp_path: Path) -> None:
    source, out = done.parent / "in", tmp_path / "out"
    runner = CliRunner()
    shutil.copytree(done, out)
    words = ["print-job", str(out), "-o", str(tmp_path / "a.pdf"), "--duplex"]
    result = runner.invoke(main, [*words, "--sort", "id, pages"])
    assert result.exit_code == 0, result.stderr
    assert "Print job: 5 guides" in result.stderr
    assert "Not in it: 2" in result.stderr
    for wrong, told in (
        (["--sort", "name"], "there is no key name"),
        (["-o", "x.txt"], "is a PDF"),
        (["-o", str(tmp_path / "no" / "x.pdf")], "no such folder"),
    ):
        result = runner.invoke(main, [*words, *wrong])
        assert told in result.stderr
        assert result.exit_code in (ExitCode.USAGE, ExitCode.OUTPUT_FAILED)
    result = runner.invoke(main, ["batch", str(source), "-o", str(out), "--duplex"])
    assert "--merged FILE" in result.stderr
    words = ["batch", str(source), "-o", str(out), "--merged", str(tmp_path / "b.pdf")]
    result = runner.invoke(main, [*words, "--shard", "1/2"])
    assert "print-job" in result.stderr
    result = runner.invoke(
        main,
        [*words, "--issued-on", "2026-11-23", "--length",
         "short", "--jobs", "1", "--split", "2"],
    )  # fmt: skip
    assert result.exit_code == ExitCode.BATCH_INCOMPLETE, result.stderr
    assert "Print job: 5 guides" in result.stderr
    assert (tmp_path / "b-1.pdf").exists()


def test_equal_fonts_are_kept_once(
    job: Callable[..., Job], folder: Path, library: Library
) -> None:
    from backguide.binding import Part, bind

    one = next(row for row in inputs_of(folder) if row.id == "p1")
    content = (folder / one.file).read_bytes()
    twice = bind([Part(content, "a"), Part(content, "b")], "Two")
    fonts = []
    for whole in (content, twice):
        with pikepdf.open(io.BytesIO(whole)) as pdf:
            fonts.append(sum("/FontFile2" in obj for obj in pdf.objects
                             if isinstance(obj, pikepdf.Dictionary)))  # fmt: skip
    assert fonts[0] == fonts[1] > 0

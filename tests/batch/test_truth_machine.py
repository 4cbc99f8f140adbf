"""Whatever happens to a batch, in any order: ``docs/batch.md``, "What always holds".

A machine changes the inputs, runs, stops, damages, prints, purges and looks back, and
after every step compares what lies on the disk with a model of its own. It reads pages
and manifest itself and asks the program for nothing. Two thousand steps run with the
tests; ``BACKGUIDE_STEPS=50000`` runs as many as one likes.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backguide.batch.print_job import Expectation, make_print_job
from backguide.batch.print_plan import JobError, JobOptions
from backguide.batch.recall import find_page, purge, who_got
from backguide.batch.run import BatchReport, run_batch
from backguide.errors import BackguideError, OutputError
from backguide.guidance.library import Library
from backguide.handout.compose import guide_id
from backguide.profile.load import profile_from_bytes
from batch.factory import OPTIONS, profile
from batch.light import (
    BOUND_END,
    BOUND_HEAD,
    END,
    HEAD,
    Disk,
    Inline,
    Killed,
    light_drawing,
    page_text,
)
from strategies import as_bytes

STEPS = int(os.environ.get("BACKGUIDE_STEPS", "2000"))
STEPS_A_RUN = 50
PHASES = [Phase.generate, *([] if "BACKGUIDE_FAST" in os.environ else [Phase.shrink])]
NAME = "Zaphodine"
"""Stands in every file's name, and nowhere in what a batch writes."""
IDS = ("p1", "p2", "p3", "P2", "p10")
FILES = tuple(f"{NAME}_{n}" for n in (1, 2, 3, 10, 11))
PAGE = re.compile(r"bg-[A-Za-z0-9_-]+-[0-9]{8}-[0-9A-F]{8}")
MONTH_SECONDS = 31 * 86_400

HOW_STOPPED = st.one_of(
    st.just(("", 0)),
    st.just(("", 0)),
    st.tuples(st.just("signal"), st.integers(1, 4)),
    st.tuples(st.just("kill"), st.integers(1, 90)),
    st.tuples(st.just("full"), st.integers(1, 90)),
    st.tuples(st.just("once"), st.integers(1, 90)),
)


@dataclass(frozen=True)
class Input:
    """One profile of the source."""

    content: bytes
    id: str
    """That a batch can see; empty when it cannot be read."""
    page: str = ""
    """What its page says but for the length; empty when there is none."""
    is_held: bool = False
    ending: str = ".json"


@dataclass(frozen=True)
class Truth:
    """What the inputs of the newest run come to."""

    guides: dict[str, str]
    """By id, what each guide says."""
    held: dict[str, str]
    failed: int
    order: tuple[str, ...]
    """The ids in the order of the inputs."""
    is_over: bool = False

    @property
    def pages(self) -> dict[str, str]:
        return {**self.guides, **self.held}


class Machine(RuleBasedStateMachine):
    library: Library
    seen: ClassVar[Counter[str]] = Counter()
    """What has happened in all runs of the machine."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="backguide-machine-"))
        self.source, self.out = self.root / "in", self.root / "out"
        self.print_file = self.root / "desk" / "print.pdf"
        self.print_file.parent.mkdir()
        self.elsewhere = self.root / "elsewhere"
        self.elsewhere.mkdir()
        (self.elsewhere / "bg-p1-20200101-0A0B0C0D.pdf").write_bytes(b"%PDF foreign")
        (self.elsewhere / "letter.txt").write_bytes(b"mine")
        (self.root / "desk" / "print-other.pdf").write_bytes(b"%PDF mine")
        self.inputs: dict[str, Input] = {}
        self.is_lines = False
        self.serial = 0
        self.truth: Truth | None = None
        self.history: set[str] = set()
        """Every page that a run has recorded."""
        self.foreign: dict[Path, bytes] = {}
        """Files of somebody else in the output folder."""
        self.tampered: set[str] = set()
        """Files that somebody has put or changed since the last run."""
        self.is_damaged = False
        """The manifest is not as the last run left it."""
        self.was_damaged = False
        self.is_purged = False
        self.drawing = light_drawing(self.library)
        self.drawing.__enter__()

    def teardown(self) -> None:
        self.drawing.__exit__(None, None, None)
        shutil.rmtree(self.root)

    # --- the inputs ---------------------------------------------------------

    @initialize(
        ids=st.permutations(IDS), count=st.integers(2, 4), is_lines=st.booleans()
    )
    def begin(self, ids: list[str], count: int, is_lines: bool) -> None:
        self.is_lines = is_lines
        for name, id_ in zip(FILES[:count], ids, strict=False):
            self.inputs[name] = self.fresh(id_, is_held=False)

    def fresh(self, id_: str, *, is_held: bool) -> Input:
        """Return a profile whose answers nobody has given before."""
        self.serial += 1
        answers = "A" + "".join("bcdefghijk"[int(d)] for d in str(self.serial))
        facts: dict[str, Any] = {"person.first_name": answers}
        if is_held:
            facts["red_flags.saddle_numb"] = "yes"
        raw = profile(id_ or "x", **facts)
        if not id_:
            del raw["profile_id"]
        content = as_bytes(raw)
        id_ = id_ or guide_id(profile_from_bytes(content, "x"))
        return Input(content, id_, f"{id_} {answers}", is_held)

    @rule(
        name=st.sampled_from(FILES),
        id_=st.sampled_from((*IDS, "")),
        is_held=st.sampled_from((False, False, False, True)),
    )
    def write_profile(self, name: str, id_: str, is_held: bool) -> None:
        self.inputs[name] = self.fresh(id_, is_held=is_held)

    @rule(ids=st.permutations(IDS))
    def write_everybody_anew(self, ids: list[str]) -> None:
        for name, id_ in zip(FILES, ids, strict=True):
            self.inputs[name] = self.fresh(id_, is_held=id_ == ids[-1])

    @precondition(lambda self: self.inputs)
    @rule(data=st.data())
    def remove_profile(self, data: st.DataObject) -> None:
        del self.inputs[data.draw(st.sampled_from(sorted(self.inputs)))]

    @precondition(lambda self: self.inputs)
    @rule(data=st.data(), new=st.sampled_from(FILES))
    def rename_profile(self, data: st.DataObject, new: str) -> None:
        old = data.draw(st.sampled_from(sorted(self.inputs)))
        self.inputs[new] = self.inputs.pop(old)

    @precondition(lambda self: self.inputs)
    @rule(data=st.data())
    def flag_person(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.inputs)))
        self.inputs[name] = self.fresh(self.inputs[name].id, is_held=True)

    @precondition(lambda self: self.inputs)
    @rule(data=st.data(), how=st.sampled_from(("torn", "empty", "invalid", "part")))
    def corrupt_profile(self, data: st.DataObject, how: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.inputs)))
        old = self.inputs[name]
        if how == "invalid" and old.id:
            raw = profile(old.id, **{"symptoms.nrs_now": 11})
            self.inputs[name] = Input(as_bytes(raw), old.id)
        elif how == "part":
            self.inputs[name] = Input(b"", "", ending=".json.part")
        else:
            content = b"{" if how == "empty" else old.content[:-9] or b"{"
            self.inputs[name] = Input(content, "")

    @rule()
    def change_kind_of_source(self) -> None:
        self.is_lines = not self.is_lines

    def write_source(self) -> Path:
        """Write the inputs as files, and return the source."""
        shutil.rmtree(self.source, ignore_errors=True)
        self.source.mkdir()
        if self.is_lines:
            path = self.source / f"{NAME}.jsonl"
            lines = [self.inputs[name].content for name in self.natural_names()]
            path.write_bytes(b"\n".join(line or b"{" for line in lines))
            return path
        for name, one in self.inputs.items():
            (self.source / f"{name}{one.ending}").write_bytes(one.content)
        return self.source

    def natural_names(self) -> list[str]:
        return sorted(self.inputs, key=lambda name: int(name.rpartition("_")[2]))

    def expected(self, length: str) -> Truth:
        """Return what these inputs come to."""
        told = [self.inputs[name] for name in self.natural_names()]
        ids = Counter(one.id.casefold() for one in told if one.id)
        guides, held, order = {}, {}, []
        for one in told:
            if not one.page or ids[one.id.casefold()] > 1:
                continue
            answers = one.page.partition(" ")[2]
            text = page_text(one.id, answers, length, is_held=one.is_held)
            (held if one.is_held else guides)[one.id] = text
            order.append(one.id)
        failed = len(told) - len(order)
        return Truth(guides, held, failed, tuple(order))

    # --- the batch ----------------------------------------------------------

    @rule(
        length=st.sampled_from(("short", "short", "full")),
        is_forced=st.sampled_from((False, False, False, True)),
        how=HOW_STOPPED,
        is_merged=st.booleans(),
    )
    def batch(
        self, length: str, is_forced: bool, how: tuple[str, int], is_merged: bool
    ) -> None:
        self.run(length, how, is_forced=is_forced, is_merged=is_merged)

    @rule(length=st.sampled_from(("short", "short", "full")), is_merged=st.booleans())
    def batch_without_trouble(self, length: str, is_merged: bool) -> None:
        self.run(length, ("", 0), is_merged=is_merged)

    @rule(how=HOW_STOPPED, is_merged=st.booleans())
    def next_batch(self, how: tuple[str, int], is_merged: bool) -> None:
        self.run("short", how, is_merged=is_merged)

    @rule(kind=st.sampled_from(("kill", "kill", "full")), place=st.integers(1, 60))
    def killed_batch(self, kind: str, place: int) -> None:
        self.run("short", (kind, place), is_merged=True)

    @rule(how=HOW_STOPPED)
    def same_batch(self, how: tuple[str, int]) -> None:
        self.run("short", how, is_merged=True)

    def run(
        self,
        length: str,
        how: tuple[str, int],
        *,
        is_forced: bool = False,
        is_merged: bool = False,
    ) -> None:
        source, kind, place = self.write_source(), *how
        options = replace(OPTIONS, length=length, is_forced=is_forced)
        wanted = self.expected(length)
        linked = [n for n in ("held", "superseded") if (self.out / n).is_symlink()]
        before, lay = newest_number(self.out), self.in_reach()
        had_ended, told = has_ended(self.out), len(rows_in(self.out))
        disk = Disk(str(self.root), "" if kind == "signal" else kind, place)

        def after(count: int) -> None:
            if kind == "signal" and count == place:
                os.kill(os.getpid(), signal.SIGINT)

        report: BatchReport | None = None
        error: BaseException | None = None
        job_error: BackguideError | None = None
        is_job_made = False
        try:
            with disk.watched():
                report = run_batch(source, self.out, options, executor=Inline(after))
                if is_merged and not report.signal and report.has_guides:
                    count = report.summary.count("made", "reused")
                    expectation = Expectation(report.summary.run, count)
                    try:
                        self.make_job(expectation)
                        is_job_made = True
                    except OutputError as refused:
                        job_error = refused
        except (Killed, OutputError) as stopped:
            error = stopped
        Machine.seen[f"batch {kind} {type(error).__name__}"] += 1
        if linked:
            assert isinstance(error, OutputError | Killed)
            for name in linked:
                (self.out / name).unlink()
            return
        assert not isinstance(error, OutputError) or kind in ("full", "once"), error
        assert job_error is None or kind in ("full", "once"), job_error
        # When the manifest has lost its newest runs, the last that is left may be one
        # of these very inputs that was broken off. The run then goes on under its
        # number, and only a row more, or a page that did not lie there, tells of it.
        has_more = len(rows_in(self.out)) > told or bool(self.in_reach() - lay)
        if newest_number(self.out) != before or has_more or report is not None:
            self.truth = wanted
        if report is None:
            self.remember()
            goes_on = self.truth and replace(self.truth, is_over=False) == wanted
            has_begun = newest_number(self.out) != before or not had_ended
            if goes_on and has_begun and has_ended(self.out):
                # Killed after its last row: nothing is left to be done. The last row
                # of the run before tells nothing of one that did not begin.
                self.truth = replace(wanted, is_over=True)
                self.is_damaged = self.is_purged = False
                self.tampered.clear()
            elif newest_number(self.out) == before and self.in_reach() != lay:
                # Stopped before it wrote that it begins, be it by a kill or by a disk
                # that takes no more, it had already put pages aside: of no truth of
                # its own, so the last run's holds, with fewer pages in reach.
                self.is_purged = True
            return
        self.is_damaged = self.is_purged = False
        self.tampered.clear()
        self.after_whole_report(report, wanted)
        if is_job_made:
            assert self.printed() == self.to_print()
        if kind in ("", "signal"):
            assert not [*self.root.rglob("*.tmp")], "litter"

    def after_whole_report(self, report: BatchReport, wanted: Truth) -> None:
        summary = report.summary
        self.remember()
        assert summary.inputs == len(self.inputs)
        assert summary.inputs == len(summary.rows) + summary.not_done
        lost = {row.id for row in summary.rows if row.reason == "E_OUTPUT"}
        guides = {i: t for i, t in wanted.guides.items() if i not in lost}
        held = {i: t for i, t in wanted.held.items() if i not in lost}
        self.truth = replace(
            wanted,
            guides=guides,
            held=held,
            failed=wanted.failed + len(lost),
            order=tuple(id_ for id_ in wanted.order if id_ not in lost),
            is_over=not report.signal or not summary.not_done,
        )
        if not self.truth.is_over:
            assert report.exit_code == 130
            return
        assert summary.count("made", "reused") == len(guides)
        assert summary.count("held") == len(held)
        assert summary.count("failed", "quarantined") == self.truth.failed
        # Nobody is missing, nobody is twice, nobody is older.
        assert Counter(self.pages_in("")) == Counter(guides.values())
        assert Counter(self.pages_in("held")) == Counter(held.values())

    def remember(self) -> None:
        """Take every page that the manifest vouches for into the history."""
        for row in rows_in(self.out):
            if row.get("status") in ("made", "reused", "held") and "input" in row:
                for place in (row["file"], f"superseded/{Path(row['file']).name}"):
                    text = page_at(self.out / place)
                    if text is not None and sha256(text) == row["pdf_sha256"]:
                        self.history.add(text)

    def pages_in(self, place: str) -> list[str]:
        """Return what the pages say that somebody would find there."""
        if (self.out / place).is_symlink() or not (self.out / place).is_dir():
            return []
        texts = [page_at(path) for path in (self.out / place).iterdir()]
        return [text for text in texts if text is not None]

    def in_reach(self) -> Counter[str]:
        """Return what lies within reach."""
        return Counter(self.pages_in("") + self.pages_in("held"))

    # --- printing and looking back ------------------------------------------

    def make_job(self, expectation: Expectation | None = None) -> None:
        options = JobOptions(self.print_file)
        make_print_job(self.out, self.library, options, expected=expectation)

    @rule()
    def print_job(self) -> None:
        try:
            self.make_job()
        except OutputError:
            assert not self.is_clean or not self.out.exists()
        except JobError:
            assert self.truth is not None
            assert not self.truth.guides
        else:
            assert self.truth is not None
            assert self.truth.is_over
            assert self.printed() == self.to_print()
            Machine.seen["printed"] += 1

    @property
    def is_clean(self) -> bool:
        """Tell whether the last run came to its end and nobody meddled since."""
        is_over = self.truth is not None and self.truth.is_over
        meddled = self.is_damaged or self.is_purged or self.tampered
        return is_over and not meddled and not self.linked()

    def linked(self) -> bool:
        return any((self.out / n).is_symlink() for n in ("held", "superseded"))

    def to_print(self) -> list[str]:
        assert self.truth is not None
        guides = self.truth.guides
        return [guides[id_] for id_ in self.truth.order if id_ in guides]

    def printed(self) -> list[str]:
        content = self.print_file.read_bytes()
        assert content.startswith(BOUND_HEAD)
        assert content.endswith(BOUND_END)
        body = content[len(BOUND_HEAD) : -len(BOUND_END)]
        return [said(HEAD + part).strip() for part in body.split(HEAD)[1:]]

    @rule(id_=st.sampled_from(IDS), is_superseded=st.booleans())
    def reprint_by_id(self, id_: str, is_superseded: bool) -> None:
        self.check_reprint(id_, is_superseded)

    @precondition(lambda self: self.history)
    @rule(data=st.data(), is_superseded=st.booleans())
    def reprint_by_code(self, data: st.DataObject, is_superseded: bool) -> None:
        text = data.draw(st.sampled_from(sorted(self.history)))
        code = hashlib.sha256(text.encode()).hexdigest()[:8].upper()
        self.check_reprint(f"{code[:4]}-{code[4:]}", is_superseded)

    def check_reprint(self, wanted: str, is_superseded: bool) -> None:
        pages = self.truth.pages if self.truth is not None else {}
        by_id = {id_.casefold(): text for id_, text in pages.items()}
        code_of = {
            hashlib.sha256(t.encode()).hexdigest()[:8].upper(): t
            for t in pages.values()
        }
        holds = by_id.get(wanted.casefold()) or code_of.get(wanted.replace("-", ""))
        try:
            page = find_page(self.out, wanted, is_superseded=is_superseded)
        except OutputError:
            assert not (self.is_clean and holds and not is_superseded), wanted
            return
        text = said(page.content)
        Machine.seen[f"reprint superseded={bool(page.why_superseded)}"] += 1
        if page.why_superseded:
            assert is_superseded
            assert text in self.history
            assert not (self.is_clean and text in pages.values())
        else:
            assert text in pages.values(), "an older truth"
            assert text == holds

    @rule()
    def recall(self) -> None:
        try:
            found = who_got(self.out, "main-message", ["main-message@0"])
        except OutputError:
            assert not (self.out / "manifest.jsonl").exists()
            return
        if not self.was_damaged:
            made = {(r.id, r.guide_code.replace("-", "")) for r in found}
            for text in self.history:
                code = hashlib.sha256(text.encode()).hexdigest()[:8].upper()
                assert (text.split(" ")[0], code) in made, "somebody is missing"
        if self.is_clean and self.truth is not None:
            latest = Counter(r.id for r in found if r.is_latest)
            if not self.was_damaged:
                assert latest == Counter([*self.truth.pages])
            assert max(latest.values(), default=0) <= 1

    @rule(
        days=st.sampled_from((0, 30, 30)),
        later=st.sampled_from((0, MONTH_SECONDS)),
        with_newest=st.booleans(),
    )
    def purge_folder(self, days: int, later: int, with_newest: bool) -> None:
        import time

        manifest = self.out / "manifest.jsonl"
        before = manifest.read_bytes() if manifest.exists() else None
        kept = self.in_reach()
        try:
            purge(self.out, days, with_newest=with_newest, now=time.time() + later)
        except OutputError:
            assert before is None or self.linked()
            return
        assert manifest.read_bytes() == before
        Machine.seen[f"purge {days}"] += 1
        left = self.in_reach()
        takes_newest = days == 0 or (with_newest and later)
        if days == 0:
            assert not left
            assert not self.pages_in("superseded")
        if not takes_newest and self.is_clean:
            assert left == kept, "pages of the newest run went by age"
        self.is_purged |= bool(takes_newest) or left != kept

    # --- what other people do -----------------------------------------------

    @precondition(lambda self: (self.out / "manifest.jsonl").exists())
    @rule(
        how=st.sampled_from(("lose", "cut", "swap", "double", "spoil", "remove")),
        data=st.data(),
    )
    def damage_manifest(self, how: str, data: st.DataObject) -> None:
        path = self.out / "manifest.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        if not lines:
            return
        one = data.draw(st.integers(0, len(lines) - 1))
        if how == "lose":
            del lines[one]
        elif how == "cut":
            lines[one:] = [lines[one][: len(lines[one]) // 2]]
        elif how == "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[one], lines[other] = lines[other], lines[one]
        elif how == "double":
            lines.insert(one, lines[one])
        elif how == "spoil":
            lines[one] = b'{"run":' + lines[one][9:]
        if how == "remove" or not lines:
            path.unlink()
        else:
            path.write_bytes(b"".join(lines))
        self.is_damaged = self.was_damaged = True
        Machine.seen[f"damage {how}"] += 1

    @precondition(lambda self: self.pages_in(""))
    @rule(how=st.sampled_from(("delete", "alter", "copy", "rename")), data=st.data())
    def meddle_with_guide(self, how: str, data: st.DataObject) -> None:
        paths = sorted(p for p in self.out.iterdir() if page_at(p) is not None)
        path = data.draw(st.sampled_from(paths))
        is_altered = page_at(path, is_whole=True) is None
        if (how == "rename" and is_altered) or (how, path.name) == (
            "alter",
            "desk.pdf",
        ):
            return  # changed and renamed, nobody can know it for ours
        new = path.with_name(f"Copy of {path.name}" if how == "copy" else "desk.pdf")
        if how == "delete":
            path.unlink()
        elif how == "alter":
            path.write_bytes(path.read_bytes() + b"scribbled")
        elif how == "copy":
            shutil.copy(path, new)
        else:
            path.rename(new)
        self.tampered |= {path.name, new.name}

    @precondition(lambda self: self.out.is_dir())
    @rule(name=st.sampled_from(("price list.pdf", "bg-notes.pdf", "todo.txt")))
    def lay_foreign_file(self, name: str) -> None:
        self.foreign[self.out / name] = f"%PDF mine {name}".encode()
        (self.out / name).write_bytes(self.foreign[self.out / name])

    @precondition(lambda self: self.out.is_dir())
    @rule(place=st.sampled_from(("held", "superseded")))
    def link_folder_elsewhere(self, place: str) -> None:
        path = self.out / place
        if path.is_symlink():
            path.unlink()
            return
        shutil.rmtree(path, ignore_errors=True)
        path.symlink_to(self.elsewhere)
        self.is_purged = True

    # --- what always holds ---------------------------------------------------

    @invariant()
    def no_page_belongs_to_an_older_truth(self) -> None:
        if self.truth is None:
            return
        for place, pages in (("", self.truth.guides), ("held", self.truth.held)):
            if (self.out / place).is_symlink() or not (self.out / place).is_dir():
                continue
            for path in (self.out / place).iterdir():
                text = page_at(path)
                if text is not None and path.name not in self.tampered:
                    assert text in pages.values(), (path.name, text)

    @invariant()
    def a_print_job_is_of_the_newest_truth(self) -> None:
        if self.truth is None or not self.print_file.exists():
            return
        assert set(self.printed()) <= set(self.truth.guides.values())
        if self.truth.is_over:
            # A job stays when the same people come in another order; a new one has it.
            assert sorted(self.printed()) == sorted(self.to_print())

    @invariant()
    def nothing_else_has_changed(self) -> None:
        Machine.seen["step"] += 1
        assert (self.root / "desk" / "print-other.pdf").read_bytes() == b"%PDF mine"
        assert sorted(os.listdir(self.elsewhere)) == [
            "bg-p1-20200101-0A0B0C0D.pdf", "letter.txt",
        ]  # fmt: skip
        assert {*os.listdir(self.root)} <= {"in", "out", "desk", "elsewhere"}
        for path, content in self.foreign.items():
            assert path.read_bytes() == content

    @invariant()
    def no_name_is_told(self) -> None:
        if not self.out.is_dir():
            return
        for path in self.out.iterdir():
            assert NAME not in path.name
            if path.is_file() and path.suffix != ".pdf":
                assert NAME.encode() not in path.read_bytes()


# --- reading without the program ---------------------------------------------------


def page_at(path: Path, *, is_whole: bool = False) -> str | None:
    """Return what a page says; None for what is no page of a batch.

    Args:
        path: The file.
        is_whole: Take no page that somebody has changed.
    """
    if path.suffix != ".pdf" or path.is_symlink() or not path.is_file():
        return None
    content = path.read_bytes()
    if not content.startswith(HEAD) or (is_whole and not content.endswith(END)):
        return None
    return said(content)


def said(content: bytes) -> str:
    return content[len(HEAD) :].replace(END, b"").decode()


def sha256(text: str) -> str:
    return hashlib.sha256(HEAD + text.encode() + END).hexdigest()


def rows_in(out: Path) -> list[dict[str, Any]]:
    path = out / "manifest.jsonl"
    rows = []
    for line in path.read_bytes().splitlines() if path.is_file() else []:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and isinstance(row.get("run"), int):
            rows.append(row)
    return rows


def has_ended(out: Path) -> bool:
    """Tell whether the newest run has written that it is over."""
    newest = newest_number(out)
    of_run = [r for r in rows_in(out) if r["run"] == newest and "input" not in r]
    return bool(of_run) and of_run[-1]["status"] == "ended"


def newest_number(out: Path) -> int:
    return max((row["run"] for row in rows_in(out)), default=0)


@pytest.mark.slow
def test_whatever_happens_the_newest_truth_holds(library: Library) -> None:
    Machine.library = library
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=max(STEPS * 3 // STEPS_A_RUN // 2, 1),
            stateful_step_count=STEPS_A_RUN,
            deadline=None,
            derandomize="BACKGUIDE_SEED" not in os.environ,
            suppress_health_check=[*HealthCheck],
            database=None,
            print_blob=False,
            report_multiple_bugs=False,
            phases=PHASES,
        ),
    )
    seen = Machine.seen
    assert seen["step"] >= STEPS, seen
    # It would be easy to hold if nothing ever happened.
    for what in ("batch  NoneType", "batch kill Killed", "batch signal NoneType",
                 "batch full OutputError", "printed", "reprint superseded=False",
                 "purge 0", "purge 30"):  # fmt: skip
        assert seen[what], (what, seen)
    assert sum(seen[what] for what in seen if what.startswith("damage")) * 200 > STEPS

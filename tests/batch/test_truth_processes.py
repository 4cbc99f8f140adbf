"""What always holds, with real processes, real pages and real signals: fifty steps.

The machine in ``test_truth_machine.py`` tries many more orders in one process; here the
program is killed, stopped and run again as on a clinic's computer.
"""

import hashlib
import json
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from batch.factory import profile
from batch.processes import batch, command, finish, wait_for_rows
from strategies import as_bytes

STEPS = 50
IDS = ("p1", "p2", "p3", "p4", "p5")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


class Clinic:
    """A folder of profiles, the folder of handouts, and what should lie there."""

    def __init__(self, root: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.source, self.out = root / "in", root / "out"
        self.print_file = root / "desk" / "print.pdf"
        for folder in (self.source, self.print_file.parent):
            folder.mkdir()
        self.age = 20
        self.truth: dict[str, bytes] | None = None
        """By file, what the newest run that began was given."""
        self.is_over = False
        self.done: list[str] = []
        for number, id_ in enumerate(IDS[:3]):
            self.write(f"f{number}.json", id_)

    # --- the inputs ---------------------------------------------------------

    def write(self, name: str, id_: str, **facts: Any) -> None:
        self.age = 20 + (self.age - 19) % 60
        raw = profile(id_, **{"person.age_years": self.age, **facts})
        (self.source / name).write_bytes(as_bytes(raw))

    def change(self) -> str:
        files = sorted(self.source.iterdir())
        name = f"f{self.dice.randrange(6)}.json"
        what = self.dice.choice(("write", "flag", "remove", "rename", "cut"))
        if what == "write" or not files:
            self.write(name, self.dice.choice(IDS))
            return f"write {name}"
        path = self.dice.choice(files)
        if what == "flag":
            flags = {"red_flags.saddle_numb": "yes"}
            self.write(path.name, self.dice.choice(IDS), **flags)
        elif what == "remove":
            path.unlink()
        elif what == "rename":
            path.rename(self.source / name)
        else:
            path.write_bytes(path.read_bytes()[:-5])
        return f"{what} {path.name}"

    def given(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.source.iterdir()}

    # --- the commands -------------------------------------------------------

    def run(self) -> str:
        given, before = self.given(), self.newest()
        more: list[object] = ["--merged", self.print_file]
        more += self.dice.choice(([], [], ["--force"], ["--paper", "Letter"]))
        number = self.dice.choice((None, None, *SIGNALS))
        process = batch(self.source, self.out, *more)
        if number is not None:
            rows = len(self.rows()) + self.dice.randrange(1, 4)
            if wait_for_rows(self.out, rows, process):
                process.send_signal(number)
        code, told = finish(process)
        if number is not None and code == -number:
            if self.newest() != before:
                self.truth, self.is_over = given, False
        else:
            self.truth, self.is_over = given, code not in (130, 143)
            assert code in (0, 5, 8, 130, 143), told
        if self.is_over:
            assert f"{len(given)} in = " in told
        return f"run {more} {number!r} -> {code}"

    def print_job(self) -> str:
        code, told = finish(command("print-job", self.out, "-o", self.print_file))
        # Nothing to print is an error of the command line, and that may well be.
        assert code == (0 if self.to_print() else 2) or not self.is_over, told
        return f"print-job -> {code}"

    def reprint(self) -> str:
        id_ = self.dice.choice(IDS)
        target = self.print_file.parent / "one.pdf"
        words = ("reprint", id_, "--in", self.out, "-o", target, "--force")
        code, told = finish(command(*words))
        row = self.holding().get(id_)
        if self.is_over:
            expected = 6 if row is None else 5 if row["status"] == "held" else 0
            assert code == expected, told
        if code in (0, 5):
            assert row is not None
            assert hashlib.sha256(target.read_bytes()).hexdigest() == row["pdf_sha256"]
        return f"reprint {id_} -> {code}"

    def recall(self) -> str:
        code, told = finish(command("who-got", "main-message", self.out))
        assert code == 0, told
        assert "not in the manifest" not in told
        return "who-got"

    def purge(self) -> str:
        code, _ = finish(command("purge", self.out, "--keep-days", "30"))
        assert code == 0
        return "purge"

    def step(self) -> None:
        ways = [self.change] * 3 + [self.run] * 4
        if (self.out / "manifest.jsonl").exists():
            ways += [self.print_job, self.reprint, self.recall, self.purge]
        self.done.append(self.dice.choice(ways)())
        self.check()

    # --- what lies there ----------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        path = self.out / "manifest.jsonl"
        lines = path.read_bytes().splitlines() if path.exists() else []
        rows = []
        for line in lines:
            try:
                rows.append(json.loads(line))
            except ValueError:
                assert line is lines[-1], "torn in the middle"
        return rows

    def newest(self) -> int:
        return max((row["run"] for row in self.rows()), default=0)

    def holding(self) -> dict[str, dict[str, Any]]:
        """Return the rows of the newest run that vouch for a page, by id."""
        newest = self.newest()
        last = {row["input"]: row for row in self.rows()
                if row["run"] == newest and "input" in row}  # fmt: skip
        return {
            row["id"]: row
            for _, row in sorted(last.items())  # printed in the order of the input
            if row["status"] in ("made", "reused", "held")
        }

    def to_print(self) -> list[str]:
        rows = self.holding().values()
        return [row["id"] for row in rows if row["status"] != "held"]

    def check(self) -> None:
        if self.truth is None:
            return
        given = {hashlib.sha256(content).hexdigest() for content in self.truth.values()}
        known = {row["pdf_sha256"]: row for row in self.rows() if row.get("pdf_sha256")}
        found = []
        for path in [*self.out.glob("*.pdf"), *(self.out / "held").glob("*.pdf")]:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            if digest in known:
                assert known[digest]["input_sha256"] in given, "an older truth"
                found.append(known[digest]["id"])
            else:
                assert not self.is_over, "a page that no row knows"
        assert len(found) == len(set(found)), "somebody is twice"
        if not self.is_over:
            return
        assert sorted(found) == sorted(self.holding()), "somebody is missing"
        if self.print_file.exists():
            table = self.print_file.with_suffix(".csv").read_text("utf-8-sig")
            ids = [line.split(",")[2] for line in table.splitlines()[1:]]
            assert ids == self.to_print()
        assert {path.name for path in self.print_file.parent.iterdir()} <= {
            "print.pdf", "print.csv", "one.pdf",
        }  # fmt: skip


@pytest.mark.slow
def test_fifty_steps_with_real_processes_and_signals(tmp_path: Path) -> None:
    clinic = Clinic(tmp_path, seed=20261130)
    for _ in range(STEPS):
        try:
            clinic.step()
        except AssertionError as error:
            error.add_note("\n".join(clinic.done))
            raise
    kinds = {words.split(" ")[0] for words in clinic.done}
    assert kinds >= {"run", "print-job", "reprint", "who-got", "purge"}

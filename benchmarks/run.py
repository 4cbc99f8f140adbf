"""Measure backguide and its peers side by side and print ratios.

All figures are CPU time (user and system) of whole processes or of single documents.
Peers take turns, A B A B, so that a busy machine slows all of them. See README.md.
"""

import argparse
import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from document import profile  # noqa: E402

ANCHOR = "typst"
PEERS = (
    "backguide",
    "backguide:unverified",
    "typst",
    "manual",
    "reportlab",
    "emboss",
    "fpdf2",
    "weasyprint",
)
QUICK = ("backguide", "backguide:unverified", "typst")
SIZES = (6, 18, 48, 100, 200, 360)
"""Sections of the documents that grow; 2 to about 40 pages."""
Figures = dict[str, list[float]]


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", nargs="*", default=None, metavar="PEER")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--documents", type=int, default=30, help="per warm round")
    parser.add_argument("--batch", type=int, default=200, help="documents of a batch")
    parser.add_argument("--growth", type=int, default=0, metavar="N",
                        help="also N documents in one process, and 2 to 40 pages")  # fmt: skip
    parser.add_argument("--only", nargs="*", choices=("cold", "warm", "batch"),
                        default=("cold", "warm", "batch"))  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="typst only, few rounds")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.documents, options.batch = 3, 10, 40
    peers = options.peers or (QUICK if options.quick else PEERS)
    with tempfile.TemporaryDirectory(prefix="backguide-benchmark-") as name:
        bench = Bench(Path(name), peers, options)
        bench.describe()
        for kind in options.only:
            getattr(bench, kind)()
        if options.growth:
            bench.growth()
        bench.summary()


class Bench:
    """The files to work on, and what was measured."""

    def __init__(self, folder: Path, peers: Sequence[str], options: Any) -> None:
        """Write the profiles."""
        self._folder = folder
        self._peers = peers
        self._options = options
        self._rows: list[tuple[str, Figures, str]] = []
        own = importlib.import_module("peers.backguide_peer")
        count = max(options.documents, options.batch, options.growth) + 1
        for number in range(count):
            fields = profile(number)
            (folder / f"{number}.json").write_text(json.dumps(fields), "utf-8")
            content = own.profile_of(fields, (18, 6))
            (folder / f"{number}.own.json").write_bytes(content)

    def _worker(self, peer: str, first: int, count: int, *size: int) -> list[str]:
        return [sys.executable, str(HERE / "worker.py"), peer, str(self._folder),
                *map(str, (first, count, *size))]  # fmt: skip

    def _told(self, command: Sequence[str]) -> Any:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def describe(self) -> None:
        """Print what one document of each peer holds."""
        from pypdf import PdfReader

        print(f"# {sys.platform}, Python {sys.version.split()[0]}, "
              f"{os.cpu_count()} cores\n")  # fmt: skip
        print("| one document | pages | words | kB | drawings | tagged |")
        print("|---|---|---|---|---|---|")
        for peer in self._peers:
            self._told(self._worker(peer, 0, 1))
            path = self._folder / f"{peer.replace(':', '-')}-0.pdf"
            reader = PdfReader(path)
            words = sum(len(page.extract_text().split()) for page in reader.pages)
            tagged = "yes" if "/StructTreeRoot" in reader.trailer["/Root"] else "no"
            drawings = _drawings(reader) if peer.startswith("backguide") else 6
            print(f"| {peer} | {len(reader.pages)} | {words} | "
                  f"{path.stat().st_size / 1000:.1f} | {drawings} | {tagged} |")  # fmt: skip
        print(flush=True)

    def _turns(self, measure: Callable[[str], float]) -> Figures:
        """Measure every peer in turn, round after round."""
        figures: Figures = {peer: [] for peer in self._peers}
        for _ in range(self._options.rounds):
            for peer in self._peers:
                figures[peer].append(measure(peer))
        return figures

    def cold(self) -> None:
        """Measure a whole process that makes one document."""

        def measure(peer: str) -> float:
            command = self._worker(peer, 0, 1)
            if peer == "backguide":
                source, target = self._folder / "0.own.json", self._folder / "cold.pdf"
                command = [sys.executable, "-m", "backguide", "make", str(source), "-o",
                           str(target)]  # fmt: skip
                target.unlink(missing_ok=True)
            elif peer == "manual":
                script = HERE / "peers" / "manual_peer.py"
                command = [sys.executable, str(script), str(self._folder / "0.json"),
                           "-o", str(self._folder / "cold.pdf")]  # fmt: skip
            return _cpu_of(command) * 1000

        peers = [peer for peer in self._peers if peer != "backguide:unverified"]
        self._peers, kept = peers, self._peers
        self._report("cold, ms", self._turns(measure))
        self._peers = kept

    def warm(self) -> None:
        """Measure documents of a process that has made some before."""
        memory: Figures = {peer: [] for peer in self._peers}
        size: Figures = {peer: [] for peer in self._peers}
        begin = 8

        def measure(peer: str) -> float:
            told = self._told(self._worker(peer, 0, self._options.documents))
            memory[peer].append(told["peak_kb"] / 1000)
            size[peer].append(statistics.median(told["sizes"]) / 1000)
            return statistics.median(told["seconds"][begin:]) * 1000

        self._report("warm, ms a document", self._turns(measure))
        self._report("memory, peak MB", memory)
        self._report("file size, kB", size)

    def batch(self) -> None:
        """Measure documents per CPU-second, with as many processes as cores."""
        cores = os.cpu_count() or 1
        count = self._options.batch

        def measure(peer: str) -> float:
            before = _children()
            if peer == "backguide":
                self._own_batch(count)
            else:
                share = count // cores
                running = [
                    subprocess.Popen(self._worker(peer, core * share, share),
                                     stdout=subprocess.DEVNULL)
                    for core in range(cores)
                ]  # fmt: skip
                if any(process.wait() for process in running):
                    raise SystemExit(f"{peer}: a worker failed")
            return count / (_children() - before)

        self._report("batch, documents per CPU-second", self._turns(measure))

    def _own_batch(self, count: int) -> None:
        """Run the real command, manifest, locks and verification included."""
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            source, target = Path(name) / "in", Path(name) / "out"
            source.mkdir()
            for number in range(count):
                (source / f"{number}.json").hardlink_to(
                    self._folder / f"{number}.own.json"
                )
            command = [sys.executable, "-m", "backguide", "batch", str(source), "-o",
                       str(target), "--jobs", str(os.cpu_count() or 1)]  # fmt: skip
            subprocess.run(command, check=True, capture_output=True)
            made = len([*target.rglob("*.pdf")])
            if made != count:
                raise SystemExit(f"backguide: {made} files in place of {count}")

    def growth(self) -> None:
        """Print the cost of many documents in one process, and of long documents."""
        count = self._options.growth
        peers = [peer for peer in self._peers if peer != "backguide:unverified"]
        windows = [(1, 50), (count // 4, count // 4 + 50), (count - 50, count)]
        print("| ms a document | " + " | ".join(f"{a}-{b}" for a, b in windows)
              + " | peak MB |\n|---|---|---|---|---|")  # fmt: skip
        for peer in peers:
            told = self._told(self._worker(peer, 0, count))
            middles = [
                statistics.median(told["seconds"][a:b]) * 1000 for a, b in windows
            ]
            print(f"| {peer} | " + " | ".join(f"{m:.1f}" for m in middles)
                  + f" | {told['peak_kb'] / 1000:.0f} |", flush=True)  # fmt: skip
        print("\n| pages: ms a document |" + "  |" * len(SIZES))
        print("|---|" + "---|" * len(SIZES))
        for peer in peers:
            cells = [self._long(peer, sections) for sections in SIZES]
            print(f"| {peer} | " + " | ".join(cells) + " |", flush=True)
        print()

    def _long(self, peer: str, sections: int) -> str:
        """Return pages and milliseconds of a longer or shorter document."""
        from pypdf import PdfReader

        size = (sections, max(2, sections // 3 // 2 * 2))
        if peer == "backguide" and size != (18, 6):
            own = importlib.import_module("peers.backguide_peer")
            for number in range(6):
                content = own.profile_of(profile(number), size)
                (self._folder / f"{number}.own.json").write_bytes(content)
        told = self._told(self._worker(peer, 0, 6, *size))
        pages = len(PdfReader(self._folder / f"{peer}-0.pdf").pages)
        return f"{pages}: {statistics.median(told['seconds'][2:]) * 1000:.1f}"

    def _report(self, title: str, figures: Figures) -> None:
        print(
            f"| {title} | min | median | max | ratio to {ANCHOR} |\n|---|---|---|---|---|"
        )
        for peer, values in figures.items():
            ratio = ""
            if figures.get(ANCHOR):
                pairs = [a / b for a, b in zip(values, figures[ANCHOR], strict=True)]
                ratio = (f"{statistics.median(pairs):.2f} "
                         f"({min(pairs):.2f} to {max(pairs):.2f})")  # fmt: skip
            print(f"| {peer} | {min(values):.1f} | {statistics.median(values):.1f} | "
                  f"{max(values):.1f} | {ratio} |")  # fmt: skip
        print(flush=True)
        self._rows.append((title, figures, ""))

    def summary(self) -> None:
        """Print one table of medians for the README."""
        shown = [peer for peer in self._peers if peer != "backguide:unverified"]
        print("| median (ratio to tagged Typst) | " + " | ".join(shown) + " |")
        print("|---|" + "---|" * len(shown))
        for title, figures, _ in self._rows:
            cells = []
            for peer in shown:
                middle = statistics.median(figures[peer])
                base = statistics.median(figures.get(ANCHOR) or [middle])
                cells.append(f"{middle:.1f} ({middle / base:.2f})")
            print(f"| {title} | " + " | ".join(cells) + " |")


def _drawings(reader: Any) -> int:
    """Count the drawings of a handout: the figures of its structure."""
    found, todo = 0, [reader.trailer["/Root"]["/StructTreeRoot"].get("/K")]
    while todo:
        item = todo.pop()
        item = item.get_object() if hasattr(item, "get_object") else item
        if isinstance(item, list):
            todo += item
        elif isinstance(item, dict):
            found += item.get("/S") == "/Figure"
            todo.append(item.get("/K"))
    return found


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _cpu_of(command: Sequence[str]) -> float:
    """Return the CPU seconds of a process from start to end."""
    before = _children()
    subprocess.run(command, check=True, capture_output=True)
    return _children() - before


if __name__ == "__main__":
    began = time.time()
    main()
    print(f"\nTook {time.time() - began:.0f} s.")

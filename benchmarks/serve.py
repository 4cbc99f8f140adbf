"""Measure the form in the browser with many people at once.

``python benchmarks/serve.py [PEOPLE]``: starts ``backguide serve`` in a process of its
own, has so many people (50) walk side by side from the first page to their guide, and
prints requests a second, times, and memory. Each person gives a name of her own; that
nobody else's stands in any page is checked on the way.
"""

import http.client
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlencode

PEOPLE = int(sys.argv[1]) if len(sys.argv) > 1 else 50
TIMES: dict[str, list[float]] = defaultdict(list)
MIXED: list[str] = []
LOCK = threading.Lock()


class Person:
    """One browser: keeps its cookie and answers whatever is asked."""

    def __init__(self, port: int, number: int) -> None:
        """Begin with nothing."""
        self.port, self.name = port, f"Canary{number:03}"
        self.cookie = self.text = self.place = ""

    def ask(
        self, method: str, place: str, form: list[tuple[str, str]] | None = None
    ) -> bytes:
        """Send one request and follow where it leads."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": self.cookie}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        start = time.perf_counter()
        link.request(method, place, body, headers)
        answer = link.getresponse()
        content = answer.read()
        kind = (
            "guide"
            if (method, place) == ("POST", "/answers")
            else ("picture" if place.endswith(".png") else "page")
        )
        with LOCK:
            TIMES[kind].append(time.perf_counter() - start)
        link.close()
        if cookie := answer.getheader("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
        if answer.status == 303:
            return self.ask("GET", answer.getheader("Location") or "/")
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} at {place}")
        self.place = place
        if answer.getheader("Content-Type", "").startswith("text/html"):
            self.text = content.decode()
            found = set(re.findall(r"Canary\d{3}", self.text)) - {self.name}
            if found:
                MIXED.append(f"{self.name} saw {found} at {place}")
        return content

    def field(self, name: str) -> str:
        """Return what a hidden field of the page holds."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        return found[1] if found else ""

    def form(self, number: str = "3") -> list[tuple[str, str]]:
        """Return calm answers to whatever the page asks."""
        pairs = [("token", self.field("token")), ("mark", self.field("mark"))]
        if 'id="none"' in self.text:
            return [*pairs, ("none", "none")]
        for name in dict.fromkeys(re.findall(r'name="(f\d+)"', self.text)):
            box = re.search(
                rf'type="(\w+)" id="{name}(?:-0)?" name="{name}" value="([^"]*)"',
                self.text,
            )
            kind = box[1] if box else "text"
            if kind == "radio":
                values = re.findall(rf'name="{name}" value="([^"]*)"', self.text)
                pairs.append(
                    (
                        name,
                        next(
                            (
                                v
                                for v in ("no", "current", "none", "en-GB")
                                if v in values
                            ),
                            values[0],
                        ),
                    )
                )
            elif kind == "checkbox":
                pairs.append((name, box[2]))
            elif kind == "text":
                pairs.append((name, self.name if "first name" in self.text else number))
        return pairs

    def walk(self) -> None:
        """Go from the first page to the guide."""
        self.ask("GET", "/")
        self.ask("POST", "/start", [("token", self.field("token"))])
        for _ in range(120):
            if self.place == "/more":
                self.ask(
                    "POST", "/more", [("token", self.field("token")), ("more", "no")]
                )
            elif self.place.startswith("/q/"):
                before = self.place
                self.ask("POST", self.place, self.form())
                for number in ("30", "", "70 kg"):
                    if self.place == before and 'class="problems"' in self.text:
                        self.ask("POST", before, self.form(number))
                if self.place == before and 'class="problems"' in self.text:
                    raise RuntimeError(re.sub(r"<[^>]+>|\s+", " ", self.text)[:1500])
            else:
                break
        for _ in range(9):
            doubt = self.field("doubt")
            if not doubt:
                break
            self.ask(
                "POST", "/confirm", [("token", self.field("token")), ("doubt", doubt)]
            )
        self.ask("POST", "/answers", [("token", self.field("token"))])
        if self.place != "/guide":
            raise RuntimeError(f"no guide but {self.place}")
        for picture in re.findall(r'src="(/guide/page-\d+\.png)"', self.text):
            self.ask("GET", picture)


def peak_mb(pid: int) -> float:
    """Return the most memory that a process ever held, in MB."""
    text = Path(f"/proc/{pid}/status").read_text("ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else 0.0


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Start, walk, and print the figures."""
    command = [sys.executable, "-m", "backguide", "serve", "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    failed: list[str] = []
    try:
        line = process.stderr.readline() if process.stderr else ""
        found = re.search(r":(\d+)/", line)
        if found is None:
            raise RuntimeError("backguide serve did not start")
        port = int(found[1])
        Person(port, 999).walk()  # what is loaded once is loaded now
        alone = {kind: statistics.median(times) for kind, times in TIMES.items()}
        TIMES.clear()
        idle = peak_mb(process.pid)
        start, used = time.perf_counter(), cpu_seconds(process.pid)

        def one(number: int) -> None:
            try:
                Person(port, number).walk()
            except Exception as error:  # noqa: BLE001  told at the end
                failed.append(f"{number}: {error!r}"[:2000])

        threads = [threading.Thread(target=one, args=(n,)) for n in range(PEOPLE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - start
        used = cpu_seconds(process.pid) - used
        count = sum(map(len, TIMES.values()))
        print(
            f"{PEOPLE} people, {count} requests in {seconds:.1f} s: {count / seconds:.1f} a second"
        )
        print(f"{count / used:.0f} requests per CPU-second of the server")
        for kind, times in sorted(TIMES.items()):
            p95 = sorted(times)[int(len(times) * 0.95)] if times else 0.0
            print(
                f"{kind}: alone {alone[kind] * 1000:.0f} ms; together median "
                f"{statistics.median(times) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms"
            )
        print(
            f"memory: {idle:.0f} MB after one person, {peak_mb(process.pid):.0f} MB at most"
        )
        print(f"mixed: {len(MIXED)}; failed: {len(failed)}")
        print("\n".join([*MIXED[:5], *failed[:2]]))
    finally:
        process.terminate()
        process.wait()


main()

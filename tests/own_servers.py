"""Servers that a test starts itself; see ``conftest``: nothing else may be reached."""

import http.client
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PORTS: set[int] = set()
"""Of servers that run now on this computer."""

WATCHED = """
import sys

def say(*words):
    sys.stderr.write(" ".join(map(str, ("AUDIT", *words))) + "\\n")

def told(event, arguments):
    if event == "socket.bind":
        say(event, arguments[1][0])
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        say(event, arguments[1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        say(event, arguments[0])
    elif event == "open" and isinstance(arguments[1], str):
        if set(arguments[1]) & set("wax+"):
            say("write", arguments[0])
    elif event in ("os.rename", "os.mkdir", "subprocess.Popen", "os.system"):
        say(event)

sys.addaudithook(told)
from backguide.cli import main
main()
"""
"""The program; each connection, each lookup and each file that it writes is told."""


@dataclass
class OwnServer:
    """A server in a process of its own."""

    process: "subprocess.Popen[str]"
    port: int
    scheme: str
    code: str
    said: list[str] = field(default_factory=list)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """End it as Ctrl-C does, and return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)

    def ask(self, method: str, place: str, body: str = "", **headers: str) -> "Told":
        """Return what it answers; nothing is followed, no cookie kept."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.scheme == "https":
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            link: http.client.HTTPConnection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=30, context=context
            )
        else:
            link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        try:
            link.request(method, place, body or None, {**kind, **names})
            answer = link.getresponse()
            return Told(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            link.close()


@dataclass
class Told:
    """An answer of a server."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def cookie(self) -> str:
        return self.headers.get("Set-Cookie", "").partition(";")[0]

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.text)
        return found[1] if found else ""


@contextmanager
def own_server(
    folder: Path, *arguments: str, is_watched: bool = False
) -> Iterator[OwnServer]:
    """Run ``backguide serve`` at a free port, in a folder of its own."""
    start = ["-c", WATCHED] if is_watched else ["-m", "backguide"]
    port = () if "--port" in arguments else ("--port", "0")
    process = subprocess.Popen(
        [sys.executable, *start, "serve", *port, *arguments],
        cwd=folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder),
             "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        # Whoever runs the tests in the background has its Ctrl-C switched off.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    server = OwnServer(process, 0, "http", "")
    reader = threading.Thread(
        target=lambda: server.said.extend(process.stderr or ()), daemon=True
    )
    assert process.stderr is not None
    try:
        while not server.port:
            line = process.stderr.readline()
            assert line, f"it did not start: {server.said}"
            server.said.append(line)
            if found := re.match(r"Open (https?)://127\.0\.0\.1:(\d+)/", line):
                server.scheme, server.port = found[1], int(found[2])
        reader.start()
        PORTS.add(server.port)
        yield server
    finally:
        PORTS.discard(server.port)
        if process.poll() is None:
            process.kill()
        process.wait()
        if reader.ident is not None:
            reader.join(timeout=10)
        process.stderr.close()
        if process.stdout is not None:
            process.stdout.close()

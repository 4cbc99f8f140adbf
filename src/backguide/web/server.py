"""The server itself: where it listens, with or without TLS.

The one module that opens a port. It answers only; nothing here or elsewhere connects to
another computer.
"""

import ipaddress
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from backguide.web.guard import MOST_FORM_BYTES
from backguide.web.sessions import Visits

LOCAL: Final = "127.0.0.1"
THREADS: Final = 8
TIMEOUT_SECONDS: Final = 15
"""A browser that sends nothing for so long is let go."""
MOST_HEADER_BYTES: Final = 16 * 1024
QUEUE: Final = 64
"""So many connections may wait for a thread."""
FORGET_EVERY_SECONDS: Final = 30
_CODE_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for each other."""


def is_local(address: str) -> bool:
    """Tell whether only this computer can reach an address."""
    return ipaddress.ip_address(address).is_loopback


def new_code() -> str:
    """Return an access code of 60 bits, in groups that can be read out."""
    letters = "".join(secrets.choice(_CODE_LETTERS) for _ in range(12))
    return "-".join(letters[i : i + 4] for i in range(0, 12, 4))


def host_names(address: str, port: int, names: tuple[str, ...] = ()) -> frozenset[str]:
    """Return the values of a Host header that mean this server."""
    own = [f"[{address}]" if ":" in address else address, *names]
    if is_local(address):
        own.append("localhost")
    usual = {80, 443}
    found = {f"{name}:{port}" for name in own}
    return frozenset(
        name.casefold() for name in found | (set(own) if port in usual else set())
    )


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of a certificate and of its key."""

    certificate: str
    key: str


class CertificateError(Exception):
    """Certificate and key cannot be read, or do not belong together."""


class _Silent(wsgi.Server):
    """A server that writes no log: a line of it could hold what somebody sent."""

    def error_log(
        self, msg: str = "", level: int = 20, traceback: bool = False
    ) -> None:
        """Write nothing."""


class Server:
    """A server that was bound, and answers once ``run`` is called."""

    def __init__(self, address: str, port: int, tls: Tls | None) -> None:
        """Open the port.

        Args:
            address: An address of this computer.
            port: 0 for any that is free.
            tls: None only where nobody else can reach the address.

        Raises:
            CertificateError: The certificate or its key cannot be used.
            OSError: The port cannot be had.
        """
        if tls is None and not is_local(address):
            raise ValueError("another address needs TLS")
        self._http = _Silent(
            (address, port),
            _not_yet,
            numthreads=THREADS,
            max=THREADS,
            request_queue_size=QUEUE,
            timeout=TIMEOUT_SECONDS,
            shutdown_timeout=2,
            server_name="",
        )
        self._http.max_request_header_size = MOST_HEADER_BYTES
        self._http.max_request_body_size = 2 * MOST_FORM_BYTES
        if tls is not None:
            self._http.ssl_adapter = _adapter(tls)
        self._http.prepare()
        self.address = address
        self.port = int(self._http.bind_addr[1])

    def run(self, app: Callable[..., Any], visits: Visits) -> None:
        """Answer until somebody stops the program; then forget everybody."""
        self._http.wsgi_app = app
        is_over = threading.Event()

        def forget() -> None:
            while not is_over.wait(FORGET_EVERY_SECONDS):
                visits.forget_idle()

        threading.Thread(target=forget, daemon=True).start()
        try:
            self._http.serve()
        finally:
            is_over.set()
            self._http.stop()

    def stop(self) -> None:
        """End ``run`` from another thread."""
        self._http.stop()


def _adapter(tls: Tls) -> BuiltinSSLAdapter:
    try:
        # Python's own defaults: TLS 1.2 at least.
        return BuiltinSSLAdapter(tls.certificate, tls.key)
    except (OSError, ValueError):
        raise CertificateError from None


def _not_yet(_: Any, start: Callable[..., Any]) -> list[bytes]:
    start("503 Service Unavailable", [("Content-Length", "0")])
    return []

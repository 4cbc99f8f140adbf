"""What every request must pass, and what every answer carries.

The server is for the people in front of one computer. A page of somebody else must not
reach it through their browser: not by another name for this computer (the Host header
is checked), not by a form of its own (origin and token), not in a frame, not by script
(there is none, and none is allowed). Nothing is kept by the browser.
"""

import hmac
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from flask import Request, Response

MOST_FORM_BYTES: Final = 64 * 1024
MOST_FORM_PARTS: Final = 200
MOST_CODES: Final = 10
"""So many wrong access codes in a row; then the program must be started anew."""

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With "no-referrer" browsers would send "null" as the origin of our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Robots-Tag": "noindex",
}


@dataclass(slots=True)
class Gate:
    """Who may ask, and under which names."""

    hosts: frozenset[str]
    """Values of the Host header that mean this server, with the port."""
    is_tls: bool = False
    code: str = ""
    """The access code; empty where none is needed."""
    _wrong_codes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def knows_host(self, request: Request) -> bool:
        """Tell whether a browser asked for us by a name of ours."""
        return request.headers.get("Host", "").casefold() in self.hosts

    def is_from_here(self, request: Request) -> bool:
        """Tell whether a post comes from a page of ours, as far as browsers tell."""
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        origin = request.headers.get("Origin")
        scheme = "https" if self.is_tls else "http"
        own = {f"{scheme}://{host}" for host in self.hosts}
        return site in ("same-origin", "none") and (
            origin is None or origin.casefold() in own
        )

    def is_locked(self) -> bool:
        """Tell whether too many wrong codes were given."""
        return self._wrong_codes >= MOST_CODES

    def opens_with(self, given: str) -> bool:
        """Tell whether an access code is right; wrong ones are counted."""
        with self._lock:
            if self.is_locked():
                return False
            is_right = hmac.compare_digest(given.encode(), self.code.encode())
            self._wrong_codes = 0 if is_right else self._wrong_codes + 1
            return is_right


def with_headers(response: Response, *, is_tls: bool) -> Response:
    """Return an answer with what every answer carries."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    if is_tls:
        response.headers["Strict-Transport-Security"] = "max-age=86400"
    return response

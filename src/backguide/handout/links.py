"""Which texts of a clinic can be followed, and which may stand in a square code."""

import re
from typing import Final

from backguide.clinic import is_web_address

_MAIL: Final = re.compile(r"[\w.+-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+\Z", re.I | re.ASCII)


def web_link(text: str) -> str:
    """Return the address that a web address leads to; empty when it is none."""
    if not is_web_address(text):
        return ""
    has_scheme = text.lower().startswith(("http://", "https://"))
    return text if has_scheme else f"https://{text}"


def mail_link(text: str) -> str:
    """Return the address that an e-mail address leads to; empty when it is none."""
    return f"mailto:{text}" if _MAIL.match(text) else ""


def may_be_coded(link: str) -> bool:
    """Tell whether an address may stand in a code that anybody can photograph.

    What follows a question mark or a hash could name one person.
    """
    return link.startswith(("http://", "https://")) and not set(link) & set("?#@=&%")

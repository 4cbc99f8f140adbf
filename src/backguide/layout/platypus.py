"""What is used of reportlab's Platypus; no other module imports from there.

Importing Platypus is a quarter of the start of a process, and half of that is one
pattern for addresses inside its markup, which no text of ours ever goes through.
"""

import re
from typing import Any, Final

_LONG: Final = 300
"""Characters; only the pattern for addresses has more."""

_compile = re.compile


class _Late:
    """A pattern that is compiled when it is first used."""

    def __init__(self, *wanted: Any) -> None:
        self._wanted = wanted

    def __getattr__(self, name: str) -> Any:
        return getattr(_compile(*self._wanted), name)


def _compile_late(pattern: Any, flags: Any = 0) -> Any:
    is_long = isinstance(pattern, str) and len(pattern) > _LONG
    return (_Late if is_long else _compile)(pattern, flags)


re.compile = _compile_late
try:
    from reportlab.platypus.flowables import Flowable as Flowable
    from reportlab.platypus.frames import Frame as Frame
    from reportlab.platypus.paragraph import Paragraph as Paragraph
finally:
    re.compile = _compile

"""Turn the bytes that a font shows into characters."""

import re
from functools import lru_cache
from typing import Any, Final

NO_GLYPH: Final = "\ufffd"

_SECTION: Final = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
_HEX: Final = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")
_NOTHING: Final = frozenset({NO_GLYPH, "\0"})


class _Characters(dict[int, str]):
    """Code to character; a code without one becomes the mark for "no glyph"."""

    def __missing__(self, code: int) -> str:
        return NO_GLYPH


class Font:
    """A font of the file: is it embedded, and what do its codes mean?

    Only simple fonts and two-byte fonts with a ToUnicode map are understood;
    anything else is a fault, never a guess.
    """

    def __init__(self, font: Any) -> None:
        """Read a font dictionary."""
        self.name = str(font.get("/BaseFont", "a font without a name"))
        self.faults: list[str] = []
        self._is_wide = font.get("/Subtype") == "/Type0"
        self._missing: set[int] = set()
        self._characters = _Characters()
        described = font["/DescendantFonts"][0] if self._is_wide else font
        descriptor = described.get("/FontDescriptor", {})
        if not any(f"/FontFile{n}" in descriptor for n in ("", 2, 3)):
            self.faults.append(f"{self.name} is not embedded")
        if "/ToUnicode" in font:
            self._characters = _map(font["/ToUnicode"].read_bytes())
        else:
            self.faults.append(f"{self.name} has no ToUnicode map")

    def text(self, shown: bytes) -> str:
        """Return the characters of some codes; unknown ones are noted as faults."""
        if self._is_wide:
            whole = len(shown) - len(shown) % 2
            codes = shown[:whole].decode("utf-16-be", "surrogatepass")
        else:
            codes = shown.decode("latin-1")
        text = codes.translate(self._characters)
        if not _NOTHING.isdisjoint(text):
            for code in map(ord, codes):
                if self._characters[code] in _NOTHING and code not in self._missing:
                    self._missing.add(code)
                    self.faults.append(f"{self.name}: code {code} has no character")
        return text


@lru_cache(maxsize=64)
def _map(content: bytes) -> _Characters:
    """Return what a ToUnicode map says; equal maps mean the same in every file."""
    characters = _Characters()
    for kind, body in _SECTION.findall(content):
        tokens = [m.group(1) or m.group(0) for m in _HEX.finditer(body)]
        if kind == b"bfchar":
            pairs = zip(tokens[::2], tokens[1::2], strict=False)
            characters |= {int(a, 16): _utf16(b) for a, b in pairs}
        else:
            _add_ranges(characters, tokens)
    return characters


def _add_ranges(characters: _Characters, tokens: list[bytes]) -> None:
    place = 0
    while place + 2 < len(tokens):
        low, high = int(tokens[place], 16), int(tokens[place + 1], 16)
        if tokens[place + 2] == b"[":
            end = tokens.index(b"]", place)
            targets = tokens[place + 3 : end]
            characters |= {low + n: _utf16(t) for n, t in enumerate(targets)}
            place = end + 1
            continue
        first = _utf16(tokens[place + 2])
        for n in range(high - low + 1):
            characters[low + n] = first[:-1] + chr(ord(first[-1]) + n)
        place += 3


def _utf16(digits: bytes) -> str:
    return bytes.fromhex(digits.decode("ascii")).decode("utf-16-be", "replace")

"""Follow what each page shows: text in marked content, and artifacts."""

from dataclasses import dataclass, field
from typing import Any, Final

from pdf_reader.characters import Font
from pdf_reader.syntax import SHOWS_TEXT, Ref, steps

_PAINTS: Final = frozenset({"Do", "BI", "f", "F", "f*", "B", "B*", "b", "b*", "S", "s",
                            "sh"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Artifact:
    """A piece of page content that is not read aloud."""

    page: int
    """Counted from 1."""
    kind: str
    """Header, Footer, or empty for layout."""
    texts: tuple[str, ...]
    """One for each text object."""


@dataclass(slots=True)
class PageContent:
    """What a page shows."""

    number: int
    """Counted from 1."""
    page: Any
    pieces: dict[int, str]
    """Text of each piece of marked content by its MCID."""
    tags: dict[int, str]
    """Tag of each piece as the page names it."""
    artifacts: list[Artifact]
    claimed: dict[int, Ref] = field(default_factory=dict)
    """Which element owns a piece."""


@dataclass(slots=True)
class _Mark:
    """An open marked-content sequence."""

    depth: int
    """How many q and BT were open when it began."""
    mcid: int | None = None
    kind: str | None = None
    """Set for an artifact."""
    texts: list[str] = field(default_factory=list)


class PageReader:
    """Follows the operators of one page."""

    def __init__(
        self,
        page: Any,
        number: int,
        fonts: dict[tuple[int, int], Font],
        faults: list[str],
    ) -> None:
        """Prepare.

        Args:
            page: The page.
            number: Counted from 1.
            fonts: Fonts of the file that were met already; grows.
            faults: What is not in order; grows.
        """
        self._fonts = fonts
        self._font_names: dict[str, Font] = {}
        self._faults = faults
        self._content = PageContent(number, page, {}, {}, [])
        self._open: list[str] = []
        """Which of q and BT are open."""
        self._marks: list[_Mark] = []
        self._saved_fonts: list[Font | None] = []
        self._font: Font | None = None
        self._is_new_text = True
        self._reported: set[str] = set()
        resources = page.obj.get("/Resources", {})
        self._font_table: Any = resources.get("/Font", {})

    def read(self) -> PageContent:
        """Return what the page shows."""
        for name in self._font_table:
            self._find_font(str(name)[1:])
        for operator, text, name, mcid, kind in steps(self._content.page):
            if operator in SHOWS_TEXT:
                self._show(text)
            elif operator == "BDC":
                self._begin(name, mcid, kind)
            else:
                self._step(operator, name)
        for left in (*self._open, *("BDC" for _ in self._marks)):
            self._fault(f"{left} is not closed")
        return self._content

    def _fault(self, message: str) -> None:
        if message not in self._reported:
            self._reported.add(message)
            self._faults.append(f"page {self._content.number}: {message}")

    def _step(self, operator: str, name: str) -> None:
        if operator == "EMC":
            self._end()
        elif operator == "BT":
            if "BT" in self._open:
                self._fault("BT inside BT")
            self._open.append("BT")
            self._is_new_text = True
        elif operator == "Tf":
            self._font = self._find_font(name)
        elif operator == "q":
            if "BT" in self._open:
                self._fault("q inside BT")
            self._open.append("q")
            self._saved_fonts.append(self._font)
        elif operator in ("ET", "Q"):
            self._close(operator, "BT" if operator == "ET" else "q")
        elif operator in _PAINTS and self._owner() is None:
            self._fault(f"{operator} paints outside marked content")

    def _close(self, operator: str, opened: str) -> None:
        if not self._open or self._open[-1] != opened:
            self._fault(f"{operator} without {opened}")
            return
        self._open.pop()
        if opened == "q":
            self._font = self._saved_fonts.pop()
        if self._marks and len(self._open) < self._marks[-1].depth:
            self._fault(f"{operator} cuts through marked content")

    def _begin(self, tag: str, mcid: int | None, kind: str | None) -> None:
        mark = _Mark(len(self._open), mcid, kind)
        if mcid is not None:
            if mcid in self._content.pieces:
                self._fault(f"MCID {mcid} is used twice")
            self._content.pieces.setdefault(mcid, "")
            self._content.tags[mcid] = tag
        if self._owner() is not None and (kind, mcid) != (None, None):
            self._fault(f"{tag} is nested in other marked content")
        self._marks.append(mark)

    def _owner(self) -> _Mark | None:
        """Return the innermost mark that is an artifact or belongs to an element."""
        for mark in reversed(self._marks):
            if mark.mcid is not None or mark.kind is not None:
                return mark
        return None

    def _end(self) -> None:
        if not self._marks:
            self._fault("EMC without BDC")
            return
        mark = self._marks.pop()
        if mark.depth != len(self._open):
            self._fault("EMC cuts through q or BT")
        if mark.mcid is not None:
            self._content.pieces[mark.mcid] += "".join(mark.texts)
        elif mark.kind is not None:
            artifact = Artifact(self._content.number, mark.kind, tuple(mark.texts))
            self._content.artifacts.append(artifact)

    def _show(self, shown: bytes) -> None:
        if "BT" not in self._open:
            self._fault("text outside BT and ET")
        if self._font is None:
            self._fault("text without a font")
            return
        text = self._font.text(shown)
        owner = self._owner()
        if owner is None:
            # Not the text itself: it may be somebody's name.
            self._fault(f"text outside marked content ({len(text)} characters)")
        elif self._is_new_text or not owner.texts:
            owner.texts.append(text)
        else:
            owner.texts[-1] += text
        self._is_new_text = False

    def _find_font(self, name: str) -> Font | None:
        if name not in self._font_names:
            font = self._font_table.get(f"/{name}")
            if font is None:
                self._fault(f"font {name} is not in the resources")
                return None
            key = font.objgen if font.is_indirect else (id(self), len(self._font_names))
            if key not in self._fonts:
                self._fonts[key] = Font(font)
            self._font_names[name] = self._fonts[key]
        return self._font_names[name]

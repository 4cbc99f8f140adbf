"""The logical structure of a document: what a screen reader walks through.

The tree is made together with the boxes, before anything is drawn. Drawing only
attaches pieces of page content to its elements.
"""

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Element:
    """One structure element, such as a paragraph or a table cell."""

    tag: str
    """Standard structure type: Document, Sect, H1, P, L, LI, Table, TD, Figure..."""
    children: list["Element"] = field(default_factory=list)
    alt: str = ""
    """What a screen reader says instead of a picture."""
    actual_text: str = ""
    scope: str = ""
    """Column or Row, for a header cell."""
    numbering: str = ""
    """ListNumbering of a list: Decimal, Disc or None."""
    bbox: tuple[float, float, float, float] | None = None
    """Where a figure stands on its page, in points from the lower left corner."""
    title: str = ""
    uri: str = ""
    """Where a Link leads to."""

    def add(self, tag: str, **more: str) -> "Element":
        """Append a new child and return it."""
        child = Element(tag, **more)  # type: ignore[arg-type]
        self.children.append(child)
        return child


ARTIFACT = None
"""Owner of marks that mean nothing to a reader: rules, frames, backgrounds."""

"""Blocks of the content that are set already, kept from one handout to the next.

Only blocks that the document calls fixed come here: they hold nothing but words of the
content. The elements of their structure are shared too; a document never changes them
but for the place of a figure, which is set anew whenever it is drawn.
"""

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from backguide.document import Block, FixedBlocks
from backguide.layout.flowables import Story
from backguide.layout.structure import Element
from backguide.layout.theme import PALETTES, Theme


@dataclass(frozen=True, slots=True)
class SetBlock:
    """A block in one theme and width."""

    block: Block | str
    """Or the title of a section. Kept, so that its identity stays its own."""
    elements: tuple[Element, ...]
    slabs: Story
    """Never changed; a list, as the builder's own are."""


Key = tuple[int, float, str, bool, str]
"""Identity of the block, width, section, is it wide, level of sub-headings."""

_kept: WeakKeyDictionary[FixedBlocks, dict[Theme, dict[Key, SetBlock]]] = (
    WeakKeyDictionary()
)


def blocks_set(fixed: FixedBlocks, theme: Theme) -> dict[Key, SetBlock]:
    """Return what was set of a library's blocks in a theme; ink moves nothing."""
    plain = theme if theme.ink == "mono" else replace(
        theme, ink="mono", palette=PALETTES["mono"]
    )  # fmt: skip
    return _kept.setdefault(fixed, {}).setdefault(plain, {})

"""What all handouts of one library have in common, worked out once.

Nothing here may depend on a person: it is kept from one handout to the next.
"""

from dataclasses import dataclass

from backguide.document import FixedBlocks
from backguide.guidance.library import Library


@dataclass(frozen=True, slots=True)
class Shared:
    """Blocks and words that are the same for everybody."""

    library: Library
    """Kept, so that its blocks keep their identity."""
    blocks: FixedBlocks
    words: tuple[tuple[str, str], ...]
    """The fixed words in order."""


_last: list[Shared] = []
"""That of the library used last; a process hardly ever uses two."""


def shared_of(library: Library) -> Shared:
    """Return what the handouts of a library share."""
    if not _last or _last[0].library is not library:
        words = tuple(sorted(library.words.items()))
        _last[:] = [Shared(library, FixedBlocks(), words)]
    return _last[0]

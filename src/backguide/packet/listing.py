"""The list beside a packet: what it printed, and in which state.

``content review --since LIST`` compares with it, item by item; ``--accept`` refuses a
file that is no longer as it was printed. It needs no version control, so it works where
backguide is only installed.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeGuard

from backguide.about import __version__
from backguide.guidance.review import state_of
from backguide.packet.items import Item

FORMAT: Final = "backguide-review-packet"


@dataclass(frozen=True, slots=True)
class PacketList:
    """What one packet printed."""

    version: str
    """Of backguide."""
    printed_on: str
    items: dict[str, str]
    """Hash of each item of the whole content by its id, printed or not."""
    files: dict[str, str]
    """State of each file that the packet printed in full, by its name."""


def list_of(
    every: tuple[Item, ...], printed: tuple[Item, ...], printed_on: date
) -> PacketList:
    """Return the list of a packet.

    Args:
        every: All items of the content.
        printed: Those in the packet; what is missing was seen in an earlier one.
        printed_on: The day on its pages.
    """
    return PacketList(
        version=__version__,
        printed_on=printed_on.isoformat(),
        items={item.id: item.hash for item in every},
        files={item.file.name: state_of(item.file.text) for item in printed},
    )


def as_bytes(listed: PacketList) -> bytes:
    """Return a list as a JSON file."""
    table = {
        "format": FORMAT,
        "version": listed.version,
        "printed_on": listed.printed_on,
        "files": listed.files,
        "items": listed.items,
    }
    return (json.dumps(table, indent=1) + "\n").encode("utf-8")


def from_bytes(content: bytes) -> PacketList:
    """Return the list of a file.

    Raises:
        ValueError: It is no list of a packet.
    """
    try:
        table = json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError("it is no list of a packet") from None
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise ValueError("it is no list of a packet")
    texts = (table.get("version"), table.get("printed_on"))
    items, files = table.get("items"), table.get("files")
    is_whole = all(isinstance(text, str) for text in texts)
    if not (is_whole and _is_map(items) and _is_map(files)):
        raise ValueError("it is a list of a packet, but not a whole one")
    return PacketList(str(texts[0]), str(texts[1]), items, files)


def _is_map(value: Any) -> TypeGuard[dict[str, str]]:
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


def changed_since(every: tuple[Item, ...], before: PacketList) -> tuple[Item, ...]:
    """Return the items that are new or not as they were."""
    return tuple(item for item in every if before.items.get(item.id) != item.hash)


def gone_since(every: tuple[Item, ...], before: PacketList) -> tuple[str, ...]:
    """Return the ids of items that are no longer there."""
    now = {item.id for item in every}
    return tuple(name for name in before.items if name not in now)

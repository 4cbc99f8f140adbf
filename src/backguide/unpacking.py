"""Open gzip files and ZIP archives of strangers, in bounded time and memory.

Nothing is ever written to disk, and no name of a member is used as a path. What a
member declares about its size is not believed: the bytes are counted as they come.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Protocol, cast

_DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError,
    RuntimeError, ValueError,
)  # fmt: skip
"""What the libraries raise of an archive that is damaged, locked, or strange."""


class Stream(Protocol):
    """What can be read from, block by block."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes; all that are left for a size below 0."""


class UnpackingError(ValueError):
    """An archive, or a file in it, that is refused; in words for people."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one command unpacks at most."""

    members: int = 200_000
    """Files in one archive."""
    file_bytes: int = 16 << 20
    """Of a file that is read whole."""
    inner_bytes: int = 256 << 20
    """Of an archive inside an archive, which is held in memory."""
    all_bytes: int = 8 << 30
    """Unpacked in all."""
    ratio: int = 200
    """Unpacked bytes for each packed one; export files have up to 40."""
    free_bytes: int = 1 << 20
    """So many are not held against the ratio."""
    depth: int = 2
    """Archives inside each other."""


class Budget:
    """Counts what one command has unpacked."""

    def __init__(
        self, limits: Limits, tell: Callable[[int], None] | None = None
    ) -> None:
        """Begin at nothing; ``tell`` hears of each block of bytes."""
        self.limits = limits
        self._left = limits.all_bytes
        self._tell = tell

    def spend(self, count: int, *, is_packed: bool) -> None:
        """Take unpacked bytes off the budget; those of a plain file are only told.

        Raises:
            UnpackingError: It is used up.
        """
        if self._tell is not None:
            self._tell(count)
        self._left -= count if is_packed else 0
        if self._left < 0:
            raise UnpackingError("it unpacks to more than a real export would hold")


class Counted:
    """A stream whose bytes are counted as they are read."""

    def __init__(self, stream: Stream, budget: Budget, packed: int | None) -> None:
        """Count the bytes of a stream.

        Args:
            stream: What is read.
            budget: Of the whole command.
            packed: How many packed bytes it comes from at most; None if not packed.
        """
        self._stream, self._budget = stream, budget
        limits = budget.limits
        self._most = (
            None if packed is None else limits.free_bytes + packed * limits.ratio
        )
        self._count = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes.

        Raises:
            UnpackingError: It is damaged, or grows beyond what is sensible.
        """
        if size < 0:
            return self.read_whole(self._budget.limits.file_bytes)
        try:
            block = self._stream.read(size)
        except UnpackingError:
            raise
        except _DAMAGED:
            raise UnpackingError("it is damaged, or locked with a password") from None
        self._count += len(block)
        if self._most is not None and self._count > self._most:
            raise UnpackingError("it unpacks to far more than it should")
        self._budget.spend(len(block), is_packed=self._most is not None)
        return block

    def read_whole(self, most_bytes: int) -> bytes:
        """Return all that is left.

        Raises:
            UnpackingError: It is damaged, or has more bytes than that.
        """
        blocks, count = [], 0
        while block := self.read(1 << 16):
            blocks.append(block)
            count += len(block)
            if count > most_bytes:
                raise UnpackingError(f"it is larger than {most_bytes >> 20} MB")
        return b"".join(blocks)


class Joined:
    """Bytes that were read already, and then the rest of their stream."""

    def __init__(self, begin: bytes, rest: Stream) -> None:
        """Put the bytes before the rest."""
        self._begin, self._rest = begin, rest

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        if not self._begin:
            return self._rest.read(size)
        cut = len(self._begin) if size < 0 else size
        given, self._begin = self._begin[:cut], self._begin[cut:]
        return given + (self._rest.read() if size < 0 else b"")


def gunzipped(stream: Stream, budget: Budget, packed: int) -> Counted:
    """Return the unpacked bytes of a gzip stream."""
    unpacked = gzip.GzipFile(mode="rb", fileobj=cast(Any, stream))
    return Counted(unpacked, budget, packed)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive."""

    name: str
    declared_bytes: int
    """What the archive says; for a progress bar only."""
    packed_bytes: int
    unpack: Callable[[], Stream]


def members(file: BinaryIO, limits: Limits) -> Iterator[Member]:
    """Yield the files of a ZIP archive in the order in which they lie there.

    Raises:
        UnpackingError: It is damaged, or has too many.
    """
    try:
        archive = zipfile.ZipFile(file)
        infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    except _DAMAGED:
        raise UnpackingError("it is a damaged archive") from None
    if len(infos) > limits.members:
        raise UnpackingError(f"it holds more than {limits.members:,} files")
    for info in infos:
        if not info.is_dir():
            yield Member(
                info.filename,
                info.file_size,
                info.compress_size,
                lambda info=info: _unpacked(archive, info),  # type: ignore[misc]
            )


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Stream:
    try:
        return archive.open(info)
    except _DAMAGED:
        raise UnpackingError("it is damaged, or locked with a password") from None


def with_changed_member(
    content: bytes, name: str, change: Callable[[bytes], bytes]
) -> bytes:
    """Return a ZIP archive in which one member was changed, in memory.

    Args:
        content: An archive that was looked through before; see ``Counted``.
        name: Of the member.
        change: Returns its new bytes from the old ones.
    """
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(changed, "w") as new,
    ):
        for info in old.infolist():
            one = old.read(info)
            new.writestr(info.filename, change(one) if info.filename == name else one)
    return changed.getvalue()

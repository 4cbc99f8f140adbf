"""Write files: the one door for everything that any command leaves on a disk.

A file is written beside its place first, flushed to the disk and then renamed, so that
no half file ever has the final name. A ``Door`` knows in addition what a command reads,
and what each kind of our files looks like. It never writes over an input, and replaces
a file only if that is an earlier output of ours, unchanged:

=========  ===========================================================================
kind       one of ours
=========  ===========================================================================
PDF        begins as we begin one, names backguide as its producer, and was not added to
           since (a diary that was filled in and saved has a second end)
NOTE       one line with a guide's code and day, and nothing else
JOB_LIST   a table with the columns of a print job's list, each line ended as we do it
SCHEMA     a JSON object with the ``$id`` of the profile's schema
HTML       names backguide as its generator in the head
REPORT     begins with "Run", its number and its time
TABLE      a table with the first columns of the run's table
PACKET     a JSON object that says it is the list of a review packet
RECORD     JSON Lines of which one at least is a row of a manifest, or of the print jobs
FHIR       a Questionnaire with our address, or a DocumentReference with our code of a
           guide
ANSWERS    none: somebody's answers may stand in it; ``amend`` alone adds to them
=========  ===========================================================================

An empty file holds nothing to be lost and counts as ours; so does one of zeros, which a
power cut can leave. ``is_forced`` lets a foreign
file be replaced; an input stays even then.
"""

import errno
import json
import os
import re
import stat
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from backguide.errors import OutputError, system_words
from backguide.reading import check_ordinary, holds_file, identity, names_in, read_file

# --- what ours look like ------------------------------------------------------


class Kind(Enum):
    """The kinds of files that we write; see the table at the head."""

    PDF = "pdf"
    NOTE = "note"
    JOB_LIST = "job list"
    SCHEMA = "schema"
    HTML = "html"
    REPORT = "report"
    TABLE = "table"
    PACKET = "packet"
    RECORD = "record"
    FHIR = "fhir"
    ANSWERS = "answers"


GENERATOR: Final = "<meta name=generator content=backguide>"
"""Stands in the head of each HTML file of ours."""
_PDF_HEADS: Final = (
    b"%PDF-1.7\n%\x93\x8c\x8b\x9e ReportLab Generated PDF document (opensource)\n",
    b"%PDF-1.7\n%\xbf\xf7\xa2\xfe\n",
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
)
"""Of a handout, of a print job, which qpdf writes, and of an older handout."""
_PRODUCER: Final = b"<pdf:Producer>backguide</pdf:Producer>"
_SHEET: Final = b"<xmp:CreatorTool>backguide intake-sheet</xmp:CreatorTool>"
"""A question sheet: by now it may hold somebody's answers."""
_PDF_END: Final = b"%%EOF"
_NOTE: Final = re.compile(
    rb"[^\r\n]{1,200}?[0-9A-F]{4}-[0-9A-F]{4}, [0-9]{4}-[0-9]{2}-[0-9]{2}\.[^\r\n]*\n"
)
_MOST_NOTE_BYTES: Final = 2000
_JOB_LIST: Final = re.compile(rb"\xef\xbb\xbffile,place,id,guide_code,[^\n]*\r\n")
_TABLE: Final = re.compile(rb"\xef\xbb\xbfid,status,reason,[^\n]*\r\n")
_REPORT: Final = re.compile(rb"Run [0-9]+, [0-9]{4}-[0-9]{2}-[0-9]{2}T[^\n]*\n")
_FHIR: Final = b"https://backguide.example/fhir/"
_HEAD_BYTES: Final = 1 << 16
"""A mark that stands near the beginning is looked for in so many bytes."""


def _is_pdf(content: bytes) -> bool:
    return (
        content.startswith(_PDF_HEADS)
        and content.rstrip(b"\r\n").endswith(_PDF_END)
        and content.count(_PDF_END) == 1
        and _PRODUCER in content
        and _SHEET not in content
    )


def _is_note(content: bytes) -> bool:
    return len(content) <= _MOST_NOTE_BYTES and _NOTE.fullmatch(content) is not None


def _is_schema(content: bytes) -> bool:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return False
    id_ = data.get("$id") if isinstance(data, dict) else None
    return isinstance(id_, str) and "backguide" in id_


def _is_fhir(content: bytes) -> bool:
    head = content[:_HEAD_BYTES]
    is_form = head.startswith(
        b'{\n "resourceType": "Questionnaire",\n "url": "' + _FHIR
    )
    is_guide = head.startswith(b'{\n "resourceType": "DocumentReference",')
    return is_form or (is_guide and b'"system": "' + _FHIR in head)


def _is_packet(content: bytes) -> bool:
    return content.startswith(b'{\n "format": "backguide-review-packet"')


def _is_record(content: bytes) -> bool:
    # A first row may have been cut off by a power cut.
    beginning = content[:7]
    if any(mark.startswith(beginning) for mark in (b'{"run":', b'{"at": ')):
        return True
    return any(_is_row(line) for line in content.splitlines())


def _is_row(line: bytes) -> bool:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return False
    if not isinstance(row, dict):
        return False
    return {"run", "status"} <= row.keys() or {"at", "files"} <= row.keys()


_IS_OURS: Final[Mapping[Kind, Callable[[bytes], bool]]] = MappingProxyType(
    {
        Kind.PDF: _is_pdf,
        Kind.NOTE: _is_note,
        Kind.JOB_LIST: lambda content: _JOB_LIST.match(content) is not None,
        Kind.SCHEMA: _is_schema,
        Kind.HTML: lambda content: GENERATOR.encode() in content[:_HEAD_BYTES],
        Kind.REPORT: lambda content: _REPORT.match(content) is not None,
        Kind.TABLE: lambda content: _TABLE.match(content) is not None,
        Kind.PACKET: _is_packet,
        Kind.RECORD: _is_record,
        Kind.FHIR: _is_fhir,
        Kind.ANSWERS: lambda content: False,
    }
)


def is_ours(content: bytes, kind: Kind) -> bool:
    """Tell whether bytes are an earlier output of ours, or nothing at all."""
    return not content.strip(b"\0") or _IS_OURS[kind](content)


# --- the door -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody wants a file to go: a name, or a folder for it."""

    path: Path
    is_folder: bool = False
    """True when the name was written as that of a folder: "guides/"."""
    is_standard_output: bool = False
    """True when "-" was written."""


def place_of(text: str) -> Place:
    """Return the place that a text names; "guides/" and "guides/." are folders."""
    separators = filter(None, (os.sep, os.altsep))
    ends = tuple(f"{one}{dots}" for one in separators for dots in ("", ".", ".."))
    is_folder = text.endswith(ends) or text in (".", "..")
    return Place(Path(text), is_folder, is_standard_output=text == "-")


class Door:
    """Lets the files of one command out, and keeps its inputs from harm."""

    def __init__(self, *, is_forced: bool = False) -> None:
        """Begin with no inputs; see ``know``."""
        self.is_forced = is_forced
        """Replace files that are not ours as well; never an input."""
        self._inputs: list[tuple[Path, str]] = []
        self._folders: set[str] = set()
        """Those that may be made, because they were named as folders."""
        self._looked_at: set[Path] = set()
        self._not_durable: set[Path] = set()
        self._warnings: dict[str, None] = {}

    def know(self, path: Path, what: str) -> None:
        """Take note of something that the command reads.

        Args:
            path: A file, or a folder with all files in it.
            what: What it is, for messages: "the profile".
        """
        self._inputs.append((path, what))

    def file_at(self, place: Place, name: str) -> Path:
        """Return the path of a file; where the place is a folder it gets the name."""
        # os.path says no where Path would raise: names too long, folders closed to us.
        if place.is_folder:
            self._folders.add(os.path.abspath(place.path))  # noqa: PTH100
        elif not os.path.isdir(place.path):  # noqa: PTH112
            return place.path
        return place.path / name

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what whoever wrote here should know, each thing once."""
        return tuple(self._warnings)

    def take_warnings(self) -> tuple[str, ...]:
        """Return the warnings for whoever tells them in another way."""
        taken = self.warnings
        self._warnings.clear()
        return taken

    def warn(self, words: str) -> None:
        """Add a warning."""
        self._warnings[words] = None

    def _folder_around(self, path: Path) -> str:
        """Return which folder that the command reads holds a file; or empty."""
        for known, what in self._inputs:
            if holds_file(known, path):
                return f"in {what}"
        return ""

    def check(self, *outputs: tuple[Path, Kind | None]) -> None:
        """See that all files of a command may be written, before any of them is.

        Args:
            outputs: Path and kind of each; without a kind whatever is there may be
                replaced, unless the command reads it.

        Raises:
            OutputError: With everything that is in the way, each in one line.
        """
        inputs = {identity(path): what for path, what in self._inputs}
        found = [fault for out in outputs if (fault := self._fault(*out, inputs))]
        names = [os.path.realpath(path).casefold() for path, _ in outputs]
        found += [
            f"{path.name}: two files of this command would have this name"
            for number, (path, _) in enumerate(outputs)
            if names[number] in names[:number]
        ]
        if found:
            raise OutputError("\n".join(dict.fromkeys(found)))

    def write(self, path: Path, content: bytes, kind: Kind) -> None:
        """Write a file, unless something is in the way.

        Raises:
            OutputError: It may not be written, or the disk refuses.
        """
        self.write_all((path, content, kind))

    def write_all(self, *outputs: tuple[Path, bytes, Kind]) -> None:
        """Write several files, or none of them where that can be known beforehand.

        Raises:
            OutputError: One may not be written, or the disk refuses.
        """
        self.check(*((path, kind) for path, _, kind in outputs))
        for folder in {path.parent for path, _, _ in outputs}:
            remove_temporaries(folder)
        for path, content, _ in outputs:
            self.prepare(path)
            if not write_file(path, content):
                self.warn_not_durable(path)

    def amend(self, path: Path, before: bytes, after: bytes) -> None:
        """Put something more into a file that this command has read.

        Answers into a file of answers, a review into the head of a content file.

        Args:
            path: The file; the one input that is ever written.
            before: What was read there. Anything else by now is somebody's work.
            after: What stands there then.

        Raises:
            OutputError: It was changed meanwhile, is no ordinary file, or the disk
                refuses.
        """
        try:
            is_unchanged = read_file(path) == before
        except OSError as error:
            raise OutputError(_reason(path, error)) from None
        if not is_unchanged:
            raise OutputError(
                f"{path.name}: it was changed meanwhile; nothing was written. Run the "
                "same command again"
            )
        remove_temporaries(path.parent)
        self.look_at(path)
        if not write_file(path, after):
            self.warn_not_durable(path)

    def prepare(self, path: Path) -> None:
        """Make the folder of a file if it was named as one, and look at the place.

        Raises:
            OutputError: It cannot be made.
        """
        folder = path.parent
        if not os.path.lexists(folder):
            make_folder(folder)
        self.look_at(path)

    def warn_not_durable(self, path: Path) -> None:
        """Warn of a disk that cannot flush, once for each folder."""
        if path.parent not in self._not_durable:
            self.warn(not_durable(path))
        self._not_durable.add(path.parent)

    def look_at(self, path: Path) -> None:
        """Warn if a path lies where files are copied to the internet."""
        folder = path.parent
        if folder not in self._looked_at and (service := synced_by(folder)):
            self.warn(synced_warning(path, service))
        self._looked_at.add(folder)

    def _fault(
        self, path: Path, kind: Kind | None, inputs: Mapping[object, str]
    ) -> str:
        """Return what is in the way of a file; empty when nothing is."""
        try:
            mode = os.lstat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return self._missing(path)
        except (OSError, ValueError) as error:
            return _reason(path, error)
        known = identity(path)
        if known is not None and known in inputs:
            return _an_input(path, inputs[known])
        if not stat.S_ISREG(mode):
            return _no_file(path, mode)
        if kind is None:
            return ""
        try:
            content = read_file(path)
        except OSError:
            content = b"?"  # what cannot be read cannot be known as ours
        is_known = bool(content.strip(b"\0")) and is_ours(content, kind)
        if not is_known and (what := self._folder_around(path)):
            return _an_input(path, what)
        if not content.strip(b"\0") or is_known or self.is_forced:
            return ""
        return (
            f"{path.name}: this file is there already, and it is not an earlier output "
            "of this kind, or was changed since. Choose another name, or add --force "
            "to replace it"
        )

    def _missing(self, path: Path) -> str:
        """Return what is wrong with the folder of a file that is not there yet."""
        folder = path.parent
        if os.path.isdir(folder):  # noqa: PTH112
            return ""
        if os.path.lexists(folder):
            return f"{folder.name}: this is not a folder"
        may_be_made = os.path.abspath(folder) in self._folders  # noqa: PTH100
        if may_be_made and os.path.isdir(folder.parent):  # noqa: PTH112
            return ""
        missing = folder.parent if may_be_made else folder
        return f"{missing}: there is no such folder; make it first"


def _an_input(path: Path, what: str) -> str:
    return (
        f"{path.name}: this is {what}, which the command reads; an input is never "
        "written over. Choose another name"
    )


def beside(path: Path, ending: str) -> Path:
    """Return the path of a file that goes with a PDF: "a.pdf" and "a" to "a.csv".

    Only ".pdf" is taken off the name: what else stands behind a dot is part of it.
    """
    name = path.name
    stem = name[: -len(path.suffix)] if path.suffix.lower() == ".pdf" else name
    return path.with_name(f"{stem}{ending}")


# --- one file -----------------------------------------------------------------

_NOT_SUPPORTED: Final = frozenset(
    getattr(errno, name, errno.EINVAL)
    for name in ("EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "ENOTTY")
)
"""What network shares say that cannot flush at all. EIO is not among them: there the
disk has failed, and the bytes may be lost already."""


def write_file(path: Path, content: bytes, *, told_as: str = "") -> bool:
    """Write a file all at once: beside it first, flushed to disk, then renamed.

    An older file of that name stays as it was until the new one is complete.

    Args:
        path: Where the file goes. Its folder must exist.
        content: What it holds.
        told_as: Name for messages, when the final name is another one.

    Returns:
        True when it outlives a power cut from now on; False when the disk, such as a
        share in the network, does not offer that.

    Raises:
        OutputError: The path is a link or a folder, or the disk refuses.
    """
    _check_target(path)
    # Short, so that a name as long as the disk allows can be written as well.
    temporary = path.with_name(f".bg-{zlib.crc32(os.fsencode(path))}-{os.getpid()}.tmp")
    try:
        is_durable = _write_durably(temporary, content)
        _replace(temporary, path)
    except OSError as error:
        named = path.with_name(told_as) if told_as else path
        raise OutputError(_reason(named, error)) from None
    finally:
        _remove(temporary)
    _sync_folder(path.parent)
    return is_durable


def remove_temporaries(folder: Path) -> None:
    """Remove half files that processes of this computer left when they were killed.

    Args:
        folder: No thread of ours may be writing there.
    """
    try:
        names = names_in(folder)
    except OSError:
        return
    for name in names:
        found = _TEMPORARY.fullmatch(name)
        if found and _is_gone(int(found["pid"])):
            _remove(folder / name)


_TEMPORARY: Final = re.compile(r"\.bg-[0-9]{1,10}-(?P<pid>[0-9]{1,10})\.tmp")


def _is_gone(pid: int) -> bool:
    """Tell whether a process that wrote is writing no more; we are not just now."""
    if pid == os.getpid():
        return True
    if os.name == "nt":
        return False  # asking there would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def not_durable(path: Path) -> str:
    """Return the warning about a disk that cannot flush."""
    return (
        f"{path.name}: written, but this disk or network share cannot promise that it "
        "survives a power cut in the next minutes; keep the profile until then"
    )


def sync(descriptor: int) -> bool:
    """Flush an open file to the disk, and tell whether the disk offers that.

    Raises:
        OSError: The disk has failed.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno in _NOT_SUPPORTED:
            return False
        raise
    return True


def _check_target(path: Path) -> None:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(_reason(path, error)) from None
    if not stat.S_ISREG(mode):
        raise OutputError(_no_file(path, mode))


def _no_file(path: Path, mode: int) -> str:
    kind = "a folder" if stat.S_ISDIR(mode) else "a link or a device"
    return f"{path.name}: cannot be written, because it is {kind}"


def _write_durably(path: Path, content: bytes) -> bool:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    flags |= getattr(os, "O_BINARY", 0)
    _remove(path)
    descriptor = os.open(path, flags, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        return sync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        # The rename has taken it, or the folder is gone: nothing is left to tidy.
        return


def _replace(old: Path, new: Path) -> None:
    """Rename a file; of a network drive that asked twice, believe what is there."""
    moved = identity(old)
    try:
        os.replace(old, new)
    except FileNotFoundError:
        if moved is None or identity(new) != moved:
            raise


def _sync_folder(folder: Path) -> None:
    """Make the new name durable where the system can; a folder cannot be on Windows."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    # The file is complete by now; a folder that will not sync makes it no worse.
    with suppress(OSError):
        os.fsync(descriptor)
    with suppress(OSError):
        os.close(descriptor)


def _reason(path: Path, error: OSError | ValueError) -> str:
    words = system_words(error) if isinstance(error, OSError) else "not a name"
    return f"{path.name}: cannot be written: {words}"


# --- other changes on the disk ------------------------------------------------


def make_folder(folder: Path) -> None:
    """Make a folder for its owner alone; one that is there stays as it is.

    Raises:
        OutputError: It cannot be made, or something else has its name.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except FileNotFoundError:
        raise OutputError(
            f"{folder.parent}: there is no such folder; make it first"
        ) from None
    except (OSError, ValueError) as error:
        words = system_words(error) if isinstance(error, OSError) else "not a name"
        raise OutputError(f"{folder.name}: cannot be made: {words}") from None
    if not os.path.isdir(folder):  # noqa: PTH112
        raise OutputError(f"{folder.name}: this is not a folder")


def rename_file(old: Path, new: Path) -> None:
    """Give a finished file its name; what had that name is replaced.

    Raises:
        OutputError: The disk refuses.
    """
    try:
        _replace(old, new)
    except OSError as error:
        raise OutputError(_reason(new, error)) from None


def remove_file(path: Path) -> None:
    """Remove a file; one that is gone already is no error.

    Raises:
        OutputError: The disk refuses.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        words = system_words(error)
        raise OutputError(f"{path.name}: cannot be removed: {words}") from None


def open_for_keeps(path: Path) -> int:
    """Return the descriptor of a file that grows, or is locked; made if not there.

    Raises:
        OSError: The disk refuses, or it is not an ordinary file.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        check_ordinary(os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def create_file(path: Path, content: bytes) -> None:
    """Write a small file that must not be there yet; not for what must be whole.

    Raises:
        FileExistsError: It is there.
        OSError: The disk refuses.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)


def link_file(old: Path, new: Path) -> None:
    """Give a file a second name, if nobody has that.

    Raises:
        OSError: The name is taken, or the disk has no such links.
    """
    os.link(old, new)


# --- places that are copied to the internet -----------------------------------

_SERVICES: Final[Mapping[str, str]] = MappingProxyType(
    {
        r"com~apple~clouddocs|mobile documents|icloud.*": "iCloud",
        r".*one ?drive.*|skydrive": "OneDrive",
        r".*dropbox.*": "Dropbox",
        r".*google ?drive.*|my drive|drivefs|shared drives": "Google Drive",
        r"mega|mega ?sync|mega ?drive|mega uploads": "MEGA",
        r"p ?cloud.*": "pCloud",
        r"box|box[ -]sync|box-box": "Box",
        r".*nextcloud.*": "Nextcloud",
        r".*own ?cloud.*": "ownCloud",
        r"sync|sync\.com.*": "Sync.com",
        r"proton ?drive.*": "Proton Drive",
        r"tresorit.*|my tresors": "Tresorit",
        r"synology ?drive.*|cloudstation": "Synology Drive",
        r"yandex\.? ?disk.*": "Yandex Disk",
        r"seafile|seadrive.*": "Seafile",
        r"icedrive.*": "Icedrive",
        r"creative cloud files.*": "Creative Cloud",
        r"amazon ?(?:cloud ?)?drive": "Amazon Drive",
        r"magenta ?cloud|hidrive": "a cloud drive",
    }
)
"""Names of folders, in small letters, that are kept equal with a service."""
_SYNCED: Final = tuple(
    (re.compile(pattern), name) for pattern, name in _SERVICES.items()
)
_MAC_STORAGE: Final = "cloudstorage"
"""macOS keeps every service below ``~/Library/CloudStorage``."""
_SIGNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".dropbox": "Dropbox",
        ".nextcloudsync.log": "Nextcloud",
        ".owncloudsync.log": "ownCloud",
    }
)
"""Files that a service lays into its own folder, whatever that is called."""


def synced_by(folder: Path) -> str:
    """Return the service that a folder seems to be copied by; empty when none.

    Judged by the names on the way, as they were written and with links followed, and
    by what services leave in their own folders.
    """
    written, real = os.path.abspath(folder), os.path.realpath(folder)  # noqa: PTH100
    for way in dict.fromkeys((Path(written), Path(real))):
        for number, part in enumerate(way.parts):
            if part.casefold() == _MAC_STORAGE and number + 1 < len(way.parts):
                # "GoogleDrive-somebody@example.com": what follows names a person.
                return way.parts[number + 1].partition("-")[0]
            for pattern, name in _SYNCED:
                if pattern.fullmatch(part.casefold()):
                    return name
        for sign, name in _SIGNS.items():
            if any(os.path.lexists(place / sign) for place in (way, *way.parents)):
                return name
    return ""


def synced_warning(path: Path, service: str) -> str:
    """Return the warning about a place that is copied by a service."""
    return (
        f"{path.name}: this place looks as if it were copied to the internet "
        f"({service}); choose one that stays on this computer"
    )

"""Unpack an untrusted zip file: nothing is written outside of one folder, and not too much."""

import stat
import struct
import time
import zipfile
import zlib
from calendar import timegm
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from lossbook.grading.safe_text import as_code
from lossbook.grading.submissions.decoding import ARCHIVES, name_in_zip, one_line

_CHUNK = 1 << 16
_HEADER = 30  # bytes before the name of an entry, at least
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OSError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    IndexError,
    MemoryError,
)


class ArchiveError(ValueError):
    """Nothing was unpacked; the message is one sentence that says why."""


class ArchiveLimits(NamedTuple):
    """How much an archive may contain.

    entries : number of files and folders
    file, total : bytes in one file, and in all
    ratio : unpacked size as a multiple of the file's, beyond the first 32 MB
    """

    entries: int = 5_000
    file: int = 200_000_000
    total: int = 500_000_000
    ratio: int = 250


# For a whole class, as a learning platform packs it for the teacher.
CLASS = ArchiveLimits(entries=100_000, total=20_000_000_000)


class Entry(NamedTuple):
    """A file in an archive.

    parts : its name, split at the slashes
    path : where it was unpacked to, or None
    mtime : seconds since 1970
    why : one sentence if it was refused, else ""
    """

    parts: tuple
    path: Path | None
    mtime: float = 0.0
    why: str = ""


def unpack(path, into, limits=ArchiveLimits(), wanted=lambda parts: True):  # noqa: B008 (it is immutable)
    """Unpack the zip file at `path` into the folder `into`, and return the list of Entry.

    The files are named by numbers there, so that no name from the archive reaches the disk. Of two
    entries with the same name the last counts. An entry that is not `wanted` (by its parts) is
    listed but not unpacked.

    Raises ArchiveError and leaves nothing in `into` if the archive is refused. Raises OSError if
    the disk cannot be written.
    """
    into = Path(into)
    into.mkdir(parents=True, exist_ok=True)
    written = []
    try:
        with open(path, "rb") as file:
            return _unpacked(
                _BoundedFile(file, limits.entries * 256), into, limits, wanted, written
            )
    except BaseException:
        for one in written:
            one.unlink(missing_ok=True)
        raise


class _BoundedFile:
    """A file that raises ArchiveError instead of reading a huge piece at once.

    zipfile reads the whole table of contents in one piece, however long it claims to be.
    """

    def __init__(self, file, most):
        self._file, self._most = file, max(most, 1 << 17)
        self.tell, self.seek, self.seekable = file.tell, file.seek, file.seekable

    def read(self, size=-1):
        data = self._file.read(self._most + 1 if size < 0 else min(size, self._most + 1))
        if len(data) > self._most:
            raise ArchiveError("Its table of contents is too long.")
        return data


def _unpacked(file, into, limits, wanted, written):
    opened, length = _opened(file)
    with opened as archive:
        infos = archive.infolist()
        if len(infos) > limits.entries:
            raise ArchiveError(f"It has more than {limits.entries:,} entries.")
        _refuse_overlaps(infos, archive.start_dir)
        entries, left = {}, min(limits.total, limits.ratio * length + (32 << 20))
        for info in infos:
            parts, why = _parts(info)
            if not why and info.is_dir():  # of an empty name Python 3.11 cannot tell
                continue
            entry = Entry(parts, None, _mtime(info), why or _why_not(info, limits))
            if not entry.why and wanted(parts):
                target = into / f"{len(written):06d}"
                written.append(target)
                entry, left = _extract(archive, info, entry, target, limits, left)
            _discard(entries.get(parts))
            entries[parts] = entry
    return list(entries.values())


def _opened(file):
    """The archive, and the length of its file."""
    start, length = file.read(4), file.seek(0, 2)
    for mark, kind in ARCHIVES:
        if start.startswith(mark):
            raise ArchiveError(f"It is {kind}; only zip archives are opened.")
    try:
        return zipfile.ZipFile(file), length
    except ArchiveError:
        raise
    except _DAMAGED:
        raise ArchiveError("It is no zip archive, or only a part of one.") from None


def _refuse_overlaps(infos, end):
    """Entries that share bytes can turn a few kilobytes into petabytes."""
    infos = sorted(infos, key=lambda info: info.header_offset)
    offsets = [*(info.header_offset for info in infos), end]
    for info, after in zip(infos, offsets[1:], strict=True):
        if info.header_offset < 0 or info.header_offset + _HEADER + info.compress_size > after:
            raise ArchiveError("Its entries overlap, as no zip program packs them.")


def _parts(info):
    """The name of an entry in parts, and one sentence if it is refused."""
    name = info.filename
    if not info.flag_bits & 0x800:  # not declared as UTF-8: zipfile took it for cp437
        with suppress(UnicodeEncodeError):  # then it is from an extra field, and correct
            name = name_in_zip(name.encode("cp437"))
    name = name.replace("\\", "/")
    climbs = ".." in name.split("/")
    parts = tuple(part for part in name.split("/") if part not in ("", ".", ".."))
    if name.startswith("/") or climbs or name[1:2] == ":" or not parts:
        return _cut(parts) or ("?",), f"The name {as_code(name, 60)} points out of the archive."
    if len(parts) > 20 or max(map(len, parts)) > 255:
        return _cut(parts), "Its name is too long."
    return parts, ""


def _cut(parts):
    return tuple(one_line(part) for part in parts[:20])


def _why_not(info, limits):
    """One sentence if an entry must be refused, else ""."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "It is a link, and links are not followed."
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "It is no ordinary file."
    if info.flag_bits & 1:
        return "It is encrypted."
    if info.compress_type not in _METHODS:
        return "It is packed in a way that only few programs can open."
    if info.file_size > limits.file:
        return _too_long(limits)
    return ""


def _too_long(limits):
    return f"It has more than {limits.file // 1_000_000} MB."


def _extract(archive, info, entry, target, limits, left):
    """Unpack an entry to `target`; return the Entry and how many bytes are left of the limit."""
    most, chunks = min(limits.file, left), _chunks(archive, info)
    size, why = 0, ""
    with open(target, "xb") as out:
        for chunk in chunks:
            if chunk is None:
                why = "It is damaged in the archive."
                break
            size += len(chunk)
            if size > most:
                break
            out.write(chunk)
    if size > left:
        raise ArchiveError("It becomes far longer than any submission when it is unpacked.")
    if size > limits.file:
        why = _too_long(limits)
    if why:
        target.unlink()
        return entry._replace(why=why), left - size
    return entry._replace(path=target), left - size


def _discard(entry):
    """Remove an earlier entry with the same name."""
    if entry and entry.path:
        entry.path.unlink()


def _chunks(archive, info):
    """Yield the bytes of an entry in pieces, and None if it is damaged."""
    try:
        with archive.open(info) as packed:
            while chunk := packed.read(_CHUNK):
                yield chunk
    except _DAMAGED:
        yield None


def _mtime(info):
    """The time of the packing machine, read as UTC: it is only compared with others."""
    try:
        return float(timegm(time.struct_time((*info.date_time, 0, 0, 0))))
    except (ValueError, OverflowError):
        return 0.0

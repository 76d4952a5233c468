"""Open a zip file from a stranger: nothing is written outside of one folder, and not too much."""

import stat
import struct
import time
import zipfile
import zlib
from calendar import timegm
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from lossbook.grading.submissions.decoding import name_in_zip, shown

_CHUNK = 1 << 16
_HEADER = 30  # bytes before the name of an entry, at least
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_STARTS = {
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zX": "an xz archive",
}
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


class NotOpened(ValueError):
    """An archive from which nothing is taken; the message is one sentence that says why."""


class Limits(NamedTuple):
    """How much may come out of an archive.

    entries : number of files and folders
    file, total : bytes in one file, and in all
    ratio : how often longer an archive may become, beyond the first 32 MB
    """

    entries: int = 5_000
    file: int = 200_000_000
    total: int = 500_000_000
    ratio: int = 250


# What a learning platform packed for the teacher: a whole class.
CLASS = Limits(entries=100_000, total=20_000_000_000)


class Entry(NamedTuple):
    """A file in an archive.

    parts : its name, split at the slashes
    path : where it was written to, or None
    mtime : seconds since 1970
    why : one sentence where it was not taken, else ""
    """

    parts: tuple
    path: Path | None
    mtime: float = 0.0
    why: str = ""


def unpack(path, into, limits=Limits(), wanted=lambda parts: True):  # noqa: B008 (it is immutable)
    """Unpack the zip file at `path` into the folder `into`, and return the list of Entry.

    The files get numbers for names there, so that no name from the archive reaches the disk.
    Of two entries with one name the last counts. An entry that is not `wanted` (by its parts) is
    listed, and not unpacked.

    Raises NotOpened, with a sentence, where nothing is taken; then nothing is left in `into`.
    Raises OSError where the disk does not take what is written.
    """
    into = Path(into)
    into.mkdir(parents=True, exist_ok=True)
    written = []
    try:
        with open(path, "rb") as file:
            return _unpacked(_Careful(file, limits.entries * 256), into, limits, wanted, written)
    except BaseException:
        for one in written:
            one.unlink(missing_ok=True)
        raise


class _Careful:
    """A file that refuses to be read in one huge piece.

    zipfile reads the whole table of contents at once, however long it claims to be.
    """

    def __init__(self, file, most):
        self._file, self._most = file, max(most, 1 << 17)
        self.tell, self.seek, self.seekable = file.tell, file.seek, file.seekable

    def read(self, size=-1):
        data = self._file.read(self._most + 1 if size < 0 else min(size, self._most + 1))
        if len(data) > self._most:
            raise NotOpened("Its table of contents is too long.")
        return data


def _unpacked(file, into, limits, wanted, written):
    opened, length = _opened(file)
    with opened as archive:
        infos = archive.infolist()
        if len(infos) > limits.entries:
            raise NotOpened(f"It has more than {limits.entries:,} entries.")
        _refuse_overlaps(infos, archive.start_dir)
        entries, left = {}, min(limits.total, limits.ratio * length + (32 << 20))
        for info in infos:
            parts, why = _parts(info)
            if info.is_dir() and not why:
                continue
            entry = Entry(parts, None, _mtime(info), why or _why_not(info, limits))
            if not entry.why and wanted(parts):
                target = into / f"{len(written):06d}"
                written.append(target)
                entry, left = _taken(archive, info, entry, target, limits, left)
            _forget(entries.get(parts))
            entries[parts] = entry
    return list(entries.values())


def _opened(file):
    """The archive, and the length of its file."""
    start, length = file.read(4), file.seek(0, 2)
    for mark, kind in _STARTS.items():
        if start.startswith(mark):
            raise NotOpened(f"It is {kind}; only zip archives are opened.")
    try:
        return zipfile.ZipFile(file), length
    except NotOpened:
        raise
    except _DAMAGED:
        raise NotOpened("It is no zip archive, or only a part of one.") from None


def _refuse_overlaps(infos, end):
    """Entries that share their bytes: a few kilobytes become petabytes in this way."""
    infos = sorted(infos, key=lambda info: info.header_offset)
    offsets = [*(info.header_offset for info in infos), end]
    for info, after in zip(infos, offsets[1:], strict=True):
        if info.header_offset < 0 or info.header_offset + _HEADER + info.compress_size > after:
            raise NotOpened("Its entries overlap, as no zip program packs them.")


def _parts(info):
    """The name of an entry in parts, and one sentence if it is no fit name."""
    name = info.filename
    if not info.flag_bits & 0x800:  # not declared as UTF-8: zipfile took it for cp437
        with suppress(UnicodeEncodeError):  # then it is from a field of its own, and right already
            name = name_in_zip(name.encode("cp437"))
    name = name.replace("\\", "/")
    climbs = ".." in name.split("/")
    parts = tuple(part for part in name.split("/") if part not in ("", ".", ".."))
    if name.startswith("/") or climbs or name[1:2] == ":" or not parts:
        return _cut(parts) or ("?",), f"The name “{shown(name, 60)}” points out of the archive."
    if len(parts) > 20 or max(map(len, parts)) > 255:
        return _cut(parts), "Its name is too long."
    return parts, ""


def _cut(parts):
    return tuple(shown(part) for part in parts[:20])


def _why_not(info, limits):
    """One sentence where an entry must not be taken, else ""."""
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


def _taken(archive, info, entry, target, limits, left):
    """Write an entry to `target`; return the Entry and how many bytes may still come."""
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
        raise NotOpened("It becomes far longer than any submission when it is unpacked.")
    if size > limits.file:
        why = _too_long(limits)
    if why:
        target.unlink()
        return entry._replace(why=why), left - size
    return entry._replace(path=target), left - size


def _forget(entry):
    """Of two entries with one name the first does not count."""
    if entry and entry.path:
        entry.path.unlink()


def _chunks(archive, info):
    """The bytes of an entry in pieces; None where it is damaged."""
    try:
        with archive.open(info) as packed:
            while chunk := packed.read(_CHUNK):
                yield chunk
    except _DAMAGED:
        yield None


def _mtime(info):
    """The clock of whoever packed it, taken for UTC: it only serves to compare."""
    try:
        return float(timegm(time.struct_time((*info.date_time, 0, 0, 0))))
    except (ValueError, OverflowError):
        return 0.0

"""Lists everything in a folder of submissions and in the zip files there; follows no link."""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from lossbook.grading.submissions import archive, filenames

MOST_BYTES = 200_000_000  # of one file
_OWN = archive.ArchiveLimits().total
_DEPTH = 20  # of folders
_NESTED = 1  # a zip file in a student's zip file is opened, but none in that


class Piece(NamedTuple):
    """A file or folder that was found.

    parts : its name below the root, with the folders; zip files count as folders
    kind : "gradable" (a notebook or a script), "folder", "other" or "unusable"
    path : where it is, or None; below the scratch folder if it comes from a zip file
    mtime : seconds since 1970
    why : one sentence, if it is unusable
    arrived : (seconds since 1970, "file" or "zip") of what the platform or the teacher has put
        here: the file itself, or the zip file that it is in. What a student's own zip file says
        of its entries does not count. A zip file has no time zone: its time is read as UTC.
    """

    parts: tuple
    kind: str
    path: Path | None = None
    mtime: float = 0.0
    why: str = ""
    arrived: tuple = ()


def pieces(root, scratch):
    """Yield the Piece of everything below `root`, a folder, a zip file or a single file.

    Zip files are unpacked into folders in `scratch`, which must contain nothing else.
    """
    root = Path(root)
    walk = _Walk(Path(scratch))
    if root.is_dir():
        yield from walk.top(root)
    elif filenames.is_zip(root.name):
        inside = (root.name,) if filenames.from_platform(root.name) else ()
        yield from walk.zip(root, inside, -1, archive.CLASS)
    else:
        yield _single(root, (root.name,), root.stat())


def _entries_of(folder):
    """The entries of a folder sorted by name, without files that programs leave behind."""
    with os.scandir(folder) as entries:
        found = [entry for entry in entries if not filenames.is_hidden(entry.name)]
    return sorted(found, key=lambda entry: entry.name)


def _single(path, parts, status):
    """The Piece of an ordinary file."""
    if status.st_size > MOST_BYTES:
        return Piece(parts, "unusable", why=f"It has more than {MOST_BYTES // 1_000_000} MB.")
    if filenames.is_other_archive(parts[-1]):
        return Piece(
            parts, "unusable", why="It is an archive of a kind that is not opened; zip is."
        )
    kind = "gradable" if filenames.is_gradable(parts[-1]) else "other"
    return Piece(parts, kind, path, status.st_mtime, arrived=(status.st_mtime, "file"))


class _Walk:
    def __init__(self, scratch):
        self._scratch, self._opened = scratch, 0

    def top(self, root):
        """The folder that the teacher has named; a single zip file in it is a whole class."""
        try:
            entries = _entries_of(root)
        except OSError as error:
            raise ValueError(f"submissions cannot be read: {error.strerror}") from None
        only = entries[0] if len(entries) == 1 else None
        if only and filenames.is_zip(only.name) and only.is_file(follow_symlinks=False):
            yield from self.zip(Path(only.path), (only.name,), -1, archive.CLASS)
        else:
            yield from self._entries(entries, ())

    def _entries(self, entries, above):
        for entry in entries:
            parts = (*above, entry.name)
            try:
                yield from self._entry(entry, parts)
            except PermissionError as error:
                yield Piece(parts, "unusable", why=f"It cannot be read: {error.strerror}.")

    def _entry(self, entry, parts):
        status = entry.stat(follow_symlinks=False)
        junction = getattr(entry, "is_junction", bool)  # a link of Windows; known since Python 3.12
        if stat.S_ISLNK(status.st_mode) or junction():
            yield Piece(parts, "unusable", why="It is a link, and links are not followed.")
        elif stat.S_ISDIR(status.st_mode):
            if len(parts) > _DEPTH:
                yield Piece(parts, "unusable", why="Its folders are nested too deeply.")
            elif not self._is_scratch(entry.path):
                yield Piece(parts, "folder")
                yield from self._entries(_entries_of(entry.path), parts)
        elif not stat.S_ISREG(status.st_mode):
            yield Piece(parts, "unusable", why="It is a device, a pipe or a socket, and no file.")
        elif filenames.is_zip(entry.name) and status.st_size <= MOST_BYTES:
            arrived = status.st_mtime, "file"
            yield from self.zip(Path(entry.path), parts, 0, archive.ArchiveLimits(), arrived)
        else:
            yield _single(Path(entry.path), parts, status)

    def _is_scratch(self, path):
        return self._scratch.exists() and os.path.samefile(path, self._scratch)

    def zip(self, path, parts, depth, limits, arrived=()):
        """Yield what is in a zip file and in those in it, which share its limits.

        depth : −1 for a whole class in one file, else how many zip files enclose this one
        arrived : that of every Piece in it; by default each entry has its own

        Returns what is left of the limits.
        """
        yield Piece(parts, "folder")
        stack, outermost = [(path, parts, depth)], path
        while stack:
            path, parts, depth = stack.pop()
            try:
                entries = self._unpack(path, limits)
            except archive.ArchiveError as no:
                if not parts:
                    raise ValueError(f"submissions cannot be opened: {no}") from None
                yield Piece(parts, "unusable", why=str(no))
                continue
            limits = _left(limits, entries)
            if path != outermost:
                path.unlink()  # it is in the scratch folder, and no longer needed
            for entry in entries:
                here = (*parts, *entry.parts)
                if any(map(filenames.is_hidden, entry.parts)):
                    continue
                if entry.why:
                    yield Piece(here, "unusable", why=entry.why)
                elif not filenames.is_zip(here[-1]):
                    yield _unpacked(entry, here, arrived or (entry.mtime, "zip"))
                elif depth < 0:  # a student's own zip file has its own limits
                    own = archive.ArchiveLimits()._replace(total=min(_OWN, limits.total))
                    rest = yield from self.zip(entry.path, here, 0, own, (entry.mtime, "zip"))
                    limits = limits._replace(total=limits.total - own.total + rest.total)
                elif depth < _NESTED:
                    yield Piece(here, "folder")
                    stack.append((entry.path, here, depth + 1))
                else:
                    yield Piece(here, "unusable", why="It is a zip in a zip in a zip.")
        return limits

    def _unpack(self, path, limits):
        self._opened += 1
        into = self._scratch / f"{self._opened:06d}"
        return archive.unpack(path, into, limits, _needed)


def _needed(parts):
    return not any(map(filenames.is_hidden, parts)) and (
        filenames.is_gradable(parts[-1]) or filenames.is_zip(parts[-1])
    )


def _left(limits, entries):
    """The limits for the zip files in a zip file, after its own entries."""
    taken = sum(entry.path.stat().st_size for entry in entries if entry.path)
    return limits._replace(
        entries=max(limits.entries - len(entries), 0), total=max(limits.total - taken, 0)
    )


def _unpacked(entry, parts, arrived):
    if filenames.is_other_archive(parts[-1]):
        return Piece(
            parts, "unusable", why="It is an archive of a kind that is not opened; zip is."
        )
    kind = "gradable" if entry.path else "other"
    return Piece(parts, kind, entry.path, entry.mtime, arrived=arrived)

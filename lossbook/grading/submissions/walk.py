"""Everything in a folder of submissions, and in the zip files there; no link is followed."""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from lossbook.grading.submissions import archive, filenames

MOST_BYTES = 200_000_000  # of one file
_OWN = archive.Limits().total
_DEPTH = 20  # of folders
_NESTED = 1  # a zip file in a student's zip file is opened, but none in that


class Piece(NamedTuple):
    """A file or folder that was found.

    parts : its name below the root, with the folders; zip files count as folders
    kind : "work" (a notebook or a script), "folder", "other", "trouble" (it cannot be used)
    path : where it lies, or None; below the scratch folder if it comes from a zip file
    mtime : seconds since 1970
    why : one sentence, where it is trouble
    """

    parts: tuple
    kind: str
    path: Path | None = None
    mtime: float = 0.0
    why: str = ""


def pieces(root, scratch):
    """Yield the Piece of everything below `root`, a folder, a zip file or a single file.

    Zip files are unpacked into folders in `scratch`, in which nothing else may be.
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


def _seen(folder):
    """The entries of a folder in the order of their names, without those left by programs."""
    with os.scandir(folder) as entries:
        seen = [entry for entry in entries if not filenames.is_hidden(entry.name)]
    return sorted(seen, key=lambda entry: entry.name)


def _single(path, parts, status):
    """The Piece of an ordinary file."""
    if status.st_size > MOST_BYTES:
        return Piece(parts, "trouble", why=f"It has more than {MOST_BYTES // 1_000_000} MB.")
    if filenames.is_other_archive(parts[-1]):
        return Piece(parts, "trouble", why="It is an archive of a kind that is not opened; zip is.")
    return Piece(parts, "work" if filenames.is_work(parts[-1]) else "other", path, status.st_mtime)


class _Walk:
    def __init__(self, scratch):
        self._scratch, self._opened = scratch, 0

    def top(self, root):
        """The folder that the teacher has named; a zip file alone in it is a whole class."""
        try:
            entries = _seen(root)
        except OSError as error:
            raise ValueError(f"root cannot be read: {error.strerror}") from None
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
                yield Piece(parts, "trouble", why=f"It cannot be read: {error.strerror}.")

    def _entry(self, entry, parts):
        status = entry.stat(follow_symlinks=False)
        junction = getattr(entry, "is_junction", bool)  # a link of Windows; Python 3.12 sees it
        if stat.S_ISLNK(status.st_mode) or junction():
            yield Piece(parts, "trouble", why="It is a link, and links are not followed.")
        elif stat.S_ISDIR(status.st_mode):
            if len(parts) > _DEPTH:
                yield Piece(parts, "trouble", why="Its folders are nested too deeply.")
            elif not self._is_scratch(entry.path):
                yield Piece(parts, "folder")
                yield from self._entries(_seen(entry.path), parts)
        elif not stat.S_ISREG(status.st_mode):
            yield Piece(parts, "trouble", why="It is a device, a pipe or a socket, and no file.")
        elif filenames.is_zip(entry.name) and status.st_size <= MOST_BYTES:
            yield from self.zip(Path(entry.path), parts, 0, archive.Limits())
        else:
            yield _single(Path(entry.path), parts, status)

    def _is_scratch(self, path):
        return self._scratch.exists() and os.path.samefile(path, self._scratch)

    def zip(self, path, parts, depth, limits):
        """What is in a zip file, and in those in it, which share its limits; return what is left.

        depth : −1 for a whole class in one file, else how many zip files are around this one
        """
        yield Piece(parts, "folder")
        stack, outermost = [(path, parts, depth)], path
        while stack:
            path, parts, depth = stack.pop()
            try:
                entries = self._unpack(path, limits)
            except archive.NotOpened as no:
                if not parts:
                    raise ValueError(f"root cannot be opened: {no}") from None
                yield Piece(parts, "trouble", why=str(no))
                continue
            limits = _left(limits, entries)
            if path != outermost:
                path.unlink()  # it lies in the scratch folder, and is no longer needed
            for entry in entries:
                here = (*parts, *entry.parts)
                if any(map(filenames.is_hidden, entry.parts)):
                    continue
                if entry.why:
                    yield Piece(here, "trouble", why=entry.why)
                elif not filenames.is_zip(here[-1]):
                    yield _unpacked(entry, here)
                elif depth < 0:  # a student's own: it has limits of its own
                    own = archive.Limits()._replace(total=min(_OWN, limits.total))
                    rest = yield from self.zip(entry.path, here, 0, own)
                    limits = limits._replace(total=limits.total - own.total + rest.total)
                elif depth < _NESTED:
                    yield Piece(here, "folder")
                    stack.append((entry.path, here, depth + 1))
                else:
                    yield Piece(here, "trouble", why="It is a zip in a zip in a zip.")
        return limits

    def _unpack(self, path, limits):
        self._opened += 1
        into = self._scratch / f"{self._opened:06d}"
        return archive.unpack(path, into, limits, _needed)


def _needed(parts):
    return not any(map(filenames.is_hidden, parts)) and (
        filenames.is_work(parts[-1]) or filenames.is_zip(parts[-1])
    )


def _left(limits, entries):
    """What the zip files in a zip file may still hold, after its own entries."""
    taken = sum(entry.path.stat().st_size for entry in entries if entry.path)
    return limits._replace(
        entries=max(limits.entries - len(entries), 0), total=max(limits.total - taken, 0)
    )


def _unpacked(entry, parts):
    if filenames.is_other_archive(parts[-1]):
        return Piece(parts, "trouble", why="It is an archive of a kind that is not opened; zip is.")
    return Piece(parts, "work" if entry.path else "other", entry.path, entry.mtime)

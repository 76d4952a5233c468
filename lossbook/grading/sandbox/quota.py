"""Measures and removes the folder in which a submission may write.

The grader does both, in a tree that hostile code has made: it may be a thousand folders deep, and
parts of it may refuse to be read.
"""

import contextlib
import itertools
import os
import shutil
import stat

DISK = 64 << 20  # bytes that a submission may keep
FILES = 1000
DEEPEST = 8  # nested folders; the kernel accepts any path of this depth


class TooMuch(Exception):
    """The folder holds more than it may; the message continues "it …"."""


def measure(folder) -> tuple[int, int]:
    """(bytes on the disk, files and folders) below a folder. Raises TooMuch.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     measure(folder)
    (0, 0)
    """
    size = count = 0
    inside = [(folder, 0)]
    while inside:
        path, depth = inside.pop()
        for entry in _entries(path):
            count += 1
            with contextlib.suppress(OSError):  # it is gone again
                size += _taken(entry.stat(follow_symlinks=False))
            if entry.is_dir(follow_symlinks=False):
                inside.append((entry.path, depth + 1))
            if count > FILES:
                raise TooMuch(f"made more than {FILES} files")
            if depth > DEEPEST:
                raise TooMuch(f"made more than {DEEPEST} folders inside each other")
            if size > DISK:
                raise TooMuch(f"wrote more than {DISK >> 20} MB of files")
    return size, count


def _taken(status):
    """The bytes that a file takes on the disk; on Windows, which does not tell, its size."""
    return getattr(status, "st_blocks", status.st_size / 512) * 512


def _entries(path):
    """What is in a folder; nothing if it is gone again."""
    try:
        with os.scandir(path) as found:
            yield from found
    except PermissionError:
        raise TooMuch("locked a folder, so that its size cannot be measured") from None
    except OSError:
        return


def remove(folder) -> None:
    """Remove a folder of a process that has ended, and all that is in it.

    Nested folders are first moved to the top, so that neither recursion nor paths get deep. What
    cannot be removed stays.
    """
    if os.path.islink(folder):  # a submission may replace it, if no layer forbids that
        with contextlib.suppress(OSError):
            os.unlink(folder)
        return
    with contextlib.suppress(OSError):
        _flatten(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _flatten(folder):
    os.chmod(folder, stat.S_IRWXU)
    names = (os.path.join(folder, f"lossbook-{k}") for k in itertools.count())
    waiting = _folders(folder)
    while waiting:
        path = waiting.pop()
        for inner in _folders(path):
            moved = next(name for name in names if not os.path.lexists(name))
            os.rename(inner, moved)
            waiting.append(moved)


def _folders(path):
    """The folders in a folder, made readable, removable and movable."""
    with os.scandir(path) as found:
        entries = [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in found]
    for one, is_folder in entries:
        # Windows does not remove a read-only file; elsewhere only folders matter.
        if is_folder or os.name != "posix":
            os.chmod(one, stat.S_IRWXU)
    return [one for one, is_folder in entries if is_folder]

"""Write a file wholly or not at all, and make foreign text harmless to write."""

import contextlib
import errno
import os
import re
import secrets
from pathlib import Path

UNFINISHED = ".tmp"  # how the name of a file ends while it is being written

_BECAUSE = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EFBIG: "the system allows no file of this size",
    errno.EROFS: "the disk can only be read",
    errno.EACCES: "there is no permission to write, or the file is open in another program",
    errno.EPERM: "there is no permission to write",
}


class BookError(Exception):
    """Something that the teacher can mend; the message is all that there is to know."""


def because(error):
    """Why the system refused, in words.

    >>> because(OSError(errno.ENOSPC, "No space left on device"))
    'the disk is full'
    """
    return _BECAUSE.get(error.errno) or error.strerror or str(error)


def write(path, content):
    """Put `content` (bytes or str) at `path` in one step: the old file, the new one, no half.

    Raises BookError where it cannot be written; the old file is then untouched.
    """
    try:
        replace(path, content)
    except OSError as error:
        raise BookError(f"cannot write {path}: {because(error)}") from None


def replace(path, content):
    """The same as `write`, with the OSError of the system."""
    path = Path(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    # In the same folder, because only inside one file system a rename is one step.
    new = path.with_name(f".{secrets.token_hex(8)}{UNFINISHED}")
    try:
        with open(new, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise
    _remember_the_name(path.parent)


def _remember_the_name(folder):
    """Make the rename itself outlive a power cut, where a folder can be opened for that."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def clear(text, most=2000):
    """Text without control characters and lone surrogates, cut at `most` characters.

    Databases and spreadsheets refuse these, or cut at them; line breaks and tabs stay.

    >>> clear("a\\x00b\\ud800")
    'a�b�'
    """
    kept = text if len(text) <= most else text[: most - 1] + "…"
    return _CONTROL.sub("�", kept.replace("\r\n", "\n"))


_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # Cc but \t and \n, and Cs

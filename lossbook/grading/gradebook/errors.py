"""Errors that a teacher can resolve, with the reason in plain words."""

import errno
import os

from lossbook._atomic import replace_file

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EFBIG: "the system allows no file of this size",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "there is no permission to write, or the file is open in another program",
    errno.EPERM: "there is no permission to write",
}


class GradebookError(Exception):
    """A problem that the teacher can resolve; its message is shown as it is."""


def reason(error: OSError) -> str:
    """Why the system refused.

    >>> reason(OSError(errno.ENOSPC, "No space left on device"))
    'the disk is full'
    """
    return _REASONS.get(error.errno) or error.strerror or str(error)


def write_file(path: str | os.PathLike, content: str | bytes) -> None:
    """Replace the file at `path`; raise GradebookError and keep the old file on failure."""
    try:
        replace_file(path, content, durable=True)
    except OSError as error:
        raise GradebookError(f"cannot write {path}: {reason(error)}") from None

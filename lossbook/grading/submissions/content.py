"""What reading a submission gives, its code cells and notes, and opening its file safely."""

import os
import stat
from typing import NamedTuple


class Unreadable(ValueError):
    """Nothing in the file can be graded; the message is one sentence that says why."""


class Cell(NamedTuple):
    """A cell to run.

    source : its code, with "\\n" at the line ends, without NUL and lone surrogates
    name : nbgrader's grade_id, else the id of the cell, else ""
    """

    source: str
    name: str = ""


class Reading(NamedTuple):
    """The code cells in their order, and sentences for the teacher.

    whole : False if the file has more cells than the limits allow
    """

    cells: list
    notes: list
    whole: bool = True


def open_regular(path):
    """An open binary file; links are not followed, and a pipe does not block.

    Raises OSError where it cannot be opened, Unreadable if it is not a regular file.
    """
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_BINARY"):
        flags |= getattr(os, name, 0)
    file = os.fdopen(os.open(path, flags), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise Unreadable("It is no ordinary file.")
    return file

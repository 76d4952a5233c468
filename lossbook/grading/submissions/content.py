"""What a submission is after it was read: its code cells and what the teacher should know."""

from typing import NamedTuple


class Unreadable(ValueError):
    """Nothing in the file can be graded; the message is one sentence that says why."""


class Cell(NamedTuple):
    """A cell to run.

    source : its code, with "\\n" at the line ends, free of NUL and of lone surrogates
    kind : "code"
    name : nbgrader's grade_id, else the id of the cell, else ""
    """

    source: str
    kind: str = "code"
    name: str = ""


class Reading(NamedTuple):
    """The code cells in their order, and sentences for the teacher."""

    cells: list
    notes: list

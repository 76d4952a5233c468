"""One answer of a student, and the mark that it deserves."""

import textwrap
from typing import NamedTuple


class Answer(NamedTuple):
    """One student's answer.

    source : the whole cell
    score : "full", "part" (some tests pass, one of them on values that were not to be foreseen)
        or "zero"
    says : a piece of the sentence that a right report has for it, "" where none is promised
    """

    source: str
    score: str = "full"
    says: str = ""


def _cell(text):
    return textwrap.dedent(text).strip()


def full(text):
    return Answer(_cell(text))


def part(says, text):
    return Answer(_cell(text), "part", says)


def zero(says, text):
    return Answer(_cell(text), "zero", says)

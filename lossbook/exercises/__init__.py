"""The exercises of the course: one package for each chapter, one module for each exercise.

A module has the name of its exercise, which is the name that the answer has in the notebook, and
holds its specification, EXERCISE. The package lists them, in the notebook's order, as EXERCISES.
Code that several exercises of a chapter share is in the first one that needs it.

    from lossbook.exercises import checker

    check = checker("02")
    check(my_function)
"""

from importlib import import_module
from typing import NamedTuple

from lossbook.checking import Checker

# Modules a graded answer may not import: they contain the solutions.
FORBIDDEN = ("lossbook", "sklearn")


class Chapter(NamedTuple):
    """A chapter: its files are called NN_`name`, its heading is `title`."""

    name: str
    title: str


CHAPTERS = {
    "01": Chapter("what_a_loss_is", "What a loss is"),
    "02": Chapter("squared_error", "Squared error and its relatives"),
    "03": Chapter("entropy", "Information entropy"),
    "04": Chapter("softmax_cross_entropy", "Softmax and cross-entropy"),
    "05": Chapter("lagrangian", "The Lagrangian, repaired"),
    "06": Chapter("hinge", "The hinge"),
    "07": Chapter("digits", "Handwritten digits"),
    "08": Chapter("one_picture", "One picture"),
}


def checker(chapter):
    """The Checker of a chapter, "01" to "08".

    Examples
    --------
    >>> checker("02").exercises["newsagent"].stars
    2

    Raises
    ------
    ValueError
        There is no such chapter.
    """
    if chapter not in CHAPTERS:
        raise ValueError(f"chapter must be one of {', '.join(CHAPTERS)}, got {chapter!r}")
    return Checker(chapter, import_module(module_of(chapter)).EXERCISES)


def module_of(chapter):
    """The name of the package that lists the exercises of a chapter.

    >>> module_of("02")
    'lossbook.exercises.chapter02'
    """
    return f"lossbook.exercises.chapter{chapter}"

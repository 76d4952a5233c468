"""The exercises of the course: one package for each chapter, one module for each exercise.

A module has the name of its exercise, which is the name that the answer has in the notebook, and
holds its specification, EXERCISE. The package lists them, in the notebook's order, as EXERCISES.
Code that several exercises of a chapter share is in the first one that needs it.

    from lossbook.exercises import checker

    check = checker("02")
    check(my_function)

A teacher's own chapter is a folder, week3/, with the files exercises.py, which has a list
EXERCISES, too, and week3.ipynb, the notebook with solutions.
"""

import re
from functools import partial
from pathlib import Path
from typing import NamedTuple

from lossbook.checking import Checker, pack
from lossbook.checking.source import draw, load

# Modules a graded answer may not import: they contain the solutions.
FORBIDDEN = ("lossbook", "sklearn")

_OWN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")


class Chapter(NamedTuple):
    """A chapter of the course or of a teacher's own.

    number : "02", or the name of a teacher's folder, "week3"
    name : what its files are called: 02_squared_error_exercises.ipynb, week3.ipynb
    title : its heading
    source : the module with its EXERCISES, or the path of the teacher's exercises.py
    """

    number: str
    name: str
    title: str
    source: str

    @property
    def folder(self):
        """The teacher's folder; None for a chapter of the course."""
        return Path(self.source).parent if self.source.endswith(".py") else None

    @property
    def stem(self):
        """The first part of the names of its files."""
        return self.name if self.folder else f"{self.number}_{self.name}"

    @property
    def students_file(self):
        """The name of the notebook without solutions."""
        return f"{self.stem}.ipynb" if self.folder else f"{self.stem}_exercises.ipynb"

    @property
    def solutions_file(self):
        """The name of the notebook with solutions."""
        return f"{self.stem}.ipynb" if self.folder else f"{self.stem}_solutions.ipynb"

    def exercises(self):
        """The specifications, in the order of the notebook."""
        return list(load(self.source).EXERCISES)

    def drawn(self):
        """seed → (numbers of one student, exercises with these); numbers is {} without a draw."""
        return partial(draw, load(self.source))


_TITLES = {
    "what_a_loss_is": "What a loss is",
    "squared_error": "Squared error and its relatives",
    "entropy": "Information entropy",
    "softmax_cross_entropy": "Softmax and cross-entropy",
    "lagrangian": "The Lagrangian, repaired",
    "hinge": "The hinge",
    "digits": "Handwritten digits",
    "one_picture": "One picture",
}
CHAPTERS = {
    number: Chapter(number, name, title, f"lossbook.exercises.chapter{number}")
    for number, (name, title) in zip(map("{:02}".format, range(1, 9)), _TITLES.items(), strict=True)
}


def find(chapter):
    """The Chapter with this number, or in this folder of a teacher.

    >>> find("02").title
    'Squared error and its relatives'

    Raises
    ------
    ValueError
        There is no such chapter, or its exercises.py cannot be used.
    """
    if chapter in CHAPTERS:
        return CHAPTERS[chapter]
    file = Path(chapter).resolve() / "exercises.py"
    if not file.is_file():
        raise ValueError(
            f"a chapter must be one of {', '.join(CHAPTERS)}, or a folder with a file exercises.py "
            f"(lossbook new mycourse/week3 makes one), got {chapter!r}"
        )
    name = own_name(file.parent)
    return Chapter(name, name, getattr(load(str(file)), "TITLE", name), str(file))


def own_name(folder):
    """The name of a teacher's chapter, which is that of its folder. Raises ValueError.

    >>> own_name(Path("mycourse/week3"))
    'week3'
    """
    if not _OWN.fullmatch(folder.name):
        raise ValueError(
            "the folder of a chapter must have a name of at most 20 letters, digits and _ that "
            f"begins with a letter, as week3, got {folder.name!r}"
        )
    return folder.name


def checker(chapter):
    """The Checker of a chapter: "02", or "week3" in a notebook of a teacher's own chapter.

    If a teacher has released the file 02.json or week3.json, and it is beside the notebook, the
    check uses what is in it. Otherwise the exercises are those of the package, or of the
    exercises.py in the teacher's folder, week3.

    Examples
    --------
    >>> checker("02").exercises["newsagent"].stars
    2

    Raises
    ------
    ValueError
        There is no such chapter.
    """
    own = _OWN.fullmatch(str(chapter))
    if (own or chapter in CHAPTERS) and Path(f"{chapter}.json").is_file():
        return Checker(chapter, pack.read(Path(f"{chapter}.json")))
    if chapter in CHAPTERS:
        return Checker(chapter, CHAPTERS[chapter].exercises())
    if own and Path.cwd().name == chapter and Path("exercises.py").is_file():
        return Checker(chapter, find(".").exercises())
    raise ValueError(
        f"chapter must be one of {', '.join(CHAPTERS)}, or week3 with a file week3.json beside the "
        f"notebook, got {chapter!r}"
    )

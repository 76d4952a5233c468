"""Judging a student's answer: run it on cases, compare, and say what a good teacher would say.

    spec     what an exercise is: reference, cases, known mistakes
    calls    run a function of somebody else's on one case and survive it
    values   which values count as an answer, and how they are written
    judge    compare an outcome with the expected one
    drawn    the cases for one seed, with all that is expected, computed once
    points   what a function is worth, test by test
    recognise  name the mistake
    report   the words
    checker  `check(my_function)` in a notebook
    progress what is solved, in a small local file

A class at once, whose code is not trusted (`lossbook grade`):

    handed_in  who handed in what, and the cells of whatever it is
    room       where the students' code runs, behind walls
    marks      one submission → what it earned, test by test
    book       where results are kept, and the forms in which they leave
    pages      what the class and its teacher see
    attacks    hostile submissions of our own, to try the walls with

Nothing here imports the exercises: they are handed in (lossbook.exercises).
"""

from lossbook.grading.checker import Checker
from lossbook.grading.spec import Case, Choice, Function, Mistake, Prediction, Proof

__all__ = ["Case", "Checker", "Choice", "Function", "Mistake", "Prediction", "Proof"]

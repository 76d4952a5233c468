"""Check one answer to one exercise, for a learner in a notebook.

    spec      the specification of an exercise: reference, cases, known mistakes
    cases     the cases for one seed and the expected results, computed once
    calls     run the learner's function on one case and catch everything it does
    values    which values count as an answer, and how they are formatted
    compare   compare an outcome with the expected one
    diagnose  match an answer with a known mistake
    report    the feedback text
    checker   `check(my_function)` in a notebook
    progress  which exercises are solved, in a small local file
    source    load the specifications of a chapter, also from a teacher's file

This package does not import the exercises: the caller passes them in (`lossbook.exercises`).
"""

from lossbook.checking.checker import Checker
from lossbook.checking.spec import Bonus, Case, Choice, Function, Mistake, Prediction, Proof

__all__ = ["Bonus", "Case", "Checker", "Choice", "Function", "Mistake", "Prediction", "Proof"]

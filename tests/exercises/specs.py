"""The exercises of all chapters by kind, for the tests that hold for each of them."""

from lossbook.exercises import CHAPTERS, checker
from lossbook.grading import Choice, Function, Prediction, Proof

ALL = [
    (chapter, exercise) for chapter in CHAPTERS for exercise in checker(chapter).exercises.values()
]


def of(kind):
    return [(chapter, exercise) for chapter, exercise in ALL if isinstance(exercise, kind)]


def label(value):
    return getattr(value, "name", str(value))


FUNCTIONS, PREDICTIONS = of(Function), of(Prediction)
CHOICES, PROOFS = of(Choice), of(Proof)

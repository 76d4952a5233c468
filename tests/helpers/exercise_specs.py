"""The exercises of all chapters by kind, and what is said of an answer to one of them."""

from functools import cache

from lossbook.checking import Choice, Function, Prediction, Proof, report
from lossbook.checking.calls import Runner
from lossbook.checking.cases import CaseSet
from lossbook.exercises import CHAPTERS, checker

ALL = [
    (chapter, exercise) for chapter in CHAPTERS for exercise in checker(chapter).exercises.values()
]


def of(kind):
    return [(chapter, exercise) for chapter, exercise in ALL if isinstance(exercise, kind)]


def label(value):
    return getattr(value, "name", str(value))


FUNCTIONS, PREDICTIONS = of(Function), of(Prediction)
CHOICES, PROOFS = of(Choice), of(Proof)
EXERCISES = {exercise.name: exercise for _, exercise in FUNCTIONS}


def draw(exercise, seed=0):
    """The cases of an exercise with a seed: asked of hundreds of answers, computed once."""
    return _drawn(exercise.name, tuple(seed) if isinstance(seed, list) else seed)


@cache
def _drawn(name, seed):
    return CaseSet(EXERCISES[name], list(seed) if isinstance(seed, tuple) else seed)


def said(exercise, function, seed=0):
    """What `report.on_function` says."""
    if not callable(function):
        return report.on_function(exercise, function)
    with Runner(function, exercise.seconds) as run:
        return report.on_calls(draw(exercise, seed), run)

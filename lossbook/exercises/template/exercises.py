"""The exercises of this chapter. Test them with `lossbook verify FOLDER`.

Whatever you change, raise the `version` of that exercise: submissions are then graded again.
"""

import numpy as np

from lossbook.checking import Choice, Function, Mistake, Prediction, Proof

TITLE = "A chapter of my own"


# A function: the reference, inputs drawn at random, and a mistake to expect. The expected values
# are computed, and for the marks new inputs are drawn from your secret.


def mean_absolute_error(y_true, y_pred):
    return np.mean(np.abs(np.asarray(y_true) - y_pred))


def draw(rng):
    yield [1.0, 2.0], [3.0, 2.0]  # first one to redo by hand
    n = rng.integers(3, 8)
    yield rng.normal(size=n).round(2), rng.normal(size=n).round(2)


def without_absolute_value(y_true, y_pred):
    return np.mean(np.asarray(y_true) - y_pred)


FUNCTION = Function(
    "mean_absolute_error",
    "The mean absolute error",
    1,  # stars, which are points
    mean_absolute_error,
    draw,
    [Mistake("Errors of both signs cancel: take absolute values first.", without_absolute_value)],
)


# A number that is predicted before it is computed: 2 is right, the others get a sentence each.

PREDICTION = Prediction(
    "doubled_loss",
    "The loss doubled",
    1,
    2.0,
    [
        (1.0, "Then the loss counts for more than before, and the minimum moves."),
        (0.5, "The other way round: the penalty must keep up with the loss."),
    ],
    explanation="Twice a function has its minimum at the same place.",
    variable="factor",
)


# A choice among options.

CHOICE = Choice(
    "outlier",
    "One outlier",
    1,
    {"a": "the mean", "b": "the median", "c": "both equally"},
    "a",
    {
        "b": "The median only asks on which side of it a number is.",
        "c": "Move one number far away in your mind. Which of the two follows?",
    },
    explanation="The mean follows every number; the median stays while the order stays.",
    variable="moves",
)


# A derivation, of which every line is checked.


def make():
    from lossbook.derive import Exercise

    return Exercise(
        "Square of a sum",
        r"Let a, b \in \mathbb{R}",
        start="(a + b)^2",
        goal="a^2 + 2 a b + b^2",
        milestones=["a (a + b)", "a b"],  # one of them has to be on the way
    )


PROOF = Proof(
    "square_of_a_sum",
    "Square of a sum",
    1,
    make,
    solution=r"""
= a (a + b) + b (a + b)
= a^2 + 2 a b + b^2
""",
    false=[("= a (a + b) + b (a + b)\n= a^2 + a b + b^2", 2)],  # lines, and which one is false
)

EXERCISES = [FUNCTION, PREDICTION, CHOICE, PROOF]

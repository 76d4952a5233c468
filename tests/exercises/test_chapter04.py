"""Chapter 4: the gradient against the student's own loss, and scikit-learn as a witness."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from lossbook.checking import report
from lossbook.exercises import checker

EXERCISES = checker("04").exercises
PAIR, NEWTON = EXERCISES["loss_and_gradient"], EXERCISES["newton_logistic_regression"]
SUMS_TO_ZERO = [[0, 0, 0], [-1, -2, 3], [0, 0, 0]]


@pytest.mark.parametrize(
    ("words", "spoil"),
    [
        ("n times the slope of your own loss", lambda gradient: 2 * len(gradient) * gradient),
        ("divided by n", lambda gradient: 2 / len(gradient) * gradient),
        ("points downhill", lambda gradient: -2 * gradient),
        ("do not sum to 0", lambda gradient: 2 * gradient + 0.1),
        ("the entry [1, 2] is", lambda gradient: 2 * gradient + SUMS_TO_ZERO),
    ],
)
def test_a_gradient_is_held_against_the_students_own_loss(words, spoil):
    """The loss is twice too large throughout, so no known mistake fits."""

    def loss_and_gradient(p, z):
        loss, gradient = PAIR.reference(p, z)
        return 2 * loss, spoil(gradient) if np.shape(z) == (3, 3) else 2 * gradient

    assert words in report.on_function(PAIR, loss_and_gradient).feedback[0]


def test_a_loss_alone_is_half_of_the_answer():
    said = report.on_function(PAIR, lambda p, z: PAIR.reference(p, z)[0])
    assert "Two things are asked for" in said.feedback[0]


def test_newton_agrees_with_scikit_learn():
    for case in NEWTON.draw_cases():
        X, y, C = case.args
        if np.isfinite(C):
            model = LogisticRegression(
                C=C, fit_intercept=False, solver="newton-cholesky", tol=1e-10, max_iter=1000
            )
            # Both stop at slopes of 1e-10 or less; the flattest direction makes 1e-7 of that.
            np.testing.assert_allclose(
                NEWTON.reference(X, y, C), model.fit(X, y).coef_[0], rtol=1e-6, atol=1e-8
            )

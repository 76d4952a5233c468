"""Softmax and cross-entropy (chapter 4).

Scores z, one for each of K classes, become probabilities q = softmax(z); the cross-entropy
charges −ln q_y for the class y that occurred, in nats. A target distribution is called p. Only
differences of scores count, so the formulas start from z − max z: no exponential overflows, and
the largest is e⁰ = 1.

A score of −∞ is a mask: its class gets probability 0. Not all classes can be masked.

`SoftmaxRegression`, the linear model that minimises this loss, is a scikit-learn estimator; it
and scikit-learn load on first use.

- `_exponentials`: logsumexp, softmax, log_softmax
- `_cross_entropy`: the cross-entropy of logits, with gradient and Hessian
- `_probabilities`: log loss and Brier score of probabilities
- `_regression`: SoftmaxRegression
"""

from lossbook.softmax._cross_entropy import (
    softmax_cross_entropies,
    softmax_cross_entropy,
    softmax_cross_entropy_gradient,
    softmax_cross_entropy_hessian,
    softmax_cross_entropy_with_gradient,
)
from lossbook.softmax._exponentials import log_softmax, logsumexp, softmax
from lossbook.softmax._probabilities import brier_score, log_loss, log_losses

__all__ = [
    "SoftmaxRegression",
    "brier_score",
    "log_loss",
    "log_losses",
    "log_softmax",
    "logsumexp",
    "softmax",
    "softmax_cross_entropies",
    "softmax_cross_entropy",
    "softmax_cross_entropy_gradient",
    "softmax_cross_entropy_hessian",
    "softmax_cross_entropy_with_gradient",
]


def __getattr__(name):
    if name == "SoftmaxRegression":
        from lossbook.softmax._regression import SoftmaxRegression

        return SoftmaxRegression
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})

"""Losses of the margin (chapters 1, 6 and 8).

With labels y ∈ {−1, +1} and a score f, the margin is m = y f: how far the score is on the
right side. A loss φ(m) comes with four companions::

    φ′(m)                                                     its gradient
    H(η)  = min over f of C_η(f) = η φ(f) + (1 − η) φ(−f)     its Bayes risk
    f*(η) = the score f that attains this minimum             its minimizer
    φ*(s) = sup over m of s m − φ(m)                          its conjugate

where η = P(y = +1 | x). `MARGIN_LOSSES` contains all of them by name.

All are pointwise: an array of any shape in, a float64 array of that shape out (a scalar for a
scalar). ValueError is raised where the argument is empty, contains NaN or, for η, leaves
[0, 1]; TypeError if it contains something other than real numbers. Infinite values are returned
as inf, without a warning.

f* is ±∞ at η = 0 and 1 for the logistic and the exponential loss, which have no finite minimizer
there. If several scores are best, the docstring says which one is returned.

Sources: 西瓜书 (6.30)–(6.33); Bartlett, Jordan and McAuliffe (2006), Convexity,
classification, and risk bounds, for H and f*; Boyd and Vandenberghe (2004), Convex
optimization, section 3.3, for φ*.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lossbook import _validation as check
from lossbook._types import Array, Floats

# Zero-one loss


def zero_one(m: ArrayLike) -> Floats:
    """Zero-one loss: 1 where m ≤ 0, else 0.

    Convention: m = 0 counts as an error, because an undecided score is not a right answer; 西瓜书
    (6.30) has m < 0. The score 0 is then wrong for either label: C_η(0) = 1.

    >>> zero_one([-2, 0, 2])
    array([1., 1., 0.])
    """
    return (check.numbers("m", m) <= 0).astype(np.float64)


def zero_one_gradient(m: ArrayLike) -> Floats:
    """Derivative of the zero-one loss: 0, which is why descent cannot learn from it.

    Convention: at the jump m = 0 there is no derivative, nor a subgradient; 0 is returned.

    >>> zero_one_gradient([-2, 0, 2])
    array([0., 0., 0.])
    """
    return np.zeros_like(check.numbers("m", m))[()]


def zero_one_minimizer(eta: ArrayLike) -> Floats:
    """Minimizer under the zero-one loss: the sign of 2η − 1 (any score of that sign is best).

    At η = ½ both signs are best (0 is always an error); +1 is returned.
    """
    return np.where(_probabilities(eta) < 0.5, -1.0, 1.0)[()]


def zero_one_bayes_risk(eta: ArrayLike) -> Floats:
    """Bayes risk of the zero-one loss, min(η, 1 − η): the error rate of the Bayes classifier."""
    eta = _probabilities(eta)
    return np.minimum(eta, 1 - eta)


def zero_one_conjugate(s: ArrayLike) -> Floats:
    """Conjugate of the zero-one loss: 0 at s = 0, else inf.

    So the largest convex function below the zero-one loss, the conjugate of this function, is the
    constant 0, which is useless as a surrogate.
    """
    return np.where(check.numbers("s", s) == 0, 0.0, np.inf)[()]


# Hinge loss


def hinge(m: ArrayLike) -> Floats:
    """Hinge loss, max(0, 1 − m): what the margin lacks to 1.

    >>> hinge([-1, 0, 1, 2])
    array([2., 1., 0., 0.])
    """
    return np.maximum(0, 1 - check.numbers("m", m))


def hinge_gradient(m: ArrayLike) -> Floats:
    """Derivative of the hinge loss: −1 where m < 1, else 0.

    Convention: at the kink m = 1 every number in [−1, 0] is a subgradient; 0 is returned.

    >>> hinge_gradient([0, 1, 2])
    array([-1.,  0.,  0.])
    """
    return np.where(check.numbers("m", m) < 1, -1.0, 0.0)[()]


def hinge_minimizer(eta: ArrayLike) -> Floats:
    """Minimizer under the hinge loss: the sign of 2η − 1, hence no estimate of η.

    At η = ½ every score in [−1, 1] is best; 0 is returned. At η = 0 every score ≤ −1 is best, at
    η = 1 every score ≥ 1.
    """
    return np.sign(_probabilities(eta) - 0.5)


def hinge_bayes_risk(eta: ArrayLike) -> Floats:
    """Bayes risk of the hinge loss, 2 min(η, 1 − η): twice the error rate."""
    return 2 * zero_one_bayes_risk(eta)


def hinge_conjugate(s: ArrayLike) -> Floats:
    """Conjugate of the hinge loss: s on [−1, 0], else inf."""
    s = check.numbers("s", s)
    return np.where((s >= -1) & (s <= 0), s, np.inf)[()]


# Squared loss


def square(m: ArrayLike) -> Floats:
    """Squared loss as a loss of the margin, (1 − m)², which is (y − f)² as y² = 1.

    It grows again beyond m = 1: a score that is too large is penalised.

    >>> square([-1, 0, 1, 2])
    array([4., 1., 0., 1.])
    """
    with np.errstate(over="ignore"):
        return (1 - check.numbers("m", m)) ** 2


def square_gradient(m: ArrayLike) -> Floats:
    """Derivative of the squared loss, 2 (m − 1).

    >>> square_gradient([-1, 0, 1, 2])
    array([-4., -2.,  0.,  2.])
    """
    with np.errstate(over="ignore"):
        return 2 * (check.numbers("m", m) - 1)


def square_minimizer(eta: ArrayLike) -> Floats:
    """Minimizer under the squared loss, 2η − 1: the mean of y."""
    return 2 * _probabilities(eta) - 1


def square_bayes_risk(eta: ArrayLike) -> Floats:
    """Bayes risk of the squared loss, 4η (1 − η): the variance of y, twice the Gini value of η."""
    eta = _probabilities(eta)
    return 4 * eta * (1 - eta)


def square_conjugate(s: ArrayLike) -> Floats:
    """Conjugate of the squared loss, s + s²/4."""
    s = check.numbers("s", s)
    with np.errstate(over="ignore"):
        return s * (1 + s / 4)  # a product: s + s²/4 would be ∞ − ∞ at s = −∞


# Squared hinge loss


def squared_hinge(m: ArrayLike) -> Floats:
    """Squared hinge loss, max(0, 1 − m)²: the squared loss that forgives a large margin.

    >>> squared_hinge([-1, 0, 1, 2])
    array([4., 1., 0., 0.])
    """
    with np.errstate(over="ignore"):
        return hinge(m) ** 2


def squared_hinge_gradient(m: ArrayLike) -> Floats:
    """Derivative of the squared hinge loss, −2 max(0, 1 − m); continuous, so no convention.

    >>> squared_hinge_gradient([-1, 0, 1, 2])
    array([-4., -2.,  0.,  0.])
    """
    with np.errstate(over="ignore"):
        return 2 * np.minimum(0, check.numbers("m", m) - 1)


def squared_hinge_minimizer(eta: ArrayLike) -> Floats:
    """Minimizer under the squared hinge loss: 2η − 1, as under the squared loss.

    At η = 0 every score ≤ −1 is as good, at η = 1 every score ≥ 1.
    """
    return square_minimizer(eta)


def squared_hinge_bayes_risk(eta: ArrayLike) -> Floats:
    """Bayes risk of the squared hinge loss: 4η (1 − η), as of the squared loss."""
    return square_bayes_risk(eta)


def squared_hinge_conjugate(s: ArrayLike) -> Floats:
    """Conjugate of the squared hinge loss: s + s²/4 where s ≤ 0, else inf."""
    s = check.numbers("s", s)
    return np.where(s <= 0, square_conjugate(s), np.inf)[()]


# Logistic loss


def logistic(m: ArrayLike) -> Floats:
    """Logistic loss in nats, ln(1 + e^−m).

    Convention: not divided by ln 2, so it is ln 2 at m = 0 and does not bound the zero-one
    loss; divided by ln 2 (in bits) it does.

    >>> logistic([-1, 0, 1])
    array([1.31326169, 0.69314718, 0.31326169])
    """
    m = check.numbers("m", m)
    # ln(1 + e^−m) = max(0, −m) + ln(1 + e^−|m|), whose exponential cannot overflow.
    return np.maximum(0, -m) + np.log1p(np.exp(-np.abs(m)))


def logistic_gradient(m: ArrayLike) -> Floats:
    """Derivative of the logistic loss, −1 / (1 + e^m): minus the probability of being wrong.

    >>> logistic_gradient([-1, 0, 1])
    array([-0.73105858, -0.5       , -0.26894142])
    """
    m = check.numbers("m", m)
    e = np.exp(-np.abs(m))
    return -np.where(m > 0, e, 1) / (1 + e)  # extended by e^−m where m > 0


def logistic_minimizer(eta: ArrayLike) -> Floats:
    """Minimizer under the logistic loss: ln(η / (1 − η)), the log-odds (对数几率)."""
    return _log_odds(_probabilities(eta))


def logistic_bayes_risk(eta: ArrayLike) -> Floats:
    """Bayes risk of the logistic loss, −η ln η − (1 − η) ln(1 − η): the binary entropy in nats."""
    return _binary_entropy(_probabilities(eta))


def logistic_conjugate(s: ArrayLike) -> Floats:
    """Conjugate of the logistic loss: minus the binary entropy of −s on [−1, 0], else inf."""
    s = check.numbers("s", s)
    entropy = _binary_entropy(np.clip(-s, 0, 1))
    return np.where((s >= -1) & (s <= 0), 0 - entropy, np.inf)[()]  # 0 − 0 = 0, not −0


# Exponential loss


def exponential(m: ArrayLike) -> Floats:
    """Exponential loss, e^−m; inf where m < −709.78.

    >>> exponential([-1, 0, 1])
    array([2.71828183, 1.        , 0.36787944])
    """
    with np.errstate(over="ignore"):
        return np.exp(-check.numbers("m", m))


def exponential_gradient(m: ArrayLike) -> Floats:
    """Derivative of the exponential loss, −e^−m.

    >>> exponential_gradient([-1, 0, 1])
    array([-2.71828183, -1.        , -0.36787944])
    """
    return -exponential(m)


def exponential_minimizer(eta: ArrayLike) -> Floats:
    """Minimizer under the exponential loss, ½ ln(η / (1 − η)): half the log-odds."""
    return _log_odds(_probabilities(eta)) / 2


def exponential_bayes_risk(eta: ArrayLike) -> Floats:
    """Bayes risk of the exponential loss, 2 √(η (1 − η))."""
    eta = _probabilities(eta)
    return 2 * np.sqrt(eta * (1 - eta))


def exponential_conjugate(s: ArrayLike) -> Floats:
    """Conjugate of the exponential loss: s − s ln(−s) where s < 0, 0 at s = 0, else inf."""
    s = check.numbers("s", s)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        inside = s * (1 - np.log(-s))  # a product: s − s ln(−s) would be −∞ + ∞ at s = −∞
    return np.where(s < 0, inside, np.where(s == 0, 0, np.inf))[()]


class MarginLoss(NamedTuple):
    """A margin loss with its companions, for loops over `MARGIN_LOSSES`.

    >>> for name, loss in MARGIN_LOSSES.items():
    ...     at = loss.minimizer(0.1), loss.bayes_risk(0.1), loss.conjugate(-0.5)
    ...     print(f"{name:13} {at[0]:5.2f} {at[1]:5.2f} {at[2]:5.2f}")
    zero_one      -1.00  0.10   inf
    hinge         -1.00  0.20 -0.50
    square        -0.80  0.36 -0.44
    squared_hinge -0.80  0.36 -0.44
    logistic      -2.20  0.33 -0.69
    exponential   -1.10  0.60 -0.85
    """

    value: Callable
    gradient: Callable
    minimizer: Callable
    bayes_risk: Callable
    conjugate: Callable


MARGIN_LOSSES = {
    "zero_one": MarginLoss(
        zero_one, zero_one_gradient, zero_one_minimizer, zero_one_bayes_risk, zero_one_conjugate
    ),
    "hinge": MarginLoss(hinge, hinge_gradient, hinge_minimizer, hinge_bayes_risk, hinge_conjugate),
    "square": MarginLoss(
        square, square_gradient, square_minimizer, square_bayes_risk, square_conjugate
    ),
    "squared_hinge": MarginLoss(
        squared_hinge,
        squared_hinge_gradient,
        squared_hinge_minimizer,
        squared_hinge_bayes_risk,
        squared_hinge_conjugate,
    ),
    "logistic": MarginLoss(
        logistic, logistic_gradient, logistic_minimizer, logistic_bayes_risk, logistic_conjugate
    ),
    "exponential": MarginLoss(
        exponential,
        exponential_gradient,
        exponential_minimizer,
        exponential_bayes_risk,
        exponential_conjugate,
    ),
}


def hinge_loss(
    y_true: ArrayLike,
    decision: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean hinge loss of the decision values of a two-class classifier.

    ::

        Σ w_i max(0, 1 − y_i f_i) / Σ w_i

    Convention: the larger label, or the second of `labels`, is y = +1. For a sample of one class
    `labels` is required; scikit-learn takes that class for the negative one. Strings are ordered
    by the alphabet, also in an ordered Categorical of pandas.

    Class weights are `sample_weight=class_weight[index]`, with the class of each sample as index;
    what other libraries skip by an ignore_index has no label here: drop these rows, or give them
    a label and the weight 0.

    Parameters
    ----------
    y_true : array_like of shape (n,)
        Labels of two classes, numbers or strings.
    decision : array_like of shape (n,)
        Scores f_i, positive for the class +1.
    labels : sequence of two labels, optional
        [negative, positive].
    sample_weight : array_like of shape (n,), optional
        Weights w_i ≥ 0, not all zero; equal weights if omitted.

    Returns
    -------
    float, inf if a score is infinitely wrong

    Raises
    ------
    ValueError
        Shapes other than (n,), n ≥ 1, or different from each other; NaN or a missing label; other
        than two classes; a label outside `labels`; weights that are negative, infinite or all
        zero.
    TypeError
        Labels that are neither numbers nor strings, or a mixture of both; scores that are not
        real numbers; a masked array.

    Examples
    --------
    >>> hinge_loss(["no", "yes", "yes"], [-2, 0.5, -1])
    0.8333333333333334
    >>> hinge_loss([1, 1], [0.5, 2], labels=[0, 1])
    0.25

    Source: 西瓜书 (6.31).
    """
    y = check.binary_signs(y_true, labels)
    f = check.vector("decision", decision)
    check.same_shape("y_true", y, "decision", f)
    return check.average(hinge(y * f), check.weights(sample_weight, len(y)))


def zero_one_loss(
    y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Fraction of wrong labels: the error rate, for any number of classes.

    Labels are numbers in both arrays or strings in both (TypeError otherwise); scores are no
    labels. Numbers compare exactly, an integer beyond 2⁵³ with a float as well. Shapes, weights
    and errors as for `hinge_loss`.

    Examples
    --------
    >>> zero_one_loss(["cat", "dog", "cow", "dog"], ["cat", "cat", "cow", "dog"])
    0.25

    Source: 西瓜书 (2.4).
    """
    y, y_hat = check.labels_array("y_true", y_true), check.labels_array("y_pred", y_pred)
    check.same_shape("y_true", y, "y_pred", y_hat)
    if y.size == 0:
        raise ValueError("y_true must not be empty, got shape (0,)")
    y, y_hat = check.one_kind("y_true", y, "y_pred", y_hat)
    wrong = (y != y_hat).astype(np.float64)
    return check.average(wrong, check.weights(sample_weight, len(y)))


def _probabilities(eta) -> Array:
    eta = check.numbers("eta", eta)
    outside = eta[(eta < 0) | (eta > 1)]
    if outside.size:
        raise ValueError(f"eta must lie between 0 and 1, got {outside[0].item()!r}")
    return eta


def _log_odds(eta) -> Floats:
    """ln(η / (1 − η)), accurate also near ½ and for tiny η."""
    with np.errstate(divide="ignore"):
        # From ¼ up, 2η − 1 is exact, and 2 artanh(2η − 1) is the log-odds; below ¼ the
        # difference of the logarithms does not cancel.
        low, high = np.log(eta) - np.log1p(-eta), 2 * np.arctanh(2 * eta - 1)
    return np.where(eta < 0.25, low, high)[()]


def _binary_entropy(eta) -> Array:
    p = np.minimum(eta, 1 - eta)  # 1 − η is exact if it is the smaller
    log_p = np.log(np.where(p > 0, p, 1))  # 0 ln 0 = 0, the limit
    return -p * log_p - (1 - p) * np.log1p(-p)

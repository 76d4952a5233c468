"""Losses of predicted probabilities: logarithmic loss and Brier score."""

import numpy as np
from numpy.typing import ArrayLike

from lossbook import _validation as check
from lossbook._types import Array


def log_losses(
    y_true: ArrayLike, y_proba: ArrayLike, *, labels: ArrayLike | None = None, eps: float = 0.0
) -> Array:
    """Negative log-likelihood of each predicted probability, in nats.

    ::

        ℓ_i = −ln q_i,  q_i the predicted probability of the true label

    Convention: no clipping, a probability of 0 costs inf. `log_loss` is the mean. If the
    probabilities come from logits, use `softmax_cross_entropies`, which is more accurate.

    Parameters
    ----------
    y_true : array_like of shape (n,)
        Labels, numbers or strings.
    y_proba : array_like of shape (n, K) or (n,)
        Rows of probabilities, columns in the order of `labels`; or, for two classes, the
        probability of the second of them. The sum of a row must be 1 within the rounding of its
        precision (1e-8 in float64), and the values are not normalised.
    labels : array_like of shape (K,), optional
        The K ≥ 2 classes in the order of the columns (scikit-learn's log_loss sorts `labels`, and
        warns). Default: the sorted labels of y_true, numbers by size and strings by the alphabet.
        The order of an ordered categorical column is labels=column.cat.categories.
    eps : float
        Clips probabilities to [eps, 1 − eps]; 0 ≤ eps < ½.

    Returns
    -------
    ndarray of shape (n,), float64; inf if a true label has probability 0

    Raises
    ------
    ValueError
        Shapes or number of classes do not match; NaN; y_proba does not contain probabilities.
    TypeError
        y_proba is not an array of real numbers, or labels are of mixed kinds.

    Examples
    --------
    >>> log_losses(["no", "yes", "yes"], [0.5, 0.5, 1])
    array([0.69314718, 0.69314718, 0.        ])

    Source: as for `log_loss`.
    """
    y, q = _predictions(y_true, y_proba, labels)
    eps = check.number("eps", eps)
    if not 0 <= eps < 0.5:
        raise ValueError(f"eps must lie in [0, 0.5), got {eps}")
    q = q.clip(eps, 1 - eps)
    with np.errstate(divide="ignore"):
        if q.ndim == 1:
            # log(1 − q) would lose the digits of a small q
            log_q = np.where(y, np.log(q), np.log1p(-q))
        else:
            log_q = np.log(q[np.arange(len(y)), y])
    return 0 - log_q  # not −log_q: a zero should print as 0, not as −0


def log_loss(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    eps: float = 0.0,
) -> float:
    """Mean negative log-likelihood of predicted probabilities, in nats.

    ::

        Σ w_i ℓ_i / Σ w_i,  ℓ_i the `log_losses` of the samples

    Convention: no clipping. scikit-learn clips by the precision of the dtype;
    eps=np.finfo(float).eps gives its values for float64. A float; inf if a true label has
    probability 0.

    Parameters
    ----------
    y_true, y_proba, labels, eps
        As for `log_losses`.
    sample_weight : array_like of shape (n,), optional
        Weights w_i ≥ 0, not all zero; equal weights if omitted.

    Raises
    ------
    ValueError, TypeError
        As for `log_losses`; weights that are negative, infinite or all zero.

    Examples
    --------
    >>> log_loss(["no", "yes"], [0.5, 0.5])
    0.6931471805599453
    >>> log_loss([0, 1], [[1, 0], [1, 0]])
    inf

    Source: 西瓜书 (3.27) for two classes; Good (1952), Rational decisions, for the score.
    """
    losses = log_losses(y_true, y_proba, labels=labels, eps=eps)
    return check.average(losses, check.weights(sample_weight, len(losses)))


def brier_score(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean squared distance of predicted probabilities from the true labels.

    With p_ik = 1 for the true label and 0 for the others, and the probabilities q_ik::

        Σ_i w_i Σ_k (q_ik − p_ik)² / Σ w_i

    Convention: the sum over all K classes, also for K = 2, so that the best constant prediction
    leaves the Gini impurity (基尼值) of the labels. For two classes this is twice
    what scikit-learn's brier_score_loss says by default; `scale_by_half=False` makes it the same.

    A float in [0, 2]. Parameters and errors are those of `log_loss`.

    Examples
    --------
    >>> brier_score([0, 1], [0, 0.5])
    0.25

    Source: Brier (1950), Verification of forecasts expressed in terms of probability.
    """
    y, q = _predictions(y_true, y_proba, labels)
    w = check.weights(sample_weight, len(y))
    if q.ndim == 1:
        return check.average(2 * (q - y) ** 2, w)
    off = q - (np.arange(q.shape[1]) == y[:, np.newaxis])
    return check.average((off * off).sum(axis=1), w)


def _predictions(y_true, y_proba, labels):
    """Class indices, and checked probabilities of shape (n, K) or (n,)."""
    y, classes = check.class_indices(y_true, labels)
    q = check.numbers("y_proba", y_proba)
    n, columns = len(y), q.shape[1] if q.ndim == 2 else 2
    if q.shape not in {(n,), (n, columns)} or columns < 2:
        hint = check.ravel_hint("y_proba", y_proba, q)
        raise ValueError(
            f"y_proba must have shape ({n},) or ({n}, K) with K ≥ 2 for the {n} labels of y_true, "
            f"got {q.shape}{hint}"
        )
    if len(classes) != columns:
        raise ValueError(
            f"y_proba of shape {q.shape} is for {columns} classes, got {len(classes)}; name the "
            "class of every column with labels="
        )
    if q.ndim == 2:
        check.distributions("y_proba", q)
    elif q.min() < 0 or q.max() > 1:
        raise ValueError(f"y_proba must lie in [0, 1], got {q.min()} to {q.max()}")
    return y, q

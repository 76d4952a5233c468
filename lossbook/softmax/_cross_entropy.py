"""The cross-entropy of softmax(z): value, gradient and Hessian by the logits.

For one class y the value is LSE(z) − z_y and the gradient is predicted minus true, q − e_y.
"""

import numpy as np
from numpy.typing import ArrayLike

from lossbook import _validation as check
from lossbook._types import Array
from lossbook.softmax._exponentials import _shift_by_max, _sumexp_without_max

# No shift by the largest score is needed if the sum of a row and the term of its true class are
# within e^±_SAFE_EXPONENT: sums and ratios are then far from overflow (e^709) and underflow.
_SAFE_EXPONENT = 230

# Exponentials of scores below this lose digits: the smallest normal number is e^−708.4.
_MIN_EXPONENT = -700

# Number of logits that are processed at once, to stay in the cache.
_BLOCK = 65536


def softmax_cross_entropies(y_true: ArrayLike, logits: ArrayLike) -> Array:
    """Cross-entropy (交叉熵) of softmax(logits) of each sample, in nats.

    For a class y, and for a target distribution p, with q = softmax(z)::

        ℓ(y, z) = LSE(z) − z_y = −ln q_y
        ℓ(p, z) = −Σ_k p_k ln q_k,  with 0 · ∞ = 0

    Convention: with soft targets the smallest possible value is the entropy of p, not 0.
    `softmax_cross_entropy` is the mean.

    Parameters
    ----------
    y_true : array_like of shape (n,) or (n, K)
        Class indices, integers in 0..K−1; or one distribution for each row. Its sum must be 1
        within the rounding of its precision (1e-8 in float64); it is not normalised.
    logits : array_like of shape (n, K)
        Scores, not probabilities; −inf masks a class.

    Returns
    -------
    ndarray of shape (n,), float64; inf if the true class is masked

    Raises
    ------
    ValueError
        Shapes that do not match; class indices out of range; rows of y_true that are not
        distributions; rows of logits with NaN, with +inf or with only −inf.
    TypeError
        An array contains something other than real numbers, or class indices are not integers.

    Notes
    -----
    Label smoothing by ε uses soft targets: (1 − ε) np.eye(K)[y] + ε/K. To ignore a label
    (ignore_index elsewhere), drop its row, or give it weight 0 and any class. Class weights are
    sample weights of the mean: sample_weight=class_weight[y].

    Examples
    --------
    >>> softmax_cross_entropies([0, 1, 0], [[0, 0], [0, 40], [0, 40]])
    array([6.93147181e-01, 4.24835426e-18, 4.00000000e+01])

    Source: Bishop (2006), PRML, section 4.3.4; the summand of equation (4.4) of the course.
    """
    z, y = _read(y_true, logits)
    return _losses_and_gradient(y, z, None)[0]


def softmax_cross_entropy(
    y_true: ArrayLike, logits: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Mean cross-entropy (交叉熵) of softmax(logits), in nats.

    ::

        Σ w_i ℓ_i / Σ w_i,  ℓ_i the `softmax_cross_entropies` of the samples

    A float; inf if a true class is masked.

    Parameters
    ----------
    y_true, logits : array_like
        As for `softmax_cross_entropies`.
    sample_weight : array_like of shape (n,), optional
        Weights w_i ≥ 0, not all zero; equal weights if omitted.

    Raises
    ------
    ValueError, TypeError
        As for `softmax_cross_entropies`; weights that are negative, infinite or all zero.

    Examples
    --------
    >>> softmax_cross_entropy([0, 1], [[0, 0], [0, 40]])
    0.34657359027997264
    >>> softmax_cross_entropy([[0.5, 0.5]], [[0, 0]])
    0.6931471805599453

    Source: Bishop (2006), PRML, section 4.3.4; equation (4.4) of the course.
    """
    return softmax_cross_entropy_with_gradient(y_true, logits, sample_weight=sample_weight)[0]


def softmax_cross_entropy_gradient(
    y_true: ArrayLike, logits: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> Array:
    """Gradient of the mean cross-entropy by the logits: predicted minus true.

    ::

        ∂/∂z_ik = w_i (q_ik − p_ik) / Σ w_i,  p_i the unit vector of class y_i where y_true is (n,)

    The result has shape (n, K), and each of its rows sums to 0 (if p_i sums to 1 only up to
    rounding, q_ik is multiplied by Σ_k p_ik). Shapes, weights and errors are those of
    `softmax_cross_entropy`.

    Examples
    --------
    >>> softmax_cross_entropy_gradient([0, 1], [[0, 0], [0, 40]])
    array([[-2.50000000e-01,  2.50000000e-01],
           [ 2.12417713e-18, -2.12417713e-18]])

    Source: as for `softmax_cross_entropy`; equation (4.5) of the course.
    """
    return softmax_cross_entropy_with_gradient(y_true, logits, sample_weight=sample_weight)[1]


def softmax_cross_entropy_with_gradient(
    y_true: ArrayLike, logits: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> tuple[float, Array]:
    """Mean cross-entropy and its gradient by the logits, in one pass.

    Returns
    -------
    (float, ndarray of shape (n, K))
        The mean, and the gradient of the mean, hence the factor 1/n without weights.

    Shapes, weights and errors are those of `softmax_cross_entropy`.

    Examples
    --------
    >>> softmax_cross_entropy_with_gradient([0], [[0, 0]])
    (0.6931471805599453, array([[-0.5,  0.5]]))
    """
    z, y = _read(y_true, logits)
    w = check.weights(sample_weight, len(z))
    losses, gradient = _losses_and_gradient(y, z, w)
    return check.average(losses, w), gradient


def softmax_cross_entropy_hessian(logits: ArrayLike) -> Array:
    """Second derivatives of the cross-entropy of one sample by its logits.

    ::

        ∇²ℓ = diag(q) − q qᵀ

    Logits have shape (K,), the result (K, K); errors are those of `softmax`. The Hessian is the
    same for every target and positive semidefinite. The vector of ones is in its null space,
    because adding a constant to all logits changes nothing.

    Examples
    --------
    >>> softmax_cross_entropy_hessian([0, 0])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])

    Source: as for `softmax_cross_entropy`; equation (4.6) of the course.
    """
    z = check.vector("logits", logits)
    q = np.exp(_shift_by_max("logits", z, axis=0))
    q /= q.sum()
    hessian = 0 - np.outer(q, q)  # not −np.outer: a zero should print as 0, not as −0
    # Rows sum to 0: as the sum of the others, q_k (1 − q_k) stays accurate if q_k ≈ 1.
    np.fill_diagonal(hessian, 0)
    np.fill_diagonal(hessian, 0 - hessian.sum(axis=1))
    return hessian


def _read(y_true, logits) -> tuple[Array, np.ndarray]:
    """Matching logits and targets; the logits are checked for NaN and infinities later."""
    z = check.real_array("logits", logits)
    if z.ndim != 2 or z.size == 0:
        raise ValueError(f"logits must have shape (n, K) with n, K ≥ 1, got {z.shape}")
    return z, _targets(y_true, *z.shape)


def _losses_and_gradient(y, z, w):
    """Loss of each row, and the gradient of the mean with normalised weights w."""
    weight = np.full(len(z), 1 / len(z)) if w is None else w
    losses_of = _class_losses if y.ndim == 1 else _distribution_losses
    return losses_of(y, z, weight)


def _targets(y_true, n, n_classes):
    """Class indices of shape (n,), or distributions of shape (n, K)."""
    given = check.as_array("y_true", y_true, "class indices")
    if given.shape == (n,):
        return check.class_numbers("y_true", y_true, n, n_classes)
    if given.shape != (n, n_classes):
        hint = check.ravel_hint("y_true", y_true, given)
        raise ValueError(
            f"y_true must have shape ({n},) or ({n}, {n_classes}) for logits of shape "
            f"({n}, {n_classes}), got {given.shape}{hint}"
        )
    p = check.numbers("y_true", y_true)
    check.distributions("y_true", p)
    return p


def _class_losses(y, z, weight):
    """Losses of logits with class indices, and the gradient, row i times weight[i]."""
    losses, gradient = np.empty(len(z)), np.empty(z.shape)
    height = max(_BLOCK // z.shape[1], 1)
    # Few logits need a shift. A sample of a hundred rows decides, to save a pass over all.
    expected = z[:: len(z) // 100 + 1].max()
    block_losses = (
        _block_losses if -_SAFE_EXPONENT < expected < _SAFE_EXPONENT else _shifted_block_losses
    )
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        for start in range(0, len(z), height):
            rows = slice(start, start + height)
            losses[rows] = block_losses(y[rows], z[rows], weight[rows], gradient[rows])
    # The loss of a row is NaN exactly if the row contains NaN or +inf or only −inf.
    if np.isnan(losses).any():
        _shift_by_max("logits", z, axis=1)  # raises and names the row
    return losses, gradient


def _block_losses(y, z, weight, out):
    """Losses of one block; its gradient is written to `out`.

    LSE − z_y = ln(1 + Σ_{j ≠ y} e^{z_j} / e^{z_y}): nothing cancels, and log1p keeps all
    digits of a small loss. Rows that need the shift are computed again.
    """
    own, others, total = _exponentials(y, z, weight, out)
    losses = _log1p(others / own)
    low, high = np.exp(-_SAFE_EXPONENT), np.exp(_SAFE_EXPONENT)
    if own.min() > low and total.min() > 0.5 and total.max() < high:
        return losses
    lost = ~((own > low) & (total < high))  # True for NaN as well
    if z.min() < _MIN_EXPONENT:
        lost |= total < 0.5  # with a sum ≥ ½ inaccurate terms are negligible
    if lost.any():
        part = np.empty((np.count_nonzero(lost), z.shape[1]))
        losses[lost] = _shifted_block_losses(y[lost], z[lost], weight[lost], part)
        out[lost] = part
    return losses


def _shifted_block_losses(y, z, weight, out):
    """The same as `_block_losses` from z − max z, for scores of any size."""
    # NumPy is faster along the longer axis.
    top = z.T.copy().max(axis=0) if len(z) > z.shape[1] else z.max(axis=1)
    shifted = z - top[:, np.newaxis]
    own, others, _ = _exponentials(y, shifted, weight, out)
    # own can underflow to 0; if y has the largest score, own − 1 is exactly 0; else others ≥ 1
    return _log1p(others + (own - 1)) - shifted[np.arange(len(y)), y]


def _exponentials(y, z, weight, out):
    """e^z of the true class, Σ e^z of the others and of all; the gradient is written to `out`.

    `out` is contiguous, so NumPy treats it as one long row.
    """
    np.exp(z, out=out)
    flat = out.reshape(-1)
    true = np.arange(0, out.size, out.shape[1]) + y
    own = flat.take(true)
    flat[true] = 0
    others = out @ np.ones(out.shape[1])
    # Each row of the gradient sums to 0: the entry of the true class is −Σ of the others, which
    # stays accurate where q_y − 1 would cancel.
    flat[true] = -others
    total = own + others
    flat *= np.repeat(weight / total, out.shape[1])
    return own, others, total


def _log1p(x):
    """ln(1 + x) to rounding error in a third of the time of np.log1p; NaN for inf.

    With u the rounded 1 + x, ln(1 + x) = ln u + (x − (u − 1))/u + O(ε²), and u − 1 is exact.
    """
    u = 1 + x
    return np.log(u) + (x - (u - 1)) / u


def _distribution_losses(p, z, weight):
    """Losses of logits with target distributions, and the gradient, row i times weight[i]."""
    shifted = _shift_by_max("logits", z, axis=1)
    surprise = np.log1p(_sumexp_without_max(shifted, axis=1)) - shifted  # −ln q ≥ 0
    surprise[p == 0] = 0  # 0 · ∞ = 0
    with np.errstate(over="ignore"):
        losses = (p * surprise).sum(axis=1)
    e = np.exp(shifted)
    # Rows of p sum to 1 only up to rounding; the derivative of −Σ p ln q contains the exact sum.
    gradient = e * (p.sum(axis=1) / e.sum(axis=1))[:, np.newaxis] - p
    # As above: the entry of the largest q, where q − p can cancel, is −Σ of the others.
    top = shifted.argmax(axis=1, keepdims=True)
    np.put_along_axis(gradient, top, 0, axis=1)
    np.put_along_axis(gradient, top, -gradient.sum(axis=1, keepdims=True), axis=1)
    return losses, gradient * weight[:, np.newaxis]

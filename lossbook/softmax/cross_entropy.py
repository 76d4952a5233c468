"""The cross-entropy of softmax(z): value, gradient and Hessian by the logits.

For one class y it is LSE(z) − z_y, and its gradient is predicted minus true, p − e_y.
"""

import numpy as np

from lossbook import _validation as check
from lossbook.softmax._exponentials import _below_top, _refuse_other_than_distributions, _rest

# Scores within ±300 need no shift: e^{±300}, and sums and ratios of such numbers, are far from
# overflow (e^{709}) and from underflow.
_SAFE = 300

# Logits are worked through in blocks of about so many, which stay in the processor's cache.
_BLOCK = 65536


def softmax_cross_entropy(y_true, logits, *, sample_weight=None):
    """Mean cross-entropy (交叉熵) of softmax(logits), in nats.

    For a class y, and for a target distribution t::

        ℓ(y, z) = LSE(z) − z_y = −ln p_y
        ℓ(t, z) = −Σ_k t_k ln p_k,  with 0 · ∞ = 0

    The mean is Σ w_i ℓ_i / Σ w_i. Convention: with soft targets the least possible value is the
    entropy of t, not 0.

    Parameters
    ----------
    y_true : array_like of shape (n,) or (n, K)
        Class indices, integers in 0..K−1; or one distribution for each row, summing to 1 within
        1e-8.
    logits : array_like of shape (n, K)
        Scores, not probabilities; −inf masks a class.
    sample_weight : array_like of shape (n,), optional
        Weights w_i ≥ 0, not all zero; equal weights if omitted.

    Returns
    -------
    float; inf where a class that occurred is masked

    Raises
    ------
    ValueError
        Shapes that do not match; class indices out of range; rows of y_true that are not
        distributions; rows of logits with NaN, with +inf or with −inf only; weights that are
        negative, infinite or all zero.
    TypeError
        An array holds something other than real numbers, or class indices are not integers.

    Examples
    --------
    >>> softmax_cross_entropy([0, 1], [[0, 0], [0, 40]])
    0.34657359027997264
    >>> softmax_cross_entropy([[0.5, 0.5]], [[0, 0]])
    0.6931471805599453

    Source: Bishop (2006), PRML, section 4.3.4; equation (4.4) of the course.
    """
    return softmax_cross_entropy_with_gradient(y_true, logits, sample_weight=sample_weight)[0]


def softmax_cross_entropy_gradient(y_true, logits, *, sample_weight=None):
    """Gradient of the mean cross-entropy by the logits: predicted minus true.

    ::

        ∂/∂z_ik = w_i (p_ik − t_ik) / Σ w_i,  t_i the unit vector of class y_i where y_true is (n,)

    The result has shape (n, K), and each of its rows sums to 0. Shapes, weights and errors as
    for `softmax_cross_entropy`.

    Examples
    --------
    >>> softmax_cross_entropy_gradient([0, 1], [[0, 0], [0, 40]])
    array([[-2.50000000e-01,  2.50000000e-01],
           [ 2.12417713e-18, -2.12417713e-18]])

    Source: as for `softmax_cross_entropy`; equation (4.5) of the course.
    """
    return softmax_cross_entropy_with_gradient(y_true, logits, sample_weight=sample_weight)[1]


def softmax_cross_entropy_with_gradient(y_true, logits, *, sample_weight=None):
    """Mean cross-entropy and its gradient by the logits, in one pass.

    Returns
    -------
    (float, ndarray of shape (n, K))
        The mean, and the gradient of the mean, hence the factor 1/n where no weights are given.

    Shapes, weights and errors as for `softmax_cross_entropy`.

    Examples
    --------
    >>> softmax_cross_entropy_with_gradient([0], [[0, 0]])
    (0.6931471805599453, array([[-0.5,  0.5]]))
    """
    z = check.real_array("logits", logits)
    if z.ndim != 2 or z.size == 0:
        raise ValueError(f"logits must have shape (n, K) with n, K ≥ 1, got {z.shape}")
    n, n_classes = z.shape
    y = _targets(y_true, n, n_classes)
    w = check.weights(sample_weight, n)
    share = np.broadcast_to(1 / n, n) if w is None else w
    against = _against_classes if y.ndim == 1 else _against_distributions
    losses, gradient = against(y, z, share)
    return check.average(losses, w), gradient


def softmax_cross_entropy_hessian(logits):
    """Second derivatives of the cross-entropy of one sample by its logits.

    ::

        ∇²ℓ = diag(p) − p pᵀ

    Logits of shape (K,), the result (K, K); errors as for `softmax`. It is the same for every
    target and positive semidefinite, and the vector of ones is in its null space, because adding
    a constant to all logits changes nothing.

    Examples
    --------
    >>> softmax_cross_entropy_hessian([0, 0])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])

    Source: as for `softmax_cross_entropy`; equation (4.6) of the course.
    """
    z = check.vector("logits", logits)
    p = np.exp(_below_top("logits", z, axis=0))
    p /= p.sum()
    hessian = 0 - np.outer(p, p)  # not −np.outer: a zero should print as 0, not as −0
    # Rows sum to 0: p_k (1 − p_k) is the sum of the others and keeps its digits where p_k ≈ 1.
    np.fill_diagonal(hessian, 0)
    np.fill_diagonal(hessian, 0 - hessian.sum(axis=1))
    return hessian


def _targets(y_true, n, n_classes):
    """Class indices of shape (n,), or distributions of shape (n, K)."""
    t = check.real_array("y_true", y_true)
    if t.shape == (n, n_classes):
        check.refuse_nan("y_true", t)
        _refuse_other_than_distributions("y_true", t)
        return t
    if t.shape != (n,):
        raise ValueError(
            f"y_true must have shape ({n},) or ({n}, {n_classes}) for logits of shape "
            f"({n}, {n_classes}), got {t.shape}"
        )
    y = np.asarray(y_true)
    if y.dtype.kind not in "biu":
        raise TypeError(f"y_true must hold integer class indices, got dtype {y.dtype}")
    if y.min() < 0 or y.max() >= n_classes:
        raise ValueError(f"y_true must lie in 0..{n_classes - 1}, got {y.min()} to {y.max()}")
    return y.astype(np.intp, copy=False)


def _against_classes(y, z, share):
    """Losses of rows of logits against class indices, and the gradient, row i times share[i]."""
    n, n_classes = z.shape
    losses, gradient = np.empty(n), np.empty(z.shape)
    height = min(max(_BLOCK // n_classes, 1), n)
    # NumPy is quick along the axis that is contiguous in memory: let it be the longer one.
    tall = height > n_classes
    scratch = np.empty(height * n_classes if tall else 0)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        # Without this, NumPy ≥ 2.3 copies what it broadcasts; errstate restores the old size.
        np.setbufsize(16)
        for start in range(0, n, height):
            block = slice(start, start + height)
            rows = gradient[block]
            if tall:
                e = scratch[: rows.size].reshape(rows.shape, order="F")
                e[...] = z[block]
                losses[block] = _block_against_classes(y[block], e, share[block], out=e)
                rows[...] = e
            else:
                losses[block] = _block_against_classes(y[block], z[block], share[block], out=rows)
    # NaN, +inf and a row of −inf turn the loss of their row into NaN; nothing else does.
    if np.isnan(losses).any():
        _below_top("logits", z, axis=1)  # says which and where
    return losses, gradient


def _block_against_classes(y, z, share, out):
    """Losses of one block; its gradient is written to `out`, which may be z itself.

    LSE − z_y = ln(1 + Σ_{j ≠ y} e^{z_j} / e^{z_y}): nothing cancels, and log1p keeps every
    digit of a small loss.
    """
    n, n_classes = z.shape
    flat = out.ravel(order="K")  # a view in the order of memory
    row_step, class_step = (step // out.itemsize for step in out.strides)
    true = np.arange(n) * row_step + y * class_step  # out[arange(n), y] takes several times as long

    far = not -_SAFE < z.min() <= z.max() < _SAFE  # also if there is a NaN
    if far:
        np.subtract(z, z.max(axis=1)[:, np.newaxis], out=out)
        gap = flat.take(true)  # z_y − max z ≤ 0
        z = out
    np.exp(z, out=out)
    own = flat.take(true)
    flat[true] = 0
    others = out @ np.ones(n_classes)  # faster than a sum along a short axis
    # The gradient is orthogonal to the ones: the entry of the true class is −Σ of the others,
    # and keeps its digits where p_y − 1 would cancel.
    flat[true] = -others
    out *= (share / (others + own))[:, np.newaxis]
    if far:  # own may have vanished; if y leads, own − 1 is exactly 0; if not, others ≥ 1
        return np.log1p(others + (own - 1)) - gap
    return np.log1p(others / own)


def _against_distributions(t, z, share):
    """Losses and gradient of rows of logits against rows of target probabilities."""
    shifted = _below_top("logits", z, axis=1)
    surprise = np.log1p(_rest(shifted, axis=1)) - shifted  # −ln p ≥ 0
    surprise[t == 0] = 0  # 0 · ∞ counts as 0
    with np.errstate(over="ignore"):
        losses = (t * surprise).sum(axis=1)
    e = np.exp(shifted)
    gradient = e / e.sum(axis=1, keepdims=True) - t
    # As above: the entry of the largest p, where p − t may cancel, is −Σ of the others.
    top = shifted.argmax(axis=1, keepdims=True)
    np.put_along_axis(gradient, top, 0, axis=1)
    np.put_along_axis(gradient, top, -gradient.sum(axis=1, keepdims=True), axis=1)
    return losses, gradient * share[:, np.newaxis]

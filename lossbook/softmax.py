"""Softmax and cross-entropy (chapter 4).

Scores z, one for each of K classes, become probabilities p = softmax(z); the cross-entropy
charges −ln p_y for the class y that occurred, in nats. Only differences of scores count, so
the formulas below start from z − max z: no exponential overflows, and the largest is e⁰ = 1.

A score of −∞ is a mask: its class gets probability 0. Not all classes can be masked.
"""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from lossbook import _validation as check

# Rows of probabilities must sum to 1 within this.
_ROW_SUM_TOLERANCE = 1e-8

# Scores within ±300 need no shift: e^{±300}, and sums and ratios of such numbers, are far from
# overflow (e^{709}) and from underflow.
_SAFE = 300

# Logits are worked through in blocks of about so many, which stay in the processor's cache.
_BLOCK = 65536


def logsumexp(z, axis=-1):
    """Logarithm of the sum of exponentials along an axis, the smooth maximum.

    ::

        LSE(z) = ln Σ_k e^{z_k} = z_max + ln(1 + Σ_{k ≠ max} e^{z_k − z_max})

    Returns float64 of the shape of z without that axis; a float for one-dimensional z.
    Conventions: the axis is the last one by default (in SciPy: all axes). ±inf are numbers like
    others here: +inf gives inf; nothing but −inf, or nothing at all, gives ln 0 = −inf. NaN and
    an axis that z does not have are a ValueError.

    Examples
    --------
    >>> logsumexp([10000, 10000])
    10000.69314718056
    >>> logsumexp([0, -40])
    4.248354255291589e-18

    Source: Blanchard, Higham and Higham (2021), Accurately computing the log-sum-exp and
    softmax functions.
    """
    z = check.real_array("z", z)
    check.refuse_nan("z", z)
    axis = normalize_axis_index(axis, z.ndim, "z")
    top = z.max(axis=axis, keepdims=True, initial=-np.inf)
    if z.shape[axis]:
        with np.errstate(over="ignore"):
            # An infinite maximum decides alone; subtracting it would be ∞ − ∞.
            top = top + np.log1p(_rest(z - np.where(np.isinf(top), 0, top), axis))
    result = top.squeeze(axis)
    return result if result.ndim else float(result)


def softmax(z, axis=-1):
    """Probabilities proportional to the exponentials of the scores along an axis.

    ::

        p_k = e^{z_k} / Σ_j e^{z_j}

    Adding one constant to all scores changes nothing.

    Parameters
    ----------
    z : array_like
        Scores; −inf masks a class.
    axis : int
        The axis along which the probabilities sum to 1.

    Returns
    -------
    ndarray of the shape of z, float64 (for float32 input as well)

    Raises
    ------
    ValueError
        z is empty, contains NaN or +inf, holds −inf only along the axis, or has no such axis.
    TypeError
        z holds something other than real numbers.

    Examples
    --------
    >>> softmax([10000, 10000, -np.inf])
    array([0.5, 0.5, 0. ])

    Source: Bridle (1990); equation (4.1) of the course.
    """
    e = np.exp(_below_top("z", z, axis))
    return e / e.sum(axis=axis, keepdims=True)


def log_softmax(z, axis=-1):
    """Logarithm of the softmax, in nats, also where the probability itself rounds to 0 or 1.

    ::

        ln p_k = (z_k − z_max) − ln(1 + Σ_{j ≠ max} e^{z_j − z_max})

    Shapes and errors as for `softmax`; a masked class gives −inf.

    Examples
    --------
    >>> log_softmax([0, 40])
    array([-4.00000000e+01, -4.24835426e-18])

    Source: as for `logsumexp`.
    """
    shifted = _below_top("z", z, axis)
    return shifted - np.log1p(_rest(shifted, axis))


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


def log_loss(y_true, y_proba, *, labels=None, sample_weight=None, eps=0.0):
    """Mean negative log-likelihood of predicted probabilities, in nats.

    ::

        Σ w_i (−ln p_i) / Σ w_i,  p_i the probability that was given to the label that occurred

    Convention: no clipping, a probability of 0 costs inf. scikit-learn clips by the precision
    of the dtype; eps=np.finfo(float).eps gives its values. If the probabilities come from
    logits, `softmax_cross_entropy` is the better choice: it has all digits.

    Parameters
    ----------
    y_true : array_like of shape (n,)
        Labels, numbers or strings.
    y_proba : array_like of shape (n, K) or (n,)
        Rows of probabilities that sum to 1 within 1e-8, columns in the order of `labels`; or,
        for two classes, the probability of the second of them.
    labels : array_like of shape (K,), optional
        The K ≥ 2 classes; the sorted labels of y_true if omitted.
    sample_weight : array_like of shape (n,), optional
        Weights w_i ≥ 0, not all zero; equal weights if omitted.
    eps : float
        Clips probabilities to [eps, 1 − eps]; 0 ≤ eps < ½.

    Returns
    -------
    float; inf where a label that occurred was given probability 0

    Raises
    ------
    ValueError
        Shapes or number of classes do not match; NaN; y_proba holds no probabilities; weights
        that are negative, infinite or all zero.
    TypeError
        y_proba holds something other than real numbers, or labels are of mixed kinds.

    Examples
    --------
    >>> log_loss(["no", "yes"], [0.5, 0.5])
    0.6931471805599453
    >>> log_loss([0, 1], [[1, 0], [1, 0]])
    inf

    Source: 西瓜书 (3.27) for two classes; Good (1952), Rational decisions, for the score.
    """
    y, p, w = _predictions(y_true, y_proba, labels, sample_weight)
    eps = float(check.real_array("eps", eps))
    if not 0 <= eps < 0.5:
        raise ValueError(f"eps must lie in [0, 0.5), got {eps}")
    p = p.clip(eps, 1 - eps)
    with np.errstate(divide="ignore"):
        if p.ndim == 1:
            log_p = np.where(y, np.log(p), np.log1p(-p))  # 1 − p would lose a small p
        else:
            log_p = np.log(p[np.arange(len(y)), y])
    return check.average(-log_p, w)


def brier_score(y_true, y_proba, *, labels=None, sample_weight=None):
    """Mean squared distance of predicted probabilities from the labels that occurred.

    With t_ik = 1 for the label that occurred and 0 for the others::

        Σ_i w_i Σ_k (p_ik − t_ik)² / Σ w_i

    Convention: the sum over all K classes, also for K = 2, so that the best constant prediction
    leaves the Gini impurity (基尼值) of the labels. For two classes this is twice
    scikit-learn's brier_score_loss, which keeps one of the two equal terms.

    A float in [0, 2]. Parameters and errors as for `log_loss`.

    Examples
    --------
    >>> brier_score([0, 1], [0, 0.5])
    0.25

    Source: Brier (1950), Verification of forecasts expressed in terms of probability.
    """
    y, p, w = _predictions(y_true, y_proba, labels, sample_weight)
    if p.ndim == 1:
        return check.average(2 * (p - y) ** 2, w)
    off = p - (np.arange(p.shape[1]) == y[:, np.newaxis])
    return check.average((off * off).sum(axis=1), w)


def _below_top(name, z, axis):
    """z − max z along the axis, for scores with a finite maximum everywhere."""
    z = check.numbers(name, z)
    axis = normalize_axis_index(axis, z.ndim, name)
    top = z.max(axis=axis, keepdims=True)
    if np.isinf(top).any():
        row = int(np.isinf(top).argmax())
        found = "+inf" if top.flat[row] > 0 else "−inf only"
        raise ValueError(
            f"{name} must have a finite maximum along axis {axis}, found {found} in row {row}"
        )
    with np.errstate(over="ignore"):
        return z - top


def _rest(shifted, axis):
    """Σ e^shifted along the axis without its largest term, which is 1 after the shift.

    1 + 4e-18 is 1 in floating point: what log1p is to keep must not be added to a 1 before.
    """
    e = np.exp(shifted)
    np.put_along_axis(e, shifted.argmax(axis=axis, keepdims=True), 0, axis)
    return e.sum(axis=axis, keepdims=True)


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


def _predictions(y_true, y_proba, labels, sample_weight):
    """Class indices, checked probabilities of shape (n, K) or (n,), normalised weights."""
    y, classes = check.class_indices(y_true, labels)
    p = check.numbers("y_proba", y_proba)
    n, columns = len(y), p.shape[1] if p.ndim == 2 else 2
    if p.shape not in {(n,), (n, columns)} or columns < 2:
        raise ValueError(f"y_proba must have shape ({n},) or ({n}, K) with K ≥ 2, got {p.shape}")
    if len(classes) != columns:
        raise ValueError(
            f"y_proba of shape {p.shape} is for {columns} classes, got {len(classes)}; name the "
            "class of every column with labels="
        )
    if p.ndim == 2:
        _refuse_other_than_distributions("y_proba", p)
    elif p.min() < 0 or p.max() > 1:
        raise ValueError(f"y_proba must lie in [0, 1], got {p.min()} to {p.max()}")
    return y, p, check.weights(sample_weight, n)


def _refuse_other_than_distributions(name, p):
    if p.min() < 0:
        raise ValueError(f"{name} must not be negative, got {p.min()}")
    sums = p.sum(axis=1)
    row = int(np.abs(sums - 1).argmax())
    if abs(sums[row] - 1) > _ROW_SUM_TOLERANCE:
        raise ValueError(
            f"every row of {name} must sum to 1 within {_ROW_SUM_TOLERANCE:g}, row {row} sums to "
            f"{sums[row]}"
        )


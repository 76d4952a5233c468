"""Squared error and its relatives (chapter 2).

The pointwise losses take a target y and a prediction f and return an array; their gradients
are derivatives by the prediction f. The means over a sample have scikit-learn's names, where they
exist, and its argument order. The residual is r = f − y, so that every gradient has the sign of r.
"""

import numpy as np
from numpy.typing import ArrayLike

from lossbook import _validation as check
from lossbook._types import Array

# Number of residuals that are processed at once, to stay in the cache.
_BLOCK = 16384


def squared_error(y: ArrayLike, f: ArrayLike) -> Array:
    """Squared error of each prediction.

    ::

        ℓ(y, f) = (f − y)²

    Convention: no factor ½ (scikit-learn's HalfSquaredError has one).

    Parameters
    ----------
    y, f : array_like of one shape
        Targets and predictions.

    Returns
    -------
    ndarray of that shape, float64, in the square of the unit of y

    Raises
    ------
    ValueError
        Shapes differ, an array is empty or contains NaN, both are the same infinity.
    TypeError
        An array contains something other than real numbers, for example text, or is masked.

    Examples
    --------
    >>> squared_error([0, 0], [3, -2])
    array([9., 4.])

    Source: 西瓜书 (2.2), the summand.
    """
    r = _residual(y, f)
    with np.errstate(over="ignore"):
        return r * r


def squared_error_gradient(y: ArrayLike, f: ArrayLike) -> Array:
    """Derivative of the squared error by the prediction: 2 (f − y).

    Shapes, errors and source as for `squared_error`.

    Examples
    --------
    >>> squared_error_gradient([0, 0], [3, -2])
    array([ 6., -4.])
    """
    with np.errstate(over="ignore"):
        return 2 * _residual(y, f)


def absolute_error(y: ArrayLike, f: ArrayLike) -> Array:
    """Absolute error of each prediction.

    ::

        ℓ(y, f) = |f − y|

    Shapes and errors as for `squared_error`; in the unit of y.

    Examples
    --------
    >>> absolute_error([0, 0], [3, -2])
    array([3., 2.])

    Source: chapter 2, equation (2.8).
    """
    return np.abs(_residual(y, f))


def absolute_error_gradient(y: ArrayLike, f: ArrayLike) -> Array:
    """Derivative of the absolute error by the prediction: the sign of f − y.

    Convention: at the kink f = y every number in [−1, 1] is a subgradient; 0 is returned.

    Examples
    --------
    >>> absolute_error_gradient([0, 0, 0], [3, 0, -2])
    array([ 1.,  0., -1.])
    """
    return np.sign(_residual(y, f))


def huber(y: ArrayLike, f: ArrayLike, *, delta: float) -> Array:
    """Huber loss of each prediction: quadratic near the target, linear far from it.

    With r = f − y::

        ℓ(y, f) = ½ r²           where |r| ≤ δ
                = δ (|r| − ½ δ)  elsewhere

    Convention: the ½ r² form with δ in the unit of y (as `torch.nn.HuberLoss`). scikit-learn's
    HuberRegressor has r² and measures its epsilon in units of an estimated scale;
    SmoothL1Loss(beta) is this loss with δ = beta, divided by beta.

    Parameters
    ----------
    y, f : array_like of one shape
        Targets and predictions.
    delta : float
        δ > 0, the residual at which the loss turns linear.

    Returns
    -------
    ndarray of that shape, float64, in the square of the unit of y

    Raises
    ------
    ValueError
        As for `squared_error`, or delta is not finite and positive.

    Examples
    --------
    >>> huber([0, 0, 0], [0.5, 1, 3], delta=1)
    array([0.125, 0.5  , 2.5  ])

    Source: Huber (1964), Robust estimation of a location parameter.
    """
    delta = check.positive("delta", delta)
    with np.errstate(over="ignore"):
        return _huber(_residual(y, f), delta)


def huber_gradient(y: ArrayLike, f: ArrayLike, *, delta: float) -> Array:
    """Derivative of the Huber loss by the prediction: f − y, clipped to [−δ, δ].

    Shapes, errors and source as for `huber`.

    Examples
    --------
    >>> huber_gradient([0, 0, 0], [0.5, 1, -3], delta=1)
    array([ 0.5,  1. , -1. ])
    """
    delta = check.positive("delta", delta)
    return np.clip(_residual(y, f), -delta, delta)


def pinball(y: ArrayLike, f: ArrayLike, *, quantile: float) -> Array:
    """Pinball (quantile) loss of each prediction: errors on the two sides cost differently.

    With u = y − f and the quantile τ::

        ℓ(y, f) = max(τ u, (τ − 1) u)

    Too low a prediction costs τ for each unit, too high a one 1 − τ. At τ = ½ it is half the
    absolute error.

    Parameters
    ----------
    y, f : array_like of one shape
        Targets and predictions.
    quantile : float
        0 < τ < 1. `sklearn.metrics.mean_pinball_loss` calls it alpha; in
        `QuantileRegressor` alpha is the weight of the penalty.

    Returns
    -------
    ndarray of that shape, float64, in the unit of y

    Raises
    ------
    ValueError
        As for `squared_error`, or quantile does not lie strictly between 0 and 1.

    Examples
    --------
    >>> pinball([1, 2, 3], [2, 2, 2], quantile=0.1)
    array([0.9, 0. , 0.1])

    Source: Koenker and Bassett (1978), Regression quantiles.
    """
    tau = check.fraction("quantile", quantile)
    r = _residual(y, f)
    return np.abs(_pinball_slope(r, tau) * r)  # abs: at r = 0 the product is −0


def pinball_gradient(y: ArrayLike, f: ArrayLike, *, quantile: float) -> Array:
    """Derivative of the pinball loss by the prediction: 1 − τ above the target, −τ below it.

    Convention: at the kink f = y every number in [−τ, 1 − τ] is a subgradient; −τ is returned,
    as in scikit-learn's PinballLoss.

    Examples
    --------
    >>> pinball_gradient([1, 2, 3], [2, 2, 2], quantile=0.1)
    array([ 0.9, -0.1, -0.1])
    """
    tau = check.fraction("quantile", quantile)
    return _pinball_slope(_residual(y, f), tau)


def mean_squared_error(
    y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Mean squared error (均方误差).

    ::

        E(f; D) = Σ w_i (f_i − y_i)² / Σ w_i

    Parameters
    ----------
    y_true, y_pred : array_like of shape (n,)
        Targets and predictions.
    sample_weight : array_like of shape (n,), optional
        Weights w_i ≥ 0, not all zero; equal weights if omitted. A weight of 0 removes its row,
        but for NaN, which no weight hides: drop the rows without a target.

    Returns
    -------
    float, in the square of the unit of y; inf where a residual's square overflows

    Raises
    ------
    ValueError
        Shapes other than (n,), n ≥ 1, or different from each other; NaN; weights that are
        negative, infinite or all zero.
    TypeError
        An array holds something other than real numbers.

    Examples
    --------
    >>> mean_squared_error([3, 5], [1, 6])
    2.5
    >>> mean_squared_error([3, 5], [1, 6], sample_weight=[1, 3])
    1.75

    Source: 西瓜书 (2.2).
    """
    return _mean(lambda r: r * r, y_true, y_pred, sample_weight)


def root_mean_squared_error(
    y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Square root of the mean squared error, in the unit of y.

    The residuals are divided by the largest of them before they are squared, so that no square
    overflows or vanishes.

    Shapes, weights and errors as for `mean_squared_error`.

    Examples
    --------
    >>> root_mean_squared_error([0, 0], [1e200, 1e200])
    1e+200
    """
    y, f, w = _sample(y_true, y_pred, sample_weight)
    if w is not None:
        check.refuse_nan("y_true", y)
        check.refuse_nan("y_pred", f)
        y, f, w = y[w > 0], f[w > 0], w[w > 0]
    r = _residual(y, f, "y_true", "y_pred")
    largest = float(np.abs(r).max())
    if largest in (0, np.inf):
        return largest
    r = r / largest
    return largest * check.average(r * r, w) ** 0.5


def mean_absolute_error(
    y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Mean absolute error, in the unit of y.

    ::

        Σ w_i |f_i − y_i| / Σ w_i

    Shapes, weights and errors as for `mean_squared_error`.

    Examples
    --------
    >>> mean_absolute_error([3, 5], [1, 6])
    1.5
    """
    return _mean(np.abs, y_true, y_pred, sample_weight)


def mean_pinball_loss(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    quantile: float = 0.5,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean pinball loss, in the unit of y; see `pinball`.

    Shapes, weights and errors as for `mean_squared_error`; quantile strictly between 0 and 1.

    Examples
    --------
    >>> mean_pinball_loss([1, 2, 3], [2, 2, 2], quantile=0.1)
    0.3333333333333333
    """
    tau = check.fraction("quantile", quantile)
    return _mean(lambda r: _pinball_slope(r, tau) * r, y_true, y_pred, sample_weight)


def mean_huber_loss(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    delta: float = 1.0,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean Huber loss, in the square of the unit of y; see `huber`.

    Shapes, weights and errors as for `mean_squared_error`; delta finite and positive.

    Examples
    --------
    >>> mean_huber_loss([0, 0], [0.5, 3], delta=1)
    1.3125
    """
    delta = check.positive("delta", delta)
    return _mean(lambda r: _huber(r, delta), y_true, y_pred, sample_weight)


def mean_huber_loss_with_gradient(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    delta: float = 1.0,
    sample_weight: ArrayLike | None = None,
) -> tuple[float, Array]:
    """Mean Huber loss and its gradient by the predictions, in one pass.

    Returns
    -------
    (float, ndarray of shape (n,))
        The mean, and w_i ψ(f_i − y_i) / Σ w_i with ψ = clip to [−δ, δ]: the gradient of the
        mean, hence the factor 1/n without weights.

    Shapes, weights and errors as for `mean_huber_loss`.

    Examples
    --------
    >>> mean_huber_loss_with_gradient([0, 0], [0.5, -3], delta=1)
    (1.3125, array([ 0.25, -0.5 ]))
    """
    delta = check.positive("delta", delta)

    def slope_and_residual(r, slope):
        np.clip(r, -delta, delta, out=slope)
        return r - slope / 2

    return _mean_with_gradient(slope_and_residual, y_true, y_pred, sample_weight)


def mean_pinball_loss_with_gradient(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    quantile: float = 0.5,
    sample_weight: ArrayLike | None = None,
) -> tuple[float, Array]:
    """Mean pinball loss and its gradient by the predictions, in one pass.

    Returns
    -------
    (float, ndarray of shape (n,))
        The mean, and the gradient of the mean; at a kink the convention of `pinball_gradient`.

    Shapes, weights and errors as for `mean_pinball_loss`.

    Examples
    --------
    >>> mean_pinball_loss_with_gradient([1, 3], [2, 2], quantile=0.25)
    (0.5, array([ 0.375, -0.125]))
    """
    tau = check.fraction("quantile", quantile)

    def slope_and_residual(r, slope):
        np.subtract(r > 0, tau, out=slope)
        return r

    return _mean_with_gradient(slope_and_residual, y_true, y_pred, sample_weight)


def _huber(r, delta):
    # One formula for both branches: the slope is r inside (r·½r) and ±δ outside (δ·(|r| − ½δ)).
    slope = np.clip(r, -delta, delta)
    return slope * (r - slope / 2)


def _pinball_slope(r, tau):
    return np.subtract(r > 0, tau, dtype=np.float64)


def _residual(y, f, y_name="y", f_name="f"):
    """r = f − y for arrays of the same shape without NaN."""
    y, f = check.numbers(y_name, y), check.numbers(f_name, f)
    check.same_shape(y_name, y, f_name, f)
    with np.errstate(over="ignore", invalid="ignore"):
        r = f - y
    if np.isnan(np.vdot(r, r)):  # neither array contains NaN, so it is ∞ − ∞
        raise ValueError(f"{y_name} and {f_name} hold the same infinity: no difference is defined")
    return r


def _sample(y_true, y_pred, sample_weight):
    """Targets, predictions and normalised weights of a sample, not yet checked for NaN.

    NaN propagates to every sum, so `_finished` checks for it once, in the result.
    """
    y = check.vector("y_true", y_true, nan_checked_later=True)
    f = check.vector("y_pred", y_pred, nan_checked_later=True)
    check.same_shape("y_true", y, "y_pred", f)
    return y, f, check.weights(sample_weight, len(y))


def _mean(loss, y_true, y_pred, sample_weight):
    """Weighted mean of `loss(r)` over the residuals r of a sample."""
    y, f, w = _sample(y_true, y_pred, sample_weight)
    total = 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for _, r, w_block in _blocks(y, f, w):
            total += loss(r) @ w_block
    return _finished(total, y, f)


def _mean_with_gradient(slope_and_residual, y_true, y_pred, sample_weight):
    """Mean loss and its gradient, for a loss of the form slope × residual.

    `slope_and_residual(r, slope)` writes the loss's derivative at the residuals r into `slope` and
    returns the residual; the loss at r is slope · residual.
    """
    y, f, w = _sample(y_true, y_pred, sample_weight)
    gradient = np.empty_like(y)
    total = 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for block, r, w_block in _blocks(y, f, w):
            slope = gradient[block]
            residual = slope_and_residual(r, slope)
            slope *= w_block
            total += slope @ residual
    return _finished(total, y, f), gradient


def _blocks(y, f, w):
    """Yield (slice, residuals, weights) for one stretch of the sample after another.

    Weights enter every product before a sum is taken: a sum could overflow where the mean does
    not. A weight of zero removes its row, so 0 · ∞ must count as 0, and so must
    0 · (∞ − ∞); but NaN of the caller's is to be found.
    """
    equal = np.full(min(len(y), _BLOCK), 1 / len(y))
    for start in range(0, len(y), _BLOCK):
        block = slice(start, start + _BLOCK)
        r = f[block] - y[block]
        if w is None:
            yield block, r, equal[: len(r)]
        else:
            gone = w[block] == 0
            if gone.any():
                r[gone & ~np.isnan(y[block]) & ~np.isnan(f[block])] = 0
            yield block, r, w[block]


def _finished(total, y, f):
    if np.isnan(total):
        _residual(y, f, "y_true", "y_pred")  # says which and where
    return float(total)

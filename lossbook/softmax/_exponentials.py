"""The exponentials of scores without overflow: log-sum-exp, softmax and its logarithm.

Only differences of scores count, so each formula starts from z − max z: no exponential
overflows, and the largest is e⁰ = 1.
"""

import numpy as np
from numpy.typing import ArrayLike

from lossbook import _validation as check
from lossbook._types import Array


def logsumexp(z: ArrayLike, axis: int = -1) -> Array | float:
    """Logarithm of the sum of exponentials along an axis, the smooth maximum.

    ::

        LSE(z) = ln Σ_k e^{z_k} = z_max + ln(1 + Σ_{k ≠ max} e^{z_k − z_max})

    Returns float64 of the shape of z without that axis; a float for one-dimensional z.
    Conventions: the axis is the last one by default (in SciPy: all axes). ±inf are allowed: +inf
    gives inf; only −inf, or an empty axis, gives ln 0 = −inf. NaN or a missing axis raises
    ValueError, an axis that is not one integer TypeError.

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
    axis = check.axis("z", axis, z.ndim)
    top = z.max(axis=axis, keepdims=True, initial=-np.inf)
    if z.shape[axis]:
        with np.errstate(over="ignore"):
            # An infinite maximum is the result; subtracting it would be ∞ − ∞.
            top = top + np.log1p(_sumexp_without_max(z - np.where(np.isinf(top), 0, top), axis))
    result = top.squeeze(axis)
    return result if result.ndim else float(result)


def softmax(z: ArrayLike, axis: int = -1) -> Array:
    """Probabilities proportional to the exponentials of the scores along an axis.

    ::

        q_k = e^{z_k} / Σ_j e^{z_j}

    Adding one constant to all scores changes nothing.

    Parameters
    ----------
    z : array_like
        Scores; −inf masks a class.
    axis : int
        The axis along which the probabilities sum to 1: one integer. SciPy's axis=None is
        softmax(z.ravel()).

    Returns
    -------
    ndarray of the shape of z, float64 (for float32 input as well)

    Raises
    ------
    ValueError
        z is empty, contains NaN or +inf, is −inf everywhere along the axis, or lacks the axis.
    TypeError
        z is not an array of real numbers; axis is not one integer.

    Examples
    --------
    >>> softmax([10000, 10000, -np.inf])
    array([0.5, 0.5, 0. ])

    Source: Bridle (1990); equation (4.1) of the course.
    """
    e = np.exp(_shift_by_max("z", z, axis))
    return e / e.sum(axis=axis, keepdims=True)


def log_softmax(z: ArrayLike, axis: int = -1) -> Array:
    """Logarithm of the softmax in nats, accurate also where the probability rounds to 0 or 1.

    ::

        ln q_k = (z_k − z_max) − ln(1 + Σ_{j ≠ max} e^{z_j − z_max})

    Shapes and errors as for `softmax`; a masked class gives −inf.

    Examples
    --------
    >>> log_softmax([0, 40])
    array([-4.00000000e+01, -4.24835426e-18])

    Source: as for `logsumexp`.
    """
    shifted = _shift_by_max("z", z, axis)
    return shifted - np.log1p(_sumexp_without_max(shifted, axis))


def _shift_by_max(name, z, axis) -> Array:
    """z − max z along the axis; ValueError if a maximum is not finite."""
    z = check.numbers(name, z)
    axis = check.axis(name, axis, z.ndim)
    top = z.max(axis=axis, keepdims=True)
    if np.isinf(top).any():
        row = int(np.isinf(top).argmax())
        found = "+inf" if top.flat[row] > 0 else "−inf only"
        raise ValueError(
            f"{name} must have a finite maximum along axis {axis}, found {found} in row {row}"
        )
    with np.errstate(over="ignore"):
        return z - top


def _sumexp_without_max(shifted, axis) -> Array:
    """Σ e^shifted along the axis without its largest term, which is 1 after the shift.

    1 + 4e-18 is 1 in floating point, so log1p must get the sum without the 1.
    """
    e = np.exp(shifted)
    np.put_along_axis(e, shifted.argmax(axis=axis, keepdims=True), 0, axis)
    return e.sum(axis=axis, keepdims=True)

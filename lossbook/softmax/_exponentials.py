"""The exponentials of scores without overflow: log-sum-exp, softmax and its logarithm.

Only differences of scores count, so each formula starts from z − max z: no exponential
overflows, and the largest is e⁰ = 1.
"""

import numpy as np

from lossbook import _validation as check


def logsumexp(z, axis=-1):
    """Logarithm of the sum of exponentials along an axis, the smooth maximum.

    ::

        LSE(z) = ln Σ_k e^{z_k} = z_max + ln(1 + Σ_{k ≠ max} e^{z_k − z_max})

    Returns float64 of the shape of z without that axis; a float for one-dimensional z.
    Conventions: the axis is the last one by default (in SciPy: all axes). ±inf are numbers like
    others here: +inf gives inf; nothing but −inf, or nothing at all, gives ln 0 = −inf. NaN and
    an axis that z does not have are a ValueError, an axis that is not one integer a TypeError.

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
        The axis along which the probabilities sum to 1: one integer. SciPy's axis=None is
        softmax(z.ravel()).

    Returns
    -------
    ndarray of the shape of z, float64 (for float32 input as well)

    Raises
    ------
    ValueError
        z is empty, contains NaN or +inf, holds −inf only along the axis, or has no such axis.
    TypeError
        z holds something other than real numbers; axis is not one integer.

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


def _below_top(name, z, axis):
    """z − max z along the axis, for scores with a finite maximum everywhere."""
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


def _rest(shifted, axis):
    """Σ e^shifted along the axis without its largest term, which is 1 after the shift.

    1 + 4e-18 is 1 in floating point: what log1p is to keep must not be added to a 1 before.
    """
    e = np.exp(shifted)
    np.put_along_axis(e, shifted.argmax(axis=axis, keepdims=True), 0, axis)
    return e.sum(axis=axis, keepdims=True)

"""The interval of offsets b that satisfy KKT for given multipliers."""

import numpy as np
from numpy.typing import ArrayLike

from lossbook.svm import _objectives

_NEAR = 1e-9  # relative to C: a multiplier this near to a bound is at the bound
_CROSSING = 1e-6  # in units of the margin: what a solver may leave


def bias_interval(
    K: ArrayLike, y: ArrayLike, C: ArrayLike, alpha: ArrayLike
) -> tuple[float, float]:
    """Lowest and highest offset b that fit the multipliers α of the soft-margin SVM.

    With r_i = y_i − Σ_j α_j y_j K_ij, the b that puts point i exactly on its margin::

        low  = max r_i  over the points whose α_i y_i may grow:    α_i < C at y = +1, α_i > 0 at −1
        high = min r_i  over the points whose α_i y_i may shrink:  α_i > 0 at y = +1, α_i < C at −1

    KKT holds for b exactly if low ≤ b ≤ high. A free multiplier, 0 < α_i < C, is in both sets, so
    low and high then agree up to rounding.

    Parameters
    ----------
    K : array_like of shape (n, n)
        Kernel matrix.
    y : array_like of shape (n,)
        Labels −1 and +1.
    C : float or array_like of shape (n,)
        Upper end of the box, C ≥ 0.
    alpha : array_like of shape (n,)
        Multipliers of a solution of the dual.

    Returns
    -------
    low, high : float
        −inf or inf if no point limits b on that side.

    Convention: a multiplier within 1e-9 C of 0 or of C counts as 0 or C. `smo` and `KernelSVM`
    take the middle of the interval if no multiplier is free.

    Raises
    ------
    ValueError
        No b fits (low exceeds high by more than 1e-6 and the rounding of K α), so α is not optimal;
        or K, y, C or α are invalid, as for `primal_objective`.
    TypeError
        An array contains something other than real numbers.

    Examples
    --------
    >>> bias_interval([[1, 0], [0, 1]], [1, -1], 0.5, [0.5, 0.5])
    (-0.5, 0.5)
    >>> bias_interval([[1, 0], [0, 1]], [1, -1], 3, [1, 1])
    (0.0, 0.0)

    Source: Keerthi et al. (2001), b_low and b_up; equation (6.10) of the course.
    """
    K, y, C, alpha = _objectives.problem_with_multipliers(K, y, C, alpha)
    beta, bound = alpha * y, C * y
    at_zero, at_bound = alpha <= _NEAR * C, alpha >= C - _NEAR * C
    beta = np.where(at_zero, 0, np.where(at_bound, bound, beta))
    low, high = offset_bounds(y - K @ (alpha * y), beta, np.minimum(0, bound), np.maximum(0, bound))
    # Every α is rounded to eps α, and each of the n sums has n roundings: far from the origin,
    # where K is large, no α in double precision comes closer.
    rounding = 2 * (len(y) + 1) * np.finfo(float).eps * np.max(np.abs(K) @ np.abs(alpha))
    if low > high + _CROSSING + rounding:
        raise ValueError(
            f"alpha must be optimal: it requires b ≥ {low:.6g} and b ≤ {high:.6g}, which no b "
            "satisfies; solve the dual first, for example with smo(K, y, C)"
        )
    return low, high


def offset_bounds(r, beta, lo, hi) -> tuple[float, float]:
    """The largest r where β may grow and the smallest where it may shrink."""
    low = r[beta < hi].max(initial=-np.inf)
    high = r[beta > lo].min(initial=np.inf)
    return float(low), float(high)

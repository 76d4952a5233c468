"""Sequential minimal optimisation: two multipliers move at a time, to keep the sum Σ αy.

Written in β = α y, the dual is: minimise ½ βᵀKβ − yᵀβ under Σβ = 0 and lo ≤ β ≤ hi, where
(lo, hi) is (0, C) for y = +1 and (−C, 0) for y = −1. Its negative gradient is the residual
r = y − Kβ: the offset b that puts a point exactly on the margin. β is optimal if there is a b
with r ≤ b wherever β may grow and r ≥ b wherever it may shrink.
"""

import operator
import sys
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lossbook import _validation as check
from lossbook.svm import _bias, _objectives, _polish
from lossbook.svm._gram import FullMatrix


class Solution(NamedTuple):
    """Multipliers α, offset b, pair steps taken, and whether the tolerance was reached."""

    alpha: np.ndarray
    b: float
    n_iter: int
    converged: bool


def smo(
    K: ArrayLike,
    y: ArrayLike,
    C: ArrayLike,
    *,
    tol: float = 1e-6,
    max_iter: int = 1_000_000,
    selection: str = "second-order",
    polish: bool = True,
) -> Solution:
    """Solve the dual of the soft-margin SVM.

    ::

        maximise Σ α_i − ½ Σ_ij α_i α_j y_i y_j K_ij
        under    Σ α_i y_i = 0  and  0 ≤ α_i ≤ C_i

    A step moves a pair, α_i by y_i t and α_j by −y_j t, to the maximum on that line inside the
    box. With r_i = y_i − Σ_j α_j y_j K_ij it gains ½ (r_i − r_j)²/a, a = K_ii + K_jj − 2 K_ij,
    if it stays inside. i has the largest r of the points whose α_i y_i may grow, and j has::

        "maximal-violating"  the smallest r of those whose α_j y_j may shrink
        "second-order"       the largest gain (r_i − r_j)²/a among them

    The steps end when the largest violation r_i − r_j is at most `tol`. For the multipliers that
    are then strictly inside the box KKT is a system of linear equations. `polish` solves it, so
    that the gap falls to the size of rounding.

    b is the mean of r over the free multipliers. If none is free, any b in an interval is optimal
    (`bias_interval`), and its midpoint is returned.

    Parameters
    ----------
    K : array_like of shape (n, n)
        Kernel matrix: symmetric, and positive semidefinite at least for vectors of sum 0. For
        any other symmetric K the steps end, but not necessarily at a maximum.
    y : array_like of shape (n,)
        Labels −1 and +1, both of them among the points of C_i > 0.
    C : float or array_like of shape (n,)
        Upper end of the box; a point of C_i = 0 has no influence.
    tol : float
        Largest violation at the end, in units of the margin (as LIBSVM).
    max_iter : int
        Largest number of pair steps; −1 for no limit.
    selection : {"second-order", "maximal-violating"}
    polish : bool
        False returns the result of the pair steps, for example to count them.

    Returns
    -------
    Solution
        Named tuple (alpha, b, n_iter, converged).

    Raises
    ------
    ValueError
        Shapes do not fit, NaN or inf, K is not symmetric or too large to compute with, labels
        other than −1 and +1, one class only, negative or infinite C, unknown selection, max_iter
        of 0 or below −1.
    TypeError
        An array contains something other than real numbers.

    Warns
    -----
    IndefiniteKernelWarning
        K is not positive semidefinite on vectors of sum 0.

    Examples
    --------
    >>> solution = smo([[1, 0], [0, 1]], [1, -1], 10)
    >>> solution.alpha, solution.b
    (array([1., 1.]), 0.0)

    Source: Platt (1998); Keerthi et al. (2001) for the maximal-violating pair; Fan, Chen and Lin
    (2005), Working set selection using second order information.
    """
    original = K
    K, y, C = _objectives.problem(K, y, C)
    check_two_classes(y, C)
    tol = check.positive("tol", tol)
    max_iter = step_limit(max_iter)
    if not isinstance(selection, str) or selection not in ("second-order", "maximal-violating"):
        raise ValueError(
            f"selection must be 'second-order' or 'maximal-violating', got {selection!r}"
        )
    _objectives.check_magnitude("K", K, C)
    _objectives.check_semidefinite(K, C, original)
    dual = DualState(FullMatrix(K), y, C, second_order=selection == "second-order")
    with np.errstate(all="ignore"):
        if polish:
            return search_and_polish(dual, tol, max_iter)
        dual.move_pairs(tol, max_iter)
        return dual.solution(tol)


def search_and_polish(dual, tol, max_iter):
    """Move about one pair for each point, then polish."""
    dual.move_pairs(max(tol, 1e-3), min(max_iter, max(100, len(dual.y))))
    return _polish.polish(dual, tol, max_iter)


class DualState:
    """The current β and its residual r, stored twice, for the two directions of a step.

    `up` is r where β may grow, else −∞; `down` is r where β may shrink, else +∞.
    """

    def __init__(self, gram, y, C, beta=None, *, second_order=True, dtype=np.float64):
        self.gram, self.y, self.second_order = gram, y, second_order
        self.lo, self.hi = (side(0, C * y).astype(dtype) for side in (np.minimum, np.maximum))
        self.beta = np.zeros(len(y), dtype) if beta is None else beta
        self.sides = np.empty((2, len(y)), dtype)
        self.up, self.down = self.sides
        self.n_iter = 0
        self.set_residual(y if beta is None else y - gram.times(beta))

    def set_residual(self, r):
        """Store the residual r."""
        self.up[:] = np.where(self.beta < self.hi, r, -np.inf)
        self.down[:] = np.where(self.beta > self.lo, r, np.inf)

    def residual(self):
        """r of every point; 0 where C = 0, because β can move in neither direction."""
        return np.where(self.up > -np.inf, self.up, np.where(self.down < np.inf, self.down, 0.0))

    @property
    def violation(self):
        """The largest r_i − r_j of a pair that may move; KKT holds if it is not positive."""
        return float(self.up.max() - self.down.min())

    def move_pairs(self, tol, steps):
        """Move at most `steps` pairs, until the violation is at most `tol`.

        A step is a dozen NumPy calls on rows of length n, and as many operations on single
        numbers; up to n = 1000 the overhead of the calls dominates. So single numbers are kept
        in lists, and the stopping test runs only if the pair of largest gain has a small
        violation.
        """
        row, half_distance, subtract = self.gram.row, self.gram.half_distance, np.subtract
        beta, lo, hi = self.beta.tolist(), self.lo.tolist(), self.hi.tolist()
        sides, up, down, second_order = self.sides, self.up, self.down, self.second_order
        move, gain, half = np.empty((3, len(beta)), sides.dtype)
        up_at, down_at, half_at, move_at = up.item, down.item, half.item, move.item
        taken = 0
        while taken < steps:
            i = up.argmax()
            r_i, K_i = up_at(i), row(i)
            half_distance(i, K_i, half)
            if second_order:  # √ of the gain has the same maximum
                subtract(r_i, down, move)
                np.sqrt(half, gain)
                np.divide(move, gain, gain)
                j = gain.argmax()
            if not second_order or r_i - down_at(j) <= tol:
                j = down.argmin()
                if r_i - down_at(j) <= tol:
                    break
            r_j, a = down_at(j), 2 * half_at(j)
            room_i, room_j = hi[i] - beta[i], beta[j] - lo[j]
            t = min((r_i - r_j) / a, room_i, room_j)
            # At a bound β is set to the bound, because a sum could round to a number beside it.
            beta[i] = hi[i] if t == room_i else beta[i] + t
            beta[j] = lo[j] if t == room_j else beta[j] - t
            subtract(K_i, row(j), move)
            np.multiply(move, t, move)
            subtract(sides, move, sides)
            r_i, r_j = r_i - move_at(i), r_j - move_at(j)
            down[i], up[i] = r_i, r_i if beta[i] < hi[i] else -np.inf
            up[j], down[j] = r_j, r_j if beta[j] > lo[j] else np.inf
            taken += 1
        self.beta[:] = beta
        self.n_iter += taken

    def solution(self, tol):
        """The solution, with multipliers within rounding of a bound snapped to it.

        A multiplier of 1e-17 would count as free and move b to an end of its interval.
        """
        r, self.beta = self.residual(), _polish.snap(self.beta, self.lo, self.hi)
        self.set_residual(r)
        free = (self.beta > self.lo) & (self.beta < self.hi)
        low, high = _bias.offset_bounds(r, self.beta, self.lo, self.hi)
        b = r[free].mean() if free.any() else (low + high) / 2
        converged = self.violation <= tol and not _polish.unbalanced(self.beta)
        return Solution(np.abs(self.beta), float(b), self.n_iter, converged)


def check_two_classes(y, C):
    """Raise ValueError unless both classes occur among the points of C > 0."""
    counted = y[C > 0]
    if not len(counted) or counted.min() == counted.max():
        only = f"only {counted[0]:+g}" if len(counted) else "none"
        raise ValueError(f"y must contain both classes where C > 0, got {only}")


def step_limit(max_iter, least=1):
    """`max_iter` as a limit of steps; −1 means none."""
    try:
        steps = operator.index(max_iter)
    except TypeError:
        steps = -2
    if steps < least and steps != -1:
        raise ValueError(
            f"max_iter must be a whole number of at least {least}, or −1 for no limit, got "
            f"{max_iter!r}"
        )
    return sys.maxsize if steps == -1 else steps

"""Interior point method: all multipliers move at once, with those of the box explicit.

For K = G Gᵀ with few columns the dual is a problem in w = Gᵀ(αy) and b. Each bound of the box has
a multiplier, λ ≥ 0 for α ≥ 0 and μ ≥ 0 for α ≤ C, and KKT is ::

    1 − m + λ − μ = 0,  m = y (G w + b)      stationarity
    w = Gᵀ(α y),  Σ α y = 0                  feasibility
    λ α = 0,  μ (C − α) = 0                  complementary slackness

Inside the box the last line cannot hold; the method solves λ α = μ (C − α) = t and lets t go to 0.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lossbook import _validation as check
from lossbook.svm import _objectives, _polish
from lossbook.svm._central_path import Step, central_path, round_off
from lossbook.svm._gram import LowRank
from lossbook.svm._kernels import table
from lossbook.svm._smo import DualState, check_two_classes, step_limit


class InteriorPoint(NamedTuple):
    """Solution of `interior_point`: alpha, lam and mu have length n, w has length r."""

    alpha: np.ndarray
    b: float
    w: np.ndarray
    lam: np.ndarray
    mu: np.ndarray
    n_iter: int
    converged: bool
    trace: tuple


def interior_point(
    G: ArrayLike,
    y: ArrayLike,
    C: ArrayLike,
    *,
    tol: float = 1e-6,
    max_iter: int = 100,
    polish: bool = True,
) -> InteriorPoint:
    """Solve the dual of the soft-margin SVM for the kernel matrix K = G Gᵀ.

    The problem is that of `smo`; G = X gives the linear kernel. A step is a Newton step for the
    equations of KKT with λ α = μ (C − α) = t: with D = 1/(λ/α + μ/(C − α)) it is a ridge
    regression with the weights D, in r + 1 unknowns. It costs n r² operations. A few tens of
    steps are enough for any n and C. A first solution with t = 0 determines the next t (Mehrotra).

    Parameters
    ----------
    G : array_like of shape (n, r)
    y : array_like of shape (n,)
        Labels −1 and +1, both of them among the points of C_i > 0.
    C : float or array_like of shape (n,)
        Upper end of the box; a point of C_i = 0 has no influence.
    tol : float
        Largest violation at the end, in units of the margin.
    max_iter : int
        Most steps to be taken, 0 for none; −1 for no limit.
    polish : bool
        False returns α (inside the box), λ and μ of the last step, so that `max_iter` can show
        intermediate steps.

    Returns
    -------
    InteriorPoint
        Named tuple (alpha, b, w, lam, mu, n_iter, converged, trace); trace holds a named tuple
        (stationarity, feasibility, lower, upper, gap) for the start and after each step.

    Raises
    ------
    ValueError
        Shapes do not fit, NaN or inf, numbers too large to compute with, labels other than −1
        and +1, one class only, negative or infinite C.
    TypeError
        An array contains something other than real numbers.

    Examples
    --------
    >>> solution = interior_point([[1.0], [-1.0], [-3.0]], [1, -1, -1], 10)
    >>> solution.alpha, solution.b, solution.w
    (array([0.5, 0.5, 0. ]), 0.0, array([1.]))
    >>> solution.lam, solution.mu
    (array([0., 0., 2.]), array([0., 0., 0.]))

    Source: Mehrotra (1992); Ferris and Munson (2002), Interior-point methods for massive support
    vector machines.
    """
    G, y = table("G", G), _objectives.signs(check.vector("y", y))
    if len(G) != len(y):
        raise ValueError(f"G must have a row for each of the {len(y)} labels of y, got {len(G)}")
    C = _objectives.box(C, len(y))
    check_two_classes(y, C)
    _objectives.refuse_large("G", G, C)
    tol = check.positive("tol", tol)
    max_iter = step_limit(max_iter, least=0)
    steps: list[Step] = []
    with np.errstate(all="ignore"):
        state, n_iter = central_path(G, y, C, max_iter, steps)
        trace = tuple(steps)
        if not polish:
            alpha, w, b, lam, mu = state
            return InteriorPoint(alpha, b, w, lam, mu, n_iter, trace[-1].gap <= tol, trace)
        solution = polish_low_rank(G, y, C, state, tol)
    w = (solution.alpha * y) @ G
    m = y * (G @ w + solution.b)
    lam = np.where(solution.alpha > 0, 0, m - 1).clip(0)
    mu = np.where(solution.alpha < C, 0, 1 - m).clip(0)
    return InteriorPoint(solution.alpha, solution.b, w, lam, mu, n_iter, solution.converged, trace)


def solve_low_rank(G, y, C, tol):
    """The Solution without multipliers and trace, for input that is already checked."""
    state, n_iter = central_path(G, y, C, max_iter=100)
    return polish_low_rank(G, y, C, state, tol)._replace(n_iter=n_iter)


def polish_low_rank(G, y, C, state, tol):
    """The exact solution, from the end of the central path."""
    dual = DualState(LowRank(G), y, C, round_off(state, y, C))
    return _polish.polish(dual, tol, max_iter=10 * len(y))

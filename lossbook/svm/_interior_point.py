"""Interior point: all multipliers at once, with those of the box in plain sight.

For K = G Gᵀ with few columns the dual is a problem in w = Gᵀ(αy) and b. Each end of the box gets
its multiplier, λ ≥ 0 for α ≥ 0 and μ ≥ 0 for α ≤ C, and KKT reads ::

    1 − m + λ − μ = 0,  m = y (G w + b)      stationarity
    w = Gᵀ(α y),  Σ α y = 0                  feasibility
    λ α = 0,  μ (C − α) = 0                  complementary slackness

A method that stays inside the box cannot have the last line; it asks for λ α = μ (C − α) = t and
lets t go to 0.
"""

from typing import NamedTuple

import numpy as np

from lossbook import _validation as check
from lossbook.svm import _finish, _objectives
from lossbook.svm._central_path import central_path, round_off
from lossbook.svm._gram import LowRank
from lossbook.svm._kernels import table
from lossbook.svm._smo import Ascent, most_steps, refuse_one_class


class InteriorPoint(NamedTuple):
    """Solution of `interior_point`: of length n are alpha, lam and mu, of length r is w."""

    alpha: np.ndarray
    b: float
    w: np.ndarray
    lam: np.ndarray
    mu: np.ndarray
    n_iter: int
    converged: bool
    trace: tuple


def interior_point(G, y, C, *, tol=1e-6, max_iter=100, finish=True):
    """Solve the dual of the soft-margin SVM for the kernel matrix K = G Gᵀ.

    The problem is that of `smo`; G = X gives the linear kernel. A step is Newton's for the
    equations of KKT with λ α = μ (C − α) = t: with D = 1/(λ/α + μ/(C − α)) it is a ridge
    regression with the weights D, in r + 1 unknowns. It costs n r² operations, and a few tens of
    steps do, whatever n and C. A first solution with t = 0 tells how much t may fall (Mehrotra).

    Parameters
    ----------
    G : array_like of shape (n, r)
    y : array_like of shape (n,)
        Labels −1 and +1, both of them among the points of C_i > 0.
    C : float or array_like of shape (n,)
        Upper end of the box; a point of C_i = 0 has no influence.
    tol : float
        Largest violation to be left, in units of the margin.
    max_iter : int
        Most steps to be taken, 0 for none; −1 for no limit.
    finish : bool
        False leaves α inside the box, λ and μ as the last step has them; so `max_iter` shows
        them on the way.

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
        An array holds something other than real numbers.

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
    refuse_one_class(y, C)
    _objectives.refuse_large("G", G, C)
    tol = check.positive("tol", tol)
    max_iter = most_steps(max_iter, least=0)
    trace = []
    with np.errstate(all="ignore"):
        state, n_iter = central_path(G, y, C, max_iter, trace)
        trace = tuple(trace)
        if not finish:
            return InteriorPoint(
                state.alpha, state.b, state.w, *state[3:], n_iter, trace[-1].gap <= tol, trace
            )
        solution = finish_on_low_rank(G, y, C, state, tol)
    w = (solution.alpha * y) @ G
    m = y * (G @ w + solution.b)
    lam = np.where(solution.alpha > 0, 0, m - 1).clip(0)
    mu = np.where(solution.alpha < C, 0, 1 - m).clip(0)
    return InteriorPoint(solution.alpha, solution.b, w, lam, mu, n_iter, solution.converged, trace)


def solve_low_rank(G, y, C, tol):
    """Solution of `interior_point` without its multipliers and trace, for checked input."""
    state, n_iter = central_path(G, y, C, max_iter=100)
    return finish_on_low_rank(G, y, C, state, tol)._replace(n_iter=n_iter)


def finish_on_low_rank(G, y, C, state, tol):
    """The exact solution, from what the central path has led to."""
    ascent = Ascent(LowRank(G), y, C, round_off(state, y, C))
    return _finish.finish(ascent, tol, max_iter=10 * len(y))

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
from lossbook.svm._gram import LowRank
from lossbook.svm._kernels import table
from lossbook.svm._smo import Ascent, refuse_one_class

_BLOCK = 2**14


class Step(NamedTuple):
    """What a step of the interior point found: how far from zero each line of KKT is."""

    stationarity: float  # max |1 − m + λ − μ|
    feasibility: float  # max |w − Gᵀ(αy)|, |Σ αy|
    lower: float  # max λ α
    upper: float  # max μ (C − α)
    gap: float  # Σ λ α + μ (C − α)


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
        Most steps to be taken.
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
        Shapes do not fit, NaN or inf, labels other than −1 and +1, one class only, negative or
        infinite C.
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
        raise ValueError(f"G must have a row for each of the {len(y)} labels, got {len(G)}")
    C = _objectives.box(C, len(y))
    refuse_one_class(y, C)
    check.positive("tol", tol)
    state, trace = central_path(G, y, C, max_iter)
    if not finish:
        alpha, w, b, lam, mu = state
        return InteriorPoint(alpha, b, w, lam, mu, len(trace) - 1, trace[-1].gap <= tol, trace)
    ascent = Ascent(LowRank(G), y, C, round_off(state, y, C))
    solution = _finish.finish(ascent, tol, max_iter=10 * len(y))
    w = (solution.alpha * y) @ G
    m = y * (G @ w + solution.b)
    lam = np.where(solution.alpha > 0, 0, m - 1).clip(0)
    mu = np.where(solution.alpha < C, 0, 1 - m).clip(0)
    return InteriorPoint(
        solution.alpha, solution.b, w, lam, mu, len(trace) - 1, solution.converged, trace
    )


def central_path(G, y, C, max_iter):
    """Follow t to 0: ((alpha, w, b, lam, mu), trace)."""
    inside = C > 0
    if not inside.all():
        (*part, w, b), trace = _follow(G[inside], y[inside], C[inside], max_iter)
        full = np.zeros((3, len(y)))
        full[:, inside] = part
        return (full[0], w, b, full[1], full[2]), trace
    (alpha, lam, mu, w, b), trace = _follow(G, y, C, max_iter)
    return (alpha, w, b, lam, mu), trace


def _follow(G, y, C, max_iter):
    point = _Point(G, y, C)
    trace = [point.look()]
    while len(trace) <= max_iter and not point.arrived() and point.advance():
        trace.append(point.look())
    return (point.alpha, point.lam, point.mu, point.u[:-1], float(point.u[-1])), tuple(trace)


class _Point:
    """α, λ, μ and u = (w, b) on their way, all of α, C − α, λ and μ positive."""

    def __init__(self, G, y, C):
        n, r = G.shape
        self.A = np.empty((r + 1, n))  # row k holds y_i G_ik, the last one y_i: m = u A
        np.multiply(G.T, y, out=self.A[:r])
        self.A[r] = y
        self.C, self.ridge = C, np.ones(r + 1)
        self.ridge[r] = 0.0  # b is not penalised
        self.u = np.zeros(r + 1)
        # C − α is kept of its own: as a difference it would lose its digits near C.
        self.alpha, self.upper = C / 2, C / 2
        self.lam, self.mu = np.ones((2, n))

    def look(self):
        """Note what is left of each line of KKT."""
        self.slack = 1 - self.u @ self.A
        self.stationarity = self.slack + self.lam - self.mu
        self.feasibility = self.A @ self.alpha - self.ridge * self.u
        self.gap = float(self.lam @ self.alpha + self.mu @ self.upper)
        return Step(
            float(np.abs(self.stationarity).max()),
            float(np.abs(self.feasibility).max()),
            float((self.lam * self.alpha).max()),
            float((self.mu * self.upper).max()),
            self.gap,
        )

    def arrived(self):
        """Near enough that nearly every multiplier tells on which side it will end."""
        primal = 0.5 * (self.ridge * self.u) @ self.u + self.C @ self.slack.clip(0)
        balanced = np.abs(self.feasibility).max() <= 1e-6 * (1 + np.abs(self.u).max())
        return balanced and self.gap <= 1e-7 * primal

    def advance(self):
        """Mehrotra's two steps: one at t = 0 to see how far it leads, one at the t it allows."""
        self.D = 1 / (self.lam / self.alpha + self.mu / self.upper)
        self.solve = _weighted_ridge(self.A, self.D, self.ridge)
        low, high = self.lam * self.alpha, self.mu * self.upper
        du, dalpha, dlam, dmu = self.newton(-low, -high)
        t = self.longest(dalpha, dlam, dmu)
        left = (self.lam + t * dlam) @ (self.alpha + t * dalpha)
        left += (self.mu + t * dmu) @ (self.upper - t * dalpha)
        aim = (left / self.gap) ** 3 * self.gap / (2 * len(low))
        du, dalpha, dlam, dmu = self.newton(aim - low - dalpha * dlam, aim - high + dalpha * dmu)
        t = min(1.0, 0.99 * self.longest(dalpha, dlam, dmu))
        if not (t > 1e-6 and np.isfinite(du).all()):
            return False  # rounding allows no further step
        self.u += t * du
        self.alpha = self.alpha + t * dalpha
        self.upper = self.upper - t * dalpha
        self.lam += t * dlam
        self.mu += t * dmu
        return True

    def newton(self, low, high):
        """The step that clears the linear lines, adds `low` to λ α and `high` to μ (C − α)."""
        rhs = self.stationarity + low / self.alpha - high / self.upper
        du = self.solve(self.A @ (self.D * rhs) + self.feasibility)
        dalpha = self.D * (rhs - du @ self.A)
        dlam = (low - self.lam * dalpha) / self.alpha
        return du, dalpha, dlam, (high + self.mu * dalpha) / self.upper

    def longest(self, dalpha, dlam, dmu):
        """The share of a step, at most 1, at which the first of the four becomes 0."""
        moves = (dalpha, self.alpha), (-dalpha, self.upper), (dlam, self.lam), (dmu, self.mu)
        return 1 / max(1.0, *((-move / value).max() for move, value in moves))


def _weighted_ridge(A, D, ridge):
    """A function that solves (ridge + A diag(D) Aᵀ) x = z; the product is summed over blocks."""
    from scipy.linalg.lapack import dpotrf, dpotrs  # takes longer to load than NumPy

    N = np.zeros((len(A), len(A)))
    for start in range(0, A.shape[1], _BLOCK):
        block = A[:, start : start + _BLOCK] * np.sqrt(D[start : start + _BLOCK])
        N += block @ block.T
    N.flat[:: len(N) + 1] += ridge + 1e-13 * N.diagonal()
    factor, _ = dpotrf(N, lower=1)
    return lambda z: dpotrs(factor, z, lower=1)[0]


def round_off(state, y, C):
    """β = α y with every α on its end of the box whose multiplier is the larger of the two."""
    alpha, _, _, lam, mu = state
    alpha = np.where(alpha < lam * C, 0, np.where(C - alpha < mu * C, C, alpha))
    beta = alpha * y
    return _finish.balance(beta, np.minimum(0, C * y), np.maximum(0, C * y))


def pivoted_cholesky(gram, tol, max_rank, hopeless=np.inf):
    """G with K ≈ G Gᵀ, of as many columns as it takes to leave less than `tol` of the diagonal.

    Each column clears the row of the largest remainder. None if `max_rank` columns do not do, or
    if 10 leave more than `hopeless` of the diagonal on average.
    """
    left = gram.diagonal.copy()
    columns = np.empty((max_rank, len(left)))
    for k in range(max_rank):
        i = left.argmax()
        if left[i] <= tol:
            return columns[:k].T
        if k == 10 and left.mean() > hopeless:
            return None
        column = gram.row(i) - columns[:k, i] @ columns[:k]
        column /= np.sqrt(left[i])
        columns[k] = column
        left -= column * column
    return None if left.max() > tol else columns.T

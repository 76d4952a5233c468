"""The steps of the interior point: α, C − α and their multipliers, all positive, on their way to 0.

For n below a few thousand a step costs as much for the calls of NumPy as for what they compute,
above that for the memory they run through. So what has one formula for both ends of the box is
kept as two rows of one array, and what is computed in every step has its array for good.
"""

from typing import NamedTuple

import numpy as np

from lossbook.svm import _finish

_BLOCK = 2**13  # columns of A that are weighted at once: they stay in the processor's cache
_WIDE = 40  # rows of A from which a product that is known to be symmetric is the faster one
_NEAR = 1e-7  # of the primal objective: a gap that leaves little doubt who ends where,
_PART = 1e-4  # if it is a small part of what one point may pay: of very many some lie that near


class Step(NamedTuple):
    """What a step of the interior point found: how far from zero each line of KKT is."""

    stationarity: float  # max |1 − m + λ − μ|
    feasibility: float  # max |w − Gᵀ(αy)|, |Σ αy|
    lower: float  # max λ α
    upper: float  # max μ (C − α)
    gap: float  # Σ λ α + μ (C − α)


class State(NamedTuple):
    """Where the path has led: of length n are alpha, lam and mu, of length r is w."""

    alpha: np.ndarray
    w: np.ndarray
    b: float
    lam: np.ndarray
    mu: np.ndarray


def central_path(G, y, C, max_iter, trace=None):
    """Follow t to 0: (State, number of steps); `trace`, a list, gets a Step for each point."""
    inside = C > 0
    everyone = inside.all()
    point = _Point(G, y, C) if everyone else _Point(G[inside], y[inside], C[inside])
    n_iter = 0
    while True:
        point.look()
        if trace is not None:
            trace.append(point.report())
        if n_iter == max_iter or point.arrived() or not point.advance():
            break
        n_iter += 1
    rows = point.ends[0], *point.prices
    if not everyone:
        rows = np.zeros((3, len(y)))
        rows[:, inside] = point.ends[0], *point.prices
    return State(rows[0], point.u[:-1], float(point.u[-1]), *rows[1:]), n_iter


def round_off(state, y, C):
    """β = α y with every α on its end of the box whose multiplier is the larger of the two."""
    alpha, _, _, lam, mu = state
    alpha = np.where(alpha < lam * C, 0, np.where(C - alpha < mu * C, C, alpha))
    beta = alpha * y
    return _finish.balance(beta, np.minimum(0, C * y), np.maximum(0, C * y))


class _Point:
    """The unknowns u = (w, b), `ends` (α and C − α) and `prices` (λ and μ)."""

    def __init__(self, G, y, C):
        from scipy.linalg.lapack import dpotrf, dpotrs  # takes longer to load than NumPy

        self.factorise, self.substitute = dpotrf, dpotrs
        n, r = G.shape
        self.A = np.empty((r + 1, n))  # row k holds y_i G_ik, the last one y_i: m = u A
        np.multiply(G.T, y, out=self.A[:r])
        self.A[r] = y
        self.C, self.small = C, _PART * float(C.mean())
        self.ridge = np.ones(r + 1)
        self.ridge[r] = 0.0  # b is not penalised
        self.u, self.slack, self.D = np.zeros(r + 1), np.empty(n), np.empty(n)
        self.values, self.step, self.work = np.empty((3, 4, n))
        # C − α is kept of its own: as a difference it would lose its digits near C.
        self.ends, self.prices = self.values[:2], self.values[2:]
        self.ends[:], self.prices[:] = C / 2, 1.0
        self.ratio, self.rest = np.empty((2, n)), np.empty(n)

    def look(self):
        """Note the slack 1 − m and the gap of the point."""
        np.matmul(self.u, self.A, out=self.slack)
        np.subtract(1, self.slack, out=self.slack)
        self.gap = float(np.vdot(self.ends, self.prices))

    def feasibility(self):
        return self.A @ self.ends[0] - self.ridge * self.u

    def report(self):
        return Step(
            float(np.abs(self.slack + self.prices[0] - self.prices[1]).max()),
            float(np.abs(self.feasibility()).max()),
            *(self.ends * self.prices).max(axis=1).tolist(),
            self.gap,
        )

    def arrived(self):
        """Whether it is clear on which side every multiplier will end, or nearly."""
        if self.gap > self.small:
            return False
        hinge = np.maximum(self.slack, 0, out=self.rest)
        primal = 0.5 * (self.ridge * self.u) @ self.u + self.C @ hinge
        if self.gap > _NEAR * primal:
            return False
        return np.abs(self.feasibility()).max() <= 1e-6 * (1 + np.abs(self.u).max())

    def advance(self):
        """Mehrotra's two steps: one at t = 0 to see how far it leads, one at the t it allows."""
        np.divide(self.prices, self.ends, out=self.ratio)
        np.add(*self.ratio, out=self.D)
        np.reciprocal(self.D, out=self.D)
        solve = self.weighted_ridge()
        self.newton(solve, self.slack, 0.0)
        t = self.longest()
        cross = np.multiply(self.step[:2], self.step[2:], out=self.work[:2])
        left = (1 - t) * self.gap + t * t * float(cross.sum())
        aim = (left / self.gap) ** 3 * self.gap / (2 * len(self.D))
        np.subtract(aim, cross, out=cross)
        np.divide(cross, self.ends, out=cross)
        np.subtract(*cross, out=self.rest)
        du = self.newton(solve, np.add(self.slack, self.rest, out=self.rest), cross)
        t = min(1.0, 0.995 * self.longest())
        if not (t > 1e-6 and np.isfinite(du).all()):
            return False  # rounding allows no further step
        self.u += t * du
        self.values += np.multiply(self.step, t, out=self.step)
        return True

    def newton(self, solve, rest, aim):
        """Set `step` to what clears the linear lines and makes each end × price what is aimed at.

        `aim` is given for each end of the box, and divided by the end: λ + dλ = aim − λ/α dα.
        `rest` is the slack with the difference of the two aims.
        """
        ends, prices = self.step[:2], self.step[2:]
        pull = np.multiply(self.D, rest, out=ends[1])
        pull += self.ends[0]
        du = solve(self.A @ pull - self.ridge * self.u)
        np.matmul(du, self.A, out=ends[1])
        np.subtract(rest, ends[1], out=ends[0])
        np.multiply(self.D, ends[0], out=ends[0])
        np.negative(ends[0], out=ends[1])
        np.multiply(self.ratio, ends, out=prices)
        np.add(prices, self.prices, out=prices)
        np.subtract(aim, prices, out=prices)
        return du

    def longest(self):
        """The share of a step, at most 1, at which the first of the values becomes 0."""
        return 1 / max(1.0, -float(np.divide(self.step, self.values, out=self.work).min()))

    def weighted_ridge(self):
        """A function that solves (ridge + A diag(D) Aᵀ) x = z; the product goes by blocks."""
        A, N = self.A, np.zeros((len(self.A), len(self.A)))
        N.flat[:: len(A) + 1] = self.ridge
        for start in range(0, A.shape[1], _BLOCK):
            block, weight = A[:, start : start + _BLOCK], self.D[start : start + _BLOCK]
            if len(A) > _WIDE:
                block = block * np.sqrt(weight)
                N += block @ block.T
            else:
                N += (block * weight) @ block.T
        N.flat[:: len(A) + 1] *= 1 + 1e-13
        factor, _ = self.factorise(N.T, lower=1, overwrite_a=1)
        return lambda z: self.substitute(factor, z, lower=1)[0]

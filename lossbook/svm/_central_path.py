"""The steps of the interior point method along the central path.

The iterates keep α, C − α and their multipliers λ, μ positive. For n below a few thousand the
overhead of NumPy calls dominates, above that memory traffic. So quantities with one formula for
both bounds of the box are two rows of one array, and arrays of each step are allocated once.
"""

from typing import NamedTuple

import numpy as np

from lossbook.svm import _polish

_BLOCK = 2**13  # columns of A that are weighted at once, to stay in the cache
_WIDE = 40  # rows of A from which the symmetric product is faster
# Stop if the gap is below both of these; the sides on which the multipliers end are then clear.
_NEAR = 1e-7  # times the primal objective
_PART = 1e-4  # times the mean of C: with very many points some are near a bound


class Step(NamedTuple):
    """The residual of each line of KKT after a step of the interior point method."""

    stationarity: float  # max |1 − m + λ − μ|
    feasibility: float  # max |w − Gᵀ(αy)|, |Σ αy|
    lower: float  # max λ α
    upper: float  # max μ (C − α)
    gap: float  # Σ λ α + μ (C − α)


class State(NamedTuple):
    """A point of the path: alpha, lam and mu have length n, w has length r."""

    alpha: np.ndarray
    w: np.ndarray
    b: float
    lam: np.ndarray
    mu: np.ndarray


def central_path(G, y, C, max_iter, trace=None):
    """(State, number of steps) of the path t → 0; a Step for each point is appended to `trace`."""
    inside = C > 0
    all_inside = inside.all()
    point = _Iterate(G, y, C) if all_inside else _Iterate(G[inside], y[inside], C[inside])
    n_iter = 0
    while True:
        point.update()
        if trace is not None:
            trace.append(point.report())
        if n_iter == max_iter or point.converged() or not point.advance():
            break
        n_iter += 1
    rows = point.slacks[0], *point.multipliers
    if not all_inside:
        rows = np.zeros((3, len(y)))
        rows[:, inside] = point.slacks[0], *point.multipliers
    return State(rows[0], point.u[:-1], float(point.u[-1]), *rows[1:]), n_iter


def round_off(state, y, C):
    """β = α y, with α set to a bound of the box where the multiplier of the bound dominates."""
    alpha, _, _, lam, mu = state
    alpha = np.where(alpha < lam * C, 0, np.where(C - alpha < mu * C, C, alpha))
    beta = alpha * y
    return _polish.balance(beta, np.minimum(0, C * y), np.maximum(0, C * y))


class _Iterate:
    """The unknowns u = (w, b), `slacks` (α and C − α) and `multipliers` (λ and μ)."""

    def __init__(self, G, y, C):
        from scipy.linalg.lapack import dpotrf, dpotrs  # loads slowly

        self.factorise, self.substitute = dpotrf, dpotrs
        n, r = G.shape
        self.A = np.empty((r + 1, n))  # row k holds y_i G_ik, the last one y_i: m = u A
        np.multiply(G.T, y, out=self.A[:r])
        self.A[r] = y
        self.C, self.small = C, _PART * float(C.mean())
        self.ridge = np.ones(r + 1)
        self.ridge[r] = 0.0  # no penalty on b
        self.u, self.one_minus_m, self.D = np.zeros(r + 1), np.empty(n), np.empty(n)
        self.values, self.step, self.work = np.empty((3, 4, n))
        # C − α is stored because the difference would cancel near C.
        self.slacks, self.multipliers = self.values[:2], self.values[2:]
        self.slacks[:], self.multipliers[:] = C / 2, 1.0
        self.ratio, self.rhs = np.empty((2, n)), np.empty(n)

    def update(self):
        """Compute 1 − m and the gap of the current point."""
        np.matmul(self.u, self.A, out=self.one_minus_m)
        np.subtract(1, self.one_minus_m, out=self.one_minus_m)
        self.gap = float(np.vdot(self.slacks, self.multipliers))

    def feasibility(self):
        return self.A @ self.slacks[0] - self.ridge * self.u

    def report(self):
        return Step(
            float(np.abs(self.one_minus_m + self.multipliers[0] - self.multipliers[1]).max()),
            float(np.abs(self.feasibility()).max()),
            *(self.slacks * self.multipliers).max(axis=1).tolist(),
            self.gap,
        )

    def converged(self):
        """Whether it is clear at which bound, if any, nearly every multiplier will end."""
        if self.gap > self.small:
            return False
        hinge = np.maximum(self.one_minus_m, 0, out=self.rhs)
        primal = 0.5 * (self.ridge * self.u) @ self.u + self.C @ hinge
        if self.gap > _NEAR * primal:
            return False
        return np.abs(self.feasibility()).max() <= 1e-6 * (1 + np.abs(self.u).max())

    def advance(self):
        """Mehrotra's predictor at t = 0 and corrector at the t that it allows; False if stuck."""
        np.divide(self.multipliers, self.slacks, out=self.ratio)
        np.add(*self.ratio, out=self.D)
        np.reciprocal(self.D, out=self.D)
        solve = self.weighted_ridge()
        self.newton(solve, self.one_minus_m, 0.0)
        t = self.step_length()
        cross = np.multiply(self.step[:2], self.step[2:], out=self.work[:2])
        left = (1 - t) * self.gap + t * t * float(cross.sum())
        target = (left / self.gap) ** 3 * self.gap / (2 * len(self.D))
        np.subtract(target, cross, out=cross)
        np.divide(cross, self.slacks, out=cross)
        np.subtract(*cross, out=self.rhs)
        du = self.newton(solve, np.add(self.one_minus_m, self.rhs, out=self.rhs), cross)
        t = min(1.0, 0.995 * self.step_length())
        if not (t > 1e-6 and np.isfinite(du).all()):
            return False  # no progress is possible in this precision
        self.u += t * du
        self.values += np.multiply(self.step, t, out=self.step)
        return True

    def newton(self, solve, rhs, target):
        """Set `step` to the Newton step to the given products slack × multiplier.

        `target` is divided by the slack: λ + dλ = target − λ/α dα. `rhs`
        is 1 − m plus the difference of the two targets.
        """
        slacks, multipliers = self.step[:2], self.step[2:]
        weighted = np.multiply(self.D, rhs, out=slacks[1])
        weighted += self.slacks[0]
        du = solve(self.A @ weighted - self.ridge * self.u)
        np.matmul(du, self.A, out=slacks[1])
        np.subtract(rhs, slacks[1], out=slacks[0])
        np.multiply(self.D, slacks[0], out=slacks[0])
        np.negative(slacks[0], out=slacks[1])
        np.multiply(self.ratio, slacks, out=multipliers)
        np.add(multipliers, self.multipliers, out=multipliers)
        np.subtract(target, multipliers, out=multipliers)
        return du

    def step_length(self):
        """The step length, at most 1, at which the first of the values becomes 0."""
        return 1 / max(1.0, -float(np.divide(self.step, self.values, out=self.work).min()))

    def weighted_ridge(self):
        """A function that solves (ridge + A diag(D) Aᵀ) x = z; the matrix is built in blocks."""
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

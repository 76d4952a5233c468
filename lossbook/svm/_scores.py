"""The scores of a fitted model, as it predicts, with what rounding does to them.

The certificate is about these scores, not about those that the solver kept: for the linear
kernel about the stored w and b, for the RBF kernel about differences of rows. See
`_objectives.OwnMatrix` for what is asked of a model.
"""

import math
from functools import cached_property

import numpy as np

from lossbook.svm import _finish
from lossbook.svm._kernels import by_differences, each_by_differences
from lossbook.svm._objectives import EPS, FEW, SHARPER, TOLD, OwnMatrix, certify, exact_products

_AT_ONCE = 2**20  # extended numbers that are held at once
_NOTHING = 1e-25  # what an entry of a kernel matrix must reach to matter beside 1
_ROUNDS = 3  # of refinement


class Linear:
    """f = X w + b; the gap also holds ½ |w − Σ β x|²."""

    def __init__(self, X, centre, beta, w, b):
        self.X, self.centre, self.beta, self.w, self.b = X, centre, beta, w, b
        self.bounds = self.coarse, self.fine

    @classmethod
    def of(cls, X, centre, beta, b):
        """The model of multipliers and an offset that belong to X − centre."""
        used = np.flatnonzero(beta)
        w = beta[used] @ (X[used] - centre)
        return cls(X, centre, beta, w, b - float(w @ centre))

    @cached_property
    def rest(self):
        off = self.w.astype(np.longdouble)
        for rows in _parts(np.flatnonzero(self.beta), self.X.shape[1]):
            off -= self.beta[rows].astype(np.longdouble) @ self.X[rows]
        return float(off @ off) / 2

    @cached_property
    def scores(self):
        return self.X @ self.w + self.b

    def coarse(self):
        largest = np.maximum(self.X.max(axis=0), -self.X.min(axis=0))
        return self._unit() * (largest @ np.abs(self.w) + abs(self.b))

    def fine(self):
        return self._unit() * (np.abs(self.X) @ np.abs(self.w) + abs(self.b))

    def _unit(self):
        return EPS * (2 + np.sqrt(len(self.w)))

    def exact(self, rows):
        w = self.w.astype(np.longdouble)
        parts = [self.X[part] @ w for part in _parts(rows, len(w))]
        unit = SHARPER * EPS * (1 + np.sqrt(len(w)) / 2)
        bound = unit * (np.abs(self.X[rows]) @ np.abs(self.w) + abs(self.b))
        return np.concatenate([*parts, []]) + self.b, bound

    def exactly(self, rows):
        return (
            exact_products(self.X[rows], self.w, self.b) if rows.size * self.w.size <= FEW else None
        )

    def block(self, points):
        G = self.X[points] - self.centre
        return G @ G.T

    def moved(self, points, move, shift):
        turn = move @ (self.X[points] - self.centre)
        b = self.b + (shift - float(turn @ self.centre))
        return Linear(self.X, self.centre, _plus(self.beta, points, move), self.w + turn, b)


class Gaussian:
    """f = Σ β_j exp(−γ |x − x_j|²) + b."""

    rest = 0.0

    def __init__(self, X, gamma, gram, beta, b):
        self.X, self.gamma, self.gram, self.beta, self.b = X, gamma, gram, beta, b
        self.used = np.flatnonzero(beta)
        self.bounds = (self.coarse,)

    @cached_property
    def scores(self):
        return self.gram.times(self.beta) + self.b

    def coarse(self):
        """An entry of K is off by some ε; entries err alike only where their points are alike."""
        beta = self.beta[self.used]
        largest = max(24 * float(np.sqrt(beta @ beta)), float(np.abs(beta).sum()))
        return EPS * (largest + 4 * abs(self.b) + 4)

    def exact(self, rows):
        beta = self.beta[self.used]
        parts = [self._sharp(part, beta) for part in _parts(rows, len(beta))]
        f, spread = np.concatenate([*parts, np.empty((2, 0))], axis=1)
        return f + self.b, SHARPER * EPS * (2 * spread.astype(float) + abs(self.b) + 1)

    def exactly(self, rows):
        """Exponentials have no last digit."""

    def _sharp(self, rows, beta):
        """Σ β_j K_ij of some rows, and the length of its terms, of which each is off by some ε.

        Where the kernel is near 1, K − 1 is added up, which is smaller: Σ β is (nearly) 0.
        Pairs that are too far from each other to count are left out. A sum, which adds by pairs,
        rounds less than a product of matrices.
        """
        X, Y = (self.X[some].astype(np.longdouble) for some in (rows, self.used))
        K = self.gram.entries(rows, self.used)
        near, whole = K > _NOTHING, 0.0  # whole is what is left out of each term
        if 4 * np.count_nonzero(near) < near.size:
            i, j = near.nonzero()
            terms = np.zeros(near.shape, np.longdouble)
            terms[i, j] = each_by_differences(X, Y, i, j, self.gamma)
        elif K.mean() < 0.5:
            terms = by_differences(X, Y, self.gamma)
        else:
            terms, whole = by_differences(X, Y, self.gamma, np.expm1), math.fsum(beta.tolist())
            K = terms.astype(float) ** 2  # a number near 0 is as exact as it is small
        terms *= beta
        # The exponent e is off by a part of ε e, and K (1 − e) is below 1.3 √K.
        return terms.sum(axis=1) + whole, np.sqrt((K * beta * beta).sum(axis=1))

    def block(self, points):
        return self.gram.block(points)

    def moved(self, points, move, shift):
        beta = _plus(self.beta, points, move)
        return Gaussian(self.X, self.gamma, self.gram, beta, self.b + shift)


class Matrix(OwnMatrix):
    """f = K β + b, for the matrix K of the caller."""

    def block(self, points):
        return self.K[np.ix_(points, points)]

    def moved(self, points, move, shift):
        return Matrix(self.K, _plus(self.beta, points, move), self.b + shift)


def refined(model, y, C, nothing=""):
    """(model, certificate): Newton steps on the free points, with residuals in extended precision.

    The finish has solved the problem to the rounding of its products. Where that is to be seen,
    the same equations for what is left of the residuals give the digits that are missing.
    """
    proof = certify(model, y, C, np.abs(model.beta), nothing)
    lo, hi = np.minimum(0, C * y), np.maximum(0, C * y)
    free = np.flatnonzero((model.beta > lo) & (model.beta < hi))
    for _ in range(_ROUNDS if len(free) else 0):
        if max(map(abs, proof)) <= TOLD:
            break
        left = (y[free] - model.exact(free)[0]).astype(float)
        debt = -math.fsum(model.beta.tolist())
        move, shift = _finish._newton(model.block(free), left, debt, float(C.max()))
        better = model.moved(free, move, shift)
        if not ((better.beta >= lo) & (better.beta <= hi)).all():
            break
        better.beta[:] = evened(better.beta, lo, hi)  # before anything is computed from it
        proof_of_better = certify(better, y, C, np.abs(better.beta), nothing)
        if not abs(proof_of_better.gap) < abs(proof.gap):
            break
        model, proof = better, proof_of_better
    return model, proof


def evened(beta, lo, hi):
    """β with Σβ = 0 to the rounding of its smallest free entry that has the room."""
    debt = math.fsum(beta[beta != 0].tolist())
    if debt:
        room = np.minimum(beta - lo, hi - beta)
        able = np.flatnonzero(room > 1e3 * abs(debt))
        if len(able):
            k = able[np.abs(beta[able]).argmin()]
            beta = beta.copy()
            beta[k] -= debt
    return beta


def _plus(beta, points, move):
    beta = beta.copy()
    beta[points] += move
    return beta


def _parts(rows, width):
    """The rows in pieces of so many that a table of that width is held at once."""
    height = max(1, _AT_ONCE // max(1, width))
    return [rows[start : start + height] for start in range(0, len(rows), height)]

"""The scores that a fitted model predicts, with bounds on their rounding errors.

The certificate is about these scores, not about those in the solver: for the linear kernel they
come from the stored w and b, for the RBF kernel from differences of rows. `_objectives.MatrixModel`
documents the interface of a model.
"""

import math
from functools import cached_property

import numpy as np

from lossbook.svm import _polish
from lossbook.svm._kernels import rbf_by_differences, rbf_of_pairs_by_differences
from lossbook.svm._objectives import (
    EPS,
    EXTENDED_GAIN,
    FEW,
    NEGLIGIBLE,
    MatrixModel,
    certify,
    exact_products,
)

_AT_ONCE = 2**20  # extended numbers in memory at once
_TINY = 1e-25  # smaller entries of a kernel matrix are left out of sums with entries near 1
_ROUNDS = 3  # of refinement


class LinearModel:
    """f = X w + b; the gap also contains ½ |w − Σ β x|²."""

    def __init__(self, X, centre, beta, w, b):
        self.X, self.centre, self.beta, self.w, self.b = X, centre, beta, w, b
        self.bounds = self.coarse, self.fine

    @classmethod
    def of(cls, X, centre, beta, b):
        """The model with multipliers and offset of the problem on X − centre."""
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

    def extended(self, rows):
        w = self.w.astype(np.longdouble)
        parts = [self.X[part] @ w for part in _parts(rows, len(w))]
        unit = EXTENDED_GAIN * EPS * (1 + np.sqrt(len(w)) / 2)
        bound = unit * (np.abs(self.X[rows]) @ np.abs(self.w) + abs(self.b))
        return np.concatenate([*parts, []]) + self.b, bound

    def exact(self, rows):
        return (
            exact_products(self.X[rows], self.w, self.b) if rows.size * self.w.size <= FEW else None
        )

    def block(self, points):
        G = self.X[points] - self.centre
        return G @ G.T

    def moved(self, points, move, shift):
        turn = move @ (self.X[points] - self.centre)
        b = self.b + (shift - float(turn @ self.centre))
        return LinearModel(self.X, self.centre, _plus(self.beta, points, move), self.w + turn, b)


class GaussianModel:
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
        """Each entry of K has an error of a few ε; only those of nearby points are correlated."""
        beta = self.beta[self.used]
        largest = max(24 * float(np.sqrt(beta @ beta)), float(np.abs(beta).sum()))
        return EPS * (largest + 4 * abs(self.b) + 4)

    def extended(self, rows):
        beta = self.beta[self.used]
        parts = [self._extended_terms(part, beta) for part in _parts(rows, len(beta))]
        f, spread = np.concatenate([*parts, np.empty((2, 0))], axis=1)
        return f + self.b, EXTENDED_GAIN * EPS * (2 * spread.astype(float) + abs(self.b) + 1)

    def exact(self, rows):
        """None: exponentials cannot be rounded only once."""

    def _extended_terms(self, rows, beta):
        """Σ β_j K_ij of some rows, and the norm of its terms, each with an error of a few ε.

        If the kernel is near 1, the sum is of K − 1, which is smaller: Σ β is (nearly) 0. Pairs
        too far from each other are left out. NumPy's pairwise sum rounds less than a matrix
        product.
        """
        X, Y = (self.X[some].astype(np.longdouble) for some in (rows, self.used))
        K = self.gram.entries(rows, self.used)
        near, whole = K > _TINY, 0.0  # whole is subtracted from each term
        if 4 * np.count_nonzero(near) < near.size:
            i, j = near.nonzero()
            terms = np.zeros(near.shape, np.longdouble)
            terms[i, j] = rbf_of_pairs_by_differences(X, Y, i, j, self.gamma)
        elif K.mean() < 0.5:
            terms = rbf_by_differences(X, Y, self.gamma)
        else:
            terms, whole = rbf_by_differences(X, Y, self.gamma, np.expm1), math.fsum(beta.tolist())
            K = terms.astype(float) ** 2  # near 0 the absolute error is small as well
        terms *= beta
        # The exponent e has the error ε e, and K (1 − e) is below 1.3 √K.
        return terms.sum(axis=1) + whole, np.sqrt((K * beta * beta).sum(axis=1))

    def block(self, points):
        return self.gram.block(points)

    def moved(self, points, move, shift):
        beta = _plus(self.beta, points, move)
        return GaussianModel(self.X, self.gamma, self.gram, beta, self.b + shift)


class PrecomputedModel(MatrixModel):
    """f = K β + b for a given matrix K."""

    def block(self, points):
        return self.K[np.ix_(points, points)]

    def moved(self, points, move, shift):
        return PrecomputedModel(self.K, _plus(self.beta, points, move), self.b + shift)


def refine(model, y, C, void_reason=""):
    """(model, certificate): Newton steps on the free points, with residuals in extended precision.

    The solver's residuals are as large as the rounding of its products. If the certificate shows
    that, solving the same equations for the residuals in extended precision corrects it.
    """
    proof = certify(model, y, C, np.abs(model.beta), void_reason)
    lo, hi = np.minimum(0, C * y), np.maximum(0, C * y)
    free = np.flatnonzero((model.beta > lo) & (model.beta < hi))
    for _ in range(_ROUNDS if len(free) else 0):
        if max(map(abs, proof)) <= NEGLIGIBLE:
            break
        left = (y[free] - model.extended(free)[0]).astype(float)
        missing = -math.fsum(model.beta.tolist())
        move, shift = _polish._newton(model.block(free), left, missing, float(C.max()))
        better = model.moved(free, move, shift)
        if not ((better.beta >= lo) & (better.beta <= hi)).all():
            break
        better.beta[:] = with_zero_sum(better.beta, lo, hi)  # before any score is computed
        better_proof = certify(better, y, C, np.abs(better.beta), void_reason)
        if not abs(better_proof.gap) < abs(proof.gap):
            break
        model, proof = better, better_proof
    return model, proof


def with_zero_sum(beta, lo, hi):
    """β with Σβ = 0, corrected in the smallest free entry that has enough room."""
    missing = math.fsum(beta[beta != 0].tolist())
    if missing:
        room = np.minimum(beta - lo, hi - beta)
        candidates = np.flatnonzero(room > 1e3 * abs(missing))
        if len(candidates):
            k = candidates[np.abs(beta[candidates]).argmin()]
            beta = beta.copy()
            beta[k] -= missing
    return beta


def _plus(beta, points, move):
    beta = beta.copy()
    beta[points] += move
    return beta


def _parts(rows, width):
    """The rows in parts, so that a part of a table of this width fits into memory."""
    height = max(1, _AT_ONCE // max(1, width))
    return [rows[start : start + height] for start in range(0, len(rows), height)]

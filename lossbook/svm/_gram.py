"""Three ways to hold a kernel matrix K: whole, as a product G Gᵀ, or by the rows that are needed.

The solvers never ask how K is held. They ask four things of it: its `diagonal`, one `row`, the
square `block` that belongs to some of the points, and the product K β (`times`).
"""

import numpy as np

from lossbook.svm._kernels import gaussian, scaled


class Whole:
    """A kernel matrix that is given, shape (n, n)."""

    def __init__(self, K):
        self.diagonal = K.diagonal().copy()
        self.row = K.__getitem__
        self._K = K

    def block(self, points):
        return self._K[np.ix_(points, points)]

    def times(self, beta):
        used = np.flatnonzero(beta)
        if len(used) < len(beta) / 4:
            return beta[used] @ self._K[used]
        return self._K @ beta


class LowRank:
    """The kernel matrix K = G Gᵀ, which is never formed; G has shape (n, r)."""

    def __init__(self, G):
        self.diagonal = np.einsum("ij,ij->i", G, G)
        self._G = G

    def row(self, i):
        return self._G @ self._G[i]

    def block(self, points):
        G = self._G[points]
        return G @ G.T

    def times(self, beta):
        return self._G @ (beta @ self._G)


class GaussianRows:
    """The RBF kernel of X with itself; a row is computed when it is first needed, and kept.

    Few points become support vectors, and only their rows are asked for: memory grows with n
    times their number.
    """

    def __init__(self, X, gamma):
        self._X, _ = scaled(gamma, X, X)
        self.diagonal = np.ones(len(X))
        self._place = np.full(len(X), -1)  # of the row among those that are kept
        self._rows = []
        self._blocks = []  # (points, their rows)

    def row(self, i):
        if self._place[i] < 0:
            self._fill(np.array([i]))
        return self._rows[self._place[i]]

    def block(self, points):
        X = self._X[points]
        return gaussian(X, X)

    def times(self, beta):
        missing = np.flatnonzero((beta != 0) & (self._place < 0))
        if len(missing):
            self._fill(missing)
        return sum(beta[points] @ rows for points, rows in self._blocks)

    def _fill(self, points):
        rows = gaussian(self._X[points], self._X)
        self._place[points] = np.arange(len(self._rows), len(self._rows) + len(points))
        self._rows.extend(rows)
        self._blocks.append((points, rows))

"""Representations of a kernel matrix K: in full, as a product G Gᵀ, or as the rows needed so far.

All have the same interface: `diagonal`; `row(i)`; `half_distance`, half the squared distance of a
point from all others in the feature space, ½ |φ_i − φ_j|² = ½ K_ii + ½ K_jj − K_ij; `block`, the
submatrix of some of the points; and `times`, the product K β.
"""

import numpy as np

from lossbook.svm._kernels import GaussianPairs


class _Gram:
    def __init__(self, diagonal):
        self.diagonal, self._half = diagonal, diagonal / 2
        self._least = 4 * np.finfo(diagonal.dtype).eps * float(np.abs(diagonal).mean() or 1)

    def half_distance(self, i, K_i, out):
        np.subtract(self._half, K_i, out=out)
        np.add(out, self._half.item(i), out=out)
        np.maximum(out, self._least, out=out)  # 0 for equal points; less for a K that is no kernel


class FullMatrix(_Gram):
    """A given kernel matrix of shape (n, n)."""

    def __init__(self, K):
        super().__init__(K.diagonal().copy())
        self.row = K.__getitem__
        self._K = K

    def block(self, points):
        return self._K[np.ix_(points, points)]

    def times(self, beta):
        used = np.flatnonzero(beta)
        if len(used) < len(beta) / 4:
            return beta[used] @ self._K[used]
        return self._K @ beta


class GaussianMatrix(FullMatrix):
    """The full matrix of an RBF kernel: K_ii = 1 ≥ K_ij saves two of three calls."""

    def __init__(self, K):
        super().__init__(K)
        self._one = K.dtype.type(1 + self._least)

    def half_distance(self, i, K_i, out):
        np.subtract(self._one, K_i, out)


class LowRank(_Gram):
    """The kernel matrix K = G Gᵀ, which is never computed; G has shape (n, r)."""

    def __init__(self, G):
        super().__init__(np.einsum("ij,ij->i", G, G))
        self._G = G

    def row(self, i):
        return self._G @ self._G[i]

    def block(self, points):
        G = self._G[points]
        return G @ G.T

    def times(self, beta):
        return self._G @ (beta @ self._G)


class GaussianRows(_Gram):
    """exp(−γ |x_i − x_j|²) of the rows of X; a row is computed on first use and kept.

    Only the rows of support vectors are used, so memory grows with n times their number.
    """

    def __init__(self, X, gamma):
        super().__init__(np.ones(len(X)))
        self._pairs = GaussianPairs(gamma, X, X)
        self._place = np.full(len(X), -1)  # index of each row in _rows, −1 if not computed
        self._rows = []
        self._blocks = []  # (points, their rows)

    def whole(self, dtype):
        """The full matrix as `dtype`; it is not kept."""
        return GaussianMatrix(self._pairs.whole(dtype))

    def row(self, i):
        if self._place[i] < 0:
            self._fill(np.array([i]))
        return self._rows[self._place[i]]

    def block(self, points):
        return self._pairs.square(points)

    def entries(self, points, columns):
        return self._pairs.rows(points, columns)

    def times(self, beta):
        missing = np.flatnonzero((beta != 0) & (self._place < 0))
        if len(missing):
            self._fill(missing)
        return sum((beta[points] @ rows for points, rows in self._blocks), np.zeros(len(beta)))

    def _fill(self, points):
        rows = self._pairs.own_rows(points)
        self._place[points] = np.arange(len(self._rows), len(self._rows) + len(points))
        self._rows.extend(rows)
        self._blocks.append((points, rows))


def pivoted_cholesky(gram, tol, max_rank, give_up=np.inf):
    """G with K ≈ G Gᵀ and as few columns as leave at most `tol` of the diagonal.

    Each column eliminates the row with the largest remainder. None if `max_rank` columns are not
    enough, or if the mean remainder after 10 columns is above `give_up`.
    """
    left = gram.diagonal.copy()
    columns = np.empty((max_rank, len(left)))
    for k in range(max_rank):
        i = left.argmax()
        if left[i] <= tol:
            return columns[:k].T
        if k == 10 and left.mean() > give_up:
            return None
        column = gram.row(i) - columns[:k, i] @ columns[:k]
        column /= np.sqrt(left[i])
        columns[k] = column
        left -= column * column
    return None if left.max() > tol else columns.T

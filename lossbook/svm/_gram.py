"""Ways to hold a kernel matrix K: whole, as a product G Gᵀ, or by the rows that are needed.

The solvers never ask how K is held. They ask five things of it: its `diagonal`, one `row`, half
the squared distance of a point from all others in the space of the kernel,
½ |φ_i − φ_j|² = ½ K_ii + ½ K_jj − K_ij, the square `block` that belongs to some of the points,
and the product K β (`times`).
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
        np.maximum(out, self._least, out=out)  # twins have 0; K of no kernel, less


class Whole(_Gram):
    """A kernel matrix that is given, shape (n, n)."""

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


class Gaussian(Whole):
    """The whole matrix of an RBF kernel, where K_ii = 1 ≥ K_ij saves two calls in three."""

    def __init__(self, K):
        super().__init__(K)
        self._one = K.dtype.type(1 + self._least)

    def half_distance(self, i, K_i, out):
        np.subtract(self._one, K_i, out)


class LowRank(_Gram):
    """The kernel matrix K = G Gᵀ, which is never formed; G has shape (n, r)."""

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
    """exp(−γ |x_i − x_j|²) of the rows of X; a row is computed when first needed, and kept.

    Few points become support vectors, and only their rows are asked for: memory grows with n
    times their number.
    """

    def __init__(self, X, gamma):
        super().__init__(np.ones(len(X)))
        self._pairs = GaussianPairs(gamma, X, X)
        self._place = np.full(len(X), -1)  # of the row among those that are kept
        self._rows = []
        self._blocks = []  # (points, their rows)

    def whole(self, dtype):
        """The whole matrix, which is not kept, in the precision `dtype`."""
        return Gaussian(self._pairs.whole(dtype))

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

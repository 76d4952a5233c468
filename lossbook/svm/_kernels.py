"""The kernels of the course; an SVM depends on the data only through K_ij = k(x_i, x_j)."""

import math

import numpy as np
from numpy.typing import ArrayLike

from lossbook import _validation as check
from lossbook._types import Array

_BLOCK = 2**17  # entries of a kernel matrix that are computed at once, to stay in the cache
_SMALL = {8: 2.0, 4: 64.0}  # size up to which rounding is harmless, by the bytes of a number
_HUGE = 1e20  # size above which a product has no correct digit


def linear_kernel(X: ArrayLike, Y: ArrayLike | None = None) -> Array:
    """Inner products of the rows of X with those of Y.

    ::

        K_ij = x_iᵀ y_j

    Parameters
    ----------
    X : array_like of shape (n, d)
    Y : array_like of shape (m, d), optional
        X if omitted.

    Returns
    -------
    ndarray of shape (n, m), float64, in the square of the unit of X

    Raises
    ------
    ValueError
        An array is not two-dimensional, is empty, contains NaN or inf, the two differ in d, or a
        product is too large for a float.
    TypeError
        An array is sparse or contains something other than real numbers.

    Examples
    --------
    >>> linear_kernel([[1, 2], [0, 1]])
    array([[5., 2.],
           [2., 1.]])

    Source: 西瓜书 table 6.1.
    """
    X, Y = _two_tables(X, Y)
    with np.errstate(over="ignore", invalid="ignore"):
        K = X @ Y.T
    return _finite(K, X, Y)


def polynomial_kernel(
    X: ArrayLike, Y: ArrayLike | None = None, *, degree: int, gamma: float = 1.0, coef0: float = 1.0
) -> Array:
    """Polynomial kernel: the inner product in the space of all monomials up to a degree.

    ::

        K_ij = (γ x_iᵀ y_j + c)^p

    It is positive semidefinite for c ≥ 0. For c < 0 it is not in general: the binomial theorem
    then gives monomials a negative weight, and the SVM's certificate is void.

    `KernelSVM` takes it as a matrix: ``KernelSVM(kernel="precomputed").fit(K, y)`` with
    ``K = polynomial_kernel(X, degree=3)``, then ``predict(polynomial_kernel(new, X, degree=3))``.

    Parameters
    ----------
    X : array_like of shape (n, d)
    Y : array_like of shape (m, d), optional
        X if omitted.
    degree : int
        p ≥ 1.
    gamma : float
        γ > 0, one over the square of the unit of X.
    coef0 : float
        c; with 0 only monomials of degree p remain.

    Returns
    -------
    ndarray of shape (n, m), float64

    Raises
    ------
    ValueError
        As for `linear_kernel`, degree is no whole number ≥ 1, gamma is not positive, coef0 is
        not finite.
    TypeError
        As for `linear_kernel`.

    Examples
    --------
    >>> polynomial_kernel([[1, 2], [0, 1]], degree=2)
    array([[36.,  9.],
           [ 9.,  4.]])

    Source: 西瓜书 table 6.1.
    """
    gamma, c = _gamma(gamma), _number("coef0", coef0)
    p = _number("degree", degree)
    if not (p >= 1 and p == int(p)):
        raise ValueError(f"degree must be a whole number of at least 1, got {degree!r}")
    X, Y = _two_tables(X, Y)
    with np.errstate(over="ignore", invalid="ignore"):
        K = (gamma * (X @ Y.T) + c) ** int(p)
    return _finite(K, X, Y, f", degree={p:g}, gamma={gamma:g}, coef0={c:g}")


def rbf_kernel(X: ArrayLike, Y: ArrayLike | None = None, *, gamma: float) -> Array:
    """Gaussian (RBF) kernel: the similarity of two points falls with their squared distance.

    ::

        K_ij = exp(−γ |x_i − y_j|²)

    Every entry is in [0, 1] and has an error of a few 1e-16, however far the rows are from each
    other or from the origin; K_ii is 1, and the matrix of X with itself is symmetric. Other rows
    in the same call change at most the last digits of an entry.

    Parameters
    ----------
    X : array_like of shape (n, d)
    Y : array_like of shape (m, d), optional
        X if omitted.
    gamma : float
        γ > 0, one over the square of the unit of X. 西瓜书's width σ gives γ = 1/(2σ²). "scale",
        which means 1/(d Var X), is for `KernelSVM` only.

    Returns
    -------
    ndarray of shape (n, m), float64

    Raises
    ------
    ValueError
        As for `linear_kernel`, or gamma is not finite and positive.
    TypeError
        As for `linear_kernel`.

    Examples
    --------
    >>> rbf_kernel([[0, 0]], [[0, 0], [0, 1], [3, 4]], gamma=1).round(4)
    array([[1.    , 0.3679, 0.    ]])

    Source: 西瓜书 table 6.1.
    """
    gamma = _gamma(gamma)
    X, Y = _two_tables(X, Y)
    with np.errstate(under="ignore"):
        pairs = GaussianPairs(gamma, X, Y)
        return pairs.whole() if X is Y else pairs.rows()


def _gamma(gamma) -> float:
    if isinstance(gamma, str):
        raise TypeError(
            f"gamma must be a number, got {gamma!r}; 'scale' is for KernelSVM only and "
            "means 1 / (X.shape[1] * X.var())"
        )
    return check.positive("gamma", gamma)


def _number(name, value) -> float:
    number = check.numbers(name, value)
    if number.ndim or not np.isfinite(number):
        raise ValueError(f"{name} must be a finite number, got {value!r}")
    return float(number)


def _finite(K, X, Y, parameters="") -> Array:
    if not np.isfinite(K).all():
        sizes = " and ".join(
            f"{name} of up to {np.abs(of).max():.1e}" for name, of in (("X", X), ("Y", Y))
        )
        raise ValueError(f"the kernel overflows, for {sizes}{parameters}; scale X and Y")
    return K


def _two_tables(X, Y) -> tuple[Array, Array]:
    X = table("X", X)
    Y = X if Y is None else table("Y", Y)
    if X.shape[1] != Y.shape[1]:
        raise ValueError(
            f"X and Y must have the same number of columns, got shapes {X.shape} and {Y.shape}"
        )
    return X, Y


def table(name, value) -> Array:
    """A float64 array of shape (n, d), n, d ≥ 1, finite."""
    if hasattr(value, "toarray"):
        raise TypeError(f"{name} is sparse; use {name}.toarray()")
    array = check.numbers(name, value)
    if array.ndim != 2:
        raise ValueError(f"{name} must have shape (n, d), got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got inf")
    return array


def columnwise_median(X):
    """The median of each column over about 100 rows of X.

    It is near most rows; one far row could draw the mean away from all others.
    """
    sample = X[:: max(1, len(X) // 100)]
    return np.sort(sample, axis=0)[len(sample) // 2]


def rbf_by_differences(X, Y, gamma, exp=np.exp):
    """exp(−γ |x − y|²) of each row of X with each of Y; in long double if they are.

    With `exp` = expm1 it is the kernel minus 1 without the rounding of numbers near 1.

    Scaling by the power of two near √γ is exact and keeps the squares in the range of a float.
    """
    total = np.zeros((len(X), len(Y)), X.dtype)
    root, rest = _split(gamma)
    with np.errstate(over="ignore", under="ignore"):
        for x, y in zip(X.T, Y.T, strict=True):
            part = np.subtract.outer(x, y)
            part *= root
            part *= part
            total += part
        total *= -rest
        return exp(total, out=total)


def _split(gamma):
    """(2^k, rest) with γ = rest 4^k."""
    root = 2.0 ** round(math.log2(gamma) / 2)
    return root, gamma / root / root


class GaussianPairs:
    """exp(−γ |x − y|²) for rows x of X and y of Y.

    With z = √(2γ)(x − centre) and the size q = ½ |z|², the exponent is zᵢᵀzⱼ − qᵢ − qⱼ: one
    matrix product, fast, but with an error of the order of ε (qᵢ + qⱼ), where ε is the rounding
    unit. The error of the kernel is K_ij times that. As the exponent is at most −(√qᵢ − √qⱼ)²,

    - K_ij (qᵢ + qⱼ) ≤ 2.1 qᵢ: the error is small if qᵢ is, for any j;
    - K_ij (qᵢ + qⱼ) ≤ 5 K_ij qᵢ or negligible: in the other rows it is large only where the
      exponent is near 0, and these pairs are computed again from differences.
    """

    def __init__(self, gamma, X, Y):
        self.gamma, self.X, self.Y = gamma, X, Y
        centre = columnwise_median(Y)
        Z, self._q = _measured(gamma, Y, centre)
        self._right = np.vstack([Z.T, np.ones(len(Z)), self._q])
        if X is not Y:
            Z, self._q = _measured(gamma, X, centre)
        self._left = np.column_stack([Z, -self._q, -np.ones(len(Z))])

    def rows(self, points=slice(None), columns=slice(None)):
        """The rows of K for some points of X, or some columns of these."""
        left, q = self._left[points], self._q[points]
        right = self._right[:, columns]
        K = np.empty((len(left), right.shape[1]))
        X, Y = self.X[points], self.Y[columns]
        height = max(1, _BLOCK // right.shape[1])
        for start in range(0, len(left), height):
            part = slice(start, start + height)
            self._fill(K[part], left[part], right, q[part], X[part], Y)
        return K

    def own_rows(self, points):
        """As `rows` if X is Y: K_ii = 1."""
        K = self.rows(points)
        K[np.arange(len(K)), points] = 1
        return K

    def square(self, points):
        """The matrix of some points with each other if X is Y."""
        K = self.rows(points, points)
        K.flat[:: len(K) + 1] = 1
        return K

    def whole(self, dtype=np.float64):
        """The symmetric matrix as `dtype` if X is Y."""
        n = len(self.X)
        left, right = self._left, self._right
        # If many rows are far from the centre, the product needs double precision.
        if np.count_nonzero(self._q > _SMALL[np.dtype(dtype).itemsize]) <= n / 16:
            left, right = left.astype(dtype, copy=False), right.astype(dtype, copy=False)
        K = np.empty((n, n), dtype)
        height = max(1, min(_BLOCK // n, n // 6))
        for start in range(0, n, height):
            part, rest = slice(start, start + height), slice(start + height, None)
            block, new = K[part, start:], slice(start, None)
            self._fill(block, left[part], right[:, new], self._q[part], self.X[part], self.X[new])
            K[rest, part] = K[part, rest].T
            corner = K[part, part]
            np.copyto(corner, corner.T.copy(), where=np.tri(len(corner), k=-1, dtype=bool))
        K.flat[:: n + 1] = 1
        return K

    def _reach(self, q, dtype):
        """How far below 0 an exponent of rows of size q can be and still be inaccurate."""
        small, size = _SMALL[dtype.itemsize], 5 * q
        error = (self.X.shape[1] + 2) * np.finfo(dtype).eps * size
        return np.where(size < _HUGE, error + np.log(size / (2 * small)), np.inf)

    def _fill(self, K, left, right, q, X, Y):
        """Fill the block K with the kernel of the rows X and Y, whose product is left @ right."""
        E = np.matmul(left, right, out=K if K.dtype == left.dtype else None)
        large = np.flatnonzero(q > _SMALL[left.itemsize])
        if len(large):
            again = E[large] >= -self._reach(q[large], left.dtype)[:, np.newaxis]
        np.minimum(E, 0, out=K, casting="same_kind")  # rounding can make −½ |x − y|² positive
        np.exp(K, out=K)
        if not len(large) or not again.any():
            return
        if 4 * np.count_nonzero(again) > again.size:
            K[large] = rbf_by_differences(X[large], Y, self.gamma)
        else:
            i, j = again.nonzero()
            K[large[i], j] = rbf_of_pairs_by_differences(X, Y, large[i], j, self.gamma)


def rbf_of_pairs_by_differences(X, Y, i, j, gamma):
    """exp(−γ |x_i − y_j|²) for two lists of indices; in long double if X is."""
    found, (root, rest) = np.empty(len(i), X.dtype), _split(gamma)
    height = max(1, 2 * _BLOCK // X.shape[1])
    with np.errstate(over="ignore", under="ignore"):
        for start in range(0, len(i), height):
            part = slice(start, start + height)
            D = X[i[part]] - Y[j[part]]
            D *= root
            found[part] = np.exp(-rest * np.einsum("ij,ij->i", D, D))
    return found


def _measured(gamma, X, centre):
    """(√(2γ)(x − centre), half its square) of each row x.

    Rows so far away that a product has no correct digit get the largest size; other rows then
    treat them as out of reach.
    """
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        Z = (math.sqrt(2) * math.sqrt(gamma)) * (X - centre)
        q = 0.5 * np.einsum("ij,ij->i", Z, Z)
    huge = ~(q <= 1e5 * _HUGE)
    if huge.any():
        Z[huge], q[huge] = 0, 1e5 * _HUGE
    return Z, q

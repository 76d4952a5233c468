"""The two kernels of the course: K_ij = k(x_i, x_j) is all that an SVM sees of the data."""

import numpy as np

from lossbook import _validation as check


def linear_kernel(X, Y=None):
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
        An array is not two-dimensional, is empty, contains NaN, or the two differ in d.
    TypeError
        An array holds something other than real numbers.

    Examples
    --------
    >>> linear_kernel([[1, 2], [0, 1]])
    array([[5., 2.],
           [2., 1.]])

    Source: 西瓜书 table 6.1.
    """
    X, Y = _two_tables(X, Y)
    return X @ Y.T


def rbf_kernel(X, Y=None, *, gamma):
    """Gaussian (RBF) kernel: the likeness of two points falls with their squared distance.

    ::

        K_ij = exp(−γ |x_i − y_j|²)

    Every entry lies in [0, 1], whatever the rounding. The matrix is the only large array made:
    one matrix product, whose result is turned into distances and then exponentials in place.

    Parameters
    ----------
    X : array_like of shape (n, d)
    Y : array_like of shape (m, d), optional
        X if omitted.
    gamma : float
        γ > 0, one over the square of the unit of X. 西瓜书's width σ gives γ = 1/(2σ²).

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
    gamma = check.positive("gamma", gamma)
    X, Y = _two_tables(X, Y)
    return gaussian(*scaled(gamma, X, Y))


def _two_tables(X, Y):
    X = table("X", X)
    Y = X if Y is None else table("Y", Y)
    if X.shape[1] != Y.shape[1]:
        raise ValueError(
            f"X and Y must have the same number of columns, got shapes {X.shape} and {Y.shape}"
        )
    return X, Y


def table(name, value):
    """A float64 array of shape (n, d), n, d ≥ 1, finite."""
    array = check.numbers(name, value)
    if array.ndim != 2:
        raise ValueError(f"{name} must have shape (n, d), got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got inf")
    return array


def scaled(gamma, X, Y):
    """X and Y measured in units of 1/√(2γ) from a point in their midst.

    Distances do not change under a shift; but |x|² + |y|² − 2 xᵀy loses the digits that |x|² is
    larger than |x − y|², so the origin has to lie near.
    """
    centre = X.mean(axis=0)
    return [np.sqrt(2 * gamma) * (Z - centre) for Z in ((X, X) if X is Y else (X, Y))]


def gaussian(X, Y):
    """exp(−½ |x − y|²) of all pairs."""
    return exponentials(left_factor(X), right_factor(Y))


def left_factor(X):
    """(x, −½ |x|², −1) of every row x: its product with a `right_factor` is −½ |x − y|²."""
    return np.column_stack([X, -_half_squares(X), -np.ones(len(X))])


def right_factor(Y):
    """(y, 1, ½ |y|²) of every row y, as columns."""
    return np.vstack([Y.T, np.ones(len(Y)), _half_squares(Y)])


def _half_squares(Z):
    return 0.5 * np.einsum("ij,ij->i", Z, Z)


def exponentials(left, right):
    """exp(left right) where the product is at most 0 but for rounding.

    It is made in blocks of rows that stay in the processor's cache, and in the type of its factors.
    """
    K = np.empty((len(left), right.shape[1]), left.dtype)
    height = max(1, 2**17 // right.shape[1])
    for start in range(0, len(left), height):
        block = K[start : start + height]
        np.matmul(left[start : start + height], right, out=block)
        np.minimum(block, 0, out=block)  # rounding may lift −½ |x − y|² above 0
        np.exp(block, out=block)
    return K

"""Elimination on a batch of square matrices, in float64 or in decimals alike.

NumPy's linear algebra has no decimals, and we need to know a singular matrix for certain.
"""

from decimal import Decimal

import numpy as np


def inverse(matrices):
    """Inverse of each matrix, shape (B, m, m); NaN where it is singular."""
    size = matrices.shape[1]
    unit = np.broadcast_to(np.eye(size), matrices.shape)
    left = matrices.copy()
    right = _as_kind(unit, matrices)
    lost = np.zeros(len(matrices), dtype=bool)
    for column in range(size):
        pivot = _bring_up_pivot(column, left, right)
        lost |= _vanishes(pivot, matrices)
        with np.errstate(all="ignore"):
            right[:, column] = right[:, column] / pivot[:, None]
            left[:, column] = left[:, column] / pivot[:, None]
        for row in range(size):
            if row != column:
                factor = left[:, row, column][:, None]
                right[:, row] = right[:, row] - factor * right[:, column]
                left[:, row] = left[:, row] - factor * left[:, column]
    right[lost] = Decimal("NaN") if right.dtype == object else np.nan
    return right


def determinant(matrices):
    left = matrices.copy()
    product = 1
    for column in range(left.shape[1]):
        pivot = _bring_up_pivot(column, left, left, swap_sign=True)
        product = product * pivot
        safe = np.where(pivot == 0, 1, pivot)
        for row in range(column + 1, left.shape[1]):
            factor = (left[:, row, column] / safe)[:, None]
            left[:, row] = left[:, row] - factor * left[:, column]
    return product


def rank(matrices):
    """Rank of each matrix, shape (B, r, c): pivots that do not vanish under elimination.

    Undefined (NaN) where a pivot all but vanishes: such an instance decides nothing.
    """
    if matrices.dtype != object:
        return np.linalg.matrix_rank(matrices).astype(float)
    ranks = np.zeros(len(matrices), dtype=int)
    unsure = np.zeros(len(matrices), dtype=bool)
    for k, matrix in enumerate(matrices):
        left = matrix.copy()
        largest = np.abs(left).max()
        for _ in range(min(matrix.shape)):
            row, column = np.unravel_index(np.abs(left).argmax(), left.shape)
            pivot = left[row, column]
            if not abs(pivot) > largest * _tiny(left):
                break
            ranks[k] += 1
            unsure[k] |= bool(abs(pivot) < largest * Decimal("1e-5"))
            left = left - (left[:, [column]] / pivot) * left[row]
    ranks = _as_kind(ranks, matrices)
    ranks[unsure] = Decimal("NaN")
    return ranks


def _bring_up_pivot(column, left, right, swap_sign=False):
    """Swap the largest entry at or below the diagonal onto it; return the pivots."""
    every = np.arange(len(left))
    best = column + np.abs(left[:, column:, column]).argmax(axis=1)
    for matrices in (left, right) if left is not right else (left,):
        upper, lower = matrices[every, column].copy(), matrices[every, best].copy()
        matrices[every, best], matrices[every, column] = upper, lower
    if swap_sign:
        flip = np.where(best == column, 1, -1)[:, None]
        left[:, column] = left[:, column] * flip
    return left[:, column, column].copy()


def _vanishes(pivot, matrices):
    scale = np.abs(matrices).max(axis=(1, 2))
    return ~(np.abs(pivot) > scale * _tiny(matrices)).astype(bool)


def _tiny(array):
    return Decimal("1e-30") if array.dtype == object else 1e-11


def _as_kind(whole_numbers, like):
    if like.dtype == object:
        decimals = [Decimal(int(number)) for number in np.ravel(whole_numbers)]
        array = np.empty(len(decimals), dtype=object)
        array[:] = decimals
        return array.reshape(np.shape(whole_numbers))
    return np.array(whole_numbers, dtype=float)

"""The SVM with an RBF kernel: a cheap search for the free multipliers, then exact last steps.

The last steps compute in double precision and need only the rows of the support vectors, so the
search can be approximate. It uses pair steps on the kernel matrix in single precision. If the
kernel is so smooth that pair steps would be many, it uses the interior point method on a low-rank
approximation.
"""

import os

import numpy as np

from lossbook.svm import _polish
from lossbook.svm._central_path import central_path, round_off
from lossbook.svm._gram import GaussianRows, pivoted_cholesky
from lossbook.svm._smo import DualState

_ENOUGH = 1e-2  # violation at which the exact steps take over
_CLOSE = 1e-5  # remainder of the diagonal of a low-rank approximation
_COLUMNS = 150  # the most columns of an approximation that is worthwhile
_ROUGH = 0.35  # mean remainder of the diagonal after ten columns, for a kernel too rough


def solve_gaussian(X, gamma, y, C, *, tol, max_iter, solver):
    """(solution, the rows of the kernel matrix computed) of the SVM with the RBF kernel of X."""
    gram = GaussianRows(X, gamma)
    G = None
    if solver == "interior-point":
        G = pivoted_cholesky(gram, _CLOSE, _COLUMNS)
    elif solver == "auto" and (_pairs_are_many(len(y), C) or not _fits(len(y))):
        G = pivoted_cholesky(gram, _CLOSE, _COLUMNS, give_up=_ROUGH)
    if G is None:
        beta, steps = _pair_search(gram, y, C, max_iter)
    else:
        state, steps = central_path(G, y, C, max_iter=100)
        beta = round_off(state, y, C)
    dual = DualState(gram, y, C, beta)
    dual.n_iter = steps
    return _polish.polish(dual, tol, max_iter), gram


def _pairs_are_many(n, C):
    """Whether pair steps may be so many that testing the smoothness of K is worth ten columns.

    A step gains little on a smooth kernel, and with a large C (large compared with K_ii = 1) the
    multipliers move far; n steps cost n² operations.
    """
    return n >= 2000 or (n >= 400 and C.max() >= 10)


def _pair_search(gram, y, C, max_iter):
    """(β, number of pair steps): after n/2 steps the exact steps are faster than more pairs."""
    n = len(y)
    if not _fits(n):
        raise MemoryError(
            f"the kernel matrix of n = {n} rows takes {4e-9 * n * n:.1f} GB in single precision, "
            f"this machine has {1e-9 * _memory():.1f} GB; kernel='linear' needs no such matrix"
        )
    dual = DualState(gram.whole(np.float32), y, C, dtype=np.float32)
    dual.move_pairs(_ENOUGH, min(max_iter, max(100, n // 2)))
    lo, hi = np.minimum(0, C * y), np.maximum(0, C * y)
    beta = np.where(dual.beta <= dual.lo, lo, dual.beta)
    beta = np.where(dual.beta >= dual.hi, hi, beta)
    return _polish.balance(beta, lo, hi), dual.n_iter


def _fits(n):
    """Whether the kernel matrix in single precision is smaller than the memory."""
    return 4 * n * n <= _memory()


def _memory():
    """Bytes of memory of this machine; inf if unknown."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return np.inf

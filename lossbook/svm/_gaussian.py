"""The SVM of an RBF kernel: a cheap search for who is free, then the exact finish.

The finish computes in double precision and only needs the rows of the support vectors. So the
search before it may be crude. It takes one of two ways: pair steps on the kernel matrix in
single precision, or the interior point on a low-rank approximation, where the kernel is so
smooth that few columns give one; there pair steps would be many.
"""

import os

import numpy as np

from lossbook.svm import _finish
from lossbook.svm._central_path import central_path, round_off
from lossbook.svm._gram import GaussianRows, pivoted_cholesky
from lossbook.svm._smo import Ascent

_ENOUGH = 1e-2  # violation that is left to the finish
_CLOSE = 1e-5  # of the diagonal, that a low-rank approximation may leave
_COLUMNS = 150  # that it may have to be worth while
_ROUGH = 0.35  # of the diagonal on average: what is left after a few columns of a rough kernel


def solve_gaussian(X, gamma, y, C, *, tol, max_iter, solver):
    """(solution, the kernel matrix as far as it is known) of the SVM with the RBF kernel of X."""
    gram = GaussianRows(X, gamma)
    G = None
    if solver == "interior-point":
        G = pivoted_cholesky(gram, _CLOSE, _COLUMNS)
    elif solver == "auto" and (_pairs_are_many(len(y), C) or not _fits(len(y))):
        G = pivoted_cholesky(gram, _CLOSE, _COLUMNS, hopeless=_ROUGH)
    if G is None:
        beta, steps = _pair_search(gram, y, C, max_iter)
    else:
        state, steps = central_path(G, y, C, max_iter=100)
        beta = round_off(state, y, C)
    ascent = Ascent(gram, y, C, beta)
    ascent.n_iter = steps
    return _finish.finish(ascent, tol, max_iter), gram


def _pairs_are_many(n, C):
    """Whether pair steps may be so many that it is worth ten columns to see if K is smooth.

    A step gains little on a smooth kernel, and with a large C (large beside K_ii = 1) the
    multipliers have far to go; n steps cost n² operations.
    """
    return n >= 2000 or (n >= 400 and C.max() >= 10)


def _pair_search(gram, y, C, max_iter):
    """(β, pair steps taken): after n/2 the finish is nearer to the end than further steps."""
    n = len(y)
    if not _fits(n):
        raise MemoryError(
            f"the kernel matrix of n = {n} rows takes {4e-9 * n * n:.1f} GB in single precision, "
            f"this machine has {1e-9 * _memory():.1f} GB; kernel='linear' needs no such matrix"
        )
    ascent = Ascent(gram.whole(np.float32), y, C, dtype=np.float32)
    ascent.pairs(_ENOUGH, min(max_iter, max(100, n // 2)))
    lo, hi = np.minimum(0, C * y), np.maximum(0, C * y)
    beta = np.where(ascent.beta <= ascent.lo, lo, ascent.beta)
    beta = np.where(ascent.beta >= ascent.hi, hi, beta)
    return _finish.balance(beta, lo, hi), ascent.n_iter


def _fits(n):
    """Whether the kernel matrix in single precision is smaller than the memory."""
    return 4 * n * n <= _memory()


def _memory():
    """Bytes of memory of this machine; inf where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return np.inf

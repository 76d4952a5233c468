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
from lossbook.svm._gram import Gaussian, GaussianRows, pivoted_cholesky
from lossbook.svm._kernels import gaussian, scaled
from lossbook.svm._smo import Ascent

_ENOUGH = 1e-2  # violation that is left to the finish
_CLOSE = 1e-5  # of the diagonal, that a low-rank approximation may leave
_COLUMNS = 150  # that it may have to be worth while
_SLOW = 0.5  # violation that after n/4 steps means that there will be many more
_ROUGH = 0.35  # of the diagonal on average: what is left after a few columns of a rough kernel


def solve_gaussian(X, gamma, y, C, *, tol, max_iter, solver):
    """(solution, its scores K (α y)) of the SVM with the RBF kernel of X."""
    Z, _ = scaled(gamma, X, X)
    gram = GaussianRows(Z)
    G = pivoted_cholesky(gram, _CLOSE, _COLUMNS) if solver == "interior-point" else None
    if G is None:
        beta, steps, G = _pair_search(Z, y, C, max_iter, gram if solver == "auto" else None)
    if G is not None:
        state, steps = central_path(G, y, C, max_iter=100)
        beta = round_off(state, y, C)
    ascent = Ascent(gram, y, C, beta)
    ascent.n_iter = steps
    solution = _finish.finish(ascent, tol, max_iter)
    return solution, gram.times(solution.alpha * y)


def _pair_search(Z, y, C, max_iter, gram):
    """(β, pair steps taken, None), or (None, 0, G) where the kernel of `gram` proves smooth.

    Where n/4 steps have not come near, a look at ten columns tells whether the kernel is smooth.
    After n/2 the finish is nearer to the end than the next steps would be.
    """
    n, total = len(y), _memory()
    if 4 * n * n > total:
        G = gram and pivoted_cholesky(gram, _CLOSE, _COLUMNS, hopeless=_ROUGH)
        if G is not None:
            return None, 0, G
        raise MemoryError(
            f"the kernel matrix of n = {n} rows takes {4e-9 * n * n:.1f} GB in single precision, "
            f"this machine has {1e-9 * total:.1f} GB; kernel='linear' needs no such matrix"
        )
    single = Gaussian(gaussian(Z, Z, np.float32))
    ascent = Ascent(single, y, C, dtype=np.float32)
    ascent.pairs(_ENOUGH, min(max_iter, max(100, n // 4)))
    if gram and n >= 400 and ascent.violation > _SLOW:
        G = pivoted_cholesky(single, _CLOSE, _COLUMNS, hopeless=_ROUGH)
        if G is not None:
            return None, 0, G
    ascent.pairs(_ENOUGH, min(max_iter, max(100, n // 2)) - ascent.n_iter)
    lo, hi = np.minimum(0, C * y), np.maximum(0, C * y)
    beta = np.where(ascent.beta <= ascent.lo, lo, ascent.beta)
    beta = np.where(ascent.beta >= ascent.hi, hi, beta)
    return _finish.balance(beta, lo, hi), ascent.n_iter, None


def _memory():
    """Bytes of memory of this machine; inf where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return np.inf

"""Sparsemax: the probability vector nearest to the scores.

It teaches that all move by one number, and what falls below 0 is cut. Expected are softmax,
clipping alone, winners that take all, a move without a cut or a cut with the wrong move, a
division, shares in sorted order, and digits lost in huge scores.
"""

import numpy as np

from lossbook import softmax
from lossbook.checking import Case, Function, Mistake


def _sparsemax(z):
    """The threshold is the only τ at which the parts above it sum to 1; try each support size."""
    z = np.asarray(z, dtype=float)
    if z.size == 0:
        raise ValueError("z must not be empty")
    z = z - z.max()
    for kept in range(1, z.size + 1):
        largest = np.sort(z)[-kept:]
        p = np.maximum(z - (largest.sum() - 1) / kept, 0)
        if np.count_nonzero(p > 0) <= kept:
            return p
    raise AssertionError("some size always fits")


def _cases(rng):
    yield Case("two classes", ([0.0, 0.5],))
    yield Case("a clear winner", ([1.0, 2.0, 3.0],))
    yield Case("close scores", ([0.1, 0.2, 0.3],))
    yield Case("whole numbers", ([0, -1, 0, -3],))
    yield Case("all equal", ([0.3, 0.3, 0.3, 0.3],))
    yield Case("one entry", ([7.0],))
    yield Case("on the edge", ([1.0, 0.0, 0.5],))
    yield Case("in any order", (rng.permutation([0.1, 0.35, 0.5, -0.9, 0.2]),))
    yield Case("negative scores", (rng.uniform(-3, -2, size=6).round(2),))
    yield Case("many scores", (rng.normal(size=12).round(2),))
    yield Case("a large shift", ([1e12 + 0.25, 1e12 + 0.5, 1e12],), extreme=True)
    yield Case("huge scores", ([1e308, -1e308, 1e308],), extreme=True)
    yield Case("no entry", ([],))


def _hidden_cases(rng):
    n = int(rng.integers(4, 9))
    close = rng.integers(0, 1600, size=n) / 2**13  # all within 0.2 of each other
    yield Case("close scores", (close[:4] / 2,))
    yield Case("a clear winner", (rng.permutation(np.append(close[1:] - 2, close[0])),))
    yield Case("in any order", (rng.uniform(-1, 1, size=n).round(2),))
    yield Case("whole numbers", (rng.permutation(np.append(rng.integers(-9, 1, size=n), 0)),))
    # 2^-13 is what a float near 10^12 can still hold, so the shift itself loses nothing.
    yield Case("a large shift", (1e12 + close,), extreme=True)
    high = rng.permutation(np.append(np.ones(2), rng.uniform(-1, 0.9, size=n)))
    yield Case("huge scores", (high * rng.uniform(0.5, 1.5) * 1e308,), extreme=True)


def _checked(z):
    _sparsemax(z)  # refuses what is empty
    return np.asarray(z, dtype=float)


def _softmax(z):
    return softmax.softmax(_checked(z))


def _clipped(z):
    return np.clip(_checked(z), 0, 1)


def _one_hot_winner(z):
    z = _checked(z)
    return np.eye(z.size)[np.argmax(z)]


def _shared_winners(z):
    z = _checked(z)
    return (z == z.max()) / np.count_nonzero(z == z.max())


def _equal_shift(z):
    z = _checked(z)
    z = z - z.max()
    return z + (1 - z.sum()) / z.size


def _shift_and_clip(z):
    return np.maximum(_equal_shift(z), 0)


def _shift_clip_divide(z):
    p = _shift_and_clip(z)
    return p / p.sum()


def _clipped_and_divided(z):
    p = np.maximum(_checked(z), 0)
    return p / p.sum()


def _cut_and_divided(ask):
    """Scores below 0 cut off, and the rest divided by its sum; above 1 they may be cut as well."""
    close, apart = ask([0.1, 0.2, 0.3]), ask([0.3, -0.1])
    for said, expected in ((close, [1 / 6, 1 / 3, 1 / 2]), (apart, [1.0, 0.0])):
        if getattr(said, "shape", None) != (len(expected),) or not np.allclose(said, expected):
            return None
    return _CUT_AND_DIVIDED


_CUT_AND_DIVIDED = (
    "Scores below 0 are cut off, and the rest is divided by its sum. That gives a probability "
    "vector, but not the nearest one: move all scores by one number, and cut then."
)


def _sorted_answer(z):
    return np.sort(_sparsemax(z))[::-1]


def _divided(z):
    z = _checked(z)
    return z / z.sum()


def _large_scores_round(z):
    z = _checked(z)
    k = np.arange(1, z.size + 1)
    return np.maximum(z - np.max((np.cumsum(np.sort(z)[::-1]) - 1) / k), 0)


EXERCISE = Function(
    "sparsemax",
    "Sparsemax",
    2,
    _sparsemax,
    _cases,
    [
        Mistake(
            "This is the softmax, what the entropy gives. Sparsemax comes from half the Gini "
            "value, and may return exact zeros.",
            _softmax,
        ),
        Mistake(
            "Scores are cut off at 0 and 1 where they are. First all must be moved by one "
            "number, so that the parts above 0 sum to 1.",
            _clipped,
        ),
        Mistake(
            "The winner gets everything here. A close second should keep a share: look at "
            "(0.1, 0.2, 0.3).",
            _one_hot_winner,
        ),
        Mistake(
            "All of the largest scores share everything. A close second should keep a share "
            "as well: look at (0.1, 0.2, 0.3).",
            _shared_winners,
        ),
        Mistake(
            "The numbers sum to 1, and some are negative. The vector nearest to z among the "
            "probability vectors is asked for.",
            _equal_shift,
        ),
        Mistake(
            "One move and one cut are not enough: after the cut the sum is above 1. The move "
            "must count only the entries that stay above 0.",
            _shift_and_clip,
        ),
        Mistake(
            "You divide by the sum after the cut. That gives a probability vector, but not "
            "the nearest one: all positive entries should move by the *same* amount.",
            _shift_clip_divide,
        ),
        Mistake(_CUT_AND_DIVIDED, _clipped_and_divided),
        Mistake(
            "The shares are right and come sorted. Each belongs to the place of its score.",
            _sorted_answer,
        ),
        Mistake(
            "Dividing scores by their sum fails as soon as one is negative, and depends on a "
            "shift that should not matter.",
            _divided,
        ),
        Mistake(
            "The method is right; with huge scores the digits are lost in the sums. A common "
            "shift changes nothing: choose one that makes the scores harmless.",
            _large_scores_round,
        ),
    ],
    hidden_cases=_hidden_cases,
    probes=(_cut_and_divided,),
    on_success="It is the softmax of another impurity: put half the Gini value for the entropy in "
    "8.4.",
)

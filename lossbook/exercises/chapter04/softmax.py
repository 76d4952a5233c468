"""Softmax, row by row, for scores of any size.

It teaches that only differences of scores count (4.2), and each row has its own. Expected are
exponentials that overflow, one shift or one sum for the whole matrix, columns for rows, the
logistic function, a division or a logarithm too few or too many, clipped scores, small integers
that wrap around, and rows without an answer.
"""

import numpy as np
from scipy.special import expit

from lossbook import softmax
from lossbook.checking import Bonus, Case, Function, Mistake


def _cases(rng):
    yield Case("equal scores", ([5, 5],))
    yield Case("three scores", ([1, 2, 3],))
    yield Case("one score", ([-7.0],))
    yield Case("rows", ([[0.0, 1.0, -1.0], [2.0, 2.0, 0.5]],))
    for shape in (3, 3), (int(rng.integers(4, 7)), 3):
        yield Case("rows", (rng.normal(scale=2, size=shape).round(2),))
    yield Case("small integers (uint8)", (np.array([1, 3, 2], dtype=np.uint8),))
    yield Case("a masked class", ([-np.inf, 0.0, 1.0],))
    yield Case("scores of 10000", ([1e4, 1e4 + 1, -1e4],), extreme=True)
    yield Case("scores of 10000", ([-1e4, -1e4 - 2],), extreme=True)
    heights = np.array([[1e4, 1e4 + 1], [-1e4, -1e4 - 2]])
    yield Case("rows at different heights", (heights,), extreme=True)
    yield Case("a row that is masked throughout", ([[0.0, 1.0], [-np.inf, -np.inf]],))
    yield Case("a score that is nan", ([np.nan, 0.0],))
    yield Case("a score of +inf", ([np.inf, 0.0],))


def _hidden_cases(rng):
    def rows(n=3, K=4):
        return rng.normal(scale=2, size=(n, K)).round(2)

    def but(entry, *place):
        z = rows()
        z[place] = entry
        return z

    n = int(rng.integers(2, 5))
    yield Case("small integers (uint8)", (rng.permutation(20)[:6].astype(np.uint8),))
    yield Case("a masked class", (but(-np.inf, n - 2, n - 1),))
    yield Case("scores of 10000", (rows(1)[0] + rng.choice([-1e4, 1e4]),), extreme=True)
    heights = rng.permutation([[1e4], [0.0], [-1e4]])
    yield Case("rows at different heights", (rows() + heights,), extreme=True)
    yield Case("a row that is masked throughout", (but(-np.inf, n - 2),))
    yield Case("a score that is nan", (but(np.nan, n - 2, n - 1),))
    yield Case("a score of +inf", (but(np.inf, n - 2, n - 1),))


def _beyond(rng):
    yield Case("scores of 1e308", ([1e308, -1e308],), extreme=True)
    yield Case("scores of 1e308", ([-1.7e308, -1.7e308],), extreme=True)


def _scores(z):
    """Scores as floats, after the refusals that most of the mistakes share."""
    softmax.softmax(z)
    return np.asarray(z, dtype=float)


def shares(e, axis=-1):
    """What each number is of the sum of its row: the last step of softmax."""
    return e / e.sum(axis=axis, keepdims=True)


def _no_shift(z):
    return shares(np.exp(_scores(z)))


def _top_of_the_matrix(z):
    z = _scores(z)
    return shares(np.exp(z - z.max()))


def _largest_absolute_value(z):
    z = _scores(z)
    size = np.abs(np.where(np.isfinite(z), z, 0)).max(axis=-1, keepdims=True)
    return shares(np.exp(z - size))


def _one_sum_for_all(z):
    z = _scores(z)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum()


def _down_the_columns(z):
    z = _scores(z)
    return shares(np.exp(z - z.max(axis=0)), axis=0)


def _each_for_itself(z):
    return expit(_scores(z))


def _largest_is_one(z):
    z = _scores(z)
    return np.exp(z - z.max(axis=-1, keepdims=True))


def _logarithm(z):
    return softmax.log_softmax(z)


def _clips(z):
    return shares(np.exp(np.clip(_scores(z), -500, 500)))


def _subtracts_small_integers(z):
    _scores(z)
    z = np.asarray(z)
    return shares(np.exp((z - z.max(axis=-1, keepdims=True)).astype(float)))


def _refuses_nothing(z):
    z = np.asarray(z, dtype=float)
    return shares(np.exp(z - z.max(axis=-1, keepdims=True)))


EXERCISE = Function(
    "softmax",
    "Softmax, row by row",
    1,
    softmax.softmax,
    _cases,
    [
        Mistake(
            "The formula is right, and the exponentials leave the range of floats: e^10000 is "
            "inf, and inf / inf is nan. Only differences count (4.2), so subtract something first.",
            _no_shift,
        ),
        Mistake(
            "You subtract the largest score of the whole matrix. A row far below it then has "
            "nothing but zeros, and 0 / 0 is nan. (4.2) holds for each row with its own constant.",
            _top_of_the_matrix,
        ),
        Mistake(
            "You subtract the largest absolute value of a row. Where all scores are far below 0 "
            "each exponential is then 0, and 0 / 0 is nan. Subtract the largest score.",
            _largest_absolute_value,
        ),
        Mistake(
            "All entries together sum to 1. Each row is a sample with probabilities of its own.",
            _one_sum_for_all,
        ),
        Mistake(
            "The columns sum to 1. A row holds the scores of one sample, and (4.1) sums over its "
            "classes.",
            _down_the_columns,
        ),
        Mistake(
            "This is the logistic function, each score for itself. The probabilities do not sum "
            "to 1: softmax couples them (section 4.2).",
            _each_for_itself,
        ),
        Mistake(
            "The largest entry is 1, and nothing sums to 1: divide by the sum as well.",
            _largest_is_one,
        ),
        Mistake("This is ln q, the first line of (4.1). Asked for is q.", _logarithm),
        Mistake(
            "Clipping the scores makes 10000 and 10001 the same. Subtracting as in (4.2) changes "
            "no probability; clipping does.",
            _clips,
        ),
        Mistake(
            "Small integers wrap around when they are subtracted: 1 − 3 is 254 as uint8. Turn "
            "the scores into floats first.",
            _subtracts_small_integers,
        ),
        Mistake(
            "Scores without an answer are let in. Where the largest score of a row is nan or "
            "infinite, raise a ValueError.",
            _refuses_nothing,
        ),
    ],
    hidden_cases=_hidden_cases,
    atol=1e-30,
    bonus=Bonus(
        _beyond,
        "The difference of two such scores can leave the range of floats. −inf is no harm: its "
        "exponential is 0. +inf or nan is.",
    ),
    version=2,
    on_success="Three lines, and no score is too large. `lossbook.softmax.softmax` does the same. "
    "`scipy.special.softmax(z, axis=-1)` does, too, where there is an answer; where there is none "
    "it says nan.",
)

"""A root that does not overflow: the root of (2.1) for residuals of any size.

It teaches to divide by the largest residual before anything is squared. Expected are the mean
without its root, the root of the sum, the mean absolute error, squares that leave the range of
floats, small integers that wrap around, 0 / 0 for a perfect prediction, and shapes that NumPy
stretches.
"""

import numpy as np

from lossbook import regression
from lossbook.checking import Case, Function, Mistake


def _cases(rng):
    yield Case("small numbers", ([3, 4], [0, 0]))
    yield Case("small numbers", ([1.0, 2.0, 3.0], [2.0, 2.0, 5.0]))
    yield Case("one sample", ([7.0], [4.5]))
    yield Case("perfect predictions", ([1.0, -2.0], [1.0, -2.0]))
    n = int(rng.integers(4, 9))
    yield Case("ordinary numbers", (rng.normal(size=n).round(2), rng.normal(size=n).round(2)))
    grey = np.array([0, 200], dtype=np.uint8), np.array([16, 100], dtype=np.uint8)
    yield Case("small integers (uint8)", grey)
    yield Case("numbers below 0", ([-1.0, -2.0], [-4.0, -6.0]))
    yield Case("targets of 0", ([0.0, 0.0], [-3.0, 4.0]))
    big = np.array([1e200, -1e200]) * rng.integers(1, 9)
    tiny = big / 1e200 / 1e200
    yield Case("huge residuals", (big, np.zeros(2)), extreme=True)
    yield Case("huge residuals", ([1e-3, 1e-3], [-1e200, -1e200]), extreme=True)
    for sign in (1, -1):
        yield Case("huge residuals", ([sign, -sign * 1e200], [0.0, 0.0]), extreme=True)
    yield Case("tiny residuals", (tiny, np.zeros(2)), extreme=True)
    yield Case("tiny residuals", (np.zeros(2), tiny), extreme=True)
    # One entry is far larger than each residual, so dividing by it leaves too little.
    yield Case("tiny residuals", ([1.0, 0.0], [1.0, 1e-200]), extreme=True)
    yield Case("shapes that differ", ([1.0, 2.0], [[1.0], [2.0]]))
    yield Case("shapes that differ", ([[1.0], [2.0]], [1.0, 2.0]))
    yield Case("lengths that differ", ([1.0, 2.0, 4.0], [3.0]))
    yield Case("no sample at all", ([], []))


def _hidden_cases(rng):
    n = int(rng.integers(4, 9))

    def far(size):
        return rng.uniform(1, 9, size=n) * rng.choice([-1, 1], size=n) * size

    high, low = (rng.integers(*ends, size=n).astype(np.uint8) for ends in ((190, 256), (0, 60)))
    yield Case("small integers (uint8)", (high, low))
    yield Case("small integers (uint8)", (low, high))
    for pair in ((far(1e200), far(1e199)), (far(1), far(1e200))):
        yield Case("huge residuals", pair, extreme=True)
    for pair in ((far(1e-200), np.zeros(n)), (np.zeros(n), far(1e-200))):
        yield Case("tiny residuals", pair, extreme=True)
    yield Case("numbers below 0", (-np.abs(far(1)), -np.abs(far(1))))
    yield Case("targets of 0", (np.zeros(n), far(1)))
    perfect = far(1)
    yield Case("perfect predictions", (perfect, perfect))
    yield Case("shapes that differ", (perfect, perfect[:, None]))
    yield Case("shapes that differ", (perfect[:, None], perfect))
    yield Case("lengths that differ", (perfect[:1], perfect))


def _as_float(y_true, y_pred):
    y, f = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
    if y.shape != f.shape or y.size == 0:
        raise ValueError("shapes differ")
    return f - y


def _mean_of_squares(y_true, y_pred):
    return np.mean(_as_float(y_true, y_pred) ** 2)


def _root_of_sum(y_true, y_pred):
    return np.linalg.norm(_as_float(y_true, y_pred))


def _mean_absolute(y_true, y_pred):
    return np.mean(np.abs(_as_float(y_true, y_pred)))


def _naive_root(y_true, y_pred):
    return np.sqrt(np.mean(_as_float(y_true, y_pred) ** 2))


def _divides_by_a_target(y_true, y_pred):
    r = _as_float(y_true, y_pred)
    scale = np.max(np.asarray(y_true, dtype=float))
    return scale * np.sqrt(np.mean((r / scale) ** 2)) if scale else _naive_root(y_true, y_pred)


def _wraps_around(y_true, y_pred):
    y, f = np.asarray(y_true), np.asarray(y_pred)
    _as_float(y, f)
    r = f - y
    scale = np.abs(r).max()
    return scale * np.sqrt(np.mean((r / scale) ** 2)) if scale else 0.0


def _divides_by_zero(y_true, y_pred):
    r = _as_float(y_true, y_pred)
    scale = np.abs(r).max()
    return scale * np.sqrt(np.mean((r / scale) ** 2))


def _broadcasts(y_true, y_pred):
    y, f = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
    if y.size == 0:
        raise ValueError("empty")
    r = f - y
    scale = np.abs(r).max()
    return scale * np.sqrt(np.mean((r / scale) ** 2)) if scale else 0.0


EXERCISE = Function(
    "root_mean_squared_error",
    "A root that does not overflow",
    1,
    regression.root_mean_squared_error,
    _cases,
    [
        Mistake("This is the mean squared error (2.1): the root is missing.", _mean_of_squares),
        Mistake(
            "This is the root of the *sum*: (2.1) divides by n before the root is taken.",
            _root_of_sum,
        ),
        Mistake("This is the mean absolute error: square before you average.", _mean_absolute),
        Mistake(
            "The formula is right, and the squares leave the range of floats: 1e200 squared is "
            "inf, 1e-200 squared is 0. Divide by the largest residual first, multiply after.",
            _naive_root,
        ),
        Mistake(
            "You divide by the largest target. It can be 0, negative, or of another size than the "
            "residuals: divide by the largest |residual|.",
            _divides_by_a_target,
        ),
        Mistake(
            "Small integers wrap around when they are subtracted: 0 − 200 is 56 as uint8. Turn "
            "both into floats first.",
            _wraps_around,
        ),
        Mistake(
            "Where every residual is 0 you divide 0 by 0. A perfect prediction has the root 0.",
            _divides_by_zero,
        ),
        Mistake(
            "Shapes that differ must be refused: NumPy compares every target with every "
            "prediction for (n,) and (n, 1), and stretches an array of one number.",
            _broadcasts,
        ),
    ],
    hidden_cases=_hidden_cases,
    atol=0,
    version=2,
    on_success="It gives 1e200 where `np.sqrt(np.mean(r**2))` gives inf. "
    "`regression.root_mean_squared_error` does the same.",
)

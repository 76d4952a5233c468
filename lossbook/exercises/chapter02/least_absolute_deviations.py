"""A linear programme: the line with the least sum of absolute residuals.

It teaches how one bound for each residual turns a kink into linear rules. Expected are the bounds
that `linprog` assumes, least squares, one bound for all residuals, and one inequality of the two.
The sum is compared and not the weights, since the minimum may be flat.
"""

import numpy as np

from lossbook.checking import Case, Function, Mistake
from lossbook.exercises._shared import as_low


def _cases(rng):
    yield Case("only a constant", (np.ones((3, 1)), np.array([0.0, 1.0, 20.0])))
    yield Case("a falling line", (np.array([[1.0, 0], [1, 1], [1, 2]]), np.array([3.0, 2.0, 1.0])))
    yield Case("negative targets", (np.ones((3, 1)), np.array([-5.0, -4.0, -9.0])))
    for _ in range(2):
        n = int(rng.integers(9, 15))
        X = np.column_stack([np.ones(n), rng.normal(size=(n, 2)).round(2)])
        y = (X @ rng.normal(size=3) + rng.standard_t(2, size=n)).round(2)
        yield Case("many points", (X, y))


def _hidden_cases(rng):
    X = np.column_stack([np.ones(7), np.sort(rng.normal(size=7)).round(2)])
    falling = (X @ np.array([1.0, -rng.uniform(1, 3)]) + rng.uniform(-0.2, 0.2, size=7)).round(2)
    yield Case("a falling line", (X, falling))
    # Skewed, so that neither the mean nor the middle of the range can be the median by chance.
    targets = rng.permutation(rng.uniform([1, 1, 1, 5, 5], [2, 2, 2, 9, 9]).round(2))
    yield Case("negative targets", (np.ones((5, 1)), -targets))
    targets = rng.gamma(2, size=9).round(2) + 20 * (np.arange(9) == rng.integers(9))
    yield Case("only a constant", (np.ones((9, 1)), targets))


def _programme(X, y, upper, bounds, cost):
    from scipy.optimize import linprog

    n, d = X.shape
    A = np.block([[X, -np.eye(n)], [-X, -np.eye(n)]])[upper]
    b = np.concatenate([y, -y])[upper]
    return linprog(cost(n, d), A_ub=A, b_ub=b, bounds=bounds(n, d)).x[:d]


def _lad(X, y):
    return _programme(X, y, slice(None), _free, _sum_of_t)


def _sum_of_t(n, d):
    return np.r_[np.zeros(d), np.ones(n)]


def _free(n, d):
    return [(None, None)] * (n + d)


def _default_bounds(X, y):
    return _programme(X, y, slice(None), lambda n, d: (0, None), _sum_of_t)


def _squares(X, y):
    return np.linalg.lstsq(X, y, rcond=None)[0]


def _largest(X, y):
    """Least *largest* residual: one t for all."""
    from scipy.optimize import linprog

    n, d = X.shape
    A = np.block([[X, -np.ones((n, 1))], [-X, -np.ones((n, 1))]])
    cost = np.r_[np.zeros(d), 1]
    return linprog(cost, A_ub=A, b_ub=np.r_[y, -y], bounds=[(None, None)] * (d + 1)).x[:d]


def _one_side(X, y):
    """Only t ≥ y − Xw, and t ≥ 0: nothing holds the line from above."""

    def bounds(n, d):
        return [(-1e3, 1e3)] * d + [(0, None)] * n

    return _programme(X, y, slice(len(y), None), bounds, _sum_of_t)


def _same_absolute(case, w, best):
    X, y = case.args
    if not np.isfinite(w).all():
        return "a weight is not finite"
    found, least = np.abs(X @ w - y).sum(), np.abs(X @ best - y).sum()
    return as_low(found, least, "the sum of absolute residuals", within=1e-8)


EXERCISE = Function(
    "least_absolute_deviations",
    "A linear programme",
    4,
    _lad,
    _cases,
    [
        Mistake(
            "Your weights cannot be negative: `linprog` assumes bounds (0, None) unless you say "
            "bounds=(None, None).",
            _default_bounds,
        ),
        Mistake("This is least squares. Where are the t?", _squares),
        Mistake(
            "There is one t for all residuals, so this minimises the largest one. Take a t for "
            "each sample.",
            _largest,
        ),
        Mistake(
            "Only one of the two inequalities is there: −t ≤ y − Xw ≤ t are two rows each.",
            _one_side,
        ),
    ],
    hidden_cases=_hidden_cases,
    accepts=_same_absolute,
    on_success="The weights need not be those of `QuantileRegressor`: where the minimum is flat, "
    "each solver stops somewhere else. The objective is the same.",
    seconds=5,
    version=2,
)

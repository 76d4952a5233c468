"""From a constant to a line: Huber regression by weighted least squares, again and again.

It teaches that a parabola from above (2.10), once minimised, lowers the loss. Expected are a
single step, weights that never enter or enter squared, the weight of the absolute error, and far
points that are left out. The loss is compared and not the weights, so any solver is right.
"""

import numpy as np

from lossbook import regression
from lossbook.checking import Case, Function, Mistake
from lossbook.exercises._shared import as_low


def _cases(rng):
    X = np.array([[1, 0], [1, 1], [1, 2], [1, 3]], dtype=float)
    yield Case("points on a line", (X, np.array([1.0, 2.0, 3.0, 4.0]), 1.0))
    yield Case("one outlier", (X, np.array([0.0, 1.0, 2.0, 30.0]), 1.0))
    yield Case("only a constant", (np.ones((3, 1)), np.array([0.0, 1.0, 20.0]), 2.0))
    for delta in (0.5, 1.5):
        n, d = int(rng.integers(12, 20)), 3
        X = np.column_stack([np.ones(n), rng.normal(size=(n, d - 1)).round(2)])
        y = (X @ rng.normal(size=d) + rng.standard_t(2, size=n)).round(2)
        yield Case("many points", (X, y, delta))
    yield Case("a border beyond all residuals", (X, y, 1e3))
    yield Case("δ = 0", (np.ones((2, 1)), np.array([0.0, 1.0]), 0.0))


def _hidden_cases(rng):
    n = int(rng.integers(6, 10))
    X = np.column_stack([np.ones(n), rng.permutation(20)[:n]]).astype(float)
    y = (X @ rng.normal(size=2) + rng.uniform(-0.3, 0.3, size=n)).round(2)
    y[rng.integers(n)] += rng.uniform(20, 50)
    yield Case("one outlier", (X, y, 1.0))
    # The median must not be right, as it may be where the numbers are further apart than δ.
    skewed = rng.uniform([0, 0, 0, 0, 1, 1, 20], [0.2, 0.2, 0.2, 0.2, 3, 3, 50]).round(3)
    yield Case("only a constant", (np.ones((7, 1)), rng.permutation(skewed), 2.0))
    yield Case("δ = 0", (X, y, 0.0))


def _fit(X, y, delta, weight, steps=20_000):
    """Weighted least squares again and again; `weight(r, delta)` is what the mistakes change."""
    if delta <= 0:
        raise ValueError("delta must be greater than 0")
    w = np.linalg.lstsq(X, y, rcond=None)[0]
    for _ in range(steps):
        root = np.sqrt(weight(X @ w - y, delta))
        new = np.linalg.lstsq(root[:, None] * X, root * y, rcond=None)[0]
        if np.abs(new - w).max() <= 1e-13 * max(1, np.abs(w).max()):
            break
        w = new
    return new


def _huber_weight(r, delta):
    return np.minimum(1, delta / np.maximum(np.abs(r), 1e-300))


def _huber_line(X, y, delta):
    return _fit(X, y, delta, _huber_weight)


def _one_step(X, y, delta):
    return _fit(X, y, delta, _huber_weight, steps=1)


def _trims_once(X, y, delta):
    """Least squares, residuals cut off at ±δ, and least squares again."""
    w = _least_squares(X, y, delta)
    cut = X @ w + np.clip(y - X @ w, -delta, delta)
    return np.linalg.lstsq(X, cut, rcond=None)[0]


def _least_squares(X, y, delta):
    return _fit(X, y, delta, lambda r, delta: np.ones_like(r))


def _weights_squared(X, y, delta):
    return _fit(X, y, delta, lambda r, delta: _huber_weight(r, delta) ** 2)


def _no_minimum(X, y, delta):
    def weight(r, delta):
        return delta / np.maximum(np.abs(r), 1e-8)

    return _fit(X, y, delta, weight, steps=3000)


def _drops_far_points(X, y, delta):
    return _fit(X, y, delta, lambda r, delta: (np.abs(r) <= delta) + 1e-12, steps=100)


def _same_loss(case, w, best):
    X, y, delta = case.args
    if not np.isfinite(w).all():
        return "a weight is not finite: what does your code do with a residual of exactly 0?"
    if not np.isfinite(X @ w).all():
        return "the weights are so large that a prediction leaves the range of floats"
    found, least = (regression.mean_huber_loss(y, X @ v, delta=delta) for v in (w, best))
    return as_low(found, least, "the mean Huber loss of these weights", within=1e-8)


EXERCISE = Function(
    "huber_regression",
    "From a constant to a line",
    3,
    _huber_line,
    _cases,
    [
        Mistake("This is one step only. Repeat until the weights no longer change.", _one_step),
        Mistake(
            "You cut the residuals of least squares off at ±δ and fit once more. The new line has "
            "new residuals: repeat until the weights no longer change.",
            _trims_once,
        ),
        Mistake("This is least squares: the weights ω of (2.10) never enter.", _least_squares),
        Mistake(
            "The weights enter squared. `lstsq` squares what you multiply the rows with: give it "
            "the *root* of ω.",
            _weights_squared,
        ),
        Mistake(
            "This minimises the absolute error: the weight of (2.10) is min(1, δ/|r|), not δ/|r|.",
            _no_minimum,
        ),
        Mistake(
            "You leave out the far points. (2.10) keeps them, with the smaller weight δ/|r|.",
            _drops_far_points,
        ),
    ],
    hidden_cases=_hidden_cases,
    accepts=_same_loss,
    on_success="Each step can only lower the loss, by (2.10): a parabola from above is minimised.",
    seconds=5,
    version=2,
)

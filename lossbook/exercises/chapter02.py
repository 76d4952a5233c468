"""Exercises to chapter 2: squared error and its relatives."""

import numpy as np

from lossbook import regression
from lossbook.grading import Case, Choice, Function, Mistake, Prediction, Proof

# ------------------------------------------------------------ a root that does not overflow


def _root_cases(rng):
    yield Case("small numbers", ([3, 4], [0, 0]))
    yield Case("small numbers", ([1.0, 2.0, 3.0], [2.0, 2.0, 5.0]))
    yield Case("one sample", ([7.0], [4.5]))
    yield Case("perfect predictions", ([1.0, -2.0], [1.0, -2.0]))
    n = int(rng.integers(4, 9))
    yield Case("ordinary numbers", (rng.normal(size=n).round(2), rng.normal(size=n).round(2)))
    grey = np.array([0, 200], dtype=np.uint8), np.array([16, 100], dtype=np.uint8)
    yield Case("small integers (uint8)", grey)
    big = np.array([1e200, -1e200]) * rng.integers(1, 9)
    yield Case("huge residuals", (big, np.zeros(2)), extreme=True)
    yield Case("tiny residuals", (big / 1e200 / 1e200, np.zeros(2)), extreme=True)
    yield Case("shapes that differ", ([1.0, 2.0], [[1.0], [2.0]]))
    yield Case("no sample at all", ([], []))


def _root_afresh(rng):
    n = int(rng.integers(4, 9))

    def far(size):
        return rng.uniform(1, 9, size=n) * rng.choice([-1, 1], size=n) * size

    high, low = (rng.integers(*ends, size=n).astype(np.uint8) for ends in ((190, 256), (0, 60)))
    yield Case("small integers (uint8)", (high, low))
    yield Case("small integers (uint8)", (low, high))
    yield Case("huge residuals", (far(1e200), far(1e199)), extreme=True)
    yield Case("tiny residuals", (far(1e-200), np.zeros(n)), extreme=True)
    perfect = far(1)
    yield Case("perfect predictions", (perfect, perfect))
    yield Case("shapes that differ", (perfect, perfect[:, None]))


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


ROOT = Function(
    "root_mean_squared_error",
    "A root that does not overflow",
    1,
    regression.root_mean_squared_error,
    _root_cases,
    [
        Mistake(
            "This is the mean squared error (2.1): the root is missing.", _mean_of_squares
        ),
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
            "Small integers wrap around when they are subtracted: 0 − 200 is 56 as uint8. Turn "
            "both into floats first.",
            _wraps_around,
        ),
        Mistake(
            "Where every residual is 0 you divide 0 by 0. A perfect prediction has the root 0.",
            _divides_by_zero,
        ),
        Mistake(
            "Shapes (n,) and (n, 1) must be refused: NumPy compares every target with every "
            "prediction otherwise.",
            _broadcasts,
        ),
    ],
    afresh=_root_afresh,
    atol=0,
    done="It gives 1e200 where `np.sqrt(np.mean(r**2))` gives inf. "
    "`regression.root_mean_squared_error` does the same.",
)

# ---------------------------------------------------------------------- the weighted mean


def _weighted_mean():
    from lossbook.derive import Exercise

    return Exercise(
        "The weighted mean",
        r"""
Let i \in \{1,\dots,n\}, y_i \in \mathbb{R}, w_i > 0, c \in \mathbb{R}
Define W = \sum_i w_i
Define m = \frac1W \sum_i w_i y_i
""",
        start=r"\sum_i w_i (y_i - c)^2",
        goal=r"\sum_i w_i (y_i - m)^2 + W (c - m)^2",
        at_least=3,
    )


WEIGHTS = Proof(
    "weighted_mean",
    "The weighted mean",
    2,
    _weighted_mean,
    solution=r"""
= \sum_i w_i \left( (y_i - m) + (m - c) \right)^2
= \sum_i w_i (y_i - m)^2 + 2 (m - c) \sum_i w_i (y_i - m) + (m - c)^2 \sum_i w_i
= \sum_i w_i (y_i - m)^2 + W (c - m)^2
""",
    false=[
        (r"= \sum_i w_i (y_i - m)^2 + n (c - m)^2", 1),
        (
            r"""
= \sum_i w_i \left( (y_i - m) + (m - c) \right)^2
= \sum_i w_i (y_i - m)^2 + \sum_i w_i (y_i - m) (m - c) + W (m - c)^2 + c
""",
            2,
        ),
    ],
    done="So the weighted mean m is the only best constant, and only the middle term needed m.",
)

# ------------------------------------------------------------------------- two predictions

EVEN = Choice(
    "even_and_odd",
    "Even and odd",
    2,
    {
        "a": "4, the mean",
        "b": "3 only, halfway between the two middle targets",
        "c": "every number from 2 to 4",
        "d": "2 and 4, and nothing between them",
    },
    "c",
    {
        "a": "The mean is the best constant for *squares*. Count with (2.8): how many targets "
        "lie below 4, how many above?",
        "b": "3 is best, but is it the only one? Move from 3 to 3.1: two targets come 0.1 closer, "
        "two go 0.1 farther.",
        "d": "2 and 4 are best. Between them the slope (2.8) is 2 − 2 = 0: what does the loss do?",
    },
    because="Between 2 and 4 two targets lie below and two above, so the slope (2.8) is 0 and "
    "the loss is flat: 1 + 0 + 2 + 7 = 10 at 2, and 10 everywhere up to 4.",
    variable="best",
)

NEWSAGENT = Prediction(
    "newsagent",
    "The newsagent",
    2,
    2 / 3,
    [
        (1 / 3, "The quantile the other way round. Running out is the dearer mistake here, so "
         "she should run out *rarely*."),
        (0.5, "The median treats both mistakes alike. What does one unsold paper cost her, what "
         "one customer sent away?"),
        (3 / 4, "A customer sent away does not cost the price 3, but the profit missed: 3 − 1."),
        (2.0, "2 is the cost of a customer sent away. The quantile is its share of both costs."),
        (0.25, "One paper too many costs 1; one too few costs the profit 3 − 1. Put the second on "
         "top: τ = cost of too few / (cost of too few + cost of too many)."),
    ],
    because="One paper too few costs the profit, 3 − 1 = 2; one too many costs 1. So her loss is "
    "3 times the pinball loss (2.9) with τ = 2 / (2 + 1), and (2.9) asks for that quantile.",
    variable="tau",
)

# ------------------------------------------------------------------ from a constant to a line


def _line_cases(rng):
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


def _line_afresh(rng):
    n = int(rng.integers(6, 10))
    X = np.column_stack([np.ones(n), rng.permutation(20)[:n]]).astype(float)
    y = (X @ rng.normal(size=2) + rng.uniform(-0.3, 0.3, size=n)).round(2)
    y[rng.integers(n)] += rng.uniform(20, 50)
    yield Case("one outlier", (X, y, 1.0))
    yield Case("only a constant", (np.ones((n, 1)), y, 2.0))
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
    if found <= least + 1e-8 * (1 + least):
        return True
    return f"the mean Huber loss of these weights is {found:.6g}, and {least:.6g} can be reached"


LINE = Function(
    "huber_regression",
    "From a constant to a line",
    3,
    _huber_line,
    _line_cases,
    [
        Mistake("This is one step only. Repeat until the weights stand still.", _one_step),
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
    afresh=_line_afresh,
    accepts=_same_loss,
    done="Each step can only lower the loss, by (2.10): a parabola from above is minimised.",
    seconds=5,
)

# ------------------------------------------------------------------------ a linear programme


def _lad_cases(rng):
    yield Case("only a constant", (np.ones((3, 1)), np.array([0.0, 1.0, 20.0])))
    yield Case("a falling line", (np.array([[1.0, 0], [1, 1], [1, 2]]), np.array([3.0, 2.0, 1.0])))
    yield Case("negative targets", (np.ones((3, 1)), np.array([-5.0, -4.0, -9.0])))
    for _ in range(2):
        n = int(rng.integers(9, 15))
        X = np.column_stack([np.ones(n), rng.normal(size=(n, 2)).round(2)])
        y = (X @ rng.normal(size=3) + rng.standard_t(2, size=n)).round(2)
        yield Case("many points", (X, y))


def _lad_afresh(rng):
    X = np.column_stack([np.ones(7), np.sort(rng.normal(size=7)).round(2)])
    falling = (X @ np.array([1.0, -rng.uniform(1, 3)]) + rng.uniform(-0.2, 0.2, size=7)).round(2)
    yield Case("a falling line", (X, falling))
    yield Case("negative targets", (np.ones((5, 1)), -rng.uniform(1, 9, size=5).round(2)))
    yield Case("only a constant", (np.ones((9, 1)), rng.gamma(2, size=9).round(2)))


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
    if found <= least + 1e-8 * (1 + least):
        return True
    return f"the sum of absolute residuals is {found:.6g}, and {least:.6g} can be reached"


LAD = Function(
    "least_absolute_deviations",
    "A linear programme",
    4,
    _lad,
    _lad_cases,
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
    afresh=_lad_afresh,
    accepts=_same_absolute,
    done="The weights need not be those of `QuantileRegressor`: where the minimum is flat, each "
    "solver stops somewhere else. The objective is the same.",
    seconds=5,
)

EXERCISES = [ROOT, WEIGHTS, EVEN, NEWSAGENT, LINE, LAD]

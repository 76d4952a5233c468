"""Newton, and when to give up: logistic regression, with a penalty or without.

It teaches to shorten a step that does not lower the objective, and that separable samples have
no minimum without a penalty (4.13). Expected are one step, full steps only, separable samples
that go unnoticed or are always refused, a penalty that is missing, upside down or of another
size, labels 0 and 1, and least squares.
"""

import numpy as np
from scipy.special import expit

from lossbook import softmax
from lossbook.checking import Case, Function, Mistake


def _cases(rng):
    coin = np.ones((3, 1)), np.array([1, 1, -1])
    yield Case("a constant, no penalty", (*coin, np.inf))
    yield Case("a constant", (*coin, 1.0))
    line = np.array([[1.0, 0], [1, 1], [1, 2], [1, 3]]), np.array([-1, -1, 1, 1])
    yield Case("separable, with a penalty", (*line, 1.0))
    yield Case("separable, with a weak penalty", (*line, 1e4))
    for C in (0.5, 50.0):
        X, y = _overlapping(rng)
        yield Case("many samples", (X, y, C))
    yield Case("many samples, no penalty", (X, y, np.inf))
    X = np.array([[-3.0, 40], [-50, 40], [2, -10], [1, -1], [10, 40]])
    yield Case("a step that is too long", (X, np.array([-1, -1, 1, 1, 1]), 1000.0))
    X = np.array([[1.0, 0], [1, -10], [-30, 40], [40, 50]])
    yield Case("a penalty that pulls back", (X, np.array([-1, 1, -1, -1]), 1.0))
    yield Case("separable, no penalty", (*line, np.inf))
    y = np.where(rng.normal(size=12) > 0, 1, -1)
    y[:2] = 1, -1
    apart = np.column_stack([y * rng.uniform(0.5, 2, size=12), rng.normal(size=12)]).round(2)
    yield Case("separable, no penalty", (apart, y, np.inf))


def _hidden_cases(rng):
    def turned(X, y, C):
        """The same question with samples and features mixed, and in another unit u: with X u
        and C / u² the objective is what it was, only the weights are divided by u."""
        order, turn, unit = rng.permutation(len(y)), rng.permutation(2), rng.uniform(0.5, 2)
        return (X * unit * rng.choice([-1, 1], size=2))[order][:, turn], y[order], C / unit**2

    X = np.array([[-3.0, 40], [-50, 40], [2, -10], [1, -1], [10, 40]])
    yield Case("a step that is too long", turned(X, np.array([-1, -1, 1, 1, 1]), 1000.0))
    X = np.array([[1.0, 0], [1, -10], [-30, 40], [40, 50]])
    yield Case("a penalty that pulls back", turned(X, np.array([-1, 1, -1, -1]), 1.0))
    y = np.where(np.arange(8) < rng.integers(2, 7), -1, 1)
    x = np.cumsum(rng.uniform(0.2, 1, size=8)).round(2)
    line = np.column_stack([np.ones(8), x - x[y < 0].max() - 0.1])
    yield Case("separable, with a penalty", (line, y, round(float(rng.uniform(0.5, 5)), 2)))
    yield Case("separable, with a weak penalty", (line, y, float(rng.integers(1000, 9000))))
    yield Case("separable, no penalty", (line, y, np.inf))


def _overlapping(rng):
    """Samples that no plane separates: the first four alone see to that."""
    n = int(rng.integers(14, 20))
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 2)).round(2)])
    y = np.where(X @ rng.normal(size=3) + rng.logistic(size=n) > 0, 1, -1)
    X[:4, 1:] = [[1, 0], [-1, 0], [0, 1], [0, -1]]
    X[4:8] = X[:4]
    y[:8] = 1, 1, 1, 1, -1, -1, -1, -1
    return X, y


def _reference(X, y, C):
    """Two rows of scores with C/2 in the place of one with C: (4.9a)."""
    both = softmax.SoftmaxRegression(C=C / 2, fit_intercept=False, tol=1e-12).fit(X, y)
    return both.coef_[1] - both.coef_[0]


def _newton(X, y, C, steps=40, *, damped=True, notices=True):
    """Newton's method with the least wrong about it; the mistakes change one thing each."""

    def objective(w):
        return np.sum(np.logaddexp(0, -y * (X @ w))) + w @ w / (2 * C)

    w = np.zeros(X.shape[1])
    for _ in range(steps):
        m = y * (X @ w)
        if notices and np.isinf(C) and m.min() > 0:
            raise ValueError("separable")
        q = expit(-m)
        gradient = w / C - X.T @ (y * q)
        hessian = (X.T * (q * expit(m))) @ X + np.eye(len(w)) / C
        step = -np.linalg.lstsq(hessian, gradient, rcond=None)[0]
        while damped and objective(w + step) > objective(w):
            step = step / 2
        w = w + step
        if np.abs(step).max() <= 1e-13 * np.abs(w).max():
            break
    return w


def _refused(X, y, C):
    """Without a penalty: refuse what is separable, as most of the mistakes do."""
    if np.isinf(C):
        _newton(X, y, C)


def _one_newton_step(X, y, C):
    _refused(X, y, C)
    return _newton(X, y, C, steps=1)


def _full_steps(X, y, C):
    return _newton(X, y, C, damped=False)


def _never_notices(X, y, C):
    return _newton(X, y, C, notices=False)


def _refuses_every_plane(X, y, C):
    w = _newton(X, y, C)
    if (y * (X @ w)).min() > 0:
        raise ValueError("separable")
    return w


def _ignores_the_penalty(X, y, C):
    return _newton(X, y, np.inf, notices=np.isinf(C))


def _penalty_upside_down(X, y, C):
    return _newton(X, y, 1 / C if np.isfinite(C) else np.inf)


def _mean_and_penalty(X, y, C):
    return _newton(X, y, C / len(y))


def _softmax_weight(X, y, C):
    return _newton(X, y, C / 2)


def _labels_zero_one(X, y, C):
    _refused(X, y, C)
    w = np.zeros(X.shape[1])
    for _ in range(30):
        q = expit(X @ w)
        gradient = w / C + X.T @ (q - y)
        hessian = (X.T * (q * (1 - q))) @ X + np.eye(len(w)) / C
        w = w - np.linalg.lstsq(hessian, gradient, rcond=None)[0]
    return w


def _least_squares(X, y, C):
    _refused(X, y, C)
    return np.linalg.lstsq(X, y, rcond=None)[0]


def _gradient(X, y, C, w):
    return w / C - X.T @ (y * expit(-y * (X @ w)))


_COIN = np.ones((3, 1)), np.array([1, 1, -1]), 1.0
_ROWS = np.array([[1.0, 0], [1, 1], [1, 2], [1, 3]])
_LINES = [(_ROWS, np.array([-1, 1, -1, 1]), 1.0), (_ROWS, np.array([-1, -1, 1, 1]), 1e4)]


def _goes_uphill(ask):
    """Two labels of three are +1, so the only weight must be positive."""
    w = ask(*_COIN)
    if not isinstance(w, np.ndarray) or w.shape != (1,) or not w[0] < 0:
        return None
    return (
        f"For X = [[1], [1], [1]], y = [1, 1, -1] and C = 1 your weight is {w[0]:.4g}, but it must "
        "be positive: two labels of three are +1. The sign of the gradient or of the step is wrong."
    )


def _not_there_yet(ask):
    """The gradient at the weights that came back is small, and not as small as it should be."""
    for X, y, C in _LINES:
        w = ask(X, y, C)
        if not isinstance(w, np.ndarray) or w.shape != (2,) or not np.isfinite(w).all():
            return None
        slope = np.abs(_gradient(X, y, C, w)).max()
        if 1e-8 < slope < 0.1:
            return (
                f"Near the minimum, but not at it: for X = {X.tolist()}, y = {y.tolist()} and C = "
                f"{C:g} the gradient at your weights is still {slope:.1g}. Repeat Newton's step "
                "until the weights no longer change; gradient descent and general solvers stop "
                "earlier."
            )
    return None


EXERCISE = Function(
    "newton_logistic_regression",
    "Newton, and when to give up",
    3,
    _reference,
    _cases,
    [
        Mistake(
            "This is one Newton step from 0. Repeat until the weights no longer change.",
            _one_newton_step,
        ),
        Mistake(
            "Right where full steps work. One data set makes the parabola of a step a poor guide: "
            "the objective rises, and the weights run away. Shorten a step that does not lower it.",
            _full_steps,
        ),
        Mistake(
            "With C = np.inf and separable samples you return weights. There are none: by (4.13) "
            "longer is always better. Once all margins are positive, refuse.",
            _never_notices,
        ),
        Mistake(
            "You refuse separable samples also where there is a penalty. With a finite C the "
            "minimum exists: (4.13) is about the loss without a penalty.",
            _refuses_every_plane,
        ),
        Mistake(
            "C does not enter: this minimises the loss without the penalty of section 4.9.",
            _ignores_the_penalty,
        ),
        Mistake(
            "C multiplies the penalty. It should multiply the *data* (section 4.9): the larger, "
            "the weaker the penalty.",
            _penalty_upside_down,
        ),
        Mistake(
            "The losses are averaged, and the penalty is not. The objective has C times the "
            "*sum* of the losses.",
            _mean_and_penalty,
        ),
        Mistake(
            "This is the minimum for C/2: either ½ ‖w‖² has lost its ½, or you took the C of the "
            "two-class softmax, see (4.9a).",
            _softmax_weight,
        ),
        Mistake(
            "σ(f) − y is predicted minus true for labels 0 and 1. Here y is −1 or +1, and the "
            "pull is (4.8a).",
            _labels_zero_one,
        ),
        Mistake(
            "These are least squares on the labels, and no logistic loss at all.", _least_squares
        ),
    ],
    hidden_cases=_hidden_cases,
    probes=(_goes_uphill, _not_there_yet),
    rtol=1e-7,
    atol=1e-9,
    on_success="Twenty lines, and the weights of scikit-learn's `newton-cholesky` to seven digits. "
    "And it knows when there is nothing to find.",
    seconds=5,
)

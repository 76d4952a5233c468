"""Four numbers: how badly w, b and the prices miss each of the four KKT conditions.

It teaches that four zeros are a proof of optimality (5.10). Expected are room that counts as a
fault, faults below 0, a margin without its label, sums for the worst case, terms that cancel,
missing absolute values, half of the third condition, and a nan that passes.
"""

import numpy as np

from lossbook.checking import Function, Mistake
from lossbook.exercises._shared import array_case


def _cases(rng):
    X, y = np.array([[3.0], [1.0]]), np.array([1, -1])
    yield array_case("an exact answer", X, y, [1.0], -2.0, [0.5, 0.5])
    yield array_case("a corridor too wide", X, y, [0.5], -1.0, [0.25, 0.25])
    yield array_case("a corridor too narrow", X, y, [2.0], -4.0, [1.0, 1.0])
    yield array_case("a negative price", X, y, [1.0], -2.0, [-0.5, -0.25])
    yield array_case("prices out of balance", X, y, [1.0], -2.0, [1.0, 2.0])
    yield array_case("w is not her best reply", X, y, [1.0], -2.0, [0.25, 0.25])
    yield array_case("w too short for its prices", X, y, [1.0], -2.0, [0.75, 0.75])
    three = np.array([[3.0, 0.0], [1.0, 0.0], [-4.0, 1.0]])
    yield array_case("room without a price", three, [1, -1, -1], [1.0, 0.0], -2.0, [0.5, 0.5, 0.0])
    for _ in range(3):
        n = int(rng.integers(5, 9))
        X, y = rng.normal(size=(n, 3)).round(2), rng.choice([-1, 1], size=n)
        alpha = rng.normal(0.5, 1, size=n).round(2)
        w, b = rng.normal(size=3).round(2), round(rng.normal(), 2)
        yield array_case("ordinary numbers", X, y, w, b, alpha)
    yield array_case("nan in w", X, y, [np.nan, 1.0, 2.0], 0.5, alpha)
    yield array_case("nan in a price", three, [1, -1, -1], [1.0, 0.0], -2.0, [0.5, np.nan, 0.0])


def _hidden_cases(rng):
    n = int(rng.integers(4, 8))
    X, y = rng.normal(size=(n, 2)).round(2), np.where(np.arange(n) == 1, -1, 1)
    w, b, alpha = rng.normal(size=2).round(2), round(rng.normal(), 2), rng.integers(2, 20, n) / 8
    yield array_case("a corridor too wide", X / 10, y, w, b / 10, alpha)
    roomy = y[:, None] * (np.abs(X) + 1)
    yield array_case("a corridor too narrow", roomy, y, np.abs(w) + 2, 0.0, alpha)
    yield array_case("a negative price", X, y, w, b, -alpha)
    yield array_case("prices out of balance", X / 10, np.ones(n), w / 10, b, alpha)
    balanced = np.full(2, alpha[0])
    yield array_case("w is not her best reply", X[:2], [1, -1], w + 3, b, balanced)
    nowhere = np.where(np.arange(n) == n - 2, np.nan, alpha)
    yield array_case("nan in a price", X, y, w, b, nowhere)


def _parts(X, y, w, b, alpha, labels=True):
    """1 − m, α, w − Σ α y x, Σ α y."""
    X, y, alpha = np.asarray(X), np.asarray(y), np.asarray(alpha)
    m = (y if labels else 1) * (X @ np.asarray(w) + b)
    return 1 - m, alpha, np.asarray(w) - (alpha * y) @ X, alpha @ y


def _largest(*numbers):
    return max(map(np.max, numbers)) if not np.isnan(np.hstack(numbers)).any() else np.nan


def _kkt(*args, **how):
    broken, alpha, reply, balance = _parts(*args, **how)
    return (
        _largest(0, broken),
        _largest(0, -alpha),
        _largest(np.abs(reply), np.abs(balance)),
        _largest(np.abs(alpha * broken)),
    )


def _room_is_a_fault(*args):
    broken = _parts(*args)[0]
    return (_largest(0, -broken), *_kkt(*args)[1:])


def _not_clipped(*args):
    broken, alpha = _parts(*args)[:2]
    return (_largest(broken), _largest(-alpha), *_kkt(*args)[2:])


def _margin_without_label(*args):
    return _kkt(*args, labels=False)


def _sums(*args):
    broken, alpha, reply, balance = _parts(*args)
    return (
        np.sum(np.maximum(0, broken)),
        np.sum(np.maximum(0, -alpha)),
        np.sum(np.abs(reply)) + np.abs(balance),
        np.sum(np.abs(alpha * broken)),
    )


def _terms_cancel(*args):
    broken, alpha = _parts(*args)[:2]
    return (*_kkt(*args)[:3], np.abs(np.sum(alpha * broken)))


def _no_absolute_value(*args):
    broken, alpha, reply, balance = _parts(*args)
    return (*_kkt(*args)[:2], _largest(reply, balance), _largest(-alpha * broken))


def _no_absolute_value_in_3(*args):
    first, second, _, last = _kkt(*args)
    return first, second, _largest(*_parts(*args)[2:]), last


def _no_absolute_value_in_4(*args):
    broken, alpha = _parts(*args)[:2]
    return (*_kkt(*args)[:3], _largest(-alpha * broken))


def _norm(*args):
    first, second, _, last = _kkt(*args)
    reply, balance = _parts(*args)[2:]
    return first, second, _largest(np.linalg.norm(reply), np.abs(balance)), last


def _norm_of_all(*args):
    first, second, _, last = _kkt(*args)
    return first, second, np.linalg.norm(np.hstack(_parts(*args)[2:])), last


def _no_balance(*args):
    first, second, _, last = _kkt(*args)
    return first, second, _largest(np.abs(_parts(*args)[2])), last


def _only_balance(*args):
    first, second, _, last = _kkt(*args)
    return first, second, np.abs(_parts(*args)[3]), last


def _nan_is_fine(*args):
    broken, alpha = _parts(*args)[:2]
    return (max(0, np.max(broken)), max(0, np.max(-alpha)), *_kkt(*args)[2:])


_NAN_IS_LOST = "A nan passes for a solution: Python's max(0, nan) is 0. NumPy's maximum keeps it."


def _nan_passes(ask):
    """A nan in w must be seen in the numbers 1, 3 and 4, and one in a price in 2, 3 and 4."""
    X, y, w, alpha = np.array([[3.0], [1.0]]), np.array([1, -1]), np.array([1.0]), np.full(2, 0.5)
    nowhere, one_nan = np.array([np.nan]), np.array([0.5, np.nan])
    cases = ([0, 2, 3], (X, y, nowhere, -2.0, alpha)), ([1, 2, 3], (X, y, w, -2.0, one_nan))
    for numbers, arguments in cases:
        said = ask(*arguments)
        parts = said if isinstance(said, tuple) else ()
        four = [getattr(part, "shape", None) for part in parts] == [()] * 4
        if four and np.isfinite(np.array(said)[numbers]).any():
            return _NAN_IS_LOST
    return None


EXERCISE = Function(
    "kkt_residuals",
    "Four numbers",
    2,
    _kkt,
    _cases,
    [
        Mistake(
            "The first number calls room a fault: a rule is broken by 1 − m, see (5.3).",
            _room_is_a_fault,
        ),
        Mistake(
            "A rule that is kept is no negative fault: the first two numbers are never below 0.",
            _not_clipped,
        ),
        Mistake(
            "The margin in (5.3) is y (w · x + b); the label is missing.", _margin_without_label
        ),
        Mistake("You add the faults up; the *worst* one is asked for, in each row.", _sums),
        Mistake(
            "The last number is a sum whose terms cancel. (5.10b) speaks of every single term.",
            _terms_cancel,
        ),
        Mistake(
            "A deviation to the other side is one, too: in the last two numbers the absolute "
            "values are missing.",
            _no_absolute_value,
        ),
        Mistake(
            "In the third number the absolute values are missing: a deviation below 0 is one, too.",
            _no_absolute_value_in_3,
        ),
        Mistake(
            "In the fourth number the absolute value is missing: α (m − 1) below 0 is no balance "
            "between price and room either.",
            _no_absolute_value_in_4,
        ),
        Mistake(
            "For w the third number is a norm, so it adds up. The *largest* entry of "
            "|w − Σ α y x| is asked for.",
            _norm,
        ),
        Mistake(
            "The third number is a norm of all deviations, so it adds up. The *largest* one is "
            "asked for.",
            _norm_of_all,
        ),
        Mistake(
            "The third number has two conditions: w (5.8), and the balance (5.8b).", _no_balance
        ),
        Mistake(
            "The third number has two conditions: the balance (5.8b), and w (5.8).", _only_balance
        ),
        Mistake(
            _NAN_IS_LOST,
            _nan_is_fine,
        ),
    ],
    hidden_cases=_hidden_cases,
    probes=(_nan_passes,),
    on_success="Four zeros are a proof: by (5.10) the gap is zero then, and by (5.7) both have "
    "done their best.",
)

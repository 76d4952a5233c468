"""Logistic regression, two multipliers at a time: one exact step in the dual (8.3).

It teaches that the entropy keeps every multiplier inside of its box, and that no formula gives
the step. Expected are the step of the hinge, one Newton step, missing labels, an inner factor C,
bits, the curvature's sign, and the square counted half or twice.
"""

import numpy as np

from lossbook.checking import Case, Function, Mistake


def _cases(rng):
    def pair(about, K, y, C, alpha, i, j, **more):
        K, y, alpha = (np.array(part, dtype=float) for part in (K, y, alpha))
        return Case(about, (K, y, C, alpha, i, j), **more)

    same = [[1, 1], [1, 1]]
    yield pair("equal samples, other labels", same, [1, -1], 1.0, [0.2, 0.2], 0, 1)
    yield pair("equal samples, same labels", same, [1, 1], 2.0, [0.4, 1.2], 0, 1)
    yield pair("two samples", [[1, -1], [-1, 1]], [1, -1], 1.0, [0.5, 0.5], 0, 1)
    yield pair("from a wall of the box", [[1, 0], [0, 4]], [-1, 1], 3.0, [0, 0], 1, 0)
    yield pair("from the other wall", [[1, 0], [0, 4]], [-1, 1], 0.5, [0.5, 0.5], 0, 1)
    yield pair("no room to move", [[1, 0], [0, 1]], [1, 1], 2.0, [0, 0], 0, 1)
    yield pair("no room to move", [[1, 0], [0, 1]], [-1, 1], 2.0, [2, 0], 0, 1)
    for labels, (i, j) in (
        ([1, 1, -1, -1, 1], (1, 4)),
        ([1, -1, -1, 1, 1], (2, 1)),
        ([-1, 1, 1, -1, 1], (3, 1)),
        ([1, -1, 1, -1, 1], (0, 3)),
    ):
        X = rng.normal(size=(5, 2)).round(1)
        C = round(float(rng.uniform(2, 6)), 1)
        alpha = (C * rng.uniform(0.1, 0.9, size=5)).round(2)
        yield pair("five samples", X @ X.T, labels, C, alpha, i, j)
    X = 30 * rng.uniform(0.5, 1, size=(4, 2)).round(1)
    yield pair("long samples", X @ X.T, [1, -1, 1, -1], 2.0, [1, 1.5, 0.5, 0.1], 0, 3, extreme=True)
    yield pair("a pair of one", same, [1, -1], 1.0, [0.2, 0.2], 1, 1)


def _hidden_cases(rng):
    X, y = rng.normal(size=(5, 2)).round(1), np.array([-1.0, -1.0, -1.0, 1.0, 1.0])
    K, C = X @ X.T, round(float(rng.uniform(2, 6)), 1)
    (i, alike), j = map(int, rng.permutation(3)[:2]), 3 + int(rng.integers(2))
    alpha = (C * rng.uniform(0.1, 0.9, size=5)).round(2)

    def but(entry, *pair):
        return np.where(np.isin(np.arange(5), pair), entry, alpha)

    yield Case("from a wall of the box", (K, y, C, but(0.0, i, j), i, j))
    yield Case("from the other wall", (K, y, C, but(C, i, j), j, i))
    yield Case("five samples", (K, y, C, alpha, i, alike))
    yield Case("no room to move", (K, y, C, but(0.0, i, alike), i, alike))
    same = np.where(np.arange(5) == j, i, np.arange(5))
    yield Case("equal samples, other labels", (K[same][:, same], y, C, alpha, i, j))
    yield Case("a pair of one", (K, y, C, alpha, i, i))


def _pair(
    K, y, C, alpha, i, j, *, weight=1.0, curvature=-2.0, scores=None, moves=None, labels=True
):
    """The best step by halving; what the mistakes change has a name."""
    if i == j:
        raise ValueError("one multiplier cannot move alone")
    beta = alpha * y
    lo, hi = np.minimum(0, C * y), np.maximum(0, C * y)
    r = K @ (beta if scores is None else scores)
    a = K[i, i] + K[j, j] + curvature * K[i, j]
    low = max(lo[i] - beta[i], beta[j] - hi[j])
    high = min(hi[i] - beta[i], beta[j] - lo[j])

    def slope(t):
        p, q = beta[i] + t, beta[j] - t
        if labels:
            entropy = np.log((hi[i] - p) / (p - lo[i])) - np.log((hi[j] - q) / (q - lo[j]))
        else:
            entropy = np.log((C - abs(p)) / abs(p)) - np.log((C - abs(q)) / abs(q))
        return weight * entropy - (r[i] - r[j]) - a * t

    t = 0.0
    for _ in range(100 if low < high else 0):
        t = (low + high) / 2
        low, high = (t, high) if slope(t) > 0 else (low, t)
    new = alpha.copy()
    new[i] += (y[i] if moves is None else 1) * t
    new[j] -= (y[j] if moves is None else 1) * t
    return new


def _the_hinge_step(K, y, C, alpha, i, j):
    if i == j:
        raise ValueError("one multiplier cannot move alone")
    beta = alpha * y
    lo, hi = np.minimum(0, C * y), np.maximum(0, C * y)
    r = y - K @ beta
    a = max(K[i, i] + K[j, j] - 2 * K[i, j], 1e-12)
    low = max(lo[i] - beta[i], beta[j] - hi[j])
    high = min(hi[i] - beta[i], beta[j] - lo[j])
    t = np.clip((r[i] - r[j]) / a, low, high)
    new = alpha.copy()
    new[i] += y[i] * t
    new[j] -= y[j] * t
    return new


def _one_newton_step(K, y, C, alpha, i, j):
    if i == j:
        raise ValueError("one multiplier cannot move alone")
    beta, u = alpha * y, alpha / C
    slope = y * np.log((1 - u) / u) - K @ beta
    bend = 1 / (C * u * (1 - u))
    t = (slope[i] - slope[j]) / (K[i, i] + K[j, j] - 2 * K[i, j] + bend[i] + bend[j])
    new = alpha.copy()
    new[i] += y[i] * t
    new[j] -= y[j] * t
    return new


def _labels_forgotten(K, y, C, alpha, i, j):
    return _pair(K, y, C, alpha, i, j, moves="alpha")


def _factor_c(K, y, C, alpha, i, j):
    return _pair(K, y, C, alpha, i, j, weight=C)


def _in_bits(K, y, C, alpha, i, j):
    return _pair(K, y, C, alpha, i, j, weight=1 / np.log(2))


def _wrong_petal(K, y, C, alpha, i, j):
    return _pair(K, y, C, alpha, i, j, curvature=2.0)


def _no_labels_at_all(K, y, C, alpha, i, j):
    """α for β throughout: the box from 0 to C for both, and no sign anywhere."""
    return _pair(K, np.ones_like(y), C, alpha, i, j)


def _entropy_without_labels(K, y, C, alpha, i, j):
    """The slope of the entropies in t as if both labels were +1."""
    return _pair(K, y, C, alpha, i, j, labels=False)


def _scores_without_labels(K, y, C, alpha, i, j):
    return _pair(K, y, C, alpha, i, j, scores=alpha)


def _half_of_the_square(K, y, C, alpha, i, j):
    return _pair(K / 2, y, C, alpha, i, j)


def _twice_the_square(K, y, C, alpha, i, j):
    return _pair(K * 2, y, C, alpha, i, j)


EXERCISE = Function(
    "logistic_pair",
    "Logistic regression, two multipliers at a time",
    3,
    _pair,
    _cases,
    [
        Mistake(
            "This is the step of the support vector machine, (6.8): its multipliers earn α. "
            "Those of logistic regression earn C h(α/C), see (8.3).",
            _the_hinge_step,
        ),
        Mistake(
            "This is one Newton step. With a parabola that would be the end; the entropy is "
            "none, so go on until the slope is zero.",
            _one_newton_step,
        ),
        Mistake(
            "One multiplier gains what the other loses, whatever the labels. What must stay is "
            "the sum of α y.",
            _labels_forgotten,
        ),
        Mistake(
            "The derivative of C h(α/C) has lost its inner factor 1/C: the two C cancel.", _factor_c
        ),
        Mistake("Your entropy is in bits. The one of (8.3) is in nats.", _in_bits),
        Mistake(
            "The curvature of the square along this step is K_ii + K_jj − 2 K_ij: one β grows "
            "and the other one shrinks.",
            _wrong_petal,
        ),
        Mistake(
            "The labels never enter: it is β = α y that grows by t for i and shrinks by t for j, "
            "and the box of β is [0, C] or [−C, 0].",
            _no_labels_at_all,
        ),
        Mistake(
            "In the slope of the entropies the labels are missing: α_i changes by y_i t, so the "
            "chain rule puts y_i before ln((1 − u_i) / u_i), and −y_j before the other.",
            _entropy_without_labels,
        ),
        Mistake(
            "The vector v is a sum of α y x. In yours the labels are missing.",
            _scores_without_labels,
        ),
        Mistake("The slope of ½‖v‖² is counted only half.", _half_of_the_square),
        Mistake("The slope of ½‖v‖² is counted twice: where is the ½?", _twice_the_square),
    ],
    hidden_cases=_hidden_cases,
    rtol=1e-7,
    atol=1e-8,
    on_success="Around it, the loop above is a solver for logistic regression that never leaves "
    "the dual.",
)

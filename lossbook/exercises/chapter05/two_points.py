"""Two points: the support vector machine that can be solved with a pencil.

It teaches (5.11): both points have margin 1, and that fixes w, b and the price. Expected are
the distance in the place of its square, half of the price, w of length 1, wrong signs, a line
through a point, small integers that wrap around, and what to refuse: the same point twice, other
shapes, but no points that are merely close.
"""

import numpy as np

from lossbook.checking import Function, Mistake
from lossbook.exercises._shared import array_case
from lossbook.exercises.chapter05.lagrangian import FLOWERS


def _cases(rng):
    yield array_case("one dimension", [3.0], [1.0])
    yield array_case("two flowers", FLOWERS[1], FLOWERS[0])
    yield array_case("the plus below the minus", [0.0, -1.0], [2.0, 1.0])
    for d in (3, 7):
        yield array_case("more dimensions", *rng.normal(size=(2, d)).round(2))
    yield array_case("far from the origin", *(rng.normal(size=(2, 2)) + 50).round(2))
    yield array_case("nearly one point", [1.0, 2.0], [1.0, 2.0 + 2.0**-20])
    yield array_case("pixels (uint8)", np.array([0, 9], np.uint8), np.array([200, 5], np.uint8))
    yield array_case("the same point twice", [1.0, 2.0], [1.0, 2.0])
    yield array_case("shapes that differ", [1.0, 2.0], [3.0])
    yield array_case("shapes that differ", [3.0], [1.0, 2.0])


def _hidden_cases(rng):
    d = int(rng.integers(2, 6))
    u, v = rng.integers(4, 100, size=(2, d)) / 4
    grey = np.sort(rng.permutation(256)[: 2 * d]).astype(np.uint8).reshape(2, d)
    yield array_case("pixels (uint8)", *grey)
    yield array_case("two flowers", *rng.uniform(0.1, 7, size=(2, 2)).round(1))
    near = u + np.eye(d)[d - 1] * rng.integers(1, 5) * 2.0**-20
    yield array_case("nearly one point", u, near)
    yield array_case("the same point twice", u, u.copy())
    yield array_case("shapes that differ", u, v[:1])
    yield array_case("shapes that differ", u[:1], v)


def _pair(u, v, shapes=True, twins=True):
    u, v = np.asarray(u, dtype=float), np.asarray(v, dtype=float)
    if shapes and u.shape != v.shape:
        raise ValueError("one point has another shape")
    if twins and np.all(u == v):
        raise ValueError("no line separates a point from itself")
    return u, v, u - v


def _two_points(u, v, **checks):
    u, v, d = _pair(u, v, **checks)
    alpha = 2 / (d @ d)
    return alpha * d, 1 - alpha * (d @ u), alpha


def _price_not_squared(u, v):
    u, v, d = _pair(u, v)
    alpha = 2 / np.linalg.norm(d)
    return alpha * d, 1 - alpha * (d @ u), alpha


def _one_price(u, v):
    u, v, d = _pair(u, v)
    alpha = 1 / (d @ d)
    return alpha * d, -alpha * (d @ (u + v)) / 2, alpha


def _unit_length(u, v):
    w, b, alpha = _two_points(u, v)
    length = np.linalg.norm(w)
    return w / length, b / length, alpha


def _turned(u, v):
    w, b, alpha = _two_points(u, v)
    return -w, -b, alpha


def _line_through_plus(u, v):
    w, b, alpha = _two_points(u, v)
    return w, b - 1, alpha


def _offset_sign(u, v):
    w, b, alpha = _two_points(u, v)
    return w, -b, alpha


def _infinite(u, v):
    return _two_points(u, v, twins=False)


def _stretched(u, v):
    return _two_points(u, v, shapes=False)


def _wraps(u, v):
    _pair(u, v)
    d = np.asarray(u) - np.asarray(v)
    alpha = 2 / (d @ d)
    return alpha * d, 1 - alpha * d @ np.asarray(u), alpha


def _close_is_same(u, v):
    u, v, _ = _pair(u, v)
    if np.allclose(u, v):
        raise ValueError("the points are close")
    return _two_points(u, v)


def _what_the_margins_are(ask):
    """Margins, and w against the price, of the answer for the points 3 and 1."""
    said = ask(np.array([3.0]), np.array([1.0]))
    parts = said if isinstance(said, tuple) else ()
    if [getattr(part, "shape", None) for part in parts] != [(1,), (), ()]:
        return None
    (w,), b, alpha = parts
    margins = 3 * w + b + 0.0, 0.0 - (w + b)
    if not np.allclose(margins, 1):
        return (
            f"For the points 3 and 1 your margins are {margins[0]:.4g} and {margins[1]:.4g}. Both "
            "must be 1 (5.11), and that fixes w and b."
        )
    if not np.isclose(w, 2 * alpha):
        return (
            f"For the points 3 and 1 your w = {w:.4g} and b = {b:.4g} are right, and the price "
            f"{alpha:.4g} is not: by (5.8) w is α (u − v)."
        )
    return None


EXERCISE = Function(
    "two_points",
    "Two points",
    2,
    _two_points,
    _cases,
    [
        Mistake(
            "The price divides by the *square* of the distance, see (5.11b). Prices have a unit "
            "(trap 5).",
            _price_not_squared,
        ),
        Mistake(
            "The price is half of (5.11b). Both points are charged: D = 2a − ½ a² ‖u − v‖².",
            _one_price,
        ),
        Mistake(
            "Your w has length 1. The scale is not free any more: both points have margin 1, and "
            "w = a (u − v) by (5.8).",
            _unit_length,
        ),
        Mistake(
            "Your f has the wrong sign everywhere: w points from the minus to the plus (5.8).",
            _turned,
        ),
        Mistake(
            "Your line f = 0 goes through the plus point. There f is +1: see (5.11).",
            _line_through_plus,
        ),
        Mistake("w and α are right. b has the other sign: see (5.11).", _offset_sign),
        Mistake(
            "Small integers wrap around when they are subtracted: 0 − 200 is 56 as uint8. Turn "
            "both into floats first.",
            _wraps,
        ),
        Mistake(
            "Points that lie close together are still two points: there is a line between them. "
            "Only the very same point must be refused.",
            _close_is_same,
        ),
        Mistake(
            "One point cannot be on both sides. Refuse it; an infinite price is no answer.",
            _infinite,
        ),
        Mistake(
            "Points of different shapes must be refused; NumPy stretches a point of one number.",
            _stretched,
        ),
    ],
    hidden_cases=_hidden_cases,
    probes=(_what_the_margins_are,),
    version=2,
    on_success="A pencil's support vector machine: with flowers 98 and 44 it gives 20/17 and "
    "−322/85.",
)

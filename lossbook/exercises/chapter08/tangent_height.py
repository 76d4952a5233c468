"""Conjugates by search: where the tangent of a given slope cuts the axis, for any loss.

It teaches −φ*(−u) = min φ(m) + u m, and to say −∞ where nothing is least; a probe asks a search
what it says there. Expected are the slope or the result with the other sign, a finite answer for
−∞ and −∞ for a finite one, the loss at the touching place, and searches too coarse or too narrow.
"""

import numpy as np

from lossbook import margin
from lossbook.checking import Case, Function, Mistake

hinge, logistic, exponential = margin.hinge, margin.logistic, margin.exponential
square, squared_hinge = margin.square, margin.squared_hinge


def cubed_hinge(m):
    return np.maximum(0, 1 - m) ** 3


def perceptron(m):
    return np.maximum(0, -m)


def two_kinks(m):
    return np.maximum(np.maximum(0, 1 - m), -1 - 3 * m)


def _on_the_box(end, height):
    return lambda u: height(u) if 0 <= u <= end else -np.inf


_HEIGHTS = {
    cubed_hinge: _on_the_box(np.inf, lambda u: u - 2 * (u / 3) ** 1.5),
    perceptron: _on_the_box(1, lambda u: 0.0),
    two_kinks: _on_the_box(3, lambda u: min(u, 2 - u)),
    **{
        loss.value: lambda u, conjugate=loss.conjugate: -conjugate(-u)
        for name, loss in margin.MARGIN_LOSSES.items()
        if name != "zero_one"
    },
}


def _height(phi, u):
    return float(_HEIGHTS[phi](u))


def _cases(rng):
    def some(low, high):
        return round(float(rng.uniform(low, high)), 2)

    yield Case("the hinge", (hinge, 0.25))
    yield Case("the logistic loss", (logistic, 0.25))
    yield Case("a rising line", (square, -1.0))
    yield Case("flat on the left", (hinge, 1.0))
    yield Case("flat on the right", (squared_hinge, 0.0))
    yield Case("too steep", (hinge, 1.5))
    yield Case("rising where the loss falls", (exponential, -0.5))
    yield Case("the exponential loss", (exponential, some(0.2, 3)))
    yield Case("the squared hinge", (squared_hinge, some(0.2, 3)))
    yield Case("the cubed hinge", (cubed_hinge, some(0.4, 2.6)))
    yield Case("the cubed hinge", (cubed_hinge, some(4, 9)))
    yield Case("two kinks", (two_kinks, some(1.1, 2.9)))
    yield Case("the perceptron's loss", (perceptron, some(0.2, 0.8)))
    yield Case("a place far to the left", (square, 600.0 + some(0, 100)))


def _hidden_cases(rng):
    def some(low, high):
        return float(rng.uniform(low, high))

    yield Case("the hinge", (hinge, some(0.1, 0.9)))
    yield Case("the logistic loss", (logistic, some(0.1, 0.9)))
    yield Case("a rising line", (square, -some(0.5, 9)))
    yield Case("the exponential loss", (exponential, some(0.2, 3)))
    yield Case("the squared hinge", (squared_hinge, some(0.2, 3)))
    yield Case("the cubed hinge", (cubed_hinge, some(0.4, 9)))
    yield Case("two kinks", (two_kinks, some(1.1, 2.9)))
    yield Case("a place far to the left", (square, some(600, 1500)))
    yield Case("flat on the left", (two_kinks, 1.0))
    yield Case("flat on the right", (cubed_hinge, 0.0))
    yield Case("too steep", (rng.choice([hinge, logistic, perceptron]), some(1.1, 3)))
    rising = rng.choice([logistic, squared_hinge])
    yield Case("rising where the loss falls", (rising, -some(0.1, 2)))


def _lowest(phi, u, m, strict=True):
    """The least φ(m) + u m among the places m, and −inf where it still falls at an end."""
    g = phi(m) + u * m
    k = int(np.argmin(g))
    falls = g[0] < g[1] or g[-1] < g[-2]
    if falls or (not strict and (g[0] == g.min() or g[-1] == g.min())):
        return -np.inf
    return float(g[k])


def _wrong_slope(phi, u):
    return _height(phi, -u)


def _conjugate(phi, u):
    return -_height(phi, u)


def _conjugate_at_plus_u(phi, u):
    return -_height(phi, -u)


def _always_finite(phi, u):
    if np.isfinite(_height(phi, u)):
        return _height(phi, u)
    return min(float(phi(m) + u * m) for m in (-1000.0, 1000.0))


def _touching_place(phi, u):
    """Any place of the minimum, found by the ternary search that a student would write."""
    low, high = -1000.0, 1000.0
    for _ in range(120):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        if phi(a) + u * a <= phi(b) + u * b:
            high = b
        else:
            low = a
    return low


def _only_the_loss(phi, u):
    return float(phi(_touching_place(phi, u))) if np.isfinite(_height(phi, u)) else -np.inf


def _coarse(phi, u):
    return _lowest(phi, u, np.linspace(-1000, 1000, 2001) + 0.25)


def _narrow(phi, u):
    return _lowest(phi, u, np.linspace(-10, 10, 20001))


def _infinite_on_the_flat(phi, u):
    return -np.inf if u in (0, 1) else _height(phi, u)


_SLOPE = (
    "Your line has the slope +u. It should fall: the minimum is that of φ(m) + u m, trap 5 of the "
    "chapter."
)
_CONJUGATE = (
    "This is the conjugate φ*(−u) itself. The height at which the tangent cuts the axis is minus "
    "that."
)
_TWO_SIGNS = (
    "This is φ*(u), with two signs wrong: asked for is −φ*(−u), the least value of φ(m) + u m "
    "(trap 5 of the chapter)."
)
_NO_LEAST = (
    "Where φ(m) + u m falls without end there is no lowest value, and what you return depends on "
    "where your search ends. The answer is −inf there."
)


def _signs(ask):
    """The height of the square's tangent of slope −1 is ¾; each wrong sign gives another number."""
    said = {-0.75: _CONJUGATE, -1.25: _SLOPE, 1.25: _TWO_SIGNS}
    height = ask(square, 1.0)
    if not isinstance(height, np.ndarray) or height.shape:
        return None
    return next((says for value, says in said.items() if abs(height - value) < 1e-3), None)


def _goes_on_falling(ask):
    """Whatever the search is: right for the hinge inside of the box, and finite outside of it."""
    inside, outside = ask(hinge, 0.25), ask(hinge, 1.5)
    if not all(isinstance(given, np.ndarray) and given.shape == () for given in (inside, outside)):
        return None
    return _NO_LEAST if abs(inside - 0.25) < 1e-3 and not np.isinf(outside) else None


EXERCISE = Function(
    "tangent_height",
    "Conjugates by search",
    2,
    _height,
    _cases,
    [
        Mistake(_SLOPE, _wrong_slope),
        Mistake(_CONJUGATE, _conjugate),
        Mistake(_TWO_SIGNS, _conjugate_at_plus_u),
        Mistake(_NO_LEAST, _always_finite),
        Mistake(
            "This is the loss at the place where the line touches. Its height at m = 0 is "
            "φ(m) + u m.",
            _only_the_loss,
        ),
        Mistake(
            "A coarse grid steps over the lowest place. Search on, closer and closer, or let "
            "`scipy.optimize.minimize_scalar` do it.",
            _coarse,
        ),
        Mistake(
            "The search is too narrow: a steep line touches the square far to the left. The "
            "exercise says how far.",
            _narrow,
        ),
        Mistake(
            "Where φ(m) + u m is flat up to the end of the search, you return −inf. It falls "
            "no further there; −inf is for what still falls.",
            _infinite_on_the_flat,
        ),
    ],
    hidden_cases=_hidden_cases,
    rtol=1e-6,
    atol=1e-6,
    probes=(_signs, _goes_on_falling),
    on_success="Now the dual of *any* loss of the margin can be written down, formula or not: "
    "C times a sum of these heights, minus ½‖v‖².",
)

"""Error budgets, and finite differences: a witness for derivatives that knows no formula.

A central difference with the step h is off by h² |f‴| / 6, because f is no parabola, and by
ε |f| / h, because both values are rounded. The step ε^(1/3) max(1, |x|) makes both about
ε^(2/3) = 4e-11; `budget` gives the sum, as the tolerance of a comparison.
"""

import numpy as np

_EPS = np.finfo(float).eps


def rounding(terms, size):
    """The error of a sum of so many terms with Σ|x| ≤ `size`: n ε Σ|x|, and 8 ε in each term."""
    return (terms + 8) * _EPS * size


def step(x):
    """The step at the number `x`."""
    return _EPS ** (1 / 3) * max(1, abs(x))


def budget(f_size, x=0.0, third=None, h=None, roundings=4):
    """The error of a central difference of a function whose values near `x` are at most `f_size`.

    `third` bounds the third derivative, `f_size` if omitted; each value of f is off by at most so
    many `roundings` of ε |f|.
    """
    h = step(x) if h is None else h
    third = f_size if third is None else third
    return h**2 * third / 6 + roundings * _EPS * f_size / h


def derivative(f, x, h=None):
    """Central difference of the scalar function `f` at the number `x`."""
    h = step(x) if h is None else h
    low, high = x - h, x + h
    return (f(high) - f(low)) / (high - low)  # x ± h are rounded: this is their true distance


def gradient(f, x, h=None):
    """Central differences of the scalar function `f` in every entry of the array `x`."""
    x = np.array(x, dtype=float)
    slopes = np.empty_like(x)
    for place in np.ndindex(x.shape):
        slopes[place] = derivative(lambda v, place=place: f(_with(x, place, v)), x[place], h)
    return slopes


def jacobian(f, x, h=None):
    """Central differences of the vector function `f` at the vector `x`: rows are outputs."""
    x = np.array(x, dtype=float)
    columns = [
        derivative(lambda v, place=place: np.asarray(f(_with(x, place, v))), x[place], h)
        for place in range(len(x))
    ]
    return np.array(columns).T


def _with(x, place, value):
    """A copy of the array with another number in one place."""
    x = x.copy()
    x[place] = value
    return x

"""Finite differences: a witness for derivatives that knows no formula."""

import numpy as np


def derivative(f, x, h=1e-6):
    """Central difference of the scalar function `f` at the number `x`; error about h²."""
    return (f(x + h) - f(x - h)) / (2 * h)


def gradient(f, x, h=1e-6):
    """Central differences of the scalar function `f` in every entry of the array `x`."""
    x = np.array(x, dtype=float)
    slopes = np.empty_like(x)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = h
        slopes[place] = (f(x + step) - f(x - step)) / (2 * h)
    return slopes


def jacobian(f, x, h=1e-6):
    """Central differences of the vector function `f` at the vector `x`: rows are outputs."""
    columns = [(f(x + step) - f(x - step)) / (2 * h) for step in h * np.eye(len(x))]
    return np.array(columns).T

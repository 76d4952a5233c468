"""Search by SciPy for values of letters that make a number small, inside of where they live."""

from fractions import Fraction

import numpy as np
from flint import arb, ctx, fmpq
from scipy.optimize import minimize

from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.arrays import Array
from lossbook.derive.evaluate.environment import key_of
from lossbook.derive.evaluate.numbers import Undecided

SEARCH_BITS = 64
_FAR = 1e30
CONTINUOUS = ("real", "positive", "nonnegative", "interval", "simplex", "open simplex")


class Coordinates:
    """Letters of an instance as one vector of floats without bounds.

    A positive number is e^u, an interval is a logistic curve, a probability vector e^u over its
    sum: so no constraint is left. Of a random letter the outcomes move, and not their chances.
    """

    def __init__(self, setting, names, value, world):
        self.blocks = []
        for name in names:
            variable, key = setting.variables[name], key_of(setting, name)
            letter = value(key)
            ends = None
            if variable.space == "interval":
                ends = [_finite(end.value(world)) for end in variable.detail[:2]]
                ends = ends if None not in ends else None
            self.blocks.append((key, variable.space, letter, ends))

    @staticmethod
    def searchable(setting, names):
        spaces = (*CONTINUOUS, "random")
        return [n for n in names if n in setting.variables and setting.variables[n].space in spaces]

    def read(self):
        flat = []
        for _, space, letter, ends in self.blocks:
            entries = np.array([as_float(x) for x in ar.entries(letter)])
            if space in ("positive", "simplex", "open simplex"):
                entries = np.log(np.maximum(entries, 1e-9))
            elif space == "nonnegative":
                entries = np.sqrt(np.maximum(entries, 0))
            elif ends:
                share = np.clip((entries - ends[0]) / (ends[1] - ends[0]), 1e-6, 1 - 1e-6)
                entries = np.log(share / (1 - share))
            flat.append(entries)
        return np.concatenate(flat) if flat else np.zeros(0)

    def write(self, point, largest=None):
        """The letters at a point, as exact rationals; rounded to denominators up to `largest`."""
        found, at = {}, 0
        for key, space, letter, ends in self.blocks:
            many = len(ar.entries(letter))
            entries = np.clip(point[at : at + many], -1e6, 1e6)
            at += many
            if space in ("positive", "simplex", "open simplex"):
                entries = np.exp(np.clip(entries, -60, 60))
            elif space == "nonnegative":
                entries = entries**2
            elif ends:
                entries = ends[0] + (ends[1] - ends[0]) / (1 + np.exp(-np.clip(entries, -60, 60)))
            if space.endswith("simplex"):
                entries = entries / entries.sum()
            exact = [rounded(float(x), largest) for x in entries]
            if space.endswith("simplex"):
                total = sum(exact, fmpq(0))
                if total == 0:
                    return None
                exact = [x / total for x in exact]
            is_array = type(letter) is Array
            found[key] = Array(letter.dims, letter.shape, exact) if is_array else exact[0]
        return found


def rounded(x, largest):
    """x as a rational: as it is, with a denominator up to `largest`, or with two "digits"."""
    if largest == "digits":
        return nb.exact(Fraction(f"{x:.1e}"))
    x = Fraction(x)
    return nb.exact(x if largest is None else x.limit_denominator(largest))


def _finite(x):
    x = as_float(x)
    return x if abs(x) < 1e18 else None


def as_float(x):
    x = nb.real(x)
    return (
        float(x.p) / float(x.q)
        if type(x) is fmpq and abs(x.p) < 10**300 and x.q < 10**300
        else float(nb.ball(x))
    )


def descend(function, start, steps):
    """Nelder–Mead from a point; (point, value)."""
    if not len(start):
        return start, function(start)
    options = {"maxfev": steps, "xatol": 1e-9, "fatol": 1e-18, "adaptive": len(start) > 3}
    found = minimize(function, start, method="Nelder-Mead", options=options)
    return found.x, float(found.fun)


def polish(function, start):
    """Powell's line searches: more digits of a least value, also at a kink; (point, value)."""
    options = {"maxfev": 150 * (1 + len(start)), "xtol": 1e-15, "ftol": 1e-18}
    found = minimize(function, start, method="Powell", options=options)
    return np.atleast_1d(found.x), float(found.fun)


def least_value(world, node):
    r"""\min_w f: the value of a search, as a ball below (above) which nothing was found.

    The true minimum is no larger than what is found. `world.soft` tells the judge that the ball
    is a belief; to refute, it asks again with "wide", and then the ball reaches down to −∞.
    """
    setting, sign = world.setting, 1 if node.kind == "min" else -1
    names = [v.name for v in node.variables]
    spaces = {setting.variables[n].space for n in names if n in setting.variables}
    if not spaces <= set(CONTINUOUS):
        raise ar.SizeMismatch(
            f"{node.kind} over letters that take single values only: write an index"
        )
    coordinates = Coordinates(setting, names, world.lookup, world)
    bits = ctx.prec

    def value(point):
        letters = coordinates.write(np.asarray(point))
        with ctx.workprec(SEARCH_BITS):
            try:
                found = as_float(ar.number(node.body.value(world.but(letters)), node.kind))
            except ArithmeticError:
                return _FAR
        return sign * found if found == found else _FAR

    best, steps = None, 60 * len(coordinates.read()) + 120
    world.soft.append(node)
    for shift in (0.0, 0.7, -1.9):
        point, least = descend(value, coordinates.read() + shift, steps)
        for _ in range(2):
            point, least = descend(value, point, steps)
        best = (least, tuple(point)) if best is None or least < best[0] else best
    if best[0] < -1e12 or best[0] >= _FAR:
        raise Undecided
    with ctx.workprec(bits):
        exact = node.body.value(world.but(coordinates.write(np.array(best[1]))))
    slack = arb(10) ** 40 if "wide" in world.soft else arb(10) ** -9 * (1 + abs(nb.ball(exact)))
    exact = nb.ball(exact)
    return exact.union(exact - sign * slack)

"""Draw instances on which everything declared and assumed holds.

The first have small whole numbers, so that a counterexample can be checked by hand; then come
generic ones, then the special ones that slips hide behind: zeros, corners, all entries alike.
Everything is drawn in float64 and then made exact.
"""

from decimal import Decimal
from itertools import count
from typing import NamedTuple

import numpy as np

from lossbook.derive.arithmetic import Value
from lossbook.derive.calculus import OUTCOMES, chances_of, outcomes_of
from lossbook.derive.world import World, evaluate


class Plan(NamedTuple):
    """One batch: how its numbers are chosen, how large things are, how many instances."""

    mode: str
    sizes: tuple  # choices for every size
    instances: int


PLANS = (
    Plan("nice", (2,), 4),
    Plan("nice", (3, 2), 4),
    Plan("generic", (3, 2), 4),
    Plan("generic", (2, 1), 3),
    Plan("corner", (2, 3), 4),
    Plan("alike", (3, 2), 3),
    Plan("generic", (1,), 2),
    Plan("generic", (2, 4), 2),
)
_CANDIDATES = 48


def draw(setting, plan, seed, candidates=_CANDIDATES):
    """A float64 World of many candidates; facts are not looked at here."""
    rng = np.random.default_rng([seed, PLANS.index(plan)])
    sizes, turn = {}, count()
    for name, kind in setting.scope.items():
        if kind == "size":
            choice = plan.sizes[next(turn) % len(plan.sizes)]
            sizes[name] = max(choice, setting.smallest.get(name, 1))
    world = World(setting, sizes, {}, exact=False)
    for name, variable in setting.variables.items():
        if variable.space == "random":
            drawn = _random(name, variable, plan.mode, rng, candidates, world.values)
        else:
            shape = (candidates, *(world.size(d) for d in variable.dims))
            # "Alike" instances have p = q and w = v, too.
            entries = _twin(variable, setting, world) if plan.mode == "alike" else None
            if entries is None:
                entries = _entries(variable, plan.mode, rng, shape, world)
            drawn = {name: Value(entries, variable.dims)}
        world = world.but(**drawn)
    return world


def _twin(variable, setting, world):
    """The entries of an earlier letter of the same kind."""
    for name, other in setting.variables.items():
        if other == variable and name in world.values:
            return world.values[name].array.copy()
    return None


def _entries(variable, mode, rng, shape, world):
    space = variable.space
    if space == "set":
        return rng.choice(np.array(variable.detail, dtype=float), size=shape)
    if space == "label":
        return rng.integers(1, world.size(variable.detail) + 1, size=shape).astype(float)
    if space == "interval":
        return _in_interval(variable, mode, rng, shape, world)
    if space in ("simplex", "open simplex"):
        return _weights(space, mode, rng, shape)
    numbers = {"nice": _nice, "corner": _corner, "alike": _alike, "generic": _generic}
    return numbers[mode](space, rng, shape)


def _nice(space, rng, shape):
    choices = {"real": (-2, -1, 0, 1, 2, 3), "positive": (1, 2, 3, 0.5), "nonnegative": (0, 1, 2)}
    return rng.choice(np.array(choices[space], dtype=float), size=shape)


def _generic(space, rng, shape):
    scale = rng.choice([0.5, 1, 3], size=(shape[0], *[1] * (len(shape) - 1)))
    numbers = np.round(rng.normal(size=shape) * scale, 4)
    if space == "real":
        return numbers
    numbers = np.round(np.exp(numbers / 2), 4) + 0.0001
    return np.where(rng.random(shape) < 0.2, 0, numbers) if space == "nonnegative" else numbers


def _corner(space, rng, shape):
    special = 1.0 if space == "positive" else 0.0
    return np.where(rng.random(shape) < 0.6, special, _generic(space, rng, shape))


def _alike(space, rng, shape):
    one = _nice(space, rng, (shape[0], *[1] * (len(shape) - 1)))
    return np.broadcast_to(one, shape).copy()


def _in_interval(variable, mode, rng, shape, world):
    low, high, open_left, open_right = variable.detail
    ends = [evaluate(bound, world).array for bound in (low, high)]
    low, high = (
        np.broadcast_to(end, shape[:1]).reshape(shape[0], *[1] * (len(shape) - 1)) for end in ends
    )
    grid = [0.25, 0.5, 0.75] + ([] if open_left else [0.0]) + ([] if open_right else [1.0])
    share = rng.choice(grid, size=shape)
    if mode == "generic":
        share = np.round(rng.uniform(0.01, 0.99, size=shape), 4)
    # An infinite end stands for "far away".
    low = np.where(np.isinf(low), high - 10, low)
    high = np.where(np.isinf(high), low + 10, high)
    return low + (high - low) * share


def _weights(space, mode, rng, shape):
    """Positive weights of probabilities; `exactly` divides them by their sum."""
    if mode == "nice":
        weights = rng.integers(1 if space == "open simplex" else 0, 4, size=shape).astype(float)
    elif mode == "corner" and space == "simplex":
        weights = (rng.random(shape) < 0.4).astype(float)
    elif mode == "alike":
        even = rng.random((shape[0], *[1] * (len(shape) - 1))) < 0.5
        weights = np.where(even, 1, np.round(rng.gamma(0.7, size=shape), 4) + 0.0001)
    else:
        weights = np.round(rng.gamma(0.7, size=shape), 4) + 0.0001
    empty = weights.sum(axis=-2, keepdims=True) == 0
    first = np.zeros(shape)
    first[..., 0, :] = 1
    weights = np.where(empty, first, weights)
    return weights / weights.sum(axis=-2, keepdims=True)


def _random(name, variable, mode, rng, candidates, values):
    drawn = {}
    shape = (candidates, OUTCOMES)
    if chances_of(variable.detail) not in values:
        weights = rng.integers(1, 5, size=shape).astype(float)
        drawn[chances_of(variable.detail)] = Value(weights / weights.sum(axis=1, keepdims=True))
    numbers = _nice if mode == "nice" else _alike if mode == "alike" else _generic
    drawn[outcomes_of(name)] = Value(numbers("real", rng, shape))
    return drawn


# -------------------------------------------------------------------- float64 → 50 digits


def exactly(world, keep):
    """The candidates `keep` (indices) of a float64 world, in decimals.

    Probabilities are divided by their sum again, so that it is 1 to all digits.
    """
    values = {}
    for name, value in world.values.items():
        array = decimals(value.array[keep])
        variable = world.setting.variables.get(name)
        if variable is not None and "simplex" in variable.space:
            array = array / array.sum(axis=-2, keepdims=True)
        elif name.startswith(chances_of("")):
            array = array / array.sum(axis=1, keepdims=True)
        values[name] = Value(array, value.dims)
    return World(world.setting, world.sizes, values)


def decimals(array):
    exact = np.empty(array.shape, dtype=object)
    flat = exact.reshape(-1)
    flat[:] = [Decimal(repr(float(x))) for x in array.reshape(-1)]
    return exact


def roughly(world):
    """The same world in float64."""
    values = {n: Value(v.array.astype(float), v.dims) for n, v in world.values.items()}
    return World(world.setting, world.sizes, values, exact=False)


def spread(world, indices):
    """Every instance once for each combination of the free indices."""
    if not indices:
        return world, 1
    spans = [range(1, world.size(world.setting.ranges[i]) + 1) for i in indices]
    grid = [axis.reshape(-1) for axis in np.meshgrid(*spans, indexing="ij")]
    combinations = len(grid[0])
    values = {
        name: Value(np.repeat(value.array, combinations, axis=0), value.dims)
        for name, value in world.values.items()
    }
    places = {i: np.tile(axis, world.count) for i, axis in zip(indices, grid, strict=True)}
    wide = world.with_values(values)
    wide.indices = places
    return wide, combinations

"""Find instances that satisfy equations, and instances that violate an inequality.

Both searches run in float64 on many candidates at once; what they find is made exact before it
counts for anything.
"""

from decimal import Decimal

import numpy as np

from lossbook.derive.arithmetic import Value
from lossbook.derive.calculus import outcomes_of
from lossbook.derive.compare import gap, holds_for_all, in_domain, sides
from lossbook.derive.instances import decimals, roughly, spread
from lossbook.derive.trees import DERIVATIVES, depends_on, free_indices, pairs, parts, relations
from lossbook.derive.world import evaluate, position

_MOVABLE = ("real", "positive", "nonnegative", "simplex", "open simplex", "interval", "random")
_MULTIPLICATIVE = ("positive", "simplex", "open simplex")
_STEP = 1e-6
_CLOSE_ENOUGH = Decimal("1e-30")


class Unknowns:
    """The entries of some letters as one row of numbers for each instance."""

    def __init__(self, world, letters):
        self.keys = [
            outcomes_of(n) if world.setting.variables[n].space == "random" else n for n in letters
        ]
        self.spaces = [world.setting.variables[n].space for n in letters]
        self.shapes = [world.values[k].array.shape[1:] for k in self.keys]
        lengths = [int(np.prod(shape)) for shape in self.shapes]
        self.cuts = np.cumsum(lengths)[:-1]
        self.scaled = np.repeat([s in _MULTIPLICATIVE for s in self.spaces], lengths)
        self.floored = np.repeat([s == "nonnegative" for s in self.spaces], lengths)

    def read(self, world):
        return np.concatenate(
            [world.values[k].array.reshape(world.count, -1) for k in self.keys], axis=1
        )

    def write(self, world, rows):
        """The world with these entries; probabilities are divided by their sum."""
        values = dict(world.values)
        blocks = np.split(rows, self.cuts, axis=1)
        for k, space, shape, block in zip(self.keys, self.spaces, self.shapes, blocks, strict=True):
            array = block.reshape(-1, *shape)
            if "simplex" in space:
                array = array / array.sum(axis=-2, keepdims=True)
            values[k] = Value(array, world.values[k].dims)
        return world.with_values(values)

    def moved(self, rows, step):
        """rows − step; what must stay positive moves by a factor, what may be 0 stops there."""
        factor = np.exp(np.clip(-step.astype(float), -2, 2))
        if rows.dtype == object:
            factor = decimals(factor)
        return self.inside(np.where(self.scaled, rows * factor, rows - step))

    def inside(self, rows):
        return np.where(self.floored & np.asarray(rows < 0, dtype=bool), rows * 0, rows)


class Conditions:
    """The facts in force: some assign a letter, some are equations, the rest is tested."""

    def __init__(self, setting, facts):
        self.setting, self.facts = setting, facts
        self.assigned, self.equations = [], []
        done = set()
        for fact in (relation for statement in facts for relation in relations(statement)):
            if set(fact[2]) != {"="} or any(p[:2] == ("fn", "rank") for p in parts(fact)):
                continue  # a rank is a whole number: no search along slopes leads there
            letter = self._assigns(fact, done)
            if letter:
                done.add(letter)
                self.assigned.append(fact)
            else:
                self.equations.append(fact)
        self.fixed = done
        self.assigned = self._in_order(self.assigned)

    def _in_order(self, facts):
        """w = Σ α_i y_i x_i after α_i = C − μ_i: what is used is assigned first."""
        ordered, waiting = [], list(facts)
        while waiting:
            missing = {fact[1][0][1] for fact in waiting}
            for fact in waiting:
                if not depends_on(fact[1][1], self.setting.definitions) & missing:
                    break
            else:
                fact = waiting[0]
            waiting.remove(fact)
            ordered.append(fact)
        return ordered

    def _assigns(self, fact, done):
        """The letter that a fact like w = … gives outright, or nothing."""
        left, right = fact[1][0], fact[1][1]
        if len(fact[1]) != 2 or left[0] not in ("name", "idx"):
            return ""
        letter = left[1]
        variable = self.setting.variables.get(letter)
        plain = left[0] == "name" or all(
            s[0] == "name" and self.setting.scope.get(s[1]) == "index" for s in left[2]
        )
        indices = free_indices(left, self.setting.scope)
        if left[0] == "idx" and len(indices) != len(left[2]):
            plain = False
        if variable is None or variable.space not in _MOVABLE or not plain or letter in done:
            return ""
        if variable.space == "random" or letter in depends_on(right, self.setting.definitions):
            return ""
        return "" if free_indices(right, self.setting.scope) - indices else letter

    def assign(self, world):
        """The world after every w = … has been carried out."""
        for fact in self.assigned:
            left, right = fact[1]
            letter = left[1]
            old = world.values[letter]
            if left[0] == "name":
                a, b = sides(left, right, world)
                new = np.broadcast_to(b, a.shape).reshape(-1, *old.array.shape[1:])
            else:
                new = _entries_of(left, right, old, world)
            world = world.but(**{letter: Value(new, old.dims)})
        return world

    def hold(self, world):
        """Which instances satisfy every fact and stay in every declared set."""
        held = in_domain(world)
        for fact in self.facts:
            if held.any():
                held &= holds_for_all(fact, world)
        return held

    def letters(self, trees, among=None):
        """The letters that a search may move and that the trees depend on."""
        trees = [*trees, *(fact for fact in self.assigned)]
        used = set().union(*[depends_on(tree, self.setting.definitions) for tree in trees])
        return [
            name
            for name, variable in self.setting.variables.items()
            if variable.space in _MOVABLE
            and name in used - self.fixed
            and (among is None or name in among)
        ]


def _entries_of(left, right, old, world):
    """x_i = …: all entries of x at once."""
    indices = sorted(free_indices(left, world.setting.scope))
    wide, combinations = spread(world, indices)
    value = evaluate(right, wide)
    new = np.broadcast_to(old.array, (world.count, *old.array.shape[1:])).copy()
    rows = np.repeat(np.arange(world.count), combinations)
    places = [np.asarray(position(s, wide)) - 1 for s in left[2]]
    new[(rows, *places)] = np.broadcast_to(
        value.array.reshape(len(value.array), *new[(rows, *places)].shape[1:]),
        new[(rows, *places)].shape,
    )
    return new


# -------------------------------------------------------------------- equations


def residuals(equations, world):
    """left − right of every equation, entry and index: one row for each instance."""
    columns = []
    for fact in equations:
        wide, _ = spread(world, sorted(free_indices(fact, world.setting.scope)))
        for left, _, right in pairs(fact):
            difference, _ = gap(left, right, wide)
            difference = np.broadcast_to(difference, (wide.count, difference.shape[1]))
            columns.append(difference.reshape(world.count, -1))
    return np.concatenate(columns, axis=1)


class _Target:
    """The residuals of some equations as a function of the rows of the unknowns."""

    def __init__(self, equations, unknowns, conditions):
        self.equations, self.unknowns, self.conditions = equations, unknowns, conditions

    def world(self, rows, base):
        return self.conditions.assign(self.unknowns.write(base, rows))

    def __call__(self, rows, base):
        return residuals(self.equations, self.world(rows, base))

    def slopes(self, rows, base, here):
        """Jacobian, shape (B, equations, unknowns), by one-sided differences, all at once."""
        count, width = rows.shape
        scale = np.where(self.unknowns.scaled, rows, 1.0)
        steps = np.where(scale == 0, 1, scale) * _STEP
        moved = np.repeat(rows[None], width, axis=0)
        for j in range(width):
            moved[j, :, j] += steps[:, j]
        there = self(moved.reshape(width * count, width), base.repeated(width).afresh())
        rise = there.reshape(width, count, -1) - here[None]
        return np.moveaxis(rise / steps.T[:, :, None] * scale.T[:, :, None], 0, 2)


def solve(world, equations, letters, conditions, turns=25):
    """Gauss–Newton from every candidate; returns (world, which candidates arrived)."""
    unknowns = Unknowns(world, letters)
    target = _Target(equations, unknowns, conditions)
    rows = unknowns.read(world)
    arrived = np.zeros(world.count, dtype=bool)
    # Derivatives are good to about 8 digits here; `polish` adds the rest.
    inexact = any(part[0] in DERIVATIVES for part in parts(tuple(equations)))
    near = 1e-6 if inexact else 1e-9
    best, patience = np.full(world.count, np.inf), 3
    for _ in range(turns):
        here = target(rows, world)
        worst = np.abs(here).max(axis=1)
        arrived = worst < near
        patience = 3 if (worst < 0.9 * best)[~arrived].any() else patience - 1
        best = np.fmin(best, worst)
        if not patience or (arrived | ~(worst < 1e12)).all():
            break
        slopes = target.slopes(rows, world, here)
        rows = unknowns.moved(rows, _least_step(slopes, here))
    # A factor never reaches 0: what has all but vanished is 0.
    rows = np.where(unknowns.scaled & (rows < 1e-6), 0.0, rows)
    return target.world(rows, world), arrived


def _least_step(slopes, here):
    """Least-norm solution of slopes · step = here; no step where numbers are not finite."""
    broken = ~(np.isfinite(slopes).all(axis=(1, 2)) & np.isfinite(here).all(axis=1))
    slopes, here = slopes.copy(), here.copy()
    slopes[broken], here[broken] = 0, 0
    return np.einsum("bjq,bq->bj", np.linalg.pinv(slopes, rcond=1e-8), here)


def polish(world, equations, letters, conditions, turns=12):
    """From float64 roots to 50-digit roots: the slopes stay, the residuals are exact."""
    unknowns = Unknowns(world, letters)
    target = _Target(equations, unknowns, conditions)
    rows, slopes = unknowns.read(world), None
    for _ in range(turns):
        here = target(rows, world)
        worst = np.abs(here).max(axis=1)
        if all(w <= _CLOSE_ENOUGH for w in worst if w == w):
            break
        if slopes is None:
            rough, floating = rows.astype(float), roughly(world)
            slopes = target.slopes(rough, floating, target(rough, floating))
        scale = np.where((worst > 0) & (worst == worst), worst, Decimal(1))[:, None]
        step = decimals(_least_step(slopes, (here / scale).astype(float))) * scale
        # As `Unknowns.moved`: to first order a factor e^(−s) is 1 − s, and s is tiny here.
        rows = unknowns.inside(np.where(unknowns.scaled, rows * (1 - step), rows - step))
    return target.world(rows, world)

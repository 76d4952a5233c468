"""Attack an inequality, or a claimed minimum: climb, in float64, towards a violation."""

from decimal import Decimal

import numpy as np

from lossbook.derive import arithmetic as ar
from lossbook.derive.arithmetic import SizeMismatch, TooLarge
from lossbook.derive.compare import FALSE, gap, votes
from lossbook.derive.instances import PLANS, draw, roughly, spread
from lossbook.derive.search import Unknowns, residuals, solve
from lossbook.derive.trees import equation, free_indices
from lossbook.derive.world import evaluate

_ROUNDS = 24
_CANDIDATES = 48


def find_violation(checker, left, sign, right):
    """An exact world of one instance on which the comparison is false, or None."""
    conditions = checker.conditions
    try:
        letters = conditions.letters([left, right])
        if not letters or _is_array(checker, left):
            return None
        for plan in (PLANS[2], PLANS[3]):
            found = _climb(checker, plan, letters, left, sign, right)
            if found is not None:
                return found
    except (TooLarge, SizeMismatch):
        return None
    return None


def _is_array(checker, tree):
    world = checker.worlds()[0]
    wide, _ = spread(world, sorted(free_indices(tree, world.setting.scope)))
    return bool(evaluate(tree, wide).dims)


def _climb(checker, plan, letters, left, sign, right):
    rng = np.random.default_rng([checker.seed, 7])
    conditions = checker.conditions
    start = _candidates(checker, plan)
    if start is None:
        return None
    unknowns = Unknowns(start, letters)
    indices = sorted(free_indices((left, right), checker.setting.scope))

    def excess(world):
        """How far the comparison is from true: ≥ 0 where it is violated, or nearly so."""
        wide, combinations = spread(world, indices)
        difference, _ = gap(left, right, wide)
        if sign in (r"\ge", ">"):
            difference = -difference
        worst = np.broadcast_to(difference, (wide.count, 1)).reshape(-1, combinations)
        worst = np.where(np.isnan(worst), -np.inf, worst).max(axis=1)
        return np.where(np.isfinite(worst), worst, -np.inf)

    rows = unknowns.read(start)
    best = excess(conditions.assign(unknowns.write(start, rows)))
    for turn in range(_ROUNDS):
        scale = 3.0 * 0.4 ** (turn % 8)
        noise = rng.normal(size=rows.shape) * scale
        grown, shifted = rows * np.exp(np.clip(noise, -3, 3)), rows + noise * (1 + np.abs(rows) / 3)
        moved = unknowns.inside(np.where(unknowns.scaled, grown, shifted))
        there = conditions.assign(unknowns.write(start, moved))
        if conditions.equations:
            there, _ = solve(there, conditions.equations, letters, conditions, turns=3)
            moved = unknowns.read(there)
        reached = excess(there)
        better = (reached > best) & conditions.hold(there)
        rows, best = np.where(better[:, None], moved, rows), np.where(better, reached, best)
    return _confirmed(checker, unknowns.write(start, rows), best, (left, sign, right), indices)


def _candidates(checker, plan):
    """Float64 worlds in which the facts hold."""
    conditions = checker.conditions
    world = conditions.assign(draw(checker.setting, plan, checker.seed + 1, _CANDIDATES))
    if conditions.equations:
        letters = conditions.letters(conditions.equations)
        if letters:
            world, _ = solve(world, conditions.equations, letters, conditions, turns=8)
    fine = np.flatnonzero(conditions.hold(world))
    if not len(fine):
        return None
    return world.rows(np.resize(fine, _CANDIDATES)).afresh()


def _confirmed(checker, world, best, comparison, indices):
    """The best candidates made exact; for < and > also moved onto equality."""
    left, sign, right = comparison
    world = checker.conditions.assign(world)
    statement = ("rel", (left, right), (sign,))
    keep = np.argsort(-best)[:3]
    exact = checker.made_exact(world, keep)
    if exact is None:
        return None
    wide, _ = spread(exact, indices)
    wrong = votes(statement, wide) == FALSE
    if sign in ("<", ">") and not wrong.any() and not checker.conditions.equations:
        exact, equal = _onto_equality(checker, exact, left, right)
        wide, combinations = spread(exact, indices)
        wrong = np.repeat(equal & checker.conditions.hold(exact), combinations)
    return wide.row(int(np.argmax(wrong))) if wrong.any() else None


def _onto_equality(checker, world, left, right, turns=70):
    """Newton on left − right, in decimals; returns (world, which instances reach equality).

    At a double root, where < turns into =, the distance only halves; at infinity, where it
    never does, the steps do not become small.
    """
    conditions = checker.conditions
    goal = [equation(left, right)]
    unknowns = Unknowns(world, conditions.letters(goal))
    rows = unknowns.read(world)
    step = Decimal("1e-20")
    at = lambda rows: conditions.assign(unknowns.write(world, rows))  # noqa: E731
    for _ in range(turns):
        here = residuals(goal, at(rows))[:, :1]
        slopes = []
        for j in range(rows.shape[1]):
            poked = rows.copy()
            poked[:, j] = poked[:, j] + step
            slopes.append((residuals(goal, at(poked))[:, :1] - here) / step)
        slopes = np.concatenate(slopes, axis=1)
        steepness = (slopes * slopes).sum(axis=1)[:, None]
        flat = ~np.asarray(steepness > Decimal("1e-90"), dtype=bool)
        move = np.where(flat, Decimal(0), here * slopes / np.where(flat, Decimal(1), steepness))
        rows = rows - move
    still = ~flat[:, 0] & np.asarray(np.abs(move) < Decimal("1e-15"), dtype=bool).all(axis=1)
    close = np.abs(residuals(goal, at(rows))).max(axis=1) < Decimal("1e-28")
    return at(rows), still & np.asarray(close, dtype=bool)


def find_better_point(checker, world, point, optimum):
    """An instance whose value of the target lies below (above) that of the claimed optimum."""
    word, variable, body = optimum
    if variable[0] != "name" or variable[1] not in world.values:
        raise SizeMismatch("arg min is taken in a declared letter")
    name = variable[1]
    claimed = evaluate(point, world)
    if claimed.dims != world.values[name].dims:
        raise SizeMismatch(f"left is a {claimed.sized()}, {name} is not")
    rough = roughly(world)
    best = evaluate(point, rough).array
    rng = np.random.default_rng([checker.seed, 11])
    flip = 1 if word == "argmin" else -1

    def value(array):
        return flip * evaluate(body, rough.but(**{name: ar.Value(array, claimed.dims)})).array

    least = value(best)
    for scale in np.repeat([1e-3, 0.03, 0.3, 1, 10], 10):
        tried = best + rng.normal(size=best.shape) * scale
        there = rough.but(**{name: ar.Value(tried, claimed.dims)})
        allowed = checker.conditions.hold(there)
        below = allowed & (value(tried) < least - 1e-7 * scale**2 * (1 + np.abs(least)) - 1e-12)
        if below.any():
            return world.row(int(np.argmax(below)))
    return None

"""One equation solved in one number: exactly, or by a change of sign that proves a root."""

from flint import arb, ctx, fmpq, fmpz

from lossbook.derive.constructs import entry_pairs
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.arrays import Array
from lossbook.derive.evaluate.environment import key_of
from lossbook.derive.evaluate.search import as_float, rounded
from lossbook.derive.falsify.solve import FACT_BITS, FAILURES

_GRID = (0, 1, 2, 3, 5, 8, 13, 21, 40, 75, 150, 400, 1000)


def roots(fact, instance, name, entry, places, constants=(), most=3):
    """Instances on which one scalar equation holds in one entry of a letter: exact, or proven."""
    key = key_of(instance.setting, name)
    letter, variable = instance.value(key), instance.setting.variables[name]
    ((left, _, right),) = fact.pairs()

    def put(x):
        if type(letter) is not Array:
            return x
        flat = list(letter.flat)
        flat[entry] = x
        return Array(letter.dims, letter.shape, flat)

    def gap(x, world=None):
        if world is None:
            world = instance.but({key: put(x)}).world().at(places)
        else:
            world = world.but({key: put(x)}).at(places)
        ((a, b),) = entry_pairs(left, right, world)
        return nb.real(nb.add(a, -b))

    def side(x):
        try:
            with ctx.workprec(FACT_BITS):
                return nb.sign(gap(x))
        except (ArithmeticError, ValueError):
            return None

    points = _points(variable, constants)
    with ctx.workprec(FACT_BITS):
        gap(points[len(points) // 2])  # ValueError, where it is more than one number
    found, before = [], None
    for x in points:
        here = side(x)
        if here == 0:
            found.append(instance.but({key: put(x)}))
        elif here is not None and before is not None and here * before[1] < 0:
            found.append(_bracketed(instance, key, put, gap, side, before[0], x, before[1]))
        before = (x, here) if here else None
        if len(found) >= most:
            break
    return [one for one in found if one is not None]


def _points(variable, constants):
    near = {fmpq(x) for x in _GRID} | {x + fmpq(s, 2) for x in constants for s in (-1, 0, 1)}
    points = sorted(near | {-x for x in near} | {fmpq(1, n) for n in (2, 10, 1000)})
    if variable.space in ("positive", "nonnegative"):
        return [x for x in points if x > 0]
    if variable.space in ("interval", "simplex", "open simplex"):
        return [fmpq(k, 64) for k in range(1, 64)]
    return points


def _bracketed(instance, key, put, gap, side, low, high, side_low):
    """The root between two points: a short rational if that is one, else a recipe for a ball."""
    for _ in range(34):
        middle = (low + high) / 2
        here = side(middle)
        if here is None:
            return None
        if here == 0:
            return instance.but({key: put(middle)})
        low, high = (middle, high) if here == side_low else (low, middle)
    for largest in (1, 2, 12, 100, 10**4):
        simple = _simplest(low, high, largest)
        if simple is not None and side(simple) == 0:
            return instance.but({key: put(simple)})

    def recipe(world):
        at, before = high, low
        here, there = gap(at, world), gap(before, world)
        width = fmpq(1, 2 ** (ctx.prec * 5 // 8))
        for _ in range(12):  # the secant, until it does not move
            slope = (here - there) / (nb.ball(at - before))
            step = (here / slope).mid()
            if not step.is_finite() or abs(step) < arb(width) / 4:
                break
            before, there, at = at, here, at - step.fmpq()
            at = fmpq((at * 2**ctx.prec).floor(), fmpz(2) ** ctx.prec)
            here = gap(at, world)
        if nb.sign(gap(at - width, world)) * nb.sign(gap(at + width, world)) >= 0:
            raise nb.Undecided
        inside = arb(at) + arb(0, 1) * arb(width)
        if not gap(inside, world).is_finite():  # it has a value on all of the ball: no jump there
            raise nb.Undecided
        return put(inside)

    with ctx.workprec(FACT_BITS):
        try:
            recipe(instance.world())
        except FAILURES:
            return None
    return instance.but({}, [(key, recipe)])


def _simplest(low, high, largest):
    x = rounded(as_float((low + high) / 2), largest)
    return x if low - fmpq(1, 10**9) <= x <= high + fmpq(1, 10**9) else None

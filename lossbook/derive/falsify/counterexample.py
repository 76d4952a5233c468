"""Seek a counterexample where drawing has found none: by descent, confirmed exactly.

SciPy searches in floats; what it finds is rounded to short rationals in a fixed order and judged
like any other instance, so no rounding error refutes a line, and none is printed.
"""

from itertools import product

import numpy as np
from flint import ctx, fmpq

from lossbook.derive import constructs as c
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.search import (
    CONTINUOUS,
    SEARCH_BITS,
    Coordinates,
    as_float,
    descend,
    polish,
)
from lossbook.derive.falsify.compare import FALSE, TRUE, judged, nature
from lossbook.derive.falsify.explain import entries
from lossbook.derive.falsify.roots import roots
from lossbook.derive.falsify.solve import FAILURES

_STEPS = 90
_SCATTERED = 40  # points at which a second descent may begin
_ROUNDINGS = (1, 2, 10, 100, 10**4, "digits")
_INSIDE = 4  # a coordinate far out rounds to the end of its interval; here it does not
_MOST_NUMBERS = 16
_SHORT_STEPS = (1, 3, 6, 9, 12, 16, 24, 40)  # digits of the steps beside a claimed optimum
_FAR = 1e30
_TOUCHING = 1e-10  # sides as close as this may be equal at a point that is no fraction
_OUTSIDE = 20  # beyond this coordinate a valley is one that falls to infinity


def violation(claim, closest, checker):
    """(instance, places) that refutes a claim, a sentence where it may be equal, or None."""
    doubt = None
    for left, sign, right in claim.pairs():
        if sign == "=":
            continue
        known = [one for one in closest if one[1] == (left, sign, right)]
        starts = _starts(known)
        statement = c.Claim((c.Relation((left, right), (sign,)),))
        if nature(statement, checker.setting)[2]:
            continue
        for instance, places in starts:
            found = sign == r"\ne" and _met(statement, instance, places, checker)
            found = found or _descended(statement, instance, places, checker)
            if type(found) is tuple:
                return found
            doubt = doubt or found
    return doubt


def _bound(checker):
    """Letters that an equation of the facts rests on: they cannot be moved alone."""
    equations = [fact for fact in checker.facts.facts if "=" in fact.signs]
    return set().union(*[checker.setting.rests_on(fact) for fact in equations], set())


def _starts(known):
    """The instances nearest to a violation, one of them small and whole."""

    def slack(one):
        (a, b), _, instance, _ = one
        a, b = as_float(a), as_float(b)
        gap = abs(a - b) / (1 + abs(a) + abs(b))
        return (gap if gap == gap else 1e9, len(str(instance.sizes)))

    small = [one for one in known if max(one[2].sizes.values(), default=1) <= 4]
    ranked = sorted(
        enumerate(small), key=lambda pair: (slack(pair[1])[0] == 0, slack(pair[1]), pair[0])
    )
    chosen, seen = [], set()
    for _, (_, _, instance, places) in ranked:
        if id(instance) not in seen:
            seen.add(id(instance))
            chosen.append((instance, places))
    return chosen[:2]


def _met(statement, instance, places, checker):
    """Where both sides of ≠ are equal: exactly, or for certain at a point of a ball."""
    ((left, _, right),) = statement.pairs()
    equal = c.Relation((left, right), ("=",))
    used = checker.setting.rests_on(statement) - _bound(checker)
    for name in [n for n in checker.setting.variables if n in used][:3]:
        try:
            found = roots(equal, instance, name, 0, places, nature(statement, checker.setting)[0])
        except (ArithmeticError, ValueError):
            continue
        for one in found:
            if checker.facts.hold(one, [name] if name in one.values else ()):
                return one, places
    return None


def _descended(statement, instance, places, checker):
    setting = checker.setting
    ((left, sign, right),) = statement.pairs()
    used = setting.rests_on(statement) - _bound(checker)
    names = Coordinates.searchable(setting, [n for n in setting.variables if n in used])
    with ctx.workprec(SEARCH_BITS):
        coordinates = Coordinates(setting, names, instance.value, instance.world())
    start = coordinates.read()
    if not 0 < len(start) <= _MOST_NUMBERS:
        return None
    constrained = bool(checker.facts.rest)

    def gap(point):
        values = coordinates.write(np.asarray(point))
        if values is None:
            return _FAR
        moved = instance.but(values)
        with ctx.workprec(SEARCH_BITS):
            try:
                if constrained and not checker.facts.hold(moved):
                    return _FAR
                ((a, b),) = c.entry_pairs(left, right, moved.world().at(places))
                found = as_float(nb.add(a, -b))
            except (ArithmeticError, ValueError):
                return _FAR
        found = {r"\ne": abs(found), "<": -found, r"\le": -found}.get(sign, found)
        return found if found == found else _FAR

    point, least = descend(gap, start + 0.01, _STEPS)
    if -_TOUCHING < least < _FAR:
        elsewhere = _scattered_descent(gap, len(start))
        point, least = elsewhere if elsewhere[1] < -_TOUCHING else (point, least)
    strict = sign in ("<", ">", r"\ne")
    if strict and 0 < least < _FAR:
        point, least = polish(gap, point)
    near_equal = strict and abs(least) < _TOUCHING
    if least > 1e-6 and not near_equal:
        return None
    inside = np.clip(point, -_INSIDE, _INSIDE)
    for place, largest in product((point, inside), _ROUNDINGS):
        values = coordinates.write(place, largest)
        if values is None:
            continue
        moved = instance.but(values)
        if not checker.facts.hold(moved, names):
            continue
        ((_, vote),) = judged(statement, moved, [places])
        if vote == FALSE:
            return moved, places
        short = largest in _ROUNDINGS[:4]
        if vote == TRUE and near_equal and short and _is_near(values, coordinates, point):
            return None  # a short rational, and there the sides differ for certain
    if near_equal and _isolated(gap, point, least):
        return "the two sides come closer than can be told apart: may they be equal?"
    return None


def _scattered_descent(gap, many):
    """Descent from the lowest of some points around 0: a first one may have ended at a kink."""
    points = np.random.default_rng(1).normal(0, 1.5, (_SCATTERED, many))
    return descend(gap, min(points, key=gap), _STEPS)


def _is_near(values, coordinates, point):
    """Whether the rounded point is the point that was found."""
    exact = coordinates.write(point)
    pairs = [
        (x, y)
        for n in values
        for x, y in zip(ar.entries(values[n]), ar.entries(exact[n]), strict=True)
    ]
    return all(abs(x - y) < fmpq(1, 10**7) for x, y in pairs)


def _isolated(gap, point, least):
    """Whether the least value lies in a valley, and not on a slope that goes on to infinity."""
    least, rises = abs(least), False
    for k in range(len(point)):
        if abs(point[k]) > _OUTSIDE:
            nearer = np.array(point)
            nearer[k] /= 2
            if gap(nearer) < _TOUCHING:
                return False
        for step in (1e-3, -1e-3):
            moved = np.array(point)
            moved[k] += step * (1 + abs(moved[k]))
            there = gap(moved)
            if there < 0.99 * least - 1e-17:
                return False
            rises |= there > 1e3 * least + 1e-13
    return rises


# -------------------------------------------------------------------- arg min


def better_point(point, optimum, instance, facts, search):
    """A sentence that shows a better point than the claimed one; else 1 if it could be tested."""
    variable, setting = optimum.variable, instance.setting
    if type(variable) is not c.Name or variable.name not in setting.variables:
        raise ar.SizeMismatch("arg min is taken in a declared letter")
    claim = _ClaimedOptimum(point, optimum, instance, facts)
    try:
        claim.value(claim.claimed, 128)
    except nb.Undefined:
        return "the claimed point, or the value there, is undefined"
    except nb.Undecided:
        return 0
    if setting.variables[variable.name].space not in CONTINUOUS or not claim.may_be(claim.claimed):
        return 0
    for values in claim.elsewhere(search):
        if (found := claim.improved(lambda world, values=values: values)) is not None:
            return claim.told(entries(values[claim.name]), found)
    for direction in claim.downhill() if search else ():
        for digits in _SHORT_STEPS:
            step = claim.moved(direction, fmpq(1, 10**digits))
            if (found := claim.improved(step)) is not None:
                return claim.told(claim.claimed_text(direction, digits), found)
    return 1


class _ClaimedOptimum:
    """A point that is claimed to be the least of all, on one instance.

    A point is a function of a world, which gives the letter its value at that precision.
    """

    def __init__(self, point, optimum, instance, facts):
        self.point, self.optimum, self.instance, self.facts = point, optimum, instance, facts
        self.name = optimum.variable.name
        self.shown, self.sign = c.spelled(self.name), 1 if optimum.kind == "min" else -1

    def claimed(self, world):
        claimed, letter = self.point.value(world), self.instance.value(self.name)
        if self.point == c.Num(nb.ZERO):  # a bare 0 is also the zero vector
            claimed = ar.scaled(nb.ZERO, letter)
        if getattr(claimed, "dims", None) != getattr(letter, "dims", None):
            said = f"left is a {ar.sized(claimed)}, {self.name} is a {ar.sized(letter)}"
            raise ar.SizeMismatch(said)
        return {self.name: claimed}

    def value(self, point, bits):
        with ctx.workprec(bits):
            world = self.instance.world()
            return ar.number(self.optimum.body.value(world.but(point(world))), "arg min")

    def may_be(self, point):
        """Whether the point lies where the letter may be, and meets the facts."""
        try:
            with ctx.workprec(128):
                moved = self.instance.but(point(self.instance.world()))
                inside = self.facts._inside(self.name, moved.world())
                return inside and (not self.facts.rest or self.facts.hold(moved))
        except FAILURES:
            return True

    def improved(self, point):
        """(value there, value at the claimed point) where the first is better for certain."""
        for bits in (128, 512):
            try:
                better, least = self.value(point, bits), self.value(self.claimed, bits)
                if nb.sign(self.sign * (least - better)) <= 0 or not self.may_be(point):
                    return None
                return better, least
            except (ArithmeticError, ValueError):
                continue
        return None

    def elsewhere(self, search):
        """Values of the letter at other points: as drawn, where a search ends, far out."""
        with ctx.workprec(128):
            world = self.instance.world()
            claimed = self.claimed(world)[self.name]
            near = Coordinates(world.setting, [self.name], lambda _: claimed, world)
            drawn = Coordinates(world.setting, [self.name], self.instance.value, world)
        start, there = near.read(), drawn.read()
        found = [near.write(there, 10**4)]
        if search:

            def height(where):
                values = near.write(np.asarray(where))
                try:
                    return as_float(self.sign * self.value(lambda world: values, SEARCH_BITS))
                except (ArithmeticError, ValueError):
                    return _FAR

            for begin in (start + 0.3, there + 0.1, 6 * there - 2):
                least, _ = descend(height, begin, _STEPS + 40 * len(start))
                found += [near.write(least, largest) for largest in _ROUNDINGS]
            for far in (-2000, -100, -10, 10, 100, 2000):
                found.append(near.write(np.full(len(start), float(far)), 1))
        return [values for values in found if values is not None]

    def downhill(self):
        """Directions, {entry: ±1}, in which the slope at the claimed point is down for certain."""
        try:
            with ctx.workprec(128):
                world = self.instance.world()
                world = world.but(self.claimed(world))
                slopes = c.Gradient(self.optimum.variable, 1, self.optimum.body).value(world)
                slopes = [self.sign * slope for slope in ar.entries(slopes)]
                if self.instance.setting.variables[self.name].space.endswith("simplex"):
                    order = sorted(range(len(slopes)), key=lambda k: as_float(slopes[k]))
                    pairs = [(order[0], k) for k in reversed(order[1:])]
                    return [{a: 1, b: -1} for a, b in pairs if nb.sign(slopes[b] - slopes[a]) > 0]
                sides = [nb.sign(slope) for slope in slopes]
        except (ArithmeticError, ValueError):
            return []
        return [{k: -side} for k, side in enumerate(sides) if side]

    def moved(self, direction, step):
        """The claimed point, a step further in a direction."""

        def point(world):
            claimed = self.claimed(world)[self.name]
            flat = list(ar.entries(claimed))
            for k, side in direction.items():
                flat[k] = flat[k] + side * step
            is_array = type(claimed) is ar.Array
            return {self.name: ar.Array(claimed.dims, claimed.shape, flat) if is_array else flat[0]}

        return point

    def told(self, there, found):
        """The two values in words, and how far they are apart where that does not show."""
        better, least = map(entries, found)
        by = f" by {entries(abs(found[0] - found[1]))}" if better == least else ""
        word = "smaller" if self.sign > 0 else "larger"
        return (
            f"at {self.shown} = {there} the value is {word}{by}\n"
            f"value at {self.shown} = {there}: {better}\n"
            f"value at {self.shown} = {self.claimed_text()}: {least}"
        )

    def claimed_text(self, direction=None, digits=0):
        """The claimed point in short, or what a step leads to: 3 - 10^-9, (1, 2) + (10^-9, 0)."""
        with ctx.workprec(128):
            claimed = self.claimed(self.instance.world())[self.name]
        if direction is None:
            return entries(claimed)
        signs = [direction.get(k, 0) for k in range(len(ar.entries(claimed)))]
        if type(claimed) is not ar.Array:
            return f"{entries(claimed)} {'-' if signs[0] < 0 else '+'} 10^-{digits}"
        return f"{entries(claimed)} + 10^-{digits} ({', '.join(map(str, signs))})"

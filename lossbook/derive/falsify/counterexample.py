"""Seek a counterexample where drawing has found none: by descent, confirmed exactly.

SciPy searches in floats; what it finds is rounded to short rationals in a fixed order and judged
like any other instance, so no rounding error refutes a line, and none is printed.
"""

import numpy as np
from flint import ctx, fmpq

from lossbook.derive import constructs as c
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.search import SEARCH_BITS, Coordinates, as_float, descend
from lossbook.derive.falsify import facts as fc
from lossbook.derive.falsify.compare import FALSE, TRUE, judged, nature
from lossbook.derive.falsify.explain import entries

_STEPS = 90
_ROUNDINGS = (1, 2, 10, 100, 10**4, "digits")
_MOST_NUMBERS = 16
_FAR = 1e30


def violation(claim, closest, checker):
    """(instance, places) that refutes a claim, a sentence where it may be equal, or None."""
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
            if found is not None:
                return found
    return None


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
            found = fc.roots(
                equal, instance, name, 0, places, nature(statement, checker.setting)[0]
            )
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
                ((a, b),) = fc.sides(left, right, moved.world().at(places))
                found = as_float(nb.add(a, -b))
            except (ArithmeticError, ValueError):
                return _FAR
        found = {r"\ne": abs(found), "<": -found, r"\le": -found}.get(sign, found)
        return found if found == found else _FAR

    point, least = descend(gap, start + 0.01, _STEPS)
    for _ in range(3):
        if not 1e-14 < least < 0.1 or sign in (r"\le", r"\ge"):
            break
        point, least = descend(gap, point, _STEPS)
    near_equal = sign in ("<", ">", r"\ne") and abs(least) < 1e-12
    if least > 1e-6 and not near_equal:
        return None
    for largest in _ROUNDINGS:
        values = coordinates.write(point, largest)
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
    setting, variable = instance.setting, optimum.variable
    if type(variable) is not c.Name or variable.name not in setting.variables:
        raise ar.SizeMismatch("arg min is taken in a declared letter")
    name, sign = variable.name, 1 if optimum.kind == "min" else -1

    def value(values, bits):
        with ctx.workprec(bits):
            world = instance.world()
            world = world.but(values(world)) if callable(values) else world.but(values)
            return ar.number(optimum.body.value(world), "arg min")

    def claimed_at(world):
        claimed = point.value(world)
        letter = instance.value(name)
        if (type(claimed) is ar.Array) != (type(letter) is ar.Array) or (
            type(claimed) is ar.Array and claimed.dims != letter.dims
        ):
            raise ar.SizeMismatch(f"left is a {ar.sized(claimed)}, {name} is a {ar.sized(letter)}")
        return {name: claimed}

    try:
        least = value(claimed_at, 128)
        with ctx.workprec(128):
            claimed = claimed_at(instance.world())[name]
    except nb.Undefined:
        return "the claimed point, or the value there, is undefined"
    except nb.Undecided:
        return 0
    if setting.variables[name].space not in (
        "real",
        "positive",
        "nonnegative",
        "interval",
        "simplex",
        "open simplex",
    ):
        return 0
    with ctx.workprec(128):
        world = instance.world()
        inside = instance.but({name: claimed})
        coordinates = Coordinates(setting, [name], lambda _: claimed, world)
        drawn = Coordinates(setting, [name], instance.value, world)
    if not _in_domain(inside, name, facts):
        return 0
    start = coordinates.read()

    def height(where):
        values = coordinates.write(np.asarray(where))
        try:
            found = sign * as_float(value(values, SEARCH_BITS))
        except (ArithmeticError, ValueError):
            return _FAR
        return found if found == found else _FAR

    tried = [coordinates.write(drawn.read(), 10**4)]
    if search:
        for begin in (start + 0.3, drawn.read() + 0.1, 6 * drawn.read() - 2):
            found, _ = descend(height, begin, _STEPS + 40 * len(start))
            tried += [coordinates.write(found, largest) for largest in _ROUNDINGS]
        for far in (-2000, -100, -10, 10, 100, 2000):
            tried.append(coordinates.write(np.full(len(start), float(far)), 1))
    for values in tried:
        if values is None:
            continue
        for bits in (128, 512):
            try:
                better = value(values, bits)
                least = value(claimed_at, bits)
                below = nb.sign(sign * (least - better)) > 0
            except (ArithmeticError, ValueError):
                continue
            if below and _in_domain(instance.but(values), name, facts):
                word = "smaller" if sign > 0 else "larger"
                shown = c.spelled(name)
                return (
                    f"at {shown} = {entries(values[name])} the value is {word}\n"
                    f"value at {shown} = {entries(values[name])}: {entries(better)}\n"
                    f"value at {shown} = {entries(claimed)}: {entries(least)}"
                )
            break
    return 1


def _in_domain(instance, name, facts):
    try:
        with ctx.workprec(128):
            return facts._inside(name, instance.world()) and (
                not facts.rest or facts.hold(instance)
            )
    except fc.FAILURES:
        return True

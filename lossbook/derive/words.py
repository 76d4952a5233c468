"""Words for what went wrong: numbers, counterexamples, and a guess at the slip."""

from decimal import Decimal
from fractions import Fraction

import numpy as np

from lossbook.derive import arithmetic as ar
from lossbook.derive.arithmetic import SizeMismatch, TooLarge
from lossbook.derive.calculus import chances_of, outcomes_of
from lossbook.derive.compare import FALSE, no_value, sides, votes
from lossbook.derive.instances import spread
from lossbook.derive.reading import name as spelled
from lossbook.derive.reading import text
from lossbook.derive.trees import depends_on, free_indices, pairs

_WIDTH = 88


def number(x):
    """Whole numbers and small fractions as such, the rest with four digits."""
    if x != x:
        return "undefined"
    if abs(x) == float("inf"):
        return "∞" if x > 0 else "-∞"
    if x and not 1e-9 < abs(x) < 1e9:  # a whole number of a million digits takes a while
        return f"{x:.3e}"
    if abs(x - round(x)) < 1e-12:
        return str(round(x))
    simple = Fraction(str(x)).limit_denominator(12)
    if abs(Fraction(str(x)) - simple) < Fraction(1, 10**12):
        return str(simple)
    return f"{float(x):.4g}"


def entries(array):
    """One instance's array: a number, (a, b), [a, b; c, d] or a family (…; …)."""
    if np.ndim(array) == 0:
        return number(array)
    if array.ndim == 2 and array.shape[1] == 1:
        return "(" + ", ".join(number(x) for x in array[:, 0]) + ")"
    if array.ndim == 1:
        return "(" + ", ".join(number(x) for x in array) + ")"
    if array.ndim == 2:
        return "[" + "; ".join(", ".join(number(x) for x in row) for row in array) + "]"
    return "(" + "; ".join(entries(member) for member in array) + ")"


def instance(statement, world, facts=()):
    """The letters of a statement on a world of one instance, wrapped: "for  n = 2, …"."""
    setting = world.setting
    used = depends_on((statement, *facts), setting.definitions)
    shown = [f"{size} = {world.sizes[size]}" for size in world.sizes if size in used]
    for name, variable in setting.variables.items():
        if name not in used:
            continue
        if variable.space == "random":
            taken = entries(world.values[outcomes_of(name)].array[0])
            chances = entries(world.values[chances_of(variable.detail)].array[0])
            shown.append(f"{spelled(name)} = {taken} with probabilities {chances}")
        else:
            shown.append(f"{spelled(name)} = {entries(world.values[name].array[0])}")
    shown += [f"{i} = {int(np.ravel(k)[0])}" for i, k in sorted(world.indices.items())]
    return "for  " + "\n     ".join(_wrapped(shown)) if shown else ""


def _wrapped(items):
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) + 2 > _WIDTH:
            lines[-1] += ","
            lines.append("")
        lines[-1] += f", {item}" if lines[-1] else item
    return lines


def counterexample(statement, world, facts=()):
    """An instance, and the two sides of the first comparison that fails on it."""
    shown = [instance(statement, world, facts)]
    for left, sign, right in pairs(statement):
        if right[0] in ("argmin", "argmax"):
            continue
        if votes(("rel", (left, right), (sign,)), world)[0] == FALSE:
            a, b = sides(left, right, world)
            shown.append(f"left   {text(left)} = {entries(a[0])}")
            shown.append(f"right  {text(right)} = {entries(b[0])}")
            break
    return "\n".join(line for line in shown if line)


def nowhere(statement, world):
    """What has no value on this instance."""
    part = no_value(statement, world, world.indices)
    shown = text(part) if part else "a side"
    return "\n".join(line for line in (f"{shown} is undefined", instance(statement, world)) if line)


# -------------------------------------------------------------------- a guess at the slip


def diagnosis(statement, worlds):
    """A constant factor or difference, the same on every instance; or only right for n = 1."""
    comparisons = pairs(statement)
    if len(comparisons) != 1 or comparisons[0][1] != "=" or comparisons[0][2][0][:3] == "arg":
        return ""
    left, _, right = comparisons[0]
    found = _both_sides(left, right, worlds)
    if len(found) < 6:
        return ""
    return _factor(found) or _difference(found) or _only_for_one(found)


def _both_sides(left, right, worlds):
    """(sizes, left, right) for every entry on every instance."""
    found = []
    for world in worlds:
        wide, _ = spread(world, sorted(free_indices((left, right), world.setting.scope)))
        try:
            a, b = sides(left, right, wide)
        except (SizeMismatch, TooLarge):
            continue
        for x, y in zip(a.reshape(-1), b.reshape(-1), strict=True):
            if x == x and y == y and abs(x) < 10**12 and abs(y) < 10**12:
                found.append((world.sizes, x, y))
    return found


def _factor(found):
    small = Decimal("1e-9")
    if any(abs(x) > small for _, x, y in found if abs(y) <= small):
        return ""
    ratios = [(sizes, x / y) for sizes, x, y in found if abs(y) > small]
    if len(ratios) < 4:
        return ""
    scales = {"": lambda sizes: 1}
    for name in ratios[0][0]:
        scales[name] = lambda sizes, name=name: sizes[name]
        scales["1/" + name] = lambda sizes, name=name: Decimal(1) / sizes[name]
    for name, scale in scales.items():
        quotients = [ratio / scale(sizes) for sizes, ratio in ratios]
        if max(quotients) - min(quotients) < small:
            factor = f"{_named(quotients[0])} {name}".strip()
            return f"left = {factor} × right on every instance"
    return ""


def _difference(found):
    differences = [x - y for _, x, y in found]
    if max(differences) - min(differences) < Decimal("1e-9"):
        return f"left - right = {_named(differences[0])} on every instance"
    return ""


def _only_for_one(found):
    """Right where a size is 1 and wrong elsewhere."""
    for name in found[0][0]:
        equal = [(sizes[name] == 1, abs(x - y) < Decimal("1e-9")) for sizes, x, y in found]
        ones = [same for one, same in equal if one]
        if ones and all(ones) and not all(same for one, same in equal if not one):
            return f"right for {name} = 1 only"
    return ""


def _named(x):
    famous = {"ln 2": Decimal(2).ln(), "1/ln 2": 1 / Decimal(2).ln(), "π": ar.PI}
    for shown, value in famous.items():
        if abs(abs(x) - value) < Decimal("1e-9"):
            return ("-" if x < 0 else "") + shown
    return number(x)

"""Is a statement true, on each instance of a batch? True, false, too close to call, undefined."""

import numpy as np

from lossbook.derive import arithmetic as ar
from lossbook.derive.arithmetic import SizeMismatch, Value
from lossbook.derive.instances import spread
from lossbook.derive.trees import DERIVATIVES, free_indices, pairs, parts
from lossbook.derive.world import evaluate

# Votes, ordered so that the smallest decides among several.
UNDEFINED, FALSE, UNSURE, TRUE = range(4)

# (equal up to, different from): relative to the size of the two sides. Between them an instance
# has no vote. Fifty digits leave 30 after one derivative and 15 after two.
_EXACT = (1e-12, 1e-8)
_ROUGH = (1e-9, 1e-5)
_STRICT = 1e-15  # for < and >: what is closer than this may be equal


def sides(left, right, world):
    """The values of both sides as arrays of one shape (B, …); a bare 0 is also the zero vector."""
    a = _side(left, right, world)
    b = _side(right, left, world)
    if a is None:
        a = b.like(b.array * 0)
    if b is None:
        b = a.like(a.array * 0)
    a, b = _one_size(a, b)
    return np.broadcast_arrays(a.array, b.array)


def _side(tree, other, world):
    """The Value of a side; None for a literal 0, which takes the size of the other side."""
    zero = ("num", 0)
    return None if tree == zero and other != zero else evaluate(tree, world)


def _one_size(a, b):
    if len(a.dims) == 3 or len(b.dims) == 3:
        raise SizeMismatch("a whole family cannot be compared: give it an index")
    if (a.dims == ar.IDENTITY) != (b.dims == ar.IDENTITY):
        a, b = ar.same_size(a, b, "compared with")
    if a.dims != b.dims:
        raise SizeMismatch(f"left is a {a.sized()}, right is a {b.sized()}")
    return a, b


def gap(left, right, world):
    """left − right and their size, per instance, shape (B, entries)."""
    a, b = sides(left, right, world)
    rows = len(a)
    a, b = a.reshape(rows, -1), b.reshape(rows, -1)
    with np.errstate(all="ignore"):
        difference = np.where((a == b) & ~ar.is_nan(a), a * 0, a - b)
        scale = 1 + ar.larger(np.abs(a), np.abs(b))
        scale = np.where(np.abs(scale) == float("inf"), 1, scale)
    both_infinite = (a == b) & (np.abs(a) == float("inf"))
    difference = np.where(both_infinite, 0, difference)
    return difference, scale


def votes(statement, world, *, premise=False):
    """One vote for each instance (and each value of the world's indices).

    A premise must hold to nearly all digits: near a double root x² is 0 to 12 digits long
    before x is.
    """
    total = None
    for left, sign, right in pairs(statement):
        vote = _vote(left, sign, right, world, premise)
        total = vote if total is None else np.minimum(*np.broadcast_arrays(total, vote))
    return np.broadcast_to(total, (world.count,)).copy()


def _vote(left, sign, right, world, premise):
    difference, scale = gap(left, right, world)
    equal_below, different_above = _EXACT if world.exact else _ROUGH
    if premise:
        equal_below = 1e-17 if _differentiates(left, right) else 1e-26
    size = (np.abs(difference) / scale).astype(float)
    # Decimal → float keeps NaN and infinity; NaN is undefined.
    undefined = np.isnan(size)
    equal, different = size <= equal_below, size > different_above
    positive = np.asarray(difference > 0, dtype=bool)
    if sign in ("<", ">"):
        vote = _strict(sign, difference, size, positive, _noise(left, right, world, scale))
    elif sign == "=":
        vote = np.where(equal, TRUE, np.where(different, FALSE, UNSURE))
    elif sign == r"\ne":
        return _not_equal(equal, different, undefined)
    else:
        wrong = positive if sign == r"\le" else ~positive
        vote = np.where(equal, TRUE, np.where(different, np.where(wrong, FALSE, TRUE), UNSURE))
    return np.where(undefined, UNDEFINED, vote).min(axis=1)


def _strict(sign, difference, size, positive, noise):
    """For < and > digits decide, not a tolerance: what is closer than the noise is equal."""
    same = np.asarray(np.abs(difference) <= noise, dtype=bool)
    wrong = positive if sign == "<" else ~positive
    clear = np.where(wrong & (size > _EXACT[0]), FALSE, np.where(wrong, UNSURE, TRUE))
    return np.where(same, FALSE, np.where(size > _STRICT, clear, UNSURE))


def _noise(left, right, world, scale):
    """How far two equal sides may lie apart: derivatives lose digits."""
    if not world.exact:
        return 1e-15
    if _differentiates(left, right):
        return ar.Decimal("1e-15") * scale
    # Only digits that cancel are lost, in relation to the sides: 1e-59 is not 0.
    return ar.Decimal("1e-40") * (scale - 1)


def _differentiates(left, right):
    return any(part[0] in DERIVATIVES for part in parts((left, right)))


def _not_equal(equal, different, undefined):
    """Arrays differ as soon as one entry does."""
    vote = np.where(different.any(axis=1), TRUE, np.where(equal.all(axis=1), FALSE, UNSURE))
    return np.where(undefined.any(axis=1), UNDEFINED, vote)


def holds_for_all(statement, world):
    """Which instances satisfy a statement for every value of its free indices."""
    indices = sorted(free_indices(statement, world.setting.scope))
    wide, combinations = spread(world, indices)
    return (votes(statement, wide).reshape(-1, combinations) == TRUE).all(axis=1)


def in_domain(world):
    """Which instances keep every letter in its declared set."""
    inside = np.ones(world.count, dtype=bool)
    for name, variable in world.setting.variables.items():
        if variable.space == "random":
            continue
        entries = world.values[name].array
        entries = entries.reshape(len(entries), -1)
        if variable.space in ("positive", "open simplex"):
            # A search may not slip through "positive" by making a number vanish.
            fine = entries > _LEAST[world.exact]
        elif variable.space in ("nonnegative", "simplex"):
            fine = entries >= 0
        elif variable.space == "interval":
            fine = _inside(entries, variable.detail, world)
        else:
            continue
        inside &= np.asarray(fine, dtype=bool).all(axis=1)
    return inside


_LEAST = {True: ar.Decimal("1e-7"), False: 1e-7}


def _inside(entries, interval, world):
    low, high, open_left, open_right = interval
    low, high = (evaluate(bound, world).array[:, None] for bound in (low, high))
    above = entries > low if open_left else entries >= low
    below = entries < high if open_right else entries <= high
    return np.asarray(above, dtype=bool) & np.asarray(below, dtype=bool)


def no_value(statement, world, indices):
    """The smallest part of a statement that has no value on this one instance."""
    for left, _, right in pairs(statement):
        for side in (left, right):
            if side is not None and _undefined(side, world):
                return _innermost(side, world)
    return None


def _undefined(tree, world):
    try:
        value = evaluate(tree, world)
    except (SizeMismatch, KeyError):
        return False
    return isinstance(value, Value) and bool(ar.is_nan(value.array).any())


def _innermost(tree, world):
    for branch in tree[1:]:
        if isinstance(branch, tuple) and branch and isinstance(branch[0], str):
            if branch[0] in ("rel", "and"):
                continue
            if tree[0] not in ("sum", "prod", "max", "min") and _undefined(branch, world):
                return _innermost(branch, world)
    return tree

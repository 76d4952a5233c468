"""The algebra of the language: what each operation of a tree is worth on a batch of instances."""

import numpy as np

from lossbook.derive import arithmetic as ar
from lossbook.derive.arithmetic import IDENTITY, SizeMismatch, Value
from lossbook.derive.matrices import determinant, rank
from lossbook.derive.world import (
    evaluate,
    highest,
    lowest,
    operation,
    position,
    truth,
    whole_numbers,
)


@operation("num")
def _num(world, fraction):
    return ar.constant(fraction, world.exact)


@operation("name")
def _name(world, name):
    if name in world.indices:
        index = np.atleast_1d(world.indices[name])
        return whole_numbers(index, world.exact)
    return world.value(name)


@operation("idx")
def _idx(world, name, subscripts):
    return pick(world.value(name), [position(s, world) for s in subscripts], name)


def pick(value, places, name):
    """The entry, or the member of a family, at 1-based places."""
    dims, array = value.dims, value.array
    if len(dims) == 2 and dims[1] == 1 and len(places) == 1:
        array, kept = array[:, :, 0], ()
    elif len(dims) == 3 and len(places) == 2:
        array, kept = array[:, :, :, 0], ()
    elif len(dims) == 3 and len(places) == 1:
        kept = dims[1:]
    elif len(dims) == 2 and len(places) == 2:
        kept = ()
    elif len(dims) == 2 and dims[0] != 1:
        raise SizeMismatch(f"{name} is a {value.sized()}: write two indices for an entry")
    else:
        raise SizeMismatch(f"{name} is a {value.sized()}, it takes no {len(places)} indices")
    for axis, place in enumerate(places):
        if lowest(place) < 1 or highest(place) > array.shape[axis + 1]:
            raise SizeMismatch(f"index {highest(place)} of {name} is outside 1…{dims[axis]}")
    if all(isinstance(place, int) for place in places):  # the same entry of every instance
        return Value(array[(slice(None), *[place - 1 for place in places])], kept)
    every = np.arange(max([len(array)] + [np.size(place) for place in places]))
    rows = every if len(array) > 1 else every * 0
    return Value(array[(rows, *[np.asarray(place) - 1 for place in places])], kept)


@operation("call")
def _call(world, name, subscripts, arguments):
    definition = world.setting.definitions.get(f"{name}/{len(arguments)}")
    if definition is None:
        raise SizeMismatch(f"{name} is not defined for {len(arguments)} argument(s)")
    given = [evaluate(argument, world) for argument in arguments]
    inner = world.with_values(
        {**world.values, **dict(zip(definition.parameters, given, strict=True))}
    )
    value = inner.family(definition)
    return pick(value, [position(s, world) for s in subscripts], name) if subscripts else value


@operation("neg")
def _neg(world, tree):
    value = evaluate(tree, world)
    return value.like(-value.array)


def _binary(name, combine):
    operation(name)(lambda world, a, b: combine(evaluate(a, world), evaluate(b, world)))


_binary("add", ar.add)
_binary("sub", ar.subtract)
_binary("mul", ar.multiply)
_binary("dot", ar.inner)
_binary("had", ar.entrywise)
_binary("div", ar.divide)


@operation("pow")
def _pow(world, base, exponent):
    if base == ("name", "e") and "e" not in world.setting.scope:
        return ar.elementary("exp", evaluate(exponent, world))
    return ar.power(evaluate(base, world), evaluate(exponent, world))


@operation("T")
def _T(world, tree):
    return ar.transpose(evaluate(tree, world))


@operation("norm")
def _norm(world, tree, order):
    value = evaluate(tree, world)
    if value.dims in ((), IDENTITY) or len(value.dims) == 3:
        raise SizeMismatch(f"the norm of a {value.sized()}")
    entries = value.array.reshape(len(value.array), -1)
    if order == 1:
        return Value(np.abs(entries).sum(axis=1))
    if order == "∞":
        return Value(np.abs(entries).max(axis=1))
    return ar.elementary("sqrt", Value((entries * entries).sum(axis=1)))


@operation("abs")
def _abs(world, tree):
    value = evaluate(tree, world)
    if value.dims:
        raise SizeMismatch(f"the absolute value of a {value.sized()}: write ‖…‖")
    return Value(np.abs(value.array))


@operation("log")
def _log(world, tree, base):
    value = ar.elementary("log", evaluate(tree, world))
    return value if base is None else ar.divide(value, _log(world, base, None))


@operation("fn")
def _fn(world, word, arguments):
    if word == "Var":
        deviation = ("sub", arguments[0], ("E", arguments[0]))
        return evaluate(("E", ("mul", deviation, deviation)), world)
    values = [evaluate(argument, world) for argument in arguments]
    if word in ("max", "min"):
        return _extreme(word, values)
    if len(values) != 1:
        raise SizeMismatch(f"{word} takes one argument")
    return _FUNCTIONS[word](values[0])


def _extreme(word, values):
    better = ar.larger if word == "max" else ar.smaller
    entries = []
    for value in values:
        if value.dims and (len(value.dims) != 2 or value.dims[1] != 1):
            raise SizeMismatch(f"{word} of a {value.sized()}")
        entries += list(value.array.reshape(len(value.array), -1).T)
    best = entries[0]
    for entry in entries[1:]:
        best = better(*np.broadcast_arrays(best, entry))
    return Value(best)


def _sign_of(value):
    if value.dims:
        raise SizeMismatch(f"sign of a {value.sized()}: take it of each component")
    return Value(ar.sign(value.array))


def _square(value, word):
    if len(value.dims) != 2 or value.dims[0] != value.dims[1]:
        raise SizeMismatch(f"{word} of a {value.sized()}")
    return value.array


def _diag(value):
    if len(value.dims) != 2 or value.dims[1] != 1:
        raise SizeMismatch(f"diag of a {value.sized()}")
    unit = np.eye(value.array.shape[1]).astype(int)
    return Value(value.array * (unit.astype(object) if value.exact else unit), value.dims[:1] * 2)


def _rank_of(value):
    if len(value.dims) != 2:
        raise SizeMismatch(f"rank of a {value.sized()}")
    return Value(rank(value.array))


def _median(value):
    if len(value.dims) != 2 or value.dims[1] != 1:
        raise SizeMismatch(f"median of a {value.sized()}")
    ranked = np.sort(value.array[:, :, 0], axis=1)
    half = ranked.shape[1] // 2
    return Value((ranked[:, half] + ranked[:, -1 - half]) / 2)


_FUNCTIONS = {
    "exp": lambda value: ar.elementary("exp", value),
    "sign": _sign_of,
    "tr": lambda value: Value(np.trace(_square(value, "tr"), axis1=1, axis2=2)),
    "det": lambda value: Value(determinant(_square(value, "det"))),
    "diag": _diag,
    "rank": _rank_of,
    "median": _median,
}


@operation("unit")
def _unit(world):
    return Value(ar.constant(1, world.exact).array, IDENTITY)


@operation("infty")
def _infty(world):
    return ar.infinity(world.exact)


@operation("kron")
def _kron(world, i, j):
    same = np.atleast_1d(position(i, world) == position(j, world))
    return whole_numbers(same.astype(int), world.exact)


@operation("ind")
def _ind(world, statement):
    return whole_numbers(np.atleast_1d(truth(statement, world)).astype(int), world.exact)


@operation("cases")
def _cases(world, pieces):
    """The first piece whose condition holds; undefined where none does."""
    chosen = None
    for tree, condition in reversed(pieces):
        value = evaluate(tree, world)
        if chosen is None:
            chosen = value.like(value.array * ar.nan_like(value.array))
        if chosen.dims != value.dims:
            raise SizeMismatch(f"cases: here a {value.sized()}, there a {chosen.sized()}")
        held = np.array([True]) if condition is None else np.atleast_1d(truth(condition, world))
        chosen = value.like(ar.choose(held, value.array, chosen.array))
    return chosen

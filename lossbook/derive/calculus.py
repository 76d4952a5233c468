"""Sums over indices, derivatives, expectations and limits.

Derivatives are central differences with 50 digits, so they share no rule, and no mistake, with
any formula that a derivation claims. Expectations run over finite probability spaces.
"""

from decimal import Decimal
from functools import reduce
from itertools import product

import numpy as np

from lossbook.derive import arithmetic as ar
from lossbook.derive.arithmetic import SizeMismatch, TooLarge, Value
from lossbook.derive.trees import depends_on
from lossbook.derive.world import evaluate, highest, lowest, operation, position

_HIGHEST_ORDER = 2
OUTCOMES = 3  # of every probability space
_STEP = {True: Decimal("1e-15"), False: 1e-4}  # exact: an error about 1e-30
_KINK = {True: Decimal("1e-6"), False: 0.05}


# -------------------------------------------------------------------- sums and their kin

_NEUTRAL = {"sum": 0, "prod": 1, "max": "-Infinity", "min": "Infinity"}
_COMBINE = {
    "sum": ar.add,
    "prod": ar.multiply,
    "max": lambda a, b: Value(ar.larger(*np.broadcast_arrays(a.array, b.array))),
    "min": lambda a, b: Value(ar.smaller(*np.broadcast_arrays(a.array, b.array))),
}


def _big(kind):
    def total(world, binders, body):
        terms = list(_terms(kind, world, binders, body))
        if not terms:
            return ar.constant(0 if kind == "sum" else 1, world.exact)
        if kind in ("max", "min") and terms[0].dims:
            raise SizeMismatch(f"{kind} of a {terms[0].sized()}")
        return reduce(_COMBINE[kind], terms)

    operation(kind)(total)


for _kind in _COMBINE:
    _big(_kind)


def _terms(kind, world, binders, body):
    """The summand at every place of the bound indices; a neutral term where one is left out."""
    if not binders:
        yield evaluate(body, world)
        return
    (index, low, high, unequal), rest = binders[0], binders[1:]
    first = 1 if low is None else position(low, world)
    last = world.size(world.setting.ranges[index]) if low is None else position(high, world)
    start, end = lowest(first), highest(last)
    if end - start >= world.budget.longest_sum:
        raise TooLarge(f"the sum over {index} has more than {world.budget.longest_sum} terms")
    everywhere = isinstance(first, int) and isinstance(last, int) and unequal is None
    for k in range(start, end + 1):
        terms = _terms(kind, world.at({**world.indices, index: k}), rest, body)
        if everywhere:
            yield from terms
            continue
        counted = np.atleast_1d((k >= np.asarray(first)) & (k <= np.asarray(last)))
        if unequal is not None:
            counted = counted & np.atleast_1d(k != np.asarray(position(unequal, world)))
        if not counted.any():
            continue
        for term in terms:
            yield term if counted.all() else _left_out(kind, term, counted)


def _left_out(kind, term, counted):
    neutral = np.array([Decimal(_NEUTRAL[kind])], dtype=object)
    neutral = neutral if term.exact else neutral.astype(float)
    return term.like(ar.choose(counted, term.array, neutral.reshape((1,) * term.array.ndim)))


# -------------------------------------------------------------------- derivatives


@operation("part")
def _part(world, body, variables):
    """∂ⁿ body / ∂v₁…∂vₙ: by the last variable first."""
    variable, rest = variables[0], variables[1:]
    inner = ("part", body, rest) if rest else body
    return _gradient(lambda w: evaluate(inner, w), world, *_place(variable, world))


@operation("grad")
def _grad(world, variable, order, body):
    name, places = _place(variable, world)
    return _gradients(order, lambda w: evaluate(body, w), world, name, places)


@operation("slope", "prime")
def _slope(world, name, order, argument):
    """f′(a), ∇f(a) of a defined function of one variable."""
    definition = world.setting.definitions.get(f"{name}/1")
    if definition is None or definition.indices:
        raise SizeMismatch(f"{name} is not defined for one argument")
    (parameter,) = definition.parameters
    there = world.but(**{parameter: evaluate(argument, world)})
    return _gradients(order, lambda w: evaluate(definition.body, w), there, parameter, ())


def _place(variable, world):
    if variable[0] == "name":
        return variable[1], ()
    return variable[1], tuple(np.asarray(position(s, world)) - 1 for s in variable[2])


def _gradients(order, function, world, name, places):
    if order == 1:
        return _gradient(function, world, name, places)
    return _gradient(
        lambda w: _gradients(order - 1, function, w, name, places), world, name, places
    )


def _gradient(function, world, name, places):
    """Derivative of function(world) by the named variable, or by its part at `places`."""
    if name not in world.values:
        defined = name in world.setting.definitions
        why = "it is defined, not declared" if defined else "it has no value here"
        raise SizeMismatch(f"no derivative in {name}: {why}")
    if world.order == _HIGHEST_ORDER:
        raise TooLarge("a third derivative would keep too few digits")
    world = world.with_values(world.values)
    world.order += 1
    variable = world.values[name]
    shape, dims = _below(variable, len(places), name)
    if shape:
        entries = [(*places, *entry) for entry in np.ndindex(*shape)]
    else:
        entries = [(*places, *(0,) * (variable.array.ndim - 1 - len(places)))]
    like, slopes = _differences(function, world, name, entries)
    return _assembled(slopes, shape, dims, like) if shape else like.like(slopes[0])


def _below(variable, given, name):
    """Shape and dims of what is left of a variable when `given` indices are fixed."""
    dims, shape = variable.dims, variable.array.shape[1:]
    scalar = len(dims) == given or (given == len(dims) - 1 and dims[-1] == 1)
    if scalar:
        return (), ()
    if given and len(dims) != 3:
        raise SizeMismatch(f"{name} is a {variable.sized()}: a derivative by which entry?")
    return shape[given:], dims[given:]


def _differences(function, world, name, entries):
    """Central differences, one for each entry; undefined where the slopes of the sides differ."""
    step = _STEP[world.exact]
    value, slopes, bends = _slopes(function, world, name, entries, step)
    kinks = bends > _KINK[world.exact]
    if kinks.any() and world.exact:
        # Over a shorter step a curve bends less, a kink as much.
        _, _, shorter = _slopes(function, world, name, entries, step / 1000)
        kinks &= shorter > bends / 30
    return value, ar.choose(kinks, slopes * ar.nan_like(slopes), slopes)


def _slopes(function, world, name, entries, step):
    """(value, mean of the slopes to the two sides, their difference), for all entries at once.

    The batch is repeated: as it is, then moved up and down in every entry.
    """
    copies, count = 1 + 2 * len(entries), world.count
    there = world.repeated(copies)
    there.copies = world.copies * copies
    old = there.values[name]
    moved = old.array.copy()
    pokes = product(entries, (step, -step))
    for k, (entry, signed) in enumerate(pokes, start=1):
        place = (np.arange(k * count, (k + 1) * count), *entry)
        moved[place] = moved[place] + signed
    value = function(there.but(**{name: old.like(moved)}))
    shape = value.array.shape[1:]
    array = np.broadcast_to(value.array, (copies * count, *shape)).reshape(copies, count, *shape)
    here, above, below = array[0], array[1::2], array[2::2]
    bends = np.abs((above - here) - (here - below)) / step
    return value, (above - below) / (2 * step), bends


def _assembled(slopes, shape, dims, like):
    """A gradient, or the Jacobian of a column, from the slopes by the entries."""
    if like.dims == ():
        return Value(np.moveaxis(slopes, 0, 1).reshape(-1, *shape), dims)
    if len(like.dims) == 2 and like.dims[1] == 1 and len(dims) == 2 and dims[1] == 1:
        return Value(np.concatenate(list(slopes), axis=2), (like.dims[0], dims[0]))
    raise SizeMismatch(f"the gradient of a {like.sized()}")


# -------------------------------------------------------------------- chance and limits


def outcomes_of(name):
    """Under this key a world keeps the values that a random variable takes."""
    return f"outcomes of {name}"


def chances_of(group):
    """Under this key a world keeps the probabilities of a space of outcomes."""
    return f"chances in {group}"


@operation("E")
def _E(world, body):
    """Mean over all outcomes of the random variables that occur."""
    random = world.setting.random
    used = depends_on(body, world.setting.definitions) & set(random)
    groups = sorted({random[name] for name in used})
    total = None
    for places in product(range(OUTCOMES), repeat=len(groups)):
        outcome = dict(zip(groups, places, strict=True))
        chance = ar.constant(1, world.exact)
        for group, place in outcome.items():
            column = world.values[chances_of(group)].array[:, place]
            chance = ar.multiply(chance, Value(column))
        seen = {
            name: Value(world.values[outcomes_of(name)].array[:, outcome[random[name]]])
            for name in used
        }
        term = ar.multiply(chance, evaluate(body, world.but(**seen)))
        total = term if total is None else ar.add(total, term)
    return total


@operation("lim")
def _lim(world, name, point, side, body):
    """The value very near to the point, if the value near to it is about the same."""
    if not world.exact:
        raise TooLarge("a limit needs all digits")
    near, nearer = (_nearby(world, name, point, side, body, k) for k in (9, 18))
    if nearer.dims:
        raise SizeMismatch(f"the limit of a {nearer.sized()}")
    a, b = np.broadcast_arrays(near.array, nearer.array)
    settled = np.abs(a - b) <= Decimal("1e-6") * (1 + np.abs(b))
    endless = (np.abs(b) > 10**12) & (np.abs(b) > 100 * np.abs(a)) & (ar.sign(a) == ar.sign(b))
    unsettled = ar.choose(endless, ar.sign(b) * Decimal("Infinity"), b * ar.NAN)
    return Value(ar.choose(settled, b, unsettled))


def _nearby(world, name, point, side, body, digits):
    place = evaluate(point, world)
    if place.dims:
        raise SizeMismatch(f"a limit at a {place.sized()}")
    tiny = Decimal(10) ** -digits
    infinite = np.abs(place.array) == Decimal("Infinity")
    shifted = place.array + tiny if side == "+" else place.array - tiny
    near = ar.choose(infinite, ar.sign(place.array) / tiny, shifted)
    return evaluate(body, world.but(**{name: Value(near)}))

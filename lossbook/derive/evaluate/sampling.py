"""Draw instances: sizes and exact values, from small whole numbers to the ends of every interval.

A plan names a style and how large the sizes are. Every letter has a generator of its own, so that
the same letters in another order are the same instances.
"""

import random
from itertools import product
from math import isqrt
from typing import NamedTuple

from flint import fmpq

from lossbook.derive import constructs as c
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.arrays import Array
from lossbook.derive.evaluate.environment import Instance, chances_of, outcomes_of

LARGE = 17
MOST_COMBINATIONS = 12


class Plan(NamedTuple):
    style: str
    sizes: tuple  # the sizes in the order in which they were declared, repeated
    large: tuple = ()  # (name, its size) that differs
    near: object = None  # the constant that letters are drawn near to


def _plans(style, *sizes):
    return [Plan(style, size) for size in sizes]


PLANS = (
    _plans("nice", (2, 3), (3, 2), (2, 2), (1, 2), (4, 3), (2, 1), (3, 4), (1, 1))
    + _plans("generic", (2, 3), (3, 2), (5, 2), (2, 6), (3, 3), (6, 1))
    + _plans("corner", (2, 3), (3, 2), (2, 2), (1, 3), (4, 2))
    + _plans("alike", (2, 3), (3, 2), (3, 3))
    + _plans("wide", (2, 3), (3, 2), (2, 2), (3, 3))
    + _plans("huge", (2, 2), (3, 2))
    + _plans("vast", (2, 3))
    + _plans("zero", (6, 2))
)
_EXTREME = {"huge": (-40, -12, 3, 6, 12), "vast": (12, 15, 20)}
_MOST_CONSTANTS = 6
_FEW = 8  # instances of a line whose every value is a search


def plans_for(constants, setting, order, limits, named=()):
    """The plans for a line: with its own constants, one larger than them, and one large size."""
    found = [plan for plan in PLANS if not (limits and plan.style in (*_EXTREME, "wide"))]
    if limits == "search":
        return found[:_FEW]
    if order >= 2:
        found = [
            Plan(p.style, tuple(min(s, 4 if p.style == "nice" else 3) for s in p.sizes))
            for p in found
        ]
    found += [
        Plan("own", sizes, (), near)
        for near in constants[:_MOST_CONSTANTS]
        for sizes in ((2, 3), (3, 2))
    ]
    if order < 2 and not limits:
        spoken = {n for x in constants for n in (int(x.p), int(x.q))}
        near = {size for n in spoken if 4 <= n <= 60 for size in (n, n + 1)}
        near = sorted(near | {isqrt(n) + 1 for n in spoken if 16 <= n < 3600})
        small = [size for size in near if size <= LARGE + 4]
        for name in named[:3]:
            counts = not any(name in v.dims for v in setting.variables.values())
            found += [Plan("generic", (2, 2), (name, LARGE))]
            found += [Plan("alike", (2, 2), (name, size)) for size in sorted({*small, LARGE})]
            sizes = sorted({*near, *range(7, 13)}) if counts else small
            found += [Plan("nice", (2, 2), (name, size)) for size in sizes]
        if len(named) > 1:
            found += [Plan("generic", (size, size)) for size in small if size < LARGE]
    return found


def drawn(setting, plan, seed, number, constants=()):
    """One Instance of a plan."""
    names = [name for name, kind in setting.scope.items() if kind == "size"]
    sizes = {}
    for k, name in enumerate(names):
        smallest = setting.smallest.get(name, 1)
        size = dict([plan.large]).get(name) if plan.large else None
        sizes[name] = max(size or plan.sizes[k % len(plan.sizes)], smallest)
    tag = f"{seed}|{number}|{plan.style}"
    instance = Instance(setting, sizes, None)
    instance.is_extreme = plan.style in (*_EXTREME, "wide")
    constants = (plan.near,) if plan.near is not None else constants
    instance.draw = lambda key: _letter(instance, key, plan.style, tag, constants)
    return instance


def _letter(instance, key, style, tag, constants):
    """The value of a letter, or of the outcomes and chances of a random one."""
    setting = instance.setting
    if key.startswith(chances_of("")):
        many = _outcomes(tag, key, style)
        rng = random.Random(f"{tag}|{key}")
        weights = [fmpq(rng.randint(1, 4 if style == "nice" else 12)) for _ in range(many)]
        total = sum(weights, fmpq(0))
        return Array((many, 1), (many, 1), [w / total for w in weights])
    if key.startswith(outcomes_of("")):
        name = key[len(outcomes_of("")) :]
        rng = random.Random(f"{tag}|{name}")
        many = _outcomes(tag, chances_of(setting.random[name]), style)
        return Array(
            (many, 1), (many, 1), [_number(rng, "real", None, style, ()) for _ in range(many)]
        )
    variable = setting.variables[key]
    alike = f"{variable.space}{variable.dims}" if style == "alike" else key
    rng = random.Random(f"{tag}|{alike}")
    detail = variable.detail
    if variable.space == "label":
        detail = detail if isinstance(detail, int) else instance.sizes[detail]
    elif variable.space == "interval":
        world = instance.world()
        ends = [ar.number(end.value(world), "an end") for end in detail[:2]]
        detail = (*[_rational(end) for end in ends], *detail[2:])
    if not variable.dims:
        return _number(rng, variable.space, detail, style, constants)
    shape = tuple(d if isinstance(d, int) else instance.sizes[d] for d in variable.dims)
    if variable.space.endswith("simplex"):
        flat = []
        for _ in range(shape[0] if len(shape) == 3 else 1):
            flat += _chances(rng, shape[-2], variable.space, style)
        return Array(variable.dims, shape, flat)
    many = 1
    for length in shape:
        many *= length
    if style == "alike" and variable.space != "label":
        flat = [_number(rng, variable.space, detail, "nice", ())] * many
    else:
        flat = [_number(rng, variable.space, detail, style, ()) for _ in range(many)]
    return Array(variable.dims, shape, flat)


def _outcomes(tag, key, style):
    return random.Random(f"{tag}|{key}|many").choice((2, 3, 3) if style == "nice" else (2, 3, 4))


def _rational(x):
    x = nb.real(x)
    return x if type(x) is fmpq or nb.is_infinite(x) else nb.exact(round(float(x), 12))


def _number(rng, space, detail, style, constants):
    if space == "label":
        return fmpq(rng.randint(1, detail))
    if space == "set":
        return fmpq(rng.choice(detail))
    if space == "interval":
        return _inside(rng, detail, style, constants)
    if space == "integer":
        return fmpq(
            rng.randint(*{"nice": (-3, 3), "corner": (-1, 1), "zero": (0, 0)}.get(style, (-60, 60)))
        )
    if constants and style in ("own", "corner"):
        near = rng.choice(constants)
        x = rng.choice((near, near, near, -near, near + 1, near - 1, near + 10, near / 2))
    else:
        x = _plain(rng, style)
    if space == "real":
        return x
    x = abs(x)
    if x == 0 and space == "positive":
        return fmpq(1, 64) if style in ("corner", "zero") else fmpq(1)
    return x


def _plain(rng, style):
    if style in ("nice", "alike"):
        return fmpq(rng.randint(-3, 3))
    if style == "corner":
        return fmpq(rng.choice((0, 0, 0, 1, -1, 2)))
    if style == "wide":
        return fmpq(rng.randint(1, 99) * rng.choice((1, -1)), 1) * fmpq(10) ** rng.randint(-6, 1)
    if style in _EXTREME:
        return fmpq(rng.randint(1, 9) * rng.choice((1, -1))) * fmpq(10) ** rng.choice(
            _EXTREME[style]
        )
    if style == "zero":
        return fmpq(0)
    return fmpq(rng.randint(-50, 50), rng.choice((7, 8, 10)))


def _inside(rng, detail, style, constants):
    low, high, open_low, open_high = detail
    if nb.is_infinite(low) or nb.is_infinite(high):
        if nb.is_infinite(low) and nb.is_infinite(high):
            return _plain(rng, style)
        step = abs(_plain(rng, style)) or fmpq(open_high if nb.is_infinite(low) else open_low)
        return high - step if nb.is_infinite(low) else low + step
    near = {y for x in constants for y in (x, low + x, high - x)} if style == "own" else ()
    inside = sorted(x for x in near if low < x < high)
    if inside:
        return fmpq(rng.choice(inside))
    if style == "corner":
        share = rng.choice((0, 1, fmpq(1, 2))) if not (open_low or open_high) else None
        if share is None:
            share = rng.choice((fmpq(0 if not open_low else fmpq(1, 64)), fmpq(1, 2),
                                fmpq(1) if not open_high else fmpq(63, 64)))  # fmt: skip
    elif style in ("wide", *_EXTREME):
        small = fmpq(1, 10 ** rng.randint(1, 6 if style == "wide" else 12))
        share = rng.choice((small, 1 - small))
    elif style == "generic":
        share = fmpq(rng.randint(1, 15), 16)
    else:
        share = fmpq(rng.randint(1, 3), 4)
    return low + (high - low) * share


def _chances(rng, many, space, style):
    is_open = space == "open simplex"
    if style == "alike":
        weights = [fmpq(1)] * many
    elif style == "corner":
        top = rng.randrange(many)
        weights = [
            fmpq(1 if k == top else 0) + (fmpq(1, 40) if is_open else 0) for k in range(many)
        ]
    elif style in ("wide", *_EXTREME):
        most = 4 if style == "wide" else 40
        weights = [fmpq(1, 10 ** rng.randint(0, most)) for _ in range(many)]
    else:
        low, high = (1 if is_open else 0, 3) if style == "nice" else (1, 20)
        weights = [fmpq(rng.randint(low, high)) for _ in range(many)]
    if not any(weights):
        weights[rng.randrange(many)] = fmpq(1)
    total = sum(weights, fmpq(0))
    return [w / total for w in weights]


# -------------------------------------------------------------------- the values of free indices


def _free(tree, setting):
    return sorted(c.free_indices(tree, setting.scope))


def combinations(tree, instance, most=MOST_COMBINATIONS):
    """The places at which free indices are looked at: all of them, or a dozen."""
    setting = instance.setting
    indices = setting.known(_free, tree)
    lengths = [
        s if isinstance(s, int) else instance.sizes[s] for s in (setting.ranges[i] for i in indices)
    ]
    every = list(product(*[range(1, length + 1) for length in lengths]))
    if len(every) > most:
        alike = [one for one in every if len(set(one)) == 1]
        step = len(every) // (most - 4)
        every = sorted({*alike[:2], *alike[-1:], every[-1], *every[::step][: most - 4]})
    return [dict(zip(indices, one, strict=True)) for one in every]

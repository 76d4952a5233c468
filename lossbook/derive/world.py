"""A batch of instances: what every name is worth, and how a tree is evaluated there.

`evaluate` only looks up the operation of a tree's root; the operations stand in `values.py`
(algebra) and `calculus.py` (sums, derivatives, expectations, limits).
"""

from decimal import Decimal
from itertools import product
from typing import NamedTuple

import numpy as np

from lossbook.derive import arithmetic as ar
from lossbook.derive.arithmetic import SizeMismatch, TooLarge, Value

_STEPS_ALLOWED = 60_000  # evaluations of a node for one question; more would take seconds
_LONGEST_SUM = 64
_LARGEST_INDEX = 10**6


class Definition(NamedTuple):
    """name_indices(parameters) := body; a plain name has neither."""

    name: str
    indices: tuple
    parameters: tuple
    body: tuple


class Budget:
    """Counts evaluations, so that no formula, however written, runs for long."""

    def __init__(self, steps=_STEPS_ALLOWED, longest_sum=_LONGEST_SUM):
        self.steps, self.longest_sum = steps, longest_sum

    def spend(self, steps):
        self.steps -= steps
        if self.steps < 0:
            raise TooLarge("this takes too many steps to check: are sums nested too deeply?")


class World:
    """A batch of instances of one size: what every name is worth.

    values: name → Value; sizes: name → int; setting: definitions, ranges, random groups.
    `indices` holds the bound and free indices, as an int or as one int for each instance.
    """

    def __init__(self, setting, sizes, values, *, exact=True, indices=None, budget=None):
        self.setting, self.sizes, self.values = setting, sizes, values
        self.exact = exact  # 50-digit decimals, or float64
        self.indices = indices or {}
        self.budget = budget or Budget()
        self.memory = {}
        self.order = 0  # how many derivatives we are inside of
        self.copies = 1  # how often they repeat the batch: all of it counts

    @property
    def count(self):
        """How many instances the batch holds."""
        return max([len(v.array) for v in self.values.values()], default=1)

    def but(self, **values):
        return self.with_values({**self.values, **values})

    def with_values(self, values):
        return self._twin(values, self.indices, self.budget)

    def at(self, indices):
        """The same world inside of sums; definitions that were worked out are kept."""
        inner = self._twin(self.values, indices, self.budget)
        inner.memory = self.memory
        return inner

    def afresh(self, values=None):
        """A world for a new question: without indices, nothing spent."""
        return self._twin(self.values if values is None else values, {}, Budget())

    def _twin(self, values, indices, budget):
        twin = World(
            self.setting, self.sizes, values, exact=self.exact, indices=indices, budget=budget
        )
        twin.order, twin.copies = self.order, self.copies
        return twin

    def size(self, dimension):
        return self.sizes[dimension] if isinstance(dimension, str) else dimension

    def repeated(self, times):
        """The whole batch again and again."""
        values = {}
        for name, value in self.values.items():
            array = np.broadcast_to(value.array, (self.count, *value.array.shape[1:]))
            values[name] = value.like(np.concatenate([array] * times))
        indices = {
            i: np.tile(v, times) if isinstance(v, np.ndarray) else v
            for i, v in self.indices.items()
        }
        return self._twin(values, indices, self.budget)

    def rows(self, keep):
        """The world of the chosen instances."""
        values = {n: value.like(value.array[keep]) for n, value in self.values.items()}
        indices = {i: v[keep] if isinstance(v, np.ndarray) else v for i, v in self.indices.items()}
        return self._twin(values, indices, self.budget)

    def row(self, k):
        """The world of instance k alone."""
        return self.rows([k])

    # ------------------------------------------------------------ names

    def value(self, name):
        if name in self.values:
            return self.values[name]
        if name not in self.memory:
            definition = self.setting.definitions.get(name)
            if definition is not None:
                self.memory[name] = self.family(definition)
            elif name in ("e", r"\pi"):
                self.memory[name] = self.famous(name)
            elif name in self.sizes:
                self.memory[name] = ar.constant(self.sizes[name], self.exact)
            else:
                raise SizeMismatch(f"{name} has no value here")
        return self.memory[name]

    def famous(self, name):
        number = Decimal(1).exp() if name == "e" else +ar.PI
        array = np.array([number], dtype=object)
        return Value(array if self.exact else array.astype(float))

    def family(self, definition):
        """A definition with indices as one vector, matrix or family of columns."""
        if not definition.indices:
            return evaluate(definition.body, self.at({}))
        lengths = [self.setting.ranges[i] for i in definition.indices]
        spans = [range(1, self.size(length) + 1) for length in lengths]
        entries = [
            evaluate(definition.body, self.at(dict(zip(definition.indices, place, strict=True))))
            for place in product(*spans)
        ]
        return _stacked(entries, lengths, [len(span) for span in spans])


def _stacked(entries, lengths, counts):
    dims = entries[0].dims
    arrays = np.broadcast_arrays(*[entry.array for entry in entries])
    if dims == () and len(lengths) <= 2:
        shape = (-1, *counts) if len(counts) == 2 else (-1, *counts, 1)
        dims = tuple(lengths) if len(lengths) == 2 else (lengths[0], 1)
        return Value(np.stack(arrays, axis=1).reshape(shape), dims)
    if len(dims) == 2 and dims[1] == 1 and len(lengths) == 1:
        return Value(np.stack(arrays, axis=1), (lengths[0], *dims))
    raise SizeMismatch(f"a family of {entries[0].sized()}s with {len(lengths)} indices")


# -------------------------------------------------------------------- the evaluator

_OPERATIONS = {}


def operation(*names):
    """Register a function (world, *branches) → Value for trees with one of these roots."""

    def register(function):
        for name in names:
            _OPERATIONS[name] = function
        return function

    return register


def evaluate(tree, world):
    """The Value of a tree on every instance of the world."""
    world.budget.spend(world.copies)
    return _OPERATIONS[tree[0]](world, *tree[1:])


def truth(statement, world):
    """Which instances satisfy a statement, to the last digit: for cases and indicators."""
    if statement[0] == "and":
        return truth(statement[1], world) & truth(statement[2], world)
    held = True
    _, sides, signs = statement
    for left, sign, right in zip(sides, signs, sides[1:], strict=False):
        a, b = evaluate(left, world), evaluate(right, world)
        if a.dims or b.dims:
            raise SizeMismatch("a condition compares numbers")
        held = held & _COMPARE[sign](a.array, b.array).astype(bool)
    return np.asarray(held)


_COMPARE = {
    "=": lambda a, b: a == b,
    r"\ne": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    r"\le": lambda a, b: a <= b,
    r"\ge": lambda a, b: a >= b,
}


def position(tree, world):
    """An index as an int, or as one int for each instance."""
    if tree[0] == "num" and tree[1].denominator == 1:
        return int(tree[1])
    if tree[0] == "name" and tree[1] in world.indices:
        return world.indices[tree[1]]
    number = evaluate(tree, world).array
    whole = np.array([int(x) if abs(x) < _LARGEST_INDEX else 0 for x in number])
    return int(whole[0]) if len(whole) == 1 else whole


def lowest(position):
    """The least of an index; most are plain ints, and NumPy is slow to say so."""
    return position if isinstance(position, int) else int(np.min(position))


def highest(position):
    """The greatest of an index."""
    return position if isinstance(position, int) else int(np.max(position))


def whole_numbers(integers, exact):
    """Integers as a Value: one number for each instance."""
    if not exact:
        return Value(np.asarray(integers, dtype=float))
    array = np.empty(len(integers), dtype=object)
    array[:] = [Decimal(int(k)) for k in integers]
    return Value(array)

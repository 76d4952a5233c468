"""An instance: what the letters are; and a world: an instance at one precision.

An instance holds exact rationals only, and recipes for what is transcendental. A world computes
with them at the precision that is set; nothing of it outlives that precision.
"""

from itertools import product

from flint import fmpq

from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate.arrays import Array, SizeMismatch
from lossbook.derive.evaluate.numbers import ONE

_CONSTANTS = {"e": lambda: nb.arb.const_e(), r"\pi": lambda: nb.arb.pi()}


def outcomes_of(name):
    """Under this key an instance keeps the values that a random letter takes."""
    return f"outcomes of {name}"


def key_of(setting, name):
    """Under this key an instance keeps what is drawn for a letter."""
    return outcomes_of(name) if name in setting.random else name


def chances_of(group):
    """Under this key an instance keeps the probabilities of a space of outcomes."""
    return f"chances in {group}"


class Instance:
    """Sizes, and exact values that are drawn when a letter is first looked up."""

    def __init__(self, setting, sizes, draw):
        self.setting, self.sizes, self.draw = setting, sizes, draw
        self.values, self.recipes, self.is_extreme = {}, [], False

    def value(self, key):
        if key not in self.values:
            self.values[key] = self.draw(key)
        return self.values[key]

    def but(self, values, recipes=()):
        """The same with other values; a recipe is (key, function of a world)."""
        twin = Instance(self.setting, self.sizes, self.draw)
        twin.values = {**self.values, **values}
        twin.recipes, twin.is_extreme = [*self.recipes, *recipes], self.is_extreme
        return twin

    def world(self):
        world = World(self, {}, {}, {})
        for key, recipe in self.recipes:
            world.values[key] = recipe(world)
            world.memory.clear()
        return world

    def has(self, key):
        return key in self.setting.variables or key in self.values


class World:
    """Values of letters, of the indices and of the definitions, as far as they were needed."""

    __slots__ = ("indices", "instance", "memory", "setting", "soft", "values")

    def __init__(self, instance, values, indices, memory):
        self.instance, self.setting = instance, instance.setting
        self.values, self.indices, self.memory = values, indices, memory
        self.soft = []  # what a search has found, which is not certain

    def but(self, values):
        """The same world with other values; what does not rest on them is kept."""
        kept = {}
        rests = self.setting.rests_on
        for key, found in self.memory.items():
            if not any(name in rests(key[0]) or name == key[0] for name in values):
                kept[key] = found
        indices = {i: k for i, k in self.indices.items() if i not in values}
        twin = World(self.instance, {**self.values, **values}, indices, kept)
        twin.soft = self.soft
        return twin

    def at(self, indices):
        twin = World(self.instance, self.values, indices, self.memory)
        twin.soft = self.soft
        return twin

    # ------------------------------------------------------------ letters

    def lookup(self, name):
        if name in self.indices:
            return fmpq(self.indices[name])
        if name in self.values:
            return self.values[name]
        if name in self.setting.definitions:
            key = (name, ())
            if key not in self.memory:
                self.memory[key] = self.called(self.setting.definitions[name], ())
            return self.memory[key]
        if name in self.instance.sizes:
            return fmpq(self.instance.sizes[name])
        if name in self.setting.random:
            raise SizeMismatch(f"{name} is random: it has a value only inside of E[…]")
        if self.instance.has(name):
            return self.instance.value(name)
        if name in _CONSTANTS:
            return _CONSTANTS[name]()
        raise SizeMismatch(f"{name} has no value here")

    def entry(self, name, places):
        """x_i of a letter, or of a definition with indices, which is computed for this i only."""
        letter = self.values.get(name)
        if letter is not None:
            return ar.picked(letter, places, name)
        definition = self.setting.definitions.get(name)
        if definition is None or not definition.indices:
            letter = self.instance.values.get(name)
            return ar.picked(self.lookup(name) if letter is None else letter, places, name)
        own, rest = places[: len(definition.indices)], places[len(definition.indices) :]
        if len(own) < len(definition.indices):
            return ar.picked(self.lookup(name), places, name)
        key = (name, own)
        if key not in self.memory:
            self.memory[key] = self.called(definition, own)
        return ar.picked(self.memory[key], rest, name) if rest else self.memory[key]

    def called(self, definition, places):
        """The body of a definition at these indices; without them, the whole family."""
        many = len(definition.indices)
        own, rest = places[:many], places[many:]
        value = self._member(definition, own) if own or not many else self._family(definition)
        return ar.picked(value, rest, definition.name) if rest else value

    def _member(self, definition, places):
        indices = definition.indices
        if len(places) < len(indices):
            raise SizeMismatch(f"{definition.name} takes {len(indices)} indices")
        for place, index in zip(places, indices, strict=True):
            if not 1 <= place <= self.length_of(index):
                size = self.setting.ranges[index]
                raise SizeMismatch(f"index {place} of {definition.name} is outside 1…{size}")
        return definition.body.value(self.at(dict(zip(indices, places, strict=True))))

    def _family(self, definition):
        lengths = tuple(map(self.length_of, definition.indices))
        places = product(*[range(1, length + 1) for length in lengths])
        members = [self._member(definition, one) for one in places]
        sizes = tuple(self.setting.ranges[index] for index in definition.indices)
        if all(map(ar.is_number, members)):
            if len(sizes) > 2:
                raise SizeMismatch(f"{definition.name} has too many dimensions")
            if len(sizes) == 1:
                sizes, lengths = (*sizes, 1), (*lengths, 1)
            return Array(sizes, lengths, members)
        first = members[0]
        if type(first) is not Array or len(sizes) > 1 or len(first.dims) > 2 or first.dims[1] != 1:
            raise SizeMismatch(f"{definition.name} has too many dimensions")
        flat = [x for member in members for x in member.flat]
        return Array((*sizes, *first.dims), (*lengths, *first.shape), flat)

    # ------------------------------------------------------------ what constructs ask for

    def length_of(self, index):
        size = self.setting.ranges[index]
        return size if isinstance(size, int) else self.instance.sizes[size]

    def contains(self, tree, variable):
        """A derivative by a defined letter needs a formula that names it."""
        name = getattr(variable, "name", None) or variable.base.name
        if name in self.values or name not in self.setting.definitions:
            return
        if name not in self.setting.rests_on(tree):
            raise SizeMismatch(
                f"no derivative in {name}: it is defined, and {tree} does not contain it by name"
            )

    def mean(self, tree):
        """Over all outcomes of the random letters that the tree rests on."""
        random = self.setting.random
        used = sorted(self.setting.rests_on(tree) & set(random))
        groups = sorted({random[name] for name in used})
        chances = {group: self._kept(chances_of(group)).flat for group in groups}
        total = None
        for places in product(*[range(len(chances[group])) for group in groups]):
            outcome, chance = dict(zip(groups, places, strict=True)), ONE
            for group, place in outcome.items():
                chance = nb.mul(chance, chances[group][place])
            seen = {n: self._kept(outcomes_of(n)).flat[outcome[random[n]]] for n in used}
            term = ar.times(chance, tree.value(self.but(seen)))
            total = term if total is None else ar.plus(total, term)
        return total

    def _kept(self, key):
        return self.values[key] if key in self.values else self.instance.value(key)

"""Instances on which facts hold exactly: assigned, or solved for over the rationals.

What holds only to thirty digits would refute true lines, so an instance is no witness unless its
facts hold exactly, or by construction. `name = formula` is assigned; equations and inequalities
that are affine in some letters are solved for these (`solve`).
"""

import random
from collections import Counter
from itertools import combinations

from flint import ctx, fmpq

from lossbook.derive import constructs as c
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate import sampling
from lossbook.derive.evaluate.arrays import Array
from lossbook.derive.evaluate.search import CONTINUOUS
from lossbook.derive.falsify.solve import FACT_BITS, FAILURES, MOST_PLACES, Bent, bounds, solved

_SOLVED_FOR = (*CONTINUOUS, "random")
_MOST_SUBSETS = 24
_DRAWS = 8
_MOST_FAILURES = 20  # after these, letters are not worth another try


class Facts:
    """Relations that are taken to hold, for every value of their free indices."""

    def __init__(self, setting, facts):
        self.setting, self.facts = setting, tuple(facts)
        self.assigned, self.rest = [], []  # [(name, indices, formula)], [Relation]
        self._tried = Counter()  # letters → how often they could not be solved for; −1 if ever
        for fact in facts:
            for left, sign, right in fact.pairs():
                target = sign == "=" and (self._target(left, right) or self._target(right, left))
                if target:
                    self.assigned.append(target)
                else:
                    self.rest.append(c.Relation((left, right), (sign,)))

    def _target(self, left, right):
        """(name, its indices, formula) where a side is a letter that may take the other's value."""
        base, places = (left.base, left.places) if type(left) is c.Index else (left, ())
        if type(base) is not c.Name or base.name not in self.setting.variables:
            return None
        name, variable = base.name, self.setting.variables[base.name]
        indices = [getattr(place, "name", None) for place in places]
        ranges = tuple(self.setting.ranges.get(i) for i in indices)
        whole = variable.dims[:-1] if variable.dims[-1:] == (1,) else variable.dims
        fits = not places or (len(set(indices)) == len(indices) and ranges == whole[: len(ranges)])
        if variable.space not in ("real", "positive", "nonnegative", "interval") or not fits:
            return None
        if (len(variable.dims) == 3 and len(places) != 1) or (
            places and len(places) < len(whole) and len(variable.dims) != 3
        ):
            return None
        used = self.setting.rests_on(right)
        if name in used or not c.free_indices(right, self.setting.scope) <= set(indices):
            return None
        for other, _, formula in self.assigned:
            if other == name or name in self.setting.rests_on(formula):
                return None
        return name, tuple(indices), right

    # ------------------------------------------------------------ whether they hold

    def assign(self, instance):
        """The instance with the assigned letters: exact where that is possible, else a recipe."""
        for name, indices, formula in self.assigned:
            recipe = _recipe(name, indices, formula, instance)
            with ctx.workprec(FACT_BITS):
                value = recipe(instance.world())
            if all(type(x) is fmpq for x in ar.entries(value)):
                instance = instance.but({name: value})
            else:
                instance = instance.but({}, [(name, recipe)])
        return instance

    def hold(self, instance, changed=()):
        """Whether all of them hold for certain, and every changed letter is where it may be."""
        try:
            with ctx.workprec(FACT_BITS):
                world = instance.world()
                if not all(
                    self._inside(name, world) for name in [*changed, *[a[0] for a in self.assigned]]
                ):
                    return False
                for fact in self.rest:
                    for places in sampling.combinations(fact, instance, MOST_PLACES):
                        if not _certain(fact, world.at(places)):
                            return False
        except FAILURES:
            return False
        return True

    def _inside(self, name, world):
        """Whether a letter is where its declaration says."""
        found = bounds(name, self.setting.variables[name], world)
        return all(c.HOLDS[sign](nb.sign(gap)) for sign, gap in found)

    # ------------------------------------------------------------ making them hold

    def fulfilled(self, plan, seed, number, constants=(), draws=_DRAWS):
        """An Instance of this plan on which the facts hold, or None."""
        for turn in range(draws if self.facts else 1):
            instance = sampling.drawn(
                self.setting, plan, seed, f"{number}.{turn}" if turn else number, constants
            )
            if not self.facts:
                return instance
            try:
                found = self.made_true(instance, turn + number)
            except FAILURES:
                continue
            if found is not None:
                return found
        return None

    def made_true(self, instance, turn=0):
        """This instance as it is, or with some letters solved for."""
        assigned = self.assign(instance)
        if self.hold(assigned):
            return assigned
        if not self.rest:
            return None
        rng = random.Random(f"solve {turn}")
        for names, scaled in self._subsets(turn):
            key = (names, scaled)
            if self._tried[key] >= _MOST_FAILURES:
                continue
            try:
                found = solved(self, instance, names, rng, scaled)
            except Bent:
                self._tried[key] += _MOST_FAILURES // 2
                continue
            if found is not None and self.hold(found, names):
                self._tried[key] -= _MOST_FAILURES
                return found
            self._tried[key] += 1
        return self._one_by_one(instance, turn, rng)

    def _one_by_one(self, instance, turn, rng):
        """Each equation solved in a letter that no earlier one contains."""
        if len(self.rest) < 2 or self._tried["one by one"] >= _MOST_FAILURES:
            return None
        settled, changed = set(), []
        equations = [fact for fact in self.rest if fact.signs == ("=",)]
        for fact in sorted(equations, key=lambda fact: len(self.setting.rests_on(fact))):
            part = Facts(self.setting, [])
            part.assigned, part.rest = self.assigned, [fact]
            own = [name for name in part.letters() if name not in settled]
            settled |= self.setting.rests_on(fact)
            if part.hold(self.assign(instance)):
                continue
            for k in range(len(own)):
                name = own[(k + turn) % len(own)]
                try:
                    found = solved(part, instance, (name,), rng)
                except Bent:
                    continue
                if found is not None and part.hold(found, (name,)):
                    instance, changed = found, [*changed, name]
                    break
        instance = self.assign(instance)
        if self.hold(instance, changed):
            return instance
        self._tried["one by one"] += 1
        return None

    def letters(self):
        """Letters that the facts rest on and that can be solved for."""
        used = set().union(*[self.setting.rests_on(fact) for fact in self.rest], set())
        for _, _, formula in self.assigned:
            used |= self.setting.rests_on(formula)
        used -= {name for name, _, _ in self.assigned}
        return [
            n for n, v in self.setting.variables.items() if n in used and v.space in _SOLVED_FOR
        ]

    def _subsets(self, turn):
        """Sets of one to three letters, beginning with another one every turn."""
        letters = self.letters()
        found = [s for many in (1, 2, 3) for s in combinations(letters, many)]
        ones = found[: len(letters)]
        turn = turn % max(len(ones), 1)
        ones = ones[turn:] + ones[:turn]
        scales = [
            s for s in ones if self.setting.variables[s[0]].space in ("positive", "nonnegative")
        ]
        found = (
            [(s, False) for s in ones]
            + [(s, True) for s in scales]
            + [(s, False) for s in found[len(ones) :]]
        )
        return found[:_MOST_SUBSETS]


def _recipe(name, indices, formula, instance):
    """A function of a world: the value that a fact `name = formula` gives to the letter."""
    old = instance.value(name)

    def value(world):
        if not indices:
            found = formula.value(world)
            if type(old) is Array and ar.is_number(found):
                found = Array(old.dims, old.shape, [found] * len(old.flat)) if found == 0 else found
            if type(old) is Array and (type(found) is not Array or found.dims != old.dims):
                raise ar.SizeMismatch(f"{name} is a {ar.sized(old)}, not a {ar.sized(found)}")
            return found
        members = []
        for k in range(len(old.flat) // (old.shape[1] if len(old.shape) == 3 else 1)):
            places = (
                (k + 1,) if len(indices) == 1 else (k // old.shape[1] + 1, k % old.shape[1] + 1)
            )
            members += ar.entries(formula.value(world.at(dict(zip(indices, places, strict=True)))))
        if len(members) != len(old.flat):
            raise ar.SizeMismatch(f"{name} is a {ar.sized(old)}")
        return Array(old.dims, old.shape, members)

    return value


def _certain(fact, world):
    """Whether a relation holds for certain here, entry by entry."""
    for left, sign, right in fact.pairs():
        found = [c.HOLDS[sign](nb.order(a, b)) for a, b in c.entry_pairs(left, right, world)]
        if not (any(found) if sign == r"\ne" else all(found)):
            return False
    return True

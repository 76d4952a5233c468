"""What formulas are worth on a few instances, and what of them is idle.

Milestones and padding are told apart by value: a term that is 0 everywhere, or a part that is worth
as much as the whole, adds nothing to a derivation.
"""

import random
from itertools import combinations

from flint import ctx, fmpq

from lossbook.derive import constructs as c
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate import sampling
from lossbook.derive.evaluate.numbers import ZERO

_WORLDS = 6
_MOST_TERMS = 40
_MOST_PARTS = 12  # of a side in which also three or four terms may cancel


class Worth:
    """Values of formulas in two kinds of Worlds, and what of a formula is not idle there.

    In `true` the facts and definitions hold; in `free` the definitions are free letters, which
    tells a formula from another one that is equal by definition.
    """

    def __init__(self, true, free):
        self.true, self.free = true, free
        self._values, self._cleaned = {}, {}

    def on(self, worlds, tree):
        """What a formula is in some Worlds, or None where it has no value."""
        if (tree, worlds) not in self._values:
            found = []
            for world, places in worlds.places():
                try:
                    with ctx.workprec(128):
                        found += [nb.real(x) for x in ar.entries(tree.value(world().at(places)))]
                except (ArithmeticError, ValueError, AttributeError):
                    found = None
                    break
            self._values[tree, worlds] = found
        return self._values[tree, worlds]

    def everywhere(self, tree):
        true, free = self.on(self.true, tree), self.on(self.free, tree)
        return true if true is None or free is None else true + free

    def clean(self, tree):
        """The side without what is idle: a part that is worth the whole takes its place."""
        if tree not in self._cleaned:
            self._cleaned[tree] = self._stripped(tree)
        return self._cleaned[tree]

    def _stripped(self, tree):
        if type(tree) in (c.Num, c.Name, c.Index):
            return tree
        whole = self.everywhere(tree)
        if whole is None:
            return tree
        if not isinstance(tree, (c.Add, c.Sub, c.Neg)):
            for part in tree.parts():
                if part is tree or isinstance(part, (c.Num, c.Claim, c.Relation)):
                    continue
                if same(self.everywhere(part), whole):
                    return self._stripped(part)
        else:
            signed = signed_terms(tree)
            values = [self.everywhere(term) for _, term in signed]
            if None not in values and len(signed) < _MOST_TERMS:
                kept = _without_zeros(signed, values)
                kept = [(sign, self.clean(term)) for sign, term in kept]
                return _joined(kept) if kept else c.Num(ZERO)
        return tree


class Worlds:
    """A few worlds to compare formulas on; with `frame`, its definitions are free letters."""

    def __init__(self, checker, setting, frame=None):
        self.instances = []
        for number, plan in enumerate(sampling.PLANS):
            if plan.style not in ("nice", "generic") or max(plan.sizes) > 4 or 1 in plan.sizes:
                continue
            found = checker.facts.fulfilled(plan, 7, number)
            if found is not None:
                self.instances.append(_freed(found, frame, number) if frame else found)
            if len(self.instances) == _WORLDS:
                break

    def __iter__(self):
        return iter([instance.world for instance in self.instances])

    def places(self):
        """Every world, with the free indices at their first and at their last value."""
        for instance in self.instances:
            ranges = instance.setting.ranges
            lengths = {i: s if isinstance(s, int) else instance.sizes[s] for i, s in ranges.items()}
            for k in (0, 1):
                yield (
                    instance.world,
                    {i: n if (j + k) % 2 else 1 for j, (i, n) in enumerate(lengths.items())},
                )


def _freed(instance, frame, number):
    """The instance with every definition that is no function replaced by drawn numbers."""
    for name, definition in frame.definitions.items():
        if definition.parameters:
            continue
        try:
            with ctx.workprec(128):
                value = instance.world().lookup(name)
        except (ArithmeticError, ValueError):
            continue
        rng = random.Random(f"free {name} {number}")
        flat = [fmpq(rng.randint(1, 40), 7) for _ in ar.entries(value)]
        free = ar.Array(value.dims, value.shape, flat) if type(value) is ar.Array else flat[0]
        instance = instance.but({}, [(name, lambda world, free=free: free)])
    return instance


def nonzero(x):
    return x != 0 if type(x) is fmpq else not x.contains(0)


def same(a, b):
    """Whether two lists of numbers agree; what has no value agrees with nothing."""
    if a is None or b is None:
        return a is None and b is None
    return len(a) == len(b) and not any(nonzero(x - y) for x, y in zip(a, b, strict=True))


def ratio(values, wanted):
    """The number r for which values = r · wanted, or None."""
    if values is None or len(values) != len(wanted) or not any(map(nonzero, values)):
        return None
    at = next(k for k, x in enumerate(wanted) if nonzero(x))
    ratio = values[at] / wanted[at]
    return ratio if same(values, [ratio * x for x in wanted]) else None


def cancels(terms, wanted):
    """Whether some of the terms add up to the negative of what is wanted."""
    most = len(terms) if len(terms) <= 9 else 2
    for many in range(1, most + 1):
        for chosen in combinations(terms, many):
            total = [sum(column, ZERO) for column in zip(*chosen, strict=True)]
            if len(total) == len(wanted) and same(total, [-x for x in wanted]):
                return True
    return False


def signed_terms(tree, sign=1):
    """The terms of a sum with their signs, through brackets."""
    if type(tree) is c.Neg:
        return signed_terms(tree.body, -sign)
    if type(tree) in (c.Add, c.Sub):
        return signed_terms(tree.left, sign) + signed_terms(
            tree.right, sign if type(tree) is c.Add else -sign
        )
    return [(sign, tree)]


def _joined(signed):
    sign, tree = signed[0]
    tree = c.Neg(tree) if sign < 0 else tree
    for sign, term in signed[1:]:
        tree = (c.Add if sign > 0 else c.Sub)(tree, term)
    return tree


def _without_zeros(signed, values):
    """Without terms that add up to 0 on every instance: one, two, or up to four of more."""
    kept = list(range(len(signed)))
    for many in range(1, 5 if len(signed) <= _MOST_PARTS else 3):
        for chosen in combinations(list(kept), many):
            if not set(chosen) <= set(kept) or (many > 2 and many == len(kept)):
                continue
            columns = zip(*[values[k] for k in chosen], strict=True)
            signs = [signed[k][0] for k in chosen]
            if len({len(values[k]) for k in chosen}) == 1 and not any(
                nonzero(sum((s * x for s, x in zip(signs, one, strict=True)), ZERO))
                for one in columns
            ):
                kept = [k for k in kept if k not in chosen]
    return [signed[k] for k in kept]


def opened_terms(tree):
    """The terms of a side when brackets are opened; no two of them are put together."""
    if type(tree) is c.Blank:
        return opened_terms(tree.body)
    if type(tree) is c.Neg:
        return [c.Neg(term) for term in opened_terms(tree.body)]
    if type(tree) in (c.Add, c.Sub):
        right = opened_terms(tree.right)
        return opened_terms(tree.left) + (
            right if type(tree) is c.Add else [c.Neg(term) for term in right]
        )
    if type(tree) in (c.Mul, c.Dot):
        left, right = opened_terms(tree.left), opened_terms(tree.right)
        if len(left) * len(right) <= _MOST_TERMS:
            return [type(tree)(a, b) for a in left for b in right]
    if type(tree) is c.Div:
        return [c.Div(term, tree.below) for term in opened_terms(tree.above)]
    if type(tree) is c.Big and tree.kind == "sum":
        return [
            c.Big("sum", tree.binders, tree.condition, term) for term in opened_terms(tree.body)
        ]
    return [tree]
